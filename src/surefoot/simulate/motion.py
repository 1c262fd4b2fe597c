"""What a body does, before any sensor sees it, and the two filters that truth needs.

Nothing here is shared with the code that judges recordings: filters work in the frequency domain, so that a
mistake in a biquad cannot hide behind the same mistake in the truth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surefoot.samples import Array


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Noise-free motion at the place of the sensor, on an even grid from t = 0.

    `force` (n, 3) specific force, m/s²; `spin` (n, 3) angular rate, rad/s; columns AP, ML, V of the body.
    """

    rate_hz: float
    force: Array
    spin: Array

    @property
    def duration_s(self) -> float:
        """Time from the first to the last sample."""
        return (len(self.force) - 1) / self.rate_hz


def clock(duration_s: float, rate_hz: float) -> Array:
    """(n,) times in s of an even grid [0, duration_s)."""
    return np.arange(max(2, round(duration_s * rate_hz))) / rate_hz


def lowpass(x: Array, rate_hz: float, cutoff_hz: float) -> Array:
    """Zero-phase low-pass of (n, k): the amplitude gain of an order-2 Butterworth run forward and backward.

    |H|² of the bilinear-transformed filter is 1 / (1 + (tan(πf/fs) / tan(πfc/fs))⁴); both directions together
    have that as amplitude gain. The ends are continued by their point reflection for four cut-off periods and
    64 samples; the filter forgets by e in 0.23 cut-off periods, near the Nyquist frequency (fc = 0.45 fs) by 0.8
    a sample, so that less than 1e-6 of what lies beyond is left.
    """
    n = len(x)
    pad = min(n - 1, int(np.ceil(4 * rate_hz / cutoff_hz)) + 64)
    head, tail = 2 * x[0] - x[pad:0:-1], 2 * x[-1] - x[-2 : -pad - 2 : -1]
    long = np.concatenate((head, x, tail))
    f = np.fft.rfftfreq(len(long), 1 / rate_hz)
    f[-1] = min(f[-1], 0.499999 * rate_hz)  # the tangent's pole at the Nyquist frequency
    gain = 1 / (1 + (np.tan(np.pi * f / rate_hz) / np.tan(np.pi * cutoff_hz / rate_hz)) ** 4)
    smooth = np.fft.irfft(np.fft.rfft(long, axis=0) * gain[:, None], len(long), axis=0)
    middle: Array = smooth[pad : pad + n]
    return middle


def band_noise(rng: np.random.Generator, n: int, rate_hz: float, low_hz: float, high_hz: float) -> Array:
    """(n,) Gaussian noise of a flat band, RMS 1: random lines in the band and none outside."""
    f = np.fft.rfftfreq(n, 1 / rate_hz)
    inside = (f >= low_hz) & (f <= high_hz)
    inside[max(1, int(np.argmin(np.abs(f - low_hz))))] = True  # even a record too short to have a line inside
    lines = np.where(inside, rng.standard_normal(len(f)) + 1j * rng.standard_normal(len(f)), 0)
    x = np.fft.irfft(lines, n)
    unit: Array = x / np.sqrt(np.mean(x**2))
    return unit


def horizontal_rms(force: Array, rate_hz: float, cutoff_hz: float | None) -> float:
    """RMS of the horizontal vector of (n, 3) about its mean, m/s², after the low-pass (None: unfiltered)."""
    planar = force[:, :2]
    if cutoff_hz is not None:
        planar = lowpass(planar, rate_hz, cutoff_hz)
    planar = planar - planar.mean(axis=0)
    return float(np.sqrt(np.mean(np.sum(planar**2, axis=1))))
