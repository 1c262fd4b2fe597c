"""A Movesense as its maker's sample app describes it: subscriptions by path, samples in one or two parts."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping
from typing import Any

from radio.emulated import Refused, Said
from surefoot.gatt import BATTERY_LEVEL, Seen
from surefoot.samples import ImuPacket

COMMAND = "34800001-7185-4d5d-b431-630e7050e8f0"
DATA = "34800002-7185-4d5d-b431-630e7050e8f0"
PATH = re.compile(r"/Meas/(Acc|IMU6|IMU9)/(13|26|52|104|208|416|833|1666)")
NO_ATTRIBUTE, NOT_PERMITTED = 0x0A, 0x03


class Movesense:
    """One sensor.

    `firmware`: "stock", or "sample": the sample app, which says no errors but 507, that one big endian, and greets with
    "Hello". `taken_n`: subscriptions that others hold already, of the four there are. `has`: streams that it measures.
    """

    def __init__(
        self, firmware: str = "stock", taken_n: int = 0, has: tuple[str, ...] = ("Acc", "IMU6", "IMU9")
    ) -> None:
        self.seen = Seen("Movesense 203930000123")
        self.table: Mapping[str, Mapping[str, frozenset[str]]] = {
            "34802252-7185-4d5d-b431-630e7050e8f0": {COMMAND: frozenset({"write"}), DATA: frozenset({"notify"})},
            "0000180f-0000-1000-8000-00805f9b34fb": {BATTERY_LEVEL: frozenset({"read", "notify"})},
        }
        self.settings: Mapping[str, Any] = {"stream": "IMU6", "rate_hz": 104}
        self._firmware, self._taken_n, self._has = firmware, taken_n, has
        self.connected()

    def connected(self) -> None:
        self._heard = self.streaming = False
        self._paths: dict[int, str] = {}

    def subscribed(self, characteristic: str) -> None:
        self._heard |= characteristic == DATA

    def read(self, characteristic: str) -> bytes:
        if characteristic != BATTERY_LEVEL:
            raise Refused(NOT_PERMITTED)
        return bytes([81])

    def write(self, characteristic: str, payload: bytes) -> Said:
        if characteristic != COMMAND or len(payload) < 2 or payload[1] == 0:
            raise Refused(NOT_PERMITTED)
        command, reference, rest = payload[0], payload[1], payload[2:]
        said = self._answer(command, reference, rest)
        return [(DATA, bytes([1, reference]) + said)] if self._heard and said is not None else []

    def _answer(self, command: int, reference: int, rest: bytes) -> bytes | None:
        stock = self._firmware == "stock"
        if command == 0:
            return b"\x01203930000123\x00HR2\x00AABBCCDDEEFF\x00stock\x002.3.1" if stock else b"Hello"
        if command == 2:
            self._paths.pop(reference, None)
            self.streaming = self._heard and bool(self._paths)
            return self._status(200) if stock else None
        if command != 1:
            return self._status(501) if stock else None
        found = PATH.fullmatch(rest.decode("ascii", "replace"))
        if found is None or found[1] not in self._has:
            return self._status(404) if stock else None
        if len(self._paths) + self._taken_n >= 4:
            return self._status(507) if stock else b"\x01\xfb"
        self._paths[reference] = found[0]
        self.streaming = self._heard
        return self._status(200) if stock else None

    @staticmethod
    def _status(code: int) -> bytes:
        return struct.pack("<H", code)

    def take(self, packet: ImuPacket) -> Said:
        """One payload of all these samples for every subscription."""
        if not self.streaming:
            return []
        assert packet.device_ns is not None
        said: Said = []
        for reference, path in self._paths.items():
            rows = packet.acc.tolist()
            if "IMU" in path:
                assert packet.gyr is not None
                rows += [[math.degrees(v) for v in row] for row in packet.gyr.tolist()]
            if "IMU9" in path:
                rows += [[21.5, -3.25, 40.0]] * len(packet.acc)
            payload = struct.pack("<I", round(packet.device_ns[0] / 1e6) % 2**32)
            payload += b"".join(struct.pack("<3f", *row) for row in rows)
            said.append((DATA, bytes([2, reference]) + payload[:150]))
            if len(payload) > 150:
                said.append((DATA, bytes([3, reference]) + payload[150:]))
        return said
