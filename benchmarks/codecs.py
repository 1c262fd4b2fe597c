"""What decoding costs: CPU per notification of each codec's usual packets. Run it; nothing is asserted.

python benchmarks/codecs.py
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from surefoot.devices import CODECS
from surefoot.samples import G0_MS2, ImuPacket
from surefoot.simulate.sensor import GYRO_ALWAYS

SECONDS = 30.0
REPEATS = 5
ROWS: list[tuple[str, dict[str, Any], int, float | None]] = [
    ("plain", {"rate_hz": 100.0}, 10, None),
    ("polar", {"rate_hz": 200, "range_g": 8}, 36, 60.0),
    ("phyphox", {"rate_hz": 416}, 25, None),
    ("movesense", {"stream": "IMU6", "rate_hz": 104}, 8, 60.0),
    ("movesense", {"stream": "IMU9", "rate_hz": 52}, 4, 60.0),
    ("movella_dot", {"mode": 21, "rate_hz": 60}, 1, 60.0),
    ("movella_dot", {"mode": 19, "rate_hz": 60}, 1, 60.0),
    ("polar", {"model": "oh1", "rate_hz": 50, "range_g": 8}, 1400, 150.0),
    ("polar", {"model": "sense", "sdk": True, "rate_hz": 416, "range_g": 16}, 1400, 150.0),
    ("polar", {"model": "sense", "sdk": True, "rate_hz": 416, "range_g": 16, "gyro": True}, 1400, 150.0),
]
"""Codec, settings, samples that are encoded together, goal in µs per notification (None: none was set)."""


def samples(rate_hz: float, gyro: bool) -> ImuPacket:
    """Somebody who stands still for half of the time and moves in the other, with a usual sensor's noise."""
    rng = np.random.default_rng(1)
    n = int(SECONDS * rate_hz)
    t = np.arange(n) / rate_hz
    moving = np.where(t > SECONDS / 2, 4.0, 0.1)[:, None]
    swing = moving * np.sin(2 * np.pi * np.outer(t, [1.1, 2.3, 3.1]))
    acc = np.array([0, 0, G0_MS2]) + swing + rng.normal(0, 0.02, (n, 3))
    stamps = 10**12 + np.rint(t * 1e9).astype(np.int64)
    return ImuPacket(stamps, rate_hz, acc, 0.5 * swing + rng.normal(0, 0.002, (n, 3)) if gyro else None)


def cost_us(name: str, settings: dict[str, Any], together_n: int) -> tuple[int, float, float]:
    """Notifications, samples in one on average, and µs for one on average, best of five."""
    codec = CODECS[name]
    whole = samples(float(settings["rate_hz"]), bool(settings.get("gyro")) or name in GYRO_ALWAYS)
    assert whole.device_ns is not None
    sent = []
    for k in range(0, len(whole.acc), together_n):
        cut = slice(k, k + together_n)
        gyr = None if whole.gyr is None else whole.gyr[cut]
        sent += codec.encode(ImuPacket(whole.device_ns[cut], whole.rate_hz, whole.acc[cut], gyr), settings)
    best = float("inf")
    for _ in range(REPEATS):
        decoder = codec.decoder(settings)
        before = time.thread_time_ns()
        for stream, payload in sent:
            decoder.decode(payload, stream)
        best = min(best, (time.thread_time_ns() - before) / 1000 / len(sent))
    return len(sent), len(whole.acc) * (1 + (whole.gyr is not None)) / len(sent), best


def main() -> None:
    print(f"Python {sys.version.split()[0]}, numpy {np.__version__}")
    for name, settings, together_n, goal_us in ROWS:
        sent_n, samples_n, us = cost_us(name, settings, together_n)
        goal = "" if goal_us is None else f" (goal: {goal_us:g} µs)"
        words = " ".join(f"{key}={value}" for key, value in settings.items())
        print(f"  {name:11s} {us:6.1f} µs of {sent_n} notifications, {samples_n:.0f} samples in one: {words}{goal}")


if __name__ == "__main__":
    main()
