"""Finding landings in a stream of A = |a|/g: a fall, then a contact.

    IDLE    → FALL     A < 0.5
    FALL    → IMPACT   A ≥ 1.0; contact = the last upward crossing of 0.5 before it
                       needs 80…900 ms of fall, 60 ms of it below 0.35, no tumbling; else → IDLE
    FALL    → IDLE     older than 1.2 s: a dropped sensor, or bad data
    IMPACT  → WAIT     A ≥ 1.6 within 300 ms of contact; else → IDLE: stepping down, sitting down
    IMPACT  → FALL     A < 0.5: the contact was none
    WAIT    → emit     after `wait_s`, unless a fall that began inside the wait is still open

Two falls within the wait are one landing. The longer fall wins: the unweighting before a jump passes every other test
but is shorter than the flight that follows; the bounce of a stiff leg is shorter than the fall before it, and then the
landing is kept and marked. Why 0.5 and 0.35 g: in 589 s of walking and daily life no such fall occurs, while "above
1.8 g" alone fires 17 times. Times are interpolated between samples; a fall by the 0.5 g crossings reads about 25 ms
long, which `Contact.flight_s` takes off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from surefoot.samples import Array


@dataclass(frozen=True, slots=True)
class FlightLimits:
    """Thresholds of the detector; sources in the module's text. Starting points, to be tuned on recordings."""

    fall_g: float = 0.5
    deep_g: float = 0.35
    deep_s: float = 0.060
    contact_g: float = 1.0
    impact_g: float = 1.6
    impact_within_s: float = 0.300
    shortest_s: float = 0.080
    longest_s: float = 0.900  # a metre of fall: beyond any drill here
    stale_s: float = 1.2
    bias_s: float = 0.025  # 0.5 g crossings: +22…27 ms on real jumps, +18…34 ms in simulation
    tumble_rads: float = 5.24  # 300 °/s: a dropped phone, not a body
    gap_s: float = 0.3  # a hole this long ends whatever was under way


LIMITS = FlightLimits()


@dataclass(frozen=True, slots=True)
class Contact:
    """A landing as found: `fall_s` and `contact_s` are the interpolated 0.5 g crossings on the session clock; `known_s`
    is the sample at which it became certain."""

    fall_s: float
    contact_s: float
    bounced: bool = False
    known_s: float = 0.0

    @property
    def flight_s(self) -> float:
        """Time in the air, bias removed."""
        return self.contact_s - self.fall_s - LIMITS.bias_s


class State(Enum):
    """Where the detector is."""

    IDLE = "idle"
    FALL = "fall"
    IMPACT = "impact"


class FlightDetector:
    """Streaming: `update` takes any block and returns the contacts that became certain in it.

    Args:
        wait_s: how long a landing waits for a longer fall; 0 for hops in place.
    """

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.state = State.IDLE
        self._last: tuple[float, float] | None = None  # t, A
        self._fall_s = self._contact_s = self._deep_s = 0.0
        self._tumbled = False
        self._waiting: Contact | None = None

    @property
    def busy(self) -> bool:
        """A fall, an impact or a wait is under way."""
        return self.state is not State.IDLE or self._waiting is not None

    def update(self, t: Array, a: Array, gyr: Array | None = None, gap_s: float = 0.0) -> list[Contact]:
        """Feed (n,) session times, A, and (n, 3) rad/s if there is a gyroscope."""
        found: list[Contact] = []
        if gap_s > LIMITS.gap_s:
            self._last, self.state = None, State.IDLE
        if self.state is State.IDLE and self._waiting is None and not (a < LIMITS.fall_g).any():
            if len(t):
                self._last = (float(t[-1]), float(a[-1]))
            return found
        tumbling = None if gyr is None else (np.linalg.norm(gyr, axis=1) > LIMITS.tumble_rads).tolist()
        for k, (now, size) in enumerate(zip(t.tolist(), a.tolist(), strict=True)):
            self._step(now, size, tumbling is not None and tumbling[k])
            done = self._waiting
            if done is not None and now >= done.contact_s + self.wait_s and not self._open_inside_wait(done):
                found.append(replace(done, known_s=now))
                self._waiting = None
            self._last = (now, size)
        return found

    def flush(self) -> Contact | None:
        """The stream ends: the landing that was still waiting for a longer fall, if any."""
        done, self._waiting = self._waiting, None
        return done

    def _open_inside_wait(self, done: Contact) -> bool:
        return self.state is not State.IDLE and self._fall_s < done.contact_s + self.wait_s

    def _step(self, now: float, size: float, tumbling: bool) -> None:
        if self.state is State.FALL:
            self._tumbled |= tumbling
            self._falling(now, size)
        elif self.state is State.IMPACT:
            if size >= LIMITS.impact_g:
                self._land()
            elif now - self._contact_s > LIMITS.impact_within_s:
                self.state = State.IDLE
        began = self._last is not None and self._last[1] >= LIMITS.fall_g > size  # not: was falling all along
        if began and self.state is not State.FALL:
            self.state = State.FALL
            self._fall_s = self._crossing(now, size, LIMITS.fall_g)
            self._deep_s, self._tumbled = self._below_deep(now, size), tumbling
            self._contact_s = now

    def _falling(self, now: float, size: float) -> None:
        assert self._last is not None
        self._deep_s += self._below_deep(now, size)
        if self._last[1] < LIMITS.fall_g <= size:
            self._contact_s = self._crossing(now, size, LIMITS.fall_g)
        if size >= LIMITS.contact_g:
            lasted_s = self._contact_s - self._fall_s
            real = LIMITS.shortest_s <= lasted_s <= LIMITS.longest_s and self._deep_s >= LIMITS.deep_s
            self.state = State.IMPACT if real and not self._tumbled else State.IDLE
            if self.state is State.IMPACT and size >= LIMITS.impact_g:
                self._land()
        elif now - self._fall_s > LIMITS.stale_s:
            self.state = State.IDLE

    def _land(self) -> None:
        self.state = State.IDLE
        new, old = Contact(self._fall_s, self._contact_s), self._waiting
        if old is None or new.fall_s >= old.contact_s + self.wait_s or new.flight_s > old.flight_s:
            self._waiting = new
        else:
            self._waiting = replace(old, bounced=True)

    def _crossing(self, now: float, size: float, level: float) -> float:
        """When A crossed `level` between the previous sample and this one."""
        if self._last is None or self._last[1] == size or (self._last[1] < level) == (size < level):
            return now
        before, was = self._last
        return before + (now - before) * (level - was) / (size - was)

    def _below_deep(self, now: float, size: float) -> float:
        """Time below 0.35 g between the previous sample and this one, A taken as a straight line."""
        if self._last is None:
            return 0.0
        before, was = self._last
        low, high = min(was, size), max(was, size)
        if low >= LIMITS.deep_g:
            return 0.0
        share = 1.0 if high <= LIMITS.deep_g else (LIMITS.deep_g - low) / (high - low)
        return share * (now - before)
