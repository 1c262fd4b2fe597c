"""A long run with two sensors and whatever chance brings: nothing leaks, nothing hangs, nothing recorded is lost."""

from __future__ import annotations

import asyncio
import gc
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from radio.client import Client
from radio.devices.movesense import DATA as MOVESENSE_DATA
from radio.devices.movesense import Movesense
from radio.devices.polar import DATA as POLAR_DATA
from radio.devices.polar import Polar
from radio.loop import run
from radio.peripheral import Peripheral
from radio.sitting import Sitting, endless, motion, sit, whole_recording
from radio.world import World, world
from surefoot.samples import DrillSpec
from surefoot.sources.connection import Connection

CALM_S = 40.0
"""After the last fault, until everything streams again: the longest backoff, a scan and a connection."""
STREAMS = (POLAR_DATA, MOVESENSE_DATA)
WATCHED = (asyncio.Task, asyncio.Future, Client, Connection, bytearray)

Fault = Callable[[World, Peripheral, random.Random], Awaitable[None]]


async def hangs_up(here: World, one: Peripheral, chance: random.Random) -> None:
    await one.hang_up()


async def breaks(here: World, one: Peripheral, chance: random.Random) -> None:
    here.air.lose(one.address)


async def darkens(here: World, one: Peripheral, chance: random.Random) -> None:
    here.air.darken(one.address, chance.uniform(0.2, 15.0))


async def sleeps(here: World, one: Peripheral, chance: random.Random) -> None:
    one.asleep = True
    await asyncio.sleep(chance.uniform(0.2, 12.0))
    one.asleep = False


async def loses(here: World, one: Peripheral, chance: random.Random) -> None:
    here.way(one).loss = chance.uniform(0.05, 0.9)
    await asyncio.sleep(chance.uniform(1.0, 10.0))
    here.way(one).loss = 0.0


async def slows(here: World, one: Peripheral, chance: random.Random) -> None:
    way = here.way(one)
    way.interval_s, way.queue_n = chance.choice([0.0075, 0.015, 0.05, 0.3]), chance.choice([None, 4])


async def repeats(here: World, one: Peripheral, chance: random.Random) -> None:
    here.way(one).copies = chance.choice([0.0, 0.3])


async def babbles(here: World, one: Peripheral, chance: random.Random) -> None:
    uuids = [uuid for names in one.device.table.values() for uuid in names if uuid in STREAMS]
    for _ in range(5):
        one.say([(uuids[0], chance.randbytes(chance.randrange(200)))])


FAULTS: tuple[Fault, ...] = (hangs_up, breaks, darkens, sleeps, loses, slows, repeats, babbles)


def living() -> Counter[str]:
    """How many of each watched kind there are."""
    gc.collect()
    return Counter(kind.__name__ for thing in gc.get_objects() for kind in WATCHED if isinstance(thing, kind))


async def soak(seconds: float, seed: int, path: Path) -> tuple[World, Sitting, dict[str, int], dict[str, int]]:
    """Faults of both sensors for so long, then calm; what lived after a minute and at the end."""
    chance, loop = random.Random(seed), asyncio.get_running_loop()
    async with world(seed) as here:
        devices = [await here.add(Polar("h10")), await here.add(Movesense())]
        played = [
            asyncio.ensure_future(devices[0].play(endless(motion(200, 30), 36))),
            asyncio.ensure_future(devices[1].play(endless(motion(104, 30), 8))),
        ]
        sitting = await sit(here, ["Polar", "Movesense"], path, DrillSpec("hold"), seed=seed)
        begun_s, early = loop.time(), living()
        while loop.time() - begun_s < seconds:
            await asyncio.sleep(chance.uniform(1.0, 15.0))
            await chance.choice(FAULTS)(here, chance.choice(devices), chance)
            if loop.time() - begun_s < 60:
                early = living() if seconds > 60 else early
        for one in devices:
            way = here.way(one)
            way.loss, way.copies, way.interval_s, way.queue_n = 0.0, 0.0, 0.03, None
        await asyncio.sleep(CALM_S)
        late = living()
        assert not sitting.followed.done()
        assert {sensor.state for sensor in sitting.session.engine.sources.values()} == {"streaming"}
        events = await sitting.end()
        for task in played:
            task.cancel()
        whole_recording(here, path.with_suffix(".jsonl.gz"), events)
        assert not any(one.device.streaming for one in devices)
        assert not any(here.adapter.stale.values())
        return here, sitting, early, late


@pytest.mark.parametrize("seed", [1, 2])
def test_a_minute_of_chance(seed: int, tmp_path: Path) -> None:
    run(soak(60, seed, tmp_path / "a.jsonl"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 4, 5])
def test_twenty_minutes_of_chance(seed: int, tmp_path: Path) -> None:
    _, _, early, late = run(soak(1200, seed, tmp_path / "a.jsonl"))
    grown = {kind: (early[kind], n) for kind, n in late.items() if n > early[kind] + 10}
    assert not grown
