"""The command line as a user meets it: output, exit codes, bad input. Real processes where signals or pipes matter."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from surefoot.cli import run
from surefoot.cli.parser import build
from surefoot.recording import read
from surefoot.samples import Cue

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
STEADY = str(FIXTURES / "polar" / "steady.jsonl.gz")
CSV = str(FIXTURES / "imports" / "plain_csv_stand.csv")


def process(*argv: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    command, pipe = [sys.executable, "-m", "surefoot", *argv], subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, stdin=subprocess.DEVNULL, text=True, env=env)


def test_without_a_command_it_says_what_it_can_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "demo" in capsys.readouterr().out


def test_a_headless_demo_tells_a_hold_from_start_to_score(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--headless", "--seed", "3"]) == 0
    out = capsys.readouterr().out
    for words in (
        "get ready",
        "holding",
        "target reached, 20.0 s held",
        "steadiness",
        "3 trials",
        "not a medical device",
    ):
        assert words in out
    run(["demo", "--headless", "--seed", "3"])
    assert capsys.readouterr().out == out


@pytest.mark.parametrize("drill", ["drop", "hop"])
def test_a_headless_demo_of_landings(drill: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--headless", "--drill", drill]) == 0
    out = capsys.readouterr()
    assert out.out.count("softness") >= 5
    assert "Before you jump" in out.err


def test_seconds_end_a_demo(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--headless", "--seconds", "10"]) == 0
    assert "target reached" not in capsys.readouterr().out


def test_eyes_closed_begin_with_advice(capsys: pytest.CaptureFixture[str]) -> None:
    run(["demo", "--headless", "--eyes", "closed", "--seconds", "1"])
    assert "wall or a chair" in capsys.readouterr().err


def test_a_recorded_demo_is_scored_as_it_was_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--headless", "--seconds", "30", "--record", str(tmp_path / "new")]) == 0
    said = capsys.readouterr().out
    (path,) = (tmp_path / "new").iterdir()
    assert str(path) in said
    assert run(["score", "--json", str(path)]) == 0
    (trial,) = json.loads(capsys.readouterr().out)["trials"]
    assert f"steadiness {int(trial['steadiness']['value'])} " in said


def test_score_as_text_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", STEADY]) == 0
    assert "trial 1: left leg, eyes open, firm surface, 20.0 of 20 s, target reached" in capsys.readouterr().out
    assert run(["score", "--json", STEADY, STEADY]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert json.loads(lines[0])["trials"][0]["hold_s"] == pytest.approx(20)


def test_a_bad_file_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.jsonl").write_bytes(b"")
    assert run(["score", "--json", str(tmp_path / "bad.jsonl"), STEADY]) == 1
    bad, good = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert set(bad) == {"file", "error", "line"}
    assert good["trials"]


def test_import_and_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "a.jsonl.gz")
    assert run(["import", CSV, "-o", out]) == 0
    assert "100 Hz, placement waist" in capsys.readouterr().out
    assert run(["import", CSV, "-o", out]) == 1
    assert "nothing is ever overwritten" in capsys.readouterr().err
    assert run(["score", out, "--drill", "hold", "--set", "leg=both", "eyes=open", "surface=firm"]) == 0
    assert "two legs have no score" in " ".join(capsys.readouterr().out.split())


def test_simulate_with_truth(tmp_path: Path) -> None:
    out, truth = tmp_path / "a.jsonl", tmp_path / "t.json"
    assert run(["simulate", "land", "--count", "2", "--truth", str(truth), "-o", str(out)]) == 0
    assert len(json.loads(truth.read_text())["landings"]) == 2
    assert read(out).duration_s > 10


def leaning_csv(path: Path) -> None:
    from test_heading import calibration

    rows = [
        f"{k / 100:.2f},{x:.4f},{y:.4f},{z:.4f}" for k, (x, y, z) in enumerate(calibration([12, 10, 14], [0, 0, 0]))
    ]
    path.write_text("\n".join(["t_s,ax,ay,az", *rows]) + "\n")


def test_a_calibration_names_the_axes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaning_csv(tmp_path / "lean.csv")
    recording = str(tmp_path / "lean.jsonl.gz")
    assert run(["import", str(tmp_path / "lean.csv"), "-o", recording]) == 0
    assert run(["calibrate", recording]) == 0
    said = capsys.readouterr().out
    forward = said.split("--forward ")[1].split()
    assert [float(v) for v in forward] == pytest.approx([0, 1, 0], abs=0.03)
    assert run(["score", "--json", STEADY, "--forward", *forward]) == 0
    (trial,) = json.loads(capsys.readouterr().out)["trials"]
    assert trial["sway"]["rms_ap_ms2"] is not None
    assert run(["calibrate", STEADY]) == 1
    assert "leans found" in capsys.readouterr().err
    assert run(["score", STEADY, "--forward", "0", "0", "0"]) == 1
    assert "not all zero" in capsys.readouterr().err


def test_replay_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["replay", "--headless", STEADY]) == 0
    assert "target reached" in capsys.readouterr().out


def test_the_doctor_has_a_line_for_each_thing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) in (0, 1)
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[1] for line in lines} >= {"python", "textual", "bluetooth", "audio"}
    assert all(line.startswith(("ok", "note", "FAIL")) for line in lines)


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["score", "missing.jsonl"], 1),
        (["score", STEADY, "--set", "leg=third"], 1),
        (["score", STEADY, "--from", "100", "--to", "200"], 1),
        (["replay", "--headless", "missing.jsonl"], 1),
        (["replay", "--headless", CSV], 1),
        (["import", "missing.csv"], 1),
        (["import", STEADY], 1),
        (["import", CSV, "--format", "xls"], 2),
        (["stand", "--replay", "missing.jsonl", "--plain"], 1),
        (["simulate", "stand", "--preset", "nobody", "-o", "x.jsonl"], 2),
        (["simulate", "stand", "--rate", "33", "-o", "x.jsonl"], 1),
        (["simulate", "stand", "-o", "x.txt"], 1),
        (["simulate", "stand", "-o", "no/such/folder/x.jsonl"], 1),
        (["demo", "--surface", "unstable", "--headless"], 2),
        (["demo", "--headless", "--record", "/proc/nowhere"], 1),
    ],
)
def test_bad_input_is_one_sentence_and_a_code(
    argv: list[str], code: int, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(argv) == code
    err = capsys.readouterr().err.strip()
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1
    assert len(err) > 20
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "argv",
    [
        ["dance"],
        ["score"],
        ["stand"],
        ["stand", "--demo", "--replay", "x"],
        ["demo", "--seconds", "soon"],
        ["demo", "--speed", "-1"],
        ["demo", "--drill", "drop", "--height-cm", "500", "--headless"],
        ["demo", "--drill", "drop", "--height-cm", "0", "--headless"],
        ["simulate", "stand", "--seed", "-1", "-o", "x.jsonl"],
        ["simulate", "stand", "--rate", "nan", "-o", "x.jsonl"],
        ["simulate", "stand", "--noise", "1e308", "-o", "x.jsonl"],
    ],
)
def test_wrong_usage_is_code_two(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(argv)
    assert stopped.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--plain"], ["--plain", "demo"]])
def test_plain_without_a_command_before_it_says_where_it_goes(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(argv)
    assert stopped.value.code == 2
    assert "surefoot demo --plain" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["demo"], ["score", "x"], ["replay", "x"], ["export", "x", "--format", "csv"]])
def test_a_hold_is_also_called_by_its_command(argv: list[str]) -> None:
    assert build().parse_args([*argv, "--drill", "stand"]).drill == "hold"
    assert build().parse_args([*argv, "--drill", "hold"]).drill == "hold"


def test_debug_shows_the_traceback() -> None:
    from surefoot.errors import RecordingError

    with pytest.raises(RecordingError):
        run(["--debug", "replay", "--headless", "missing.jsonl"])


def test_a_live_drill_in_a_pipe_prints_lines_and_starts_by_itself(tmp_path: Path) -> None:
    running = process("stand", "--replay", STEADY, "--target", "10", "--record", str(tmp_path))
    assert running.stdout is not None
    seen = ""
    for line in running.stdout:
        seen += line
        if "holding" in line:
            running.send_signal(signal.SIGINT)
            break
    _, err = running.communicate(timeout=30)
    assert "get ready" in seen
    assert running.returncode == 130
    assert "Traceback" not in err
    (path,) = tmp_path.iterdir()
    recording = read(path)
    assert [cue.kind for cue in recording.inputs() if isinstance(cue, Cue)] == ["start"]
    assert recording.clean


@pytest.mark.parametrize("signs", [[signal.SIGINT], [signal.SIGTERM], [signal.SIGHUP], [signal.SIGINT] * 3])
def test_an_interrupted_recording_is_closed(signs: list[int], tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    running = process("record", "--demo", "-o", str(out))
    assert running.stderr is not None
    assert "Ctrl-C" in running.stderr.readline()
    while not out.exists() or out.stat().st_size < 3000:
        assert running.poll() is None
        os.sched_yield()
    for sign in signs:
        running.send_signal(sign)
    running.communicate(timeout=30)
    recording = read(tmp_path / "a.jsonl.gz")
    assert recording.clean
    assert recording.duration_s > 0


def test_a_reader_that_stops_reading_is_no_error() -> None:
    command = f"{sys.executable} -m surefoot demo --headless | head -n 1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert "get ready" in done.stdout
    assert done.stderr == ""


def test_no_terminal_means_text(tmp_path: Path) -> None:
    done = process("replay", STEADY, env={**os.environ, "TERM": "dumb"})
    out, _ = done.communicate(timeout=60)
    assert done.returncode == 0
    assert "target reached" in out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("argv", [["score", STEADY], ["replay", "--headless", STEADY], ["demo", "--headless"]])
def test_a_full_output_is_one_sentence(argv: list[str]) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "surefoot", *argv]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("surefoot: output cannot be written")
    assert "Traceback" not in done.stderr


def test_a_terminal_without_the_letters_gets_the_numbers() -> None:
    running = process("score", STEADY, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    assert "steadiness" in out


def test_names_from_a_file_do_not_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.jsonl"
    source = '{"codec":"plain","settings":{"rate_hz":100}}'
    path.write_text('{"surefoot-recording":1,"sources":{"\\u001b[31mred":' + source + "}}\n")
    run(["score", str(path)])
    out = capsys.readouterr()
    assert "\x1b" not in out.out + out.err
    assert "red" in out.out


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--device", "microbit", "--range-g", "4"], "range of --device microbit is fixed"),
        (["--device", "witmotion", "--rate", "125"], "10, 20, 50, 100, 200 samples a second"),
        (["--device", "microbit", "--gyro"], "no gyroscope"),
        (["--device", "raw", "--profile", "toaster"], "no profile is called 'toaster'"),
        (["--device", "plain", "--profile", "surefoot"], "--profile is for --device raw"),
    ],
)
def test_a_device_that_cannot_be_so_is_refused(
    argv: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["simulate", "stand", *argv, "-o", str(tmp_path / "new.jsonl.gz")]) != 0
    assert says in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_own_profile_is_in_the_header(tmp_path: Path) -> None:
    mine, out = tmp_path / "mine.toml", tmp_path / "new.jsonl.gz"
    shipped = ROOT / "src" / "surefoot" / "profiles" / "thingy52.toml"
    mine.write_text(shipped.read_text(encoding="utf-8").replace("rate_hz = 100", "rate_hz = 50"), encoding="utf-8")
    argv = ["simulate", "stand", "--device", "raw", "--profile", str(mine), "--gyro", "--target", "1", "-o", str(out)]
    assert run(argv) == 0
    mine.unlink()
    recording = read(out)
    assert recording.header["sources"]["s1"]["settings"]["rate_hz"] == 50
    assert run(["score", str(out)]) == 0
