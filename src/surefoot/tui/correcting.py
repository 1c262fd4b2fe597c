"""What can be corrected at a moment of a recording, as a small menu."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from surefoot.events import Unsteady
from surefoot.tui.scene import Trial
from surefoot.tui.words import clean, clock_text

NEAR_S: Final = 1.0
INSERTS: Final = (("t", "touch"), ("h", "hop"), ("s", "step"), ("l", "lean"), ("e", "error"))
"""Key → kind."""
ENDS: Final = (("d", "touch_down", "the foot came down here"), ("o", "stopped", "it was stopped here"))


class Choice(NamedTuple):
    """A key, what it does in words, and the correction as a cue says it."""

    key: str
    words: str
    text: str


class Offer(NamedTuple):
    """What can be said of trial `number`."""

    number: int
    choices: tuple[Choice, ...]


def offer(trials: Sequence[tuple[Trial, Trial]], t_s: float) -> Offer | None:
    """What can be corrected at `t_s`; None where no trial is near.

    Args:
        trials: every trial as it was found, and as it stands after corrections.
        t_s: a moment; events within a second of it are meant too.
    """
    number = _near(trials, t_s)
    if number is None:
        return None
    (raw, _), (ended, _) = trials[number - 1]
    choices: list[Choice] = []
    near = _nearest(ended.instabilities, t_s)
    if near is not None:
        words = f"remove the {clean(near.kind, 20)} at {clock_text(near.t_s, 1)}"
        choices.append(Choice("x", words, f"trial={number} remove {near.kind}@{near.t_s:.3f}"))
    if ended.lift_s <= t_s <= ended.t_s:
        choices += [Choice(key, f"insert {kind} here", f"trial={number} add {kind}@{t_s:.3f}")
                    for key, kind in INSERTS]  # fmt: skip
    last_s = float("inf") if raw.hold_s is None else raw.lift_s + raw.spec.target_s
    if ended.lift_s <= t_s <= last_s:
        choices += [Choice(key, f"end the trial here: {words}", f"trial={number} end {reason}@{t_s:.3f}")
                    for key, reason, words in ENDS]  # fmt: skip
    return Offer(number, tuple(choices)) if choices else None


def _near(trials: Sequence[tuple[Trial, Trial]], t_s: float) -> int | None:
    """The number of the trial that holds `t_s`, else the one that ended last before it or begins within a second."""
    found = None
    for number, ((raw, _), (ended, _)) in enumerate(trials, start=1):
        if raw.lift_s - NEAR_S <= t_s:
            found = number
            if t_s <= max(raw.t_s, ended.t_s):
                return number
    return found


def _nearest(marks: Sequence[Unsteady], t_s: float) -> Unsteady | None:
    near = [mark for mark in marks if abs(mark.t_s - t_s) <= NEAR_S]
    return min(near, key=lambda mark: abs(mark.t_s - t_s), default=None)
