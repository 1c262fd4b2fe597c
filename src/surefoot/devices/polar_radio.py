"""Polar's side of the radio: how its sensors are recognised, started and stopped.

    subscribe   control point (indications), then data (notifications): both before the first command
    start       [SDK mode on], offered settings, start; the gyroscope before the acceleration, so that its samples
                reach back behind the first acceleration
    stop        acceleration, gyroscope, SDK mode off; an H10 that is not told to stop stays on until its battery is
                empty (Polar, KnownIssues.md)

The gyroscope runs at the rate of the acceleration or not at all. A Verity Sense whose firmware has no SDK mode is
started at its usual 52 Hz and ±8 g: its samples come up to 2 s late, which suits recordings but not the live picture.
Sources: those of `polar`, and SdkModeExplained.md. Seen only against an emulated device.
"""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final

from surefoot.devices import polar, polar_control
from surefoot.devices.polar_control import (
    ACC,
    ALREADY,
    ASK,
    BAD_STATE,
    BAD_TYPE,
    CHANNELS,
    GYRO,
    OK,
    RANGE,
    RATE_HZ,
    RESOLUTION_BIT,
    SDK_MODE,
    START,
    STOP,
    UNSUPPORTED,
    Answer,
)
from surefoot.errors import DeviceError
from surefoot.gatt import Listen, Recognised, Seen, Step, Talk, Write

SERVICE: Final = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
CONTROL: Final = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA: Final = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"
MISSING: Final = (
    "this Polar sensor does not offer its raw data: update its firmware with Polar's app, and close that app"
)
MAKER: Final = 0x006B  # Polar's company id
KINDS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "H10": ("Polar H10", {"model": "h10", "rate_hz": 200, "range_g": 8}),
    # 416 rather than 208 Hz: a frame is sent when it is full, so twice the rate is half the delay
    "Sense": (
        "Polar Verity Sense",
        {"model": "sense", "sdk": True, "rate_hz": 416, "range_g": 16, "gyro": True, "range_dps": 2000},
    ),
    "OH1": ("Polar OH1", {"model": "oh1", "rate_hz": 50, "range_g": 8}),
}
"""Word in the advertised name → maker and model, settings for sway and landings."""
MAX_PARTS: Final = 8  # indications that are heard for one answer; the longest known takes one

Dialogue = Generator[Step, bytes | None, Answer]


def recognise(seen: Seen) -> Recognised | None:
    """By the name "Polar <model> <device id>", or without a name by Polar's company id (taken for an H10).

    Polar's watches and its straps without raw acceleration are nobody's.
    """
    words = re.fullmatch(r"Polar (.+) \S+", seen.name or "")
    if words is not None:
        kind = KINDS.get(words[1])
        return None if kind is None else Recognised(kind[0], dict(kind[1]))
    if not seen.name and MAKER in seen.manufacturers:
        return Recognised("Polar sensor without a name", dict(KINDS["H10"][1]), sure=1)
    return None


def streams(settings: Mapping[str, Any]) -> Mapping[str, str]:
    """The control point first: without its indications the commands are accepted and nothing happens."""
    return {CONTROL: "control", DATA: "imu"}


def stop(settings: Mapping[str, Any]) -> Sequence[Write]:
    """End every stream, then leave SDK mode, in which a Verity Sense measures no heart rate."""
    known = polar.setup(settings)
    kinds = [ACC, *([GYRO] if known.range_dps is not None else []), *([SDK_MODE] if known.sdk else [])]
    return [Write(CONTROL, polar_control.request(STOP, kind)) for kind in kinds]


