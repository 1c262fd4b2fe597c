"""What a summary holds, and what it is made against."""

from __future__ import annotations

from dataclasses import dataclass

from surefoot import band
from surefoot.landing_sets import Counted, LandedSet
from surefoot.wording import discomfort_text, why


@dataclass(frozen=True, slots=True)
class Past:
    """What the person did in earlier sessions, oldest first. `today`: number of the running session (a calendar day).

    `read_n` files were read, `damaged_n` could not be; `complete` False while they are still being read.
    """

    trials: tuple[band.Trial, ...] = ()
    sets: tuple[LandedSet, ...] = ()
    today: int = 1
    read_n: int = 0
    damaged_n: int = 0
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Usual:
    """The path rate of a trial and the person's own band of it, in mg/s."""

    low: float
    high: float
    now: float


@dataclass(frozen=True, slots=True)
class Summary:
    """`of` trial or set, with its `number`; `scale` steadiness or softness; `value` 0 to 100 or None with
    `not_scored`; `behind`: what the value is of, or what else counts; the rest are sentences, None where there is
    nothing to say. `session`: the trials of this kind today, or the landings of the set; `counted_n` of those: valid,
    no practice; `held_s` of `target_s`: of a trial. Methods and their versions are for `score`, in text and JSON."""

    of: str
    number: int
    title: str
    done: str
    scale: str
    value: float | None
    word: str
    behind: str
    flags: tuple[str, ...]
    measured: str
    best: str | None
    change: str
    legs: str | None
    advice: str
    not_scored: str | None = None
    discomfort: int | None = None
    usual: Usual | None = None
    held_s: float | None = None
    target_s: float = 0.0
    session: tuple[Counted, ...] = ()
    counted_n: int = 0

    @property
    def score(self) -> str:
        """The score in one line."""
        if self.value is None:
            return f"{self.scale}: {self.not_scored}"
        flags = f"; {why(self.flags)}" if self.flags else ""
        return f"{self.scale} {int(self.value)} {self.word}{self.behind}  (provisional scale{flags})"

    @property
    def told(self) -> str | None:
        """The discomfort, as told."""
        return None if self.discomfort is None else discomfort_text(self.discomfort)

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it as text."""
        band = None if self.usual is None else f"your usual path: {self.usual.low:.0f} to {self.usual.high:.0f} mg/s"
        more = (self.measured, self.change, band, self.best, self.legs, self.told)
        rest = (f"  {line}" for line in (self.done, self.score, *more) if line)
        return (f"{self.of} {self.number}: {self.title}", *rest, f"  → {self.advice}")


def unread(past: Past | None) -> str | None:
    """Why nothing is compared with what was done before; None where it is."""
    if past is None:
        return "not compared with your past: no recordings are kept (--record DIR keeps them)"
    return None if past.complete else "your past is still being read"
