"""What stands on the screens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from surefoot.events import CueRejected, LandingSeen, Unsteady
from surefoot.landing_sets import Counted, LandedSet
from surefoot.landing_sets import key as landing_key
from surefoot.samples import Score
from surefoot.snapshot import HoldLive, LandingLive
from surefoot.tones import Metronome
from surefoot.tui.palette import TONES
from surefoot.tui.screens.beat import BeatDialog
from surefoot.tui.widgets.foot import Foot
from surefoot.tui.widgets.sway_plot import SwayPlot
from tui_fakes import DROP, RING_MS2, Stage, act, check_golden, landing, landings, sets_of, trace_rows, trial

TRIALS = (trial(1, 40, 71.3), trial(2, 80, 44.9, 12.3, "touch_down"), trial(3, 90, None, 4.2, "hop", ("too_short",)))
SIZES = [(80, 24), (120, 40)]


def live() -> Stage:
    return Stage("stand", trials=TRIALS)


async def half_a_minute(stage: Stage, pilot: Pilot[None]) -> None:
    await stage.frames(pilot, *[0.13] * 5)
    if stage.playback:
        await pilot.press(*["shift+right"] * 6)
        await stage.frames(pilot, 0.2)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", ["stand", "landings", "replay"])
def test_golden(screen: str, size: tuple[int, int]) -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await half_a_minute(stage, pilot)
        check_golden(stage.app, f"{screen}_{size[0]}x{size[1]}")

    act(live if screen == "stand" else lambda: Stage(screen), scenario, size)


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("size", [*SIZES, (200, 60)])
@pytest.mark.parametrize("screen", ["stand", "landings"])
def test_golden_of_what_one_trains_with(screen: str, size: tuple[int, int], no_color: bool) -> None:
    """With own rings and a wobble, and with a landing that is not confirmed yet."""
    seen = LandingSeen(60.0, 9, DROP, landing(9, 60.0, 77.0, 3.4)[0].landing, Score(77.0, "softness/1"))
    hold = HoldLive("holding", None, 8.4, 0.1, 0.62, 68.0, 1, 0.09, (Unsteady(17.1, "touch"),), 9)

    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await half_a_minute(stage, pilot)
        check_golden(stage.app, f"{screen}_now_{size[0]}x{size[1]}{'_no_color' if no_color else ''}")

    more = {"hold": hold, "trials": TRIALS} if screen == "stand" else {"landing": LandingLive("settle", seen)}
    act(lambda: Stage(screen, **more), scenario, size, no_color=no_color)


def test_a_landing_is_shown_at_once_and_replaced_or_withdrawn() -> None:
    rows = landings()
    seen = LandingSeen(60.0, 9, DROP, landing(9, 60.0, 77.0, 3.4)[0].landing, Score(77.0, "softness/1"))

    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.13)
        assert "9?" not in stage.text()
        stage.live.change(landing=LandingLive("settle", seen))
        await stage.frames(pilot, 0.2)
        text = stage.text()
        assert "9? ◆" in text
        assert "▒" in text
        assert "softness #9" in text
        assert " provisional ─" in text
        stage.live.change(landing=LandingLive("settle"))
        await stage.frames(pilot, 0.2)
        assert "▒" not in stage.text()
        assert "softness #8" in stage.text()
        both = (*rows, landing(9, 60.0, 74.0, 3.4))
        stage.live.change(landing=LandingLive("settle"), landings=both, sets=sets_of(both))
        await stage.frames(pilot, 0.2)
        assert "9 ◆" in stage.text()
        assert "softness #9" in stage.text()
        assert "▒" not in stage.text()

    act(lambda: Stage("landings"), scenario)


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("size", [*SIZES, (200, 60)])
def test_golden_of_the_metronome(size: tuple[int, int], no_color: bool) -> None:
    """The question of the next one, over the screen that shows this one's step."""

    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await half_a_minute(stage, pilot)
        await pilot.press("b", "enter")
        await stage.frames(pilot, 0.5)
        stage.app.push_screen(BeatDialog(Metronome(60, 0.5)))
        await pilot.pause()
        check_golden(stage.app, f"metronome_{size[0]}x{size[1]}{'_no_color' if no_color else ''}")

    act(lambda: Stage("stand"), scenario, size, no_color=no_color)


def test_golden_without_color() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await half_a_minute(stage, pilot)
        check_golden(stage.app, "stand_80x24_no_color")

    act(live, scenario, (80, 24), no_color=True)


