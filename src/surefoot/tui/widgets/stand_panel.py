"""A hold as it happens, or as it was: ring plot, cards, strip chart, the trials so far."""

from __future__ import annotations

import math
from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from surefoot.events import HoldEnded, Scored
from surefoot.snapshot import HoldLive, Snapshot
from surefoot.tui.bands import STEADINESS, ZONES
from surefoot.tui.palette import TONES
from surefoot.tui.scene import Scene, Trial
from surefoot.tui.sentences import ring_texts
from surefoot.tui.widgets.card import Card
from surefoot.tui.widgets.line import Line
from surefoot.tui.widgets.strip_chart import SPAN_S, StripChart
from surefoot.tui.widgets.sway_plot import SwayPlot
from surefoot.tui.words import DASH, END_WORDS, Part, clean, mg, points, spoken, tenth, whole


class StandPanel(Horizontal):
    """Live numbers are titled live; the last trial's final ones, final."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tone = ""

    def compose(self) -> ComposeResult:
        """Plot and trials on the left, cards and strip chart on the right."""
        with Vertical(id="left"):
            yield SwayPlot(id="sway")
            yield Line(id="trials")
        with Vertical(id="right"):
            with Horizontal(id="cards"):
                yield Card("steadiness", "steadiness")
                yield Card("hold", "hold s")
                yield Card("path", "path mg/s")
            yield StripChart(id="strip")

    def on_mount(self) -> None:
        """Titles that stay."""
        self.query_one(SwayPlot).border_title = "sway  mg"
        self.query_one("#trials").border_title = "trials · steadiness final, hold"

    def toggle(self) -> None:
        """Sweep or scroll."""
        self.query_one(StripChart).toggle()

    def move(self, scene: Scene) -> None:
        """Draw the plots: every frame."""
        plot, strip = self.query_one(SwayPlot), self.query_one(StripChart)
        plot.show(scene)
        strip.show(scene)
        for card in self.query(Card):
            card.show(scene)
        _title(strip, f"acceleration  ±{strip.scale_mg} mg · {SPAN_S} s · {_mode(strip)}", self._strip_note(scene))
        _title(plot, _plot_title(plot, scene), self._zone_word(plot, scene))
        tone = TONES["muted" if scene.lost or plot.zone is None else ZONES[plot.zone].tone]
        if tone != self._tone:
            self._tone = tone
            plot.styles.border_subtitle_color = tone

    def count(self, scene: Scene) -> None:
        """Write the numbers: a few times per second."""
        snapshot = scene.snapshot
        if snapshot is None:
            return
        hold, trials = snapshot.hold, snapshot.trials
        if trials and not scene.running and (hold is None or hold.state == "ready"):
            self._final(*trials[-1], scene.corrected.get(trials[-1][1].number))
        else:
            self._live(hold, snapshot, scene)
        self._trials(snapshot, scene)

    # ------------------------------------------------------------------------------------ numbers

    def _live(self, hold: HoldLive | None, snapshot: Snapshot, scene: Scene) -> None:
        steadiness, held, path = (self.query_one(f"#{name}", Card) for name in ("steadiness", "hold", "path"))
        target = snapshot.spec.target_s if snapshot.spec else 30.0
        value = hold.steadiness if hold else None
        band = None if value is None else STEADINESS.of(value)
        now = _now(scene)
        label = now if scene.finals is None else f"{now} · final {points(scene.finals[1].score.value)}"
        word, tone = (band.label, band.tone) if band else ("no value yet" if scene.running else "", "muted")
        steadiness.put("steadiness", points(value), word, tone, label=label)
        path.put("path mg/s", whole(mg(hold.path_rate_ms3)) if hold and hold.path_rate_ms3 else DASH, label=now)
        if hold is not None and hold.state == "countdown":
            left = hold.countdown_s or 0.0
            held.put("starts in s", str(math.ceil(left)), "get ready", "accent")
            return
        seconds = hold.hold_s if hold else None
        reached = seconds is not None and seconds >= target
        share = None if seconds is None else seconds / target
        errors_n = hold.errors_n if hold else 0
        errors = f" · {errors_n} error{'s' if errors_n > 1 else ''}" if errors_n else ""
        title = f"hold{errors}" if errors else "hold s"
        held.put(title, tenth(seconds), f"of {target:g}", "good" if reached else "fair", share or 0.0, now)

    def _final(self, ended: HoldEnded, scored: Scored, fixed: Trial | None) -> None:
        value = scored.score.value
        if value is None:
            reason = spoken(scored.score.flags[0]) if scored.score.flags else "not scored"
            word, tone = reason, "warn"
        else:
            band = STEADINESS.of(value)
            word, tone = band.label, band.tone
        self.query_one("#steadiness", Card).put(
            "steadiness", points(value), word, tone, label=_label(points, value, fixed and fixed[1].score.value)
        )
        share = None if ended.hold_s is None else ended.hold_s / ended.spec.target_s
        unknown = "" if share is not None else "start unknown"
        word = unknown or f"of {ended.spec.target_s:g}"
        tone = "good" if ended.end_reason == "target" else "fair"
        label = _label(tenth, ended.hold_s, fixed and fixed[0].hold_s)
        self.query_one("#hold", Card).put("hold s", tenth(ended.hold_s), word, tone, share, label)
        rate, new_rate = ended.sway.path_rate_h_ms3, fixed and fixed[0].sway.path_rate_h_ms3
        label = _label(_mg_text, rate, new_rate)
        self.query_one("#path", Card).put("path mg/s", _mg_text(rate), label=label)

    def _trials(self, snapshot: Snapshot, scene: Scene) -> None:
        line = self.query_one("#trials", Line)
        room = line.content_size.height
        trials = [*snapshot.trials]
        if scene.finals is not None and all(scored.number != scene.finals[1].number for _, scored in trials):
            trials.append(scene.finals)
        numbered = list(enumerate(trials, start=1))
        if not numbered:
            line.say([Part(" no trial yet", "faint")])
        elif room > 1:
            rows = []
            for number, trial in numbered:
                rows.append(_trial_row(number, *trial))
                if number in scene.corrected:
                    rows.append(_corrected_row(*scene.corrected[number]))
            line.say_rows(rows[-room:])
        elif numbered[-1][0] in scene.corrected:
            number, (_, scored) = numbered[-1]
            found, fixed = _score_of(scored), _score_of(scene.corrected[number][1])
            parts = [Part(f" trial {number}", "faint"), Part("  final ", "muted"), Part(found, "strong", True)]
            parts += [Part("  corrected ", "accent"), Part(fixed, "strong", True)]
            line.say(parts)
        else:
            parts = [Part(" final", "muted")]
            for number, (_, scored) in numbered[-3:]:
                parts += [Part(f"  {number} ", "faint"), _score_part(scored)]
            if _differs(scored):
                last = Part(f" trial {points(scored.trial_value)}", "muted")
                fits = sum(len(part.text) for part in (*parts, last)) <= line.content_size.width
                parts += [last] if fits else []
            line.say(parts)

    # ------------------------------------------------------------------------------------ titles

    def _zone_word(self, plot: SwayPlot, scene: Scene) -> str:
        if scene.lost:
            return "○ no signal"
        return "" if plot.zone is None else f"{ZONES[plot.zone].label} · {_now(scene)}"

    def _strip_note(self, scene: Scene) -> str:
        hold = scene.snapshot.hold if scene.snapshot else None
        hidden = not self.query_one("#path").display
        if hidden and hold is not None and hold.path_rate_ms3 and scene.running:
            return f"path {whole(mg(hold.path_rate_ms3))} mg/s · {_now(scene)}"
        known = scene.snapshot is not None and scene.snapshot.yaw_known
        return f"1 s grid · heading {'known' if known else 'unknown'}"


def _now(scene: Scene) -> str:
    """What a number of this moment is called: in a recording the moment has passed."""
    return "live" if scene.live else "then"


def _plot_title(plot: SwayPlot, scene: Scene) -> str:
    """The unit, and whose rings these are, in as many words as there is room for."""
    if scene.snapshot is None:
        return "sway mg"
    texts = ring_texts(scene.snapshot)
    room = plot.content_size.width - 4  # a corner and a blank at each end
    wordings = [f"{before}{text}" for text in texts for before in ("sway mg · ", "mg · ", "")]
    return next((one for one in wordings if len(one) <= room), wordings[-1])


def _label(say: Callable[[float | None], str], raw: float | None, fixed: float | None) -> str:
    """Final, and what it is after a person's corrections where that differs."""
    return "final" if fixed is None or say(fixed) == say(raw) else f"final · corrected {say(fixed)}"


