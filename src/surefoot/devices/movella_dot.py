"""Movella (Xsens) DOT: one sample a notification, each with its own stamp.

Layout (all little endian), from Xsens DOT BLE Services Specifications XD0506P rev F:

    [0..3]  u32 µs on the sensor's clock; wraps after 71.6 minutes
    [4..]   by mode: 21 rate quantities: acc 3 × f32 m/s², gyr 3 × f32 °/s
                     19 delta quantities: dq 4 × f32 (w, x, y, z), dv 3 × f32 m/s, since the sample before
                      6 free acceleration: 3 × f32 m/s², earth axes, without gravity

and zeros to the full size of the characteristic. Settings: `mode`, `rate_hz`, and `profile` ("general" or "dynamic":
how the sensor fuses its orientation; absent: as it is).

Mode 19 is what the sensor integrates at 800 Hz: acceleration = dv · rate, so the impulse of a landing is kept whole at
60 Hz. Mode 6 can be read where somebody recorded it, but not started: it has no gravity, so nothing can be levelled,
and the check of gravity withholds every score. Seen only on simulated frames and on frames written out by hand.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from math import pi
from typing import Any, Final

import numpy as np

from surefoot.errors import DeviceError
from surefoot.gatt import Read, Recognised, Seen, Talk, Write
from surefoot.samples import G0_MS2, Array, ImuPacket

RATE_QUANTITIES, DELTA_QUANTITIES, FREE_ACCELERATION = 21, 19, 6
FLOATS: Final = {RATE_QUANTITIES: 6, DELTA_QUANTITIES: 7, FREE_ACCELERATION: 3}  # behind the stamp, by mode
RATES_HZ: Final = (1, 4, 10, 12, 15, 20, 30, 60)
PROFILES: Final = {"general": 0, "dynamic": 1}
RANGE_G: Final = 16
DEGREE: Final = pi / 180
MOST_US: Final = 1 << 53  # 285 years; in ns it fits into 64 bits
UNIT_TOLERANCE: Final = 0.05  # a rotation has length 1; beyond it the bytes are something else


def _settings(settings: Mapping[str, Any]) -> tuple[int, int, int | None]:
    mode, rate, profile = settings.get("mode"), settings.get("rate_hz"), settings.get("profile")
    if mode not in tuple(FLOATS):
        raise DeviceError(f"surefoot reads the modes {tuple(FLOATS)} of a Movella DOT, not {mode!r}")
    if rate not in RATES_HZ:
        raise DeviceError(f"a Movella DOT sends at {RATES_HZ} Hz, not {rate!r} (120 Hz is for its own memory only)")
    if profile is not None and profile not in tuple(PROFILES):
        raise DeviceError(f"the filter profile of a Movella DOT is general or dynamic, not {profile!r}")
    return int(mode), int(rate), None if profile is None else PROFILES[profile]


def packet_n(settings: Mapping[str, Any]) -> int:
    """Samples that a packet usually holds."""
    return 1


def decoder(settings: Mapping[str, Any]) -> DotDecoder:
    """A fresh decoder. Raises DeviceError for a mode or rate that cannot be read live."""
    mode, rate_hz, _ = _settings(settings)
    return DotDecoder(mode, rate_hz)


def range_ms2(settings: Mapping[str, Any]) -> float:
    """Full scale of one axis, m/s²: fixed."""
    _settings(settings)
    return RANGE_G * G0_MS2


class DotDecoder:
    """Remembers the stamp before, so that the clock may wrap."""

    def __init__(self, mode: int, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._mode = mode
        self._layout = struct.Struct(f"<I{FLOATS[mode]}f")
        self._stamp_us: int | None = None

    def decode(self, payload: bytes | str, stream: str = "imu") -> ImuPacket | None:
        """One sample; what stands behind it is padding. Raises DeviceError."""
        if stream != "imu":
            return None
        if isinstance(payload, str):
            raise DeviceError("a Movella DOT frame is bytes, not text")
        if len(payload) < self._layout.size:
            raise DeviceError(f"mode {self._mode} has at least {self._layout.size} bytes, got {len(payload)}")
        raw_us, *values = self._layout.unpack_from(payload)
        acc, gyr = self._measured(np.array(values))
        stamp_us = raw_us
        if self._stamp_us is not None:
            stamp_us = self._stamp_us + (raw_us - self._stamp_us + (1 << 31)) % (1 << 32) - (1 << 31)
        if abs(stamp_us) >= MOST_US:
            raise DeviceError("the stamps of this Movella DOT run away")
        stamps = np.array([stamp_us * 1000], dtype=np.int64)
        packet = ImuPacket(stamps, float(self.rate_hz), acc, gyr)  # raises before the stamp is remembered
        self._stamp_us = stamp_us
        return packet

    def _measured(self, values: Array) -> tuple[Array, Array | None]:
        if self._mode == RATE_QUANTITIES:
            return values[None, :3], values[None, 3:] * DEGREE
        if self._mode == DELTA_QUANTITIES:
            return values[None, 4:] * self.rate_hz, _turn(values[:4])[None] * self.rate_hz
        return values[None], None


def _turn(q: Array) -> Array:
    """(3,) rotation vector in rad of a unit quaternion (w, x, y, z); q and -q are the same rotation."""
    if not abs(float(q @ q) - 1) <= 2 * UNIT_TOLERANCE:  # written so that NaN is refused too
        raise DeviceError("a rotation since the sample before does not have length 1")
    sine = float(np.linalg.norm(q[1:]))
    angle = 2 * np.arctan2(sine, abs(q[0])) * (1 if q[0] >= 0 else -1)
    return np.asarray(q[1:] * (angle / sine if sine > 0 else 2.0))


def _rotation(turn: Array) -> Array:
    """(n, 4) unit quaternions of (n, 3) rotation vectors shorter than π."""
    angle = np.linalg.norm(turn, axis=1, keepdims=True)
    return np.hstack([np.cos(angle / 2), turn / 2 * np.sinc(angle / (2 * pi))])


def encode(packet: ImuPacket, settings: Mapping[str, Any]) -> list[tuple[str, bytes | str]]:
    """One notification a sample, padded to the size of its characteristic; the stamp wraps as the sensor's does.

    Raises DeviceError without stamps, without the angular rates that the mode has, or when a turn between two samples
    is half a circle or more: a rotation cannot say so.
    """
    mode, rate_hz, _ = _settings(settings)
    if packet.device_ns is None or packet.device_ns[0] < 0:
        raise DeviceError("a Movella DOT frame carries the stamp of its sample, counted from 0 on")
    if mode == FREE_ACCELERATION:
        values = packet.acc
    elif packet.gyr is None:
        raise DeviceError(f"mode {mode} of a Movella DOT has angular rates, and these samples have none")
    elif mode == RATE_QUANTITIES:
        values = np.hstack([packet.acc, packet.gyr / DEGREE])
    else:
        turn = packet.gyr / rate_hz
        if (np.linalg.norm(turn, axis=1) >= pi).any():
            raise DeviceError(f"a turn of half a circle within 1/{rate_hz} s cannot be said in mode {mode}")
        values = np.hstack([_rotation(turn), packet.acc / rate_hz])
    stamps_us = np.rint(packet.device_ns / 1000).astype(np.int64) % (1 << 32)
    layout = struct.Struct(f"<I{FLOATS[mode]}f")
    rows = zip(stamps_us.tolist(), values.tolist(), strict=True)
    return [("imu", layout.pack(stamp_us, *row).ljust(_CARRIERS[mode][1], b"\0")) for stamp_us, row in rows]


# ------------------------------------------------------------------------------------------------ the radio


def _uuid(short: str) -> str:
    return f"1517{short}-4947-11e9-8646-d663bd873d93"


SERVICE: Final = _uuid("2000")
MISSING: Final = "close the maker's app if it is connected to this DOT, and update the sensor's firmware with it"
CONFIGURATION: Final = _uuid("1000")
CONTROL: Final = _uuid("1002")  # of the device: 32 bytes
MEASUREMENT: Final = _uuid("2001")  # 3 bytes: 1, whether it runs, the mode
_MEDIUM, _SHORT = (_uuid("2003"), 40), (_uuid("2004"), 20)
_CARRIERS: Final = {RATE_QUANTITIES: _MEDIUM, DELTA_QUANTITIES: _MEDIUM, FREE_ACCELERATION: _SHORT}
COMPANY: Final = 0x0886
CONTROL_BYTES: Final = 32
VISIT_RATE, VISIT_PROFILE = 0x10, 0x20  # bits of byte 0: which fields a write shall change
POWER_AT, RATE_AT, PROFILE_AT = 2, 24, 26


def recognise(seen: Seen) -> Recognised | None:
    """By its name, which its owner may have changed; then by a service; then by the maker's number."""
    settings = {"mode": RATE_QUANTITIES, "rate_hz": 60}
    if seen.name is not None and seen.name.lower().startswith(("xsens dot", "movella dot")):
        return Recognised("Movella DOT", settings, sure=3)
    if seen.services & {SERVICE, CONFIGURATION}:
        return Recognised("Movella DOT", settings, sure=2)
    if COMPANY in seen.manufacturers:
        return Recognised("Movella DOT", settings, sure=1)
    return None


