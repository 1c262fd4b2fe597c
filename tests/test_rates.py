"""One stance through sensors of many rates, on a bad link and worn askew, reads as through a perfect one."""

from __future__ import annotations

import math

import pytest

from repack import run
from surefoot import simulate
from surefoot.events import HoldEnded
from surefoot.simulate import SensorSetup
from surefoot.sway import Sway

ONE_LEG = ("one_eo_firm", "one_eo_mat", "one_ec_firm", "one_ec_mat")
TWO_LEGS = ("two_eo_firm", "two_ec_firm", "two_eo_mat", "two_ec_mat")
RATES_HZ = (52, 100, 200, 416)
POLAR_HZ = (25, 50, 100, 200)
RANGE_G, RANGE_MS2 = 8, 78.4532


def final(preset: str, sensor: SensorSetup) -> tuple[Sway, float]:
    """The final value of one trial of 30 s, and the true RMS."""
    made = simulate.stand(preset, seed=1, sensor=sensor)
    (ended,) = [event for event in run(made.header, made.inputs) if isinstance(event, HoldEnded)]
    assert ended.end_reason == "target"
    return ended.sway, made.truth["rms_h_ms2"]


def plain(rate_hz: int, noise_ms2: float) -> SensorSetup:
    settings = {"rate_hz": rate_hz, "range_ms2": RANGE_MS2}
    return SensorSetup(device="plain", settings=settings, noise_ms2=noise_ms2)


def worn_badly(rate_hz: int, loss: float = 0.02) -> SensorSetup:
    """A Polar where it has that rate, else the plain codec. The noise is the usual one of simulated sensors, 0.01 m/s²:
    by the simulator's table it adds 0.6 % to the path of a one-leg stance, which leaves room within 3 %."""
    polar = rate_hz in POLAR_HZ
    return SensorSetup(
        device="polar" if polar else "plain",
        settings={"rate_hz": rate_hz, "range_g": RANGE_G} if polar else {"rate_hz": rate_hz, "range_ms2": RANGE_MS2},
        packet_n=10,
        jitter_ns=15_000_000,
        loss=loss,
        pitch_deg=8.0,
    )


@pytest.mark.parametrize("preset", ONE_LEG)
def test_rate_link_and_mount_change_rms_and_path_by_three_percent_at_most(preset: str) -> None:
    clean, true_rms = final(preset, plain(200, noise_ms2=0.0))
    assert clean.rms_h_ms2 == pytest.approx(true_rms, rel=0.005)
    for rate_hz in RATES_HZ:
        sway, _ = final(preset, worn_badly(rate_hz))
        assert sway.flags == (), rate_hz
        assert sway.rms_h_ms2 == pytest.approx(clean.rms_h_ms2, rel=0.03), rate_hz
        assert sway.path_rate_h_ms3 == pytest.approx(clean.path_rate_h_ms3, rel=0.03), rate_hz


@pytest.mark.parametrize("preset", ONE_LEG)
def test_50_hz_without_losses_keeps_three_percent(preset: str) -> None:
    clean, _ = final(preset, plain(200, noise_ms2=0.0))
    sway, _ = final(preset, worn_badly(50, loss=0.0))
    assert sway.flags == ()
    assert sway.rms_h_ms2 == pytest.approx(clean.rms_h_ms2, rel=0.03)
    assert sway.path_rate_h_ms3 == pytest.approx(clean.path_rate_h_ms3, rel=0.03)


def test_25_hz_has_a_value_and_the_flag_of_a_low_rate() -> None:
    sway, true_rms = final("one_ec_firm", worn_badly(25))
    assert "low_rate" in sway.flags
    assert sway.rms_h_ms2 == pytest.approx(true_rms, rel=0.03)


@pytest.mark.parametrize("preset", TWO_LEGS)
@pytest.mark.parametrize("noise_ms2", [0.003, 0.02])
def test_two_legs_are_flagged_when_noise_alone_gives_half_of_path_or_jerk(preset: str, noise_ms2: float) -> None:
    rate_hz = 100
    sway, _ = final(preset, plain(rate_hz, noise_ms2))
    assert sway.path_rate_h_ms3 is not None
    assert sway.jerk_rate_m2s6 is not None
    # the table of the sway chapter: white noise of SD σ alone, behind the filter, at 100 Hz
    share = max(3.9 * noise_ms2 / sway.path_rate_h_ms3, 10.3 * noise_ms2**2 / sway.jerk_rate_m2s6)
    assert not math.isclose(share, 0.5, rel_tol=0.1), "too close to tell"
    assert ("noise_floor" in sway.flags) == (share > 0.5)
    assert ("noise_floor" in sway.flags) == (noise_ms2 == 0.02 and preset.endswith("firm"))
