"""A computer and its sensors in one virtual air, on a virtual loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from unittest import mock

import bleak

from radio.adapter import Adapter, Scanner, System
from radio.air import Air, Way
from radio.client import Client
from radio.emulated import Emulated
from radio.peripheral import Pairing, Peripheral


class World:
    """`seed`: of everything that is left to chance."""

    def __init__(self, seed: int = 0) -> None:
        self.air = Air(seed)
        self.adapter = Adapter(self.air)
        self.peripherals: list[Peripheral] = []

    async def add(self, device: Emulated, *, pairing: Pairing = "none", mtu: int = 247) -> Peripheral:
        """One more sensor, advertising."""
        address = f"F0:00:00:00:00:{len(self.peripherals) + 1:02X}"
        made = Peripheral(self.air, device, address, pairing=pairing, mtu=mtu)
        self.peripherals.append(made)
        await made.power_on()
        return made

    def way(self, peripheral: Peripheral) -> Way:
        """The air to that sensor."""
        return self.air.way(peripheral.address)


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


@contextlib.asynccontextmanager
async def world(seed: int = 0) -> AsyncIterator[World]:
    """A world whose Bluetooth is the computer's."""
    made = World(seed)
    await made.adapter.device.power_on()
    with on_air(made.adapter):
        yield made
    for peripheral in made.peripherals:
        await peripheral.power_off()
    await asyncio.sleep(1.0)  # whatever is still under way comes to its end
