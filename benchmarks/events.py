"""How often a hold's touch-downs are found, missed or made up: simulated trials through the real engine.

    python benchmarks/events.py [--trials N]

For each one-leg condition N trials end in a touch-down, each at five sizes of its impact; N trials of 30 to 45 s reach
their target, and N more do so with three hops of the stance foot. Found: within 0.5 s of the truth. The same N gives
the same table. The impact's size and the calm after it are the simulator's assumptions, and its people stand without
the small vertical blows of real ones: the table tells what the rule does with what it was made for, not how well it
serves.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

import numpy as np

from surefoot import simulate
from surefoot.engine import Engine
from surefoot.events import Event, HoldEnded, TouchSuspected
from surefoot.instability import LIMITS
from surefoot.simulate import Simulated

CONDITIONS = ("one_eo_firm", "one_eo_mat", "one_ec_firm", "one_ec_mat")
BURSTS = (0.25, 0.5, 0.75, 1.0, 1.5)
CLOSE_S = 0.5  # this near the truth, a touch-down is found
LONGEST_S = 45.0  # of a trial: the cap of the protocols
TOUCH_DOWNS, QUIET, HOPPING = 1, 2, 3  # kinds of trial, each with seeds of its own
OUTCOMES = ("found", "wrong time", "missed")


def seeded(kind: int, k: int) -> tuple[int, np.random.Generator]:
    """Seed of the motion and a generator for the times of trial k; every condition has the same times."""
    return 10_000 * kind + k, np.random.default_rng([kind, k])


def run(made: Simulated) -> tuple[HoldEnded, list[Event]]:
    engine = Engine(made.header)
    events = [event for item in made.inputs for event in engine.feed(item)] + engine.finish()
    return next(event for event in events if isinstance(event, HoldEnded)), events


def touch_down(condition: str, k: int, burst: float) -> str:
    """What became of one touch-down."""
    seed, rng = seeded(TOUCH_DOWNS, k)
    at_s = float(rng.uniform(8.0, LONGEST_S - 5))
    made = simulate.stand(condition, seed=seed, target_s=LONGEST_S, touch_down_s=at_s, burst=burst)
    ended, _ = run(made)
    if ended.end_reason != "touch_down":
        return "missed"
    return "found" if abs(ended.t_s - made.truth["end_s"]) <= CLOSE_S else "wrong time"


def reaches_target(condition: str, k: int, hops: int) -> Counter[str]:
    """One trial without a touch-down: ms stood, false touch-downs, suspicions, hops found and made up, and others:
    leans and steps, of which there are none."""
    seed, rng = seeded(HOPPING if hops else QUIET, k)
    target_s = float(rng.uniform(30.0, LONGEST_S))
    apart_s = (target_s - 8) / max(hops, 1)
    hop_s = tuple(5 + apart_s * (i + float(rng.uniform(0, 0.6))) for i in range(hops))
    made = simulate.stand(condition, seed=seed, target_s=target_s, hop_s=hop_s)
    ended, events = run(made)
    assert ended.hold_s is not None, "the trial has its cues"
    true_s = [made.truth["lift_s"] + at for at in hop_s]
    seen_s = [one.t_s for one in ended.instabilities if one.kind == "hop"]
    right = sum(any(abs(seen - true) <= CLOSE_S for seen in seen_s) for true in true_s)
    return Counter(
        trials=1,
        ms=round(ended.hold_s * 1000),
        touch_downs=int(ended.end_reason == "touch_down"),
        suspected=sum(isinstance(event, TouchSuspected) for event in events),
        hops=right,
        false_hops=len(seen_s) - right,
        others=sum(one.kind != "hop" for one in ended.instabilities),
    )


def share(part: int, of: int) -> str:
    return f"{part:3d} ({100 * part / of:5.1f} %)"


def found_and_missed(trials: int) -> dict[float, dict[str, Counter[str]]]:
    """burst → condition → outcomes."""
    return {
        burst: {name: Counter(touch_down(name, k, burst) for k in range(trials)) for name in CONDITIONS}
        for burst in BURSTS
    }


def confusion(by_burst: dict[float, dict[str, Counter[str]]], trials: int) -> None:
    for burst in (1.0, 0.5):
        print(f"Trials that end in a touch-down, impact × {burst:g} (found: within {CLOSE_S:g} s):")
        print(f"  {'condition':12s} {'trials':>6s}" + "".join(f" {name:>14s}" for name in OUTCOMES))
        for name, outcomes in by_burst[burst].items():
            print(f"  {name:12s} {trials:6d}" + "".join(f" {share(outcomes[one], trials):>14s}" for one in OUTCOMES))


def curve(by_burst: dict[float, dict[str, Counter[str]]], trials: int) -> None:
    print("Share found, by size of the impact:")
    print(f"  {'× impact':>8s}" + "".join(f" {name:>12s}" for name in CONDITIONS) + f" {'all':>8s}")
    for burst, by_condition in by_burst.items():
        found = [by_condition[name]["found"] for name in CONDITIONS]
        shares = "".join(f" {100 * one / trials:10.1f} %" for one in found)
        print(f"  {burst:8.2f}{shares} {100 * sum(found) / trials / len(found):6.1f} %")
    print(f"  the rule suspects an impact above {LIMITS.impact_g:g} g")


def false_ones(trials: int) -> None:
    print("Trials without a touch-down:")
    columns = f"  {'condition':12s} {'hops':>4s} {'trials':>6s} {'minutes':>8s} {'suspected':>9s} {'false':>5s}"
    print(f"{columns} {'per 10 min':>10s} {'hops found':>14s} {'false hops':>10s} {'others':>6s}")
    for hops in (0, 3):
        for name in CONDITIONS:
            total: Counter[str] = sum((reaches_target(name, k, hops) for k in range(trials)), Counter())
            minutes, wrong = total["ms"] / 60_000, total["touch_downs"]
            hopped = share(total["hops"], hops * trials) if hops else "–"
            print(
                f"  {name:12s} {hops:4d} {trials:6d} {minutes:8.1f} {total['suspected']:9d} {wrong:5d}"
                f" {wrong / minutes * 10:10.2f} {hopped:>14s} {total['false_hops']:10d} {total['others']:6d}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description="How often touch-downs are found, missed or made up (simulation).")
    parser.add_argument("--trials", type=int, default=60, metavar="N", help="trials of each kind and condition (60)")
    trials = parser.parse_args().trials
    if trials < 1:
        parser.error("at least one trial")
    before = time.perf_counter()
    by_burst = found_and_missed(trials)
    confusion(by_burst, trials)
    curve(by_burst, trials)
    false_ones(trials)
    print(f"Python {sys.version.split()[0]}, numpy {np.__version__}; {time.perf_counter() - before:.0f} s")


if __name__ == "__main__":
    main()
