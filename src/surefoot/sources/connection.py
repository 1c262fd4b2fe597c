"""One connection to one sensor, from the link to the end of the codec's talk. No radio library in here.

`Air` and `Peer` are what it needs of a radio; `sources.ble` has the real ones.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from surefoot.devices import RADIOS
from surefoot.errors import DeviceError, SurefootError
from surefoot.gatt import BATTERY_LEVEL, Listen, Pause, Step, Write

T = TypeVar("T")
FAULTS: Final = ("adapter", "absent", "lost", "auth", "service", "final")
"""What a LinkError is about: Bluetooth itself is off or forbidden; no such sensor in reach; the link fell or was not
made; the sensor wants to be paired; it lacks what its codec needs; and what no further try can mend."""
ANSWERS_N: Final = 64  # notifications kept for a talk that has not listened to them yet; a talk reads them one by one
NO_SAMPLES: Final = ("control", "battery")  # streams that may be silent while all is well


class LinkError(SurefootError):
    """The radio, or the link to a sensor, failed; `fault` is one of FAULTS."""

    def __init__(self, message: str, fault: str) -> None:
        assert fault in FAULTS
        super().__init__(message)
        self.fault = fault


class Silent(DeviceError):
    """The sensor did not answer in time."""


@dataclass(frozen=True, slots=True)
class Found:
    """A sensor in reach. `rssi` dBm; `in_use`: this computer holds it connected, so it does not advertise; `codec` and
    `kind` are "" when nobody knows it; `handle`: the radio library's own object."""

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

    @property
    def services(self) -> Collection[str]:
        """Lower-case 128-bit UUIDs."""
        ...

    @property
    def characteristics(self) -> Mapping[str, Collection[str]]:
        """UUID → properties: "read", "notify", …"""
        ...

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
        """Needed also after the link was lost: it frees what the system still holds for it."""
        ...


class Air(Protocol):
    """The computer's radio. `lock`: one scan or connect at a time, else BlueZ refuses both."""

    lock: asyncio.Lock

    async def find(self, wanted: str, known: Found | None, seconds: float) -> Found:
        """The sensor of that address or name, which nobody else finds until it is released; `known`: as it was found
        before. Raises LinkError."""
        ...

    def release(self, found: Found) -> None:
        """It is free for others."""
        ...

    async def connect(self, found: Found, on_lost: Callable[[], None], seconds: float) -> Peer:
        """Connect; `on_lost` is called once when the link ends. Raises LinkError."""
        ...


