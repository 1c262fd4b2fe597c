"""The dashboard: screens over a feed, a playback, or both; with a home, the way to them too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from surefoot.events import CueRejected, Event, PacketRejected
from surefoot.snapshot import Snapshot
from surefoot.tones import Metronome
from surefoot.tui.bands import SOFTNESS, Bands
from surefoot.tui.commands import Palette, keys_of
from surefoot.tui.ending import Ending
from surefoot.tui.palette import THEME
from surefoot.tui.playhead import Playhead
from surefoot.tui.ports import Clock, Feed, Home, MonotonicClock, Playback, Voice
from surefoot.tui.scene import Scene
from surefoot.tui.screens.beat import USUAL_BEAT, BeatDialog
from surefoot.tui.screens.check import CheckScreen
from surefoot.tui.screens.dialogs import HelpDialog, LeaveDialog, UnsavedDialog
from surefoot.tui.screens.landings import LandingsScreen
from surefoot.tui.screens.recordings import RecordingsScreen
from surefoot.tui.screens.replay import ReplayScreen
from surefoot.tui.screens.setup import SetupScreen
from surefoot.tui.screens.stand import StandScreen
from surefoot.tui.screens.view import View
from surefoot.tui.screens.welcome import WelcomeScreen
from surefoot.tui.sight import Sight, replayed
from surefoot.tui.sounding import Sounding
from surefoot.tui.unsaved import Unsaved
from surefoot.tui.walk import Walk
from surefoot.tui.way import Way

MESSAGE_S = 4.0
"""How long something said by the way stays."""
LOOK_S = 0.01
"""How often the app looks whether there is something new: a sample should not wait for a frame's turn."""
SOONEST = 0.8
"""Share of a frame's time after which a new snapshot may be drawn: packets never come quite evenly."""


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
        home: sensors and recordings, for the screens from the welcome on.
        debrief: asked when a trial or a set of landings is over; a screen that it returns is shown over the live one.
    """

    CSS_PATH = Path(__file__).with_name("app.tcss")  # a subclass elsewhere finds it too
    TITLE = "surefoot"
    MODES: ClassVar[dict[str, Any]] = {
        "welcome": WelcomeScreen,
        "check": CheckScreen,
        "setup": SetupScreen,
        "recordings": RecordingsScreen,
        "stand": StandScreen,
        "landings": LandingsScreen,
        "replay": ReplayScreen,
    }
    BINDINGS: ClassVar[list[Any]] = [
        Binding("1", "view('stand')", "Stand", id="stand", show=False),
        Binding("2", "view('landings')", "Landings", id="landings", show=False),
        Binding("3", "view('replay')", "Replay", id="replay", show=False),
        Binding("m", "mute", "Sound on/off", id="mute", show=False),
        Binding("ctrl+z", "stay", show=False),
        Binding("ctrl+c", "help_quit", show=False, priority=True),  # also over a question
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
        home: Home | None = None,
        debrief: Callable[[Snapshot], Screen[Any] | None] = lambda snapshot: None,
    ) -> None:
        super().__init__()
        self.feed, self.playback, self.softness, self.debrief = feed, playback, softness, debrief
        self.clock: Clock = clock or MonotonicClock()
        self.playhead = Playhead(self.clock)
        self.scene = self.live = Scene(None, self.clock.now_s())
        self.heard: list[Event] = []
        self.sounding = Sounding(self.bell, voice, sounds, self.say)
        self.sight, self.walk, self.ending = Sight(), Walk(), Ending()
        self.way, self.unsaved = Way(self, home), Unsaved(self)
        self._beat = USUAL_BEAT
        self._first, self._fps, self._drawn_s = first_screen, fps, 0.0
        self._message: tuple[str, float] | None = None
        self.title = title
        self.register_theme(THEME)
        self.theme = THEME.name

    def on_mount(self) -> None:
        """Show the first screen. DEFAULT_MODE is read from the class, too early for an argument."""
        self.switch_mode(self._first)
        if isinstance(self.clock, MonotonicClock):
            self.set_interval(LOOK_S, self._turn)

    async def on_event(self, event: events.Event) -> None:
        """A key or a click that comes while leaving finds no screen any more."""
        if not (self._exit and isinstance(event, events.InputEvent)):
            await super().on_event(event)

    # ------------------------------------------------------------------------------------ one frame

    def _turn(self) -> None:
        """Draw what is new soon after it came, but no more often than `fps`; without news, draw at that rate."""
        writer = getattr(self._driver, "_writer_thread", None)  # private in Textual 8; only here
        if writer is not None and not writer.is_alive():  # the terminal has gone: more text would wait for ever
            self.exit(return_code=1)
            return
        waited = (self.clock.now_s() - self._drawn_s) * self._fps
        if waited >= (SOONEST if self.sight.news(self.feed) else 1.0):
            self._drawn_s = self.clock.now_s()
            self.frame()

    def frame(self) -> None:
        """Hear what happened, look at the newest snapshot, draw. Catches nothing: a fault here is a bug to be seen."""
        if self._exit:  # widgets go before timers and callbacks do
            return
        for event in self.feed.drain() if self.feed else ():
            self._hear(event)
        self.way.follow()
        view = next((screen for screen in reversed(self.screen_stack) if isinstance(screen, View)), None)
        if view is None or not view.is_mounted:
            return
        now_s = self.clock.now_s()
        seen = self.sight.scene(self.feed, now_s, self._said(now_s))
        asked, lit = self.sounding.asked(now_s), self.sounding.lit(now_s)
        self.live = replace(self.walk.follow(seen, self.feed, self.say), beat=asked, lit=lit)
        if self.feed is not None:
            self.sounding.follow(self.live)
        if isinstance(view, ReplayScreen) and self.playback is not None:  # what is live goes on behind it
            self.scene = replayed(self.playback, self.playhead, now_s, self._said(now_s))
        else:
            self.scene = self.live
        with self.batch_update():
            view.show(self.scene)
        self.ending.follow(seen, self.say)
        self._debrief()

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

    def _debrief(self) -> None:
        """The summary over the live screen; a question or a replay is not covered: it waits for their end."""
        if self.ending.due is None or not isinstance(self.screen, View) or isinstance(self.screen, ReplayScreen):
            return
        ended, self.ending.due = self.ending.due, None
        if (summary := self.debrief(ended)) is not None:
            self.push_screen(summary)

    # ------------------------------------------------------------------------------------ what is looked at

    def take(self, feed: Feed | None) -> None:
        """From now on look at this feed; what was heard and begun belongs to the one before."""
        self.feed = feed
        self.sight, self.walk, self.ending = Sight(), Walk(), Ending()
        self.sounding.beat(None, self.clock.now_s())
        self.heard.clear()

    def play_back(self, playback: Playback) -> None:
        """Look at a recording, from its begin; nobody steps meanwhile."""
        self.sounding.beat(None, self.clock.now_s())
        speed = self.playhead.speed
        self.playback, self.playhead = playback, Playhead(self.clock)
        self.playhead.speed = speed
        self.renew("replay")
        self.switch_mode("replay")

    def renew(self, *modes: str) -> None:
        """Their screens hold plots of what was looked at before: make them anew."""
        for mode in modes:
            self.remove_mode(mode)
            self.add_mode(mode, self.MODES[mode])

    # ------------------------------------------------------------------------------------ doing

    def say(self, text: str) -> None:
        """Show a sentence for a few seconds."""
        self._message = (text, self.clock.now_s() + MESSAGE_S)

    def _said(self, now_s: float) -> str | None:
        if self.way.said is not None:
            return self.way.said
        if self._message is None or now_s >= self._message[1]:
            return None
        return self._message[0]

    def cue(self, kind: str, value: str | None = None) -> None:
        """Tell the session; a session that has ended takes no cues."""
        if kind in ("start", "stop") and self.walk.give_up() and kind == "stop":
            return  # the walk looked like a countdown: nothing has begun yet
        if self.feed is None or self.feed.finished:
            self.say("nothing is running here")
            return
        self.feed.cue(kind, value)

    def action_walk(self) -> None:
        """Start in ten seconds: time to walk to one's place. Again: not yet."""
        if self.feed is None or self.feed.finished or self.live.landing_running:
            self.say("nothing can be started now")
        elif not self.walk.give_up() and not self.live.running:
            self.walk.set_out(self.clock.now_s())

    def modes(self) -> list[str]:
        """Screens that make sense with what there is."""
        live = self.feed is not None and self.way.drilling
        return [*(("stand", "landings") if live else ()), *(("replay",) if self.playback else ())]

    def action_view(self, mode: str) -> None:
        """Another screen."""
        if self.way.leads and mode not in self.modes():
            self.say("not here")
        elif mode not in self.modes():
            how = "surefoot replay FILE" if mode == "replay" else "surefoot demo, stand or land"
            self.say(f"not here: {how} opens that screen")
        elif mode != self.current_mode:
            self.switch_mode(mode)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What belongs to no screen, in the command palette; colors are not to be changed, they have meanings."""
        for mode in self.modes():
            yield SystemCommand(f"{mode.capitalize()} screen", f"go to {mode}", partial(self.action_view, mode))
        yield SystemCommand("Sound on/off", "key m", self.action_mute)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own, whatever theme is set."""
        return THEME.variables

    def action_command_palette(self) -> None:
        """Every command by its name, where there is room to list them."""
        if self.screen.has_class("-small"):
            self.say("the list of commands needs a larger window; ? shows the keys")
        elif not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_step_back(self) -> None:
        """One step back from a drill or a recording."""
        self.way.back()

    def action_mute(self) -> None:
        """Sound off, or on again."""
        self.say(self.sounding.toggle(self.clock.now_s()))

    def action_beat(self) -> None:
        """Ask for a metronome, or stop the one that runs."""
        if self.sounding.metronome is None:
            self.push_screen(BeatDialog(self._beat), self._take_beat)
        else:
            self.sounding.beat(None, self.clock.now_s())

    def _take_beat(self, metronome: Metronome | None) -> None:
        if metronome is not None:
            self._beat = metronome
            self.sounding.beat(metronome, self.clock.now_s())

    def action_help(self) -> None:
        """All keys of this screen."""
        about = self.screen.ABOUT if isinstance(self.screen, View) else ""
        self.push_screen(HelpDialog(keys_of(self), about))

    def action_leave(self) -> None:
        """Quit; ask first while something is running, or when corrections are not saved."""
        if self.live.busy:
            dialog = LeaveDialog(recorded=self.live.recording)
            self.push_screen(dialog, lambda yes: self.exit() if yes else None)
        else:
            self.unsaved.before(self.exit)

    async def action_quit(self) -> None:
        """Textual's own key for quitting asks too; pressed at the question, it means it."""
        if isinstance(self.screen, LeaveDialog | UnsavedDialog):
            self.exit()
        else:
            self.action_leave()

    def action_help_quit(self) -> None:
        """Ctrl-C: as every program understands it, after the question where there is one."""
        if isinstance(self.screen, LeaveDialog | UnsavedDialog):
            self.exit()
        else:
            self.action_leave()

    def action_stay(self) -> None:
        """Ctrl-Z: a stopped program hears no sensor, and what is not heard is lost."""
        self.say("not into the background: a stopped program would miss samples. q leaves")
