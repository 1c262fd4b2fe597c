"""From the scan to the stream: what keeps a sensor from being opened, what is said, and that nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from bleak.exc import BleakBluetoothNotAvailableReason as Reason

from radio.devices.movesense import Movesense
from radio.devices.polar import CONTROL, DATA, PMD, Polar
from radio.emulated import Said
from radio.loop import run
from radio.peripheral import Pairing, Peripheral
from radio.sitting import Sitting, chunks, motion, sit
from radio.world import World, world
from surefoot.errors import SurefootError
from surefoot.gatt import BATTERY_LEVEL, Seen
from surefoot.sources.ble import Bluetooth
from surefoot.sources.connection import Found, LinkError

NAME = "Polar H10 12345678"
STILL = motion(200, 30)


class Bare(Polar):
    """A strap whose system remembers a table of services without its data."""

    def __init__(self, *missing: str) -> None:
        super().__init__("h10")
        self.table = {
            service: {uuid: names for uuid, names in characteristics.items() if uuid not in missing}
            for service, characteristics in self.table.items()
            if service not in missing
        }


class Liar(Polar):
    """A strap with other words at its control point; None: it says nothing."""

    def __init__(self, *words: bytes | None) -> None:
        super().__init__("h10")
        self.words = list(words)

    def write(self, characteristic: str, payload: bytes) -> Said:
        said = super().write(characteristic, payload)
        if not self.words:
            return said
        word = self.words.pop(0)
        return [] if word is None else [(characteristic, word)]


OFFERS_17_HZ = b"\xf0\x01\x02\x00\x00" + b"\x00\x01\x11\x00\x01\x01\x10\x00\x02\x01\x08\x00"
NONSENSE = b"\xf0\x01\x02\x00\x00" + b"\x63\xff" + bytes(40)

Prepare = Callable[[World, Peripheral], Awaitable[None]]


async def is_there(here: World, strap: Peripheral) -> None:
    """Nothing keeps it."""


async def is_absent(here: World, strap: Peripheral) -> None:
    here.air.darken(strap.address)


def comes_after(seconds: float) -> Prepare:
    async def prepare(here: World, strap: Peripheral) -> None:
        here.air.darken(strap.address, seconds)

    return prepare


async def bluetooth_is_off(here: World, strap: Peripheral) -> None:
    here.adapter.off = Reason.POWERED_OFF


async def bluetooth_is_forbidden(here: World, strap: Peripheral) -> None:
    here.adapter.off = Reason.DENIED_BY_USER


async def bluetooth_hangs(here: World, strap: Peripheral) -> None:
    here.adapter.hangs = True


async def bluetooth_hangs_after(here: World, strap: Peripheral) -> None:
    """In the middle of the scan: stopping it and asking for other connections both hang."""
    here.air.darken(strap.address)
    asyncio.get_running_loop().call_later(1.0, setattr, here.adapter, "hangs", True)


def hangs_up(times: int, after_s: float = 0.0) -> Prepare:
    """At a command; `after_s`: when it should have answered."""

    async def prepare(here: World, strap: Peripheral) -> None:
        left = [times]

        def leave(uuid: str, payload: bytes) -> None:
            if left[0]:
                left[0] -= 1
                asyncio.get_running_loop().call_later(after_s, here.air.lose, strap.address)

        strap.on_write = leave

    return prepare


async def goes_dark_when_asked(here: World, strap: Peripheral) -> None:
    here.way(strap).supervision_s = 20.0
    strap.on_write = lambda uuid, payload: here.air.darken(strap.address)


@dataclass(frozen=True)
class Row:
    """`says`: the beginning of the sentence that ends it, None where it opens; `connections`: how many it took;
    `most_s`: how long the person waits at most."""

    name: str
    says: str | None
    prepare: Prepare = is_there
    device: Callable[[], Polar] = Polar
    pairing: Pairing = "none"
    pairs: bool = True
    mtu: int = 247
    connections: int = 1
    most_s: float = 40.0


TABLE = (
    Row("there", None),
    Row("absent", "'Polar H10' was not found: wake it", is_absent, connections=0),
    Row("wakes after 7 s", None, comes_after(7)),
    Row("Bluetooth off", "Bluetooth is switched off: switch it on", bluetooth_is_off, connections=0),
    Row("Bluetooth forbidden", "Bluetooth is not allowed here: allow it", bluetooth_is_forbidden, connections=0),
    Row("Bluetooth hangs", "Bluetooth does not answer: switch it off and on", bluetooth_hangs, connections=0),
    Row("Bluetooth hangs later", "'Polar H10' was not found: wake it", bluetooth_hangs_after, connections=0),
    Row("hangs up once", None, hangs_up(1), connections=2),
    Row("hangs up always", f"the link to {NAME} f", hangs_up(99), connections=3),
    Row(
        "hangs up when asked", f"the link to {NAME} fell while it was being started", hangs_up(99, 0.1),
        lambda: Liar(*[None] * 9), connections=3, most_s=13.0,
    ),
    Row("goes dark when asked", f"{NAME} was not found", goes_dark_when_asked, most_s=26.0),
    Row("lacks its service", f"{NAME}: this Polar sensor does not offer its raw data", device=lambda: Bare(PMD)),
    Row("lacks its data", f"{NAME}: this Polar sensor does not offer its raw data", device=lambda: Bare(DATA)),
    Row("lacks its control", f"{NAME}: this Polar sensor does not offer its raw data", device=lambda: Bare(CONTROL)),
    Row("lacks its battery", None, device=lambda: Bare(BATTERY_LEVEL)),
    Row("offers 17 Hz", "the Polar sensor offers 17 where 25, 50, 100, 200 Hz", device=lambda: Liar(OFFERS_17_HZ)),
    Row("answers nonsense", "the Polar sensor offers nothing where", device=lambda: Liar(NONSENSE)),
    Row("answers once in vain", None, device=lambda: Liar(None), connections=2),
    Row("never answers", f"{NAME} did not answer within 5 s", device=lambda: Liar(*[None] * 9), connections=3),
    Row(
        "small packets",
        "the Polar sensor refuses to start its accelerometer: the link's packets",
        device=lambda: Polar(mtu_n=100),
        mtu=100,
    ),
    Row(
        "in its charger",
        "the Polar sensor refuses to start its accelerometer: it is in its ch",
        device=lambda: Polar(in_charger=True),
    ),
    Row("paired by the system", None, pairing="needed"),
    Row("paired by the program", None, pairing="needed", pairs=False),
    Row("refuses pairing", f"{NAME} could not be paired: remove it", pairing="refused"),
    Row("refuses the program", f"{NAME} could not be paired: remove it", pairing="refused", pairs=False),
)  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_a_sensor_opens_or_says_in_a_sentence_why_not(row: Row, tmp_path: Path) -> None:
    async def main() -> str | None:
        async with world(seed=1) as here:
            here.adapter.pairs = row.pairs
            device = row.device()
            strap = await here.add(device, pairing=row.pairing, mtu=row.mtu)
            await row.prepare(here, strap)
            played = asyncio.ensure_future(strap.play(chunks(STILL, 18)))
            says, begun_s = None, asyncio.get_running_loop().time()
            try:
                sitting = await sit(here, ["Polar H10"], tmp_path / "a.jsonl")
            except SurefootError as e:
                says = str(e)
                assert asyncio.get_running_loop().time() - begun_s < row.most_s
            else:
                await asyncio.sleep(2)
                assert sitting.shown.sensor.state == "streaming"
                await sitting.end()
            played.cancel()
            assert strap.connections_n == row.connections
            assert not device.running
            await asyncio.sleep(7)
            assert not strap.connected
            return says

    says = run(main())
    assert (says is None) == (row.says is None), says
    assert (says or "").startswith(row.says or ""), says


class Dumb(Movesense):
    """Its table lacks what commands are written to."""

    def __init__(self) -> None:
        super().__init__()
        self.table = {
            service: {uuid: names for uuid, names in characteristics.items() if "notify" in names}
            for service, characteristics in self.table.items()
        }


def test_a_sensor_that_takes_no_commands_is_refused_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with world() as here:
            sensor = await here.add(Dumb())
            with pytest.raises(LinkError) as refused:
                await sit(here, ["Movesense"], tmp_path / "a.jsonl")
            assert refused.value.fault == "service"
            assert str(refused.value).startswith("Movesense 203930000123 lacks what it should have: remove it")
            assert sensor.connections_n == 1

    run(main())


def scan(*devices: Polar, seconds: float = 3.0) -> list[Found]:
    async def main() -> list[Found]:
        async with world() as here:
            for device in devices:
                await here.add(device)
            return await Bluetooth().scan(seconds)

    return run(main())


def test_a_scan_lists_what_can_be_read_and_what_it_is() -> None:
    found = scan(Polar("h10"), Polar("sense"), Stranger())
    assert {(one.name, one.kind, one.codec) for one in found} == {
        (NAME, "Polar H10", "polar"),
        ("Polar Sense 12345678", "Polar Verity Sense", "polar"),
    }
    assert len({one.address for one in found}) == 2


class Stranger(Polar):
    """Somebody's lamp."""

    def __init__(self) -> None:
        super().__init__("h10")
        self.seen = Seen("Lamp")


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("Polar H10 1234567", "'Polar H10 1234567' fits Polar H10 12345678 (F0:00:00:00:00:01), Polar H10 12345678"),
        ("Lamp", "Lamp is no sensor that surefoot knows"),
        ("Movesense", "'Movesense' was not found, but Polar H10 12345678, Polar H10 12345678"),
    ],
)
def test_a_name_that_does_not_say_which(wanted: str, says: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with world() as here:
            for device in (Polar("h10"), Polar("h10"), Stranger()):
                await here.add(device)
            with pytest.raises(SurefootError) as refused:
                await sit(here, [wanted], tmp_path / "a.jsonl")
            assert str(refused.value).startswith(says), refused.value

    run(main())


def test_two_straps_of_the_same_name_are_told_apart_by_their_address(tmp_path: Path) -> None:
    async def main() -> None:
        async with world() as here:
            straps = [await here.add(Polar("h10")) for _ in range(2)]
            sitting = await sit(here, [straps[1].address], tmp_path / "a.jsonl")
            assert [strap.connected for strap in straps] == [False, True]
            await sitting.end()

    run(main())


@pytest.mark.parametrize("after_s", [0.0, 0.05, 1.0, 2.05, 2.1, 2.2, 2.3, 2.5, 2.7, 2.9, 3.0, 3.05, 3.1, 3.15])
def test_a_person_may_change_their_mind_at_any_moment(after_s: float, tmp_path: Path) -> None:
    async def main() -> None:
        async with world() as here:
            device = Polar("h10")
            strap = await here.add(device)
            attempt = asyncio.ensure_future(sit(here, ["Polar H10"], tmp_path / "a.jsonl"))
            await asyncio.sleep(after_s)
            attempt.cancel()
            with pytest.raises(asyncio.CancelledError):
                await attempt
            await asyncio.sleep(1)
            assert not strap.connected
            assert not device.running
            sitting: Sitting = await sit(here, ["Polar H10"], tmp_path / "b.jsonl")
            await sitting.end()

    run(main())
