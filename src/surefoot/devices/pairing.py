"""Acceleration and angular rate that arrive apart, on one device clock, put together.

The two streams have stamps of their own and true rates that differ by a percent (52.11 and 51.41 Hz in published
frames). Angular rates are interpolated linearly onto the stamps of the acceleration, which therefore waits until the
gyroscope's newest stamp has passed it. Every result is decided by stamps and by the order of the frames alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from surefoot.samples import Array, Ints

WAIT_N: Final = 400
"""Accelerations that wait for the gyroscope at most. A Verity Sense lets them wait longest: a full frame of its least
usual differences (3 bits) holds 187 samples; when one is lost, the next comes after 374. Beyond that the gyroscope is
silent and nothing waits for it."""
KEPT_N: Final = 2800  # angular rates: two of the longest Polar frames, or 6 s of a phone
SAME_NS: Final = 1000
"""Stamps this close are one instant: spreading stamps over frames of different lengths rounds them to 1 ns."""
HOLE_PERIODS: Final = 1.8  # between two angular rates: one is missing (as `timeline.TimelineLimits.lost_periods`)
RESTART_NS: Final = 1_000_000_000  # stamps that fall back by more belong to a new clock (as `TimelineLimits.restart_s`)
AHEAD_NS: Final = 10_000_000_000  # and so do stamps further on than the longest silence that a link survives

Paired = tuple[Ints, Array, Array | None]
"""(n,) stamps in ns, (n, 3) acceleration, (n, 3) angular rate or None."""


class Pairing:
    """The state of one connection. It keeps `WAIT_N` accelerations and `KEPT_N` angular rates at most."""

    def __init__(self, rate_hz: float) -> None:
        self._period_ns = 1e9 / rate_hz
        self._times, self._acc = np.empty(0, np.int64), np.empty((0, 3))
        self._turn_times, self._turns = np.empty(0, np.int64), np.empty((0, 3))
        self._newest_ns: int | None = None  # of the acceleration, waiting or gone
        self._silent = False  # the gyroscope was given up

    def acc(self, times: Ints, acc: Array) -> Paired | None:
        """A frame of acceleration, and what can go on. What is not newer than before has come twice or too late."""
        left = None
        if _other_clock(self._newest_ns, times):
            left = self._take(len(self._times), covered=False) if len(self._times) else None
        elif self._newest_ns is not None:
            newer = times > self._newest_ns
            times, acc = times[newer], acc[newer]
            if not len(times):
                return None
        self._newest_ns = int(times[-1])
        self._times = np.concatenate([self._times, times])
        self._acc = np.concatenate([self._acc, acc])
        if left is not None:
            return left  # of the old clock; the rest waits for the next frame
        self._silent |= len(self._times) > WAIT_N
        return self._ready()

    def gyr(self, times: Ints, gyr: Array) -> Paired | None:
        """A frame of angular rates, and what can go on."""
        newest_ns = int(self._turn_times[-1]) if len(self._turn_times) else None
        if newest_ns is None or _other_clock(newest_ns, times):
            self._turn_times, self._turns = times, gyr
        else:
            newer = times > newest_ns
            self._turn_times = np.concatenate([self._turn_times, times[newer]])[-KEPT_N:]
            self._turns = np.concatenate([self._turns, gyr[newer]])[-KEPT_N:]
        self._silent = False
        return self._ready()

    def _ready(self) -> Paired | None:
        """All accelerations that the gyroscope has reached; where it has given up, all of them."""
        if not len(self._times):
            return None
        reached = np.zeros(len(self._times), np.bool_)
        if len(self._turn_times):
            reached = self._times <= self._turn_times[-1] + SAME_NS
        n = len(reached) if reached.all() else int(reached.argmin())
        if self._silent and n < len(reached):
            return self._take(len(reached), covered=False)
        return self._take(n, covered=True) if n else None

    def _take(self, n: int, covered: bool) -> Paired:
        """The oldest `n`, with angular rates where these cover every one of them without a hole."""
        times, acc = self._times[:n], self._acc[:n]
        self._times, self._acc = self._times[n:], self._acc[n:]
        turns = self._turns_at(times) if covered else None
        if len(self._turn_times):  # later samples need the last before them, and those after it
            done = int(np.searchsorted(self._turn_times, times[-1] - SAME_NS, side="right")) - 1
            self._turn_times, self._turns = self._turn_times[max(done, 0) :], self._turns[max(done, 0) :]
        return times, acc, turns

    def _turns_at(self, times: Ints) -> Array | None:
        known = self._turn_times
        after = np.clip(np.searchsorted(known, times), 0, len(known) - 1)
        before = np.maximum(after - 1, 0)
        to_before, to_after = times - known[before], known[after] - times
        same_after, same_before = np.abs(to_after) <= SAME_NS, np.abs(to_before) <= SAME_NS
        step = np.maximum(known[after] - known[before], 1)
        between = (to_before >= 0) & (to_after >= 0) & (step <= HOLE_PERIODS * self._period_ns)
        if not (between | same_after | same_before).all():
            return None
        share = np.where(same_after, 1.0, np.where(same_before, 0.0, to_before / step))[:, None]
        turns: Array = self._turns[before] * (1 - share) + self._turns[after] * share
        return turns


def _other_clock(newest_ns: int | None, times: Ints) -> bool:
    return newest_ns is not None and not -RESTART_NS <= int(times[-1]) - newest_ns <= AHEAD_NS
