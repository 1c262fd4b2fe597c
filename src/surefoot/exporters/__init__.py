"""Recordings → open formats. One exporter per format; the table is the registry.

What is exported is what the path of a sample saw: decoded samples in sensor axes on the session clock, and the events.
An exporter fills a folder that did not exist before: nothing is ever overwritten, and no name out of a recording
becomes part of a path.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from surefoot.errors import UsageError, file_error
from surefoot.exporters import bids, table
from surefoot.exporters.take import Take

MAX_STEM: Final = 60  # characters: with what is added to them, far below the 255 bytes of any system
ENDINGS: Final = (".gz", ".jsonl")


class Exporter(Protocol):
    """What a module in this folder provides."""

    def write(self, folder: Path, take: Take) -> None:
        """Fill an empty folder. Raises OSError."""
        ...


EXPORTERS: dict[str, Exporter] = {
    "csv": table,
    "bids": bids,
}


def export(take: Take, fmt: str, folders: Iterator[Path]) -> Path:
    """Write a take into the first of `folders` that is free; returns it.

    Raises:
        UsageError: no such format.
        RecordingError: none is free, or the disk says no; nothing is left behind then.
    """
    if fmt not in EXPORTERS:
        raise UsageError(f"no export format is called {fmt!r}; this surefoot knows {', '.join(EXPORTERS)}")
    folder = _made(folders)
    try:
        EXPORTERS[fmt].write(folder, take)
    except OSError as e:
        shutil.rmtree(folder, ignore_errors=True)  # it is ours, and half of it would mislead
        raise file_error("be written", folder, e) from None
    return folder


def _made(folders: Iterator[Path]) -> Path:
    folder, last = Path(), None
    for folder in folders:
        try:
            folder.mkdir()
        except FileExistsError as e:
            last = e
        except OSError as e:
            raise file_error("be made", folder, e) from None
        else:
            return folder
    raise file_error("be made", folder, last or FileExistsError())


def beside(recording: Path, what: str, ending: str = "") -> Iterator[Path]:
    """Names beside a recording for something made of it: NAME_what, NAME_what-2, …

    NAME is the recording's own without its endings, with anything but letters, digits, dot and dash replaced and cut:
    a name that comes from elsewhere must fit any file system, and must not steer one.
    """
    stem = recording.name
    for known in ENDINGS:
        stem = stem.removesuffix(known)
    stem = re.sub(r"[^A-Za-z0-9.-]+", "_", stem)[:MAX_STEM].strip("._-") or "recording"
    yield recording.with_name(f"{stem}_{what}{ending}")
    for number in range(2, 1000):
        yield recording.with_name(f"{stem}_{what}-{number}{ending}")
