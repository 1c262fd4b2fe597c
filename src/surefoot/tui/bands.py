"""Threshold objects: a number's word, shape, color and target all come from the same one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from surefoot.scoring import SOFTNESS_WORDS, STEADINESS_WORDS

_SHAPES: Final = {3: ("▲", "◆", "▼"), 4: ("▲", "◆", "◇", "▼")}
_TONES: Final = {3: ("good", "warn", "bad"), 4: ("good", "fair", "warn", "bad")}


@dataclass(frozen=True, slots=True)
class Band:
    """Values from `least` upward, up to the next better band."""

    least: float
    word: str
    shape: str
    tone: str

    @property
    def label(self) -> str:
        """Shape and word, for people who do not see the color."""
        return f"{self.shape} {self.word}"


class Bands:
    """Three or four bands of a 0…100 score, best first, from (least value, word) pairs."""

    def __init__(self, words: Sequence[tuple[float, str]]) -> None:
        rows = zip(words, _SHAPES[len(words)], _TONES[len(words)], strict=True)
        self.all: Final = tuple(Band(least, word, shape, tone) for (least, word), shape, tone in rows)

    @property
    def target(self) -> Band:
        """The band to aim for."""
        return self.all[0]

    def of(self, value: float) -> Band:
        """The band that a value falls into."""
        return next((band for band in self.all if value >= band.least), self.all[-1])


STEADINESS: Final = Bands(STEADINESS_WORDS)
"""Words of `steadiness/1`; provisional."""

SOFTNESS: Final = Bands(SOFTNESS_WORDS)
"""Words of `softness/1`; its anchors are provisional."""

ZONES: Final = tuple(
    Band(ring, word, shape, tone)
    for ring, word, shape, tone in zip(
        (0.0, 1.0, 2.0), ("calm", "drifting", "wide"), _SHAPES[3], _TONES[3], strict=True
    )
)
"""Zones of the dot's distance from the center in rings; `least` is the zone's inner ring."""
