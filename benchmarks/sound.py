"""What a sound card gets from the real loudspeaker: a virtual one, whose monitor is recorded. No air, no loudspeaker.

    pip install -e '.[sound]'; apt install libportaudio2 libasound2-plugins pulseaudio pulseaudio-utils
    python benchmarks/sound.py [--seconds S] [--only cues|tone|beat|loss]

A PulseAudio daemon of our own, in a folder of its own, has a null sink; ALSA's default leads there; `parec` records the
sink's monitor. Times of the monitor are those at which its samples arrived here at the earliest, so latencies include
the monitor's own few milliseconds. "busy": three threads of this process burn the interpreter.
Nothing is asserted; goals stand beside. Skips with the reason where there is no such daemon.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from surefoot.sound import Speaker
from surefoot.tones import CUES, LANDINGS, RATE_HZ, Metronome, Sound

HEARD = 1e-4  # of full scale: 80 dB below; the monitor of a null sink is otherwise exactly zero
GOALS = "goals: every cue as computed, intervals within 1 ms, no holes, ≤ 100 ms from say to monitor, never a stall"


def missing() -> str | None:
    """Why this cannot run here."""
    if sys.platform != "linux":
        return "needs Linux, PulseAudio and ALSA"
    if importlib.util.find_spec("sounddevice") is None:
        return "needs pip install -e '.[sound]'"
    lacking = [name for name in ("pulseaudio", "parec", "pactl") if shutil.which(name) is None]
    return f"needs {', '.join(lacking)} (pulseaudio, pulseaudio-utils)" if lacking else None


def _quiet(*argv: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


class Ear:
    """A daemon with a null sink, and what its monitor heard."""

    def __init__(self, folder: Path) -> None:
        socket = folder / "native"
        os.environ.update(
            XDG_RUNTIME_DIR=str(folder), PULSE_SERVER=f"unix:{socket}", PULSE_COOKIE=str(folder / "cookie"),
            ALSA_CONFIG_PATH=str(folder / "asound.conf"),
        )  # fmt: skip
        (folder / "asound.conf").write_text("</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\n")
        self.daemon = _quiet(
            "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disallow-exit",
            "-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
            "-L", f"module-null-sink sink_name=ear rate={RATE_HZ} channels=2 format=float32le",
        )  # fmt: skip
        until(lambda: _quiet("pactl", "info").wait() == 0, 10, "no daemon")
        self.recorder = _quiet(
            "parec", "--raw", "--format=float32le", f"--rate={RATE_HZ}", "--channels=2", "--latency-msec=5",
            "-d", "ear.monitor",
        )  # fmt: skip
        self._parts: list[bytes] = []
        self._bytes_n, self._earliest_s = 0, np.inf
        threading.Thread(target=self._listen, daemon=True).start()
        until(lambda: self._bytes_n > RATE_HZ, 10, "the monitor is silent")

    def _listen(self) -> None:
        assert self.recorder.stdout is not None
        fd = self.recorder.stdout.fileno()
        while part := os.read(fd, 65536):
            now_s = time.monotonic()
            self._parts.append(part)
            self._bytes_n += len(part)
            self._earliest_s = min(self._earliest_s, now_s - self._bytes_n / 8 / RATE_HZ)

    @property
    def now(self) -> int:
        """Frames heard so far."""
        return self._bytes_n // 8

    def since(self, frame: int) -> Sound:
        """(n, 2) from that frame on."""
        raw = b"".join(self._parts)
        return np.frombuffer(raw[: len(raw) // 8 * 8], np.float32).reshape(-1, 2)[frame:]

    def time_s(self, frame: int) -> float:
        """Monotonic time at which a frame could be heard."""
        return self._earliest_s + frame / RATE_HZ

    def close(self) -> None:
        """End both processes, also a daemon that was stopped."""
        for process in (self.recorder, self.daemon):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()


def until(true: Callable[[], bool], seconds: float, fault: str) -> None:
    end_s = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end_s:
            raise SystemExit(fault)
        time.sleep(0.005)


@contextlib.contextmanager
def ear() -> Iterator[Ear]:
    with tempfile.TemporaryDirectory() as name:
        made = Ear(Path(name))
        try:
            yield made
        finally:
            made.close()


@contextlib.contextmanager
def speaking() -> Iterator[Speaker]:
    speaker = Speaker()
    speaker.answered(15)
    if speaker.failure is not None:
        raise SystemExit(speaker.failure)
    try:
        yield speaker
    finally:
        speaker.close()


@contextlib.contextmanager
def busy(yes: bool) -> Iterator[None]:
    on = yes

    def burn() -> None:
        x = 0
        while on:
            x += 1

    threads = [threading.Thread(target=burn, daemon=True) for _ in range(3 if yes else 0)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        on = False
        for thread in threads:
            thread.join()


def onsets(sound: Sound, quiet_s: float = 0.01) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """First frames of what sounds after a silence."""
    heard = np.flatnonzero(np.abs(sound).max(axis=1) > HEARD)
    return heard[np.flatnonzero(np.diff(heard, prepend=-RATE_HZ) > quiet_s * RATE_HZ)]


# ------------------------------------------------------------------------------------------------ what is measured


def cues(here: Ear, speaker: Speaker) -> None:
    """Every cue against its samples, and how late it is."""
    late_ms, worst = [], 0.0
    rows = [(name, None, sound) for name, sound in CUES.items()]
    for name, softness, wanted in [*rows, *(("landing", 10.0 * k, sound) for k, sound in enumerate(LANDINGS))]:
        begin, said_s = here.now, time.monotonic()
        speaker.cue(name, softness)
        time.sleep(len(wanted) / RATE_HZ + 0.4)
        heard = here.since(begin)
        starts = onsets(heard)
        if not len(starts):
            print(f"  {name} {softness or ''}: SILENT")
            continue
        first = int(starts[0]) - int(np.flatnonzero(np.abs(wanted) > HEARD)[0])
        apart = float(np.abs(heard[first : first + len(wanted), 0] - wanted).max())
        worst = max(worst, apart)
        late_ms.append((here.time_s(begin + first) - said_s) * 1000)
        if apart > HEARD:
            print(f"  {name} {softness or ''}: differs from its samples by up to {apart:.3f} of full scale")
    p = np.percentile(late_ms, [0, 50, 100])
    print(
        f"cues: {len(late_ms)} of {len(CUES) + len(LANDINGS)} heard, worst difference {worst:.1e} of full scale; ",
        end="",
    )
    print(f"from cue() to the monitor {p[0]:.0f} / {p[1]:.0f} / {p[2]:.0f} ms (least, median, most)")
    begin = here.now
    speaker.sway(3.0, 0.0, False)
    for name in CUES:
        speaker.cue(name)
    time.sleep(1.2)
    speaker.hush()
    heard = here.since(begin)
    cut_n, step = int((np.abs(heard) >= 1).sum()), np.abs(np.diff(heard, axis=0)).max()
    print(f"all at once over the loudest tone: peak {np.abs(heard).max():.3f}, ", end="")
    print(f"{cut_n} samples at full scale, largest step {step:.3f}")
    time.sleep(0.6)


def tone(here: Ear, speaker: Speaker) -> None:
    """How loud and how high the sway tone is, out and back in."""
    for rings in (0.0, 0.5, 0.99, 1.05, 1.5, 2.0, 3.0, 5.0, 0.95, 0.85):
        said_s, begin = time.monotonic(), here.now
        for _ in range(20):  # as a dashboard does, 20 times a second
            speaker.sway(rings, 0.0, False)
            time.sleep(0.05)
        heard = here.since(begin)[:, 0]
        last = heard[-RATE_HZ // 2 :]
        up = np.flatnonzero((last[:-1] <= 0) & (last[1:] > 0))
        hz = (len(up) - 1) / (up[-1] - up[0]) * RATE_HZ if len(up) > 2 else 0.0
        step = float(np.abs(np.diff(heard)).max())
        began = onsets(here.since(begin))
        late = f", begins after {(here.time_s(begin + int(began[0])) - said_s) * 1000:.0f} ms" if rings == 1.05 else ""
        rms = float(np.sqrt(np.mean(last.astype(float) ** 2)))
        print(f"  {rings:4.2f} rings: RMS {rms:.4f}, {hz:5.0f} Hz, largest step {step:.4f}{late}")
    speaker.sway(3.0, 0.0, False)
    time.sleep(0.5)
    begin = here.now
    speaker.hush()
    time.sleep(1.0)
    heard = np.abs(here.since(begin)).max(axis=1)
    print(f"  hush: silent {np.flatnonzero(heard > HEARD)[-1] / RATE_HZ * 1000:.0f} ms after it was said")


def beat(here: Ear, speaker: Speaker, metronome: Metronome, seconds: float, load: bool) -> None:
    """Intervals between plants, and where the last one is."""
    begin = here.now
    with busy(load):
        speaker.beat(metronome)
        time.sleep(seconds)
        speaker.beat(None)
    time.sleep(0.5)
    heard = here.since(begin)
    starts = onsets(heard)
    plants = np.array([at for at in starts if np.abs(heard[at : at + RATE_HZ // 30]).max() > 0.4])
    wanted = metronome.cycle_s * RATE_HZ
    apart_ms = (np.diff(plants) - wanted) / RATE_HZ * 1000
    k = np.rint((plants - plants[0]) / wanted)
    drift_ms = float(plants[-1] - plants[0] - k[-1] * wanted) / RATE_HZ * 1000
    expected_n = int(k[-1]) + 1
    words = f"{metronome.bpm:g} bpm + {metronome.pause_s:g} s" + (", busy" if load else "")
    print(
        f"beat {words}, {seconds:.0f} s: {len(plants)} of {expected_n} plants, {len(starts) - len(plants)} lifts; "
        f"interval error most {np.abs(apart_ms).max():.3f} ms, SD {apart_ms.std():.4f} ms; "
        f"last plant off by {drift_ms:.3f} ms; {int((np.abs(apart_ms) > 1).sum())} holes",
        flush=True,
    )


def loss(how: str) -> None:
    """The device goes away in the middle: who says so, when, and does anything wait."""
    with ear() as here:
        speaker = Speaker()
        speaker.answered(15)
        speaker.sway(2.0, 0.0, False)
        time.sleep(0.5)
        if how == "sink unloaded":
            subprocess.run(["pactl", "unload-module", "module-null-sink"], check=True)
        else:
            here.daemon.send_signal(signal.SIGKILL if how == "daemon killed" else signal.SIGSTOP)
        gone_s, longest_s = time.monotonic(), 0.0
        while speaker.failure is None and time.monotonic() < gone_s + 15:
            call_s = time.monotonic()
            speaker.sway(2.0, 0.0, False)
            speaker.cue("count")
            longest_s = max(longest_s, time.monotonic() - call_s)
            time.sleep(0.02)
        said_s = time.monotonic() - gone_s
        call_s = time.monotonic()
        speaker.close()
        print(
            f"{how}: “{speaker.failure}” after {said_s:.2f} s; longest call {longest_s * 1000:.1f} ms; "
            f"closed in {time.monotonic() - call_s:.2f} s",
            flush=True,
        )


def opening_hangs() -> None:
    """A sound server that takes connections and never answers."""
    with ear() as here:
        here.daemon.send_signal(signal.SIGSTOP)
        begun_s = time.monotonic()
        speaker = Speaker()
        made_s = time.monotonic() - begun_s
        until(lambda: speaker.failure is not None, 20, "never said")
        after_s = time.monotonic() - begun_s
        print(f"opening hangs: “{speaker.failure}” after {after_s:.1f} s; made in {made_s * 1000:.0f} ms")
        speaker.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=190.0)
    parser.add_argument("--only", choices=("cues", "tone", "beat", "loss"))
    args = parser.parse_args()
    reason = missing()
    if reason is not None:
        print(f"skipped: {reason}")
        return
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"a virtual card, not a loudspeaker; {GOALS}")
    for name, measure in (("cues", cues), ("tone", tone)):
        if args.only in (None, name):
            with ear() as here, speaking() as speaker:
                measure(here, speaker)
    if args.only in (None, "beat"):
        for metronome in (Metronome(40, 1.0), Metronome(180)):
            for load in (False, True):
                with ear() as here, speaking() as speaker:
                    beat(here, speaker, metronome, args.seconds, load)
    if args.only in (None, "loss"):
        for how in ("sink unloaded", "daemon killed", "daemon hangs"):
            loss(how)
        opening_hangs()


if __name__ == "__main__":
    main()
