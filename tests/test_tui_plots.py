"""Bars and timeline on a canvas, and which bars stand there, without a screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.landing_sets import Counted
from surefoot.plan import plan
from surefoot.playback import Playback
from surefoot.snapshot import Snapshot
from surefoot.tui.bands import SOFTNESS
from surefoot.tui.exact import landed
from surefoot.tui.marks import Mark
from surefoot.tui.widgets.bars import WIDEST, Bar, Bars
from surefoot.tui.widgets.landing_panel import bars_of, pending, within_set
from surefoot.tui.widgets.raster import Canvas
from surefoot.tui.widgets.timeline import Timeline

DROPS = Path(__file__).parent.parent / "fixtures" / "polar" / "drops_soft.jsonl.gz"
PANELS = ((74, 5), (74, 7), (74, 9), (114, 15), (194, 35))
"""Cells of the plot in terminals of 80×24 to 200×60."""
ABOVE, UPON = 7, (9, 10, 11, 12)
"""Inks of a value."""


def rows(canvas: Canvas) -> list[str]:
    return ["".join(map(chr, row)) for row in canvas.cells()[0]]


def drawn(size: tuple[int, int], *bars: Bar, slots: int = 8) -> tuple[Bars, Canvas]:
    plot, canvas = Bars(), Canvas(*size)
    plot.put(bars, slots)
    plot.stage(canvas)
    plot.paint(canvas)
    return plot, canvas


# ------------------------------------------------------------------------------------------------ values of bars


@pytest.mark.parametrize("size", PANELS)
@given(value=st.floats(0, 99.99))
def test_a_value_never_stands_above_a_line_that_its_bar_does_not_reach(size: tuple[int, int], value: float) -> None:
    plot, canvas = drawn(size, Bar(1, value))
    said = str(int(value))
    row = next(k for k, text in enumerate(rows(canvas)[:-2]) if said in text[5:])
    ink = int(canvas.cells()[1][row, 5 + rows(canvas)[row][5:].index(said)]) & 255
    if ink == ABOVE:
        assert all(row > plot._line(canvas, band.least)[0] for band in SOFTNESS.all if band.least > value)
    else:
        assert ink in UPON
        assert row >= int(plot._top(canvas, value)) - (value < 1)  # no higher than its bar


def test_a_value_upon_its_bar_is_written_in_an_ink_of_its_own() -> None:
    _, canvas = drawn((74, 7), Bar(1, 61.0), Bar(2, 95.0))
    text, keys = rows(canvas), canvas.cells()[1]
    row = next(k for k, line in enumerate(text) if "61" in line)
    column = text[row].index("61")
    assert text[row][column - 1] == "█"
    assert keys[row, column] & 255 == UPON[1]
    assert keys[row, column - 1] & 255 == 4  # fair
    (best,) = [line for line in text if "95" in line]
    assert "█" not in best  # nothing is above it that it does not reach


# ------------------------------------------------------------------------------------------------ room


@pytest.mark.parametrize("size", PANELS)
@pytest.mark.parametrize("slots", [1, 3, 5, 8, 12])
def test_slots_use_the_width_in_the_middle(size: tuple[int, int], slots: int) -> None:
    _, canvas = drawn(size, *(Bar(k, 90.0) for k in range(1, slots + 1)), slots=slots)
    ground = rows(canvas)[-2][5:]
    filled = [k for k, glyph in enumerate(ground) if glyph == "▀"]
    left, right = filled[0], len(ground) - 1 - filled[-1]
    assert left >= 1
    assert right >= 0
    pitch = min(WIDEST, len(ground) // slots)
    if pitch > 5:
        assert abs(left - right) <= 2
        assert filled[-1] - filled[0] >= (slots - 1) * pitch


# ------------------------------------------------------------------------------------------------ which bars


@pytest.fixture(scope="module")
def film() -> Playback:
    playback = Playback(plan(DROPS), "drops")
    playback.load()
    return playback


def test_a_landing_has_one_bar_at_every_moment_of_its_replay(film: Playback) -> None:
    told = set()
    for t_s in np.arange(0.0, film.duration_s, 0.02).tolist():
        live = film.at(t_s)
        assert live is not None
        for shot in (live, landed(live, film, t_s)):
            bars = bars_of(shot)
            assert [bar.number for bar in bars] == list(range(1, len(bars) + 1))
            assert all(bar.sure for bar in bars[:-1])
            told |= {(bar.number, bar.sure) for bar in bars}
        shown = landed(live, film, t_s)
        assert pending(shown) is None or len(bars_of(shown)) == len(shown.landings) + 1
    assert {(k, sure) for k in (1, 2, 3) for sure in (True, False)} <= told


def test_a_second_set_counts_from_one_wherever_it_is_told(film: Playback) -> None:
    last = film.at(film.duration_s)
    assert last is not None
    (one,) = last.sets
    of_two = (
        replace(one, landings=one.landings[:2], ended="count"),
        replace(one, landings=one.landings[2:3], ended=None),
    )
    shot: Snapshot = replace(last, sets=of_two, landings=last.landings[:3])
    assert [bar.number for bar in bars_of(shot)] == [1]
    assert [within_set(shot, number) for number in (1, 2, 3, 4, 5)] == [1, 2, 1, 2, 3]
    before = replace(shot, sets=of_two[:1], landings=shot.landings[:2])
    assert within_set(before, 3) == 1
    assert [bar.number for bar in bars_of(before)] == [1, 2]


def test_what_is_seen_after_a_set_begins_a_new_one(film: Playback) -> None:
    seen = next(
        shot for t_s in np.arange(0, film.duration_s, 0.02) if (shot := film.at(t_s)) and pending(shot) and shot.sets
    )
    over = replace(seen, sets=(replace(seen.sets[0], ended="count"),))
    assert [(bar.number, bar.sure) for bar in bars_of(over)] == [(1, False)]
    assert bars_of(None) == ()
    assert Counted(1, 50.0).valid


# ------------------------------------------------------------------------------------------------ marks


def marked(columns: int, *marks: Mark, duration_s: float = 100.0) -> str:
    plot, canvas = Timeline(), Canvas(columns, 3)
    plot.duration_s = duration_s
    plot.load(np.zeros(0), list(marks), [])
    plot._marks(canvas)
    return rows(canvas)[0].rstrip()


def test_a_word_stands_before_its_mark_where_only_there_is_room() -> None:
    start, end = Mark(10.0, "▸", "start", "fair"), Mark(98.0, "▼", "touch-down", "accent")
    assert marked(78, start, end) == f"{'':7}▸ start{'':51}touch-down ▼"
    assert marked(78, end) == f"{'':65}touch-down ▼"


def test_a_word_never_covers_another() -> None:
    end = Mark(98.0, "▼", "touch-down", "accent")
    touch = Mark(80.0, "▾", "touch", "warn")
    assert marked(78, touch, end) == f"{'':62}▾ touch{'':7}▼"  # 7 cells are too few
    assert marked(78, Mark(75.0, "▾", "touch", "warn"), end) == f"{'':58}▾ touch{'':11}▼"
    assert marked(78, Mark(74.0, "▾", "touch", "warn"), end) == f"{'':57}▾ touch touch-down ▼"
    assert marked(78, Mark(97.0, "▾", "touch", "warn"), end) == f"{'':69}touch ▾▼"


def test_landings_without_room_keep_their_number_alone() -> None:
    marks = [Mark(10.0 * k, "◆", f"landing {k}", "accent", str(k)) for k in range(1, 10)]
    assert marked(60, *marks).split() == [f"◆{k}" for k in range(1, 10)]


@given(st.lists(st.floats(0, 100), max_size=12), st.integers(20, 200))
def test_every_word_that_stands_there_stands_whole(times: list[float], columns: int) -> None:
    marks = [Mark(t_s, "▾", "touch", "warn") for t_s in sorted(times)]
    left = marked(columns, *marks).replace("▾ touch", "").replace("touch ▾", "").replace("▾", "")
    assert left.strip() == ""
