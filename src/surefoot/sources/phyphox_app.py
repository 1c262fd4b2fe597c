"""What one can ask of the app phyphox, one question a method. Errors are LinkError and DeviceError, with the remedy."""

from __future__ import annotations

import contextlib
from typing import Final

from surefoot.devices import phyphox_answers
from surefoot.devices.phyphox_answers import Answer, Experiment, Since
from surefoot.errors import DeviceError
from surefoot.sources.connection import LinkError
from surefoot.sources.http import Client

REFUSED: Final = "the phone did not begin to measure: press the triangle in phyphox once, then try again"
STOP_S: Final = 1.0  # for the last question: a person who leaves waits no longer


class App:
    """The app on one phone."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def config(self) -> tuple[str, Experiment]:
        """What is open in it, as it came and as it is meant."""
        text = self._text("/config")
        return text, phyphox_answers.experiment(text)

    def meta(self) -> str | None:
        """What the phone tells of itself; old versions of the app do not."""
        return self._perhaps("/meta")

    def time(self) -> str | None:
        """When it measured, by the phone's clock; old versions do not tell."""
        return self._perhaps("/time")

    def newest(self, found: Experiment) -> tuple[Answer, float | None]:
        """Its state, and the newest stamp of the acceleration; None also below 0, for nobody can ask beyond that."""
        answer = phyphox_answers.answer(self.client.get(phyphox_answers.newest_request(found)))
        newest_s = answer.newest(found.acc.t)
        return answer, newest_s if newest_s is None or newest_s >= 0 else None

    def samples(self, found: Experiment, since: Since) -> bytes:
        """The body that brings all beyond `since`."""
        return self.client.get(phyphox_answers.request(found, since))

    def start(self) -> None:
        """Measure, or go on measuring."""
        if not phyphox_answers.agreed(self.client.get("/control?cmd=start")):
            raise LinkError(REFUSED, "service")

    def clear(self) -> None:
        """Stop and throw the data away; the app does so a moment after its answer."""
        self.client.get("/control?cmd=clear")

    def stop(self) -> None:
        """Measure no more. What fails is passed over, for nobody can mend it now."""
        with contextlib.suppress(LinkError):
            self.client.get("/control?cmd=stop", STOP_S)

    def _perhaps(self, target: str) -> str | None:
        try:
            return self._text(target)
        except LinkError as e:
            if e.fault != "service":
                raise
            return None

    def _text(self, target: str) -> str:
        body = payload(self.client.get(target))
        if isinstance(body, bytes):
            raise DeviceError("an answer of phyphox is text in UTF-8: is this its address?")
        return body


def payload(body: bytes) -> str | bytes:
    """As it is kept: text, as a phone sends it; what is none stays as it is."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body
