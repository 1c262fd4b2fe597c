"""Commands that read and write files, and the doctor."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from surefoot.errors import RecordingError, UsageError
from surefoot.terminal import tell


def score(args: argparse.Namespace) -> int:
    """`surefoot score`."""
    from surefoot.result_text import report
    from surefoot.results import score as score_file

    failed = False
    for path in args.files:
        result = score_file(
            path, args.drill, args.armed, args.from_s, args.to_s, args.settings, args.advanced, args.forward
        )
        failed |= "error" in result
        if args.json:
            print(json.dumps(result, allow_nan=False))
        else:
            print(report(result), file=sys.stderr if "error" in result else sys.stdout)
    return 1 if failed else 0


def correct(args: argparse.Namespace) -> int:
    """`surefoot correct`."""
    from surefoot.corrections import appended, parse
    from surefoot.recorder import write_recording
    from surefoot.recording import read
    from surefoot.result_text import report
    from surefoot.results import score as score_file

    said = [(action, mark) for action in ("remove", "add", "end") for mark in getattr(args, action) or []]
    if not said:
        raise UsageError("say what was wrong: --remove hop@14.6, --add step@20 or --end touch_down@18.2")
    texts = [parse(f"trial={args.trial} {action} {mark}").text for action, mark in said]
    recording = read(args.file)
    out = Path(args.output)
    write_recording(out, recording.header, appended(recording.inputs(), texts))
    result = score_file(out)
    wrong = result.get("error") or next((note for note in result["warnings"] if note.startswith("ignored")), None)
    if wrong is None and len(result["trials"]) < args.trial:
        wrong = f"the recording has {len(result['trials'])} trials, so there is no trial {args.trial} to correct"
    if wrong is not None:  # it points at nothing: such a file must not stay
        out.unlink()
        raise UsageError(wrong.removeprefix("ignored: "))
    print(report(result))
    return 0


def export(args: argparse.Namespace) -> int:
    """`surefoot export`."""
    from surefoot.exporters import beside
    from surefoot.exporters import export as export_take
    from surefoot.exporters.take import Decoded, cut
    from surefoot.plan import plan

    path = Path(args.file)
    planned, decoded = plan(path, args.drill), Decoded()
    engine = planned.engine(decoded.take)
    events = [event for item in planned.inputs() for event in engine.feed(item)] + engine.finish()
    take = cut(path.name, engine, decoded, events, engine.corrections, args.from_s, args.to_s)
    folders = iter([Path(args.output)]) if args.output else beside(path, args.format)
    folder = export_take(take, args.format, folders)
    samples = " + ".join(f"{len(stream.t)} samples of {stream.source.name}" for stream in take.streams)
    print(f"{folder}: {samples}, {len(take.events)} events")
    for note in planned.recording.warnings:
        tell(f"note: {note}")
    return 0


def calibrate(args: argparse.Namespace) -> int:
    """`surefoot calibrate`."""
    from surefoot.results import heading

    found = heading(args.file)
    if found.forward is None:
        raise RecordingError(f"{args.file}: {found.reason}")
    x, y, z = found.forward.tolist()
    print(f"forward, from {found.leans_n} leans: --forward {x:.4f} {y:.4f} {z:.4f}")
    return 0


def import_(args: argparse.Namespace) -> int:
    """`surefoot import`."""
    from surefoot.importers import import_file
    from surefoot.recorder import write_recording

    path = Path(args.file)
    imported = import_file(path, args.format, args.placement)
    out = Path(args.output) if args.output else path.with_suffix(".jsonl.gz")
    write_recording(out, {**imported.header, "created": _now()}, imported.inputs)
    sensor = next(iter(imported.header["sources"].values()))
    print(f"{out}: {sensor['settings']['rate_hz']:.4g} Hz, placement {sensor['placement']}")
    for note in imported.notes:
        tell(f"note: {note}")
    if sensor["placement"] == "unknown":
        tell("note: the placement is unknown, so nothing will be scored; say --placement waist or the like")
    return 0


def _now() -> str:
    return datetime.datetime.now().astimezone().isoformat(timespec="milliseconds")


POLAR_HZ: Final = {"h10": 200.0, "sense": 416.0, "oh1": 50.0}  # each model's fastest


def simulate(args: argparse.Namespace) -> int:
    """`surefoot simulate`."""
    from surefoot.recorder import write_recording

    made = _made(args)
    write_recording(Path(args.output), made.header, made.inputs)
    if args.truth:
        _write_new(Path(args.truth), json.dumps(made.truth, indent=1, allow_nan=False) + "\n")
    print(f"{args.output}: {len(made.inputs)} inputs")
    return 0


def _made(args: argparse.Namespace) -> Any:
    from surefoot import simulate as sim

    sensor = sim.SensorSetup(
        device=args.device,
        settings=_settings(args),
        yaw_deg=args.mount[0],
        pitch_deg=args.mount[1],
        roll_deg=args.mount[2],
        noise_ms2=args.noise,
        loss=args.loss,
        gyro=args.gyro,
        clock_error=args.clock_error,
    )
    common: dict[str, Any] = {"seed": args.seed, "sensor": sensor}
    if args.placement:
        common["placement"] = args.placement
    if args.what in ("walk", "stairs", "sit"):
        make = {"walk": sim.walk, "stairs": sim.stairs, "sit": sim.sit}[args.what]
        return make(duration_s=args.seconds, **common)
    common["cues"] = not args.no_cues
    if args.leg:
        common["leg"] = args.leg
    if args.what == "stand":
        preset = args.preset or "one_eo_firm"
        return sim.stand(preset, target_s=args.target, touch_down_s=args.touch_down, **common)
    style = args.preset or "normal"
    if args.what == "land":
        return sim.drops(style, height_cm=args.height_cm, count=args.count, **common)
    return sim.hops(style, count=args.count, in_place=args.in_place, **common)


def _settings(args: argparse.Namespace) -> Mapping[str, Any]:
    from surefoot.profiles import load
    from surefoot.samples import G0_MS2
    from surefoot.simulate.sensor import DEFAULT_SETTINGS

    if args.model != "h10" and args.device != "polar":
        raise UsageError("--model is for --device polar")
    if args.profile is not None and args.device != "raw":
        raise UsageError("--profile is for --device raw")
    if args.device not in ("plain", "polar", "phyphox"):
        if args.device in ("movella_dot", "witmotion", "microbit") and args.range_g is not None:
            raise UsageError(f"the range of --device {args.device} is fixed: leave --range-g out")
        asked = {"rate_hz": args.rate, "range_g": args.range_g}
        usual = load(args.profile or "surefoot") if args.device == "raw" else DEFAULT_SETTINGS[args.device]
        return usual | {key: value for key, value in asked.items() if value is not None}
    range_g = args.range_g or 8.0
    if args.device in ("plain", "phyphox"):
        usual_hz = 200.0 if args.device == "plain" else DEFAULT_SETTINGS["phyphox"]["rate_hz"]
        return {"rate_hz": args.rate or usual_hz, "range_ms2": range_g * G0_MS2}
    return _polar_settings(args.model, args.rate or POLAR_HZ[args.model], range_g, args.gyro)


def _polar_settings(model: str, rate: float, range_g: float, gyro: bool) -> Mapping[str, Any]:
    if rate != int(rate) or range_g != int(range_g):
        raise UsageError(
            "a Polar H10 has whole rates (25, 50, 100, 200 Hz) and ranges (2, 4, 8 g); or use --device plain"
        )
    settings: dict[str, Any] = {"rate_hz": int(rate), "range_g": int(range_g)}
    if model == "sense":
        settings |= {"sdk": (rate, range_g) != (52, 8), "gyro": gyro}  # outside its SDK mode it has nothing else
    return settings if model == "h10" else {"model": model, **settings}


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as e:
        raise RecordingError(f"{path} cannot be written ({os.strerror(e.errno or 0)}): choose another name") from None


def doctor(args: argparse.Namespace) -> int:
    """`surefoot doctor`."""
    from surefoot.doctor import checks

    bad = False
    for check in checks():
        sign = {True: "ok  ", False: "FAIL", None: "note"}[check.ok]
        remedy = f": {check.remedy}" if check.remedy else ""
        tell(f"{sign}  {check.name:12s}  {check.text}{remedy}")
        bad |= check.ok is False
    return 1 if bad else 0
