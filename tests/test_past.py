"""The past from recordings in a folder: order, sessions, damage, copies, and a cache that nobody has to believe."""

from __future__ import annotations

import gzip
import json
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surefoot import past as past_module
from surefoot import past_cache, simulate
from surefoot.debrief.summary import Past
from surefoot.events import HoldEnded, HoldStarted
from surefoot.live.lookback import look_back
from surefoot.live.passing import Passing
from surefoot.past import LIMITS, NAME, Reader
from surefoot.recorder import write_recording
from surefoot.recording import read
from surefoot.results import score
from surefoot.rings import Ring
from surefoot.samples import Cue, DrillSpec, Input
from surefoot.session import Session
from surefoot.simulate import Simulated
from surefoot.snapshot import HoldLive, Sensor, Snapshot
from surefoot.sources.demo import DemoSource
from surefoot.taken import taken
from test_session import Made, whole

TODAY = "2031-04-10"
PERSON = Sensor("s1", "Polar H10", "waist", 200.0, device="polar")
RUNNER = replace(PERSON, name="simulated Polar H10")
HOLD = simulate.stand("one_eo_firm", seed=1, target_s=12.0)
RIGHT = simulate.stand("one_eo_firm", seed=2, target_s=12.0, leg="right")
DROPS = simulate.drops("normal", count=2, seed=1)


def spec_of(made: Simulated) -> DrillSpec:
    drill: Any = made.header["drill"]
    return DrillSpec.from_mapping(drill)


def keep(folder: Path, name: str, made: Simulated, created: str | None, sensor: str = "Polar H10") -> Path:
    """A recording of a real-looking sensor, as the recorder leaves it."""
    header: Any = made.header
    sources = {key: {**value, "name": sensor} for key, value in header["sources"].items()}
    path = folder / f"{name}.jsonl.gz"
    write_recording(path, {**made.header, "sources": sources, "created": created}, made.inputs)
    return path


