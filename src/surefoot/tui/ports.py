"""What the dashboard needs from the rest: a feed or a playback, and a clock. Satisfied by shape, not by inheritance."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from surefoot.events import Event, HoldEnded, Scored
from surefoot.samples import Array
from surefoot.snapshot import Snapshot


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
    """A loudspeaker; see `surefoot.tones` for what the names sound like."""

    def cue(self, name: str, softness: float | None = None) -> None:
        """Play a cue; "landing" by its softness."""
        ...

    def sway(self, ap_rings: float, ml_rings: float, headed: bool) -> None:
        """Where the dot is, in rings; `headed`: forward and right are known."""
        ...

    def hush(self) -> None:
        """No sway tone."""
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
