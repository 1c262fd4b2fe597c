"""Polar's PMD data frames: uncompressed acceleration, as the H10 sends it.

Layout (all little endian), from Polar's `online_measurement.pdf` v1.0 (polarofficial/polar-ble-sdk 8fb5311):

    [0]     measurement type & 0x3F, 2 = acceleration
    [1..8]  u64 ns since 2000-01-01, stamp of the LAST sample
    [9]     bit 7 = delta compressed, low 7 bits = frame type: 0, 1, 2 = 3 axes × i8, i16, i24
    [10..]  samples in mg

The H10 uses type 1; its full frame is 226 bytes = 36 samples. Settings: `rate_hz` (25, 50, 100, 200), `range_g`
(2, 4, 8). Compressed frames (Verity Sense) are refused.

Sample times follow Polar's SDK: the time since the previous frame's stamp is spread over the samples of this frame;
where there is no previous frame, or its spacing is more than 5 % off nominal (a frame was lost), stamps step back from
this frame's own at the nominal rate. Seen only on simulated frames and on frames written out by hand, not on hardware.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from surefoot.errors import DeviceError
from surefoot.samples import G0_MS2, Array, ImuPacket, Ints

PACKET_N: Final = 36  # samples in the H10's 226-byte frame
HEADER_N: Final = 10  # bytes before the samples
ACC: Final = 2
MG_MS2: Final = G0_MS2 / 1000
RATES_HZ: Final = (25, 50, 100, 200)
RANGES_G: Final = (2, 4, 8)
SPACING_TOLERANCE: Final = 0.05  # SDK rule: beyond it a frame was lost


def _settings(settings: Mapping[str, Any]) -> tuple[int, int]:
    rate, range_g = settings.get("rate_hz"), settings.get("range_g")
    if rate not in RATES_HZ or range_g not in RANGES_G:
        raise DeviceError(f"a Polar H10 measures at {RATES_HZ} Hz and {RANGES_G} g, not {rate!r} Hz and {range_g!r} g")
    return int(rate), int(range_g)


def packet_n(settings: Mapping[str, Any]) -> int:
    """Samples that a packet usually holds."""
    return PACKET_N


def decoder(settings: Mapping[str, Any]) -> PolarDecoder:
    """A fresh decoder. Raises DeviceError for a rate or range that the H10 does not have."""
    return PolarDecoder(_settings(settings)[0])


def range_ms2(settings: Mapping[str, Any]) -> float:
    """Full scale of one axis, m/s²."""
    return _settings(settings)[1] * G0_MS2


class PolarDecoder:
    """Remembers the previous frame's stamp, from which the next frame's sample times follow."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._previous_ns: int | None = None

    def decode(self, payload: bytes | str, stream: str = "imu") -> ImuPacket | None:
        """One frame. Raises DeviceError."""
        if stream != "imu":
            return None
        if isinstance(payload, str):
            raise DeviceError("a Polar frame is bytes, not text")
        if len(payload) < HEADER_N:
            raise DeviceError(f"a Polar frame has at least {HEADER_N} bytes, got {len(payload)}")
        if payload[0] & 0x3F != ACC:
            raise DeviceError(f"measurement type {payload[0] & 0x3F} is not acceleration ({ACC})")
        if payload[9] & 0x80:
            raise DeviceError("a delta-compressed frame: only the H10's uncompressed acceleration is supported")
        stamp_ns = int.from_bytes(payload[1:9], "little")
        if stamp_ns >= 1 << 62:  # the year 2146; keeps differences inside int64
            raise DeviceError(f"a stamp of {stamp_ns} ns is not a date of this device")
        acc = _integers(payload[HEADER_N:], payload[9] + 1) * MG_MS2
        times = self._times(stamp_ns, len(acc))
        packet = ImuPacket(times, float(self.rate_hz), acc)  # raises before the stamp is remembered
        self._previous_ns = stamp_ns
        return packet

    def _times(self, stamp_ns: int, n: int) -> Ints:
        nominal_ns = 1e9 / self.rate_hz
        step_ns = nominal_ns
        if self._previous_ns is not None and n:
            spacing_ns = (stamp_ns - self._previous_ns) / n
            if abs(spacing_ns / nominal_ns - 1) <= SPACING_TOLERANCE:
                step_ns = spacing_ns
        back = np.arange(n - 1, -1, -1)
        steps: Ints = np.rint(step_ns * back).astype(np.int64)
        return stamp_ns - steps


def _integers(content: bytes, width: int) -> Array:
    """(n, 3) signed little-endian integers of 1, 2 or 3 bytes."""
    if width not in (1, 2, 3):
        raise DeviceError(f"acceleration frames have type 0, 1 or 2, not {width - 1}")
    if not content or len(content) % (3 * width):
        raise DeviceError(f"{len(content)} bytes are not whole samples of 3 axes × {width} bytes")
    if width < 3:
        return np.frombuffer(content, f"<i{width}").reshape(-1, 3).astype(np.float64)
    raw = np.frombuffer(content, np.uint8).reshape(-1, 3, 3).astype(np.int64)
    value = raw[..., 0] | raw[..., 1] << 8 | raw[..., 2] << 16
    return np.where(value >= 1 << 23, value - (1 << 24), value).astype(np.float64)


def encode(packet: ImuPacket, settings: Mapping[str, Any]) -> list[tuple[str, bytes | str]]:
    """The H10's frame (type 1) for these samples, clipped at the range as the sensor does.

    Raises DeviceError without stamps: the frame carries that of the last sample.
    """
    _, range_g = _settings(settings)
    if packet.device_ns is None:
        raise DeviceError("a Polar frame carries the stamp of its last sample")
    stamp_ns = int(packet.device_ns[-1])
    if not 0 <= stamp_ns < 1 << 62:
        raise DeviceError(f"a Polar stamp counts ns from 2000 on, not {stamp_ns}")
    mg = np.clip(np.rint(packet.acc / MG_MS2), -1000 * range_g, 1000 * range_g).astype("<i2")
    return [("imu", bytes([ACC]) + stamp_ns.to_bytes(8, "little") + b"\x01" + mg.tobytes())]
