"""The edge behind the way in, with the simulated runner and with a radio that only says what the test wants."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from surefoot import simulate
from surefoot.devices import recognise
from surefoot.errors import SurefootError
from surefoot.events import DrillStarted
from surefoot.gatt import Seen
from surefoot.home import Home
from surefoot.home.job import Job
from surefoot.home.nearby import GONE_S, PAUSE_S, RETRY_S
from surefoot.remembered import KnownSensor, Memory, load, save
from surefoot.samples import DrillSpec
from surefoot.sources.connection import Found, LinkError
from surefoot.tui.ports import DEMO, Offer
from test_past import keep
from test_session import whole


def known(name: str, address: str, rssi: int, battery_pct: int | None = None) -> Found:
    """A sensor as the radio tells it."""
    best = recognise(Seen(name))
    assert best is not None
    codec, one = best
    return Found(name, address, one.kind, codec, one.settings, rssi, battery_pct)


LONG_S = 60.0  # a test that waits so long has failed
STRAP = known("Polar H10 0A3BC127", "F0:01", -58, 87)
DOT = known("Xsens DOT", "F0:02", -70)


class Scripted:
    """A radio: scans and openings are answered by the test."""

    def __init__(self) -> None:
        self.scans: list[Future[list[Found]]] = []
        self.opened: list[tuple[str, str]] = []
        self.opening_now: Future[Any] = Future()
        self.asked = threading.Event()  # for a sensor
        self.stopped = False

    def scanning(self, seconds: float) -> Future[list[Found]]:
        self.scans.append(Future())
        return self.scans[-1]

    def opening(self, wanted: list[str], placements: list[str], say: Callable[[str], None]) -> Future[Any]:
        self.opened.append((wanted[0], placements[0]))
        say(f"connecting to {wanted[0]} …")
        self.asked.set()
        return self.opening_now

    def stop(self) -> None:
        self.stopped = True


class Place:
    """A home in a folder, its radio and its time."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now_s, self.radio = folder, 0.0, Scripted()
        self.made: Exception | None = None
        self.home = Home(folder, self.make, lambda: self.now_s)

    def make(self) -> Any:
        if self.made is not None:
            raise self.made
        return self.radio

    def look(self) -> list[Offer]:
        """Look, once the radio is there."""
        self.home.look()
        assert self.home._nearby.radio is not None
        self.home._nearby.radio.exception(LONG_S)
        return list(self.home.look().offers)

    def hear(self, *found: Found) -> list[Offer]:
        """The scan that runs finds these."""
        self.look()
        self.radio.scans[-1].set_result(list(found))
        return self.look()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.home.close()


def done(job: Job[Any]) -> Any:
    """Its result, when it is there."""
    job._future.exception(LONG_S)
    assert job.failure is None
    return job.result


def seen(session: Any, what: Callable[[Any], bool]) -> Any:
    """Wait for a snapshot like that."""
    there = threading.Event()
    shown = session._show

    def show() -> None:
        shown()
        if what(session.snapshot()):
            there.set()

    session._show = show
    assert there.wait(LONG_S)
    return session.snapshot()


# ------------------------------------------------------------------------------------------------ who is there


def test_offers_say_what_a_sensor_can_score(place: Place) -> None:
    strap, dot = place.hear(STRAP, DOT)
    assert strap == Offer("F0:01", "Polar H10 0A3BC127", "Polar H10", "sway and landings", -58, 87)
    assert dot.scores == "sway only: 60 Hz"


def test_it_scans_again_after_a_pause_and_rows_keep_their_places(place: Place) -> None:
    assert [one.key for one in place.hear(DOT)] == ["F0:02"]
    assert not place.home.look().scanning
    assert len(place.radio.scans) == 1
    place.now_s += PAUSE_S
    assert [one.key for one in place.hear(STRAP, DOT)] == ["F0:02", "F0:01"]
    assert len(place.radio.scans) == 2
    place.now_s += GONE_S
    assert [one.key for one in place.hear(STRAP)] == ["F0:01"]


def test_looking_again_does_not_wait_for_the_pause(place: Place) -> None:
    place.hear()
    place.home.again()
    place.home.look()
    assert len(place.radio.scans) == 2


def test_the_sensor_of_last_time_comes_first_heard_or_not(tmp_path: Path) -> None:
    save(tmp_path / "home.json", Memory(KnownSensor(STRAP.name, STRAP.address, "Polar H10", "sway and landings")))
    place = Place(tmp_path)
    assert place.look() == [Offer("F0:01", STRAP.name, "Polar H10", "sway and landings", known=True, near=False)]
    first, second = place.hear(DOT, STRAP)
    assert (first.key, first.known, first.near, second.known) == ("F0:01", True, True, False)
    place.home.close()
    assert place.radio.stopped


