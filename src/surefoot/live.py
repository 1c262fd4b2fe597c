"""Commands that run a session or open the dashboard."""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from surefoot.errors import RecordingError, SurefootError, UsageError
from surefoot.samples import DrillSpec
from surefoot.signals import heard, stopped_by, undisturbed
from surefoot.wording import NOT_MEDICAL, battery_table, fitted, legs_text, line, safety, set_lines

if TYPE_CHECKING:
    from surefoot.debrief import Summary
    from surefoot.events import Event
    from surefoot.past import Reader
    from surefoot.playback import Playback
    from surefoot.recorder import Recorder
    from surefoot.recording import Recording
    from surefoot.session import MonotonicClock, Session
    from surefoot.snapshot import Snapshot
    from surefoot.sound import Speaker
    from surefoot.sources import Source
    from surefoot.sources.demo import DemoSource
    from surefoot.sources.runner import Runner

Advise = Callable[[DrillSpec], str | None]
POLL_S = 0.25
"""How long the main thread sleeps at most: a signal to stop is noticed when it wakes."""
OPTIONS = {
    "leg": "leg", "eyes": "eyes", "surface": "surface", "support": "support", "target_s": "target",
    "height_cm": "height_cm", "style": "style", "count": "count", "feedback": "feedback",
    "direction": "direction",
}  # fmt: skip
"""Field of a drill → option of the command line."""
HEADLESS_SETS = {"hold": 3, "drop": 8, "hop": 8, "in_place": 2}
"""How many sets a headless demo runs when no --seconds says so."""


def spec_of(args: argparse.Namespace, known: Mapping[str, Any] | None = None) -> DrillSpec:
    """The drill that the options describe; what they leave open comes from `known`, a recording's own drill."""
    name = getattr(args, "drill", None) or "hold"
    usual: dict[str, Any] = {"leg": "left" if name == "hold" else "both"}
    if name == "hold":
        usual |= {"eyes": "open", "surface": "firm", "support": "none"}
        usual["target_s"] = 20.0 if args.command == "demo" else 30.0
    elif args.command == "demo" and name == "drop":
        usual["height_cm"] = 20.0
    said = {field: getattr(args, option, None) for field, option in OPTIONS.items()}
    given = {field: value for field, value in said.items() if value is not None}
    recorded = known if known and known.get("name") == name else {}
    return DrillSpec.from_mapping({**usual, **recorded, **given, "name": name})


def demo_source(spec: DrillSpec, seed: int, sets: int | None = None, cues: bool = True) -> DemoSource:
    """The simulated runner."""
    from surefoot.sources.demo import DemoSource

    return DemoSource(spec, seed, sets, cues)


def guiding(runner: Runner) -> Callable[[Event], None]:
    """Tells the simulated runner what the drill does."""
    from surefoot.events import DrillStarted, DrillStopped, HoldEnded, SetEnded

    def hear(event: Event) -> None:
        match event:
            case DrillStarted():
                runner.begin(event.spec)
            case HoldEnded(end_reason="target" | "touch_down"):  # the motion goes on to both feet by itself
                runner.end(at_once=False)
            case HoldEnded() | SetEnded() | DrillStopped():
                runner.end(at_once=True)
            case _:
                pass

    return hear


def battery_of(args: argparse.Namespace) -> tuple[DrillSpec, ...]:
    """The conditions of the battery that was asked for, or none."""
    from surefoot.batteries import BATTERIES

    name = getattr(args, "battery", None)
    if not name:
        return ()
    if any(getattr(args, option) is not None for option in ("leg", "eyes", "surface", "support", "target")):
        raise UsageError(f"{name} sets leg, eyes, surface, support and target itself; leave those options out")
    return tuple(replace(spec, feedback=args.feedback or "on") for spec in BATTERIES[name])


def source_of(args: argparse.Namespace) -> Source:
    """The source that --demo or --replay names, with the drill of the options."""
    from surefoot.recording import read

    battery = battery_of(args)
    if args.demo:
        source = demo_source(battery[0] if battery else spec_of(args), args.seed)
        return replace(source, battery=battery, sets=len(battery) or None)
    recording = read(args.replay)
    spec = battery[0] if battery else spec_of(args, recording.header.get("drill"))
    return _replayed(args, recording, asdict(spec))


def _replayed(args: argparse.Namespace, recording: Recording, drill: Mapping[str, Any] | None) -> Source:
    from surefoot.headers import at_placement
    from surefoot.sources.replay import ReplaySource

    source = ReplaySource(recording, drill)
    if args.placement:
        source.header = at_placement(source.header, args.placement[-1])
    return source


# ------------------------------------------------------------------------------------------------ running


