"""A person's live session with sensors in the virtual air, in one loop: what is shown, said, scored and recorded."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from itertools import count, zip_longest
from pathlib import Path
from typing import Any

from radio.loop import LoopClock
from radio.world import World
from repack import decoded, joined, same_events
from repack import run as replayed
from surefoot import simulate
from surefoot.events import Event
from surefoot.gatt import BATTERY_LEVEL
from surefoot.recorder import Recorder
from surefoot.recording import read
from surefoot.samples import G0_MS2, DrillSpec, ImuPacket, Input, Link, Notification
from surefoot.session import Session
from surefoot.snapshot import Snapshot
from surefoot.sources.ble import Bluetooth
from surefoot.sources.link import Sensor
from surefoot.sources.radio import RadioSource


class Here:
    """The radio's thread, when everything runs in one: it only keeps tasks."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()

    def keep(self, task: asyncio.Task[Any]) -> None:
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def call(self, work: Coroutine[Any, Any, Any]) -> Any:
        raise AssertionError("everything is in this thread")


class Watched(Session):
    """A session in the loop of its caller, that remembers the first sensor's states and the notes that it showed."""

    states: list[str]
    notes: list[str]

    async def follow(self) -> None:
        """Until the source ends or `stop`; then closed."""
        self.states, self.notes = [], []
        await self._follow()
        self._close()
        if self.error is not None:
            self.failure = str(self.error)

    def _show(self) -> None:
        super()._show()
        assert self._snapshot is not None
        if self.states[-1:] != [self._snapshot.sensor.state]:
            self.states.append(self._snapshot.sensor.state)
        self.notes += [note for note in self._snapshot.notes if note not in self.notes]


@dataclass
class Sitting:
    """A running session. `said`: sentences on the way, with their times."""

    session: Watched
    source: RadioSource
    bluetooth: Bluetooth
    followed: asyncio.Task[None]
    said: list[tuple[float, str]] = field(default_factory=list)

    async def end(self) -> list[Event]:
        """As the commands do it: the session first, then the sensors. All events."""
        self.session._stopping = True
        self.session._rouse()
        await self.followed
        await self.source.leave()
        return self.session.drain()

    @property
    def shown(self) -> Snapshot:
        """What is on the screen now."""
        shot = self.session.snapshot()
        assert shot is not None
        return shot


async def sit(
    here: World,
    wanted: Sequence[str],
    path: Path,
    spec: DrillSpec | None = None,
    *,
    seed: int = 0,
    session: type[Watched] = Watched,
) -> Sitting:
    """Find, connect, start, record. Raises SurefootError as opening does, with nothing left behind."""
    loop = asyncio.get_running_loop()
    clock, chance = LoopClock(loop), random.Random(seed)
    bluetooth, said = Bluetooth(), list[tuple[float, str]]()
    keeper: Any = Here()
    source = RadioSource(keeper)
    try:
        for number, name in enumerate(wanted, 1):
            sensor = Sensor(
                bluetooth, name, now_ns=clock.now_ns, source=f"s{number}", placement="waist", jitter=chance.random,
                say=lambda text: said.append((loop.time(), text)),
            )  # fmt: skip
            await source.add(sensor)
    except BaseException:
        await source.leave()
        raise
    source.header["drill"] = None if spec is None else asdict(spec)
    watched = session(source, Recorder.create(path, source.header), clock=clock)
    await source._attach(watched._put, watched._end)
    return Sitting(watched, source, bluetooth, loop.create_task(watched.follow()), said)


@lru_cache(maxsize=8)
def motion(rate_hz: float, seconds: float, seed: int = 1, **options: Any) -> ImuPacket:
    """Somebody stands on one leg: what a good sensor of six axes measures, on its clock."""
    sensor = simulate.SensorSetup(device="plain", settings={"rate_hz": rate_hz, "range_ms2": 8 * G0_MS2}, gyro=True)
    made = simulate.stand("one_eo_firm", seed=seed, target_s=seconds, sensor=sensor, **options)
    return joined(decoded(made.header, made.inputs))


def chunks(whole: ImuPacket, n: int) -> Iterator[ImuPacket]:
    """The same samples, n at a time."""
    assert whole.device_ns is not None
    for k in range(0, len(whole.acc), n):
        part = slice(k, k + n)
        gyr = None if whole.gyr is None else whole.gyr[part]
        yield ImuPacket(whole.device_ns[part], whole.rate_hz, whole.acc[part], gyr)


def endless(whole: ImuPacket, n: int) -> Iterator[ImuPacket]:
    """The same motion over and over, on a clock that goes on."""
    assert whole.device_ns is not None
    lasts_ns = int(whole.device_ns[-1] - whole.device_ns[0]) + round(1e9 / whole.rate_hz)
    for round_ in count():
        for packet in chunks(whole, n):
            assert packet.device_ns is not None
            yield replace(packet, device_ns=packet.device_ns + round_ * lasts_ns)


def whole_recording(here: World, path: Path, events: list[Event]) -> list[Input]:
    """What holds whatever happened: the inputs of the recording.

    For each sensor every notification that a program was called back for is in the file, in order; connected and lost
    alternate; the file replays to the events of the live session; and nobody scanned and connected at once.
    """
    recording = read(path)
    inputs = list(recording.inputs())
    assert recording.clean
    assert not here.adapter.clashes_n
    for number, source in enumerate(recording.header["sources"]):
        mine = [item for item in inputs if getattr(item, "source", None) == source]
        states = [item.state for item in mine if isinstance(item, Link)]
        assert states == (["connected", "lost"] * len(states))[: len(states)]
        kept = [item.payload for item in mine if isinstance(item, Notification) and item.stream != "battery"]
        first_ns, last_ns = mine[0].host_ns, inputs[-1].host_ns
        told = [
            payload
            for at_s, address, uuid, payload in here.adapter.told
            if address == here.peripherals[number].address
            and uuid != BATTERY_LEVEL
            and first_ns <= round(at_s * 1e9) <= last_ns
        ]
        wrong = [k for k, pair in enumerate(zip_longest(kept, told)) if pair[0] != pair[1]]
        assert not wrong, f"{source}: notification {wrong[0]} of {len(told)} that came; {len(kept)} are in the file"
    same_events(replayed(recording.header, inputs), events, rel=0.0)
    return inputs
