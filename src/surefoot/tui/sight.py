"""What is looked at in a frame: the newest snapshot of a feed with its age, or a moment of a recording."""

from __future__ import annotations

from surefoot.snapshot import Snapshot
from surefoot.tui.playhead import Playhead
from surefoot.tui.ports import Feed, Playback
from surefoot.tui.scene import Scene

TICK_S = 0.25
"""A live source ticks this often in silence, so a snapshot may be this old without a sample being late."""


class Sight:
    """The newest snapshot of one feed, and since when by the screen's clock."""

    def __init__(self) -> None:
        self._newest: Snapshot | None = None
        self._since_s = 0.0

    def news(self, feed: Feed | None) -> bool:
        """Whether there is a snapshot that was not looked at."""
        return feed is not None and feed.snapshot() is not self._newest

    def scene(self, feed: Feed | None, now_s: float, said: str | None) -> Scene:
        """Look now."""
        if feed is None:
            return Scene(None, now_s, message=said)
        snapshot = feed.snapshot()
        if snapshot is not self._newest:
            self._newest, self._since_s = snapshot, now_s
        # even a session thread that hangs must not leave a lively picture behind
        waited_s = max(0.0, now_s - self._since_s - TICK_S)
        silence_s = (snapshot.sensor.silence_s if snapshot else 0.0) + waited_s
        return Scene(snapshot, now_s, silence_s=silence_s, ended=feed.finished, failure=feed.failure, message=said)


def replayed(playback: Playback, head: Playhead, now_s: float, said: str | None) -> Scene:
    """The recording under the playhead."""
    head.settle(playback.duration_s, playback.complete)
    snapshot = playback.at(head.t_s)
    silence_s = snapshot.sensor.silence_s if snapshot else 0.0
    return Scene(snapshot, now_s, live=False, silence_s=silence_s, message=said, failure=playback.failure)
