"""Errors by whose fault they are; each message names the fault and the remedy in one sentence.

Any other exception that leaves surefoot is a bug of ours.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Final

LONGEST_N: Final = 600
"""Characters of a message: what a file or a sensor says is quoted, and may be megabytes."""


class SurefootError(Exception):
    """Root of everything that surefoot raises on purpose. A long message keeps its beginning and its end."""

    def __init__(self, message: str) -> None:
        half = LONGEST_N // 2
        super().__init__(message if len(message) <= LONGEST_N else f"{message[:half]} … {message[-half:]}")


class DeviceError(SurefootError):
    """A sensor sent, or was configured with, something that its protocol does not allow."""


class RecordingError(SurefootError):
    """A file cannot be read as a recording, or cannot be written."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line


class UsageError(SurefootError):
    """The caller asked for something that does not exist or does not fit together."""


def internal(error: BaseException) -> str:
    """A bug of ours in words, where a running dashboard must not end with it."""
    return f"an internal error: {type(error).__name__}: {error}"[:LONGEST_N]


_REMEDIES: Final = {
    "check its name and that the folder exists": (errno.ENOENT, errno.ENOTDIR),
    "name a file, not a folder": (errno.EISDIR,),
    "choose another name, nothing is ever overwritten": (errno.EEXIST,),
    "check its permissions or choose another folder": (errno.EACCES, errno.EPERM, errno.EROFS),
    "free some space or choose another disk": (errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
}


def file_error(failed: str, path: Path, error: OSError) -> RecordingError:
    """What the system said about a file, with the remedy; `failed` is what did not work: "be read"."""
    fitting = (remedy for remedy, codes in _REMEDIES.items() if error.errno in codes)
    remedy = next(fitting, "check the disk or choose another folder")
    return RecordingError(f"{path} cannot {failed} ({error.strerror or error}): {remedy}")
