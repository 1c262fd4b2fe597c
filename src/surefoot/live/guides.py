"""Who leads whom while a session runs: the drill the simulated runner, a battery the person."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable

from surefoot.batteries import changes
from surefoot.events import DrillStarted, DrillStopped, Event, HoldEnded, SetEnded
from surefoot.live.asked import battery_of
from surefoot.session import Session
from surefoot.sources import Source
from surefoot.sources.demo import DemoSource
from surefoot.sources.runner import Runner

Hear = Callable[[Event], None]


def guiding(runner: Runner) -> Hear:
    """Tells the simulated runner what the drill does."""

    def hear(event: Event) -> None:
        match event:
            case DrillStarted():
                runner.begin(event.spec)
            case HoldEnded(end_reason="target" | "touch_down"):  # the motion goes on to both feet by itself
                runner.end(at_once=False)
            case HoldEnded() | SetEnded() | DrillStopped():
                runner.end(at_once=True)
            case _:
                pass

    return hear


def waiting(source: Source) -> tuple[Source, Hear | None]:
    """On a screen the simulated runner waits for the person, as the summary does."""
    if not isinstance(source, DemoSource):
        return source, None
    runner = Runner(source.spec, source.seed)
    return runner, guiding(runner)


def advancing(args: argparse.Namespace, source: Source, session: Session, *, also: Hear | None, starts: bool) -> Hear:
    """After each trial of a battery, choose its next condition; `starts`: start it too."""
    left = [] if isinstance(source, DemoSource) else list(itertools.pairwise(battery_of(args)))

    def hear(event: Event) -> None:
        if also is not None:
            also(event)
        if isinstance(event, HoldEnded) and left:
            for said in changes(*left.pop(0)):
                session.cue("set", said)
            if starts:
                session.cue("start", "hold")

    return hear
