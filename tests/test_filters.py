"""Low-pass filters against scipy and against their own definition."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st

from surefoot.errors import UsageError
from surefoot.filters import CausalLowpass, butter2, zero_phase


@pytest.mark.parametrize("rate_hz", [25.0, 52.0, 100.0, 208.0, 416.0])
@pytest.mark.parametrize("cutoff_hz", [0.5, 3.5, 5.0])
def test_the_closed_form_is_scipys_butterworth(cutoff_hz: float, rate_hz: float) -> None:
    b, a = scipy.signal.butter(2, cutoff_hz, fs=rate_hz)
    np.testing.assert_allclose(butter2(cutoff_hz, rate_hz), [*b, *a[1:]], rtol=1e-10)


def test_a_cut_off_beyond_half_the_rate_is_refused() -> None:
    with pytest.raises(UsageError, match="needs more than 40"):
        butter2(20, 30)


@given(cuts=st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_blocks_of_any_size_are_bit_identical(cuts: list[int]) -> None:
    x = np.random.default_rng(1).normal(size=(sum(cuts), 2)) + 7
    whole = CausalLowpass(3.5, 100.0).update(x)
    streaming = CausalLowpass(3.5, 100.0)
    edges = np.cumsum([0, *cuts])
    parts = [streaming.update(x[a:b]) for a, b in itertools.pairwise(edges)]
    assert np.array_equal(np.concatenate(parts), whole)


def test_the_causal_filter_is_scipys_and_starts_at_rest() -> None:
    x = np.random.default_rng(2).normal(size=(400, 2)) + 9.8
    sos = scipy.signal.butter(2, 3.5, fs=100, output="sos")
    zi = scipy.signal.sosfilt_zi(sos)[:, :, None] * x[0]
    expected, _ = scipy.signal.sosfilt(sos, x, axis=0, zi=zi)
    np.testing.assert_allclose(CausalLowpass(3.5, 100.0).update(x), expected, rtol=1e-9)


def test_reset_is_fresh() -> None:
    x = np.random.default_rng(3).normal(size=(50, 1))
    used = CausalLowpass(3.5, 100.0)
    used.update(x + 100)
    used.reset()
    assert np.array_equal(used.update(x), CausalLowpass(3.5, 100.0).update(x))


@pytest.mark.parametrize(("f_hz", "gain"), [(0.5, 0.99959), (1, 0.99348), (2, 0.90460), (3.5, 0.5), (5, 0.19098)])
def test_the_gain_of_the_final_filter(f_hz: float, gain: float) -> None:
    # 1/(1 + (tan(πf/fs)/tan(π·3.5/fs))⁴) at 100 Hz; one second from the edges
    t = np.arange(6000) / 100
    y = zero_phase(np.sin(2 * np.pi * f_hz * t), 3.5, 100.0)[100:-100]
    assert np.sqrt(2) * y.std() == pytest.approx(gain, abs=2e-4)


def test_the_padding_can_be_scipys() -> None:
    x = np.random.default_rng(4).normal(size=(500, 2))
    sos = scipy.signal.butter(2, 3.5, fs=100, output="sos")
    np.testing.assert_allclose(
        zero_phase(x, 3.5, 100.0, padlen=9), scipy.signal.sosfiltfilt(sos, x, axis=0, padlen=9), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("n", [2, 3, 10])
def test_short_windows_are_padded_by_what_they_have(n: int) -> None:
    assert np.isfinite(zero_phase(np.arange(float(n)), 3.5, 100.0)).all()
