"""A hold as a person does it: quiet stance, countdown, lift, balance, and the foot back down."""

from __future__ import annotations

from dataclasses import asdict
from math import radians
from typing import Final

import numpy as np

from surefoot.errors import UsageError
from surefoot.samples import G0_MS2, Array, DrillSpec
from surefoot.simulate.motion import Motion, clock, horizontal_rms
from surefoot.simulate.sensor import SensorSetup
from surefoot.simulate.stance import STANCE_PRESETS, STEP_S, Lean, lean, preset_name
from surefoot.simulate.stream import Scene, Simulated, play

SENSOR_HEIGHT_M: Final[dict[str, float]] = {  # above the ankle, for an adult of about 1.7 m; our estimates
    "waist": 0.95,
    "chest": 1.25,
    "pocket": 0.75,
    "shank": 0.30,
    "foot": 0.05,
    "hand": 0.95,  # hands rest on the hips
    "wrist": 0.95,
    "unknown": 0.95,
}
COUNTDOWN_S: Final = 5.0  # between the start cue and the lift: the drill's own countdown
LIFT_FADE_S: Final = 1.0  # weight shifts to the stance leg around the lift
LOWER_S: Final = 0.8  # after the target the foot is lowered, gently, this much later
FALL_S: Final = 0.8  # a lost balance, from the first lean to the foot on the floor
FALL_LEAN_RAD: Final = radians(4.0)
# Impact of the free foot: (peak m/s², Hz), decaying by e in 0.06 s. Assumed, no recording shows it.
BURST_V: Final = (0.35 * G0_MS2, 10.0)
BURST_ML: Final = (0.20 * G0_MS2, 8.0)
BURST_DECAY_S: Final = 0.06
MOST_BURST: Final = 10.0  # 3.5 g: beyond it nobody puts a foot down
RECOVER_S: Final = (0.15, 0.03)  # on two feet again: middle after the impact and width of the logistic fade
TRIM_LIFT_S: Final = 2.0  # the score window opens this long after the lift,
TRIM_FALL_S: Final = 1.0  # and closes this long before the end of a failed trial
CUTOFF_HZ: Final = 3.5  # the window's low-pass, in the definition of the RMS
TOUCH_ML: Final = (0.05 * G0_MS2, 0.3)  # a finger on a chair: half-sine, peak and length; our estimate
HOP_V: Final = ((-0.4 * G0_MS2, 0.1), (0.5 * G0_MS2, 0.1))  # hop of the stance foot: light, then heavy


