"""Corrections by a person: both values are kept, nothing is lost, nonsense is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import surefoot
from surefoot import simulate
from surefoot.cli import run
from surefoot.corrections import KINDS, Correction, parse
from surefoot.errors import UsageError
from surefoot.events import END_REASONS
from surefoot.recorder import write_recording
from surefoot.recording import read
from surefoot.samples import Cue, Notification


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A hold of 20 s from 6.5 s on, with a hop at 14.6 s and a touch at 20.5 s."""
    made = simulate.stand("one_eo_firm", seed=2, target_s=20.0, hop_s=(8.0,), touch_s=(14.0,))
    write_recording(tmp_path / "raw.jsonl", made.header, made.inputs)
    return tmp_path / "raw.jsonl"


def test_both_values_are_kept(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = recorded.with_name("new.jsonl.gz")
    assert run(["correct", str(recorded), "--remove", "hop@14.6", "-o", str(new)]) == 0
    assert "corrected: 20.0 s held" in capsys.readouterr().out
    (trial,) = surefoot.score(new)["trials"]
    (raw,) = surefoot.score(recorded)["trials"]
    assert raw["corrected"] is None
    assert [mark["kind"] for mark in trial["instabilities"]] == ["hop", "touch"]
    assert [mark["kind"] for mark in trial["corrected"]["instabilities"]] == ["touch"]
    gained = trial["corrected"]["steadiness"]["trial_value"] - trial["steadiness"]["trial_value"]
    assert gained == pytest.approx(5)
    assert trial["sway"] == raw["sway"]


def test_an_earlier_end_is_measured_anew(recorded: Path) -> None:
    new = recorded.with_name("new.jsonl")
    assert run(["correct", str(recorded), "--end", "touch_down@21.5", "--add", "step@10", "-o", str(new)]) == 0
    (trial,) = surefoot.score(new)["trials"]
    fixed = trial["corrected"]
    assert fixed["hold_s"] == pytest.approx(15.0)
    assert fixed["end_reason"] == "touch_down"
    assert fixed["sway"]["end_s"] == pytest.approx(20.5)  # without the last second: the fall
    assert fixed["sway"]["rms_h_ms2"] != trial["sway"]["rms_h_ms2"]
    assert [mark["kind"] for mark in fixed["instabilities"]] == ["step", "hop", "touch"]


def test_nothing_of_the_old_recording_is_lost_and_corrections_add_up(recorded: Path) -> None:
    first, second = recorded.with_name("1.jsonl"), recorded.with_name("2.jsonl")
    run(["correct", str(recorded), "--remove", "hop@14.6", "-o", str(first)])
    run(["correct", str(first), "--remove", "touch@20.5", "-o", str(second)])
    old, new = list(read(recorded).inputs()), list(read(second).inputs())
    assert new[: len(old)] == old
    assert [cue.value for cue in new[len(old) :] if isinstance(cue, Cue)] == [
        "trial=1 remove hop@14.600", "trial=1 remove touch@20.500",
    ]  # fmt: skip
    assert any(isinstance(item, Notification) for item in old)
    assert surefoot.score(second)["trials"][0]["corrected"]["errors_n"] == 0


@pytest.mark.parametrize(
    "what",
    [
        ["--remove", "hop@3"],
        ["--remove", "lean@14.6"],
        ["--add", "step@300"],
        ["--end", "touch_down@2"],
        ["--end", "target@40"],
        ["--trial", "5", "--add", "step@10"],
        ["--add", "dance@10"],
        ["--end", "hop"],
        [],
    ],
)
def test_a_correction_that_points_at_nothing_leaves_no_file(
    what: list[str], recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = recorded.with_name("new.jsonl")
    assert run(["correct", str(recorded), *what, "-o", str(new)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not new.exists()


marks = st.one_of(
    st.tuples(st.sampled_from(["remove", "add"]), st.sampled_from(KINDS)),
    st.tuples(st.just("end"), st.sampled_from(END_REASONS)),
)


@given(trial=st.integers(1, 9999), mark=marks, t_ms=st.integers(0, 900_000))
def test_a_correction_says_what_it_was_told(trial: int, mark: tuple[str, str], t_ms: int) -> None:
    made = Correction(trial, *mark, t_ms / 1000)
    assert parse(made.text).text == made.text


@given(text=st.text(max_size=60))
def test_any_other_text_is_refused(text: str) -> None:
    try:
        parse(text)
    except UsageError as e:
        assert "trial" in str(e)


def test_a_correction_that_fits_no_longer_is_a_warning_and_not_the_end(recorded: Path) -> None:
    new = recorded.with_name("new.jsonl")
    assert run(["correct", str(recorded), "--add", "touch@24", "-o", str(new)]) == 0
    result = surefoot.score(new, settings=["target_s=10"])
    assert result["trials"][0]["corrected"] is None
    assert any("24 s lies outside" in warning for warning in result["warnings"])


def test_a_fall_takes_the_hop_before_it_along(recorded: Path) -> None:
    new = recorded.with_name("new.jsonl")
    assert run(["correct", str(recorded), "--end", "touch_down@15.2", "-o", str(new)]) == 0
    (trial,) = surefoot.score(new)["trials"]
    assert trial["corrected"]["instabilities"] == []