def loaded(folder: Path, today: str = TODAY, sensor: Sensor = PERSON, leave_out: str | None = None) -> Past:
    reader = Reader(folder, today)
    reader.load(leave_out)
    return reader.past(sensor)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five recordings of three days, written in another order than they were made."""
    folder = tmp_path_factory.mktemp("shelf")
    keep(folder, "late", HOLD, "2031-04-09T20:00:00.000+02:00")
    keep(folder, "first", HOLD, "2031-04-02T07:00:00.000+02:00")
    keep(folder, "evening", RIGHT, "2031-04-02T21:00:00.000+02:00")
    keep(folder, "drops", DROPS, "2031-04-05T07:00:00.000+02:00")
    keep(folder, "runner", HOLD, "2031-04-03T07:00:00.000+02:00", "simulated Polar H10")
    return folder


@pytest.fixture
def folder(shelf: Path, tmp_path: Path) -> Path:
    for path in shelf.iterdir():
        if path.name != NAME:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_trials_come_oldest_first_and_a_day_is_a_session(folder: Path) -> None:
    found = loaded(folder)
    assert [(one.key.leg, one.session) for one in found.trials] == [("left", 1), ("right", 1), ("left", 3)]
    assert found.today == 4
    assert len(found.sets) == 1
    assert (found.read_n, found.damaged_n, found.complete) == (5, 0, True)


def test_a_trial_is_what_score_says(folder: Path) -> None:
    (trial,) = score(folder / "late.jsonl.gz")["trials"]
    kept = loaded(folder).trials[-1]
    assert kept.steadiness == trial["steadiness"]["value"]
    assert kept.path_rate_h_ms3 == trial["sway"]["path_rate_h_ms3"]
    assert kept.hold_s == trial["hold_s"]
    assert kept.key.method == f"{trial['steadiness']['method']} {trial['sway']['method']}"


def test_the_running_day_keeps_its_number(folder: Path) -> None:
    assert loaded(folder, "2031-04-09").today == 3
    assert loaded(folder, "2031-04-05").today == 2
    assert [one.session for one in loaded(folder, "2031-04-05").trials] == [1, 1]  # what comes later is not past


def test_the_day_is_the_one_on_the_wall_and_not_that_of_greenwich(tmp_path: Path) -> None:
    keep(tmp_path, "a", HOLD, "2031-04-02T00:30:00.000+13:00")  # the day before in Greenwich
    keep(tmp_path, "b", HOLD, "2031-04-02T23:30:00.000+13:00")
    assert [one.session for one in loaded(tmp_path).trials] == [1, 1]


def test_the_simulated_runner_and_a_person_are_not_mixed(folder: Path) -> None:
    assert [one.session for one in loaded(folder, sensor=RUNNER).trials] == [1]
    assert len(loaded(folder).trials) == 3


def test_two_keys_are_never_mixed_in_a_ring(tmp_path: Path) -> None:
    for day in range(1, 9):
        keep(tmp_path, f"l{day}", HOLD, f"2031-03-{day:02d}T07:00:00.000+01:00")
    for day in range(1, 4):
        keep(tmp_path, f"r{day}", RIGHT, f"2031-03-{day:02d}T08:00:00.000+01:00")
    reader = Reader(tmp_path, TODAY)
    assert reader.ring(spec_of(HOLD), PERSON) is None  # nothing read yet
    reader.load()
    trials = reader.past(PERSON).trials
    assert len({one.key for one in trials}) == 2
    assert reader.ring(spec_of(RIGHT), PERSON) is None
    assert reader.ring(spec_of(HOLD), RUNNER) is None


def test_damaged_files_are_counted_and_the_others_read(folder: Path) -> None:
    whole = loaded(folder)
    (folder / "empty.jsonl").write_bytes(b"")
    (folder / "foreign.jsonl.gz").write_bytes(gzip.compress(b"hello\n"))
    (folder / "broken.jsonl.gz").write_bytes((folder / "late.jsonl.gz").read_bytes()[:-800][100:])
    (folder / "newer.jsonl").write_bytes(b'{"surefoot-recording":99,"sources":{}}\n')
    codec = b'{"surefoot-recording":1,"sources":{"s":{"codec":"nobody"}}}\n'
    (folder / "codec.jsonl").write_bytes(codec)
    (folder / "folder.jsonl").mkdir()
    os.symlink(folder / "nowhere", folder / "dangling.jsonl")
    found = loaded(folder)
    assert found.trials == whole.trials
    assert (found.read_n, found.damaged_n) == (5, 5)
    assert loaded(folder) == found  # from the cache too


def test_a_torn_recording_counts_as_far_as_it_goes(tmp_path: Path) -> None:
    path = keep(tmp_path, "a", HOLD, "2031-04-02T07:00:00.000+02:00")
    text = gzip.decompress(path.read_bytes())
    path.unlink()
    (tmp_path / "a.jsonl").write_bytes(text[:-70])
    assert len(loaded(tmp_path).trials) == 1


def test_a_copy_counts_once_and_so_does_what_a_crash_left_beside_it(folder: Path) -> None:
    (folder / "copy.jsonl.gz").write_bytes((folder / "late.jsonl.gz").read_bytes())
    (folder / "first.jsonl").write_bytes(gzip.decompress((folder / "first.jsonl.gz").read_bytes()))
    assert len(loaded(folder).trials) == 3


def test_undated_recordings_cannot_be_put_in_order(tmp_path: Path) -> None:
    for name, created in (("a", None), ("b", "yesterday"), ("c", "2031-13-45T00:00:00")):
        keep(tmp_path, name, HOLD, created)
    found = loaded(tmp_path)
    assert found.trials == ()
    assert (found.read_n, found.damaged_n) == (3, 0)


def test_the_running_recording_is_not_past(folder: Path) -> None:
    assert len(loaded(folder, leave_out="late.jsonl.gz").trials) == 2


def test_a_fault_of_ours_in_one_file_does_not_take_the_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(path: Path) -> Any:
        if path.name == "late.jsonl.gz":
            raise ZeroDivisionError
        return taken(path)

    monkeypatch.setattr(past_module, "taken", breaks)
    found = loaded(folder)
    assert (len(found.trials), found.damaged_n, found.complete) == (2, 1, True)


@pytest.mark.parametrize("created", ["0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_date_at_the_ends_of_time_harms_nobody(folder: Path, created: str) -> None:
    keep(folder, "old", HOLD, created)
    found = loaded(folder)
    assert found.complete
    assert [one.key.leg for one in found.trials][-3:] == ["left", "right", "left"]
    assert loaded(folder) == found


def test_no_folder_is_an_empty_past(tmp_path: Path) -> None:
    assert loaded(tmp_path / "nowhere") == Past()
    assert not (tmp_path / "nowhere").exists()


def test_only_so_many_files_are_read_the_newest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for k, name in enumerate(("first", "evening", "drops", "runner", "late")):
        os.utime(folder / f"{name}.jsonl.gz", (1000 + k, 1000 + k))
    monkeypatch.setattr(past_module, "LIMITS", replace(LIMITS, files=2))
    assert [one.key.leg for one in loaded(folder).trials] == ["left"]


def test_what_is_too_large_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_module, "LIMITS", replace(LIMITS, bytes=10))
    assert (loaded(folder).read_n, loaded(folder).damaged_n) == (0, 5)


def test_a_small_archive_may_not_hide_a_huge_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = keep(tmp_path, "a", HOLD, "2031-04-02T07:00:00.000+02:00")
    unpacked_n = len(gzip.decompress(path.read_bytes()))
    monkeypatch.setattr(past_module, "LIMITS", replace(LIMITS, unpacked_bytes=unpacked_n))
    assert loaded(tmp_path).damaged_n == 0
    (tmp_path / NAME).unlink()
    monkeypatch.setattr(past_module, "LIMITS", replace(LIMITS, unpacked_bytes=unpacked_n - 1))
    assert loaded(tmp_path).damaged_n == 1


def test_a_persons_corrections_count(tmp_path: Path) -> None:
    path = keep(tmp_path, "a", HOLD, "2031-04-02T07:00:00.000+02:00")
    inputs: list[Input] = list(read(path).inputs())
    ended_s = score(path)["trials"][0]["end_s"] - 1.0
    cue = Cue(inputs[-1].host_ns, "correct", f"trial=1 end stopped@{ended_s:.3f}")
    header = read(path).header
    path.unlink()
    write_recording(path, header, [*inputs, cue])
    (trial,) = loaded(tmp_path).trials
    assert trial.hold_s == pytest.approx(11.0, abs=0.01)


def corrected_copy(path: Path, ended_s: float, changed_s: float, inputs: list[Input] | None = None) -> Path:
    """What saving a correction leaves: a copy under another name, with the same header."""
    recording = read(path)
    inputs = inputs or list(recording.inputs())
    cue = Cue(inputs[-1].host_ns, "correct", f"trial=1 end stopped@{ended_s:.3f}")
    out = path.with_name(f"{path.name.split('.')[0]}_{changed_s:.0f}.jsonl.gz")
    write_recording(out, recording.header, [*inputs, cue])
    os.utime(out, (changed_s, changed_s))
    return out


def test_saved_corrections_make_no_further_trial(tmp_path: Path, scored: list[str]) -> None:
    path = keep(tmp_path, "a", HOLD, "2031-04-02T07:00:00.000+02:00")
    end_s = score(path)["trials"][0]["end_s"]
    for k in (1, 3, 2):
        corrected_copy(path, end_s - k, 1000.0 + k)
    for changed_s in (900.0, 2000.0):  # the original may be the oldest, or the newest where a folder was copied
        os.utime(path, (changed_s, changed_s))
        found = loaded(tmp_path)
        (trial,) = found.trials
        assert trial.hold_s == pytest.approx(9.0, abs=0.01)  # the copy of 1003
        assert (found.read_n, found.damaged_n) == (1, 0)
    assert len(scored) == 4  # then the cache knew them all
    (tmp_path / "a_1003.jsonl.gz").unlink()
    assert loaded(tmp_path).trials[0].hold_s == pytest.approx(10.0, abs=0.01)


def test_two_recordings_of_one_moment_are_two(tmp_path: Path) -> None:
    """Their clocks tell them apart: two sensors, two programs."""
    for k in range(2):
        header: Any = {**HOLD.header, "created": "2031-04-02T07:00:00.000+02:00", "epoch_ns": 5, "host_ns": 7 + k}
        write_recording(tmp_path / f"{k}.jsonl.gz", header, HOLD.inputs)
    assert len(loaded(tmp_path, sensor=RUNNER).trials) == 2
    assert len(loaded(tmp_path, sensor=RUNNER).trials) == 2  # from the cache


def test_a_correction_that_was_saved_while_the_recording_grew_hides_nothing_of_it(tmp_path: Path) -> None:
    path = keep(tmp_path, "a", HOLD, "2031-04-02T07:00:00.000+02:00")
    header, first = read(path).header, list(read(path).inputs())
    path.unlink()
    shift_ns = first[-1].host_ns - first[0].host_ns + 10**9
    later: list[Input] = [replace(one, host_ns=one.host_ns + shift_ns) for one in first]
    write_recording(path, header, [*first, *later])
    whole = loaded(tmp_path).trials
    assert len(whole) == 2
    corrected_copy(path, score(path)["trials"][0]["end_s"] - 1.0, 2000.0, first)
    cut, kept_on = loaded(tmp_path).trials
    assert cut.hold_s == pytest.approx(11.0, abs=0.01)
    assert kept_on == whole[1]


# ------------------------------------------------------------------------------------------------ the cache


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the recordings that were really scored."""
    seen: list[str] = []
    real = taken

    def spy(path: Path) -> Any:
        seen.append(path.name)
        return real(path)

    monkeypatch.setattr(past_module, "taken", spy)
    return seen


