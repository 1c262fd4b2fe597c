"""Events as lines of text: what is said, and what is better not."""

from __future__ import annotations

from repack import run
from surefoot import simulate
from surefoot.events import Settled
from surefoot.wording import line


def test_a_settling_that_was_interrupted_is_no_line() -> None:
    assert line(Settled(3.0, 2, None, False, "interrupted")) is None
    assert line(Settled(9.0, 2, None, False, "not_settled")) == "   9.00 s  landing 2 not settled"
    assert line(Settled(3.0, 2, 0.4, False)) == "   3.00 s  landing 2 settled after 0.40 s"


def test_a_bout_of_hops_in_place_speaks_of_settling_once() -> None:
    made = simulate.hops("normal", count=4, seed=9, in_place=True)
    lines = [text for text in map(line, run(made.header, made.inputs)) if text is not None]
    assert len([text for text in lines if "settled" in text]) == 1
    assert "landing 4 settled after" in lines[-2]
