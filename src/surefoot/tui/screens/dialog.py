"""What every question over a screen has in common."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """Answered once: a key that bounces, or a paste that ends in two newlines, must not close what is below it."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Hand back the answer."""
        return super().dismiss(result) if self.is_current else AwaitComplete()
