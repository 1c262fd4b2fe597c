"""The options of each command, under the command's name, and the groups that several share."""

from __future__ import annotations

import argparse

from surefoot.cli import values

PLACEMENTS = ("waist", "chest", "pocket", "shank", "foot", "hand", "wrist", "unknown")
DRILLS = ("hold", "drop", "hop")
LEGS, EYES = ("left", "right", "both"), ("open", "closed")
SURFACES, SUPPORTS = ("firm", "mat", "unstable"), ("none", "fingertip", "chair")


def demo(p: argparse.ArgumentParser) -> None:
    """The drill, the runner, how it is shown."""
    p.add_argument("--drill", type=values.drill, choices=DRILLS, default="hold", help="default hold, also called stand")
    p.add_argument("--seed", type=values.seed, default=0, help="another runner")
    p.add_argument("--headless", action="store_true", help="print events and a summary as text, without the screen")
    p.add_argument("--seconds", type=values.seconds, help="stop after so many")
    p.add_argument("--speed", type=values.speed, help="times real time, or max (the default with --headless)")
    _hold_options(p)
    _landing_options(p)
    _record_options(p)


def devices(p: argparse.ArgumentParser) -> None:
    """How long, what, how told."""
    p.add_argument("--seconds", type=values.seconds, default=8.0, metavar="S", help="how long to look, default 8")
    p.add_argument("--all", action="store_true", help="also devices that surefoot does not know")
    p.add_argument("--json", action="store_true", help="a JSON list and nothing else")


def stand(p: argparse.ArgumentParser) -> None:
    """The sensor and the hold."""
    _source_options(p)
    p.add_argument("--battery", choices=("mctsib",), help="four trials of 30 s on two feet: eyes × surface")
    _hold_options(p)
    _record_options(p)


def land(p: argparse.ArgumentParser) -> None:
    """The sensor and the landings."""
    _source_options(p)
    p.add_argument("--drill", choices=("drop", "hop"), default="drop")
    p.add_argument("--leg", choices=LEGS, help="default both")
    _landing_options(p)
    _record_options(p)


def record(p: argparse.ArgumentParser) -> None:
    """The sensor and the file."""
    _source_options(p)
    p.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="NAME.jsonl; becomes NAME.jsonl.gz when closed"
    )
    p.add_argument("--seconds", type=values.seconds, help="stop after so many")


def replay(p: argparse.ArgumentParser) -> None:
    """The recording, how fast."""
    p.add_argument("file", metavar="FILE")
    p.add_argument("--speed", type=values.speed, default=1.0, help="times real time, or max")
    p.add_argument("--headless", action="store_true", help="print the events as text, without the screen")
    _drill_options(p)


def score(p: argparse.ArgumentParser) -> None:
    """The recordings, which part, how told."""
    p.add_argument("files", nargs="+", metavar="FILE")
    _drill_options(p)
    p.add_argument("--from", dest="from_s", type=values.time, metavar="S", help="score exactly the window from here")
    p.add_argument("--to", dest="to_s", type=values.time, metavar="S", help="to here, as one trial")
    p.add_argument(
        "--advanced", action="store_true", help="with --json: entropy, fluctuations, diffusion of each trial"
    )
    p.add_argument("--json", action="store_true", help="one JSON object a line")


def correct(p: argparse.ArgumentParser) -> None:
    """The recording and what was wrong."""
    p.add_argument("file", metavar="FILE")
    p.add_argument("--trial", type=values.count, default=1, metavar="N", help="default 1")
    p.add_argument("--remove", action="append", metavar="KIND@S", help="hop, step, lean, touch or error that was none")
    p.add_argument("--add", action="append", metavar="KIND@S", help="one that was not seen")
    p.add_argument("--end", action="append", metavar="REASON@S", help="when the trial was over: touch_down, stopped …")
    p.add_argument("-o", "--output", required=True, metavar="OUT", help="the new recording")


def calibrate(p: argparse.ArgumentParser) -> None:
    """The recording."""
    p.add_argument(
        "file", metavar="FILE", help="stand still for 2 s, lean forward 10 to 15°, hold 1 s, return; three times"
    )


def import_(p: argparse.ArgumentParser) -> None:
    """The table and what it leaves open."""
    p.add_argument("file", metavar="FILE", help="CSV with t_s, ax, ay, az [m/s²] and optional gx, gy, gz [rad/s]")
    p.add_argument("-o", "--output", metavar="OUT", help="default: the same name with .jsonl.gz")
    p.add_argument("--placement", choices=PLACEMENTS)
    p.add_argument("--format", metavar="NAME", help="name the format instead of recognising it: plain_csv")


def export(p: argparse.ArgumentParser) -> None:
    """The recording, the format, which part."""
    p.add_argument("file", metavar="FILE")
    p.add_argument("--format", choices=("csv", "bids"), required=True)
    p.add_argument("-o", "--output", metavar="OUT", help="a new folder; default: beside the recording")
    p.add_argument("--from", dest="from_s", type=values.time, metavar="S", help="only the window from here")
    p.add_argument("--to", dest="to_s", type=values.time, metavar="S", help="to here, without it")
    p.add_argument(
        "--drill", type=values.drill, choices=DRILLS, help="hold (or stand), drop, hop: for recordings that name none"
    )


