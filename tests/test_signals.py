"""Signals to stop: noted, turned into an act, left alone."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from surefoot.signals import STOPS, Stopped, heard, stopped_by, undisturbed


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """They are as they were, whatever happened inside."""
    before = [signal.getsignal(number) for number in STOPS]
    yield
    assert [signal.getsignal(number) for number in STOPS] == before


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_that_is_heard_disturbs_nothing_until_somebody_asks(number: signal.Signals) -> None:
    with heard() as check:
        check()
        for _ in range(3):
            signal.raise_signal(number)
        with pytest.raises(KeyboardInterrupt) as caught:
            check()
    assert isinstance(caught.value, Stopped)
    assert caught.value.code == 128 + number


def test_a_signal_inside_is_not_heard_outside() -> None:
    with heard() as outer:
        with heard() as inner:
            signal.raise_signal(signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                inner()
        outer()


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_interrupts_or_acts(number: signal.Signals) -> None:
    with pytest.raises(Stopped) as caught, stopped_by():
        signal.raise_signal(number)
    assert caught.value.code == 128 + number
    acts: list[int] = []
    with stopped_by(acts.append):
        signal.raise_signal(number)
    assert acts == [128 + number]
    with undisturbed():
        signal.raise_signal(number)


@pytest.mark.parametrize("number", STOPS)
def test_what_the_caller_ignores_stays_ignored(number: signal.Signals) -> None:
    """As `nohup` has it."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with stopped_by(), heard() as check:
            signal.raise_signal(number)
            check()
    finally:
        signal.signal(number, before)
