"""What the landing pipeline finds, how late it says so, and what it costs: simulated landings with known truth.

    python benchmarks/landing.py [--sets N]

Drops from 10 to 40 cm and hops, in three styles, at every placement and rate, worn askew, with noise and 1 % of the
packets lost; then half an hour of what is no landing. Beside it two peer rules on the same samples: a plain "above
1.8 g", and the ratio of a peak to the lull before it, written from the description of markgewhite/jumpEventDetection
(peaks above 1 g after less than 1 g within 120 ms, lull = mean of the 260 ms before, contact 40 ms before the peak; the
best ratio of a trial wins). The people are models: the tables tell what the rules do with what they were made for.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surefoot import simulate
from surefoot.devices import codec
from surefoot.engine import Engine
from surefoot.events import Event, Landed, LandingSeen, Scored
from surefoot.flight import FlightDetector
from surefoot.samples import G0_MS2, Array, ImuBlock, Notification
from surefoot.simulate import SensorSetup, Simulated

STYLES = ("soft", "normal", "stiff")
HEIGHTS_CM = (10, 20, 30, 40)
HOP_S = 0.36
RATES_HZ = (50, 100, 200, 416)
PLACEMENTS = {"waist": (16, 25.0, 120.0), "chest": (16, 25.0, 120.0), "shank": (64, 6.0, 45.0)}
"""Placement → range in g, tau in ms of 0 and of 100 points."""
FOUND_S = 0.2
PLAIN_G = 1.8
PLAIN_APART_S = 1.0  # a plain rule without a pause calls every ripple of one landing a landing
RATIO_BEFORE_S, RATIO_LULL_S, RATIO_EARLY_S = 0.120, 0.260, 0.040
TRIAL_S = 8.0  # the ratio rule needs trials: it names the best peak of each, in a control of every 8 s
CONTROLS: tuple[tuple[str, Callable[..., Simulated], float], ...] = (
    ("standing, knocked", simulate.bumps, 5),
    ("walking", simulate.walk, 10),
    ("stairs down", simulate.stairs, 6),
    ("stepping down 10 cm", simulate.step_down, 4),
    ("sitting down", simulate.sit, 5),
)
"""What, how it is made, minutes."""
MODES = {
    "drop": {"name": "drop"},
    "hop": {"name": "hop", "style": "stick"},
    "in place": {"name": "hop", "style": "in_place"},
}
COST_S = 60.0
REPEATS = 5


def sensor(rate_hz: float, range_g: float, k: int = 0, loss: float = 0.0) -> SensorSetup:
    """The k-th way to wear it; packets of the codec's usual size."""
    return SensorSetup(
        device="plain",
        settings={"rate_hz": float(rate_hz), "range_ms2": range_g * G0_MS2},
        yaw_deg=37.0 * k,
        pitch_deg=-40 + 17.0 * (k % 6),
        roll_deg=25 - 11.0 * (k % 5),
        noise_ms2=(0.01, 0.03, 0.1)[k % 3],
        phase=(0.37 * k) % 1,
        loss=loss,
    )


def sampled(made: Simulated) -> tuple[Array, Array]:
    """Times from the first sample and A, of all packets."""
    sources: Any = made.header["sources"]
    decoder = codec("plain").decoder(sources["s1"]["settings"])
    sent = [decoder.decode(one.payload, one.stream) for one in made.inputs if isinstance(one, Notification)]
    packets = [one for one in sent if one is not None]
    stamps = np.concatenate([one.device_ns for one in packets if one.device_ns is not None])
    acc = np.concatenate([one.acc for one in packets])
    return (stamps - stamps[0]) / 1e9, np.linalg.norm(acc, axis=1) / G0_MS2


def fed(engine: Engine, made: Simulated, newest: list[ImuBlock]) -> Iterator[tuple[float, Event]]:
    """Every event with the time of the newest sample that the engine had by then."""
    for item in made.inputs:
        for event in engine.feed(item):
            yield float(newest[-1].t[-1]) if newest else 0.0, event
    for event in engine.finish():
        yield float(newest[-1].t[-1]), event


