"""The simulator's truth, checked by arithmetic of its own: no meter or detector of surefoot is used here."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.signal

import repack
from surefoot import simulate
from surefoot.errors import DeviceError, UsageError
from surefoot.samples import (
    G0_MS2,
    Array,
    Cue,
    DrillSpec,
    ImuPacket,
    Link,
    Notification,
    Tick,
)
from surefoot.simulate import SensorSetup, Simulated
from surefoot.simulate.impact import IMPACT_HZ, landed
from surefoot.simulate.motion import Motion, band_noise, horizontal_rms, lowpass
from surefoot.simulate.sensor import sense
from surefoot.simulate.stance import STANCE_PRESETS, STEP_S, lean
from surefoot.simulate.stream import packets

MG = G0_MS2 / 1000
PLAIN = SensorSetup(device="plain", settings={"rate_hz": 200.0, "range_ms2": 16 * G0_MS2})
IDEAL = replace(PLAIN, noise_ms2=0.0)


def decoded(recording: Simulated) -> list[ImuPacket]:
    return repack.decoded(recording.header, recording.inputs)


def signal(recording: Simulated) -> tuple[Array, Array]:
    """Times from the first sample on the device's clock, and (n, 3) m/s²."""
    parts = decoded(recording)
    stamps = np.concatenate([part.device_ns for part in parts if part.device_ns is not None])
    return (stamps - stamps[0]) / 1e9, np.concatenate([part.acc for part in parts])


def in_g(recording: Simulated) -> tuple[Array, Array]:
    t, acc = signal(recording)
    return t, np.linalg.norm(acc, axis=1) / G0_MS2


def below(t: Array, a: Array, level: float) -> list[tuple[float, float]]:
    """(start, length) of the stretches below a level, by linear interpolation between samples."""
    low = a < level
    crossings = np.flatnonzero(low[1:] != low[:-1])
    at = t[crossings] + (level - a[crossings]) / (a[crossings + 1] - a[crossings]) * (t[1] - t[0])
    if low[0]:
        at = at[1:]
    return [(float(x), float(y - x)) for x, y in zip(at[::2], at[1::2], strict=False)]


# ------------------------------------------------------------------------------------------------ filters of the truth


def test_the_truths_lowpass_is_a_butterworth_run_both_ways() -> None:
    rng = np.random.default_rng(5)
    x = rng.standard_normal((3001, 2))
    sos = scipy.signal.butter(2, 3.5, fs=100, output="sos")
    theirs = scipy.signal.sosfiltfilt(sos, x, axis=0, padlen=400)
    assert np.abs(lowpass(x, 100, 3.5) - theirs)[150:-150].max() < 1e-6
    assert np.abs(lowpass(x, 100, 3.5) - theirs).max() < 1e-2 * x.std()


@pytest.mark.parametrize(("f_hz", "gain"), [(0.5, 0.99959), (1, 0.99348), (2, 0.90460), (3.5, 0.5), (5, 0.19098)])
def test_the_lowpass_has_the_documented_gain(f_hz: float, gain: float) -> None:
    t = np.arange(3000) / 100
    out = lowpass(np.sin(2 * pi * f_hz * t)[:, None], 100, 3.5)[500:2500, 0]
    assert np.sqrt(2 * np.mean(out**2)) == pytest.approx(gain, abs=2e-4)


def test_a_constant_and_a_ramp_pass_the_lowpass_unchanged() -> None:
    x = np.column_stack((np.full(500, 9.8), np.arange(500.0)))
    assert np.abs(lowpass(x, 200, 90) - x).max() < 1e-7 * 500  # even this close to the Nyquist frequency


def test_band_noise_has_rms_one_and_nothing_outside_its_band() -> None:
    x = band_noise(np.random.default_rng(1), 5000, 500, 1, 4)
    power = np.abs(np.fft.rfft(x)) ** 2
    f = np.fft.rfftfreq(5000, 1 / 500)
    assert np.mean(x**2) == pytest.approx(1)
    assert power[(f < 0.99) | (f > 4.01)].sum() < 1e-20 * power.sum()


# ------------------------------------------------------------------------------------------------ stance


# Median over seeds of the horizontal RMS in mg, as the model's description states it.
RMS_MG = {
    "two_eo_firm": 3.7,
    "two_ec_firm": 4.0,
    "two_eo_mat": 7.1,
    "two_ec_mat": 11.2,
    "one_eo_firm": 9.9,
    "one_eo_mat": 16.3,
    "one_ec_firm": 24.2,
    "one_ec_mat": 40.5,
}


@pytest.fixture(scope="module")
def medians() -> dict[str, tuple[float, ...]]:
    """Preset → medians over 9 seeds of rms mg, path rate m/s³, ML and AP SD mg; 30 s at 100 Hz after 3.5 Hz."""
    sos = scipy.signal.butter(2, 3.5, fs=500, output="sos")
    found = {}
    for name, preset in STANCE_PRESETS.items():
        rows = []
        for seed in range(9):
            force = lean(preset, 16000, np.random.default_rng(seed)).force(0.95)[1000:, :2]
            u = scipy.signal.sosfiltfilt(sos, force - force.mean(axis=0), axis=0)[::5]
            ap, ml = u.std(axis=0) / MG
            path = np.hypot(*np.diff(u, axis=0).T).sum() / 30
            rows.append((np.hypot(ap, ml), path, ml, ap))
        found[name] = tuple(map(float, np.median(rows, axis=0)))
    return found


