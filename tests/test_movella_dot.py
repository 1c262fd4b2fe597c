"""The Movella DOT codec against frames written out by hand, published ones, and a talk with an emulated sensor."""

from __future__ import annotations

import struct
from dataclasses import replace
from math import cos, pi, radians, sin
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio.devices.movella_dot import CONTROL, MEASURE, MEDIUM, SHORT, MovellaDot, rotation, uuid
from radio.emulated import Refused, converse
from repack import decoded, read, run, sent_again
from surefoot import simulate
from surefoot.cli import run as cli
from surefoot.devices import movella_dot
from surefoot.engine import Engine
from surefoot.errors import DeviceError
from surefoot.events import HoldEnded, Landed, Scored
from surefoot.gatt import Read, Seen, Write
from surefoot.recording import read as read_recording
from surefoot.samples import G0_MS2, ImuPacket, Input, Notification
from surefoot.simulate import SensorSetup, Simulated

RATE = {"mode": 21, "rate_hz": 60}
DELTA = {"mode": 19, "rate_hz": 60}
FREE = {"mode": 6, "rate_hz": 60}
MODES = pytest.mark.parametrize("settings", [RATE, DELTA, FREE], ids=["rate", "delta", "free"])
WRAP_US = 2**32


def decode(text: str, settings: dict[str, Any]) -> ImuPacket:
    return read(movella_dot.decoder(settings), bytes.fromhex(text.replace(" ", "")))


def frame(stamp_us: int, mode: int = 21) -> bytes:
    body = {
        21: struct.pack("<6f", 0, 0, 9.5, 0, 0, 0),
        19: struct.pack("<7f", 1, 0, 0, 0, 0, 0, 9.5 / 60),
        6: struct.pack("<3f", 0, 0, 0.5),
    }[mode]
    return (stamp_us % WRAP_US).to_bytes(4, "little") + body


# ------------------------------------------------------------------------------------------------ frames


def test_rate_quantities() -> None:
    # 1 000 000 µs; (1, -2.5, 9.75) m/s²; (90, 0, -180) °/s; 12 bytes of padding
    packet = decode("40420F00 0000803F 000020C0 00001C41 0000B442 00000000 000034C3" + "00" * 12, RATE)
    assert packet.acc.tolist() == [[1.0, -2.5, 9.75]]
    assert packet.gyr is not None
    np.testing.assert_allclose(packet.gyr, [[radians(90), 0, -radians(180)]], rtol=1e-15)
    assert packet.device_ns is not None
    assert packet.device_ns.tolist() == [1_000_000_000]
    assert packet.rate_hz == 60


def test_delta_quantities_are_what_the_sensor_integrated_since_the_sample_before() -> None:
    # a turn of 90° about x; 0.125, 0, 0.25 m/s in 1/60 s
    q = struct.pack("<4f", cos(pi / 4), sin(pi / 4), 0, 0)
    packet = decode("40420F00" + q.hex() + "0000003E 00000000 0000803E", DELTA)
    assert packet.acc.tolist() == [[7.5, 0.0, 15.0]]
    assert packet.gyr is not None
    np.testing.assert_allclose(packet.gyr, [[pi / 2 * 60, 0, 0]], rtol=1e-6)


def test_a_rotation_and_its_negative_are_the_same_turn() -> None:
    for turn in ([0.01, -0.02, 0.3], [0.0, 0.0, 0.0], [1e-7, 0.0, 0.0], [0.0, 3.0, 0.0]):
        q = rotation(turn)
        for sign in (1, -1):
            body = struct.pack("<7f", *(sign * v for v in q), 0, 0, 0)
            packet = read(movella_dot.decoder(DELTA), bytes(4) + body)
            assert packet.gyr is not None
            np.testing.assert_allclose(packet.gyr[0] / 60, turn, rtol=2e-6, atol=1e-12)


def test_free_acceleration_is_read_but_has_no_gravity() -> None:
    packet = decode("40420F00 0000803F 000020C0 00001C41 00000000", FREE)
    assert packet.acc.tolist() == [[1.0, -2.5, 9.75]]
    assert packet.gyr is None


