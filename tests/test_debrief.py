"""What a summary says, over tables of sessions and pasts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot import band
from surefoot.debrief import newest
from surefoot.debrief.advice import REMEDIES
from surefoot.debrief.hold import of_hold
from surefoot.debrief.landing_set import of_set
from surefoot.debrief.summary import Past, Summary
from surefoot.events import HoldEnded, Reported, Scored, Unsteady
from surefoot.landing_sets import Counted, LandedSet
from surefoot.landing_sets import key as landing_key
from surefoot.rings import own_ring
from surefoot.samples import DrillSpec
from surefoot.scoring import FULL_SCALE_MG
from surefoot.wording import REASONS
from tui_fakes import DROP, HOLD, MG, FakeFeed, VirtualClock, landing, sway, trial

Trials = list[tuple[HoldEnded, Scored]]


def held(
    value: float | None = 70.0, path: float | None = 0.8, spec: DrillSpec = HOLD, flags: tuple[str, ...] = (),
    hold_s: float = 30.0, reason: str = "target", unsteady: int = 0, end_s: float = 40.0,
) -> tuple[HoldEnded, Scored]:  # fmt: skip
    ended, scored = trial(1, end_s, value, hold_s, reason, flags)
    marks = tuple(Unsteady(20.0 + k, "step") for k in range(unsteady))
    missing = {} if path is not None else {"path_rate_h_ms3": "too_short"}
    found = replace(ended, spec=spec, instabilities=marks, sway=sway(path_rate_h_ms3=path, missing=missing))
    return found, scored


def past(paths: Sequence[float], spec: DrillSpec = HOLD, value: float = 70.0, per_session: int = 3) -> Past:
    """Trials of earlier sessions; the first session is the familiarization."""
    rows = [
        band.trial(*held(value + k % 5, path, spec), "waist", "polar", 1 + k // per_session, spec.feedback == "on")
        for k, path in enumerate(paths)
    ]
    return Past(tuple(rows), (), 2 + (len(rows) - 1) // per_session if rows else 1, len(rows), 0)


def summary(trials: Trials, before: Past | None = None, reports: Sequence[Reported] = ()) -> Summary:
    return of_hold(trials, reports, before, "waist", "polar")


USUAL = [0.8, 0.84, 0.76, 0.8, 0.88, 0.72, 0.84, 0.76, 0.8, 0.8, 0.86, 0.74]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (0.80, "same as your usual, from 9 earlier trials (provisional)"),
        (0.30, "steadier than your usual, from 9 earlier trials (provisional)"),
        (1.90, "more sway than your usual, from 9 earlier trials (provisional)"),
    ],
)
def test_a_real_change_is_one_outside_the_own_band(path: float, said: str) -> None:
    made = summary([held(path=path)], past(USUAL))
    assert made.change == said
    assert made.usual is not None
    assert made.usual.low < 0.8 / MG < made.usual.high
    assert (made.usual.low <= path / MG <= made.usual.high) == ("same" in said)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (None, "no recordings are kept"),
        (Past(complete=False), "your past is still being read"),
        (Past(), "your first day of this is practice: 6 trials on later days make your usual"),
        (past([0.8] * 3), "too few to tell yet: 0 of 6 trials between your first day and today"),
        (past([0.8, 0.82, 0.78, 0.8, 0.81]), "too few to tell yet: 2 of 6 trials between your first day and today"),
    ],
)
def test_too_little_past_says_how_little(before: Past | None, said: str) -> None:
    made = summary([held(path=0.8)], before)
    assert said in made.change
    assert made.usual is None


def test_a_large_step_with_a_small_past_is_said_with_its_doubt() -> None:
    made = summary([held(path=0.4)], past([0.8, 0.82, 0.78, 0.8, 0.81]))
    assert made.change == "steadier than before, but 2 of 6 trials are too few to be sure (provisional)"


OTHER = [
    replace(HOLD, leg="right"), replace(HOLD, eyes="closed"), replace(HOLD, surface="mat"),
    replace(HOLD, support="chair"), replace(HOLD, feedback="off"),
]  # fmt: skip


@pytest.mark.parametrize("spec", OTHER)
def test_two_keys_are_never_mixed(spec: DrillSpec) -> None:
    made = summary([held(path=0.3)], past(USUAL, spec))
    assert "than your usual" not in made.change
    assert "as your usual" not in made.change
    assert made.usual is None


def test_another_sensor_or_placement_is_another_key() -> None:
    for placement, device in (("chest", "polar"), ("waist", "movesense")):
        made = of_hold([held(path=0.3)], (), past(USUAL), placement, device)
        assert "from 9 earlier trials" not in made.change


def test_a_flagged_trial_is_shown_and_not_compared() -> None:
    made = summary([held(flags=("gap",))], past(USUAL))
    assert made.change == "not compared with your past: samples are missing"
    assert "samples are missing" in made.score


def test_the_session_itself_is_not_its_own_past() -> None:
    before = past(USUAL)
    today = [held(path=0.3), held(path=0.3), held(path=0.3)]
    assert summary(today, before).change.startswith("steadier than your usual, from 9 earlier trials")


def test_the_best_of_the_session_is_of_this_kind_and_without_flags() -> None:
    trials = [held(71.9), held(99.0, flags=("clipped",)), held(95.0, spec=replace(HOLD, leg="right")), held(60.0)]
    assert summary(trials).best == "best of the session: steadiness 71 (trial 1), longest 30.0 s"
    assert [one.number for one in summary(trials).session] == [1, 2, 4]
    assert summary(trials[:1]).best is None


def test_both_legs_are_compared_only_when_both_were_done_today() -> None:
    right = replace(HOLD, leg="right")
    rows = past(USUAL).trials + past([path * 3 for path in USUAL], right).trials
    before = Past(rows, (), 5)
    assert summary([held()], before).legs is None
    assert summary([held(spec=right), held()], before).legs == "left and right: left steadier, by more than chance"
    alike = Past(past(USUAL).trials + past(USUAL, right).trials, (), 5)
    assert summary([held(spec=right), held()], alike).legs == "left and right: no difference beyond chance"
    assert (
        summary([held(spec=right), held()], Past()).legs
        == "left and right: too few to tell yet: each needs 6 trials after its first day"
    )
    assert summary([held(spec=replace(right, eyes="closed")), held()], before).legs is None


ADVICE: list[tuple[Trials, str]] = [
    ([held(80.0)], "Steady: the same once more"),
    ([held(60.0)], "Quiet the dot"),
    ([held(60.0, spec=replace(HOLD, eyes="closed"))], "The same time again, calmer: small and slow."),
    ([held(60.0, reason="touch_down", hold_s=12.0)], "Rest your eyes on one spot"),
    ([held(60.0, reason="touch_down", spec=replace(HOLD, eyes="closed"))], "Find the calm middle"),
    ([held(60.0, unsteady=2)], "Let the floor carry you"),
    ([held(None, None, flags=("too_short",), hold_s=4.0)], "Again, with that put right."),
    ([held(80.0), held(64.0), held(64.0)], "Rest before the next one"),
    ([held(80.0), held(64.0), held(70.0)], "Quiet the dot"),
    ([held(80.0), held(70.0), held(64.0)], "Quiet the dot"),
]


@pytest.mark.parametrize(("trials", "words"), ADVICE)
def test_one_advice_from_what_was_measured(trials: Trials, words: str) -> None:
    assert summary(trials).advice.startswith(words)
    assert summary(trials).lines[-1] == f"  → {summary(trials).advice}"


def test_two_scores_of_one_hold_say_what_makes_them_differ() -> None:
    ended, scored = held(74.9, hold_s=10.5, unsteady=2, reason="stopped")
    made = summary([(ended, replace(scored, trial_value=23.4))])
    assert made.score == "steadiness 74 fair, with time held and touches: 23  (provisional scale)"
    assert made.measured.endswith("2 × step: 5 points off for each")
    whole = summary([(ended, replace(scored, trial_value=74.9))])
    assert whole.score == "steadiness 74 fair  (provisional scale)"
    unknown = summary([(ended, replace(scored, trial_value=None))])
    assert unknown.score == whole.score
    assert unknown.measured.endswith("2 × step")  # nothing was taken off


def test_a_hold_that_is_too_short_says_what_is_left_out() -> None:
    made = summary([held(None, None, flags=("too_short",), hold_s=10.5, reason="stopped")])
    assert made.done == "10.5 of 30 s held: stopped"
    assert "the first 2 s settle and do not count" in made.score
    assert "at least 12 s" in made.score


def test_without_the_picture_nobody_is_sent_back_to_it() -> None:
    blind = replace(HOLD, feedback="off")
    for value in (20.0, 60.0, 90.0):
        assert not {"dot", "picture", "ring"} & set(summary([held(value, spec=blind)]).advice.rstrip(".").split())


def test_a_summary_names_no_method_but_calls_its_scale_provisional() -> None:
    for made in (summary([held()], past(USUAL)), set_summary([landed(EIGHT)])):
        text = "\n".join(made.lines)
        assert "provisional scale" in made.score
        assert not any(term in text for term in ("/1", "MAD", "RMS", "valid", "flag", "did not fall")), text


def test_with_closed_eyes_neither_a_picture_nor_a_tone_is_spoken_of() -> None:
    closed = replace(HOLD, eyes="closed")
    for value in (20.0, 60.0, 90.0):
        for reason in ("target", "touch_down", "stopped"):
            advice = summary([held(value, spec=closed, reason=reason)]).advice
            assert not any(word in advice for word in ("dot", "eyes", "picture", "ring")), advice
            assert not any(word in advice.lower() for word in ("sound", "listen", "tone", "hear")), advice


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((3,), None), ((4,), "you told 4 of 10"), ((10,), "you told 10 of 10"), ((0, 1), None),
        ((0, 2), "it hurts more than before"), ((3, 0), None), ((5, 1), None), ((1, 3, 2), None),
    ],
)  # fmt: skip
def test_discomfort_that_is_high_or_rises_means_rest(values: tuple[int, ...], words: str | None) -> None:
    told = [Reported(40.0 * k, "trial", k, value) for k, value in enumerate(values, 1)]
    made = summary([held(80.0)] * len(values), None, told)
    assert made.discomfort == values[-1]
    assert made.advice.startswith("Stop here and rest") == (words is not None)
    assert words is None or words in made.advice
    assert f"discomfort {values[-1]} of 10" in "\n".join(made.lines)


def test_a_corrected_number_takes_its_first_one_back() -> None:
    told = [Reported(40.0, "trial", 1, 8), Reported(41.0, "trial", 1, 1)]
    assert summary([held(80.0)], None, told).advice.startswith("Steady")
    assert summary([held(80.0)], None, told).discomfort == 1


@pytest.mark.parametrize("reason", REMEDIES)
def test_a_missing_score_has_its_reason_and_a_remedy(reason: str) -> None:
    assert reason in REASONS
    made = summary([held(None, None, flags=(reason,))])
    assert made.not_scored is not None
    assert REASONS[reason] in made.not_scored
    assert REMEDIES[reason] in made.not_scored
    assert made.score == f"steadiness: {made.not_scored}"


WORDS = st.sampled_from(["left", "right", "both", "unknown"])


@given(
    st.lists(
        st.tuples(
            st.none() | st.floats(0, 100), st.none() | st.floats(1e-3, 50), WORDS,
            st.sampled_from(["open", "closed", "unknown"]), st.sampled_from([(), ("gap",), ("drift", "clipped")]),
            st.integers(0, 3), st.sampled_from(["on", "off"]),
        ),
        min_size=1, max_size=6,
    ),
    st.lists(st.integers(0, 10), max_size=6),
    st.lists(st.floats(0.01, 10), max_size=14),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_any_session_has_a_summary_in_whole_sentences(
    rows: list[tuple[float | None, float | None, str, str, tuple[str, ...], int, str]],
    told: list[int],
    paths: list[float],
) -> None:
    trials = [
        held(value, path, replace(HOLD, leg=leg, eyes=eyes, feedback=feedback), flags, unsteady=n)
        for value, path, leg, eyes, flags, n, feedback in rows
    ]
    reports = [Reported(float(k), "trial", k, value) for k, value in enumerate(told[: len(trials)], 1)]
    made = summary(trials, past(paths), reports)
    text = "\n".join(made.lines)
    assert made.advice.endswith(".")
    assert not any(word in text for word in ("None", "nan", "inf", "unknown reason", "{"))
    assert not any(word in text.lower() for word in ("injury", "risk", "abnormal", "diagnos"))


# ------------------------------------------------------------------------------------------------ sets of landings


def landed(values: Sequence[float | None], spec: DrillSpec = DROP, ended: str | None = "count") -> LandedSet:
    key = landing_key(spec, "waist", "polar", 100.0, "softness/1")
    rows = tuple(Counted(k, value, () if value is not None else ("gap",)) for k, value in enumerate(values, 1))
    return LandedSet(key, rows, 3, ended)


def rows_of(one: LandedSet) -> list[object]:
    return [landing(each.number, 6.0 * each.number, each.value, 3.0) for each in one.landings]


def set_summary(sets: Sequence[LandedSet], before: Past | None = None, reports: Sequence[Reported] = ()) -> Summary:
    return of_set(sets, rows_of(sets[-1]), reports, before, "waist")  # type: ignore[arg-type]


EIGHT = [50.0, 52.0, 54.0, 66.0, 68.0, 70.0, 72.0, 69.0]


def test_a_set_has_its_median_and_its_words() -> None:
    made = set_summary([landed(EIGHT)])
    assert (made.value, made.word) == (69.0, "soft")
    assert made.score == "softness 69 soft, the median (middle) of 5 landings  (provisional scale)"
    assert made.done == "8 landings, 3 of them practice, 5 counted: done"
    assert made.title == "drop, 20 cm, left leg"
    assert made.best == "best landing of the session: softness 72"


def test_a_set_is_held_against_earlier_ones_of_its_key_only() -> None:
    usual = Past((), (landed(EIGHT), landed([v + 1 for v in EIGHT])), 3)
    much = landed([v + 28 for v in EIGHT])
    assert set_summary([much], usual).change == "softer than your usual, from 10 earlier landings (provisional)"
    assert set_summary([landed(EIGHT)], usual).change == "same as your usual, from 10 earlier landings (provisional)"
    assert (
        set_summary([landed(EIGHT)], Past()).change
        == "too few to tell yet: 0 of the 10 earlier landings that make your usual"
    )
    other = Past((), tuple(replace(one, key=replace(one.key, height_cm=30.0)) for one in usual.sets), 3)
    assert set_summary([much], other).change == "too few to tell yet: 0 of the 10 earlier landings that make your usual"


def test_a_set_that_tired_says_rest() -> None:
    assert set_summary([landed(EIGHT, ended="fatigue")]).advice == "Rest now: the landings got harder."


def test_the_advice_of_a_set_is_its_most_frequent_cue() -> None:
    assert set_summary([landed([30.0] * 8)]).advice == "Next set: land like snow."
    assert set_summary([landed([90.0] * 8)]).advice == "The same again."


def test_a_set_without_a_median_says_what_is_missing() -> None:
    made = set_summary([landed([60.0] * 5)])
    assert made.value is None
    needs = "a set of 8 has one: 3 of practice, 5 that count"
    assert made.not_scored == f"no score of the set, 2 of 5 landings counted: {needs}"
    faulty = set_summary([landed([60.0] * 4 + [None] * 4)])
    assert faulty.not_scored is not None
    assert REMEDIES["gap"] in faulty.not_scored
    assert faulty.advice == "Again, with that put right."


def test_a_set_tells_its_spread_and_its_course_in_words() -> None:
    assert set_summary([landed(EIGHT)]).measured == "half of them within 1 point of it · no harder towards the end"
    fell = landed([50.0, 50.0, 50.0, 80.0, 78.0, 79.0, 70.0, 60.0, 61.0])
    assert set_summary([fell]).measured == "half of them within 6 points of it · harder by 18 points towards the end"


@pytest.mark.parametrize("n", [1, 3, 7])
def test_a_set_too_small_for_a_score_says_how_many_it_takes(n: int) -> None:
    made = set_summary([landed([85.0] * n)])
    assert made.advice == "Next set: 8 landings, so that it gets a score."
    assert made.done.startswith(f"{n} landing")
    again = replace(landed([85.0] * 3), practice_n=0)  # the second set of a session has no practice
    assert set_summary([again]).advice == made.advice
    assert set_summary([replace(landed([85.0] * 5), practice_n=0)]).value == 85.0


def test_both_legs_of_landings_stand_beside_each_other() -> None:
    right = replace(DROP, leg="right")
    both = [
        landed([60.0, 60.0, 60.0, *(70.0 + k for k in range(11))]),
        landed([40.0] * 3 + [40.0 + k for k in range(11)], right),
    ]
    legs = set_summary(both).legs
    assert legs is not None
    assert "left 75, right 45: left softer by 40 %" in legs
    assert set_summary(both[:1]).legs is None


def test_the_newest_result_of_a_session_is_summed_up() -> None:
    feed = FakeFeed(VirtualClock())
    assert newest(feed.at(20.0), None) is None
    feed.change(trials=(held(end_s=10.0),))
    made = newest(feed.at(20.0), None)
    assert made is not None
    assert made.of == "trial"
    feed.change(landings=(landing(1, 15.0, 70.0, 3.0),))
    made = newest(feed.at(20.0), None)
    assert made is not None
    assert made.of == "set"


# ------------------------------------------------------------------------------------------------ rings


@pytest.mark.parametrize("spec", [HOLD, replace(HOLD, eyes="closed"), replace(HOLD, surface="mat")])
def test_the_ring_is_the_own_usual_rms(spec: DrillSpec) -> None:
    scale = FULL_SCALE_MG[(spec.eyes, spec.surface)]
    before = past(USUAL, spec)
    ring = own_ring(before.trials, spec, "waist", "polar")
    assert ring is not None
    assert ring.trials_n == 9
    steady = sorted(one.steadiness or 0.0 for one in before.trials if one.session > 1)
    usual = steady[4]
    spread = sorted(abs(value - usual) for value in steady)[4]
    low = usual - 1.96 * math.sqrt(2) * 1.4826 * spread
    assert ring.radius_ms2 / MG == pytest.approx(scale * 10 ** (-low / 100))


def test_a_ring_is_never_wider_than_the_scale() -> None:
    ring = own_ring(past(USUAL, value=1.0).trials, HOLD, "waist", "polar")
    assert ring is not None
    assert ring.radius_ms2 / MG == pytest.approx(FULL_SCALE_MG[("open", "firm")])


def test_no_ring_without_a_band_or_a_scale_and_keys_are_not_mixed() -> None:
    assert own_ring(past(USUAL[:8]).trials, HOLD, "waist", "polar") is None
    assert own_ring(past(USUAL).trials, replace(HOLD, leg="right"), "waist", "polar") is None
    assert own_ring(past(USUAL).trials, HOLD, "waist", "movesense") is None
    assert own_ring(past(USUAL).trials, replace(HOLD, feedback="off"), "waist", "polar") is None
    both = replace(HOLD, leg="both")
    assert own_ring(past(USUAL, both).trials, both, "waist", "polar") is None
