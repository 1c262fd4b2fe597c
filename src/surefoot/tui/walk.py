"""The ten seconds in which a person walks to their place: they run down, and at their end the start cue is given."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from surefoot.snapshot import HoldLive
from surefoot.tui.ports import Feed
from surefoot.tui.scene import Scene

WALK_S = 10.0
"""From enter to the countdown: a tired runner puts the keyboard away, walks a few steps and turns round."""
COUNTED_S = 5.0
"""The countdown of a hold, which the walk runs into."""
BEGUN_S = 1.5
"""How long a start cue may take to show: it takes effect with the next packet, half a second at most."""


class Walk:
    """At most one at a time, on the screen's clock."""

    def __init__(self) -> None:
        self._end_s: float | None = None
        self._cued = False

    def set_out(self, now_s: float) -> None:
        """From now on."""
        self._end_s, self._cued = now_s + WALK_S, False

    def give_up(self) -> bool:
        """Nothing starts by itself; whether somebody was on the way."""
        walking, self._end_s = self._end_s is not None, None
        return walking

    def follow(self, scene: Scene, feed: Feed | None, say: Callable[[str], None]) -> Scene:
        """One frame: the scene with the walk's seconds in it; at their end, the start cue."""
        snapshot = scene.snapshot
        if self._end_s is None or snapshot is None or snapshot.spec is None or feed is None:
            return scene
        if scene.lost:
            self._end_s = None
            say("the sensor is lost: nothing was started")
            return scene
        left_s = self._end_s - scene.now_s
        if left_s <= 0 and not self._cued:
            self._cued = True
            feed.cue("start", snapshot.spec.name)
        if scene.running or scene.landing_running or left_s < -BEGUN_S:
            self._end_s = None
            return scene
        return _counted(scene, max(left_s, 0.0))


def _counted(scene: Scene, left_s: float) -> Scene:
    """A hold has one countdown in the large digits, from here to the lift; landings have a line."""
    snapshot = scene.snapshot
    if snapshot is None or snapshot.spec is None or snapshot.spec.name != "hold":
        return replace(scene, message=f"walk to your place: it starts in {math.ceil(left_s)} s (space starts now)")
    hold = replace(snapshot.hold or HoldLive("ready"), state="countdown", countdown_s=left_s + COUNTED_S)
    said = "walk to your place: the trial begins at 0 (space stops this)"
    return replace(scene, snapshot=replace(snapshot, hold=hold), message=said)
