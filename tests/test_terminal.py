"""The whole program on a real pseudo-terminal: a stalled one, a killed process, a closed line."""

from __future__ import annotations

import contextlib
import os
import random
import select
import signal
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from repack import decoded, joined
from surefoot.recording import Recording, read
from surefoot.samples import Notification

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)
import fcntl
import pty
import termios

STEADY = Path(__file__).parent.parent / "fixtures" / "polar" / "steady.jsonl.gz"
PROGRAM = """
import os, sys
from surefoot.recorder import Recorder
write = Recorder.write
def told(self, item):
    write(self, item)
    os.write(int(sys.argv[1]), b"x")
Recorder.write = told
from surefoot.cli import run
sys.exit(run(sys.argv[2:]))
"""
"""The command line, saying on a pipe each time that a write to the recording has returned."""
FAULT = """
from surefoot.tui.screens.view import View
show, shown = View.show, []
def broken(self, scene):
    shown.append(scene)
    if len(shown) > 20:
        raise ZeroDivisionError("boom")
    show(self, scene)
View.show = broken
"""
"""A screen that breaks after a while."""
BUG = """
from surefoot import shelf
def kept(folder):
    raise ZeroDivisionError("boom")
shelf.kept = kept
"""
"""A list of recordings that cannot be made."""


@dataclass
class Terminal:
    """A child on a pseudo-terminal of 80×24; `returned` ends the pipe of its writes."""

    pid: int
    fd: int
    returned: int

    def drain(self, until: bytes = b"", seconds: float = 60.0) -> bytes:
        """Read what it draws, until it has drawn something or has ended."""
        seen = b""
        end_s = time.monotonic() + seconds
        while (not until or until not in seen) and (left_s := end_s - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left_s)[0]:
                break
            try:
                seen += os.read(self.fd, 65536)
            except OSError:  # it has closed its side
                break
        return seen

    def count(self, at_least: int, seconds: float = 60.0) -> int:
        """Wait until so many writes have returned, or it has ended; how many did."""
        counted, end_s = 0, time.monotonic() + seconds
        while counted < at_least and (left_s := end_s - time.monotonic()) > 0:
            if not select.select([self.returned], [], [], left_s)[0]:
                break
            got = os.read(self.returned, 65536)
            if not got:
                break
            counted += len(got)
        return counted

    def end(self, how: int | None = None) -> int:
        """Send a signal, or wait for its own end; the terminal is read on, as its last words may be long. The code."""
        if how is not None:
            os.kill(self.pid, how)
        self.drain()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@contextlib.contextmanager
def terminal(*argv: str, program: str = PROGRAM, **more: str) -> Iterator[Terminal]:
    """`more`: of the environment."""
    returned, tell = os.pipe()
    os.set_inheritable(tell, True)
    environment = {
        **os.environ,
        **more,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-c", program, str(tell), *argv], environment)
    os.close(tell)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    try:
        yield Terminal(pid, fd, returned)
    finally:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(fd)
        os.close(returned)


def kept(folder: Path) -> Recording:
    (path,) = folder.iterdir()
    return read(path)


def longest_pause_s(recording: Recording) -> float:
    times = [item.host_ns for item in recording.inputs() if isinstance(item, Notification)]
    return float(np.diff(times).max() / 1e9)


@pytest.mark.parametrize(
    "stall_s", [2.5, pytest.param(10.0, marks=pytest.mark.slow)]
)  # Textual's own queue is full after about 1.5 s
def test_a_terminal_that_does_not_read_costs_no_sample(stall_s: float, tmp_path: Path) -> None:
    with terminal("demo", "--record", str(tmp_path), "--seed", "2") as child:
        assert b"sway" in child.drain(until=b"sway")
        child.count(at_least=int(stall_s / 0.18) + 8)  # 36 samples at 200 Hz are 0.18 s: the drawing goes nowhere
        child.end(signal.SIGTERM)
        recording = kept(tmp_path)
    assert recording.clean
    whole = joined(decoded(recording.header, recording.inputs()))
    assert whole.device_ns is not None
    assert (np.diff(whole.device_ns) == 5_000_000).all()
    assert len(whole.acc) >= stall_s * 200
    # written when they came, not saved up while the screen was stuck
    assert longest_pause_s(recording) < 1.0


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(k, marks=pytest.mark.slow) for k in range(3, 53))])
def test_a_killed_dashboard_loses_no_line_whose_write_had_returned(seed: int, tmp_path: Path) -> None:
    drill = ("hold", "drop", "hop")[seed % 3]
    with terminal("demo", "--record", str(tmp_path), "--drill", drill, "--speed", "20") as child:
        counted = child.count(at_least=random.Random(seed).randrange(1, 400))
        child.end(signal.SIGKILL)
        counted += child.count(at_least=10**9)
        recording = kept(tmp_path)
        got = list(recording.inputs())
    assert len(got) >= counted > 0
    assert not recording.clean


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_closed_line_closes_the_recording(how: int, tmp_path: Path) -> None:
    with terminal("demo", "--record", str(tmp_path), "--speed", "20") as child:
        counted = child.count(at_least=60)
        assert child.end(how) == 128 + how
        counted += child.count(at_least=10**9)
        recording = kept(tmp_path)
        assert len(list(recording.inputs())) == counted
    assert recording.clean


