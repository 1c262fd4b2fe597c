"""What a session says on the terminal: its events while it runs, and what came out of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from surefoot.errors import SurefootError
from surefoot.events import Event, Scored, SetEnded
from surefoot.feedback import Coach
from surefoot.live.lookback import Summarise
from surefoot.result_text import battery_table, legs_text, set_lines
from surefoot.samples import DrillSpec
from surefoot.session import Session
from surefoot.set_changes import legs
from surefoot.snapshot import Snapshot
from surefoot.terminal import tell
from surefoot.wording import NOT_MEDICAL, line, safety


def advise(*specs: DrillSpec) -> None:
    """What to take care of in these drills, each sentence once."""
    for advice in dict.fromkeys(safety(spec) for spec in specs):
        if advice is not None:
            tell(advice, sys.stderr)


def teller(header: Mapping[str, Any]) -> Callable[[Event], None]:
    """Prints each event, and after a landing the words that teach."""
    first: Mapping[str, Any] = next(iter(header["sources"].values()))
    coach = Coach(str(first.get("placement")))

    def say(event: Event) -> None:
        text, words = line(event), coach.hear(event)
        if text is not None:
            tell(text)
        if words is not None:
            tell(f"           → {words}")

    return say


def tell_summary(event: Event, session: Session, summarise: Summarise) -> None:
    """After a trial or a set, in the session's thread: the lines of its summary."""
    if isinstance(event, SetEnded) or (isinstance(event, Scored) and event.of == "trial"):
        made = summarise(session.engine.snapshot())
        for text in made.lines if made is not None else ():
            tell(f"           {text}")


def closed(args: argparse.Namespace, session: Session) -> int:
    """What came out of a session that has ended, where it was kept, and what went wrong; the exit code."""
    snapshot = session.snapshot()
    if snapshot is not None:
        _tell_scores(snapshot)
        if getattr(args, "battery", None):
            tell(battery_table(args.battery, [ended for ended, _ in snapshot.trials]))
    if session.saved is not None:
        print(f"recording: {session.saved}")
    tell(NOT_MEDICAL)
    if session.recording_error is not None:
        tell(f"surefoot: the recording stopped early: {session.recording_error}", sys.stderr)
        return 1
    if session.failure is not None:
        raise session.error if isinstance(session.error, SurefootError) else SurefootError(session.failure)
    return 0


def _tell_scores(snapshot: Snapshot) -> None:
    values = [scored.score.value for _, scored in snapshot.trials if scored.score.value is not None]
    if values:
        what = f"{len(values)} trial{'s' if len(values) > 1 else ''}"
        tell(f"{what} scored: best steadiness {int(max(values))}, median {int(median(values))} (provisional scale)")
    for number, one in enumerate(snapshot.sets, 1):
        tell("\n".join(set_lines(number, one.summary)))
    for pair in legs(snapshot.sets):
        tell(legs_text(pair.summary))
