"""One landing against closed forms; settling; speed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from surefoot.landing import EARLY_S, LIMITS, MEASURED, Landing, band_power, measure, settle, speed
from surefoot.samples import G0_MS2, Array


def half_sine(rate_hz: float, flight_s: float, stop_s: float) -> tuple[Array, float]:
    """0 g for `flight_s`, then A = 1 + a·sin(π(t − tc)/Tc) with the momentum of the fall; vertical on one axis."""
    v = G0_MS2 * flight_s / 2
    a = math.pi * v / (2 * G0_MS2 * stop_s)
    n = round(1.6 * rate_hz)
    t = np.arange(n) / rate_hz - 0.7
    size = np.ones(n)
    size[(t >= -flight_s) & (t < 0)] = 0
    size[(t >= 0) & (t < stop_s)] = 1 + a * np.sin(np.pi * t[(t >= 0) & (t < stop_s)] / stop_s)
    return np.outer(size, [0, 0, G0_MS2]), v


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 208.0, 1000.0])
@pytest.mark.parametrize(
    ("stop_s", "tau_ms", "within"), [(0.10, 63.66, 0.02), (0.16, 101.86, 0.015), (0.06, 38.2, 0.12)]
)
def test_the_closed_form_landing(rate_hz: float, stop_s: float, tau_ms: float, within: float) -> None:
    # τ = 2·Tc/π exactly. The 20 Hz low-pass bites into the shortest one (0.12); at 50 Hz three samples of a 60 ms
    # impact miss up to 13 % of its peak, and of a 100 ms one up to 5 %
    within = {0.10: 0.05, 0.16: 0.02, 0.06: 0.18}[stop_s] if rate_hz == 50 else within
    acc, v = half_sine(rate_hz, 0.40, stop_s)
    found = measure(acc, rate_hz, 0.7 * rate_hz, v, "waist")
    assert found.tau_ms == pytest.approx(tau_ms, rel=within)
    assert found.time_to_peak_ms == pytest.approx(500 * stop_s, abs=1000 / rate_hz + 3)
    assert found.stop_cm == pytest.approx(100 * v * (found.tau_ms or 0) / 2000, rel=1e-9)
    assert found.momentum_ratio == pytest.approx(1.0, abs=0.04 if rate_hz > 50 else 0.1)
    assert found.net_peak_ms2 is not None
    assert found.smooth_peak_g == pytest.approx(1 + found.net_peak_ms2 / G0_MS2, rel=1e-9)
    assert found.smooth_peak_g == pytest.approx(1 + math.pi * v / (2 * G0_MS2 * stop_s), rel=within)
    assert found.jerk20_gs is not None
    steepest_gs = math.pi / stop_s * math.pi * v / (2 * G0_MS2 * stop_s)  # of the half-sine, at contact
    assert 0.5 * steepest_gs < found.jerk20_gs < 2 * steepest_gs


@pytest.mark.parametrize("rate_hz", [56.0, 100.0, 416.0])
def test_the_band_power_of_a_sine_is_half_its_square_inside_the_band_only(rate_hz: float) -> None:
    t = np.arange(round(0.3 * rate_hz)) / rate_hz
    for phase in (0.0, 0.7, 1.4):
        assert band_power(5 + 2 * np.sin(2 * np.pi * 15 * t + phase), rate_hz, 8, 25) == pytest.approx(2.0, rel=0.12)
        assert band_power(5 + 2 * np.sin(2 * np.pi * 1.7 * t + phase), rate_hz, 8, 25) < 0.2
        if rate_hz > 80:
            assert band_power(5 + 2 * np.sin(2 * np.pi * 35 * t + phase), rate_hz, 8, 25) < 0.2
    longer = np.arange(round(20 * rate_hz)) / rate_hz
    assert band_power(2 * np.sin(2 * np.pi * 15 * longer), rate_hz, 8, 25) == pytest.approx(2.0, rel=0.01)
    assert band_power(2 * np.sin(2 * np.pi * 6 * longer), rate_hz, 8, 25) < 0.01


def test_impact_power_tells_hard_from_soft_at_any_rate() -> None:
    power = {}
    for rate_hz in (100.0, 200.0, 1000.0):
        for stop_s in (0.06, 0.10, 0.16):
            acc, v = half_sine(rate_hz, 0.4, stop_s)
            power[rate_hz, stop_s] = measure(acc, rate_hz, 0.7 * rate_hz, v, "waist").impact_power_g2 or 0.0
        assert power[rate_hz, 0.06] > 2 * power[rate_hz, 0.10] > 4 * power[rate_hz, 0.16]
    for stop_s in (0.06, 0.10, 0.16):
        assert power[200.0, stop_s] == pytest.approx(power[1000.0, stop_s], rel=0.1)


@pytest.mark.parametrize("rate_hz", [56.0, 100.0, 104.0, 416.0])
def test_impact_power_does_not_jump_when_the_contact_moves_over_a_sample(rate_hz: float) -> None:
    acc, v = half_sine(rate_hz, 0.4, 0.1)
    powers = []
    for edge_s in (LIMITS.power_from_s, LIMITS.power_to_s):  # contacts that lay an edge of the window on a sample
        on_a_sample = math.floor((0.7 + edge_s) * rate_hz) - edge_s * rate_hz
        for shift in (-0.5, 0.0):  # on it, and between two of them
            powers += [
                measure(acc, rate_hz, on_a_sample + shift + tiny, v, "waist").impact_power_g2
                for tiny in (-0.001, 0.001)  # of a sample: stamps are that uncertain
            ]
    for before, after in zip(powers[::2], powers[1::2], strict=True):
        assert after == pytest.approx(before, rel=1e-3)


@pytest.mark.parametrize("rate_hz", [56.0, 104.0, 416.0])
def test_the_band_power_does_not_jump_with_the_rate(rate_hz: float) -> None:
    acc, v = half_sine(rate_hz, 0.4, 0.1)
    powers = [measure(acc, rate_hz + tiny, 0.71 * rate_hz, v, "waist").impact_power_g2 for tiny in (-1e-6, 0.0, 1e-6)]
    assert powers == pytest.approx([powers[1]] * 3, rel=1e-6)


def test_the_impact_band_needs_its_rate() -> None:
    acc, v = half_sine(50.0, 0.4, 0.1)
    found = measure(acc, 50.0, 35.0, v, "waist")
    assert found.impact_power_g2 is None
    assert found.missing == {"impact_power_g2": "low_rate"}


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 416.0])
def test_a_window_that_ends_350_ms_after_contact_reads_the_same(rate_hz: float) -> None:
    acc, v = half_sine(rate_hz, 0.4, 0.1)
    whole = measure(acc, rate_hz, 0.7 * rate_hz, v, "waist")
    early = measure(acc[: round((0.7 + EARLY_S) * rate_hz)], rate_hz, 0.7 * rate_hz, v, "waist")
    for name in set(MEASURED) - set(whole.missing):
        assert getattr(early, name) == pytest.approx(getattr(whole, name), rel=1e-3), name
    assert early.missing == whole.missing


def test_every_measured_field_is_none_with_its_reason_where_nothing_can_be_measured() -> None:
    acc, v = half_sine(20.0, 0.4, 0.1)
    found = measure(acc, 20.0, 14.0, v, "waist")
    assert found.missing == dict.fromkeys(MEASURED, "low_rate")
    assert all(getattr(found, name) is None for name in MEASURED)
    assert set(MEASURED) <= set(Landing.__slots__)


def test_the_raw_peak_depends_on_the_height_and_tau_does_not() -> None:
    slow, fast = half_sine(200.0, 0.2, 0.1), half_sine(200.0, 0.4, 0.1)
    low = measure(slow[0], 200.0, 140.0, slow[1], "waist")
    high = measure(fast[0], 200.0, 140.0, fast[1], "waist")
    assert high.peak_g is not None
    assert low.peak_g is not None
    assert high.peak_g - 1 == pytest.approx(2 * (low.peak_g - 1), rel=0.01)
    assert high.tau_ms == pytest.approx(low.tau_ms, rel=0.001)


def test_flags_name_what_is_wrong() -> None:
    acc, v = half_sine(200.0, 0.4, 0.06)
    assert "clipped" in measure(acc, 200.0, 140.0, v, "waist", range_ms2=4 * G0_MS2).flags
    assert "low_rate" in measure(half_sine(50.0, 0.4, 0.1)[0], 50.0, 35.0, v, "waist").flags
    assert "low_rate" in measure(half_sine(100.0, 0.4, 0.1)[0], 100.0, 70.0, v, "shank").flags
    assert "momentum" in measure(acc, 200.0, 140.0, 2 * v, "waist").flags
    assert measure(acc, 200.0, 140.0, v, "waist", range_ms2=16 * G0_MS2).flags == ()


def test_without_speed_or_impact_there_is_a_reason() -> None:
    acc, v = half_sine(200.0, 0.4, 0.1)
    assert measure(acc, 200.0, 140.0, None, "waist").missing["tau_ms"] == "no_flight"
    flat = np.tile([0, 0, 0.9 * G0_MS2], (320, 1))
    assert measure(flat, 200.0, 140.0, v, "waist").missing["tau_ms"] == "no_impact"
    pushed = acc.copy()
    pushed[140:] *= 1.5  # what follows the contact stops twice the fall and more
    assert (measure(pushed, 200.0, 140.0, v, "waist").momentum_ratio or 0) > 1.5
    short = measure(acc[:141], 200.0, 140.0, v, "waist")
    assert set(short.missing.values()) == {"low_rate"}


@pytest.mark.parametrize(
    ("flight_s", "height_cm", "jumped", "v", "origin", "doubtful"),
    [
        (0.40, None, True, 1.961, "flight", False),
        (0.202, 20.0, False, 1.981, "box", False),
        (0.202, 40.0, False, 1.981, "fall", True),  # √(2g·0.4) = 2.80: 29 % off
        (0.202, None, False, 1.981, "fall", False),
        (None, 20.0, False, 1.981, "box", True),
        (None, None, True, None, None, True),
    ],
)
def test_where_the_speed_comes_from(
    flight_s: float | None, height_cm: float | None, jumped: bool, v: float | None, origin: str | None, doubtful: bool
) -> None:
    mps, where, doubted = speed(flight_s, height_cm, jumped)
    assert mps == (None if v is None else pytest.approx(v, rel=1e-3))
    assert (where, doubted) == (origin, doubtful)


def test_settling_is_the_first_second_of_quiet() -> None:
    u = np.arange(800) / 100
    a = np.ones(800)
    a[:60] = 1.5  # loud until 0.6 s: windows that end after it are quiet from 0.6 s on
    assert settle(a, u)[0] == pytest.approx(0.6, abs=0.011)
    a[120:130] = 1.5  # a step at 1.2 s: no second of quiet before it
    assert settle(a, u)[0] == pytest.approx(1.3, abs=0.011)
    assert settle(a, u, quiet_rms_g=1.0)[0] == 0.0  # a restless person's own limit
    assert settle(np.full(800, 1.2), u)[0] is None


def test_quiet_that_ends_is_known_to_be_over() -> None:
    u = np.arange(800) / 100
    a = np.ones(800)
    a[200:210] = 1.5
    settle_s, lasts_s, over = settle(a, u)
    assert (settle_s, over) == (0.0, True)
    assert 1.7 < lasts_s < 2.0
    settle_s, lasts_s, over = settle(a[:150], u[:150])
    assert (settle_s, over) == (0.0, False)
    assert lasts_s == pytest.approx(1.24, abs=0.02)
