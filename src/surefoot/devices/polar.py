"""Polar H10, Verity Sense and OH1: acceleration, and the Verity Sense's gyroscope, from PMD frames.

Settings: `model` (h10, sense, oh1; absent: h10), `rate_hz`, `range_g`, and for the Verity Sense `sdk` (its SDK mode),
`gyro` and `range_dps`. `MODELS` says what goes together. Bytes: `polar_frames`.

    acceleration  raw type 0, 1, 2    mg
                  delta type 0        g = raw · factor; older Verity Sense and OH1
                  delta type 1        mg = raw · factor (1); newer Verity Sense
    gyroscope     delta type 0        °/s = raw · factor
                  delta type 1        °/s = factor (1) · the float32 whose pattern the integer is

The factor comes with the answer to the start command (stream "control"); an answer without one means 1. A recording
without answers is read with the usual factors, `G_A_BIT` and `DPS_A_BIT`.

Sample times follow Polar's SDK, for each measurement and frame type apart: the time since the previous frame's stamp
is spread over the samples of this frame; where there is no previous frame, or its spacing is more than 5 % off nominal
(a frame was lost, the clock was set), stamps step back from this frame's own at the nominal rate. With a gyroscope the
two are put together by `pairing`. Seen only on published, simulated and hand-written frames, not on hardware.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from surefoot.devices import polar_control, polar_frames
from surefoot.devices.pairing import Paired, Pairing
from surefoot.devices.polar_frames import ACC, GYRO, MAX_STAMP_NS, Frame
from surefoot.errors import DeviceError
from surefoot.samples import G0_MS2, MAX_GYR_RADS, Array, ImuPacket, Ints

MG_MS2: Final = G0_MS2 / 1000
DPS_RADS: Final = math.pi / 180
G_A_BIT: Final = 0.000244 / 8  # × range: the factor of published frames at 8 g
DPS_A_BIT: Final = 0.07 / 2000  # × range: the factor of published frames at 2000 °/s
H10_PACKET_N: Final = 36  # samples in its 226-byte frame
QUIET_PACKET_N: Final = 110  # samples in a full delta frame of somebody who stands still: 105 to 115 in published ones
SPACING_TOLERANCE: Final = 0.05  # SDK rule: beyond it a frame was lost


@dataclass(frozen=True, slots=True)
class Model:
    """What one model measures, in one of its modes."""

    name: str
    rates_hz: tuple[int, ...]
    ranges_g: tuple[int, ...]
    ranges_dps: tuple[int, ...] = ()


MODELS: Final[dict[tuple[str, bool], Model]] = {
    ("h10", False): Model("Polar H10", (25, 50, 100, 200), (2, 4, 8)),
    ("oh1", False): Model("Polar OH1", (50,), (8,)),
    ("sense", False): Model("Polar Verity Sense outside its SDK mode", (52,), (8,), (2000,)),
    ("sense", True): Model(
        "Polar Verity Sense in its SDK mode", (26, 52, 104, 208, 416), (2, 4, 8, 16), (250, 500, 1000, 2000)
    ),
}
"""Model, SDK mode → what it measures (Polar's products pages and SdkModeExplained.md)."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Settings that this model has; `range_dps` None: no gyroscope."""

    model: str
    sdk: bool
    rate_hz: int
    range_g: int
    range_dps: int | None

    @property
    def compressed(self) -> bool:
        """Whether it sends delta frames. The H10 sends raw ones."""
        return self.model != "h10"


def setup(settings: Mapping[str, Any]) -> Setup:
    """What the settings say. Raises DeviceError for what no Polar of that model measures."""
    name, sdk = settings.get("model", "h10"), settings.get("sdk", False)
    model = MODELS.get((name, sdk)) if isinstance(name, str) and isinstance(sdk, bool) else None
    if model is None:
        raise DeviceError(f"no Polar is called {name!r} with SDK mode {sdk!r}: the models are h10, sense and oh1")
    rate, range_g = settings.get("rate_hz"), settings.get("range_g")
    if rate not in model.rates_hz or range_g not in model.ranges_g:
        words = f"at {_words(model.rates_hz)} Hz and {_words(model.ranges_g)} g"
        raise DeviceError(f"a {model.name} measures {words}, not {rate!r} Hz and {range_g!r} g")
    if not settings.get("gyro", False):
        return Setup(name, sdk, int(rate), int(range_g), None)
    range_dps = settings.get("range_dps", 2000)
    if range_dps not in model.ranges_dps:
        words = f"turns up to {_words(model.ranges_dps)} °/s" if model.ranges_dps else "no turning"
        raise DeviceError(f"a {model.name} measures {words}, not {range_dps!r} °/s")
    return Setup(name, sdk, int(rate), int(range_g), int(range_dps))


def _words(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))


