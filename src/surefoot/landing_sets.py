"""A set of landings in one line: method `landing_set/1`.

    practice    the first 3 landings of a key in a session: shown, never counted
    valid       a landing after practice with a score and without any flag
    median, MAD of the valid softness, from 5 valid landings on; before that only "n of 5"
    best        of the valid ones
    drop_off    median of the first 3 valid − median of the last 3, from 5 on; above 15 points: stop, the set tires

Medians of three, because one bad landing must not end a set and one good one must not hide that it is over. With five
valid landings the middle one is in both, which only makes the rule slower. All limits are provisional: false alarms
and misses are counted on simulated sets (firmware-notes/needs/landing-sets.md).

    half        1.96·√2·√(π/2)·SD/√n,  SD = 1.4826·MAD, from 10 valid landings of a key on

is how far two medians of n landings differ by chance; √(π/2) because medians vary by that much more than means. A
change or a difference between the legs is said only beyond it. Nothing compares a person with others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Final

from surefoot.errors import UsageError
from surefoot.events import Landed
from surefoot.samples import DrillSpec, Score

METHOD: Final = "landing_set/1"
MAD_TO_SD: Final = 1.4826  # 1/Φ⁻¹(¾), for a normal distribution
MDC: Final = 1.96 * math.sqrt(2)  # MDC95: 95 % of the differences between two values of one person
OF_MEDIANS: Final = math.sqrt(math.pi / 2)  # SE of a median over SE of a mean, normal values


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
        return _mad(self.values) if self.enough else None

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


# ------------------------------------------------------------------------------------------------ beyond one set


@dataclass(frozen=True, slots=True)
class Verdict:
    """`word`: softer, harder, same, left softer, right softer; None: not compared, see `reason` (too_few, no_spread,
    or what the key misses). `percent`: of the legs, 100·(L − R)/max(L, R), only with a difference."""

    word: str | None
    reason: str | None = None
    percent: float | None = None


def half(values: Sequence[float], n: int) -> float:
    """Points by which two medians of `n` landings each differ by chance, from the spread of `values`."""
    return MDC * OF_MEDIANS * MAD_TO_SD * _mad(values) / math.sqrt(n)


def change(earlier: Sequence[LandedSet], new: LandedSet) -> Verdict:
    """Whether the median of a set is a real change from all earlier sets of its key.

    Raises:
        UsageError: sets of several keys.
    """
    before = _pooled([*earlier, new], earlier)
    now, reason = new.median, new.key.missing or _unusable(before)
    if now is None or reason is not None:
        return Verdict(None, reason or "too_few")
    apart = now - median(before)
    if abs(apart) <= half(before, min(len(before), len(new.values))):
        return Verdict("same")
    return Verdict("softer" if apart > 0 else "harder")


def left_right(left: Sequence[LandedSet], right: Sequence[LandedSet]) -> Verdict:
    """Which leg lands softer: only if the medians differ by more than both legs' half widths, else same.

    Raises:
        UsageError: anything but the leg differs.
    """
    if left and right and (right[0].key.leg != "right" or left[0].key != replace(right[0].key, leg="left")):
        raise UsageError("compare a left leg with a right leg, all else being equal")
    a, b = _pooled(left, left), _pooled(right, right)
    missing = next((one.key.missing for one in (*left, *right) if one.key.missing), None)
    reason = missing or _unusable(a) or _unusable(b)
    if reason is not None:
        return Verdict(None, reason)
    of_left, of_right = median(a), median(b)
    if abs(of_left - of_right) <= max(half(a, len(a)), half(b, len(b))):
        return Verdict("same")
    percent = 100 * (of_left - of_right) / max(of_left, of_right)
    return Verdict("left softer" if of_left > of_right else "right softer", percent=percent)


@dataclass(frozen=True, slots=True)
class Legs:
    """Both legs of a session under one condition: their medians over all sets (None before 5 valid landings)."""

    drill: str
    left: float | None
    right: float | None
    left_n: int
    right_n: int
    verdict: Verdict

    @property
    def summary(self) -> dict[str, Any]:
        """Both legs under the keys of `score --json`."""
        unknown = {"left": self.left is None, "right": self.right is None}
        missing = {name: "too_few" for name, is_unknown in unknown.items() if is_unknown}
        if self.verdict.word is None:
            missing["word"] = self.verdict.reason or "too_few"
        if self.verdict.percent is None:
            missing["percent"] = self.verdict.reason or "same"
        return {
            "drill": self.drill,
            "left": self.left,
            "right": self.right,
            "left_n": self.left_n,
            "right_n": self.right_n,
            "word": self.verdict.word,
            "percent": self.verdict.percent,
            "method": METHOD,
            "missing": missing,
        }


def legs(sets: Sequence[LandedSet]) -> tuple[Legs, ...]:
    """Each condition that both legs landed in, in the order of the left one."""
    found = []
    for of in dict.fromkeys(one.key for one in sets if one.key.leg == "left"):
        left = [one for one in sets if one.key == of]
        right = [one for one in sets if one.key == replace(of, leg="right")]
        if right:
            a, b = _pooled(left, left), _pooled(right, right)
            of_left, of_right = (median(v) if len(v) >= LIMITS.fewest else None for v in (a, b))
            found.append(Legs(of.drill, of_left, of_right, len(a), len(b), left_right(left, right)))
    return tuple(found)


def _pooled(all_sets: Sequence[LandedSet], taken: Sequence[LandedSet]) -> list[float]:
    if len({one.key for one in all_sets}) > 1:
        raise UsageError("these sets differ in leg, height or another condition: compare one key at a time")
    return [value for one in taken for value in one.values]


def _mad(values: Sequence[float]) -> float:
    center = median(values)
    return median(abs(value - center) for value in values)


def _unusable(values: Sequence[float]) -> str | None:
    if len(values) < LIMITS.compared:
        return "too_few"
    return "no_spread" if _mad(values) < LIMITS.no_spread else None
