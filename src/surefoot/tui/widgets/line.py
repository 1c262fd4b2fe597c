"""Rows of plain text with meanings. Foreign names pass through here: nothing is parsed as markup."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text
from textual.geometry import Size
from textual.widget import Widget

from surefoot.tui.palette import TONES
from surefoot.tui.words import Part

Row = Sequence[Part]


class Line(Widget, can_focus=False):
    """One row (left and right part), or several; repaints only when a word changes."""

    DEFAULT_CSS = "Line { height: 1; width: 1fr; }"

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.rows: list[tuple[Row, Row]] = []

    def say(self, left: Row, right: Row = ()) -> None:
        """Show one row. The left part stays whole; the right one is cut or left out."""
        self.say_rows([(left, right)])

    def say_rows(self, rows: Sequence[tuple[Row, Row]]) -> None:
        """Show several rows."""
        if list(rows) != self.rows:
            grown = len(rows) != len(self.rows) and self.styles.is_auto_height
            self.rows = list(rows)
            self.refresh(layout=grown)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Where the height is left to it: as many rows as are said."""
        return max(1, len(self.rows))

    @property
    def words(self) -> str:
        """What is said, without its looks."""
        return "\n".join("".join(part.text for part in (*left, *right)) for left, right in self.rows)

    def render(self) -> Text:
        """Left and right parts of each row, exactly as wide as the widget."""
        width = self.content_size.width
        text = Text(no_wrap=True, overflow="crop", end="")
        for i, (left, right) in enumerate(self.rows[: self.content_size.height]):
            if i:
                text.append("\n")
            room = _append(text, left, width)
            wanted = sum(cell_len(part.text) for part in right)
            if right and room > wanted:
                text.append(" " * (room - wanted))
                room = _append(text, right, wanted)
            elif right and room > 8:
                text.append("  ")
                room = _append(text, right, room - 2)
            text.append(" " * room if not right else "")
        return text


def _append(text: Text, parts: Row, room: int) -> int:
    """Append until the room is used up; returns what is left of it."""
    for part in parts:
        size = cell_len(part.text)
        shown = part.text
        if size > room:
            shown = set_cell_size(part.text, room - 1) + "…" if room > 0 else ""
            size = room
        text.append(shown, Style(color=TONES[part.tone], bold=part.bold, reverse=part.lit or None))
        room -= size
        if room <= 0:
            break
    return room
