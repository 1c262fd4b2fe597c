"""Which drill, under which conditions."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.binding import Binding

from surefoot.remembered import STARTS
from surefoot.samples import DrillSpec
from surefoot.tui.choices import CHOICES, FIELDS, HINTS, KEYS, USUAL, advice_row, scored_part, setup_rows, turned
from surefoot.tui.ports import DEMO
from surefoot.tui.scene import Scene
from surefoot.tui.screens.step import Step, step_keys
from surefoot.tui.sentences import alarm
from surefoot.tui.widgets.rows import Row, told
from surefoot.tui.words import Part, clean
from surefoot.wording import safety


class SetupScreen(Step):
    """A row a choice; `enter` begins, after a second `enter` where safety has something to say."""

    BINDINGS: ClassVar[list[Any]] = step_keys(
        "Begin",
        Binding("left", "change(-1)", "Change", id="left", key_display="←→"),
        Binding("right,space", "change(1)", "Next value", id="right", show=False),
        *(Binding(key, f"turn('{field}')", show=False) for field, key in KEYS.items()),
        moves="Choose",
    )
    DOING = "drill"
    ABOUT = (
        "The letter of a row turns its value, like ←→ and space; a digit goes to a row. Enter begins: the picture "
        "appears, then there is time to walk, and before a hold a countdown of 5 s. Your choices are there again next "
        "time."
    )

    def __init__(self) -> None:
        super().__init__()
        self._specs: dict[str, DrillSpec] = {}
        self._drill = ""
        self._start = STARTS[0]
        self._asked = False

    @property
    def spec(self) -> DrillSpec:
        """What is chosen."""
        return self._specs[self._drill]

    def arrive(self) -> None:
        """As it was last time."""
        memory = self.home.memory
        self._specs = {**USUAL, **memory.drills}
        self._drill, self._start, self._asked = memory.drill, memory.start, False

    def rows(self, scene: Scene, width: int) -> list[Row]:
        """The choices, whether they get a score, and advice."""
        sensor = scene.snapshot.sensor if scene.snapshot else None
        demo = self.host.way.offer == DEMO
        rows = setup_rows(self.spec, None if demo else self._start)
        hint = Row(((), (Part(HINTS.get(self.menu.at or "name", ""), "muted"),)))
        rows += [hint, Row(((scored_part(self.spec, self.host.way.placement, sensor),),))]
        if demo:
            rows.append(told("◇ the simulated runner begins at once, then waits for space", "muted", width))
        advice = None if demo else advice_row(self.spec, self._asked, width)
        if advice is not None:
            rows += [Row(((),)), advice]
        if self.home.saved is not None:
            rows += [Row(((),)), told(f"■ kept: {clean(self.home.saved, 300)}", "good", width)]
        return rows

    def aside(self, scene: Scene) -> list[Part]:
        """Whether the sensor is still there."""
        if scene.failure is not None or scene.ended:
            return [Part("✖ the sensor is gone", "bad", True)]
        return [Part(f"○ sensor lost {scene.silence_s:.0f} s", "bad", True)] if scene.lost else []

    def foot(self, scene: Scene) -> list[Part]:
        """Which sensor, worn where, and what is wrong with it."""
        name = clean(scene.snapshot.sensor.name, 30) if scene.snapshot else ""
        wrong = alarm(scene)
        return [Part(f"{name} at the {self.host.way.placement}", "muted"), *([Part("  "), wrong] if wrong else [])]

    def point(self, before: bool) -> None:
        """A first click goes to the row, a second one turns its value."""
        if before:
            self.action_change(1)

    def go(self) -> None:
        """Begin; first ask where it could end in a fall."""
        if self.host.scene.ended or self.host.scene.failure is not None:
            self.host.way.fault = "the sensor is gone: esc, esc goes back to the welcome, connect it again there"
        elif safety(self.spec) is not None and not self._asked and self.host.way.offer != DEMO:
            self._asked = True
        else:
            self._asked = False
            self.host.way.begin(self.spec, self._start)

    def back(self) -> None:
        """To the check; before that, out of the question."""
        if self._asked:
            self._asked = False
        else:
            self.host.switch_mode("check")

    def action_change(self, step: int) -> None:
        """The next or the previous value of the row."""
        self._turn(self.menu.at, step)

    def action_turn(self, field: str) -> None:
        """The next value of a row, by its letter."""
        if field in FIELDS[self._drill] or (field == "start" and self.host.way.offer != DEMO):
            self.menu.go(field)
            self._turn(field, 1)

    def _turn(self, field: str, step: int) -> None:
        self._asked, self.host.way.fault = False, None
        if field == "name":
            names = CHOICES["name"]
            self._drill = names[(names.index(self._drill) + step) % len(names)]
        elif field == "start":
            self._start = STARTS[(STARTS.index(self._start) + step) % len(STARTS)]
        elif field:
            self._specs[self._drill] = turned(self.spec, field, step)
        self.redraw()