def simulate(p: argparse.ArgumentParser) -> None:
    """The motion, the device, the mishaps."""
    p.add_argument("what", choices=("stand", "land", "hop", "walk", "stairs", "sit"))
    p.add_argument("--preset", help="stand: one_eo_firm …; land and hop: soft, normal, stiff")
    p.add_argument("--seed", type=values.seed, default=0)
    p.add_argument(
        "--device",
        choices=("polar", "plain", "movesense", "movella_dot", "witmotion", "microbit", "raw", "phyphox"),
        default="polar",
    )
    p.add_argument("--model", choices=("h10", "sense", "oh1"), default="h10", help="polar only: H10, Verity Sense, OH1")
    p.add_argument("--profile", metavar="NAME", help="raw only: a shipped profile or a .toml file, default surefoot")
    p.add_argument("--placement", choices=("waist", "chest", "pocket", "shank"), default=None)
    p.add_argument(
        "--rate", type=values.rate, metavar="HZ", help="sampling rate; default: the device's best, 200 for plain"
    )
    p.add_argument(
        "--range-g", type=values.range_g, metavar="G", help="full scale of an axis, default 8 where it is free"
    )
    p.add_argument("--noise", type=values.noise, default=0.01, metavar="MS2", help="SD of the sensor's noise, m/s²")
    p.add_argument(
        "--mount", type=values.degrees, nargs=3, default=(0, 0, 0), metavar=("YAW", "PITCH", "ROLL"), help="degrees"
    )
    p.add_argument("--gyro", action="store_true", help="angular rates too, where the device has any")
    p.add_argument("--loss", type=values.loss, default=0.0, metavar="SHARE", help="share of the packets lost")
    p.add_argument(
        "--clock-error", type=values.clock_error, default=0.0, metavar="SHARE", help="0.005 = half a percent fast"
    )
    p.add_argument("--target", type=values.seconds, default=30.0, metavar="S", help="stand: hold time")
    p.add_argument(
        "--touch-down", type=values.seconds, metavar="S", help="stand: the free foot comes down after so long"
    )
    p.add_argument("--leg", choices=LEGS)
    p.add_argument("--height-cm", type=values.height, default=20.0, metavar="H")
    p.add_argument("--count", type=values.count, default=5, metavar="N")
    p.add_argument("--seconds", type=values.seconds, default=60.0, help="walk, stairs, sit: how long")
    p.add_argument("--in-place", action="store_true", help="hop: one after another")
    p.add_argument("--no-cues", action="store_true", help="leave the start cue out")
    p.add_argument("--truth", metavar="FILE", help="write the known truth here as JSON")
    p.add_argument("-o", "--output", required=True, metavar="FILE")


# ------------------------------------------------------------------------------------------------ shared


def _source_options(p: argparse.ArgumentParser) -> None:
    source = p.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--device",
        action="append",
        type=values.device,
        metavar="NAME|ADDRESS",
        help="a Bluetooth sensor, by its address or the beginning of its name; twice for two, the first for the drill",
    )
    source.add_argument(
        "--phyphox",
        metavar="URL",
        help='a phone, by the address that its app phyphox shows: "Acceleration with g", "Allow remote access"',
    )
    source.add_argument("--replay", metavar="FILE", help="the samples of a recording, as if they came now")
    source.add_argument("--demo", action="store_true", help="a simulated runner")
    p.add_argument("--seed", type=values.seed, default=0, help="another simulated runner")
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
    p.add_argument(
        "--target", type=values.seconds, default=None, metavar="S", help="hold time, default 30 s (demo 20 s)"
    )


def _landing_options(p: argparse.ArgumentParser) -> None:
    p.add_argument("--height-cm", type=values.height, metavar="H", help="height of the box, 1 to 60")
    p.add_argument("--style", choices=("stick", "in_place"), help="hops: land and stick, or in place")
    p.add_argument("--direction", choices=("up", "forward", "side"), help="hops: what you set out to do; not measured")
    p.add_argument(
        "--count", type=values.count, metavar="N", help="landings in the set, default 8: 3 of practice, 5 for its score"
    )


def _record_options(p: argparse.ArgumentParser) -> None:
    p.add_argument("--record", metavar="DIR", help="keep a recording in this folder; real sensors are always recorded")
    p.add_argument("--no-record", action="store_true", help="keep none")
    p.add_argument("--sound", choices=("auto", "cues", "every", "half", "off"), default="auto",
                   help="a sway tone with closed eyes, never, always, in half of the trials; or silence")  # fmt: skip
    p.add_argument("--plain", action="store_true", help="lines of text instead of the screen")


def _drill_options(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--drill", type=values.drill, choices=DRILLS, help="hold (or stand), drop, hop: for recordings that name none"
    )
    p.add_argument("--forward", type=float, nargs=3, metavar=("X", "Y", "Z"), help="from surefoot calibrate")
    p.add_argument("--armed", action="store_true", help="look for landings from the first sample on")
    p.add_argument("--set", dest="settings", nargs="+", default=[], metavar="KEY=VALUE", help="leg=left eyes=open …")
