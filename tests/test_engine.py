"""The one door: chunking, replay, cues, silence, bad packets."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_of_g import pieces, session
from repack import repacked, run, same_events
from surefoot import simulate
from surefoot.drills.hold import Hold
from surefoot.engine import Engine
from surefoot.errors import DeviceError, UsageError
from surefoot.events import (
    CueRejected,
    DrillStarted,
    GapSeen,
    HoldEnded,
    HoldStarted,
    Landed,
    PacketRejected,
    Scored,
    SensorBack,
    SensorLost,
    Settled,
)
from surefoot.samples import Cue, Input, Link, Notification, Tick
from surefoot.simulate import SensorSetup, Simulated

WALKS = {
    "steady": simulate.stand("one_eo_firm", seed=1, target_s=12.0),
    "touch-down": simulate.stand("one_ec_mat", seed=2, target_s=20.0, touch_down_s=14.0),
    "hops and touches": simulate.stand("one_eo_mat", seed=3, target_s=15.0, hop_s=(6.0,), touch_s=(9.0,)),
    "lost packets": simulate.stand("one_ec_firm", seed=4, target_s=13.0, sensor=SensorSetup(loss=0.03)),
    "plain with gyro": simulate.stand(
        "one_eo_firm", seed=5, target_s=12.0, sensor=SensorSetup("plain", gyro=True, yaw_deg=25, pitch_deg=8)
    ),
    "fast clock": simulate.stand(
        "one_eo_firm", seed=11, before_s=20, target_s=12.0, sensor=SensorSetup(clock_error=0.005)
    ),
    "slow clock": simulate.stand(
        "one_eo_firm", seed=12, before_s=20, target_s=12.0, sensor=SensorSetup(clock_error=-0.005)
    ),
    "drops": simulate.drops("stiff", count=3, seed=6, recovery_g=0.3),
    "bouncing": simulate.drops("stiff", count=2, seed=7, bounce=True, height_cm=30),
    "hops": simulate.hops("normal", count=3, seed=8),
    "in place": simulate.hops("normal", count=6, seed=9, in_place=True),
    "walk": simulate.walk(duration_s=20, seed=10),
}


@pytest.mark.parametrize("name", WALKS)
@given(packet_n=st.integers(1, 200))
@settings(max_examples=8)
def test_packets_of_any_size_give_the_same_events(name: str, packet_n: int) -> None:
    made = WALKS[name]
    reference = run(made.header, repacked(made.header, made.inputs, 36))
    same_events(run(made.header, repacked(made.header, made.inputs, packet_n)), reference)


def test_the_reference_of_the_chunking_test_holds_every_kind_of_result() -> None:
    kinds = {type(event).__name__ for made in WALKS.values() for event in run(made.header, made.inputs)}
    assert {"LandingSeen", "SetEnded"} <= kinds
    assert {"HoldEnded", "Landed", "Settled", "Scored", "Unsteady", "TouchSuspected", "GapSeen"} <= kinds


def test_the_same_inputs_give_the_same_events_twice() -> None:
    made = WALKS["touch-down"]
    same_events(run(made.header, made.inputs), run(made.header, made.inputs), rel=0.0)


def test_a_cue_takes_effect_at_its_own_time_even_when_its_samples_come_later() -> None:
    made = WALKS["steady"]
    late = repacked(made.header, made.inputs, 200)  # packets of one second: the start cue lies inside one
    events = run(made.header, late)
    lift = next(event for event in events if isinstance(event, HoldStarted))
    assert lift.t_s == pytest.approx(made.truth["lift_s"], abs=0.006)


def test_garbage_is_reported_and_harms_nothing() -> None:
    made = WALKS["steady"]
    dirty: list[Input] = []
    for item in made.inputs:
        dirty.append(item)
        if isinstance(item, Notification):
            dirty.append(replace(item, payload=b"\x02\xff"))
            dirty.append(replace(item, source="s9"))
    events = run(made.header, dirty)
    rejected = [event for event in events if isinstance(event, PacketRejected)]
    packets_n = sum(isinstance(item, Notification) for item in made.inputs)
    assert len(rejected) == 2 * packets_n
    same_events([e for e in events if not isinstance(e, PacketRejected)], run(made.header, made.inputs))


@given(payload=st.binary(max_size=300) | st.text(max_size=100), codec=st.sampled_from(["polar", "plain"]))
@settings(max_examples=200)
def test_no_payload_raises(payload: bytes | str, codec: str) -> None:
    engine = Engine(header(codec))
    engine.feed(Notification(1, "s1", "imu", payload))
    engine.feed(Notification(2, "s1", "battery", payload))
    engine.feed(Notification(3, "s1", "else", payload))
    engine.finish()
    engine.snapshot()


def header(codec: str = "polar") -> dict[str, object]:
    known = {"rate_hz": 200, "range_g": 8} if codec == "polar" else {"rate_hz": 100.0}
    return {"sources": {"s1": {"codec": codec, "placement": "waist", "settings": known}}, "drill": None}


@pytest.mark.parametrize(
    "cue",
    [
        Cue(0, "start", "dance"),
        Cue(0, "set", "leg=third"),
        Cue(0, "set", "name=drop"),
        Cue(0, "set", "nonsense"),
        Cue(0, "whistle"),
    ],
)
def test_a_cue_that_makes_no_sense_is_answered(cue: Cue) -> None:
    made = WALKS["steady"]
    first = next(item for item in made.inputs if isinstance(item, Notification))
    inputs: list[Input] = [first, replace(cue, host_ns=first.host_ns - 10_000_000)]
    assert [type(event) for event in run(made.header, inputs)] == [CueRejected]


def test_settings_change_between_trials_but_not_within_one() -> None:
    made = WALKS["steady"]
    inputs = [*made.inputs, Cue(made.inputs[-1].host_ns, "set", "leg=right")]
    engine = Engine(made.header)
    for item in inputs:
        engine.feed(item)
    engine.finish()
    assert engine.spec is not None
    assert engine.spec.leg == "right"
    in_trial = made.inputs[0].host_ns + int((made.truth["lift_s"] + 3) * 1e9)
    early = sorted([*made.inputs, Cue(in_trial, "set", "leg=right")], key=lambda item: item.host_ns)
    events = run(made.header, early)
    assert [event.kind for event in events if isinstance(event, CueRejected)] == ["set"]


def silent_middle(made: Simulated, from_s: float, to_s: float) -> list[Input]:
    base = made.inputs[0].host_ns
    return [item for item in made.inputs if not from_s <= (item.host_ns - base) / 1e9 < to_s]


def ticks(made: Simulated, from_s: float, to_s: float) -> list[Input]:
    base = made.inputs[0].host_ns
    return [Tick(base + int((from_s + k / 4) * 1e9)) for k in range(1, int((to_s - from_s) * 4))]


def test_silence_ends_a_hold_with_and_without_ticks() -> None:
    made = WALKS["steady"]
    quiet = silent_middle(made, 12.0, 16.5)
    without = run(made.header, quiet)
    with_ticks = run(made.header, sorted([*quiet, *ticks(made, 12.0, 16.5)], key=lambda item: item.host_ns))
    ends = [[e for e in events if isinstance(e, HoldEnded)] for events in (without, with_ticks)]
    assert [e.end_reason for e in ends[0]] == ["sensor_lost"]
    same_events(list(ends[0]), list(ends[1]))
    lost = [e for e in with_ticks if isinstance(e, SensorLost)]
    back = [e for e in with_ticks if isinstance(e, SensorBack)]
    assert (len(lost), len(back)) == (1, 1)
    assert lost[0].t_s < 12.0 < 16.0 < back[0].t_s


def test_a_short_silence_is_a_gap_and_no_loss() -> None:
    made = WALKS["steady"]
    events = run(made.header, silent_middle(made, 12.0, 12.6))
    assert [e.end_reason for e in events if isinstance(e, HoldEnded)] == ["target"]
    (gap,) = [e for e in events if isinstance(e, GapSeen)]
    assert gap.gap_s == pytest.approx(0.6, abs=0.2)
    (scored,) = [e for e in events if isinstance(e, Scored)]
    assert "gap" in scored.score.flags


def test_a_new_connection_goes_on_in_the_same_session() -> None:
    made = WALKS["drops"]
    base = made.inputs[-1].host_ns + 1_000_000_000
    second = [replace(item, host_ns=item.host_ns - made.inputs[0].host_ns + base) for item in made.inputs]
    lost = Link(made.inputs[-1].host_ns, "s1", "lost")
    drill: dict[str, object] = made.header["drill"]  # type: ignore[assignment]
    header = {**made.header, "drill": {**drill, "count": 10}}
    events = run(header, [*made.inputs, lost, *(i for i in second if not isinstance(i, Cue))])
    landed = [e for e in events if isinstance(e, Landed)]
    assert [e.number for e in landed] == [1, 2, 3, 4, 5, 6]
    assert all(a.t_s < b.t_s for a, b in itertools.pairwise(landed))
    assert len([e for e in events if isinstance(e, SensorLost)]) == 1


def test_what_gravity_read_after_a_hold_says_nothing_of_it() -> None:
    # never still until the hold is over: a long packet must not know the stillness after it any earlier
    a = np.concatenate([1 + 0.12 * np.sin(np.arange(1560) / 5), pieces(100, (4, 1.0))])
    spec = {"name": "hold", "leg": "both", "target_s": 10.0}
    runs = []
    for packet_n in (1, 30, 5000):
        header, inputs = session(a, 100, spec, start_s=0.505, packet_n=packet_n)
        runs.append(run(header, inputs))
    (ended,) = [event for event in runs[0] if isinstance(event, HoldEnded)]
    assert "gravity_unchecked" in ended.sway.flags
    same_events(runs[1], runs[0])
    same_events(runs[2], runs[0])


def test_every_landing_is_scored_and_settled_once() -> None:
    events = run(WALKS["drops"].header, WALKS["drops"].inputs)
    numbers = [[e.number for e in events if isinstance(e, kind)] for kind in (Landed, Settled)]
    assert numbers == [[1, 2, 3], [1, 2, 3]]
    assert [e.number for e in events if isinstance(e, Scored)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        ({"sources": {}}, UsageError),
        ({"sources": {"s1": {"codec": "nothing", "settings": {}}}}, DeviceError),
        ({"sources": {"s1": {"codec": "polar", "settings": {"rate_hz": 7}}}}, DeviceError),
        ({"sources": {"s1": {"codec": "plain", "settings": {}}}}, DeviceError),
        ({**header(), "drill": {"name": "dance"}}, UsageError),
        ({**header(), "drill": {"name": "hold", "target_s": float("nan")}}, UsageError),
    ],
)
def test_a_header_that_cannot_work_is_refused(broken: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        Engine(broken)


def test_a_snapshot_never_changes_after_it_was_taken() -> None:
    made = WALKS["steady"]
    engine = Engine(made.header)
    kept = []
    for item in made.inputs:
        engine.feed(item)
        shot = engine.snapshot()
        kept.append((shot, shot.trace.copy()))
    assert all((shot.trace == copy).all() for shot, copy in kept)
    assert not kept[-1][0].trace.flags.writeable
    last = kept[-1][0]
    assert last.trace[-1, 0] == last.t_s
    assert len(last.trace) == min(last.first_index + len(last.trace), 30 * 200)


def test_a_start_cue_begins_anew_and_stop_ends() -> None:
    made = WALKS["steady"]
    base = made.inputs[0].host_ns
    extra = [Cue(base + int(10e9), "start", "hold"), Cue(base + int(18e9), "stop")]
    events = run(made.header, sorted([*made.inputs, *extra], key=lambda item: item.host_ns))
    assert len([e for e in events if isinstance(e, DrillStarted)]) == 2
    assert [e.end_reason for e in events if isinstance(e, HoldEnded)] == ["stopped", "stopped"]


def later(made: Simulated, base_ns: int) -> list[Input]:
    """The same inputs, without cues and links, at another host time: the device's clock restarts."""
    shift = base_ns - made.inputs[0].host_ns
    return [replace(i, host_ns=i.host_ns + shift) for i in made.inputs if isinstance(i, Notification)]


