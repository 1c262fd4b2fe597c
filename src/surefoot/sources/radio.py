"""The radio's own thread and loop: everything of Bluetooth lives in it, and nothing that it does waits for a screen.

radio = Radio(time.monotonic_ns)
radio.start()
try:
    source = radio.open(["Polar H10"], ["waist"], print)
    …a session on the source…
finally:
    radio.stop()  # every sensor sleeps again
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from surefoot.errors import SurefootError
from surefoot.samples import Input, Link, Notification
from surefoot.sources.ble import SILENT, Bluetooth
from surefoot.sources.connection import NO_SAMPLES, Found, LinkError
from surefoot.sources.link import Sensor

T = TypeVar("T")
POLL_S: Final = 0.25  # a signal to stop is noticed when the waiting thread wakes
LOOK_S: Final = 5.0
ANSWERS_N: Final = 64  # answers of a connection that are kept for a second session; talks have a dozen
JOIN_S: Final = 12.0  # leaving takes 5 s a sensor at most, a connection that is being made 3 s more


class Radio:
    """One for the process. `open` and `scan` are called from any other thread.

    Args:
        now_ns: monotonic ns; the clock of the sessions.
        own: a person's own profiles of boards, see `surefoot.profiles`.
        check: called now and then by a thread that waits for the radio; what it raises cancels the work there.
        loop_factory: makes the thread's loop.
    """

    def __init__(
        self,
        now_ns: Callable[[], int],
        own: Sequence[Mapping[str, Any]] = (),
        *,
        check: Callable[[], None] = lambda: None,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    ) -> None:
        self.now_ns, self._own, self._check, self._loop_factory = now_ns, own, check, loop_factory
        self._ready = threading.Event()
        # a daemon: `stop` waits for it, but a Bluetooth that hangs must not keep the program from ending
        self._thread = threading.Thread(target=self._run, name="surefoot radio", daemon=True)
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        """Begin the thread."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Let every sensor sleep, hang up, end the thread."""
        if self._ready.is_set():
            self._loop.call_soon_threadsafe(self._leaving.set)
            self._thread.join(JOIN_S)

    def scan(self, seconds: float, unknown: bool = False) -> list[Found]:
        """Sensors in reach. Raises LinkError."""
        return self.call(self._bluetooth.scan(seconds, unknown))

    def open(self, wanted: Sequence[str], placements: Sequence[str], say: Callable[[str], None]) -> RadioSource:
        """Find, connect and start sensors, by address or name; the first is the one that a drill watches.

        Raises:
            LinkError, DeviceError: with the remedy.
        """
        return self.call(self._open(wanted, placements, say))

    def scanning(self, seconds: float) -> concurrent.futures.Future[list[Found]]:
        """As `scan`, without waiting; cancel it to stop looking."""
        return asyncio.run_coroutine_threadsafe(self._tracked(self._bluetooth.scan(seconds)), self._loop)

    def opening(
        self, wanted: Sequence[str], placements: Sequence[str], say: Callable[[str], None]
    ) -> concurrent.futures.Future[RadioSource]:
        """As `open`, without waiting; cancel it to give up: nothing is left open then."""
        return asyncio.run_coroutine_threadsafe(self._tracked(self._open(wanted, placements, say)), self._loop)

    # ------------------------------------------------------------------ between the threads

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Its result; an interrupt here cancels it there."""
        future = asyncio.run_coroutine_threadsafe(self._tracked(work), self._loop)
        try:
            while not future.done():
                concurrent.futures.wait([future], POLL_S)
                self._check()
        except BaseException:
            future.cancel()
            raise
        return future.result()

    async def _tracked(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.current_task()
        assert task is not None
        self.keep(task)
        return await work

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Cancel it when the radio is left, and wait for its end."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=self._loop_factory) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._leaving, self._bluetooth = asyncio.get_running_loop(), asyncio.Event(), Bluetooth(self._own)
        self._ready.set()
        await self._leaving.wait()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _open(self, wanted: Sequence[str], placements: Sequence[str], say: Callable[[str], None]) -> RadioSource:
        source = RadioSource(self)
        try:
            for number, (name, placement) in enumerate(zip(wanted, placements, strict=True), 1):
                sensor = Sensor(self._bluetooth, name, now_ns=self.now_ns, source=f"s{number}", placement=placement)
                sensor.say = say
                await source.add(sensor)
        except BaseException:
            await source.leave()
            raise
        return source


class RadioSource:
    """Sensors as the source of a session. Made by `Radio.open`; they stream already, and nothing is lost meanwhile."""

    live = True

    def __init__(self, radio: Radio) -> None:
        self.header: dict[str, Any] = {"sources": {}, "drill": None}
        self._radio = radio
        self._sensors: list[Sensor] = []
        self._runs: list[asyncio.Task[None]] = []
        self._early: list[Input] = []
        self._begun: dict[str, list[Input]] = {}  # by sensor: what a decoder must have heard of this connection
        self._attached = False
        self._put: Callable[[Input], None] = self._early.append
        self._ended: Callable[[Exception | None], None] = lambda error: None

    @property
    def trouble(self) -> tuple[str, ...]:
        """What is wrong with the sensors now, a sentence each; from any thread."""
        return tuple(sensor.trouble for sensor in self._sensors if sensor.trouble is not None)

    def attach(self, put: Callable[[Input], None], ended: Callable[[Exception | None], None]) -> None:
        """From now on call `put` with each input, first those that came before; `ended` when none will come any more.

        Both are called in the radio's thread. A second session takes over from the first: it begins with the
        connection as it is (its answers and charge, stamped now), and the first one hears nothing more.
        """
        self._radio.call(self._attach(put, ended))

    def quiet(self) -> None:
        """Say nothing more: a screen shows `trouble`."""
        for sensor in self._sensors:
            sensor.say = lambda text: None

    def close(self) -> None:
        """Let the sensors sleep and hang up."""
        self._radio.call(self.leave())

    # ------------------------------------------------------------------ in the radio's thread

    async def add(self, sensor: Sensor) -> None:
        """Open one more and let it run. Raises LinkError, DeviceError."""
        self.header["sources"][sensor.source] = await sensor.open()
        self._sensors.append(sensor)
        run = asyncio.get_running_loop().create_task(sensor.run(self._take))
        self._radio.keep(run)
        self._runs.append(run)
        run.add_done_callback(self._over)
        await asyncio.sleep(0)  # it hands over what came so far; a cue that is given from now on comes after it

    async def leave(self) -> None:
        """Cancel every sensor and wait until it sleeps."""
        for run in self._runs:
            run.cancel()
        await asyncio.gather(*self._runs, return_exceptions=True)

    async def _attach(self, put: Callable[[Input], None], ended: Callable[[Exception | None], None]) -> None:
        if self._attached:
            now_ns = self._radio.now_ns()
            self._early = [replace(item, host_ns=now_ns) for kept in self._begun.values() for item in kept]
        for item in self._early:
            put(item)
        self._early.clear()
        self._put, self._ended, self._attached = put, ended, True
        for run in self._runs:
            if run.done():
                self._over(run)

    def _take(self, item: Input) -> None:
        self._keep(item)
        self._put(item)

    def _keep(self, item: Input) -> None:
        """Remember how this connection began, for a session that comes later."""
        if isinstance(item, Link):
            kept = self._begun.setdefault(item.source, [])
            if item.state == "connected":
                kept.clear()
            kept.append(item)
        elif isinstance(item, Notification) and item.stream in NO_SAMPLES:
            kept = self._begun.setdefault(item.source, [])
            if item.stream == "battery":
                kept[:] = [one for one in kept if not (isinstance(one, Notification) and one.stream == "battery")]
            if len(kept) < ANSWERS_N:
                kept.append(item)

    def _over(self, run: asyncio.Task[None]) -> None:
        """A sensor that went for good ends the session when it was the last one, and any bug of ours at once."""
        error = None if run.cancelled() else run.exception()
        mine = error is not None and not isinstance(error, SurefootError)
        if mine or all(one.done() for one in self._runs):
            self._ended(error if isinstance(error, Exception) else None)


def trouble() -> str | None:
    """Why this computer cannot look for sensors, None when it can; within `LOOK_S`."""

    async def look() -> None:
        try:
            async with asyncio.timeout(LOOK_S):
                await Bluetooth().scan(0.0)
        except TimeoutError:
            raise LinkError(SILENT, "adapter") from None

    try:
        asyncio.run(look())
    except LinkError as e:
        return str(e)
    return None