def test_every_preset_sways_as_much_as_its_model_should(medians: dict[str, tuple[float, ...]]) -> None:
    assert set(RMS_MG) == set(STANCE_PRESETS)
    for name, expected in RMS_MG.items():
        assert 0.6 * expected < medians[name][0] < 1.6 * expected, name


def test_a_mat_and_closed_eyes_make_sway_larger(medians: dict[str, tuple[float, ...]]) -> None:
    for legs in ("two", "one"):
        for measure in (0, 1):
            rms = {name: medians[f"{legs}_{name}"][measure] for name in ("eo_firm", "eo_mat", "ec_firm", "ec_mat")}
            assert rms["eo_firm"] < rms["eo_mat"] < rms["ec_mat"]
            assert rms["eo_firm"] < rms["ec_firm"] < rms["ec_mat"]


def test_on_one_leg_sideways_sway_leads_and_on_two_the_forward_one(medians: dict[str, tuple[float, ...]]) -> None:
    assert medians["one_eo_firm"][2] > medians["one_eo_firm"][3]
    assert medians["two_eo_firm"][2] < 0.75 * medians["two_eo_firm"][3]


def test_path_rates_agree_with_the_model(medians: dict[str, tuple[float, ...]]) -> None:
    for name, expected in {"two_eo_firm": 0.058, "one_eo_firm": 0.334, "one_ec_firm": 0.91}.items():
        assert 0.6 * expected < medians[name][1] < 1.6 * expected, name


def test_the_sensor_feels_a_pendulum() -> None:
    body = lean(STANCE_PRESETS["one_ec_firm"], 4000, np.random.default_rng(2))
    assert np.allclose(np.diff(body.rate, axis=0) / STEP_S, body.accel[:-1], atol=1e-9)
    assert np.allclose(np.diff(body.angle, axis=0) / STEP_S, body.rate[1:], atol=1e-9)
    force, angle = body.force(0.95), body.angle
    assert np.allclose(force[:, 0], 0.95 * body.accel[:, 0] - G0_MS2 * np.sin(angle[:, 0]))
    assert np.allclose(body.force(0.0)[:, 1], -G0_MS2 * np.sin(angle[:, 1]))  # leaning right reads negative
    assert np.allclose(body.spin()[:, 0], body.rate[:, 1])  # right: + about AP
    assert np.allclose(body.spin()[:, 1], -body.rate[:, 0])  # forward: − about ML


def test_every_alias_names_a_preset_and_an_unknown_name_is_refused() -> None:
    assert set(simulate.PRESET_ALIASES.values()) == set(STANCE_PRESETS)
    assert simulate.preset_name("mat") == simulate.preset_name("one_eo_mat") == "one_eo_mat"
    with pytest.raises(UsageError, match="one_eo_firm"):
        simulate.preset_name("headstand")


# ------------------------------------------------------------------------------------------------ holds


def test_a_hold_tells_its_times_in_truth_cues_and_header() -> None:
    s = simulate.stand("mat", seed=4, target_s=12, leg="right", before_s=2.0)
    assert (s.truth["lift_s"], s.truth["end_s"], s.truth["end_reason"]) == (7.0, 19.0, "target")
    assert s.truth["preset"] == "one_eo_mat"
    assert s.truth["landings"] == []
    drill: Any = s.header["drill"]
    assert DrillSpec.from_mapping(drill) == DrillSpec("hold", "right", "open", "mat", target_s=12)
    [cue] = [one for one in s.inputs if isinstance(one, Cue)]
    assert (cue.kind, cue.value) == ("start", "hold")
    t, _ = signal(s)
    assert t[-1] > 22.7  # at least 3 s of two-leg stance after the end


def test_the_truth_is_json_with_the_keys_of_a_sidecar() -> None:
    for s in (simulate.stand(target_s=5), simulate.drops(count=1), simulate.walk(10)):
        keys = ["seed", "preset", "parameters", "lift_s", "end_s", "end_reason", "landings", "rms_h_ms2"]
        assert list(json.loads(json.dumps(s.truth, allow_nan=False))) == keys
        json.dumps(s.header, allow_nan=False)


def test_cues_follow_the_anchor_of_the_first_packet() -> None:
    setup = replace(PLAIN, latency_ns=50_000_000, jitter_ns=15_000_000, packet_n=20, phase=0.5)
    s = simulate.stand(target_s=5, before_s=1.5, sensor=setup)
    first = next(one for one in s.inputs if isinstance(one, Notification))
    cue = next(one for one in s.inputs if isinstance(one, Cue))
    last_of_first_s = 19 / 200
    assert last_of_first_s + (cue.host_ns - first.host_ns) / 1e9 == pytest.approx(s.truth["lift_s"] - 5, abs=1e-6)


def test_a_cue_is_never_pressed_before_the_first_packet() -> None:
    slow = SensorSetup(settings={"rate_hz": 25, "range_g": 8})  # 1.44 s a frame
    for s in (simulate.stand(target_s=5, before_s=0.0, sensor=slow), simulate.drops(count=1, sensor=slow)):
        kinds = [type(one) for one in s.inputs]
        assert kinds.index(Notification) < kinds.index(Cue)
        assert isinstance(s.inputs[0], Link)
        assert s.inputs[0].state == "connected"


