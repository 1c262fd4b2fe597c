"""Colors. Okabe–Ito hues, ordered by lightness too, so that they stay apart in grayscale."""

from __future__ import annotations

from textual.theme import Theme

SKY, ORANGE, GREEN, VERMILION, YELLOW = "#56B4E9", "#E69F00", "#2FBF8F", "#D55E00", "#F0E442"
BACKGROUND, SURFACE, PANEL = "#0f1419", "#141a21", "#1b232c"
WHITE, TEXT, MUTED, FAINT, GRID = "#ffffff", "#dde5ec", "#93a1ae", "#64727f", "#34424f"

TONES = {
    "good": GREEN,
    "fair": SKY,
    "warn": ORANGE,
    "bad": "#F0762B",  # vermilion, brightened: as text on the dark ground it must be read from two meters
    "accent": YELLOW,
    "strong": WHITE,
    "plain": TEXT,
    "muted": MUTED,
    "faint": FAINT,
}
"""What a text means → its color. The meaning is always in a shape and a word as well."""

THEME = Theme(
    name="surefoot",
    primary=SKY,
    secondary=ORANGE,
    accent=YELLOW,
    success=GREEN,
    warning=ORANGE,
    error=VERMILION,
    foreground=TEXT,
    background=BACKGROUND,
    surface=SURFACE,
    panel=PANEL,
    dark=True,
    variables={
        "line": "#33424f",
        "quiet": MUTED,
        "footer-background": SURFACE,
        "footer-key-foreground": YELLOW,
    },
)
