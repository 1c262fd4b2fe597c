"""The talk and the life cycle on a peer that the test holds in its hand. The virtual radio's faults: radio/."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from radio.devices.polar import Polar
from radio.loop import LoopClock, run
from radio.sitting import sit
from radio.world import world
from surefoot.devices import CODECS, RADIOS, plain
from surefoot.errors import DeviceError
from surefoot.gatt import BATTERY_LEVEL, Listen, Pause, Read, Talk, Write
from surefoot.samples import Input, Link, Notification
from surefoot.sources.connection import Connection, Found, LinkError, Silent
from surefoot.sources.link import Sensor

SERVICE, CONTROL, DATA = "service", "control point", "data"
FOUND = Found("Parrot", "A", "Parrot", "parrot", {"rate_hz": 100})
Hear = Callable[[bytes | bytearray], None]


class Hand:
    """A connected device. `answers`: to a write, by its payload; `refuses`: what writing raises, in order."""

    def __init__(self, answers: Mapping[bytes, Sequence[bytes]] | None = None) -> None:
        self.answers = answers or {}
        self.refuses: list[LinkError] = []
        self.services: Collection[str] = {SERVICE}
        self.characteristics: dict[str, Collection[str]] = {CONTROL: {"write"}, DATA: {"notify"}}
        self.heard: dict[str, Hear] = {}
        self.did: list[str] = []

    async def subscribe(self, characteristic: str, hear: Hear) -> None:
        self.did.append(f"subscribe {characteristic}")
        self.heard[characteristic] = hear

    async def write(self, characteristic: str, payload: bytes, response: bool) -> None:
        self.did.append(f"write {payload.decode()}")
        if self.refuses:
            raise self.refuses.pop(0)
        for answer in self.answers.get(payload, ()):
            self.heard[CONTROL](answer)
        await asyncio.sleep(0.01)

    async def read(self, characteristic: str) -> bytes:
        self.did.append(f"read {characteristic}")
        return b"\x50"

    async def pair(self) -> None:
        self.did.append("pair")

    async def disconnect(self) -> None:
        self.did.append("disconnect")


class Near:
    """An air in which the next hand is always there."""

    def __init__(self, *hands: Hand) -> None:
        self.lock = asyncio.Lock()
        self.hands = list(hands)
        self.lost: Callable[[], None] = lambda: None
        self.released: list[str] = []

    async def find(self, wanted: str, known: Found | None, seconds: float) -> Found:
        return FOUND

    def release(self, found: Found) -> None:
        self.released.append(found.address)

    async def connect(self, found: Found, on_lost: Callable[[], None], seconds: float) -> Hand:
        assert self.lock.locked()
        self.lost = on_lost
        return self.hands.pop(0)


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Talk]], None]:
    """Makes the parrot's codec, with this talk."""

    def say(start: Callable[[], Talk]) -> None:
        parrot: Any = SimpleNamespace(
            SERVICE=SERVICE,
            MISSING="this parrot has no voice: update it",
            streams=lambda settings: {CONTROL: "control", DATA: "imu"},
            start=lambda settings: start(),
            stop=lambda settings: [Write(CONTROL, b"stop")],
        )
        monkeypatch.setitem(RADIOS, "parrot", parrot)
        monkeypatch.setitem(CODECS, "parrot", plain)

    return say


async def ready(hand: Hand) -> tuple[Connection, Near]:
    air = Near(hand)
    connection = Connection(FOUND, FOUND.settings, lambda stream, content: bytes(content))
    async with air.lock:
        await connection.make(air, 20.0)
    await connection.subscribe()
    return connection, air


def talked(hand: Hand, act: Callable[[Connection, Near], Coroutine[Any, Any, Any]] | None = None) -> tuple[Any, float]:
    """What the talk returned, and how long it took."""

    async def main() -> tuple[Any, float]:
        connection, air = await ready(hand)
        if act is not None:
            asyncio.get_running_loop().create_task(act(connection, air))
        begun_s = asyncio.get_running_loop().time()
        try:
            result: Any = await connection.talk()
        except (LinkError, DeviceError) as e:
            result = e
        return result, asyncio.get_running_loop().time() - begun_s

    return run(main())


def test_answers_come_in_order_and_only_those_since_the_last_write(talk: Callable[..., None]) -> None:
    def start() -> Talk:
        yield Write(CONTROL, b"first")
        yield Write(CONTROL, b"second")
        heard = [(yield Listen(CONTROL)), (yield Listen(CONTROL))]
        charge = yield Read("level")
        nothing = yield Pause(2.0)
        return {"heard": heard, "charge": charge, "nothing": nothing}

    talk(start)
    result, took_s = talked(Hand({b"first": [b"old"], b"second": [b"new", b"newer"]}))
    assert result == {"heard": [b"new", b"newer"], "charge": b"\x50", "nothing": None}
    assert took_s == pytest.approx(2.02)


def test_silence_ends_the_talk_after_its_time_and_so_does_a_lost_link_at_once(talk: Callable[..., None]) -> None:
    def start() -> Talk:
        yield Write(CONTROL, b"first")
        yield Listen(CONTROL, 5.0)
        return {}

    async def fall(connection: Connection, air: Near) -> None:
        await asyncio.sleep(1.0)
        air.lost()

    talk(start)
    result, took_s = talked(Hand())
    assert isinstance(result, Silent)
    assert "within 5 s" in str(result)
    assert took_s == pytest.approx(5.01)
    result, took_s = talked(Hand(), fall)
    assert isinstance(result, LinkError)
    assert result.fault == "lost"
    assert took_s == pytest.approx(1.0)


