"""surefoot's own plain table: the form into which anybody can bring anything.

    t_s,ax,ay,az,gx,gy,gz
    0.0,0.02,-0.11,9.81,0.001,0.0,-0.002

Columns are found by name, in any order, others are left alone; a name may end in its unit (ax_ms2, gx_rads), as
surefoot exports it. `t_s` in seconds; acceleration with gravity in
m/s², + on the axis that points up at rest; angular rate in rad/s, its columns absent or empty where there is
none. Delimiter comma, semicolon or tab; decimal commas unless the delimiter is the comma. `NAME.json` beside
`NAME.csv` may tell more: the keys of `TEXTS`, `rate_hz` (only compared), `range_ms2` (full scale of one axis).

A last line without its newline is dropped whatever it holds: a number that was cut short is a number too.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from surefoot.devices.plain import MAX_T_S
from surefoot.errors import RecordingError
from surefoot.foreign import printable
from surefoot.samples import MAX_ACC_MS2, MAX_GYR_RADS, MAX_RATE_HZ

SHAPE = "a table with the columns t_s, ax, ay, az (s and m/s²) and perhaps gx, gy, gz (rad/s)"
REQUIRED: Final = ("t_s", "ax", "ay", "az")
GYRO: Final = ("gx", "gy", "gz")
WITH_UNITS: Final = {
    f"{name}_{unit}": name for names, unit in ((REQUIRED[1:], "ms2"), (GYRO, "rads")) for name in names
}
TEXTS: Final = ("name", "placement", "activity", "sign", "timestamps", "license")  # no people, places or ids
MAX_TEXT: Final = 200
MAX_LINE: Final = 65_536  # bytes
MAX_SIDECAR: Final = 65_536  # bytes
MISSING: Final = frozenset(("", "null", "none", "na", "n/a"))  # beside NaN and inf, which are floats
MAX_GYRO_LOSS: Final = 0.01  # share of rows worth losing for the angular rate; beyond it acceleration matters more
RATE_TOLERANCE: Final = 0.05  # the file's own word against its stamps


def sniff(head: bytes) -> bool:
    """Whether the first line names the columns that are needed."""
    return set(REQUIRED) <= set(_columns(head.split(b"\n")[0])[1])


def read(path: Path) -> PlainTable:
    """Read a table through. Raises RecordingError, with the line where there is one."""
    return PlainTable(path)


class PlainTable:
    """A plain table that was read through once; see `importers.Table`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.facts, self.notes = _sidecar(path)
        self._t0: float | None = None
        self._dropped_n = 0
        self._torn = False
        self._gyro = True
        stamps, gyro_n = array("d"), 0
        for row in self._parsed():
            stamps.append(row[0])
            gyro_n += _complete(row)
        self._gyro = gyro_n >= (1 - MAX_GYRO_LOSS) * len(stamps) and gyro_n > 0
        if len(stamps) < 2:
            raise RecordingError(f"{path} has fewer than 2 samples: export it again")
        spacings_s = np.diff(np.frombuffer(stamps, np.float64))
        self.rate_hz = self._rate_hz(float(np.median(spacings_s)))
        self._tell(int((spacings_s <= 0).sum()), len(stamps), gyro_n)

    def rows(self) -> Iterator[tuple[float, ...]]:
        """The samples, read again from the file."""
        for row in self._parsed():
            if not self._gyro:
                yield row[:4]
            elif _complete(row):
                yield row

    def _parsed(self) -> Iterator[tuple[float, ...]]:
        """Rows with a time and an acceleration: 4 values and, where there are such columns, 3 more or NaN."""
        self._dropped_n, self._torn = 0, False
        with self._path.open("rb") as file:
            delimiter, names = _columns(file.readline(MAX_LINE))
            where = self._where(names)
            number = 1
            while line := file.readline(MAX_LINE):
                number += 1
                if len(line) == MAX_LINE:
                    raise RecordingError(f"{self._path}: the line is too long; mend or remove it", number)
                if not line.endswith(b"\n"):
                    self._torn = True
                    return
                if not line.strip():
                    continue
                try:
                    fields = line.decode("latin-1").split(delimiter)
                    row = self._row(fields, len(names), where, delimiter != ",")
                except ValueError as e:
                    raise RecordingError(f"{self._path}: {e}; mend or remove the line", number) from None
                if row is None:
                    self._dropped_n += 1
                else:
                    yield row

    def _where(self, names: list[str]) -> list[int]:
        wanted = REQUIRED + (GYRO if set(GYRO) <= set(names) else ())
        for name in wanted:
            if names.count(name) != 1:
                what = "two columns" if name in names else "no column"
                raise RecordingError(f"{self._path} has {what} {name}: it must be {SHAPE}", 1)
        return [names.index(name) for name in wanted]

    def _row(self, fields: list[str], n: int, where: list[int], comma: bool) -> tuple[float, ...] | None:
        """The values of a line, None where the time or the acceleration is missing. Raises ValueError."""
        if len(fields) != n:
            raise ValueError(f"{len(fields)} columns instead of {n}")
        row = tuple(_number(fields[i], comma) for i in where)
        if not all(map(math.isfinite, row[:4])):
            return None
        if self._t0 is None:
            self._t0 = row[0]
        t_s = round(row[0] - self._t0, 9) if self._t0 else row[0]
        if abs(t_s) > MAX_T_S:
            raise ValueError("a time more than 11 days from the first: t_s is in seconds")
        if max(map(abs, row[1:4])) >= MAX_ACC_MS2:
            raise ValueError("an acceleration beyond 500 g: ax, ay and az are in m/s²")
        if any(abs(value) >= MAX_GYR_RADS for value in row[4:] if math.isfinite(value)):
            raise ValueError("an angular rate beyond 200 rad/s: gx, gy and gz are in rad/s")
        return (t_s, *row[1:])

    def _rate_hz(self, spacing_s: float) -> float:
        rate_hz = round(1 / spacing_s, 3) if spacing_s > 0 else 0.0
        if not 1 <= rate_hz <= MAX_RATE_HZ:
            found = f"the stamps of {self._path} are mostly {spacing_s:g} s apart"
            raise RecordingError(f"{found}: t_s must be in seconds, one stamp per sample, at 1 to 5000 Hz")
        return rate_hz

    def _tell(self, repeated_n: int, rows_n: int, gyro_n: int) -> None:
        """Note what a person should know of the rows that were just read."""
        dropped_n = self._dropped_n + (rows_n - gyro_n if self._gyro else 0)
        said_hz = self.facts.pop("rate_hz", self.rate_hz)
        if dropped_n:
            self.notes.append(f"{dropped_n} of {rows_n + self._dropped_n} rows lack a number and were dropped")
        if gyro_n > 0 and not self._gyro:
            self.notes.append(f"{rows_n - gyro_n} of {rows_n} rows lack an angular rate: it was left out")
        if self._torn:
            self.notes.append("the last line has no end and was dropped")
        if repeated_n:
            self.notes.append(f"{repeated_n} of {rows_n} stamps repeat or go backward and stay as they are")
        if abs(said_hz / self.rate_hz - 1) > RATE_TOLERANCE:
            self.notes.append(f"the stamps say {self.rate_hz:g} Hz, the description {said_hz:g} Hz")


