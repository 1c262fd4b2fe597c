"""The Polar codec against frames written out by hand from the protocol's layout."""

from __future__ import annotations

import itertools
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from radio.devices.polar import CONTROL, DATA, Polar
from radio.emulated import converse
from repack import joined, read, repacked, run, same_events, sent_again
from surefoot import simulate
from surefoot.devices import Decoder, polar, polar_control, polar_frames, polar_radio
from surefoot.devices.pairing import WAIT_N
from surefoot.errors import DeviceError
from surefoot.samples import G0_MS2, ImuPacket, Ints

H10 = {"rate_hz": 200, "range_g": 8}
SENSE: dict[str, Any] = {"model": "sense", "sdk": True, "rate_hz": 416, "range_g": 16, "gyro": True, "range_dps": 2000}
MG = G0_MS2 / 1000
STAMP = bytes.fromhex("00943577 00000000".replace(" ", ""))  # 2 000 000 000 ns, little endian


def raw(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


def decode(text: str, known: dict[str, Any] = H10) -> ImuPacket:
    return read(polar.decoder(known), raw(text))


def encode(packet: ImuPacket) -> bytes:
    ((stream, frame),) = polar.encode(packet, H10)
    assert stream == "imu"
    assert isinstance(frame, bytes)
    return frame


def test_a_frame_of_two_samples_of_16_bits() -> None:
    # 02 = acceleration, stamp 2 s, type 1; (0, 0, 1000) mg, (-1, 255, -8000) mg
    packet = decode("02 0094357700000000 01  0000 0000 E803  FFFF FF00 C0E0")
    mg = packet.acc / (G0_MS2 / 1000)
    np.testing.assert_allclose(mg, [[0, 0, 1000], [-1, 255, -8000]], rtol=1e-12)
    assert packet.device_ns is not None
    assert packet.device_ns.tolist() == [1_995_000_000, 2_000_000_000]  # the stamp is the last sample's
    assert packet.rate_hz == 200


def test_frames_of_8_and_24_bits() -> None:
    small = decode("02 0094357700000000 00  7F 80 01")
    np.testing.assert_allclose(small.acc / (G0_MS2 / 1000), [[127, -128, 1]], rtol=1e-12)
    large = decode("02 0094357700000000 02  FFFFFF 1FA107 E80300")
    np.testing.assert_allclose(large.acc / (G0_MS2 / 1000), [[-1, 499999, 1000]], rtol=1e-12)


def test_the_time_since_the_previous_stamp_is_spread_over_the_samples() -> None:
    decoder = polar.decoder(H10)
    sample = "0000 0000 E803"
    decoder.decode(bytes.fromhex(f"02 {(10**9).to_bytes(8, 'little').hex()} 01 {sample * 2}".replace(" ", "")))
    later = (10**9 + 10_200_000).to_bytes(8, "little").hex()  # 5.1 ms each: 2 % slow
    packet = read(decoder, bytes.fromhex(f"02 {later} 01 {sample * 2}".replace(" ", "")))
    assert packet.device_ns is not None
    assert packet.device_ns.tolist() == [10**9 + 5_100_000, 10**9 + 10_200_000]


def test_after_a_lost_frame_stamps_step_back_at_the_nominal_rate() -> None:
    decoder = polar.decoder(H10)
    sample = "0000 0000 E803"
    decoder.decode(bytes.fromhex(f"02 {(10**9).to_bytes(8, 'little').hex()} 01 {sample * 2}".replace(" ", "")))
    later = (10**9 + 20_000_000).to_bytes(8, "little").hex()
    packet = read(decoder, bytes.fromhex(f"02 {later} 01 {sample * 2}".replace(" ", "")))
    assert packet.device_ns is not None
    assert packet.device_ns.tolist() == [10**9 + 15_000_000, 10**9 + 20_000_000]


def test_a_full_frame_has_226_bytes() -> None:
    stamps = np.arange(36, dtype=np.int64) * 5_000_000 + 10**9
    frame = encode(ImuPacket(stamps, 200.0, np.zeros((36, 3))))
    assert len(frame) == 226
    assert frame[:10] == b"\x02" + int(stamps[-1]).to_bytes(8, "little") + b"\x01"


def test_encode_writes_the_bytes_that_were_read() -> None:
    frame = bytes.fromhex("02 0094357700000000 01  0000 0000 E803  FFFF FF00 C0E0".replace(" ", ""))
    assert encode(read(polar.decoder(H10), frame)) == frame


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        ("", "at least 10 bytes"),
        ("02 0094357700000000", "at least 10 bytes"),
        ("02 0094357700000000 01", "whole samples"),
        ("02 0094357700000000 01 0000 0000 E8", "whole samples"),
        ("02 0094357700000000 81 0000 0000 E8", "begins with 6 bytes"),
        ("02 0094357700000000 81 0000 0000 E803 06", "head of a block"),
        ("02 0094357700000000 81 0000 0000 E803 06 01 3B0F", "needs 3 bytes, 2 are left"),
        ("02 0094357700000000 81 0000 0000 E803 21 00", "33 bits"),
        ("02 0094357700000000 81 0000 0000 E803" + "00 FF" * 6, "255 differences"),
        ("02 0094357700000000 82 0000 0000 E803", "type 0 or 1, not 2"),
        ("02 0094357700000000 03 0000 0000 E803", "type 0, 1 or 2"),
        ("05 0094357700000000 80 0000 0000 E803", "not acceleration"),
        ("00 0094357700000000 01 0000 0000 E803", "not acceleration"),
        ("02 FFFFFFFFFFFFFFFF 01 0000 0000 E803", "not a date"),
    ],
)
def test_a_bad_frame_is_refused_with_the_reason(frame: str, says: str) -> None:
    with pytest.raises(DeviceError, match=says):
        decode(frame)


