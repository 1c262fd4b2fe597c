"""The dot in its rings: planar acceleration in mg with a fading trail of four seconds.

Decimation and fading are locked to the absolute sample index, so that old dots stay where they are and only the ends of
the trail repaint.
"""

from __future__ import annotations

import math
import textwrap
from typing import ClassVar, Final

import numpy as np
from textual.color import Color

from surefoot.samples import Array, Ints
from surefoot.tui.bands import ZONES
from surefoot.tui.palette import FAINT, GREEN, GRID, MUTED, ORANGE, TEXT, TONES, WHITE
from surefoot.tui.sentences import NO_PICTURE, hidden, lost_label
from surefoot.tui.widgets.plot import Plot
from surefoot.tui.widgets.raster import Bytes, Canvas, polyline
from surefoot.tui.words import MG_MS2, mg
from surefoot.tui.zones import ZoneWatch, zone_of

TRAIL_S: Final = 4.0
AGES: Final = 8  # half a second each
POINTS_HZ: Final = 50.0  # the dot is low-passed at 5 Hz; more points draw the same line
EDGE_RINGS: Final = 3.25  # the plot ends a little beyond the third ring
PLAIN_RING_MS2: Final = 20 * MG_MS2  # without a band: rings at 20, 40, 60 mg, and no zones

_GRID, _RING, _RING_TEXT = 1, 2, 3
_TRAIL = 4
_HEAD = _TRAIL + AGES  # + zone; then the head without a zone, words of the zones, the label of an old picture
_WORD, _LOST = _HEAD + 4, _HEAD + 7


def _fading(old: str, new: str) -> tuple[str, ...]:
    a, b = Color.parse(old), Color.parse(new)
    return tuple(a.blend(b, (i / (AGES - 1)) ** 1.4).hex for i in range(AGES))


