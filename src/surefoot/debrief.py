"""What a person learns after a hold or a set of landings: pure functions of the session so far and of the past.

A summary says what was done, its score with method and flags, the best of the session, whether it differs from the
person's own usual by more than chance (`band/1`, `landing_set/1`), left against right, and one advice. All limits are
provisional. Nothing compares a person with others; discomfort is kept and answered with rest, never explained.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from surefoot import band
from surefoot.events import HoldEnded, Landed, Reported, Scored, Settled
from surefoot.feedback import RULES, feedbacks
from surefoot.landing_sets import LIMITS as SETS
from surefoot.landing_sets import Counted, LandedSet, change, legs
from surefoot.reports import said
from surefoot.samples import DrillSpec
from surefoot.scoring import SOFTNESS_WORDS, STEADINESS_WORDS, word
from surefoot.snapshot import Snapshot
from surefoot.sway import mg
from surefoot.wording import END_WORDS, SET_WORDS, discomfort_text, legs_text, why

Trials = Sequence[tuple[HoldEnded, Scored]]
Landings = Sequence[tuple[Landed, Scored, Settled | None]]


@dataclass(frozen=True, slots=True)
class DebriefLimits:
    """When the advice is to rest; provisional."""

    discomfort: int = 4  # stricter than the 5 of the pain-monitoring model (Silbernagel 2007)
    rise: int = 2  # within a session
    fall_points: float = 15.0  # STEADY below the session's best, two trials running: the stop rule of landing sets
    wobbles: int = 2  # instabilities in one hold that are worth a word


LIMITS = DebriefLimits()

REMEDIES: Final = {
    "too_short": "hold for at least 12 s, with support in reach",
    "gap": "bring the receiver nearer, the body is in the way of the radio",
    "frozen": "take the sensor off and put it on again",
    "gravity": "check the sensor: lay it down and see whether it reads 1 g",
    "linear_acceleration": "let the app send acceleration with gravity",
    "gravity_unchecked": "stand still for a second before you start",
    "noise_floor": "use a sensor with less noise",
    "both_legs": "stand on one leg for a score (l changes it)",
    "leg": "say which leg (l)",
    "eyes": "say whether the eyes are open (e)",
    "surface": "say whether the surface is firm or a mat (s)",
    "placement": "wear the sensor at the waist or the chest",
    "clipped": "choose a larger range of the sensor",
    "no_impact": "begin from a real fall: step off or hop",
}
"""What to do about a missing score."""

NEXT_SET: Final = {rule.name: rule.texts[0] for rule in RULES}


@dataclass(frozen=True, slots=True)
class Past:
    """What the person did in earlier sessions, oldest first. `today`: number of the running session (a calendar day).

    `read_n` files were read, `damaged_n` could not be; `complete` False while they are still being read.
    """

    trials: tuple[band.Trial, ...] = ()
    sets: tuple[LandedSet, ...] = ()
    today: int = 1
    read_n: int = 0
    damaged_n: int = 0
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Usual:
    """The path rate of a trial and the person's own band of it, in mg/s."""

    low: float
    high: float
    now: float


