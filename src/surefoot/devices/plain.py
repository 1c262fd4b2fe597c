"""`plain/1`: surefoot's own lossless text packet, for imported and simulated samples.

A JSON object: `{"t":[s…],"acc":[[x,y,z]…],"gyr":[[x,y,z]…]|null}`; `t` in seconds on the device clock, `acc` in m/s²,
`gyr` in rad/s. Numbers are Python's shortest round-trip floats, so nothing is lost. Settings: `rate_hz` (nominal,
required), `range_ms2` (full scale of one axis, or absent).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from surefoot.errors import DeviceError
from surefoot.samples import ImuPacket

PACKET_N: Final = 10  # samples that we put into one
MAX_CHARS: Final = 4_000_000  # about 20 000 samples of six axes in full precision
MAX_T_S: Final = 1e6  # 11 days: up to here float seconds hold whole nanoseconds (1e15 < 2^53)


def packet_n(settings: Mapping[str, Any]) -> int:
    """Samples that a packet usually holds."""
    return PACKET_N


def decoder(settings: Mapping[str, Any]) -> PlainDecoder:
    """A fresh decoder. Raises DeviceError without a usable `rate_hz`."""
    return PlainDecoder(rate_hz(settings))


def rate_hz(settings: Mapping[str, Any]) -> float:
    """The nominal rate named in the settings."""
    rate = settings.get("rate_hz")
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 1 <= rate <= 5000:
        raise DeviceError(f"plain/1 needs the setting rate_hz, 1 to 5000, not {rate!r}")
    return float(rate)


def range_ms2(settings: Mapping[str, Any]) -> float | None:
    """Full scale of one axis, m/s², where the settings name it."""
    value = settings.get("range_ms2")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 5000:
        raise DeviceError(f"range_ms2 is a positive number of m/s², not {value!r}")
    return float(value)


class PlainDecoder:
    """Each packet stands alone; there is no state."""

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz

    def decode(self, payload: bytes | str, stream: str = "imu") -> ImuPacket | None:
        """One packet. Raises DeviceError."""
        if stream != "imu":
            return None
        if len(payload) > MAX_CHARS:
            raise DeviceError(f"a plain/1 packet has at most {MAX_CHARS} characters, got {len(payload)}")
        try:
            body = json.loads(payload)
            t = np.array(body["t"], dtype=np.float64)
            acc = np.array(body["acc"], dtype=np.float64)
            gyr = None if body["gyr"] is None else np.array(body["gyr"], dtype=np.float64)
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as e:
            raise DeviceError(f"not a plain/1 packet: {type(e).__name__}") from None
        if t.ndim != 1 or not (np.isfinite(t).all() and (np.abs(t) <= MAX_T_S).all()):
            raise DeviceError(f"plain/1 stamps are seconds within ±{MAX_T_S:g}")
        return ImuPacket(np.rint(t * 1e9).astype(np.int64), self.rate_hz, acc, gyr)


def encode(packet: ImuPacket, settings: Mapping[str, Any]) -> list[tuple[str, bytes | str]]:
    """The text of a packet. Raises DeviceError without stamps or beyond 11 days."""
    if packet.device_ns is None:
        raise DeviceError("plain/1 needs a stamp for every sample")
    t = packet.device_ns / 1e9
    if (np.abs(t) > MAX_T_S).any():
        raise DeviceError(f"plain/1 stamps are seconds within ±{MAX_T_S:g}")
    body = {"t": t.tolist(), "acc": packet.acc.tolist(), "gyr": None if packet.gyr is None else packet.gyr.tolist()}
    return [("imu", json.dumps(body, separators=(",", ":")))]
