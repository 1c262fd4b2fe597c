"""A running session: its thread, its recording, its end. Times are a clock that the test owns."""

from __future__ import annotations

import asyncio
import os
import pickle
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from repack import run, same_events
from surefoot import simulate
from surefoot.devices import polar_control
from surefoot.devices.polar_frames import Frame, pack
from surefoot.engine import Engine
from surefoot.errors import RecordingError, UsageError
from surefoot.events import Event, HoldEnded, Scored, SensorLost
from surefoot.live.lookback import look_back
from surefoot.live.passing import Passing
from surefoot.playback import Playback
from surefoot.recorder import Recorder
from surefoot.recording import read
from surefoot.samples import Cue, DrillSpec, Input, Link, Notification, Tick
from surefoot.session import Session
from surefoot.simulate import Simulated
from surefoot.snapshot import Snapshot
from surefoot.sources.demo import DemoSource
from surefoot.sources.replay import ReplaySource

FIXTURES = Path(__file__).parent.parent / "fixtures"
HOLD = DrillSpec("hold", leg="left", eyes="open", surface="firm", support="none", target_s=12.0)


@dataclass
class Made:
    """A simulation as a source."""

    made: Simulated
    live: bool = True
    header: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.header = dict(self.made.header)

    def inputs(self) -> Iterator[Input]:
        yield from self.made.inputs


class Racing:
    """A clock on which waiting takes no time: sessions run at full speed, ticks and all."""

    def __init__(self) -> None:
        self.ns = 5_000_000_000_000

    def now_ns(self) -> int:
        return self.ns

    async def wait(self, wake: asyncio.Event, seconds: float) -> None:
        await asyncio.sleep(0)  # let a cue from another thread in
        if not wake.is_set():
            self.ns += max(1, round(seconds * 1e9))


def recorder(path: Path, source: Any) -> Recorder:
    return Recorder.create(path, dict(source.header))


def finish(session: Session) -> list[Event]:
    done = threading.Event()
    session.on_finish = done.set
    session.start()
    assert done.wait(60)
    session.stop()
    return session.drain()


MADE = simulate.stand("one_eo_firm", seed=1, target_s=12.0)


def test_a_threaded_session_is_replayed_by_another_process(tmp_path: Path) -> None:
    source = Made(MADE)
    session = Session(source, recorder(tmp_path / "a.jsonl", source), clock=Racing())
    live = finish(session)
    assert session.failure is None
    assert [e.end_reason for e in live if isinstance(e, HoldEnded)] == ["target"]
    code = "import pickle, sys, surefoot\nsys.stdout.buffer.write(pickle.dumps(list(surefoot.replay(sys.argv[1]))))"
    assert session.saved == tmp_path / "a.jsonl.gz"
    out = subprocess.run([sys.executable, "-c", code, str(session.saved)], capture_output=True, check=True).stdout
    same_events(pickle.loads(out), live, rel=0.0)


def test_what_was_recorded_is_what_came_in_order_and_in_time(tmp_path: Path) -> None:
    source = Made(MADE)
    session = Session(source, recorder(tmp_path / "a.jsonl", source), clock=Racing())
    finish(session)
    recording = read(tmp_path / "a.jsonl.gz")
    kept = list(recording.inputs())
    times = [item.host_ns for item in kept]
    assert times == sorted(times)
    assert recording.clean
    payloads = [item.payload for item in kept if isinstance(item, Notification)]
    assert payloads == [item.payload for item in MADE.inputs if isinstance(item, Notification)]


def test_cues_of_the_person_are_recorded_with_their_time(tmp_path: Path) -> None:
    made = simulate.stand("one_eo_firm", seed=2, target_s=12.0, cues=False)
    source = Made(replace(made, header={**made.header, "drill": {"name": "hold", "leg": "left"}}))
    session = Session(source, recorder(tmp_path / "a.jsonl", source), clock=Racing())
    session.cue("start", "hold")
    session.cue("set", "eyes=closed")
    events = finish(session)
    cues = [item for item in read(tmp_path / "a.jsonl.gz").inputs() if isinstance(item, Cue)]
    assert [(cue.kind, cue.value) for cue in cues] == [("start", "hold"), ("set", "eyes=closed")]
    assert [e.spec.eyes for e in events if isinstance(e, HoldEnded)] == ["closed"]


