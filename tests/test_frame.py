"""Tilt, stillness, gravity, clipping."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.frame import Level, Stillest, clipped_axes, to_up, up_vector
from surefoot.samples import G0_MS2, Array, ImuBlock

unit = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


def block(acc: Array, rate_hz: float = 100.0, t0: float = 0.0, gap_s: float = 0.0) -> ImuBlock:
    return ImuBlock(t0 + np.arange(len(acc)) / rate_hz, acc, None, rate_hz, gap_s)


@given(v=unit)
def test_up_becomes_vertical_and_lengths_and_handedness_stay(v: tuple[float, float, float]) -> None:
    up = np.array(v) / np.linalg.norm(v)
    turn = to_up(up)
    np.testing.assert_allclose(turn @ up, [0, 0, 1], atol=1e-9)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(turn[[1, 0, 2]]) == pytest.approx(1)  # (ML, AP, V) is right-handed


def test_upside_down_is_a_half_turn() -> None:
    np.testing.assert_allclose(to_up(np.array([0.0, 0.0, -1.0])) @ [0, 0, -1], [0, 0, 1])


def test_a_small_tilt_leaves_the_axes_nearly_where_they_were() -> None:
    up = np.array([0.05, 0.02, 1.0]) / np.linalg.norm([0.05, 0.02, 1.0])
    ml, ap = to_up(up)[1], to_up(up)[0]
    assert ml[0] > 0.99
    assert ap[1] > 0.99


def test_free_fall_has_no_up() -> None:
    assert up_vector(np.zeros((5, 3))) is None


def test_the_stillest_second_is_found_and_judged() -> None:
    rng = np.random.default_rng(1)
    loud = np.array([0, 0, G0_MS2]) + rng.normal(0, 3, (500, 3))
    quiet = np.array([0, 0, 9.7]) + rng.normal(0, 0.01, (150, 3))
    stillest = Stillest(100.0)
    stillest.update(block(loud))
    assert stillest.gravity()[1] == "gravity_unchecked"
    stillest.update(block(quiet, t0=5.0))
    reads, fault = stillest.gravity()
    assert reads == pytest.approx(9.7, abs=0.01)
    assert fault is None
    wrong = Stillest(100.0)
    wrong.update(block(quiet * 1.09))
    assert wrong.gravity()[1] == "gravity"


def test_gravity_that_an_app_removed_is_told_from_a_dead_sensor() -> None:
    rng = np.random.default_rng(1)
    removed, dead = Stillest(100.0), Stillest(100.0)
    removed.update(block(rng.normal(0, 0.05, (150, 3))))
    dead.update(block(np.zeros((150, 3))))
    assert removed.gravity()[1] == "linear_acceleration"
    assert dead.gravity()[1] == "gravity"


def test_gravity_by_a_time_knows_nothing_of_later_seconds() -> None:
    rng = np.random.default_rng(1)
    acc = np.array([0, 0, G0_MS2]) + rng.normal(0, 3, (500, 3))
    acc[300:] = [0, 0, G0_MS2]
    stillest = Stillest(100.0)
    stillest.update(block(acc))
    assert stillest.gravity(by_s=3.9)[1] == "gravity_unchecked"
    assert stillest.gravity(by_s=4.0) == stillest.gravity() == (G0_MS2, None)


def test_a_second_is_never_put_together_over_a_gap() -> None:
    quiet = np.tile([0.0, 0.0, G0_MS2], (60, 1))
    stillest = Stillest(100.0)
    stillest.update(block(quiet))
    stillest.update(block(quiet, t0=5.0, gap_s=4.0))
    assert stillest.gravity() == (None, "gravity_unchecked")


@given(cuts=st.lists(st.integers(1, 70), min_size=1, max_size=20))
def test_levelling_does_not_depend_on_blocks(cuts: list[int]) -> None:
    acc = np.array([1.0, -2.0, 9.5]) + np.random.default_rng(2).normal(0, 0.1, (sum(cuts), 3))
    whole = Level(100.0).update(block(acc)).acc
    level = Level(100.0)
    edges = np.cumsum([0, *cuts])
    parts = [level.update(block(acc[a:b])).acc for a, b in itertools.pairwise(edges)]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-12)


def test_a_held_tilt_stays_until_released() -> None:
    still = np.tile([0.0, 0.0, G0_MS2], (200, 1))
    tilted = np.tile([1.0, 0.0, 9.755], (200, 1))
    level = Level(100.0)
    level.update(block(still))
    level.hold(None)
    assert level.update(block(tilted)).acc[-1, 1] == pytest.approx(1.0)
    level.release()
    level.update(block(tilted))
    np.testing.assert_allclose(level.update(block(tilted)).acc[-1, :2], 0, atol=1e-9)


def test_clipping_by_range_and_by_extremes_that_repeat() -> None:
    acc = np.zeros((20, 3))
    acc[5:9, 1] = 4 * G0_MS2
    acc[12:15, 2] = -5.0  # a flat stretch far below any sensor's limit
    assert clipped_axes(acc, None) == (False, True, False)
    assert clipped_axes(acc, 4 * G0_MS2) == (False, True, False)
    assert clipped_axes(acc, 16 * G0_MS2) == (False, False, False)
    acc[6:8, 1] -= 0.1
    assert clipped_axes(acc, None) == (False, True, False)  # twice, not side by side: 4 g is a full scale
    acc[8, 1] -= 0.1
    assert clipped_axes(acc, None) == (False, False, False)


@pytest.mark.parametrize(
    ("size_g", "times", "clipped"),
    [
        (2.04, 2, True),  # a micro:bit of ±2 g
        (8.0, 2, True),
        (-16.0, 2, True),
        (8.0, 1, False),
        (5.3, 2, False),  # no sensor has this range: two equal samples may be chance
        (5.3, 3, False),
        (1.0, 9, False),
    ],
)
def test_an_extreme_near_a_full_scale_that_comes_twice_is_a_limit(size_g: float, times: int, clipped: bool) -> None:
    acc = np.random.default_rng(1).normal((0, 0, G0_MS2), 0.3, (30, 3))
    acc[4 : 4 + 3 * times : 3, 0] = size_g * G0_MS2
    assert clipped_axes(acc, None) == (clipped, False, False)
    if times == 3:
        acc[5:7, 0] = size_g * G0_MS2
        assert clipped_axes(acc, None) == (True, False, False)  # three in a row, whatever the range
