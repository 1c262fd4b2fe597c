"""Everything that goes wrong between a sensor and a recording, as a table: what the person sees, and what is kept.

Whatever happens: every notification that arrived is in the file, in order; links alternate; the file replays to the
events of the live session; the sensor sleeps at the end when it could be reached; no task is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from bleak.exc import BleakBluetoothNotAvailableReason as Reason

from radio.devices.polar import CONTROL, DATA, Polar
from radio.loop import run
from radio.peripheral import Pairing, Peripheral
from radio.sitting import Sitting, chunks, motion, sit, whole_recording
from radio.world import World, world
from surefoot.events import Event, PacketRejected
from surefoot.samples import Link

STILL = motion(200, 80)
FAULT_S = 6.0  # from the stream's begin to the fault
REST_S = 30.0  # from the fault's end to the session's
LOST = "Polar H10 12345678 is lost; looking for it …"


@dataclass
class Scene:
    """A strap that streams into a session."""

    here: World
    strap: Peripheral
    device: Polar
    sitting: Sitting


Act = Callable[[Scene], Awaitable[None]]


async def nothing(scene: Scene) -> None:
    """A good day."""


async def hangs_up(scene: Scene) -> None:
    await scene.strap.hang_up()


async def link_breaks(scene: Scene) -> None:
    scene.here.air.lose(scene.strap.address)


def out_of_reach(seconds: float) -> Act:
    async def act(scene: Scene) -> None:
        scene.here.air.darken(scene.strap.address, seconds)

    return act


async def falls_asleep(scene: Scene) -> None:
    scene.device.running.clear()


def is_silent(seconds: float) -> Act:
    async def act(scene: Scene) -> None:
        scene.strap.asleep = True
        await asyncio.sleep(seconds)
        scene.strap.asleep = False

    return act


async def only_chatters(scene: Scene) -> None:
    scene.strap.asleep = True
    for _ in range(20):
        scene.strap.say([(CONTROL, b"\x01\x00")])
        await asyncio.sleep(1)
    scene.strap.asleep = False


def loses(share: float) -> Act:
    async def act(scene: Scene) -> None:
        scene.here.way(scene.strap).loss = share
        await asyncio.sleep(10)
        scene.here.way(scene.strap).loss = 0.0

    return act


async def tells_twice(scene: Scene) -> None:
    scene.here.way(scene.strap).copies = 1.0


async def queue_is_full(scene: Scene) -> None:
    way = scene.here.way(scene.strap)
    way.queue_n, way.interval_s, way.per_event = 2, 0.5, 1


async def talks_nonsense(scene: Scene) -> None:
    for junk in (b"", b"\x02", bytes(300), bytes([2]) + bytes(8) + b"\x81" + b"\xff" * 50, b"\x05" + bytes(40)):
        scene.strap.say([(DATA, junk)])
        scene.strap.say([(CONTROL, junk)])


async def forgets_its_bond(scene: Scene) -> None:
    await scene.strap.forget_bonds()
    await scene.strap.hang_up()


async def comes_back_slower(scene: Scene) -> None:
    def only_slow(uuid: str, payload: bytes) -> None:
        if payload[:1] == b"\x01":
            scene.strap.say([(CONTROL, b"\xf0\x01\x02\x00\x00" + b"\x00\x01\x32\x00\x01\x01\x10\x00\x02\x01\x08\x00")])

    scene.strap.on_write = only_slow
    await scene.strap.hang_up()


async def hangs_up_thrice(scene: Scene) -> None:
    for _ in range(3):
        await scene.strap.hang_up()
        await asyncio.sleep(8)


async def hangs_up_when_told(scene: Scene) -> None:
    left = [2]

    def leave(uuid: str, payload: bytes) -> None:
        if left[0]:
            left[0] -= 1
            asyncio.get_running_loop().call_soon(lambda: asyncio.ensure_future(scene.strap.hang_up()))

    scene.strap.on_write = leave
    await scene.strap.hang_up()


async def is_off(scene: Scene) -> None:
    """The computer's Bluetooth."""
    scene.here.adapter.off = Reason.POWERED_OFF
    scene.here.air.lose(scene.strap.address)
    await asyncio.sleep(12)
    scene.here.adapter.off = None


@dataclass(frozen=True)
class Row:
    """`links`: c = connected, l = lost; `states`: as shown, each once in a row; `notes`: what was wrong, as shown, by
    how it begins; `failure`: likewise, of a session that gave up; `missing_s`: samples that are missing at the end, at
    least and at most; `asleep`: the strap has been told to stop."""

    name: str
    act: Act
    links: str = "c"
    states: str = "streaming"
    notes: tuple[str, ...] = ()
    missing_s: tuple[float, float] = (0.0, 0.0)
    failure: str | None = None
    rejects: bool = False
    pairing: Pairing = "none"
    pairs: bool = True
    asleep: bool = True