def test_golden_of_a_replayed_set_of_landings() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await half_a_minute(stage, pilot)
        check_golden(stage.app, "replay_landings_80x24")

    act(lambda: Stage("replay", spec=DROP), scenario, (80, 24))


def test_golden_of_a_lost_sensor() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        lost = replace(stage.live.sensor, state="lost", silence_s=3.2, battery_pct=9, lost_n=12)
        stage.live.change(sensor=lost, recording_error="disk full")
        await stage.frames(pilot, 0.2, 0.2)
        check_golden(stage.app, "stand_80x24_lost")

    act(live, scenario, (80, 24))


@pytest.mark.parametrize(
    ("no_color", "colors", "tinted"), [(False, "truecolor", True), (False, "", False), (True, "truecolor", False)]
)
def test_zones_are_filled_in_true_color_only(no_color: bool, colors: str, tinted: bool) -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        plot = stage.app.screen.query_one(SwayPlot)
        assert plot.tinted is tinted
        grounds = {segment.style.bgcolor for y in range(20) for segment in plot.render_line(y) if segment.style}
        assert (len(grounds) > 1) is tinted
        assert all(word in stage.text() for word in ("calm", "drifting", "wide"))

    act(live, scenario, (80, 24), no_color=no_color, colors=colors)


@pytest.mark.parametrize("screen", ["stand", "landings", "replay"])
def test_the_footer_has_at_most_six_keys_and_none_is_cut_at_80_columns(screen: str) -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        foot = stage.app.screen.query_one(Foot)
        assert 4 <= len(foot.hints) <= 6
        assert cell_len(foot.render().plain) <= 80
        assert (foot.hints[0].shown, foot.hints[-1].does) == ("space", "Quit")

    act(lambda: Stage(screen), scenario, (80, 24))


@pytest.mark.parametrize("size", SIZES)
def test_hostile_names_are_shown_as_they_are(size: tuple[int, int]) -> None:
    name = "[b]x[/] \x1b[31m\n[/nope"

    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        assert "[b]x[/] ·[31m·[/nope" in stage.text()
        assert "\x1b" not in stage.text()
        stage.live.events = [CueRejected(1.0, "set", "[red]no such[/] leg")]
        stage.live.change(notes=("[b]note",))
        await stage.frames(pilot, 0.2, 0.2)
        assert "› [red]no such[/] leg" in stage.text()
        await stage.frames(pilot, 5.0, 0.2)
        assert "! [b]note" in stage.text()

    act(lambda: Stage("stand", name=name), scenario, size)


def test_a_wide_name_does_not_push_the_line_out_of_the_screen() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        row = next(line for line in stage.text().splitlines() if "傾斜" in line)
        assert row.endswith("● rec")
        assert "100 Hz" in row

    act(lambda: Stage("stand", name="傾斜センサー"), scenario, (80, 24))


@pytest.mark.parametrize("screen", ["stand", "landings", "replay"])
def test_a_small_screen_shows_numbers_only(screen: str) -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await half_a_minute(stage, pilot)
        text = stage.text()
        assert not any("⠀" <= c <= "⣿" for c in text)
        assert ("softness 91" if screen == "landings" else "steadiness live") in text
        assert "Polar" in text

    act(lambda: Stage(screen), scenario, (58, 19))


@pytest.mark.parametrize(("screen", "words"), [("stand", "▶ holding 8.1 s"), ("landings", "softness 91, ▶ armed")])
def test_a_tiny_screen_shows_one_sentence(screen: str, words: str) -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.13)
        assert " ".join(stage.text().split()).startswith(words)
        assert len(stage.text().strip().splitlines()) <= 2  # a sentence is folded, not cut

    act(lambda: Stage(screen), scenario, (39, 9))


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (61, 21), (240, 70)])
@pytest.mark.parametrize("screen", ["stand", "landings", "replay"])
def test_no_size_breaks_a_screen(screen: str, size: tuple[int, int]) -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.13, 0.13)
        await pilot.resize_terminal(80, 24)
        await stage.frames(pilot, 0.13)
        await pilot.resize_terminal(*size)
        await stage.frames(pilot, 0.13)

    act(lambda: Stage(screen), scenario, size)


def test_a_silent_session_thread_does_not_leave_a_lively_picture() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        assert "● live" in stage.text()
        frozen = stage.live.snapshot()
        stage.live.snapshot = lambda: frozen  # type: ignore[method-assign]
        await stage.frames(pilot, 0.1, 3.5)
        text = stage.text()
        assert "○ sensor lost 3 s" in text
        assert "● live" not in text
        assert "○ no signal" in text

    act(live, scenario)


