"""Earlier sessions, and tables of other apps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.binding import Binding

from surefoot.tui.ports import Kept
from surefoot.tui.scene import Scene
from surefoot.tui.screens.field import FieldDialog
from surefoot.tui.screens.step import Step, step_keys
from surefoot.tui.widgets.rows import Row, told
from surefoot.tui.words import Part, clean

PATH_N = 4096  # characters: no system takes longer paths


class RecordingsScreen(Step):
    """The newest first; `p` takes a path."""

    BINDINGS: ClassVar[list[Any]] = step_keys("Open", Binding("p", "path", "Path", id="path"))
    DOING = "recordings"
    ABOUT = (
        "The newest 20 of the folder recordings in your data folder, which surefoot doctor names. A number opens that "
        "one. p takes any path, also of a table (.csv)."
    )

    def __init__(self) -> None:
        super().__init__()
        self._typed = ""

    def hints(self, scene: Scene) -> Sequence[str | tuple[str, str]]:
        """Nothing can be opened where nothing is."""
        return [*(["go"] if self.host.way.kept else []), "path", "back", "help", "quit"]

    def rows(self, scene: Scene, width: int) -> list[Row]:
        """Two lines each."""
        kept = self.host.way.kept
        if kept is None:
            return [told("◔ looking …", "muted", width)]
        if not kept:
            return [told("Nothing was recorded yet. p takes the path of a file elsewhere.", "muted", width)]
        return [_row(one, number) for number, one in enumerate(kept, 1)]

    def go(self) -> None:
        """Open it."""
        if self.menu.at:
            self.host.way.play(self.menu.at)

    def back(self) -> None:
        """To the welcome."""
        self.host.switch_mode("welcome")

    def action_jump(self, number: int) -> None:
        """Open a recording by its number."""
        super().action_jump(number)
        if number <= len(self.menu.names):
            self.action_go()

    def action_path(self) -> None:
        """Ask for a path."""
        how = "A table is imported for this look only; surefoot import keeps it."
        title = "a recording, or another app's table (.csv)"
        self.app.push_screen(
            FieldDialog(title, "opens", self._typed, "~/path/to/a/file", PATH_N, how), self._typed_path
        )

    def _typed_path(self, path: str | None) -> None:
        if path:
            self._typed = path  # a wrong one is mended, not typed again
            self.host.way.play(path)

    def action_back(self) -> None:
        """To the welcome, also while the folder is still read."""
        reading = self.host.way.kept is None
        super().action_back()
        if reading:
            self.back()


def _row(one: Kept, number: int) -> Row:
    jump = str(number) if number < 10 else ""
    first = (Part(f"{jump:1}  ", "accent"), Part(clean(one.title, 70), "strong", True))
    return Row((first, (Part(f"   {clean(one.detail, 120)}", "muted"),)), one.path)
