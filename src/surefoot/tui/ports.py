"""What the dashboard needs from the rest: a feed or a playback, a clock, and a home to find them in.

Satisfied by shape, not by inheritance. Nothing here blocks: a screen asks once a frame.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeVar

from surefoot.events import Event, HoldEnded, Scored
from surefoot.remembered import Memory
from surefoot.samples import Array, DrillSpec
from surefoot.snapshot import Snapshot
from surefoot.tones import Metronome


class Clock(Protocol):
    """Monotonic seconds."""

    def now_s(self) -> float:
        """Seconds since some fixed moment."""
        ...


class MonotonicClock:
    """The computer's clock."""

    def now_s(self) -> float:
        """Seconds of `time.monotonic`."""
        return time.monotonic()


class Feed(Protocol):
    """A running session, read from another thread."""

    @property
    def finished(self) -> bool:
        """The source has ended: no sample will come any more."""
        ...

    @property
    def failure(self) -> str | None:
        """Why it ended, in one sentence, when that was not wanted."""
        ...

    def snapshot(self) -> Snapshot | None:
        """The newest immutable snapshot; None before the first input."""
        ...

    def drain(self) -> list[Event]:
        """Events since the last call; none is ever dropped."""
        ...

    def cue(self, kind: str, value: str | None = None) -> None:
        """Tell the session what the person did or chose; returns at once."""
        ...


class Voice(Protocol):
    """A loudspeaker; see `surefoot.tones` for what the names sound like. Nothing here waits."""

    @property
    def ready(self) -> bool:
        """It can be heard: open, and not gone."""
        ...

    @property
    def failure(self) -> str | None:
        """Why it will not be heard any more, in one sentence."""
        ...

    def cue(self, name: str, softness: float | None = None) -> None:
        """Play a cue; "landing" by its softness."""
        ...

    def sway(self, ap_rings: float, ml_rings: float, headed: bool) -> None:
        """Where the dot is, in rings; `headed`: forward and right are known."""
        ...

    def hush(self) -> None:
        """No sway tone."""
        ...

    def beat(self, metronome: Metronome | None) -> None:
        """Start a metronome at once, or stop it."""
        ...


class Playback(Protocol):
    """A recording that can be looked at from any moment. It may still be loading."""

    @property
    def title(self) -> str:
        """What is being replayed."""
        ...

    @property
    def duration_s(self) -> float:
        """Session time up to which `at` can answer; grows until `complete`."""
        ...

    @property
    def complete(self) -> bool:
        """Everything is loaded."""
        ...

    @property
    def failure(self) -> str | None:
        """Why loading ended early, in one sentence."""
        ...

    @property
    def events(self) -> Sequence[Event]:
        """All events so far, in the order in which they were said."""
        ...

    def at(self, t_s: float) -> Snapshot | None:
        """The snapshot at session time `t_s`; None before the first."""
        ...

    def envelope(self, columns: int) -> Array:
        """(columns,) largest horizontal acceleration, m/s², of equal parts of the duration."""
        ...

    @property
    def corrected(self) -> Mapping[int, tuple[HoldEnded, Scored]]:
        """Trials as a person corrected them, by their number, from 1; the raw ones stay in `events`."""
        ...

    @property
    def unsaved_n(self) -> int:
        """Corrections that no file has yet."""
        ...

    def correct(self, text: str) -> None:
        """Correct a trial ("trial=1 remove hop@14.6"). Raises UsageError where it points at nothing."""
        ...

    def take_back(self) -> str:
        """Forget the newest unsaved correction; what it said. Raises UsageError where there is none."""
        ...

    def save(self) -> Path:
        """Keep all corrections in a new recording beside the old one. Raises SurefootError. May take seconds."""
        ...

    def export(self, from_s: float, to_s: float) -> Path:
        """Write the window as tables into a new folder. Raises SurefootError. May take seconds."""
        ...


# ------------------------------------------------------------------------------------------------ the way in

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to measure with. `key`: what it is found by; `scores`: in words; `known`: used last time; `near`: heard
    lately; `taken`: another program of this computer holds it; `phone`: `key` is its address, not heard before it is
    asked."""

    key: str
    title: str
    detail: str = ""
    scores: str = ""
    signal_dbm: int | None = None
    battery_pct: int | None = None
    known: bool = False
    near: bool = True
    taken: bool = False
    phone: bool = False


DEMO: Final = Offer("demo", "demo", "a simulated runner, no hardware", "sway and landings")


@dataclass(frozen=True, slots=True)
class Look:
    """What is in reach. `trouble`: why nothing can be found, with the remedy; `vain_s`: since when nothing was."""

    offers: tuple[Offer, ...] = ()
    scanning: bool = False
    trouble: str | None = None
    vain_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording in the data folder."""

    path: str
    title: str
    detail: str


class Work(Protocol[T_co]):
    """Something that is being done elsewhere; when `done`, it has a result or a failure."""

    @property
    def said(self) -> str:
        """What is being done now, in a few words."""
        ...

    @property
    def done(self) -> bool:
        """It is over."""
        ...

    @property
    def result(self) -> T_co | None:
        """What came of it."""
        ...

    @property
    def failure(self) -> str | None:
        """Why nothing came of it, with the remedy."""
        ...

    def cancel(self) -> bool:
        """Give it up; nothing is left open. False where that cannot be: `said` tells it, and the result comes soon."""
        ...


class Home(Protocol):
    """Sensors, recordings and what is remembered. One sensor at a time; each feed takes over from the one before."""

    @property
    def memory(self) -> Memory:
        """The last sensor, placement and settings."""
        ...

    @property
    def note(self) -> str | None:
        """What should be known about the memory: it was broken, or cannot be written."""
        ...

    @property
    def saved(self) -> str | None:
        """Where the newest closed recording is."""
        ...

    def look(self) -> Look:
        """What is in reach; looks again and again as long as somebody asks."""
        ...

    def again(self) -> None:
        """Look now, not after the pause."""
        ...

    def connect(self, offer: Offer) -> Work[Feed]:
        """Connect it; a feed without a drill or a recording, to check it by."""
        ...

    def begin(self, spec: DrillSpec, placement: str, start: str) -> Work[Feed]:
        """A drill on what is connected, recorded where it is a real sensor; the settings are remembered."""
        ...

    def rest(self) -> Work[Feed]:
        """End the drill and close its recording; what is connected goes on without one."""
        ...

    def leave(self) -> Work[None]:
        """Let the sensor sleep."""
        ...

    def recordings(self) -> Work[tuple[Kept, ...]]:
        """The newest ones first."""
        ...

    def play(self, path: str) -> Work[Playback]:
        """A recording, or another program's table."""
        ...
