"""What the sway numbers cost, and whose numbers agree with ours on the same input. Run it; nothing is asserted.

    python benchmarks/sway.py

The peers come with `pip install -e '.[bench]'`; one that is not installed is skipped with a line that says so. Goals
are printed beside the figures, and `sosfiltfilt` alone on the same signal is the yardstick of the machine.

micromotion is GPL-3 and therefore not in the extra, and nothing of it is in this repository. To compare with it, make
an environment of its own (`python -m venv apart`, then `apart/bin/pip install . micromotion`) and run
`apart/bin/python benchmarks/sway.py --with-micromotion`; without the flag it is not even looked for.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np
from scipy.signal import butter, detrend, sosfiltfilt, welch

from surefoot import advanced, spectrum
from surefoot.samples import Array
from surefoot.simulate.stance import STANCE_PRESETS, STEP_S, lean
from surefoot.sway import CUTOFF_HZ, Sway, SwayMeter, measure

RATE_HZ = 100.0
HEIGHT_M = 0.95  # the waist
NOISE_MS2 = 0.01  # of the simulated sensor
REPEATS = 101
SLOW_REPEATS = 11  # for what takes tens of milliseconds


@dataclass
class Report:
    """What one peer gave: rows of times, and rows of ours beside theirs with the reason of a difference."""

    times: list[tuple[str, float]] = field(default_factory=list)
    values: list[tuple[str, str, float, float, str]] = field(default_factory=list)


def one_leg(duration_s: float) -> Array:
    """(n, 2) horizontal acceleration [AP, ML] of a simulated one-leg stance at 100 Hz."""
    every = round(1 / RATE_HZ / STEP_S)
    rng = np.random.default_rng(1)
    force = lean(STANCE_PRESETS["one_eo_firm"], round(duration_s * RATE_HZ) * every, rng).force(HEIGHT_M)
    planar = force[::every, :2]
    return planar + NOISE_MS2 * rng.standard_normal(planar.shape)


def median_ms(*works: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """Median wall times in ms; several works take turns, so that a slow moment of the machine meets all of them."""
    times = np.empty((repeats, len(works)))
    for work in works:
        work()  # compiles, imports, fills caches
    for turn in times:
        for k, work in enumerate(works):
            before = time.perf_counter()
            work()
            turn[k] = time.perf_counter() - before
    middle: list[float] = (np.median(times, axis=0) * 1000).tolist()
    return middle


def final_value(duration_s: float) -> None:
    planar = one_leg(duration_s)
    sos = butter(2, CUTOFF_HZ, fs=RATE_HZ, output="sos")
    ours, filter_alone = median_ms(
        lambda: measure(planar, RATE_HZ),
        lambda: sosfiltfilt(sos, planar, axis=0, padlen=round(RATE_HZ)),
    )
    print(
        f"  {duration_s:g} s: {ours:.2f} ms, the filter {filter_alone:.2f} ms, {ours / filter_alone:.1f} × (goal: 4 ×)"
    )


def live_values() -> None:
    print("SwayMeter.update, per sample (goal: 2 µs):")
    planar = one_leg(30)
    for block_n in (1, 4, 10, 36):
        blocks = [planar[k : k + block_n] for k in range(0, len(planar), block_n)]

        def feed(blocks: list[Array] = blocks) -> None:
            meter = SwayMeter(RATE_HZ)
            for block in blocks:
                meter.update(block)

        (ms,) = median_ms(feed, repeats=SLOW_REPEATS)
        print(f"  blocks of {block_n:2d}: {ms * 1000 / len(planar):.2f} µs")


# ------------------------------------------------------------------------------------------------ peers


def library(name: str) -> ModuleType | None:
    """The library, or None when it is not there."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as e:
        if (e.name or "").partition(".")[0] != name.partition(".")[0]:
            raise  # the library is there, but something that it needs is not
        return None


def known(value: float | None) -> float:
    """A number for the table; missing ones print as nan."""
    return math.nan if value is None else value


def main_axis(planar: Array) -> Array:
    """(n,) along the first principal axis."""
    u = planar - planar.mean(axis=0)
    along: Array = u @ np.linalg.eigh(u.T @ u)[1][:, -1]
    return along


def slower(x: Array) -> Array:
    """At the rate of our entropy; contiguous, as compiled peers want it."""
    return np.ascontiguousarray(x[:: round(RATE_HZ / advanced.ENTROPY_HZ)])


def straightened(x: Array) -> Array:
    """(k, n) without the straight line of each row."""
    return np.asarray(detrend(x), dtype=np.float64)


def box_sizes(n: int) -> list[int]:
    """The boxes of our DFA."""
    sizes = np.geomspace(advanced.DFA_SHORTEST_S * RATE_HZ, n * advanced.DFA_LARGEST_SHARE, 16)
    found: list[int] = np.unique(np.rint(sizes).astype(int)).tolist()
    return found


