"""A canvas of terminal cells that also takes dots: 2×4 per cell, as braille, in numpy.

Later layers cover earlier ones, cell by cell: a cell has one ink, the last one put there. Draw what must stay visible
last (grid < rings < trail < head < labels).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surefoot.samples import Array, Ints

Bytes = npt.NDArray[np.uint8]
Glyphs = npt.NDArray[np.uint32]

BRAILLE = 0x2800
_SPACE = ord(" ")
# place of dot (y & 3, x & 1) in the byte of the Unicode block: the upper six go down the columns, the lowest two follow
_BIT = np.array([[0, 3], [1, 4], [2, 5], [6, 7]])


class Canvas:
    """`columns` × `rows` cells. `ink` and `paper` are palette indices per cell; paper 0 is the widget's own ground."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.dots_x, self.dots_y = columns * 2, rows * 4
        self.paper: Bytes = np.zeros((rows, columns), np.uint8)
        self.ink: Bytes = np.zeros((rows, columns), np.uint8)
        self._dots: Bytes = np.zeros((rows * columns, 8), np.uint8)
        self._text: Glyphs = np.zeros((rows, columns), np.uint32)  # 0: no character, show the dots
        self._kept: tuple[Bytes, Bytes, Bytes, Glyphs] | None = None

    def keep(self) -> None:
        """Remember what is drawn so far as the background of every later frame."""
        self._kept = (self.paper.copy(), self.ink.copy(), self._dots.copy(), self._text.copy())

    def restore(self) -> None:
        """Back to what was kept."""
        if self._kept is not None:
            self.paper[:], self.ink[:], self._dots[:], self._text[:] = self._kept

    def clear(self) -> None:
        """Nothing but the widget's own ground."""
        for layer in (self.paper, self.ink, self._dots, self._text):
            layer[:] = 0

    def dots(self, xs: Ints, ys: Ints, ink: int | Bytes, over: bool = False, alone: bool = False) -> None:
        """Set dots; (0, 0) is the upper left one, those outside are dropped. Text hides them, unless `over`.

        `alone`: dots that were there before leave these cells, else they would take this ink and look like its line.
        """
        inside = (xs >= 0) & (ys >= 0) & (xs < self.dots_x) & (ys < self.dots_y)
        xs, ys = xs[inside], ys[inside]
        cells = (ys >> 2) * self.columns + (xs >> 1)
        if alone:
            self._dots[cells] = 0
        self._dots[cells, _BIT[ys & 3, xs & 1]] = 1
        # for repeated cells numpy keeps the last value, so along a trail the newest ink wins
        inks = ink if isinstance(ink, int) else ink[inside]
        if over:
            self._text.reshape(-1)[cells] = 0
        else:
            free = self._text.reshape(-1)[cells] == 0
            cells = cells[free]
            inks = inks if isinstance(inks, int) else inks[free]
        self.ink.reshape(-1)[cells] = inks

    def text(self, row: int, column: int, text: str, ink: int) -> None:
        """Write characters one cell wide; what does not fit is cut off."""
        if not 0 <= row < self.rows:
            return
        skip = max(0, -column)
        text = text[skip : max(skip, self.columns - column)]
        if not text:
            return
        place = slice(column + skip, column + skip + len(text))
        self._text[row, place] = np.frombuffer(text.encode("utf-32-le"), "<u4")
        self.ink[row, place] = ink

    def cells(self) -> tuple[Glyphs, npt.NDArray[np.uint16]]:
        """(rows, columns) code points, and ink | paper << 8; blank cells all have ink 0."""
        codes = np.packbits(self._dots, axis=1, bitorder="little").reshape(self.rows, self.columns)
        dotted: Glyphs = np.where(codes > 0, codes + np.uint32(BRAILLE), np.uint32(_SPACE)).astype(np.uint32)
        glyphs: Glyphs = np.where(self._text > 0, self._text, dotted)
        ink = np.where(glyphs == _SPACE, 0, self.ink).astype(np.uint16)
        keys: npt.NDArray[np.uint16] = ink | (self.paper.astype(np.uint16) << np.uint16(8))
        return glyphs, keys


def polyline(xs: Array, ys: Array, joined: npt.NDArray[np.bool_] | None = None) -> tuple[Ints, Ints, Ints]:
    """Dots without holes along points: x, y, and the index of the point that each dot leads to.

    Args:
        xs, ys: (n,) in dots.
        joined: (n-1,) False where the line is torn between two points.
    """
    if len(xs) < 2:
        return _dot(xs), _dot(ys), np.arange(len(xs))
    dx, dy = np.diff(xs), np.diff(ys)
    steps = np.maximum(np.ceil(np.maximum(np.abs(dx), np.abs(dy))), 1).astype(np.int64)
    if joined is not None:
        steps = np.where(joined, steps, 1)  # one step: only the far end
    leg = np.repeat(np.arange(len(dx)), steps)
    share = (runs(steps) + 1) / steps[leg]
    return (
        np.append(_dot(xs[:1]), _dot(xs[leg] + dx[leg] * share)),
        np.append(_dot(ys[:1]), _dot(ys[leg] + dy[leg] * share)),
        np.append(0, leg + 1),
    )


def envelope(columns: Ints, heights: Ints) -> tuple[Ints, Ints]:
    """Dots of the lowest to the highest of `heights` in each run of equal, rising `columns`.

    Runs are stretched toward their left neighbor, so that a steep trace has no holes, but not across missing columns.
    """
    if not len(columns):
        return columns, heights
    starts = np.append(0, np.flatnonzero(np.diff(columns)) + 1)
    low, high = np.minimum.reduceat(heights, starts), np.maximum.reduceat(heights, starts)
    at = columns[starts]
    beside = np.diff(at) == 1
    bottom, top = low.copy(), high.copy()
    bottom[1:] = np.where(beside & (low[1:] > high[:-1] + 1), high[:-1] + 1, low[1:])
    top[1:] = np.where(beside & (high[1:] < low[:-1] - 1), low[:-1] - 1, high[1:])
    n = top - bottom + 1
    return np.repeat(at, n), np.repeat(bottom, n) + runs(n)


def runs(lengths: Ints) -> Ints:
    """0, 1, … length − 1 for each length, one after the other."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)


def _dot(values: Array) -> Ints:
    return np.rint(values).astype(np.int64)
