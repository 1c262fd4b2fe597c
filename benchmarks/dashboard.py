"""What the dashboard costs on a real pseudo-terminal, and how old the newest sample is when its picture gets there.

    python benchmarks/dashboard.py [--seconds S]

For each size and rate a child process runs the stand screen during a simulated hold, in step with the clock, while
this process reads the pseudo-terminal as a terminal would. Latency: from the arrival of the newest packet in a picture
to the moment at which the last byte of that picture was read. CPU is that of the whole child, session thread included,
after the first seconds; "per frame" divides it by the frames drawn. Nothing is asserted; goals stand beside.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import select
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import Any

import numpy as np

SIZES = ((80, 24), (120, 40), (200, 60))
RATES_HZ = (200, 416)
PACKET_S = 0.05
WARM_UP_S = 8.0  # five of the countdown, and the first pictures
GOALS = "goals at 120×40: ≤ 8 ms per frame, ≤ 18 % of a core at 20 frames/s, p95 ≤ 40 ms"


# ------------------------------------------------------------------------------------------------ the child


def child(rate_hz: int, seconds: float, log: Path) -> None:
    """The dashboard as `surefoot demo` runs it, watched from inside."""
    from surefoot import simulate
    from surefoot.samples import G0_MS2, Link, Tick
    from surefoot.session import Session
    from surefoot.tui.app import Surefoot

    setup = simulate.SensorSetup(
        "plain", settings={"rate_hz": float(rate_hz), "range_ms2": 16 * G0_MS2}, packet_n=round(PACKET_S * rate_hz)
    )
    made = simulate.stand("one_eo_firm", seed=1, target_s=seconds + 30, sensor=setup)

    class Source:
        header = made.header
        live = True

        def inputs(self) -> Any:
            return iter([item for item in made.inputs if not isinstance(item, Tick | Link)])

    session = Session(Source())
    arrivals: dict[int, int] = {}
    show = session._show

    def watched() -> None:
        arrived_ns = time.monotonic_ns()
        show()
        snapshot = session.snapshot()
        if snapshot is not None:
            arrivals.setdefault(snapshot.first_index + len(snapshot.trace), arrived_ns)

    session._show = watched  # type: ignore[method-assign]
    app = Surefoot(session, None, first_screen="stand")
    written, newest, cpu_s = 0, -1, 0.0
    frames: list[tuple[int, int, int]] = []  # monotonic ns, arrival of its newest sample, bytes written after it
    draw = app.frame

    def frame() -> None:
        nonlocal newest
        begun_ns = time.monotonic_ns()
        draw()
        snapshot = app.scene.snapshot
        index = -1 if snapshot is None else snapshot.first_index + len(snapshot.trace)
        fresh_ns = arrivals.get(index, 0) if index != newest else 0
        newest = index
        app.call_after_refresh(lambda: frames.append((begun_ns, fresh_ns, written)))

    app.frame = frame  # type: ignore[method-assign]

    def spy() -> None:
        driver = app._driver
        assert driver is not None
        write = driver.write

        def counted(data: str) -> None:
            nonlocal written
            written += len(data.encode())
            write(data)

        driver.write = counted  # type: ignore[method-assign]

    def begin() -> None:
        nonlocal cpu_s
        cpu_s = time.process_time()
        frames.clear()

    def end() -> None:
        used_s = time.process_time() - cpu_s
        log.write_text(json.dumps({"cpu_s": used_s, "frames": frames, "rate_hz": rate_hz}))
        app.exit()

    app.call_later(spy)
    app.call_later(lambda: (app.set_timer(WARM_UP_S, begin), app.set_timer(WARM_UP_S + seconds, end)))
    session.start()
    try:
        app.run()
    finally:
        session.stop()


# ------------------------------------------------------------------------------------------------ the terminal


def watched(size: tuple[int, int], rate_hz: int, seconds: float, log: Path) -> list[tuple[int, int]]:
    """Run the child on a pseudo-terminal of that size; (monotonic ns, bytes read so far) of each read."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
        argv = [sys.executable, __file__, "--child", str(rate_hz), "--seconds", str(seconds), "--log", str(log)]
        os.execv(sys.executable, argv)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    reads: list[tuple[int, int]] = []
    total = 0
    while select.select([fd], [], [], 30)[0]:
        try:
            got = os.read(fd, 65536)
        except OSError:  # Linux: the child has closed its side
            break
        if not got:
            break
        total += len(got)
        reads.append((time.monotonic_ns(), total))
    os.waitpid(pid, 0)
    os.close(fd)
    return reads


def row(size: tuple[int, int], rate_hz: int, seconds: float, folder: Path) -> str:
    log = folder / f"{size[0]}_{rate_hz}.json"
    reads = np.array(watched(size, rate_hz, seconds, log))
    seen = json.loads(log.read_text())
    frames = np.array(seen["frames"])
    span_s = (frames[-1, 0] - frames[0, 0]) / 1e9
    fresh = frames[frames[:, 1] > 0]
    # a frame is on the terminal when all that was written up to its end has been read
    at = np.minimum(np.searchsorted(reads[:, 1], fresh[:, 2]), len(reads) - 1)
    # frames that changed nothing wrote nothing: their picture was there already
    wrote = np.diff(frames[:, 2], prepend=frames[0, 2])[frames[:, 1] > 0] > 0
    late_ms = (reads[at, 0] - fresh[:, 1])[wrote] / 1e6
    kbs = (frames[-1, 2] - frames[0, 2]) / 1000 / span_s
    cpu_ms, core_pct = 1000 * seen["cpu_s"] / len(frames), 100 * seen["cpu_s"] / span_s
    p50_ms, p95_ms = np.percentile(late_ms, [50, 95])
    return (
        f"  {size[0]:3d}×{size[1]:<3d} {rate_hz:4d} Hz {len(frames) / span_s:7.1f} {cpu_ms:9.1f} "
        f"{core_pct:8.1f} {p50_ms:9.1f} {p95_ms:7.1f} {kbs:8.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--child", type=int)
    parser.add_argument("--log", type=Path)
    args = parser.parse_args()
    if args.child:
        child(args.child, args.seconds, args.log)
        return
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {args.seconds:g} s each; {GOALS}")
    print("  size     rate     frames/s  CPU ms/f  % a core   p50 ms  p95 ms     kB/s")
    with tempfile.TemporaryDirectory() as name:
        for size in SIZES:
            for rate_hz in RATES_HZ:
                print(row(size, rate_hz, args.seconds, Path(name)), flush=True)


if __name__ == "__main__":
    main()
