"""Keys as typed lines, for people and programs without a screen.

The file descriptor is read directly: a thread that sleeps inside `sys.stdin` would hold its lock when the program ends.
"""

from __future__ import annotations

import os
import select
import stat
import threading
import time
from collections.abc import Callable
from typing import Final

POLL_S: Final = 0.25
LINES_PER_S: Final = 20  # nobody types five, a program may say a trial's keys at once; each costs the session 0.2 ms
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


class Pace:
    """So many lines a second; a flood must not keep a sensor from being heard.

    Args:
        now_s: monotonic.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s, self._from_s, self._lines_n = now_s, now_s(), 0

    def takes(self) -> bool:
        """Whether one more line may be heard now."""
        now_s = self._now_s()
        if now_s - self._from_s >= 1.0:
            self._from_s, self._lines_n = now_s, 0
        self._lines_n += 1
        return self._lines_n <= LINES_PER_S


def listen(
    fd: int, hear: Callable[[str], None], over: threading.Event, flooded: Callable[[], None] = lambda: None
) -> threading.Thread:
    """Call `hear` with each line until the end of the file, or until `over` is set. Returns the running thread.

    Lines beyond LINES_PER_S are dropped; `flooded` is called once, with the first of them.
    """
    thread = threading.Thread(target=_read, args=(fd, hear, over, flooded), name="surefoot keys", daemon=True)
    thread.start()
    return thread


def _read(fd: int, hear: Callable[[str], None], over: threading.Event, flooded: Callable[[], None]) -> None:
    rest, pace, told = b"", Pace(), False
    while not over.is_set():
        try:
            if not select.select([fd], [], [], POLL_S)[0]:
                continue
            more = os.read(fd, 4096)
        except (OSError, ValueError):  # a stream that the system cannot wait for: no keys
            return
        *lines, rest = (rest + more).split(b"\n")
        dropped = False
        for line in lines if more else [rest]:
            if over.is_set():
                return
            if pace.takes():
                hear(line[:LONGEST].decode("utf-8", "replace").strip())
            else:
                dropped = True
        if dropped and not told:
            told = True
            flooded()
        if not more:
            return
        rest = rest[-LONGEST:]
        if dropped:
            over.wait(POLL_S)  # reading on at once would take the computer's time from the session
