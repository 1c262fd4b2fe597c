"""A phone as the source of a session: it is asked in a thread of its own, so that no screen and no disk delays it.

source = opened(address("http://192.168.1.23:8080"), "waist", time.monotonic_ns, print)
try:
    …a session on the source…
finally:
    source.close()
"""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Final

from surefoot.samples import Input, Link, Notification
from surefoot.sources.http import Address
from surefoot.sources.phyphox import Left, Phone

POLL_S: Final = 0.25  # a signal to stop is noticed when the waiting thread wakes
JOIN_S: Final = 4.0  # a question takes 2 s at most and the last one 1 s; a name that nobody knows may take longer


class PhoneSource:
    """A phone, asked already. Made by `opened` or `opening`."""

    live = True

    def __init__(self, where: Address, placement: str, now_ns: Callable[[], int], say: Callable[[str], None]) -> None:
        self.header: dict[str, Any] = {"sources": {}, "drill": None}
        self.opened: Future[PhoneSource] = Future()
        self._now_ns, self._say = now_ns, say
        self._leaving = threading.Event()
        self._lock = threading.Lock()
        self._early: list[Input] = []
        self._begun: list[Input] = []  # what a decoder must have heard of this connection
        self._attached = False
        self._put: Callable[[Input], None] = self._early.append
        self._ended: Callable[[Exception | None], None] = lambda error: None
        self._over: tuple[Exception | None] | None = None
        self._phone = Phone(
            where, now_ns=now_ns, wait=self._leaving.wait, put=self._take, placement=placement, say=self._tell
        )
        # a daemon: `close` waits for it, but a name server that hangs must not keep the program from ending
        self.thread = threading.Thread(target=self._run, name="surefoot phone", daemon=True)

    @property
    def where(self) -> Address:
        """With the port at which it answered."""
        return self._phone.where

    @property
    def trouble(self) -> tuple[str, ...]:
        """What is wrong with the phone now, a sentence; from any thread."""
        trouble = self._phone.trouble
        return () if trouble is None else (trouble,)

    def attach(self, put: Callable[[Input], None], ended: Callable[[Exception | None], None]) -> None:
        """From now on call `put` with each input, first those that came before; `ended` when none will come any more.

        A second session takes over from the first: it begins with the connection as it is (its answers, stamped now),
        and the first one hears nothing more. Where the phone has measured for long, it begins anew for it.
        """
        with self._lock:
            if self._attached:
                now_ns = self._now_ns()
                self._early = [replace(item, host_ns=now_ns) for item in self._begun]
            for item in self._early:
                put(item)
            self._early.clear()
            self._put, self._ended, self._attached = put, ended, True
            if self._over is not None:
                ended(*self._over)
        self._phone.renew = True

    def quiet(self) -> None:
        """Say nothing more: a screen shows `trouble`."""
        self._say = lambda text: None

    def give_up(self) -> None:
        """As `close`, without waiting for it."""
        self._leaving.set()

    def close(self) -> None:
        """Let the phone rest, and end the thread."""
        self._leaving.set()
        if self.thread.is_alive():
            self.thread.join(JOIN_S)

    # ------------------------------------------------------------------ in the phone's thread

    def _run(self) -> None:
        error: Exception | None = None
        try:
            self._open_and_run()
        except Left:
            pass
        except Exception as e:  # also a bug of ours: the session says so
            error = e
        with self._lock:
            self._over = (error,)
            self._ended(error)

    def _open_and_run(self) -> None:
        try:
            self.header["sources"]["s1"] = self._phone.open()
        except Exception as e:
            if self.opened.set_running_or_notify_cancel():
                self.opened.set_exception(e)
            return
        if not self.opened.set_running_or_notify_cancel():
            self._phone.close()
            return
        self.opened.set_result(self)
        self._phone.run()

    def _tell(self, text: str) -> None:
        self._say(text)

    def _take(self, item: Input) -> None:
        """Hand it over, and remember how this connection began, for a session that comes later."""
        with self._lock:
            if isinstance(item, Link):
                if item.state == "connected":
                    self._begun.clear()
                self._begun.append(item)
            elif isinstance(item, Notification) and item.stream != "imu":
                self._begun.append(item)
            self._put(item)


def opening(
    where: Address, placement: str, now_ns: Callable[[], int], say: Callable[[str], None]
) -> Future[PhoneSource]:
    """Ask a phone until it streams, without waiting; cancel it to give up: nothing is left open then.

    The future raises LinkError and DeviceError, with the remedy.
    """
    source = PhoneSource(where, placement, now_ns, say)
    source.opened.add_done_callback(lambda opened: source.give_up() if opened.cancelled() else None)
    source.thread.start()
    return source.opened


def opened(
    where: Address,
    placement: str,
    now_ns: Callable[[], int],
    say: Callable[[str], None],
    check: Callable[[], None] = lambda: None,
) -> PhoneSource:
    """The same, waiting for it. `check`: called now and then; what it raises gives up.

    Raises:
        LinkError, DeviceError: with the remedy.
    """
    source = PhoneSource(where, placement, now_ns, say)
    source.thread.start()
    try:
        while not source.opened.done():
            concurrent.futures.wait([source.opened], POLL_S)
            check()
        return source.opened.result()
    except BaseException:
        source.close()
        raise
