"""A home that does only what the test says, for the screens from the welcome to a drill."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from surefoot.remembered import Memory
from surefoot.samples import G0_MS2, DrillSpec
from surefoot.snapshot import Sensor, Snapshot
from surefoot.tui.app import Surefoot
from surefoot.tui.ports import Kept, Look, Offer
from tui_fakes import DROP, HOLD, FakeFeed, Stage, VirtualClock

STRAP = Offer("F0:01", "Polar H10 0A3BC127", "Polar H10", "sway and landings", -58, 87, known=True)
DOT = Offer("F0:02", "Xsens DOT", "Movella DOT", "sway only: 60 Hz", -83, 12)
HELD = Offer("F0:03", "Movesense 23", "Movesense", "sway and landings", None, None, taken=True)
GOOD = Sensor(
    "s1", "Polar H10 0A3BC127", "waist", 200.0, "streaming", battery_pct=87, measured_hz=199.6, lately_lost_n=0,
    gravity_ms2=9.79, range_ms2=8 * G0_MS2, gyro=False,
)  # fmt: skip
KEPT = (
    Kept("/data/b.jsonl.gz", "2031-04-02 07:41 · stand left · 1:12", "H10 · 2031-04-02_074100_hold_left.jsonl.gz"),
    Kept("/data/a.jsonl.gz", "2031-04-01 07:40 · drop both · 2:03", "H10 · [b]a[/].jsonl.gz"),
)


class FakeWork:
    """Done when the test says so."""

    def __init__(self, said: str) -> None:
        self.said = said
        self.done = self.cancelled = self.settled = False
        self.result: Any = None
        self.failure: str | None = None

    def finish(self, result: Any = None) -> None:
        self.done, self.result = True, result

    def fail(self, why: str) -> None:
        self.done, self.failure = True, why

    def cancel(self) -> bool:
        self.cancelled = not self.settled
        return self.cancelled


class FakeHome:
    """`asked`: what the screens wanted, in order; `work`: the newest piece of it."""

    def __init__(self, look: Look, memory: Memory) -> None:
        self.here, self.memory = look, memory
        self.note: str | None = None
        self.saved: str | None = None
        self.asked: list[Any] = []
        self.looks_n = 0
        self.work = FakeWork("")

    def look(self) -> Look:
        self.looks_n += 1
        return self.here

    def again(self) -> None:
        self.asked.append("again")

    def connect(self, offer: Offer) -> FakeWork:
        return self._ask(("connect", offer.key), f"connecting to {offer.title} …")

    def begin(self, spec: DrillSpec, placement: str, start: str) -> FakeWork:
        self.memory = replace(self.memory, drill=spec.name, drills={**self.memory.drills, spec.name: spec}, start=start)
        return self._ask(("begin", spec, placement, start), "getting ready …")

    def rest(self) -> FakeWork:
        return self._ask("rest", "closing the recording …")

    def leave(self) -> FakeWork:
        return self._ask("leave", "letting the sensor sleep …")

    def recordings(self) -> FakeWork:
        return self._ask("recordings", "looking …")

    def play(self, path: str) -> FakeWork:
        return self._ask(("play", path), "opening it …")

    def _ask(self, what: Any, said: str) -> FakeWork:
        self.asked.append(what)
        self.work = FakeWork(said)
        return self.work


class Checked(FakeFeed):
    """A session without a drill: a good sensor, unless the test changes it."""

    def __init__(self, clock: VirtualClock, sensor: Sensor = GOOD) -> None:
        super().__init__(clock, rows=None, rate_hz=100.0)
        self.sensor = sensor
        self.overrides = {"spec": None, "hold": None, "recording": None}

    def now(self, **changes: Any) -> None:
        """The sensor changes."""
        self.sensor = replace(self.sensor, **changes)
        self._last: Snapshot | None = None


class HomeStage(Stage):
    """An app with a home, at its welcome."""

    def __init__(
        self, look: Look | None = None, memory: Memory | None = None, kind: type[Surefoot] = Surefoot, **options: Any
    ) -> None:
        self.clock = VirtualClock()
        self.playback = None
        self.feed = Checked(self.clock)
        self.home = FakeHome(Look((STRAP, DOT), True) if look is None else look, memory or Memory())
        self.app = kind(None, None, first_screen="welcome", clock=self.clock, home=self.home, **options)

    @property
    def checked(self) -> Checked:
        assert isinstance(self.feed, Checked)
        return self.feed

    async def turn(self, pilot: Any, step_s: float = 0.2) -> None:
        """Frames until a switched screen is up: Textual lets 50 ms pass."""
        await self.frames(pilot, step_s)
        await pilot.pause(0.1)
        await self.frames(pilot, 0.2, 0.2)

    async def to_check(self, pilot: Any, key: str = "enter") -> None:
        """Connect what the cursor is on."""
        await self.turn(pilot)
        await pilot.press(key)
        self.home.work.finish(self.feed)
        await self.turn(pilot)

    async def to_setup(self, pilot: Any, key: str = "enter") -> None:
        """And accept the check."""
        await self.to_check(pilot, key)
        await pilot.press("enter")
        await self.turn(pilot)

    async def to_drill(
        self, pilot: Any, *keys: str, connect: str = "enter", recorded: bool = True, **overrides: Any
    ) -> FakeFeed:
        """And begin what `keys` choose."""
        await self.to_setup(pilot, connect)
        await pilot.press(*keys, "enter")
        kind, spec, *_ = self.home.asked[-1]
        assert kind == "begin"
        shape = {"hold": HOLD, "drop": DROP, "hop": DROP}[spec.name]
        feed = FakeFeed(self.clock, spec=replace(shape, name=spec.name), **overrides)
        if not recorded:
            feed.overrides["recording"] = None
        self.home.work.finish(feed)
        await self.turn(pilot)
        return feed
