"""Comma-separated tables: one a sensor with its description beside it, and one of the events.

    sensor_1.csv    t_s,ax_ms2,ay_ms2,az_ms2 and, with a gyroscope, gx_rads,gy_rads,gz_rads; sensor axes, with gravity
    sensor_1.json   name, placement, rate and range, which `surefoot import` reads
    events.csv      t_s,event,kind,number,duration_s,value,method,source

Missing values are empty fields. `surefoot import` takes the tables back.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Final

from surefoot.exporters.take import Row, Stream, Take, event_rows, seconds, text

ACC: Final = ("t_s", "ax_ms2", "ay_ms2", "az_ms2")
GYRO: Final = ("gx_rads", "gy_rads", "gz_rads")


def write(folder: Path, take: Take) -> None:
    """Fill an empty folder. Raises OSError."""
    for number, stream in enumerate(take.streams, start=1):
        _samples(folder / f"sensor_{number}.csv", stream)
        (folder / f"sensor_{number}.json").write_text(json.dumps(_about(stream), indent=1) + "\n", encoding="utf-8")
    with (folder / "events.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(Row._fields)
        for row in event_rows(take):
            out.writerow([seconds(row.t_s), *(text(v, "") if isinstance(v, float) else v for v in row[1:])])


def _samples(path: Path, stream: Stream) -> None:
    names = ACC if stream.gyr is None else ACC + GYRO
    with path.open("w", encoding="ascii", newline="") as file:
        file.write(",".join(names) + "\n")
        for t_s, *values in stream.rows():
            file.write(",".join([seconds(t_s), *(text(value, "") for value in values)]) + "\n")


def _about(stream: Stream) -> dict[str, str | float]:
    source = stream.source
    known = {"range_ms2": source.range_ms2, "name": source.name or None}
    about = {"placement": source.placement, "rate_hz": source.rate_hz, "source": source.id}
    return {**about, **{key: value for key, value in known.items() if value is not None}}
