"""The recordings at hand: what lies in the data folder, and opening one, or another program's table, for a look."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import os
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final, cast

from surefoot.errors import RecordingError, SurefootError, internal
from surefoot.foreign import printable
from surefoot.importers import import_file
from surefoot.plan import Plan, plan
from surefoot.playback import Playback
from surefoot.recording import Recording, read
from surefoot.rings import Drawn, usual
from surefoot.samples import Input
from surefoot.tui.ports import Kept

NEWEST_N: Final = 20
DETAIL_N: Final = 120  # characters of a row's second line
FOLDER_N: Final = 10_000  # names that are looked at: years of daily training
CHEAP_BYTES: Final = 3_000_000  # packed; some 10 min of 200 Hz, unpacked in a tenth of a second
CHEAP_UNPACKED_BYTES: Final = 30_000_000  # hex packs to a third or better; a small archive can hide a huge file
TABLES: Final = (".csv", ".txt", ".tsv")
DRILLS: Final = {"hold": "stand", "drop": "drop", "hop": "hop"}
_STAMP: Final = re.compile(rb'"t": ?(\d{1,19})')


def kept(folder: Path) -> tuple[Kept, ...]:
    """The newest recordings of a folder; none where there is no folder. Raises RecordingError."""
    try:
        with os.scandir(folder) as entries:
            found = [Path(entry.path) for entry, _ in zip(entries, range(FOLDER_N), strict=False)]
    except FileNotFoundError:
        return ()
    except OSError as e:
        raise RecordingError(f"{folder} cannot be read ({e.strerror}): check its permissions") from None
    paths = [path for path in found if path.name.endswith((".jsonl", ".jsonl.gz")) and _is_file(path)]
    paths.sort(key=_changed_s, reverse=True)
    return tuple(_row(path) for path in paths[:NEWEST_N])


def _is_file(path: Path) -> bool:
    with contextlib.suppress(OSError):  # a folder may show its names and nothing more
        return path.is_file()
    return False


def _changed_s(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _row(path: Path) -> Kept:
    """One row; a file that cannot be read says so instead, whatever the reason."""
    name = printable(path.name, 80)
    try:
        return _kept(path, name)
    except SurefootError as e:
        why = _why(e, path)
    except Exception as e:  # a bug of ours: it must be seen, and the other rows too
        why = f"cannot be read, {internal(e)}"
    half = DETAIL_N // 2 - 2
    return Kept(str(path), name, why if len(why) <= DETAIL_N else f"{why[:half]} … {why[-half:]}")  # the remedy is last


def _why(error: SurefootError, path: Path) -> str:
    """Without its place: the row says which file it is."""
    text = str(error)
    if isinstance(error, RecordingError):
        text = text.removeprefix(f"line {error.line}: ")
    return printable(text.removeprefix(str(path)), len(text))


def _kept(path: Path, name: str) -> Kept:
    header = read(path).header
    words = [_moment(header, path), _drill(header), *_lasted(path)]
    sensors = header.get("sources")
    names = [str(one.get("name") or "unnamed") for one in sensors.values()] if isinstance(sensors, dict) else []
    return Kept(str(path), " · ".join(words), " · ".join([*(printable(one, 40) for one in names[:2]), name]))


def _moment(header: dict[str, Any], path: Path) -> str:
    """When it was made; when the file changed, where it does not say. No calendar has years beyond 1 to 9999."""
    with contextlib.suppress(ValueError, OverflowError, OSError):
        return f"{datetime.datetime.fromisoformat(str(header.get('created'))).astimezone():%Y-%m-%d %H:%M}"
    with contextlib.suppress(ValueError, OverflowError, OSError):
        return f"{datetime.datetime.fromtimestamp(_changed_s(path)):%Y-%m-%d %H:%M}"
    return "undated"


def _drill(header: dict[str, Any]) -> str:
    drill = header.get("drill")
    if not isinstance(drill, dict):
        return "no drill"
    words = [DRILLS.get(str(drill.get("name")), "drill"), str(drill.get("leg") or "")]
    return printable(" ".join(word for word in words if word and word != "unknown"), 40)


def _lasted(path: Path) -> Iterator[str]:
    """How long it is, where that is quickly read."""
    with contextlib.suppress(OSError, EOFError, ValueError, zlib.error):
        if path.stat().st_size > CHEAP_BYTES:
            return
        first = last = None
        left_n = CHEAP_UNPACKED_BYTES
        with _opened(path) as file:
            file.readline()
            while line := file.readline(1 << 20):
                if (left_n := left_n - len(line)) < 0:
                    return
                stamp = _STAMP.search(line)
                if stamp is not None:
                    last = int(stamp[1])
                    first = last if first is None else first
        if first is not None and last is not None:
            minutes, seconds = divmod(round((last - first) / 1e9), 60)
            yield f"{minutes}:{seconds:02d}"


def _opened(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def playback(path: Path, rings: Callable[[str], Drawn] | None = None) -> Playback:
    """A recording, to be loaded; another program's table is imported for this look only, in memory.

    Args:
        path: of either.
        rings: gives the person's own rings for a recording that was created then.

    Raises:
        SurefootError: it cannot be opened, with the remedy.
    """
    path = _named(path)
    title = printable(path.name, 60)
    if path.suffix.lower() not in TABLES:
        planned = plan(path)
        created = str(planned.header.get("created") or "")
        return Playback(planned, title, ring=usual if rings is None else rings(created))
    table = _Table(path)
    return Playback(Plan(table, table.header, uncued=True, armed=False), title)


def _named(path: Path) -> Path:
    """What a person may have typed, as the system takes it. Raises RecordingError."""
    said = printable(str(path), 60)
    try:
        path = path.expanduser()
    except RuntimeError:
        raise RecordingError(f"nobody's home is known as {said}: write the path in full") from None
    try:
        with contextlib.suppress(OSError):
            path.stat()
    except ValueError:
        raise RecordingError(f"{said} holds a character that no file name can have: type it again") from None
    return path


class _Table(Recording):
    """Another program's table as if it were a recording."""

    def __init__(self, path: Path) -> None:
        self._imported = import_file(path)
        super().__init__(path, {**dict.fromkeys(("created", "epoch_ns", "host_ns")), **self._imported.header})

    def inputs(self) -> Iterator[Input]:
        """See Recording."""
        yield from self._imported.inputs
