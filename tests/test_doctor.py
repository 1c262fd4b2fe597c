import ast
import io
import os
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import surefoot.doctor as module
from surefoot.doctor import PYTHON, REQUIRED, Check, checks
from surefoot.sources import radio

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


class Screen(io.StringIO):
    """A terminal of a given encoding and size."""

    def __init__(self, encoding: str = "UTF-8") -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return True


def found(folder: Path, out: io.StringIO | None = None, **environ: str) -> dict[str, Check]:
    return {check.name: check for check in checks(environ, out or Screen(), folder)}


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("LINES", "40")
    monkeypatch.setattr(radio, "trouble", lambda: None)
    return monkeypatch


def test_a_ready_computer_has_nothing_to_mend(tmp_path: Path, window: pytest.MonkeyPatch) -> None:
    by_name = found(tmp_path, TERM="xterm-256color")
    assert set(by_name) == {
        *("python", *REQUIRED, "terminal size", "characters", "colours"),
        *("data folder", "free space", "permissions", "user", "audio", "bluetooth"),
    }
    assert not [check for check in by_name.values() if check.ok is False]
    assert by_name["terminal size"].text == "120 × 40"
    assert by_name["colours"] == Check("colours", True, "256")
    assert by_name["bluetooth"] == Check("bluetooth", True, "ready to look for sensors")
    assert "bell" in by_name["audio"].text
    assert list(tmp_path.iterdir()) == [], "looking changes nothing"


def test_every_fault_names_a_remedy_and_fits_a_line(tmp_path: Path, window: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    window.setenv("COLUMNS", "30")
    window.setattr(metadata, "version", missing)
    window.setattr(module, "FREE_BYTES", 10**18)
    window.setattr(module, "PYTHON", (4, 0))
    window.setattr(radio, "trouble", lambda: "Bluetooth is switched off: switch it on with: bluetoothctl power on")
    by_name = found(tmp_path, Screen("cp1252"), TERM="dumb", NO_COLOR="1")
    wrong = {check.name for check in by_name.values() if check.ok is False}
    assert wrong == {"python", *REQUIRED, "terminal", "terminal size", "characters", "free space", "bluetooth"}
    assert by_name["bluetooth"].text == "Bluetooth is switched off"
    assert by_name["bluetooth"].remedy == "switch it on with: bluetoothctl power on"
    for check in by_name.values():
        assert check.remedy or check.ok
        assert (check.text + check.remedy).isprintable()


def test_an_old_package_is_told_from_a_new_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(metadata, "version", {"numpy": "1.9.3", "scipy": "1.13"}.get)
    old, new = module._packages({"numpy": (1, 26), "scipy": (1, 13)})
    assert old == Check("numpy", False, "1.9.3", "python -m pip install --upgrade 'numpy>=1.26'")
    assert new == Check("scipy", True, "1.13")


def test_the_versions_are_those_of_the_project_file() -> None:
    project = tomllib.loads(PROJECT.read_text())["project"]
    wanted = [f"{name}>={major}.{minor}" for name, (major, minor) in REQUIRED.items()]
    assert [line.split(",")[0] for line in project["dependencies"]] == wanted
    assert project["requires-python"] == f">={PYTHON[0]}.{PYTHON[1]}"


@pytest.mark.parametrize(
    ("columns", "rows", "ok"), [(60, 20, True), (59, 20, None), (60, 19, None), (40, 10, None), (39, 10, False)]
)
def test_a_small_terminal_is_named(
    columns: int, rows: int, ok: bool | None, tmp_path: Path, window: pytest.MonkeyPatch
) -> None:
    window.setenv("COLUMNS", str(columns))
    window.setenv("LINES", str(rows))
    assert found(tmp_path)["terminal size"].ok is ok


def test_a_pipe_is_no_terminal(tmp_path: Path) -> None:
    by_name = found(tmp_path, io.StringIO())
    assert by_name["terminal"].ok is None
    assert "terminal size" not in by_name


def test_colours_are_told_from_the_environment(tmp_path: Path, window: pytest.MonkeyPatch) -> None:
    assert found(tmp_path, COLORTERM="truecolor")["colours"].ok is True
    assert found(tmp_path, COLORTERM="truecolor", NO_COLOR="1")["colours"].text == "switched off by NO_COLOR"
    assert found(tmp_path, TERM="xterm")["colours"].ok is None


def test_a_data_folder_that_is_not_there_yet_is_fine(tmp_path: Path) -> None:
    by_name = found(tmp_path / "new" / "surefoot")
    assert by_name["data folder"] == Check("data folder", True, str(tmp_path / "new" / "surefoot"))
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    by_name = found(tmp_path / "taken" / "surefoot")
    assert by_name["data folder"].ok is False
    assert "taken" in by_name["data folder"].text
    assert "--record" in by_name["data folder"].remedy
    assert "free space" not in by_name


def test_recordings_of_somebody_else_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("mine.jsonl", "theirs.jsonl.gz", "other.txt"):
        (tmp_path / name).touch()
    monkeypatch.setattr(os, "access", lambda path, mode: path.name == "mine.jsonl")
    assert found(tmp_path)["permissions"].text == "1 recordings cannot be read"
    assert found(tmp_path)["permissions"].ok is False


@pytest.mark.parametrize(("uid", "ok"), [(0, None), (1000, True)])
def test_the_administrator_is_warned(
    uid: int, ok: bool | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid, raising=False)
    assert found(tmp_path)["user"].ok is ok


def test_the_doctor_loads_nothing_heavy() -> None:
    tree = ast.parse(Path(module.__file__).read_text())
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not imported & {"asyncio", "textual", "numpy", "scipy"}


def test_without_its_library_bluetooth_is_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "surefoot.sources.radio", None)  # importing it fails
    assert found(tmp_path)["bluetooth"].ok is False
    assert "bleak" in found(tmp_path)["bluetooth"].text