def start(settings: Mapping[str, Any]) -> Talk:
    """Begin the streams with what the device offers nearest to the settings; returns what was agreed."""
    wish = polar.setup(settings)
    sdk = (yield from _sdk_mode()) if wish.sdk else False
    model = polar.MODELS[wish.model, sdk]
    found = yield from _offered(ACC, "say what its accelerometer offers")
    rates_hz = _known(found, RATE_HZ, model.rates_hz, "Hz")
    rate_hz = min(rates_hz, key=lambda rate: (abs(math.log(rate / wish.rate_hz)), -rate))
    range_g = _at_least(wish.range_g, _known(found, RANGE, model.ranges_g, "g"))
    agreed: dict[str, Any] = {"model": wish.model, "rate_hz": rate_hz, "range_g": range_g}
    if wish.sdk:
        agreed["sdk"] = sdk
    if wish.range_dps is not None:
        turning = yield from _offered(GYRO, "say what its gyroscope offers")
        agreed["gyro"] = rate_hz in turning.get(RATE_HZ, ())
        if agreed["gyro"]:
            range_dps = _at_least(wish.range_dps, _known(turning, RANGE, model.ranges_dps, "°/s"))
            agreed["range_dps"] = range_dps
            yield from _begin(GYRO, "start its gyroscope", _chosen(turning, rate_hz, range_dps))
    yield from _begin(ACC, "start its accelerometer", _chosen(found, rate_hz, range_g))
    return agreed


def _sdk_mode() -> Generator[Step, bytes | None, bool]:
    """Whether the device is in SDK mode now; False: its firmware has none."""
    answer = yield from _ask(START, SDK_MODE)
    if answer.status == BAD_STATE:  # streams of a connection that broke off still run
        for kind in (ACC, GYRO):
            yield from _ask(STOP, kind)
        answer = yield from _ask(START, SDK_MODE)
    if answer.status in (BAD_TYPE, UNSUPPORTED):
        return False
    if answer.status not in (OK, ALREADY):
        raise polar_control.refusal("enter its SDK mode", answer.status)
    return True


def _offered(kind: int, what: str) -> Generator[Step, bytes | None, polar_control.Settings]:
    answer = yield from _ask(ASK, kind)
    if answer.status != OK:
        raise polar_control.refusal(what, answer.status)
    return polar_control.settings_of(answer.content)


def _begin(kind: int, what: str, chosen: Sequence[tuple[int, int]]) -> Generator[Step, bytes | None, None]:
    answer = yield from _ask(START, kind, chosen)
    if answer.status == ALREADY:  # it still runs for a connection that broke off, perhaps at another rate
        yield from _ask(STOP, kind)
        answer = yield from _ask(START, kind, chosen)
    if answer.status != OK:
        raise polar_control.refusal(what, answer.status)


def _ask(op: int, kind: int, chosen: Sequence[tuple[int, int]] = ()) -> Dialogue:
    """Write a request and hear its whole answer; other things that the device says meanwhile are passed over."""
    yield Write(CONTROL, polar_control.request(op, kind, chosen))
    status, content = OK, b""
    for _ in range(MAX_PARTS):
        heard = polar_control.answer((yield Listen(CONTROL)) or b"")
        if heard is None or (heard.op, heard.kind) != (op, kind):
            continue
        status, content = heard.status, content + heard.content
        if status != OK or not heard.more:
            return Answer(op, kind, status, False, content)
    raise DeviceError("the Polar sensor talks but does not answer: switch it off and on, and try again")


def _known(found: polar_control.Settings, setting: int, ours: tuple[int, ...], unit: str) -> list[int]:
    """Values that the device offers and the codec can read."""
    offered = [value for value in ours if value in found.get(setting, ())]
    if not offered:
        words = ", ".join(map(str, found.get(setting, ()))) or "nothing"
        raise DeviceError(
            f"the Polar sensor offers {words} where {', '.join(map(str, ours))} {unit} are known: update its firmware "
            "with Polar's app, or choose the right model"
        )
    return offered


def _at_least(wish: int, offered: list[int]) -> int:
    """The smallest range that holds the wish, else the largest."""
    return min((value for value in offered if value >= wish), default=max(offered))


def _chosen(found: polar_control.Settings, rate_hz: int, full: int) -> list[tuple[int, int]]:
    """One value for each setting that the device offered; what it did not offer it does not take."""
    chosen = [(RATE_HZ, rate_hz)]
    for setting in (RESOLUTION_BIT, RANGE, CHANNELS):
        values = [value for value in found.get(setting, ()) if isinstance(value, int)]
        if values:
            chosen.append((setting, full if setting == RANGE else max(values)))
    return chosen
