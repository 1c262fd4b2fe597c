"""How often the end of a hold is found, and how often it is made up, over many simulated trials.

The simulator's impact and the calm after it are assumptions; benchmarks/events.py prints the curve over their size.
"""

from __future__ import annotations

import numpy as np
import pytest

from repack import run
from surefoot import simulate
from surefoot.events import HoldEnded
from surefoot.simulate import Simulated

ONE_LEG = ("one_eo_firm", "one_eo_mat", "one_ec_firm", "one_ec_mat")
FOUND_SHARE = 0.98
FALSE_PER_MIN = 0.1


def ended(made: Simulated) -> HoldEnded:
    (end,) = [event for event in run(made.header, made.inputs) if isinstance(event, HoldEnded)]
    return end


def found_share(per_condition: int, longest_s: float) -> tuple[float, list[str]]:
    """Share of touch-downs found within 0.5 s, and what became of the others."""
    lost = []
    for condition in ONE_LEG:
        for k in range(per_condition):
            at_s = float(np.random.default_rng([4, k]).uniform(8.0, longest_s))
            made = simulate.stand(condition, seed=40_000 + k, target_s=longest_s + 5, touch_down_s=at_s)
            end = ended(made)
            late_s = end.t_s - made.truth["end_s"]
            if end.end_reason != "touch_down" or abs(late_s) > 0.5:
                lost.append(f"{condition} {k}: {end.end_reason} {late_s:+.2f} s")
    return 1 - len(lost) / (len(ONE_LEG) * per_condition), lost


def false_touch_downs(per_condition: int, shortest_s: float, hops: int = 0) -> tuple[int, float]:
    """Touch-downs that nobody made, and the minutes stood."""
    false, stood_s = 0, 0.0
    for condition in ONE_LEG:
        for k in range(per_condition):
            rng = np.random.default_rng([5, hops, k])
            target_s = float(rng.uniform(shortest_s, 45.0))
            hop_s = tuple(5 + (target_s - 8) / hops * (i + float(rng.uniform(0, 0.6))) for i in range(hops))
            end = ended(simulate.stand(condition, seed=50_000 + k, target_s=target_s, hop_s=hop_s))
            assert end.hold_s is not None
            false += end.end_reason == "touch_down"
            stood_s += end.hold_s
    return false, stood_s / 60


def test_a_handful_of_touch_downs_is_found() -> None:
    share, lost = found_share(5, longest_s=14.0)
    assert share >= FOUND_SHARE, lost


def test_ten_minutes_on_one_leg_have_one_false_touch_down_at_most() -> None:
    false, minutes = false_touch_downs(4, shortest_s=40.0)
    assert minutes > 10
    assert false <= FALSE_PER_MIN * minutes


@pytest.mark.slow
def test_of_240_touch_downs_98_percent_are_found() -> None:
    share, lost = found_share(60, longest_s=40.0)
    assert share >= FOUND_SHARE, lost


@pytest.mark.slow
@pytest.mark.parametrize("hops", [0, 3])
def test_over_an_hour_on_one_leg_false_touch_downs_are_rare(hops: int) -> None:
    false, minutes = false_touch_downs(30, shortest_s=30.0, hops=hops)
    assert minutes > 60
    assert false <= FALSE_PER_MIN * minutes