def test_without_cues_nobody_pressed_anything() -> None:
    s = simulate.stand(target_s=5, cues=False)
    assert not [one for one in s.inputs if isinstance(one, Cue)]
    assert s.header["drill"] is None
    assert decoded(s) == decoded(simulate.stand(target_s=5))


@pytest.mark.parametrize("preset", ["one_eo_firm", "one_ec_mat"])
@pytest.mark.parametrize("touch_down_s", [None, 18.0])
def test_the_true_rms_is_what_a_careful_measurement_finds(preset: str, touch_down_s: float | None) -> None:
    s = simulate.stand(preset, seed=6, target_s=25, touch_down_s=touch_down_s)
    t, acc = signal(s)
    end_s = s.truth["end_s"] - (0 if touch_down_s is None else 1)
    u = acc[(t >= s.truth["lift_s"] + 2) & (t < end_s), :2]
    sos = scipy.signal.butter(2, 3.5, fs=200, output="sos")
    u = scipy.signal.sosfiltfilt(sos, u - u.mean(axis=0), axis=0, padlen=200)
    measured = float(np.sqrt(np.mean(np.sum((u - u.mean(axis=0)) ** 2, axis=1))))
    assert measured == pytest.approx(s.truth["rms_h_ms2"], rel=0.01)
    assert s.truth["parameters"]["rms_h_unfiltered_ms2"] > s.truth["rms_h_ms2"]


def test_a_lost_balance_ends_with_an_impact_and_then_calm() -> None:
    s = simulate.stand("one_ec_firm", seed=3, target_s=30, touch_down_s=14.0, sensor=IDEAL)
    assert s.truth["end_reason"] == "touch_down"
    assert s.truth["end_s"] - s.truth["lift_s"] == pytest.approx(14)
    t, acc = signal(s)
    a = np.abs(np.linalg.norm(acc, axis=1) / G0_MS2 - 1)
    hit = t[np.flatnonzero(a > 0.12)]
    assert s.truth["end_s"] < hit[0] < s.truth["end_s"] + 0.03
    assert hit[-1] < s.truth["end_s"] + 0.3
    calm = acc[t > s.truth["end_s"] + 1, :2]
    trial = acc[(t > s.truth["lift_s"] + 2) & (t < s.truth["end_s"] - 1), :2]
    assert np.sqrt((calm.var(axis=0)).sum()) < 0.5 * np.sqrt(trial.var(axis=0).sum())


@pytest.mark.parametrize(("leg", "sign"), [("left", -1), ("right", 1)])
def test_one_falls_to_the_side_of_the_free_foot(leg: str, sign: int) -> None:
    s = simulate.stand(seed=3, touch_down_s=10.0, leg=leg, sensor=IDEAL)
    t, acc = signal(s)
    last = (t > s.truth["end_s"] - 0.1) & (t < s.truth["end_s"])
    assert sign * acc[last, 0].mean() > 0.02 * G0_MS2  # x is to the right, leaning right reads negative


def test_a_target_reached_has_no_impact() -> None:
    t, a = in_g(simulate.stand(seed=3, target_s=10, touch_down_s=11.0))
    assert np.abs(a - 1).max() < 0.06
    assert len(t) > 1000


def test_a_hop_of_the_stance_foot_a_touch_and_a_drift_can_be_asked_for() -> None:
    quiet = simulate.stand(seed=3, target_s=20, sensor=IDEAL)
    busy = simulate.stand(seed=3, target_s=20, sensor=IDEAL, hop_s=(8.0,), touch_s=(12.0,))
    t, a = in_g(busy)
    near = (t > 14.5) & (t < 14.71)
    assert a[near].min() < 0.75
    assert a[near].max() > 1.25
    assert np.abs(a[~near] - 1).max() < 0.1
    [press] = [one for one in busy.inputs if isinstance(one, Cue) and one.kind == "touch"]
    start = next(one for one in busy.inputs if isinstance(one, Cue) and one.kind == "start")
    assert press.host_ns - start.host_ns == 17_000_000_000
    leaning = simulate.stand(seed=3, target_s=20, sensor=IDEAL, drift_deg=2.0)
    assert leaning.truth["rms_h_ms2"] > 1.1 * quiet.truth["rms_h_ms2"]


def test_higher_on_the_body_the_same_lean_is_felt_more_and_low_ones_less() -> None:
    body = lean(STANCE_PRESETS["one_eo_firm"], 8000, np.random.default_rng(0))
    rms = [horizontal_rms(body.force(height), 500, 3.5) for height in (0.3, 0.95, 1.25)]
    assert rms[0] < rms[1] < rms[2]
    with pytest.raises(UsageError):
        simulate.stand(placement="hat")


# ------------------------------------------------------------------------------------------------ landings


