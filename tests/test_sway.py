"""The metric set on signals with known answers (100 Hz, unfiltered, m/s²), and its honesty about bad input."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot import simulate
from surefoot.samples import G0_MS2, Array
from surefoot.stance import measure_trial
from surefoot.sway import METRICS, RAW_ONLY, StreamingSway, Sway, SwayMeter, measure

FS = 100.0


def planar(ap: Array, ml: Array) -> Array:
    return np.column_stack([ap, ml])


def time(n: int) -> Array:
    return np.arange(n) / FS


def test_a_circle() -> None:
    r, f, n = 0.1, 0.5, 3000
    t = time(n)
    s = measure(planar(r * np.sin(2 * np.pi * f * t), r * np.cos(2 * np.pi * f * t)), FS, None)
    # 15 whole turns: every value is exact up to rounding, except the hull of a 200-cornered polygon
    assert s.rms_h_ms2 == pytest.approx(0.1, rel=1e-9)
    assert s.mdist_h_ms2 == pytest.approx(0.1, rel=1e-9)
    assert s.rms_ml_ms2 == pytest.approx(r / math.sqrt(2), rel=1e-9)
    assert s.path_h_ms2 == pytest.approx(9.421249, rel=1e-6)
    assert s.path_rate_h_ms3 == pytest.approx(0.3141463, rel=1e-6)
    assert s.range_h_ms2 == pytest.approx(0.2, rel=1e-9)
    assert s.ellipse95_m2s4 == pytest.approx(0.0941451, rel=1e-6)
    assert s.hull_m2s4 == pytest.approx(100 * r * r * math.sin(2 * math.pi / 200), rel=1e-9)
    assert s.jerk_rate_m2s6 == pytest.approx(0.0493440, rel=1e-6)
    assert s.mfreq_h_hz == pytest.approx(0.499979, rel=1e-6)
    assert s.circle95_m2s4 == pytest.approx(math.pi * r * r, rel=1e-6)
    assert s.area_rate_m2s5 == pytest.approx(0.0157054, rel=1e-5)
    assert s.axis_ratio == pytest.approx(1)
    assert s.axis_deg is None
    assert s.missing == {"axis_deg": "round"} | dict.fromkeys(RAW_ONLY, "raw_samples_needed")


def test_a_line() -> None:
    s = measure(planar(0.1 * np.sin(2 * np.pi * 0.5 * time(3001)), np.zeros(3001)), FS, None)
    assert s.path_h_ms2 == pytest.approx(6.0, rel=1e-9)
    assert s.path_rate_h_ms3 == pytest.approx(0.2, rel=1e-9)
    assert s.range_ap_ms2 == pytest.approx(0.2, rel=1e-9)
    assert s.range_h_ms2 == pytest.approx(0.2, rel=1e-9)
    assert s.rms_ap_ms2 == pytest.approx(0.0706990, rel=1e-5)
    assert s.rms_ml_ms2 == 0
    assert s.ellipse95_m2s4 == pytest.approx(0, abs=1e-12)
    assert s.hull_m2s4 == pytest.approx(0, abs=1e-12)
    assert s.mfreq_h_hz == pytest.approx(0.5, rel=2e-3)  # mdist of a sampled sine, not of the continuous one
    assert s.axis_deg == pytest.approx(90)
    assert s.axis_ratio == pytest.approx(0, abs=1e-6)


def test_a_sum_of_sines() -> None:
    t, pi2 = time(6000), 2 * np.pi
    ml = 0.05 * np.sin(pi2 * 0.3 * t) + 0.02 * np.sin(pi2 * 1.1 * t)
    ap = 0.08 * np.cos(pi2 * 0.2 * t) + 0.03 * np.cos(pi2 * 0.9 * t)
    s = measure(planar(ap, ml), FS, None)
    assert s.rms_ml_ms2 == pytest.approx(0.0380789, rel=1e-5)
    assert s.rms_ap_ms2 == pytest.approx(0.0604152, rel=1e-5)
    assert s.ellipse95_m2s4 == pytest.approx(0.0433098, rel=2e-4)  # N against N − 1
    assert s.jerk_rate_m2s6 == pytest.approx(0.016713, rel=1e-4)


def test_spectra_of_one_axis_with_whole_periods() -> None:
    t, pi2 = time(6000), 2 * np.pi
    ap = 0.8 * np.cos(pi2 * 0.2 * t) + 0.3 * np.cos(pi2 * 0.9 * t)
    s = measure(planar(ap, np.zeros(6000)), FS, None)
    # 20 s segments hold whole periods of both lines: the Hann window leaks one bin of 0.05 Hz to either side
    assert s.power_m2s4 == pytest.approx(0.365, rel=0.01)
    assert s.cfreq_hz == pytest.approx(0.36733, rel=0.02)
    assert s.freqd == pytest.approx(0.62651, rel=0.02)
    assert s.f50_hz == pytest.approx(0.2, abs=0.051)
    assert s.f95_hz == pytest.approx(0.9, abs=0.051)


def test_a_ramp() -> None:
    c, n = 0.01, 3001
    s = measure(planar(c * time(n), np.zeros(n)), FS, None)
    assert s.rms_ap_ms2 == pytest.approx(0.0866314, rel=1e-5)
    assert s.path_rate_h_ms3 == pytest.approx(c, rel=1e-9)
    assert s.drift_ap_ms2 == pytest.approx(c * 30.0, rel=1e-9)
    assert s.drift_ml_ms2 == 0
    assert s.jerk_rate_m2s6 == pytest.approx(c * c / 2, rel=1e-9)


def test_a_damped_pendulum() -> None:
    # x = A·e^(−t/τ)·sin ωt over 60 s: ∫x² and ∫x'² in closed form, the means are close to nothing
    a, tau, w, n = 0.2, 12.0, 2 * math.pi * 0.4, 6001
    t = time(n)
    s = measure(planar(a * np.exp(-t / tau) * np.sin(w * t), np.zeros(n)), FS, None)
    b, span = 1 / tau, 60.0
    fade = 1 - math.exp(-2 * b * span)  # 60 s hold whole periods, so the oscillating parts end where they began
    square = a * a / 4 * fade * (1 / b - b / (b * b + w * w))
    assert s.rms_h_ms2 == pytest.approx(math.sqrt(square / span), rel=2e-3)  # the mean, 0.6 % of A, is taken off
    slope2 = a * a * w * w / 4 * fade / b  # ∫x'² exactly: (b² + w²)·∫x² of the cosine and sine parts together
    assert s.jerk_m2s5 == pytest.approx(slope2 / 2, rel=5e-3)  # forward differences read 0.02 % low
    assert s.axis_deg == pytest.approx(90)


def test_white_noise() -> None:
    x = np.random.default_rng(5).normal(0, 0.02, (6000, 2))
    s = measure(x, FS, None)
    # tolerances: four SD of one draw, from the estimators' own spread
    assert s.rms_h_ms2 == pytest.approx(0.02828, rel=0.024)
    assert s.path_rate_h_ms3 == pytest.approx(3.545, rel=0.034)
    assert s.jerk_rate_m2s6 == pytest.approx(8.0, rel=0.068)
    assert s.ellipse95_m2s4 == pytest.approx(0.007529, rel=0.048)
    assert s.mdist_h_ms2 == pytest.approx(0.02507, rel=0.024)


def test_a_constant_has_no_motion_and_no_warning() -> None:
    s = measure(np.full((3000, 2), 0.3), FS, None)
    for name in ("rms_h_ms2", "path_h_ms2", "range_h_ms2", "ellipse95_m2s4", "hull_m2s4", "jerk_m2s5"):
        assert getattr(s, name) == 0
    assert s.missing["mfreq_h_hz"] == s.missing["axis_deg"] == s.missing["f50_hz"] == "no_motion"


@pytest.mark.parametrize("bad", [np.zeros((2, 2)), np.zeros((50, 3)), np.full((50, 2), np.nan), np.zeros(50)])
def test_what_is_no_signal_gives_none_with_a_reason(bad: Array) -> None:
    s = measure(bad, FS)
    assert {getattr(s, name) for name in METRICS} == {None}
    assert set(s.missing.values()) == {"bad_input"}


@given(seed=st.integers(0, 1000), n=st.integers(3, 400), scale=st.sampled_from([1e-6, 1.0, 1e3]))
def test_no_nan_ever_and_every_none_has_a_reason(seed: int, n: int, scale: float) -> None:
    s = measure(np.random.default_rng(seed).normal(0, scale, (n, 2)), FS)
    for name in METRICS:
        value = getattr(s, name)
        assert (value is None) == (name in s.missing)
        assert value is None or np.isfinite(value).all()


@given(angle=st.floats(0, 6.28), seed=st.integers(0, 50))
def test_planar_values_do_not_depend_on_the_heading(angle: float, seed: int) -> None:
    x = np.random.default_rng(seed).normal(0, 0.1, (2500, 2)) * [1.0, 0.4]
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    a, b = measure(x, FS), measure(x @ turn, FS)
    for name in ("rms_h_ms2", "path_h_ms2", "range_h_ms2", "ellipse95_m2s4", "hull_m2s4", "jerk_m2s5", "axis_ratio"):
        assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-8)


def test_the_hull_holds_every_point_and_its_corners_are_points() -> None:
    x = np.random.default_rng(7).normal(size=(500, 2))
    from scipy.spatial import ConvexHull

    assert measure(x, FS, None).hull_m2s4 == pytest.approx(ConvexHull(x - x.mean(axis=0)).volume, rel=1e-9)


# ------------------------------------------------------------------------------------------------ trials as sampled


def stance(rate_hz: float = 100.0, seconds: float = 30.0, seed: int = 1) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    t = np.arange(round(rate_hz * seconds)) / rate_hz
    h = [0.1 * np.sin(2 * np.pi * f * t + p) for f, p in ((0.4, 0.3), (0.7, 1.0))]
    acc = np.column_stack([h[0], h[1], np.full(len(t), G0_MS2)]) + rng.normal(0, 0.004, (len(t), 3))
    return t, acc


def trial(t: Array, acc: Array, rate_hz: float = 100.0, **options: object) -> Sway:
    return measure_trial(t, acc, 0.0, float(t[-1]) + 1 / rate_hz, rate_hz, **options)  # type: ignore[arg-type]


def test_a_mount_does_not_change_planar_values() -> None:
    t, acc = stance()
    a, b, c = np.radians([30, 10, -8])
    rz = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    ry = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    rx = np.array([[1, 0, 0], [0, np.cos(c), -np.sin(c)], [0, np.sin(c), np.cos(c)]])
    straight, turned = trial(t, acc), trial(t, acc @ (rz @ ry @ rx))
    for name in ("rms_h_ms2", "path_h_ms2", "ellipse95_m2s4", "jerk_m2s5"):
        assert getattr(turned, name) == pytest.approx(getattr(straight, name), rel=5e-4)


@pytest.mark.parametrize(("seconds", "reason"), [(9.9, "too_short"), (10.0, None)])
def test_ten_seconds_are_needed(seconds: float, reason: str | None) -> None:
    assert trial(*stance(seconds=seconds)).missing.get("rms_h_ms2") == reason


def test_a_known_heading_gives_the_axes_their_names() -> None:
    t = np.arange(3000) / 100
    rng = np.random.default_rng(3)
    ap, ml = 0.15 * np.sin(2 * np.pi * 0.4 * t), 0.06 * np.sin(2 * np.pi * 0.7 * t)
    body = np.column_stack([ap, ml, np.full(3000, G0_MS2)]) + rng.normal(0, 0.002, (3000, 3))
    yaw = math.radians(35)  # sensor x lies 35° to the right of forward, z up; (ML, AP, V) is right-handed
    forward = np.array([math.cos(yaw), math.sin(yaw), 0.0])
    right = np.cross(forward, [0, 0, 1.0])
    acc = body[:, :1] * forward + body[:, 1:2] * right + body[:, 2:] * np.array([0, 0, 1.0])
    found = trial(t, acc, forward=forward, upright=np.array([0, 0, 1.0]))
    assert found.rms_ap_ms2 == pytest.approx(0.15 / math.sqrt(2), rel=0.01)
    assert found.rms_ml_ms2 == pytest.approx(0.06 / math.sqrt(2), rel=0.02)
    assert found.axis_deg == pytest.approx(90, abs=1)
    assert "yaw_unknown" not in found.missing.values()
    nameless = trial(t, acc)
    assert nameless.rms_ap_ms2 is None
    assert nameless.rms_h_ms2 == pytest.approx(found.rms_h_ms2, rel=1e-6)


@pytest.mark.parametrize(("ap_deg", "ml_deg"), [(3.0, 0.0), (0.0, 3.0), (-2.0, 1.5)])
def test_lean_is_positive_forward_and_to_the_right(ap_deg: float, ml_deg: float) -> None:
    t, acc = stance()
    # who leans right feels the floor push from the left: the horizontal part of gravity's reaction points left
    lean = acc - [G0_MS2 * math.sin(math.radians(ap_deg)), G0_MS2 * math.sin(math.radians(ml_deg)), 0]
    forward = np.array([1.0, 0.0, 0.0])
    body = np.column_stack([lean[:, 0], -lean[:, 1], lean[:, 2]])  # x forward, y left, z up is right-handed
    found = trial(t, body, forward=forward, upright=np.array([0.0, 0.0, 1.0]))
    assert found.lean_ap_deg == pytest.approx(ap_deg, abs=0.1)
    assert found.lean_ml_deg == pytest.approx(ml_deg, abs=0.1)


def test_samples_missing_at_the_edge_are_not_held() -> None:
    t, acc = stance()
    late = measure_trial(t[60:], acc[60:], 0.0, 30.0, 100.0)
    assert late.start_s == pytest.approx(0.6)
    assert "gap" in late.flags
    assert measure_trial(t, acc, 0.0, 33.0, 100.0).end_s == pytest.approx(30.0)


def test_gaps_are_bridged_flagged_or_cut_by_their_length() -> None:
    t, acc = stance()
    results = []
    for hole_s in (0.2, 0.6, 3.0, 12.0):
        keep = (t < 12) | (t > 12 + hole_s)
        results.append(trial(t[keep], acc[keep]))
    assert [("gap" in r.flags) for r in results] == [False, True, True, True]
    assert results[2].start_s == pytest.approx(15.01)  # the longer piece
    keep = (t < 8) | (t > 21)
    assert trial(t[keep], acc[keep]).missing["rms_h_ms2"] == "gap"


def test_rates_below_forty_are_flagged_and_below_twenty_refused() -> None:
    assert "low_rate" in trial(*stance(25.0), 25.0).flags
    assert trial(*stance(15.0), 15.0).missing["rms_h_ms2"] == "low_rate"


def test_a_frozen_sensor_has_no_sway() -> None:
    t, acc = stance()
    acc[1000:1150] = acc[1000]
    assert trial(t, acc).missing["rms_h_ms2"] == "frozen"


def test_a_sensor_that_slid_has_no_sway() -> None:
    t, acc = stance()
    acc[1500:] = acc[1500:] @ np.array([[1, 0, 0], [0, 0.94, -0.342], [0, 0.342, 0.94]])
    assert trial(t, acc).missing["rms_h_ms2"] == "placement_moved"


def test_clipping_drift_and_gravity_are_said() -> None:
    t, acc = stance()
    assert "clipped" in trial(t, acc, range_ms2=9.9).flags
    leaning = acc + np.outer(t - t.mean(), [0.05, 0, 0])
    assert "drift" in trial(t, leaning).flags
    assert trial(t, acc, gravity_fault="gravity").missing["rms_h_ms2"] == "gravity"
    assert "gravity_unchecked" in trial(t, acc, gravity_fault="gravity_unchecked").flags


def test_noise_near_the_signal_is_said() -> None:
    t, acc = stance()
    rng = np.random.default_rng(9)
    still = np.tile([0, 0, G0_MS2], (len(t), 1)) + rng.normal(0, 0.01, acc.shape)
    quiet = trial(t, still)
    assert "noise_floor" in quiet.flags
    assert quiet.noise_rms_ms2 is not None
    assert quiet.noise_rms_ms2 == pytest.approx(quiet.rms_h_ms2, rel=0.15)  # 3000 draws behind a 3.5 Hz filter
    assert "noise_floor" not in trial(t, acc).flags


# ------------------------------------------------------------------------------------------------ live


def same_sway(a: Sway, b: Sway, rel: float) -> None:
    """Where both know a value it is the same; the streaming one knows no more than the batch."""
    for name in METRICS:
        if name not in a.missing:
            assert getattr(a, name) == pytest.approx(getattr(b, name), rel=rel, abs=1e-13), name


@given(
    cuts=st.lists(st.integers(1, 60), min_size=1, max_size=12),
    seed=st.integers(0, 99),
    offset=st.sampled_from([0, 50.0]),
)
def test_streaming_equals_batch_at_any_block_size(cuts: list[int], seed: int, offset: float) -> None:
    x = np.random.default_rng(seed).normal(0, 0.1, (sum(cuts), 2)) @ np.array([[1.0, 0.4], [0.0, 0.7]]) + offset
    stream, at = StreamingSway(FS), 0
    for n in cuts:
        stream.update(x[at : at + n])
        at += n
        got = stream.get()
        if at < 3:
            assert got is None
        else:
            assert got is not None
            same_sway(got, measure(x[:at], FS, None), rel=1e-9)


def test_streaming_equals_batch_after_every_single_sample() -> None:
    x = np.random.default_rng(1).normal([0.3, -0.2], 0.1, (150, 2))
    stream = StreamingSway(FS)
    for k in range(len(x)):
        stream.update(x[k : k + 1])
        got = stream.get()
        if k >= 2:
            assert got is not None
            same_sway(got, measure(x[: k + 1], FS, None), rel=1e-9)
            assert stream.headline() == pytest.approx((got.rms_h_ms2, got.path_rate_h_ms3), rel=1e-12)


def test_reset_is_fresh() -> None:
    x = np.random.default_rng(2).normal(0, 0.1, (100, 2))
    used, fresh = SwayMeter(FS), SwayMeter(FS)
    used.update(x + 5)
    used.reset()
    used.update(x)
    fresh.update(x)
    assert used.get() == fresh.get()


def test_what_needs_the_window_is_missing_live_with_the_reason() -> None:
    stream = StreamingSway(FS)
    stream.update(np.random.default_rng(2).normal(0, 0.1, (100, 2)))
    live = stream.get()
    assert live is not None
    assert live.range_h_ms2 is None
    assert live.missing["range_h_ms2"] == live.missing["f50_hz"] == "window"


@given(cuts=st.lists(st.integers(1, 90), min_size=1, max_size=25))
def test_the_live_meter_does_not_depend_on_blocks(cuts: list[int]) -> None:
    x = np.random.default_rng(3).normal(size=(sum(cuts), 2))
    whole, parts = SwayMeter(FS), SwayMeter(FS)
    whole.update(x)
    edges = np.cumsum([0, *cuts])
    for a, b in itertools.pairwise(edges):
        parts.update(x[a:b])
    one, other = whole.get(), parts.get()
    assert (one is None) == (other is None) == (len(x) < 3)
    if one is not None and other is not None:
        same_sway(one, other, rel=1e-9)


def test_the_live_value_is_near_the_final_one() -> None:
    # causal order 2 against zero-phase order 4: the chapter on sway gives RMS −0.4…+0.7 %, path +2.3…+5.9 %
    made = simulate.stand("one_eo_firm", seed=4)
    from repack import run
    from surefoot.engine import Engine
    from surefoot.events import HoldEnded

    engine, live = Engine(made.header), None
    for item in made.inputs:
        hold = engine.snapshot().hold
        if hold is not None and hold.rms_ms2 is not None:
            live = hold
        engine.feed(item)
    (ended,) = [event for event in run(made.header, made.inputs) if isinstance(event, HoldEnded)]
    assert live is not None
    assert live.rms_ms2 == pytest.approx(ended.sway.rms_h_ms2, rel=0.03)
    assert live.path_rate_ms3 == pytest.approx(ended.sway.path_rate_h_ms3, rel=0.12)


@pytest.mark.parametrize("scale", [1e-100, 1e-155, 1e-200, 1e-300])
def test_next_to_no_motion_breaks_nothing(scale: float) -> None:
    found = measure(np.random.default_rng(1).normal(0, scale, (3000, 2)), FS)
    assert all((getattr(found, name) is None) == (name in found.missing) for name in METRICS)


def test_a_forward_that_points_up_tells_no_heading() -> None:
    t, acc = stance()
    assert trial(t, acc, forward=np.array([0.0, 0.01, 1.0])).missing["rms_ap_ms2"] == "yaw_unknown"
