"""The result of a whole recording: its keys are a contract, its nulls have reasons."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import surefoot
from repack import run, same_events
from surefoot import simulate
from surefoot.events import HoldEnded
from surefoot.recorder import write_recording
from surefoot.result_text import report
from surefoot.samples import G0_MS2
from surefoot.simulate import SensorSetup, Simulated

Saved = Callable[[Simulated], Path]

SWAY_KEYS = [
    "method",
    "start_s",
    "end_s",
    "duration_s",
    "rate_hz",
    "cutoff_hz",
    "rms_h_ms2",
    "path_h_ms2",
    "path_rate_h_ms3",
    "range_h_ms2",
    "ellipse95_m2s4",
    "hull_m2s4",
    "jerk_m2s5",
    "jerk_rate_m2s6",
    "mdist_h_ms2",
    "mfreq_h_hz",
    "axis_ratio",
    "axis_deg",
    "rms_ap_ms2",
    "rms_ml_ms2",
    "range_ap_ms2",
    "range_ml_ms2",
    "f50_hz",
    "f95_hz",
    "cfreq_hz",
    "freqd",
    "power_m2s4",
    "band_hz",
    "flags",
    "missing",
]
TRIAL_KEYS = [
    "drill",
    "start_s",
    "end_s",
    "hold_s",
    "target_s",
    "end_reason",
    "leg",
    "eyes",
    "surface",
    "support",
    "errors_n",
    "sway",
    "steadiness",
    "instabilities",
]
LANDING_KEYS = [
    "t_s",
    "drill",
    "legs",
    "height_cm",
    "flight_s",
    "impact_speed_mps",
    "speed_from",
    "peak_g",
    "net_peak_ms2",
    "time_to_peak_ms",
    "tau_ms",
    "stop_cm",
    "stop50_frac",
    "momentum_ratio",
    "jerk20_gs",
    "settle_s",
    "stick",
    "softness",
    "missing",
]
QUALITY_KEYS = ["duration_s", "samples_n", "lost_n", "gaps", "clipped_n", "gravity_ms2", "verdict", "reasons"]
SENSOR_KEYS = ["source", "name", "codec", "placement", "rate_hz", "range_ms2", "gyro"]


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    def save(made: Simulated) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.jsonl.gz"
        write_recording(path, made.header, made.inputs)
        return path

    return save


def test_the_keys_of_the_contract_are_always_there(saved: Saved) -> None:
    hold = surefoot.score(saved(simulate.stand("one_eo_firm", seed=1)))
    drops = surefoot.score(saved(simulate.drops("normal", seed=1, count=2)))
    for result in (hold, drops):
        sets = ["landing_sets", "landing_legs"]
        assert list(result) == ["surefoot", "file", "sensors", "quality", "trials", "landings", *sets, "warnings"]
        assert set(QUALITY_KEYS) <= set(result["quality"])
        assert set(SENSOR_KEYS) <= set(result["sensors"][0])
        assert json.loads(json.dumps(result, allow_nan=False)) == result
        assert pickle.loads(pickle.dumps(result)) == result
    (trial,) = hold["trials"]
    assert set(TRIAL_KEYS) <= set(trial)
    assert set(SWAY_KEYS) <= set(trial["sway"])
    assert len(drops["landings"]) == 2
    for landing in drops["landings"]:
        assert set(LANDING_KEYS) <= set(landing)


def nulls(part: Any) -> None:
    """Each null has its reason, beside it."""
    if isinstance(part, dict):
        for key, value in part.items():
            if value is None and key not in ("range_ms2", "rate_hz", "gravity_ms2", "trial_value"):
                assert key in part.get("missing", {}) or part.get("flags"), (key, part)
            nulls(value)
    elif isinstance(part, list):
        for value in part:
            nulls(value)


@pytest.mark.parametrize(
    "made",
    [
        simulate.stand("one_eo_firm", seed=2, target_s=6.0),
        simulate.stand("two_eo_mat", seed=2, target_s=12.0),
        simulate.stand("one_eo_firm", seed=2, cues=False, sensor=SensorSetup("plain", noise_ms2=0.3)),
        simulate.drops("stiff", seed=2, count=2, bounce=True),
        simulate.walk(duration_s=10),
    ],
    ids=["short", "two legs", "no cues", "bounce", "walk"],
)
def test_every_null_has_its_reason(made: Simulated, saved: Saved) -> None:
    path = saved(made)
    for options in ({}, {"drill": "hold"}, {"drill": "drop", "armed": True}):
        result = surefoot.score(path, **options)
        nulls(result)
        assert report(result)


@pytest.mark.parametrize(
    "sensor",
    [
        SensorSetup("plain", settings={"rate_hz": 20.0, "range_ms2": 16 * G0_MS2}),
        SensorSetup("plain", loss=0.3),
        SensorSetup("plain", settings={"rate_hz": 100.0, "range_ms2": 2 * G0_MS2}),
    ],
    ids=["20 Hz", "lossy", "2 g"],
)
def test_every_null_of_a_landing_has_its_own_reason(sensor: SensorSetup, saved: Saved) -> None:
    path = saved(simulate.drops("normal", seed=3, count=2, recovery_g=0.1, sensor=sensor, cues=False))
    for drill in ("drop", "hop"):
        result = surefoot.score(path, drill, armed=True)
        assert len(result["landings"]) == 2
        for landing in [*result["landings"], *result["landing_sets"]]:
            absent = {key for key, value in landing.items() if value is None}
            assert absent == set(landing["missing"])
        for landing in result["landings"]:
            flags = landing["softness"]["flags"]
            assert len(flags) == len(set(flags))


def test_scoring_says_what_the_live_run_said(saved: Saved) -> None:
    made = simulate.stand("one_ec_mat", seed=5, touch_down_s=14.0)
    path = saved(made)
    live = run(made.header, made.inputs)
    same_events(list(surefoot.replay(path)), live, rel=0.0)
    (ended,) = [event for event in live if isinstance(event, HoldEnded)]
    (trial,) = surefoot.score(path)["trials"]
    assert trial["sway"]["rms_h_ms2"] == ended.sway.rms_h_ms2
    assert trial["end_reason"] == "touch_down"


def test_a_recording_without_cues_is_scored_by_what_is_seen(saved: Saved) -> None:
    made = simulate.stand("one_eo_firm", seed=3, cues=False)
    path = saved(made)
    nothing = surefoot.score(path)
    assert nothing["trials"] == []
    assert any("--drill" in warning for warning in nothing["warnings"])
    (trial,) = surefoot.score(path, drill="hold")["trials"]
    assert trial["hold_s"] is None
    assert trial["missing"]["hold_s"] == "no_start"
    assert trial["sway"]["start_s"] == pytest.approx(5.0)
    assert trial["leg"] is None
    assert trial["steadiness"]["value"] is None  # nobody said which leg, eyes and surface
    said = ["leg=left", "eyes=open", "surface=firm"]
    (told,) = surefoot.score(path, drill="hold", settings=said)["trials"]
    assert told["steadiness"]["value"] is not None
    assert told["steadiness"]["trial_value"] is None


def test_a_window_is_scored_exactly(saved: Saved) -> None:
    made = simulate.stand("one_eo_firm", seed=4)
    path = saved(made)
    (trial,) = surefoot.score(path, from_s=10.0, to_s=30.0)["trials"]
    assert (trial["sway"]["start_s"], trial["sway"]["end_s"]) == (10.0, 30.0)
    (whole,) = surefoot.score(path)["trials"]
    window = surefoot.score(path, from_s=whole["sway"]["start_s"], to_s=whole["sway"]["end_s"])["trials"][0]
    assert window["sway"]["rms_h_ms2"] == pytest.approx(whole["sway"]["rms_h_ms2"], rel=1e-9)
    for wrong in ((30.0, 10.0), (500.0, 600.0)):
        assert "--from" in surefoot.score(path, from_s=wrong[0], to_s=wrong[1])["error"]


def test_landings_need_quiet_unless_armed(saved: Saved) -> None:
    made = simulate.hops("normal", seed=1, count=3, cues=False)
    path = saved(made)
    assert len(surefoot.score(path, drill="hop")["landings"]) == 3
    begun = 2.9  # cut the quiet stance at the beginning away: the first hop is already under way
    late = [item for item in made.inputs if item.host_ns > made.inputs[0].host_ns + begun * 1e9]
    cut = Simulated(made.header, late, made.truth)
    armed = surefoot.score(saved(cut), drill="hop", armed=True)["landings"]
    unarmed = surefoot.score(saved(cut), drill="hop")["landings"]
    assert len(armed) >= len(unarmed)


def test_quality_tells_loss_clipping_and_gravity(saved: Saved) -> None:
    setup = SensorSetup(loss=0.1, settings={"rate_hz": 200, "range_g": 4})
    quality = surefoot.score(saved(simulate.drops("stiff", seed=3, count=3, height_cm=30, sensor=setup)))["quality"]
    assert quality["lost_n"] > 100
    assert quality["clipped_n"] > 0
    assert quality["verdict"] == "usable"
    assert quality["gaps"]
    assert quality["gravity_ms2"] == pytest.approx(9.80665, rel=0.01)
    heavy = SensorSetup("plain", bias_ms2=(0, 0, 0.9))
    bad = surefoot.score(saved(simulate.stand("one_eo_firm", seed=3, sensor=heavy)))
    assert bad["quality"]["verdict"] == "poor"
    assert bad["trials"][0]["steadiness"]["flags"] == ["gravity"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"t_s,ax,ay,az\n0,0,0,9.8\n", "not a surefoot recording"),
        (b'{"surefoot-recording":99}\n', "newer surefoot"),
        (b'{"surefoot-recording":1,"sources":{"s1":{"codec":"zz","settings":{}}}}\n{"t":1,"tick":1}\n', "no codec"),
        (b'{"surefoot-recording":1,"sources":{}}\n{"t":1,"tick":1}\n', "at least one sensor"),
        (b'{"surefoot-recording":1,"sources":{"s1":{"codec":"polar"}}}\n', "H10"),
    ],
)
def test_a_file_that_cannot_be_scored_says_why(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    result = surefoot.score(path)
    assert says in result["error"]
    assert set(result) == {"file", "error", "line"}
    assert report(result)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    write_recording(path, (made := simulate.stand("one_eo_firm", seed=1)).header, made.inputs)
    lines = path.read_bytes().split(b"\n")
    lines[17] = b'{"t":oops}'
    path.write_bytes(b"\n".join(lines))
    assert surefoot.score(path)["line"] == 18


def test_settings_of_the_recording_stay_where_no_one_says_otherwise(saved: Saved) -> None:
    made = simulate.stand("one_ec_mat", seed=1, leg="right")
    (trial,) = surefoot.score(saved(made), drill="hold")["trials"]
    assert (trial["leg"], trial["eyes"], trial["surface"]) == ("right", "closed", "mat")
    (told,) = surefoot.score(saved(made), settings=["leg=left"])["trials"]
    assert told["leg"] == "left"
    assert "third" in surefoot.score(saved(made), settings=["leg=third"])["error"]


def test_the_first_source_of_the_header_is_scored_whoever_speaks_first(saved: Saved) -> None:
    from dataclasses import replace

    from surefoot.samples import Notification

    steady, wild = simulate.stand("one_eo_firm", seed=1), simulate.stand("one_ec_mat", seed=2)
    second = [replace(i, source="s2") for i in wild.inputs if isinstance(i, Notification)]
    inputs = sorted([*second, *steady.inputs], key=lambda item: (item.host_ns, isinstance(item, Notification)))
    inputs.remove(second[0])
    first_ns = inputs[0].host_ns
    sources: Any = steady.header["sources"]
    header = {**steady.header, "sources": {**sources, "s2": {**sources["s1"], "placement": "shank"}}}
    both = Simulated(header, [replace(second[0], host_ns=first_ns), *inputs], steady.truth)
    alone = surefoot.score(saved(steady), from_s=8.0, to_s=30.0)["trials"][0]["sway"]["rms_h_ms2"]
    mixed = surefoot.score(saved(both), from_s=8.0, to_s=30.0)["trials"][0]["sway"]["rms_h_ms2"]
    assert mixed == pytest.approx(alone, rel=0.05)  # the other sensor set second 0 some ms away


@pytest.mark.parametrize(("error", "seconds", "said"), [(0.08, 8.0, False), (0.08, 40.0, True), (0.001, 40.0, False)])
def test_a_clock_that_drifts_is_told_once_it_cannot_be_the_lateness_of_packets(
    error: float, seconds: float, said: bool, saved: Saved
) -> None:
    made = simulate.stand("one_eo_firm", seed=1, target_s=seconds, sensor=SensorSetup(clock_error=error))
    reasons = surefoot.score(saved(made))["quality"]["reasons"]
    assert any("sensor clock" in reason for reason in reasons) == said


def test_a_first_packet_that_came_late_is_no_drift(saved: Saved) -> None:
    """As on a busy computer: 1.5 s late, of 15 s."""
    made = simulate.stand("one_eo_firm", seed=1, target_s=8.0)
    first_ns = made.inputs[0].host_ns
    late = [replace(item, host_ns=max(item.host_ns, first_ns + 1_500_000_000)) for item in made.inputs]
    reasons = surefoot.score(saved(replace(made, inputs=late)))["quality"]["reasons"]
    assert not any("sensor clock" in reason for reason in reasons)
