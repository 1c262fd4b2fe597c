"""What was found in recordings, in a file that may be deleted at any time and is believed in nothing.

One JSON object: the methods' versions, and per recording, by the sha256 of its file, its trials and sets, or null for a
damaged one. Written whole or not at all. On reading every value is checked; what does not fit is read anew.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from surefoot import __version__, band, landing_sets, sway
from surefoot.errors import SurefootError
from surefoot.landing_sets import Counted, LandedSet
from surefoot.samples import DrillSpec
from surefoot.scoring import SOFTNESS, STEADINESS

FORMAT: Final = 2
METHODS: Final = f"{__version__} {STEADINESS} {SOFTNESS} {sway.METHOD} {band.METHOD} {landing_sets.METHOD}"
CACHE_BYTES: Final = 16 << 20  # 200 recordings take some 100 kB
LARGEST: Final = 1e9  # of any number here, in its unit; not NaN either
RESULTS: Final = 1000  # trials or sets of one file


@dataclass(frozen=True, slots=True)
class Kept:
    """One recording's part: its moment (ISO) and clocks, by which its copies are known, whether a person corrected it,
    and its trials with a session number still to be given."""

    created: str
    epoch_ns: int | None
    host_ns: int | None
    corrected: bool
    simulated: bool
    trials: tuple[band.Trial, ...]
    sets: tuple[LandedSet, ...]

    @property
    def moment_s(self) -> float:
        """Seconds since 1970."""
        return datetime.datetime.fromisoformat(self.created).timestamp()

    @property
    def day(self) -> str:
        """The local calendar day."""
        return datetime.datetime.fromisoformat(self.created).date().isoformat()


def save(path: Path, kept: Mapping[str, Kept | None]) -> None:
    """Whole or not at all; a folder that cannot be written costs time at the next start, nothing else."""
    files = {digest: None if one is None else asdict(one) for digest, one in kept.items()}
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        text = json.dumps({"surefoot-past": FORMAT, "methods": METHODS, "files": files}, allow_nan=False)
        with part.open("w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except (OSError, ValueError):
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def load(path: Path) -> dict[str, Kept | None]:
    """What the cache says and what holds together; empty for anything strange."""
    try:
        if not path.is_file() or path.stat().st_size > CACHE_BYTES:
            return {}
        raw = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(raw, dict) or raw.get("surefoot-past") != FORMAT or raw.get("methods") != METHODS:
        return {}
    return dict(_checked(raw.get("files")))


def _checked(files: object) -> Iterator[tuple[str, Kept | None]]:
    for digest, raw in files.items() if isinstance(files, dict) else ():
        if raw is None:
            yield digest, None
            continue
        with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError, OverflowError, SurefootError):
            yield digest, _from_raw(raw)


def _from_raw(raw: dict[str, Any]) -> Kept:
    """Raises anything for what was not written by us."""
    if len(raw["trials"]) > RESULTS or len(raw["sets"]) > RESULTS:
        raise ValueError("too many results")
    kept = Kept(
        _text(raw["created"]),
        _clock(raw["epoch_ns"]),
        _clock(raw["host_ns"]),
        _yes(raw["corrected"]),
        _yes(raw["simulated"]),
        tuple(_trial(one) for one in raw["trials"]),
        tuple(_set(one) for one in raw["sets"]),
    )
    if kept.created:
        float(kept.moment_s)
    return kept


def _trial(raw: dict[str, Any]) -> band.Trial:
    key = band.Key(**{name: _text(value) for name, value in raw["key"].items()})
    numbers = (_number(raw[name]) for name in ("hold_s", "target_s", "steadiness", "path_rate_h_ms3"))
    hold_s, target_s, steadiness, path = numbers
    if target_s is None or not _drill(key.drill, key.leg, key.eyes, key.surface):
        raise ValueError("no trial")
    return band.Trial(key, 1, hold_s, target_s, steadiness, path, _flags(raw["flags"]), _yes(raw["feedback"]))


def _set(raw: dict[str, Any]) -> LandedSet:
    words = {name: value for name, value in raw["key"].items() if name not in ("height_cm", "rate_hz")}
    height_cm, rate_hz = _number(raw["key"]["height_cm"]), _number(raw["key"]["rate_hz"])
    if rate_hz is None or len(raw["landings"]) > RESULTS:
        raise ValueError("no set")
    key = landing_sets.Key(
        **{name: _text(value) for name, value in words.items()}, height_cm=height_cm, rate_hz=rate_hz
    )
    landings = tuple(
        Counted(_whole(one["number"]), _number(one["value"]), _flags(one["flags"])) for one in raw["landings"]
    )
    ended = None if raw["ended"] is None else _text(raw["ended"])
    return LandedSet(key, landings, _whole(raw["practice_n"]), ended)


def _drill(name: str, leg: str, eyes: str, surface: str) -> DrillSpec:
    return DrillSpec.from_mapping({"name": name, "leg": leg, "eyes": eyes, "surface": surface})


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 100:
        raise ValueError("no text")
    return value


def _number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise ValueError("no number")
    return float(value)


def _yes(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


def _clock(value: object) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63):
        raise ValueError("no nanoseconds")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 31:
        raise ValueError("no count")
    return value


def _flags(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > 50:
        raise ValueError("no flags")
    return tuple(_text(flag) for flag in value)
