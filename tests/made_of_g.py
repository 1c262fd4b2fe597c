"""Sessions from a made-up |a|: for landings that the simulator's people never make."""

from __future__ import annotations

from typing import Any

import numpy as np

from surefoot.devices import plain
from surefoot.samples import G0_MS2, Array, Cue, ImuPacket, Input, Notification

FIRST_NS = 1_000_000_000


def pieces(rate_hz: float, *parts: tuple[float, float]) -> Array:
    """(n,) A of constant pieces: (seconds, A) …, with a little noise so that no sensor seems dead."""
    a = np.concatenate([np.full(round(s * rate_hz), level) for s, level in parts])
    return a + np.random.default_rng(1).normal(0, 0.002, len(a))


def session(
    size_g: Array,
    rate_hz: float,
    drill: dict[str, Any] | None,
    *,
    start_s: float | None = 0.0,
    gyr_rads: Array | None = None,
    range_ms2: float | None = None,
    placement: str = "waist",
    packet_n: int = 10,
) -> tuple[dict[str, Any], list[Input]]:
    """Header and inputs of (n,) A along z at `plain/1`; the drill is started at `start_s` unless that is None.

    A packet arrives with its last sample, so session time is host time since the first sample.
    """
    settings = {"rate_hz": rate_hz} | ({} if range_ms2 is None else {"range_ms2": range_ms2})
    source = {"codec": "plain", "name": "made", "placement": placement, "settings": settings}
    acc = np.outer(size_g, [0.0, 0.0, G0_MS2])
    stamps = np.rint(np.arange(len(acc)) * 1e9 / rate_hz).astype(np.int64)
    inputs: list[Input] = []
    for k in range(0, len(acc), packet_n):
        part = slice(k, k + packet_n)
        packet = ImuPacket(stamps[part], rate_hz, acc[part], None if gyr_rads is None else gyr_rads[part])
        host_ns = FIRST_NS + int(stamps[part][-1])
        inputs += [Notification(host_ns, "s1", *sent) for sent in plain.encode(packet, settings)]
    if start_s is not None and drill is not None:
        inputs.append(Cue(FIRST_NS + round(start_s * 1e9), "start", drill["name"]))
    return {"sources": {"s1": source}, "drill": drill}, sorted(inputs, key=lambda item: item.host_ns)
