"""Boards that are read by a shipped profile: surefoot's own firmware, an Arduino with two characteristics, …"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radio.emulated import Refused, Said
from surefoot import profiles
from surefoot.devices import raw
from surefoot.gatt import Seen
from surefoot.samples import ImuPacket


class Board:
    """A board of a shipped profile. `info`: what it says of itself where the profile has such a characteristic."""

    def __init__(self, profile: str = "surefoot", info: bytes = b"rate_hz=100;range_g=4", name: str = "board") -> None:
        settings = profiles.load(profile)
        self.settings: Mapping[str, Any] = settings
        self.seen = Seen((settings.get("names") or [name])[0][:8], frozenset({settings["service"]}))
        self.info = info
        self.streaming = False
        self.written: list[tuple[str, bytes]] = []
        self._streams = raw.streams(settings)
        self._heard: set[str] = set()
        self._info = settings.get("info", {}).get("characteristic")
        steps = [*settings.get("start", []), *settings.get("stop", [])]
        table = {characteristic: frozenset({"notify"}) for characteristic in self._streams}
        table |= {step["characteristic"]: frozenset({"write"}) for step in steps}
        self._writable = {step["characteristic"] for step in steps}
        if self._info is not None:
            table[self._info] = frozenset({"read"})
        self.table: Mapping[str, Mapping[str, frozenset[str]]] = {settings["service"]: table}

    def connected(self) -> None:
        """Nothing is subscribed."""
        self.streaming = False
        self._heard.clear()

    def subscribed(self, characteristic: str) -> None:
        """Samples flow to whoever listens."""
        self._heard.add(characteristic)
        self.streaming = True

    def write(self, characteristic: str, payload: bytes) -> Said:
        """Kept for the test to look at."""
        if characteristic not in self._writable:
            raise Refused(0x03)
        self.written.append((characteristic, payload))
        return []

    def read(self, characteristic: str) -> bytes:
        """Its description of itself."""
        if characteristic != self._info:
            raise Refused(0x02)
        return self.info

    def take(self, packet: ImuPacket) -> Said:
        """As its profile lays it out."""
        where = {stream: characteristic for characteristic, stream in self._streams.items()}
        sent = [(where[stream], payload) for stream, payload in raw.encode(packet, self.settings)]
        return [(one, payload) for one, payload in sent if one in self._heard and isinstance(payload, bytes)]
