"""The Movesense codec against payloads written out by hand, published ones, and a talk with an emulated sensor."""

from __future__ import annotations

import struct
from dataclasses import replace
from math import radians
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio.devices.movesense import COMMAND, DATA, Movesense
from radio.emulated import converse
from repack import decoded, joined, read, run, sent_again
from surefoot import simulate
from surefoot.devices import movesense
from surefoot.errors import DeviceError
from surefoot.events import HoldEnded
from surefoot.gatt import Seen
from surefoot.samples import G0_MS2, Array, ImuPacket, Input, Ints, Notification
from surefoot.simulate import SensorSetup, Simulated

IMU6 = {"stream": "IMU6", "rate_hz": 104}
SLOW = {"stream": "IMU6", "rate_hz": 52}
ACC = {"stream": "Acc", "rate_hz": 13}
ROW = struct.pack("<3f", 1.0, -2.5, 9.75)  # 0000803F 000020C0 00001C41
WRAP_MS = 2**32


def frames(stamp_ms: int, n: int = 8, groups: int = 2, row: bytes = ROW) -> list[bytes]:
    """A payload of n equal rows, cut where the sample app cuts it."""
    whole = (stamp_ms % WRAP_MS).to_bytes(4, "little") + row * (n * groups)
    parts = [whole[:150], whole[150:]]
    return [bytes([2 + k, 99]) + part for k, part in enumerate(parts) if part]


def fed(decoder: movesense.MovesenseDecoder, sent: list[bytes]) -> list[ImuPacket]:
    packets = [decoder.decode(frame) for frame in sent]
    return [packet for packet in packets if packet is not None]


def stamps(packets: list[ImuPacket]) -> Ints:
    times = joined(packets).device_ns
    assert times is not None
    return times


# ------------------------------------------------------------------------------------------------ payloads


def test_arrays_follow_one_another() -> None:
    # data, reference 99; 1000 ms; two accelerations (1, 2, 3) (4, 5, 6) m/s²; two rates (90, 0, 0) (0, -90, 180) °/s
    payload = bytes.fromhex(
        "02 63  E8030000  0000803F 00000040 00004040  00008040 0000A040 0000C040"
        "  0000B442 00000000 00000000  00000000 0000B4C2 00003443"
    )
    packet = read(movesense.decoder(SLOW), payload)
    assert packet.acc.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert packet.gyr is not None
    np.testing.assert_allclose(packet.gyr, [[radians(90), 0, 0], [0, -radians(90), radians(180)]], rtol=1e-15)
    assert packet.device_ns is not None
    assert packet.device_ns.tolist() == [1_000_000_000, 1_019_230_769]  # the stamp is the first sample's
    assert packet.rate_hz == 52


def test_a_payload_in_two_parts_is_one() -> None:
    decoder = movesense.decoder(IMU6)
    first, second = frames(5000)
    assert [len(first), len(second)] == [152, 48]
    assert decoder.decode(first) is None
    packet = read(decoder, second)
    assert packet.acc.tolist() == [[1.0, -2.5, 9.75]] * 8


def test_nine_axes_leave_the_magnetometer_out() -> None:
    settings = {"stream": "IMU9", "rate_hz": 104}
    first, second = frames(5000, groups=3)
    assert [len(first), len(second)] == [152, 144]
    decoder = movesense.decoder(settings)
    assert decoder.decode(first) is None
    packet = read(decoder, second)
    assert packet.acc.shape == (8, 3)
    assert packet.gyr is not None
    np.testing.assert_allclose(np.degrees(packet.gyr), [[1.0, -2.5, 9.75]] * 8)
    (alone,) = frames(5000, n=4, groups=3)
    assert len(alone) == 150  # 148 bytes and the head: whole, in one notification
    assert read(movesense.decoder({"stream": "IMU9", "rate_hz": 52}), alone).acc.shape == (4, 3)


def test_a_lost_second_part_costs_its_payload_and_nothing_else() -> None:
    decoder = movesense.decoder(IMU6)
    one, two, three = (frames(1000 + 77 * k) for k in range(3))
    packets = fed(decoder, [*one, two[0], *three])
    assert [len(packet.acc) for packet in packets] == [8, 8]
    assert stamps(packets)[8] == 1_154_000_000


