"""The worst moments: which they are, how far apart, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.plan import plan
from surefoot.playback import Playback
from surefoot.samples import Array
from surefoot.tui.marks import final_at
from surefoot.tui.worst import APART_S, MOST_N, dots, hardest, peaks, widest
from tui_fakes import DROP, RING_MS2, FakePlayback, landings

FIXTURES = Path(__file__).parent.parent / "fixtures" / "polar"

sizes = st.lists(st.floats(0, 100, width=32), max_size=120)


def times(n: int, holes: list[int]) -> Array:
    steps = np.full(n, 0.1)
    steps[[k % n for k in holes]] += 3.0
    return np.cumsum(steps)


@given(size=sizes, holes=st.lists(st.integers(0, 200), max_size=3))
def test_peaks_are_the_largest_local_maxima_and_keep_their_distance(size: list[float], holes: list[int]) -> None:
    values = np.array(size)
    t = times(len(size), holes) if size else np.empty(0)
    found = peaks(t, values)
    assert bool(found) == bool(size)
    assert len(found) <= MOST_N
    if found:
        assert values[found[0]] == values.max()
    assert list(values[found]) == sorted(values[found], reverse=True)
    assert all(abs(t[a] - t[b]) >= APART_S for k, a in enumerate(found) for b in found[:k])
    for i in range(len(size)):
        higher = [k for k in (i - 1, i + 1) if 0 <= k < len(size) and values[k] > values[i]]
        if i in found:
            assert not higher
        elif not higher and len(found) < MOST_N:  # a maximum that was left out lies close to a better one
            assert any(abs(t[i] - t[k]) < APART_S and values[k] >= values[i] for k in found)


@given(size=sizes.filter(bool), factor=st.floats(0.5, 8))
def test_peaks_do_not_depend_on_the_unit(size: list[float], factor: float) -> None:
    t = np.arange(len(size)) / 10
    values = np.round(np.array(size))
    assert peaks(t, values * 2.0 ** round(factor)) == peaks(t, values)


def test_the_whole_track_of_the_dot_is_put_together_from_snapshots() -> None:
    film = FakePlayback(duration_s=95.0)
    rows = film.feed.rows
    assert np.array_equal(dots(film.at, 0.0, 96.0), rows[:, :3])
    inside = (rows[:, 0] >= 11.0) & (rows[:, 0] < 63.5)
    assert np.array_equal(dots(film.at, 11.0, 63.5), rows[inside, :3])


def test_in_a_trial_it_is_told_in_rings_and_outside_in_mg() -> None:
    film = FakePlayback()
    rows = film.feed.rows
    size = np.hypot(rows[:, 1], rows[:, 2])
    inside = (rows[:, 0] >= 8.0) & (rows[:, 0] < 45.0)
    worst, *more = widest(film.at, 8.0, 45.0, in_rings=True)
    assert worst.t_s == rows[inside][np.argmax(size[inside]), 0]
    assert worst.text == f"{size[inside].max() / RING_MS2:.1f} rings"
    assert more
    assert widest(film.at, 0.0, 61.0, in_rings=False)[0].text.endswith(" mg")
    assert widest(lambda t_s: None, 0.0, 10.0, in_rings=True) == []


def test_the_hardest_landing_comes_first_and_those_without_a_score_last() -> None:
    events = [event for landed, scored, _ in landings() for event in (landed, scored)]
    found = hardest(events)
    assert [moment.text for moment in found[:2]] == ["softness 32, landing 1", "softness 44, landing 4"]
    assert found[-1].text == "no score, peak 3.4 g, landing 6"
    assert [moment.t_s for moment in found] == [6.0, 24.0, 12.0, 18.0, 42.0, 30.0, 48.0, 36.0]
    assert hardest([]) == []
    assert FakePlayback(spec=DROP).events == events


@pytest.mark.parametrize("name", ["touch_down", "wobbly"])
def test_on_a_recording_it_is_where_its_own_trace_says(name: str) -> None:
    film = Playback(plan(FIXTURES / f"{name}.jsonl.gz"), name)
    film.load()
    trial = final_at(film.events, 15.0)
    assert trial is not None
    sway = trial[0].sway
    found = widest(film.at, sway.start_s, sway.end_s, in_rings=True)
    assert all(sway.start_s <= moment.t_s < sway.end_s for moment in found)
    shot = film.at(sway.end_s)
    assert shot is not None
    rows = shot.trace[(shot.trace[:, 0] >= sway.start_s) & (shot.trace[:, 0] < sway.end_s)]
    size = np.hypot(rows[:, 1], rows[:, 2])
    assert found[0].t_s == rows[np.argmax(size), 0]
    assert float(found[0].text.split()[0]) > float(found[1].text.split()[0]) > 0
