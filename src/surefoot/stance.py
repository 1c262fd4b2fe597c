"""The final sway value of one trial, from its samples as the sensor sent them.

Gaps, rate, freezing, clipping, tilt, drift and noise are judged first; then the samples go onto a fixed 100 Hz grid by
linear interpolation (never held), are tilted upright by the window's mean (Moe-Nilssen 1998), and measured. Nothing is
bridged silently: what was bridged is flagged, what cannot be trusted has no value and a reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from surefoot.filters import zero_phase
from surefoot.frame import clipped_axes, heading_known, to_up, up_vector
from surefoot.samples import Array
from surefoot.sway import CUTOFF_HZ, Sway, measure, unknown

GRID_HZ: Final = 100.0  # a 50 Hz grid would change RMS, path and ellipse by 0.4 % at most
RMS_OF_NOISE: Final = 0.35  # white noise of SD 1 per axis at 100 Hz, after the filter (simulation)
PATH_RATE_OF_NOISE: Final = 3.9  # 1/s, likewise
JERK_RATE_OF_NOISE: Final = 10.3  # 1/s², of the variance


@dataclass(frozen=True, slots=True)
class StanceLimits:
    """What may be scored."""

    shortest_s: float = 10.0  # below: no sway value, only hold time
    lowest_rate_hz: float = 20.0
    low_rate_hz: float = 40.0  # 25 Hz reads path −0.9 %, jerk −2.8 % (simulation)
    flag_gap_s: float = 0.25
    longest_gap_s: float = 1.0
    moved_deg: float = 10.0  # the sensor slid or the person bent down
    frozen_s: float = 1.0
    floor_factor: float = 2.0  # a value below twice its noise floor is mostly noise


LIMITS = StanceLimits()


def measure_trial(
    t: Array,
    acc: Array,
    start_s: float,
    end_s: float,
    rate_hz: float,
    range_ms2: float | None = None,
    gravity_fault: str | None = None,
    *,
    forward: Array | None = None,
    upright: Array | None = None,
) -> Sway:
    """The final value of one trial from its samples in sensor axes.

    Args:
        t: (n,) s on the session clock, increasing.
        acc: (n, 3) m/s² in sensor axes, with gravity.
        start_s: the score window is [start_s, end_s).
        end_s: see start_s.
        rate_hz: nominal rate.
        range_ms2: full scale of one axis, or None.
        gravity_fault: what `frame.Stillest.gravity` found.
        forward: (3,) the subject's forward direction in sensor axes, or None when nothing told it.
        upright: (3,) up vector of the calibrated upright stance, from which the lean is told, or None.
    """
    window = _Window(start_s, end_s, [])
    reason = window.cut(t, acc, rate_hz, gravity_fault) or window.judge(range_ms2)
    if reason is not None:
        return unknown(window.start_s, window.end_s, GRID_HZ, reason, tuple(window.flags))
    up, planar = window.levelled(forward)
    forward = forward if heading_known(up, forward) else None
    sway = measure(planar, GRID_HZ, yaw_known=forward is not None, start_s=window.start_s)
    noise_ms2 = _noise_ms2(window.acc) * math.sqrt(GRID_HZ / window.rate_hz)
    flags = [*window.flags, *_drift(planar)]
    if _near_floor(sway, noise_ms2):
        flags.append("noise_floor")
    leans = _lean_deg(up, upright, forward)
    known = {"noise_rms_ms2", *leans}
    missing = {name: reason for name, reason in sway.missing.items() if name not in known}
    if not leans:
        missing |= dict.fromkeys(("lean_ap_deg", "lean_ml_deg"), "yaw_unknown" if forward is None else "no_upright")
    floor = RMS_OF_NOISE * noise_ms2
    sway = replace(sway, end_s=window.end_s, noise_rms_ms2=floor, flags=tuple(flags), missing=missing)
    return replace(sway, lean_ap_deg=leans.get("lean_ap_deg"), lean_ml_deg=leans.get("lean_ml_deg"))


@dataclass(slots=True, eq=False)
class _Window:
    """The samples that count, and what is to be said of them."""

    start_s: float
    end_s: float
    flags: list[str]
    t: Array = field(default_factory=lambda: np.empty(0))
    acc: Array = field(default_factory=lambda: np.empty((0, 3)))
    rate_hz: float = 0.0

    def cut(self, t: Array, acc: Array, nominal_hz: float, gravity_fault: str | None) -> str | None:
        """Take the samples of the window, or of its longest piece; the reason why that cannot be scored."""
        if gravity_fault in ("gravity", "linear_acceleration"):
            return gravity_fault
        if gravity_fault:
            self.flags.append(gravity_fault)
        period_s = 1 / nominal_hz
        inside = slice(*np.searchsorted(t, [self.start_s, self.end_s - 1e-9]).tolist())
        self.t, self.acc = t[inside], acc[inside]
        if len(self.t) < 3 or self.end_s - self.start_s < LIMITS.shortest_s - period_s / 2:
            return "too_short"
        edges = (float(self.t[0]) - self.start_s, self.end_s - period_s - float(self.t[-1]))
        missing_s = max(*edges, float(np.diff(self.t).max()) - period_s)
        if missing_s > LIMITS.flag_gap_s:
            self.flags.append("gap")
        if missing_s > LIMITS.longest_gap_s:
            self.t, self.acc = _longest_piece(self.t, self.acc, nominal_hz)
        if max(edges) > 2 * period_s or missing_s > LIMITS.longest_gap_s:  # the grid never reaches beyond its samples
            self.start_s = max(self.start_s, float(self.t[0]))
            self.end_s = min(self.end_s, float(self.t[-1]) + period_s)
        return "gap" if self.end_s - self.start_s < LIMITS.shortest_s - period_s / 2 else None

    def judge(self, range_ms2: float | None) -> str | None:
        """Rate, freezing, clipping and tilt; the reason why the window cannot be scored."""
        self.rate_hz = 1 / float(np.median(np.diff(self.t)))
        if self.rate_hz < LIMITS.low_rate_hz:
            self.flags.append("low_rate")
        if self.rate_hz < LIMITS.lowest_rate_hz * 0.99:
            return "low_rate"
        if any(clipped_axes(self.acc, range_ms2)):
            self.flags.append("clipped")
        if _frozen(self.acc, self.rate_hz):
            self.flags.append("frozen")
            return "frozen"
        up = up_vector(self.acc)
        moved = up is None or _moved_deg(self.acc, up, self.rate_hz) > LIMITS.moved_deg
        return "placement_moved" if moved else None

    def levelled(self, forward: Array | None) -> tuple[Array, Array]:
        """The mean up vector, and (n, 2) horizontal acceleration [AP, ML] on the 100 Hz grid."""
        up = up_vector(self.acc)
        assert up is not None, "judged before"
        grid = self.start_s + np.arange(round((self.end_s - self.start_s) * GRID_HZ)) / GRID_HZ
        level = self.acc @ to_up(up, forward).T
        return up, np.column_stack([np.interp(grid, self.t, level[:, axis]) for axis in (0, 1)])


def main_axis(t: Array, acc: Array, start_s: float, end_s: float, rate_hz: float) -> Array | None:
    """(n,) filtered sway along its main axis at 100 Hz, for `advanced.measure`; None where no sway is scored."""
    window = _Window(start_s, end_s, [])
    if window.cut(t, acc, rate_hz, None) or window.judge(None):
        return None
    _, planar = window.levelled(None)
    smooth = zero_phase(planar - planar.mean(axis=0), CUTOFF_HZ, GRID_HZ)
    smooth = smooth - smooth.mean(axis=0)
    along: Array = smooth @ np.linalg.eigh(smooth.T @ smooth)[1][:, -1]
    return along


def _lean_deg(up: Array, upright: Array | None, forward: Array | None) -> dict[str, float]:
    """How far the window's up vector leans from the calibrated upright: + forward, + right."""
    if upright is None or forward is None:
        return {}
    ap, ml, _ = (to_up(upright, forward) @ up).tolist()
    return {"lean_ap_deg": -math.degrees(math.asin(ap)), "lean_ml_deg": -math.degrees(math.asin(ml))}