def test_silence_makes_ticks_for_live_sources_only() -> None:
    base = MADE.inputs[0].host_ns
    quiet = [item for item in MADE.inputs if not 10 <= (item.host_ns - base) / 1e9 < 15]
    for live in (True, False):
        source = Made(Simulated(MADE.header, quiet, MADE.truth), live)
        seen: list[Input] = []
        session = Session(source, clock=Racing())
        feed = session.engine.feed

        def spy(item: Input, feed: Any = feed, seen: list[Input] = seen) -> list[Event]:
            seen.append(item)
            return list(feed(item))

        session.engine.feed = spy  # type: ignore[method-assign]
        events = finish(session)
        assert any(isinstance(item, Tick) for item in seen) == live
        assert any(isinstance(event, SensorLost) for event in events) == live


def test_a_disk_that_fills_up_stops_the_recording_and_not_the_drill(tmp_path: Path) -> None:
    source = Made(MADE)
    full = recorder(tmp_path / "a.jsonl", source)
    write, count = full.write, iter(range(10**9))

    def failing(item: Input) -> None:
        if next(count) >= 40:
            raise RecordingError("a.jsonl cannot be written any more (No space left on device): free some space")
        write(item)

    full.write = failing  # type: ignore[method-assign]
    session = Session(source, full, clock=Racing())
    events = finish(session)
    assert session.failure is None
    assert session.recording_error is not None
    assert "No space left" in session.recording_error
    assert [e.end_reason for e in events if isinstance(e, HoldEnded)] == ["target"]
    snapshot = session.snapshot()
    assert snapshot is not None
    assert snapshot.recording_error == session.recording_error
    assert snapshot.recording is None
    assert len(list(read(tmp_path / "a.jsonl").inputs())) == 40


def test_a_source_that_breaks_leaves_its_recording_readable(tmp_path: Path) -> None:
    class Breaking(Made):
        def inputs(self) -> Iterator[Input]:
            yield from self.made.inputs[:50]
            raise RuntimeError("radio on fire")

    source = Breaking(MADE)
    session = Session(source, recorder(tmp_path / "a.jsonl", source), clock=Racing())
    finish(session)
    assert session.failure is not None
    assert "radio on fire" in session.failure
    kept = [item for item in read(tmp_path / "a.jsonl.gz").inputs() if not isinstance(item, Tick)]
    assert len(kept) == 50


def test_stop_ends_a_session_that_would_go_on_for_ever(tmp_path: Path) -> None:
    source = DemoSource(HOLD)
    session = Session(source, recorder(tmp_path / "a.jsonl", source))
    session.start()
    while session.snapshot() is None and session.failure is None:
        threading.Event().wait(0.01)
    session.stop()
    assert session.finished
    assert session.failure is None
    assert read(tmp_path / "a.jsonl.gz").duration_s >= 0


def test_the_demo_goes_on_from_set_to_set_without_a_gap() -> None:
    session = Session(DemoSource(HOLD, seed=1, sets=3))
    session.run()
    snapshot = session.snapshot()
    assert snapshot is not None
    assert len(snapshot.trials) == 3
    assert snapshot.sensor.lost_n == 0
    kinds = {type(event).__name__ for event in session.drain()}
    assert "GapSeen" not in kinds


def test_the_demo_is_the_same_for_the_same_seed() -> None:
    runs = []
    for _ in range(2):
        session = Session(DemoSource(replace(HOLD, name="drop"), seed=4, sets=2))
        session.run()
        runs.append(session.drain())
    same_events(runs[0], runs[1], rel=0.0)


def test_a_replayed_source_gives_packets_and_links_only() -> None:
    recording = read(FIXTURES / "polar" / "steady.jsonl.gz")
    source = ReplaySource(recording, {"name": "hold"})
    kinds = {type(item) for item in source.inputs()}
    assert kinds == {Notification, Link}
    assert not source.live


def test_run_and_thread_say_the_same() -> None:
    by_hand = run(MADE.header, MADE.inputs)
    session = Session(Made(MADE))
    session.run()
    same_events(session.drain(), by_hand, rel=0.0)
    assert any(isinstance(event, Scored) for event in by_hand)


