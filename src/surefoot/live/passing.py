"""Recordings that nobody wants kept, for looking back at a demo while the dashboard is open."""

from __future__ import annotations

import tempfile
from pathlib import Path

from surefoot.errors import RecordingError
from surefoot.live.fresh import recorder_at
from surefoot.recorder import Recorder
from surefoot.sources import Pushed, Source


class Passing:
    """A folder for recordings that are only looked back at: made for the first one, gone with the dashboard.

    It is removed by `close`, else at the end of the program; a program that is killed leaves it to the system, which
    cleans where temporary files lie.
    """

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._made_n = 0

    def recorder(self, source: Source) -> Recorder | None:
        """For a session that nobody wants kept; None where nothing can be written, for a demo goes on without.

        None for a real sensor too: who wants no recording of themselves gets none, not even for a while.
        """
        if isinstance(source, Pushed):
            return None
        try:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="surefoot-", ignore_cleanup_errors=True)
            self._made_n += 1
            return recorder_at(Path(self._folder.name) / f"{self._made_n}.jsonl", source)
        except (OSError, RecordingError):
            return None

    def close(self) -> None:
        """Remove it with all that is in it."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
