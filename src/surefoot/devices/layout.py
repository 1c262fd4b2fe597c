"""Numbers of a profile's packets: out of bytes and lines of text, and back into them."""

from __future__ import annotations

import numpy as np

from surefoot.devices.profile import TYPES, Vector
from surefoot.errors import DeviceError
from surefoot.samples import Array


def vectors(payload: bytes, vector: Vector, n: int, order: str) -> Array:
    """(n, 3) in SI. Raises DeviceError where the packet ends before them."""
    kind = np.dtype(order + TYPES[vector.type])
    end = vector.offset + (n - 1) * vector.stride + 3 * kind.itemsize
    if end > len(payload):
        raise DeviceError(f"the packet has {len(payload)} bytes, but the profile reads to {end}")
    stride = vector.stride or 3 * kind.itemsize
    rows = np.ndarray((n, 3), kind, payload, vector.offset, (stride, kind.itemsize))
    with np.errstate(over="ignore", invalid="ignore"):  # hostile floats: the packet refuses them
        return rows.astype(np.float64) * vector.factor


def integer(payload: bytes, offset: int, bits: int, order: str) -> int:
    """An unsigned integer. Raises DeviceError where the packet ends before it."""
    end = offset + bits // 8
    if end > len(payload):
        raise DeviceError(f"the packet has {len(payload)} bytes, but the profile reads to {end}")
    return int.from_bytes(payload[offset:end], "little" if order == "<" else "big")


def numbers(line: bytes, columns: list[int]) -> dict[int, float] | None:
    """Column → its number, None when one is missing: a greeting, an error, half a line."""
    words = line.decode("ascii", "replace").split(",")
    found = {column: to_float(words[column]) for column in columns if column < len(words)}
    known = {column: value for column, value in found.items() if value is not None}
    return known if len(known) == len(set(columns)) else None


def to_float(word: str) -> float | None:
    """A number written out, None for anything else."""
    try:
        return float(word)
    except ValueError:
        return None


def three(row: dict[int, float], vector: Vector) -> list[float]:
    """A vector of a line, in SI."""
    return [row[vector.offset + axis] * vector.factor for axis in range(3)]


def put_vectors(payload: bytearray, vector: Vector, rows: Array, order: str) -> bytearray:
    """Rows in SI (n, 3) to their places, clipped at their type; the payload grows where it must."""
    kind = np.dtype(order + TYPES[vector.type])
    raw = rows / vector.factor
    if kind.kind != "f":
        limits = np.iinfo(kind)
        raw = np.clip(np.rint(raw), limits.min, limits.max)
    for k, row in enumerate(raw.astype(kind)):
        put_bytes(payload, vector.offset + k * vector.stride, row.tobytes())
    return payload


def put_integer(payload: bytearray, offset: int, bits: int, value: int, order: str) -> None:
    """An unsigned integer to its place, without the bits that do not fit."""
    put_bytes(payload, offset, (value % (1 << bits)).to_bytes(bits // 8, "little" if order == "<" else "big"))


def put_bytes(payload: bytearray, offset: int, content: bytes) -> None:
    """Bytes to their place; the payload grows where it must."""
    payload.extend(bytes(max(0, offset + len(content) - len(payload))))
    payload[offset : offset + len(content)] = content
