import errno
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surefoot.recorder as module
from surefoot.errors import RecordingError
from surefoot.foreign import placement_of
from surefoot.lines import MAX_LINE
from surefoot.recorder import Recorder, write_recording
from surefoot.recording import read
from surefoot.samples import PLACEMENTS, Cue, Input, Link, Notification, Tick

HEADER: dict[str, Any] = {
    "created": "2031-04-02T07:41:12.345+02:00",
    "epoch_ns": 1_932_874_872_345_000_000,
    "host_ns": 81_234_000_111_222,
    "sources": {
        "s1": {
            "codec": "polar",
            "name": "Polar H10",
            "firmware": "5.0",
            "placement": "chest",
            "axes": None,
            "settings": {"rate_hz": 200, "range_g": 8},
        }
    },
    "drill": {"name": "hold", "leg": "left"},
}
INPUTS: list[Input] = [
    Link(1_000, "s1", "connected"),
    Notification(2_000, "s1", "config", '{"title":"ü\\n"}'),
    Cue(2_000, "start", "hold"),
    Notification(3_000, "s1", "imu", bytes(range(16))),
    Cue(3_500, "touch"),
    Tick(4_000),
    Link(5_000_002_000, "s1", "lost"),
]
HEAD = b'{"surefoot-recording":1,"sources":{}}\n'


@pytest.fixture
def lines(tmp_path: Path) -> list[bytes]:
    """A clean recording, line by line."""
    write_recording(tmp_path / "whole.jsonl", HEADER, INPUTS)
    return (tmp_path / "whole.jsonl").read_bytes().splitlines(keepends=True)


def recorded(path: Path, inputs: list[Input] = INPUTS) -> Path:
    with Recorder.create(path, HEADER) as recorder:
        for item in inputs:
            recorder.write(item)
    return recorder.path


def test_what_was_written_is_read_back_in_the_documented_form(tmp_path: Path, lines: list[bytes]) -> None:
    recording = read(recorded(tmp_path / "a.jsonl"))
    assert list(recording.inputs()) == INPUTS
    assert list(recording.inputs()) == INPUTS, "a recording can be read again"
    assert {key: recording.header[key] for key in HEADER} == HEADER
    assert (recording.torn, recording.clean, recording.warnings) == (False, True, [])
    assert recording.duration_s == 5.000001
    assert json.loads(lines[0])["surefoot-recording"] == 1
    assert lines[0].startswith(b'{"surefoot-recording":1,"surefoot":"')
    assert lines[1:] == [
        b'{"t":1000,"s":"s1","link":"connected"}\n',
        b'{"t":2000,"s":"s1","k":"config","utf8":"{\\"title\\":\\"\\u00fc\\\\n\\"}"}\n',
        b'{"t":2000,"cue":"start","v":"hold"}\n',
        b'{"t":3000,"s":"s1","k":"imu","hex":"000102030405060708090a0b0c0d0e0f"}\n',
        b'{"t":3500,"cue":"touch"}\n',
        b'{"t":4000,"tick":1}\n',
        b'{"t":5000002000,"s":"s1","link":"lost"}\n',
        b'{"t":5000002000,"end":"clean","lines":7}\n',
    ]


texts = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=30)
inputs_of_any_kind = st.lists(
    st.builds(Notification, st.just(0), texts, texts, st.binary(max_size=300) | texts)
    | st.builds(Cue, st.just(0), texts, st.none() | texts)
    | st.builds(Tick, st.just(0))
    | st.builds(Link, st.just(0), texts, texts),
    max_size=8,
)


