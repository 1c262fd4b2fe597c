"""A phone as a source, against a simulated one over real sockets, on the test's clock."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phone.app import BOTH, GYROSCOPE, LINEAR, STOCK, App, Clock, Experiment, Input, moving, serve
from phone.asking import Asking, asking, rows
from repack import decoded, joined, run, same_events
from surefoot import simulate
from surefoot.devices.phyphox_answers import WANTED
from surefoot.engine import Engine
from surefoot.errors import DeviceError
from surefoot.events import Event, GapSeen, HoldEnded, Scored, SensorBack, SensorLost
from surefoot.quality import RATE_TOLERANCE
from surefoot.recorder import Recorder
from surefoot.recording import read
from surefoot.samples import G0_MS2, Cue, DrillSpec, Notification
from surefoot.sensor import LOST_S, STALL_S
from surefoot.sources.connection import LinkError
from surefoot.sources.http import address
from surefoot.sources.phyphox import NOTHING, OTHER, TIMING, Left, Phone
from surefoot.sources.phyphox_app import REFUSED

systems = pytest.mark.parametrize("ios", [False, True], ids=["Android", "iPhone"])
UNEVEN_S = (0.013, 0.05, 0.031, 0.21, 0.0)
LONG = replace(TIMING, long_s=math.inf)  # whatever it has measured is kept


def app_of(clock: Clock, **options: Any) -> App:
    return App(clock.now_s, **options)


def engine_of(here: Asking, drill: DrillSpec | None = None) -> Engine:
    return Engine({"sources": {"s1": here.entry}, "drill": None if drill is None else asdict(drill)})


# ------------------------------------------------------------------ every sample once


@systems
@pytest.mark.parametrize("rate_hz", [100.0, 416.0])
@pytest.mark.parametrize(("first_s", "within_s"), [(0.0, 5e-8), (95.0, 6e-6), (90_000.0, 6e-4)])
def test_every_sample_comes_once_and_in_order(ios: bool, rate_hz: float, first_s: float, within_s: float) -> None:
    clock = Clock()
    with asking(app_of(clock, ios=ios, rate_hz=rate_hz, first_s=first_s), clock, LONG) as here:
        here.open()
        pace = cycle(UNEVEN_S)
        for _ in range(60):
            clock.s += next(pace)
            assert here.phone.turn() == TIMING.pause_s
        found, made = here.rows(), np.array(here.app.made)
        assert here.entry["settings"]["rate_hz"] == rate_hz
    assert len(found) == len(made)
    assert (np.diff(found[:, 0]) > 0).all()
    assert np.abs(found[:, 0] - made[:, 0]).max() <= (1e-9 if ios else within_s)
    np.testing.assert_allclose(found[:, 1:], made[:, 1:], rtol=0 if ios else 5e-8)
    assert here.links == ["connected"]
    asked = [target for target in here.app.asked if target.startswith("/get")]
    assert not [target for target in asked if "=-" in target]  # never beyond a time before the start


def test_what_the_app_measured_before_is_not_ours() -> None:
    clock = Clock()
    app = app_of(clock)
    app.play()
    clock.s += 20
    with asking(app, clock) as here:
        here.open()
        assert here.rows()[0, 0] == pytest.approx(20.0, abs=0.1)
        here.phone.close()
        assert app.measuring  # who started it may stop it
        assert "/control?cmd=start" not in app.asked
        assert "/control?cmd=clear" not in app.asked


@systems
def test_a_paused_run_goes_on(ios: bool) -> None:
    clock = Clock()
    app = app_of(clock, ios=ios)
    app.play()
    clock.s += 7
    app.pause()
    clock.s += 100
    with asking(app, clock) as here:
        here.open()
        assert here.rows()[0, 0] == pytest.approx(7.0, abs=0.03)
        here.phone.close()
    assert not app.measuring


@systems
@pytest.mark.parametrize("slow_s", [0.0, 0.3])
def test_a_long_run_is_cleared_first(ios: bool, slow_s: float) -> None:
    clock = Clock()
    app = app_of(clock, ios=ios, slow_clear_s=slow_s)
    app.play()
    clock.s += 61
    with asking(app, clock) as here:
        here.open()
        here.turns(1)
        stamps = here.rows()[:, 0]
        assert stamps[0] < 0.1
        assert stamps[-1] < 3.5
        assert (np.diff(stamps) < 0.011).all()


def test_an_app_that_keeps_its_data_goes_on() -> None:
    clock = Clock()
    app = app_of(clock, slow_clear_s=math.inf)
    app.play()
    clock.s += 61
    with asking(app, clock) as here:
        here.open()
        assert here.rows()[0, 0] == pytest.approx(61 + TIMING.clear_s, abs=0.2)


def test_a_session_that_takes_over_begins_in_a_short_run() -> None:
    with asking() as here:
        here.open()
        here.turns(30)
        here.phone.renew = True
        here.turns(1)
        assert here.links == ["connected"]  # 30 s are not long
        here.turns(30)
        here.phone.renew = True
        here.turns(1)
        first, second = here.runs()
        assert rows(first)[-1, 0] > 60
        assert rows(second)[0, 0] < 0.1
        assert here.streams().count("time") == 2


# ------------------------------------------------------------------ what samples are like


def test_rows_with_a_hole_are_missing_and_columns_of_other_lengths_do_no_harm() -> None:
    clock = Clock()
    with asking(app_of(clock, holes=frozenset({300, 301, 302, 303, 304}), ios=True), clock) as here:
        here.open()
        here.app.late_n = 1
        here.turns(4)
        here.app.late_n = 0
        here.turns(0.1)
        found = here.rows()
        made = np.array([row for row in here.app.made if not math.isnan(row[1])])
        np.testing.assert_allclose(found, made, atol=1e-12)
        gaps = [event for event in run({"sources": {"s1": here.entry}}, here.inputs) if isinstance(event, GapSeen)]
    assert [round(gap.gap_s, 3) for gap in gaps] == [0.05]


def test_a_phone_that_was_asked_too_seldom_shows_a_gap() -> None:
    clock = Clock()
    with asking(app_of(clock, open=replace(STOCK, size=400)), clock) as here:
        here.open()
        clock.s += 6
        here.turns(1)
        gaps = [event for event in run({"sources": {"s1": here.entry}}, here.inputs) if isinstance(event, GapSeen)]
    assert [gap.gap_s for gap in gaps] == pytest.approx([2.0], abs=0.06)


@systems
def test_a_gyroscope_is_laid_onto_the_acceleration(ios: bool) -> None:
    clock = Clock()
    with asking(app_of(clock, open=BOTH, rate_hz=416.0, ios=ios), clock) as here:
        here.open()
        here.turns(2)
        (packets,), made_n = here.runs(), len(here.app.made)
    assert all(packet.gyr is not None for packet in packets)
    turns = np.concatenate([packet.gyr for packet in packets if packet.gyr is not None])
    t = np.arange(len(turns)) / 416
    np.testing.assert_allclose(turns[:, 0], 0.02 * np.cos(4.4 * t), atol=1e-6)
    assert len(turns) == made_n


@pytest.mark.parametrize(
    ("real_hz", "known_hz"), [(99.3, 100), (100.7, 100), (49.8, 50), (413.2, 416), (202.9, 203), (404.3, 404)]
)
def test_the_rate_is_measured(real_hz: float, known_hz: float) -> None:
    clock = Clock()
    with asking(app_of(clock, rate_hz=real_hz), clock) as here:
        here.open()
        assert here.entry["settings"]["rate_hz"] == known_hz


def test_a_hold_by_phone_is_the_hold_by_any_sensor(tmp_path: Path) -> None:
    """And its recording replays without the phone."""
    setup = simulate.SensorSetup(device="phyphox", settings={"rate_hz": 200, "range_ms2": 8 * G0_MS2}, gyro=True)
    made = simulate.stand("one_eo_firm", seed=3, target_s=15.0, leg="left", sensor=setup)
    known = [event for event in run(made.header, made.inputs) if isinstance(event, HoldEnded)]
    cue_s = next(item.host_ns for item in made.inputs if isinstance(item, Cue)) / 1e9
    zero_s = next(item.host_ns for item in made.inputs if isinstance(item, Notification)) / 1e9
    clock = Clock()
    app = app_of(clock, rate_hz=200.0, open=BOTH)
    spec = DrillSpec("hold", "left", "open", "firm", "none", target_s=15.0)
    with asking(app, clock) as here:
        here.open()
        app.motion, app.k = moving(joined(decoded(made.header, made.inputs))), 0
        here.inputs.clear()
        app.clear()
        begun_s = clock.s
        engine = engine_of(here, spec)
        header = {"sources": {"s1": here.entry}, "drill": asdict(spec)}
        recorder = Recorder.create(tmp_path / "hold.jsonl", header)
        events: list[Event] = []
        given = fed = 0
        while clock.s < begun_s + 27:
            clock.s += here.phone.turn()
            if not given and clock.s - begun_s > cue_s - zero_s + 0.1:
                here.inputs.append(Cue(clock.now_ns(), "start", "hold"))
                given = 1
            for item in here.inputs[fed:]:
                recorder.write(item)
                events += engine.feed(item)
            fed = len(here.inputs)
        events += engine.finish()
    (ended,) = [event for event in events if isinstance(event, HoldEnded)]
    assert ended.end_reason == "target"
    assert ended.sway is not None
    assert known[0].sway is not None
    assert ended.sway.rms_h_ms2 == pytest.approx(known[0].sway.rms_h_ms2, rel=0.05)  # not the same second of it
    assert [event.score.value is not None for event in events if isinstance(event, Scored)] == [True]
    again = read(recorder.close())
    same_events(run(again.header, again.inputs()), events)


# ------------------------------------------------------------------ what people do on the phone


@systems
@pytest.mark.parametrize("rival", [False, True], ids=["alone", "with a rival"])
def test_cleared_data_begin_a_new_run(ios: bool, rival: bool) -> None:
    clock = Clock()
    with asking(app_of(clock, ios=ios), clock) as here:
        here.open()
        here.turns(3)
        here.app.clear()
        here.app.play()
        if rival:  # the phone's own page in a browser takes the full answer
            here.app.answer("/get?accX=1.0%7Cacc_time")
        here.turns(5)
        first, second = here.runs()
        assert here.links == ["connected", "connected"]
        assert here.streams().count("config") == 2
        assert rows(second)[0, 0] < 0.01
        assert (
            len(here.app.made) - len(rows(first)) - len(rows(second)) <= 6
        )  # between the last answer and the clearing
        engine = engine_of(here)
        for item in here.inputs:
            engine.feed(item)
        shot = engine.snapshot().sensor
        assert shot.state == "streaming"
        assert shot.lost_n <= 60  # the moment of clearing, and up to 0.2 s until it was asked
        assert shot.rejected_n == 0


@systems
def test_a_pause_is_ended_and_costs_no_time_on_the_phones_clock(ios: bool) -> None:
    clock = Clock()
    with asking(app_of(clock, ios=ios), clock) as here:
        here.open()
        here.turns(3)
        here.app.pause()
        paused_s = clock.s
        here.turns(2)
        assert here.app.measuring
        assert here.links == ["connected", "connected"]
        first, second = here.runs()
        assert rows(second)[0, 0] - rows(first)[-1, 0] < 0.02
        gaps = [event for event in run({"sources": {"s1": here.entry}}, here.inputs) if isinstance(event, GapSeen)]
        marks = [mark["experimentTime"] for mark in here.app.marks]
    assert marks == pytest.approx([0.0, paused_s - here.app.marks[0]["systemTime"] + 1.7e9, marks[1]])
    assert [gap.gap_s for gap in gaps] == pytest.approx([0.08], abs=0.06)


def test_another_experiment_is_read_anew() -> None:
    clock = Clock()
    with asking(app_of(clock), clock) as here:
        here.open()
        here.turns(2)
        here.app.change(BOTH, "aa17")
        here.turns(3)
        assert here.links == ["connected", "connected"]
        first, second = here.runs()
        assert first[0].gyr is None
        assert second[-1].gyr is not None
        assert here.phone.trouble is None


def test_an_experiment_that_does_not_serve_is_waited_out() -> None:
    clock = Clock()
    with asking(app_of(clock), clock) as here:
        here.open()
        here.turns(2)
        here.app.change(LINEAR, "aa17")
        here.turns(2)
        assert here.links == ["connected"]
        assert (
            here.phone.trouble
            == f'"Acceleration (without g)" takes gravity away, and without it nothing can be measured here: {WANTED}'
        )
        here.turns(4)
        assert here.links == ["connected", "lost"]
        here.app.change(STOCK, "aa18")
        here.turns(4)
        assert here.links == ["connected", "lost", "connected"]
        assert here.phone.trouble is None
        events = run({"sources": {"s1": here.entry}}, here.inputs)
    assert [type(event) for event in events if isinstance(event, SensorLost | SensorBack)] == [SensorLost, SensorBack]


@pytest.mark.parametrize(
    ("change", "match"),
    [({"rate_hz": 200.0}, "another rate"), ({"range_ms2": 39.2}, "another rate or range")],
)
def test_another_rate_or_range_ends_the_recording(change: dict[str, Any], match: str) -> None:
    clock = Clock()
    with asking(app_of(clock), clock) as here:
        here.open()
        here.turns(2)
        for key, value in change.items():
            setattr(here.app, key, value)
        here.app.change(STOCK, "aa17")
        with pytest.raises(LinkError, match=match) as e:
            here.turns(5)
        assert e.value.fault == "final"
        assert here.links[-1] == "lost"
    assert str(e.value) == OTHER


# ------------------------------------------------------------------ what does not work from the start


@pytest.mark.parametrize(
    ("experiment", "words"),
    [
        (LINEAR, '"Acceleration (without g)" takes gravity away'),
        (GYROSCOPE, '"Gyroscope" does not measure acceleration'),
        (Experiment("\x1b[31mred[/]", (Input("light", ("a", "b", "c", "d")),)), '"[31mred[/]" does not'),
        (replace(GYROSCOPE, local="Gyroskop"), '"Gyroskop" does not measure'),
        (Experiment("Odd", (Input("accelerometer", ("a|b", "x", "y", "z")),)), '"Odd" keeps no x, y, z and time'),
    ],
)
def test_an_experiment_without_gravity_is_refused(experiment: Experiment, words: str) -> None:
    clock = Clock()
    with asking(app_of(clock, open=experiment), clock) as here:
        with pytest.raises(DeviceError) as e:
            here.open()
        assert str(e.value).startswith(words)
        assert str(e.value).endswith(WANTED)
        assert here.inputs == []
        assert not here.app.measuring


def test_a_phone_that_does_not_start_says_so() -> None:
    clock = Clock()
    with asking(app_of(clock, willing=False), clock) as here, pytest.raises(LinkError, match="triangle") as e:
        here.open()
    assert str(e.value) == REFUSED


def test_a_phone_without_samples_says_so() -> None:
    clock = Clock()
    with asking(app_of(clock, broken=True), clock) as here:
        with pytest.raises(LinkError) as e:
            here.open()
        assert str(e.value) == NOTHING
        assert not here.app.measuring  # it was left in peace


def test_a_sensor_that_falls_silent_is_spoken_of() -> None:
    clock = Clock()
    with asking(app_of(clock), clock) as here:
        here.open()
        here.app.broken = True
        here.turns(4)
        assert here.phone.trouble == NOTHING
        here.app.broken = False
        here.turns(1)
        assert here.phone.trouble is None


# ------------------------------------------------------------------ a lost connection


@systems
@pytest.mark.parametrize("away_s", [0.4, 2.0])
def test_a_short_absence_loses_nothing(ios: bool, away_s: float) -> None:
    clock = Clock()
    app = app_of(clock, ios=ios)
    with asking(app, clock) as here:
        here.open()
        here.turns(2)
        back_s = clock.s + away_s

        def deaf(handler: Any, target: str) -> bool:
            handler.close_connection = True
            return clock.s < back_s

        app.instead = deaf
        here.turns(away_s + 3)
        assert here.links == ["connected"]
        made = np.array(app.made)
        np.testing.assert_allclose(here.rows()[:, 0], made[: len(here.rows()), 0], atol=1e-6)
        assert len(made) - len(here.rows()) < 10
        assert any("broke" in text for text in here.said) == (away_s > 0.5)
        assert here.phone.trouble is None


def test_a_phone_that_went_away_is_lost_and_comes_back() -> None:
    clock = Clock()
    with asking(app_of(clock, ios=True), clock) as here:
        here.open()
        here.turns(2)
        with here.away():
            gone_s = clock.s
            here.turns(8)
            assert here.links == ["connected", "lost"]
            lost_ns = here.inputs[-1].host_ns
            assert lost_ns / 1e9 - gone_s == pytest.approx(3.75, abs=0.2)  # the first try after the engine's 3 s
            assert here.phone.trouble is not None
            assert "Allow remote access" in here.phone.trouble
            assert here.phone.turn() == 2.0  # not more often
        here.turns(4)
        assert here.links == ["connected", "lost", "connected"]
        assert here.phone.trouble is None
        first, second = here.runs()
        assert rows(second)[0, 0] - rows(first)[-1, 0] == pytest.approx(0.01, abs=1e-6)  # 10 s are caught up
        events = run({"sources": {"s1": here.entry}}, here.inputs)
    assert [type(event) for event in events if isinstance(event, SensorLost | SensorBack)] == [SensorLost, SensorBack]


def test_what_is_older_than_ten_seconds_is_left() -> None:
    clock = Clock()
    with asking(app_of(clock, ios=True), clock) as here:
        here.open()
        with here.away():
            here.turns(20)
        here.turns(4)
        first, second = here.runs()
        assert rows(second)[0, 0] - rows(first)[-1, 0] == pytest.approx(20, abs=3)


def test_a_phone_that_was_cleared_while_it_was_away_begins_anew() -> None:
    clock = Clock()
    with asking(app_of(clock, ios=True), clock) as here:
        here.open()
        here.turns(9)
        with here.away():
            here.turns(4)
            here.app.clear()
            here.app.play()
        here.turns(3)
        first, second = here.runs()
        assert rows(first)[-1, 0] > 9
        assert rows(second)[0, 0] < 0.01


# ------------------------------------------------------------------ leaving, limits


def test_it_can_be_left_at_any_moment() -> None:
    for after in range(1, 30):
        clock = Clock()
        app = app_of(clock)
        waits = iter([False] * after + [True])

        def wait(seconds: float, waits: Any = waits, clock: Clock = clock) -> bool:
            clock.s += seconds
            return bool(next(waits))

        with serve(app) as url:
            phone = Phone(address(url), now_ns=clock.now_ns, wait=wait, put=lambda item: None)
            try:
                phone.open()
            except Left:
                pass
            else:
                phone.run()
        assert not app.measuring


def test_the_limits_are_the_engines() -> None:
    assert (TIMING.lost_s, TIMING.shown_s) == (LOST_S, STALL_S)
    assert TIMING.rate_share == RATE_TOLERANCE
