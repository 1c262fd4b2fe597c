"""A clock for devices that have none: samples are counted, and the count is laid along the times of arrival.

A sample is measured at t0 + k / f. What arrives is that time plus a delay that jumps about by a connection interval
(15 to 50 ms) and by bursts, so single arrivals say little and many say much: a straight line of arrival against count
has f as its slope, to 0.1 % after some seconds and to 0.01 % after a minute. The line is fitted by recursive least
squares with slow forgetting (a Kalman filter over two states, the newest sample's time and the sampling period; see
Anderson & Moore, Optimal Filtering, 1979), from the nominal rate as the first guess: five numbers of memory.

Times given out are never taken back. They follow the line by running up to 10 % faster or slower, so they never jump
and always increase, and how samples were bunched on the way leaves no trace in them. Two things end the count: a new
connection (a new clock), and a silence, after which the line keeps its slope and starts at the arrival.

What this cannot know: the delay that all samples share (it shifts every time alike), and samples that were lost
without a trace. These lower the rate found, and each moves its neighbours by a period until the line has followed: the
times are off by 3 ms at most with none lost (RMS, worst of ten simulated runs: `benchmarks/arrival.py`), by 7 ms with
one in a thousand lost at 50 Hz, by 30 ms with 2 %. Nor can it know at the end of a silence whether samples were lost or
have only waited: if they waited, the gap is wrong, and the times run ahead for some seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surefoot.samples import Array


@dataclass(frozen=True, slots=True)
class ArrivalLimits:
    """How arrivals are trusted. Chosen on simulated links: intervals of 15 to 50 ms, one event in ten repeated."""

    delay_sd_s: float = 0.015  # a uniform delay within a connection interval of 50 ms has this SD
    alike_s: float = 0.05  # arrivals closer than this share their delay: one radio event
    wander_s: float = 0.002  # what the true times leave a straight line by, per √s: rare losses, warmth
    nominal_share: float = 0.02  # SD of a nominal rate, as a share; sensors are off by 1 %, a few by 10 %
    rate_wander: float = 1e-5  # change of the rate, share per √s
    follow_s: float = 1.0  # a difference between times given out and the line fades with this time constant
    fastest: float = 0.1  # but never faster than this share
    silence_s: float = 0.25  # only a silence this long can be told from bunching
    known_s: float = 10.0  # before, the rate found is still mostly chance
    rate_factor: float = 10.0  # a rate this far from nominal is no rate
    counter_s: float = 1.0  # a counter that skips this much more than time allows was restarted


LIMITS = ArrivalLimits()


class ArrivalClock:
    """The samples of one connection. All times are session seconds.

    Args:
        rate_hz: nominal rate.
        last_s: time of the newest sample of an earlier connection, which must not be reached back into.
    """

    def __init__(self, rate_hz: float, last_s: float | None) -> None:
        self._nominal_s = self._period_s = 1 / rate_hz
        self._last_s = last_s  # newest time given out
        self._line_s = 0.0  # the same sample's time on the line
        self._arrived_s = self._begun_s = 0.0
        self._first = True
        self._var = (LIMITS.delay_sd_s**2, 0.0, (LIMITS.nominal_share / rate_hz) ** 2)  # line, both, period

    @property
    def rate_hz(self) -> float | None:
        """The rate found; None in the first 10 s."""
        return 1 / self._period_s if self._arrived_s - self._begun_s >= LIMITS.known_s else None

    def place(self, n: int, skipped_n: int, arrived_s: float) -> tuple[Array, float, int]:
        """Times (n,) of the samples of one packet, the gap before them in s (0 = none) and the samples missing there.

        `skipped_n`: samples that the device's own counter says were lost before this packet.
        """
        step_s, self._arrived_s = arrived_s - self._arrived_s, arrived_s
        if self._first:
            self._first, self._begun_s = False, arrived_s
            return self._begin(n, arrived_s)
        if skipped_n * self._period_s > step_s + LIMITS.counter_s:
            skipped_n = 0
        late_s = arrived_s - self._line_s - (skipped_n + n) * self._period_s
        if late_s > LIMITS.silence_s and step_s - (skipped_n + n) * self._period_s > LIMITS.silence_s:
            self._var = (LIMITS.delay_sd_s**2, 0.0, self._var[2])
            return self._begin(n, arrived_s)
        self._fit(skipped_n + n, arrived_s)
        assert self._last_s is not None
        behind_s = self._line_s - self._last_s - (skipped_n + n) * self._period_s
        pace = 1 + min(max(behind_s / LIMITS.follow_s, -LIMITS.fastest), LIMITS.fastest)
        times = self._last_s + np.arange(skipped_n + 1, skipped_n + n + 1, dtype=np.float64) * (self._period_s * pace)
        self._last_s = float(times[-1])
        return times, skipped_n * self._period_s * pace, skipped_n

    def _begin(self, n: int, arrived_s: float) -> tuple[Array, float, int]:
        """The line starts at this packet's arrival."""
        self._line_s, period_s = arrived_s, self._period_s
        first_s, missing_s = arrived_s - (n - 1) * period_s, 0.0
        if self._last_s is not None:
            missing_s = max(first_s - self._last_s - period_s, 0.0)
            first_s = self._last_s + period_s + missing_s
        times = first_s + np.arange(n, dtype=np.float64) * period_s
        self._last_s = float(times[-1])
        missing_n = round(missing_s / period_s)
        return times, missing_s if missing_n else 0.0, missing_n

    def _fit(self, n: int, arrived_s: float) -> None:
        """One step of the filter: n samples on, and one arrival."""
        period_s, (line, both, period) = self._period_s, self._var
        passed_s = n * period_s
        line += 2 * n * both + n * n * period + LIMITS.wander_s**2 * passed_s
        both += n * period
        period += (LIMITS.rate_wander * period_s) ** 2 * passed_s
        noise = LIMITS.delay_sd_s**2 * max(1.0, LIMITS.alike_s / passed_s)  # arrivals of one event say the same
        off_s = arrived_s - (self._line_s + passed_s)
        to_line, to_period = line / (line + noise), both / (line + noise)
        self._line_s += passed_s + to_line * off_s
        slowest_s, fastest_s = self._nominal_s * LIMITS.rate_factor, self._nominal_s / LIMITS.rate_factor
        self._period_s = min(max(period_s + to_period * off_s, fastest_s), slowest_s)
        self._var = (line * (1 - to_line), both * (1 - to_line), period - to_period * both)