def test_what_is_in_the_cache_is_not_scored_again(folder: Path, scored: list[str]) -> None:
    first = loaded(folder)
    assert len(scored) == 5
    assert loaded(folder) == first
    assert len(scored) == 5
    keep(folder, "new", RIGHT, "2031-04-10T07:00:00.000+02:00")
    assert len(loaded(folder).trials) == 4
    assert scored[5:] == ["new.jsonl.gz"]
    (folder / "late.jsonl.gz").unlink()
    loaded(folder)
    assert len(json.loads((folder / NAME).read_bytes())["files"]) == 5  # what is gone is forgotten


def test_another_method_reads_everything_anew(folder: Path, scored: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(folder)
    monkeypatch.setattr(past_cache, "METHODS", "steadiness/2")
    loaded(folder)
    assert len(scored) == 10


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b'{"surefoot-past":2}', b"\xff\xfe", b"[" * 100_000, b'{"surefoot-past":1,"files":[]}'],
)
def test_a_broken_cache_costs_only_time(folder: Path, text: bytes) -> None:
    whole = loaded(folder)
    (folder / NAME).write_bytes(text)
    assert loaded(folder) == whole
    assert (folder / NAME).read_bytes() != text  # and is replaced


def change(where: list[str | int], value: object) -> Callable[[Any], None]:
    def act(entry: Any) -> None:
        for step in where[:-1]:
            entry = entry[step]
        entry[where[-1]] = value

    return act


