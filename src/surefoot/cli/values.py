"""What an option's text may say: a number within its bounds, with an error that names both."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def _number(what: str, low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{what} is a number, not {text!r}") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{what} is {low:g} to {high:g}, not {text}")
        return value

    return read


def _whole(what: str, low: int, high: int) -> Callable[[str], int]:
    number = _number(what, low, high)

    def read(text: str) -> int:
        value = number(text)
        if value != int(value):
            raise argparse.ArgumentTypeError(f"{what} is a whole number, not {text}")
        return int(value)

    return read


seconds = _number("a duration in seconds", 0.1, 1e6)
time = _number("a time in seconds", 0.0, 1e9)
height = _number("a height in cm", 1, 60)
rate = _number("a rate in Hz", 10, 5000)
range_g = _number("a range in g", 1, 400)
noise = _number("a noise in m/s²", 0, 50)
loss = _number("a share of lost packets", 0, 0.9)
clock_error = _number("a clock error", -0.1, 0.1)
degrees = _number("an angle in degrees", -360, 360)
count = _whole("a count", 1, 100)
seed = _whole("a seed", 0, 2**31)

_finite_speed = _number("a speed (or max)", 0.05, 1000.0)


def speed(text: str) -> float:
    """Times real time; "max" is infinite."""
    return float("inf") if text == "max" else _finite_speed(text)


def drill(text: str) -> str:
    """A drill's name; the hold is also known by its command, stand."""
    return "hold" if text == "stand" else text


def device(text: str) -> str:
    """A sensor's name or address."""
    if not text.strip():
        raise argparse.ArgumentTypeError("a sensor has a name or an address: see surefoot devices")
    return text.strip()
