"""When a trial or a set of landings is over, so that its summary can be asked for."""

from __future__ import annotations

from collections.abc import Callable

from surefoot.snapshot import Snapshot
from surefoot.tui.scene import Scene


class Ending:
    """Follows one feed, frame by frame."""

    def __init__(self) -> None:
        self._results_n: int | None = None  # at the begin of what is running

    def follow(self, scene: Scene, say: Callable[[str], None]) -> Snapshot | None:
        """The snapshot in which something has just ended with a result; what ended without one is said."""
        snapshot = scene.snapshot
        if not scene.live or snapshot is None:
            return None
        results_n = len(snapshot.trials) + len(snapshot.landings)
        if scene.running or scene.landing_running:
            if self._results_n is None:
                self._results_n = results_n
            return None
        before_n, self._results_n = self._results_n, None
        if before_n is None:
            return None
        if results_n == before_n:
            say("stopped before there was a result: nothing is counted")
            return None
        return snapshot
