"""What came of the trial or the set that has just ended; one key further, the next one runs."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical

from surefoot.debrief.summary import Summary, Usual
from surefoot.events import Reported
from surefoot.snapshot import Snapshot
from surefoot.tui.bands import SOFTNESS, STEADINESS
from surefoot.tui.ports import Playback
from surefoot.tui.scene import Scene
from surefoot.tui.screens.dialogs import DiscomfortDialog
from surefoot.tui.screens.view import COMMON, ONE_SENTENCE, View
from surefoot.tui.widgets.bars import Bar, Bars
from surefoot.tui.widgets.card import Card
from surefoot.tui.widgets.landing_panel import prefix_of
from surefoot.tui.widgets.line import Line
from surefoot.tui.words import DASH, Part, clean, folded, points, spoken, tenth

Summarise = Callable[[Snapshot], Summary | None]
LookBack = Callable[[], Playback | None]
STEADY_SLOTS: Final = 6
GAUGE_CELLS: Final = 41
SHORTEST_GAUGE: Final = 15


def _nothing() -> Playback | None:
    return None


class SummaryScreen(View):
    """Stands over the live screen and goes by itself when a drill runs.

    Args:
        summarise: makes the summary of a snapshot, anew when the person reports on it.
        look_back: this session's recording as a playback, or None when it is not recorded.
    """

    BINDINGS: ClassVar[list[Any]] = [
        Binding("space,enter", "again", "Again", id="again", key_display="space"),
        Binding("d,escape", "done", "Done", id="done", key_display="d"),
        Binding("p", "discomfort", "Discomfort", id="discomfort"),
        Binding("r", "look_back", "Replay", id="look_back"),
        *COMMON,
    ]

    def __init__(self, summarise: Summarise, look_back: LookBack = _nothing) -> None:
        super().__init__()
        self._summarise, self._look_back = summarise, look_back
        self._made: Summary | None = None
        self._reports: tuple[Reported, ...] | None = None

    @property
    def landing(self) -> bool:
        """Speak of landings in the state line after a set."""
        return self._made is not None and self._made.of == "set"

    def body(self) -> ComposeResult:
        """Cards, sentences, the session."""
        with Vertical(id="summary"):
            with Horizontal(id="cards"):
                yield Card("score", "steadiness")
                yield Card("amount", "hold s")
                yield Card("discomfort", "discomfort")
            yield Line(id="said")
            with Horizontal(id="session"):
                yield Bars(id="steadiness_bars", bands=STEADINESS)
                yield Bars(id="softness_bars", bands=SOFTNESS)

    def show(self, scene: Scene) -> None:
        """Make the summary when there is something new to it, and give way to a drill that runs."""
        if scene.running or scene.landing_running:
            self._leave()
            return
        snapshot = scene.snapshot
        if snapshot is not None and snapshot.reports != self._reports:
            self._reports, self._made = snapshot.reports, self._summarise(snapshot)
            self._counted = -1
        super().show(scene)

    def move(self, scene: Scene) -> None:
        """The bars, in the size that they have now."""
        for bars in self.query(Bars):
            bars.show(scene)
        for card in self.query(Card):
            card.show(scene)

    def write(self, scene: Scene) -> None:
        """Cards and sentences."""
        super().write(scene)
        made = self._made
        if made is None:
            return
        self._cards(made)
        line = self.query_one("#said", Line)
        line.border_title = clean(f"{made.of} {made.number} · {made.title}", 70)
        line.say_rows([(row, ()) for row in _rows(made, line.content_size.width)])
        hold = made.of == "trial"
        for name, bands, mine in (("steadiness", STEADINESS, hold), ("softness", SOFTNESS, not hold)):
            bars, best = self.query_one(f"#{name}_bars", Bars), bands.target
            bars.display = mine
            if mine:
                each = "trial of this kind today" if hold else "landing of the set"
                bars.border_title = f"{name} per {each} · target {best.shape} {best.word} ≥ {best.least:g}"
                shown = tuple(
                    Bar(one.number if hold else k, one.value, prefix_of(one.flags), bool(one.flags))
                    for k, one in enumerate(made.session, start=1)
                )
                bars.put(shown, STEADY_SLOTS if hold else len(shown))

    def _cards(self, made: Summary) -> None:
        score, amount, told = (self.query_one(f"#{name}", Card) for name in ("score", "amount", "discomfort"))
        hold = made.of == "trial"
        if made.value is None:
            said, tone = spoken(made.flags[-1]) if made.flags and hold else "not scored", "warn"
        else:
            band = (STEADINESS if hold else SOFTNESS).of(made.value)
            said, tone = band.label, band.tone
        score.put(
            made.scale if hold else "softness, median",
            points(made.value),
            said,
            tone,
            label="" if made.value is None else "final, provisional",
        )
        if hold:
            share = None if made.held_s is None else made.held_s / made.target_s
            amount.put("hold s", tenth(made.held_s), f"of {made.target_s:g}", "fair", share, "final")
        else:
            amount.put("landings", str(len(made.session)), f"{made.counted_n} counted")
        if made.discomfort is None:
            told.put("discomfort", DASH, "p to tell it")
        else:
            told.put("discomfort", str(made.discomfort), "of 10, as told", "strong")

    def _show_small(self, scene: Scene) -> None:
        made, line = self._made, self.query_one("#small", Line)
        if made is None:
            return
        if self.size.width < ONE_SENTENCE[0] or self.size.height < ONE_SENTENCE[1]:
            line.say_rows(
                folded(Part(f"{made.scale} {points(made.value)}: {made.advice}", "strong", True), self.size.width)
            )
        else:
            line.say_rows([([Part(row)], ()) for text in made.lines for row in _wrapped(text, self.size.width)])

    # ------------------------------------------------------------------------------------ keys

    def _leave(self) -> None:
        """Go, with whatever question stands on top."""
        while self in self.host.screen_stack:
            self.host.pop_screen()

    def action_again(self) -> None:
        """The next trial or set, at once."""
        snapshot = self.host.scene.snapshot
        name = snapshot.spec.name if snapshot is not None and snapshot.spec is not None else "hold"
        self._leave()
        self.host.cue("start", name)

    def action_done(self) -> None:
        """Back to the live screen."""
        self._leave()

    def action_discomfort(self) -> None:
        """Ask for 0 to 10; it is kept in the recording."""
        self.host.push_screen(self._asking(), self._told)

    def _asking(self) -> DiscomfortDialog:
        snapshot, told = self.host.scene.snapshot, self._made.discomfort if self._made else None
        return DiscomfortDialog(told, recorded=snapshot is not None and snapshot.recording is not None)

    def _told(self, value: int | None) -> None:
        if value is not None:
            self.host.cue("report", f"discomfort={value}")

    def action_look_back(self) -> None:
        """This session's recording, as far as it is written."""
        playback = self._look_back()
        if playback is None:
            self.host.say("this session is not recorded: there is nothing to replay")
        else:
            self.host.play_back(playback)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 20), subsequent_indent="    ") or [""]


