"""Open recordings with oracle values and published ones; needs --recordings=DIR (the folder `science/reference` stands
beside DIR). Values of other programs are never asserted: they are often other metrics under similar names."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surefoot.frame import to_up, up_vector
from surefoot.samples import G0_MS2, Array
from surefoot.sway import Sway, measure

COP = (
    "real_cop_quijoux30s", "real_cop_bds00001", "real_cop_bds00007", "sim_circle_r1cm_0p5hz", "sim_line30s",
    "sim_constant30s", "sim_sumsines60s", "sim_white60s",
)  # fmt: skip
IMU = (
    "real_imu_mhealthtools_pocket30s", "real_imu_skdh_lumbar17s", "sim_imu_pendulum30s", "sim_imu_pendulum30s_noisy",
)  # fmt: skip
OURS = {
    "RDIST_ml": "rms_ml_ms2", "RDIST_ap": "rms_ap_ms2", "RDIST_rd": "rms_h_ms2", "MDIST_rd": "mdist_h_ms2",
    "TOTEX_rd": "path_h_ms2", "TOTEX_ml": "path_ml_ms2", "TOTEX_ap": "path_ap_ms2",
    "MVELO_rd": "path_rate_h_ms3", "MVELO_ml": "path_rate_ml_ms3", "MVELO_ap": "path_rate_ap_ms3",
    "RANGE_ml": "range_ml_ms2", "RANGE_ap": "range_ap_ms2", "RANGE_diameter": "range_h_ms2",
    "AREA_PE95_chi2": "ellipse95_m2s4", "AREA_CC": "circle95_m2s4", "HULL_area": "hull_m2s4",
    "AREA_SW": "area_rate_m2s5",
    "MFREQ_rd": "mfreq_h_hz", "JERK_half_integral": "jerk_m2s5", "axis_deg_from_ml": "axis_deg",
}  # fmt: skip
"""Row of the oracle → our field; the same definition."""
INVARIANT = tuple(row for row in OURS if not row.endswith(("_ml", "_ap")) and row != "axis_deg_from_ml")


@pytest.fixture
def reference(recordings: Path) -> Path:
    folder = recordings.parent / "science" / "reference"
    if not folder.is_dir():
        pytest.skip("no science/reference beside the recordings")
    return folder


def values(reference: Path, recording: str, peer: str = "definition") -> dict[str, float | None]:
    table = json.loads((reference / "reference.json").read_text())["values"]
    return {row["metric"]: row["value"] for row in table if row["recording"] == recording and row["peer"] == peer}


def columns(reference: Path, recording: str) -> tuple[dict[str, Array], dict[str, Any]]:
    about = json.loads((reference / "recordings.json").read_text())[recording]
    data = np.loadtxt(reference / about["file"], delimiter=",", skiprows=1)
    return dict(zip(about["columns"], data.T, strict=True)), about


def agree(found: Sway, oracle: dict[str, float | None], rows: tuple[str, ...], prefix: str, rel: float) -> int:
    checked = 0
    for row in rows:
        expected, value = oracle.get(prefix + row), getattr(found, OURS[row])
        if expected is None or value is None:
            continue  # degenerate in one of the two: still axes, round clouds
        assert value == pytest.approx(expected, rel=rel, abs=1e-9), row
        checked += 1
    return checked


@pytest.mark.parametrize("name", COP)
def test_unfiltered_centers_of_pressure_agree_with_the_definitions(name: str, reference: Path) -> None:
    data, about = columns(reference, name)
    found = measure(np.column_stack([data["ap"], data["ml"]]), about["fs"], cutoff_hz=None)
    checked = agree(found, values(reference, name), tuple(OURS), "", rel=1e-6)
    assert checked >= (11 if name == "sim_constant30s" else 15)


@pytest.mark.parametrize(
    ("name", "sign"), [(name, -1 if "mhealthtools" in name or "skdh" in name else 1) for name in IMU]
)
@pytest.mark.parametrize(("prefix", "window"), [("isway_", (0.0, math.inf)), ("isway_5to28s_", (5.0, 28.0))])
def test_filtered_accelerations_agree_with_the_definitions(
    name: str, sign: int, prefix: str, window: tuple[float, float], reference: Path
) -> None:
    oracle = values(reference, name)
    if not any(prefix + row in oracle for row in INVARIANT):
        pytest.skip("the oracle has no such window")
    data, _ = columns(reference, name)
    t, axes = data["t"], list(data)[1:4]
    acc = sign * np.column_stack([data[axis] for axis in axes]) * (G0_MS2 if axes[0].endswith("_g") else 1.0)
    inside = (t >= window[0]) & (t < window[1])
    t, acc = t[inside], acc[inside]
    grid = np.arange(t[0], t[-1] + 1e-9, 0.01)
    even = np.column_stack([np.interp(grid, t, acc[:, axis]) for axis in range(3)])
    up = up_vector(even)
    assert up is not None
    found = measure((even @ to_up(up).T)[:, :2], 100.0, padlen=9)
    checked = agree(found, oracle, INVARIANT, prefix, rel=1e-6)
    assert checked >= 8


@pytest.mark.parametrize("name", ["real_cop_bds00001", "real_cop_bds00007"])
def test_published_values_of_two_force_plate_trials(name: str, reference: Path) -> None:
    """Santos & Duarte 2016, one minute each. Their area is the F form; the factor to ours is exact:
    2(N−1)(N+1)/(N(N−2))·F₀.₉₅(2, N−2) / 5.991. Their duration is N/rate, ours (N−1)/rate. Their mean frequency is the
    mean of a spectrum, not the path form of `mfreq_h_hz`: it is another metric and is not compared."""
    from scipy.stats import f as f_distribution

    data, about = columns(reference, name)
    published = values(reference, name, "published")
    found = measure(np.column_stack([data["ap"], data["ml"]]), about["fs"], cutoff_hz=None)
    n = about["n"]
    f_form = 2 * (n - 1) * (n + 1) / (n * (n - 2)) * float(f_distribution.ppf(0.95, 2, n - 2)) / 5.991464547
    assert found.ellipse95_m2s4 is not None
    assert found.path_rate_h_ms3 is not None
    assert published["published_COParea_cm2"] == pytest.approx(found.ellipse95_m2s4 * f_form, rel=5e-5)
    velocity = found.path_rate_h_ms3 * (n - 1) / n
    assert published["published_COPvelo_cm_s"] == pytest.approx(velocity, rel=5e-5)
    assert found.mfreq_h_hz != pytest.approx(published["published_COPmfreq_Hz"], rel=0.1)
