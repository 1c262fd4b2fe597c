"""One sensor of a session: its codec, its clock, its counters, and whether it is still there."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from surefoot.devices import codec
from surefoot.errors import DeviceError
from surefoot.foreign import printable
from surefoot.headers import forward_of
from surefoot.samples import PLACEMENTS, ImuBlock, Notification
from surefoot.snapshot import Sensor
from surefoot.timeline import SessionClock, Timeline

PACE_NS: Final = 5_000_000_000  # what a person calls now: a walk around the room changes it while they look
KNOWN_NS: Final = 2_000_000_000  # before, the jitter of arrivals (tens of ms) would show as percents
MOMENTS_N: Final = 10_000  # packets in 5 s at the fastest rate that is allowed, two samples each: a bound, not a guess
STALL_PACKETS, STALL_S = 3, 0.5  # silence of three packets, at least half a second: the picture is old
LOST_PACKETS, LOST_S = 10, 3.0  # and of ten packets, at least three seconds: the sensor is gone


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

    def charge(self, payload: bytes | str) -> None:
        """What the battery says; nothing that is not a percentage."""
        if isinstance(payload, bytes) and len(payload) == 1 and payload[0] <= 100:
            self.battery_pct = payload[0]

    def receive(self, item: Notification) -> list[ImuBlock]:
        """Decode a packet and lay it along the session clock. Raises DeviceError for one that cannot be read."""
        self.last_ns = item.host_ns
        try:
            packet = self.decoder.decode(item.payload, item.stream)
        except DeviceError:
            self.rejected_n += 1
            raise
        if packet is None:
            return []
        blocks = self.timeline.place(packet, item.host_ns)
        self.packet_s = len(packet.acc) / self.rate_hz
        self.gyro = packet.gyr is not None
        self.pace.note(item.host_ns, self.timeline.samples_n, self.timeline.lost_n)
        self.state, self.silence_s = "streaming", 0.0
        return blocks

    def wait(self, host_ns: int) -> bool:
        """Time passed and nothing arrived; whether it must be given up now."""
        if self.last_ns is None:
            return False
        self.silence_s = max(0.0, (host_ns - self.last_ns) / 1e9)
        if self.state != "lost" and self.silence_s >= max(LOST_PACKETS * self.packet_s, LOST_S):
            return True
        if self.state == "streaming" and self.silence_s >= max(STALL_PACKETS * self.packet_s, STALL_S):
            self.state = "stalled"
        return False

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