def test_a_refused_frame_does_not_move_the_clock() -> None:
    decoder = polar.decoder(H10)
    good = b"\x02" + (10**9).to_bytes(8, "little") + b"\x01" + bytes(12)
    decoder.decode(good)
    with pytest.raises(DeviceError):
        decoder.decode(b"\x02" + (2 * 10**9).to_bytes(8, "little") + b"\x01" + bytes(5))
    packet = read(decoder, b"\x02" + (10**9 + 10_200_000).to_bytes(8, "little") + b"\x01" + bytes(12))
    assert packet.device_ns is not None
    assert packet.device_ns[0] == 10**9 + 5_100_000


def test_encode_clips_where_the_sensor_does() -> None:
    stamps = np.array([10**9], dtype=np.int64)
    acc = np.array([[100.0, -100.0, 78.0]])
    frame = encode(ImuPacket(stamps, 200.0, acc))
    assert np.frombuffer(frame[10:], "<i2").tolist() == [8000, -8000, round(78.0 / G0_MS2 * 1000)]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({}, "H10"),
        ({"rate_hz": 52, "range_g": 8}, "a Polar H10 measures at 25, 50, 100, 200 Hz"),
        ({"rate_hz": 200, "range_g": 16}, "2, 4, 8 g"),
        ({**H10, "gyro": True}, "no turning"),
        ({**H10, "sdk": True}, "SDK mode True"),
        ({**H10, "model": "h9"}, "the models are h10, sense and oh1"),
        ({**H10, "model": ["h10"]}, "the models are"),
        ({"model": "sense", "rate_hz": 416, "range_g": 8}, "outside its SDK mode measures at 52 Hz"),
        ({**SENSE, "range_dps": 300}, "250, 500, 1000, 2000 °/s"),
        ({"model": "oh1", "rate_hz": 52, "range_g": 8}, "OH1 measures at 50 Hz"),
    ],
)
def test_settings_that_the_model_does_not_have_are_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(DeviceError, match=says):
        polar.decoder(wrong)


