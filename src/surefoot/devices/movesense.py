"""Movesense: measurements of the GATT SensorData protocol, in one or two parts.

A notification is `[response u8][reference u8][content]`; response 1 = result of a command, 2 = data, 3 = its second
part. The parts joined (all little endian):

    [0..3]  u32 ms since the sensor was switched on, of the FIRST sample; wraps after 49.7 days
    [4..]   n × acc (3 × f32, m/s²), then n × gyro (3 × f32, °/s), then n × magn (3 × f32, µT): one array after another

Settings: `stream` ("Acc", "IMU6", "IMU9"), `rate_hz`, and `range_g` where somebody knows it. The full scale cannot be
asked for; ±8 g is believed to be the default, so without `range_g` a sample near 8 g counts as cut off: a landing that
is flagged without need does less harm than a clipped one that is believed. The magnetometer is left out.

A payload has n = rate / 13 samples. A first part has 150 bytes, and no whole number of samples fits into that: so each
notification says itself whether a second part is due. Should a firmware split elsewhere, at whole samples by chance,
the second part that nobody waited for teaches where. A payload whose second part is lost is given up; its samples are
missing in the stamps and count as lost there. One mix cannot be told from a whole payload: when exactly a second part
and the first part after it are lost.

Sources: movesense-device-lib 07177ff (samples/gatt_sensordata_app, CHANGES.md), sensein/movesense-py 800da2a.
Seen only on simulated payloads and on ones written out by hand, not on hardware.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import pi
from typing import Any, Final

import numpy as np

from surefoot.errors import DeviceError
from surefoot.gatt import Listen, Recognised, Seen, Talk, Write
from surefoot.samples import G0_MS2, ImuPacket, Ints

GROUPS: Final = {"Acc": 1, "IMU6": 2, "IMU9": 3}  # arrays in a payload
RATES_HZ: Final = (13, 26, 52, 104, 208, 416, 833, 1666)
RANGES_G: Final = (2, 4, 8, 16)
BELIEVED_G: Final = 8
PACKETS_HZ: Final = 13  # payloads a second at every rate; captured up to 52 Hz, the maker's client has it at 104 Hz
ROW_BYTES: Final = 12  # one sample of one array
STAMP_BYTES: Final = 4
FIRST_BYTES: Final = 150  # of a payload in its first part (gatt_sensordata_app)
MOST_BYTES: Final = 306  # 150 + 156: what two notifications of that app can carry
ATT_BYTES: Final = 512  # longest attribute value (Bluetooth Core, vol 3 part F 3.2.9)
DEGREE: Final = pi / 180
MS_NS: Final = 1_000_000
HALF_MS_NS: Final = MS_NS // 2 - 1  # the stamp is the start of the payload rounded to 1 ms
LEAST_SHARE, GAP_SHARE = 0.5, 1.5  # of the distance that is due: beyond 1.5 a payload was lost
MOST_MS: Final = 1 << 43  # 279 years; in ns it fits into 64 bits
MEMORY_S: Final = 10  # the measured rate is a mean over so long: stamps of 1 ms then tell it to 0.01 %

REFERENCE: Final = 99  # any number but 0 names our subscription
DATA_UUID: Final = "34800002-7185-4d5d-b431-630e7050e8f0"
COMMAND_UUID: Final = "34800001-7185-4d5d-b431-630e7050e8f0"
SUBSCRIBE, UNSUBSCRIBE = 1, 2
RESULT, DATA, PART2 = 1, 2, 3
OK: Final = 200
REFUSALS: Final = {
    404: "choose another stream or rate",
    507: "it has no room for another subscription, so end those of other apps",
}


def _settings(settings: Mapping[str, Any]) -> tuple[str, int, int]:
    stream, rate, range_g = settings.get("stream"), settings.get("rate_hz"), settings.get("range_g", BELIEVED_G)
    if not isinstance(stream, str) or stream not in GROUPS or rate not in RATES_HZ or range_g not in RANGES_G:
        raise DeviceError(
            f"a Movesense has the streams {', '.join(GROUPS)} at {RATES_HZ} Hz and {RANGES_G} g, "
            f"not {stream!r} at {rate!r} Hz and {range_g!r} g"
        )
    return stream, int(rate), int(range_g)


def packet_n(settings: Mapping[str, Any]) -> int:
    """Samples that a payload usually holds: 1/13 s of them, as far as two notifications carry them (our guess above
    104 Hz)."""
    stream, rate_hz, _ = _settings(settings)
    return min(rate_hz // PACKETS_HZ, (MOST_BYTES - STAMP_BYTES) // (ROW_BYTES * GROUPS[stream]))


def decoder(settings: Mapping[str, Any]) -> MovesenseDecoder:
    """A fresh decoder. Raises DeviceError for a stream or rate that a Movesense does not have."""
    stream, rate_hz, _ = _settings(settings)
    return MovesenseDecoder(GROUPS[stream], rate_hz)


def range_ms2(settings: Mapping[str, Any]) -> float:
    """Full scale of one axis, m/s²: as set, else as believed."""
    return _settings(settings)[2] * G0_MS2


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where the newest payload lies: its stamp without wraps, its first sample, its size, and the rate so far."""

    stamp_ms: int
    start_ns: int
    n: int
    period_ns: float  # of one sample, measured
    seen_n: float  # samples in that mean

    def times(self) -> Ints:
        steps: Ints = np.rint(self.period_ns * np.arange(self.n)).astype(np.int64)
        return self.start_ns + steps


