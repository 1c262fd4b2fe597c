"""Words and numbers on the screen, as people read them: a name, a flag, a score, a time."""

from __future__ import annotations

import math
import textwrap
from typing import Final, NamedTuple

from surefoot.samples import G0_MS2
from surefoot.wording import REASONS

MG_MS2: Final = G0_MS2 / 1000.0  # one milli-g in m/s²
LOW_BATTERY_PCT: Final = 15
DASH: Final = "–"

END_WORDS: Final = {
    "target": "target reached",
    "stopped": "stopped",
    "touch_down": "touch-down",
    "hop": "hop",
    "step": "step",
    "sensor_lost": "sensor lost",
    "recording_end": "recording ended",
}
FLAG_WORDS: Final = {
    "clipped": "clipped",
    "low_rate": "low rate",
    "gap": "samples missing",
    "v_uncertain": "speed uncertain",
    "momentum": "peak cut short or fell forward",
    "no_stick": "not stuck",
    "too_short": "too short",
    "noise_floor": "sensor too noisy",
    "gravity_unchecked": "gravity unchecked",
    "not_settled": "not settled in 5 s",
    "no_impact": "no impact",
}


class Part(NamedTuple):
    """A run of text and what it means (a key of `palette.TONES`); `lit`: light and dark change places."""

    text: str
    tone: str = "plain"
    bold: bool = False
    lit: bool = False


def clean(text: str, longest: int = 60) -> str:
    """A foreign name, safe to show: control and invisible characters become dots, too long ends in an ellipsis."""
    seen = "".join(c if c.isprintable() else "·" for c in text)
    return seen if len(seen) <= longest else seen[: longest - 1] + "…"


def spoken(flag: str) -> str:
    """A flag or reason in few words."""
    return FLAG_WORDS.get(flag) or REASONS.get(flag) or clean(flag.replace("_", " "))


def mg(ms2: float) -> float:
    """m/s² → mg."""
    return ms2 / MG_MS2


def whole(value: float | None) -> str:
    """Rounded half up, as people round; a dash for unknown."""
    return DASH if value is None else str(math.floor(value + 0.5))


def points(value: float | None) -> str:
    """A score, cut off to a whole number: 79.6 has not reached 80, and must not look as if it had."""
    return DASH if value is None else str(math.floor(value))


def tenth(value: float | None) -> str:
    """One decimal below 100; a dash for unknown."""
    return DASH if value is None else f"{value:.1f}" if value < 100 else whole(value)


def clock_text(t_s: float, decimals: int = 0) -> str:
    """m:ss, cut off rather than rounded: no second is shown before it is over."""
    unit = 10**decimals
    minutes, rest = divmod(math.floor(t_s * unit + 1e-6), 60 * unit)
    seconds, fraction = divmod(rest, unit)
    return f"{minutes}:{seconds:02d}" + (f".{fraction:0{decimals}d}" if decimals else "")


def ended_text(reason: str, hold_s: float | None) -> str:
    """Why a hold was over, and after how long."""
    word = END_WORDS.get(reason, clean(reason))
    return word if hold_s is None else f"{word} after {hold_s:.1f} s"


def folded(said: Part, width: int) -> list[tuple[list[Part], tuple[Part, ...]]]:
    """A sentence in as many rows as it needs, a blank before each."""
    lines = textwrap.wrap(said.text, max(width - 2, 10), subsequent_indent="  ")
    return [([said._replace(text=f" {line}")], ()) for line in lines]