@pytest.mark.parametrize(
    ("style", "height_m", "peak_g", "tau_ms"),
    [
        ("soft", 0.1, 2.27, 112.9),
        ("soft", 0.2, 2.93, 104.0),
        ("soft", 0.3, 3.47, 99.5),
        ("normal", 0.2, 3.58, 76.5),
        ("normal", 0.3, 4.27, 74.1),
        ("stiff", 0.2, 5.12, 48.2),
        ("stiff", 0.3, 6.08, 47.7),
        ("stiff", 0.4, 6.88, 47.4),
    ],
)
def test_impacts_have_the_models_peaks_and_stopping_times(
    style: str, height_m: float, peak_g: float, tau_ms: float
) -> None:
    speed = sqrt(2 * G0_MS2 * height_m)
    s = simulate.drops(style, height_cm=100 * height_m, count=1, sensor=PLAIN)
    t, a = in_g(s)
    contact = s.truth["landings"][0]["contact_s"]
    soft = scipy.signal.sosfiltfilt(scipy.signal.butter(2, 20, fs=200, output="sos"), a)
    window = (t >= contact - 0.01) & (t < contact + 0.3)
    assert a[window].max() == pytest.approx(peak_g, rel=0.03)
    assert 1000 * speed / ((soft[window].max() - 1) * G0_MS2) == pytest.approx(tau_ms, rel=0.04)


@pytest.mark.parametrize("stop_s", [0.06, 0.10, 0.16])
def test_the_closed_form_stops_all_of_the_speed_with_the_stated_time(stop_s: float) -> None:
    a = landed("half_sine", 1.98, placement="waist", bounce=False, stop_s=stop_s)
    assert ((a - 1).sum() / IMPACT_HZ) * G0_MS2 == pytest.approx(1.98, rel=1e-3)
    assert 1.98 / ((a.max() - 1) * G0_MS2) == pytest.approx(2 * stop_s / pi, rel=1e-4)


@pytest.mark.parametrize("style", list(simulate.STYLES))
def test_the_two_masses_stop_the_speed_and_come_to_rest(style: str) -> None:
    a = landed(style, 2.4, placement="waist", bounce=False, stop_s=0.1)
    assert ((a - 1).sum() / IMPACT_HZ) * G0_MS2 == pytest.approx(2.4, rel=0.01)
    assert np.abs(a[-400:] - 1).max() < 1e-3
    shank = landed(style, 2.4, placement="shank", bounce=False, stop_s=0.1)
    assert shank.max() > 2 * a.max()


def test_drops_fall_for_the_time_that_gravity_needs() -> None:
    s = simulate.drops("normal", height_cm=30, count=3, seed=2, sensor=IDEAL)
    assert len(s.truth["landings"]) == 3
    t, a = in_g(s)
    falls = [fall for fall in below(t, a, 0.2) if fall[1] > 0.05]
    assert len(falls) == 3
    for landing, (start, length) in zip(s.truth["landings"], falls, strict=True):
        assert landing["flight_s"] == pytest.approx(sqrt(2 * 0.30 / G0_MS2))
        assert landing["speed_mps"] == pytest.approx(sqrt(2 * G0_MS2 * 0.30))
        assert start + length == pytest.approx(landing["contact_s"], abs=0.008)
        assert landing["flight_s"] < length < landing["flight_s"] + 0.025  # the step-off's last fifth below 0.2 g
        before = (t > landing["contact_s"] - 1.2) & (t < landing["contact_s"] - 0.4)
        assert a[before].std() < 0.01
    assert t[-1] > s.truth["landings"][-1]["contact_s"] + 5.2


def test_a_stiff_leg_that_bounces_leaves_the_floor_again_and_the_truth_keeps_the_first_contact() -> None:
    s = simulate.drops("stiff", height_cm=30, count=2, bounce=True, sensor=IDEAL)
    t, a = in_g(s)
    assert len(s.truth["landings"]) == 2
    for landing in s.truth["landings"]:
        after = [f for f in below(t, a, 0.5) if 0.05 < f[0] - landing["contact_s"] < 0.3 and f[1] > 0.03]
        assert len(after) >= 1
        assert 0.1 < after[0][0] - landing["contact_s"] < 0.17
        assert 0.15 < after[0][1] < landing["flight_s"]
        again = (t > landing["contact_s"] + 0.2) & (t < landing["contact_s"] + 0.8)
        assert a[again].max() > 2  # a second impact
    # A stiff leg that absorbs throws the body up a little too, but nothing lands again.
    t, a = in_g(simulate.drops("stiff", height_cm=30, count=1, sensor=IDEAL))
    assert a[t > s.truth["landings"][0]["contact_s"] + 0.2].max() < 1.5


def test_a_hop_dips_pushes_flies_and_lands() -> None:
    s = simulate.hops("soft", flight_s=0.4, count=2, sensor=IDEAL)
    t, a = in_g(s)
    assert len(s.truth["landings"]) == 2
    for landing in s.truth["landings"]:
        assert (landing["flight_s"], landing["style"]) == (0.4, "soft")
        assert landing["speed_mps"] == pytest.approx(G0_MS2 * 0.2)
        lows = [f for f in below(t, a, 0.5) if -1.5 < f[0] - landing["contact_s"] < 0 and f[1] > 0.08]
        (_, dip_s), (_, flight_s) = lows
        assert dip_s == pytest.approx(0.16, abs=0.015)
        assert 0.4 < flight_s < 0.43
        # What the push gives is what the flight needs: from standing to the contact, speed +v then −v.
        until = (t > landing["contact_s"] - 1.5) & (t < landing["contact_s"] - 0.002)
        assert ((a[until] - 1).sum() / 200) * G0_MS2 == pytest.approx(-G0_MS2 * 0.2, abs=0.2)