@dataclass(frozen=True, slots=True)
class Summary:
    """`of` trial or set, with its `number`; `scale` steadiness or softness; `value` 0 to 100 or None with
    `not_scored`; the rest are sentences, None where there is nothing to say. `session`: the trials of this kind
    today, or the landings of the set; `held_s` of `target_s`: of a trial."""

    of: str
    number: int
    title: str
    done: str
    scale: str
    value: float | None
    word: str
    method: str
    flags: tuple[str, ...]
    measured: str
    best: str | None
    change: str
    legs: str | None
    advice: str
    not_scored: str | None = None
    discomfort: int | None = None
    usual: Usual | None = None
    held_s: float | None = None
    target_s: float = 0.0
    session: tuple[Counted, ...] = ()

    @property
    def score(self) -> str:
        """The score in one line."""
        if self.value is None:
            return f"{self.scale}: {self.not_scored}"
        flags = f" · {why(self.flags)}" if self.flags else ""
        return f"{self.scale} {int(self.value)} {self.word}  ({self.method}, provisional{flags})"

    @property
    def told(self) -> str | None:
        """The discomfort, as told."""
        return None if self.discomfort is None else discomfort_text(self.discomfort)

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it as text."""
        band = None if self.usual is None else f"your usual path: {self.usual.low:.0f} to {self.usual.high:.0f} mg/s"
        more = (self.measured, self.change, band, self.best, self.legs, self.told)
        rest = (f"  {line}" for line in (self.done, self.score, *more) if line)
        return (f"{self.of} {self.number}: {self.title}", *rest, f"  → {self.advice}")


def newest(shot: Snapshot, past: Past | None) -> Summary | None:
    """Of what ended last in a session; None before anything has. `past` None: no recordings are kept."""
    placement, reports = shot.sensor.placement, shot.reports
    held_s = shot.trials[-1][0].t_s if shot.trials else -1.0
    landed_s = shot.landings[-1][0].t_s if shot.landings and shot.sets else -1.0
    if max(held_s, landed_s) < 0:
        return None
    if held_s >= landed_s:
        return of_hold(shot.trials, reports, past, placement, shot.sensor.device)
    return of_set(shot.sets, shot.landings, reports, past, placement)


def of_hold(trials: Trials, reports: Sequence[Reported], past: Past | None, placement: str, device: str) -> Summary:
    """The last of the session's trials."""
    ended, scored = trials[-1]
    number, spec, value = len(trials), ended.spec, scored.score.value
    before = past or Past()
    today = [_trial(*one, placement, device, before.today) for one in trials]
    mine = [one for one in (*before.trials, *today[:-1]) if one.key == today[-1].key]
    flags = tuple(dict.fromkeys([*scored.score.flags, *ended.sway.flags]))
    reason = None if value is not None else _not_scored(flags)
    return Summary(
        of="trial",
        number=number,
        title=_conditions(spec),
        done=_held(ended),
        scale="steadiness",
        value=value,
        word="" if value is None else word(value, STEADINESS_WORDS),
        method=scored.score.method,
        flags=flags,
        measured=_measured(ended, scored),
        best=_best_hold(trials, spec),
        change=_unread(past) or _hold_change(mine, today[-1]),
        legs=_hold_legs([*before.trials, *today], today[-1], {one.key.leg for one in today}),
        advice=_rest(reports) or _hold_advice(trials, today, reason),
        not_scored=reason,
        usual=_usual(mine, today[-1]) if past is not None and past.complete else None,
        discomfort=said(reports, "trial", number),
        held_s=ended.hold_s,
        target_s=spec.target_s,
        session=tuple(
            Counted(k, one.score.value, one.score.flags)
            for k, (hold, one) in enumerate(trials, 1)
            if _same(hold.spec, spec)
        ),
    )


def of_set(
    sets: Sequence[LandedSet], landings: Landings, reports: Sequence[Reported], past: Past | None, placement: str
) -> Summary:
    """The last of the session's sets."""
    now, value = sets[-1], sets[-1].median
    earlier = [one for one in (*(past.sets if past else ()), *sets[:-1]) if one.key == now.key]
    pair = next((one for one in legs(sets) if one.drill == now.key.drill), None) if _both_legs(sets) else None
    flags = tuple(dict.fromkeys(flag for one in now.landings for flag in one.flags))
    numbers = {one.number for one in now.landings}
    rows = [row for row in landings if row[0].number in numbers]
    few = f"{len(now.values)} of {SETS.fewest} valid landings"
    reason = None if value is not None else f"no median, {few}: {_set_remedy(now, flags)}"
    return Summary(
        of="set",
        number=len(sets),
        title=_set_title(now, rows),
        done=_landed(now),
        scale="softness",
        value=value,
        word="" if value is None else word(value, SOFTNESS_WORDS),
        method=f"median, {now.key.method}",
        flags=flags,
        measured=_spread(now),
        best=_best_landing(sets, now),
        change=_unread(past) or _set_change(earlier, now),
        legs=None if pair is None else legs_text(pair.summary),
        advice=_rest(reports)
        or _set_advice(now, rows, placement, value is None and any(flag in REMEDIES for flag in flags)),
        not_scored=reason,
        discomfort=said(reports, "set", len(sets)),
        session=now.landings,
    )


# ------------------------------------------------------------------------------------------------ holds


def _trial(ended: HoldEnded, scored: Scored, placement: str, device: str, session: int) -> band.Trial:
    return band.trial(ended, scored, placement, device, session, ended.spec.feedback == "on")


def _conditions(spec: DrillSpec) -> str:
    leg = {"both": "both legs", "unknown": "leg unknown"}.get(spec.leg, f"{spec.leg} leg")
    words = [leg, *(f"{name} {value}" for name, value in (("eyes", spec.eyes),) if value != "unknown")]
    words += [spec.surface] if spec.surface != "unknown" else []
    words += [f"{spec.support} support"] if spec.support not in ("none", "unknown") else []
    return ", ".join([*words, *(["no feedback"] if spec.feedback == "off" else [])])


def _held(ended: HoldEnded) -> str:
    target = f"{ended.spec.target_s:g} s"
    held = f"of {target}, start unknown" if ended.hold_s is None else f"{ended.hold_s:.1f} of {target} held"
    return f"{held}: {END_WORDS.get(ended.end_reason, ended.end_reason)}"


