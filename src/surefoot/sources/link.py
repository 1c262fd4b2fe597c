"""One sensor over the air, through as many connections as it takes.

    SEEK → CONNECT → SUBSCRIBE → TALK → STREAM → (silent: TALK once more) → LOST → BACKOFF → SEEK …
                                            └→ STOP and disconnect, on every way out

It waits on the running loop only, and arrival times come from `now_ns`: tests run whole sessions on a clock of their
own. The states are shown by `Sensor.state`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from surefoot.devices import CODECS
from surefoot.errors import DeviceError
from surefoot.samples import Input, Link, Notification
from surefoot.sources.connection import Air, Connection, Found, LinkError, Silent, in_peace


@dataclass(frozen=True, slots=True)
class Timing:
    """Limits of the life cycle. Proposals: they rest on the virtual radio, not on hardware."""

    find_s: float = 10.0  # a sensor advertises each 2 s at the slowest, and the system reports it with some delay
    connect_s: float = 20.0  # with the discovery of services, which takes seconds on Windows
    stop_s: float = 1.0  # one stop write
    stops_s: float = 2.0  # all of them
    disconnect_s: float = 3.0  # so leaving takes 5 s at most: a person who stops waits no longer
    lost_packets: int = 10  # silence of ten packets …
    lost_s: float = 3.0  # … and at least so long: talk once more, then give the link up; the engine's own limits
    backoff_s: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0, 10.0)  # before each further try; the last for ever
    spread: float = 0.2  # ± share of it, so that two sensors do not collide for ever
    steady_s: float = 10.0  # a stream this long starts the backoff anew
    adapter_s: float = 5.0  # how often to look whether Bluetooth is back
    open_tries: int = 3  # a first connection often fails once
    battery_s: float = 300.0  # a charge lasts hours

    def silence_s(self, packet_s: float) -> float:
        """Silence after which something must be done, for packets that usually come each `packet_s`."""
        return max(self.lost_packets * packet_s, self.lost_s)

    def delay_s(self, tries: int, chance: float) -> float:
        """What to wait after so many tries in vain; `chance` in [0, 1)."""
        return self.backoff_s[min(tries, len(self.backoff_s) - 1)] * (1 + self.spread * (2 * chance - 1))


TIMING: Final = Timing()


class Sensor:
    """One sensor. All methods run in the radio's loop.

    `state`: idle, seek, connect, subscribe, talk, stream, lost; `trouble`: what is wrong now, in one sentence, or None.

    Args:
        air: the radio.
        wanted: an address, a name, or the beginning of a name that fits one sensor only.
        now_ns: monotonic ns, the clock of the session's inputs.
        source: its key in the session's header.
        placement: where it is worn.
        timing: limits.
        jitter: uniform numbers in [0, 1).
        say: told in one sentence what is being done.
    """

    def __init__(
        self,
        air: Air,
        wanted: str,
        *,
        now_ns: Callable[[], int],
        source: str = "s1",
        placement: str = "unknown",
        timing: Timing = TIMING,
        jitter: Callable[[], float] = random.random,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.source, self.placement, self.say = source, placement, say
        self.state = "idle"
        self.trouble: str | None = None
        self.found: Found | None = None
        self.settings: Mapping[str, Any] = {}
        self._air, self._wanted, self._now_ns, self._timing, self._jitter = air, wanted, now_ns, timing, jitter
        self._early: list[Input] = []
        self._put: Callable[[Input], None] = self._early.append
        self._connection: Connection | None = None
        self._linked = self._agreed = False
        self._tries = 0
        self._began_s: float | None = None  # when the present stream began
        self._battery: asyncio.Task[None] | None = None

    async def open(self) -> dict[str, Any]:
        """Find, connect and start it: its entry in a session's header.

        Raises:
            LinkError, DeviceError: with the remedy; nothing is left open.
        """
        try:
            await self._begin_patiently()
        except BaseException:
            await self.close()
            raise
        self._tries = 0
        assert self.found is not None
        known = {"codec": self.found.codec, "name": self.found.name}
        return {**known, "placement": self.placement, "settings": dict(self.settings)}

    async def run(self, put: Callable[[Input], None]) -> None:
        """Push its inputs, from those of `open` on, until cancelled. Raises LinkError when no further try can help."""
        for item in self._early:
            put(item)
        self._early.clear()
        self._put = put
        try:
            while True:
                await self._stream()
                await self._leave(lost=True)
                await self._return()
        finally:
            await self.close()

    async def close(self) -> None:
        """Let the sensor sleep and hang up; 5 s at most, cancelled or not."""
        try:
            await self._leave(lost=False)
        finally:
            self.state = "idle"
            if self.found is not None:
                self._air.release(self.found)

    # ------------------------------------------------------------------ one connection

    async def _begin_patiently(self) -> None:
        """A first link often breaks, and some sensors wake slowly; nothing else is worth another try."""
        for tries in range(1, self._timing.open_tries + 1):
            try:
                return await self._begin()
            except (LinkError, Silent) as e:
                if tries == self._timing.open_tries or (isinstance(e, LinkError) and e.fault != "lost"):
                    raise
            self._early.clear()
            self.state = "lost"
            await asyncio.sleep(self._next_delay_s())

    async def _begin(self) -> None:
        """Everything up to the stream, once; undone where it fails."""
        try:
            connection = await self._reach()
            self._put(Link(self._now_ns(), self.source, "connected"))  # before the talk: its answers are for decoders
            self._linked = True
            self.state = "subscribe"
            await connection.subscribe()
            self.state = "talk"
            self._agree(await connection.talk())
        except asyncio.CancelledError:
            await self._leave(lost=False)
            raise
        except BaseException:
            await self._leave(lost=True)
            raise
        loop = asyncio.get_running_loop()
        self.state, self._began_s = "stream", loop.time()
        self._battery = loop.create_task(connection.battery(self._timing.battery_s))

    async def _reach(self) -> Connection:
        """Seek and connect, alone on the air."""
        async with self._air.lock:
            self.state = "seek"
            found = await self._air.find(self._wanted, self.found, self._timing.find_s)
            if self.found is None:
                self.settings = found.settings
                self.say(f"connecting to {found.name} …")
            self.found, self.state = found, "connect"
            connection = self._connection = Connection(
                found, self.settings, lambda *said: self._take(connection, *said)
            )
            await connection.make(self._air, self._timing.connect_s)
        return connection

    def _take(self, connection: Connection, stream: str, content: bytes | bytearray) -> bytes:
        """What arrived. Stamped first, handed on, nothing else: whatever is slow here delays every sensor."""
        host_ns = self._now_ns()
        payload = bytes(content)
        if connection is self._connection:  # else they are an old connection's last words
            self._put(Notification(host_ns, self.source, stream, payload))
        return payload

    def _agree(self, settings: Mapping[str, Any]) -> None:
        """A recording is read with the settings of its header, so every later connection must bring the same."""
        assert self.found is not None
        codec = CODECS[self.found.codec]
        codec.decoder(settings)  # raises DeviceError for what it cannot read
        if self._agreed:
            before, now = ((one.get("rate_hz"), codec.range_ms2(one)) for one in (self.settings, settings))
            if before != now:
                raise LinkError(
                    f"{self.found.name} came back with another rate or range: start a new recording", "final"
                )
        else:
            self.settings, self._agreed = settings, True

    async def _stream(self) -> None:
        """Until the link falls, or the sensor is silent though it was asked once more."""
        connection = self._connection
        if connection is None or self.found is None:
            return
        rate = self.settings.get("rate_hz")
        packet_s = CODECS[self.found.codec].packet_n(self.settings) / (rate if isinstance(rate, int | float) else 100.0)
        limit_s = self._timing.silence_s(packet_s)
        loop, asked_s = asyncio.get_running_loop(), -1.0
        while not connection.gone.is_set():
            left_s = connection.heard_s + limit_s - loop.time()
            if left_s > 0:
                await _wait(connection.gone, left_s)
            elif asked_s == connection.heard_s:
                return
            else:
                try:
                    self._agree(await connection.talk())
                except (LinkError, DeviceError):
                    return
                asked_s = connection.heard_s  # a sample moves it on

    # ------------------------------------------------------------------ between connections

    async def _return(self) -> None:
        """Try until it streams again. Raises LinkError where trying is in vain."""
        name = self._wanted if self.found is None else self.found.name
        self._complain(f"{name} is lost; looking for it …")
        delay_s = self._next_delay_s()
        while True:
            self.state = "lost"
            await asyncio.sleep(delay_s)
            try:
                await self._begin()
            except (LinkError, DeviceError) as e:
                fault = e.fault if isinstance(e, LinkError) else None
                if fault != "lost":
                    self._complain(str(e))
                if fault == "final":
                    raise
                delay_s = self._timing.adapter_s if fault == "adapter" else self._next_delay_s()
            else:
                self._complain(None)
                return

    def _next_delay_s(self) -> float:
        self._tries += 1
        return self._timing.delay_s(self._tries - 1, self._jitter())

    def _complain(self, trouble: str | None) -> None:
        if trouble is not None and trouble != self.trouble:
            self.say(trouble)
        self.trouble = trouble

    async def _leave(self, lost: bool) -> None:
        """Give the connection up; `lost`: say so in the recording."""
        connection = self._connection
        if self._battery is not None:
            self._battery.cancel()
            self._battery = None
        if connection is None:
            return
        if self._began_s is not None and connection.heard_s - self._began_s >= self._timing.steady_s:
            self._tries = 0
        self._began_s = None
        if lost and connection.gone.is_set():
            self._tell_lost()
        timing = self._timing
        try:
            leaving = connection.leave(timing.stop_s, timing.stops_s, timing.disconnect_s)
            await in_peace(leaving, timing.stops_s + timing.disconnect_s)
        finally:
            if lost:
                self._tell_lost()  # a link that still stood: what came over it until now belongs before its end
            self._linked, self._connection = False, None

    def _tell_lost(self) -> None:
        if self._linked:
            self._put(Link(self._now_ns(), self.source, "lost"))
        self._linked = False


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
