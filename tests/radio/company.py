"""Several threads on one virtual time: the commands as they are, with their radio's and their session's loop.

Time moves only when every loop rests and the main thread waits; then it jumps to the earliest timer of all.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import selectors
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final
from unittest import mock

from radio.loop import Stuck

HELD_S: Final = 60.0
"""Real seconds after which a resting loop gives up: somebody should long have woken it."""
THREADS = ("surefoot radio", "surefoot session")
"""Threads of the program that begin a loop of their own."""


class Company:
    """Whose time it is."""

    def __init__(self, now_s: float = 1000.0) -> None:
        self.now_s = now_s
        self._lock = threading.RLock()
        self._loops: set[Member] = set()
        self._resting: dict[Member, float] = {}
        self._expected = 0
        self._main_waits_for: object = None
        self.interrupted = False

    def now_ns(self) -> int:
        """In the place of time.monotonic_ns."""
        return round(self.now_s * 1e9)

    def rest(self, member: Member, until_s: float) -> None:
        """It has nothing to do before that time."""
        with self._lock:
            self._resting[member] = until_s
            self._move()

    def rouse(self, member: Member) -> None:
        """It has something to do now."""
        with self._lock:
            self._resting.pop(member, None)

    def join(self, member: Member) -> None:
        with self._lock:
            self._loops.add(member)
            self._expected -= 1

    def leave(self, member: Member) -> None:
        with self._lock:
            self._loops.discard(member)
            self._resting.pop(member, None)
            self._move()

    def expect(self) -> None:
        """One more thread begins."""
        with self._lock:
            self._expected += 1

    @contextlib.contextmanager
    def waiting(self, what: object) -> Iterator[None]:
        """The main thread does nothing meanwhile."""
        with self._lock:
            if not (isinstance(what, threading.Event) and what.is_set()):
                self._main_waits_for = what
                self._move()
        try:
            yield
        finally:
            with self._lock:
                self._main_waits_for, self.interrupted = None, False

    def happens(self, event: threading.Event, happen: Callable[[threading.Event], None]) -> None:
        """Whoever waits for it goes on from this time on."""
        with self._lock:
            if self._main_waits_for is event:
                self._main_waits_for = None
            happen(event)

    def _move(self) -> None:
        free = self._main_waits_for is not None and not self.interrupted and not self._expected
        if not free or not self._loops or len(self._resting) < len(self._loops):
            return
        until_s = min(self._resting.values())
        if until_s < math.inf:
            self.now_s = max(self.now_s, until_s)
            for member in [one for one, when_s in self._resting.items() if when_s <= self.now_s]:
                del self._resting[member]
                member.wake()


class _Resting(selectors.DefaultSelector):
    def __init__(self, member: Member) -> None:
        super().__init__()
        self._member = member

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        company = self._member.company
        company.rest(self._member, company.now_s + (math.inf if timeout is None else timeout))
        ready = super().select(HELD_S)
        company.rouse(self._member)
        if not ready:
            raise Stuck("time stands still: somebody never waits")
        return ready


class Member(asyncio.SelectorEventLoop):
    """A thread's loop."""

    def __init__(self, company: Company) -> None:
        self.company = company
        super().__init__(_Resting(self))
        company.join(self)

    def time(self) -> float:
        return self.company.now_s

    def wake(self) -> None:
        super().call_soon_threadsafe(lambda: None)

    def call_soon_threadsafe(  # type: ignore[override]  # the same in wider words
        self, callback: Callable[..., Any], *args: Any, context: Any = None
    ) -> asyncio.Handle:
        self.company.rouse(self)
        return super().call_soon_threadsafe(callback, *args, context=context)

    def close(self) -> None:
        self.company.leave(self)
        super().close()

    def run_in_executor(  # type: ignore[override]  # the same in wider words
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """At once and here."""
        future = self.create_future()
        future.set_result(func(*args))
        return future


@contextlib.contextmanager
def company() -> Iterator[Company]:
    """The whole process lives on virtual time. For the main thread."""
    made, main = Company(), threading.main_thread()

    def while_main_waits(wait: Callable[..., Any]) -> Callable[..., Any]:
        def waits(what: Any, *args: Any, **kwargs: Any) -> Any:
            if threading.current_thread() is not main:
                return wait(what, *args, **kwargs)
            with made.waiting(what):
                return wait(what, *args, **kwargs)

        return waits

    def new_loop() -> Member:
        return Member(made)

    happen = threading.Event.set
    begin = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        if thread.name in THREADS:
            made.expect()
        begin(thread)

    with (
        mock.patch.object(time, "monotonic_ns", made.now_ns),
        mock.patch.object(asyncio.events, "new_event_loop", new_loop),
        mock.patch.object(threading.Thread, "start", start),
        mock.patch.object(threading.Thread, "join", while_main_waits(threading.Thread.join)),
        mock.patch.object(threading.Event, "wait", while_main_waits(threading.Event.wait)),
        mock.patch.object(threading.Event, "set", lambda event: made.happens(event, happen)),
    ):
        yield made
