"""Whether and when a landing came to rest: looked at every quarter second after contact, until it is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from surefoot.events import Settled
from surefoot.landing import LIMITS, settle
from surefoot.samples import Array

JUDGE_S: Final = 0.25


@dataclass(slots=True)
class Settling:
    """One landing whose settling is not decided yet. `rows` are (n, …): session time first, A last.

    Decided: quiet held for the stick time, or quiet that ended before it, or nothing within the window.
    """

    number: int
    contact_s: float
    quiet_rms_g: float
    bounced: bool
    judged_n: int = 0

    def judge(self, now_s: float, rows: Array) -> Settled | None:
        """At every quarter second: is it decided?"""
        steps_n = int((now_s - self.contact_s) / JUDGE_S)
        if steps_n == self.judged_n:
            return None
        self.judged_n = steps_n
        end_s = self.contact_s + steps_n * JUDGE_S
        settle_s, lasts_s, over = self._settle(rows, end_s)
        if settle_s is None:
            latest_s = LIMITS.settle_within_s + LIMITS.settle_hold_s + 2 * LIMITS.still_window_s
            late = end_s - self.contact_s >= latest_s
            return Settled(end_s, self.number, None, False, "not_settled") if late else None
        held = lasts_s >= LIMITS.stick_hold_s - 1e-9
        return Settled(end_s, self.number, settle_s, held and not self.bounced) if held or over else None

    def give_up(self, end_s: float, rows: Array) -> Settled:
        """Something else begins at `end_s`: decide with what there is."""
        settle_s, _, _ = self._settle(rows, end_s)
        missing = None if settle_s is not None else "interrupted"
        return Settled(max(end_s, self.contact_s), self.number, settle_s, False, missing)

    def _settle(self, rows: Array, end_s: float) -> tuple[float | None, float, bool]:
        rows = rows[slice(*np.searchsorted(rows[:, 0], [self.contact_s, end_s]).tolist())]
        return settle(rows[:, -1], rows[:, 0] - self.contact_s, self.quiet_rms_g)
