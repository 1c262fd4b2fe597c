"""A recording without a drill."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from surefoot.live.asked import bare_source_of
from surefoot.live.fresh import recorder_at
from surefoot.live.plain import until_done
from surefoot.live.told import closed, teller
from surefoot.session import Session
from surefoot.sources import Source


def record(args: argparse.Namespace, source: Source | None = None) -> int:
    """`surefoot record`, on a source or on the one that --demo or --replay names."""
    source = source or bare_source_of(args)
    session = Session(source, recorder_at(Path(args.output), source), on_event=teller(source.header))
    print(f"recording into {args.output}; Ctrl-C ends it", file=sys.stderr)
    try:
        until_done(session, args.seconds)
    except KeyboardInterrupt:
        print("stopped by hand", file=sys.stderr)
    return closed(args, session)
