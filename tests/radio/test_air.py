"""The virtual radio itself: that it delivers, and fails as told, before anything of ours is tested on it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from bleak import BleakAdapter, BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakError,
    BleakGATTProtocolError,
)

from radio.emulated import Refused, Said
from radio.loop import Stuck, VirtualLoop, run
from radio.peripheral import Peripheral, advertisement
from radio.world import World, world
from surefoot.gatt import Seen
from surefoot.samples import ImuPacket

SERVICE, CONTROL, DATA = (f"f1a7000{k}-5b1e-4f8e-9c3a-2d6b1c0a9e10" for k in range(3))


class Parrot:
    """Answers a write with the same bytes; refuses the word "bad"."""

    seen = Seen("Parrot", frozenset({SERVICE}))
    table: Mapping[str, Mapping[str, frozenset[str]]] = {
        SERVICE: {
            CONTROL: frozenset({"read", "write", "write-without-response", "indicate"}),
            DATA: frozenset({"notify"}),
        }
    }
    streaming = True
    settings: Mapping[str, Any] = {}

    def __init__(self) -> None:
        self.told: list[str] = []

    def connected(self) -> None:
        self.told.append("connected")

    def subscribed(self, characteristic: str) -> None:
        self.told.append(characteristic)

    def write(self, characteristic: str, payload: bytes) -> Said:
        if payload == b"bad":
            raise Refused(0x80)
        return [(CONTROL, payload)]

    def read(self, characteristic: str) -> bytes:
        return b"polly"

    def take(self, packet: ImuPacket) -> Said:
        return []


async def find(name: str = "Parrot", seconds: float = 5.0) -> BLEDevice | None:
    return await BleakScanner.find_device_by_name(name, timeout=seconds)


async def connected(device: BLEDevice | None, gone: list[float] | None = None, seconds: float = 5.0) -> BleakClient:
    assert device is not None
    client = BleakClient(device, lambda _: (gone if gone is not None else []).append(now()), timeout=seconds)
    await client.connect()
    return client


def now() -> float:
    return asyncio.get_running_loop().time()


class Heard:
    """What arrived on the stream, with the times."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.payloads: list[bytes] = []

    def __call__(self, _characteristic: object, payload: bytearray) -> None:
        self.at.append(now())
        self.payloads.append(bytes(payload))


async def stream(parrot: Peripheral, n: int, every_s: float = 0.05, size: int = 180) -> list[bytes]:
    """n numbered notifications."""
    told = [k.to_bytes(2, "big") + bytes(size - 2) for k in range(n)]
    for payload in told:
        parrot.say([(DATA, payload)])
        await asyncio.sleep(every_s)
    return told


async def linked(here: World, **options: Any) -> tuple[Peripheral, BleakClient, Heard, list[float]]:
    """A subscribed parrot."""
    parrot, gone, heard = await here.add(Parrot(), **options), list[float](), Heard()
    client = await connected(await find(), gone)
    await client.start_notify(DATA, heard)
    return parrot, client, heard, gone


def test_a_device_is_found_connected_read_written_and_heard() -> None:
    async def main() -> None:
        async with world() as here:
            parrot, client, heard, gone = await linked(here)
            answers = Heard()
            await client.start_notify(CONTROL, answers)
            assert parrot.device.told == ["connected", DATA, CONTROL]  # type: ignore[attr-defined]
            assert client.mtu_size == 247
            assert client.services.get_characteristic(DATA).properties == ["notify"]  # type: ignore[union-attr]
            assert await client.read_gatt_char(CONTROL) == b"polly"
            await client.write_gatt_char(CONTROL, b"hello", response=True)
            await client.write_gatt_char(CONTROL, b"there", response=False)
            with pytest.raises(BleakGATTProtocolError) as refused:
                await client.write_gatt_char(CONTROL, b"bad", response=True)
            assert refused.value.code == 0x80
            told = await stream(parrot, 40)
            assert answers.payloads == [b"hello", b"there"]
            assert heard.payloads == told
            assert [payload for _, _, payload in parrot.writes] == [b"hello", b"there", b"bad"]
            with pytest.raises(BleakError, match="already"):
                await client.start_notify(DATA, heard)
            await client.disconnect()
            assert len(gone) == 1
            with pytest.raises(BleakError):
                await client.read_gatt_char(CONTROL)

    run(main())


