"""What a landing does to a sensor: two masses on springs, or a closed form with a known stopping time.

Vertical, foot and shank m1 on a heel pad (k1, c1), the rest of the body m2 on the leg spring (k2, ζ2):

    F1 = max(0, −k1·y1 − c1·y1′) below the floor, else 0
    F2 = max(0, k2·(y1 − y2) + c2·(y1′ − y2′)),   c2 = 2·ζ2·√(k2·m2)
    y1″ = (F1 − F2)/m1 − g,   y2″ = F2/m2 − g

from contact at speed v. When the body first stops, ζ2 becomes 1: muscles absorb, they do not bounce. Compared
with three landings on a force plate the model stops too much of the momentum in the first 50 ms, and peaks
too early.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from math import pi, sqrt
from typing import Final

import numpy as np

from surefoot.errors import UsageError
from surefoot.samples import G0_MS2, Array
from surefoot.simulate.motion import clock

IMPACT_HZ: Final = 4000.0  # 0.25 ms: 39 steps in a quarter period of the stiffest pad under the foot
MASS_KG: Final = 70.0
FOOT_SHARE: Final = 0.14  # of the mass in both feet and shanks
IMPACT_S: Final = 2.0  # simulated time after contact; by then the springs rest within 0.002 g


@dataclass(frozen=True, slots=True)
class Leg:
    """A way to land: leg spring `leg_npm` and damping ratio, heel pad `pad_npm` and `pad_nspm`, and how long
    the recovery sway lasts (time constant) when the scene asks for one."""

    leg_npm: float
    leg_damping: float
    pad_npm: float
    pad_nspm: float
    recovery_s: float


STYLES: Final[dict[str, Leg]] = {
    "soft": Leg(9_000, 0.55, 60_000, 500, 0.25),
    "normal": Leg(18_000, 0.40, 120_000, 600, 0.35),
    "stiff": Leg(45_000, 0.25, 250_000, 700, 0.60),
}
CLOSED_FORM: Final = "half_sine"
CLOSED_FORM_RECOVERY_S: Final = 0.35
FOOT_PLACEMENTS: Final = frozenset(
    {"shank", "foot"}
)  # they ride on the lower mass; waist, chest and pocket on the upper


def between(style: str, other: str, share: float) -> Leg:
    """The leg that went `share` of the way from one style to another, by equal ratios: what tiring does."""
    if style not in STYLES or other not in STYLES:
        raise UsageError(f"a leg tires from one of {', '.join(STYLES)} to another, not from {style!r} to {other!r}")
    pairs = zip(astuple(STYLES[style]), astuple(STYLES[other]), strict=True)
    return Leg(*(first * (last / first) ** share for first, last in pairs))


def landed(style: str | Leg, speed_mps: float, *, placement: str, bounce: bool, stop_s: float) -> Array:
    """(n,) A in g, signed, from contact on at `IMPACT_HZ`; it ends within 0.002 of 1.

    `bounce`: the negative test of a landing that does not stick: nothing absorbs, the leg spring may pull,
    and the body leaves the floor again. `stop_s`: contact time of the closed form, whose τ = v/P is
    2·stop_s/π.
    """
    if style == CLOSED_FORM:
        if bounce or not 0.02 <= stop_s <= 1:
            raise UsageError("the half-sine landing never bounces, and stops in 0.02 to 1 s")
        t = clock(IMPACT_S, IMPACT_HZ)
        return 1 + pi * speed_mps / (2 * G0_MS2 * stop_s) * np.sin(pi * t / stop_s) * (t < stop_s)
    if isinstance(style, str) and style not in STYLES:
        raise UsageError(f"a landing is {', '.join((*STYLES, CLOSED_FORM))}, not {style!r}")
    leg = STYLES[style] if isinstance(style, str) else style
    return _two_masses(leg, speed_mps, placement in FOOT_PLACEMENTS, bounce)


def _two_masses(leg: Leg, speed_mps: float, at_foot: bool, bounce: bool) -> Array:
    dt, g = 1 / IMPACT_HZ, G0_MS2
    m1, m2 = FOOT_SHARE * MASS_KG, (1 - FOOT_SHARE) * MASS_KG
    k1, c1, k2 = leg.pad_npm, leg.pad_nspm, leg.leg_npm
    c2 = 2 * leg.leg_damping * sqrt(k2 * m2)
    absorbing = 2 * sqrt(k2 * m2)
    y1 = y2 = 0.0
    v1 = v2 = -speed_mps
    felt: list[float] = []
    for _ in range(round(IMPACT_S * IMPACT_HZ)):
        floor = max(0.0, -k1 * y1 - c1 * v1) if y1 < 0 else 0.0
        spring = k2 * (y1 - y2) + c2 * (v1 - v2)
        if spring < 0 and not bounce:
            spring = 0.0
        push1, push2 = (floor - spring) / m1, spring / m2
        felt.append((push1 if at_foot else push2) / g)
        v1 += (push1 - g) * dt
        v2 += (push2 - g) * dt
        y1 += v1 * dt
        y2 += v2 * dt
        if v2 >= 0 and not bounce:
            c2 = absorbing
    return np.array(felt)
