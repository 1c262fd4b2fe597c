"""Low-pass filters: streaming with visible state, and zero-phase over a stored window.

Both use one second-order Butterworth section. Its coefficients are the closed form of the bilinear transform with
prewarping, so the live path need not wait for scipy (whose import costs most of a second of CPU); a test compares them
with `scipy.signal.butter`.
"""

from __future__ import annotations

import math

import numpy as np

from surefoot.errors import UsageError
from surefoot.samples import Array

Section = tuple[float, float, float, float, float]


def butter2(cutoff_hz: float, rate_hz: float) -> Section:
    """b0, b1, b2, a1, a2 (a0 = 1) of a Butterworth low-pass of order 2, −3 dB at `cutoff_hz`.

    Raises:
        UsageError: a cut-off at or above half the rate.
    """
    if not 0 < cutoff_hz < rate_hz / 2:
        raise UsageError(f"a low-pass of {cutoff_hz:g} Hz needs more than {2 * cutoff_hz:g} samples a second")
    w = math.tan(math.pi * cutoff_hz / rate_hz)
    norm = 1 / (1 + math.sqrt(2) * w + w * w)
    b0 = w * w * norm
    return b0, 2 * b0, b0, 2 * (w * w - 1) * norm, (1 - math.sqrt(2) * w + w * w) * norm


class CausalLowpass:
    """Streaming Butterworth order 2 over (n, c) blocks; starts as if the first sample had always been there.

    Plain Python on purpose: sequential arithmetic gives bit-identical output for any block size.
    """

    def __init__(self, cutoff_hz: float, rate_hz: float) -> None:
        self.cutoff_hz, self.rate_hz = cutoff_hz, rate_hz
        self._section = butter2(cutoff_hz, rate_hz)
        self._state: list[tuple[float, float]] | None = None

    def reset(self) -> None:
        """Forget everything heard so far."""
        self._state = None

    def update(self, x: Array) -> Array:
        """(n, c) in, (n, c) filtered out."""
        b0, b1, b2, a1, a2 = self._section
        if self._state is None:
            if not len(x):
                return x
            self._state = [((b1 - a1 + b2 - a2) * v, (b2 - a2) * v) for v in x[0].tolist()]
        out = np.empty_like(x)
        for channel, (z1, z2) in enumerate(self._state):
            ys = []
            for v in x[:, channel].tolist():
                y = b0 * v + z1
                z1 = b1 * v - a1 * y + z2
                z2 = b2 * v - a2 * y
                ys.append(y)
            out[:, channel] = ys
            self._state[channel] = (z1, z2)
        return out


def zero_phase(x: Array, cutoff_hz: float, rate_hz: float, padlen: int | None = None) -> Array:
    """Butterworth order 2 forward and backward along axis 0: −6 dB at `cutoff_hz`, no delay.

    Args:
        x: (n,) or (n, c), n ≥ 2.
        cutoff_hz: below half of `rate_hz`.
        rate_hz: sampling rate.
        padlen: samples of odd extension at each end; default 1 s, or n − 1 when the window is shorter.
    """
    from scipy.signal import sosfiltfilt  # over half a second of CPU: only when a final value is due

    b0, b1, b2, a1, a2 = butter2(cutoff_hz, rate_hz)
    pad = min(round(rate_hz), len(x) - 1) if padlen is None else padlen
    sos = np.array([[b0, b1, b2, 1.0, a1, a2]])
    return np.asarray(sosfiltfilt(sos, x, axis=0, padtype="odd", padlen=pad), dtype=np.float64)
