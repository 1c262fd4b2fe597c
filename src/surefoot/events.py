"""What the engine says: past participles, each with the session time at which it happened, not when it was noticed."""

from __future__ import annotations

from dataclasses import dataclass

from surefoot.landing import Landing
from surefoot.samples import DrillSpec, Score
from surefoot.sway import Sway

END_REASONS = ("target", "stopped", "touch_down", "hop", "step", "sensor_lost", "recording_end")
SET_END_REASONS = ("count", "fatigue", "stopped")


@dataclass(frozen=True, slots=True)
class DrillStarted:
    """A start cue took effect: the countdown of a hold, or the arming of a landing drill, began."""

    t_s: float
    spec: DrillSpec


@dataclass(frozen=True, slots=True)
class DrillStopped:
    """A countdown was called off."""

    t_s: float


@dataclass(frozen=True, slots=True)
class HoldStarted:
    """The foot lifted: end of the countdown, or a lift cue. `counted` False: nobody said when, hold time is unknown."""

    t_s: float
    spec: DrillSpec
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Unsteady:
    """An instability during a hold; `kind`: hop (of the stance foot), lean, step, or by key touch, error."""

    t_s: float
    kind: str


@dataclass(frozen=True, slots=True)
class TouchSuspected:
    """An impact that may be the free foot touching down; the next two seconds tell."""

    t_s: float


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """A trial was over at `t_s`. `hold_s` None when the lift is unknown; `sway` is the final, zero-phase value."""

    t_s: float
    spec: DrillSpec
    lift_s: float
    hold_s: float | None
    end_reason: str
    instabilities: tuple[Unsteady, ...]
    sway: Sway


@dataclass(frozen=True, slots=True)
class LandingSeen:
    """A first word on the landing that would be number `number`, 0.35 s after its contact at `t_s`: provisional.

    A longer fall may still follow and make it the dip before a jump; then `LandingWithdrawn` takes it back. Else
    `Landed` replaces it. It never counts: not in results, not as a record. `score` from the samples so far.
    """

    t_s: float
    number: int
    spec: DrillSpec
    landing: Landing
    score: Score | None = None


@dataclass(frozen=True, slots=True)
class LandingWithdrawn:
    """What was seen as landing `number`, with its contact at `seen_s`, was none; at `t_s` a longer fall had landed, or
    the set was ended."""

    t_s: float
    number: int
    seen_s: float


@dataclass(frozen=True, slots=True)
class Landed:
    """A landing at initial contact `t_s`, confirmed after the wait of its drill."""

    t_s: float
    number: int
    spec: DrillSpec
    landing: Landing


@dataclass(frozen=True, slots=True)
class Settled:
    """The end of the balance after landing `number`: `settle_s` None with the reason in `missing`; `stick` held 2 s."""

    t_s: float
    number: int
    settle_s: float | None
    stick: bool
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class SetEnded:
    """A set of landings was over at `t_s`, after everything that belongs to it; `reason` of SET_END_REASONS. The drill
    is disarmed. A set that the session's end cuts off has none."""

    t_s: float
    spec: DrillSpec
    reason: str
    landings_n: int


@dataclass(frozen=True, slots=True)
class Scored:
    """The score of the HoldEnded (`trial` number) or Landed (`landing` number) just before it."""

    t_s: float
    of: str
    number: int
    score: Score
    trial_value: float | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """The person told the discomfort (0 to 10) of the newest result: `of` trial or set, with its number from 1."""

    t_s: float
    of: str
    number: int
    discomfort: int


@dataclass(frozen=True, slots=True)
class GapSeen:
    """No samples in [t_s, t_s + gap_s)."""

    t_s: float
    source: str
    gap_s: float


@dataclass(frozen=True, slots=True)
class SensorLost:
    """Nothing arrived any more after `t_s`; `reason`: silence or link."""

    t_s: float
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class SensorBack:
    """The first sample after a loss."""

    t_s: float
    source: str


@dataclass(frozen=True, slots=True)
class PacketRejected:
    """A payload that its codec could not read; it is in the recording all the same."""

    t_s: float
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class CueRejected:
    """A cue that made no sense: an unknown drill or setting."""

    t_s: float
    kind: str
    reason: str


Event = (
    DrillStarted
    | DrillStopped
    | HoldStarted
    | Unsteady
    | TouchSuspected
    | HoldEnded
    | LandingSeen
    | LandingWithdrawn
    | Landed
    | Settled
    | SetEnded
    | Scored
    | Reported
    | GapSeen
    | SensorLost
    | SensorBack
    | PacketRejected
    | CueRejected
)
