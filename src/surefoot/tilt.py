"""How far the trunk leans during a hold, and what follows from it: a lean, a step. Never used to take gravity out of
scored data.

With a gyroscope: VQF (Laidig & Seel 2023; MIT), which also learns the gyroscope's bias while the sensor rests; of the
filters compared on a noisy simulated pendulum it is the most accurate once the bias is gone (0.06°). Without: where
the accelerometer points behind a causal 0.5 Hz low-pass, which is late by half a second and no better than 0.6°.

Lean: over 15° from the start of the trial. Step or stumble: over 8°, or turning faster than 50 °/s. Each for 0.3 s.
The thresholds are the balance chapter's starting points; no real recording has confirmed them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surefoot.filters import CausalLowpass
from surefoot.instability import Found
from surefoot.samples import Array, ImuBlock


@dataclass(frozen=True, slots=True)
class TiltLimits:
    """Thresholds; provisional."""

    lean_deg: float = 15.0
    step_deg: float = 8.0
    turn_rads: float = math.radians(50)
    lasts_s: float = 0.3
    rearm_share: float = 0.8  # a value must fall below this share of its threshold before it can fire again
    lowpass_hz: float = 0.5


LIMITS = TiltLimits()


class TrunkTilt:
    """Streaming: blocks in sensor axes → the up direction in sensor axes, sample by sample.

    The low-pass always runs: a gyroscope that falls silent leaves the trial to it for good, because the direction would
    jump between two estimates otherwise.
    """

    def __init__(self, rate_hz: float, gyro: bool) -> None:
        self._lowpass = CausalLowpass(min(LIMITS.lowpass_hz, 0.4 * rate_hz), rate_hz)
        self._vqf = None
        if gyro:
            from vqf import VQF  # type: ignore[import-untyped]  # compiled; only for sensors that have a gyroscope

            self._vqf = VQF(1 / rate_hz)

    def update(self, block: ImuBlock) -> Array:
        """(n, 3) unit vectors."""
        smooth = self._lowpass.update(block.acc)
        if block.gyr is None:
            self._vqf = None
        if self._vqf is None:
            up: Array = smooth / np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-9)
            return up
        found = self._vqf.updateBatch(np.ascontiguousarray(block.gyr), np.ascontiguousarray(block.acc))
        w, x, y, z = found["quat6D"].T  # sensor → earth; the earth's up seen from the sensor is the third row
        return np.column_stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)])


class TiltDetector:
    """Streaming over the up direction and the turning rate; begin a new one at each lift, with its upright."""

    def __init__(self, rate_hz: float, upright: Array) -> None:
        self.upright = upright
        self._lasts_n = max(1, round(LIMITS.lasts_s * rate_hz))
        self._runs = {"lean": 0, "step": 0}
        self._fired = {"lean": False, "step": False}

    def update(self, t: Array, up: Array, turn_rads: Array | None) -> list[Found]:
        """(n,) s, (n, 3) unit vectors, (n,) rad/s or None."""
        tilt_deg = np.degrees(np.arccos(np.clip(up @ self.upright, -1, 1)))
        step = tilt_deg / LIMITS.step_deg
        if turn_rads is not None:
            step = np.maximum(step, turn_rads / LIMITS.turn_rads)
        found = []
        for kind, level in (("step", step), ("lean", tilt_deg / LIMITS.lean_deg)):
            if self._runs[kind] or self._fired[kind] or float(level.max()) > 1:
                found += self._follow(kind, t, level)
        return sorted(found, key=lambda hit: hit.at)

    def _follow(self, kind: str, t: Array, level: Array) -> list[Found]:
        found = []
        run, fired = self._runs[kind], self._fired[kind]
        for k, value in enumerate(level.tolist()):
            run = run + 1 if value > 1 else 0
            if fired:
                fired = value > LIMITS.rearm_share
            elif run >= self._lasts_n:
                found.append(Found(float(t[k]), kind, k))
                fired = True
        self._runs[kind], self._fired[kind] = run, fired
        return found
