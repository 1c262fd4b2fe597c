"""A person's corrections of what was found automatically. They are cues at the end of a recording; the raw events stay.

    trial=1 remove hop@14.6     that hop was none (the nearest one within half a second)
    trial=1 add step@20         a step that no sensor saw
    trial=1 end touch_down@18.2 the trial was over there

Times are seconds of the session. Later corrections come on top of earlier ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from surefoot.drills.hold import BY_KEY
from surefoot.drills.hold import LIMITS as HOLD_LIMITS
from surefoot.errors import UsageError
from surefoot.events import END_REASONS, HoldEnded, Unsteady
from surefoot.samples import Cue, Input

KINDS: Final = ("hop", "step", "lean", "touch", "error")
NEAR_S: Final = 0.5
_FORM: Final = re.compile(r"trial=(\d{1,4}) (remove|add|end) ([a-z_]{1,20})@(\d{1,6}(?:\.\d{1,6})?)")


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction: `action` remove, add or end; `what` a kind of instability or an end reason, at `t_s`."""

    trial: int
    action: str
    what: str
    t_s: float

    @property
    def text(self) -> str:
        """As a cue says it."""
        return f"trial={self.trial} {self.action} {self.what}@{self.t_s:.3f}"


def parse(text: str) -> Correction:
    """The correction that a cue means. Raises UsageError for anything else."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise UsageError(
            "a correction says: trial=1 remove hop@14.6, trial=1 add step@20 or trial=1 end touch_down@18.2"
        )
    made = Correction(int(found[1]), found[2], found[3], float(found[4]))
    words = END_REASONS if made.action == "end" else KINDS
    if made.what not in words or made.trial < 1:
        raise UsageError(f"a correction that {made.action}s names one of {', '.join(words)}, and trials count from 1")
    return made


def appended(inputs: Iterable[Input], texts: Sequence[str]) -> Iterator[Input]:
    """All inputs of a recording, then the corrections as cues at the time of its last one."""
    last_ns = 0
    for item in inputs:
        last_ns = item.host_ns
        yield item
    for text in texts:
        yield Cue(last_ns, "correct", text)


def corrected(number: int, ended: HoldEnded, corrections: Sequence[Correction], last_s: float) -> HoldEnded | None:
    """The trial as the person says it was, with the sway of the raw one; None when nobody corrected it.

    `last_s`: the last sample of the session; no trial ends after it.

    Raises:
        UsageError: a correction of this trial points at nothing, or outside the trial.
    """
    mine = [one for one in corrections if one.trial == number]
    for one in mine:
        ended = _apply(ended, one, last_s)
    return ended if mine else None


def _apply(ended: HoldEnded, one: Correction, last_s: float) -> HoldEnded:
    if one.action == "remove":
        near = [u for u in ended.instabilities if u.kind == one.what and abs(u.t_s - one.t_s) <= NEAR_S]
        if not near:
            raise UsageError(f"trial {one.trial} has no {one.what} within {NEAR_S:g} s of {one.t_s:g} s to remove")
        gone = min(near, key=lambda u: abs(u.t_s - one.t_s))
        return replace(ended, instabilities=tuple(u for u in ended.instabilities if u is not gone))
    latest_s = ended.t_s if one.action == "add" else last_s
    if ended.hold_s is not None:
        latest_s = min(latest_s, ended.lift_s + ended.spec.target_s)
    if not ended.lift_s <= one.t_s <= latest_s + 0.01:
        raise UsageError(f"{one.t_s:g} s lies outside trial {one.trial}")
    if one.action == "add":
        marks = [*ended.instabilities, Unsteady(one.t_s, one.what)]
        return replace(ended, instabilities=tuple(sorted(marks, key=lambda u: u.t_s)))
    fall_s = HOLD_LIMITS.ending_s if one.what == "touch_down" else 0.0  # as the drill itself does it
    kept = tuple(u for u in ended.instabilities if u.t_s <= one.t_s - (0.0 if u.kind in BY_KEY else fall_s))
    hold_s = None if ended.hold_s is None else one.t_s - ended.lift_s
    return replace(ended, t_s=one.t_s, hold_s=hold_s, end_reason=one.what, instabilities=kept)
