"""Landing sets: drops from a box, hops that stick, hops in place; contact, flight, speed and stopping time are known.

Waist, chest and pocket ride on the body's mass, shank and foot on the lower one. The trunk between waist and chest is
rigid here: no measurement says how much it softens a landing.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Any, Final

import numpy as np

from surefoot.errors import UsageError
from surefoot.samples import G0_MS2, Array, DrillSpec
from surefoot.simulate.impact import CLOSED_FORM_RECOVERY_S, FOOT_PLACEMENTS, IMPACT_HZ, STYLES, Leg, between, landed
from surefoot.simulate.motion import Motion, band_noise, clock, lowpass
from surefoot.simulate.sensor import SensorSetup
from surefoot.simulate.stream import Scene, Simulated, play

QUIET_S: Final = 2.5  # standing still before each jump or step-off
AFTER_S: Final = 5.5  # and after each landing: the settling window is 5 s
START_S: Final = 0.5  # when the start cue is pressed
STEP_OFF_S: Final = 0.06  # a body that steps off unloads in this time
TAKE_OFF_S: Final = 0.03  # and faster when it jumps
QUIET_MG: Final = 6.0  # RMS of each horizontal axis before and after: a restless two-leg stance
QUIET_BAND_HZ: Final = (0.2, 2.0)
BRAKE_MPS: Final = 0.3  # forward speed that the landing takes away, over
BRAKE_S: Final = 0.15
DIP_S: Final = 0.26  # countermovement before a hop: unweighting by up to
DIP_G: Final = 0.85
PUSH_S: Final = 0.40  # and then the push, as large as the take-off speed demands
RECOVERY_RISE_S: Final = 0.03
RECOVERY_BAND_HZ: Final = (1.0, 4.0)
RECOVERY_PLANAR: Final = 0.8  # horizontal share of the vertical recovery sway
MAX_FLIGHT_S: Final = 0.8  # a standing jump of 0.8 m: beyond it nobody tests softness
# The true stopping time: of a clean signal at 1 kHz, (cut-off Hz, end of the search for the peak s) as it is defined.
CLEAN_HZ: Final = 1000.0
CLEAN: Final = (20.0, 0.300)
CLEAN_FOOT: Final = (60.0, 0.150)
CLEAN_FROM_S: Final = -0.010
CLEAN_PAD_S: Final = 0.5  # on both sides of the search: the low-pass forgets in a tenth of it


def drops(
    style: str = "soft",
    *,
    height_cm: float = 20.0,
    count: int = 5,
    seed: int = 0,
    bounce: bool = False,
    tires_to: str | None = None,
    stop_s: float = 0.10,
    recovery_g: float = 0.0,
    recovery_s: float | None = None,
    leg: str = "both",
    sensor: SensorSetup | None = None,
    placement: str = "waist",
    cues: bool = True,
) -> Simulated:
    """A set of drops from a box of `height_cm`; the way back onto the box is left out.

    Args:
        style: soft, normal, stiff, or half_sine (closed form, stopping in `stop_s`).
        height_cm: fall height; the flight lasts √(2h/g) after a step-off of 60 ms.
        count: number of drops.
        seed: of the sway and of the sensor; the impacts themselves are not random.
        bounce: the leg springs back off the floor (negative test). Only the first contact of each drop is in
            the truth.
        tires_to: the style of the last landing; those between go there by equal ratios.
        stop_s: contact time of the closed form.
        recovery_g: size of the sway after the landing (RMS of the vertical at its start); 0 leaves the
            passive model, 0.3 looks like a person.
        recovery_s: its time constant; None: the style's.
        leg: left, right or both.
        sensor: the device (None: a Polar H10 worn straight).
        placement: where it is worn; shank and foot ride on the lower mass.
        cues: False: nobody pressed anything, and the header names no drill.
    """
    spec = DrillSpec.from_mapping({"name": "drop", "leg": leg, "height_cm": height_cm, "count": count})
    flight_s = sqrt(2 * height_cm / 100 / G0_MS2)
    speed_mps = G0_MS2 * flight_s
    legs: list[str | Leg] = [style] * count
    if tires_to is not None:
        legs = [between(style, tires_to, i / max(1, count - 1)) for i in range(count)]
    made = {way: landed(way, speed_mps, placement=placement, bounce=bounce, stop_s=stop_s) for way in legs}
    leave = np.concatenate((_ramp(STEP_OFF_S), np.zeros(round(flight_s * IMPACT_HZ))))
    parts = [(leave, made[way]) for way in legs]
    extra = {"height_cm": height_cm, "bounce": bounce, "tires_to": tires_to, "stop_s": stop_s}
    recovery = (recovery_g, _recovery_s(style, recovery_s))
    return _set(spec, style, parts, flight_s, recovery, extra, seed, sensor, placement, cues)


def hops(
    style: str = "normal",
    *,
    flight_s: float = 0.35,
    count: int = 5,
    seed: int = 0,
    in_place: bool = False,
    contact_s: float = 0.25,
    stop_s: float = 0.10,
    recovery_g: float = 0.0,
    recovery_s: float | None = None,
    leg: str = "left",
    sensor: SensorSetup | None = None,
    placement: str = "waist",
    cues: bool = True,
) -> Simulated:
    """A set of hops: `count` single hops that stick, or one bout of `count` landings in place.

    Args:
        style: how the sticking landings (in place: the last one) are made, as for `drops`.
        flight_s: time in the air; take-off and impact speed are g·flight/2.
        count: number of landings.
        seed: of the sway and of the sensor.
        in_place: bounce from hop to hop; contacts are half-sines of `contact_s` that return the whole speed.
        contact_s: ground contact between hops in place.
        stop_s: contact time of the closed form.
        recovery_g: as for `drops`.
        recovery_s: as for `drops`.
        leg: left, right or both.
        sensor: the device (None: a Polar H10 worn straight).
        placement: where it is worn.
        cues: False: nobody pressed anything, and the header names no drill.
    """
    if not 0.05 <= flight_s <= MAX_FLIGHT_S or not 0.05 <= contact_s <= 1:
        raise UsageError(f"a hop flies 0.05 to {MAX_FLIGHT_S:g} s and touches the floor for 0.05 to 1 s")
    spec = DrillSpec.from_mapping(
        {"name": "hop", "leg": leg, "count": count, "style": "in_place" if in_place else "stick"}
    )
    speed_mps = G0_MS2 * flight_s / 2
    impact = landed(style, speed_mps, placement=placement, bounce=False, stop_s=stop_s)
    air = np.zeros(round(flight_s * IMPACT_HZ))
    jump = np.concatenate((_take_off(speed_mps), air))
    parts = [(jump, impact)] * count
    if in_place:
        u = clock(contact_s, IMPACT_HZ) / contact_s
        contact = pi / 2 * (contact_s + flight_s) / contact_s * np.sin(pi * u)
        parts = [(jump, np.concatenate([np.concatenate((contact, air))] * (count - 1) + [impact]))]
    every_s = contact_s + flight_s if in_place else None
    extra = {"flight_s": flight_s, "in_place": in_place, "contact_s": contact_s, "stop_s": stop_s}
    recovery = (recovery_g, _recovery_s(style, recovery_s))
    return _set(spec, style, parts, flight_s, recovery, extra, seed, sensor, placement, cues, every_s)


def _recovery_s(style: str, asked_s: float | None) -> float:
    if asked_s is not None:
        return asked_s
    return STYLES[style].recovery_s if style in STYLES else CLOSED_FORM_RECOVERY_S


def _ramp(length_s: float) -> Array:
    """(n,) A from 1 to 0."""
    ramp: Array = 1 - clock(length_s, IMPACT_HZ) / length_s
    return ramp


def _take_off(speed_mps: float) -> Array:
    """(n,) A of a countermovement and a push that ends with that upward speed."""
    dip = DIP_G * np.sin(pi * clock(DIP_S, IMPACT_HZ) / DIP_S)
    lost_mps = DIP_G * G0_MS2 * 2 * DIP_S / pi
    push_g = (speed_mps + lost_mps) / (G0_MS2 * 2 * PUSH_S / pi)
    push = push_g * np.sin(pi * clock(PUSH_S, IMPACT_HZ) / PUSH_S)
    return np.concatenate((1 - dip, 1 + push, _ramp(TAKE_OFF_S)))


def _set(
    spec: DrillSpec,
    style: str,
    parts: list[tuple[Array, Array]],
    flight_s: float,
    recovery: tuple[float, float],
    extra: dict[str, Any],
    seed: int,
    sensor: SensorSetup | None,
    placement: str,
    cues: bool,
    every_s: float | None = None,
) -> Simulated:
    """Strings the parts (way up to the contact, impact) together. `every_s`: one part holds `count` contacts
    at this distance, the recovery follows the last."""
    sensor = SensorSetup() if sensor is None else sensor
    rng = np.random.default_rng(seed)
    start_s = max(START_S, sensor.first_packet_s)
    landings: list[dict[str, Any]] = []
    pieces: list[Array] = []
    done_n = 0
    # A slow first packet delays the start cue; the quiet that arms the detector is kept whole.
    quiet_n = round((QUIET_S + max(0.0, start_s - START_S)) * IMPACT_HZ)
    for before, impact in parts:
        repeats = spec.count if every_s is not None else 1
        last_n = round((repeats - 1) * (every_s or 0.0) * IMPACT_HZ)
        after_n = last_n + round(AFTER_S * IMPACT_HZ)
        vertical = np.ones(quiet_n + len(before) + after_n)
        contact_n = quiet_n + len(before)
        vertical[quiet_n:contact_n] = before
        vertical[contact_n : contact_n + len(impact)] = impact
        pieces.append(_piece(vertical, contact_n + last_n, recovery, rng))
        landings += [
            {
                "contact_s": (done_n + contact_n) / IMPACT_HZ + i * (every_s or 0.0),
                "flight_s": flight_s,
                "speed_mps": G0_MS2 * flight_s * (1.0 if spec.name == "drop" else 0.5),
                "style": style,
            }
            for i in range(repeats)
        ]
        done_n += len(vertical)
        quiet_n = round(QUIET_S * IMPACT_HZ)
    force = np.concatenate(pieces)
    on_floor = np.clip(force[:, 2], 0, 1)  # nothing pushes sideways on a body in the air
    for axis in (0, 1):
        force[:, axis] += QUIET_MG / 1000 * on_floor * band_noise(rng, len(force), IMPACT_HZ, *QUIET_BAND_HZ)
    size_g = np.linalg.norm(force, axis=1)
    landings = [{**one, **_clean(size_g, one["contact_s"], one["speed_mps"], placement)} for one in landings]
    recovery_g, recovery_s = recovery
    scene = Scene(
        Motion(IMPACT_HZ, force * G0_MS2, np.zeros_like(force)),
        style,
        placement,
        {**extra, "count": spec.count, "recovery_g": recovery_g, "recovery_s": recovery_s},
        drill=spec if cues else None,
        cues=((start_s, "start", spec.name),) if cues else (),
        landings=tuple(landings),
    )
    return play(scene, sensor, seed)


def _clean(size_g: Array, contact_s: float, speed_mps: float, placement: str) -> dict[str, float]:
    """Highest A and stopping time τ = v/P of one landing, from (n,) A at `IMPACT_HZ` without any sensor."""
    cutoff_hz, to_s = CLEAN_FOOT if placement in FOOT_PLACEMENTS else CLEAN
    every_n = round(IMPACT_HZ / CLEAN_HZ)
    first = max(0, round((contact_s - CLEAN_PAD_S) * IMPACT_HZ))
    a = size_g[first : round((contact_s + to_s + CLEAN_PAD_S) * IMPACT_HZ) : every_n]
    since = (first + every_n * np.arange(len(a))) / IMPACT_HZ - contact_s
    hit = (since >= CLEAN_FROM_S) & (since <= to_s)
    net_ms2 = (float(lowpass(a[:, None], CLEAN_HZ, cutoff_hz)[hit].max()) - 1) * G0_MS2
    return {"peak_g": float(a[hit].max()), "tau_ms": 1000 * speed_mps / net_ms2}


def _piece(vertical: Array, contact_n: int, recovery: tuple[float, float], rng: np.random.Generator) -> Array:
    """(n, 3) specific force of one part, in g: the vertical, braking, and the recovery sway after contact."""
    n = len(vertical)
    force = np.column_stack((np.zeros(n), np.zeros(n), vertical))
    since = np.clip((np.arange(n) - contact_n) / IMPACT_HZ, 0, None)
    brake_g = BRAKE_MPS * pi / (2 * BRAKE_S) / G0_MS2
    force[:, 0] -= brake_g * np.sin(pi * since / BRAKE_S) * (since < BRAKE_S)
    size_g, decay_s = recovery
    if size_g > 0:
        envelope = size_g * (1 - np.exp(-since / RECOVERY_RISE_S)) * np.exp(-since / decay_s)
        for axis, share in enumerate((RECOVERY_PLANAR, RECOVERY_PLANAR, 1.0)):
            force[:, axis] += share * envelope * band_noise(rng, n, IMPACT_HZ, *RECOVERY_BAND_HZ)
    return force
