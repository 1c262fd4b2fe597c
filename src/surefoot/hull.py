"""The convex hull of many points in the plane: its corners, area and diameter."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from surefoot.samples import Array, Ints

_ANGLES: Final = np.linspace(0, 2 * math.pi, 16, endpoint=False)
_DIRECTIONS: Final = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])


def corners(u: Array) -> Array:
    """(m, 2) corners of the hull of (n, 2) centred points, counterclockwise; fewer than 3 for a point or a line.

    Points inside the polygon of the extremes in 16 directions cannot be corners. That throws nearly all of them away
    before the exact part, Andrew's monotone chain. Stretching the cloud round first makes the polygon fit.
    """
    points = u[_outer(_rounded(u))] if len(u) > 50 else u
    points = points[np.lexsort((points[:, 1], points[:, 0]))]
    new = np.ones(len(points), dtype=bool)
    new[1:] = (np.diff(points, axis=0) != 0).any(axis=1)
    ordered: list[list[float]] = points[new].tolist()
    if len(ordered) < 3:
        return np.array(ordered)
    chain: list[list[float]] = []
    for way in (ordered, ordered[::-1]):
        floor = len(chain) + 1
        for p in way:
            while len(chain) > floor and _turn(chain[-2], chain[-1], p) <= 0:
                chain.pop()
            chain.append(p)
        chain.pop()
    return np.array(chain)


def _rounded(u: Array) -> Array:
    """The same cloud with equal spread in all directions; as it is when it has no width."""
    values, vectors = np.linalg.eigh(u.T @ u)
    if values[0] <= 1e-12 * values[1]:
        return u
    scaled: Array = u @ (vectors / np.sqrt(values))
    return scaled


def _outer(w: Array) -> Ints:
    """Indices of the points that are not strictly inside the polygon of the extremes."""
    x, y = np.ascontiguousarray(w.T)
    rim = w[np.argmax(_DIRECTIONS @ np.stack([x, y]), axis=1)]
    sides = np.roll(rim, -1, axis=0) - rim
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    if not lengths.any():
        return np.zeros(1, dtype=np.int64)
    real = lengths > 0
    rim, sides, lengths = rim[real], sides[real], lengths[real]
    outward = (rim[:, 0] * sides[:, 1] - rim[:, 1] * sides[:, 0]) / lengths  # distance of each side from the middle
    inner = max(float(outward.min()), 0.0)
    far = np.flatnonzero(x * x + y * y >= inner * inner)
    px, py = x[far], y[far]
    beyond = np.zeros(len(far), dtype=bool)
    for (rx, ry), (sx, sy) in zip(rim.tolist(), sides.tolist(), strict=True):
        beyond |= sx * (py - ry) <= sy * (px - rx)
    return far[beyond]


def _turn(a: list[float], b: list[float], c: list[float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def area(hull: Array) -> float:
    """Area inside the corners (shoelace)."""
    x, y = hull[:, 0], hull[:, 1]
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def diameter(hull: Array) -> float:
    """Largest distance of two corners."""
    apart = hull[:, None, :] - hull[None, :, :]
    return float(np.sqrt(np.einsum("ijk,ijk->ij", apart, apart).max()))
