"""Sensor axes → body axes: stillness, gravity, tilt.

Gravity gives two of three angles. The heading stays unknown, so the two horizontal axes are at right angles but
arbitrary, and only rotation-invariant numbers may be read from them (science: Moe-Nilssen 1998 for the static tilt).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surefoot.samples import G0_MS2, Array, BodyBlock, ImuBlock


@dataclass(frozen=True, slots=True)
class StillnessLimits:
    """When a stretch counts as quiet, and what gravity must read there."""

    quiet_sd_ms2: float = 0.05 * G0_MS2  # SD of |a|; walking reads 5 times that, a wobbly one-leg stand half
    gravity_tolerance: float = 0.03  # share of 1 g; the real still recordings at hand rest within 2.3 %
    gravity_removed_g: float = 0.2  # a body at rest below this has lost its gravity on the way; nobody falls for 1 s
    bridge_s: float = 0.1  # a shorter hole does not change what a second of quiet looks like
    level_window_s: float = 0.5  # the tilt is looked at twice a second
    clip_share: float = 0.98  # of the range: a sample there may be cut off
    clip_run_n: int = 3  # identical extremes in a row, when the range is unknown …
    full_scales_g: tuple[float, ...] = (2.0, 4.0, 8.0, 16.0, 32.0)  # … or fewer near a full scale that sensors have,
    full_scale_share: float = 0.025  # as near as scale and offset allow: a micro:bit of ±2 g stops at 2.04 g
    full_scale_n: int = 2  # anywhere in the window: at 50 Hz an impact has two samples at the limit, not side by side
    smallest_range_ms2: float = 2 * G0_MS2  # no wearable has less than ±2 g: below it repeats are not clipping


LIMITS = StillnessLimits()


def heading_known(up: Array, forward: Array | None) -> bool:
    """Whether `forward` has a horizontal part: a nearly vertical one tells no heading."""
    return forward is not None and float(np.linalg.norm(forward - (forward @ up) * up)) > 0.1


def to_up(up: Array, forward: Array | None = None) -> Array:
    """(3, 3) matrix R, so that `acc @ R.T` has columns AP, ML, V for the sensor-frame unit vector `up`.

    With `forward`, a sensor-frame direction: AP is its horizontal part, ML = AP × V. Without: the shortest rotation
    up → +V, built in the right-handed order (ML, AP, V) and then reordered, else signs flip.
    """
    if forward is not None and heading_known(up, forward):
        ap = forward - (forward @ up) * up
        ap = ap / np.linalg.norm(ap)
        return np.stack([ap, np.cross(ap, up), up])
    x, y, z = (float(c) for c in up)
    flat = x * x + y * y
    if z < 0 and flat < 1e-24:  # upside down: any half turn about a horizontal axis is shortest
        turn = np.diag([1.0, -1.0, -1.0])
    else:
        cross = np.array([[0.0, 0.0, -x], [0.0, 0.0, -y], [x, y, 0.0]])  # of up × (0, 0, 1)
        share = 1 / (1 + z) if z >= 0 else (1 - z) / flat  # equal, but 1 + z loses its digits near upside down
        turn = np.eye(3) + cross + cross @ cross * share
    return np.ascontiguousarray(turn[[1, 0, 2]])


def up_vector(acc: Array) -> Array | None:
    """(3,) direction of the mean specific force of (n, 3) samples, or None in free fall."""
    mean = acc.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return mean / length if length > 0.1 * G0_MS2 else None


def clipped_axes(acc: Array, range_ms2: float | None) -> tuple[bool, bool, bool]:
    """Which axes of (n, 3) samples were cut off at the sensor's range (known, or shown by extremes that repeat)."""
    if range_ms2 is not None:
        x, y, z = (bool((np.abs(acc[:, axis]) >= LIMITS.clip_share * range_ms2).any()) for axis in range(3))
        return x, y, z
    x, y, z = (_flat_extreme(acc[:, axis]) for axis in range(3))
    return x, y, z


def _flat_extreme(v: Array) -> bool:
    """Whether the largest or the smallest of (n,) samples comes again as only a limit makes it do."""
    if not len(v):
        return False
    for extreme in (float(v.max()), float(v.min())):
        size_g = abs(extreme) / G0_MS2
        if abs(extreme) < LIMITS.clip_share * LIMITS.smallest_range_ms2:
            continue
        at = v == extreme
        near = any(abs(size_g / full - 1) <= LIMITS.full_scale_share for full in LIMITS.full_scales_g)
        if (near and np.count_nonzero(at) >= LIMITS.full_scale_n) or _longest_run(at) >= LIMITS.clip_run_n:
            return True
    return False


