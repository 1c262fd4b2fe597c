"""Sway of one stance: the metric set `sway/1`, final (zero-phase) and live (causal).

Notation: u[k] = (ml, ap), k = 0…N−1, after centring; T = (N−1)/rate; S = covariance with N−1, λ1 ≥ λ2 its eigenvalues.

    rms_h = √(rms_ml² + rms_ap²), over N        path = Σ|Δu|          jerk = ½·rate·Σ|Δu|² (= ½∫|da/dt|²dt)
    ellipse95 = π·5.991·√det S                  mdist = Σ|u|/N        mfreq = path_rate/(2π·mdist)

ellipse95 is the 95 % prediction ellipse of the χ² form (Schubert & Kirchner 2014), not a confidence ellipse of the
mean. Spectra: Welch, Hann, 20 s segments, half overlap, linear detrend, along the first principal axis, 0.15 Hz to the
cut-off. Metrics after Prieto 1996 and Mancini 2012 (ISway), with the deviations named in firmware-notes/needs/sway.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from typing import Final

import numpy as np

from surefoot.filters import CausalLowpass, zero_phase
from surefoot.frame import clipped_axes, to_up, up_vector
from surefoot.samples import G0_MS2, Array

METHOD: Final = "sway/1"
GRID_HZ: Final = 100.0
CUTOFF_HZ: Final = 3.5  # low-pass of acceleration sway, as in ISway
RMS_OF_NOISE: Final = 0.35  # white noise of SD 1 per axis at 100 Hz, after the filter (simulation)
PATH_RATE_OF_NOISE: Final = 3.9  # 1/s, likewise
JERK_RATE_OF_NOISE: Final = 10.3  # 1/s², of the variance
CHI2_95: Final = 5.991464547  # 95 % quantile of χ² with 2 degrees of freedom


@dataclass(frozen=True, slots=True)
class SwayLimits:
    """What may be scored."""

    shortest_s: float = 10.0  # below: no sway value, only hold time
    spectrum_s: float = 20.0  # below: no spectrum
    lowest_rate_hz: float = 20.0
    low_rate_hz: float = 40.0  # 25 Hz reads path −0.9 %, jerk −2.8 % (simulation)
    flag_gap_s: float = 0.25
    longest_gap_s: float = 1.0
    moved_deg: float = 10.0  # the sensor slid or the person bent down
    frozen_s: float = 1.0
    round_ratio: float = 0.8  # λ2/λ1 above it: the axis has no direction
    floor_factor: float = 2.0  # a value below twice its noise floor is mostly noise


LIMITS = SwayLimits()


@dataclass(frozen=True, slots=True)
class Sway:
    """Results with their units in the names; None means unknown, with the reason in `missing`.

    `start_s`, `end_s`: score window on the session clock, [start, end); `axis_deg`: from +ML toward +AP, in the
    levelled sensor frame while the yaw is unknown; `noise_rms_ms2`: what sensor noise alone would add up to as rms_h.
    Flags: low_rate, gap, clipped, drift, noise_floor, frozen, gravity_unchecked.
    """

    start_s: float
    end_s: float
    rate_hz: float
    cutoff_hz: float | None
    method: str = METHOD
    rms_h_ms2: float | None = None
    path_h_ms2: float | None = None
    path_rate_h_ms3: float | None = None
    range_h_ms2: float | None = None
    ellipse95_m2s4: float | None = None
    hull_m2s4: float | None = None
    jerk_m2s5: float | None = None
    jerk_rate_m2s6: float | None = None
    mdist_h_ms2: float | None = None
    mfreq_h_hz: float | None = None
    axis_ratio: float | None = None
    axis_deg: float | None = None
    rms_ap_ms2: float | None = None
    rms_ml_ms2: float | None = None
    range_ap_ms2: float | None = None
    range_ml_ms2: float | None = None
    f50_hz: float | None = None
    f95_hz: float | None = None
    cfreq_hz: float | None = None
    freqd: float | None = None
    power_m2s4: float | None = None
    band_hz: tuple[float, float] | None = None
    noise_rms_ms2: float | None = None
    flags: tuple[str, ...] = ()
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def duration_s(self) -> float:
        """Length of the score window."""
        return self.end_s - self.start_s


_SPECTRAL: Final = ("f50_hz", "f95_hz", "cfreq_hz", "freqd", "power_m2s4", "band_hz")
_YAW: Final = ("rms_ap_ms2", "rms_ml_ms2", "range_ap_ms2", "range_ml_ms2")
_NOT_METRICS: Final = ("start_s", "end_s", "rate_hz", "cutoff_hz", "method", "flags", "missing")
METRICS: Final = tuple(f.name for f in fields(Sway) if f.name not in _NOT_METRICS)


def unknown(start_s: float, end_s: float, rate_hz: float, reason: str, flags: tuple[str, ...] = ()) -> Sway:
    """A Sway in which every metric is missing for one reason."""
    return Sway(start_s, end_s, rate_hz, CUTOFF_HZ, flags=flags, missing=dict.fromkeys(METRICS, reason))


# ------------------------------------------------------------------------------------------------ metrics of a window


def measure(
    planar: Array,
    rate_hz: float,
    cutoff_hz: float | None = CUTOFF_HZ,
    *,
    yaw_known: bool = True,
    start_s: float = 0.0,
    padlen: int | None = None,
) -> Sway:
    """The final metric set of one window.

    Args:
        planar: (n, 2) horizontal acceleration m/s², columns AP, ML, evenly sampled.
        rate_hz: samples a second.
        cutoff_hz: zero-phase low-pass, or None for unfiltered.
        yaw_known: False leaves the per-axis values None with reason yaw_unknown.
        start_s: session time of the first sample.
        padlen: samples of odd padding of the filter; default 1 s.

    Returns:
        Sway; every metric None with reason bad_input when n < 3 or a value is not finite.
    """
    planar = np.asarray(planar, dtype=np.float64)
    n = len(planar)
    end_s = start_s + n / rate_hz
    if planar.ndim != 2 or planar.shape[1] != 2 or n < 3 or not np.isfinite(planar).all():
        return replace(unknown(start_s, end_s, rate_hz, "bad_input"), cutoff_hz=cutoff_hz)
    u = planar - planar.mean(axis=0)
    if not np.ptp(planar, axis=0).any():
        u = np.zeros_like(u)  # rounding of the mean is not motion
    elif cutoff_hz is not None:
        u = zero_phase(u, cutoff_hz, rate_hz, padlen)
        u -= u.mean(axis=0)
    values, missing = _time_domain(u, rate_hz)
    if (n - 1) / rate_hz >= LIMITS.spectrum_s - 1.5 / rate_hz and "mfreq_h_hz" not in missing:
        values |= _spectrum(u, rate_hz, cutoff_hz)
    else:
        missing |= dict.fromkeys(_SPECTRAL, "no_motion" if "mfreq_h_hz" in missing else "too_short")
    missing["noise_rms_ms2"] = "raw_samples_needed"  # a levelled, even signal no longer shows the sensor's noise
    if not yaw_known:
        values |= dict.fromkeys(_YAW)
        missing |= dict.fromkeys(_YAW, "yaw_unknown")
    return Sway(start_s, end_s, rate_hz, cutoff_hz, missing=missing, **values)  # type: ignore[arg-type]


def _time_domain(u: Array, rate_hz: float) -> tuple[dict[str, object], dict[str, str]]:
    n = len(u)
    duration_s = (n - 1) / rate_hz
    steps = np.diff(u, axis=0)
    step2 = np.einsum("ij,ij->i", steps, steps)
    path, jerk = float(np.sqrt(step2).sum()), float(0.5 * rate_hz * step2.sum())
    rms_ap, rms_ml = np.sqrt((u * u).mean(axis=0)).tolist()
    range_ap, range_ml = np.ptp(u, axis=0).tolist()
    mdist = float(np.hypot(u[:, 0], u[:, 1]).mean())
    s = u.T @ u / (n - 1)
    half_sum, half_diff = (s[0, 0] + s[1, 1]) / 2, (s[1, 1] - s[0, 0]) / 2
    root = math.hypot(half_diff, s[0, 1])
    large, small = half_sum + root, max(half_sum - root, 0.0)
    det = max(float(s[0, 0] * s[1, 1] - s[0, 1] ** 2), 0.0)
    corners = _hull(u)
    values: dict[str, object] = {
        "rms_h_ms2": math.hypot(rms_ap, rms_ml),
        "path_h_ms2": path,
        "path_rate_h_ms3": path / duration_s,
        "range_h_ms2": _diameter(corners),
        "ellipse95_m2s4": math.pi * CHI2_95 * math.sqrt(det),
        "hull_m2s4": _area(corners),
        "jerk_m2s5": jerk,
        "jerk_rate_m2s6": jerk / duration_s,
        "mdist_h_ms2": mdist,
        "rms_ap_ms2": rms_ap,
        "rms_ml_ms2": rms_ml,
        "range_ap_ms2": range_ap,
        "range_ml_ms2": range_ml,
    }
    if mdist == 0:
        return values, dict.fromkeys(("mfreq_h_hz", "axis_ratio", "axis_deg"), "no_motion")
    values["mfreq_h_hz"] = path / duration_s / (2 * math.pi * mdist)
    values["axis_ratio"] = math.sqrt(small / large)
    if small / large > LIMITS.round_ratio:
        return values, {"axis_deg": "round"}
    values["axis_deg"] = math.degrees(0.5 * math.atan2(2 * s[0, 1], s[1, 1] - s[0, 0])) % 180
    return values, {}


def _hull(u: Array) -> Array:
    """(m, 2) corners of the convex hull, counterclockwise (Andrew's monotone chain).

    The extremes in 32 directions span a polygon; points strictly inside it cannot be corners, and few remain.
    """
    angle = np.linspace(0, 2 * math.pi, 32, endpoint=False)
    rim = u[np.argmax(u @ np.stack([np.cos(angle), np.sin(angle)]), axis=0)]
    sides = np.roll(rim, -1, axis=0) - rim
    inside = np.full(len(u), bool(sides.any()))
    for (px, py), (dx, dy) in zip(rim.tolist(), sides.tolist(), strict=True):
        if dx or dy:
            inside &= dx * (u[:, 1] - py) - dy * (u[:, 0] - px) > 0
    points = np.unique(u[~inside], axis=0).tolist()  # sorted by x, then y
    if len(points) < 3:
        return np.array(points)
    chain: list[list[float]] = []
    for points_in_order in (points, points[::-1]):
        floor = len(chain) + 1
        for p in points_in_order:
            while len(chain) > floor and _turn(chain[-2], chain[-1], p) <= 0:
                chain.pop()
            chain.append(p)
        chain.pop()
    return np.array(chain)


def _turn(a: list[float], b: list[float], c: list[float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _area(corners: Array) -> float:
    x, y = corners[:, 0], corners[:, 1]
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def _diameter(corners: Array) -> float:
    apart = corners[:, None, :] - corners[None, :, :]
    return float(np.sqrt(np.einsum("ijk,ijk->ij", apart, apart).max()))


def _spectrum(u: Array, rate_hz: float, cutoff_hz: float | None) -> dict[str, object]:
    """Spectral moments along the first principal axis; densities are integrated with df."""
    from scipy.signal import welch  # over half a second of CPU: only when a final value is due

    _, vectors = np.linalg.eigh(u.T @ u)
    n = len(u)
    segment = n if n / rate_hz < 30 else round(20 * rate_hz)
    along: Array = u @ vectors[:, -1]
    f, p = welch(along, rate_hz, "hann", segment, segment // 2, detrend="linear")  # type: ignore[call-overload]
    band = (0.15, cutoff_hz or 5.0)
    use = (f >= band[0]) & (f <= band[1])
    f, p, df = f[use], p[use], float(f[1] - f[0])
    m0, m1, m2 = (float((f**i * p).sum() * df) for i in range(3))
    running = np.cumsum(p) * df
    return {
        "power_m2s4": m0,
        "f50_hz": _crossing(f, running, 0.50 * m0, df),
        "f95_hz": _crossing(f, running, 0.95 * m0, df),
        "cfreq_hz": math.sqrt(m2 / m0),
        "freqd": math.sqrt(max(1 - m1 * m1 / (m0 * m2), 0.0)),
        "band_hz": band,
    }


def _crossing(f: Array, running: Array, level: float, df: float) -> float:
    k = int(np.searchsorted(running, level))
    if df <= 0.05 + 1e-9 or k == 0:
        return float(f[min(k, len(f) - 1)])
    share = (level - running[k - 1]) / (running[k] - running[k - 1])
    return float(f[k - 1] + share * df)


# ------------------------------------------------------------------------------------------------ a trial as sampled


def measure_trial(
    t: Array,
    acc: Array,
    start_s: float,
    end_s: float,
    rate_hz: float,
    range_ms2: float | None = None,
    gravity_fault: str | None = None,
) -> Sway:
    """The final value of one trial from its samples in sensor axes.

    Gaps, rate, clipping, tilt and noise are judged, the samples put on a fixed 100 Hz grid by linear interpolation
    (never held), tilted upright by the window's mean, and measured.

    Args:
        t: (n,) s on the session clock, increasing.
        acc: (n, 3) m/s² in sensor axes, with gravity.
        start_s: the score window is [start_s, end_s).
        end_s: see start_s.
        rate_hz: nominal rate.
        range_ms2: full scale of one axis, or None.
        gravity_fault: what `frame.Stillest.gravity` found.
    """
    flags: list[str] = []
    if gravity_fault == "gravity":
        return unknown(start_s, end_s, GRID_HZ, "gravity")
    if gravity_fault:
        flags.append(gravity_fault)
    inside = slice(*np.searchsorted(t, [start_s, end_s - 1e-9]).tolist())
    t, acc = t[inside], acc[inside]
    if len(t) < 3 or end_s - start_s < LIMITS.shortest_s - 0.5 / rate_hz:
        return unknown(start_s, end_s, GRID_HZ, "too_short", tuple(flags))
    steps = np.diff(t)
    longest = float(steps.max()) - 1 / rate_hz
    if longest > LIMITS.longest_gap_s:
        t, acc = _longest_piece(t, acc, rate_hz)
        start_s, end_s = float(t[0]), float(t[-1]) + 1 / rate_hz
        flags.append("gap")
        if end_s - start_s < LIMITS.shortest_s:
            return unknown(start_s, end_s, GRID_HZ, "gap", tuple(flags))
        steps = np.diff(t)
    elif longest > LIMITS.flag_gap_s:
        flags.append("gap")
    real_rate_hz = 1 / float(np.median(steps))
    if real_rate_hz < LIMITS.lowest_rate_hz * 0.99:
        return unknown(start_s, end_s, GRID_HZ, "low_rate", (*flags, "low_rate"))
    if real_rate_hz < LIMITS.low_rate_hz:
        flags.append("low_rate")
    if any(clipped_axes(acc, range_ms2)):
        flags.append("clipped")
    if _frozen(acc, real_rate_hz):
        return unknown(start_s, end_s, GRID_HZ, "frozen", (*flags, "frozen"))
    up = up_vector(acc)
    if up is None or _moved_deg(acc, up, real_rate_hz) > LIMITS.moved_deg:
        return unknown(start_s, end_s, GRID_HZ, "placement_moved", tuple(flags))
    grid = start_s + np.arange(round((end_s - start_s) * GRID_HZ)) / GRID_HZ
    level = acc @ to_up(up).T
    planar = np.column_stack([np.interp(grid, t, level[:, axis]) for axis in (0, 1)])
    sway = measure(planar, GRID_HZ, yaw_known=False, start_s=start_s)
    flags += _drift(planar)
    noise_ms2 = _noise_ms2(acc) * math.sqrt(GRID_HZ / real_rate_hz)
    if _near_floor(sway, noise_ms2):
        flags.append("noise_floor")
    missing = {name: reason for name, reason in sway.missing.items() if name != "noise_rms_ms2"}
    floor = RMS_OF_NOISE * noise_ms2
    sway = replace(sway, end_s=end_s, noise_rms_ms2=floor, flags=tuple(flags), missing=missing)
    if sway.rms_h_ms2 is not None and sway.rms_h_ms2 > 0:
        return sway
    return replace(sway, flags=(*flags, "frozen"))


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
    cosine = seconds @ up / np.linalg.norm(seconds, axis=1)
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


# ------------------------------------------------------------------------------------------------ live


class SwayMeter:
    """Running RMS and path rate of levelled acceleration behind the causal 3.5 Hz filter: live values only.

    `update` takes (n, 2) m/s² [AP, ML]; any block size gives the same result within 1e-12.
    """

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self.reset()

    def reset(self) -> None:
        """Begin a new trial."""
        self._filter = CausalLowpass(CUTOFF_HZ, self.rate_hz)
        self._n = 0
        self._mean = np.zeros(2)
        self._squares = 0.0
        self._path = 0.0
        self._last: Array | None = None

    def update(self, planar: Array) -> None:
        """Add samples."""
        n = len(planar)
        if not n:
            return
        h = self._filter.update(planar)
        walk = h if self._last is None else np.vstack([self._last, h])
        self._path += float(np.hypot(*np.diff(walk, axis=0).T).sum())
        self._last = h[-1:]
        mean = h.mean(axis=0)
        apart = mean - self._mean
        total = self._n + n  # Chan's merge of two moments
        self._squares += float(((h - mean) ** 2).sum()) + float(apart @ apart) * self._n * n / total
        self._mean = self._mean + apart * (n / total)
        self._n = total

    def get(self) -> tuple[float, float] | None:
        """Live rms_h (m/s²) and path_rate_h (m/s³), or None before the third sample."""
        if self._n < 3:
            return None
        return math.sqrt(self._squares / self._n), self._path / (self._n - 1) * self.rate_hz


def mg(ms2: float) -> float:
    """m/s² as thousandths of g, for screens."""
    return ms2 / G0_MS2 * 1000
