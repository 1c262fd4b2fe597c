"""The recordings that stand in for hardware are what their page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import surefoot
from repack import decoded, joined
from surefoot.cli import run
from surefoot.recording import read
from surefoot.samples import Array, Cue

FIXTURES = Path(__file__).parent.parent / "fixtures"
PAGE = (FIXTURES / "README.md").read_text(encoding="utf-8")
COMMANDS = {m[2]: m[1] for m in re.finditer(r"^surefoot (simulate .* -o) (\S+)$", PAGE, re.MULTILINE)}


def test_every_fixture_is_on_the_page_and_small() -> None:
    files = {str(path.relative_to(FIXTURES)) for path in FIXTURES.glob("*/*") if path.suffix in (".gz", ".csv")}
    assert files == set(re.findall(r"^\| (\S+\.(?:gz|csv)) \|", PAGE, re.MULTILINE))
    assert {name for name in files if name.endswith(".gz")} == set(COMMANDS)
    assert all((FIXTURES / name).stat().st_size <= 200_000 for name in files)


def samples(path: Path) -> tuple[Array, list[int], list[Cue]]:
    recording = read(path)
    times, cues = [], []
    for item in recording.inputs():
        times.append(item.host_ns)
        if isinstance(item, Cue):
            cues.append(item)
    return joined(decoded(recording.header, recording.inputs())).acc, times, cues


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_its_command_makes_it_again(name: str, tmp_path: Path) -> None:
    made = tmp_path / Path(name).name
    assert run([*shlex.split(COMMANDS[name]), str(made)]) == 0
    (a, at, cues), (b, bt, others) = samples(made), samples(FIXTURES / name)
    assert (at, cues) == (bt, others)
    np.testing.assert_allclose(a, b, atol=0.0099)  # one bit of 1 mg: another processor may round the other way


@pytest.mark.parametrize(
    ("name", "reason", "hold_s"),
    [
        ("steady", "target", 20),
        ("wobbly", "target", 20),
        ("touch_down", "touch_down", 17),
        ("lossy", "target", 20),
        ("verity", "target", 15),
    ],
)
def test_the_stands_hold_what_they_say(name: str, reason: str, hold_s: float) -> None:
    (trial,) = surefoot.score(FIXTURES / "polar" / f"{name}.jsonl.gz")["trials"]
    assert trial["end_reason"] == reason
    assert trial["hold_s"] == pytest.approx(hold_s, abs=0.2)
    assert trial["steadiness"]["value"] is not None


def test_the_verity_sense_turned_all_the_time() -> None:
    recording = read(FIXTURES / "polar" / "verity.jsonl.gz")
    packets = decoded(recording.header, recording.inputs())
    assert all(packet.gyr is not None for packet in packets)
    spans = [packet.device_ns[-1] - packet.device_ns[0] for packet in packets if packet.device_ns is not None]
    assert max(spans) == pytest.approx(35e9 / 208, abs=2)  # a packet for each pair of frames


@pytest.mark.parametrize(
    ("name", "count"),
    [("drops_soft", 3), ("drops_normal", 3), ("drops_stiff", 3), ("hops", 3), ("hops_in_place", 8), ("walk", 0)],
)
def test_the_landings_are_all_there_and_no_more(name: str, count: int) -> None:
    assert len(surefoot.score(FIXTURES / "polar" / f"{name}.jsonl.gz")["landings"]) == count


def test_soft_is_softer_than_normal_than_stiff() -> None:
    medians = []
    for style in ("soft", "normal", "stiff"):
        found = surefoot.score(FIXTURES / "polar" / f"drops_{style}.jsonl.gz")["landings"]
        medians.append(sorted(landing["softness"]["value"] for landing in found)[1])
    assert medians[0] > medians[1] + 15 > medians[2] + 30


@pytest.mark.parametrize(
    ("name", "clock", "rate_hz"),
    [
        ("witmotion/steady", "arrival", 50),
        ("raw/steady_arduino", "arrival", 50),
        ("raw/steady_surefoot", "device", 100),
    ],
)
def test_a_recording_says_whose_clock_it_has(name: str, clock: str, rate_hz: float) -> None:
    result = surefoot.score(FIXTURES / f"{name}.jsonl.gz")
    (sensor,) = result["sensors"]
    assert sensor["clock"] == clock
    assert sensor["rate_hz"] == pytest.approx(rate_hz, rel=1e-3)
    assert any("no clock" in reason for reason in result["quality"]["reasons"]) == (clock == "arrival")
    assert result["trials"][0]["steadiness"]["value"] is not None


def test_landings_of_a_microbit_are_flagged_as_clipped() -> None:
    found = surefoot.score(FIXTURES / "microbit" / "drops_clipped.jsonl.gz")["landings"]
    assert len(found) == 3
    assert all("clipped" in landing["softness"]["flags"] for landing in found)
