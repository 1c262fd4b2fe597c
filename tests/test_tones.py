"""What a person would hear, measured on the samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot import tones
from surefoot.tones import (
    CUES,
    KNEE,
    LANDINGS,
    LIMITS,
    RATE_HZ,
    Metronome,
    Mixer,
    Sound,
    bend,
    heard_in,
    landing,
    sway_target,
)

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
    heard = np.abs(played(mixer, 0.5))
    assert KNEE < heard.max() < 1.0  # not one sample is cut off


def test_what_is_too_loud_keeps_its_order_and_what_is_not_stays_as_it_is() -> None:
    wanted = np.linspace(-4, 4, 8001, dtype=np.float32).reshape(-1, 1)
    bent = wanted.copy()
    bend(bent)
    quiet = np.abs(wanted) <= KNEE
    assert np.array_equal(bent[quiet], wanted[quiet])
    steps = np.diff(bent[:, 0])
    assert steps.min() > 0
    assert steps.max() == pytest.approx(0.001, rel=1e-3)


def test_a_cue_over_the_loudest_tone_is_not_bent() -> None:
    assert max(np.abs(sound).max() for sound in (*CUES.values(), *LANDINGS)) + LIMITS.loudest <= KNEE + 1e-6


@pytest.mark.parametrize("sound", [*CUES.values(), *LANDINGS, tones.UNSCORED])
def test_no_cue_clicks_where_it_begins_or_ends(sound: Sound) -> None:
    heard = np.concatenate([np.zeros(10, np.float32), sound, np.zeros(10, np.float32)])
    steps = np.abs(np.diff(heard))
    assert steps[:20].max() < 0.01 * steps.max()
    assert steps[-20:].max() < 0.01 * steps.max()


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


def test_a_metronome_that_is_stopped_on_one_foot_says_no_more() -> None:
    mixer = Mixer()
    mixer.beat(Metronome(60, 1.5))
    assert played(mixer, 0.2).any()
    mixer.beat(None)
    played(mixer, 0.01)
    assert not played(mixer, 3.0).any()


def test_a_hole_in_the_sound_does_not_move_the_metronome() -> None:
    mixer = Mixer()
    mixer.beat(Metronome(60, 0.0))
    played(mixer, 1.5)
    mixer.say(CUES["end"])
    mixer.skip(2 * RATE_HZ)  # 1.5 to 3.5 s: the plants at 2 and 3 s are over
    after = played(mixer, 1.0)[:, 0]
    end = len(CUES["end"])
    assert np.array_equal(after[:end], CUES["end"])  # said in the hole, and still wanted
    assert int(np.flatnonzero(after[end:])[0]) + end == pytest.approx(RATE_HZ // 2, abs=2)


def test_a_mixer_knows_when_it_is_silent() -> None:
    mixer = Mixer()
    assert not mixer.sounding
    mixer.say(CUES["count"])
    assert mixer.sounding
    played(mixer, 0.5)
    assert not mixer.sounding
    mixer.sway(3.0, 0.0, False)
    played(mixer, 0.1)
    assert mixer.sounding
    mixer.hush()
    played(mixer, 0.5)
    assert not mixer.sounding


def test_feedback_fades_by_schedule() -> None:
    assert [heard_in(n, "every") for n in (1, 2, 3)] == [True, True, True]
    assert [heard_in(n, "half") for n in (1, 2, 3)] == [True, False, True]
    assert not any(heard_in(n, word) for n in (1, 2) for word in ("cues", "auto", "off"))
