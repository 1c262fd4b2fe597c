"""A connection as bleak's backends make it, on the virtual radio.

As with BlueZ, a lost client that nobody disconnects goes on receiving (bleak issue 2002): its successors hear copies.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Final, TypeVar

from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bumble import att, core, hci
from bumble.device import Connection, Peer

from radio.adapter import Adapter, bleak_uuid

T = TypeVar("T")
MTU: Final = 247  # what Linux and Android ask for: one link-layer packet of 251 bytes
WANTS_PAIRING: Final = (0x05, 0x0F)  # insufficient authentication, insufficient encryption


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
            if self._wanted and bleak_uuid(theirs.uuid) not in self._wanted:
                continue
            service = BleakGATTService(theirs, theirs.handle, bleak_uuid(theirs.uuid))
            found.add_service(service)
            for one in theirs.characteristics:
                names = gatt_char_props_to_strs(int(one.properties))
                characteristic = BleakGATTCharacteristic(
                    one, one.handle, bleak_uuid(one.uuid), list(names), lambda: self.mtu_size - 3, service
                )
                found.add_characteristic(characteristic)
                for descriptor in one.descriptors:
                    found.add_descriptor(
                        BleakGATTDescriptor(descriptor, descriptor.handle, bleak_uuid(descriptor.type), characteristic)
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
