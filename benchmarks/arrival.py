"""How well the times of samples without stamps are found again, on simulated links.

Prints, for each link, the error of the rate after 60 s and the RMS error of the times from the 15th second on, worst of
ten seeds. The link is that of the tests: a sample waits for the next radio event, one in ten of which fails.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from surefoot.arrival import ArrivalClock

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from test_arrival import LINKS, link  # the same links


def main() -> None:
    print("nominal Hz  true Hz  interval ms  lost %  rate error %  time error ms")
    for loss in (0.0, 0.001, 0.02):
        for nominal_hz, share, interval_s in LINKS:
            rates, times = [], []
            for seed in range(10):
                measured, arrived = link(nominal_hz * share, interval_s, 120.0, seed, loss)
                clock = ArrivalClock(nominal_hz, None)
                placed, rate_hz = [], None
                for at, true_s in zip(arrived.tolist(), measured.tolist(), strict=True):
                    placed.append(float(clock.place(1, 0, at)[0][0]))
                    rate_hz = clock.rate_hz if true_s <= 60 else rate_hz
                came_hz = np.count_nonzero(measured <= 60) / 60  # what was lost without a trace cannot be known
                rates.append(abs((rate_hz or 0.0) / came_hz - 1))
                times.append((np.array(placed) - measured)[measured > 15].std())
            print(
                f"{nominal_hz:10g} {nominal_hz * share:8.2f} {interval_s * 1e3:12.0f} {loss * 100:7.1f}"
                f" {max(rates) * 100:13.3f} {max(times) * 1e3:14.2f}"
            )


if __name__ == "__main__":
    main()
