"""The session file: JSON Lines, one line per input, readable up to where a crash tore it.

    {"surefoot-recording":1,"surefoot":"0.1.0","created":"…","sources":{"s1":{"codec":"polar",…}},"drill":{…}}
    {"t":81234000350000,"s":"s1","k":"imu","hex":"02ea54a2…"}           a packet of bytes, undecoded
    {"t":81234050350000,"s":"s1","k":"config","utf8":"{\\"title\\":…}"}   a packet of text
    {"t":81235000000000,"cue":"set","v":"leg=left"}                     no "v" where a cue has no value
    {"t":81236250000000,"tick":1}
    {"t":81236300000000,"s":"s1","link":"lost"}
    {"t":81299000000000,"end":"clean","lines":5}                        lines between the header and this one

`t` is the host's monotonic clock in ns and never goes backward. ASCII; each line is one write to the system,
so a killed process loses nothing that was written; the disk is synced once per second of `t`, so a power cut
loses about that much. After a clean close the file is `NAME.jsonl.gz`. Nothing here reads a clock.

Where a tear shows: a line is an object and ends with its own "}", so no proper beginning of a line is JSON. A
last line without its newline is therefore either whole (and is read) or no JSON (and is dropped); no cut can
change a number. A bad line that does have its newline was damaged, not torn, and is an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from surefoot import __version__
from surefoot.errors import RecordingError
from surefoot.foreign import placement_of, printable
from surefoot.samples import Cue, Input, Link, Notification, Tick

FORMAT: Final = 1  # a reader refuses higher ones
MAX_LINE: Final = 8 << 20  # bytes; a packet has some hundreds, a phone's answer some ten thousands
MAX_SOURCES: Final = 8
MAX_NAME: Final = 100  # characters of a sensor's name that are kept
MAGIC: Final = b'{"surefoot-recording":'
KINDS: Final = frozenset(("hex", "utf8", "cue", "tick", "link", "end"))  # what a line is, by its key


_ENCODE: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


_DECODE: Final = json.JSONDecoder(parse_constant=_no_number).decode


def to_line(body: Mapping[str, Any]) -> bytes:
    """An object as one line. Raises RecordingError when it is too long."""
    line = _ENCODE(body).encode("ascii") + b"\n"
    if len(line) > MAX_LINE:
        raise RecordingError(f"a line of a recording has at most {MAX_LINE >> 20} MiB: send smaller packets")
    return line


def input_line(item: Input, previous_ns: int) -> bytes:
    """An input as its line. Raises RecordingError when its time lies before `previous_ns`."""
    t_ns = item.host_ns
    if not previous_ns <= t_ns < 1 << 63:
        raise RecordingError(f"t goes from {previous_ns} to {t_ns} ns: stamp inputs with a monotonic clock")
    match item:
        case Notification(_, source, stream, payload):
            # Lone surrogates survive as escapes; two that make a pair come back as the character they mean.
            kind, content = ("utf8", payload) if isinstance(payload, str) else ("hex", payload.hex())
            return to_line({"t": t_ns, "s": source, "k": stream, kind: content})
        case Cue(_, kind, None):
            return to_line({"t": t_ns, "cue": kind})
        case Cue(_, kind, value):
            return to_line({"t": t_ns, "cue": kind, "v": value})
        case Link(_, source, state):
            return to_line({"t": t_ns, "s": source, "link": state})
    return to_line({"t": t_ns, "tick": 1})


def end_line(t_ns: int, count: int) -> bytes:
    """The last line of a recording that was closed."""
    return to_line({"t": t_ns, "end": "clean", "lines": count})


def from_line(line: bytes) -> dict[str, Any]:
    """The object of a line. Raises ValueError saying what is wrong with it."""
    try:
        body = _DECODE(line.decode())
    except (ValueError, RecursionError):
        raise ValueError("not a JSON object") from None
    if not isinstance(body, dict):
        raise ValueError("not a JSON object")
    return body


def to_input(body: dict[str, Any], kind: str) -> Input:
    """The input of a line of that kind. Raises ValueError saying what is wrong with it.

    Words (sources, cues, states) pass as they are: the engine judges them, live and replayed alike.
    """
    t_ns = body["t"]
    match kind:
        case "hex":
            text = _word(body, "hex")
            payload = bytes.fromhex(text)  # skips white space, which no recorder writes
            if 2 * len(payload) != len(text):
                raise ValueError("white space between hex digits")
            return Notification(t_ns, _word(body, "s"), _word(body, "k"), payload)
        case "utf8":
            return Notification(t_ns, _word(body, "s"), _word(body, "k"), _word(body, "utf8"))
        case "cue":
            return Cue(t_ns, _word(body, "cue"), None if body.get("v") is None else _word(body, "v"))
        case "link":
            return Link(t_ns, _word(body, "s"), _word(body, "link"))
    if body["tick"] != 1:
        raise ValueError('"tick" is not 1')
    return Tick(t_ns)


def _word(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str):
        raise ValueError(f'"{key}" is not a text')
    return value


def ns(body: dict[str, Any], key: str) -> int:
    """A time of the host. Raises ValueError."""
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise ValueError(f'"{key}" is not a number of nanoseconds')
    return value


def _or_none(body: dict[str, Any], key: str, kind: type) -> Any:
    value = body.get(key)
    if value is not None and not isinstance(value, kind):
        raise ValueError(f'"{key}" has the wrong type')
    return value


def header_line(header: Mapping[str, Any], path: Path) -> bytes:
    """The first line of a new file; a header that was read from another file gets our version."""
    version = {"surefoot-recording": FORMAT, "surefoot": __version__}
    try:
        line = to_line(version | {key: value for key, value in header.items() if key not in version})
    except (TypeError, ValueError, RecursionError) as e:
        raise RecordingError(f"the header of {path} cannot be written as JSON: {e}") from None
    checked_header(from_line(line), path)  # what we would not read we do not write
    return line


def checked_header(header: dict[str, Any], path: Path) -> dict[str, Any]:
    """The header with placements from the closed vocabulary and every optional key present."""
    version = header.get("surefoot-recording")
    if type(version) is int and version > FORMAT:
        raise RecordingError(f"{path} was made by a newer surefoot (format {version}): update surefoot")
    try:
        if type(version) is not int or version != FORMAT:
            raise ValueError(f"recording format {version!r}")
        return header | {
            "sources": _sources(header.get("sources")),
            "drill": _or_none(header, "drill", dict),
            "created": _or_none(header, "created", str),
            "epoch_ns": None if header.get("epoch_ns") is None else ns(header, "epoch_ns"),
            "host_ns": None if header.get("host_ns") is None else ns(header, "host_ns"),
        }
    except ValueError as e:
        raise RecordingError(f"{path} has a damaged header ({e}): use another copy of it", 1) from None


def _sources(raw: object) -> dict[str, dict[str, Any]]:
    if not isinstance(raw, dict) or len(raw) > MAX_SOURCES:
        raise ValueError(f'"sources" is not an object of at most {MAX_SOURCES} sensors')
    if not all(isinstance(source, dict) for source in raw.values()):
        raise ValueError("a source is not an object")
    return {
        key: source
        | {
            "codec": _word(source, "codec"),
            "name": printable(_or_none(source, "name", str) or "", MAX_NAME) or None,
            "firmware": printable(_or_none(source, "firmware", str) or "", MAX_NAME) or None,
            "placement": placement_of(_or_none(source, "placement", str) or ""),
            "axes": source.get("axes"),
            "settings": _or_none(source, "settings", dict) or {},
        }
        for key, source in raw.items()
    }
