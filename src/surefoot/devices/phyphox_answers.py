"""What phyphox asks and answers: requests as text, and the answers taken apart. No unit and no clock in here.

    /config   {"title":…, "localTitle":…,
               "inputs":[{"source":"accelerometer","outputs":[{"x":"accX"},…,{"t":"acc_time"}]}]}
    /meta     {"deviceModel":…, "sensors":{"accelerometer":{"Range":"156.9",…}}}; an iPhone leaves the sensors out
    /get?…    {"buffer":{"accX":{"size":0,"updateMode":"partial","buffer":[1.25E-1,…]},…},
               "status":{"session":"5f2a11","measuring":true,…}}

Asked for with `/get`: `NAME=full` is everything, `NAME=` the newest value, `NAME=T` the values of NAME beyond T,
`NAME=T|REF` those of NAME where REF is beyond T. Names of buffers are an experiment's own, so `/config` tells them.

Read in phyphox-android `RemoteServer.java` (cb5f8d8, 07559f6) and phyphox-ios `ExperimentWebServer.swift` (fc758b3).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import numpy as np

from surefoot.errors import DeviceError
from surefoot.foreign import printable
from surefoot.samples import G0_MS2, Array

MAX_CHARS: Final = 8 << 20  # of an answer; a full one of 20 000 samples of six axes has 3 million
MAX_T_S: Final = 1e6  # 11 days of measuring: up to here float seconds hold whole nanoseconds (1e15 < 2^53)
NAME_N: Final = 100  # characters of a buffer's name
TITLE_N: Final = 40  # of a title or a model that people read
WANTED: Final = 'open "Acceleration with g" in phyphox (German: "Beschleunigung mit g")'
RANGES_MS2: Final = (G0_MS2, 5000.0)  # full scales that a phone's accelerometer may have
NOMINAL_HZ: Final = (50, 52, 100, 104, 125, 200, 208, 250, 400, 416, 500)
"""Rates of common chips. A measured rate within 1 % of one is that one, so that a phone has the same rate every day."""
NOMINAL_SHARE: Final = 0.01  # as far as true rates are off their names
GAP_PERIODS: Final = 1.8  # a step beyond is a hole and tells nothing of the rate (as `timeline.TimelineLimits`)


class Buffers(NamedTuple):
    """Names of the buffers of one sensor."""

    t: str
    x: str
    y: str
    z: str


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is open in the app; `gyr` None: it has no gyroscope."""

    title: str
    acc: Buffers
    gyr: Buffers | None


STOCK: Final = Experiment(
    "Acceleration with g",
    Buffers("acc_time", "accX", "accY", "accZ"),
    Buffers("gyr_time", "gyrX", "gyrY", "gyrZ"),
)
"""Names in the app's own experiments; these hold one sensor each."""


