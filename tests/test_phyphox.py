"""The phyphox codec against answers written out by hand, in the shapes of both systems."""

from __future__ import annotations

import json
import math
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repack import read, sent_again
from surefoot.devices import phyphox, phyphox_answers
from surefoot.devices.phyphox_answers import NOMINAL_HZ, STOCK, WANTED, Buffers, Since
from surefoot.errors import DeviceError
from surefoot.samples import ImuPacket

SETTINGS = {"rate_hz": 100.0}
STATUS = '"status":{\n"session":"5f2a11", "measuring":true, "timedRun":false, "countDown":0\n}\n}\n'
ANDROID = (
    '{"buffer":{\n"acc_time":{"size":0,"updateMode":"partial", "buffer":[1.2510004E1,1.2520005E1]},\n'
    '"accX":{"size":0,"updateMode":"partial", "buffer":[-1.25E-1,0E0]},\n'
    '"accY":{"size":0,"updateMode":"partial", "buffer":[9.8066501E0,9.81E0]},\n'
    '"accZ":{"size":0,"updateMode":"partial", "buffer":[2.5E-1,null]}\n},\n' + STATUS
)
IPHONE = json.dumps(
    {
        "status": {"countDown": 0, "measuring": True, "session": "11", "timedRun": False},
        "buffer": {
            name: {"buffer": values, "size": 0, "updateMode": "partial"}
            for name, values in {
                "accX": [0.01171875, 0.02],
                "acc_time": [3.0000000417232513, 3.0100120417232513, 3.02],
                "accZ": [0.5, 0.25, 0.125],
                "accY": [9.8067, 9.81],
            }.items()
        },
    }
)
CONFIG = (
    '{"crc32":"d2","title":"Acceleration with g","localTitle":"Beschleunigung mit g","buffers":[],'
    '"inputs":[{"source":"location","outputs":[{"t":"gps_t"}]},{"source":"bluetooth"},'
    '{"source":"accelerometer","outputs":[{"x":"ax"},{"y":"ay"},{"z":"az"},{"abs":"a"},{"t":"at"}]}],"export":[]}'
)


def stamps(packet: ImuPacket) -> list[int]:
    assert packet.device_ns is not None
    return [int(stamp) for stamp in packet.device_ns]


def answered(**columns: list[Any]) -> str:
    held = {name: {"size": 0, "updateMode": "partial", "buffer": values} for name, values in columns.items()}
    return json.dumps({"buffer": held, "status": {"session": "1", "measuring": True}})


# ------------------------------------------------------------------ answers


def test_an_android_answer_is_read_and_its_holes_are_left_out() -> None:
    packet = read(phyphox.decoder(SETTINGS), ANDROID)
    assert stamps(packet) == [12_510_004_000]
    assert packet.acc.tolist() == [[-0.125, 9.8066501, 0.25]]
    assert packet.gyr is None
    assert packet.rate_hz == 100


def test_an_iphones_answer_is_read_as_far_as_all_columns_go() -> None:
    packet = read(phyphox.decoder(SETTINGS), IPHONE)
    assert stamps(packet) == [3_000_000_042, 3_010_012_042]
    assert packet.acc.tolist() == [[0.01171875, 9.8067, 0.5], [0.02, 9.81, 0.25]]


def test_an_answer_without_samples_completes_nothing() -> None:
    decoder = phyphox.decoder(SETTINGS)
    assert decoder.decode(answered(acc_time=[], accX=[], accY=[], accZ=[])) is None
    assert decoder.decode(answered(acc_time=["nan"], accX=[None], accY=[True], accZ=[1])) is None
    assert decoder.decode("whatever", "meta") is None
    assert decoder.decode("[]", "time") is None