def paired(value: Any) -> Any:
    """A text as UTF-16 means it: two surrogates side by side are the character that they stand for."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


@settings(max_examples=150)
@given(items=inputs_of_any_kind, stamps=st.lists(st.integers(0, 2**63 - 1), min_size=8, max_size=8))
def test_any_input_comes_back_as_it_was(
    items: list[Input], stamps: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    fields = [
        (type(item), stamp, *(getattr(item, name) for name in item.__slots__[1:]))
        for item, stamp in zip(items, sorted(stamps), strict=False)
    ]
    written = [kind(*rest) for kind, *rest in fields]
    path = tmp_path_factory.mktemp("any") / "a.jsonl.gz"
    write_recording(path, HEADER, written)
    assert list(read(path).inputs()) == [kind(*map(paired, rest)) for kind, *rest in fields]


def test_equal_sessions_give_equal_archives(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    first, second = recorded(tmp_path / "a.jsonl"), recorded(tmp_path / "x" / "b.jsonl")
    assert first.name == "a.jsonl.gz"
    assert first.read_bytes()[3:8] == bytes(5), "no name and no time inside"
    assert first.read_bytes() == second.read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.jsonl.gz"]
    for name in ("c.jsonl", "c.jsonl.gz", "d.jsonl.gz"):
        write_recording(tmp_path / name, HEADER, INPUTS)
    assert (tmp_path / "c.jsonl").read_bytes() == gzip.decompress(first.read_bytes())
    assert (tmp_path / "c.jsonl.gz").read_bytes() == (tmp_path / "d.jsonl.gz").read_bytes()


def test_a_bytearray_from_a_radio_library_is_recorded_as_bytes(tmp_path: Path) -> None:
    payload: Any = bytearray(b"\x02\x00")
    path = recorded(tmp_path / "a.jsonl", [Notification(1, "s1", "imu", payload)])
    assert list(read(path).inputs()) == [Notification(1, "s1", "imu", b"\x02\x00")]


# ---------------------------------------------------------------------------------------- torn and damaged files


@pytest.mark.parametrize("clean", [True, False], ids=["end line", "input line"])
def test_a_file_cut_at_any_byte_of_its_last_line_reads_up_to_the_tear(
    clean: bool, tmp_path: Path, lines: list[bytes]
) -> None:
    if not clean:
        del lines[5:]  # the packet is last
    *before, last = lines
    path = tmp_path / "cut.jsonl"
    for n in range(len(last) + 1):
        path.write_bytes(b"".join(before) + last[:n])
        recording = read(path)
        whole = n >= len(last) - 1  # only the newline may be missing
        expected = INPUTS if clean else INPUTS[: 4 if whole else 3]
        assert list(recording.inputs()) == expected, n
        assert recording.torn == (0 < n < len(last) - 1), n
        assert recording.clean == (clean and whole), n
        assert len(recording.warnings) == (not recording.clean), n


def test_an_archive_cut_at_any_byte_reads_up_to_the_tear(tmp_path: Path) -> None:
    noise = random.Random(1)
    inputs: list[Input] = [Notification(t, "s1", "imu", noise.randbytes(40)) for t in range(30)]
    content = recorded(tmp_path / "a.jsonl", inputs).read_bytes()
    path = tmp_path / "cut.jsonl.gz"
    found: set[int] = set()
    for n in range(1, len(content)):
        path.write_bytes(content[:n])
        try:
            recording = read(path)
        except RecordingError:  # cut before the end of the header
            assert not found
            continue
        got = list(recording.inputs())
        assert got == inputs[: len(got)]
        assert recording.torn
        found.add(len(got))
    assert found >= set(range(1, 29)), "the reader loses no whole line before the tear"


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_line_is_an_error_with_its_number(seed: int, tmp_path: Path, lines: list[bytes]) -> None:
    """Bytes that no line can hold, or a missing half: damage that always shows."""
    luck = random.Random(seed)
    number = luck.randrange(1, len(lines))
    line = lines[number]
    at = luck.randrange(len(line) - 2)
    damaged = luck.choice([line[:at] + b"\n", line[:at] + b"\x00" + line[at + 1 :], line[:at] + b"\xff" + line[at:]])
    lines[number] = damaged
    path = tmp_path / "damaged.jsonl"
    path.write_bytes(b"".join(lines))
    with pytest.raises(RecordingError, match=f"line {number + 1}: .*damaged here") as caught:
        list(read(path).inputs())
    assert caught.value.line == number + 1


BAD_LINES = {
    "backward": b'{"t":0,"tick":1}',
    "no time": b'{"tick":1}',
    "float time": b'{"t":2e3,"tick":1}',
    "boolean time": b'{"t":true,"tick":1}',
    "negative time": b'{"t":-1,"tick":1}',
    "time beyond int64": b'{"t":9223372036854775808,"tick":1}',
    "endless digits": b'{"t":' + b"9" * 5000 + b',"tick":1}',
    "text time": b'{"t":"2000","tick":1}',
    "not an object": b"[1]",
    "a number": b"1",
    "nothing": b"",
    "two objects": b'{"t":2000,"tick":1}{"t":2001,"tick":1}',
    "NaN": b'{"t":2000,"tick":1,"x":NaN}',
    "nested": b'{"t":2000,"tick":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "tick of another kind": b'{"t":2000,"tick":2}',
    "odd hex": b'{"t":2000,"s":"s1","k":"imu","hex":"abc"}',
    "spaced hex": b'{"t":2000,"s":"s1","k":"imu","hex":"ab cd"}',
    "no hex": b'{"t":2000,"s":"s1","k":"imu","hex":"xy"}',
    "number as hex": b'{"t":2000,"s":"s1","k":"imu","hex":12}',
    "number as text": b'{"t":2000,"s":"s1","k":"imu","utf8":12}',
    "no source": b'{"t":2000,"k":"imu","hex":""}',
    "no stream": b'{"t":2000,"s":"s1","hex":""}',
    "number as cue": b'{"t":2000,"cue":1}',
    "number as value": b'{"t":2000,"cue":"set","v":1}',
    "number as link": b'{"t":2000,"s":"s1","link":1}',
    "two kinds": b'{"t":2000,"s":"s1","k":"imu","hex":"","utf8":""}',
    "latin-1": b'{"t":2000,"cue":"\xfc"}',
    "too long": b'{"t":2000,"cue":"' + b"x" * MAX_LINE + b'"}',
}


@pytest.mark.parametrize("bad", BAD_LINES.values(), ids=BAD_LINES)
def test_a_line_that_no_recorder_writes_is_refused(bad: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(HEAD + b'{"t":1,"tick":1}\n' + bad + b'\n{"t":3000,"tick":1}\n')
    inputs = read(path).inputs()
    assert next(inputs) == Tick(1)
    with pytest.raises(RecordingError, match=r"line 3: .*a\.jsonl is damaged here \(.+\): use") as caught:
        next(inputs)
    assert caught.value.line == 3
    assert "\n" not in str(caught.value)


def test_nothing_may_follow_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for more in (b'{"t":5,"tick":1}\n', b'{"t":5,"ti', b"\n"):
        path.write_bytes(HEAD + b'{"t":1,"end":"clean","lines":0}\n' + more)
        with pytest.raises(RecordingError, match="after the end") as caught:
            list(read(path).inputs())
        assert caught.value.line == 3


def test_a_wrong_count_at_the_end_is_a_warning(tmp_path: Path, lines: list[bytes]) -> None:
    path = tmp_path / "a.jsonl"
    del lines[4]
    path.write_bytes(b"".join(lines))
    recording = read(path)
    assert len(list(recording.inputs())) == 6
    assert recording.warnings == ["6 lines are here, 7 were written"]


def test_unknown_kinds_are_counted_and_unknown_keys_ignored(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        HEAD
        + b'{"t":1,"weather":"rain"}\n{"t":2,"tick":1,"weather":"sun"}\n{"t":3,"weather":"fog"}\n'
        + b'{"t":3,"end":"clean","lines":3}\n'
    )
    recording = read(path)
    assert recording.warnings == ["2 lines of unknown kinds were skipped"]
    assert list(recording.inputs()) == [Tick(2)]
    assert recording.duration_s == 2e-9


def test_an_archive_with_flipped_bits_is_an_error_or_reads_as_written(tmp_path: Path) -> None:
    content = recorded(tmp_path / "a.jsonl").read_bytes()
    path = tmp_path / "flipped.jsonl.gz"
    luck = random.Random(5)
    refused = 0
    for _ in range(300):
        flipped = bytearray(content)
        flipped[luck.randrange(len(content))] ^= 1 << luck.randrange(8)
        path.write_bytes(flipped)
        try:
            recording = read(path)
            assert list(recording.inputs()) == INPUTS or recording.torn
        except RecordingError:
            refused += 1
    assert refused > 200


# ---------------------------------------------------------------------------------------- files that are no recordings


HEADER_LINE = b'{"surefoot-recording":1,"surefoot":"0.1.0","sources":%s}\n'
FOREIGN = {
    "empty": (b"", "is empty"),
    "empty archive": (gzip.compress(b""), "is empty"),
    "CSV": (b"t_s,ax,ay,az\n0,0,0,9.8\n", "surefoot import"),
    "PNG": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "surefoot import"),
    "other JSON": (b'{"Samples": []}\n', "surefoot import"),
    "JSON list": (b"[]\n", "surefoot import"),
    "nested JSON": (b"[" * 100_000, "surefoot import"),
    "no line end": (b"\x00" * (MAX_LINE + 10), "surefoot import"),
    "archive of zeros": (gzip.compress(bytes(50_000_000)), "surefoot import"),
    "broken archive": (b"\x1f\x8b" + b"\x00" * 40, "surefoot import"),
    "newer": (b'{"surefoot-recording":2,"sources":[1,2]}\n', "newer surefoot .*update"),
    "version of a wrong type": (b'{"surefoot-recording":"1","sources":{}}\n', "damaged header"),
    "boolean version": (b'{"surefoot-recording":true,"sources":{}}\n', "damaged header"),
    "version 0": (b'{"surefoot-recording":0,"sources":{}}\n', "damaged header"),
    "cut header": (b'{"surefoot-recording":1,"sou', "holds no data"),
    "damaged header": (b'{"surefoot-recording":1,"sources":{},}\n', "damaged header"),
    "no sources": (b'{"surefoot-recording":1}\n', "sources"),
    "nine sources": (
        HEADER_LINE % json.dumps({f"s{i}": {"codec": "plain"} for i in range(9)}).encode(),
        "at most 8",
    ),
    "source is a list": (HEADER_LINE % b'{"s1":[]}', "source"),
    "source without codec": (HEADER_LINE % b'{"s1":{}}', "codec"),
    "settings are a list": (HEADER_LINE % b'{"s1":{"codec":"plain","settings":[]}}', "settings"),
    "placement is a number": (HEADER_LINE % b'{"s1":{"codec":"plain","placement":5}}', "placement"),
    "drill is a text": (b'{"surefoot-recording":1,"sources":{},"drill":"hold"}\n', "drill"),
    "epoch is a float": (b'{"surefoot-recording":1,"sources":{},"epoch_ns":1.5}\n', "epoch_ns"),
    "setting is NaN": (HEADER_LINE % b'{"s1":{"codec":"plain","settings":{"rate_hz":NaN}}}', "damaged header"),
}


@pytest.mark.parametrize(("content", "says"), FOREIGN.values(), ids=FOREIGN)
def test_a_file_that_is_no_recording_gets_one_clear_sentence(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=says) as caught:
        read(path)
    assert "a.jsonl" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_folders_and_pipes_are_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"none\.jsonl cannot be read .*check its name"):
        read(tmp_path / "none.jsonl")
    with pytest.raises(RecordingError, match=r"cannot be read .*not a folder"):
        read(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(RecordingError, match="not a regular file"):
            read(tmp_path / "pipe")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may read everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.jsonl")
    path.chmod(0)
    with pytest.raises(RecordingError, match=r"cannot be read .*permissions"):
        read(path)


def test_refused_permissions_are_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(RecordingError, match=r"cannot be read \(Permission denied\): check its permissions"):
        read(tmp_path / "a.jsonl")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(RecordingError, match=r"cannot be created \(Permission denied\): check its permissions"):
        Recorder.create(tmp_path / "a.jsonl", HEADER)


def test_a_header_is_completed_and_cleaned(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    source = {"codec": "plain", "name": "H10\x1b[31m\n" + "x" * 500, "placement": "lower back", "note": "kept"}
    path.write_bytes(HEADER_LINE % json.dumps({"s1": source}).encode())
    header = read(path).header
    assert header["drill"] is header["created"] is header["epoch_ns"] is header["host_ns"] is None
    cleaned = header["sources"]["s1"]
    assert cleaned | {"name": None} == {
        "codec": "plain",
        "name": None,
        "firmware": None,
        "placement": "waist",
        "axes": None,
        "settings": {},
        "note": "kept",
    }
    assert cleaned["name"].isprintable()
    assert len(cleaned["name"]) <= 100


@pytest.mark.parametrize(
    ("text", "placement"),
    [(place, place) for place in PLACEMENTS]
    + [
        ("lower back", "waist"),
        ("Belt, L5", "waist"),
        ("left hip", "waist"),
        ("hip pocket", "pocket"),
        ("front trouser pocket, some phone", "pocket"),
        ("phone in back trouser pocket", "pocket"),
        ("chest pocket", "chest"),
        ("left foot (instep/shoe)", "foot"),
        ("shoe", "foot"),
        ("ankle", "shank"),
        ("smartwatch, left wrist", "wrist"),
        ("phone in hand", "hand"),
        ("handbag", "unknown"),
        ("hand or pocket", "unknown"),
        ("not stated", "unknown"),
        ("", "unknown"),
    ],
)
def test_free_text_becomes_a_placement(text: str, placement: str) -> None:
    assert placement_of(text) == placement


def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    def peak(n: int) -> int:
        path = tmp_path / f"{n}.jsonl.gz"
        write_recording(path, HEADER, (Notification(t, "s1", "imu", bytes(200)) for t in range(n)))
        tracemalloc.start()
        for _ in read(path).inputs():
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(10)  # what is loaded once
    assert peak(5_000) < peak(500) + 50_000


# ---------------------------------------------------------------------------------------- writing


def test_time_that_goes_backward_is_refused_and_the_recorder_goes_on(tmp_path: Path) -> None:
    with Recorder.create(tmp_path / "a.jsonl", HEADER) as recorder:
        recorder.write(Tick(5))
        for wrong in (4, -1, 2**63):
            with pytest.raises(RecordingError, match="monotonic"):
                recorder.write(Tick(wrong))
        with pytest.raises(RecordingError, match="MiB"):
            recorder.write(Notification(6, "s1", "imu", bytes(MAX_LINE)))
        recorder.write(Tick(5))
    assert list(read(recorder.path).inputs()) == [Tick(5), Tick(5)]


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    taken, packed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    taken.write_text("mine")
    packed.write_text("mine")
    attempts: list[Callable[[], object]] = [
        lambda: Recorder.create(taken, HEADER),
        lambda: Recorder.create(tmp_path / "b.jsonl", HEADER),
        lambda: write_recording(taken, HEADER, INPUTS),
        lambda: write_recording(packed, HEADER, INPUTS),
    ]
    for attempt in attempts:
        with pytest.raises(RecordingError, match="exists already: choose another name"):
            attempt()
    assert (taken.read_text(), packed.read_text()) == ("mine", "mine")
    assert {path.name for path in tmp_path.iterdir()} == {"a.jsonl", "b.jsonl.gz"}


def test_a_name_that_is_taken_while_recording_keeps_both_files(tmp_path: Path) -> None:
    path, packed = tmp_path / "a.jsonl", tmp_path / "a.jsonl.gz"
    recorder = Recorder.create(path, HEADER)
    recorder.write(Tick(1))
    packed.write_text("mine")
    assert recorder.close() == path
    assert (list(read(path).inputs()), read(path).clean) == ([Tick(1)], True)
    assert packed.read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 2


def test_archives_are_made_without_hard_links_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    assert list(read(recorded(tmp_path / "a.jsonl")).inputs()) == INPUTS
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl.gz"]
    part = tmp_path / "part"
    part.write_text("new")
    with pytest.raises(FileExistsError):
        module._publish(part, tmp_path / "a.jsonl.gz")


@pytest.mark.parametrize("name", ["a.csv", "a", "a.gz", "a.JSONL"])
def test_a_name_that_is_not_a_recordings_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"end it with \.jsonl"):
        Recorder.create(tmp_path / name, HEADER)
    with pytest.raises(RecordingError, match=r"end it with \.jsonl"):
        write_recording(tmp_path / name, HEADER, INPUTS)
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    for attempt in (
        lambda: Recorder.create(tmp_path / "no" / "a.jsonl", HEADER),
        lambda: write_recording(tmp_path / "no" / "a.jsonl", HEADER, INPUTS),
    ):
        with pytest.raises(RecordingError, match="folder exists"):
            attempt()


@pytest.mark.parametrize(
    "header",
    [{}, {"sources": {"s1": {"codec": 5}}}, {"sources": {}, "x": float("nan")}, {"sources": {}, "x": object()}],
    ids=["no sources", "codec", "NaN", "object"],
)
def test_a_header_that_could_not_be_read_is_not_written(header: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="header"):
        Recorder.create(tmp_path / "a.jsonl", header)
    with pytest.raises(RecordingError, match="header"):
        write_recording(tmp_path / "a.jsonl", header, INPUTS)
    assert not list(tmp_path.iterdir())


def test_an_error_in_the_session_leaves_a_readable_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    recorder = Recorder.create(path, HEADER)

    def session() -> None:
        with recorder:
            recorder.write(INPUTS[0])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        session()
    recording = read(path)
    assert list(recording.inputs()) == INPUTS[:1]
    assert recording.warnings == ["the recording was not closed: its end may be missing"]
    assert recorder.close() == path, "closing again changes nothing"
    with pytest.raises(RecordingError, match="closed"):
        recorder.write(INPUTS[1])


def test_an_error_in_the_inputs_leaves_no_half_file(tmp_path: Path) -> None:
    def inputs() -> Iterator[Input]:
        yield Tick(1)
        raise ZeroDivisionError

    for name in ("a.jsonl", "a.jsonl.gz"):
        with pytest.raises(ZeroDivisionError):
            write_recording(tmp_path / name, HEADER, inputs())
        with pytest.raises(RecordingError, match="monotonic"):
            write_recording(tmp_path / name, HEADER, [Tick(2), Tick(1)])
    assert not list(tmp_path.iterdir())


def test_a_slow_disk_never_blocks_writing_and_syncs_do_not_pile_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, leave = threading.Event(), threading.Event()
    threads: list[str] = []
    real = os.fsync

    def slow(fd: int) -> None:
        threads.append(threading.current_thread().name)
        entered.set()
        assert leave.wait(30)
        real(fd)

    recorder = Recorder.create(tmp_path / "a.jsonl", HEADER)
    monkeypatch.setattr(os, "fsync", slow)
    try:
        for t_ns in range(0, 10_000_000_000, 100_000_000):
            recorder.write(Tick(t_ns))
            if t_ns == 1_000_000_000:
                assert entered.wait(30), "one second of input time has passed"
            elif t_ns < 1_000_000_000:
                assert not threads
        assert len(threads) == 1
        assert threads[0].startswith("surefoot-fsync")
    finally:
        leave.set()
        recorder.close()
    assert len(list(read(recorder.path).inputs())) == 100


def test_a_disk_that_cannot_sync_ends_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    recorder = Recorder.create(tmp_path / "a.jsonl", HEADER)
    monkeypatch.setattr(os, "fsync", broken)
    recorder.write(Tick(0))
    recorder.write(Tick(1_000_000_000))
    assert recorder._sync is not None
    assert isinstance(recorder._sync.exception(30), OSError)
    with pytest.raises(RecordingError, match="Input/output error"):
        recorder.write(Tick(2_000_000_000))
    with pytest.raises(RecordingError, match="Input/output error"):
        recorder.write(Tick(2_100_000_000))
    assert recorder.close() == tmp_path / "a.jsonl"
    assert len(list(read(recorder.path).inputs())) == 3


def test_a_recording_that_cannot_begin_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(RecordingError, match=r"No space left on device.*free some space"):
        Recorder.create(tmp_path / "a.jsonl", HEADER)
    assert not list(tmp_path.iterdir())


def test_short_writes_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, content: real(fd, content[:7]))
    path = recorded(tmp_path / "a.jsonl")
    assert list(read(path).inputs()) == INPUTS


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from surefoot.errors import RecordingError
from surefoot.recorder import Recorder
from surefoot.samples import Notification

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
recorder = Recorder.create(Path(sys.argv[1]), {"sources": {}})
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
done, said = 0, []
for t in range(100):
    try:
        recorder.write(Notification(t, "s1", "imu", bytes(50)))
        done += 1
    except RecordingError as e:
        said.append(str(e))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(done, len(set(said)), said[0], recorder.close().name)
"""

