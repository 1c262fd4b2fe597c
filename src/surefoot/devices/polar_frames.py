"""Polar's PMD frames: bytes ↔ integers. Nothing here knows a unit, a model or what came before.

From Polar's `online_measurement.pdf` v1.0 and the SDK's own tests (polarofficial/polar-ble-sdk 8fb5311). Little endian:

    [0]     measurement type & 0x3F: 2 = acceleration, 5 = gyroscope
    [1..8]  u64 ns since 2000-01-01, stamp of the LAST sample
    [9]     bit 7 = delta compressed, low 7 bits = frame type
    [10..]  content

Raw content: 3 axes of 1, 2 or 3 bytes (frame type 0, 1, 2). Delta content: a reference sample of 3 × 2 or 4 bytes, then
blocks of `u8 width, u8 count, ceil(width · count · 3 / 8)` bytes. A block is one little-endian integer, eaten from its
least significant end `width` bits at a time: sample by sample, axis by axis, each a signed difference to the sample
before, also across blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from surefoot.errors import DeviceError
from surefoot.samples import Ints

ACC: Final = 2
GYRO: Final = 5
HEADER_N: Final = 10  # bytes before the content
AXES_N: Final = 3
MAX_STAMP_NS: Final = 1 << 62  # the year 2146; keeps differences inside int64
MAX_FRAME_N: Final = 1400  # samples: differences of one bit in the longest notification, 512 bytes, are 1323
MAX_WIDTH: Final = 32  # bits: what differences of float patterns need; those of 16-bit numbers need 17
FULL_N: Final = 218  # bytes of content in the full delta frames that have been published; 228 with the header
GROUP_N: Final = 10  # samples for which our encoder chooses a width; published frames count in tens too


@dataclass(frozen=True, slots=True)
class Frame:
    """One data notification, its content still packed."""

    kind: int
    stamp_ns: int
    frame_type: int
    compressed: bool
    content: bytes

    def __bytes__(self) -> bytes:
        last = self.frame_type | (0x80 if self.compressed else 0)
        return bytes([self.kind]) + self.stamp_ns.to_bytes(8, "little") + bytes([last]) + self.content


def split(payload: bytes) -> Frame:
    """The parts of a notification. Raises DeviceError."""
    if len(payload) < HEADER_N:
        raise DeviceError(f"a Polar frame has at least {HEADER_N} bytes, got {len(payload)}")
    stamp_ns = int.from_bytes(payload[1:9], "little")
    if stamp_ns >= MAX_STAMP_NS:
        raise DeviceError(f"a stamp of {stamp_ns} ns is not a date of this device")
    return Frame(payload[0] & 0x3F, stamp_ns, payload[9] & 0x7F, bool(payload[9] & 0x80), payload[HEADER_N:])


def raw(content: bytes, width: int) -> Ints:
    """(n, 3) signed integers of 1, 2 or 3 bytes. Raises DeviceError."""
    if not content or len(content) % (AXES_N * width):
        raise DeviceError(f"{len(content)} bytes are not whole samples of {AXES_N} axes × {width} bytes")
    if len(content) > MAX_FRAME_N * AXES_N * width:
        raise DeviceError(f"{len(content)} bytes are more than a notification holds")
    if width < 3:
        return np.frombuffer(content, f"<i{width}").reshape(-1, AXES_N).astype(np.int64)
    parts = np.frombuffer(content, np.uint8).reshape(-1, AXES_N, 3).astype(np.int64)
    value = parts[..., 0] | parts[..., 1] << 8 | parts[..., 2] << 16
    return np.where(value >= 1 << 23, value - (1 << 24), value)


def deltas(content: bytes, reference_n: int) -> Ints:
    """(n, 3) integers of delta content whose reference sample has `reference_n` bytes (2 or 4) an axis.

    A block of width 0 repeats its sample. Raises DeviceError when a block is cut: its frame has no clock to trust.
    """
    start = AXES_N * reference_n
    if len(content) < start:
        raise DeviceError(f"a delta frame begins with {start} bytes of one sample, got {len(content)}")
    widths, counts, firsts = _blocks(content, start)
    n = sum(counts)
    values = np.empty((n + 1, AXES_N), np.int64)
    values[0] = np.frombuffer(content, f"<i{reference_n}", AXES_N)
    if n:
        each = np.array(counts) * AXES_N
        width = np.repeat(np.array(widths, np.uint64), each)
        skipped = np.repeat(np.cumsum(each) - each, each)  # values in earlier blocks
        within = (np.arange(n * AXES_N) - skipped).astype(np.uint64) * width
        bit = np.repeat(np.array(firsts, np.uint64) * np.uint64(8), each) + within
        padded = content + bytes(8)
        windows: np.ndarray[Any, np.dtype[np.uint64]] = np.ndarray((len(content) + 1,), "<u8", padded, strides=(1,))
        window = windows[bit >> np.uint64(3)] >> (bit & np.uint64(7))  # at least 57 bits of it are ours
        unused = np.uint64(64) - np.maximum(width, np.uint64(1))
        signed = (window << unused).view(np.int64) >> unused.view(np.int64)  # carries the sign down
        values[1:] = np.where(width > 0, signed, 0).reshape(n, AXES_N)
    return np.cumsum(values, axis=0)


def _blocks(content: bytes, at: int) -> tuple[list[int], list[int], list[int]]:
    """Width, count and first byte of each block."""
    widths, counts, firsts = [], [], []
    n = 1
    while at < len(content):
        if at + 2 > len(content):
            raise DeviceError("a delta frame ends within the head of a block")
        width, count = content[at], content[at + 1]
        size = (width * count * AXES_N + 7) // 8
        n += count
        if width > MAX_WIDTH or n > MAX_FRAME_N:
            raise DeviceError(f"a delta block of {count} differences of {width} bits cannot come from this device")
        if at + 2 + size > len(content):
            raise DeviceError(f"a delta block needs {size} bytes, {len(content) - at - 2} are left")
        widths.append(width)
        counts.append(count)
        firsts.append(at + 2)
        at += 2 + size
    return widths, counts, firsts


def pack(rows: Ints, reference_n: int = 2, room_n: int = FULL_N) -> tuple[bytes, int]:
    """Delta content for the first of (n, 3) integers, and how many samples fitted into `room_n` bytes.

    Each group of ten samples gets the width that its largest difference needs; neighbours of one width share a block.
    Fewer than n fitted: the frame is full. With 4 bytes the integers are float32 patterns and wrap at 32 bits.
    """
    step = np.diff(rows, axis=0)
    if reference_n == 4:
        step = (step + (1 << 31)) % (1 << 32) - (1 << 31)
    needs = _bits(step)
    blocks: list[tuple[int, int]] = []  # width, count
    room = (room_n - AXES_N * reference_n) * 8
    taken = 0
    while taken < len(step):
        part = needs[taken : taken + GROUP_N]
        width, count = int(part.max()), len(part)
        joined = bool(blocks) and blocks[-1][0] == width and blocks[-1][1] + count <= 255
        before = blocks[-1][1] if joined else 0
        spent = 0 if not joined else 16 + 8 * _bytes_n(width, before)
        fits = max(0, min(count, (room + spent - 16) // (width * AXES_N) - before))
        if fits:
            blocks[len(blocks) - joined :] = [(width, before + fits)]
            room += spent - 16 - 8 * _bytes_n(width, before + fits)
            taken += fits
        if fits < count:
            break
    out = [rows[0].astype(f"<i{reference_n}").tobytes()]
    at = 0
    for width, count in blocks:
        values = step[at : at + count].reshape(-1, 1)
        bits = (values >> np.arange(width) & 1).astype(np.uint8)
        out += [bytes([width, count]), np.packbits(bits, bitorder="little").tobytes()]
        at += count
    return b"".join(out), taken + 1


def _bytes_n(width: int, count: int) -> int:
    return (width * count * AXES_N + 7) // 8


def _bits(step: Ints) -> Ints:
    """(n,) bits that the largest of each row needs in two's complement, at least 2: readers differ on one."""
    size = np.where(step < 0, ~step, step).max(axis=1, initial=0)
    exponent: Ints = np.frexp(size.astype(np.float64))[1].astype(np.int64)
    return np.maximum(exponent + 1, 2)
