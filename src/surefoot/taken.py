"""The trials and sets of a whole recording as objects, as a person corrected them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from surefoot import scoring, stance
from surefoot.corrections import Correction, corrected
from surefoot.drills.hold import LIMITS
from surefoot.engine import Engine
from surefoot.errors import UsageError
from surefoot.events import HoldEnded, Scored
from surefoot.landing_sets import LandedSet
from surefoot.plan import plan
from surefoot.quality import Samples
from surefoot.samples import Score


@dataclass(frozen=True, slots=True)
class Taken:
    """What a recording adds to a history: its trials as a person `corrected` them, and its sets of landings."""

    header: dict[str, Any]
    placement: str
    device: str
    corrected: bool
    trials: tuple[tuple[HoldEnded, Scored], ...]
    sets: tuple[LandedSet, ...]


def taken(path: str | Path) -> Taken:
    """Trials and sets of one recording, as objects. Raises RecordingError, DeviceError or UsageError."""
    planned = plan(path)
    samples = Samples(planned.header)
    engine = planned.engine(samples.take)
    for item in planned.inputs():
        engine.feed(item)
    engine.finish()
    shot, main = engine.snapshot(), engine.main
    trials = list(shot.trials)
    for k, (raw, scored) in enumerate(shot.trials if engine.corrections else ()):
        with contextlib.suppress(UsageError):  # a correction that points at nothing
            fixed = rescored(engine, samples, k + 1, raw, engine.corrections)
            if fixed is not None:
                ended, score, trial_value = fixed
                trials[k] = ended, replace(scored, score=score, trial_value=trial_value)
    return Taken(planned.header, main.placement, main.device, bool(engine.corrections), tuple(trials), shot.sets)


def rescored(
    engine: Engine, samples: Samples, number: int, raw: HoldEnded, corrections: Sequence[Correction]
) -> tuple[HoldEnded, Score, float | None] | None:
    """Trial `number` as a person corrected it, measured and scored anew: trial, steadiness, trial score.

    None when no correction is of this trial. `engine` and `samples` have seen the whole recording.

    Raises:
        UsageError: a correction points at nothing, or outside the trial.
    """
    t = samples.t
    ended = corrected(number, raw, corrections, float(t[-1]) if len(t) else 0.0)
    if ended is None:
        return None
    if (ended.t_s, ended.end_reason) != (raw.t_s, raw.end_reason):
        main, (_, fault) = engine.main, engine.stillest.gravity()
        end_s = ended.t_s - LIMITS.fall_s if ended.end_reason == "touch_down" else ended.t_s
        start_s = raw.sway.start_s
        found = stance.measure_trial(
            t, samples.acc, start_s, max(start_s, end_s), main.rate_hz, main.range_ms2, fault, forward=main.forward
        )
        ended = replace(ended, sway=found)
    return ended, *scoring.score_hold(ended, engine.main.placement)
