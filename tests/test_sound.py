"""The process that plays: with devices that are stood in for, since a sound card is not everywhere.

`benchmarks/sound.py` runs the same against a real sound server.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from surefoot import player
from surefoot.errors import SurefootError
from surefoot.player import BROKEN, NO_ANSWER, NO_DEVICE, NO_PORTAUDIO, STALL_S, Player, obey
from surefoot.sound import BELL, GONE, Speaker, output
from surefoot.tones import CUES, RATE_HZ, Sound, landing

LIBRARY = "raise OSError('PortAudio library not found')"
HALF = "raise ImportError('half installed')"
DEVICE = """
class PortAudioError(Exception): pass
def query_devices(kind): raise PortAudioError("Error querying device -1")
"""
HANGS = "import threading; threading.Event().wait()"
PLAYS = """
import os, threading, time
import numpy as np
class PortAudioError(Exception): pass
def query_devices(kind): return {"name": "Kitchen"}
class OutputStream:
    def __init__(self, **setup): self.setup = setup
    def start(self): threading.Thread(target=self.run, daemon=True).start()
    def run(self):
        os.write(2, b"ALSA lib pcm.c: underrun occurred")
        with open(os.environ["HEARD"], "ab", buffering=0) as heard:
            while not os.path.exists(os.environ["HEARD"] + ".gone"):
                out = np.full((480, 2), 9, np.float32)
                self.setup["callback"](out, 480, None, None)
                heard.write(out[:, 0].tobytes())
                time.sleep(0.002)
        self.setup["finished_callback"]()
