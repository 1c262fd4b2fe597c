"""Being told to stop: Ctrl-C, SIGTERM and a terminal that goes away all end a session in order."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

CODE = 128  # and the signal's number: the exit code that shells know, 130 for Ctrl-C
STOPS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stopped(KeyboardInterrupt):
    """By a signal; `code`: the program's exit code."""

    def __init__(self, number: int) -> None:
        self.code = CODE + number


@contextlib.contextmanager
def stopped_by(act: Callable[[int], object] | None = None) -> Iterator[None]:
    """While inside, every signal to stop does as Ctrl-C does: raise Stopped here, or call `act` with the exit code."""

    def handle(number: int, frame: FrameType | None) -> None:
        if act is None:
            raise Stopped(number)
        act(CODE + number)

    with _handling(handle):
        yield


@contextlib.contextmanager
def heard() -> Iterator[Callable[[], None]]:
    """While inside, signals to stop only take note; the function that it gives raises Stopped after one.

    For threads that wait in short steps and must clean up: an exception at any place could come a second time in the
    middle of the cleaning, as it does where a shell or a wrapper passes Ctrl-C on to us who had it already.
    """
    numbers: list[int] = []

    def check() -> None:
        if numbers:
            raise Stopped(numbers[0])

    with _handling(lambda number, frame: numbers.append(number)):
        yield check


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """While inside, nothing interrupts: a recording is being closed, which takes seconds at most."""
    with _handling(signal.SIG_IGN):
        yield


@contextlib.contextmanager
def _handling(handler: Any) -> Iterator[None]:
    """What is ignored stays so: `nohup` and shells' background jobs ask for it."""
    wanted = [number for number in STOPS if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, handler) for number in wanted}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