def test_a_second_part_without_its_first_is_refused_and_never_mixed() -> None:
    decoder = movesense.decoder(IMU6)
    one, two, three = (frames(1000 + 77 * k, row=struct.pack("<3f", k, k, k)) for k in range(3))
    fed(decoder, one)
    with pytest.raises(DeviceError, match="first part"):
        decoder.decode(two[1])
    (packet,) = fed(decoder, three)
    assert packet.acc.tolist() == [[2.0] * 3] * 8


def test_a_first_part_does_not_outlive_the_next_payload() -> None:
    decoder = movesense.decoder(IMU6)
    first, second = frames(1000)
    assert decoder.decode(first) is None
    assert len(read(decoder, frames(1077, n=4)[0]).acc) == 4
    with pytest.raises(DeviceError, match="first part"):
        decoder.decode(second)


def test_another_subscription_is_refused_and_breaks_no_payload() -> None:
    decoder = movesense.decoder(IMU6)
    first, second = frames(1000)
    assert decoder.decode(first) is None
    with pytest.raises(DeviceError, match="subscription 98"):
        decoder.decode(b"\x03\x62" + bytes(46))
    assert len(read(decoder, second).acc) == 8


def test_the_result_of_a_command_completes_nothing() -> None:
    decoder = movesense.decoder(IMU6)
    first, second = frames(1000)
    assert decoder.decode(first) is None
    assert decoder.decode(b"\x01\x63\xc8\x00") is None
    assert decoder.decode(b"\x51", "battery") is None
    assert len(read(decoder, second).acc) == 8


def test_a_firmware_that_cuts_at_whole_samples_is_understood_from_the_second_payload_on() -> None:
    decoder = movesense.decoder(IMU6)
    cut = [(b"\x02\x63" + whole[:148], b"\x03\x63" + whole[148:]) for whole in map(_whole, range(1000, 1300, 77))]
    decoder.decode(cut[0][0])
    with pytest.raises(DeviceError):
        decoder.decode(cut[0][1])
    packets = fed(decoder, [part for pair in cut[1:] for part in pair])
    assert [len(packet.acc) for packet in packets] == [8] * (len(cut) - 1)


def _whole(stamp_ms: int) -> bytes:
    return stamp_ms.to_bytes(4, "little") + ROW * 16


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"", "2 to 512 bytes"),
        (b"\x02", "2 to 512 bytes"),
        (bytes(513), "2 to 512 bytes"),
        ("02", "not text"),
        (b"\x04\x63" + bytes(28), "not 4"),
        (b"\x02\x62" + bytes(28), "subscription 98"),
        (b"\x02\x63" + bytes(4) + b"\x00\x00\xc0\x7f" * 6, "not a number"),
        (b"\x02\x63" + bytes(4) + b"\x00\x00\x80\x7f" * 6, "not a number"),
        (b"\x02\x63" + bytes(4) + b"\x00\x00\x80\x4f" * 6, "500 g"),
    ],
)
def test_a_bad_notification_is_refused_with_the_reason(payload: bytes | str, says: str) -> None:
    with pytest.raises(DeviceError, match=says):
        movesense.decoder(IMU6).decode(payload)


def test_parts_that_hold_no_whole_samples_are_refused() -> None:
    decoder = movesense.decoder(IMU6)
    first, second = frames(1000)
    assert decoder.decode(first) is None
    with pytest.raises(DeviceError, match="150 and 45 bytes"):
        decoder.decode(second[:-1])


def test_a_refused_payload_does_not_move_the_clock() -> None:
    decoder, other = movesense.decoder(SLOW), movesense.decoder(SLOW)
    wild = frames(90_000, n=4, row=struct.pack("<3f", 1e9, 0, 0))
    for one in (decoder, other):
        fed(one, frames(1000, n=4))
    with pytest.raises(DeviceError):
        fed(decoder, wild)
    assert fed(decoder, frames(1078, n=4)) == fed(other, frames(1078, n=4))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"stream": "IMU6"},
        {"stream": "Gyro", "rate_hz": 104},
        {"stream": "IMU6", "rate_hz": 100},
        {"stream": ["IMU6"], "rate_hz": 104},
        {"stream": "IMU6", "rate_hz": 104, "range_g": 3},
    ],
)
def test_settings_that_a_movesense_does_not_have_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(DeviceError, match="Movesense"):
        movesense.decoder(wrong)


