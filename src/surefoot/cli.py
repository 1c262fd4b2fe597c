"""The command line. Each command imports what it needs when it runs, so that `--help` is quick."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence

from surefoot import __version__
from surefoot.errors import SurefootError, UsageError
from surefoot.terminal import on_a_terminal

PLACEMENTS = ("waist", "chest", "pocket", "shank", "foot", "hand", "wrist", "unknown")
LEGS, EYES = ("left", "right", "both"), ("open", "closed")
SURFACES, SUPPORTS = ("firm", "mat", "unstable"), ("none", "fingertip", "chair")


def run(argv: Sequence[str]) -> int:
    """Run one command; the exit code: 0 done, 1 the work failed, 2 wrong usage, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show m² is no reason to fail
    parser = build()
    args = parser.parse_args(argv)
    if args.command is None:
        if not on_a_terminal():
            parser.print_help()
            return 0
        args.do = dashboard
    try:
        code: int = args.do(args)
        sys.stdout.flush()
        return code
    except UsageError as e:
        return _failed(args, e, 2)
    except SurefootError as e:
        return _failed(args, e, 1)
    except BrokenPipeError:  # head and the like have read enough
        _drop_output()
        return 0
    except OSError as e:
        _drop_output()
        return _failed(
            args, SurefootError(f"output cannot be written ({e.strerror}): free some space or write elsewhere"), 1
        )
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def _drop_output() -> None:
    """What is still in the buffer goes nowhere, else Python complains at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(args: argparse.Namespace, error: Exception, code: int) -> int:
    if args.debug:
        raise error
    print(f"surefoot: {error}", file=sys.stderr)
    return code


# ------------------------------------------------------------------------------------------------ commands


def dashboard(args: argparse.Namespace) -> int:
    """The dashboard, from its welcome on."""
    from surefoot import home

    return home.dashboard()


def demo(args: argparse.Namespace) -> int:
    """A simulated runner through the real pipeline."""
    from surefoot.live import drill

    return drill.demo(args)


def devices(args: argparse.Namespace) -> int:
    """Sensors in reach."""
    from surefoot import sensors

    return sensors.devices(args)


def stand(args: argparse.Namespace) -> int:
    """A live hold drill."""
    return _watch(args, "stand")


def land(args: argparse.Namespace) -> int:
    """A live landing drill."""
    return _watch(args, "land")


def _watch(args: argparse.Namespace, title: str) -> int:
    if args.device:
        from surefoot import sensors

        return sensors.watch(args, title)
    from surefoot.live import drill

    return drill.pretended(args, title)


def record(args: argparse.Namespace) -> int:
    """Record without a drill."""
    if args.device:
        from surefoot import sensors

        return sensors.record(args)
    from surefoot.live import bare

    return bare.record(args)


def replay(args: argparse.Namespace) -> int:
    """Look at a recording."""
    from surefoot.live.replay import replay

    return replay(args)


def score(args: argparse.Namespace) -> int:
    """Score recordings."""
    from surefoot import files

    return files.score(args)


def import_(args: argparse.Namespace) -> int:
    """Turn a foreign recording into one of ours."""
    from surefoot import files

    return files.import_(args)


def export(args: argparse.Namespace) -> int:
    """Turn a recording into open formats."""
    from surefoot import files

    return files.export(args)


def correct(args: argparse.Namespace) -> int:
    """Correct what was found automatically."""
    from surefoot import files

    return files.correct(args)


def calibrate(args: argparse.Namespace) -> int:
    """Find the forward direction."""
    from surefoot import files

    return files.calibrate(args)


def simulate(args: argparse.Namespace) -> int:
    """Make a recording with known truth."""
    from surefoot import files

    return files.simulate(args)


def doctor(args: argparse.Namespace) -> int:
    """Check what surefoot needs."""
    from surefoot import files

    return files.doctor(args)


# ------------------------------------------------------------------------------------------------ the parser


def build() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="surefoot",
        description="Balance training for runners: how much you sway on one leg, how softly you land.",
        epilog="Without a command it opens the dashboard. Try first: surefoot demo. "
        "A training aid, not a medical device.",
    )
    parser.add_argument("--version", action="version", version=f"surefoot {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, do: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(do=do)
        return sub

    p = command("demo", demo, "a simulated runner through the real pipeline, no hardware needed")
    p.add_argument("--drill", choices=("hold", "drop", "hop"), default="hold")
    p.add_argument("--seed", type=_seed, default=0, help="another runner")
    p.add_argument("--headless", action="store_true", help="print events and a summary as text, without the screen")
    p.add_argument("--seconds", type=_seconds, help="stop after so many")
    p.add_argument("--speed", type=_speed, help="times real time, or max (the default with --headless)")
    _hold_options(p)
    _landing_options(p)
    _record_options(p)

    p = command("devices", devices, "look for Bluetooth sensors in reach")
    p.add_argument("--seconds", type=_seconds, default=8.0, metavar="S", help="how long to look, default 8")
    p.add_argument("--all", action="store_true", help="also devices that surefoot does not know")
    p.add_argument("--json", action="store_true", help="a JSON list and nothing else")

    p = command("stand", stand, "a live hold drill on one leg")
    _source_options(p)
    p.add_argument("--battery", choices=("mctsib",), help="four trials of 30 s on two feet: eyes × surface")
    _hold_options(p)
    _record_options(p)

    p = command("land", land, "a live landing drill: drop or hop")
    _source_options(p)
    p.add_argument("--drill", choices=("drop", "hop"), default="drop")
    p.add_argument("--leg", choices=LEGS, help="default both")
    _landing_options(p)
    _record_options(p)

    p = command("record", record, "record a sensor without a drill")
    _source_options(p)
    p.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="NAME.jsonl; becomes NAME.jsonl.gz when closed"
    )
    p.add_argument("--seconds", type=_seconds, help="stop after so many")

    p = command("replay", replay, "look at a recording: pause, seek, step, speed")
    p.add_argument("file", metavar="FILE")
    p.add_argument("--speed", type=_speed, default=1.0, help="times real time, or max")
    p.add_argument("--headless", action="store_true", help="print the events as text, without the screen")
    _drill_options(p)

    p = command("score", score, "score recordings")
    p.add_argument("files", nargs="+", metavar="FILE")
    _drill_options(p)
    p.add_argument("--from", dest="from_s", type=_time, metavar="S", help="score exactly the window from here")
    p.add_argument("--to", dest="to_s", type=_time, metavar="S", help="to here, as one trial")
    p.add_argument(
        "--advanced", action="store_true", help="with --json: entropy, fluctuations, diffusion of each trial"
    )
    p.add_argument("--json", action="store_true", help="one JSON object a line")

    text = "correct an event of a trial; the old recording and the raw events stay"
    p = command("correct", correct, text)
    p.add_argument("file", metavar="FILE")
    p.add_argument("--trial", type=_count, default=1, metavar="N", help="default 1")
    p.add_argument("--remove", action="append", metavar="KIND@S", help="hop, step, lean, touch or error that was none")
    p.add_argument("--add", action="append", metavar="KIND@S", help="one that was not seen")
    p.add_argument("--end", action="append", metavar="REASON@S", help="when the trial was over: touch_down, stopped …")
    p.add_argument("-o", "--output", required=True, metavar="OUT", help="the new recording")

    text = "find the forward direction from a recording of three slow forward leans"
    p = command("calibrate", calibrate, text)
    p.add_argument(
        "file", metavar="FILE", help="stand still for 2 s, lean forward 10 to 15°, hold 1 s, return; three times"
    )

    p = command("import", import_, "turn another program's recording into one of surefoot's")
    p.add_argument("file", metavar="FILE", help="CSV with t_s, ax, ay, az [m/s²] and optional gx, gy, gz [rad/s]")
    p.add_argument("-o", "--output", metavar="OUT", help="default: the same name with .jsonl.gz")
    p.add_argument("--placement", choices=PLACEMENTS)
    p.add_argument("--format", metavar="NAME", help="name the format instead of recognising it: plain_csv")

    p = command("export", export, "decoded samples and events of a recording in open formats")
    p.add_argument("file", metavar="FILE")
    p.add_argument("--format", choices=("csv", "bids"), required=True)
    p.add_argument("-o", "--output", metavar="OUT", help="a new folder; default: beside the recording")
    p.add_argument("--from", dest="from_s", type=_time, metavar="S", help="only the window from here")
    p.add_argument("--to", dest="to_s", type=_time, metavar="S", help="to here, without it")
    p.add_argument("--drill", choices=("hold", "drop", "hop"), help="for recordings that name none")

    p = command("simulate", simulate, "make a recording with known truth, encoded as the device would")
    _simulate_options(p)

    command("doctor", doctor, "check the terminal, the data folder, versions; one line each with the remedy")
    return parser


def _source_options(p: argparse.ArgumentParser) -> None:
    source = p.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--device",
        action="append",
        type=_device,
        metavar="NAME|ADDRESS",
        help="a Bluetooth sensor, by its address or the beginning of its name; twice for two, the first for the drill",
    )
    source.add_argument("--replay", metavar="FILE", help="the samples of a recording, as if they came now")
    source.add_argument("--demo", action="store_true", help="a simulated runner")
    p.add_argument("--seed", type=_seed, default=0, help="another simulated runner")
    p.add_argument(
        "--placement",
        choices=PLACEMENTS,
        action="append",
        help="where the sensor sits: default waist for real ones, what the recording says for others",
    )


def _hold_options(p: argparse.ArgumentParser) -> None:
    p.add_argument("--leg", choices=LEGS, help="default left for holds, both for landings")
    p.add_argument("--eyes", choices=EYES, help="default open")
    p.add_argument("--surface", choices=SURFACES, help="default firm")
    p.add_argument("--support", choices=SUPPORTS, help="default none")
    p.add_argument("--no-feedback", dest="feedback", action="store_const", const="off", help="hide the picture: a test")
    p.add_argument("--target", type=_seconds, default=None, metavar="S", help="hold time, default 30 s (demo 20 s)")


def _landing_options(p: argparse.ArgumentParser) -> None:
    p.add_argument("--height-cm", type=_height, metavar="H", help="height of the box, 1 to 60")
    p.add_argument("--style", choices=("stick", "in_place"), help="hops: land and stick, or in place")
    p.add_argument("--direction", choices=("up", "forward", "side"), help="hops: what you set out to do; not measured")
    p.add_argument("--count", type=_count, metavar="N", help="landings in the set, default 8")


def _record_options(p: argparse.ArgumentParser) -> None:
    p.add_argument("--record", metavar="DIR", help="keep a recording in this folder; real sensors are always recorded")
    p.add_argument("--no-record", action="store_true", help="keep none")
    p.add_argument("--sound", choices=("auto", "cues", "every", "half", "off"), default="auto",
                   help="a sway tone with closed eyes, never, always, in half of the trials; or silence")  # fmt: skip
    p.add_argument("--plain", action="store_true", help="lines of text instead of the screen")


def _drill_options(p: argparse.ArgumentParser) -> None:
    p.add_argument("--drill", choices=("hold", "drop", "hop"), help="for recordings that name none")
    p.add_argument("--forward", type=float, nargs=3, metavar=("X", "Y", "Z"), help="from surefoot calibrate")
    p.add_argument("--armed", action="store_true", help="look for landings from the first sample on")
    p.add_argument("--set", dest="settings", nargs="+", default=[], metavar="KEY=VALUE", help="leg=left eyes=open …")


def _simulate_options(p: argparse.ArgumentParser) -> None:
    p.add_argument("what", choices=("stand", "land", "hop", "walk", "stairs", "sit"))
    p.add_argument("--preset", help="stand: one_eo_firm …; land and hop: soft, normal, stiff")
    p.add_argument("--seed", type=_seed, default=0)
    p.add_argument(
        "--device",
        choices=("polar", "plain", "movesense", "movella_dot", "witmotion", "microbit", "raw"),
        default="polar",
    )
    p.add_argument("--model", choices=("h10", "sense", "oh1"), default="h10", help="polar only: H10, Verity Sense, OH1")
    p.add_argument("--profile", metavar="NAME", help="raw only: a shipped profile or a .toml file, default surefoot")
    p.add_argument("--placement", choices=("waist", "chest", "pocket", "shank"), default=None)
    p.add_argument("--rate", type=_rate, metavar="HZ", help="sampling rate; default: the device's best, 200 for plain")
    p.add_argument("--range-g", type=_range_g, metavar="G", help="full scale of an axis, default 8 where it is free")
    p.add_argument("--noise", type=_noise, default=0.01, metavar="MS2", help="SD of the sensor's noise, m/s²")
    p.add_argument(
        "--mount", type=_degrees, nargs=3, default=(0, 0, 0), metavar=("YAW", "PITCH", "ROLL"), help="degrees"
    )
    p.add_argument("--gyro", action="store_true", help="angular rates too, where the device has any")
    p.add_argument("--loss", type=_loss, default=0.0, metavar="SHARE", help="share of the packets lost")
    p.add_argument("--clock-error", type=_clock_error, default=0.0, metavar="SHARE", help="0.005 = half a percent fast")
    p.add_argument("--target", type=_seconds, default=30.0, metavar="S", help="stand: hold time")
    p.add_argument("--touch-down", type=_seconds, metavar="S", help="stand: the free foot comes down after so long")
    p.add_argument("--leg", choices=LEGS)
    p.add_argument("--height-cm", type=_height, default=20.0, metavar="H")
    p.add_argument("--count", type=_count, default=5, metavar="N")
    p.add_argument("--seconds", type=_seconds, default=60.0, help="walk, stairs, sit: how long")
    p.add_argument("--in-place", action="store_true", help="hop: one after another")
    p.add_argument("--no-cues", action="store_true", help="leave the start cue out")
    p.add_argument("--truth", metavar="FILE", help="write the known truth here as JSON")
    p.add_argument("-o", "--output", required=True, metavar="FILE")


def _number(text: str, what: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{what} is a number, not {text!r}") from None
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{what} is {low:g} to {high:g}, not {text}")
    return value


def _device(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("a sensor has a name or an address: see surefoot devices")
    return text.strip()


def _seconds(text: str) -> float:
    return _number(text, "a duration in seconds", 0.1, 1e6)


def _time(text: str) -> float:
    return _number(text, "a time in seconds", 0.0, 1e9)


def _speed(text: str) -> float:
    return float("inf") if text == "max" else _number(text, "a speed (or max)", 0.05, 1000.0)


def _whole(text: str, what: str, low: int, high: int) -> int:
    value = _number(text, what, low, high)
    if value != int(value):
        raise argparse.ArgumentTypeError(f"{what} is a whole number, not {text}")
    return int(value)


def _height(text: str) -> float:
    return _number(text, "a height in cm", 1, 60)


def _count(text: str) -> int:
    return _whole(text, "a count", 1, 100)


def _seed(text: str) -> int:
    return _whole(text, "a seed", 0, 2**31)


def _rate(text: str) -> float:
    return _number(text, "a rate in Hz", 10, 5000)


def _range_g(text: str) -> float:
    return _number(text, "a range in g", 1, 400)


def _noise(text: str) -> float:
    return _number(text, "a noise in m/s²", 0, 50)


def _loss(text: str) -> float:
    return _number(text, "a share of lost packets", 0, 0.9)


def _clock_error(text: str) -> float:
    return _number(text, "a clock error", -0.1, 0.1)


def _degrees(text: str) -> float:
    return _number(text, "an angle in degrees", -360, 360)
