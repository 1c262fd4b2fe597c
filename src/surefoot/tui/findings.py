"""What stands on the check screen, as plain functions: is the sensor good enough, and where is it worn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from surefoot.samples import G0_MS2, PLACEMENTS
from surefoot.scoring import LANDING_RANGE_MS2, landing_missing, sway_missing
from surefoot.snapshot import Sensor
from surefoot.tui.scene import Scene
from surefoot.tui.widgets.rows import Row, told
from surefoot.tui.words import LOW_BATTERY_PCT, Part, clean
from surefoot.wording import scores

RATE_TOLERANCE: Final = 0.05
"""Share: sensors miss their nominal rate by 1 % at most, packets of 0.2 s spread 5 s of counting by 4 %."""
PHONE: Final = "keep phyphox in front and the phone out of its power saving, nearer to the Wi-Fi"
FAIR_S: Final = 8.0
"""Of samples, before too many of them are called so: a busy computer takes the first ones late and all at once, and the
rate is that of the last 5 s."""
WORN: Final = {
    "waist": "small of the back, on the belt, held tight",
    "chest": "on the breastbone, strap snug",
    "pocket": "in a front trouser pocket",
    "shank": "outside of the shin, above the ankle",
    "foot": "on the laces or the instep",
    "hand": "held in the hand",
    "wrist": "worn like a watch",
    "unknown": "somewhere else",
}
"""Where exactly; every word of samples.PLACEMENTS."""
WORN_N: Final = max(map(len, WORN.values()))
PLACEMENT_KEYS: Final = {name: "r" if name == "wrist" else name[0] for name in PLACEMENTS}


SURPLUS: Final = (
    "late ones come all at once when the computer is busy: wait 10 s; if it stays so, the sensor is not set as told: "
    "connect it again"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check. `ok` None: not known yet, or nothing to judge."""

    what: str
    ok: bool | None
    text: str
    remedy: str = ""


def findings(scene: Scene) -> list[Finding]:
    """What can be said of the sensor now."""
    if scene.failure is not None or scene.ended:
        why = clean(scene.failure or "no more samples will come", 200)
        return [Finding("link", False, why, "esc goes back: connect it again")]
    if scene.snapshot is None or scene.snapshot.sensor.state == "waiting":
        return [Finding("link", None, "connected, waiting for the first sample")]
    sensor = scene.snapshot.sensor
    if scene.lost:
        remedy = clean(scene.snapshot.notes[-1], 160) if scene.snapshot.notes else "come closer; it is looked for"
        return [Finding("link", False, f"lost for {scene.silence_s:.0f} s", remedy)]
    return [_link(sensor), _rate(sensor), _losses(sensor), _gravity(sensor), _range(sensor), _gyro(sensor)]


def _link(sensor: Sensor) -> Finding:
    if sensor.battery_pct is None:
        return Finding("link", True, "samples are coming")
    if sensor.battery_pct <= LOW_BATTERY_PCT:
        return Finding("link", False, f"battery low, {sensor.battery_pct} %", "charge it or change the cell soon")
    return Finding("link", True, f"samples are coming, battery {sensor.battery_pct} %")


def _rate(sensor: Sensor) -> Finding:
    measured = sensor.measured_hz
    if measured is None:
        return Finding("rate", None, f"counting, {sensor.rate_hz:g} a second are due")
    text = f"{measured:.0f} samples a second of {sensor.rate_hz:g}"
    off = measured / sensor.rate_hz - 1
    if abs(off) <= RATE_TOLERANCE:
        return Finding("rate", True, text)
    if off < 0:
        remedy = PHONE if sensor.device == "phyphox" else "come closer, and away from Wi-Fi and USB 3 devices"
        return Finding("rate", False, text, remedy)
    if sensor.samples_n < FAIR_S * sensor.rate_hz:
        return Finding("rate", None, f"measuring, {sensor.rate_hz:g} a second are due")
    return Finding("rate", False, f"{text}: more than due", SURPLUS)


def _losses(sensor: Sensor) -> Finding:
    if sensor.lately_lost_n is None:
        return Finding("losses", None, "counting")
    if sensor.lately_lost_n:
        text = f"{sensor.lately_lost_n} samples lost in 5 s"
        body = "turn so that your body is not between sensor and computer"
        return Finding("losses", False, text, PHONE if sensor.device == "phyphox" else body)
    return Finding("losses", True, "none in 5 s")


def _gravity(sensor: Sensor) -> Finding:
    reads = sensor.gravity_ms2
    if reads is None:
        return Finding("gravity", None, "stand still for a second")
    off = reads / G0_MS2 - 1
    if abs(off) > 0.03:
        remedy = "lay it still on a table; if it stays so, its scores cannot be trusted: use another sensor"
        return Finding("gravity", False, f"reads {reads:.2f} m/s², {abs(off):.0%} off", remedy)
    return Finding("gravity", True, f"reads {reads:.2f} m/s², as it should")


def _range(sensor: Sensor) -> Finding:
    if sensor.range_ms2 is None:
        return Finding("range", None, "not told: hard landings may be cut off")
    text = f"±{sensor.range_ms2 / G0_MS2:.0f} g"
    if sensor.range_ms2 < LANDING_RANGE_MS2 * 0.99:
        return Finding("range", False, f"{text}: sway only", "landings would be cut off: they need ±8 g")
    return Finding("range", True, f"{text}: wide enough for landings")


def _gyro(sensor: Sensor) -> Finding:
    if sensor.gyro is None:
        return Finding("turning", None, "waiting for a packet")
    return Finding("turning", True, "with a gyroscope" if sensor.gyro else "no gyroscope: not needed")


MARKS: Final = {True: ("✓", "good"), False: ("▽", "warn"), None: ("◔", "muted")}


def finding_rows(found: Sequence[Finding], width: int) -> list[Row]:
    """A line each, and the remedy below where there is one."""
    rows = []
    for one in found:
        sign, tone = MARKS[one.ok]
        first = (Part(f"{sign} ", tone, True), Part(f"{one.what:9}", "plain"), Part(one.text, tone))
        rows.append(Row((first,)))
        if one.remedy:
            rows.append(told(one.remedy, "warn", width, indent=11))
    return rows


def verdict(found: Sequence[Finding]) -> Part:
    """All of it in one."""
    bad = sum(one.ok is False for one in found)
    if bad:
        return Part(f"▽ {bad} thing{'s' if bad > 1 else ''} to look at; enter still goes on", "warn", True)
    if any(one.ok is None and one.what != "range" for one in found):
        return Part("◔ checking …", "muted", True)
    return Part("✓ all is well", "good", True)


def placement_rows(sensor: Sensor | None, only: str | None) -> list[Row]:
    """Where it can be worn, where exactly, and what can be scored there."""
    rows = []
    for name in PLACEMENTS if only is None else (only,):
        said = scores(sensor.rate_hz, sensor.range_ms2, name) if sensor is not None else ""
        scored = sensor is None or None in (
            sway_missing(sensor.rate_hz, name), landing_missing(sensor.rate_hz, sensor.range_ms2, name)
        )  # fmt: skip
        parts = (
            Part(f"{PLACEMENT_KEYS[name]}  ", "accent"),
            Part(f"{name:8}", "strong", True),
            Part(f"{WORN[name]:{WORN_N}}  ", "plain"),
            Part(said, "fair" if scored else "muted"),
        )
        rows.append(Row((parts,), name))
    return rows
