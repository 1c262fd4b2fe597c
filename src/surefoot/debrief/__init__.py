"""What a person learns after a hold or a set of landings: pure functions of the session so far and of the past.

A summary says what was done, its score with method and flags, the best of the session, whether it differs from the
person's own usual by more than chance (`band/1`, `landing_set/1`), left against right, and one advice. All limits are
provisional. Nothing compares a person with others; discomfort is kept and answered with rest, never explained.
"""

from __future__ import annotations

from surefoot.debrief.hold import of_hold
from surefoot.debrief.landing_set import of_set
from surefoot.debrief.summary import Past, Summary
from surefoot.snapshot import Snapshot


def newest(shot: Snapshot, past: Past | None) -> Summary | None:
    """Of what ended last in a session; None before anything has. `past` None: no recordings are kept."""
    placement, reports = shot.sensor.placement, shot.reports
    held_s = shot.trials[-1][0].t_s if shot.trials else -1.0
    landed_s = shot.landings[-1][0].t_s if shot.landings and shot.sets else -1.0
    if max(held_s, landed_s) < 0:
        return None
    if held_s >= landed_s:
        return of_hold(shot.trials, reports, past, placement, shot.sensor.device)
    return of_set(shot.sets, shot.landings, reports, past, placement)
