"""What stands on the welcome screen, as plain functions: sensors in reach, and what works without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from surefoot.tui.ports import Look, Offer
from surefoot.tui.widgets.rows import Row, heading, told
from surefoot.tui.words import LOW_BATTERY_PCT, Part, clean

VAIN_S: Final = 10.0
"""After so long without a sensor it is time to say what helps; the slowest sensors advertise each 2 s."""
HELP: Final = (
    "No sensor yet. Put it on so that it wakes (a strap wants wet electrodes), take it out of its charger, come "
    "within 2 m, and close phone apps that may hold it: a connected sensor hides."
)
SIGNALS: Final = ((-60, "▂▄▆█", "strong"), (-70, "▂▄▆·", "good"), (-80, "▂▄··", "fair"), (-999, "▂···", "weak"))
"""Weakest dBm, its bars, its word: rough steps, bodies and rooms shift them by 10 dB."""


def offer_row(offer: Offer, jump: str) -> Row:
    """Name and what is known of it, in two lines."""
    shape, tone = ("●", "good") if offer.near else ("○", "muted")
    first = [Part(f"{jump:1}  ", "accent"), Part(f"{shape} ", tone), Part(clean(offer.title, 44), "strong", True)]
    if offer.known:
        first.append(Part("   used last time", "muted"))
    words: list[Part] = [Part(clean(offer.detail, 24), "muted")] if offer.detail else []
    if offer.taken:
        words.append(Part("▽ held by another program", "warn"))
    elif offer.phone:
        words.append(Part("open phyphox on it, then enter", "muted"))
    elif not offer.near:
        words.append(Part("not heard yet: wake it, then enter", "muted"))
    elif offer.signal_dbm is not None:
        bars, word = next((b, w) for dbm, b, w in SIGNALS if offer.signal_dbm >= dbm)
        words.append(Part(f"{bars} {word}", "muted"))
    if offer.battery_pct is not None:
        low = offer.battery_pct <= LOW_BATTERY_PCT
        words.append(Part(f"battery {'▽ low ' if low else ''}{offer.battery_pct} %", "bad" if low else "muted"))
    if offer.scores:
        words.append(Part(clean(offer.scores, 40), "fair"))
    return Row((tuple(first), (Part(" " * 5), *_joined(words))), f"sensor {offer.key}")


def _joined(words: Sequence[Part]) -> list[Part]:
    return [piece for k, word in enumerate(words) for piece in ((Part(" · ", "faint"), word) if k else (word,))]


def welcome_rows(look: Look, width: int, saved: str | None) -> list[Row]:
    """Sensors, then what works without one."""
    rows = [] if saved is None else [told(f"■ kept: {clean(saved, 300)}", "good", width)]
    rows.append(heading("sensors") if rows else Row(((Part("sensors", "muted"),),)))
    rows += [offer_row(offer, str(number) if number < 10 else "") for number, offer in enumerate(look.offers, 1)]
    if look.trouble is not None:
        rows += _trouble_rows(clean(look.trouble, 300), width)
    elif not any(offer.near for offer in look.offers):
        late = look.vain_s >= VAIN_S
        rows.append(told(HELP if late else "◔ looking for sensors: put yours on", "warn" if late else "muted", width))
    rows.append(heading("without a sensor"))
    rows.append(_way("d", "▷ demo", "a simulated runner, through the same steps", "demo"))
    rows.append(_way("p", "▯ phone", "your phone as the sensor, by its free app phyphox", "phone"))
    rows.append(_way("o", "▤ recordings", "look at an earlier session, or at another app's table", "recordings"))
    return rows


def _trouble_rows(trouble: str, width: int) -> list[Row]:
    """First what is wrong and that it is no end; then what to do about it."""
    wrong, _, remedy = trouble.partition(": ")
    rows = [told(f"✖ {wrong}. Demo and recordings work all the same.", "bad", width)]
    todo = f"{remedy[:1].upper()}{remedy[1:]}. " if remedy else ""
    return [*rows, told(f"{todo}It is tried again every few seconds.", "muted", width)]


def _way(jump: str, title: str, detail: str, name: str) -> Row:
    return Row(((Part(f"{jump}  ", "accent"), Part(f"{title:14}", "strong", True), Part(detail, "muted")),), name)