def test_a_minute_of_silence_takes_no_time_and_a_wait_for_nothing_is_told() -> None:
    loop = VirtualLoop(5.0)
    loop.run_until_complete(asyncio.sleep(60))
    assert loop.time() == 65.0
    with pytest.raises(Stuck):
        loop.run_until_complete(loop.create_future())
    loop.close()


@pytest.mark.parametrize(("interval_s", "per_event"), [(0.015, 6), (0.03, 1), (0.05, 2), (0.0, 6)])
def test_data_come_on_the_grid_of_connection_events(interval_s: float, per_event: int) -> None:
    async def main() -> None:
        async with world() as here:
            parrot, client, heard, _ = await linked(here)
            way = here.way(parrot)
            way.interval_s, way.per_event = interval_s, per_event
            told = await stream(parrot, 100, 0.02)
            await asyncio.sleep(10)
            assert heard.payloads == told
            if not interval_s:
                return
            steps = [(at - way.begun_s) / interval_s for at in heard.at]
            assert all(abs(step - round(step)) < 1e-3 for step in steps)
            assert max(steps.count(step) for step in steps) <= per_event
            await client.disconnect()

    run(main())


def test_a_full_queue_drops_new_notifications_and_nothing_else() -> None:
    async def main() -> None:
        async with world() as here:
            parrot, client, heard, _ = await linked(here)
            way = here.way(parrot)
            way.per_event, way.queue_n = 1, 4
            told = await stream(parrot, 200, 0.01)
            assert await client.read_gatt_char(CONTROL) == b"polly"
            await asyncio.sleep(1)
            assert way.dropped_n > 100
            assert len(heard.payloads) + way.dropped_n == len(told)
            assert heard.payloads == [payload for payload in told if payload in heard.payloads]

    run(main())


@pytest.mark.parametrize("seconds", [0.5, 2.0, 5.0])
def test_a_short_shadow_holds_everything_back_and_loses_nothing(seconds: float) -> None:
    async def main() -> None:
        async with world() as here:
            parrot, _, heard, gone = await linked(here)
            here.air.darken(parrot.address, seconds)
            dark = now()
            told = await stream(parrot, 200)
            assert heard.payloads == told
            assert not gone
            assert seconds <= heard.at[0] - dark < seconds + 0.1
            assert heard.at[5] == heard.at[0]  # a burst

    run(main())


def test_a_long_shadow_ends_the_connection_at_both_ends_after_the_supervision_timeout() -> None:
    async def main() -> None:
        async with world() as here:
            parrot, client, heard, gone = await linked(here)
            dark = now()
            here.air.darken(parrot.address, 20)
            reading = asyncio.ensure_future(client.read_gatt_char(CONTROL))
            await stream(parrot, 10)
            with pytest.raises(BleakError):
                await reading
            assert gone == [pytest.approx(dark + 6)]
            assert not parrot.connected
            assert not client.is_connected
            assert not heard.payloads
            assert await find(seconds=5) is None
            device = await find(seconds=20)
            assert now() == pytest.approx(dark + 20, abs=0.2)
            again = await connected(device)
            assert again.is_connected

    run(main())


def test_a_hang_up_in_the_dark_is_noticed_late_by_the_other_end() -> None:
    async def main() -> None:
        async with world() as here:
            parrot, client, _, gone = await linked(here)
            here.air.darken(parrot.address)
            await client.disconnect()
            assert len(gone) == 1
            assert parrot.connected
            await asyncio.sleep(7)
            assert not parrot.connected

    run(main())


def test_a_hang_up_of_the_device_is_told_once() -> None:
    async def main() -> None:
        async with world() as here:
            parrot, client, _, gone = await linked(here)
            await parrot.hang_up()
            await asyncio.sleep(1)
            assert len(gone) == 1
            assert not client.is_connected
            await client.disconnect()
            assert len(gone) == 1

    run(main())


def test_loss_and_copies_are_of_the_seed() -> None:
    def heard(seed: int) -> list[bytes]:
        async def main() -> list[bytes]:
            async with world(seed) as here:
                parrot, _, heard, _ = await linked(here)
                here.way(parrot).loss, here.way(parrot).copies = 0.2, 0.1
                await stream(parrot, 200)
                return heard.payloads

        return run(main())

    first = heard(1)
    assert len(set(first)) < 190
    assert len(first) > len(set(first))
    assert heard(1) == first
    assert heard(2) != first


