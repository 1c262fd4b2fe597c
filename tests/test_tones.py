"""What a person would hear, measured on the samples; and what happens without a loudspeaker."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot import tones
from surefoot.errors import SurefootError
from surefoot.tones import CUES, LIMITS, RATE_HZ, Metronome, Mixer, Sound, heard_in, landing, sway_target

rings = st.floats(-6, 6)


def played(mixer: Mixer, seconds: float, block_n: int = 480) -> Sound:
    """(n, 2)"""
    out = np.empty((round(seconds * RATE_HZ), 2), np.float32)
    for start in range(0, len(out), block_n):
        mixer.render(out[start : start + block_n])
    return out


def pitch_hz(sound: Sound) -> float:
    """By the upward zero crossings."""
    up = np.flatnonzero((sound[:-1] <= 0) & (sound[1:] > 0))
    return float((len(up) - 1) / (up[-1] - up[0]) * RATE_HZ)


@given(ap=rings, ml=rings, headed=st.booleans(), sounding=st.booleans())
def test_inside_the_dead_zone_there_is_silence_and_nothing_is_ever_too_loud(
    ap: float, ml: float, headed: bool, sounding: bool
) -> None:
    left, right, hz = sway_target(ap, ml, headed, sounding)
    far = np.hypot(ap, ml)
    if far <= LIMITS.back_rings or (far <= LIMITS.dead_rings and not sounding):
        assert left == right == 0
    else:
        assert 0 < left**2 + right**2 <= LIMITS.loudest**2 + 1e-9
    assert LIMITS.low_hz / 2 - 1e-9 <= hz <= LIMITS.low_hz * 2 + 1e-9


def test_further_out_is_louder_and_without_a_heading_higher() -> None:
    steps = [sway_target(r, 0.0, False, True) for r in (1.0, 1.5, 2.0, 2.5, 3.0)]
    assert [s[0] for s in steps] == sorted({s[0] for s in steps})
    assert [s[2] for s in steps] == sorted({s[2] for s in steps})
    assert all(s[0] == pytest.approx(s[1]) for s in steps)


def test_forward_is_higher_backward_lower_and_right_is_right() -> None:
    assert sway_target(2, 0, True, True)[2] > LIMITS.low_hz > sway_target(-2, 0, True, True)[2]
    left, right, _ = sway_target(0, 3, True, True)
    assert right > 0 == pytest.approx(left, abs=1e-9)


def test_the_edge_of_the_dead_zone_does_not_flutter() -> None:
    assert sway_target(0.95, 0, False, sounding=False)[0] == 0
    assert sway_target(0.95, 0, False, sounding=True)[0] > 0


@given(
    cuts=st.lists(st.integers(1, 3000), min_size=1, max_size=8),
    dots=st.lists(st.tuples(rings, rings), min_size=1, max_size=4),
    at=st.integers(0, 4000),
)
def test_blocks_of_any_size_sound_the_same(cuts: list[int], dots: list[tuple[float, float]], at: int) -> None:
    def heard(sizes: list[int]) -> Sound:
        mixer = Mixer()
        mixer.beat(Metronome(180, 0.05))
        mixer.say(CUES["go"], at_frame=at)
        parts = []
        for ap, ml in dots:
            mixer.sway(ap, ml, True)
            left = 6000
            for n in [*sizes, 6000]:
                part = np.empty((min(n, left), 2), np.float32)
                mixer.render(part)
                parts.append(part)
                left -= len(part)
        return np.concatenate(parts)

    np.testing.assert_allclose(heard(cuts), heard([]), atol=5e-5)


def test_a_dot_that_jumps_makes_no_click() -> None:
    mixer = Mixer()
    mixer.sway(3, 0, False)
    loud = played(mixer, 0.5)
    mixer.hush()
    fading = played(mixer, 0.5)
    both = np.concatenate([loud, fading])[:, 0]
    steepest = 2 * np.pi * LIMITS.low_hz * 2 / RATE_HZ * LIMITS.loudest
    assert np.abs(np.diff(both)).max() < 1.2 * steepest
    assert np.abs(both[-100:]).max() < 1e-4
    assert pitch_hz(loud[-RATE_HZ // 4 :, 0]) == pytest.approx(LIMITS.low_hz * 2, rel=0.01)


def test_all_at_once_is_still_within_full_scale() -> None:
    mixer = Mixer()
    mixer.sway(3, 0, False)
    for sound in CUES.values():
        mixer.say(sound, at_frame=0)
    assert np.abs(played(mixer, 0.5)).max() <= 1.0


def test_a_quiet_landing_is_lower_than_a_hard_one() -> None:
    heard = [pitch_hz(landing(softness)) for softness in range(0, 101, 10)]
    assert heard == sorted(heard, reverse=True)
    assert heard[0] / heard[-1] == pytest.approx(4, rel=0.02)
    assert np.array_equal(landing(None), tones.UNSCORED)


def test_a_sound_starts_at_its_frame() -> None:
    mixer = Mixer()
    mixer.say(CUES["plant"], at_frame=1234)
    out = played(mixer, 0.1, block_n=333)[:, 0]
    first = int(np.flatnonzero(out)[0])
    assert 1234 <= first <= 1236  # a sine begins at zero


@pytest.mark.parametrize(("bpm", "pause_s"), [(170.0, 0.0), (55.0, 1.5)])
def test_the_metronome_keeps_time_for_ten_minutes(bpm: float, pause_s: float) -> None:
    metronome = Metronome(bpm, pause_s)
    cycle_s = 60 / bpm + pause_s
    last = round(600 / cycle_s)
    (plant, _), *rest = metronome.at(last)
    assert plant / RATE_HZ == pytest.approx(last * cycle_s, abs=1 / RATE_HZ)
    assert [at - plant for at, _ in rest] == ([round(pause_s * RATE_HZ)] if pause_s else [])


def test_the_metronome_is_heard_where_it_says() -> None:
    mixer = Mixer()
    played(mixer, 0.35)
    mixer.beat(Metronome(120, 0.5))
    begun = mixer.frame
    out = played(mixer, 4.0, block_n=777)[:, 0]
    sounding = np.flatnonzero(np.abs(out) > 1e-6)
    starts = sounding[np.flatnonzero(np.diff(sounding, prepend=-RATE_HZ) > RATE_HZ // 20)]
    wanted = [at for k in range(4) for at, _ in Metronome(120, 0.5).at(k)]
    assert begun == round(0.35 * RATE_HZ)
    np.testing.assert_allclose(starts, wanted, atol=4)
    mixer.beat(None)
    played(mixer, 0.1)
    assert not played(mixer, 1.0).any()


def test_feedback_fades_by_schedule() -> None:
    assert [heard_in(n, "every") for n in (1, 2, 3)] == [True, True, True]
    assert [heard_in(n, "half") for n in (1, 2, 3)] == [True, False, True]
    assert not any(heard_in(n, word) for n in (1, 2) for word in ("cues", "auto", "off"))


# ------------------------------------------------------------------------------------------------ the loudspeaker


def library(monkeypatch: pytest.MonkeyPatch, **names: Any) -> None:
    """Stand in for sounddevice, which needs a sound card."""
    fake = types.ModuleType("sounddevice")
    fake.PortAudioError = type("PortAudioError", (Exception,), {})  # type: ignore[attr-defined]
    for name, value in names.items():
        setattr(fake, name, value)
    monkeypatch.setitem(sys.modules, "sounddevice", fake)


def test_without_the_library_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from surefoot.sound import Speaker, output

    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(SurefootError, match=r"surefoot\[sound\]"):
        Speaker()
    with pytest.raises(SurefootError, match=r"surefoot\[sound\]"):
        output()


def test_without_a_device_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from surefoot.sound import Speaker, output

    def refuse(*args: Any, **options: Any) -> None:
        raise sys.modules["sounddevice"].PortAudioError("Error querying device -1")

    library(monkeypatch, OutputStream=refuse, query_devices=refuse)
    with pytest.raises(SurefootError, match="no loudspeaker or headphones can be opened"):
        Speaker()
    with pytest.raises(SurefootError, match="connect a loudspeaker"):
        output()


def test_a_speaker_fills_what_the_device_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from surefoot.sound import Speaker

    class Stream:
        latency = 0.012

        def __init__(self, callback: Any, **setup: Any) -> None:
            self.callback, self.setup, self.running = callback, setup, False
            streams.append(self)

        def start(self) -> None:
            self.running = True

        def close(self) -> None:
            self.running = False

    streams: list[Stream] = []
    library(monkeypatch, OutputStream=Stream)
    speaker = Speaker()
    (stream,) = streams
    assert stream.running
    assert (stream.setup["samplerate"], stream.setup["channels"]) == (RATE_HZ, 2)
    out = np.full((480, 2), 9.0, np.float32)
    stream.callback(out, 480, None, None)
    assert not out.any()
    speaker.cue("landing", 85.0)
    stream.callback(out, 480, None, None)
    assert np.array_equal(out[:, 0], landing(85.0)[:480])
    speaker.close()
    assert not stream.running
