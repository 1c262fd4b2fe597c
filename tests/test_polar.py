"""The Polar codec against frames written out by hand from the protocol's layout."""

from __future__ import annotations

import numpy as np
import pytest

from repack import read
from surefoot.devices import polar
from surefoot.errors import DeviceError
from surefoot.samples import G0_MS2, ImuPacket

H10 = {"rate_hz": 200, "range_g": 8}
STAMP = bytes.fromhex("00943577 00000000".replace(" ", ""))  # 2 000 000 000 ns, little endian


def decode(text: str, settings: dict[str, int] = H10) -> ImuPacket:
    return read(polar.decoder(settings), bytes.fromhex(text.replace(" ", "")))


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
        ("02 0094357700000000 81 0000 0000 E803", "delta-compressed"),
        ("02 0094357700000000 03 0000 0000 E803", "type 0, 1 or 2"),
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


@pytest.mark.parametrize("wrong", [{}, {"rate_hz": 52, "range_g": 8}, {"rate_hz": 200, "range_g": 16}])
def test_settings_that_the_h10_does_not_have_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(DeviceError, match="H10"):
        polar.decoder(wrong)
