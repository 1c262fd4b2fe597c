"""One phone with the app phyphox, asked over and over through as many failures as it takes. No thread in here.

    BEGIN: config, meta, start → ASK, pause, ASK … → no answer: again after 0.25, 0.5, 1, 2, 2 … s; after 3 s BEGIN
                                  ├→ another experiment was opened: BEGIN
                                  └→ data cleared, or paused and started: a new run, the phone's clock begins anew

Everything with samples is handed on as it came, before anybody uses it. Stamps come from `now_ns`, and nothing waits
but `wait`: tests run it on a clock of their own, over real sockets. `sources.phone` has the thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from surefoot.devices import phyphox_answers
from surefoot.devices.phyphox_answers import Answer, Experiment, Since
from surefoot.errors import DeviceError
from surefoot.samples import Array, Input, Link, Notification
from surefoot.sources.connection import LinkError
from surefoot.sources.http import Address, Client
from surefoot.sources.phyphox_app import App, payload

NOTHING: Final = "no samples come from the phone: keep phyphox in front, with its screen on"
NO_RATE: Final = "the phone's stamps do not tell how fast it measures: clear the data in phyphox"
OTHER: Final = "the phone came back with another rate or range: start a new recording"
MOST_N: Final = 10_000  # stamps that must tell the rate


@dataclass(frozen=True, slots=True)
class Timing:
    """Limits of the dialogue. Proposals: they rest on a simulated phone."""

    pause_s: float = 0.05  # between two questions; half of it is the delay that a person sees
    retries_s: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0)  # after each failure; the last for ever
    shown_s: float = 0.5  # a failure that mends itself sooner is not spoken of; the engine's own limit of a stall
    lost_s: float = 3.0  # without samples when a question fails: the link is lost; the engine's own limit
    first_s: float = 5.0  # the first second of samples comes within it
    rate_s: float = 1.0  # stamps over so long tell the rate within 1 %, with a jitter of ms
    rate_share: float = 0.1  # a rate that is off by more is another one; `quality` doubts a rate from there on
    start_s: float = 1.0  # before a start is repeated: the app answers first and begins then
    clear_s: float = 2.0  # old data are gone within it
    long_s: float = 60.0  # a run as long is cleared before a session: it costs the phone more with each sample
    catch_up_s: float = 10.0  # of samples that are fetched though they are old; 5000 at 500 Hz, a quarter of a packet
    quiet_s: float = 0.2  # without samples, before it is asked whether its data were cleared


TIMING: Final = Timing()


class Left(Exception):
    """`wait` was told to end. Nothing went wrong."""


class Phone:
    """One phone. All methods run in one thread.

    Args:
        where: its address.
        now_ns: monotonic ns, the clock of the session's inputs.
        wait: waits for so many seconds; true when it was told to end.
        put: called with each input.
        placement: where it is worn.
        say: told in one sentence what is being done.
    """

    def __init__(
        self,
        where: Address,
        *,
        now_ns: Callable[[], int],
        wait: Callable[[float], bool],
        put: Callable[[Input], None],
        placement: str = "unknown",
        source: str = "s1",
        timing: Timing = TIMING,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.say = say
        self.trouble: str | None = None
        self.renew = False  # a session begins: a long run ends before the next question
        self._source, self._placement, self._timing = source, placement, timing
        self._now_ns, self._wait, self._put = now_ns, wait, put
        self._app = App(Client(where, now_ns))
        self._open: Experiment | None = None  # None: begin, or begin again
        self._session = ""
        self._since = Since()
        self._settings: dict[str, Any] = {}
        self._name = "phone"
        self._told: list[tuple[str, str]] = []  # what a decoder must hear of a connection
        self._stamps: list[Array] | None = []  # of this connection, until they tell the rate
        self._linked = self._flowing = self._paused = self._started = self._time_due = False
        self._start_ns: int | None = None  # when it was last told to start
        self._heard_ns = 0  # the last samples, or the beginning
        self._tries = 0

    @property
    def where(self) -> Address:
        """With the port at which it answered."""
        return self._app.client.where

    def open(self) -> dict[str, Any]:
        """Begin, and measure its rate: its entry in a session's header.

        Raises:
            LinkError, DeviceError: with the remedy. Left.
        """
        self.say(f"asking the phone at {self.where} …")
        try:
            self._begin_patiently()
            end_ns = self._now_ns() + round(self._timing.first_s * 1e9)
            while "rate_hz" not in self._settings:
                self._pause(self.turn())
                if self._now_ns() > end_ns:
                    raise LinkError(self.trouble or NOTHING, "service")
        except BaseException:
            self.close()
            raise
        known = {"codec": "phyphox", "name": self._name, "placement": self._placement}
        return {**known, "settings": dict(self._settings)}

    def run(self) -> None:
        """Ask until `wait` says that it is over. Raises LinkError when no further try can help."""
        try:
            while True:
                self._pause(self.turn())
        except Left:
            pass
        finally:
            self.close()

    def turn(self) -> float:
        """One question; how long to wait before the next. Raises LinkError when no further try can help."""
        try:
            if self._open is None:
                self._begin()
            elif self.renew:
                self._shorten(self._open)
            self.renew = False
            self._ask()
            self._tell_time()
        except (LinkError, DeviceError) as e:
            return self._failed(e)
        self._tries = 0
        self._complain(NOTHING if self._silent_s() > self._timing.lost_s else None)
        return self._timing.pause_s

    def close(self) -> None:
        """Let it rest where we have started it, and hang up."""
        if self._started and not self._tries:
            self._started = False
            self._app.stop()
        self._app.client.drop()

    # ------------------------------------------------------------------ a connection, a run

    def _begin_patiently(self) -> None:
        """A phone that sleeps may miss the first question."""
        try:
            self._begin()
        except LinkError as e:
            if e.fault != "lost":
                raise
            self._pause(self._timing.retries_s[0])
            self._begin()

    def _begin(self) -> None:
        """A new connection: everything before its first samples."""
        config, found = self._app.config()
        meta = self._app.meta()
        self._know(meta)
        answer, newest_s = self._app.newest(found)
        since_s = self._since.acc if answer.session == self._session else None
        if newest_s is None or (since_s is not None and newest_s < since_s):
            self._since = self._joined(newest_s)
        elif since_s is None or newest_s > since_s + self._timing.catch_up_s:
            self._since = Since(newest_s, newest_s)  # what it measured before us, or too long ago, is not ours
        if since_s is None and newest_s is not None and newest_s > self._timing.long_s:
            self._clear(found, newest_s)
        elif not answer.measuring:
            self._start()
        self._session, self._open = answer.session, found
        self._told = [("config", config)] + ([] if meta is None else [("meta", meta)])
        self._stamps, self._heard_ns = [], self._now_ns()
        self._connected(self._heard_ns)

    def _know(self, meta: str | None) -> None:
        """What the phone tells of itself; a recording has one range."""
        if meta is None:
            return
        range_ms2 = phyphox_answers.range_ms2(meta)
        if "rate_hz" in self._settings and range_ms2 != self._settings.get("range_ms2"):
            raise LinkError(OTHER, "final")
        self._name = phyphox_answers.model(meta) or self._name
        if range_ms2 is not None:
            self._settings["range_ms2"] = range_ms2

    def _joined(self, newest_s: float | None) -> Since:
        """Where a run is joined that began meanwhile: at its start, if that is not long ago."""
        late = newest_s is not None and newest_s > self._timing.catch_up_s
        return Since(newest_s, newest_s) if late else Since()

    def _start(self) -> None:
        self._start_ns = self._now_ns()
        self._app.start()
        self._started = True

    def _clear(self, found: Experiment, newest_s: float) -> None:
        """Begin a run anew; until the old data are gone they must not pass for new ones."""
        self._app.clear()
        self._start()
        end_ns = self._now_ns() + round(self._timing.clear_s * 1e9)
        while True:
            _, now_s = self._app.newest(found)
            if now_s is None or now_s < newest_s:
                self._since = Since()
                return
            if self._now_ns() > end_ns:  # it keeps its data, so the run goes on
                self._since = Since(now_s, now_s)
                return
            self._pause(self._timing.pause_s)

    def _shorten(self, found: Experiment) -> None:
        """A session does not begin in a long run."""
        if self._since.acc is not None and self._since.acc > self._timing.long_s:
            self._clear(found, self._since.acc)
            self._connected(self._now_ns())

    def _connected(self, host_ns: int) -> None:
        """A device clock begins: say so, and what a decoder must know."""
        self._linked, self._flowing, self._paused, self._time_due = True, False, False, True
        self._put(Link(host_ns, self._source, "connected"))
        for stream, text in self._told:
            self._put(Notification(host_ns, self._source, stream, text))

    def _tell_time(self) -> None:
        """When the run began by the phone's own clock, for whoever reads the recording."""
        if self._time_due:
            text = self._app.time()
            self._time_due = False
            if text is not None:
                self._put(Notification(self._now_ns(), self._source, "time", text))

    # ------------------------------------------------------------------ a question

    def _ask(self) -> None:
        """All samples since the last time. Raises LinkError, DeviceError."""
        found = self._open
        assert found is not None
        body = self._app.samples(found, self._since)
        said = Notification(self._now_ns(), self._source, "imu", payload(body))
        try:
            answer = phyphox_answers.answer(body)
            other = answer.session != self._session
            t = np.empty(0) if other else answer.rows(found.acc)[0]
            turn_t = np.empty(0) if other or found.gyr is None else answer.rows(found.gyr)[0]
        except DeviceError:
            self._put(said)  # nobody understands it, so everybody may look at it
            self._open = None
            raise
        if other:
            self._open = None
            return
        cleared = self._is_cleared(answer, found, t)
        if cleared:
            self._since = Since()
        if cleared or (self._paused and len(t)):
            self._new_run(said.host_ns)
        if len(t) or len(turn_t):
            self._put(said)
            self._since = Since(_last(t, self._since.acc), _last(turn_t, self._since.gyr))
        if len(t):
            self._heard_ns, self._flowing = said.host_ns, True
            self._measure(t)
        elif answer.measuring:
            self._look_back(found)
        else:
            self._go_on(said.host_ns)

    def _is_cleared(self, answer: Answer, found: Experiment, t: Array) -> bool:
        """Whether these are the first samples of another run."""
        since_s = self._since.acc
        return since_s is not None and len(t) > 0 and (answer.full(found.acc.t) or bool(t[0] < since_s))

    def _new_run(self, host_ns: int) -> None:
        self._stamps = None if self._stamps is None else []
        self._connected(host_ns)

    def _look_back(self, found: Experiment) -> None:
        """Cleared data are told once, to the first who asks, and by an older iPhone's app to nobody."""
        since_s = self._since.acc
        if since_s is None or self._silent_s() < self._timing.quiet_s:
            return
        _, newest_s = self._app.newest(found)
        if newest_s is not None and newest_s < since_s:
            self._since = self._joined(newest_s)
            self._new_run(self._now_ns())

    def _go_on(self, now_ns: int) -> None:
        """Somebody paused it, or cleared its data: pauses cost no time on its clock, so another run begins."""
        self._paused |= self._flowing
        if self._start_ns is None or now_ns - self._start_ns > self._timing.start_s * 1e9:
            self._start()

    def _measure(self, t: Array) -> None:
        """The rate, by the first second of stamps. Raises LinkError when it is another one than the recording's."""
        if self._stamps is None:
            return
        self._stamps.append(t)
        seen = np.concatenate(self._stamps)
        if seen[-1] - seen[0] < self._timing.rate_s and len(seen) < MOST_N:
            return
        self._stamps = None
        rate_hz, known_hz = phyphox_answers.nominal_hz(seen), self._settings.get("rate_hz")
        if rate_hz is None:
            raise LinkError(NO_RATE, "service")
        if known_hz is None:
            self._settings["rate_hz"] = rate_hz
        elif abs(rate_hz / known_hz - 1) > self._timing.rate_share:
            raise LinkError(OTHER, "final")

    # ------------------------------------------------------------------ failures

    def _failed(self, error: LinkError | DeviceError) -> float:
        """How long to wait before the next try."""
        final = isinstance(error, LinkError) and error.fault == "final"
        silent_s = self._silent_s()
        if self._linked and (final or silent_s >= self._timing.lost_s):
            self._linked, self._open = False, None
            self._put(Link(self._now_ns(), self._source, "lost"))
        if final:
            raise error
        if isinstance(error, DeviceError) or silent_s >= self._timing.shown_s:
            self._complain(str(error))
        self._tries += 1
        return self._timing.retries_s[min(self._tries, len(self._timing.retries_s)) - 1]

    def _complain(self, trouble: str | None) -> None:
        if trouble is not None and trouble != self.trouble:
            self.say(trouble)
        self.trouble = trouble

    def _silent_s(self) -> float:
        return (self._now_ns() - self._heard_ns) / 1e9

    def _pause(self, seconds: float) -> None:
        if self._wait(seconds):
            raise Left


def _last(t: Array, before_s: float | None) -> float | None:
    """As it was received: the phone itself sees to it that its last sample does not come twice."""
    return float(t[-1]) if len(t) else before_s
