"""The landings: the last one big, its set as bars with the median, the session as a table with cues in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey

from surefoot.events import Landed, LandingSeen, Scored, Settled
from surefoot.feedback import feedbacks
from surefoot.landing_sets import LandedSet
from surefoot.snapshot import Snapshot
from surefoot.tui.bands import SOFTNESS, Bands
from surefoot.tui.scene import Scene
from surefoot.tui.sentences import set_line
from surefoot.tui.widgets.bars import Bar, Bars
from surefoot.tui.widgets.card import Card
from surefoot.tui.words import DASH, points, spoken, tenth, whole

LandingRow = tuple[Landed, Scored, Settled | None]
COLUMNS: Final = (("#", 4), ("softness", 10), ("peak g", 6), ("rise ms", 7), ("settle s", 8))
NOTES: Final = "cue, notes"
NOTES_CELLS: Final = 20
"""Of the last column at least; it takes what the others leave."""
PADDING: Final = 2
"""Cells that a table puts around each column."""


def flags_of(landed: Landed, scored: Scored) -> tuple[str, ...]:
    """Flags of the measurement and of the score, each once."""
    return tuple(dict.fromkeys((*landed.landing.flags, *scored.score.flags)))


def prefix_of(flags: tuple[str, ...]) -> str:
    """A clipped peak makes the score an upper bound, an uncertain speed an estimate."""
    return "≤" if "clipped" in flags else "≈" if "v_uncertain" in flags else ""


def settle_text(settled: Settled | None) -> str:
    """Seconds; "5+" when the window of 5 s was not enough; a dash while unknown."""
    if settled is None:
        return DASH
    if settled.settle_s is None:
        return "5+" if settled.missing == "not_settled" else DASH
    return tenth(settled.settle_s)


def pending(snapshot: Snapshot | None) -> LandingSeen | None:
    """The landing that is not confirmed. In replay a landing stands from its contact on: then it is not pending any
    more, though the snapshot of that moment says so."""
    seen = snapshot.landing.seen if snapshot and snapshot.landing else None
    known = seen is not None and snapshot is not None and any(row[0].number == seen.number for row in snapshot.landings)
    return None if known else seen


def within_set(snapshot: Snapshot, number: int) -> int:
    """Which landing of its set the `number`-th of the session is; one to come belongs to the set that runs."""
    places = _places(snapshot.sets)
    if number in places:
        return places[number][1]
    now = snapshot.sets[-1] if snapshot.sets else None
    if number <= len(snapshot.landings):
        return number
    return number - len(snapshot.landings) + (len(now.landings) if now is not None and now.ended is None else 0)


def _places(sets: Sequence[LandedSet]) -> dict[int, tuple[int, int]]:
    """Number of a landing in the session → its set, and which one of it."""
    return {one.number: (k, i) for k, group in enumerate(sets, 1) for i, one in enumerate(group.landings, 1)}


def bars_of(snapshot: Snapshot | None) -> tuple[Bar, ...]:
    """Of the newest set, numbered within it, the landing that is not confirmed last."""
    if snapshot is None:
        return ()
    newest, seen = snapshot.sets[-1] if snapshot.sets else None, pending(snapshot)
    if newest is None or (seen is not None and newest.ended is not None):
        bars = []  # what is seen begins a new set
    else:
        bars = [Bar(k, one.value, prefix_of(one.flags), bool(one.flags)) for k, one in enumerate(newest.landings, 1)]
    if seen is not None:
        value, flags = seen.score.value if seen.score else None, seen.landing.flags
        bars.append(Bar(within_set(snapshot, seen.number), value, prefix_of(flags), bool(flags), sure=False))
    return tuple(bars)


class LandingPanel(Vertical):
    """Softness anchors are provisional, and the card says so."""

    def __init__(self, id: str | None = None, bands: Bands = SOFTNESS) -> None:
        super().__init__(id=id)
        self.bands = bands
        self._listed: tuple[tuple[LandingRow, ...], int] = ((), 0)  # and how wide the notes are

    def compose(self) -> ComposeResult:
        """Cards, bars, table."""
        with Horizontal(id="cards"):
            yield Card("softness", "softness")
            yield Card("peak", "peak  g")
            yield Card("rise", "rise  ms")
            yield Card("settle", "settle  s")
        yield Bars(id="bars", bands=self.bands)
        yield DataTable[Text](id="table", cursor_type="none", zebra_stripes=True)

    def on_mount(self) -> None:
        """Columns and titles that stay."""
        best = self.bands.target
        title = f"softness per landing · target {best.shape} {best.word} ≥ {best.least:g} · provisional"
        self.query_one(Bars).border_title = title
        table = self._table
        table.can_focus = False
        for name, width in (*COLUMNS, (NOTES, NOTES_CELLS)):
            table.add_column(Text(name), width=width, key=name)

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one("#table", DataTable)

    @property
    def _notes_cells(self) -> int:
        taken = sum(width for _, width in COLUMNS) + PADDING * (len(COLUMNS) + 1)
        return max(NOTES_CELLS, self._table.size.width - taken)

    def move(self, scene: Scene) -> None:
        """Draw the plots."""
        self.query_one(Bars).show(scene)
        for card in self.query(Card):
            card.show(scene)

    def count(self, scene: Scene) -> None:
        """Write the numbers."""
        snapshot = scene.snapshot
        landings = snapshot.landings if snapshot else ()
        seen = pending(snapshot)
        spec = snapshot.spec if snapshot else None
        plot = self.query_one(Bars)
        plot.put(bars_of(snapshot), spec.count if spec and spec.name != "hold" else 5)
        line = set_line(snapshot.sets, spec) if snapshot and spec else ""
        if (plot.border_subtitle or "") != line:
            plot.border_subtitle = line
        if snapshot is not None and seen is not None:
            self._seen_cards(seen, within_set(snapshot, seen.number))
        elif snapshot is not None and landings:
            self._cards(landings[-1], within_set(snapshot, landings[-1][0].number))
        else:
            self._no_cards()
        if snapshot is not None and (landings, self._notes_cells) != self._listed:
            self._list(snapshot)

    def _no_cards(self) -> None:
        for title in ("softness", "peak  g", "rise  ms", "settle  s"):
            self.query_one(f"#{title.split()[0]}", Card).put(title, DASH)

    def _cards(self, last: LandingRow, number: int) -> None:
        softness, peak, rise, settle = (self.query_one(f"#{n}", Card) for n in ("softness", "peak", "rise", "settle"))
        landed, scored, settled = last
        flags, value = flags_of(landed, scored), scored.score.value
        title = f"softness #{number}"
        if value is None:
            softness.put(title, DASH, spoken(flags[0]) if flags else "not scored", "warn")
        else:
            band = self.bands.of(value)
            softness.put(title, prefix_of(flags) + points(value), band.label, band.tone)
        result = landed.landing
        peak.put("peak  g", tenth(result.peak_g), "clipped" if "clipped" in flags else "", "warn")
        rise.put("rise  ms", whole(result.time_to_peak_ms))
        word, tone = "", "muted"
        if settled is None:
            word = "settling…"
        elif settled.stick:
            word, tone = "▲ stuck", "good"
        elif settled.settle_s is None:
            word = spoken(settled.missing or "not settled")
        settle.put("settle  s", settle_text(settled), word, tone)

    def _seen_cards(self, seen: LandingSeen, number: int) -> None:
        """A first word, a third of a second after contact; the final one may differ, or take it back."""
        softness, peak, rise, settle = (self.query_one(f"#{n}", Card) for n in ("softness", "peak", "rise", "settle"))
        value, flags = seen.score.value if seen.score else None, seen.landing.flags
        band = None if value is None else self.bands.of(value)
        said = (band.label, band.tone) if band else ("", "muted")
        softness.put(f"softness #{number}", prefix_of(flags) + points(value), *said, label="provisional")
        peak.put("peak  g", tenth(seen.landing.peak_g), label="provisional")
        rise.put("rise  ms", whole(seen.landing.time_to_peak_ms), label="provisional")
        settle.put("settle  s", DASH, "stay there", "accent")

    def _list(self, snapshot: Snapshot) -> None:
        """Newest first, with the words that teach; the first of a second set is "2·1". Cells are Text objects: nothing
        is parsed."""
        self._listed = snapshot.landings, self._notes_cells
        table = self._table
        table.clear()
        table.columns[ColumnKey(NOTES)].width = self._notes_cells
        cues = feedbacks(snapshot.landings, snapshot.sensor.placement)
        practice = {one.number for group in snapshot.sets for one in group.landings[: group.practice_n]}
        places = _places(snapshot.sets)
        for (landed, scored, settled), cue in zip(reversed(snapshot.landings), reversed(cues), strict=True):
            flags, value, result = flags_of(landed, scored), scored.score.value, landed.landing
            score = DASH if value is None else f"{prefix_of(flags)}{points(value)} {self.bands.of(value).word}"
            cells = (score, tenth(result.peak_g), whole(result.time_to_peak_ms), settle_text(settled))
            notes = [cue.text or "", *map(spoken, flags), "practice" if landed.number in practice else ""]
            of, k = places.get(landed.number, (1, landed.number))
            name = f"{of}·{k}" if len(snapshot.sets) > 1 else str(k)
            said = Text(" · ".join(filter(None, notes)), overflow="ellipsis")
            table.add_row(Text(name), *map(Text, cells), said)
