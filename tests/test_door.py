"""What a person expects at the door: the command line as it is typed, piped, stopped and repeated.

Most cases run in this process through `lstmprep.cli.run`; a process of its own is started
where the process is the point: pipes, terminals, signals, encodings, what gets imported.
A command line is written as it is typed; words that a shell would split follow on their own.
"""

from __future__ import annotations

import bz2
import contextlib
import datetime as dt
import gzip
import io
import json
import os
import pty
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

import lstmprep
from lstmprep.cli import cli, run
from lstmprep.commands import settings_of_command
from lstmprep.serde import convert

ROOT = Path(__file__).parents[1]
SAMPLE_DATA = ROOT / "sample_data"
LSTMPREP = [sys.executable, "-m", "lstmprep"]
HEAVY = {"pandas", "polars", "dask", "matplotlib", "torch", "keras"}
PATIENCE = 15  # seconds within which a stopped run has ended


@dataclass
class Said:
    """How one command line ended, and what it printed."""

    code: int
    stdout: bytes
    err: str

    @property
    def out(self) -> str:
        return self.stdout.decode()

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()


Door = Callable[..., Said]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in, no settings from outside, 80 columns, signals as they were."""
    for name in [n for n in os.environ if n.startswith("LSTMPREP")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield tmp_path
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def door(capsysbinary: pytest.CaptureFixture[bytes]) -> Door:
    """Types a command line in this process."""

    def typed(line: str, *words: object) -> Said:
        capsysbinary.readouterr()
        code = run([*shlex.split(line), *map(str, words)])
        seen = capsysbinary.readouterr()
        return Said(code, seen.out, seen.err.decode())

    return typed


def started(line: str, *words: object, env: dict[str, str] | None = None, **kwargs: Any) -> subprocess.Popen[bytes]:
    """A command line in a process of its own, while it runs."""
    kwargs = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL} | kwargs
    return subprocess.Popen([*LSTMPREP, *shlex.split(line), *map(str, words)], env=os.environ | (env or {}), **kwargs)


def process(line: str, *words: object, feed: bytes | None = None, **kwargs: Any) -> Said:
    """A command line in a process of its own, to its end."""
    child = started(line, *words, **({"stdin": subprocess.PIPE} if feed is not None else {}), **kwargs)
    out, err = child.communicate(feed, timeout=120)
    return Said(child.returncode, out or b"", (err or b"").decode())


def shell(script: str) -> subprocess.CompletedProcess[bytes]:
    """A script of /bin/sh, in which LSTMPREP is the command."""
    script = script.replace("LSTMPREP", shlex.join(LSTMPREP))
    return subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=False, timeout=120)


def table(path: str = "d.csv", rows: int = 40, text: str | None = None) -> str:
    """A small table: t counts, a and b are numbers, kind is a class, site a key."""
    if text is None:
        cells = (f"{i},{i * 7 % 11},{i / 8},{'uv'[i // 5 % 2]},{'xyz'[i * 3 // rows]}\n" for i in range(rows))
        text = "t,a,b,kind,site\n" + "".join(cells)
    Path(path).write_text(text, encoding="utf-8")
    return path


def files(folder: str | Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones included."""
    base = Path(folder)
    return {p.relative_to(base).as_posix(): p.read_bytes() for p in sorted(base.rglob("*")) if p.is_file()}


def snapshot(folder: str | Path = ".") -> dict[str, tuple[int, int, int]]:
    """Size, inode and time of everything there."""
    return {str(p): ((s := p.lstat()).st_size, s.st_ino, s.st_mtime_ns) for p in sorted(Path(folder).rglob("*"))}


def refused(said: Said, code: int, *words: str) -> None:
    """Two lines (where: what, then what to do), nothing on stdout, no traceback, these words."""
    assert said.code == code, said.err
    assert said.stdout == b""
    assert said.err.startswith("lstmprep: ")
    assert len(said.lines) == 2, said.err
    assert said.lines[1].startswith("  ")
    for word in words:
        assert word in said.err


def wait_for(there: Callable[[], object], child: subprocess.Popen[bytes]) -> None:
    """Until something is there, or the process has ended."""
    end = time.monotonic() + 60
    while not there() and child.poll() is None:
        assert time.monotonic() < end, "it never came"
        time.sleep(0.001)


# ---------------------------------------------------------------- 1 help


@pytest.mark.parametrize("command", ["", "window"])
def test_h_is_help(door, command):
    short, long = door(f"{command} -h"), door(f"{command} --help")

    assert short == long
    assert (short.code, short.err) == (0, "")
    assert short.out.startswith("Usage: lstmprep")


@pytest.mark.parametrize("command", ["", "window"])
def test_a_command_without_a_word_shows_its_help(door, command):
    said = door(command)

    assert said.out + said.err == door(f"{command} --help").out


@pytest.mark.parametrize("columns", [60, 66, 72, 80, 88, 100])
@pytest.mark.parametrize("line", ["--help", "window --help", "window --help-all"])
def test_help_never_overflows_the_terminal(door, monkeypatch, line, columns):
    monkeypatch.setenv("COLUMNS", str(columns))

    assert [row for row in door(line).out.splitlines() if len(row) > columns] == []


def test_help_follows_the_width_of_the_terminal_up_to_100_columns(door, monkeypatch):
    longest = {}
    for columns in (60, 80, 100, 200):
        monkeypatch.setenv("COLUMNS", str(columns))
        longest[columns] = max(map(len, door("window --help-all").out.splitlines()))

    assert longest[60] < longest[80] < longest[100]
    assert longest[200] == longest[100]


def test_every_command_has_one_line_of_purpose(door):
    rows = door("--help").out.split("Commands:\n")[1].split("\n\n")[0].splitlines()

    assert [row.split()[0] for row in rows] == sorted(cli.commands)
    assert all(re.fullmatch(r"  \w+  +[A-Z].*\.", row) for row in rows)


def examples(help_text: str) -> list[list[str]]:
    """The command lines under Examples, as a shell reads them."""
    block = help_text.split("Examples:\n")[1].replace("\\\n", " ")
    return [shlex.split(row) for row in block.splitlines() if row.strip() and not row.strip().startswith("#")]


