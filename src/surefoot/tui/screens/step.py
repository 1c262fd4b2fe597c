"""What the screens on the way to a drill share: a list to choose from, and a way back."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding

from surefoot.tui.ports import Home
from surefoot.tui.scene import NUMBERS_HZ, Scene
from surefoot.tui.screens.view import COMMON, ONE_SENTENCE, SPACE, View
from surefoot.tui.widgets.line import Line
from surefoot.tui.widgets.rows import Row, Rows, told
from surefoot.tui.words import Part, clean

DIGITS = tuple(Binding(str(number), f"jump({number})", show=False) for number in range(1, 10))
"""A digit goes to that row."""


class Step(View):
    """Draws its rows from the app's state each frame; keys and clicks do the same things."""

    DOING: ClassVar[str] = ""
    """What is chosen here."""

    @property
    def home(self) -> Home:
        """Where sensors and recordings come from."""
        assert self.host.home is not None
        return self.host.home

    @property
    def menu(self) -> Rows:
        """The list."""
        return self.query_one(Rows)

    def body(self) -> ComposeResult:
        """The list."""
        yield Rows(id="rows")

    def on_resize(self, event: events.Resize) -> None:
        """Very small, one sentence."""
        width, height = event.size
        self.set_class(width < ONE_SENTENCE[0] or height < ONE_SENTENCE[1], "-tiny")
        super().on_resize(event)

    # ------------------------------------------------------------------------------------ one frame

    def show(self, scene: Scene) -> None:
        """Draw one frame; words follow the clock's grid."""
        tick, said = int(scene.now_s * NUMBERS_HZ), f"{self.host.fault}{scene.message}{self.host.waiting}"
        if tick != self._counted or said != self._said:
            self._counted, self._said = tick, said
            self.write(scene)

    def redraw(self) -> None:
        """Something was chosen."""
        self._counted = -1
        self.host.frame()

    def write(self, scene: Scene) -> None:
        """The lines and the list."""
        self.query_one("#state", Line).say(
            [SPACE, Part("surefoot", "strong", True), Part(f"  {self.DOING}", "plain")], [*self.aside(scene), SPACE]
        )
        waiting, line = self.host.waiting, self.query_one("#alarm", Line)
        said = f"◔ {clean(waiting.said, 120)}" if waiting is not None else f"! {clean(scene.message or '', 160)}"
        line.display = waiting is not None or scene.message is not None
        line.say([SPACE, Part(said, "accent" if waiting else "warn", True)])
        rows = self.menu
        width = rows.content_size.width or self.size.width
        fault = self.host.fault
        rows.put([*([told(f"✖ {clean(fault, 400)}", "bad", width)] if fault else []), *self.rows(scene, width)])
        self.query_one("#status", Line).say([SPACE, *self.foot(scene)])
        self.query_one("#small", Line).say([Part(clean(fault, 80) if fault else self.sentence(), "strong")])

    def rows(self, scene: Scene, width: int) -> list[Row]:
        """What stands in the list."""
        raise NotImplementedError

    def aside(self, scene: Scene) -> list[Part]:
        """What stands at the right of the first line."""
        return []

    def foot(self, scene: Scene) -> list[Part]:
        """What stands in the last line."""
        return []

    def sentence(self) -> str:
        """For a screen below 40×10: what enter does."""
        return f"enter: {self.menu.at}" if self.menu.at else "make this window larger"

    # ------------------------------------------------------------------------------------ keys

    def go(self) -> None:
        """Choose what the cursor is on."""

    def back(self) -> None:
        """One step back."""

    @on(Rows.Clicked)
    def clicked(self, message: Rows.Clicked) -> None:
        """A click is as good as a key."""
        self.action_go()

    def action_go(self) -> None:
        """Choose what the cursor is on; not twice."""
        if self.host.waiting is None:
            self.host.fault = None
            self.go()
            self.redraw()

    def action_back(self) -> None:
        """Give up what is being done, else one step back."""
        if not self.host.give_up():
            self.host.fault = None
            self.back()
        self.redraw()

    def action_move(self, count: int) -> None:
        """Another row."""
        self.menu.step(count)
        self.redraw()

    def action_jump(self, number: int) -> None:
        """That row."""
        names = self.menu.names
        if number <= len(names):
            self.menu.go(names[number - 1])
            self.redraw()


def step_keys(enter: str, *own: Any, moves: str = "", back: str = "Back") -> list[Any]:
    """The bindings of a step: enter first, its own, the way back. `moves`: what ↑↓ do, for the footer."""
    return [
        Binding("enter", "go", enter, id="go"),
        Binding("up,k", "move(-1)", moves or "Choose", id="up", show=bool(moves), key_display="↑↓"),
        Binding("down,j", "move(1)", "Down", id="down", show=False),
        *own,
        *DIGITS,
        Binding("escape", "back", back, id="back", show=bool(back)),
        *COMMON,
    ]
