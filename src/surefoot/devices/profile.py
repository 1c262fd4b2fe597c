"""What a `raw` profile may say: the layout of one board's packets, as data that people can write.

A profile is a table as TOML gives it; `firmware-notes/raw.md` explains every key. `checked` turns it into a `Profile`
or says which key is wrong and what it may be. Nothing is read from files here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from surefoot.errors import DeviceError
from surefoot.gatt import Pause, Write
from surefoot.samples import G0_MS2, MAX_RATE_HZ

TYPES: Final = {"i8": "i1", "u8": "u1", "i16": "i2", "u16": "u2", "i32": "i4", "u32": "u4", "f32": "f4", "f64": "f8"}
COUNTERS: Final = {"u8": 8, "u16": 16, "u32": 32, "u64": 64}  # bits after which they begin at 0 again
FORMATS: Final = ("binary", "line", "lines")
ACC_MS2: Final = {"g": G0_MS2, "mg": G0_MS2 / 1000, "m/s2": 1.0}
GYR_RADS: Final = {"deg/s": math.radians(1), "rad/s": 1.0}
STAMP_NS: Final = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1000, "ns": 1}
LONGEST_N: Final = 512  # bytes of the longest value that Bluetooth can carry
COLUMNS_N: Final = 64  # of a line of text
STEPS_N: Final = 64
PIECE_N: Final = 20  # bytes of text that every link takes at once
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Vector:
    """Three values that follow each other. `offset`: byte, or column of a line; `stride`: bytes from one sample's to
    the next; `factor`: from the number sent to m/s² or rad/s."""

    characteristic: str
    offset: int
    type: str
    stride: int
    factor: float


@dataclass(frozen=True, slots=True)
class Stamp:
    """The device's time of the first or last sample of a packet. `bits` None: a column of text, which never wraps."""

    offset: int
    bits: int | None
    unit_ns: int
    last: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """A checked profile. `samples` None: as many as the packet holds; `begins`: bytes at its start, None = any."""

    name: str
    service: str
    names: tuple[str, ...]
    rate_hz: float
    range_ms2: float | None
    format: str
    order: str
    begins: tuple[int | None, ...]
    samples: int | None
    rows_at: int
    acc: Vector
    gyr: Vector | None
    stamp: Stamp | None
    sequence: tuple[int, int] | None  # offset, bits
    info: str | None
    start: tuple[Write | Pause, ...]
    stop: tuple[Write | Pause, ...]

    @property
    def apart(self) -> bool:
        """Whether angular rates come on a characteristic of their own."""
        return self.gyr is not None and self.gyr.characteristic != self.acc.characteristic


def checked(settings: Mapping[str, Any]) -> Profile:
    """The profile in these settings.

    Raises:
        DeviceError: a key that is missing, unknown or out of its range; the sentence names it.
    """
    top = _Table(settings, "")
    kind = top.word("format", FORMATS, "binary")
    text = kind != "binary"
    samples = top.take("samples", 1)
    if samples == "all" and not text:
        samples = None
    elif isinstance(samples, bool) or not isinstance(samples, int) or not 1 <= samples <= LONGEST_N:
        raise DeviceError(
            f'samples is a whole number from 1 to {LONGEST_N}, or "all" in binary packets, not {samples!r}'
        )
    elif text and samples != 1:
        raise DeviceError("samples is 1 where the format is text: a line is a sample")
    acc_table, gyr_table = top.table("acc"), top.table("gyr", optional=True)
    if acc_table is None:
        raise DeviceError("the profile has no table [acc]: it says where the acceleration is")
    acc = _vector(acc_table, text, ACC_MS2, None, several=samples != 1)
    gyr = None if gyr_table is None else _vector(gyr_table, text, GYR_RADS, acc.characteristic, several=samples != 1)
    same = gyr is not None and gyr.characteristic == acc.characteristic
    if gyr is not None and not same and (samples != 1 or text):
        raise DeviceError("gyr.characteristic may differ from acc.characteristic only in binary packets of one sample")
    if gyr is not None and samples is None and gyr.stride != acc.stride:
        raise DeviceError('gyr.stride equals acc.stride where samples is "all": both are in the same rows')
    first = min(acc.offset, gyr.offset) if gyr is not None and same else acc.offset
    profile = Profile(
        name=top.text("name"),
        service=top.uuid("service"),
        names=top.texts("names"),
        rate_hz=top.number("rate_hz", 1.0, MAX_RATE_HZ),
        range_ms2=top.number("range_g", 0.1, 500.0) * G0_MS2 if "range_g" in settings else None,
        format=kind,
        order="<" if top.word("byte_order", ("little", "big"), "little") == "little" else ">",
        begins=_pattern(top.text("begins", "")),
        samples=samples,
        rows_at=top.whole("rows_at", 0, LONGEST_N, first),
        acc=acc,
        gyr=gyr,
        stamp=_stamp(top.table("stamp", optional=True), text),
        sequence=_sequence(top.table("sequence", optional=True), text),
        info=_only(top.table("info", optional=True)),
        start=_steps(top, "start"),
        stop=_steps(top, "stop"),
    )
    if profile.rows_at > first:
        raise DeviceError("rows_at is where the first row begins: not behind acc.offset or gyr.offset")
    top.finish()
    return profile


def _vector(table: _Table, text: bool, units: Mapping[str, float], characteristic: str | None, several: bool) -> Vector:
    found = Vector(
        characteristic=table.uuid("characteristic", characteristic),
        offset=table.whole("offset", 0, COLUMNS_N if text else LONGEST_N),
        type="text" if text else table.word("type", tuple(TYPES)),
        stride=table.whole("stride", 3, LONGEST_N) if several else table.whole("stride", 0, LONGEST_N, 0),
        factor=table.number("scale", 1e-12, 1e6, 1.0) * units[table.word("unit", tuple(units))],
    )
    table.finish()
    return found


