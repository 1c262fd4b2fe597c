"""Make the pictures of the documentation: the program's own screens on the fixtures, as SVG.

python docs/picture.py
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from surefoot.events import Event
from surefoot.playback import Playback
from surefoot.results import plan
from surefoot.snapshot import Snapshot
from surefoot.tui.app import Surefoot

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


def film(name: str) -> Playback:
    """A loaded fixture."""
    playback = Playback(plan(FIXTURES / f"{name}.jsonl.gz"), name)
    playback.load()
    return playback


async def picture(name: str, app: Surefoot, clock: Still, seek_s: float = 0.0) -> None:
    """Draw one screen and save it, without links to fonts elsewhere."""
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.frame()
        app.playhead.seek(seek_s)
        for _ in range(12):
            clock.at_s += 0.05
            app.frame()
            await pilot.pause()
        svg = re.sub(r"@font-face \{.*?\}", "", app.export_screenshot(title="surefoot"), flags=re.DOTALL)
        (HERE / f"{name}.svg").write_text(svg, encoding="utf-8")


def main() -> None:
    """All pictures."""
    stand, drops = film("touch_down"), film("drops_soft")
    clock = Still()
    asyncio.run(picture("stand", Surefoot(Moment(stand, 18.0), None, first_screen="stand", clock=clock), clock))
    asyncio.run(picture("landings", Surefoot(Moment(drops, 24.0), None, first_screen="landings", clock=clock), clock))
    replay = Surefoot(None, stand, first_screen="replay", clock=clock)
    asyncio.run(picture("replay", replay, clock, 15.0))


if __name__ == "__main__":
    main()
