"""The summary of a hold: the last trial of a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from surefoot import band
from surefoot.debrief.advice import LIMITS, REMEDIES, rest
from surefoot.debrief.summary import Past, Summary, Usual, unread
from surefoot.events import HoldEnded, Reported, Scored
from surefoot.landing_sets import Counted
from surefoot.reports import said
from surefoot.samples import DrillSpec
from surefoot.scoring import ANCHORS, STEADINESS_WORDS, word
from surefoot.sway import mg
from surefoot.wording import END_WORDS, why

Trials = Sequence[tuple[HoldEnded, Scored]]

_SAID: Final = {
    "same": "same as your usual", "real improvement": "steadier than your usual",
    "real decline": "more sway than your usual",
}  # fmt: skip
_STEP: Final = {"real improvement": "steadier", "real decline": "more sway"}
"""By a fixed step, while there is no band."""
_NOT: Final = {
    "no_value": "too little was measured", "surface": "nobody said which surface",
    "placement": "nobody said where the sensor sat",
}  # fmt: skip


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
        behind=_whole(scored),
        flags=flags,
        measured=_measured(ended, scored.trial_value is not None),
        best=_best(trials, spec),
        change=unread(past) or _change(mine, today[-1]),
        legs=_legs([*before.trials, *today], today[-1], {one.key.leg for one in today}),
        advice=rest(reports) or _advice(trials, today, reason),
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


def _whole(scored: Scored) -> str:
    """The score of the whole trial, where time or touches took something from the steadiness."""
    value, whole = scored.score.value, scored.trial_value
    if value is None or whole is None or int(whole) == int(value):
        return ""
    return f", with time held and touches: {int(whole)}"


def _measured(ended: HoldEnded, counted: bool) -> str:
    """How far and how fast; `counted`: what was unsteady costs points."""
    parts = []
    if ended.sway.rms_h_ms2 is not None:
        parts.append(f"sway {mg(ended.sway.rms_h_ms2):.1f} mg (how much)")
    if ended.sway.path_rate_h_ms3 is not None:
        parts.append(f"path {mg(ended.sway.path_rate_h_ms3):.0f} mg/s (how fast)")
    kinds = Counter(one.kind for one in ended.instabilities)
    unsteady = ", ".join(f"{n} × {kind}" if n > 1 else kind for kind, n in kinds.items())
    if unsteady:
        parts.append(f"{unsteady}: {ANCHORS.per_error:g} points off for each" if counted else unsteady)
    return " · ".join(parts)


def _same(a: DrillSpec, b: DrillSpec) -> bool:
    """The same task; the target may differ."""
    return replace(a, target_s=b.target_s, count=b.count) == b


def _best(trials: Trials, spec: DrillSpec) -> str | None:
    mine = [(k, ended, scored) for k, (ended, scored) in enumerate(trials, 1) if _same(ended.spec, spec)]
    records = [(scored.score.value, -k) for k, _, scored in mine if scored.score.may_be_record]
    held = [ended.hold_s for _, ended, _ in mine if ended.hold_s is not None and ended.end_reason not in band.CUT_SHORT]
    parts = []
    if records:
        value, k = max((value, k) for value, k in records if value is not None)
        parts.append(f"steadiness {int(value)} (trial {-k})")
    if held:
        parts.append(f"longest {max(held):.1f} s")
    return f"best of the session: {', '.join(parts)}" if parts and len(mine) > 1 else None


def _change(earlier: Sequence[band.Trial], new: band.Trial) -> str:
    """Against the sessions before; the numbers are path rates, the metric that repeats best."""
    verdict = band.change(earlier, new)
    if verdict.word is None and verdict.reason != "too_few":
        reason = verdict.reason or ""
        doubts = [flag for flag in new.flags if flag not in band.HARMLESS] if reason == "flagged" else [reason]
        return f"not compared with your past: {_NOT.get(reason) or why(doubts)}"
    base = band.baseline([*earlier, new], feedback=new.feedback, before=new.session)
    n = sum(one.path_rate_h_ms3 is not None for one in base)
    if n == 0 and not any(one.session < new.session for one in earlier):
        return f"your first day of this is practice: {band.LIMITS.fewest} trials on later days make your usual"
    if n < band.LIMITS.fewest:
        seen = f"{n} of {band.LIMITS.fewest} trials"
        if verdict.word in (None, "same"):
            return f"too few to tell yet: {seen} between your first day and today"
        return f"{_STEP[verdict.word or '']} than before, but {seen} are too few to be sure (provisional)"
    of = min(n, band.LIMITS.most)
    return f"{_SAID.get(verdict.word or '', _SAID['same'])}, from {of} earlier trials (provisional)"


def _usual(earlier: Sequence[band.Trial], new: band.Trial) -> Usual | None:
    base = band.baseline([*earlier, new], feedback=new.feedback, before=new.session)
    (found, _), now = band.spread(base, "path_rate"), new.path_rate_h_ms3
    return Usual(mg(found.low), mg(found.high), mg(now)) if found is not None and now is not None else None


def _legs(trials: Sequence[band.Trial], new: band.Trial, done: set[str]) -> str | None:
    """Only when both legs were done today."""
    if not {"left", "right"} <= done:
        return None
    sides = [[one for one in trials if one.key == replace(new.key, leg=leg)] for leg in ("left", "right")]
    if not all(any(one.session == new.session for one in side) for side in sides):
        return None
    verdict = band.left_right(sides[0], sides[1], feedback=new.feedback)
    if verdict.word is None:
        fewest = band.LIMITS.fewest
        few = f"too few to tell yet: each needs {fewest} trials after its first day"
        text = few if verdict.reason == "too_few" else why([verdict.reason or ""])
    else:
        text = "no difference beyond chance" if verdict.word == "same" else f"{verdict.word}, by more than chance"
    return f"left and right: {text}"


def _not_scored(flags: Sequence[str]) -> str:
    reason = next((flag for flag in reversed(flags) if flag in REMEDIES), flags[-1] if flags else "unknown")
    remedy = REMEDIES.get(reason)
    return f"not scored, {why([reason])}" + (f": {remedy}" if remedy else "")


def _advice(trials: Trials, today: Sequence[band.Trial], reason: str | None) -> str:
    ended, scored = trials[-1]
    value = scored.score.value
    steady = [one.steadiness for one in today if one.key == today[-1].key and one.valid and one.steadiness is not None]
    if len(steady) > 2 and all(one < max(steady) - LIMITS.fall_points for one in steady[-2:]):
        return "Rest before the next one: twice in a row well below your best of today."
    if value is None:
        return "Again, with that put right." if reason and ":" in reason else "Again."
    closed = ended.spec.eyes == "closed"
    unseen = closed or ended.spec.feedback == "off"
    if ended.end_reason in ("touch_down", "hop", "step"):
        return "Find the calm middle and stay in it." if closed else "Rest your eyes on one spot on the wall."
    if len(ended.instabilities) >= LIMITS.wobbles:
        return "Let the floor carry you: small and slow."
    if word(value, STEADINESS_WORDS) == "steady":
        return "Steady: the same once more." if unseen else "Steady: the same once more, or without the picture."
    return "The same time again, calmer: small and slow." if unseen else "Quiet the dot: keep it in the inner ring."
