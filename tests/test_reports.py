"""Discomfort: told by a cue, kept in the recording, shown in results; and what an older reader makes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from repack import run
from surefoot import engine as engine_module
from surefoot import reports, simulate
from surefoot.errors import UsageError
from surefoot.events import CueRejected, Reported
from surefoot.recorder import write_recording
from surefoot.recording import read
from surefoot.result_text import report
from surefoot.results import score
from surefoot.samples import CUE_KINDS, Cue, Input
from surefoot.simulate import Simulated
from surefoot.wording import line

HOLD = simulate.stand("one_eo_firm", seed=1, target_s=12.0)
DROPS = simulate.drops("normal", count=2, seed=1)


def told(made: Simulated, *values: str) -> list[Input]:
    last_ns = made.inputs[-1].host_ns
    return [*made.inputs, *(Cue(last_ns + k, "report", value) for k, value in enumerate(values))]


@pytest.mark.parametrize("value", range(11))
def test_every_whole_number_to_ten_is_understood(value: int) -> None:
    assert reports.parse(f"discomfort={value}") == value


@pytest.mark.parametrize(
    "text", ["", "discomfort", "discomfort=", "discomfort=11", "discomfort=-1", "discomfort=3.5", "discomfort=03",
             "discomfort=3 ", "discomfort=٣", "pain=3", "Discomfort=3", "discomfort=1000000"]
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="discomfort=0 to discomfort=10"):
        reports.parse(text)


def test_a_report_belongs_to_the_trial_before_it_and_a_later_one_replaces_it() -> None:
    events = run(HOLD.header, told(HOLD, "discomfort=3", "discomfort=5"))
    found = [event for event in events if isinstance(event, Reported)]
    assert [(one.of, one.number, one.discomfort) for one in found] == [("trial", 1, 3), ("trial", 1, 5)]
    assert reports.said(found, "trial", 1) == 5
    assert reports.said(found, "trial", 2) is None
    assert reports.said(found, "set", 1) is None
    text = line(found[0])
    assert text is not None
    assert text.endswith("trial 1: discomfort 3 of 10")


def test_a_report_after_landings_belongs_to_the_set() -> None:
    events = run(DROPS.header, told(DROPS, "discomfort=0"))
    (found,) = [event for event in events if isinstance(event, Reported)]
    assert (found.of, found.number, found.discomfort) == ("set", 1, 0)


def test_before_anything_was_done_there_is_nothing_to_report_on() -> None:
    first = HOLD.inputs[0]
    inputs: list[Input] = [first, Cue(first.host_ns, "report", "discomfort=2"), *HOLD.inputs[1:]]
    events = run(HOLD.header, inputs)
    assert [event.kind for event in events if isinstance(event, CueRejected)] == ["report"]
    assert not [event for event in events if isinstance(event, Reported)]


def test_results_carry_it_through_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    write_recording(path, HOLD.header, told(HOLD, "discomfort=7"))
    assert [item.value for item in read(path).inputs() if isinstance(item, Cue)][-1] == "discomfort=7"
    result = json.loads(json.dumps(score(path)))
    (trial,) = result["trials"]
    assert trial["discomfort"] == 7
    assert "discomfort" not in trial["missing"]
    assert "discomfort 7 of 10" in report(result)


def test_untold_is_missing_with_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    write_recording(path, HOLD.header, HOLD.inputs)
    (trial,) = score(path)["trials"]
    assert (trial["discomfort"], trial["missing"]["discomfort"]) == (None, "not_told")
    (window,) = score(path, from_s=6.0, to_s=18.0)["trials"]
    assert (window["discomfort"], window["missing"]["discomfort"]) == (None, "not_told")


def test_a_set_carries_it_in_results_and_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    write_recording(path, DROPS.header, told(DROPS, "discomfort=4"))
    result = score(path)
    (one,) = result["landing_sets"]
    assert one["discomfort"] == 4
    assert "discomfort 4 of 10" in report(result)


def test_a_wrong_report_is_said_and_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    write_recording(path, HOLD.header, told(HOLD, "discomfort=99"))
    result = score(path)
    assert result["trials"][0]["discomfort"] is None
    assert any("discomfort=0 to discomfort=10" in warning for warning in result["warnings"])


def test_a_reader_that_does_not_know_reports_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As every version without reports does: the cue is refused in words, the trial counts."""
    path = tmp_path / "a.jsonl.gz"
    write_recording(path, HOLD.header, told(HOLD, "discomfort=7"))
    monkeypatch.setattr(engine_module, "CUE_KINDS", tuple(kind for kind in CUE_KINDS if kind != "report"))
    result = score(path)
    assert result["trials"][0]["steadiness"]["value"] is not None
    assert "ignored: no cue is called 'report'" in result["warnings"]


def test_a_report_changes_no_other_event() -> None:
    plain = run(HOLD.header, HOLD.inputs)
    with_report = [event for event in run(HOLD.header, told(HOLD, "discomfort=1")) if not isinstance(event, Reported)]
    assert [type(event) for event in plain] == [type(event) for event in with_report]


def test_a_running_trial_is_not_what_a_report_is_about() -> None:
    """Two holds; the report during the second one is about the first."""
    shift_ns = HOLD.inputs[-1].host_ns - HOLD.inputs[0].host_ns + 5_000_000
    again = [replace(item, host_ns=item.host_ns + shift_ns) for item in HOLD.inputs]
    middle = len(again) // 2
    cue = Cue(again[middle].host_ns, "report", "discomfort=2")
    events = run(HOLD.header, [*HOLD.inputs, *again[:middle], cue, *again[middle:]])
    assert [one.number for one in events if isinstance(one, Reported)] == [1]
