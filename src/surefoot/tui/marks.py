"""What the timeline marks: events of a recording as shapes, and the stretches without samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from surefoot.events import (
    Event,
    GapSeen,
    HoldEnded,
    HoldStarted,
    Landed,
    Scored,
    SensorBack,
    SensorLost,
    Unsteady,
)
from surefoot.tui.scene import Trial
from surefoot.tui.words import END_WORDS


@dataclass(frozen=True, slots=True)
class Mark:
    """One event on the timeline; `word` is shown where there is room, else `short` behind the shape."""

    t_s: float
    shape: str
    word: str
    tone: str
    short: str = ""


def marks_of(events: Sequence[Event], corrected: Mapping[int, Trial] | None = None) -> list[Mark]:
    """Marks in order of time. What a person corrected is marked as such, in place of what was found there."""
    gone: set[Unsteady] = set()
    marks: list[Mark] = []
    for number, (raw, _) in enumerate(trials_of(events), start=1):
        fixed = (corrected or {}).get(number)
        if fixed is None:
            continue
        ended, _ = fixed
        gone |= set(raw.instabilities) - set(ended.instabilities)
        new = set(ended.instabilities) - set(raw.instabilities)
        marks += [Mark(one.t_s, "△", f"{one.kind} added", "warn") for one in new]
        if (ended.t_s, ended.end_reason) != (raw.t_s, raw.end_reason):
            shape = "▽" if ended.end_reason == "touch_down" else "□"
            marks.append(Mark(ended.t_s, shape, "end corrected", "fair"))
    marks += [Mark(one.t_s, "×", f"no {one.kind}", "muted") for one in gone]
    kept = (event for event in events if not (isinstance(event, Unsteady) and event in gone))
    return sorted([*filter(None, map(_mark, kept)), *marks], key=lambda mark: mark.t_s)


def _mark(event: Event) -> Mark | None:
    match event:
        case HoldStarted():
            return Mark(event.t_s, "▸", "start", "fair")
        case HoldEnded(end_reason="touch_down"):
            return Mark(event.t_s, "▼", "touch-down", "accent")
        case HoldEnded():
            return Mark(event.t_s, "■", END_WORDS.get(event.end_reason, "end"), "fair")
        case Unsteady():
            return Mark(event.t_s, "▾", event.kind, "warn")
        case Landed():
            return Mark(event.t_s, "◆", f"landing {event.number}", "accent", str(event.number))
        case GapSeen():
            return Mark(event.t_s, "╱", "gap", "bad")
        case SensorLost():
            return Mark(event.t_s, "○", "lost", "bad")
        case _:
            return None


def holes_of(events: Iterable[Event], duration_s: float) -> list[tuple[float, float]]:
    """[start, end) of every stretch without samples, s."""
    holes: list[tuple[float, float]] = []
    lost_s: dict[str, float] = {}
    for event in events:
        match event:
            case GapSeen():
                holes.append((event.t_s, event.t_s + event.gap_s))
            case SensorLost():
                lost_s.setdefault(event.source, event.t_s)
            case SensorBack() if event.source in lost_s:
                holes.append((lost_s.pop(event.source), event.t_s))
            case _:
                pass
    return sorted([*holes, *((start, duration_s) for start in lost_s.values())])


def trials_of(events: Iterable[Event]) -> list[Trial]:
    """Every ended hold with the score that was said behind it, in order; those whose score is still to come not yet."""
    found: list[Trial] = []
    ended: HoldEnded | None = None
    for event in events:
        match event:
            case HoldEnded():
                ended = event
            case Scored(of="trial") if ended is not None:
                found.append((ended, event))
                ended = None
            case _:
                pass
    return found


def final_at(events: Iterable[Event], t_s: float) -> Trial | None:
    """The hold whose stretch, lift to end, holds `t_s`, with its score."""
    return next((trial for trial in trials_of(events) if trial[0].lift_s <= t_s < trial[0].t_s), None)
