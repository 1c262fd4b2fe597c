"""Three accelerations over the last ten seconds, as an envelope per dot column, on the session's time grid.

A sample's column depends on its session time alone: nothing that was drawn moves until the pen comes round again.
Sweeping (the default) repaints a third less than scrolling, and is calmer to the eye.
"""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from surefoot.samples import G0_MS2, Array, Ints
from surefoot.snapshot import Snapshot
from surefoot.tui.palette import FAINT, GREEN, MUTED, ORANGE, SKY, TEXT, TONES
from surefoot.tui.sentences import lost_label
from surefoot.tui.widgets.plot import Plot
from surefoot.tui.widgets.raster import Canvas, envelope, polyline
from surefoot.tui.words import MG_MS2

SPAN_S: Final = 10
PEN_GAP: Final = 8  # dots kept free ahead of the pen
SCALES_MG: Final = (50, 100, 200, 500)
SHRINK: Final = 0.8  # the next smaller scale only when the trace would fill less than this of it
GUTTER: Final = 8  # cells for the labels

# Without a known heading the two horizontal axes are at right angles, but which is forward nobody knows.
TRACES: Final = (("H1", "", 3, 0.0), ("H2", "", 4, 0.0), ("V up", "−1 g", 5, G0_MS2))
"""Name, offset as text, column of the trace, offset."""
HEADED: Final = ("forward", "right", "V up")
"""Names where the heading is known; + is that way."""

_GRID, _ZERO, _SCALE, _GAP, _TRACE, _LOST, _MARK = 1, 2, 3, 4, 5, 11, 13


def wobbles(snapshot: Snapshot) -> list[tuple[float, str]]:
    """Time and kind of what is unsteady in the running hold, or was in the last one."""
    hold, trials = snapshot.hold, snapshot.trials
    if hold is not None and hold.hold_s is not None:
        marks = hold.unsteady
    else:
        marks = trials[-1][0].instabilities if trials and hold is not None else ()
    return [(one.t_s, one.kind) for one in marks]


def scale_for(peak_mg: float, current_mg: int) -> int:
    """The scale (±mg) for a peak: larger at once, smaller only when there is room to spare."""
    for scale in SCALES_MG:
        if peak_mg <= (scale * SHRINK if scale < current_mg else scale):
            return scale
    return SCALES_MG[-1]


