"""A WitMotion WT901BLECL5.0 as its datasheet describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radio.emulated import Refused, Said
from surefoot.devices import witmotion
from surefoot.gatt import Seen
from surefoot.samples import ImuPacket

RATES_HZ = {1: 0.2, 2: 0.5, 3: 1, 4: 2, 5: 5, 6: 10, 7: 20, 8: 50, 9: 100, 10: 200}


class WitMotion:
    """Streams at 10 Hz as soon as it is subscribed; the rate changes only while it is unlocked."""

    def __init__(self, name: str = "WT901BLE") -> None:
        self.seen = Seen(name, frozenset({witmotion.SERVICE}))
        self.table: Mapping[str, Mapping[str, frozenset[str]]] = {
            witmotion.SERVICE: {
                witmotion.NOTIFY: frozenset({"notify"}),
                witmotion.COMMAND: frozenset({"write", "write-without-response"}),
            }
        }
        self.settings: Mapping[str, Any] = {"rate_hz": 50}
        self.streaming = self.unlocked = False
        self.rate_hz: float = 10
        self.written: list[bytes] = []

    def connected(self) -> None:
        """The rate stays until it is switched off; the lock closes."""
        self.streaming = self.unlocked = False

    def subscribed(self, characteristic: str) -> None:
        """No start command: samples flow."""
        self.streaming |= characteristic == witmotion.NOTIFY

    def write(self, characteristic: str, payload: bytes) -> Said:
        """Registers; what is not a command is ignored, as on the device."""
        if characteristic != witmotion.COMMAND:
            raise Refused(0x03)
        self.written.append(payload)
        if payload == bytes.fromhex("FFAA6988B5"):
            self.unlocked = True
        elif payload[:3] == bytes.fromhex("FFAA03") and len(payload) == 5 and self.unlocked:
            self.rate_hz = RATES_HZ.get(payload[3], self.rate_hz)
        elif payload[:3] == bytes.fromhex("FFAA27") and len(payload) == 5:
            return [(witmotion.NOTIFY, b"\x55\x71" + payload[3:5] + bytes(16))]
        return []

    def read(self, characteristic: str) -> bytes:
        """Nothing can be read."""
        raise Refused(0x02)

    def take(self, packet: ImuPacket) -> Said:
        """A notification for each sample."""
        if not self.streaming:
            return []
        sent = witmotion.encode(packet, self.settings)
        return [(witmotion.NOTIFY, payload) for _, payload in sent if isinstance(payload, bytes)]
