"""Devices without a clock and boards by a profile, over the virtual radio: found, started, recorded, timed."""

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
from radio.devices.witmotion import WitMotion
from radio.emulated import Emulated
from radio.loop import run
from radio.sitting import chunks, motion, sit, whole_recording
from radio.world import world
from repack import decoded, joined
from surefoot import profiles
from surefoot.errors import SurefootError
from surefoot.gatt import Seen
from surefoot.recording import read
from surefoot.samples import ImuPacket
from surefoot.sources.ble import Bluetooth

MINE = "00000001-1111-4222-8333-444455556666"


@dataclass(frozen=True)
class Kind:
    """A device; `packed_n`: samples that it sends at a time; `true`: its real rate as a share of the nominal one."""

    make: Callable[[], Emulated]
    codec: str
    rate_hz: float
    packed_n: int
    gyro: bool
    clock: str
    near_ms2: float
    true: float = 1.0


KINDS = {
    "WitMotion": Kind(WitMotion, "witmotion", 50, 1, True, "arrival", 0.003, 1.007),
    "micro:bit": Kind(Microbit, "microbit", 50, 1, False, "arrival", 0.005, 0.99),
    "our firmware": Kind(lambda: Board("surefoot"), "raw", 100, 5, True, "device", 0.003),
    "Arduino": Kind(lambda: Board("arduino_blesense"), "raw", 50, 1, True, "arrival", 1e-4),
}


@pytest.mark.parametrize("name", KINDS)
def test_it_is_found_recorded_as_it_moved_and_timed(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    moved = motion(kind.rate_hz, 30)
    assert moved.device_ns is not None
    begun_ns = int(moved.device_ns[0])  # its clock is fast: the same samples in less time
    stamps = begun_ns + np.rint((moved.device_ns - begun_ns) / kind.true).astype(np.int64)
    played = ImuPacket(stamps, kind.rate_hz, moved.acc, moved.gyr)
    path = tmp_path / "a.jsonl"

    async def main() -> None:
        async with world() as here:
            device = kind.make()
            peripheral = await here.add(device)
            here.way(peripheral).interval_s = 0.030
            assert device.seen.name is not None
            playing = asyncio.ensure_future(peripheral.play(chunks(played, kind.packed_n)))
            sitting = await sit(here, [device.seen.name], path)
            await asyncio.sleep(25)
            assert sitting.shown.sensor.state == "streaming"
            whole_recording(here, Path(f"{path}.gz"), await sitting.end())
            playing.cancel()

    run(main())
    recording = read(f"{path}.gz")
    assert recording.header["sources"]["s1"]["codec"] == kind.codec
    told = joined([packet for packet in decoded(recording.header, recording.inputs()) if packet.gyr is not None] or
                  decoded(recording.header, recording.inputs()))  # fmt: skip
    assert len(told.acc) > 22 * kind.rate_hz
    assert (told.gyr is not None) == kind.gyro
    errors = [np.abs(told.acc[:20] - moved.acc[k : k + 20]).sum() for k in range(len(moved.acc) - len(told.acc) + 1)]
    found = slice(int(np.argmin(errors)), int(np.argmin(errors)) + len(told.acc))
    np.testing.assert_allclose(told.acc, moved.acc[found], atol=kind.near_ms2)
    if told.gyr is not None:
        np.testing.assert_allclose(told.gyr, moved.gyr[found], atol=0.002)  # type: ignore[index]
    result = surefoot.score(f"{path}.gz")
    (sensor,) = result["sensors"]
    assert sensor["clock"] == kind.clock
    assert sensor["rate_hz"] == pytest.approx(kind.rate_hz * kind.true, rel=0.001)
    assert result["quality"]["gaps"] == []


def test_a_microbit_without_the_service_is_explained(tmp_path: Path) -> None:
    class Bare(Microbit):
        def __init__(self) -> None:
            super().__init__()
            (characteristics,) = self.table.values()
            self.table = {"0000180a-0000-1000-8000-00805f9b34fb": characteristics}

    async def main() -> None:
        async with world() as here:
            device = Bare()
            await here.add(device)
            assert device.seen.name is not None
            await sit(here, [device.seen.name], tmp_path / "a.jsonl")

    with pytest.raises(SurefootError, match="hold A and B"):
        run(main())


def test_a_board_is_known_by_a_persons_own_profile_only(tmp_path: Path) -> None:
    mine = {**profiles.load("arduino_blesense"), "service": MINE, "names": ["mine"], "name": "my board"}

    async def main() -> None:
        async with world() as here:
            board = Board("arduino_blesense")
            board.seen = Seen("mine", frozenset({MINE}))
            board.table = {MINE: next(iter(board.table.values()))}
            await here.add(board)
            assert await Bluetooth().scan(1.0) == []
            (found,) = await Bluetooth([mine]).scan(1.0)
            assert (found.kind, found.codec, found.settings) == ("my board", "raw", mine)

    run(main())
