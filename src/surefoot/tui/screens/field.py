"""A question whose answer is typed or pasted: a path, an address."""

from __future__ import annotations

import textwrap
from typing import Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static

from surefoot.tui.screens.dialog import Dialog

WIDTH: Final = 62  # of the text: with its border it fits into 80 columns


class FieldDialog(Dialog[str]):
    """Hands back what was typed, "" when nothing was.

    Args:
        title: what is asked for; `does`: what enter does with it.
        value: what stands there already, that of last time; `example`: what it looks like; `longest`: in characters.
        how: where it comes from.
    """

    BINDINGS: ClassVar[list[Any]] = [Binding("escape", "dismiss('')", "Close", id="close")]

    def __init__(self, title: str, does: str, value: str, example: str, longest: int, how: str) -> None:
        super().__init__()
        self._titles = title, f"enter {does}, esc closes"
        self._value, self._example, self._longest, self._how = value, example, longest, how

    def compose(self) -> ComposeResult:
        """One field."""
        with Vertical(classes="dialog") as box:
            box.border_title, box.border_subtitle = self._titles
            yield Input(self._value, placeholder=self._example, max_length=self._longest)
            yield Static(textwrap.fill(self._how, WIDTH), markup=False)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Take it."""
        self.dismiss(message.value.strip())