def test_trouble_is_told_and_tried_again(place: Place) -> None:
    place.look()
    place.radio.scans[-1].set_exception(LinkError("Bluetooth is switched off: switch it on", "adapter"))
    assert place.home.look().trouble == "Bluetooth is switched off: switch it on"
    place.now_s += RETRY_S
    assert [one.key for one in place.hear(STRAP)] == ["F0:01"]
    assert place.home.look().trouble is None


def test_without_the_library_it_says_so_and_looks_again_when_asked(place: Place) -> None:
    place.made = SurefootError("Bluetooth needs a package that is not there: reinstall surefoot")
    place.look()
    assert place.home.look().trouble == "Bluetooth needs a package that is not there: reinstall surefoot"
    place.made = None
    place.home.again()
    assert [one.key for one in place.hear(STRAP)] == ["F0:01"]


def test_a_search_in_vain_is_timed_from_the_last_sensor(place: Place) -> None:
    place.hear()
    place.now_s += 12.0
    assert place.home.look().vain_s == 12.0
    place.hear(STRAP)
    assert place.home.look().vain_s == 0.0


# ------------------------------------------------------------------------------------------------ connecting


def test_connecting_ends_the_scan_and_says_what_it_does(place: Place) -> None:
    (strap,) = place.hear(STRAP)
    place.now_s += PAUSE_S
    place.home.look()
    job = place.home.connect(strap)
    assert place.radio.scans[-1].cancelled()
    place.radio.opening_now.set_exception(LinkError("F0:01 was not found: wake it", "absent"))
    assert isinstance(job._future.exception(LONG_S), LinkError)
    assert job.failure == "F0:01 was not found: wake it"
    assert job.said == "connecting to F0:01 …"
    assert place.radio.opened == [("F0:01", "waist")]
    place.home.look()
    assert len(place.radio.scans) == 3  # and now it looks again


def test_giving_up_reaches_the_radio(place: Place) -> None:
    (strap,) = place.hear(STRAP)
    job = place.home.connect(strap)
    job.cancel()
    assert job.failure in (None, "given up")
    with pytest.raises(BaseException):  # noqa: B017, PT011  (a cancelled future of either kind)
        job._future.result(LONG_S)
    assert job.failure == "given up"
    assert job.result is None
    assert not place.radio.opened or place.radio.opening_now.cancelled()


def test_a_bug_of_ours_is_told_and_does_not_end_the_dashboard(place: Place) -> None:
    (strap,) = place.hear(STRAP)
    job = place.home.connect(strap)
    bug = ZeroDivisionError("boom")
    place.radio.opening_now.set_exception(bug)
    job._future.exception(LONG_S)
    assert job.failure == "an internal error: ZeroDivisionError: boom"
    assert job.result is None
    assert place.home.bugs == [bug]  # for the dashboard's last words
    place.now_s += PAUSE_S
    place.look()
    place.radio.scans[-1].set_exception(bug)
    assert place.home.look().trouble == "an internal error: ZeroDivisionError: boom"


def test_what_is_given_up_and_what_is_settled_exclude_each_other(place: Place) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def settles(job: Job[bool]) -> bool:
        begun.set()
        go_on.wait(LONG_S)
        return job.settle()

    first: Job[bool] = Job(place.home._pool, settles, "opening …")
    assert begun.wait(LONG_S)
    assert first.cancel()
    go_on.set()
    assert done(first) is False
    second: Job[bool] = Job(place.home._pool, settles, "opening …")
    assert done(second) is True
    assert not second.cancel()  # it is over: what came of it must not be lost


class Opened:
    """A sensor that was opened."""

    def __init__(self) -> None:
        self.header: dict[str, Any] = {"sources": {"s1": {"name": "Polar H10"}}}
        self.asleep = False

    def quiet(self) -> None:
        pass

    def close(self) -> None:
        self.asleep = True


def test_a_sensor_that_came_after_it_was_given_up_sleeps_again(place: Place) -> None:
    (strap,) = place.hear(STRAP)
    opened, opening = Opened(), place.radio.opening_now
    opening.set_running_or_notify_cancel()  # from here on the radio cannot be stopped
    job = place.home.connect(strap)
    assert place.radio.asked.wait(LONG_S)
    assert job.cancel()
    opening.set_result(opened)
    with pytest.raises(BaseException):  # noqa: B017, PT011  (a cancelled future of either kind)
        job._future.result(LONG_S)
    assert job.failure == "given up"
    assert opened.asleep
    assert place.home._connected.source is None


# ------------------------------------------------------------------------------------------------ the demo


