"""The loudspeaker: the only place that knows `sounddevice`, which is an extra (`pip install 'surefoot[sound]'`).

Sound is computed in PortAudio's own thread, from the mixer, on the audio clock; nothing else waits for it. Without the
library or without a device there is one sentence, and the terminal's bell instead.
"""

from __future__ import annotations

from typing import Any

from surefoot.errors import SurefootError
from surefoot.tones import CUES, RATE_HZ, Metronome, Mixer, landing

BELL = "only the bell sounds"


def _library() -> Any:
    """`sounddevice`. Raises SurefootError with the remedy."""
    try:
        import sounddevice
    except ImportError:
        raise SurefootError(f"{BELL}: pip install 'surefoot[sound]' brings the library") from None
    except OSError:
        raise SurefootError(f"{BELL}: PortAudio is missing (on Debian and Ubuntu: apt install libportaudio2)") from None
    return sounddevice


def output() -> str:
    """Name of the default output. Raises SurefootError when there is none."""
    library = _library()
    try:
        return str(library.query_devices(kind="output")["name"])
    except (library.PortAudioError, ValueError):
        raise SurefootError(f"{BELL}: connect a loudspeaker or headphones") from None


class Speaker:
    """Cues, sway tone and metronome on the default output. SurefootError when there is none: ring the bell."""

    def __init__(self) -> None:
        library = _library()
        self._mixer = Mixer()
        try:
            self._stream = library.OutputStream(
                samplerate=RATE_HZ, channels=2, dtype="float32", latency="low", callback=self._fill
            )
            self._stream.start()
        except (library.PortAudioError, ValueError):
            raise SurefootError(f"{BELL}: no loudspeaker or headphones can be opened") from None

    def _fill(self, out: Any, frames: int, time: Any, status: Any) -> None:
        self._mixer.render(out)

    @property
    def latency_s(self) -> float:
        """From a sample rendered to the loudspeaker, as the driver says; without the loudspeaker's own (Bluetooth)."""
        return float(self._stream.latency)

    def cue(self, name: str, softness: float | None = None) -> None:
        """Play the cue of that name; a landing by its softness."""
        self._mixer.say(landing(softness) if name == "landing" else CUES[name])

    def sway(self, ap_rings: float, ml_rings: float, headed: bool) -> None:
        """Where the dot is, in rings."""
        self._mixer.sway(ap_rings, ml_rings, headed)

    def hush(self) -> None:
        """No sway tone."""
        self._mixer.hush()

    def beat(self, metronome: Metronome | None) -> None:
        """Start or stop a metronome."""
        self._mixer.beat(metronome)

    def close(self) -> None:
        """Silence, and the device free again."""
        self._stream.close()


def loudspeaker(schedule: str) -> tuple[Speaker | None, str | None]:
    """A loudspeaker, or why there is none; neither when `schedule` is "off"."""
    if schedule == "off":
        return None, None
    try:
        return Speaker(), None
    except SurefootError as e:
        return None, str(e)