@pytest.mark.parametrize("cues", [[("start", "hold"), ("stop", None), ("start", "drop")], [("start", "drop")]])
def test_landings_are_counted_on_when_the_drill_changes(cues: list[tuple[str, str | None]]) -> None:
    made = WALKS["drops"]
    end_ns = made.inputs[-1].host_ns
    change = [Cue(end_ns + 1_000_000 * k, kind, value) for k, (kind, value) in enumerate(cues)]
    events = run(made.header, [*made.inputs, *change, *later(made, end_ns + 500_000_000)])
    landed = [event.number for event in events if isinstance(event, Landed)]
    settled = [event.number for event in events if isinstance(event, Settled)]
    assert landed == settled == [1, 2, 3, 4, 5, 6]


def test_another_drill_ends_a_running_hold_and_keeps_its_result() -> None:
    made = WALKS["touch-down"]
    switch = Cue(made.inputs[0].host_ns + int((made.truth["lift_s"] + 11) * 1e9), "start", "drop")
    events = run(made.header, sorted([*made.inputs, switch], key=lambda item: item.host_ns))
    (ended,) = [event for event in events if isinstance(event, HoldEnded)]
    assert ended.end_reason == "stopped"
    assert ended.hold_s == pytest.approx(11, abs=0.1)


def test_a_lift_before_the_first_sample_is_a_lift_at_the_first() -> None:
    made = WALKS["steady"]
    first_ns = made.inputs[0].host_ns
    cues = [Cue(first_ns, "start", "hold"), Cue(first_ns, "lift")]
    inputs = [*cues, *(item for item in made.inputs if not isinstance(item, Cue))]
    lifts = [event.t_s for event in run(made.header, inputs) if isinstance(event, HoldStarted)]
    assert lifts == [0.0]


