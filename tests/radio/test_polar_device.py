"""The talk with Polar's sensors, played against emulated ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from radio.devices.polar import ACC, CONTROL, DATA, GYRO, SETTINGS, Polar
from radio.emulated import Said, converse
from surefoot.devices import polar, polar_radio, recognise
from surefoot.errors import DeviceError
from surefoot.gatt import Listen, Seen, Write
from surefoot.samples import G0_MS2, ImuPacket

SLOW = {"model": "sense", "rate_hz": 52, "range_g": 8, "gyro": True, "range_dps": 2000}


def ready(device: Polar) -> Polar:
    """Connected, and subscribed as the codec wants it."""
    device.connected()
    for characteristic in polar_radio.streams(device.settings):
        device.subscribed(characteristic)
    return device


def begun(device: Polar, known: Mapping[str, Any]) -> dict[str, Any]:
    return converse(polar_radio.start(known), ready(device))


def standing(n: int, rate_hz: float, start: int = 0) -> ImuPacket:
    rng = np.random.default_rng(start)
    stamps = 10**12 + np.rint((start + np.arange(n)) * 1e9 / rate_hz).astype(np.int64)
    acc = np.array([0, 0, G0_MS2]) + rng.normal(0, 0.02, (n, 3))
    return ImuPacket(stamps, rate_hz, acc, rng.normal(0, 0.01, (n, 3)))


@pytest.mark.parametrize(
    ("seen", "kind", "model"),
    [
        (Seen("Polar H10 12345678"), "Polar H10", "h10"),
        (Seen("Polar Sense 0A1B2C3D"), "Polar Verity Sense", "sense"),
        (Seen("Polar OH1 12345678"), "Polar OH1", "oh1"),
    ],
)
def test_a_name_tells_the_model(seen: Seen, kind: str, model: str) -> None:
    found = recognise(seen)
    assert found is not None
    name, known = found
    assert (name, known.kind, known.settings["model"], known.sure) == ("polar", kind, model, 3)


def test_a_nameless_polar_is_only_a_guess_and_a_watch_is_nobodys() -> None:
    guess = polar_radio.recognise(Seen(None, manufacturers=frozenset({0x006B})))
    assert guess is not None
    assert guess.sure == 1
    for name in ("Polar Vantage V2 12345678", "Polar H9 12345678", "Polar", "Polar H10", "H10 12345678", "polar h10 1"):
        assert polar_radio.recognise(Seen(name, manufacturers=frozenset({0x006B}))) is None
    assert polar_radio.recognise(Seen(None)) is None


@pytest.mark.parametrize("model", ["h10", "sense", "oh1"])
def test_the_usual_settings_are_agreed_as_they_are(model: Any) -> None:
    device = Polar(model)
    assert begun(device, device.settings) == device.settings
    assert device.streaming
    for step in polar_radio.stop(device.settings):
        device.write(step.characteristic, step.payload)
    assert not device.running
    assert not device.sdk


def test_the_h10_hears_the_documented_command_in_our_order() -> None:
    device = Polar()
    begun(device, device.settings)
    assert [command.hex(" ") for command in device.commands] == ["01 02", "02 02 00 01 c8 00 01 01 10 00 02 01 08 00"]


def test_the_gyroscope_begins_before_the_acceleration() -> None:
    device = Polar("sense")
    begun(device, device.settings)
    assert [command[:2].hex() for command in device.commands] == ["0209", "0102", "0105", "0205", "0202"]
    assert device.running[GYRO][0] == device.running[ACC][0] == 416


def test_a_verity_sense_without_sdk_mode_streams_slowly() -> None:
    device = Polar("sense", sdk_mode=False)
    assert begun(device, SETTINGS["sense"]) == {**SLOW, "sdk": False}
    assert device.streaming


@pytest.mark.parametrize(
    ("wish", "agreed"),
    [
        ({"rate_hz": 208, "range_g": 4, "gyro": False}, {"rate_hz": 208, "range_g": 4}),
        ({"rate_hz": 104, "range_dps": 500}, {"rate_hz": 104, "range_dps": 500, "gyro": True}),
    ],
)
def test_other_wishes_are_granted_where_they_are_offered(wish: dict[str, Any], agreed: dict[str, Any]) -> None:
    got = begun(Polar("sense"), {**SETTINGS["sense"], **wish})
    assert got | agreed == got
    assert ("gyro" in got) == wish.get("gyro", True)


def test_what_still_runs_from_a_lost_link_is_ended_and_begun_anew() -> None:
    strap = Polar()
    begun(strap, {**strap.settings, "rate_hz": 50})
    assert begun(strap, strap.settings)["rate_hz"] == 200
    assert strap.running[ACC][0] == 200
    sense = Polar("sense", sdk_mode=True)
    begun(sense, SLOW)
    assert begun(sense, sense.settings) == sense.settings
    assert sense.sdk


@pytest.mark.parametrize(
    ("device", "says"),
    [
        (Polar(in_charger=True), "in its charger: take it out"),
        (Polar(mtu_n=100), "packets are too small"),
        (Polar("oh1", in_charger=True), "in its charger"),
    ],
)
def test_a_refusal_says_what_to_do(device: Polar, says: str) -> None:
    with pytest.raises(DeviceError, match=says):
        begun(device, device.settings)


@pytest.mark.parametrize("status", range(1, 20))
def test_every_status_is_a_sentence_with_a_remedy(status: int) -> None:
    talk = polar_radio.start(SETTINGS["h10"])
    next(talk)
    talk.send(None)
    with pytest.raises(DeviceError, match=r"refuses to say what its accelerometer offers: .+: .+"):
        talk.send(bytes([0xF0, 1, 2, status, 0]))


def test_a_refusal_is_final_even_when_it_promises_more() -> None:
    talk = polar_radio.start(SETTINGS["h10"])
    next(talk)
    talk.send(None)
    with pytest.raises(DeviceError, match="in its charger"):
        talk.send(bytes([0xF0, 1, 2, 13, 1]))


class Uneven(Polar):
    """Its gyroscope has another rate than its accelerometer."""

    def write(self, characteristic: str, payload: bytes) -> Said:
        said = super().write(characteristic, payload)
        if payload == bytes([1, GYRO]):
            return [(CONTROL, bytes.fromhex("f001050000 00013400 01011000 0201d007 040103".replace(" ", "")))]
        return said


def test_a_gyroscope_of_another_rate_is_left_out() -> None:
    device = Uneven("sense")
    agreed = begun(device, device.settings)
    assert agreed == {"model": "sense", "sdk": True, "rate_hz": 416, "range_g": 16, "gyro": False}
    assert set(device.running) == {ACC}


def test_without_subscriptions_nothing_is_heard() -> None:
    device = Polar()
    device.connected()
    with pytest.raises(DeviceError, match="did not answer"):
        converse(polar_radio.start(device.settings), device)


class Chatty(Polar):
    """Says other things between, and its settings in two parts."""

    def write(self, characteristic: str, payload: bytes) -> Said:
        ((_, said),) = super().write(characteristic, payload)
        other = [(CONTROL, b"\x01\x02"), (CONTROL, b"\xf0\x03\x02\x00\x00"), (CONTROL, b"")]
        if payload[0] != 1:
            return [*other, (CONTROL, said)]
        first = said[:4] + b"\x01" + said[5:12]
        return [*other, (CONTROL, first), (CONTROL, said[:5] + said[12:])]


def test_an_answer_in_parts_and_other_words_between_are_understood() -> None:
    device = Chatty()
    assert begun(device, device.settings) == device.settings


def test_a_device_that_never_answers_the_question_is_given_up() -> None:
    class Mute(Polar):
        def write(self, characteristic: str, payload: bytes) -> Said:
            return [(CONTROL, b"\x01\x02")] * 20

    device = Mute()
    with pytest.raises(DeviceError, match="talks but does not answer"):
        begun(device, device.settings)


def test_offers_that_nobody_knows_are_refused_with_what_they_were() -> None:
    talk = polar_radio.start(SETTINGS["h10"])
    next(talk)
    talk.send(None)
    with pytest.raises(DeviceError, match="offers 33, 66 where 25, 50, 100, 200 Hz are known"):
        talk.send(bytes.fromhex("f001020000 00 02 2100 4200 02 01 0800".replace(" ", "")))


@pytest.mark.parametrize("firmware", ["new", "old"])
@pytest.mark.parametrize("floats", [False, True])
@pytest.mark.parametrize("model", ["h10", "sense", "oh1"])
def test_every_dialect_is_read_by_what_the_start_answers_say(model: Any, firmware: Any, floats: bool) -> None:
    device = Polar(model, firmware=firmware, floats=floats)
    known = device.settings
    answers = list[bytes]()
    talk, answer = polar_radio.start(known), None
    ready(device)
    said: Said = []
    while True:  # as `converse`, but the answers are kept for the decoder, as a recording keeps them
        try:
            step = talk.send(answer)
        except StopIteration as done:
            agreed = done.value
            break
        answer = None
        if isinstance(step, Write):
            said = device.write(step.characteristic, step.payload)
        elif isinstance(step, Listen):
            answer = said.pop(0)[1]
            answers.append(answer)
    decoder = polar.decoder(agreed)
    assert [decoder.decode(heard, "control") for heard in answers] == [None] * len(answers)
    rate_hz = agreed["rate_hz"]
    frames = [frame for k in range(0, 2000, 10) for frame in device.take(standing(10, rate_hz, k))]
    packets = [packet for _, frame in frames if (packet := decoder.decode(frame)) is not None]
    sent = np.concatenate([standing(10, rate_hz, k).acc for k in range(0, 2000, 10)])
    got = np.concatenate([packet.acc for packet in packets])
    assert len(got) > 1700
    np.testing.assert_allclose(got, sent[: len(got)], atol=0.005)
    if model == "sense":
        turned = np.concatenate([standing(10, rate_hz, k).gyr for k in range(0, 2000, 10)])
        gyr = np.concatenate([packet.gyr for packet in packets if packet.gyr is not None])
        np.testing.assert_allclose(gyr, turned[: len(gyr)], atol=0.0007)
        assert len(gyr) == len(got)


def test_compressed_frames_are_sent_only_when_they_are_full() -> None:
    device = Polar("sense")
    begun(device, device.settings)
    frames = [frame for k in range(0, 4000, 7) for _, frame in device.take(standing(7, 416, k))]
    assert {220 <= len(frame) <= 228 for frame in frames} == {True}
    assert {characteristic for characteristic, _ in device.take(standing(500, 416, 4000))} == {DATA}


def test_a_sensor_that_is_put_into_its_charger_says_so_and_the_decoder_goes_on() -> None:
    device = Polar("sense")
    agreed = begun(device, device.settings)
    ((characteristic, said),) = device.into_charger()
    assert characteristic == CONTROL
    assert said[:1] == b"\x01"
    assert polar.decoder(agreed).decode(said, "control") is None
    assert device.take(standing(500, 416)) == []
