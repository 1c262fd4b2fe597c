"""Both scores against their formulas."""

from __future__ import annotations

from dataclasses import replace

import pytest

from surefoot.events import HoldEnded, Landed, Unsteady
from surefoot.landing import Landing
from surefoot.samples import G0_MS2, DrillSpec
from surefoot.scoring import SOFTNESS_WORDS, STEADINESS_WORDS, score_hold, score_landing, word
from surefoot.sway import Sway, unknown

ONE = DrillSpec("hold", leg="left", eyes="open", surface="firm", support="none")


def ended(
    rms_mg: float | None = 10.0, spec: DrillSpec = ONE, hold_s: float | None = 30.0, errors: int = 0
) -> HoldEnded:
    sway = unknown(7, 35, 100, "too_short")
    if rms_mg is not None:
        sway = Sway(7, 35, 100, 3.5, rms_h_ms2=rms_mg * G0_MS2 / 1000)
    marks = tuple(Unsteady(10.0 + k, "touch") for k in range(errors))
    return HoldEnded(35, spec, 5, hold_s, "target", marks, sway)


def test_steadiness_is_its_formula() -> None:
    score, trial = score_hold(ended(12.25, errors=1), "waist")
    assert score.value == pytest.approx(61.08, abs=0.01)  # 100·log10(50/12.25)
    assert trial == pytest.approx(56.08, abs=0.01)
    assert score.method == "steadiness/1"


def test_half_the_sway_is_thirty_points() -> None:
    a, b = (score_hold(ended(rms), "waist")[0].value or 0 for rms in (20.0, 10.0))
    assert b - a == pytest.approx(30.1, abs=0.01)


@pytest.mark.parametrize(
    ("eyes", "surface", "zero_mg"),
    [("open", "firm", 50), ("open", "mat", 80), ("closed", "firm", 120), ("closed", "mat", 200)],
)
def test_each_condition_has_its_scale(eyes: str, surface: str, zero_mg: float) -> None:
    spec = replace(ONE, eyes=eyes, surface=surface)
    assert score_hold(ended(zero_mg, spec), "waist")[0].value == pytest.approx(0, abs=1e-9)
    assert score_hold(ended(zero_mg / 10, spec), "waist")[0].value == pytest.approx(100)
    assert score_hold(ended(zero_mg * 1.3, spec), "chest")[0].value == pytest.approx(0, abs=1e-9)


def test_a_shorter_hold_is_worth_its_share_and_never_less_than_nothing() -> None:
    score, trial = score_hold(ended(10.0, hold_s=15.0), "waist")
    assert score.value is not None
    assert trial == pytest.approx(score.value / 2)
    assert score_hold(ended(45.0, hold_s=15.0, errors=9), "waist")[1] == 0


@pytest.mark.parametrize(
    ("given_", "placement", "reason"),
    [
        (ended(None), "waist", "too_short"),
        (ended(10, replace(ONE, leg="both")), "waist", "both_legs"),
        (ended(10, replace(ONE, leg="unknown")), "waist", "leg"),
        (ended(10, replace(ONE, eyes="unknown")), "waist", "eyes"),
        (ended(10, replace(ONE, surface="unstable")), "waist", "surface"),
        (ended(10), "pocket", "placement"),
        (ended(10), "unknown", "placement"),
    ],
)
def test_no_score_says_why(given_: HoldEnded, placement: str, reason: str) -> None:
    score, trial = score_hold(given_, placement)
    assert (score.value, trial) == (None, None)
    assert reason in score.flags


def test_without_a_known_lift_there_is_steadiness_but_no_trial_value() -> None:
    score, trial = score_hold(ended(10, hold_s=None), "waist")
    assert score.value is not None
    assert trial is None


def landed(tau_ms: float | None, flags: tuple[str, ...] = ()) -> Landed:
    missing = {} if tau_ms else {"tau_ms": "no_flight"}
    return Landed(3.0, 1, DrillSpec("drop"), Landing(3.0, tau_ms=tau_ms, flags=flags, missing=missing))


@pytest.mark.parametrize(
    ("placement", "tau_ms", "value"),
    [
        ("waist", 25, 0),
        ("waist", 120, 100),
        ("chest", 54.77, 50),
        ("shank", 6, 0),
        ("shank", 45, 100),
        ("waist", 300, 100),
    ],
)
def test_softness_is_its_formula(placement: str, tau_ms: float, value: float) -> None:
    assert score_landing(landed(tau_ms), placement, None).value == pytest.approx(value, abs=0.01)


@pytest.mark.parametrize(
    ("event", "placement", "fault", "reason"),
    [
        (landed(60.0), "pocket", None, "placement"),
        (landed(60.0, ("gap",)), "waist", None, "gap"),
        (landed(60.0), "waist", "gravity", "gravity"),
        (landed(60.0), "waist", "linear_acceleration", "linear_acceleration"),
        (landed(None), "waist", None, "no_flight"),
    ],
)
def test_no_softness_says_why(event: Landed, placement: str, fault: str | None, reason: str) -> None:
    score = score_landing(event, placement, fault)
    assert score.value is None
    assert reason in score.flags


def test_only_a_value_without_a_flag_may_be_a_record() -> None:
    assert score_landing(landed(60.0), "waist", None).may_be_record
    assert not score_landing(landed(None), "waist", None).may_be_record
    for flag in ("clipped", "low_rate", "v_uncertain", "momentum", "no_stick", "gap"):
        assert not score_landing(landed(60.0, (flag,)), "waist", None).may_be_record, flag


def test_flags_stay_with_the_score() -> None:
    assert score_landing(landed(60.0, ("clipped", "low_rate")), "waist", "gravity_unchecked").flags == (
        "clipped", "low_rate", "gravity_unchecked",
    )  # fmt: skip


def test_words_cover_the_scale() -> None:
    assert [word(v, SOFTNESS_WORDS) for v in (100, 80, 79.9, 60, 40, 39.9, 0)] == [
        "quiet", "quiet", "soft", "soft", "firm", "hard", "hard",
    ]  # fmt: skip
    assert [word(v, STEADINESS_WORDS) for v in (100, 75, 50, 25, 0)] == [
        "steady", "steady", "fair", "wobbly", "unsteady",
    ]  # fmt: skip
