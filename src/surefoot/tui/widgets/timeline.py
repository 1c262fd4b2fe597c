"""The whole recording in a few rows: how much it moved, what happened, what is missing, where one looks."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from textual import events
from textual.message import Message

from surefoot.samples import Array
from surefoot.tui.marks import Mark
from surefoot.tui.palette import MUTED, TONES, WHITE
from surefoot.tui.widgets.plot import Plot
from surefoot.tui.widgets.raster import Canvas, runs
from surefoot.tui.words import clock_text

_PLAYED, _AHEAD, _HEAD, _MUTED, _HOLE = 1, 2, 3, 4, 5
_TONES: Final = ("accent", "fair", "warn", "bad", "muted")
_MARK = 6
_WINDOW = _MARK + len(_TONES)
QUIET_MS2: Final = 0.3  # an envelope below this is not blown up to full height


class Timeline(Plot):
    """Keys belong to the screen; a click asks for a position by a message."""

    INKS: ClassVar[tuple[str, ...]] = (
        "#7fb4d6",
        "#4a6272",
        f"*{WHITE}",
        MUTED,
        TONES["bad"],
        *(f"*{TONES[tone]}" for tone in _TONES),
        f"*{TONES['accent']}",
    )
    PAPERS: ClassVar[tuple[str, ...]] = ("#182733", "#4a4520", "#203a30")
    SMALLEST: ClassVar[tuple[int, int]] = (20, 2)

    class Seek(Message):
        """The person pointed at session time `t_s`."""

        def __init__(self, t_s: float) -> None:
            super().__init__()
            self.t_s = t_s

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.t_s = 0.0
        self.duration_s = 0.0
        self.marks: list[Mark] = []
        self.holes: list[tuple[float, float]] = []
        self.levels: Array = np.zeros(0)
        self.window: tuple[float, float] | None = None

    def put(self, t_s: float, duration_s: float, window: tuple[float, float] | None = None) -> None:
        """Move the playhead; `window`: the stretch that is marked for export, s."""
        self.t_s, self.duration_s, self.window = t_s, duration_s, window
        self.draw()

    def load(self, levels: Array, marks: list[Mark], holes: list[tuple[float, float]]) -> None:
        """Take a new envelope (one value per dot column), marks and holes."""
        self.levels, self.marks, self.holes = levels, marks, holes

    def _cell(self, t_s: float, canvas: Canvas) -> int:
        share = t_s / self.duration_s if self.duration_s > 0 else 0.0
        return min(int(share * canvas.columns), canvas.columns - 1)

    def paint(self, canvas: Canvas) -> None:
        """Envelope, holes, marks, window, times, playhead."""
        head = self._cell(self.t_s, canvas)
        axis = canvas.rows >= 4
        bottom = canvas.rows - axis
        self._envelope(canvas, head, bottom)
        canvas.paper[1:bottom, :head] = 1
        for start, end in self.holes:
            for column in range(self._cell(start, canvas), self._cell(end, canvas) + 1):
                for row in range(1, bottom):
                    canvas.text(row, column, "╱", _HOLE)
        self._marks(canvas)
        if self.window is not None:
            self._window(canvas, self.window, bottom)
        if axis:
            self._axis(canvas)
        canvas.paper[1:bottom, head] = 2
        for row in range(1, bottom):
            canvas.text(row, head, "┃", _HEAD)

    def _envelope(self, canvas: Canvas, head: int, bottom: int) -> None:
        if not len(self.levels):
            return
        room = (bottom - 1) * 4
        share = self.levels / max(float(self.levels.max()), QUIET_MS2)
        # the square root keeps quiet standing visible beside a landing
        heights = np.clip(np.rint(np.sqrt(share) * room), 1, room).astype(np.int64)
        columns = np.repeat(np.arange(len(heights)) * canvas.dots_x // len(heights), heights)
        ys = bottom * 4 - 1 - runs(heights)
        canvas.dots(columns, ys, np.where(columns // 2 <= head, _PLAYED, _AHEAD).astype(np.uint8))

    def _marks(self, canvas: Canvas) -> None:
        """Each with its word behind it, or before it where only there is room, or with its number alone."""
        places = [(self._cell(mark.t_s, canvas), mark) for mark in self.marks]
        free = said = 0
        for i, (column, mark) in enumerate(places):
            if column < free:
                continue
            until = next((later for later, _ in places[i + 1 :] if later > column), canvas.columns + 1)
            text, left = f"{mark.shape} {mark.word}", column
            if left + len(text) >= until:
                text, left = f"{mark.word} {mark.shape}", column - len(mark.word) - 1
                if mark.short or left < said + (said > 0):
                    text, left = mark.shape + mark.short, column
            canvas.text(0, left, text, _MARK + _TONES.index(mark.tone))
            free, said = column + 1, max(said, left + len(text))

    def _window(self, canvas: Canvas, window: tuple[float, float], bottom: int) -> None:
        """A tint where there are tints, and brackets everywhere."""
        left, right = (self._cell(t_s, canvas) for t_s in window)
        canvas.paper[1:bottom, left : right + 1] = 3
        for row in range(1, bottom):
            canvas.text(row, left, "[", _WINDOW)
            canvas.text(row, right, "]", _WINDOW)

    def _axis(self, canvas: Canvas) -> None:
        every = next((s for s in (5, 10, 15, 30, 60, 120, 300, 600, 1800) if self._fits(s, canvas)), 3600)
        for i in range(int(self.duration_s // every) + 1):
            column = self._cell(i * every, canvas)
            canvas.text(canvas.rows - 1, column, f"╵{clock_text(i * every)}", _MUTED)

    def _fits(self, every_s: float, canvas: Canvas) -> bool:
        return self.duration_s <= 0 or every_s / self.duration_s * canvas.columns >= 11

    def on_click(self, event: events.Click) -> None:
        """Seek to the moment under the pointer."""
        offset = event.get_content_offset(self)
        if offset is not None and self.canvas is not None:
            self.post_message(self.Seek((offset.x + 0.5) / self.canvas.columns * self.duration_s))
