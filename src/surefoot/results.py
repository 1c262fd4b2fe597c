"""A whole recording → the result that `surefoot score --json` prints. Pure, picklable, safe in worker processes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from surefoot import __version__, reports, scoring, stance, sway
from surefoot import advanced as advanced_metrics
from surefoot.engine import Engine
from surefoot.errors import RecordingError, SurefootError, UsageError
from surefoot.events import CueRejected, Event, GapSeen, HoldEnded, Landed, Reported, Scored, Settled
from surefoot.feedback import Feedback, feedbacks
from surefoot.heading import Heading, forward_from_leans
from surefoot.landing_sets import LandedSet
from surefoot.plan import Plan, plan
from surefoot.quality import Samples, quality, sensor
from surefoot.samples import DrillSpec, Score
from surefoot.set_changes import legs
from surefoot.taken import rescored


def score(
    path: str | Path,
    drill: str | None = None,
    armed: bool = False,
    from_s: float | None = None,
    to_s: float | None = None,
    settings: Sequence[str] = (),
    advanced: bool = False,
    forward: Sequence[float] | None = None,
) -> dict[str, Any]:
    """Score one recording; the keys are those of the command line's contract.

    Args:
        path: a recording.
        drill: see `plan`.
        armed: see `plan`.
        from_s: with `to_s`: score exactly [from_s, to_s) as one trial, without drill detection or trimming.
        to_s: see `from_s`; either may be left out.
        settings: see `plan`.
        advanced: add `advanced` to each trial: sample entropy, detrended fluctuations, diffusion.
        forward: see `plan`.

    Returns:
        The result, or {"file", "error", "line"} when the file cannot be scored.
    """
    try:
        planned = plan(path, drill, armed, settings, forward)
        return _scored(Path(path).name, planned, from_s, to_s, advanced)
    except SurefootError as e:
        line = e.line if isinstance(e, RecordingError) else None
        return {"file": str(path), "error": str(e), "line": line}


def heading(path: str | Path) -> Heading:
    """The forward direction that a calibration recording tells: stand 2 s, three slow forward leans."""
    planned = plan(path)
    samples = Samples(planned.header)
    engine = planned.engine(samples.take)
    for item in planned.inputs():
        engine.feed(item)
    t, acc = samples.t, samples.acc
    if not len(t):
        return Heading(None, 0, "the recording has no samples")
    if np.diff(t).max(initial=0.0) > stance.LIMITS.longest_gap_s:
        return Heading(None, 0, "samples are missing for more than a second: record the leans again")
    grid = np.arange(t[0], t[-1] + 1e-9, 1 / stance.GRID_HZ)
    even = np.column_stack([np.interp(grid, t, acc[:, axis]) for axis in range(3)])
    return forward_from_leans(even, stance.GRID_HZ)


_E = TypeVar("_E")


def _scored(name: str, planned: Plan, from_s: float | None, to_s: float | None, advanced: bool) -> dict[str, Any]:
    samples = Samples(planned.header)
    engine = planned.engine(samples.take)
    events = [event for item in planned.inputs() for event in engine.feed(item)] + engine.finish()
    warnings, told = list(planned.recording.warnings), _of(events, Reported)
    landings: list[dict[str, Any]] = []
    sets: tuple[LandedSet, ...] = ()
    if from_s is not None or to_s is not None:
        trials = [_reported(_window(engine, samples, from_s, to_s), None)]
    else:
        shot = engine.snapshot()
        trials = _trials(shot.trials, engine, samples, told, warnings)
        cues = feedbacks(shot.landings, engine.main.placement)
        landings = [_landing(*row, cue) for row, cue in zip(shot.landings, cues, strict=True)]
        sets = shot.sets
        if engine.spec is None:
            warnings.append("this recording names no drill: add --drill hold, drop or hop to score it")
    if advanced:
        for trial in trials:
            trial["advanced"] = _advanced(engine, samples, trial["sway"])
    warnings += [f"ignored: {event.reason}" for event in _of(events, CueRejected)]
    if rejected_n := sum(source.rejected_n for source in engine.sources.values()):
        warnings.append(f"{rejected_n} packets could not be read by their codec")
    return {
        "surefoot": __version__,
        "file": name,
        "sensors": [sensor(source, samples if source is engine.main else None) for source in engine.sources.values()],
        "quality": quality(engine, samples, _of(events, GapSeen)),
        "trials": trials,
        "landings": landings,
        "landing_sets": [_reported(one.summary, reports.said(told, "set", k)) for k, one in enumerate(sets, start=1)],
        "landing_legs": [one.summary for one in legs(sets)],
        "warnings": warnings,
    }


def _trials(
    trials: Sequence[tuple[HoldEnded, Scored]],
    engine: Engine,
    samples: Samples,
    told: Sequence[Reported],
    warnings: list[str],
) -> list[dict[str, Any]]:
    """Each with what a person corrected and told; what cannot be corrected becomes a warning."""
    out = []
    for number, (ended, scored) in enumerate(trials, start=1):
        fixed = _corrected(engine, samples, number, ended, warnings)
        trial = _trial(ended, scored.score, scored.trial_value, fixed)
        out.append(_reported(trial, reports.said(told, "trial", number)))
    return out


def _reported(result: dict[str, Any], discomfort: int | None) -> dict[str, Any]:
    """A trial or a set with the discomfort that the person told."""
    if discomfort is None:
        result["missing"]["discomfort"] = "not_told"
    return {**result, "discomfort": discomfort}


def _of(events: Sequence[Event], kind: type[_E]) -> list[_E]:
    return [event for event in events if isinstance(event, kind)]


# ------------------------------------------------------------------------------------------------ parts of the result


def _said(spec: DrillSpec, missing: dict[str, str], keys: Sequence[str]) -> dict[str, Any]:
    out = {}
    for key in keys:
        value = getattr(spec, key)
        out[key] = None if value == "unknown" else value
        if out[key] is None:
            missing[key] = "not_given"
    return out


def _trial(
    ended: HoldEnded, steadiness: Score, trial_value: float | None, corrected: dict[str, Any] | None = None
) -> dict[str, Any]:
    missing: dict[str, str] = {}
    if corrected is None:
        missing["corrected"] = "not_corrected"
    if ended.hold_s is None:
        missing["hold_s"] = "no_start"
    return {
        "drill": "hold",
        "start_s": ended.lift_s,
        "end_s": ended.t_s,
        "hold_s": ended.hold_s,
        "target_s": ended.spec.target_s,
        "end_reason": ended.end_reason,
        **_said(ended.spec, missing, ("leg", "eyes", "surface", "support")),
        "feedback": ended.spec.feedback == "on",
        "errors_n": len(ended.instabilities),
        "sway": _sway(ended.sway),
        "steadiness": {
            "method": steadiness.method,
            "value": steadiness.value,
            "trial_value": trial_value,
            "flags": list(steadiness.flags),
        },
        "instabilities": [{"t_s": u.t_s, "kind": u.kind} for u in ended.instabilities],
        "corrected": corrected,
        "missing": missing,
    }


def _sway(found: sway.Sway) -> dict[str, Any]:
    out = {field.name: getattr(found, field.name) for field in fields(found)}
    out["duration_s"] = found.duration_s
    out["flags"] = list(found.flags)
    out["band_hz"] = None if found.band_hz is None else list(found.band_hz)
    return out


def _corrected(
    engine: Engine, samples: Samples, number: int, raw: HoldEnded, warnings: list[str]
) -> dict[str, Any] | None:
    """The trial as a person corrected it; None when nobody did, or when it cannot be (then a warning)."""
    try:
        fixed = rescored(engine, samples, number, raw, engine.corrections)
    except UsageError as e:
        warnings.append(f"ignored: {e}")
        return None
    return None if fixed is None else _trial(*fixed)


def _advanced(engine: Engine, samples: Samples, found: dict[str, Any]) -> dict[str, Any]:
    reason = found["missing"].get("rms_h_ms2")
    if reason is not None:
        return asdict(advanced_metrics.Advanced(missing=dict.fromkeys(advanced_metrics.METRICS, reason)))
    along = stance.main_axis(samples.t, samples.acc, found["start_s"], found["end_s"], engine.main.rate_hz)
    return asdict(advanced_metrics.measure(np.empty(0) if along is None else along, stance.GRID_HZ))


def _landing(landed: Landed, scored: Scored, settled: Settled | None, cue: Feedback) -> dict[str, Any]:
    found = landed.landing
    missing = dict(found.missing)
    out = {field.name: getattr(found, field.name) for field in fields(found)}
    del out["contact_s"], out["flags"], out["missing"]
    if settled is None or settled.settle_s is None:
        missing["settle_s"] = "not_settled" if settled is None else settled.missing or "not_settled"
    if settled is None:
        missing["stick"] = "not_settled"
    if landed.spec.height_cm is None:
        missing["height_cm"] = "not_given"
    legs = None if landed.spec.leg == "unknown" else landed.spec.leg
    if legs is None:
        missing["legs"] = "not_given"
    if cue.text is None:
        missing["cue"] = cue.why
    return {
        "t_s": landed.t_s,
        "drill": landed.spec.name,
        "legs": legs,
        "height_cm": landed.spec.height_cm,
        **_said(landed.spec, missing, ("direction",)),
        **out,
        "settle_s": settled.settle_s if settled else None,
        "stick": settled.stick if settled else None,
        "softness": {"method": scored.score.method, "value": scored.score.value, "flags": list(scored.score.flags)},
        "cue": cue.text,
        "cue_why": cue.why,
        "missing": missing,
    }


def _window(engine: Engine, samples: Samples, from_s: float | None, to_s: float | None) -> dict[str, Any]:
    """Exactly one window as one trial."""
    t = samples.t
    last_s = float(t[-1]) + 1 / engine.main.rate_hz if len(t) else 0.0
    start_s, end_s = from_s or 0.0, min(last_s, math.inf if to_s is None else to_s)
    if not 0 <= start_s < end_s:
        raise UsageError(f"the recording lasts {last_s:.1f} s; --from and --to must lie inside it, in this order")
    _, fault = engine.stillest.gravity()
    found = stance.measure_trial(
        t, samples.acc, start_s, end_s, engine.main.rate_hz, engine.main.range_ms2, fault, forward=engine.main.forward
    )  # fmt: skip
    spec = engine.spec or DrillSpec("hold")
    ended = HoldEnded(end_s, spec, start_s, None, "recording_end", (), found)
    return _trial(ended, *scoring.score_hold(ended, engine.main.placement))