def stand(
    preset: str = "one_eo_firm",
    *,
    seed: int = 0,
    target_s: float = 30.0,
    touch_down_s: float | None = None,
    leg: str | None = None,
    before_s: float = 1.5,
    after_s: float = 4.0,
    drift_deg: float = 0.0,
    hop_s: tuple[float, ...] = (),
    touch_s: tuple[float, ...] = (),
    burst: float = 1.0,
    sensor: SensorSetup | None = None,
    placement: str = "waist",
    cues: bool = True,
) -> Simulated:
    """One hold trial: two-leg stance, start cue at `before_s` or when the first packet is there, then lift.

    Args:
        preset: a name of `STANCE_PRESETS` or `PRESET_ALIASES`.
        seed: same seed, same motion.
        target_s: hold time that ends the trial.
        touch_down_s: seconds after the lift when the free foot touches down; None, or not before the target:
            the target is reached.
        leg: left, right or both; None: left for one-leg presets, both for the others.
        before_s: quiet two-leg stance before the start cue.
        after_s: two-leg stance after the end, at least 3 s.
        drift_deg: slow forward lean gained in 30 s.
        hop_s: seconds after the lift of hops of the stance foot.
        touch_s: seconds after the lift of touches of a support, each with its cue.
        burst: size of the touch-down's impact, as a share of `BURST_V` and `BURST_ML`; the fall stays as it is.
        sensor: the device (None: a Polar H10 worn straight).
        placement: where it is worn; sets the height of the sensor.
        cues: False: nobody pressed anything, and the header names no drill.
    """
    sensor = SensorSetup() if sensor is None else sensor
    name = preset_name(preset)
    if placement not in SENSOR_HEIGHT_M:
        raise UsageError(f"placement is one of {', '.join(SENSOR_HEIGHT_M)}, not {placement!r}")
    if after_s < 3 or before_s < 0 or target_s <= 0 or (touch_down_s is not None and touch_down_s <= 0):
        raise UsageError("a hold needs times above 0 and at least 3 s after its end")
    if not 0 <= burst <= MOST_BURST:
        raise UsageError(f"the impact of a touch-down is 0 to {MOST_BURST:g} times the usual one, not {burst:g}")
    legs, eyes, surface = name.split("_")
    spec = DrillSpec.from_mapping(
        {
            "name": "hold",
            "leg": leg or ("left" if legs == "one" else "both"),
            "eyes": "open" if eyes == "eo" else "closed",
            "surface": surface,
            "target_s": target_s,
        }
    )
    failed = touch_down_s is not None and touch_down_s < target_s
    start_s = max(before_s, sensor.first_packet_s)
    lift_s = start_s + COUNTDOWN_S
    end_s = lift_s + (touch_down_s if failed and touch_down_s is not None else target_s)
    t = clock(end_s + after_s, 1 / STEP_S)
    rng = np.random.default_rng(seed)
    height_m = SENSOR_HEIGHT_M[placement]
    quiet = lean(STANCE_PRESETS["two_eo_firm"], len(t), rng)
    trial = lean(STANCE_PRESETS[name], len(t), rng)
    if failed:
        side = -1.0 if spec.leg == "right" else 1.0  # nothing holds the side of the free foot
        trial = _fallen(trial, t - end_s, side)

    on_trial = _smooth_step((t - lift_s) / LIFT_FADE_S + 0.5) * (1 - _recovered(t - end_s, failed))
    force = _mix(quiet.force(height_m), trial.force(height_m), on_trial)
    force[:, 0] += G0_MS2 * np.sin(radians(drift_deg) / 30 * np.clip(t - lift_s, 0, None)) * on_trial
    for at_s in hop_s:
        since = t - lift_s - at_s
        for peak, length_s in HOP_V:
            force[:, 2] += peak * _half_sine(since, length_s)
            since = since - length_s
    for at_s in touch_s:
        force[:, 1] += TOUCH_ML[0] * _half_sine(t - lift_s - at_s, TOUCH_ML[1])
    window = slice(round((lift_s + TRIM_LIFT_S) / STEP_S), round((end_s - failed * TRIM_FALL_S) / STEP_S))
    scored = force[window] if window.stop - window.start > 1 / STEP_S else None
    if failed:
        force[:, 1:] += burst * _impact(t - end_s)
    motion = Motion(1 / STEP_S, force, _mix(quiet.spin(), trial.spin(), on_trial))
    presses = ((start_s, "start", "hold"), *((lift_s + at_s, "touch", None) for at_s in touch_s))
    rms = None if scored is None else horizontal_rms(scored, motion.rate_hz, CUTOFF_HZ)
    unfiltered = None if scored is None else horizontal_rms(scored, motion.rate_hz, None)
    parameters = {
        "stance": asdict(STANCE_PRESETS[name]),
        "sensor_height_m": height_m,
        "target_s": target_s,
        "touch_down_s": touch_down_s,
        "drift_deg": drift_deg,
        "hop_s": list(hop_s),
        "touch_s": list(touch_s),
        "burst": burst,
        "rms_h_unfiltered_ms2": unfiltered,
    }
    scene = Scene(
        motion,
        name,
        placement,
        parameters,
        drill=spec if cues else None,
        cues=presses if cues else (),
        lift_s=lift_s,
        end_s=end_s,
        end_reason="touch_down" if failed else "target",
        rms_h_ms2=rms,
    )
    return play(scene, sensor, seed)


def _mix(quiet: Array, trial: Array, share: Array) -> Array:
    """Fades forces, not leans: a fast fade between two leans would be a blow of its own."""
    mixed: Array = quiet + share[:, None] * (trial - quiet)
    return mixed


def _smooth_step(u: Array) -> Array:
    step: Array = (1 - np.cos(np.pi * np.clip(u, 0, 1))) / 2
    return step


def _recovered(since_end: Array, failed: bool) -> Array:
    """Share of two-leg stance after the end: thrown onto both feet, or lowered onto them."""
    if not failed:
        return _smooth_step((since_end - LOWER_S) / LIFT_FADE_S + 0.5)
    middle_s, width_s = RECOVER_S
    share: Array = 1 / (1 + np.exp(np.clip((middle_s - since_end) / width_s, -60, 60)))
    return share


def _fallen(trial: Lean, since_end: Array, side: float) -> Lean:
    """The trial with the lean of a lost balance: a quarter cosine up to 4°, which the impact stops."""
    u = np.clip(since_end / FALL_S + 1, 0, 1)
    turn_hz = np.pi / 2 / FALL_S
    falling = (u > 0) & (u < 1)
    swing = np.pi * u / 2
    ml = side * FALL_LEAN_RAD * np.array([0.0, 1.0])  # columns AP, ML
    return Lean(
        trial.angle + (1 - np.cos(swing))[:, None] * ml,
        trial.rate + (turn_hz * np.sin(swing) * falling)[:, None] * ml,
        trial.accel + (turn_hz**2 * np.cos(swing) * falling)[:, None] * ml,
    )


def _impact(since: Array) -> Array:
    """(n, 2) ML and V of the foot's impact, m/s²."""
    after = np.clip(since, 0, None)
    fade = np.exp(-after / BURST_DECAY_S)
    (v, v_hz), (ml, ml_hz) = BURST_V, BURST_ML
    return np.column_stack((ml * fade * np.sin(2 * np.pi * ml_hz * after), v * fade * np.sin(2 * np.pi * v_hz * after)))


def _half_sine(since: Array, length_s: float) -> Array:
    pulse: Array = np.sin(np.pi * since / length_s) * ((since >= 0) & (since < length_s))
    return pulse
