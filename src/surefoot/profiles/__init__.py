"""Profiles of boards for the codec `raw`: those that surefoot brings along (`*.toml` here) and people's own files.

What a live source calls:

    recognise(seen, own)   whose advertisement this is, asking a person's own profiles, every codec, every shipped one
    services(own)          by which devices that are connected already are looked for
    load(name)             the settings of `raw` from a shipped profile's name or a TOML file
    kept(folder)           a person's own profiles

The settings are the whole profile, so the header of a recording needs no file beside it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from surefoot import devices
from surefoot.devices import raw
from surefoot.errors import DeviceError, UsageError
from surefoot.gatt import Recognised, Seen

FOLDER: Final = Path(__file__).parent
LONGEST_N: Final = 100_000  # bytes; a profile has a few hundred
MOST_N: Final = 50  # files of a person's own


@cache
def shipped() -> dict[str, dict[str, Any]]:
    """Name → settings of every profile that surefoot brings along, in the order of their names."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.toml"))}


def load(name: str) -> dict[str, Any]:
    """The settings of `raw` from the name of a shipped profile, or from a file whose name ends in .toml.

    Raises:
        UsageError: no such profile or file, no TOML, or a profile with a mistake; the sentence says where.
    """
    if name.endswith(".toml"):
        return _read(Path(name))
    try:
        return shipped()[name]
    except KeyError:
        known = ", ".join(shipped())
        raise UsageError(f"no profile is called {name!r}; name a .toml file or one of {known}") from None


def kept(folder: Path) -> tuple[tuple[dict[str, Any], ...], tuple[str, ...]]:
    """The profiles in a folder, in the order of their names, and a sentence about each file that is none."""
    found, complaints = [], []
    for path in sorted(folder.glob("*.toml"))[:MOST_N]:
        try:
            found.append(_read(path))
        except UsageError as e:
            complaints.append(str(e))
    return tuple(found), tuple(complaints)


def recognise(seen: Seen, own: Sequence[Mapping[str, Any]] = ()) -> tuple[str, Recognised] | None:
    """The codec that knows an advertised device best, with settings that suit it; None when nobody does.

    `own`: a person's own profiles; they are preferred to everything that is as sure. Codecs are preferred to shipped
    profiles.
    """
    found = [("raw", known) for profile in own if (known := raw.matches(profile, seen)) is not None]
    if (best := devices.recognise(seen)) is not None:
        found.append(best)
    found += [("raw", known) for profile in shipped().values() if (known := raw.matches(profile, seen)) is not None]
    return max(found, key=lambda pair: pair[1].sure, default=None)


def services(own: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """The services by which a device can be known: of every codec and every profile."""
    codecs = [radio.SERVICE for radio in devices.RADIOS.values() if radio.SERVICE]
    return list(dict.fromkeys(codecs + [settings["service"] for settings in (*shipped().values(), *own)]))


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_N + 1)
    except OSError as e:
        raise UsageError(f"the profile {path} cannot be read ({e.strerror}): check its name") from None
    if len(content) > LONGEST_N:
        raise UsageError(f"{path} is too long for a profile: is it the right file?")
    try:
        settings = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as e:
        raise UsageError(f"{path} is not TOML: {e}") from None
    try:
        raw.decoder(settings)
    except DeviceError as e:
        raise UsageError(f"the profile {path} has a mistake: {e}") from None
    return settings
