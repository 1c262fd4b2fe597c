"""phyphox on a simulated phone: its remote access over real HTTP on the loopback interface, on a clock of the test's.

What the app does is told in firmware-notes/phyphox.md. Android writes 8 digits and keeps connections; after its data
were cleared, its next answer is full, whoever asks. The iPhone here is one of the older ones: full digits, a connection
for each question, and nothing tells that its data were cleared.

    with serve(App(clock.now_s)) as url:
        …
"""

from __future__ import annotations

import json
import math
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from surefoot.samples import G0_MS2, ImuPacket
from surefoot.sources.http import Address

Row = tuple[float, ...]
"""A stamp in s and three values."""


@dataclass
class Clock:
    """The time of the test: nobody sleeps."""

    s: float = 1000.0

    def now_s(self) -> float:
        return self.s

    def now_ns(self) -> int:
        return round(self.s * 1e9)

    def wait(self, seconds: float) -> bool:
        """Never told to end."""
        self.s += seconds
        return False


@dataclass(frozen=True)
class Input:
    """A sensor of an experiment and its buffers: x, y, z, t."""

    source: str
    buffers: tuple[str, str, str, str]


@dataclass(frozen=True)
class Experiment:
    """What is open. `size`: samples that a buffer keeps, 0 = all."""

    title: str = "Acceleration with g"
    inputs: tuple[Input, ...] = (Input("accelerometer", ("accX", "accY", "accZ", "acc_time")),)
    size: int = 0
    local: str = ""


STOCK = Experiment()
LINEAR = Experiment("Acceleration (without g)", (Input("linear_acceleration", ("accX", "accY", "accZ", "acc_time")),))
GYROSCOPE = Experiment("Gyroscope", (Input("gyroscope", ("gyrX", "gyrY", "gyrZ", "gyr_time")),))
BOTH = Experiment(
    "surefoot",
    (Input("accelerometer", ("a x", "a&y", "a+z", "a=t")), Input("gyroscope", ("wx", "wy", "wz", "wt"))),
    size=4000,
)
"""With names that a request must quote."""


def standing(k: int, rate_hz: float) -> tuple[Row, Row]:
    """Acceleration and angular rate of somebody who stands calmly, the phone upright."""
    t = k / rate_hz
    return (0.1 * math.sin(4.4 * t), G0_MS2, 0.05 * math.sin(2.9 * t)), (0.02 * math.cos(4.4 * t), 0.0, 0.01)


def moving(motion: ImuPacket) -> Callable[[int, float], tuple[Row, Row]]:
    """What a sensor measured, sample by sample; the last one for ever."""
    gyr = motion.gyr

    def at(k: int, rate_hz: float) -> tuple[Row, Row]:
        k = min(k, len(motion.acc) - 1)
        return tuple(motion.acc[k].tolist()), (0.0, 0.0, 0.0) if gyr is None else tuple(gyr[k].tolist())

    return at


def eight_digits(v: float) -> str:
    """As Java's pattern 0.#######E0."""
    if not math.isfinite(v):
        return "null"
    mantissa, exponent = f"{v:.7e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}E{int(exponent)}"


def all_digits(v: float) -> str:
    return repr(v) if math.isfinite(v) else "null"


