"""What stands on the screen that chooses a drill, as plain functions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from surefoot.landing_sets import LIMITS as SETS
from surefoot.samples import DrillSpec
from surefoot.scoring import full_scale_mg, landing_missing, sway_missing
from surefoot.snapshot import Sensor
from surefoot.tui.widgets.rows import Row, told
from surefoot.tui.words import Part, spoken
from surefoot.wording import REASONS, safety

DRILLS: Final = {"hold": "stand", "drop": "drop", "hop": "hop"}
FIELDS: Final = {
    "hold": ("name", "leg", "eyes", "surface", "support", "target_s", "feedback"),
    "drop": ("name", "height_cm", "leg", "count"),
    "hop": ("name", "style", "leg", "count"),
}
"""Drill → what is chosen for it, in this order."""
TITLES: Final = {
    "name": "drill", "target_s": "target s", "height_cm": "height cm", "count": "landings", "start": "begin",
}  # fmt: skip
KEYS: Final = {
    "name": "d", "leg": "l", "eyes": "e", "surface": "s", "support": "u", "target_s": "t", "feedback": "f",
    "height_cm": "h", "style": "y", "count": "c", "start": "b",
}  # fmt: skip
CHOICES: Final[dict[str, tuple[Any, ...]]] = {
    "name": ("hold", "drop", "hop"),
    "leg": ("left", "right", "both"),
    "eyes": ("open", "closed"),
    "surface": ("firm", "mat", "unstable"),
    "support": ("none", "fingertip", "chair"),
    "target_s": (15.0, 20.0, 30.0, 45.0, 60.0),
    "feedback": ("on", "off"),
    "height_cm": (10.0, 15.0, 20.0, 25.0, 30.0, 40.0),
    "style": ("stick", "in_place"),
    "count": (3, 5, 8, 10),
    "start": ("walk", "space"),
}
"""What the screen offers; commands take more. A hold below 12 s has too little to score: the first 2 s never count."""
SHOWN: Final = {
    "hold": "stand", "in_place": "in place", "walk": "10 s after enter", "space": "by the space key",
}  # fmt: skip
HINTS: Final = {
    "name": "stand on one leg, step off a box, or hop",
    "leg": "which leg you stand or land on",
    "eyes": "closed is much harder",
    "surface": "firm floor, a soft mat, or a wobbly board",
    "support": "a fingertip on the wall makes it easier and is noted",
    "target_s": "the hold ends here",
    "feedback": "off hides the picture until the end: a test of what you have learned",
    "height_cm": "of the box, measured",
    "style": "land and stay, or one hop after another",
    "count": "landings in a set: the first 3 are practice, 5 more make its score",
    "start": "time to walk to your place before the countdown of 5 s",
}
USUAL: Final = {
    "hold": DrillSpec("hold", "left", "open", "firm", "none"),
    "drop": DrillSpec("drop", "both", height_cm=20.0),
    "hop": DrillSpec("hop", "both"),
}


def choices(field: str, value: Any) -> tuple[Any, ...]:
    """What can be chosen; a value that a command or a file brought along stays among them."""
    offered = CHOICES[field]
    if value in offered or value in (None, "unknown"):
        return offered
    return (*offered, value) if isinstance(value, str) else tuple(sorted((*offered, value)))


def shown(value: Any) -> str:
    """A value as it stands on the screen."""
    return f"{value:g}" if isinstance(value, float) else SHOWN.get(value, str(value))


def turned(spec: DrillSpec, field: str, step: int) -> DrillSpec:
    """The next or the previous value of a field; round and round."""
    value = getattr(spec, field)
    offered = choices(field, value)
    place = offered.index(value) + step if value in offered else 0
    return replace(spec, **{field: offered[place % len(offered)]})


def setup_rows(spec: DrillSpec, start: str | None) -> list[Row]:
    """A row for each choice, all its values in sight, the chosen one in brackets."""
    values = {field: getattr(spec, field) for field in FIELDS[spec.name]}
    if start is not None:
        values["start"] = start
    return [_setup_row(field, value) for field, value in values.items()]


def _setup_row(field: str, value: Any) -> Row:
    parts = [Part(f"{KEYS[field]}  ", "accent"), Part(f"{TITLES.get(field, field):11}", "plain")]
    for one in choices(field, value):
        mine = one == value
        parts.append(Part(f"[{shown(one)}] " if mine else f" {shown(one)}  ", "strong" if mine else "muted", mine))
    return Row((tuple(parts),), field)


def scored_part(spec: DrillSpec, placement: str, sensor: Sensor | None) -> Part:
    """Whether there will be a score, or why not."""
    rate_hz, range_ms2 = (sensor.rate_hz, sensor.range_ms2) if sensor is not None else (100.0, None)
    if spec.name == "hold":
        reason = full_scale_mg(spec, placement)[1] or sway_missing(rate_hz, placement)
        what = "steadiness"
    else:
        reason, what = landing_missing(rate_hz, range_ms2, placement), "softness"
    if reason is None and what == "softness":
        return _landings_part(spec.count)
    if reason is None:
        return Part(f"✓ gets a {what} score (provisional scale)", "good")
    words = {"range": "the sensor's range is too small"}.get(reason) or REASONS.get(reason) or spoken(reason)
    only = "sway is measured" if spec.name == "hold" else "landings are measured"
    return Part(f"◇ no {what} score: {words}; {only}", "muted")


def _landings_part(count: int) -> Part:
    """Each landing is scored; the set only when enough follow its practice, which each session begins with."""
    whole = SETS.practice + SETS.fewest
    if count >= whole:
        return Part("✓ a softness score for each landing and for the set (provisional scale)", "good")
    return Part(f"◇ a score for each landing (provisional), none for the set: it needs {whole}", "fair")


def advice_row(spec: DrillSpec, asked: bool, width: int) -> Row | None:
    """Safety before what can end in a fall; `asked`: the person pressed enter once, and a question stands below it."""
    text = safety(spec)
    if text is None:
        return None
    advice = told(f"! {text}", "warn", width)
    question = told("⏎ Is all of it so? Enter once more begins.", "accent", width, bold=True)
    return Row((*advice.lines, (), *question.lines)) if asked else advice
