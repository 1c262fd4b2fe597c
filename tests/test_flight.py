"""The landing detector on shapes: what is a landing, what is not, and every row of its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.fall import LIMITS, Contact, bias_s
from surefoot.flight import TABLE, FlightDetector, Said, Saying, State
from surefoot.samples import Array

FS = 200.0


def shape(*parts: tuple[float, float]) -> Array:
    """Pieces of constant A: (seconds, A) …"""
    return np.concatenate([np.full(round(s * FS), a) for s, a in parts])


def said(a: Array, wait_s: float = 0.8, gyr: Array | None = None) -> list[Said]:
    return FlightDetector(wait_s).update(np.arange(len(a)) / FS, a, gyr)


def confirmed(all_said: list[Said]) -> list[Contact]:
    return [one.contact for one in all_said if one.saying is Saying.CONFIRMED]


def found(a: Array, wait_s: float = 0.8, gyr: Array | None = None) -> list[Contact]:
    return confirmed(said(a, wait_s, gyr))


LANDING = shape((1, 1), (0.2, 0.05), (0.05, 3.0), (1.5, 1))
DIP_THEN_JUMP = shape((1, 1), (0.15, 0.1), (0.3, 2.2), (0.35, 0.0), (0.05, 3.0), (1.5, 1))


def test_a_fall_and_an_impact_are_a_landing() -> None:
    (contact,) = found(LANDING)
    assert contact.contact_s == pytest.approx(1.2, abs=0.005)
    assert contact.flight_s == pytest.approx(0.2 - LIMITS.tail_s, abs=0.006)


# ------------------------------------------------------------------------------------------------ the table


@dataclass(frozen=True)
class Walk:
    """A signal after a second of standing, and the rows that it takes, as (state → state, why)."""

    name: str
    parts: Sequence[tuple[float, float]]
    rows: Sequence[tuple[State, State, str]]
    spin_s: tuple[float, float] = (0.0, 0.0)  # when the gyroscope reads 400 °/s
    hole_s: float | None = None  # after this much, a second is missing
    landings_n: int = 0

    def signal(self) -> tuple[Array, Array, Array]:
        """Session times, A, and angular rates."""
        a = shape((1, 1), *self.parts)
        t = np.arange(len(a)) / FS
        spin = np.zeros((len(a), 3))
        spin[(t >= self.spin_s[0]) & (t < self.spin_s[1])] = 7.0
        if self.hole_s is not None:
            t[t >= self.hole_s] += 1.0
        return t, a, spin


I, F, C, W, FA, CA = State.IDLE, State.FALL, State.CONTACT, State.WAIT, State.FALL_AGAIN, State.CONTACT_AGAIN  # noqa: E741
LANDS = [(I, F, ""), (F, C, ""), (C, W, "")]
FALL = ((0.25, 0.05), (0.05, 3.0))
WALKS = [
    Walk("a landing", [*FALL, (1.2, 1)], [*LANDS, (W, I, "")], landings_n=1),
    Walk("a tap", [(0.01, 5.0), (1, 1)], []),
    Walk("standing up fast", [(0.3, 1.9), (0.3, 0.6), (1, 1)], []),
    Walk("a short dip", [(0.07, 0.1), (0.05, 3.0), (1, 1)], [(I, F, ""), (F, I, "too_short")]),
    Walk("a step, not a drop", [(0.2, 0.4), (0.05, 3.0), (1, 1)], [(I, F, ""), (F, I, "too_shallow")]),
    Walk("a fall from a roof", [(1.0, 0.05), (0.05, 3.0), (1, 1)], [(I, F, ""), (F, I, "too_long")]),
    Walk("weightless for ever", [(3.0, 0.05), (0.05, 3.0), (1, 1)], [(I, F, ""), (F, I, "stale")]),
    Walk("a dropped phone", [*FALL, (1, 1)], [(I, F, ""), (F, I, "tumbling")], spin_s=(1.05, 1.1)),
    Walk(
        "a step with a deep moment",
        [(0.08, 0.4), (0.045, 0.1), (0.08, 0.4), (0.05, 3.0), (1, 1)],
        [(I, F, ""), (F, I, "too_shallow")],
    ),
    Walk(
        "a drop with a step in it",
        [(0.08, 0.4), (0.07, 0.1), (0.08, 0.4), (0.05, 3.0), (1.2, 1)],
        [*LANDS, (W, I, "")],
        landings_n=1,
    ),
    Walk(
        "a strap shaken by the impact",
        [(0.25, 0.05), (0.02, 0.8), (0.05, 3.0), (1.2, 1)],
        [*LANDS, (W, I, "")],
        spin_s=(1.25, 1.3),
        landings_n=1,
    ),
    Walk("a hole in the fall", [*FALL, (1, 1)], [(I, F, ""), (F, I, "gap")], hole_s=1.1),
    Walk("sitting down", [(0.2, 0.05), (0.5, 1.4), (1, 1)], [(I, F, ""), (F, C, ""), (C, I, "no_impact")]),
    Walk(
        "an impact too late",
        [(0.2, 0.05), (0.35, 1.1), (0.05, 3), (1, 1)],
        [(I, F, ""), (F, C, ""), (C, I, "no_impact")],
    ),
    Walk("a hole after contact", [(0.2, 0.05), (0.5, 1.4)], [(I, F, ""), (F, C, ""), (C, I, "gap")], hole_s=1.3),
    Walk(
        "a fall with a knock in it",
        [(0.1, 0.05), (0.02, 1.2), *FALL, (1.2, 1)],
        [(I, F, ""), (F, C, ""), (C, F, "no_impact"), (F, C, ""), (C, W, ""), (W, I, "")],
        landings_n=1,
    ),
    Walk(
        "the bounce of a stiff leg",
        [*FALL, (0.1, 2.0), (0.15, 0.1), (0.05, 2.0), (1.2, 1)],
        [*LANDS, (W, FA, ""), (FA, CA, ""), (CA, W, ""), (W, I, "")],
        landings_n=1,
    ),
    Walk(
        "the dip before a jump",
        [(0.15, 0.1), (0.3, 2.2), (0.35, 0.0), (0.05, 3.0), (1.2, 1)],
        [*LANDS, (W, FA, ""), (FA, CA, ""), (CA, W, ""), (W, I, "")],
        landings_n=1,
    ),
    Walk(
        "a dip after landing", [*FALL, (0.1, 1), (0.07, 0.1), (1.2, 1)],
        [*LANDS, (W, FA, ""), (FA, W, "too_short"), (W, I, "")], landings_n=1,
    ),
    Walk(
        "a step after landing", [*FALL, (0.1, 1), (0.2, 0.4), (1.2, 1)],
        [*LANDS, (W, FA, ""), (FA, W, "too_shallow"), (W, I, "")], landings_n=1,
    ),
    Walk(
        "the phone falls off after landing", [*FALL, (0.1, 1), (0.3, 0.0), (0.1, 8), (1.2, 1)],
        [*LANDS, (W, FA, ""), (FA, W, "tumbling"), (W, I, "")], spin_s=(1.5, 1.6), landings_n=1,
    ),
    Walk(
        "a long fall after landing", [*FALL, (0.1, 1), (1.0, 0.0), (0.1, 8), (1.2, 1)],
        [*LANDS, (W, FA, ""), (FA, W, "too_long"), (W, I, "")], landings_n=1,
    ),
    Walk(
        "weightless after landing", [*FALL, (0.1, 1), (1.5, 0.0)],
        [*LANDS, (W, FA, ""), (FA, W, "stale"), (W, I, "")], landings_n=1,
    ),
    Walk(
        "a hole in the second fall", [*FALL, (0.1, 1), (0.3, 0.0), (0.1, 3), (1, 1)],
        [*LANDS, (W, FA, ""), (FA, W, "gap"), (W, I, "")], hole_s=1.5, landings_n=1,
    ),
    Walk(
        "a hole after the second contact", [*FALL, (0.1, 1), (0.2, 0.0), (0.2, 1.2), (1, 1)],
        [*LANDS, (W, FA, ""), (FA, CA, ""), (CA, W, "gap"), (W, I, "")], hole_s=1.65, landings_n=1,
    ),
    Walk(
        "a second fall without impact", [*FALL, (0.1, 1), (0.1, 0.0), (0.4, 1.1), (1, 1)],
        [*LANDS, (W, FA, ""), (FA, CA, ""), (CA, W, "no_impact"), (W, I, "")], landings_n=1,
    ),
    Walk(
        "two dips after landing", [*FALL, (0.1, 1), (0.1, 0.0), (0.1, 1.1), (0.2, 0.0), (0.5, 1.1), (0.5, 1)],
        [*LANDS, (W, FA, ""), (FA, CA, ""), (CA, FA, "no_impact"), (FA, CA, ""), (CA, W, "no_impact"), (W, I, "")],
        landings_n=1,
    ),
    Walk(
        "a jump when the wait is just over", [*FALL, (0.55, 1), (0.1, 0.0), (0.2, 1.1), (0.4, 0.0), (0.1, 3), (1.2, 1)],
        [*LANDS, (W, FA, ""), (FA, CA, ""), (CA, F, "no_impact"), (F, C, ""), (C, W, ""), (W, I, "")], landings_n=2,
    ),
]  # fmt: skip


def taken(walk: Walk) -> tuple[list[int], list[Said]]:
    """Rows in the order in which they were taken, sample by sample."""
    detector = FlightDetector(0.8)
    rows: list[int] = []
    all_said: list[Said] = []
    t, a, spin = walk.signal()
    for k in range(len(t)):
        before = list(detector.taken_n)
        gap_s = float(t[k] - t[k - 1]) - 1 / FS if k else 0.0
        all_said += detector.update(t[k : k + 1], a[k : k + 1], spin[k : k + 1], gap_s)
        new = [n for n in range(len(TABLE)) if detector.taken_n[n] > before[n]]
        while new:  # several in one sample: in the order in which they lead on
            state = TABLE[rows[-1]].to if rows else State.IDLE
            rows.append(next(n for n in new if TABLE[n].state is state))
            new.remove(rows[-1])
    return rows, all_said


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.name)
def test_a_signal_takes_its_rows(walk: Walk) -> None:
    rows, all_said = taken(walk)
    assert [(TABLE[n].state, TABLE[n].to, TABLE[n].why) for n in rows] == list(walk.rows)
    assert len(confirmed(all_said)) == walk.landings_n


def test_every_row_of_the_table_is_taken_by_one_of_them() -> None:
    walked = {n for walk in WALKS for n in taken(walk)[0]}
    assert [TABLE[n] for n in range(len(TABLE)) if n not in walked] == []


def test_the_table_leads_everywhere_and_back() -> None:
    assert {row.state for row in TABLE} == {row.to for row in TABLE} == set(State)
    assert len({(row.state, row.when) for row in TABLE}) == len(TABLE)  # no row hides behind its twin


# ------------------------------------------------------------------------------------------------ what it says


def test_the_dip_before_a_jump_gives_way_to_the_longer_flight() -> None:
    sayings = said(DIP_THEN_JUMP)
    assert [one.saying.value for one in sayings] == ["touched", "superseded", "touched", "confirmed"]
    assert sayings[0].contact == sayings[1].contact
    assert sayings[3].contact.contact_s == pytest.approx(1.8, abs=0.006)
    assert not sayings[3].contact.bounced


def test_a_bounce_is_kept_with_the_fall_before_it() -> None:
    a = shape((1, 1), (0.28, 0.05), (0.12, 3.0), (0.2, 0.2), (0.05, 2.0), (1.5, 1))
    (contact,) = found(a)
    assert contact.contact_s == pytest.approx(1.28, abs=0.006)
    assert contact.bounced


def test_a_fall_that_begins_inside_the_wait_is_waited_for() -> None:
    a = shape((1, 1), (0.15, 0.1), (0.6, 1.8), (0.4, 0.0), (0.05, 3.0), (1.5, 1))
    (contact,) = found(a)
    assert contact.contact_s == pytest.approx(2.15, abs=0.006)


@pytest.mark.parametrize("fs", [50.0, 52.0, 100.0, 104.0, 200.0, 208.0, 416.0])
def test_a_landing_is_confirmed_with_the_first_sample_after_the_wait(fs: float) -> None:
    t = np.arange(round(3 * fs)) / fs
    a = np.ones(len(t))
    a[(t >= 1) & (t < 1.2)] = 0.02
    a[(t >= 1.2) & (t < 1.25)] = 3.0
    touched, sure = FlightDetector(0.8).update(t, a)
    assert touched.at_s == pytest.approx(1.2, abs=2 / fs)
    assert 0 <= sure.at_s - sure.contact.contact_s - 0.8 <= 1 / fs + 1e-9


@pytest.mark.parametrize("fs", [50.0, 100.0, 200.0, 416.0])
def test_crossings_lie_between_the_samples(fs: float) -> None:
    # straight flanks of 40 ms: 1 → 0 and 0 → 2; 0.5 is crossed 20 ms into the first and 10 ms into the second
    phases = np.linspace(0, 1 / fs, 7)
    for phase_s in phases.tolist():
        t = np.arange(round(3 * fs)) / fs + phase_s
        a = np.interp(t, [1.0, 1.04, 1.24, 1.28, 1.4, 1.41], [1, 0, 0, 2, 2, 1])
        (contact,) = found_at(t, a)
        corner_s = 0.25 / fs  # a corner between two samples is cut off
        assert contact.fall_s == pytest.approx(1.02, abs=corner_s)
        assert contact.contact_s == pytest.approx(1.25, abs=corner_s + 0.001)


@pytest.mark.parametrize(("off_s", "on_s"), [(0.01, 0.01), (0.03, 0.008), (0.06, 0.02), (0.04, 0.05)])
def test_half_of_what_the_flanks_say_and_15_ms_are_taken_off(off_s: float, on_s: float) -> None:
    # straight flanks: 1 → 0 in off_s, 0 → 2 in on_s; from 1.0 to 0.5 g they take off_s/2 and on_s/4
    t = np.arange(3000) / 1000 + 0.0003
    a = np.interp(t, [1.0, 1.0 + off_s, 1.4, 1.4 + on_s, 1.6, 1.61], [1.001, 0, 0, 2, 2, 1])
    (contact,) = found_at(t, a)
    assert contact.contact_s - contact.fall_s == pytest.approx(0.4 - off_s / 2 + on_s / 4, abs=0.001)
    assert contact.bias_s == pytest.approx(0.015 + (off_s / 2 + on_s / 4) / 2, abs=0.001)
    assert contact.flight_s == contact.contact_s - contact.fall_s - contact.bias_s


def test_where_no_flank_is_seen_25_ms_are_taken_off() -> None:
    shouldered = shape((1, 1), (0.2, 0.7), (0.3, 0.05), (0.05, 3.0), (1.5, 1))
    low_reading = shape((1, 0.89), (0.3, 0.05), (0.05, 3.0), (1.5, 0.89))  # gravity reads too little, by a tenth
    for a in (shouldered, low_reading):
        (contact,) = found(a)
        assert contact.bias_s == LIMITS.bias_s == 0.025
    assert bias_s(0.016, 0.0001) == pytest.approx(0.025, abs=0.001)  # what a real take-off and touch-down make of it


def test_the_flanks_are_bounded() -> None:
    assert bias_s(0.09, 0.09) == pytest.approx(0.015 + (0.030 + 0.025) / 2)
    assert bias_s(0.0, 0.0) == pytest.approx(0.015 + (0.003 + 0.001) / 2)


def test_sway_before_the_fall_does_not_move_its_flank() -> None:
    t = np.arange(3000) / 1000
    sway = 1 + 0.04 * np.sin(2 * np.pi * 1.3 * t)
    ramp = np.interp(t, [1.0, 1.03, 1.4, 1.41, 1.6, 1.61], [1, 0, 0, 2, 2, 1])
    (contact,) = found_at(t, np.where((t > 1) & (t < 1.61), ramp, sway))
    assert contact.bias_s == pytest.approx(0.015 + (0.015 + 0.0025) / 2, abs=0.001)


def found_at(t: Array, a: Array) -> list[Contact]:
    return confirmed(FlightDetector(0.8).update(t, a))


def test_hops_in_place_stand_for_themselves() -> None:
    a = np.concatenate([shape((1, 1)), *[shape((0.25, 0.0), (0.25, 2.0))] * 6, shape((2, 1))])
    sayings = said(a, wait_s=0.0)
    assert [one.saying for one in sayings] == [Saying.TOUCHED, Saying.CONFIRMED] * 6
    assert all(one.at_s - one.contact.contact_s < 0.01 for one in sayings)


def test_a_landing_at_the_very_end_is_flushed() -> None:
    detector = FlightDetector(0.8)
    assert confirmed(detector.update(np.arange(260) / FS, LANDING[:260])) == []
    assert detector.flush() is not None
    assert detector.flush() is None


def test_a_signal_without_gravity_is_not_one_endless_fall() -> None:
    rng = np.random.default_rng(1)
    a = np.abs(rng.normal(0, 0.01, round(20 * FS)))
    a[::400] = 1.5  # somebody moves every two seconds
    detector = FlightDetector(0.8)
    falling_n = 0
    for k in range(len(a)):
        assert detector.update(np.array([k / FS]), a[k : k + 1]) == []
        falling_n += detector.falling
    assert falling_n / FS <= 10 * (LIMITS.stale_s + 0.02)
    assert not detector.busy


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
    assert got == said(a)
