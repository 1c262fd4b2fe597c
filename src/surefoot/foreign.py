"""Words that came from elsewhere, made safe and made ours."""

from __future__ import annotations

import re
from typing import Final


def printable(text: str, limit: int) -> str:
    """The first `limit` characters without control characters: a file must not steer a terminal."""
    return "".join(c for c in text[: 2 * limit] if c.isprintable())[:limit].strip()


_PLACES: Final = {
    "waist": r"waist|hips?(?! pocket)|belt|pelvis|sacrum|lumbar|lower[ -]back|l[45]",
    "chest": r"chest|sternum|breast|upper[ -]back",
    "pocket": r"(?<!chest )(?<!breast )pockets?",
    "shank": r"shanks?|shins?|tibia|calf|lower[ -]leg|ankles?",
    "foot": r"foot|feet|shoes?|instep|heel|toes?",
    "hand": r"hands?|palm",
    "wrist": r"wrists?|smart ?watch|watch",
}


def placement_of(text: str) -> str:
    """The word of `samples.PLACEMENTS` that a free text means.

    "unknown" where it names none or more than one: the safe answer, scores never compare across placements.
    """
    said = [place for place, words in _PLACES.items() if re.search(rf"\b(?:{words})\b", text[:200].lower())]
    return said[0] if len(said) == 1 else "unknown"
