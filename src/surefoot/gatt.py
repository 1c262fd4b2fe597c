"""What a codec says about its radio, in plain values: how the device is recognised, and the talk that starts it.

No radio library and no waiting here. A talk is a generator: it yields steps, `sources.ble` carries them out and sends
each answer back. So the order of commands, the answers that are expected and the words for a refusal stand beside the
bytes that they belong to, and tests hold the whole conversation without any radio.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

BATTERY_LEVEL: Final = "00002a19-0000-1000-8000-00805f9b34fb"
"""The Bluetooth SIG's characteristic: one byte, percent."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What an advertisement says. UUIDs are lower-case 128-bit strings; `manufacturers`: company ids."""

    name: str | None
    services: frozenset[str] = frozenset()
    manufacturers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Recognised:
    """A device that a codec can read.

    `kind`: maker and model, for people; `settings`: the codec's settings that suit sway and landings on this model;
    `sure`: 3 = its name, 2 = a service of its own, 1 = only its maker. The surest codec wins.
    """

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    sure: int = 3


@dataclass(frozen=True, slots=True)
class Write:
    """Write `payload`. Its answer is None; a reply on a subscribed characteristic is heard by `Listen`."""

    characteristic: str
    payload: bytes
    response: bool = True


@dataclass(frozen=True, slots=True)
class Listen:
    """The next notification on a subscribed characteristic since the last Write; DeviceError after `seconds`."""

    characteristic: str
    seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Read:
    """The value of a characteristic."""

    characteristic: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Give the device time; its answer is None."""

    seconds: float


Step = Write | Listen | Read | Pause
Talk = Generator[Step, bytes | None, dict[str, Any]]
"""Steps out, answers in; returns the settings that the device agreed to. Raises DeviceError when it refuses."""
