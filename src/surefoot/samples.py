"""The data types that travel along the path of a sample. Units are in the names; everything is SI inside.

Inputs (what enters the engine) → `ImuPacket` (device clock, sensor axes) → `ImuBlock` (session clock, sensor axes)
→ `BodyBlock` (session clock, body axes). Arrays are float64, C order, time on axis 0, and never mutated.
Specific force: a resting sensor reads +9.80665 m/s² on the axis that points up.
Body axes: AP + forward, ML + to the subject's right, V + up; columns are always [AP, ML, V].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from surefoot.errors import DeviceError, UsageError

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

G0_MS2: Final = 9.80665  # standard gravity, CODATA / ISO 80000-3
"""1 g in m/s²."""
MAX_ACC_MS2: Final = 500 * G0_MS2  # no wearable measures more; beyond it a decoder has lost its place
MAX_GYR_RADS: Final = 200.0  # 11 459 °/s; the fastest consumer gyroscopes end at 4 000 °/s
MAX_RATE_HZ: Final = 5000.0
MAX_PACKET_N: Final = 20_000  # samples; a hostile packet must not allocate more

PLACEMENTS: Final = ("waist", "chest", "pocket", "shank", "foot", "hand", "wrist", "unknown")


# ------------------------------------------------------------------------------------------------ inputs


@dataclass(frozen=True, slots=True)
class Notification:
    """One packet, untouched. `host_ns`: monotonic ns on arrival; `payload`: bytes, or text of a text protocol."""

    host_ns: int
    source: str
    stream: str
    payload: bytes | str


@dataclass(frozen=True, slots=True)
class Cue:
    """What the person did or chose: a kind of `CUE_KINDS` and its value ("hold", "leg=left", …)."""

    host_ns: int
    kind: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed and nothing arrived."""

    host_ns: int


@dataclass(frozen=True, slots=True)
class Link:
    """The radio link of a source changed to one of `LINK_STATES`."""

    host_ns: int
    source: str
    state: str


Input = Notification | Cue | Tick | Link
CUE_KINDS: Final = ("start", "stop", "lift", "set", "touch", "error", "correct", "report")
LINK_STATES: Final = ("connected", "lost")


# ------------------------------------------------------------------------------------------------ packets and blocks


@dataclass(frozen=True, slots=True, eq=False)
class ImuPacket:
    """Samples of one packet on the device clock, in sensor axes. It validates itself when built.

    Args:
        device_ns: (n,) int64, the device's stamp of each sample in ns, or None when it has no clock.
        rate_hz: nominal sampling rate, 1…5000.
        acc: (n, 3) specific force, m/s².
        gyr: (n, 3) angular rate, rad/s, or None.
        lost: samples that the device itself says were lost before this packet.

    Raises:
        DeviceError: a shape, a size or a value that no sensor can send.
    """

    device_ns: Ints | None
    rate_hz: float
    acc: Array
    gyr: Array | None = None
    lost: int = 0

    def __post_init__(self) -> None:
        n = len(self.acc) if self.acc.ndim == 2 else 0
        if self.acc.shape != (n, 3) or not 1 <= n <= MAX_PACKET_N:
            raise DeviceError(f"a packet holds 1 to {MAX_PACKET_N} samples of 3 axes, got {self.acc.shape}")
        if not 1 <= self.rate_hz <= MAX_RATE_HZ:
            raise DeviceError(f"a sampling rate is 1 to {MAX_RATE_HZ:g} Hz, got {self.rate_hz:g}")
        if not (np.isfinite(self.acc).all() and (np.abs(self.acc) < MAX_ACC_MS2).all()):
            raise DeviceError("an acceleration is not a number or beyond 500 g")
        if self.gyr is not None:
            if self.gyr.shape != (n, 3):
                raise DeviceError(f"{n} accelerations came with angular rates of shape {self.gyr.shape}")
            if not (np.isfinite(self.gyr).all() and (np.abs(self.gyr) < MAX_GYR_RADS).all()):
                raise DeviceError("an angular rate is not a number or beyond 200 rad/s")
        if self.device_ns is not None and self.device_ns.shape != (n,):
            raise DeviceError(f"{n} samples came with {self.device_ns.size} stamps")
        if self.lost < 0:
            raise DeviceError("a packet cannot have lost fewer than 0 samples")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ImuPacket):
            return NotImplemented
        return (
            (self.rate_hz, self.lost) == (other.rate_hz, other.lost)
            and _same(self.device_ns, other.device_ns)
            and _same(self.acc, other.acc)
            and _same(self.gyr, other.gyr)
        )

    __hash__ = None  # type: ignore[assignment]


