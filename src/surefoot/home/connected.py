"""What is connected, and the session that listens to it: to check the sensor, or with a drill and a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from surefoot.errors import RecordingError, SurefootError
from surefoot.headers import at_placement, with_drill
from surefoot.live.fresh import recorder_in
from surefoot.live.guides import guiding
from surefoot.live.lookback import look_back, read_past
from surefoot.live.passing import Passing
from surefoot.past import Reader
from surefoot.playback import Playback
from surefoot.samples import DrillSpec
from surefoot.session import Session
from surefoot.sources import Worn
from surefoot.sources.runner import Runner
from surefoot.wording import safety

DEMO_SPEC: Final = DrillSpec("hold", "left", "open", "firm", "none", target_s=20.0)


class Connected:
    """One sensor, or the simulated runner where there is none. For the worker's thread, but for `kept` and `look_back`.

    Args:
        folder: for the recordings of real sensors.
        reader: of what was done before.
    """

    def __init__(self, folder: Path, reader: Reader) -> None:
        self._folder, self._reader = folder, reader
        self.kept: list[Path] = []
        self.source: Worn | None = None
        self._session: Session | None = None
        self._passing = Passing()

    def check(self) -> Session:
        """A session without a drill or a recording."""
        if self.source is None:
            return self._take_over(_standing())
        self.source.header["drill"] = None
        return self._take_over(Session(self.source))

    def begin(self, spec: DrillSpec, placement: str) -> Session:
        """A session with a drill."""
        rings = self._reader.ring
        if self.source is None:
            runner = Runner(spec)
            film = self._passing.recorder(runner)
            return self._take_over(
                Session(runner, film, passing=True, advise=safety, rings=rings, on_event=guiding(runner))
            )
        self.source.header = with_drill(at_placement(self.source.header, placement), spec)
        recorder, error = None, None
        try:
            recorder = recorder_in(self._folder, self.source)
        except RecordingError as e:  # the drill goes on, and the screen says so loudly
            error = str(e)
        session = Session(self.source, recorder, advise=safety, rings=rings)
        session.recording_error = error
        return self._take_over(session)

    def rest(self) -> Session:
        """No drill any more. Raises SurefootError where the source has ended: there is nothing to go on with."""
        ended = self._session
        if ended is not None and ended.finished and ended.failure is not None:
            self.let_go()
            raise SurefootError(ended.failure)
        return self.check()

    def let_go(self) -> None:
        """Close the recording and let the sensor sleep."""
        self._stop(self._session)
        self._session = None
        source, self.source = self.source, None
        if source is not None:
            source.close()

    def close(self) -> None:
        """Let go, and remove what was written for a look back only."""
        self.let_go()
        self._passing.close()

    def look_back(self) -> Playback | None:
        """The running session's recording, as far as it is written."""
        return None if self._session is None else look_back(self._session)

    def _take_over(self, session: Session) -> Session:
        """Start it, and only then stop the one before: a real sensor is always listened to."""
        before, self._session = self._session, session
        session.start()
        self._stop(before)
        return session

    def _stop(self, session: Session | None) -> None:
        if session is None:
            return
        session.stop()
        if session.saved is not None and session.saved not in self.kept:
            self.kept.append(session.saved)
            read_past(self._reader, self._session)


def _standing() -> Session:
    """The simulated runner for the check: nobody tells anything, and no drill is known."""
    runner = Runner(DEMO_SPEC)
    runner.header = {**runner.header, "drill": None}
    return Session(runner)
