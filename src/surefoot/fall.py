"""One fall in a stream of A = |a|/g, while it is seen: its crossings, and how long the body was in the air.

A is interpolated between samples. By the 0.5 g crossings a fall reads too long, because the body is half unloaded
before it leaves the ground and half loaded after it touched. Straight flanks would tell by how much: as long again as A
took from 1.0 to 0.5 and back. Real take-offs end in a tail that no flank tells: it lasted 18 ms from 0.5 g to 20 N in
all of three jumps on a force plate (1 kHz, example files of gidiel-machado/Vertical-Jumps-Fz-Automated-Analysis), where
the flanks say 19, 13 and 12 ms in all and the plate 26, 21 and 24 ms. So half of what the flanks say is taken, and
15 ms: within 4 ms there. In model landings at the waist from 100 Hz on that is off by 14 ms at most, where a fixed
25 ms is off by 21.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FlightLimits:
    """Thresholds of the detector. They rest on three people's daily life, three landings on a force plate and a model,
    and are provisional."""

    fall_g: float = 0.5  # walking at the lower back stays above; crossings at 0.3 would lose real flights
    deep_g: float = 0.35  # steps and sitting down dip below 0.5, but not so deep …
    deep_s: float = 0.060  # … for so long
    contact_g: float = 1.0  # standing: the fall is over
    impact_g: float = 1.6  # the softest model landing, from 10 cm, reaches 2.3; stepping down stays below 1.5
    impact_within_s: float = 0.300  # the window in which the peak is looked for
    shortest_s: float = 0.080  # 3 cm of fall: below any drill
    longest_s: float = 0.900  # 4 m of fall: beyond any drill
    stale_s: float = 1.2  # still no contact: a dropped sensor, bad data, or gravity removed
    flank_g: float = (
        0.9  # from here to 0.5 g a flank is judged: at 1.0 the sway of standing would decide where it begins
    )
    off_flank_s: tuple[float, float] = (0.003, 0.030)  # 1.0 to 0.5 g: real take-offs 8…11 ms, a 60 ms step-off 30 ms
    on_flank_s: tuple[float, float] = (0.001, 0.025)  # 0.5 to 1.0 g: real touch-downs 4…9 ms, a slow hop 24 ms
    flank_share: float = 0.5  # of both flanks …
    tail_s: float = 0.015  # … and this: how much too long the 0.5 g crossings read
    bias_s: float = 0.025  # where no flank is seen: what both make of 20 ms; real jumps +21…26 ms
    flank_within_s: float = 0.1  # a flank longer than this is none
    tumble_rads: float = 5.24  # 300 °/s: a dropped phone, not a body
    gap_s: float = 0.3  # a hole this long ends whatever fall was under way


LIMITS = FlightLimits()


@dataclass(frozen=True, slots=True)
class Contact:
    """A landing as found: `fall_s` and `contact_s` are the interpolated 0.5 g crossings on the session clock;
    `bounced`: a shorter fall followed within the wait; `bias_s`: how much too long the crossings read."""

    fall_s: float
    contact_s: float
    bounced: bool = False
    bias_s: float = LIMITS.bias_s

    @property
    def flight_s(self) -> float:
        """Time in the air, bias removed."""
        return self.contact_s - self.fall_s - self.bias_s


def bias_s(off_s: float | None, on_s: float) -> float:
    """How much too long a fall reads, from how long A took from 0.9 to 0.5 g before it and back after it."""
    if off_s is None or max(off_s, on_s) > LIMITS.flank_within_s:
        return LIMITS.bias_s
    whole = 0.5 / (LIMITS.flank_g - LIMITS.fall_g)  # of a straight flank: as long again as from 1.0 to 0.5 g
    (low_off, high_off), (low_on, high_on) = LIMITS.off_flank_s, LIMITS.on_flank_s
    flanks_s = min(max(whole * off_s, low_off), high_off) + min(max(whole * on_s, low_on), high_on)
    return LIMITS.tail_s + LIMITS.flank_share * flanks_s


@dataclass(slots=True)
class Memory:
    """All that the detector knows: the newest sample, the one before it, the fall under way, the landing that waits."""

    wait_s: float
    now_s: float = 0.0
    size: float = 1.0  # A
    before: tuple[float, float] | None = None  # t, A; None after a hole
    hole: bool = False
    left_s: float | None = None  # newest downward crossing of 0.9 g; None after a hole
    fall_s: float = 0.0
    off_s: float | None = None  # how long A took from 0.9 to 0.5 g
    contact_s: float = 0.0
    loaded_s: float = 0.0  # newest upward crossing of 0.9 g
    deep_s: float = 0.0
    tumbled: bool = False
    waiting: Contact | None = None

    @property
    def new(self) -> Contact:
        """The fall under way as a contact."""
        return Contact(self.fall_s, self.contact_s, bias_s=bias_s(self.off_s, self.loaded_s - self.contact_s))

    @property
    def lasted_s(self) -> float:
        """Of the fall under way, to its newest upward crossing."""
        return self.contact_s - self.fall_s

    def see(self, now_s: float, size: float, hole: bool) -> None:
        """The next sample; after a hole nothing before it counts."""
        self.now_s, self.size, self.hole = now_s, size, hole
        if hole:
            self.before = self.left_s = None
        elif self.before is not None and self.before[1] >= LIMITS.flank_g > size:
            self.left_s = self.crossing_s(LIMITS.flank_g)

    def begin(self) -> None:
        """A fall begins between the sample before and this one."""
        self.fall_s = self.contact_s = self.crossing_s(LIMITS.fall_g)
        self.off_s = None if self.left_s is None else self.fall_s - self.left_s
        self.deep_s, self.tumbled = self.below_deep_s(), False

    def fall_on(self) -> None:
        """One more sample of it."""
        self.deep_s += self.below_deep_s()
        if self.before is None:
            return
        if self.before[1] < LIMITS.fall_g <= self.size:
            self.contact_s = self.crossing_s(LIMITS.fall_g)
        if self.before[1] < LIMITS.flank_g <= self.size:
            self.loaded_s = self.crossing_s(LIMITS.flank_g)

    def crossing_s(self, level_g: float) -> float:
        """When A crossed a level between the sample before and this one."""
        if self.before is None or self.before[1] == self.size:
            return self.now_s
        t_s, was = self.before
        return t_s + (self.now_s - t_s) * (level_g - was) / (self.size - was)

    def below_deep_s(self) -> float:
        """Time below 0.35 g between the sample before and this one, A taken as a straight line."""
        if self.before is None:
            return 0.0
        t_s, was = self.before
        low, high = min(was, self.size), max(was, self.size)
        if low >= LIMITS.deep_g:
            return 0.0
        share = 1.0 if high <= LIMITS.deep_g else (LIMITS.deep_g - low) / (high - low)
        return share * (self.now_s - t_s)
