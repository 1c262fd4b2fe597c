"""A phone from the command line and behind the dashboard's welcome, in real time: the home and the commands as they
are, the phone a simulated one over real sockets."""

from __future__ import annotations

import _thread
import json
import re
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from phone.app import LINEAR, App, serve
from surefoot.cli import run
from surefoot.home import Home
from surefoot.recording import read
from surefoot.remembered import KnownSensor, load
from surefoot.samples import Cue, DrillSpec, Link, Notification
from surefoot.sources.phyphox_app import REFUSED
from surefoot.tui.ports import Offer
from test_home import LONG_S, Scripted, done, seen

HOLD = DrillSpec("hold", "left", "open", "firm", "none", target_s=10.0)


def home_in(folder: Path) -> Home:
    return Home(folder, lambda: Scripted())  # type: ignore[arg-type, return-value]


# ------------------------------------------------------------------ the dashboard


def test_a_phone_is_checked_drilled_left_and_asked_again(tmp_path: Path) -> None:
    app, home = App(time.monotonic), home_in(tmp_path)
    with serve(app) as url:
        home.look()
        check = done(home.connect(Offer(url.removeprefix("http://") + "/", "phone", phone=True)))
        shot = seen(check, lambda one: one.sensor.gravity_ms2 is not None)
        assert shot.spec is None
        assert shot.sensor.name == "simulated phone"
        assert shot.sensor.gravity_ms2 == pytest.approx(9.81, abs=0.05)
        drill = done(home.begin(HOLD, "chest", "space"))
        drill.cue("start", "hold")
        seen(drill, lambda one: one.hold is not None and one.hold.state == "countdown")
        again = done(home.rest())
        assert drill.finished
        assert app.measuring
        seen(again, lambda one: one.sensor.state == "streaming")
        done(home.leave())
        assert not app.measuring
        memory, note = load(tmp_path / "home.json")
        assert note is None
        assert memory.sensor == KnownSensor("simulated phone", url, "phone", "sway and landings")
        assert memory.phone == url
        (first, *_) = home.look().offers
        assert (first.key, first.known, first.near, first.phone) == (url, True, False, True)
        done(home.connect(first))
        done(home.leave())
        home.close()
    (path,) = home.kept
    recording = read(path)
    assert recording.header["sources"]["s1"]["placement"] == "chest"
    inputs = list(recording.inputs())
    assert [item.kind for item in inputs if isinstance(item, Cue)] == ["start"]
    assert [item.stream for item in inputs if isinstance(item, Notification)][:2] == ["config", "meta"]
    assert isinstance(inputs[0], Link)


@pytest.mark.parametrize(
    ("address", "options", "words"),
    [
        ("https://192.168.1.23:8080", {}, "phyphox speaks plain http, not https: type the address as the app shows it"),
        ("", {"open": LINEAR}, 'takes gravity away, and without it nothing can be measured here: open "Acceleration'),
        ("", {"willing": False}, REFUSED),
    ],
)
def test_what_fails_states_its_remedy(address: str, options: dict[str, Any], words: str, tmp_path: Path) -> None:
    home = home_in(tmp_path)
    with serve(App(time.monotonic, **options)) as url:
        job = home.connect(Offer(address or url, "phone", phone=True))
        job._future.exception(LONG_S)
        assert job.failure is not None
        assert words in job.failure
        home.close()
    assert load(tmp_path / "home.json")[0].phone == ""


def test_asking_can_be_given_up(tmp_path: Path) -> None:
    home, app = home_in(tmp_path), App(time.monotonic, broken=True)
    with serve(app) as url:
        job = home.connect(Offer(url, "phone", phone=True))
        job.cancel()
        with pytest.raises(BaseException):  # noqa: B017, PT011  (a cancelled future of either kind)
            job._future.result(LONG_S)
        assert job.failure == "given up"
        home.close()


# ------------------------------------------------------------------ the commands


class Interrupted:
    """Ctrl-C after so many questions."""

    def __init__(self, questions_n: int) -> None:
        self.left_n = questions_n

    def __call__(self, handler: BaseHTTPRequestHandler, target: str) -> bool:
        self.left_n -= 1
        if self.left_n == 0:
            _thread.interrupt_main()
        return False


def test_a_phone_is_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app, path = App(time.monotonic, rate_hz=200.0), tmp_path / "phone.jsonl"
    with serve(app) as url:
        assert run(["record", "--phyphox", url, "-o", str(path), "--seconds", "1"]) == 0
        assert not app.measuring
    assert f"asking the phone at {url}" in capsys.readouterr().err
    (sensor,) = read(tmp_path / "phone.jsonl.gz").header["sources"].values()
    assert sensor["settings"] == {"range_ms2": 156.9, "rate_hz": 200.0}
    assert (
        run(["score", "--json", str(tmp_path / "phone.jsonl.gz"), "--from", "0", "--to", "1", "--drill", "hold"]) == 0
    )
    (sensor,) = json.loads(capsys.readouterr().out)["sensors"]
    assert (sensor["codec"], sensor["clock"]) == ("phyphox", "device")
    assert sensor["rate_hz"] == pytest.approx(200, rel=1e-3)


@pytest.mark.parametrize(("command", "says"), [("stand", "get ready: 5 s"), ("land", "drop: stand still, then go")])
def test_a_live_drill_runs_on_a_phone(
    command: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = App(time.monotonic, instead=Interrupted(60))
    with serve(app) as url:
        args = [command, "--phyphox", url, "--plain", "--record", str(tmp_path), "--placement", "chest"]
        assert run(args) == 130
        assert not app.measuring
    out, _ = capsys.readouterr()
    assert says in out
    (path,) = tmp_path.glob("*.jsonl.gz")
    assert read(path).header["sources"]["s1"]["placement"] == "chest"


def test_an_interrupt_while_it_is_being_asked_leaves_it_in_peace(tmp_path: Path) -> None:
    app = App(time.monotonic, broken=True, instead=Interrupted(8))
    with serve(app) as url:
        assert run(["record", "--phyphox", url, "-o", str(tmp_path / "a.jsonl")]) == 130
        assert not app.measuring
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (["--phyphox", "https://192.168.1.23"], 2, r"plain http, not https"),
        (["--phyphox", ""], 2, r"is no address"),
        (["--phyphox", "http://127.0.0.1:1"], 1, r"nobody answers at 127\.0\.0\.1:1: switch"),
        (["--phyphox", "http://127.0.0.1:1", "--placement", "waist", "--placement", "foot"], 2, r"there is one phone"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(
    more: list[str], code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["record", "-o", str(tmp_path / "a.jsonl"), *more]) == code
    assert re.search(words, capsys.readouterr().err)
