"""Events inside a hold that a body sensor can tell: the free foot touching down, a hop of the stance foot.

Hop: A below 0.75 and above 1.25 within 0.4 s.
Touch-down: an impact, |A − 1| > 0.12 g, that is no hop, after which the horizontal sway calms to below half of what it
was: within 1.5 s its 1 s moving SD falls below 0.5 × the trial's median and stays below 0.6 × for 1.3 s. The impact
alone is only a suspicion. Over 100 simulated touch-downs and 700 moments of holds at which nothing happened (four
one-leg conditions) this calms after 100 and 46; with 0.5 throughout and 0.8 s it was 98 and 45. On other seeds it
finds 95.5 % of 200 with eyes open on firm ground, where one-leg sway is close to two-leg sway, and all in the other
conditions; half the assumed impact stays below 0.12 g and is missed (benchmarks/events.py). No real single-leg
recording has confirmed the thresholds; they are starting points.
All decisions fall on a 0.1 s grid counted in samples from the lift, so that packets of any size give the same result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surefoot.samples import Array


@dataclass(frozen=True, slots=True)
class InstabilityLimits:
    """Thresholds of the balance chapter; provisional."""

    impact_g: float = 0.12
    same_impact_s: float = 0.3  # a ringing impact is one
    calm_share: float = 0.5
    stay_share: float = 0.6  # once calm, this much is still calm: two-leg sway wanders around half of one-leg sway
    calm_within_s: float = 1.5
    calm_for_s: float = 1.3
    window_s: float = 1.0
    grid_s: float = 0.1
    learn_s: float = 2.0  # the foot lift itself, and too few windows for a median
    hop_low_g: float = 0.75
    hop_high_g: float = 1.25
    hop_within_s: float = 0.4


LIMITS = InstabilityLimits()


@dataclass(frozen=True, slots=True)
class Found:
    """Something at `t_s`: suspected, touch_down or hop; known when sample `at` of the block had been seen."""

    t_s: float
    kind: str
    at: int


class InstabilityDetector:
    """Streaming over levelled, low-passed horizontal acceleration and A; begin a new one at each lift.

    On two feet no foot can touch down: `touch_down` False leaves that out.
    """

    def __init__(self, rate_hz: float, lift_s: float, touch_down: bool = True) -> None:
        self.rate_hz, self.lift_s, self.touch_down = rate_hz, lift_s, touch_down
        self._grid_n = max(1, round(LIMITS.grid_s * rate_hz))
        self._window = np.empty((0, 2))
        self._seen_n = 0
        self._usual: list[float] = []
        self._impacts: list[float] = []
        self._last_impact_s = -np.inf
        self._calm_from_s: float | None = None
        self._low_s = self._high_s = -np.inf

    @property
    def suspects(self) -> bool:
        """An impact waits to be confirmed or dropped."""
        return bool(self._impacts)

    def update(self, t: Array, h: Array, a: Array) -> list[Found]:
        """(n,) s, (n, 2) m/s² behind the 3.5 Hz filter, (n,) g."""
        found: list[Found] = []
        start = 0
        while start < len(t):
            stop = min(len(t), start + self._grid_n - self._seen_n % self._grid_n)
            self._seen_n += stop - start
            self._window = np.concatenate([self._window, h[start:stop]])[-round(LIMITS.window_s * self.rate_hz) :]
            found += self._hits(t, a, start, stop)
            if self._seen_n % self._grid_n == 0:
                hit_s = self._judge(float(t[stop - 1]))
                if hit_s is not None:
                    found.append(Found(hit_s, "touch_down", stop - 1))
                    return found
            start = stop
        return found

    def _hits(self, t: Array, a: Array, start: int, stop: int) -> list[Found]:
        """Impacts and hops among samples [start, stop)."""
        found = []
        for k in (np.flatnonzero(np.abs(a[start:stop] - 1) > LIMITS.impact_g) + start).tolist():
            now, size = float(t[k]), float(a[k])
            if now - self.lift_s < LIMITS.learn_s:
                continue
            if self.touch_down and now - self._last_impact_s > LIMITS.same_impact_s:
                self._impacts.append(now)
                found.append(Found(now, "suspected", k))
            self._last_impact_s = now
            if self._hopped(now, size):
                found.append(Found(now, "hop", k))
                self._impacts = [s for s in self._impacts if now - s > LIMITS.hop_within_s]
        return found

    def _hopped(self, now: float, size: float) -> bool:
        if size < LIMITS.hop_low_g:
            self._low_s = now
        elif size > LIMITS.hop_high_g:
            self._high_s = now
        if abs(self._low_s - self._high_s) > LIMITS.hop_within_s or np.isinf(self._low_s):
            return False
        self._low_s = self._high_s = -np.inf
        return True

    def _judge(self, now_s: float) -> float | None:
        if len(self._window) < round(LIMITS.window_s * self.rate_hz):
            return None
        sd = float(np.sqrt(self._window.var(axis=0).sum()))
        if not self._impacts:
            self._usual.append(sd)
            return None
        share = LIMITS.calm_share if self._calm_from_s is None else LIMITS.stay_share
        if not self._usual or sd >= share * float(np.median(self._usual)):
            self._calm_from_s = None
        elif self._calm_from_s is None:
            self._calm_from_s = now_s
        calm_s = self._calm_from_s
        if calm_s is not None and now_s - calm_s >= LIMITS.calm_for_s - 0.5 / self.rate_hz:
            for impact_s in reversed(self._impacts):
                if 0 <= calm_s - impact_s <= LIMITS.calm_within_s:
                    return impact_s
        oldest = now_s - LIMITS.calm_within_s - LIMITS.calm_for_s - LIMITS.grid_s
        self._impacts = [s for s in self._impacts if s > oldest]
        if not self._impacts:
            self._calm_from_s = None
        return None
