"""Events, flags and advice in words, for pipes, logs, screen readers and people without a dashboard.

Scores are cut to whole points, not rounded: 79.6 is not yet 80, and its word says so too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from surefoot.events import (
    CueRejected,
    DrillStarted,
    DrillStopped,
    Event,
    GapSeen,
    HoldEnded,
    HoldStarted,
    Landed,
    LandingSeen,
    LandingWithdrawn,
    PacketRejected,
    Reported,
    Scored,
    SensorBack,
    SensorLost,
    SetEnded,
    Settled,
    TouchSuspected,
    Unsteady,
)
from surefoot.samples import G0_MS2, DrillSpec
from surefoot.scoring import SOFTNESS_WORDS, STEADINESS_WORDS, landing_missing, sway_missing, word

NOT_MEDICAL: Final = "A training aid, not a medical device: no diagnosis, no prediction of injury."
BOUNDED: Final = {"clipped": "≤ ", "v_uncertain": "≈ "}
"""Flags that make a score a bound or a guess, and the sign before it."""

END_WORDS: Final = {
    "target": "target reached",
    "stopped": "stopped",
    "touch_down": "the foot touched down",
    "hop": "hopped",
    "step": "stepped",
    "sensor_lost": "the sensor was lost",
    "recording_end": "the session ended",
}
REASONS: Final = {
    "too_short": "less than 10 s to score once settled",
    "gap": "samples are missing",
    "frozen": "the sensor's values stood still",
    "gravity": "gravity reads more than 3 % off: check the sensor",
    "linear_acceleration": "gravity was removed by an app: record acceleration with gravity",
    "gravity_unchecked": "never still enough to check gravity",
    "placement_moved": "the sensor moved by more than 10°",
    "low_rate": "too few samples a second",
    "noise_floor": "the sway drowns in the sensor's noise",
    "both_legs": "two legs have no score",
    "leg": "nobody said which leg",
    "eyes": "nobody said whether the eyes were open",
    "surface": "no score for this surface",
    "placement": "no score for this placement",
    "no_flight": "no flight to tell the speed from",
    "no_impact": "no impact",
    "v_uncertain": "box height and time of fall disagree",
    "clipped": "the sensor's range was reached",
    "momentum": "the landing was not caught whole",
    "no_stick": "bounced or stepped",
    "drift": "leaned slowly to one side",
    "not_done": "not done",
}


SET_WORDS: Final = {
    "count": "done",
    "fatigue": "over: the landings got harder, rest now",
    "stopped": "stopped",
    "changed": "conditions changed",
}
"""Why a set of landings ended."""


def safety(spec: DrillSpec) -> str | None:
    """What to say before a drill that can end in a fall."""
    if spec.name != "hold":
        return "Before you jump: a dry, level floor, a box that cannot slip, no pain today. Stop when it hurts."
    if spec.eyes == "closed":
        return (
            "Before you close your eyes: stand beside a wall or a chair that you can reach. Stop when you feel dizzy."
        )
    if spec.surface in ("mat", "unstable"):
        return "Before you step on a soft surface: stand beside a wall or a chair that you can reach."
    return None


def scores(rate_hz: float, range_ms2: float | None, placement: str = "waist") -> str:
    """What a sensor can score at a placement, in few words: "sway and landings", "sway only: 60 Hz"."""
    sway, landings = sway_missing(rate_hz, placement), landing_missing(rate_hz, range_ms2, placement)
    if sway is None and landings is None:
        return "sway and landings"
    if sway is None:
        why_not = {"low_rate": f"{rate_hz:g} Hz", "range": f"±{(range_ms2 or 0) / G0_MS2:.0f} g"}
        return f"sway only: {why_not[landings]}" if landings in why_not else "sway only"
    if landings is None:
        return "landings only"
    return f"no score: {rate_hz:g} Hz" if "low_rate" in (sway, landings) else "measured, no score"


def line(event: Event) -> str | None:
    """One event as one line, None for those that only screens need."""
    text = _text(event)
    return None if text is None else f"{event.t_s:7.2f} s  {text}"


def _text(event: Event) -> str | None:
    match event:
        case DrillStarted(spec=spec):
            return "get ready: 5 s" if spec.name == "hold" else f"{spec.name}: stand still, then go"
        case DrillStopped():
            return "drill stopped"
        case HoldStarted(counted=counted):
            return "holding" if counted else "watching from the first sample; hold time is unknown"
        case TouchSuspected():
            return "touch?"
        case Unsteady(kind=kind):
            return f"unsteady: {kind}"
        case HoldEnded(hold_s=hold_s, end_reason=reason):
            held = "" if hold_s is None else f", {hold_s:.1f} s held"
            return f"{END_WORDS[reason]}{held}"
        case Landed(number=number, landing=found):
            peak = "" if found.peak_g is None else f", peak {found.peak_g:.1f} g"
            return f"landing {number}{peak}"
        case Settled(settle_s=None, missing="interrupted"):
            return None  # nobody waited for it: the next hop came, or the set was stopped
        case Settled(number=number, settle_s=settle_s, stick=stick):
            calm = "not settled" if settle_s is None else f"settled after {settle_s:.2f} s"
            return f"landing {number} {calm}{', stuck' if stick else ''}"
        case LandingSeen() | LandingWithdrawn():
            return None
        case SetEnded(reason=reason, landings_n=n):
            return f"set of {landings_text(n)} {SET_WORDS[reason]}"
        case Scored():
            return _score(event)
        case Reported(of=of, number=number, discomfort=discomfort):
            return f"{of} {number}: {discomfort_text(discomfort)}"
        case GapSeen(gap_s=gap_s):
            return f"gap of {gap_s:.2f} s"
        case SensorLost(reason=reason):
            return f"sensor lost ({reason})"
        case SensorBack():
            return "sensor back"
        case PacketRejected(reason=reason) | CueRejected(reason=reason):
            return f"ignored: {reason}"


def discomfort_text(discomfort: int) -> str:
    """What the person told, as told."""
    return f"discomfort {discomfort} of 10"


def landings_text(n: int) -> str:
    """How many landings."""
    return f"{n} landing{'' if n == 1 else 's'}"


def _score(event: Scored) -> str:
    name, words = ("steadiness", STEADINESS_WORDS) if event.of == "trial" else ("softness", SOFTNESS_WORDS)
    score = event.score
    if score.value is None:
        return f"{name}: no score, {why(score.flags)}"
    sign = "".join(BOUNDED[flag] for flag in score.flags if flag in BOUNDED)
    flags = f"  [{why(score.flags)}]" if score.flags else ""
    whole = event.trial_value
    trial = "" if whole is None or int(whole) == int(score.value) else trial_text(whole)
    return f"{name} {sign}{int(score.value)} {word(score.value, words)}{trial} (provisional){flags}"


def trial_text(trial_value: float | None) -> str:
    """The score of the whole trial behind its steadiness, and why there are two."""
    return "" if trial_value is None else f", trial {int(trial_value)} with time held and touches"


def within_text(mad: float) -> str:
    """The spread of a set's landings, in whole points that are never fewer than the MAD."""
    points = math.ceil(mad - 1e-9)
    return f"half of them within {points} point{'' if points == 1 else 's'} of it"


def course_text(drop_off: float) -> str:
    """Whether a set's landings got harder."""
    return f"harder by {drop_off:.0f} points towards the end" if drop_off >= 0.5 else "no harder towards the end"


def why(flags: Sequence[str]) -> str:
    """Flags and reasons in words."""
    return ", ".join(REASONS.get(flag, flag.replace("_", " ")) for flag in flags) or "reason unknown"