@MODES
def test_the_padding_is_left_alone(settings: dict[str, Any]) -> None:
    short = frame(1000, settings["mode"])
    padded = short + b"\xff" * 30
    assert read(movella_dot.decoder(settings), padded) == read(movella_dot.decoder(settings), short)


@MODES
def test_a_frame_that_is_too_short_for_its_mode_is_refused(settings: dict[str, Any]) -> None:
    short = frame(1000, settings["mode"])
    with pytest.raises(DeviceError, match=f"at least {len(short)} bytes, got {len(short) - 1}"):
        movella_dot.decoder(settings).decode(short[:-1])


@pytest.mark.parametrize("wild", [float("nan"), float("inf"), 1e20])
@MODES
def test_values_that_no_sensor_sends_are_refused_and_do_not_move_the_clock(
    settings: dict[str, Any], wild: float
) -> None:
    decoder = movella_dot.decoder(settings)
    mode = settings["mode"]
    decoder.decode(frame(WRAP_US - 1, mode))
    for at in range(4, len(frame(0, mode)), 4):
        bad = bytearray(frame(WRAP_US // 2, mode))
        bad[at : at + 4] = struct.pack("<f", wild)
        with pytest.raises(DeviceError):
            decoder.decode(bytes(bad))
    packet = read(decoder, frame(10, mode))
    assert packet.device_ns is not None
    assert packet.device_ns[0] == (WRAP_US + 10) * 1000


def test_text_is_refused_and_other_streams_complete_nothing() -> None:
    decoder = movella_dot.decoder(RATE)
    with pytest.raises(DeviceError, match="not text"):
        decoder.decode("00")
    assert decoder.decode(b"\x4d\x00", "battery") is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({}, "modes"),
        ({"mode": 2, "rate_hz": 60}, "modes"),
        ({"mode": [21], "rate_hz": 60}, "modes"),
        ({"mode": 21}, "60"),
        ({"mode": 21, "rate_hz": 120}, "own memory"),
        ({"mode": 21, "rate_hz": 60, "profile": "fast"}, "general or dynamic"),
    ],
)
def test_settings_that_a_dot_does_not_have_are_refused(wrong: dict[str, Any], says: str) -> None:
    for use in (movella_dot.decoder, movella_dot.range_ms2, movella_dot.streams):
        with pytest.raises(DeviceError, match=says):
            use(wrong)


def test_the_range_is_fixed() -> None:
    assert movella_dot.range_ms2(RATE) == pytest.approx(16 * G0_MS2)


# ------------------------------------------------------------------------------------------------ times


@MODES
def test_the_clock_wraps_after_71_minutes(settings: dict[str, Any]) -> None:
    decoder = movella_dot.decoder(settings)
    start_us, got = WRAP_US - 100_000, []
    for k in range(20):
        packet = read(decoder, frame(start_us + 16_667 * k, settings["mode"]))
        assert packet.device_ns is not None
        got.append(int(packet.device_ns[0]))
    assert got == [(start_us + 16_667 * k) * 1000 for k in range(20)]


def test_a_late_frame_has_its_own_stamp() -> None:
    decoder = movella_dot.decoder(RATE)
    got = [read(decoder, frame(us)).device_ns for us in (WRAP_US + 5, WRAP_US - 16_662, WRAP_US + 16_672)]
    assert np.diff(np.concatenate([one for one in got if one is not None])).tolist() == [-16_667_000, 33_334_000]


def test_stamps_that_run_away_are_refused() -> None:
    decoder = movella_dot.decoder(RATE)
    decoder._stamp_us = 2**53 - 1000
    with pytest.raises(DeviceError, match="run away"):
        decoder.decode(frame(2**53 + 1000))


