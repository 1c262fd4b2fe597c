"""`surefoot stand --device` against a virtual Verity Sense: the command as it is, all its threads, in virtual time."""

from __future__ import annotations

import _thread
import asyncio
import json
from pathlib import Path
from typing import Any
from unittest import mock

import bleak
import pytest

from radio.adapter import Adapter, Scanner, System
from radio.client import Client
from radio.company import Company, company
from radio.devices.polar import Polar
from radio.sitting import chunks, motion
from radio.world import World
from repack import decoded, joined
from surefoot.cli import run
from surefoot.recording import read
from surefoot.samples import ImuPacket, Link

RATE_HZ = 416
OPENED_S = 4.7
"""From the begin of the scan to the start cue: the simulated person stands still for so long."""
MOVED = motion(RATE_HZ, 12, before_s=OPENED_S, after_s=8.0)


class Room:
    """A Verity Sense on somebody who balances as soon as somebody scans; when the motion is over, Ctrl-C."""

    def __init__(self, time: Company) -> None:
        self.time = time
        self.sense = Polar("sense")
        self.connected_at_the_end: bool | None = None

    async def begin(self) -> Adapter:
        here = World(seed=1)
        await here.adapter.device.power_on()
        worn = await here.add(self.sense)
        self.playing = asyncio.ensure_future(worn.play(chunks(MOVED, 26)))
        self.playing.add_done_callback(lambda _: self.interrupt())
        return here.adapter

    def interrupt(self) -> None:
        self.time.interrupted = True
        _thread.interrupt_main()

    def scanner(self) -> type[Scanner]:
        room = self

        class First(Scanner):
            async def start(self) -> None:
                if not hasattr(Scanner, "adapter"):
                    Scanner.adapter = Client.adapter = System.adapter = await room.begin()
                await super().start()

        return First


def stand(folder: Path) -> tuple[int, Room]:
    """`surefoot stand --device "Polar Sense"`, in a pipe."""
    with company() as time:
        room = Room(time)
        with (
            mock.patch.object(bleak, "get_platform_scanner_backend_type", return_value=(room.scanner(), "virtual")),
            mock.patch.object(bleak, "get_platform_client_backend_type", return_value=(Client, "virtual")),
            mock.patch.object(bleak, "get_platform_adapter_backend_type", return_value=(System, "virtual")),
        ):
            try:
                args = ["stand", "--device", "Polar Sense", "--plain", "--record", str(folder), "--target", "12"]
                return run(args), room
            finally:
                del Scanner.adapter, Client.adapter, System.adapter


def scored(path: Path, *options: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["score", "--json", str(path), *options]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def as_csv(packet: ImuPacket, path: Path) -> None:
    """The same motion as another program would save it."""
    assert packet.device_ns is not None
    t = (packet.device_ns - packet.device_ns[0]) / 1e9
    rows = (
        f"{at:.6f},{x:.6f},{y:.6f},{z:.6f}\n" for at, (x, y, z) in zip(t.tolist(), packet.acc.tolist(), strict=True)
    )
    path.write_text("t_s,ax,ay,az\n" + "".join(rows))


def test_the_command_scores_as_the_same_motion_from_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, room = stand(tmp_path)
    out, err = capsys.readouterr()
    assert code == 130
    (path,) = tmp_path.glob("*.jsonl.gz")
    assert "1 trial scored" in out
    assert "looking for Polar Sense" in err
    assert not room.sense.running
    assert not room.sense.sdk
    (live,) = scored(path, capsys=capsys)["trials"]
    assert live["end_reason"] == "target"
    recording = read(path)
    inputs = list(recording.inputs())
    assert [item.state for item in inputs if isinstance(item, Link)] == ["connected"]
    told = joined(decoded(recording.header, inputs))
    assert told.gyr is not None
    as_csv(MOVED, tmp_path / "moved.csv")
    assert (
        run(["import", str(tmp_path / "moved.csv"), "-o", str(tmp_path / "moved.jsonl.gz"), "--placement", "waist"])
        == 0
    )
    assert told.device_ns is not None
    assert MOVED.device_ns is not None
    late_s = (int(told.device_ns[0]) - int(MOVED.device_ns[0])) / 1e9
    window = [f"{live['sway'][key] + late_s:.4f}" for key in ("start_s", "end_s")]
    said = ["--drill", "hold", "--set", "leg=left", "eyes=open", "surface=firm", "support=none"]
    table = scored(tmp_path / "moved.jsonl.gz", "--from", window[0], "--to", window[1], *said, capsys=capsys)
    (trial,) = table["trials"]
    assert trial["steadiness"]["value"] == pytest.approx(live["steadiness"]["value"], rel=0.01)
    assert trial["sway"]["rms_h_ms2"] == pytest.approx(live["sway"]["rms_h_ms2"], rel=0.01)