def test_the_simulated_runner_is_checked_then_drilled_then_left(place: Place) -> None:
    home = place.home
    check = done(home.connect(DEMO))
    shot = seen(check, lambda one: one.sensor.gravity_ms2 is not None)
    assert shot.spec is None
    assert shot.recording is None
    spec = DrillSpec("hold", "right", "open", "firm", "none", target_s=10.0)
    drill = done(home.begin(spec, "waist", "walk"))
    assert check.finished
    drill.cue("start", "hold")
    assert seen(drill, lambda one: one.hold is not None and one.hold.state == "countdown").spec == spec
    again = done(home.rest())
    assert drill.finished
    assert not again.finished
    assert home.saved is None
    done(home.leave())
    assert again.finished
    memory, note = load(place.folder / "home.json")
    assert note is None
    assert (memory.drills["hold"], memory.drill, memory.start, memory.sensor) == (spec, "hold", "walk", None)


def test_a_drill_that_the_runner_does_not_know_leaves_the_check_running(place: Place) -> None:
    check = done(place.home.connect(DEMO))
    job = place.home.begin(DrillSpec("hold", "left", "open", "unstable"), "waist", "walk")
    job._future.exception(LONG_S)
    assert job.failure is not None
    assert "simulated runner knows" in job.failure
    assert not check.finished


def test_a_drill_that_begins_cannot_be_given_up(place: Place) -> None:
    """Else nobody would have its session, and the one before it has ended."""
    home, go_on = place.home, threading.Event()
    check = done(home.connect(DEMO))
    home._pool.submit(go_on.wait, LONG_S)  # the worker is busy: it has not begun yet
    job = home.begin(DrillSpec("hold", "left", "open", "firm"), "waist", "walk")
    assert not job.cancel()
    assert not job.cancel()
    assert job.said == "a moment, this cannot be given up: getting ready …"
    go_on.set()
    drill = done(job)
    assert check.finished
    assert not drill.finished


def test_to_let_a_sensor_sleep_cannot_be_given_up(place: Place) -> None:
    home, go_on = place.home, threading.Event()
    check = done(home.connect(DEMO))
    home._pool.submit(go_on.wait, LONG_S)
    job = home.leave()
    assert not job.cancel()
    go_on.set()
    done(job)
    assert check.finished


def test_what_cannot_be_remembered_is_said(place: Place) -> None:
    (place.folder / "home.json").mkdir()
    done(place.home.connect(DEMO))
    done(place.home.begin(DrillSpec("hold", "left", "open", "firm"), "waist", "walk"))
    assert place.home.note is not None
    assert "cannot be remembered" in place.home.note


def test_recordings_are_listed_and_played(place: Place) -> None:
    assert done(place.home.recordings()) == ()
    fixture = Path(__file__).parent.parent / "fixtures" / "polar" / "steady.jsonl.gz"
    assert done(place.home.play(str(fixture))).title == "steady.jsonl.gz"


# ------------------------------------------------------------------------------------------------ looking back


def test_a_demo_drill_can_be_looked_back_at_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch, data = tmp_path / "scratch", tmp_path / "data"
    scratch.mkdir()
    data.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    home = Place(data).home
    done(home.connect(DEMO))
    assert home.look_back() is None  # the check has no drill to look back at
    spec = DrillSpec("hold", "left", "open", "firm", "none", target_s=10.0)
    drill = done(home.begin(spec, "waist", "walk"))
    drill.cue("start", "hold")
    shot = seen(drill, lambda one: one.hold is not None and one.hold.state == "countdown")
    assert shot.recording is None
    film = home.look_back()
    assert film is not None
    whole(film)
    assert film.failure is None
    assert any(isinstance(one, DrillStarted) for one in film.events)
    again = done(home.begin(spec, "waist", "walk"))  # within the same second
    seen(again, lambda one: one.hold is not None)
    assert home.look_back() is not None
    assert list(scratch.iterdir())
    home.close()
    assert list(scratch.iterdir()) == []
    assert home.kept == []
    assert not (data / "recordings").exists()


def test_an_own_recording_is_opened_in_the_rings_of_its_day_and_a_foreign_one_is_not(place: Place) -> None:
    folder = place.folder / "recordings"
    folder.mkdir()
    for day in range(1, 10):
        made = simulate.stand("one_eo_firm", seed=day, target_s=12.0)
        keep(folder, f"l{day}", made, f"2021-03-{day:02d}T07:00:00.000+01:00")
    place.home.reader.load()
    shown = []
    for path in (folder / "l9.jsonl.gz", shutil.copy(folder / "l9.jsonl.gz", place.folder)):
        film = done(place.home.play(str(path)))
        whole(film)
        shown.append(film.at(10.0).hold.ring_trials_n)
    assert shown == [7, 0]
