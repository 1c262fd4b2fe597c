"""Boards and wearables without a codec of their own, read by a profile that says where their numbers are.

The settings are the whole profile (`surefoot.devices.profile` checks it, `firmware-notes/raw.md` explains it), so a
recording can be read again without the file that it came from. Profiles for known boards are shipped in
`surefoot.profiles`, among them surefoot's own open firmware (`firmware-notes/surefoot-profile.md`).

Where a profile names a stamp, it rules; stamps that begin at 0 again are followed, and the samples of a packet are
spread as its neighbour's stamp shows, or at the nominal rate where that is more than 5 % off. Without a stamp samples
are counted (`surefoot.arrival`); a sequence number then tells what was lost. Where angular rates come on a
characteristic of their own, each acceleration takes the newest ones. Seen only on simulated packets, not on hardware.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from surefoot.devices.layout import integer, numbers, put_bytes, put_integer, put_vectors, three, to_float, vectors
from surefoot.devices.profile import LONGEST_N, Profile, Stamp, checked
from surefoot.errors import DeviceError
from surefoot.gatt import Pause, Read, Recognised, Seen, Talk, Write
from surefoot.samples import Array, ImuPacket, Ints

SERVICE: Final = ""  # the profile names it: settings["service"]
MISSING: Final = (
    "the device does not offer the service that its profile names: is its own program running on it, and is this the "
    "right profile?"
)
SPACING_TOLERANCE: Final = 0.05  # beyond it packets are missing between two stamps
PACKET_N: Final = 10  # samples that we put into a packet of any number


def packet_n(settings: Mapping[str, Any]) -> int:
    """Samples that a packet usually holds."""
    return _usual_n(checked(settings))


def _usual_n(profile: Profile) -> int:
    if profile.samples is not None:
        return profile.samples
    return max(1, min(PACKET_N, (LONGEST_N - profile.rows_at) // profile.acc.stride))


def decoder(settings: Mapping[str, Any]) -> RawDecoder:
    """A fresh decoder. Raises DeviceError for a profile that is not one."""
    return RawDecoder(checked(settings))


def range_ms2(settings: Mapping[str, Any]) -> float | None:
    """Full scale of one axis, m/s², where the profile names it."""
    return checked(settings).range_ms2


class RawDecoder:
    """Remembers the previous stamp and sequence number, the newest angular rates, and the beginning of a line."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._stamp_ns: int | None = None
        self._stamped_n = 0  # samples of the packet that carried it
        self._sequence: int | None = None
        self._payload = b""
        self._turn: Array | None = None
        self._line = b""

    def decode(self, payload: bytes | str, stream: str = "imu") -> ImuPacket | None:
        """One payload of "imu", or of "gyr" where the profile has two characteristics. Raises DeviceError."""
        if stream not in ("imu", "gyr"):
            return None
        if isinstance(payload, str):
            payload = payload.encode("utf-8", "replace")
        if len(payload) > LONGEST_N:
            raise DeviceError(f"a notification holds at most {LONGEST_N} bytes, got {len(payload)}")
        if self._profile.format != "binary":
            return self._text(payload) if stream == "imu" else None
        if stream == "gyr":
            if self._profile.gyr is not None and self._profile.apart:
                self._turn = vectors(payload, self._profile.gyr, 1, self._profile.order)
            return None
        return self._binary(payload)

    def _binary(self, payload: bytes) -> ImuPacket | None:
        profile, order = self._profile, self._profile.order
        begins = zip(profile.begins, payload, strict=False)
        if len(payload) < len(profile.begins) or any(want not in (None, got) for want, got in begins):
            raise DeviceError(
                f"a packet of {profile.name} does not begin with {payload[: len(profile.begins)].hex(' ')}"
            )
        n = _rows(payload, profile)
        acc = vectors(payload, profile.acc, n, order)
        gyr = self._turn if profile.apart else None
        if profile.gyr is not None and not profile.apart:
            gyr = vectors(payload, profile.gyr, n, order)
        times = stamp_ns = sequence = None
        lost = 0
        if profile.sequence is not None:
            offset, bits = profile.sequence
            sequence = integer(payload, offset, bits, order)
            if payload == self._payload:
                return None  # the same packet once more
            if self._sequence is not None and profile.stamp is None:  # with stamps the hole shows by itself
                skipped = (sequence - self._sequence - 1) % (1 << bits)
                lost = skipped * n if skipped < 1 << (bits - 1) else 0
        if profile.stamp is not None:
            raw = integer(payload, profile.stamp.offset, profile.stamp.bits or 64, order)
            stamp_ns = self._unwrapped(raw * profile.stamp.unit_ns, profile.stamp)
            times = self._times(stamp_ns, n, profile.stamp.last)
        packet = ImuPacket(times, profile.rate_hz, acc, gyr, lost)  # raises before anything is remembered
        self._stamp_ns, self._stamped_n, self._sequence, self._payload = stamp_ns, n, sequence, payload
        return packet

    def _unwrapped(self, stamp_ns: int, stamp: Stamp) -> int:
        """The stamp on a clock that never begins at 0 again."""
        if self._stamp_ns is not None and stamp.bits is not None:
            wraps_ns = stamp.unit_ns << stamp.bits
            step_ns = (stamp_ns - self._stamp_ns) % wraps_ns
            stamp_ns = self._stamp_ns + (step_ns if step_ns < wraps_ns // 2 else step_ns - wraps_ns)
        if not -(1 << 62) < stamp_ns < 1 << 62:  # keeps differences inside int64
            raise DeviceError(f"a stamp of {stamp_ns} ns is beyond 146 years")
        return stamp_ns

    def _times(self, stamp_ns: int, n: int, last: bool) -> Ints:
        nominal_ns = step_ns = 1e9 / self._profile.rate_hz
        if self._stamp_ns is not None:
            spacing_ns = (stamp_ns - self._stamp_ns) / (n if last else self._stamped_n)
            if abs(spacing_ns / nominal_ns - 1) <= SPACING_TOLERANCE:
                step_ns = spacing_ns
        steps: Ints = np.rint(step_ns * np.arange(n)).astype(np.int64)
        return stamp_ns - steps[::-1] if last else stamp_ns + steps

    def _text(self, payload: bytes) -> ImuPacket | None:
        lines = [payload]
        if self._profile.format == "lines":
            *lines, rest = (self._line + payload).split(b"\n")
            self._line = rest if len(rest) <= LONGEST_N else b""
        lines = [line for line in lines if line.strip()]
        if not lines:
            return None
        profile, stamp = self._profile, self._profile.stamp
        columns = [vector.offset + axis for vector in (profile.acc, profile.gyr) if vector for axis in range(3)]
        columns += [] if stamp is None else [stamp.offset]
        rows = [row for line in lines if (row := numbers(line, columns)) is not None]
        if not rows:
            raise DeviceError(f"no line of {profile.name} has numbers where the profile says: {lines[0][:40]!r}")
        acc = np.array([three(row, profile.acc) for row in rows])
        gyr = None if profile.gyr is None else np.array([three(row, profile.gyr) for row in rows])
        times = None
        if stamp is not None:
            stamps = [row[stamp.offset] * stamp.unit_ns for row in rows]
            if not all(abs(value) < 2**62 for value in stamps):
                raise DeviceError("a stamp is beyond 146 years")
            times = np.array([round(value) for value in stamps], dtype=np.int64)
        return ImuPacket(times, profile.rate_hz, acc, gyr)


def _rows(payload: bytes, profile: Profile) -> int:
    """Samples in a packet."""
    if profile.samples is not None:
        return profile.samples
    rows, rest = divmod(len(payload) - profile.rows_at, profile.acc.stride)
    if rows < 1 or rest:
        raise DeviceError(f"{len(payload)} bytes are not whole samples of {profile.name}")
    return rows


# ------------------------------------------------------------------------------------------------ encoding


def encode(packet: ImuPacket, settings: Mapping[str, Any]) -> list[tuple[str, bytes | str]]:
    """What a board of this profile would send, `packet_n` samples at a time, clipped at the range and at the type.

    A sequence number follows from the stamps where there are any. Raises DeviceError without stamps that the profile
    needs, and for a stamp before 0.
    """
    profile = checked(settings)
    if profile.stamp is not None and packet.device_ns is None:
        raise DeviceError(f"packets of {profile.name} carry a stamp")
    full_ms2 = profile.range_ms2 if profile.range_ms2 is not None else np.inf
    acc = np.clip(packet.acc, -full_ms2, full_ms2)
    gyr = np.zeros_like(acc) if packet.gyr is None else packet.gyr
    if profile.format != "binary":
        return _lines(profile, acc, gyr, packet.device_ns)
    out: list[tuple[str, bytes | str]] = []
    usual_n = _usual_n(profile)
    if profile.samples is not None and len(acc) % profile.samples:
        raise DeviceError(f"packets of {profile.name} hold exactly {profile.samples} samples")
    for number, k in enumerate(range(0, len(acc), usual_n)):
        part = slice(k, k + usual_n)
        if profile.gyr is not None and profile.apart:
            out.append(("gyr", bytes(put_vectors(bytearray(), profile.gyr, gyr[part], profile.order))))
        payload = bytearray(value or 0 for value in profile.begins)
        stamps = None if packet.device_ns is None else packet.device_ns[part]
        if stamps is not None:
            # between two numbers, wherever the stamps begin: else rounding would skip one now and then
            number = math.floor(int(stamps[0]) * profile.rate_hz / 1e9 / usual_n + 0.2887)
        if profile.sequence is not None:
            offset, bits = profile.sequence
            put_integer(payload, offset, bits, number, profile.order)
        if profile.stamp is not None and stamps is not None:
            stamp = round(int(stamps[-1 if profile.stamp.last else 0]) / profile.stamp.unit_ns)
            if stamp < 0:
                raise DeviceError("a stamp cannot be before 0")
            put_integer(payload, profile.stamp.offset, profile.stamp.bits or 64, stamp, profile.order)
        put_vectors(payload, profile.acc, acc[part], profile.order)
        if profile.gyr is not None and not profile.apart:
            put_vectors(payload, profile.gyr, gyr[part], profile.order)
        if profile.samples is None:  # rows may end with columns that are not ours
            put_bytes(payload, profile.rows_at + len(acc[part]) * profile.acc.stride, b"")
        out.append(("imu", bytes(payload)))
    return out


def _lines(profile: Profile, acc: Array, gyr: Array, stamps: Ints | None) -> list[tuple[str, bytes | str]]:
    out: list[tuple[str, bytes | str]] = []
    for k in range(len(acc)):
        row: dict[int, str] = {}
        for vector, values in ((profile.acc, acc[k]), (profile.gyr, gyr[k])):
            if vector is not None:
                row |= {vector.offset + axis: repr(float(v / vector.factor)) for axis, v in enumerate(values)}
        if profile.stamp is not None and stamps is not None:
            row[profile.stamp.offset] = repr(int(stamps[k]) / profile.stamp.unit_ns)
        line = ",".join(row.get(column, "0") for column in range(max(row) + 1))
        out.append(("imu", (line + "\n" if profile.format == "lines" else line).encode()))
    return out


# ------------------------------------------------------------------------------------------------ the radio


def recognise(seen: Seen) -> Recognised | None:
    """Never: which board it is depends on the profiles at hand. `surefoot.profiles.recognise` asks them all."""
    return None


def matches(settings: Mapping[str, Any], seen: Seen) -> Recognised | None:
    """Whether an advertisement is of the board of this profile: by the beginning of its name, or by its service."""
    profile = checked(settings)
    if seen.name is not None and seen.name.startswith(profile.names or ("\0",)):
        return Recognised(profile.name, dict(settings), sure=3)
    if profile.service in seen.services:
        return Recognised(profile.name, dict(settings), sure=2)
    return None


def streams(settings: Mapping[str, Any]) -> Mapping[str, str]:
    """Angular rates first, where they come apart, so that the first acceleration finds one."""
    profile = checked(settings)
    apart = {profile.gyr.characteristic: "gyr"} if profile.gyr is not None and profile.apart else {}
    return {**apart, profile.acc.characteristic: "imu"}


def start(settings: Mapping[str, Any]) -> Talk:
    """The profile's writes; then, where it names one, the description that the board gives of itself."""
    profile = checked(settings)
    yield from profile.start
    agreed = dict(settings)
    if profile.info is not None:
        agreed = described(agreed, (yield Read(profile.info)) or b"")
    return agreed


def stop(settings: Mapping[str, Any]) -> Sequence[Write]:
    """The profile's writes."""
    return [step for step in checked(settings).stop if not isinstance(step, Pause)]


def described(settings: Mapping[str, Any], text: bytes) -> dict[str, Any]:
    """The profile with what the board says of itself: text like `rate_hz=104;range_g=4;acc_scale=0.00048828125`.

    Raises:
        DeviceError: it is no such text, or makes no profile.
    """
    agreed = dict(settings)
    for pair in text[:LONGEST_N].decode("ascii", "replace").strip("\0\r\n ").split(";"):
        key, _, word = pair.partition("=")
        value = to_float(word)
        if value is None:
            raise DeviceError(f"the board describes itself with {pair[:40]!r}: a name, = and a number were expected")
        if key in ("rate_hz", "range_g"):
            agreed[key] = value
        elif key in ("acc_scale", "gyr_scale") and key[:3] in agreed:
            agreed[key[:3]] = {**agreed[key[:3]], "scale": value}
    checked(agreed)
    return agreed
