"""What is heard: cues, the sway tone, landings, the metronome, as samples. Pure arithmetic, no device and no clock.

`Mixer.render` fills one block after another; blocks of any size give the same samples, so a test hears what a person
would. All times are frames of the audio clock: a metronome that counted a screen's frames would stumble.

The sway tone follows bandwidth feedback: silence inside the dead zone of one ring, then louder with the distance up to
three rings; forward is higher, backward lower, right is right (Chiari and Dozza 2005: pitch and volume for AP, balance
for ML). Where nothing told the heading, distance alone sets pitch and volume. Sizes are ours and provisional.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]

RATE_HZ: Final = 48_000  # what sound cards run at without resampling
BLOCK_N: Final = 1024  # frames worked on at once; scratch arrays have this size
SILENT: Final = 1e-5  # a volume below the last of 16 bits
KNEE: Final = 0.85  # a cue over the loudest tone stays below; more at once bends here instead of being cut off


@dataclass(frozen=True, slots=True)
class ToneLimits:
    """The sway tone; rings are those of the picture."""

    dead_rings: float = 1.0
    back_rings: float = 0.9  # silent again only here: 10 % hysteresis, as the picture's words have
    full_rings: float = 3.0
    low_hz: float = 330.0  # at the edge of the dead zone; E4, well within small loudspeakers
    octaves: float = 1.0  # up at full distance forward, down backward
    loudest: float = 0.35  # of full scale: cues must be heard above it
    smooth_s: float = 0.04  # time constant of volume and pitch: shorter clicks, longer lags (budget 100 ms)


LIMITS = ToneLimits()


def beep(hz: float, seconds: float, loud: float = 0.5, fade_s: float = 0.01) -> Sound:
    """(n,) a sine with raised-cosine ends, so that it does not click."""
    n = round(seconds * RATE_HZ)
    t = np.arange(n) / RATE_HZ
    ramp = np.minimum(1.0, np.minimum(t, seconds - t) / fade_s)
    wave: Sound = (loud * np.sin(2 * np.pi * hz * t) * 0.5 * (1 - np.cos(np.pi * ramp))).astype(np.float32)
    return wave


def _two(first: Sound, second: Sound) -> Sound:
    return np.concatenate([first, np.zeros(RATE_HZ // 50, np.float32), second])


CUES: Final[dict[str, Sound]] = {
    "count": beep(660, 0.08),
    "go": beep(990, 0.35),
    "end": _two(beep(660, 0.12), beep(440, 0.30)),
    "touch": beep(220, 0.12),
    "unsteady": beep(280, 0.08, 0.35),
    "lost": _two(beep(180, 0.15), beep(180, 0.15)),
    "plant": beep(1200, 0.03),
    "lift": beep(800, 0.03, 0.3),
}
"""Name → samples. Higher means begin, lower means over."""
LANDINGS: Final = tuple(beep(1320 * 2 ** (-k / 5), 0.12 + 0.02 * k, 0.5) for k in range(11))
"""Softness 0, 10 … 100: a hard landing is high and short, a quiet one two octaves lower, so that quiet sounds quiet."""


UNSCORED: Final = beep(500, 0.15)
"""A landing without a score."""


def landing(softness: float | None) -> Sound:
    """The sound of a landing by its softness, 0 to 100."""
    if softness is None:
        return UNSCORED
    return LANDINGS[round(min(max(softness, 0.0), 100.0) / 10)]


def sway_target(ap_rings: float, ml_rings: float, headed: bool, sounding: bool) -> tuple[float, float, float]:
    """Volume left, volume right and pitch (Hz) for a dot; (0, 0, …) inside the dead zone.

    Args:
        ap_rings: dot, + forward, in rings; any horizontal axis when not `headed`.
        ml_rings: dot, + right.
        headed: forward and right are known.
        sounding: whether the tone is on now, for the hysteresis at the edge.
    """
    far = math.hypot(ap_rings, ml_rings)
    if not math.isfinite(far) or far <= (LIMITS.back_rings if sounding else LIMITS.dead_rings):
        return 0.0, 0.0, LIMITS.low_hz
    share = min(max((far - LIMITS.back_rings) / (LIMITS.full_rings - LIMITS.back_rings), 0.0), 1.0)
    volume = LIMITS.loudest * (0.15 + 0.85 * share * share * (3 - 2 * share))  # grows as a sigmoid
    rise = ap_rings / LIMITS.full_rings if headed else share
    hz = LIMITS.low_hz * 2 ** (LIMITS.octaves * min(max(rise, -1.0), 1.0))
    side = min(max(ml_rings / LIMITS.full_rings, -1.0), 1.0) if headed else 0.0
    angle = (side + 1) * math.pi / 4  # equal power
    return volume * math.cos(angle), volume * math.sin(angle), hz


def heard_in(trial: int, schedule: str) -> bool:
    """Whether trial number 1, 2, … has a sway tone: "every", "half" (every second one), or "cues" (none).

    Feedback that fades is remembered better than feedback always there (Aoyagi 2019, abstract only): every trial in
    the first week, half of them in the second, then none but the summary.
    """
    return schedule == "every" or (schedule == "half" and trial % 2 == 1)


SHOWN_S: Final = 0.25
"""How long a plant is shown: two frames of the numbers on a screen."""


@dataclass(frozen=True, slots=True)
class Metronome:
    """Steps with a pause at mid-stance: plant, stand still for `pause_s`, then the rest of a beat of `bpm`."""

    bpm: float
    pause_s: float = 0.0

    @property
    def cycle_s(self) -> float:
        """From plant to plant."""
        return 60 / self.bpm + self.pause_s

    def at(self, k: int) -> tuple[tuple[int, str], ...]:
        """Frame and cue of step k, counted from the first plant: no rounding adds up."""
        plant = round(k * self.cycle_s * RATE_HZ)
        if self.pause_s <= 0:
            return ((plant, "plant"),)
        return ((plant, "plant"), (plant + round(self.pause_s * RATE_HZ), "lift"))

    def step(self, since_s: float) -> tuple[int, str]:
        """Which step it is, so long after the first plant, and what it asks for: plant, still, or go."""
        k, phase_s = divmod(since_s, self.cycle_s)
        return int(k), "plant" if phase_s < SHOWN_S else "still" if phase_s < self.pause_s else "go"


def bend(out: Sound) -> None:
    """Round off what is louder than the knee: never beyond full scale, and without the edges of a cut wave."""
    loud = np.abs(out) > KNEE
    if loud.any():
        over = np.abs(out[loud]) - KNEE
        out[loud] = np.copysign(KNEE + (1 - KNEE) * over / (over + 1 - KNEE), out[loud])


class Mixer:
    """Everything that sounds, summed. Any thread may call `say`, `sway` and `beat`; `render` never waits."""

    def __init__(self) -> None:
        self.frame = 0  # of the audio clock: frames rendered so far
        self._said: deque[tuple[Sound, int | None]] = deque()
        self._playing: list[tuple[int, Sound]] = []
        self._target = (0.0, 0.0, LIMITS.low_hz)
        self._now = [0.0, 0.0, LIMITS.low_hz]
        self._phase = 0.0
        self._wanted: Metronome | None = None
        self._metronome: Metronome | None = None
        self._from_n, self._step = 0, 0
        self._due: deque[tuple[int, str]] = deque()  # of the step before `_step`, not yet begun
        self._decay = np.exp(-np.arange(1, BLOCK_N + 1) / (LIMITS.smooth_s * RATE_HZ))
        self._ramp, self._wave = np.empty(BLOCK_N), np.empty(BLOCK_N)

    def say(self, sound: Sound, at_frame: int | None = None) -> None:
        """Play a sound at a frame of the audio clock, or as soon as possible."""
        self._said.append((sound, at_frame))

    def sway(self, ap_rings: float, ml_rings: float, headed: bool) -> None:
        """Where the dot is now."""
        left, right, _ = self._target
        self._target = sway_target(ap_rings, ml_rings, headed, left + right > 0)

    def hush(self) -> None:
        """No sway tone: nothing is being held, or the dot is not known."""
        self._target = (0.0, 0.0, self._target[2])

    def beat(self, metronome: Metronome | None) -> None:
        """Start a metronome with the next block, or stop it."""
        self._wanted = metronome

    def render(self, out: Sound) -> None:
        """Fill (n, 2) with the next n frames."""
        for start in range(0, len(out), BLOCK_N):
            part = out[start : start + BLOCK_N]
            part[:] = 0
            self._queue(len(part))
            self._tone(part)
            self._clips(part)
            self.frame += len(part)
        bend(out)

    def skip(self, n: int) -> None:
        """The device left out n frames: what was due in them is over; what was said meanwhile comes after."""
        self._beat(n)
        self.frame += n
        self._playing = [(at, sound) for at, sound in self._playing if at >= self.frame]

    @property
    def sounding(self) -> bool:
        """Something is heard, or will be."""
        return bool(self._said or self._playing) or max(*self._target[:2], *self._now[:2]) > SILENT

    def _queue(self, n: int) -> None:
        while self._said:
            sound, at = self._said.popleft()
            self._playing.append((self.frame if at is None else at, sound))
        self._beat(n)

    def _beat(self, n: int) -> None:
        if self._wanted is not self._metronome:
            self._metronome, self._from_n, self._step = self._wanted, self.frame, 0
            self._due.clear()  # a step that was begun is not finished: stopped is silent
        while self._metronome is not None:
            if not self._due:
                self._due.extend(self._metronome.at(self._step))
                self._step += 1
            at, name = self._from_n + self._due[0][0], self._due[0][1]
            if at >= self.frame + n:
                break
            self._playing.append((at, CUES[name]))
            self._due.popleft()

    def _tone(self, part: Sound) -> None:
        left, right, hz = self._target
        if max(left, right, self._now[0], self._now[1]) < SILENT:
            self._now = [0.0, 0.0, hz]
            return
        n = len(part)
        ramp, wave, decay = self._ramp[:n], self._wave[:n], self._decay[:n]
        np.multiply(decay, self._now[2] - hz, out=ramp)
        ramp += hz
        np.cumsum(ramp, out=wave)
        wave *= 2 * math.pi / RATE_HZ
        wave += self._phase
        self._phase = float(wave[-1]) % (2 * math.pi)
        self._now[2] = float(ramp[-1])
        np.sin(wave, out=wave)
        for side, target in enumerate((left, right)):
            np.multiply(decay, self._now[side] - target, out=ramp)
            ramp += target
            self._now[side] = float(ramp[-1])
            ramp *= wave
            part[:, side] += ramp

    def _clips(self, part: Sound) -> None:
        begin, end = self.frame, self.frame + len(part)
        for at, sound in self._playing:
            first, last = max(at, begin), min(at + len(sound), end)
            if first < last:
                part[first - begin : last - begin] += sound[first - at : last - at, None]
        self._playing = [(at, sound) for at, sound in self._playing if at + len(sound) > end]
