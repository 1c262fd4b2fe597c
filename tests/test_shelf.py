"""Recordings at hand."""

from __future__ import annotations

import datetime
import gzip
import json
import os
import shutil
from pathlib import Path

import pytest

from surefoot.errors import SurefootError
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
