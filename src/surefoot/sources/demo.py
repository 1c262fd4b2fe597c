"""A simulated runner with a Polar H10 at the waist: one set after another, cues included, until somebody stops it.

The next set is computed while the present one runs. Its bytes are those that a real strap would send; its motion is a
model of people, not a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from surefoot import simulate
from surefoot.batteries import changes
from surefoot.errors import UsageError
from surefoot.samples import Cue, DrillSpec, Input

ONE_LEG = {
    ("open", "firm"): "one_eo_firm",
    ("open", "mat"): "one_eo_mat",
    ("closed", "firm"): "one_ec_firm",
    ("closed", "mat"): "one_ec_mat",
}
TWO_LEGS = {key: name.replace("one", "two") for key, name in ONE_LEG.items()}
TOUCH_DOWN_SHARE = 0.8  # every third demo hold ends early, at this share of its target
STYLES = (
    ("stiff", 0.6), ("normal", 0.5), ("normal", 0.5), ("normal", 0.35), ("normal", 0.35), ("soft", 0.3), ("soft", 0.25),
    ("soft", 0.25),
)  # fmt: skip
"""Somebody who learns: style of each landing of a set, and how long its recovery sway lasts."""
CYCLE = 24  # seeds apart: every demo begins at the first style and with the first of three holds
RECOVERY_G = 0.3  # the model's recovery sway that makes landings human: scores then vary from one to the next
BREAK_NS = 5_000_000 - simulate.SensorSetup().latency_ns
"""From the last arrival to the next connection, so that the next sample follows one period (5 ms) after the last."""


@dataclass(frozen=True, slots=True)
class DemoSource:
    """`sets` None: for ever; `cues` False: only the motion, for `record`; `battery`: conditions to go through."""

    spec: DrillSpec
    seed: int = 0
    sets: int | None = None
    cues: bool = True
    battery: tuple[DrillSpec, ...] = ()
    live: bool = True

    @property
    def header(self) -> Mapping[str, Any]:
        """The simulated strap and the drill."""
        drill = {key: getattr(self.spec, key) for key in self.spec.__slots__} if self.cues else None
        return {"sources": MAKE[self.spec.name](self._spec(1), CYCLE * self.seed).header["sources"], "drill": drill}

    def _spec(self, number: int) -> DrillSpec:
        """What set `number` (from 1) is."""
        return self.battery[(number - 1) % len(self.battery)] if self.battery else self.spec

    def inputs(self) -> Iterator[Input]:
        """Sets joined end to end on one host clock; each is a new connection, so its device clock starts anew."""
        make = MAKE[self.spec.name]
        with ThreadPoolExecutor(1) as pool:
            number, end_ns = 0, 0
            first = CYCLE * self.seed
            ahead = pool.submit(make, self._spec(1), first)
            while self.sets is None or number < self.sets:
                made = ahead.result()
                number += 1
                ahead = pool.submit(make, self._spec(number + 1), first + number)
                shift_ns = end_ns + BREAK_NS - made.inputs[0].host_ns if number > 1 else 0
                for said in changes(self._spec(number - 1), self._spec(number)) if number > 1 else ():
                    yield Cue(end_ns, "set", said)
                for item in made.inputs:
                    end_ns = max(end_ns, item.host_ns + shift_ns)
                    if not isinstance(item, Cue) or self._wanted(item, number):
                        yield replace(item, host_ns=end_ns)

    def _wanted(self, cue: Cue, number: int) -> bool:
        """A hold is started anew for every trial, a landing drill when its set is full."""
        alone = self.spec.name == "hold" or self.spec.style == "in_place"  # one of ours is a whole trial or set
        begins = alone or (number - 1) % self.spec.count == 0
        return self.cues and (begins or cue.kind != "start")


@lru_cache(maxsize=2)
def _hold(spec: DrillSpec, seed: int) -> simulate.Simulated:
    table = TWO_LEGS if spec.leg == "both" else ONE_LEG
    preset = table.get((spec.eyes, spec.surface))
    if preset is None:
        raise UsageError("the simulated runner knows eyes open or closed, on a firm surface or a mat")
    fails = seed % 3 == 2
    return simulate.stand(
        preset,
        seed=seed,
        target_s=spec.target_s,
        touch_down_s=TOUCH_DOWN_SHARE * spec.target_s if fails and spec.leg != "both" else None,
        leg=spec.leg,
    )


@lru_cache(maxsize=2)
def _drop(spec: DrillSpec, seed: int) -> simulate.Simulated:
    style, recovery_s = STYLES[seed % len(STYLES)]
    height_cm = spec.height_cm or 20.0
    return simulate.drops(
        style, height_cm=height_cm, count=1, seed=seed, recovery_g=RECOVERY_G, recovery_s=recovery_s
    )  # fmt: skip


@lru_cache(maxsize=2)
def _hop(spec: DrillSpec, seed: int) -> simulate.Simulated:
    style, recovery_s = STYLES[seed % len(STYLES)]
    if spec.style == "in_place":
        return simulate.hops(style, count=spec.count, seed=seed, in_place=True)
    return simulate.hops(style, count=1, seed=seed, recovery_g=RECOVERY_G, recovery_s=recovery_s)


MAKE: dict[str, Callable[[DrillSpec, int], simulate.Simulated]] = {"hold": _hold, "drop": _drop, "hop": _hop}
