"""Batteries: several trials that belong together. One so far.

mCTSIB (modified Clinical Test of Sensory Interaction on Balance): 30 s on two feet each, eyes open and closed, on a
firm surface and on a mat. A trial is stopped when the arms leave the crossed position, the eyes open, or a step is
taken: the person or a partner tells that by a key. Shown are hold time, sway and its ratio to the first condition;
there is no steadiness score on two feet, and this is not the clinical test's result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from surefoot.events import HoldEnded
from surefoot.samples import DrillSpec

BATTERIES: Final[dict[str, tuple[DrillSpec, ...]]] = {
    "mctsib": tuple(
        DrillSpec("hold", leg="both", eyes=eyes, surface=surface, support="none", target_s=30.0)
        for surface in ("firm", "mat")
        for eyes in ("open", "closed")
    ),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: its newest trial, or what is missing. `ratio`: RMS over that of the first condition."""

    eyes: str
    surface: str
    hold_s: float | None = None
    rms_h_ms2: float | None = None
    path_rate_h_ms3: float | None = None
    ratio: float | None = None
    flags: tuple[str, ...] = ()
    missing: str | None = None


def conditions(name: str, trials: Sequence[HoldEnded]) -> list[Condition]:
    """Each condition of the battery in its order, from the trials of a session."""
    found: list[Condition] = []
    for spec in BATTERIES[name]:
        same = [t for t in trials if (t.spec.leg, t.spec.eyes, t.spec.surface) == (spec.leg, spec.eyes, spec.surface)]
        if not same:
            found.append(Condition(spec.eyes, spec.surface, missing="not_done"))
            continue
        newest = same[-1]
        sway, first = newest.sway, found[0].rms_h_ms2 if found else newest.sway.rms_h_ms2
        ratio = sway.rms_h_ms2 / first if sway.rms_h_ms2 is not None and first else None
        reason = sway.missing.get("rms_h_ms2")
        found.append(
            Condition(
                spec.eyes, spec.surface, newest.hold_s, sway.rms_h_ms2, sway.path_rate_h_ms3, ratio, sway.flags, reason
            )
        )  # fmt: skip
    return found


def changes(before: DrillSpec, after: DrillSpec) -> list[str]:
    """The `set` cues that lead from one condition to the next."""
    fields: tuple[str, ...] = ("leg", "eyes", "surface", "support", "target_s")
    pairs: list[tuple[str, Any, Any]] = [(field, getattr(before, field), getattr(after, field)) for field in fields]
    return [f"{field}={new}" for field, old, new in pairs if old != new]
