"""Results as lines of text, for pipes, logs, screen readers and people without a dashboard.

Scores are cut to whole points, not rounded: 79.6 is not yet 80, and its word says so too.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, Final

from surefoot.batteries import conditions
from surefoot.events import (
    CueRejected,
    DrillStarted,
    DrillStopped,
    Event,
    GapSeen,
    HoldEnded,
    HoldStarted,
    Landed,
    LandingSeen,
    LandingWithdrawn,
    PacketRejected,
    Reported,
    Scored,
    SensorBack,
    SensorLost,
    SetEnded,
    Settled,
    TouchSuspected,
    Unsteady,
)
from surefoot.foreign import printable
from surefoot.landing_sets import LIMITS as SETS
from surefoot.samples import G0_MS2, DrillSpec
from surefoot.scoring import SOFTNESS_WORDS, STEADINESS_WORDS, landing_missing, sway_missing, word
from surefoot.sway import mg

NOT_MEDICAL: Final = "A training aid, not a medical device: it diagnoses nothing and predicts no injury."
WIDTH: Final = 80  # columns of the narrowest terminal in use
BOUNDED: Final = {"clipped": "≤ ", "v_uncertain": "≈ "}
"""Flags that make a score a bound or a guess, and the sign before it."""

END_WORDS: Final = {
    "target": "target reached",
    "stopped": "stopped",
    "touch_down": "the foot touched down",
    "hop": "hopped",
    "step": "stepped",
    "sensor_lost": "the sensor was lost",
    "recording_end": "the session ended",
}
REASONS: Final = {
    "too_short": "less than 10 s to score",
    "gap": "samples are missing",
    "frozen": "the sensor's values stood still",
    "gravity": "gravity reads more than 3 % off: check the sensor",
    "linear_acceleration": "gravity was removed by an app: record acceleration with gravity",
    "gravity_unchecked": "never still enough to check gravity",
    "placement_moved": "the sensor moved by more than 10°",
    "low_rate": "too few samples a second",
    "noise_floor": "the sway drowns in the sensor's noise",
    "both_legs": "two legs have no score",
    "leg": "nobody said which leg",
    "eyes": "nobody said whether the eyes were open",
    "surface": "no score for this surface",
    "placement": "no score for this placement",
    "no_flight": "no flight to tell the speed from",
    "no_impact": "no impact",
    "v_uncertain": "box height and time of fall disagree",
    "clipped": "the sensor's range was reached",
    "momentum": "the landing was not caught whole",
    "no_stick": "bounced or stepped",
    "drift": "leaned slowly to one side",
    "not_done": "not done",
}


SET_WORDS: Final = {
    "count": "done",
    "fatigue": "over: the landings got harder, rest now",
    "stopped": "stopped",
    "changed": "conditions changed",
}
"""Why a set of landings ended."""
LEGS_WORDS: Final = {
    "same": "no difference beyond your usual variation",
    "too_few": f"not compared before {SETS.compared} valid each",
    "no_spread": "not compared: equal values",
}


def safety(spec: DrillSpec) -> str | None:
    """What to say before a drill that can end in a fall."""
    if spec.name != "hold":
        return "Before you jump: a dry, level floor, a box that cannot slip, no pain today. Stop when it hurts."
    if spec.eyes == "closed":
        return (
            "Before you close your eyes: stand beside a wall or a chair that you can reach. Stop when you feel dizzy."
        )
    if spec.surface in ("mat", "unstable"):
        return "Before you step on a soft surface: stand beside a wall or a chair that you can reach."
    return None


def scores(rate_hz: float, range_ms2: float | None, placement: str = "waist") -> str:
    """What a sensor can score at a placement, in few words: "sway and landings", "sway only: 60 Hz"."""
    sway, landings = sway_missing(rate_hz, placement), landing_missing(rate_hz, range_ms2, placement)
    if sway is None and landings is None:
        return "sway and landings"
    if sway is None:
        why_not = {"low_rate": f"{rate_hz:g} Hz", "range": f"±{(range_ms2 or 0) / G0_MS2:.0f} g"}
        return f"sway only: {why_not[landings]}" if landings in why_not else "sway only"
    if landings is None:
        return "landings only"
    return f"no score: {rate_hz:g} Hz" if "low_rate" in (sway, landings) else "measured, no score"


def line(event: Event) -> str | None:
    """One event as one line, None for those that only screens need."""
    text = _text(event)
    return None if text is None else f"{event.t_s:7.2f} s  {text}"


def _text(event: Event) -> str | None:
    match event:
        case DrillStarted(spec=spec):
            return "get ready: 5 s" if spec.name == "hold" else f"{spec.name}: stand still, then go"
        case DrillStopped():
            return "drill stopped"
        case HoldStarted(counted=counted):
            return "holding" if counted else "watching from the first sample; hold time is unknown"
        case TouchSuspected():
            return "touch?"
        case Unsteady(kind=kind):
            return f"unsteady: {kind}"
        case HoldEnded(hold_s=hold_s, end_reason=reason):
            held = "" if hold_s is None else f", {hold_s:.1f} s held"
            return f"{END_WORDS[reason]}{held}"
        case Landed(number=number, landing=found):
            peak = "" if found.peak_g is None else f", peak {found.peak_g:.1f} g"
            return f"landing {number}{peak}"
        case Settled(settle_s=None, missing="interrupted"):
            return None  # nobody waited for it: the next hop came, or the set was stopped
        case Settled(number=number, settle_s=settle_s, stick=stick):
            calm = "not settled" if settle_s is None else f"settled after {settle_s:.2f} s"
            return f"landing {number} {calm}{', stuck' if stick else ''}"
        case LandingSeen() | LandingWithdrawn():
            return None
        case SetEnded(reason=reason, landings_n=n):
            return f"set of {_landings(n)} {SET_WORDS[reason]}"
        case Scored():
            return _score(event)
        case Reported(of=of, number=number, discomfort=discomfort):
            return f"{of} {number}: {discomfort_text(discomfort)}"
        case GapSeen(gap_s=gap_s):
            return f"gap of {gap_s:.2f} s"
        case SensorLost(reason=reason):
            return f"sensor lost ({reason})"
        case SensorBack():
            return "sensor back"
        case PacketRejected(reason=reason) | CueRejected(reason=reason):
            return f"ignored: {reason}"


def discomfort_text(discomfort: int) -> str:
    """What the person told, as told."""
    return f"discomfort {discomfort} of 10"


def _landings(n: int) -> str:
    return f"{n} landing{'' if n == 1 else 's'}"


def _score(event: Scored) -> str:
    name, words = ("steadiness", STEADINESS_WORDS) if event.of == "trial" else ("softness", SOFTNESS_WORDS)
    score = event.score
    if score.value is None:
        return f"{name}: no score, {why(score.flags)}"
    sign = "".join(BOUNDED[flag] for flag in score.flags if flag in BOUNDED)
    trial = "" if event.trial_value is None else f", trial {int(event.trial_value)}"
    flags = f"  [{', '.join(score.flags)}]" if score.flags else ""
    return f"{name} {sign}{int(score.value)} {word(score.value, words)}{trial} (provisional){flags}"


def why(flags: Sequence[str]) -> str:
    """Flags and reasons in words."""
    return ", ".join(REASONS.get(flag, flag.replace("_", " ")) for flag in flags) or "reason unknown"


def fitted(lines: Iterable[str]) -> list[str]:
    """Lines of at most `WIDTH` columns: what is longer goes on below, indented. A long word stays whole."""
    out = []
    for one in lines:
        deeper = " " * (len(one) - len(one.lstrip()) + 4)
        out += textwrap.wrap(one, WIDTH, subsequent_indent=deeper, break_long_words=False, break_on_hyphens=False)
    return out


def report(result: dict[str, Any]) -> str:
    """A result of `score` as text, in 80 columns."""
    if "error" in result:
        return str(result["error"])
    quality = result["quality"]
    reasons = f" ({'; '.join(quality['reasons'])})" if quality["reasons"] else ""
    lines = [f"{printable(result['file'], 200)}: {quality['duration_s']:.1f} s, quality {quality['verdict']}{reasons}"]
    for sensor in result["sensors"]:
        rate = "no samples" if sensor["rate_hz"] is None else f"{sensor['rate_hz']:.1f} Hz"
        lines.append(f"  {sensor['name']} at the {sensor['placement']}, {rate}")
    for number, trial in enumerate(result["trials"], 1):
        lines += _trial_lines(number, trial)
    if result["landings"]:
        lines.append(f"  landings by {result['landings'][0]['softness']['method']}, provisional:")
        lines.append("   #  at s    softness      peak g  rise ms  flight s  settle s  notes")
    for number, landing in enumerate(result["landings"], 1):
        lines += _landing_lines(number, landing)
    for number, one in enumerate(result["landing_sets"], 1):
        lines += [f"  {line}" for line in set_lines(number, one)]
    lines += [f"  {legs_text(one)}" for one in result["landing_legs"]]
    if not result["trials"] and not result["landings"]:
        lines.append("  no trial and no landing found")
    lines += [f"  note: {warning}" for warning in result["warnings"]]
    return "\n".join(fitted(lines))


def _trial_lines(number: int, trial: dict[str, Any]) -> list[str]:
    who = [trial["leg"] and f"{trial['leg']} leg" if trial["leg"] != "both" else "both legs"]
    who += [trial["eyes"] and f"eyes {trial['eyes']}", trial["surface"] and f"{trial['surface']} surface"]
    held = "hold time unknown" if trial["hold_s"] is None else f"{trial['hold_s']:.1f} of {trial['target_s']:.0f} s"
    about = ", ".join([*(w for w in who if w), held, END_WORDS[trial["end_reason"]]])
    lines = [f"  trial {number}: {about}"]
    steadiness, sway = trial["steadiness"], trial["sway"]
    if steadiness["value"] is None:
        lines.append(f"    steadiness: no score, {why(steadiness['flags'])}")
    else:
        whole = "" if steadiness["trial_value"] is None else f", trial {int(steadiness['trial_value'])}"
        lines.append(
            f"    steadiness {int(steadiness['value'])} {word(steadiness['value'], STEADINESS_WORDS)}{whole}"
            f"  ({steadiness['method']}, provisional scale)"
        )
    if sway["rms_h_ms2"] is not None:
        window = f"{sway['start_s']:.1f} to {sway['end_s']:.1f} s"
        lines.append(
            f"    sway {mg(sway['rms_h_ms2']):.1f} mg RMS, path {mg(sway['path_rate_h_ms3']):.0f} mg/s,"
            f" ellipse {sway['ellipse95_m2s4']:.3f} m²/s⁴  (final, {window})"
        )
    if trial["instabilities"]:
        marks = ", ".join(f"{mark['kind']} at {mark['t_s']:.1f} s" for mark in trial["instabilities"])
        lines.append(f"    unsteady: {marks}")
    if trial.get("discomfort") is not None:
        lines.append(f"    {discomfort_text(trial['discomfort'])}")
    return lines + _corrected_lines(trial.get("corrected"))


def _corrected_lines(corrected: dict[str, Any] | None) -> list[str]:
    """The trial again, as a person corrected it."""
    if corrected is None:
        return []
    _, *rest = _trial_lines(0, {**corrected, "corrected": None})
    held = "hold time unknown" if corrected["hold_s"] is None else f"{corrected['hold_s']:.1f} s held"
    return [f"    corrected: {held}, {END_WORDS[corrected['end_reason']]}", *(f"  {line}" for line in rest)]


def _landing_lines(number: int, landing: dict[str, Any]) -> list[str]:
    """A row of the table; what there is to say of it stands below where it does not fit."""
    soft = landing["softness"]
    if soft["value"] is None:
        score = "–"
    else:
        sign = "".join(BOUNDED[flag] for flag in soft["flags"] if flag in BOUNDED)
        score = f"{sign}{int(soft['value'])} {word(soft['value'], SOFTNESS_WORDS)}"

    def number_or(value: float | None, digits: int, otherwise: str = "–") -> str:
        return otherwise if value is None else f"{value:.{digits}f}"

    late = landing["missing"].get("settle_s") == "not_settled"
    settle = number_or(landing["settle_s"], 2, "5+" if late else "–")
    notes = ", ".join(filter(None, [
        "stuck" if landing["stick"] else "", why(soft["flags"]) if soft["flags"] else "",
        f"“{landing['cue']}”" if landing["cue"] else "",
    ]))  # fmt: skip
    row = (
        f"  {number:2d}  {landing['t_s']:6.2f}  {score:12s}  {number_or(landing['peak_g'], 1):>6s}"
        f"  {number_or(landing['time_to_peak_ms'], 0):>7s}  {number_or(landing['flight_s'], 2):>8s}"
        f"  {settle:>8s}"
    )
    if len(row) + 2 + len(notes) > WIDTH:
        return [row, f"      {notes}"]
    return [f"{row}  {notes}".rstrip()]


def set_lines(number: int, one: dict[str, Any]) -> list[str]:
    """A set of landings in two lines, from the keys of `score --json`."""
    what = [f"{one['drill']}{' in place' if one['style'] == 'in_place' else ''}"]
    what += [one["direction"]] if one["direction"] else []
    what += [f"{one['height_cm']:g} cm"] if one["height_cm"] is not None else []
    what += [{"both": "both legs", None: "leg unknown"}.get(one["legs"], f"{one['legs']} leg")]
    practice = f", {one['practice_n']} of them practice" if one["practice_n"] else ""
    fell = one["drop_off"]
    over = "" if one["ended"] is None else f", {SET_WORDS[one['ended']]}"
    if one["ended"] is None and fell is not None and fell > SETS.drop_off_points:
        over = ", the landings got harder: time to rest"
    if one["median"] is None:
        result = f"{one['valid_n']} of {SETS.fewest} valid, no median"
    else:
        result = (
            f"softness median {int(one['median'])} {word(one['median'], SOFTNESS_WORDS)}"
            f" (MAD {one['mad']:.1f}, {one['valid_n']} valid), best {int(one['best'])},"
            f" {f'fell by {fell:.0f} points' if fell >= 0.5 else 'did not fall'}"
        )
    told = one.get("discomfort")
    hurts = "" if told is None else f", {discomfort_text(told)}"
    return [
        f"set {number}: {', '.join(what)}: {_landings(one['n'])}{practice}{over}",
        f"  {result}{hurts}  ({one['method']}, provisional)",
    ]


def legs_text(one: dict[str, Any]) -> str:
    """Both legs beside each other; a difference only where it is one."""
    sides = [
        f"{side} {n} of {SETS.fewest}" if value is None else f"{side} {int(value)}"
        for side, value, n in (("left", one["left"], one["left_n"]), ("right", one["right"], one["right_n"]))
    ]
    verdict = one["word"] or one["missing"]["word"]
    said = LEGS_WORDS.get(verdict) or (f"{verdict} by {abs(one['percent']):.0f} %" if one["word"] else why([verdict]))
    return f"legs, {one['drill']}: {', '.join(sides)}: {said} (provisional)"


def battery_table(name: str, trials: Sequence[HoldEnded]) -> str:
    """The conditions of a battery beside each other."""
    rows = [f"  {name}      held s  sway mg  × first  path mg/s  notes"]
    for one in conditions(name, trials):
        numbers = (
            f"{one.hold_s:6.1f}" if one.hold_s is not None else f"{'–':>6s}",
            f"{mg(one.rms_h_ms2):7.1f}" if one.rms_h_ms2 is not None else f"{'–':>7s}",
            f"{one.ratio:7.1f}" if one.ratio is not None else f"{'–':>7s}",
            f"{mg(one.path_rate_h_ms3):9.0f}" if one.path_rate_h_ms3 is not None else f"{'–':>9s}",
        )
        notes = why([flag for flag in (*one.flags, one.missing) if flag]) if one.flags or one.missing else ""
        rows.append(f"  {one.eyes:6s} {one.surface:4s}  {'  '.join(numbers)}  {notes}".rstrip())
    return "\n".join([*rows, "  not the clinical test's result: sway of this sensor, compared with itself"])
