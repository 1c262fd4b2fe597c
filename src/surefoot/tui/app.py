"""The dashboard: screens over a feed, a playback, or both; with a home, the way to them too."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from surefoot.errors import SurefootError
from surefoot.events import CueRejected, Event, PacketRejected
from surefoot.samples import DrillSpec
from surefoot.snapshot import HoldLive, Snapshot
from surefoot.tones import Metronome
from surefoot.tui.bands import SOFTNESS, Bands
from surefoot.tui.palette import THEME
from surefoot.tui.playhead import Playhead
from surefoot.tui.ports import DEMO, Clock, Feed, Home, Kept, MonotonicClock, Offer, Playback, Voice, Work
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
from surefoot.tui.sounding import Sounding

T = TypeVar("T")
MESSAGE_S = 4.0
"""How long something said by the way stays."""
TICK_S = 0.25
"""A live source ticks this often in silence, so a snapshot may be this old without a sample being late."""
LOOK_S = 0.01
"""How often the app looks whether there is something new: a sample should not wait for a frame's turn."""
SOONEST = 0.8
"""Share of a frame's time after which a new snapshot may be drawn: packets never come quite evenly."""

WALK_S = 10.0
"""From enter to the countdown: a tired runner puts the keyboard away, walks a few steps and turns round."""
COUNTED_S = 5.0
"""The countdown of a hold, which the walk runs into."""
BEGUN_S = 1.5
"""How long a start cue may take to show: it takes effect with the next packet, half a second at most."""
SECOND_OF_PAIR = ("down", "right", "forward", "forward5", "sample_forward", "end", "faster", "previous_event")
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
        self.feed, self.playback, self.softness = feed, playback, softness
        self.home, self.debrief = home, debrief
        self.placement = home.memory.placement if home is not None else "waist"
        self.offer: Offer | None = None
        self.drilling = home is None
        self.kept: tuple[Kept, ...] | None = None
        self.fault: str | None = None
        self.waiting: Work[Any] | None = None
        self._then: tuple[Callable[[Any], None], Callable[[], None] | None] = (lambda result: None, None)
        self._walk_end_s: float | None = None
        self._walk_cued = False
        self._results_n: int | None = None  # at the begin of what is running
        self.sounding = Sounding(self.bell, voice, sounds, self.say)
        self._beat = USUAL_BEAT
        self.clock: Clock = clock or MonotonicClock()
        self.playhead = Playhead(self.clock)
        self.scene = Scene(None, self.clock.now_s())
        self.heard: list[Event] = []
        self._first, self._fps, self._drawn_s = first_screen, fps, 0.0
        self._seen: tuple[Snapshot | None, float] = (None, 0.0)
        self._message: tuple[str, float] | None = None
        self._keeping = asyncio.Lock()
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
        self._follow_work()
        view = next((screen for screen in reversed(self.screen_stack) if isinstance(screen, View)), None)
        if view is None or not view.is_mounted:
            return
        seen = self._look(replay=isinstance(view, ReplayScreen))
        asked, lit = self.sounding.asked(seen.now_s), self.sounding.lit(seen.now_s)
        self.scene = replace(self._walking(seen), beat=asked, lit=lit)
        if self.feed is not None:
            self.sounding.follow(self.scene)
        with self.batch_update():
            view.show(self.scene)
        self._follow_set(seen)

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
        if self.waiting is not None and self.drilling:
            return self.waiting.said
        if self._message is None or now_s >= self._message[1]:
            return None
        return self._message[0]

    # ------------------------------------------------------------------------------------ doing

    def say(self, text: str) -> None:
        """Show a sentence for a few seconds."""
        self._message = (text, self.clock.now_s() + MESSAGE_S)

    def cue(self, kind: str, value: str | None = None) -> None:
        """Tell the session; a session that has ended takes no cues."""
        if kind in ("start", "stop") and self._walk_end_s is not None:
            self._walk_end_s = None
            if kind == "stop":  # the walk looked like a countdown: nothing has begun yet
                return
        if self.feed is None or self.feed.finished:
            self.say("nothing is running here")
            return
        self.feed.cue(kind, value)

    def modes(self) -> list[str]:
        """Screens that make sense with what there is."""
        live = self.feed is not None and self.drilling
        return [*(("stand", "landings") if live else ()), *(("replay",) if self.playback else ())]

    def action_view(self, mode: str) -> None:
        """Another screen."""
        if self.home is not None and mode not in self.modes():
            self.say("not here")
        elif mode not in self.modes():
            how = "surefoot replay FILE" if mode == "replay" else "surefoot demo, stand or land"
            self.say(f"not here: {how} opens that screen")
        elif mode != self.current_mode:
            self.switch_mode(mode)

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
        bindings = [active.binding for active in self.screen.active_bindings.values() if active.binding.id]
        keys = [
            (self.get_key_display(binding), binding.description)
            for binding in bindings
            if (binding.id not in self.MODES or binding.id in self.modes())
            and binding.id not in SECOND_OF_PAIR
            and (binding.id != "step_back" or self.home is not None)
        ]
        about = self.screen.ABOUT if isinstance(self.screen, View) else ""
        self.push_screen(HelpDialog(list(dict.fromkeys(keys)), about))

    def action_leave(self) -> None:
        """Quit; ask first while a recording is running, or when corrections are not saved."""
        if self.scene.recording:
            self.push_screen(LeaveDialog(), lambda yes: self.exit() if yes else None)
        elif self.playback is not None and self.playback.unsaved_n:
            self.push_screen(UnsavedDialog(self.playback.unsaved_n), partial(self._answered, self.exit))
        else:
            self.exit()

    async def action_quit(self) -> None:
        """Textual's own key for quitting asks too; pressed at the question, it means it."""
        if isinstance(self.screen, LeaveDialog | UnsavedDialog):
            self.exit()
        else:
            self.action_leave()

    def _answered(self, then: Callable[[], None], answer: str | None) -> None:
        if answer == "save":
            self.run_worker(self.keep(then))
        elif answer == "drop":
            then()

    async def keep(self, then: Callable[[], None] | None = None) -> None:
        """Save the corrections of the replayed recording; only when that worked, do what comes then."""
        assert self.playback is not None
        async with self._keeping:  # a second press waits, and finds nothing left to save
            try:
                if self.playback.unsaved_n:
                    path = await asyncio.to_thread(self.playback.save)
                    self.say(f"saved as {path.name}, beside the recording")
            except SurefootError as e:
                self.say(str(e))
                return
        if then is not None:
            then()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Screens, in the command palette."""
        yield from super().get_system_commands(screen)
        for mode in self.modes():
            yield SystemCommand(f"{mode.capitalize()} screen", f"Go to {mode}", partial(self.action_view, mode))

    # ------------------------------------------------------------------------------------ the way in, and back

    def wait(self, work: Work[T], then: Callable[[T], None], otherwise: Callable[[], None] | None = None) -> None:
        """Go on with its result when it is there; after a failure, say why, and do `otherwise`."""
        self.waiting, self._then = work, (then, otherwise)

    def _follow_work(self) -> None:
        work = self.waiting
        if work is None or not work.done:
            return
        self.waiting = None
        then, otherwise = self._then
        if work.failure is None:
            then(work.result)
            return
        self.fault = work.failure
        if otherwise is not None:
            otherwise()

    def give_up(self) -> bool:
        """Stop waiting for something to be opened; whether there was something."""
        if self.waiting is None:
            return False
        if not self.drilling:
            self.waiting.cancel()
            self.waiting = None
        return True

    def connect(self, offer: Offer) -> None:
        """Connect it, then check it."""
        assert self.home is not None
        self.offer = offer
        if offer == DEMO:
            self.placement = "waist"
        self.wait(self.home.connect(offer), self._connected)

    def _connected(self, feed: Feed) -> None:
        self._take(feed, drilling=False)
        self.switch_mode("check")

    def leave_sensor(self) -> None:
        """Back to the welcome; the sensor sleeps."""
        assert self.home is not None
        self._take(None, drilling=False)
        self.wait(self.home.leave(), lambda result: None)
        self.switch_mode("welcome")

    def begin(self, spec: DrillSpec, start: str) -> None:
        """A drill on what is connected."""
        assert self.home is not None
        self.wait(self.home.begin(spec, self.placement, start), partial(self._begun, spec, start))

    def _begun(self, spec: DrillSpec, start: str, feed: Feed) -> None:
        self._take(feed, drilling=True)
        self._renew("stand", "landings")
        self.switch_mode("stand" if spec.name == "hold" else "landings")
        if self.offer == DEMO:
            self.cue("start", spec.name)
        elif start == "walk":
            self.action_walk()

    def end_drill(self) -> None:
        """Close the recording; the sensor goes on, and another drill can be chosen."""
        assert self.home is not None
        self._walk_end_s = None
        self.wait(self.home.rest(), self._rested, self._ended)

    def _rested(self, feed: Feed) -> None:
        self._take(feed, drilling=False)
        self.switch_mode("setup")

    def _ended(self) -> None:
        self._take(None, drilling=False)
        self.switch_mode("welcome")

    def shelf(self) -> None:
        """Show the recordings that are kept."""
        assert self.home is not None
        self.kept = None
        self.wait(self.home.recordings(), self._shelved)
        self.switch_mode("recordings")

    def _shelved(self, kept: tuple[Kept, ...]) -> None:
        self.kept = kept

    def play(self, path: str) -> None:
        """Open a recording."""
        assert self.home is not None
        self.fault = None
        self.wait(self.home.play(path), self.play_back)

    def play_back(self, playback: Playback) -> None:
        """Look at a recording, from its begin."""
        speed = self.playhead.speed
        self.playback, self.playhead = playback, Playhead(self.clock)
        self.playhead.speed = speed
        self._renew("replay")
        self.switch_mode("replay")

    def _put_back(self) -> None:
        self.playback = None
        self.switch_mode("recordings")

    def _take(self, feed: Feed | None, *, drilling: bool) -> None:
        """From now on look at this feed; what was heard belongs to the one before."""
        self.feed, self.drilling = feed, drilling
        self._seen, self._walk_end_s, self._results_n = (None, 0.0), None, None
        self.sounding.beat(None, self.clock.now_s())
        self.heard.clear()

    def _renew(self, *modes: str) -> None:
        """Their screens hold plots of the feed before: make them anew."""
        for mode in modes:
            self.remove_mode(mode)
            self.add_mode(mode, self.MODES[mode])

    def action_step_back(self) -> None:
        """One step back from a drill or a recording."""
        if self.home is None or self.waiting is not None:
            return
        if self.current_mode == "replay" and self.playback is not None:
            if self.playback.unsaved_n:
                self.push_screen(UnsavedDialog(self.playback.unsaved_n), partial(self._answered, self._put_back))
            else:
                self._put_back()
        elif not self.scene.recording:
            self.end_drill()
        else:
            self.push_screen(LeaveDialog("choose again"), lambda yes: self.end_drill() if yes else None)

    # ------------------------------------------------------------------------------------ the walk, the set

    def action_walk(self) -> None:
        """Start in ten seconds: time to walk to one's place. Again: not yet."""
        if self.feed is None or self.feed.finished or self.scene.landing_running:
            self.say("nothing can be started now")
        elif self._walk_end_s is not None:
            self._walk_end_s = None
        elif not self.scene.running:
            self._walk_end_s, self._walk_cued = self.clock.now_s() + WALK_S, False

    def _walking(self, scene: Scene) -> Scene:
        """The scene with the walk's seconds in it; at its end, the start cue."""
        snapshot, end_s = scene.snapshot, self._walk_end_s
        if end_s is None or snapshot is None or snapshot.spec is None or self.feed is None:
            return scene
        if scene.lost:
            self._walk_end_s = None
            self.say("the sensor is lost: nothing was started")
            return scene
        left_s = end_s - scene.now_s
        if left_s <= 0 and not self._walk_cued:
            self._walk_cued = True
            self.feed.cue("start", snapshot.spec.name)
        if scene.running or scene.landing_running or left_s < -BEGUN_S:
            self._walk_end_s = None
            return scene
        if snapshot.spec.name == "hold":  # one countdown in the large digits, from here to the lift
            hold = replace(
                snapshot.hold or HoldLive("ready"), state="countdown", countdown_s=max(left_s, 0) + COUNTED_S
            )
            snapshot = replace(snapshot, hold=hold)
            said = "walk to your place: the trial begins at 0 (space stops this)"
        else:
            said = f"walk to your place: it starts in {math.ceil(max(left_s, 0))} s (space starts now)"
        return replace(scene, snapshot=snapshot, message=said)

    def _follow_set(self, scene: Scene) -> None:
        """When a trial or a set of landings is over, ask for its summary."""
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
