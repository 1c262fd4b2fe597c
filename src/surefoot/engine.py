"""The one door: inputs in, events out. No clock, no files, no threads.

    Notification → codec → timeline → drill (tilt, meters, detectors) → score
    Cue          → takes effect between two samples, at its own time on the session clock, not at its place in the queue
    Tick, Link   → silence and loss

The same inputs give the same events, however the samples were packed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from surefoot import reports
from surefoot.corrections import Correction, parse
from surefoot.drills import DRILLS, Drill
from surefoot.drills.hold import Hold
from surefoot.drills.landing_set import LandingSet
from surefoot.errors import DeviceError, UsageError
from surefoot.events import (
    CueRejected,
    Event,
    GapSeen,
    PacketRejected,
    SensorBack,
    SensorLost,
)
from surefoot.frame import Stillest
from surefoot.ledger import Ledger
from surefoot.picture import Bench, Picture
from surefoot.samples import (
    CUE_KINDS,
    G0_MS2,
    Cue,
    DrillSpec,
    ImuBlock,
    Input,
    Link,
    Notification,
    Tick,
)
from surefoot.scoring import full_scale_mg, steady
from surefoot.sensor import Source
from surefoot.snapshot import HoldLive, LandingLive, Snapshot
from surefoot.timeline import SessionClock

SAME_S = 1e-6  # a cue within a microsecond of a sample is at the sample, whatever the rounding of two clocks
SHOWN_GAP_S = 0.04  # shorter holes are counted but not reported one by one
RING_WITHOUT_SCORE_MG = 50 / 3  # the one-leg, eyes-open ring, where the condition has no scale of its own


class Engine:
    """Feed it everything that happened, in order.

    Args:
        header: as in a recording: `sources` (codec, settings, placement, …) and `drill` (or None).
        uncued: the recording has no cues; score what is seen from the first sample.
        armed: with `uncued`, landings need no quiet stance first.
        on_block: called with the source and every block on the session clock, for exports and whole-file checks.

    Raises:
        DeviceError: an unknown codec, or settings that it does not have.
        UsageError: a drill that does not exist.
    """

    def __init__(
        self,
        header: Mapping[str, Any],
        *,
        uncued: bool = False,
        armed: bool = False,
        on_block: Callable[[str, ImuBlock], None] | None = None,
    ) -> None:
        self._on_block = on_block
        self.clock = SessionClock()
        sources = header.get("sources")
        if not isinstance(sources, Mapping) or not sources:
            raise UsageError("a session needs at least one sensor; this header names none")
        self.sources = {key: Source(key, value, self.clock) for key, value in sources.items()}
        self.main = next(iter(self.sources.values()))
        drill = header.get("drill")
        self.spec = DrillSpec.from_mapping(drill) if drill else None
        self.stillest = Stillest(self.main.rate_hz)
        main, picture = self.main, Picture(self.main.rate_hz, self.main.forward)
        self._bench = Bench(main.rate_hz, main.range_ms2, main.placement, main.forward, picture, self.stillest)
        self._pending: list[Cue] = []
        self.corrections: list[Correction] = []
        self._ledger = Ledger(main, self.stillest)
        self._drill: Drill | None = None
        if self.spec is not None:
            self._make_drill(self.spec)
            if uncued and self._drill is not None:
                self._drill.uncued(0.0, armed)

    def _make_drill(self, spec: DrillSpec) -> None:
        self.spec = spec
        before = self._drill
        self._drill = DRILLS[spec.name](spec, self._bench)
        if isinstance(self._drill, LandingSet):
            # The drill before may just have ended with a landing that has no score yet, so it is asked first.
            self._drill.number = before.number if isinstance(before, LandingSet) else len(self._ledger.landings)
            self._drill.after_landing = self._ledger.count

    # ------------------------------------------------------------------ inputs

    def feed(self, item: Input) -> list[Event]:
        """One input; what became certain through it."""
        if isinstance(item, Notification):
            return self._receive(item)
        if isinstance(item, Cue):
            self._pending.append(item)
            last_s = self.main.timeline.last_s
            if last_s is None or self._when(item) > last_s:
                return []  # its sample is still to come
            return self._take_cues(last_s)
        if isinstance(item, Link):
            return self._linked(item)
        return self._waited(item)

    def finish(self) -> list[Event]:
        """The session is over: decide what is still open."""
        last_s = self.main.timeline.last_s
        if last_s is None:
            return []
        end_s = last_s + 1 / self.main.rate_hz
        events = self._take_cues(float("inf"))
        if self._drill is not None:
            events += self._ledger.take(self._drill.finish(end_s))
        return events

    def _receive(self, item: Notification) -> list[Event]:
        source = self.sources.get(item.source)
        now_s = self.clock.at(item.host_ns)
        if source is None:
            return [PacketRejected(now_s, item.source, "the header names no such source")]
        if item.stream == "battery":
            source.charge(item.payload)
            return []  # a charge is no sign of samples
        events: list[Event] = []
        was_lost = source.state == "lost"
        try:
            blocks = source.receive(item)
        except DeviceError as e:
            return [PacketRejected(now_s, item.source, str(e))]
        if blocks and was_lost:
            events.append(SensorBack(float(blocks[0].t[0]), source.id))
        for block in blocks:
            if block.gap_s >= SHOWN_GAP_S:
                start_s = float(block.t[0]) - block.gap_s
                events.append(GapSeen(start_s, source.id, block.gap_s))
            if self._on_block is not None:
                self._on_block(source.id, block)
            if source is self.main:
                events += self._samples(block)
        return events

    def _samples(self, block: ImuBlock) -> list[Event]:
        """Samples of the sensor that the drill watches, cut where a cue takes effect."""
        self.stillest.update(block)
        events: list[Event] = []
        start = 0
        while start < len(block):
            first_s = float(block.t[start])
            events += self._take_cues(first_s)
            stop = len(block)
            if self._pending:
                due_s = min(self._when(cue) for cue in self._pending)
                stop = start + max(1, int((block.t[start:] < due_s - SAME_S).sum()))
            piece = block.cut(start, stop)
            if self._drill is None:
                self._bench.picture.update(piece)
            else:
                events += self._ledger.take(self._drill.update(piece))
            start = stop
        return events

    # ------------------------------------------------------------------ cues

    def _take_cues(self, until_s: float) -> list[Event]:
        """Cues that take effect before the sample at `until_s`."""
        events: list[Event] = []
        due: list[Cue] = []
        later: list[Cue] = []
        for cue in self._pending:
            (due if self._when(cue) <= until_s + SAME_S else later).append(cue)
        self._pending = later
        for cue in due:
            t_s = max(0.0, self._when(cue))
            try:
                events += self._ledger.take(self._cue(cue, t_s))
            except UsageError as e:
                events.append(CueRejected(t_s, cue.kind, str(e)))
        return events

    def _when(self, cue: Cue) -> float:
        return self.main.timeline.at(cue.host_ns)

    def _cue(self, cue: Cue, t_s: float) -> list[Event]:
        if cue.kind not in CUE_KINDS:
            raise UsageError(f"no cue is called {cue.kind!r}")
        if cue.kind == "set":
            key, equals, value = (cue.value or "").partition("=")
            if not equals or self.spec is None:
                raise UsageError("a set cue says key=value within a drill")
            return self._change(self.spec.changed(key, value), t_s)
        if cue.kind == "start":
            return self._start(cue.value or (self.spec.name if self.spec else "hold"), t_s)
        if cue.kind == "correct":
            self.corrections.append(parse(cue.value or ""))  # the raw events stay; results apply them
            return []
        if cue.kind == "report":
            return [self._ledger.report(reports.parse(cue.value or ""), t_s)]
        if self._drill is None:
            return []
        return self._drill.cue(cue.kind, t_s)

    def _start(self, name: str, t_s: float) -> list[Event]:
        """The drill of that name; another one, if it runs, is stopped before."""
        ended: list[Event] = []
        if self._drill is None or self.spec is None or self.spec.name != name:
            base = {} if self.spec is None else {k: getattr(self.spec, k) for k in ("leg", "eyes", "surface")}
            spec = DrillSpec.from_mapping({**base, "name": name})
            ended = [] if self._drill is None else self._drill.cue("stop", t_s)
            self._make_drill(spec)
        assert self._drill is not None
        return ended + self._drill.start(t_s)

    def _change(self, spec: DrillSpec, t_s: float) -> list[Event]:
        """A setting changed: what runs goes on under the old one, the next trial uses the new one."""
        if isinstance(self._drill, Hold) and self._drill.held_s is not None:
            raise UsageError("settings of a running hold cannot change; stop it first")
        self.spec = spec
        if isinstance(self._drill, LandingSet):
            if spec.name == "hop" and self._drill.spec.style != spec.style:
                ended = self._drill.cue("stop", t_s)
                self._make_drill(spec)
                return ended
            self._drill.change(spec, t_s)
        elif self._drill is not None:
            self._drill.spec = spec
        return []

    # ------------------------------------------------------------------ silence

    def _waited(self, tick: Tick) -> list[Event]:
        gone = [source for source in self.sources.values() if source.wait(tick.host_ns)]
        return [event for source in gone for event in self._lose(source, "silence")]

    def _linked(self, link: Link) -> list[Event]:
        source = self.sources.get(link.source)
        if source is None:
            return []
        if link.state == "connected":
            source.connect()
            return []
        return self._lose(source, "link") if source.state != "lost" else []

    def _lose(self, source: Source, reason: str) -> list[Event]:
        source.state = "lost"
        last_s = source.timeline.last_s
        if last_s is None:
            return [SensorLost(0.0, source.id, reason)]
        end_s = last_s + 1 / source.rate_hz
        events: list[Event] = [SensorLost(end_s, source.id, reason)]
        if source is self.main:
            events += self._take_cues(float("inf"))
            if self._drill is not None:
                events += self._ledger.take(self._drill.lost(end_s))
        return events

    # ------------------------------------------------------------------ the picture

    def snapshot(self) -> Snapshot:
        """The present, for a screen. Immutable; cheap."""
        first, rows = self._bench.picture.trace.last(self._bench.picture.trace.keep_n)
        drill = self._drill
        gravity_ms2, fault = self.stillest.gravity()
        return Snapshot(
            t_s=self.main.timeline.last_s or 0.0,
            spec=self.spec,
            sensor=self.main.sensor(None if fault == "gravity_unchecked" else gravity_ms2),
            hold=self._hold_live(drill) if isinstance(drill, Hold) else None,
            landing=LandingLive(drill.state, self._ledger.seen) if isinstance(drill, LandingSet) else None,
            trials=tuple(self._ledger.trials),
            landings=tuple(self._ledger.landings),
            trace=rows,
            first_index=first,
            sets=self._ledger.sets.sets,
            reports=self._ledger.reports,
            yaw_known=self.main.forward is not None,
        )

    def _hold_live(self, drill: Hold) -> HoldLive:
        scale, _ = full_scale_mg(drill.spec, self.main.placement)
        rms_ms2, path_rate_ms3 = drill.live or (None, None)
        return HoldLive(
            state=drill.state,
            countdown_s=drill.countdown_left_s,
            hold_s=drill.held_s,
            rms_ms2=rms_ms2,
            path_rate_ms3=path_rate_ms3,
            steadiness=steady(rms_ms2, scale) if rms_ms2 is not None and scale else None,
            errors_n=len(drill.instabilities),
            unsteady=tuple(drill.instabilities),
            ring_ms2=(scale / 3 if scale else RING_WITHOUT_SCORE_MG) * G0_MS2 / 1000,
        )
