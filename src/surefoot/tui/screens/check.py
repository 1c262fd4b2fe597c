"""Is the sensor good enough, and where is it worn?"""

from __future__ import annotations

from typing import Any, ClassVar

from textual.binding import Binding

from surefoot.tui.findings import PLACEMENT_KEYS, Finding, finding_rows, findings, placement_rows, verdict
from surefoot.tui.ports import DEMO
from surefoot.tui.scene import Scene
from surefoot.tui.screens.step import Step, step_keys
from surefoot.tui.widgets.rows import Row, heading
from surefoot.tui.words import Part, clean


class CheckScreen(Step):
    """The cursor is the placement; `enter` goes on with it, warnings or not."""

    BINDINGS: ClassVar[list[Any]] = step_keys(
        "Go on",
        *(Binding(key, f"place('{name}')", show=False) for name, key in PLACEMENT_KEYS.items()),
        moves="Worn at",
    )
    DOING = "check"
    ABOUT = (
        "✓ is good, ▽ wants a look, ◔ is not known yet; you may go on with all of them. The letter of a placement "
        "chooses it; scores are never compared across placements."
    )

    def __init__(self) -> None:
        super().__init__()
        self._found: list[Finding] = []

    def arrive(self) -> None:
        """Where it was last time."""
        self.menu.go(self.host.way.placement)

    def rows(self, scene: Scene, width: int) -> list[Row]:
        """A line for each finding, then the placements."""
        self._found = findings(scene)
        sensor = scene.snapshot.sensor if scene.snapshot else None
        only = "waist" if self.host.way.offer == DEMO else None
        return [*finding_rows(self._found, width), heading("worn at"), *placement_rows(sensor, only)]

    def aside(self, scene: Scene) -> list[Part]:
        """All findings in one."""
        return [verdict(self._found or findings(scene))]

    def foot(self, scene: Scene) -> list[Part]:
        """Which sensor."""
        name = scene.snapshot.sensor.name if scene.snapshot else ""
        return [Part(clean(name, 40), "plain"), Part("  stand still for a moment, as you will in the drill", "muted")]

    def point(self, before: bool) -> None:
        """A first click chooses the placement, a second one goes on."""
        if before:
            self.action_go()

    def go(self) -> None:
        """On to the drill, unless there is nothing to measure with any more."""
        if self.host.scene.ended or self.host.scene.failure is not None:
            self.host.way.fault = "the sensor is gone: esc goes back, connect it again there"
        else:
            self.host.way.placement = self.menu.at
            self.host.switch_mode("setup")

    def back(self) -> None:
        """To the welcome; the sensor sleeps."""
        self.host.way.leave_sensor()

    def action_place(self, name: str) -> None:
        """A placement by its letter."""
        self.menu.go(name)
        self.redraw()
