"""What every entry of a table owes, run over the tables: a newcomer gets these tests for nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio.devices.board import Board
from radio.devices.microbit import Microbit
from radio.devices.movella_dot import MovellaDot
from radio.devices.movesense import Movesense
from radio.devices.polar import Polar
from radio.devices.witmotion import WitMotion
from radio.emulated import Emulated, Said, converse
from repack import read, run, same_events, sent_again
from surefoot import profiles, simulate
from surefoot.devices import CODECS, RADIOS
from surefoot.drills import DRILLS
from surefoot.engine import Engine
from surefoot.errors import DeviceError, RecordingError
from surefoot.gatt import Seen
from surefoot.importers import IMPORTERS, import_file
from surefoot.samples import G0_MS2, ImuPacket, Notification
from surefoot.simulate import Simulated

ROOT = Path(__file__).parent.parent
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {"rate_hz": 100.0, "range_ms2": 16 * G0_MS2},
    "polar": {"rate_hz": 200, "range_g": 8},
    "movesense": {"stream": "IMU6", "rate_hz": 104},
    "movella_dot": {"mode": 21, "rate_hz": 60},
    "witmotion": {"rate_hz": 50},
    "microbit": {"rate_hz": 50},
    "raw": profiles.load("surefoot"),
    "phyphox": {"rate_hz": 100, "range_ms2": 8 * G0_MS2},
}
"""Settings of a usual sensor of each codec."""
TICK_NS = {"movesense": 1_000_000, "movella_dot": 1_000}
"""Steps of a device's clock; the others count ns."""
CLOCKLESS = {"witmotion", "microbit"}
"""Codecs whose devices send no stamps: what was encoded comes back without them."""
EMULATED: dict[str, Callable[[], Emulated]] = {
    "polar": Polar,
    "movesense": Movesense,
    "movella_dot": MovellaDot,
    "witmotion": WitMotion,
    "microbit": Microbit,
    "raw": Board,
}
"""A usual sensor of each codec that speaks Bluetooth."""
DRILL_RUNS: dict[str, Simulated] = {
    "hold": simulate.stand("one_ec_firm", seed=1, target_s=12.0),
    "drop": simulate.drops("normal", count=2, seed=1),
    "hop": simulate.hops("normal", count=2, seed=1),
}

codecs = pytest.mark.parametrize("name", CODECS)
radios = pytest.mark.parametrize("name", RADIOS)
drills = pytest.mark.parametrize("name", DRILLS)


def packet(name: str, n: int, seed: int) -> ImuPacket:
    """Evenly stamped samples within the range of the codec's usual sensor; one without a gyroscope leaves that out."""
    rate = float(SETTINGS[name]["rate_hz"])
    stamps = 10**12 + np.rint(np.arange(n) * 1e9 / rate).astype(np.int64)
    full_ms2 = min(70.0, CODECS[name].range_ms2(SETTINGS[name]) or 70.0)
    rng = np.random.default_rng(seed)
    return ImuPacket(stamps, rate, rng.uniform(-full_ms2, full_ms2, (n, 3)), rng.uniform(-20, 20, (n, 3)))


@codecs
@given(n=st.integers(1, 60), seed=st.integers(0, 10**6))
@settings(max_examples=50)
def test_what_was_encoded_is_decoded(name: str, n: int, seed: int) -> None:
    sent = packet(name, n, seed)
    first = sent_again(name, sent, SETTINGS[name])
    assert sent_again(name, first, SETTINGS[name]) == first
    np.testing.assert_allclose(first.acc, sent.acc, atol=0.0050)  # half a bit of 1 mg
    assert (first.device_ns is None) == (name in CLOCKLESS)
    if first.device_ns is not None and sent.device_ns is not None:
        assert np.abs(first.device_ns - sent.device_ns).max() <= TICK_NS.get(name, 0)


@codecs
@given(payload=st.binary(max_size=400) | st.text(max_size=200))
@settings(max_examples=200)
def test_any_bytes_raise_only_the_declared_error(name: str, payload: bytes | str) -> None:
    try:
        CODECS[name].decoder(SETTINGS[name]).decode(payload)
    except DeviceError as e:
        assert str(e)


