"""What is written is true: commands, tables, links, the contract's methods."""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from surefoot import __version__, scoring, sway
from surefoot.cli.parser import build
from surefoot.devices import CODECS
from surefoot.drills import DRILLS
from surefoot.exporters import EXPORTERS
from surefoot.importers import IMPORTERS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/*.md"),
    *ROOT.glob("firmware-notes/**/*.md"),
    ROOT / "fixtures" / "README.md",
]


def commands() -> dict[str, argparse.ArgumentParser]:
    (sub,) = [a for a in build()._actions if isinstance(a, argparse._SubParsersAction)]
    return dict(sub.choices)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_two_commands_are_one_line_each() -> None:
    first, second = blocks("sh")[:2]
    assert first.count("\n") == second.count("\n") == 1
    assert first.strip().endswith("surefoot demo")
    assert second.strip().endswith("python -m pytest")


def test_the_checks_install_by_the_readmes_test_command() -> None:
    (argument,) = re.findall(r"pip install -q (-e '\S+')", README)
    assert argument in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert argument in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", commands())
def test_every_command_is_described(name: str) -> None:
    assert re.search(rf"^\| `surefoot {name}\b", README, re.MULTILINE)


def test_every_described_command_is_understood() -> None:
    lines = [line for block in blocks("sh")[2:] for line in block.splitlines()]
    lines += re.findall(r"^\| `(surefoot [^`]+)`", README, re.MULTILINE)
    assert len(lines) >= 12
    for line in lines:
        words = shlex.split(line.replace("…", "").replace("*", "steady"))
        build().parse_args(words[1:])


@pytest.mark.parametrize("name", DRILLS)
def test_every_drill_is_in_the_readme_and_has_a_note(name: str) -> None:
    assert f"| `{name}` |" in README
    assert (ROOT / "firmware-notes" / "needs" / f"{name}.md").is_file()


@pytest.mark.parametrize("name", CODECS)
def test_every_codec_is_in_the_readme(name: str) -> None:
    assert f"| `{name}` |" in README


@pytest.mark.parametrize("name", IMPORTERS)
def test_every_importer_has_a_note(name: str) -> None:
    assert (ROOT / "firmware-notes" / f"{name}-export.md").is_file()


@pytest.mark.parametrize("name", EXPORTERS)
def test_every_exporter_has_its_chapter_and_is_in_the_readme(name: str) -> None:
    assert f"## {name}\n" in (ROOT / "firmware-notes" / "exports.md").read_text(encoding="utf-8")
    assert f"`{name}`" in README or f"--format {name}" in README


@pytest.mark.parametrize("method", [sway.METHOD, scoring.STEADINESS, scoring.SOFTNESS])
def test_every_method_is_in_the_readme_and_the_changelog(method: str) -> None:
    assert f"`{method}`" in README
    assert f"`{method}`" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_changelog_knows_this_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_picture_is_made_by_the_command_and_shown() -> None:
    made = set(
        re.findall(r'^        "(\w+)": \(', (ROOT / "docs" / "picture.py").read_text(encoding="utf-8"), re.MULTILINE)
    )
    shown = set(re.findall(r"\]\((\w+)\.svg\)", (ROOT / "docs" / "screens.md").read_text(encoding="utf-8")))
    assert made == shown == {path.stem for path in ROOT.glob("docs/*.svg")}


def test_the_python_examples_run() -> None:
    (example,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "HoldEnded" in done.stdout


def test_what_is_not_measured_is_not_claimed() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8").lower()
        assert "tested on hardware" not in text
        assert "clinically" not in text
