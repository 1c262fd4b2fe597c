"""The drop: step off a low box, land as quietly as possible, and stand still.

Every landing begins from quiet stance on the box. A fall within 0.8 s of another belongs to it (bounce, or step).
"""

from __future__ import annotations

from surefoot.drills.landing_set import LandingSet, Rules
from surefoot.picture import Bench
from surefoot.samples import DrillSpec

RULES = Rules(wait_s=0.8, jumped=False, quiet_each_time=True)


def drill(spec: DrillSpec, bench: Bench) -> LandingSet:
    """A fresh drop drill."""
    return LandingSet(spec, bench, RULES)
