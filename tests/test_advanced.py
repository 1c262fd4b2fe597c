"""Advanced metrics on processes whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from surefoot.advanced import METRICS, dfa, diffusion, measure, sample_entropy

FS = 100.0


def test_entropy_of_white_noise_is_its_closed_form() -> None:
    # −ln P(|x − y| ≤ 0.2 SD) = −ln erf(0.1) = 2.185; 3000 samples read 2.210 in four libraries
    x = np.random.default_rng(1).normal(size=3000)
    assert sample_entropy(x) == pytest.approx(-math.log(math.erf(0.1)), abs=0.06)


def test_entropy_counts_what_the_definition_counts() -> None:
    x = np.array([1.0, 2, 3, 1, 2, 3, 1, 2, 4, 1, 2, 3])
    limit, n, m = 0.2 * x.std(ddof=1), len(x), 2

    def matches(length: int) -> int:
        runs = [x[k : k + length] for k in range(n - m)]
        return sum(
            bool((np.abs(runs[i] - runs[j]) <= limit).all()) for i in range(len(runs)) for j in range(i + 1, len(runs))
        )

    assert sample_entropy(x) == pytest.approx(-math.log(matches(3) / matches(2)))


def test_a_signal_that_never_repeats_has_no_entropy() -> None:
    assert sample_entropy(np.arange(6.0)) is None  # steps of 1 lie beyond 0.2 × 1.87


def test_fluctuations_of_white_and_brownian_noise() -> None:
    white = np.random.default_rng(2).normal(size=6000)
    assert dfa(white, FS) == pytest.approx(0.5, abs=0.06)  # SD of one draw 0.03
    assert dfa(np.cumsum(white), FS) == pytest.approx(1.5, abs=0.12)


def test_diffusion_of_a_random_walk() -> None:
    d = 0.8
    walks = [np.cumsum(np.random.default_rng(k).normal(0, math.sqrt(2 * d / FS), 6000)) for k in range(20)]
    short = np.array([diffusion(walk, FS, (0.1, 0.5)) for walk in walks])
    assert short[:, 0].mean() == pytest.approx(d, rel=0.05)
    assert short[:, 1].mean() == pytest.approx(0.5, abs=0.02)
    long = np.array([diffusion(walk, FS, (2.0, 10.0)) for walk in walks])
    assert long[:, 1].mean() == pytest.approx(0.5, abs=0.1)  # few independent lags of 10 s in a minute


def test_a_bounded_signal_does_not_diffuse_for_long() -> None:
    t = np.arange(6000) / FS
    assert abs(diffusion(np.sin(2 * np.pi * 1.3 * t), FS, (2.0, 10.0))[1]) < 0.1


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        (np.zeros(4000), "no_motion"),
        (np.ones(2000), "too_short"),
        (np.full(4000, np.nan), "bad_input"),
        (np.ones((5, 2)), "bad_input"),
    ],
)
def test_what_cannot_be_measured_says_why(x: np.ndarray[tuple[int, ...], np.dtype[np.float64]], reason: str) -> None:
    found = measure(x, FS)
    assert {getattr(found, name) for name in METRICS} == {None}
    assert set(found.missing.values()) == {reason}


def test_thirty_seconds_of_sway_give_every_number() -> None:
    from surefoot.filters import zero_phase

    x = zero_phase(np.random.default_rng(3).normal(size=3000), 3.5, FS)
    found = measure(x, FS)
    assert found.missing == {}
    assert all(isinstance(getattr(found, name), float) for name in METRICS)


def test_the_size_of_the_signal_changes_only_the_diffusion() -> None:
    x = np.random.default_rng(5).normal(size=3000)
    one, tiny = measure(x, FS), measure(x * 1e-200, FS)
    assert tiny.dfa_alpha == pytest.approx(one.dfa_alpha)
    assert tiny.sampen == pytest.approx(one.sampen)
    assert tiny.hurst_short == pytest.approx(one.hurst_short)
    assert tiny.diffusion_short_m2s5 == 0.0
    half = measure(x / 2, FS)
    assert half.diffusion_short_m2s5 == pytest.approx((one.diffusion_short_m2s5 or 0) / 4)
