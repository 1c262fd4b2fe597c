"""Device clock → session clock.

Session time is seconds since the first sample of the session. Within one connection the device's own stamps rule: the
first packet anchors them to the host clock, and the host clock is never used again (drift between the two is measured
and reported, not applied). A device without a clock is placed by counting; `surefoot.arrival` tells how.

    stamp = previous, same sample       duplicate: dropped and counted
    stamp = previous, other sample      repeated: put half a period on (several rows shared a stamp), counted
    stamp < previous, by less than 1 s  late: dropped and counted (its place has been passed downstream)
    stamp < previous, by more           the clock wrapped or restarted: anchored anew on the host clock
    stamp far ahead                     a gap: the next block says how long
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from surefoot.arrival import ArrivalClock
from surefoot.samples import Array, ImuBlock, ImuPacket, Ints


@dataclass(frozen=True, slots=True)
class TimelineLimits:
    """When spacing means loss."""

    lost_periods: float = 1.8  # sampling periods: at least one sample is missing, whatever the jitter of a good clock
    restart_s: float = 1.0  # stamps that fall back by more belong to a new clock
    runaway_s: float = 60.0  # stamps this much further on than the host clock allows belong to a new clock too


LIMITS = TimelineLimits()
DRIFT_KNOWN_NS = 10_000_000_000  # before, the jitter of arrivals looks like drift


class SessionClock:
    """Host time of session second 0; fixed by the first packet of the session, shared by all sources."""

    def __init__(self) -> None:
        self.origin_ns: int | None = None

    def at(self, host_ns: int) -> float:
        """Session time of a host time; before the first packet every time is 0."""
        return 0.0 if self.origin_ns is None else (host_ns - self.origin_ns) / 1e9


class Timeline:
    """One source's packets, placed on the session clock. Counters are public."""

    def __init__(self, clock: SessionClock) -> None:
        self.clock = clock
        self.samples_n = self.lost_n = self.repeated_n = self.late_n = self.duplicates_n = self.restarts_n = 0
        self.last_s: float | None = None
        self._raw_ns: int | None = None  # newest device stamp of this connection, as sent
        self._placed_ns: int | None = None  # the same, after repeated stamps were moved on
        self._newest_acc: Array | None = None  # the sample that carried _raw_ns
        self._anchor: tuple[int, float] | None = None  # device stamp ↔ session second
        self._first_pair: tuple[int, int] | None = None  # (device, host) ns, to measure drift
        self._last_pair: tuple[int, int] | None = None
        self._arrival: ArrivalClock | None = None
        self.by_arrival = False  # times come from arrivals, because the packets have no stamps

    def connected(self) -> None:
        """A new connection: the device clock starts anew."""
        self._raw_ns = self._placed_ns = self._anchor = self._first_pair = self._last_pair = self._arrival = None

    @property
    def rate_hz(self) -> float | None:
        """The sampling rate that the arrivals of this connection show; None with a device clock, and before 10 s."""
        return None if self._arrival is None else self._arrival.rate_hz

    @property
    def drift_ppm(self) -> float | None:
        """Device clock against host clock in this connection, parts per million; None before 10 s."""
        if self._first_pair is None or self._last_pair is None:
            return None
        device_ns = self._last_pair[0] - self._first_pair[0]
        host_ns = self._last_pair[1] - self._first_pair[1]
        return (device_ns / host_ns - 1) * 1e6 if host_ns > 10e9 else None

    @property
    def apart_s(self) -> float:
        """By how much more time went by on the device's clock than on the host's in this connection."""
        if self._first_pair is None or self._last_pair is None:
            return 0.0
        (device_ns, first_ns), (newest_ns, last_ns) = self._first_pair, self._last_pair
        return (newest_ns - device_ns - (last_ns - first_ns)) / 1e9

    def at(self, host_ns: int) -> float:
        """Session time of something that happened at a host time: a cue. The device's clock rules there too, so its
        measured drift is followed once 10 s have shown it."""
        if self._anchor is None or self._first_pair is None or self._last_pair is None:
            return self.clock.at(host_ns)
        (device_ns, first_ns), (newest_ns, last_ns) = self._first_pair, self._last_pair
        since_ns: float = host_ns - first_ns
        if since_ns > DRIFT_KNOWN_NS and last_ns - first_ns > DRIFT_KNOWN_NS // 2:
            since_ns *= min(max((newest_ns - device_ns) / (last_ns - first_ns), 0.95), 1.05)
        return (device_ns - self._anchor[0]) / 1e9 + self._anchor[1] + since_ns / 1e9

    def place(self, packet: ImuPacket, host_ns: int) -> list[ImuBlock]:
        """Blocks without a gap inside, in order; empty when the packet brought nothing new."""
        if packet.device_ns is None:
            return self._by_count(packet, host_ns)
        self.lost_n += packet.lost
        if self._raw_ns is not None and self._is_other_clock(packet.device_ns, host_ns):
            self.restarts_n += 1
            self.connected()
        times, keep = self._distinct(packet)
        if not len(times):
            return []
        if self._anchor is None:
            self._anchor_at(times, host_ns, packet.rate_hz)
        assert self._anchor is not None
        self._last_pair = (int(times[-1]), host_ns)
        t = (times - self._anchor[0]) / 1e9 + self._anchor[1]
        acc, gyr = packet.acc, packet.gyr
        if keep is not None:
            acc, gyr = acc[keep], None if gyr is None else gyr[keep]
        return self._split(t, acc, gyr, packet.rate_hz)

    def _is_other_clock(self, stamps: Ints, host_ns: int) -> bool:
        assert self._raw_ns is not None
        assert self._last_pair is not None
        step_s = (int(stamps[-1]) - self._raw_ns) / 1e9
        host_step_s = (host_ns - self._last_pair[1]) / 1e9
        return step_s < -LIMITS.restart_s or step_s > host_step_s + LIMITS.runaway_s

    def _distinct(self, packet: ImuPacket) -> tuple[Ints, Ints | None]:
        """Strictly increasing stamps, and which samples they belong to (None = all)."""
        stamps = packet.device_ns
        assert stamps is not None
        raw, placed = self._raw_ns, self._placed_ns
        if (placed is None or stamps[0] > placed) and (np.diff(stamps) > 0).all():
            self._raw_ns = self._placed_ns = int(stamps[-1])
            self._newest_acc = packet.acc[-1]
            return stamps, None
        half_ns = round(0.5e9 / packet.rate_hz)
        times, keep = [], []
        for i, stamp in enumerate(stamps.tolist()):
            if raw is None or placed is None or stamp > raw:
                placed = stamp if placed is None else max(stamp, placed + 1)
            elif stamp == raw:
                if self._newest_acc is not None and np.array_equal(packet.acc[i], self._newest_acc):
                    self.duplicates_n += 1
                    continue
                placed += half_ns
                self.repeated_n += 1
            else:
                self.late_n += 1
                continue
            raw, self._newest_acc = stamp, packet.acc[i]
            times.append(placed)
            keep.append(i)
        self._raw_ns, self._placed_ns = raw, placed
        return np.array(times, dtype=np.int64), np.array(keep, dtype=np.int64)

    def _anchor_at(self, times: Ints, host_ns: int, rate_hz: float) -> None:
        span_ns = int(times[-1] - times[0])
        if self.clock.origin_ns is None:
            self.clock.origin_ns = host_ns - span_ns
        first_s = (host_ns - span_ns - self.clock.origin_ns) / 1e9
        if self.last_s is not None:  # a new connection never reaches back into what was already placed
            first_s = max(first_s, self.last_s + 1 / rate_hz)
        self._anchor = (int(times[0]), first_s)
        self._first_pair = (int(times[-1]), host_ns)

    def _by_count(self, packet: ImuPacket, host_ns: int) -> list[ImuBlock]:
        n = len(packet.acc)
        self.by_arrival = True
        if self.clock.origin_ns is None:
            self.clock.origin_ns = host_ns - round((n - 1) / packet.rate_hz * 1e9)
        if self._arrival is None:
            self._arrival = ArrivalClock(packet.rate_hz, self.last_s)
        t, gap_s, missing_n = self._arrival.place(n, packet.lost, self.clock.at(host_ns))
        self.last_s = float(t[-1])
        self.samples_n += n
        self.lost_n += missing_n
        return [ImuBlock(t, packet.acc, packet.gyr, packet.rate_hz, gap_s)]

    def _split(self, t: Array, acc: Array, gyr: Array | None, rate_hz: float) -> list[ImuBlock]:
        """Cut at gaps and count what is missing."""
        period_s = 1 / rate_hz
        before = t[0] - period_s if self.last_s is None else self.last_s
        steps = np.diff(t, prepend=before)
        self.last_s = float(t[-1])
        self.samples_n += len(t)
        holes = np.flatnonzero(steps > LIMITS.lost_periods * period_s)
        if not len(holes):
            return [ImuBlock(t, acc, gyr, rate_hz)]
        self.lost_n += int(np.maximum(np.rint(steps[holes] * rate_hz) - 1, 1).sum())
        edges = sorted({0, *holes.tolist(), len(t)})
        blocks = []
        for start, stop in pairwise(edges):
            hole = start in holes
            gap_s = float(steps[start]) - period_s if hole else 0.0
            part = None if gyr is None else gyr[start:stop]
            blocks.append(ImuBlock(t[start:stop], acc[start:stop], part, rate_hz, gap_s))
        return blocks
