"""The profile-driven codec against packets written out by hand, over all layouts, and in talks with emulated boards."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio.devices.board import Board
from radio.emulated import converse
from repack import joined, read, sent_again
from surefoot import profiles
from surefoot.devices import raw
from surefoot.errors import DeviceError
from surefoot.gatt import Pause, Write
from surefoot.samples import G0_MS2, ImuPacket

A, B, C = (f"0000000{n}-1111-4222-8333-444455556666" for n in (1, 2, 3))
BARE: dict[str, Any] = {
    "name": "a board",
    "service": A,
    "rate_hz": 100,
    "acc": {"characteristic": B, "offset": 0, "type": "i16", "unit": "mg"},
}


def profile(**more: Any) -> dict[str, Any]:
    return {**BARE, **more}


def acc(**more: Any) -> dict[str, Any]:
    return {**BARE["acc"], **more}


def decode(settings: Mapping[str, Any], text: str) -> ImuPacket:
    return read(raw.decoder(settings), bytes.fromhex(text))


# ------------------------------------------------------------------------------------------------ layouts by hand


def test_three_integers_of_mg() -> None:
    packet = decode(BARE, "E803 18FC F401")
    np.testing.assert_allclose(packet.acc / G0_MS2, [[1, -1, 0.5]], rtol=1e-12)
    assert (packet.device_ns, packet.gyr, packet.lost, packet.rate_hz) == (None, None, 0, 100)


@pytest.mark.parametrize(
    ("kind", "order", "text", "values"),
    [
        ("i8", "little", "7F 80 01", [127, -128, 1]),
        ("u8", "little", "7F 80 01", [127, 128, 1]),
        ("i16", "big", "03E8 FC18 0001", [1000, -1000, 1]),
        ("u16", "big", "03E8 FC18 0001", [1000, 64536, 1]),
        ("i32", "little", "E8030000 18FCFFFF 00000000", [1000, -1000, 0]),
        ("u32", "big", "000003E8 00000001 00000000", [1000, 1, 0]),
        ("f32", "little", "0000C03F 000020C1 00000000", [1.5, -10, 0]),
        ("f64", "big", "3FF8000000000000 0000000000000000 BFF0000000000000", [1.5, 0, -1]),
    ],
)
def test_types_and_byte_orders(kind: str, order: str, text: str, values: list[float]) -> None:
    packet = decode(profile(byte_order=order, acc=acc(type=kind, scale=0.001, unit="m/s2")), text)
    np.testing.assert_allclose(packet.acc, [np.array(values) / 1000], rtol=1e-12)


def test_rows_behind_a_header_and_blocks_of_each_axis_group() -> None:
    rows = profile(
        samples=2, acc=acc(offset=1, stride=12), gyr={"offset": 7, "stride": 12, "type": "i16", "unit": "deg/s"}
    )
    packet = decode(rows, "AA  0100 0200 0300 0A00 0B00 0C00  0400 0500 0600 0D00 0E00 0F00")
    np.testing.assert_allclose(packet.acc * 1000 / G0_MS2, [[1, 2, 3], [4, 5, 6]], rtol=1e-12)
    assert packet.gyr is not None
    np.testing.assert_allclose(np.degrees(packet.gyr), [[10, 11, 12], [13, 14, 15]], rtol=1e-12)
    blocks = profile(samples=2, acc=acc(stride=6), gyr={"offset": 12, "stride": 6, "type": "i16", "unit": "deg/s"})
    other = decode(blocks, "0100 0200 0300 0400 0500 0600  0A00 0B00 0C00 0D00 0E00 0F00")
    assert other == packet


def test_as_many_rows_as_the_packet_holds() -> None:
    whole = profile(samples="all", acc=acc(offset=2, stride=8), rows_at=0)  # a column before and none behind
    packet = decode(whole, "FFFF 0100 0200 0300  FFFF 0400 0500 0600  FFFF 0700 0800 0900")
    np.testing.assert_allclose(packet.acc[:, 0] * 1000 / G0_MS2, [1, 4, 7], rtol=1e-12)
    with pytest.raises(DeviceError, match="whole samples"):
        decode(whole, "FFFF 0100 0200 0300  FFFF 0400")
    with pytest.raises(DeviceError, match="whole samples"):
        decode(whole, "")


def test_a_packet_that_begins_otherwise_is_refused() -> None:
    marked = profile(begins="55 ?? 0C", acc=acc(offset=3))
    assert decode(marked, "55 77 0C E803 0000 0000").acc[0, 0] == pytest.approx(G0_MS2)
    for text in ("56 77 0C E803 0000 0000", "55 77 0D E803 0000 0000", "55 77"):
        with pytest.raises(DeviceError, match="does not begin with"):
            decode(marked, text)


@pytest.mark.parametrize("text", ["", "E803 0000 00"])
def test_a_packet_that_is_too_short_is_refused(text: str) -> None:
    with pytest.raises(DeviceError, match="the profile reads to 6"):
        decode(BARE, text)


def test_what_no_notification_can_hold_is_refused() -> None:
    with pytest.raises(DeviceError, match="at most 512"):
        raw.decoder(BARE).decode(bytes(513))


# ------------------------------------------------------------------------------------------------ stamps and counters


def stamped(**more: Any) -> dict[str, Any]:
    stamp = {"offset": 0, "type": "u16", "unit": "ms", **more}
    return profile(samples=2, acc=acc(offset=2, stride=6), stamp=stamp)


def test_a_stamp_of_the_first_or_of_the_last_sample() -> None:
    for at, times in (("first", [1000, 1010]), ("last", [990, 1000])):
        packet = decode(stamped(at=at), "E803" + "00" * 12)
        assert packet.device_ns is not None
        assert (packet.device_ns / 1e6).tolist() == times


def test_stamps_show_the_spacing_unless_packets_are_missing() -> None:
    decoder = raw.decoder(stamped() | {"rate_hz": 50})
    found = []
    for stamp in (1000, 1041, 1082, 1164):
        packet = read(decoder, struct.pack("<H", stamp) + bytes(12))
        assert packet.device_ns is not None
        found += (packet.device_ns / 1e6).tolist()
    assert found == [1000, 1020, 1041, 1061.5, 1082, 1102.5, 1164, 1184]  # 82 ms for two samples: a packet is missing


def test_a_stamp_that_begins_at_0_again_goes_on() -> None:
    decoder = raw.decoder(stamped())
    times = [read(decoder, struct.pack("<H", stamp) + bytes(12)).device_ns for stamp in (65530, 14, 34, 30)]
    starts = [int(one[0]) // 10**6 for one in times if one is not None]
    assert starts == [65530, 65550, 65570, 65566]  # the last is a packet that came late, not a day later


def test_a_stamp_beyond_int64_is_refused() -> None:
    decoder = raw.decoder(profile(acc=acc(offset=8), stamp={"offset": 0, "type": "u64", "unit": "s"}))
    with pytest.raises(DeviceError, match="146 years"):
        decoder.decode(bytes([255] * 8 + [0] * 6))


def test_a_counter_tells_what_was_lost() -> None:
    counted = profile(samples=2, acc=acc(offset=1, stride=6), sequence={"offset": 0, "type": "u8"})
    decoder = raw.decoder(counted)
    lost = [read(decoder, bytes([k]) + bytes(12)).lost for k in (254, 255, 0, 3, 2, 3)]
    assert lost == [0, 0, 0, 4, 0, 0]  # two packets of two samples; then the counter went back
    assert decoder.decode(bytes([3]) + bytes(12)) is None  # the same packet once more


def test_with_stamps_the_hole_shows_by_itself() -> None:
    both = stamped() | {"sequence": {"offset": 14, "type": "u8"}}
    decoder = raw.decoder(both)
    assert [read(decoder, struct.pack("<H", k) + bytes(12) + bytes([k])).lost for k in (0, 100, 200)] == [0, 0, 0]


def test_a_refused_packet_is_forgotten() -> None:
    floats = profile(acc=acc(offset=2, type="f32", unit="g"), sequence={"offset": 0, "type": "u16"})
    decoder = raw.decoder(floats)
    decoder.decode(struct.pack("<H3f", 1, 0, 0, 1))
    with pytest.raises(DeviceError, match="not a number"):
        decoder.decode(struct.pack("<H3f", 40, float("nan"), 0, 1))
    assert read(decoder, struct.pack("<H3f", 2, 0, 0, 1)).lost == 0


# ------------------------------------------------------------------------------------------------ two characteristics


def test_each_acceleration_takes_the_newest_rates() -> None:
    settings = profiles.load("arduino_blesense")
    assert list(raw.streams(settings).values()) == ["gyr", "imu"]
    decoder = raw.decoder(settings)
    assert read(decoder, struct.pack("<3f", 0, 0, 1)).gyr is None
    assert decoder.decode(struct.pack("<3f", 90, 0, 0), "gyr") is None
    assert decoder.decode(struct.pack("<3f", 180, 0, 0), "gyr") is None
    for _ in range(2):
        packet = read(decoder, struct.pack("<3f", 0, 0, 1))
        np.testing.assert_allclose(packet.acc, [[0, 0, G0_MS2]])
        assert packet.gyr is not None
        np.testing.assert_allclose(packet.gyr, [[np.pi, 0, 0]], rtol=1e-6)
    assert decoder.decode(b"x", "control") is None


# ------------------------------------------------------------------------------------------------ lines of text


def lines(**more: Any) -> dict[str, Any]:
    return {**BARE, "format": "lines", "acc": {"characteristic": B, "offset": 1, "unit": "g"}, **more}


def test_lines_are_put_together_and_columns_found() -> None:
    settings = lines(
        gyr={"offset": 4, "unit": "deg/s"}, stamp={"offset": 0, "unit": "ms"}, rate_hz=50
    )  # t, x, y, z, gx, gy, gz
    decoder = raw.decoder(settings)
    assert decoder.decode(b"10,0,0,") is None
    packet = read(decoder, b"1,90,0,0\r\n30.5,0,0,-1,0,0,0\n50,")
    np.testing.assert_allclose(packet.acc / G0_MS2, [[0, 0, 1], [0, 0, -1]])
    assert packet.gyr is not None
    np.testing.assert_allclose(np.degrees(packet.gyr), [[90, 0, 0], [0, 0, 0]])
    assert packet.device_ns is not None
    assert packet.device_ns.tolist() == [10_000_000, 30_500_000]
    assert read(decoder, b"1,0,0,0,0,0\n").acc[0, 0] == G0_MS2


def test_a_greeting_between_lines_is_skipped_and_alone_refused() -> None:
    decoder = raw.decoder(lines())
    assert read(decoder, b"Espruino 2v25\n>\n0,1,2,3\nERROR: x\n").acc.shape == (1, 3)
    with pytest.raises(DeviceError, match="no line of a board has numbers"):
        decoder.decode(b"Hello, who, are, you\n")
    assert decoder.decode(b"\r\n\n") is None


def test_a_notification_may_be_a_line_without_its_end() -> None:
    decoder = raw.decoder({**lines(), "format": "line"})
    assert read(decoder, b"0,1,2,3").acc.shape == (1, 3)
    assert read(decoder, "0,1,2,3").acc.shape == (1, 3)


@given(chunks=st.lists(st.binary(max_size=300), max_size=30))
def test_what_is_kept_of_a_line_stays_small(chunks: list[bytes]) -> None:
    decoder = raw.decoder(lines())
    for chunk in chunks:
        try:
            decoder.decode(chunk)
        except DeviceError as e:
            assert str(e)
        assert len(decoder._line) <= 512


# ------------------------------------------------------------------------------------------------ every layout


@st.composite
def layouts(draw: st.DrawFn) -> dict[str, Any]:
    """Binary profiles: a header with stamp and counter or without, rows or blocks, one characteristic or two."""
    kind = draw(st.sampled_from(["i16", "i32", "f32", "f64"]))
    size = {"i16": 2, "i32": 4, "f32": 4, "f64": 8}[kind] * 3
    scale = {"i16": 1 / 1024, "i32": 1e-6, "f32": 1.0, "f64": 1.0}[kind]
    made: dict[str, Any] = {**BARE, "rate_hz": draw(st.sampled_from([25, 100, 104, 119.5])), "range_g": 16}
    made["byte_order"] = draw(st.sampled_from(["little", "big"]))
    head = draw(st.integers(0, 3))
    if head:
        made["begins"] = " ".join(["A5", "??", "00"][:head])
    if draw(st.booleans()):
        made["sequence"] = {"offset": head, "type": draw(st.sampled_from(["u8", "u16", "u32"]))}
        head += int(made["sequence"]["type"][1:]) // 8
    if draw(st.booleans()):
        unit = draw(st.sampled_from(["ms", "us", "ns"]))
        made["stamp"] = {"offset": head, "type": "u64", "unit": unit, "at": draw(st.sampled_from(["first", "last"]))}
        head += 8
    gyro = draw(st.sampled_from(["none", "rows", "apart"]))
    samples = 1 if gyro == "apart" else draw(st.sampled_from([1, 3, "all"]))
    stride = size * (2 if gyro == "rows" else 1) + draw(st.integers(0, 3)) * (samples != "all")
    vector = {"offset": head, "type": kind, "scale": scale, "stride": stride}
    made["acc"] = {"characteristic": B, "unit": "g", **vector}
    if gyro == "rows":
        made["gyr"] = {**vector, "offset": head + size, "unit": "rad/s"}
    elif gyro == "apart":
        made["gyr"] = {"characteristic": C, "offset": 0, "type": kind, "scale": scale, "unit": "rad/s"}
    made["samples"] = samples
    return made


@given(settings=layouts(), packets=st.integers(1, 8), seed=st.integers(0, 10**6))
def test_every_layout_comes_back(settings: dict[str, Any], packets: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = packets * (settings["samples"] if settings["samples"] != "all" else 7)
    stamps = 10**9 + np.rint(np.arange(n) * 1e9 / settings["rate_hz"]).astype(np.int64)
    sent = ImuPacket(stamps, settings["rate_hz"], rng.uniform(-150, 150, (n, 3)), rng.uniform(-30, 30, (n, 3)))
    settings = json.loads(json.dumps(settings))  # as a recording's header keeps it
    first = sent_again("raw", sent, settings)
    assert sent_again("raw", first, settings) == first
    unit = settings["acc"]["scale"] * G0_MS2
    np.testing.assert_allclose(first.acc, sent.acc, atol=unit * 0.501 if unit < 1 else 1e-4)
    assert (first.gyr is None) == ("gyr" not in settings)
    if first.gyr is not None and sent.gyr is not None:
        limit = 32767 / 1024 if settings["acc"]["type"] == "i16" else 1e9
        np.testing.assert_allclose(first.gyr, np.clip(sent.gyr, -limit, limit), atol=1e-3)
    assert (first.device_ns is None) == ("stamp" not in settings)
    if first.device_ns is not None:
        np.testing.assert_allclose(first.device_ns, stamps, atol=6e6 if settings["stamp"]["unit"] == "ms" else 1e5)
    assert first.lost == 0


@given(settings=layouts(), payload=st.binary(max_size=520), stream=st.sampled_from(["imu", "gyr"]))
def test_any_bytes_raise_only_the_declared_error(settings: dict[str, Any], payload: bytes, stream: str) -> None:
    decoder = raw.decoder(settings)
    for _ in range(2):
        try:
            decoder.decode(payload, stream)
        except DeviceError as e:
            assert str(e)


# ------------------------------------------------------------------------------------------------ mistakes in profiles


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": None}, "does not say name"),
        ({"service": "180f"}, "service is a UUID of 128 bits"),
        ({"rate_hz": 0.5}, "rate_hz is a number from 1 to 5000, not '0.5'"),
        ({"rate_hz": float("nan")}, "rate_hz is a number"),
        ({"range_g": 0}, "range_g is a number"),
        ({"names": "board"}, "names is a list"),
        ({"names": [""]}, "names is a list"),
        ({"byte_order": "middle"}, "byte_order is one of little, big"),
        ({"format": "xml"}, "format is one of binary, line, lines"),
        ({"samples": 0}, "samples is a whole number"),
        ({"samples": True}, "samples is a whole number"),
        ({"samples": 2}, "does not say acc.stride"),
        ({"begins": "5"}, "begins is bytes like"),
        ({"acc": None}, "does not say acc"),
        ({"acc": 5}, r"acc is a table \[acc\]"),
        ({"acc": acc(type="i24")}, "acc.type is one of i8"),
        ({"acc": acc(unit="N")}, "acc.unit is one of g, mg, m/s2"),
        ({"acc": acc(offset=-1)}, "acc.offset is a whole number from 0 to 512"),
        ({"acc": acc(scale=0)}, "acc.scale is a number"),
        ({"acc": acc(scael=1)}, "no key acc.scael"),
        ({"acc": acc(offset=2), "rows_at": 3}, "rows_at is where the first row begins"),
        ({"gyr": {"offset": 6, "type": "i16", "unit": "g"}}, "gyr.unit is one of deg/s, rad/s"),
        (
            {"gyr": {"characteristic": C, "offset": 6, "type": "i16", "unit": "deg/s", "stride": 6}, "samples": 2,
             "acc": acc(stride=6)},
            "gyr.characteristic may differ",
        ),
        (
            {"gyr": {"offset": 6, "type": "i16", "unit": "deg/s", "stride": 6}, "samples": "all",
             "acc": acc(stride=12)},
            "gyr.stride equals acc.stride",
        ),
        ({"stamp": {"offset": 0, "type": "f32", "unit": "ms"}}, "stamp.type is one of u8, u16, u32, u64"),
        ({"stamp": {"offset": 0, "type": "u32", "unit": "min"}}, "stamp.unit is one of s, ms, us, ns"),
        ({"stamp": {"offset": 0, "type": "u32", "unit": "ms", "at": "middle"}}, "stamp.at is one of first, last"),
        ({"sequence": {"offset": 0, "type": "u64"}}, "sequence.type is one of u8, u16, u32"),
        ({"info": {"characteristic": "x"}}, "info.characteristic is a UUID"),
        ({"start": [{"characteristic": C}]}, r"start\[0\] needs either hex or text"),
        ({"start": [{"characteristic": C, "hex": "0"}]}, r"start\[0\].hex is bytes"),
        ({"start": [{"characteristic": C, "hex": "00", "pause_s": 60}]}, r"start\[0\].pause_s is a number"),
        ({"start": [{"characteristic": C, "hex": "00", "response": 1}]}, r"start\[0\].response is true or false"),
        ({"start": [{"characteristic": C, "hex": "00" * 513}]}, r"start\[0\]"),
        ({"stop": "00"}, "stop is a list"),
        ({"colour": 1}, "no key colour"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(change: dict[str, Any], says: str) -> None:
    wrong = {key: value for key, value in {**BARE, **change}.items() if value is not None}
    for ask in (raw.decoder, raw.range_ms2, raw.packet_n):
        with pytest.raises(DeviceError, match=says):
            ask(wrong)


def test_text_has_one_sample_a_line_and_no_counter() -> None:
    with pytest.raises(DeviceError, match="samples is 1 where the format is text"):
        raw.decoder(lines(samples=2))
    with pytest.raises(DeviceError, match="binary packets only"):
        raw.decoder(lines(sequence={"offset": 0, "type": "u8"}))


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    where=st.sampled_from(["", "acc", "gyr", "stamp", "sequence", "info"]),
    key=st.sampled_from(["name", "samples", "acc", "gyr", "stamp", "start", "offset", "type", "unit", "stride", "at"]),
    value=junk,
)
def test_any_profile_is_used_or_refused(where: str, key: str, value: Any) -> None:
    settings = json.loads(json.dumps(profiles.load("surefoot")))
    (settings[where] if where else settings)[key] = value
    try:
        decoder = raw.decoder(settings)
    except DeviceError as e:
        assert str(e)
        return
    try:
        decoder.decode(bytes(range(20)))
    except DeviceError as e:
        assert str(e)


# ------------------------------------------------------------------------------------------------ talks


def test_the_talk_writes_in_order_and_waits() -> None:
    steps = [
        {"characteristic": C, "hex": "01 02", "pause_s": 1.5},
        {"characteristic": C, "text": "0123456789" * 3, "response": False},
    ]
    talked = list(raw.start(profile(start=steps, stop=[{"characteristic": C, "hex": "00", "pause_s": 1}])))
    assert talked == [
        Write(C, b"\x01\x02"),
        Pause(1.5),
        Write(C, b"01234567890123456789", False),  # pieces that every link takes at once
        Write(C, b"0123456789", False),
    ]
    assert raw.stop(profile(stop=[{"characteristic": C, "hex": "00", "pause_s": 1}])) == [Write(C, b"\x00")]


def test_a_board_describes_itself() -> None:
    settings = profiles.load("surefoot")
    device = Board(info=b"rate_hz=104;range_g=8;acc_scale=0.000244140625;gyr_scale=0.07\0\0")
    agreed = converse(raw.start(settings), device)
    assert (agreed["rate_hz"], agreed["range_g"]) == (104, 8)
    assert (agreed["acc"]["scale"], agreed["gyr"]["scale"]) == (0.000244140625, 0.07)
    assert agreed == {**settings, **{key: agreed[key] for key in ("rate_hz", "range_g", "acc", "gyr")}}
    assert settings == profiles.load("surefoot")  # the shipped one is as it was


@pytest.mark.parametrize(
    ("info", "says"),
    [(b"", "describes itself"), (b"hello", "describes itself"), (b"rate_hz=0", "rate_hz is a number"),
     (b"rate_hz=nan", "rate_hz is a number"), (b"\xff=1;rate_hz", "describes itself"), (b"acc_scale=0", "acc.scale")],
)  # fmt: skip
def test_a_board_that_describes_itself_badly_is_refused(info: bytes, says: str) -> None:
    with pytest.raises(DeviceError, match=says):
        converse(raw.start(profiles.load("surefoot")), Board(info=info))


@pytest.mark.parametrize("name", sorted(profiles.shipped()))
def test_samples_of_every_emulated_board_are_read(name: str) -> None:
    device = Board(name)
    device.connected()
    settings = device.settings
    streams = raw.streams(settings)
    for characteristic in streams:
        device.subscribed(characteristic)
    agreed = converse(raw.start(settings), device)
    assert [payload for _, payload in device.written] == [
        bytes.fromhex(one["hex"]) for one in settings.get("start", [])
    ]
    stamps = 10**9 + np.rint(np.arange(30) * 1e9 / settings["rate_hz"]).astype(np.int64)
    sent = ImuPacket(stamps, settings["rate_hz"], np.tile([1.0, -2.0, G0_MS2], (30, 1)), np.tile([0.5, 0, -1], (30, 1)))
    decoder = raw.decoder(agreed)
    heard = [decoder.decode(payload, streams[where]) for where, payload in device.take(sent)]
    whole = joined([packet for packet in heard if packet is not None])
    assert whole.acc.shape == (30, 3)
    np.testing.assert_allclose(whole.acc, sent.acc, atol=0.006)
    if whole.gyr is not None:
        np.testing.assert_allclose(whole.gyr, sent.gyr, atol=0.001)  # type: ignore[arg-type]


def test_the_reference_writes_what_is_read(reference: Any) -> None:
    g, dps = [0.25, -0.5, 1.0], [10.0, -20.0, 30.0]

    def seen(name: str, payload: bytes) -> ImuPacket:
        packet = read(raw.decoder(profiles.load(name)), payload)
        np.testing.assert_allclose(packet.acc / G0_MS2, [g], atol=1e-4)
        if packet.gyr is not None:
            np.testing.assert_allclose(np.degrees(packet.gyr), [dps], atol=0.05)
        return packet

    seen("thingy52", reference.thingy_encode(g, dps))
    seen("sensortag_cc2650", reference.sensortag_encode(dps, g, range_g=8))
    seen("arduino_blesense", reference.f32x3_encode(g))
    seen("adafruit_bluefruit", reference.f32x3_encode([v * G0_MS2 for v in g]))
    seen("pinetime", reference.i16_encode([v * 1024 for v in g]))
    seen("esense", reference.esense_encode(7, dps, g, 65.5, 8192))
    earable = seen("openearable_v1", reference.openearable1_encode(1234, [v * G0_MS2 for v in g], dps))
    assert earable.device_ns is not None
    assert earable.device_ns.tolist() == [1_234_000_000]
    seen("sensiml_nano33", reference.sensiml_encode([[v * 8192 for v in g] + [v * 16.384 for v in dps]]))


def test_the_published_frame_of_a_thingy_reads_one_g(vectors: list[dict[str, Any]]) -> None:
    mine = [vector for vector in vectors if vector["device"] == "thingy52"]
    assert mine
    for vector in mine:
        packet = read(raw.decoder(profiles.load("thingy52")), bytes.fromhex(vector["hex"]))
        np.testing.assert_allclose(packet.acc / G0_MS2, [vector["decoded"]["acc_g"]], rtol=1e-12)
        assert np.linalg.norm(packet.acc) == pytest.approx(G0_MS2, rel=0.01)


# ------------------------------------------------------------------------------------------------ the note and sketches

NOTES = Path(__file__).parent.parent / "firmware-notes"
PROGRAM = """
#include <stdio.h>
#include "surefoot_packet.h"
int main(void) {
    surefoot_packet packet;
    surefoot_begin(&packet, AXES, 5);
    for (int k = 0; k < 60; k++) {
        float acc[3] = {k * 0.01f - 0.25f, -0.1f * k, k == 7 ? 99.0f : 1.0f};
        float gyr[3] = {(float)k, -2.0f * k, 100.25f};
        uint16_t n = surefoot_add(&packet, 4294900000u + 10000u * (uint32_t)k, acc, gyr);
        for (int i = 0; i < n; i++) printf("%02x", packet.bytes[i]);
        if (n) printf("\\n");
    }
    return 0;
}
"""


@pytest.mark.parametrize(("name", "axes"), [("surefoot", 6), ("surefoot_acc", 3)])
def test_the_packing_of_the_sketches_is_read_by_the_shipped_profile(name: str, axes: int, tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    source, program = tmp_path / "packets.c", tmp_path / "packets"
    source.write_text(PROGRAM, encoding="utf-8")
    options = ["-std=c99", "-Wall", "-Wextra", "-Werror", f"-DAXES={axes}", f"-I{NOTES / 'sketches'}"]
    subprocess.run([compiler, *options, str(source), "-o", str(program)], check=True)
    out = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
    packets = [bytes.fromhex(line) for line in out.split()]
    assert [(len(one), one[1], one[2]) for one in packets] == [(8 + 10 * axes, 5, k) for k in range(12)]
    decoder = raw.decoder(profiles.load(name))
    whole = joined([read(decoder, one) for one in packets])
    k = np.arange(60)
    acc = np.column_stack([k * 0.01 - 0.25, -0.1 * k, np.where(k == 7, 32767 / 2048, 1.0)])
    np.testing.assert_allclose(whole.acc / G0_MS2, acc, atol=0.5001 / 2048)
    if axes == 6:
        assert whole.gyr is not None
        np.testing.assert_allclose(
            np.degrees(whole.gyr), np.column_stack([k, -2.0 * k, np.full(60, 100.25)]), atol=0.032
        )
    assert whole.device_ns is not None
    assert whole.device_ns.tolist() == [(4_294_900_000 + 10_000 * i) * 1000 for i in range(60)]  # it wrapped on the way


@pytest.mark.parametrize(
    ("sketch", "name"),
    [("arduino_ble.ino", "surefoot"), ("esp32_nimble.ino", "surefoot"), ("bangle.js", "surefoot_acc")],
)
def test_a_sketch_has_the_profiles_uuids_and_name(sketch: str, name: str) -> None:
    text, settings = (NOTES / "sketches" / sketch).read_text(encoding="utf-8"), profiles.load(name)
    for uuid in (settings["service"], settings["acc"]["characteristic"], settings["info"]["characteristic"]):
        assert f'"{uuid}"' in text
    assert f'"{settings["names"][0]}"' in text
    assert "Not tried on hardware" in text


def test_the_examples_of_the_note_are_profiles() -> None:
    note = (NOTES / "raw.md").read_text(encoding="utf-8")
    every, lines_of_text = (
        tomllib.loads(block.replace('"…"', f'"{C}"')) for block in re.findall(r"^```toml\n(.*?)^```", note, re.M | re.S)
    )
    with pytest.raises(DeviceError, match=r"gyr.characteristic may differ"):
        raw.decoder(every)  # it shows every key, also those that do not go together
    del every["gyr"]["characteristic"]
    del every["begins"], every["stop"]
    assert raw.packet_n(every) == 5
    packet = read(raw.decoder(lines_of_text), b"0,0,1,90,0,0")
    assert packet.acc[0, 2] == G0_MS2


def test_every_shipped_profile_is_in_the_note() -> None:
    note = (NOTES / "raw.md").read_text(encoding="utf-8")
    for name in profiles.shipped():
        assert f"`{name}`" in note
