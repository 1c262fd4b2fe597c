"""Small questions and answers over a screen."""

from __future__ import annotations

import textwrap
from typing import Any, ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from surefoot.tui.correcting import Offer
from surefoot.tui.palette import MUTED, YELLOW
from surefoot.tui.screens.dialog import Dialog
from surefoot.tui.words import clock_text
from surefoot.wording import NOT_MEDICAL

ABOUT_CELLS = 64
"""A dialog has 72 of 80 columns, less its border and air."""
AROUND = 11
"""Columns of a narrow screen that a dialog's margin, border, air and scroll bar take."""
ONE_COLUMN = 10
"""More keys than this go into two columns, else a screen of 24 rows cannot show them all."""


class HelpDialog(Dialog[None]):
    """The keys of a screen, all of them."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("escape,question_mark,q,enter,space", "dismiss", "Close", id="close"),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("down,j", "scroll(1)", show=False),
    ]

    def __init__(self, keys: list[tuple[str, str]], about: str = "") -> None:
        super().__init__()
        self._keys, self._about = keys, about

    def compose(self) -> ComposeResult:
        """One row per key."""
        text, cells = Text(), min(ABOUT_CELLS, max(self.app.size.width - AROUND, 10))
        if self._about:
            text.append(textwrap.fill(self._about, cells) + "\n\n")
        two = len(self._keys) > ONE_COLUMN and cells == ABOUT_CELLS
        half = (len(self._keys) + 1) // 2 if two else len(self._keys)
        for i in range(half):
            for key, what in self._keys[i::half]:
                text.append(f"{key:>9}", f"bold {YELLOW}")
                text.append(f"  {what:<22}" if two else f"  {what}")
            text.append("\n")
        text.append("\n" + textwrap.fill(f"ctrl+p finds all of this by its name. {NOT_MEDICAL}", cells), MUTED)
        with Vertical(classes="dialog") as box:
            box.border_title = "keys"
            box.border_subtitle = "esc closes"
            yield Static(text)

    def action_scroll(self, rows: int) -> None:
        """On a screen that is too small for all of it."""
        self.query_one(Vertical).scroll_relative(y=rows, animate=False)


class LeaveDialog(Dialog[bool]):
    """Asks before a recording or a drill is ended; `then`: what comes after it, in a word or two."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("y,q", "answer(True)", "Yes", id="yes"),
        Binding("n,escape", "answer(False)", "No", id="no"),
    ]

    def __init__(self, then: str = "quit", *, recorded: bool = True) -> None:
        super().__init__()
        self._then, self._recorded = then, recorded

    def compose(self) -> ComposeResult:
        """The question."""
        if self._recorded:
            text = Text(f"This session is being recorded.\nEnd it and {self._then}?  The file is kept.\n\n")
        else:
            text = Text(f"A drill is running.\nStop it and {self._then}?\n\n")
        text.append("   y", f"bold {YELLOW}").append(f"  end and {self._then}      ", "")
        text.append("n", f"bold {YELLOW}").append("  go on      (y or n)", "")
        with Vertical(classes="dialog") as box:
            box.border_title = "● recording" if self._recorded else "▶ running"
            yield Static(text)

    def action_answer(self, yes: bool) -> None:
        """Hand the answer back."""
        self.dismiss(yes)


