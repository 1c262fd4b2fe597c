"""Reading a recording: lazily, whole or torn. The format is told in `surefoot.lines`."""

from __future__ import annotations

import contextlib
import errno
import gzip
import os
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from surefoot.errors import RecordingError, file_error
from surefoot.lines import KINDS, MAGIC, MAX_LINE, checked_header, from_line, ns, to_input
from surefoot.samples import Input


def read(path: str | os.PathLike[str]) -> Recording:
    """Open a recording, `.jsonl` or `.jsonl.gz` (told apart by their bytes); its inputs are read lazily.

    Raises:
        RecordingError: no such file, not a recording, made by a newer surefoot, or a damaged header.
    """
    path = Path(path)
    foreign = f"{path} is not a surefoot recording: if another app made it, try surefoot import"
    with contextlib.closing(_lines(path)) as lines:
        try:
            _, line = next(lines)
        except StopIteration:
            raise RecordingError(f"{path} is empty: nothing was recorded in it, delete it") from None
        except RecordingError as e:  # no archive that ends well, or no line that ends at all
            raise e if e.line is None else RecordingError(foreign) from None
    try:
        header = from_line(line)
    except ValueError:
        if not line or (line.startswith(MAGIC) and not line.endswith(b"\n")):
            raise RecordingError(f"{path} is cut off in its header: it holds no data, delete it", 1) from None
        if line.startswith(MAGIC):
            raise RecordingError(f"{path} has a damaged header: use another copy of it", 1) from None
        raise RecordingError(foreign) from None
    if "surefoot-recording" not in header:
        raise RecordingError(foreign)
    return Recording(path, checked_header(header, path))


def _lines(path: Path) -> Generator[tuple[int, bytes]]:
    """Number and bytes of each line; an archive that is cut off ends with an empty line."""
    number = 1
    try:
        with _opened(path) as file:
            while line := file.readline(MAX_LINE + 1):
                if len(line) > MAX_LINE:
                    raise _damaged(path, number, "the line is too long")
                yield number, line
                number += 1
    except EOFError:
        yield number, b""
    except (zlib.error, gzip.BadGzipFile):
        raise _damaged(path, number, "the archive is broken") from None
    except OSError as e:
        raise file_error("be read", path, e) from None


def _opened(path: Path) -> IO[bytes]:
    if path.exists() and not path.is_file():  # opening a pipe would wait for ever
        raise IsADirectoryError(errno.EISDIR, "not a regular file")
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast(IO[bytes], gzip.open(path)) if packed else path.open("rb")


def _damaged(path: Path, line: int, why: str) -> RecordingError:
    remedy = "use another copy of the file, or only the lines before this one"
    return RecordingError(f"{path} is damaged here ({why}): {remedy}", line)


@dataclass(slots=True)
class _Seen:
    """What is known of a file once it was read to the end."""

    count: int = 0  # lines after the header
    first_ns: int | None = None
    last_ns: int = 0
    torn: bool = False
    clean: bool = False
    unknown: int = 0
    warnings: list[str] = field(default_factory=list)


class Recording:
    """A recording that was opened by `read`.

    `header`: its first line, checked. `sources` (each with codec, name, firmware, placement, axes, settings),
    `drill`, `created`, `epoch_ns` and `host_ns` are always there, None where the file does not say. What only
    the end of a file tells (`torn`, `clean`, `warnings`, `duration_s`) is known after one pass of `inputs`;
    asked for earlier, it costs a pass of its own and raises what that raises.
    """

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        self.path = path
        self.header = header
        self._seen: _Seen | None = None

    def inputs(self) -> Iterator[Input]:
        """The inputs from the first on, each time anew; memory does not grow with their number.

        Raises:
            RecordingError: a damaged line, with its number, when the iterator gets there.
        """
        seen = _Seen()
        with contextlib.closing(_lines(self.path)) as lines:
            next(lines, None)  # the header
            for number, line in lines:
                if seen.clean and line:
                    raise _damaged(self.path, number, "there are lines after the end")
                try:
                    body = from_line(line)
                except ValueError as e:
                    if line.endswith(b"\n"):
                        raise _damaged(self.path, number, str(e)) from None
                    seen.torn = True
                    break
                try:
                    item = self._next(body, seen)
                except ValueError as e:
                    raise _damaged(self.path, number, str(e)) from None
                if item is not None:
                    yield item
        if seen.unknown:
            seen.warnings.append(f"{seen.unknown} lines of unknown kinds were skipped")
        if seen.torn:
            seen.warnings.append("the end of the file is torn off: it was read up to the last whole line")
        elif not seen.clean:
            seen.warnings.append("the recording was not closed: its end may be missing")
        self._seen = seen

    @staticmethod
    def _next(body: dict[str, Any], seen: _Seen) -> Input | None:
        """One line, counted; None for the end and for kinds of a later version. Raises ValueError."""
        t_ns = ns(body, "t")
        if t_ns < seen.last_ns:
            raise ValueError(f"t goes back from {seen.last_ns} to {t_ns} ns")
        kind, *more = (KINDS & body.keys()) or ("",)
        if more:
            raise ValueError(f'"{kind}" and "{more[0]}" in one line')
        if kind == "end":
            seen.clean = True
            if body.get("lines") != seen.count:
                seen.warnings.append(f"{seen.count} lines are here, {body.get('lines')!r} were written")
            return None
        seen.count += 1
        seen.last_ns = t_ns
        if seen.first_ns is None:
            seen.first_ns = t_ns
        if kind:
            return to_input(body, kind)
        seen.unknown += 1
        return None

    def _read_through(self) -> _Seen:
        if self._seen is None:
            for _ in self.inputs():
                pass
        assert self._seen is not None
        return self._seen

    @property
    def torn(self) -> bool:
        """Whether an unfinished last line or the end of the archive was cut off."""
        return self._read_through().torn

    @property
    def clean(self) -> bool:
        """Whether the recorder closed the file."""
        return self._read_through().clean

    @property
    def warnings(self) -> list[str]:
        """What a person should know about the file."""
        return list(self._read_through().warnings)

    @property
    def duration_s(self) -> float:
        """From the first to the last line after the header, s."""
        seen = self._read_through()
        return 0.0 if seen.first_ns is None else (seen.last_ns - seen.first_ns) / 1e9
