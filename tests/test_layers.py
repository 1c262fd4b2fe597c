"""Who may import whom, checked on the source itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import surefoot

SRC = Path(surefoot.__file__).parent

PATH = [
    {"errors", "foreign"},
    {"samples"},
    {"headers", "gatt", "arrival"},
    {"devices", "timeline", "filters", "trace", "hull", "spectrum", "advanced"},
    {"frame", "fall"},
    {"picture", "sway", "landing", "flight", "instability"},
    {"stance", "tilt", "heading"},
    {"events"},
    {"landing_sets"},
    {"drills", "snapshot", "batteries", "set_changes"},
    {"corrections", "reports"},
    {"scoring", "sensor"},
    {"feedback", "ledger"},
    {"engine"},
    {"quality"},
]
"""The path of a sample: a module may import only from rows above its own."""

EDGE = {
    "lines": {"errors", "foreign", "samples"},
    "recording": {"errors", "lines", "samples"},
    "recorder": {"errors", "lines", "samples"},
    "simulate": {"errors", "samples", "devices"},
    "exporters": {"errors", "foreign", "samples", "corrections", "events", "sensor", "engine"},
    "importers": {"errors", "foreign", "lines", "samples", "recording", "devices"},
    "profiles": {"errors", "gatt", "devices"},
    "sources": {"errors", "foreign", "samples", "gatt", "batteries", "devices", "recording", "simulate", "profiles"},
    "session": {"errors", "samples", "events", "snapshot", "engine", "recorder", "rings", "sources"},
    "plan": {"engine", "errors", "events", "headers", "recording", "samples"},
    "taken": {
        "corrections", "drills", "engine", "errors", "events", "landing_sets", "plan", "quality", "samples", "scoring",
        "stance",
    },
    "results": {
        "errors", "samples", "events", "advanced", "heading", "reports", "stance", "sway", "scoring", "engine",
        "feedback", "landing_sets", "plan", "quality", "set_changes", "taken",
    },
    "playback": {
        "errors", "samples", "corrections", "events", "snapshot", "engine", "exporters", "plan", "quality", "recorder",
        "rings", "taken",
    },
    "doctor": {"errors", "foreign", "sound", "sources"},
    "signals": set(),
    "tones": set(),
    "player": {"tones"},
    "sound": {"errors", "tones"},
    "remembered": {"errors", "foreign", "samples"},
    "wording": {"events", "samples", "scoring"},
    "result_text": {"batteries", "events", "foreign", "landing_sets", "scoring", "sway", "terminal", "wording"},
    "typed": set(),
    "terminal": set(),
    "tui": {
        "debrief", "errors", "feedback", "landing_sets", "samples", "events", "snapshot", "scoring", "set_changes",
        "tones", "wording", "remembered",
    },
    "files": {
        "errors", "corrections", "exporters", "plan", "recording", "samples", "importers", "recorder", "results",
        "simulate", "doctor", "result_text", "profiles", "terminal",
    },
    "live": {
        "batteries", "debrief", "errors", "feedback", "samples", "events", "headers", "past", "plan",
        "playback", "recorder", "recording", "result_text", "results", "session", "set_changes", "signals",
        "snapshot", "sound", "sources", "terminal", "tui", "typed", "wording",
    },
    "shelf": {"errors", "foreign", "importers", "plan", "playback", "recording", "rings", "samples", "tui"},
    "home": {
        "devices", "doctor", "errors", "headers", "live", "past", "playback", "profiles", "remembered", "samples",
        "session", "shelf", "signals", "sound", "sources", "tui", "wording",
    },
    "sensors": {
        "doctor", "errors", "headers", "live", "profiles", "recorder", "samples", "signals", "sources", "terminal",
        "wording",
    },
    "band": {"errors", "samples", "events", "scoring", "sway"},
    "rings": {"band", "samples", "scoring", "snapshot"},
    "debrief": {
        "band", "events", "feedback", "landing_sets", "reports", "result_text", "samples", "scoring", "set_changes",
        "snapshot", "sway", "wording",
    },
    "past_cache": {"errors", "band", "landing_sets", "samples", "scoring", "sway"},
    "past": {"errors", "band", "debrief", "past_cache", "rings", "samples", "snapshot", "taken"},
    "cli": {"errors", "live", "files", "home", "sensors", "signals", "terminal"},
    "__main__": {"cli"},
    "__init__": set(),
}  # fmt: skip

FOREIGN = {
    "textual": {"tui"},
    "rich": {"tui"},
    "scipy": {"filters"},
    "platformdirs": {"doctor"},
    "tomllib": {"profiles"},
    "vqf": {"tilt"},
    "asyncio": {"session", "sources", "tui"},
    "sqlite3": set(),
    "bleak": {"sources"},
    "http": {"sources"},
    "socket": {"sources"},
    "sounddevice": {"player"},
    "threading": {"session", "sources", "playback", "live", "home", "past", "typed", "sound", "player"},
    "time": {"session", "sensors", "tui", "live", "home", "typed", "player"},
    "datetime": {"files", "live", "past", "past_cache", "shelf"},
}  # fmt: skip
"""Library → the only modules that may import it. Clocks are at the edge; the path has none."""

FILES = sorted(SRC.rglob("*.py"))


def unit(path: Path) -> str:
    """The top-level module or package of a source file."""
    return path.relative_to(SRC).with_suffix("").parts[0]


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, wherever it does so."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            assert node.module is not None
            names.add(node.module)
            if node.module == "surefoot":
                names |= {f"surefoot.{alias.name}" for alias in node.names}
    return names


def ours(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imports(path) if name.startswith("surefoot.")} - {"__version__", unit(path)}


def allowed(name: str) -> set[str]:
    for row, modules in enumerate(PATH):
        if name in modules:
            return set().union(*PATH[:row])
    return EDGE[name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    assert ours(path) <= allowed(unit(path)), f"{path.name}: {sorted(ours(path) - allowed(unit(path)))}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_a_foreign_library_is_imported_only_where_it_belongs(path: Path) -> None:
    for name in imports(path):
        root = name.split(".")[0]
        assert unit(path) in FOREIGN.get(root, {unit(path)}), f"{root} in {path.relative_to(SRC)}"


def test_the_rules_know_every_module() -> None:
    known = set().union(*PATH) | set(EDGE)
    assert {unit(path) for path in FILES} <= known


@pytest.mark.parametrize("argv", [["--help"], ["score", "--help"], ["stand", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(argv: list[str]) -> None:
    code = (
        "import sys\nfrom surefoot.cli import run\n"
        f"try:\n    run({argv!r})\nexcept SystemExit:\n    pass\n"
        "print(sorted({'numpy', 'scipy', 'textual', 'rich', 'platformdirs', 'asyncio', 'bleak'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip().endswith("[]")


def test_importing_surefoot_is_cheap() -> None:
    code = "import surefoot, sys; print('numpy' in sys.modules, sorted(surefoot.__all__))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.startswith("False")
