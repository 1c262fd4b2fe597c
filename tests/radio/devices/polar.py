"""Polar's sensors as firmware-notes/polar.md describes them: control point, SDK mode, frames sent when full."""

from __future__ import annotations

import math
import struct
from typing import Any, Final, Literal

import numpy as np

from radio.emulated import Refused, Said
from surefoot.devices import polar_frames
from surefoot.gatt import BATTERY_LEVEL, Seen
from surefoot.samples import G0_MS2, Array, ImuPacket, Ints

PMD: Final = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
CONTROL: Final = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA: Final = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"
BATTERY: Final = "0000180f-0000-1000-8000-00805f9b34fb"
ACC, GYRO, SDK = 2, 5, 9

NAMES: Final = {"h10": "Polar H10 12345678", "sense": "Polar Sense 12345678", "oh1": "Polar OH1 12345678"}
FEATURES: Final = {"h10": (0, 2), "sense": (1, 2, 3, 5, 6, 9), "oh1": (1, 2, 3)}
Offer = dict[int, tuple[int, ...]]  # setting → values
OFFERS: Final[dict[tuple[str, bool, int], Offer]] = {
    ("h10", False, ACC): {0: (25, 50, 100, 200), 1: (16,), 2: (2, 4, 8)},
    ("oh1", False, ACC): {0: (50,), 1: (16,), 2: (8,), 4: (3,)},
    ("sense", False, ACC): {0: (52,), 1: (16,), 2: (8,), 4: (3,)},
    ("sense", False, GYRO): {0: (52,), 1: (16,), 2: (2000,), 4: (3,)},
    ("sense", True, ACC): {0: (26, 52, 104, 208, 416), 1: (16,), 2: (2, 4, 8, 16), 4: (3,)},
    ("sense", True, GYRO): {0: (26, 52, 104, 208, 416), 1: (16,), 2: (250, 500, 1000, 2000), 4: (3,)},
}
WRONG: Final = {0: 8, 1: 7, 2: 9, 4: 11}  # setting → status when its value is not offered
SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "h10": {"model": "h10", "rate_hz": 200, "range_g": 8},
    "sense": {"model": "sense", "sdk": True, "rate_hz": 416, "range_g": 16, "gyro": True, "range_dps": 2000},
    "oh1": {"model": "oh1", "rate_hz": 50, "range_g": 8},
}
H10_FRAME_N: Final = 36
H10_MTU_N: Final = 232


