"""The same samples in packets of another size; runs of the engine; comparison of events."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from surefoot.devices import Decoder, codec
from surefoot.engine import Engine
from surefoot.events import Event
from surefoot.samples import ImuPacket, Input, Notification


def run(header: Mapping[str, Any], inputs: Iterable[Input], **options: Any) -> list[Event]:
    engine = Engine(header, **options)
    events: list[Event] = []
    for item in inputs:
        events += engine.feed(item)
    return events + engine.finish()


def read(decoder: Decoder, payload: bytes | str, stream: str = "imu") -> ImuPacket:
    """The packet that one payload completes."""
    packet = decoder.decode(payload, stream)
    assert packet is not None
    return packet


def sent_again(name: str, packet: ImuPacket, settings: Mapping[str, Any]) -> ImuPacket:
    """A packet through its codec and back."""
    decoder = codec(name).decoder(settings)
    parts = [decoder.decode(payload, stream) for stream, payload in codec(name).encode(packet, settings)]
    return joined([part for part in parts if part is not None])


def joined(packets: list[ImuPacket]) -> ImuPacket:
    """Packets of one connection as one."""
    stamps = [p.device_ns for p in packets if p.device_ns is not None]
    turns = [p.gyr for p in packets if p.gyr is not None]
    return ImuPacket(
        np.concatenate(stamps) if stamps else None,
        packets[0].rate_hz,
        np.concatenate([p.acc for p in packets]),
        np.concatenate(turns) if turns else None,
        sum(p.lost for p in packets),
    )


def decoded(header: Mapping[str, Any], inputs: Iterable[Input]) -> list[ImuPacket]:
    """All packets of s1."""
    source = header["sources"]["s1"]
    decoder = codec(source["codec"]).decoder(source["settings"])
    sent = [decoder.decode(item.payload, item.stream) for item in inputs if isinstance(item, Notification)]
    return [packet for packet in sent if packet is not None]


def repacked(header: Mapping[str, Any], inputs: Iterable[Input], packet_n: int) -> list[Input]:
    """All samples of s1 in packets of `packet_n`, each arriving 30 ms after its last sample; cues keep their time.

    A packet never reaches over a hole, as no sensor would send it so.
    """
    inputs = list(inputs)
    source = header["sources"]["s1"]
    coded, settings = codec(source["codec"]), source["settings"]
    packets = decoded(header, inputs)
    first = next(item for item in inputs if isinstance(item, Notification))
    whole = joined(packets)
    stamps, acc, gyr, rate = whole.device_ns, whole.acc, whole.gyr, whole.rate_hz
    assert stamps is not None
    assert packets[0].device_ns is not None
    last = next(item for item in reversed(inputs) if isinstance(item, Notification))
    device_ns = int(packets[0].device_ns[-1])
    pace = (last.host_ns - first.host_ns) / max(1, int(stamps[-1]) - device_ns)  # the two clocks may drift apart
    holes = np.flatnonzero(np.diff(stamps) > 1.5e9 / rate) + 1
    edges = [0, *holes.tolist(), len(stamps)]
    out: list[Input] = [item for item in inputs if not isinstance(item, Notification)]
    for start, stop in itertools.pairwise(edges):
        for k in range(start, stop, packet_n):
            part = slice(k, min(k + packet_n, stop))
            packet = ImuPacket(stamps[part], rate, acc[part], None if gyr is None else gyr[part])
            host_ns = first.host_ns + round((int(stamps[part][-1]) - device_ns) * pace)
            out += [Notification(host_ns, "s1", *sent) for sent in coded.encode(packet, settings)]
    return sorted(out, key=lambda item: item.host_ns)


def same_events(a: list[Event], b: list[Event], rel: float = 1e-9) -> None:
    """Equal types and fields in equal order, floats within `rel`."""
    assert [type(x).__name__ for x in a] == [type(x).__name__ for x in b]
    for x, y in zip(a, b, strict=True):
        _same(x, y, rel, type(x).__name__)


def _same(x: Any, y: Any, rel: float, where: str) -> None:
    if isinstance(x, float) and isinstance(y, float):
        assert math.isclose(x, y, rel_tol=rel, abs_tol=rel), (where, x, y)
    elif dataclasses.is_dataclass(x) and not isinstance(x, type):
        for field in dataclasses.fields(x):
            _same(getattr(x, field.name), getattr(y, field.name), rel, f"{where}.{field.name}")
    elif isinstance(x, tuple):
        assert len(x) == len(y), (where, x, y)
        for k, (p, q) in enumerate(zip(x, y, strict=True)):
            _same(p, q, rel, f"{where}[{k}]")
    else:
        assert x == y, (where, x, y)
