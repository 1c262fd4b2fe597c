"""The commands with real sensors, as processes: their threads, their signals, what they leave behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from surefoot.cli import run
from surefoot.recording import read
from surefoot.samples import Cue, Link, Notification

TESTS = Path(__file__).parent
STOP = "0302"  # Polar's command that ends the acceleration


def process(folder: Path, *argv: str) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(TESTS), "XDG_DATA_HOME": str(folder / "data"), "HOME": str(folder)}
    command, pipe = [sys.executable, "-m", "radio.program", str(folder), *argv], subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, stdin=subprocess.DEVNULL, text=True, env=env)


def writes(folder: Path) -> list[str]:
    path = folder / "writes.txt"
    return path.read_text().split() if path.exists() else []


@pytest.fixture
def no_dbus(monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        pytest.skip("D-Bus is Linux's")
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/at/all")


@pytest.mark.parametrize(
    "argv",
    [
        ["devices", "--seconds", "1"],
        ["devices", "--json"],
        ["stand", "--device", "Polar", "--plain"],
        ["land", "--device", "Polar", "--device", "Movesense", "--placement", "shank", "--no-record"],
        ["record", "--device", "Polar", "-o", "a.jsonl"],
    ],
)
@pytest.mark.usefixtures("no_dbus")
def test_without_bluetooth_every_command_says_so_and_leaves_nothing(
    argv: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert run(argv) == 1
    said = capsys.readouterr()
    assert "no system D-Bus runs here" in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["stand", *["--device", "x"] * 3], "at most 2"),
        (["stand", "--device", "x", "--placement", "waist", "--placement", "foot"], "once for each"),
        (["stand", "--device", "Polar", "--device", "polar"], "the same sensor twice"),
    ],
)
def test_what_does_not_fit_together_is_refused_before_the_radio_begins(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*argv, "--plain"]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(("name", "words"), [("a.jsonl", "exists already"), ("a.csv", "end it with .jsonl")])
@pytest.mark.usefixtures("no_dbus")
def test_a_name_that_a_recording_cannot_have_is_refused_before_the_radio_begins(
    name: str, words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.jsonl.gz").write_text("of yesterday")
    assert run(["record", "--device", "x", "-o", str(tmp_path / name)]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert "looking" not in said


def test_devices_in_reach_are_listed(tmp_path: Path) -> None:
    listed = process(tmp_path, "devices", "--seconds", "0.5", "--json")
    out, err = listed.communicate(timeout=60)
    assert listed.returncode == 0, err
    (one,) = json.loads(out)
    assert (one["name"], one["kind"], one["codec"]) == ("Polar H10 12345678", "Polar H10", "polar")
    assert one["address"] == "F0:00:00:00:00:01"
    assert one["in_use"] is False
    assert writes(tmp_path) == []


def test_a_drill_on_a_strap_is_recorded_and_interrupted_and_the_strap_sleeps(tmp_path: Path) -> None:
    running = process(tmp_path, "stand", "--device", "polar h10", "--target", "10", "--placement", "chest")
    assert running.stdout is not None
    assert "get ready" in running.stdout.readline()
    recordings = tmp_path / "data" / "surefoot" / "recordings"
    (path,) = recordings.iterdir()
    while path.stat().st_size < 4000:  # some packets
        assert running.poll() is None
        os.sched_yield()
    for _ in range(3):  # an impatient person
        running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "connecting to Polar H10 12345678" in err
    assert "Traceback" not in err
    assert writes(tmp_path)[-1] == STOP
    recording = read(next(recordings.iterdir()))
    assert recording.clean
    assert recording.header["sources"]["s1"]["placement"] == "chest"
    inputs = list(recording.inputs())
    assert isinstance(inputs[0], Link)
    assert {item.stream for item in inputs if isinstance(item, Notification)} == {"control", "imu", "battery"}
    assert [item.value for item in inputs if isinstance(item, Cue)] == ["hold"]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_looking_for_a_sensor_can_be_interrupted(sign: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "absent").touch()
    running = process(tmp_path, "stand", "--device", "Polar")
    assert running.stderr is not None
    assert "waist" in running.stderr.readline()
    assert "looking for Polar" in running.stderr.readline()
    running.send_signal(sign)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 128 + sign
    assert err.strip() == "stopped"


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_starting_can_be_interrupted_and_the_strap_sleeps(sign: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "deaf").touch()
    running = process(tmp_path, "record", "--device", "Polar", "-o", str(tmp_path / "a.jsonl"))
    assert running.stderr is not None
    while "connecting to" not in running.stderr.readline():
        assert running.poll() is None
    while not writes(tmp_path):  # the talk has begun
        assert running.poll() is None
        os.sched_yield()
    for _ in range(500):  # a wrapper that passes on what we had already
        running.send_signal(sign)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 128 + sign
    assert "Traceback" not in err
    assert writes(tmp_path)[-1] == STOP


def test_a_sensor_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    running = process(tmp_path, "stand", "--device", "Garmin", "--no-record")
    _, err = running.communicate(timeout=60)
    assert running.returncode == 1
    assert err.splitlines()[-1].startswith("surefoot: 'Garmin' was not found, but Polar H10 12345678: check the name")
