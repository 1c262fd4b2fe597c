"""Samples → packets through the device's real encoder → the inputs of a recording."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np

from surefoot.devices import codec
from surefoot.errors import UsageError
from surefoot.samples import (
    PLACEMENTS,
    Cue,
    DrillSpec,
    ImuPacket,
    Input,
    Link,
    Notification,
    Tick,
)
from surefoot.simulate.motion import Motion
from surefoot.simulate.sensor import Sensed, SensorSetup, sense

SOURCE: Final = "s1"
HOST_START_NS: Final = 1_000_000_000_000  # a host that has been up for 17 minutes connects
TICK_NS: Final = 250_000_000  # a live session says so when nothing came for this long
SETTLE_NS: Final = 1_000_000  # a duplicate follows its original by 1 ms


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A motion, what the person pressed, and the truth about it; all times in s on the motion's grid."""

    motion: Motion
    preset: str
    placement: str
    parameters: dict[str, Any]
    drill: DrillSpec | None = None
    cues: tuple[tuple[float, str, str | None], ...] = ()
    landings: tuple[dict[str, Any], ...] = ()
    lift_s: float | None = None
    end_s: float | None = None
    end_reason: str | None = None
    rms_h_ms2: float | None = None


@dataclass(frozen=True, slots=True)
class Simulated:
    """A recording and the truth about it.

    Attributes:
        header: `sources` and `drill` (None without cues), as a recording's header has them.
        inputs: the link, packets, cues and ticks in order of arrival; `host_ns` never goes back.
        truth: JSON-able: `seed`, `preset`, `parameters`, `lift_s`, `end_s`, `end_reason`, `landings` (each
            `contact_s`, `flight_s`, `speed_mps`, `style`, and of the clean signal at 1 kHz `peak_g` and `tau_ms`, the
            stopping time), `rms_h_ms2`. Times in s from the first sample, on a true clock: a device with a clock
            error disagrees with them by that error.
        scene: what happened, before any sensor; None when the recording was put together by hand.
    """

    header: dict[str, object]
    inputs: list[Input]
    truth: dict[str, Any]
    scene: Scene | None = field(default=None, repr=False, compare=False)

    def through(self, setup: SensorSetup) -> Simulated:
        """The same motion, which is the dear part, measured by another sensor.

        Raises:
            UsageError: there is no motion, or its first packet comes only after the first cue.
        """
        if self.scene is None:
            raise UsageError("this recording was put together by hand; only simulated motion has other sensors")
        if self.scene.cues and setup.first_packet_s > self.scene.cues[0][0]:
            raise UsageError("this sensor's first packet comes after the first cue; simulate the motion with it")
        return play(self.scene, setup, self.truth["seed"])


def play(scene: Scene, setup: SensorSetup, seed: int) -> Simulated:
    """Measure a scene with a sensor and deliver it. The sensor's chance is apart from the body's: the same
    seed gives the same motion to every sensor."""
    if scene.placement not in PLACEMENTS:
        raise UsageError(f"placement is one of {', '.join(PLACEMENTS)}, not {scene.placement!r}")
    rng = np.random.default_rng([seed, 1])
    sensed = sense(scene.motion, setup, rng)
    inputs, delivery = _delivered(sensed, setup, scene.cues, rng)
    early_s = setup.phase / setup.rate_hz  # the first sample stands this late on the motion's grid
    drill = None if scene.drill is None else asdict(scene.drill)
    source = {
        "codec": setup.device,
        "name": _name(setup),
        "firmware": None,
        "placement": scene.placement,
        "axes": None,
        "settings": setup.all_settings,
    }
    truth = {
        "seed": seed,
        "preset": scene.preset,
        "parameters": {
            **scene.parameters,
            "placement": scene.placement,
            "sensor": {**asdict(setup), "settings": setup.all_settings, "packet_n": setup.samples_n},
            "delivery": delivery,
        },
        "lift_s": _earlier(scene.lift_s, early_s),
        "end_s": _earlier(scene.end_s, early_s),
        "end_reason": scene.end_reason,
        "landings": [{**one, "contact_s": one["contact_s"] - early_s} for one in scene.landings],
        "rms_h_ms2": scene.rms_h_ms2,
    }
    return Simulated({"sources": {SOURCE: source}, "drill": drill}, inputs, truth, scene)


def _name(setup: SensorSetup) -> str:
    models = {"h10": "Polar H10", "sense": "Polar Verity Sense", "oh1": "Polar OH1"}
    if setup.device == "polar":
        return "simulated " + models[setup.all_settings.get("model", "h10")]
    return "simulated " + {
        "witmotion": "WitMotion sensor", "microbit": "micro:bit", "raw": "board", "phyphox": "phone",
    }.get(setup.device, "sensor")  # fmt: skip


