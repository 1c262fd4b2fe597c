"""The landing detector on shapes: what is a landing, and what is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.flight import LIMITS, Contact, FlightDetector
from surefoot.samples import Array

FS = 200.0


def shape(*parts: tuple[float, float]) -> Array:
    """Pieces of constant A: (seconds, A) …"""
    return np.concatenate([np.full(round(s * FS), a) for s, a in parts])


def found(a: Array, wait_s: float = 0.8, gyr: Array | None = None, gap_s: float = 0.0) -> list[Contact]:
    return FlightDetector(wait_s).update(np.arange(len(a)) / FS, a, gyr, gap_s)


LANDING = shape((1, 1), (0.2, 0.05), (0.05, 3.0), (1.5, 1))


def test_a_fall_and_an_impact_are_a_landing() -> None:
    (contact,) = found(LANDING)
    assert contact.contact_s == pytest.approx(1.2, abs=0.005)
    assert contact.flight_s == pytest.approx(0.2 - LIMITS.bias_s, abs=0.005)


@pytest.mark.parametrize(
    ("name", "a"),
    [
        ("standing", shape((3, 1.0))),
        ("a tap", shape((1, 1), (0.01, 5.0), (1, 1))),
        ("a short dip", shape((1, 1), (0.07, 0.1), (0.05, 3.0), (1.5, 1))),
        ("a shallow dip", shape((1, 1), (0.2, 0.4), (0.05, 3.0), (1.5, 1))),
        ("no impact", shape((1, 1), (0.2, 0.05), (0.1, 1.4), (1.5, 1))),
        ("an impact too late", shape((1, 1), (0.2, 0.05), (0.35, 1.1), (0.05, 3), (1.5, 1))),
        ("a fall from a roof", shape((1, 1), (1.0, 0.05), (0.05, 3.0), (1.5, 1))),
        ("weightless for ever", shape((1, 1), (3.0, 0.05), (0.05, 3.0), (1.5, 1))),
    ],
)
def test_what_is_no_landing(name: str, a: Array) -> None:
    assert found(a) == []


def test_a_tumbling_phone_is_no_landing() -> None:
    spin = np.zeros((len(LANDING), 3))
    spin[205:235] = 7.0
    assert found(LANDING, gyr=spin) == []
    assert len(found(LANDING, gyr=np.zeros_like(spin))) == 1


def test_the_dip_before_a_jump_gives_way_to_the_longer_flight() -> None:
    a = shape((1, 1), (0.15, 0.1), (0.3, 2.2), (0.35, 0.0), (0.05, 3.0), (1.5, 1))
    (contact,) = found(a)
    assert contact.contact_s == pytest.approx(1.8, abs=0.006)
    assert not contact.bounced


def test_a_bounce_is_kept_with_the_fall_before_it() -> None:
    a = shape((1, 1), (0.28, 0.05), (0.12, 3.0), (0.2, 0.2), (0.05, 2.0), (1.5, 1))
    (contact,) = found(a)
    assert contact.contact_s == pytest.approx(1.28, abs=0.006)
    assert contact.bounced


def test_a_fall_that_begins_inside_the_wait_is_waited_for() -> None:
    a = shape((1, 1), (0.15, 0.1), (0.6, 1.8), (0.4, 0.0), (0.05, 3.0), (1.5, 1))
    (contact,) = found(a)
    assert contact.contact_s == pytest.approx(2.15, abs=0.006)


def test_hops_in_place_stand_for_themselves() -> None:
    a = np.concatenate([shape((1, 1)), *[shape((0.25, 0.0), (0.25, 2.0))] * 6, shape((2, 1))])
    assert len(found(a, wait_s=0.0)) == 6


def test_a_landing_at_the_very_end_is_flushed() -> None:
    detector = FlightDetector(0.8)
    assert detector.update(np.arange(260) / FS, LANDING[:260]) == []
    assert detector.flush() is not None
    assert detector.flush() is None


def test_a_long_hole_ends_a_fall() -> None:
    detector = FlightDetector(0.8)
    t = np.arange(len(LANDING)) / FS
    detector.update(t[:230], LANDING[:230])
    assert detector.update(t[230:] + 1.0, LANDING[230:], gap_s=1.0) == []


@given(cuts=st.lists(st.integers(1, 90), min_size=1, max_size=30), seed=st.integers(0, 30))
def test_blocks_of_any_size_find_the_same(cuts: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    parts = [(rng.uniform(0.05, 0.6), rng.choice([0.05, 0.3, 0.6, 1.0, 1.0, 2.0, 3.0])) for _ in range(20)]
    a = np.concatenate([shape(*parts), shape((3, 1))])
    t = np.arange(len(a)) / FS
    detector, got, at = FlightDetector(0.8), [], 0
    for n in [*cuts, len(a)]:
        got += detector.update(t[at : at + n], a[at : at + n])
        at += n
    assert got == found(a)