def _mg_text(rate_ms3: float | None) -> str:
    return DASH if rate_ms3 is None else whole(mg(rate_ms3))


def _score_of(scored: Scored) -> str:
    """What a trial is worth: its score with errors and time held, else its steadiness."""
    return points(scored.score.value if scored.trial_value is None else scored.trial_value)


def _corrected_row(ended: HoldEnded, scored: Scored) -> tuple[list[Part], list[Part]]:
    left, right = _trial_row(scored.number, ended, scored)
    return [Part("    corrected  ", "accent"), *left[1:]], right


def _mode(strip: StripChart) -> str:
    return "sweep" if strip.sweeping else "scroll"


def _title(plot: SwayPlot | StripChart, title: str, subtitle: str) -> None:
    if plot.border_title != title:
        plot.border_title = title
    if plot.border_subtitle != subtitle:
        plot.border_subtitle = subtitle


def _score_part(scored: Scored) -> Part:
    value = scored.score.value
    if value is None:
        return Part("– not scored", "warn")
    band = STEADINESS.of(value)
    return Part(f"{band.shape} {points(value)}", band.tone, True)


def _differs(scored: Scored) -> bool:
    """Whether time held and touches made the trial worth something else than its steadiness."""
    return scored.trial_value is not None and points(scored.trial_value) != points(scored.score.value)


def _trial_row(number: int, ended: HoldEnded, scored: Scored) -> tuple[list[Part], list[Part]]:
    left = [Part(f" {number}  ", "faint"), _score_part(scored), Part(f"  {tenth(ended.hold_s)} s")]
    if _differs(scored):
        left.append(Part(f"  trial {points(scored.trial_value)}", "muted"))
    why = END_WORDS.get(ended.end_reason, clean(ended.end_reason))
    flags = "".join(f" · {spoken(flag)}" for flag in scored.score.flags)
    return left, [Part(f"{why}{flags} ", "warn" if scored.score.flags else "muted")]
