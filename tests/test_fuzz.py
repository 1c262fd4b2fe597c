"""Notifications that no device sends, through every codec: a declared error or a sound packet, and bounded memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from surefoot import profiles
from surefoot.devices import CODECS, RADIOS
from surefoot.errors import DeviceError
from surefoot.samples import MAX_PACKET_N, ImuPacket
from test_contracts import SETTINGS

FEW_N, MANY_N = 1_500, 100_000
CONNECTION_N = 500  # notifications that one decoder hears
KEPT_MAX = 2_000_000  # bytes that a decoder may hold after a connection of nothing but junk
PEAK_MAX = 40_000_000  # bytes at any moment: a packet of 20 000 samples has 1.1 MB, and steps to it a few more

MORE: dict[str, list[dict[str, Any]]] = {
    "polar": [
        {"model": "oh1", "rate_hz": 50, "range_g": 8},
        {"model": "sense", "sdk": True, "rate_hz": 416, "range_g": 16, "gyro": True, "range_dps": 2000},
    ],
    "movesense": [{"stream": "Acc", "rate_hz": 208}, {"stream": "IMU9", "rate_hz": 52}],
    "movella_dot": [{"mode": 19, "rate_hz": 60}, {"mode": 6, "rate_hz": 60}],
    "raw": [profiles.load(name) for name in ("arduino_blesense", "esense", "espruino", "sensiml_nano33")],
}
"""Other settings with which a codec reads other bytes."""
CASES = [(name, known) for name in CODECS for known in [SETTINGS[name], *MORE.get(name, [])]]
Said = tuple[str, bytes | str]


def sound(name: str, known: dict[str, Any], rng: np.random.Generator) -> list[Said]:
    """What a real device might send, some of it in one piece."""
    n, rate = int(rng.integers(1, 60)), float(known["rate_hz"])
    stamps = int(rng.integers(0, 2**40)) + np.rint(np.arange(n) * 1e9 / rate).astype(np.int64)
    whole = ImuPacket(stamps, rate, rng.normal(0, 10, (n, 3)), rng.normal(0, 3, (n, 3)))
    return CODECS[name].encode(whole, known)


def mutated(payload: bytes, rng: np.random.Generator) -> bytes:
    """One payload, hurt."""
    bits = bytearray(payload)
    kind = rng.integers(6)
    if kind == 0:  # some bits turn
        for at in rng.integers(0, len(bits), int(rng.integers(1, 8))):
            bits[at] ^= 1 << int(rng.integers(8))
    elif kind == 1:  # cut
        bits = bits[: int(rng.integers(0, len(bits) + 1))]
    elif kind == 2:  # longer
        bits += rng.bytes(int(rng.integers(1, 300)))
    elif kind == 3:  # a true beginning, then anything
        keep = int(rng.integers(0, 17))
        bits = bits[:keep] + rng.bytes(int(rng.integers(0, 300)))
    elif kind == 4:  # a piece of it again
        a, b = sorted(rng.integers(0, len(bits) + 1, 2).tolist())
        bits[a:a] = bits[a:b]
    else:  # a piece of it set to one value
        a, b = sorted(rng.integers(0, len(bits) + 1, 2).tolist())
        bits[a:b] = bytes([int(rng.choice([0, 1, 0x7F, 0x80, 0xFF]))]) * (b - a)
    return bytes(bits)


def junk(name: str, known: dict[str, Any], seed: int) -> Iterator[Said]:
    """Endless notifications: sound, hurt and random ones, on all streams of the device and on others."""
    rng = np.random.default_rng(seed)
    streams = ["imu", "control", "battery", "else"]
    if name in RADIOS:
        streams += RADIOS[name].streams(known).values()
    while True:
        for stream, payload in sound(name, known, rng):
            shape = rng.integers(8)
            if shape == 0:
                yield stream, payload
            elif shape == 1:
                yield str(rng.choice(streams)), rng.bytes(int(rng.integers(0, 600)))
            elif isinstance(payload, bytes):
                yield stream, mutated(payload, rng)
            else:
                hurt = mutated(payload.encode(), rng)
                yield stream, hurt if shape == 2 else hurt.decode(errors="replace")


def hear(name: str, known: dict[str, Any], many: int) -> None:
    source = junk(name, known, 1)
    kept, decoded, refused = 0, 0, 0
    tracemalloc.start()
    try:
        for _ in range(0, many, CONNECTION_N):
            before = tracemalloc.get_traced_memory()[0]
            decoder = CODECS[name].decoder(known)
            for _ in range(CONNECTION_N):
                stream, payload = next(source)
                try:
                    packet = decoder.decode(payload, stream)
                except DeviceError as e:
                    assert str(e)
                    refused += 1
                    continue
                if packet is not None:
                    decoded += 1
                    replaced = ImuPacket(packet.device_ns, packet.rate_hz, packet.acc, packet.gyr, packet.lost)
                    assert len(replaced.acc) <= MAX_PACKET_N
            packet = None
            kept = max(kept, tracemalloc.get_traced_memory()[0] - before)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept < KEPT_MAX
    assert peak < PEAK_MAX
    assert decoded > many // 50
    assert refused > many // 50


@pytest.mark.parametrize(("name", "known"), CASES)
def test_thousands_of_wrong_notifications_raise_only_the_declared_error(name: str, known: dict[str, Any]) -> None:
    hear(name, known, FEW_N)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "known"), CASES)
def test_a_hundred_thousand_of_them_too(name: str, known: dict[str, Any]) -> None:
    hear(name, known, MANY_N)
