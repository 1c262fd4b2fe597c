"""WitMotion's BLE 5.0 sensors (WT901BLECL5.0, WT9011DCL, BWT901BLE): a stream of frames of 20 bytes.

Layout (little endian), from the WT901BLECL datasheet v23-0420 and WitMotion's own SDKs
(WITMOTION/WitBluetooth_BWT901BLE5_0, commit 9efaab0):

    55 61  9 × i16: acceleration × 16 g / 32768, rate × 2000 °/s / 32768, angles × 180° / 32768
    55 71  u16 register, 8 × i16: the answer to a register read; surefoot asks for none

No stamp, no counter, no checksum. Notifications are a byte stream: several frames may come in one and one frame in
two, so the decoder reassembles, and finds its place again after garbage where a whole frame is followed by the head of
another or by the end of what came. The range is fixed: ±16 g and ±2000 °/s.

Settings: `rate_hz`: 10, 20 and 50 Hz are seen to work in open code; 100 Hz is in the datasheet, but nobody showed that
it survives the radio without loss; 200 Hz is in the datasheet with the code 0x0A, which in WitMotion's general protocol
means 125 Hz. The rate that really comes is measured from the arrivals (`surefoot.arrival`).

Nothing is saved in the device and nothing is calibrated or reset: after it was switched off it is as it was. Seen only
on simulated frames and on frames written out by hand, not on hardware.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from surefoot.errors import DeviceError
from surefoot.gatt import Pause, Recognised, Seen, Talk, Write
from surefoot.samples import G0_MS2, ImuPacket

SERVICE: Final = "0000ffe5-0000-1000-8000-00805f9a34fb"  # the vendor's base ends in 9a34fb, not in the SIG's 9b34fb
NOTIFY: Final = "0000ffe4-0000-1000-8000-00805f9a34fb"
COMMAND: Final = "0000ffe9-0000-1000-8000-00805f9a34fb"
MISSING: Final = (
    "this WitMotion sensor does not offer its data service: surefoot reads the Bluetooth 5.0 models (WT901BLE, "
    "WT9011DCL, BWT901BLE); close WitMotion's app, switch the sensor off and on and try again"
)
NAME: Final = re.compile(r"^(WT901BLE|WT9011DCL|BWT901BLE)", re.IGNORECASE)

RATE_CODES: Final = {10: 0x06, 20: 0x07, 50: 0x08, 100: 0x09, 200: 0x0A}
RATE_HZ: Final = 50  # the fastest that open code shows to work
RANGE_MS2: Final = 16 * G0_MS2
ACC_MS2: Final = RANGE_MS2 / 32768
GYR_RADS: Final = math.radians(2000) / 32768

FRAME_N: Final = 20
IMU, REGISTER = b"\x55\x61", b"\x55\x71"
LONGEST_N: Final = (
    512  # bytes of the longest value that Bluetooth can notify (Core specification, Vol 3, Part F, 3.2.9)
)


def _rate_hz(settings: Mapping[str, Any]) -> int:
    rate = settings.get("rate_hz")
    if isinstance(rate, bool) or rate not in RATE_CODES:
        raise DeviceError(f"a WitMotion sensor sends {', '.join(map(str, RATE_CODES))} samples a second, not {rate!r}")
    return int(rate)


def packet_n(settings: Mapping[str, Any]) -> int:
    """Samples that a packet usually holds."""
    return 1


def decoder(settings: Mapping[str, Any]) -> WitMotionDecoder:
    """A fresh decoder. Raises DeviceError for a rate that these sensors do not have."""
    return WitMotionDecoder(_rate_hz(settings))


def range_ms2(settings: Mapping[str, Any]) -> float:
    """Full scale of one axis, m/s²."""
    return RANGE_MS2


class WitMotionDecoder:
    """Keeps the beginning of a frame, at most 19 bytes, until the rest comes."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._rest = b""

    def decode(self, payload: bytes | str, stream: str = "imu") -> ImuPacket | None:
        """The frames that this notification completes. Raises DeviceError when it brought bytes of no frame only."""
        if stream != "imu":
            return None
        if isinstance(payload, str):
            raise DeviceError("a WitMotion frame is bytes, not text")
        if len(payload) > LONGEST_N:
            raise DeviceError(f"a notification holds at most {LONGEST_N} bytes, got {len(payload)}")
        frames, self._rest, garbage_n = _split(self._rest + payload)
        rows = [frame[2:14] for frame in frames if frame.startswith(IMU)]
        if not rows:
            if garbage_n:
                raise DeviceError(f"{garbage_n} bytes belong to no WitMotion frame")
            return None
        raw = np.frombuffer(b"".join(rows), "<i2").reshape(-1, 6).astype(np.float64)
        return ImuPacket(None, float(self.rate_hz), raw[:, :3] * ACC_MS2, raw[:, 3:] * GYR_RADS)


def _split(stream: bytes) -> tuple[list[bytes], bytes, int]:
    """Whole frames, the beginning of a frame that is still to come, and how many bytes belong to neither."""
    frames, at, garbage_n = [], 0, 0
    while at < len(stream):
        if not _begins(stream[at : at + 2]) or not _begins(stream[at + FRAME_N : at + FRAME_N + 2]):
            at += 1
            garbage_n += 1
        elif at + FRAME_N > len(stream):
            break
        else:
            frames.append(stream[at : at + FRAME_N])
            at += FRAME_N
    return frames, stream[at:], garbage_n


def _begins(head: bytes) -> bool:
    """Whether a frame may begin so; nothing and one byte may be the beginning of everything."""
    return IMU.startswith(head) or REGISTER.startswith(head)


def encode(packet: ImuPacket, settings: Mapping[str, Any]) -> list[tuple[str, bytes | str]]:
    """A frame for each sample, clipped at the range as the sensor does; the angles are 0."""
    _rate_hz(settings)
    gyr = np.zeros_like(packet.acc) if packet.gyr is None else packet.gyr
    raw = np.rint(np.hstack([packet.acc / ACC_MS2, gyr / GYR_RADS, np.zeros_like(gyr)]))
    return [("imu", IMU + row.tobytes()) for row in np.clip(raw, -32768, 32767).astype("<i2")]


# ------------------------------------------------------------------------------------------------ the radio


def recognise(seen: Seen) -> Recognised | None:
    """By the name, or by the vendor's service."""
    if seen.name is not None and NAME.match(seen.name):
        return Recognised(f"WitMotion {seen.name}", {"rate_hz": RATE_HZ}, sure=3)
    if SERVICE in seen.services:
        return Recognised("WitMotion sensor", {"rate_hz": RATE_HZ}, sure=2)
    return None


def streams(settings: Mapping[str, Any]) -> Mapping[str, str]:
    """Samples flow as soon as they are subscribed."""
    return {NOTIFY: "imu"}


def start(settings: Mapping[str, Any]) -> Talk:
    """Unlock (newer firmware needs it before every change, for 10 s), set the rate, let it settle."""
    rate = _rate_hz(settings)
    yield Write(COMMAND, bytes.fromhex("FFAA6988B5"))
    yield Write(COMMAND, bytes([0xFF, 0xAA, 0x03, RATE_CODES[rate], 0x00]))
    yield Pause(1.0)
    return {"rate_hz": rate}


def stop(settings: Mapping[str, Any]) -> Sequence[Write]:
    """Nothing: without a subscription it is silent, and the rate is forgotten when it is switched off."""
    return []
