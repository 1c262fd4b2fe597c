"""The words after a landing: which, when, and when none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot import simulate
from surefoot.engine import Engine
from surefoot.events import Event, Landed, Scored, Settled
from surefoot.feedback import BOUNDED, GUESSED, RULES, Coach, Feedback, feedback, feedbacks
from surefoot.landing import Landing
from surefoot.samples import DrillSpec, Score

DROP = DrillSpec("drop", "both", height_cm=20.0)
STICK, HOPS = DrillSpec("hop", "left"), DrillSpec("hop", "left", style="in_place")
STUCK = Settled(13.0, 1, 0.7, True)


def landed(
    value: float | None, *, rise_ms: float | None = 85.0, flags: Sequence[str] = (), spec: DrillSpec = DROP,
    number: int = 1, t_s: float = 10.0,
) -> tuple[Landed, Scored]:  # fmt: skip
    found = Landing(t_s, time_to_peak_ms=rise_ms, flags=tuple(flags))
    score = Score(value, "softness/1", tuple(flags))
    return Landed(t_s, number, spec, found), Scored(t_s, "landing", number, score)


def rule(value: float | None, settled: Settled | None = STUCK, placement: str = "waist", **more: object) -> str:
    return feedback(*landed(value, **more), settled, placement).rule  # type: ignore[arg-type]


def test_words_are_few_and_claim_nothing_a_body_sensor_cannot_know() -> None:
    texts = [text for one in RULES for text in one.texts]
    assert len(set(texts)) == 2 * len(RULES)
    for text in texts:
        assert 2 <= len(text.split()) <= 6, text
        for word in ("heel", "toe", "foot", "force", "newton", "weight", "load", "knee", "ankle", "injur"):
            assert word not in text, text


@pytest.mark.parametrize(
    ("value", "rise_ms", "expected"),
    [
        (0.0, 85, "hard"), (39.99, 30, "hard"), (40.0, 59.9, "early"), (40.0, 60, "firm"), (59.99, None, "firm"),
        (60.0, 30, "soft"), (79.99, 85, "soft"), (80.0, 30, "quiet"), (100.0, 85, "quiet"),
    ],
)  # fmt: skip
def test_the_softness_and_the_rise_choose_the_words(value: float, rise_ms: float | None, expected: str) -> None:
    assert rule(value, rise_ms=rise_ms) == expected


def test_at_the_shank_and_at_a_low_rate_an_early_peak_tells_nothing() -> None:
    assert rule(50.0, rise_ms=20) == "early"
    assert rule(50.0, rise_ms=20, placement="shank") == "firm"
    assert rule(50.0, rise_ms=20, flags=["low_rate"]) == "firm"


@pytest.mark.parametrize(
    ("settled", "expected"),
    [
        (Settled(15.0, 1, None, False, "not_settled"), "restless"),
        (Settled(15.0, 1, 1.51, True), "restless"),
        (Settled(15.0, 1, 1.5, True), "quiet"),
        (Settled(12.0, 1, 0.6, False), "left_early"),
        (Settled(11.0, 1, None, False, "interrupted"), "quiet"),
        (STUCK, "quiet"),
    ],
)
def test_a_quiet_landing_that_was_not_held_says_so(settled: Settled, expected: str) -> None:
    assert rule(90.0, settled) == expected
    assert rule(90.0, settled, spec=STICK) == expected
    assert rule(90.0, settled, spec=HOPS) == "quiet"  # a hop in place is not meant to be held
    assert rule(30.0, settled) == "hard"  # the heaviest fault first


def test_before_the_settling_is_known_only_the_impact_speaks() -> None:
    assert [rule(value, None) for value in (30.0, 50.0, 70.0, 90.0)] == ["hard", "firm", "none", "none"]
    assert feedback(*landed(90.0), None, "waist") == Feedback("none", None, "settling")
    assert rule(90.0, None, spec=HOPS) == "quiet"


def test_a_bounce_is_told_unless_the_landing_was_hard() -> None:
    assert rule(90.0, flags=["no_stick"]) == rule(45.0, flags=["no_stick"], rise_ms=20) == "bounced"
    assert rule(30.0, flags=["no_stick"]) == "hard"
    assert rule(90.0, flags=["no_stick"], spec=HOPS) == "quiet"


@pytest.mark.parametrize("flag", sorted(BOUNDED))
def test_behind_a_bound_a_fault_may_be_said_and_praise_may_not(flag: str) -> None:
    assert rule(39.0, flags=[flag]) == "hard"
    assert rule(59.0, flags=[flag]) == "firm"
    for value in (61.0, 80.0, 100.0):
        assert feedback(*landed(value, flags=[flag]), STUCK, "waist") == Feedback("none", None, flag)


@pytest.mark.parametrize("flag", sorted(GUESSED))
def test_behind_a_guess_only_a_fault_beyond_its_error_is_said(flag: str) -> None:
    assert rule(27.9, flags=[flag]) == "hard"
    assert rule(28.0, flags=[flag]) == rule(47.9, flags=[flag]) == "firm"
    assert rule(48.0, flags=[flag]) == rule(100.0, flags=[flag]) == "none"


@pytest.mark.parametrize("flag", ["gap", "momentum", "gravity", "placement", "no_impact", "from_tomorrow"])
@given(value=st.none() | st.floats(0, 100))
def test_a_measurement_at_fault_teaches_nothing(flag: str, value: float | None) -> None:
    assert feedback(*landed(value, flags=[flag]), STUCK, "waist") == Feedback("none", None, flag)


def test_a_test_without_feedback_has_no_words() -> None:
    silent = DrillSpec("drop", "both", height_cm=20.0, feedback="off")
    assert feedback(*landed(30.0, spec=silent), STUCK, "waist").why == "feedback_off"


FLAGS = st.lists(st.sampled_from(["clipped", "low_rate", "v_uncertain", "no_stick", "gap", "momentum"]), max_size=3)


@given(st.floats(0, 100), FLAGS, st.floats(0, 300))
def test_more_flags_never_say_more_good(value: float, flags: list[str], rise_ms: float) -> None:
    order = [one.name for one in RULES]
    with_flags = rule(value, flags=[*flags], rise_ms=rise_ms)
    if flags and set(flags) != {"no_stick"}:
        assert with_flags == "none" or order.index(with_flags) < order.index("soft") or "no_stick" in flags
        assert with_flags not in ("soft", "quiet")


def test_a_rule_that_repeats_takes_turns_with_its_words() -> None:
    rows = [(*landed(50.0, number=k), STUCK) for k in range(1, 4)]
    rows += [(*landed(90.0, number=4), STUCK), (*landed(50.0, number=5), STUCK)]
    texts = [one.text for one in feedbacks(rows, "waist")]
    assert texts == ["make no sound", "let nobody hear it", "make no sound", "quiet: the same again", "make no sound"]


# ------------------------------------------------------------------------------------------------ live


def told(events: Sequence[Event]) -> list[tuple[float, str]]:
    coach = Coach("waist")
    return [(event.t_s, words) for event in events if (words := coach.hear(event)) is not None]


def test_a_fault_is_told_with_the_score_and_praise_after_the_settling() -> None:
    assert told([*landed(30.0), STUCK]) == [(10.0, "land like snow")]
    assert told([*landed(90.0), STUCK]) == [(13.0, "quiet: the same again")]
    assert told([*landed(90.0), Settled(11.5, 1, 0.5, False)]) == [(11.5, "hold it two seconds")]
    assert told([*landed(90.0)]) == []


def test_words_are_three_seconds_apart() -> None:
    def hops(every_s: float) -> list[Event]:
        rows = [landed(50.0, spec=HOPS, number=k + 1, t_s=10 + every_s * k) for k in range(20)]
        return [event for row in rows for event in row]

    at = [t_s for t_s, _ in told(hops(0.6))]
    assert at == pytest.approx([10, 13, 16, 19])
    assert len(told(hops(3.1))) == 20


def test_every_simulated_landing_is_told_what_its_result_says() -> None:
    for style, rules in (("stiff", {"hard", "early"}), ("soft", {"quiet"})):
        one = simulate.drops(style, count=3, seed=2)
        engine = Engine(one.header)
        events = [event for item in one.inputs for event in engine.feed(item)] + engine.finish()
        found = feedbacks(engine.snapshot().landings, "waist")
        assert {one.rule for one in found} <= rules
        assert [words for _, words in told(events)] == [one.text for one in found]
