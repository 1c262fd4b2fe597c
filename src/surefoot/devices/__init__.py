"""Bytes → packets. One codec per device family; the tables are the registry.

A codec knows nothing of time, radio or files. `decoder(settings)` makes the state of one connection: make a new one
for every connection. Random payloads raise nothing but `DeviceError`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from surefoot.devices import microbit, movella_dot, movesense, phyphox, plain, polar, polar_radio, raw, witmotion
from surefoot.errors import DeviceError
from surefoot.gatt import Recognised, Seen, Talk, Write
from surefoot.samples import ImuPacket

Settings = Mapping[str, Any]


class Decoder(Protocol):
    """The state of one connection."""

    def decode(self, payload: bytes | str, stream: str = "imu") -> ImuPacket | None:
        """One payload → the samples that it completes, None when it completes none.

        `stream`: "imu" for samples; others as in `Radio.streams` ("control": answers of the device, from which a
        decoder may learn its scale); a stream that the decoder does not know completes nothing. Raises DeviceError.
        """
        ...


class Codec(Protocol):
    """What every module in this folder provides."""

    def packet_n(self, settings: Settings) -> int:
        """Samples that a packet usually holds."""
        ...

    def decoder(self, settings: Settings) -> Decoder:
        """A fresh decoder. Raises DeviceError when the settings are not those of this device."""
        ...

    def encode(self, packet: ImuPacket, settings: Settings) -> list[tuple[str, bytes | str]]:
        """The payloads, each with its stream, that a real device would send for these samples, in order.

        A fresh decoder makes the same samples of them, in one packet or in several. Raises DeviceError when they
        cannot be said.
        """
        ...

    def range_ms2(self, settings: Settings) -> float | None:
        """Full scale of one acceleration axis, m/s², or None when unknown."""
        ...


class Radio(Protocol):
    """What a module adds when its device speaks Bluetooth; see `surefoot.gatt`."""

    @property
    def SERVICE(self) -> str:
        """The service without which the device cannot be read (lower-case 128-bit UUID).

        Empty where it depends on the settings: it is their `service` then (a `raw` profile).
        """
        ...

    @property
    def MISSING(self) -> str:
        """One sentence for people: what to do when that service is not there."""
        ...

    def recognise(self, seen: Seen) -> Recognised | None:
        """Whether an advertisement is this device's."""
        ...

    def streams(self, settings: Settings) -> Mapping[str, str]:
        """Characteristic → stream, in the order in which they are subscribed, before the talk begins."""
        ...

    def start(self, settings: Settings) -> Talk:
        """The talk that makes samples flow."""
        ...

    def stop(self, settings: Settings) -> Sequence[Write]:
        """What to write before the link is given up, so that the device sleeps again."""
        ...


CODECS: dict[str, Codec] = {
    "plain": plain,
    "polar": polar,
    "movesense": movesense,
    "movella_dot": movella_dot,
    "witmotion": witmotion,
    "microbit": microbit,
    "raw": raw,
    "phyphox": phyphox,
}

RADIOS: dict[str, Radio] = {
    "polar": polar_radio,
    "movesense": movesense,
    "movella_dot": movella_dot,
    "witmotion": witmotion,
    "microbit": microbit,
    "raw": raw,
}
"""The codecs whose devices speak Bluetooth, in order of preference where two are equally sure."""


def codec(name: str) -> Codec:
    """The codec of that name. Raises DeviceError for an unknown one."""
    try:
        return CODECS[name]
    except KeyError:
        known = ", ".join(CODECS)
        raise DeviceError(f"no codec is called {name!r}; this surefoot knows {known}") from None


def recognise(seen: Seen) -> tuple[str, Recognised] | None:
    """The codec that knows an advertised device best, None when nobody does."""
    found = [(name, known) for name, radio in RADIOS.items() if (known := radio.recognise(seen)) is not None]
    return max(found, key=lambda pair: pair[1].sure, default=None)
