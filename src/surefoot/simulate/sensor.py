"""The device: what a worn, imperfect sensor makes of a motion.

Order: antialias filter → mount rotation → sampling on the device's own clock → bias and noise → clipping per
axis → converter steps. The codec's own resolution comes on top when the packets are encoded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any, Final

import numpy as np

from surefoot.devices import codec
from surefoot.errors import UsageError
from surefoot.samples import Array, Ints
from surefoot.simulate.motion import Motion, lowpass

DEFAULT_SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "polar": {"rate_hz": 200, "range_g": 8},  # the H10's best
    "plain": {"rate_hz": 100, "range_ms2": 78.4532},  # ±8 g, the middle setting of common MEMS parts
    "witmotion": {"rate_hz": 50},
    "microbit": {"rate_hz": 50},
    "movesense": {"stream": "IMU6", "rate_hz": 104},  # what its codec wishes for
    "movella_dot": {"mode": 21, "rate_hz": 60},
    "phyphox": {"rate_hz": 100, "range_ms2": 78.4532},  # an iPhone: medians of 35 models are 99.3 to 100.7 Hz
}
# polar: where the settings name one
GYRO_CODECS: Final = frozenset({"plain", "movesense", "movella_dot", "witmotion", "raw", "phyphox"})
# their usual packets have no place to leave it out; raw: where the profile has one
GYRO_ALWAYS: Final = frozenset({"movesense", "movella_dot", "witmotion"})
FRAME_N: Final = (
    36  # the payloads of a packet arrive together; so many samples fit one of a Verity Sense's at any motion
)
CONVERTER_BITS: Final = 16  # common MEMS part: ±8 g in steps of 0.244 mg
ANTIALIAS: Final = 0.45  # cut-off as a share of the device's rate
GRID_ANTIALIAS: Final = 0.4  # and never above this share of the motion's own rate
# Device clocks count from their own start. The H10 counts ns since 2000 and restarts at 2019-01-01 when its
# battery was out (Polar, KnownIssues.md); the others count from power-on. 100 s: switched on and strapped on.
CLOCK_START_NS: Final[dict[str, int]] = {
    "polar": 599_616_100_000_000_000,
    "plain": 100_000_000_000,
    "movesense": 100_000_000_000,
    "movella_dot": 100_000_000_000,
}


@dataclass(frozen=True, slots=True)
class SensorSetup:
    """A sensor, how it is worn and how it fails; the defaults are a good sensor worn straight on a good link.

    `device` is a codec's name and `settings` its settings (None: `DEFAULT_SETTINGS`). Worn straight, the
    sensor's x points to the subject's right, y forward, z up; `yaw_deg`, `pitch_deg`, `roll_deg` turn it by
    Rz·Ry·Rx, and at `slip_s` it turns by a further `slip_deg` about x.

    `noise_ms2`, `gyro_noise_rads`: SD per axis and sample. `bias_ms2`, `gyro_bias_rads`: per sensor axis.
    `clock_error`: the device ticks at rate · (1 + this), and stamps its ticks at the nominal rate. `phase`:
    first sample, as a share of one period after the motion's grid. `gyro`: send angular rates too, where the
    device may leave them out (plain, and polar with settings that name a gyroscope).

    `packet_n`: samples a packet (None: the device's usual). `latency_ns` from the last sample to the arrival,
    plus the absolute value of a normal `jitter_ns`; order is kept, as Bluetooth does. `loss`: share of the
    packets lost, in bursts of `loss_burst_n`; `duplicates`, `reorder`: share that arrive twice, or after
    their successor. `silence_s`: (start, length) without any packet; `silence_link`: the radio notices and
    reconnects.
    """

    device: str = "polar"
    settings: Mapping[str, Any] | None = None
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    slip_s: float | None = None
    slip_deg: float = 10.0
    noise_ms2: float = 0.01  # about 1 mg: a chip of 100 µg/√Hz over 100 Hz
    bias_ms2: tuple[float, float, float] = (0.0, 0.0, 0.0)
    clock_error: float = 0.0
    phase: float = 0.0
    gyro: bool = False
    gyro_noise_rads: float = 0.002
    gyro_bias_rads: tuple[float, float, float] = (0.010, -0.005, 0.008)
    packet_n: int | None = None
    latency_ns: int = 30_000_000  # one or two connection intervals of a wearable
    jitter_ns: int = 0
    loss: float = 0.0
    loss_burst_n: int = 1
    duplicates: float = 0.0
    reorder: float = 0.0
    silence_s: tuple[float, float] | None = None
    silence_link: bool = False

    def __post_init__(self) -> None:
        codec(self.device).decoder(self.all_settings)  # DeviceError: settings that this device does not have
        named = bool(self.all_settings.get("gyro"))
        if self.gyro and self.device not in GYRO_CODECS and not named:
            raise UsageError(
                f"this {self.device} device has no gyroscope; use {', '.join(sorted(GYRO_CODECS))} or a Verity Sense"
            )
        if named and not self.gyro:
            raise UsageError("these settings name a gyroscope; say gyro=True too")
        shares = (self.loss, self.duplicates, self.reorder)
        if not all(0 <= share < 1 for share in shares) or not 0 <= self.phase < 1:
            raise UsageError("loss, duplicates, reorder and phase are shares: at least 0, below 1")
        if not -0.1 < self.clock_error < 0.1:
            raise UsageError(f"a clock error is a share within ±0.1, not {self.clock_error:g}")
        sizes = (self.noise_ms2, self.gyro_noise_rads, self.latency_ns, self.jitter_ns)
        if min(sizes) < 0 or self.loss_burst_n < 1 or self.samples_n < 1:
            raise UsageError("noise, latency and jitter are 0 or more; packets and bursts hold 1 or more")

    @property
    def all_settings(self) -> dict[str, Any]:
        """The settings in force."""
        return dict(DEFAULT_SETTINGS.get(self.device, {}) if self.settings is None else self.settings)

    @property
    def rate_hz(self) -> float:
        """Nominal sampling rate."""
        return float(self.all_settings["rate_hz"])

    @property
    def samples_n(self) -> int:
        """Samples in one packet."""
        return min(codec(self.device).packet_n(self.all_settings), FRAME_N) if self.packet_n is None else self.packet_n

    @property
    def first_packet_s(self) -> float:
        """When the first packet has arrived, s after its first sample: before it nothing is known of time."""
        return (self.samples_n - 1) / self.rate_hz / (1 + self.clock_error) + self.latency_ns / 1e9


@dataclass(frozen=True, slots=True, eq=False)
class Sensed:
    """What the sensor measured: `t` (n,) true time in s from the first sample, `device_ns` (n,) its own
    stamps, `acc` (n, 3) m/s², `gyr` (n, 3) rad/s or None in sensor axes, `clipped` (n,) any axis at full
    scale."""

    t: Array
    device_ns: Ints
    acc: Array
    gyr: Array | None
    clipped: np.ndarray[Any, np.dtype[np.bool_]]


def sense(motion: Motion, setup: SensorSetup, rng: np.random.Generator) -> Sensed:
    """Run a motion through the device."""
    rate_hz, step_hz = setup.rate_hz, setup.rate_hz * (1 + setup.clock_error)
    phase_s = setup.phase / rate_hz
    n = int((motion.duration_s - phase_s) * step_hz) + 1
    if motion.duration_s < phase_s or n < 2:
        raise UsageError(f"{motion.duration_s:g} s of motion hold no two samples at {rate_hz:g} Hz")
    t = np.arange(n) / step_hz
    cutoff_hz = min(ANTIALIAS * rate_hz, GRID_ANTIALIAS * motion.rate_hz)

    def sampled(body: Array) -> Array:
        smooth = lowpass(body, motion.rate_hz, cutoff_hz)[:, [1, 0, 2]]  # ML, AP, V is the right-handed order
        grid = np.arange(len(body)) / motion.rate_hz
        columns = [np.interp(t + phase_s, grid, column) for column in (smooth @ mount(setup)).T]
        return slipped(np.column_stack(columns))

    def slipped(x: Array) -> Array:
        if setup.slip_s is not None:
            late = t >= setup.slip_s
            x[late] = x[late] @ _about_x(radians(setup.slip_deg))
        return x

    acc = sampled(motion.force) + np.array(setup.bias_ms2) + setup.noise_ms2 * rng.standard_normal((n, 3))
    gyr = None
    if setup.gyro or setup.device in GYRO_ALWAYS or "gyr" in setup.all_settings:
        noise = setup.gyro_noise_rads * rng.standard_normal((n, 3))
        gyr = sampled(motion.spin) + np.array(setup.gyro_bias_rads) + noise
    clipped = np.zeros(n, dtype=np.bool_)
    full_ms2 = codec(setup.device).range_ms2(setup.all_settings)
    if full_ms2 is not None:
        clipped = (np.abs(acc) >= full_ms2).any(axis=1)
        step_ms2 = 2 * full_ms2 / 2**CONVERTER_BITS
        acc = np.rint(np.clip(acc, -full_ms2, full_ms2) / step_ms2) * step_ms2
    start_ns = CLOCK_START_NS.get(setup.device, 0)
    device_ns = start_ns + np.rint(np.arange(n) * (1e9 / rate_hz)).astype(np.int64)
    return Sensed(t, device_ns, acc, gyr, clipped)


def mount(setup: SensorSetup) -> Array:
    """(3, 3) R = Rz(yaw)·Ry(pitch)·Rx(roll): the sensor's axes as columns in (ML, AP, V). Rows of body
    vectors times R are rows in sensor axes."""
    yaw, pitch = radians(setup.yaw_deg), radians(setup.pitch_deg)
    about_z = np.array([[cos(yaw), -sin(yaw), 0.0], [sin(yaw), cos(yaw), 0.0], [0.0, 0.0, 1.0]])
    about_y = np.array([[cos(pitch), 0.0, sin(pitch)], [0.0, 1.0, 0.0], [-sin(pitch), 0.0, cos(pitch)]])
    turned: Array = about_z @ about_y @ _about_x(radians(setup.roll_deg))
    return turned


def _about_x(angle: float) -> Array:
    return np.array([[1.0, 0.0, 0.0], [0.0, cos(angle), -sin(angle)], [0.0, sin(angle), cos(angle)]])
