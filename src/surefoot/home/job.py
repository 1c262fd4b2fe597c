"""Work for the worker's thread; see ports.Work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, Final, Generic, TypeVar

from surefoot.errors import SurefootError, internal

T = TypeVar("T")
REFUSED: Final = "a moment, this cannot be given up: "


class Job(Generic[T]):
    """`act` is called with the job itself, so that it can say what it does and wait for what can be cancelled.

    `settled`: it cannot be given up any more, or never could.
    """

    def __init__(self, pool: ThreadPoolExecutor, act: Callable[[Job[T]], T], said: str, settled: bool = False) -> None:
        self.said = said
        self._given_up, self._settled = False, settled
        self._turn = threading.Lock()  # it is given up or settled, whichever comes first
        self._inner: Future[Any] | None = None
        self._future = pool.submit(act, self)

    def say(self, text: str) -> None:
        """What is being done now."""
        self.said = text

    def wait_for(self, inner: Future[Any]) -> Any:
        """The result of something that can be cancelled; in the worker."""
        self._inner = inner
        if self._given_up:
            inner.cancel()
        return inner.result()

    def settle(self) -> bool:
        """From here on it cannot be given up; False when it was already, and nothing may stay open."""
        with self._turn:
            self._settled = not self._given_up
            return self._settled

    @property
    def done(self) -> bool:
        """It is over."""
        return self._future.done()

    @property
    def result(self) -> T | None:
        """What came of it."""
        return None if not self.done or self.failure is not None else self._future.result()

    @property
    def failure(self) -> str | None:
        """Why nothing came of it. A bug of ours too is a sentence here: the dashboard goes on and has it at its end."""
        if not self.done:
            return None
        if self._future.cancelled() or isinstance(error := self._future.exception(), CancelledError):
            return "given up"
        return None if error is None else str(error) if isinstance(error, SurefootError) else internal(error)

    def cancel(self) -> bool:
        """Give it up. False, and said so, where that cannot be."""
        with self._turn:
            if self._settled or self.done:
                self.said = REFUSED + self.said.removeprefix(REFUSED)
                return False
            self._given_up = True
        self._future.cancel()
        if self._inner is not None:
            self._inner.cancel()
        return True