def _stamp(table: _Table | None, text: bool) -> Stamp | None:
    if table is None:
        return None
    found = Stamp(
        offset=table.whole("offset", 0, COLUMNS_N if text else LONGEST_N),
        bits=None if text else COUNTERS[table.word("type", tuple(COUNTERS))],
        unit_ns=STAMP_NS[table.word("unit", tuple(STAMP_NS))],
        last=table.word("at", ("first", "last"), "first") == "last",
    )
    table.finish()
    return found


def _sequence(table: _Table | None, text: bool) -> tuple[int, int] | None:
    if table is None:
        return None
    if text:
        raise DeviceError("a [sequence] number is for binary packets only")
    found = table.whole("offset", 0, LONGEST_N), COUNTERS[table.word("type", ("u8", "u16", "u32"))]
    table.finish()
    return found


def _only(table: _Table | None) -> str | None:
    if table is None:
        return None
    characteristic = table.uuid("characteristic")
    table.finish()
    return characteristic


def _pattern(text: str) -> tuple[int | None, ...]:
    """Bytes as hex, "??" = any, apart by spaces."""
    words = text.split()
    if len(words) > LONGEST_N or not all(word == "??" or re.fullmatch(r"[0-9A-Fa-f]{2}", word) for word in words):
        raise DeviceError(f'begins is bytes like "55 ?? 0C", two hex digits each or ?? for any, not {text[:40]!r}')
    return tuple(None if word == "??" else int(word, 16) for word in words)


def _steps(top: _Table, key: str) -> tuple[Write | Pause, ...]:
    steps: list[Write | Pause] = []
    listed = top.take(key, [])
    if not isinstance(listed, list) or len(listed) > STEPS_N or not all(isinstance(one, Mapping) for one in listed):
        raise DeviceError(f"{key} is a list of at most {STEPS_N} tables [[{key}]]")
    for number, one in enumerate(listed):
        table = _Table(one, f"{key}[{number}].")
        characteristic = table.uuid("characteristic")
        if ("hex" in one) == ("text" in one):
            raise DeviceError(f"{key}[{number}] needs either hex or text to write")
        if "text" in one:
            payload = table.text("text", longest=LONGEST_N * STEPS_N).encode()
            pieces = [payload[i : i + PIECE_N] for i in range(0, len(payload), PIECE_N)]
        else:
            try:
                pieces = [bytes.fromhex(table.text("hex", longest=3 * LONGEST_N))]
            except ValueError:
                raise DeviceError(f"{key}[{number}].hex is bytes as hex digits") from None
        if any(len(piece) > LONGEST_N for piece in pieces):
            raise DeviceError(f"{key}[{number}] writes more than {LONGEST_N} bytes")
        response = table.take("response", True)
        if not isinstance(response, bool):
            raise DeviceError(f"{key}[{number}].response is true or false, not {response!r}")
        steps += [Write(characteristic, piece, response) for piece in pieces]
        pause_s = table.number("pause_s", 0.0, 10.0, 0.0)
        if pause_s:
            steps.append(Pause(pause_s))
        table.finish()
    return tuple(steps)


class _Table:
    """Takes the keys of a table one by one; what is left over at the end is unknown."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self._left = dict(values)
        self._where = where

    def take(self, key: str, default: Any = None) -> Any:
        value = self._left.pop(key, default)
        if value is None:
            raise DeviceError(f"the profile does not say {self._where}{key}")
        return value

    def finish(self) -> None:
        if self._left:
            raise DeviceError(f"a profile has no key {self._where}{str(next(iter(self._left)))[:40]}")

    def _fault(self, key: str, is_a: str, value: object) -> DeviceError:
        return DeviceError(f"{self._where}{key} is {is_a}, not {str(value)[:40]!r}")

    def text(self, key: str, default: str | None = None, longest: int = 80) -> str:
        value = self.take(key, default)
        if not isinstance(value, str) or len(value) > longest:
            raise self._fault(key, f"text of at most {longest} characters", value)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.take(key, [])
        if (
            not isinstance(value, list)
            or len(value) > 16
            or not all(isinstance(v, str) and 0 < len(v) <= 40 for v in value)
        ):
            raise self._fault(key, "a list of at most 16 beginnings of names", value)
        return tuple(value)

    def uuid(self, key: str, default: str | None = None) -> str:
        value = self.take(key, default)
        if not isinstance(value, str) or not UUID.fullmatch(value.lower()):
            raise self._fault(key, "a UUID of 128 bits like 6fbe1da7-3001-44de-92c4-bb6e04fb0212", value)
        return value.lower()

    def word(self, key: str, words: tuple[str, ...], default: str | None = None) -> str:
        value = self.take(key, default)
        if not isinstance(value, str) or value not in words:
            raise self._fault(key, f"one of {', '.join(words)}", value)
        return value

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        value = self.take(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self._fault(key, f"a whole number from {low} to {high}", value)
        return value

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        value = self.take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self._fault(key, f"a number from {low:g} to {high:g}", value)
        return float(value)

    def table(self, key: str, optional: bool = False) -> _Table | None:
        if optional and key not in self._left:
            return None
        value = self.take(key)
        if not isinstance(value, Mapping):
            raise self._fault(key, f"a table [{key}]", value)
        return _Table(value, f"{key}.")
