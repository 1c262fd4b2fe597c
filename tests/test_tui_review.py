"""The replay screen as a tool: the worst moment, corrections, a window to export."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.command import CommandPalette
from textual.pilot import Pilot

from surefoot.corrections import parse
from surefoot.events import Unsteady
from surefoot.plan import plan
from surefoot.playback import Playback
from surefoot.tui.app import Surefoot
from surefoot.tui.correcting import offer
from surefoot.tui.marks import marks_of
from surefoot.tui.screens.dialogs import CorrectDialog, HelpDialog, UnsavedDialog
from surefoot.tui.screens.replay import ReplayScreen
from surefoot.tui.widgets.timeline import Timeline
from test_exporters import two_sensors
from tui_fakes import DROP, FakePlayback, Stage, VirtualClock, act, check_golden, screen_text, sway, terminal, trial

FIXTURES = Path(__file__).parent.parent / "fixtures" / "polar"
SIZES = [(80, 24), (120, 40), (200, 60)]


def hold() -> Stage:
    return Stage("replay")


def drops() -> Stage:
    return Stage("replay", spec=DROP)


def film(stage: Stage) -> FakePlayback:
    assert stage.playback is not None
    return stage.playback


async def at(stage: Stage, pilot: Pilot[None], t_s: float) -> None:
    """Look at a moment, paused."""
    await stage.frames(pilot, 0.0)
    head = stage.app.playhead
    if head.playing:
        head.toggle()
    head.seek(t_s)
    await stage.frames(pilot, 0.2)


# ------------------------------------------------------------------------------------------------ the worst moment


def test_w_goes_from_the_worst_moment_of_the_trial_to_the_next_and_round() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await at(stage, pilot, 20.0)
        seen, said = [], []
        for _ in range(6):
            await pilot.press("w")
            await stage.frames(pilot, 0.2)
            seen.append(stage.app.playhead.t_s)
            said.append(next(line for line in stage.text().splitlines() if "rings at" in line).strip())
        assert seen[5] == seen[0]
        assert all(8.0 <= t_s < 45.0 for t_s in seen)
        assert len(set(seen)) == 5
        assert all(abs(a - b) >= 2.0 for k, a in enumerate(seen[:5]) for b in seen[:k])
        assert said[0].startswith("› worst: ")
        assert said[1].startswith("› 2nd worst: ")
        assert said[4].startswith("› 5th worst: ")
        rings = [float(line.split(": ")[1].split()[0]) for line in said[:5]]
        assert rings == sorted(rings, reverse=True)

    act(hold, scenario, (80, 24))


def test_w_stops_playing_and_after_moving_on_begins_with_the_worst_again() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await at(stage, pilot, 20.0)
        await pilot.press("space", "w")
        assert not stage.app.playhead.playing
        worst = stage.app.playhead.t_s
        await pilot.press("right", "w")
        assert stage.app.playhead.t_s == worst

    act(hold, scenario)


def test_outside_a_trial_it_is_the_worst_of_the_recording_in_mg() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await at(stage, pilot, 55.0)
        await pilot.press("w")
        await stage.frames(pilot, 0.2)
        assert " mg at 0:" in stage.text()
        first = stage.app.playhead.t_s
        await pilot.press("w", "w")
        assert stage.app.playhead.t_s != first

    act(hold, scenario)


def test_for_landings_it_is_the_hardest() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await at(stage, pilot, 20.0)
        await pilot.press("w")
        await stage.frames(pilot, 0.2)
        assert "worst: softness 32, landing 1 at 0:06.0" in stage.text()
        await pilot.press("w")
        assert stage.app.playhead.t_s == 24.0

    act(drops, scenario, (80, 24))


def test_at_the_worst_moment_the_word_is_that_of_the_dot_and_the_landing_is_shown() -> None:
    async def go() -> None:
        for name, words in (("touch_down", "▼ wide"), ("drops_stiff", "softness #3")):
            app = Surefoot(None, loaded(FIXTURES / f"{name}.jsonl.gz"), first_screen="replay", clock=VirtualClock())
            async with app.run_test(size=(120, 40)) as pilot:
                await pilot.pause()
                app.frame()
                app.playhead.seek(16.0)
                app.frame()
                await pilot.press("w")
                await pilot.pause()
                assert words in screen_text(app)

    with terminal():
        asyncio.run(go())


# ------------------------------------------------------------------------------------------------ corrections


def test_an_event_is_removed_and_both_values_are_shown() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await at(stage, pilot, 18.6)
        await pilot.press("c")
        await pilot.pause()
        assert isinstance(stage.app.screen, CorrectDialog)
        assert "remove the error at 0:18.0" in stage.text()
        await pilot.press("x")
        await stage.frames(pilot, 0.2)
        assert film(stage).said == ["trial=1 remove error@18.000"]
        text = stage.text()
        assert "› trial 1: 64 as found, 69 corrected · s saves it" in text
        assert "× no error" in text
        assert "▾ error" not in text
        assert "corrected  ◆ 64  40.0 s  trial 69" in text
        assert "1  ◆ 64  40.0 s  " in text
        assert "1 unsaved · s saves" in text

    act(hold, scenario)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("t", "add touch"),
        ("h", "add hop"),
        ("s", "add step"),
        ("l", "add lean"),
        ("e", "add error"),
        ("d", "end touch_down"),
        ("o", "end stopped"),
    ],
)
def test_each_choice_says_what_the_command_says(key: str, said: str) -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await at(stage, pilot, 30.25)
        await pilot.press("c")
        await pilot.pause()
        assert "remove" not in stage.text()  # no event within a second
        await pilot.press(key)
        assert film(stage).said == [f"trial=1 {said}@30.250"]

    act(hold, scenario, (80, 24))


def test_any_other_key_changes_nothing_and_the_last_correction_can_be_taken_back() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await at(stage, pilot, 30.0)
        await pilot.press("c")
        await pilot.pause()
        await pilot.press("z", "x", "u")
        assert isinstance(stage.app.screen, CorrectDialog)
        await pilot.press("escape", "c")
        await pilot.pause()
        await pilot.press("h")
        assert film(stage).unsaved_n == 1
        await pilot.press("c")
        await pilot.pause()
        assert "take back the last of 1 unsaved" in stage.text()
        await pilot.press("u")
        await stage.frames(pilot, 0.2)
        assert film(stage).said == []
        assert "› taken back: trial=1 add hop@30.000" in stage.text()

    act(hold, scenario)


def test_where_no_trial_is_near_and_while_loading_c_says_why_not() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await at(stage, pilot, 2.0)
        await pilot.press("c")
        await stage.frames(pilot, 0.2)
        assert "› no trial of a hold is here" in stage.text()
        film(stage).complete = False
        await pilot.press("c")
        await stage.frames(pilot, 0.2)
        assert "still loading" in stage.text()

    act(hold, scenario)


def test_landings_are_not_corrected() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await at(stage, pilot, 24.0)
        await pilot.press("c")
        await stage.frames(pilot, 0.2)
        assert "› no trial of a hold is here" in stage.text()

    act(drops, scenario)


def test_a_refused_correction_is_said() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await at(stage, pilot, 30.0)
        screen = stage.app.screen
        assert isinstance(screen, ReplayScreen)
        screen._correct(1, "trial=1 add hop@99")
        await stage.frames(pilot, 0.2)
        assert "› trial=1 add hop@99 points at nothing" in stage.text()
        assert film(stage).unsaved_n == 0

    act(hold, scenario)


async def corrected(stage: Stage, pilot: Pilot[None]) -> None:
    await at(stage, pilot, 30.0)
    await pilot.press("c")
    await pilot.pause()
    await pilot.press("h")
    await stage.frames(pilot, 0.2)


def test_s_saves_and_says_where() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("s")
        await stage.frames(pilot, 0.2)
        assert "› nothing was corrected since it was saved" in stage.text()
        await corrected(stage, pilot)
        await pilot.press("s")
        await stage.app.workers.wait_for_complete()
        await stage.frames(pilot, 0.2)
        assert film(stage).unsaved_n == 0
        assert "› saved as hold_corrected.jsonl.gz, beside the recording" in stage.text()
        assert "unsaved" not in stage.text()

    act(hold, scenario)


def test_leaving_asks_about_unsaved_corrections() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await corrected(stage, pilot)
        for key in ("n", "escape"):
            await pilot.press("q")
            await pilot.pause()
            assert isinstance(stage.app.screen, UnsavedDialog)
            await pilot.press(key)
            await pilot.pause()
            assert not stage.app._exit
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert isinstance(stage.app.screen, UnsavedDialog)
        await pilot.press("s")
        await pilot.pause()
        await stage.app.workers.wait_for_complete()
        assert film(stage).unsaved_n == 0
        assert stage.app._exit

    act(hold, scenario)


def test_corrections_can_be_dropped() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await corrected(stage, pilot)
        await pilot.press("q")
        await pilot.pause()
        await pilot.press("d")
        await pilot.pause()
        assert stage.app._exit
        assert film(stage).unsaved_n == 1

    act(hold, scenario)


def test_when_saving_fails_nothing_is_lost_and_the_app_stays() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await corrected(stage, pilot)
        film(stage).disk_full = True
        await pilot.press("q")
        await pilot.pause()
        await pilot.press("s")
        await pilot.pause()
        await stage.app.workers.wait_for_complete()
        await stage.frames(pilot, 0.2)
        assert not stage.app._exit
        assert "no space" in stage.text()
        assert film(stage).unsaved_n == 1
        film(stage).disk_full = False
        await pilot.press("q")
        await pilot.pause()
        await pilot.press("d")
        await pilot.pause()
        assert stage.app._exit

    act(hold, scenario)


def test_what_is_offered_fits_the_moment() -> None:
    ended, scored = trial(1, 46.0, 64.4, 40.0, "touch_down")
    raw = replace(ended, instabilities=(Unsteady(18.0, "hop"), Unsteady(19.2, "step")), sway=sway())
    trials = [((raw, scored), (raw, scored))]

    def keys(t_s: float) -> str:
        offered = offer(trials, t_s)
        return "" if offered is None else "".join(choice.key for choice in offered.choices)

    assert keys(4.0) == keys(5.9) == ""
    assert keys(6.0) == "thsledo"  # the very start
    assert keys(17.0) == "xthsledo"
    assert keys(36.1) == "thsle"  # 30 s were wanted: no end lies beyond them
    assert keys(46.5) == ""
    offered = offer(trials, 18.7)
    assert offered is not None
    assert offered.choices[0].text == "trial=1 remove step@19.200"
    short = replace(raw, t_s=20.0, hold_s=14.0)
    trials = [((short, scored), (short, scored))]
    assert keys(25.0) == "do"  # it may have ended too early
    assert offer([], 3.0) is None


@given(t_s=st.floats(0, 60), cut_s=st.floats(7, 46), kind=st.sampled_from(["hop", "touch", "lean"]))
def test_every_offer_is_a_correction(t_s: float, cut_s: float, kind: str) -> None:
    ended, scored = trial(1, 46.0, 64.4, 40.0, "touch_down")
    raw = replace(ended, instabilities=(Unsteady(18.0, kind),))
    offered = offer([((raw, scored), (replace(raw, t_s=cut_s), scored))], t_s)
    for choice in () if offered is None else offered.choices:
        made = parse(choice.text)
        assert made.trial == 1
        assert abs(made.t_s - t_s) <= 1.001
    assert offered is None or len({choice.key for choice in offered.choices}) == len(offered.choices)


def test_marks_show_what_was_corrected() -> None:
    stage = FakePlayback()
    fixed = replace(stage.ended, t_s=40.0, end_reason="stopped", instabilities=(Unsteady(30.0, "hop"),))
    found = [(mark.t_s, mark.shape, mark.word) for mark in marks_of(stage.events, {1: (fixed, stage.scored)})]
    assert found == [
        (6.0, "▸", "start"),
        (18.0, "×", "no error"),
        (25.0, "╱", "gap"),
        (30.0, "△", "hop added"),
        (40.0, "□", "end corrected"),
        (46.0, "▼", "touch-down"),
    ]


# ------------------------------------------------------------------------------------------------ windows


def test_x_marks_a_window_and_e_exports_it() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await at(stage, pilot, 20.5)
        await pilot.press("x")
        await stage.frames(pilot, 0.2)
        assert "window from 0:20.5 · x ends it" in stage.text()
        await at(stage, pilot, 12.25)
        await pilot.press("x")
        await stage.frames(pilot, 0.2)
        assert "window 0:12.2 to 0:20.5 · e exports it" in stage.text()
        assert stage.app.screen.query_one(Timeline).window == (12.25, 20.5)
        await pilot.press("e")
        await stage.app.workers.wait_for_complete()
        await stage.frames(pilot, 0.2)
        assert film(stage).exports == [(12.25, 20.5)]
        assert "› written: hold_6.0-46.0s, beside the recording" in stage.text()
        await pilot.press("x")
        await stage.frames(pilot, 0.2)
        assert "window from 0:12.2" in stage.text()

    act(hold, scenario, (80, 24))


def test_without_a_window_the_trial_is_exported_and_outside_of_it_everything() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await at(stage, pilot, 30.0)
        await pilot.press("e")
        await stage.app.workers.wait_for_complete()
        await at(stage, pilot, 50.0)
        await pilot.press("e")
        await stage.app.workers.wait_for_complete()
        assert film(stage).exports == [(6.0, 46.0), (0.0, 61.0)]

    act(hold, scenario)


def test_a_failed_export_is_said() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        film(stage).disk_full = True
        await pilot.press("e")
        await stage.app.workers.wait_for_complete()
        await stage.frames(pilot, 0.2)
        assert "› a folder cannot be made" in stage.text()

    act(hold, scenario)


# ------------------------------------------------------------------------------------------------ keys


def test_every_key_is_in_the_help_and_in_the_palette() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        words = ["Worst moment", "Correct", "Save corrections", "Window start/end", "Export", "One sample"]
        words += ["Play/pause", "Event", "Speed", "Start or end", "Sweep or scroll", "Help", "Quit"]
        await stage.frames(pilot, 0.1)
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(stage.app.screen, HelpDialog)
        text = stage.text()
        assert all(word in text for word in words)
        assert "esc closes" in text
        assert all(key in text for key in ("⇧←→", ", .", "[ ]", "n N"))
        await pilot.press("escape")
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert isinstance(stage.app.screen, CommandPalette)
        await pilot.press(*"worst")
        await pilot.pause()
        await stage.app.workers.wait_for_complete()
        await pilot.pause()
        assert "Worst moment" in stage.text()

    act(hold, scenario, (80, 24))


# ------------------------------------------------------------------------------------------------ pictures


async def corrected_window(stage: Stage, pilot: Pilot[None]) -> None:
    """A corrected trial under the playhead, with a window marked."""
    await at(stage, pilot, 20.0)
    await pilot.press("x")
    await at(stage, pilot, 18.0)
    await pilot.press("c")
    await pilot.pause()
    await pilot.press("x")
    await at(stage, pilot, 30.0)
    await pilot.press("x")
    await stage.frames(pilot, 5.0)


def shots(stage: Callable[[], Stage], name: str, prepare: Callable[[Stage, Pilot[None]], Awaitable[None]],
          size: tuple[int, int], no_color: bool) -> None:  # fmt: skip
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await prepare(made, pilot)
        check_golden(made.app, f"{name}_{size[0]}x{size[1]}{'_no_color' if no_color else ''}")

    act(stage, scenario, size, no_color=no_color)


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_golden_of_a_corrected_hold(size: tuple[int, int], no_color: bool) -> None:
    shots(hold, "replay_corrected", corrected_window, size, no_color)


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_golden_of_the_hardest_landing(size: tuple[int, int], no_color: bool) -> None:
    async def prepare(stage: Stage, pilot: Pilot[None]) -> None:
        await at(stage, pilot, 20.0)
        await pilot.press("w", "w")
        await stage.frames(pilot, 0.2)

    shots(drops, "replay_worst_landing", prepare, size, no_color)


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_golden_of_the_dialog_of_corrections(size: tuple[int, int], no_color: bool) -> None:
    async def prepare(stage: Stage, pilot: Pilot[None]) -> None:
        await corrected(stage, pilot)
        await at(stage, pilot, 18.4)
        film(stage).corrected = {}
        await pilot.press("c")
        await pilot.pause()

    shots(hold, "replay_correct", prepare, size, no_color)


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_golden_of_the_question_at_the_end(size: tuple[int, int], no_color: bool) -> None:
    async def prepare(stage: Stage, pilot: Pilot[None]) -> None:
        await corrected(stage, pilot)
        await pilot.press("q")
        await pilot.pause()

    shots(hold, "replay_unsaved", prepare, size, no_color)


def test_golden_of_the_help() -> None:
    async def prepare(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("question_mark")
        await pilot.pause()

    shots(hold, "replay_help", prepare, (80, 24), False)


# ------------------------------------------------------------------------------------------------ odd recordings

ALL_KEYS = (*("w", "w", "c", "escape", "s", "x", "right", "x", "e", "n", "N", "comma", "full_stop", "home", "end"),
            *("left_square_bracket", "t", "space"))  # fmt: skip


def pressed_through(playback: Playback, sizes: list[tuple[int, int]]) -> str:
    """Press everything at several moments and sizes; the last screen."""

    async def go() -> str:
        clock = VirtualClock()
        app = Surefoot(None, playback, first_screen="replay", clock=clock)
        async with app.run_test(size=sizes[0]) as pilot:
            for size in sizes:
                await pilot.resize_terminal(*size)
                for share in (0.6, 1.0):
                    app.playhead.seek(share * playback.duration_s)
                    for key in ALL_KEYS:
                        await pilot.press(key)
                    clock.advance(0.3)
                    app.frame()
                    await pilot.pause()
            await app.workers.wait_for_complete()
            await pilot.pause()
            return screen_text(app)

    with terminal():
        return asyncio.run(go())


def copied(tmp_path: Path, name: str, fixture: str = "steady") -> Path:
    path = tmp_path / name
    path.write_bytes((FIXTURES / f"{fixture}.jsonl.gz").read_bytes())
    return path


def loaded(path: Path) -> Playback:
    playback = Playback(plan(path), path.name)
    playback.load()
    return playback


@pytest.mark.parametrize("kind", ["empty", "torn", "walk", "drops_soft", "lossy", "two", "damaged"])
def test_no_recording_breaks_the_screen(kind: str, tmp_path: Path) -> None:
    lines = gzip.decompress((FIXTURES / "steady.jsonl.gz").read_bytes()).split(b"\n")
    path = tmp_path / f"{kind}.jsonl"
    if kind == "two":
        path = two_sensors(tmp_path)
    elif kind == "empty":
        path.write_bytes(lines[0] + b"\n")
    elif kind == "torn":
        path.write_bytes(b"\n".join(lines[:60])[:-20])
    elif kind == "damaged":
        path.write_bytes(b"\n".join([*lines[:50], b"{oops}", *lines[50:]]))
    else:
        path = copied(tmp_path, f"{kind}.jsonl.gz", kind)
    pressed_through(loaded(path), [(80, 24), (30, 8)] if kind == "empty" else [(80, 24)])


def test_a_recording_that_is_still_loading_does_not_break_the_screen(tmp_path: Path) -> None:
    playback = Playback(plan(copied(tmp_path, "a.jsonl.gz")), "a")
    assert "loading…" in pressed_through(playback, [(80, 24)])
    assert list(tmp_path.iterdir()) == [tmp_path / "a.jsonl.gz"]


@pytest.mark.parametrize("name", ["[b]x[", "a\x1b[31m\nb", "w" * 230])
def test_hostile_file_names_are_shown_and_used_safely(name: str, tmp_path: Path) -> None:
    path = copied(tmp_path, f"{name}.jsonl.gz")
    text = pressed_through(loaded(path), [(80, 24)])
    assert "\x1b" not in text
    made = [found.name for found in tmp_path.iterdir() if found != path]
    assert made
    assert all(found.isascii() and found.isprintable() and "[" not in found for found in made)
