"""Small questions and answers over a screen."""

from __future__ import annotations

import textwrap
from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from surefoot.tui.palette import MUTED, YELLOW
from surefoot.wording import NOT_MEDICAL


class HelpDialog(ModalScreen[None]):
    """The keys of a screen, all of them."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("escape,question_mark,q,enter,space", "dismiss", "Close", id="close"),
    ]

    def __init__(self, keys: list[tuple[str, str]]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """One row per key."""
        text = Text()
        for key, what in self._keys:
            text.append(f"{key:>9}", f"bold {YELLOW}")
            text.append(f"  {what}\n")
        text.append("\nsounds: a bell at start, end, touch and landing\n", MUTED)
        text.append(textwrap.fill(NOT_MEDICAL, 56), MUTED)
        with Vertical(classes="dialog") as box:
            box.border_title = "keys"
            box.border_subtitle = "esc closes"
            yield Static(text)


class LeaveDialog(ModalScreen[bool]):
    """Asks before a recording is ended."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("y,q", "answer(True)", "Yes", id="yes"),
        Binding("n,escape", "answer(False)", "No", id="no"),
    ]

    def compose(self) -> ComposeResult:
        """The question."""
        text = Text("This session is being recorded.\nEnd it and quit?  The file is kept.\n\n")
        text.append("   y", f"bold {YELLOW}").append("  end and quit      ", "")
        text.append("n", f"bold {YELLOW}").append("  go on      (y or n)", "")
        with Vertical(classes="dialog") as box:
            box.border_title = "● recording"
            yield Static(text)

    def action_answer(self, yes: bool) -> None:
        """Hand the answer back."""
        self.dismiss(yes)


class DiscomfortDialog(ModalScreen[int | None]):
    """Asks for a number from 0 to 10; the answer, or None when there is none."""

    BINDINGS: ClassVar[list[Any]] = [
        *(Binding(str(digit), f"answer({digit})", str(digit), id=f"told{digit}", show=False) for digit in range(10)),
        Binding("t", "answer(10)", "10", id="told10", show=False),
        Binding("left,down", "move(-1)", "Less", id="less"),
        Binding("right,up", "move(1)", "More", id="more"),
        Binding("enter", "take", "Take it", id="take"),
        Binding("escape,q", "dismiss", "No answer", id="no_answer"),
    ]

    def __init__(self, told: int | None = None) -> None:
        super().__init__()
        self.value = told or 0

    def compose(self) -> ComposeResult:
        """The question and the scale."""
        with Vertical(classes="dialog") as box:
            box.border_title = "discomfort, 0 to 10"
            box.border_subtitle = "esc: no answer"
            yield Static(id="scale")

    def on_mount(self) -> None:
        """Show where it stands."""
        self._draw()

    def _draw(self) -> None:
        text = Text("How much did it hurt?  0 not at all, 10 the worst\n\n")
        for value in range(11):
            chosen = value == self.value
            text.append(f"▸{value}◂" if chosen else f" {value} ", f"bold {YELLOW}" if chosen else MUTED)
            text.append(" ")
        text.append("\n\n0 to 9 or t for ten", f"bold {YELLOW}").append(
            " · ← → and enter · kept in the recording", MUTED
        )
        self.query_one("#scale", Static).update(text)

    def action_move(self, step: int) -> None:
        """One less or more."""
        self.value = min(10, max(0, self.value + step))
        self._draw()

    def action_take(self) -> None:
        """What stands there."""
        self.dismiss(self.value)

    def action_answer(self, value: int) -> None:
        """A number at once."""
        self.dismiss(value)
