"""Make the pictures of the documentation: the program's own screens on the fixtures, as SVG.

python docs/picture.py
"""

from __future__ import annotations

import asyncio
import html
import re
from pathlib import Path
from typing import Any

from surefoot.events import Event
from surefoot.playback import Playback
from surefoot.remembered import Memory
from surefoot.results import plan
from surefoot.snapshot import Snapshot
from surefoot.tui.app import Surefoot
from surefoot.tui.ports import Look, Offer

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures" / "polar"
SIZE = (120, 40)


class Still:
    """A clock that stands."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def now_s(self) -> float:
        """Seconds."""
        return self.at_s


class Moment:
    """A recording held at one moment, as a feed."""

    finished = False
    failure = None

    def __init__(self, playback: Playback, t_s: float) -> None:
        self._playback, self._t_s = playback, t_s

    def snapshot(self) -> Snapshot | None:
        """The snapshot of that moment."""
        return self._playback.at(self._t_s)

    def drain(self) -> list[Event]:
        """Nothing happens."""
        return []

    def cue(self, kind: str, value: str | None = None) -> None:
        """Nobody listens."""


class Doorstep:
    """Three sensors in reach, as a home."""

    memory = Memory()
    note = saved = None

    def look(self) -> Look:
        """They do not change."""
        strap = Offer("1", "Polar H10 0A3BC127", "Polar H10", "sway and landings", -58, 87, known=True)
        dot = Offer("2", "Xsens DOT", "Movella DOT", "sway only: 60 Hz", -74, 61)
        return Look((strap, dot, Offer("3", "Movesense 23", "Movesense", "sway and landings", taken=True)), True)


def film(name: str) -> Playback:
    """A loaded fixture."""
    playback = Playback(plan(FIXTURES / f"{name}.jsonl.gz"), name)
    playback.load()
    return playback


CELL_W, CELL_H, ASCENT = 12.2, 24.4, 18.5  # of Textual's screenshots: a cell, and its baseline below its top
TEXT = re.compile(
    r'<text class="([^"]+)" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+" clip-path="([^"]+)">([^<]*)</text>'
)
BLOCKS = {"█": (0, 1), "▀": (0, 0.5), "▄": (0.5, 0.5)}
"""Block → where it begins and how tall it is, as shares of the cell."""
BRAILLE_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""Column and row of each bit of U+2800 + bits."""


def drawn(svg: str) -> str:
    """The screenshot with its dots and blocks as shapes, and without links to fonts elsewhere: many fonts lack them."""
    return TEXT.sub(_shapes, re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL))


def _shapes(found: re.Match[str]) -> str:
    style, x, y, clip, text = found[1], float(found[2]), float(found[3]), found[4], html.unescape(found[5])
    boxes = []
    for k, glyph in enumerate(text):
        left, top = x + k * CELL_W, y - ASCENT
        if glyph in BLOCKS:
            begin, height = BLOCKS[glyph]
            boxes.append((left, top + begin * CELL_H, CELL_W + 0.2, height * CELL_H + 0.2))
        elif 0x2800 < ord(glyph) < 0x2900:
            dots = [place for bit, place in enumerate(BRAILLE_DOTS) if ord(glyph) >> bit & 1]
            boxes += [(left + (c + 0.25) * CELL_W / 2, top + (r + 0.25) * CELL_H / 4, 3.2, 3.2) for c, r in dots]
    if not boxes:
        return found[0]
    path = "".join(f"M{a:.1f} {b:.1f}h{w:.1f}v{h:.1f}h-{w:.1f}z" for a, b, w, h in boxes)
    rest = "".join("\u00a0" if glyph in BLOCKS or 0x2800 <= ord(glyph) < 0x2900 else glyph for glyph in text)
    shape = f'<path class="{style}" clip-path="{clip}" d="{path}"/>'
    if not rest.strip():
        return shape
    length = len(rest) * CELL_W
    words = html.escape(rest)
    return f'{shape}<text class="{style}" x="{x}" y="{y}" textLength="{length:.1f}" clip-path="{clip}">{words}</text>'


async def picture(name: str, app: Surefoot, clock: Still, seek_s: float = 0.0, size: tuple[int, int] = SIZE) -> None:
    """Draw one screen and save it, without links to fonts elsewhere."""
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.frame()
        app.playhead.seek(seek_s)
        for _ in range(12):
            clock.at_s += 0.05
            app.frame()
            await pilot.pause()
        (HERE / f"{name}.svg").write_text(drawn(app.export_screenshot(title="surefoot")), encoding="utf-8")


def main() -> None:
    """All pictures."""
    stand, drops = film("touch_down"), film("drops_soft")
    clock = Still()
    asyncio.run(picture("stand", Surefoot(Moment(stand, 18.0), None, first_screen="stand", clock=clock), clock))
    asyncio.run(picture("landings", Surefoot(Moment(drops, 24.0), None, first_screen="landings", clock=clock), clock))
    replay = Surefoot(None, stand, first_screen="replay", clock=clock)
    asyncio.run(picture("replay", replay, clock, 15.0))
    welcome: Any = Doorstep()
    app = Surefoot(None, None, first_screen="welcome", clock=clock, home=welcome)
    asyncio.run(picture("welcome", app, clock, size=(100, 20)))


if __name__ == "__main__":
    main()
