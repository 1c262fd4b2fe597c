"""How good the samples of a recording are: rate, loss, gaps, clipping, gravity, and a verdict with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from surefoot import stance
from surefoot.devices import CODECS
from surefoot.engine import Engine
from surefoot.events import GapSeen
from surefoot.frame import clipped_axes
from surefoot.samples import Array, ImuBlock
from surefoot.sensor import Source

RATE_TOLERANCE = 0.1  # nominal rates are off by up to 1 %; a jittering phone clock makes the median 9 % high
DRIFT_PPM = 5000  # quartz is off by 100 at most; more is a clock of another kind, and worth a word
LATE_S = 2.0
"""By so much the first or the last packet may come late: more than 1.2 s were seen on a busy computer. Clocks that are
apart by less are not known to differ: a drift of 10 % shows after 20 s, one of 1 % after 200 s."""


class Samples:
    """All samples of the main sensor, for whole-file numbers."""

    def __init__(self, header: Mapping[str, Any]) -> None:
        self.blocks: list[ImuBlock] = []
        self._main = next(iter(header.get("sources") or {}), None)  # the engine's choice too

    def take(self, source: str, block: ImuBlock) -> None:
        """Called by the engine with every block."""
        if source == self._main:
            self.blocks.append(block)

    @property
    def t(self) -> Array:
        """(n,) s."""
        return np.concatenate([np.empty(0), *(block.t for block in self.blocks)])

    @property
    def acc(self) -> Array:
        """(n, 3) m/s² in sensor axes."""
        return np.concatenate([np.empty((0, 3)), *(block.acc for block in self.blocks)])


def _real_rate_hz(t: Array, nominal_hz: float) -> float | None:
    """From the mean spacing without gaps; None when no two samples follow each other."""
    steps = np.diff(t)
    steps = steps[steps < 1.8 / nominal_hz]
    return float(1 / steps.mean()) if len(steps) else None


def sensor(source: Source, samples: Samples | None) -> dict[str, Any]:
    """One sensor for the result; the rate is measured, for the one that was scored.

    `clock`: whose time it is. "device": its own stamps; "arrival": none, samples are counted and laid along their
    arrivals; None: nothing came.
    """
    timeline = source.timeline
    rate_hz = None if samples is None else timeline.rate_hz or _real_rate_hz(samples.t, source.rate_hz)
    gyro = samples is not None and bool(samples.blocks) and samples.blocks[0].gyr is not None
    return {
        "source": source.id,
        "name": source.name,
        "codec": next(key for key, module in CODECS.items() if module is source.codec),
        "placement": source.placement,
        "rate_hz": rate_hz,
        "clock": ("arrival" if timeline.by_arrival else "device") if timeline.samples_n else None,
        "range_ms2": source.range_ms2,
        "gyro": gyro,
    }


def quality(engine: Engine, samples: Samples, gaps: list[GapSeen]) -> dict[str, Any]:
    """Counts, gaps, gravity, and the verdict: good, usable or poor, with its reasons."""
    timeline, t = engine.main.timeline, samples.t
    gravity_ms2, fault = engine.stillest.gravity()
    clipped_n = _clipped_n(samples.acc, engine.main.range_ms2)
    rate_hz = engine.main.rate_hz
    poor, usable = [], []
    if not len(t):
        poor.append("no samples")
    if fault == "linear_acceleration":
        poor.append("gravity was removed by the app that recorded it: export the acceleration with gravity")
    elif fault == "gravity":
        assert gravity_ms2 is not None
        poor.append(f"gravity reads {gravity_ms2:.2f} m/s² in the stillest second, more than 3 % off")
    elif fault and len(t):
        usable.append("never still for a second, so gravity is unchecked")
    real_hz = timeline.rate_hz or _real_rate_hz(t, rate_hz)
    lower_hz = min(rate_hz, timeline.rate_hz or rate_hz)  # without a clock the device may have ignored its settings
    if lower_hz < stance.LIMITS.lowest_rate_hz:
        poor.append(f"{lower_hz:.4g} samples a second are too few")
    elif lower_hz < stance.LIMITS.low_rate_hz:
        usable.append(f"only {lower_hz:.4g} samples a second")
    if real_hz is not None and abs(real_hz / rate_hz - 1) > RATE_TOLERANCE:
        usable.append(f"measured {real_hz:.4g} samples a second, the header says {rate_hz:.4g}")
    longest_s = max((gap.gap_s for gap in gaps), default=0.0)
    if longest_s:
        usable.append(
            f"{len(gaps)} gaps, the longest {longest_s:.2f} s" if len(gaps) > 1 else f"gap of {longest_s:.2f} s"
        )
    if clipped_n:
        usable.append(f"{clipped_n} samples at the sensor's limit")
    for count, what in ((timeline.late_n, "late"), (timeline.repeated_n, "with a repeated stamp")):
        if count:
            usable.append(f"{count} samples {what}")
    if timeline.by_arrival:
        usable.append("the sensor has no clock: times of contact are uncertain and lost samples do not show")
    drift_ppm = timeline.drift_ppm
    if drift_ppm is not None and abs(drift_ppm) > DRIFT_PPM and abs(timeline.apart_s) > LATE_S:
        usable.append(f"sensor clock {drift_ppm / 1e4:+.1f} % against this computer's")
    return {
        "duration_s": float(t[-1] - t[0]) + 1 / rate_hz if len(t) else 0.0,
        "samples_n": timeline.samples_n,
        "lost_n": timeline.lost_n,
        "gaps": [[gap.t_s, gap.t_s + gap.gap_s] for gap in gaps if gap.source == engine.main.id],
        "clipped_n": clipped_n,
        "gravity_ms2": gravity_ms2,
        "verdict": "poor" if poor else "usable" if usable else "good",
        "reasons": poor + usable,
    }


def _clipped_n(acc: Array, range_ms2: float | None) -> int:
    """Samples at the limit of an axis; without a known range, those at an extreme that repeats."""
    if not len(acc):
        return 0
    hit = np.zeros(len(acc), dtype=bool)
    for axis, clipped in enumerate(clipped_axes(acc, range_ms2)):
        if clipped:
            size = np.abs(acc[:, axis])
            hit |= size >= 0.98 * (range_ms2 if range_ms2 is not None else size.max())
    return int(hit.sum())