def packet_n(settings: Mapping[str, Any]) -> int:
    """Samples that a packet usually holds: with delta frames, while somebody stands still."""
    return QUIET_PACKET_N if setup(settings).compressed else H10_PACKET_N


def decoder(settings: Mapping[str, Any]) -> PolarDecoder:
    """A fresh decoder. Raises DeviceError for settings that the model does not have."""
    return PolarDecoder(setup(settings))


def range_ms2(settings: Mapping[str, Any]) -> float:
    """Full scale of one axis, m/s²."""
    return setup(settings).range_g * G0_MS2


class PolarDecoder:
    """Remembers each stream's previous stamp, the factors of this connection, and what waits for the gyroscope."""

    def __init__(self, known: Setup) -> None:
        self._known = known
        self._previous_ns: dict[tuple[int, int], int] = {}  # of measurement, frame type
        self._factors: dict[int, float] = {}  # of measurement, as the device said
        self._pairing = None if known.range_dps is None else Pairing(known.rate_hz)

    def decode(self, payload: bytes | str, stream: str = "imu") -> ImuPacket | None:
        """One notification; with a gyroscope, the accelerations that its newest angular rates have reached.

        Raises DeviceError.
        """
        if stream == "control" and isinstance(payload, bytes):
            self._learn(payload)
        if stream != "imu":
            return None
        if isinstance(payload, str):
            raise DeviceError("a Polar frame is bytes, not text")
        frame = polar_frames.split(payload)
        if frame.kind == ACC:
            acc = self._acc(frame)
            times = self._times(frame, len(acc))
            packet = ImuPacket(times, float(self._known.rate_hz), acc)  # raises before the stamp is remembered
            self._remember(frame)
            return packet if self._pairing is None else self._packet(self._pairing.acc(times, acc))
        if frame.kind == GYRO and self._pairing is not None:
            gyr = self._gyr(frame)
            times = self._times(frame, len(gyr))
            self._remember(frame)
            return self._packet(self._pairing.gyr(times, gyr))
        wanted = f"acceleration ({ACC})" + (f" or turning ({GYRO})" if self._pairing else "")
        raise DeviceError(f"measurement type {frame.kind} is not {wanted}")

    def _packet(self, paired: Paired | None) -> ImuPacket | None:
        if paired is None:
            return None
        times, acc, gyr = paired
        return ImuPacket(times, float(self._known.rate_hz), acc, gyr)

    def _learn(self, payload: bytes) -> None:
        """The factor in an answer to a start command; anything else that the control point says is passed over."""
        answer = polar_control.answer(payload)
        if answer is None or (answer.op, answer.status) != (polar_control.START, polar_control.OK):
            return
        (factor, *_) = (*polar_control.settings_of(answer.content).get(polar_control.FACTOR, ()), 1.0)
        if isinstance(factor, float) and 0 < factor < math.inf:
            self._factors[answer.kind] = factor

    def _acc(self, frame: Frame) -> Array:
        """(n, 3) m/s²."""
        if not frame.compressed:
            if frame.frame_type > 2:
                raise DeviceError(f"raw acceleration frames have type 0, 1 or 2, not {frame.frame_type}")
            raw = polar_frames.raw(frame.content, frame.frame_type + 1)
            return np.asarray(raw * MG_MS2, np.float64)
        if frame.frame_type > 1:
            raise DeviceError(f"delta acceleration frames have type 0 or 1, not {frame.frame_type}")
        usual, unit_ms2 = (self._known.range_g * G_A_BIT, G0_MS2) if frame.frame_type == 0 else (1.0, MG_MS2)
        rows = polar_frames.deltas(frame.content, 2)
        return np.asarray(rows * (self._factors.get(ACC, usual) * unit_ms2), np.float64)

    def _gyr(self, frame: Frame) -> Array:
        """(n, 3) rad/s."""
        if not frame.compressed or frame.frame_type > 1:
            raise DeviceError(f"gyroscope frames are deltas of type 0 or 1, not {frame.frame_type}")
        if frame.frame_type == 0:
            usual = (self._known.range_dps or 0) * DPS_A_BIT
            values = polar_frames.deltas(frame.content, 2).astype(np.float64)
        else:
            usual = 1.0
            pattern = (polar_frames.deltas(frame.content, 4) & 0xFFFFFFFF).astype(np.uint32)
            with np.errstate(invalid="ignore"):  # a signalling NaN; refused below
                values = pattern.view(np.float32).astype(np.float64)
        gyr: Array = values * (self._factors.get(GYRO, usual) * DPS_RADS)
        if not (np.abs(gyr) < MAX_GYR_RADS).all():  # also what is not a number
            raise DeviceError(f"an angular rate is not a number or beyond {MAX_GYR_RADS:g} rad/s")
        return gyr

    def _times(self, frame: Frame, n: int) -> Ints:
        nominal_ns = 1e9 / self._known.rate_hz
        step_ns = nominal_ns
        previous_ns = self._previous_ns.get((frame.kind, frame.frame_type))
        if previous_ns is not None:
            spacing_ns = (frame.stamp_ns - previous_ns) / n
            if abs(spacing_ns / nominal_ns - 1) <= SPACING_TOLERANCE:
                step_ns = spacing_ns
        steps: Ints = np.rint(step_ns * np.arange(n - 1, -1, -1)).astype(np.int64)
        return frame.stamp_ns - steps

    def _remember(self, frame: Frame) -> None:
        self._previous_ns[frame.kind, frame.frame_type] = frame.stamp_ns


