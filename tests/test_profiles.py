"""Profiles as files: those that are shipped, a person's own, and who is recognised by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from surefoot import profiles
from surefoot.devices import microbit, raw
from surefoot.errors import UsageError
from surefoot.gatt import Seen

FILES = sorted(profiles.FOLDER.glob("*.toml"))
OWN = """
name = "my board"
names = ["mine"]
service = "00000001-1111-4222-8333-444455556666"
rate_hz = 100
[acc]
characteristic = "00000002-1111-4222-8333-444455556666"
offset = 0
type = "i16"
unit = "mg"
"""


def test_the_boards_that_people_have_are_there() -> None:
    assert set(profiles.shipped()) == {
        "adafruit_bluefruit", "arduino_blesense", "esense", "espruino", "openearable_v1", "pinetime",
        "sensiml_nano33", "sensortag_cc2650", "surefoot", "surefoot_acc", "thingy52",
    }  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_profile_names_its_source_and_claims_no_hardware(path: Path) -> None:
    comment = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert any(line.startswith("# Source: ") for line in comment)
    assert "Not tried on hardware." in " ".join(comment)
    assert profiles.load(str(path)) == profiles.load(path.stem)


def test_services_and_names_point_at_one_profile_each() -> None:
    services = [settings["service"] for settings in profiles.shipped().values()]
    names = [name for settings in profiles.shipped().values() for name in settings.get("names", [])]
    assert len(set(services)) == len(services)
    assert not [one for one in names for other in names if one is not other and one.startswith(other)]


@pytest.mark.parametrize("name", sorted(profiles.shipped()))
def test_a_board_is_recognised_by_its_profile(name: str) -> None:
    settings = profiles.load(name)
    found = profiles.recognise(Seen(None, frozenset({settings["service"]})))
    assert found is not None
    assert (found[0], found[1].settings, found[1].sure) == ("raw", settings, 2)
    for start in settings.get("names", []):
        found = profiles.recognise(Seen(start + "42"))
        assert found is not None
        assert (found[0], found[1].kind, found[1].sure) == ("raw", settings["name"], 3)


def test_strangers_are_not_recognised_and_codecs_come_first() -> None:
    assert profiles.recognise(Seen(None)) is None
    assert profiles.recognise(Seen("toaster", frozenset({"0000180f-0000-1000-8000-00805f9b34fb"}))) is None
    found = profiles.recognise(Seen("BBC micro:bit [vogiv]"))
    assert found is not None
    assert found[0] == "microbit"
    assert raw.recognise(Seen("surefoot")) is None


def test_every_service_is_looked_for_once() -> None:
    found = profiles.services()
    assert microbit.SERVICE in found
    assert profiles.load("thingy52")["service"] in found
    assert len(set(found)) == len(found)
    assert "" not in found


def test_an_own_profile_is_preferred(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(OWN.replace('"mine"', '"BBC micro:bit"'), encoding="utf-8")
    own = profiles.load(str(path))
    seen = Seen("BBC micro:bit [vogiv]", frozenset({microbit.SERVICE}))
    found = profiles.recognise(seen, [own])
    assert found is not None
    assert (found[0], found[1].settings) == ("raw", own)


def test_the_profiles_of_a_folder_are_kept_and_complaints_said(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(OWN, encoding="utf-8")
    (tmp_path / "a.toml").write_bytes(b"name = ")
    (tmp_path / "readme.txt").write_text("no profile", encoding="utf-8")
    own, complaints = profiles.kept(tmp_path)
    assert own == (profiles.load(str(tmp_path / "b.toml")),)
    assert len(complaints) == 1
    assert "a.toml is not TOML" in complaints[0]
    assert profiles.services(own)[-1] == own[0]["service"]
    assert profiles.kept(tmp_path / "nowhere") == ((), ())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name = ", "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
        (b"a = " + b"[" * 3000, "is not TOML"),
        (b"#" * 100_001, "too long"),
        (OWN.replace("i16", "i17").encode(), r"mine.toml has a mistake: acc.type is one of"),
        (OWN.replace("rate_hz = 100", "rate_hz = 1979-05-27").encode(), "rate_hz is a number"),
    ],
    ids=["cut", "bytes", "deep", "long", "mistake", "date"],
)
def test_a_file_that_is_no_profile_says_why(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=says):
        profiles.load(str(path))


@pytest.mark.parametrize(("name", "says"), [("thingy", "thingy52"), ("nowhere.toml", "cannot be read")])
def test_a_profile_that_is_not_there_says_so(name: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        profiles.load(name)


def test_what_is_loaded_is_what_the_header_keeps() -> None:
    settings: dict[str, Any] = profiles.load("surefoot")
    assert raw.decoder(settings) is not None
    assert settings["rate_hz"] == 100