@pytest.mark.parametrize("missing", [1, 2, 30])
def test_a_distance_of_k_periods_is_k_minus_one_lost(missing: int) -> None:
    made = stand("movella_dot", RATE)
    inputs = [i for k, i in enumerate(made.inputs) if not 300 <= k < 300 + missing or not isinstance(i, Notification)]
    lost = len(made.inputs) - len(inputs)
    engine = Engine(made.header)
    for item in inputs:
        engine.feed(item)
    assert lost >= missing - 1
    assert engine.main.timeline.lost_n == lost


# ------------------------------------------------------------------------------------------------ there and back


@given(
    mode=st.sampled_from([21, 19, 6]),
    rate_hz=st.sampled_from(movella_dot.RATES_HZ),
    n=st.integers(1, 30),
    start_us=st.integers(0, WRAP_US - 1),
    seed=st.integers(0, 10**6),
)
def test_all_settings_there_and_back(mode: int, rate_hz: int, n: int, start_us: int, seed: int) -> None:
    settings = {"mode": mode, "rate_hz": rate_hz}
    rng = np.random.default_rng(seed)
    fastest = min(35.0, 1.7 * rate_hz) if mode == 19 else 35.0  # below half a circle a sample on three axes
    acc, gyr = rng.uniform(-150, 150, (n, 3)), rng.uniform(-fastest, fastest, (n, 3))
    stamps = start_us * 1000 + np.rint(np.arange(n) * 1e9 / rate_hz).astype(np.int64)
    got = sent_again("movella_dot", ImuPacket(stamps, rate_hz, acc, gyr), settings)
    np.testing.assert_allclose(got.acc, acc, rtol=1e-6)
    if mode == 6:
        assert got.gyr is None
    else:
        assert got.gyr is not None
        np.testing.assert_allclose(got.gyr, gyr, atol=1e-5 * rate_hz if mode == 19 else 1e-5)
    assert got.device_ns is not None
    assert np.abs(got.device_ns - stamps).max() <= 500
    if mode == 21 and stamps[-1] < WRAP_US * 1000 - 500:
        assert sent_again("movella_dot", got, settings) == got


def test_frames_have_the_size_of_their_characteristic() -> None:
    packet = ImuPacket(np.array([0, 16_666_667]), 60, np.zeros((2, 3)), np.zeros((2, 3)))
    for settings, size in ((RATE, 40), (DELTA, 40), (FREE, 20)):
        assert [len(payload) for _, payload in movella_dot.encode(packet, settings)] == [size, size]


def test_the_encoders_clock_wraps_too() -> None:
    stamps_ns = np.array([WRAP_US - 1, WRAP_US + 16_666]) * 1000
    said = movella_dot.encode(ImuPacket(stamps_ns, 60, np.zeros((2, 3)), np.zeros((2, 3))), RATE)
    assert [payload[:4] for _, payload in said] == [b"\xff" * 4, (16_666).to_bytes(4, "little")]


def test_samples_that_cannot_be_said_are_refused() -> None:
    zero = np.zeros((1, 3))
    with pytest.raises(DeviceError, match="stamp"):
        movella_dot.encode(ImuPacket(None, 60, zero, zero), RATE)
    with pytest.raises(DeviceError, match="angular rates"):
        movella_dot.encode(ImuPacket(np.array([0]), 60, zero), DELTA)
    with pytest.raises(DeviceError, match="half a circle"):
        movella_dot.encode(ImuPacket(np.array([0]), 60, zero, zero + 3.2 / 3**0.5 * 60), DELTA)


# ------------------------------------------------------------------------------------------------ what others published


def test_published_frames_have_their_published_values(vectors: list[dict[str, Any]]) -> None:
    decoder, stamps = movella_dot.decoder(FREE), []
    for one in vectors:
        if one["device"] == "movella_dot" and "mode 6" in one["kind"]:
            packet = read(decoder, bytes.fromhex(one["hex"]))
            assert packet.acc.tolist() == [one["decoded"]["free_acc_ms2"]]
            assert packet.device_ns is not None
            stamps.append(int(packet.device_ns[0]))
            assert stamps[-1] == one["decoded"]["timestamp_us"] * 1000
    assert np.diff(stamps).tolist() == [16_667_000]  # 60 Hz


