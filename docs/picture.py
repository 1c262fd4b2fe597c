"""Make the pictures of the documentation: every screen of the program, on what its own simulated runner did.

python docs/picture.py [NAME …]

Each is an SVG that a browser or `rsvg-convert` turns into PNG. Colours are asked for by name, so that the pictures do
not depend on the terminal that they are made in.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.update(COLORTERM="truecolor", TERM="xterm-256color")
os.environ.pop("NO_COLOR", None)

from textual.pilot import Pilot

from surefoot.debrief import Past, newest
from surefoot.events import Event
from surefoot.plan import plan
from surefoot.playback import Playback
from surefoot.recorder import Recorder
from surefoot.remembered import Memory
from surefoot.samples import DrillSpec
from surefoot.session import Session
from surefoot.snapshot import Snapshot
from surefoot.sources.demo import DemoSource
from surefoot.tui.app import Surefoot
from surefoot.tui.ports import Kept, Look, Offer
from surefoot.tui.screens.summary import SummaryScreen

HERE = Path(__file__).parent
WIDE, SMALL = (120, 40), (80, 24)
HOLD = DrillSpec("hold", "left", "open", "firm", "none", target_s=20.0)
DROP = DrillSpec("drop", "both", "open", "firm", "none", height_cm=20.0, count=8)
STRAP = Offer("1", "Polar H10 0A3BC127", "Polar H10", "sway and landings", -58, 87, known=True)
KEPT = (
    Kept("c", "2031-04-02 07:41 · stand left · 1:46", "Polar H10 0A3BC127 · 2031-04-02_074100_hold_left.jsonl.gz"),
    Kept("b", "2031-04-01 18:12 · drop both · 1:03", "Polar H10 0A3BC127 · 2031-04-01_181230_drop_both.jsonl.gz"),
    Kept("a", "2031-03-30 08:05 · stand right · 2:10", "Movesense 23 · 2031-03-30_080533_hold_right.jsonl.gz"),
)


class Still:
    """A clock that stands."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def now_s(self) -> float:
        """Seconds."""
        return self.at_s


class Moment:
    """A recording held at one moment, as a feed; `changes` to its snapshot."""

    finished = False
    failure = None

    def __init__(self, film: Playback, t_s: float, **changes: Any) -> None:
        self._film, self._t_s, self._changes = film, t_s, changes

    def snapshot(self) -> Snapshot | None:
        """The snapshot of that moment, as if it had just come."""
        shot = self._film.at(self._t_s)
        return None if shot is None else replace(shot, **self._changes)

    def drain(self) -> list[Event]:
        """Nothing happens."""
        return []

    def cue(self, kind: str, value: str | None = None) -> None:
        """Nobody listens."""


class Done:
    """Work that is done."""

    said, done, failure = "", True, None

    def __init__(self, result: Any) -> None:
        self.result = result

    def cancel(self) -> None:
        """Too late."""


class Doorstep:
    """Three sensors in reach and three recordings, as a home."""

    memory = Memory()
    note = saved = None

    def __init__(self, checked: Moment | None = None) -> None:
        self._checked = checked

    def look(self) -> Look:
        """They do not change."""
        dot = Offer("2", "Xsens DOT", "Movella DOT", "sway only: 60 Hz", -74, 61)
        return Look((STRAP, dot, Offer("3", "Movesense 23", "Movesense", "sway and landings", taken=True)), True)

    def connect(self, offer: Offer) -> Done:
        """It streams already."""
        return Done(self._checked)

    def recordings(self) -> Done:
        """They are all there."""
        return Done(KEPT)


# ------------------------------------------------------------------------------------------- what was done


def film(folder: Path, spec: DrillSpec, sets: int) -> Playback:
    """What the simulated runner did, recorded and loaded; the sensor's name is that of the welcome's first."""
    source = DemoSource(spec, sets=sets)
    recorder = Recorder.create(folder / f"{spec.name}.jsonl", {"created": None, **source.header})
    session = Session(source, recorder)
    session.run()
    assert session.saved is not None
    playback = Playback(plan(session.saved), f"{spec.name}, simulated")
    playback.load()
    return playback


# ------------------------------------------------------------------------------------------- drawing