def test_a_lost_client_that_nobody_disconnects_makes_copies() -> None:
    async def main() -> None:
        async with world() as here:
            parrot, client, _, _ = await linked(here)
            for copies in (2, 3):
                await parrot.hang_up()
                await asyncio.sleep(1)
                heard = Heard()
                client = await connected(await find())
                await client.start_notify(DATA, heard)
                await stream(parrot, 5)
                assert len(heard.payloads) == 5 * copies
            await parrot.hang_up()
            await asyncio.sleep(1)
            await client.disconnect()
            heard = Heard()
            client = await connected(await find())
            await client.start_notify(DATA, heard)
            await stream(parrot, 5)
            assert len(heard.payloads) == 15

    run(main())


def test_an_absent_device_times_out_and_a_cancelled_connect_leaves_the_adapter_usable() -> None:
    async def main() -> None:
        async with world() as here:
            parrot = await here.add(Parrot())
            device = await find()
            here.air.darken(parrot.address)
            start = now()
            with pytest.raises(TimeoutError):
                await connected(device, seconds=2)
            assert now() - start == pytest.approx(2, abs=0.1)
            for wait in range(6):
                attempt = asyncio.ensure_future(connected(device))
                for _ in range(wait):
                    await asyncio.sleep(0)
                attempt.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await attempt
            here.air.lighten(parrot.address)
            for wait_s in (0.0, 0.1, 0.15, 0.2, 0.3):
                attempt = asyncio.ensure_future(connected(device))
                await asyncio.sleep(wait_s)
                attempt.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await attempt
                await asyncio.sleep(0.5)
                assert not parrot.connected, wait_s
            assert (await connected(device)).is_connected

    run(main())


def test_scanning_and_connecting_at_once_is_refused_as_by_bluez() -> None:
    async def main() -> None:
        async with world() as here:
            await here.add(Parrot())
            device = await find()
            async with BleakScanner(), BleakScanner():
                with pytest.raises(BleakError, match="InProgress"):
                    await connected(device)
            assert (await connected(device)).is_connected

    run(main())


def test_bluetooth_that_is_off_says_so() -> None:
    async def main() -> None:
        async with world() as here:
            here.adapter.off = BleakBluetoothNotAvailableReason.POWERED_OFF
            for act in (find(), BleakAdapter.get()):
                with pytest.raises(BleakBluetoothNotAvailableError) as off:
                    await act
                assert off.value.reason == BleakBluetoothNotAvailableReason.POWERED_OFF

    run(main())


def test_a_small_mtu_cuts_notifications() -> None:
    async def main() -> None:
        async with world() as here:
            parrot, client, heard, _ = await linked(here, mtu=23)
            assert client.mtu_size == 23
            parrot.say([(DATA, bytes(range(180)))])
            await asyncio.sleep(1)
            assert heard.payloads == [bytes(range(20))]

    run(main())


@pytest.mark.parametrize("by_itself", [True, False])
def test_pairing_when_the_device_wants_it_by_the_system_or_by_the_program(by_itself: bool) -> None:
    async def main() -> None:
        async with world() as here:
            here.adapter.pairs = by_itself
            parrot = await here.add(Parrot(), pairing="needed")
            for _ in range(2):  # the second time with the stored bond
                client = await connected(await find())
                if not by_itself:
                    with pytest.raises(BleakGATTProtocolError) as refused:
                        await client.read_gatt_char(CONTROL)
                    assert refused.value.code == 0x0F
                    await client.pair()
                assert await client.read_gatt_char(CONTROL) == b"polly"
                await client.disconnect()
                await asyncio.sleep(1)
            await parrot.forget_bonds()
            client = await connected(await find())
            with pytest.raises(BleakError):
                await client.read_gatt_char(CONTROL)
            await client.unpair()
            await asyncio.sleep(1)
            client = await connected(await find())
            if not by_itself:
                await client.pair()
            assert await client.read_gatt_char(CONTROL) == b"polly"

    run(main())


def test_pairing_that_the_device_refuses() -> None:
    async def main() -> None:
        async with world() as here:
            await here.add(Parrot(), pairing="refused")
            client = await connected(await find())
            with pytest.raises(BleakGATTProtocolError) as refused:
                await client.read_gatt_char(CONTROL)
            assert refused.value.code == 0x0F
            with pytest.raises(BleakError, match="pairing failed"):
                await client.pair()

    run(main())


def test_an_advertisement_that_is_too_long_is_refused() -> None:
    with pytest.raises(AssertionError, match="37 bytes"):
        advertisement(Seen("A name of more", frozenset({SERVICE})))
