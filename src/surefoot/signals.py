"""Being told to stop: Ctrl-C, SIGTERM and a terminal that goes away all end a session in order."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

STOPS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextlib.contextmanager
def stopped_by(act: Callable[[], None] | None = None) -> Iterator[None]:
    """While inside, SIGTERM and SIGHUP do as Ctrl-C does: raise KeyboardInterrupt here, or call `act` instead."""

    def handle(number: int, frame: FrameType | None) -> None:
        if act is None:
            raise KeyboardInterrupt
        act()

    with _handling(dict.fromkeys(STOPS, handle)):
        yield


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """While inside, nothing interrupts: a recording is being closed, which takes a second at most."""
    with _handling(dict.fromkeys((signal.SIGINT, *STOPS), signal.SIG_IGN)):
        yield


@contextlib.contextmanager
def _handling(handlers: dict[Any, Any]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