def test_the_published_state_is_that_of_a_stopped_sensor(vectors: list[dict[str, Any]]) -> None:
    (said,) = [bytes.fromhex(one["hex"]) for one in vectors if one["kind"] == "0x2001 control read"]
    assert said == MovellaDot().read(MEASURE)
    talk = movella_dot.start(RATE)
    assert next(talk) == Read(MEASURE)
    assert talk.send(said) == Read(CONTROL)  # and not a command to stop


@pytest.mark.parametrize("mode", [21, 19, 6])
def test_another_codec_says_and_reads_the_same(reference: ModuleType, mode: int) -> None:
    rng = np.random.default_rng(5)
    settings = {"mode": mode, "rate_hz": 60}
    for _ in range(300):
        a, w = rng.uniform(-150, 150, 3), rng.uniform(-1900, 1900, 3)
        stamp_us = int(rng.integers(0, WRAP_US))
        said: dict[int, dict[str, Any]] = {
            21: {"acc_ms2": a, "gyr_dps": w},
            19: {"dq": rotation(np.radians(w / 60).tolist()), "dv_ms": a / 60},
            6: {"free_acc_ms2": a},
        }
        sent = reference.dot_encode(mode, stamp_us, **said[mode])
        packet = read(movella_dot.decoder(settings), sent)
        np.testing.assert_allclose(packet.acc[0], a, rtol=1e-6)
        if packet.gyr is not None:
            np.testing.assert_allclose(np.degrees(packet.gyr[0]), w, atol=2e-3)
        ((_, ours),) = movella_dot.encode(packet, settings)
        back, want = reference.dot_decode(mode, ours), reference.dot_decode(mode, sent)
        assert back.pop("timestamp_us") == want.pop("timestamp_us") == stamp_us
        for key in want:
            np.testing.assert_allclose(back[key], want[key], rtol=1e-6, atol=2e-7)


# ------------------------------------------------------------------------------------------------ the radio


def started(device: MovellaDot, settings: dict[str, Any]) -> dict[str, Any]:
    device.connected()
    for characteristic in movella_dot.streams(settings):
        device.subscribed(characteristic)
    return converse(movella_dot.start(settings), device)


@pytest.mark.parametrize("settings", [RATE, DELTA], ids=["rate", "delta"])
def test_the_talk_makes_samples_flow_and_its_end_stops_them(settings: dict[str, Any]) -> None:
    device = MovellaDot(rate_hz=30)
    assert started(device, settings) == settings
    assert device.streaming
    rng = np.random.default_rng(1)
    sent = ImuPacket(10**9 + np.arange(5) * 16_667_000, 60, rng.uniform(-90, 90, (5, 3)), rng.uniform(-9, 9, (5, 3)))
    said = device.take(sent)
    assert {characteristic for characteristic, _ in said} == {MEDIUM}
    assert [payload for _, payload in said] == [payload for _, payload in movella_dot.encode(sent, settings)]
    decoder = movella_dot.decoder(settings)
    for k, (_, payload) in enumerate(said):
        packet = read(decoder, payload)
        np.testing.assert_allclose(packet.acc[0], sent.acc[k], rtol=1e-6)
        assert packet.gyr is not None
        assert sent.gyr is not None
        np.testing.assert_allclose(packet.gyr[0], sent.gyr[k], atol=1e-4)
    for write in movella_dot.stop(settings):
        device.write(write.characteristic, write.payload)
    assert not device.streaming


@pytest.mark.parametrize("before_hz", [1, 30, 60])
@pytest.mark.parametrize("profile", [None, "general", "dynamic"])
def test_the_configuration_changes_where_it_differs_and_nowhere_else(before_hz: int, profile: str | None) -> None:
    device = MovellaDot(rate_hz=before_hz)
    before = bytes(device.control)
    started(device, RATE if profile is None else {**RATE, "profile": profile})
    after = bytes(device.control)
    assert struct.unpack_from("<H", after, 24) == (60,)
    assert after[26] == (profile == "dynamic")
    assert (after[:24], after[27:]) == (before[:24], before[27:])
    assert not device.asleep