def test_an_old_recording_without_a_model_is_an_h10s() -> None:
    assert polar.setup(H10) == polar.setup({**H10, "model": "h10", "sdk": False, "gyro": False})
    assert polar.packet_n(H10) == 36
    assert polar.range_ms2(SENSE) == pytest.approx(16 * G0_MS2)


# ------------------------------------------------------------------------------------------------ delta frames


def test_differences_are_eaten_from_the_least_significant_bits() -> None:
    # reference (-15, 20, 1008); one block of width 6: 1 sample, differences -5, -3, 0 = 0b000000_111101_111011
    packet = decode(
        "02 0094357700000000 81  F1FF 1400 F003  06 01 7B0F00", {"model": "oh1", "rate_hz": 50, "range_g": 8}
    )
    np.testing.assert_allclose(packet.acc / MG, [[-15, 20, 1008], [-20, 17, 1008]], rtol=1e-12)


def test_blocks_follow_each_other_and_padding_means_nothing() -> None:
    # width 4: (1, -1, 7) = 0xF1, 0x7 and a padding nibble of F; width 0: the same again, twice
    rows = polar_frames.deltas(bytes.fromhex("000000000000 0401F1F7 0002".replace(" ", "")), 2)
    assert rows.tolist() == [[0, 0, 0], [1, -1, 7], [1, -1, 7], [1, -1, 7]]


def test_float_patterns_wrap() -> None:
    rows = np.array([[1.0, -0.5, 0.0], [-1.0, 0.5, -0.0]], np.float32).view(np.int32).astype(np.int64)
    content, n = polar_frames.pack(rows, 4)
    assert n == 2
    assert ((polar_frames.deltas(content, 4) - rows) % (1 << 32) == 0).all()


@given(rows=hnp.arrays(np.int64, st.tuples(st.integers(1, 400), st.just(3)), elements=st.integers(-(2**15), 2**15 - 1)))
@settings(max_examples=150)
def test_what_was_packed_is_unpacked(rows: Ints) -> None:
    content, n = polar_frames.pack(rows)
    assert len(content) <= 218
    assert 1 <= n <= len(rows)
    assert np.array_equal(polar_frames.deltas(content, 2), rows[:n])


@given(bits=st.integers(0, 15), n=st.integers(300, 600), seed=st.integers(0, 10**6))
def test_a_frame_is_full_before_a_sample_is_left_over(bits: int, n: int, seed: int) -> None:
    step = np.random.default_rng(seed).integers(-(2**bits), 2**bits, (n, 3))
    content, taken = polar_frames.pack(np.clip(np.cumsum(step, axis=0), -(2**15), 2**15 - 1))
    if taken < n:
        assert len(content) > 218 - 17 * 3 / 8 - 3  # no room for one more difference with a head of its own


def test_the_factor_of_the_start_answer_scales_both_measurements() -> None:
    frame = "02 0094357700000000 80  0000 0000 0010"  # 4096 units
    turn = "05 0094357700000000 80  0000 0000 6400"  # 100 units
    decoder = polar.decoder(SENSE)
    assert decoder.decode(bytes.fromhex("F002020000 05 01 00000039"), "control") is None  # 2^-13 g
    assert decoder.decode(bytes.fromhex("F002050000 05 01 0000803D"), "control") is None  # 2^-4 °/s
    assert decoder.decode(raw(frame)) is None  # waits for the gyroscope
    packet = read(decoder, raw(turn))
    assert packet.acc[0, 2] == pytest.approx(4096 / 8192 * G0_MS2)
    assert packet.gyr is not None
    assert packet.gyr[0, 2] == pytest.approx(math.radians(100 / 16))


