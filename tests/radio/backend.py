"""bleak on the virtual radio: what the operating system is to it, as three backends over one bumble host.

`Adapter` stands for the system. It is as unforgiving as the strictest: one thing at a time (scan or connect), a lost
client that nobody disconnected goes on receiving (bleak issue 2002), no services after the link is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, ClassVar, Final, TypeVar
from unittest import mock

import bleak
from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.adapter import BaseBleakAdapter
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)
from bleak.uuids import normalize_uuid_str
from bumble import att, core, hci
from bumble.core import AdvertisingData
from bumble.device import Advertisement, Connection, Device, DeviceConfiguration, Peer
from bumble.host import Host
from bumble.pairing import PairingConfig
from bumble.transport.common import AsyncPipeSink

from radio.air import Air, Controller

T = TypeVar("T")
MTU: Final = 247  # what Linux and Android ask for: one link-layer packet of 251 bytes
WANTS_PAIRING: Final = (0x05, 0x0F)  # insufficient authentication, insufficient encryption
UUID_LISTS: Final = (
    AdvertisingData.Type.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)


class Adapter:
    """The computer's Bluetooth.

    `off`: why it cannot be used now; `pairs`: it pairs by itself when a device asks for it, as most systems do;
    `told`: every notification that a program was called back for: time, address, characteristic, payload.
    """

    def __init__(self, air: Air, address: str = "C0:00:00:00:00:01") -> None:
        self.off: BleakBluetoothNotAvailableReason | None = None
        self.pairs = True
        self.told: list[tuple[float, str, str, bytes]] = []
        self.controller = Controller("central", air)
        air.central = self.controller
        config = DeviceConfiguration(
            name="central", address=hci.Address(address), gap_service_enabled=False, gatt_service_enabled=False
        )
        self.device = Device(config=config, host=Host(self.controller, AsyncPipeSink(self.controller)))
        self.device.pairing_config_factory = lambda _connection: PairingConfig(sc=True, mitm=False, bonding=True)
        self.scanners: list[Scanner] = []
        self.connecting = False
        self.clients: dict[str, Client] = {}
        self.stale: dict[str, set[Client]] = {}
        self.device.on("advertisement", self._hear)

    def _hear(self, advertisement: Advertisement) -> None:
        for scanner in list(self.scanners):
            scanner.hear(advertisement)

    def check(self) -> None:
        """Raises as bleak does when Bluetooth is off or forbidden."""
        if self.off is not None:
            raise BleakBluetoothNotAvailableError("Bluetooth is not available", self.off)

    async def scan(self, scanner: Scanner) -> None:
        self.check()
        if self.connecting:
            raise BleakError("[org.bluez.Error.InProgress] Operation already in progress")
        self.scanners.append(scanner)
        try:
            if not self.device.is_scanning:
                await _whole(self.device.start_scanning(active=True, filter_duplicates=False))
        except asyncio.CancelledError:
            await self.rest(scanner)
            raise

    async def rest(self, scanner: Scanner) -> None:
        self.scanners.remove(scanner)
        if not self.scanners and self.device.is_scanning:
            await _whole(self.device.stop_scanning())

    async def connect(self, target: hci.Address, seconds: float) -> Connection:
        """A connection, or nothing left behind."""
        self.check()
        if self.connecting or self.scanners:
            raise BleakError("[org.bluez.Error.InProgress] Operation already in progress")
        self.connecting = True
        attempt = asyncio.ensure_future(self.device.connect(target, timeout=None))
        try:
            async with asyncio.timeout(seconds):  # bumble looks for a bonded peer without any
                return await asyncio.shield(attempt)
        except (TimeoutError, asyncio.CancelledError):
            await self._give_up(attempt)
            raise
        finally:
            self.connecting = False

    async def _give_up(self, attempt: asyncio.Future[Connection]) -> None:
        """It has to fail, or to succeed and be undone."""
        await asyncio.sleep(0.001)  # until the command is with the controller
        self.controller.cancel_connect()
        await asyncio.wait((attempt,), timeout=0.001)
        if not attempt.done():
            attempt.cancel()
            await asyncio.wait((attempt,))
        if not attempt.cancelled() and attempt.exception() is None:
            await attempt.result().disconnect()

    async def forget_bonds(self) -> None:
        assert self.device.keystore is not None
        await self.device.keystore.delete_all()


class Scanner(BaseBleakScanner):
    """See BaseBleakScanner."""

    adapter: ClassVar[Adapter]

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str,
        **_kwargs: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)

    async def start(self) -> None:
        self.seen_devices = {}
        await self.adapter.scan(self)

    async def stop(self) -> None:
        await self.adapter.rest(self)

    def hear(self, advertisement: Advertisement) -> None:
        """One advertisement, in bleak's words."""
        said = advertisement.data
        uuids = [_uuid(uuid) for kind in UUID_LISTS for uuid in said.get(kind) or []]
        name = said.get(AdvertisingData.Type.COMPLETE_LOCAL_NAME)
        maker = said.get(AdvertisingData.Type.MANUFACTURER_SPECIFIC_DATA)
        makers = {} if maker is None else dict([maker])
        found = AdvertisementData(name, makers, {}, uuids, None, advertisement.rssi, ())
        address = advertisement.address.to_string(False)
        device = self.create_or_update_device(address, address, name, advertisement.address, found)
        if self.is_allowed_uuid(uuids):
            self.call_detection_callbacks(device, found)


