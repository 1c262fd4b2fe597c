"""Errors by whose fault they are; each message names the fault and the remedy in one sentence.

Any other exception that leaves surefoot is a bug of ours.
"""


class SurefootError(Exception):
    """Root of everything that surefoot raises on purpose."""


class DeviceError(SurefootError):
    """A sensor sent, or was configured with, something that its protocol does not allow."""


class RecordingError(SurefootError):
    """A file cannot be read as a recording, or cannot be written."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line


class UsageError(SurefootError):
    """The caller asked for something that does not exist or does not fit together."""