def test_without_answers_the_usual_factors_hold_and_an_answer_without_one_means_1() -> None:
    known = {"model": "oh1", "rate_hz": 50, "range_g": 8}
    frame = raw("02 0094357700000000 80  0000 0000 0400")
    assert read(polar.decoder(known), frame).acc[0, 2] == pytest.approx(4 * 0.000244 * G0_MS2)
    answered = polar.decoder(known)
    answered.decode(bytes.fromhex("F002020000"), "control")
    assert read(answered, frame).acc[0, 2] == pytest.approx(4 * G0_MS2)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "F0",
        "F00202",
        "F0020206 00 05 01 00000039",  # refused
        "F001020000 05 01 00000039",  # an answer to another request
        "F002020000 05 01 0000C07F",  # not a number
        "F002020000 05 01 0000807F",  # infinite
        "F002020000 05 01 00000080",  # minus zero
        "01 02 05",  # stopped by the device
        "0F 6E 02",
    ],
)
def test_other_words_of_the_control_point_change_nothing(said: str) -> None:
    known = {"model": "oh1", "rate_hz": 50, "range_g": 8}
    decoder = polar.decoder(known)
    assert decoder.decode(raw(said), "control") is None
    assert read(decoder, raw("02 0094357700000000 80  0000 0000 0400")).acc[0, 2] == pytest.approx(
        4 * 0.000244 * G0_MS2
    )


@pytest.mark.parametrize("pattern", ["0000C07F", "0100A07F", "0000807F", "FFFF7F7F"])
def test_a_turning_that_is_no_number_is_refused(pattern: str) -> None:
    with pytest.raises(DeviceError, match="not a number or beyond"):
        polar.decoder(SENSE).decode(raw("05 0094357700000000 81 00000000 00000000" + pattern))


# ------------------------------------------------------------------------------------------------ round trips

EVERY = [
    {"model": model, "sdk": sdk, "rate_hz": rate, "range_g": range_g, "gyro": range_dps is not None}
    | ({"range_dps": range_dps} if range_dps else {})
    for (model, sdk), has in polar.MODELS.items()
    for rate in has.rates_hz
    for range_g in has.ranges_g
    for range_dps in (None, *has.ranges_dps)
]


@given(known=st.sampled_from(EVERY), n=st.integers(1, 300), seed=st.integers(0, 10**6), calm=st.floats(0.001, 1))
@settings(max_examples=200)
def test_every_setting_gives_back_what_was_sent(known: dict[str, Any], n: int, seed: int, calm: float) -> None:
    rng = np.random.default_rng(seed)
    full_dps = known.get("range_dps")
    stamps = 10**12 + np.rint(np.arange(n) * 1e9 / known["rate_hz"]).astype(np.int64)
    acc = rng.uniform(-1, 1, (n, 3)) * calm * known["range_g"] * G0_MS2
    gyr = None if full_dps is None else np.radians(rng.uniform(-1, 1, (n, 3)) * calm * full_dps)
    sent = ImuPacket(stamps, known["rate_hz"], acc, gyr)
    first = sent_again("polar", sent, known)
    np.testing.assert_allclose(first.acc, acc, atol=MG / 2 + 1e-9)
    assert first.device_ns is not None
    assert np.abs(first.device_ns - stamps).max() <= 1
    if gyr is not None and full_dps is not None:
        assert first.gyr is not None
        np.testing.assert_allclose(first.gyr, gyr, atol=math.radians(0.07 * full_dps / 2000) / 2 + 1e-9)
    assert sent_again("polar", first, known) == first


def test_frames_of_the_compressed_models_fit_the_air() -> None:
    rng = np.random.default_rng(2)
    stamps = 10**12 + np.rint(np.arange(2000) * 1e9 / 416).astype(np.int64)
    packet = ImuPacket(stamps, 416, rng.normal(0, 5, (2000, 3)), rng.normal(0, 2, (2000, 3)))
    sizes = [len(frame) for _, frame in polar.encode(packet, SENSE)]
    assert max(sizes) <= 228
    assert np.median(sizes) >= 220


