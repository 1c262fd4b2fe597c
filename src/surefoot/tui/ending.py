"""When a trial or a set of landings is over, so that its summary can be asked for."""

from __future__ import annotations

from surefoot.snapshot import Snapshot
from surefoot.tui.scene import Scene


class Ending:
    """Follows one feed, frame by frame."""

    def __init__(self) -> None:
        self._results_n: int | None = None  # at the begin of what is running

    def follow(self, scene: Scene) -> Snapshot | None:
        """The snapshot in which something has just ended with a result; a cancelled countdown has none."""
        snapshot = scene.snapshot
        if not scene.live or snapshot is None:
            return None
        results_n = len(snapshot.trials) + len(snapshot.landings)
        if scene.running or scene.landing_running:
            if self._results_n is None:
                self._results_n = results_n
            return None
        before_n, self._results_n = self._results_n, None
        return snapshot if before_n is not None and results_n > before_n else None
