"""Device time on the session clock."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.samples import Array, ImuBlock, ImuPacket
from surefoot.timeline import SessionClock, Timeline

MS = 1_000_000
rng = np.random.default_rng(0)
ACC = rng.normal(size=(1000, 3))


def packet(stamps_ms: list[float], first: int = 0, rate_hz: float = 100.0) -> ImuPacket:
    stamps = np.array([round(s * MS) for s in stamps_ms], dtype=np.int64)
    return ImuPacket(stamps, rate_hz, ACC[first : first + len(stamps)])


def times(blocks: list[ImuBlock]) -> Array:
    return np.concatenate([np.empty(0), *(block.t for block in blocks)])


def test_the_first_sample_is_second_zero_and_device_spacing_rules() -> None:
    timeline = Timeline(SessionClock())
    blocks = timeline.place(packet([1000, 1010, 1020]), host_ns=50_020 * MS)
    np.testing.assert_allclose(times(blocks), [0, 0.01, 0.02], atol=1e-12)
    blocks = timeline.place(packet([1030, 1041], 3), host_ns=50_900 * MS)  # late by radio: it does not matter
    np.testing.assert_allclose(times(blocks), [0.03, 0.041], atol=1e-12)
    assert timeline.clock.at(50_020 * MS) == pytest.approx(0.02)  # the first packet's last sample ↔ its arrival


def test_a_hole_cuts_the_block_and_is_measured() -> None:
    timeline = Timeline(SessionClock())
    blocks = timeline.place(packet([0, 10, 20, 100, 110]), 1000 * MS)
    assert [len(block) for block in blocks] == [3, 2]
    assert blocks[0].gap_s == 0
    assert blocks[1].gap_s == pytest.approx(0.07)
    assert timeline.lost_n == 7


def test_a_hole_between_packets_is_seen_too() -> None:
    timeline = Timeline(SessionClock())
    timeline.place(packet([0, 10, 20]), 1000 * MS)
    (block,) = timeline.place(packet([50, 60], 3), 1040 * MS)
    assert block.gap_s == pytest.approx(0.02)
    assert timeline.lost_n == 2


def test_jitter_of_half_a_period_is_no_loss() -> None:
    timeline = Timeline(SessionClock())
    assert len(timeline.place(packet([0, 10, 25, 30, 40]), 1000 * MS)) == 1
    assert timeline.lost_n == 0


def test_a_packet_that_comes_twice_counts_once() -> None:
    timeline = Timeline(SessionClock())
    timeline.place(packet([0, 10, 20]), 1000 * MS)
    assert timeline.place(packet([0, 10, 20]), 1001 * MS) == []
    assert timeline.late_n + timeline.duplicates_n == 3
    assert timeline.samples_n == 3


def test_a_late_packet_is_dropped_and_counted() -> None:
    timeline = Timeline(SessionClock())
    timeline.place(packet([0, 10]), 1000 * MS)
    timeline.place(packet([40, 50], 2), 1040 * MS)
    assert timeline.place(packet([20, 30], 4), 1041 * MS) == []
    assert timeline.late_n == 2
    assert len(timeline.place(packet([60, 70], 6), 1060 * MS)) == 1


def test_rows_that_share_a_stamp_are_moved_on_and_counted() -> None:
    timeline = Timeline(SessionClock())
    (block,) = timeline.place(packet([0, 0, 20, 20, 40]), 1000 * MS)
    np.testing.assert_allclose(block.t, [0, 0.005, 0.02, 0.025, 0.04], atol=1e-12)
    assert timeline.repeated_n == 2


def test_a_clock_that_wraps_or_restarts_is_anchored_anew() -> None:
    timeline = Timeline(SessionClock())
    timeline.place(packet([4_294_967_000, 4_294_967_010]), 1000 * MS)
    (block,) = timeline.place(packet([5, 15], 2), 1020 * MS)
    np.testing.assert_allclose(block.t, [0.02, 0.03], atol=1e-9)
    assert timeline.restarts_n == 1


def test_a_clock_that_runs_away_is_anchored_anew() -> None:
    timeline = Timeline(SessionClock())
    timeline.place(packet([0, 10]), 1000 * MS)
    (block,) = timeline.place(packet([3_600_000, 3_600_010], 2), 1020 * MS)
    np.testing.assert_allclose(block.t, [0.02, 0.03], atol=1e-9)


def test_a_new_connection_never_reaches_back() -> None:
    timeline = Timeline(SessionClock())
    timeline.place(packet([0, 10, 20]), 1000 * MS)
    timeline.connected()
    (block,) = timeline.place(packet([777, 787, 797], 3), 1010 * MS)
    np.testing.assert_allclose(block.t, [0.03, 0.04, 0.05], atol=1e-9)


def test_drift_is_reported_and_not_applied() -> None:
    timeline = Timeline(SessionClock())
    for k in range(1500):
        stamps = [k * 10.05, k * 10.05 + 5]
        timeline.place(packet(stamps, rate_hz=200.0), (1000 + k * 10) * MS)
    assert timeline.drift_ppm == pytest.approx(5000, rel=0.01)
    assert timeline.apart_s == pytest.approx(1499 * 0.00005, rel=0.01)
    assert timeline.last_s == pytest.approx(1499 * 0.01005 + 0.005)


def test_a_device_without_a_clock_is_counted() -> None:
    timeline = Timeline(SessionClock())
    acc = ACC[:5]
    (first,) = timeline.place(ImuPacket(None, 50.0, acc), 1000 * MS)
    np.testing.assert_allclose(first.t, np.arange(5) * 0.02, atol=1e-12)
    assert timeline.by_arrival
    (second,) = timeline.place(ImuPacket(None, 50.0, acc), 1190 * MS)  # 90 ms late: bunching, not loss
    assert second.gap_s == 0
    assert second.t[0] == pytest.approx(0.1, abs=0.002)
    (third,) = timeline.place(ImuPacket(None, 50.0, acc), 2000 * MS)
    assert third.t[-1] == pytest.approx(timeline.clock.at(2000 * MS), abs=1e-9)
    assert third.gap_s == pytest.approx(0.8, abs=0.015)
    assert timeline.lost_n == pytest.approx(40, abs=1)


def test_a_device_with_a_clock_says_so() -> None:
    timeline = Timeline(SessionClock())
    timeline.place(packet([0, 10, 20]), 1000 * MS)
    assert not timeline.by_arrival
    assert timeline.rate_hz is None


@given(
    steps=st.lists(st.integers(-30, 60), min_size=1, max_size=60),
    cuts=st.lists(st.integers(1, 7), min_size=1, max_size=60),
)
def test_time_always_increases_and_does_not_depend_on_the_packing(steps: list[int], cuts: list[int]) -> None:
    stamps = [float(s) for s in np.cumsum(steps)]
    whole = times(Timeline(SessionClock()).place(packet(stamps), 10_000 * MS))
    assert (np.diff(whole) > 0).all()
    timeline, pieces, at = Timeline(SessionClock()), np.empty(0), 0
    for n in cuts:
        part = stamps[at : at + n]
        if part:
            pieces = np.append(pieces, times(timeline.place(packet(part, at), round((10_000 + max(part)) * MS))))
        at += n
    assert (np.diff(pieces) > 0).all()
    if at >= len(stamps):
        np.testing.assert_allclose(pieces - pieces[0], whole - whole[0], atol=1e-9)
