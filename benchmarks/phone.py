"""From a sample on a simulated phone to the engine, over real HTTP on the loopback interface: completeness, delay, CPU.

    python benchmarks/phone.py [--seconds S]

The app runs in a process of its own, so that CPU is that of the source, a running hold and the recorder, as a share of
one core. Delays are counted from the moment at which a sample falls due on the phone to the moment at which the engine
has taken it in: of every sample, and of the newest one of each answer. There is no radio in it: a real Wi-Fi adds its
own delay. `--pause` asks at another pace.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from dataclasses import asdict, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(1, str(Path(__file__).parent.parent / "tests"))
sys.path[0] = sys.path[1]  # this file is called phone, too

import numpy as np  # noqa: E402

from phone.app import BOTH, STOCK, App, serve  # noqa: E402
from surefoot.recorder import Recorder  # noqa: E402
from surefoot.samples import DrillSpec, Input, Notification  # noqa: E402
from surefoot.session import Session  # noqa: E402
from surefoot.sources.http import address  # noqa: E402
from surefoot.sources.phone import PhoneSource  # noqa: E402
from surefoot.sources.phyphox import TIMING  # noqa: E402

WORDS = ("due", "missing", "twice", "all p50", "p95", "new p50", "p95", "kB/s", "CPU %")
HOLD = DrillSpec("hold", leg="left", eyes="open", surface="firm", support="none", target_s=600.0)
ROWS: list[tuple[str, dict[str, Any]]] = [
    ("Android 100 Hz", {"rate_hz": 100.0}),
    ("iPhone 100 Hz", {"rate_hz": 100.0, "ios": True}),
    ("Android 416 Hz", {"rate_hz": 416.0}),
    ("416 Hz, rotation too", {"rate_hz": 416.0, "open": BOTH}),
]


def phone(pipe: Connection, options: dict[str, Any]) -> None:
    """The app, until the pipe closes."""
    with serve(App(time.monotonic, **options)) as url:
        pipe.send(url)
        pipe.recv()


class Timed(Session):
    """Notes when each answer had been taken in, what it brought, and when the phone had started."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.begun_s = 0.0
        self.came: list[tuple[float, str]] = []

    def _take(self, item: Input) -> None:
        super()._take(item)
        if isinstance(item, Notification) and isinstance(item.payload, str):
            if item.stream == "imu":
                self.came.append((time.monotonic(), item.payload))
            elif item.stream == "time":
                self.begun_s = json.loads(item.payload)[-1]["systemTime"] - 1.7e9


def measure(options: dict[str, Any], seconds: float, pause_s: float, folder: Path) -> list[float]:
    """A row of figures."""
    ours, its = multiprocessing.Pipe()
    app = multiprocessing.Process(target=phone, args=(its, options), daemon=True)
    app.start()
    source = PhoneSource(address(ours.recv()), "waist", time.monotonic_ns, print)
    source.quiet()
    source._phone._timing = replace(TIMING, pause_s=pause_s)
    source.thread.start()
    source.opened.result()
    source.header["drill"] = asdict(HOLD)
    session = Timed(source, Recorder.create(folder / f"{time.monotonic_ns()}.jsonl", source.header))
    session.start()
    session.cue("start", "hold")
    time.sleep(1.0)
    first, cpu_s, wall_s = len(session.came), time.process_time(), time.perf_counter()
    time.sleep(seconds)
    last, cpu_s, wall_s = len(session.came), time.process_time() - cpu_s, time.perf_counter() - wall_s
    session.stop()
    source.close()
    ours.send(None)
    app.join()
    name = options.get("open", STOCK).inputs[0].buffers[3]
    came = session.came[first:last]
    answers = [np.array(json.loads(text)["buffer"][name]["buffer"], dtype=np.float64) for _, text in came]
    stamps = np.concatenate(answers)
    at_s = np.repeat([moment for moment, _ in came], [len(one) for one in answers])
    every_ms = 1000 * (at_s - session.begun_s - stamps)
    newest_s = np.array([one[-1] if len(one) else np.nan for one in answers])
    newest_ms = 1000 * (np.array([moment for moment, _ in came]) - session.begun_s - newest_s)
    steps = np.rint(np.diff(stamps) * options["rate_hz"])
    due = round((stamps[-1] - stamps[0]) * options["rate_hz"]) + 1
    sent = sum(len(text) for _, text in came) / wall_s / 1000
    figures = [np.nanquantile(one, q) for one in (every_ms, newest_ms) for q in (0.5, 0.95)]
    return [due, due - len(stamps), int((steps < 1).sum()), *figures, sent, 100 * cpu_s / wall_s]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--pause", type=float, default=TIMING.pause_s, help="between two questions, s")
    args = parser.parse_args()
    print(f"{'':22}" + "".join(f"{word:>9}" for word in WORDS) + "   (delays in ms)")
    for title, options in ROWS:
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(options, args.seconds, args.pause, Path(folder))
        print(f"{title:22}" + "".join(f"{one:9.0f}" for one in figures[:3]), end="")
        print("".join(f"{one:9.1f}" for one in figures[3:]), flush=True)


if __name__ == "__main__":
    main()