def test_hops_in_place_return_the_whole_speed_each_time() -> None:
    s = simulate.hops(flight_s=0.25, contact_s=0.25, count=6, in_place=True, sensor=IDEAL)
    contacts = [landing["contact_s"] for landing in s.truth["landings"]]
    assert np.allclose(np.diff(contacts), 0.5)
    t, a = in_g(s)
    one = (t >= contacts[1]) & (t < contacts[1] + 0.25)
    assert a[one].max() == pytest.approx(pi, rel=0.02)  # (π/2)·(Tc + tf)/Tc
    assert ((a[one] - 1).sum() / 200) * G0_MS2 == pytest.approx(G0_MS2 * 0.25, rel=0.03)
    assert len([f for f in below(t, a, 0.3) if f[1] > 0.2]) == 6
    drill: Any = s.header["drill"]
    assert (drill["name"], drill["style"], drill["count"]) == ("hop", "in_place", 6)


def test_recovery_sway_makes_landings_differ_and_lasts_longer() -> None:
    s = simulate.drops("normal", count=2, recovery_g=0.3, recovery_s=1.0, sensor=IDEAL)
    t, a = in_g(s)
    pieces = []
    for landing in s.truth["landings"]:
        start = int(np.searchsorted(t, landing["contact_s"]))
        pieces.append(a[start : start + 400])
        late = a[start + 200 : start + 260] - 1
        assert np.sqrt(np.mean(late**2)) > 0.02
    assert np.abs(pieces[0] - pieces[1]).max() > 0.05


@pytest.mark.parametrize("stop_s", [0.06, 0.10, 0.16])
def test_the_true_stopping_time_of_the_closed_form_is_the_textbooks(stop_s: float) -> None:
    s = simulate.drops("half_sine", height_cm=30, stop_s=stop_s, count=1, sensor=IDEAL)
    (landing,) = s.truth["landings"]
    within = 0.16 if stop_s < 0.1 else 0.02  # the 20 Hz low-pass of the definition bites into the shortest
    assert landing["tau_ms"] == pytest.approx(1000 * 2 * stop_s / pi, rel=within)
    assert landing["peak_g"] == pytest.approx(1 + pi * landing["speed_mps"] / (2 * G0_MS2 * stop_s), abs=0.1)


def test_the_true_stopping_time_at_the_shank_is_that_of_the_lower_mass() -> None:
    waist, shank = (
        simulate.drops("normal", height_cm=30, count=1, placement=placement, sensor=IDEAL).truth["landings"][0]
        for placement in ("waist", "shank")
    )
    assert shank["peak_g"] > 3 * waist["peak_g"]
    assert shank["tau_ms"] < waist["tau_ms"] / 3


def test_a_set_tires_from_one_style_to_the_other() -> None:
    s = simulate.drops("soft", tires_to="stiff", count=4, height_cm=20, sensor=IDEAL)
    taus = [landing["tau_ms"] for landing in s.truth["landings"]]
    assert taus == sorted(taus, reverse=True)
    soft, stiff = (
        simulate.drops(style, count=1, height_cm=20, sensor=IDEAL).truth["landings"][0]["tau_ms"]
        for style in ("soft", "stiff")
    )
    assert taus[0] == pytest.approx(soft, rel=1e-3)
    assert taus[-1] == pytest.approx(stiff, rel=1e-3)


def test_a_motion_through_another_sensor_is_as_if_it_had_been_made_with_it() -> None:
    again = simulate.drops(count=1, seed=5, sensor=IDEAL).through(PLAIN)
    direct = simulate.drops(count=1, seed=5, sensor=PLAIN)
    assert again.inputs == direct.inputs
    assert again.truth == direct.truth
    assert again.header == direct.header


def test_a_sensor_that_wakes_after_the_start_cue_is_refused() -> None:
    made = simulate.drops(count=1, sensor=IDEAL)
    slow = SensorSetup(device="plain", settings={"rate_hz": 25.0}, packet_n=36)
    with pytest.raises(UsageError, match="first packet"):
        made.through(slow)
    with pytest.raises(UsageError, match="by hand"):
        replace(made, scene=None).through(PLAIN)


# ------------------------------------------------------------------------------------------------ negative controls


def test_bumps_come_from_any_side_and_last_no_longer_than_a_knock() -> None:
    t, a = in_g(simulate.bumps(60, seed=1, sensor=IDEAL))
    assert a.max() > 3
    assert a.min() < 0.5
    assert max(length for _, length in below(t, a, 0.5)) < 0.03


def test_a_dropped_phone_is_weightless_for_half_a_second_and_tumbles_at_400_degrees() -> None:
    s = simulate.dropped(2, seed=1, sensor=replace(PLAIN, gyro=True, gyro_bias_rads=(0, 0, 0)))
    t, a = in_g(s)
    falls = [length for _, length in below(t, a, 0.3) if length > 0.3]
    assert falls == pytest.approx([0.5, 0.5], abs=0.02)
    turns = np.concatenate([packet.gyr for packet in decoded(s) if packet.gyr is not None])
    rate = np.degrees(np.linalg.norm(turns, axis=1))
    assert np.median(rate[rate > 100]) == pytest.approx(400, abs=2)
    assert s.truth["landings"] == []