class MovesenseDecoder:
    """Holds a first part until its second comes, and measures the sampling rate by the stamps."""

    def __init__(self, groups: int, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._groups = groups
        self._split_bytes = FIRST_BYTES
        self._held: bytes | None = None  # a first part
        self._alone_bytes: int | None = None  # size of the notification just before, when it was taken for whole
        self._placed: _Placed | None = None

    def decode(self, payload: bytes | str, stream: str = "imu") -> ImuPacket | None:
        """One notification; the result of a command and a first part complete nothing. Raises DeviceError."""
        if stream != "imu":
            return None
        if isinstance(payload, str):
            raise DeviceError("a Movesense notification is bytes, not text")
        if not 2 <= len(payload) <= ATT_BYTES:
            raise DeviceError(f"a Movesense notification has 2 to {ATT_BYTES} bytes, got {len(payload)}")
        response, reference, content = payload[0], payload[1], payload[2:]
        if response == RESULT:
            return None
        if response not in (DATA, PART2):
            raise DeviceError(f"a Movesense notification is a result, data or part 2 of data (1, 2, 3), not {response}")
        if reference != REFERENCE:
            raise DeviceError(f"samples of subscription {reference}, which surefoot did not ask for")
        whole = self._whole(content) if response == DATA else self._joined(content)
        return None if whole is None else self._packet(whole)

    def _whole(self, content: bytes) -> bytes | None:
        self._held, self._alone_bytes = None, None  # a part 2 that was still due is lost
        if self._is_whole(content) and len(content) != self._split_bytes:
            self._alone_bytes = len(content)
            return content
        self._held = content
        return None

    def _joined(self, content: bytes) -> bytes:
        held, self._held = self._held, None
        alone_bytes, self._alone_bytes = self._alone_bytes, None
        if held is None:
            self._split_bytes = alone_bytes or self._split_bytes
            raise DeviceError("the second part of a payload whose first part is missing")
        whole = held + content
        if not self._is_whole(whole):
            raise DeviceError(f"two parts of {len(held)} and {len(content)} bytes hold no whole samples")
        return whole

    def _is_whole(self, content: bytes) -> bool:
        rows = len(content) - STAMP_BYTES
        return rows > 0 and rows % (ROW_BYTES * self._groups) == 0

    def _packet(self, whole: bytes) -> ImuPacket:
        values = np.frombuffer(whole, "<f4", offset=STAMP_BYTES)
        if not np.isfinite(values).all():
            raise DeviceError("a measured value is not a number")
        arrays = values.reshape(self._groups, -1, 3).astype(np.float64)
        placed = self._place(int.from_bytes(whole[:STAMP_BYTES], "little"), arrays.shape[1])
        gyr = arrays[1] * DEGREE if self._groups > 1 else None
        packet = ImuPacket(placed.times(), float(self.rate_hz), arrays[0], gyr)  # raises before the stamp is remembered
        self._placed = placed
        return packet

    def _place(self, raw_ms: int, n: int) -> _Placed:
        """The stamp is exact to 1 ms; within that millisecond the payload starts where the one before it ends."""
        before = self._placed
        if before is None:  # the nominal rate counts like the first second of measurements
            return _Placed(raw_ms, raw_ms * MS_NS, n, 1e9 / self.rate_hz, self.rate_hz)
        step_ms = (raw_ms - before.stamp_ms + (1 << 31)) % (1 << 32) - (1 << 31)
        stamp_ms = before.stamp_ms + step_ms
        if abs(stamp_ms) >= MOST_MS:
            raise DeviceError("the stamps of this Movesense run away")
        start_ns, period_ns, seen_n = stamp_ms * MS_NS, before.period_ns, before.seen_n
        due_ns = period_ns * before.n
        if step_ms == 0:  # the same payload once more
            start_ns = before.start_ns
        elif LEAST_SHARE * due_ns <= step_ms * MS_NS <= GAP_SHARE * due_ns:
            seen_n = min(seen_n + before.n, MEMORY_S * self.rate_hz)
            period_ns += (step_ms * MS_NS / before.n - period_ns) * before.n / seen_n
            start_ns = min(max(before.start_ns + round(due_ns), start_ns - HALF_MS_NS), start_ns + HALF_MS_NS)
        return _Placed(stamp_ms, start_ns, n, period_ns, seen_n)


def encode(packet: ImuPacket, settings: Mapping[str, Any]) -> list[tuple[str, bytes | str]]:
    """The notifications of these samples: a payload for every `packet_n` of them, in parts where it is long.

    The stamp wraps as the sensor's does. Raises DeviceError without stamps, or without the angular rates that the
    stream has. The magnetometer of IMU9 reads 0.
    """
    groups, most_n = GROUPS[_settings(settings)[0]], packet_n(settings)
    if packet.device_ns is None or packet.device_ns[0] < 0:
        raise DeviceError("a Movesense payload carries the stamp of its first sample, counted from 0 on")
    arrays = [packet.acc]
    if groups > 1:
        if packet.gyr is None:
            raise DeviceError("this stream of a Movesense has angular rates, and these samples have none")
        arrays.append(packet.gyr / DEGREE)
    if groups > 2:
        arrays.append(np.zeros_like(packet.acc))
    sent: list[tuple[str, bytes | str]] = []
    for k in range(0, len(packet.acc), most_n):
        stamp_ms = int(np.rint(packet.device_ns[k] / MS_NS)) % (1 << 32)
        whole = stamp_ms.to_bytes(STAMP_BYTES, "little")
        whole += b"".join(array[k : k + most_n].astype("<f4").tobytes() for array in arrays)
        sent.append(("imu", bytes([DATA, REFERENCE]) + whole[:FIRST_BYTES]))
        if len(whole) > FIRST_BYTES:
            sent.append(("imu", bytes([PART2, REFERENCE]) + whole[FIRST_BYTES:]))
    return sent


# ------------------------------------------------------------------------------------------------ the radio

SERVICE: Final = "34802252-7185-4d5d-b431-630e7050e8f0"
MISSING: Final = (
    "update the firmware of this Movesense to 2.3 or later, with the maker's app: older ones speak to it alone"
)


def recognise(seen: Seen) -> Recognised | None:
    """By the name "Movesense" and its serial number, or by its service."""
    settings = {"stream": "IMU6", "rate_hz": 104}  # both axes of sway, enough rate for landings
    if seen.name is not None and seen.name.lower().startswith("movesense"):
        return Recognised("Movesense", settings, sure=3)
    if SERVICE in seen.services:
        return Recognised("Movesense", settings, sure=2)
    return None


def streams(settings: Mapping[str, Any]) -> Mapping[str, str]:
    """Samples and results come on one characteristic."""
    return {DATA_UUID: "imu"}


def start(settings: Mapping[str, Any]) -> Talk:
    """Subscribe to the stream. Raises DeviceError with the number and the path when the sensor refuses."""
    stream, rate_hz, _ = _settings(settings)
    path = f"/Meas/{stream}/{rate_hz}"
    yield Write(COMMAND_UUID, bytes([SUBSCRIBE, REFERENCE]) + path.encode("ascii"))
    answer = (yield Listen(DATA_UUID)) or b""
    if len(answer) < 2 or answer[1] != REFERENCE:
        raise DeviceError(f"the Movesense gave no answer to {path}: switch it off and on and try again")
    if answer[0] == RESULT:
        status = _status(answer[2:4])
        if status != OK:
            remedy = REFUSALS.get(status, "switch it off and on and try again")
            raise DeviceError(f"the Movesense refused {path} with status {status}: {remedy}")
    return dict(settings)  # where data comes without a result, it was understood too


def _status(said: bytes) -> int:
    """Stock firmware sends it little endian, the sample app big endian; statuses have three digits either way."""
    little = int.from_bytes(said, "little")
    return little if little < 1000 else int.from_bytes(said, "big")


def stop(settings: Mapping[str, Any]) -> Sequence[Write]:
    """Unsubscribe."""
    return [Write(COMMAND_UUID, bytes([UNSUBSCRIBE, REFERENCE]))]
