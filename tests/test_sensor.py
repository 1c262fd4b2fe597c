"""What is told of a sensor while it is checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from surefoot.engine import Engine
from surefoot.recording import read
from surefoot.samples import G0_MS2, Notification
from surefoot.sensor import Pace

STEADY = Path(__file__).parent.parent / "fixtures" / "polar" / "steady.jsonl.gz"
LOSSY = STEADY.with_name("lossy.jsonl.gz")
S = 1_000_000_000


def test_the_pace_is_that_of_the_last_five_seconds() -> None:
    pace = Pace()
    assert pace.get() == (None, None)
    for k in range(11):  # 20 samples each 0.1 s, then none lost
        pace.note(k * S // 10, 20 * k, 0)
    assert pace.get() == (None, None)  # 1 s is not enough
    for k in range(11, 101):
        pace.note(k * S // 10, 20 * k, 7 if k > 20 else 0)
    rate_hz, lost_n = pace.get()
    assert rate_hz == pytest.approx(200.0)
    assert lost_n == 0  # they are older than 5 s
    for k in range(1, 51):  # half of them are lost from now on
        pace.note(10 * S + k * S // 10, 2000 + 10 * k, 7 + 10 * k)
    rate_hz, lost_n = pace.get()
    assert rate_hz == pytest.approx(100.0)
    assert lost_n == 500
    pace.reset()
    assert pace.get() == (None, None)


def test_a_recorded_strap_is_told_as_it_was() -> None:
    engine = Engine(read(STEADY).header)
    first = None
    for item in read(STEADY).inputs():
        engine.feed(item)
        if isinstance(item, Notification) and first is None:
            first = engine.snapshot().sensor
    assert first is not None
    assert (first.measured_hz, first.lately_lost_n, first.gravity_ms2) == (None, None, None)
    sensor = engine.snapshot().sensor
    assert sensor.measured_hz == pytest.approx(200.0, rel=0.02)
    assert sensor.lately_lost_n == 0
    assert sensor.gravity_ms2 == pytest.approx(G0_MS2, rel=0.02)
    assert sensor.range_ms2 == pytest.approx(8 * G0_MS2)
    assert sensor.gyro is False


def test_losses_are_seen_while_they_are_new() -> None:
    engine = Engine(read(LOSSY).header)
    most = 0
    for item in read(LOSSY).inputs():
        engine.feed(item)
        most = max(most, engine.snapshot().sensor.lately_lost_n or 0)
    sensor = engine.snapshot().sensor
    assert 0 < most < sensor.lost_n
    assert sensor == replace(sensor)