def test_the_range_is_believed_unless_it_is_said() -> None:
    assert movesense.range_ms2(IMU6) == pytest.approx(78.4532)
    assert movesense.range_ms2({**IMU6, "range_g": 16}) == pytest.approx(16 * G0_MS2)


# ------------------------------------------------------------------------------------------------ times


def first_ms(rate_hz: float, n: int, count: int, start_ms: float = 1000.3) -> list[int]:
    """Stamps of payloads of n samples from a sensor that really measures at `rate_hz`."""
    return [round(start_ms + k * n * 1000 / rate_hz) for k in range(count)]


@pytest.mark.parametrize("error", [-0.01, -0.003, 0.0, 0.01])
def test_the_real_rate_is_measured_from_the_stamps(error: float) -> None:
    rate_hz = 104 * (1 + error)
    decoder = movesense.decoder(IMU6)
    packets = [fed(decoder, frames(ms))[0] for ms in first_ms(rate_hz, 8, 13 * 60)]
    truth = (1000.3 + np.arange(8 * len(packets)) * 1000 / rate_hz) * 1e6
    off = stamps(packets) - truth
    assert np.abs(off).max() <= 1.8e6  # two roundings of 0.5 ms, and 1 % of a payload before the rate is known
    assert np.abs(off[104 * 20 :]).max() <= 0.6e6
    newest = stamps(packets)[-104 * 10 :]
    assert (newest[-1] - newest[0]) / (len(newest) - 1) == pytest.approx(1e9 / rate_hz, rel=1e-4)
    within = [np.diff(packet.device_ns).mean() for packet in packets[13 * 40 :] if packet.device_ns is not None]
    np.testing.assert_allclose(within, 1e9 / rate_hz, rtol=1e-3)


def test_the_millisecond_of_a_stamp_does_not_show_between_payloads() -> None:
    decoder = movesense.decoder(IMU6)
    packets = [fed(decoder, frames(ms))[0] for ms in first_ms(104, 8, 13 * 30)]
    late = np.diff(stamps(packets))[104 * 15 :]
    assert np.abs(late - 1e9 / 104).max() < 0.06e6  # of the 0.5 ms that a stamp alone would show


def test_a_start_is_never_further_from_its_stamp_than_its_rounding() -> None:
    rng = np.random.default_rng(1)
    decoder = movesense.decoder(IMU6)
    for k, ms in enumerate(first_ms(103.2, 8, 400)):
        said = ms + int(rng.integers(-2, 3))  # a sensor that stamps carelessly
        packet = fed(decoder, frames(said))[0]
        assert packet.device_ns is not None
        assert abs(int(packet.device_ns[0]) - said * 10**6) < 500_000, k


@pytest.mark.parametrize("missing", [1, 2, 40])
def test_a_lost_payload_leaves_a_gap_and_stretches_nothing(missing: int) -> None:
    decoder = movesense.decoder(IMU6)
    at = first_ms(104, 8, 200)
    before = [fed(decoder, frames(ms))[0] for ms in at[:100]]
    after = [fed(decoder, frames(ms))[0] for ms in at[100 + missing :]]
    steps = np.diff(stamps([*before, *after]))
    hole = int(np.argmax(steps))
    assert hole == 799
    assert steps[hole] == pytest.approx((8 * missing + 1) * 1e9 / 104, abs=1.3e6)
    assert np.delete(steps, hole).max() < 1.05 * 1e9 / 104 + 0.5e6


def test_the_clock_wraps_after_49_days() -> None:
    whole, wrapped = movesense.decoder(IMU6), movesense.decoder(IMU6)
    at = first_ms(104, 8, 60)
    plain = stamps([fed(whole, frames(ms))[0] for ms in at])
    turned = stamps([fed(wrapped, frames(ms + WRAP_MS - 3000))[0] for ms in at])
    assert np.array_equal(turned - plain, np.full(len(plain), (WRAP_MS - 3000) * 10**6))


