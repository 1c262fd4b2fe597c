"""What is heard on the dashboard: cues at the right events, the tone only where it belongs."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from textual.pilot import Pilot

from surefoot.events import (
    Event,
    HoldStarted,
    LandingSeen,
    LandingWithdrawn,
    Scored,
    SensorLost,
    TouchSuspected,
    Unsteady,
)
from surefoot.samples import Score
from surefoot.snapshot import HoldLive, Snapshot
from surefoot.tones import Metronome
from surefoot.tui.scene import Scene
from surefoot.tui.sounding import FLASH_S, Sounding
from tui_fakes import DROP, HOLD, RING_MS2, FakeFeed, Stage, VirtualClock, act, landing, trial


class Heard:
    """A loudspeaker that writes down what it should play."""

    def __init__(self, ready: bool = True) -> None:
        self.ready = ready
        self.failure: str | None = None
        self.said: list[tuple[str, float | None]] = []
        self.dot: tuple[float, float, bool] | None = None
        self.beats: list[Metronome | None] = []

    def cue(self, name: str, softness: float | None = None) -> None:
        self.said.append((name, softness))

    def sway(self, ap_rings: float, ml_rings: float, headed: bool) -> None:
        self.dot = (ap_rings, ml_rings, headed)

    def hush(self) -> None:
        self.dot = None

    def beat(self, metronome: Metronome | None) -> None:
        self.beats.append(metronome)


ended, scored = trial(1, 20.0, 71.0)
CUES: list[tuple[Event, str]] = [
    (HoldStarted(1.0, HOLD), "go"),
    (ended, "end"),
    (TouchSuspected(3.0), "touch"),
    (Unsteady(3.0, "hop"), "unsteady"),
    (SensorLost(4.0, "s1", "silence"), "lost"),
]


@pytest.mark.parametrize(("event", "name"), CUES)
def test_an_event_has_its_cue(event: Event, name: str) -> None:
    voice, rung = Heard(), []
    Sounding(lambda: rung.append(1), voice).hear(event)
    assert voice.said == [(name, None)]
    assert rung == []


def test_a_landing_sounds_as_soft_as_it_was() -> None:
    voice = Heard()
    Sounding(lambda: None, voice).hear(Scored(1.0, "landing", 1, Score(83.0, "softness/1")))
    Sounding(lambda: None, voice).hear(scored)
    assert voice.said == [("landing", 83.0)]


def seen(number: int, value: float) -> LandingSeen:
    found = landing(number, 1.0, value, 3.0)[0].landing
    return LandingSeen(1.0, number, DROP, found, Score(value, "softness/1"))


def test_a_landing_sounds_when_it_is_seen_and_not_again_when_it_is_sure() -> None:
    voice = Heard()
    sounding = Sounding(lambda: None, voice)
    for number in (1, 2):
        sounding.hear(seen(number, 70.0 + number))
        sounding.hear(Scored(1.0, "landing", number, Score(90.0, "softness/1")))
    assert voice.said == [("landing", 71.0), ("landing", 72.0)]


def test_a_landing_that_was_withdrawn_sounds_again_when_it_is_real() -> None:
    voice = Heard()
    sounding = Sounding(lambda: None, voice)
    sounding.hear(seen(1, 40.0))
    sounding.hear(LandingWithdrawn(1.5, 1, 1.0))
    sounding.hear(Scored(2.0, "landing", 1, Score(80.0, "softness/1")))  # seen by nobody before
    assert voice.said == [("landing", 40.0), ("landing", 80.0)]


def test_a_known_heading_goes_to_the_loudspeaker() -> None:
    voice = Heard()
    Sounding(lambda: None, voice).follow(Scene(replace(shot(), yaw_known=True), 0.0))
    assert voice.dot is not None
    assert voice.dot[2]


def test_without_a_loudspeaker_the_bell_rings_but_not_for_every_wobble() -> None:
    rung: list[int] = []
    sounding = Sounding(lambda: rung.append(1), None)
    for event, _ in CUES:
        sounding.hear(event)
    assert len(rung) == 3


def shot(eyes: str = "closed", feedback: str = "on", trials: int = 0) -> Snapshot:
    """Four seconds into a hold."""
    feed = FakeFeed(VirtualClock(), start_s=16.0, spec=replace(HOLD, eyes=eyes, feedback=feedback))
    snapshot = feed.snapshot()
    assert snapshot is not None
    return replace(snapshot, trials=tuple(trial(k + 1, 20.0, 70.0) for k in range(trials)))


def holding(eyes: str = "closed", feedback: str = "on", trials: int = 0) -> Scene:
    return Scene(shot(eyes, feedback, trials), 10.0)


def test_closed_eyes_hear_where_they_sway_and_open_eyes_look() -> None:
    voice = Heard()
    sounding = Sounding(lambda: None, voice)
    sounding.follow(holding())
    _, ap, ml, *_ = shot().trace[-1].tolist()
    assert voice.dot == (ap / RING_MS2, ml / RING_MS2, False)
    sounding.follow(holding(eyes="open"))
    assert voice.dot is None


@pytest.mark.parametrize(
    ("schedule", "trials", "heard"), [("every", 1, True), ("half", 0, True), ("half", 1, False), ("cues", 0, False)]
)
def test_the_tone_keeps_its_schedule(schedule: str, trials: int, heard: bool) -> None:
    voice = Heard()
    Sounding(lambda: None, voice, schedule).follow(holding(eyes="open", trials=trials))
    assert (voice.dot is not None) == heard


def test_a_test_trial_a_lost_sensor_and_a_muted_sound_are_silent() -> None:
    for scene in (holding(feedback="off"), replace(holding(), silence_s=1.0), replace(holding(), live=False)):
        voice = Heard()
        Sounding(lambda: None, voice).follow(scene)
        assert voice.dot is None
    voice = Heard()
    sounding = Sounding(lambda: None, voice)
    assert "m brings it back" in sounding.toggle(0.0)
    sounding.follow(holding())
    sounding.hear(ended)
    assert voice.dot is None
    assert voice.said == []


def test_the_last_three_seconds_are_counted() -> None:
    voice = Heard()
    sounding = Sounding(lambda: None, voice)
    for k in range(60):
        left_s = 5.0 - k * 0.1
        hold = HoldLive("countdown", left_s) if left_s > 0 else HoldLive("holding", None, -left_s)
        sounding.follow(Scene(replace(shot(), hold=hold), k * 0.1))
    assert voice.said == [("count", None)] * 3


STEPS = Metronome(60, 1.0)


def test_the_metronome_beats_on_the_loudspeaker_until_it_is_muted() -> None:
    voice = Heard()
    sounding = Sounding(lambda: None, voice)
    assert sounding.asked(0.0) is None
    sounding.follow(Scene(None, 9.0))
    sounding.beat(STEPS, 10.0)
    assert [sounding.asked(10.0 + s) for s in (0.0, 0.3, 0.9, 1.1, 1.9, 2.0, 2.5)] == [
        "plant", "still", "still", "go", "go", "plant", "still",
    ]  # fmt: skip
    sounding.toggle(11.0)
    sounding.toggle(12.0)
    sounding.beat(None, 13.0)
    assert voice.beats == [None, STEPS, None, STEPS, None]
    assert sounding.asked(13.0) is None


def test_without_a_loudspeaker_the_bell_rings_for_each_plant() -> None:
    rung: list[float] = []
    now_s = 0.0
    sounding = Sounding(lambda: rung.append(now_s), None)
    sounding.beat(STEPS, 0.0)
    for tick in range(100):
        now_s = tick / 20
        sounding.follow(Scene(None, now_s))
    assert rung == [0.0, 2.0, 4.0]
    sounding.toggle(now_s)
    for tick in range(100, 200):
        now_s = tick / 20
        sounding.follow(Scene(None, now_s))
    assert rung == [0.0, 2.0, 4.0]


def test_a_loudspeaker_that_is_ready_late_starts_with_a_plant() -> None:
    voice, rung = Heard(ready=False), []
    sounding = Sounding(lambda: rung.append(1), voice)
    sounding.beat(STEPS, 10.0)
    sounding.follow(Scene(None, 10.0))
    sounding.hear(HoldStarted(1.0, HOLD))
    assert (len(rung), voice.said, voice.beats) == (2, [], [])
    voice.ready = True
    sounding.follow(Scene(None, 10.7))
    assert voice.beats == [STEPS]
    assert sounding.asked(10.8) == "plant"  # the picture begins again with it
    sounding.follow(Scene(None, 12.9))
    assert voice.beats == [STEPS]
    assert len(rung) == 2


def test_a_loudspeaker_that_goes_away_is_said_once_and_the_bell_takes_over() -> None:
    told: list[str] = []
    voice, rung = Heard(), []
    sounding = Sounding(lambda: rung.append(1), voice, say=told.append)
    sounding.follow(holding())
    assert voice.dot is not None
    voice.ready, voice.failure = False, "only the bell sounds: gone"
    sounding.hear(HoldStarted(1.0, HOLD))  # before anybody looked
    assert len(rung) == 1
    for _ in range(3):
        sounding.follow(holding())
    assert told == ["only the bell sounds: gone"]
    assert len(rung) == 2  # silence would pass for standing still
    sounding.hear(ended)
    assert (len(rung), voice.said) == (3, [])


def test_a_loudspeaker_that_never_was_is_said_once_without_a_bell() -> None:
    told: list[str] = []
    voice, rung = Heard(ready=False), []
    voice.failure = "only the bell sounds: none"
    sounding = Sounding(lambda: rung.append(1), voice, say=told.append)
    sounding.follow(holding())
    sounding.follow(holding())
    assert (told, rung) == (["only the bell sounds: none"], [])


@pytest.mark.parametrize("schedule", ["auto", "off"])
def test_a_cue_lights_the_state_line_for_a_moment_with_sound_or_without(schedule: str) -> None:
    sounding = Sounding(lambda: None, Heard(), schedule)
    assert not sounding.lit(10.0)
    sounding.hear(HoldStarted(1.0, HOLD))
    assert [sounding.lit(s) for s in (10.0, 10.5, 10.7)] == [True, True, False]
    sounding.hear(Unsteady(3.0, "hop"))
    assert not sounding.lit(11.0)


def test_nothing_blinks_fast_however_many_cues_come() -> None:
    sounding = Sounding(lambda: None, None)
    seen = []
    for tick in range(200):  # ten seconds, and a cue in all but every fourth frame
        if tick % 4:
            sounding.hear(TouchSuspected(tick / 20))
        seen.append(sounding.lit(tick / 20))
    assert sum(now > before for before, now in pairwise(seen)) <= 1
    for every_s in (0.35, 0.65, 0.9, 1.0):
        sounding, seen, due_s = Sounding(lambda: None, None), [], 0.0
        for tick in range(200):
            if tick / 20 >= due_s:
                due_s += every_s
                sounding.hear(TouchSuspected(tick / 20))
            seen.append(sounding.lit(tick / 20))
        assert sum(now > before for before, now in pairwise(seen)) <= 10 / FLASH_S


@pytest.mark.parametrize("size", [(120, 40), (50, 15), (35, 8)])
def test_the_state_line_is_lit_and_dark_again(size: tuple[int, int]) -> None:
    def reversed_words(stage: Stage) -> str:
        strips = stage.app.screen._compositor.render_strips()
        return "".join(part.text for strip in strips for part in strip if part.style and part.style.reverse)

    async def scenario(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.frames(pilot, 0.1)
        assert "holding" not in reversed_words(stage)
        stage.live.events.append(HoldStarted(16.0, HOLD))
        await stage.frames(pilot, 0.01)
        assert "holding" in reversed_words(stage)
        await stage.frames(pilot, FLASH_S)
        assert "holding" not in reversed_words(stage)

    act(lambda: Stage("stand", hold=HoldLive("holding", None, 1.0, RING_MS2)), scenario, size)