@dataclass(frozen=True, slots=True)
class Since:
    """The newest stamp of each sensor that has come, s; None: nothing yet."""

    acc: float | None = None
    gyr: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of `/get`. `session` changes when another experiment is opened; "" where an old app tells none."""

    session: str
    measuring: bool
    _buffers: Mapping[str, Any]

    def has(self, names: Buffers) -> bool:
        """All buffers of this sensor are in it."""
        return all(name in self._buffers for name in names)

    def full(self, name: str) -> bool:
        """The phone sent everything that this buffer holds."""
        held = self._buffers.get(name)
        return isinstance(held, dict) and held.get("updateMode") == "full"

    def newest(self, name: str) -> float | None:
        """The last value of a buffer, None when it has none. Raises DeviceError where the buffer is missing."""
        values = self._column(name)
        return float(values[-1]) if len(values) and math.isfinite(values[-1]) else None

    def rows(self, names: Buffers) -> tuple[Array, Array]:
        """(n,) stamps in s and (n, 3) values; rows with a hole are left out. Raises DeviceError.

        The columns may differ in length: an older iPhone's app reads one after another while it measures.
        """
        columns = [self._column(name) for name in names]
        n = min(map(len, columns))
        table = np.column_stack([column[:n] for column in columns])
        table = table[np.isfinite(table).all(axis=1)]
        if (np.abs(table[:, 0]) > MAX_T_S).any():
            raise DeviceError(f"stamps of phyphox are seconds within ±{MAX_T_S:g}: clear the data in the app")
        return table[:, 0], table[:, 1:]

    def _column(self, name: str) -> Array:
        held = self._buffers.get(name)
        values = held.get("buffer") if isinstance(held, dict) else None
        if not isinstance(values, list):
            raise DeviceError(f"the answer of phyphox lacks {printable(name, NAME_N)!r}: {WANTED}")
        try:
            return np.array([v if type(v) in (int, float) else math.nan for v in values], dtype=np.float64)
        except OverflowError:
            raise DeviceError("a number of phyphox has too many digits") from None


def answer(text: str | bytes) -> Answer:
    """An answer of `/get`. Raises DeviceError."""
    body = _object(text)
    buffers, status = body.get("buffer"), body.get("status")
    if not isinstance(buffers, dict) or not isinstance(status, dict):
        raise DeviceError("an answer of phyphox has buffers and a status: is this another program?")
    session = status.get("session")
    known = printable(session, NAME_N) if isinstance(session, str) else ""
    return Answer(known, status.get("measuring") is True, buffers)


def agreed(text: str | bytes) -> bool:
    """Whether the phone did what a command said. Raises DeviceError."""
    return _object(text).get("result") is True


def experiment(text: str | bytes) -> Experiment:
    """What is open, from `/config`. Raises DeviceError with the experiment to open where it does not serve."""
    body = _object(text)
    title = next((body[key] for key in ("localTitle", "title") if isinstance(body.get(key), str)), "")
    title = printable(title, TITLE_N) or "this experiment"
    inputs = body.get("inputs")
    if not isinstance(inputs, list):
        raise DeviceError("what answers here is not phyphox: compare the address with the one that the app shows")
    sources = [one for one in inputs if isinstance(one, dict)]
    acc = _sensor(sources, "accelerometer")
    if acc is not None:
        return Experiment(title, acc, _sensor(sources, "gyroscope"))
    named = {one["source"] for one in sources if isinstance(one.get("source"), str)}
    if "accelerometer" in named:
        raise DeviceError(f'"{title}" keeps no x, y, z and time of the acceleration: {WANTED}')
    if "linear_acceleration" in named:
        raise DeviceError(f'"{title}" takes gravity away, and without it nothing can be measured here: {WANTED}')
    raise DeviceError(f'"{title}" does not measure acceleration: {WANTED}')


def range_ms2(text: str | bytes) -> float | None:
    """Full scale of one axis of the accelerometer, m/s², from `/meta`; None where it does not tell."""
    sensor = _object(text).get("sensors")
    for key in ("accelerometer", "Range"):
        sensor = sensor.get(key) if isinstance(sensor, dict) else None
    try:
        full_ms2 = float(sensor) if isinstance(sensor, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return None
    return full_ms2 if RANGES_MS2[0] <= full_ms2 <= RANGES_MS2[1] else None


def model(text: str | bytes) -> str:
    """The phone's model, from `/meta`; "" where it does not tell."""
    said = _object(text).get("deviceModel")
    return printable(said, TITLE_N) if isinstance(said, str) else ""


def request(open_: Experiment, since: Since) -> str:
    """The target that brings all samples beyond `since`."""
    parts = []
    for names, newest_s in ((open_.acc, since.acc), (open_.gyr, since.gyr)):
        if names is not None:
            t, *axes = (quote(name, safe="") for name in names)
            parts.append(f"{t}={'full' if newest_s is None else repr(newest_s)}")
            parts += [f"{axis}={'full' if newest_s is None else f'{newest_s!r}%7C{t}'}" for axis in axes]
    return "/get?" + "&".join(parts)


def newest_request(open_: Experiment) -> str:
    """The target that tells the newest stamp of the acceleration."""
    return f"/get?{quote(open_.acc.t, safe='')}="


def nominal_hz(t: Array) -> float | None:
    """The sampling rate that stamps show, None where they show none that a sensor can have."""
    steps = np.diff(t)
    steps = steps[steps > 0]
    if not len(steps):
        return None
    steps = steps[steps < GAP_PERIODS * np.median(steps)]
    step_s = float(steps.mean()) if len(steps) else 0.0
    if not 1 / 5000 <= step_s <= 1:
        return None
    measured_hz = 1 / step_s
    near = [hz for hz in NOMINAL_HZ if abs(measured_hz / hz - 1) <= NOMINAL_SHARE]
    rate_hz = float(near[0] if near else round(measured_hz))
    return rate_hz if 1 <= rate_hz <= 5000 else None


def _sensor(sources: list[dict[str, Any]], kind: str) -> Buffers | None:
    """The buffers of the first input of that kind that has all four."""
    for source in sources:
        outputs = source.get("outputs")
        if source.get("source") == kind and isinstance(outputs, list):
            names = {key: name for one in outputs if isinstance(one, dict) for key, name in one.items()}
            if all(_is_name(names.get(axis)) for axis in "txyz"):
                return Buffers(names["t"], names["x"], names["y"], names["z"])
    return None


def _is_name(name: Any) -> bool:
    """A name that a request can hold: `|` stands between a threshold and its reference there."""
    return isinstance(name, str) and 0 < len(name) <= NAME_N and "|" not in name and name.isprintable()


def _object(text: str | bytes) -> dict[str, Any]:
    if len(text) > MAX_CHARS:
        raise DeviceError(f"an answer of phyphox has at most {MAX_CHARS} characters, got {len(text)}")
    try:
        body = json.loads(text, parse_constant=lambda word: None)
    except (ValueError, RecursionError):
        raise DeviceError("what came is no answer of phyphox (not JSON): is this its address?") from None
    if not isinstance(body, dict):
        raise DeviceError("what came is no answer of phyphox (no JSON object): is this its address?")
    return body