class StripChart(Plot):
    """Grid lines at whole seconds; a hatched stretch where samples are missing."""

    INKS: ClassVar[tuple[str, ...]] = (
        "#222e38",
        "#3a4855",
        FAINT,
        TONES["bad"],
        SKY,
        ORANGE,
        GREEN,
        f"*{SKY}",
        f"*{ORANGE}",
        f"*{GREEN}",
        f"*{TEXT}",
        MUTED,
        f"*{TONES['warn']}",
    )
    SMALLEST: ClassVar[tuple[int, int]] = (GUTTER + 10, 6)

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sweeping = True
        self.scale_mg = SCALES_MG[0]
        self._headed = False

    def toggle(self) -> None:
        """Sweep or scroll."""
        self.sweeping = not self.sweeping
        self.restage()

    def draw(self) -> None:
        """Follow the scale, then draw."""
        snapshot = self.scene.snapshot if self.scene else None
        if snapshot is not None and snapshot.yaw_known != self._headed:
            self._headed = snapshot.yaw_known
            self.restage()
        if snapshot is not None and len(snapshot.trace):
            start = np.searchsorted(snapshot.trace[:, 0], snapshot.trace[-1, 0] - SPAN_S)
            levels = snapshot.trace[start:, 3:6] - np.array([offset for *_, offset in TRACES])
            scale = scale_for(float(np.abs(levels).max()) / MG_MS2, self.scale_mg)
            if scale != self.scale_mg:
                self.scale_mg = scale
                self.restage()
        super().draw()

    def _bands(self, canvas: Canvas) -> list[tuple[int, int]]:
        """(first row, rows) of each trace; spare rows stay between them."""
        rows = canvas.rows // 3
        spare = canvas.rows - 3 * rows
        return [(i * rows + min(i, spare), rows) for i in range(3)]

    def stage(self, canvas: Canvas) -> None:
        """Zero lines, seconds when sweeping, scales and names."""
        columns = (canvas.columns - GUTTER) * 2
        if self.sweeping:
            self._seconds(canvas, np.arange(SPAN_S) * columns // SPAN_S)
        names = HEADED if self._headed else [name for name, *_ in TRACES]
        for name, (_, offset, *_), (top, rows), ink in zip(names, TRACES, self._bands(canvas), range(3), strict=True):
            middle = top * 4 + rows * 2
            xs = np.arange(GUTTER * 2, canvas.dots_x, 3)
            canvas.dots(xs, np.full_like(xs, middle), _ZERO)
            row = middle // 4
            canvas.text(row, 0, name, _TRACE + 3 + ink)
            if offset and rows >= 5:
                canvas.text(row + 1, 0, offset, _SCALE)
            if rows < 3:  # no room beside the name; the title says the scale
                continue
            unit = " mg" if rows >= 5 and self.scale_mg < 100 else ""
            canvas.text(top, 0, f"+{self.scale_mg}{unit}", _SCALE)
            canvas.text(top + rows - 1, 0, f"−{self.scale_mg}{unit}", _SCALE)

    def _seconds(self, canvas: Canvas, columns: Ints) -> None:
        ys = np.arange(0, canvas.dots_y, 2)
        xs = np.repeat(columns + GUTTER * 2, len(ys))
        canvas.dots(xs, np.tile(ys, len(columns)), _GRID)

    def paint(self, canvas: Canvas) -> None:
        """Seconds when scrolling, the traces, gaps."""
        scene = self.scene
        if scene is None or scene.snapshot is None:
            return
        if not len(scene.snapshot.trace):
            return
        self._traces(canvas, scene.snapshot)
        if scene.lost:
            label = f" {lost_label(scene)} "
            canvas.text(0, (canvas.columns - len(label) + GUTTER) // 2, label, _LOST)

    def _traces(self, canvas: Canvas, snapshot: Snapshot) -> None:
        dots = (canvas.columns - GUTTER) * 2
        per_s = dots / SPAN_S
        trace = snapshot.trace
        last = int(np.floor(trace[-1, 0] * per_s))
        oldest = last + 1 - (dots - PEN_GAP if self.sweeping else dots)
        start = int(np.searchsorted(trace[:, 0], oldest / per_s))
        rows = trace[start:]
        columns: Ints = np.floor(rows[:, 0] * per_s).astype(np.int64)

        def across(absolute: Ints) -> Ints:
            """Absolute dot column → dot on the canvas."""
            return GUTTER * 2 + (absolute % dots if self.sweeping else absolute - last + dots - 1)

        if not self.sweeping:
            seconds = np.arange(int(np.ceil(oldest / per_s)), int(last / per_s) + 1)
            marks = np.floor(seconds * per_s).astype(np.int64)
            self._seconds(canvas, across(marks[(marks >= oldest) & (marks >= 0)]) - GUTTER * 2)
        joined = np.diff(rows[:, 0]) < 2.5 / max(snapshot.sensor.rate_hz, 1e-9)
        sparse = snapshot.sensor.rate_hz < 1.2 * per_s
        for ink, ((_, _, field, offset), (top, height)) in enumerate(zip(TRACES, self._bands(canvas), strict=True)):
            level = (rows[:, field] - offset) / (self.scale_mg * MG_MS2)
            ys = self._heights(level, top, height)
            if sparse:
                xs, y, _ = polyline(rows[:, 0] * per_s - 0.5, ys.astype(np.float64), joined)
                xs = np.clip(xs, oldest, last)
            else:
                xs, y = envelope(columns, ys)
            canvas.dots(across(xs), y, _TRACE + ink, alone=True)
        for i in np.flatnonzero(~joined).tolist():
            missing = np.arange(columns[i] + 1, max(columns[i + 1], columns[i] + 2))
            for cell in np.unique(across(missing) // 2).tolist():
                for row in range(canvas.rows):
                    canvas.text(row, cell, "╱", _GAP)
        for t_s, word in wobbles(snapshot):
            column = int(np.floor(t_s * per_s))
            if oldest <= column <= last:
                cell = int(across(np.array([column]))[0]) // 2
                text = f"▾ {word}"
                canvas.text(0, cell if cell + len(text) <= canvas.columns else cell - len(text) + 1, text, _MARK)

    def _heights(self, level: Array, top: int, rows: int) -> Ints:
        """−1…1 → dot rows of a band; what lies beyond is cut off at its edge."""
        half = rows * 2 - 1
        return np.rint(top * 4 + rows * 2 - np.clip(level, -1, 1) * half).astype(np.int64)