def test_a_trial_without_feedback_is_measured_and_not_shown() -> None:
    seen = []

    class Watching(Session):
        def _show(self) -> None:
            super()._show()
            seen.append(self._snapshot)

    made = MADE
    drill: Any = made.header["drill"]
    blind = Simulated({**made.header, "drill": {**drill, "feedback": "off"}}, made.inputs, made.truth)
    session = Watching(Made(blind))
    session.run()
    during = [shot for shot in seen if shot is not None and shot.hold is not None and shot.hold.hold_s is not None]
    assert len(during) > 50
    assert all(len(shot.trace) == 0 for shot in during)
    assert {(shot.hold.rms_ms2, shot.hold.steadiness) for shot in during if shot.hold} == {(None, None)}
    after = session.snapshot()
    assert after is not None
    ((ended, scored),) = after.trials
    open_eyed = Session(Made(made))
    open_eyed.run()
    whole = open_eyed.snapshot()
    assert whole is not None
    assert scored.score == whole.trials[0][1].score
    assert ended.spec.feedback == "off"
    assert len(after.trace) > 0


def test_a_landing_without_feedback_has_no_first_word_on_the_screen() -> None:
    made = simulate.drops("normal", count=1, seed=1)
    drill: Any = made.header["drill"]
    shown = {}
    for feedback in ("on", "off"):
        seen: list[Any] = []

        class Watching(Session):
            def _show(self, seen: list[Any] = seen) -> None:
                super()._show()
                seen.append(self._snapshot)

        header = {**made.header, "drill": {**drill, "feedback": feedback}}
        session = Watching(Made(Simulated(header, made.inputs, made.truth)))
        session.run()
        shown[feedback] = any(shot.landing.seen is not None for shot in seen)
        after = session.snapshot()
        assert after is not None
        assert len(after.landings) == 1
        assert {shot.landing.state for shot in seen} > {"air", "settle"}
    assert shown == {"on": True, "off": False}


def test_advice_stands_on_the_screen_until_the_drill_runs() -> None:
    from surefoot.wording import safety

    seen = []

    class Watching(Session):
        def _show(self) -> None:
            super()._show()
            seen.append(self._snapshot)

    made = simulate.stand("one_ec_firm", seed=1, target_s=12.0)
    Watching(Made(made), advise=safety).run()
    shots = [shot for shot in seen if shot is not None and shot.hold is not None]
    before = [shot for shot in shots if shot.hold and shot.hold.state == "countdown"]
    during = [shot for shot in shots if shot.hold and shot.hold.hold_s is not None]
    assert before
    assert during
    assert all("wall or a chair" in shot.notes[0] for shot in before)
    assert all(shot.notes == () for shot in during)


# ------------------------------------------------------------------ sources that push

Heard = Callable[[Input], None]
Ended = Callable[[Exception | None], None]


@dataclass
class Strap:
    """A source that pushes, by hand: what came before the session began, then what the test sends."""

    header: dict[str, Any]
    early: list[Input] = field(default_factory=list)
    trouble: tuple[str, ...] = ()
    live: bool = True

    def attach(self, put: Heard, ended: Ended) -> None:
        for item in self.early:
            put(item)
        self.put, self.ended = put, ended


class Stepping:
    """A clock that stands until the session has taken everything there is; then it goes on to the next thing.

    `plan`: moments and what happens then, in order; the last one should end the session.
    """

    def __init__(self, plan: list[tuple[int, Callable[[], None]]]) -> None:
        self.ns = plan[0][0]
        self._plan = deque(plan)

    def now_ns(self) -> int:
        return self.ns

    async def wait(self, wake: asyncio.Event, seconds: float) -> None:
        if wake.is_set():
            return
        until_ns = self.ns + max(1, round(seconds * 1e9))
        if self._plan and self._plan[0][0] <= until_ns:
            self.ns, act = self._plan.popleft()
            act()
            await asyncio.sleep(0)  # the wake-up comes by the loop
        else:
            self.ns = until_ns


def pushed(
    strap: Strap, plan: list[tuple[int, Callable[[], None]]], path: Path | None = None
) -> tuple[Session, list[Event]]:
    clock = Stepping(plan)
    session = Session(strap, None if path is None else recorder(path, strap), clock=clock)
    return session, finish(session)


