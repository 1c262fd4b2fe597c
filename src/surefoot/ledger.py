"""The results of a session so far: trials, landings in their sets, reports; a score behind every one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from surefoot.errors import UsageError
from surefoot.events import (
    DrillStarted,
    Event,
    HoldEnded,
    Landed,
    LandingSeen,
    LandingWithdrawn,
    Reported,
    Scored,
    SetEnded,
    Settled,
)
from surefoot.frame import Stillest
from surefoot.landing_sets import SetLog, counted, key
from surefoot.samples import Score
from surefoot.scoring import score_hold, score_landing
from surefoot.sensor import Source


class Ledger:
    """Takes the drills' events in their order, and gives them back with their scores.

    `seen`: a landing that is announced and not measured yet.

    Args:
        main: the sensor that the drills watch.
        stillest: what gravity reads on it.
    """

    def __init__(self, main: Source, stillest: Stillest) -> None:
        self._main, self._stillest = main, stillest
        self.trials: list[tuple[HoldEnded, Scored]] = []
        self.landings: list[tuple[Landed, Scored, Settled | None]] = []
        self.sets = SetLog()
        self.reports: tuple[Reported, ...] = ()
        self.seen: LandingSeen | None = None
        self._newest: tuple[str, int] | None = None  # what a report would be about
        self._scores: dict[int, Score] = {}  # of landings that are not announced yet

    def take(self, events: Iterable[Event]) -> list[Event]:
        """Put a score behind every result."""
        out: list[Event] = []
        for event in events:
            if isinstance(event, LandingSeen):
                event = self.seen = replace(event, score=self._softness(event))
            elif isinstance(event, Landed | LandingWithdrawn | SetEnded):
                self.seen = None
            out.append(event)
            match event:
                case HoldEnded():
                    out.append(self._trial(event))
                case Landed():
                    out.append(self._landing(event))
                case DrillStarted():
                    self.sets.start()
                case SetEnded():
                    self.sets.end(event.reason)
                case Settled():
                    k = next(i for i, (landed, _, _) in enumerate(self.landings) if landed.number == event.number)
                    self.landings[k] = (*self.landings[k][:2], event)
                case _:
                    pass
        return out

    def _trial(self, ended: HoldEnded) -> Scored:
        score, trial_value = score_hold(ended, self._main.placement)
        number = len(self.trials) + 1
        scored = Scored(ended.t_s, "trial", number, score, trial_value)
        self.trials.append((ended, scored))
        self._newest = ("trial", number)
        return scored

    def _landing(self, landed: Landed) -> Scored:
        if landed.number not in self._scores:  # the drill did not ask
            self.count(landed)
        scored = Scored(landed.t_s, "landing", landed.number, self._scores.pop(landed.number))
        self.landings.append((landed, scored, None))
        self._newest = ("set", len(self.sets.sets))
        return scored

    def count(self, landed: Landed) -> str | None:
        """Put a landing into its set, on its sample; fatigue when the set should end with it."""
        main = self._main
        score = self._scores[landed.number] = self._softness(landed)
        of = key(landed.spec, main.placement, main.device, main.rate_hz, score.method)
        self.sets.add(of, counted(landed, score))
        return "fatigue" if self.sets.tires else None

    def _softness(self, event: Landed | LandingSeen) -> Score:
        """By what gravity read before the landing: what came after it depends on how the samples were packed."""
        _, fault = self._stillest.gravity(by_s=event.t_s)
        return score_landing(event, self._main.placement, fault)

    def report(self, discomfort: int, t_s: float) -> Reported:
        """What the person tells about the newest result. Raises UsageError when there is none."""
        if self._newest is None:
            raise UsageError("there is nothing to report on yet: do a trial first")
        told = Reported(t_s, *self._newest, discomfort)
        self.reports = (*self.reports, told)
        return told