def test_a_fault_of_the_screen_is_a_failure_and_keeps_the_recording(tmp_path: Path) -> None:
    with terminal("demo", "--record", str(tmp_path), program=FAULT + PROGRAM) as child:
        assert child.end() == 1
        assert kept(tmp_path).clean


def test_a_fault_of_ours_is_a_sentence_on_the_dashboard_and_told_at_its_end(tmp_path: Path) -> None:
    with terminal(program=BUG + PROGRAM, XDG_DATA_HOME=str(tmp_path)) as child:
        child.drain(until=b"demo")
        os.write(child.fd, b"o")
        assert b"ZeroDivisionError" in child.drain(until=b"ZeroDivisionError")
        os.write(child.fd, b"q")
        assert b"Traceback" in child.drain(until=b"Traceback")
        assert child.end() == 1


def test_the_dashboard_and_a_replay_say_that_a_signal_ended_them(tmp_path: Path) -> None:
    with terminal(XDG_DATA_HOME=str(tmp_path)) as child:
        child.drain(until=b"demo")
        assert child.end(signal.SIGTERM) == 128 + signal.SIGTERM
    with terminal("replay", str(STEADY)) as child:
        child.drain(until=b"steady")
        assert child.end(signal.SIGHUP) == 128 + signal.SIGHUP


def test_ctrl_z_does_not_stop_the_recording_and_a_stopped_process_goes_on(tmp_path: Path) -> None:
    with terminal("demo", "--record", str(tmp_path), "--speed", "20") as child:
        child.drain(until=b"sway")
        os.write(child.fd, b"\x1a")  # in raw mode a key like any other: suspending would stop the session too
        assert child.count(at_least=60) >= 60
        os.kill(child.pid, signal.SIGSTOP)
        os.kill(child.pid, signal.SIGCONT)
        assert b"live" in child.drain(until=b"live")
        assert child.count(at_least=60) >= 60
        child.end(signal.SIGTERM)
        assert kept(tmp_path).clean


@pytest.mark.parametrize("how", [None, signal.SIGTERM, signal.SIGHUP])
def test_a_demo_is_replayed_without_being_recorded_and_leaves_nothing(
    how: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with terminal("demo", "--speed", "20", "--drill", "hold") as child:
        child.drain(until=b"Again")  # the summary of its first trial
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        os.write(child.fd, b"r")
        assert b"this session, not kept" in child.drain(until=b"this session, not kept")
        if how is None:
            os.write(child.fd, b"q")
            assert b"recording:" not in child.drain()
            os.waitpid(child.pid, 0)
        else:
            child.end(how)
    assert list(tmp_path.iterdir()) == []


def test_no_recording_at_all_where_that_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with terminal("demo", "--speed", "20", "--no-record") as child:
        child.drain(until=b"Again")
        assert list(tmp_path.iterdir()) == []
        os.write(child.fd, b"r")
        assert b"not recorded" in child.drain(until=b"nothing to replay")
        child.end(signal.SIGTERM)
