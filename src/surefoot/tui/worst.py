"""The worst moments of a recording, the worst first: where one wants to look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from surefoot.events import Event, Landed, Scored
from surefoot.samples import Array
from surefoot.snapshot import Snapshot
from surefoot.tui.marks import final_at
from surefoot.tui.ports import Playback
from surefoot.tui.words import mg, points, tenth

APART_S: Final = 2.0  # a sway cycle at 0.5 Hz: closer peaks are the same wobble
MOST_N: Final = 5
LOOK_S: Final = 10.0  # between two snapshots; each carries the last 30 s


@dataclass(frozen=True, slots=True)
class Moment:
    """When, and what makes it bad ("2.7 rings")."""

    t_s: float
    text: str


def peaks(t: Array, size: Array, apart_s: float = APART_S, most_n: int = MOST_N) -> list[int]:
    """Indices of the largest local maxima of `size` (n,), largest first, each at least `apart_s` from all before it.

    `t`: (n,) s, increasing. The first is the maximum of all.
    """
    if not len(size):
        return []
    padded = np.concatenate([[-np.inf], size, [-np.inf]])
    tops = np.flatnonzero((size >= padded[:-2]) & (size >= padded[2:]))
    found: list[int] = []
    for i in tops[np.argsort(-size[tops], kind="stable")].tolist():
        if all(abs(t[i] - t[k]) >= apart_s for k in found):
            found.append(i)
            if len(found) == most_n:
                break
    return found


def dots(at: Callable[[float], Snapshot | None], from_s: float, to_s: float) -> Array:
    """(n, 3) t, dot AP and dot ML of every sample in [from_s, to_s), collected from the snapshots' traces.

    A snapshot tells the 30 s before it, and a moment's snapshot may lie a little before the moment: so one looks at
    every tenth second, and once more behind the end.
    """
    pieces, after_s = [np.empty((0, 3))], -np.inf
    for look_s in np.arange(from_s, to_s + 2 * LOOK_S, LOOK_S).tolist():
        snapshot = at(look_s)
        if snapshot is None or not len(snapshot.trace):
            continue
        rows = snapshot.trace[np.searchsorted(snapshot.trace[:, 0], after_s, side="right") :, :3]
        if len(rows):
            pieces.append(rows)
            after_s = float(rows[-1, 0])
    found = np.concatenate(pieces)
    start, end = np.searchsorted(found[:, 0], [from_s, to_s])
    return found[start:end]


def widest(at: Callable[[float], Snapshot | None], from_s: float, to_s: float, in_rings: bool) -> list[Moment]:
    """Where the dot was farthest from its centre; in rings of its trial, else in mg."""
    rows = dots(at, from_s, to_s)
    size = np.hypot(rows[:, 1], rows[:, 2])
    moments = []
    for i in peaks(rows[:, 0], size):
        t_s, size_ms2 = float(rows[i, 0]), float(size[i])
        snapshot = at(t_s)
        ring_ms2 = snapshot.hold.ring_ms2 if in_rings and snapshot and snapshot.hold else 0.0
        text = f"{size_ms2 / ring_ms2:.1f} rings" if ring_ms2 else f"{mg(size_ms2):.0f} mg"
        moments.append(Moment(t_s, text))
    return moments


def hardest(events: Sequence[Event]) -> list[Moment]:
    """Landings, the least soft first; those without a score last, by their peak."""
    peak_g = {event.number: event.landing.peak_g or 0.0 for event in events if isinstance(event, Landed)}
    rows = [event for event in events if isinstance(event, Scored) and event.of == "landing"]

    def rank(event: Scored) -> tuple[bool, float]:
        value = event.score.value
        return (value is None, -peak_g.get(event.number, 0.0) if value is None else value)

    return [Moment(event.t_s, _landing_text(event, peak_g.get(event.number))) for event in sorted(rows, key=rank)]


def _landing_text(event: Scored, peak_g: float | None) -> str:
    if event.score.value is not None:
        return f"softness {points(event.score.value)}, landing {event.number}"
    return f"no score, peak {tenth(peak_g)} g, landing {event.number}"


def worst(playback: Playback, t_s: float, landing: bool) -> list[Moment]:
    """Worst moments of a set of landings; else of the scored stretch of the trial at `t_s`, or of the recording."""
    if landing:
        return hardest(playback.events)
    trial = final_at(playback.events, t_s)
    if trial is None:
        return widest(playback.at, 0.0, playback.duration_s + 1.0, in_rings=False)
    ended, _ = playback.corrected.get(trial[1].number, trial)
    start_s, end_s = ended.sway.start_s, ended.sway.end_s
    if end_s <= start_s:  # nothing was scored
        start_s, end_s = ended.lift_s, ended.t_s
    return widest(playback.at, start_s, end_s, in_rings=True)
