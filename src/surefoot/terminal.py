"""The terminal: whether a person sits there, and text that fits its width."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterable
from typing import Final, TextIO

WIDTH: Final = 80  # columns of the narrowest terminal in use
NARROWEST: Final = 20  # below it, wrapping leaves nothing to read


def on_a_terminal() -> bool:
    """All three streams are one; Textual draws on the last."""
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()


def fitted(lines: Iterable[str], width: int = WIDTH) -> list[str]:
    """Lines of at most `width` columns: what is longer goes on below, indented. A long word stays whole."""
    out = []
    for one in lines:
        deeper = " " * (len(one) - len(one.lstrip()) + 4)
        out += textwrap.wrap(one, width, subsequent_indent=deeper, break_long_words=False, break_on_hyphens=False)
    return out


def tell(text: str, out: TextIO | None = None) -> None:
    """Print, by default on stdout. On a terminal no word is broken at its edge; a pipe gets each line as it is."""
    out = out or sys.stdout
    lines = text.splitlines()
    width = _columns(out)
    if width is not None:
        lines = [piece for line in lines for piece in (fitted([line], width) if len(line) > width else [line])]
    print("\n".join(lines), file=out, flush=True)


def _columns(out: TextIO) -> int | None:
    """How wide the terminal is; None for a pipe, a file, or a terminal that does not say."""
    try:
        columns = os.get_terminal_size(out.fileno()).columns if out.isatty() else 0
    except (OSError, ValueError):
        return None
    return max(columns, NARROWEST) if columns else None
