"""Feeds and playbacks for the screens' tests: deterministic arrays behind the same shapes as the real ones."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from rich.style import Style
from textual.app import App
from textual.pilot import Pilot

from surefoot.errors import RecordingError, UsageError
from surefoot.events import Event, GapSeen, HoldEnded, HoldStarted, Landed, Scored, Settled, Unsteady
from surefoot.landing import Landing
from surefoot.landing_sets import LandedSet, SetLog, counted, key
from surefoot.samples import G0_MS2, Array, DrillSpec, Score
from surefoot.snapshot import HoldLive, LandingLive, Sensor, Snapshot
from surefoot.sway import Sway
from surefoot.tui.app import Surefoot

RATE_HZ = 100.0
MG = G0_MS2 / 1000
RING_MS2 = 50 * MG / 3
HOLD = DrillSpec("hold", "left", "open", "firm", "none")
DROP = DrillSpec("drop", "left", "open", "firm", "none", height_cm=20.0, count=12)

Trial = tuple[HoldEnded, Scored]
LandingRow = tuple[Landed, Scored, Settled | None]


class VirtualClock:
    """The test owns time."""

    def __init__(self) -> None:
        self.t_s = 1000.0

    def now_s(self) -> float:
        return self.t_s

    def advance(self, dt_s: float) -> None:
        self.t_s += dt_s


def trace_rows(
    seconds: float, rate_hz: float = RATE_HZ, seed: int = 7, gaps: Sequence[tuple[float, float]] = ()
) -> Array:
    """(n, 6) rows of TRACE_COLUMNS: a wandering dot, sway of some 20 mg, sensor noise; nothing within gaps."""
    n = round(seconds * rate_hz)
    t = np.arange(n) / rate_hz
    rng = np.random.default_rng(seed)
    rows = np.empty((n, 6))
    rows[:, 0] = t
    slow = [(0.11, 0.4), (0.27, 1.9), (0.83, 0.7), (1.31, 2.2)]
    for column, shift in ((1, 0.0), (2, 1.3)):
        waves = sum(a * np.sin(2 * np.pi * f * t + p + shift) for a, (f, p) in zip((9, 8, 5, 3), slow, strict=True))
        rows[:, column] = waves * MG * (0.8 + 0.5 * np.sin(2 * np.pi * t / 23))
    rows[:, 3:5] = -1.1 * rows[:, 1:3] + rng.normal(0, 2.5 * MG, (n, 2))
    rows[:, 5] = G0_MS2 + rng.normal(0, 5 * MG, n) + 6 * MG * np.sin(2 * np.pi * 0.25 * t)
    keep = np.ones(n, dtype=bool)
    for start, end in gaps:
        keep &= (t < start) | (t >= end)
    return rows[keep]


def sway(**values: Any) -> Sway:
    """A final result with a few plausible values."""
    fields = {"start_s": 2.0, "end_s": 30.0, "rate_hz": RATE_HZ, "cutoff_hz": 3.5, "rms_h_ms2": 0.11}
    return Sway(**{**fields, "path_rate_h_ms3": 0.62, **values})


def trial(
    number: int,
    end_s: float,
    value: float | None,
    hold_s: float = 30.0,
    reason: str = "target",
    flags: tuple[str, ...] = (),
) -> Trial:
    """An ended hold with its score."""
    ended = HoldEnded(end_s, HOLD, end_s - hold_s, hold_s, reason, (), sway())
    trial_value = None if value is None else value * min(1.0, hold_s / 30)
    return ended, Scored(end_s, "trial", number, Score(value, "steadiness/1", flags), trial_value)


def landing(
    number: int,
    t_s: float,
    value: float | None,
    peak_g: float,
    settled: Settled | None = None,
    flags: tuple[str, ...] = (),
) -> LandingRow:
    """A landing with its score."""
    result = Landing(
        contact_s=t_s,
        flight_s=0.2,
        impact_speed_mps=1.98,
        speed_from="box",
        peak_g=peak_g,
        net_peak_ms2=(peak_g - 1) * G0_MS2,
        time_to_peak_ms=30 + 4.0 * number,
        tau_ms=70.0,
        stop_cm=7.0,
        stop50_frac=0.2,
        momentum_ratio=1.1,
        jerk20_gs=60.0,
        flags=flags,
    )
    landed = Landed(t_s, number, DROP, result)
    return landed, Scored(t_s, "landing", number, Score(value, "softness/1", flags)), settled


def landings() -> tuple[LandingRow, ...]:
    """Eight landings of a set of twelve, with every kind of flag."""
    values = [
        (32.4, 7.2, Settled(8.0, 1, 1.6, True), ("low_rate",)),
        (57.0, 5.1, Settled(14.0, 2, 1.2, True), ()),
        (71.9, 4.2, Settled(20.0, 3, None, False, "not_settled"), ("no_stick",)),
        (44.0, 6.0, Settled(26.0, 4, 1.3, True), ("clipped", "low_rate")),
        (81.0, 3.6, Settled(32.0, 5, 0.9, True), ()),
        (None, 3.4, Settled(38.0, 6, 0.8, True), ("gap",)),
        (76.2, 4.0, Settled(44.0, 7, 0.8, True), ("v_uncertain",)),
        (91.6, 3.1, Settled(50.0, 8, 0.7, True), ()),
    ]
    rows = enumerate(values, start=1)
    return tuple(landing(i, 6.0 * i, value, peak, settled, flags) for i, (value, peak, settled, flags) in rows)


def sets_of(rows: Sequence[LandingRow]) -> tuple[LandedSet, ...]:
    """The set that these landings make."""
    log = SetLog()
    for landed, scored, _ in rows:
        log.add(key(landed.spec, "waist", "polar", RATE_HZ, "softness/1"), counted(landed, scored.score))
    return log.sets


class FakeFeed:
    """A hold that began at `lift_s` of the data, seen at the clock's time; everything can be overridden."""

    def __init__(
        self,
        clock: VirtualClock,
        *,
        start_s: float = 20.0,
        name: str = "Polar H10 0A3BC127",
        spec: DrillSpec = HOLD,
        rows: Array | None = None,
        rate_hz: float = RATE_HZ,
        lift_s: float = 12.0,
        **overrides: Any,
    ) -> None:
        self.clock, self.spec, self.lift_s = clock, spec, lift_s
        self.rows = trace_rows(120.0, rate_hz) if rows is None else rows
        self.sensor = Sensor("s1", name, "waist", rate_hz, "streaming", battery_pct=87)
        self.overrides = overrides
        self.events: list[Event] = []
        self.cues: list[tuple[str, str | None]] = []
        self.finished = False
        self.failure: str | None = None
        self._zero_s = clock.now_s() - start_s
        self._last: Snapshot | None = None

    def snapshot(self) -> Snapshot | None:
        t_s = self.clock.now_s() - self._zero_s
        if self._last is None or self._last.t_s != t_s:
            self._last = self.at(t_s)
        return self._last

    def change(self, **overrides: Any) -> None:
        """Override fields of the snapshots from now on."""
        self.overrides.update(overrides)
        self._last = None

    def at(self, t_s: float) -> Snapshot:
        n = int(np.searchsorted(self.rows[:, 0], t_s, side="right"))
        first = max(0, n - 4000)
        hold: HoldLive | None = None
        air: LandingLive | None = None
        if self.spec.name == "hold":
            held = t_s - self.lift_s
            state = "countdown" if held < 0 else "holding"
            hold = HoldLive(state, -held if held < 0 else None, held if held >= 0 else None, ring_ms2=RING_MS2)
            if held >= 2:
                level = 66 + 9 * float(np.sin(t_s / 3))
                hold = replace(hold, rms_ms2=0.1, path_rate_ms3=0.58 + 0.1 * float(np.sin(t_s)), steadiness=level)
        else:
            air = LandingLive("armed")
        base = Snapshot(
            t_s=t_s,
            spec=self.spec,
            sensor=replace(self.sensor, samples_n=n),
            hold=hold,
            landing=air,
            trials=(),
            landings=(),
            trace=self.rows[first:n],
            first_index=first,
            recording="2031-04-02.jsonl.gz",
        )
        shot = replace(base, **self.overrides)
        return replace(shot, sets=shot.sets or sets_of(shot.landings))

    def drain(self) -> list[Event]:
        events, self.events = self.events, []
        return events

    def cue(self, kind: str, value: str | None = None) -> None:
        self.cues.append((kind, value))


