"""Half an hour of what is not a landing, with the detector armed throughout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from repack import decoded, run
from surefoot import simulate
from surefoot.events import Landed
from surefoot.samples import G0_MS2, Array
from surefoot.simulate import SensorSetup, Simulated

MODES = {
    "drop": {"name": "drop"},
    "stick": {"name": "hop", "style": "stick"},
    "in_place": {"name": "hop", "style": "in_place"},
}
MINUTES: list[tuple[str, Callable[..., Simulated], float, float, str]] = [
    ("standing, knocked", simulate.bumps, 2.5, 50, "waist"),
    ("standing, knocked", simulate.bumps, 2.5, 208, "chest"),
    ("walking", simulate.walk, 4, 52, "waist"),
    ("walking", simulate.walk, 4, 200, "chest"),
    ("walking", simulate.walk, 4, 100, "pocket"),
    ("stairs down", simulate.stairs, 3, 50, "chest"),
    ("stairs down", simulate.stairs, 3, 104, "waist"),
    ("stepping down 10 cm", simulate.step_down, 2, 50, "waist"),
    ("stepping down 10 cm", simulate.step_down, 1, 416, "waist"),
    ("sitting down", simulate.sit, 2, 100, "waist"),
    ("sitting down", simulate.sit, 2, 200, "chest"),
]
"""What, minutes of it, Hz, placement: together half an hour."""


def sensor(rate_hz: float, **options: Any) -> SensorSetup:
    settings = {"rate_hz": float(rate_hz), "range_ms2": 16 * G0_MS2}
    return SensorSetup(device="plain", settings=settings, noise_ms2=0.03, phase=0.3, **options)


def landed(made: Simulated, mode: str, *, armed: bool = True) -> list[Landed]:
    events = run({**made.header, "drill": MODES[mode]}, made.inputs, uncued=True, armed=armed)
    return [event for event in events if isinstance(event, Landed)]


def size_g(made: Simulated) -> Array:
    acc = np.concatenate([packet.acc for packet in decoded(made.header, made.inputs)])
    size: Array = np.linalg.norm(acc, axis=1) / G0_MS2
    return size


def peaks(a: Array) -> int:
    """What a plain rule finds: rises through 1.8 g."""
    return int(((a[1:] > 1.8) & (a[:-1] <= 1.8)).sum())


def test_the_controls_last_half_an_hour() -> None:
    assert sum(minutes for _, _, minutes, _, _ in MINUTES) == 30


@pytest.mark.parametrize("control", MINUTES, ids=lambda control: f"{control[0]}, {control[3]:g} Hz")
def test_nothing_is_a_landing_that_a_plain_rule_calls_one(
    control: tuple[str, Callable[..., Simulated], float, float, str],
) -> None:
    what, make, minutes, rate_hz, placement = control
    setup = sensor(rate_hz, loss=0.01, pitch_deg=20, yaw_deg=70)
    made = make(60 * minutes, seed=11, sensor=setup, placement=placement, cues=False)
    assert peaks(size_g(made)) >= 5 * minutes, what
    for mode in MODES:
        assert landed(made, mode) == [], mode


def test_a_step_down_is_long_enough_for_a_fall_and_not_deep_enough() -> None:
    a = size_g(simulate.step_down(120, seed=2, sensor=sensor(200), cues=False))
    low, deep = (
        max(map(len, np.split(a, np.flatnonzero(np.diff((a < g).astype(int))) + 1)[1::2])) for g in (0.5, 0.35)
    )
    assert low / 200 > 0.080
    assert 0.030 < deep / 200 < 0.060


def test_a_dropped_phone_is_no_landing_when_its_gyroscope_says_that_it_tumbles() -> None:
    made = simulate.dropped(4, seed=1, sensor=sensor(100, gyro=True), placement="unknown", cues=False)
    assert peaks(size_g(made)) >= 4
    for mode in MODES:
        assert landed(made, mode) == [], mode


def test_without_a_gyroscope_a_dropped_phone_is_taken_for_a_drop() -> None:
    made = simulate.dropped(4, seed=1, sensor=sensor(100), placement="unknown", cues=False)
    assert len(landed(made, "drop", armed=False)) == 4  # a limit of the method: |a| alone is the same


@pytest.mark.parametrize("rate_hz", [50, 100, 416])
def test_shaking_is_no_drop_because_it_is_strong_before_it_falls(rate_hz: float) -> None:
    made = simulate.shaken(60, seed=3, sensor=sensor(rate_hz), rest_s=(0.1, 3.0), cues=False)
    assert peaks(size_g(made)) > 60
    assert len(landed(made, "drop")) > 5, "armed throughout nothing tells shaking from hopping"
    assert landed(made, "drop", armed=False) == []
