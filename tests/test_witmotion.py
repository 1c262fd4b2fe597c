"""The WitMotion codec against frames written out by hand, a stream cut anywhere, and its talk with an emulated one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio.devices.witmotion import WitMotion
from radio.emulated import converse
from repack import joined, read, run, sent_again
from surefoot import simulate
from surefoot.devices import recognise, witmotion
from surefoot.errors import DeviceError
from surefoot.events import HoldEnded
from surefoot.gatt import Seen
from surefoot.samples import G0_MS2, Array, ImuPacket
from surefoot.simulate import SensorSetup

SETTINGS = {"rate_hz": 50}
# 1 g = 2048 = 0x0800, 16.4 counts per °/s; x = 1 g, y = −1 g, z = 0.5 g; 1000 °/s = 16384 = 0x4000, −1000, 0; no angles
FRAME = bytes.fromhex("5561 0008 00F8 0004 0040 00C0 0000 0000 0000 0000")
REGISTER = bytes.fromhex("5571 6400 8C01 0000 0000 0000 0000 0000 0000 0000")  # battery: 3.96 V


def decoded(chunks: list[bytes]) -> ImuPacket | None:
    decoder = witmotion.decoder(SETTINGS)
    packets = []
    for chunk in chunks:
        try:
            packet = decoder.decode(chunk)
        except DeviceError:
            continue
        if packet is not None:
            packets.append(packet)
    return joined(packets) if packets else None


def test_a_frame_of_six_axes() -> None:
    packet = read(witmotion.decoder(SETTINGS), FRAME)
    np.testing.assert_allclose(packet.acc / G0_MS2, [[1, -1, 0.5]], rtol=1e-12)
    assert packet.gyr is not None
    np.testing.assert_allclose(np.degrees(packet.gyr), [[1000, -1000, 0]], rtol=1e-12)
    assert packet.device_ns is None
    assert packet.rate_hz == 50


def test_several_frames_may_come_in_one_notification() -> None:
    packet = read(witmotion.decoder(SETTINGS), FRAME * 3)
    assert packet.acc.shape == (3, 3)


def test_answers_to_register_reads_between_frames_are_no_samples() -> None:
    decoder = witmotion.decoder(SETTINGS)
    assert read(decoder, FRAME + REGISTER + FRAME).acc.shape == (2, 3)
    assert decoder.decode(REGISTER) is None


def test_garbage_is_skipped_and_the_next_frame_found() -> None:
    packet = read(witmotion.decoder(SETTINGS), b"\x00\x55\x55\x62\x61" + FRAME + FRAME)
    assert packet.acc.shape == (2, 3)
    decoder = witmotion.decoder(SETTINGS)
    with pytest.raises(DeviceError, match="30 bytes belong to no WitMotion frame"):
        decoder.decode(bytes(30))
    assert read(decoder, FRAME).acc.shape == (1, 3)


def test_the_head_of_a_frame_inside_a_frame_does_not_mislead() -> None:
    tricky = bytes.fromhex("5561 0008 5561 0004 0040 00C0 0000 0000 0000 0000")  # y holds the bytes of a head
    decoder = witmotion.decoder(SETTINGS)
    whole = read(decoder, tricky * 2)
    assert whole.acc.shape == (2, 3)
    lost_its_head = decoder.decode(tricky[2:] + FRAME + FRAME)
    assert lost_its_head is not None
    np.testing.assert_allclose(lost_its_head.acc[-2:] / G0_MS2, [[1, -1, 0.5]] * 2)
    assert len(lost_its_head.acc) == 2


@given(
    n=st.integers(1, 12),
    cuts=st.lists(st.integers(1, 45), min_size=1, max_size=300),
    seed=st.integers(0, 10**6),
)
def test_a_stream_cut_anywhere_gives_the_same_samples(n: int, cuts: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    sent = ImuPacket(None, 50.0, rng.uniform(-150, 150, (n, 3)), rng.uniform(-30, 30, (n, 3)))
    stream = b"".join(bytes(frame) for _, frame in witmotion.encode(sent, SETTINGS) if isinstance(frame, bytes))
    chunks, at = [], 0
    for cut in cuts:
        chunks.append(stream[at : at + cut])
        at += cut
    chunks.append(stream[at:])
    assert decoded([chunk for chunk in chunks if chunk]) == read(witmotion.decoder(SETTINGS), stream[: 20 * n])


@given(junk=st.binary(max_size=60), n=st.integers(2, 6))
def test_after_any_junk_the_stream_is_found_again(junk: bytes, n: int) -> None:
    packet = decoded([junk, FRAME * n])
    assert packet is not None
    np.testing.assert_allclose(packet.acc[-(n - 1) :] / G0_MS2, [[1, -1, 0.5]] * (n - 1))


@given(chunks=st.lists(st.binary(max_size=40), max_size=60))
def test_what_is_kept_between_notifications_stays_small(chunks: list[bytes]) -> None:
    decoder = witmotion.decoder(SETTINGS)
    for chunk in chunks:
        try:
            decoder.decode(chunk)
        except DeviceError as e:
            assert str(e)
        assert len(decoder._rest) < 20


@given(rate=st.sampled_from([10, 20, 50, 100, 200]), n=st.integers(1, 20), seed=st.integers(0, 10**6))
def test_samples_come_back_within_half_a_count(rate: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sent = ImuPacket(None, float(rate), rng.uniform(-156, 156, (n, 3)), rng.uniform(-34, 34, (n, 3)))
    first = sent_again("witmotion", sent, {"rate_hz": rate})
    np.testing.assert_allclose(first.acc, sent.acc, atol=16 * G0_MS2 / 32768 / 2 * 1.001)
    assert first.gyr is not None
    assert sent.gyr is not None
    np.testing.assert_allclose(first.gyr, sent.gyr, atol=np.radians(2000) / 32768 / 2 * 1.001)
    assert sent_again("witmotion", first, {"rate_hz": rate}) == first


def test_encode_clips_where_the_sensor_does() -> None:
    packet = sent_again("witmotion", ImuPacket(None, 50.0, np.array([[400.0, -400.0, 0.0]])), SETTINGS)
    np.testing.assert_allclose(packet.acc / G0_MS2, [[32767 / 2048, -16, 0]])


@pytest.mark.parametrize("wrong", [{}, {"rate_hz": 125}, {"rate_hz": True}, {"rate_hz": "50"}])
def test_rates_that_the_sensor_does_not_have_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(DeviceError, match="10, 20, 50, 100, 200"):
        witmotion.decoder(wrong)


def test_text_and_what_no_notification_can_hold_are_refused() -> None:
    with pytest.raises(DeviceError, match="bytes, not text"):
        witmotion.decoder(SETTINGS).decode("UU")
    with pytest.raises(DeviceError, match="at most 512"):
        witmotion.decoder(SETTINGS).decode(FRAME * 26)


@pytest.mark.parametrize(
    ("seen", "sure"),
    [
        (Seen("WT901BLE67"), 3),
        (Seen("WT9011DCL-BT50"), 3),
        (Seen(None, frozenset({witmotion.SERVICE})), 2),
        (Seen("WT"), None),
        (Seen("something", frozenset({"0000ffe5-0000-1000-8000-00805f9b34fb"})), None),  # the SIG's base is another
    ],
)
def test_it_is_recognised(seen: Seen, sure: int | None) -> None:
    found = recognise(seen)
    assert (None if found is None else (found[0], found[1].sure)) == (None if sure is None else ("witmotion", sure))


@pytest.mark.parametrize(("rate", "code"), [(10, 6), (20, 7), (50, 8), (100, 9), (200, 10)])
def test_the_talk_unlocks_sets_the_rate_and_saves_nothing(rate: int, code: int) -> None:
    device = WitMotion()
    assert converse(witmotion.start({"rate_hz": rate}), device) == {"rate_hz": rate}
    assert device.written == [bytes.fromhex("FFAA6988B5"), bytes([0xFF, 0xAA, 3, code, 0])]
    assert device.rate_hz == rate
    assert list(witmotion.stop({"rate_hz": rate})) == []


def test_samples_of_the_emulated_sensor_are_read() -> None:
    device = WitMotion()
    device.connected()
    assert device.take(ImuPacket(None, 50.0, np.zeros((1, 3)))) == []
    for characteristic in witmotion.streams(SETTINGS):
        device.subscribed(characteristic)
    converse(witmotion.start(SETTINGS), device)
    acc: Array = np.array([[0.0, 0.0, G0_MS2], [1.0, 0.0, G0_MS2]])
    said = device.take(ImuPacket(None, 50.0, acc))
    decoder = witmotion.decoder(device.settings)
    whole = joined([read(decoder, payload, witmotion.streams(SETTINGS)[where]) for where, payload in said])
    np.testing.assert_allclose(whole.acc, acc, atol=0.0025)


@pytest.mark.parametrize("clock_error", [-0.01, 0.007])
def test_a_stance_reads_as_through_a_sensor_with_a_clock(clock_error: float) -> None:
    def rms(sensor: SensorSetup) -> float:
        made = simulate.stand("one_ec_firm", seed=1, sensor=sensor)
        (ended,) = [event for event in run(made.header, made.inputs) if isinstance(event, HoldEnded)]
        assert ended.end_reason == "target"
        assert ended.sway.rms_h_ms2 is not None
        return ended.sway.rms_h_ms2

    clean = rms(SensorSetup(device="plain", settings={"rate_hz": 200.0}, noise_ms2=0.0))
    assert rms(SensorSetup(device="witmotion", jitter_ns=15_000_000, clock_error=clock_error)) == pytest.approx(
        clean, rel=0.03
    )


def test_the_reference_agrees(vectors: list[dict[str, Any]]) -> None:
    mine = [vector for vector in vectors if vector["device"] == "witmotion"]
    frames = [vector for vector in mine if vector["kind"].startswith("0x61")]
    assert len(frames) >= 3
    for vector in frames:
        packet = read(witmotion.decoder(SETTINGS), bytes.fromhex(vector["hex"]))
        np.testing.assert_allclose(packet.acc / G0_MS2, [vector["decoded"]["acc_g"]], rtol=1e-12)
        assert packet.gyr is not None
        np.testing.assert_allclose(np.degrees(packet.gyr), [vector["decoded"]["gyr_dps"]], rtol=1e-12)
    for vector in mine:
        if vector["kind"].startswith("0x71"):
            assert witmotion.decoder(SETTINGS).decode(bytes.fromhex(vector["hex"])) is None
    commands = {bytes.fromhex(vector["hex"]) for vector in mine if vector["kind"].startswith("cmd")}
    device = WitMotion()
    for rate in (50, 100):
        converse(witmotion.start({"rate_hz": rate}), device)
    assert set(device.written) <= commands


def test_the_reference_reads_what_is_encoded(reference: Any) -> None:
    rng = np.random.default_rng(1)
    sent = ImuPacket(None, 50.0, rng.uniform(-150, 150, (20, 3)), rng.uniform(-30, 30, (20, 3)))
    stream = bytearray(b"".join(bytes(f) for _, f in witmotion.encode(sent, SETTINGS) if isinstance(f, bytes)))
    theirs = [reference.wit_decode(frame) for frame in reference.wit_split(stream)]
    ours = sent_again("witmotion", sent, SETTINGS)
    assert ours.gyr is not None
    np.testing.assert_allclose(ours.acc / G0_MS2, [one["acc_g"] for one in theirs], rtol=1e-12)
    np.testing.assert_allclose(np.degrees(ours.gyr), [one["gyr_dps"] for one in theirs], rtol=1e-12)
