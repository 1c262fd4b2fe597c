"""The loudspeaker, as the dashboard sees it: a process that plays (`surefoot.player`), told in lines of JSON.

Nothing here waits: what is said goes through a queue, and a loudspeaker that cannot be opened, or that goes away later,
is a sentence in `failure`. Then the terminal's bell remains.
"""

from __future__ import annotations

import importlib.util
import json
import queue
import subprocess
import sys
import threading
from typing import Any, Final

from surefoot.errors import SurefootError
from surefoot.tones import Metronome

BELL: Final = "only the bell sounds"
NO_LIBRARY: Final = "pip install 'surefoot[sound]' brings the library"
GONE: Final = "the loudspeaker is gone; start again when it is back"
ANSWER_S: Final = 13.0
"""The process gives up on a device after ten seconds, and says so."""
END_S: Final = 1.0
"""To finish a sound; who needs longer is ended."""


def _process() -> subprocess.Popen[bytes]:
    """The process that plays, not yet open. Raises SurefootError without the library."""
    if importlib.util.find_spec("sounddevice") is None:
        raise SurefootError(f"{BELL}: {NO_LIBRARY}")
    argv = [sys.executable, "-P", "-m", "surefoot.player"]  # -P: no module of the folder we happen to be in
    try:
        return subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
    except OSError as e:
        raise SurefootError(f"{BELL}: the player cannot be started ({e.strerror})") from None


def _heard(line: bytes) -> str:
    """Name of the device, from the player's first line. Raises SurefootError with its reason."""
    try:
        said: dict[str, str] = json.loads(line)
    except ValueError:
        said = {"fault": GONE}
    if "fault" in said:
        raise SurefootError(f"{BELL}: {said['fault']}")
    return said["name"]


def output() -> str:
    """Name of the default output, when it can be opened. Raises SurefootError with the reason otherwise."""
    process = _process()
    try:
        out, _ = process.communicate(timeout=ANSWER_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
    return _heard(out.partition(b"\n")[0])


class Speaker:
    """Cues, sway tone and metronome on the default output, once it is `ready`."""

    def __init__(self) -> None:
        self.ready = False
        self.failure: str | None = None
        self._said: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()
        self._answered = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = _process()
        except SurefootError as e:
            self.failure = str(e)
            self._answered.set()
            return
        self._threads = [
            threading.Thread(target=work, args=(self._process,), daemon=True) for work in (self._listen, self._talk)
        ]
        for thread in self._threads:
            thread.start()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout:
            try:
                _heard(process.stdout.readline())
                self.ready = True
                self._answered.set()
                process.stdout.read()  # it says no more; this ends when the process does
                raise SurefootError(f"{BELL}: {GONE}")
            except SurefootError as e:
                self.ready, self.failure = False, str(e)
        self._answered.set()
        self._said.put(None)

    def _talk(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        try:
            with process.stdin:
                while (words := self._said.get()) is not None:
                    process.stdin.write(json.dumps(words).encode() + b"\n")
        except OSError:  # it has ended; the other thread says so
            pass

    def _say(self, *words: Any) -> None:
        if self.ready:  # what was said before would come late
            self._said.put(words)

    def answered(self, seconds: float) -> bool:
        """Wait until it is ready or has failed; whether it did so in time. The dashboard has no time for this."""
        return self._answered.wait(seconds)

    def cue(self, name: str, softness: float | None = None) -> None:
        """Play the cue of that name; a landing by its softness."""
        if name == "landing":
            self._say(name, softness)
        else:
            self._say("cue", name)

    def sway(self, ap_rings: float, ml_rings: float, headed: bool) -> None:
        """Where the dot is, in rings."""
        self._say("sway", ap_rings, ml_rings, headed)

    def hush(self) -> None:
        """No sway tone."""
        self._say("hush")

    def beat(self, metronome: Metronome | None) -> None:
        """Start or stop a metronome."""
        if metronome is None:
            self._say("rest")
        else:
            self._say("beat", metronome.bpm, metronome.pause_s)

    def close(self) -> None:
        """Silence, and the device free again."""
        process = self._process
        if process is None:
            return
        self._said.put(None)
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for thread in self._threads:
            thread.join()


def loudspeaker(schedule: str) -> Speaker | None:
    """A loudspeaker, which will say when it cannot be heard; None when `schedule` is "off"."""
    return None if schedule == "off" else Speaker()
