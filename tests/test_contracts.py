"""What every entry of a table owes, run over the tables: a newcomer gets these tests for nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repack import read, run, same_events, sent_again
from surefoot import simulate
from surefoot.devices import CODECS
from surefoot.drills import DRILLS
from surefoot.engine import Engine
from surefoot.errors import DeviceError, RecordingError
from surefoot.importers import IMPORTERS, import_file
from surefoot.samples import G0_MS2, ImuPacket, Notification
from surefoot.simulate import Simulated

ROOT = Path(__file__).parent.parent
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {"rate_hz": 100.0, "range_ms2": 16 * G0_MS2},
    "polar": {"rate_hz": 200, "range_g": 8},
    "movesense": {"stream": "IMU6", "rate_hz": 104},
    "movella_dot": {"mode": 21, "rate_hz": 60},
}
"""Settings of a usual sensor of each codec."""
TICK_NS = {"movesense": 1_000_000, "movella_dot": 1_000}
"""Steps of a device's clock; the others count ns."""
DRILL_RUNS: dict[str, Simulated] = {
    "hold": simulate.stand("one_ec_firm", seed=1, target_s=12.0),
    "drop": simulate.drops("normal", count=2, seed=1),
    "hop": simulate.hops("normal", count=2, seed=1),
}

codecs = pytest.mark.parametrize("name", CODECS)
drills = pytest.mark.parametrize("name", DRILLS)


def packet(name: str, n: int, seed: int) -> ImuPacket:
    """Evenly stamped samples within the range of the codec's usual sensor; one without a gyroscope leaves that out."""
    rate = float(SETTINGS[name]["rate_hz"])
    stamps = 10**12 + np.rint(np.arange(n) * 1e9 / rate).astype(np.int64)
    rng = np.random.default_rng(seed)
    return ImuPacket(stamps, rate, rng.uniform(-70, 70, (n, 3)), rng.uniform(-20, 20, (n, 3)))


@codecs
@given(n=st.integers(1, 60), seed=st.integers(0, 10**6))
@settings(max_examples=50)
def test_what_was_encoded_is_decoded(name: str, n: int, seed: int) -> None:
    sent = packet(name, n, seed)
    first = sent_again(name, sent, SETTINGS[name])
    assert sent_again(name, first, SETTINGS[name]) == first
    np.testing.assert_allclose(first.acc, sent.acc, atol=0.0050)  # half a bit of 1 mg
    assert first.device_ns is not None
    assert sent.device_ns is not None
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