def test_what_cannot_be_said_is_refused() -> None:
    stamps = np.array([10**9], np.int64)
    with pytest.raises(DeviceError, match="stamp of its last"):
        polar.encode(ImuPacket(None, 200, np.zeros((1, 3))), H10)
    with pytest.raises(DeviceError, match="from 2000 on"):
        polar.encode(ImuPacket(-stamps, 200, np.zeros((1, 3))), H10)


# ------------------------------------------------------------------------------------------------ both measurements

RATE_HZ = SENSE["rate_hz"]


def swinging(n: int, start: int = 0) -> ImuPacket:
    """A smooth movement with turning, from sample `start` on."""
    t = (start + np.arange(n)) / RATE_HZ
    phases = np.outer(t, [3.0, 5.0, 7.0])
    stamps = 10**12 + np.rint(t * 1e9).astype(np.int64)
    return ImuPacket(stamps, RATE_HZ, 5 * np.sin(phases), 3 * np.cos(phases))


def frames(packet: ImuPacket) -> tuple[list[bytes], list[bytes]]:
    """Of acceleration, of turning."""
    sent = [payload for _, payload in polar.encode(packet, SENSE) if isinstance(payload, bytes)]
    return [one for one in sent if one[0] == 2], [one for one in sent if one[0] == 5]


def packets(decoder: Decoder, payloads: list[bytes]) -> list[ImuPacket]:
    return [packet for one in payloads if (packet := decoder.decode(one)) is not None]


@given(sizes=st.lists(st.integers(1, 36), min_size=1, max_size=20), turns_first=st.booleans())
@settings(max_examples=60)
def test_frames_of_any_size_give_the_same_pairs(sizes: list[int], turns_first: bool) -> None:
    whole = swinging(400)
    reference = joined(packets(polar.decoder(SENSE), [one for kind in frames(whole) for one in kind]))
    decoder, got, at = polar.decoder(SENSE), [], 0
    for size in itertools.cycle(sizes):
        if at >= 400:
            break
        accs, turns = frames(swinging(min(size, 400 - at), at))
        got += packets(decoder, [*turns, *accs] if turns_first else [*accs, *turns])
        at += size
    again = joined(got)
    assert len(again.acc) == len(reference.acc) == 400
    np.testing.assert_allclose(again.acc, reference.acc, atol=1e-9)
    assert again.gyr is not None
    assert reference.gyr is not None
    np.testing.assert_allclose(again.gyr, reference.gyr, atol=1e-9)


def test_turning_on_a_clock_of_its_own_is_interpolated() -> None:
    device = Polar("sense", gyro_hz=RATE_HZ * 51.41 / 52.11)
    device.connected()
    for characteristic in (CONTROL, DATA):
        device.subscribed(characteristic)
    agreed = converse(polar_radio.start(SENSE), device)
    decoder = polar.decoder(agreed)
    sent = [payload for k in range(0, 8000, 16) for _, payload in device.take(swinging(16, k))]
    first, *got = packets(decoder, sent)
    assert first.gyr is None  # stamps of the very first frames step back at the nominal rate, and begin too late here
    assert all(packet.gyr is not None for packet in got)
    whole = joined(got)
    assert len(whole.acc) > 7000
    assert whole.device_ns is not None
    assert whole.gyr is not None
    truth = 3 * np.cos(np.outer((whole.device_ns - 10**12) / 1e9, [3.0, 5.0, 7.0]))
    # half a bit of 0.07 °/s, and what straight lines miss of the fastest axis, the device's and then ours
    line = 3 * 7**2 / 8 / (0.98 * RATE_HZ) ** 2
    assert np.abs(whole.gyr - truth).max() < math.radians(0.035) + 2 * line + 1e-5