CELL_W, CELL_H, ASCENT = 12.2, 24.4, 18.5  # of Textual's screenshots: a cell, and its baseline below its top
TEXT = re.compile(
    r'<text class="([^"]+)" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+" clip-path="([^"]+)">([^<]*)</text>'
)
NO_BREAK = "\u00a0"
EIGHTHS = "▁▂▃▄▅▆▇"
BLOCKS = {"█": (0, 1), "▀": (0, 0.5), **{glyph: (1 - k / 8, k / 8) for k, glyph in enumerate(EIGHTHS, start=1)}}
"""Block → where it begins and how tall it is, as shares of the cell."""
BRAILLE_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""Column and row of each bit of U+2800 + bits."""


PIECE = re.compile(r"[\u0020-\u024f]+|[\u2500-\u257f]+|.")
"""Letters, lines, single signs: one that a font lacks comes from another, whose width would move its neighbours."""


def drawn(svg: str) -> str:
    """The screenshot with dots and blocks as shapes, every sign in its cell, and without links to fonts elsewhere."""
    return TEXT.sub(_shapes, re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL))


def _shapes(found: re.Match[str]) -> str:
    style, x, y, clip, text = found[1], float(found[2]), float(found[3]), found[4], html.unescape(found[5])
    boxes = []
    for k, glyph in enumerate(text):
        left, top = x + k * CELL_W, y - ASCENT
        if glyph in BLOCKS:
            begin, height = BLOCKS[glyph]
            boxes.append((left, top + begin * CELL_H, CELL_W + 0.5, height * CELL_H + 0.8))  # no seams
        elif 0x2800 < ord(glyph) < 0x2900:
            dots = [place for bit, place in enumerate(BRAILLE_DOTS) if ord(glyph) >> bit & 1]
            boxes += [(left + (c + 0.25) * CELL_W / 2, top + (r + 0.25) * CELL_H / 4, 3.2, 3.2) for c, r in dots]
    path = "".join(f"M{a:.1f} {b:.1f}h{w:.1f}v{h:.1f}h-{w:.1f}z" for a, b, w, h in boxes)
    shape = f'<path class="{style}" clip-path="{clip}" d="{path}"/>' if boxes else ""
    bare = "".join(
        " " if glyph in BLOCKS or glyph == NO_BREAK or 0x2800 <= ord(glyph) < 0x2900 else glyph for glyph in text
    )
    words = ""
    for piece in PIECE.finditer(bare):
        if said := piece[0].strip():
            left = x + (piece.start() + piece[0].index(said)) * CELL_W
            place = f'x="{left:.1f}" y="{y}" textLength="{len(said) * CELL_W:.1f}" clip-path="{clip}"'
            words += f'<text class="{style}" {place}>{html.escape(said).replace(" ", NO_BREAK)}</text>'
    return shape + words


Act = Callable[[Pilot[None], Surefoot], Awaitable[None]]


def keys(*pressed: str) -> Act:
    """Press these, with a frame after each."""

    async def act(pilot: Pilot[None], app: Surefoot) -> None:
        for key in pressed:
            await pilot.press(key)
            await turn(pilot, app)

    return act


def seek(t_s: float, *pressed: str) -> Act:
    """Go to this moment of the recording, then press these."""

    async def act(pilot: Pilot[None], app: Surefoot) -> None:
        app.playhead.seek(t_s)
        await turn(pilot, app)
        await keys(*pressed)(pilot, app)

    return act


def summary(*pressed: str) -> Act:
    """The summary of what has just ended, in a first session."""

    async def act(pilot: Pilot[None], app: Surefoot) -> None:
        await app.push_screen(SummaryScreen(lambda shot: newest(shot, Past())))
        await turn(pilot, app)
        await keys(*pressed)(pilot, app)

    return act


async def turn(pilot: Pilot[None], app: Surefoot) -> None:
    """Frames until a switched screen is up and its trail is drawn."""
    for _ in range(12):
        assert isinstance(app.clock, Still)
        app.clock.at_s += 0.05
        app.frame()
        await pilot.pause()


async def picture(name: str, app: Surefoot, size: tuple[int, int], act: Act) -> None:
    """Draw one screen and save it."""
    async with app.run_test(size=size) as pilot:
        await turn(pilot, app)
        await act(pilot, app)
        (HERE / f"{name}.svg").write_text(drawn(app.export_screenshot(title="surefoot")), encoding="utf-8")


def main(wanted: list[str]) -> None:
    """All pictures, or those that are named."""
    with tempfile.TemporaryDirectory() as folder:
        stand, drops = film(Path(folder), HOLD, 3), film(Path(folder), DROP, 8)
    ends = [event.t_s for event in stand.events if type(event).__name__ == "HoldEnded"]

    def live(what: Playback, t_s: float, **changes: Any) -> Surefoot:
        screen = "stand" if what is stand else "landings"
        return Surefoot(Moment(what, t_s, **changes), None, first_screen=screen, clock=Still())

    def back(what: Playback) -> Surefoot:
        return Surefoot(None, what, first_screen="replay", clock=Still())

    def home(checked: Moment | None = None) -> Surefoot:
        doorstep: Any = Doorstep(checked)
        return Surefoot(None, None, first_screen="welcome", clock=Still(), home=doorstep)

    calm = Moment(stand, 4.0, spec=None, hold=None, trials=())
    during, after = ends[1] - 6.0, ends[1] + 0.5
    table: dict[str, tuple[Surefoot, tuple[int, int], Act]] = {
        "welcome": (home(), (100, 24), keys()),
        "check": (home(calm), (100, 24), keys("enter")),
        "setup": (home(calm), (100, 24), keys("enter", "enter")),
        "recordings": (home(), (100, 24), keys("o")),
        "stand": (live(stand, during), WIDE, keys()),
        "stand_small": (live(stand, during), SMALL, keys()),
        "landings": (live(drops, 40.0), WIDE, keys()),
        "landings_small": (live(drops, 40.0), SMALL, keys()),
        "summary": (live(stand, after), (100, 30), summary()),
        "set_summary": (live(drops, drops.duration_s), (100, 30), summary()),
        "replay": (back(stand), WIDE, seek(during, "space")),
        "replay_landings": (back(drops), WIDE, seek(40.0, "space")),
        "correct": (back(stand), SMALL, seek(ends[2] - 1.0, "space", "c")),
        "discomfort": (live(stand, after), SMALL, summary("p")),
        "help": (live(stand, during), SMALL, keys("question_mark")),
        "metronome": (live(stand, during), SMALL, keys("b")),
    }
    for name, (app, size, act) in table.items():
        if not wanted or name in wanted:
            asyncio.run(picture(name, app, size, act))


if __name__ == "__main__":
    main(sys.argv[1:])
