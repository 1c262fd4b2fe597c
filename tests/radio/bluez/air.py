"""The computer's side of run.sh: a virtual controller for the guest's bluetoothd, and a strap in the same air.

    python air.py PORT SECONDS

The controller speaks HCI (H4) over TCP. The strap plays a simulated stand whenever it was told to stream. After
8 s of the first stream it hangs up by itself; 8 s into the second it is out of range for 12 s, longer than the link
survives. What it sent and what was written to it goes to stdout, one JSON object a line.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from bumble import hci
from bumble.transport import open_transport

from radio.air import Air, Controller
from radio.devices.polar import Polar
from radio.peripheral import Peripheral
from radio.sitting import chunks, motion
from surefoot.samples import ImuPacket

RATE_HZ = 200
CHUNK_N = 18
STREAM_S = 8.0
SHADOW_S = 12.0


def say(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


def samples() -> Iterator[ImuPacket]:
    """The same minute and a half again and again, on a clock that goes on."""
    whole = motion(RATE_HZ, 80)
    assert whole.device_ns is not None
    span_ns = int(whole.device_ns[-1] - whole.device_ns[0]) + 10**9 // RATE_HZ
    for k in count():
        for packet in chunks(whole, CHUNK_N):
            assert packet.device_ns is not None
            yield replace(packet, device_ns=packet.device_ns + k * span_ns)


async def streaming(strap: Peripheral, device: Polar) -> None:
    """Until it has been told to stream and has done so for a while."""
    while not device.streaming:
        await asyncio.sleep(0.05)
    say(event="streaming", connection=strap.connections_n)
    before = len(strap.sent)
    await asyncio.sleep(STREAM_S)
    say(event="streamed", frames=len(strap.sent) - before)


async def main() -> None:
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    air, device = Air(), Polar("h10")
    strap = Peripheral(air, device, "F0:00:00:00:00:01")
    strap.on_write = lambda uuid, payload: say(event="write", to=uuid[4:8], hex=payload.hex())
    await strap.power_on()
    async with await open_transport(f"tcp-server:127.0.0.1:{port}") as transport:
        # bluetoothd would use features that bumble's controller announces and does not have
        central = Controller("guest", air)
        central.set_packet_sink(transport.sink)
        transport.source.set_packet_sink(central)
        central.le_features &= ~(hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING)
        air.central = central
        say(event="up")
        playing = asyncio.ensure_future(strap.play(samples()))
        try:
            async with asyncio.timeout(seconds):
                await streaming(strap, device)
                say(event="hangs up")
                await strap.hang_up()
                await streaming(strap, device)
                say(event="out of range")
                air.darken(strap.address, SHADOW_S)
                await asyncio.sleep(SHADOW_S)
                await streaming(strap, device)
                await playing  # for ever; a fault in it must not go unseen
        except TimeoutError:
            playing.cancel()


if __name__ == "__main__":
    asyncio.run(main())
