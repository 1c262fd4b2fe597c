"""Polar's PMD control point: requests, answers and settings as bytes.

From Polar's `online_measurement.pdf` v1.0 (polarofficial/polar-ble-sdk 8fb5311). Little endian:

    request   op, measurement type, settings
    answer    0xF0, op, type, status, more, settings; `more` ≠ 0: the next answer goes on with the settings
    pushed    0x01, types…: the device stopped these streams by itself
    setting   id, count, `count` values of the width that the id has
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from surefoot.devices import polar_frames
from surefoot.errors import DeviceError

ASK, START, STOP = 1, 2, 3  # op: which settings are offered, begin, end
ACC, GYRO, SDK_MODE = polar_frames.ACC, polar_frames.GYRO, 9  # what to begin
RATE_HZ, RESOLUTION_BIT, RANGE, RANGE_MILLI, CHANNELS, FACTOR, SECURITY = range(7)  # ids of settings
FORMATS: Final = {
    RATE_HZ: "<H",
    RESOLUTION_BIT: "<H",
    RANGE: "<H",  # g or °/s
    RANGE_MILLI: "<i",
    CHANNELS: "<B",  # one byte only: two are refused by the Verity Sense (fsmeraldi/bleakheart issue 10)
    FACTOR: "<f",  # in answers only
    SECURITY: "<16s",
}
ANSWER: Final = 0xF0
ANSWER_N: Final = 5  # bytes before the settings

OK, BAD_TYPE, UNSUPPORTED, ALREADY, BAD_STATE = 0, 2, 3, 6, 12
REFUSALS: Final = {
    1: "it does not know this command: update its firmware with Polar's app",
    BAD_TYPE: "it has no such measurement: choose another sensor, or update its firmware with Polar's app",
    UNSUPPORTED: "it does not support this: update its firmware with Polar's app",
    4: "the command had a wrong length: update its firmware with Polar's app, and report this",
    5: "a setting was wrong: choose its usual rate and range, or update its firmware with Polar's app",
    ALREADY: "it is already in that state: close other programs that use it, switch it off and on, and try again",
    7: "it does not have this resolution: update its firmware with Polar's app",
    8: "it does not have this rate: choose another rate",
    9: "it does not have this range: choose another range",
    10: "the link's packets are too small for it (MTU): switch Bluetooth off and on, then connect again",
    11: "it refuses the number of channels: update its firmware with Polar's app, and report this",
    BAD_STATE: "it is busy with something else: end recordings and other programs that use it, and try again",
    13: "it is in its charger: take it out and put it on",
    14: "its memory is full: delete recordings with Polar's app",
}
"""Status of an answer → what is wrong and what to do."""

Settings = Mapping[int, Sequence[int | float | bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One indication of the control point in answer to a request; `content`: its settings, still packed."""

    op: int
    kind: int
    status: int
    more: bool
    content: bytes


def request(op: int, kind: int, settings: Iterable[tuple[int, int]] = ()) -> bytes:
    """A command; each setting with its one value, in this order."""
    out = bytes([op, kind])
    for setting, value in settings:
        out += bytes([setting, 1]) + struct.pack(FORMATS[setting], value)
    return out


def answer(payload: bytes) -> Answer | None:
    """The parts of an answer; None for anything else that the control point says."""
    if len(payload) < ANSWER_N - 1 or payload[0] != ANSWER:
        return None
    more = len(payload) >= ANSWER_N and payload[4] != 0
    return Answer(payload[1], payload[2] & 0x3F, payload[3], more, payload[ANSWER_N:])


def settings_of(content: bytes) -> Settings:
    """Setting → its values. An unknown setting ends the reading, for nobody knows its width; so does a cut one."""
    found: dict[int, list[int | float | bytes]] = {}
    at = 0
    while at + 2 <= len(content) and content[at] in FORMATS:
        setting, count = content[at], content[at + 1]
        size = struct.calcsize(FORMATS[setting])
        values = content[at + 2 : at + 2 + size * count]
        if len(values) < size * count:
            break
        found[setting] = [value for (value,) in struct.iter_unpack(FORMATS[setting], values)]
        at += 2 + size * count
    return found


def refusal(what: str, status: int) -> DeviceError:
    """Why the sensor does not do `what`, with the remedy."""
    reason = REFUSALS.get(status, f"unknown status {status}: update its firmware with Polar's app, and report this")
    return DeviceError(f"the Polar sensor refuses to {what}: {reason}")
