"""Bluetooth without a radio: what errors mean, which sensor a name means, how long is waited."""

from __future__ import annotations

import asyncio
import errno
import sys

import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)
from hypothesis import given
from hypothesis import strategies as st

from surefoot.errors import DeviceError
from surefoot.sources.ble import _Advertisements, _fitting
from surefoot.sources.connection import FAULTS, Found, LinkError, in_peace
from surefoot.sources.faults import UNAVAILABLE, explained, meaning
from surefoot.sources.link import TIMING
from surefoot.sources.radio import trouble

H10 = Found("Polar H10 12345678", "F0:00:00:00:00:01", "Polar H10", "polar")
OTHER = Found("Polar H10 9ABCDEF0", "F0:00:00:00:00:02", "Polar H10", "polar")
TWIN = Found("Polar H10 12345678", "F0:00:00:00:00:03", "Polar H10", "polar")
PHONE = Found("Polarlicht", "F0:00:00:00:00:09")
SECRET_SERVICE = "0000180d-0000-1000-8000-00805f9b34fb"


def dbus(name: str, *details: str) -> BleakDBusError:
    return BleakDBusError(name, list(details))


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("error", "fault", "words"),
    [
        (
            dbus("org.freedesktop.DBus.Error.ServiceUnknown", "The name org.bluez was not provided"),
            "adapter",
            "systemctl",
        ),
        (dbus("org.freedesktop.DBus.Error.AccessDenied", "Rejected send message"), "adapter", "group"),
        (dbus("org.bluez.Error.NotReady", "Resource Not Ready"), "adapter", "switched off"),
        (dbus("org.bluez.Error.Failed", "Blocked through rfkill"), "adapter", "switched off"),
        (dbus("org.bluez.Error.Failed", "br-connection-key-missing"), "final", "no longer knows its pairing"),
        (dbus("org.bluez.Error.AuthenticationRejected", "Authentication Rejected"), "final", "could not be paired"),
        (dbus("org.bluez.Error.AuthenticationFailed"), "final", "could not be paired"),
        (dbus("org.bluez.Error.NotPermitted", "Not paired"), "auth", "wants to be paired"),
        (dbus("org.bluez.Error.InProgress", "Operation already in progress"), "lost", "busy"),
        (dbus("org.bluez.Error.Failed", "le-connection-abort-by-local"), "lost", "Wi-Fi"),
        (dbus("org.bluez.Error.Failed", "something new"), "lost", "something new"),
        (BleakGATTProtocolError(0x05), "auth", "wants to be paired"),
        (BleakGATTProtocolError(0x0F), "auth", "wants to be paired"),
        (BleakCharacteristicNotFoundError(SECRET_SERVICE), "service", "remove it"),
        (BleakDeviceNotFoundError("F0", "was not found"), "lost", "H10"),
        (TimeoutError(), "lost", "did not answer in time"),
        (BleakError("pairing failed: refused"), "final", "could not be paired"),
        (BleakError("Could not get GATT services: Access Denied"), "lost", "another program uses"),
        (BleakError("Not connected"), "lost", "come closer"),
        (EOFError(), "lost", "EOFError"),
        (AssertionError(), "lost", "unexpected"),
    ],
)
def test_an_error_of_bleak_is_a_sentence_with_a_remedy(error: Exception, fault: str, words: str) -> None:
    meant = meaning(error, "Polar H10")
    assert isinstance(meant, LinkError)
    assert meant.fault == fault
    assert words in str(meant)
    assert ": " in str(meant), "fault: remedy"
    assert "{" not in str(meant)


@pytest.mark.parametrize("reason", BleakBluetoothNotAvailableReason)
def test_every_reason_why_bluetooth_is_not_there_has_its_own_words(reason: BleakBluetoothNotAvailableReason) -> None:
    meant = meaning(BleakBluetoothNotAvailableError("internal words", reason), "Polar H10")
    assert isinstance(meant, LinkError)
    assert meant.fault == "adapter"
    assert str(meant) == UNAVAILABLE[reason]


def test_a_command_that_is_refused_is_the_sensors_fault() -> None:
    meant = meaning(BleakGATTProtocolError(0x80), "Polar H10")
    assert type(meant) is DeviceError
    assert "0x80" in str(meant)


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is Linux's")
def test_without_a_d_bus_nothing_is_near() -> None:
    meant = meaning(FileNotFoundError(errno.ENOENT, "No such file or directory"), "Bluetooth")
    assert isinstance(meant, LinkError)
    assert meant.fault == "adapter"
    wrong, _, remedy = str(meant).partition(": ")
    assert wrong == "no Bluetooth was found on this computer"
    assert "BlueZ" in remedy
    assert remedy.endswith("(no system D-Bus runs here)")  # the words that a runner need not know come last


def test_the_systems_words_do_not_steer_the_terminal() -> None:
    assert "\x1b" not in str(meaning(BleakError("\x1b[2J" + "x" * 1000), "Polar H10"))
    assert len(str(meaning(BleakError("x" * 10_000), "Polar H10"))) < 300


def test_our_own_errors_and_cancelling_pass_as_they_are() -> None:
    with pytest.raises(DeviceError, match="mine"), explained("x"):
        raise DeviceError("mine")
    with pytest.raises(asyncio.CancelledError), explained("x"):
        raise asyncio.CancelledError


