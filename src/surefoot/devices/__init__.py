"""Bytes → packets. One codec per device family; the table is the registry.

A codec knows nothing of time, radio or files. `decoder(settings)` makes the state of one connection: make a new one
for every connection. Random payloads raise nothing but `DeviceError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from surefoot.devices import plain, polar
from surefoot.errors import DeviceError
from surefoot.samples import ImuPacket

Settings = Mapping[str, Any]


class Decoder(Protocol):
    """The state of one connection."""

    def decode(self, payload: bytes | str) -> ImuPacket:
        """One payload of the stream "imu" → its samples. Raises DeviceError on anything else."""
        ...


class Codec(Protocol):
    """What a module in this folder provides."""

    @property
    def PACKET_N(self) -> int:  # a module's constant
        """Samples that a packet usually holds."""
        ...

    def decoder(self, settings: Settings) -> Decoder:
        """A fresh decoder. Raises DeviceError when the settings are not those of this device."""
        ...

    def encode(self, packet: ImuPacket, settings: Settings) -> bytes | str:
        """The payload that a real device would send for these samples. Raises DeviceError when it cannot be said."""
        ...

    def range_ms2(self, settings: Settings) -> float | None:
        """Full scale of one acceleration axis, m/s², or None when unknown."""
        ...


CODECS: dict[str, Codec] = {
    "plain": plain,
    "polar": polar,
}


def codec(name: str) -> Codec:
    """The codec of that name. Raises DeviceError for an unknown one."""
    try:
        return CODECS[name]
    except KeyError:
        known = ", ".join(CODECS)
        raise DeviceError(f"no codec is called {name!r}; this surefoot knows {known}") from None