def test_the_experiment_names_its_buffers() -> None:
    decoder = phyphox.decoder(SETTINGS)
    assert decoder.decode(CONFIG, "config") is None
    packet = read(decoder, answered(at=[1.0], ax=[1], ay=[2], az=[3]))
    assert packet.acc.tolist() == [[1, 2, 3]]
    with pytest.raises(DeviceError, match="lacks 'at'"):
        decoder.decode(ANDROID)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("", "not JSON"),
        ("<html>", "not JSON"),
        ("[1]", "no JSON object"),
        ("{}", "buffers and a status"),
        ('{"buffer":[],"status":{}}', "buffers and a status"),
        ('{"buffer":{},"status":{}}', "lacks 'acc_time'"),
        ('{"buffer":{"acc_time":[1]},"status":{}}', "lacks 'acc_time'"),
        ('{"buffer":{"acc_time":{"buffer":"1,2"}},"status":{}}', "lacks 'acc_time'"),
        (answered(acc_time=[1e9], accX=[0], accY=[0], accZ=[0]), "stamps of phyphox"),
        (answered(acc_time=[1], accX=[1e4], accY=[0], accZ=[0]), "beyond 500 g"),
        (answered(acc_time=[1], accX=[10**400], accY=[0], accZ=[0]), "too many digits"),
        ("[" * 100_000, "not JSON"),
        (b"\xff", "text in UTF-8"),
        (answered(acc_time=[1], accX=[0], accY=[0], accZ=[0], gyr_time=[1], gyrX=[300], gyrY=[0], gyrZ=[0]), "angular"),
    ],
)
def test_what_is_no_answer_is_refused(payload: str | bytes, words: str) -> None:
    with pytest.raises(DeviceError, match=words):
        phyphox.decoder(SETTINGS).decode(payload)


def test_too_much_is_refused_unread() -> None:
    with pytest.raises(DeviceError, match="at most"):
        phyphox_answers.answer(" " * (phyphox_answers.MAX_CHARS + 1))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["buffer", "status", "session", "measuring", "updateMode", "acc_time", "accX", "accY", "accZ",
                         "gyr_time", "gyrX", "gyrY", "gyrZ", "inputs", "source", "outputs", "x", "y", "z", "t",
                         "accelerometer", "sensors", "Range", "title", "deviceModel"]),
        inner | st.just("accelerometer"), max_size=6,
    ),
    max_leaves=40,
)  # fmt: skip


@given(value=json_values, stream=st.sampled_from(["imu", "config", "meta", "time"]))
def test_any_json_raises_only_the_declared_error(value: Any, stream: str) -> None:
    text = json.dumps(value)
    try:
        phyphox.decoder(SETTINGS).decode(text, stream)
    except DeviceError as e:
        assert str(e)
    for ask in (phyphox_answers.range_ms2, phyphox_answers.model, phyphox_answers.agreed, phyphox_answers.experiment):
        try:
            ask(text)
        except DeviceError as e:
            assert str(e)


numbers = st.lists(st.none() | st.booleans() | st.floats(-200, 200) | st.floats() | st.just("nan"), max_size=8)


@given(answers=st.lists(st.fixed_dictionaries(dict.fromkeys([*STOCK.acc, *(STOCK.gyr or ())], numbers)), max_size=4))
def test_any_columns_raise_only_the_declared_error(answers: list[dict[str, Any]]) -> None:
    decoder = phyphox.decoder(SETTINGS)
    for columns in answers:
        try:
            decoder.decode(answered(**columns))
        except DeviceError as e:
            assert str(e)


# ------------------------------------------------------------------ rotation


def turning(t: list[float], acc_t: list[float]) -> str:
    n = len(acc_t)
    return answered(
        acc_time=acc_t, accX=[0.0] * n, accY=[9.8] * n, accZ=acc_t,
        gyr_time=t, gyrX=[x * 0.1 for x in t], gyrY=[0.0] * len(t), gyrZ=[1.0] * len(t),
    )  # fmt: skip


def test_angular_rates_lie_between_their_neighbours() -> None:
    packet = read(phyphox.decoder(SETTINGS), turning([1.0, 1.01, 1.02], [1.0, 1.005, 1.018]))
    assert packet.gyr is not None
    np.testing.assert_allclose(packet.gyr[:, 0], [0.1, 0.1005, 0.1018], atol=1e-9)


def test_acceleration_waits_for_the_gyroscope() -> None:
    decoder = phyphox.decoder(SETTINGS)
    assert len(read(decoder, turning([1.0, 1.01], [1.0, 1.012])).acc) == 1
    assert decoder.decode(turning([], [1.018])) is None
    packet = read(decoder, turning([1.02, 1.03], [1.025, 1.04]))
    assert packet.acc[:, 2].tolist() == [1.012, 1.018, 1.025]
    assert packet.gyr is not None


def test_a_gyroscope_that_stays_away_is_not_waited_for() -> None:
    decoder = phyphox.decoder(SETTINGS)
    packet = read(decoder, turning([], [1.0, 1.01]))
    assert packet.gyr is None


def test_stamps_that_are_one_are_kept_apart_by_the_timeline_only() -> None:
    decoder = phyphox.decoder(SETTINGS)  # Android stamps what came before the start with 0
    packet = read(decoder, turning([0.0, 0.0, 0.0, 0.011], [0.0, 0.0, 0.01]))
    assert stamps(packet) == [0, 0, 10_000_000]