# ------------------------------------------------------------------ which sensor is meant


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("f0:00:00:00:00:02", [OTHER]),
        ("polar h10 9abcdef0", [OTHER]),
        ("Polar H10 9", [OTHER]),
        ("Polar H10 12345678", [H10, TWIN]),
        ("polar", [H10, OTHER, TWIN]),
        ("Polarlicht", [PHONE]),
        ("Garmin", []),
    ],
)
def test_a_sensor_is_meant_by_address_or_name_or_the_beginning_of_its_name(wanted: str, meant: list[Found]) -> None:
    assert _fitting([H10, OTHER, TWIN, PHONE], wanted, None) == meant


def test_a_sensor_comes_back_by_its_address_even_without_a_name() -> None:
    nameless = Found("(no name)", H10.address)
    assert _fitting([OTHER, nameless], "Polar", H10) == [nameless]


def test_a_sensor_that_changed_its_address_comes_back_by_its_name_unless_chosen_by_address() -> None:
    assert _fitting([OTHER, TWIN], "polar h10 1", H10) == [TWIN]
    assert _fitting([OTHER, TWIN], H10.address, H10) == []


def heard(air: _Advertisements, address: str, name: str | None, rssi: int = -60, charge: bytes | None = None) -> None:
    battery = {} if charge is None else {"0000180f-0000-1000-8000-00805f9b34fb": charge}
    said = AdvertisementData(name, {0x006B: b""}, battery, [SECRET_SERVICE], None, rssi, ())
    air.hear(BLEDevice(address, name, None), said)


def test_advertisements_add_up_and_names_are_made_safe() -> None:
    air = _Advertisements()
    heard(air, "A", None)
    heard(air, "A", "Polar H10 1\x1b[31m2345678", -70, b"\x5a")
    heard(air, "A", None, -50)
    (one,) = air.found()
    assert "\x1b" not in one.name
    assert (one.codec, one.kind, one.rssi) == ("polar", "Polar H10", -50)
    assert one.settings["rate_hz"] == 200


@pytest.mark.parametrize(
    ("charge", "pct"), [(b"\x5a", 90), (b"\x00", 0), (b"\x65", None), (b"\x5a\x5a", None), (b"", None)]
)
def test_a_charge_is_taken_from_the_advertisement_where_it_is_one(charge: bytes, pct: int | None) -> None:
    air = _Advertisements()
    heard(air, "A", "Polar H10 12345678", charge=charge)
    assert air.found()[0].battery_pct == pct


@given(name=st.text(max_size=80) | st.none(), company=st.integers(0, 0xFFFF), service=st.text(max_size=40))
def test_any_advertisement_is_listed_and_breaks_nothing(name: str | None, company: int, service: str) -> None:
    air = _Advertisements()
    air.hear(BLEDevice("A", name, None), AdvertisementData(name, {company: b"x"}, {}, [service], None, -127, ()))
    (one,) = air.found()
    assert one.name.isprintable()
    assert 1 <= len(one.name) <= 60
    _fitting(air.found(), "Polar", None)


# ------------------------------------------------------------------ how long


def test_backoff_grows_and_stays() -> None:
    middle = [TIMING.delay_s(tries, 0.5) for tries in range(8)]
    assert middle == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]
    assert TIMING.delay_s(2, 0.0) == pytest.approx(1.6)
    assert TIMING.delay_s(2, 1.0) == pytest.approx(2.4)


@pytest.mark.parametrize(("packet_s", "silence_s"), [(0.18, 3.0), (0.077, 3.0), (0.72, 7.2), (2.1, 21.0)])
def test_the_watchdog_waits_for_ten_packets_and_three_seconds_at_least(packet_s: float, silence_s: float) -> None:
    assert TIMING.silence_s(packet_s) == pytest.approx(silence_s)


def test_the_radio_gives_up_no_sooner_than_the_engine_says_lost() -> None:
    from surefoot.sensor import LOST_PACKETS, LOST_S

    assert (TIMING.lost_packets, TIMING.lost_s) == (LOST_PACKETS, LOST_S)


def test_leaving_takes_five_seconds_at_most() -> None:
    assert TIMING.stops_s + TIMING.disconnect_s == 5.0


# ------------------------------------------------------------------ leaving in peace


def test_what_must_be_finished_is_finished_though_cancelled_again_and_again() -> None:
    from radio.loop import run

    done: list[str] = []

    async def work() -> None:
        await asyncio.sleep(2.0)
        done.append("stopped")

    async def main() -> float:
        loop = asyncio.get_running_loop()
        task = loop.create_task(in_peace(work(), 5.0))
        for _ in range(3):
            await asyncio.sleep(0.5)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return loop.time()

    assert run(main()) == pytest.approx(1002.0)
    assert done == ["stopped"]


def test_what_never_ends_is_left_when_its_time_is_up() -> None:
    from radio.loop import run

    async def main() -> float:
        await in_peace(asyncio.Event().wait(), 5.0)  # type: ignore[arg-type]
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(1005.0)


def test_a_bug_while_leaving_is_not_kept_quiet() -> None:
    from radio.loop import run

    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(in_peace(work(), 5.0))


def test_the_faults_are_a_closed_list() -> None:
    with pytest.raises(AssertionError):
        LinkError("x", "weather")
    assert "final" in FAULTS


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is Linux's")
def test_the_doctors_look_ends_and_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/at/all")
    said = trouble()
    assert said is not None
    assert "D-Bus" in said