def openbalance(planar: Array, report: Report) -> None:
    filters = importlib.import_module("openbalance.processing.filters")
    kinematics = importlib.import_module("openbalance.processing.kinematics")
    trial_of = importlib.import_module("openbalance.core.trial").Trial

    def theirs(cutoff_hz: float | None) -> dict[str, float]:
        trial = trial_of(planar, RATE_HZ, ["x", "y"])
        x = planar if cutoff_hz is None else filters.apply_lowpass_filter(trial, cutoff_hz, 2).filtered_data
        trial.parameters.update(COP_x=x[:, 0], COP_y=x[:, 1])
        kinematics.calculate_path_length(trial)
        kinematics.calculate_sway_areas(trial)
        found: dict[str, float] = trial.parameters
        return found

    (ms,) = median_ms(lambda: theirs(CUTOFF_HZ))
    report.times.append(("openbalance: filter, path, hull, ellipse, circle", ms))
    circle = "SD of the distance with N − 1, ours with N"
    edges = "its filter pads 9 samples, ours 1 s"
    for cutoff_hz, label, why in ((None, "", ""), (CUTOFF_HZ, ", filtered", edges)):
        ours, peer = measure(planar, RATE_HZ, cutoff_hz), theirs(cutoff_hz)
        rows: list[tuple[str, float | None, str, str]] = [
            ("path", ours.path_h_ms2, "Path_Length", why),
            ("hull", ours.hull_m2s4, "Area_Hull", why),
            ("95 % ellipse", ours.ellipse95_m2s4, "Area_Ellipse", why),
            ("95 % circle", ours.circle95_m2s4, "Area_Circle", why or circle),
        ]
        for name, value, key, reason in rows:
            report.values.append((name + label, "openbalance", known(value), float(peer[key]), reason))


def antropy(planar: Array, report: Report) -> None:
    lib = importlib.import_module("antropy")
    x = main_axis(planar)
    slow = slower(x)
    tight, fast, dfa = median_ms(
        lambda: lib.sample_entropy(slow, order=2),
        lambda: lib.sample_entropy(x, order=2),
        lambda: lib.detrended_fluctuation(x),
        repeats=SLOW_REPEATS,
    )
    report.times += [
        ("antropy: sample entropy at 25 Hz", tight),
        ("antropy: sample entropy at 100 Hz", fast),
        ("antropy: DFA", dfa),
    ]
    ours, theirs = known(advanced.sample_entropy(slow)), float(lib.sample_entropy(slow, order=2))
    report.values.append(("sample entropy, 25 Hz", "antropy", ours, theirs, "SD with N, ours with N − 1"))
    theirs = float(lib.detrended_fluctuation(x))
    report.values.append(
        ("DFA α", "antropy", advanced.dfa(x, RATE_HZ), theirs, "boxes from 4 samples on, ours from 0.5 s")
    )


def neurokit2(planar: Array, report: Report) -> None:
    lib = importlib.import_module("neurokit2")
    x = main_axis(planar)
    slow = slower(x)
    sizes = box_sizes(len(x))

    def entropy(of: Array) -> float:
        return float(lib.entropy_sample(of, dimension=2, tolerance="sd")[0])

    tight, fast, usual, same = median_ms(
        lambda: entropy(slow),
        lambda: entropy(x),
        lambda: lib.fractal_dfa(x),
        lambda: lib.fractal_dfa(x, scale=sizes, overlap=False),
        repeats=SLOW_REPEATS,
    )
    report.times += [
        ("neurokit2: sample entropy at 25 Hz", tight),
        ("neurokit2: sample entropy at 100 Hz", fast),
        ("neurokit2: DFA", usual),
        ("neurokit2: DFA with our boxes", same),
    ]
    ours = advanced.dfa(x, RATE_HZ)
    report.values += [
        ("sample entropy, 25 Hz", "neurokit2", known(advanced.sample_entropy(slow)), entropy(slow), ""),
        ("DFA α", "neurokit2", ours, float(lib.fractal_dfa(x)[0]), "boxes from 10 samples on, overlapping"),
        ("DFA α, our boxes", "neurokit2", ours, float(lib.fractal_dfa(x, scale=sizes, overlap=False)[0]), ""),
    ]


