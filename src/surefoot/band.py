"""Your own normal variation, and whether a new hold lies outside it: method `band/1`.

    band = median ± 1.96·√2·SD_within of the last 6 to 20 valid trials,  SD_within = 1.4826·MAD

on STEADY in points, or on ln(path rate), given back in m/s³. All of it is provisional: the band, its counts and the
fixed steps before there is one are our proposals, measured on simulated persons (firmware-notes/needs/band.md).
Nothing compares a person with others, and no number says what is healthy.

Every function takes the whole history of one key (UsageError for several), oldest first within a session; the lowest
session is the familiarization. Trials with live feedback are never compared with trials without: feedback lowers the
sway while it lasts and tells nothing of learning.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Final, Literal

from surefoot import sway
from surefoot.errors import UsageError
from surefoot.events import HoldEnded, Scored
from surefoot.samples import DrillSpec
from surefoot.scoring import STEADINESS

METHOD: Final = "band/1"
Metric = Literal["steadiness", "path_rate"]
MAD_TO_SD: Final = 1.4826  # 1/Φ⁻¹(¾), for a normal distribution
MDC: Final = 1.96 * math.sqrt(2)  # MDC95: 95 % of the differences between two single trials of one person
HARMLESS: Final = frozenset({"too_short", "both_legs", "surface", "placement"})
"""Flags that only say why there is no score; any other one says that the recording is at fault."""
CUT_SHORT: Final = ("sensor_lost", "recording_end")  # ended by the equipment: the hold time is unknown


@dataclass(frozen=True, slots=True)
class BandLimits:
    """Counts and steps; all provisional."""

    fewest: int = 6  # two sessions of three
    most: int = 20  # SD_within known to ±26 % (±47 % from 6); some 7 sessions, more would lag behind a real gain
    per_session: int = 3  # the protocol's three: going on until one is good must not pay
    single_share: float = 0.30  # the least MDC95 reported for such a sensor (Gyko 2024: 30 to 132 %)
    session_points: float = 9.0  # the Sway app's reliable change at 80 %; borrowed, its points are not STEADY's
    no_spread: float = 1e-6  # points or ln: nobody repeats to a millionth, so these are copies or clipped values


LIMITS = BandLimits()
_KEPT: Final = 1 - LIMITS.single_share
_STEP: Final[dict[Metric, float]] = {"path_rate": -math.log(_KEPT), "steadiness": -100 * math.log10(_KEPT)}


@dataclass(frozen=True, slots=True)
class Key:
    """What must be equal before trials are compared: the words of `DrillSpec`, the codec, all methods' versions."""

    drill: str
    leg: str
    eyes: str
    surface: str
    shoes: str
    placement: str
    device: str
    method: str
    support: str = "unknown"

    @property
    def missing(self) -> str | None:
        """What nobody said although nothing can be compared without it; shoes and support may stay unknown."""
        return next(
            (name for name in ("leg", "eyes", "surface", "placement") if getattr(self, name) == "unknown"), None
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """One hold: `session` counts training sessions from 1; `steadiness` is STEADY; `feedback` False: a silent test."""

    key: Key
    session: int
    hold_s: float | None
    target_s: float
    steadiness: float | None
    path_rate_h_ms3: float | None
    flags: tuple[str, ...]
    feedback: bool

    def __post_init__(self) -> None:
        # path rates far beyond any sensor at both ends, so that exp of a band's edge stays finite
        hold_s, steady, path = self.hold_s, self.steadiness, self.path_rate_h_ms3
        fine = self.session >= 1 and 0 < self.target_s < math.inf and (hold_s is None or 0 <= hold_s < math.inf)
        if not (fine and (steady is None or 0 <= steady <= 100) and (path is None or 0 < path < math.inf)):
            raise UsageError(f"no trial has session {self.session}, {hold_s} s, STEADY {steady} and path rate {path}")

    @property
    def valid(self) -> bool:
        """Whether it may be a record and enter the baseline; the others are only shown."""
        return self.key.missing is None and HARMLESS.issuperset(self.flags)


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """Best hold (s), median STEADY, median path rate (m/s³), all over the session's first three valid trials.

    The same three, so that hold and sway belong together; one too short for sway counts with its hold alone; fewer
    than three count as they are. A flagged trial is in `shown_n` only. `familiarization` is shown, never compared.
    """

    session: int
    familiarization: bool
    shown_n: int
    valid_n: int
    best_hold_s: float | None
    steadiness: float | None
    path_rate_h_ms3: float | None


@dataclass(frozen=True, slots=True)
class Band:
    """`low`, `center`, `high` in points or m/s³, `half` the half width in points or ln, `n` trials behind it.

    Not cut at 100 points: a band reaching beyond says that STEADY has no room to show a gain. The path rate has.
    """

    low: float
    center: float
    high: float
    half: float
    n: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """`word`: real improvement, real decline, same, left steadier, right steadier; None: not compared, see `reason`
    (too_few, no_spread, no_value, flagged, or what the key misses). `provisional`: by a fixed step, without a band."""

    word: str | None
    reason: str | None = None
    provisional: bool = False

    @property
    def text(self) -> str:
        """At most six words."""
        said = {"real improvement": "steadier than your usual", "real decline": "more sway than your usual"}
        word = self.word or "not compared"
        return said.get(word, word) + (", provisional" if self.provisional else "")


def key(
    spec: DrillSpec, placement: str, device: str, versions: str = f"{STEADINESS} {sway.METHOD}", shoes: str = "unknown"
) -> Key:
    """The key of a hold; `versions`: the methods of its score and its sway, those of today unless given."""
    return Key(spec.name, spec.leg, spec.eyes, spec.surface, shoes, placement, device, versions, spec.support)


def trial(
    ended: HoldEnded, scored: Scored, placement: str, device: str, session: int, feedback: bool, shoes: str = "unknown"
) -> Trial:
    """A hold and its score, as a trial of a history. Raises UsageError for the score of a landing."""
    if scored.of != "trial":
        raise UsageError("a band is made of holds: pass the score of a trial, not of a landing")
    spec, found, score = ended.spec, ended.sway, scored.score
    of = key(spec, placement, device, f"{score.method} {found.method}", shoes)
    hold_s = None if ended.end_reason in CUT_SHORT else ended.hold_s
    flags = tuple(dict.fromkeys([*found.flags, *score.flags]))
    return Trial(of, session, hold_s, spec.target_s, score.value, found.path_rate_h_ms3, flags, feedback)


def summaries(trials: Sequence[Trial]) -> tuple[SessionSummary, ...]:
    """One summary per session, for showing."""
    found = []
    for session in (sessions := sorted({t.session for t in _same_key(trials)})):
        shown = [t for t in trials if t.session == session]
        valid = [t for t in shown if t.valid]
        three = valid[: LIMITS.per_session]
        best_s = max((t.hold_s for t in three if t.hold_s is not None), default=None)
        steady = [t.steadiness for t in three if t.steadiness is not None]
        path = [t.path_rate_h_ms3 for t in three if t.path_rate_h_ms3 is not None]
        medians = (median(values) if values else None for values in (steady, path))
        found.append(SessionSummary(session, session == sessions[0], len(shown), len(valid), best_s, *medians))
    return tuple(found)


def baseline(trials: Sequence[Trial], *, feedback: bool, before: float = math.inf) -> tuple[Trial, ...]:
    """Valid, equally faded trials after the familiarization, of sessions before number `before`, oldest first."""
    first = min((t.session for t in _same_key(trials)), default=0)
    kept = [t for t in trials if first < t.session < before and t.valid and t.feedback == feedback]
    return tuple(sorted(kept, key=lambda t: t.session))


def band(trials: Sequence[Trial], of: Metric, *, feedback: bool) -> tuple[Band | None, str | None]:
    """The personal band, or why there is none: too_few (under 6), no_spread, or what the key misses.

    no_spread: the MAD is 0 because half of the values are equal; a band without width would call all change real.
    """
    found, reason = spread(baseline(trials, feedback=feedback), of)
    return (None, (trials[0].key.missing if trials else None) or reason) if found is None else (found, None)


def spread(earlier: Sequence[Trial], of: Metric) -> tuple[Band | None, str | None]:
    """The band of these trials, a `baseline`, or too_few or no_spread."""
    values = _values(earlier, of)
    center, half, reason = _spread(values)
    if reason is not None:
        return None, reason
    low, middle, high = (x if of == "steadiness" else math.exp(x) for x in (center - half, center, center + half))
    return Band(low, middle, high, half, min(len(values), LIMITS.most)), None


def change(trials: Sequence[Trial], new: Trial, of: Metric = "path_rate") -> Verdict:
    """Whether one trial is a real change from the sessions before its own; `trials` may hold it already.

    Real lies outside the band. Without a band, provisionally: 30 % between path rate and median path rate, the most
    reliable metric; on STEADY the same share of RMS, 15.5 points. 30 % of the larger one, so that a gain and its loss
    are judged alike; of the old one, a decline would be called sooner than a gain.
    """
    earlier = baseline([*trials, new], feedback=new.feedback, before=new.session)
    if not new.valid:
        return Verdict(None, new.key.missing or "flagged")
    return _judge(_values(earlier, of), _values([new], of), _STEP[of], of)


def session_change(trials: Sequence[Trial], session: int, *, feedback: bool) -> Verdict:
    """Whether the mean STEADY of a session's first three valid trials is a real change from the sessions before.

    Real lies outside the band of single trials, wide for a mean but with room for good and bad days; without a band,
    provisionally, 9 points from the median of the earlier trials. STEADY only, because that step is in points.
    """
    today = [t for t in baseline(trials, feedback=feedback) if t.session == session]
    earlier = baseline(trials, feedback=feedback, before=session)
    values = _values(today[: LIMITS.per_session], "steadiness")
    mean = [fmean(values)] if values else []
    return _judge(_values(earlier, "steadiness"), mean, LIMITS.session_points, "steadiness")


def retention(trials: Sequence[Trial], of: Metric = "path_rate") -> tuple[tuple[Trial, ...], Verdict]:
    """What stays without feedback: each session's first valid no-feedback trial, and the newest against those before.

    Only the first of a session, because a second test is already practice.
    """
    tests = {t.session: t for t in reversed(baseline(trials, feedback=False))}
    kept = tuple(tests[session] for session in sorted(tests))
    return kept, _judge(_values(kept[:-1], of), _values(kept[-1:], of), _STEP[of], of)


def left_right(left: Sequence[Trial], right: Sequence[Trial], of: Metric = "path_rate", *, feedback: bool) -> Verdict:
    """Which leg is steadier: only if the medians differ by more than the half widths of both bands, else same."""
    (a, why_a), (b, why_b) = band(left, of, feedback=feedback), band(right, of, feedback=feedback)
    if left and right and (right[0].key.leg != "right" or left[0].key != replace(right[0].key, leg="left")):
        raise UsageError("compare a left leg with a right leg, all else being equal")
    if a is None or b is None:
        return Verdict(None, why_a or why_b)
    apart = a.center - b.center if of == "steadiness" else math.log(b.center / a.center)
    if abs(apart) <= max(a.half, b.half):
        return Verdict("same")
    return Verdict("left steadier" if apart > 0 else "right steadier")


def _same_key(trials: Sequence[Trial]) -> Sequence[Trial]:
    if len({t.key for t in trials}) > 1:
        raise UsageError("these trials differ in leg, eyes, surface or another condition: compare one key at a time")
    return trials


def _values(trials: Sequence[Trial], of: Metric) -> list[float]:
    """Known values where sway is normal: points, or ln of m/s³."""
    if of == "steadiness":
        return [t.steadiness for t in trials if t.steadiness is not None]
    return [math.log(t.path_rate_h_ms3) for t in trials if t.path_rate_h_ms3 is not None]


def _spread(values: Sequence[float]) -> tuple[float, float, str | None]:
    """Median and half width of the last values, with the reason why they are no band."""
    last = values[-LIMITS.most :]
    center = median(last) if last else 0.0
    half = MDC * MAD_TO_SD * median([abs(x - center) for x in last]) if last else 0.0
    return center, half, "too_few" if len(last) < LIMITS.fewest else "no_spread" if half < LIMITS.no_spread else None


def _judge(earlier: Sequence[float], new: Sequence[float], step: float, of: Metric) -> Verdict:
    if not new or not earlier:
        return Verdict(None, "too_few" if new else "no_value")
    center, half, reason = _spread(earlier)
    gain = (new[0] - center) * (1 if of == "steadiness" else -1)
    # a change of exactly the step is real, and ln 0.7x − ln x may miss ln 0.7 by a rounding
    if abs(gain) <= half if reason is None else abs(gain) < step - 1e-9:
        return Verdict("same", reason, reason is not None)
    return Verdict("real improvement" if gain > 0 else "real decline", reason, reason is not None)
