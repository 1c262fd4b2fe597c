"""The personal band and the word "real", against known values, properties and simulated persons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot import band as module
from surefoot.band import (
    HARMLESS,
    LIMITS,
    Band,
    Key,
    Metric,
    Trial,
    Verdict,
    band,
    baseline,
    change,
    left_right,
    retention,
    session_change,
    summaries,
    trial,
)
from surefoot.errors import UsageError
from surefoot.events import HoldEnded, Scored
from surefoot.samples import DrillSpec, Score
from surefoot.sway import Sway, unknown

KEY = Key("hold", "left", "open", "firm", "barefoot", "waist", "plain", "steadiness/1 sway/1", "none")
METRICS: tuple[Metric, ...] = ("steadiness", "path_rate")


def one(
    session: int = 1,
    *,
    key: Key = KEY,
    hold_s: float | None = 30.0,
    steadiness: float | None = 70.0,
    path: float | None = 1.0,
    flags: tuple[str, ...] = (),
    feedback: bool = True,
) -> Trial:
    return Trial(key, session, hold_s, 30.0, steadiness, path, flags, feedback)


def history(
    values: Sequence[float], of: Metric = "steadiness", *, key: Key = KEY, feedback: bool = True
) -> list[Trial]:
    """A familiarization, then three trials per session."""
    sessions = [2 + k // 3 for k in range(len(values))]
    return [one(1, key=key, feedback=feedback)] + [
        one(s, key=key, steadiness=v, feedback=feedback)
        if of == "steadiness"
        else one(s, key=key, path=v, feedback=feedback)
        for s, v in zip(sessions, values, strict=True)
    ]


def known(trials: Sequence[Trial], of: Metric = "steadiness", *, feedback: bool = True) -> Band:
    found, reason = band(trials, of, feedback=feedback)
    assert found is not None, reason
    return found


SIX = [60.0, 64.0, 68.0, 70.0, 76.0, 80.0]  # median 69, deviations 1 1 5 7 9 11: MAD 6

# whole steps of a hundredth: two values differ by nothing or by much more than a rounding
POINTS = st.lists(st.integers(1000, 9000).map(lambda n: n / 100), min_size=6, max_size=20)
PATHS = st.lists(st.integers(10, 1000).map(lambda n: n / 100), min_size=6, max_size=20)


# ------------------------------------------------------------------------------------------------ the band


def test_the_band_is_its_formula() -> None:
    found = known(history(SIX))
    assert found.center == 69
    assert found.half == pytest.approx(1.96 * math.sqrt(2) * 1.4826 * 6)
    assert (found.low, found.high) == pytest.approx((69 - 24.657, 69 + 24.657), abs=0.001)
    assert found.n == 6


def test_the_band_of_the_path_rate_is_formed_on_logarithms() -> None:
    found = known(history([math.exp(v / 100) for v in SIX], "path_rate"), "path_rate")
    assert found.center == pytest.approx(math.exp(0.69))
    assert (
        found.high / found.center
        == pytest.approx(found.center / found.low)
        == pytest.approx(math.exp(0.24657), abs=1e-4)
    )


def test_five_valid_trials_are_too_few() -> None:
    assert band(history(SIX[:5]), "steadiness", feedback=True) == (None, "too_few")
    assert band([], "path_rate", feedback=True) == (None, "too_few")


def test_equal_values_are_no_band() -> None:
    assert band(history([100.0] * 4 + [90.0, 95.0]), "steadiness", feedback=True) == (None, "no_spread")


def test_a_score_at_the_ceiling_falls_back_to_the_fixed_step() -> None:
    trials = history([100.0] * 6)
    assert change(trials, one(9, steadiness=90), "steadiness") == Verdict("same", "no_spread", provisional=True)
    assert change(trials, one(9, steadiness=60), "steadiness").word == "real decline"


def test_only_the_last_twenty_trials_count() -> None:
    new = [60.0 + k for k in range(20)]
    assert known(history([5.0, 10.0, 15.0, *new])) == known(history(new))


@given(POINTS, st.randoms())
def test_the_order_inside_a_session_and_among_sessions_does_not_matter(values: list[float], chance: Random) -> None:
    trials = history(values)
    shuffled = list(trials)
    chance.shuffle(shuffled)
    assert band(shuffled, "steadiness", feedback=True) == band(trials, "steadiness", feedback=True)


@given(POINTS, st.permutations(range(3)))
def test_the_order_of_a_sessions_three_trials_does_not_change_its_summary(v: list[float], order: list[int]) -> None:
    trials = [one(1, hold_s=x, steadiness=x, path=x) for x in v[:3]]
    assert summaries([trials[k] for k in order]) == summaries(trials)


@given(PATHS, st.sampled_from([0.01, 0.5, 2.0, 9.80665, 100.0]))
def test_scaling_the_path_rate_scales_its_band(values: list[float], factor: float) -> None:
    a, why_a = band(history(values, "path_rate"), "path_rate", feedback=True)
    b, why_b = band(history([v * factor for v in values], "path_rate"), "path_rate", feedback=True)
    assert why_a == why_b
    if a is not None and b is not None:
        scaled = (a.low * factor, a.center * factor, a.high * factor, a.half)
        assert (b.low, b.center, b.high, b.half) == pytest.approx(scaled)


@given(POINTS, st.sampled_from([0.1, 0.5, 1.0]), st.integers(0, 9))
def test_scaling_and_shifting_points_scales_and_shifts_their_band(values: list[float], by: float, to: int) -> None:
    a, why_a = band(history(values), "steadiness", feedback=True)
    b, why_b = band(history([v * by + to for v in values]), "steadiness", feedback=True)
    assert why_a == why_b
    if a is not None and b is not None:
        assert (b.low, b.center, b.high) == pytest.approx((a.low * by + to, a.center * by + to, a.high * by + to))


@given(PATHS, st.sampled_from(METRICS))
def test_the_band_contains_the_median_and_has_a_width(values: list[float], of: Metric) -> None:
    found, reason = band(history(values, of), of, feedback=True)
    if found is None:
        assert reason == "no_spread"
    else:
        assert found.low < float(np.median(values)) < found.high
        assert found.low < found.center < found.high


# ------------------------------------------------------------------------------------------------ real change


@given(PATHS, st.sampled_from(METRICS), st.floats(0.001, 3), st.booleans())
def test_a_shift_beyond_the_band_is_real_and_a_smaller_one_is_not(
    values: list[float], of: Metric, by: float, up: bool
) -> None:
    trials = history(values, of)
    found, _ = band(trials, of, feedback=True)
    if found is None or abs(by - 1) < 1e-3:
        return
    step = (by if up else -by) * found.half
    value = found.center + step if of == "steadiness" else found.center * math.exp(step)
    if not (0 <= value <= 100 if of == "steadiness" else 1e-6 <= value <= 1e6):
        return
    new = one(99, steadiness=value) if of == "steadiness" else one(99, path=value)
    better = up == (of == "steadiness")
    expected = "same" if by < 1 else "real improvement" if better else "real decline"
    assert change(trials, new, of) == Verdict(expected)


@pytest.mark.parametrize(
    ("path", "word"),
    [(0.70, "real improvement"), (0.71, "same"), (1.42, "same"), (1 / 0.70, "real decline"), (1.0, "same")],
)
def test_before_six_trials_a_third_less_or_half_more_is_real_and_provisional(path: float, word: str) -> None:
    found = change(history([1.0, 1.0, 1.0], "path_rate"), one(3, path=path))
    assert found == Verdict(word, "too_few", provisional=True)


@given(st.floats(0.1, 10), st.floats(0.1, 10))
def test_a_gain_and_its_loss_are_judged_alike(a: float, b: float) -> None:
    there = change(history([a], "path_rate"), one(3, path=b)).word
    back = change(history([b], "path_rate"), one(3, path=a)).word
    mirror = {"real improvement": "real decline", "real decline": "real improvement", "same": "same"}
    assert there is not None
    assert back == mirror[there]


@pytest.mark.parametrize(("steadiness", "word"), [(85.4, "same"), (85.5, "real improvement"), (54.5, "real decline")])
def test_before_six_trials_thirty_percent_of_rms_are_fifteen_and_a_half_points(steadiness: float, word: str) -> None:
    assert change(history([70.0]), one(3, steadiness=steadiness), "steadiness").word == word


@pytest.mark.parametrize(("mean", "word"), [(78.9, "same"), (79.0, "real improvement"), (61.0, "real decline")])
def test_before_six_trials_nine_points_in_a_session_mean_are_real(mean: float, word: str) -> None:
    today = [one(3, steadiness=mean + apart) for apart in (-4, 0, 4)]
    found = session_change(history([70.0, 70.0, 70.0]) + today, 3, feedback=True)
    assert found == Verdict(word, "too_few", provisional=True)


def test_a_session_mean_is_held_against_the_band_and_takes_three_trials_only() -> None:
    today = [one(4, steadiness=v) for v in (94.0, 95.0, 96.0, 10.0)]
    assert session_change(history(SIX) + today, 4, feedback=True) == Verdict("real improvement")
    assert session_change(history(SIX), 9, feedback=True) == Verdict(None, "no_value")


def test_a_trial_is_never_held_against_itself_or_its_session() -> None:
    trials, new = history(SIX), one(4, steadiness=95)
    alone = change(trials, new, "steadiness")
    assert alone.word == "real improvement"
    assert change([*trials, new, *(one(4, steadiness=95 + k) for k in range(5))], new, "steadiness") == alone


def test_without_an_earlier_trial_nothing_is_compared() -> None:
    assert change([], one(1)) == Verdict(None, "too_few")
    assert change([one(1)], one(2)) == Verdict(None, "too_few")  # the familiarization is no baseline
    assert change(history([1.0]), one(3, path=None)) == Verdict(None, "no_value")


# ------------------------------------------------------------------------------------------------ what counts


def test_trials_of_several_keys_are_refused() -> None:
    mixed = [one(), one(key=replace(KEY, leg="right"))]
    with pytest.raises(UsageError, match="one key"):
        summaries(mixed)
    with pytest.raises(UsageError, match="one key"):
        band(mixed, "path_rate", feedback=True)
    with pytest.raises(UsageError, match="one key"):
        change(mixed[:1], mixed[1])


@pytest.mark.parametrize("flag", ["gap", "low_rate", "clipped", "drift", "placement_moved", "frozen", "from_tomorrow"])
def test_a_flagged_trial_is_shown_but_no_record_and_not_in_the_baseline(flag: str) -> None:
    best = one(2, hold_s=45, steadiness=99, path=0.1, flags=(flag,))
    trials = [one(1), one(2), best]
    summary = summaries(trials)[-1]
    assert (summary.shown_n, summary.valid_n, summary.best_hold_s, summary.steadiness) == (2, 1, 30.0, 70.0)
    assert best not in baseline(trials, feedback=True)
    assert change(trials, best) == Verdict(None, "flagged")


@pytest.mark.parametrize("flag", sorted(HARMLESS))
def test_a_trial_without_a_score_may_still_be_a_record(flag: str) -> None:
    assert one(flags=(flag,)).valid


@pytest.mark.parametrize("name", ["leg", "eyes", "surface", "placement"])
def test_unknown_conditions_are_never_compared(name: str) -> None:
    key = replace(KEY, **{name: "unknown"})
    trials = history(SIX, key=key)
    assert band(trials, "steadiness", feedback=True) == (None, name)
    assert change(trials, one(9, key=key)) == Verdict(None, name)


def test_shoes_that_nobody_named_are_a_key_of_their_own() -> None:
    key = replace(KEY, shoes="unknown")
    assert known(history(SIX, key=key)) == known(history(SIX))
    with pytest.raises(UsageError, match="one key"):
        band([*history(SIX, key=key), one()], "steadiness", feedback=True)


def test_a_session_is_its_first_three_valid_trials() -> None:
    shown = [
        (10.0, 60.0, 3.0, ("gap",)),
        (20.0, 50.0, 2.0, ()),
        (8.0, None, None, ("too_short",)),
        (25.0, 80.0, 1.0, ()),
    ]
    more = (45.0, 99.0, 0.1, ())
    trials = [one(1, hold_s=h, steadiness=s, path=p, flags=f) for h, s, p, f in [*shown, more]]
    (summary,) = summaries(trials)
    assert (summary.best_hold_s, summary.steadiness, summary.path_rate_h_ms3) == (25.0, 65.0, 1.5)
    assert (summary.shown_n, summary.valid_n, summary.familiarization) == (5, 4, True)


def test_a_session_without_valid_trials_says_nothing_and_is_still_the_familiarization() -> None:
    empty, later = summaries([one(2), one(1, flags=("gap",))])
    assert (empty.best_hold_s, empty.steadiness, empty.path_rate_h_ms3) == (None, None, None)
    assert (empty.familiarization, later.familiarization) == (True, False)
    assert summaries([]) == ()


def test_trials_with_and_without_feedback_are_never_compared() -> None:
    trials = history(SIX) + [one(s, steadiness=20.0 + s, feedback=False) for s in range(2, 8)]
    assert known(trials).center == 69
    assert known(trials, feedback=False).center == 24.5
    assert change(trials, one(9, steadiness=24.5, feedback=False), "steadiness") == Verdict("same")
    assert change(trials, one(9, steadiness=24.5), "steadiness") == Verdict("real decline")


def test_retention_is_the_first_silent_trial_of_each_session() -> None:
    silent = [one(s, path=1 + s / 100, feedback=False) for s in range(1, 9)]
    practice = [one(s, path=0.1, feedback=False) for s in range(2, 9)]
    aided = [one(s, path=0.2) for s in range(1, 9)]
    tests, verdict = retention([*silent, *aided, *practice])
    assert tests == tuple(silent[1:])
    assert verdict == Verdict("same")
    newest = one(9, path=0.5, feedback=False)
    assert retention([*silent, newest])[1] == Verdict("real improvement")
    assert retention(silent[:3])[1] == Verdict("same", "too_few", provisional=True)
    assert retention(silent[:1]) == ((), Verdict(None, "no_value"))


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
@pytest.mark.parametrize("name", ["hold_s", "target_s", "steadiness", "path_rate_h_ms3"])
def test_a_trial_refuses_what_no_trial_can_have(name: str, value: float) -> None:
    with pytest.raises(UsageError, match="no trial has"):
        replace(one(), **{name: value})  # type: ignore[arg-type]


def test_sessions_count_from_one() -> None:
    with pytest.raises(UsageError, match="session 0"):
        one(0)


# ------------------------------------------------------------------------------------------------ both legs


def legs(left: Sequence[float], right: Sequence[float]) -> Verdict:
    return left_right(history(left), history(right, key=replace(KEY, leg="right")), "steadiness", feedback=True)


def test_legs_differ_only_beyond_both_bands() -> None:
    calm = [v / 10 for v in SIX]  # median 6.9, half width 2.5
    assert legs(SIX, [v + 20 for v in SIX]) == Verdict("same")
    assert legs([v - 30 for v in SIX], SIX) == Verdict("right steadier")
    assert legs([v + 30 for v in calm], [v + 26 for v in calm]) == Verdict("left steadier")
    assert legs([v + 40 for v in calm], SIX) == Verdict("same")  # beyond the one band, inside the other
    assert legs(SIX, SIX[:3]) == Verdict(None, "too_few")


def test_the_leg_with_the_shorter_path_is_the_steadier_one() -> None:
    right = replace(KEY, leg="right")
    long = history([v / 10 for v in SIX], "path_rate", key=right)
    assert left_right(history([v / 100 for v in SIX], "path_rate"), long, feedback=True) == Verdict("left steadier")
    with pytest.raises(UsageError, match="left leg"):
        left_right(history(SIX), history(SIX), feedback=True)
    with pytest.raises(UsageError, match="left leg"):
        left_right(history(SIX), history(SIX, key=replace(right, eyes="closed")), feedback=True)


# ------------------------------------------------------------------------------------------------ words, builder


@pytest.mark.parametrize("provisional", [True, False])
@pytest.mark.parametrize("word", ["real improvement", "real decline", "same", "left steadier", "right steadier", None])
def test_words_are_at_most_six_and_name_what_is_provisional(word: str | None, provisional: bool) -> None:
    text = Verdict(word, provisional=provisional).text
    assert 1 <= len(text.split()) <= 6
    assert ("provisional" in text) == provisional
    assert not {"normal", "abnormal", "risk", "bad", "healthy", "others", "average"} & set(text.split())


def ended(sway: Sway, reason: str = "target") -> HoldEnded:
    spec = DrillSpec("hold", leg="left", eyes="open", surface="firm", support="none")
    return HoldEnded(35, spec, 5, 30.0, reason, (), sway)


def scored(value: float | None, flags: tuple[str, ...] = (), of: str = "trial") -> Scored:
    return Scored(35, of, 1, Score(value, "steadiness/1", flags))


def test_a_hold_becomes_a_trial() -> None:
    sway = Sway(7, 35, 100, 3.5, path_rate_h_ms3=0.8, flags=("drift",))
    found = trial(ended(sway), scored(61.0, ("drift",)), "waist", "plain", 4, False, "barefoot")
    assert found == Trial(KEY, 4, 30.0, 30.0, 61.0, 0.8, ("drift",), False)
    assert trial(ended(sway), scored(61.0), "waist", "plain", 4, True).key.shoes == "unknown"


@pytest.mark.parametrize(("reason", "hold_s"), [("touch_down", 30.0), ("sensor_lost", None), ("recording_end", None)])
def test_a_hold_that_the_equipment_cut_short_has_no_hold_time(reason: str, hold_s: float | None) -> None:
    sway = unknown(7, 12, 100, "too_short")
    found = trial(ended(sway, reason), scored(None, ("too_short",)), "waist", "plain", 1, True)
    assert (found.hold_s, found.path_rate_h_ms3, found.valid) == (hold_s, None, True)


def test_the_score_of_a_landing_is_refused() -> None:
    with pytest.raises(UsageError, match="landing"):
        trial(ended(unknown(7, 12, 100, "too_short")), scored(50.0, of="landing"), "waist", "plain", 1, True)


# ------------------------------------------------------------------------------------------------ false alarms


def false_alarms(n: int, persons: int = 1000, day_sd: float = 0.0) -> tuple[float, float]:
    """Share of "real", %, among unchanged persons of known SD: for a new trial against the band of their last `n`, and
    for the difference between two new trials against the band's half width.

    STEADY 50 ± 2 points (never at an end of the scale), three trials per session, 100 new pairs per person; `day_sd` in
    units of the trials' SD. With 1000 persons one SD of the first share is 0.5 points at 6 trials and less with more.
    """
    rng = np.random.default_rng(20_240_501)
    outside = apart = 0.0
    for _ in range(persons):
        days = np.repeat(rng.normal(0, day_sd, -(-n // 3)), 3)[:n] if day_sd else np.zeros(n)
        own = known(history((50 + 2 * (rng.normal(size=n) + days)).tolist()))
        assert own.n == n
        a, b = (50 + 2 * (rng.normal(size=100) + day_sd * rng.normal(size=100)) for _ in "ab")
        outside += float(((a < own.low) | (a > own.high)).mean())
        apart += float((np.abs(a - b) > own.half).mean())
    return 100 * outside / persons, 100 * apart / persons


@pytest.mark.parametrize(("n", "single", "pair"), [(6, 12.0, 18.6), (12, 5.3, 11.7), (20, 2.9, 8.8)])
def test_the_false_alarms_of_an_unchanged_person_are_the_stated_ones(n: int, single: float, pair: float) -> None:
    # the MAD of few trials is often too small; four SD of 1000 persons are 2 points
    assert false_alarms(n) == pytest.approx((single, pair), abs=2)


def test_with_many_trials_two_single_trials_differ_falsely_in_five_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    # what MDC95 promises; around a known median the same width lets 0.56 % out: 2·Φ(−1.96·√2)
    monkeypatch.setattr(module, "LIMITS", replace(LIMITS, most=500))
    single, pair = false_alarms(500)
    assert pair == pytest.approx(5.0, abs=0.5)  # the MAD of 500 has an SD of 5 %: 0.2 points above 5, noise 0.1
    assert single == pytest.approx(0.56, abs=0.2)


def test_days_that_differ_raise_the_false_alarms_of_a_young_band() -> None:
    single, _ = false_alarms(6, day_sd=1.0)
    assert single == pytest.approx(17.0, abs=2)


def test_a_new_trial_is_judged_as_its_band_says() -> None:
    trials = history(SIX)
    own = known(trials)
    for value in np.linspace(0, 100, 401).tolist():
        real = change(trials, one(9, steadiness=value), "steadiness").word != "same"
        assert real == (not own.low <= value <= own.high)


@pytest.mark.parametrize(("trial_sd", "percent"), [(0.1, 0.3), (0.15, 4.8), (0.2, 13.8), (0.3, 32.3)])
def test_the_fixed_step_is_only_as_good_as_the_person_is_even(trial_sd: float, percent: float) -> None:
    # three earlier trials, path rate with this SD of its ln; 4000 persons, four SD of the largest share are 3 points
    rng = np.random.default_rng(7)
    drawn = np.exp(trial_sd * rng.normal(size=(4000, 4))).tolist()
    real = [change(history(own[:3], "path_rate"), one(3, path=own[3])).word != "same" for own in drawn]
    assert 100 * float(np.mean(real)) == pytest.approx(percent, abs=3)


@pytest.mark.parametrize(("trial_sd", "percent"), [(4, 1.1), (6, 9.0), (8, 20.4)])
def test_nine_points_in_a_session_mean_are_only_as_good_as_the_person_is_even(trial_sd: float, percent: float) -> None:
    rng = np.random.default_rng(8)
    drawn = (50 + trial_sd * rng.normal(size=(4000, 6))).clip(0, 100).tolist()
    real = [session_change(history(own), 3, feedback=True).word != "same" for own in drawn]
    assert 100 * float(np.mean(real)) == pytest.approx(percent, abs=3)


def test_equal_legs_are_hardly_ever_called_different() -> None:
    rng = np.random.default_rng(9)
    drawn = (50 + 2 * rng.normal(size=(2000, 12))).tolist()
    assert sum(legs(own[:6], own[6:]).word != "same" for own in drawn) < 40  # 0.6 % measured, 2 % allowed
