"""The command line. Each command imports what it needs when it runs, so that `--help` is quick."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from surefoot.cli import commands
from surefoot.cli.parser import build
from surefoot.errors import SurefootError, UsageError
from surefoot.signals import Stopped
from surefoot.terminal import on_a_terminal, tell


def run(argv: Sequence[str]) -> int:
    """Run one command; the exit code: 0 done, 1 the work failed, 2 wrong usage, 128 + n stopped by the signal n."""
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show m² is no reason to fail
    parser = build()
    args = parser.parse_args(argv)
    if args.plain_alone:
        parser.error("--plain goes behind a command, as in: surefoot demo --plain")
    if args.command is None:
        if not on_a_terminal():
            parser.print_help()
            return 0
        args.do = commands.dashboard
    try:
        code: int = args.do(args)
        sys.stdout.flush()
        return code
    except UsageError as e:
        return _failed(args, e, 2)
    except SurefootError as e:
        return _failed(args, e, 1)
    except BrokenPipeError:  # head and the like have read enough
        _drop_output()
        return 0
    except OSError as e:
        _drop_output()
        return _failed(
            args, SurefootError(f"output cannot be written ({e.strerror}): free some space or write elsewhere"), 1
        )
    except KeyboardInterrupt as e:
        print("stopped", file=sys.stderr)
        return e.code if isinstance(e, Stopped) else 130


def _open_streams() -> None:
    """What the caller closed (`>&-`) leads nowhere; else the next file to be opened would be our output."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115  (until the program ends)


def _drop_output() -> None:
    """What is still in the buffer goes nowhere, else Python complains at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(args: argparse.Namespace, error: Exception, code: int) -> int:
    if args.debug:
        raise error
    tell(f"surefoot: {error}", sys.stderr)
    return code
