"""A live drill: on the screen, or as lines of text where there is none or nobody wants one."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import replace

from surefoot.errors import UsageError
from surefoot.live import told
from surefoot.live.asked import battery_of, session_of, source_of, spec_of
from surefoot.live.plain import plain
from surefoot.samples import DrillSpec
from surefoot.signals import stopped_by
from surefoot.sources import Source
from surefoot.sources.demo import DemoSource
from surefoot.terminal import on_a_terminal
from surefoot.wording import safety

Advise = Callable[[DrillSpec], str | None]
HEADLESS_SETS = {"hold": 3, "drop": 8, "hop": 8, "in_place": 2}
"""How many sets a headless demo runs when no --seconds says so."""


def demo(args: argparse.Namespace) -> int:
    """`surefoot demo`."""
    spec = spec_of(args)
    source = DemoSource(spec, args.seed)
    return _headless(args, source) if args.headless else watch(args, source, f"demo: {spec.name}")


def _headless(args: argparse.Namespace, source: DemoSource) -> int:
    """The demo as text: as fast as it goes, or in step with the clock."""
    speed = args.speed or math.inf
    if args.seconds is None:
        bouts = source.spec.name == "hop" and source.spec.style == "in_place"
        source = replace(source, sets=HEADLESS_SETS["in_place" if bouts else source.spec.name])
    told.advise(DrillSpec.from_mapping(source.header["drill"]))  # the header first: it may refuse the drill
    if math.isfinite(speed):
        return plain(args, source, speed)
    session = session_of(args, source, on_event=told.teller(source.header))
    with stopped_by():
        session.run(args.seconds)
    return told.closed(args, session)


def pretended(args: argparse.Namespace, title: str) -> int:
    """`surefoot stand` or `land` on the source that --demo or --replay names."""
    return watch(args, source_of(args), title)


def watch(args: argparse.Namespace, source: Source, title: str, advise: Advise = safety) -> int:
    """The dashboard, or lines of text where there is no terminal; `advise`: what the screen says before a drill."""
    told.advise(DrillSpec.from_mapping(source.header["drill"]), *battery_of(args))
    speed = getattr(args, "speed", None) or 1.0
    if not math.isfinite(speed):
        raise UsageError("--speed max shows nothing on a screen; add --headless, or say a number")
    if not on_screen(args):
        return plain(args, source, speed)
    from surefoot.live.screen import screen

    return screen(args, source, title, speed, advise)


def on_screen(args: argparse.Namespace) -> bool:
    """Whether there is a dashboard; else lines of text."""
    return not args.plain and on_a_terminal()
