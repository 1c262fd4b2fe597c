"""What a session is compared with and looked back at: earlier recordings, and its own as far as it is written."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable
from pathlib import Path

from surefoot.debrief import newest
from surefoot.debrief.summary import Summary
from surefoot.errors import RecordingError, SurefootError
from surefoot.live.fresh import recorder_at
from surefoot.past import Reader
from surefoot.playback import Playback
from surefoot.recorder import Recorder
from surefoot.results import plan
from surefoot.session import Session
from surefoot.snapshot import Snapshot
from surefoot.sources import Pushed, Source

Summarise = Callable[[Snapshot], Summary | None]


def reader_of(folder: Path) -> Reader:
    """What was done before today and earlier today, by the recordings in a folder; not read yet."""
    return Reader(folder, datetime.datetime.now().astimezone().date().isoformat())


def read_past(reader: Reader | None, session: Session | None) -> None:
    """In the background; the recording that grows now is not past."""
    if reader is not None:
        path = None if session is None else session.recording_path
        reader.start(None if path is None else path.name)


def summarising(reader: Reader | None) -> Summarise:
    """What makes a summary of a session's snapshot, with the past as far as it is read by then."""
    return lambda shot: newest(shot, None if reader is None else reader.past(shot.sensor))


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


def look_back(session: Session) -> Playback | None:
    """This session's recording, as far as it is written, with the rings that were drawn; None when there is none."""
    path = session.recording_path
    if path is None:
        return None
    try:
        playback = Playback(
            plan(path),
            "this session, not kept" if session.passing else path.name,
            ring=lambda shot: session.ring_at(shot.t_s),
            passing=session.passing,
        )
    except SurefootError:  # it has just been packed, or nothing is in it yet
        return None
    playback.start()
    return playback