def headless(args: argparse.Namespace, source: DemoSource) -> int:
    """The demo as text: as fast as it goes, or in step with the clock."""
    speed = args.speed or math.inf
    if args.seconds is None:
        bouts = source.spec.name == "hop" and source.spec.style == "in_place"
        source = replace(source, sets=HEADLESS_SETS["in_place" if bouts else source.spec.name])
    _advise(DrillSpec.from_mapping(source.header["drill"]))  # the header first: it may refuse the drill
    if math.isfinite(speed):
        return plain(args, source, speed)
    session = _session(args, source, on_event=_teller(source.header))
    with stopped_by():
        session.run(args.seconds)
    return _summary(args, session)


def watch(args: argparse.Namespace, source: Source, title: str, advise: Advise = safety) -> int:
    """A live drill: the dashboard, or lines of text where there is no terminal."""
    drill = DrillSpec.from_mapping(source.header["drill"])
    _advise(drill, *battery_of(args))
    speed = getattr(args, "speed", None) or 1.0
    if not math.isfinite(speed):
        raise UsageError("--speed max shows nothing on a screen; add --headless, or say a number")
    if not on_screen(args):
        return plain(args, source, speed)
    from surefoot.tui.app import Surefoot
    from surefoot.tui.screens.summary import SummaryScreen

    source, guide = _waiting(source)
    reader = _past(args)
    rings = None if reader is None else reader.ring
    session = _session(args, source, clock=_clock(speed), advise=advise, rings=rings)  # stderr is behind the screen
    session.on_event = _advancing(args, source, session, also=guide, starts=False)
    voice = loudspeaker(args.sound)
    first = "stand" if drill.name == "hold" else "landings"
    app = Surefoot(
        session, None, first_screen=first, title=title, voice=voice, sounds=args.sound,
        debrief=lambda shot: SummaryScreen(summarising(reader), lambda: look_back(session)),
    )  # fmt: skip
    seconds = getattr(args, "seconds", None)
    timer = threading.Timer(seconds, lambda: app.call_from_thread(app.exit)) if seconds else None
    try:
        read_past(reader, session)
        session.start()
        if guide is not None:
            session.cue("start", drill.name)
        if timer is not None:
            timer.start()
        with stopped_by(app.exit):
            app.run()
    finally:
        if timer is not None:
            timer.cancel()
        with undisturbed():
            session.stop()
            if reader is not None:
                reader.stop()
            if voice is not None:
                voice.close()
    return _summary(args, session)


def loudspeaker(sound: str) -> Speaker | None:
    """A loudspeaker, which will say when it cannot be heard; None when sound is "off"."""
    if sound == "off":
        return None
    from surefoot.sound import Speaker

    return Speaker()


def _past(args: argparse.Namespace) -> Reader | None:
    """What was done before: the recordings in the folder into which this session goes; None without one."""
    return None if args.no_record or not args.record else reader_of(Path(args.record))


def reader_of(folder: Path) -> Reader:
    """What was done before today and earlier today, by the recordings in a folder; not read yet."""
    import datetime

    from surefoot.past import Reader

    return Reader(folder, datetime.datetime.now().astimezone().date().isoformat())


def read_past(reader: Reader | None, session: Session | None) -> None:
    """In the background; the recording that grows now is not past."""
    if reader is not None:
        path = None if session is None else session.recording_path
        reader.start(None if path is None else path.name)


def summarising(reader: Reader | None) -> Callable[[Snapshot], Summary | None]:
    """What makes a summary of a session's snapshot, with the past as far as it is read by then."""
    from surefoot.debrief import newest

    return lambda shot: newest(shot, None if reader is None else reader.past(shot.sensor))


def look_back(session: Session) -> Playback | None:
    """This session's recording, as far as it is written; None when there is none."""
    from surefoot.playback import Playback
    from surefoot.results import plan

    path = session.recording_path
    if path is None:
        return None
    try:
        playback = Playback(plan(path), path.name)
    except SurefootError:  # it has just been packed, or nothing is in it yet
        return None
    playback.start()
    return playback


def plain(args: argparse.Namespace, source: Source, speed: float = 1.0) -> int:
    """A live drill as lines of text. It starts by itself where nobody has to be waited for; Ctrl-C or q ends it."""
    reader = _past(args)
    say = _teller(source.header)
    session = _session(args, source, clock=_clock(speed))
    summarise = summarising(reader)

    def hear(event: Event) -> None:
        say(event)
        _tell_summary(event, session, summarise)

    session.on_event = _advancing(args, source, session, also=hear, starts=True)
    try:
        read_past(reader, session)
        _until_done(session, getattr(args, "seconds", None), starts=_needs_start(source), keys=True)
    except KeyboardInterrupt:
        _summary(args, session)
        raise
    return _summary(args, session)


