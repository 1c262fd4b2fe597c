"""The dashboard: screens over a feed, a playback, or both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from surefoot.events import CueRejected, Event, PacketRejected
from surefoot.snapshot import Snapshot
from surefoot.tui.bands import SOFTNESS, Bands
from surefoot.tui.palette import THEME
from surefoot.tui.playhead import Playhead
from surefoot.tui.ports import Clock, Feed, MonotonicClock, Playback, Voice
from surefoot.tui.scene import Scene
from surefoot.tui.screens.dialogs import HelpDialog, LeaveDialog
from surefoot.tui.screens.landings import LandingsScreen
from surefoot.tui.screens.replay import ReplayScreen
from surefoot.tui.screens.stand import StandScreen
from surefoot.tui.screens.view import View
from surefoot.tui.sounding import Sounding

MESSAGE_S = 4.0
"""How long something said by the way stays."""
TICK_S = 0.25
"""A live source ticks this often in silence, so a snapshot may be this old without a sample being late."""
LOOK_S = 0.01
"""How often the app looks whether there is something new: a sample should not wait for a frame's turn."""
SOONEST = 0.8
"""Share of a frame's time after which a new snapshot may be drawn: packets never come quite evenly."""

SECOND_OF_PAIR = ("forward", "faster", "previous_event")
"""Keys whose other half already shows both in the help and the footer."""


