"""What every screen has: a state line, a loud line, a status line, help, and a way to be very small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

from surefoot.samples import DRILL_FIELDS
from surefoot.tui.commands import KeyCommands
from surefoot.tui.scene import NUMBERS_HZ, Scene
from surefoot.tui.sentences import alarm, drill_parts, recording_parts, sensor_parts, state_parts
from surefoot.tui.small import number_rows, sentence
from surefoot.tui.widgets.foot import Foot, Hint
from surefoot.tui.widgets.line import Line
from surefoot.tui.words import Part, clean, folded

if TYPE_CHECKING:
    from surefoot.tui.app import Surefoot

NUMBERS_ONLY = (60, 20)
ONE_SENTENCE = (40, 10)
SPACE = Part(" ")

COMMON = (
    Binding("question_mark", "app.help", "Help", id="help"),
    Binding("q", "app.leave", "Quit", id="quit"),
)
"""Keys of every view; each puts them after its own, as the footer shows them."""
BACK = Binding("escape", "app.step_back", "Back", id="step_back", show=False)
"""Of the screens to which another one leads."""


class View(Screen[None]):
    """`frame` hands each view a scene; the view draws plots at once, and numbers a few times per second."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]  # noqa: RUF012 (declared by Screen)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012
    COMMANDS = {KeyCommands}  # noqa: RUF012 (declared by Screen)
    LANDING: ClassVar[bool] = False
    """Speak of landings where there is room for one thing only."""
    ABOUT: ClassVar[str] = ""
    """What a person should know of this screen, for its help."""

    def __init__(self) -> None:
        super().__init__()
        self._counted = -1
        self._said = ""
        self._hints: dict[str, Hint] = {}

    @property
    def host(self) -> Surefoot:
        """The app, by its own type."""
        return cast("Surefoot", self.app)

    def compose(self) -> ComposeResult:
        """The frame around the body."""
        yield Line(id="state")
        yield Line(id="alarm")
        yield from self.body()
        yield Line(id="status")
        yield Line(id="small")
        yield Foot()

    def body(self) -> ComposeResult:
        """What this screen is for."""
        yield Widget()

    def on_mount(self) -> None:
        """Draw with the first layout."""
        for binding in (active.binding for active in self.active_bindings.values()):
            if binding.id:
                shown = self.host.get_key_display(binding)
                self._hints.setdefault(binding.id, Hint(binding.key, shown, binding.description))
        self.call_after_refresh(self.host.frame)

    def on_screen_resume(self) -> None:
        """Coming back from another screen: numbers are due."""
        self._counted = -1

    def on_resize(self, event: events.Resize) -> None:
        """Choose between the whole screen, numbers only, and one sentence."""
        width, height = event.size
        self.set_class(width < NUMBERS_ONLY[0] or height < NUMBERS_ONLY[1], "-small")
        self._counted = -1
        self.call_after_refresh(self.host.frame)

    # ------------------------------------------------------------------------------------ one frame

    def show(self, scene: Scene) -> None:
        """Draw one frame. Numbers follow the clock's grid, so that a late frame shows the right ones."""
        tick = int(scene.now_s * NUMBERS_HZ)
        state = "".join(part.text for part in state_parts(scene, self.landing)) + str(scene.lit)
        due = tick != self._counted or state != self._said
        self._counted, self._said = tick, state
        if self.has_class("-small"):
            if due:
                self._show_small(scene)
            return
        if due:
            self.write(scene)
        self.move(scene)

    def write(self, scene: Scene) -> None:
        """The lines; a subclass adds its numbers."""
        snapshot = scene.snapshot
        state, drill = state_parts(scene, self.landing), drill_parts(snapshot.spec) if snapshot else []
        if sum(cell_len(part.text) for part in (*state, *drill)) + 4 > self.size.width:
            state = [part for part in state if part.tone != "faint"]  # the hint gives way to what is being done
        self.query_one("#state", Line).say([SPACE, *state], [*drill, SPACE])
        loud, line = alarm(scene), self.query_one("#alarm", Line)
        line.set_class(loud is not None, "-loud")
        line.say_rows(folded(loud, self.size.width) if loud else [])
        self.tell(scene)

    def tell(self, scene: Scene) -> None:
        """The last two lines: what was said by the way, else what always stands there; and the keys that matter now."""
        status = self.query_one("#status", Line)
        status.set_class(scene.message is not None, "-told")
        if scene.message is not None:
            status.say_rows(folded(Part(f"› {clean(scene.message, 200)}", "accent", True), self.size.width))
        else:
            status.say(*self.status(scene))
        hints = [(name, "") if isinstance(name, str) else name for name in self.hints(scene)]
        self.query_one(Foot).put([replace(self._hints[id], does=does or self._hints[id].does) for id, does in hints])

    def status(self, scene: Scene) -> tuple[list[Part], list[Part]]:
        """The sensor and its link; the recording."""
        if scene.snapshot is None:
            return [], []
        sensor = sensor_parts(scene.snapshot.sensor, scene.silence_s)
        return [SPACE, *sensor], [*recording_parts(scene), SPACE]

    def hints(self, scene: Scene) -> Sequence[str | tuple[str, str]]:
        """Ids of the bindings in the last line, six at the most; with other words than the help's, where now is known.

        Those that are declared to be shown, where a screen does not say more.
        """
        return [one.id for one in self._shown() if one.id]

    def _shown(self) -> Iterator[Binding]:
        for made in type(self).BINDINGS:
            if isinstance(made, Binding) and made.show:
                yield made

    @property
    def way_out(self) -> str:
        """The key that leaves this screen."""
        return "step_back" if self.host.way.leads_back else "quit"

    def move(self, scene: Scene) -> None:
        """The plots."""

    @property
    def landing(self) -> bool:
        """Speak of landings rather than of a hold."""
        return self.LANDING

    def _show_small(self, scene: Scene) -> None:
        line = self.query_one("#small", Line)
        if self.size.width < ONE_SENTENCE[0] or self.size.height < ONE_SENTENCE[1]:
            line.say_rows(folded(sentence(scene, self.landing), self.size.width))
        else:
            line.say_rows([(row, ()) for row in number_rows(scene, self.landing, self.size.width)])

    # ------------------------------------------------------------------------------------ settings

    def choose_next(self, field: str) -> None:
        """Set a drill field to its next word; not during a trial, whose conditions must stay what they are."""
        scene = self.host.scene
        spec = scene.snapshot.spec if scene.snapshot else None
        if scene.running:
            self.host.say("stop first: the conditions of a running trial stay as they are")
            return
        words = [str(word) for word in DRILL_FIELDS[field] if word != "unknown"]
        now = getattr(spec, field) if spec else words[-1]
        place = words.index(now) if now in words else -1
        self.host.cue("set", f"{field}={words[(place + 1) % len(words)]}")
