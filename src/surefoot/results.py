"""A whole recording → the result that `surefoot score --json` prints. Pure, picklable, safe in worker processes."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from surefoot import __version__, reports, scoring, stance, sway
from surefoot import advanced as advanced_metrics
from surefoot.corrections import Correction, corrected
from surefoot.drills.hold import LIMITS as HOLD_LIMITS
from surefoot.engine import Engine
from surefoot.errors import RecordingError, SurefootError, UsageError
from surefoot.events import CueRejected, Event, GapSeen, HoldEnded, Landed, Reported, Scored, Settled
from surefoot.feedback import Feedback, feedbacks
from surefoot.headers import facing, with_drill
from surefoot.heading import Heading, forward_from_leans
from surefoot.landing_sets import LandedSet
from surefoot.quality import Samples, quality, sensor
from surefoot.recording import Recording, read
from surefoot.samples import Cue, DrillSpec, ImuBlock, Input, Score
from surefoot.set_changes import legs


@dataclass(frozen=True, slots=True)
class Plan:
    """How a recording is to be run: its header with the drill decided, and whether its cues count."""

    recording: Recording
    header: dict[str, Any]
    uncued: bool
    armed: bool

    def engine(self, on_block: Callable[[str, ImuBlock], None] | None = None) -> Engine:
        """A fresh engine for it."""
        return Engine(self.header, uncued=self.uncued, armed=self.armed, on_block=on_block)

    def inputs(self) -> Iterator[Input]:
        """Its inputs, from the beginning."""
        return self.recording.inputs()


def plan(
    path: str | Path,
    drill: str | None = None,
    armed: bool = False,
    settings: Sequence[str] = (),
    forward: Sequence[float] | None = None,
) -> Plan:
    """Decide how to run a recording.

    Args:
        path: a recording.
        drill: hold, drop or hop for recordings that name none; a recording with a start cue keeps its own drill.
        armed: without cues, look for landings from the first sample on, without waiting for quiet stance.
        settings: "leg=left", "surface=firm" …: what the recording does not know.
        forward: the forward direction in sensor axes, from a calibration (`surefoot calibrate`).

    Raises:
        RecordingError: it cannot be read.
        UsageError: no such drill or setting.
    """
    recording = read(path)
    header = dict(recording.header)
    cued = any(isinstance(item, Cue) and item.kind == "start" for item in recording.inputs())
    spec = DrillSpec.from_mapping(header["drill"]) if header.get("drill") else None
    if drill is not None and not (cued and spec is not None and spec.name == drill):
        known = {} if spec is None else {k: v for k, v in asdict(spec).items() if k != "name"}
        spec = DrillSpec.from_mapping({**known, "name": drill})
    if settings:
        spec = spec or DrillSpec("hold")
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise UsageError(f"--set takes key=value, not {setting!r}")
        assert spec is not None
        spec = spec.changed(key, value)
    if spec is not None:
        header = with_drill(header, spec)
    if forward is not None:
        header = facing(header, forward)
    return Plan(recording, header, uncued=not cued, armed=armed)


def replay(path: str | Path, drill: str | None = None, armed: bool = False) -> Iterator[Event]:
    """The engine's events over a recording, in order. Raises RecordingError, DeviceError or UsageError."""
    planned = plan(path, drill, armed)
    engine = planned.engine()
    for item in planned.inputs():
        yield from engine.feed(item)
    yield from engine.finish()


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


@dataclass(frozen=True, slots=True)
class Taken:
    """What a recording adds to a history: its trials as a person corrected them, and its sets of landings."""

    header: dict[str, Any]
    placement: str
    device: str
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
    return Taken(planned.header, main.placement, main.device, tuple(trials), shot.sets)


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
    events: list[Event] = []
    for item in planned.inputs():
        events += engine.feed(item)
    events += engine.finish()
    warnings = list(planned.recording.warnings)
    landings: list[dict[str, Any]] = []
    sets: tuple[LandedSet, ...] = ()
    told = _of(events, Reported)
    if from_s is not None or to_s is not None:
        trials = [_reported(_window(engine, samples, from_s, to_s), None)]
    else:
        trials = [
            _reported(
                _trial(ended, scored.score, scored.trial_value, _corrected(engine, samples, number, ended, warnings)),
                reports.said(told, "trial", number),
            )
            for number, (ended, scored) in enumerate(
                zip(_of(events, HoldEnded), _scores(events, "trial"), strict=True), start=1
            )
        ]
        shot = engine.snapshot()
        cues = feedbacks(shot.landings, engine.main.placement)
        landings = [_landing(*row, cue) for row, cue in zip(shot.landings, cues, strict=True)]
        sets = shot.sets
        if engine.spec is None:
            warnings.append("this recording names no drill: add --drill hold, drop or hop to score it")
    if advanced:
        for trial in trials:
            trial["advanced"] = _advanced(engine, samples, trial["sway"])
    warnings += [f"ignored: {event.reason}" for event in _of(events, CueRejected)]
    rejected_n = sum(source.rejected_n for source in engine.sources.values())
    if rejected_n:
        warnings.append(f"{rejected_n} packets could not be read by their codec")
    return {
        "surefoot": __version__,
        "file": name,
        "sensors": [sensor(source, samples if source is engine.main else None) for source in engine.sources.values()],
        "quality": quality(engine, samples, _of(events, GapSeen)),
        "trials": trials,
        "landings": landings,
        "landing_sets": [
            _reported(one.summary, reports.said(told, "set", number)) for number, one in enumerate(sets, start=1)
        ],
        "landing_legs": [one.summary for one in legs(sets)],
        "warnings": warnings,
    }


def _reported(result: dict[str, Any], discomfort: int | None) -> dict[str, Any]:
    """A trial or a set with the discomfort that the person told."""
    if discomfort is None:
        result["missing"]["discomfort"] = "not_told"
    return {**result, "discomfort": discomfort}


def _of(events: Sequence[Event], kind: type[_E]) -> list[_E]:
    return [event for event in events if isinstance(event, kind)]


def _scores(events: Sequence[Event], of: str) -> list[Scored]:
    return [event for event in _of(events, Scored) if event.of == of]


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
        end_s = ended.t_s - HOLD_LIMITS.fall_s if ended.end_reason == "touch_down" else ended.t_s
        start_s = raw.sway.start_s
        found = stance.measure_trial(
            t, samples.acc, start_s, max(start_s, end_s), main.rate_hz, main.range_ms2, fault, forward=main.forward
        )
        ended = replace(ended, sway=found)
    return ended, *scoring.score_hold(ended, engine.main.placement)


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
