"""One sensor of a session: its codec, its clock, its counters, and whether it is still there."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from surefoot.devices import codec
from surefoot.foreign import printable
from surefoot.headers import forward_of
from surefoot.samples import PLACEMENTS
from surefoot.snapshot import Sensor
from surefoot.timeline import SessionClock, Timeline

PACE_NS: Final = 5_000_000_000  # what a person calls now: a walk around the room changes it while they look
KNOWN_NS: Final = 2_000_000_000  # before, the jitter of arrivals (tens of ms) would show as percents
MOMENTS_N: Final = 10_000  # packets in 5 s at the fastest rate that is allowed, two samples each: a bound, not a guess


class Pace:
    """How many samples really came and how many were lost in the last 5 s, by the computer's clock."""

    def __init__(self) -> None:
        self._moments: deque[tuple[int, int, int]] = deque(maxlen=MOMENTS_N)  # host ns, samples, lost so far

    def reset(self) -> None:
        """A new connection."""
        self._moments.clear()

    def note(self, host_ns: int, samples_n: int, lost_n: int) -> None:
        """A packet came, and these are the counters since."""
        self._moments.append((host_ns, samples_n, lost_n))
        while host_ns - self._moments[0][0] > PACE_NS:
            self._moments.popleft()

    def get(self) -> tuple[float | None, int | None]:
        """Samples a second and samples lost; None until 2 s are seen."""
        if not self._moments:
            return None, None
        (first_ns, first_n, first_lost_n), (last_ns, last_n, last_lost_n) = self._moments[0], self._moments[-1]
        if last_ns - first_ns < KNOWN_NS:
            return None, None
        return (last_n - first_n) / (last_ns - first_ns) * 1e9, last_lost_n - first_lost_n


class Source:
    """One sensor: its codec, its clock and its counters."""

    def __init__(self, name: str, header: Mapping[str, Any], clock: SessionClock) -> None:
        self.id = name
        self.device = str(header.get("codec"))
        self.codec = codec(self.device)
        self.settings = header.get("settings") or {}
        self.name = printable(str(header.get("name") or name), 60) or "sensor"
        placement = header.get("placement")
        self.placement = placement if placement in PLACEMENTS else "unknown"
        self.range_ms2 = self.codec.range_ms2(self.settings)
        self.forward = forward_of(header.get("axes"))
        self.timeline = Timeline(clock)
        self.rejected_n = 0
        self.battery_pct: int | None = None
        self.state = "waiting"
        self.silence_s = 0.0
        self.pace = Pace()
        self.gyro: bool | None = None
        self.connect()
        rate = self.settings.get("rate_hz")
        self.rate_hz = float(rate) if isinstance(rate, int | float) else 100.0
        self.packet_s = self.codec.packet_n(self.settings) / self.rate_hz
        self.last_ns: int | None = None

    def connect(self) -> None:
        """A new connection: a new decoder and a new device clock."""
        self.decoder = self.codec.decoder(self.settings)
        self.timeline.connected()
        self.pace.reset()

    def sensor(self, gravity_ms2: float | None = None) -> Sensor:
        """For a screen; `gravity_ms2`: what it reads when it is still."""
        measured_hz, lately_lost_n = self.pace.get()
        return Sensor(
            self.id,
            self.name,
            self.placement,
            self.rate_hz,
            self.state,
            self.silence_s,
            self.timeline.samples_n,
            self.timeline.lost_n,
            self.rejected_n,
            self.battery_pct,
            measured_hz,
            lately_lost_n,
            gravity_ms2,
            self.range_ms2,
            self.gyro,
            self.device,
        )
