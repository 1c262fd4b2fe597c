"""Options and helpers of the tests."""

from __future__ import annotations

from pathlib import Path

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
