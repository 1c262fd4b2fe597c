"""What the timeline marks: events of a recording as shapes, and the stretches without samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from surefoot.tui.words import END_WORDS


@dataclass(frozen=True, slots=True)
class Mark:
    """One event on the timeline; `word` is shown where there is room."""

    t_s: float
    shape: str
    word: str
    tone: str


def marks_of(events: Iterable[Event]) -> list[Mark]:
    """Marks in order of time."""
    return sorted(filter(None, map(_mark, events)), key=lambda mark: mark.t_s)


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
            return Mark(event.t_s, "◆", f"landing {event.number}", "accent")
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


def final_at(events: Sequence[Event], t_s: float) -> Scored | None:
    """The score of the hold whose scored stretch, lift to end, holds `t_s`."""
    inside = False
    for event in events:
        match event:
            case HoldEnded():
                inside = event.lift_s <= t_s < event.t_s
            case Scored(of="trial") if inside:
                return event
            case _:
                pass
    return None
