"""Sets of landings: medians, what never counts, when a set tires, and when legs differ; simulated sets as runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import surefoot
from repack import repacked, run, same_events
from surefoot import landing_sets, simulate
from surefoot.engine import Engine
from surefoot.errors import UsageError
from surefoot.events import Event, Landed, Scored, SetEnded, Settled
from surefoot.headers import with_drill
from surefoot.landing_sets import LIMITS, METHOD, Counted, Key, LandedSet, SetLog
from surefoot.recorder import write_recording
from surefoot.result_text import legs_text, report, set_lines
from surefoot.samples import Array, Cue, DrillSpec, Input
from surefoot.set_changes import Verdict, change, half, left_right, legs
from surefoot.simulate import SensorSetup, Simulated

LEFT = Key("drop", "left", 20.0, "firm", "waist", "polar", 200.0, "stick", "none", "on", f"{METHOD} softness/1")
RIGHT = replace(LEFT, leg="right")
FLAGS = ("gap", "clipped", "low_rate", "v_uncertain", "momentum", "no_stick", "gravity_unchecked", "from_tomorrow")
POINTS = st.lists(st.integers(0, 10_000).map(lambda n: n / 100), min_size=1, max_size=30)


def made(values: Sequence[float | None], key: Key = LEFT, practice_n: int = 0) -> LandedSet:
    """A set without practice unless asked for."""
    return LandedSet(key, tuple(Counted(k, value) for k, value in enumerate(values, 1)), practice_n)


def logged(values: Sequence[float], key: Key = LEFT, log: SetLog | None = None) -> SetLog:
    log = log or SetLog()
    log.start()
    for value in values:
        log.add(key, Counted(1 + sum(len(one.landings) for one in log.sets), value))
    return log


# ------------------------------------------------------------------------------------------------ one set


def test_a_set_is_its_formulas() -> None:
    one = made([10, 20, 30, 70, 64, 68, 80, 76], practice_n=3)
    assert one.values == (70, 64, 68, 80, 76)
    assert (one.median, one.mad, one.best, one.drop_off) == (70, 6, 80, -8)  # 68 before, 76 at the end


def test_the_first_three_are_practice_once_a_session_and_key() -> None:
    log = logged([50, 60])
    assert [(one.practice_n, one.values) for one in log.sets] == [(3, ())]
    logged([70, 80], log=log)
    logged([75], log=log)
    logged([40] * 4, RIGHT, log)
    assert [one.values for one in log.sets] == [(), (80,), (75,), (40,)]
    assert [one.summary["practice_n"] for one in log.sets] == [2, 1, 0, 3]
    assert [one.ended for one in log.sets] == ["stopped", "stopped", "stopped", None]


def test_what_nobody_said_of_a_set_has_its_reason() -> None:
    for direction in ("none", "unknown"):
        one = replace(made([70]), key=replace(LEFT, direction=direction, leg="unknown", height_cm=None)).summary
        for name in ("legs", "height_cm", "direction"):
            assert (one[name], one["missing"][name]) == (None, "not_given")


def test_four_valid_landings_have_no_median_and_say_how_many_are_missing() -> None:
    four = made([70, 60, 65, 80]).summary
    assert (four["median"], four["mad"], four["drop_off"], four["best"]) == (None, None, None, 80)
    assert {name: four["missing"][name] for name in ("median", "mad", "drop_off")} == dict.fromkeys(
        ("median", "mad", "drop_off"), "too_few"
    )
    assert "4 of 5 valid landings, no median" in set_lines(1, four)[1]
    assert made([70, 60, 65, 80, 90]).median == 70


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([70, 64, 68, 80, 76], "70 soft, median of 5 valid, half of them within 6 points of it (MAD 6.0), best 80, no"),
        ([80, 79, 78, 70, 60, 61], "74 soft, median of 6 valid, half of them within 6 points of it (MAD 5.5), best 80,"
         " harder by 18 points towards the end"),
    ],
)  # fmt: skip
def test_a_set_as_text_has_the_labs_terms_and_the_runners_words(values: list[float], words: str) -> None:
    text = set_lines(1, made(values).summary)[1]
    assert f"softness {words}" in text
    assert "fall" not in text  # nobody fell over
    assert "(landing_set/1, provisional)" in text


@given(POINTS, st.randoms())
def test_the_order_changes_neither_median_nor_mad_nor_best(values: list[float], chance: Random) -> None:
    mixed = list(values)
    chance.shuffle(mixed)
    a, b = made(values), made(mixed)
    assert (a.median, a.mad, a.best) == (b.median, b.mad, b.best)
    if a.median is not None and a.mad is not None:
        assert a.median == np.median(values)
        assert a.mad == pytest.approx(np.median(np.abs(np.array(values) - np.median(values))))


@given(POINTS, st.lists(st.tuples(st.integers(0, 30), st.sampled_from(FLAGS), st.floats(0, 100)), max_size=8))
def test_a_flagged_landing_is_shown_and_changes_no_number(
    values: list[float], flagged: list[tuple[int, str, float]]
) -> None:
    landings = list(made(values).landings)
    for place, flag, value in flagged:
        landings.insert(place, Counted(99, value, (flag,)))
    a, b = made(values).summary, replace(made(values), landings=tuple(landings)).summary
    assert b["n"] == a["n"] + len(flagged)
    assert set(b["flags"]) == {flag for _, flag, _ in flagged}
    for name in ("valid_n", "median", "mad", "best", "drop_off"):
        assert a[name] == b[name], name


@given(POINTS, st.integers(-50, 50))
def test_adding_points_to_each_landing_adds_them_to_the_median_only(values: list[float], by: int) -> None:
    shifted = [value + by for value in values]
    if not all(0 <= value <= 100 for value in shifted):
        return
    a, b = made(values), made(shifted)
    if a.median is not None and a.mad is not None and a.drop_off is not None:
        assert b.median == pytest.approx(a.median + by)
        assert b.mad == pytest.approx(a.mad, abs=1e-9)
        assert b.drop_off == pytest.approx(a.drop_off, abs=1e-9)


@pytest.mark.parametrize("value", [-0.1, 100.1, math.nan, math.inf])
def test_a_landing_refuses_a_softness_that_none_can_have(value: float) -> None:
    with pytest.raises(UsageError, match="softness"):
        Counted(1, value)


@pytest.mark.parametrize("name", ["leg", "height_cm", "surface", "shoes", "placement", "device", "rate_hz", "style",
                                  "direction", "feedback", "drill", "method"])  # fmt: skip
def test_another_condition_begins_another_set_and_is_never_pooled(name: str) -> None:
    was = getattr(LEFT, name)
    other = replace(LEFT, **{name: was + 1 if isinstance(was, float) else "another"})  # type: ignore[arg-type]
    log = logged([70] * 8)
    log.add(other, Counted(9, 10.0))
    assert [(one.key, len(one.landings), one.ended) for one in log.sets] == [(LEFT, 8, "changed"), (other, 1, None)]
    with pytest.raises(UsageError, match="one key"):
        change([made([70] * 10)], made([10] * 5, other))
    with pytest.raises(UsageError, match=r"one key|all else"):
        left_right([made([70] * 10), made([10] * 10, other)], [made([60] * 10, RIGHT)])


@pytest.mark.parametrize(("field", "value"), [("height_cm", 30.0), ("leg", "right"), ("surface", "mat"),
                                              ("feedback", "off")])  # fmt: skip
def test_the_key_of_a_drop_knows_its_drill(field: str, value: object) -> None:
    spec = DrillSpec("drop", "left", "open", "firm", height_cm=20.0)
    a = landing_sets.key(spec, "waist", "polar", 200.0, "softness/1")
    assert a == LEFT
    assert landing_sets.key(replace(spec, **{field: value}), "waist", "polar", 200.0, "softness/1") != a  # type: ignore[arg-type]


def test_hops_differ_by_style_and_need_no_height() -> None:
    stick, hops = DrillSpec("hop", "left"), DrillSpec("hop", "left", style="in_place", height_cm=20.0)
    a, b = (landing_sets.key(spec, "waist", "polar", 200.0, "softness/1") for spec in (stick, hops))
    assert a != b
    assert (b.height_cm, b.missing) == (None, None)
    side = replace(stick, direction="side")
    assert landing_sets.key(side, "waist", "polar", 200.0, "softness/1") == replace(a, direction="side") != a
    assert replace(LEFT, height_cm=None).missing == "height_cm"


# ------------------------------------------------------------------------------------------------ when it tires


def test_a_fall_of_more_than_fifteen_points_tires_and_one_of_fifteen_does_not() -> None:
    assert not made([80, 80, 80, 65, 65]).tires
    assert made([80, 80, 80, 64.9, 64.9]).tires
    assert not made([80, 80, 64, 64]).tires  # four are too few to say it


@given(st.lists(st.integers(60, 74).map(float), min_size=5, max_size=25), st.integers(0, 24), st.floats(0, 100))
def test_one_landing_of_any_kind_never_ends_a_set(values: list[float], place: int, bad: float) -> None:
    values[place % len(values)] = bad
    assert not made(values).tires


@given(POINTS)
def test_a_set_that_only_gets_softer_never_tires(values: list[float]) -> None:
    assert not made(sorted(values)).tires


def tired_at(values: Array) -> list[int]:
    """For each row, after which valid landing the set tires; 0: never."""
    found = []
    for row in values.tolist():
        k = next((k for k in range(LIMITS.fewest, len(row) + 1) if made(row[:k]).tires), 0)
        found.append(k)
    return found


def people(sd: float, n: int, count: int = 1500, seed: int = 1) -> Array:
    """(count, n) softness of people around 70 who do not change."""
    drawn: Array = np.clip(70 + np.random.default_rng(seed).normal(0, sd, (count, n)), 0, 100)
    return drawn


@pytest.mark.parametrize(
    ("sd", "n", "most"), [(4, 5, 0.002), (4, 12, 0.003), (4, 17, 0.003), (6, 5, 0.006), (6, 12, 0.03), (6, 17, 0.05)]
)
def test_false_alarms_of_the_fatigue_rule_are_rare(sd: float, n: int, most: float) -> None:
    assert np.mean([k > 0 for k in tired_at(people(sd, n))]) <= most


@pytest.mark.parametrize(("fall", "least"), [(15, 0.2), (20, 0.55), (25, 0.8), (30, 0.93)])
def test_a_set_that_tires_is_found(fall: float, least: float) -> None:
    n = 12
    tiring = np.clip(people(5, n) - fall * np.arange(n) / (n - 1), 0, 100)
    assert np.mean([k > 0 for k in tired_at(tiring)]) >= least


def test_a_sudden_fall_is_found_at_its_second_or_third_landing() -> None:
    found = [k for k in tired_at(people(5, 12) - 25 * (np.arange(12) >= 6)) if k]
    assert len(found) >= 0.98 * 1500
    assert np.median(found) == 8


# ------------------------------------------------------------------------------------------------ change and legs


def test_the_half_width_is_its_formula() -> None:
    values = [60.0, 64.0, 68.0, 70.0, 76.0, 80.0]  # MAD 6
    assert half(values, 9) == pytest.approx(1.96 * math.sqrt(2) * math.sqrt(math.pi / 2) * 1.4826 * 6 / 3)


TEN = [60.0, 62.0, 64.0, 66.0, 68.0, 70.0, 72.0, 74.0, 76.0, 78.0]  # median 69, MAD 5


def test_a_change_is_said_only_beyond_chance_and_after_ten() -> None:
    beyond = half(TEN, 5)
    for by, word in ((beyond + 0.1, "softer"), (-beyond - 0.1, "harder"), (beyond - 0.1, "same"), (0.0, "same")):
        assert change([made(TEN)], made([69 + by] * 5)) == Verdict(word)
    assert change([made(TEN[:9])], made([99.0] * 5)) == Verdict(None, "too_few")
    assert change([made(TEN)], made([99.0] * 4)) == Verdict(None, "too_few")
    assert change([made([70.0] * 10)], made([99.0] * 5)) == Verdict(None, "no_spread")
    assert change([made(TEN[:5]), made(TEN[5:])], made([99.0] * 5)) == Verdict("softer")


@pytest.mark.parametrize("name", ["leg", "placement"])
def test_unknown_conditions_are_never_compared(name: str) -> None:
    key = replace(LEFT, **{name: "unknown"})  # type: ignore[arg-type]
    assert change([made(TEN, key)], made([99.0] * 5, key)) == Verdict(None, name)


def test_legs_differ_only_beyond_both_half_widths() -> None:
    calm = [69 + (value - 69) / 5 for value in TEN]
    apart = half(TEN, 10)
    a, b = made(TEN), made([value - apart - 0.1 for value in TEN], RIGHT)
    found = left_right([a], [b])
    assert found.word == "left softer"
    assert found.percent == pytest.approx(100 * (apart + 0.1) / 69)
    assert left_right([made(calm)], [made([value - apart + 0.1 for value in TEN], RIGHT)]).word == "same"
    assert left_right([made([value - 20 for value in TEN])], [made(TEN, RIGHT)]).word == "right softer"
    assert left_right([a], [made(TEN[:9], RIGHT)]) == Verdict(None, "too_few")
    with pytest.raises(UsageError, match="left leg with a right"):
        left_right([a], [a])


@given(st.lists(st.integers(0, 99).map(float), min_size=10, max_size=20),
       st.lists(st.integers(0, 99).map(float), min_size=10, max_size=20))  # fmt: skip
def test_swapping_the_legs_mirrors_the_verdict(a: list[float], b: list[float]) -> None:
    there, back = left_right([made(a)], [made(b, RIGHT)]), left_right([made(b)], [made(a, RIGHT)])
    mirror = {"left softer": "right softer", "right softer": "left softer", "same": "same", None: None}
    assert back.word == mirror[there.word]
    assert (back.percent or 0) == pytest.approx(-(there.percent or 0))


def test_equal_legs_are_called_different_in_one_of_twenty_at_most() -> None:
    rng = np.random.default_rng(1)
    for n, most in ((10, 0.06), (20, 0.05)):
        drawn = np.clip(70 + rng.normal(0, 5, (1500, 2, n)), 0, 100).tolist()
        words = [left_right([made(a)], [made(b, RIGHT)]).word for a, b in drawn]
        assert np.mean([word != "same" for word in words]) <= most


def test_both_legs_of_a_session_stand_beside_each_other() -> None:
    log = logged([50, 50, 50, *TEN])
    logged([50, 50, 50, 60, 61], RIGHT, log)
    (pair,) = legs(log.sets)
    assert (pair.left, pair.left_n, pair.right, pair.right_n) == (69, 10, None, 2)
    assert (
        legs_text(pair.summary)
        == "legs, drop: left 69, right 2 of 5: not compared before 10 valid landings each (provisional)"
    )
    logged([40 + k for k in range(10)], RIGHT, log)
    (pair,) = legs(log.sets)
    assert "left softer by 3" in legs_text(pair.summary)
    assert legs(logged([70] * 9).sets) == ()


# ------------------------------------------------------------------------------------------------ simulated sets


def drops(*styles: str, count: int = 30, seed: int = 0, packet_n: int | None = None) -> Simulated:
    """One set of drops, each landed in its own style; every drop is a new connection of the simulated strap."""
    inputs: list[Input] = []
    last_ns = shift_ns = 0
    for k, style in enumerate(styles):
        one = simulate.drops(style, count=1, seed=seed + k, recovery_g=0.1, recovery_s=0.25)
        if k:
            shift_ns = last_ns + 5_000_000 - SensorSetup().latency_ns - one.inputs[0].host_ns
        last_ns = max(item.host_ns for item in one.inputs) + shift_ns
        packets = one.inputs if packet_n is None else repacked(one.header, one.inputs, packet_n)
        wanted = [item for item in packets if not (k and isinstance(item, Cue))]
        inputs += [replace(item, host_ns=item.host_ns + shift_ns) for item in wanted]
    drill = DrillSpec("drop", "both", height_cm=20.0, count=count)
    return replace(one, header=with_drill(one.header, drill), inputs=sorted(inputs, key=lambda item: item.host_ns))


TIRING = ("normal",) * 3 + ("soft",) * 4 + ("stiff",) * 5


def test_a_set_that_tires_is_ended_after_the_landing_that_showed_it() -> None:
    one = drops(*TIRING)
    events = run(one.header, one.inputs)
    (ended,) = [event for event in events if isinstance(event, SetEnded)]
    landed = [event for event in events if isinstance(event, Landed)]
    assert ended.reason == "fatigue"
    assert len(landed) == 9  # the second stiff one: one alone may be chance
    last = [event for event in events if isinstance(event, Settled)][-1]
    assert last.number == 9
    assert last.missing != "interrupted"
    assert events.index(last) < events.index(ended)
    assert landed[-1].t_s < ended.t_s < landed[-1].t_s + 7


@pytest.mark.parametrize("packet_n", [7, 150, 600])
def test_fatigue_does_not_depend_on_how_samples_were_packed(packet_n: int) -> None:
    whole, packed = drops(*TIRING), drops(*TIRING, packet_n=packet_n)

    def decided(one: Simulated) -> list[Event]:
        return [event for event in run(one.header, one.inputs) if isinstance(event, Scored | SetEnded)]

    a, b = decided(whole), decided(packed)
    assert isinstance(a[-1], SetEnded)
    assert a[-1].reason == "fatigue"
    same_events(a, b)


def test_a_level_set_and_one_that_improves_are_not_ended() -> None:
    for styles in (("normal",) * 10, ("stiff",) * 4 + ("normal",) * 3 + ("soft",) * 3):
        one = drops(*styles)
        events = run(one.header, one.inputs)
        assert sum(isinstance(event, Landed) for event in events) == 10
        assert not any(isinstance(event, SetEnded) and event.reason == "fatigue" for event in events)


def test_a_recording_that_nobody_started_is_read_to_its_end() -> None:
    one = drops(*TIRING)
    inputs = [item for item in one.inputs if not isinstance(item, Cue)]
    engine = Engine(one.header, uncued=True)
    events = [event for item in inputs for event in engine.feed(item)] + engine.finish()
    assert sum(isinstance(event, Landed) for event in events) == len(TIRING)
    (only,) = engine.snapshot().sets
    assert only.tires
    assert (only.ended, only.summary["missing"]["ended"]) == (None, "recording_end")
    assert "time to rest" in set_lines(1, only.summary)[0]


def test_the_sets_of_a_session_are_those_of_its_landings() -> None:
    one = drops(*["normal"] * 9)
    engine = Engine(one.header)
    half_ns = one.inputs[len(one.inputs) // 2].host_ns
    inputs: list[Input] = [*one.inputs, Cue(half_ns, "set", "leg=left")]
    for item in sorted(inputs, key=lambda item: item.host_ns):
        engine.feed(item)
    engine.finish()
    shot = engine.snapshot()
    assert [one.key.leg for one in shot.sets] == ["both", "left"]
    assert shot.sets[0].ended == "changed"
    numbers = [one.number for group in shot.sets for one in group.landings]
    assert numbers == [landed.number for landed, _, _ in shot.landings] == list(range(1, 10))
    values = [one.value for group in shot.sets for one in group.landings]
    assert values == [scored.score.value for _, scored, _ in shot.landings]


def test_the_result_of_a_recording_has_its_sets(tmp_path: Path) -> None:
    one = drops(*["normal"] * 6, "soft", "soft")
    path = tmp_path / "set.jsonl.gz"
    write_recording(path, one.header, one.inputs)
    result = surefoot.score(path)
    (found,) = result["landing_sets"]
    soft = [landing["softness"]["value"] for landing in result["landings"]]
    assert found["numbers"] == list(range(1, 9))
    assert (found["n"], found["practice_n"], found["valid_n"], found["method"]) == (8, 3, 5, "landing_set/1")
    assert found["median"] == sorted(soft[3:])[2]
    assert found["best"] == max(soft[3:])
    assert found["drop_off"] == sorted(soft[3:6])[1] - sorted(soft[5:8])[1]
    assert found["flags"] == []
    assert result["landing_legs"] == []
    assert f"softness {int(found['median'])}" in report(result)
    assert "landing_set/1, provisional" in report(result)


def test_clipped_landings_are_listed_but_make_no_median() -> None:
    one = simulate.drops("stiff", count=8, sensor=SensorSetup(settings={"rate_hz": 200, "range_g": 2}))
    engine = Engine(one.header)
    for item in one.inputs:
        engine.feed(item)
    engine.finish()
    (only,) = engine.snapshot().sets
    assert (len(only.landings), only.values, only.best, only.median) == (8, (), None, None)
    assert "clipped" in only.summary["flags"]
    assert all(scored.score.value is not None for _, scored, _ in engine.snapshot().landings)


def test_scores_reach_the_set_in_the_order_of_the_events() -> None:
    one = drops(*["normal"] * 3)
    events = run(one.header, one.inputs)
    kinds = [type(event) for event in events if isinstance(event, Landed | Scored)]
    assert kinds == [Landed, Scored] * 3
