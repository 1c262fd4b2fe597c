"""The guest's side of run.sh: the commands of surefoot on real bluetoothd, and what their recording holds."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import numpy as np

from surefoot.devices import codec
from surefoot.recording import read
from surefoot.samples import Link, Notification

FILE = Path("/run/walk.jsonl")
RECORD_S = 75
FRAME_NS = 180_000_000  # 36 samples at 200 Hz


def say(*words: object) -> None:
    print("GUEST", *words, flush=True)


def surefoot(*argv: str) -> str:
    """Its stdout; what it says on stderr is shown."""
    begun = time.monotonic()
    ran = subprocess.run([sys.executable, "-m", "surefoot", *argv], capture_output=True, text=True, check=False)
    for line in ran.stderr.splitlines():
        say("  ", line)
    say(f"surefoot {' '.join(argv)}: exit {ran.returncode} after {time.monotonic() - begun:.1f} s")
    assert ran.returncode == 0, ran.stdout
    return ran.stdout


def powered(seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        out = subprocess.run(["bluetoothctl", "power", "on"], capture_output=True, text=True, check=False).stdout
        if "succeeded" in out:
            return
        time.sleep(0.5)
    raise AssertionError(f"the adapter does not power on: {out}")


def main() -> None:
    said = subprocess.run(["/usr/libexec/bluetooth/bluetoothd", "-v"], capture_output=True, text=True, check=True)
    versions = {name: metadata.version(name) for name in ("bleak", "dbus-fast", "numpy")}
    say(f"kernel {platform.release()}, BlueZ {said.stdout.strip()}, Python {platform.python_version()}, {versions}")
    powered()
    (found,) = json.loads(surefoot("devices", "--seconds", "8", "--json"))
    say("found", found)
    assert found["codec"] == "polar"
    surefoot("record", "--device", "Polar H10", "--placement", "waist", "-o", str(FILE), "--seconds", str(RECORD_S))

    recording = read(FILE.with_suffix(".jsonl.gz"))
    inputs = list(recording.inputs())
    links = [(item.host_ns, item.state) for item in inputs if isinstance(item, Link)]
    first_ns = inputs[0].host_ns
    say("links", [(round((ns - first_ns) / 1e9, 1), state) for ns, state in links])
    assert [state for _, state in links] == ["connected", "lost", "connected", "lost", "connected"]
    source = recording.header["sources"]["s1"]
    epochs: list[list[int]] = []
    late: list[float] = []
    for item in inputs:
        if isinstance(item, Link) and item.state == "connected":
            epochs.append([])
            decoder = codec(source["codec"]).decoder(source["settings"])
        elif isinstance(item, Notification) and item.stream == "imu":
            packet = decoder.decode(item.payload)
            assert packet is not None
            assert packet.device_ns is not None
            stamp = int(packet.device_ns[-1])
            epochs[-1].append(stamp)
            late.append((item.host_ns - stamp) / 1e6)
    least = min(late)
    spread = np.array(late) - least
    for number, stamps in enumerate(epochs, 1):
        steps = np.diff(stamps)
        say(
            f"connection {number}: {len(stamps)} frames, repeated {int((steps == 0).sum())},"
            f" missing {int((np.rint(steps / FRAME_NS) - 1).clip(0).sum())}"
        )
        assert (steps > 0).all(), "a notification came twice"
    say(
        f"later than the quickest frame: p50 {np.percentile(spread, 50):.0f} ms, p99 {np.percentile(spread, 99):.0f} ms"
    )
    assert all(len(stamps) > 20 for stamps in epochs)
    (row,) = surefoot("score", str(FILE.with_suffix(".jsonl.gz"))).splitlines()[:1]
    assert re.search(r"quality \w+", row)
    say(row)
    say("all checks passed")


if __name__ == "__main__":
    main()