def _measured(ended: HoldEnded, scored: Scored) -> str:
    parts = [] if scored.trial_value is None else [f"trial {int(scored.trial_value)}"]
    if ended.sway.rms_h_ms2 is not None:
        parts.append(f"sway {mg(ended.sway.rms_h_ms2):.1f} mg RMS")
    if ended.sway.path_rate_h_ms3 is not None:
        parts.append(f"path {mg(ended.sway.path_rate_h_ms3):.0f} mg/s")
    kinds = Counter(one.kind for one in ended.instabilities)
    parts += [f"{n} × {kind}" if n > 1 else kind for kind, n in kinds.items()]
    return " · ".join(parts)


def _unread(past: Past | None) -> str | None:
    if past is None:
        return "not compared with your past: no recordings are kept (--record DIR keeps them)"
    return None if past.complete else "your past is still being read"


def _same(a: DrillSpec, b: DrillSpec) -> bool:
    """The same task; the target may differ."""
    return replace(a, target_s=b.target_s, count=b.count) == b


def _best_hold(trials: Trials, spec: DrillSpec) -> str | None:
    mine = [(k, ended, scored) for k, (ended, scored) in enumerate(trials, 1) if _same(ended.spec, spec)]
    records = [(scored.score.value, -k) for k, _, scored in mine if scored.score.may_be_record]
    held = [ended.hold_s for _, ended, _ in mine if ended.hold_s is not None and ended.end_reason not in band.CUT_SHORT]
    parts = []
    if records:
        value, k = max((value, k) for value, k in records if value is not None)
        parts.append(f"steadiness {int(value)} (trial {-k})")
    if held:
        parts.append(f"{max(held):.1f} s held")
    return f"best of the session: {', '.join(parts)}" if parts and len(mine) > 1 else None


def _hold_change(earlier: Sequence[band.Trial], new: band.Trial) -> str:
    """Against the sessions before; the numbers are path rates, the metric that repeats best."""
    verdict = band.change(earlier, new)
    if verdict.word is None and verdict.reason != "too_few":
        return f"not compared with your past: {_NOT.get(verdict.reason or '', why([verdict.reason or '']))}"
    base = band.baseline([*earlier, new], feedback=new.feedback, before=new.session)
    n = sum(one.path_rate_h_ms3 is not None for one in base)
    if n == 0 and not any(one.session < new.session for one in earlier):
        return "the first session of this: shown, never compared"
    if n < band.LIMITS.fewest:
        seen = f"{n} of {band.LIMITS.fewest}"
        if verdict.word in (None, "same"):
            return f"too few to tell: {seen}"
        return f"{_SAID[verdict.word or '']} by a fixed step, too few to be sure: {seen}"
    of = min(n, band.LIMITS.most)
    return f"{_SAID.get(verdict.word or '', 'same as usual')}, of {of} trials, provisional"


def _usual(earlier: Sequence[band.Trial], new: band.Trial) -> Usual | None:
    base = band.baseline([*earlier, new], feedback=new.feedback, before=new.session)
    (found, _), now = band.spread(base, "path_rate"), new.path_rate_h_ms3
    return Usual(mg(found.low), mg(found.high), mg(now)) if found is not None and now is not None else None


_SAID: Final = {
    "same": "same as usual", "real improvement": "steadier than your usual",
    "real decline": "more sway than your usual",
}  # fmt: skip
_NOT: Final = {"flagged": "this trial is flagged", "no_value": "no path rate"}


def _hold_legs(trials: Sequence[band.Trial], new: band.Trial, done: set[str]) -> str | None:
    """Only when both legs were done today."""
    if not {"left", "right"} <= done:
        return None
    sides = [[one for one in trials if one.key == replace(new.key, leg=leg)] for leg in ("left", "right")]
    if not all(any(one.session == new.session for one in side) for side in sides):
        return None
    verdict = band.left_right(sides[0], sides[1], feedback=new.feedback)
    if verdict.word is None:
        fewest = band.LIMITS.fewest
        text = f"too few to tell before {fewest} each" if verdict.reason == "too_few" else why([verdict.reason or ""])
    else:
        text = "no difference beyond both bands" if verdict.word == "same" else f"{verdict.word}, beyond both bands"
    return f"left and right: {text}"


def _not_scored(flags: Sequence[str]) -> str:
    reason = next((flag for flag in reversed(flags) if flag in REMEDIES), flags[-1] if flags else "unknown")
    remedy = REMEDIES.get(reason)
    return f"not scored, {why([reason])}" + (f": {remedy}" if remedy else "")