@pytest.mark.parametrize(("refusals", "end"), [(1, {}), (2, "final")])
def test_a_sensor_that_wants_pairing_is_paired_once(talk: Callable[..., None], refusals: int, end: Any) -> None:
    def start() -> Talk:
        yield Write(CONTROL, b"first")
        return {}

    talk(start)
    hand = Hand()
    hand.refuses = [LinkError("Parrot wants to be paired: pair it", "auth")] * refusals
    result, _ = talked(hand)
    assert getattr(result, "fault", result) == end
    assert hand.did == [f"subscribe {CONTROL}", f"subscribe {DATA}", "write first", "pair", "write first"]


def test_pairing_is_not_asked_for_at_every_step(talk: Callable[..., None]) -> None:
    hand, unpaired = Hand(), LinkError("Parrot wants to be paired: pair it", "auth")
    hand.refuses = [unpaired]

    def twice() -> Talk:
        yield Write(CONTROL, b"first")
        hand.refuses = [unpaired]
        yield Write(CONTROL, b"second")
        return {}

    talk(twice)
    result, _ = talked(hand)
    assert result.fault == "final"
    assert hand.did.count("pair") == 1


def test_a_refusal_in_the_talk_closes_the_talk(talk: Callable[..., None]) -> None:
    closed: list[str] = []

    def start() -> Talk:
        try:
            yield Write(CONTROL, b"first")
        finally:
            closed.append("closed")
        return {}

    talk(start)
    hand = Hand()
    hand.refuses = [LinkError("gone: come closer", "lost")]
    talked(hand)
    assert closed == ["closed"]


# ------------------------------------------------------------------ through connections


def quick() -> Talk:
    yield Write(CONTROL, b"start")
    return {"rate_hz": 100}


def life(act: Callable[[Near, list[Input]], Coroutine[Any, Any, None]], *hands: Hand) -> list[Input]:
    """A sensor that is opened, runs while `act` does, and is cancelled."""

    async def main() -> list[Input]:
        air, inputs = Near(*hands), list[Input]()
        clock = LoopClock(asyncio.get_running_loop())
        sensor = Sensor(air, "Parrot", now_ns=clock.now_ns, placement="waist", jitter=lambda: 0.5)
        header = await sensor.open()
        assert header == {"codec": "parrot", "name": "Parrot", "placement": "waist", "settings": {"rate_hz": 100}}
        running = asyncio.get_running_loop().create_task(sensor.run(inputs.append))
        await asyncio.sleep(0.1)
        await act(air, inputs)
        running.cancel()
        await asyncio.wait({running})
        assert air.released == ["A"]
        return inputs

    return run(main())


def test_the_last_words_of_an_old_connection_are_not_recorded(talk: Callable[..., None]) -> None:
    talk(quick)
    old, new = Hand(), Hand()

    async def act(air: Near, inputs: list[Input]) -> None:
        old.heard[DATA](b"one")
        air.lost()
        await asyncio.sleep(0.3)
        old.heard[DATA](b"a ghost between")
        await asyncio.sleep(1.0)
        old.heard[DATA](b"a ghost after")
        new.heard[DATA](b"two")

    inputs = life(act, old, new)
    said = [item.state if isinstance(item, Link) else item.payload for item in inputs]  # type: ignore[union-attr]
    assert said == ["connected", b"one", "lost", "connected", b"two"]
    assert old.did[-1] == "disconnect"
    assert "write stop" not in old.did, "there was no link to write on"
    assert new.did[-2:] == ["write stop", "disconnect"]


def test_a_charge_is_recorded_at_the_start_and_each_five_minutes(talk: Callable[..., None]) -> None:
    talk(quick)
    hand = Hand()
    hand.characteristics[BATTERY_LEVEL] = {"read"}

    async def act(air: Near, inputs: list[Input]) -> None:
        for _ in range(605):
            hand.heard[DATA](b"alive")
            await asyncio.sleep(1.0)

    charges = [item for item in life(act, hand) if isinstance(item, Notification) and item.stream == "battery"]
    assert [item.payload for item in charges] == [b"\x50"] * 3
    assert hand.did.count("write start") == 1


def test_a_device_without_what_its_codec_needs_says_what_its_codec_says(talk: Callable[..., None]) -> None:
    talk(quick)
    hand = Hand()
    hand.services = {"another"}

    async def act(air: Near, inputs: list[Input]) -> None:
        raise AssertionError("not opened")

    with pytest.raises(LinkError, match="Parrot: this parrot has no voice: update it"):
        life(act, hand)
    assert hand.did == ["write stop", "disconnect"]


def test_one_sensor_cannot_be_two(tmp_path: Path) -> None:
    async def main() -> None:
        async with world() as here:
            strap = await here.add(Polar("h10"))
            with pytest.raises(LinkError, match="part of this session already"):
                await sit(here, [strap.address, "Polar"], tmp_path / "a.jsonl")
            assert not strap.connected
            sitting = await sit(here, [strap.address], tmp_path / "b.jsonl")
            with pytest.raises(LinkError):
                await sitting.bluetooth.find(strap.address, None, 1.0)
            await sitting.end()
            assert (await sitting.bluetooth.find(strap.address, None, 1.0)).address == strap.address

    run(main())