def test_shaking_goes_up_and_down_several_times_a_second() -> None:
    t, a = in_g(simulate.shaken(30, seed=1, sensor=IDEAL))
    assert 30 < np.count_nonzero(np.diff((a > 1.5).astype(int)) == 1) < 120
    assert a[t < 2.4].std() < 0.05


CONTROLS: dict[str, Callable[..., Simulated]] = {
    "walk": simulate.walk,
    "pocket": lambda *a, **k: simulate.walk(*a, placement="pocket", **k),
    "stairs": simulate.stairs,
    "sit": simulate.sit,
}


@pytest.mark.parametrize("name", list(CONTROLS))
@pytest.mark.parametrize("rate_hz", [50, 200])
def test_a_control_fools_a_peak_rule_and_never_leaves_the_floor(name: str, rate_hz: int) -> None:
    setup = SensorSetup(settings={"rate_hz": rate_hz, "range_g": 8}, phase=0.4)
    for seed in range(3):
        s = CONTROLS[name](120, seed=seed, sensor=setup)
        t, a = in_g(s)
        assert a.max() > 1.8
        assert max((length for _, length in below(t, a, 0.5)), default=0.0) < 0.078
        assert max((length for _, length in below(t, a, 0.35)), default=0.0) < 0.060
        assert s.truth["landings"] == []
        assert a.mean() == pytest.approx(1, abs=0.01)  # nobody takes off or sinks into the floor
        assert a[t < 2.4].std() < 0.05  # still enough at the start to arm a detector


def test_controls_have_the_character_of_their_movement() -> None:
    t, pocket = in_g(CONTROLS["pocket"](300))
    assert 0.10 < pocket.min() < 0.20
    assert 2.8 < pocket.max() < 3.3
    assert 0.070 < max(length for _, length in below(t, pocket, 0.5)) < 0.080
    _, stairs = in_g(simulate.stairs(120))
    assert 2.5 < stairs.max() < 4.9
    t, sit = in_g(simulate.sit(120))
    assert sit.min() > 0.5
    assert 2.0 < sit.max() < 3.2
    assert 14 < np.count_nonzero(np.diff((sit > 1.8).astype(int)) == 1) < 22


def test_half_an_hour_of_walking_is_half_an_hour_long() -> None:
    t, a = in_g(simulate.walk(1800, sensor=SensorSetup(settings={"rate_hz": 50, "range_g": 8})))
    assert 1798 < t[-1] <= 1800
    assert np.count_nonzero(np.diff((a > 1.3).astype(int)) == 1) > 3000


def test_a_thigh_turns_and_its_gyroscope_says_so() -> None:
    s = simulate.walk(30, placement="pocket", sensor=replace(PLAIN, gyro=True, gyro_bias_rads=(0.0, 0.0, 0.0)))
    gyr = np.concatenate([part.gyr for part in decoded(s) if part.gyr is not None])
    assert gyr[:, 0].max() > 1.5  # rad/s about ML
    assert np.abs(gyr[:, 1:]).max() < 0.02


# ------------------------------------------------------------------------------------------------ the device


def still(duration_s: float = 20.0, rate_hz: float = 500.0) -> Motion:
    force = np.zeros((round(duration_s * rate_hz), 3))
    force[:, 2] = G0_MS2
    return Motion(rate_hz, force, np.zeros_like(force))


def swinging(duration_s: float = 20.0) -> Motion:
    t = np.arange(round(duration_s * 500)) / 500
    force = np.column_stack((np.sin(2 * pi * t), 2 * np.sin(pi * t), G0_MS2 + 3 * np.sin(3 * pi * t)))
    return Motion(500, force, np.column_stack((0.1 * np.sin(t), 0.2 * np.sin(t), 0.3 * np.sin(t))))


@pytest.mark.parametrize(
    ("setup", "lsb_ms2"),
    [
        (SensorSetup(), MG),
        (SensorSetup(settings={"rate_hz": 50, "range_g": 2}, yaw_deg=20, pitch_deg=70), MG),
        (PLAIN, 0.0),
        (replace(PLAIN, gyro=True, packet_n=7), 0.0),
    ],
)
def test_the_codec_gives_the_sensors_signal_back(setup: SensorSetup, lsb_ms2: float) -> None:
    sensed = sense(swinging(), setup, np.random.default_rng(3))
    sent = packets(sensed, setup)
    back = [repack.sent_again(setup.device, packet, setup.all_settings) for packet in sent]
    n = sum(len(packet.acc) for packet in sent)
    assert n > len(sensed.acc) - setup.samples_n
    assert np.abs(np.concatenate([p.acc for p in back]) - sensed.acc[:n]).max() <= lsb_ms2 / 2 + 1e-9
    stamps = np.concatenate([p.device_ns for p in back if p.device_ns is not None])
    assert np.abs(stamps - sensed.device_ns[:n]).max() <= 1
    if setup.gyro:
        assert sensed.gyr is not None
        assert np.array_equal(np.concatenate([p.gyr for p in back if p.gyr is not None]), sensed.gyr[:n])


def test_real_h10_frames_are_sent() -> None:
    frames = [one.payload for one in simulate.stand(target_s=5).inputs if isinstance(one, Notification)]
    assert {len(frame) for frame in frames} == {226}
    first = frames[0]
    assert isinstance(first, bytes)
    assert 17 * 365 * 86400 < int.from_bytes(first[1:9], "little") / 1e9 < 30 * 365 * 86400  # s since 2000


