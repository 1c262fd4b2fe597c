"""The micro:bit codec against samples written out by hand, and its talk with an emulated one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio.devices.microbit import Microbit
from radio.emulated import Refused, converse
from repack import read, run, sent_again
from surefoot import simulate
from surefoot.devices import microbit, recognise
from surefoot.errors import DeviceError
from surefoot.events import Landed
from surefoot.gatt import Seen
from surefoot.samples import G0_MS2, ImuPacket
from surefoot.simulate import SensorSetup

SETTINGS = {"rate_hz": 50}


def test_1024_is_1_g() -> None:
    packet = read(microbit.decoder(SETTINGS), bytes.fromhex("0004 00FE 00FC"))
    np.testing.assert_allclose(packet.acc / G0_MS2, [[1, -0.5, -1]], rtol=1e-12)
    assert packet.gyr is None
    assert packet.device_ns is None


@pytest.mark.parametrize("payload", [b"", bytes(5), bytes(7), "abcdef"])
def test_a_sample_has_six_bytes(payload: bytes | str) -> None:
    with pytest.raises(DeviceError, match="6 bytes"):
        microbit.decoder(SETTINGS).decode(payload)


@given(period_ms=st.integers(1, 1000), n=st.integers(1, 20), seed=st.integers(0, 10**6))
def test_samples_come_back_within_half_a_count(period_ms: int, n: int, seed: int) -> None:
    settings = {"rate_hz": 1000 / period_ms}
    sent = ImuPacket(None, 1000 / period_ms, np.random.default_rng(seed).uniform(-19.6, 19.6, (n, 3)))
    first = sent_again("microbit", sent, settings)
    assert first.rate_hz == sent.rate_hz
    np.testing.assert_allclose(first.acc, sent.acc, atol=G0_MS2 / 2048 * 1.001)
    assert sent_again("microbit", first, settings) == first


def test_two_g_is_where_it_clips_and_a_landing_says_so() -> None:
    packet = sent_again("microbit", ImuPacket(None, 50.0, np.array([[30.0, -30.0, 9.8]])), SETTINGS)
    np.testing.assert_allclose(packet.acc[0, :2] / G0_MS2, [2, -2])
    assert microbit.range_ms2(SETTINGS) == 2 * G0_MS2
    made = simulate.drops("normal", count=1, seed=1, sensor=SensorSetup(device="microbit", settings={"rate_hz": 100}))
    (landed,) = [event for event in run(made.header, made.inputs) if isinstance(event, Landed)]
    assert "clipped" in landed.landing.flags


@pytest.mark.parametrize("wrong", [{}, {"rate_hz": 0.5}, {"rate_hz": True}, {"rate_hz": "50"}, {"rate_hz": 1001}])
def test_rates_beyond_the_periods_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(DeviceError, match="1 to 1000 samples"):
        microbit.decoder(wrong)


def test_a_rate_is_a_period_of_whole_milliseconds() -> None:
    with pytest.raises(DeviceError, match="whole milliseconds"):
        microbit.decoder({"rate_hz": 60})
    assert microbit.decoder({"rate_hz": 1000 / 3}).rate_hz == 1000 / 3


@pytest.mark.parametrize(
    ("seen", "sure"),
    [
        (Seen("BBC micro:bit [vogiv]"), 3),
        (Seen(None, frozenset({microbit.SERVICE})), 2),
        (Seen("BBC"), None),
    ],
)
def test_it_is_recognised(seen: Seen, sure: int | None) -> None:
    found = recognise(seen)
    assert (None if found is None else (found[0], found[1].sure)) == (None if sure is None else ("microbit", sure))


@pytest.mark.parametrize(("rate_hz", "period_ms"), [(50, 20), (100, 10), (6.25, 1000), (12.5, 100), (500, 5)])
def test_the_talk_takes_the_period_that_the_device_made_of_the_wish(rate_hz: float, period_ms: int) -> None:
    device = Microbit()
    agreed = converse(microbit.start({"rate_hz": rate_hz}), device)
    assert device.period_ms == period_ms
    assert agreed == {"rate_hz": 1000 / period_ms}
    assert microbit.decoder(agreed).rate_hz == 1000 / period_ms
    assert list(microbit.stop(agreed)) == []


def test_one_millisecond_is_never_asked_for() -> None:
    device = Microbit()
    with pytest.raises(DeviceError, match="2, 5, 10"):
        converse(microbit.start({"rate_hz": 1000}), device)
    assert device.period_ms == 20


@pytest.mark.parametrize("answer", [None, b"", b"\x00\x00", b"\x14", b"\xff\xff"])
def test_a_period_that_is_none_is_refused(answer: bytes | None) -> None:
    talk = microbit.start(SETTINGS)
    next(talk)
    talk.send(None)
    with pytest.raises(DeviceError, match="no usable period"):
        talk.send(answer)


def test_an_unpaired_one_refuses_and_the_advice_names_the_buttons() -> None:
    with pytest.raises(Refused):
        converse(microbit.start(SETTINGS), Microbit(paired=False))
    assert "hold A and B" in microbit.MISSING
    assert "accelerometer service" in microbit.MISSING


def test_samples_of_the_emulated_device_are_read() -> None:
    device = Microbit()
    device.connected()
    sample = ImuPacket(None, 50.0, np.array([[0.0, 1.0, G0_MS2]]))
    assert device.take(sample) == []
    for characteristic in microbit.streams(SETTINGS):
        device.subscribed(characteristic)
    agreed = converse(microbit.start(SETTINGS), device)
    ((where, payload),) = device.take(sample)
    packet = read(microbit.decoder(agreed), payload, microbit.streams(agreed)[where])
    np.testing.assert_allclose(packet.acc, sample.acc, atol=0.005)


def test_the_reference_agrees(vectors: list[dict[str, Any]]) -> None:
    mine = [vector for vector in vectors if vector["device"] == "microbit"]
    assert len(mine) >= 2
    for vector in mine:
        packet = read(microbit.decoder(SETTINGS), bytes.fromhex(vector["hex"]))
        np.testing.assert_allclose(packet.acc * 1024 / G0_MS2, [vector["decoded"]["mg"]], rtol=1e-12)


def test_the_reference_reads_what_is_encoded(reference: Any) -> None:
    sent = ImuPacket(None, 50.0, np.random.default_rng(1).uniform(-19, 19, (20, 3)))
    theirs = [reference.microbit_decode(payload) for _, payload in microbit.encode(sent, SETTINGS)]
    np.testing.assert_allclose(sent_again("microbit", sent, SETTINGS).acc * 1024 / G0_MS2, theirs, rtol=1e-12)