def test_what_is_written_visits_only_what_shall_change() -> None:
    control = bytearray(range(101, 133))
    control[24:27] = b"\x1e\x00\x00"
    talk = movella_dot.start({**RATE, "profile": "dynamic"})
    next(talk)
    talk.send(b"\x01\x00\x04")
    step = talk.send(bytes(control))
    assert isinstance(step, Write)
    wanted = bytearray(control)
    wanted[0] = 0x30
    wanted[2] &= 0xFE  # switches off: never
    wanted[24:27] = b"\x3c\x00\x01"
    assert (step.characteristic, step.payload, step.response) == (uuid("1002"), bytes(wanted), True)


def test_a_sensor_that_measures_already_is_stopped_first() -> None:
    device = MovellaDot(rate_hz=20)
    started(device, DELTA | {"rate_hz": 20})
    assert started(device, RATE) == RATE
    assert struct.unpack_from("<H", device.control, 24) == (60,)
    assert device.streaming


@pytest.mark.parametrize(
    ("device", "settings", "says"),
    [
        (MovellaDot(stubborn=True), RATE, "did not take 60 Hz"),
        (MovellaDot(modes=(4, 5)), RATE, "did not start mode 21"),
        (MovellaDot(modes=(21,)), DELTA, "did not start mode 19"),
        (MovellaDot(), FREE, "no gravity"),
    ],
)
def test_a_refusal_is_said(device: MovellaDot, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(DeviceError, match=says):
        started(device, settings)
    assert not device.streaming


@pytest.mark.parametrize("control", [b"", bytes(31), bytes(33)])
def test_a_configuration_of_another_size_is_not_written_back(control: bytes) -> None:
    talk = movella_dot.start(RATE)
    next(talk)
    talk.send(b"\x01\x00\x04")
    with pytest.raises(DeviceError, match=f"this one sent {len(control)}"):
        talk.send(control)


def test_samples_come_where_the_codec_listens() -> None:
    assert dict(movella_dot.streams(RATE)) == dict(movella_dot.streams(DELTA)) == {MEDIUM: "imu"}
    assert dict(movella_dot.streams(FREE)) == {SHORT: "imu"}
    table = MovellaDot().table
    assert "notify" in table[movella_dot.SERVICE][MEDIUM]
    assert "write" in table[movella_dot.CONFIGURATION][CONTROL]
    with pytest.raises(Refused):
        MovellaDot().write(MEDIUM, b"\x01")


@pytest.mark.parametrize(
    ("seen", "sure"),
    [
        (MovellaDot().seen, 3),
        (Seen("Movella DOT"), 3),
        (Seen("left shin", frozenset({movella_dot.SERVICE})), 2),
        (MovellaDot(name="left shin").seen, 1),
        (Seen("left shin"), None),
        (Seen(None), None),
    ],
)
def test_it_is_recognised(seen: Seen, sure: int | None) -> None:
    found = movella_dot.recognise(seen)
    assert (found.sure if found else None) == sure
    if found:
        assert found.settings == RATE


# ------------------------------------------------------------------------------------------------ from end to end


def stand(device: str, settings: dict[str, Any] | None = None) -> Simulated:
    settings = settings or {"rate_hz": 60, "range_ms2": movella_dot.range_ms2(RATE)}
    setup = SensorSetup(device=device, settings=settings, gyro=True, packet_n=1)
    return simulate.stand("one_ec_firm", seed=3, target_s=20, sensor=setup)


def held(made: Simulated, inputs: list[Input] | None = None) -> HoldEnded:
    (ended,) = [event for event in run(made.header, inputs or made.inputs) if isinstance(event, HoldEnded)]
    assert ended.end_reason == "target"
    return ended


@pytest.mark.parametrize("settings", [RATE, DELTA], ids=["rate", "delta"])
def test_a_stand_reads_as_through_the_plain_codec(settings: dict[str, Any]) -> None:
    ours, plain = held(stand("movella_dot", settings)), held(stand("plain"))
    assert ours.sway.flags == ()
    assert ours.sway.rms_h_ms2 == pytest.approx(plain.sway.rms_h_ms2, rel=0.01)
    assert ours.sway.path_rate_h_ms3 == pytest.approx(plain.sway.path_rate_h_ms3, rel=0.01)


def test_the_wrap_of_the_clock_and_a_lost_sample_change_nothing() -> None:
    made = stand("movella_dot", RATE)

    def later(item: Input) -> Input:
        if not isinstance(item, Notification):
            return item
        assert isinstance(item.payload, bytes)
        stamp_us = int.from_bytes(item.payload[:4], "little") + WRAP_US - 112_000_000  # wraps 12 s after the start
        return replace(item, payload=(stamp_us % WRAP_US).to_bytes(4, "little") + item.payload[4:])

    turned = [later(item) for item in made.inputs]
    rms_ms2 = held(made).sway.rms_h_ms2
    assert held(made, turned).sway.rms_h_ms2 == pytest.approx(rms_ms2, rel=1e-9)
    at = [k for k, item in enumerate(turned) if isinstance(item, Notification)]
    del turned[at[900]]
    assert held(made, turned).sway.rms_h_ms2 == pytest.approx(rms_ms2, rel=0.01)


@pytest.mark.parametrize("settings", [RATE, DELTA], ids=["rate", "delta"])
def test_landings_are_found_at_60_hz(settings: dict[str, Any]) -> None:
    made = simulate.drops("normal", count=3, seed=6, sensor=SensorSetup("movella_dot", settings))
    landed = [event for event in run(made.header, made.inputs) if isinstance(event, Landed)]
    assert [one.t_s for one in landed] == pytest.approx([one["contact_s"] for one in made.truth["landings"]], abs=0.05)


def test_the_simulators_range_is_the_sensors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "x.jsonl")
    assert cli(["simulate", "walk", "--seconds", "8", "--device", "movella_dot", "--range-g", "8", "-o", out]) == 2
    assert "--range-g" in capsys.readouterr().err
    assert cli(["simulate", "walk", "--seconds", "8", "--device", "movella_dot", "--rate", "30", "-o", out]) == 0
    assert read_recording(Path(out)).header["sources"]["s1"]["settings"] == {"mode": 21, "rate_hz": 30}