def _hold_advice(trials: Trials, today: Sequence[band.Trial], reason: str | None) -> str:
    ended, scored = trials[-1]
    value = scored.score.value
    steady = [one.steadiness for one in today if one.key == today[-1].key and one.valid and one.steadiness is not None]
    if len(steady) > 2 and all(one < max(steady) - LIMITS.fall_points for one in steady[-2:]):
        return "Rest before the next one: twice in a row well below your best of today."
    if value is None:
        return "Again, with that put right." if reason and ":" in reason else "Again."
    closed = ended.spec.eyes == "closed"
    if ended.end_reason in ("touch_down", "hop", "step"):
        return "Listen for the quiet and stay in it." if closed else "Rest your eyes on one spot on the wall."
    if len(ended.instabilities) >= LIMITS.wobbles:
        return "Let the floor carry you: small and slow."
    if word(value, STEADINESS_WORDS) == "steady":
        return "Steady: the same once more, or without the picture."
    return "Make it quieter: less sound, the same time." if closed else "Quiet the dot: keep it in the inner ring."


# ------------------------------------------------------------------------------------------------ landings


def _both_legs(sets: Sequence[LandedSet]) -> bool:
    return {"left", "right"} <= {one.key.leg for one in sets}


def _set_title(now: LandedSet, rows: Landings) -> str:
    key = now.key
    words = [f"{key.drill} in place" if key.style == "in_place" else key.drill]
    words += [key.direction] if key.direction not in ("none", "unknown") else []
    words += [f"{key.height_cm:g} cm"] if key.height_cm is not None else []
    return ", ".join([*words, {"both": "both legs", "unknown": "leg unknown"}.get(key.leg, f"{key.leg} leg")])


def _landed(now: LandedSet) -> str:
    n, practice = len(now.landings), min(now.practice_n, len(now.landings))
    practiced = f", {practice} of them practice" if practice else ""
    ended = SET_WORDS[now.ended] if now.ended else "still running"
    return f"{n} landing{'' if n == 1 else 's'}{practiced}: {ended}"


def _spread(now: LandedSet) -> str:
    parts = [] if now.mad is None else [f"{len(now.values)} valid", f"MAD {now.mad:.1f}"]
    if now.drop_off is not None:
        parts.append(f"fell by {now.drop_off:.0f} points" if now.drop_off >= 0.5 else "did not fall")
    return " · ".join(parts)


def _best_landing(sets: Sequence[LandedSet], now: LandedSet) -> str | None:
    mine = [one.best for one in sets if one.key == now.key and one.best is not None]
    return f"best of the session: softness {int(max(mine))}" if mine else None


def _set_change(earlier: Sequence[LandedSet], now: LandedSet) -> str:
    verdict = change(earlier, now)
    n = sum(len(one.values) for one in earlier)
    if verdict.word is None:
        if now.median is None:
            return "not compared with your past: no median"
        if verdict.reason == "too_few":
            return f"too few to tell: {n} of {SETS.compared} earlier landings"
        return f"not compared with your past: {why([verdict.reason or ''])}"
    words = {"softer": "softer than your usual", "harder": "harder than your usual"}
    return f"{words.get(verdict.word, 'same as usual')}, of {n} landings, provisional"


def _set_remedy(now: LandedSet, flags: Sequence[str]) -> str:
    remedy = next((REMEDIES[flag] for flag in flags if flag in REMEDIES), None)
    return remedy or f"land {SETS.fewest} times after {now.practice_n} of practice"


def _set_advice(now: LandedSet, rows: Landings, placement: str, faulty: bool) -> str:
    if now.ended == "fatigue" or now.tires:
        return "Rest now: the landings got harder."
    if faulty:
        return "Again, with that put right."
    rules = Counter(one.rule for one in feedbacks(rows, placement)[now.practice_n :] if one.text is not None)
    if not rules:
        return "The same again."
    order = list(NEXT_SET)
    most = min(rules, key=lambda rule: (-rules[rule], order.index(rule)))
    return f"Next set: {NEXT_SET[most]}." if most != "quiet" else "Quiet landings: the same again."


# ------------------------------------------------------------------------------------------------ discomfort


def _rest(reports: Sequence[Reported]) -> str | None:
    """What was told last in this session decides; a correction of the same result replaces what it said before."""
    newest = {(one.of, one.number): one for one in reports}
    values = [one.discomfort for one in sorted(newest.values(), key=lambda one: one.t_s)]
    if not values:
        return None
    if values[-1] >= LIMITS.discomfort:
        return f"Stop here and rest: you told {values[-1]} of 10."
    if values[-1] - min(values) >= LIMITS.rise:
        return "Stop here and rest: it hurts more than before."
    return None
