"""The summary over the live screen: when it comes, when it goes, what its keys do, what stands on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from surefoot import band
from surefoot.debrief import newest
from surefoot.debrief.summary import Past, Usual
from surefoot.events import Reported, Unsteady
from surefoot.samples import Score
from surefoot.snapshot import HoldLive, LandingLive, Sensor
from surefoot.tui.ports import Playback
from surefoot.tui.screens.dialogs import DiscomfortDialog, HelpDialog
from surefoot.tui.screens.summary import SummaryScreen, gauge
from tui_fakes import (
    RATE_HZ,
    RING_MS2,
    FakePlayback,
    Stage,
    act,
    check_golden,
    landings,
    sets_of,
    sway,
    trial,
)

SENSOR = Sensor("s1", "Polar H10 0A3BC127", "waist", RATE_HZ, "streaming", battery_pct=87, device="polar")
TRIALS = (trial(1, 40, 71.3), trial(2, 80, 44.9, 12.3, "touch_down"), trial(3, 120, 66.0))
READY = HoldLive("ready", ring_ms2=RING_MS2)
RUNNING = HoldLive("holding", hold_s=3.0, ring_ms2=RING_MS2)


def past() -> Past:
    rows = []
    for k in range(12):
        ended, scored = trial(1, 30, 60 + 3.0 * (k % 5))
        ended = replace(ended, sway=sway(path_rate_h_ms3=0.75 + 0.05 * (k % 4)))
        rows.append(band.trial(ended, scored, "waist", "polar", 1 + k // 3, True))
    return Past(tuple(rows), (), 5, 4, 0)


def stage(screen: str = "stand", look_back: Callable[[], Playback | None] = lambda: None) -> Stage:
    made = Stage(screen, sensor=SENSOR, **({"trials": TRIALS[:2]} if screen == "stand" else {"landings": ()}))
    made.app.debrief = lambda shot: SummaryScreen(lambda now: newest(now, past()), look_back)
    return made


async def over(made: Stage, pilot: Pilot[None]) -> None:
    """A trial or a set runs, and ends."""
    await made.frames(pilot, 0.2)
    if made.app.current_mode == "stand":
        made.live.change(hold=READY, trials=TRIALS)
    else:
        done = replace(sets_of(landings())[0], ended="count")
        made.live.change(landing=LandingLive("ready"), landings=landings(), sets=(done,))
    await made.frames(pilot, 0.2, 0.2, 0.2, 0.2)


def shown(made: Stage) -> bool:
    return isinstance(made.app.screen, SummaryScreen)


def test_it_comes_when_the_hold_is_over_and_says_what_came_of_it() -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await made.frames(pilot, 0.2)
        assert not shown(made)
        await over(made, pilot)
        assert shown(made)
        text = made.text()
        for words in (
            "trial 3 · left leg, eyes open, firm", "30.0 of 30 s held: target reached",
            "steadiness 66 fair  (provisional scale)", "final, provisional", "path 63 mg/s (how fast)",
            "steadier than your usual, from 9 earlier trials (provisional)",
            "best of the session: steadiness 71 (trial 1)", "→ Quiet the dot",
        ):  # fmt: skip
            assert words in text

    act(stage, scenario)


@pytest.mark.parametrize("key", ["space", "enter"])
def test_one_key_starts_the_next_trial_at_once(key: str) -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await over(made, pilot)
        await pilot.press(key)
        assert made.live.cues == [("start", "hold")]
        await made.frames(pilot, 0.2)
        assert not shown(made)
        made.live.change(hold=RUNNING)
        await made.frames(pilot, 0.2)
        made.live.change(hold=READY, trials=(*TRIALS, trial(4, 160, 70.0)))
        await made.frames(pilot, 0.2, 0.2)
        assert shown(made)
        assert "trial 4" in made.text()

    act(stage, scenario)


@pytest.mark.parametrize("key", ["d", "escape"])
def test_done_goes_back_and_starts_nothing(key: str) -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await over(made, pilot)
        await pilot.press(key)
        await made.frames(pilot, 0.2, 0.2)
        assert not shown(made)
        assert made.live.cues == []

    act(stage, scenario)


@pytest.mark.parametrize(
    ("keys", "value"),
    [("3 enter", 3), ("0 enter", 0), ("1 0 enter", 10), ("right right enter", 2), ("right left left enter", 0),
     (" ".join(["up"] * 14) + " enter", 10), ("escape", None)],
)  # fmt: skip
def test_discomfort_is_told_by_a_number_or_by_arrows(keys: str, value: int | None) -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await over(made, pilot)
        await pilot.press("p")
        await pilot.pause()
        assert isinstance(made.app.screen, DiscomfortDialog)
        await pilot.press(*keys.split())
        await pilot.pause()
        assert shown(made)
        assert made.app.current_mode == "stand"
        assert made.live.cues == ([] if value is None else [("report", f"discomfort={value}")])

    act(stage, scenario)


def test_what_was_told_is_shown_and_answered() -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await over(made, pilot)
        assert "p to tell it" in made.text()
        made.live.change(reports=(Reported(125.0, "trial", 3, 5),))
        await made.frames(pilot, 0.2, 0.2)
        text = made.text()
        assert "of 10, as told" in text
        assert "→ Stop here and rest: you told 5 of 10." in text
        await pilot.press("p")
        await pilot.pause()
        await pilot.press("enter")
        assert made.live.cues == [("report", "discomfort=5")]  # it begins where it stood

    act(stage, scenario)


@pytest.mark.parametrize("question", [False, True])
def test_it_never_covers_a_running_drill(question: bool) -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await over(made, pilot)
        if question:
            await pilot.press("p")
            await pilot.pause()
        made.live.change(hold=HoldLive("countdown", countdown_s=4.0, ring_ms2=RING_MS2))
        await made.frames(pilot, 0.2, 0.2)
        assert len(made.app.screen_stack) == 1
        assert "countdown 4" in made.text()

    act(stage, scenario)


def test_nothing_comes_for_a_countdown_called_off_or_over_a_question() -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await made.frames(pilot, 0.2)
        made.live.change(hold=READY)
        await made.frames(pilot, 0.2)
        assert not shown(made)
        made.live.change(hold=RUNNING)
        await made.frames(pilot, 0.2)
        await pilot.press("question_mark")
        await pilot.pause()
        made.live.change(hold=READY, trials=TRIALS)
        await made.frames(pilot, 0.2, 0.2)
        assert isinstance(made.app.screen, HelpDialog)

    act(stage, scenario)


def test_replay_shows_this_recording_and_the_way_back_is_open() -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await over(made, pilot)
        await pilot.press("r")
        await pilot.pause(0.1)
        await made.frames(pilot, 0.2, 0.2)
        assert made.app.current_mode == "replay"
        assert "▷ replay" in made.text()
        await pilot.press("1")
        await pilot.pause(0.1)
        await made.frames(pilot, 0.2)
        assert shown(made)

    act(lambda: stage(look_back=FakePlayback), scenario)


def test_without_a_recording_replay_says_so() -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await over(made, pilot)
        await pilot.press("r")
        await made.frames(pilot, 0.2, 0.2)
        assert shown(made)
        assert "› this session is not recorded" in made.text()

    act(stage, scenario)


def test_a_trial_without_a_score_has_its_reason_and_remedy() -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await made.frames(pilot, 0.2)
        ended, scored = trial(3, 90, None, 4.2, "hop")
        made.live.change(hold=READY, trials=((ended, replace(scored, score=Score(None, "steadiness/1", ("gap",)))),))
        made.live.change(trials=(*TRIALS[:2], (ended, replace(scored, score=Score(None, "steadiness/1", ("gap",))))))
        await made.frames(pilot, 0.2, 0.2, 0.2)
        text = " ".join(made.text().replace("│", " ").split())
        assert "not scored, samples are missing: bring the receiver nearer" in text
        assert "final, provisional" not in text
        assert "→ Again, with that put right." in text

    act(stage, scenario, (80, 24))


def test_a_set_of_landings_has_one_too_and_space_starts_the_next() -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await over(made, pilot)
        assert shown(made)
        text = made.text()
        assert "set 1 · drop, 20 cm, left leg" in text
        assert "2 of 5 landings counted" in text
        assert "■ set done" in text
        await pilot.press("space")
        assert made.live.cues == [("start", "drop")]

    act(lambda: stage("landings"), scenario)


SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", ["stand", "landings"])
def test_golden_of_a_summary(screen: str, size: tuple[int, int], no_color: bool) -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await over(made, pilot)
        assert shown(made)
        what = "summary" if screen == "stand" else "summary_set"
        check_golden(made.app, f"{what}_{size[0]}x{size[1]}{'_no_color' if no_color else ''}")

    act(lambda: stage(screen), scenario, size, no_color=no_color)


@pytest.mark.parametrize("size", [(58, 19), (39, 9), (20, 5), (1, 1)])
def test_it_fits_small_screens(size: tuple[int, int]) -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await over(made, pilot)
        assert shown(made)
        if size[0] > 50:
            assert "best of the session" in made.text()
            assert "→ Quiet the dot" in made.text()
        elif size[0] > 30:
            assert made.text().strip().startswith("steadiness 66: Quiet the dot")

    act(stage, scenario, size)


@pytest.mark.parametrize("width", [76, 60, 50, 30, 10])
@pytest.mark.parametrize("now", [20.0, 60.0, 80.0, 110.0, 300.0])
def test_the_gauge_shows_the_dot_where_it_lies(now: float, width: int) -> None:
    line = gauge(Usual(60.0, 110.0, now), width)
    if "●" not in line:
        assert line == "your usual path 60 to 110 mg/s"
        return
    assert len(line) <= width
    first, last, dot = line.index("━"), line.rindex("━"), line.index("●")
    assert (dot < first - 1) == (now < 60)
    assert (dot > last + 1) == (now > 110)


# ------------------------------------------------------------------------------------------------ the live screen


@pytest.mark.parametrize(
    ("hold", "words"),
    [
        (replace(RUNNING, ring_trials_n=9), "rings: yours, of 9 trials"),
        (RUNNING, "rings: usual, eyes open, firm (provisional)"),
        (replace(RUNNING, ring_ms2=0.0), "rings every 20 mg"),
    ],
)
def test_the_screen_says_whose_rings_they_are(hold: HoldLive, words: str) -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await made.frames(pilot, 0.2)
        assert words in made.text()

    act(lambda: Stage("stand", hold=hold), scenario)


def test_a_wobble_is_marked_on_the_strip_as_it_happens() -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await made.frames(pilot, 0.2)
        assert "▾" not in made.text()
        made.live.change(hold=replace(RUNNING, unsteady=(Unsteady(17.0, "hop"), Unsteady(1.0, "step"))))
        await made.frames(pilot, 0.2)
        assert "▾ hop" in made.text()
        assert "▾ step" not in made.text()  # ten seconds are long gone

    act(lambda: Stage("stand", hold=RUNNING), scenario)


def test_a_known_heading_names_the_axes() -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await made.frames(pilot, 0.2)
        text = made.text()
        assert all(words in text for words in ("↑ forward", "right →", "heading known"))
        assert "H2" not in text

    act(lambda: Stage("stand", yaw_known=True), scenario)


def test_a_trial_without_feedback_says_why_there_is_no_picture() -> None:
    from tui_fakes import HOLD, trace_rows

    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await made.frames(pilot, 0.2)
        assert "no feedback: look straight ahead" in made.text()
        assert "no signal" not in made.text()

    act(lambda: Stage("stand", spec=replace(HOLD, feedback="off"), rows=trace_rows(60.0)[:0]), scenario)


def test_silence_stands_in_the_line_of_the_link() -> None:
    async def scenario(made: Stage, pilot: Pilot[None]) -> None:
        await made.frames(pilot, 0.2)
        assert "silent" not in made.text()
        made.live.change(sensor=replace(SENSOR, state="lost", silence_s=4.2, lost_n=7))
        await made.frames(pilot, 0.2)
        assert "7 lost · silent 4 s · battery 87 %" in made.text()

    act(lambda: Stage("stand", sensor=SENSOR), scenario)
