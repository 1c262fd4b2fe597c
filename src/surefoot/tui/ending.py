"""When a trial or a set of landings is over, so that its summary can be asked for."""

from __future__ import annotations

from collections.abc import Callable

from surefoot.snapshot import Snapshot
from surefoot.tui.scene import Scene


class Ending:
    """Follows one feed, frame by frame. `due`: the snapshot in which something ended, until its summary was shown."""

    def __init__(self) -> None:
        self.due: Snapshot | None = None
        self._results_n: int | None = None  # at the begin of what is running

    def follow(self, scene: Scene, say: Callable[[str], None]) -> None:
        """Note what has just ended with a result; what ended without one is said."""
        snapshot = scene.snapshot
        if not scene.live or snapshot is None:
            return
        results_n = len(snapshot.trials) + len(snapshot.landings)
        if scene.running or scene.landing_running:
            self.due = None
            self._results_n = results_n if self._results_n is None else self._results_n
            return
        before_n, self._results_n = self._results_n, None
        if before_n is None:
            return
        if results_n > before_n:
            self.due = snapshot
        else:
            say("stopped before there was a result: nothing is counted")
