"""An event loop whose time is virtual: when nothing is ready it jumps to the next timer instead of sleeping.

Minutes of streaming then cost only the work that is done in them, and the same program always takes the same turns.
Work for other threads runs at once, in the loop. A loop that waits for something that can never come raises Stuck.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Stuck(Exception):
    """No timer is set and nothing is ready: the program would wait for ever."""


class _Jumping(selectors.DefaultSelector):
    """Never sleeps; says how far to jump."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise Stuck("nothing is ready and no timer is set")
        if not ready:
            self._loop.now_s += timeout or 0.0
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`now_s`: the loop's time."""

    def __init__(self, now_s: float = 1000.0) -> None:
        self.now_s = now_s
        super().__init__(_Jumping(self))

    def time(self) -> float:
        """Virtual seconds."""
        return self.now_s

    def run_in_executor(  # type: ignore[override]  # the same in wider words
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """At once and here: no other thread's pace may show."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as e:
            future.set_exception(e)
        return future


class LoopClock:
    """A session's clock that tells a loop's time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def now_ns(self) -> int:
        return round(self._loop.time() * 1e9)

    async def wait(self, wake: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), max(seconds, 1e-6))


def run(main: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run, on a virtual loop. A task or an exception that is left over fails the test."""
    errors: list[dict[str, Any]] = []
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _loop, context: errors.append(context))
        result = runner.run(main)
        left = asyncio.all_tasks(runner.get_loop())
    assert not left, left
    assert not errors, errors
    return result
