"""An emulated device on the virtual radio: its table of services on a bumble device, its samples in real packets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

from bumble import att, gatt, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.host import Host
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport.common import AsyncPipeSink

from radio.air import Air, Controller
from radio.emulated import Emulated, Refused, Said
from surefoot.gatt import Seen
from surefoot.samples import ImuPacket

Pairing = Literal["none", "needed", "refused"]
SIG_BASE: Final = "-0000-1000-8000-00805f9b34fb"
ADVERTISING_MS: Final = 100.0
LONGEST_ADVERTISEMENT_N: Final = 31  # legacy advertising (Core 5.4, Vol 6, Part B, 2.3.1.1)
PROPERTIES: Final = {
    "read": gatt.Characteristic.Properties.READ,
    "write": gatt.Characteristic.Properties.WRITE,
    "write-without-response": gatt.Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
    "notify": gatt.Characteristic.Properties.NOTIFY,
    "indicate": gatt.Characteristic.Properties.INDICATE,
}
OPEN: Final = att.Attribute.Permissions.READABLE | att.Attribute.Permissions.WRITEABLE
GUARDED: Final = (
    OPEN | att.Attribute.Permissions.READ_REQUIRES_ENCRYPTION | att.Attribute.Permissions.WRITE_REQUIRES_ENCRYPTION
)


class Peripheral:
    """One device in the air.

    Args:
        device: what it is.
        address: its random static address.
        pairing: whether its characteristics want an encrypted link, and whether it agrees to make one.
        mtu: the largest that it takes.

    `asleep`: it measures nothing and the link stays up; `writes`: everything that was written to it, with the time;
    `on_write`: called before each write is answered. `sent`: what it handed to the radio, with the time.
    """

    def __init__(self, air: Air, device: Emulated, address: str, *, pairing: Pairing = "none", mtu: int = 247) -> None:
        self.air, self.device, self.address = air, device, address
        self.asleep = False
        self.writes: list[tuple[float, str, bytes]] = []
        self.sent: list[tuple[float, str, bytes]] = []
        self.on_write: Callable[[str, bytes], None] | None = None
        self.connections_n = 0
        controller = Controller(f"peripheral {address}", air)
        config = DeviceConfiguration(
            name=device.seen.name or "", address=hci.Address(address), gap_service_enabled=False,
            gatt_service_enabled=False,
        )  # fmt: skip
        self._bumble = Device(config=config, host=Host(controller, AsyncPipeSink(controller)))
        self._bumble.gatt_server.max_mtu = mtu
        self._bumble.advertising_data = advertisement(device.seen)
        self._permissions = OPEN if pairing == "none" else GUARDED
        self.accept_pairing(pairing != "refused")
        self._connection: Connection | None = None
        self._characteristics: dict[str, gatt.Characteristic[bytes]] = {}
        self._indicating: set[asyncio.Task[None]] = set()
        self._bumble.on("connection", self._connected)

    @property
    def connected(self) -> bool:
        return self._connection is not None

    async def power_on(self) -> None:
        """Its table is made and it advertises, again after every connection."""
        for service, characteristics in self.device.table.items():
            made = [self._characteristic(uuid, properties) for uuid, properties in characteristics.items()]
            self._bumble.add_service(gatt.Service(service, made))
        await self._bumble.power_on()
        await self._bumble.start_advertising(
            auto_restart=True, advertising_interval_min=ADVERTISING_MS, advertising_interval_max=ADVERTISING_MS
        )

    async def power_off(self) -> None:
        """It falls silent; a connection ends as a connection does."""
        await self.hang_up()
        await asyncio.sleep(0.1)  # bumble advertises again by itself
        await self._bumble.stop_advertising()

    def _characteristic(self, uuid: str, names: frozenset[str]) -> gatt.Characteristic[bytes]:
        properties = gatt.Characteristic.Properties(0)
        for name in names:
            properties |= PROPERTIES[name]

        def read(_connection: Any) -> bytes:
            try:
                return self.device.read(uuid)
            except Refused as e:
                raise att.ATT_Error(e.code) from None

        def write(_connection: Any, payload: bytes) -> None:
            self._written(uuid, bytes(payload))

        def subscribed(_connection: Any, notify: bool, indicate: bool) -> None:
            if notify or indicate:
                self.device.subscribed(uuid)

        value: Any = gatt.CharacteristicValue(read=read, write=write)
        made: gatt.Characteristic[bytes] = gatt.Characteristic(uuid, properties, self._permissions, value)
        made.on("subscription", subscribed)
        self._characteristics[uuid] = made
        return made

    # ------------------------------------------------------------------ the device at work

    def measure(self, packet: ImuPacket) -> None:
        """Samples just measured; sent when the device streams and is awake."""
        if not self.asleep:
            self.say(self.device.take(packet))

    async def play(self, packets: Iterable[ImuPacket], begin_s: float | None = None) -> None:
        """Each packet when its last sample has been measured, on the loop's time; the first sample at `begin_s`."""
        loop = asyncio.get_running_loop()
        begin_s = loop.time() if begin_s is None else begin_s
        first_ns: int | None = None
        for packet in packets:
            assert packet.device_ns is not None
            first_ns = int(packet.device_ns[0]) if first_ns is None else first_ns
            await asyncio.sleep(begin_s + (int(packet.device_ns[-1]) - first_ns) / 1e9 - loop.time())
            self.measure(packet)

    def say(self, said: Said) -> None:
        """Notify or indicate, whatever the characteristic does; nothing without a connection."""
        connection, server = self._connection, self._bumble.gatt_server
        for uuid, payload in said if connection is not None else ():
            assert connection is not None
            characteristic = self._characteristics[uuid]
            wanted = server.subscribers.get(connection, {}).get(characteristic.handle, b"\0\0")[0]
            if not wanted or (self._permissions is GUARDED and not connection.is_encrypted):
                continue
            self.sent.append((asyncio.get_running_loop().time(), uuid, payload))
            if wanted & 1:
                told = att.ATT_Handle_Value_Notification(
                    attribute_handle=characteristic.handle, attribute_value=payload[: connection.att_mtu - 3]
                )
                server.send_gatt_pdu(connection, bytes(told))
            else:
                task = asyncio.ensure_future(server.indicate_subscriber(connection, characteristic, payload))
                self._indicating.add(task)
                task.add_done_callback(self._indicating.discard)

    def _written(self, uuid: str, payload: bytes) -> None:
        loop = asyncio.get_running_loop()
        self.writes.append((loop.time(), uuid, payload))
        if self.on_write is not None:
            self.on_write(uuid, payload)
        try:
            said = self.device.write(uuid, payload)
        except Refused as e:
            raise att.ATT_Error(e.code) from None
        if said:
            loop.call_soon(self.say, said)  # after the answer to the write itself

    # ------------------------------------------------------------------ connections

    def _connected(self, connection: Connection) -> None:
        self._connection = connection
        self.connections_n += 1
        connection.on("disconnection", self._disconnected)
        self.device.connected()

    def _disconnected(self, _reason: int) -> None:
        self._connection = None
        for task in self._indicating:
            task.cancel()

    async def hang_up(self) -> None:
        """It ends the connection by itself."""
        if self._connection is not None:
            await self._connection.disconnect()

    def accept_pairing(self, accept: bool) -> None:
        """Bumble asks once for each connection."""

        class Answer(PairingDelegate):
            async def accept(self) -> bool:
                return accept

        self._bumble.pairing_config_factory = lambda _connection: PairingConfig(
            sc=True, mitm=False, bonding=True, delegate=Answer()
        )

    async def forget_bonds(self) -> None:
        """As after a reset to factory settings."""
        assert self._bumble.keystore is not None
        await self._bumble.keystore.delete_all()


def advertisement(seen: Seen) -> bytes:
    """Name, services and makers in one packet: this radio has no scan responses."""
    short = [UUID(uuid[4:8]) for uuid in sorted(seen.services) if uuid.endswith(SIG_BASE)]
    long = [UUID(uuid) for uuid in sorted(seen.services) if not uuid.endswith(SIG_BASE)]
    parts: list[tuple[int, bytes]] = [(AdvertisingData.Type.FLAGS, b"\x06")]
    if seen.name is not None:
        parts.append((AdvertisingData.Type.COMPLETE_LOCAL_NAME, seen.name.encode()))
    if short:
        parts.append((AdvertisingData.Type.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, b"".join(map(bytes, short))))
    if long:
        parts.append((AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, b"".join(map(bytes, long))))
    parts += [
        (AdvertisingData.Type.MANUFACTURER_SPECIFIC_DATA, company.to_bytes(2, "little"))
        for company in sorted(seen.manufacturers)
    ]
    packed = bytes(AdvertisingData(parts))
    assert len(packed) <= LONGEST_ADVERTISEMENT_N, f"{seen} makes {len(packed)} bytes"
    return packed
