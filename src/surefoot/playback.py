"""A recording as a film: every moment of it as the snapshot that a live screen would have shown then.

The engine runs once over the file, in a thread of its own for long recordings; its snapshots share their arrays, so
keeping one every 50 ms is cheap, and going to a time is a search in a sorted list.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from typing import Final

import numpy as np

from surefoot.errors import SurefootError
from surefoot.events import Event
from surefoot.results import Plan
from surefoot.samples import Array, Notification
from surefoot.snapshot import Snapshot

STEP_S: Final = 0.05


class Playback:
    """Load with `load()` (here) or `start()` (in a thread), then look with `at`."""

    def __init__(self, planned: Plan, title: str) -> None:
        self.title = title
        self.duration_s = 0.0
        self.complete = False
        self.failure: str | None = None
        self.events: list[Event] = []
        self._plan = planned
        self._times: list[float] = []
        self._snapshots: list[Snapshot] = []
        self._loudest: list[float] = []  # largest horizontal acceleration since the snapshot before

    def start(self) -> None:
        """Load in the background; what is there already can be looked at."""
        threading.Thread(target=self.load, name="surefoot playback", daemon=True).start()

    def load(self) -> None:
        """Run the engine over the whole recording. Errors end up in `failure`, with what was read before them."""
        try:
            engine = self._plan.engine()
            for item in self._plan.inputs():
                new = engine.feed(item)
                self.events += new
                if new or (isinstance(item, Notification) and self._is_due(engine.main.timeline.last_s)):
                    self._keep(engine.snapshot())
            self.events += engine.finish()
            self._keep(engine.snapshot())
        except SurefootError as e:
            self.failure = str(e)
        self.complete = True

    def _is_due(self, t_s: float | None) -> bool:
        return t_s is not None and (not self._times or t_s >= self._times[-1] + STEP_S)

    def _keep(self, snapshot: Snapshot) -> None:
        since = self._times[-1] if self._times else -1.0
        rows = snapshot.trace[np.searchsorted(snapshot.trace[:, 0], since, side="right") :]
        self._loudest.append(float(np.hypot(rows[:, 3], rows[:, 4]).max()) if len(rows) else 0.0)
        self._snapshots.append(snapshot)
        self._times.append(max(snapshot.t_s, since))  # last: a reader never sees a time without its snapshot
        self.duration_s = self._times[-1]

    def at(self, t_s: float) -> Snapshot | None:
        """The newest snapshot at or before a time; the first one before any."""
        if not self._times:
            return None
        return self._snapshots[max(0, bisect_right(self._times, t_s + 1e-9) - 1)]

    def envelope(self, columns: int) -> Array:
        """(columns,) largest horizontal acceleration, m/s², in equal parts of the duration."""
        n = len(self._times)
        out = np.zeros(columns)
        if n and columns and self.duration_s > 0:
            column = np.minimum((np.array(self._times[:n]) / self.duration_s * columns).astype(int), columns - 1)
            np.maximum.at(out, column, np.array(self._loudest[:n]))
        return out
