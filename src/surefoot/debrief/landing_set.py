"""The summary of a set of landings: the last of a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from surefoot.debrief.advice import REMEDIES, rest
from surefoot.debrief.summary import Past, Summary, unread
from surefoot.events import Landed, Reported, Scored, Settled
from surefoot.feedback import RULES, feedbacks
from surefoot.landing_sets import LIMITS, LandedSet
from surefoot.reports import said
from surefoot.result_text import legs_text
from surefoot.scoring import SOFTNESS_WORDS, word
from surefoot.set_changes import change, legs
from surefoot.wording import SET_WORDS, course_text, landings_text, why, within_text

Landings = Sequence[tuple[Landed, Scored, Settled | None]]
NEXT_SET: Final = {rule.name: rule.texts[0] for rule in RULES}


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
    few = f"{len(now.values)} of {LIMITS.fewest} landings counted"
    reason = None if value is not None else f"no score of the set, {few}: {_remedy(flags)}"
    return Summary(
        of="set",
        number=len(sets),
        title=_title(now, rows),
        done=_landed(now),
        scale="softness",
        value=value,
        word="" if value is None else word(value, SOFTNESS_WORDS),
        behind=f", the median (middle) of {len(now.values)} landings",
        flags=flags,
        measured=_spread(now),
        best=_best(sets, now),
        change=unread(past) or _change(earlier, now),
        legs=None if pair is None else legs_text(pair.summary),
        advice=rest(reports)
        or _advice(now, rows, placement, value is None and any(flag in REMEDIES for flag in flags)),
        not_scored=reason,
        discomfort=said(reports, "set", len(sets)),
        session=now.landings,
        counted_n=len(now.values),
    )


def _both_legs(sets: Sequence[LandedSet]) -> bool:
    return {"left", "right"} <= {one.key.leg for one in sets}


def _title(now: LandedSet, rows: Landings) -> str:
    key = now.key
    words = [f"{key.drill} in place" if key.style == "in_place" else key.drill]
    words += [key.direction] if key.direction not in ("none", "unknown") else []
    words += [f"{key.height_cm:g} cm"] if key.height_cm is not None else []
    return ", ".join([*words, {"both": "both legs", "unknown": "leg unknown"}.get(key.leg, f"{key.leg} leg")])


def _landed(now: LandedSet) -> str:
    n, practice = len(now.landings), min(now.practice_n, len(now.landings))
    practiced = f", {practice} of them practice" if practice else ""
    ended = SET_WORDS[now.ended] if now.ended else "still running"
    return f"{landings_text(n)}{practiced}, {len(now.values)} counted: {ended}"


def _spread(now: LandedSet) -> str:
    if now.mad is None or now.drop_off is None:
        return ""
    return f"{within_text(now.mad)} · {course_text(now.drop_off)}"


def _best(sets: Sequence[LandedSet], now: LandedSet) -> str | None:
    mine = [one.best for one in sets if one.key == now.key and one.best is not None]
    return f"best landing of the session: softness {int(max(mine))}" if mine else None


def _change(earlier: Sequence[LandedSet], now: LandedSet) -> str:
    verdict = change(earlier, now)
    n = sum(len(one.values) for one in earlier)
    if verdict.word is None:
        if now.median is None:
            return "not compared with your past: no score of the set"
        if verdict.reason == "too_few":
            return f"too few to tell yet: {n} of the {LIMITS.compared} earlier landings that make your usual"
        return f"not compared with your past: {why([verdict.reason or ''])}"
    words = {"softer": "softer than your usual", "harder": "harder than your usual"}
    return f"{words.get(verdict.word, 'same as your usual')}, from {n} earlier landings (provisional)"


def _remedy(flags: Sequence[str]) -> str:
    """What a set needs. The practice of a session is told even when it is done: the next session begins with it."""
    remedy = next((REMEDIES[flag] for flag in flags if flag in REMEDIES), None)
    whole = LIMITS.practice + LIMITS.fewest
    return remedy or f"a set of {whole} has one: {LIMITS.practice} of practice, {LIMITS.fewest} that count"


def _advice(now: LandedSet, rows: Landings, placement: str, faulty: bool) -> str:
    if now.ended == "fatigue" or now.tires:
        return "Rest now: the landings got harder."
    if faulty:
        return "Again, with that put right."
    if len(now.landings) < now.practice_n + LIMITS.fewest:
        return f"Next set: {LIMITS.practice + LIMITS.fewest} landings, so that it gets a score."
    rules = Counter(one.rule for one in feedbacks(rows, placement)[now.practice_n :] if one.text is not None)
    if not rules:
        return "The same again."
    order = list(NEXT_SET)
    most = min(rules, key=lambda rule: (-rules[rule], order.index(rule)))
    return f"Next set: {NEXT_SET[most]}." if most != "quiet" else "Quiet landings: the same again."
