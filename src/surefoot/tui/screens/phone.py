"""A phone's address."""

from __future__ import annotations

import textwrap
from typing import Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

ADDRESS_N: Final = 280  # characters: the longest name of a host, and what stands around it
WIDTH: Final = 62  # of the text: with its border it fits into 80 columns
HOW: Final = (
    'On the phone: the free app phyphox, "Acceleration with g", its menu, "Allow remote access". It shows the address. '
    "Keep the app in front, and phone and computer in one Wi-Fi; whoever is in it can read along."
)


class PhoneDialog(ModalScreen[str]):
    """An address, typed or pasted; that of last time stands there already."""

    BINDINGS: ClassVar[list[Any]] = [Binding("escape", "dismiss('')", "Close", id="close")]

    def __init__(self, known: str) -> None:
        super().__init__()
        self._known = known

    def compose(self) -> ComposeResult:
        """One field, and where its content comes from."""
        with Vertical(classes="dialog") as box:
            box.border_title = "the phone's address"
            box.border_subtitle = "enter connects, esc closes"
            yield Input(self._known, placeholder="http://192.168.1.23:8080", max_length=ADDRESS_N)
            yield Static(textwrap.fill(HOW, WIDTH), markup=False)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Take it."""
        self.dismiss(message.value.strip())