@pytest.mark.parametrize(
    "hurt",
    [
        change(["trials", 0, "steadiness"], 101),
        change(["trials", 0, "steadiness"], "90"),
        change(["trials", 0, "steadiness"], True),
        change(["trials", 0, "path_rate_h_ms3"], -1),
        change(["trials", 0, "hold_s"], float("nan")),
        change(["trials", 0, "target_s"], None),
        change(["trials", 0, "flags"], "gap"),
        change(["trials", 0, "flags"], [3]),
        change(["trials", 0, "key"], {}),
        change(["trials", 0, "key", "leg"], "third"),
        change(["trials", 0, "key", "leg"], ["left"]),
        change(["trials", 0, "key", "more"], "x"),
        change(["trials"], [None]),
        change(["trials"], None),
        change(["trials", 0, "hold_s"], 1e308),
        change(["trials", 0, "target_s"], 1e308),
        change(["trials", 0, "feedback"], 1),
        change(["simulated"], "yes"),
        change(["corrected"], None),
        change(["epoch_ns"], 1 << 63),
        change(["host_ns"], "5"),
        change(["created"], "never"),
        change(["created"], 5),
        change(["created"], "9" * 5000),
    ],
)
def test_one_strange_value_reads_that_recording_anew(
    folder: Path, scored: list[str], hurt: Callable[[Any], None]
) -> None:
    whole = loaded(folder)
    raw = json.loads((folder / NAME).read_bytes())
    hurt(next(entry for entry in raw["files"].values() if entry["trials"]))
    (folder / NAME).write_text(json.dumps(raw))
    assert loaded(folder) == whole
    assert len(scored) == 6


