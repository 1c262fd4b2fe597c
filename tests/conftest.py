"""Options and helpers of the tests."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# a slow or busy machine is not a fault of the code: no test here depends on time
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--recordings", metavar="DIR", help="folder of real recordings (CSV with JSON sidecars)")
    parser.addoption("--slow", action="store_true", help="run the slow tests too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "slow" in item.keywords and not config.getoption("--slow"):
            item.add_marker(pytest.mark.skip(reason="needs --slow"))


@pytest.fixture
def recordings(request: pytest.FixtureRequest) -> Path:
    folder = request.config.getoption("--recordings")
    if not folder:
        pytest.skip("needs --recordings")
    return Path(folder)


@pytest.fixture
def vectors(recordings: Path) -> list[dict[str, Any]]:
    """Frames that other projects published, with their values."""
    path = recordings.resolve().parent / "devices" / "vectors.json"
    if not path.is_file():
        pytest.skip("needs published frames beside the recordings")
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def reference(recordings: Path) -> ModuleType:
    """A codec that somebody else wrote."""
    path = recordings.resolve().parent / "devices" / "reference_codec.py"
    if not path.is_file():
        pytest.skip("needs the reference codec beside the recordings")
    spec = importlib.util.spec_from_file_location("reference_codec", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