FULL_DISK_AT_ONCE = """
import resource, signal, sys
from pathlib import Path
from surefoot.errors import RecordingError
from surefoot.recorder import write_recording
from surefoot.samples import Notification

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
noise = [Notification(t, "s1", "imu", b"%d" % t ** 9) for t in range(3000)]
try:
    write_recording(Path(sys.argv[1]), {"sources": {}}, noise)
except RecordingError as e:
    print(e)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
@pytest.mark.parametrize("cut_back", [True, False], ids=["cut back", "cannot be cut back"])
def test_a_full_disk_ends_the_recording_after_a_whole_line(cut_back: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    program = FULL_DISK
    if not cut_back:
        program = f"import os\ndef refuse(*_): raise OSError\nos.ftruncate = refuse\n{program}"
    ran = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True, env=environment()
    )
    done, sentences, said = ran.stdout.split(maxsplit=2)
    assert sentences == "1", "every later write is refused with the same sentence"
    assert "cannot be written any more" in said
    assert "free some space or choose another disk" in said
    assert said.split()[-1] == "a.jsonl"
    recording = read(path)
    assert len(list(recording.inputs())) == int(done) > 10
    assert recording.torn != cut_back
    assert not recording.clean


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_full_disk_leaves_no_half_file(name: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", FULL_DISK_AT_ONCE, tmp_path / name],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    assert "cannot be written (File too large): free some space" in ran.stdout
    assert ran.stderr == ""
    assert not list(tmp_path.iterdir())


WRITER = """
import os, sys
from pathlib import Path
from surefoot.recorder import Recorder
from surefoot.samples import Notification

recorder = Recorder.create(Path(sys.argv[1]), {"sources": {}})
for t in range(10**9):
    recorder.write(Notification(t * 1_000_000, "s1", "imu", (t % 251).to_bytes(1, "little") * (t % 400)))
    os.write(1, b"%d\\n" % (t + 1))
"""


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
@pytest.mark.parametrize("seed", range(8))
def test_a_killed_writer_loses_no_line_whose_write_had_returned(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    victim = subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, env=environment())
    assert victim.stdout is not None
    with victim, victim.stdout as pipe:
        for _ in range(random.Random(seed).randrange(1, 6_000)):
            pipe.readline()
        victim.send_signal(signal.SIGKILL)
        said = pipe.read().split(b"\n")  # what it had said before it died
        victim.wait()
    counted = [int(word) for word in said[:-1]]
    got = list(read(path).inputs())
    assert len(got) >= max(counted, default=1)
    assert got == [
        Notification(t * 1_000_000, "s1", "imu", (t % 251).to_bytes(1, "little") * (t % 400)) for t in range(len(got))
    ]
