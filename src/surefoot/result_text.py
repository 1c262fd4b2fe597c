"""Results as text, in 80 columns: a whole recording, a set of landings, both legs, a battery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from surefoot.batteries import conditions
from surefoot.events import HoldEnded
from surefoot.foreign import printable
from surefoot.landing_sets import LIMITS as SETS
from surefoot.scoring import SOFTNESS_WORDS, STEADINESS_WORDS, word
from surefoot.sway import mg
from surefoot.terminal import WIDTH, fitted
from surefoot.wording import (
    BOUNDED,
    END_WORDS,
    SET_WORDS,
    course_text,
    discomfort_text,
    landings_text,
    trial_text,
    why,
    within_text,
)

LEGS_WORDS: Final = {
    "same": "no difference beyond your usual variation",
    "too_few": f"not compared before {SETS.compared} valid landings each",
    "no_spread": "not compared: equal values",
}


def report(result: dict[str, Any]) -> str:
    """A result of `score` as text, in 80 columns."""
    if "error" in result:
        return str(result["error"])
    quality = result["quality"]
    reasons = f" ({'; '.join(quality['reasons'])})" if quality["reasons"] else ""
    file = f"{printable(result['file'], 200)}:"
    about = f"{quality['duration_s']:.1f} s, quality {quality['verdict']}{reasons}"
    head = [f"{file} {about}"] if len(file) + 1 + len(about) <= WIDTH else [file, *fitted([f"    {about}"])]
    lines = []
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
    return "\n".join([*head, *fitted(lines)])  # the file's name stays whole, spaces and all


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
        lines.append(
            f"    steadiness {int(steadiness['value'])} {word(steadiness['value'], STEADINESS_WORDS)}"
            f"{trial_text(steadiness['trial_value'])}  ({steadiness['method']}, provisional scale)"
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
        result = f"{one['valid_n']} of {SETS.fewest} valid landings, no median"
    else:
        result = (
            f"softness {int(one['median'])} {word(one['median'], SOFTNESS_WORDS)}, median of {one['valid_n']} valid,"
            f" {within_text(one['mad'])} (MAD {one['mad']:.1f}), best {int(one['best'])}, {course_text(fell)}"
        )
    told = one.get("discomfort")
    hurts = "" if told is None else f", {discomfort_text(told)}"
    return [
        f"set {number}: {', '.join(what)}: {landings_text(one['n'])}{practice}{over}",
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
