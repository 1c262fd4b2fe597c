"""What the dashboard remembers from one start to the next: a sensor, where it sat, the settings of each drill.

A small JSON file. It may have been edited, torn or put there by somebody else: it is read with bounds, each value is
checked as a command's would be, and what does not fit is left out. Losing it costs a few key presses, no more.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from surefoot.errors import SurefootError
from surefoot.foreign import printable
from surefoot.samples import DRILL_FIELDS, PLACEMENTS, DrillSpec

MAX_BYTES: Final = 65_536  # ours has less than 2 000
NAME_N, ADDRESS_N, WORDS_N = 60, 280, 80  # characters: an advertised name, the longest name of a host, a few words
STARTS: Final = ("walk", "space")
"""How a drill begins: after the time to walk to one's place, or by a key."""


@dataclass(frozen=True, slots=True)
class KnownSensor:
    """The sensor that was used last; `address`: of the radio, or http://… of a phone; `kind` and `scores` are words for
    people."""

    name: str
    address: str
    kind: str = ""
    scores: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """`drills`: by drill name, its last settings; `drill`: the last one; `start`: a word of STARTS; `phone`: where one
    answered last, or ""."""

    sensor: KnownSensor | None = None
    placement: str = "waist"
    drill: str = "hold"
    drills: Mapping[str, DrillSpec] = field(default_factory=dict)
    start: str = "walk"
    phone: str = ""


def load(path: Path) -> tuple[Memory, str | None]:
    """The memory, and one sentence when there was a file that could not be used."""
    broken = f"the remembered settings in {path} are broken: they were left aside and will be written anew"
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for ever
            return Memory(), broken
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Memory(), None
    except OSError as e:
        return Memory(), f"the remembered settings in {path} cannot be read ({e.strerror}): check its permissions"
    try:
        raw = json.loads(content) if len(content) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        raw = None
    return (_checked(raw), None) if isinstance(raw, dict) else (Memory(), broken)


def save(path: Path, memory: Memory) -> str | None:
    """Write it under its name in one step; one sentence when that fails."""
    sensor = None if memory.sensor is None else asdict(memory.sensor)
    drills = {name: asdict(spec) for name, spec in memory.drills.items()}
    raw = {"sensor": sensor, "placement": memory.placement, "drill": memory.drill, "drills": drills,
           "start": memory.start, "phone": memory.phone}  # fmt: skip
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(raw, indent=1, ensure_ascii=True), encoding="ascii")
        part.replace(path)
    except OSError as e:
        with contextlib.suppress(OSError):
            part.unlink()
        return f"your choices cannot be remembered ({e.strerror or e}): check the folder {path.parent}"
    return None


def _checked(raw: dict[str, Any]) -> Memory:
    """What can be believed of it."""
    usual = Memory()
    drills = raw.get("drills")
    specs = {name: _spec(name, drills.get(name)) for name in DRILL_FIELDS["name"]} if isinstance(drills, dict) else {}
    return Memory(
        sensor=_sensor(raw.get("sensor")),
        placement=_word(raw.get("placement"), PLACEMENTS, usual.placement),
        drill=_word(raw.get("drill"), DRILL_FIELDS["name"], usual.drill),
        drills={str(name): spec for name, spec in specs.items() if spec is not None},
        start=_word(raw.get("start"), STARTS, usual.start),
        phone=_text(raw, "phone", ADDRESS_N),
    )


def _word(value: Any, words: tuple[Any, ...], otherwise: str) -> str:
    return value if isinstance(value, str) and value in words else otherwise


def _text(raw: dict[str, Any], key: str, longest: int) -> str:
    value = raw.get(key)
    return printable(value, longest) if isinstance(value, str) else ""


def _sensor(raw: Any) -> KnownSensor | None:
    if not isinstance(raw, dict):
        return None
    name, address = _text(raw, "name", NAME_N), _text(raw, "address", ADDRESS_N)
    known = KnownSensor(name, address, _text(raw, "kind", WORDS_N), _text(raw, "scores", WORDS_N))
    return known if name and address else None


def _spec(name: Any, raw: Any) -> DrillSpec | None:
    if not isinstance(raw, dict):
        return None
    try:
        return DrillSpec.from_mapping({**raw, "name": name})
    except SurefootError:
        return None
