"""A set of landings in one line: method `landing_set/1`.

    practice    the first 3 landings of a key in a session: shown, never counted
    valid       a landing after practice with a score and without any flag
    median, MAD of the valid softness, from 5 valid landings on; before that only "n of 5"
    best        of the valid ones
    drop_off    median of the first 3 valid − median of the last 3, from 5 on; above 15 points: stop, the set tires

Medians of three, because one bad landing must not end a set and one good one must not hide that it is over. With five
valid landings the middle one is in both, which only makes the rule slower. All limits are provisional: false alarms
and misses are counted on simulated sets (firmware-notes/needs/landing-sets.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Final

from surefoot.errors import UsageError
from surefoot.events import Landed
from surefoot.samples import DrillSpec, Score

METHOD: Final = "landing_set/1"


@dataclass(frozen=True, slots=True)
class SetLimits:
    """Counts and steps; all provisional."""

    practice: int = 3  # peak force repeats better after practice drops (Hackney 2020); three is the usual protocol
    fewest: int = 5  # 4 to 5 cycles reach the best ICC (Racic 2009)
    window: int = 3  # landings in each of the two medians of the drop-off
    drop_off_points: float = 15.0  # our stop rule; three SD of one landing where the simulated SD is 5
    compared: int = 10  # about ten make a stable mean (Racic 2009), and a MAD from five is a guess
    no_spread: float = 1e-6  # points: nobody repeats to a millionth, so these are copies or clipped values


LIMITS = SetLimits()


@dataclass(frozen=True, slots=True)
class Key:
    """What must be equal before landings are counted together. `method` names the score's version too."""

    drill: str
    leg: str
    height_cm: float | None
    surface: str
    placement: str
    device: str
    rate_hz: float
    style: str
    direction: str
    feedback: str
    method: str
    shoes: str = "unknown"

    @property
    def missing(self) -> str | None:
        """What nobody said although sets cannot be compared without it; surface and shoes may stay unknown."""
        if self.drill == "drop" and self.height_cm is None:
            return "height_cm"
        return next((name for name in ("leg", "placement") if getattr(self, name) == "unknown"), None)


def key(spec: DrillSpec, placement: str, device: str, rate_hz: float, score_method: str, shoes: str = "unknown") -> Key:
    """The key of a landing: its drill, the sensor and the methods."""
    height_cm = spec.height_cm if spec.name == "drop" else None
    style, direction = (spec.style, spec.direction) if spec.name == "hop" else ("stick", "none")
    versions = f"{METHOD} {score_method}"
    return Key(
        spec.name, spec.leg, height_cm, spec.surface, placement, device, rate_hz, style, direction, spec.feedback,
        versions, shoes,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counted:
    """One landing as a set sees it: its number in the session, softness, and the flags of landing and score."""

    number: int
    value: float | None
    flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.value is not None and not 0 <= self.value <= 100:
            raise UsageError(f"no landing has a softness of {self.value}")

    @property
    def valid(self) -> bool:
        """Whether it may enter a median or be a best; the others are only shown."""
        return self.value is not None and not self.flags


def counted(landed: Landed, score: Score) -> Counted:
    """A landing and its softness."""
    return Counted(landed.number, score.value, tuple(dict.fromkeys([*landed.landing.flags, *score.flags])))


@dataclass(frozen=True, slots=True)
class LandedSet:
    """The landings of one set, in order, under one key.

    The first `practice_n` of them are practice; `ended`: None while it runs, else count, fatigue, stopped, or changed
    (another leg, height … began a new set).
    """

    key: Key
    landings: tuple[Counted, ...] = ()
    practice_n: int = 0
    ended: str | None = None

    @property
    def values(self) -> tuple[float, ...]:
        """Softness of the valid landings, oldest first."""
        after = self.landings[self.practice_n :]
        return tuple(one.value for one in after if one.valid and one.value is not None)

    @property
    def enough(self) -> bool:
        """Whether there are enough valid landings for a median."""
        return len(self.values) >= LIMITS.fewest

    @property
    def median(self) -> float | None:
        """Of the valid softness, in points."""
        return median(self.values) if self.enough else None

    @property
    def mad(self) -> float | None:
        """Median absolute deviation from the median, in points."""
        return mad(self.values) if self.enough else None

    @property
    def best(self) -> float | None:
        """The softest valid landing."""
        return max(self.values, default=None)

    @property
    def drop_off(self) -> float | None:
        """By how many points the softness fell within the set; negative when it rose."""
        first, last = self.values[: LIMITS.window], self.values[-LIMITS.window :]
        return median(first) - median(last) if self.enough else None

    @property
    def tires(self) -> bool:
        """The softness fell so far that going on would train bad landings."""
        return self.drop_off is not None and self.drop_off > LIMITS.drop_off_points

    @property
    def summary(self) -> dict[str, Any]:
        """The set under the keys of `score --json`."""
        spec, missing = self.key, {}
        if not self.enough:
            missing = dict.fromkeys(("median", "mad", "drop_off"), "too_few")
        if self.best is None:
            missing["best"] = "none_valid"
        if self.ended is None:
            missing["ended"] = "recording_end"
        for name, value in (("legs", spec.leg), ("height_cm", spec.height_cm), ("direction", spec.direction)):
            if value in (None, "unknown", "none"):
                missing[name] = "not_given"
        return {
            "drill": spec.drill,
            "legs": None if spec.leg == "unknown" else spec.leg,
            "height_cm": spec.height_cm,
            "style": spec.style,
            "direction": None if spec.direction in ("unknown", "none") else spec.direction,
            "numbers": [one.number for one in self.landings],
            "n": len(self.landings),
            "practice_n": min(self.practice_n, len(self.landings)),
            "valid_n": len(self.values),
            "median": self.median,
            "mad": self.mad,
            "best": self.best,
            "drop_off": self.drop_off,
            "ended": self.ended,
            "method": METHOD,
            "flags": list(dict.fromkeys(flag for one in self.landings for flag in one.flags)),
            "missing": missing,
        }


@dataclass(slots=True)
class SetLog:
    """The sets of a session, as its landings come in.

    `sets` is replaced, never changed in place: a screen may keep the one it has.
    """

    sets: tuple[LandedSet, ...] = ()
    _open: bool = False
    _started: bool = False

    def start(self) -> None:
        """The drill was started: the next landing begins a new set."""
        self.end("stopped")
        self._started = True

    def add(self, of: Key, one: Counted) -> None:
        """One more landing; under another key it begins a new set, so that nothing is ever mixed."""
        if self._open and self.sets[-1].key != of:
            self.end("changed")
        if not self._open:
            before_n = sum(len(earlier.landings) for earlier in self.sets if earlier.key == of)
            self.sets, self._open = (*self.sets, LandedSet(of, practice_n=max(0, LIMITS.practice - before_n))), True
        last = self.sets[-1]
        self.sets = (*self.sets[:-1], replace(last, landings=(*last.landings, one)))

    def end(self, reason: str) -> None:
        """The set is over."""
        if self._open:
            self.sets, self._open = (*self.sets[:-1], replace(self.sets[-1], ended=reason)), False

    @property
    def tires(self) -> bool:
        """Whether the running set should stop. A recording that nobody started runs to its end: it is only read."""
        return self._open and self._started and self.sets[-1].tires


def mad(values: Sequence[float]) -> float:
    """Median absolute deviation from the median."""
    center = median(values)
    return median(abs(value - center) for value in values)
