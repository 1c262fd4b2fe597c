"""The inner ring of the stance picture from a person's own trials.

    radius = M · 10^(−low / 100),  low = lower edge of the personal band of STEADY

that is, the largest RMS that is still usual for this person in this condition (`band/1`: 6 to 20 valid trials, without
the first session, equally faded). Not the median RMS: usual sway leaves a circle of its own RMS 37 % of the time (two
normal directions), and feedback that scolds what is usual teaches nothing. STEADY is a falling function of RMS alone,
so an edge of the one is an edge of the other; a ring is M at most. Until there is a band it is M/3 of the condition.

A ring is only for the picture: no score, no event and no recording knows of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from surefoot.band import Trial, band, key
from surefoot.samples import G0_MS2, DrillSpec
from surefoot.scoring import full_scale_mg
from surefoot.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Ring:
    """`radius_ms2` of the inner ring, from `trials_n` own trials."""

    radius_ms2: float
    trials_n: int


def own_ring(trials: Sequence[Trial], spec: DrillSpec, placement: str, device: str) -> Ring | None:
    """The ring of one condition from all the trials of a person; None while there are too few, or no scale."""
    scale_mg, _ = full_scale_mg(spec, placement)
    of = key(spec, placement, device)
    found, _ = band([one for one in trials if one.key == of], "steadiness", feedback=spec.feedback == "on")
    if scale_mg is None or found is None:
        return None
    return Ring(scale_mg * 10 ** (-max(found.low, 0.0) / 100) * G0_MS2 / 1000, found.n)


Drawn = Callable[[Snapshot], Ring | None]
"""The own ring that belongs to a moment; None for the usual one."""


def usual(shot: Snapshot) -> Ring | None:
    """No own ring."""
    return None


def ringed(shot: Snapshot, ring: Ring | None) -> Snapshot:
    """The same moment in a person's own rings; with None, in the usual ones that it has."""
    if ring is None or shot.hold is None:
        return shot
    return replace(shot, hold=replace(shot.hold, ring_ms2=ring.radius_ms2, ring_trials_n=ring.trials_n))
