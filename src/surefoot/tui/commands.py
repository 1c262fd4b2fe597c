"""The keys of a screen where they are listed: in its help, and as entries of the command palette."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.events import Resize

if TYPE_CHECKING:
    from surefoot.tui.app import Surefoot

SECOND_OF_PAIR = ("down", "right", "forward", "forward5", "sample_forward", "end", "faster", "previous_event")
"""Keys whose other half already shows both in the help and the footer."""


def keys_of(app: Surefoot) -> list[tuple[str, str]]:
    """Each key of the app's screen with what it does, for the help; without those that lead nowhere now."""
    bindings = [active.binding for active in app.screen.active_bindings.values() if active.binding.id]
    keys = [
        (app.get_key_display(binding), binding.description)
        for binding in bindings
        if (binding.id not in app.MODES or binding.id in app.modes())
        and binding.description
        and binding.id not in SECOND_OF_PAIR
        and (binding.id != "step_back" or app.way.leads_back)
    ]
    return list(dict.fromkeys(keys))


LEAST_ROWS = 10
"""Of a screen with a list of commands: its field takes five, with their air."""


class Palette(CommandPalette):
    """Textual's, but a second enter in the same moment does not close what is below it."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Once."""
        return super().dismiss(result) if self.is_current else AwaitComplete()

    def on_resize(self, event: Resize) -> None:
        """It goes where it has no room: a page of no rows cannot be turned."""
        if event.size.height < LEAST_ROWS:
            self.dismiss()


class KeyCommands(Provider):
    """The named bindings of the screen below the palette: what `?` lists can be searched."""

    def _bindings(self) -> Iterator[Binding]:
        mine = [one.binding for one in self.screen.active_bindings.values() if one.node is self.screen]
        yield from {
            binding.action: binding for binding in reversed(mine) if binding.id and binding.description
        }.values()  # two keys, one entry

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for binding in self._bindings():
            yield DiscoveryHit(
                binding.description, partial(self.screen.run_action, binding.action), help=self._key(binding)
            )

    async def search(self, query: str) -> Hits:
        """Those whose words fit."""
        matcher = self.matcher(query)
        for binding in self._bindings():
            score = matcher.match(binding.description)
            if score > 0:
                words, run = matcher.highlight(binding.description), partial(self.screen.run_action, binding.action)
                yield Hit(score, words, run, text=binding.description, help=self._key(binding))

    def _key(self, binding: Binding) -> str:
        return f"key {self.app.get_key_display(binding)}"
