"""What the path of a sample costs: CPU per notification, speed of scoring, start-up. Run it; nothing is asserted.

    python benchmarks/path.py

The goals are printed beside the figures. `sosfiltfilt` on the same 60 s is there as a yardstick of the machine.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfiltfilt

import surefoot
from surefoot import simulate
from surefoot.engine import Engine
from surefoot.recorder import Recorder, write_recording
from surefoot.samples import Notification
from surefoot.simulate import Simulated

REPEATS = 5


def notifications(name: str, made: Simulated) -> None:
    costs = []
    for _ in range(REPEATS):
        engine = Engine(made.header)
        for item in made.inputs:
            before = time.thread_time_ns()
            engine.feed(item)
            engine.snapshot()
            cost = time.thread_time_ns() - before
            if isinstance(item, Notification):
                costs.append(cost)
        engine.finish()
    ms = np.array(costs) / 1e6
    print(f"  {name:32s} median {np.median(ms):.3f} ms   p99 {np.percentile(ms, 99):.3f} ms   (goal: median 0.2 ms)")


def per_packet() -> None:
    print("CPU per notification, engine and snapshot, 200 Hz:")
    for packet_n in (36, 10, 1):
        setup = simulate.SensorSetup(packet_n=packet_n)
        notifications(f"hold, {packet_n} samples a packet", simulate.stand("one_ec_mat", seed=1, sensor=setup))
    notifications("drop, 36 samples a packet", simulate.drops("normal", seed=1, recovery_g=0.3))


def scoring(folder: Path) -> None:
    print("Scoring a recording of 60 s at 200 Hz, file to dictionary:")
    made = {
        "hold": simulate.stand("one_eo_firm", seed=1, target_s=50.0, after_s=4.0),
        "drops": simulate.drops("normal", seed=1, count=7),
    }
    for name, one in made.items():
        path = folder / f"{name}.jsonl"
        write_recording(path, one.header, one.inputs)
        duration_s = surefoot.score(path)["quality"]["duration_s"]
        times = []
        for _ in range(REPEATS):
            before = time.perf_counter()
            surefoot.score(path)
            times.append(time.perf_counter() - before)
        best = min(times)
        ratio = duration_s / best
        print(f"  {name:8s} {duration_s:.1f} s in {best * 1000:.1f} ms = {ratio:.0f} × real time (goal: 500 ×)")
    x = np.random.default_rng(0).normal(size=(6000, 2))
    sos = butter(2, 3.5, fs=100, output="sos")
    times = []
    for _ in range(50):
        before = time.perf_counter()
        sosfiltfilt(sos, x, axis=0)
        times.append(time.perf_counter() - before)
    print(f"  yardstick: sosfiltfilt of 60 s at 100 Hz, 2 axes: {min(times) * 1000:.2f} ms")


def recording(folder: Path) -> None:
    made = simulate.stand("one_eo_firm", seed=1)
    recorder = Recorder.create(folder / "r.jsonl", made.header)
    costs = []
    for item in made.inputs:
        before = time.perf_counter_ns()
        recorder.write(item)
        costs.append(time.perf_counter_ns() - before)
    recorder.close()
    us = np.array(costs) / 1000
    print(f"Recording one packet: median {np.median(us):.0f} µs, p99 {np.percentile(us, 99):.0f} µs")


def start_up() -> None:
    print("Start-up, CPU of a fresh process, best of five:")
    for argv in (["--help"], ["--version"]):
        times = []
        for _ in range(REPEATS):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-m", "surefoot", *argv], stdout=subprocess.DEVNULL, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        print(f"  surefoot {argv[0]:10s} {min(times):.3f} s (goal: 0.1 s)")
    print(f"  first frame of the demo: {first_frame_s():.2f} s after the command, wall clock (goal: 1 s)")


def first_frame_s() -> float:
    """From the start of the process to the first ring on a real pseudo-terminal of 120 × 40."""
    import fcntl
    import pty
    import select
    import struct
    import termios

    best = float("inf")
    for _ in range(REPEATS):
        before = time.perf_counter()
        child, fd = pty.fork()
        if child == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
            os.execv(sys.executable, [sys.executable, "-m", "surefoot", "demo", "--seconds", "3"])
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        seen = b""
        while b"steadiness" not in seen and select.select([fd], [], [], 10)[0]:
            try:
                seen += os.read(fd, 65536)
            except OSError:
                break
        best = min(best, time.perf_counter() - before)
        while select.select([fd], [], [], 10)[0]:
            try:
                if not os.read(fd, 65536):
                    break
            except OSError:
                break
        os.waitpid(child, 0)
        os.close(fd)
    return best


def main() -> None:
    print(f"Python {sys.version.split()[0]}, numpy {np.__version__}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        per_packet()
        scoring(Path(name))
        recording(Path(name))
    start_up()


if __name__ == "__main__":
    main()
