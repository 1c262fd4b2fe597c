"""A fresh recording: its name, and the clocks in its header."""

from __future__ import annotations

import datetime
import time
from pathlib import Path

from surefoot.errors import RecordingError
from surefoot.recorder import Recorder
from surefoot.samples import DrillSpec
from surefoot.sources import Source


def recorder_in(folder: Path, source: Source) -> Recorder:
    """In a folder, named after the moment and the drill. Raises RecordingError."""
    drill = DrillSpec.from_mapping(source.header["drill"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise RecordingError(
            f"the folder {folder} cannot be made ({e.strerror}): choose another with --record"
        ) from None
    moment = datetime.datetime.now().strftime("%Y-%m-%d_%H%M%S")
    return recorder_at(folder / f"{moment}_{drill.name}_{drill.leg}.jsonl", source)


def recorder_at(path: Path, source: Source) -> Recorder:
    """Under this name. Raises RecordingError."""
    stamps = {"created": datetime.datetime.now().astimezone().isoformat(timespec="milliseconds"),
              "epoch_ns": time.time_ns(), "host_ns": time.monotonic_ns()}  # fmt: skip
    return Recorder.create(path, {**stamps, **source.header})
