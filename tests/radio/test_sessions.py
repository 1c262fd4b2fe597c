"""Whole sessions over the virtual radio: every device, two at once, a drill and its score, the same run twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import surefoot
from radio.devices.board import Board
from radio.devices.microbit import Microbit
from radio.devices.movella_dot import MovellaDot
from radio.devices.movesense import Movesense
from radio.devices.polar import Polar
from radio.devices.witmotion import WitMotion
from radio.emulated import Emulated
from radio.loop import run
from radio.sitting import chunks, endless, motion, sit, whole_recording
from radio.world import world
from repack import decoded, joined, same_events
from surefoot.engine import Engine
from surefoot.events import Event, HoldEnded, Scored, SensorBack
from surefoot.recording import read
from surefoot.samples import Cue, DrillSpec, ImuPacket, Input, Link

HOLD = DrillSpec("hold", leg="left", eyes="open", surface="firm", support="none", target_s=12.0)


@dataclass(frozen=True)
class Kind:
    """A device; `packed_n`: samples that it takes at a time; `near_ms2`: how exactly it tells accelerations; `sleeps`:
    whether it can be told to stop."""

    make: Callable[[], Emulated]
    rate_hz: float
    packed_n: int
    gyro: bool
    near_ms2: float
    sleeps: bool = True


KINDS = {
    "Polar H10": Kind(lambda: Polar("h10"), 200, 18, False, 0.006),
    "Polar Sense": Kind(lambda: Polar("sense"), 416, 26, True, 0.006),
    "Polar OH1": Kind(lambda: Polar("oh1"), 50, 5, False, 0.006),
    "Movesense": Kind(Movesense, 104, 8, True, 1e-4),
    "Movella DOT": Kind(MovellaDot, 60, 1, True, 0.02),
    "WitMotion": Kind(WitMotion, 50, 1, True, 0.005, sleeps=False),
    "micro:bit": Kind(Microbit, 50, 1, False, 0.02, sleeps=False),
    "board": Kind(Board, 100, 4, True, 0.005, sleeps=False),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_device_is_recorded_as_it_moved(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    moved = motion(kind.rate_hz, 15)

    async def main() -> None:
        async with world() as here:
            device = kind.make()
            peripheral = await here.add(device)
            assert device.seen.name is not None
            played = asyncio.ensure_future(peripheral.play(chunks(moved, kind.packed_n)))
            sitting = await sit(here, [device.seen.name], tmp_path / "a.jsonl")
            await asyncio.sleep(12)
            assert sitting.shown.sensor.state == "streaming"
            await sitting.end()
            assert not (kind.sleeps and device.streaming)
            played.cancel()

    run(main())
    recording = read(tmp_path / "a.jsonl.gz")
    packet = joined(decoded(recording.header, recording.inputs()))
    assert packet.rate_hz == kind.rate_hz
    assert len(packet.acc) > (7 if name == "Polar OH1" else 10) * kind.rate_hz
    assert (packet.gyr is not None) == kind.gyro
    found = at(moved, packet)
    np.testing.assert_allclose(packet.acc, moved.acc[found], atol=kind.near_ms2)
    if packet.gyr is not None:
        assert moved.gyr is not None
        np.testing.assert_allclose(packet.gyr, moved.gyr[found], atol=0.002)


@pytest.mark.parametrize("name", KINDS)
def test_every_device_replays_as_it_was_shown_also_from_a_killed_program(name: str, tmp_path: Path) -> None:
    """A hold, a lost link in its middle; and the file as a kill at some moment would have left it."""
    kind, path = KINDS[name], tmp_path / "a.jsonl"
    torn = tmp_path / "torn.jsonl"

    async def main() -> list[Event]:
        async with world(seed=2) as here:
            peripheral = await here.add(kind.make())
            moved = motion(kind.rate_hz, 15, before_s=6.0)
            played = asyncio.ensure_future(peripheral.play(endless(moved, kind.packed_n)))
            assert peripheral.device.seen.name is not None
            sitting = await sit(here, [peripheral.device.seen.name], path, HOLD)
            sitting.session.cue("start", "hold")
            await asyncio.sleep(14)
            torn.write_bytes(path.read_bytes()[:-7])
            await peripheral.hang_up()
            await asyncio.sleep(12)
            sitting.session.cue("start", "hold")
            await asyncio.sleep(12)
            events = await sitting.end()
            played.cancel()
            whole_recording(here, tmp_path / "a.jsonl.gz", events)
            return events

    events = run(main())
    assert any(isinstance(event, SensorBack) for event in events)
    killed = read(torn)
    inputs = list(killed.inputs())
    assert killed.torn
    engine = Engine(killed.header)
    before = [event for item in inputs for event in engine.feed(item)]
    assert before
    same_events(before, events[: len(before)], rel=0.0)


def at(moved: ImuPacket, told: ImuPacket) -> slice:
    """Where the told samples are among those that were measured: all in order, none missing."""
    errors = [np.abs(told.acc[:20] - moved.acc[k : k + 20]).sum() for k in range(len(moved.acc) - len(told.acc) + 1)]
    k = int(np.argmin(errors))
    return slice(k, k + len(told.acc))


def sources(inputs: list[Input], source: str) -> list[Input]:
    return [item for item in inputs if getattr(item, "source", source) == source]


def test_a_fault_of_one_sensor_leaves_the_other_alone(tmp_path: Path) -> None:
    async def main() -> None:
        async with world() as here:
            chest, waist = await here.add(Polar("h10")), await here.add(Movesense())
            played = [
                asyncio.ensure_future(chest.play(chunks(motion(200, 60), 18))),
                asyncio.ensure_future(waist.play(chunks(motion(104, 60), 8))),
            ]
            sitting = await sit(here, ["Polar", "Movesense"], tmp_path / "a.jsonl")
            await asyncio.sleep(5)
            await chest.hang_up()
            await asyncio.sleep(5)
            here.air.darken(chest.address, 12)
            await asyncio.sleep(30)
            whole_recording(here, tmp_path / "a.jsonl.gz", await sitting.end())
            states = ["waiting", "streaming", "lost", "streaming", "stalled", "lost", "streaming"]
            assert sitting.session.states == states
            assert not chest.device.streaming
            assert not waist.device.streaming
            for task in played:
                task.cancel()

    run(main())
    recording = read(tmp_path / "a.jsonl.gz")
    inputs = list(recording.inputs())
    links = {key: [item.state[0] for item in sources(inputs, key) if isinstance(item, Link)] for key in ("s1", "s2")}
    assert links == {"s1": list("clclc"), "s2": ["c"]}
    header = {"sources": {"s1": recording.header["sources"]["s2"]}}
    whole = joined(decoded(header, sources(inputs, "s2")))
    assert whole.device_ns is not None
    assert np.ptp(np.diff(whole.device_ns)) <= 1_000_000  # nothing missing: its stamps are whole milliseconds
    assert len(whole.acc) > 38 * 104


def test_two_sensors_that_are_lost_together_come_back_one_after_the_other(tmp_path: Path) -> None:
    async def main() -> None:
        async with world() as here:
            worn = [await here.add(Polar("h10")), await here.add(Movesense())]
            played = [
                asyncio.ensure_future(worn[0].play(chunks(motion(200, 60), 18))),
                asyncio.ensure_future(worn[1].play(chunks(motion(104, 60), 8))),
            ]
            sitting = await sit(here, ["Polar", "Movesense"], tmp_path / "a.jsonl")
            for seconds in (0.0, 8.0, 15.0):
                for one in worn:
                    here.air.lose(one.address)
                    here.air.darken(one.address, seconds)
                await asyncio.sleep(seconds + 10)
                assert all(one.connected for one in worn), seconds
            whole_recording(here, tmp_path / "a.jsonl.gz", await sitting.end())
            for task in played:
                task.cancel()

    run(main())


def drill(path: Path, seed: int, *, faulty: bool = False) -> tuple[list[Scored], list[HoldEnded]]:
    """Scan, connect, stand, record: what was scored live."""

    async def main() -> tuple[list[Scored], list[HoldEnded]]:
        async with world(seed) as here:
            strap = await here.add(Polar("h10"))
            here.way(strap).loss = 0.05 if faulty else 0.0
            played = asyncio.ensure_future(strap.play(chunks(motion(200, 12, before_s=4, after_s=10), 18)))
            sitting = await sit(here, ["Polar H10"], path, HOLD, seed=seed)
            sitting.session.cue("start", "hold")
            await asyncio.sleep(8)
            if faulty:
                await strap.hang_up()
            await asyncio.sleep(17)
            events = await sitting.end()
            played.cancel()
            scored = [event for event in events if isinstance(event, Scored)]
            return scored, [event for event in events if isinstance(event, HoldEnded)]

    return run(main())


def test_a_drill_is_scored_live_as_its_recording_is(tmp_path: Path) -> None:
    (scored,), (ended,) = drill(tmp_path / "a.jsonl", 1)
    path = str(tmp_path / "a.jsonl.gz")
    assert ended.end_reason == "target"
    assert ended.hold_s == pytest.approx(12.0)
    (trial,) = surefoot.score(path)["trials"]
    assert trial["steadiness"]["value"] == scored.score.value
    assert trial["sway"]["rms_h_ms2"] == ended.sway.rms_h_ms2
    same_events([e for e in surefoot.replay(path) if isinstance(e, Scored)], [scored], rel=0.0)
    assert [item.value for item in read(Path(path)).inputs() if isinstance(item, Cue)] == ["hold"]


def test_a_hold_ends_where_its_sensor_is_lost(tmp_path: Path) -> None:
    _, ended = drill(tmp_path / "a.jsonl", 1, faulty=True)
    assert [event.end_reason for event in ended] == ["sensor_lost"]


@pytest.mark.parametrize("faulty", [False, True])
def test_the_same_seed_gives_the_same_bytes(faulty: bool, tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        drill(tmp_path / f"{name}.jsonl", seed, faulty=faulty)
    a, b, c = ((tmp_path / f"{name}.jsonl.gz").read_bytes() for name in "abc")
    assert a == b
    assert (a != c) == faulty
