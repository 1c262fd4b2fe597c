"""Landing quietly, live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from surefoot.tui.scene import Scene
from surefoot.tui.screens.view import BACK, COMMON, View
from surefoot.tui.widgets.landing_panel import LandingPanel

HEIGHTS_CM = (10, 15, 20, 25, 30, 40)


class LandingsScreen(View):
    """`space` arms the detector, or ends the set."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("space", "start_stop", "Start/stop", id="start"),
        Binding("h", "height", "Height", id="height"),
        Binding("l", "next('leg')", "Leg", id="leg"),
        Binding("b", "app.beat", "Metronome", id="beat", show=False),
        Binding("a", "app.walk", "Start in 10 s", id="walk", show=False),
        BACK,
        *COMMON,
    ]
    LANDING = True
    ABOUT = (
        "Softness: 0 to 100, from how long your body takes to stop, whatever the height. Peak: the hardest moment, in "
        "times of gravity; rise: from touch to that; settle: until you stand still. ▒ is a first word; ! has a flag."
    )

    def hints(self, scene: Scene) -> Sequence[str | tuple[str, str]]:
        """The height belongs to the box."""
        if scene.running:
            return ["help", self.way_out]
        if scene.landing_running:
            return [("start", "Stop"), "leg", "help", self.way_out]
        spec = scene.snapshot.spec if scene.snapshot else None
        height = [] if spec is not None and spec.name == "hop" else ["height"]
        return [("start", "Start"), *height, "leg", "beat", "help", self.way_out]

    def body(self) -> ComposeResult:
        """The landing panel."""
        yield LandingPanel(id="body", bands=self.host.softness)

    def move(self, scene: Scene) -> None:
        """The plots."""
        self.query_one(LandingPanel).move(scene)

    def write(self, scene: Scene) -> None:
        """Lines, cards, bars and table."""
        super().write(scene)
        self.query_one(LandingPanel).count(scene)

    def action_start_stop(self) -> None:
        """Arm, or end the set."""
        snapshot = self.host.scene.snapshot
        if self.host.scene.landing_running:
            self.host.cue("stop")
            return
        if self.host.scene.running:
            self.host.say("a hold is running: stop it on its own screen first (1, space)")
            return
        name = snapshot.spec.name if snapshot and snapshot.spec else "drop"
        self.host.cue("start", name if name in ("drop", "hop") else "drop")

    def action_height(self) -> None:
        """The next height of the box."""
        snapshot = self.host.scene.snapshot
        now = (snapshot.spec.height_cm if snapshot and snapshot.spec else None) or 0.0
        self.host.cue("set", f"height_cm={next((h for h in HEIGHTS_CM if h > now), HEIGHTS_CM[0])}")

    def action_next(self, field: str) -> None:
        """The next leg."""
        self.choose_next(field)
