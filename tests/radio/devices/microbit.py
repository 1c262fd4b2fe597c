"""A BBC micro:bit v2 whose program offers the accelerometer service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radio.emulated import Refused, Said
from surefoot.devices import microbit
from surefoot.gatt import Seen
from surefoot.samples import ImuPacket

LSM303_MS = (5, 10, 20, 40, 100, 1000)  # periods of its sensor; a wish becomes the next longer one


class Microbit:
    """Streams as soon as it is subscribed. `paired` False: protected, as programs without "no pairing" are."""

    def __init__(self, paired: bool = True) -> None:
        # the real name is "BBC micro:bit [vogiv]"; the service stands in for what a short advertisement cannot hold
        self.seen = Seen("BBC micr", frozenset({microbit.SERVICE}))
        self.table: Mapping[str, Mapping[str, frozenset[str]]] = {
            microbit.SERVICE: {
                microbit.DATA: frozenset({"read", "notify"}),
                microbit.PERIOD: frozenset({"read", "write"}),
            }
        }
        self.paired = paired
        self.streaming = False
        self.period_ms = 20
        self.settings: Mapping[str, Any] = {"rate_hz": 50}

    def connected(self) -> None:
        """The period stays."""
        self.streaming = False

    def subscribed(self, characteristic: str) -> None:
        """No start command: samples flow."""
        self.streaming |= characteristic == microbit.DATA

    def write(self, characteristic: str, payload: bytes) -> Said:
        """The period, rounded to what the sensor has."""
        if not self.paired:
            raise Refused(0x05)
        if characteristic != microbit.PERIOD:
            raise Refused(0x03)
        if len(payload) != 2:
            raise Refused(0x0D)
        wanted_ms = int.from_bytes(payload, "little")
        self.period_ms = next((ms for ms in LSM303_MS if ms >= wanted_ms), LSM303_MS[-1])
        self.settings = {"rate_hz": 1000 / self.period_ms}
        return []

    def read(self, characteristic: str) -> bytes:
        """The period."""
        if not self.paired:
            raise Refused(0x05)
        if characteristic != microbit.PERIOD:
            raise Refused(0x02)
        return self.period_ms.to_bytes(2, "little")

    def take(self, packet: ImuPacket) -> Said:
        """A notification for each sample."""
        if not self.streaming:
            return []
        return [
            (microbit.DATA, payload)
            for _, payload in microbit.encode(packet, self.settings)
            if isinstance(payload, bytes)
        ]
