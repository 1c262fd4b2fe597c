"""Real people's recordings: properties, never scores. Run with --recordings=DIR."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from repack import decoded, joined, run
from surefoot.engine import Engine
from surefoot.events import Landed
from surefoot.frame import clipped_axes
from surefoot.headers import with_drill
from surefoot.importers import import_file
from surefoot.samples import DrillSpec

QUIET = ("standing", "still", "other")
FREE_FALL_FILES = {
    "phyphox390_jumping_back_pocket_a": (35, 39),
    "phyphox390_jumping_front_pocket_a": (38, 34),
    "phyphox390_jumping_side_side_front_pocket_c": (28, 22),
    "phyphox390_jumping_stationary_hand_c": (40, 41),
    "phyphox390_jumping_forward_front_pocket_b": (3, 2),
}
"""Jump file → (count by the sidecar's rule, found by us), as looked at when the detector was written."""


def tables(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    found = [(path, json.loads(path.with_suffix(".json").read_text())) for path in sorted(folder.glob("*.csv"))]
    assert found, f"no recordings in {folder}"
    return found


def landings(path: Path, style: str = "stick", *, name: str = "hop", armed: bool = True) -> int:
    imported = import_file(path)
    header = with_drill(imported.header, DrillSpec(name, style=style))
    return len([e for e in run(header, imported.inputs, uncued=True, armed=armed) if isinstance(e, Landed)])


def test_every_file_is_read_whole(recordings: Path) -> None:
    for path, about in tables(recordings):
        imported = import_file(path)
        samples_n = len(joined(decoded(imported.header, imported.inputs)).acc)
        assert samples_n == about["measured"]["n_samples"], path.name


def test_standing_and_walking_give_no_landing_armed_throughout(recordings: Path) -> None:
    for path, about in tables(recordings):
        if about["group"] in QUIET:
            for style in ("stick", "in_place"):
                assert landings(path, style) == 0, path.name


def test_stairs_down_give_no_landing_by_the_drills_own_rules(recordings: Path) -> None:
    for path, about in tables(recordings):
        if about["group"] == "stepdown":
            assert landings(path, name="drop", armed=False) == 0, path.name
            assert landings(path, armed=False) == 0, path.name


@pytest.mark.parametrize("name", FREE_FALL_FILES)
def test_jumps_are_found_about_as_often_as_the_sidecars_rule_counts(name: str, recordings: Path) -> None:
    by_rule, ours = FREE_FALL_FILES[name]
    found = landings(recordings / f"{name}.csv", "in_place")
    print(f"{name}: rule {by_rule}, found {found}")
    assert found == ours


def test_the_gravity_gate_refuses_what_reads_wrong(recordings: Path) -> None:
    verdicts = {}
    for path, about in tables(recordings):
        imported = import_file(path)
        engine = Engine(imported.header)
        for item in imported.inputs:
            engine.feed(item)
        verdicts[about["name"]] = engine.stillest.gravity()
    for name, (reads, fault) in verdicts.items():
        if name.startswith(
            ("motionsense_standing", "mobgap_still", "mhealthtools_balance", "gaitmap_stairs_down_left")
        ):
            assert fault is None, (name, reads)
        if fault is None:
            assert reads == pytest.approx(9.80665, rel=0.03)
    assert verdicts["gaitmap_stairs_down_right_foot"][1] == "gravity"  # rests at 96.7 %
    assert all(fault is not None for name, (_, fault) in verdicts.items() if "jumping" in name or "microbit" in name)


def test_clipping_is_seen_without_a_known_range(recordings: Path) -> None:
    for name, clips in (("phyphox390_jumping_stationary_hand_b", True), ("microbit_jump_5", True),
                        ("phyphox390_jumping_front_pocket_a", False), ("mobgap_still_ha002", False)):  # fmt: skip
        imported = import_file(recordings / f"{name}.csv")
        acc = joined(decoded(imported.header, imported.inputs)).acc
        assert any(clipped_axes(acc, None)) == clips, name


def test_standing_people_get_a_verdict_and_a_value_or_a_reason(recordings: Path, tmp_path: Path) -> None:
    """Two legs, phone in a pocket or sensor at the back: 4 mg would be a quiet waist; people in pockets shift about."""
    import surefoot
    from surefoot.recorder import write_recording

    scored = {}
    for path, about in tables(recordings):
        if about["group"] not in ("standing", "still"):
            continue
        imported = import_file(path)
        out = tmp_path / f"{path.stem}.jsonl"
        write_recording(out, imported.header, imported.inputs)
        said = ["leg=both", "eyes=open", "surface=firm"]
        result = surefoot.score(out, drill="hold", settings=said)
        assert result["quality"]["verdict"] in ("good", "usable", "poor")
        (trial,) = result["trials"]
        assert trial["end_reason"] == "recording_end", path.stem  # nobody touches down on two feet
        assert trial["steadiness"]["value"] is None
        rms = trial["sway"]["rms_h_ms2"]
        assert (rms is None) == ("rms_h_ms2" in trial["sway"]["missing"])
        scored[path.stem] = None if rms is None else rms / 9.80665 * 1000
    assert len(scored) >= 15
    values = [mg for mg in scored.values() if mg is not None]
    assert len(values) >= 11
    assert all(3 < mg < 120 for mg in values), scored