def _columns(line: bytes) -> tuple[str, list[str]]:
    """Delimiter and names of a header line."""
    text = line.decode("utf-8-sig", "replace")
    delimiter = max(",;\t", key=text.count)
    names = [name.strip().strip('"').strip().lower() for name in text.split(delimiter)]
    return delimiter, [WITH_UNITS.get(name, name) for name in names]


def _number(text: str, comma: bool) -> float:
    word = text.strip().strip('"').strip()
    if word.lower() in MISSING:
        return math.nan
    try:
        if "_" in word:  # Python reads 1_000; no app means that
            raise ValueError
        return float(word.replace(",", ".") if comma else word)
    except ValueError:
        raise ValueError(f"{printable(word, 20)!r} is not a number") from None


def _complete(row: tuple[float, ...]) -> bool:
    return len(row) > 4 and all(map(math.isfinite, row))


def _sidecar(path: Path) -> tuple[dict[str, Any], list[str]]:
    """What `NAME.json` says, only what we know and cleaned, and notes; nothing where there is none."""
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return {}, []
    try:
        with beside.open("rb") as file:
            content = file.read(MAX_SIDECAR + 1)
        raw = json.loads(content) if len(content) <= MAX_SIDECAR else None
    except (OSError, ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        return {}, [f"{printable(beside.name, MAX_TEXT)} beside it is not readable and was left out"]
    facts = {key: printable(raw[key], MAX_TEXT) for key in TEXTS if isinstance(raw.get(key), str)}
    numbers: dict[str, Any] = {key: raw.get(key) for key in ("range_ms2", "rate_hz")}
    good = {key: float(x) for key, x in numbers.items() if type(x) in (int, float) and 0 < x < MAX_RATE_HZ}
    return facts | good, []
