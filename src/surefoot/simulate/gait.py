"""Negative controls: walking, stairs, one step down, sitting down hard. Each exceeds 1.8 g, none leaves the floor.

A movement is a row of events; each event is a row of half-sines (dip, peak, rest), whose sizes vary from
event to event and whose areas cancel, so that the body neither flies off nor sinks. Everything is computed
for all samples at once: half an hour takes about two seconds.

Bounds come from recordings of people in daily life (lower back and pocket; our measurement): a pocket walk
reaches 0.12 g and 3.1 g and stays below 0.5 g for up to 79 ms, stairs down peak at 2.5–4.9 g, sitting down
hard is a shallow dip and then a peak. A fall lasts at least 80 ms below 0.5 g; the dips here end well before
that.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import radians
from typing import Final

import numpy as np

from surefoot.errors import UsageError
from surefoot.samples import G0_MS2, Array, DrillSpec
from surefoot.simulate.motion import Motion, band_noise, clock
from surefoot.simulate.sensor import SensorSetup
from surefoot.simulate.stream import Scene, Simulated, play

GRID_HZ: Final = 500.0  # 20 points in the shortest half-sine
LEAD_S: Final = 2.5  # quiet before the first event: a detector that wants stillness gets it
TAIL_S: Final = 1.0
START_S: Final = 0.5
QUIET_G: Final = 0.004
QUIET_BAND_HZ: Final = (0.2, 2.0)

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Movement:
    """One kind of event. Each pair is the smallest and the largest of a uniform draw.

    `every_s` from event to event; `dip_g` below 1 and `peak_g` above 1 (half-sines of `dip_s`, `peak_s`;
    `dip_first` says which comes first); `brake_g` backward during the peak, `side_g` sideways after both,
    left and right in turn; `swing_deg` pitch of the sensor over two events. `peak_s` None: as long as the
    dip's momentum takes to stop.
    """

    every_s: Span
    dip_g: Span
    dip_s: float
    peak_g: Span
    peak_s: float | None
    dip_first: bool
    brake_g: float
    side_g: float
    swing_deg: float


WALKS: Final[dict[str, Movement]] = {
    # Thigh in a trouser pocket: heel strike, then the leg gives way below the phone. A dip of 0.88 g is below
    # 0.5 g for 0.615 of its length: 74 ms.
    "pocket": Movement((0.50, 0.58), (0.45, 0.88), 0.12, (0.9, 2.05), 0.06, False, 0.25, 0.10, 20.0),
    # Lower back, brisk: the trunk is softer than the thigh and hardly turns.
    "waist": Movement((0.48, 0.54), (0.35, 0.60), 0.14, (0.60, 1.05), 0.09, False, 0.20, 0.12, 2.0),
}
WALKS["chest"] = WALKS["waist"]
STAIRS_DOWN: Final = Movement((0.52, 0.66), (0.40, 0.70), 0.10, (1.7, 3.7), 0.05, True, 0.25, 0.12, 2.0)
# One leg lets the body down by 10 cm: half to two thirds of the speed of a fall, lost within 0.2 s. Long enough below
# 0.5 g to be a fall (0.10 s), below 0.35 g for at most 57 ms.
STEP_DOWN: Final = Movement((4.0, 6.0), (0.62, 0.72), 0.20, (0.9, 1.3), None, True, 0.15, 0.10, 0.0)
SIT_DOWN: Final = Movement((6.0, 8.0), (0.35, 0.45), 0.35, (1.2, 2.0), None, True, 0.10, 0.05, 0.0)


def walk(
    duration_s: float = 60.0,
    *,
    seed: int = 0,
    sensor: SensorSetup | None = None,
    placement: str = "waist",
    cues: bool = True,
) -> Simulated:
    """Walking with the sensor at waist or chest, or in a front trouser pocket; no landing in it.

    With `cues` a drop drill is started in the quiet beginning, so that a detector is armed throughout.
    """
    if placement not in WALKS:
        raise UsageError(f"walking is known for {', '.join(WALKS)}, not {placement!r}")
    return _control("walk", WALKS[placement], duration_s, seed, sensor, placement, cues)


def stairs(
    duration_s: float = 30.0,
    *,
    seed: int = 0,
    sensor: SensorSetup | None = None,
    placement: str = "waist",
    cues: bool = True,
) -> Simulated:
    """Going downstairs, peaks of up to 4.7 g; no landing in it. `cues` as for `walk`."""
    return _control("stairs", STAIRS_DOWN, duration_s, seed, sensor, placement, cues)


def step_down(
    duration_s: float = 30.0,
    *,
    seed: int = 0,
    sensor: SensorSetup | None = None,
    placement: str = "waist",
    cues: bool = True,
) -> Simulated:
    """Stepping down 10 cm, again and again: a step and no drop; stepping up is left out. `cues` as for `walk`."""
    return _control("step_down", STEP_DOWN, duration_s, seed, sensor, placement, cues)


def sit(
    duration_s: float = 30.0,
    *,
    seed: int = 0,
    sensor: SensorSetup | None = None,
    placement: str = "waist",
    cues: bool = True,
) -> Simulated:
    """Sitting down hard, again and again; getting up, which is gentle, is left out. `cues` as for `walk`."""
    return _control("sit", SIT_DOWN, duration_s, seed, sensor, placement, cues)


def _control(
    name: str,
    movement: Movement,
    duration_s: float,
    seed: int,
    sensor: SensorSetup | None,
    placement: str,
    cues: bool,
) -> Simulated:
    sensor = SensorSetup() if sensor is None else sensor
    start_s = max(START_S, sensor.first_packet_s)
    lead_s = LEAD_S + start_s - START_S
    if not duration_s >= lead_s + TAIL_S + 2 * movement.every_s[1]:
        raise UsageError(f"{name} takes at least {lead_s + TAIL_S + 2 * movement.every_s[1]:.1f} s")
    rng = np.random.default_rng(seed)
    t = clock(duration_s, GRID_HZ)
    force, pitch_rads = _events(movement, t, lead_s, rng)
    for axis in range(3):
        force[:, axis] += QUIET_G * band_noise(rng, len(t), GRID_HZ, *QUIET_BAND_HZ)
    spin = np.column_stack((np.zeros(len(t)), pitch_rads, np.zeros(len(t))))
    scene = Scene(
        Motion(GRID_HZ, force * G0_MS2, spin),
        name,
        placement,
        {"duration_s": duration_s, "movement": asdict(movement)},
        drill=DrillSpec("drop", leg="both") if cues else None,
        cues=((start_s, "start", "drop"),) if cues else (),
    )
    return play(scene, sensor, seed)


def _events(movement: Movement, t: Array, lead_s: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """(n, 3) specific force in g and (n,) angular rate about ML in rad/s of events from `lead_s` on."""
    end_s = t[-1] - TAIL_S
    most = int((end_s - lead_s) / movement.every_s[0]) + 2
    starts = lead_s + np.concatenate(([0.0], np.cumsum(rng.uniform(*movement.every_s, most))))
    starts = starts[: np.searchsorted(starts, end_s)]  # the last of them ends the last whole event
    every = np.diff(starts)
    n = len(every)
    dip, peak = rng.uniform(*movement.dip_g, n), rng.uniform(*movement.peak_g, n)
    # Half-sines of length l and size a hold 2·a·l/π: dip, peak and rest of an event add up to nothing.
    dip_s = np.full(n, movement.dip_s)
    peak_s = dip * dip_s / peak if movement.peak_s is None else np.full(n, movement.peak_s)
    rest_s = every - dip_s - peak_s
    rest = (dip * dip_s - peak * peak_s) / rest_s

    event = np.searchsorted(starts, t, side="right") - 1
    moving = (event >= 0) & (event < n)
    e = np.clip(event, 0, n - 1)
    since = np.where(moving, t - starts[e], -1.0)

    def pulse(begin: Array, length: Array) -> Array:
        u = (since - begin[e]) / length[e]
        shape: Array = np.where((u >= 0) & (u < 1) & moving, np.sin(np.pi * u), 0.0)
        return shape

    dip_begin, peak_begin = (np.zeros(n), dip_s) if movement.dip_first else (peak_s, np.zeros(n))
    peaking, resting = pulse(peak_begin, peak_s), pulse(dip_s + peak_s, rest_s)
    vertical = 1 - dip[e] * pulse(dip_begin, dip_s) + peak[e] * peaking + rest[e] * resting
    brake = movement.brake_g * (resting * (peak_s / rest_s)[e] - peaking)  # the rest gives the speed back
    side = movement.side_g * resting * np.where(e % 2, 1.0, -1.0)

    # The sensor turns with the thigh: a whole swing forward and back every two events. |A| does not feel it.
    phase = np.pi * (e % 2 + np.where(moving, since, 0.0) / every[e])
    top = radians(movement.swing_deg)
    pitch = top * np.sin(phase) * moving
    rate = top * np.cos(phase) * np.pi / every[e] * moving
    along = brake * np.cos(pitch) + vertical * np.sin(pitch)
    up = vertical * np.cos(pitch) - brake * np.sin(pitch)
    return np.column_stack((along, side, up)), rate
