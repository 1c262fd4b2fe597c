"""A sensor that is checked first and drilled then: one connection, two sessions, each complete by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from radio.loop import LoopClock, run
from radio.sitting import Watched, chunks, motion, sit
from radio.test_sessions import KINDS
from radio.world import world
from surefoot.events import PacketRejected
from surefoot.plan import replay
from surefoot.recorder import Recorder
from surefoot.recording import read
from surefoot.samples import Link, Notification


@pytest.mark.parametrize("name", KINDS)
def test_the_second_session_takes_over_without_a_hole(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    moved = motion(kind.rate_hz, 20)

    async def main() -> None:
        async with world() as here:
            device = kind.make()
            peripheral = await here.add(device)
            assert device.seen.name is not None
            played = asyncio.ensure_future(peripheral.play(chunks(moved, kind.packed_n)))
            sitting = await sit(here, [device.seen.name], tmp_path / "a.jsonl")
            await asyncio.sleep(6)
            clock = LoopClock(asyncio.get_running_loop())
            sitting.source._radio.now_ns = clock.now_ns
            second = Watched(sitting.source, Recorder.create(tmp_path / "b.jsonl", sitting.source.header), clock=clock)
            await sitting.source._attach(second._put, second._end)
            followed = asyncio.ensure_future(second.follow())
            await asyncio.sleep(6)
            assert sitting.source.trouble == ()
            second._stopping = True
            second._rouse()
            await followed
            shot = second.snapshot()
            assert shot is not None
            assert shot.sensor.state == "streaming"
            assert shot.sensor.measured_hz == pytest.approx(kind.rate_hz, rel=0.1)
            await sitting.end()
            played.cancel()

    run(main())
    first, second = (list(read(tmp_path / f"{one}.jsonl.gz").inputs()) for one in "ab")
    told = ("control", "battery")
    answers = [
        [item.payload for item in one if isinstance(item, Notification) and item.stream in told]
        for one in (first, second)
    ]
    assert answers[1][: len(answers[0])] == answers[0]
    assert isinstance(second[0], Link)
    assert second[0].state == "connected"
    assert not [event for event in replay(tmp_path / "b.jsonl.gz") if isinstance(event, PacketRejected)]
    ours = [item.payload for item in second if isinstance(item, Notification) and item.stream == "imu"]
    theirs = [item.payload for item in first if isinstance(item, Notification) and item.stream == "imu"]
    assert len(ours) > 1  # an OH1 sends one each 1.4 s
    assert theirs[-1] != ours[0]  # each packet is in one of the two
