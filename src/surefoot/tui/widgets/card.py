"""A number that can be read from two meters: solid digits, its word below, its name in the border.

Digits are 3×5 pixels, a pixel being half a cell high, or twice as large where there is room.
"""

from __future__ import annotations

from typing import ClassVar, Final

from surefoot.tui.palette import FAINT, TONES, WHITE
from surefoot.tui.widgets.plot import Plot
from surefoot.tui.widgets.raster import Canvas
from surefoot.tui.words import DASH

FONT: Final = {
    "0": "111 101 101 101 111",
    "1": "010 110 010 010 111",
    "2": "111 001 111 100 111",
    "3": "111 001 111 001 111",
    "4": "101 101 111 001 001",
    "5": "111 100 111 001 111",
    "6": "111 100 111 101 111",
    "7": "111 001 001 001 001",
    "8": "111 101 111 101 111",
    "9": "111 101 111 001 111",
    ".": "0 0 0 0 1",
    "–": "000 000 111 000 000",
    "+": "000 010 111 010 000",
    "≤": "001 010 100 010 111",
    "≈": "011 110 000 011 110",
}
"""Rows of pixels of each character."""

_HALVES: Final = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
_INKS: Final = ("strong", "muted", "good", "fair", "warn", "bad", "accent")
_EMPTY = len(_INKS) + 1


def solid(text: str, large: bool) -> list[str]:
    """Rows of blocks: five of a row per pixel when large, else three with two pixels in each."""
    wide, rows = (2, 5) if large else (1, 3)
    lines = [""] * rows
    for i, character in enumerate(text):
        glyph = [[int(bit) for bit in line] for line in FONT[character].split()]
        glyph.append([0] * len(glyph[0]))
        # closer around a point: a tenth fits where it else would not
        gap = 0 if i == 0 else 1 if "." in text[i - 1 : i + 1] else wide
        for row in range(rows):
            if large:
                blocks = "".join("██" if bit else "  " for bit in glyph[row])
            else:
                blocks = "".join(_HALVES[pair] for pair in zip(glyph[2 * row], glyph[2 * row + 1], strict=True))
            lines[row] += " " * gap + blocks
    return lines


class Card(Plot):
    """Shows `value` big; `word` in its tone below, or a bar toward a target."""

    DEFAULT_CSS = "Card { width: 1fr; }"
    INKS: ClassVar[tuple[str, ...]] = (*(TONES[tone] for tone in _INKS), FAINT, f"*{WHITE}")
    SMALLEST: ClassVar[tuple[int, int]] = (6, 3)

    def __init__(self, id: str, title: str) -> None:
        super().__init__(id=id)
        self.border_title = title
        self.value, self.word, self.tone = DASH, "", "muted"
        self.share: float | None = None  # of the target reached

    def put(
        self,
        title: str,
        value: str,
        word: str = "",
        tone: str = "muted",
        share: float | None = None,
        label: str = "",
    ) -> None:
        """Show these; `label` says live or final. Nothing is repainted when nothing changed."""
        if self.border_title != title:
            self.border_title = title
        if (self.border_subtitle or "") != label:
            self.border_subtitle = label
        self.value, self.word, self.tone, self.share = value, word, tone, share
        self.draw()

    def paint(self, canvas: Canvas) -> None:
        """Digits in the middle, the word or the bar in the last row."""
        lines = solid(self.value, large=True)
        if canvas.rows < 6 or len(lines[0]) >= canvas.columns:
            lines = solid(self.value, large=False)
        footer = canvas.rows > len(lines)
        top = (canvas.rows - len(lines) - footer + 1) // 2
        if len(lines[0]) > canvas.columns:  # plain digits rather than cut ones
            lines, top = [self.value[: canvas.columns]], canvas.rows // 2
        for y, line in enumerate(lines):
            canvas.text(top + y, (canvas.columns - len(line)) // 2, line, 1 if self.value != DASH else _EMPTY)
        if footer:
            self._footer(canvas)

    def _footer(self, canvas: Canvas) -> None:
        row, tone = canvas.rows - 1, _INKS.index(self.tone) + 1
        if self.share is None:
            canvas.text(row, max(0, (canvas.columns - len(self.word)) // 2), self.word, tone)
            return
        room = canvas.columns - len(self.word) - 3
        done = round(min(max(self.share, 0.0), 1.0) * room)
        canvas.text(row, 1, "━" * done, tone)
        canvas.text(row, 1 + done, "┄" * (room - done), _EMPTY)
        canvas.text(row, 2 + room, self.word, _INKS.index("muted") + 1)
