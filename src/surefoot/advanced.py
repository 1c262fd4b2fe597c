"""Advanced sway metrics, on request and never in a score: sample entropy, detrended fluctuations, diffusion.

They need 28 s and several trials, and programs that print them under one name differ in what they fit: the scale ranges
here are fixed and named. Each takes one (n,) signal, evenly sampled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from surefoot.samples import Array

METHOD: Final = "advanced/1"
SHORTEST_S: Final = 28.0  # what a hold of 30 s leaves after lifting the foot
ENTROPY_HZ: Final = 25.0  # sway sampled at 100 Hz is so smooth that its entropy is close to nothing
ENTROPY_M: Final = 2
ENTROPY_R: Final = 0.2  # of the SD
DFA_SHORTEST_S: Final = 0.5
DFA_LARGEST_SHARE: Final = 0.1  # of the signal
SHORT_S: Final = (0.1, 0.5)  # diffusion: open loop
LONG_S: Final = (2.0, 10.0)  # and closed loop


@dataclass(frozen=True, slots=True)
class Advanced:
    """`sampen` at 25 Hz, m = 2, r = 0.2 SD (N − 1) · `dfa_alpha` order 1, boxes 0.5 s to a tenth of the window ·
    `diffusion_…`: half the slope of the mean square displacement over 0.1–0.5 s (short) and 2–10 s (long), in
    (m/s²)²/s · `hurst_…`: half its log-log slope there (Collins & De Luca 1993). None with a reason in `missing`."""

    method: str = METHOD
    sampen: float | None = None
    dfa_alpha: float | None = None
    diffusion_short_m2s5: float | None = None
    diffusion_long_m2s5: float | None = None
    hurst_short: float | None = None
    hurst_long: float | None = None
    missing: dict[str, str] = field(default_factory=dict)


METRICS: Final = (
    "sampen", "dfa_alpha", "diffusion_short_m2s5", "diffusion_long_m2s5", "hurst_short", "hurst_long",
)  # fmt: skip


def measure(x: Array, rate_hz: float) -> Advanced:
    """All of them along one axis: (n,) m/s² at `rate_hz`."""
    reason = None
    if x.ndim != 1 or not np.isfinite(x).all():
        reason = "bad_input"
    elif len(x) < SHORTEST_S * rate_hz - 0.5:
        reason = "too_short"
    elif not np.ptp(x):
        reason = "no_motion"
    if reason is not None:
        return Advanced(missing=dict.fromkeys(METRICS, reason))
    size = float(np.ptp(x))
    x = x / size  # tiny signals would vanish when squared
    short, long = (diffusion(x, rate_hz, span) for span in (SHORT_S, LONG_S))
    entropy = sample_entropy(_slower(x, rate_hz))
    return Advanced(
        sampen=entropy,
        dfa_alpha=dfa(x, rate_hz),
        diffusion_short_m2s5=short[0] * size * size,
        diffusion_long_m2s5=long[0] * size * size,
        hurst_short=short[1],
        hurst_long=long[1],
        missing={} if entropy is not None else {"sampen": "no_match"},
    )


def _slower(x: Array, rate_hz: float) -> Array:
    """At 25 Hz by linear interpolation: the 3.5 Hz low-pass has long removed what could fold back."""
    t = np.arange(0, (len(x) - 1) / rate_hz + 1e-9, 1 / ENTROPY_HZ)
    slow: Array = np.interp(t, np.arange(len(x)) / rate_hz, x)
    return slow


def sample_entropy(x: Array, m: int = ENTROPY_M, r: float = ENTROPY_R) -> float | None:
    """−ln(A/B): how seldom runs of m that stay within r·SD of each other go on to do so (Richman & Moorman 2000).

    None when no run repeats. Work grows with n²; 750 samples take some milliseconds.
    """
    n, limit = len(x), r * float(x.std(ddof=1))
    shorter = longer = 0
    for lag in range(1, n - m):
        near = np.abs(x[lag:] - x[:-lag]) <= limit
        run = near[: n - m - lag].copy()
        for k in range(1, m):
            run &= near[k : n - m - lag + k]
        shorter += int(run.sum())
        longer += int((run & near[m : n - lag]).sum())
    return math.log(shorter / longer) if longer else None


def dfa(x: Array, rate_hz: float) -> float:
    """Slope of log F against log box size, order 1, non-overlapping boxes (Peng 1994). White 0.5, Brownian 1.5."""
    profile = np.cumsum(x - x.mean())
    largest = len(x) * DFA_LARGEST_SHARE
    sizes = np.unique(np.rint(np.geomspace(DFA_SHORTEST_S * rate_hz, largest, 16)).astype(int))
    spread = []
    for size in sizes.tolist():
        boxes = profile[: len(profile) // size * size].reshape(-1, size)
        boxes = boxes - boxes.mean(axis=1, keepdims=True)
        ramp = np.arange(size) - (size - 1) / 2
        rest = boxes - np.outer(boxes @ ramp / (ramp @ ramp), ramp)
        spread.append(math.sqrt(float((rest * rest).mean())))
    return float(np.polyfit(np.log(sizes), np.log(spread), 1)[0])


def diffusion(x: Array, rate_hz: float, span_s: tuple[float, float]) -> tuple[float, float]:
    """(half the slope of the mean square displacement, half its log-log slope) over the lags of `span_s`.

    A random walk with steps N(0, 2D/rate) has (D, 0.5).
    """
    lags = np.arange(round(span_s[0] * rate_hz), round(span_s[1] * rate_hz) + 1)
    squares = np.array([float(((x[lag:] - x[:-lag]) ** 2).mean()) for lag in lags.tolist()])
    lag_s = lags / rate_hz
    slope = float(np.polyfit(lag_s, squares, 1)[0]) / 2
    return slope, float(np.polyfit(np.log(lag_s), np.log(np.maximum(squares, 1e-300)), 1)[0]) / 2