@pytest.mark.parametrize("value", ["count=" + "9" * 400, "target_s=1e999", "target_s=nan", "count=1.5", "height_cm="])
def test_impossible_numbers_are_refused(value: str) -> None:
    made = WALKS["steady"]
    cue = Cue(made.inputs[-1].host_ns, "set", value)
    assert [e.kind for e in run(made.header, [*made.inputs, cue]) if isinstance(e, CueRejected)] == ["set"]
    key, _, number = value.partition("=")
    with pytest.raises(UsageError):
        Engine({**made.header, "drill": {"name": "drop", key: number or "x"}})


@pytest.mark.parametrize("claimed_hz", [1.0, 5.0, 5000.0])
def test_a_header_that_lies_about_the_rate_breaks_nothing(claimed_hz: float) -> None:
    made = simulate.drops("stiff", count=2, seed=1, sensor=SensorSetup("plain"))
    source = {**made.header["sources"]["s1"], "settings": {"rate_hz": claimed_hz}}  # type: ignore[index]
    for drill in ("hold", "drop"):
        header = {"sources": {"s1": source}, "drill": {"name": drill}}
        for armed in (True, False):
            run(header, made.inputs, uncued=True, armed=armed)


@pytest.mark.parametrize("acc", ["null", "5", "true", '"5"', "[]", "[[]]", "[1,2,3]", "[[[1]]]"])
def test_a_packet_of_another_shape_is_rejected(acc: str) -> None:
    engine = Engine(header("plain"))
    (event,) = engine.feed(Notification(1, "s1", "imu", f'{{"t":[0],"acc":{acc},"gyr":null}}'))
    assert isinstance(event, PacketRejected)