def gauge(usual: Usual, width: int) -> str:
    """The trial against the person's own band of the path rate: a line, its usual part thick, the dot upon it."""
    names = f"steadier  {usual.low:.0f} ", f" {usual.high:.0f} mg/s  more sway"
    room = min(GAUGE_CELLS, width - len(names[0]) - len(names[1]))
    if room < SHORTEST_GAUGE:
        return f"your usual path {usual.low:.0f} to {usual.high:.0f} mg/s"
    reach = usual.high - usual.low
    first = min(usual.low - reach / 4, usual.now)
    per_cell = (max(usual.high + reach / 4, usual.now) - first) / (room - 1)
    low, high, now = (round((value - first) / per_cell) for value in (usual.low, usual.high, usual.now))
    line = "─" * low + "━" * (high - low + 1) + "─" * (room - 1 - high)
    return f"{names[0]}{line[:now]}●{line[now + 1 :]}{names[1]}"


def _rows(made: Summary, width: int) -> list[list[Part]]:
    """The sentences, the advice last and brightest."""
    change_tone = {"steadier": "good", "softer": "good", "more": "warn", "harder": "warn"}.get(made.change.split()[0])
    said = [
        (made.done, "strong", True),
        (made.score, "warn" if made.value is None else "plain", False),
        (made.measured, "muted", False),
        (made.change, change_tone or "plain", False),
        ("" if made.usual is None else gauge(made.usual, width - 4), "muted", False),
        (made.best, "muted", False),
        (made.legs, "plain", False),
        (f"→ {made.advice}", "accent", True),
    ]
    return [[Part(f" {row}", tone, bold)] for text, tone, bold in said if text for row in _wrapped(text, width - 2)]