def run(made: Simulated, drill: dict[str, Any] | None = None, **options: bool) -> list[tuple[float, Event]]:
    newest: list[ImuBlock] = []
    header = made.header if drill is None else {**made.header, "drill": drill}
    engine = Engine(header, on_block=lambda _, block: newest.append(block), **options)
    return list(fed(engine, made, newest))


# ------------------------------------------------------------------------------------------------ peers


def plain_rule(t: Array, a: Array) -> list[float]:
    """Rises through 1.8 g, at most one a second."""
    found: list[float] = []
    for k in np.flatnonzero((a[1:] > PLAIN_G) & (a[:-1] <= PLAIN_G)) + 1:
        if not found or t[k] - found[-1] >= PLAIN_APART_S:
            found.append(float(t[k]))
    return found


def ratio_rule(t: Array, a: Array, middles_s: list[float]) -> list[float]:
    """The best peak of every trial; `middles_s`: the middle of each."""
    best: dict[int, tuple[float, float]] = {}
    for k in np.flatnonzero((a[1:-1] > 1) & (a[1:-1] >= a[:-2]) & (a[1:-1] > a[2:])) + 1:
        before = slice(*np.searchsorted(t, [t[k] - RATIO_BEFORE_S, t[k]]).tolist())
        lull = slice(int(np.searchsorted(t, t[k] - RATIO_LULL_S)), int(k))
        if not (a[before] < 1).any() or t[k] < RATIO_LULL_S:
            continue
        ratio = float(a[k] / a[lull].mean())
        trial = int(np.argmin([abs(middle_s - t[k]) for middle_s in middles_s]))
        if ratio > best.get(trial, (0.0, 0.0))[0]:
            best[trial] = ratio, float(t[k]) - RATIO_EARLY_S
    return [contact_s for _, contact_s in best.values()]


# ------------------------------------------------------------------------------------------------ landings


@dataclass
class Cell:
    """What became of the landings of one placement, rate and style."""

    made: int = 0
    found: int = 0
    false: int = 0
    gaps: int = 0
    flight_ms: list[float] = field(default_factory=list)
    points: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    low_rate: bool = False
    plain: list[int] = field(default_factory=lambda: [0, 0])  # found, beyond
    ratio: list[int] = field(default_factory=lambda: [0, 0])
    ratio_ms: list[float] = field(default_factory=list)

    def judge(self, made: Simulated, placement: str, told: bool) -> None:
        """One recording. `told`: the height of the box was entered."""
        drill: Any = made.header["drill"]
        events = [event for _, event in run(made, drill if told else {**drill, "height_cm": None})]
        landed = [event.landing for event in events if isinstance(event, Landed)]
        values = [event.score.value for event in events if isinstance(event, Scored)]
        pairs = list(zip(landed, values, strict=True))
        _, low_ms, high_ms = PLACEMENTS[placement]
        self.false += len(pairs)
        for truth in made.truth["landings"]:
            self.made += 1
            near = [pair for pair in pairs if abs(pair[0].contact_s - truth["contact_s"]) <= FOUND_S]
            if not near:
                continue
            landing, value = near[0]
            self.found += 1
            self.false -= 1
            self.low_rate |= "low_rate" in landing.flags
            if "gap" in landing.flags:
                self.gaps += 1
                continue
            if landing.flight_s is not None:
                self.flight_ms.append(1000 * (landing.flight_s - truth["flight_s"]))
            if value is not None:
                true = 100 * math.log(truth["tau_ms"] / low_ms) / math.log(high_ms / low_ms)
                self.points.append(value - min(100.0, max(0.0, true)))
                self.scores.append(value)
        t, a = sampled(made)
        true_s = [truth["contact_s"] for truth in made.truth["landings"]]
        tally(self.plain, plain_rule(t, a), true_s)
        self.ratio_ms += tally(self.ratio, ratio_rule(t, a, true_s), true_s)