def streams(settings: Mapping[str, Any]) -> Mapping[str, str]:
    """The characteristic that carries the mode; on another one the sensor stays silent."""
    return {_CARRIERS[_settings(settings)[0]][0]: "imu"}


def start(settings: Mapping[str, Any]) -> Talk:
    """Set the output rate where it differs, and measure. Raises DeviceError when the sensor does otherwise."""
    mode, rate_hz, profile = _settings(settings)
    if mode == FREE_ACCELERATION:
        raise DeviceError(
            "mode 6 of a Movella DOT has no gravity and cannot be scored: choose mode 21, or 19 for landings"
        )
    state = (yield Read(MEASUREMENT)) or b""
    if len(state) >= 3 and state[1]:  # its configuration cannot change while it measures
        yield Write(MEASUREMENT, bytes([1, 0, state[2]]))
    control = (yield Read(CONTROL)) or b""
    wanted = _changed(control, rate_hz, profile)
    if wanted is not None:
        yield Write(CONTROL, wanted)
        kept = (yield Read(CONTROL)) or b""
        if _changed(kept, rate_hz, profile) is not None:
            raise DeviceError(f"the Movella DOT did not take {rate_hz} Hz: set it in the maker's app and try again")
    yield Write(MEASUREMENT, bytes([1, 1, mode]))
    state = (yield Read(MEASUREMENT)) or b""
    if tuple(state[1:3]) != (1, mode):
        raise DeviceError(f"the Movella DOT did not start mode {mode}: update its firmware, or switch it off and on")
    return dict(settings)


def _changed(control: bytes, rate_hz: int, profile: int | None) -> bytes | None:
    """The 32 bytes to write back so that rate and profile are as wanted; None when they are so already."""
    if len(control) != CONTROL_BYTES:
        raise DeviceError(f"the Movella DOT's control has {CONTROL_BYTES} bytes, this one sent {len(control)}")
    visit = 0
    if int.from_bytes(control[RATE_AT : RATE_AT + 2], "little") != rate_hz:
        visit |= VISIT_RATE
    if profile is not None and control[PROFILE_AT] != profile:
        visit |= VISIT_PROFILE
    if not visit:
        return None
    out = bytearray(control)
    out[0] = visit
    out[POWER_AT] &= ~1  # the bit that switches the sensor off
    out[RATE_AT : RATE_AT + 2] = rate_hz.to_bytes(2, "little")
    if profile is not None:
        out[PROFILE_AT] = profile
    return bytes(out)


def stop(settings: Mapping[str, Any]) -> Sequence[Write]:
    """Stop measuring."""
    return [Write(MEASUREMENT, bytes([1, 0, _settings(settings)[0]]))]
