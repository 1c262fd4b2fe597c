"""The last line: the few keys that matter now. All others are in the help and in the palette."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import events
from textual.widget import Widget

from surefoot.tui.palette import TEXT, YELLOW


@dataclass(frozen=True, slots=True)
class Hint:
    """`key`: what a click presses; `shown`: how it is written; `does`: in a word or two."""

    key: str
    shown: str
    does: str


class Foot(Widget, can_focus=False):
    """A click on a key is as good as the key."""

    DEFAULT_CSS = "Foot { height: 1; dock: bottom; }"

    def __init__(self) -> None:
        super().__init__()
        self.hints: tuple[Hint, ...] = ()

    def put(self, hints: Sequence[Hint]) -> None:
        """Show these; nothing is repainted when they are the same."""
        if tuple(hints) != self.hints:
            self.hints = tuple(hints)
            self.refresh()

    def render(self) -> Text:
        """One row; what does not fit is cut."""
        text = Text(no_wrap=True, overflow="crop", end="")
        for hint in self.hints:
            text.append(f" {hint.shown}", Style(color=YELLOW, bold=True)).append(f" {hint.does} ", Style(color=TEXT))
        return text

    def on_click(self, event: events.Click) -> None:
        """Press the key under the pointer."""
        end = 0
        for hint in self.hints:
            end += cell_len(hint.shown) + cell_len(hint.does) + 3
            if event.x < end:
                self.app.simulate_key(hint.key)
                return
