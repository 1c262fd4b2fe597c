"""Recordings at hand."""

from __future__ import annotations

import datetime
import gzip
import json
import os
import re
import shutil
import zlib
from pathlib import Path
from typing import Any

import pytest

from surefoot import shelf
from surefoot.errors import SurefootError
from surefoot.recording import read
from surefoot.shelf import NEWEST_N, kept, playback

FIXTURES = Path(__file__).parent.parent / "fixtures"
STEADY = FIXTURES / "polar" / "steady.jsonl.gz"


def put(source: Path, path: Path, changed_s: float) -> None:
    shutil.copy(source, path)
    os.utime(path, (changed_s, changed_s))


def test_the_newest_come_first_with_what_they_are(tmp_path: Path) -> None:
    put(STEADY, tmp_path / "a.jsonl.gz", 1000.0)
    put(FIXTURES / "polar" / "drops_soft.jsonl.gz", tmp_path / "b.jsonl.gz", 3000.0)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "folder.jsonl").mkdir()
    broken = tmp_path / "\x1b[31mc.jsonl"
    broken.write_text("not ours")
    os.utime(broken, (2000.0, 2000.0))
    rows = kept(tmp_path)
    assert [Path(row.path).name for row in rows] == ["b.jsonl.gz", broken.name, "a.jsonl.gz"]
    assert "drop" in rows[0].title
    assert rows[0].detail.endswith("b.jsonl.gz")
    assert "is not a surefoot recording" in rows[1].detail
    assert "\x1b" not in rows[1].title + rows[1].detail
    assert "stand left · 0:" in rows[2].title
    assert "simulated Polar H10" in rows[2].detail


def test_only_the_newest_are_listed_and_no_folder_is_no_fault(tmp_path: Path) -> None:
    for k in range(NEWEST_N + 3):
        path = tmp_path / f"{k:02}.jsonl"
        path.write_text("")
        os.utime(path, (1000.0 + k, 1000.0 + k))
    rows = kept(tmp_path)
    assert [row.title for row in rows] == [f"{k:02}.jsonl" for k in range(NEWEST_N + 2, 2, -1)]
    assert kept(tmp_path / "none") == ()
    with pytest.raises(SurefootError, match="cannot be read"):
        kept(tmp_path / "00.jsonl")


def test_the_length_is_that_of_the_recording(tmp_path: Path) -> None:
    put(STEADY, tmp_path / "a.jsonl.gz", 1000.0)
    film = playback(STEADY)
    film.load()
    minutes, seconds = divmod(round(film.duration_s), 60)
    words = kept(tmp_path)[0].title.split(" · ")
    said = next(word for word in words if word[0].isdigit() and len(word) == 4)
    told_s = int(said[0]) * 60 + int(said[2:])
    assert abs(told_s - (minutes * 60 + seconds)) <= 1


