import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surefoot.importers as module
from repack import decoded
from surefoot.errors import RecordingError, SurefootError, UsageError
from surefoot.importers import IMPORTERS, Imported, import_file
from surefoot.recorder import write_recording
from surefoot.recording import read
from surefoot.samples import ImuPacket, Link

HEAD = "t_s,ax,ay,az,gx,gy,gz"
ROWS = [[n / 100, 0.01 * n, -0.02 * n, 9.81, 0.001 * n, 0.0, -0.5] for n in range(25)]


def table(rows: list[list[float]], head: str = HEAD, end: str = "\n") -> str:
    return "".join(line + end for line in (head, *(",".join(map(repr, row)) for row in rows)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "walk.csv"


def imported(path: Path, text: str | bytes, placement: str | None = "waist", fmt: str | None = None) -> Imported:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return import_file(path, fmt, placement)


def packets(recording: Imported) -> list[ImuPacket]:
    return decoded(recording.header, recording.inputs)


def values(recording: Imported) -> np.ndarray[Any, np.dtype[np.float64]]:
    """All samples as the rows of a table: time in s, acceleration and, where there is one, angular rate."""
    columns = [
        np.column_stack([np.asarray(p.device_ns) / 1e9, p.acc, *([] if p.gyr is None else [p.gyr])])
        for p in packets(recording)
    ]
    return np.concatenate(columns)


def test_a_plain_table_becomes_a_recording(path: Path, tmp_path: Path) -> None:
    recording = imported(path, table(ROWS), placement="lower back")
    assert recording.notes == []
    assert recording.header == {
        "sources": {
            "s1": {
                "codec": "plain",
                "name": "walk",
                "firmware": None,
                "placement": "waist",
                "axes": None,
                "settings": {"rate_hz": 100.0},
            }
        },
        "drill": None,
        "imported": {"format": "plain_csv", "file": "walk.csv", "notes": []},
    }
    inputs = list(recording.inputs)
    assert inputs == list(recording.inputs), "the inputs can be read again"
    assert inputs[0] == Link(0, "s1", "connected")
    stamps = [item.host_ns for item in inputs[1:]]
    assert stamps == [90_000_000, 190_000_000, 240_000_000], "a packet arrives with its last sample"
    assert [len(packet.acc) for packet in packets(recording)] == [10, 10, 5]
    assert values(recording).tolist() == ROWS
    write_recording(tmp_path / "out.jsonl.gz", recording.header, recording.inputs)
    back = read(tmp_path / "out.jsonl.gz")
    assert list(back.inputs()) == inputs
    assert back.header["sources"] == recording.header["sources"]


def test_columns_are_found_by_name(path: Path) -> None:
    order = [4, 1, 0, 3, 2, 5, 6]
    names = HEAD.split(",")
    head = " label ;" + " ;".join(f'"{names[i].upper()} "' for i in order)
    lines = [";".join(["sit", *(str(row[i]).replace(".", ",") for i in order)]) for row in ROWS]
    text = "\r\n".join([head, *lines, ""])
    assert values(imported(path, text)).tolist() == ROWS
    assert values(imported(path, text.replace(";", "\t").replace(",", "."))).tolist() == ROWS
    assert values(imported(path, "\ufeff" + table(ROWS))).tolist() == ROWS, "a byte order mark is no name"


@pytest.mark.parametrize("empty", ["", "null", " NaN ", "n/a", '""'])
def test_a_table_without_angular_rate_has_none(empty: str, path: Path) -> None:
    rows = [",".join([*map(str, row[:4]), empty, empty, empty]) for row in ROWS]
    recording = imported(path, "\n".join([HEAD, *rows, ""]))
    assert all(packet.gyr is None for packet in packets(recording))
    assert recording.notes == []
    short = imported(path, table([row[:4] for row in ROWS], "t_s,ax,ay,az"))
    assert values(short).tolist() == values(recording).tolist() == [row[:4] for row in ROWS]


def test_rows_without_a_number_are_dropped_and_counted(path: Path) -> None:
    rows = [row[:] for row in ROWS]
    rows[3][1] = math.nan
    rows[7][0] = math.nan
    rows[8][2] = math.inf
    recording = imported(path, table(rows))
    assert values(recording).tolist() == [row for n, row in enumerate(ROWS) if n not in (3, 7, 8)]
    assert recording.notes == ["3 of 25 rows lack a number and were dropped"]
    assert recording.header["imported"]["notes"] == recording.notes


def test_an_angular_rate_that_is_often_missing_is_left_out(path: Path) -> None:
    rows = [[*row[:4], *([math.nan] * 3 if n % 2 else row[4:])] for n, row in enumerate(ROWS)]
    recording = imported(path, table(rows))
    assert values(recording).tolist() == [row[:4] for row in ROWS]
    assert recording.notes == ["12 of 25 rows lack an angular rate: it was left out"]


def test_an_angular_rate_that_is_seldom_missing_costs_its_row(path: Path) -> None:
    rows = [[n / 100, 0.0, 0.0, 9.81, 0.0, 0.0, 0.0] for n in range(200)]
    rows[0][5] = math.nan
    recording = imported(path, table(rows))
    assert values(recording).tolist() == rows[1:]
    assert recording.notes == ["1 of 200 rows lack a number and were dropped"]


def test_stamps_are_counted_from_the_first_and_not_repaired(path: Path) -> None:
    stamps = [0.0, 0.01, 0.01, 0.02, 0.015, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, -0.01]
    recording = imported(path, table([[t + 1_700_000_000, 0, 0, 9.8] for t in stamps], "t_s,ax,ay,az"))
    assert values(recording)[:, 0] == pytest.approx(stamps, abs=1e-6)
    assert [item.host_ns for item in recording.inputs] == pytest.approx([0, 70_000_000, 70_000_000], abs=1000)
    assert recording.notes[0] == "3 of 12 stamps repeat or go backward and stay as they are"
    assert recording.header["sources"]["s1"]["settings"] == {"rate_hz": 100.0}


def test_a_table_cut_at_any_byte_of_its_last_line_never_gives_a_wrong_number(path: Path) -> None:
    text = table(ROWS[:4])
    start = text.rindex("\n", 0, -1) + 1
    for n in range(start, len(text)):
        recording = imported(path, text[:n])
        assert values(recording).tolist() == ROWS[:3]
        torn = ["the last line has no end and was dropped"]
        assert recording.notes == (torn if n > start else []), n
    assert values(imported(path, text)).tolist() == ROWS[:4]


BAD_LINES = {
    "too few": "0.05,0,0,9.81",
    "too many": "0.05,0,0,9.81,0,0,0,0",
    "words": "0.05,0,0,high,0,0,0",
    "decimal commas": "0,05,0,0,9,81,0,0,0",
    "two points": "0.05,0,0,9.8.1,0,0,0",
    "underscore": "0.05,0,0,9_81,0,0,0",
    "milli-g": "0.05,0,0,9810,0,0,0",
    "degrees": "0.05,0,0,9.81,0,-300,0",
    "far away": "2000000,0,0,9.81,0,0,0",
    "control characters": "0.05,0,0,\x1b[31m\x00,0,0,0",
    "endless": "0.05,0,0,9.81,0,0," + "0" * 100_000,
}


@pytest.mark.parametrize("bad", BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_an_error_with_its_number(bad: str, path: Path) -> None:
    lines = table(ROWS).splitlines()
    lines[5] = bad
    with pytest.raises(RecordingError, match=r"line 6: .*walk\.csv") as caught:
        imported(path, "\n".join([*lines, ""]))
    assert caught.value.line == 6
    assert str(caught.value).isprintable()


REFUSED = {
    "empty": (b"", "is empty"),
    "header only": (HEAD.encode() + b"\n", "fewer than 2 samples"),
    "one row": (HEAD.encode() + b"\n0,0,0,9.8,0,0,0\n", "fewer than 2 samples"),
    "header without an end": (HEAD.encode(), "fewer than 2 samples"),
    "another table": (b"time,x,y,z\n0,0,0,9.8\n", r"begins with 'time,x,y,z'.*t_s, ax, ay, az"),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no format that surefoot imports"),
    "UTF-16": (table(ROWS).encode("utf-16"), "no format that surefoot imports"),
    "milliseconds": (b"t_s,ax,ay,az\n0,0,0,9\n10,0,0,9\n20,0,0,9\n", "must be in seconds"),
    "one stamp for all": (b"t_s,ax,ay,az\n0,0,0,9\n0,0,0,9\n0,0,0,9\n", "one stamp per sample"),
    "two columns ax": (b"t_s,ax,ax,ay,az\n0,0,0,0,9\n", "two columns ax"),
    "a recording": (b'{"surefoot-recording":1,"sources":{}}\n', "surefoot recording already"),
}


@pytest.mark.parametrize(("content", "says"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_imported_gets_one_clear_sentence(content: bytes, says: str, path: Path) -> None:
    with pytest.raises(RecordingError, match=says) as caught:
        imported(path, content)
    assert "walk.csv" in str(caught.value)
    assert str(caught.value).isprintable()


def test_missing_files_folders_pipes_and_giants_are_refused(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RecordingError, match="check its name"):
        import_file(path)
    with pytest.raises(RecordingError, match="name a file, not a folder"):
        import_file(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(RecordingError, match="not a regular file"):
            import_file(tmp_path / "pipe")
    monkeypatch.setattr(module, "MAX_BYTES", 400)
    with pytest.raises(RecordingError, match="cut it into parts"):
        imported(path, table(ROWS))


def test_options_outside_their_vocabulary_are_refused(path: Path) -> None:
    with pytest.raises(UsageError, match="waist, chest"):
        imported(path, table(ROWS), placement="head")
    with pytest.raises(UsageError, match="plain_csv"):
        imported(path, table(ROWS), fmt="xls")
    with pytest.raises(RecordingError, match="no column t_s"):
        imported(path, "time,ax,ay,az\n0,0,0,9.8\n", fmt="plain_csv")
    assert imported(path, table(ROWS), placement=None, fmt="plain_csv").notes == [
        "the file does not say where the sensor was worn: name it with --placement, scores need it"
    ]


def test_the_description_beside_a_table_is_used_cleaned_and_overridden(path: Path) -> None:
    beside: dict[str, Any] = {
        "name": "one\x1b[31m",
        "placement": "front trouser pocket",
        "activity": "walk " * 1000,
        "sign": 5,
        "subject": "somebody",
        "range_ms2": 78.5,
        "rate_hz": 50,
        "measured": {"n": 1},
    }
    path.with_suffix(".json").write_text(json.dumps(beside))
    recording = imported(path, table(ROWS), placement=None)
    source, about = recording.header["sources"]["s1"], recording.header["imported"]
    assert (source["name"], source["placement"]) == ("one[31m", "pocket")
    assert source["settings"] == {"rate_hz": 100.0, "range_ms2": 78.5}
    assert set(about) == {"format", "file", "activity", "notes"}
    assert len(about["activity"]) <= 200
    assert recording.notes == ["the stamps say 100 Hz, the description 50 Hz"]
    assert imported(path, table(ROWS), placement="foot").header["sources"]["s1"]["placement"] == "foot"


@pytest.mark.parametrize("beside", ["{", "[]", "[" * 50_000, "{}" + " " * 70_000, '{"name":"\udcff"}'])
def test_a_description_that_cannot_be_read_is_left_out_with_a_note(beside: str, path: Path) -> None:
    path.with_suffix(".json").write_bytes(beside.encode(errors="surrogateescape"))
    recording = imported(path, table(ROWS), placement="waist")
    assert recording.notes == ["walk.json beside it is not readable and was left out"]
    assert values(recording).tolist() == ROWS


@pytest.mark.parametrize("value", [True, -1, 0, "8", None, float("nan"), 1e300, 10**400])
def test_a_range_that_is_none_is_ignored(value: Any, path: Path) -> None:
    path.with_suffix(".json").write_text(json.dumps({"range_ms2": value, "rate_hz": value}))
    recording = imported(path, table(ROWS), placement="waist")
    assert recording.header["sources"]["s1"]["settings"] == {"rate_hz": 100.0}
    assert recording.notes == []


finite = st.floats(-4000, 4000)
small = st.floats(-199, 199)


@settings(max_examples=60)
@given(rows=st.lists(st.tuples(finite, finite, finite, small, small, small), min_size=2, max_size=25))
def test_every_number_arrives_as_it_was_written(
    rows: list[tuple[float, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    written = [[n * 0.02, *row] for n, row in enumerate(rows)]
    recording = imported(tmp_path_factory.mktemp("rows") / "a.csv", table(written))
    assert values(recording)[:, 1:].tolist() == [row[1:] for row in written]
    assert values(recording)[:, 0] == pytest.approx([row[0] for row in written], abs=1e-9)


@settings(max_examples=150)
@given(content=st.binary(max_size=200), prefix=st.sampled_from([b"", HEAD.encode() + b"\n0,0,0,9.8,0,0,0\n"]))
def test_any_bytes_are_imported_or_refused(
    content: bytes, prefix: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.csv"
    try:
        recording = imported(path, prefix + content)
    except SurefootError:
        return
    assert len(values(recording)) >= 2


def test_every_importer_keeps_the_contract() -> None:
    for importer in IMPORTERS.values():
        assert importer.SHAPE
        assert not importer.sniff(b"")
        assert not importer.sniff(bytes(range(256)))
