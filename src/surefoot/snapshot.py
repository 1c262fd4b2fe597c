"""What a screen may know: one immutable object, replaced after every input, safe to read from any thread."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from surefoot.events import HoldEnded, Landed, LandingSeen, Reported, Scored, Settled, Unsteady
from surefoot.landing_sets import LandedSet
from surefoot.samples import Array, DrillSpec

TRACE_COLUMNS = ("t_s", "dot_ap_ms2", "dot_ml_ms2", "ap_ms2", "ml_ms2", "v_ms2")
"""Columns of `Snapshot.trace`: session time; the live dot (−h, causal 5 Hz, centred, moves with the body; + forward,
+ right when the yaw is known); levelled acceleration (horizontal axes at rest 0, vertical at rest +9.80665)."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """The state of one source: `device` its codec, `rate_hz` nominal, `silence_s` since the last packet, `state`
    streaming, stalled, lost or waiting (nothing arrived yet).

    `measured_hz`: samples that arrived per second of the computer's clock, and `lately_lost_n`: samples missing, both
    in the last 5 s; None until 2 s are seen. `gravity_ms2`: what |a| reads in the stillest second so far, None before
    one is still enough. `range_ms2`: full scale of one axis, None when the sensor does not tell. `gyro`: whether it
    measures rotation, None before the first packet.
    """

    source: str
    name: str
    placement: str
    rate_hz: float
    state: str = "waiting"
    silence_s: float = 0.0
    samples_n: int = 0
    lost_n: int = 0
    rejected_n: int = 0
    battery_pct: int | None = None
    measured_hz: float | None = None
    lately_lost_n: int | None = None
    gravity_ms2: float | None = None
    range_ms2: float | None = None
    gyro: bool | None = None
    device: str = "unknown"


@dataclass(frozen=True, slots=True)
class HoldLive:
    """The running hold. All values are causal and live, never to be compared with final ones.

    `state`: ready, countdown, holding, touch? (suspected touch-down); `countdown_s` left; `rms_ms2`, `path_rate_ms3`
    None until 5 s are scored, 7 s after the lift; `steadiness` 0…100 from the live RMS; `unsteady`: what happened in
    this hold so far. `ring_ms2` is the radius of the inner ring: the usual sway of this condition, or, with
    `ring_trials_n` > 0, the person's own of so many trials.
    """

    state: str
    countdown_s: float | None = None
    hold_s: float | None = None
    rms_ms2: float | None = None
    path_rate_ms3: float | None = None
    steadiness: float | None = None
    errors_n: int = 0
    ring_ms2: float = 0.0
    unsteady: tuple[Unsteady, ...] = ()
    ring_trials_n: int = 0


@dataclass(frozen=True, slots=True)
class LandingLive:
    """The landing drill now; `state`: ready (not armed), no gravity (an app has removed it: no fall can be seen), hold
    still, armed, air, settle. `seen`: a landing that is not confirmed yet, provisional; None again when it is confirmed
    or withdrawn."""

    state: str
    seen: LandingSeen | None = None


def without_feedback(shot: Snapshot) -> Snapshot:
    """The same moment for a person who must not see it: a running hold of a test trial has no picture and no values, a
    landing of one no first word."""
    if shot.spec is None or shot.spec.feedback == "on":
        return shot
    if shot.landing is not None:
        return replace(shot, landing=replace(shot.landing, seen=None))
    if shot.hold is None or shot.hold.hold_s is None:
        return shot
    blind = replace(shot.hold, rms_ms2=None, path_rate_ms3=None, steadiness=None, unsteady=())
    return replace(shot, hold=blind, trace=shot.trace[:0], first_index=shot.first_index + len(shot.trace))


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everything a screen draws. `trace`: (n, 6) rows of TRACE_COLUMNS, at least the last 30 s; `first_index`: absolute
    index of its first row. `trials` pairs each ended hold with its score; `landings` each landing with its score and,
    when known, its settling; `sets` groups the landings, the newest set last; `reports`: what the person said of them.
    `yaw_known`: the axes of the trace are forward and right; else two horizontal ones that nobody can name."""

    t_s: float
    spec: DrillSpec | None
    sensor: Sensor
    hold: HoldLive | None
    landing: LandingLive | None
    trials: tuple[tuple[HoldEnded, Scored], ...]
    landings: tuple[tuple[Landed, Scored, Settled | None], ...]
    trace: Array
    first_index: int
    recording: str | None = None
    recording_error: str | None = None
    notes: tuple[str, ...] = field(default=())
    sets: tuple[LandedSet, ...] = ()
    reports: tuple[Reported, ...] = ()
    yaw_known: bool = False
