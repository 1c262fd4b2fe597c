"""Messages of errors: whatever they quote, a person can read them."""

from __future__ import annotations

import pickle

import pytest

from surefoot import devices
from surefoot.errors import LONGEST_N, DeviceError, RecordingError, SurefootError, UsageError
from surefoot.samples import DrillSpec


@pytest.mark.parametrize("kind", [SurefootError, DeviceError, UsageError, RecordingError])
def test_a_long_message_keeps_its_beginning_and_its_remedy(kind: type[SurefootError]) -> None:
    said = str(kind("the fault " + "x" * 1_000_000 + ": the remedy"))
    assert said.startswith("the fault x")
    assert said.endswith("x: the remedy")
    assert len(said) <= LONGEST_N + 3
    assert str(kind("a fault: a remedy")) == "a fault: a remedy"
    assert str(pickle.loads(pickle.dumps(kind("y" * 1000)))) == str(kind("y" * 1000))


def test_what_a_header_says_is_quoted_in_bounds() -> None:
    much = "A" * 1_000_000
    for settings in ({"model": much}, {"rate_hz": much, "range_g": 8}, {"rate_hz": [much], "range_g": 10**4000}):
        with pytest.raises(DeviceError) as refused:
            devices.codec("polar").decoder(settings)
        assert len(str(refused.value)) <= LONGEST_N + 3
    with pytest.raises(UsageError) as wrong:
        DrillSpec.from_mapping({"name": much})
    assert len(str(wrong.value)) <= LONGEST_N + 3
