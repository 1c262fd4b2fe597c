"""Events as lines of text: what is said, and what is better not."""

from __future__ import annotations

import io
import os
import struct
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import surefoot
from repack import run
from surefoot import simulate
from surefoot.events import Scored, Settled
from surefoot.result_text import report
from surefoot.samples import Score
from surefoot.terminal import WIDTH, fitted, tell
from surefoot.wording import NOT_MEDICAL, line

FIXTURES = Path(__file__).parent.parent / "fixtures"


def test_a_settling_that_was_interrupted_is_no_line() -> None:
    assert line(Settled(3.0, 2, None, False, "interrupted")) is None
    assert line(Settled(9.0, 2, None, False, "not_settled")) == "   9.00 s  landing 2 not settled"
    assert line(Settled(3.0, 2, 0.4, False)) == "   3.00 s  landing 2 settled after 0.40 s"


def test_a_bout_of_hops_in_place_speaks_of_settling_once() -> None:
    made = simulate.hops("normal", count=4, seed=9, in_place=True)
    lines = [text for text in map(line, run(made.header, made.inputs)) if text is not None]
    assert len([text for text in lines if "settled" in text]) == 1
    assert "landing 4 settled after" in lines[-2]


@pytest.mark.parametrize("name", ["polar/drops_soft", "polar/hops_in_place", "microbit/drops_clipped", "polar/wobbly"])
def test_a_report_fits_into_80_columns_and_loses_no_word(name: str) -> None:
    result = surefoot.score(FIXTURES / f"{name}.jsonl.gz")
    text = report(result)
    assert max(map(len, text.splitlines())) <= 80
    for landing in result["landings"]:
        assert landing["cue"] is None or f"“{landing['cue']}”" in text  # on one line
    for reason in result["quality"]["reasons"]:
        assert reason in " ".join(text.split())


def test_a_long_word_stays_whole_and_short_lines_are_untouched() -> None:
    long = "x" * 100
    assert fitted(["  a  b", f"  see {long} there"]) == ["  a  b", "  see", f"      {long}", "      there"]


class Window(io.StringIO):
    """Something to print into, as wide as a pseudo-terminal that was told so."""

    def __init__(self, fd: int) -> None:
        super().__init__()
        self._fd = fd

    def fileno(self) -> int:
        return self._fd

    def isatty(self) -> bool:
        return os.isatty(self._fd)


LONG = "  surefoot: /a folder/with a very long name and spaces/2031-04-02_074100_hold_left.jsonl.gz predicts no injury."


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_no_word_is_broken_and_a_pipe_gets_the_line_as_it_is() -> None:
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
    window = Window(theirs)
    tell(LONG + "\nshort", window)
    lines = window.getvalue().splitlines()
    os.close(ours)
    os.close(theirs)
    assert len(lines) > 3
    assert max(map(len, lines)) <= 50
    assert " ".join(" ".join(lines).split()) == " ".join(f"{LONG} short".split())
    end, begin = os.pipe()
    pipe = Window(begin)
    tell(LONG + "\nshort", pipe)
    os.close(end)
    os.close(begin)
    assert pipe.getvalue() == LONG + "\nshort\n"


def test_a_report_keeps_the_name_of_its_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "a name with spaces and a long one, in which a person tells all about the morning.jsonl.gz"
    path.write_bytes((FIXTURES / "polar/wobbly.jsonl.gz").read_bytes())
    first, second = report(surefoot.score(path)).splitlines()[:2]
    assert first == f"{path.name}:"
    assert "quality" in second


def test_the_last_line_of_a_command_fits_the_narrowest_terminal() -> None:
    assert len(NOT_MEDICAL) <= WIDTH


def test_the_score_of_the_whole_trial_is_told_where_it_differs_and_with_its_reason() -> None:
    def said(trial_value: float | None) -> str | None:
        return line(Scored(9.0, "trial", 1, Score(74.6, "steadiness/1"), trial_value))

    assert said(23.9) == "   9.00 s  steadiness 74 fair, trial 23 with time held and touches (provisional)"
    assert said(74.2) == said(None) == "   9.00 s  steadiness 74 fair (provisional)"


def test_flags_behind_a_score_are_words() -> None:
    text = line(Scored(9.0, "landing", 1, Score(61.0, "softness/1", ("clipped",)))) or ""
    assert "the sensor's range was reached" in text
    assert "clipped" not in text


def test_every_text_with_a_score_calls_it_provisional() -> None:
    for of in ("trial", "landing"):
        assert "provisional" in (line(Scored(9.0, of, 1, Score(61.0, "softness/1"))) or "")
        assert "provisional" not in (line(Scored(9.0, of, 1, Score(None, "softness/1", ("gap",)))) or "")
    rows = report(surefoot.score(FIXTURES / "polar/drops_soft.jsonl.gz")).splitlines()
    (head,) = [above for above, row in pairwise(rows) if " #  at s" in row]
    assert head == "  landings by softness/1, provisional:"
