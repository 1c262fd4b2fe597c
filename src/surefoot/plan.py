"""How a recording is to be run through an engine: with which drill, and whether its cues count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from surefoot.engine import Engine
from surefoot.errors import UsageError
from surefoot.events import Event
from surefoot.headers import facing, with_drill
from surefoot.recording import Recording, read
from surefoot.samples import Cue, DrillSpec, ImuBlock, Input


@dataclass(frozen=True, slots=True)
class Plan:
    """How a recording is to be run: its header with the drill decided, and whether its cues count."""

    recording: Recording
    header: dict[str, Any]
    uncued: bool
    armed: bool

    def engine(self, on_block: Callable[[str, ImuBlock], None] | None = None) -> Engine:
        """A fresh engine for it."""
        return Engine(self.header, uncued=self.uncued, armed=self.armed, on_block=on_block)

    def inputs(self) -> Iterator[Input]:
        """Its inputs, from the beginning."""
        return self.recording.inputs()


def plan(
    path: str | Path,
    drill: str | None = None,
    armed: bool = False,
    settings: Sequence[str] = (),
    forward: Sequence[float] | None = None,
) -> Plan:
    """Decide how to run a recording.

    Args:
        path: a recording.
        drill: hold, drop or hop for recordings that name none; a recording with a start cue keeps its own drill.
        armed: without cues, look for landings from the first sample on, without waiting for quiet stance.
        settings: "leg=left", "surface=firm" …: what the recording does not know.
        forward: the forward direction in sensor axes, from a calibration (`surefoot calibrate`).

    Raises:
        RecordingError: it cannot be read.
        UsageError: no such drill or setting.
    """
    recording = read(path)
    header = dict(recording.header)
    cued = any(isinstance(item, Cue) and item.kind == "start" for item in recording.inputs())
    spec = DrillSpec.from_mapping(header["drill"]) if header.get("drill") else None
    if drill is not None and not (cued and spec is not None and spec.name == drill):
        known = {} if spec is None else {k: v for k, v in asdict(spec).items() if k != "name"}
        spec = DrillSpec.from_mapping({**known, "name": drill})
    if settings:
        spec = spec or DrillSpec("hold")
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise UsageError(f"--set takes key=value, not {setting!r}")
        assert spec is not None
        spec = spec.changed(key, value)
    if spec is not None:
        header = with_drill(header, spec)
    if forward is not None:
        header = facing(header, forward)
    return Plan(recording, header, uncued=not cued, armed=armed)


def replay(path: str | Path, drill: str | None = None, armed: bool = False) -> Iterator[Event]:
    """The engine's events over a recording, in order. Raises RecordingError, DeviceError or UsageError."""
    planned = plan(path, drill, armed)
    engine = planned.engine()
    for item in planned.inputs():
        yield from engine.feed(item)
    yield from engine.finish()
