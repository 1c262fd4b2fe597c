"""A Movella DOT as its maker's specification of services (XD0506P rev F) describes it."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Any

from radio.emulated import Refused, Said
from surefoot.gatt import Seen
from surefoot.samples import ImuPacket


def uuid(short: str) -> str:
    return f"1517{short}-4947-11e9-8646-d663bd873d93"


INFO, CONTROL, REPORT = uuid("1001"), uuid("1002"), uuid("1004")
MEASURE, LONG, MEDIUM, SHORT = uuid("2001"), uuid("2002"), uuid("2003"), uuid("2004")
BATTERY = uuid("3001")
SIZES = {LONG: 63, MEDIUM: 40, SHORT: 20}
CARRIER = {21: MEDIUM, 19: MEDIUM, 6: SHORT, 26: LONG}
NOT_PERMITTED, BAD_LENGTH = 0x03, 0x0D


class MovellaDot:
    """One sensor, set to `rate_hz`; `modes`: those that its firmware has; `stubborn`: it keeps its rate."""

    def __init__(
        self,
        rate_hz: int = 30,
        modes: tuple[int, ...] = (6, 19, 21),
        stubborn: bool = False,
        name: str = "Xsens DOT",
    ) -> None:
        self.seen = Seen(name, manufacturers=frozenset({0x0886}))
        r, w, n = "read", "write", "notify"
        self.table: Mapping[str, Mapping[str, frozenset[str]]] = {
            uuid("1000"): {INFO: frozenset({r}), CONTROL: frozenset({r, w}), REPORT: frozenset({n})},
            uuid("2000"): {MEASURE: frozenset({r, w}), **{c: frozenset({n}) for c in SIZES}},
            uuid("3000"): {BATTERY: frozenset({r, n})},
        }
        self.settings: Mapping[str, Any] = {"mode": 21, "rate_hz": 60}
        self.asleep = False
        self.control = bytearray(32)
        self.control[3:7] = bytes([10, 0, 30, 0])
        self.control[7:16] = b"\x09" + b"left shi"
        self.control[24:26] = struct.pack("<H", rate_hz)
        self._modes, self._stubborn = modes, stubborn
        self._running, self._mode = False, 4
        self.connected()

    def connected(self) -> None:
        self._heard: set[str] = set()
        self.streaming = False

    def subscribed(self, characteristic: str) -> None:
        self._heard.add(characteristic)

    def read(self, characteristic: str) -> bytes:
        if characteristic == MEASURE:
            return bytes([1, self._running, self._mode])
        if characteristic == CONTROL:
            return bytes(self.control)
        if characteristic == BATTERY:
            return bytes([77, 0])
        if characteristic == INFO:
            return bytes(34)
        raise Refused(NOT_PERMITTED)

    def write(self, characteristic: str, payload: bytes) -> Said:
        if characteristic == MEASURE:
            self._measure(payload)
        elif characteristic == CONTROL:
            self._configure(payload)
        else:
            raise Refused(NOT_PERMITTED)
        return []

    def _measure(self, payload: bytes) -> None:
        if len(payload) != 3 or payload[0] != 1:
            raise Refused(BAD_LENGTH)
        if not payload[1]:
            self._running = False
        elif payload[2] in self._modes:
            self._running, self._mode = True, payload[2]
        self.streaming = self._running and CARRIER.get(self._mode) in self._heard

    def _configure(self, payload: bytes) -> None:
        if len(payload) != 32:
            raise Refused(BAD_LENGTH)
        visit = payload[0]
        self.asleep |= bool(visit & 0x02 and payload[2] & 1)
        if self._running or self._stubborn:
            return
        if visit & 0x10:
            self.control[24:26] = payload[24:26]
        if visit & 0x20:
            self.control[26] = payload[26]

    def take(self, packet: ImuPacket) -> Said:
        """A notification for every sample."""
        if not self.streaming:
            return []
        assert packet.device_ns is not None
        (rate_hz,) = struct.unpack_from("<H", self.control, 24)
        said: Said = []
        for k, stamp_ns in enumerate(packet.device_ns.tolist()):
            acc = packet.acc[k].tolist()
            turn = [0.0] * 3 if packet.gyr is None else packet.gyr[k].tolist()
            if self._mode == 21:
                body = struct.pack("<6f", *acc, *map(math.degrees, turn))
            elif self._mode == 19:
                body = struct.pack("<7f", *rotation([v / rate_hz for v in turn]), *(v / rate_hz for v in acc))
            else:
                body = struct.pack("<3f", *acc)
            frame = struct.pack("<I", round(stamp_ns / 1000) % 2**32) + body
            carrier = CARRIER[self._mode]
            said.append((carrier, frame.ljust(SIZES[carrier], b"\0")))
        return said


def rotation(turn: list[float]) -> list[float]:
    """The quaternion (w, x, y, z) of a rotation vector in rad."""
    angle = math.hypot(*turn)
    if angle == 0:
        return [1.0, 0.0, 0.0, 0.0]
    return [math.cos(angle / 2), *(v / angle * math.sin(angle / 2) for v in turn)]
