"""A recording, seen from any moment: the same panels, fed by the same engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from surefoot.snapshot import Snapshot
from surefoot.tui.marks import final_at, holes_of, marks_of
from surefoot.tui.ports import Playback
from surefoot.tui.scene import Scene
from surefoot.tui.screens.view import BACK, COMMON, SPACE, View
from surefoot.tui.widgets.landing_panel import LandingPanel
from surefoot.tui.widgets.line import Line
from surefoot.tui.widgets.stand_panel import StandPanel
from surefoot.tui.widgets.timeline import Timeline
from surefoot.tui.words import Part, clean, clock_text, sensor_parts

AHEAD_S = 0.5


def exact(snapshot: Snapshot, later: Snapshot | None, t_s: float) -> Snapshot:
    """The snapshot with its trace up to the very sample at `t_s`.

    Snapshots are kept a few times per packet or less; the samples between two of them are rows of the later one's
    trace, as long as that continues the same table.
    """
    trace, first = snapshot.trace, snapshot.first_index
    if later is not None and len(trace):
        same = first + len(trace) - 1 - later.first_index
        if 0 <= same < len(later.trace) and later.trace[same, 0] == trace[-1, 0]:
            trace, first = later.trace, later.first_index
    n = int(np.searchsorted(trace[:, 0], t_s + 1e-9, side="right"))
    return snapshot if n == 0 else replace(snapshot, trace=trace[:n], first_index=first)


class ReplayScreen(View):
    """Keys move the playhead; the panel is that of the drill under it."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("space", "play", "Play/pause", id="play"),
        Binding("left", "step(-1)", "1 s", id="back", key_display="←→"),
        Binding("right", "step(1)", "1 s forward", id="forward", show=False),
        Binding("shift+left", "step(-5)", "5 s back", id="back5", show=False),
        Binding("shift+right", "step(5)", "5 s forward", id="forward5", show=False),
        Binding("comma", "sample(-1)", "One sample back", id="sample_back", show=False),
        Binding("full_stop", "sample(1)", "One sample forward", id="sample_forward", show=False),
        Binding("home", "to(0)", "To the start", id="home", show=False),
        Binding("end", "to(1)", "To the end", id="end", show=False),
        Binding("left_square_bracket", "speed(-1)", "Speed", id="slower", key_display="[ ]"),
        Binding("right_square_bracket", "speed(1)", "Faster", id="faster", show=False),
        Binding("n", "event(True)", "Event", id="next_event", key_display="n N"),
        Binding("N", "event(False)", "Previous event", id="previous_event", show=False),
        Binding("t", "sweep", "Sweep or scroll", id="sweep", show=False),
        BACK,
        *COMMON,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._landing = False
        self._loaded: tuple[float, int, int] | None = None

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
        if landing != self._landing or self.query_one("#landings").display != landing:
            self._landing = landing
            self.query_one("#body").display = not landing
            self.query_one("#landings").display = landing
            self._counted = -1
        playback = self.host.playback
        if snapshot is not None and playback is not None:
            t_s = self.host.playhead.t_s
            snapshot = exact(snapshot, playback.at(t_s + AHEAD_S), t_s)
            scene = replace(scene, finals=final_at(playback.events, t_s), snapshot=snapshot)
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
        playback, snapshot = self.host.playback, scene.snapshot
        if self._landing:
            self.query_one(LandingPanel).count(scene)
        else:
            self.query_one(StandPanel).count(scene)
        if playback is None:
            return
        sensor = sensor_parts(snapshot.sensor) if snapshot else []
        self._name_timeline(playback)
        self.query_one("#status", Line).say([SPACE, *sensor], [Part(clean(playback.title, 48)), SPACE])

    def _move_timeline(self, scene: Scene) -> None:
        playback, timeline, head = self.host.playback, self.query_one(Timeline), self.host.playhead
        if playback is None:
            return
        columns = timeline.content_size.width * 2
        # while loading everything grows: once per second is enough
        key = (playback.duration_s if playback.complete else scene.now_s // 1.0, columns, len(playback.events))
        if columns and key != self._loaded:
            self._loaded = key
            marks, holes = marks_of(playback.events), holes_of(playback.events, playback.duration_s)
            timeline.load(playback.envelope(columns), marks, holes)
        timeline.show(scene)
        timeline.put(head.t_s, playback.duration_s)

    def _name_timeline(self, playback: Playback) -> None:
        """The position, a few times per second: a title repaints its whole widget."""
        timeline, head = self.query_one(Timeline), self.host.playhead
        sign, decimals = ("▶", 1) if head.playing else ("⏸", 2)
        rest = "" if playback.complete else " · loading…"
        title = f"{sign} {head.speed:g}×  {clock_text(head.t_s, decimals)} / {clock_text(playback.duration_s, 1)}{rest}"
        if timeline.border_title != title:
            timeline.border_title = title

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
        events = self.host.playback.events if self.host.playback else ()
        if self.host.playhead.jump([mark.t_s for mark in marks_of(events)], forward):
            self._go(self.host.playhead.t_s)

    def action_sweep(self) -> None:
        """Sweep or scroll."""
        self.query_one(StandPanel).toggle()
        self.host.frame()
