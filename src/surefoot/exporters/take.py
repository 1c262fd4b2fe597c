"""What an exporter gets: a window's decoded samples of every sensor and its events, and how numbers are written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from surefoot.corrections import Correction
from surefoot.engine import Engine
from surefoot.errors import UsageError
from surefoot.events import Event
from surefoot.foreign import printable
from surefoot.samples import Array, ImuBlock
from surefoot.sensor import Source

CHUNK_N: Final = 4096  # rows: a long recording is not in memory twice


@dataclass(slots=True)
class Decoded:
    """Every block of every source, as the engine hands them out (`on_block=decoded.take`)."""

    blocks: dict[str, list[ImuBlock]] = field(default_factory=dict)

    def take(self, source: str, block: ImuBlock) -> None:
        """Called by the engine with every block."""
        self.blocks.setdefault(source, []).append(block)


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """One sensor's samples: `t` (n,) s, `acc` (n, 3) m/s², `gyr` (n, 3) rad/s (NaN where it has none) or None."""

    source: Source
    t: Array
    acc: Array
    gyr: Array | None

    def rows(self) -> Iterator[list[float]]:
        """t, ax, ay, az and, where there is a gyroscope, gx, gy, gz of each sample."""
        columns = [self.t[:, None], self.acc, *([] if self.gyr is None else [self.gyr])]
        for start in range(0, len(self.t), CHUNK_N):
            yield from np.hstack([column[start : start + CHUNK_N] for column in columns]).tolist()

    @property
    def real_rate_hz(self) -> float | None:
        """From the first and the last stamp; None for a single sample. Gaps make it lower."""
        span_s = float(self.t[-1] - self.t[0])
        return (len(self.t) - 1) / span_s if span_s > 0 else None


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """A window [from_s, to_s) of a recording, s of the session: streams with samples, events, a person's corrections.

    `drill`: hold, drop, hop or unknown.
    """

    name: str
    drill: str
    streams: tuple[Stream, ...]
    events: tuple[Event, ...]
    corrections: tuple[Correction, ...]
    from_s: float
    to_s: float


def cut(
    name: str,
    engine: Engine,
    decoded: Decoded,
    events: Sequence[Event],
    corrections: Sequence[Correction],
    from_s: float | None = None,
    to_s: float | None = None,
) -> Take:
    """The part of a recording in [from_s, to_s), s of the session; either end may be left out.

    Args:
        name: what is exported, for people.
        engine: it has seen the whole recording.
        decoded: what it handed out.
        events: what it said.
        corrections: what a person said.
        from_s: start.
        to_s: end.

    Raises:
        UsageError: there is no sample in it.
    """
    start_s, end_s = from_s or 0.0, np.inf if to_s is None else to_s
    streams = [_stream(engine.sources[key], blocks, start_s, end_s) for key, blocks in decoded.blocks.items()]
    streams = [stream for stream in streams if len(stream.t)]
    if not streams:
        window = (
            f" between {start_s:g} and {end_s:g} s" if to_s is not None else f" after {start_s:g} s" if from_s else ""
        )
        raise UsageError(f"there is no sample{window} to export: choose another window or recording")
    last_s = max(float(stream.t[-1]) + 1 / stream.source.rate_hz for stream in streams)
    return Take(
        name=name,
        drill=engine.spec.name if engine.spec else "unknown",
        streams=tuple(streams),
        events=tuple(event for event in events if start_s <= event.t_s < end_s),
        corrections=tuple(one for one in corrections if start_s <= one.t_s < end_s),
        from_s=start_s,
        to_s=min(end_s, last_s),
    )


def _stream(source: Source, blocks: Sequence[ImuBlock], start_s: float, end_s: float) -> Stream:
    t, acc, gyr = [np.empty(0)], [np.empty((0, 3))], [np.empty((0, 3))]
    gyro = False
    for block in blocks:
        part = slice(*np.searchsorted(block.t, [start_s, end_s]).tolist())
        t.append(block.t[part])
        acc.append(block.acc[part])
        gyro |= block.gyr is not None
        gyr.append(np.full((len(block), 3), np.nan)[part] if block.gyr is None else block.gyr[part])
    return Stream(source, np.concatenate(t), np.concatenate(acc), np.concatenate(gyr) if gyro else None)


class Row(NamedTuple):
    """An event in a table; `duration_s` of a gap, a hold or a settling; empty texts and None where it has none."""

    t_s: float
    event: str
    kind: str = ""
    number: int | None = None
    duration_s: float | None = None
    value: float | None = None
    method: str = ""
    source: str = ""


def event_rows(take: Take) -> list[Row]:
    """Events and corrections in order of time."""
    rows = [_row(event) for event in take.events]
    rows += [Row(one.t_s, "corrected", f"{one.action} {one.what}", one.trial) for one in take.corrections]
    return sorted(rows, key=lambda row: row.t_s)


def _row(event: Event) -> Row:
    """One event: fields that several kinds share go into the same column."""

    def first(*names: str) -> object:
        return next((value for name in names if (value := getattr(event, name, None)) is not None), None)

    kind, number, duration_s = first("kind", "end_reason", "of", "reason"), first("number"), first(*_LASTING)
    score = getattr(event, "score", None)
    return Row(
        t_s=event.t_s,
        event=re.sub(r"(?<!^)([A-Z])", r"_\1", type(event).__name__).lower(),
        kind=printable(str(kind or ""), 100),
        number=number if isinstance(number, int) else None,
        duration_s=duration_s if isinstance(duration_s, float) else None,
        value=score.value if score else None,
        method=score.method if score else "",
        source=printable(str(first("source") or ""), 40),
    )


_LASTING: Final = ("gap_s", "hold_s", "settle_s")


def seconds(value: float) -> str:
    """A time to the nanosecond, as sensors stamp it."""
    return f"{value:.9f}"


def text(value: float | None, otherwise: str) -> str:
    """Nine significant digits, more than any sensor has; `otherwise` for what is missing."""
    return otherwise if value is None or value != value else f"{value:.9g}"
