"""surefoot as a process, with a strap in the virtual air: `python -m radio.program FOLDER ARGUMENTS…`

Real threads, real time, the real commands; only Bluetooth is virtual. What was written to the strap is left in
`writes.txt` of the folder, one line each; a file `absent` there means that no strap is near, `deaf` that it answers
nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from radio.devices.polar import Polar
from radio.sitting import chunks, motion
from radio.world import world
from surefoot.cli import run
from surefoot.sources import radio
from surefoot.sources.ble import Bluetooth
from surefoot.sources.connection import Found

FOLDER = Path(sys.argv[1])
FIND_S = 1.0
"""Long enough for a strap that advertises ten times a second."""


class Near(Bluetooth):
    """The computer's Bluetooth, in a world that is made when it is first used."""

    def __init__(self, own: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(own)
        self._stack = contextlib.AsyncExitStack()
        self._made = False

    async def _make(self) -> None:
        if self._made:
            return
        self._made = True
        here = await self._stack.enter_async_context(world())
        if (FOLDER / "absent").exists():
            return
        strap = await here.add(Polar("h10"))

        def written(_uuid: str, payload: bytes) -> None:
            with (FOLDER / "writes.txt").open("a") as file:
                file.write(payload.hex() + "\n")

        strap.on_write = written
        if (FOLDER / "deaf").exists():
            strap.device.write = lambda characteristic, payload: []  # type: ignore[method-assign]
        self._play = asyncio.ensure_future(strap.play(chunks(motion(200, 60), 18)))

    async def scan(self, seconds: float, unknown: bool = False) -> list[Found]:
        await self._make()
        return await super().scan(seconds, unknown)

    async def find(self, wanted: str, known: Found | None, seconds: float) -> Found:
        await self._make()
        return await super().find(wanted, known, min(seconds, FIND_S))


if __name__ == "__main__":
    radio.Bluetooth = Near  # type: ignore[attr-defined]
    # bumble warns of commands that were cancelled, and answers them though nobody waits any more
    logging.getLogger("bumble").addHandler(logging.NullHandler())
    logging.getLogger("asyncio").addFilter(lambda record: "Host.on_packet" not in record.getMessage())
    sys.exit(run(sys.argv[2:]))
