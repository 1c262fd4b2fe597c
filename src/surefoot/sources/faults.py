"""What bleak's errors mean for people: one sentence with the remedy, and what the life cycle should do about it.

Names of D-Bus errors are those of BlueZ and of the D-Bus specification, reasons and codes those of bleak 3.1.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Final

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakError,
    BleakGATTProtocolError,
)
from bleak.exc import (
    BleakBluetoothNotAvailableReason as Reason,
)

from surefoot.errors import DeviceError, SurefootError
from surefoot.foreign import printable
from surefoot.sources.connection import LinkError

TEXT_N: Final = 120  # characters of a system's own words
AUTH_CODES: Final = (0x05, 0x0F)  # ATT: insufficient authentication, insufficient encryption

OFF: Final = "Bluetooth is switched off: switch it on in the system's settings" + (
    " or with: bluetoothctl power on" if sys.platform == "linux" else ""
)
UNAVAILABLE: Final = {
    Reason.NO_BLUETOOTH: "no Bluetooth was found on this computer: switch it on if there is a switch, or plug a "
    "Bluetooth adapter in",
    Reason.NO_BLE_CENTRAL_ROLE: "this computer's Bluetooth cannot speak to sensors: plug in another adapter, one "
    "with Bluetooth Low Energy",
    Reason.POWERED_OFF: OFF,
    Reason.DENIED_BY_USER: "Bluetooth is not allowed here: allow it for your terminal in the system's privacy "
    "settings, then start the terminal anew",
    Reason.DENIED_BY_SYSTEM: "this system does not let you use Bluetooth: ask its administrator for the permission",
    Reason.DENIED_BY_UNKNOWN: "Bluetooth is not allowed here: allow it for your terminal in the system's privacy "
    "settings, then start the terminal anew",
    Reason.UNKNOWN: "Bluetooth is not available now: switch it off and on in the system's settings",
}
UNPAIRED: Final = (
    "{name} could not be paired: remove it in the system's Bluetooth settings, pair it there, then try again"
)
NO_DBUS: Final = (
    "no Bluetooth was found on this computer: start surefoot on the computer itself, not in a container, and install "
    "BlueZ (no system D-Bus runs here)"
)
DBUS: Final = (
    (
        ("ServiceUnknown", "NameHasNoOwner", "Error.Spawn"),
        "adapter",
        "Bluetooth is not running on this computer: start it with: sudo systemctl start bluetooth (BlueZ must be "
        "installed)",
    ),
    (
        ("AccessDenied",),
        "adapter",
        "the system does not let you use Bluetooth: join its group with: sudo usermod -aG bluetooth $USER, "
        "then log in again",
    ),
    (("Error.NotReady", "rfkill"), "adapter", OFF),
    (
        ("key-missing", "Key Missing"),
        "final",
        "{name} no longer knows its pairing: remove it in the system's Bluetooth settings, then try again",
    ),
    (
        ("Error.Authentication",),
        "final",
        UNPAIRED,
    ),
    (("Not paired",), "auth", "{name} wants to be paired: pair it in the system's Bluetooth settings, then try again"),
    (
        ("Error.InProgress",),
        "lost",
        "the Bluetooth adapter is busy: close other programs that scan for devices, then try again",
    ),
    (
        ("abort-by-local",),
        "lost",
        "the link to {name} broke off while it was made: come closer, and away from Wi-Fi and USB 3 devices",
    ),
)
"""Parts of a D-Bus error's name or words, its fault, its sentence. The first that fits."""


@contextlib.contextmanager
def explained(name: str) -> Iterator[None]:
    """Whatever the radio library raises inside leaves as LinkError, or as DeviceError where the sensor refused.

    Everything is caught on purpose: behind bleak, three systems raise what they like.
    """
    try:
        yield
    except SurefootError:
        raise
    except Exception as e:
        raise meaning(e, name) from e


def meaning(error: Exception, name: str) -> SurefootError:
    """The error that surefoot raises for one of bleak's, about the sensor (or Bluetooth) called `name`."""
    words = printable(str(error), TEXT_N) or type(error).__name__
    match error:
        case BleakBluetoothNotAvailableError():
            return LinkError(UNAVAILABLE.get(error.reason, UNAVAILABLE[Reason.UNKNOWN]), "adapter")
        case BleakDBusError():
            for parts, fault, sentence in DBUS:
                if any(part in f"{error.dbus_error} {words}" for part in parts):
                    return LinkError(sentence.format(name=name), fault)
        case BleakGATTProtocolError():
            if error.code in AUTH_CODES:
                return LinkError(
                    f"{name} wants to be paired: pair it in the system's Bluetooth settings, or remove an old pairing "
                    "there, then try again",
                    "auth",
                )
            return DeviceError(f"{name} refused a command: switch it off and on, then try again ({words})")
        case BleakCharacteristicNotFoundError():
            return LinkError(
                f"{name} lacks what it should have: remove it in the system's Bluetooth settings, then try again",
                "service",
            )
        case TimeoutError():
            return LinkError(f"{name} did not answer in time: come closer, and close phone apps that use it", "lost")
        case FileNotFoundError() | ConnectionRefusedError() if sys.platform == "linux":
            return LinkError(NO_DBUS, "adapter")
    if isinstance(error, BleakError) and "pair" in words.lower():
        return LinkError(UNPAIRED.format(name=name), "final")
    if isinstance(error, BleakError) and "Access Denied" in words:
        return LinkError(f"another program uses {name}: close it, then try again", "lost")
    if isinstance(error, BleakError | EOFError | OSError):
        return LinkError(f"the link to {name} failed: come closer, or switch the sensor off and on ({words})", "lost")
    return LinkError(
        f"Bluetooth failed in an unexpected way: switch it off and on ({type(error).__name__}: {words})", "lost"
    )
