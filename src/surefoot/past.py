"""What a person did before, rebuilt from the recordings in a folder. Nothing else is kept.

The newest `PastLimits.files` are read, in a thread of their own. A training session is a calendar day (the local date
in a recording's header), not a file: the band leaves the first session out and takes three trials of each, and who
starts the program anew for every hold must not get around both. Undated files cannot be put in order and are left out.
A person's recordings and the simulated runner's are never mixed.

`.past.json` beside the recordings keeps what was found, keyed by the sha256 of the file and the methods' versions. It
may be deleted at any time and is believed in nothing: what does not fit is read anew.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
import threading
import zlib
from bisect import bisect_left
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from surefoot import band
from surefoot.debrief.summary import Past
from surefoot.past_cache import Kept, load, save
from surefoot.rings import Drawn, Ring, own_ring, usual
from surefoot.samples import DrillSpec
from surefoot.snapshot import Sensor, Snapshot
from surefoot.taken import Taken, taken

NAME: Final = ".past.json"


@dataclass(frozen=True, slots=True)
class PastLimits:
    """How much is looked at."""

    files: int = 200  # a year of training four times a week; a band takes 20 trials, some 7 sessions of one key
    names: int = 10_000
    bytes: int = 32 << 20  # packed; an hour of 200 Hz × 6 axes is 9 MB
    unpacked_bytes: int = 256 << 20
    apart_s: float = 0.02  # a breath between two files, for the thread that listens to the sensor


LIMITS = PastLimits()


class Reader:
    """Reads with `load()` (here) or `start()` (in a thread), as often as there is something new.

    What it gives is whole at any time and safe to ask for from any thread.

    Args:
        folder: with recordings; it need not exist.
        today: calendar day of the running session, ISO.
    """

    def __init__(self, folder: Path, today: str) -> None:
        self.folder, self.today = folder, today
        unread: tuple[Past, list[str]] = (Past(complete=False), [])
        self._known = {False: unread, True: unread}  # a person's, the simulated runner's; each with its sessions' days
        self._rings: dict[tuple[int | str, ...], tuple[Ring | None, Past]] = {}  # the past stays alive: so does its id
        self._stopping = threading.Event()
        self._busy = threading.Lock()

    def start(self, leave_out: str | None = None) -> None:
        """Read in the background; a program that ends does not wait for it. `leave_out`: the running recording."""
        threading.Thread(target=self.load, args=(leave_out,), name="surefoot past", daemon=True).start()

    def stop(self) -> None:
        """Read no further file."""
        self._stopping.set()

    def past(self, sensor: Sensor) -> Past:
        """Of the person, or of the simulated runner, by whose sensor it is."""
        return self._known[_simulated(sensor.name)][0]

    def ring(self, spec: DrillSpec, sensor: Sensor) -> Ring | None:
        """The own ring of a condition, from earlier days: it stays the same all day."""
        past = self.past(sensor)
        return self._ring(past, past.today, spec, sensor)

    def rings_of(self, created: str) -> Drawn:
        """The own rings that a recording of these was done with, from the days before its own.

        The usual ones while the past is not read, and where there are more recordings than are read: then the oldest
        are missing, and nobody knows what stood on the screen.
        """
        known = self._known
        try:
            day = _day(created)
        except ValueError:
            return usual
        if any(not past.complete or past.read_n + past.damaged_n >= LIMITS.files for past, _ in known.values()):
            return usual

        def ring(shot: Snapshot) -> Ring | None:
            if shot.spec is None:
                return None
            past, days = known[_simulated(shot.sensor.name)]
            return self._ring(past, bisect_left(days, day) + 1, shot.spec, shot.sensor)

        return ring

    def _ring(self, past: Past, session: int, spec: DrillSpec, sensor: Sensor) -> Ring | None:
        """From the sessions before this one."""
        of = (spec.leg, spec.eyes, spec.surface, spec.support, spec.feedback, sensor.placement, sensor.device)
        known = self._rings.get((id(past), session, *of))
        if known is None:
            earlier = [one for one in past.trials if one.session < session]
            known = (own_ring(earlier, spec, sensor.placement, sensor.device), past)
            self._rings[(id(past), session, *of)] = known
        return known[0]

    def load(self, leave_out: str | None = None) -> None:
        """Read the folder, newest file first; whatever is wrong with a file, the others count."""
        with self._busy:
            cache = load(self.folder / NAME)
            kept: dict[str, Kept | None] = {}
            damaged_n = 0
            for path in _newest(self.folder, leave_out):
                if self._stopping.is_set():
                    return
                digest = _digest(path)
                if digest is None:
                    damaged_n += 1
                elif digest not in kept:  # else a copy
                    if digest not in cache:
                        self._stopping.wait(LIMITS.apart_s)
                    kept[digest] = cache[digest] if digest in cache else _read(path)
                    damaged_n += kept[digest] is None
            if kept.keys() != cache.keys():
                save(self.folder / NAME, kept)
            found = _originals([one for one in kept.values() if one is not None])
            mine = {who: [one for one in found if one.created and one.simulated == who] for who in self._known}
            self._known = {who: _ordered(some, self.today, len(found), damaged_n) for who, some in mine.items()}


def _originals(found: list[Kept]) -> list[Kept]:
    """Each recording once, of files from the newest on: saved corrections are a copy with the same header."""
    copies: dict[tuple[str, int | None, int | None], list[Kept]] = {}
    for one in found:
        if one.created:
            copies.setdefault((one.created, one.epoch_ns, one.host_ns), []).append(one)
    return [_whole(same) for same in copies.values()] + [one for one in found if not one.created]


def _whole(copies: list[Kept]) -> Kept:
    """The newest corrected copy, whatever date the original has: to copy a folder may change it.

    A copy that was saved while the recording still grew lacks what came later: the others have it.
    """
    whole = next((one for one in copies if one.corrected), copies[0])
    for other in copies:
        trials, sets = other.trials[len(whole.trials) :], other.sets[len(whole.sets) :]
        whole = replace(whole, trials=whole.trials + trials, sets=whole.sets + sets)
    return whole


def _ordered(mine: list[Kept], today: str, read_n: int, damaged_n: int) -> tuple[Past, list[str]]:
    """Oldest first, each day a session; and those days."""
    mine = sorted((one for one in mine if one.day <= today), key=lambda one: one.moment_s)
    days = {day: k for k, day in enumerate(sorted({one.day for one in mine}), start=1)}
    trials = tuple(replace(trial, session=days[one.day]) for one in mine for trial in one.trials)
    sets = tuple(found for one in mine for found in one.sets)
    return Past(trials, sets, days.get(today, len(days) + 1), read_n, damaged_n), list(days)


def _day(created: str) -> str:
    """The local calendar day of a moment. Raises ValueError for what is none."""
    return datetime.datetime.fromisoformat(created).date().isoformat()


# ------------------------------------------------------------------------------------------------ files


def _newest(folder: Path, leave_out: str | None) -> list[Path]:
    """The newest recordings; a packed one stands for the unpacked one beside it that a crash left."""
    found: list[tuple[float, str]] = []
    names: set[str] = set()
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry, _ in zip(entries, range(LIMITS.names), strict=False):
            with contextlib.suppress(OSError):
                if entry.name.endswith((".jsonl", ".jsonl.gz")) and entry.is_file():
                    found.append((entry.stat().st_mtime, entry.name))
                    names.add(entry.name)
    wanted = [
        (at, name)
        for at, name in sorted(found, reverse=True)
        if name != leave_out and not (name.endswith(".jsonl") and f"{name}.gz" in names)
    ]
    return [folder / name for _, name in wanted[: LIMITS.files]]


def _digest(path: Path) -> str | None:
    """sha256 of the file; None when it cannot be read or is too large."""
    try:
        if path.stat().st_size > LIMITS.bytes:
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _read(path: Path) -> Kept | None:
    """Score one recording; None when it is damaged."""
    try:
        if not _fits(path):
            return None
        return _kept(taken(path))
    except Exception:  # also what nobody foresaw: one file must not take the past of all others
        return None


def _fits(path: Path) -> bool:
    """Whether it unpacks to a sane size: a small archive can hide a huge file."""
    with path.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            return True
        file.seek(0)
        unpacker, size = zlib.decompressobj(wbits=31), 0
        with contextlib.suppress(zlib.error):  # the reader says what is wrong with it
            while size <= LIMITS.unpacked_bytes and (part := unpacker.unconsumed_tail or file.read(1 << 16)):
                size += len(unpacker.decompress(part, 1 << 20))
    return size <= LIMITS.unpacked_bytes


def _kept(found: Taken) -> Kept:
    header = found.header
    created = header.get("created") or ""
    simulated = any(_simulated(str(one.get("name") or "")) for one in header["sources"].values())
    with contextlib.suppress(ValueError, OverflowError, OSError):  # no date, or none that the system can tell
        datetime.datetime.fromisoformat(created).timestamp()
        trials = tuple(
            band.trial(ended, scored, found.placement, found.device, 1, ended.spec.feedback == "on")
            for ended, scored in found.trials
        )
        return Kept(created, header["epoch_ns"], header["host_ns"], found.corrected, simulated, trials, found.sets)
    return Kept("", None, None, False, simulated, (), ())


def _simulated(name: str) -> bool:
    """Whether a session is the simulated runner's: its sensor says so in its name."""
    return name.startswith("simulated ")
