"""Writing a recording: append-only, synced each second, packed when closed. Its format: `surefoot.lines`."""

from __future__ import annotations

import contextlib
import errno
import gzip
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, cast

from surefoot.errors import RecordingError, file_error
from surefoot.lines import end_line, header_line, input_line
from surefoot.samples import Input

SYNC_NS: Final = 1_000_000_000
GZIP_LEVEL: Final = 6  # 9 takes three times as long for 2 % on hex lines


class Recorder:
    """Writes one session, from one thread.

    As a context manager it closes cleanly, or aborts when the body raised.
    """

    def __init__(self, path: Path, fd: int) -> None:
        self.path = path
        self.count = 0  # inputs that are in the file
        self._fd: int | None = fd
        self._size = 0
        self._last_ns = 0
        self._synced_ns: int | None = None
        self._failed: RecordingError | None = None
        self._pool = ThreadPoolExecutor(1, "surefoot-fsync")
        self._sync: Future[None] | None = None

    @classmethod
    def create(cls, path: Path, header: Mapping[str, Any]) -> Recorder:
        """Start a new `NAME.jsonl`.

        Args:
            path: the file; its folder exists, the file and its `.gz` do not.
            header: created, epoch_ns, host_ns, sources, drill and whatever else the engine depends on.

        Raises:
            RecordingError: the file cannot be made, or the header could not be read again.
        """
        refuse_taken(path)
        line = header_line(header, path)
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as e:
            raise file_error("be created", path, e) from None
        recorder = cls(path, fd)
        try:
            recorder._append(line)
            os.fsync(fd)
            _sync_folder(path)
        except (OSError, RecordingError) as e:
            recorder.abort()
            path.unlink(missing_ok=True)  # it holds nothing; the name is free again
            raise e if isinstance(e, RecordingError) else file_error("be created", path, e) from None
        return recorder

    def write(self, item: Input) -> None:
        """Append one input. When this returns, killing the process does not lose it.

        Raises:
            RecordingError: the disk is full or broken: the recording ends here, later writes are refused. Or
                the input cannot be in a recording (`t` goes backward, line too long): nothing was written.
        """
        if self._failed is not None:
            raise RecordingError(str(self._failed))
        if self._fd is None:
            raise RecordingError(f"{self.path} is closed: make a new recording")
        self._append(input_line(item, self._last_ns))
        self.count += 1
        self._last_ns = item.host_ns
        if self._synced_ns is None:
            self._synced_ns = item.host_ns
        if item.host_ns - self._synced_ns >= SYNC_NS and (self._sync is None or self._sync.done()):
            self._check_sync()
            self._synced_ns = item.host_ns
            self._sync = self._pool.submit(os.fsync, self._fd)

    def _append(self, line: bytes) -> None:
        assert self._fd is not None
        try:
            done = os.write(self._fd, line)
            while done < len(line):  # a full disk takes the beginning, then refuses the rest
                done += os.write(self._fd, line[done:])
        except OSError as e:
            with contextlib.suppress(OSError):  # if it cannot be cut back, the reader drops the torn line
                os.ftruncate(self._fd, self._size)
            self._failed = file_error("be written any more", self.path, e)
            raise self._failed from None
        self._size += len(line)

    def _check_sync(self) -> None:
        error = None if self._sync is None else self._sync.exception()
        self._sync = None
        if isinstance(error, OSError):
            self._failed = file_error("be written any more", self.path, error)
            raise self._failed

    def close(self) -> Path:
        """Finish: end line, sync, compress. Returns the file that holds the recording now.

        That is `NAME.jsonl.gz`, or still `NAME.jsonl` where writing failed before, the archive did not fit on
        the disk, or its name was taken meanwhile.

        Raises:
            RecordingError: the end could not be written; what was written before is in `NAME.jsonl`.
        """
        if self._fd is None or self._failed is not None:
            self.abort()
            return self.path
        try:
            self._append(end_line(self._last_ns, self.count))
            self._pool.shutdown()
            self._check_sync()
            os.fsync(self._fd)
        except OSError as e:
            raise file_error("be written any more", self.path, e) from None
        finally:
            self.abort()
        self.path = _compress(self.path)
        return self.path

    def abort(self) -> None:
        """Stop without an end line and without compressing; every written line stays readable."""
        if self._fd is None:
            return
        self._pool.shutdown()
        with contextlib.suppress(OSError):  # the caller learned of a broken disk from write or close
            os.fsync(self._fd)
        os.close(self._fd)
        self._fd = None

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abort()


def write_recording(path: Path, header: Mapping[str, Any], inputs: Iterable[Input]) -> None:
    """Write a whole recording (`.jsonl` or `.jsonl.gz`); it appears under its name when it is complete.

    Raises:
        RecordingError: the name is taken or not a recording's, the disk is full, or `t` goes backward.
    """
    _refuse_taken(path, (".jsonl", ".gz"))
    line = header_line(header, path)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        try:
            with part.open("wb") as file, _packing(file, path.suffix == ".gz") as out:
                out.write(line)
                count = last_ns = 0
                for item in inputs:
                    out.write(input_line(item, last_ns))
                    count, last_ns = count + 1, item.host_ns
                out.write(end_line(last_ns, count))
            _publish(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as e:
        raise file_error("be written", path, e) from None
    _sync_folder(path)


def _packed(path: Path) -> Path:
    return path.with_name(path.name + ".gz")


def refuse_taken(path: Path) -> None:
    """Raises RecordingError where `Recorder.create` would, by the name alone."""
    _refuse_taken(path, (".jsonl",))
    _refuse_taken(_packed(path), (".gz",))


def _refuse_taken(path: Path, suffixes: tuple[str, ...]) -> None:
    if path.suffix not in suffixes or not path.name.endswith((".jsonl", ".jsonl.gz")):
        raise RecordingError(f"{path} is no name for a recording: end it with .jsonl")
    if os.path.lexists(path):
        raise RecordingError(f"{path} exists already: choose another name, nothing is ever overwritten")


@contextlib.contextmanager
def _packing(file: IO[bytes], packed: bool) -> Iterator[IO[bytes]]:
    """`file`, or gzip into it (no name, no time inside: equal input, equal bytes); synced at the end."""
    if packed:
        with gzip.GzipFile("", "wb", GZIP_LEVEL, file, 0) as archive:
            yield cast(IO[bytes], archive)
    else:
        yield file
    file.flush()
    os.fsync(file.fileno())


def _compress(path: Path) -> Path:
    packed = _packed(path)
    part = path.with_name(packed.name + ".part")  # ours: nobody else has NAME.jsonl
    try:
        with path.open("rb") as source, part.open("wb") as file, _packing(file, True) as archive:
            shutil.copyfileobj(source, archive, 1 << 20)
        _publish(part, packed)
    except OSError:  # the plain file is complete and synced; it may stay as it is
        return path
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    _sync_folder(packed)
    with contextlib.suppress(OSError):  # two readable files do no harm
        path.unlink()
    return packed


def _publish(part: Path, path: Path) -> None:
    """Give a finished file its name, in one step and never over another file."""
    try:
        os.link(part, path)  # unlike rename it refuses a name that is taken
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        part.rename(path)


def _sync_folder(path: Path) -> None:
    """Make a new name survive a power cut, where the system can sync folders."""
    with contextlib.suppress(OSError):  # Windows cannot open a folder, some network disks cannot sync one
        fd = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