class Client(BaseBleakClient):
    """See BaseBleakClient."""

    adapter: ClassVar[Adapter]

    def __init__(self, address_or_ble_device: BLEDevice | str, **kwargs: Any) -> None:
        if not isinstance(address_or_ble_device, BLEDevice):
            raise BleakError("a bare address starts a hidden scan: give the device that the scan found")
        wanted = kwargs.pop("services", None)
        super().__init__(address_or_ble_device, **kwargs)
        self._device = address_or_ble_device
        self._wanted: set[str] | None = wanted
        self._connection: Connection | None = None
        self._gone: asyncio.Future[None] | None = None
        self._subscribed: dict[int, Callable[[bytes], None]] = {}
        self._procedures: set[asyncio.Future[Any]] = set()

    @property
    def name(self) -> str:
        return self._device.name or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        return 23 if self._connection is None else self._connection.att_mtu

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    # ------------------------------------------------------------------ connection

    async def connect(self, pair: bool, **kwargs: Any) -> None:
        if self._connection is not None:
            raise BleakError("Client is already connected")
        target: hci.Address = self._device.details
        if self._device.name is None and not target:
            raise BleakDeviceNotFoundError(self.address)
        try:
            connection = await self.adapter.connect(target, kwargs.get("timeout", self._timeout))
        except core.BaseError as e:
            raise BleakError(f"failed to connect: {e}") from e
        self._connection = connection
        self._gone = asyncio.get_running_loop().create_future()
        self.adapter.clients[self.address] = self
        connection.on("disconnection", self._lost)
        try:
            if pair:
                await self.pair()
            self.services = await self._until_gone(self._discover(connection))
        except BaseException:
            await self.disconnect()
            raise

    def _lost(self, _reason: int) -> None:
        if self._subscribed:
            self.adapter.stale.setdefault(self.address, set()).add(self)
        self.adapter.clients.pop(self.address, None)
        self._connection, self.services, self._subscribed = None, None, {}
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)
        for procedure in self._procedures:  # bumble ends most of them now, by cancelling what they wait for
            asyncio.get_running_loop().call_later(0.01, procedure.cancel)
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    async def disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(core.BaseError):
                await self._connection.disconnect()
        self.adapter.stale.get(self.address, set()).discard(self)

    async def _discover(self, connection: Connection) -> BleakGATTServiceCollection:
        peer = Peer(connection)
        await peer.request_mtu(MTU)
        await peer.discover_all()  # type: ignore[no-untyped-call]
        found = BleakGATTServiceCollection()
        for theirs in peer.services:
            if self._wanted and _uuid(theirs.uuid) not in self._wanted:
                continue
            service = BleakGATTService(theirs, theirs.handle, _uuid(theirs.uuid))
            found.add_service(service)
            for one in theirs.characteristics:
                names = gatt_char_props_to_strs(int(one.properties))
                characteristic = BleakGATTCharacteristic(
                    one, one.handle, _uuid(one.uuid), list(names), lambda: self.mtu_size - 3, service
                )
                found.add_characteristic(characteristic)
                for descriptor in one.descriptors:
                    found.add_descriptor(
                        BleakGATTDescriptor(descriptor, descriptor.handle, _uuid(descriptor.type), characteristic)
                    )
        return found

    # ------------------------------------------------------------------ pairing

    async def pair(self, *_args: Any, **_kwargs: Any) -> None:
        connection, keys = self._connection, self.adapter.device.keystore
        if connection is None or keys is None:
            raise BleakError("Not connected")
        try:
            if await keys.get(str(connection.peer_address)):
                await self._until_gone(connection.encrypt())
            else:
                await self._until_gone(connection.pair())
        except core.BaseError as e:
            raise BleakError(f"pairing failed: {e}") from e

    async def unpair(self) -> None:
        if self.adapter.device.keystore is not None:
            await self.adapter.device.keystore.delete(str(self._device.details))
        await self.disconnect()

    # ------------------------------------------------------------------ GATT

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_kwargs: Any
    ) -> bytearray:
        return bytearray(await self._operation(characteristic.obj.read_value))

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_kwargs: Any
    ) -> bytearray:
        return bytearray(await self._operation(descriptor.obj.read_value))

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool) -> None:
        await self._operation(lambda: characteristic.obj.write_value(bytes(data), with_response=response))

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        await self._operation(lambda: descriptor.obj.write_value(bytes(data), with_response=True))

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_kwargs: Any
    ) -> None:
        if characteristic.handle in self._subscribed:
            raise BleakError("Characteristic notifications already started")

        loop = asyncio.get_running_loop()

        def deliver(value: bytes) -> None:
            for _ in range(1 + len(self.adapter.stale.get(self.address, ()))):
                self.adapter.told.append((loop.time(), self.address, characteristic.uuid, bytes(value)))
                callback(bytearray(value))

        self._subscribed[characteristic.handle] = deliver
        try:
            await self._operation(lambda: characteristic.obj.subscribe(deliver))
        except BaseException:
            self._subscribed.pop(characteristic.handle, None)
            raise

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        deliver = self._subscribed.pop(characteristic.handle, None)
        await self._operation(lambda: characteristic.obj.unsubscribe(deliver))

    async def _operation(self, make: Callable[[], Awaitable[T]]) -> T:
        """One procedure; where the device asks for pairing, pair and try once more, as systems do."""
        try:
            return await self._until_gone(make())
        except BleakGATTProtocolError as e:
            if not self.adapter.pairs or e.code not in WANTS_PAIRING:
                raise
            with contextlib.suppress(BleakError):
                await self.pair()
                return await self._until_gone(make())
            raise

    async def _until_gone(self, procedure: Awaitable[T]) -> T:
        """The procedure's result; BleakError when the link drops meanwhile."""
        task = asyncio.ensure_future(procedure)
        if self._gone is None or self._gone.done():
            task.cancel()
            raise BleakError("Not connected")
        self._procedures.add(task)  # whoever is cancelled leaves it to its end, or to the link's
        task.add_done_callback(self._procedures.discard)
        await asyncio.wait((task, self._gone), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            await asyncio.wait((task,))
        if task.cancelled():
            raise BleakError("disconnected")
        try:
            return task.result()
        except att.ATT_Error as e:
            raise BleakGATTProtocolError(e.error_code) from e
        except TimeoutError as e:
            raise BleakError("the device does not answer") from e


class System(BaseBleakAdapter):
    """See BaseBleakAdapter: devices that somebody else on this computer holds connected."""

    adapter: ClassVar[Adapter]

    @classmethod
    async def get(cls, **_kwargs: Any) -> System:
        cls.adapter.check()
        return cls()

    async def get_connected_devices(self, service_uuids: frozenset[str]) -> list[BLEDevice]:
        return []


async def _whole(procedure: Awaitable[T]) -> T:
    """To its end, even when cancelled meanwhile: bumble stumbles over a command that is left half-way."""
    task = asyncio.ensure_future(procedure)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise


def _uuid(uuid: core.UUID) -> str:
    return normalize_uuid_str(uuid.to_hex_str("-"))


@contextlib.contextmanager
def on_air(adapter: Adapter) -> Iterator[None]:
    """Programs that say nothing of backends get these."""
    scanner = type("Scanner", (Scanner,), {"adapter": adapter})
    client = type("Client", (Client,), {"adapter": adapter})
    system = type("System", (System,), {"adapter": adapter})
    with (
        mock.patch.object(bleak, "get_platform_scanner_backend_type", return_value=(scanner, "virtual")),
        mock.patch.object(bleak, "get_platform_client_backend_type", return_value=(client, "virtual")),
        mock.patch.object(bleak, "get_platform_adapter_backend_type", return_value=(system, "virtual")),
    ):
        yield
