"""What the screens on the way to a drill share: a list to choose from, and a way back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container

from surefoot.tui.ports import Home
from surefoot.tui.scene import NUMBERS_HZ, Scene
from surefoot.tui.screens.view import COMMON, SPACE, View
from surefoot.tui.widgets.line import Line
from surefoot.tui.widgets.rows import Row, Rows, told
from surefoot.tui.words import Part, clean

WAY = ("sensor", "check", "drill")
"""The steps to a drill."""
DIGITS = tuple(Binding(str(number), f"jump({number})", show=False) for number in range(1, 10))
"""A digit goes to that row."""


class Step(View):
    """Draws its rows from the app's state each frame; keys and clicks do the same things. However small: the list."""

    _covered = False
    DOING: ClassVar[str] = ""
    """What is chosen here: a word of WAY, or another."""

    @property
    def home(self) -> Home:
        """Where sensors and recordings come from."""
        return self.host.way.home

    @property
    def menu(self) -> Rows:
        """The list."""
        return self.query_one(Rows)

    def body(self) -> ComposeResult:
        """The list, in the middle of a large screen."""
        with Container(id="page"):
            yield Rows(id="rows")

    def on_screen_suspend(self) -> None:
        """A question stands over it, or it is left."""
        self._covered = self in self.app.screen_stack

    def on_screen_resume(self) -> None:
        """Come to, anew; a question that was closed changes nothing."""
        super().on_screen_resume()
        if not self._covered:
            self.arrive()
        self._covered = False

    def arrive(self) -> None:
        """Show what is remembered."""

    # ------------------------------------------------------------------------------------ one frame

    def show(self, scene: Scene) -> None:
        """Draw one frame; words follow the clock's grid."""
        tick, said = int(scene.now_s * NUMBERS_HZ), f"{self.host.way.fault}{scene.message}{self.host.way.waiting}"
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
            [SPACE, Part("surefoot", "strong", True), Part("  "), *_way(self.DOING)], [*self.aside(scene), SPACE]
        )
        rows = self.menu
        width = rows.content_size.width or self.size.width
        fault = self.host.way.fault
        rows.put([*([told(f"✖ {clean(fault, 400)}", "bad", width)] if fault else []), *self.rows(scene, width)])
        waiting = self.host.way.waiting
        self.tell(scene if waiting is None else replace(scene, message=waiting.said))

    def status(self, scene: Scene) -> tuple[list[Part], list[Part]]:
        """What belongs to this step."""
        return [SPACE, *self.foot(scene)], []

    def rows(self, scene: Scene, width: int) -> list[Row]:
        """What stands in the list."""
        raise NotImplementedError

    def aside(self, scene: Scene) -> list[Part]:
        """What stands at the right of the first line."""
        return []

    def foot(self, scene: Scene) -> list[Part]:
        """What stands in the last line."""
        return []

    # ------------------------------------------------------------------------------------ keys

    def go(self) -> None:
        """Choose what the cursor is on."""

    def back(self) -> None:
        """One step back."""

    @on(Rows.Clicked)
    def clicked(self, message: Rows.Clicked) -> None:
        """A click is as good as a key."""
        self.point(message.before)
        self.redraw()

    def point(self, before: bool) -> None:
        """A row was clicked; `before`: the cursor was there already."""
        self.action_go()

    def action_go(self) -> None:
        """Choose what the cursor is on; not twice."""
        if self.host.way.waiting is None:
            self.host.way.fault = None
            self.go()
            self.redraw()

    def action_back(self) -> None:
        """Give up what is being done, else one step back."""
        if not self.host.way.give_up():
            self.host.way.fault = None
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


def _way(doing: str) -> list[Part]:
    """The steps with the present one in brackets; or only the present one, where it is beside the way."""
    if doing not in WAY:
        return [Part(doing, "plain")]
    words = [Part(f"[{word}]" if word == doing else word, "strong" if word == doing else "faint") for word in WAY]
    return [part for k, word in enumerate(words) for part in ((Part(" › ", "faint"), word) if k else (word,))]


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