def test_ten_thousand_cues_before_the_first_sample_take_no_time() -> None:
    made = WALKS["steady"]
    first_ns = made.inputs[0].host_ns - 10_001
    cues = [Cue(first_ns + k, "start" if k % 2 == 0 else "stop", None) for k in range(10_000)]
    assert len([e for e in run(made.header, [*cues, *made.inputs[:5]]) if isinstance(e, DrillStarted)]) == 5000


@pytest.mark.parametrize("error", [0.005, -0.005])
def test_a_clock_that_runs_wrong_for_minutes_still_starts_and_holds_on_time(error: float) -> None:
    made = simulate.stand("one_eo_firm", seed=1, before_s=120, target_s=60, sensor=SensorSetup(clock_error=error))
    base = made.inputs[0].host_ns
    stop = Cue(base + int((made.truth["lift_s"] + 20) * 1e9) + 30_000_000, "stop")
    events = run(made.header, sorted([*made.inputs, stop], key=lambda item: item.host_ns))
    (ended,) = [event for event in events if isinstance(event, HoldEnded)]
    # session time is the device's: 20 s of the host are 20·(1 + ε) of it
    assert ended.hold_s == pytest.approx(20 * (1 + error), abs=0.05)


def test_a_sensor_lost_in_the_countdown_calls_it_off() -> None:
    from surefoot.events import DrillStopped

    made = WALKS["steady"]
    events = run(made.header, silent_middle(made, 3.0, 7.0))
    assert [type(event) for event in events if isinstance(event, DrillStarted | DrillStopped | HoldStarted)] == [
        DrillStarted, DrillStopped,
    ]  # fmt: skip


