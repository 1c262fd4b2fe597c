"""Finding landings in a stream of A = |a|/g: a fall, then a contact. `TABLE` is the whole machine.

A body in the air reads A ≈ 0, standing 1, landing 2 and more. A fall begins where A crosses 0.5 downward and ends when
A is back at 1.0; the contact is the last upward crossing of 0.5 before that, interpolated between samples. It counts
when it lasted 80 to 900 ms, 60 ms of it below 0.35, without tumbling, and A reaches 1.6 within 300 ms of the contact.
Why 0.5 and 0.35 g: in 589 s of walking and daily life no such fall occurs, while "above 1.8 g" alone fires 17 times.

Then the landing waits. Two falls within the wait are one landing, and the longer one wins: the unweighting before a
jump passes every other test but is shorter than the flight that follows; the bounce of a stiff leg is shorter than the
fall before it, and then the landing is kept and marked. Hops in place wait for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, NamedTuple

import numpy as np

from surefoot.fall import LIMITS, Contact, Memory
from surefoot.samples import Array


class Saying(Enum):
    """What the detector says of a contact: it waits; it gave way to a longer fall; it is certain."""

    TOUCHED = "touched"
    SUPERSEDED = "superseded"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Said:
    """Said at the sample `at_s`."""

    at_s: float
    saying: Saying
    contact: Contact


class State(Enum):
    """Where the detector is; AGAIN: while a landing waits."""

    IDLE = "idle"
    FALL = "fall"
    CONTACT = "contact"
    WAIT = "wait"
    FALL_AGAIN = "fall again"
    CONTACT_AGAIN = "contact again"


# ------------------------------------------------------------------------------------------------ conditions


def _hole(m: Memory) -> bool:
    return m.hole


def _drops(m: Memory) -> bool:
    """Below 0.5 now and not before: not a signal that was low all along."""
    return m.before is not None and m.before[1] >= LIMITS.fall_g > m.size


def _rises(m: Memory) -> bool:
    return m.size >= LIMITS.contact_g


def _tumbling(m: Memory) -> bool:
    return _rises(m) and m.tumbled


def _short(m: Memory) -> bool:
    return _rises(m) and m.lasted_s < LIMITS.shortest_s


def _long(m: Memory) -> bool:
    return _rises(m) and m.lasted_s > LIMITS.longest_s


def _shallow(m: Memory) -> bool:
    return _rises(m) and m.deep_s < LIMITS.deep_s


def _stale(m: Memory) -> bool:
    return m.now_s - m.fall_s > LIMITS.stale_s


def _hits(m: Memory) -> bool:
    return m.size >= LIMITS.impact_g


def _hits_longer(m: Memory) -> bool:
    return _hits(m) and m.waiting is not None and m.new.flight_s > m.waiting.flight_s


def _late(m: Memory) -> bool:
    return m.now_s - m.contact_s > LIMITS.impact_within_s


def _over(m: Memory) -> bool:
    return m.waiting is not None and m.now_s >= m.waiting.contact_s + m.wait_s


def _drops_after(m: Memory) -> bool:
    return _drops(m) and _over(m)


# ------------------------------------------------------------------------------------------------ actions


def _nothing(m: Memory) -> list[Said]:
    return []


def _begin(m: Memory) -> list[Said]:
    m.begin()
    return []


def _land(m: Memory) -> list[Said]:
    m.waiting = m.new
    return [Said(m.now_s, Saying.TOUCHED, m.waiting)]


def _replace(m: Memory) -> list[Said]:
    assert m.waiting is not None
    return [Said(m.now_s, Saying.SUPERSEDED, m.waiting), *_land(m)]


def _bounce(m: Memory) -> list[Said]:
    assert m.waiting is not None
    m.waiting = replace(m.waiting, bounced=True)
    return []


def _emit(m: Memory) -> list[Said]:
    done, m.waiting = m.waiting, None
    assert done is not None
    return [Said(m.now_s, Saying.CONFIRMED, done)]


def _emit_and_begin(m: Memory) -> list[Said]:
    return [*_emit(m), *_begin(m)]


# ------------------------------------------------------------------------------------------------ the machine


class Row(NamedTuple):
    """In `state`, when `when`: do `do` and go to `to`; `why`: the reason when a fall was no landing."""

    state: State
    when: Callable[[Memory], bool]
    to: State
    do: Callable[[Memory], list[Said]]
    why: str = ""


S = State
TABLE: Final = (
    Row(S.IDLE, _drops, S.FALL, _begin),
    Row(S.FALL, _hole, S.IDLE, _nothing, "gap"),
    Row(S.FALL, _tumbling, S.IDLE, _nothing, "tumbling"),
    Row(S.FALL, _short, S.IDLE, _nothing, "too_short"),
    Row(S.FALL, _long, S.IDLE, _nothing, "too_long"),
    Row(S.FALL, _shallow, S.IDLE, _nothing, "too_shallow"),  # a step, not a drop
    Row(S.FALL, _rises, S.CONTACT, _nothing),
    Row(S.FALL, _stale, S.IDLE, _nothing, "stale"),
    Row(S.CONTACT, _hole, S.IDLE, _nothing, "gap"),
    Row(S.CONTACT, _hits, S.WAIT, _land),
    Row(S.CONTACT, _drops, S.FALL, _begin, "no_impact"),
    Row(S.CONTACT, _late, S.IDLE, _nothing, "no_impact"),
    Row(S.WAIT, _drops, S.FALL_AGAIN, _begin),
    Row(S.WAIT, _over, S.IDLE, _emit),
    Row(S.FALL_AGAIN, _hole, S.WAIT, _nothing, "gap"),
    Row(S.FALL_AGAIN, _tumbling, S.WAIT, _nothing, "tumbling"),
    Row(S.FALL_AGAIN, _short, S.WAIT, _nothing, "too_short"),
    Row(S.FALL_AGAIN, _long, S.WAIT, _nothing, "too_long"),
    Row(S.FALL_AGAIN, _shallow, S.WAIT, _nothing, "too_shallow"),
    Row(S.FALL_AGAIN, _rises, S.CONTACT_AGAIN, _nothing),
    Row(S.FALL_AGAIN, _stale, S.WAIT, _nothing, "stale"),
    Row(S.CONTACT_AGAIN, _hole, S.WAIT, _nothing, "gap"),
    Row(S.CONTACT_AGAIN, _hits_longer, S.WAIT, _replace),
    Row(S.CONTACT_AGAIN, _hits, S.WAIT, _bounce),
    Row(S.CONTACT_AGAIN, _drops_after, S.FALL, _emit_and_begin, "no_impact"),
    Row(S.CONTACT_AGAIN, _drops, S.FALL_AGAIN, _begin, "no_impact"),
    Row(S.CONTACT_AGAIN, _late, S.WAIT, _nothing, "no_impact"),
)
"""The first row of the present state whose condition holds is taken, and then again from the new state: one sample may
end a fall, be its impact and confirm it. No sample both drops and rises, so that ends."""
del S

_ROWS: Final = {state: tuple((n, row) for n, row in enumerate(TABLE) if row.state is state) for state in State}
_FALLING: Final = (State.FALL, State.FALL_AGAIN)


class FlightDetector:
    """Streaming: `update` takes any block and returns what became certain in it.

    Args:
        wait_s: how long a landing waits for a longer fall; 0 for hops in place.

    `taken_n` counts how often each row of `TABLE` was taken.
    """

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        self.taken_n = [0] * len(TABLE)
        self.reset()

    def reset(self) -> None:
        """Forget everything but the counts."""
        self.state = State.IDLE
        self._memory = Memory(self.wait_s)

    @property
    def falling(self) -> bool:
        """A fall is under way."""
        return self.state in _FALLING

    @property
    def busy(self) -> bool:
        """A fall, a contact or a wait is under way."""
        return self.state is not State.IDLE

    def update(self, t: Array, a: Array, gyr: Array | None = None, gap_s: float = 0.0) -> list[Said]:
        """Feed (n,) session times, A, and (n, 3) rad/s if there is a gyroscope; `gap_s` is missing before them."""
        if not len(t):
            return []
        m, hole = self._memory, gap_s > LIMITS.gap_s
        if self.state is State.IDLE and not (a < LIMITS.fall_g).any():
            _pass_over(m, t, a, hole)
            return []
        tumbling = None if gyr is None else (np.linalg.norm(gyr, axis=1) > LIMITS.tumble_rads).tolist()
        said: list[Said] = []
        for k, (now_s, size) in enumerate(zip(t.tolist(), a.tolist(), strict=True)):
            m.see(now_s, size, hole and k == 0)
            if self.state in _FALLING:
                m.fall_on()
            said += self._step()
            if self.state in _FALLING and m.size < LIMITS.fall_g:
                m.tumbled |= tumbling is not None and tumbling[k]  # in the air only: an impact shakes the strap
            m.before = (now_s, size)
        return said

    def flush(self) -> Contact | None:
        """The stream ends: the landing that was still waiting for a longer fall, if any."""
        done = self._memory.waiting
        self.reset()
        return done

    def _step(self) -> list[Said]:
        said: list[Said] = []
        found = True
        while found:
            found = False
            for n, row in _ROWS[self.state]:
                if row.when(self._memory):
                    self.taken_n[n] += 1
                    said += row.do(self._memory)
                    self.state, found = row.to, True
                    break
        return said


def _pass_over(m: Memory, t: Array, a: Array, hole: bool) -> None:
    """See samples none of which begins a fall: only where A last went down through 0.9 g is kept of them."""
    if hole:
        m.before = m.left_s = None
    if m.before is not None:
        t, a = np.concatenate([[m.before[0]], t]), np.concatenate([[m.before[1]], a])
    down = np.flatnonzero((a[:-1] >= LIMITS.flank_g) & (a[1:] < LIMITS.flank_g))
    if len(down):
        k = int(down[-1])
        m.before = (float(t[k]), float(a[k]))
        m.see(float(t[k + 1]), float(a[k + 1]), hole=False)
    m.before = (float(t[-1]), float(a[-1]))
