"""Where every advice begins: rest when it hurts, and what to do about a missing score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from surefoot.events import Reported


@dataclass(frozen=True, slots=True)
class DebriefLimits:
    """When the advice is to rest; provisional."""

    discomfort: int = 4  # stricter than the 5 of the pain-monitoring model (Silbernagel 2007)
    rise: int = 2  # within a session
    fall_points: float = 15.0  # STEADY below the session's best, two trials running: the stop rule of landing sets
    wobbles: int = 2  # instabilities in one hold that are worth a word


LIMITS = DebriefLimits()

REMEDIES: Final = {
    "too_short": "hold for at least 12 s (the first 2 s settle and do not count), with support in reach",
    "gap": "bring the receiver nearer, the body is in the way of the radio",
    "frozen": "take the sensor off and put it on again",
    "gravity": "check the sensor: lay it down and see whether it reads 1 g",
    "linear_acceleration": "let the app send acceleration with gravity",
    "gravity_unchecked": "stand still for a second before you start",
    "noise_floor": "use a sensor with less noise",
    "both_legs": "stand on one leg for a score (l changes it)",
    "leg": "say which leg (l)",
    "eyes": "say whether the eyes are open (e)",
    "surface": "say whether the surface is firm or a mat (s)",
    "placement": "wear the sensor at the waist or the chest",
    "clipped": "choose a larger range of the sensor",
    "no_impact": "begin from a real fall: step off or hop",
}
"""What to do about a missing score."""


def rest(reports: Sequence[Reported]) -> str | None:
    """When discomfort says stop.

    What was told last in this session decides; a correction of the same result replaces what it said before.
    """
    newest = {(one.of, one.number): one for one in reports}
    values = [one.discomfort for one in sorted(newest.values(), key=lambda one: one.t_s)]
    if not values:
        return None
    if values[-1] >= LIMITS.discomfort:
        return f"Stop here and rest: you told {values[-1]} of 10."
    if values[-1] - min(values) >= LIMITS.rise:
        return "Stop here and rest: it hurts more than before."
    return None