def _tell_summary(event: Event, session: Session, summarise: Callable[[Snapshot], Summary | None]) -> None:
    """After a trial or a set, in the session's thread: the lines of its summary."""
    from surefoot.events import Scored, SetEnded

    if isinstance(event, SetEnded) or (isinstance(event, Scored) and event.of == "trial"):
        made = summarise(session.engine.snapshot())
        for text in made.lines if made is not None else ():
            print(f"           {text}", flush=True)


KEYS = "keys, each with enter: s start or stop, x support touched, r balance error, 0 to 10 discomfort, q quit"
TYPED = {"x": ("touch", None), "r": ("error", None)}


def _typed(word: str, session: Session, over: threading.Event) -> None:
    """One typed line. Anything else than a key says what the keys are."""
    if word == "s":
        shot = session.snapshot()
        hold, landing = (shot.hold, shot.landing) if shot is not None else (None, None)
        running = (hold is not None and hold.state != "ready") or (landing is not None and landing.state != "ready")
        spec = session.engine.spec
        session.cue("stop" if running else "start", None if running or spec is None else spec.name)
    elif word in TYPED:
        session.cue(*TYPED[word])
    elif word.isdecimal() and len(word) <= 2:
        session.cue("report", f"discomfort={int(word)}")
    elif word == "q":
        over.set()
    elif word:
        print(KEYS, flush=True)


def _waiting(source: Source) -> tuple[Source, Callable[[Event], None] | None]:
    """On a screen the simulated runner waits for the person, as the summary does."""
    from surefoot.sources.demo import DemoSource
    from surefoot.sources.runner import Runner

    if not isinstance(source, DemoSource):
        return source, None
    runner = Runner(source.spec, source.seed)
    return runner, guiding(runner)


def _advancing(
    args: argparse.Namespace, source: Source, session: Session, *, also: Callable[[Event], None] | None, starts: bool
) -> Callable[[Event], None]:
    """After each trial of a battery, choose its next condition; `starts`: start it too."""
    from surefoot.batteries import changes
    from surefoot.events import HoldEnded
    from surefoot.sources.demo import DemoSource

    left = [] if isinstance(source, DemoSource) else list(itertools.pairwise(battery_of(args)))

    def hear(event: Event) -> None:
        if also is not None:
            also(event)
        if isinstance(event, HoldEnded) and left:
            for said in changes(*left.pop(0)):
                session.cue("set", said)
            if starts:
                session.cue("start", "hold")

    return hear


def _needs_start(source: Source) -> str | None:
    """The drill to start, for sources that bring no cues of their own."""
    from surefoot.sources.demo import DemoSource

    drill = source.header["drill"]
    return str(drill["name"]) if drill and not isinstance(source, DemoSource) else None


def _until_done(session: Session, seconds: float | None, starts: str | None = None, *, keys: bool = False) -> None:
    """Run in a thread until the source ends, time is up, or the person interrupts; the recording is closed always."""
    from surefoot import typed

    done = threading.Event()
    session.on_finish = done.set
    with heard() as check:
        try:
            session.start()
            if starts is not None:
                session.cue("start", starts)
            if keys and (fd := _stdin()) is not None:
                print(KEYS, file=sys.stderr)
                typed.listen(fd, lambda word: _typed(word, session, done), done)
            left_s = math.inf if seconds is None else seconds
            while left_s > 0 and not done.wait(min(left_s, POLL_S)):
                check()
                left_s -= POLL_S
        finally:
            done.set()
            session.stop()


def _stdin() -> int | None:
    """Where keys may be typed, or None."""
    from surefoot import typed

    try:
        fd = sys.stdin.fileno()
    except (OSError, ValueError, AttributeError):
        return None
    return fd if typed.has_lines(fd) else None


def record(args: argparse.Namespace, source: Source | None = None) -> int:
    """`surefoot record`, on a source or on the one that --demo or --replay names."""
    from surefoot.session import Session

    source = source or _bare(args)
    session = Session(source, _recorder(Path(args.output), source), on_event=_teller(source.header))
    print(f"recording into {args.output}; Ctrl-C ends it", file=sys.stderr)
    try:
        _until_done(session, args.seconds)
    except KeyboardInterrupt:
        print("stopped by hand", file=sys.stderr)
    return _summary(args, session)


def _bare(args: argparse.Namespace) -> Source:
    """Motion without a drill."""
    from surefoot.recording import read

    if args.replay:
        return _replayed(args, read(args.replay), None)
    spec = DrillSpec.from_mapping({"name": "hold", "leg": "left", "eyes": "open", "surface": "firm"})
    return demo_source(spec, args.seed, cues=False)


