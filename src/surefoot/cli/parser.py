"""All commands, and the parser that they make."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

from surefoot import __version__
from surefoot.cli import commands, options

Do = Callable[[argparse.Namespace], int]
Options = Callable[[argparse.ArgumentParser], None]

COMMANDS: Final[tuple[tuple[str, Do, Options | None, str], ...]] = (
    ("demo", commands.demo, options.demo, "a simulated runner through the real pipeline, no hardware needed"),
    ("devices", commands.devices, options.devices, "look for Bluetooth sensors in reach"),
    ("stand", commands.stand, options.stand, "a live hold drill on one leg"),
    ("land", commands.land, options.land, "a live landing drill: drop or hop"),
    ("record", commands.record, options.record, "record a sensor without a drill"),
    ("replay", commands.replay, options.replay, "look at a recording: pause, seek, step, speed"),
    ("score", commands.score, options.score, "score recordings"),
    (
        "correct",
        commands.correct,
        options.correct,
        "correct an event of a trial; the old recording and the raw events stay",
    ),
    (
        "calibrate",
        commands.calibrate,
        options.calibrate,
        "find the forward direction from a recording of three slow forward leans",
    ),
    ("import", commands.import_, options.import_, "turn another program's recording into one of surefoot's"),
    ("export", commands.export, options.export, "decoded samples and events of a recording in open formats"),
    ("simulate", commands.simulate, options.simulate, "make a recording with known truth, encoded as the device would"),
    ("doctor", commands.doctor, None, "check the terminal, the data folder, versions; one line each with the remedy"),
)
"""Name, what it does, its options, what its help says."""


def build() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="surefoot",
        description="Balance training for runners: how much you sway on one leg, how softly you land.",
        epilog="Without a command it opens the dashboard. Try first: surefoot demo. "
        "A training aid, not a medical device.",
    )
    parser.add_argument("--version", action="version", version=f"surefoot {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser.add_argument("--plain", dest="plain_alone", action="store_true", help=argparse.SUPPRESS)
    known = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, do, add, text in COMMANDS:
        command = known.add_parser(name, help=text, description=text)
        command.set_defaults(do=do)
        if add is not None:
            add(command)
    return parser
