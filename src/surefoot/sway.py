"""Sway of one stance: the metric set `sway/1`, final (zero-phase) and live (causal).

Notation: u[k] = (ml, ap), k = 0…N−1, after centring; T = (N−1)/rate; d[k] = u[k+1] − u[k]; S = covariance with N−1,
λ1 ≥ λ2 its eigenvalues; every other division by N. Definitions after Prieto 1996 (center-of-pressure measures) and
Mancini 2012 (ISway); what others print under similar names is compared in firmware-notes/needs/sway.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Final

import numpy as np

from surefoot import hull, spectrum
from surefoot.filters import CausalLowpass, zero_phase
from surefoot.samples import G0_MS2, Array

METHOD: Final = "sway/1"
CUTOFF_HZ: Final = 3.5  # low-pass of acceleration sway, as in ISway
CHI2_95: Final = 5.991464547  # 95 % quantile of χ² with 2 degrees of freedom
CIRCLE_95: Final = 1.645  # 95 % quantile of the normal distribution, one-sided (Prieto 1996)
SPECTRUM_S: Final = 20.0  # below: no spectrum
ROUND_RATIO: Final = 0.8  # λ2/λ1 above it: the axis has no direction


@dataclass(frozen=True, slots=True)
class Sway:
    """Results with their units in the names; None means unknown, with the reason in `missing`.

    Window: `start_s`, `end_s` on the session clock, [start, end); `rate_hz` of the grid; `cutoff_hz` None = unfiltered.

    Rotation-invariant, always there:
    `rms_h_ms2` √(rms_ml² + rms_ap²) · `path_h_ms2` Σ|d| · `path_rate_h_ms3` path/T · `range_h_ms2` largest distance of
    two points · `ellipse95_m2s4` π·5.991·√det S, the χ² prediction ellipse (Schubert & Kirchner 2014); not the F form,
    not a confidence ellipse of the mean · `circle95_m2s4` π(mdist + 1.645·SD of |u|)² · `hull_m2s4` area of the convex
    hull · `area_rate_m2s5` Σ|ap[k+1]·ml[k] − ap[k]·ml[k+1]|/2T · `jerk_m2s5` ½·rate·Σ|d|² = ½∫|da/dt|²dt by forward
    differences · `jerk_rate_m2s6` jerk/T · `mdist_h_ms2` Σ|u|/N · `mfreq_h_hz` path_rate/(2π·mdist), the path form; the
    mean of a spectrum is another number · `axis_ratio` √(λ2/λ1).

    Along axes, only when the heading is known, else None (`yaw_unknown`): `rms_…`, `path_…`, `path_rate_…`, `range_…`,
    `drift_…` (least-squares slope × T) for `_ap` and `_ml`; `lean_ap_deg`, `lean_ml_deg` from the calibrated upright,
    + forward, + right. `axis_deg`: from +ML toward +AP; in the levelled sensor frame while the heading is unknown.

    Spectrum along the first principal axis, windows of 20 s and more: `power_m2s4`, `f50_hz`, `f95_hz`, `cfreq_hz`,
    `freqd`, `band_hz`; see `surefoot.spectrum`.

    `noise_rms_ms2`: what the sensor's white noise alone would add up to as rms_h. Flags: low_rate, gap, clipped, drift,
    noise_floor, frozen, gravity_unchecked.
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
    circle95_m2s4: float | None = None
    hull_m2s4: float | None = None
    area_rate_m2s5: float | None = None
    jerk_m2s5: float | None = None
    jerk_rate_m2s6: float | None = None
    mdist_h_ms2: float | None = None
    mfreq_h_hz: float | None = None
    axis_ratio: float | None = None
    axis_deg: float | None = None
    rms_ap_ms2: float | None = None
    rms_ml_ms2: float | None = None
    path_ap_ms2: float | None = None
    path_ml_ms2: float | None = None
    path_rate_ap_ms3: float | None = None
    path_rate_ml_ms3: float | None = None
    range_ap_ms2: float | None = None
    range_ml_ms2: float | None = None
    drift_ap_ms2: float | None = None
    drift_ml_ms2: float | None = None
    lean_ap_deg: float | None = None
    lean_ml_deg: float | None = None
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