def test_a_mount_turns_the_axes_and_keeps_the_length() -> None:
    straight, tilted = (
        sense(swinging(), setup, np.random.default_rng(0)).acc
        for setup in (IDEAL, replace(IDEAL, yaw_deg=30, pitch_deg=10, roll_deg=-8))
    )
    lsb = 2 * 16 * G0_MS2 / 2**16
    assert np.abs(np.linalg.norm(straight, axis=1) - np.linalg.norm(tilted, axis=1)).max() < 2 * lsb
    assert np.abs(straight - tilted).max() > 1


@pytest.mark.parametrize(
    ("angles", "up"),
    [
        ({"pitch_deg": 90}, (-1, 0, 0)),  # x was turned down to where z pointed away from
        ({"roll_deg": 90}, (0, 1, 0)),
        ({"roll_deg": 180}, (0, 0, -1)),
        ({"yaw_deg": 77}, (0, 0, 1)),
    ],
)
def test_gravity_shows_up_on_the_axis_that_the_mount_turned_up(angles: dict[str, float], up: tuple[int, ...]) -> None:
    acc = sense(still(), replace(IDEAL, **angles), np.random.default_rng(0)).acc  # type: ignore[arg-type]
    assert np.allclose(acc.mean(axis=0) / G0_MS2, up, atol=1e-3)


def test_a_yaw_to_the_left_moves_forward_onto_the_right_hand_axis() -> None:
    motion = still()
    motion.force[:, 0] = 1.0  # forward
    acc = sense(motion, replace(IDEAL, yaw_deg=90), np.random.default_rng(0)).acc
    assert np.allclose(acc.mean(axis=0), (1.0, 0.0, G0_MS2), atol=0.01)  # its x now points forward


def test_a_slipping_sensor_turns_once_by_the_stated_angle() -> None:
    sensed = sense(still(), replace(IDEAL, slip_s=8.0, slip_deg=10.0), np.random.default_rng(0))
    up = sensed.acc / np.linalg.norm(sensed.acc, axis=1)[:, None]
    angle = np.degrees(np.arccos(np.clip(up @ up[0], -1, 1)))
    assert angle[sensed.t < 8].max() < 0.1
    assert np.allclose(angle[sensed.t >= 8], 10, atol=0.1)


def test_noise_and_bias_have_the_stated_size() -> None:
    setup = replace(PLAIN, noise_ms2=0.05, bias_ms2=(0.1, -0.2, 0.3), gyro=True)
    sensed = sense(still(60), setup, np.random.default_rng(0))
    assert sensed.gyr is not None
    assert np.allclose(sensed.acc.mean(axis=0), (0.1, -0.2, G0_MS2 + 0.3), atol=0.003)
    assert np.allclose(sensed.acc.std(axis=0), 0.05, rtol=0.05)
    assert np.allclose(sensed.gyr.mean(axis=0), setup.gyro_bias_rads, atol=2e-4)
    assert np.allclose(sensed.gyr.std(axis=0), 0.002, rtol=0.05)


def test_each_axis_clips_alone_and_the_truth_counts_it() -> None:
    narrow = SensorSetup(settings={"rate_hz": 200, "range_g": 4})
    s = simulate.drops("stiff", height_cm=30, count=2, sensor=narrow)
    _, acc = signal(s)
    assert np.abs(acc).max() == pytest.approx(4 * G0_MS2)
    assert s.truth["parameters"]["delivery"]["clipped_n"] == np.count_nonzero(acc[:, 2] >= 4 * G0_MS2 - 1e-6) > 0
    wide = simulate.drops("stiff", height_cm=30, count=2)
    assert wide.truth["parameters"]["delivery"]["clipped_n"] == 0
    # Turned so that the axes share the load, the same sensor clips nothing.
    shared = replace(narrow, pitch_deg=45, roll_deg=35)
    assert simulate.drops("stiff", count=2, sensor=shared).truth["parameters"]["delivery"]["clipped_n"] == 0


def test_a_fast_clock_takes_more_samples_than_its_stamps_admit() -> None:
    sensed = sense(still(100), replace(PLAIN, clock_error=0.005), np.random.default_rng(0))
    assert len(sensed.t) == pytest.approx(100 * 200 * 1.005, abs=2)
    assert np.allclose(np.diff(sensed.device_ns), 5_000_000)
    stamps_s = (sensed.device_ns[-1] - sensed.device_ns[0]) / 1e9
    assert stamps_s / sensed.t[-1] == pytest.approx(1.005, rel=1e-6)


def test_the_phase_moves_the_samples_and_the_truth_with_them() -> None:
    base = simulate.drops(count=1, sensor=PLAIN).truth["landings"][0]["contact_s"]
    moved = simulate.drops(count=1, sensor=replace(PLAIN, phase=0.5)).truth["landings"][0]["contact_s"]
    assert base - moved == pytest.approx(0.0025)


# ------------------------------------------------------------------------------------------------ delivery


def stamps_of(recording: Simulated) -> list[int]:
    return [int(part.device_ns[-1]) for part in decoded(recording) if part.device_ns is not None]


