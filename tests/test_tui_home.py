"""The way from the welcome to a drill and back: keys, clicks, failures. What is asserted is what the home was asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from home_fakes import DOT, GOOD, HELD, KEPT, STRAP, HomeStage
from surefoot.remembered import Memory
from surefoot.samples import G0_MS2, DrillSpec
from surefoot.snapshot import HoldLive, LandingLive, Snapshot
from surefoot.tui.choices import CHOICES, FIELDS, HINTS, KEYS, advice_row, scored_part, turned
from surefoot.tui.commands import KeyCommands
from surefoot.tui.findings import PLACEMENT_KEYS, WORN
from surefoot.tui.ports import Look, Offer
from surefoot.tui.screens.dialogs import HelpDialog, LeaveDialog
from surefoot.tui.walk import WALK_S
from surefoot.tui.widgets.foot import Foot
from surefoot.tui.widgets.rows import MARGIN, Row, Rows, told
from surefoot.tui.words import Part
from tui_fakes import FakeFeed, FakePlayback, Stage, act, check_golden, trial

Play = Any
NO_BLUETOOTH = "Bluetooth is switched off: switch it on in the system's settings or with: bluetoothctl power on"
SIZES = [(80, 24), (120, 40), (200, 60)]


def play(scenario: Play, size: tuple[int, int] = (80, 24), env: dict[str, Any] | None = None, **options: Any) -> None:
    """Act on a stage with a home."""

    async def wrapped(stage: Stage, pilot: Pilot[None]) -> None:
        assert isinstance(stage, HomeStage)
        await scenario(stage, pilot)

    act(lambda: HomeStage(**options), wrapped, size, **(env or {}))


# ------------------------------------------------------------------------------------------------ welcome


def test_enter_connects_the_sensor_of_last_time_which_comes_first() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        text = stage.text()
        assert text.index("Polar H10 0A3BC127") < text.index("Xsens DOT")
        assert "used last time" in text
        await pilot.press("enter")
        await stage.turn(pilot)
        assert stage.home.asked == [("connect", "F0:01")]
        assert "› connecting to Polar H10 0A3BC127 …" in stage.text()
        stage.home.work.finish(stage.feed)
        await stage.turn(pilot)
        assert stage.app.current_mode == "check"

    play(scenario)


@pytest.mark.parametrize(
    ("key", "asked"), [("2", ("connect", "F0:02")), ("d", ("connect", "demo")), ("o", "recordings"), ("r", "again")]
)
def test_a_key_chooses_directly(key: str, asked: Any) -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        await pilot.press("9", key)
        assert stage.home.asked == [asked]

    play(scenario)


@pytest.mark.parametrize("last", ["", "http://192.168.1.23:8080"])
def test_a_phone_is_asked_at_the_address_that_was_typed_or_is_known(last: str) -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        await pilot.press("p")
        await pilot.pause()
        field = stage.app.screen.query_one(Input)
        assert field.value == last
        assert "Allow remote access" in stage.text()
        await pilot.press("escape")
        await stage.turn(pilot)
        assert stage.home.asked == []
        await pilot.press("p")
        await pilot.pause()
        stage.app.screen.query_one(Input).value = last or " 10.0.0.7[b] "
        await pilot.press("enter")
        await stage.turn(pilot)
        assert stage.home.asked == [("connect", last or "10.0.0.7[b]")]
        stage.home.work.fail("'10.0.0.7[b]' is no address: type it as phyphox shows it, http://192.168.1.23:8080")
        await stage.turn(pilot)
        assert "✖ '10.0.0.7[b]' is no address" in stage.text()

    play(scenario, memory=Memory(phone=last))


def test_a_phone_without_an_address_is_not_asked() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        await pilot.press("p")
        await pilot.pause()
        await pilot.press("enter")
        await stage.turn(pilot)
        assert stage.home.asked == []

    play(scenario)


def test_the_phone_of_last_time_is_connected_by_enter() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        assert "○ Pixel 6   used last time" in stage.text()
        assert "phone · open phyphox on it, then enter · sway and landings" in stage.text()
        await pilot.press("enter")
        await stage.turn(pilot)
        assert stage.home.asked == [("connect", "http://192.168.1.23:8080")]

    key, words = "http://192.168.1.23:8080", "sway and landings"
    phone = Offer(key, "Pixel 6", "phone", words, known=True, near=False, phone=True)
    play(scenario, look=Look((phone,), True))


def test_arrows_and_clicks_choose_too() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        rows = stage.app.screen.query_one(Rows)
        await pilot.press("down", "down")
        assert rows.at == "demo"
        await pilot.press("down", "down", "down", "up", "up", "up", "up")
        assert rows.at == "sensor F0:01"
        y = next(k for k, line in enumerate(stage.text().splitlines()) if "Xsens DOT" in line)
        await pilot.click(Rows, offset=(9, y - rows.region.y))
        assert stage.home.asked == [("connect", "F0:02")]

    play(scenario)


def test_a_sensor_that_appears_does_not_move_the_cursor() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        rows = stage.app.screen.query_one(Rows)
        assert rows.at == "demo"  # nothing else is there yet, and nobody chose it
        await pilot.press("down")
        stage.home.here = Look((STRAP, DOT), True)
        await stage.turn(pilot)
        assert rows.at == "phone"
        await pilot.press("up", "up")
        stage.home.here = Look((DOT, STRAP, HELD), True)
        await stage.turn(pilot)
        assert rows.at == "sensor F0:02"

    play(scenario, look=Look((), True))


def test_what_is_known_of_a_sensor_stands_below_its_name() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        text = stage.text()
        for words in (
            "Polar H10 · ▂▄▆█ strong · battery 87 % · sway and landings",
            "▂··· weak · battery ▽ low 12 % · sway only: 60 Hz",
            "Movesense · ▽ held by another program",
            "○ Old strap   used last time",
            "not heard yet: wake it, then enter",
        ):
            assert words in text

    old = replace(STRAP, key="F0:09", title="Old strap", near=False)
    play(scenario, look=Look((old, replace(STRAP, known=False), DOT, HELD)))


def test_no_bluetooth_is_said_in_full_and_the_demo_goes_on() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        words = " ".join(stage.text().replace("│", " ").split())
        assert "✖ Bluetooth is switched off. Demo and recordings work all the same." in words
        assert "Switch it on in the system's settings or with: bluetoothctl power on. It is tried again" in words
        assert "○ no Bluetooth" in words
        await pilot.press("enter")
        assert stage.home.asked == [("connect", "demo")]

    play(scenario, look=Look((), False, NO_BLUETOOTH))


def test_after_ten_seconds_in_vain_it_says_what_helps() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        assert "looking for sensors: put yours on" in stage.text()
        stage.home.here = Look((), True, None, 10.0)
        await stage.turn(pilot)
        words = " ".join(stage.text().replace("│", " ").split())
        assert "wet electrodes" in words
        assert "close phone apps that may hold it" in words

    play(scenario, look=Look((), True, None, 9.9))


def test_connecting_can_be_given_up_and_is_not_begun_twice() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        await pilot.press("enter", "enter", "2")
        assert stage.home.asked == [("connect", "F0:01")]
        await pilot.press("escape")
        assert stage.home.work.cancelled
        stage.home.work.finish(stage.feed)
        await stage.turn(pilot)
        assert stage.app.current_mode == "welcome"
        await pilot.press("2")
        assert stage.home.asked[-1] == ("connect", "F0:02")

    play(scenario)


def test_a_drill_that_begins_and_a_sensor_that_falls_asleep_are_waited_for() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_setup(pilot)
        await pilot.press("enter")
        begin = stage.home.work
        begin.settled = True
        await pilot.press("escape")
        await stage.turn(pilot)
        assert stage.app.current_mode == "setup"
        assert stage.app.way.waiting is begin
        begin.finish(FakeFeed(stage.clock))
        await stage.turn(pilot)
        assert stage.app.current_mode == "stand"

    play(scenario)

    async def leaving(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_check(pilot)
        await pilot.press("escape")
        leave = stage.home.work
        leave.settled = True
        await stage.turn(pilot)
        await pilot.press("escape", "enter")
        assert stage.home.asked[-1] == "leave"
        assert stage.app.way.waiting is leave
        leave.finish()
        await stage.turn(pilot)
        await pilot.press("enter")
        assert stage.home.asked[-1] == ("connect", "F0:01")

    play(leaving)


def test_a_failed_connection_says_why_until_the_next_choice() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        await pilot.press("enter")
        stage.home.work.fail("'[b]H10[/]' was not found: wake it, bring it near, and close phone apps that may hold it")
        await stage.turn(pilot)
        await stage.frames(pilot, 60.0)
        words = " ".join(stage.text().replace("│", " ").split())
        assert "✖ '[b]H10[/]' was not found: wake it, bring it near, and close phone apps that may hold it" in words
        await pilot.press("2")
        await stage.turn(pilot)
        assert "was not found" not in stage.text()

    play(scenario)


def test_the_scan_goes_on_only_while_the_welcome_is_shown() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_check(pilot)
        before = stage.home.looks_n
        await stage.frames(pilot, 0.1, 0.1, 0.1)
        assert stage.home.looks_n == before > 0

    play(scenario)


def test_a_broken_memory_and_the_newest_recording_are_told() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        stage.home.note, stage.home.saved = "the remembered settings are broken", "/data/[b]x.jsonl.gz"
        await stage.turn(pilot)
        assert "! the remembered settings are broken" in stage.text()
        assert "■ kept: /data/[b]x.jsonl.gz" in stage.text()

    play(scenario)


# ------------------------------------------------------------------------------------------------ check


def test_a_good_sensor_has_a_green_line_each() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_check(pilot)
        text = stage.text()
        for words in (
            "✓ link     samples are coming, battery 87 %",
            "✓ rate     200 samples a second of 200",
            "✓ losses   none in 5 s",
            "✓ gravity  reads 9.79 m/s², as it should",
            "✓ range    ±8 g: wide enough for landings",
            "✓ turning  no gyroscope: not needed",
            "✓ all is well",
        ):
            assert words in text

    play(scenario)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"measured_hz": 143.0}, ("▽ rate     143 samples a second of 200", "away from Wi-Fi")),
        (
            {"measured_hz": 224.0},
            ("▽ rate     224 samples a second of 200: more than due", "wait 10 s; if it stays so", "connect it again"),
        ),
        ({"lately_lost_n": 36}, ("▽ losses   36 samples lost in 5 s", "your body is not between")),
        ({"lately_lost_n": 36, "device": "phyphox"}, ("▽ losses   36 samples lost in 5 s", "keep phyphox in front")),
        ({"gravity_ms2": 9.31}, ("▽ gravity  reads 9.31 m/s², 5% off", "use another sensor")),
        ({"gravity_ms2": None}, ("◔ gravity  stand still for a second", "◔ checking …")),
        ({"range_ms2": 2 * G0_MS2}, ("▽ range    ±2 g: sway only", "they need ±8 g")),
        ({"range_ms2": None}, ("◔ range    not told", "✓ all is well")),
        ({"battery_pct": 9}, ("▽ link     battery low, 9 %", "charge it")),
        ({"measured_hz": None, "lately_lost_n": None}, ("◔ rate     counting, 200 a second are due", "◔ losses")),
        ({"gyro": True}, ("✓ turning  with a gyroscope",)),
        ({"state": "waiting"}, ("◔ link     connected, waiting for the first sample",)),
        ({"state": "lost", "silence_s": 3.4}, ("▽ link     lost for 3 s", "H10 is lost; looking for it")),
    ],
)
def test_what_is_wrong_is_said_with_the_remedy_and_enter_goes_on(
    changes: dict[str, Any], said: tuple[str, ...]
) -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_check(pilot)
        stage.checked.now(**changes)
        stage.checked.change(notes=("H10 is lost; looking for it …",))
        await stage.turn(pilot)
        words = " ".join(stage.text().replace("│", " ").split())
        for one in said:
            assert " ".join(one.split()) in words
        if "state" not in changes and said[0].startswith("▽"):
            assert "1 thing to look at; enter still goes on" in words
        await pilot.press("enter")
        await stage.turn(pilot)
        assert stage.app.current_mode == "setup"

    play(scenario, (100, 30))


def test_a_sensor_that_is_gone_keeps_one_here_and_says_why() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_check(pilot)
        stage.checked.finished, stage.checked.failure = True, "H10 no longer knows its pairing"
        await stage.turn(pilot)
        assert "▽ link     H10 no longer knows its pairing" in stage.text()
        await pilot.press("enter")
        await stage.turn(pilot)
        assert stage.app.current_mode == "check"
        assert "the sensor is gone: esc goes back, connect it again there" in stage.text()
        await pilot.press("escape")
        await stage.turn(pilot)
        assert stage.app.current_mode == "welcome"
        assert stage.home.asked[-1] == "leave"

    play(scenario)


def test_the_placement_is_the_row_of_the_cursor_and_says_what_it_scores() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_check(pilot)
        rows = stage.app.screen.query_one(Rows)
        assert rows.at == "chest"
        text = stage.text()
        assert "waist   small of the back, on the belt, held tight  sway and landings" in text
        assert text.count("measured, no score") == 5
        assert "landings only" in text
        for name, key in PLACEMENT_KEYS.items():
            await pilot.press(key)
            assert rows.at == name
        await pilot.press("s", "down")
        await pilot.press("enter")
        await stage.turn(pilot)
        assert stage.app.way.placement == "foot"
        assert "at the foot" in stage.text()
        assert "no score for this placement" in stage.text()

    play(scenario, (100, 30), memory=Memory(placement="chest"))


def test_a_click_chooses_a_placement_and_a_second_one_goes_on() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_check(pilot)
        rows = stage.app.screen.query_one(Rows)
        y = next(k for k, line in enumerate(stage.text().splitlines()) if "breastbone" in line) - rows.region.y
        await pilot.click(Rows, offset=(9, y))
        assert (rows.at, stage.app.current_mode) == ("chest", "check")
        await pilot.click(Rows, offset=(9, y))
        await stage.turn(pilot)
        assert stage.app.current_mode == "setup"

    play(scenario)


def test_the_simulated_runner_wears_it_at_the_waist() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_check(pilot, "d")
        assert stage.app.screen.query_one(Rows).names == ["waist"]
        await pilot.press("enter")
        await stage.turn(pilot)
        assert stage.app.way.placement == "waist"
        assert "waits for space" in stage.text()
        assert "start" not in stage.app.screen.query_one(Rows).names

    play(scenario, memory=Memory(placement="chest"))


# ------------------------------------------------------------------------------------------------ the drill


def test_letters_arrows_and_space_turn_the_values() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_setup(pilot)
        assert "[left]  right   both" in stage.text()
        await pilot.press("l", "l", "u", "left", "t", "f", "b")
        await pilot.press("enter")
        spec = DrillSpec("hold", "both", "open", "firm", "none", target_s=45.0, feedback="off")
        assert stage.home.asked[-1] == ("begin", spec, "waist", "space")

    play(scenario)


def test_a_click_goes_to_a_row_and_a_second_one_turns_it() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_setup(pilot)
        rows = stage.app.screen.query_one(Rows)
        await pilot.click(Rows, offset=(20, 1 + rows.names.index("leg")))
        assert rows.at == "leg"
        assert "[left]" in stage.text()
        await pilot.click(Rows, offset=(20, 1 + rows.names.index("leg")))
        await stage.turn(pilot)
        assert "[right]" in stage.text()

    play(scenario)


def test_each_drill_has_its_rows_and_its_last_settings() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_setup(pilot)
        rows = stage.app.screen.query_one(Rows)
        assert rows.names == [*FIELDS["drop"], "start"]
        assert "[27]" in stage.text()
        assert "[10 s after enter]" in stage.text()
        await pilot.press("d")
        await stage.turn(pilot)
        assert rows.names == [*FIELDS["hop"], "start"]
        assert "[both]" in stage.text()
        await pilot.press("d")
        await stage.turn(pilot)
        assert rows.names == [*FIELDS["hold"], "start"]

    drop = DrillSpec("drop", "left", height_cm=27.0)
    play(scenario, memory=Memory(drill="drop", drills={"drop": drop}))


@pytest.mark.parametrize(
    ("keys", "words"), [(("d",), "Before you jump"), (("e",), "close your eyes"), (("s",), "a soft surface")]
)
def test_what_can_end_in_a_fall_asks_once_more(keys: tuple[str, ...], words: str) -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_setup(pilot)
        await pilot.press(*keys)
        await stage.turn(pilot)
        asked = len(stage.home.asked)
        assert words in stage.text()
        assert "Enter once more" not in stage.text()
        await pilot.press("enter")
        await stage.turn(pilot)
        (question,) = (row for row in stage.text().splitlines() if "⏎ Is all of it so? Enter once more begins." in row)
        assert words not in question  # a row of its own, below what stood there already
        assert words in stage.text()
        await pilot.press("escape")
        assert stage.app.current_mode == "setup"
        await pilot.press("enter", "l")
        await pilot.press("enter")
        assert len(stage.home.asked) == asked  # another leg, so the question comes again
        await pilot.press("enter")
        assert len(stage.home.asked) == asked + 1

    play(scenario)


def test_a_drill_that_cannot_begin_says_why() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_setup(pilot)
        await pilot.press("enter")
        stage.home.work.fail("the simulated runner knows eyes open or closed, on a firm surface or a mat")
        await stage.turn(pilot)
        assert stage.app.current_mode == "setup"
        assert "✖ the simulated runner knows eyes open" in stage.text()
        await pilot.press("s")
        await stage.turn(pilot)
        assert "✖" not in stage.text()

    play(scenario)


def test_a_lost_sensor_is_said_while_choosing() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_setup(pilot)
        stage.checked.now(state="lost", silence_s=4.0)
        await stage.turn(pilot)
        assert "○ sensor lost 4 s" in stage.text()
        stage.checked.finished = True
        await stage.turn(pilot)
        await pilot.press("enter")
        await stage.turn(pilot)
        assert "✖ the sensor is gone" in stage.text()
        assert stage.home.asked == [("connect", "F0:01")]

    play(scenario)


@pytest.mark.parametrize(
    ("count", "shape", "words"),
    [
        (3, "◇", "none for the set: it needs 8"), (7, "◇", "none for the set: it needs 8"),
        (8, "✓", "for each landing and for the set"), (10, "✓", "for each landing and for the set"),
    ],
)  # fmt: skip
def test_a_small_set_promises_a_score_for_its_landings_only(count: int, shape: str, words: str) -> None:
    for spec in (DrillSpec("drop", "both", height_cm=20.0, count=count), DrillSpec("hop", "left", count=count)):
        part = scored_part(spec, "waist", None)
        assert part.text.startswith(shape)
        assert words in part.text
        assert "provisional" in part.text
        assert len(part.text) <= 73  # a row of an 80 column screen: its frame, its air and the cursor's sign
    assert all(len(hint) <= 73 for hint in HINTS.values())


@pytest.mark.parametrize("spec", [DrillSpec("hop", "left"), DrillSpec("hold", "left", eyes="closed")])
def test_the_question_stands_in_lines_that_were_not_there_before(spec: DrillSpec) -> None:
    before, after = (advice_row(spec, asked, 76) for asked in (False, True))
    assert before is not None
    assert after is not None
    assert after.lines[: len(before.lines)] == before.lines
    (air, question) = after.lines[len(before.lines) :]
    assert air == ()
    assert question[0].bold
    assert question[0].tone == "accent"
    assert advice_row(DrillSpec("hold", "left", eyes="open", surface="firm"), True, 76) is None


def test_every_choice_has_a_key_a_hint_and_its_values() -> None:
    for fields in FIELDS.values():
        keys = [KEYS[field] for field in (*fields, "start")]
        assert len(set(keys)) == len(keys)
        assert all(HINTS[field] and CHOICES[field] for field in fields)
    assert set(WORN) == set(PLACEMENT_KEYS)
    assert len(set(PLACEMENT_KEYS.values())) == len(PLACEMENT_KEYS)
    spec = DrillSpec("drop", "unknown", height_cm=None)
    assert turned(spec, "leg", 1).leg == "left"
    assert turned(spec, "height_cm", 1).height_cm == 10.0
    assert turned(replace(spec, height_cm=27.0), "height_cm", 1).height_cm == 30.0
    assert turned(replace(spec, count=10), "count", 1).count == 3


# ------------------------------------------------------------------------------------------------ the drill runs


def test_enter_leaves_ten_seconds_to_walk_then_starts_the_countdown() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        feed = await stage.to_drill(pilot, hold=HoldLive("ready"))
        assert stage.app.current_mode == "stand"
        scene = stage.app.scene
        assert scene.snapshot is not None
        assert scene.snapshot.hold is not None
        assert scene.snapshot.hold.state == "countdown"
        assert 14 < (scene.snapshot.hold.countdown_s or 0) < 15
        assert "walk to your place" in stage.text()
        await stage.frames(pilot, WALK_S - 1)
        assert feed.cues == []
        await stage.frames(pilot, 1.0, 0.1)
        assert feed.cues == [("start", "hold")]
        feed.change(hold=HoldLive("countdown", countdown_s=4.9))
        await stage.frames(pilot, 0.1, 0.2)
        assert feed.cues == [("start", "hold")]
        assert "walk to your place" not in stage.text()

    play(scenario)


def test_space_stops_the_walk_and_a_begins_it_anew() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        feed = await stage.to_drill(pilot, hold=HoldLive("ready"))
        await pilot.press("space")
        await stage.frames(pilot, 0.2, 20.0, 0.2)
        assert feed.cues == []
        assert "◇ ready" in stage.text()
        await pilot.press("a")
        await stage.frames(pilot, 0.2)
        await pilot.press("a")
        await stage.frames(pilot, 20.0)
        assert feed.cues == []
        await pilot.press("a")
        await stage.frames(pilot, WALK_S + 0.1)
        assert feed.cues == [("start", "hold")]

    play(scenario)


def test_with_space_as_the_begin_nothing_starts_by_itself() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        feed = await stage.to_drill(pilot, hold=HoldLive("ready"))
        await stage.frames(pilot, 0.1, 30.0)
        assert feed.cues == []
        await pilot.press("space")
        assert feed.cues == [("start", "hold")]

    play(scenario, memory=Memory(start="space"))


def test_the_simulated_runner_has_no_way_to_walk() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        feed = await stage.to_drill(pilot, connect="d", hold=HoldLive("ready"))
        assert feed.cues == [("start", "hold")]
        await stage.frames(pilot, 30.0)
        assert feed.cues == [("start", "hold")]

    play(scenario)


def test_landings_are_armed_after_the_walk_or_at_once() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        feed = await stage.to_drill(pilot, "d", "enter", landing=LandingLive("ready"))
        assert stage.app.current_mode == "landings"
        assert "space starts now" in stage.text()
        await pilot.press("space")
        assert feed.cues == [("start", "drop")]
        await stage.frames(pilot, 20.0)
        assert feed.cues == [("start", "drop")]

    play(scenario)


def test_a_sensor_lost_on_the_walk_starts_nothing() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        feed = await stage.to_drill(pilot, hold=HoldLive("ready"))
        feed.change(sensor=replace(feed.sensor, state="lost", silence_s=4.0))
        await stage.frames(pilot, 0.1, 0.2)
        assert "nothing was started" in stage.text()
        feed.change(sensor=feed.sensor)
        await stage.frames(pilot, 20.0)
        assert feed.cues == []

    play(scenario)


def test_leaving_a_recording_asks_and_goes_one_step_back() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_drill(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(stage.app.screen, LeaveDialog)
        assert "End it and choose again?" in stage.text()
        await pilot.press("n")
        await pilot.pause()
        assert stage.app.current_mode == "stand"
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("y")
        await stage.turn(pilot)
        assert stage.home.asked[-1] == "rest"
        assert "closing the recording …" in stage.text()
        await pilot.press("escape", "space")
        stage.home.saved = "/data/2031.jsonl.gz"
        stage.home.work.finish(stage.feed)
        await stage.turn(pilot)
        assert stage.app.current_mode == "setup"
        assert "■ kept: /data/2031.jsonl.gz" in stage.text()
        await pilot.press("escape")
        await stage.turn(pilot)
        assert stage.app.current_mode == "check"
        await pilot.press("escape")
        await stage.turn(pilot)
        assert (stage.app.current_mode, stage.home.asked[-1]) == ("welcome", "leave")

    play(scenario)


def test_nothing_is_asked_when_nothing_is_recorded() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        feed = await stage.to_drill(pilot, recorded=False)
        feed.change(hold=HoldLive("ready"))
        await stage.frames(pilot, 0.2)
        await pilot.press("escape")
        assert stage.home.asked[-1] == "rest"

    play(scenario)


def test_a_source_that_ended_leads_to_the_welcome_with_the_reason() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        feed = await stage.to_drill(pilot)
        feed.finished = True
        await stage.turn(pilot)
        await pilot.press("escape")
        stage.home.work.fail("H10 came back with another rate or range: start a new recording")
        await stage.turn(pilot)
        assert stage.app.current_mode == "welcome"
        assert "✖ H10 came back with another rate or range" in stage.text()

    play(scenario)


def test_an_unwritable_folder_is_loud_and_the_drill_goes_on() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_drill(pilot, recorded=False, recording_error="the folder /x cannot be made (Read-only)")
        await pilot.press("space")
        await stage.frames(pilot, 0.2)
        assert "✖ NOT RECORDING: the folder /x cannot be made" in stage.text()

    play(scenario)


def test_a_second_drill_gets_a_fresh_screen() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_drill(pilot, recorded=False)
        first = stage.app.screen
        await pilot.press("escape")
        stage.home.work.finish(stage.feed)
        await stage.turn(pilot)
        await pilot.press("enter")
        stage.home.work.finish(stage.feed)
        await stage.turn(pilot)
        assert stage.app.current_mode == "stand"
        assert stage.app.screen is not first

    play(scenario)


def test_the_other_live_screen_is_there_only_in_a_drill() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_check(pilot)
        assert stage.app.modes() == []
        stage.app.action_view("stand")
        assert stage.app.current_mode == "check"
        await pilot.press("enter")
        await stage.turn(pilot)
        await pilot.press("enter")
        stage.home.work.finish(stage.feed)
        await stage.turn(pilot)
        await pilot.press("2")
        await stage.turn(pilot)
        assert stage.app.current_mode == "landings"

    play(scenario)


class Debriefed:
    """Counts what it is asked, and answers with a screen."""

    def __init__(self) -> None:
        self.asked: list[Snapshot] = []
        self.screen: Screen[None] = Screen()

    def __call__(self, snapshot: Snapshot) -> Screen[None]:
        self.asked.append(snapshot)
        return self.screen


def test_the_end_of_a_trial_asks_for_its_summary_and_a_cancelled_one_does_not() -> None:
    debrief = Debriefed()

    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        feed = await stage.to_drill(pilot, hold=HoldLive("ready"), trials=())
        for hold, trials in [
            (HoldLive("countdown", 3.0), ()),
            (HoldLive("ready"), ()),
            (HoldLive("holding", hold_s=3.0), ()),
        ]:
            feed.change(hold=hold, trials=trials)
            await stage.frames(pilot, 0.1)
        assert debrief.asked == []
        feed.change(hold=HoldLive("ready"), trials=(trial(1, 30.0, 60.0),))
        await stage.frames(pilot, 0.1, 0.1)
        assert len(debrief.asked) == 1
        assert len(debrief.asked[0].trials) == 1
        assert stage.app.screen is debrief.screen

    play(scenario, memory=Memory(start="space"), debrief=debrief)


# ------------------------------------------------------------------------------------------------ recordings


def test_a_recording_is_opened_and_left_again() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        await pilot.press("o")
        await stage.turn(pilot)
        assert "◔ looking …" in stage.text()
        stage.home.work.finish(KEPT)
        await stage.turn(pilot)
        assert "[b]a[/].jsonl.gz" in stage.text()
        await pilot.press("down", "enter")
        assert stage.home.asked[-1] == ("play", "/data/a.jsonl.gz")
        stage.home.work.finish(FakePlayback())
        await stage.turn(pilot)
        assert stage.app.current_mode == "replay"
        assert stage.app.modes() == ["replay"]
        await pilot.press("escape")
        await stage.turn(pilot)
        assert (stage.app.current_mode, stage.app.playback) == ("recordings", None)
        await pilot.press("1")
        assert stage.home.asked[-1] == ("play", "/data/b.jsonl.gz")
        stage.home.work.fail("/data/b.jsonl.gz has a damaged header: use another copy of it")
        await stage.turn(pilot)
        assert "✖ /data/b.jsonl.gz has a damaged header: use another copy of it" in stage.text()
        await pilot.press("escape")
        await stage.turn(pilot)
        assert stage.app.current_mode == "welcome"

    play(scenario)


def test_a_path_can_be_typed() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        await pilot.press("o")
        stage.home.work.finish(())
        await stage.turn(pilot)
        assert "Nothing was recorded yet" in stage.text()
        await pilot.press("enter", "p")
        await pilot.pause()
        stage.app.screen.query_one(Input).value = " ~/q.csv "
        await pilot.press("enter")
        await stage.turn(pilot)
        assert stage.home.asked[-1] == ("play", "~/q.csv")
        await pilot.press("escape")
        assert stage.home.work.cancelled
        await pilot.press("p")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert stage.app.current_mode == "recordings"

    play(scenario)


# ------------------------------------------------------------------------------------------------ every screen


async def go_to(screen: str, stage: HomeStage, pilot: Pilot[None]) -> None:
    if screen == "recordings":
        await stage.turn(pilot)
        await pilot.press("o")
        stage.home.work.finish(KEPT)
        await stage.turn(pilot)
    else:
        ways: dict[str, Callable[[Pilot[None]], Awaitable[None]]]
        ways = {"welcome": stage.turn, "check": stage.to_check, "setup": stage.to_setup}
        await ways[screen](pilot)


SCREENS = ["welcome", "check", "setup", "recordings"]
REACH = Look((STRAP, DOT, HELD), True)


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", SCREENS)
def test_golden(screen: str, size: tuple[int, int], no_color: bool) -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await go_to(screen, stage, pilot)
        check_golden(stage.app, f"{screen}_{size[0]}x{size[1]}" + "_no_color" * no_color)

    play(scenario, size, env={"no_color": no_color}, look=REACH)


def test_golden_of_trouble() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        stage.home.saved = "/home/me/.local/share/surefoot/recordings/2031-04-02_074100_hold_left.jsonl.gz"
        await stage.turn(pilot)
        check_golden(stage.app, "welcome_80x24_trouble")

    play(scenario, look=Look((), False, NO_BLUETOOTH))


def test_golden_of_a_check_that_finds_much() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_check(pilot)
        stage.checked.now(lately_lost_n=36, gravity_ms2=9.3, measured_hz=171.0, battery_pct=9, range_ms2=4 * G0_MS2)
        await stage.turn(pilot)
        await pilot.press("r")
        await stage.turn(pilot)
        check_golden(stage.app, "check_80x24_much")

    play(scenario)


@pytest.mark.parametrize("screen", SCREENS)
def test_the_footer_has_at_most_six_keys_and_none_is_cut_at_80_columns(screen: str) -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await go_to(screen, stage, pilot)
        foot = stage.app.screen.query_one(Foot)
        assert 4 <= len(foot.hints) <= 6
        assert cell_len(foot.render().plain) <= 80
        assert foot.hints[-1].does in ("Quit", "Back")

    play(scenario)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_key_of_a_screen_is_in_its_help_and_in_the_palette(screen: str) -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await go_to(screen, stage, pilot)
        keys = {hint.shown for hint in stage.app.screen.query_one(Foot).hints}
        active = [one.binding for one in stage.app.screen.active_bindings.values()]
        shown = {one.description for one in active if one.id and stage.app.get_key_display(one) in keys}
        assert len(shown) >= len(keys)
        commands = {binding.description for binding in KeyCommands(stage.app.screen)._bindings()}
        assert shown <= commands
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(stage.app.screen, HelpDialog)
        text = stage.text()
        assert all(word in text for word in shown)

    play(scenario, (100, 40))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", SCREENS[:3])
def test_hostile_names_are_shown_as_they_are(screen: str, size: tuple[int, int]) -> None:
    name = "[b]x[/] \x1b[31m\n[/nope 傾斜センサー" + "W" * 80

    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        stage.checked.sensor = replace(GOOD, name=name)
        await go_to(screen, stage, pilot)
        await stage.turn(pilot)
        assert "[b]x[/] ·[31m·[/nope" in stage.text()
        assert "\x1b" not in stage.text()

    play(scenario, size, look=Look((replace(STRAP, title=name, detail=name, scores=name),)))


@pytest.mark.parametrize("size", [(50, 14), (39, 9)])
@pytest.mark.parametrize(("screen", "words"), [("welcome", "Polar H10"), ("check", "✓ gravity"), ("setup", "[left]")])
def test_a_small_screen_keeps_its_list(screen: str, words: str, size: tuple[int, int]) -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await go_to(screen, stage, pilot)
        assert words in stage.text()
        await pilot.press("down", "down")
        await stage.turn(pilot)
        assert "▸" in stage.text()

    play(scenario, size)


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (61, 21), (240, 70)])
@pytest.mark.parametrize("screen", SCREENS)
def test_no_size_breaks_a_screen(screen: str, size: tuple[int, int]) -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await go_to(screen, stage, pilot)
        await pilot.press("down", "up", "down")
        await pilot.resize_terminal(80, 24)
        await stage.frames(pilot, 0.2)
        await pilot.resize_terminal(*size)
        await stage.frames(pilot, 0.2)

    play(scenario, size)


def test_the_cursor_stays_in_sight_of_a_long_list() -> None:
    offers = tuple(replace(STRAP, key=f"F0:{k}", title=f"strap {k}", known=False) for k in range(30))

    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        assert "↓ more" in stage.text()
        for k in range(30):
            assert f"● strap {k} " in stage.text()
            await pilot.press("down")
            await stage.turn(pilot)
        await pilot.press("down", "down")
        await stage.turn(pilot)
        assert "▸ o  ▤ recordings" in stage.text()
        assert "↓ more" not in stage.text()
        for _ in range(32):
            await pilot.press("up")
        await stage.turn(pilot)
        assert "▸ 1  ● strap 0" in stage.text()

    play(scenario, look=Look(offers))


def test_rows_that_are_only_read_are_never_under_the_cursor() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.turn(pilot)
        rows = stage.app.screen.query_one(Rows)
        rows.put([Row(((Part("read"),),)), Row(((Part("a"),),), "a"), Row(((Part("b"),),), "b")])
        assert rows.names == ["a", "b"]
        rows.step(-1)
        assert rows.at == "a"
        rows.step(5)
        assert rows.at == "b"
        rows.put([Row(((Part("read"),),))])
        assert rows.at == ""
        rows.step(1)

    play(scenario)


@pytest.mark.parametrize(
    "text",
    [
        "✖ /home/妹尾/データ/左足で立つ記録.jsonl cannot be read: check its permissions or choose another folder",
        "語" * 200,
        "a語" * 50 + " e\u0301" * 30,
        "🦶🏃‍♀️ " * 40,
        "x" * 100 + " y",
        "",
    ],
)
@pytest.mark.parametrize("width", [5, 14, 33, 80])
def test_a_sentence_is_wrapped_by_cells_and_loses_nothing(text: str, width: int) -> None:
    row = told(text, "bad", width, indent=2)
    lines = ["".join(part.text for part in line) for line in row.lines]
    assert all(cell_len(line) <= max(width - MARGIN, 12) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
