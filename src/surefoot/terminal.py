"""Whether a person sits at a terminal."""

from __future__ import annotations

import sys


def on_a_terminal() -> bool:
    """All three streams are one; Textual draws on the last."""
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()
