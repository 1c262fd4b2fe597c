"""Keys as typed lines: a pipe into a real process, and the thread that reads it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from surefoot import typed
from surefoot.cli import run
from surefoot.recording import read
from surefoot.samples import Notification

ROOT = Path(__file__).parent.parent
STEADY = str(ROOT / "fixtures" / "polar" / "steady.jsonl.gz")


class Plain:
    """A plain session in a process of its own, spoken to line by line."""

    def __init__(self, *argv: str) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "surefoot", *argv, "--plain"]
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        self.out: list[str] = []
        self.watchdog = threading.Timer(60.0, self.process.kill)  # a session that never says it must not wait for ever
        self.watchdog.start()

    def type(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def until(self, words: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.out.append(line)
            if words in line:
                return line
        raise AssertionError(f"{words!r} was never said: {''.join(self.out)}")

    def end(self) -> str:
        out, _ = self.process.communicate()
        self.watchdog.cancel()
        self.out.append(out)
        return "".join(self.out)


def test_a_whole_trial_by_typed_keys(tmp_path: Path) -> None:
    plain = Plain("stand", "--demo", "--target", "30", "--record", str(tmp_path))
    plain.until("holding")
    plain.type("x")
    plain.until("unsteady: touch")
    plain.type("s")
    plain.until("stopped")
    plain.until("trial 1: left leg, eyes open, firm")
    plain.until("→")
    plain.type("?")
    plain.until("s start or stop")
    plain.type("6")
    plain.until("trial 1: discomfort 6 of 10")
    plain.type("s")
    plain.until("get ready")
    plain.type("q")
    text = plain.end()
    assert plain.process.returncode == 0
    assert "recording: " in text
    (path,) = tmp_path.glob("*.gz")
    done = subprocess.run(
        [sys.executable, "-m", "surefoot", "score", "--json", str(path)], capture_output=True, text=True, check=True
    )
    (trial,) = json.loads(done.stdout)["trials"]
    assert trial["discomfort"] == 6
    assert [one["kind"] for one in trial["instabilities"]] == ["touch"]


def test_what_is_no_key_says_what_the_keys_are() -> None:
    plain = Plain("stand", "--demo")
    plain.until("get ready")
    plain.type("start please")
    plain.until("keys, each with enter: s start or stop")
    plain.type("q")
    assert "not a medical device" in plain.end()


def test_a_pipe_that_ends_leaves_the_session_running() -> None:
    plain = Plain("demo", "--seconds", "2")
    assert plain.process.stdin is not None
    plain.process.stdin.close()
    plain.process.stdin = None
    assert "get ready" in plain.end()
    assert plain.process.returncode == 0


def test_the_summary_of_a_text_session_is_that_of_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stand", "--replay", STEADY, "--target", "12", "--plain", "--leg", "left"]) == 0
    out = capsys.readouterr().out
    assert "           trial 1: left leg, eyes open, firm" in out
    assert "             12.0 of 12 s held: target reached" in out
    assert "(provisional scale" in out
    assert "not compared with your past: no recordings are kept" in out


# ------------------------------------------------------------------------------------------------ the thread


def heard(fd: int, over: threading.Event | None = None) -> list[str]:
    lines: list[str] = []
    typed.listen(fd, lines.append, over or threading.Event()).join()
    return lines


def written(text: bytes) -> int:
    end, begin = os.pipe()
    os.write(begin, text)
    os.close(begin)
    return end


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b"s\nx\n", ["s", "x"]),
        (b"s\n\n  q  ", ["s", "", "q"]),
        (b"\r\n", [""]),
        (b"\xff\xfes\n", ["��s"]),
        (b"", [""]),
    ],
)
def test_lines_come_one_by_one_and_the_last_needs_no_end(text: bytes, lines: list[str]) -> None:
    assert [line for line in heard(written(text)) if line] == [line for line in lines if line]


def test_a_line_without_end_does_not_grow() -> None:
    lines = heard(written(b"y" * 50_000 + b"\nq\n"))
    assert lines[-2:] == ["q", ""] or lines[-1] == "q"
    assert max(map(len, lines)) <= typed.LONGEST


def test_a_pace_takes_so_many_lines_each_second() -> None:
    now_s = 100.0
    pace = typed.Pace(lambda: now_s)
    assert [pace.takes() for _ in range(3 * typed.LINES_PER_S)].count(True) == typed.LINES_PER_S
    now_s += 0.9
    assert not pace.takes()
    now_s += 0.2
    assert pace.takes()


def test_what_is_beyond_the_pace_is_dropped_and_told() -> None:
    lines: list[str] = []
    over = threading.Event()
    typed.listen(written(b"s\n" * 2000), lines.append, over, over.set).join()
    assert lines == ["s"] * typed.LINES_PER_S


def test_a_flood_of_lines_does_not_starve_the_sensor(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "surefoot", "demo", "--plain", "--seconds", "3", "--record", str(tmp_path)]
    with subprocess.Popen(["yes", "s"], stdout=subprocess.PIPE) as flood:
        done = subprocess.run(command, stdin=flood.stdout, capture_output=True, text=True, timeout=60)
        flood.kill()
    assert done.returncode == 0
    assert done.stderr.count("type slower") == 1
    (path,) = tmp_path.glob("*.gz")
    inputs = list(read(path).inputs())
    packets = [one for one in inputs if isinstance(one, Notification)]
    assert len(packets) > 10  # 36 samples at 200 Hz each
    assert packets[-1].host_ns - packets[0].host_ns > 1.5e9
    assert len(inputs) - len(packets) < 5 * typed.LINES_PER_S


def test_output_that_the_caller_closed_leads_nowhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "surefoot", "demo", "--plain", "--seconds", "1", "--record", str(tmp_path)]
    for closed in (">&-", ">&- 2>&-", "<&- >&- 2>&-"):
        done = subprocess.run(["sh", "-c", f'exec "$@" {closed}', "sh", *command], stderr=subprocess.PIPE, timeout=60)
        assert done.returncode == 0
        assert b"Traceback" not in done.stderr
    paths = list(tmp_path.glob("*.gz"))
    assert paths
    assert all(read(path).clean for path in paths)


def test_nothing_is_heard_once_it_is_over() -> None:
    over = threading.Event()
    over.set()
    assert heard(written(b"s\n"), over) == []


def test_where_somebody_may_type(tmp_path: Path) -> None:
    with open(os.devnull) as null:
        assert not typed.has_lines(null.fileno())
    path = tmp_path / "keys.txt"
    path.write_text("s\n")
    with path.open() as file:
        assert typed.has_lines(file.fileno())
    end = written(b"")
    assert typed.has_lines(end)
    os.close(end)
    assert not typed.has_lines(end)  # closed


def test_a_terminal_of_other_programs_is_left_alone() -> None:
    ours, theirs = pty.openpty()
    assert not typed.has_lines(theirs)  # it is not this process' own, as for a program in the background
    os.close(ours)
    os.close(theirs)
