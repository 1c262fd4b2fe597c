"""From a sensor's packet to the screen's snapshot, over the virtual radio in real time: delay, loss, CPU.

    python benchmarks/radio.py [--seconds S]

Every device streams somebody's stance through bumble's virtual controllers, bleak, the life cycle, the recorder and the
engine with a running hold, at three connection intervals that computers choose, 6 packets an event. Delay is counted
from the moment at which the device hands a notification to its radio to the snapshot that shows it: waiting for the
connection event, up to one interval, is part of it; the time that samples wait in the device until a packet is full is
not. CPU is the whole process's share of one core, emulated sensor and controllers included. The air is perfect, so a
lost notification is ours.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parent.parent / "tests")  # this file's own folder would hide the package radio

import numpy as np  # noqa: E402

from radio.devices.movesense import Movesense  # noqa: E402
from radio.devices.polar import Polar  # noqa: E402
from radio.devices.witmotion import WitMotion  # noqa: E402
from radio.emulated import Emulated  # noqa: E402
from radio.sitting import Watched, endless, motion, sit  # noqa: E402
from radio.world import world  # noqa: E402
from surefoot.samples import DrillSpec, ImuPacket, Input, Notification  # noqa: E402

WORDS = ("event ms", "sent", "lost", "p50 ms", "p99 ms", "max ms", "CPU %")
INTERVALS_S = (0.015, 0.03, 0.05)
HOLD = DrillSpec("hold", leg="left", eyes="open", surface="firm", support="none", target_s=600.0)


@dataclass(frozen=True)
class Kind:
    """A device; `packed_n`: samples that it is given at a time."""

    make: Callable[[], Emulated]
    rate_hz: float
    packed_n: int


KINDS = {
    "Polar H10": Kind(lambda: Polar("h10"), 200, 4),
    "Polar Verity Sense": Kind(lambda: Polar("sense"), 416, 4),
    "Movesense": Kind(Movesense, 104, 8),
    "WitMotion": Kind(WitMotion, 100, 1),
}


class Timed(Watched):
    """Notes when each notification's snapshot stood."""

    shown: list[tuple[float, bytes | str]]

    def _take(self, item: Input) -> None:
        super()._take(item)
        if isinstance(item, Notification) and item.stream == "imu":
            self.shown.append((asyncio.get_running_loop().time(), item.payload))


async def measure(
    kind: Kind, interval_s: float, moved: ImuPacket, seconds: float, folder: Path
) -> tuple[int, int, Any, float]:
    """Notifications sent, of these not shown, delays in s, CPU share."""
    async with world() as here:
        device = kind.make()
        worn = await here.add(device)
        here.way(worn).interval_s = interval_s
        playing = asyncio.ensure_future(worn.play(endless(moved, kind.packed_n)))
        assert device.seen.name is not None
        sitting = await sit(here, [device.seen.name], folder / f"{time.monotonic_ns()}.jsonl", HOLD, session=Timed)
        assert isinstance(sitting.session, Timed)
        sitting.session.shown = []
        sitting.session.cue("start", "hold")
        await asyncio.sleep(1.0)
        begun, cpu_s, wall_s = len(worn.sent), time.process_time(), time.perf_counter()
        await asyncio.sleep(seconds)
        cpu_s, wall_s, ended = time.process_time() - cpu_s, time.perf_counter() - wall_s, len(worn.sent)
        await asyncio.sleep(0.5)
        await sitting.end()
        playing.cancel()
        shown: Iterator[tuple[float, bytes | str]] = iter(sitting.session.shown)
        at = {payload: at_s for at_s, payload in shown}
        sent = worn.sent[begun:ended]
        delays = [at[payload] - sent_s for sent_s, _, payload in sent if payload in at]
        return len(sent), len(sent) - len(delays), np.array(delays), cpu_s / wall_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    seconds = parser.parse_args().seconds
    logging.getLogger("bumble").setLevel(logging.ERROR)  # it warns of packets that were under way at a hang-up
    print(f"{'device':20}" + "".join(f"{word:>9}" for word in WORDS))
    for name, kind in KINDS.items():
        moved = motion(kind.rate_hz, 30)
        for interval_s in INTERVALS_S:
            with tempfile.TemporaryDirectory() as folder:
                sent, lost, delays, share = asyncio.run(measure(kind, interval_s, moved, seconds, Path(folder)))
            p50, p99, most = (1000 * float(np.quantile(delays, q)) for q in (0.5, 0.99, 1.0))
            figures = f"{sent:9}{lost:9}{p50:9.1f}{p99:9.1f}{most:9.1f}{100 * share:9.1f}"
            print(f"{name:20}{1000 * interval_s:9.0f}{figures}", flush=True)


if __name__ == "__main__":
    main()
