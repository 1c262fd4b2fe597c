"""A recording as a film: any moment, in any order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from surefoot.playback import STEP_S, Playback
from surefoot.results import plan, replay

FIXTURES = Path(__file__).parent.parent / "fixtures" / "polar"


@pytest.fixture(scope="module")
def film() -> Playback:
    playback = Playback(plan(FIXTURES / "touch_down.jsonl.gz"), "touch_down")
    playback.load()
    return playback


def test_it_holds_the_whole_recording_and_its_events(film: Playback) -> None:
    assert film.complete
    assert film.failure is None
    assert film.duration_s == pytest.approx(27.4, abs=0.3)
    assert film.events == list(replay(FIXTURES / "touch_down.jsonl.gz"))


def test_a_moment_is_the_newest_snapshot_before_it(film: Playback) -> None:
    for t_s in np.linspace(0, film.duration_s, 60):
        shot = film.at(float(t_s))
        assert shot is not None
        assert shot.t_s <= max(t_s, 0.2) + 1e-9
        assert t_s - shot.t_s < STEP_S + 0.19  # one packet of the strap


def test_the_state_of_the_hold_follows_the_time(film: Playback) -> None:
    states = []
    for t_s in (1.0, 4.0, 12.0, 26.5):
        shot = film.at(t_s)
        assert shot is not None
        assert shot.hold is not None
        states.append((shot.hold.state, len(shot.trials)))
    assert states == [("ready", 0), ("countdown", 0), ("holding", 0), ("ready", 1)]


def test_before_the_beginning_and_after_the_end_there_is_a_picture(film: Playback) -> None:
    first, last = film.at(-5), film.at(1e9)
    assert first is not None
    assert last is not None
    assert last.t_s == film.duration_s


def test_the_envelope_shows_where_it_was_wild(film: Playback) -> None:
    shape = film.envelope(30)
    assert shape.shape == (30,)
    wildest_s = (int(np.argmax(shape)) + 0.5) / 30 * film.duration_s
    assert wildest_s == pytest.approx(23.0, abs=2.0)  # the fall before the touch-down


def test_a_damaged_file_shows_what_came_before_the_damage(tmp_path: Path) -> None:
    import gzip

    lines = gzip.decompress((FIXTURES / "steady.jsonl.gz").read_bytes()).split(b"\n")
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join([*lines[:100], b""]))
    planned = plan(path)
    lines[80] = b"{oops}"
    path.write_bytes(b"\n".join(lines))
    playback = Playback(planned, "a")
    playback.start()
    while not playback.complete:
        pass
    assert playback.failure is not None
    assert "line 81" in playback.failure
    assert playback.duration_s > 10
