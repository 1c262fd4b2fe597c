"""What stood at a moment of a recording, to the sample: snapshots are kept only every 50 ms."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from surefoot.snapshot import Snapshot
from surefoot.tui.ports import Playback

AHEAD_S: Final = 0.5
KNOWN_S: Final = 10  # after so long a landing is confirmed, whatever its drill
SAME_S: Final = 1e-6


def exact(snapshot: Snapshot, later: Snapshot | None, t_s: float) -> Snapshot:
    """The snapshot with its trace up to the very sample at `t_s`.

    Snapshots are kept a few times per packet or less; the samples between two of them are rows of the later one's
    trace, as long as that continues the same table.
    """
    trace, first = snapshot.trace, snapshot.first_index
    if later is not None and len(trace):
        same = first + len(trace) - 1 - later.first_index
        if 0 <= same < len(later.trace) and later.trace[same, 0] == trace[-1, 0]:
            trace, first = later.trace, later.first_index
    n = int(np.searchsorted(trace[:, 0], t_s + 1e-9, side="right"))
    return snapshot if n == 0 else replace(snapshot, trace=trace[:n], first_index=first)


def landed(snapshot: Snapshot, playback: Playback, t_s: float) -> Snapshot:
    """The snapshot with every landing from its contact on: live, one learns of it some seconds later."""
    last = playback.at(playback.duration_s)
    landings = tuple(row for row in last.landings if row[0].t_s <= t_s + SAME_S) if last else ()
    n = len(landings)
    if n <= len(snapshot.landings):
        return snapshot
    soon = (playback.at(t_s + wait_s) for wait_s in range(1, KNOWN_S))
    known = next((shot for shot in soon if shot is not None and len(shot.landings) == n), snapshot)
    return replace(snapshot, landings=landings, sets=known.sets)
