"""Keys and clicks: what is asserted is the cue sent or the position, not pixels."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from surefoot.events import HoldStarted, Landed, TouchSuspected, Unsteady
from surefoot.samples import DrillSpec
from surefoot.snapshot import HoldLive, LandingLive
from surefoot.tones import Metronome
from surefoot.tui.app import Surefoot
from surefoot.tui.screens.dialogs import HelpDialog, LeaveDialog
from surefoot.tui.widgets.strip_chart import StripChart
from surefoot.tui.widgets.sway_plot import SwayPlot
from surefoot.tui.widgets.timeline import Timeline
from tui_fakes import DROP, HOLD, RING_MS2, FakeFeed, FakePlayback, Stage, VirtualClock, act, landing, trial


class Ringing(Surefoot):
    """Counts its bells."""

    bells = 0

    def bell(self) -> None:
        self.bells += 1


def test_space_starts_a_hold_and_stops_it() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("space")
        stage.live.change(hold=HoldLive("countdown", countdown_s=4.0))
        await stage.frames(pilot, 0.1)
        await pilot.press("space")
        assert stage.live.cues == [("start", "hold"), ("stop", None)]

    act(lambda: Stage("stand", hold=HoldLive("ready")), scenario)


def test_settings_go_round_and_unknown_is_never_chosen() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("l", "e", "s")
        assert stage.live.cues == [("set", "leg=right"), ("set", "eyes=closed"), ("set", "surface=mat")]
        stage.live.cues.clear()
        stage.live.change(spec=DrillSpec("hold", "both", "closed", "unstable"))
        await stage.frames(pilot, 0.1)
        await pilot.press("l", "e", "s")
        assert stage.live.cues == [("set", "leg=left"), ("set", "eyes=open"), ("set", "surface=firm")]
        stage.live.cues.clear()
        stage.live.change(spec=DrillSpec("hold"))
        await stage.frames(pilot, 0.1)
        await pilot.press("l", "e", "s")
        assert stage.live.cues == [("set", "leg=left"), ("set", "eyes=open"), ("set", "surface=firm")]

    act(lambda: Stage("stand", hold=HoldLive("ready")), scenario)


def test_conditions_stay_as_they_are_while_a_trial_runs() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("l", "e", "s")
        assert stage.live.cues == []
        await stage.frames(pilot, 0.2)
        assert "› stop first" in stage.text()

    act(lambda: Stage("stand"), scenario)


def test_touch_and_error_are_told_in_the_middle_of_a_hold() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("x", "r")
        assert stage.live.cues == [("touch", None), ("error", None)]

    act(lambda: Stage("stand"), scenario)


def test_an_ended_session_takes_no_cues() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        stage.live.finished = True
        await stage.frames(pilot, 0.1)
        await pilot.press("space", "x")
        assert stage.live.cues == []

    act(lambda: Stage("stand"), scenario)


def test_sweep_or_scroll_and_the_shape_of_the_ring() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        chart, plot = stage.app.screen.query_one(StripChart), stage.app.screen.query_one(SwayPlot)
        await pilot.press("t")
        assert not chart.sweeping
        await stage.frames(pilot, 0.1)
        assert "· scroll" in stage.text()
        await pilot.press("minus", "minus", "plus")
        assert plot.cell_aspect == pytest.approx(1.95)
        await pilot.press(*["plus"] * 24)
        assert plot.cell_aspect == 3.0

    act(lambda: Stage("stand"), scenario)


def test_landings_are_armed_and_ended() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("space", "h", "l")
        stage.live.change(landing=LandingLive("armed"))
        await stage.frames(pilot, 0.1)
        await pilot.press("space")
        expected = [("start", "drop"), ("set", "height_cm=25"), ("set", "leg=right"), ("stop", None)]
        assert stage.live.cues == expected

    act(lambda: Stage("landings", landing=LandingLive("ready")), scenario)


def test_only_screens_that_make_sense_open() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("3")
        assert stage.app.current_mode == "stand"
        await pilot.press("2")
        await pilot.pause(0.1)
        assert stage.app.current_mode == "landings"
        await stage.frames(pilot, 0.2)
        assert "softness" in stage.text()
        await pilot.press("1")
        await pilot.pause(0.1)
        await stage.frames(pilot, 0.2)
        assert "steadiness" in stage.text()

    act(lambda: Stage("stand"), scenario)


def test_a_feed_and_a_playback_open_all_three() -> None:
    def both() -> Stage:
        stage = Stage("stand")
        stage.app.playback = FakePlayback()
        return stage

    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("3")
        await pilot.pause(0.1)
        await stage.frames(pilot, 0.2)
        assert "▷ replay" in stage.text()

    act(both, scenario)


def test_quitting_asks_while_recording_and_no_means_no() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(stage.app.screen, LeaveDialog)
        await pilot.press("n")
        await pilot.pause()
        assert not isinstance(stage.app.screen, LeaveDialog)
        assert stage.app.is_running
        await pilot.press("q")
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        assert stage.app._exit

    act(lambda: Stage("stand"), scenario)


@pytest.mark.parametrize("screen", ["stand", "replay"])
def test_quitting_does_not_ask_when_nothing_is_recorded(screen: str) -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("q")
        await pilot.pause()
        assert stage.app._exit

    act(lambda: Stage(screen, recording=None, hold=HoldLive("ready")) if screen == "stand" else Stage(screen), scenario)


@pytest.mark.parametrize("screen", ["stand", "landings", "replay"])
def test_help_lists_every_key_of_the_screen_once(screen: str) -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(stage.app.screen, HelpDialog)
        text = stage.text()
        words = {"stand": ["Support touched", "Sweep or scroll", "Quit"], "landings": ["Height"], "replay": ["Event"]}
        assert all(text.count(word) >= 1 for word in words[screen])
        assert "medical device" in text
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(stage.app.screen, HelpDialog)

    act(lambda: Stage(screen), scenario)


def test_the_picture_goes_on_behind_the_help() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("question_mark")
        await pilot.pause()
        stage.live.events = [HoldStarted(1.0, HOLD)]
        await stage.frames(pilot, 0.5)
        assert stage.app.scene.snapshot is not None
        assert stage.app.scene.snapshot.t_s == pytest.approx(20.6)
        assert len(stage.app.heard) == 1

    act(lambda: Stage("stand"), scenario)


def test_bells_ring_at_start_touch_end_and_landing() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        assert isinstance(stage.app, Ringing)
        ended, scored = trial(1, 30.0, 60.0)
        landed, soft, _ = landing(1, 40.0, 80.0, 3.0)
        assert isinstance(landed, Landed)
        stage.live.events = [
            HoldStarted(1.0, HOLD),
            TouchSuspected(2.0),
            Unsteady(3.0, "touch"),
            ended,
            scored,
            landed,
            soft,
        ]
        await stage.frames(pilot, 0.1)
        assert stage.app.bells == 4
        await stage.frames(pilot, 0.1)
        assert stage.app.bells == 4

    act(lambda: Stage("stand", kind=Ringing), scenario)


# ------------------------------------------------------------------------------------------------ replay


def test_keys_move_the_playhead() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        head = stage.app.playhead
        await stage.frames(pilot, 0.0)
        await pilot.press("space")
        start = head.t_s
        await pilot.press("right", "right", "shift+right")
        assert head.t_s == pytest.approx(start + 7)
        await pilot.press("left")
        assert head.t_s == pytest.approx(start + 6)
        await pilot.press("home")
        assert head.t_s == 0
        await pilot.press("full_stop", "full_stop", "comma")
        assert head.t_s == pytest.approx(0.01)
        await pilot.press("end")
        assert head.t_s == 60
        await pilot.press("shift+left")
        assert head.t_s == 55

    act(lambda: Stage("replay"), scenario)


def test_one_sample_on_pauses() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 1.0)
        assert stage.app.playhead.playing
        await pilot.press("full_stop")
        assert not stage.app.playhead.playing

    act(lambda: Stage("replay"), scenario)


def test_brackets_change_the_speed_and_the_clock_moves_the_playhead() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        head = stage.app.playhead
        await pilot.press("home", "right_square_bracket")
        assert head.speed == 2.0
        await stage.frames(pilot, 3.0)
        assert head.t_s == pytest.approx(6.0)
        await pilot.press(*["left_square_bracket"] * 9)
        assert head.speed == 0.1

    act(lambda: Stage("replay"), scenario)


def test_n_goes_through_the_events_and_back() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        head = stage.app.playhead
        await stage.frames(pilot, 0.0)
        await pilot.press("space", "home")
        seen = []
        for _ in range(5):
            await pilot.press("n")
            seen.append(head.t_s)
        assert seen == [6.0, 18.0, 25.0, 46.0, 46.0]
        await pilot.press("N")
        assert head.t_s == 25.0

    act(lambda: Stage("replay"), scenario)


def test_a_click_on_the_timeline_seeks() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("space")
        timeline = stage.app.screen.query_one(Timeline)
        await pilot.click(Timeline, offset=(1 + timeline.content_size.width // 2, 2))
        await pilot.pause()
        assert stage.app.playhead.t_s == pytest.approx(30.0, abs=0.5)

    act(lambda: Stage("replay"), scenario)


def test_the_panel_follows_the_drill_under_the_playhead() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.2)
        assert stage.app.screen.query_one("#landings").display
        assert not stage.app.screen.query_one("#body").display

    act(lambda: Stage("replay", spec=DROP), scenario)


def test_replay_labels_the_final_score_beside_the_live_one() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.2)
        await pilot.press(*["shift+right"] * 4)
        await stage.frames(pilot, 0.2)
        assert "then · final 64" in stage.text()
        await pilot.press("end")
        await stage.frames(pilot, 0.2)
        assert "touch-down after 40.0 s" in stage.text()
        assert " final ─" in stage.text()

    act(lambda: Stage("replay"), scenario)


def test_loading_is_said_and_the_end_moves_on() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        assert stage.playback is not None
        stage.playback.complete, stage.playback.duration_s = False, 10.0
        await stage.frames(pilot, 12.0, 0.2)
        assert "loading…" in stage.text()
        assert stage.app.playhead.t_s == 10.0
        stage.playback.complete, stage.playback.duration_s = True, 60.0
        await stage.frames(pilot, 0.2, 1.0)
        assert "loading…" not in stage.text()
        assert stage.app.playhead.t_s == pytest.approx(11.0, abs=0.3)

    act(lambda: Stage("replay"), scenario)


def test_the_real_clock_starts_a_timer_and_another_does_not() -> None:
    clock = VirtualClock()
    virtual = Surefoot(FakeFeed(clock), None, first_screen="stand", clock=clock)
    assert virtual.clock is clock
    assert type(Surefoot(None, None, first_screen="stand").clock).__name__ == "MonotonicClock"
    assert RING_MS2 > 0


def test_a_metronome_is_chosen_seen_and_stopped() -> None:
    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        await pilot.press("b", "right", "down", "enter")
        assert stage.app.sounding.metronome == Metronome(45, 0.5)
        await stage.frames(pilot, 0.125)
        assert "▼ plant" in stage.text()
        await stage.frames(pilot, 0.25)
        assert "■ still" in stage.text()
        await stage.frames(pilot, 0.5)
        assert "▷ go" in stage.text()
        await pilot.press("b")
        await stage.frames(pilot, 0.2)
        assert "▷ go" not in stage.text()
        await pilot.press("b", "escape")
        assert stage.app.sounding.metronome is None

    act(lambda: Stage("stand", hold=HoldLive("ready")), scenario)
