"""The computer's Bluetooth, by bleak: scanning, connecting, reading and writing.

Facts about bleak 3.1 are from its source. Seen only on a virtual radio, not with hardware.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import bleak
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakCharacteristicNotFoundError

from surefoot.foreign import printable
from surefoot.gatt import Seen
from surefoot.profiles import recognise, services
from surefoot.sources.connection import Found, LinkError, in_peace
from surefoot.sources.faults import UNPAIRED, explained

BATTERY_SERVICE: Final = "0000180f-0000-1000-8000-00805f9b34fb"
NAME_N: Final = 60  # characters of a name that are shown
LOOKS_S: Final = (
    0.1  # between two looks at all that was heard: in a crowd there are hundreds of advertisements a second
)
SECOND_LOOK_S: Final = 2.0  # after a name fits: another sensor that it fits, too, advertises within this time
PAIR_S: Final = 30.0  # a person has to find and press a button
STEP_S: Final = PAIR_S if sys.platform == "darwin" else 5.0  # macOS asks for pairing in the middle of a step
START_S: Final = PAIR_S  # of a scan: macOS asks the person whether Bluetooth may be used
HANG_UP_S: Final = 3.0  # after a connection that was not made, a scan; and for a word of the system
SILENT: Final = "Bluetooth does not answer: switch it off and on, or allow it where the system asks"
STILL: Final = "wake it, bring it near, and close phone apps that may hold it (a connected sensor hides)"


class Bluetooth:
    """The adapter. One for the whole process, used in one loop only. `own`: see `profiles.recognise`."""

    def __init__(self, own: Sequence[Mapping[str, Any]] = ()) -> None:
        self.lock = asyncio.Lock()
        self._own = own
        self._ours: dict[str, Found] = {}  # by address: sensors that belong to a session, connected or lost

    async def scan(self, seconds: float, unknown: bool = False) -> list[Found]:
        """Sensors in reach, strongest first; with `unknown` also devices that no codec knows. Raises LinkError."""
        async with self.lock:
            async with _scanning(self._own) as air:
                await asyncio.sleep(seconds)
            found = {one.address: one for one in (*await self._held(), *air.found())}
        return sorted((one for one in found.values() if one.codec or unknown), key=lambda one: -(one.rssi or -999))

    async def find(self, wanted: str, known: Found | None, seconds: float) -> Found:
        """See Air; the caller holds the lock."""
        async with _scanning(self._own) as air:
            fitting = await air.fitting(wanted, known, seconds)
        own = None if known is None else known.address
        fitting = fitting or _fitting(await self._held(), wanted, known)
        fitting = [one for one in fitting if one.address == own or one.address not in self._ours]
        if not fitting and known is None and (mine := _fitting(self._ours.values(), wanted, None)):
            raise LinkError(f"{mine[0].name} is part of this session already: name another sensor", "final")
        if not fitting:
            raise LinkError(_absent(wanted, known, air.found()), "absent")
        if len(fitting) > 1:
            names = ", ".join(f"{one.name} ({one.address})" for one in fitting[:4])
            raise LinkError(f"{wanted!r} fits {names}: say the address of one", "final")
        match = fitting[0] if known is None else replace(known, address=fitting[0].address, handle=fitting[0].handle)
        if not match.codec:
            raise LinkError(f"{match.name} is no sensor that surefoot knows: choose one of surefoot devices", "final")
        if known is not None:
            self.release(known)
        self._ours[match.address] = match
        return match

    def release(self, found: Found) -> None:
        """See Air."""
        self._ours.pop(found.address, None)

    async def connect(self, found: Found, on_lost: Callable[[], None], seconds: float) -> _Peer:
        """See Air; the caller holds the lock."""
        client = bleak.BleakClient(found.handle, lambda _: on_lost(), timeout=seconds)
        try:
            with explained(found.name):
                async with asyncio.timeout(seconds):
                    await client.connect()
                return _Peer(client, found.name)
        except BaseException:
            await in_peace(_hang_up(client), HANG_UP_S)
            raise

    async def _held(self) -> list[Found]:
        """Sensors that the system holds connected for another program: they do not advertise."""
        try:
            async with asyncio.timeout(HANG_UP_S):
                adapter = await bleak.BleakAdapter.get()
                devices = await adapter.get_connected_devices(services(self._own))
        except Exception:  # not every system can tell; then it is as if there were none
            return []
        held = (_found(device, Seen(device.name), None, self._own) for device in devices)
        return [replace(one, in_use=True) for one in held if one.address not in self._ours]


async def _hang_up(client: bleak.BleakClient) -> None:
    with contextlib.suppress(LinkError), explained(""):
        await client.disconnect()


# ------------------------------------------------------------------ who is there


class _Advertisements:
    """What was heard since the scan began. A name may come later than the rest, so advertisements add up."""

    def __init__(self, own: Sequence[Mapping[str, Any]] = ()) -> None:
        self._own = own
        self._devices: dict[str, tuple[BLEDevice, Seen, AdvertisementData]] = {}
        self._news = asyncio.Event()

    def hear(self, device: BLEDevice, heard: AdvertisementData) -> None:
        """Called by the scanner."""
        _, before, _ = self._devices.get(device.address, (None, Seen(None), None))
        name = heard.local_name or device.name or before.name
        seen = Seen(
            name, before.services | set(heard.service_uuids), before.manufacturers | set(heard.manufacturer_data)
        )
        self._devices[device.address] = device, seen, heard
        self._news.set()

    def found(self) -> list[Found]:
        """Everything, known or not."""
        return [_found(*heard, self._own) for heard in self._devices.values()]

    async def fitting(self, wanted: str, known: Found | None, seconds: float) -> list[Found]:
        """What fits: at once where an address fits; else those whose names fit."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + seconds
        fitting: list[Found] = []
        while (left_s := end_s - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._news.wait()
            self._news.clear()
            before, fitting = fitting, _fitting(self.found(), wanted, known)
            if (
                fitting
                and (known or fitting[0].codec)
                and _same(fitting[0].address, known.address if known else wanted)
            ):
                break
            if fitting and not before and known is None:
                end_s = min(end_s, loop.time() + SECOND_LOOK_S)
            await asyncio.sleep(min(LOOKS_S, max(end_s - loop.time(), 0.0)))
        return _fitting(self.found(), wanted, known)


@contextlib.asynccontextmanager
async def _scanning(own: Sequence[Mapping[str, Any]]) -> AsyncIterator[_Advertisements]:
    air = _Advertisements(own)
    with explained("Bluetooth"):
        scanner = bleak.BleakScanner(air.hear)
        try:
            async with asyncio.timeout(START_S):
                await scanner.start()
        except TimeoutError:
            raise LinkError(SILENT, "adapter") from None
    try:
        yield air
    finally:
        with contextlib.suppress(LinkError), explained("Bluetooth"):
            async with asyncio.timeout(HANG_UP_S):
                await scanner.stop()


def _found(device: BLEDevice, seen: Seen, heard: AdvertisementData | None, own: Sequence[Mapping[str, Any]]) -> Found:
    name = printable(seen.name or "", NAME_N) or "(no name)"
    charge = heard.service_data.get(BATTERY_SERVICE, b"") if heard else b""
    battery_pct = charge[0] if len(charge) == 1 and charge[0] <= 100 else None
    found = Found(name, device.address, rssi=heard.rssi if heard else None, battery_pct=battery_pct, handle=device)
    best = recognise(seen, own)
    if best is None:
        return found
    codec, known = best
    return replace(found, kind=known.kind, codec=codec, settings=known.settings)


def _same(a: str, b: str) -> bool:
    return a.casefold() == b.casefold()


def _fitting(found: Iterable[Found], wanted: str, known: Found | None) -> list[Found]:
    """The sensor of that address, else those of that name, else those whose names begin so.

    A sensor that was found before may have changed its address, as some do for privacy; then its name counts, but not
    where the person chose it by its address: others of its kind may have the same name.
    """
    found = list(found)
    if known is not None:
        same = [one for one in found if _same(one.address, known.address)]
        if same or _same(wanted, known.address):
            return same
        return [one for one in found if (one.name, one.codec) == (known.name, known.codec)]
    return (
        [one for one in found if _same(one.address, wanted)]
        or [one for one in found if _same(one.name, wanted)]
        or [one for one in found if one.codec and one.name.casefold().startswith(wanted.casefold())]
    )


def _absent(wanted: str, known: Found | None, heard: Iterable[Found]) -> str:
    others = [one.name for one in heard if one.codec]
    if known is None and others:
        return f"{wanted!r} was not found, but {', '.join(others[:4])}: check the name, or {STILL}"
    return f"{known.name if known else repr(wanted)} was not found: {STILL}"


# ------------------------------------------------------------------ a connected sensor


class _Peer:
    """See connection.Peer."""

    def __init__(self, client: bleak.BleakClient, name: str) -> None:
        self._client, self._name = client, name
        self._known: dict[str, BleakGATTCharacteristic] = {}
        for characteristic in client.services.characteristics.values():
            self._known.setdefault(characteristic.uuid, characteristic)
        self.services = frozenset(service.uuid for service in client.services)
        self.characteristics = {uuid: frozenset(one.properties) for uuid, one in self._known.items()}

    def _own(self, characteristic: str) -> BleakGATTCharacteristic:
        try:
            return self._known[characteristic]
        except KeyError:
            raise BleakCharacteristicNotFoundError(characteristic) from None

    async def subscribe(self, characteristic: str, hear: Callable[[bytes | bytearray], None]) -> None:
        with explained(self._name):
            async with asyncio.timeout(STEP_S):
                await self._client.start_notify(self._own(characteristic), lambda _, content: hear(content))

    async def write(self, characteristic: str, payload: bytes, response: bool) -> None:
        with explained(self._name):
            async with asyncio.timeout(STEP_S):
                await self._client.write_gatt_char(self._own(characteristic), payload, response=response)

    async def read(self, characteristic: str) -> bytes:
        with explained(self._name):
            async with asyncio.timeout(STEP_S):
                return bytes(await self._client.read_gatt_char(self._own(characteristic)))

    async def pair(self) -> None:
        """Every failure is final: another try would ask the person again and again."""
        name = self._name
        try:
            async with asyncio.timeout(PAIR_S):
                await self._client.pair()
        except NotImplementedError:  # macOS pairs by itself, and has just been refused
            raise LinkError(f"{name} was not paired: confirm when the system asks, then try again", "final") from None
        except Exception as e:
            raise LinkError(UNPAIRED.format(name=name), "final") from e

    async def disconnect(self) -> None:
        with explained(self._name):
            await self._client.disconnect()
