"""Keys as typed lines, for people and programs without a screen.

The file descriptor is read directly: a thread that sleeps inside `sys.stdin` would hold its lock when the program ends.
"""

from __future__ import annotations

import os
import select
import stat
import threading
from collections.abc import Callable
from typing import Final

POLL_S: Final = 0.25
LONGEST: Final = 1000  # characters of a line; what goes on longer was not typed


def has_lines(fd: int) -> bool:
    """Whether somebody may type there: a terminal that is ours to read, a pipe, a socket or a file; not /dev/null."""
    try:
        if os.isatty(fd):
            return os.tcgetpgrp(fd) == os.getpgrp()  # in the background, reading would stop the program
        mode = os.fstat(fd).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def listen(fd: int, hear: Callable[[str], None], over: threading.Event) -> threading.Thread:
    """Call `hear` with each line until the end of the file, or until `over` is set. Returns the running thread."""
    thread = threading.Thread(target=_read, args=(fd, hear, over), name="surefoot keys", daemon=True)
    thread.start()
    return thread


def _read(fd: int, hear: Callable[[str], None], over: threading.Event) -> None:
    rest = b""
    while not over.is_set():
        try:
            if not select.select([fd], [], [], POLL_S)[0]:
                continue
            more = os.read(fd, 4096)
        except (OSError, ValueError):  # a stream that the system cannot wait for: no keys
            return
        *lines, rest = (rest + more).split(b"\n")
        for line in lines if more else [rest]:
            if not over.is_set():
                hear(line[:LONGEST].decode("utf-8", "replace").strip())
        if not more:
            return
        rest = rest[-LONGEST:]