def test_landings_in_the_cache_are_checked_too(folder: Path, scored: list[str]) -> None:
    whole = loaded(folder)
    text = (folder / NAME).read_text()
    wrong: list[tuple[list[str | int], object]] = [
        (["landings", 0, "value"], 1e9),
        (["practice_n"], -1),
        (["key", "rate_hz"], None),
    ]
    for k, (path, value) in enumerate(wrong):
        raw = json.loads(text)
        entry = next(entry for entry in raw["files"].values() if entry["sets"])
        change(["sets", 0, *path], value)(entry)
        (folder / NAME).write_text(json.dumps(raw))
        assert loaded(folder) == whole
        assert len(scored) == 6 + k


@given(cut=st.integers(0, 10**6), byte=st.integers(0, 255), at=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_to_the_cache_raises_nothing(shelf: Path, tmp_path: Path, cut: int, byte: int, at: int) -> None:
    if not (shelf / NAME).exists():
        loaded(shelf)
    text = bytearray((shelf / NAME).read_bytes())
    text[at % len(text)] = byte
    path = tmp_path / "damaged.json"
    path.write_bytes(bytes(text[: cut % (2 * len(text))]))
    for kept in past_cache.load(path).values():
        assert kept is None or all(one.steadiness is None or 0 <= one.steadiness <= 100 for one in kept.trials)


def test_a_folder_that_cannot_be_written_is_read_all_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *args: Any, **options: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert len(loaded(folder).trials) == 3
    assert sorted(path.suffix for path in folder.iterdir()) == [".gz"] * 5  # no part is left behind


def test_reading_goes_on_in_a_thread_and_stops_when_told(folder: Path) -> None:
    reader = Reader(folder, TODAY)
    assert not reader.past(PERSON).complete
    reader.start()
    (thread,) = [one for one in threading.enumerate() if one.name == "surefoot past"]
    thread.join()
    assert reader.past(PERSON).complete
    told = Reader(folder, TODAY)
    told.stop()
    told.load()
    assert not told.past(PERSON).complete


# ------------------------------------------------------------------------------------------------ rings in a session


def test_the_session_draws_the_own_rings_and_the_engine_knows_nothing(tmp_path: Path) -> None:
    drill = spec_of(HOLD)
    for day in range(1, 9):
        made = simulate.stand("one_eo_firm", seed=day, target_s=12.0)
        keep(tmp_path, f"l{day}", made, f"2031-03-{day:02d}T07:00:00.000+01:00", "simulated Polar H10")
    reader = Reader(tmp_path, TODAY)
    reader.load()
    ring = reader.ring(drill, RUNNER)
    assert ring is not None
    assert ring.trials_n == 7
    session = Session(Made(HOLD), rings=reader.ring)
    session.run()
    shot = session.snapshot()
    assert shot is not None
    assert shot.hold is not None
    assert (shot.hold.ring_ms2, shot.hold.ring_trials_n) == (ring.radius_ms2, 7)
    inner = session.engine.snapshot().hold
    assert inner is not None
    assert inner.ring_trials_n == 0
    assert inner.ring_ms2 == pytest.approx(50 / 3 * 9.80665e-3)
    plain = Session(Made(HOLD))
    plain.run()
    assert [type(one) for one in plain.drain()] == [type(one) for one in session.drain()]


def test_a_ring_that_becomes_known_during_a_hold_waits_for_the_next() -> None:
    seen: list[int] = []

    class Watching(Session):
        def _show(self) -> None:
            super()._show()
            shot = self.snapshot()
            if shot is not None and shot.hold is not None and shot.hold.hold_s is not None:
                seen.append(shot.hold.ring_trials_n)

    known = threading.Event()
    session = Watching(Made(HOLD), rings=lambda spec, sensor: Ring(0.1, 9) if known.is_set() else None)
    session.on_event = lambda event: known.set() if isinstance(event, HoldStarted) else None
    session.run()
    assert known.is_set()
    assert set(seen) == {0}
    shot = session.snapshot()
    assert shot is not None
    assert shot.hold is not None
    assert shot.hold.ring_trials_n == 9


def test_a_look_back_shows_the_rings_that_each_hold_was_done_with() -> None:
    """The past is read during the first hold: that one was done with the usual rings, and its replay shows them."""
    known = threading.Event()
    twice = DemoSource(spec_of(HOLD), sets=2)
    passing = Passing()
    session = Session(
        twice,
        passing.recorder(twice),
        passing=True,
        rings=lambda spec, sensor: Ring(0.1, 9) if known.is_set() else None,
    )
    session.on_event = lambda event: known.set() if isinstance(event, HoldStarted) else None
    session.run()
    film = look_back(session)
    assert film is not None
    whole(film)
    passing.close()
    first, second = [one for one in film.events if isinstance(one, HoldEnded)]
    shown = [film.at((one.lift_s + one.t_s) / 2) for one in (first, second)]
    holds = [shot.hold for shot in shown if shot is not None and shot.hold is not None]
    assert [one.ring_trials_n for one in holds] == [0, 9]
    assert [one.ring_ms2 for one in holds] == pytest.approx([50 / 3 * 9.80665e-3, 0.1])


def test_an_earlier_recording_has_the_rings_of_its_day(tmp_path: Path) -> None:
    drill = spec_of(HOLD)
    moments = [f"2031-03-{day:02d}T07:00:00.000+01:00" for day in range(1, 10)]
    for day, created in enumerate(moments, start=1):
        keep(tmp_path, f"l{day}", simulate.stand("one_eo_firm", seed=day, target_s=12.0), created)
    reader = Reader(tmp_path, TODAY)
    shot = Snapshot(0.0, drill, PERSON, HoldLive("ready"), None, (), (), np.empty((0, 6)), 0)
    assert reader.rings_of(moments[-1])(shot) is None  # not read yet
    reader.load()
    of_day = [reader.rings_of(created)(shot) for created in moments]
    assert [None if ring is None else ring.trials_n for ring in of_day] == [None] * 7 + [6, 7]  # the first is left out
    there = Reader(tmp_path, "2031-03-09")
    there.load("l9.jsonl.gz")
    assert of_day[-1] == there.ring(drill, PERSON)  # what the screen showed then
    assert reader.rings_of(moments[-1])(replace(shot, spec=replace(drill, leg="right"))) is None
    assert reader.rings_of("")(shot) is None
    assert reader.rings_of(moments[-1])(replace(shot, sensor=RUNNER)) is None


def test_where_not_all_is_read_nobody_knows_the_rings_of_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [f"2031-03-{day:02d}T07:00:00.000+01:00" for day in range(1, 10)]
    for day, created in enumerate(moments, start=1):
        keep(tmp_path, f"l{day}", simulate.stand("one_eo_firm", seed=day, target_s=12.0), created)
    monkeypatch.setattr(past_module, "LIMITS", replace(LIMITS, files=9))
    reader = Reader(tmp_path, TODAY)
    reader.load()
    shot = Snapshot(0.0, spec_of(HOLD), PERSON, HoldLive("ready"), None, (), (), np.empty((0, 6)), 0)
    assert reader.rings_of(moments[-1])(shot) is None
