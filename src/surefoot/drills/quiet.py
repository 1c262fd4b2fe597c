"""Quiet stance before a landing: without it nothing counts, and its sway tells what quiet is for this person.

On a 0.1 s grid of samples: the last half second is quiet when the SD of A = |a|/g stays below 0.05 g. A sensor whose
gravity an app has removed reads 0 there, not 1: that is no stance, and the drill never gets ready.

Who steps off a box does nothing strong between standing and falling; who shakes the sensor does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from surefoot.fall import LIMITS as FLIGHT
from surefoot.frame import LIMITS
from surefoot.samples import G0_MS2, Array

QUIET_S: Final = 0.5
QUIET_LASTS_S: Final = 3.0  # stepping to the edge and off takes less; strolling about takes longer
STEP_OFF_S: Final = 0.15  # the last quiet window may already hold the step off the box: it is not the person's quiet
GRID_S: Final = 0.1
KEPT_N: Final = 50  # five seconds of quiet windows: more than a fall and a wait can ask for


@dataclass(slots=True)
class _Quiet:
    """A quiet half second: its end, its RMS of A − 1, and when A first was strong after it."""

    end_s: float
    rms_g: float
    strong_s: float = np.inf


class QuietStance:
    """Streaming; `update` takes A in blocks of any size."""

    def __init__(self, rate_hz: float) -> None:
        self._grid_n, self._window_n = max(1, round(GRID_S * rate_hz)), max(3, round(QUIET_S * rate_hz))
        self._found: list[_Quiet] = []
        self._tail, self._seen_n = np.empty(0), 0
        self._after_s = -np.inf

    def __bool__(self) -> bool:
        """Whether there was any."""
        return bool(self._found)

    def update(self, t: Array, a: Array) -> None:
        """(n,) session times and A."""
        joined = np.concatenate([self._tail, a])
        before_n, self._seen_n = self._seen_n, self._seen_n + len(a)
        for seen_n in range((before_n // self._grid_n + 1) * self._grid_n, self._seen_n + 1, self._grid_n):
            stop = len(self._tail) + seen_n - before_n
            window = joined[max(0, stop - self._window_n) : stop]
            still = len(window) == self._window_n and window.std() < LIMITS.quiet_sd_ms2 / G0_MS2
            end_s = float(t[seen_n - before_n - 1])
            if still and window.mean() > LIMITS.gravity_removed_g and end_s - QUIET_S > self._after_s:
                self._found.append(_Quiet(end_s, float(np.sqrt(((window - 1) ** 2).mean()))))
        strong = t[a >= FLIGHT.impact_g]
        for quiet in self._found if len(strong) else ():
            if quiet.strong_s == np.inf and strong[-1] > quiet.end_s:
                quiet.strong_s = float(strong[np.searchsorted(strong, quiet.end_s, side="right")])
        self._tail = joined[-self._window_n :]
        if len(self._found) > 2 * KEPT_N:
            del self._found[:-KEPT_N]

    def before(self, fall_s: float, each_time: bool, calm: bool) -> bool:
        """Whether quiet came before a fall; `each_time`: just before it; `calm`: with nothing strong in between."""
        last = next((quiet for quiet in reversed(self._found) if quiet.end_s <= fall_s), None)
        if last is None:
            return False
        return not (each_time and fall_s - last.end_s > QUIET_LASTS_S) and not (calm and last.strong_s < fall_s)

    def rms_g(self, fall_s: float) -> float:
        """RMS of A − 1 in the newest quiet half second before the way off the box; 0 when there was none."""
        return next((quiet.rms_g for quiet in reversed(self._found) if quiet.end_s <= fall_s - STEP_OFF_S), 0.0)

    def anew(self, after_s: float) -> None:
        """Forget all quiet that began before."""
        self._after_s = after_s
        self._found = [quiet for quiet in self._found if quiet.end_s - QUIET_S > after_s]
