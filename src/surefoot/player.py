"""The process that plays: `python -m surefoot.player`, and the only place that knows `sounddevice`, an extra.

It is a process of its own because sound cannot wait. In the dashboard's process a callback waits for the interpreter
lock while a score is computed, and one missed block costs up to two seconds of silence; ALSA writes its complaints over
the picture; and opening or closing a device whose sound server hangs never returns. Here nothing else computes, nobody
reads the complaints, and who does not answer is ended.

It is told what to play in lines of JSON, `["cue", "go"]`, until they end. Its first line is `{"name": …}` when a device
is open, or `{"fault": …}`; it ends by itself when the device stops taking sound.
"""

from __future__ import annotations

import json
import math
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from surefoot.tones import CUES, RATE_HZ, Metronome, Mixer, landing

LATENCY_S: Final = 0.08
"""Sound kept ready. PortAudio's own "low" (9 ms) ran dry on a busy computer; a cue may lag 100 ms (ours)."""
OPEN_S: Final = 10.0
"""A device that is not open by then hangs; headphones need a second or two, and meanwhile the bell rings."""
STALL_S: Final = 4.0
"""Without a block asked for so long the device is gone. An underrun through PulseAudio healed within 2.0 s (seen)."""
FOLLOW_S: Final = 0.5
"""How often the audio clock is compared with the computer's; the best of some twenty blocks counts."""
HOLE_S: Final = 0.03
"""So much is missing only after a hole in the sound; a step that is 30 ms off is hardly heard."""
DRIFT: Final = 0.001
"""Share of time by which two clocks may part without a hole; cards are within 100 ppm, ten times less."""
FAREWELL_S: Final = 0.6
"""To finish what is sounding: the longest cue has 0.44 s."""
LOOK_S: Final = 0.1
"""How often the device is looked at."""

NO_PORTAUDIO: Final = "PortAudio is missing (on Debian and Ubuntu: apt install libportaudio2)"
BROKEN: Final = "its library is broken; pip install --force-reinstall 'surefoot[sound]' mends it"
NO_DEVICE: Final = "no loudspeaker or headphones can be opened"
NO_ANSWER: Final = "the sound system does not answer"

COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "cue": lambda mixer, name: mixer.say(CUES[name]),
    "landing": lambda mixer, softness: mixer.say(landing(softness)),
    "sway": lambda mixer, ap_rings, ml_rings, headed: mixer.sway(ap_rings, ml_rings, headed),
    "hush": lambda mixer: mixer.hush(),
    "beat": lambda mixer, bpm, pause_s: mixer.beat(Metronome(bpm, pause_s)),
    "rest": lambda mixer: mixer.beat(None),
}
"""Word → what it does with the values after it."""


class Player:
    """What the device asks for, from the mixer, on the audio clock.

    A device that ran dry leaves a hole, and the audio clock has stood still meanwhile. The clock is moved on by what is
    missing, so that the metronome stays with its picture; the drift of a sound card is followed, and moves nothing.
    """

    def __init__(self) -> None:
        self.mixer = Mixer()
        self._filled_s = self._look_s = 0.0
        self._best_s = -math.inf  # most by which the audio clock was before the computer's since the last look
        self._lead_s: float | None = None  # by how much it usually is

    def begin(self, now_s: float) -> None:
        """A device is open, and will ask."""
        self._filled_s, self._look_s = now_s, now_s + FOLLOW_S

    def fill(self, out: Any, now_s: float) -> None:
        """The next block, asked for now."""
        if now_s >= self._look_s:
            if math.isfinite(self._best_s):
                self._follow()
            self._best_s, self._look_s = -math.inf, now_s + FOLLOW_S
        self._best_s = max(self._best_s, self.mixer.frame / RATE_HZ - now_s)
        self._filled_s = now_s
        self.mixer.render(out)

    def _follow(self) -> None:
        if self._lead_s is None:
            self._lead_s = self._best_s
        missing_s = self._lead_s - self._best_s
        if missing_s > HOLE_S:
            self.mixer.skip(round(missing_s * RATE_HZ))
        else:
            self._lead_s -= min(missing_s, DRIFT * FOLLOW_S)

    def stalled(self, now_s: float) -> bool:
        """The device takes no more sound."""
        return now_s - self._filled_s > STALL_S


def obey(mixer: Mixer, lines: Iterable[bytes]) -> None:
    """Do what the lines say, until they end."""
    for line in lines:
        word, *values = json.loads(line)
        COMMANDS[word](mixer, *values)


def opened(player: Player, ended: Callable[[], None]) -> tuple[Any, dict[str, str]]:
    """A running stream on the default output, or None; and what to say about it."""
    try:
        import sounddevice
    except OSError:
        return None, {"fault": NO_PORTAUDIO}
    except Exception:  # whatever a broken library says
        return None, {"fault": BROKEN}
    try:
        name = str(sounddevice.query_devices(kind="output")["name"])
        stream = sounddevice.OutputStream(
            samplerate=RATE_HZ,
            channels=2,
            dtype="float32",
            latency=LATENCY_S,
            callback=lambda out, frames, times, status: player.fill(out, time.monotonic()),
            finished_callback=ended,
        )
        player.begin(time.monotonic())
        stream.start()
    except Exception:  # PortAudioError and whatever a driver thinks of
        return None, {"fault": NO_DEVICE}
    return stream, {"name": name}


def main() -> None:
    """Play what stdin says. Leaves without tidying up: what hangs in a sound library must not hang this process."""
    try:
        _play()
    finally:
        os._exit(0)


def _play() -> None:
    """Until stdin ends, or the device does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the dashboard, which says when to end
    player, over = Player(), threading.Event()
    found: queue.SimpleQueue[tuple[Any, dict[str, str]]] = queue.SimpleQueue()
    threading.Thread(target=lambda: found.put(opened(player, over.set)), daemon=True).start()
    try:
        stream, said = found.get(timeout=OPEN_S)
    except queue.Empty:
        stream, said = None, {"fault": NO_ANSWER}
    print(json.dumps(said), flush=True)
    if stream is not None:
        told = threading.Thread(target=obey, args=(player.mixer, sys.stdin.buffer), daemon=True)
        told.start()
        while told.is_alive() and not over.is_set() and not player.stalled(time.monotonic()):
            over.wait(LOOK_S) if told.is_alive() else None
        player.mixer.beat(None)
        player.mixer.hush()
        end_s = time.monotonic() + FAREWELL_S
        while player.mixer.sounding and time.monotonic() < end_s and not over.is_set():
            over.wait(0.01)
        over.wait(LATENCY_S)  # the last block is on its way


if __name__ == "__main__":
    main()