@codecs
@given(cut=st.integers(0, 200), flip=st.integers(0, 10**6))
@settings(max_examples=100)
def test_a_damaged_payload_raises_only_the_declared_error(name: str, cut: int, flip: int) -> None:
    coded = CODECS[name]
    payload = coded.encode(packet(name, 12, 1), SETTINGS[name])[0][1]
    bits = bytearray(payload.encode() if isinstance(payload, str) else payload)
    bits[flip % len(bits)] ^= 1 + flip % 255
    broken = bytes(bits[: len(bits) - cut % len(bits)])
    try:
        coded.decoder(SETTINGS[name]).decode(broken)
    except DeviceError as e:
        assert str(e)


@codecs
@given(
    wrong=st.dictionaries(
        st.sampled_from(["rate_hz", "range_g", "range_ms2"]), st.none() | st.text(max_size=3) | st.floats()
    )
)
@settings(max_examples=100)
def test_settings_are_used_or_refused(name: str, wrong: dict[str, Any]) -> None:
    try:
        CODECS[name].decoder(wrong)
        CODECS[name].range_ms2(wrong)
    except DeviceError as e:
        assert str(e)


@codecs
def test_a_codec_has_its_papers(name: str) -> None:
    assert (ROOT / "firmware-notes" / f"{name}.md").is_file()
    assert list((ROOT / "fixtures" / name).glob("*.jsonl.gz"))
    assert CODECS[name].packet_n(SETTINGS[name]) >= 1


UUID = st.uuids().map(str)


@radios
@given(
    seen=st.builds(
        Seen,
        st.none() | st.text(max_size=30) | st.from_regex(r"[A-Za-z]{1,9} .{0,20}", fullmatch=True),
        st.frozensets(UUID | st.just("0000180d-0000-1000-8000-00805f9b34fb"), max_size=3),
        st.frozensets(st.integers(0, 0xFFFF) | st.just(0x006B), max_size=3),
    )
)
@settings(max_examples=200)
def test_any_advertisement_is_known_or_not(name: str, seen: Seen) -> None:
    known = RADIOS[name].recognise(seen)
    if known is not None:
        assert known.sure in (1, 2, 3)
        assert known.kind
        CODECS[name].decoder(known.settings)


@radios
def test_a_radio_says_what_it_needs(name: str) -> None:
    radio = RADIOS[name]
    service = radio.SERVICE or SETTINGS[name]["service"]  # of a board: its profile names it
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", service)
    assert len(radio.MISSING.split()) > 5
    assert name in CODECS


@radios
def test_a_usual_sensor_is_recognised_started_read_and_stopped(name: str) -> None:
    device, radio = EMULATED[name](), RADIOS[name]
    found = profiles.recognise(device.seen)
    assert found is not None
    assert found[0] == name
    known = found[1].settings
    properties = {uuid: set(what) for service in device.table.values() for uuid, what in service.items()}
    assert (radio.SERVICE or known["service"]) in device.table
    device.connected()
    assert not device.streaming
    for characteristic, stream in radio.streams(known).items():
        assert properties[characteristic] & {"notify", "indicate"}
        assert stream
        device.subscribed(characteristic)
    agreed = converse(radio.start(known), device)
    assert device.streaming
    decoder = CODECS[name].decoder(agreed)
    rng, rate = np.random.default_rng(1), float(agreed["rate_hz"])
    acc, gyr = rng.uniform(-15, 15, (1000, 3)), rng.uniform(-4, 4, (1000, 3))
    stamps = 10**12 + np.rint(np.arange(1000) * 1e9 / rate).astype(np.int64)
    heard: Said = []
    for k in range(0, 1000, 10):
        part = slice(k, k + 10)
        heard += device.take(ImuPacket(stamps[part], rate, acc[part], gyr[part]))
    assert {characteristic for characteristic, _ in heard} <= set(radio.streams(known))
    got = [decoder.decode(payload, radio.streams(known)[characteristic]) for characteristic, payload in heard]
    assert sum(len(one.acc) for one in got if one is not None) > 500
    for step in radio.stop(agreed):
        assert properties[step.characteristic] & {"write", "write-without-response"}
        device.write(step.characteristic, step.payload)
    if not radio.stop(agreed):
        device.connected()  # it needs no command: it is silent as soon as nobody listens
    assert not device.streaming
    assert device.take(ImuPacket(stamps, rate, acc, gyr)) == []


