"""One running session: source → recorder → engine, in a thread of its own; screens pull snapshots.

Every input is stamped with the time at which it really came, never before its predecessor, and written before it is
decoded. Nothing that a screen does is waited for here.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

from surefoot.engine import Engine
from surefoot.errors import RecordingError, SurefootError
from surefoot.events import Event
from surefoot.recorder import Recorder
from surefoot.rings import Ring, ringed
from surefoot.samples import Cue, DrillSpec, Input, Notification, Tick
from surefoot.snapshot import Sensor, Snapshot, without_feedback
from surefoot.sources import Paced, Pushed, Source

TICK_NS: Final = 250_000_000  # silence that is worth an input of its own
JOIN_S: Final = 60.0  # packing hours of a recording takes many seconds on a slow computer
SAME_S: Final = 1e-6
FOR_EVER_NS: Final = 1 << 62  # beyond every monotonic clock: 146 years


class Clock(Protocol):
    """Where a session's time comes from."""

    def now_ns(self) -> int:
        """Monotonic."""
        ...

    async def wait(self, wake: asyncio.Event, seconds: float) -> None:
        """Until `wake` is set, but not longer than so many seconds of this clock."""
        ...


class MonotonicClock:
    """The real one; with a `speed`, a faster or slower one for sources that are not real sensors."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed, self._begun_ns = speed, time.monotonic_ns()

    def now_ns(self) -> int:
        """Nanoseconds since some moment."""
        return self._begun_ns + int((time.monotonic_ns() - self._begun_ns) * self._speed)

    async def wait(self, wake: asyncio.Event, seconds: float) -> None:
        """See Clock."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), max(seconds / self._speed, 0.001))


