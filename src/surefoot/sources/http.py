"""Plain HTTP to one address in the local network, by the standard library: a deadline and a size for every answer.

No redirect is followed, no proxy asked, no cookie kept. Whoever is in the same network can read along.
"""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, Final
from urllib.parse import urlsplit

from surefoot.errors import UsageError
from surefoot.foreign import printable
from surefoot.sources.connection import LinkError

PORTS: Final = (8080, 80)  # where phyphox answers: Android, iPhone (ExperimentWebServer.swift)
ANSWER_S: Final = 2.0  # from the request to the last byte; measured over loopback, an answer takes 2 ms
MAX_BYTES: Final = 1 << 20
"""Of an answer. Ten seconds at 500 Hz with a gyroscope have 0.6 MB. Whatever it holds, it fits into a line of a
recording (`lines.MAX_LINE`), where each byte may become six."""
WIRE_BYTES: Final = 2 * MAX_BYTES
"""Of an answer with its headers and the lengths of its pieces, which a peer may write as small as it likes."""
HOST_N: Final = 253  # characters of a name (RFC 1035)
COMPARE: Final = "compare the address with the one that phyphox shows"
ALLOW: Final = 'switch "Allow remote access" on in phyphox, and ' + COMPARE


@dataclass(frozen=True, slots=True)
class Address:
    """Whom to ask. `host`: a name, an IPv4 or an IPv6 address without brackets; `ports`: one, or those to try."""

    host: str
    ports: tuple[int, ...] = PORTS

    def __str__(self) -> str:
        """As a person may type it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}" + (f":{self.ports[0]}" if len(self.ports) == 1 else "")


def address(text: str) -> Address:
    """What a person typed or pasted. Raises UsageError."""
    text = text.strip()
    scheme, divider, rest = text.partition("://")
    if not divider:
        scheme, rest = "http", text
    if scheme.lower() == "https":
        raise UsageError("phyphox speaks plain http, not https: type the address as the app shows it, http://…")
    if scheme.lower() != "http":
        raise UsageError(f"an address of phyphox begins with http://, not {printable(scheme, 20)}://")
    if _is_ipv6(rest):
        return Address(rest)
    shown = printable(text, 60)
    try:
        parts = urlsplit(f"//{rest}")
        host, port = (parts.hostname or "").replace("%25", "%"), parts.port
    except ValueError:
        raise UsageError(f"{shown!r} is no address: type it as phyphox shows it, http://192.168.1.23:8080") from None
    if not (re.fullmatch(r"[A-Za-z0-9._-]+", host) or _is_ipv6(host)) or len(host) > HOST_N or port == 0:
        raise UsageError(f"{shown!r} is no address: type it as phyphox shows it, http://192.168.1.23:8080")
    if "@" in rest or parts.path.strip("/") or parts.query or parts.fragment:
        raise UsageError(f"an address of phyphox ends after its port: leave the rest of {shown!r} out")
    return Address(host, PORTS if port is None else (port,))


def _is_ipv6(text: str) -> bool:
    try:
        return bool(ipaddress.IPv6Address(text))
    except ValueError:
        return False


class Client:
    """Asks one address, one question after another, over one connection as long as it holds.

    Args:
        where: whom; once somebody has answered it has one port.
        now_ns: monotonic ns.
        answer_s: what an answer may take.
    """

    def __init__(self, where: Address, now_ns: Callable[[], int], answer_s: float = ANSWER_S) -> None:
        self.where = where
        self._now_ns, self._answer_s = now_ns, answer_s
        self._connection: HTTPConnection | None = None

    def get(self, target: str, answer_s: float | None = None) -> bytes:
        """The body of a good answer, within so many seconds.

        Raises LinkError: "absent" when nobody is there, "lost", or "service" when it is not the program that was meant.
        """
        end_ns = self._now_ns() + round((self._answer_s if answer_s is None else answer_s) * 1e9)
        try:
            if self._connection is not None:
                try:
                    return self._ask(self._connection, target, end_ns)
                except ConnectionError:  # the server closed it after its last answer; RemoteDisconnected is one, too
                    self.drop()
            return self._ask(self._connect(end_ns), target, end_ns)
        except (OSError, HTTPException, ValueError) as e:  # ValueError: a length that is none
            self.drop()
            raise self._meaning(e) from e
        except LinkError:
            self.drop()
            raise

    def drop(self) -> None:
        """Close the connection; the next question makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self, end_ns: int) -> HTTPConnection:
        for port in self.where.ports:
            try:
                made = socket.create_connection((self.where.host, port), self._left_s(end_ns))
            except ConnectionRefusedError:
                if port == self.where.ports[-1]:
                    raise
            else:
                break
        self.where = replace(self.where, ports=(port,))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = HTTPConnection(self.where.host.partition("%")[0], port)
        self._connection.sock = _Timely(made, self._left_s)
        return self._connection

    def _ask(self, connection: HTTPConnection, target: str, end_ns: int) -> bytes:
        assert isinstance(connection.sock, _Timely)
        connection.sock.end_ns, connection.sock.left_n = end_ns, WIRE_BYTES
        connection.request("GET", target)
        with connection.getresponse() as response:
            body = self._body(response)
        if response.will_close:
            self.drop()
        return body

    def _body(self, response: HTTPResponse) -> bytes:
        if 300 <= response.status < 400:
            raise LinkError(f"{self._name} sends us elsewhere, as phyphox never does: {COMPARE}", "service")
        if response.status != 200:
            raise LinkError(f"{self._name} refused to answer ({response.status}): {COMPARE}", "service")
        length = response.length
        body = b"" if length is not None and length > MAX_BYTES else response.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES or (length is not None and length > MAX_BYTES):
            raise LinkError(f"{self._name} sends more than {MAX_BYTES >> 20} MB in one answer: {COMPARE}", "service")
        if length is not None and len(body) < length:
            raise ConnectionResetError(errno.ECONNRESET, "an answer broke off")
        return body

    def _left_s(self, end_ns: int) -> float:
        left_s = (end_ns - self._now_ns()) / 1e9
        if left_s <= 0:
            raise TimeoutError
        return left_s

    @property
    def _name(self) -> str:
        return str(self.where).removeprefix("http://")

    def _meaning(self, error: Exception) -> LinkError:
        """One sentence with the remedy."""
        match error:
            case ConnectionRefusedError():
                return LinkError(f"nobody answers at {self._name}: {ALLOW}", "absent")
            case socket.gaierror() | UnicodeError():
                return LinkError(
                    f"nothing here is called {self.where.host}: type the numbers that phyphox shows", "absent"
                )
            case TimeoutError():
                return LinkError(
                    f"{self._name} does not answer: keep phyphox in front, and phone and computer in one Wi-Fi", "lost"
                )
            case ValueError() | HTTPException() if not isinstance(error, ConnectionError):  # RemoteDisconnected is both
                return LinkError(f"what answers at {self._name} is not phyphox: {COMPARE}", "service")
            case OSError(errno=errno.EHOSTUNREACH | errno.ENETUNREACH):
                return LinkError(f"{self._name} is out of reach: bring phone and computer into one Wi-Fi", "absent")
        words = printable(str(error), 80) or type(error).__name__
        return LinkError(f"the link to {self._name} broke ({words}): keep phyphox in front and the Wi-Fi on", "lost")


class _Timely(socket.socket):
    """A connected socket on which nothing outlasts `end_ns`, however slowly the bytes drip."""

    def __init__(self, made: socket.socket, left_s: Callable[[int], float]) -> None:
        super().__init__(made.family, made.type, made.proto, made.detach())
        self.end_ns = self.left_n = 0
        self._left_s = left_s

    def recv_into(self, *where: Any) -> int:
        """As of a socket."""
        self.settimeout(self._left_s(self.end_ns))
        got = super().recv_into(*where)
        self.left_n -= got
        if self.left_n < 0:
            raise ValueError("more than any answer has")
        return got

    def sendall(self, *what: Any) -> None:
        """As of a socket."""
        self.settimeout(self._left_s(self.end_ns))
        super().sendall(*what)
