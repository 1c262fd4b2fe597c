"""What a sensor feels that no body did: bumps, shaking, being dropped. None of it is a landing.

The sizes are assumed, no recording shows them: a knuckle on the casing, a wrist that shakes a strap, a phone that slips
out of a hand at 1.2 m and tumbles.
"""

from __future__ import annotations

from math import radians
from typing import Final

import numpy as np

from surefoot.samples import G0_MS2, Array, DrillSpec
from surefoot.simulate.gait import LEAD_S, QUIET_BAND_HZ, QUIET_G, START_S
from surefoot.simulate.motion import Motion, band_noise, clock
from surefoot.simulate.sensor import SensorSetup
from surefoot.simulate.stream import Scene, Simulated, play

GRID_HZ: Final = 1000.0  # 20 points in a period of the fastest ringing
BUMP_EVERY_S: Final = (1.0, 3.0)
BUMP_G: Final = (2.5, 6.0)
BUMP_HZ: Final = (15.0, 50.0)
BUMP_DECAY_S: Final = 0.02
SHAKE_HZ: Final = (3.0, 5.0)
SHAKE_G: Final = (1.2, 2.5)
SHAKE_S: Final = (2.0, 4.0)
REST_S: Final = (2.0, 4.0)
TUMBLE_RADS: Final = radians(400)
FALL_S: Final = 0.5  # from 1.2 m
HITS: Final = ((0.0, 12.0), (0.22, 5.0), (0.34, 2.5))  # s after the first hit, g: it bounces twice
HIT_S: Final = 0.012
DROP_EVERY_S: Final = 6.0


def bumps(
    duration_s: float = 60.0,
    *,
    seed: int = 0,
    sensor: SensorSetup | None = None,
    placement: str = "waist",
    cues: bool = True,
) -> Simulated:
    """Standing on two feet while something knocks on the sensor every few seconds, from any side, and it rings.

    With `cues` a drop drill is started in the quiet beginning, so that a detector is armed throughout.
    """
    rng, t, force = _standing(duration_s, seed)
    at_s = LEAD_S + np.cumsum(rng.uniform(*BUMP_EVERY_S, int(duration_s / BUMP_EVERY_S[0])))
    for start_s in at_s[at_s < duration_s - 1]:
        side = rng.standard_normal(3)
        size_g, hz = rng.uniform(*BUMP_G), rng.uniform(*BUMP_HZ)
        here = slice(*np.searchsorted(t, [start_s, start_s + 10 * BUMP_DECAY_S]).tolist())
        u = t[here] - start_s
        ring = size_g * np.exp(-u / BUMP_DECAY_S) * np.sin(2 * np.pi * hz * u)
        force[here] += ring[:, None] * side / np.linalg.norm(side)
    return _played("bumps", force, np.zeros_like(force), seed, sensor, placement, cues)


def shaken(
    duration_s: float = 60.0,
    *,
    seed: int = 0,
    sensor: SensorSetup | None = None,
    placement: str = "hand",
    rest_s: tuple[float, float] = REST_S,
    cues: bool = True,
) -> Simulated:
    """A sensor shaken up and down in the hand for some seconds, at rest for `rest_s`, and so on. `cues` as for `bumps`.

    Many a shake is below 0.35 g for more than 60 ms and hits 2 g after it: no rule on |a| alone refuses that.
    """
    rng, t, force = _standing(duration_s, seed)
    start_s = LEAD_S
    while start_s + SHAKE_S[1] < duration_s:
        length_s, hz = rng.uniform(*SHAKE_S), rng.uniform(*SHAKE_HZ)
        here = slice(*np.searchsorted(t, [start_s, start_s + length_s]).tolist())
        u = t[here] - start_s
        force[here, 2] += rng.uniform(*SHAKE_G) * np.sin(np.pi * u / length_s) * np.sin(2 * np.pi * hz * u)
        start_s += length_s + rng.uniform(*rest_s)
    return _played("shaken", force, np.zeros_like(force), seed, sensor, placement, cues)


def dropped(
    count: int = 5,
    *,
    seed: int = 0,
    sensor: SensorSetup | None = None,
    placement: str = "hand",
    cues: bool = True,
) -> Simulated:
    """A phone that falls 1.2 m `count` times, tumbling at 400 °/s, and bounces. `cues` as for `bumps`.

    Only a gyroscope (`SensorSetup(gyro=True)`) can tell it from a body that falls as long.
    """
    rng, t, force = _standing(LEAD_S + DROP_EVERY_S * count + 1, seed)
    spin = np.zeros_like(force)
    for k in range(count):
        fall_s = LEAD_S + DROP_EVERY_S * k
        hit_s = fall_s + FALL_S
        air = (t >= fall_s) & (t < hit_s + HITS[-1][0])
        force[air] = 0
        axis = rng.standard_normal(3)
        spin[air] = TUMBLE_RADS * axis / np.linalg.norm(axis)
        for after_s, size_g in HITS:
            u = (t - hit_s - after_s) / HIT_S
            side = rng.standard_normal(3)
            hit = np.where((u >= 0) & (u < 1), size_g * np.sin(np.pi * u), 0.0)
            force += hit[:, None] * side / np.linalg.norm(side)
    return _played("dropped", force, spin, seed, sensor, placement, cues)


def _standing(duration_s: float, seed: int) -> tuple[np.random.Generator, Array, Array]:
    rng = np.random.default_rng(seed)
    t = clock(duration_s, GRID_HZ)
    force = np.column_stack([QUIET_G * band_noise(rng, len(t), GRID_HZ, *QUIET_BAND_HZ) for _ in range(3)])
    force[:, 2] += 1
    return rng, t, force


def _played(
    name: str, force: Array, spin: Array, seed: int, sensor: SensorSetup | None, placement: str, cues: bool
) -> Simulated:
    sensor = SensorSetup() if sensor is None else sensor
    start_s = max(START_S, sensor.first_packet_s)
    scene = Scene(
        Motion(GRID_HZ, force * G0_MS2, spin),
        name,
        placement,
        {"duration_s": len(force) / GRID_HZ},
        drill=DrillSpec("drop", leg="both") if cues else None,
        cues=((start_s, "start", "drop"),) if cues else (),
    )
    return play(scene, sensor, seed)
