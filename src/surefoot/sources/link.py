"""One sensor over the air: found, connected, started, watched, lost, found again. No radio library in here.

    SEEK → CONNECT → SUBSCRIBE → TALK → STREAM → (silent: TALK once more) → LOST → BACKOFF → SEEK …
                                            └→ STOP and disconnect, on every way out

`Air` and `Peer` are what it needs of a radio; `sources.ble` has the real ones. It waits on the running loop only, and
arrival times come from `now_ns`: tests run whole sessions on a clock of their own.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from surefoot.devices import CODECS, RADIOS
from surefoot.errors import DeviceError, SurefootError
from surefoot.gatt import BATTERY_LEVEL, Listen, Pause, Step, Write
from surefoot.samples import Input, Link, Notification

FAULTS: Final = ("adapter", "absent", "lost", "auth", "service", "final")
"""What a LinkError is about: Bluetooth itself is off or forbidden; no such sensor in reach; the link fell or was not
made; the sensor wants to be paired; it lacks what its codec needs; and what no further try can mend."""
ANSWERS_N: Final = 64  # notifications kept for a talk that has not listened to them yet; a talk reads them one by one
NO_SAMPLES: Final = ("control", "battery")  # streams that may be silent while all is well


class LinkError(SurefootError):
    """The radio, or the link to a sensor, failed; `fault` is one of FAULTS."""

    def __init__(self, message: str, fault: str) -> None:
        super().__init__(message)
        self.fault = fault


class Silent(DeviceError):
    """The sensor did not answer in time."""


@dataclass(frozen=True, slots=True)
class Found:
    """A sensor in reach. `rssi` dBm; `in_use`: this computer holds it connected, so it does not advertise; `codec` ""
    and `kind` "" when nobody knows it; `handle`: the radio library's own object."""

    name: str
    address: str
    kind: str = ""
    codec: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    rssi: int | None = None
    battery_pct: int | None = None
    in_use: bool = False
    handle: Any = field(default=None, compare=False, repr=False)


class Peer(Protocol):
    """A connected sensor. Everything raises LinkError, and DeviceError where the sensor refuses."""

    services: Collection[str]
    characteristics: Mapping[str, frozenset[str]]
    """UUID → its properties."""

    async def subscribe(self, characteristic: str, hear: Callable[[bytes | bytearray], None]) -> None:
        """`hear` is called in the loop, in order, once per notification."""
        ...

    async def write(self, characteristic: str, payload: bytes, response: bool) -> None:
        """Write it."""
        ...

    async def read(self, characteristic: str) -> bytes:
        """Read it."""
        ...

    async def pair(self) -> None:
        """Bond with it."""
        ...

    async def disconnect(self) -> None:
        """Always, also after the link was lost: it frees what the system still holds for it."""
        ...


class Air(Protocol):
    """The computer's radio. `lock`: one scan or connect at a time."""

    lock: asyncio.Lock

    async def find(self, wanted: str, known: Found | None, seconds: float) -> Found:
        """The sensor of that address or name; `known`: as it was found before. Raises LinkError."""
        ...

    async def connect(self, found: Found, on_lost: Callable[[], None], seconds: float) -> Peer:
        """Connect; `on_lost` is called once when the link ends. Raises LinkError."""
        ...


@dataclass(frozen=True, slots=True)
class Timing:
    """Limits of the life cycle. Proposals that rest on the virtual radio, not on hardware."""

    find_s: float = 10.0  # sensors advertise at least each 2 s; BlueZ reports them with some delay
    connect_s: float = 20.0  # with the discovery of services; Windows was seen to need several seconds
    stop_s: float = 1.0  # one stop write
    disconnect_s: float = 3.0
    leave_s: float = 5.0  # stop writes and disconnect in all: a person who stops waits no longer
    lost_packets: int = 10  # silence of ten packets …
    lost_s: float = 3.0  # … and at least so long: talk once more, then the link is given up; as in the engine
    backoff_s: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0, 10.0)  # before each further try; the last for ever
    spread: float = 0.2  # ± share of it, so that two sensors do not collide for ever
    steady_s: float = 10.0  # a stream this long starts the backoff anew
    adapter_s: float = 5.0  # how often to look whether Bluetooth is back
    open_tries: int = 3
    battery_s: float = 300.0  # how often to read a battery that does not notify


TIMING: Final = Timing()


