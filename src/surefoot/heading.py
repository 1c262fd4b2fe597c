"""Which way is forward: a calibration by three slow forward leans.

Gravity does not give the heading, and the larger axis of quiet sway is not AP (on one leg it is rather ML). So the
person stands still for 2 s, leans or bows slowly forward by 10 to 15°, holds it for a second, comes back, three times.
During a lean gravity pulls the levelled reading backward: forward = −Δ/|Δ|, with Δ the change from upright to the hold.

Accepted when each lean changes the reading by at least 0.85 m/s² (5°), the leans lie along one line (first principal
component at least 90 %) and their directions agree within 15°. The limits are our proposal and provisional.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from surefoot.filters import zero_phase
from surefoot.frame import to_up, up_vector
from surefoot.samples import Array


@dataclass(frozen=True, slots=True)
class HeadingLimits:
    """What is accepted; provisional."""

    upright_s: float = 2.0
    smallest_ms2: float = 0.85  # 5° of lean
    holds_s: float = 0.5
    leans_n: int = 3
    along_share: float = 0.9
    agree_deg: float = 15.0
    smooth_hz: float = 1.0


LIMITS = HeadingLimits()


@dataclass(frozen=True, slots=True, eq=False)
class Heading:
    """`forward`: (3,) unit vector in sensor axes, or None with the `reason` in one sentence; `leans_n` found."""

    forward: Array | None
    leans_n: int
    reason: str | None = None


def forward_from_leans(acc: Array, rate_hz: float) -> Heading:
    """The forward direction from (n, 3) m/s² of the whole calibration, in sensor axes, evenly sampled."""
    upright_n = round(LIMITS.upright_s * rate_hz)
    if len(acc) < 3 * upright_n:
        return Heading(None, 0, "the calibration is shorter than 6 s: stand 2 s, then lean forward three times")
    up = up_vector(acc[:upright_n])
    if up is None:
        return Heading(None, 0, "no gravity in the first 2 s: stand still before the first lean")
    turn = to_up(up)
    h = zero_phase((acc @ turn.T)[:, :2], min(LIMITS.smooth_hz, 0.4 * rate_hz), rate_hz)
    h = h - h[:upright_n].mean(axis=0)
    changes = _leans(h, rate_hz)
    if len(changes) < LIMITS.leans_n:
        said = f"{len(changes)} of {LIMITS.leans_n} leans found"
        return Heading(None, len(changes), f"{said}: lean by 10 to 15° and hold each for a second")
    values = np.linalg.eigvalsh(changes.T @ changes)
    if values[1] < LIMITS.along_share * values.sum():
        return Heading(None, len(changes), "the leans went in several directions: lean straight forward each time")
    angles = np.arctan2(changes[:, 1], changes[:, 0])
    mean = math.atan2(float(np.sin(angles).mean()), float(np.cos(angles).mean()))
    off_deg = np.degrees(np.abs(np.angle(np.exp(1j * (angles - mean)))))
    if off_deg.max() > LIMITS.agree_deg / 2:
        return Heading(None, len(changes), f"the leans differ by up to {2 * off_deg.max():.0f}°: lean straight forward")
    level = np.array([-math.cos(mean), -math.sin(mean), 0.0])
    return Heading(turn.T @ level, len(changes))


def _leans(h: Array, rate_hz: float) -> Array:
    """(k, 2) change of the levelled reading in the middle of each lean that is held."""
    out = np.hypot(h[:, 0], h[:, 1]) >= LIMITS.smallest_ms2
    edges = np.flatnonzero(np.diff(out.astype(int), prepend=0, append=0))
    found = []
    for start, stop in list(pairwise(edges.tolist()))[::2]:
        if stop - start >= LIMITS.holds_s * rate_hz:
            size = np.hypot(h[start:stop, 0], h[start:stop, 1])
            held = size >= 0.8 * size.max()  # the hold, not the way there and back
            found.append(h[start:stop][held].mean(axis=0))
    return np.array(found).reshape(-1, 2)
