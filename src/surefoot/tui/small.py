"""A screen that is too small for pictures: numbers only, or one sentence."""

from __future__ import annotations

from surefoot.feedback import feedbacks
from surefoot.tui.bands import STEADINESS
from surefoot.tui.scene import Scene
from surefoot.tui.sentences import alarm, drill_parts, recording_parts, sensor_parts, set_line, state_parts
from surefoot.tui.words import DASH, Part, clean, folded, points, tenth


def number_rows(scene: Scene, landing: bool = False, width: int = 60) -> list[list[Part]]:
    """Numbers only, for a screen below 60×20."""
    snapshot = scene.snapshot
    rows = [state_parts(scene, landing)]
    told = None if scene.message is None else Part(f"› {clean(scene.message, 200)}", "accent")
    for said in (alarm(scene), told):
        rows += [left for left, _ in folded(said, width)] if said is not None else []
    if snapshot is None:
        return rows
    if landing:
        for landed, scored, settled in snapshot.landings[-1:]:
            rows.append([Part(f"landing {landed.number}", "muted")])
            rows.append([Part("softness ", "muted"), Part(points(scored.score.value), "strong", True)])
            rows.append([Part("peak ", "muted"), Part(f"{tenth(landed.landing.peak_g)} g", "strong", True)])
            settle = DASH if settled is None else tenth(settled.settle_s)
            rows.append([Part("settle ", "muted"), Part(f"{settle} s", "strong", True)])
            if cue := feedbacks(snapshot.landings, snapshot.sensor.placement)[-1].text:
                rows.append([Part(f"→ {cue}", "accent")])
        if snapshot.sets and snapshot.spec is not None:
            rows.append([Part(set_line(snapshot.sets, snapshot.spec), "muted")])
    elif snapshot.hold is not None:
        hold = snapshot.hold
        word = "" if hold.steadiness is None else f" {STEADINESS.of(hold.steadiness).label}"
        rows.append([Part("hold ", "muted"), Part(f"{tenth(hold.hold_s)} s", "strong", True)])
        rows.append([Part("steadiness live ", "muted"), Part(points(hold.steadiness) + word, "strong", True)])
        for ended, scored in snapshot.trials[-1:]:
            rows.append([Part("last hold ", "muted"), Part(f"{tenth(ended.hold_s)} s", "strong")])
            rows.append([Part("steadiness final ", "muted"), Part(points(scored.score.value), "strong")])
    rows.append(drill_parts(snapshot.spec))
    rows.append([*sensor_parts(snapshot.sensor), Part("  "), *recording_parts(scene)])
    return rows


def sentence(scene: Scene, landing: bool = False) -> Part:
    """One sentence, for a screen below 40×10."""
    # the first two parts say that it is live, hints are faint
    said = [part for part in state_parts(scene, landing) if part.tone != "faint" and part.text.strip()]
    state = said[-1].text.strip()
    snapshot = scene.snapshot
    if snapshot is not None and snapshot.recording_error is not None:
        return Part(f"{state}, not recording", "bad", True)
    if snapshot is None or scene.lost:
        return Part(state, "strong", True, scene.lit)
    if landing and snapshot.landings:
        return Part(f"softness {points(snapshot.landings[-1][1].score.value)}, {state}", "strong", True, scene.lit)
    if scene.running and snapshot.hold is not None and snapshot.hold.hold_s is not None:
        return Part(f"{state} {tenth(snapshot.hold.hold_s)} s", "strong", True, scene.lit)
    return Part(state, "strong", True, scene.lit)
