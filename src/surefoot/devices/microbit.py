"""BBC micro:bit v1 and v2 with the accelerometer service: one sample of three axes a notification.

Layout: 3 × i16, little endian. The service calls the unit milli-g, but the firmware maps 1 g to 1024
(lancaster-university/microbit-dal, commit 318c6ab; codal-microbit-v2, commit 44f4150). No stamp, no gyroscope. The
range is ±2 g and cannot be changed by radio: landings are clipped, and say so.

Settings: `rate_hz`. The device keeps a period in whole milliseconds and rounds a wish to what its sensor has, so the
period is read back and the rate that it gives is the one agreed to. What comes is measured (`surefoot.arrival`): a
foot-mounted v1 asked for 20 ms sent every 18 ms, in bursts of three or four (microbit-dal issue 300).

The service is there only if the program on the micro:bit makes it. Seen only on simulated frames, not on hardware.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from surefoot.errors import DeviceError
from surefoot.gatt import Read, Recognised, Seen, Talk, Write
from surefoot.samples import G0_MS2, ImuPacket

SERVICE: Final = "e95d0753-251d-470a-a062-fa1922dfa9a8"
DATA: Final = "e95dca4b-251d-470a-a062-fa1922dfa9a8"
PERIOD: Final = "e95dfb24-251d-470a-a062-fa1922dfa9a8"
MISSING: Final = (
    "the program on this micro:bit does not offer the accelerometer service: put one on it that does (in MakeCode, the "
    "block 'bluetooth accelerometer service' of the bluetooth extension), with 'No pairing required' in the project's "
    "settings, or pair it first: hold A and B, press reset, and pair in the system's Bluetooth settings"
)
NAME: Final = "BBC micro:bit"

PERIODS_MS: Final = (2, 5, 10, 20, 80, 160, 640)  # of the service, without 1 ms, which makes it crash (issue 300)
RATE_HZ: Final = 50  # 20 ms: what most programs and both sensors bear
RANGE_MS2: Final = 2 * G0_MS2
COUNT_MS2: Final = G0_MS2 / 1024
FRAME_N: Final = 6


def _period_ms(settings: Mapping[str, Any]) -> int:
    rate = settings.get("rate_hz")
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 1 <= rate <= 1000:
        raise DeviceError(f"a micro:bit sends 1 to 1000 samples a second, not {rate!r}")
    period_ms = round(1000 / rate)
    if abs(period_ms * rate - 1000) > 1e-6 * 1000:
        raise DeviceError(f"a micro:bit's period is whole milliseconds, not {1000 / rate:g} ms")
    return period_ms


def packet_n(settings: Mapping[str, Any]) -> int:
    """Samples that a packet usually holds."""
    return 1


def decoder(settings: Mapping[str, Any]) -> MicrobitDecoder:
    """A fresh decoder. Raises DeviceError for a rate that is no period of whole milliseconds."""
    return MicrobitDecoder(1000 / _period_ms(settings))


def range_ms2(settings: Mapping[str, Any]) -> float:
    """Full scale of one axis, m/s²."""
    return RANGE_MS2


class MicrobitDecoder:
    """Each notification stands alone; there is no state."""

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz

    def decode(self, payload: bytes | str, stream: str = "imu") -> ImuPacket | None:
        """One sample. Raises DeviceError."""
        if stream != "imu":
            return None
        if isinstance(payload, str) or len(payload) != FRAME_N:
            raise DeviceError(f"a micro:bit's sample has {FRAME_N} bytes, got {len(payload)}")
        return ImuPacket(None, self.rate_hz, np.frombuffer(payload, "<i2").astype(np.float64)[None, :] * COUNT_MS2)


def encode(packet: ImuPacket, settings: Mapping[str, Any]) -> list[tuple[str, bytes | str]]:
    """A notification for each sample, clipped at the range as the sensor does; angular rates are left out."""
    _period_ms(settings)
    raw = np.clip(np.rint(packet.acc / COUNT_MS2), -2048, 2048).astype("<i2")
    return [("imu", row.tobytes()) for row in raw]


# ------------------------------------------------------------------------------------------------ the radio


def recognise(seen: Seen) -> Recognised | None:
    """By the name, or by the service where a program advertises it."""
    if seen.name is not None and seen.name.startswith(NAME):
        return Recognised(seen.name, {"rate_hz": RATE_HZ}, sure=3)
    if SERVICE in seen.services:
        return Recognised("BBC micro:bit", {"rate_hz": RATE_HZ}, sure=2)
    return None


def streams(settings: Mapping[str, Any]) -> Mapping[str, str]:
    """Samples flow as soon as they are subscribed."""
    return {DATA: "imu"}


def start(settings: Mapping[str, Any]) -> Talk:
    """Write the period, and take what the device made of it."""
    wanted_ms = _period_ms(settings)
    if wanted_ms not in PERIODS_MS:
        raise DeviceError(
            f"a micro:bit can be asked for periods of {', '.join(map(str, PERIODS_MS))} ms, not {wanted_ms}"
        )
    yield Write(PERIOD, wanted_ms.to_bytes(2, "little"))
    answer = yield Read(PERIOD)
    period_ms = int.from_bytes(answer or b"", "little")
    if answer is None or len(answer) != 2 or not 1 <= period_ms <= 1000:
        raise DeviceError(f"the micro:bit names no usable period ({(answer or b'').hex()}): reset it and try again")
    return {"rate_hz": 1000 / period_ms}


def stop(settings: Mapping[str, Any]) -> Sequence[Write]:
    """Nothing: without a subscription it is silent."""
    return []
