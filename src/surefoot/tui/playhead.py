"""Where in a recording one looks: derived from the clock, never counted in frames, so a late frame is right too."""

from __future__ import annotations

from collections.abc import Sequence

from surefoot.tui.ports import Clock

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
GRACE_S = 0.5
"""While playing, "previous" skips a mark this close behind, else one could never get past it."""


class Playhead:
    """A position that runs with the clock at a speed, within [0, duration]."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._anchor_s = clock.now_s()  # clock time at which the position was `_from_s`
        self._from_s = 0.0
        self._duration_s = 0.0
        self.speed = 1.0
        self.playing = True

    @property
    def t_s(self) -> float:
        """Session time under the playhead."""
        run = (self._clock.now_s() - self._anchor_s) * self.speed if self.playing else 0.0
        return min(max(self._from_s + run, 0.0), self._duration_s)

    def settle(self, duration_s: float, complete: bool) -> None:
        """Tell, once per frame, how long the recording is. At its end playing stops, or waits for the loader."""
        self._duration_s = duration_s
        if self.playing and self.t_s >= duration_s:
            self.seek(duration_s)
            self.playing = not complete

    def seek(self, t_s: float) -> None:
        """Look at session time `t_s`, or at the nearest end."""
        self._from_s = min(max(t_s, 0.0), self._duration_s)
        self._anchor_s = self._clock.now_s()

    def toggle(self) -> None:
        """Play or pause; at the end, play again from the start."""
        at_end = self.t_s >= self._duration_s
        self.seek(0.0 if at_end and not self.playing else self.t_s)
        self.playing = not self.playing

    def faster(self, steps: int) -> None:
        """Move `steps` along SPEEDS without moving the position."""
        self.seek(self.t_s)
        place = SPEEDS.index(self.speed) + steps
        self.speed = SPEEDS[min(max(place, 0), len(SPEEDS) - 1)]

    def jump(self, marks: Sequence[float], forward: bool) -> bool:
        """Seek to the next or the previous of `marks` (s); False when there is none."""
        here = self.t_s
        slack = GRACE_S * self.speed if self.playing else 1e-6
        if forward:
            found = min((mark for mark in marks if mark > here + 1e-6), default=None)
        else:
            found = max((mark for mark in marks if mark < here - slack), default=None)
        if found is None:
            return False
        self.seek(found)
        return True
