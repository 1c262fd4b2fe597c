"""`surefoot` without a command: the edge behind the dashboard's way in.

Everything slow happens in one worker thread, one thing after another; what the radio does, it does in its own thread.
Screens ask once a frame and never wait.
"""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from surefoot import live, shelf
from surefoot.devices import codec
from surefoot.doctor import data_folder
from surefoot.errors import RecordingError, SurefootError
from surefoot.headers import at_placement, with_drill
from surefoot.playback import Playback
from surefoot.remembered import KnownSensor, load, save
from surefoot.samples import DrillSpec
from surefoot.session import Session
from surefoot.signals import stopped_by, undisturbed
from surefoot.sources.runner import Runner
from surefoot.tui.ports import DEMO, Feed, Kept, Look, Offer
from surefoot.wording import NOT_MEDICAL, safety, scores

if TYPE_CHECKING:
    from surefoot.sources.connection import Found
    from surefoot.sources.radio import Radio, RadioSource

T = TypeVar("T")
FIRST_SCAN_S: Final = 2.0  # sensors advertise several times a second while they wait: the first list comes soon
SCAN_S: Final = 4.0  # the slowest advertise each 2 s
PAUSE_S: Final = 2.0  # so that the adapter can do something else in between
RETRY_S: Final = 5.0  # Bluetooth that is off may be switched on meanwhile
GONE_S: Final = 30.0  # a sensor that was not heard for so long is not near any more
DEMO_SPEC: Final = DrillSpec("hold", "left", "open", "firm", "none", target_s=20.0)
CLOSE_S: Final = 20.0  # a radio that hangs must not keep the program from ending: leaving takes 12 s at most


class Job(Generic[T]):
    """Work that was handed to the worker; see ports.Work."""

    def __init__(self, pool: ThreadPoolExecutor, act: Callable[[Job[T]], T], said: str) -> None:
        self.said = said
        self.given_up = False
        self._inner: Future[Any] | None = None
        self._future = pool.submit(act, self)

    def wait_for(self, inner: Future[Any]) -> Any:
        """The result of something that can be cancelled; in the worker."""
        self._inner = inner
        if self.given_up:
            inner.cancel()
        return inner.result()

    @property
    def done(self) -> bool:
        """It is over."""
        return self._future.done()

    @property
    def result(self) -> T | None:
        """What came of it."""
        return None if not self.done or self.failure is not None else self._future.result()

    @property
    def failure(self) -> str | None:
        """Why nothing came of it. A fault that is a bug of ours is raised: it must be seen."""
        if not self.done:
            return None
        if self._future.cancelled() or isinstance(error := self._future.exception(), CancelledError):
            return "given up"
        if error is None or isinstance(error, SurefootError):
            return None if error is None else str(error)
        raise error

    def cancel(self) -> None:
        """Give it up."""
        self.given_up = True
        self._future.cancel()
        if self._inner is not None:
            self._inner.cancel()