def tally(counts: list[int], times_s: list[float], true_s: list[float]) -> list[float]:
    """Adds to found and false; how late each found one is, ms."""
    late = [1000 * (s - true) for s in times_s for true in true_s if abs(s - true) <= FOUND_S]
    counts[0] += len(late)
    counts[1] += len(times_s) - len(late)
    return late


def detection(sets: int) -> dict[tuple[str, float, str], Cell]:
    cells: dict[tuple[str, float, str], Cell] = {}
    what = itertools.product(PLACEMENTS, STYLES, (*HEIGHTS_CM, None), range(sets))
    for n, (placement, style, height_cm, seed) in enumerate(what):
        made: Simulated | None = None
        for k, rate_hz in enumerate(RATES_HZ, n):
            setup = sensor(rate_hz, PLACEMENTS[placement][0], k, loss=0.01)
            options: dict[str, Any] = {"seed": seed, "placement": placement, "recovery_g": 0.1 * seed, "count": 2}
            if made is not None:
                made = made.through(setup)
            elif height_cm is None:
                made = simulate.hops(style, flight_s=HOP_S, sensor=setup, **options)
            else:
                made = simulate.drops(style, height_cm=height_cm, sensor=setup, **options)
            cell = cells.setdefault((placement, rate_hz, style), Cell())
            cell.judge(made, placement, told=k % 2 == 0)
    return cells


def spread(values: list[float]) -> str:
    if not values:
        return f"{'–':>21s}"
    low, middle, high = min(values), float(np.median(values)), max(values)
    return f"{low:+6.1f} {middle:+6.1f} {high:+6.1f} "


def show(cells: dict[tuple[str, float, str], Cell]) -> None:
    print("Landings (errors: smallest, median, largest; of those without a hole around the contact):")
    head = f"  {'place':6s} {'Hz':>4s} {'style':6s} {'found':>8s} {'false':>5s} {'holes':>5s} {'flight ms':>21s}"
    print(f"{head} {'softness points':>21s} {'S':>4s}   {'> 1.8 g':>9s}   peak/lull (contact ms)")
    for (placement, rate_hz, style), cell in cells.items():
        share = f"{cell.found}/{cell.made}"
        score = f"{float(np.median(cell.scores)):4.0f}{'*' if cell.low_rate else ' '}" if cell.scores else "   – "
        plain = f"{cell.plain[0]}+{cell.plain[1]}"
        ratio = f"{cell.ratio[0]}+{cell.ratio[1]}"
        late = f"{float(np.median(cell.ratio_ms)):+.0f}" if cell.ratio_ms else "–"
        print(
            f"  {placement:6s} {rate_hz:4g} {style:6s} {share:>8s} {cell.false:5d} {cell.gaps:5d} "
            f"{spread(cell.flight_ms)} {spread(cell.points)} {score}  {plain:>9s}   {ratio} ({late})"
        )
    made, found = sum(c.made for c in cells.values()), sum(c.found for c in cells.values())
    print(f"  all: {found} of {made} found, {sum(c.false for c in cells.values())} false; * low rate, shown as such;")
    print("  the peers' columns are found+false; the ratio rule is told how many landings there are")


# ------------------------------------------------------------------------------------------------ controls


def controls() -> None:
    print("No landing in it, the detector armed throughout (landings found):")
    print(
        f"  {'what':20s} {'min':>4s} {'Hz':>4s} " + "".join(f"{mode:>9s}" for mode in MODES) + "   > 1.8 g  peak/lull"
    )
    for name, make, minutes in CONTROLS:
        made: Simulated | None = None
        for rate_hz in RATES_HZ:
            setup = sensor(rate_hz, 16, 1)
            made = make(60 * minutes, seed=7, sensor=setup, cues=False) if made is None else made.through(setup)
            counts = [
                sum(isinstance(event, Landed) for _, event in run(made, drill, uncued=True, armed=True))
                for drill in MODES.values()
            ]
            t, a = sampled(made)
            middles_s = np.arange(TRIAL_S / 2, t[-1], TRIAL_S).tolist()
            peers = f"{len(plain_rule(t, a)):10d} {len(ratio_rule(t, a, middles_s)):10d}"
            print(f"  {name:20s} {minutes:4g} {rate_hz:4g} " + "".join(f"{one:9d}" for one in counts) + peers)


