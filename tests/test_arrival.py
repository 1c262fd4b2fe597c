"""Samples without stamps: their times are found again from their arrivals, against simulated links of known truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.arrival import LIMITS, ArrivalClock
from surefoot.samples import Array, ImuPacket
from surefoot.timeline import SessionClock, Timeline

MS = 1_000_000
LINKS = [  # nominal rate, true rate as a share of it, connection interval
    (50, 1.007, 0.015),
    (50, 0.99, 0.050),
    (50, 1.11, 0.045),  # a micro:bit asked for 20 ms sends every 18 ms, three or four at a time
    (100, 1.01, 0.030),
    (100, 0.993, 0.050),
    (200, 0.99, 0.050),
]


def link(rate_hz: float, interval_s: float, seconds: float, seed: int, loss: float = 0.0) -> tuple[Array, Array]:
    """When samples were measured, and when they arrived: at the next radio event, of which one in ten fails, but
    never three in a row."""
    rng = np.random.default_rng(seed)
    measured = np.arange(int(seconds * rate_hz)) / rate_hz
    measured = measured[(rng.random(len(measured)) >= loss) | (measured == 0)]
    radio = (np.arange(int(seconds / interval_s) + 60) + rng.random()) * interval_s
    failed = rng.random(len(radio)) < 0.1
    failed[2:] &= ~(failed[1:-1] & failed[:-2])
    radio = radio[~failed]
    arrived = radio[np.searchsorted(radio, measured)] + np.abs(rng.normal(0, 0.002, len(measured)))
    return measured, np.maximum.accumulate(arrived)


def found(nominal_hz: float, arrived: Array, n: int = 1) -> tuple[Array, ArrivalClock]:
    """The times that the clock gives to samples that arrive one by one, or n by n."""
    clock = ArrivalClock(nominal_hz, None)
    placed = [clock.place(n, 0, float(at)) for at in arrived[n - 1 :: n]]
    assert all(gap_s == 0 and missing_n == 0 for _, gap_s, missing_n in placed)
    return np.concatenate([times for times, _, _ in placed]), clock


@pytest.mark.parametrize(("nominal_hz", "share", "interval_s"), LINKS)
@pytest.mark.parametrize("seed", range(3))
def test_the_rate_is_found_to_a_thousandth_in_a_minute(
    nominal_hz: float, share: float, interval_s: float, seed: int
) -> None:
    _, arrived = link(nominal_hz * share, interval_s, 60.0, seed)
    _, clock = found(nominal_hz, arrived)
    assert clock.rate_hz == pytest.approx(nominal_hz * share, rel=0.001)


@pytest.mark.parametrize(("nominal_hz", "share", "interval_s"), LINKS)
@pytest.mark.parametrize("seed", range(3))
def test_times_are_found_within_three_milliseconds(
    nominal_hz: float, share: float, interval_s: float, seed: int
) -> None:
    measured, arrived = link(nominal_hz * share, interval_s, 120.0, seed)
    times, _ = found(nominal_hz, arrived)
    off = (times - measured)[measured > 15]
    assert off.std() <= 0.003
    assert abs(off.mean() - (arrived - measured).mean()) <= 0.003  # all are late by the usual delay, none can be early


def test_ten_minutes_seven_tenths_of_a_percent_off_make_no_gap() -> None:
    measured, arrived = link(50 * 1.007, 0.030, 600.0, seed=1)
    times, clock = found(50, arrived)
    off = (times - measured)[measured > 15]
    assert np.ptp(off) < 0.03
    assert clock.rate_hz == pytest.approx(50 * 1.007, rel=1e-4)
    assert np.diff(times).max() < 1.2 / 50


def test_packets_of_several_samples_are_found_too() -> None:
    measured, arrived = link(119 * 0.99, 0.030, 120.0, seed=2)
    times, clock = found(119, arrived, n=6)
    off = (times - measured[: len(times)])[measured[: len(times)] > 15]
    assert off.std() <= 0.003
    assert clock.rate_hz == pytest.approx(119 * 0.99, rel=0.001)


def test_losses_without_a_trace_lower_the_rate_and_are_followed() -> None:
    measured, arrived = link(50, 0.030, 120.0, seed=1, loss=0.02)
    times, clock = found(50, arrived)
    assert len(measured) < 0.985 * 120 * 50
    assert clock.rate_hz == pytest.approx(len(measured) / 120, rel=0.001)
    off = (times - measured)[measured > 15]
    assert 0.005 < off.std() < 0.04  # each loss moves its neighbours by 20 ms until the line has followed


def test_a_rate_far_off_is_found_without_gaps() -> None:
    """A device that ignored its settings: 10 samples a second where 50 were asked for."""
    measured, arrived = link(10, 0.030, 120.0, seed=3)
    times, clock = found(50, arrived)
    assert clock.rate_hz == pytest.approx(10, rel=0.003)
    late = measured > 60
    assert (times - measured)[late].std() <= 0.003


def test_a_silence_becomes_a_gap_and_the_rate_stays() -> None:
    _, arrived = link(50 * 1.007, 0.030, 60.0, seed=4)
    clock = ArrivalClock(50, None)
    for at in arrived:
        times, _, _ = clock.place(1, 0, float(at))
    before = clock.rate_hz
    after, gap_s, missing_n = clock.place(1, 0, float(arrived[-1]) + 2.0)
    assert after[0] == pytest.approx(float(arrived[-1]) + 2.0)
    assert gap_s == pytest.approx(2.0, abs=0.06)
    assert gap_s == pytest.approx(float(after[0] - times[0]) - 1 / (50 * 1.007), abs=1e-4)
    assert missing_n == pytest.approx(100, abs=3)
    assert clock.rate_hz == before


def test_a_pause_of_the_radio_shorter_than_a_quarter_second_is_no_gap() -> None:
    measured, arrived = link(100, 0.030, 60.0, seed=5)
    held = (arrived > 30) & (arrived < 30.2)
    arrived[held] = 30.2  # nothing for 0.2 s, then all that had waited
    times, _ = found(100, np.maximum.accumulate(arrived))
    assert np.abs(np.diff(times) * 100 - 1).max() <= LIMITS.fastest + 0.05
    assert np.ptp((times - measured)[measured > 15]) < 0.03


def test_samples_that_waited_out_a_silence_are_caught_up_with() -> None:
    """The gap was a mistake that nobody could know; the times are back where they belong within seconds."""
    measured, arrived = link(100, 0.030, 60.0, seed=6)
    arrived[(arrived > 30) & (arrived < 30.6)] = 30.6
    clock = ArrivalClock(100, None)
    placed = [clock.place(1, 0, float(at)) for at in arrived]
    times = np.concatenate([one[0] for one in placed])
    assert [i for i, one in enumerate(placed) if one[1]] != []
    assert (np.diff(times) > 0).all()
    off = times - measured
    assert off[(measured > 30.6) & (measured < 31)].max() > 0.3
    assert np.median(off[measured > 42]) == pytest.approx(np.median(off[(measured > 15) & (measured < 30)]), abs=0.01)


def test_a_counter_of_the_device_says_where_samples_are_missing() -> None:
    clock = ArrivalClock(100, None)
    for k in range(1000):
        times, _, _ = clock.place(1, 0, k / 100)
    after, gap_s, missing_n = clock.place(1, 7, 10.07)
    assert missing_n == 7
    assert gap_s == pytest.approx(0.07, rel=1e-3)
    assert after[0] - times[0] == pytest.approx(0.08, rel=1e-3)
    _, gap_s, missing_n = clock.place(1, 250, 10.08)  # more than the time allows: the counter began anew
    assert (gap_s, missing_n) == (0, 0)


def test_a_new_connection_counts_anew_and_never_reaches_back() -> None:
    timeline = Timeline(SessionClock())
    for k in range(2000):
        timeline.place(ImuPacket(None, 100.0, np.zeros((1, 3))), round((1000 + k * 9.9) * MS))
    assert timeline.rate_hz == pytest.approx(101.01, rel=1e-3)
    last_s = timeline.last_s
    timeline.connected()
    assert timeline.rate_hz is None
    (block,) = timeline.place(ImuPacket(None, 100.0, np.zeros((3, 3))), round((1000 + 2000 * 9.9) * MS))
    assert last_s is not None
    np.testing.assert_allclose(block.t - last_s, [0.01, 0.02, 0.03], atol=1e-9)  # it overlaps: moved on
    assert block.gap_s == 0
    timeline.connected()
    (block,) = timeline.place(ImuPacket(None, 100.0, np.zeros((3, 3))), round((5000 + 2000 * 9.9) * MS))
    assert block.gap_s == pytest.approx(4.0 - 0.05, abs=0.001)  # the samples before stand 50 ms past it
    assert timeline.lost_n == 395


@given(
    steps=st.lists(st.tuples(st.floats(-1, 4), st.integers(1, 12), st.integers(0, 70_000)), min_size=1, max_size=80),
    nominal_hz=st.sampled_from([1.0, 10.0, 50.0, 200.0, 5000.0]),
    again=st.integers(0, 79),
)
def test_time_always_increases_whatever_arrives_when(
    steps: list[tuple[float, int, int]], nominal_hz: float, again: int
) -> None:
    def play() -> list[Array]:
        timeline, blocks, host_ns = Timeline(SessionClock()), [], 10**12
        for k, (step_s, n, lost) in enumerate(steps):
            host_ns += round(step_s * 1e9)
            if k == again:
                timeline.connected()
            (block,) = timeline.place(ImuPacket(None, nominal_hz, np.zeros((n, 3)), lost=lost), host_ns)
            assert block.gap_s >= 0
            blocks.append(block.t)
        return blocks

    first = play()
    whole = np.concatenate(first)
    assert (np.diff(whole) > 0).all()
    assert np.isfinite(whole).all()
    assert all(np.array_equal(a, b) for a, b in zip(first, play(), strict=True))