class Session:
    """Run it with `start()` (a thread, in step with the clock) or `run()` (here, as fast as the machine can).

    Args:
        source: where inputs come from.
        recorder: an open recorder, or None.
        passing: what it writes is only looked back at, and goes with the program: nobody is told of a recording.
        clock: for `start`; `run` takes the source's own times.
        on_event: called in the session's thread with each event.
        advise: what to say before a drill; it stands in the snapshot's notes until the drill runs.
        rings: the person's own ring of a condition with a sensor; only the picture shows it.
    """

    def __init__(
        self,
        source: Source,
        recorder: Recorder | None = None,
        *,
        passing: bool = False,
        clock: Clock | None = None,
        on_event: Callable[[Event], None] | None = None,
        advise: Callable[[DrillSpec], str | None] | None = None,
        rings: Callable[[DrillSpec, Sensor], Ring | None] | None = None,
    ) -> None:
        self.source = source
        self._pushed: Pushed | None = source if isinstance(source, Pushed) else None
        self._paced: Paced | None = None if isinstance(source, Pushed) else source
        self.engine = Engine(source.header)
        self.failure: str | None = None
        self.error: Exception | None = None
        self.finished = False
        self.on_finish: Callable[[], None] | None = None
        self.saved: Path | None = None
        self.recording_error: str | None = None
        self._recorder = recorder
        self._passing = recorder.path if recorder is not None and passing else None
        self._recording = None if recorder is None or passing else recorder.path.name
        self._clock = clock or MonotonicClock()
        self.on_event = on_event
        self._advise = advise
        self._rings = rings
        self._ring: Ring | None = None
        self._ring_moments: list[tuple[float, Ring | None]] = []  # session time from which on it was drawn
        self._events: deque[Event] = deque()
        self._snapshot: Snapshot | None = None
        self._last_ns = 0
        self._heard_ns: dict[str, int] = {}  # by sensor: its last sign of life, or the last tick
        self._inbox: deque[Input] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._stopping = False
        self._thread: threading.Thread | None = None

    # ------------------------------------------------------------------ for screens, from any thread

    @property
    def recording_path(self) -> Path | None:
        """The recording as it is now: growing, or closed; None when there is none."""
        recorder = self._recorder
        return (self.saved or self._passing) if recorder is None else recorder.path

    @property
    def passing(self) -> bool:
        """The recording goes with the program."""
        return self._passing is not None

    def ring_at(self, t_s: float) -> Ring | None:
        """The own ring that was drawn at a session time; None for the usual one."""
        k = bisect_right(self._ring_moments, t_s + SAME_S, key=lambda moment: moment[0])
        return self._ring_moments[k - 1][1] if k else None

    def snapshot(self) -> Snapshot | None:
        """The newest one, None before the first input."""
        return self._snapshot

    def drain(self) -> list[Event]:
        """Events since the last call; none is ever dropped."""
        out = []
        while self._events:
            out.append(self._events.popleft())
        return out

    def cue(self, kind: str, value: str | None = None) -> None:
        """What the person did, now."""
        self._put(Cue(self._clock.now_ns(), kind, value))

    def start(self) -> None:
        """Begin in a thread."""
        if self._pushed is not None:
            self._pushed.attach(self._put, self._end)  # before any cue: what came before it stays before it
        self._thread = threading.Thread(target=self._run_thread, name="surefoot session")
        self._thread.start()

    def stop(self) -> None:
        """End the session, close the recording, and wait until that is done."""
        self._stopping = True
        self._rouse()
        if self._thread is None:
            self._end_recording()
        else:
            self._thread.join(JOIN_S)

    def _put(self, item: Input) -> None:
        self._inbox.append(item)
        self._rouse()

    def _end(self, error: Exception | None) -> None:
        """The source has nothing more."""
        self.error = error
        self._stopping = True
        self._rouse()

    def _rouse(self) -> None:
        loop, wake = self._loop, self._wake
        if loop is not None and wake is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
                loop.call_soon_threadsafe(wake.set)

    # ------------------------------------------------------------------ the session's own thread

    def run(self, seconds: float | None = None) -> None:
        """All inputs at once, on their own times; for `seconds` of them. Errors are raised, after closing the file."""
        first_ns: int | None = None
        assert self._paced is not None, "real sensors have their own pace"
        try:
            for item in self._paced.inputs():
                first_ns = item.host_ns if first_ns is None else first_ns
                if seconds is not None and item.host_ns - first_ns > seconds * 1e9:
                    break
                self._take(item)
        finally:
            self._close()

    def _run_thread(self) -> None:
        try:
            asyncio.run(self._follow())
            if self.error is not None:
                raise self.error
        except SurefootError as e:
            self.failure, self.error = str(e), e
        except Exception as e:  # a bug of ours must not take the recording along
            self._fail(e)
        finally:
            self._loop = None
            try:
                self._close()
            except Exception as e:  # what failed before may fail again, as a pipe that nobody reads any more
                if self.failure is None:
                    self._fail(e)
            finally:
                self.finished = True
                if self.on_finish is not None:
                    self.on_finish()

    def _fail(self, error: Exception) -> None:
        self.failure, self.error = f"an internal error stopped the session: {type(error).__name__}: {error}", error

    async def _follow(self) -> None:
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        warm_up = self._loop.run_in_executor(None, import_module, "scipy.signal")  # slow, and wanted at a trial's end
        begun_ns, first_ns = self._clock.now_ns(), None
        for item in () if self._paced is None else self._paced.inputs():
            first_ns = item.host_ns if first_ns is None else first_ns
            await self._wait_until(begun_ns + item.host_ns - first_ns)
            if self._stopping:
                break
            self._take(replace(item, host_ns=self._clock.now_ns()))
        if self._pushed is not None:
            await self._wait_until(FOR_EVER_NS)
            self._take_inbox()  # what arrived before the end is recorded
        await warm_up

    def _take_inbox(self) -> None:
        """What is there now: a source that is faster than us must not keep us from stopping."""
        for _ in range(len(self._inbox)):
            self._take(self._inbox.popleft())

    async def _wait_until(self, due_ns: int) -> None:
        """Take what comes, cues and the inputs of a pushed source; a tick for each quarter second that a sensor is
        silent, whatever another one does meanwhile."""
        assert self._wake is not None
        while not self._stopping:
            self._take_inbox()
            now_ns = self._clock.now_ns()
            if now_ns >= due_ns:
                return
            silent = self.source.live and bool(self._heard_ns)
            tick_ns = min(self._heard_ns.values()) + TICK_NS if silent else due_ns
            if now_ns >= tick_ns:
                self._take(Tick(now_ns))
                continue
            await self._clock.wait(self._wake, (min(due_ns, tick_ns) - now_ns) / 1e9)
            self._wake.clear()

    def _take(self, item: Input) -> None:
        """The path of every input: stamp, record, feed, show."""
        if item.host_ns < self._last_ns:
            item = replace(item, host_ns=self._last_ns)
        self._last_ns = item.host_ns
        if isinstance(item, Tick):
            self._heard_ns = dict.fromkeys(self._heard_ns, item.host_ns)
        elif not isinstance(item, Cue):
            self._heard_ns[item.source] = item.host_ns
        if self._recorder is not None:
            try:
                self._recorder.write(item)
            except RecordingError as e:
                self._lose_recorder(e)
        self._tell(self.engine.feed(item))
        if isinstance(item, Notification | Tick) or self._snapshot is None:
            self._show()

    def _tell(self, events: list[Event]) -> None:
        self._events.extend(events)
        if self.on_event is not None:
            for event in events:
                self.on_event(event)

    def _show(self) -> None:
        shot = self.engine.snapshot()
        self._snapshot = replace(
            without_feedback(self._ringed(shot)),
            notes=self._notes(shot),
            recording=self._recording if self._recorder is not None else None,
            recording_error=self.recording_error,
        )

    def _ringed(self, shot: Snapshot) -> Snapshot:
        """The picture in the person's own rings; a ring that becomes known during a hold waits for the next one."""
        if self._rings is None or shot.hold is None or shot.spec is None:
            return shot
        if shot.hold.hold_s is None:
            ring = self._rings(shot.spec, shot.sensor)
            if ring != self._ring:
                self._ring = ring
                self._ring_moments.append((shot.t_s, ring))
        return ringed(shot, self._ring)

    def _notes(self, shot: Snapshot) -> tuple[str, ...]:
        """Advice while there is still time to follow it."""
        running = shot.hold is not None and shot.hold.hold_s is not None
        running |= shot.landing is not None and shot.landing.state not in ("ready", "hold still")
        text = None if running or self._advise is None or shot.spec is None else self._advise(shot.spec)
        trouble = () if self._pushed is None else self._pushed.trouble
        return trouble if text is None else (text, *trouble)

    def _lose_recorder(self, error: RecordingError) -> None:
        """The disk failed: what is written stays, the drill goes on, the screen says so loudly."""
        self.recording_error = None if self.passing else str(error)
        if self._recorder is not None:
            self._recorder.abort()
        self._recorder = None

    def _close(self) -> None:
        """The last events, and the recording closed whatever the listener does with them."""
        try:
            self._tell(self.engine.finish())
            self._show()
        finally:
            self._end_recording()

    def _end_recording(self) -> None:
        if self._recorder is not None and self.passing:
            self._recorder.abort()  # every line stays readable; nobody needs it packed
            self._recorder = None
        elif self._recorder is not None:
            try:
                self.saved = self._recorder.close()
            except RecordingError as e:
                self._lose_recorder(e)
            self._recorder = None