_NOT_METRICS: Final = ("start_s", "end_s", "rate_hz", "cutoff_hz", "method", "flags", "missing")
METRICS: Final = tuple(f.name for f in fields(Sway) if f.name not in _NOT_METRICS)
SPECTRAL: Final = ("f50_hz", "f95_hz", "cfreq_hz", "freqd", "power_m2s4", "band_hz")
ALONG_AXES: Final = tuple(name for name in METRICS if "_ap_" in name or "_ml_" in name)
WINDOW_ONLY: Final = ("range_h_ms2", "hull_m2s4", "circle95_m2s4", "area_rate_m2s5", "mdist_h_ms2", "mfreq_h_hz")
"""Exact only with the whole window in hand: the hull, and what needs the centre beforehand."""
RAW_ONLY: Final = ("lean_ap_deg", "lean_ml_deg", "noise_rms_ms2")
"""A levelled, even signal no longer shows the sensor's noise nor the upright it was calibrated at."""


def unknown(
    start_s: float,
    end_s: float,
    rate_hz: float,
    reason: str,
    flags: tuple[str, ...] = (),
    cutoff_hz: float | None = CUTOFF_HZ,
) -> Sway:
    """A Sway in which every metric is missing for one reason."""
    return Sway(start_s, end_s, rate_hz, cutoff_hz, flags=flags, missing=dict.fromkeys(METRICS, reason))


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
        return unknown(start_s, end_s, rate_hz, "bad_input", cutoff_hz=cutoff_hz)
    u = _centred(planar, rate_hz, cutoff_hz, padlen)
    sums = _sums_of(u)
    values, missing = _summed(sums, rate_hz)
    _whole(u, rate_hz, values, missing)
    found = spectrum.describe(_first_axis(sums.squares) @ u, rate_hz, cutoff_hz) if _long(n, rate_hz) else None
    if found is None:
        missing |= dict.fromkeys(SPECTRAL, "no_motion" if _long(n, rate_hz) else "too_short")
    else:
        values |= {name: getattr(found, name) for name in SPECTRAL if name != "power_m2s4"}
        values["power_m2s4"] = found.power
    missing |= dict.fromkeys(RAW_ONLY, "raw_samples_needed")
    if not yaw_known:
        values = {name: value for name, value in values.items() if name not in ALONG_AXES}
        missing |= dict.fromkeys(ALONG_AXES, "yaw_unknown")
    return Sway(start_s, end_s, rate_hz, cutoff_hz, missing=missing, **values)  # type: ignore[arg-type]


def _centred(planar: Array, rate_hz: float, cutoff_hz: float | None, padlen: int | None) -> Array:
    """(2, n) rows AP, ML about their means, filtered."""
    x = np.ascontiguousarray(planar.T)  # an axis a row: sums over columns of two are slow
    u = x - x.mean(axis=1, keepdims=True)
    if (x == x[:, :1]).all():
        u = np.zeros_like(u)  # rounding of the mean is not motion
    elif cutoff_hz is not None:
        u = zero_phase(u.T, cutoff_hz, rate_hz, padlen).T
        u = u - u.mean(axis=1, keepdims=True)
    return np.ascontiguousarray(u)


def _long(n: int, rate_hz: float) -> bool:
    return n / rate_hz >= SPECTRUM_S - 0.5 / rate_hz