def test_free_acceleration_gets_no_score() -> None:
    setup = SensorSetup("movella_dot", FREE, noise_ms2=0.0)
    for made in (stand_free(setup), drops_free(setup)):
        scores = [event.score for event in run(made.header, made.inputs) if isinstance(event, Scored)]
        assert all(score.value is None for score in scores)
        engine = Engine(made.header)
        for item in made.inputs:
            engine.feed(item)
        assert engine.stillest.gravity()[1] == "linear_acceleration"
        if made.header["drill"]["name"] == "hold":  # type: ignore[index]
            assert scores
            assert "linear_acceleration" in scores[0].flags


def stand_free(setup: SensorSetup) -> Simulated:
    return without_gravity(simulate.stand("one_eo_firm", seed=3, target_s=15, sensor=setup))


def drops_free(setup: SensorSetup) -> Simulated:
    return without_gravity(simulate.drops("normal", count=2, seed=6, sensor=setup))


def without_gravity(made: Simulated) -> Simulated:
    """The sensor is worn straight, so its axes are nearly the earth's."""
    packets = iter(decoded(made.header, made.inputs))
    inputs: list[Input] = []
    for item in made.inputs:
        if isinstance(item, Notification):
            packet = next(packets)
            free = ImuPacket(packet.device_ns, 60, packet.acc - [0, 0, G0_MS2])
            ((stream, payload),) = movella_dot.encode(free, FREE)
            item = Notification(item.host_ns, item.source, stream, payload)
        inputs.append(item)
    return replace(made, inputs=inputs)
