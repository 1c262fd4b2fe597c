"""What is heard while a drill runs: an equal channel, and with closed eyes the only one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from surefoot.events import (
    Event,
    HoldEnded,
    HoldStarted,
    LandingSeen,
    LandingWithdrawn,
    Scored,
    SensorLost,
    TouchSuspected,
    Unsteady,
)
from surefoot.tones import Metronome, heard_in
from surefoot.tui.ports import Voice
from surefoot.tui.scene import Scene

SCHEDULES: Final = ("auto", "cues", "every", "half", "off")
"""When there is a sway tone: with closed eyes, never, always, in every second trial; off: no sound at all."""
COUNTED_S: Final = 3
"""The last seconds of the countdown are counted aloud."""
BELLS: Final = ("count", "go", "end", "touch", "landing")
"""Cues that ring the terminal's bell where there is no loudspeaker; a bell for each wobble would only annoy."""
FLASH_S: Final = 0.6
"""How long the state line is lit with them, for terminals without a bell. Never more than 1.7 times a second: three are
the limit for people with photosensitive epilepsy (WCAG 2.3.1)."""


class Sounding:
    """Hears events and frames; speaks through `voice`, or rings `bell` while there is none, and tells `say` why."""

    def __init__(
        self,
        bell: Callable[[], None],
        voice: Voice | None,
        schedule: str = "auto",
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._bell, self._voice, self.schedule, self._say = bell, voice, schedule, say
        self.muted = schedule == "off"
        self._was_ready = False
        self._lit, self._lit_until_s = False, -math.inf
        self._counted = 0
        self._rung: int | None = None  # landing that sounded when it was seen
        self.metronome: Metronome | None = None
        self._planted_s = 0.0  # clock time of its first plant
        self._step = -1

    def toggle(self, now_s: float) -> str:
        """Mute or unmute; what to say about it."""
        self.muted = not self.muted
        if (voice := self._heard) is not None:
            voice.hush()
        self.beat(self.metronome, now_s)
        return "sound off: m brings it back" if self.muted else "sound on"

    def beat(self, metronome: Metronome | None, now_s: float) -> None:
        """Start a metronome with a plant now, or stop it."""
        self.metronome, self._planted_s, self._step = metronome, now_s, -1
        if (voice := self._heard) is not None:
            voice.beat(None if self.muted else metronome)

    def asked(self, now_s: float) -> str | None:
        """What the metronome asks for now: plant, still or go; None without one."""
        return None if self.metronome is None else self.metronome.step(now_s - self._planted_s)[1]

    def lit(self, now_s: float) -> bool:
        """Whether the state line is lit for a cue that came just now. One more cue only makes it longer."""
        if self._lit:
            self._lit, self._lit_until_s = False, now_s + FLASH_S
        return now_s < self._lit_until_s

    @property
    def _heard(self) -> Voice | None:
        """The voice, while it can be heard."""
        return self._voice if self._voice is not None and self._voice.ready else None

    def _follow_voice(self, now_s: float) -> None:
        """It may be ready later than the first cue, and it may go away; both are said to nobody but here."""
        if self._voice is None:
            return
        if self._voice.failure is not None:
            self._say(self._voice.failure)
            if self._was_ready and not self.muted:
                self._bell()  # silence would pass for standing still
            self._voice = None
        elif self._voice.ready and not self._was_ready:
            self._was_ready = True
            self.beat(self.metronome, now_s)

    def hear(self, event: Event) -> None:
        """An event happened."""
        match event:
            case HoldStarted():
                self._cue("go")
            case HoldEnded():
                self._cue("end")
            case TouchSuspected():
                self._cue("touch")
            case Unsteady():
                self._cue("unsteady")
            case SensorLost():
                self._cue("lost")
            case LandingSeen() if event.spec.feedback == "on":
                self._rung = event.number
                self._cue("landing", event.score.value if event.score else None)
            case LandingWithdrawn():
                self._rung = None
            case Scored(of="landing"):
                if self._rung != event.number:  # 0.35 s after contact is sooner than 0.8, and one sound is enough
                    self._cue("landing", event.score.value)
                self._rung = None
            case _:
                pass

    def follow(self, scene: Scene) -> None:
        """One frame: the countdown's last seconds, and the sway tone."""
        self._follow_voice(scene.now_s)
        hold = scene.snapshot.hold if scene.snapshot else None
        left = math.ceil(hold.countdown_s) if hold is not None and hold.countdown_s else 0
        if left != self._counted:
            self._counted = left
            if 0 < left <= COUNTED_S:
                self._cue("count")
        voice = self._heard
        self._step_on(scene.now_s, ring=voice is None)
        if voice is None:
            return
        dot = None if self.muted else self._dot(scene)
        if dot is None:
            voice.hush()
        else:
            voice.sway(*dot, scene.snapshot is not None and scene.snapshot.yaw_known)

    def _step_on(self, now_s: float, ring: bool) -> None:
        """Each plant; the bell for it is as exact as the screen's frames, no more."""
        if self.metronome is None:
            return
        step, _ = self.metronome.step(now_s - self._planted_s)
        if step != self._step:
            self._step = step
            if ring and not self.muted:
                self._bell()

    def _dot(self, scene: Scene) -> tuple[float, float] | None:
        """The dot in rings, where this trial has a tone and the dot is fresh."""
        snapshot = scene.snapshot
        if snapshot is None or snapshot.hold is None or snapshot.hold.hold_s is None or scene.lost or not scene.live:
            return None
        spec, ring_ms2 = snapshot.spec, snapshot.hold.ring_ms2
        if spec is None or spec.feedback == "off" or ring_ms2 <= 0 or not len(snapshot.trace):
            return None
        schedule = "every" if self.schedule == "auto" and spec.eyes == "closed" else self.schedule
        if not heard_in(len(snapshot.trials) + 1, schedule):
            return None
        _, ap, ml, *_ = snapshot.trace[-1].tolist()
        return ap / ring_ms2, ml / ring_ms2

    def _cue(self, name: str, softness: float | None = None) -> None:
        self._lit = self._lit or name in BELLS
        if self.muted:
            return
        if (voice := self._heard) is not None:
            voice.cue(name, softness)
        elif name in BELLS:
            self._bell()
