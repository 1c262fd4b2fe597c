"""The way in: sensors in reach, a demo, recordings."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from textual.binding import Binding

from surefoot.tui.offers import welcome_rows
from surefoot.tui.ports import DEMO, Look, Offer
from surefoot.tui.scene import Scene
from surefoot.tui.screens.field import FieldDialog
from surefoot.tui.screens.step import Step, step_keys
from surefoot.tui.widgets.rows import Row, told
from surefoot.tui.words import Part, clean

ADDRESS_N: Final = 280  # characters: the longest name of a host, and what stands around it
PHONE_HOW: Final = (
    'On the phone: the free app phyphox, "Acceleration with g", its menu, "Allow remote access". It shows the address. '
    "Keep the app in front, and phone and computer in one Wi-Fi; whoever is in it can read along."
)


class WelcomeScreen(Step):
    """`enter` connects what the cursor is on: the sensor of last time, when there is one."""

    BINDINGS: ClassVar[list[Any]] = step_keys(
        "Connect",
        Binding("d", "choose('demo')", "Demo", id="demo"),
        Binding("p", "choose('phone')", "Phone", id="phone"),
        Binding("o", "choose('recordings')", "Recordings", id="shelf"),
        Binding("r", "again", "Look again", id="again", show=False),
        back="",
    )
    DOING = "sensor"
    ABOUT = (
        "Sensors appear as they are heard; the one of last time comes first. A number or a click connects that sensor. "
        "p takes the address of a phone. Recordings of real sensors are kept in your data folder."
    )

    def __init__(self) -> None:
        super().__init__()
        self._look = Look()
        self._typed = ""

    def show(self, scene: Scene) -> None:
        """Look each frame: that keeps the scan going."""
        self._look = self.home.look()
        super().show(scene)

    def rows(self, scene: Scene, width: int) -> list[Row]:
        """Sensors, then what works without one."""
        note = self.home.note
        notes = [told(f"! {clean(note, 300)}", "warn", width)] if note else []
        return [*notes, *welcome_rows(self._look, width, self.home.saved)]

    def aside(self, scene: Scene) -> list[Part]:
        """Whether it is looking."""
        if self._look.trouble is not None:
            return [Part("○ no Bluetooth", "bad", True)]
        return [Part("◔ looking …" if self._look.scanning else "◌ looks again soon", "muted")]

    def foot(self, scene: Scene) -> list[Part]:
        """What it is not."""
        return [Part("a training aid, not a medical device", "faint")]

    def go(self) -> None:
        """Connect, or open what was chosen."""
        at = self.menu.at
        if at == "demo":
            self.host.way.connect(DEMO)
        elif at == "recordings":
            self.host.way.shelf()
        elif at == "phone":
            known, example = self._typed or self.home.memory.phone, "http://192.168.1.23:8080"
            dialog = FieldDialog("the phone's address", "connects", known, example, ADDRESS_N, PHONE_HOW)
            self.app.push_screen(dialog, self._ask)
        for offer in self._look.offers:
            if at == f"sensor {offer.key}":
                self.host.way.connect(offer)

    def _ask(self, address: str | None) -> None:
        if address:
            self._typed = address  # a wrong one is mended, not typed again
            self.host.way.connect(Offer(address, "phone", phone=True))
            self.redraw()

    def action_choose(self, name: str) -> None:
        """A row by its letter."""
        self.menu.go(name)
        self.action_go()

    def action_jump(self, number: int) -> None:
        """A sensor by its number."""
        if number <= len(self._look.offers):
            self.action_choose(f"sensor {self._look.offers[number - 1].key}")

    def action_again(self) -> None:
        """Look now."""
        self.home.again()
        self.redraw()