class DiscomfortDialog(Dialog[int | None]):
    """Asks for a number from 0 to 10; the answer, or None when there is none."""

    BINDINGS: ClassVar[list[Any]] = [
        *(Binding(str(digit), f"type({digit})", str(digit), id=f"told{digit}", show=False) for digit in range(10)),
        Binding("left,down", "move(-1)", "Less", id="less"),
        Binding("right,up", "move(1)", "More", id="more"),
        Binding("enter,space", "take", "Take it", id="take"),
        Binding("escape,q", "dismiss", "No answer", id="no_answer"),
    ]

    def __init__(self, told: int | None = None, *, recorded: bool = True) -> None:
        super().__init__()
        self.value, self._recorded = told or 0, recorded
        self._typed = ""

    def compose(self) -> ComposeResult:
        """The question and the scale."""
        with Vertical(classes="dialog") as box:
            box.border_title = "discomfort, 0 to 10"
            box.border_subtitle = "esc: no answer"
            yield Static(id="scale")

    def on_mount(self) -> None:
        """Show where it stands."""
        self._draw()

    def _draw(self) -> None:
        text = Text("How much did it hurt?  0 not at all, 10 the worst\n\n")
        for value in range(11):
            chosen = value == self.value
            text.append(f"▸{value}◂" if chosen else f" {value} ", f"bold {YELLOW}" if chosen else MUTED)
            text.append(" ")
        text.append("\n\ntype it, or ← →, then enter", f"bold {YELLOW}")
        text.append(" · kept in the recording" if self._recorded else " · for the advice, not kept", MUTED)
        self.query_one("#scale", Static).update(text)

    def action_move(self, step: int) -> None:
        """One less or more."""
        self._put(min(10, max(0, self.value + step)))

    def action_type(self, digit: int) -> None:
        """A digit; a 0 after a 1 is ten."""
        self._put(10 if self._typed == "1" and digit == 0 else digit, str(digit))

    def _put(self, value: int, typed: str = "") -> None:
        self.value, self._typed = value, typed
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """A number of the scale."""
        scale = self.query_one("#scale", Static)
        if event.widget is scale and event.get_content_offset(scale) == (event.x, SCALE_ROW):
            self._put(min(10, event.x // SCALE_CELLS))

    def action_take(self) -> None:
        """What stands there."""
        self.dismiss(self.value)


SCALE_ROW, SCALE_CELLS = 2, 4
"""Where the scale stands in its dialog, and how wide one of its numbers is."""

TAKE_BACK = "take back"


class CorrectDialog(Dialog[str]):
    """What was wrong here: hands back the correction as a cue says it, TAKE_BACK, or None."""

    BINDINGS: ClassVar[list[Any]] = [Binding("escape,c,q", "dismiss(None)", "Close", id="close")]

    def __init__(self, offered: Offer | None, t_s: float, unsaved_n: int) -> None:
        super().__init__()
        self._choices = {} if offered is None else {choice.key: choice for choice in offered.choices}
        self._title = f"trial {offered.number} at {clock_text(t_s, 1)}" if offered else "corrections"
        self._unsaved_n = unsaved_n

    def compose(self) -> ComposeResult:
        """One row per choice."""
        text = Text()
        for choice in self._choices.values():
            text.append(f"{choice.key:>3}", f"bold {YELLOW}").append(f"  {choice.words}\n")
        if self._unsaved_n:
            text.append("  u", f"bold {YELLOW}").append(f"  take back the last of {self._unsaved_n} unsaved\n")
        text.append("\nwhat was found stays in the recording,\nthe corrected values stand beside it", MUTED)
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            box.border_subtitle = "esc closes"
            yield Static(text)

    def on_key(self, event: events.Key) -> None:
        """A choice by its key."""
        if event.key in self._choices:
            event.stop()
            self.dismiss(self._choices[event.key].text)
        elif event.key == "u" and self._unsaved_n:
            event.stop()
            self.dismiss(TAKE_BACK)


class UnsavedDialog(Dialog[str]):
    """Asks before corrections are forgotten: hands back "save", "drop", or None to stay."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("s,y", "dismiss('save')", "Save", id="yes"),
        Binding("d", "dismiss('drop')", "Drop", id="drop"),
        Binding("n,escape,q", "dismiss(None)", "No", id="no"),
    ]

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def compose(self) -> ComposeResult:
        """The question."""
        what = "1 correction is" if self._count == 1 else f"{self._count} corrections are"
        text = Text(f"{what} not saved.\n\n")
        for key, words in (("s", "save as a new recording and quit"), ("d", "drop them and quit"), ("n", "go on")):
            text.append(f"  {key}", f"bold {YELLOW}").append(f"  {words}\n")
        with Vertical(classes="dialog") as box:
            box.border_title = "unsaved"
            yield Static(text)