class Connection:
    """From the link to the stream, once.

    Args:
        found: the sensor.
        settings: what its codec shall ask for.
        take: called in the radio's loop with each stream and payload, first thing on arrival.
    """

    def __init__(
        self, found: Found, settings: Mapping[str, Any], take: Callable[[str, bytes | bytearray], bytes]
    ) -> None:
        self.gone = asyncio.Event()
        self.heard_s = 0.0
        self._found, self._settings, self._take = found, settings, take
        self._radio = RADIOS[found.codec]
        self._peer: Peer | None = None
        self._answers: dict[str, deque[bytes]] | None = None
        self._woken = asyncio.Event()
        self._paired = False

    async def make(self, air: Air, seconds: float) -> None:
        """Connect. Raises LinkError; "service" when it is not the device that its codec knows."""
        self._peer = await air.connect(self._found, self._lost, seconds)
        needed = self._radio.streams(self._settings)
        service = self._radio.SERVICE or self._settings["service"]  # of a board: its profile names it
        if service not in self.peer.services or not set(needed) <= set(self.peer.characteristics):
            raise LinkError(f"{self._found.name}: {self._radio.MISSING}", "service")

    @property
    def peer(self) -> Peer:
        """The connected sensor."""
        if self._peer is None:
            raise LinkError(f"{self._found.name} is not connected: connect again", "lost")
        return self._peer

    def _lost(self) -> None:
        self.gone.set()
        self._woken.set()

    # ------------------------------------------------------------------ hearing

    async def subscribe(self) -> None:
        """All streams of the codec, in its order. Raises LinkError, DeviceError."""
        for characteristic, stream in self._radio.streams(self._settings).items():
            await self._hear(characteristic, stream)

    async def _hear(self, characteristic: str, stream: str) -> None:
        loop, samples = asyncio.get_running_loop(), stream not in NO_SAMPLES

        def hear(content: bytes | bytearray) -> None:
            payload = self._take(stream, content)
            if samples:
                self.heard_s = loop.time()
            if self._answers is not None:
                self._answers.setdefault(characteristic, deque(maxlen=ANSWERS_N)).append(payload)
                self._woken.set()

        await self._allowed(lambda: self.peer.subscribe(characteristic, hear))

    async def battery(self, every_s: float) -> None:
        """Take the charge now, and again when the sensor tells it, or each `every_s`. Ends where it cannot be read."""
        properties = self.peer.characteristics.get(BATTERY_LEVEL, ())
        while "read" in properties:
            try:
                self._take("battery", await self.peer.read(BATTERY_LEVEL))
                if "notify" in properties:
                    await self.peer.subscribe(BATTERY_LEVEL, self._charge)
                    return
            except SurefootError:
                return  # a nicety: the stream goes on without it
            await asyncio.sleep(every_s)

    def _charge(self, content: bytes | bytearray) -> None:
        self._take("battery", content)

    # ------------------------------------------------------------------ talking

    async def talk(self) -> dict[str, Any]:
        """Carry out the codec's steps; the settings that the sensor agreed to. Raises LinkError, DeviceError."""
        talk = self._radio.start(self._settings)
        self._answers = {}
        answer: bytes | None = None
        try:
            while True:
                answer = await self._step(talk.send(answer), self._answers)
        except StopIteration as done:
            settings: dict[str, Any] = done.value
            return settings
        finally:
            self._answers = None
            self.heard_s = asyncio.get_running_loop().time()
            talk.close()

    async def _step(self, step: Step, answers: dict[str, deque[bytes]]) -> bytes | None:
        match step:
            case Pause():
                await asyncio.sleep(step.seconds)
                return None
            case Listen():
                return await self._listen(step, answers)
            case Write():
                answers.clear()  # what is heard from here on may be its answer
                await self._allowed(lambda: self.peer.write(step.characteristic, step.payload, step.response))
                return None
            case _:
                return await self._allowed(lambda: self.peer.read(step.characteristic))

    async def _listen(self, step: Listen, answers: dict[str, deque[bytes]]) -> bytes:
        name = self._found.name
        try:
            async with asyncio.timeout(step.seconds):
                while not (heard := answers.get(step.characteristic)):
                    if self.gone.is_set():
                        raise LinkError(f"the link to {name} fell while it was being started: come closer", "lost")
                    self._woken.clear()
                    await self._woken.wait()
        except TimeoutError:
            raise Silent(
                f"{name} did not answer within {step.seconds:g} s: switch it off and on, then try again"
            ) from None
        return heard.popleft()

    async def _allowed(self, act: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do it; where the sensor wants to be paired, pair once per connection and do it again."""
        while True:
            try:
                return await act()
            except LinkError as e:
                if e.fault != "auth":
                    raise
                if self._paired:
                    raise LinkError(str(e), "final") from None
            self._paired = True
            await self.peer.pair()

    # ------------------------------------------------------------------ leaving

    async def leave(self, write_s: float, writes_s: float, hang_up_s: float) -> None:
        """Let the sensor sleep, then hang up; what fails is passed over, for nobody can mend it now."""
        if self._peer is None:
            return
        try:
            await _at_most(writes_s, self._stop(self._peer, write_s))
        finally:
            await _at_most(hang_up_s, self._peer.disconnect())

    async def _stop(self, peer: Peer, write_s: float) -> None:
        for step in self._radio.stop(self._settings):
            if self.gone.is_set():
                return
            await _at_most(write_s, peer.write(step.characteristic, step.payload, step.response))


async def _at_most(seconds: float, act: Coroutine[Any, Any, None]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await act
    except (SurefootError, TimeoutError):
        pass


async def in_peace(work: Coroutine[Any, Any, None], seconds: float) -> None:
    """Finish it even when cancelled meanwhile, but within so many seconds; then be cancelled."""
    loop = asyncio.get_running_loop()
    task, end_s = loop.create_task(work), loop.time() + seconds
    cancelled: asyncio.CancelledError | None = None
    while not task.done() and loop.time() < end_s:
        try:
            await asyncio.wait({task}, timeout=end_s - loop.time())
        except asyncio.CancelledError as e:
            cancelled = e
    if not task.cancel():
        task.result()  # a bug of ours is not kept quiet
    if cancelled is not None:
        raise cancelled
