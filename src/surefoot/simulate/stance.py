"""Quiet standing: an inverted pendulum per axis, held up by delayed muscles and pushed by colored noise.

    θ″ = Ω²·sin θ − Ω²·kp·θ − bp·θ′ − Ω²·ka·θ(t−Δ) − ba·θ′(t−Δ) + n(t) + c(t),      Ω² = g/h

`n` is first-order (Ornstein-Uhlenbeck) noise, `c` a rare corrective jerk without net impulse. Integrated by
semi-implicit Euler. One rigid segment, no hips, no arms: above about 20 mg RMS the implied center of pressure
would leave a foot, so the eyes-closed and mat presets model the waist's acceleration, not the foot.

The presets are surefoot's own fit: two_eo_firm and two_eo_mat to the center of pressure of recordings
BDS00001 and BDS00007 (Santos & Duarte 2016, PeerJ 4:e2648); the RMS of the one-leg presets to published
ratios between conditions. Path, jerk and spectrum of one-leg stances have no published source.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, sin, sqrt
from typing import Final

import numpy as np

from surefoot.errors import UsageError
from surefoot.samples import G0_MS2, Array

STEP_S: Final = 0.002  # 60 steps in the shortest loop delay
BURN_IN_S: Final = 15.0  # many times the slowest time constant (≈ 1 s): the start at θ = 0 is forgotten
CENTER_M: Final = 0.95  # height of the center of mass of an adult of about 1.7 m
PASSIVE_DAMPING_HZ: Final = 0.1  # bp, 1/s: tissue damps little beside the delayed loop
CORRECTION_S: Final = (0.35, 0.7)  # shortest and longest corrective jerk
CORRECTION_ML_SHARE: Final = 0.7  # on one leg most corrections go sideways, across the narrow foot


@dataclass(frozen=True, slots=True)
class Muscles:
    """One axis: delayed stiffness `ka` (of m·g·h), delayed damping `ba_hz` (1/s), noise SD `noise_rads2`."""

    ka: float
    ba_hz: float
    noise_rads2: float


@dataclass(frozen=True, slots=True)
class StancePreset:
    """A person in a condition: passive stiffness `kp` (of m·g·h), the two axes, loop delay, noise time
    constant, and corrective jerks: how often and how strong."""

    kp: float
    ml: Muscles
    ap: Muscles
    delay_s: float
    noise_s: float
    corrections_hz: float = 0.0
    correction_rads2: float = 0.0


def _preset(
    kp: float,
    ka: tuple[float, float],
    ba: tuple[float, float],
    delay_s: float,
    noise: tuple[float, float],
    noise_s: float,
    corrections: tuple[float, float] = (0.0, 0.0),
) -> StancePreset:
    ml, ap = (Muscles(*axis) for axis in zip(ka, ba, noise, strict=True))
    return StancePreset(kp, ml, ap, delay_s, noise_s, *corrections)


# Pairs are (ML, AP); noise in rad/s²; corrections are (rate in 1/s, amplitude in rad/s²).
STANCE_PRESETS: Final[dict[str, StancePreset]] = {
    "two_eo_firm": _preset(0.8, (0.50, 0.45), (1.7, 1.5), 0.15, (0.0044, 0.0068), 0.85),
    "two_ec_firm": _preset(0.8, (0.50, 0.45), (1.7, 1.5), 0.15, (0.0048, 0.0075), 0.57),
    "two_eo_mat": _preset(0.6, (0.80, 0.70), (2.0, 1.8), 0.15, (0.0116, 0.0174), 0.16),
    "two_ec_mat": _preset(0.6, (0.80, 0.70), (2.0, 1.8), 0.15, (0.0218, 0.0295), 0.125),
    "one_eo_firm": _preset(0.7, (1.00, 0.90), (2.6, 2.4), 0.12, (0.029, 0.024), 0.46, (0.10, 0.25)),
    "one_eo_mat": _preset(0.6, (1.00, 0.90), (2.4, 2.2), 0.13, (0.034, 0.028), 0.43, (0.20, 0.50)),
    "one_ec_firm": _preset(0.7, (0.90, 0.80), (2.2, 2.1), 0.13, (0.038, 0.041), 0.68, (0.30, 0.80)),
    "one_ec_mat": _preset(0.6, (0.90, 0.80), (2.1, 2.0), 0.14, (0.020, 0.054), 0.73, (0.40, 1.30)),
}
PRESET_ALIASES: Final[dict[str, str]] = {
    "firm": "one_eo_firm",
    "mat": "one_eo_mat",
    "closed": "one_ec_firm",
    "closed-mat": "one_ec_mat",
    "two": "two_eo_firm",
    "two-mat": "two_eo_mat",
    "two-closed": "two_ec_firm",
    "two-closed-mat": "two_ec_mat",
}
"""Short names for the command line."""


def preset_name(name: str) -> str:
    """The full name behind a full or short one. Raises UsageError for an unknown one."""
    full = PRESET_ALIASES.get(name, name)
    if full not in STANCE_PRESETS:
        known = ", ".join((*STANCE_PRESETS, *PRESET_ALIASES))
        raise UsageError(f"no stance is called {name!r}; known: {known}")
    return full


@dataclass(frozen=True, slots=True, eq=False)
class Lean:
    """Lean of the body from the vertical: angle rad, its first and second derivative; (n, 2), AP and ML."""

    angle: Array
    rate: Array
    accel: Array

    def force(self, height_m: float) -> Array:
        """(n, 3) specific force, m/s², AP, ML, V, of a sensor on the body at that height above the ankle."""
        planar = height_m * self.accel - G0_MS2 * np.sin(self.angle)
        vertical = G0_MS2 * np.cos(np.hypot(self.angle[:, 0], self.angle[:, 1]))
        return np.column_stack((planar, vertical))

    def spin(self) -> Array:
        """(n, 3) angular rate, rad/s: leaning right turns about AP, leaning forward about −ML."""
        return np.column_stack((self.rate[:, 1], -self.rate[:, 0], np.zeros(len(self.rate))))


def lean(preset: StancePreset, n: int, rng: np.random.Generator) -> Lean:
    """`n` steps of `STEP_S` of somebody standing, after the burn-in."""
    burn_n = round(BURN_IN_S / STEP_S)
    pushes = _corrections(preset, burn_n + n, rng)
    parts = [
        _sway(preset, muscles, pushes[:, axis], rng.standard_normal(burn_n + n))
        for axis, muscles in enumerate((preset.ap, preset.ml))
    ]
    angle, rate, accel = (np.column_stack([part[i][burn_n:] for part in parts]) for i in range(3))
    return Lean(angle, rate, accel)


def _corrections(preset: StancePreset, n: int, rng: np.random.Generator) -> Array:
    """(n, 2) angular acceleration, rad/s², of the corrective jerks: sin · sin², no net impulse."""
    push = np.zeros((n, 2))
    count = int(rng.poisson(preset.corrections_hz * n * STEP_S))
    for start in rng.integers(0, n, count):
        length_n = round(rng.uniform(*CORRECTION_S) / STEP_S)
        axis = int(rng.random() < CORRECTION_ML_SHARE)
        size = preset.correction_rads2 * rng.uniform(0.5, 1.5) * rng.choice((-1, 1))
        u = np.arange(min(length_n, n - start)) / length_n
        push[start : start + len(u), axis] += size * np.sin(2 * np.pi * u) * np.sin(np.pi * u) ** 2
    return push


def _sway(preset: StancePreset, muscles: Muscles, push: Array, white: Array) -> tuple[list[float], ...]:
    """Angle, rate and acceleration of one axis. Plain floats: numpy scalars would be ten times slower."""
    omega2 = G0_MS2 / CENTER_M
    kp, ka, ba, bp, dt = preset.kp, muscles.ka, muscles.ba_hz, PASSIVE_DAMPING_HZ, STEP_S
    late = round(preset.delay_s / dt)
    memory = exp(-dt / preset.noise_s)
    kicks = (muscles.noise_rads2 * sqrt(1 - memory**2) * white).tolist()
    angles, rates = [0.0] * late, [0.0] * late  # the delayed value of step k stands at index k
    accels: list[float] = []
    angle = rate = noise = 0.0
    for k, (kick, extra) in enumerate(zip(kicks, push.tolist(), strict=True)):
        angles.append(angle)
        rates.append(rate)
        noise = memory * noise + kick
        delayed = omega2 * ka * angles[k] + ba * rates[k]
        accel = omega2 * (sin(angle) - kp * angle) - bp * rate - delayed + noise + extra
        accels.append(accel)
        rate += accel * dt
        angle += rate * dt
    return angles[late:], rates[late:], accels
