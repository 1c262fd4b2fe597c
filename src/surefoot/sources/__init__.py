"""Where inputs come from: a paced source knows them and when each is due, a pushed one hands them over as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

from surefoot.samples import Input


class Described(Protocol):
    """What every source says of itself."""

    @property
    def header(self) -> Mapping[str, Any]:
        """`sources` and `drill`, as in a recording."""
        ...

    @property
    def live(self) -> bool:
        """Whether silence is real: only live sources make ticks."""
        ...


class Paced(Described, Protocol):
    """Recordings and simulations. The session waits until each input is due, and stamps it with the real time."""

    def inputs(self) -> Iterator[Input]:
        """Everything that happens, in order of `host_ns`."""
        ...


@runtime_checkable
class Pushed(Described, Protocol):
    """Real sensors. Inputs carry the time of their arrival, on the monotonic clock."""

    @property
    def trouble(self) -> tuple[str, ...]:
        """What is wrong now, a sentence each."""
        ...

    def attach(self, put: Callable[[Input], None], ended: Callable[[Exception | None], None]) -> None:
        """From now on call `put` with each input, first those that came before; `ended` when none will come any more.

        Both may be called in any thread, but never two calls at once.
        """
        ...


class Worn(Pushed, Protocol):
    """Real sensors that somebody opened, and must close."""

    header: dict[str, Any]

    def quiet(self) -> None:
        """Say nothing more: a screen shows `trouble`."""
        ...

    def close(self) -> None:
        """Let them rest, and hang up."""
        ...


Source = Paced | Pushed
"""What a session runs on."""