def of(strap: Strap, items: list[Input]) -> list[tuple[int, Callable[[], None]]]:
    def sending(item: Input) -> Callable[[], None]:
        return lambda: strap.put(item)

    return [*((item.host_ns, sending(item)) for item in items), (items[-1].host_ns + 1, lambda: strap.ended(None))]


def test_pushed_inputs_give_what_paced_ones_give(tmp_path: Path) -> None:
    strap = Strap(dict(MADE.header))
    session, events = pushed(strap, of(strap, MADE.inputs), tmp_path / "a.jsonl")
    assert session.failure is None
    kept = list(read(tmp_path / "a.jsonl.gz").inputs())
    assert [item for item in kept if not isinstance(item, Tick)] == MADE.inputs
    assert [e.end_reason for e in events if isinstance(e, HoldEnded)] == ["target"]
    same_events(run(strap.header, kept), events, rel=0.0)


def test_what_came_before_the_session_comes_first_with_its_own_times(tmp_path: Path) -> None:
    early, later = MADE.inputs[:60], MADE.inputs[60:]
    strap = Strap(dict(MADE.header), list(early))
    pushed(strap, of(strap, later), tmp_path / "a.jsonl")
    kept = [item for item in read(tmp_path / "a.jsonl.gz").inputs() if not isinstance(item, Tick)]
    assert kept == MADE.inputs


def test_an_input_that_was_overtaken_is_never_before_its_predecessor(tmp_path: Path) -> None:
    first, *rest = [item for item in MADE.inputs if isinstance(item, Notification)][:20]
    strap = Strap(dict(MADE.header))
    late = replace(rest[5], host_ns=rest[5].host_ns - 3_000_000_000)  # another thread was slow to hand it over
    plan = of(strap, [first, *rest[:5]])[:-1]
    plan += [(rest[4].host_ns + 1, lambda: strap.put(late)), (rest[6].host_ns, lambda: strap.ended(None))]
    pushed(strap, plan, tmp_path / "a.jsonl")
    kept = [item for item in read(tmp_path / "a.jsonl.gz").inputs() if isinstance(item, Notification)]
    assert [item.payload for item in kept] == [item.payload for item in (first, *rest[:6])]
    assert kept[-1].host_ns == rest[4].host_ns


def test_what_arrived_just_before_the_end_is_recorded(tmp_path: Path) -> None:
    *some, last = MADE.inputs[:40]
    strap = Strap(dict(MADE.header))

    def both() -> None:
        strap.put(last)
        strap.ended(None)

    pushed(strap, [*of(strap, some)[:-1], (last.host_ns, both)], tmp_path / "a.jsonl")
    kept = [item for item in read(tmp_path / "a.jsonl.gz").inputs() if not isinstance(item, Tick)]
    assert kept == [*some, last]


def test_a_silent_strap_ticks_is_lost_and_says_what_is_wrong(tmp_path: Path) -> None:
    begun_ns = MADE.inputs[0].host_ns
    some = [item for item in MADE.inputs if item.host_ns < begun_ns + 2_000_000_000]
    strap = Strap(dict(MADE.header))
    shots = []

    def trouble() -> None:
        strap.trouble = ("Polar H10 is lost; looking for it …",)

    plan = of(strap, some)[:-1]
    last_ns = plan[-1][0]
    plan += [(last_ns + 1_000_000_000, trouble), (last_ns + 4_000_000_000, lambda: strap.ended(None))]
    session = Session(strap, recorder(tmp_path / "a.jsonl", strap), clock=Stepping(plan))
    show = session._show

    def watching() -> None:
        show()
        shots.append(session.snapshot())

    session._show = watching  # type: ignore[method-assign]
    events = finish(session)
    ticks = [item.host_ns for item in read(tmp_path / "a.jsonl.gz").inputs() if isinstance(item, Tick)]
    assert len(ticks) == 15
    assert [type(event) for event in events if isinstance(event, SensorLost)] == [SensorLost]
    final = shots[-1]
    assert final is not None
    assert final.sensor.state == "lost"
    assert final.notes[-1] == "Polar H10 is lost; looking for it …"
    assert {shot.sensor.state for shot in shots if shot is not None} >= {"streaming", "stalled", "lost"}


