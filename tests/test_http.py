"""Plain HTTP: addresses as people type them, and peers that are anything but a phone, over real sockets."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phone.app import App, Clock, serve
from surefoot.errors import UsageError
from surefoot.lines import MAX_LINE, input_line
from surefoot.samples import Notification
from surefoot.sources.connection import LinkError
from surefoot.sources.http import MAX_BYTES, PORTS, Address, Client, address
from surefoot.sources.phyphox_app import payload

# ------------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    ("text", "host", "ports"),
    [
        ("http://192.168.1.23:8080", "192.168.1.23", (8080,)),
        (" http://192.168.1.23:8081/ ", "192.168.1.23", (8081,)),
        ("192.168.1.23:80", "192.168.1.23", (80,)),
        ("http://192.168.1.23", "192.168.1.23", PORTS),
        ("192.168.1.23", "192.168.1.23", PORTS),
        ("HTTP://My-Phone.local:8080", "my-phone.local", (8080,)),
        ("http://[fe80::1%25wlan0]:8080", "fe80::1%wlan0", (8080,)),
        ("[fd00::17]", "fd00::17", PORTS),
        ("fd00::17", "fd00::17", PORTS),
        ("fe80::1%wlan0", "fe80::1%wlan0", PORTS),
    ],
)
def test_an_address_is_understood(text: str, host: str, ports: tuple[int, ...]) -> None:
    found = address(text)
    assert (found.host, found.ports) == (host, ports)
    assert address(str(found)) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://192.168.1.23:8080", "plain http, not https"),
        ("HTTPS://192.168.1.23", "plain http, not https"),
        ("phyphox://192.168.1.23:8080/x", "begins with http://"),
        ("file:///etc/passwd", "begins with http://"),
        ("http://", "is no address"),
        ("", "is no address"),
        ("http://192.168.1.23:99999", "is no address"),
        ("http://192.168.1.23:0", "is no address"),
        ("http://192.168.1.23:port", "is no address"),
        ("http://a b:8080", "is no address"),
        ("http://phone\x1b[2J:8080", "is no address"),
        ("http://[::1", "is no address"),
        ("http://user:secret@192.168.1.23:8080", "ends after its port"),
        ("http://192.168.1.23:8080/get?acc=full", "ends after its port"),
        ("http://" + "a" * 300, "is no address"),
    ],
)
def test_another_one_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as e:
        address(text)
    assert "\x1b" not in str(e.value)


@given(text=st.text(max_size=60) | st.from_regex(r"(http://)?[\[\]a-f0-9.:%@/?#-]{0,30}", fullmatch=True))
def test_any_text_is_an_address_or_not(text: str) -> None:
    try:
        found = address(text)
    except UsageError as e:
        assert str(e)
    else:
        assert address(str(found)) == found


# ------------------------------------------------------------------ answers

Instead = Callable[[BaseHTTPRequestHandler, str], bool]


@contextmanager
def served(instead: Instead | None = None, **options: Any) -> Iterator[tuple[Client, App, Clock]]:
    clock = Clock()
    app = App(clock.now_s, instead=instead, **options)
    with serve(app) as url:
        client = Client(address(url), clock.now_ns)
        yield client, app, clock
        client.drop()


def says(status: int, content: bytes = b"", **headers: str) -> Instead:
    def instead(handler: BaseHTTPRequestHandler, target: str) -> bool:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = True
        return True

    return instead


@pytest.mark.parametrize("ios", [False, True])
def test_questions_follow_one_another(ios: bool) -> None:
    with served(ios=ios) as (client, app, _):
        for _k in range(5):
            assert b"inputs" in client.get("/config")
        assert app.asked == ["/config"] * 5


@pytest.mark.parametrize("length", [True, False], ids=["it says so", "it goes on and on"])
def test_an_answer_that_is_too_large_is_not_read(length: bool) -> None:
    sent = []

    def instead(handler: BaseHTTPRequestHandler, target: str) -> bool:
        handler.send_response(200)
        if length:
            handler.send_header("Content-Length", str(10**15))
        handler.end_headers()
        handler.close_connection = True
        try:
            for _k in range(100):
                handler.wfile.write(b"[" * (1 << 20))
                handler.wfile.flush()
                sent.append(1)
        except OSError:
            pass
        return True

    with served(instead) as (client, _, _), pytest.raises(LinkError, match="more than 1 MB") as e:
        client.get("/get")
    assert e.value.fault == "service"
    assert len(sent) < 100


def test_an_answer_of_the_largest_size_fits_into_a_recording() -> None:
    for worst in (b"\x00", b"\xff", "é".encode(), b'"'):
        content = worst * (MAX_BYTES // len(worst))
        assert len(input_line(Notification(1, "s1", "imu", payload(content)), 0)) <= MAX_LINE


@pytest.mark.parametrize(
    ("instead", "fault", "words"),
    [
        (says(302, Location="http://example.org/"), "service", "sends us elsewhere"),
        (says(307, Location="/get"), "service", "sends us elsewhere"),
        (says(404, b"no"), "service", "refused to answer (404)"),
        (says(500), "service", "refused to answer (500)"),
        (says(200, b"[1, 2", Content_Length="900"), "lost", "broke"),
        (says(200, b"zz\r\n", Transfer_Encoding="chunked"), "service", "is not phyphox"),
        (says(200, b"-5\r\nhello\r\n", Transfer_Encoding="chunked"), "service", "is not phyphox"),
        (says(200, b"-1\r\n" + b"x" * (5 << 20), Transfer_Encoding="chunked"), "service", "is not phyphox"),
    ],
)
def test_a_wrong_answer_is_a_sentence_with_a_remedy(instead: Instead, fault: str, words: str) -> None:
    with served(instead) as (client, app, _):
        with pytest.raises(LinkError) as e:
            client.get("/get")
        assert e.value.fault == fault
        assert words in str(e.value)
        assert ": " in str(e.value)
        assert len(app.asked) == 1  # nothing is followed
        app.instead = None
        assert b"inputs" in client.get("/config")  # and the next question has a connection of its own


def raw(text: bytes) -> Instead:
    def instead(handler: BaseHTTPRequestHandler, target: str) -> bool:
        handler.wfile.write(text)
        handler.close_connection = True
        return True

    return instead


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x16\x03\x01\x02\x00",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a" * 70_000,
    ],
)
def test_another_program_is_no_phone(text: bytes) -> None:
    with served(raw(text)) as (client, _, _), pytest.raises(LinkError):
        client.get("/get")


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n"])
def test_an_answer_that_drips_ends_at_its_time(head: bytes) -> None:
    clock: list[Clock] = []

    def instead(handler: BaseHTTPRequestHandler, target: str) -> bool:
        handler.wfile.write(head)
        try:
            for _k in range(50):
                clock[0].s += 0.5
                handler.wfile.write(b"a")
                handler.wfile.flush()
        except OSError:
            pass
        handler.close_connection = True
        return True

    with served(instead) as (client, _, its):
        clock.append(its)
        with pytest.raises(LinkError, match="does not answer") as e:
            client.get("/get")
    assert e.value.fault == "lost"


def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    clock = Clock()
    with pytest.raises(LinkError, match="Allow remote access") as e:
        Client(Address("127.0.0.1", (port,)), clock.now_ns).get("/config")
    assert e.value.fault == "absent"


def test_a_name_that_nobody_has_is_told() -> None:
    with pytest.raises(LinkError, match="nothing here is called"):
        Client(Address("phone.invalid"), Clock().now_ns).get("/config")  # a name that never exists (RFC 6761)


def test_without_a_port_both_usual_ones_are_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    with served() as (client, _, clock):
        (port,) = client.where.ports
        other = Client(Address("127.0.0.1", (closed, port)), clock.now_ns)
        assert b"inputs" in other.get("/config")
        assert other.where.ports == (port,)
        other.drop()


def test_an_ipv6_address_is_asked() -> None:
    clock = Clock()
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this computer has no IPv6")
    with serve(App(clock.now_s), host="::1") as url:
        client = Client(address(url), clock.now_ns)
        assert b"inputs" in client.get("/config")
        client.drop()


def test_the_systems_proxy_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with served() as (client, _, _):
        assert b"inputs" in client.get("/config")
