"""A recording, seen from any moment: the same panels, fed by the same engine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from surefoot.errors import SurefootError
from surefoot.tui.correcting import offer
from surefoot.tui.exact import AHEAD_S, exact, landed
from surefoot.tui.marks import Mark, final_at, holes_of, marks_of, trials_of
from surefoot.tui.ports import Playback
from surefoot.tui.scene import Scene
from surefoot.tui.screens.dialogs import TAKE_BACK, CorrectDialog
from surefoot.tui.screens.view import BACK, COMMON, SPACE, View
from surefoot.tui.sentences import sensor_parts
from surefoot.tui.widgets.landing_panel import LandingPanel
from surefoot.tui.widgets.stand_panel import StandPanel
from surefoot.tui.widgets.timeline import Timeline
from surefoot.tui.words import Part, clean, clock_text, points
from surefoot.tui.worst import Moment, worst

SAME_S = 1e-6
LAST_S = 1.0  # beyond the last sample: a window ends before its end


class ReplayScreen(View):
    """Keys move the playhead; the panel is that of the drill under it."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("space", "play", "Play/pause", id="play"),
        Binding("n", "event(True)", "Event", id="next_event", key_display="n N"),
        Binding("N", "event(False)", "Previous event", id="previous_event", show=False),
        Binding("w", "worst", "Worst moment", id="worst"),
        Binding("c", "correct", "Correct", id="correct"),
        Binding("s", "save", "Save corrections", id="save", show=False),
        Binding("x", "window", "Window start/end", id="window", show=False),
        Binding("e", "export", "Export", id="export", show=False),
        Binding("left", "step(-1)", "1 s", id="back", key_display="←→", show=False),
        Binding("right", "step(1)", "1 s forward", id="forward", show=False),
        Binding("shift+left", "step(-5)", "5 s", id="back5", key_display="⇧←→", show=False),
        Binding("shift+right", "step(5)", "5 s forward", id="forward5", show=False),
        Binding("comma", "sample(-1)", "One sample", id="sample_back", key_display=", .", show=False),
        Binding("full_stop", "sample(1)", "One sample forward", id="sample_forward", show=False),
        Binding("home", "to(0)", "Start or end", id="home", key_display="home end", show=False),
        Binding("end", "to(1)", "To the end", id="end", show=False),
        Binding("left_square_bracket", "speed(-1)", "Speed", id="slower", key_display="[ ]", show=False),
        Binding("right_square_bracket", "speed(1)", "Faster", id="faster", show=False),
        Binding("t", "sweep", "Sweep or scroll", id="sweep", show=False),
        BACK,
        *COMMON,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._landing = False
        self._loaded: tuple[object, ...] | None = None
        self._window: tuple[float, float | None] | None = None  # its end is open after the first press
        self._moments: list[Moment] = []
        self._moment = 0

    ABOUT = (
        "The same picture as live, from the recording. Numbers marked then are those of that moment, final ones are of "
        "the whole trial. The worst moment of a hold is its widest sway, of a set its hardest landing."
    )

    @property
    def landing(self) -> bool:
        """Whether the drill under the playhead is a landing drill."""
        return self._landing

    def body(self) -> ComposeResult:
        """Both panels, one of them shown, and the timeline."""
        yield StandPanel(id="body")
        yield LandingPanel(id="landings", bands=self.host.softness)
        yield Timeline(id="timeline")

    def show(self, scene: Scene) -> None:
        """Put the right panel up, then draw as every view does."""
        snapshot = scene.snapshot
        landing = snapshot is not None and (
            snapshot.landing is not None or (snapshot.spec is not None and snapshot.spec.name != "hold")
        )
        if landing != self._landing:
            self._landing = landing
            self.set_class(landing, "-landing")
            self._counted = -1
        playback = self.host.playback
        if snapshot is not None and playback is not None:
            t_s = self.host.playhead.t_s
            snapshot = landed(exact(snapshot, playback.at(t_s + AHEAD_S), t_s), playback, t_s)
            finals, still = final_at(playback.events, t_s), not self.host.playhead.playing
            scene = replace(scene, finals=finals, snapshot=snapshot, corrected=playback.corrected, still=still)
        super().show(scene)

    def move(self, scene: Scene) -> None:
        """The plots and the playhead."""
        if self._landing:
            self.query_one(LandingPanel).move(scene)
        else:
            self.query_one(StandPanel).move(scene)
        self._move_timeline(scene)

    def write(self, scene: Scene) -> None:
        """The lines and the numbers."""
        super().write(scene)
        playback = self.host.playback
        if self._landing:
            self.query_one(LandingPanel).count(scene)
        else:
            self.query_one(StandPanel).count(scene)
        if playback is None:
            return
        self._name_timeline(playback)

    def status(self, scene: Scene) -> tuple[list[Part], list[Part]]:
        """The sensor, and whose recording it is."""
        sensor = sensor_parts(scene.snapshot.sensor) if scene.snapshot else []
        title = self.host.playback.title if self.host.playback else ""
        return [SPACE, *sensor], [Part(clean(title, 48)), SPACE]

    def hints(self, scene: Scene) -> Sequence[str | tuple[str, str]]:
        """Only holds can be corrected."""
        play = ("play", "Pause" if self.host.playhead.playing else "Play")
        what = ["export"] if self._landing else ["correct"]
        return [play, ("next_event", "Events"), "worst", *what, "help", self.way_out]

    def _move_timeline(self, scene: Scene) -> None:
        playback, timeline, head = self.host.playback, self.query_one(Timeline), self.host.playhead
        if playback is None:
            return
        columns = timeline.content_size.width * 2
        # while loading everything grows: once per second is enough
        length = playback.duration_s if playback.complete else scene.now_s // 1.0
        key = (length, columns, len(playback.events), *playback.corrected.items())
        if columns and key != self._loaded:
            self._loaded = key
            marks, holes = self._marks(), holes_of(playback.events, playback.duration_s)
            timeline.load(playback.envelope(columns), marks, holes)
        timeline.show(scene)
        timeline.put(head.t_s, playback.duration_s, self._shown_window())

    def _name_timeline(self, playback: Playback) -> None:
        """The position, a few times per second: a title repaints its whole widget."""
        timeline, head = self.query_one(Timeline), self.host.playhead
        sign, decimals = ("▶", 1) if head.playing else ("‖", 2)
        rest = "" if playback.complete else " · loading…"
        title = f"{sign} {head.speed:g}×  {clock_text(head.t_s, decimals)} / {clock_text(playback.duration_s, 1)}{rest}"
        if timeline.border_title != title:
            timeline.border_title = title
        hint = self._hint(playback)
        if timeline.border_subtitle != hint:
            timeline.border_subtitle = hint

    def _hint(self, playback: Playback) -> str:
        """What is pending, else keys that the footer has no room for; it is markup, so the bracket keys are escaped."""
        unsaved = f"{playback.unsaved_n} unsaved · s saves" if playback.unsaved_n else ""
        match self._window:
            case None:
                return unsaved or "←→ 1 s · ⇧←→ 5 s · , . sample · \\[ ] speed · x window · e export"
            case (start_s, None):
                window = f"window from {clock_text(start_s, 1)} · x ends it"
            case (start_s, end_s):
                window = f"window {clock_text(start_s, 1)} to {clock_text(end_s or 0.0, 1)} · e exports it · x anew"
        return " · ".join(filter(None, [unsaved, window]))

    def _marks(self) -> list[Mark]:
        playback = self.host.playback
        return marks_of(playback.events, playback.corrected) if playback else []

    # ------------------------------------------------------------------------------------ keys

    @on(Timeline.Seek)
    def seek(self, message: Timeline.Seek) -> None:
        """The timeline was clicked."""
        self._go(message.t_s)

    def _go(self, t_s: float) -> None:
        self.host.playhead.seek(t_s)
        self._counted = -1
        self.host.frame()

    def action_play(self) -> None:
        """Play or pause."""
        self.host.playhead.toggle()
        self.host.frame()

    def action_step(self, seconds: float) -> None:
        """Some seconds on."""
        self._go(self.host.playhead.t_s + seconds)

    def action_sample(self, count: int) -> None:
        """One sample on, paused: the next row of the trace under the playhead."""
        if self.host.playhead.playing:
            self.host.playhead.toggle()
        snapshot = self.host.scene.snapshot
        rate_hz = snapshot.sensor.rate_hz if snapshot and snapshot.sensor.rate_hz > 0 else 100.0
        self._go(self.host.playhead.t_s + count / rate_hz)

    def action_to(self, share: float) -> None:
        """To the start or the end."""
        self._go(share * (self.host.playback.duration_s if self.host.playback else 0.0))

    def action_speed(self, step: int) -> None:
        """Slower or faster."""
        self.host.playhead.faster(step)
        self.host.frame()

    def action_event(self, forward: bool) -> None:
        """To the next or the previous mark."""
        if self.host.playhead.jump([mark.t_s for mark in self._marks()], forward):
            self._go(self.host.playhead.t_s)

    def action_sweep(self) -> None:
        """Sweep or scroll."""
        self.query_one(StandPanel).toggle()
        self.host.frame()

    # ------------------------------------------------------------------------------------ looking for the worst

    def action_worst(self) -> None:
        """To the worst moment of what is under the playhead; from there on, to the next worst."""
        playback, head = self.host.playback, self.host.playhead
        if playback is None:
            return
        here = self._moments and abs(self._moments[self._moment].t_s - head.t_s) < SAME_S
        if here and not head.playing:
            self._moment = (self._moment + 1) % len(self._moments)
        else:
            self._moments, self._moment = worst(playback, head.t_s, self._landing), 0
        if not self._moments:
            loading = "" if playback.complete else "it is still loading, or "
            self.host.say(f"nothing to look for here: {loading}no hold and no landing is at this moment")
            return
        if head.playing:
            head.toggle()  # one came to look
        moment = self._moments[self._moment]
        rank = ("worst", "2nd worst", "3rd worst")[self._moment] if self._moment < 3 else f"{self._moment + 1}th worst"
        so_far = "" if playback.complete else " so far"
        self.host.say(f"{rank}{so_far}: {moment.text} at {clock_text(moment.t_s, 1)}")
        self._go(moment.t_s)

    # ------------------------------------------------------------------------------------ correcting

    def action_correct(self) -> None:
        """What was found wrongly here?"""
        playback, t_s = self.host.playback, self.host.playhead.t_s
        if playback is None:
            return
        if not playback.complete:
            self.host.say("the recording is still loading: correct it when all of it is there")
            return
        if self.host.playhead.playing:
            self.host.playhead.toggle()  # the moment that was meant must not run away
        found = trials_of(playback.events)
        offered = offer([(raw, playback.corrected.get(raw[1].number, raw)) for raw in found], t_s)
        if offered is None and not playback.unsaved_n:
            self.host.say("no trial of a hold is here: go into one, or within a second of its events")
            return
        number = 0 if offered is None else offered.number
        self.host.push_screen(CorrectDialog(offered, t_s, playback.unsaved_n), partial(self._correct, number))

    def _correct(self, number: int, said: str | None) -> None:
        playback = self.host.playback
        if playback is None or said is None:
            return
        try:
            if said == TAKE_BACK:
                self.host.say(f"taken back: {playback.take_back()}")
            else:
                playback.correct(said)
                raw, fixed = trials_of(playback.events)[number - 1][1], playback.corrected[number][1]
                values = f"{points(raw.trial_value)} as found, {points(fixed.trial_value)} corrected"
                self.host.say(f"trial {number}: {values} · s saves it")
        except SurefootError as e:
            self.host.say(str(e))
        self._counted = -1
        self.host.frame()

    def action_save(self) -> None:
        """Keep the corrections in a new recording."""
        if self.host.playback is not None and self.host.playback.unsaved_n:
            self.run_worker(self.host.unsaved.keep())
        else:
            self.host.say("nothing was corrected since it was saved")

    # ------------------------------------------------------------------------------------ exporting

    def action_window(self) -> None:
        """Mark the start of a window, then its end."""
        t_s = self.host.playhead.t_s
        match self._window:
            case (start_s, None) if t_s != start_s:
                self._window = (min(start_s, t_s), max(start_s, t_s))
            case _:
                self._window = (t_s, None)
        self._counted = -1
        self.host.frame()

    def _shown_window(self) -> tuple[float, float] | None:
        if self._window is None:
            return None
        start_s, end_s = self._window
        return start_s, start_s if end_s is None else end_s

    def action_export(self) -> None:
        """The marked window, else the trial under the playhead, else everything."""
        playback = self.host.playback
        if playback is None:
            return
        trial = final_at(playback.events, self.host.playhead.t_s)
        if self._window is not None and self._window[1] is not None:
            start_s, end_s = self._window[0], self._window[1]
        elif trial is not None:
            start_s, end_s = trial[0].lift_s, trial[0].t_s
        else:
            start_s, end_s = 0.0, playback.duration_s + LAST_S
        self.run_worker(self._export(playback, start_s, end_s))

    async def _export(self, playback: Playback, start_s: float, end_s: float) -> None:
        try:
            folder = await asyncio.to_thread(playback.export, start_s, end_s)
        except SurefootError as e:
            self.host.say(str(e))
            return
        self.host.say(f"written: {folder.name}, beside the recording")