@dataclass
class App:
    """The app and its phone. Everything public may be changed between two questions."""

    now_s: Callable[[], float]
    rate_hz: float = 100.0
    ios: bool = False
    first_s: float = 0.0  # the stamp with which a run begins
    open: Experiment = STOCK
    session: str = "5f2a11"
    motion: Callable[[int, float], tuple[Row, Row]] = standing
    range_ms2: float | None = 156.9
    willing: bool = True  # it starts when it is told to
    holes: frozenset[int] = frozenset()  # samples whose x is not a number
    late_n: int = 0  # how many values the column of x is behind, as without a lock
    broken: bool = False  # the sensor is silent though it measures
    slow_clear_s: float = 0.0  # how long after the answer the data go
    instead: Callable[[BaseHTTPRequestHandler, str], bool] | None = None  # what to do instead; true when it did
    measuring: bool = False
    asked: list[str] = field(default_factory=list)  # targets, in order
    made: list[Row] = field(default_factory=list)  # all acceleration that was ever measured: stamp, x, y, z
    marks: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.full_next = False
        self.clears_s: float | None = None
        self.begun_s = self.before_s = 0.0
        self.k = 0  # of the motion: it goes on whatever the app does
        self._empty()

    # ------------------------------------------------------------------ what a person does on the phone

    def play(self) -> bool:
        with self.lock:
            self._flow()
            if self.willing and not self.measuring:
                self.measuring, self.begun_s, self.run_n = True, self.now_s(), 0
                self.marks.append(
                    {"event": "START", "experimentTime": self.before_s, "systemTime": 1.7e9 + self.now_s()}
                )
            return self.willing

    def pause(self) -> None:
        with self.lock:
            self._flow()
            if self.measuring:
                self.measuring = False
                self.before_s += self.now_s() - self.begun_s
                self.marks.append(
                    {"event": "PAUSE", "experimentTime": self.before_s, "systemTime": 1.7e9 + self.now_s()}
                )

    def clear(self) -> None:
        with self.lock:
            self.pause()
            if self.slow_clear_s and self.clears_s is None:
                self.clears_s = self.now_s() + self.slow_clear_s
                return
            self._empty()

    def change(self, experiment: Experiment, session: str) -> None:
        """Open another experiment: it waits for the triangle."""
        with self.lock:
            self.pause()
            self.open, self.session = experiment, session
            self._empty()

    def _empty(self) -> None:
        self.buffers: dict[str, deque[float]] = {
            name: deque(maxlen=self.open.size or None) for one in self.open.inputs for name in one.buffers
        }
        self.before_s, self.full_next, self.clears_s = 0.0, not self.ios, None
        self.marks.clear()
        if self.measuring:
            self.begun_s, self.run_n = self.now_s(), 0

    # ------------------------------------------------------------------ the sensors

    def _flow(self) -> None:
        """All samples that are due by now."""
        if self.clears_s is not None and self.now_s() >= self.clears_s:
            self._empty()
        while self.measuring and self.run_n / self.rate_hz <= self.now_s() - self.begun_s:
            t = self.first_s + self.before_s + self.run_n / self.rate_hz + 1e-6
            acc, gyr = self.motion(self.k, self.rate_hz)
            acc = (math.nan, *acc[1:]) if self.k in self.holes else acc
            self.run_n, self.k = self.run_n + 1, self.k + 1
            if self.broken:
                continue
            for one in self.open.inputs:
                values = gyr if one.source == "gyroscope" else acc
                for name, value in zip(one.buffers, (*values, t), strict=True):
                    self.buffers[name].append(value)
            self.made.append((t, *acc))

    # ------------------------------------------------------------------ what the server answers

    def answer(self, target: str) -> tuple[int, str]:
        """Status and body."""
        with self.lock:
            self._flow()
            url = urlsplit(target)
            query = parse_qsl(url.query, keep_blank_values=True)
            match url.path:
                case "/config":
                    return 200, json.dumps(self._config())
                case "/control":
                    return 200, json.dumps({"result": self._control(dict(query).get("cmd", ""))})
                case "/get":
                    return self._get(query)
                case "/time":
                    return 200, json.dumps(self.marks)
                case "/meta":
                    return 200, json.dumps(self._meta())
            return 404, "<html>not found</html>"

    def _config(self) -> dict[str, Any]:
        inputs = [
            {"source": one.source, "outputs": [{axis: name} for axis, name in zip("xyzt", one.buffers, strict=True)]}
            for one in self.open.inputs
        ]
        names = [{"name": name, "size": self.open.size} for name in self.buffers]
        title, local = self.open.title, self.open.local or self.open.title
        return {"crc32": "0", "title": title, "localTitle": local, "buffers": names, "inputs": inputs, "export": []}

    def _meta(self) -> dict[str, Any]:
        if self.ios:
            return {"deviceModel": "iPhone14,5", "deviceManufacturer": "Apple"}
        about = {"Name": "simulated", "Vendor": "nobody", "Range": f"{self.range_ms2}", "MinDelay": "2404"}
        return {"deviceModel": "simulated phone", "sensors": {"accelerometer": about}}

    def _control(self, command: str) -> bool:
        if command == "start":
            return self.play()
        act = {"stop": self.pause, "clear": self.clear}.get(command)
        if act is not None:
            act()
        return act is not None

    def _get(self, query: list[tuple[str, str]]) -> tuple[int, str]:
        if self.ios and not query:
            return 400, ""
        digits = all_digits if self.ios else eight_digits
        parts, known = [], False
        for name, wanted in query:
            if name not in self.buffers:
                continue  # without a word
            known = True
            mode, values = self._values(name, wanted)
            if self.late_n and name == self.open.inputs[0].buffers[0]:
                values = values[: -self.late_n]
            size = self.open.size
            parts.append(
                f'"{name}":{{"size":{size},"updateMode":"{mode}", "buffer":[{",".join(map(digits, values))}]}}'
            )
        self.full_next &= not known
        status = {"session": self.session, "measuring": self.measuring, "timedRun": False, "countDown": 0}
        return 200, '{"buffer":{\n' + ",\n".join(parts) + '\n},\n"status":' + json.dumps(status) + "}\n"

    def _values(self, name: str, wanted: str) -> tuple[str, list[float]]:
        held = list(self.buffers[name])
        if wanted == "":
            return "single", held[-1:] or [math.nan]
        if wanted == "full" or self.full_next:
            return "full", held
        text, _, reference = wanted.partition("|")
        threshold = float(text)
        if threshold < 0:
            return ("partial", []) if self.ios else ("single", held[-1:] or [math.nan])
        if threshold > 0:  # one unit of the 8th digit, so that the last sample does not come again
            threshold += 10.0 ** math.floor(math.log10(threshold / 1e7))
        against = self.buffers[reference or name]
        return "partial", [v for v, r in zip(held, against, strict=False) if r > threshold]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may hang up at any moment."""


class _Server6(_Server):
    address_family = socket.AF_INET6


@contextmanager
def serve(app: App, port: int = 0, host: str = "127.0.0.1") -> Iterator[str]:
    """The address of the app, as it shows it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0" if app.ios else "HTTP/1.1"
        wbufsize = 1 << 16  # an answer in one piece
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            app.asked.append(self.path)
            if app.instead is not None and app.instead(self, self.path):
                return
            status, body = app.answer(self.path)
            content = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            pass

    kind = _Server6 if ":" in host else _Server
    server = kind((host, port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield str(Address(host, (server.server_address[1],)))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
