"""From the welcome over a sensor, its check and the settings to a drill; to the recordings; and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from surefoot.samples import DrillSpec
from surefoot.tui.ports import DEMO, Feed, Home, Kept, Offer, Work
from surefoot.tui.screens.dialogs import LeaveDialog

if TYPE_CHECKING:
    from surefoot.tui.app import Surefoot

T = TypeVar("T")


class Way:
    """Asks the home, and shows the next screen when the answer is there.

    Args:
        host: the app.
        home: sensors and recordings; None where the dashboard was opened on one thing, and no way leads to another.

    `offer`: what is connected; `placement`: where it is worn; `drilling`: there is a drill, so that its screens make
    sense; `kept`: the recordings, None while they are looked for; `fault`: why something could not be done;
    `waiting`: what is being done.
    """

    def __init__(self, host: Surefoot, home: Home | None) -> None:
        self._host = host
        self._home = home
        self.placement = home.memory.placement if home is not None else "waist"
        self.offer: Offer | None = None
        self.drilling = home is None
        self.kept: tuple[Kept, ...] | None = None
        self.fault: str | None = None
        self.waiting: Work[Any] | None = None
        self._then: tuple[Callable[[Any], None], Callable[[], None] | None] = (lambda result: None, None)

    @property
    def leads(self) -> bool:
        """Whether there is a home."""
        return self._home is not None

    @property
    def home(self) -> Home:
        """Where sensors and recordings come from."""
        assert self._home is not None
        return self._home

    # ------------------------------------------------------------------------------------ waiting

    def _wait(self, work: Work[T], then: Callable[[T], None], otherwise: Callable[[], None] | None = None) -> None:
        """Go on with its result when it is there; after a failure, say why, and do `otherwise`."""
        self.waiting, self._then = work, (then, otherwise)

    def follow(self) -> None:
        """One frame: go on, where what is being done is over."""
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

    @property
    def said(self) -> str | None:
        """What is being done while a drill is on the screen; the screens of the way say it themselves."""
        return self.waiting.said if self.waiting is not None and self.drilling else None

    def give_up(self) -> bool:
        """Stop waiting for something to be opened; whether there was something."""
        if self.waiting is None:
            return False
        if not self.drilling and self.waiting.cancel():
            self.waiting = None
        return True

    # ------------------------------------------------------------------------------------ to a drill

    def connect(self, offer: Offer) -> None:
        """Connect it, then check it."""
        self.offer = offer
        if offer == DEMO:
            self.placement = "waist"
        self._wait(self.home.connect(offer), partial(self._arrive, "check"))

    def _arrive(self, mode: str, feed: Feed | None) -> None:
        """A screen on the way, with this feed and no drill."""
        self._take(feed, drilling=False)
        self._host.switch_mode(mode)

    def leave_sensor(self) -> None:
        """Back to the welcome; the sensor sleeps."""
        self._take(None, drilling=False)
        self._wait(self.home.leave(), lambda result: None)
        self._host.switch_mode("welcome")

    def begin(self, spec: DrillSpec, start: str) -> None:
        """A drill on what is connected."""
        self._wait(self.home.begin(spec, self.placement, start), partial(self._begun, spec, start))

    def _begun(self, spec: DrillSpec, start: str, feed: Feed) -> None:
        self._take(feed, drilling=True)
        self._host.renew("stand", "landings")
        self._host.switch_mode("stand" if spec.name == "hold" else "landings")
        if self.offer == DEMO:
            self._host.cue("start", spec.name)
        elif start == "walk":
            self._host.action_walk()

    def _end_drill(self) -> None:
        """Close the recording; the sensor goes on, and another drill can be chosen."""
        self._host.walk.give_up()
        self._wait(self.home.rest(), partial(self._arrive, "setup"), partial(self._arrive, "welcome", None))

    def _take(self, feed: Feed | None, *, drilling: bool) -> None:
        self.drilling = drilling
        self._host.take(feed)

    # ------------------------------------------------------------------------------------ to the recordings

    def shelf(self) -> None:
        """Show the recordings that are kept."""
        self.kept = None
        self._wait(self.home.recordings(), self._shelved)
        self._host.switch_mode("recordings")

    def _shelved(self, kept: tuple[Kept, ...]) -> None:
        self.kept = kept

    def play(self, path: str) -> None:
        """Open a recording."""
        self.fault = None
        self._wait(self.home.play(path), self._host.play_back)

    def _put_back(self) -> None:
        """From a recording to what it was opened from."""
        self._host.playback = None
        snapshot = self._host.feed.snapshot() if self._host.feed is not None and self.drilling else None
        if snapshot is None or snapshot.spec is None:
            self._host.switch_mode("recordings")
        else:
            self._host.switch_mode("stand" if snapshot.spec.name == "hold" else "landings")

    # ------------------------------------------------------------------------------------ and back

    @property
    def leads_back(self) -> bool:
        """Whether the present screen was come to from another one."""
        return self.leads or (self._host.current_mode == "replay" and self._host.feed is not None)

    def back(self) -> None:
        """One step back from a drill or a recording; asks where something would end or be lost."""
        if not self.leads_back or self.waiting is not None:
            return
        live = self._host.live
        if self._host.current_mode == "replay" and self._host.playback is not None:
            self._host.unsaved.before(self._put_back)
        elif not live.busy:
            self._end_drill()
        else:
            dialog = LeaveDialog("choose again", recorded=live.recording)
            self._host.push_screen(dialog, lambda yes: self._end_drill() if yes else None)