@pytest.mark.parametrize("columns", ["60", "100"])
def test_the_examples_in_the_help_run_on_the_sample_data(door, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    Path("sample_data").symlink_to(SAMPLE_DATA)
    commands = examples(door("window --help").out)

    assert 2 <= len(commands) <= 3
    for name, *words in commands:
        assert name == "lstmprep"
        said = door("", *words)
        assert said.code == 0, said.err
        made = re.search(r"^wrote (\S+?)[,/]", said.err, re.MULTILINE).group(1)
        assert len(lstmprep.load(made).X) > 50


def test_every_example_says_what_it_is_for(door):
    said = door("window --help").out

    assert said.split("Examples:\n")[1].count("# ") == len(examples(said))


# ---------------------------------------------------------------- 2 misspelt


@pytest.mark.parametrize(
    ("line", "near"),
    [
        ("windw d.csv", "Did you mean 'window'?"),
        ("window d.csv --timestep 3", "Did you mean '--timesteps'"),
        ("window d.csv --strid 3", "Did you mean '--stride'"),
        ("window d.csv --targt a", "Did you mean '--target'"),
        ("window d.csv --groupby a", "Did you mean '--group-by'"),
        ("window d.csv --overwite", "Did you mean '--overwrite'"),
        ("window d.csv -t 3 --missing drp", "Did you mean 'drop'?"),
        ("window d.csv -t 3 --anchor strat", "Did you mean 'start'?"),
        ("window d.csv -t 3 --layout chanels-first", "Did you mean 'channels-first'"),
        ("window d.cvs -t 3", "Did you mean 'd.csv'"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_nearest_one(door, line, near):
    table("d.csv")

    refused(door(line), 4 if "d.cvs" in line else 2, near)
    assert os.listdir() == ["d.csv"]


def test_a_misspelt_choice_is_answered_with_all_choices(door):
    refused(door("window d.csv -t 3 --dtype flaot32"), 2, "'flaot32'", "float32, float64, float16")


def test_an_option_may_not_be_cut_short(door):
    refused(door("window d.csv -t 3 --no-over"), 2, "no such option '--no-over'", "--no-overlap")


def test_an_option_of_other_commands_is_sent_to_them(door):
    refused(
        door("reshape d.csv --resample 1h"),
        2,
        "no such option '--resample'",
        "--resample belongs to lag, pad, window. ",
    )
    refused(door("--resample 1h"), 2, "no such option '--resample'", "See lstmprep --help")


def test_an_option_of_another_library_is_answered_with_ours(door):
    refused(door("window d.csv --seq-len 3"), 2, "no such option '--seq-len'", "Did you mean '--timesteps'? See")
    refused(door("window d.csv --lookback 3"), 2, "Did you mean '--timesteps'? See")  # though inspect has it


def test_a_wrong_option_points_at_the_help_of_its_command(door):
    refused(door("window d.csv --xyzzy"), 2, "--xyzzy", "See lstmprep window --help")
    refused(door("window d.csv --timesteps"), 2, "--timesteps", "See lstmprep window --help")
    refused(door("--xyzzy"), 2, "--xyzzy", "See lstmprep --help")


def test_a_command_without_a_table_asks_for_one(door):
    refused(door("window -t 3"), 2, "INPUT")


@pytest.mark.parametrize(
    "option",
    ["features", "exclude", "target", "label", "static", "future", "categorical", "group-by", "time"],
)
def test_a_misspelt_column_is_answered_with_the_nearest_and_all_there_are(door, option):
    answer = "--target a" if option == "future" else ""

    said = door(f"window {table()} -t 3 {answer} --{option} knid")

    refused(said, 2, "d.csv", "'knid'", "Did you mean 'kind'?", "The table has: t, a, b, kind, site.")
    assert os.listdir() == ["d.csv"]


def test_a_misspelt_column_of_a_second_table_is_answered_from_that_table(door):
    table("labels.csv", text="site,class\nx,0\ny,1\nz,0\n")

    said = door(f"window {table()} -t 3 --group-by site --labels labels.csv --label-key sit")

    refused(said, 2, "labels.csv", "Did you mean 'site'?", "site, class")


def test_a_glob_range_or_place_that_names_no_column_says_which_there_are(door):
    line = f"window {table()} -t 3 --features"

    refused(door(line, "q*"), 2, "'q*'", "t, a, b, kind, site")
    refused(door(line, "#6"), 2, "'#6'", "#1 to #5")
    refused(door(line, "b..a"), 2, "'b..a'", "a..b")


# ---------------------------------------------------------------- 3 standard input, and binary on a terminal


def test_a_dash_reads_standard_input():
    line = "-t 3 -f a,b -q -o"

    piped = process(f"window - {line} piped", feed=Path(table()).read_bytes())
    named = process(f"window d.csv {line} named")

    assert (piped.code, named.code) == (0, 0)
    assert files("piped")["X.npy"] == files("named")["X.npy"]
    assert lstmprep.load("piped").manifest["source"][0]["name"] == "-"


def test_a_dash_reads_parquet_when_the_format_says_so():
    said = process("window - --input-format parquet -t 3 -q -o out", feed=parquet_bytes())

    assert (said.code, said.err) == (0, "")
    assert np.load("out/X.npy")[-1, :, 0].tolist() == [2, 3, 4]


def test_a_dash_needs_a_name_for_the_output():
    refused(process("window - -t 3", feed=b"a\n1\n2\n3\n"), 2, "--output", "-o NAME")


def test_a_run_does_not_eat_the_input_of_a_shell_loop():
    table()

    done = shell(
        'printf "one\\ntwo\\nthree\\n" | while read name; do LSTMPREP window d.csv -t 3 -f a -q -o "$name.npy"; done'
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert {"one.npy", "two.npy", "three.npy"} <= set(os.listdir())


def on_terminal(line: str, stream: str) -> tuple[bytes, Said]:
    """(what the terminal showed, the rest) of a run that has one stream on a terminal."""
    ours, theirs = pty.openpty()
    child = started(line, **{stream: theirs})
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the terminal is gone once the process is
        while piece := os.read(ours, 1 << 16):
            shown += piece
    out, err = child.communicate(timeout=PATIENCE)
    os.close(ours)
    return shown.replace(b"\r\n", b"\n"), Said(child.returncode, out or b"", (err or b"").decode())


def test_a_dash_never_waits_for_a_terminal():
    refused(on_terminal("window - -t 3 -o out", "stdin")[1], 2, "standard input is a terminal", "<")


@pytest.mark.parametrize("answer", ["", "--target a"], ids=["npy", "npz"])
def test_no_binary_is_written_to_a_terminal(answer):
    shown, said = on_terminal(f"window {table()} -t 3 {answer} -o -", "stdout")

    assert shown == b""
    refused(said, 2, "terminal", ">")


def test_the_plan_of_a_run_may_be_shown_on_a_terminal():
    shown, said = on_terminal(f"window {table()} -t 3 --dry-run --json -q", "stdout")

    assert said.code == 0
    assert json.loads(shown)["timesteps"] == 3


# ---------------------------------------------------------------- 4 what a stream can show


@pytest.mark.parametrize("progress", ["", "--progress"])
def test_a_redirected_stderr_holds_no_carriage_return_and_no_escape_code(progress):
    table("d.csv", 30_000)

    said = process(f"window d.csv -t 50 -f a,b {progress} -o out", env={"TERM": "xterm-256color"})

    assert said.code == 0
    assert not {"\r", "\x1b"} & set(said.err)
    assert said.err.startswith("d.csv: 30,000 rows")


def test_a_bar_shows_on_a_terminal_and_is_wiped_before_the_report():
    table("d.csv", 30_000)

    shown, _ = on_terminal("window d.csv -t 50 -f a,b -o one", "stderr")
    still, _ = on_terminal("window d.csv -t 50 -f a,b --no-progress -o two", "stderr")

    bar, report = shown.rsplit(b"\r", 1)
    assert b"reading" in bar or b"writing" in bar
    assert bar.endswith(b" " * 40)
    assert report.startswith(b"d.csv: 30,000 rows")
    assert still.replace(b"two/", b"one/") == report


@pytest.mark.parametrize(
    "env",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONIOENCODING": "ascii:strict"}],
    ids=str,
)
def test_a_stream_of_plain_ascii_is_no_error(env):
    table("größe.csv", text="länge,naïve\n1,2\n2,3\n3,4\n4,5\n")

    done = process("window größe.csv -t 2 -o öut", env=env)
    wrong = process("window größe.csv -t 2 -f länga -o nö", env=env)

    assert done.code == 0, done.err
    assert lstmprep.load("öut").manifest["feature_names"] == ["länge", "naïve"]
    refused(wrong, 2, "Did you mean")
    if "PYTHONIOENCODING" in env:
        assert (done.err + wrong.err).isascii()
        assert "Keras Input(shape=(2, 2)) | PyTorch" in done.err


def test_json_is_utf_8_whatever_the_stream_would_encode():
    table("d.csv", text="länge\n1\n2\n3\n")

    said = process("window d.csv -t 2 --json -q -o out", env={"PYTHONIOENCODING": "ascii"})

    assert said.code == 0
    assert json.loads(said.stdout.decode("utf-8"))["feature_names"] == ["länge"]


def test_a_name_full_of_control_characters_is_printed_escaped(door):
    table("d.csv", text="a\x1b[31m,\u202eb\n1,2\n2,3\n3,x\n3,5\n")

    lines = ["-t 2 -o out", "-t 2 -f '#1' -v -o out", "-t 2 -f zz", "-t 2 -f '#1' --json -q --dry-run"]
    seen = "".join((said := door(f"window d.csv {line}")).out + said.err for line in lines)

    assert r"\x1b[31m" in seen
    assert r"\u001b[31m" in seen, "JSON has its own escape"
    assert "\x1b" not in seen
    assert "\u202e" not in "".join(door(f"window d.csv {line}").err for line in lines)


# ---------------------------------------------------------------- 5 pipes and full devices

each_user_of_stdout = pytest.mark.parametrize(
    "line",
    [
        "--help",
        "--version",
        "window --help-all",
        "window d.csv -t 3 --json -q -o out",
        "window d.csv -t 3 --dry-run --json -q",
        "window d.csv -t 3 -q -o -",
        "window d.csv -t 3 --target a -q -o -",
    ],
)


@each_user_of_stdout
def test_a_reader_that_went_away_is_quiet(line):
    table("d.csv", 3000)
    read, write = os.pipe()
    os.close(read)

    said = process(line, stdout=write)
    os.close(write)

    assert (said.code, said.err) == (141, "")


@each_user_of_stdout
def test_a_full_device_is_exit_4_and_one_answer(line):
    table("d.csv", 3000)

    with open("/dev/full", "wb") as full:
        said = process(line, stdout=full)

    refused(said, 4, "no space left")


def test_head_takes_one_line_in_silence():
    done = shell("LSTMPREP window --help-all | head -1")

    assert done.stdout == b"Usage: lstmprep window [OPTIONS] INPUT...\n"
    assert done.stderr == b""


def test_a_manifest_that_cannot_be_shown_does_not_spoil_the_output():
    table("d.csv", 3000)

    with open("/dev/full", "wb") as full:
        process("window d.csv -t 3 --json -o out", stdout=full)

    assert lstmprep.load("out").X.shape == (2998, 3, 3)


@pytest.mark.parametrize("redirection", [">&-", "2>&-", "<&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_closed_and_full_streams_leave_the_result_whole(redirection):
    table()

    done = shell(f"LSTMPREP window d.csv -t 3 -o out {redirection}")

    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert lstmprep.load("out").X.shape == (38, 3, 3)


def test_an_error_keeps_its_exit_code_when_nobody_can_read_it():
    with open("/dev/full", "wb") as full:
        assert process("window nothing.csv -t 3", stderr=full).code == 4
        assert process("window d.csv -t 0", stderr=full).code == 2


# ---------------------------------------------------------------- 6 existing output, dry run, killed, interrupted


@pytest.mark.parametrize("name", ["out", "out.npz", "out.npy"])
def test_an_existing_output_is_left_alone(door, name):
    assert door(f"window {table()} -t 3 -o {name}").code == 0
    before = snapshot()

    refused(door(f"window d.csv -t 3 -o {name}"), 4, name, "exists", "--overwrite")
    refused(door(f"window d.csv -t 5 -o {name}"), 4, name, "exists", "--overwrite")
    assert snapshot() == before


@pytest.mark.parametrize("beside", ["out.manifest.json", "out.index.parquet"])
def test_a_file_beside_the_output_counts_as_the_output(door, beside):
    table()
    Path(beside).write_text("mine")
    before = snapshot()

    refused(door("window d.csv -t 3 -o out.npz"), 4, beside, "exists")
    assert snapshot() == before


@pytest.mark.parametrize("name", ["out", "out.npz"])
def test_overwrite_replaces_the_output_and_a_failure_does_not(door, name):
    assert door(f"window {table()} -t 3 --target a -o {name}").code == 0
    before = snapshot()

    refused(door(f"window d.csv -t 99 --overwrite -o {name}"), 3, "99")
    assert snapshot() == before
    assert door(f"window d.csv -t 5 -f b --overwrite -o {name}").code == 0
    assert list(lstmprep.load(name).arrays) == ["X"]
    assert lstmprep.load(name).X.shape == (36, 5, 1)


def test_overwrite_never_touches_what_is_not_ours(door):
    table()
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine")
    Path("mine.npz").write_text("mine")
    before = snapshot()

    refused(door("window d.csv -t 3 --overwrite -o mine"), 4, "notes.txt")
    refused(door("window d.csv -t 3 --overwrite -o mine.npz"), 4, "no output of lstmprep")
    assert snapshot() == before


@pytest.mark.parametrize("output", ["", "-o out", "-o out.npz", "-o -"])
def test_a_dry_run_writes_nothing_at_all(output, place):
    """Not even for a moment: a file made and removed would change the time of its folder."""
    work, temporary = place / "work", place / "temporary"
    work.mkdir()
    temporary.mkdir()
    table("work/d.csv", 50_000)
    before = snapshot(), work.stat().st_mtime_ns, temporary.stat().st_mtime_ns

    line = f"window d.csv -t 8 --group-by site --time t --dry-run {output}"
    said = process(line, cwd=work, env={"TMPDIR": str(temporary)})

    assert said.code == 0, said.err
    assert said.stdout == b""
    assert "dry run: nothing written" in said.err
    assert (snapshot(), work.stat().st_mtime_ns, temporary.stat().st_mtime_ns) == before


@pytest.mark.parametrize("line", ["-t 99", "-t 3 -f q", "-t 3 -f kind", "-t 3 -o d.csv/x", "-t 3 --target a -o x.npy"])
def test_a_dry_run_refuses_what_the_run_would_refuse(door, line):
    table()
    wet, dry = door(f"window d.csv {line}"), door(f"window d.csv {line} --dry-run")

    assert wet.code in (2, 3, 4)
    assert dry == wet


def hidden(folder: Path) -> list[str]:
    return [p.name for p in folder.iterdir() if p.name.startswith(".")]


@pytest.fixture
def reading(place: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run that has its hidden folder and waits for more of standard input."""
    child = started("window - -t 3 -o out", stdin=subprocess.PIPE)
    wait_for(lambda: hidden(place), child)
    yield child
    child.kill()
    child.communicate()


@pytest.fixture
def writing(place: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run in the middle of its arrays (400 MB when done), standing still."""
    table("d.csv", 100_000)
    child = started("window d.csv -t 500 -f a,b -o out")
    wait_for(lambda: list(place.glob(".out*/new/X.npy")), child)
    child.send_signal(signal.SIGSTOP)
    assert not (place / "out").exists(), "the run was over before it could be stopped"
    yield child
    child.kill()
    child.communicate()
    for left in place.glob("*out*"):
        shutil.rmtree(left, ignore_errors=True)


@pytest.mark.parametrize("phase", ["reading", "writing"])
@pytest.mark.parametrize(
    ("signals", "code"),
    [([signal.SIGINT], 130), ([signal.SIGTERM], 143), ([signal.SIGINT, signal.SIGINT], 130)],
    ids=["Ctrl-C", "terminate", "Ctrl-C twice"],
)
def test_a_stopped_run_says_so_and_leaves_the_folder_as_it_was(phase, signals, code, place, request):
    child = request.getfixturevalue(phase)
    for number in signals:
        child.send_signal(number)
    child.send_signal(signal.SIGCONT)

    out, err = child.communicate(timeout=PATIENCE)

    assert (child.returncode, out) == (code, b"")
    assert err == f"lstmprep: {'interrupted' if code == 130 else 'terminated'}\n".encode()
    assert [name for name in os.listdir(place) if name != "d.csv"] == []


@pytest.mark.parametrize("phase", ["reading", "writing"])
def test_a_killed_run_leaves_nothing_under_the_final_name_and_the_next_one_clears_up(door, phase, place, request):
    child = request.getfixturevalue(phase)
    child.kill()
    child.wait(timeout=PATIENCE)

    assert not (place / "out").exists()
    assert len(hidden(place)) == 1
    assert door(f"window {table('small.csv')} -t 3 -o out").code == 0
    assert hidden(place) == []
    assert lstmprep.load("out").X.shape == (38, 3, 3)


def test_the_manifest_is_the_last_file_to_be_written(door):
    assert door(f"window {table()} -t 3 --target a -o out").code == 0

    times = {p.name: p.stat().st_mtime_ns for p in Path("out").iterdir()}
    assert times["manifest.json"] == max(times.values())


# ---------------------------------------------------------------- 7 and 13 the same bytes

BY_TIME = "weather_hourly.csv -t 24 --group-by origin --time time_hour --target temp --missing drop"
BY_CLASS = "watch_exercises.csv -t 50 --group-by series --time step --label label --shuffle --seed 3"
AS_NPZ = "sunspots.csv -t 10 --time YEAR --target SUNACTIVITY -o out.npz"


def made_in(folder: Path, line: str, door: Door) -> dict[str, bytes]:
    """All files of a run in a folder of its own, the input copied there."""
    folder.mkdir()
    name = line.split(maxsplit=1)[0]
    shutil.copyfile(SAMPLE_DATA / name, folder / name)
    with contextlib.chdir(folder):
        assert door(f"window {line}").code == 0
    return files(folder)


@pytest.mark.parametrize("line", [BY_TIME, BY_CLASS, AS_NPZ])
def test_the_same_command_twice_writes_the_same_bytes(door, place, line):
    """In another folder and a later second: neither is in the output, nor are host, user and day."""
    first = made_in(place / "one", line, door)
    time.sleep(1.01)
    again = made_in(place / "another place", line, door)

    assert len(first) >= 4
    assert again == first
    written = b"".join(data for name, data in first.items() if name != line.split()[0])
    for word in (socket.gethostname(), str(place), str(ROOT), time.strftime("%Y-%m-%d")):
        assert word.encode() not in written


@pytest.mark.parametrize("line", [BY_TIME, BY_CLASS])
def test_locale_zone_width_hash_seed_and_threads_change_no_byte(line):
    environments = [
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "4242", "LC_ALL": "C", "TZ": "Asia/Kolkata", "COLUMNS": "60"},
        {"LC_ALL": "tr_TR.UTF-8", "TZ": "America/St_Johns", "COLUMNS": "100", "OMP_NUM_THREADS": "1"},
        {"OMP_NUM_THREADS": "7", "ARROW_NUM_THREADS": "7", "OPENBLAS_NUM_THREADS": "3", "NO_COLOR": "1"},
    ]
    made = []
    for i, env in enumerate(environments):
        said = process(f"window {shlex.quote(str(SAMPLE_DATA))}/{line} --json -o out{i}", env=env)
        assert said.code == 0, said.err
        made.append((files(f"out{i}"), said.stdout, said.err.replace(f"out{i}/", "").replace(" | ", " · ")))

    assert all(one == made[0] for one in made[1:])


# ---------------------------------------------------------------- 8 what a file really is

ROWS = "v,w\n1,5\n2,6\n3,7\n4,8\n"


def zipped(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("d.csv", text)
    return out.getvalue()


def parquet_bytes() -> bytes:
    out = io.BytesIO()
    parquet.write_table(pa.table({"v": [1, 2, 3, 4], "w": [5, 6, 7, 8]}), out)
    return out.getvalue()


def feather_bytes() -> bytes:
    out = io.BytesIO()
    feather.write_feather(pa.table({"v": [1, 2, 3, 4], "w": [5, 6, 7, 8]}), out, compression="uncompressed")
    return out.getvalue()


READ: dict[str, Callable[[], bytes]] = {
    "text": ROWS.encode,
    "text with a byte order mark": lambda: b"\xef\xbb\xbf" + ROWS.encode(),
    "gzip": lambda: gzip.compress(ROWS.encode()),
    "bz2": lambda: bz2.compress(ROWS.encode()),
    "zstd": lambda: pa.compress(ROWS.encode(), codec="zstd", asbytes=True),
    "Parquet": parquet_bytes,
    "Feather": feather_bytes,
}


@pytest.mark.parametrize("name", ["d.csv", "d", "d.dat"])
@pytest.mark.parametrize("kind", READ)
def test_a_file_is_read_for_what_it_holds_whatever_its_name(door, kind, name):
    Path(name).write_bytes(READ[kind]())

    said = door(f"window {name} -t 2 -q -o out")

    assert (said.code, said.err) == (0, "")
    assert np.load("out/X.npy").tolist() == [[[1, 5], [2, 6]], [[2, 6], [3, 7]], [[3, 7], [4, 8]]]


STRANGERS: dict[str, tuple[bytes, str, str]] = {
    "zip": (zipped(ROWS), "zip", "unzip"),
    "Excel": (zipped("<worksheet/>"), "Excel", "CSV"),
    "HTML": (b"<!DOCTYPE html>\n<html><body>404</body></html>\n", "web page", "Download"),
    "XML": (b"\n <?xml version='1.0'?><rows/>", "XML", "Download"),
    "JSON object": (b'{"v": [1, 2]}\n', "JSON", "--input-format jsonl"),
    "JSON list": (b'[{"v": 1},\n {"v": 2}]\n', "JSON", "--input-format jsonl"),
    "LFS pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "Git LFS", "git lfs pull"),
    "UTF-16": (ROWS.encode("utf-16"), "UTF-16", "--encoding utf-16"),
    "UTF-32": (ROWS.encode("utf-32"), "UTF-32", "--encoding utf-32"),
    "Latin-1": ("größe,w\n1,2\n".encode("latin-1"), "UTF-8", "--encoding latin-1"),
    "NumPy, cut": (b"\x93NUMPY\x01\x00v\x00", "NumPy", "np.save"),
    "pickle": (b"\x80\x04\x95\x10\x00", "pickle", "CSV"),
    "PDF": (b"%PDF-1.7\n", "PDF", "CSV"),
    "xz": (b"\xfd7zXZ\x00\x00", "xz", "xz -dc"),
    "HDF5, cut": (b"\x89HDF\r\n\x1a\n", "HDF5", "again"),
    "SQLite": (b"SQLite format 3\x00", "SQLite", "sqlite3"),
    "nothing": (b"", "empty", "header"),
    "cut gzip": (gzip.compress(bytes(range(256)) * 100)[:200], "damaged or cut short", "again"),
}


@pytest.mark.parametrize("kind", STRANGERS)
def test_a_file_that_is_no_table_is_answered_with_what_it_is_and_what_to_do(door, kind):
    data, what, fix = STRANGERS[kind]
    Path("d.csv").write_bytes(data)

    said = door("window d.csv -t 2 -o out")

    refused(said, 3, "d.csv", what)
    assert fix in said.lines[1]
    assert files(".") == {"d.csv": data}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1", "cp1252"])
def test_the_encoding_in_the_answer_reads_the_file(door, encoding):
    Path("d.csv").write_bytes("größe\n1\n2\n3\n".encode(encoding))

    assert door(f"window d.csv -t 2 --encoding {encoding} -o out").code == 0
    assert lstmprep.load("out").manifest["feature_names"] == ["größe"]


def test_text_under_the_name_of_parquet_is_not_read_as_either(door):
    table("d.parquet", text=ROWS)

    refused(door("window d.parquet -t 2 -o out"), 3, "not a valid Parquet file", "--input-format csv")
    assert door("window d.parquet -t 2 --input-format csv -o out").code == 0


def test_a_folder_without_parquet_names_a_glob_of_its_tables(door):
    refused(door("window", SAMPLE_DATA, "-t", 3, "-o", "out"), 4, "no Parquet", "*.csv")


# ---------------------------------------------------------------- 9 what stands between cells


def advised(said: Said, option: str) -> list[str]:
    """An option and its value as the advice spells them, read as a shell reads them."""
    return shlex.split(re.search(rf"{option} '[^']*'", said.lines[1]).group())


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_another_delimiter_is_never_guessed_and_the_advice_reads_it(door, mark):
    table("d.csv", text=ROWS.replace(",", mark))

    said = door("window d.csv -t 2 -o out")

    refused(said, 2, "d.csv", "one column")
    assert door("window d.csv -t 2 -o out", *advised(said, "--delimiter")).code == 0
    assert lstmprep.load("out").manifest["feature_names"] == ["v", "w"]


def test_a_table_of_one_column_is_a_table(door):
    table("d.csv", text="v\n1\n2\n3\n")

    assert door("window d.csv -t 2 -o out").code == 0


@pytest.mark.parametrize(
    ("cells", "option", "first"),
    [(("1,5", "2,25", "3,125"), "--decimal", 1.5), (("1,500", "12,250", "1,003,125"), "--thousands", 1500.0)],
    ids=["decimal comma", "thousands"],
)
@pytest.mark.parametrize("asked", ["-f v,w", "--target v", ""], ids=["feature", "target", "by default"])
def test_a_comma_inside_numbers_is_answered_with_the_option_that_reads_it(door, cells, option, first, asked):
    table("d.csv", text="v,w\n" + "".join(f'"{c}",{i}\n' for i, c in enumerate(cells)))
    line = f"window d.csv -t 2 {asked} -o out"

    said = door(line)

    refused(said, 3, "d.csv", "row 1 (line 2)", "column v", f"'{cells[0]}'")
    assert door(line, *advised(said, option)).code == 0
    made = lstmprep.load("out")
    assert made.X[0, 0, made.manifest["feature_names"].index("v")] == first


def test_semicolons_with_decimal_commas_are_led_to_both_options(door):
    table("d.csv", text="v;w\n1,5;2\n2,5;3\n3,5;4\n")

    delimiter = advised(door("window d.csv -t 2 -o out"), "--delimiter")
    said = door("window d.csv -t 2 -o out", *delimiter)
    refused(said, 3, "row 1 (line 2)", "column v", "'1,5'")
    decimal = advised(said, "--decimal")

    assert door("window d.csv -t 2 -o out", *delimiter, *decimal).code == 0
    assert np.load("out/X.npy")[0].tolist() == [[1.5, 2], [2.5, 3]]


# ---------------------------------------------------------------- 10 names of columns

# fmt: off
NAMES = ["wind speed (m/s)", "a,b", "-e", "--target", "größe", "名前", 'say "hi"', "#1", "a..b", "te*t", "it's", "[x]"]
# fmt: on


def odd_table() -> str:
    """One column per odd name; the cell in row r, column c is 100 r + c."""
    header = ",".join('"' + n.replace('"', '""') + '"' for n in NAMES)
    rows = "".join(",".join(str(100 * r + c) for c in range(len(NAMES))) + "\n" for r in range(5))
    return table("odd.csv", text=f"{header}\n{rows}")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("spelling", ["--features NAME", "--features=NAME", "-f NAME"])
def test_any_name_selects_its_column(door, name, spelling):
    said = door(f"window {odd_table()} -t 2 -q -o out", *(w.replace("NAME", name) for w in spelling.split()))

    assert (said.code, said.err) == (0, "")
    assert np.load("out/X.npy")[0, :, 0].tolist() == [NAMES.index(name), 100 + NAMES.index(name)]


def repeated(option: str, names: list[str]) -> list[str]:
    return [word for name in names for word in (option, name)]


def test_odd_names_are_selected_together_by_repeating_the_option(door):
    assert door(f"window {odd_table()} -t 2 -o out", *repeated("-f", NAMES[::-1])).code == 0
    assert lstmprep.load("out").manifest["feature_names"] == NAMES[::-1]


PARTS: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "--target": lambda made: made["targets"],
    "--label": lambda made: made["recipe"]["label"],
    "--time": lambda made: made["order"]["time"],
    "--group-by": lambda made: made["sequences"]["keys"],
    "--exclude": lambda made: made["recipe"]["exclude"],
    "--categorical": lambda made: list(made["fitted"]["categories"]),
}


@pytest.mark.parametrize("option", PARTS)
@pytest.mark.parametrize("name", ["a,b", "-e", "größe", "wind speed (m/s)"])
def test_odd_names_play_any_part(door, option, name):
    table("d.csv", text=f'"{name}",v\n' + "".join(f"{i},{i}\n" for i in range(5)))

    said = door("window d.csv -t 1 -q -o out", option, name)

    assert (said.code, said.err) == (0, "")
    made = lstmprep.load("out").manifest
    assert PARTS[option](made) in (name, [name])
    assert made["feature_names"][:1] == ([name] if option == "--target" else ["v"])


@pytest.mark.parametrize("place_of", [1, 3, len(NAMES)])
def test_a_column_is_selected_by_its_place_unless_a_name_says_otherwise(door, place_of):
    assert door(f"window {odd_table()} -t 2 -q -o out -f", f"#{place_of}").code == 0

    wanted = "#1" if place_of == 1 else NAMES[place_of - 1]
    assert lstmprep.load("out").manifest["feature_names"] == [wanted]


def test_the_command_in_the_manifest_can_be_typed_again(door):
    assert door(f"window {odd_table()} -t 2 -o one", *repeated("-f", NAMES)).code == 0

    again = shlex.split(lstmprep.load("one").manifest["command"])

    assert again[0] == "lstmprep"
    assert door("", *again[1:], "-o", "two").code == 0
    assert files("one") == files("two")


@pytest.mark.parametrize(
    "name", ["with blank.csv", "-lead.csv", "a;b$(touch x).csv", "new\nline.csv", "ü.csv", "100%.csv"]
)
def test_a_file_may_have_any_name(door, name):
    said = door("window -t 3 -f a -q -o out --", table(name))

    assert (said.code, said.err) == (0, "")
    assert sorted(os.listdir()) == sorted([name, "out"])
    assert lstmprep.load("out").manifest["source"][0]["name"] == name


# ---------------------------------------------------------------- 11 values that make no sense

VALUED = [s for s in settings_of_command() if s.kind in ("int", "float", "ints")]


@pytest.mark.parametrize("setting", VALUED, ids=lambda s: s.name)
@pytest.mark.parametrize("nonsense", ["lots", "1.5.2", "10k", "1_0", "٣"])
def test_nonsense_is_answered_with_an_example_that_works(door, setting, nonsense):
    said = door(f"window {table()} {setting.flag}={nonsense} -o out")

    refused(said, 2, f"{setting.flag} '{nonsense}'", "for example")
    for example in said.lines[1].split("for example ")[1].rstrip(".").split(" or "):
        assert convert(setting, example) is not None
    assert os.listdir() == ["d.csv"]


def test_an_empty_value_is_nonsense_too(door):
    refused(door(f"window {table()} --timesteps= -o out"), 2, "--timesteps ''", "for example 10")


def test_a_negative_value_is_a_value_and_no_option(door):
    table()

    assert door("window d.csv -f a -t 3 --partial --pad-value -1 -o out").code == 0
    assert np.load("out/X.npy")[0, :, 0].tolist() == [-1, -1, 0]
    refused(door("window d.csv -t 3 --stride -1"), 2, "--stride is -1")


def test_a_number_beyond_all_reason_is_refused_before_any_work(door):
    for value in (2**62, 10**30, "9" * 5000):
        refused(door("window nothing.csv --timesteps", value), 2, "--timesteps")
    refused(door(f"window {table()} -o out --timesteps", 2**61), 3, "40 rows")


# ---------------------------------------------------------------- 12 make


def make() -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make"], capture_output=True, text=True, check=False, timeout=60)


def rule(goal: str, line: str) -> None:
    Path("Makefile").write_text(f"{goal}: d.csv\n\t{shlex.join(LSTMPREP)} {line}\n")


def test_make_runs_a_rule_once_and_again_only_when_the_table_changed():
    table()
    rule("out/manifest.json", "window d.csv -t 3 --overwrite -q -o out")

    first, second = make(), make()
    os.utime("d.csv", (time.time() + 2, time.time() + 2))
    third = make()

    assert (first.returncode, second.returncode, third.returncode) == (0, 0, 0)
    assert ["lstmprep" in one.stdout for one in (first, second, third)] == [True, False, True]
    assert "up to date" in second.stdout
    assert lstmprep.load("out").X.shape == (38, 3, 3)


@pytest.mark.parametrize("goal", ["out/manifest.json", "out.npz"])
def test_a_rule_that_fails_leaves_no_target(goal):
    table("d.csv", text="a\n1\nx\n3\n4\n")
    rule(goal, f"window d.csv -t 2 -o {goal.removesuffix('/manifest.json')}")

    for _ in range(2):
        assert make().returncode != 0
        assert sorted(os.listdir()) == ["Makefile", "d.csv"]


# ---------------------------------------------------------------- 14 how much is said


def test_quiet_says_nothing_but_errors(door):
    table()

    assert door("window d.csv -t 3 -q -o out") == Said(0, b"", "")
    refused(door("window d.csv -t 3 -q -o out"), 4, "exists")
    assert door("window d.csv -t 3 --quiet --verbose -o two") == Said(0, b"", "")


def test_verbose_shows_phases_rows_and_the_part_of_every_column(door):
    said = door(f"window {table()} -t 3 --group-by site --time t -v -o out")

    assert said.code == 0
    assert "phases: read 40 rows, framed 34 samples" in said.err
    for column in ("t", "a", "b", "kind", "site"):
        assert re.search(rf"^(column {column}:|time: {column}\b|sequences: .* by {column}\b)", said.err, re.MULTILINE)
    assert "40 read" in said.err


def test_verbose_says_everything_that_the_plain_report_says(door):
    plain, verbose = door(f"window {table()} -t 3 -o out"), door("window d.csv -t 3 -v --overwrite -o out")

    assert set(plain.lines) < set(verbose.lines)


def test_every_guess_is_said(door):
    """Columns left out by default, and the order of the rows."""
    said = door(f"window {table()} -t 3 -o out").err

    assert re.search(r"^note: .*\bkind\b.*\bsite\b", said, re.MULTILINE)
    assert re.search(r"^note: .*order of the file", said, re.MULTILINE)


@pytest.mark.parametrize("line", ["-f a --time t -t 2", "-f a -t 2", "-t 2", "-t 1 --label kind"])
def test_notes_are_counted_at_the_end(door, line):
    said = door(f"window {table()} {line} -o out")

    notes = sum(row.startswith("note: ") for row in said.lines)
    assert notes == len(lstmprep.load("out").manifest["notes"])
    counts = [row for row in said.lines if re.fullmatch(r"\d+ notes?", row)]
    assert counts == ([f"{notes} notes"] if notes > 1 else [])


def test_the_report_goes_to_stderr_and_says_shapes_rows_files_and_the_next_line_to_type(door):
    said = door(f"window {table()} -t 10 --target b -f a,b --time t -o out")

    assert said.stdout == b""
    assert said.lines[0] == "d.csv: 40 rows, 5 columns"
    assert re.fullmatch(
        r"X +\(30, 10, 2\) +samples, timesteps, features +float32 +2\.3 KiB +features a, b", said.lines[1]
    )
    assert re.fullmatch(r"y +\(30, 1\) +samples, targets +float32 +120 B +target b, 1 row ahead", said.lines[2])
    assert said.lines[1].index("features a, b") == said.lines[2].index("target b"), "what is said of X and y is aligned"
    assert said.lines[3].startswith("rows: 40 read, 39 used as input, 30 as target")
    assert "wrote out/: X.npy, y.npy, index.parquet, manifest.json" in said.lines
    assert said.lines[-1] == "Keras Input(shape=(10, 2)) · PyTorch nn.LSTM(input_size=2, batch_first=True)"


# ---------------------------------------------------------------- values from flag, environment, recipe

OPTIONS = {o: p for p in cli.commands["window"].params for o in p.opts if o.startswith("--") and o != "--help-all"}
SETTINGS = {s.flag: s for s in settings_of_command()}


def some_value(flag: str) -> str:
    """A value that is not the default."""
    if flag == "--memory-limit":
        return "2GiB"
    kind = SETTINGS[flag].kind if flag in SETTINGS else "flag" if OPTIONS[flag].is_flag else "text"
    kind = {"--workers": "int", "--engine": "engine"}.get(flag, kind)
    if kind == "flag":
        return "0" if OPTIONS[flag].secondary_opts else "1"
    if kind == "choice":
        return SETTINGS[flag].choices[-1]
    return {
        "size": "64MiB",
        "engine": "processes",
        "int": "7",
        "float": "2.5",
        "text": "a text",
        "list": "a b,c",
        "ints": "1,4",
        "words": "0.7,0.3",
    }[kind]


@pytest.mark.parametrize("flag", OPTIONS)
def test_every_option_can_come_from_the_environment(monkeypatch, flag):
    def parsed() -> Any:
        with click.Context(cli, info_name="lstmprep", auto_envvar_prefix="LSTMPREP") as group:
            return cli.commands["window"].make_context("window", ["d.csv"], parent=group).params[OPTIONS[flag].name]

    before = parsed()
    monkeypatch.setenv("LSTMPREP_WINDOW_" + flag[2:].upper().replace("-", "_"), some_value(flag))

    assert parsed() != before


def test_flag_beats_environment_beats_recipe_beats_default(door, monkeypatch):
    table()
    Path("r.toml").write_text('timesteps = 3\nfeatures = ["a"]\nstride = 2\n')

    def shape(line: str) -> tuple[int, ...]:
        assert door(f"window d.csv -q --overwrite -o out {line}").code == 0
        return lstmprep.load("out").X.shape

    assert shape("--recipe r.toml") == (19, 3, 1)
    monkeypatch.setenv("LSTMPREP_WINDOW_TIMESTEPS", "4")
    assert shape("--recipe r.toml") == (19, 4, 1)
    assert shape("--recipe r.toml --timesteps 5") == (18, 5, 1)
    assert shape("--timesteps 5 --features a,b") == (36, 5, 2)
    monkeypatch.setenv("LSTMPREP_WINDOW_FEATURES", "a,b")
    assert shape("--recipe r.toml") == (19, 4, 2)
    assert shape("--recipe r.toml -f b") == (19, 4, 1)


def test_a_name_with_blanks_comes_whole_from_the_environment(door, monkeypatch):
    monkeypatch.setenv("LSTMPREP_WINDOW_FEATURES", "wind speed (m/s)")

    assert door(f"window {odd_table()} -t 2 -o out").code == 0
    assert lstmprep.load("out").manifest["feature_names"] == ["wind speed (m/s)"]


def test_an_empty_variable_is_no_value(door, monkeypatch):
    monkeypatch.setenv("LSTMPREP_WINDOW_FEATURES", "")
    monkeypatch.setenv("LSTMPREP_WINDOW_STRIDE", "")

    assert door(f"window {table()} -t 3 -q -o out") == Said(0, b"", "")


def test_a_wrong_value_says_where_it_came_from(door, monkeypatch):
    table()
    Path("r.json").write_text('{"timesteps": "ten"}')

    refused(door("window d.csv --recipe r.json"), 2, "r.json", "timesteps", "'ten'")
    monkeypatch.setenv("LSTMPREP_WINDOW_STRIDE", "two")
    refused(door("window d.csv -t 3"), 2, "LSTMPREP_WINDOW_STRIDE", "'two'")


TYPED = "window d.csv -t 4 --target b --group-by site --time t --no-overlap --lead 2 --dtype float64"
TOML = """
timesteps = 4
target = ["b"]
group-by = "site"
time = ["t"]
no-overlap = true
lead = 2
dtype = "float64"
"""
JSON = """{"timesteps": 4, "target": "b", "group_by": ["site"], "time": "t", "no_overlap": true, "lead": 2,
"dtype": "float64"}"""


@pytest.mark.parametrize("recipe", ["r.toml", "r.json", "typed/manifest.json", "typed.manifest.json"])
def test_a_recipe_gives_what_its_options_give_when_typed(door, recipe):
    table()
    Path("r.toml").write_text(TOML)
    Path("r.json").write_text(JSON)
    assert door(f"{TYPED} -o typed").code == 0
    assert door(f"{TYPED} -o typed.npz").code == 0

    said = door(f"window d.csv --recipe {recipe} -o out")

    assert said.code == 0, said.err
    assert files("out") == files("typed")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("r.toml", "timestep = 3\n", "'timestep' Did you mean 'timesteps'"),
        ("r.toml", "timesteps = = 3\n", "TOML"),
        ("r.json", '{"timesteps": 3,}', "JSON"),
        ("r.json", '{"timesteps": 3, "timesteps": 4}', "'timesteps' twice"),
        ("r.json", "[1]", "object"),
        ("r.json", '{"timesteps": [3]}', "timesteps"),
        ("r.json", '{"timesteps": true}', "timesteps"),
        ("r.json", '{"timesteps": 1e400}', "timesteps"),
        ("r.json", '{"timesteps": 3, "features": 1.5}', "features"),
        ("r.json", '{"timesteps": 3, "missing": "drp"}', "missing 'drop'"),
        ("r.json", '{"command": "pad"}', "pad"),
        ("r.json", '{"manifest_version": 2, "recipe": {}}', "manifest_version 2"),
        ("r.json", "[" * 100_000, "nested"),
        ("r.json", '{"labels": "/etc/hostname", "timesteps": 3, "group_by": "site"}', "labels"),
        ("r.json", '{"labels": "../x.csv", "timesteps": 3, "group_by": "site"}', "labels"),
    ],
    ids=lambda text: text[:40],
)
def test_a_recipe_that_cannot_be_meant_is_refused_by_name(door, name, text, words):
    table()
    Path(name).write_text(text)

    refused(door(f"window d.csv --recipe {name} -o out"), 2, name, *words.split())
    assert sorted(os.listdir()) == sorted(["d.csv", name])


def test_a_recipe_that_is_not_there_is_storage(door):
    refused(door(f"window {table()} --recipe nope.toml"), 4, "nope.toml", "no such file")


# ---------------------------------------------------------------- --json, -o -, .npz


@pytest.mark.parametrize(("name", "manifest"), [("out", "out/manifest.json"), ("out.npz", "out.manifest.json")])
def test_json_prints_the_manifest_byte_for_byte(door, name, manifest):
    said = door(f"window {table()} -t 3 --target a --json -o {name}")

    assert said.code == 0
    assert said.stdout == Path(manifest).read_bytes()
    assert said.err.startswith("d.csv: 40 rows")


def test_json_of_a_dry_run_is_the_manifest_without_files_and_digests(door):
    line = f"window {table()} -t 3 --target a --group-by site --json -q"
    plan, made = json.loads(door(f"{line} --dry-run").out), json.loads(door(f"{line} -o out").out)

    for array in made["arrays"].values():
        del array["file"], array["digest"]
    for source in made["source"]:
        del source["digest"]
    del made["index"]["digest"]
    assert plan == made


@pytest.mark.parametrize("answer", ["", "--target b", "--label kind", "--partial --target b"])
def test_standard_output_holds_the_arrays_of_the_folder_and_nothing_else(door, answer):
    line = f"window {table()} -t 3 {answer} -o"
    assert door(f"{line} out").code == 0

    said = door(f"{line} -")

    assert said.code == 0
    assert "wrote to standard output" in said.lines
    loaded, folder = np.load(io.BytesIO(said.stdout), allow_pickle=False), lstmprep.load("out").arrays
    arrays = {"X": loaded} if isinstance(loaded, np.ndarray) else dict(loaded)
    assert {n: (a.dtype, a.tolist()) for n, a in arrays.items()} == {
        n: (a.dtype, a.tolist()) for n, a in folder.items()
    }
    assert isinstance(loaded, np.ndarray) == (answer == "")


@pytest.mark.parametrize("answer", ["", "--target b", "--label kind --one-hot", "--leftover pad --no-overlap"])
def test_an_npz_holds_what_the_folder_holds(door, answer):
    line = f"window {table('d.csv', 41)} -t 4 --group-by site {answer} -o"
    assert door(f"{line} out").code == 0
    assert door(f"{line} out.npz").code == 0

    with zipfile.ZipFile("out.npz") as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    assert members == {name: data for name, data in files("out").items() if name.endswith(".npy")}
    assert Path("out.index.parquet").read_bytes() == Path("out/index.parquet").read_bytes()
    folder, npz = (lstmprep.load(n).manifest for n in ("out", "out.npz"))
    for array in (*folder["arrays"].values(), *npz["arrays"].values()):
        del array["file"]
    assert folder == npz


def test_an_npy_holds_x_alone_and_is_refused_beside_an_answer(door):
    line = f"window {table()} -t 3"
    assert door(f"{line} -o out").code == 0
    assert door(f"{line} -o x.npy").code == 0

    assert Path("x.npy").read_bytes() == Path("out/X.npy").read_bytes()
    refused(door(f"{line} --target a -o y.npy"), 2, "y.npz", "y/")


def test_json_and_arrays_cannot_share_standard_output(door):
    refused(door(f"window {table()} -t 3 --json -o -"), 2, "--json", "-o -")


# ---------------------------------------------------------------- what gets imported


def brought_by(code: str) -> set[str]:
    """Top-level modules that a piece of code has brought in, in a fresh interpreter."""
    script = f"import sys\n{code}\nsys.stderr.write(' '.join(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    return set(done.stderr.splitlines()[-1].split())


def typing(line: str, code: int = 0) -> str:
    """Code that types a command line at the front door."""
    return (
        f"import os\nos._exit = sys.exit\nsys.argv = {['lstmprep', *line.split()]!r}\nfrom lstmprep.__main__ import main\n"
        f"try:\n    main()\nexcept SystemExit as end:\n    assert (end.code or 0) == {code}, end.code"
    )


def test_the_version_comes_without_click_or_numpy():
    assert process("--version") == Said(0, f"lstmprep {lstmprep.__version__}\n".encode(), "")
    assert not brought_by(typing("--version")) & {"click", "numpy", "pyarrow", *HEAVY}


@pytest.mark.parametrize(
    "line", ["--help", "window -h", "window --help-all", "explain", "explain precision", "--man window"]
)
def test_help_comes_without_numpy_and_its_heavy_neighbours(line):
    assert not brought_by(typing(line)) & {"numpy", "pyarrow", *HEAVY}


def test_a_wrong_option_is_answered_without_the_heavy_libraries():
    assert not brought_by(typing("window d.csv --timestep 3", 2)) & {"numpy", "pyarrow", *HEAVY}


def test_importing_the_package_brings_nothing_heavy():
    assert not brought_by("import lstmprep") & {"click", "numpy", "pyarrow", *HEAVY}


SMALL_RUNS = [
    "-f a,b",
    "-f a,b --group-by site",
    "-f a,b --time n",
    "-f a,b --time zoned",
    "-f a,b --time naive",
    "-f a,b --time date --on-duplicate mean",
    "-f a,b --time date,clock",
    "-f a,b --time back --group-by site",
    "-f a,b --label kind",
    "-f a,b --target b --horizon 2 --time naive --group-by site",
    "-f a,hole --missing drop",
    "-f a --categorical kind",
    "-f a,b --target b --shuffle",
    "-f a --static size --group-by site",
    "-f a --dry-run --json",
]


def three_hundred(kind: str) -> str:
    """300 rows with text, instants, doubled days and holes, as CSV or Parquet."""
    rows = range(300)
    dates, clocks = [f"2024-01-{1 + i // 24:02d}" for i in rows], [f"{i % 24:02d}:00:00" for i in rows]
    instants = [f"{d}T{c}" for d, c in zip(dates, clocks, strict=True)]
    data: dict[str, list[Any]] = {
        "n": list(rows), "back": [-i for i in rows], "a": [i * 7 % 11 for i in rows], "b": [i / 8 for i in rows],
        "hole": [None if i % 50 == 9 else i for i in rows], "size": [i // 100 for i in rows],
        "kind": ["uv"[i // 9 % 2] for i in rows], "site": ["xyz"[i // 100] for i in rows],
        "date": dates, "clock": clocks, "naive": instants, "zoned": [f"{t}Z" for t in instants],
    }  # fmt: skip
    if kind == "csv":
        cells = [["" if v is None else str(v) for v in row] for row in zip(*data.values(), strict=True)]
        return table("d.csv", text="\n".join(",".join(row) for row in [list(data), *cells]) + "\n")
    data["clock"] = [dt.time(i % 24) for i in rows]
    types = {
        "date": pa.date32(),
        "naive": pa.timestamp("ns"),
        "zoned": pa.timestamp("us", "UTC"),
    }
    columns = {n: pa.array(v).cast(types[n]) if n in types else pa.array(v) for n, v in data.items()}
    parquet.write_table(pa.table(columns), "d.parquet")
    return "d.parquet"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_run_on_300_rows_never_imports_pandas(kind):
    """pandas is there, takes longest to load, and is needed for none of these."""
    lines = [f"window {three_hundred(kind)} -t 3 -q --overwrite -o out {line}" for line in SMALL_RUNS]
    code = (
        f"import json, sys\nfrom lstmprep.cli import run\nfor line in {lines!r}:\n"
        f"    code = run(line.split())\n    heavy = sorted({HEAVY!r} & set(sys.modules))\n"
        "    if code or heavy:\n        sys.exit(f'{line}: exit code {code}, imported {heavy}')\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)

    assert (done.returncode, done.stderr) == (0, "")
    assert "pandas" in brought_by("import pandas")


def test_the_console_script_is_the_module():
    script = Path(sys.executable).with_name("lstmprep")

    done = subprocess.run([script, "window", "--help"], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout == process("window --help").out
