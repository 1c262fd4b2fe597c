"""A recording as a film: any moment, in any order."""

from __future__ import annotations

import csv
import gzip
import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import surefoot
from surefoot import simulate
from surefoot.errors import RecordingError, UsageError
from surefoot.plan import plan, replay
from surefoot.playback import STEP_S, Playback
from surefoot.recorder import write_recording
from surefoot.recording import Recording
from surefoot.samples import Input

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


def test_a_fault_of_ours_does_not_load_for_ever() -> None:
    class Faulty(Recording):
        def inputs(self) -> Iterator[Input]:
            yield from itertools.islice(super().inputs(), 200)
            raise ZeroDivisionError("an example")

    planned = plan(FIXTURES / "steady.jsonl.gz")
    faulty = Faulty(planned.recording.path, planned.recording.header)
    playback = Playback(replace(planned, recording=faulty), "a")
    playback.load()
    assert playback.complete
    assert playback.failure == "an internal error stopped the reading: ZeroDivisionError: an example"
    assert playback.duration_s > 1
    with pytest.raises(UsageError, match="could not be read to its end"):
        playback.export(0.0, 1.0)


# ------------------------------------------------------------------------------------------------ corrections, exports


@pytest.fixture
def hopped(tmp_path: Path) -> Path:
    """A hold of 20 s from 6.5 s on, with a hop at 14.6 s and a touch at 20.5 s."""
    made = simulate.stand("one_eo_firm", seed=2, target_s=20.0, hop_s=(8.0,), touch_s=(14.0,))
    write_recording(tmp_path / "raw.jsonl", made.header, made.inputs)
    return tmp_path / "raw.jsonl"


def loaded(path: Path, **options: object) -> Playback:
    playback = Playback(plan(path, **options), path.name)  # type: ignore[arg-type]
    playback.load()
    return playback


def test_a_correction_changes_the_corrected_trial_and_never_the_raw_one(hopped: Path) -> None:
    film = loaded(hopped)
    before = list(film.events)
    raw_score = surefoot.score(hopped)["trials"][0]["steadiness"]["trial_value"]
    film.correct("trial=1 remove hop@14.6")
    ended, scored = film.corrected[1]
    assert [mark.kind for mark in ended.instabilities] == ["touch"]
    assert scored.trial_value == pytest.approx(raw_score + 5)
    film.correct("trial=1 end touch_down@18.5")
    ended, scored = film.corrected[1]
    assert (ended.t_s, ended.end_reason) == (18.5, "touch_down")
    assert ended.hold_s == pytest.approx(12.0)
    assert film.events == before
    assert film.unsaved_n == 2
    assert film.take_back() == "trial=1 end touch_down@18.500"
    assert film.corrected[1][0].end_reason == "target"


def test_saved_corrections_are_what_scoring_says_and_the_old_file_stays(hopped: Path) -> None:
    film, old = loaded(hopped), hopped.read_bytes()
    film.correct("trial=1 remove hop@14.6")
    first = film.save()
    assert first.name == "raw_corrected.jsonl.gz"
    assert film.unsaved_n == 0
    (trial,) = surefoot.score(first)["trials"]
    assert trial["corrected"]["steadiness"]["trial_value"] == film.corrected[1][1].trial_value
    film.correct("trial=1 add error@12")
    second = film.save()
    assert second.name == "raw_corrected-2.jsonl.gz"
    assert [mark["kind"] for mark in surefoot.score(second)["trials"][0]["corrected"]["instabilities"]] == [
        "error",
        "touch",
    ]
    assert hopped.read_bytes() == old
    assert film.written == [first, second]
    again = loaded(first)  # what a file says is there when it is opened, and is not unsaved
    assert again.unsaved_n == 0
    assert len(again.corrected[1][0].instabilities) == 1
    with pytest.raises(UsageError, match="no unsaved"):
        again.take_back()


@pytest.mark.parametrize(
    "text",
    ["trial=1 remove hop@3", "trial=2 add step@10", "trial=1 add step@300", "trial=1 dance", "trial=0 add hop@9"],
)
def test_a_correction_that_points_at_nothing_changes_nothing(text: str, hopped: Path) -> None:
    film = loaded(hopped)
    film.correct("trial=1 add step@10")
    corrected = film.corrected
    with pytest.raises(UsageError):
        film.correct(text)
    assert film.corrected == corrected
    assert film.unsaved_n == 1


def test_before_it_is_loaded_nothing_is_corrected_saved_or_exported(hopped: Path) -> None:
    film = Playback(plan(hopped), "raw")
    for refused in (lambda: film.correct("trial=1 add step@10"), film.save, lambda: film.export(0, 9)):
        with pytest.raises(UsageError, match="still loading"):
            refused()


def test_a_recording_without_a_drill_keeps_the_one_it_was_replayed_with(tmp_path: Path) -> None:
    made = simulate.stand("one_eo_firm", seed=2, target_s=20.0, cues=False)
    write_recording(tmp_path / "bare.jsonl", {**made.header, "drill": None}, made.inputs)
    film = loaded(tmp_path / "bare.jsonl", drill="hold", settings=["leg=left", "eyes=open", "surface=firm"])
    film.correct("trial=1 add step@12")
    (trial,) = surefoot.score(film.save())["trials"]
    assert [mark["kind"] for mark in trial["corrected"]["instabilities"]] == ["step"]
    assert trial["leg"] == "left"


def test_a_full_disk_keeps_the_corrections_unsaved(hopped: Path) -> None:
    film = loaded(hopped)
    film.correct("trial=1 add step@10")
    hopped.unlink()
    with pytest.raises(RecordingError):
        film.save()
    assert film.unsaved_n == 1
    assert list(hopped.parent.iterdir()) == []


def test_the_exported_window_holds_its_samples_events_and_corrections(hopped: Path) -> None:
    film = loaded(hopped)
    film.correct("trial=1 remove hop@14.6")
    folder = film.export(14.0, 15.0)
    assert folder == hopped.with_name("raw_14.0-15.0s")
    with (folder / "sensor_1.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 201
    with (folder / "events.csv").open(newline="") as file:
        assert [(row["event"], row["kind"]) for row in csv.DictReader(file)] == [
            ("touch_suspected", ""),
            ("corrected", "remove hop"),
            ("unsteady", "hop"),
        ]
    assert film.export(14.0, 15.0).name == "raw_14.0-15.0s-2"


def test_odd_recordings_can_be_looked_at(tmp_path: Path) -> None:
    lines = gzip.decompress((FIXTURES / "steady.jsonl.gz").read_bytes()).split(b"\n")
    (tmp_path / "empty.jsonl").write_bytes(lines[0] + b"\n")
    (tmp_path / "torn.jsonl").write_bytes(b"\n".join(lines[:60])[:-20])
    for name in ("empty", "torn"):
        film = loaded(tmp_path / f"{name}.jsonl")
        assert film.complete
        assert film.failure is None
        assert film.at(1.0) is not None
        assert film.corrected == {}
    with pytest.raises(UsageError, match="no sample"):
        loaded(tmp_path / "empty.jsonl").export(0.0, 10.0)
