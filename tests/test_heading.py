"""The forward direction from three leans, in any mount."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.heading import forward_from_leans
from surefoot.samples import G0_MS2, Array

FS = 100.0


def calibration(leans_deg: list[float], toward_deg: list[float], seed: int = 0) -> Array:
    """(n, 3) body axes x right, y forward, z up: 2 s upright, then leans of 1 s there, 1.2 s held, 1 s back, 1 s up."""
    tilt, side = [np.zeros(200)], [np.zeros(200)]
    for lean, toward in zip(leans_deg, toward_deg, strict=True):
        way = (1 - np.cos(np.linspace(0, np.pi, 100))) / 2
        tilt.append(lean * np.concatenate([way, np.ones(120), way[::-1], np.zeros(100)]))
        side.append(np.full(420, toward))
    theta, phi = np.radians(np.concatenate(tilt)), np.radians(np.concatenate(side))
    acc = np.column_stack([-np.sin(theta) * np.sin(phi), -np.sin(theta) * np.cos(phi), np.cos(theta)]) * G0_MS2
    return acc + np.random.default_rng(seed).normal(0, 0.03, acc.shape)


def mount(yaw: float, pitch: float, roll: float) -> Array:
    a, b, c = np.radians([yaw, pitch, roll])
    rz = np.array([[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]])
    ry = np.array([[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]])
    rx = np.array([[1, 0, 0], [0, math.cos(c), -math.sin(c)], [0, math.sin(c), math.cos(c)]])
    return np.asarray(rz @ ry @ rx)


@given(yaw=st.floats(-180, 180), pitch=st.floats(-60, 60), roll=st.floats(-60, 60))
def test_forward_is_found_in_any_mount(yaw: float, pitch: float, roll: float) -> None:
    turn = mount(yaw, pitch, roll)  # body → sensor is turn.T, so a body vector v reads v @ turn
    found = forward_from_leans(calibration([12, 10, 14], [2, -3, 1]) @ turn, FS)
    assert found.reason is None
    assert found.forward is not None
    off = math.degrees(math.acos(min(1.0, float(found.forward @ (np.array([0, 1.0, 0]) @ turn)))))
    assert off < 3


@pytest.mark.parametrize(
    ("leans", "toward", "says"),
    [
        ([12, 12], [0, 0], "2 of 3"),
        ([12, 3, 12], [0, 0, 0], "2 of 3"),
        ([12, 12, 12], [0, 30, -5], "differ by"),
        ([12, 12, 12], [0, 90, 180], "several directions"),
        ([0, 0, 0], [0, 0, 0], "0 of 3"),
    ],
)
def test_a_careless_calibration_is_refused_with_the_reason(leans: list[float], toward: list[float], says: str) -> None:
    found = forward_from_leans(calibration(leans, toward), FS)
    assert found.forward is None
    assert found.reason is not None
    assert says in found.reason


def test_too_short_and_weightless_are_refused() -> None:
    assert "shorter" in str(forward_from_leans(np.ones((100, 3)), FS).reason)
    assert "no gravity" in str(forward_from_leans(np.zeros((1000, 3)), FS).reason)