class Surefoot(App[None]):
    """Pulls a snapshot per frame and draws it.

    Args:
        feed: a running session, or None.
        playback: a recording, or None.
        first_screen: stand, landings or replay.
        clock: real by default; with any other clock no timer is started and the caller calls `frame`.
        fps: frames per second of the real clock.
        title: of the terminal window.
        softness: words of the softness score.
        voice: a loudspeaker, or None for the terminal's bell.
        sounds: when there is a sway tone, a word of `sounding.SCHEDULES`.
        debrief: asked when a trial or a set of landings is over; a screen that it returns is shown over the live one.
    """

    CSS_PATH = Path(__file__).with_name("app.tcss")  # a subclass elsewhere finds it too
    TITLE = "surefoot"
    MODES: ClassVar[dict[str, Any]] = {"stand": StandScreen, "landings": LandingsScreen, "replay": ReplayScreen}
    BINDINGS: ClassVar[list[Any]] = [
        Binding("1", "view('stand')", "Stand", id="stand", show=False),
        Binding("2", "view('landings')", "Landings", id="landings", show=False),
        Binding("3", "view('replay')", "Replay", id="replay", show=False),
        Binding("m", "mute", "Sound on/off", id="mute", show=False),
    ]

    def __init__(
        self,
        feed: Feed | None,
        playback: Playback | None,
        *,
        first_screen: str,
        clock: Clock | None = None,
        fps: float = 20.0,
        title: str = "surefoot",
        softness: Bands = SOFTNESS,
        voice: Voice | None = None,
        sounds: str = "auto",
        debrief: Callable[[Snapshot], Screen[Any] | None] = lambda snapshot: None,
    ) -> None:
        super().__init__()
        self.feed, self.playback, self.softness = feed, playback, softness
        self.sounding = Sounding(self.bell, voice, sounds)
        self.clock: Clock = clock or MonotonicClock()
        self.playhead = Playhead(self.clock)
        self.scene = Scene(None, self.clock.now_s())
        self.heard: list[Event] = []
        self._first, self._fps, self._drawn_s = first_screen, fps, 0.0
        self._seen: tuple[Snapshot | None, float] = (None, 0.0)
        self._message: tuple[str, float] | None = None
        self.debrief = debrief
        self._results_n: int | None = None  # at the begin of what is running
        self.title = title
        self.register_theme(THEME)
        self.theme = THEME.name

    def on_mount(self) -> None:
        """Show the first screen. DEFAULT_MODE is read from the class, too early for an argument."""
        self.switch_mode(self._first)
        if isinstance(self.clock, MonotonicClock):
            self.set_interval(LOOK_S, self._turn)

    # ------------------------------------------------------------------------------------ one frame

    def _turn(self) -> None:
        """Draw what is new soon after it came, but no more often than `fps`; without news, draw at that rate."""
        waited = (self.clock.now_s() - self._drawn_s) * self._fps
        news = self.feed is not None and self.feed.snapshot() is not self._seen[0]
        if waited >= (SOONEST if news else 1.0):
            self._drawn_s = self.clock.now_s()
            self.frame()

    def frame(self) -> None:
        """Hear what happened, look at the newest snapshot, draw. Catches nothing: a fault here is a bug to be seen."""
        for event in self.feed.drain() if self.feed else ():
            self._hear(event)
        view = next((screen for screen in reversed(self.screen_stack) if isinstance(screen, View)), None)
        if view is None or not view.is_mounted:
            return
        self.scene = self._look(replay=isinstance(view, ReplayScreen))
        if self.feed is not None:
            self.sounding.follow(self.scene)
        with self.batch_update():
            view.show(self.scene)
        self._follow_set(self.scene)

    def _look(self, replay: bool) -> Scene:
        now_s = self.clock.now_s()
        if replay and self.playback is not None:
            self.playhead.settle(self.playback.duration_s, self.playback.complete)
            snapshot = self.playback.at(self.playhead.t_s)
            silence_s = snapshot.sensor.silence_s if snapshot else 0.0
            said = self._said(now_s) or self.playback.failure
            return Scene(snapshot, now_s, live=False, silence_s=silence_s, message=said)
        if self.feed is None:
            return Scene(None, now_s, message=self._said(now_s))
        snapshot = self.feed.snapshot()
        if snapshot is not self._seen[0]:
            self._seen = (snapshot, now_s)
        # even a session thread that hangs must not leave a lively picture behind
        waited_s = max(0.0, now_s - self._seen[1] - TICK_S)
        silence_s = (snapshot.sensor.silence_s if snapshot else 0.0) + waited_s
        return Scene(
            snapshot,
            now_s,
            silence_s=silence_s,
            ended=self.feed.finished,
            failure=self.feed.failure,
            message=self._said(now_s),
        )

    def _follow_set(self, scene: Scene) -> None:
        """When a trial or a set of landings is over, ask for its summary; a question that stands there comes first."""
        snapshot = scene.snapshot
        if not scene.live or snapshot is None:
            return
        running, results_n = scene.running or scene.landing_running, len(snapshot.trials) + len(snapshot.landings)
        if running and self._results_n is None:
            self._results_n = results_n
        elif not running and self._results_n is not None:
            new, self._results_n = results_n > self._results_n, None
            summary = self.debrief(snapshot) if new and isinstance(self.screen, View) else None
            if summary is not None:
                self.push_screen(summary)

    def _hear(self, event: Event) -> None:
        self.heard.append(event)
        self.sounding.hear(event)
        match event:
            case CueRejected():
                self.say(event.reason)
            case PacketRejected():
                self.say(f"a packet could not be read: {event.reason}")
            case _:
                pass

    def _said(self, now_s: float) -> str | None:
        if self._message is None or now_s >= self._message[1]:
            return None
        return self._message[0]

    # ------------------------------------------------------------------------------------ doing

    def say(self, text: str) -> None:
        """Show a sentence for a few seconds."""
        self._message = (text, self.clock.now_s() + MESSAGE_S)

    def cue(self, kind: str, value: str | None = None) -> None:
        """Tell the session; a session that has ended takes no cues."""
        if self.feed is None or self.feed.finished:
            self.say("nothing is running here")
            return
        self.feed.cue(kind, value)

    def modes(self) -> list[str]:
        """Screens that make sense with what there is."""
        return [*(("stand", "landings") if self.feed else ()), *(("replay",) if self.playback else ())]

    def action_view(self, mode: str) -> None:
        """Another screen."""
        if mode not in self.modes():
            how = "surefoot replay FILE" if mode == "replay" else "surefoot demo, stand or land"
            self.say(f"not here: {how} opens that screen")
        elif mode != self.current_mode:
            self.switch_mode(mode)

    def play_back(self, playback: Playback) -> None:
        """Look at a recording, from its begin."""
        self.playback, self.playhead = playback, Playhead(self.clock)
        self.remove_mode("replay")  # its screen may hold the plots of another one
        self.add_mode("replay", self.MODES["replay"])
        self.switch_mode("replay")

    def action_mute(self) -> None:
        """Sound off, or on again."""
        self.say(self.sounding.toggle())

    def action_help(self) -> None:
        """All keys of this screen."""
        bindings = [active.binding for active in self.screen.active_bindings.values() if active.binding.id]
        keys = [
            (self.get_key_display(binding), binding.description)
            for binding in bindings
            if (binding.id not in self.MODES or binding.id in self.modes()) and binding.id not in SECOND_OF_PAIR
        ]
        self.push_screen(HelpDialog(list(dict.fromkeys(keys))))

    def action_leave(self) -> None:
        """Quit; ask first while a recording is running."""
        if not self.scene.recording:
            self.exit()
            return
        self.push_screen(LeaveDialog(), lambda yes: self.exit() if yes else None)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Screens, in the command palette."""
        yield from super().get_system_commands(screen)
        for mode in self.modes():
            yield SystemCommand(f"{mode.capitalize()} screen", f"Go to {mode}", partial(self.action_view, mode))
