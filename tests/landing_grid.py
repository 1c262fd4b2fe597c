"""Simulated landings with truth, through many sensors, and what the engine said about each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from repack import run
from surefoot import simulate
from surefoot.events import GapSeen, Landed, Scored
from surefoot.landing import Landing
from surefoot.samples import G0_MS2
from surefoot.simulate import SensorSetup, Simulated

STYLES = ("soft", "normal", "stiff")
HEIGHTS_CM = (10, 20, 30, 40)
FOUND_S = 0.2  # a landing is found when its contact is this near the true one: a lost packet may hide all of 0.1 s
SLACK_S = 0.05  # the device's clock is a little off, and so are its stamps by the end of a set
STEP_OFF_S = 0.06
# Range in g that no landing here reaches: this grid is about everything but clipping.
RANGES_G = {"waist": 16, "chest": 16, "shank": 64}
ANCHORS_MS = {"waist": (25.0, 120.0), "chest": (25.0, 120.0), "shank": (6.0, 45.0)}
"""tau of 0 and of 100 points, as the score defines them; the truth is scored here and not by the code under test."""


@dataclass(frozen=True)
class Row:
    """One true landing and what became of it; `landing` None: missed.

    `told`: the height of the box was entered. `hole_in_fall`: samples were lost between the step-off and the contact.
    """

    kind: str
    placement: str
    style: str
    height_cm: float | None
    rate_hz: float
    truth: dict[str, Any]
    true_softness: float
    landing: Landing | None
    softness: float | None
    told: bool
    hole_in_fall: bool

    @property
    def gap(self) -> bool:
        """Samples were missing where they matter."""
        return self.landing is not None and "gap" in self.landing.flags

    @property
    def scored(self) -> bool:
        """There is a score and the rate is good enough for it."""
        return self.softness is not None and self.landing is not None and "low_rate" not in self.landing.flags


@dataclass(frozen=True)
class Grid:
    """All rows, and the landings that nobody made."""

    rows: tuple[Row, ...]
    invented: int

    def only(self, **wanted: Any) -> list[Row]:
        """The rows that agree with all of these."""
        return [row for row in self.rows if all(getattr(row, key) == value for key, value in wanted.items())]


def softness(tau_ms: float, placement: str) -> float:
    low, high = ANCHORS_MS[placement]
    return min(100.0, max(0.0, 100 * math.log(tau_ms / low) / math.log(high / low)))


def sensors(rates_hz: Sequence[float], placement: str, shift: int, loss: float = 0.02) -> Iterator[SensorSetup]:
    """Worn askew, noisy, on a link that loses packets; each its own way."""
    for k, rate_hz in enumerate(rates_hz, shift):
        yield SensorSetup(
            device="plain",
            settings={"rate_hz": float(rate_hz), "range_ms2": RANGES_G[placement] * G0_MS2},
            yaw_deg=37.0 * k,
            pitch_deg=-40 + 17.0 * (k % 6),
            roll_deg=25 - 11.0 * (k % 5),
            noise_ms2=(0.01, 0.03, 0.1)[k % 3],
            bias_ms2=(0.05, -0.08, 0.10),
            phase=(0.37 * k) % 1,
            clock_error=(0.0, 0.002, -0.003)[k % 3],
            jitter_ns=8_000_000,
            loss=loss,
        )


def rows(made: Simulated, kind: str, placement: str, rate_hz: float, told: bool = True) -> tuple[list[Row], int]:
    """Every true landing of a recording with what was found, and how many were found beyond them."""
    drill: Any = made.header["drill"]
    height_cm = drill["height_cm"]
    header = made.header if told else {**made.header, "drill": {**drill, "height_cm": None}}
    events = run(header, made.inputs)
    landed = [event.landing for event in events if isinstance(event, Landed)]
    scores = [event.score.value for event in events if isinstance(event, Scored)]
    holes = [(event.t_s, event.t_s + event.gap_s) for event in events if isinstance(event, GapSeen)]
    found: list[Row] = []
    pairs = list(zip(landed, scores, strict=True))
    for truth in made.truth["landings"]:
        near = [pair for pair in pairs if abs(pair[0].contact_s - truth["contact_s"]) <= FOUND_S]
        landing, value = near[0] if near else (None, None)
        true = softness(truth["tau_ms"], placement)
        end_s = truth["contact_s"] + SLACK_S
        begin_s = end_s - truth["flight_s"] - STEP_OFF_S - 2 * SLACK_S
        holed = any(start_s < end_s and stop_s > begin_s for start_s, stop_s in holes)
        style: str = truth["style"]
        found.append(
            Row(kind, placement, style, height_cm, rate_hz, truth, true, landing, value, told and kind == "drop", holed)
        )
        pairs = [pair for pair in pairs if pair not in near[:1]]
    return found, len(pairs)


def measured(rates_hz: Mapping[str, Sequence[float]], *, seeds: Sequence[int] = (0,), count: int = 2) -> Grid:
    """Drops from every height in every style, and hops that stick, at each placement with its rates."""
    all_rows: list[Row] = []
    invented = 0
    for seed, placement in itertools.product(seeds, rates_hz):
        for n, (style, height_cm) in enumerate(itertools.product(STYLES, (*HEIGHTS_CM, None))):
            shift = 31 * seed + 7 * n
            kind = "drop" if height_cm is not None else "hop"
            # The first seed's drops are the model's own, so that two of them tell a style; people sway afterwards.
            recovery_g = 0.0 if seed == 0 and kind == "drop" else 0.1 * (1 + n % 2)
            options: dict[str, Any] = {"seed": 100 * seed + n, "placement": placement, "recovery_g": recovery_g}
            made: Simulated | None = None
            for k, setup in enumerate(sensors(rates_hz[placement], placement, shift)):
                if made is None and height_cm is not None:
                    made = simulate.drops(style, height_cm=height_cm, count=count, sensor=setup, **options)
                elif made is None:
                    made = simulate.hops(style, flight_s=0.36, count=count, sensor=setup, **options)
                else:
                    made = made.through(setup)
                found, more = rows(made, kind, placement, setup.rate_hz, told=(k + n) % 2 == 0)
                all_rows += [replace(row, height_cm=height_cm) for row in found]
                invented += more
    return Grid(tuple(all_rows), invented)