@drills
def test_inputs_are_never_changed(name: str) -> None:
    made = DRILL_RUNS[name]
    before = [replace(item) for item in made.inputs]
    run(made.header, made.inputs)
    assert before == made.inputs


@drills
def test_a_second_set_after_start_is_like_a_fresh_one(name: str) -> None:
    made = DRILL_RUNS[name]
    fresh = run(made.header, made.inputs)
    end_ns = made.inputs[-1].host_ns + 10_000_000_000
    again = [replace(item, host_ns=item.host_ns - made.inputs[0].host_ns + end_ns) for item in made.inputs]
    both = run(made.header, [*made.inputs, *again])
    first = both[: len(fresh)]
    same_events(first, fresh)
    second = [event for event in both[len(fresh) :] if type(event).__name__ not in ("GapSeen", "SensorBack")]
    assert [type(event).__name__ for event in second] == [type(event).__name__ for event in fresh]


@drills
@given(at=st.integers(0, 400), kind=st.sampled_from(["start", "stop", "lift", "touch", "error", "set", "correct"]))
@settings(max_examples=25)
def test_a_cue_at_any_moment_breaks_nothing(name: str, at: int, kind: str) -> None:
    from surefoot.samples import Cue, Input

    made = DRILL_RUNS[name]
    k = at % len(made.inputs)
    inputs: list[Input] = list(made.inputs)
    inputs.insert(k, Cue(inputs[k].host_ns, kind, {"set": "leg=right", "start": name}.get(kind)))
    run(made.header, inputs)


@drills
@given(end=st.integers(1, 400))
@settings(max_examples=25)
def test_a_session_may_end_at_any_moment(name: str, end: int) -> None:
    made = DRILL_RUNS[name]
    engine = Engine(made.header)
    for item in made.inputs[: end % len(made.inputs) + 1]:
        engine.feed(item)
    engine.finish()
    assert engine.finish() == []
    engine.snapshot()


@drills
def test_a_drill_with_nothing_but_noise_breaks_nothing(name: str) -> None:
    made = DRILL_RUNS[name]
    rng = np.random.default_rng(1)
    coded, known = CODECS["polar"], SETTINGS["polar"]
    inputs = list(made.inputs)
    for k, item in enumerate(inputs):
        if isinstance(item, Notification):
            sent = read(coded.decoder(known), item.payload)
            wild = ImuPacket(sent.device_ns, sent.rate_hz, rng.normal(0, 40, sent.acc.shape))
            inputs[k] = replace(item, payload=coded.encode(wild, known)[0][1])
    run(made.header, inputs)


@pytest.mark.parametrize("name", IMPORTERS)
def test_an_importer_knows_its_own_fixture_and_no_other(name: str) -> None:
    own = {path for path in (ROOT / "fixtures" / "imports").glob(f"{name}*") if path.suffix != ".json"}
    assert own
    for path in ROOT.glob("fixtures/**/*"):
        if path.is_file():
            with path.open("rb") as file:
                head = file.read(4096)
            assert IMPORTERS[name].sniff(head) == (path in own), path.name
    for path in own:
        made = import_file(path)
        assert run(made.header, made.inputs) == []  # no drill named: nothing happens, and nothing breaks


@pytest.mark.parametrize("name", IMPORTERS)
@given(junk=st.binary(max_size=300))
@settings(max_examples=60)
def test_any_file_raises_only_the_declared_error(
    name: str, junk: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("junk") / "junk.csv"
    path.write_bytes(junk)
    with pytest.raises(RecordingError):
        import_file(path, fmt=name)
