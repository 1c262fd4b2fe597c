"""One landing, measured from |specific force|: definitions and results.

A = |a|/g: 1 at rest, about 0 in flight. Ã is A behind a zero-phase low-pass (20 Hz at waist and chest, 60 Hz at the
shank). With the impact speed v, the net peak P = max(Ã − 1)·g gives tau = v/P: how long the body took to stop, which a
spring-damper leg makes independent of the height of the fall. One accelerometer tells no forces; none are given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from surefoot.filters import zero_phase
from surefoot.frame import clipped_axes
from surefoot.samples import G0_MS2, Array

BEFORE_S: Final = 0.5  # samples before contact that the low-pass sees
AFTER_S: Final = 0.6  # and after it; the momentum integral ends here too
EARLY_S: Final = 0.35  # the same for the provisional result: the peak window is over, the low-pass sees 50 ms beyond it


@dataclass(frozen=True, slots=True)
class LandingLimits:
    """Windows and limits of the landing chapter; thresholds rest on few real landings and are provisional."""

    peak_from_s: float = -0.010  # contact by interpolation may come late by a sample
    peak_to_s: float = 0.300
    shank_peak_to_s: float = 0.150
    cutoff_hz: float = 20.0
    shank_cutoff_hz: float = 60.0
    cutoff_share: float = 0.45  # of the rate, at most
    low_rate_hz: float = 100.0
    shank_low_rate_hz: float = 200.0
    lowest_rate_hz: float = 25.0
    momentum: float = 0.8  # below: saturated, late contact, or fell forward
    push: float = (
        2.2  # above: a take-off; real landings 1.18…1.35, simulated ones up to 2.0, dips before a hop from 2.9
    )
    power_from_s: float = (
        -0.050
    )  # of the impact-band power: from flight, so that no edge lies on the flank of the impact
    power_to_s: float = 0.250  # 0.3 s in all, the shortest that resolves 8 Hz; whole in a provisional window too
    power_from_hz: float = 8.0
    power_to_hz: float = 25.0
    gap_periods: float = 1.8  # sampling periods: at least one sample is missing
    gap_from_s: float = -0.050
    gap_to_s: float = 0.300
    still_g: float = 0.05  # RMS of A − 1 that counts as settled
    still_factor: float = 3.0  # or this many times the person's own quiet RMS
    still_window_s: float = 0.25
    settle_hold_s: float = 1.0
    stick_hold_s: float = 2.0
    settle_within_s: float = 5.0


LIMITS = LandingLimits()


@dataclass(frozen=True, slots=True)
class Landing:
    """Measured results of one landing; None with the reason in `missing`. Units are in the names.

    `contact_s`: initial contact on the session clock; `flight_s`: time below 0.5 g less its bias; `speed_from`: box
    (height entered), flight (jump) or fall (drop without height); `peak_g`: largest raw A within 250 ms;
    `smooth_peak_g`: largest Ã, from which `net_peak_ms2` P, `tau_ms` v/P, `stop_cm` v²/2P "as if you stopped in";
    `stop50_frac`: share of the momentum stopped in 50 ms; `momentum_ratio`: largest ∫(A−1)g dt / v; `jerk20_gs`:
    steepest rise of Ã from contact to its peak; `impact_power_g2`: mean square of A between 8 and 25 Hz over the 0.3 s
    around the impact. The last two compare landings of one device at one place only.
    Flags: clipped, low_rate, gap, v_uncertain, momentum, no_stick.
    """

    contact_s: float
    flight_s: float | None = None
    impact_speed_mps: float | None = None
    speed_from: str | None = None
    peak_g: float | None = None
    smooth_peak_g: float | None = None
    net_peak_ms2: float | None = None
    time_to_peak_ms: float | None = None
    tau_ms: float | None = None
    stop_cm: float | None = None
    stop50_frac: float | None = None
    momentum_ratio: float | None = None
    jerk20_gs: float | None = None
    impact_power_g2: float | None = None
    flags: tuple[str, ...] = ()
    missing: dict[str, str] = field(default_factory=dict)


def size_g(acc: Array) -> Array:
    """(n,) A of (n, 3) m/s²."""
    size: Array = np.sqrt(np.einsum("ij,ij->i", acc, acc)) / G0_MS2
    return size


def measure(
    acc_ms2: Array,
    rate_hz: float,
    contact_n: float,
    impact_speed_mps: float | None,
    placement: str,
    *,
    contact_s: float = 0.0,
    range_ms2: float | None = None,
) -> Landing:
    """One landing from an evenly sampled window around it.

    Args:
        acc_ms2: (n, 3) m/s² with gravity, any axes; from about 0.5 s before to 0.6 s after contact.
        rate_hz: samples a second.
        contact_n: initial contact in samples from the first row; fractions count.
        impact_speed_mps: speed at contact, or None when nothing tells it.
        placement: where the sensor sits; it chooses filter and window.
        contact_s: session time of the contact, passed through.
        range_ms2: full scale of one axis, or None to find clipping from repeated extremes.
    """
    shank = placement == "shank"
    a = size_g(acc_ms2)
    u = (np.arange(len(a), dtype=np.float64) - contact_n) / rate_hz  # time since contact
    flags: list[str] = []
    if rate_hz < (LIMITS.shank_low_rate_hz if shank else LIMITS.low_rate_hz) * 0.98:
        flags.append("low_rate")
    peak_to_s = LIMITS.shank_peak_to_s if shank else LIMITS.peak_to_s
    hit = (u >= LIMITS.peak_from_s) & (u <= peak_to_s)
    near = (u >= 0) & (u <= 0.25)
    if hit.sum() < 3 or not near.any() or rate_hz < LIMITS.lowest_rate_hz:
        missing = dict.fromkeys(MEASURED, "low_rate")
        return Landing(contact_s, impact_speed_mps=impact_speed_mps, flags=tuple(flags), missing=missing)
    if any(clipped_axes(acc_ms2[hit], range_ms2)):
        flags.append("clipped")
    cutoff_hz = min(LIMITS.shank_cutoff_hz if shank else LIMITS.cutoff_hz, LIMITS.cutoff_share * rate_hz)
    smooth = zero_phase(a, cutoff_hz, rate_hz)
    top = int(np.flatnonzero(hit)[np.argmax(smooth[hit])])
    net_peak_ms2 = (float(smooth[top]) - 1) * G0_MS2
    rise = smooth[(u >= 0) & (np.arange(len(a)) <= top)]
    result: dict[str, float] = {
        "peak_g": float(a[near].max()),
        "smooth_peak_g": float(smooth[top]),
        "net_peak_ms2": net_peak_ms2,
        "time_to_peak_ms": max(float(u[top]), 0.0) * 1000,
    }
    missing = {}
    if len(rise) >= 2:
        result["jerk20_gs"] = float(np.diff(rise).max()) * rate_hz
    else:
        missing["jerk20_gs"] = "low_rate"
    if LIMITS.power_to_hz <= LIMITS.cutoff_share * rate_hz:
        share = np.minimum(u + 0.5 / rate_hz, LIMITS.power_to_s) - np.maximum(u - 0.5 / rate_hz, LIMITS.power_from_s)
        share = np.clip(share * rate_hz, 0.0, 1.0)  # of each sample's period that lies in the window
        seen = share > 0
        result["impact_power_g2"] = band_power(a[seen], rate_hz, LIMITS.power_from_hz, LIMITS.power_to_hz, share[seen])
    else:
        missing["impact_power_g2"] = "low_rate"
    v = impact_speed_mps
    if v is None or v <= 0:
        missing |= dict.fromkeys(_FROM_SPEED, "no_flight")
    elif net_peak_ms2 <= 0:
        missing |= dict.fromkeys(_FROM_SPEED, "no_impact")
    else:
        stopped = _momentum(a, u) / v
        result |= {
            "tau_ms": 1000 * v / net_peak_ms2,
            "stop_cm": 100 * v * v / (2 * net_peak_ms2),
            "stop50_frac": float(np.interp(0.05, u[(u >= 0) & (u <= AFTER_S)], stopped)),
            "momentum_ratio": float(stopped.max()),
        }
        if result["momentum_ratio"] < LIMITS.momentum:
            flags.append("momentum")
    return Landing(contact_s, impact_speed_mps=v, flags=tuple(flags), missing=missing, **result)  # type: ignore[arg-type]


_FROM_SPEED: Final = ("tau_ms", "stop_cm", "stop50_frac", "momentum_ratio")
MEASURED: Final = (
    "peak_g", "smooth_peak_g", "net_peak_ms2", "time_to_peak_ms", "jerk20_gs", "impact_power_g2", *_FROM_SPEED
)  # fmt: skip


def band_power(x: Array, rate_hz: float, from_hz: float, to_hz: float, share: Array | None = None) -> float:
    """Mean square of (n,) samples between two frequencies, in the square of their unit.

    `share` (n,) 0…1: how much of each sample counts. A window whose edges cut samples then moves without jumps, so
    stamps that differ by microseconds do not change the result by the power of a whole sample.

    The spectrum without its mean, no taper, at frequencies of its own: on the grid of an FFT the edges of the band
    would jump from bin to bin with the rate, and a rate that is known by stamps of whole milliseconds always moves.
    After Shorten & Winslow 1992 (Int. J. Sport Biomech. 8), who split a running impact by frequency: 12 to 20 Hz at the
    shank, over the stance. Here it is A, the band is wider because the trunk is slower, and the time is fixed because
    the end of the contact is not seen.
    """
    counts = np.ones(len(x)) if share is None else share
    centered = counts * (x - np.average(x, weights=counts))
    bins_n = round((to_hz - from_hz) * max(8.0, 2 * len(x) / rate_hz))  # of 1/8 Hz, finer where the window is long
    width_hz = (to_hz - from_hz) / bins_n
    f = from_hz + width_hz * (np.arange(bins_n) + 0.5)
    turns = np.outer(f, np.arange(len(x)) / rate_hz)
    density = 2 * np.abs(np.exp(-2j * np.pi * turns) @ centered) ** 2 / (rate_hz * float(counts.sum()))
    return float(density.sum() * width_hz)


def _momentum(a: Array, u: Array) -> Array:
    """∫(A − 1)g dt from contact on, at each sample with u ≥ 0 up to 0.6 s (trapezoids)."""
    first = int(np.searchsorted(u, 0.0))
    last = int(np.searchsorted(u, AFTER_S, side="right"))
    at_contact = float(np.interp(0.0, u, a)) if first else float(a[0])
    x = np.concatenate([[0.0], u[first:last]])
    y = (np.concatenate([[at_contact], a[first:last]]) - 1) * G0_MS2
    return np.cumsum(np.diff(x) * (y[1:] + y[:-1]) / 2)


def speed(flight_s: float | None, height_cm: float | None, jumped: bool) -> tuple[float | None, str | None, bool]:
    """Impact speed in m/s, where it came from, and whether it is doubtful.

    A jump: half the flight. A drop: √(2gh) when the entered height and g·t agree within 20 %, else g·t.
    """
    if flight_s is None or flight_s <= 0:
        if height_cm and not jumped:
            return math.sqrt(2 * G0_MS2 * height_cm / 100), "box", True
        return None, None, True
    if jumped:
        return G0_MS2 * flight_s / 2, "flight", False
    fallen = G0_MS2 * flight_s
    if height_cm is None:
        return fallen, "fall", False
    box = math.sqrt(2 * G0_MS2 * height_cm / 100)
    return (box, "box", False) if abs(fallen / box - 1) <= 0.2 else (fallen, "fall", True)


def settle(a: Array, u: Array, quiet_rms_g: float = 0.0) -> tuple[float | None, float, bool]:
    """When the body came to rest after contact.

    Args:
        a: (n,) A.
        u: (n,) s since contact, from 0 on.
        quiet_rms_g: the person's own RMS of A − 1 in quiet stance.

    Returns:
        settle_s: first time from which every 0.25 s RMS window of A − 1 that starts within the next 1.0 s is below
        max(0.05 g, 3 × quiet), or None when there is none (yet) within 5 s; how long the quiet lasts as far as is
        known; and whether it is over.
    """
    limit = max(LIMITS.still_g, LIMITS.still_factor * quiet_rms_g)
    squares = np.concatenate([[0.0], np.cumsum((a - 1) ** 2)])
    ends = np.searchsorted(u, u + LIMITS.still_window_s - 1e-9)
    starts = np.flatnonzero(ends < len(u))
    if not len(starts):
        return None, 0.0, False
    rms = np.sqrt((squares[ends[starts]] - squares[starts]) / (ends[starts] - starts))
    loud = np.flatnonzero(rms >= limit).tolist()
    known_s = float(u[starts[-1]])
    for before, after in zip([-1, *loud], [*loud, None], strict=True):  # quiet runs lie between loud windows
        begin = before + 1
        if begin >= len(starts) or u[begin] > LIMITS.settle_within_s:
            break
        lasts_s = (known_s if after is None else float(u[after])) - float(u[begin])
        if lasts_s >= LIMITS.settle_hold_s - 1e-9:
            return float(u[begin]), lasts_s, after is not None
    return None, 0.0, False
