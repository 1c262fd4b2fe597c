"""The simulated runner who does as told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.engine import Engine
from surefoot.errors import UsageError
from surefoot.events import Event, GapSeen, HoldEnded, Landed, SensorLost, SetEnded
from surefoot.live.guides import guiding
from surefoot.samples import Cue, DrillSpec, Input, Notification
from surefoot.sources.runner import Runner

HOLD = DrillSpec("hold", "left", "open", "firm", target_s=10.0)
PACKET_S = 0.18


def play(runner: Runner, packets_n: int, cues: Mapping[int, tuple[str, str | None]]) -> tuple[Engine, list[Event]]:
    """A session by hand: cues after so many packets, and the runner told of every event."""
    engine, events, hear = Engine(runner.header), [], guiding(runner)

    def feed(item: Input) -> None:
        for event in engine.feed(item):
            events.append(event)
            hear(event)

    for number, item in enumerate(islice(runner.inputs(), packets_n)):
        feed(item)
        if number in cues:
            feed(Cue(item.host_ns, *cues[number]))
    return engine, events


def test_nothing_is_done_before_it_is_told() -> None:
    engine, events = play(Runner(HOLD), 800, {})  # more than one rest
    assert events == []
    snapshot = engine.snapshot()
    assert snapshot.sensor.lost_n == 0
    assert snapshot.sensor.gravity_ms2 == pytest.approx(9.81, abs=0.05)


def test_it_holds_when_started_and_waits_for_the_next_start() -> None:
    after = round(60 / PACKET_S)
    _, events = play(Runner(HOLD), 2 * after, {20: ("start", "hold"), after: ("start", "hold")})
    ended = [one for one in events if isinstance(one, HoldEnded)]
    assert [one.end_reason for one in ended] == ["target", "target"]
    assert all(one.hold_s == pytest.approx(10.0) for one in ended)
    assert ended[1].lift_s > after * PACKET_S


def test_the_third_hold_touches_down() -> None:
    each = round(25 / PACKET_S)
    cues = {20 + k * each: ("start", "hold") for k in range(3)}
    _, events = play(Runner(HOLD), 3 * each, cues)
    ended = [one for one in events if isinstance(one, HoldEnded)]
    assert [one.end_reason for one in ended] == ["target", "target", "touch_down"]
    assert ended[2].hold_s == pytest.approx(8.0, abs=0.5)


def test_stopped_by_hand_it_stands_on_both_feet_and_can_begin_again() -> None:
    cues = {20: ("start", "hold"), 80: ("stop", None), 120: ("start", "hold")}
    _, events = play(Runner(HOLD), 220, cues)
    ended = [one for one in events if isinstance(one, HoldEnded)]
    assert [one.end_reason for one in ended] == ["stopped", "target"]


@pytest.mark.parametrize("drill", ["drop", "hop"])
def test_a_set_has_as_many_landings_as_asked_for_and_then_rests(drill: str) -> None:
    spec = DrillSpec.from_mapping({"name": drill, "height_cm": 20, "count": 4})
    engine, events = play(Runner(spec), 400, {20: ("start", drill)})
    assert [one.landings_n for one in events if isinstance(one, SetEnded)] == [4]
    assert sum(isinstance(one, Landed) for one in events) == 4
    assert engine.snapshot().sensor.lost_n == 0


def test_other_conditions_are_done_as_chosen() -> None:
    """Closed eyes sway more; the runner hears of the change with the start."""
    rms = []
    for cues in ({20: ("start", "hold")}, {10: ("set", "eyes=closed"), 20: ("start", "hold")}):
        _, events = play(Runner(replace(HOLD, target_s=30.0)), 260, cues)
        (ended,) = (one for one in events if isinstance(one, HoldEnded))
        assert ended.sway.rms_h_ms2 is not None
        rms.append(ended.sway.rms_h_ms2)
    assert rms[1] > 1.5 * rms[0]


def test_a_surface_chosen_by_key_that_no_model_has_is_done_on_a_mat() -> None:
    with pytest.raises(UsageError, match="simulated runner knows"):
        Runner(replace(HOLD, surface="unstable"))
    _, events = play(Runner(HOLD), 150, {10: ("set", "surface=unstable"), 20: ("start", "hold")})
    assert [one.spec.surface for one in events if isinstance(one, HoldEnded)] == ["unstable"]


@settings(max_examples=12, deadline=None)
@given(st.dictionaries(st.integers(5, 200), st.sampled_from([("start", "hold"), ("stop", None)]), max_size=8))
def test_the_stream_has_no_hole_whatever_is_told(cues: dict[int, tuple[str, str | None]]) -> None:
    engine, events = play(Runner(HOLD), 220, cues)
    assert not any(isinstance(one, GapSeen | SensorLost) for one in events)
    sensor = engine.snapshot().sensor
    assert sensor.lost_n == 0
    ended = [one for one in events if isinstance(one, HoldEnded)]
    assert all(one.hold_s is None or one.hold_s <= 10.0 + 1e-9 for one in ended)  # seconds are floats


def test_the_same_seed_and_commands_give_the_same_bytes() -> None:
    sent = []
    for _ in range(2):
        runner = Runner(HOLD, seed=3)
        payloads = []
        for number, item in enumerate(islice(runner.inputs(), 120)):
            if number == 30:
                runner.begin(HOLD)
            if isinstance(item, Notification):
                payloads.append(item.payload)
        sent.append(payloads)
    assert sent[0] == sent[1]
    assert len(set(map(bytes, (one for one in sent[0] if isinstance(one, bytes))))) == 119
