"""A live drill on the screen. Textual is loaded here, so only where there is one."""

from __future__ import annotations

import argparse
import contextlib
import threading
from collections.abc import Callable, Iterator

from surefoot.live.asked import session_of
from surefoot.live.guides import advancing, waiting
from surefoot.live.lookback import look_back, past_of, read_past, summarising
from surefoot.live.passing import Passing
from surefoot.live.told import closed
from surefoot.samples import DrillSpec
from surefoot.session import MonotonicClock
from surefoot.signals import stopped_by, undisturbed
from surefoot.sound import loudspeaker
from surefoot.sources import Source
from surefoot.tui.app import Surefoot
from surefoot.tui.screens.summary import SummaryScreen


def screen(
    args: argparse.Namespace, source: Source, title: str, speed: float, advise: Callable[[DrillSpec], str | None]
) -> int:
    """Until the person leaves or --seconds are over; stderr is behind the screen, so `advise` is shown on it."""
    drill = DrillSpec.from_mapping(source.header["drill"]).name
    source, guide = waiting(source)
    reader = past_of(args)
    rings = None if reader is None else reader.ring
    passing = Passing()
    session = session_of(args, source, passing, clock=MonotonicClock(speed), advise=advise, rings=rings)
    session.on_event = advancing(args, source, session, also=guide, starts=False)
    voice = loudspeaker(args.sound)
    app = Surefoot(
        session, None, first_screen="stand" if drill == "hold" else "landings", title=title,
        voice=voice, sounds=args.sound,
        debrief=lambda shot: SummaryScreen(summarising(reader), lambda: look_back(session)),
    )  # fmt: skip
    try:
        read_past(reader, session)
        session.start()
        if guide is not None:
            session.cue("start", drill)
        with _left_after(getattr(args, "seconds", None), app), stopped_by(lambda code: app.exit(return_code=code)):
            app.run()
    finally:
        with undisturbed():
            session.stop()
            if reader is not None:
                reader.stop()
            if voice is not None:
                voice.close()
            passing.close()
    return closed(args, session) or app.return_code or 0  # 1 after a fault of the screen


@contextlib.contextmanager
def _left_after(seconds: float | None, app: Surefoot) -> Iterator[None]:
    """While inside, the app is left when the time is up."""
    if not seconds:
        yield
        return
    timer = threading.Timer(seconds, lambda: app.call_from_thread(app.exit))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