def replay(args: argparse.Namespace) -> int:
    """`surefoot replay`."""
    from surefoot.results import plan, score
    from surefoot.wording import report

    planned = plan(args.file, args.drill, args.armed, args.settings, args.forward)
    if args.headless or not _on_a_terminal():
        engine, say = planned.engine(), _teller(planned.header)
        for item in planned.inputs():
            for event in engine.feed(item):
                say(event)
        for event in engine.finish():
            say(event)
        result = score(args.file, args.drill, args.armed, settings=args.settings, forward=args.forward)
        if "error" in result:
            raise RecordingError(result["error"])
        print(report(result))
        return 0
    from surefoot.playback import Playback
    from surefoot.tui.app import Surefoot
    from surefoot.tui.playhead import SPEEDS

    playback = Playback(planned, Path(args.file).name)
    playback.start()
    app = Surefoot(None, playback, first_screen="replay", title=f"replay: {playback.title}")
    app.playhead.speed = min(SPEEDS, key=lambda speed: abs(speed - args.speed))
    with stopped_by(app.exit):
        app.run()
    for path in playback.written:
        print(f"written: {path}")
    if playback.failure:
        raise RecordingError(playback.failure)
    return 0


# ------------------------------------------------------------------------------------------------ pieces


def _session(args: argparse.Namespace, source: Source, **options: Any) -> Session:
    from surefoot.session import Session

    recorder = None
    if args.record and not args.no_record:
        recorder = recorder_in(Path(args.record), source)
    return Session(source, recorder, **options)


def _clock(speed: float) -> MonotonicClock:
    from surefoot.session import MonotonicClock

    return MonotonicClock(speed)


def recorder_in(folder: Path, source: Source) -> Recorder:
    """A new recording in a folder, named after the moment and the drill. Raises RecordingError."""
    return _recorder(_fresh_name(folder, source), source)


def _fresh_name(folder: Path, source: Source) -> Path:
    import datetime

    drill = DrillSpec.from_mapping(source.header["drill"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise RecordingError(
            f"the folder {folder} cannot be made ({e.strerror}): choose another with --record"
        ) from None
    moment = datetime.datetime.now().strftime("%Y-%m-%d_%H%M%S")
    return folder / f"{moment}_{drill.name}_{drill.leg}.jsonl"


def _recorder(path: Path, source: Source) -> Recorder:
    import datetime
    import time

    from surefoot.recorder import Recorder

    stamps = {"created": datetime.datetime.now().astimezone().isoformat(timespec="milliseconds"),
              "epoch_ns": time.time_ns(), "host_ns": time.monotonic_ns()}  # fmt: skip
    return Recorder.create(path, {**stamps, **source.header})


def on_screen(args: argparse.Namespace) -> bool:
    """Whether there is a dashboard; else lines of text."""
    return not args.plain and _on_a_terminal()


def _on_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()  # Textual draws on the last


def _advise(*specs: DrillSpec) -> None:
    for advice in dict.fromkeys(safety(spec) for spec in specs):
        if advice is not None:
            print(advice, file=sys.stderr)


def _teller(header: Mapping[str, Any]) -> Callable[[Event], None]:
    """Prints each event, and after a landing the words that teach."""
    from surefoot.feedback import Coach

    first: Mapping[str, Any] = next(iter(header["sources"].values()))
    coach = Coach(str(first.get("placement")))

    def say(event: Event) -> None:
        text, words = line(event), coach.hear(event)
        if text is not None:
            print(text, flush=True)
        if words is not None:
            print(f"           → {words}", flush=True)

    return say


def _summary(args: argparse.Namespace, session: Session) -> int:
    """What came out of it, where it was kept, and what went wrong."""
    from surefoot.landing_sets import legs

    snapshot = session.snapshot()
    if snapshot is not None:
        values = [scored.score.value for _, scored in snapshot.trials if scored.score.value is not None]
        if values:
            what = f"{len(values)} trial{'s' if len(values) > 1 else ''}"
            print(
                f"{what} scored: best steadiness {int(max(values))}, median {int(median(values))} (provisional scale)"
            )
        for number, one in enumerate(snapshot.sets, 1):
            print("\n".join(fitted(set_lines(number, one.summary))))
        for pair in legs(snapshot.sets):
            print("\n".join(fitted([legs_text(pair.summary)])))
        if getattr(args, "battery", None):
            print(battery_table(args.battery, [ended for ended, _ in snapshot.trials]))
    if session.saved is not None:
        print(f"recording: {session.saved}")
    print(NOT_MEDICAL)
    if session.recording_error is not None:
        print(f"surefoot: the recording stopped early: {session.recording_error}", file=sys.stderr)
        return 1
    if session.failure is not None:
        raise session.error if isinstance(session.error, SurefootError) else SurefootError(session.failure)
    return 0