def test_a_payload_that_comes_twice_has_the_same_stamps() -> None:
    decoder = movesense.decoder(IMU6)
    for ms in first_ms(103, 8, 20):
        once, twice = fed(decoder, frames(ms) * 2)
        assert once == twice


def test_stamps_that_run_away_are_refused() -> None:
    decoder = movesense.decoder(ACC)
    most = 2**43 // (2**31 - 1)
    for k in range(most + 1):
        fed(decoder, frames(k * (2**31 - 1), n=1, groups=1))
    with pytest.raises(DeviceError, match="run away"):
        fed(decoder, frames((most + 1) * (2**31 - 1), n=1, groups=1))


# ------------------------------------------------------------------------------------------------ there and back


@given(
    stream=st.sampled_from(["Acc", "IMU6", "IMU9"]),
    rate_hz=st.sampled_from(movesense.RATES_HZ),
    n=st.integers(1, 300),
    start_ms=st.integers(0, WRAP_MS - 1),
    seed=st.integers(0, 10**6),
)
def test_all_settings_there_and_back(stream: str, rate_hz: int, n: int, start_ms: int, seed: int) -> None:
    settings = {"stream": stream, "rate_hz": rate_hz}
    rng = np.random.default_rng(seed)
    acc, gyr = rng.uniform(-78, 78, (n, 3)), rng.uniform(-35, 35, (n, 3))
    sent = ImuPacket(start_ms * 10**6 + np.rint(np.arange(n) * 1e9 / rate_hz).astype(np.int64), rate_hz, acc, gyr)
    got = sent_again("movesense", sent, settings)
    assert np.array_equal(got.acc, acc.astype("<f4").astype(np.float64))
    if stream == "Acc":
        assert got.gyr is None
    else:
        assert got.gyr is not None
        np.testing.assert_allclose(got.gyr, gyr, rtol=1e-6)
    assert got.device_ns is not None
    assert sent.device_ns is not None
    assert np.abs(got.device_ns - sent.device_ns).max() <= 10**6
    assert (np.diff(got.device_ns) > 0).all()
    if start_ms + 1000 * n / rate_hz < WRAP_MS:
        assert sent_again("movesense", got, settings) == got


def test_the_encoders_clock_wraps_too() -> None:
    stamps_ns = (WRAP_MS - 38) * 10**6 + np.arange(8) * 9_615_385
    sent = ImuPacket(stamps_ns, 104, np.ones((8, 3)))
    later = ImuPacket(stamps_ns + 76_923_077, 104, np.ones((8, 3)))
    said = [movesense.encode(packet, {**IMU6, "stream": "Acc"})[0][1][2:6] for packet in (sent, later)]
    assert said == [(WRAP_MS - 38).to_bytes(4, "little"), (39).to_bytes(4, "little")]


def test_samples_that_cannot_be_said_are_refused() -> None:
    with pytest.raises(DeviceError, match="stamp"):
        movesense.encode(ImuPacket(None, 104, np.zeros((1, 3)), np.zeros((1, 3))), IMU6)
    with pytest.raises(DeviceError, match="angular rates"):
        movesense.encode(ImuPacket(np.array([0]), 104, np.zeros((1, 3))), IMU6)


# ------------------------------------------------------------------------------------------------ what others published


def test_published_payloads_have_their_published_values(vectors: list[dict[str, Any]]) -> None:
    seen = []
    for one in vectors:
        if one["device"] != "movesense" or one["check"] != "values":
            continue
        stream, rate = one["kind"].split("/")[-2:]
        if stream not in movesense.GROUPS:
            continue  # gyroscope or magnetometer alone: not a stream of ours
        seen.append(stream)
        packet = read(
            movesense.decoder({"stream": stream, "rate_hz": int(rate)}), b"\x02\x63" + bytes.fromhex(one["hex"])
        )
        said = one["decoded"]
        assert packet.acc.tolist() == said["ArrayAcc"]
        assert packet.device_ns is not None
        assert packet.device_ns[0] == said["timestamp_ms"] * 10**6
        if "ArrayGyro" in said:
            assert packet.gyr is not None
            np.testing.assert_allclose(packet.gyr, np.radians(said["ArrayGyro"]), rtol=1e-12)
    assert sorted(seen) == ["Acc", "IMU6", "IMU9"]


