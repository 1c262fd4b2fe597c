"""One frame's worth of truth: a snapshot, and how old it is by the screen's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from surefoot.events import HoldEnded, Scored
from surefoot.snapshot import Snapshot

LOST_S = 0.5
"""Silence after which the dot turns gray: a frozen green dot would be a lie."""
NUMBERS_HZ = 8.0
"""How often numbers may change; faster ones cannot be read from two meters."""
Trial = tuple[HoldEnded, Scored]
HOLD_RUNNING = ("countdown", "holding", "touch?")
"""States of a hold in which `space` means stop."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What one frame shows.

    `now_s`: the screen's clock; `silence_s`: time without a sample, counted on between snapshots; `ended`: no sample
    will come any more; `failure`: why, when that was not wanted; `message`: something said for a few seconds;
    `finals`: in replay, the trial under the playhead with its score, even before it was over; `corrected`: trials as a
    person corrected them, by their number; `still`: the picture stands, so words may change at once; `beat`: what the
    metronome asks for, where one runs; `lit`: a cue came just now, for those who do not hear it.
    """

    snapshot: Snapshot | None
    now_s: float
    live: bool = True
    silence_s: float = 0.0
    ended: bool = False
    failure: str | None = None
    message: str | None = None
    finals: Trial | None = None
    corrected: Mapping[int, Trial] = field(default_factory=dict)
    still: bool = False
    beat: str | None = None
    lit: bool = False

    @property
    def lost(self) -> bool:
        """The picture is old: it is drawn dim, and nothing in it may look alive."""
        if self.snapshot is None:
            return False
        stale = self.silence_s >= LOST_S or self.snapshot.sensor.state in ("stalled", "lost")
        return stale or (self.live and self.ended)

    @property
    def running(self) -> bool:
        """A hold is being timed or counted in."""
        hold = self.snapshot.hold if self.snapshot else None
        return hold is not None and hold.state in HOLD_RUNNING

    @property
    def landing_running(self) -> bool:
        """Landings are being watched."""
        landing = self.snapshot.landing if self.snapshot else None
        return landing is not None and landing.state != "ready"

    @property
    def busy(self) -> bool:
        """Leaving now would end something: a drill, or a recording."""
        return self.recording or (self.live and not self.ended and (self.running or self.landing_running))

    @property
    def recording(self) -> bool:
        """Leaving now would end a recording."""
        return self.live and not self.ended and self.snapshot is not None and self.snapshot.recording is not None
