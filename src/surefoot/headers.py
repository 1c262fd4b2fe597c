"""What the header of a session says beyond its bytes: the drill, the placement, which way is forward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from surefoot.errors import UsageError
from surefoot.samples import Array, DrillSpec


def forward_of(axes: Any) -> Array | None:
    """The direction that the header's `axes` calls forward, as a unit vector in sensor axes; None when it names none.

    Raises:
        UsageError: it is not a direction.
    """
    if axes is None:
        return None
    try:
        forward = np.array(axes["forward"], dtype=np.float64)
    except (TypeError, KeyError, ValueError, IndexError, OverflowError):
        raise UsageError('axes say {"forward": [x, y, z]} in sensor axes, or nothing') from None
    if forward.shape != (3,) or not np.isfinite(forward).all() or not np.abs(forward).max() > 1e-6:
        raise UsageError("the forward direction needs three finite numbers that are not all zero")
    forward = forward / np.abs(forward).max()
    return np.asarray(forward / np.linalg.norm(forward))


def with_drill(header: Mapping[str, Any], spec: DrillSpec) -> dict[str, Any]:
    """The header with another drill."""
    return {**header, "drill": {k: getattr(spec, k) for k in spec.__slots__}}


def facing(header: Mapping[str, Any], forward: Sequence[float]) -> dict[str, Any]:
    """The header with a known forward direction, in the axes of its first sensor."""
    if not header.get("sources"):
        return dict(header)  # the engine says what is wrong with it
    first, *_ = header["sources"]
    axes = {"forward": [float(value) for value in forward]}
    return {**header, "sources": {**header["sources"], first: {**header["sources"][first], "axes": axes}}}


def at_placement(header: Mapping[str, Any], placement: str) -> dict[str, Any]:
    """The header with another placement for every source."""
    sources = {key: {**value, "placement": placement} for key, value in header["sources"].items()}
    return {**header, "sources": sources}
