"""Drills: state machines that say what counts as a trial. One per file; the table is the registry.

A drill sees blocks in sensor axes on the session clock, and cues with their session time; it answers with events. It
has no clock of its own: every decision falls on a sample.
"""

from __future__ import annotations

from typing import Final, Protocol

from surefoot.drills import drop, hold, hop
from surefoot.events import Event
from surefoot.picture import Bench
from surefoot.samples import DrillSpec, ImuBlock


class Drill(Protocol):
    """What a module in this folder provides a class or function for."""

    spec: DrillSpec

    @property
    def state(self) -> str:
        """A word for the screen."""
        ...

    def start(self, t_s: float) -> list[Event]:
        """A start cue; also begins again."""
        ...

    def uncued(self, t_s: float, armed: bool) -> list[Event]:
        """A recording without cues begins: score what is seen, from its first sample."""
        ...

    def cue(self, kind: str, t_s: float) -> list[Event]:
        """stop, lift, touch or error, between two samples."""
        ...

    def update(self, block: ImuBlock) -> list[Event]:
        """More samples."""
        ...

    def lost(self, t_s: float) -> list[Event]:
        """The sensor fell silent for good after `t_s`."""
        ...

    def finish(self, t_s: float) -> list[Event]:
        """The session ends; `t_s` is one period after its last sample."""
        ...


class MakeDrill(Protocol):
    """How the table's entries are called."""

    def __call__(self, spec: DrillSpec, bench: Bench) -> Drill:
        """A fresh drill."""
        ...


DRILLS: Final[dict[str, MakeDrill]] = {
    "hold": hold.Hold,
    "drop": drop.drill,
    "hop": hop.drill,
}
