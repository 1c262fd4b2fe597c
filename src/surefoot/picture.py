"""The moving picture of a session: levelled acceleration and the live dot, kept for screens. Nothing is scored on it.

The dot is −h: leaning right makes the sensor read to the left, so a dot that should move with the body shows the
negative, behind a causal 5 Hz low-pass (45 ms of delay at 0.5 Hz), around a mean that forgets with 10 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from surefoot.filters import CausalLowpass
from surefoot.frame import Level, Stillest
from surefoot.samples import Array, BodyBlock, ImuBlock
from surefoot.trace import Trace

DOT_HZ: Final = 5.0
CENTRE_S: Final = 10.0  # a slow change of lean leaves the middle of the picture in about this time
KEEP_S: Final = 30.0


class Picture:
    """Levels every block and appends the rows of `snapshot.TRACE_COLUMNS` to `trace`."""

    def __init__(self, rate_hz: float, forward: Array | None = None) -> None:
        self.level = Level(rate_hz, forward)
        self.trace = Trace(6, round(KEEP_S * rate_hz))
        self._dot = CausalLowpass(min(DOT_HZ, 0.4 * rate_hz), rate_hz)
        self._centre: tuple[float, float] | None = None
        self._forget = 1 / (CENTRE_S * rate_hz)

    def centre(self) -> None:
        """Begin the dot in the middle: the tilt has just been taken."""
        self._centre = (0.0, 0.0)

    def update(self, block: ImuBlock) -> BodyBlock:
        """Level a block, and draw it."""
        body = self.level.update(block)
        smooth = self._dot.update(body.acc[:, :2])
        rows = np.empty((len(block), 6))
        rows[:, 0] = body.t
        rows[:, 1:3] = self._centred(smooth)
        rows[:, 3:6] = body.acc
        self.trace.append(rows)
        return body

    def _centred(self, smooth: Array) -> Array:
        ap, ml = self._centre or (float(smooth[0, 0]), float(smooth[0, 1]))
        k = self._forget
        dots = []
        for x, y in smooth.tolist():
            ap += k * (x - ap)
            ml += k * (y - ml)
            dots.append((ap - x, ml - y))
        self._centre = (ap, ml)
        return np.array(dots)


@dataclass(frozen=True, slots=True)
class Bench:
    """What every drill works with: the sensor's facts and the shared streaming objects."""

    rate_hz: float
    range_ms2: float | None
    placement: str
    forward: Array | None
    picture: Picture
    stillest: Stillest