def test_a_cue_from_before_the_lift_is_taken_at_the_lift() -> None:
    """A first packet that came late makes every later cue seem early: what a person stops has begun."""
    made = WALKS["steady"]
    engine = Engine(made.header)
    for item in made.inputs:
        if any(isinstance(event, HoldStarted) for event in engine.feed(item)):
            break
    early_ns = item.host_ns - 1_500_000_000
    (unsteady,) = engine.feed(Cue(early_ns, "touch"))
    (ended,) = [event for event in engine.feed(Cue(early_ns, "stop")) if isinstance(event, HoldEnded)]
    assert (unsteady.t_s, ended.t_s, ended.hold_s) == (ended.lift_s, ended.lift_s, 0.0)


# ------------------------------------------------------------------------------------------------ live values


def live_values(made: Simulated, packet_n: int) -> list[tuple[float, int, float | None]]:
    """Session time, samples that were counted, and the live score, after each packet of the hold."""
    engine = Engine(made.header)
    out = []
    for item in repacked(made.header, made.inputs, packet_n):
        engine.feed(item)
        shot = engine.snapshot()
        if shot.hold is not None and shot.hold.hold_s is not None:
            assert isinstance(engine._drill, Hold)
            out.append((shot.t_s, engine._drill.meter.n, shot.hold.steadiness))
    return out


def test_a_live_score_waits_for_five_seconds_of_scored_samples() -> None:
    made = WALKS["steady"]
    sample_by_sample = live_values(made, 1)
    assert all((score is None) == (counted < 1000) for _, counted, score in sample_by_sample)  # 5 s at 200 Hz
    known = {t_s: score for t_s, _, score in sample_by_sample}
    for packet_n in (7, 36, 150):
        for t_s, _, score in live_values(made, packet_n):
            assert score == (None if known[t_s] is None else pytest.approx(known[t_s], abs=1e-9))


def test_what_is_shown_of_a_trial_first_is_near_its_end() -> None:
    """After 0.4 s it was 29 points too high, in the median of such trials."""
    apart = []
    for seed in range(8):
        made = simulate.stand("one_eo_firm", seed=seed, target_s=12.0)
        first = next(score for _, _, score in live_values(made, 36) if score is not None)
        final = next(one.score.value for one in run(made.header, made.inputs) if isinstance(one, Scored))
        assert final is not None
        apart.append(first - final)
    assert abs(float(np.median(apart))) < 7
