"""What the operating system's Bluetooth is to bleak, on the virtual radio: the adapter, its scanners.

`Adapter` is as unforgiving as the strictest system: one thing at a time, scan or connect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, ClassVar, Final, TypeVar

from bleak.backends.adapter import BaseBleakAdapter
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError
from bleak.uuids import normalize_uuid_str
from bumble import core, hci
from bumble.core import AdvertisingData
from bumble.device import Advertisement, Connection, Device, DeviceConfiguration
from bumble.host import Host
from bumble.pairing import PairingConfig
from bumble.transport.common import AsyncPipeSink

from radio.air import Air, Controller

T = TypeVar("T")
UUID_LISTS: Final = (
    AdvertisingData.Type.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)


class Adapter:
    """The computer's Bluetooth.

    `off`: why it cannot be used now; `hangs`: the system answers nothing that is asked of it; `pairs`: it pairs by
    itself when a device asks for it, as most systems do; `clashes_n`: how often a program scanned and connected, or
    connected twice, at once; `told`: every notification that a program was called back for: time, address,
    characteristic, payload.
    """

    def __init__(self, air: Air, address: str = "C0:00:00:00:00:01") -> None:
        self.off: BleakBluetoothNotAvailableReason | None = None
        self.hangs = False
        self.pairs = True
        self.clashes_n = 0
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
        self.stale: dict[str, set[object]] = {}  # lost clients that nobody disconnected, by address
        self.device.on("advertisement", self._hear)

    def _hear(self, advertisement: Advertisement) -> None:
        for scanner in list(self.scanners):
            scanner.hear(advertisement)

    def check(self) -> None:
        """Raises as bleak does when Bluetooth is off or forbidden."""
        if self.off is not None:
            raise BleakBluetoothNotAvailableError("Bluetooth is not available", self.off)

    async def answer(self) -> None:
        """Takes for ever where the system hangs."""
        if self.hangs:
            await asyncio.sleep(1e6)

    def _clash(self) -> BleakError:
        self.clashes_n += 1
        return BleakError("[org.bluez.Error.InProgress] Operation already in progress")

    async def scan(self, scanner: Scanner) -> None:
        self.check()
        if self.connecting:
            raise self._clash()
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
            raise self._clash()
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
        await self.adapter.answer()
        await self.adapter.scan(self)

    async def stop(self) -> None:
        await self.adapter.answer()
        await self.adapter.rest(self)

    def hear(self, advertisement: Advertisement) -> None:
        """One advertisement, in bleak's words."""
        said = advertisement.data
        uuids = [bleak_uuid(uuid) for kind in UUID_LISTS for uuid in said.get(kind) or []]
        name = said.get(AdvertisingData.Type.COMPLETE_LOCAL_NAME)
        maker = said.get(AdvertisingData.Type.MANUFACTURER_SPECIFIC_DATA)
        makers = {} if maker is None else dict([maker])
        found = AdvertisementData(name, makers, {}, uuids, None, advertisement.rssi, ())
        address = advertisement.address.to_string(False)
        device = self.create_or_update_device(address, address, name, advertisement.address, found)
        if self.is_allowed_uuid(uuids):
            self.call_detection_callbacks(device, found)


class System(BaseBleakAdapter):
    """See BaseBleakAdapter: devices that somebody else on this computer holds connected."""

    adapter: ClassVar[Adapter]

    @classmethod
    async def get(cls, **_kwargs: Any) -> System:
        cls.adapter.check()
        await cls.adapter.answer()
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


def bleak_uuid(uuid: core.UUID) -> str:
    return normalize_uuid_str(uuid.to_hex_str("-"))