# ------------------------------------------------------------------ the way back


def test_what_was_encoded_is_decoded_to_the_last_digit() -> None:
    rng = np.random.default_rng(1)
    t = 10**12 + np.arange(50) * 2_403_846
    packet = ImuPacket(t, 416.0, rng.normal(0, 10, (50, 3)), rng.normal(0, 2, (50, 3)))
    assert sent_again("phyphox", packet, {"rate_hz": 416}) == packet
    bare = ImuPacket(t, 416.0, packet.acc)
    assert sent_again("phyphox", bare, {"rate_hz": 416}) == bare


def test_what_cannot_be_said_is_refused() -> None:
    with pytest.raises(DeviceError, match="stamps every sample"):
        phyphox.encode(ImuPacket(None, 100.0, np.zeros((1, 3))), SETTINGS)
    with pytest.raises(DeviceError, match="seconds within"):
        phyphox.encode(ImuPacket(np.array([2 * 10**15]), 100.0, np.zeros((1, 3))), SETTINGS)


@pytest.mark.parametrize("rate_hz", [None, True, "100", 0, 5001, math.nan])
def test_a_rate_must_have_been_measured(rate_hz: Any) -> None:
    with pytest.raises(DeviceError, match="measured"):
        phyphox.decoder({"rate_hz": rate_hz})


# ------------------------------------------------------------------ questions, config, meta


def test_a_question_names_the_newest_stamp_of_each_sensor() -> None:
    open_ = phyphox_answers.Experiment("x", Buffers("a&t", "a x", "ay", "az"), STOCK.gyr)
    first = phyphox_answers.request(open_, Since())
    assert dict(parse_qsl(urlsplit(first).query)) == dict.fromkeys([*open_.acc, *(STOCK.gyr or ())], "full")
    then = dict(parse_qsl(urlsplit(phyphox_answers.request(open_, Since(12.510004, 1e-05))).query))
    assert then == {
        "a&t": "12.510004", "a x": "12.510004|a&t", "ay": "12.510004|a&t", "az": "12.510004|a&t",
        "gyr_time": "1e-05", "gyrX": "1e-05|gyr_time", "gyrY": "1e-05|gyr_time", "gyrZ": "1e-05|gyr_time",
    }  # fmt: skip
    assert phyphox_answers.newest_request(open_) == "/get?a%26t="


def test_the_words_of_a_refusal_name_what_to_open() -> None:
    for source in ("linear_acceleration", "light"):
        text = json.dumps({"title": "T" * 100, "inputs": [{"source": source, "outputs": []}]})
        with pytest.raises(DeviceError) as e:
            phyphox_answers.experiment(text)
        assert WANTED in str(e.value)
        assert "T" * 41 not in str(e.value)
    assert phyphox_answers.experiment(CONFIG).title == "Beschleunigung mit g"


@pytest.mark.parametrize(
    ("said", "range_ms2"),
    [
        ("156.9064", 156.9064),
        (78.4532, 78.4532),
        ("nan", None),
        ("1e999", None),
        ("0.0", None),
        (-20, None),
        (True, None),
        (None, None),
        ({}, None),
        ("9" * 400, None),
    ],
)
def test_the_range_is_what_the_phone_says_where_it_can_be(said: Any, range_ms2: float | None) -> None:
    assert phyphox_answers.range_ms2(json.dumps({"sensors": {"accelerometer": {"Range": said}}})) == range_ms2
    assert phyphox_answers.range_ms2('{"deviceModel":"iPhone14,5"}') is None
    assert phyphox.range_ms2({"rate_hz": 100, "range_ms2": range_ms2}) == range_ms2


@pytest.mark.parametrize("hz", NOMINAL_HZ)
def test_a_rate_near_a_usual_one_is_that_one(hz: int) -> None:
    for share in (-0.009, 0.0, 0.009):
        t = np.arange(200) / (hz * (1 + share))
        assert phyphox_answers.nominal_hz(t) == hz
    assert phyphox_answers.nominal_hz(np.delete(t, slice(50, 90))) == hz  # a hole does not count


def test_stamps_that_show_no_rate() -> None:
    none = [[], [1.0], [1.0, 1.0], [3.0, 2.0, 1.0], [0.0, 10.0, 20.0], [0.0, 1e-6, 2e-6], [0.0, 5e-324, 1.5]]
    for t in none:
        assert phyphox_answers.nominal_hz(np.array(t)) is None
