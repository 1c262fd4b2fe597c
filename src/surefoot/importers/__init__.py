"""Recordings of other apps → a header and inputs in the codec `plain`. One importer per format; the table is
the registry.

An importer tells whether a file is of its format (`sniff`) and reads it through (`read`) into a `Table`:
checked samples in m/s², rad/s and sensor axes. Stamps stay as they are: repeated and backward ones are
counted here, and judged by the timeline. Nothing in a file is run, or used as a path.
"""

from __future__ import annotations

import errno
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from surefoot.devices import plain
from surefoot.errors import RecordingError, UsageError, file_error
from surefoot.foreign import placement_of, printable
from surefoot.importers import plain_csv
from surefoot.lines import MAX_NAME
from surefoot.recording import read
from surefoot.samples import PLACEMENTS, ImuPacket, Input, Link, Notification

MAX_BYTES: Final = 500_000_000
HEAD_BYTES: Final = 65_536  # what `sniff` gets to see: the first 20 lines of any table
SOURCE: Final = "s1"


class Table(Protocol):
    """A file that an importer has read through and found good."""

    rate_hz: float
    """Nominal rate: 1 / median spacing of the stamps."""
    facts: dict[str, Any]
    """What the file says of itself, cleaned: name, placement (free text), range_ms2, activity, sign, …"""
    notes: list[str]
    """What a person should know: rows dropped, stamps that repeat, …"""

    def rows(self) -> Iterator[tuple[float, ...]]:
        """t_s (s from the first), ax, ay, az (m/s²) and, in all rows or in none, gx, gy, gz (rad/s)."""
        ...


class Importer(Protocol):
    """What a module in this folder provides."""

    SHAPE: str
    """What the format looks like, in a few words."""

    def sniff(self, head: bytes) -> bool:
        """Whether a file that begins so is of this format; never raises."""
        ...

    def read(self, path: Path) -> Table:
        """Read a file through. Raises RecordingError, with the line, for one that cannot be imported."""
        ...


IMPORTERS: dict[str, Importer] = {
    "plain_csv": plain_csv,
}


@dataclass(frozen=True, slots=True)
class Imported:
    """A foreign recording, ready for `recording.write_recording`; `inputs` may be iterated more than once."""

    header: dict[str, Any]
    inputs: Iterable[Input]
    notes: list[str]


def import_file(path: Path, fmt: str | None = None, placement: str | None = None) -> Imported:
    """Read a foreign recording.

    Args:
        path: the file, at most 500 MB.
        fmt: a name of `IMPORTERS`; None to tell from the file.
        placement: where the sensor was worn, before anything that the file says.

    Raises:
        RecordingError: the file cannot be read, recognised or trusted.
        UsageError: no such format or placement.
    """
    if placement is not None and placement_of(placement) == "unknown" != placement:
        raise UsageError(f"placement is one of {', '.join(PLACEMENTS)}, not {printable(placement, 40)!r}")
    if fmt is not None and fmt not in IMPORTERS:
        raise UsageError(f"no import format is called {fmt!r}; this surefoot knows {', '.join(IMPORTERS)}")
    try:
        name = _recognised(path, fmt)
        table = IMPORTERS[name].read(path)
    except OSError as e:
        raise file_error("be read", path, e) from None
    return _imported(path, name, table, placement)


def _recognised(path: Path, fmt: str | None) -> str:
    """The name of the file's format, or `fmt`. Raises RecordingError and OSError."""
    if path.exists() and not path.is_file():  # opening a pipe would wait for ever
        raise IsADirectoryError(errno.EISDIR, "not a regular file")
    if path.stat().st_size > MAX_BYTES:
        raise RecordingError(f"{path} is larger than {MAX_BYTES // 1_000_000} MB: cut it into parts")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise RecordingError(f"{path} is empty: export it again")
    if _is_ours(path):
        raise RecordingError(f"{path} is a surefoot recording already: use it as it is")
    fitting = [name for name, importer in IMPORTERS.items() if importer.sniff(head)]
    if fmt is None and not fitting:
        shapes = " or ".join(importer.SHAPE for importer in IMPORTERS.values())
        begin = printable(head.split(b"\n")[0].decode("utf-8", "replace"), 60)
        what = f"{path} is in no format that surefoot imports (it begins with {begin!r})"
        raise RecordingError(f"{what}: bring it into the form of {shapes}")
    return fmt or fitting[0]


def _is_ours(path: Path) -> bool:
    try:
        read(path)
    except RecordingError:
        return False
    return True


def _imported(path: Path, fmt: str, table: Table, placement: str | None) -> Imported:
    facts, notes = dict(table.facts), list(table.notes)
    said = facts.pop("placement", None)
    placed = placement_of(placement or said or "")
    if placed == "unknown":
        what = "the file does not say where the sensor was worn" if said is None else f"placement {said!r} is not clear"
        notes.append(f"{what}: name it with --placement, scores need it")
    settings: dict[str, Any] = {"rate_hz": table.rate_hz}
    if "range_ms2" in facts:
        settings["range_ms2"] = facts.pop("range_ms2")
    name = printable(facts.pop("name", path.stem), MAX_NAME)
    source = {"codec": "plain", "name": name, "placement": placed, "settings": settings}
    about = {"format": fmt, "file": printable(path.name, MAX_NAME), **facts, "notes": notes}
    header = {
        "sources": {SOURCE: source | {"firmware": None, "axes": None}},
        "drill": None,
        "imported": about,
    }
    return Imported(header, _Packets(table, settings), notes)


class _Packets:
    """A table's rows as the inputs of one connection; nothing is read before it is iterated.

    A packet arrives when its last sample was taken; where stamps go backward, no earlier than the one before.
    """

    def __init__(self, table: Table, settings: dict[str, Any]) -> None:
        self._table = table
        self._settings = settings

    def __iter__(self) -> Iterator[Input]:
        host_ns = 0
        yield Link(host_ns, SOURCE, "connected")
        rows = self._table.rows()
        while batch := list(itertools.islice(rows, plain.PACKET_N)):
            values = np.array(batch)
            device_ns = np.rint(values[:, 0] * 1e9).astype(np.int64)
            gyr = values[:, 4:] if values.shape[1] > 4 else None
            packet = ImuPacket(device_ns, self._table.rate_hz, values[:, 1:4], gyr)
            host_ns = max(host_ns, int(device_ns[-1]))
            for stream, payload in plain.encode(packet, self._settings):
                yield Notification(host_ns, SOURCE, stream, payload)
