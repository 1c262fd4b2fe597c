"""What sets of landings tell beyond chance: a change from the person's own usual, a difference between the legs.

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
from surefoot.landing_sets import LIMITS, METHOD, LandedSet, mad

MAD_TO_SD: Final = 1.4826  # 1/Φ⁻¹(¾), for a normal distribution
MDC: Final = 1.96 * math.sqrt(2)  # MDC95: 95 % of the differences between two values of one person
OF_MEDIANS: Final = math.sqrt(math.pi / 2)  # SE of a median over SE of a mean, normal values


@dataclass(frozen=True, slots=True)
class Verdict:
    """`word`: softer, harder, same, left softer, right softer; None: not compared, see `reason` (too_few, no_spread,
    or what the key misses). `percent`: of the legs, 100·(L − R)/max(L, R), only with a difference."""

    word: str | None
    reason: str | None = None
    percent: float | None = None


def half(values: Sequence[float], n: int) -> float:
    """Points by which two medians of `n` landings each differ by chance, from the spread of `values`."""
    return MDC * OF_MEDIANS * MAD_TO_SD * mad(values) / math.sqrt(n)


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


def _unusable(values: Sequence[float]) -> str | None:
    if len(values) < LIMITS.compared:
        return "too_few"
    return "no_spread" if mad(values) < LIMITS.no_spread else None
