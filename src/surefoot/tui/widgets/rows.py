"""A list to choose from: rows of plain text with meanings, one of them under the cursor.

Keys belong to the screen; a click moves the cursor and tells it. Foreign names pass through here: nothing is parsed as
markup.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.style import Style
from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget

from surefoot.tui.palette import PANEL, TONES
from surefoot.tui.words import Part

MARGIN: Final = 3  # the cursor's sign and its air
BEFORE, MORE = "↑ more", "↓ more"
_PIECES: Final = re.compile(r"[^-/]+[-/]*|[-/]+")


@dataclass(frozen=True, slots=True)
class Row:
    """Lines that belong together. `name`: what is chosen, "" for rows that are only read."""

    lines: tuple[tuple[Part, ...], ...]
    name: str = ""


def heading(text: str) -> Row:
    """The title of a group, with air above it."""
    return Row(((), (Part(text, "muted"),)))


def told(text: str, tone: str, width: int, bold: bool = False, indent: int = 0) -> Row:
    """A sentence, in as many lines as it needs."""
    lines = wrapped(text, max(width - MARGIN - indent, 10))
    return Row(tuple((Part(" " * indent + line, tone, bold),) for line in lines))


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most so many cells, broken between words; a word that is wider, as a path is, at its joints too."""
    lines = [""]
    for word in text.split():
        gap = " " if lines[-1] else ""
        for piece in [word] if cell_len(word) <= width else _PIECES.findall(word):
            if cell_len(lines[-1] + gap + piece) <= width:
                lines[-1] += gap + piece
            else:
                lines += chop_cells(piece, width)
            gap = ""
    return [line for line in lines if line]


class Rows(Widget, can_focus=False):
    """Keeps the cursor on the row that it was put on, wherever that row goes; the first one until then."""

    DEFAULT_CSS = "Rows { height: 1fr; width: 1fr; }"

    class Clicked(Message):
        """The person pointed at a row; `before`: the cursor was there already."""

        def __init__(self, name: str, before: bool) -> None:
            super().__init__()
            self.name, self.before = name, before

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: list[Row] = []
        self._wanted = ""
        self._first = 0  # line at the top

    @property
    def names(self) -> list[str]:
        """What can be chosen, from the top."""
        return [row.name for row in self._rows if row.name]

    @property
    def at(self) -> str:
        """What the cursor is on; "" when there is nothing to choose."""
        names = self.names
        return self._wanted if self._wanted in names else names[0] if names else ""

    def put(self, rows: Sequence[Row]) -> None:
        """Show these rows; repaints only when something has changed."""
        if list(rows) != self._rows:
            self._rows = list(rows)
            self.refresh()

    def go(self, name: str) -> None:
        """Put the cursor on a row."""
        if name != self._wanted:
            self._wanted = name
            self.refresh()

    def step(self, count: int) -> None:
        """Some rows on; at an end it stays."""
        names = self.names
        if names:
            self.go(names[min(max(names.index(self.at) + count, 0), len(names) - 1)])

    # ------------------------------------------------------------------------------------ drawing

    def _lines(self) -> list[tuple[Row, int]]:
        return [(row, k) for row in self._rows for k in range(len(row.lines))]

    def _scrolled(self, lines: list[tuple[Row, int]]) -> int:
        """The first line to show, moved no further than the cursor needs."""
        height, at = self.content_size.height, self.at
        mine = [k for k, (row, _) in enumerate(lines) if row.name and row.name == at]
        first = min(self._first, max(len(lines) - height, 0))
        if mine and mine[-1] >= first + height - 1:  # the last line may say that there is more
            first = min(mine[-1] - height + 2, max(len(lines) - height, 0))
        if mine and mine[0] <= first:  # likewise the first one
            first = 0 if at == self.names[0] else mine[0] - 1
        return max(first, 0)

    def render(self) -> Text:
        """As many lines as fit, each as wide as the widget."""
        width, height, at = self.content_size.width, self.content_size.height, self.at
        lines = self._lines()
        self._first = self._scrolled(lines)
        text = Text(no_wrap=True, overflow="crop", end="")
        shown = lines[self._first : self._first + height]
        for k, (row, part) in enumerate(shown):
            if k:
                text.append("\n")
            if (k == 0 and self._first) or (k == height - 1 and self._first + height < len(lines)):
                text.append(f" {MORE if k else BEFORE}"[:width], Style(color=TONES["muted"]))
                continue
            mine = bool(row.name) and row.name == at
            _append(text, row.lines[part], width, mine, "▸" if mine and part == 0 else " ")
        return text

    # ------------------------------------------------------------------------------------ pointing

    def on_click(self, event: events.Click) -> None:
        """Move the cursor there, and tell the screen."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        lines = self._lines()
        k = self._first + offset.y
        name = lines[k][0].name if k < len(lines) else ""
        if name:
            before = name == self.at
            self.go(name)
            self.post_message(self.Clicked(name, before))

    def on_mouse_scroll_down(self) -> None:
        """The next row."""
        self.step(1)

    def on_mouse_scroll_up(self) -> None:
        """The row before."""
        self.step(-1)


def _append(text: Text, parts: Sequence[Part], width: int, mine: bool, sign: str) -> None:
    """One line; the cursor's row has a sign and another ground."""
    ground = PANEL if mine else None
    room = width
    for part in (Part(f" {sign} ", "accent", True), *parts):
        size, shown = cell_len(part.text), part.text
        if size > room:
            shown, size = (set_cell_size(shown, room - 1) + "…" if room > 0 else ""), room
        text.append(shown, Style(color=TONES[part.tone], bold=part.bold, bgcolor=ground))
        room -= size
        if room <= 0:
            return
    text.append(" " * room, Style(bgcolor=ground))