def test_a_table_is_imported_for_a_look_and_leaves_nothing(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    shutil.copy(FIXTURES / "imports" / "plain_csv_stand.csv", table)
    film = playback(table)
    film.load()
    assert film.failure is None
    assert film.title == "a.csv"
    assert film.duration_s > 10
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("name", ["none.jsonl", "none.csv", "bad.csv", "bad.jsonl.gz"])
def test_what_cannot_be_opened_says_why(name: str, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("hello\n")
    (tmp_path / "bad.jsonl.gz").write_bytes(b"\x1f\x8bxx")
    with pytest.raises(SurefootError, match=r": \w"):
        playback(tmp_path / name)


def test_a_recording_is_dated_by_its_own_header(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    header, *lines = gzip.decompress(STEADY.read_bytes()).decode().splitlines()
    path.write_text("\n".join([json.dumps({**json.loads(header), "created": "2031-04-02T07:41:00"}), *lines]))
    assert kept(tmp_path)[0].title.startswith("2031-04-02 07:41 · ")
    path.write_text("\n".join([json.dumps({**json.loads(header), "created": "yesterday"}), *lines]))
    os.utime(path, (1000.0, 1000.0))
    assert kept(tmp_path)[0].title.startswith(datetime.datetime.fromtimestamp(1000.0).strftime("%Y-%m-%d %H:%M"))


# ------------------------------------------------------------------------------------------------ what is wrong there


def lines_of(path: Path, **changed: object) -> bytes:
    """A recording's text, with another header."""
    header, *lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    return "\n".join([json.dumps({**json.loads(header), **changed}), *lines, ""]).encode()


def test_a_damaged_archive_is_a_row_like_others(tmp_path: Path) -> None:
    put(STEADY, tmp_path / "good.jsonl.gz", 1000.0)
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(gzip.decompress(STEADY.read_bytes())[:9000]) + packer.flush(zlib.Z_FULL_FLUSH)
    broken = tmp_path / "broken.jsonl.gz"
    broken.write_bytes(packed + b"\xff" * 100)  # the header is whole, what follows is no compressed data
    os.utime(broken, (2000.0, 2000.0))
    with pytest.raises(zlib.error):
        gzip.decompress(broken.read_bytes())
    first, second = kept(tmp_path)
    assert first.path == str(broken)
    assert "stand left" in first.title
    assert "stand left · 0:" in second.title


@pytest.mark.parametrize("changed_s", [1e12, -1e12, 1e17, -62_135_596_800.0 - 1e6, 253_402_300_800.0])
def test_a_file_time_that_no_calendar_has_is_undated(changed_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every file system takes such a time, so it is given here."""
    monkeypatch.setattr(shelf, "_changed_s", lambda path: changed_s)
    row = shelf._row(STEADY)
    assert row.title.startswith("undated · stand left")


@pytest.mark.parametrize("created", ["0001-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "9" * 400, 5])
def test_a_header_at_the_ends_of_time_is_a_row(created: object, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines_of(STEADY, created=created))
    (row,) = kept(tmp_path)
    assert ("stand left" in row.title) == isinstance(created, str)


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (b'{"surefoot-recording":1,"sources":5}\n', "use another copy of it"),
        (b'{"surefoot-recording":1,"sourc\xff}\n', "has a damaged header: use another copy of it"),
        (b'{"surefoot-recording":1,"sources"', "is cut off in its header: it holds no data, delete it"),
        (b'{"surefoot-recording":"%b"}\n' % (b"x" * 5000), "use another copy of it"),
        (b"", "is empty: nothing was recorded in it, delete it"),
        (b"hello\n", "is not a surefoot recording: if another app made it, try surefoot import"),
    ],
)
def test_a_row_says_what_is_wrong_and_what_to_do_and_not_where(header: bytes, why: str, tmp_path: Path) -> None:
    folder = tmp_path / "a folder with a long name " / ("x" * 90)
    folder.mkdir(parents=True)
    (folder / "a.jsonl").write_bytes(header)
    (row,) = kept(folder)
    assert row.title == "a.jsonl"
    assert row.detail.endswith(why)
    assert row.detail.startswith(("has ", "is "))
    assert len(row.detail) <= shelf.DETAIL_N
    assert str(tmp_path) not in row.detail


def test_a_sensor_without_a_name_is_unnamed(tmp_path: Path) -> None:
    source = {"codec": "polar", "settings": {"rate_hz": 200, "range_g": 8}}
    (tmp_path / "a.jsonl").write_bytes(lines_of(STEADY, sources={"s1": source}))
    (row,) = kept(tmp_path)
    assert row.detail == "unnamed · a.jsonl"


def test_a_fault_of_ours_is_one_row_and_the_others_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(STEADY, tmp_path / "a.jsonl.gz", 1000.0)
    put(STEADY, tmp_path / "b.jsonl.gz", 2000.0)

    def reads(path: Path) -> Any:
        if path.name == "b.jsonl.gz":
            raise ZeroDivisionError("boom")
        return read(path)

    monkeypatch.setattr(shelf, "read", reads)
    broken, good = kept(tmp_path)
    assert (broken.title, broken.detail) == ("b.jsonl.gz", "cannot be read, an internal error: ZeroDivisionError: boom")
    assert "stand left" in good.title


def test_a_small_archive_that_hides_a_huge_file_is_not_unpacked_for_its_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked_n = len(gzip.decompress(STEADY.read_bytes()))
    put(STEADY, tmp_path / "a.jsonl.gz", 1000.0)
    monkeypatch.setattr(shelf, "CHEAP_UNPACKED_BYTES", unpacked_n)
    assert " · 0:" in kept(tmp_path)[0].title
    monkeypatch.setattr(shelf, "CHEAP_UNPACKED_BYTES", unpacked_n // 2)
    assert " · 0:" not in kept(tmp_path)[0].title


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("~nobody-of-that-name/a.jsonl", "nobody's home is known as ~nobody-of-that-name/a.jsonl: write"),
        ("a\0b.jsonl", "ab.jsonl holds a character that no file name can have: type it again"),
        ("a\0b.csv", "ab.csv holds a character that no file name can have: type it again"),
        ("\ud800.jsonl", ".jsonl holds a character that no file name can have: type it again"),
        ("x" * 4000 + ".jsonl", "check"),
        ("x" * 4000 + ".csv", "check"),
        (".", "name a file, not a folder"),
        ("", "name a file, not a folder"),
        ("/dev/null", "name a file, not a folder"),
    ],
)
def test_a_path_that_cannot_be_is_an_error_with_a_remedy(typed: str, why: str) -> None:
    with pytest.raises(SurefootError, match=re.escape(why)):
        playback(Path(typed))