def test_an_old_picture_is_dim_and_has_no_green_dot() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        plot = stage.app.screen.query_one(SwayPlot)

        def inks() -> set[str]:
            styles = (segment.style for y in range(30) for segment in plot.render_line(y))
            return {style.color.name for style in styles if style and style.color}

        assert "#7af5c8" in inks()
        stage.live.change(sensor=replace(stage.live.sensor, state="stalled", silence_s=0.7))
        await stage.frames(pilot, 0.1)
        assert "#7af5c8" not in inks()
        assert TONES["good"].lower() not in inks()

    act(lambda: Stage("stand", rows=trace_rows(60.0) * [1, 0.1, 0.1, 1, 1, 1]), scenario)


def test_before_the_first_sample_the_screen_says_so() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        stage.live.snapshot = lambda: None  # type: ignore[method-assign]
        await stage.frames(pilot, 0.1, 0.2)
        assert "○ waiting  for the first sample" in stage.text()

    act(lambda: Stage("stand"), scenario, (80, 24))


def test_the_end_of_the_source_is_a_state_with_its_reason() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        stage.live.finished = True
        await stage.frames(pilot, 0.2)
        assert "■ ended" in stage.text()
        stage.live.failure = "the phone said no"
        await stage.frames(pilot, 0.2)
        assert "✖ ended  the phone said no" in stage.text()

    act(live, scenario)


def test_live_and_final_values_are_labelled() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.2)
        assert " live ─" in stage.text()
        stage.live.change(hold=HoldLive("ready", ring_ms2=RING_MS2), trials=TRIALS[:2])
        await stage.frames(pilot, 0.2)
        text = stage.text()
        assert "■ touch-down after 12.3 s" in text
        assert " final ─" in text
        assert "◇ wobbly" in text

    act(live, scenario)


def test_without_a_band_there_are_rings_but_no_zones() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.2)
        text = stage.text()
        assert "60 mg" in text
        assert "calm" not in text

    act(lambda: Stage("stand", hold=HoldLive("holding", hold_s=3.0)), scenario)


def test_unknown_heading_is_said_and_no_axis_is_named_after_the_body() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.2)
        text = stage.text()
        assert "heading unknown" in text
        assert "H1" in text
        assert "V up" in text
        assert "AP" not in text.replace("APPLY", "")
        assert "mm" not in text

    act(live, scenario)


def test_card_bar_and_table_agree_about_a_landing() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.2, 0.2)
        text = stage.text()
        assert "≤44 firm" in text
        assert "clipped · low rate" in text
        assert "▲ quiet" in text
        assert "target ▲ quiet ≥ 80" in text
        assert "5+" in text

    act(lambda: Stage("landings", landings=landings()), scenario)


def test_a_set_that_tired_says_so_and_bars_show_the_newest_set() -> None:
    rows = landings()
    first, second = sets_of(rows[:5]), sets_of(rows[5:])
    over = (replace(first[0], ended="stopped"), replace(second[0], ended="fatigue"))

    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.13)
        text = stage.text()
        assert "■ landing harder: rest" in text
        assert "3 of 12 · practice" in text
        bars = next(line for line in text.splitlines() if "1!" in line)
        assert "3▲" in bars.replace(" ", "")  # numbered within the set
        assert "8▲" not in bars.replace(" ", "")
        assert "softness #3" in text  # as in the card
        assert [line.split()[0] for line in text.splitlines() if line.startswith(" 2·")] == ["2·3", "2·2", "2·1"]

    act(lambda: Stage("landings", landing=LandingLive("ready"), sets=over), scenario, (80, 24))


def test_both_legs_stand_in_the_line_of_the_set() -> None:
    def half(leg: str, values: list[float]) -> LandedSet:
        key = landing_key(replace(DROP, leg=leg), "waist", "polar", 100.0, "softness/1")
        return LandedSet(key, tuple(Counted(k, value) for k, value in enumerate(values, 1)))

    both = (half("left", [70.0 + k for k in range(11)]), half("right", [40.0 + k for k in range(11)]))

    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.13)
        assert "11 of 12 · median 45 best 50 · left 75 right 45 · left softer ─╯" in stage.text()

    act(lambda: Stage("landings", sets=both), scenario, (80, 24))
