"""The hop: jump, land, and stick it; or, with style=in_place, one hop after another.

Hop and stick waits 0.8 s for a longer fall, because the unweighting dip before a jump looks like a short flight. Hops
in place follow each other within that time, so there each fall stands for itself. Up, forward or side is what the
person set out to do; one sensor of unknown heading tells nothing of it, and it changes no number.
"""

from __future__ import annotations

from surefoot.drills.landing_set import LandingSet, Rules
from surefoot.picture import Bench
from surefoot.samples import DrillSpec

RULES = {
    "stick": Rules(wait_s=0.8, jumped=True, quiet_each_time=False),
    "in_place": Rules(wait_s=0.0, jumped=True, quiet_each_time=False),
}


def drill(spec: DrillSpec, bench: Bench) -> LandingSet:
    """A fresh hop drill in the style that the spec names."""
    return LandingSet(spec, bench, RULES[spec.style])
