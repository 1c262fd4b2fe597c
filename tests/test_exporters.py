"""Exports: what is in them, that they come back, and that nothing is overwritten, whatever a file is called."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import surefoot
from surefoot import simulate
from surefoot.cli import run
from surefoot.exporters import EXPORTERS, MAX_STEM, beside, bids
from surefoot.exporters.take import Decoded, Take, cut, seconds, text
from surefoot.plan import plan
from surefoot.recorder import write_recording
from surefoot.samples import Notification

FIXTURES = Path(__file__).parent.parent / "fixtures"
STEADY = FIXTURES / "polar" / "steady.jsonl.gz"
GYRO = FIXTURES / "plain" / "steady_gyro.jsonl.gz"


def export(path: Path, fmt: str, out: Path, *options: str) -> int:
    return run(["export", str(path), "--format", fmt, "-o", str(out), *options])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def two_sensors(folder: Path) -> Path:
    """The same stand, and a second sensor that began 5 s later at half the rate and lost a second."""
    made = simulate.stand("one_eo_firm", seed=1, target_s=12.0)
    setup = simulate.SensorSetup(device="plain", settings={"rate_hz": 100.0, "range_ms2": 78.0}, gyro=True)
    other = simulate.stand("one_eo_firm", seed=2, target_s=6.0, sensor=setup)
    later_ns = made.inputs[0].host_ns - other.inputs[0].host_ns + 5 * 10**9
    packets = [item for item in other.inputs if isinstance(item, Notification)]
    late = [replace(item, source="s2", host_ns=item.host_ns + later_ns) for item in (*packets[:20], *packets[30:])]
    one, two = (cast("dict[str, Any]", run_of.header["sources"]) for run_of in (made, other))
    header = {**made.header, "sources": {**one, "s2": next(iter(two.values()))}}
    path = folder / "two.jsonl"
    write_recording(path, header, sorted([*made.inputs, *late], key=lambda item: item.host_ns))
    return path


# ------------------------------------------------------------------------------------------------ CSV


def test_the_columns_name_their_units_and_rows_are_the_samples(tmp_path: Path) -> None:
    assert export(GYRO, "csv", tmp_path / "out") == 0
    found = rows(tmp_path / "out" / "sensor_1.csv")
    assert list(found[0]) == ["t_s", "ax_ms2", "ay_ms2", "az_ms2", "gx_rads", "gy_rads", "gz_rads"]
    planned, decoded = plan(GYRO), Decoded()
    engine = planned.engine(decoded.take)
    for item in planned.inputs():
        engine.feed(item)
    (blocks,) = decoded.blocks.values()
    sent = np.concatenate([np.column_stack([block.t, block.acc, block.gyr]) for block in blocks])  # type: ignore[list-item]
    read = np.array([[float(value) for value in row.values()] for row in found])
    np.testing.assert_allclose(read, sent, rtol=1e-8, atol=1e-9)


def test_a_sensor_without_a_gyroscope_has_no_such_columns_and_the_events_are_a_table(tmp_path: Path) -> None:
    assert export(STEADY, "csv", tmp_path / "out") == 0
    first = (tmp_path / "out" / "sensor_1.csv").read_text().splitlines()[0]
    assert first == "t_s,ax_ms2,ay_ms2,az_ms2"
    events = rows(tmp_path / "out" / "events.csv")
    assert [row["event"] for row in events] == ["drill_started", "hold_started", "hold_ended", "scored"]
    (trial,) = surefoot.score(STEADY)["trials"]
    ended, scored = events[2:]
    assert ended["kind"] == "target"
    assert float(ended["duration_s"]) == trial["hold_s"]
    assert float(scored["value"]) == pytest.approx(trial["steadiness"]["value"])
    assert scored["method"] == "steadiness/1"


def test_a_window_is_half_open_and_keeps_the_time_of_the_session(tmp_path: Path) -> None:
    assert export(STEADY, "csv", tmp_path / "out", "--from", "8", "--to", "9.5") == 0
    found = [float(row["t_s"]) for row in rows(tmp_path / "out" / "sensor_1.csv")]
    assert (found[0], found[-1], len(found)) == (8.0, 9.495, 300)
    assert rows(tmp_path / "out" / "events.csv") == []


def test_exported_and_imported_again_a_window_scores_the_same(tmp_path: Path) -> None:
    assert export(STEADY, "csv", tmp_path / "out") == 0
    again = tmp_path / "again.jsonl.gz"
    assert run(["import", str(tmp_path / "out" / "sensor_1.csv"), "-o", str(again)]) == 0
    (raw,) = surefoot.score(STEADY, from_s=9.0, to_s=24.0)["trials"]
    found = surefoot.score(again, from_s=9.0, to_s=24.0, settings=["leg=left", "eyes=open", "surface=firm"])
    (trial,) = found["trials"]
    assert found["sensors"][0]["placement"] == "waist"
    assert found["sensors"][0]["range_ms2"] == pytest.approx(78.4532)
    assert trial["steadiness"]["value"] == pytest.approx(raw["steadiness"]["value"], rel=1e-3)
    same = {key: value for key, value in raw["sway"].items() if isinstance(value, float)}
    assert {key: trial["sway"][key] for key in same} == pytest.approx(same, rel=1e-3)
    assert raw["steadiness"]["value"] is not None
    assert len(same) > 12


def test_exported_and_imported_again_landings_score_the_same(tmp_path: Path) -> None:
    drops = FIXTURES / "polar" / "drops_normal.jsonl.gz"
    assert export(drops, "csv", tmp_path / "out") == 0
    again = tmp_path / "again.jsonl.gz"
    assert run(["import", str(tmp_path / "out" / "sensor_1.csv"), "-o", str(again)]) == 0
    found = surefoot.score(again, drill="drop", settings=["height_cm=20", "leg=both"])["landings"]
    raw = surefoot.score(drops)["landings"]
    assert len(found) == len(raw) == 3
    for one, other in zip(found, raw, strict=True):
        assert one["softness"]["value"] == pytest.approx(other["softness"]["value"], rel=1e-3)
        assert one["peak_g"] == pytest.approx(other["peak_g"], rel=1e-3)


def test_two_sensors_are_two_tables_on_one_clock(tmp_path: Path) -> None:
    path = two_sensors(tmp_path)
    assert export(path, "csv", tmp_path / "out") == 0
    one, two = (rows(tmp_path / "out" / f"sensor_{n}.csv") for n in (1, 2))
    assert "gx_rads" not in one[0]
    assert "gx_rads" in two[0]
    assert float(two[0]["t_s"]) == pytest.approx(5.0, abs=0.2)
    assert json.loads((tmp_path / "out" / "sensor_2.json").read_text())["source"] == "s2"
    gaps = [row for row in rows(tmp_path / "out" / "events.csv") if row["event"] == "gap_seen"]
    assert [row["source"] for row in gaps] == ["s2"]
    assert float(gaps[0]["duration_s"]) == pytest.approx(1.0)


def test_a_persons_corrections_are_among_the_events(tmp_path: Path) -> None:
    new = tmp_path / "new.jsonl"
    assert run(["correct", str(STEADY), "--add", "step@20", "-o", str(new)]) == 0
    assert export(new, "csv", tmp_path / "out") == 0
    found = [row for row in rows(tmp_path / "out" / "events.csv") if row["event"] == "corrected"]
    assert [(row["t_s"], row["kind"], row["number"]) for row in found] == [("20.000000000", "add step", "1")]


@given(value=st.floats(-5000, 5000, allow_nan=False).filter(bool), t_s=st.floats(0, 1e5))
def test_numbers_keep_more_than_six_digits_and_times_a_nanosecond(value: float, t_s: float) -> None:
    assert float(text(value, "")) == pytest.approx(value, rel=5e-9)
    assert abs(float(seconds(t_s)) - t_s) < 6e-10
    assert text(None, "n/a") == text(float("nan"), "n/a") == "n/a"


# ------------------------------------------------------------------------------------------------ Motion-BIDS


def test_bids_columns_are_described_and_units_named(tmp_path: Path) -> None:
    assert export(GYRO, "bids", tmp_path / "out", "--from", "5") == 0
    folder = tmp_path / "out" / "sub-01" / "motion"
    stem = "sub-01_task-hold_tracksys-imu1"
    assert {path.name for path in folder.iterdir()} == {
        f"{stem}_{end}" for end in ("motion.tsv", "motion.json", "channels.tsv", "events.tsv")
    }
    header, *channels = [line.split("\t") for line in (folder / f"{stem}_channels.tsv").read_text().splitlines()]
    assert header == ["name", "component", "type", "tracked_point", "units", "sampling_frequency"]
    assert [(row[2], row[4]) for row in channels] == [("ACCEL", "m/s^2")] * 3 + [("GYRO", "rad/s")] * 3 + [
        ("LATENCY", "s")
    ]
    samples = [line.split("\t") for line in (folder / f"{stem}_motion.tsv").read_text().splitlines()]
    assert {len(row) for row in samples} == {7}
    assert samples[0][-1] == "0.000000"
    about = json.loads((folder / f"{stem}_motion.json").read_text())
    assert about["TaskName"] == "hold"
    assert about["SamplingFrequency"] == 100.0
    assert about["MotionChannelCount"] == about["ACCELChannelCount"] + about["GYROChannelCount"] + 1 == len(channels)
    assert about["RecordingDuration"] == pytest.approx(len(samples) / 100)
    first, *events = [line.split("\t") for line in (folder / f"{stem}_events.tsv").read_text().splitlines()]
    assert first[:3] == ["onset", "duration", "trial_type"]
    assert [row[2] for row in events] == ["hold_started", "hold_ended", "scored"]
    described = json.loads((tmp_path / "out" / "dataset_description.json").read_text())
    assert described["BIDSVersion"] == bids.BIDS_VERSION


def test_each_sensor_is_a_tracking_system(tmp_path: Path) -> None:
    assert export(two_sensors(tmp_path), "bids", tmp_path / "out") == 0
    names = {path.name for path in (tmp_path / "out" / "sub-01" / "motion").glob("*_motion.tsv")}
    assert names == {f"sub-01_task-hold_tracksys-imu{n}_motion.tsv" for n in (1, 2)}


# ------------------------------------------------------------------------------------------------ names and faults


@pytest.mark.parametrize("fmt", EXPORTERS)
def test_nothing_is_ever_overwritten(fmt: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    assert export(STEADY, fmt, out) == 1
    assert "choose another name" in capsys.readouterr().err
    assert list(out.iterdir()) == []
    copy = tmp_path / "a.jsonl.gz"
    copy.write_bytes(STEADY.read_bytes())
    for expected in (f"a_{fmt}", f"a_{fmt}-2", f"a_{fmt}-3"):
        assert run(["export", str(copy), "--format", fmt]) == 0
        assert (tmp_path / expected).is_dir()
        assert str(tmp_path / expected) in capsys.readouterr().out


@pytest.mark.parametrize("name", ["[b]x[\x1b[31m\n]", "x" * 240, "…", "..", "a b\t'c';rm", "ÄÖÜ 傾斜" * 10])
def test_any_name_of_a_recording_gives_a_safe_one(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.jsonl.gz"
    path.write_bytes(STEADY.read_bytes())
    assert run(["export", str(path), "--format", "csv", "--to", "1"]) == 0
    (made,) = (found for found in tmp_path.iterdir() if found.is_dir())
    assert made.name.isascii()
    assert made.name.isprintable()
    assert not set(made.name) & set(" []'\";")


@given(name=st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=100))
def test_a_name_beside_a_recording_never_leaves_its_folder(name: str) -> None:
    first, second = (path for path, _ in zip(beside(Path("/a/b") / (name + "x"), "csv"), range(2), strict=False))
    assert first.parent == second.parent == Path("/a/b")
    assert first != second
    assert len(first.name) <= MAX_STEM + len("_csv")
    assert not first.name.startswith((".", "-"))


def test_a_hostile_header_does_not_get_into_a_path_or_a_column(tmp_path: Path) -> None:
    lines = gzip.decompress(STEADY.read_bytes()).split(b"\n")
    header: dict[str, Any] = json.loads(lines[0])
    (source,) = header["sources"].values()
    header["sources"] = {"../../x\ty,z": {**source, "name": "=cmd|' /C calc'!A0\n\x1b[31m"}}
    body = [line.replace(b'"s":"s1"', b'"s":"../../x\\ty,z"') for line in lines[1:]]
    path = tmp_path / "h.jsonl"
    path.write_bytes(b"\n".join([json.dumps(header).encode(), *body]))
    for fmt in EXPORTERS:
        assert run(["export", str(path), "--format", fmt, "-o", str(tmp_path / fmt)]) == 0
        for file in (tmp_path / fmt).rglob("*"):
            assert not file.is_file() or "\x1b" not in file.read_text()
    assert {found.name for found in tmp_path.iterdir()} == {"h.jsonl", *EXPORTERS}


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, folder: Path, take: Take) -> None:
            (folder / "sensor_1.csv").write_text("t_s")
            raise OSError(28, "No space left on device")

    monkeypatch.setitem(EXPORTERS, "csv", Full())
    assert export(STEADY, "csv", tmp_path / "out") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--from", "500"], 2, "no sample after 500 s"),
        (["--from", "9", "--to", "3"], 2, "no sample between 9 and 3 s"),
    ],
)
def test_an_empty_window_is_refused(
    options: list[str], code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(STEADY, "csv", tmp_path / "out", *options) == code
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_recording_without_samples_is_refused_and_a_torn_one_exported_up_to_the_tear(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = gzip.decompress(STEADY.read_bytes()).split(b"\n")
    (tmp_path / "empty.jsonl").write_bytes(lines[0] + b"\n")
    (tmp_path / "torn.jsonl").write_bytes(b"\n".join(lines[:60])[:-20])
    assert export(tmp_path / "empty.jsonl", "csv", tmp_path / "a") == 2
    assert "there is no sample to export" in capsys.readouterr().err
    assert export(tmp_path / "torn.jsonl", "csv", tmp_path / "b") == 0
    assert "torn off" in capsys.readouterr().out
    assert 1 < len(rows(tmp_path / "b" / "sensor_1.csv")) < 5000


def test_a_window_without_an_end_says_what_it_holds() -> None:
    planned, decoded = plan(STEADY), Decoded()
    engine = planned.engine(decoded.take)
    for item in planned.inputs():
        engine.feed(item)
    take = cut("a", engine, decoded, engine.finish(), [], 3.0)
    assert (take.from_s, take.drill) == (3.0, "hold")
    assert take.to_s == pytest.approx(float(take.streams[0].t[-1]) + 1 / 200)