"""
"""A device five times as fast as a real one, that keeps what it was given."""

Install = Callable[[str], Path]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Stand in for sounddevice, which needs PortAudio and a sound card."""

    def install(source: str) -> Path:
        (tmp_path / "sounddevice.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        monkeypatch.setenv("HEARD", str(tmp_path / "heard"))
        return tmp_path / "heard"

    return install


def samples(path: Path) -> Sound:
    """What was heard, without the silence around it."""
    heard = np.frombuffer(path.read_bytes(), np.float32)
    sounding = np.flatnonzero(heard)
    return heard[sounding[0] : sounding[-1] + 1] if len(sounding) else heard[:0]


@pytest.mark.parametrize(("source", "why"), [(LIBRARY, NO_PORTAUDIO), (DEVICE, NO_DEVICE), (HALF, BROKEN)])
def test_what_cannot_be_opened_is_said_and_raises_nothing(library: Install, source: str, why: str) -> None:
    library(source)
    speaker = Speaker()
    assert speaker.answered(30)
    assert speaker.failure == f"{BELL}: {why}"
    assert not speaker.ready
    speaker.cue("go")
    speaker.sway(3.0, 0.0, False)
    speaker.hush()
    speaker.beat(None)
    speaker.close()
    with pytest.raises(SurefootError, match=BELL):
        output()


def test_without_the_extra_the_remedy_is_named_and_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    speaker = Speaker()
    assert speaker.failure is not None
    assert "pip install 'surefoot[sound]'" in speaker.failure
    assert speaker.answered(0)
    speaker.close()
    with pytest.raises(SurefootError, match=r"surefoot\[sound\]"):
        output()


def test_what_is_said_is_played_sample_by_sample_and_finished_before_it_closes(
    library: Install, capfd: pytest.CaptureFixture[str]
) -> None:
    heard = library(PLAYS)
    assert output() == "Kitchen"
    speaker = Speaker()
    assert speaker.answered(30)
    assert (speaker.ready, speaker.failure) == (True, None)
    speaker.cue("landing", 85.0)
    speaker.close()
    np.testing.assert_array_equal(samples(heard), np.trim_zeros(landing(85.0)))
    assert capfd.readouterr() == ("", "")  # ALSA's complaints do not reach the terminal


def test_a_device_that_goes_away_is_said(library: Install) -> None:
    heard = library(PLAYS)
    speaker = Speaker()
    assert speaker.answered(30)
    (heard.parent / "heard.gone").touch()
    speaker._threads[0].join(30)
    assert (speaker.ready, speaker.failure) == (False, f"{BELL}: {GONE}")
    speaker.cue("go")
    speaker.close()


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process by a signal")
def test_nothing_waits_for_a_player_that_hangs(library: Install) -> None:
    library(PLAYS)
    speaker = Speaker()
    assert speaker.answered(30)
    assert speaker._process is not None
    os.kill(speaker._process.pid, signal.SIGSTOP)
    for _ in range(10_000):  # more than a pipe holds
        speaker.sway(1.5, 0.5, True)
    speaker.close()
    assert speaker._process.returncode == -signal.SIGKILL


@pytest.mark.slow
def test_a_sound_system_that_does_not_answer_is_given_up(library: Install) -> None:
    library(HANGS)
    speaker = Speaker()
    assert speaker.answered(30)
    assert speaker.failure == f"{BELL}: {NO_ANSWER}"
    speaker.close()


# ------------------------------------------------------------------------------------------------ in virtual time


def asked(playing: Player, begin_s: float, seconds: float) -> Sound:
    """Blocks of 10 ms, each asked for when it is due."""
    blocks = []
    for k in range(round(seconds * 100)):
        block = np.empty((480, 2), np.float32)
        playing.fill(block, begin_s + k / 100)
        blocks.append(block[:, 0])
    return np.concatenate(blocks)


def test_a_player_does_as_it_is_told() -> None:
    playing = Player()
    playing.begin(10.0)
    obey(playing.mixer, [b'["cue", "go"]\n'])
    np.testing.assert_array_equal(asked(playing, 10.0, 0.4)[: len(CUES["go"])], CUES["go"])
    obey(playing.mixer, [b'["sway", 3.0, 0.0, false]\n'])
    assert np.abs(asked(playing, 10.4, 0.3)).max() > 0.2
    obey(playing.mixer, [b'["hush"]\n', b'["landing", null]\n', b'["beat", 120, 0.5]\n', b'["rest"]\n'])
    asked(playing, 10.7, 1.0)
    assert not asked(playing, 11.7, 1.0).any()


def frames_after(holes: dict[float, float], seconds: float, ppm: float = 0.0) -> tuple[int, int]:
    """Frames of the audio clock, and those that it should have, with blocks asked for by a card with 80 ms kept ready.

    Args:
        holes: at this time the card runs dry for so long.
        ppm: by how much the card is faster than the computer.
    """
    playing, block = Player(), np.empty((960, 2), np.float32)
    rng = np.random.default_rng(1)
    playing.begin(100.0)
    due_s, left = 100.0, dict(holes)
    for k in range(4):  # filled at once
        playing.fill(block, due_s + k * 1e-4)
    while due_s < 100.0 + seconds:
        due_s += len(block) / RATE_HZ / (1 + ppm * 1e-6)
        for at_s in [at for at in left if 100.0 + at <= due_s]:
            due_s += left.pop(at_s)
        playing.fill(block, due_s + rng.exponential(0.003))
    return playing.mixer.frame, round((due_s - 100.0 + 0.08) * RATE_HZ)


@pytest.mark.parametrize("holes", [{5.0: 0.09}, {5.0: 2.0}, {5.0: 0.1, 5.2: 0.2, 5.25: 0.05, 40.0: 1.9}])
def test_after_holes_the_audio_clock_is_where_it_was(holes: dict[float, float]) -> None:
    frame, wanted = frames_after(holes, 60.0)
    assert frame == pytest.approx(wanted, abs=0.01 * RATE_HZ)


def test_a_small_hole_and_late_blocks_move_nothing() -> None:
    frame, wanted = frames_after({5.0: 0.02}, 60.0)
    assert wanted - frame == pytest.approx(0.02 * RATE_HZ, abs=2)


@pytest.mark.parametrize("ppm", [-100.0, 100.0])
def test_a_sound_card_may_be_slow_or_fast(ppm: float) -> None:
    frame, wanted = frames_after({}, 1800.0, ppm)
    assert frame - wanted == pytest.approx(1800 * ppm * 1e-6 * RATE_HZ, rel=0.02)


def test_a_device_that_asks_no_more_has_stalled() -> None:
    playing = Player()
    playing.begin(5.0)
    assert not playing.stalled(5.0 + STALL_S)
    assert playing.stalled(5.1 + STALL_S)
    asked(playing, 9.0, 1.0)
    assert not playing.stalled(10.0 + STALL_S - 0.1)
    assert playing.stalled(10.1 + STALL_S)


def test_no_more_sound_is_kept_ready_than_a_cue_may_lag() -> None:
    assert player.LATENCY_S + 0.02 <= 0.1  # and what the way to the player and a block cost