class FakePlayback:
    """A hold of 60 s with everything on its timeline; or a set of landings."""

    title = "2031-04-02 07:41 · Polar H10"

    def __init__(self, spec: DrillSpec = HOLD, duration_s: float = 60.0) -> None:
        self.duration_s, self.complete = duration_s, True
        self.failure: str | None = None
        self.feed = FakeFeed(VirtualClock(), spec=spec, rows=trace_rows(duration_s, gaps=((25.0, 26.5),)), lift_s=6.0)
        ended, self.scored = trial(1, 46.0, 64.4, 40.0, "touch_down")
        self.ended = replace(ended, instabilities=(Unsteady(18.0, "error"),), sway=sway(start_s=8.0, end_s=45.0))
        self.corrected: dict[int, Trial] = {}
        self.said: list[str] = []
        self.exports: list[tuple[float, float]] = []
        self.saved_n = 0
        self.disk_full = False
        self.events: Sequence[Event]
        if spec.name == "hold":
            self.events = (
                HoldStarted(6.0, HOLD),
                Unsteady(18.0, "error"),
                GapSeen(25.0, "s1", 1.5),
                self.ended,
                self.scored,
            )
        else:
            self.events = [event for landed, scored, _ in landings() for event in (landed, scored)]

    def at(self, t_s: float) -> Snapshot | None:
        # like the real one, only every 50 ms
        moment_s = np.floor(min(t_s, self.duration_s) * 20 + 1e-6) / 20
        snapshot = self.feed.at(float(moment_s))
        if snapshot.spec is not None and snapshot.spec.name != "hold":
            rows = tuple(row for row in landings() if row[0].t_s <= moment_s)
            return replace(snapshot, landings=rows, sets=sets_of(rows))
        if moment_s >= 46.0:
            ready = HoldLive("ready", ring_ms2=RING_MS2)
            return replace(snapshot, hold=ready, trials=((self.ended, self.scored),))
        return snapshot

    @property
    def unsaved_n(self) -> int:
        return len(self.said) - self.saved_n

    def correct(self, text: str) -> None:
        """Every correction makes the trial worth five more, and takes its instabilities away."""
        if self.ended.spec.name != "hold" or "@99" in text:
            raise UsageError(f"{text} points at nothing")
        self.said.append(text)
        self._apply()

    def take_back(self) -> str:
        gone = self.said.pop()
        self._apply()
        return gone

    def _apply(self) -> None:
        scored = replace(self.scored, trial_value=(self.scored.trial_value or 0) + 5 * len(self.said))
        fixed = replace(self.ended, instabilities=() if self.said else self.ended.instabilities)
        self.corrected = {1: (fixed, scored)} if self.said else {}

    def save(self) -> Path:
        if self.disk_full:
            raise RecordingError("a.jsonl cannot be written (no space): free some space")
        self.saved_n = len(self.said)
        return Path("/elsewhere/hold_corrected.jsonl.gz")

    def export(self, from_s: float, to_s: float) -> Path:
        if self.disk_full:
            raise RecordingError("a folder cannot be made (no space): free some space")
        self.exports.append((from_s, to_s))
        return Path("/elsewhere/hold_6.0-46.0s")

    def envelope(self, columns: int) -> Array:
        rows = self.feed.rows
        place = np.minimum((rows[:, 0] / self.duration_s * columns).astype(int), columns - 1)
        out = np.zeros(columns)
        np.maximum.at(out, place, np.hypot(rows[:, 3], rows[:, 4]))
        return out


