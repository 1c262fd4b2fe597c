"""What the dashboard remembers: kept whole, and read as if somebody hostile had written it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.remembered import MAX_BYTES, KnownSensor, Memory, load, save
from surefoot.samples import DRILL_FIELDS, PLACEMENTS, DrillSpec

FULL = Memory(
    KnownSensor("Polar H10 0A3BC127", "F0:00:00:00:00:01", "Polar H10", "sway and landings"), "chest", "drop",
    {"hold": DrillSpec("hold", "right", "closed", "mat", "none", 45.0),
     "drop": DrillSpec("drop", "both", height_cm=25.0)}, "space", "http://[fe80::1%wlan0]:8080",
)  # fmt: skip

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)
words = st.sampled_from(
    ["sensor", "placement", "drill", "drills", "start", "hold", "name", "address", "leg", "target_s"]
)
near_ours = st.recursive(
    json_values, lambda inner: st.dictionaries(words, inner, max_size=5), max_leaves=8
)  # fmt: skip


def test_what_was_saved_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "home.json"
    assert load(path) == (Memory(), None)
    assert save(path, FULL) is None
    assert load(path) == (FULL, None)
    assert [one.name for one in path.parent.iterdir()] == ["home.json"]


@given(raw=near_ours)
def test_any_json_gives_a_memory_that_can_be_used(raw: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("m") / "home.json"
    path.write_text(json.dumps(raw))
    memory, note = load(path)
    assert (note is None) == isinstance(raw, dict)
    assert memory.placement in PLACEMENTS
    assert memory.drill in DRILL_FIELDS["name"]
    assert all(DrillSpec.from_mapping({"name": name}).name == spec.name for name, spec in memory.drills.items())
    assert save(path, memory) is None
    assert load(path) == (memory, None)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 50_000, b"[1]", b'{"a":1}' + b" " * MAX_BYTES, b"1" * 5000]
)
def test_a_broken_file_is_left_aside_with_a_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "home.json"
    path.write_bytes(content)
    memory, note = load(path)
    assert memory == Memory()
    assert note is not None
    assert "are broken" in note


def test_values_that_do_not_fit_are_left_out_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "home.json"
    save(path, FULL)
    raw = json.loads(path.read_text())
    raw["sensor"]["name"] = "\x1b[31mH10\n" + "x" * 500
    raw["drills"]["hold"]["target_s"] = 1e9
    raw["placement"] = "moon"
    path.write_text(json.dumps(raw))
    memory, note = load(path)
    assert note is None
    assert memory.sensor is not None
    assert memory.sensor.name.startswith("[31mH10xxx")
    assert len(memory.sensor.name) == 60
    assert set(memory.drills) == {"drop"}
    assert (memory.placement, memory.start) == ("waist", "space")


def test_a_pipe_in_its_place_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "home.json"
    os.mkfifo(path)
    assert load(path)[1] is not None


def test_what_cannot_be_written_is_said_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "home.json"
    save(path, FULL)
    blocked = tmp_path / f"home.json.{os.getpid()}.part"
    blocked.mkdir()
    note = save(path, Memory())
    assert note is not None
    assert note.startswith("your choices cannot be remembered")
    assert load(path) == (FULL, None)
