"""Dots, lines and envelopes, without a screen."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surefoot.tui.widgets.raster import BRAILLE, Canvas, envelope, polyline, runs

DOTS_OF_THE_STANDARD = [(0, 0, 0x01), (0, 1, 0x02), (0, 2, 0x04), (1, 0, 0x08), (1, 1, 0x10), (1, 2, 0x20)]
DOTS_OF_THE_STANDARD += [(0, 3, 0x40), (1, 3, 0x80)]


def test_each_dot_is_the_bit_that_unicode_gives_it() -> None:
    for x, y, bit in DOTS_OF_THE_STANDARD:
        canvas = Canvas(3, 2)
        canvas.dots(np.array([2 + x]), np.array([4 + y]), 1)
        glyphs, keys = canvas.cells()
        assert glyphs[1, 1] == BRAILLE + bit
        assert (glyphs != ord(" ")).sum() == 1
        assert keys[1, 1] == 1


def test_dots_outside_are_dropped() -> None:
    canvas = Canvas(2, 2)
    canvas.dots(np.array([-1, 4, 0, 0]), np.array([0, 0, -1, 8]), 1)
    assert (canvas.cells()[0] == ord(" ")).all()


def test_the_ink_put_last_wins_and_blank_cells_have_none() -> None:
    canvas = Canvas(2, 1)
    canvas.dots(np.array([0, 1]), np.array([0, 1]), np.array([5, 3], np.uint8))
    assert canvas.cells()[1].tolist() == [[3, 0]]
    canvas.paper[0, 1] = 2
    assert canvas.cells()[1].tolist() == [[3, 512]]


def test_text_is_cut_at_both_edges_and_hides_dots_unless_they_go_over_it() -> None:
    canvas = Canvas(4, 1)
    canvas.text(0, -1, "abcdefg", 7)
    canvas.text(3, 0, "below", 7)
    canvas.dots(np.array([0]), np.array([0]), 2)
    glyphs, keys = canvas.cells()
    assert "".join(map(chr, glyphs[0])) == "bcde"
    assert keys[0].tolist() == [7] * 4
    canvas.dots(np.array([0]), np.array([0]), 2, over=True)
    glyphs, keys = canvas.cells()
    assert glyphs[0, 0] == BRAILLE + 1
    assert keys[0, 0] == 2


def test_restore_goes_back_to_what_was_kept() -> None:
    canvas = Canvas(4, 2)
    canvas.text(0, 0, "ab", 1)
    canvas.keep()
    glyphs, keys = canvas.cells()
    canvas.text(0, 0, "xyz", 2)
    canvas.dots(np.array([5]), np.array([5]), 3)
    canvas.paper[1] = 1
    canvas.restore()
    assert np.array_equal(canvas.cells()[0], glyphs)
    assert np.array_equal(canvas.cells()[1], keys)


points = st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=2, max_size=20)


@given(points)
def test_a_polyline_has_no_holes_and_meets_every_point(found: list[tuple[float, float]]) -> None:
    xs, ys = np.array(found).T
    x, y, point = polyline(xs, ys)
    assert max(np.abs(np.diff(x)).max(), np.abs(np.diff(y)).max()) <= 1
    last = np.append(np.flatnonzero(np.diff(point)), len(point) - 1)
    for drawn, exact in ((x[last], xs), (y[last], ys)):  # to the nearest dot; ties may go either way
        assert (np.abs(drawn - exact) <= 0.5 + 1e-9).all()


def test_a_torn_polyline_leaves_the_hole() -> None:
    xs = np.array([0.0, 4.0, 20.0, 24.0])
    x, y, _ = polyline(xs, np.zeros(4), np.array([True, False, True]))
    assert x.tolist() == [0, 1, 2, 3, 4, 20, 21, 22, 23, 24]
    assert not y.any()


def test_an_envelope_joins_neighbors_but_not_across_missing_columns() -> None:
    columns = np.array([0, 0, 1, 1, 5])
    heights = np.array([2, 4, 9, 10, 0])
    xs, ys = envelope(columns, heights)
    drawn = {x: sorted(y for i, y in zip(xs.tolist(), ys.tolist(), strict=True) if i == x) for x in set(xs.tolist())}
    assert drawn == {0: [2, 3, 4], 1: [5, 6, 7, 8, 9, 10], 5: [0]}


def test_runs_counts_up_in_each_run() -> None:
    assert runs(np.array([3, 1, 2])).tolist() == [0, 1, 2, 0, 0, 1]
    assert len(runs(np.array([], np.int64))) == 0
