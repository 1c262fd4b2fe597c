"""Every key of a screen as an entry of the command palette too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider


class KeyCommands(Provider):
    """The named bindings of the screen below the palette: what `?` lists can be searched."""

    def _bindings(self) -> Iterator[Binding]:
        mine = [one.binding for one in self.screen.active_bindings.values() if one.node is self.screen]
        yield from {binding.action: binding for binding in reversed(mine) if binding.id}.values()  # two keys, one entry

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