class SwayPlot(Plot):
    """Rings at 1×, 2× and 3× the person's band, zones named at them, the dot of the body in the middle of it."""

    INKS: ClassVar[tuple[str, ...]] = (
        GRID,
        FAINT,
        MUTED,
        *_fading("#35617f", "#bfeaff"),
        "#7af5c8",
        "#ffd75e",
        "#ff9a5c",
        WHITE,
        GREEN,
        ORANGE,
        TONES["bad"],
        f"*{TEXT}",
    )
    PAPERS: ClassVar[tuple[str, ...]] = ("#10302a", "#262514", "#2a1b15")
    SMALLEST: ClassVar[tuple[int, int]] = (12, 6)

    def __init__(self, id: str | None = None, cell_aspect: float = 2.0) -> None:
        super().__init__(id=id)
        self.cell_aspect = cell_aspect
        self.zone: int | None = None
        self._watch = ZoneWatch()
        self._ring_ms2 = 0.0
        self._headed = False

    @property
    def ring_ms2(self) -> float:
        """Radius of the first ring."""
        return self._ring_ms2 or PLAIN_RING_MS2

    def _place(self, forward: Array, right: Array, canvas: Canvas) -> tuple[Array, Array]:
        """m/s² → dots. A dot is half a cell wide and a quarter of a cell high."""
        unit = min(canvas.columns, canvas.rows * self.cell_aspect) / 2 / (EDGE_RINGS * self.ring_ms2)
        x = canvas.dots_x / 2 - 0.5 + right * unit * 2
        return x, canvas.dots_y / 2 - 0.5 - forward * unit * 4 / self.cell_aspect

    # ------------------------------------------------------------------------------------ what stays

    def stage(self, canvas: Canvas) -> None:
        """Cross, rings, zone tints and their words."""
        across, down = np.arange(1, canvas.dots_x, 4), np.arange(1, canvas.dots_y, 4)
        canvas.dots(across, np.full_like(across, canvas.dots_y // 2), _GRID)
        canvas.dots(np.full_like(down, canvas.dots_x // 2), down, _GRID)
        turn = np.linspace(0, 2 * np.pi, 1500, endpoint=False)
        for times in (3, 2, 1):
            x, y = self._place(times * self.ring_ms2 * np.cos(turn), times * self.ring_ms2 * np.sin(turn), canvas)
            canvas.dots(np.rint(x).astype(np.int64), np.rint(y).astype(np.int64), _RING)
        if self._ring_ms2:
            self._tint(canvas)
        self._name_rings(canvas)
        if self._headed:
            canvas.text(0, 0, "↑ forward", _RING_TEXT)
            canvas.text(canvas.rows // 2 - 1, canvas.columns - 7, "right →", _RING_TEXT)

    def _tint(self, canvas: Canvas) -> None:
        """Fill a cell only if its farthest corner lies inside the ring: color never leaks out."""
        ones = np.ones(1)
        left, _ = self._place(0 * ones, 0 * ones, canvas)
        ring_x, ring_y = self._place(self.ring_ms2 * ones, self.ring_ms2 * ones, canvas)
        unit_x, unit_y = ring_x - left, (canvas.dots_y / 2 - 0.5) - ring_y
        x = np.abs(np.arange(canvas.columns) * 2 + 1 - canvas.dots_x / 2) + 1
        y = np.abs(np.arange(canvas.rows) * 4 + 2 - canvas.dots_y / 2) + 2
        rings = np.hypot((x / unit_x)[None, :], (y / unit_y)[:, None])
        canvas.paper[:] = np.select([rings <= 1, rings <= 2, rings <= 3], [1, 2, 3], 0)

    def _name_rings(self, canvas: Canvas) -> None:
        """The radius beside each ring; the word of its zone upon it, as heights are written upon the lines of a map."""
        for times in (1, 2, 3):
            radius = np.array([times * self.ring_ms2 * math.sqrt(0.5)])
            x, y = self._place(radius, radius, canvas)
            text = f"{mg(times * self.ring_ms2):.0f}" + (" mg" if times == 3 else "")
            canvas.text(int(y[0]) // 4, min(int(x[0]) // 2 + 2, canvas.columns - len(text)), text, _RING_TEXT)
        if not self._ring_ms2:
            return
        for times, band in enumerate(ZONES, start=1):
            _, y = self._place(np.array([times * self.ring_ms2]), np.zeros(1), canvas)
            word = f" {band.word} "
            canvas.text(round(float(y[0])) // 4, (canvas.columns - len(word)) // 2, word, _WORD + times - 1)

    # ------------------------------------------------------------------------------------ what moves

    def draw(self) -> None:
        """Follow the ring and the zone, then draw."""
        snapshot = self.scene.snapshot if self.scene else None
        ring = snapshot.hold.ring_ms2 if snapshot and snapshot.hold else 0.0
        if ring != self._ring_ms2:
            self._ring_ms2 = ring
            self.restage()
        if snapshot is not None and snapshot.yaw_known != self._headed:
            self._headed = snapshot.yaw_known
            self.restage()
        if snapshot is not None:
            self.zone = self._watch.update(snapshot.trace, snapshot.first_index, snapshot.sensor.rate_hz, ring)
            if self.zone is not None and self.scene is not None and self.scene.still:
                forward, right = snapshot.trace[-1, 1:3].tolist()
                self.zone = zone_of(math.hypot(forward, right) / ring, 0)
        super().draw()

    def paint(self, canvas: Canvas) -> None:
        """The trail, oldest first, then the head."""
        scene = self.scene
        if scene is None or scene.snapshot is None:
            return
        if hidden(scene):
            self._hide(canvas)
            return
        snapshot, rate = scene.snapshot, scene.snapshot.sensor.rate_hz
        if len(snapshot.trace) and rate > 0:
            self._trail(canvas, snapshot.trace, snapshot.first_index, rate)
        if scene.lost:
            label = f" {lost_label(scene)} "
            canvas.text(canvas.rows - 2, (canvas.columns - len(label)) // 2, label, _LOST)

    def _hide(self, canvas: Canvas) -> None:
        canvas.clear()
        for k, line in enumerate(textwrap.wrap(NO_PICTURE, canvas.columns - 4)):
            canvas.text(canvas.rows // 2 + k - 1, (canvas.columns - len(line)) // 2, line, _LOST)

    def _trail(self, canvas: Canvas, trace: Array, first: int, rate_hz: float) -> None:
        step = max(1, round(rate_hz / POINTS_HZ))
        newest = first + len(trace) - 1
        index = np.arange(max(first, newest - math.ceil(TRAIL_S * rate_hz)), newest + 1)
        index = index[(index % step == 0) | (index == newest)]
        rows = trace[index - first]
        t, forward, right = rows[:, 0], rows[:, 1], rows[:, 2]
        x, y = self._place(forward, right, canvas)
        joined = np.diff(t) < 2.5 * step / rate_hz  # no line across missing samples
        bucket = max(1, round(TRAIL_S / AGES * rate_hz))
        age = newest // bucket - index // bucket
        inks: Bytes = (_TRAIL + np.clip(AGES - 1 - age, 0, AGES - 1)).astype(np.uint8)
        dots_x, dots_y, point = polyline(x, y, joined)
        canvas.dots(dots_x, dots_y, inks[point], alone=True)
        self._head(canvas, float(x[-1]), float(y[-1]))

    def _head(self, canvas: Canvas, x: float, y: float) -> None:
        """A round dot; beyond the edge it stays at the edge, so that it is never lost from sight."""
        cx, cy = canvas.dots_x / 2 - 0.5, canvas.dots_y / 2 - 0.5
        out = max(abs(x - cx) / (cx - 2), abs(y - cy) / (cy - 2), 1.0)
        px, py = round(cx + (x - cx) / out), round(cy + (y - cy) / out)
        dx, dy = np.meshgrid(np.arange(-2, 3), np.arange(-2, 3))
        disc = dx**2 + dy**2 <= 5
        xs: Ints = dx[disc] + px
        lost = self.scene is not None and self.scene.lost
        plain = lost or self.zone is None
        canvas.dots(xs, dy[disc] + py, _HEAD + 3 if plain else _HEAD + (self.zone or 0), over=True, alone=True)
