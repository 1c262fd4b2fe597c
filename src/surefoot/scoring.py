"""Metrics → 0…100. Every formula has a version; a change of formula is a new version.

`steadiness/1`: STEADY = 100·log10(M / rms_mg), clipped to 0…100; halving the sway is worth 30 points, because sway is
log-normal and ratios are what can be trusted. M was set so that a typical simulated person scores about 70 in each of
the four one-leg conditions; it rests on no published norm. TRIAL = STEADY · min(1, hold/target) − 5 per error.

`softness/1`: S = 100·ln(τ/τ0)/ln(τ1/τ0), clipped to 0…100, with τ the equivalent stopping time. The anchors τ0, τ1 rest
on three real landings and a model and are provisional.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from surefoot import landing, stance
from surefoot.events import HoldEnded, Landed, LandingSeen
from surefoot.samples import G0_MS2, DrillSpec, Score
from surefoot.sway import mg

STEADINESS: Final = "steadiness/1"
SOFTNESS: Final = "softness/1"


@dataclass(frozen=True, slots=True)
class Anchors:
    """The constants of both scores."""

    per_error: float = 5.0
    waist_tau0_ms: float = 25.0  # 100 Hz noise of a stiff, ringing leg
    waist_tau1_ms: float = 120.0  # a deep, quiet landing
    shank_tau0_ms: float = 6.0
    shank_tau1_ms: float = 45.0


ANCHORS = Anchors()

FULL_SCALE_MG: Final = {
    ("open", "firm"): 50.0,
    ("open", "mat"): 80.0,
    ("closed", "firm"): 120.0,
    ("closed", "mat"): 200.0,
}
"""M: the horizontal RMS, mg at the waist, that scores 0; provisional."""
PLACEMENT_FACTOR: Final = {"waist": 1.0, "chest": 1.3}
"""M grows with the height of the sensor; other placements have no steadiness."""

SOFTNESS_PLACEMENTS: Final = ("waist", "chest", "shank")
"""Where softness has anchors."""
LANDING_RANGE_MS2: Final = 8 * G0_MS2
"""Full scale that landings need: stiff ones reach 7 g at the waist in the recordings at hand."""

SOFTNESS_WORDS: Final[tuple[tuple[float, str], ...]] = ((80.0, "quiet"), (60.0, "soft"), (40.0, "firm"), (0.0, "hard"))
"""Lowest score of each word, best first."""
STEADINESS_WORDS: Final[tuple[tuple[float, str], ...]] = (
    (75.0, "steady"),
    (50.0, "fair"),
    (25.0, "wobbly"),
    (0.0, "unsteady"),
)
"""Provisional: three quarters of the scale and so on; no norm stands behind them."""


def word(value: float, words: tuple[tuple[float, str], ...]) -> str:
    """The word of a score."""
    return next(name for lowest, name in words if value >= lowest)


def sway_missing(rate_hz: float, placement: str) -> str | None:
    """Why a sensor can get no steadiness, whatever the drill: low_rate, placement; None when it can."""
    if rate_hz < stance.LIMITS.lowest_rate_hz * 0.99:
        return "low_rate"
    return None if placement in PLACEMENT_FACTOR else "placement"


def landing_missing(rate_hz: float, range_ms2: float | None, placement: str) -> str | None:
    """Why its landings would be flagged or not scored: low_rate, range, placement; an unknown range is no reason."""
    lowest_hz = landing.LIMITS.shank_low_rate_hz if placement == "shank" else landing.LIMITS.low_rate_hz
    if rate_hz < lowest_hz * 0.98:
        return "low_rate"
    if range_ms2 is not None and range_ms2 < LANDING_RANGE_MS2 * 0.99:
        return "range"
    return None if placement in SOFTNESS_PLACEMENTS else "placement"


def full_scale_mg(spec: DrillSpec, placement: str) -> tuple[float | None, str | None]:
    """M for a condition, or the reason why there is none: both_legs, leg, eyes, surface, placement."""
    if spec.leg == "both":
        return None, "both_legs"
    if "unknown" in (spec.leg, spec.eyes):
        return None, "leg" if spec.leg == "unknown" else "eyes"
    scale = FULL_SCALE_MG.get((spec.eyes, spec.surface))
    if scale is None:
        return None, "surface"
    if placement not in PLACEMENT_FACTOR:
        return None, "placement"
    return scale * PLACEMENT_FACTOR[placement], None


def steady(rms_ms2: float, scale_mg: float) -> float:
    """STEADY of an RMS in m/s²."""
    if rms_ms2 <= 0:
        return 100.0
    return min(100.0, max(0.0, 100 * math.log10(scale_mg / mg(rms_ms2))))


def score_hold(ended: HoldEnded, placement: str) -> tuple[Score, float | None]:
    """STEADY with its flags, and TRIAL (None when the steadiness or the hold time is unknown)."""
    sway = ended.sway
    flags = list(sway.flags)
    scale, reason = full_scale_mg(ended.spec, placement)
    if sway.rms_h_ms2 is None:
        reason = sway.missing["rms_h_ms2"]
    elif sway.noise_rms_ms2 is not None and sway.rms_h_ms2 < 2 * sway.noise_rms_ms2:
        reason = "noise_floor"
    elif "gravity_unchecked" in flags:
        reason = "gravity_unchecked"
    if reason is not None or scale is None or sway.rms_h_ms2 is None:
        return Score(None, STEADINESS, tuple(dict.fromkeys([*flags, reason or "unknown"]))), None
    value = steady(sway.rms_h_ms2, scale)
    score = Score(value, STEADINESS, tuple(flags))
    if ended.hold_s is None:
        return score, None
    share = min(1.0, ended.hold_s / ended.spec.target_s)
    return score, max(0.0, value * share - ANCHORS.per_error * len(ended.instabilities))


def score_landing(landed: Landed | LandingSeen, placement: str, gravity_fault: str | None) -> Score:
    """Softness of one landing, provisional or not; None for other placements than waist, chest and shank, after a gap,
    without speed, or where gravity reads wrong or was removed."""
    found = landed.landing
    flags = list(found.flags)
    if gravity_fault is not None:
        flags.append(gravity_fault)
    if "gap" in flags or gravity_fault in ("gravity", "linear_acceleration"):
        return Score(None, SOFTNESS, tuple(flags))
    if placement in ("waist", "chest"):
        tau0, tau1 = ANCHORS.waist_tau0_ms, ANCHORS.waist_tau1_ms
    elif placement == "shank":
        tau0, tau1 = ANCHORS.shank_tau0_ms, ANCHORS.shank_tau1_ms
    else:
        return Score(None, SOFTNESS, (*flags, "placement"))
    if found.tau_ms is None:
        reasons = dict.fromkeys([*flags, found.missing.get("tau_ms", "no_impact")])
        return Score(None, SOFTNESS, tuple(reasons))
    value = 100 * math.log(found.tau_ms / tau0) / math.log(tau1 / tau0)
    return Score(min(100.0, max(0.0, value)), SOFTNESS, tuple(flags))
