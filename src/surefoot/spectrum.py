"""Power spectrum of sway, and the five numbers made of it. None of them enters a score.

Welch 1967: Hann window, segments of 20 s (the whole window when it is shorter than 30 s), half overlap, a straight line
removed from each segment, no zero padding. One-sided density; every integral is taken with df. Moments mᵢ = Σ fⁱ·P·df:
power = m0, centroidal frequency √(m2/m0), frequency dispersion √(1 − m1²/(m0·m2)) (Prieto 1996); f50, f95: where the
running power reaches 50 and 95 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from surefoot.samples import Array

SEGMENT_S: Final = 20.0
WHOLE_BELOW_S: Final = 30.0
LOWEST_HZ: Final = 0.15  # slower than that a 20 s segment does not resolve
HIGHEST_HZ: Final = 5.0  # for unfiltered signals
FINE_HZ: Final = 0.05  # coarser bins are interpolated


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Numbers of one axis: power in the square of the signal's unit, frequencies in Hz, `freqd` without unit."""

    power: float
    f50_hz: float
    f95_hz: float
    cfreq_hz: float
    freqd: float
    band_hz: tuple[float, float]


def density(x: Array, rate_hz: float) -> tuple[Array, Array]:
    """Frequencies in Hz and one-sided density of (n,) samples, as `scipy.signal.welch` gives them."""
    n = len(x)
    size = n if n / rate_hz < WHOLE_BELOW_S else round(SEGMENT_S * rate_hz)
    step = size - size // 2
    starts = np.arange(0, n - size + 1, step)
    parts = x[starts[:, None] + np.arange(size)]
    ramp = np.linspace(-1.0, 1.0, size)
    ramp -= ramp.mean()
    parts = parts - parts.mean(axis=1, keepdims=True)
    parts -= np.outer(parts @ ramp / (ramp @ ramp), ramp)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    power = (np.abs(np.fft.rfft(parts * window, axis=1)) ** 2).mean(axis=0) / (rate_hz * (window @ window))
    power[1 : -1 if size % 2 == 0 else None] *= 2
    return np.arange(len(power), dtype=np.float64) * (rate_hz / size), power


def describe(x: Array, rate_hz: float, cutoff_hz: float | None) -> Spectrum | None:
    """The numbers of (n,) samples from 0.15 Hz to the cut-off (5 Hz when unfiltered); None without power in there."""
    f, p = density(x, rate_hz)
    band = (LOWEST_HZ, HIGHEST_HZ if cutoff_hz is None else cutoff_hz)
    use = (f >= band[0] - 1e-9) & (f <= band[1] + 1e-9)
    df = float(f[1] - f[0])
    f, p = f[use], p[use] * df
    m0, m1, m2 = float(p.sum()), float(f @ p), float((f * f) @ p)
    if m0 * m2 <= 0:  # nothing moves, or so little that the squares vanish
        return None
    running = np.cumsum(p)
    return Spectrum(
        power=m0,
        f50_hz=_crossing(f, running, 0.50 * m0, df),
        f95_hz=_crossing(f, running, 0.95 * m0, df),
        cfreq_hz=math.sqrt(m2 / m0),
        freqd=math.sqrt(max(1 - m1 * m1 / (m0 * m2), 0.0)),
        band_hz=band,
    )


def _crossing(f: Array, running: Array, level: float, df: float) -> float:
    k = int(np.searchsorted(running, level * (1 - 1e-12)))
    if df <= FINE_HZ + 1e-9 or k == 0:
        return float(f[k])
    share = (level - running[k - 1]) / (running[k] - running[k - 1])
    return float(f[k - 1] + share * df)
