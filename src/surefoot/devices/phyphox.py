"""phyphox: a phone's own sensors, by the answers of the app's remote access.

Streams: "imu" holds bodies of `/get` as they came, with the samples since the one before; "config" the body of
`/config`, which names the buffers (before any, the names of the app's own experiments hold); "meta" and "time" are kept
for people and for tools. `phyphox_answers` takes them apart.

Settings: `rate_hz`, which was measured by the phone's stamps when it was connected (an app asks for a rate and gets
what the system likes), and `range_ms2` where the phone tells the full scale of an axis (Android).

Units are SI on both systems, +9.81 m/s² on the axis that points up. Stamps are seconds since the measurement began;
clearing the data begins anew, and the source makes a new connection of that. Android writes 8 digits: a stamp beyond
1000 s is rounded to 0.1 ms. Where an experiment has a gyroscope too, its angular rates are laid onto the stamps of the
acceleration by `pairing`. Seen only on a simulated phone, not on a real one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from surefoot.devices import phyphox_answers
from surefoot.devices.pairing import Paired, Pairing
from surefoot.devices.phyphox_answers import MAX_T_S, STOCK, Answer, Buffers, Experiment
from surefoot.devices.plain import range_ms2 as range_ms2  # where the phone told it
from surefoot.errors import DeviceError
from surefoot.samples import MAX_GYR_RADS, Array, ImuPacket, Ints

PACKET_S: Final = 0.06  # an answer each 50 ms and the time that it takes: measured on loopback


def packet_n(settings: Mapping[str, Any]) -> int:
    """Samples that an answer usually holds."""
    return max(1, round(_rate_hz(settings) * PACKET_S))


def decoder(settings: Mapping[str, Any]) -> PhyphoxDecoder:
    """A fresh decoder. Raises DeviceError without a usable `rate_hz`."""
    return PhyphoxDecoder(_rate_hz(settings))


def _rate_hz(settings: Mapping[str, Any]) -> float:
    rate = settings.get("rate_hz")
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 1 <= rate <= 5000:
        raise DeviceError(f"phyphox needs the setting rate_hz as it was measured, 1 to 5000, not {rate!r}")
    return float(rate)


class PhyphoxDecoder:
    """Knows the names of the buffers, and what waits for the gyroscope."""

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self._open: Experiment = STOCK
        self._pairing: Pairing | None = None  # from the first angular rate on

    def decode(self, payload: bytes | str, stream: str = "imu") -> ImuPacket | None:
        """One answer; with a gyroscope, the accelerations that its newest angular rates have reached.

        Raises DeviceError.
        """
        if stream not in ("imu", "config"):
            return None
        if not isinstance(payload, str):
            raise DeviceError("an answer of phyphox is text in UTF-8")
        if stream == "config":
            self._open = phyphox_answers.experiment(payload)
            return None
        said = phyphox_answers.answer(payload)
        t, acc = said.rows(self._open.acc)
        turned = self._turns(said, self._open.gyr)
        whole = ImuPacket(_stamps(t), self.rate_hz, acc) if len(t) else None  # raises before anything is remembered
        if turned is not None and self._pairing is None:
            self._pairing = Pairing(self.rate_hz)
        if self._pairing is None:
            return whole
        ready = None if turned is None else self._pairing.gyr(*turned)
        if whole is not None and whole.device_ns is not None:
            ready = _together(ready, self._pairing.acc(whole.device_ns, acc))
        return None if ready is None else ImuPacket(ready[0], self.rate_hz, *ready[1:])

    def _turns(self, said: Answer, names: Buffers | None) -> tuple[Ints, Array] | None:
        """(n,) stamps and (n, 3) rad/s, None where there is none."""
        if names is None or not said.has(names):
            return None
        t, gyr = said.rows(names)
        if not (np.abs(gyr) < MAX_GYR_RADS).all():
            raise DeviceError(f"an angular rate is beyond {MAX_GYR_RADS:g} rad/s")
        rising = np.diff(t, prepend=-np.inf) > 0  # the first stamps of a run may be one
        return (_stamps(t[rising]), gyr[rising]) if len(t) else None


def _stamps(t: Array) -> Ints:
    return np.rint(t * 1e9).astype(np.int64)


def _together(first: Paired | None, then: Paired | None) -> Paired | None:
    """Without angular rates where one of them has none."""
    if first is None or then is None:
        return first or then
    turns = None if first[2] is None or then[2] is None else np.concatenate([first[2], then[2]])
    return np.concatenate([first[0], then[0]]), np.concatenate([first[1], then[1]]), turns


def encode(packet: ImuPacket, settings: Mapping[str, Any]) -> list[tuple[str, bytes | str]]:
    """The answer that brings these samples, in full digits as an iPhone writes them, with the app's usual names.

    Raises DeviceError without stamps, or beyond 11 days.
    """
    _rate_hz(settings)
    if packet.device_ns is None:
        raise DeviceError("phyphox stamps every sample")
    t = packet.device_ns / 1e9
    if (np.abs(t) > MAX_T_S).any():
        raise DeviceError(f"stamps of phyphox are seconds within ±{MAX_T_S:g}")
    columns = dict(zip(STOCK.acc, [t, *packet.acc.T], strict=True))
    if packet.gyr is not None and STOCK.gyr is not None:
        columns |= dict(zip(STOCK.gyr, [t, *packet.gyr.T], strict=True))
    held = {name: {"size": 0, "updateMode": "partial", "buffer": values.tolist()} for name, values in columns.items()}
    status = {"session": "5f2a11", "measuring": True, "timedRun": False, "countDown": 0}
    return [("imu", json.dumps({"buffer": held, "status": status}, separators=(",", ":")))]
