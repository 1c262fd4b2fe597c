"""Options and helpers of the tests."""

from __future__ import annotations

import importlib.util
import json
import sys
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
    """Published frames with their values, beside the recordings: each an `id`, `device`, `kind`, `check`, `hex`, …"""
    path = recordings.parent / "devices" / "vectors.json"
    if not path.exists():
        pytest.skip(f"needs {path}")
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def reference(recordings: Path) -> ModuleType:
    """Somebody else's encoders and decoders of the same frames, beside the recordings."""
    path = recordings.parent / "devices" / "reference_codec.py"
    if not path.exists():
        pytest.skip(f"needs {path}")
    spec = importlib.util.spec_from_file_location("reference_codec", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # the folder is not ours
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = writes
    return module
