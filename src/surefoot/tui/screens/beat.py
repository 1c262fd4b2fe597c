"""A metronome for steps with a pause: how fast, and how long one stands still on each foot."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from surefoot.tones import Metronome
from surefoot.tui.palette import MUTED, YELLOW
from surefoot.tui.screens.dialog import Dialog

PACES: Final = (20, 25, 30, 35, 40, 45, 50, 55, 60, 70, 80, 90, 100, 120, 140, 150, 160, 170, 180, 190, 200)
"""Steps a minute if there were no pause: from slow balance walking to a quick runner's cadence."""
PAUSES_S: Final = (0.0, 0.5, 1.0, 1.5, 2.0)
"""Stillness at mid-stance that is trained is half a second to two seconds."""
USUAL_BEAT: Final = Metronome(40, 1.0)


class BeatDialog(Dialog[Metronome | None]):
    """Hands back a metronome, or None to leave it."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("left", "pace(-1)", "Slower", id="slower"),
        Binding("right", "pace(1)", "Faster", id="quicker"),
        Binding("down", "pause(-1)", "Shorter pause", id="shorter"),
        Binding("up", "pause(1)", "Longer pause", id="longer"),
        Binding("enter,b", "take", "Start", id="take"),
        Binding("escape,q", "dismiss(None)", "Close", id="close"),
    ]

    def __init__(self, usual: Metronome) -> None:
        super().__init__()
        self._pace, self._pause = PACES.index(round(usual.bpm)), PAUSES_S.index(usual.pause_s)

    def compose(self) -> ComposeResult:
        """Two numbers, and how to follow them."""
        with Vertical(classes="dialog") as box:
            box.border_title = "metronome"
            box.border_subtitle = "enter starts · esc closes"
            yield Static(id="beat")

    def on_mount(self) -> None:
        """Show where it stands."""
        self._draw()

    @property
    def metronome(self) -> Metronome:
        """As chosen."""
        return Metronome(PACES[self._pace], PAUSES_S[self._pause])

    def _draw(self) -> None:
        made = self.metronome
        text = Text("For slow steps with a pause on each foot: balance in walking.\n\n", MUTED)
        for what, value, keys in (
            ("steps a minute", f"{60 / made.cycle_s:.0f}", "← →"),
            ("pause on each foot", f"{made.pause_s:g} s", "↑ ↓"),
        ):
            text.append(f"{what:<20}", MUTED).append(f"▸{value:^7}◂", f"bold {YELLOW}").append(f"  {keys}\n", MUTED)
        if made.pause_s:
            text.append("\nhigh tone: plant the foot and stand still\nlow tone: go on to the other foot")
        else:
            text.append("\none tone a step")
        text.append("\nb again stops it", MUTED)
        self.query_one("#beat", Static).update(text)

    def action_pace(self, step: int) -> None:
        """Slower or faster."""
        self._pace = min(max(self._pace + step, 0), len(PACES) - 1)
        self._draw()

    def action_pause(self, step: int) -> None:
        """Shorter or longer."""
        self._pause = min(max(self._pause + step, 0), len(PAUSES_S) - 1)
        self._draw()

    def action_take(self) -> None:
        """Start it."""
        self.dismiss(self.metronome)
