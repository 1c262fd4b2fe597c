"""A simulated runner who does as told: stands on both feet, does a trial or a set when it is started, stands again.

One strap sends without a break, so what is watched and recorded is one stream from begin to end. Its motion is a model
of people, not a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np

from surefoot import simulate
from surefoot.devices import codec
from surefoot.samples import Array, DrillSpec, ImuPacket, Input, Link, Notification
from surefoot.simulate.sensor import CLOCK_START_NS, FRAME_N
from surefoot.simulate.stream import HOST_START_NS, SOURCE
from surefoot.sources.demo import CYCLE, MAKE

STRAP: Final = simulate.SensorSetup()
REST_S: Final = 60.0  # computed at once; a longer rest begins anew


class Runner:
    """A source of packets without cues, told what to do in the session's thread.

    Args:
        spec: the drill of the header. Raises UsageError for one that the runner does not know.
        seed: of the motion; the same seed and commands between the same packets give the same bytes.
    """

    live = True

    def __init__(self, spec: DrillSpec, seed: int = 0) -> None:
        made = MAKE[spec.name](spec, CYCLE * seed)
        self.header: Mapping[str, Any] = {"sources": made.header["sources"], "drill": asdict(spec)}
        self._spec, self._doing = spec, False
        self._next = CYCLE * seed
        self._told_n = 0  # commands that cut off what is being done

    def begin(self, spec: DrillSpec) -> None:
        """Do a hold, or one landing after another, from now on."""
        self._spec, self._doing = _known(spec), True
        self._told_n += 1

    def end(self, *, at_once: bool) -> None:
        """Stand on both feet: now, or when the motion has come to its own end."""
        self._doing = False
        self._told_n += at_once

    def inputs(self) -> Iterator[Input]:
        """Packets for ever, one each 0.18 s, on the strap's own clock."""
        yield Link(HOST_START_NS, SOURCE, "connected")
        encode = codec(STRAP.device).encode
        for number, acc_ms2 in enumerate(self._motion()):
            tick_ns = np.rint((number * FRAME_N + np.arange(FRAME_N)) * (1e9 / STRAP.rate_hz)).astype(np.int64)
            packet = ImuPacket(CLOCK_START_NS[STRAP.device] + tick_ns, STRAP.rate_hz, acc_ms2, None)
            host_ns = HOST_START_NS + int(tick_ns[-1]) + STRAP.latency_ns
            for sent in encode(packet, STRAP.all_settings):
                yield Notification(host_ns, SOURCE, *sent)

    def _motion(self) -> Iterator[Array]:
        """(FRAME_N, 3) arrays, joined without a hole; a new command cuts what is being done."""
        begins = False
        while True:
            told_n, doing = self._told_n, self._doing
            if doing:
                acc_ms2 = _piece(self._spec, self._next, begins)
                self._next += 1
            else:
                acc_ms2 = _rest(self._next)
            begins = False
            for first in range(0, len(acc_ms2) - FRAME_N + 1, FRAME_N):
                yield acc_ms2[first : first + FRAME_N]
                if self._told_n != told_n:
                    begins = True
                    break


def _known(spec: DrillSpec) -> DrillSpec:
    """Somebody changed the drill by a key: the nearest that the runner can do."""
    return replace(spec, surface="mat") if spec.surface == "unstable" else spec


def _piece(spec: DrillSpec, seed: int, from_start: bool) -> Array:
    """(n, 3) m/s² of a hold, a landing, or a bout of hops; the first of a set without what comes before its start."""
    made = MAKE[spec.name](spec, seed)
    assert made.scene is not None
    start_s = made.scene.cues[0][0] if from_start else 0.0
    return _measured(made)[round(start_s * STRAP.rate_hz) :]


@lru_cache(maxsize=1)
def _rest(seed: int) -> Array:
    return _measured(simulate.stand("two_eo_firm", seed=seed, target_s=REST_S, cues=False))


def _measured(made: simulate.Simulated) -> Array:
    """(n, 3) m/s² as the strap's encoder gets it: what its packets decode to."""
    decoder = codec(STRAP.device).decoder(STRAP.all_settings)
    read = [decoder.decode(one.payload, one.stream) for one in made.inputs if isinstance(one, Notification)]
    return np.concatenate([packet.acc for packet in read if packet is not None])
