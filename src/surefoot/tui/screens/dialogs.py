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

    def __init__(self, keys: list[tuple[str, str]], about: str = "") -> None:
        super().__init__()
        self._keys, self._about = keys, about

    def compose(self) -> ComposeResult:
        """One row per key."""
        text = Text()
        if self._about:
            text.append(textwrap.fill(self._about, 56) + "\n\n")
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
    """Asks before a recording is ended; `then`: what comes after it, in a word or two."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("y,q", "answer(True)", "Yes", id="yes"),
        Binding("n,escape", "answer(False)", "No", id="no"),
    ]

    def __init__(self, then: str = "quit") -> None:
        super().__init__()
        self._then = then

    def compose(self) -> ComposeResult:
        """The question."""
        text = Text(f"This session is being recorded.\nEnd it and {self._then}?  The file is kept.\n\n")
        text.append("   y", f"bold {YELLOW}").append(f"  end and {self._then}      ", "")
        text.append("n", f"bold {YELLOW}").append("  go on      (y or n)", "")
        with Vertical(classes="dialog") as box:
            box.border_title = "● recording"
            yield Static(text)

    def action_answer(self, yes: bool) -> None:
        """Hand the answer back."""
        self.dismiss(yes)