def encode(packet: ImuPacket, settings: Mapping[str, Any]) -> list[tuple[str, bytes | str]]:
    """The frames for these samples, clipped at the range as the sensor does: one raw frame of the H10; as many delta
    frames as it takes of the others (newer firmware: acceleration type 1, gyroscope type 0 with the usual factor).

    Angular rates are left out where the settings name no gyroscope. Raises DeviceError without stamps.
    """
    known = setup(settings)
    stamps = packet.device_ns
    if stamps is None:
        raise DeviceError("a Polar frame carries the stamp of its last sample")
    if stamps.min() < 0 or stamps.max() >= MAX_STAMP_NS:
        raise DeviceError("a Polar stamp counts ns from 2000 on, up to the year 2146")
    mg = _clipped(packet.acc / MG_MS2, 1000 * known.range_g)
    if not known.compressed:
        return [("imu", bytes(Frame(ACC, int(stamps[-1]), 1, False, mg.astype("<i2").tobytes())))]
    frames = list(_delta_frames(ACC, 1, stamps, mg))
    if packet.gyr is not None and known.range_dps is not None:
        bit_dps = known.range_dps * DPS_A_BIT
        raw = _clipped(packet.gyr / (bit_dps * DPS_RADS), math.floor(known.range_dps / bit_dps))
        frames += _delta_frames(GYRO, 0, stamps, raw)
    return [("imu", bytes(frame)) for frame in frames]


def _clipped(values: Array, full: int) -> Ints:
    return np.clip(np.rint(values), -full, full).astype(np.int64)


def _delta_frames(kind: int, frame_type: int, stamps: Ints, rows: Ints) -> Iterator[Frame]:
    at = 0
    while at < len(rows):
        content, n = polar_frames.pack(rows[at : at + polar_frames.MAX_FRAME_N])
        at += n
        yield Frame(kind, int(stamps[at - 1]), frame_type, True, content)
