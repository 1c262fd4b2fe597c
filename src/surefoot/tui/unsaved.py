"""Corrections of the replayed recording that no file has yet: asked about before they are lost, and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from surefoot.errors import SurefootError
from surefoot.tui.screens.dialogs import UnsavedDialog

if TYPE_CHECKING:
    from surefoot.tui.app import Surefoot


class Unsaved:
    """Of whatever recording the app replays."""

    def __init__(self, host: Surefoot) -> None:
        self._host = host
        self._keeping = asyncio.Lock()

    def before(self, then: Callable[[], None]) -> None:
        """Do what loses them; ask first, where there are any."""
        playback = self._host.playback
        if playback is not None and playback.unsaved_n:
            self._host.push_screen(UnsavedDialog(playback.unsaved_n), partial(self._answered, then))
        else:
            then()

    def _answered(self, then: Callable[[], None], answer: str | None) -> None:
        if answer == "save":
            self._host.run_worker(self.keep(then))
        elif answer == "drop":
            then()

    async def keep(self, then: Callable[[], None] | None = None) -> None:
        """Save them; only when that worked, do what comes then."""
        playback = self._host.playback
        assert playback is not None
        async with self._keeping:  # a second press waits, and finds nothing left to save
            try:
                if playback.unsaved_n:
                    path = await asyncio.to_thread(playback.save)
                    self._host.say(f"saved as {path.name}, beside the recording")
            except SurefootError as e:
                self._host.say(str(e))
                return
        if then is not None:
            then()
