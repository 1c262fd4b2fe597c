"""A look at a recording: on the screen, or its events as lines of text."""

from __future__ import annotations

import argparse
from pathlib import Path

from surefoot.errors import RecordingError
from surefoot.live.told import teller
from surefoot.plan import Plan, plan
from surefoot.playback import Playback
from surefoot.result_text import report
from surefoot.results import score
from surefoot.signals import stopped_by
from surefoot.terminal import on_a_terminal


def replay(args: argparse.Namespace) -> int:
    """`surefoot replay`."""
    planned = plan(args.file, args.drill, args.armed, args.settings, args.forward)
    return _tell(args, planned) if args.headless or not on_a_terminal() else _show(args, planned)


def _tell(args: argparse.Namespace, planned: Plan) -> int:
    engine, say = planned.engine(), teller(planned.header)
    for item in planned.inputs():
        for event in engine.feed(item):
            say(event)
    for event in engine.finish():
        say(event)
    result = score(args.file, args.drill, args.armed, settings=args.settings, forward=args.forward)
    if "error" in result:
        raise RecordingError(result["error"])
    print(report(result))
    return 0


def _show(args: argparse.Namespace, planned: Plan) -> int:
    from surefoot.tui.app import Surefoot
    from surefoot.tui.playhead import SPEEDS

    playback = Playback(planned, Path(args.file).name)
    playback.start()
    app = Surefoot(None, playback, first_screen="replay", title=f"replay: {playback.title}")
    app.playhead.speed = min(SPEEDS, key=lambda speed: abs(speed - args.speed))
    with stopped_by(lambda code: app.exit(return_code=code)):
        app.run()
    for path in playback.written:
        print(f"written: {path}")
    if playback.failure:
        raise RecordingError(playback.failure)
    return app.return_code or 0  # 1 after a fault of the screen
