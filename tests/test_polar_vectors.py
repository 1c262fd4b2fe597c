"""The Polar codec against published frames and somebody else's decoders; what is not there is skipped."""

from __future__ import annotations

import math
import struct
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from repack import read
from surefoot.devices import polar, polar_control, polar_frames
from surefoot.devices.polar import MG_MS2, PolarDecoder, Setup
from surefoot.errors import DeviceError
from surefoot.samples import ImuPacket

SENSE = {"model": "sense", "rate_hz": 52, "range_g": 8, "gyro": True}
STAMP_NS = 2 * 10**9

Vectors = list[dict[str, Any]]


def polars(vectors: Vectors, *beginnings: str) -> Vectors:
    found = [one for one in vectors if one["device"] == "polar" and one["kind"].startswith(beginnings)]
    assert found
    return found


def restamped(frame: bytes) -> bytes:
    return frame[:1] + STAMP_NS.to_bytes(8, "little") + frame[9:]


def told(decoder: PolarDecoder, kind: int, factor: float) -> PolarDecoder:
    """A decoder that heard the start answer."""
    decoder.decode(bytes([0xF0, 2, kind, 0, 0, 5, 1]) + struct.pack("<f", factor), "control")
    return decoder


def whole(content: bytes, blocks: list[list[Any]]) -> bytes:
    """Delta content whose last block is cut, with its count put down to the samples that are there."""
    at = 6
    for width, count, *cut in blocks:
        if cut:
            complete = cut[1]
            return content[: at + 1] + bytes([complete]) + content[at + 2 : at + 2 + (width * complete * 3 + 7) // 8]
        at += 2 + (width * count * 3 + 7) // 8
    return content


def test_published_acceleration(vectors: Vectors) -> None:
    for one in polars(vectors, "acc_raw", "acc_delta_type", "acc_delta_real"):
        frame, known = bytes.fromhex(one["hex"]), one["decoded"]
        assert polar_frames.split(frame).stamp_ns == known["timestamp_ns"]
        blocks = known.get("blocks") or []
        if blocks and blocks[-1][2:]:
            with pytest.raises(DeviceError, match="are left"):
                polar.decoder({"model": "oh1", "rate_hz": 50, "range_g": 8}).decode(frame)
            frame = frame[:10] + whole(frame[10:], blocks)
        decoder = PolarDecoder(Setup("sense", False, 52, 8, None))
        factor = known.get("factor", 0.000244)  # the usual one of what is published without
        if "factor" in known:
            told(decoder, polar_frames.ACC, factor)
        packet = read(decoder, restamped(frame))
        assert len(packet.acc) == known.get("n", len(packet.acc)), one["id"]
        mg = packet.acc / MG_MS2
        if "raw" in known:
            np.testing.assert_allclose(mg, np.array(known["raw"]) * np.float32(factor) * 1000, rtol=1e-6)
        if "samples" in known and (len(blocks) == 0 or len(known["samples"]) == len(mg)):
            published = np.array(known["samples"], dtype=np.float64)
            slack = 1.0 if "trunc" in str(known.get("unit")) else 1e-3  # Polar's SDK cuts to whole mg
            np.testing.assert_allclose(mg, published, atol=slack, err_msg=one["id"])


def test_published_turning(vectors: Vectors) -> None:
    for one in polars(vectors, "gyro_delta"):
        known = one["decoded"]
        decoder = told(PolarDecoder(polar.setup(SENSE)), polar_frames.GYRO, known.get("factor", 1.0))
        frame = restamped(bytes.fromhex(one["hex"]))
        times = STAMP_NS - np.rint(np.arange(len(known["samples"]) - 1, -1, -1) * 1e9 / 52).astype(np.int64)
        accs = polar.encode(
            ImuPacket(times, 52, np.zeros((len(times), 3))), {"model": "sense", "rate_hz": 52, "range_g": 8}
        )
        for _, acc in accs:
            decoder.decode(acc)
        packet = read(decoder, frame)
        assert packet.gyr is not None
        np.testing.assert_allclose(np.degrees(packet.gyr), known["samples"], rtol=1e-6, err_msg=one["id"])


def test_published_delta_content(vectors: Vectors) -> None:
    for one in polars(vectors, "delta_content", "acc_delta_content_only"):
        known = one["decoded"]
        content = whole(bytes.fromhex(one["hex"]), known["blocks"])
        rows = polar_frames.deltas(content, known.get("resolution", 16) // 8)
        expected = known.get("raw") or known["raw_uint32"]
        assert ((rows - np.array(expected)) % (1 << 32) == 0).all(), one["id"]


def test_published_sample_times(vectors: Vectors) -> None:
    for one in polars(vectors, "timestamp_interpolation"):
        known = one["decoded"]
        n, previous_ns, frame_ns = known["n"], known["previous_ns"], known["frame_ns"]
        # the rate that the two stamps have: ours, unlike the published rule, doubts a spacing that is 5 % off
        rate_hz: Any = n / (frame_ns - previous_ns) * 1e9 if previous_ns else known["rate_hz"]
        decoder = PolarDecoder(Setup("h10", False, rate_hz, 8, None))
        if previous_ns:
            decoder.decode(bytes(polar_frames.Frame(2, previous_ns, 0, False, bytes(3))))
        packet = read(decoder, bytes(polar_frames.Frame(2, frame_ns, 0, False, bytes(3 * n))))
        assert packet.device_ns is not None
        np.testing.assert_allclose(packet.device_ns, known["times_ns"], rtol=0, atol=1)


def test_published_words_of_the_control_point(vectors: Vectors) -> None:
    for one in polars(vectors, "cp_settings", "cp_start_response"):
        known, answer = one["decoded"], polar_control.answer(bytes.fromhex(one["hex"]))
        assert answer is not None
        assert (answer.op, answer.kind, answer.status, answer.more) == (
            known["op"],
            known["measurement"],
            known["status"],
            bool(known.get("more", 0)),
        )
        found = {str(key): list(values) for key, values in polar_control.settings_of(answer.content).items()}
        expected = known["settings"] if "settings" in known else {"5": [known["factor"]]}
        assert found == expected
    for one in polars(vectors, "cp_start_H10", "cp_start_Verity", "cp_stop", "cp_sdk"):
        known = one["decoded"]
        chosen = [(int(key), values[0]) for key, values in known.get("settings", {}).items()]
        assert polar_control.request(known["op"], known["measurement"], chosen).hex() == one["hex"]
    for one in polars(vectors, "settings_params"):
        names = {"sample_rate": 0, "resolution": 1, "range": 2, "channels": 4}
        expected = {names[key]: values for key, values in one["decoded"].items()}
        assert polar_control.settings_of(bytes.fromhex(one["hex"])) == expected


def test_another_codec_reads_our_frames_and_we_read_its(reference: ModuleType) -> None:
    rng = np.random.default_rng(7)
    for k in range(500):
        n, spread = int(rng.integers(1, 200)), 10 ** rng.uniform(0, 4)
        rows = np.clip(rng.normal(0, spread, (n, 3)), -32768, 32767).astype(np.int64)
        content, taken = polar_frames.pack(rows)
        assert reference.pmd_decode_delta(content, 3, 16)[0] == rows[:taken].tolist()
        theirs = reference.pmd_encode_delta(rows.tolist(), 16, int(rng.integers(1, 60)))
        assert np.array_equal(polar_frames.deltas(theirs, 2), rows)
        frame = bytes(polar_frames.Frame(2, k, 1, True, content))
        head, mg, _ = reference.pmd_decode(frame)
        assert head == {"measurement": 2, "timestamp_ns": k, "compressed": True, "frame_type": 1}
        ours = read(PolarDecoder(Setup("sense", False, 52, 8, None)), frame)
        np.testing.assert_allclose(ours.acc / MG_MS2, mg, atol=1e-9)


def test_another_codec_refuses_what_we_refuse(reference: ModuleType) -> None:
    rng = np.random.default_rng(8)
    refused = 0
    for _ in range(3000):
        content = bytes(rng.integers(0, 256, int(rng.integers(0, 60)), dtype=np.uint8))
        try:
            ours = polar_frames.deltas(content, 2).tolist()
        except DeviceError as e:
            refused += 1
            if "cannot come from this device" in str(e):
                continue  # it has no limits
            with pytest.raises(reference.FrameError):
                reference.pmd_decode_delta(content, 3, 16)
            continue
        assert reference.pmd_decode_delta(content, 3, 16)[0] == ours
    assert refused > 1000


def test_polar_python_reads_our_frames() -> None:
    """PyPI polar-python (MIT), where somebody has installed it. It cuts to whole mg and passes over cut blocks."""
    parsers = pytest.importorskip("polar_python.parsers.polar")
    rng = np.random.default_rng(9)
    stamps = 10**12 + np.arange(300, dtype=np.int64) * 2_403_846
    packet = ImuPacket(stamps, 416, rng.normal(0, 3, (300, 3)), rng.normal(0, 1, (300, 3)))
    known = {"model": "sense", "sdk": True, "rate_hz": 416, "range_g": 16, "gyro": True}
    acc, gyr = [], []
    for _, frame in polar.encode(packet, known):
        assert isinstance(frame, bytes)
        made = parsers.parse_polar_data(bytearray(frame), {2: None, 5: 0.07}.get)
        (acc if frame[0] == 2 else gyr).extend(made.data)
    np.testing.assert_allclose(np.array(acc) * MG_MS2, packet.acc, atol=MG_MS2 / 2 + 1e-9)
    assert packet.gyr is not None
    np.testing.assert_allclose(np.radians(gyr), packet.gyr, atol=math.radians(0.07))
