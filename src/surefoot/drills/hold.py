"""The hold: standing on one leg (or two) against a target time.

    READY      start                      → COUNTDOWN   the tilt is learned from its last 3 s
    READY      first sample, no cues      → COUNTDOWN   hold time unknown; its 5 s are not scored
    COUNTDOWN  5 s of samples, or lift    → HOLDING     the first 2 s are not scored: lifting the foot takes them
    COUNTDOWN  stop                       → READY
    HOLDING    touch-down confirmed       → READY       ended at the impact, its last second is not scored
    HOLDING    target reached             → READY       waits for a suspected touch-down to be cleared
    HOLDING    stop, silence, end         → READY

Springer 2007 caps at 45 s and times from lift to failure; the windows follow the protocols of the balance chapter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from surefoot.events import DrillStarted, DrillStopped, Event, HoldEnded, HoldStarted, TouchSuspected, Unsteady
from surefoot.filters import CausalLowpass
from surefoot.frame import up_vector
from surefoot.instability import Found, InstabilityDetector
from surefoot.landing import size_g
from surefoot.picture import Bench
from surefoot.samples import Array, DrillSpec, ImuBlock
from surefoot.stance import measure_trial
from surefoot.sway import CUTOFF_HZ, StreamingSway
from surefoot.tilt import TiltDetector, TrunkTilt


@dataclass(frozen=True, slots=True)
class HoldLimits:
    """Times of a trial."""

    countdown_s: float = 5.0
    learn_tilt_s: float = 3.0
    settle_in_s: float = 2.0  # lifting the foot takes 1 to 2 s
    uncued_s: float = 5.0  # pocketing a phone takes 3 to 4 s
    fall_s: float = 1.0  # with the fall left in, RMS reads 15 % more (simulation)
    merge_s: float = 1.0  # instabilities closer than this are one
    sensor_lost_s: float = 3.0
    live_s: float = 5.0  # of scored samples before a live value; provisional, see `Hold.live`
    ending_s: float = 1.0  # hops, leans and steps this close to the end are the fall itself


LIMITS = HoldLimits()
BY_KEY = ("touch", "error")  # told by the person, so never part of the fall itself


class State(Enum):
    """Where a trial is."""

    READY = "ready"
    COUNTDOWN = "countdown"
    HOLDING = "holding"


class Hold:
    """One trial after another; see the table above."""

    def __init__(self, spec: DrillSpec, bench: Bench) -> None:
        self.spec, self.bench = spec, bench
        self._uncued = False
        self.lift_s = self.now_s = self._watch_from_s = 0.0
        self.meter = StreamingSway(bench.rate_hz)  # of what the filter below lets through: live values
        self._filter = self._new_filter()
        self._reset()

    def _reset(self) -> None:
        self._state = State.READY
        self._from_s: float | None = None  # first sample of the countdown
        self._counted = True
        self._upright: Array | None = None
        self._touch: InstabilityDetector | None = None
        self._trunk: TrunkTilt | None = None
        self._leaning: TiltDetector | None = None
        self._samples: list[ImuBlock] = []
        self.instabilities: list[Unsteady] = []
        self.meter.reset()
        self.bench.picture.level.release()

    def _new_filter(self) -> CausalLowpass:
        return CausalLowpass(min(CUTOFF_HZ, 0.4 * self.bench.rate_hz), self.bench.rate_hz)

    # ------------------------------------------------------------------ what a screen asks

    @property
    def state(self) -> str:
        """ready, countdown, holding, or touch? while an impact is being judged."""
        if self._touch is not None and self._touch.suspects:
            return "touch?"
        return self._state.value

    @property
    def countdown_left_s(self) -> float | None:
        """Seconds to the lift."""
        if self._state is not State.COUNTDOWN or self._from_s is None:
            return LIMITS.countdown_s if self._state is State.COUNTDOWN else None
        return max(0.0, self._from_s + LIMITS.countdown_s - self.now_s)

    @property
    def held_s(self) -> float | None:
        """Seconds since the lift."""
        return self.now_s - self.lift_s if self._state is State.HOLDING else None

    @property
    def live(self) -> tuple[float, float] | None:
        """RMS, m/s², and path rate, m/s³, so far; None before enough samples are counted.

        Sway is slow: a part of a second cannot show it, and calls everybody steady. In simulation (three one-leg
        conditions, 40 trials each) the live score lies above the final one by 29 points after 0.4 s, 18 after 1 s, 6
        after 2 s, and no longer after 5 s on firm ground with open eyes; then half of the trials are within 7 points
        of their final score.
        """
        enough = self.meter.n >= round(LIMITS.live_s * self.bench.rate_hz)
        return self.meter.headline() if enough else None

    @property
    def _in_trial(self) -> bool:
        """A trial without cues begins with its first sample."""
        return self._state is State.HOLDING or (self._state is State.COUNTDOWN and not self._counted)

    # ------------------------------------------------------------------ cues

    def start(self, t_s: float) -> list[Event]:
        """Begin the countdown at the next sample; a running trial is stopped first."""
        events = self._end(t_s, "stopped") if self._state is State.HOLDING else []
        self._reset()
        self._state = State.COUNTDOWN
        return [*events, DrillStarted(t_s, self.spec)]

    def uncued(self, t_s: float, armed: bool) -> list[Event]:
        """Score what is seen from the first sample on."""
        self._uncued = True
        return []

    def cue(self, kind: str, t_s: float) -> list[Event]:
        """Take a stop, lift, touch or error. None happens before the lift: a packet that came late shifts the cues."""
        if self._state is State.HOLDING:
            t_s = max(t_s, self.lift_s)
        if kind == "stop":
            if self._state is State.COUNTDOWN:
                self._reset()
                return [DrillStopped(t_s)]
            events = self._end(t_s, "stopped") if self._state is State.HOLDING else []
            self._reset()
            return events
        if kind == "lift" and self._state is State.COUNTDOWN:
            return self._lift(t_s)
        if kind in ("touch", "error") and self._state is State.HOLDING:
            return self._unsteady(t_s, kind)
        return []

    def lost(self, t_s: float) -> list[Event]:
        """End the trial where the data ended, and call a countdown off."""
        events: list[Event] = [DrillStopped(t_s)] if self._state is State.COUNTDOWN and self._counted else []
        if self._in_trial:
            events = self._end(t_s, "sensor_lost")
        self._reset()
        return events

    def finish(self, t_s: float) -> list[Event]:
        """The session is over."""
        events = self._end(t_s, "recording_end") if self._in_trial else []
        self._reset()
        return events

    # ------------------------------------------------------------------ samples

    def update(self, block: ImuBlock) -> list[Event]:
        """More samples, cut at every change of state."""
        events: list[Event] = []
        if block.gap_s >= LIMITS.sensor_lost_s and self._state is not State.READY:
            events += self.lost(float(block.t[0]) - block.gap_s)
        start = 0
        while start < len(block):
            stop, new = self._advance(block.cut(start, len(block)))
            events += new
            start += stop
        return events

    def _advance(self, block: ImuBlock) -> tuple[int, list[Event]]:
        """Process samples up to the next change of state: how many were used, and what happened."""
        self.now_s = float(block.t[0])
        if self._state is State.READY and self._uncued:
            self._uncued = self._counted = False
            self._state, self.lift_s = State.COUNTDOWN, self.now_s
            return 0, [HoldStarted(self.now_s, self.spec, counted=False)]
        if self._state is State.COUNTDOWN:
            if self._from_s is None:
                self._from_s = self.now_s
            return self._count_down(block)
        if self._state is State.HOLDING:
            return self._hold(block)
        self.bench.picture.update(block)
        self.now_s = float(block.t[-1])
        return len(block), []

    def _grid_index(self, t: Array, from_s: float, after_s: float) -> int:
        """First sample that lies `after_s` behind `from_s` on the sample grid; len(t) when none does."""
        rate = self.bench.rate_hz
        return int(np.searchsorted(np.rint((t - from_s) * rate), round(after_s * rate)))

    def _count_down(self, block: ImuBlock) -> tuple[int, list[Event]]:
        assert self._from_s is not None
        stop = self._grid_index(block.t, self._from_s, LIMITS.countdown_s)
        if stop:
            piece = block.cut(0, stop)
            self.bench.picture.update(piece)
            self._samples.append(piece)
            self.now_s = float(piece.t[-1])
        if stop < len(block):
            return stop, self._lift(float(block.t[stop]))
        return stop, []

    def _lift(self, t_s: float) -> list[Event]:
        """The hold is on; without cues, the 5 s are over in which the tilt was learned."""
        self._state, self.now_s = State.HOLDING, t_s
        self._watch_from_s = t_s + LIMITS.settle_in_s
        self._touch = InstabilityDetector(self.bench.rate_hz, t_s, touch_down=self.spec.leg != "both")
        self._filter = self._new_filter()
        self._upright = self._learned_tilt()
        self.bench.picture.level.hold(self._upright)
        self.bench.picture.centre()
        self._samples = []
        if not self._counted:
            return []
        self.lift_s = t_s
        return [HoldStarted(t_s, self.spec)]

    def _learned_tilt(self) -> Array | None:
        """Up in the last 3 s of the countdown; None (the newest quiet moment will do) when it was cut short."""
        acc = np.concatenate([np.empty((0, 3)), *(block.acc for block in self._samples)])
        acc = acc[-round(LIMITS.learn_tilt_s * self.bench.rate_hz) :]
        return up_vector(acc) if len(acc) >= self.bench.rate_hz else None

    def _hold(self, block: ImuBlock) -> tuple[int, list[Event]]:
        """Samples of the trial, up to its end."""
        assert self._touch is not None
        edge = self._grid_index(block.t, self.lift_s, self.spec.target_s) if self._counted else len(block)
        before = block.cut(0, edge) if edge else None
        events: list[Event] = []
        if before is not None:
            ended, events = self._watch(before)
            if ended is not None:
                return ended, events
        if edge < len(block):
            if not self._touch.suspects:
                return edge, events + self._end(self.lift_s + self.spec.target_s, "target")
            return self._wait_for_touch(block.cut(edge, len(block)), edge, events)
        return len(block), events

    def _watch(self, block: ImuBlock) -> tuple[int | None, list[Event]]:
        """Meter and detectors over samples of the trial; the sample count at which it ended, if it did."""
        assert self._touch is not None
        body = self.bench.picture.level.update(block)  # held: the same matrix for every sample
        h = self._filter.update(body.acc[:, :2])
        found = self._touch.update(block.t, h, size_g(block.acc))
        events: list[Event] = []
        for hit in sorted([*found, *self._tilts(block)], key=lambda f: f.at):
            if hit.kind == "touch_down":
                return self._see(block.cut(0, hit.at + 1)), events + self._end(hit.t_s, "touch_down")
            events += [TouchSuspected(hit.t_s)] if hit.kind == "suspected" else self._unsteady(hit.t_s, hit.kind)
        self._see(block)
        self.meter.update(h[int(np.searchsorted(block.t, self._watch_from_s)) :])
        return None, events

    def _tilts(self, block: ImuBlock) -> list[Found]:
        """Leans and steps, from 2 s after the lift on: lifting the foot tilts too."""
        if self._trunk is None:
            self._trunk = TrunkTilt(self.bench.rate_hz, block.gyr is not None)
        up = self._trunk.update(block)
        first = int(np.searchsorted(block.t, self._watch_from_s))
        if first == len(block):
            return []
        if self._leaning is None:
            self._leaning = TiltDetector(self.bench.rate_hz, up[first] if self._upright is None else self._upright)
        turn = None if block.gyr is None else np.linalg.norm(block.gyr[first:], axis=1)
        return [replace(hit, at=hit.at + first) for hit in self._leaning.update(block.t[first:], up[first:], turn)]

    def _see(self, block: ImuBlock) -> int:
        """Draw and keep samples of the trial."""
        self.bench.picture.update(block)
        self._samples.append(block)
        self.now_s = float(block.t[-1])
        return len(block)

    def _wait_for_touch(self, block: ImuBlock, used: int, events: list[Event]) -> tuple[int, list[Event]]:
        """Past the target with an impact unresolved: look on, sample by sample; new impacts are not this trial's."""
        assert self._touch is not None
        h = self._filter.update(self.bench.picture.level.update(block).acc[:, :2])
        at_rest = np.ones(1)
        for k in range(len(block)):
            found = self._touch.update(block.t[k : k + 1], h[k : k + 1], at_rest)
            if found or not self._touch.suspects:
                self._see(block.cut(0, k + 1))
                end_s = found[0].t_s if found else self.lift_s + self.spec.target_s
                return used + k + 1, events + self._end(end_s, "touch_down" if found else "target")
        self._see(block)
        return used + len(block), events

    def _unsteady(self, t_s: float, kind: str) -> list[Event]:
        if self.instabilities and t_s - self.instabilities[-1].t_s < LIMITS.merge_s:
            return []
        self.instabilities.append(Unsteady(t_s, kind))
        return [self.instabilities[-1]]

    # ------------------------------------------------------------------ the end

    def _end(self, end_s: float, reason: str) -> list[Event]:
        if self._counted:  # an end cue or a late confirmation never makes the trial longer than its target
            end_s = min(end_s, self.lift_s + self.spec.target_s)
        start_s = self.lift_s + (LIMITS.settle_in_s if self._counted else LIMITS.uncued_s)
        scored_to_s = end_s - LIMITS.fall_s if reason == "touch_down" else end_s
        t = np.concatenate([np.empty(0), *(block.t for block in self._samples)])
        acc = np.concatenate([np.empty((0, 3)), *(block.acc for block in self._samples)])
        _, fault = self.bench.stillest.gravity(by_s=end_s)  # what came later depends on how the samples were packed
        bench = self.bench
        sway = measure_trial(
            t, acc, start_s, scored_to_s, bench.rate_hz, bench.range_ms2, fault,
            forward=bench.forward, upright=self._upright,
        )  # fmt: skip
        kept = tuple(u for u in self.instabilities if u.kind in BY_KEY or u.t_s < end_s - LIMITS.ending_s)
        hold_s = end_s - self.lift_s if self._counted else None
        ended = HoldEnded(end_s, self.spec, self.lift_s, hold_s, reason, kept, sway)
        self._reset()
        return [ended]
