"""Which zone the dot is in, said slowly enough to be read.

Words change after 0.3 s on the other side of a ring, and coming back in needs 10 % less than going out, so that a dot
on a ring does not make the word flicker. Decisions are taken on every n-th sample of the absolute index.
"""

from __future__ import annotations

import math

import numpy as np

from surefoot.samples import Array

HYSTERESIS = 0.10
DWELL_S = 0.3
WARM_UP_S = 5.0  # a seek starts this much earlier, so that the word is the one playing would have shown
CHECKS_HZ = 25.0


def zone_of(distance: float, current: int) -> int:
    """Zone of a distance in rings, seen from zone `current`: returning inward needs 10 % less."""
    zone = 0
    for ring in (1, 2):
        edge = ring * (1 - HYSTERESIS) if current >= ring else ring
        zone += distance > edge
    return zone


class ZoneWatch:
    """Follows the dot; `update` once per frame with whatever trace there is."""

    def __init__(self) -> None:
        self._ring = 0.0
        self._next = -1  # absolute index of the next sample to look at
        self._zone: int | None = None
        self._away: list[int] = []  # zones seen since the dot left the current one, on one side

    def update(self, trace: Array, first_index: int, rate_hz: float, ring_ms2: float) -> int | None:
        """The zone (0, 1, 2) at the end of the trace; None without a ring or a sample."""
        if not len(trace) or ring_ms2 <= 0 or rate_hz <= 0:
            self._next, self._zone = -1, None
            return None
        step = max(1, round(rate_hz / CHECKS_HZ))
        end = first_index + len(trace)
        start = max(first_index, end - math.ceil(WARM_UP_S * rate_hz))
        if ring_ms2 != self._ring or not start <= self._next <= end + step:
            self._ring, self._zone, self._away = ring_ms2, None, []
            self._next = -(-start // step) * step
        at = np.arange(self._next, end, step)
        if len(at):
            rows = trace[at - first_index]
            for distance in (np.hypot(rows[:, 1], rows[:, 2]) / ring_ms2).tolist():
                self._see(distance, math.ceil(DWELL_S * rate_hz / step) + 1)
            self._next = int(at[-1]) + step
        return self._zone

    def _see(self, distance: float, dwell_n: int) -> None:
        if self._zone is None:
            self._zone = zone_of(distance, 0)
            return
        zone = zone_of(distance, self._zone)
        if zone == self._zone or (self._away and (zone > self._zone) != (self._away[0] > self._zone)):
            self._away.clear()
        if zone != self._zone:
            self._away.append(zone)
        if len(self._away) >= dwell_n:  # the nearest zone that it stayed in, not the farthest it touched
            self._zone = min(self._away, key=lambda seen: abs(seen - (self._zone or 0)))
            self._away.clear()