@dataclass(frozen=True, slots=True)
class _Heard:
    found: Found
    at_s: float


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
        self._folder, self._now_s = folder, now_s
        self.reader = live.reader_of(folder / "recordings")
        self._make_radio = radio or self._computers
        self.memory, self.note = load(folder / "home.json")
        self.saved: str | None = None
        self.kept: list[Path] = []
        self._pool = ThreadPoolExecutor(1, "surefoot home")
        self._radio: Future[Radio] | None = None
        self._scan: Future[list[Found]] | None = None
        self._scan_from_s = 0.0
        self._scans_n = 0
        self._heard: dict[str, _Heard] = {}
        self._vain_from_s: float | None = None
        self._trouble: str | None = None
        self._job: Job[Any] | None = None
        # of the worker's thread only
        self._source: RadioSource | None = None
        self._session: Session | None = None

    # ------------------------------------------------------------------------------------ who is there

    def look(self) -> Look:
        """See ports.Home."""
        now_s = self._now_s()
        self._vain_from_s = now_s if self._vain_from_s is None else self._vain_from_s
        if self._radio is None:
            self._radio = self._pool.submit(self._make_radio)
        self._follow_scan(now_s)
        offers = tuple(self._offers(now_s))
        if any(offer.near for offer in offers):
            self._vain_from_s = now_s
        return Look(offers, self._scan is not None or not self._radio.done(), self._trouble, now_s - self._vain_from_s)

    def again(self) -> None:
        """See ports.Home."""
        self._scan_from_s = 0.0
        self._vain_from_s = None
        if self._radio is not None and self._radio.done() and self._radio.exception() is not None:
            self._radio, self._trouble = None, None

    def _follow_scan(self, now_s: float) -> None:
        """Take in what a scan has found, and begin the next one when it is time and nothing else needs the radio."""
        assert self._radio is not None
        if not self._radio.done():
            return
        if (error := self._radio.exception()) is not None:
            self._trouble = _sentence(error)
            return
        if self._scan is not None and self._scan.done():
            self._take_in(self._scan, now_s)
            self._scan = None
        if self._scan is None and now_s >= self._scan_from_s and (self._job is None or self._job.done):
            self._scan = self._radio.result().scanning(SCAN_S if self._scans_n else FIRST_SCAN_S)
            self._scans_n += 1

    def _take_in(self, scan: Future[list[Found]], now_s: float) -> None:
        self._scan_from_s = now_s + PAUSE_S
        if scan.cancelled():
            return
        if (error := scan.exception()) is not None:
            self._trouble, self._scan_from_s = _sentence(error), now_s + RETRY_S
            return
        self._trouble = None
        for found in scan.result():
            self._heard[found.address] = _Heard(found, now_s)

    def _offers(self, now_s: float) -> list[Offer]:
        """The sensor of last time first, the others in the order in which they were found: no row jumps away."""
        self._heard = {key: one for key, one in self._heard.items() if now_s - one.at_s < GONE_S}
        offers = [self._offer(one.found) for one in self._heard.values()]
        known = self.memory.sensor
        if known is not None and not any(offer.known for offer in offers):
            offers.append(Offer(known.address, known.name, known.kind, known.scores, known=True, near=False))
        return sorted(offers, key=lambda offer: not offer.known)

    def _offer(self, found: Found) -> Offer:
        known = self.memory.sensor
        return Offer(
            found.address, found.name, found.kind, _scores(found), found.rssi, found.battery_pct,
            known=known is not None and found.address == known.address, taken=found.in_use,
        )  # fmt: skip

    # ------------------------------------------------------------------------------------ a sensor and its drills

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

    def connect(self, offer: Offer) -> Job[Feed]:
        """See ports.Home."""
        if self._scan is not None:
            self._scan.cancel()
            self._scan = None
        said = "waking the simulated runner …" if offer == DEMO else f"looking for {offer.title} …"
        return self._do(lambda job: self._connect(job, offer), said)

    def begin(self, spec: DrillSpec, placement: str, start: str) -> Job[Feed]:
        """See ports.Home."""
        drills = {**self.memory.drills, spec.name: spec}
        self.memory = replace(self.memory, placement=placement, drill=spec.name, drills=drills, start=start)
        return self._do(lambda job: self._begin(spec, placement), "getting ready …")

    def rest(self) -> Job[Feed]:
        """See ports.Home."""
        return self._do(lambda job: self._rest(), "closing the recording …")

    def leave(self) -> Job[None]:
        """See ports.Home."""
        return self._do(lambda job: self._let_go(), "letting the sensor sleep …")

    def _do(self, act: Callable[[Job[T]], T], said: str) -> Job[T]:
        job = self._job = Job(self._pool, act, said)
        return job

    # in the worker's thread from here on

    def _connect(self, job: Job[Feed], offer: Offer) -> Feed:
        self._let_go()
        if offer == DEMO:
            return self._take_over(_standing())

        def say(text: str) -> None:
            job.said = text

        assert self._radio is not None
        source = job.wait_for(self._radio.result().opening([offer.key], [self.memory.placement], say))
        source.quiet()
        self._source = source
        if job.given_up:
            self._let_go()
            raise CancelledError
        (sensor,) = source.header["sources"].values()
        known = KnownSensor(sensor["name"], offer.key, offer.detail, offer.scores)
        self.memory = replace(self.memory, sensor=known)
        self._remember()
        return self._check()

    def _check(self) -> Session:
        """A session without a drill or a recording."""
        if self._source is None:
            return self._take_over(_standing())
        self._source.header["drill"] = None
        return self._take_over(Session(self._source))

    def _begin(self, spec: DrillSpec, placement: str) -> Feed:
        self._remember()
        if self._source is None:
            runner = Runner(spec)
            session = Session(runner, advise=safety, rings=self.reader.ring, on_event=live.guiding(runner))
            return self._take_over(session)
        self._source.header = with_drill(at_placement(self._source.header, placement), spec)
        recorder, error = None, None
        try:
            recorder = live.recorder_in(self._folder / "recordings", self._source)
        except RecordingError as e:  # the drill goes on, and the screen says so loudly
            error = str(e)
        session = Session(self._source, recorder, advise=safety, rings=self.reader.ring)
        session.recording_error = error
        return self._take_over(session)

    def _take_over(self, session: Session) -> Session:
        """Start it, and only then stop the one before: a real sensor is always listened to."""
        before, self._session = self._session, session
        session.start()
        self._stop(before)
        return session

    def _stop(self, session: Session | None) -> None:
        if session is None:
            return
        session.stop()
        if session.saved is not None and session.saved not in self.kept:
            self.kept.append(session.saved)
            self.saved = str(session.saved)
            live.read_past(self.reader, self._session)

    def _rest(self) -> Feed:
        """Where the source has ended, there is nothing to go on with."""
        ended = self._session
        if ended is not None and ended.finished and ended.failure is not None:
            self._let_go()
            raise SurefootError(ended.failure)
        return self._check()

    def _let_go(self) -> None:
        self._stop(self._session)
        self._session = None
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def _remember(self) -> None:
        self.note = save(self._folder / "home.json", self.memory)

    # ------------------------------------------------------------------------------------ recordings

    def look_back(self) -> Playback | None:
        """The running session's recording, as far as it is written."""
        return None if self._session is None else live.look_back(self._session)

    def recordings(self) -> Job[tuple[Kept, ...]]:
        """See ports.Home."""
        return self._do(lambda job: shelf.kept(self._folder / "recordings"), "looking into the data folder …")

    def play(self, path: str) -> Job[Playback]:
        """See ports.Home."""
        return self._do(lambda job: self._play(Path(path)), "opening it …")

    def _play(self, path: Path) -> Playback:
        film = shelf.playback(path)
        film.start()
        return film

    # ------------------------------------------------------------------------------------ the end

    def close(self) -> None:
        """Close the recording, let the sensor sleep, end every thread; waits for it."""
        if self._job is not None:
            self._job.cancel()
        if self._scan is not None:
            self._scan.cancel()
        concurrent.futures.wait([self._pool.submit(self._let_go)], CLOSE_S)
        if self._radio is not None and self._radio.done() and self._radio.exception() is None:
            self._radio.result().stop()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _standing() -> Session:
    """The simulated runner for the check: nobody tells anything, and no drill is known."""
    runner = Runner(DEMO_SPEC)
    runner.header = {**runner.header, "drill": None}
    return Session(runner)


def _scores(found: Found) -> str:
    rate_hz = found.settings.get("rate_hz")
    return scores(float(rate_hz), codec(found.codec).range_ms2(found.settings)) if rate_hz else ""


def _sentence(error: BaseException) -> str:
    if isinstance(error, SurefootError):
        return str(error)
    raise error


def dashboard() -> int:
    """Show the dashboard from its welcome on; what was recorded is said at the end."""
    from surefoot.tui.app import Surefoot
    from surefoot.tui.screens.summary import SummaryScreen

    home = Home(data_folder())
    voice = live.loudspeaker("auto")
    live.read_past(home.reader, None)
    summarise = live.summarising(home.reader)
    app = Surefoot(
        None, None, first_screen="welcome", home=home, voice=voice,
        debrief=lambda shot: SummaryScreen(summarise, home.look_back),
    )  # fmt: skip
    try:
        with stopped_by(app.exit):
            app.run()
    finally:
        with undisturbed():
            home.close()
            if voice is not None:
                voice.close()
    for path in home.kept:
        print(f"recording: {path}")
    print(NOT_MEDICAL)
    return 0
