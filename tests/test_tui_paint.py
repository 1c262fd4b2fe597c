"""Painting a little at a time must end in the same picture as painting all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rich.console import RenderableType
from textual._compositor import CompositorUpdate  # private in Textual 8: what is written to a terminal
from textual.pilot import Pilot
from textual.screen import Screen

from surefoot.tui.app import Surefoot
from surefoot.tui.widgets.foot import Foot
from surefoot.tui.widgets.plot import Plot
from tui_fakes import HOLD, Stage, act, landings, trial

pyte = pytest.importorskip("pyte")

SCREENS = ["stand", "landings", "replay"]


async def live_through(stage: Stage, pilot: Pilot[None], seed: int) -> None:
    """Uneven steps with everything that can happen in between."""
    rng = np.random.default_rng(seed)
    for i, step_s in enumerate(rng.uniform(0.02, 0.4, 36)):
        if stage.feed:
            if i == 8:
                stage.feed.change(trials=(trial(1, 20.0, 71.0),), landings=landings()[:5])
            if i == 14:
                stage.feed.change(sensor=replace(stage.feed.sensor, state="lost", silence_s=2.0))
            if i == 18:
                stage.feed.change(sensor=stage.feed.sensor, notes=("a note",))
            if i == 24:
                stage.feed.change(notes=(), spec=replace(stage.feed.spec, leg="right"))
            if i == 30:
                stage.feed.change(landings=landings()[:7])
        elif i in (10, 20):
            await pilot.press("shift+right")
        if i in (12, 27):
            await pilot.press("t")
        await stage.frames(pilot, float(step_s))


@pytest.mark.parametrize("screen", SCREENS)
def test_strips_painted_step_by_step_equal_a_full_paint(screen: str) -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await live_through(stage, pilot, 1)
        plots = [plot for plot in stage.app.screen.query(Plot) if plot.canvas is not None]
        assert len(plots) >= 5 - (screen == "stand")
        for plot in plots:
            kept = [list(plot.render_line(y)) for y in range(plot.content_size.height)]
            plot.restage()
            plot.notify_style_update()
            plot.draw()
            assert kept == [list(plot.render_line(y)) for y in range(plot.content_size.height)]

    act(lambda: Stage(screen), scenario)


class Spied(Surefoot):
    """Keeps a terminal that received every byte that a real one would have."""

    def __init__(self, *args: Any, size: tuple[int, int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.terminal = pyte.Screen(*size)
        self.stream = pyte.Stream(self.terminal)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, CompositorUpdate):
            self.stream.feed(renderable.render_segments(self.console))
        super()._display(screen, renderable)

    def cells(self) -> list[list[tuple[object, ...]]]:
        rows, columns = range(self.terminal.lines), range(self.terminal.columns)
        cells = [[self.terminal.buffer[y][x] for x in columns] for y in rows]
        # the color of a blank is not to be seen
        return [[(c.data, c.fg if c.data.strip() else "", c.bg, c.bold) for c in row] for row in cells]


def spied(screen: str, size: tuple[int, int]) -> Callable[[], Stage]:
    def kind(*args: Any, **options: Any) -> Surefoot:
        return Spied(*args, size=size, **options)

    return lambda: Stage(screen, kind=kind, spec=HOLD if screen == "replay" else None)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("screen", SCREENS)
def test_all_updates_together_equal_one_full_repaint(screen: str, size: tuple[int, int]) -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        app = stage.app
        assert isinstance(app, Spied)
        await live_through(stage, pilot, 2)
        painted = app.cells()
        app.terminal.reset()
        for widget in app.screen.walk_children():
            widget.refresh()  # each: a repaint of the screen alone would reuse the cached lines and hide a fault
        app.screen.refresh(layout=True)
        await pilot.pause()
        await pilot.pause()
        assert painted == app.cells()
        assert app.screen.query_one(Foot).display

    act(spied(screen, size), scenario, size)