def test_published_commands_are_ours(vectors: list[dict[str, Any]]) -> None:
    sent = {one["id"]: bytes.fromhex(one["hex"]) for one in vectors if one["kind"].startswith("cmd")}
    talk = movesense.start(IMU6)
    assert next(talk).payload == sent["movesense-cmd-subscribe-imu6-104-hz-ref-99-1"]  # type: ignore[union-attr]
    assert movesense.stop(IMU6)[0].payload == sent["movesense-cmd-unsubscribe-ref-99-1"]


@pytest.mark.parametrize("stream", movesense.GROUPS)
def test_another_codec_says_and_reads_the_same(reference: ModuleType, stream: str) -> None:
    rng = np.random.default_rng(5)
    groups = movesense.GROUPS[stream]
    settings = {"stream": stream, "rate_hz": 104}
    for _ in range(200):
        n = int(rng.integers(1, 9))
        rows: Array = rng.uniform(-70, 70, (groups, n, 3)).astype("<f4").astype(np.float64)
        stamp_ms = int(rng.integers(0, WRAP_MS))
        packets = fed(movesense.decoder(settings), reference.gsp_encode(99, stamp_ms, rows.tolist()))
        (packet,) = packets
        assert np.array_equal(packet.acc, rows[0])
        assert stamps(packets)[0] == stamp_ms * 10**6
        whole = b"".join(bytes(frame)[2:] for _, frame in movesense.encode(packet, settings))  # type: ignore[arg-type]
        back_ms, back = reference.gsp_decode(whole, groups)
        assert back_ms == stamp_ms
        np.testing.assert_allclose(back[:2], rows[:2], rtol=1e-6)


# ------------------------------------------------------------------------------------------------ the radio


def subscribed(device: Movesense, settings: dict[str, Any] = IMU6) -> dict[str, Any]:
    device.connected()
    for characteristic in movesense.streams(settings):
        device.subscribed(characteristic)
    return converse(movesense.start(settings), device)


@pytest.mark.parametrize("stream", movesense.GROUPS)
def test_the_talk_makes_samples_flow_and_its_end_stops_them(stream: str) -> None:
    device, settings = Movesense(), {"stream": stream, "rate_hz": 104}
    assert subscribed(device, settings) == settings
    assert device.streaming
    sent = ImuPacket(10**9 + np.arange(8) * 9_615_385, 104, np.full((8, 3), 2.5), np.full((8, 3), -0.5))
    said = device.take(sent)
    assert {characteristic for characteristic, _ in said} == {DATA}
    (packet,) = fed(movesense.decoder(settings), [payload for _, payload in said])
    assert np.array_equal(packet.acc, sent.acc)
    for write in movesense.stop(settings):
        device.write(write.characteristic, write.payload)
    assert not device.streaming
    assert device.take(sent) == []


def test_our_encoder_says_what_the_device_says() -> None:
    device = Movesense()
    subscribed(device)
    rng = np.random.default_rng(2)
    sent = ImuPacket(10**9 + np.arange(8) * 9_615_385, 104, rng.uniform(-70, 70, (8, 3)), rng.uniform(-9, 9, (8, 3)))
    assert [payload for _, payload in device.take(sent)] == [payload for _, payload in movesense.encode(sent, IMU6)]


@pytest.mark.parametrize(
    ("device", "says"),
    [
        (Movesense(has=("Acc",)), "/Meas/IMU6/104 with status 404"),
        (Movesense(taken_n=4), "/Meas/IMU6/104 with status 507"),
        (Movesense("sample", taken_n=4), "/Meas/IMU6/104 with status 507"),
        (Movesense("sample"), "did not answer"),
    ],
)
def test_a_refusal_is_said_with_its_number_and_path(device: Movesense, says: str) -> None:
    with pytest.raises(DeviceError, match=says):
        subscribed(device)


def test_data_instead_of_a_result_is_an_answer_too() -> None:
    talk = movesense.start(IMU6)
    next(talk)
    talk.send(None)
    with pytest.raises(StopIteration) as done:
        talk.send(frames(1000)[0])
    assert done.value.value == IMU6


