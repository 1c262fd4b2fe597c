"""Standing on one leg, live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from surefoot.tui.scene import Scene
from surefoot.tui.screens.view import BACK, COMMON, View
from surefoot.tui.widgets.stand_panel import StandPanel
from surefoot.tui.widgets.sway_plot import SwayPlot

ASPECTS = (1.4, 3.0)


class StandScreen(View):
    """`space` starts the countdown or stops the hold."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("space", "start_stop", "Start/stop", id="start"),
        Binding("l", "next('leg')", "Leg", id="leg"),
        Binding("e", "next('eyes')", "Eyes", id="eyes"),
        Binding("s", "next('surface')", "Surface", id="surface"),
        Binding("x", "tell('touch')", "Support touched", id="touch", show=False),
        Binding("r", "tell('error')", "Balance error", id="error", show=False),
        Binding("t", "sweep", "Sweep or scroll", id="sweep", show=False),
        Binding("plus,equals_sign", "aspect(1)", "Ring rounder: taller", id="taller", show=False, key_display="+"),
        Binding("minus", "aspect(-1)", "Ring rounder: flatter", id="flatter", show=False, key_display="-"),
        Binding("b", "app.beat", "Metronome", id="beat", show=False),
        Binding("a", "app.walk", "Start in 10 s", id="walk", show=False),
        BACK,
        *COMMON,
    ]

    ABOUT = (
        "The dot is your sway, level with the ground, in thousandths of gravity (mg). The rings are one, two and three "
        "times what is usual, for you yourself once there are enough trials of yours. Steadiness: 0 to 100, from all "
        "of the sway; path: how fast the dot travels. H1 and H2: level, in a direction that is not known; V: up."
    )

    def hints(self, scene: Scene) -> Sequence[str | tuple[str, str]]:
        """While it runs, what can happen to somebody on one leg; before, the conditions."""
        if scene.running:
            return [("start", "Stop"), "touch", "error", "help", self.way_out]
        return [("start", "Start"), "leg", "eyes", "surface", "help", self.way_out]

    def body(self) -> ComposeResult:
        """The stand panel."""
        yield StandPanel(id="body")

    def move(self, scene: Scene) -> None:
        """The plots."""
        self.query_one(StandPanel).move(scene)

    def write(self, scene: Scene) -> None:
        """Lines and cards."""
        super().write(scene)
        self.query_one(StandPanel).count(scene)

    def action_start_stop(self) -> None:
        """Begin the countdown, or end the trial."""
        if self.host.scene.landing_running:
            self.host.say("a landing drill is running: stop it on its own screen first (2, space)")
        elif self.host.scene.running:
            self.host.cue("stop")
        else:
            self.host.cue("start", "hold")

    def action_next(self, field: str) -> None:
        """The next leg, eyes or surface."""
        self.choose_next(field)

    def action_tell(self, kind: str) -> None:
        """What no sensor sees: a hand on the chair, a balance error."""
        self.host.cue(kind)

    def action_sweep(self) -> None:
        """Sweep or scroll."""
        self.query_one(StandPanel).toggle()
        self.host.frame()

    def action_aspect(self, step: int) -> None:
        """Fonts differ: press + or − until the ring is round."""
        plot = self.query_one(SwayPlot)
        plot.cell_aspect = min(max(round(plot.cell_aspect + 0.05 * step, 2), ASPECTS[0]), ASPECTS[1])
        plot.restage()
        self.host.frame()
