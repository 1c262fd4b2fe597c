"""The dashboard from its welcome to a recorded trial and back: the real home, all its threads, a strap in the virtual
air, in virtual time; keys as a person presses them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import bleak
from textual.pilot import Pilot

from radio.adapter import Adapter, Scanner, System
from radio.client import Client
from radio.company import Company, company
from radio.devices.polar import Polar
from radio.sitting import endless, motion
from radio.world import World
from surefoot.events import HoldEnded, Scored
from surefoot.home import Home
from surefoot.plan import replay
from surefoot.recording import read
from surefoot.remembered import load
from surefoot.samples import Cue
from surefoot.sources.radio import Radio
from surefoot.tui.app import Surefoot
from tui_fakes import screen_text, terminal

STEPS_N = 1500
"""Turns of the app that a thing may take; each lasts some milliseconds."""


class Room:
    """A strap on somebody who balances; it is made when somebody scans."""

    def __init__(self) -> None:
        self.strap = Polar("h10")

    async def begin(self) -> Adapter:
        here = World(seed=3)
        await here.adapter.device.power_on()
        worn = await here.add(self.strap)
        self.playing = asyncio.ensure_future(worn.play(endless(motion(200, 60), 18)))
        return here.adapter

    def scanner(self) -> type[Scanner]:
        room = self

        class First(Scanner):
            async def start(self) -> None:
                if not hasattr(Scanner, "adapter"):
                    Scanner.adapter = Client.adapter = System.adapter = await room.begin()
                await super().start()

        return First


class Turning:
    """The app, turned by hand; time goes on while it rests."""

    def __init__(self, app: Surefoot, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    async def until(self, what: Callable[[], bool]) -> None:
        for _ in range(STEPS_N):
            self.app.frame()
            await asyncio.sleep(0)  # not the pilot's pause: it waits for the other threads to rest
            if what():
                return
            threading.Event().wait(0.01)  # the others' turn
        raise AssertionError(screen_text(self.app).split("── runs")[0])

    async def shows(self, words: str) -> None:
        await self.until(lambda: words in screen_text(self.app).split("── runs")[0])


class Time:
    """The company's, for the screen."""

    def __init__(self, company: Company) -> None:
        self._company = company

    def now_s(self) -> float:
        return self._company.now_s


async def way(home: Home, time: Company, folder: Path) -> None:
    app = Surefoot(None, None, first_screen="welcome", home=home, clock=Time(time))
    async with app.run_test(size=(100, 30)) as pilot:
        turning = Turning(app, pilot)
        await turning.shows("● Polar H10")
        await pilot.press("1")
        await turning.shows("✓ gravity")
        await turning.shows("✓ all is well")
        await pilot.press("c", "enter")  # the chest
        await turning.shows("[stand]")
        await pilot.press("t", "t", "t", "b", "enter")  # 15 s, by the space key
        await turning.shows("◇ ready")
        await pilot.press("space")
        await turning.shows("▶ holding")
        await turning.shows("■ t")  # target reached; or touch-down, where the motion begins anew
        await pilot.press("escape")
        await turning.shows("End it and choose again?")
        await pilot.press("y")
        await turning.shows("■ kept:")
        await pilot.press("escape")
        await turning.shows("✓ all is well")
        await pilot.press("escape")
        await turning.until(lambda: app.way.waiting is None and app.current_mode == "welcome")
        await turning.shows("used last time")
        await pilot.press("q")


def test_from_the_welcome_to_a_recorded_trial_and_back(tmp_path: Path) -> None:
    runner = asyncio.Runner()
    runner.get_loop()  # the screen's own: it does not take part in the virtual time
    room = Room()
    with terminal(), runner, company() as time:
        home = Home(tmp_path, lambda: started(Radio(time.now_ns)), lambda: time.now_s)
        with (
            mock.patch.object(bleak, "get_platform_scanner_backend_type", return_value=(room.scanner(), "virtual")),
            mock.patch.object(bleak, "get_platform_client_backend_type", return_value=(Client, "virtual")),
            mock.patch.object(bleak, "get_platform_adapter_backend_type", return_value=(System, "virtual")),
        ):
            try:
                runner.run(way(home, time, tmp_path))
                assert not room.strap.running
                home.close()
            finally:
                del Scanner.adapter, Client.adapter, System.adapter
    (path,) = (tmp_path / "recordings").glob("*.jsonl.gz")
    assert home.kept == [path]
    recording = read(path)
    (sensor,) = recording.header["sources"].values()
    assert (sensor["placement"], recording.header["drill"]["target_s"]) == ("chest", 15.0)
    assert [item.kind for item in recording.inputs() if isinstance(item, Cue)] == ["start"]
    assert recording.clean
    events = list(replay(path))
    (ended,) = [event for event in events if isinstance(event, HoldEnded)]
    (scored,) = [event for event in events if isinstance(event, Scored)]
    assert ended.end_reason in ("target", "touch_down")
    assert scored.of == "trial"
    memory, _ = load(tmp_path / "home.json")
    assert memory.sensor is not None
    assert memory.sensor.name.startswith("Polar H10")
    assert (memory.placement, memory.start) == ("chest", "space")


def started(radio: Radio) -> Radio:
    """With its thread."""
    radio.start()
    return radio