def test_an_answer_to_nothing_is_said() -> None:
    talk = movesense.start(IMU6)
    next(talk)
    talk.send(None)
    with pytest.raises(DeviceError, match="gave no answer to /Meas/IMU6/104"):
        talk.send(b"\x01\x05\xc8\x00")


def test_a_reconnect_needs_a_new_subscription() -> None:
    device = Movesense()
    subscribed(device)
    device.connected()
    assert not device.streaming


@pytest.mark.parametrize(
    ("seen", "sure"),
    [
        (Movesense().seen, 3),
        (Seen("movesense 1"), 3),
        (Seen(None, frozenset({movesense.SERVICE})), 2),
        (Seen("DfuTarg"), None),
        (Seen(None), None),
    ],
)
def test_it_is_recognised(seen: Seen, sure: int | None) -> None:
    found = movesense.recognise(seen)
    assert (found.sure if found else None) == sure
    if found:
        assert found.settings == IMU6
        movesense.decoder(found.settings)


def test_its_table_has_what_the_codec_asks_for() -> None:
    table = Movesense().table[movesense.SERVICE]
    assert "notify" in table[next(iter(movesense.streams(IMU6)))]
    assert "write" in table[COMMAND]
    assert "2.3" in movesense.MISSING


# ------------------------------------------------------------------------------------------------ from end to end


def stand(device: str, **sensor: Any) -> Simulated:
    settings = IMU6 if device == "movesense" else {"rate_hz": 104, "range_ms2": movesense.range_ms2(IMU6)}
    setup = SensorSetup(device=device, settings=settings, gyro=True, packet_n=8, **sensor)
    return simulate.stand("one_ec_firm", seed=3, target_s=20, sensor=setup)


def held(made: Simulated, inputs: list[Input] | None = None) -> HoldEnded:
    (ended,) = [event for event in run(made.header, inputs or made.inputs) if isinstance(event, HoldEnded)]
    assert ended.end_reason == "target"
    return ended


def shifted(item: Input, by_ms: int) -> Input:
    """The notification of a sensor whose clock reads so much more."""
    if not isinstance(item, Notification):
        return item
    assert isinstance(item.payload, bytes)
    if item.payload[0] != 2:
        return item
    stamp_ms = (int.from_bytes(item.payload[2:6], "little") + by_ms) % WRAP_MS
    return replace(item, payload=item.payload[:2] + stamp_ms.to_bytes(4, "little") + item.payload[6:])


def test_a_stand_reads_as_through_the_plain_codec() -> None:
    ours, plain = held(stand("movesense")), held(stand("plain"))
    assert ours.sway.flags == ()
    assert ours.sway.rms_h_ms2 == pytest.approx(plain.sway.rms_h_ms2, rel=0.01)
    assert ours.sway.path_rate_h_ms3 == pytest.approx(plain.sway.path_rate_h_ms3, rel=0.01)


def test_the_wrap_of_the_clock_changes_nothing() -> None:
    made = stand("movesense")
    turned = [shifted(item, WRAP_MS - 100_000 - 12_000) for item in made.inputs]  # 12 s after the start
    assert held(made, turned).sway.rms_h_ms2 == pytest.approx(held(made).sway.rms_h_ms2, rel=1e-9)


@pytest.mark.parametrize("kind", [2, 3], ids=["the first part", "the second part"])
def test_a_lost_part_costs_eight_samples(kind: int) -> None:
    made = stand("movesense")
    parts = [k for k, item in enumerate(made.inputs) if isinstance(item, Notification) and item.payload[0] == kind]
    inputs = list(made.inputs)
    del inputs[parts[200]]
    kept = joined(decoded_loosely(made, inputs))
    whole = joined(decoded(made.header, made.inputs))
    assert len(whole.acc) - len(kept.acc) == 8
    ended = held(made, inputs)
    assert ended.sway.rms_h_ms2 == pytest.approx(held(stand("plain")).sway.rms_h_ms2, rel=0.01)


def decoded_loosely(made: Simulated, inputs: list[Input]) -> list[ImuPacket]:
    decoder = movesense.decoder(IMU6)
    packets = []
    for item in inputs:
        if isinstance(item, Notification):
            try:
                packets.append(decoder.decode(item.payload))
            except DeviceError as e:
                assert "first part" in str(e)
    return [packet for packet in packets if packet is not None]
