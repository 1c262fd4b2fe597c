"""What a session is compared with and looked back at: earlier recordings, and its own as far as it is written."""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Callable
from pathlib import Path

from surefoot.debrief import newest
from surefoot.debrief.summary import Summary
from surefoot.errors import SurefootError
from surefoot.live.asked import folder_of
from surefoot.past import Reader
from surefoot.plan import plan
from surefoot.playback import Playback
from surefoot.session import Session
from surefoot.snapshot import Snapshot

Summarise = Callable[[Snapshot], Summary | None]


def past_of(args: argparse.Namespace) -> Reader | None:
    """By the recordings in the folder into which this session goes; None without one."""
    folder = folder_of(args)
    return None if folder is None else reader_of(folder)


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
