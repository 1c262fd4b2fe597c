"""What `drop` and `hop` share: a set of landings.

    READY   start                        → QUIET   wait for half a second of quiet stance
    QUIET   0.5 s with SD(A) < 0.05 g    → ARMED
    ARMED   a fall                       → AIR     → SETTLE → ARMED or QUIET, by the drill's rule
    any     stop                         → READY

A landing counts only when the quiet came first; `Rules.quiet_each_time` asks for it before every landing (a box drop
begins from standing), otherwise once. `armed` recordings need none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from surefoot import landing
from surefoot.events import DrillStarted, DrillStopped, Event, Landed, SetEnded, Settled
from surefoot.flight import Contact, FlightDetector
from surefoot.frame import LIMITS as STILLNESS
from surefoot.landing import AFTER_S, BEFORE_S, Landing, size_g
from surefoot.picture import Bench
from surefoot.samples import G0_MS2, Array, DrillSpec, ImuBlock
from surefoot.trace import Trace

QUIET_S: Final = 0.5
QUIET_LASTS_S: Final = 3.0  # stepping to the edge and off takes less; strolling about takes longer
STEP_OFF_S: Final = 0.15  # the last quiet window may already hold the step off the box: it is not the person's quiet
GRID_S: Final = 0.1
JUDGE_S: Final = 0.25  # how often settling is looked at
DIP_WAIT_S: Final = 0.8  # as long as the single hop waits for a longer fall
FLIGHT_S: Final = 0.6  # and the flight that began within it must have ended: the highest hops last less
DIP_FACTOR: Final = 1.3  # a dip lasts about half the flight after it; hops of one bout differ by less
MEMORY_S: Final = 9.0  # contact to the end of settling (5 + 1 + 0.25 s), and the fall before it


@dataclass(frozen=True, slots=True)
class Rules:
    """How two landing drills differ: `jumped` tells the speed from half the flight."""

    wait_s: float
    jumped: bool
    quiet_each_time: bool


@dataclass(slots=True)
class _Open:
    """A landing whose settling is not decided yet."""

    number: int
    contact_s: float
    quiet_rms_g: float
    bounced: bool
    judged_n: int = 0


class LandingSet:
    """The set; see the table above."""

    def __init__(self, spec: DrillSpec, bench: Bench, rules: Rules) -> None:
        self.spec, self.bench, self.rules = spec, bench, rules
        self.number = 0  # of the newest landing; a session goes on counting when it changes the drill
        self.after_landing: Callable[[Landed], str | None] | None = None
        self._detector = FlightDetector(rules.wait_s)
        self._rows = Trace(5, round(MEMORY_S * bench.rate_hz))  # t, acc, A
        self._on = self._uncued = self._needs_quiet = False
        self._begin(armed=False)
        self._on = False

    def _begin(self, *, armed: bool) -> None:
        self._on, self._needs_quiet = True, not armed
        self._before_n, self._ending = self.number, ""
        self._detector.reset()
        self._quiet: list[tuple[float, float]] = []  # end of a quiet half second, its RMS of A − 1
        self._tail, self._grid_seen_n = np.empty(0), 0
        self._pending: list[Contact] = []
        self._open: _Open | None = None
        self._after_s = -np.inf  # quiet must come after this

    @property
    def state(self) -> str:
        """ready, hold still, armed, air, or settle."""
        if not self._on:
            return "ready"
        if self._detector.state.value == "fall":
            return "air"
        if self._detector.busy or self._pending or self._open is not None:
            return "settle"
        return "hold still" if self._needs_quiet and not self._quiet else "armed"

    # ------------------------------------------------------------------ cues

    def start(self, t_s: float) -> list[Event]:
        """Arm the drill; it waits for quiet stance."""
        self._begin(armed=False)
        return [DrillStarted(t_s, self.spec)]

    def uncued(self, t_s: float, armed: bool) -> list[Event]:
        """Look for landings from the first sample on; `armed` asks for no quiet at all."""
        self._begin(armed=armed)
        return []

    def cue(self, kind: str, t_s: float) -> list[Event]:
        """Stop disarms; the other kinds mean nothing here."""
        if kind != "stop" or not self._on:
            return []
        events = self._close(t_s)
        self._on = False
        return [*events, DrillStopped(t_s)]

    def end(self, reason: str, t_s: float) -> list[Event]:
        """The set is over: decide what is open, disarm, say why."""
        if not self._on:
            return []
        events = self._close(t_s)
        self._on = False
        return [*events, SetEnded(t_s, self.number - self._before_n, reason)]

    def lost(self, t_s: float) -> list[Event]:
        """Decide what can be decided; the drill stays armed for the sensor's return."""
        return self._close(t_s) if self._on else []

    def finish(self, t_s: float) -> list[Event]:
        """The session is over."""
        events = self._close(t_s) if self._on else []
        self._on = False
        return events

    def _close(self, t_s: float) -> list[Event]:
        last = self._detector.flush()
        if last is not None and self._was_quiet(last.fall_s):
            self._pending.append(last)
        events: list[Event] = []
        for contact in self._pending:
            if t_s - contact.contact_s >= landing.LIMITS.peak_to_s:
                events += self._land(contact)
        self._pending = []
        events += self._give_up(t_s)
        self._detector.reset()
        return events

    # ------------------------------------------------------------------ samples

    def update(self, block: ImuBlock) -> list[Event]:
        """More samples."""
        self.bench.picture.update(block)
        a = size_g(block.acc)
        rows = np.column_stack([block.t, block.acc, a])
        events: list[Event] = []
        step = max(1, round(JUDGE_S * self.bench.rate_hz))  # a long block must not outrun the memory
        for k in range(0, len(block), step):
            piece = block.cut(k, k + step)
            self._rows.append(rows[k : k + step])
            if self._on:
                events += self._look(piece, a[k : k + step])
        return events

    def _look(self, block: ImuBlock, a: Array) -> list[Event]:
        self._seek_quiet(block.t, a)
        events: list[Event] = []
        found = self._detector.update(block.t, a, block.gyr, block.gap_s)
        for k in range(len(block)) if found or self._pending or self._open else ():
            now_s = float(block.t[k])
            while found and found[0].known_s <= now_s:
                self._queue(found.pop(0))
            while self._pending and now_s >= max(self._pending[0].known_s, self._pending[0].contact_s + AFTER_S):
                events += self._land(self._pending.pop(0))
            events += self._judge(now_s)
            if self._ending and (self._open is None or self.rules.wait_s == 0):
                return events + self.end(self._ending, now_s)
        return events

    def _queue(self, contact: Contact) -> None:
        """Wait for the samples to measure; where the detector does not wait, the first landing of a bout still does:
        the dip before the first jump looks like one, and a clearly longer fall follows it."""
        if not self._was_quiet(contact.fall_s):
            return
        if self.rules.wait_s == 0 and self.number == 0:
            if not self._pending:
                contact = replace(contact, known_s=contact.contact_s + DIP_WAIT_S + FLIGHT_S)
            elif len(self._pending) == 1:
                first = self._pending[0]
                dip = contact.fall_s < first.contact_s + DIP_WAIT_S and contact.flight_s > DIP_FACTOR * first.flight_s
                if dip:
                    self._pending.clear()
        self._pending.append(contact)

    def _seek_quiet(self, t: Array, a: Array) -> None:
        """On a 0.1 s grid of samples: was the last half second quiet?"""
        rate = self.bench.rate_hz
        grid_n, window_n = max(1, round(GRID_S * rate)), max(3, round(QUIET_S * rate))
        joined = np.concatenate([self._tail, a])
        done_n = self._grid_seen_n
        self._grid_seen_n += len(a)
        for seen_n in range((done_n // grid_n + 1) * grid_n, self._grid_seen_n + 1, grid_n):
            stop = len(self._tail) + seen_n - done_n
            window = joined[max(0, stop - window_n) : stop]
            if len(window) == window_n and window.std() < STILLNESS.quiet_sd_ms2 / G0_MS2:
                quiet_s = float(t[seen_n - done_n - 1])
                if quiet_s - QUIET_S > self._after_s:
                    self._quiet.append((quiet_s, float(np.sqrt(((window - 1) ** 2).mean()))))
        self._tail = joined[-window_n:]
        if len(self._quiet) > 100:
            del self._quiet[:-50]

    def _was_quiet(self, fall_s: float) -> bool:
        if not self._needs_quiet:
            return True
        before = [quiet_s for quiet_s, _ in self._quiet if quiet_s <= fall_s]
        if not before or (self.rules.quiet_each_time and fall_s - before[-1] > QUIET_LASTS_S):
            return False
        if not self.rules.quiet_each_time:
            self._needs_quiet = False
        return True

    # ------------------------------------------------------------------ one landing

    def _land(self, contact: Contact) -> list[Event]:
        events = self._give_up(contact.fall_s)
        self.number += 1
        measured = self._measure(contact)
        before = [rms for quiet_s, rms in self._quiet if quiet_s <= contact.fall_s - STEP_OFF_S]
        if self.rules.quiet_each_time and self._needs_quiet:
            self._after_s = contact.contact_s
            self._quiet = [quiet for quiet in self._quiet if quiet[0] - QUIET_S > self._after_s]
        self._open = _Open(self.number, contact.contact_s, before[-1] if before else 0.0, contact.bounced)
        landed = Landed(contact.contact_s, self.number, self.spec, measured)
        if self.after_landing is not None and not self._ending:
            self._ending = self.after_landing(landed) or ""
        return [*events, landed]

    def _measure(self, contact: Contact) -> Landing:
        rate, tc = self.bench.rate_hz, contact.contact_s
        _, rows = self._rows.last(2**62)
        rows = rows[slice(*np.searchsorted(rows[:, 0], [tc - BEFORE_S, tc + AFTER_S]).tolist())]
        if len(rows) < 5:  # the header's rate is far from the real one, so the memory was short
            return Landing(tc, flight_s=contact.flight_s, missing=dict.fromkeys(landing.MEASURED, "low_rate"))
        v, origin, doubtful = landing.speed(contact.flight_s, self.spec.height_cm, self.rules.jumped)
        t, steps = rows[:, 0], np.diff(rows[:, 0])
        near = (t[1:] > tc + landing.LIMITS.gap_from_s) & (t[:-1] < tc + landing.LIMITS.gap_to_s)
        holed = bool((steps[near] * rate > landing.LIMITS.gap_periods).any())
        real_rate = (len(t) - 1) / float(t[-1] - t[0])
        acc = rows[:, 1:4]
        if (
            steps * rate > landing.LIMITS.gap_periods
        ).any():  # bridged for the filter's sake, and flagged if it matters
            real_rate = rate
            grid = t[0] + np.arange(int((t[-1] - t[0]) * rate) + 1) / rate
            acc = np.column_stack([np.interp(grid, t, acc[:, axis]) for axis in range(3)])
        found = landing.measure(
            acc, real_rate, (tc - float(t[0])) * real_rate, v, self.bench.placement,
            contact_s=tc, range_ms2=self.bench.range_ms2,
        )  # fmt: skip
        flags = list(found.flags)
        flags += ["gap"] if holed else []
        flags += ["v_uncertain"] if doubtful else []
        flags += ["no_stick"] if contact.bounced else []
        return replace(found, flight_s=contact.flight_s, speed_from=origin, flags=tuple(flags))

    # ------------------------------------------------------------------ settling

    def _since_contact(self, contact_s: float, end_s: float) -> tuple[Array, Array]:
        _, rows = self._rows.last(2**62)
        rows = rows[slice(*np.searchsorted(rows[:, 0], [contact_s, end_s]).tolist())]
        return rows[:, 4], rows[:, 0] - contact_s

    def _judge(self, now_s: float) -> list[Event]:
        """At every quarter second after contact: is it decided?"""
        landed = self._open
        if landed is None:
            return []
        steps_n = int((now_s - landed.contact_s) / JUDGE_S)
        if steps_n == landed.judged_n:
            return []
        landed.judged_n = steps_n
        end_s = landed.contact_s + steps_n * JUDGE_S
        settle_s, lasts_s, over = landing.settle(*self._since_contact(landed.contact_s, end_s), landed.quiet_rms_g)
        limits = landing.LIMITS
        latest_s = limits.settle_within_s + limits.settle_hold_s + 2 * limits.still_window_s
        if settle_s is None and end_s - landed.contact_s < latest_s:
            return []
        if settle_s is not None and lasts_s < limits.stick_hold_s - 1e-9 and not over:
            return []
        self._open = None
        stick = settle_s is not None and lasts_s >= limits.stick_hold_s - 1e-9 and not landed.bounced
        return [Settled(end_s, landed.number, settle_s, stick, None if settle_s is not None else "not_settled")]

    def _give_up(self, end_s: float) -> list[Event]:
        """Something else begins at `end_s`: decide with what there is."""
        landed, self._open = self._open, None
        if landed is None:
            return []
        settle_s, _, _ = landing.settle(*self._since_contact(landed.contact_s, end_s), landed.quiet_rms_g)
        missing = None if settle_s is not None else "interrupted"
        return [Settled(max(end_s, landed.contact_s), landed.number, settle_s, False, missing)]