def test_acceleration_waits_for_a_silent_gyroscope_only_so_long() -> None:
    decoder = polar.decoder(SENSE)
    accs, _ = frames(swinging(2000))
    got, waiting = [], 0
    for frame in accs:
        waiting += len(polar_frames.deltas(frame[10:], 2))
        packet = decoder.decode(frame)
        if packet is not None:
            got.append(packet)
            waiting -= len(packet.acc)
        assert 0 <= waiting <= WAIT_N
    assert len(got[0].acc) > WAIT_N
    assert waiting == 0  # nothing waits once it was given up
    assert {packet.gyr is None for packet in got} == {True}
    accs, turns = frames(swinging(60, 2000))
    assert [packet.gyr is not None for packet in packets(decoder, turns + accs)] == [True]
    accs, turns = frames(swinging(60, 2060))  # and it is waited for again
    assert [(len(packet.acc), packet.gyr is not None) for packet in packets(decoder, accs + turns)] == [(60, True)]


@pytest.mark.parametrize("kind", [0, 1])
def test_one_measurement_without_the_other_fills_no_memory(kind: int) -> None:
    decoder = polar.decoder(SENSE)
    for k in range(0, 30_000, 100):
        packets(decoder, frames(swinging(100, k))[kind])
    assert len(pickle.dumps(decoder)) < 200_000


def test_settings_end_where_they_are_cut_or_unknown() -> None:
    assert polar_control.settings_of(raw("00 02 3400 6800 05 01 0000")) == {0: [52, 104]}
    assert polar_control.settings_of(raw("04 01 03 07 01 00 00 01 3400")) == {4: [3]}
    assert polar_control.settings_of(raw("04")) == {}


def test_a_lost_frame_of_turning_takes_no_acceleration_with_it() -> None:
    decoder = polar.decoder(SENSE)
    got = []
    for k in range(10):
        accs, turns = frames(swinging(30, 30 * k))
        got += packets(decoder, accs + ([] if k == 4 else turns))
    whole = [packet.gyr is not None for packet in got for _ in packet.acc]
    assert whole == [True] * 120 + [False] * 60 + [True] * 120
    np.testing.assert_allclose(np.concatenate([packet.acc for packet in got]), swinging(300).acc, atol=MG)


def test_what_comes_twice_or_late_changes_nothing() -> None:
    accs, turns = frames(swinging(300))
    once = joined(packets(polar.decoder(SENSE), accs + turns))
    twice = [one for frame in accs for one in (frame, frame)] + [one for frame in turns for one in (frame, frame)]
    again = joined(packets(polar.decoder(SENSE), [*twice, accs[0]]))
    np.testing.assert_allclose(again.acc, once.acc)
    assert again.gyr is not None
    assert len(again.gyr) == 300


def test_a_clock_that_jumps_begins_a_new_stream() -> None:
    decoder = polar.decoder(SENSE)
    first_acc, first_turns = frames(swinging(30, 10_000))
    waiting, _ = frames(swinging(30, 10_030))
    back_acc, back_turns = frames(swinging(30))
    got = [decoder.decode(one) for one in first_acc + first_turns + waiting + back_acc + back_turns]
    sizes = [None if one is None else (len(one.acc), one.gyr is not None) for one in got]
    assert sizes == [None, (30, True), None, (30, False), (30, True)]


@pytest.mark.parametrize("packet_n", [1, 7, 20, 35])
def test_a_verity_sense_gives_the_same_events_in_frames_of_any_size(packet_n: int) -> None:
    sensor = simulate.SensorSetup(settings=SENSE, gyro=True, yaw_deg=20, pitch_deg=5)
    made = simulate.stand("one_ec_firm", seed=3, target_s=6.0, sensor=sensor)
    once = run(made.header, repacked(made.header, made.inputs, 36))
    assert {"HoldEnded", "Scored"} <= {type(event).__name__ for event in once}
    same_events(run(made.header, repacked(made.header, made.inputs, packet_n)), once)
