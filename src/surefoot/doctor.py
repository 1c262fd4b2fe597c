"""Is this computer ready? One line per thing, each with the remedy. Changes nothing; nothing here can fail loudly."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final, TextIO

from surefoot.errors import SurefootError
from surefoot.foreign import printable

PYTHON: Final = (3, 11)
REQUIRED: Final[dict[str, tuple[int, int]]] = {
    "numpy": (1, 26),
    "scipy": (1, 13),
    "textual": (8, 2),
    "platformdirs": (4, 2),
    "vqf": (2, 1),
    "bleak": (3, 1),
}
"""Package → oldest version that will do, as in pyproject.toml."""
SMALL: Final = (60, 20)  # columns, rows: below it the dashboard shows numbers only
TINY: Final = (40, 10)  # below it one sentence
FREE_BYTES: Final = 500_000_000  # an hour of 200 Hz × 6 axes takes about 20 MB before it is compressed


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `ok` None: nothing is wrong, but a person should know; `remedy` is empty where none is needed."""

    name: str
    ok: bool | None
    text: str
    remedy: str = ""


def checks(
    environ: Mapping[str, str] | None = None, out: TextIO | None = None, folder: Path | None = None
) -> list[Check]:
    """Look at everything; the arguments stand in for the environment, stdout and the data folder."""
    environ = os.environ if environ is None else environ
    out = sys.stdout if out is None else out
    return [
        _python(sys.version_info[:3]),
        *_packages(REQUIRED),
        *_terminal(environ, out),
        *_data_folder(data_folder() if folder is None else folder),
        _user(),
        _audio(),
        _bluetooth(),
    ]


def _audio() -> Check:
    from surefoot import sound

    try:
        return Check("audio", True, f"sound by {printable(sound.output(), 40)}")
    except SurefootError as e:
        bell = "cues are the terminal's bell; if you hear none, turn the bell on in its settings"
        return Check("audio", None, bell, f"for a sway tone: {e}")


def data_folder() -> Path:
    """Where recordings are kept when nobody says otherwise."""
    try:
        import platformdirs
    except ImportError:  # said by the check of the packages
        return Path.home()
    return Path(platformdirs.user_data_dir("surefoot"))


def _python(version: tuple[int, int, int]) -> Check:
    text = ".".join(map(str, version))
    if version[:2] < PYTHON:
        return Check("python", False, text, f"surefoot needs Python {PYTHON[0]}.{PYTHON[1]} or newer: install it")
    return Check("python", True, text)


def _packages(required: Mapping[str, tuple[int, int]]) -> Iterator[Check]:
    for name, oldest in required.items():
        remedy = f"python -m pip install --upgrade '{name}>={oldest[0]}.{oldest[1]}'"
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Check(name, False, "not installed", remedy)
            continue
        numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
        yield Check(name, numbers >= oldest, version, "" if numbers >= oldest else remedy)


def _terminal(environ: Mapping[str, str], out: TextIO) -> Iterator[Check]:
    if not out.isatty():
        text = "the output goes to a file or a pipe: text only, no dashboard"
        yield Check("terminal", None, text, "start surefoot in a terminal window")
        return
    if environ.get("TERM") in ("dumb", "unknown"):
        yield Check("terminal", False, f"TERM={environ['TERM']}", "use another terminal, or the option --plain")
    columns, rows = _size(out)
    text, larger = f"{columns} × {rows}", "make the window larger or its font smaller"
    if columns < TINY[0] or rows < TINY[1]:
        yield Check("terminal size", False, f"{text}: too small for a dashboard", larger)
    elif columns < SMALL[0] or rows < SMALL[1]:
        yield Check("terminal size", None, f"{text}: numbers only, no curves", larger)
    else:
        yield Check("terminal size", True, text)
    encoding = (out.encoding or "unknown").lower().replace("-", "")
    if encoding == "utf8":
        yield Check("characters", True, "UTF-8")
    else:
        yield Check("characters", False, out.encoding or "unknown", "set PYTHONUTF8=1 and a UTF-8 locale")
    yield _colours(environ)


def _size(out: TextIO) -> tuple[int, int]:
    try:
        size = os.get_terminal_size(out.fileno())
    except (OSError, ValueError):
        size = shutil.get_terminal_size()
    return size.columns, size.lines


def _colours(environ: Mapping[str, str]) -> Check:
    if environ.get("NO_COLOR"):
        return Check("colours", None, "switched off by NO_COLOR", "unset NO_COLOR for colours")
    if environ.get("COLORTERM") in ("truecolor", "24bit"):
        return Check("colours", True, "16 million")
    if "256color" in environ.get("TERM", ""):
        return Check("colours", True, "256")
    return Check("colours", None, "perhaps only 16", "if your terminal can do more, set COLORTERM=truecolor")


def _data_folder(folder: Path) -> Iterator[Check]:
    """The folder need not exist yet; then what counts is the nearest one above it that does."""
    nearest = next((place for place in (folder, *folder.parents) if os.path.lexists(place)), folder)
    other = "check its owner and permissions, or record elsewhere with --record DIR"
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as e:
        yield Check("data folder", False, f"{folder} cannot be written ({e.strerror or e})", other)
        return
    yield Check("data folder", True, str(folder))
    free = shutil.disk_usage(nearest).free
    short = free < FREE_BYTES
    yield Check(
        "free space", not short, f"{free / 1e9:.1f} GB", "free some space: an hour takes 20 MB" if short else ""
    )
    locked = [path for path in folder.glob("**/*.jsonl*") if not os.access(path, os.R_OK)]
    text = f"{len(locked)} recordings cannot be read" if locked else "recordings can be read"
    yield Check("permissions", not locked, text, "make yourself their owner (chown)" if locked else "")


def _bluetooth() -> Check:
    try:
        from surefoot.sources.radio import trouble
    except ImportError:
        return Check("bluetooth", False, "bleak is not there", "install it as said above")
    text, _, remedy = (trouble() or "").partition(": ")
    return Check("bluetooth", not text, text or "ready to look for sensors", remedy)


def _user() -> Check:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        text = "the administrator: new recordings will belong to root"
        return Check("user", None, text, "start surefoot as yourself, it needs no special rights")
    return Check("user", True, "no special rights are needed")
