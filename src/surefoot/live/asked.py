"""What the options of a command ask for: a drill, a battery, a source, a session."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from surefoot.batteries import BATTERIES
from surefoot.errors import UsageError
from surefoot.headers import at_placement
from surefoot.live.fresh import recorder_in
from surefoot.live.passing import Passing
from surefoot.recording import Recording, read
from surefoot.samples import DrillSpec
from surefoot.session import Session
from surefoot.sources import Source
from surefoot.sources.demo import DemoSource
from surefoot.sources.replay import ReplaySource

OPTIONS = {
    "leg": "leg", "eyes": "eyes", "surface": "surface", "support": "support", "target_s": "target",
    "height_cm": "height_cm", "style": "style", "count": "count", "feedback": "feedback",
    "direction": "direction",
}  # fmt: skip
"""Field of a drill → option of the command line."""


def spec_of(args: argparse.Namespace, known: Mapping[str, Any] | None = None) -> DrillSpec:
    """The drill that the options describe; what they leave open comes from `known`, a recording's own drill."""
    name = getattr(args, "drill", None) or "hold"
    usual: dict[str, Any] = {"leg": "left" if name == "hold" else "both"}
    if name == "hold":
        usual |= {"eyes": "open", "surface": "firm", "support": "none"}
        usual["target_s"] = 20.0 if args.command == "demo" else 30.0
    elif args.command == "demo" and name == "drop":
        usual["height_cm"] = 20.0
    said = {field: getattr(args, option, None) for field, option in OPTIONS.items()}
    given = {field: value for field, value in said.items() if value is not None}
    recorded = known if known and known.get("name") == name else {}
    return DrillSpec.from_mapping({**usual, **recorded, **given, "name": name})


def battery_of(args: argparse.Namespace) -> tuple[DrillSpec, ...]:
    """The conditions of the battery that was asked for, or none."""
    name = getattr(args, "battery", None)
    if not name:
        return ()
    if any(getattr(args, option) is not None for option in ("leg", "eyes", "surface", "support", "target")):
        raise UsageError(f"{name} sets leg, eyes, surface, support and target itself; leave those options out")
    return tuple(replace(spec, feedback=args.feedback or "on") for spec in BATTERIES[name])


def source_of(args: argparse.Namespace) -> Source:
    """The source that --demo or --replay names, with the drill of the options."""
    battery = battery_of(args)
    if args.demo:
        source = DemoSource(battery[0] if battery else spec_of(args), args.seed)
        return replace(source, battery=battery, sets=len(battery) or None)
    recording = read(args.replay)
    spec = battery[0] if battery else spec_of(args, recording.header.get("drill"))
    return _replayed(args, recording, asdict(spec))


def bare_source_of(args: argparse.Namespace) -> Source:
    """The same without a drill: motion, and nobody tells anything."""
    if args.replay:
        return _replayed(args, read(args.replay), None)
    spec = DrillSpec.from_mapping({"name": "hold", "leg": "left", "eyes": "open", "surface": "firm"})
    return DemoSource(spec, args.seed, cues=False)


def _replayed(args: argparse.Namespace, recording: Recording, drill: Mapping[str, Any] | None) -> Source:
    source = ReplaySource(recording, drill)
    if args.placement:
        source.header = at_placement(source.header, args.placement[-1])
    return source


def folder_of(args: argparse.Namespace) -> Path | None:
    """Where recordings are kept; None where none is."""
    return Path(args.record) if args.record and not args.no_record else None


def session_of(args: argparse.Namespace, source: Source, passing: Passing | None = None, **options: Any) -> Session:
    """A session on the source, recorded where that was asked for; `passing`: else there, unless that was refused."""
    folder = folder_of(args)
    if folder is not None:
        return Session(source, recorder_in(folder, source), **options)
    if passing is None or args.no_record:
        return Session(source, **options)
    return Session(source, passing.recorder(source), passing=True, **options)