def _same(a: npt.NDArray[Any] | None, b: npt.NDArray[Any] | None) -> bool:
    return (a is None) == (b is None) and (a is None or b is None or np.array_equal(a, b))


@dataclass(frozen=True, slots=True, eq=False)
class ImuBlock:
    """Samples on the session clock, in sensor axes, without a gap inside.

    `t` (n,) s, strictly increasing, 0 = first sample of the session; `gap_s`: time missing before the first sample
    beyond one sampling period (0 = none); `rate_hz`: nominal rate.
    """

    t: Array
    acc: Array
    gyr: Array | None
    rate_hz: float
    gap_s: float = 0.0

    def __len__(self) -> int:
        return len(self.t)

    def cut(self, start: int, stop: int) -> ImuBlock:
        """Samples [start, stop); the gap stays with the first sample."""
        gyr = None if self.gyr is None else self.gyr[start:stop]
        gap_s = self.gap_s if start == 0 else 0.0
        return ImuBlock(self.t[start:stop], self.acc[start:stop], gyr, self.rate_hz, gap_s)


@dataclass(frozen=True, slots=True, eq=False)
class BodyBlock:
    """Samples in body axes: `acc` (n, 3) m/s², columns AP, ML, V.

    `yaw_known` False: gravity levelled the block but nothing told the heading, so AP and ML are two horizontal axes
    at right angles and only rotation-invariant numbers may be read from them.
    """

    t: Array
    acc: Array
    rate_hz: float
    yaw_known: bool = False


# ------------------------------------------------------------------------------------------------ what is being done


@dataclass(frozen=True, slots=True)
class DrillSpec:
    """What the person set out to do. The header carries it, `set` cues change it; nobody said = unknown.

    Each field's closed vocabulary or range is in `DRILL_FIELDS`.
    """

    name: str
    leg: str = "unknown"
    eyes: str = "unknown"
    surface: str = "unknown"
    support: str = "unknown"
    target_s: float = 30.0
    height_cm: float | None = None
    style: str = "stick"
    count: int = 8  # three landings of practice and five that make a median
    feedback: str = "on"
    direction: str = "unknown"

    @classmethod
    def from_mapping(cls, raw: Mapping[str, Any]) -> DrillSpec:
        """Build from a header's or a command's values; unknown keys are left alone.

        Raises:
            UsageError: a value outside its vocabulary or range.
        """
        known = {f.name for f in fields(cls)}
        if "name" not in raw:
            raise UsageError("a drill needs a name: hold, drop or hop")
        return cls(**{key: _checked(key, value) for key, value in raw.items() if key in known})

    def changed(self, key: str, value: str) -> DrillSpec:
        """The same drill with one value set from text, as in the cue "leg=left".

        Raises:
            UsageError: unknown key, or a value outside its vocabulary or range.
        """
        if key == "name" or key not in DRILL_FIELDS:
            raise UsageError(f"a drill has no setting {key!r}; known: {', '.join(list(DRILL_FIELDS)[1:])}")
        return replace(self, **{key: _checked(key, value)})


DRILL_FIELDS: Final[dict[str, tuple[str, ...] | tuple[type, float, float]]] = {
    "name": ("hold", "drop", "hop"),
    "leg": ("left", "right", "both", "unknown"),
    "eyes": ("open", "closed", "unknown"),
    "surface": ("firm", "mat", "unstable", "unknown"),
    "support": ("none", "fingertip", "chair", "unknown"),
    "target_s": (float, 1.0, 600.0),
    "height_cm": (float, 1.0, 60.0),
    "style": ("stick", "in_place"),
    "count": (int, 1, 100),
    "feedback": ("on", "off"),
    "direction": ("up", "forward", "side", "unknown"),
}
"""Field → its words, or (type, smallest, largest)."""


def _checked(key: str, value: Any) -> Any:
    rule = DRILL_FIELDS[key]
    if isinstance(rule[0], str):
        if value not in rule:
            raise UsageError(f"{key} is one of {', '.join(map(str, rule))}, not {value!r}")
        return value
    kind, low, high = rule
    if value is None and key == "height_cm":
        return None
    try:
        number = kind(value)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"{key} is a number, not {str(value)[:40]!r}") from None
    if not low <= number <= high:
        raise UsageError(f"{key} is {low:g} to {high:g}, not {str(number)[:40]}")
    return number


@dataclass(frozen=True, slots=True)
class Score:
    """A number from 0 to 100 (None with the reason in `flags`) and the method that made it."""

    value: float | None
    method: str
    flags: tuple[str, ...] = ()

    @property
    def may_be_record(self) -> bool:
        """Whether it may count as somebody's best: only a value without any flag."""
        return self.value is not None and not self.flags
