"""A live drill as lines of text, with keys as typed lines."""

from __future__ import annotations

import argparse
import math
import sys
import threading

from surefoot import typed
from surefoot.events import Event
from surefoot.live.asked import session_of
from surefoot.live.guides import advancing
from surefoot.live.lookback import past_of, read_past, summarising
from surefoot.live.told import closed, tell_summary, teller
from surefoot.session import MonotonicClock, Session
from surefoot.signals import heard
from surefoot.sources import Source
from surefoot.sources.demo import DemoSource
from surefoot.terminal import tell

POLL_S = 0.25
"""How long the main thread sleeps at most: a signal to stop is noticed when it wakes."""
KEYS = "keys, each with enter: s start or stop, x support touched, r balance error, 0 to 10 discomfort, q quit"
FLOOD = f"more than {typed.LINES_PER_S} typed lines in a second: the ones beyond are dropped, type slower"
TYPED = {"x": ("touch", None), "r": ("error", None)}


def plain(args: argparse.Namespace, source: Source, speed: float = 1.0) -> int:
    """It starts by itself where nobody has to be waited for; Ctrl-C or q ends it."""
    reader = past_of(args)
    say = teller(source.header)
    session = session_of(args, source, clock=MonotonicClock(speed))
    summarise = summarising(reader)

    def hear(event: Event) -> None:
        say(event)
        tell_summary(event, session, summarise)

    session.on_event = advancing(args, source, session, also=hear, starts=True)
    try:
        read_past(reader, session)
        until_done(session, getattr(args, "seconds", None), starts=_needs_start(source), keys=True)
    except KeyboardInterrupt:
        closed(args, session)
        raise
    return closed(args, session)


def _needs_start(source: Source) -> str | None:
    """The drill to start, for sources that bring no cues of their own."""
    drill = source.header["drill"]
    return str(drill["name"]) if drill and not isinstance(source, DemoSource) else None


def until_done(session: Session, seconds: float | None, starts: str | None = None, *, keys: bool = False) -> None:
    """Run in a thread until the source ends, time is up, or the person interrupts; the recording is closed always."""
    done = threading.Event()
    session.on_finish = done.set
    with heard() as check:
        try:
            session.start()
            if starts is not None:
                session.cue("start", starts)
            if keys and (fd := _stdin()) is not None:
                tell(KEYS, sys.stderr)
                typed.listen(fd, lambda word: _typed(word, session, done), done, lambda: tell(FLOOD, sys.stderr))
            left_s = math.inf if seconds is None else seconds
            while left_s > 0 and not done.wait(min(left_s, POLL_S)):
                check()
                left_s -= POLL_S
        finally:
            done.set()
            session.stop()


def _stdin() -> int | None:
    """Where keys may be typed, or None."""
    try:
        fd = sys.stdin.fileno()
    except (OSError, ValueError, AttributeError):
        return None
    return fd if typed.has_lines(fd) else None


def _typed(word: str, session: Session, over: threading.Event) -> None:
    """One typed line. Anything else than a key says what the keys are."""
    if word == "s":
        shot = session.snapshot()
        hold, landing = (shot.hold, shot.landing) if shot is not None else (None, None)
        running = (hold is not None and hold.state != "ready") or (landing is not None and landing.state != "ready")
        spec = session.engine.spec
        session.cue("stop" if running else "start", None if running or spec is None else spec.name)
    elif word in TYPED:
        session.cue(*TYPED[word])
    elif word.isdecimal() and len(word) <= 2:
        session.cue("report", f"discomfort={int(word)}")
    elif word == "q":
        over.set()
    elif word:
        tell(KEYS)
