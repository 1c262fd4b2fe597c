"""Events as lines of text: what is said, and what is better not."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

import surefoot
from repack import run
from surefoot import simulate
from surefoot.events import Scored, Settled
from surefoot.result_text import report
from surefoot.samples import Score
from surefoot.terminal import fitted
from surefoot.wording import line

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


def test_every_text_with_a_score_calls_it_provisional() -> None:
    for of in ("trial", "landing"):
        assert "provisional" in (line(Scored(9.0, of, 1, Score(61.0, "softness/1"))) or "")
        assert "provisional" not in (line(Scored(9.0, of, 1, Score(None, "softness/1", ("gap",)))) or "")
    rows = report(surefoot.score(FIXTURES / "polar/drops_soft.jsonl.gz")).splitlines()
    (head,) = [above for above, row in pairwise(rows) if " #  at s" in row]
    assert head == "  landings by softness/1, provisional:"