@contextmanager
def terminal(no_color: bool = False, colors: str = "truecolor") -> Iterator[None]:
    """The environment of a known terminal, whatever the one that runs the tests."""
    known = {"TERM": "xterm-256color", "COLORTERM": colors, "LANG": "C.UTF-8"}
    with mock.patch.dict(os.environ, known):
        os.environ.pop("NO_COLOR", None)
        if no_color:
            os.environ["NO_COLOR"] = "1"
        yield


# ------------------------------------------------------------------------------------------------ screens as text


def screen_text(app: App[Any]) -> str:
    """Characters of the screen, then the style runs of each row (`style×length`), then the legend of styles."""
    strips = list(app.screen._compositor.render_strips())  # private in Textual 8; only here
    legend: dict[str, int] = {}
    rows = []
    for strip in strips:
        runs: list[list[int]] = []
        for segment in strip:
            number = legend.setdefault(_looks(segment.style), len(legend))
            if runs and runs[-1][0] == number:
                runs[-1][1] += segment.cell_length
            else:
                runs.append([number, segment.cell_length])
        rows.append(" ".join(f"{number}×{length}" for number, length in runs))
    lines = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
    return "\n".join([*lines, "── runs", *rows, "── styles", *(f"{i} {name}" for name, i in legend.items())]) + "\n"


