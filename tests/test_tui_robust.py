"""What a hurried or clumsy person does to the dashboard; none of it may end a session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.events import Resize
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import Screen

from home_fakes import HomeStage
from surefoot.snapshot import HoldLive, Snapshot
from surefoot.tui.app import Surefoot
from surefoot.tui.screens.beat import USUAL_BEAT, BeatDialog
from surefoot.tui.screens.dialogs import CorrectDialog, DiscomfortDialog, HelpDialog, LeaveDialog, UnsavedDialog
from surefoot.tui.screens.field import FieldDialog
from surefoot.tui.widgets.foot import Foot
from test_tui_home import play
from tui_fakes import FakePlayback, Stage, act, trial

CROSSINGS = [((99, 29), (100, 30)), ((80, 24), (200, 60)), ((120, 40), (80, 24)), ((61, 21), (20, 5))]
"""Pairs of sizes on either side of a breakpoint."""


@pytest.mark.parametrize("screen", ["stand", "landings", "replay"])
@pytest.mark.parametrize("sizes", CROSSINGS)
def test_frames_go_on_while_the_window_is_dragged_over_a_breakpoint(
    screen: str, sizes: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        for size in (*sizes[::-1], *sizes[::-1], sizes[0]):
            stage.app.post_message(Resize(Size(*size), Size(*size)))
            for _ in range(6):  # between the classes that change and the sizes that follow
                stage.clock.advance(0.05)
                stage.app.frame()
                await asyncio.sleep(0)
        await stage.frames(pilot, 0.1)
        assert stage.app.return_code in (None, 0)

    act(lambda: Stage(screen), scenario, sizes[0])


def test_enter_twice_in_the_palette_closes_only_the_palette() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("ctrl+p")
        await pilot.pause()
        palette = stage.app.screen
        assert isinstance(palette, CommandPalette)
        palette.dismiss()
        palette.dismiss()
        await pilot.pause()
        assert len(stage.app.screen_stack) == 1

    act(lambda: Stage("stand"), scenario)


@pytest.mark.parametrize("keys", [("enter", "enter"), ("escape", "escape", "escape")])
@pytest.mark.parametrize(
    "dialog",
    [
        lambda: HelpDialog([("x", "y")]),
        LeaveDialog,
        DiscomfortDialog,
        lambda: UnsavedDialog(1),
        lambda: CorrectDialog(None, 0.0, 1),
        lambda: FieldDialog("title", "does", "value", "example", 20, "how"),
        lambda: BeatDialog(USUAL_BEAT),
    ],
)
def test_a_bouncing_key_answers_a_question_once(dialog: Callable[[], Screen[Any]], keys: tuple[str, ...]) -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        asked = dialog()
        stage.app.push_screen(asked)
        await pilot.pause()
        asked.dismiss()
        asked.dismiss()
        await pilot.pause()
        assert len(stage.app.screen_stack) == 1
        stage.app.push_screen(dialog())
        await pilot.pause()
        for key in keys:
            stage.app.simulate_key(key)
        await pilot.pause()
        assert len(stage.app.screen_stack) <= 2

    act(lambda: Stage("stand"), scenario)


def test_ctrl_c_asks_over_any_question_and_at_the_question_it_means_it() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("question_mark")
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert isinstance(stage.app.screen, LeaveDialog)
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert stage.app._exit

    act(lambda: Stage("stand"), scenario)


def test_the_palette_goes_where_it_has_no_room_any_more() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert isinstance(stage.app.screen, CommandPalette)
        await pilot.resize_terminal(20, 4)
        await pilot.pause()
        await pilot.press("pagedown", "pageup")
        await stage.frames(pilot, 0.1)
        assert not isinstance(stage.app.screen, CommandPalette)

    act(lambda: Stage("stand"), scenario, (100, 30))


def test_leaving_and_another_key_at_once_is_only_leaving() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("q")
        await pilot.pause()
        for key in "y2":
            stage.app.simulate_key(key)
        stage.app.frame()

    act(lambda: Stage("stand"), scenario)


def test_a_summary_waits_for_the_help_to_be_closed() -> None:
    asked: list[Snapshot] = []

    def debriefed(*args: Any, **kwargs: Any) -> Surefoot:
        return Surefoot(*args, **kwargs, debrief=lambda shot: asked.append(shot))

    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("question_mark")
        await pilot.pause()
        stage.live.change(hold=HoldLive("ready"), trials=(trial(1, 40.0, 70.0),))
        await stage.frames(pilot, 0.2, 0.2)
        assert asked == []
        await pilot.press("escape")
        await pilot.pause()
        await stage.frames(pilot, 0.2, 0.2)
        assert len(asked) == 1

    act(lambda: Stage("stand", debriefed), scenario)


def test_the_palette_has_no_theme_and_is_not_opened_where_it_has_no_room() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        titles = {command.title for command in stage.app.get_system_commands(stage.app.screen)}
        assert not titles & {"Theme", "Screenshot", "Keys"}
        await pilot.press("ctrl+p")
        await stage.frames(pilot, 0.1)
        assert not isinstance(stage.app.screen, CommandPalette)
        assert "needs a larger window" in stage.text()

    act(lambda: Stage("stand"), scenario, (50, 15))


def test_any_theme_finds_the_variables_of_the_style_sheet() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        stage.app.theme = "nord"
        await stage.frames(pilot, 0.1)
        assert "holding" in stage.text()

    act(lambda: Stage("stand"), scenario)


def test_a_question_changes_no_choice() -> None:
    async def scenario(stage: HomeStage, pilot: Pilot[None]) -> None:
        await stage.to_setup(pilot)
        await pilot.press("d", "l", "question_mark")
        await pilot.pause()
        assert isinstance(stage.app.screen, HelpDialog)
        chosen = stage.text()
        await pilot.press("escape")
        await stage.turn(pilot)
        assert "[drop]" in chosen + stage.text()
        assert "[drop]" in stage.text()

    play(scenario)


@pytest.mark.parametrize(
    ("keys", "told"),
    [("3", 3), ("10", 10), ("0", 0), ("12", 2), ("110", 10), ("100", 0), ("7", 7)],
)
def test_discomfort_is_what_was_typed_when_enter_takes_it(keys: str, told: int) -> None:
    answers: list[int | None] = []

    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        stage.app.push_screen(DiscomfortDialog(), answers.append)
        await pilot.pause()
        await pilot.press(*keys)
        assert answers == []
        await pilot.press("enter")
        await pilot.pause()

    act(lambda: Stage("stand"), scenario)
    assert answers == [told]


def test_discomfort_takes_the_mouse() -> None:
    answers: list[int | None] = []

    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        stage.app.push_screen(DiscomfortDialog(), answers.append)
        await pilot.pause()
        await pilot.click("#scale", offset=(6 * 4 + 1, 2))
        await pilot.press("enter")
        await pilot.pause()

    act(lambda: Stage("stand"), scenario)
    assert answers == [6]


def test_leaving_a_hold_asks_even_when_nothing_is_recorded() -> None:
    def running() -> Stage:
        stage = Stage("stand")
        stage.live.change(recording=None)
        stage.live.change(hold=HoldLive("holding", 3.0))
        return stage

    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(stage.app.screen, LeaveDialog)
        assert "A drill is running." in stage.text()
        await pilot.press("n")
        await pilot.press("ctrl+z")
        await stage.frames(pilot, 0.1)
        assert "would miss samples" in stage.text()

    act(running, scenario)


def test_quitting_from_a_replay_asks_about_what_is_recorded_behind_it() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        stage.app.play_back(FakePlayback())
        await pilot.pause(0.1)
        await stage.frames(pilot, 0.2)
        assert stage.app.current_mode == "replay"
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(stage.app.screen, LeaveDialog)
        await pilot.press("n", "escape")
        await pilot.pause(0.1)
        await stage.frames(pilot, 0.2)
        assert stage.app.current_mode == "stand"

    act(lambda: Stage("stand"), scenario)


def test_a_cancelled_countdown_is_said() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        stage.live.change(hold=HoldLive("countdown", countdown_s=3.0))
        await stage.frames(pilot, 0.1)
        stage.live.change(hold=HoldLive("ready"))
        await stage.frames(pilot, 0.2, 0.2)
        assert "nothing is counted" in stage.text()

    act(lambda: Stage("stand"), scenario)


def test_the_last_line_has_the_keys_of_the_moment_and_a_click_presses_them() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.2)
        foot = stage.app.screen.query_one(Foot)
        assert [hint.does for hint in foot.hints] == ["Stop", "Support touched", "Balance error", "Help", "Quit"]
        await pilot.click(Foot, offset=(15, 0))
        assert stage.live.cues[-1][0] == "touch"
        stage.live.change(hold=HoldLive("ready"))
        await stage.frames(pilot, 0.3)
        assert [hint.does for hint in foot.hints] == ["Start", "Leg", "Eyes", "Surface", "Help", "Quit"]

    act(lambda: Stage("stand"), scenario)


@pytest.mark.parametrize("screen", ["stand", "landings", "replay"])
@pytest.mark.parametrize("size", [(50, 15), (30, 8)])
def test_a_message_at_a_small_size_does_not_bring_the_large_picture_back(size: tuple[int, int], screen: str) -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        stage.app.say("something was said")
        await stage.frames(pilot, 0.2)
        assert stage.text().count("something was said") <= 1
        assert "╭" not in stage.text()

    act(lambda: Stage(screen), scenario, size)
