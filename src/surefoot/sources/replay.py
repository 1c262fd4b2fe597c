"""A recording as a sensor: its packets and link changes come again at their old pace; its cues and ticks do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from surefoot.recording import Recording
from surefoot.samples import Input, Link, Notification


class ReplaySource:
    """For drills on recorded samples, with new cues."""

    live = False

    def __init__(self, recording: Recording, drill: Mapping[str, Any] | None) -> None:
        self.header = {"sources": recording.header["sources"], "drill": drill}
        self._recording = recording

    def inputs(self) -> Iterator[Input]:
        """Packets and links only."""
        for item in self._recording.inputs():
            if isinstance(item, Notification | Link):
                yield item
