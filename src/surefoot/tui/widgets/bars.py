"""Softness of each landing of the set: solid bars from 0 to 100 with the target band behind them.

Height, color, word and target come from one `Bands` object.
"""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple

from rich.style import Style

from surefoot.tui.bands import SOFTNESS, Band, Bands
from surefoot.tui.palette import FAINT, GRID, MUTED, TONES, WHITE
from surefoot.tui.widgets.plot import Plot
from surefoot.tui.widgets.raster import Canvas
from surefoot.tui.words import DASH, points

_EIGHTHS: Final = " ▁▂▃▄▅▆▇"
_TONE_INK: Final = {"good": 3, "fair": 4, "warn": 5, "bad": 6}
_FAINT, _MUTED, _VALUE, _GRID = 1, 2, 7, 8
_INSIDE: Final = {ink: ink + 6 for ink in _TONE_INK.values()}
"""Ink of a bar → that of what is written upon it."""
AXIS: Final = 5  # cells left of the bars
NARROWEST, WIDEST = 5, 24  # cells from bar to bar: digits must fit, and bars far apart are no series any more
BAR_CELLS: Final = 14
"""Of the widest bar; what a wider pitch has more is space."""


class Bar(NamedTuple):
    """One landing: `value` None when it was not scored; `prefix` ≤ or ≈; `flagged` when there is more to read; `sure`
    False while it may still be withdrawn."""

    number: int
    value: float | None
    prefix: str = ""
    flagged: bool = False
    sure: bool = True


class Bars(Plot):
    """The newest landings that fit; slots of the set that are still empty are a thin baseline."""

    INKS: ClassVar[tuple[str, ...]] = (
        FAINT,
        MUTED,
        TONES["good"],
        TONES["fair"],
        TONES["warn"],
        TONES["bad"],
        f"*{WHITE}",
        GRID,
        *(f"*{TONES[tone]}" for tone in _TONE_INK),
    )
    PAPERS: ClassVar[tuple[str, ...]] = ("#10302a",)
    SMALLEST: ClassVar[tuple[int, int]] = (20, 5)

    def __init__(self, id: str | None = None, bands: Bands = SOFTNESS) -> None:
        super().__init__(id=id)
        self.bands = bands
        self.bars: tuple[Bar, ...] = ()
        self.slots = 0

    def put(self, bars: tuple[Bar, ...], slots: int) -> None:
        """Show these landings in a set of at least `slots`."""
        self.bars, self.slots = bars, slots

    def _top(self, canvas: Canvas, value: float) -> float:
        """Height of a value in rows from above; the first row is for a value's text, the last two are the baseline."""
        return canvas.rows - 2 - value / 100 * (canvas.rows - 3)

    def _line(self, canvas: Canvas, value: float) -> tuple[int, str]:
        """The row of a value, and the line that lies nearest to it there: in few rows half a row is ten points."""
        row, rest = divmod(self._top(canvas, value), 1)
        return int(row), "▔" if rest < 0.25 else "─" if rest < 0.75 else "▁"

    def stage(self, canvas: Canvas) -> None:
        """The target band, and where each word begins."""
        best = self.bands.target
        canvas.paper[1 : round(self._top(canvas, best.least)), AXIS:] = 1
        taken: set[int] = set()
        for band in self.bands.all:  # the best first: in few rows the others give way
            row, line = self._line(canvas, band.least) if band.least else (canvas.rows - 2, "")
            if row in taken:
                continue
            taken.add(row)
            canvas.text(row, 0, f"{band.least:>4g}", _MUTED)
            if band.least:
                canvas.text(row, AXIS, line * (canvas.columns - AXIS), _TONE_INK["good"] if band is best else _GRID)

    def paint(self, canvas: Canvas) -> None:
        """Bars, their values, their numbers and shapes below; in the middle, where there is more room than for them."""
        room = canvas.columns - AXIS
        slots = max(self.slots, len(self.bars), 1)
        pitch = max(NARROWEST, min(WIDEST, room // slots))
        fits = max(1, room // pitch)
        shown = self.bars[-fits:]
        width = min(pitch - (2 if pitch >= 8 else 1), BAR_CELLS)
        first = AXIS + max(1, (room - min(slots, fits) * pitch) // 2 + (pitch - width) // 2)
        base = canvas.rows - 2
        for i in range(min(slots, fits)):
            left = first + i * pitch
            canvas.text(base, left, "─" * width, _FAINT)
            if i < len(shown):
                self._bar(canvas, shown[i], left, width)
            else:
                number = str(shown[-1].number + 1 + i - len(shown) if shown else i + 1)
                canvas.text(canvas.rows - 1, left + (width - len(number)) // 2, number, _FAINT)

    def _bar(self, canvas: Canvas, bar: Bar, left: int, width: int) -> None:
        base = canvas.rows - 2
        band: Band | None = None if bar.value is None else self.bands.of(bar.value)
        mark = "?" if not bar.sure else "!" if bar.flagged else ""
        block = "█" if bar.sure else "▒"
        space = " " if width > 5 else ""
        below = f"{bar.number}{mark}{space}{band.shape if band else DASH}"
        ink = _TONE_INK[band.tone] if band else _FAINT
        canvas.text(canvas.rows - 1, left + (width - len(below)) // 2, below, ink)
        if bar.value is None:
            canvas.text(base - 1, left + (width - 1) // 2, DASH, _MUTED)
            return
        eighths = max(1, round((base - self._top(canvas, bar.value)) * 8))
        full, part = divmod(eighths, 8) if bar.sure else (max(1, round(eighths / 8)), 0)  # no part of a shade
        for row in range(base - full, base):
            canvas.text(row, left, block * width, ink)
        # down to the baseline, which is drawn in the middle of its row
        canvas.text(base, left, ("▀" if bar.sure else "─") * width, ink)
        if part:
            canvas.text(base - full - 1, left, _EIGHTHS[part] * width, ink)
        value = f"{bar.prefix}{points(bar.value)}"
        above = max(0, base - full - 1 - (part > 0))
        inside = self._crosses(canvas, bar.value, above)
        row, ink = (base - max(1, full), _INSIDE[ink]) if inside else (above, _VALUE)
        canvas.text(row, left + (width - len(value)) // 2, value, ink)

    def _crosses(self, canvas: Canvas, value: float, row: int) -> bool:
        """Whether text in this row stands at or over a line that the value does not reach: it would seem to."""
        return any(band.least > value and row <= self._line(canvas, band.least)[0] for band in self.bands.all)

    def _style(self, key: int) -> Style:
        """What is written upon a bar is dark on the bar's own colour, in few colours and in gray too."""
        style = super()._style(key)
        if key & 255 not in _INSIDE.values():
            return style
        ground = self.background_colors[1].rich_color
        return Style(color=ground, bgcolor=style.color, bold=True)
