"""One short cue for each landing, from what was measured of it.

The first row that applies wins (`RULES`). Words point away from the body ("land like snow"), as external focus is
learned from best; at most six of them. A cue never says what a body sensor cannot know: no force, no part of the foot.
A flag takes away what it makes doubtful: behind a bound ("≤ S") only a fault may be said, behind a guess only one that
is beyond the error of the guess, and with samples missing nothing.

Every landing has a cue; who gives fewer of them over the weeks (every second, only outside the band, a summary) needs
no more than `said`, the rules given so far. Thresholds are those of the softness words and of the landing drill, and as
provisional.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from surefoot.events import Event, Landed, Scored, Settled
from surefoot.scoring import SOFTNESS_WORDS


@dataclass(frozen=True, slots=True)
class FeedbackLimits:
    """Where the words change; provisional."""

    early_ms: float = 60.0  # passive landings peak after 20 to 60 ms, soft ones after 80 to 100
    settle_s: float = 1.5  # the slowest that passes for two feet on the training ladder
    doubt_points: float = 12.0  # 20 % of speed, from where on a speed is called uncertain, are 11.6 points
    apart_s: float = 3.0  # words that come faster are not heard
    known_s: float = 0.8  # a landing's score is known this long after its contact


LIMITS = FeedbackLimits()
_QUIET, _SOFT, _FIRM = (lowest for lowest, _ in SOFTNESS_WORDS[:3])
BOUNDED: Final = frozenset({"clipped", "low_rate"})  # the true score is no higher
GUESSED: Final = frozenset({"v_uncertain", "gravity_unchecked"})  # the true score may be higher or lower
HARMLESS: Final = frozenset({"no_stick"})


@dataclass(frozen=True, slots=True)
class Feedback:
    """The cue of one landing: `rule` that chose it, `text` to say, `why` as measured. No cue: `text` None."""

    rule: str
    text: str | None
    why: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """What may be said of a landing. `upper`: its softness is at most that; `value`: it is that, for sure."""

    upper: float
    value: float | None
    early: bool
    bounced: bool
    settled: Settled | None

    @property
    def restless(self) -> bool:
        """It took long to come to rest. An interrupted wait tells nothing."""
        if self.settled is None:
            return False
        settle_s = self.settled.settle_s
        return self.settled.missing == "not_settled" if settle_s is None else settle_s > LIMITS.settle_s

    @property
    def left_early(self) -> bool:
        """It came to rest, but not for two seconds."""
        return self.settled is not None and self.settled.settle_s is not None and not self.settled.stick


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: two ways to say it, which take turns; `at_once`: known with the score, before the settling."""

    name: str
    texts: tuple[str, str]
    why: str
    applies: Callable[[_Seen], bool]
    at_once: bool


RULES: Final = (
    Rule("hard", ("land like snow", "land as on thin ice"), "hard", lambda seen: seen.upper < _FIRM, True),
    Rule("bounced", ("hold the landing", "stay where you land"), "bounced or stepped", lambda s: s.bounced, True),
    Rule("early", ("sink as you touch", "melt into the floor"), "firm, with an early peak",
         lambda seen: seen.upper < _SOFT and seen.early, True),
    Rule("firm", ("make no sound", "let nobody hear it"), "firm", lambda seen: seen.upper < _SOFT, True),
    Rule("restless", ("freeze where you land", "be a statue at once"), "slow to come to rest",
         lambda seen: seen.restless, False),
    Rule("left_early", ("hold it two seconds", "stay until it counts"), "moved on within two seconds",
         lambda seen: seen.left_early, False),
    Rule("soft", ("a little quieter still", "now without a sound"), "soft",
         lambda seen: seen.value is not None and seen.value < _QUIET, False),
    Rule("quiet", ("quiet: the same again", "quiet: keep that"), "quiet", lambda seen: seen.value is not None, False),
)  # fmt: skip
"""Faults first, the heaviest on top; then what can be improved; then praise."""


def feedback(
    landed: Landed, scored: Scored, settled: Settled | None, placement: str, said: Sequence[str] = ()
) -> Feedback:
    """The cue of a landing.

    Args:
        landed: the landing.
        scored: its softness.
        settled: how it came to rest, or None while nobody knows; until then only what the impact tells is said.
        placement: of the sensor; at the shank even a soft landing peaks early.
        said: rules of the cues given before, oldest first; a rule that repeats changes its words.
    """
    flags = {*landed.landing.flags, *scored.score.flags}
    value = scored.score.value
    if landed.spec.feedback == "off":
        return Feedback("none", None, "feedback_off")
    unclear = sorted(flags - BOUNDED - GUESSED - HARMLESS)
    if value is None or unclear:
        return Feedback("none", None, unclear[0] if unclear else "no_score")
    rise_ms = landed.landing.time_to_peak_ms
    in_place = _in_place(landed)
    seen = _Seen(
        upper=value + (LIMITS.doubt_points if flags & GUESSED else 0.0),
        value=None if flags & (BOUNDED | GUESSED) else value,
        early=placement in ("waist", "chest") and "low_rate" not in flags and rise_ms is not None
        and rise_ms < LIMITS.early_ms,
        bounced="no_stick" in flags and not in_place,
        settled=None if in_place else settled,
    )  # fmt: skip
    rule = next((rule for rule in RULES if rule.applies(seen)), None)
    if rule is None:
        return Feedback("none", None, sorted(flags)[0])
    if settled is None and not in_place and not rule.at_once:
        return Feedback("none", None, "settling")
    again_n = next((k for k, name in enumerate(reversed(said)) if name != rule.name), len(said))
    return Feedback(rule.name, rule.texts[again_n % 2], rule.why)


def _in_place(landed: Landed) -> bool:
    """Nobody holds a landing that is the beginning of the next hop."""
    return landed.spec.name == "hop" and landed.spec.style == "in_place"


def feedbacks(rows: Iterable[tuple[Landed, Scored, Settled | None]], placement: str) -> list[Feedback]:
    """The cue of each landing of a session, each knowing those before it."""
    found: list[Feedback] = []
    for landed, scored, settled in rows:
        found.append(feedback(landed, scored, settled, placement, [one.rule for one in found if one.text]))
    return found


class Coach:
    """Cues for people who are landing right now: one a landing, as soon as it is certain, and 3 s apart.

    A cue that comes too soon after another is left out; said late, it would be about the wrong landing.
    """

    def __init__(self, placement: str) -> None:
        self.placement = placement
        self._landed: Landed | None = None
        self._scored: Scored | None = None  # of the landing whose cue is still to come
        self._said: list[str] = []
        self._quiet_until_s = float("-inf")

    def hear(self, event: Event) -> str | None:
        """The words that are due with this event, if any."""
        if isinstance(event, Landed):
            self._landed = event
        elif isinstance(event, Scored) and event.of == "landing" and self._landed is not None:
            self._scored = event
            return self._say(self._landed, event, None, event.t_s + LIMITS.known_s)
        elif isinstance(event, Settled) and self._scored is not None and self._scored.number == event.number:
            assert self._landed is not None
            return self._say(self._landed, self._scored, event, event.t_s)
        return None

    def _say(self, landed: Landed, scored: Scored, settled: Settled | None, now_s: float) -> str | None:
        found = feedback(landed, scored, settled, self.placement, self._said)
        if found.why == "settling":
            return None
        self._scored = None
        if found.text is None or now_s < self._quiet_until_s:
            return None
        self._said.append(found.rule)
        self._quiet_until_s = now_s + LIMITS.apart_s
        return found.text
