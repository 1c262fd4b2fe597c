"""One sensor of a session: its codec, its clock, its counters, and whether it is still there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surefoot.devices import codec
from surefoot.foreign import printable
from surefoot.headers import forward_of
from surefoot.samples import PLACEMENTS
from surefoot.snapshot import Sensor
from surefoot.timeline import SessionClock, Timeline


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
        self.connect()
        rate = self.settings.get("rate_hz")
        self.rate_hz = float(rate) if isinstance(rate, int | float) else 100.0
        self.packet_s = self.codec.packet_n(self.settings) / self.rate_hz
        self.last_ns: int | None = None

    def connect(self) -> None:
        """A new connection: a new decoder and a new device clock."""
        self.decoder = self.codec.decoder(self.settings)
        self.timeline.connected()

    def sensor(self) -> Sensor:
        """For a screen."""
        counts = (self.timeline.samples_n, self.timeline.lost_n, self.rejected_n, self.battery_pct, self.device)
        return Sensor(self.id, self.name, self.placement, self.rate_hz, self.state, self.silence_s, *counts)