def _first_axis(squares: Array) -> Array:
    axis: Array = np.linalg.eigh(squares)[1][:, -1]
    return axis


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Everything that can be summed up sample by sample. Columns AP, ML; `squares` about the mean."""

    n: int
    squares: Array
    path_h: float
    path: Array
    steps2: float
    low: Array
    high: Array
    drift: Array


def _sums_of(u: Array) -> _Sums:
    """Of a whole centred window, rows AP, ML."""
    n = u.shape[1]
    steps = np.diff(u)
    step2 = steps[0] * steps[0] + steps[1] * steps[1]
    slope = np.arange(n) / (n - 1) - 0.5
    return _Sums(
        n=n,
        squares=u @ u.T,
        path_h=float(np.sqrt(step2).sum()),
        path=np.abs(steps).sum(axis=1),
        steps2=float(step2.sum()),
        low=u.min(axis=1),
        high=u.max(axis=1),
        drift=u @ slope / (slope @ slope),
    )


def _summed(sums: _Sums, rate_hz: float) -> tuple[dict[str, object], dict[str, str]]:
    """Metrics that need only the sums: the live meter and the final value share this."""
    duration_s = (sums.n - 1) / rate_hz
    rms = np.sqrt(np.maximum(np.diag(sums.squares), 0.0) / sums.n)
    s = sums.squares / (sums.n - 1)
    half_sum, half_diff = (s[0, 0] + s[1, 1]) / 2, (s[1, 1] - s[0, 0]) / 2
    root = math.hypot(half_diff, s[0, 1])
    large, small = half_sum + root, max(half_sum - root, 0.0)
    jerk = 0.5 * rate_hz * sums.steps2
    values: dict[str, object] = {
        "rms_h_ms2": math.hypot(*rms.tolist()),
        "path_h_ms2": sums.path_h,
        "path_rate_h_ms3": sums.path_h / duration_s,
        "ellipse95_m2s4": math.pi * CHI2_95 * math.sqrt(max(float(s[0, 0] * s[1, 1] - s[0, 1] ** 2), 0.0)),
        "jerk_m2s5": jerk,
        "jerk_rate_m2s6": jerk / duration_s,
    }
    for k, axis in enumerate(("ap", "ml")):
        values[f"rms_{axis}_ms2"] = float(rms[k])
        values[f"path_{axis}_ms2"] = float(sums.path[k])
        values[f"path_rate_{axis}_ms3"] = float(sums.path[k]) / duration_s
        values[f"range_{axis}_ms2"] = float(sums.high[k] - sums.low[k])
        values[f"drift_{axis}_ms2"] = float(sums.drift[k])
    if large <= 0:
        return values, dict.fromkeys(("axis_ratio", "axis_deg"), "no_motion")
    values["axis_ratio"] = math.sqrt(small / large)
    if small / large > ROUND_RATIO:
        return values, {"axis_deg": "round"}
    values["axis_deg"] = math.degrees(0.5 * math.atan2(2 * s[0, 1], s[1, 1] - s[0, 0])) % 180
    return values, {}


def _whole(u: Array, rate_hz: float, values: dict[str, object], missing: dict[str, str]) -> None:
    """Metrics that need the whole centred window."""
    ap, ml = u
    mdist = float(np.sqrt(ap * ap + ml * ml).mean())
    duration_s = (len(ap) - 1) / rate_hz
    rim = hull.corners(u.T)
    rms_h, path_rate = values["rms_h_ms2"], values["path_rate_h_ms3"]
    assert isinstance(rms_h, float)
    assert isinstance(path_rate, float)
    spread = math.sqrt(max(rms_h * rms_h - mdist * mdist, 0.0))
    values["range_h_ms2"] = hull.diameter(rim)
    values["hull_m2s4"] = hull.area(rim)
    values["mdist_h_ms2"] = mdist
    values["circle95_m2s4"] = math.pi * (mdist + CIRCLE_95 * spread) ** 2
    values["area_rate_m2s5"] = float(np.abs(ap[1:] * ml[:-1] - ap[:-1] * ml[1:]).sum()) / (2 * duration_s)
    if mdist > 0:
        values["mfreq_h_hz"] = path_rate / (2 * math.pi * mdist)
    else:
        missing["mfreq_h_hz"] = "no_motion"


# ------------------------------------------------------------------------------------------------ live


class StreamingSway:
    """The metrics that can be kept up sample by sample, in O(1) memory: N, mean, covariance, RMS, ellipse, paths,
    ranges, jerk, axis, drift. After every sample they equal `measure(…, cutoff_hz=None)` of all samples so far.

    `update` takes (n, 2) m/s² [AP, ML]; `get` gives a Sway, None before the third sample; what needs the whole window
    is None in it with the reason `window`.
    """

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.n = 0
        self._mean = np.zeros(2)
        self._squares = np.zeros((2, 2))
        self._slope = np.zeros(2)  # Σ (k − mean k)(u − mean u)
        self._path_h = self._steps2 = 0.0
        self._path = np.zeros(2)
        self._low, self._high = np.full(2, np.inf), np.full(2, -np.inf)
        self._last: Array | None = None

    def update(self, planar: Array) -> None:
        """Add samples. Moments of a block are merged into those so far (Chan, Golub & LeVeque 1983)."""
        n = len(planar)
        if not n:
            return
        before = planar[:1] if self._last is None else self._last
        walk = np.concatenate([before, planar]).T
        steps, u = np.diff(walk), walk[:, 1:]
        step2 = (steps * steps).sum(axis=0)
        self._last = planar[-1:]
        self._path_h += float(np.sqrt(step2).sum())
        self._steps2 += float(step2.sum())
        self._path = self._path + np.abs(steps).sum(axis=1)
        self._low = np.minimum(self._low, u.min(axis=1))
        self._high = np.maximum(self._high, u.max(axis=1))
        mean = u.sum(axis=1) / n
        centred, apart, total = u - mean[:, None], mean - self._mean, self.n + n
        weight = self.n * n / total
        # the mean index of the block lies total/2 behind that of all samples before it
        self._squares = self._squares + centred @ centred.T + np.outer(apart, apart) * weight
        self._slope = self._slope + centred @ np.arange(n) + apart * (weight * total / 2)
        self._mean = self._mean + apart * (n / total)
        self.n = total

    def headline(self) -> tuple[float, float] | None:
        """`rms_h_ms2` and `path_rate_h_ms3` alone, for a screen that asks after every packet; None before the third."""
        if self.n < 3:
            return None
        rms_h = math.sqrt(max(float(self._squares[0, 0] + self._squares[1, 1]), 0.0) / self.n)
        return rms_h, self._path_h / (self.n - 1) * self.rate_hz

    def get(self) -> Sway | None:
        """The values so far."""
        if self.n < 3:
            return None
        n = self.n
        drift = self._slope / (n * (n * n - 1) / 12) * (n - 1)
        sums = _Sums(n, self._squares, self._path_h, self._path, self._steps2, self._low, self._high, drift)
        values, missing = _summed(sums, self.rate_hz)
        missing |= dict.fromkeys((*WINDOW_ONLY, *SPECTRAL), "window") | dict.fromkeys(RAW_ONLY, "raw_samples_needed")
        return Sway(0.0, n / self.rate_hz, self.rate_hz, None, missing=missing, **values)  # type: ignore[arg-type]


class SwayMeter:
    """Live sway of any stream: levelled acceleration behind the causal 3.5 Hz filter, summed up as it comes. (The hold
    does the same with the filter that its detector needs anyway.)

    Live values differ from final ones by design (RMS by a percent, path by several); never compare the two.
    """

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self.reset()

    def reset(self) -> None:
        """Begin a new trial."""
        self._filter = CausalLowpass(min(CUTOFF_HZ, 0.4 * self.rate_hz), self.rate_hz)
        self._sums = StreamingSway(self.rate_hz)

    def update(self, planar: Array) -> None:
        """Add (n, 2) samples, m/s² [AP, ML]."""
        self._sums.update(self._filter.update(planar))

    def get(self) -> Sway | None:
        """The live values, or None before the third sample."""
        return self._sums.get()


def mg(ms2: float) -> float:
    """m/s² as thousandths of g, for screens."""
    return ms2 / G0_MS2 * 1000
