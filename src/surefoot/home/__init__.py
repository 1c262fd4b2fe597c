"""`surefoot` without a command: the edge behind the dashboard's way in.

Everything slow happens in one worker thread, one thing after another; what the radio does, it does in its own thread.
Screens ask once a frame and never wait.
"""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from surefoot import shelf
from surefoot.errors import SurefootError
from surefoot.home.connected import Connected
from surefoot.home.job import Job
from surefoot.home.nearby import Nearby
from surefoot.live.lookback import reader_of
from surefoot.playback import Playback
from surefoot.remembered import KnownSensor, load, save
from surefoot.samples import DrillSpec
from surefoot.sources import Worn
from surefoot.sources.http import address
from surefoot.sources.phone import PhoneSource, opening
from surefoot.tui.ports import DEMO, Feed, Kept, Look, Offer
from surefoot.wording import scores

if TYPE_CHECKING:
    from surefoot.sources.radio import Radio

T = TypeVar("T")
CLOSE_S: Final = 20.0  # a radio that hangs must not keep the program from ending: leaving takes 12 s at most


class Home:
    """See ports.Home. Every method but `close` returns at once.

    Args:
        folder: the data folder.
        radio: makes the computer's Bluetooth, in the worker; it may raise SurefootError.
        now_s: monotonic.
    """

    def __init__(
        self, folder: Path, radio: Callable[[], Radio] | None = None, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self.reader = reader_of(folder / "recordings")
        self.memory, self.note = load(folder / "home.json")
        self._pool = ThreadPoolExecutor(1, "surefoot home")
        self._nearby = Nearby(lambda: self._pool.submit(radio or self._computers), now_s)
        self._connected = Connected(folder / "recordings", self.reader)
        self._job: Job[Any] | None = None
        self.bugs: list[Exception] = []  # what went wrong that nobody foresaw: told once more at the end

    @property
    def kept(self) -> list[Path]:
        """The recordings that were closed, in their order."""
        return self._connected.kept

    @property
    def saved(self) -> str | None:
        """See ports.Home."""
        return str(self.kept[-1]) if self.kept else None

    # ------------------------------------------------------------------------------------ sensors

    def _computers(self) -> Radio:
        """With the person's own profiles of boards; in the worker."""
        try:
            from surefoot.profiles import kept
            from surefoot.sources.radio import Radio
        except ImportError as e:
            raise SurefootError(f"Bluetooth needs a package that is not there ({e}): reinstall surefoot") from None
        own, complaints = kept(self._folder / "profiles")
        if complaints:
            self.note = complaints[0]
        radio = Radio(time.monotonic_ns, own)
        radio.start()
        return radio

    def look(self) -> Look:
        """See ports.Home."""
        return self._nearby.look(self.memory.sensor, free=self._job is None or self._job.done)

    def again(self) -> None:
        """See ports.Home."""
        self._nearby.again()

    def connect(self, offer: Offer) -> Job[Feed]:
        """See ports.Home."""
        self._nearby.stop()
        said = f"asking the phone at {offer.key} …" if offer.phone else f"looking for {offer.title} …"
        said = "waking the simulated runner …" if offer == DEMO else said
        return self._do(lambda job: self._connect(job, offer), said)

    def _connect(self, job: Job[Feed], offer: Offer) -> Feed:
        """In the worker."""
        self._connected.let_go()
        if offer == DEMO:
            if not job.settle():
                raise CancelledError
            return self._connected.check()
        source, known = self._phone(job, offer.key) if offer.phone else self._sensor(job, offer)
        source.quiet()
        self._connected.source = source
        if not job.settle():
            self._connected.let_go()
            raise CancelledError
        self.memory = replace(self.memory, sensor=known, phone=known.address if offer.phone else self.memory.phone)
        self._remember()
        return self._connected.check()

    def _sensor(self, job: Job[Feed], offer: Offer) -> tuple[Worn, KnownSensor]:
        radio = self._nearby.radio
        assert radio is not None
        source: Worn = job.wait_for(radio.result().opening([offer.key], [self.memory.placement], job.say))
        (sensor,) = source.header["sources"].values()
        return source, KnownSensor(sensor["name"], offer.key, offer.detail, offer.scores)

    def _phone(self, job: Job[Feed], typed: str) -> tuple[Worn, KnownSensor]:
        source: PhoneSource = job.wait_for(opening(address(typed), self.memory.placement, time.monotonic_ns, job.say))
        (sensor,) = source.header["sources"].values()
        settings = sensor["settings"]
        what = scores(settings["rate_hz"], settings.get("range_ms2"))
        return source, KnownSensor(sensor["name"], str(source.where), "phone", what)

    def _remember(self) -> None:
        self.note = save(self._folder / "home.json", self.memory)

    # ------------------------------------------------------------------------------------ drills

    def begin(self, spec: DrillSpec, placement: str, start: str) -> Job[Feed]:
        """See ports.Home."""
        drills = {**self.memory.drills, spec.name: spec}
        self.memory = replace(self.memory, placement=placement, drill=spec.name, drills=drills, start=start)
        return self._do(lambda job: self._begin(spec, placement), "getting ready …", settled=True)

    def _begin(self, spec: DrillSpec, placement: str) -> Feed:
        """In the worker."""
        self._remember()
        return self._connected.begin(spec, placement)

    def rest(self) -> Job[Feed]:
        """See ports.Home."""
        return self._do(lambda job: self._connected.rest(), "closing the recording …", settled=True)

    def leave(self) -> Job[None]:
        """See ports.Home."""
        return self._do(lambda job: self._connected.let_go(), "letting the sensor sleep …", settled=True)

    def _do(self, act: Callable[[Job[T]], T], said: str, *, settled: bool = False) -> Job[T]:
        """`settled`: what is closed or replaced here leaves nothing that one could go back to."""

        def told(job: Job[T]) -> T:
            try:
                return act(job)
            except (SurefootError, CancelledError):
                raise
            except Exception as e:
                self.bugs.append(e)
                raise

        job = self._job = Job(self._pool, told, said, settled)
        return job

    # ------------------------------------------------------------------------------------ recordings

    def look_back(self) -> Playback | None:
        """The running session's recording, as far as it is written."""
        return self._connected.look_back()

    def recordings(self) -> Job[tuple[Kept, ...]]:
        """See ports.Home."""
        return self._do(lambda job: shelf.kept(self._folder / "recordings"), "looking into the data folder …")

    def play(self, path: str) -> Job[Playback]:
        """See ports.Home."""
        return self._do(lambda job: self._play(Path(path)), "opening it …")

    def _play(self, path: Path) -> Playback:
        """In the worker. In the rings of its day, where it is the person's own: one of those that are kept here."""
        mine = path.parent == self.reader.folder
        film = shelf.playback(path, self.reader.rings_of if mine else None)
        film.start()
        return film

    # ------------------------------------------------------------------------------------ the end

    def close(self) -> None:
        """Close the recording, let the sensor sleep, end every thread; waits for it."""
        if self._job is not None:
            self._job.cancel()
        self._nearby.stop()
        concurrent.futures.wait([self._pool.submit(self._connected.close)], CLOSE_S)
        radio = self._nearby.radio
        if radio is not None and radio.done() and radio.exception() is None:
            radio.result().stop()
        self._pool.shutdown(wait=False, cancel_futures=True)
