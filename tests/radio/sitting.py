"""A person's live session with sensors in the virtual air, in one loop: what is shown, said, scored and recorded."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from radio.loop import LoopClock
from radio.world import World
from repack import decoded, joined
from surefoot import simulate
from surefoot.events import Event
from surefoot.recorder import Recorder
from surefoot.samples import DrillSpec, ImuPacket
from surefoot.session import Session
from surefoot.snapshot import Snapshot
from surefoot.sources.ble import Bluetooth
from surefoot.sources.link import Sensor
from surefoot.sources.radio import RadioSource

CHUNK_S = 0.1
"""How much motion an emulated device is given at a time."""


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
    """A session in the loop of its caller, that remembers everything it showed."""

    shown: list[tuple[float, Snapshot]]

    async def follow(self) -> None:
        """Until the source ends or `stop`; then closed."""
        self.shown = []
        await self._follow()
        self._close()
        if self.error is not None:
            self.failure = str(self.error)

    def _show(self) -> None:
        super()._show()
        assert self._snapshot is not None
        self.shown.append((asyncio.get_running_loop().time(), self._snapshot))


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

    def states(self) -> list[str]:
        """The first sensor's states as they were shown, each once in a row."""
        states = [shot.sensor.state for _, shot in self.session.shown]
        return [now for before, now in zip([None, *states], states, strict=False) if now != before]

    def notes(self) -> list[str]:
        """What was wrong, as it was shown."""
        return list(dict.fromkeys(note for _, shot in self.session.shown for note in shot.notes))


async def sit(
    here: World, wanted: Sequence[str], path: Path, spec: DrillSpec | None = None, *, seed: int = 0, waits: float = 1.0
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
    session = Watched(source, Recorder.create(path, source.header), clock=clock)
    await source._attach(session._put, session._end)
    return Sitting(session, source, bluetooth, loop.create_task(session.follow()), said)


def motion(settings: Mapping[str, Any], seconds: float, seed: int = 1, **options: Any) -> ImuPacket:
    """Somebody stands on one leg in front of this sensor: all samples on its clock."""
    sensor = simulate.SensorSetup(device="polar", settings=settings)
    made = simulate.stand("one_eo_firm", seed=seed, target_s=seconds, sensor=sensor, cues=False, **options)
    return joined(decoded(made.header, made.inputs))


def chunks(whole: ImuPacket, seconds: float = CHUNK_S) -> Iterator[ImuPacket]:
    """The same samples, a little at a time."""
    assert whole.device_ns is not None
    n = max(1, round(seconds * whole.rate_hz))
    for k in range(0, len(whole.acc), n):
        part = slice(k, k + n)
        gyr = None if whole.gyr is None else whole.gyr[part]
        yield ImuPacket(whole.device_ns[part], whole.rate_hz, whole.acc[part], gyr)
