"""What the screens decide, without a screen: words, zones, scales, the playhead, marks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surefoot.events import Event, GapSeen, SensorBack, SensorLost, Settled
from surefoot.samples import Array, DrillSpec
from surefoot.scoring import SOFTNESS_WORDS, word
from surefoot.snapshot import HoldLive, LandingLive, Sensor, Snapshot
from surefoot.tui.bands import SOFTNESS, STEADINESS
from surefoot.tui.exact import exact
from surefoot.tui.findings import Finding, findings
from surefoot.tui.marks import final_at, holes_of, marks_of
from surefoot.tui.playhead import SPEEDS, Playhead
from surefoot.tui.scene import Scene
from surefoot.tui.sentences import alarm, drill_parts, recording_parts, state_parts
from surefoot.tui.widgets.card import FONT, solid
from surefoot.tui.widgets.landing_panel import prefix_of, settle_text
from surefoot.tui.widgets.strip_chart import scale_for
from surefoot.tui.words import clean, clock_text, points, tenth
from surefoot.tui.zones import DWELL_S, ZoneWatch, zone_of
from tui_fakes import HOLD, RING_MS2, FakePlayback, VirtualClock, trace_rows, trial


def scene(
    hold: HoldLive | None = None, landing: LandingLive | None = None, state: str = "streaming", **more: object
) -> Scene:
    live = {key: more.pop(key) for key in ("silence_s", "ended", "failure", "message", "live") if key in more}
    sensor = Sensor("s1", "Polar", "waist", 100.0, state)
    fields: dict[str, object] = {"trials": (), "landings": (), "trace": np.zeros((0, 6)), "first_index": 0}
    snapshot = Snapshot(t_s=1.0, spec=HOLD, sensor=sensor, hold=hold, landing=landing, **{**fields, **more})  # type: ignore[arg-type]
    return Scene(snapshot, 0.0, **live)  # type: ignore[arg-type]


def said(found: Scene, landing: bool = False) -> str:
    return "".join(part.text for part in state_parts(found, landing))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Scene(None, 0.0), "○ waiting  for the first sample"),
        (scene(HoldLive("ready")), "● live  ◇ ready  space starts"),
        (scene(HoldLive("countdown", countdown_s=2.2)), "● live  ◔ countdown 3"),
        (scene(HoldLive("holding", hold_s=3.0)), "● live  ▶ holding"),
        (scene(HoldLive("touch?", hold_s=3.0)), "● live  ▽ touch?"),
        (scene(HoldLive("ready"), trials=(trial(1, 40, 60, 12.3, "touch_down"),)), "● live  ■ touch-down after 12.3 s"),
        (scene(HoldLive("holding"), state="lost", silence_s=3.7), "○ sensor lost 3 s, reconnecting"),
        (scene(HoldLive("holding"), silence_s=0.6), "○ sensor lost 0 s, reconnecting"),
        (scene(HoldLive("holding"), live=False, silence_s=3.7), "○ sensor lost 3 s"),
        (scene(HoldLive("ready"), ended=True), "■ ended  no more samples will come"),
        (scene(HoldLive("ready"), failure="Bluetooth is off"), "✖ ended  Bluetooth is off"),
        (scene(HoldLive("holding"), live=False), "▷ replay  ▶ holding"),
    ],
)
def test_every_state_has_a_shape_and_a_word(found: Scene, words: str) -> None:
    assert said(found).startswith(words)


@pytest.mark.parametrize("state", ["ready", "hold still", "armed", "air", "settle"])
def test_every_landing_state_has_a_shape_and_a_word(state: str) -> None:
    text = said(scene(landing=LandingLive(state)), landing=True).removeprefix("● live  ")
    assert text[0] in "◇◔▶△▽"
    assert state.split()[-1].removesuffix("e") in text


def test_the_loud_line_says_the_worst_first() -> None:
    both = scene(recording_error="disk full", notes=("moved",), message="stop first")
    assert (part := alarm(both)) is not None
    assert part.text == "✖ NOT RECORDING: disk full · the drill goes on"
    assert alarm(scene(message="stop first")) is None  # it is said where nothing moves for it
    assert (part := alarm(scene(notes=("old", "moved")))) is not None
    assert part.text == "! moved"
    assert alarm(scene()) is None


def test_the_recording_dot_never_lies() -> None:
    scenes = (scene(), scene(recording="a"), scene(recording_error="x"))
    words = [recording_parts(found)[0].text for found in scenes]
    assert words == ["○ not recorded", "● rec", "✖ not recording"]


def test_what_nobody_said_is_a_question_mark() -> None:
    assert drill_parts(DrillSpec("hold"))[0].text == "leg ? · eyes ? · surface ?"
    assert drill_parts(HOLD)[0].text == "left leg · eyes open · firm"
    assert drill_parts(None)[0].text == "no drill chosen"


def test_foreign_names_cannot_steer_the_terminal() -> None:
    assert clean("a\x1b[31mb\nc\u202ed") == "a·[31mb·c·d"
    assert clean("x" * 100, 10) == "xxxxxxxxx…"


def test_numbers_read_as_people_read_them() -> None:
    assert [tenth(v) for v in (None, 9.96, 12.34, 123.4)] == ["–", "10.0", "12.3", "123"]
    assert [clock_text(v, d) for v, d in ((0, 0), (59.99, 1), (60, 0), (61.257, 2), (12.3, 1))] == [
        "0:00",
        "0:59.9",
        "1:00",
        "1:01.25",
        "0:12.3",
    ]


@pytest.mark.parametrize("value", [0.0, 39.9, 40.0, 59.99, 60.0, 79.6, 80.0, 100.0])
def test_a_shown_score_never_contradicts_its_word(value: float) -> None:
    band = SOFTNESS.of(value)
    assert band.word == word(value, SOFTNESS_WORDS)
    assert SOFTNESS.of(float(points(value))) is band


def test_bands_differ_in_shape_and_word() -> None:
    for bands in (SOFTNESS, STEADINESS):
        assert len({band.shape for band in bands.all}) == len({band.word for band in bands.all}) == len(bands.all)


# ------------------------------------------------------------------------------------------------ zones


def circle(distance: float, seconds: float) -> Array:
    """A dot that stays at `distance` rings."""
    rows = trace_rows(seconds)
    rows[:, 1], rows[:, 2] = distance * RING_MS2, 0.0
    return rows


def test_coming_back_needs_ten_percent_less_than_going_out() -> None:
    assert [zone_of(d, 0) for d in (0.99, 1.01, 2.01)] == [0, 1, 2]
    assert [zone_of(d, 1) for d in (0.91, 0.89)] == [1, 0]
    assert [zone_of(d, 2) for d in (1.81, 1.79, 0.89)] == [2, 1, 0]


def test_the_zone_changes_after_its_dwell_and_not_before() -> None:
    rows = np.vstack([circle(0.5, 3.0), circle(1.5, 3.0)])
    watch = ZoneWatch()
    changed = next(n for n in range(300, 600) if watch.update(rows[:n], 0, 100.0, RING_MS2) == 1)
    assert DWELL_S <= (changed - 300) / 100 <= DWELL_S + 0.05


def test_a_short_excursion_does_not_change_the_word() -> None:
    rows = np.vstack([circle(0.5, 3.0), circle(2.5, 0.2), circle(0.5, 1.0)])
    watch = ZoneWatch()
    assert {watch.update(rows[:n], 0, 100.0, RING_MS2) for n in range(100, len(rows) + 1)} == {0}


def test_a_seek_shows_the_zone_that_playing_would_have_shown() -> None:
    rows = trace_rows(60.0)
    played = ZoneWatch()
    for n in range(10, 6001, 7):
        zone = played.update(rows[:n], 0, 100.0, RING_MS2)
        if n % 5 == 0 and n > 600:
            assert ZoneWatch().update(rows[:n], 0, 100.0, RING_MS2) == zone


def test_chunks_do_not_change_the_zone() -> None:
    rows = trace_rows(30.0)
    one, many = ZoneWatch(), ZoneWatch()
    for n in range(1, 3001):
        many.update(rows[:n], 0, 100.0, RING_MS2)
        if n % 100 == 0:
            assert one.update(rows[:n], 0, 100.0, RING_MS2) == many.update(rows[:n], 0, 100.0, RING_MS2)


def test_without_a_ring_there_is_no_zone() -> None:
    assert ZoneWatch().update(trace_rows(5.0), 0, 100.0, 0.0) is None


def test_the_scale_grows_at_once_and_shrinks_with_room_to_spare() -> None:
    assert [scale_for(peak, 50) for peak in (30, 50, 51, 150, 400, 3000)] == [50, 50, 100, 200, 500, 500]
    assert [scale_for(peak, 100) for peak in (60, 45, 41, 40)] == [100, 100, 100, 50]
    assert scale_for(30, 500) == 50


# ------------------------------------------------------------------------------------------------ playhead and marks


def test_the_playhead_follows_the_clock_not_the_frames() -> None:
    clock = VirtualClock()
    head = Playhead(clock)
    head.settle(60.0, complete=True)
    clock.advance(3.0)
    assert head.t_s == pytest.approx(3.0)
    head.faster(1)
    clock.advance(2.0)
    assert head.t_s == pytest.approx(7.0)
    head.toggle()
    clock.advance(9.0)
    assert head.t_s == pytest.approx(7.0)


def test_the_playhead_stops_at_the_end_and_starts_again_from_the_start() -> None:
    clock = VirtualClock()
    head = Playhead(clock)
    clock.advance(100.0)
    head.settle(60.0, complete=True)
    assert (head.t_s, head.playing) == (60.0, False)
    head.toggle()
    assert (head.t_s, head.playing) == (0.0, True)


def test_the_playhead_waits_for_the_loader_without_a_jump() -> None:
    clock = VirtualClock()
    head = Playhead(clock)
    clock.advance(5.0)
    head.settle(2.0, complete=False)
    clock.advance(5.0)
    head.settle(2.0, complete=False)
    head.settle(10.0, complete=True)
    clock.advance(1.0)
    assert head.t_s == pytest.approx(3.0)
    assert head.playing


def test_speeds_end_at_both_ends() -> None:
    head = Playhead(VirtualClock())
    for _ in range(20):
        head.faster(1)
    assert head.speed == SPEEDS[-1]
    for _ in range(20):
        head.faster(-1)
    assert head.speed == SPEEDS[0]


def test_jumping_goes_through_every_mark_and_back() -> None:
    head = Playhead(VirtualClock())
    head.settle(60.0, complete=True)
    head.playing = False
    marks = [6.0, 18.0, 25.0, 46.0]
    seen = []
    while head.jump(marks, forward=True):
        seen.append(head.t_s)
    assert seen == marks
    while head.jump(marks, forward=False):
        seen.append(head.t_s)
    assert seen == [*marks, 25.0, 18.0, 6.0]


def test_marks_and_holes_come_from_the_events() -> None:
    playback = FakePlayback()
    assert [mark.shape for mark in marks_of(playback.events)] == ["▸", "▾", "╱", "▼"]
    events: list[Event] = [GapSeen(3.0, "s1", 0.5), SensorLost(10.0, "s1", "silence"), SensorBack(14.0, "s1")]
    assert holes_of([*events, SensorLost(20.0, "s1", "link")], 30.0) == [(3.0, 3.5), (10.0, 14.0), (20.0, 30.0)]


def test_the_final_score_belongs_to_the_whole_of_its_trial() -> None:
    playback = FakePlayback()
    assert final_at(playback.events, 5.9) is None
    assert final_at(playback.events, 6.0) == (playback.ended, playback.scored)
    assert final_at(playback.events, 45.9) == (playback.ended, playback.scored)
    assert final_at(playback.events, 46.0) is None


def test_the_trace_ends_at_the_very_sample_under_the_playhead() -> None:
    playback = FakePlayback()
    for t_s in (10.0, 10.01, 10.04, 10.32):
        snapshot = playback.at(t_s)
        assert snapshot is not None
        assert exact(snapshot, playback.at(t_s + 0.5), t_s).trace[-1, 0] == pytest.approx(t_s)


# ------------------------------------------------------------------------------------------------ landings and digits


def test_bounds_and_guesses_are_marked() -> None:
    assert [prefix_of(flags) for flags in ((), ("low_rate",), ("v_uncertain",), ("v_uncertain", "clipped"))] == [
        "",
        "",
        "≈",
        "≤",
    ]


def test_settling_that_took_too_long_is_five_plus() -> None:
    assert settle_text(None) == "–"
    assert settle_text(Settled(9.0, 1, 0.8, True)) == "0.8"
    assert settle_text(Settled(9.0, 1, None, False, "not_settled")) == "5+"
    assert settle_text(Settled(9.0, 1, None, False, "gap")) == "–"


@pytest.mark.parametrize("large", [False, True])
def test_digits_are_solid_and_all_rows_are_as_long(large: bool) -> None:
    for text in ("0123456789", "12.3", "≤44", "≈76", "5+", "–"):
        lines = solid(text, large)
        assert len(lines) == (5 if large else 3)
        assert len({len(line) for line in lines}) == 1
        assert set("".join(lines)) <= set("█▀▄ ")
    assert len({str(solid(c, large)) for c in FONT}) == len(FONT)


# ------------------------------------------------------------------------------------------------ the check


def test_too_many_samples_in_the_first_seconds_are_no_finding_yet() -> None:
    """A busy computer takes them late and at once; too few are told at once, for they will not come any more."""
    known = scene().snapshot
    assert known is not None

    def rate(measured_hz: float, samples_n: int) -> Finding:
        sensor = replace(known.sensor, rate_hz=200.0, measured_hz=measured_hz, samples_n=samples_n)
        (found,) = [one for one in findings(Scene(replace(known, sensor=sensor), 0.0)) if one.what == "rate"]
        return found

    assert (rate(224.0, 1599).ok, rate(224.0, 1599).text) == (None, "measuring, 200 a second are due")
    assert rate(224.0, 1600).ok is False
    assert "connect it again" in rate(224.0, 1600).remedy
    assert "come closer" not in rate(224.0, 1600).remedy
    assert rate(201.0, 500).ok is True
    assert rate(143.0, 500).ok is False
    assert "come closer" in rate(143.0, 500).remedy