class Sensor:
    """One sensor, through as many connections as it takes.

    Args:
        air: the radio.
        wanted: an address, a name, or the beginning of a name that fits one sensor only.
        source: its key in the session's header.
        placement: where it is worn.
        now_ns: monotonic ns, the clock of the session's inputs.
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
        self._peer: Peer | None = None
        self._gone = asyncio.Event()
        self._woken = asyncio.Event()
        self._answers: dict[str, deque[bytes]] | None = None
        self._paired = self._agreed = False
        self._began_s = self._heard_s = 0.0
        self._tries = 0
        self._battery: asyncio.Task[None] | None = None

    # ------------------------------------------------------------------ for the owner, in the radio's loop

    async def open(self) -> dict[str, Any]:
        """Find, connect and start it: its entry in a session's header.

        Raises:
            LinkError, DeviceError: with the remedy; nothing is left open.
        """
        for left in range(self._timing.open_tries - 1, -1, -1):
            try:
                await self._begin()
                break
            except (LinkError, Silent) as e:
                if not left or (isinstance(e, LinkError) and e.fault != "lost"):
                    raise
            self._early.clear()
            await asyncio.sleep(self._delay_s())
        assert self.found is not None
        return {
            "codec": self.found.codec,
            "name": self.found.name,
            "placement": self.placement,
            "settings": dict(self.settings),
        }

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
        """Let the sensor sleep and hang up; at most `Timing.leave_s`, cancelled or not."""
        await self._leave(lost=False)
        self.state = "idle"

    # ------------------------------------------------------------------ a connection

    async def _begin(self) -> None:
        """Everything up to the stream, once; undone where it fails."""
        try:
            peer = await self._reach()
            self._put(Link(self._now_ns(), self.source, "connected"))
            await self._subscribe(peer)
            self._agree(await self._talk(peer))
        except asyncio.CancelledError:
            await self._leave(lost=False)
            raise
        except BaseException:
            await self._leave(lost=True)
            raise
        loop = asyncio.get_running_loop()
        self._began_s = self._heard_s = loop.time()
        self.state = "stream"
        self._battery = loop.create_task(self._watch_battery(peer))

    async def _reach(self) -> Peer:
        """Seek and connect, alone on the air."""
        timing = self._timing
        gone = self._gone = asyncio.Event()

        def on_lost() -> None:
            gone.set()
            self._woken.set()

        async with self._air.lock:
            self.state = "seek"
            found = await self._air.find(self._wanted, self.found, timing.find_s)
            if self.found is None:
                self.settings = found.settings
                self.say(f"connecting to {found.name} …")
            self.found, self.state = found, "connect"
            self._peer = peer = await self._air.connect(found, on_lost, timing.connect_s)
        self._paired = False
        radio = RADIOS[found.codec]
        wanted = set(radio.streams(self.settings))
        if radio.SERVICE not in peer.services or not wanted <= set(peer.characteristics):
            raise LinkError(f"{found.name}: {radio.MISSING}", "service")
        return peer

    async def _subscribe(self, peer: Peer) -> None:
        assert self.found is not None
        self.state = "subscribe"
        for characteristic, stream in RADIOS[self.found.codec].streams(self.settings).items():
            hear = self._hearing(peer, characteristic, stream)
            await self._allowed(peer, lambda c=characteristic, h=hear: peer.subscribe(c, h))  # type: ignore[misc]

    def _hearing(self, peer: Peer, characteristic: str, stream: str) -> Callable[[bytes | bytearray], None]:
        loop, samples = asyncio.get_running_loop(), stream not in NO_SAMPLES

        def hear(content: bytes | bytearray) -> None:
            host_ns = self._now_ns()
            if peer is not self._peer:
                return  # an old connection's last words
            payload = bytes(content)
            self._put(Notification(host_ns, self.source, stream, payload))
            if samples:
                self._heard_s = loop.time()
            if self._answers is not None:
                self._answers.setdefault(characteristic, deque(maxlen=ANSWERS_N)).append(payload)
                self._woken.set()

        return hear

    def _agree(self, settings: dict[str, Any]) -> None:
        """A recording is read with the settings of its header, so a later connection must bring the same."""
        assert self.found is not None
        codec = CODECS[self.found.codec]
        codec.decoder(settings)  # refuses what it cannot read
        before, now = (({"rate_hz": one.get("rate_hz")}, codec.range_ms2(one)) for one in (self.settings, settings))
        if self._agreed and before != now:
            raise LinkError(f"{self.found.name} came back with other settings: start a new recording", "final")
        if not self._agreed:
            self.settings, self._agreed = settings, True

    # ------------------------------------------------------------------ the talk

    async def _talk(self, peer: Peer) -> dict[str, Any]:
        """Carry out the codec's steps; the settings that the sensor agreed to."""
        assert self.found is not None
        self.state = "talk"
        talk = RADIOS[self.found.codec].start(self.settings)
        self._answers = {}
        answer: bytes | None = None
        try:
            while True:
                answer = await self._step(peer, talk.send(answer))
        except StopIteration as done:
            settings: dict[str, Any] = done.value
            return settings
        finally:
            self._answers = None
            talk.close()

    async def _step(self, peer: Peer, step: Step) -> bytes | None:
        match step:
            case Pause():
                await asyncio.sleep(step.seconds)
            case Listen():
                return await self._listen(step)
            case Write():
                assert self._answers is not None
                self._answers.clear()  # an answer belongs to the last write
                await self._allowed(peer, lambda: peer.write(step.characteristic, step.payload, step.response))
            case _:
                return await self._allowed(peer, lambda: peer.read(step.characteristic))
        return None

    async def _listen(self, step: Listen) -> bytes:
        assert self._answers is not None
        assert self.found is not None
        try:
            async with asyncio.timeout(step.seconds):
                while not (heard := self._answers.get(step.characteristic)):
                    if self._gone.is_set():
                        raise LinkError(f"the link to {self.found.name} fell while it was being started", "lost")
                    self._woken.clear()
                    await self._woken.wait()
        except TimeoutError:
            raise Silent(
                f"{self.found.name} did not answer within {step.seconds:g} s: switch it off and on, then try again"
            ) from None
        return heard.popleft()

    async def _allowed[T](self, peer: Peer, act: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do it; where the sensor wants to be paired, pair once per connection and do it again."""
        try:
            return await act()
        except LinkError as e:
            if e.fault != "auth" or self._paired:
                raise
        self._paired = True
        await peer.pair()
        try:
            return await act()
        except LinkError as e:
            raise LinkError(str(e), "final") if e.fault == "auth" else e from None
