"""A phone's own thread and a session's, in real time: hand-over, leaving, giving up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phone.app import LINEAR, App, serve
from phone.asking import rows, runs
from surefoot.errors import DeviceError
from surefoot.recorder import Recorder
from surefoot.recording import read
from surefoot.samples import Input, Link, Notification
from surefoot.session import Session
from surefoot.sources import Pushed
from surefoot.sources.http import address
from surefoot.sources.phone import JOIN_S, PhoneSource, opening
from surefoot.sources.phyphox import OTHER

PATIENCE_S = 30.0  # a busy machine is no fault


class Enough:
    """Where inputs go until there are as many as a test wants."""

    def __init__(self) -> None:
        self.inputs: list[Input] = []
        self.ended: list[Exception | None] = []
        self._more = threading.Condition()

    def put(self, item: Input) -> None:
        with self._more:
            self.inputs.append(item)
            self._more.notify_all()

    def end(self, error: Exception | None) -> None:
        with self._more:
            self.ended.append(error)
            self._more.notify_all()

    def until(self, enough: Callable[[], bool]) -> None:
        with self._more:
            assert self._more.wait_for(enough, PATIENCE_S)

    def samples_n(self) -> int:
        return sum(isinstance(item, Notification) and item.stream == "imu" for item in self.inputs)


@contextmanager
def streaming(**options: Any) -> Iterator[tuple[App, PhoneSource]]:
    app = App(time.monotonic, **options)
    with serve(app) as url:
        source = opening(address(url), "waist", time.monotonic_ns, lambda text: None).result(PATIENCE_S)
        try:
            yield app, source
        finally:
            source.close()
            assert not source.thread.is_alive()


class Counted(Session):
    """Says when it has had so many packets."""

    def __init__(self, *args: Any, packets_n: int = 20) -> None:
        super().__init__(*args)
        self.left_n, self.done = packets_n, threading.Event()

    def _take(self, item: Input) -> None:
        super()._take(item)
        self.left_n -= isinstance(item, Notification) and item.stream == "imu"
        if self.left_n <= 0:
            self.done.set()


def test_a_phone_is_a_source_like_any_other() -> None:
    with streaming() as (app, source):
        assert isinstance(source, Pushed)
        assert source.live
        assert source.trouble == ()
        assert source.header["drill"] is None
        assert source.header["sources"] == {
            "s1": {
                "codec": "phyphox",
                "name": "simulated phone",
                "placement": "waist",
                "settings": {"rate_hz": 100.0, "range_ms2": 156.9},
            }
        }
        heard = Enough()
        source.attach(heard.put, heard.end)
        heard.until(lambda: heard.samples_n() > 5)
        assert isinstance(heard.inputs[0], Link)
        times = [item.host_ns for item in heard.inputs]
        assert times == sorted(times)
    assert heard.ended == [None]
    assert not app.measuring  # it was told to rest


def test_the_second_session_takes_over_without_a_hole(tmp_path: Path) -> None:
    with streaming() as (app, source):
        first = Counted(source, Recorder.create(tmp_path / "a.jsonl", source.header))
        first.start()
        assert first.done.wait(PATIENCE_S)
        second = Counted(source, Recorder.create(tmp_path / "b.jsonl", source.header))
        second.start()
        first.stop()
        assert second.done.wait(PATIENCE_S)
        second.stop()
    a, b = (list(read(tmp_path / f"{one}.jsonl.gz").inputs()) for one in "ab")
    settings = source.header["sources"]["s1"]["settings"]
    assert isinstance(b[0], Link)
    told = [item.stream for item in b if isinstance(item, Notification)]
    assert told[:2] == ["config", "meta"]
    both = np.concatenate([rows(run) for part in (a, b) for run in runs(part, settings) if run])
    np.testing.assert_allclose(np.diff(both[:, 0]), 0.01, atol=1e-6)  # none missing, none twice
    assert len(both) <= len(app.made)


def test_leaving_is_prompt_though_the_phone_hangs() -> None:
    with streaming() as (app, source):
        hang = threading.Event()
        met = threading.Event()

        def instead(handler: BaseHTTPRequestHandler, target: str) -> bool:
            met.set()
            hang.wait(PATIENCE_S)
            handler.close_connection = True
            return True

        app.instead = instead
        assert met.wait(PATIENCE_S)
        begun = time.monotonic()
        source.close()
        assert time.monotonic() - begun < JOIN_S
        hang.set()


def test_what_no_try_can_mend_ends_the_session() -> None:
    with streaming() as (app, source):
        heard = Enough()
        source.attach(heard.put, heard.end)
        app.range_ms2 = 39.2
        app.change(app.open, "aa17")
        heard.until(lambda: bool(heard.ended))
        (error,) = heard.ended
        assert str(error) == OTHER
        late = Enough()
        source.attach(late.put, late.end)
        assert late.ended == [error]
        assert [item.state for item in late.inputs if isinstance(item, Link)] == ["connected", "lost"]


def test_a_phone_that_does_not_serve_is_told_at_once() -> None:
    app = App(time.monotonic, open=LINEAR)
    with serve(app) as url:
        opened = opening(address(url), "waist", time.monotonic_ns, lambda text: None)
        with pytest.raises(DeviceError, match="gravity"):
            opened.result(PATIENCE_S)


def test_opening_can_be_given_up() -> None:
    app = App(time.monotonic, broken=True)
    said: list[str] = []
    started = threading.Event()

    def instead(handler: BaseHTTPRequestHandler, target: str) -> bool:
        if target.startswith("/get"):
            started.set()
        return False

    app.instead = instead
    with serve(app) as url:
        opened = opening(address(url), "waist", time.monotonic_ns, said.append)
        assert started.wait(PATIENCE_S)
        assert opened.cancel()
        with pytest.raises(CancelledError):
            opened.result()
        (thread,) = [one for one in threading.enumerate() if one.name == "surefoot phone"]
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
        assert not app.measuring
    assert said[0].startswith("asking the phone at")
