"""Motion-BIDS: each sensor as a tracking system of its own (Jeung et al. 2024, Sci Data 11:716).

    dataset_description.json
    sub-01/motion/sub-01_task-hold_tracksys-imu1_motion.tsv      one row a sample, no header row
                  sub-01_task-hold_tracksys-imu1_channels.tsv    what each column is, with its unit
                  sub-01_task-hold_tracksys-imu1_motion.json     rates and counts
                  sub-01_task-hold_tracksys-imu1_events.tsv      beside the first sensor

The last column, LATENCY, is the time from the window's start, so that gaps stay visible. Neither the missing header row
nor the whole was checked with the BIDS validator; see firmware-notes/exports.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from surefoot import __version__
from surefoot.exporters.take import Stream, Take, event_rows, text

BIDS_VERSION: Final = "1.9.0"  # the first with motion
MISSING: Final = "n/a"
SUBJECT: Final = "sub-01"


def write(folder: Path, take: Take) -> None:
    """Fill an empty folder. Raises OSError."""
    about = {"Name": take.name, "BIDSVersion": BIDS_VERSION, "DatasetType": "raw",
             "GeneratedBy": [{"Name": "surefoot", "Version": __version__}]}  # fmt: skip
    _json(folder / "dataset_description.json", about)
    inner = folder / SUBJECT / "motion"
    inner.mkdir(parents=True)
    for number, stream in enumerate(take.streams, start=1):
        stem = f"{SUBJECT}_task-{take.drill}_tracksys-imu{number}"
        channels = _channels(stream)
        _tsv(inner / f"{stem}_motion.tsv", _samples(stream, take.from_s))
        _tsv(inner / f"{stem}_channels.tsv", channels)
        _json(inner / f"{stem}_motion.json", _sidecar(stream, take.drill, number))
    _tsv(inner / f"{SUBJECT}_task-{take.drill}_tracksys-imu1_events.tsv", _events(take))


def _samples(stream: Stream, from_s: float) -> Iterable[list[str]]:
    for t_s, *values in stream.rows():
        yield [*(text(value, MISSING) for value in values), f"{t_s - from_s:.6f}"]


def _channels(stream: Stream) -> list[list[str]]:
    kinds = [("acc", "ACCEL", "m/s^2")] + ([] if stream.gyr is None else [("gyro", "GYRO", "rad/s")])
    place, rate = stream.source.placement, text(stream.source.rate_hz, MISSING)
    rows = [["name", "component", "type", "tracked_point", "units", "sampling_frequency"]]
    rows += [[f"{name}_{axis}", axis, kind, place, unit, rate] for name, kind, unit in kinds for axis in "xyz"]
    return [*rows, ["latency", MISSING, "LATENCY", place, "s", rate]]


def _sidecar(stream: Stream, drill: str, number: int) -> dict[str, Any]:
    gyro_n = 0 if stream.gyr is None else 3
    return {
        "TaskName": drill,
        "SamplingFrequency": stream.source.rate_hz,
        "SamplingFrequencyEffective": stream.real_rate_hz or MISSING,
        "TrackingSystemName": f"imu{number}",
        "ManufacturersModelName": stream.source.name or MISSING,
        "RecordingDuration": float(stream.t[-1] - stream.t[0]) + 1 / stream.source.rate_hz,
        "RecordingType": "continuous",
        "TrackedPointsCount": 1,
        "MotionChannelCount": 3 + gyro_n + 1,
        "ACCELChannelCount": 3,
        "GYROChannelCount": gyro_n,
        "LATENCYChannelCount": 1,
        "MissingValues": MISSING,
    }


def _events(take: Take) -> Iterable[list[str]]:
    yield ["onset", "duration", "trial_type", "kind", "number", "value", "method", "source"]
    for row in event_rows(take):
        number = MISSING if row.number is None else str(row.number)
        words = [row.event, row.kind or MISSING, number, text(row.value, MISSING), row.method or MISSING]
        yield [f"{row.t_s - take.from_s:.6f}", text(row.duration_s, "0"), *words, row.source or MISSING]


def _tsv(path: Path, rows: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for row in rows:
            file.write("\t".join(row) + "\n")


def _json(path: Path, body: dict[str, Any]) -> None:
    path.write_text(json.dumps(body, indent=1, allow_nan=False) + "\n", encoding="utf-8")