class Polar:
    """One sensor.

    `firmware`: "new" sends acceleration as mg without a factor, "old" in units of a factor; `sdk_mode`: whether it has
    one; `floats`: gyroscope frames of float patterns; `gyro_hz`: the gyroscope's true rate where it differs from what
    it says; `in_charger`, `mtu_n`: why a start may be refused.
    """

    def __init__(
        self,
        model: Literal["h10", "sense", "oh1"] = "h10",
        *,
        firmware: Literal["new", "old"] = "new",
        sdk_mode: bool = True,
        floats: bool = False,
        gyro_hz: float | None = None,
        in_charger: bool = False,
        mtu_n: int = 247,
    ) -> None:
        self.model, self.firmware, self.sdk_mode, self.floats = model, firmware, sdk_mode, floats
        self.gyro_hz, self.in_charger, self.mtu_n = gyro_hz, in_charger, mtu_n
        self.seen = Seen(NAMES[model], manufacturers=frozenset({0x006B}))
        self.table = {
            PMD: {CONTROL: frozenset({"read", "write", "indicate"}), DATA: frozenset({"notify"})},
            BATTERY: {BATTERY_LEVEL: frozenset({"read", "notify"})},
        }
        self.settings = dict(SETTINGS[model])
        self.sdk = False
        self.running: dict[int, dict[int, int]] = {}  # measurement → its settings
        self.commands: list[bytes] = []
        self._subscribed: set[str] = set()
        self._stamps: dict[int, Ints] = {}
        self._rows: dict[int, Ints] = {}
        self._turned: tuple[int, Array] | None = None  # newest angular rate that came in, with its stamp
        self._turn_ns = 0.0  # when the gyroscope's own clock measures next
        self._empty()

    def _empty(self) -> None:
        for kind in (ACC, GYRO):
            self._stamps[kind], self._rows[kind] = np.empty(0, np.int64), np.empty((0, 3), np.int64)

    @property
    def streaming(self) -> bool:
        return bool(self.running) and DATA in self._subscribed

    def connected(self) -> None:
        """Subscriptions are gone; a measurement that nobody stopped runs on."""
        self._subscribed.clear()
        self._empty()

    def subscribed(self, characteristic: str) -> None:
        self._subscribed.add(characteristic)

    def read(self, characteristic: str) -> bytes:
        if characteristic == BATTERY_LEVEL:
            return b"\x5a"
        if characteristic != CONTROL:
            raise Refused(0x02)  # read not permitted
        bits = sum(1 << feature for feature in FEATURES[self.model])
        return (b"\x0f" + bits.to_bytes(2, "little")).ljust(17, b"\0")

    def write(self, characteristic: str, payload: bytes) -> Said:
        if characteristic != CONTROL:
            raise Refused(0x03)  # write not permitted
        self.commands.append(payload)
        if len(payload) < 2:
            raise Refused(0x0D)  # invalid attribute value length
        op, kind = payload[0], payload[1] & 0x3F
        status, content = self._answer(op, kind, payload[2:])
        if CONTROL not in self._subscribed:
            return []  # accepted, and nothing is heard of it
        return [(CONTROL, bytes([0xF0, op, kind, status, 0]) + content)]

    def into_charger(self) -> Said:
        """It stops by itself and says which measurements."""
        self.in_charger = True
        stopped = bytes(self.running)
        self.running.clear()
        return [(CONTROL, b"\x01" + stopped)] if stopped and CONTROL in self._subscribed else []

    def _answer(self, op: int, kind: int, content: bytes) -> tuple[int, bytes]:
        """Status and settings."""
        if op not in (1, 2, 3):
            return 1, b""
        if kind == SDK:
            return self._switch_sdk(op), b""
        offer = OFFERS.get((self.model, self.sdk, kind))
        if offer is None:
            return 2, b""
        if op == 1:
            return 0, b"".join(bytes([key, len(values)]) + _packed(key, values) for key, values in offer.items())
        if op == 3:
            return (0 if self.running.pop(kind, None) else 6), b""
        return self._begin(kind, offer, content)

    def _switch_sdk(self, op: int) -> int:
        if not self.sdk_mode or self.model != "sense":
            return 3
        if self.running:
            return 12
        if self.sdk == (op == 2):
            return 6
        self.sdk = op == 2
        return 0

    def _begin(self, kind: int, offer: Offer, content: bytes) -> tuple[int, bytes]:
        if self.in_charger:
            return 13, b""
        if self.mtu_n < H10_MTU_N:
            return 10, b""
        if kind in self.running:
            return 6, b""
        chosen = _one_of_each(content)
        if chosen is None:
            return 4, b""
        if set(chosen) != set(offer):
            return 5, b""
        for key, value in chosen.items():
            if value not in offer[key]:
                return WRONG[key], b""
        self.running[kind] = chosen
        self._stamps[kind], self._rows[kind] = np.empty(0, np.int64), np.empty((0, 3), np.int64)
        if kind == GYRO:
            self._turned = None
        factor = self._factor(kind)
        return 0, b"" if factor is None else b"\x05\x01" + struct.pack("<f", factor)

    def _factor(self, kind: int) -> float | None:
        """What one bit is worth, in g or °/s; None: mg, and °/s as they are."""
        if kind == ACC:
            old = self.firmware == "old" and self.model != "h10"
            return 0.000244 * self.running[ACC][2] / 8 if old else None
        return None if self.floats else 0.07 * self.running[GYRO][2] / 2000

    # ------------------------------------------------------------------ samples

    def take(self, packet: ImuPacket) -> Said:
        """Samples just measured; the frames that they fill."""
        assert packet.device_ns is not None
        if ACC in self.running:
            factor = self._factor(ACC)
            bit_ms2 = G0_MS2 / 1000 if factor is None else factor * G0_MS2
            full = round(self.running[ACC][2] * G0_MS2 / bit_ms2)
            rows = np.clip(np.rint(packet.acc / bit_ms2), -full, min(full, 32767)).astype(np.int64)
            self._add(ACC, packet.device_ns, rows)
        if GYRO in self.running and packet.gyr is not None:
            stamps, gyr = self._turning(packet.device_ns, packet.gyr)
            factor = self._factor(GYRO)
            if factor is None:
                rows = np.degrees(gyr).astype("<f4").view("<i4").astype(np.int64)
            else:
                rows = np.rint(gyr / math.radians(factor)).astype(np.int64)
            self._add(GYRO, stamps, rows)
        frames = self._full(ACC) + self._full(GYRO)
        frames.sort(key=lambda frame: frame.stamp_ns)
        return [(DATA, bytes(frame)) for frame in frames] if self.streaming else []

    def _add(self, kind: int, stamps: Ints, rows: Ints) -> None:
        self._stamps[kind] = np.concatenate([self._stamps[kind], stamps])
        self._rows[kind] = np.concatenate([self._rows[kind], rows])

    def _turning(self, stamps: Ints, gyr: Array) -> tuple[Ints, Array]:
        """What the gyroscope's own clock makes of the angular rates."""
        if self.gyro_hz is None:
            return stamps, gyr
        if self._turned is None:
            self._turn_ns = float(stamps[0])
        else:
            stamps, gyr = np.insert(stamps, 0, self._turned[0]), np.insert(gyr, 0, self._turned[1], axis=0)
        self._turned = int(stamps[-1]), gyr[-1]
        n = max(0, math.floor((float(stamps[-1]) - self._turn_ns) * self.gyro_hz / 1e9) + 1)
        times = np.rint(self._turn_ns + np.arange(n) * 1e9 / self.gyro_hz).astype(np.int64)
        self._turn_ns += n * 1e9 / self.gyro_hz
        return times, np.column_stack([np.interp(times, stamps, axis) for axis in gyr.T])

    def _full(self, kind: int) -> list[polar_frames.Frame]:
        """The frames that are full; the rest waits."""
        frames = []
        while len(rows := self._rows[kind]):
            if self.model == "h10":
                n, frame_type = H10_FRAME_N, 1
                content = rows[:n].astype("<i2").tobytes()
                full = len(rows) >= n
            else:
                floats = kind == GYRO and self.floats
                content, n = polar_frames.pack(rows[: polar_frames.MAX_FRAME_N], 4 if floats else 2)
                frame_type = int(floats if kind == GYRO else self.firmware == "new")
                full = n < len(rows)
            if not full:
                break
            stamp_ns = int(self._stamps[kind][n - 1])
            frames.append(polar_frames.Frame(kind, stamp_ns, frame_type, self.model != "h10", content))
            self._rows[kind], self._stamps[kind] = rows[n:], self._stamps[kind][n:]
        return frames


def _packed(key: int, values: tuple[int, ...]) -> bytes:
    return struct.pack(f"<{len(values)}{'B' if key == 4 else 'H'}", *values)


def _one_of_each(content: bytes) -> dict[int, int] | None:
    """Setting → value of a start command; None when its length does not fit."""
    chosen = {}
    while content:
        size = 1 if content[0] == 4 else 2
        if len(content) < 2 + size or content[1] != 1:
            return None
        chosen[content[0]] = int.from_bytes(content[2 : 2 + size], "little")
        content = content[2 + size :]
    return chosen
