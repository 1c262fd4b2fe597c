"""What is said of a scene, as plain functions: shape and word for each state, never color alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from surefoot.landing_sets import LIMITS as SETS
from surefoot.landing_sets import LandedSet
from surefoot.samples import DrillSpec
from surefoot.set_changes import legs
from surefoot.snapshot import HoldLive, Sensor, Snapshot
from surefoot.tui.scene import LOST_S, Scene
from surefoot.tui.words import LOW_BATTERY_PCT, Part, clean, ended_text, points


def drill_parts(spec: DrillSpec | None) -> list[Part]:
    """Leg, eyes, surface; support and height when they matter."""
    if spec is None:
        return [Part("no drill chosen", "muted")]
    legs = {"both": "both legs", "unknown": "leg ?"}
    words = [legs.get(spec.leg, f"{spec.leg} leg")]
    if spec.name == "hold":
        words.append(f"eyes {'?' if spec.eyes == 'unknown' else spec.eyes}")
        words.append("surface ?" if spec.surface == "unknown" else spec.surface)
    else:
        height = f" from {spec.height_cm:g} cm" if spec.height_cm else ""
        words += [f"{spec.name}{height}", "stick" if spec.style == "stick" else "in place"]
    if spec.feedback == "off":
        words.append("no feedback")
    if spec.support not in ("none", "unknown"):
        words.append(f"{spec.support} support")
    return [Part(" · ".join(words), "muted")]


def state_parts(scene: Scene, landing: bool = False) -> list[Part]:
    """The state line: is the picture alive, and what is being done."""
    snapshot = scene.snapshot
    if scene.live and scene.failure is not None:
        return [Part("✖ ended", "bad", True), Part(f"  {clean(scene.failure, 200)}", "bad")]
    if scene.live and scene.ended:
        return [Part("■ ended", "warn", True), Part("  no more samples will come", "muted")]
    if snapshot is None:
        return [Part("○ waiting", "warn", True), Part("  for the first sample", "muted")]
    if scene.lost and snapshot.sensor.state != "waiting":
        return [Part(_lost_text(scene), "bad", True)]
    if snapshot.sensor.state == "waiting":
        return [Part("○ waiting", "warn", True), Part("  for the first sample", "muted")]
    alive = Part("● live", "good", True) if scene.live else Part("▷ replay", "fair", True)
    state = _landing_state(scene) if landing else _hold_state(scene)
    if scene.lit:
        state[0] = state[0]._replace(lit=True)
    return [alive, Part("  "), *_beat(scene), *state]


STEPS: Final = {
    "plant": Part("▼ plant  ", "accent", True),
    "still": Part("■ still  ", "good", True),
    "go": Part("▷ go     "),
}


def _beat(scene: Scene) -> list[Part]:
    """The metronome, for those who cannot hear it."""
    return [] if scene.beat is None or scene.running else [STEPS[scene.beat]]


def _lost_text(scene: Scene) -> str:
    tail = ", reconnecting" if scene.live else ""
    return f"○ sensor lost {math.floor(scene.silence_s)} s{tail}"


NO_PICTURE: Final = "no feedback: look straight ahead, the result comes afterwards"


def hidden(scene: Scene) -> bool:
    """A test without feedback is running: its picture is kept from the person."""
    snapshot = scene.snapshot
    off = snapshot is not None and snapshot.spec is not None and snapshot.spec.feedback == "off"
    return off and scene.running and snapshot is not None and not len(snapshot.trace)


def lost_label(scene: Scene) -> str:
    """What stands across a picture that is old."""
    return "■ ended" if scene.live and scene.ended else f"○ sensor lost {math.floor(scene.silence_s)} s"


def _hold_state(scene: Scene) -> list[Part]:
    snapshot = scene.snapshot
    assert snapshot is not None
    if scene.landing_running:
        return [Part("▶ a landing drill is running", "strong", True), Part("  2 shows it", "faint")]
    match snapshot.hold:
        case HoldLive(state="countdown", countdown_s=left):
            return [Part(f"◔ countdown {math.ceil(left or 0)}", "accent", True)]
        case HoldLive(state="holding"):
            return [Part("▶ holding", "strong", True)]
        case HoldLive(state="touch?"):
            return [Part("▽ touch?", "warn", True)]
    if snapshot.trials:
        ended = snapshot.trials[-1][0]
        return [Part(f"■ {ended_text(ended.end_reason, ended.hold_s)}", "strong", True), *_hint(scene)]
    return [Part("◇ ready", "strong", True), *_hint(scene)]


def _hint(scene: Scene) -> list[Part]:
    return [Part("  space starts", "faint")] if scene.live else []


_LANDING_STATES: Final = {
    "ready": ("◇ ready", "strong"),
    "hold still": ("◔ hold still", "accent"),
    "armed": ("▶ armed: land when you like", "good"),
    "air": ("△ in the air", "accent"),
    "settle": ("▽ stay there, settling", "accent"),
}


_SET_OVER: Final = {
    "count": ("■ set done", "strong"),
    "fatigue": ("■ landing harder: rest", "warn"),
}


def set_line(sets: Sequence[LandedSet], spec: DrillSpec) -> str:
    """How far the newest set is, its median, and both legs' where both landed."""
    if not sets:
        return ""
    now = sets[-1]
    done = len(now.landings)
    parts = [f"{done} of {max(spec.count, done)}"]
    if done <= now.practice_n:
        parts[0] += " · practice"
    elif now.median is None:
        reachable = max(spec.count, done) - now.practice_n >= SETS.fewest
        parts.append(f"{len(now.values)} of {SETS.fewest} for a median" if reachable else f"{len(now.values)} counted")
    else:
        parts.append(f"median {points(now.median)} best {points(now.best)}")
        if now.drop_off is not None and now.drop_off >= 0.5:
            parts.append(f"fell {now.drop_off:.0f}")
    if pairs := legs(sets):
        parts.append(f"left {points(pairs[-1].left)} right {points(pairs[-1].right)}")
        if pairs[-1].verdict.word:
            parts.append(pairs[-1].verdict.word)
    return " · ".join(parts)


