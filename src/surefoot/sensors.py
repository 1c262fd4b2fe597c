"""Commands with real sensors. Their threads begin and end here, and every sensor sleeps again at the end."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from surefoot.doctor import data_folder
from surefoot.errors import UsageError
from surefoot.headers import with_drill
from surefoot.live import asked, bare, drill
from surefoot.recorder import refuse_taken
from surefoot.samples import DrillSpec
from surefoot.signals import heard
from surefoot.terminal import tell
from surefoot.wording import safety

if TYPE_CHECKING:
    from surefoot.sources.connection import Found
    from surefoot.sources.phone import PhoneSource
    from surefoot.sources.radio import Radio, RadioSource

USUAL_PLACEMENT: Final = "waist"  # where sway and landings are both scored
ASSUMED: Final = "measured as worn at the waist (small of the back): if it sits elsewhere, say so with --placement"
PROFILES: Final = "profiles"  # folder of the data folder: a person's own profiles of boards
MAX_SENSORS: Final = 2  # what was tried together on the virtual radio


def devices(args: argparse.Namespace) -> int:
    """`surefoot devices`."""
    if not args.json:
        print(f"looking for {args.seconds:g} s …", file=sys.stderr)
    with _radio() as radio:
        found = radio.scan(args.seconds, args.all)
    if args.json:
        print(json.dumps([_facts(one) for one in found], ensure_ascii=False))
        return 0
    for one in found:
        words = [one.name, one.kind or "unknown", one.address, "" if one.rssi is None else f"{one.rssi} dBm"]
        words += [f"battery {one.battery_pct} %"] if one.battery_pct is not None else []
        words += ["in use by another program"] if one.in_use else []
        print("  ".join(f"{word:{width}}" for word, width in zip(words, (22, 20, 17, 8, 0, 0), strict=False)).rstrip())
    if not found:
        _say("no sensor in reach: put it on or wake it, and close phone apps that may hold it")
    return 0


def watch(args: argparse.Namespace, title: str) -> int:
    """A live drill on real sensors; it is recorded unless the person says no."""
    battery = asked.battery_of(args)
    spec = battery[0] if battery else asked.spec_of(args)
    if not args.record and not args.no_record:
        args.record = str(data_folder() / "recordings")
    with _opened(args) as source:
        source.header = with_drill(source.header, spec)
        if drill.on_screen(args):
            source.quiet()  # the screen shows what is wrong
        return drill.watch(args, source, title, lambda spec: _advice(args, spec))


def record(args: argparse.Namespace) -> int:
    """`surefoot record` on real sensors."""
    refuse_taken(Path(args.output))  # before the person waits for a sensor
    with _opened(args) as source:
        return bare.record(args, source)


def _advice(args: argparse.Namespace, spec: DrillSpec) -> str | None:
    return safety(spec) or (None if args.placement else ASSUMED)


def _facts(found: Found) -> dict[str, Any]:
    return {
        "name": found.name,
        "kind": found.kind or None,
        "address": found.address,
        "codec": found.codec or None,
        "signal_dbm": found.rssi,
        "battery_pct": found.battery_pct,
        "in_use": found.in_use,
    }


def _opened(args: argparse.Namespace) -> contextlib.AbstractContextManager[RadioSource | PhoneSource]:
    """The sensors that --device or --phyphox names, streaming; asleep again at the end."""
    return _straps(args) if args.device else _phone(args)


@contextlib.contextmanager
def _phone(args: argparse.Namespace) -> Iterator[PhoneSource]:
    from surefoot.sources.http import address
    from surefoot.sources.phone import opened

    where = address(args.phyphox)
    if args.placement and len(args.placement) > 1:
        raise UsageError("say --placement once: there is one phone")
    if not args.placement:
        _say(ASSUMED)
    with heard() as check:
        placement = args.placement[0] if args.placement else USUAL_PLACEMENT
        source = opened(where, placement, time.monotonic_ns, _say, check)
        try:
            yield source
        finally:
            source.close()


@contextlib.contextmanager
def _straps(args: argparse.Namespace) -> Iterator[RadioSource]:
    if len(args.device) > MAX_SENSORS:
        raise UsageError(f"at most {MAX_SENSORS} sensors at once: the first for the drill, the second beside it")
    if len({name.casefold() for name in args.device}) < len(args.device):
        raise UsageError("--device says the same sensor twice: name two, or one")
    if args.placement and len(args.placement) not in (1, len(args.device)):
        raise UsageError("say --placement once, or once for each --device in their order")
    placements = args.placement or [USUAL_PLACEMENT]
    placements = placements if len(placements) == len(args.device) else placements * len(args.device)
    if not args.placement:
        _say(ASSUMED)
    with _radio() as radio:
        _say(f"looking for {' and '.join(args.device)} …")
        yield radio.open(args.device, placements, _say)


@contextlib.contextmanager
def _radio() -> Iterator[Radio]:
    """The radio, let go in peace: a person who presses Ctrl-C twice must not leave a sensor on."""
    from surefoot.profiles import kept
    from surefoot.sources.radio import Radio

    own, complaints = kept(data_folder() / PROFILES)
    for complaint in complaints:
        _say(complaint)
    with heard() as check:
        radio = Radio(time.monotonic_ns, own, check=check)
        try:
            radio.start()
            yield radio
        finally:
            radio.stop()


def _say(text: str) -> None:
    tell(text, sys.stderr)