def test_one_silent_sensor_is_noticed_while_the_other_one_talks(tmp_path: Path) -> None:
    begun_ns = MADE.inputs[0].host_ns
    first = [item for item in MADE.inputs if item.host_ns < begun_ns + 2_000_000_000]
    second = [replace(item, source="s2") for item in MADE.inputs if not isinstance(item, Cue | Tick)]
    both: list[Input] = sorted([*first, *second], key=lambda item: item.host_ns)
    header: Any = MADE.header
    strap = Strap({**header, "sources": {key: header["sources"]["s1"] for key in ("s1", "s2")}})
    session, events = pushed(strap, of(strap, both), tmp_path / "a.jsonl")
    assert session.failure is None
    assert [event.source for event in events if isinstance(event, SensorLost)] == ["s1"]
    same_events(run(strap.header, list(read(tmp_path / "a.jsonl.gz").inputs())), events, rel=0.0)


def test_a_strap_that_is_gone_for_good_ends_the_session_with_its_reason(tmp_path: Path) -> None:
    some, gone = MADE.inputs[:40], RecordingError("Polar H10 could not be paired: pair it in the settings")
    strap = Strap(dict(MADE.header))
    plan = [*of(strap, some)[:-1], (some[-1].host_ns + 1, lambda: strap.ended(gone))]
    session, _ = pushed(strap, plan, tmp_path / "a.jsonl")
    assert session.finished
    assert session.failure == str(gone)
    recording = read(tmp_path / "a.jsonl.gz")
    assert recording.clean
    assert [item for item in recording.inputs() if not isinstance(item, Tick)] == some


def test_a_strap_that_is_faster_than_the_session_cannot_keep_it_from_stopping(tmp_path: Path) -> None:
    strap, flooding = Strap(dict(MADE.header)), threading.Event()
    session = Session(strap, recorder(tmp_path / "a.jsonl", strap), clock=Racing())
    heard = []

    def flood(event: Event) -> None:
        heard.append(event)
        if len(heard) < 100_000:  # each packet that is taken brings the next one
            strap.put(Notification(6_000_000_000_000, "s1", "imu", b"junk"))
        if len(heard) == 100:
            flooding.set()

    session.on_event = flood
    session.start()
    strap.put(Notification(6_000_000_000_000, "s1", "imu", b"junk"))
    assert flooding.wait(60)
    session.stop()
    assert session.finished
    assert len(heard) < 100_000
    recording = read(tmp_path / "a.jsonl.gz")
    assert recording.clean
    assert sum(isinstance(item, Notification) for item in recording.inputs()) == len(heard)


def test_a_listener_that_fails_again_at_the_end_is_one_failure(tmp_path: Path) -> None:
    """As a pipe that nobody reads any more; an exception that left the thread would fail this test."""
    heard = []

    def deaf(event: Event) -> None:
        heard.append(event)
        if len(heard) > 1:
            raise BrokenPipeError

    source = Made(MADE)
    session = Session(source, recorder(tmp_path / "a.jsonl", source), clock=Racing(), on_event=deaf)
    finish(session)
    assert len(heard) == 3  # one more at the end
    assert session.failure == "an internal error stopped the session: BrokenPipeError: "
    assert isinstance(session.error, BrokenPipeError)
    assert read(tmp_path / "a.jsonl.gz").clean


def test_a_session_that_never_began_closes_its_recording(tmp_path: Path) -> None:
    strap = Strap(dict(MADE.header))
    session = Session(strap, recorder(tmp_path / "a.jsonl", strap))
    session.stop()
    assert session.saved == tmp_path / "a.jsonl.gz"
    assert read(session.saved).clean


def test_a_strap_that_still_talks_after_the_end_disturbs_nobody() -> None:
    strap = Strap(dict(MADE.header))
    session, _ = pushed(strap, of(strap, MADE.inputs[:40]))
    strap.put(MADE.inputs[41])
    session.cue("stop")
    assert session.failure is None