# ------------------------------------------------------------------------------------------------ latency and cost


def latency() -> None:
    print("From contact to the newest sample at hand when it is said (packets of usual size), median and largest:")
    head = f"  {'Hz':>4s} {'packet':>6s} {'drill':9s}"
    print(f"{head} {'first ms':>12s} {'samples':>9s} {'confirmed ms':>14s} {'samples':>9s}")
    for rate_hz in RATES_HZ:
        setup = sensor(rate_hz, 16)
        sets = {
            "drop": simulate.drops("normal", count=4, seed=1, sensor=setup),
            "hop": simulate.hops("normal", count=4, seed=1, sensor=setup),
            "in place": simulate.hops("normal", count=8, seed=1, in_place=True, sensor=setup),
        }
        for name, made in sets.items():
            late: dict[type, list[float]] = {LandingSeen: [], Landed: []}
            for now_s, event in run(made):
                if isinstance(event, LandingSeen | Landed):
                    late[type(event)].append(now_s - event.t_s)
            columns = [ms_and_samples(late[kind], rate_hz) for kind in (LandingSeen, Landed)]
            print(f"  {rate_hz:4g} {setup.samples_n:6d} {name:9s} {columns[0]:>22s} {columns[1]:>24s}")
    print(
        "  on top of it the radio's own way, 30 to 60 ms; in place the first landing of a bout waits for a longer fall"
    )


def ms_and_samples(late_s: list[float], rate_hz: float) -> str:
    if not late_s:
        return "–"
    middle, most = float(np.median(late_s)), max(late_s)
    return f"{1000 * middle:5.0f} {1000 * most:5.0f}  {middle * rate_hz:4.0f} {most * rate_hz:4.0f}"


def cost() -> None:
    print("Detector, CPU per sample, best of five, in packets of usual size:")
    for rate_hz in RATES_HZ:
        setup = sensor(rate_hz, 16)
        scenes = {
            "standing": simulate.bumps(COST_S, seed=1, sensor=setup, cues=False),
            "walking": simulate.walk(COST_S, seed=1, sensor=setup, cues=False),
            "hopping": simulate.hops(count=90, in_place=True, contact_s=0.3, seed=1, sensor=setup, cues=False),
        }
        columns = []
        for name, made in scenes.items():
            t, a = sampled(made)
            best = min(one_pass(t, a, setup.samples_n) for _ in range(REPEATS))
            columns.append(f"{name} {best / len(t) / 1000:.2f} µs")
        print(f"  {rate_hz:4g} Hz: " + ", ".join(columns))


def one_pass(t: Array, a: Array, packet_n: int) -> int:
    """CPU ns of a detector over all samples."""
    detector = FlightDetector(0.8)
    before = time.thread_time_ns()
    for k in range(0, len(t), packet_n):
        detector.update(t[k : k + packet_n], a[k : k + packet_n])
    return time.thread_time_ns() - before


def main() -> None:
    parser = argparse.ArgumentParser(
        description="What the landing pipeline finds, how late, at what cost (simulation)."
    )
    parser.add_argument("--sets", type=int, default=1, metavar="N", help="sets of two landings of each kind (1)")
    sets = parser.parse_args().sets
    if sets < 1:
        parser.error("at least one set")
    before = time.perf_counter()
    show(detection(sets))
    controls()
    latency()
    cost()
    print(f"Python {sys.version.split()[0]}, numpy {np.__version__}; {time.perf_counter() - before:.0f} s")


if __name__ == "__main__":
    main()
