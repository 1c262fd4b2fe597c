"""A recording as a film: every moment of it as the snapshot that a live screen would have shown then.

The engine runs once over the file, in a thread of its own for long recordings; its snapshots share their arrays, so
keeping one every 50 ms is cheap, and going to a time is a search in a sorted list. What a person corrects on the way
comes on top of what the engine found; it is kept in a new recording beside the old one.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from surefoot.corrections import Correction, appended, parse
from surefoot.engine import Engine
from surefoot.errors import SurefootError, UsageError
from surefoot.events import Event, HoldEnded, Scored
from surefoot.exporters import beside, export
from surefoot.exporters.take import Decoded, cut
from surefoot.plan import Plan
from surefoot.quality import Samples
from surefoot.recorder import write_recording
from surefoot.rings import Drawn, ringed, usual
from surefoot.samples import Array, ImuBlock, Notification
from surefoot.snapshot import Snapshot
from surefoot.taken import rescored

STEP_S: Final = 0.05


class Playback:
    """Load with `load()` (here) or `start()` (in a thread), then look with `at`.

    Args:
        planned: the recording and how it is run.
        title: what it is called on the screen.
        ring: the person's own ring at a moment, None for the usual one; only the picture shows it.
        passing: the file goes with the program, so nothing is made of it that is meant to stay.
    """

    def __init__(self, planned: Plan, title: str, *, ring: Drawn = usual, passing: bool = False) -> None:
        self.title = title
        self.duration_s = 0.0
        self.complete = False
        self.failure: str | None = None
        self.events: list[Event] = []
        self.written: list[Path] = []  # what was saved and exported
        self.corrected: dict[int, tuple[HoldEnded, Scored]] = {}
        self._plan, self._ring, self._passing = planned, ring, passing
        self._engine: Engine | None = None
        self._decoded = Decoded()
        self._samples = Samples(planned.header)
        self._said: list[Correction] = []  # since the file was opened
        self._saved_n = 0  # of them
        self._times: list[float] = []
        self._snapshots: list[Snapshot] = []
        self._loudest: list[float] = []  # largest horizontal acceleration since the snapshot before

    def start(self) -> None:
        """Load in the background; what is there already can be looked at."""
        threading.Thread(target=self.load, name="surefoot playback", daemon=True).start()

    def load(self) -> None:
        """Run the engine over the whole recording. Errors end up in `failure`, with what was read before them."""
        try:
            engine = self._plan.engine(self._take)
            for item in self._plan.inputs():
                new = engine.feed(item)
                self.events += new
                if new or (isinstance(item, Notification) and self._is_due(engine.main.timeline.last_s)):
                    self._keep(engine.snapshot())
            self.events += engine.finish()
            self._keep(engine.snapshot())
            self._engine = engine
            self.corrected = self._rescored([])
        except SurefootError as e:
            self.failure = str(e)
        except Exception as e:  # a bug of ours: what was read before it can be looked at, and it does not load for ever
            self.failure = f"an internal error stopped the reading: {type(e).__name__}: {e}"
        self.complete = True

    def _take(self, source: str, block: ImuBlock) -> None:
        self._decoded.take(source, block)
        self._samples.take(source, block)

    def _is_due(self, t_s: float | None) -> bool:
        return t_s is not None and (not self._times or t_s >= self._times[-1] + STEP_S)

    def _keep(self, snapshot: Snapshot) -> None:
        since = self._times[-1] if self._times else -1.0
        rows = snapshot.trace[np.searchsorted(snapshot.trace[:, 0], since, side="right") :]
        self._loudest.append(float(np.hypot(rows[:, 3], rows[:, 4]).max()) if len(rows) else 0.0)
        self._snapshots.append(ringed(snapshot, self._ring(snapshot)))
        self._times.append(max(snapshot.t_s, since))  # last: a reader never sees a time without its snapshot
        self.duration_s = self._times[-1]

    # ------------------------------------------------------------------------------------ looking

    def at(self, t_s: float) -> Snapshot | None:
        """The newest snapshot at or before a time; the first one before any."""
        if not self._times:
            return None
        return self._snapshots[max(0, bisect_right(self._times, t_s + 1e-9) - 1)]

    def envelope(self, columns: int) -> Array:
        """(columns,) largest horizontal acceleration, m/s², in equal parts of the duration."""
        n = len(self._times)
        out = np.zeros(columns)
        if n and columns and self.duration_s > 0:
            column = np.minimum((np.array(self._times[:n]) / self.duration_s * columns).astype(int), columns - 1)
            np.maximum.at(out, column, np.array(self._loudest[:n]))
        return out

    # ------------------------------------------------------------------------------------ correcting

    @property
    def unsaved_n(self) -> int:
        """Corrections that no file has yet."""
        return max(0, len(self._said) - self._saved_n)

    def correct(self, text: str) -> None:
        """Correct a trial; `corrected` has its new values then.

        Args:
            text: as in `surefoot.corrections`: "trial=1 remove hop@14.6".

        Raises:
            UsageError: it points at nothing; then nothing has changed.
        """
        self._loaded("corrected")
        said = [*self._said, parse(text)]
        self.corrected = self._rescored(said)
        self._said = said

    def take_back(self) -> str:
        """Forget the newest correction that is not saved yet; what it said. Raises UsageError when there is none."""
        if not self.unsaved_n:
            raise UsageError("there is no unsaved correction to take back")
        *self._said, gone = self._said
        self.corrected = self._rescored(self._said)
        return gone.text

    def save(self) -> Path:
        """Write the recording with all corrections into a new file beside it.

        Raises:
            UsageError: nothing was corrected.
            RecordingError: it cannot be written; the corrections stay unsaved.
        """
        self._loaded("saved")
        if not self.unsaved_n:
            raise UsageError("nothing was corrected since it was saved")
        texts = [one.text for one in self._said]
        recording = self._plan.recording
        out = next(path for path in beside(recording.path, "corrected", ".jsonl.gz") if not os.path.lexists(path))
        write_recording(out, self._plan.header, appended(recording.inputs(), texts))
        self._saved_n = len(texts)
        self.written.append(out)
        return out

    def _rescored(self, said: Sequence[Correction]) -> dict[int, tuple[HoldEnded, Scored]]:
        """Every corrected trial. What the file itself says wrongly is left out; what is said now raises UsageError."""
        assert self._engine is not None
        trials = [event for event in self.events if isinstance(event, HoldEnded)]
        stranger = next((one for one in said if one.trial > len(trials)), None)
        if stranger is not None:
            raise UsageError(
                f"the recording has {len(trials)} trials, so there is no trial {stranger.trial} to correct"
            )
        out = {}
        for number, raw in enumerate(trials, start=1):
            try:
                fixed = rescored(self._engine, self._samples, number, raw, [*self._engine.corrections, *said])
            except UsageError:
                if any(one.trial == number for one in said):
                    raise
                continue
            if fixed is not None:
                ended, score, trial_value = fixed
                out[number] = (ended, Scored(ended.t_s, "trial", number, score, trial_value))
        return out

    # ------------------------------------------------------------------------------------ exporting

    def export(self, from_s: float, to_s: float) -> Path:
        """Write the samples and events of [from_s, to_s) as CSV into a new folder beside the recording.

        Raises:
            UsageError: there is no sample in it, or it is still loading.
            RecordingError: the folder cannot be written.
        """
        engine = self._loaded("exported")
        said = [*engine.corrections, *self._said]
        take = cut(self._plan.recording.path.name, engine, self._decoded, self.events, said, from_s, to_s)
        folder = export(take, "csv", beside(self._plan.recording.path, f"{take.from_s:.1f}-{take.to_s:.1f}s"))
        self.written.append(folder)
        return folder

    def _loaded(self, what: str) -> Engine:
        """The engine at its end. Raises UsageError before it is there, and where its result would not last."""
        if self._passing:
            raise UsageError(f"not kept, so it cannot be {what}: surefoot demo --record DIR keeps a session")
        if self._engine is None:
            why = "it could not be read to its end" if self.complete else "it is still loading"
            raise UsageError(f"this recording cannot be {what}: {why}")
        return self._engine
