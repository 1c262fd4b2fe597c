"""Work for the worker's thread; see ports.Work."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from surefoot.errors import SurefootError

T = TypeVar("T")


class Job(Generic[T]):
    """`act` is called with the job itself, so that it can say what it does and wait for what can be cancelled."""

    def __init__(self, pool: ThreadPoolExecutor, act: Callable[[Job[T]], T], said: str) -> None:
        self.said = said
        self.given_up = False
        self._inner: Future[Any] | None = None
        self._future = pool.submit(act, self)

    def say(self, text: str) -> None:
        """What is being done now."""
        self.said = text

    def wait_for(self, inner: Future[Any]) -> Any:
        """The result of something that can be cancelled; in the worker."""
        self._inner = inner
        if self.given_up:
            inner.cancel()
        return inner.result()

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
        """Why nothing came of it. A fault that is a bug of ours is raised: it must be seen."""
        if not self.done:
            return None
        if self._future.cancelled() or isinstance(error := self._future.exception(), CancelledError):
            return "given up"
        if error is None or isinstance(error, SurefootError):
            return None if error is None else str(error)
        raise error

    def cancel(self) -> None:
        """Give it up."""
        self.given_up = True
        self._future.cancel()
        if self._inner is not None:
            self._inner.cancel()