def _looks(style: Style | None) -> str:
    if style is None:
        return "none"
    plain = Style(color=style.color, bgcolor=style.bgcolor, bold=style.bold, dim=style.dim, reverse=style.reverse)
    return str(plain)


def check_golden(app: App[Any], name: str) -> None:
    """Compare with tests/golden/NAME.txt. UPDATE_GOLDEN=1 rewrites; a missing golden is written and fails once."""
    path = Path(__file__).parent / "golden" / f"{name}.txt"
    found = screen_text(app)
    update = bool(os.environ.get("UPDATE_GOLDEN"))
    if update or not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
        assert update, f"there was no golden: {path.name} is written, look at it"
    assert found == path.read_text(encoding="utf-8")


Scenario = Callable[["Stage", Pilot[None]], Awaitable[None]]


class Stage:
    """An app with its fakes and its clock."""

    def __init__(
        self, screen: str, kind: Callable[..., Surefoot] = Surefoot, spec: DrillSpec | None = None, **overrides: Any
    ) -> None:
        self.clock = VirtualClock()
        self.feed: FakeFeed | None = None
        self.playback: FakePlayback | None = None
        if screen == "replay":
            self.playback = FakePlayback(spec or HOLD)
        else:
            if screen == "landings":
                overrides = {"landings": landings(), **overrides}
            self.feed = FakeFeed(self.clock, spec=spec or (DROP if screen == "landings" else HOLD), **overrides)
        self.app = kind(self.feed, self.playback, first_screen=screen, clock=self.clock)

    @property
    def live(self) -> FakeFeed:
        assert self.feed is not None
        return self.feed

    def text(self) -> str:
        """The characters on the screen."""
        return screen_text(self.app).split("── runs")[0]

    async def frames(self, pilot: Pilot[None], *steps_s: float) -> None:
        """Move the clock and draw, for each step."""
        for step_s in steps_s:
            self.clock.advance(step_s)
            self.app.frame()
            await pilot.pause()


def act(stage: Callable[[], Stage], scenario: Scenario, size: tuple[int, int] = (120, 40), **env: Any) -> None:
    """Build a stage in a known terminal, let the layout settle, play the scenario."""

    async def go() -> None:
        made = stage()
        async with made.app.run_test(size=size) as pilot:
            for _ in range(3):
                await pilot.pause()
            await scenario(made, pilot)

    with terminal(**env):
        asyncio.run(go())