def scipy_welch(planar: Array, report: Report) -> None:
    """The spectrum against scipy's, which surefoot brings along anyway."""
    x = main_axis(planar)
    n = round(spectrum.SEGMENT_S * RATE_HZ)

    def theirs() -> tuple[Array, Array]:
        f, p = welch(x, RATE_HZ, "hann", n, n // 2, detrend=straightened)
        return np.asarray(f), np.asarray(p)

    ms, mine = median_ms(theirs, lambda: spectrum.density(x, RATE_HZ))
    report.times += [("scipy.signal.welch", ms), ("surefoot.spectrum.density, the same", mine)]
    f, p = theirs()
    band = (f >= spectrum.LOWEST_HZ - 1e-9) & (f <= spectrum.HIGHEST_HZ + 1e-9)
    ours = spectrum.describe(x, RATE_HZ, None)
    assert ours is not None
    power = float(p[band].sum() * (f[1] - f[0]))
    mean_hz = float((f[band] @ p[band]) / p[band].sum())
    report.values.append(("power, 0.15–5 Hz", "scipy.welch", ours.power, power, ""))
    reason = "centroidal √(m2/m0) against the mean m1/m0: two metrics"
    report.values.append(("spectral frequency", "scipy.welch", ours.cfreq_hz, mean_hz, reason))


def micromotion(planar: Array, report: Report) -> None:
    balance = importlib.import_module("micromotion.balance")
    x, xy = main_axis(planar), planar[:, ::-1]  # its columns are ML, AP
    slow = slower(x)
    basic, entropy, dfa = median_ms(
        lambda: (balance.cop_sway_metrics(xy, fs=RATE_HZ), balance.convex_hull_area(xy)),
        lambda: balance.sample_entropy(slow),
        lambda: balance.dfa(x),
        repeats=SLOW_REPEATS,
    )
    report.times += [
        ("micromotion: path, ranges, ellipse, hull, frequency", basic),
        ("micromotion: sample entropy at 25 Hz", entropy),
        ("micromotion: DFA", dfa),
    ]
    ours, theirs = measure(planar, RATE_HZ, None), balance.cop_sway_metrics(xy, fs=RATE_HZ)
    rows: list[tuple[str, float | None, float, str]] = [
        ("path", ours.path_h_ms2, theirs["path_len"], ""),
        ("path rate", ours.path_rate_h_ms3, theirs["path_rate"], ""),
        ("hull", ours.hull_m2s4, balance.convex_hull_area(xy), ""),
        ("95 % ellipse", ours.ellipse95_m2s4, theirs["area95"], ""),
        ("range ML", ours.range_ml_ms2, theirs["ml_range"], ""),
        ("mean frequency", ours.mfreq_h_hz, theirs["mf_mean"], "path form against the mean of a spectrum: two metrics"),
        ("sample entropy, 25 Hz", advanced.sample_entropy(slow), balance.sample_entropy(slow), "SD with N"),
        ("DFA α", advanced.dfa(x, RATE_HZ), balance.dfa(x), "boxes from 10 samples on, ours from 0.5 s"),
    ]
    report.values += [(name, "micromotion", known(value), float(peer), why) for name, value, peer, why in rows]


def own_entropies(planar: Array, report: Report) -> None:
    x = main_axis(planar)
    slow = slower(x)
    entropy, dfa = median_ms(
        lambda: advanced.sample_entropy(slow), lambda: advanced.dfa(x, RATE_HZ), repeats=SLOW_REPEATS
    )
    report.times += [("surefoot: sample entropy at 25 Hz", entropy), ("surefoot: DFA", dfa)]


def own_set(planar: Array, report: Report) -> None:
    def found() -> Sway:
        return measure(planar, RATE_HZ)

    (ms,) = median_ms(found)
    report.times.append(("surefoot: filter, the whole default set", ms))


PEERS: dict[str, Callable[[Array, Report], None]] = {
    "openbalance": openbalance,
    "antropy": antropy,
    "neurokit2": neurokit2,
}


def peers(with_micromotion: bool) -> None:
    planar = one_leg(60)
    report = Report()
    own_set(planar, report)
    own_entropies(planar, report)
    scipy_welch(planar, report)
    print("Peers on the same 60 s:")
    for name, compare in PEERS.items():
        if library(name) is None:
            print(f"  {name}: not installed: pip install -e '.[bench]'")
            continue
        print(f"  {name} {importlib.metadata.version(name)}")
        compare(planar, report)
    if with_micromotion:
        if library("micromotion") is None:
            print("  micromotion: not installed; this file's first lines tell how to compare")
        else:
            print(f"  micromotion {importlib.metadata.version('micromotion')}")
            micromotion(planar, report)
    print("Median time:")
    for name, ms in report.times:
        print(f"  {name:50s} {ms:9.2f} ms")
    print("Whose numbers agree, the same unfiltered input unless the row says filtered; ratio = theirs / ours:")
    print(f"  {'metric':24s} {'peer':12s} {'ours':>12s} {'theirs':>12s} {'ratio':>9s}  where they differ")
    for name, peer, ours, theirs, why in report.values:
        print(f"  {name:24s} {peer:12s} {ours:12.6g} {theirs:12.6g} {theirs / ours:9.5f}  {why}".rstrip())


def main() -> None:
    parser = argparse.ArgumentParser(description="What the sway numbers cost, and whose numbers agree with ours.")
    parser.add_argument(
        "--with-micromotion", action="store_true", help="compare with micromotion (GPL-3) if it is here"
    )
    args = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, numpy {np.__version__}, {os.cpu_count()} cores")
    print("surefoot.sway.measure, the whole default set with filter and spectrum, beside sosfiltfilt alone:")
    final_value(30)
    final_value(60)
    live_values()
    peers(args.with_micromotion)


if __name__ == "__main__":
    main()
