"""A phone that is asked in the test's own thread, on the test's clock, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from phone.app import App, Clock, serve
from surefoot.devices import phyphox
from surefoot.samples import Array, ImuPacket, Input, Link, Notification
from surefoot.sources.http import address
from surefoot.sources.phyphox import TIMING, Phone, Timing


@dataclass
class Asking:
    """`inputs`: what the phone's source handed over; `said`: sentences on the way."""

    clock: Clock
    app: App
    phone: Phone
    inputs: list[Input]
    said: list[str]
    near: ExitStack  # the server of the app
    entry: dict[str, Any] = field(default_factory=dict)

    def open(self) -> None:
        self.entry = self.phone.open()

    def turns(self, seconds: float) -> None:
        """Ask, as often as it wants to."""
        end_s = self.clock.s + seconds
        while self.clock.s < end_s:
            self.clock.s += self.phone.turn()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Nobody answers; then the app is in front again."""
        (port,) = self.phone.where.ports
        self.near.close()
        yield
        self.near.enter_context(serve(self.app, port))

    @property
    def links(self) -> list[str]:
        return [item.state for item in self.inputs if isinstance(item, Link)]

    def streams(self) -> list[str]:
        """Names, in order; "+" and "-" for links."""
        return [
            item.stream if isinstance(item, Notification) else "+-"[item.state == "lost"]
            for item in self.inputs
            if isinstance(item, Notification | Link)
        ]

    def runs(self) -> list[list[ImuPacket]]:
        """Packets of each connection."""
        return runs(self.inputs, self.entry["settings"])

    def rows(self) -> Array:
        """(n, 4) stamp in s and acceleration of everything."""
        return np.concatenate([rows(run) for run in self.runs() if run])


def runs(inputs: list[Input], settings: Mapping[str, Any]) -> list[list[ImuPacket]]:
    """As the engine decodes them: a new decoder for each connection."""
    found: list[list[ImuPacket]] = []
    decoder = phyphox.decoder(settings)
    for item in inputs:
        if isinstance(item, Link) and item.state == "connected":
            found.append([])
            decoder = phyphox.decoder(settings)
        elif isinstance(item, Notification):
            packet = decoder.decode(item.payload, item.stream)
            if packet is not None:
                found[-1].append(packet)
    return found


def rows(packets: list[ImuPacket]) -> Array:
    stamps = [packet.device_ns / 1e9 for packet in packets if packet.device_ns is not None]
    return np.column_stack([np.concatenate(stamps), np.concatenate([packet.acc for packet in packets])])


@contextmanager
def asking(app: App | None = None, clock: Clock | None = None, timing: Timing = TIMING) -> Iterator[Asking]:
    """Served, but not asked yet."""
    clock = Clock() if clock is None else clock
    app = App(clock.now_s) if app is None else app
    inputs: list[Input] = []
    said: list[str] = []
    with ExitStack() as near:
        phone = Phone(
            address(near.enter_context(serve(app))),
            now_ns=clock.now_ns, wait=clock.wait, put=inputs.append, placement="waist", timing=timing, say=said.append,
        )  # fmt: skip
        try:
            yield Asking(clock, app, phone, inputs, said, near)
        finally:
            phone.close()