def test_lost_packets_are_missing_and_counted_and_the_first_is_never_one() -> None:
    s = simulate.walk(300, sensor=replace(PLAIN, packet_n=10, loss=0.2))
    delivery = s.truth["parameters"]["delivery"]
    arrived = stamps_of(s)
    assert delivery["packets_n"] - delivery["lost_n"] == len(arrived)
    assert 0.15 < delivery["lost_n"] / delivery["packets_n"] < 0.25
    steps = np.diff(arrived) // 50_000_000
    assert steps.sum() - len(steps) <= delivery["lost_n"]  # losses at the very end leave no step
    assert arrived[0] == stamps_of(simulate.walk(300, sensor=replace(PLAIN, packet_n=10)))[0]


def test_bursts_lose_neighbours_at_the_same_share() -> None:
    s = simulate.walk(300, sensor=replace(PLAIN, loss=0.1, loss_burst_n=5))
    delivery = s.truth["parameters"]["delivery"]
    assert 0.05 < delivery["lost_n"] / delivery["packets_n"] < 0.15
    holes = np.diff(stamps_of(s)) // 50_000_000 - 1
    assert holes[holes > 0].min() >= 5


def test_duplicates_and_swaps_are_delivered_as_told() -> None:
    s = simulate.walk(120, sensor=replace(PLAIN, duplicates=0.1, reorder=0.05))
    delivery = s.truth["parameters"]["delivery"]
    arrived = stamps_of(s)
    assert len(arrived) - len(set(arrived)) == delivery["duplicates_n"] > 100
    assert delivery["reordered_n"] > 30
    assert any(b < a for a, b in pairwise(arrived))


def test_arrivals_never_go_back_and_jitter_stays_in_its_bounds() -> None:
    s = simulate.walk(60, sensor=replace(PLAIN, jitter_ns=15_000_000))
    times = [one.host_ns for one in s.inputs]
    assert times == sorted(times)
    arrival = np.array([one.host_ns for one in s.inputs if isinstance(one, Notification)])
    late = arrival - np.array(stamps_of(s))
    late = late - late.min()
    assert np.median(late) == pytest.approx(0.6745 * 15_000_000, rel=0.15)  # of |normal|
    steady = simulate.walk(60, sensor=PLAIN)
    arrival = np.array([one.host_ns for one in steady.inputs if isinstance(one, Notification)])
    assert np.ptp(arrival - np.array(stamps_of(steady))) <= 1


def test_silence_is_ticked_and_a_lost_link_comes_back() -> None:
    s = simulate.stand(target_s=20, sensor=SensorSetup(silence_s=(12.0, 3.0), silence_link=True))
    ticks = [one.host_ns for one in s.inputs if isinstance(one, Tick)]
    assert 9 <= len(ticks) <= 12
    assert [one.state for one in s.inputs if isinstance(one, Link)] == ["connected", "lost", "connected"]
    assert np.diff(stamps_of(s)).max() / 1e9 == pytest.approx(3.0, abs=0.25)
    assert not [one for one in simulate.stand(target_s=20).inputs if isinstance(one, Tick)]


# ------------------------------------------------------------------------------------------------ the whole


@pytest.mark.parametrize(
    "make",
    [
        lambda seed: simulate.stand(seed=seed, target_s=5, sensor=SensorSetup(loss=0.1)),
        lambda seed: simulate.drops(seed=seed, count=1),
        lambda seed: simulate.hops(seed=seed, count=1, in_place=True),
        lambda seed: simulate.walk(10, seed=seed),
        lambda seed: simulate.stairs(10, seed=seed),
        lambda seed: simulate.sit(20, seed=seed),
    ],
)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(make: Callable[[int], Simulated]) -> None:
    assert make(3) == make(3)
    assert make(3).inputs != make(4).inputs


def test_another_sensor_sees_the_same_person() -> None:
    one, other = simulate.stand(seed=8, target_s=10), simulate.stand(seed=8, target_s=10, sensor=PLAIN)
    assert one.truth["rms_h_ms2"] == other.truth["rms_h_ms2"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: SensorSetup(gyro=True),
        lambda: SensorSetup(loss=1.0),
        lambda: SensorSetup(packet_n=0),
        lambda: SensorSetup(clock_error=0.5),
        lambda: simulate.stand(after_s=1.0),
        lambda: simulate.stand(touch_down_s=-1.0),
        lambda: simulate.drops("loud"),
        lambda: simulate.drops(height_cm=500),
        lambda: simulate.drops("half_sine", bounce=True),
        lambda: simulate.drops(placement="hat"),
        lambda: simulate.hops(flight_s=3.0),
        lambda: simulate.walk(placement="foot"),
        lambda: simulate.walk(2.0),
    ],
)
def test_what_cannot_be_is_refused_in_words(make: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        make()


def test_settings_that_a_device_does_not_have_are_refused() -> None:
    with pytest.raises(DeviceError):
        SensorSetup(settings={"rate_hz": 60, "range_g": 8})
    with pytest.raises(DeviceError):
        SensorSetup(device="abacus")


def test_truth_is_computed_without_the_code_that_it_judges() -> None:
    allowed = {"surefoot.errors", "surefoot.samples", "surefoot.devices"}
    outside = {"numpy", "math", "dataclasses", "typing", "collections.abc", "__future__"}
    for path in Path(simulate.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name in allowed | outside or name.startswith("surefoot.simulate"), f"{path.name}: {name}"
