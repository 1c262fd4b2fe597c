"""Where inputs come from. A source gives a header and inputs with the time at which each is due.

`inputs()` yields in order of `host_ns`; the session waits until each is due, and stamps it with the time at which it
really came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from surefoot.samples import Input


class Source(Protocol):
    """What a session runs on."""

    @property
    def header(self) -> Mapping[str, Any]:
        """`sources` and `drill`, as in a recording."""
        ...

    @property
    def live(self) -> bool:
        """Whether silence is real: only live sources make ticks."""
        ...

    def inputs(self) -> Iterator[Input]:
        """Everything that happens, in order."""
        ...
