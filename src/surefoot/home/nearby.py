"""Who is in reach of the radio: one scan after another as long as somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from surefoot.devices import codec
from surefoot.errors import SurefootError, internal
from surefoot.remembered import KnownSensor
from surefoot.tui.ports import Look, Offer
from surefoot.wording import scores

if TYPE_CHECKING:
    from surefoot.sources.connection import Found
    from surefoot.sources.radio import Radio

FIRST_SCAN_S: Final = 2.0  # sensors advertise several times a second while they wait: the first list comes soon
SCAN_S: Final = 4.0  # the slowest advertise each 2 s
PAUSE_S: Final = 2.0  # so that the adapter can do something else in between
RETRY_S: Final = 5.0  # Bluetooth that is off may be switched on meanwhile
PHONE: Final = "http://"  # how the address of a phone begins, and no radio's
GONE_S: Final = 30.0  # a sensor that was not heard for so long is not near any more


@dataclass(frozen=True, slots=True)
class _Heard:
    found: Found
    at_s: float


class Nearby:
    """Every method returns at once.

    Args:
        make: begins to make the computer's Bluetooth, elsewhere; it may fail with SurefootError.
        now_s: monotonic.
    """

    def __init__(self, make: Callable[[], Future[Radio]], now_s: Callable[[], float]) -> None:
        self._make, self._now_s = make, now_s
        self.radio: Future[Radio] | None = None
        self._scan: Future[list[Found]] | None = None
        self._scan_from_s = 0.0
        self._scans_n = 0
        self._heard: dict[str, _Heard] = {}
        self._vain_from_s: float | None = None
        self._trouble: str | None = None

    def look(self, known: KnownSensor | None, *, free: bool) -> Look:
        """What is in reach, and the sensor of last time in any case; `free`: nothing else needs the radio."""
        now_s = self._now_s()
        self._vain_from_s = now_s if self._vain_from_s is None else self._vain_from_s
        if self.radio is None:
            self.radio = self._make()
        self._follow(self.radio, now_s, free)
        offers = tuple(self._offers(known, now_s))
        if any(offer.near for offer in offers):
            self._vain_from_s = now_s
        return Look(offers, self._scan is not None or not self.radio.done(), self._trouble, now_s - self._vain_from_s)

    def again(self) -> None:
        """Look now, not after the pause; with a new radio, where there is none."""
        self._scan_from_s = 0.0
        self._vain_from_s = None
        if self.radio is not None and self.radio.done() and self.radio.exception() is not None:
            self.radio, self._trouble = None, None

    def stop(self) -> None:
        """No scan, until somebody looks again."""
        if self._scan is not None:
            self._scan.cancel()
            self._scan = None

    def _follow(self, radio: Future[Radio], now_s: float, free: bool) -> None:
        """Take in what a scan has found, and begin the next one when it is time."""
        if not radio.done():
            return
        if (error := radio.exception()) is not None:
            self._trouble = _sentence(error)
            return
        if self._scan is not None and self._scan.done():
            self._take_in(self._scan, now_s)
            self._scan = None
        if self._scan is None and now_s >= self._scan_from_s and free:
            self._scan = radio.result().scanning(SCAN_S if self._scans_n else FIRST_SCAN_S)
            self._scans_n += 1

    def _take_in(self, scan: Future[list[Found]], now_s: float) -> None:
        self._scan_from_s = now_s + PAUSE_S
        if scan.cancelled():
            return
        if (error := scan.exception()) is not None:
            self._trouble, self._scan_from_s = _sentence(error), now_s + RETRY_S
            return
        self._trouble = None
        for found in scan.result():
            self._heard[found.address] = _Heard(found, now_s)

    def _offers(self, known: KnownSensor | None, now_s: float) -> list[Offer]:
        """The sensor of last time first, the others in the order in which they were found: no row jumps away."""
        self._heard = {key: one for key, one in self._heard.items() if now_s - one.at_s < GONE_S}
        offers = [_offer(one.found, known) for one in self._heard.values()]
        if known is not None and not any(offer.known for offer in offers):
            last = Offer(known.address, known.name, known.kind, known.scores, known=True, near=False)
            offers.append(replace(last, phone=known.address.startswith(PHONE)))
        return sorted(offers, key=lambda offer: not offer.known)


def _offer(found: Found, known: KnownSensor | None) -> Offer:
    return Offer(
        found.address, found.name, found.kind, _scores(found), found.rssi, found.battery_pct,
        known=known is not None and found.address == known.address, taken=found.in_use,
    )  # fmt: skip


def _scores(found: Found) -> str:
    rate_hz = found.settings.get("rate_hz")
    return scores(float(rate_hz), codec(found.codec).range_ms2(found.settings)) if rate_hz else ""


def _sentence(error: BaseException) -> str:
    return str(error) if isinstance(error, SurefootError) else internal(error)
