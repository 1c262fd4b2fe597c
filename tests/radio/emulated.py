"""A device as its maker describes it, without any radio: what it advertises, its table of services, and how it answers.

`tests/radio/` puts it on a virtual radio; `converse` plays a codec's talk against it directly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from surefoot.errors import DeviceError
from surefoot.gatt import Listen, Read, Seen, Talk, Write
from surefoot.samples import ImuPacket

Said = list[tuple[str, bytes]]
"""Notifications or indications in order: characteristic, payload."""


class Refused(Exception):
    """The device answers a read or a write with an ATT error code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"ATT error 0x{code:02X}")
        self.code = code


class Emulated(Protocol):
    """One device. UUIDs are lower-case 128-bit strings.

    `seen`: its advertisement (name of at most 8 characters on the virtual radio when a 128-bit service is advertised
    too); `table`: service → characteristic → properties of "read", "write", "write-without-response", "notify",
    "indicate"; `streaming`: whether samples flow now; `settings`: the codec's settings that describe it.
    """

    @property
    def seen(self) -> Seen: ...

    @property
    def table(self) -> Mapping[str, Mapping[str, frozenset[str]]]: ...

    @property
    def streaming(self) -> bool: ...

    @property
    def settings(self) -> Mapping[str, Any]: ...

    def connected(self) -> None:
        """A central connected: everything that a real device forgets is forgotten."""
        ...

    def subscribed(self, characteristic: str) -> None:
        """The central wants its notifications or indications."""
        ...

    def write(self, characteristic: str, payload: bytes) -> Said:
        """Raises Refused."""
        ...

    def read(self, characteristic: str) -> bytes:
        """Raises Refused."""
        ...

    def take(self, packet: ImuPacket) -> Said:
        """Samples just measured, as many as the device packs together; nothing while it does not stream."""
        ...


def converse(talk: Talk, device: Emulated) -> dict[str, Any]:
    """Play a talk to its end: the settings that it returns. What the device never says ends it as silence does."""
    said: Said = []
    answer: bytes | None = None
    try:
        while True:
            step = talk.send(answer)
            answer = None
            if isinstance(step, Write):
                said = device.write(step.characteristic, step.payload)
            elif isinstance(step, Read):
                answer = device.read(step.characteristic)
            elif isinstance(step, Listen):
                heard = next((pair for pair in said if pair[0] == step.characteristic), None)
                if heard is None:
                    raise DeviceError("the device did not answer")
                said.remove(heard)
                answer = heard[1]
    except StopIteration as done:
        settings: dict[str, Any] = done.value
        return settings