def _longest_piece(t: Array, acc: Array, rate_hz: float) -> tuple[Array, Array]:
    cuts = np.flatnonzero(np.diff(t) - 1 / rate_hz > LIMITS.longest_gap_s) + 1
    pieces = [slice(a, b) for a, b in zip([0, *cuts.tolist()], [*cuts.tolist(), len(t)], strict=True)]
    best = max(pieces, key=lambda piece: float(t[piece][-1] - t[piece][0]))
    return t[best], acc[best]


def _frozen(acc: Array, rate_hz: float) -> bool:
    """Bit-identical samples for longer than a second: the sensor or the radio hangs."""
    changed = np.flatnonzero((np.diff(acc, axis=0) != 0).any(axis=1))
    edges = np.concatenate([[-1], changed, [len(acc) - 1]])
    return bool(np.diff(edges).max() > LIMITS.frozen_s * rate_hz)


def _moved_deg(acc: Array, up: Array, rate_hz: float) -> float:
    n = max(1, round(rate_hz))
    seconds = acc[: len(acc) // n * n].reshape(-1, n, 3).mean(axis=1)
    if not len(seconds):
        return 0.0
    cosine = seconds @ up / np.maximum(np.linalg.norm(seconds, axis=1), 1e-9)
    return math.degrees(math.acos(float(np.clip(cosine.min(), -1, 1))))


def _drift(planar: Array) -> list[str]:
    """A lean that moved on by more than twice the sway around it; it counts into RMS, so it is said, not removed."""
    x = np.linspace(-0.5, 0.5, len(planar))
    centred = planar - planar.mean(axis=0)
    drift = x @ centred / (x @ x)
    rest = centred - np.outer(x, drift)
    return ["drift"] if (np.abs(drift) > 2 * np.sqrt((rest * rest).mean(axis=0))).any() else []


def _noise_ms2(acc: Array) -> float:
    """SD of white sensor noise per axis, from fourth differences: they leave 0.4 % of a 2 Hz sway at 50 Hz, and
    multiply white noise by √70."""
    if len(acc) < 10:
        return 0.0
    rough = np.diff(acc, n=4, axis=0)
    return float(np.median(np.abs(rough)) / 0.6745 / math.sqrt(70))


def _near_floor(sway: Sway, noise_ms2: float) -> bool:
    """Whether RMS, path rate or jerk rate lies below twice what white noise alone gives after this filter."""
    floors = (
        (sway.rms_h_ms2, RMS_OF_NOISE * noise_ms2),
        (sway.path_rate_h_ms3, PATH_RATE_OF_NOISE * noise_ms2),
        (sway.jerk_rate_m2s6, JERK_RATE_OF_NOISE * noise_ms2**2),
    )
    return any(value is not None and value < LIMITS.floor_factor * floor for value, floor in floors)
