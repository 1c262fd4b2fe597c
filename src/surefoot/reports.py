"""What a person says of a trial or a set of landings afterwards: a `report` cue with the value "discomfort=3".

Discomfort is a whole number from 0 (none) to 10 (the worst that one can think of). It belongs to the trial that ended
last, or to the newest set; a later report replaces an earlier one. It is kept and shown, and from 4 on, or when it
rises within a session, the advice is to stop. It is never a finding about a body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from surefoot.errors import UsageError
from surefoot.events import Reported

WORST: Final = 10
_FORM: Final = re.compile(r"discomfort=(0|[1-9]|10)")


def parse(text: str) -> int:
    """The discomfort that a cue tells. Raises UsageError for anything else."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise UsageError(f"a report says discomfort=0 to discomfort={WORST}, whole numbers")
    return int(found[1])


def said(reports: Iterable[Reported], of: str, number: int) -> int | None:
    """The newest discomfort told of one trial or set (`of`: "trial" or "set"), None when nobody told any."""
    mine = [one.discomfort for one in reports if (one.of, one.number) == (of, number)]
    return mine[-1] if mine else None