def _earlier(t_s: float | None, early_s: float) -> float | None:
    return None if t_s is None else t_s - early_s


def packets(sensed: Sensed, setup: SensorSetup) -> list[ImuPacket]:
    """The whole packets of a measurement; a rest that fills none is never sent, as on a real device."""
    n = min(setup.samples_n, len(sensed.t))
    cuts = [slice(i, i + n) for i in range(0, len(sensed.t) - n + 1, n)]
    return [
        ImuPacket(
            sensed.device_ns[cut],
            setup.rate_hz,
            sensed.acc[cut],
            None if sensed.gyr is None else sensed.gyr[cut],
        )
        for cut in cuts
    ]


def _delivered(
    sensed: Sensed,
    setup: SensorSetup,
    cues: tuple[tuple[float, str, str | None], ...],
    rng: np.random.Generator,
) -> tuple[list[Input], dict[str, int]]:
    """Inputs in order of arrival, and what happened on the way."""
    sent = packets(sensed, setup)
    payloads = [codec(setup.device).encode(packet, setup.all_settings) for packet in sent]
    size = len(sent[0].acc)
    last_s = sensed.t[size - 1 :: size][: len(sent)]
    jitter_ns = np.abs(rng.normal(0.0, 1.0, len(sent))) * setup.jitter_ns
    arrival_ns = HOST_START_NS + np.rint(last_s * 1e9 + setup.latency_ns + jitter_ns).astype(np.int64)
    arrival_ns = np.maximum.accumulate(arrival_ns)
    alive = ~_lost(len(sent), last_s, setup, rng)
    kept = np.flatnonzero(alive)
    order = kept.copy()
    swaps = [i for i in range(1, len(kept) - 1) if rng.random() < setup.reorder]
    for i in swaps:
        order[[i, i + 1]] = order[[i + 1, i]]
    twice = np.flatnonzero(rng.random(len(kept)) < setup.duplicates)

    inputs: list[Input] = [Link(HOST_START_NS, SOURCE, "connected")]
    for slot, what in zip(kept.tolist(), order.tolist(), strict=True):
        inputs += [Notification(int(arrival_ns[slot]), SOURCE, *sent) for sent in payloads[what]]
    for i in twice.tolist():
        host_ns = int(arrival_ns[kept[i]]) + SETTLE_NS
        inputs += [Notification(host_ns, SOURCE, *sent) for sent in payloads[int(order[i])]]

    # The session clock is anchored where the first packet's last sample meets its arrival; cues follow it.
    zero_ns = int(arrival_ns[0]) - round(float(last_s[0]) * 1e9)
    early_s = setup.phase / setup.rate_hz
    inputs += [Cue(zero_ns + round((t_s - early_s) * 1e9), kind, value) for t_s, kind, value in cues]
    if setup.silence_s is not None and setup.silence_link:
        start_s, length_s = setup.silence_s
        inputs.append(Link(zero_ns + round(start_s * 1e9), SOURCE, "lost"))
        inputs.append(Link(zero_ns + round((start_s + length_s) * 1e9), SOURCE, "connected"))
    inputs.sort(key=lambda one: one.host_ns)
    delivery = {
        "packets_n": len(sent),
        "lost_n": int(len(sent) - len(kept)),
        "duplicates_n": len(twice),
        "reordered_n": len(swaps),
        "clipped_n": int(np.count_nonzero(sensed.clipped[: size * len(sent)].reshape(len(sent), size)[alive])),
    }
    return _with_ticks(inputs), delivery


def _lost(
    n: int, last_s: np.ndarray[Any, np.dtype[np.float64]], setup: SensorSetup, rng: np.random.Generator
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """(n,) which packets never arrive. The first always does: it is time zero."""
    starts = rng.random(n) < setup.loss / setup.loss_burst_n
    lost = np.zeros(n, dtype=np.bool_)
    for start in np.flatnonzero(starts).tolist():
        lost[start : start + setup.loss_burst_n] = True
    if setup.silence_s is not None:
        start_s, length_s = setup.silence_s
        lost |= (last_s >= start_s) & (last_s < start_s + length_s)
    lost[0] = False
    return lost


def _with_ticks(inputs: list[Input]) -> list[Input]:
    """A live session notices silence every 250 ms; so does its recording."""
    ticked: list[Input] = []
    for one in inputs:
        if ticked:
            before_ns = ticked[-1].host_ns
            ticked += [Tick(ns) for ns in range(before_ns + TICK_NS, one.host_ns, TICK_NS)]
        ticked.append(one)
    return ticked
