"""The battery of four trials on two feet."""

from __future__ import annotations

from pathlib import Path

import pytest

import surefoot
from surefoot.batteries import BATTERIES, changes, conditions
from surefoot.cli.parser import build
from surefoot.events import HoldEnded
from surefoot.live.asked import battery_of, source_of
from surefoot.recorder import Recorder
from surefoot.result_text import battery_table
from surefoot.samples import Cue
from surefoot.session import Session
from surefoot.sources.demo import DemoSource


def test_mctsib_is_four_trials_of_thirty_seconds_on_two_feet() -> None:
    specs = BATTERIES["mctsib"]
    assert [(s.eyes, s.surface) for s in specs] == [
        ("open", "firm"), ("closed", "firm"), ("open", "mat"), ("closed", "mat"),
    ]  # fmt: skip
    assert {(s.leg, s.target_s, s.support) for s in specs} == {("both", 30.0, "none")}


def test_only_what_differs_is_set() -> None:
    one, two, three, _ = BATTERIES["mctsib"]
    assert changes(one, two) == ["eyes=closed"]
    assert changes(two, three) == ["eyes=open", "surface=mat"]
    assert changes(one, one) == []


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[HoldEnded], Path]:
    """A demo of the battery: its trials and its recording."""
    args = build().parse_args(["stand", "--demo", "--battery", "mctsib"])
    source = source_of(args)
    assert isinstance(source, DemoSource)
    path = tmp_path_factory.mktemp("battery") / "b.jsonl"
    session = Session(source, Recorder.create(path, dict(source.header)))
    session.run()
    assert session.saved is not None
    return [event for event in session.drain() if isinstance(event, HoldEnded)], session.saved


def test_a_demo_goes_through_all_conditions(done: tuple[list[HoldEnded], Path]) -> None:
    trials, path = done
    assert [(t.spec.leg, t.spec.eyes, t.spec.surface) for t in trials] == [
        (s.leg, s.eyes, s.surface) for s in BATTERIES["mctsib"]
    ]
    assert [t.end_reason for t in trials] == ["target"] * 4
    scored = surefoot.score(path)["trials"]
    assert [t["eyes"] for t in scored] == ["open", "closed", "open", "closed"]
    assert {t["steadiness"]["value"] for t in scored} == {None}


def test_the_table_compares_each_condition_with_the_first(done: tuple[list[HoldEnded], Path]) -> None:
    trials, _ = done
    found = conditions("mctsib", trials)
    assert found[0].ratio == 1
    assert found[3].ratio is not None
    assert found[2].ratio is not None
    assert 1 < found[2].ratio < found[3].ratio  # firm < mat, open < closed, in the model
    text = battery_table("mctsib", trials)
    assert text.count("\n") == 5
    assert "not the clinical test" in text


def test_what_was_not_done_is_named(done: tuple[list[HoldEnded], Path]) -> None:
    trials, _ = done
    found = conditions("mctsib", trials[:2])
    assert [one.missing for one in found] == [None, None, "not_done", "not_done"]
    assert "not done" in battery_table("mctsib", [])
    assert [one.missing for one in conditions("mctsib", [])] == ["not_done"] * 4


def test_a_person_is_led_to_the_next_condition() -> None:
    from surefoot.live.guides import advancing

    fixture = Path(__file__).parent.parent / "fixtures" / "polar" / "steady.jsonl.gz"
    args = build().parse_args(["stand", "--replay", str(fixture), "--battery", "mctsib"])
    source = source_of(args)
    assert source.header["drill"]["leg"] == "both"
    assert len(battery_of(args)) == 4
    session = Session(source)
    told: list[Cue] = []
    session.cue = lambda kind, value=None: told.append(Cue(0, kind, value))  # type: ignore[method-assign]
    hear = advancing(args, source, session, also=None, starts=False)
    ended = next(event for event in surefoot.replay(fixture) if isinstance(event, HoldEnded))
    for _ in range(5):
        hear(ended)
    assert [cue.value for cue in told] == ["eyes=closed", "eyes=open", "surface=mat", "eyes=closed"]
