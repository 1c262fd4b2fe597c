"""The ground of every plot: a canvas drawn through Textual's Line API, repainting only what changed.

Each frame is drawn whole into numpy arrays, which is cheap; what costs is text, so only rows that differ from the frame
before become new strips, and only the changed span of each is sent. Regions given to `Widget.refresh` are relative to
the content area (its docstring says screen).
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from surefoot.tui.scene import Scene
from surefoot.tui.widgets.raster import Canvas, Glyphs

DIM = 0.62  # how far the colors of an old picture move toward the ground


class Plot(Widget, can_focus=False):
    """A subclass names its inks and papers, draws `stage` once per size and `paint` once per frame."""

    INKS: ClassVar[tuple[str, ...]] = ()
    """Foregrounds from index 1 on; 0 is an empty cell. A leading "*" means bold."""
    PAPERS: ClassVar[tuple[str, ...]] = ()
    """Backgrounds from index 1 on; used in true color only."""
    SMALLEST: ClassVar[tuple[int, int]] = (4, 1)

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.scene: Scene | None = None
        self.canvas: Canvas | None = None
        self._dim = False
        self._styles: dict[int, Style] = {}
        self._strips: list[Strip] = []
        self._shown: tuple[Glyphs, npt.NDArray[np.uint16]] | None = None

    # ------------------------------------------------------------------------------------ for subclasses

    def stage(self, canvas: Canvas) -> None:
        """Draw what stays the same until the size changes."""

    def paint(self, canvas: Canvas) -> None:
        """Draw one frame over the stage."""
        raise NotImplementedError

    def restage(self) -> None:
        """Draw the stage anew with the next frame: something that it shows has changed."""
        self.canvas = None

    @property
    def tinted(self) -> bool:
        """Dark tints can be shown. With 256 colors they collapse to black or to one loud green: rings only."""
        return self.app.console.color_system == "truecolor" and not self.app.no_color

    # ------------------------------------------------------------------------------------ machinery

    def show(self, scene: Scene) -> None:
        """Take a new scene and draw it."""
        self.scene = scene
        if scene.lost != self._dim:
            self._dim = scene.lost
            self._forget()
        self.draw()

    def draw(self) -> None:
        """Draw the present scene and repaint the difference."""
        columns, rows = self.content_size
        if columns < self.SMALLEST[0] or rows < self.SMALLEST[1] or not self.display:
            return
        if self.canvas is None or (self.canvas.rows, self.canvas.columns) != (rows, columns):
            self.canvas = Canvas(columns, rows)
            self.stage(self.canvas)
            self.canvas.keep()
        self.canvas.restore()
        self.paint(self.canvas)
        glyphs, keys = self.canvas.cells()
        if self._shown is None or self._shown[0].shape != glyphs.shape:
            self._strips = [self._strip(glyphs[y], keys[y]) for y in range(rows)]
            self._shown = glyphs, keys
            self.refresh()
            return
        changed = (glyphs != self._shown[0]) | (keys != self._shown[1])
        self._shown = glyphs, keys
        regions = []
        for y in np.flatnonzero(changed.any(axis=1)).tolist():
            self._strips[y] = self._strip(glyphs[y], keys[y])
            xs = np.flatnonzero(changed[y])
            regions.append(Region(int(xs[0]), y, int(xs[-1] - xs[0]) + 1, 1))
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """The cached row."""
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.content_size.width, self._style(0))

    def notify_style_update(self) -> None:
        """The theme changed: every style is stale."""
        super().notify_style_update()
        self._forget()

    def on_resize(self, event: events.Resize) -> None:
        """Draw at once in the new size, rather than blank until the next frame."""
        self.canvas = None
        self._forget()
        self.draw()

    def _forget(self) -> None:
        self._styles.clear()
        self._shown = None

    def _strip(self, glyphs: Glyphs, keys: npt.NDArray[np.uint16]) -> Strip:
        line = glyphs.astype("<u4").tobytes().decode("utf-32-le")
        cuts = (np.flatnonzero(keys[1:] != keys[:-1]) + 1).tolist()
        key: Any = keys.tolist()
        starts = [0, *cuts]
        ends = [*cuts, len(line)]
        runs = [Segment(line[a:b], self._style(key[a])) for a, b in zip(starts, ends, strict=True)]
        return Strip(runs, len(line))

    def _style(self, key: int) -> Style:
        style = self._styles.get(key)
        if style is None:
            ink, paper = key & 255, key >> 8
            ground = self.background_colors[1]
            back = Color.parse(self.PAPERS[paper - 1]) if paper and self.tinted else ground
            name = self.INKS[ink - 1] if ink else ground.hex
            fore = Color.parse(name.lstrip("*"))
            if self._dim:
                back, fore = back.blend(ground, DIM), fore.blend(ground, DIM)
            style = Style(color=fore.rich_color, bgcolor=back.rich_color, bold=name.startswith("*") or None)
            self._styles[key] = style
        return style
