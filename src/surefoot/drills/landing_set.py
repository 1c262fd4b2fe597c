"""What `drop` and `hop` share: a set of landings.

    READY   start                        → QUIET   wait for half a second of quiet stance
    QUIET   0.5 s with SD(A) < 0.05 g    → ARMED
    ARMED   a fall                       → AIR     → SETTLE → ARMED or QUIET, by the drill's rule
    SETTLE  as many landings as wanted   → READY   when the last of them has settled: SetEnded
    any     stop                         → READY   likewise, at once

A landing counts only when the quiet came first; `Rules.quiet_each_time` asks for it before every landing and for
nothing strong between them (a box drop begins from standing), otherwise once. Recordings without a start cue have no
set to end; `armed` ones need no quiet.

Each landing is told twice: `LandingSeen` 0.35 s after contact, provisional, and `Landed` when the wait is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from surefoot.drills.around import measure_around
from surefoot.drills.quiet import QuietStance
from surefoot.drills.settling import JUDGE_S, Settling
from surefoot.events import DrillStarted, Event, Landed, LandingSeen, LandingWithdrawn, SetEnded
from surefoot.fall import Contact
from surefoot.flight import FlightDetector, Said, Saying
from surefoot.landing import AFTER_S, EARLY_S, LIMITS, Landing, size_g
from surefoot.picture import Bench
from surefoot.samples import Array, DrillSpec, ImuBlock
from surefoot.trace import Trace

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


@dataclass(frozen=True, slots=True)
class _Known:
    """A contact that is certain from `from_s` on; then it is measured."""

    from_s: float
    contact: Contact


class LandingSet:
    """The set; see the table above.

    `number`: of the newest landing; a session goes on counting when it changes the drill. `after_landing` is asked
    after every landing of a set, on its sample, for a reason to end the set early; so the answer does not depend on how
    the samples were packed.
    """

    def __init__(self, spec: DrillSpec, bench: Bench, rules: Rules) -> None:
        self.spec, self.bench, self.rules = spec, bench, rules
        self._specs = [(float("-inf"), spec)]  # each with the time from which on it holds
        self.number = 0
        self.after_landing: Callable[[Landed], str | None] | None = None
        self._detector = FlightDetector(rules.wait_s)
        self._rows = Trace(5, round(MEMORY_S * bench.rate_hz))  # t, acc, A
        self._begin(armed=False, counted=False)
        self._on = False

    def _begin(self, *, armed: bool, counted: bool) -> None:
        self._on, self._needs_quiet, self._counted = True, not armed, counted
        self._landings_n, self._ending = 0, ""  # of this set, and why it ends
        self._detector.reset()
        self._quiet = QuietStance(self.bench.rate_hz)
        self._known: list[_Known] = []
        self._early: list[Contact] = []  # not yet seen
        self._seen: list[LandingSeen] = []  # not yet confirmed
        self._settling: Settling | None = None

    @property
    def state(self) -> str:
        """ready, no gravity, hold still, armed, air, or settle."""
        if not self._on:
            return "ready"
        if self.bench.stillest.gravity()[1] == "linear_acceleration":
            return "no gravity"
        if self._ending:
            return "settle"
        waits = self._needs_quiet and not self._quiet
        if self._detector.falling and not waits:
            return "air"
        if (self._detector.busy and not waits) or self._known or self._settling is not None:
            return "settle"
        return "hold still" if waits else "armed"

    # ------------------------------------------------------------------ cues

    def start(self, t_s: float) -> list[Event]:
        """Begin a set; it waits for quiet stance. One that runs is over."""
        ended = self.cue("stop", t_s)
        self._begin(armed=False, counted=True)
        return [*ended, DrillStarted(t_s, self.spec)]

    def change(self, spec: DrillSpec, t_s: float) -> None:
        """Other settings hold from `t_s` on; a fall that began before it is still one under the old ones."""
        self.spec = spec
        self._specs.append((t_s, spec))

    def uncued(self, t_s: float, armed: bool) -> list[Event]:
        """Look for landings from the first sample on; `armed` asks for no quiet at all."""
        self._begin(armed=armed, counted=False)
        return []

    def cue(self, kind: str, t_s: float) -> list[Event]:
        """Stop ends the set; the other kinds mean nothing here."""
        if kind != "stop" or not self._on:
            return []
        events = self._close(t_s)
        return [*events, *(self._over(self._ending or "stopped", t_s) if self._on else [])]

    def lost(self, t_s: float) -> list[Event]:
        """Decide what can be decided; the drill stays armed for the sensor's return."""
        return self._interrupted(t_s) if self._on else []

    def finish(self, t_s: float) -> list[Event]:
        """The session is over."""
        events = self._interrupted(t_s) if self._on else []
        self._on = False
        return events

    def _interrupted(self, t_s: float) -> list[Event]:
        """A set that had all its landings is whole."""
        events = self._close(t_s)
        return [*events, *(self._over(self._ending, t_s) if self._ending and self._on else [])]

    def end(self, reason: str, t_s: float) -> list[Event]:
        """No further landing counts. `SetEnded` comes when the newest landing has settled, at once when it has."""
        if not self._on or self._ending:
            return []
        self._ending, self._known, self._early = reason, [], []
        return [*self._withdraw(t_s, self._seen), *(self._over(reason, t_s) if self._settling is None else [])]

    def _over(self, reason: str, t_s: float) -> list[Event]:
        self._on = False
        return [SetEnded(t_s, self.spec, reason, self._landings_n)] if self._counted else []

    def _close(self, t_s: float) -> list[Event]:
        """Decide about everything that is open, with what there is."""
        last = self._detector.flush()
        if last is not None:
            self._confirm(last, t_s)
        events: list[Event] = []
        while self._known and self._on:
            contact = self._known.pop(0).contact
            if t_s - contact.contact_s >= LIMITS.peak_to_s:
                events += self._land(contact)
        self._known, self._early = [], []
        return [*events, *self._withdraw(t_s, self._seen), *self._give_up(t_s)]

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
        self._quiet.update(block.t, a)
        said = self._detector.update(block.t, a, block.gyr, block.gap_s)
        if not (said or self._known or self._early or self._settling):
            return []
        events: list[Event] = []
        for now_s in block.t.tolist():
            while said and said[0].at_s <= now_s:
                events += self._hear(said.pop(0))
            while self._early and now_s >= self._early[0].contact_s + EARLY_S:
                events += self._see(self._early.pop(0))
            while self._known and now_s >= max(self._known[0].from_s, self._known[0].contact.contact_s + AFTER_S):
                events += self._land(self._known.pop(0).contact)
            if self._settling is not None:
                events += self._judge(self._settling, now_s)
            if not self._on:
                break
        return events

    def _hear(self, said: Said) -> list[Event]:
        """What the detector found."""
        contact = said.contact
        match said.saying:
            case Saying.TOUCHED if self._counts(contact) and not self._ending:
                self._early.append(contact)
            case Saying.SUPERSEDED:
                self._early = [one for one in self._early if one.contact_s != contact.contact_s]
                return self._withdraw(said.at_s, [seen for seen in self._seen if seen.t_s == contact.contact_s])
            case Saying.CONFIRMED:
                return self._confirm(contact, said.at_s)
            case _:
                pass
        return []

    def _confirm(self, contact: Contact, now_s: float) -> list[Event]:
        """Wait for the samples to measure; where the detector does not wait, the first landing of a bout still does:
        the dip before the first jump looks like one, and a clearly longer fall follows it."""
        if not self._counts(contact):
            return []
        if self._bout_begins():
            if not self._known:
                now_s = contact.contact_s + DIP_WAIT_S + FLIGHT_S
            elif len(self._known) == 1:
                first = self._known[0].contact
                if contact.fall_s < first.contact_s + DIP_WAIT_S and contact.flight_s > DIP_FACTOR * first.flight_s:
                    self._known.clear()
        self._known.append(_Known(now_s, contact))
        return []

    def _bout_begins(self) -> bool:
        return self.rules.wait_s == 0 and self._landings_n == 0

    def _counts(self, contact: Contact) -> bool:
        if not self._needs_quiet:
            return True
        each_time = self.rules.quiet_each_time
        # A leg that swings over the edge of a box reads more than 1.6 g at its shank.
        return self._quiet.before(contact.fall_s, each_time, each_time and self.bench.placement != "shank")

    # ------------------------------------------------------------------ one landing

    def _see(self, contact: Contact) -> list[Event]:
        """The first word, where it is likely to hold: not on a push, nor on what may be the dip before a bout."""
        before_n = sum(known.contact.contact_s < contact.contact_s for known in self._known)
        if self._bout_begins() and not before_n:
            return []
        measured = self._measure(contact, EARLY_S)
        if self.rules.jumped and self.rules.wait_s and (measured.momentum_ratio or 0.0) > LIMITS.push:
            return []
        spec = self._spec_at(contact.fall_s)
        self._seen.append(LandingSeen(contact.contact_s, self.number + 1 + before_n, spec, measured))
        return [self._seen[-1]]

    def _withdraw(self, t_s: float, wrong: Sequence[LandingSeen]) -> list[Event]:
        self._seen = [seen for seen in self._seen if seen not in wrong]
        return [LandingWithdrawn(max(t_s, seen.t_s), seen.number, seen.t_s) for seen in wrong]

    def _land(self, contact: Contact) -> list[Event]:
        events = self._give_up(contact.fall_s)
        if self._ending:  # the landing after the last one: it only ends the settling
            return [*events, *self._over(self._ending, contact.fall_s)]
        self.number += 1
        self._landings_n += 1
        self._seen = [seen for seen in self._seen if seen.number > self.number]
        spec = self._spec_at(contact.fall_s)
        landed = Landed(contact.contact_s, self.number, spec, self._measure(contact, AFTER_S))
        quiet_rms_g = self._quiet.rms_g(contact.fall_s)
        if self.rules.quiet_each_time and self._needs_quiet:
            self._quiet.anew(contact.contact_s)
        elif not self.rules.quiet_each_time:
            self._needs_quiet = False
        self._settling = Settling(self.number, contact.contact_s, quiet_rms_g, contact.bounced)
        return [*events, landed, *self._enough(landed)]

    def _enough(self, landed: Landed) -> list[Event]:
        """Does the set end here?"""
        if not self._counted:
            return []
        reason = "count" if self._landings_n >= self.spec.count else None
        if reason is None and self.after_landing is not None:
            reason = self.after_landing(landed)
        return [] if reason is None else self.end(reason, landed.t_s)

    def _judge(self, settling: Settling, now_s: float) -> list[Event]:
        settled = settling.judge(now_s, self._all())
        if settled is None:
            return []
        self._settling = None
        return [settled, *(self._over(self._ending, settled.t_s) if self._ending else [])]

    def _give_up(self, end_s: float) -> list[Event]:
        settling, self._settling = self._settling, None
        return [] if settling is None else [settling.give_up(end_s, self._all())]

    def _measure(self, contact: Contact, after_s: float) -> Landing:
        height_cm = self._spec_at(contact.fall_s).height_cm
        return measure_around(contact, after_s, self._all(), self.bench, height_cm, self.rules.jumped)

    def _spec_at(self, t_s: float) -> DrillSpec:
        return next(spec for since_s, spec in reversed(self._specs) if since_s <= t_s)

    def _all(self) -> Array:
        """All rows in memory."""
        return self._rows.last(2**62)[1]