def _landing_state(scene: Scene) -> list[Part]:
    snapshot = scene.snapshot
    if scene.running:
        return [Part("▶ a hold is running", "strong", True), Part("  1 shows it", "faint")]
    state = snapshot.landing.state if snapshot and snapshot.landing else "ready"
    ended = snapshot.sets[-1].ended if snapshot and snapshot.sets else None
    if state == "ready" and ended in _SET_OVER:
        text, tone = _SET_OVER[ended]
        return [Part(text, tone, True), *_hint(scene)]
    text, tone = _LANDING_STATES.get(state, (f"◇ {clean(state)}", "strong"))
    return [Part(text, tone, True), *(_hint(scene) if state == "ready" else [])]


def ring_texts(snapshot: Snapshot) -> list[str]:
    """Whose rings they are, the longest wording first."""
    hold, spec = snapshot.hold, snapshot.spec
    if hold is None or hold.ring_ms2 <= 0:
        return ["rings every 20 mg"]
    if hold.ring_trials_n:
        return [f"rings: yours, of {hold.ring_trials_n} trials"]
    known = spec is not None and "unknown" not in (spec.eyes, spec.surface)
    if not known or spec is None:
        return ["rings: usual, provisional"]
    of = f"eyes {spec.eyes}, {spec.surface}"
    return [f"rings: usual for {of} (provisional)", f"rings: usual, {of} (provisional)", "rings: usual, provisional"]


def sensor_parts(sensor: Sensor, silence_s: float = 0.0) -> list[Part]:
    """Device, rate, lost samples, silence, battery."""
    parts = [Part(clean(sensor.name, 24), "plain"), Part(f" · {sensor.rate_hz:g} Hz", "muted")]
    parts.append(Part(f" · {sensor.lost_n} lost", "warn" if sensor.lost_n else "muted"))
    if silence_s >= LOST_S:
        parts.append(Part(f" · silent {math.floor(silence_s)} s", "bad"))
    if sensor.rejected_n:
        parts.append(Part(f" · {sensor.rejected_n} unreadable", "warn"))
    if sensor.battery_pct is not None:
        low = sensor.battery_pct <= LOW_BATTERY_PCT
        parts.append(Part(f" · battery {'▽ low ' if low else ''}{sensor.battery_pct} %", "bad" if low else "muted"))
    return parts


def recording_parts(scene: Scene) -> list[Part]:
    """The recording dot, with its word."""
    snapshot = scene.snapshot
    if snapshot is None or not scene.live:
        return []
    if snapshot.recording_error is not None:
        return [Part("✖ not recording", "bad", True)]
    if snapshot.recording is None:
        return [Part("○ not recorded", "muted")]
    if scene.ended:
        return [Part("■ recorded", "muted")]
    return [Part("● rec", "bad", True)]


def alarm(scene: Scene) -> Part | None:
    """The loud line: what is wrong now, the worst first."""
    snapshot = scene.snapshot
    if snapshot is not None and snapshot.recording_error is not None:
        return Part(f"✖ NOT RECORDING: {clean(snapshot.recording_error, 160)} · the drill goes on", "bad", True)
    if not scene.live and scene.failure is not None:
        return Part(f"✖ {clean(scene.failure, 300)}", "bad", True)
    if snapshot is not None and snapshot.notes:
        return Part(f"! {clean(snapshot.notes[-1], 300)}", "warn", True)
    return None