def _longest_run(true: Array) -> int:
    """Of True in (n,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


class Stillest:
    """The stillest second so far: 1 s windows of |a| that step by 0.5 s on the sample grid."""

    def __init__(self, rate_hz: float) -> None:
        self._half_n = max(1, round(rate_hz / 2))
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._held = np.empty(0)
        self._found: list[tuple[float, float, float]] = []  # end of each new stillest second, its SD, its median

    def update(self, block: ImuBlock) -> None:
        """Look at more samples; a hole of more than 0.1 s begins a new window."""
        size = np.sqrt(np.einsum("ij,ij->i", block.acc, block.acc))
        self._held = size if block.gap_s > LIMITS.bridge_s else np.concatenate([self._held, size])
        while len(self._held) >= 2 * self._half_n:
            window = self._held[: 2 * self._half_n]
            sd = float(window.std())
            if not self._found or sd < self._found[-1][1]:
                end_s = float(block.t[len(block) - len(self._held) + len(window) - 1])
                self._found.append((end_s, sd, float(np.median(window))))
            self._held = self._held[self._half_n :]

    def gravity(self, by_s: float = np.inf) -> tuple[float | None, str | None]:
        """What gravity read in the stillest second that ended by `by_s`, and what is wrong with it.

        None, "gravity" (off by more than 3 %: units, a dead axis), "linear_acceleration" (an app has removed it:
        nothing is left at rest) or "gravity_unchecked" (never still).
        """
        found = next((one for one in reversed(self._found) if one[0] <= by_s), None)
        if found is None or found[1] > LIMITS.quiet_sd_ms2:
            return None if found is None else found[2], "gravity_unchecked"
        reads_g = found[2] / G0_MS2
        if reads_g < LIMITS.gravity_removed_g and found[1] > 0:  # zeros all along come from a dead sensor
            return found[2], "linear_acceleration"
        return found[2], "gravity" if abs(reads_g - 1) > LIMITS.gravity_tolerance else None


class Level:
    """Streaming static tilt: blocks in sensor axes → body axes.

    The up vector is the mean of the newest quiet half second (of the first sample until there is one); `hold()` keeps
    it during a trial. Windows lie on the sample grid, so that packets of any size give the same result.
    """

    def __init__(self, rate_hz: float, forward: Array | None = None) -> None:
        self._forward = forward
        self._window_n = max(2, round(rate_hz * LIMITS.level_window_s))
        self._held: list[Array] = []
        self._held_n = 0
        self._holding = False
        self._turn: Array | None = None

    def hold(self, up: Array | None) -> None:
        """Keep `up` (or the present tilt when None) until `release`."""
        self._holding = True
        if up is not None:
            self._turn = to_up(up, self._forward)

    def release(self) -> None:
        """Follow quiet half seconds again."""
        self._holding = False
        self._held, self._held_n = [], 0

    def update(self, block: ImuBlock) -> BodyBlock:
        """Level a block."""
        if self._holding and self._turn is not None:
            return BodyBlock(block.t, block.acc @ self._turn.T, block.rate_hz, self._forward is not None)
        out = np.empty_like(block.acc)
        start = 0
        while start < len(block):
            stop = min(len(block), start + self._window_n - self._held_n)
            piece = block.acc[start:stop]
            if self._turn is None:
                up = up_vector(piece[:1])
                self._turn = to_up(np.array([0.0, 0.0, 1.0]) if up is None else up, self._forward)
            out[start:stop] = piece @ self._turn.T
            self._held.append(piece)
            self._held_n += stop - start
            if self._held_n == self._window_n:
                self._look(np.concatenate(self._held))
            start = stop
        return BodyBlock(block.t, out, block.rate_hz, self._forward is not None)

    def _look(self, window: Array) -> None:
        self._held, self._held_n = [], 0
        if self._holding:
            return
        size = np.linalg.norm(window, axis=1)
        up = up_vector(window)
        if up is not None and size.std() <= LIMITS.quiet_sd_ms2:
            self._turn = to_up(up, self._forward)
