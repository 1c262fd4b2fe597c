"""A running session: its thread, its recording, its end. Times are a clock that the test owns."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from repack import run, same_events
from surefoot import simulate
from surefoot.errors import RecordingError
from surefoot.events import Event, HoldEnded, Scored, SensorLost
from surefoot.recorder import Recorder
from surefoot.recording import read
from surefoot.samples import Cue, DrillSpec, Input, Link, Notification, Tick
from surefoot.session import Session
from surefoot.simulate import Simulated
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
        seen = []

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