BACK = "streaming lost streaming"
THRICE = f"{BACK} lost streaming lost streaming"
FAR = "Polar H10 12345678 was not found: wake it"
UNPAIRED = "Polar H10 12345678 could not be paired: remove it in the system's Bluetooth settings"
OTHER = "Polar H10 12345678 came back with another rate or range: start a new recording"
TABLE = (
    Row("a good day", nothing),
    Row("the strap hangs up", hangs_up, "clc", BACK, (LOST,), (1.0, 4.0)),
    Row("the link breaks", link_breaks, "clc", BACK, (LOST,), (1.0, 4.0)),
    Row("out of reach for 20 s", out_of_reach(20), "clc", "streaming stalled lost streaming", (LOST, FAR), (20, 25)),
    Row("in a shadow for 0.45 s", out_of_reach(0.45)),
    Row("in a shadow for 2 s", out_of_reach(2), "c", "streaming stalled streaming"),
    Row("in a shadow for 5 s", out_of_reach(5), "c", "streaming stalled lost streaming", (), (0.0, 0.5)),
    Row("asleep until started", falls_asleep, "c", "streaming stalled lost streaming", (), (3.0, 4.0)),
    Row("silent for 20 s", is_silent(20), "clclc", "streaming stalled lost streaming", (LOST,), (20, 22)),
    Row("silent but for its words", only_chatters, "clclc", "streaming stalled lost streaming", (LOST,), (20, 22)),
    Row("a third is lost", loses(0.3), "c", "streaming", (), (2.0, 5.0)),
    Row("all is lost for 10 s", loses(1.0), "clc", "streaming stalled lost streaming", (LOST,), (10, 12)),
    Row("all is told twice", tells_twice),
    Row("the strap's queue is full", queue_is_full, "c", "streaming", (), (10, 25)),
    Row("nonsense among the frames", talks_nonsense, rejects=True),
    Row("paired by the system", hangs_up, "clc", BACK, (LOST,), (1.0, 4.0), pairing="needed"),
    Row("paired by the program", hangs_up, "clc", BACK, (LOST,), (1.0, 4.0), pairing="needed", pairs=False),
    Row(
        "the strap forgets its bond", forgets_its_bond, "clcl", "streaming lost", (LOST, UNPAIRED),
        failure=UNPAIRED, pairing="needed", asleep=False,
    ),
    Row(
        "the strap forgets its bond, paired by the program", forgets_its_bond, "clcl", "streaming lost",
        (LOST, UNPAIRED), failure=UNPAIRED, pairing="needed", pairs=False, asleep=False,
    ),
    Row(
        "it comes back slower", comes_back_slower, "clcl", "streaming lost streaming lost", (LOST, OTHER), (1.0, 3.0),
        failure=OTHER,
    ),
    Row("it hangs up again and again", hangs_up_thrice, "clclclc", THRICE, (LOST,), (4, 12)),
    Row("it hangs up while started", hangs_up_when_told, "clclclc", THRICE, (LOST,), (4, 12)),
    Row("Bluetooth is off for 12 s", is_off, "clc", BACK, (LOST, "Bluetooth is switched off: switch it on"), (12, 20)),
)  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_a_fault_is_shown_survived_and_recorded(row: Row, tmp_path: Path) -> None:
    async def main() -> tuple[Scene, list[Event]]:
        async with world(seed=1) as here:
            here.adapter.pairs = row.pairs
            device = Polar("h10")
            strap = await here.add(device, pairing=row.pairing)
            played = asyncio.ensure_future(strap.play(chunks(STILL, 18)))
            sitting = await sit(here, ["Polar H10"], tmp_path / "a.jsonl")
            scene = Scene(here, strap, device, sitting)
            await asyncio.sleep(FAULT_S)
            await row.act(scene)
            await asyncio.sleep(REST_S)
            events = await sitting.end()
            played.cancel()
            return scene, events

    scene, events = run(main())
    inputs = whole_recording(scene.here, tmp_path / "a.jsonl.gz", events)
    assert "".join(item.state[0] for item in inputs if isinstance(item, Link)) == row.links
    assert " ".join(scene.sitting.session.states) == f"waiting {row.states}"
    begins(scene.sitting.session.notes, row.notes)
    begins([scene.sitting.session.failure or ""], [row.failure or ""])
    assert any(isinstance(event, PacketRejected) for event in events) == row.rejects
    if row.failure is None:
        assert scene.sitting.shown.notes == ()  # what is mended is not complained of
    shown = scene.sitting.shown.sensor
    assert row.missing_s[0] <= shown.lost_n / shown.rate_hz <= row.missing_s[1]
    assert bool(scene.device.running) != row.asleep
    assert not scene.strap.connected


def begins(said: Sequence[str], expected: Sequence[str]) -> None:
    """Sentences, known by how they begin."""
    assert len(said) == len(expected), said
    for sentence, beginning in zip(said, expected, strict=True):
        assert sentence.startswith(beginning), sentence


def test_a_person_in_a_hurry_cannot_leave_the_strap_awake(tmp_path: Path) -> None:
    async def main() -> None:
        async with world() as here:
            device = Polar("sense")  # three commands put it to sleep
            strap = await here.add(device)
            sitting = await sit(here, ["Polar Sense"], tmp_path / "a.jsonl")
            await asyncio.sleep(5)
            leaving = asyncio.ensure_future(sitting.source.leave())
            for _ in range(8):
                await asyncio.sleep(0.01)
                for run_ in sitting.source._runs:
                    run_.cancel()
            await leaving
            assert not device.running
            assert not device.sdk
            assert not strap.connected
            await sitting.end()

    run(main())


def test_tries_become_rarer_while_they_are_in_vain(tmp_path: Path) -> None:
    async def main() -> list[float]:
        async with world(seed=1) as here:
            strap = await here.add(Polar("h10"))
            sitting = await sit(here, ["Polar H10"], tmp_path / "a.jsonl")
            tried: list[float] = []

            def leave(uuid: str, payload: bytes) -> None:
                tried.append(asyncio.get_running_loop().time())
                here.air.lose(strap.address)

            strap.on_write = leave
            await strap.hang_up()
            await asyncio.sleep(120)
            await sitting.end()
            return tried

    tried = run(main())
    waits = [after - before for before, after in pairwise(tried)]
    assert 10 <= len(tried) <= 16
    assert min(waits[6:]) > 8.0
    assert max(waits) < 15.0