def test_answers_of_the_device_reach_the_decoder_of_their_connection_live_and_replayed(tmp_path: Path) -> None:
    """The scale of an older Verity Sense comes with the answer to its start, before the first frame."""
    settings = {"model": "sense", "sdk": False, "rate_hz": 52, "range_g": 8}
    header = {"sources": {"s1": {"codec": "polar", "placement": "waist", "settings": settings}}, "drill": None}

    def connection(at_ns: int, factor: float) -> list[Input]:
        answer = bytes([0xF0, 2, 2, 0, 0, polar_control.FACTOR, 1]) + struct.pack("<f", factor)
        content, n = pack(np.full((52, 3), [0, 0, 1000]))
        frame = bytes(Frame(2, 10**12 + at_ns, 0, True, content))
        assert n == 52
        return [
            Link(at_ns, "s1", "connected"),
            Notification(at_ns + 10**8, "s1", "control", answer),
            Notification(at_ns + 10**9, "s1", "imu", frame),
        ]

    items = [*connection(10**9, 0.001), Link(3 * 10**9, "s1", "lost"), *connection(5 * 10**9, 0.002)]
    strap = Strap(header)
    heights = []
    session = Session(strap, recorder(tmp_path / "a.jsonl", strap), clock=Stepping(of(strap, items)))
    session.engine._on_block = lambda source, block: heights.append(float(block.acc[0, 2]))
    finish(session)
    again: list[float] = []
    engine = Engine(header, on_block=lambda source, block: again.append(float(block.acc[0, 2])))
    for item in read(tmp_path / "a.jsonl.gz").inputs():
        engine.feed(item)
    assert [round(value / 9.80665, 3) for value in heights] == [1.0, 2.0]
    assert again == heights


# ------------------------------------------------------------------------------------------------ looked back at only


def whole(film: Playback) -> Playback:
    """It loads in a thread of its own: wait for it."""
    for one in threading.enumerate():
        if one.name == "surefoot playback":
            one.join()
    assert film.complete
    return film


def test_a_passing_recording_is_looked_back_at_and_announced_nowhere() -> None:
    passing = Passing()
    source = Made(simulate.stand("one_eo_firm", seed=7, target_s=12.0))
    session = Session(source, passing.recorder(source), passing=True)
    path = session.recording_path
    assert path is not None
    during: list[tuple[bool, str | None]] = []
    session.on_event = lambda event: during.append((path.exists(), _of(session).recording))
    session.run()
    assert during
    assert set(during) == {(True, None)}
    assert (session.saved, _of(session).recording, _of(session).recording_error) == (None, None, None)
    film = look_back(session)
    assert film is not None
    whole(film)
    assert film.failure is None
    assert [one.t_s for one in film.events if isinstance(one, HoldEnded)] == [
        one.t_s for one in session.drain() if isinstance(one, HoldEnded)
    ]
    assert film.title == "this session, not kept"
    for act in (lambda: film.correct("trial=1 add hop@9.0"), film.save, lambda: film.export(0.0, 2.0)):
        with pytest.raises(UsageError, match="surefoot demo --record DIR keeps"):
            act()
    assert film.unsaved_n == 0  # so that nobody is asked about what cannot be kept
    passing.close()
    assert not path.parent.exists()
    passing.close()


def _of(session: Session) -> Snapshot:
    shot = session.snapshot()
    assert shot is not None
    return shot


def test_a_passing_recording_that_breaks_is_nobodys_trouble() -> None:
    passing = Passing()
    source = Made(simulate.stand("one_eo_firm", seed=7, target_s=12.0))
    film = passing.recorder(source)
    assert film is not None
    assert film._fd is not None
    os.close(film._fd)
    film._fd = os.open(os.devnull, os.O_RDONLY)  # writing is refused, as on a full disk
    session = Session(source, film, passing=True)
    session.run()
    assert (session.recording_error, _of(session).recording_error) == (None, None)
    assert len(_of(session).trials) == 1
    passing.close()


def test_without_a_place_for_it_a_demo_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    source = Made(simulate.stand("one_eo_firm", seed=7, target_s=12.0))
    session = Session(source, Passing().recorder(source), passing=True)
    assert session.recording_path is None
    assert look_back(session) is None


def test_a_real_sensor_is_never_written_without_being_asked() -> None:
    made = simulate.stand("one_eo_firm", seed=7, target_s=12.0)
    assert Passing().recorder(Strap(dict(made.header))) is None
