"""FAULTS 1-12: the disk fills, calls fail, signals come, streams are closed, places are impossible.

`drill` carries out one command once for every step it takes on the disk, in a child of its own, and
lets that step go wrong; what is left in the folder is looked at afterwards.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lstmprep
from lstmprep.errors import LstmprepError
from lstmprep.sources import files
from tests.faults.conftest import Desk, arrays_of, command, ramp, require_clean, require_refusal, snapshot
from tests.faults.drills import CLEANING, Drill, tables

NEW = ["window", "a.csv", "-t", "5", "--target", "b"]
OLD = ["window", "b.csv", "-t", "4", "--target", "b"]
KINDS = ["out", "out.npz"]


def combined(faults: list[str], quick: list[tuple[str, str, bool]]) -> list[Any]:
    """Every fault with every kind of output, new and replaced; all but the quick ones are slow."""
    every = [(f, k, o) for f in faults for k in KINDS for o in (False, True)]
    return [pytest.param(*case, marks=() if case in quick else pytest.mark.slow) for case in every]


def arguments(kind: str, *, over: bool) -> tuple[list[str], list[str] | None]:
    """The command to drill, and the one that makes what it replaces."""
    argv = [*NEW, "-o", kind, "--fsync"]
    return ([*argv, "--overwrite"], [*OLD, "-o", kind]) if over else (argv, None)


@pytest.mark.parametrize(
    ("fault", "kind", "over"), combined(["EIO", "full"], [("full", "out", False), ("EIO", "out.npz", True)])
)
def test_2_whatever_step_fails_the_answer_is_4_and_nothing_or_0_and_whole(tmp_path, fault, kind, over):
    argv, prepare = arguments(kind, over=over)
    for child in (drill := Drill(tmp_path, argv, fault, template=tables(tmp_path, prepare))).children:
        assert child.code in {0, 4}, (child.name, child.err)
        if child.code == 4:
            require_refusal(child, {4})
            assert child.holds() == drill.before, child.name
            assert fault != "full" or "no space" in child.err
        else:  # the hidden folder may stay when its own removal is what failed
            require_clean(child.err)
            assert child.holds(hidden=child.step not in CLEANING) == drill.whole, child.name


@pytest.mark.parametrize(
    ("name", "kind", "over"), combined(["SIGINT", "SIGTERM"], [("SIGTERM", "out", True), ("SIGINT", "out.npz", True)])
)
def test_4_a_signal_at_any_step_leaves_the_folder_as_it_was(tmp_path, name, kind, over):
    argv, prepare = arguments(kind, over=over)
    code = 128 + getattr(signal, name)
    for child in (drill := Drill(tmp_path, argv, name, template=tables(tmp_path, prepare))).children:
        assert child.code in {0, code}, (child.name, child.err)
        require_clean(child.err)
        assert child.holds() == (drill.whole if child.code == 0 else drill.before), child.name
        assert child.out == b""
        if child.code:
            assert len(child.err.splitlines()) <= 2


@pytest.mark.parametrize(
    ("fault", "kind", "over"), combined(["SIGKILL"], [("SIGKILL", "out", True), ("SIGKILL", "out.npz", True)])
)
def test_3_after_a_kill_at_any_step_names_are_absent_or_whole_and_the_next_run_works(
    tmp_path, monkeypatch, fault, kind, over
):
    argv, prepare = arguments(kind, over=over)
    for child in (drill := Drill(tmp_path, argv, fault, template=tables(tmp_path, prepare))).children:
        assert child.code in {0, -signal.SIGKILL}
        seen = child.holds(hidden=False)
        for name, content in seen.items():
            assert content in (drill.before.get(name), drill.whole.get(name)), (child.name, name)
        finished = seen == drill.whole
        if "manifest" in " ".join(set(seen) - set(drill.before)):
            assert finished, f"{child.name}: the manifest comes last"

        monkeypatch.chdir(child.desk.folder)
        again = command(*argv)

        assert again.code == (4 if finished and not over else 0), (child.name, again.err)
        assert child.holds() == drill.whole, child.name


def test_3_a_kill_of_the_real_process_leaves_nothing_that_the_next_run_does_not_clear(desk):
    desk.write("a.csv", ramp(60_000))
    argv = [sys.executable, "-m", "lstmprep", "window", "a.csv", "-t", "60", "-o", "out"]
    begun = time.monotonic()
    subprocess.run(argv, check=True, capture_output=True)
    took = time.monotonic() - begun
    whole = arrays_of(desk.path("out"))["X"].tobytes()
    shutil.rmtree("out")
    for share in (0.4, 0.6, 0.75, 0.9):
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            time.sleep(took * share)
            running.kill()
        if desk.path("out").exists():
            assert arrays_of(desk.path("out"))["X"].tobytes() == whole
            shutil.rmtree("out")
    assert desk.run("a.csv", "-t", "60", "-o", "out").code == 0
    assert arrays_of(desk.path("out"))["X"].tobytes() == whole
    assert sorted(os.listdir()) == ["a.csv", "out"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_4_a_process_that_waits_for_input_ends_at_once_on_a_signal(desk, number, code):
    argv = [sys.executable, "-m", "lstmprep", "window", "-", "-t", "3", "-o", "out"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdin.write(ramp(5).encode())
        running.stdin.flush()
        for _ in range(200):  # until the signals are listened to
            caught = Path(f"/proc/{running.pid}/status").read_text().partition("SigCgt:")[2].split()[0]
            if int(caught, 16) >> (signal.SIGTERM - 1) & 1:
                break
            time.sleep(0.05)
        time.sleep(0.3)  # it reads by now
        running.send_signal(number)
        out, err = running.communicate(timeout=15)
    assert running.returncode == code
    require_clean(err.decode())
    assert out == b"" and os.listdir() == []


STARTS = [
    "click",
    "numpy",
    "pyarrow",
    "pyarrow.csv",
    "lstmprep.cli",
    "lstmprep.run",
    "lstmprep.recipe",
    "lstmprep.sinks",
]


@pytest.mark.parametrize("module", STARTS)
@pytest.mark.parametrize(("name", "codes"), [("SIGINT", {130, -2}), ("SIGTERM", {143, -15})])
def test_4_a_signal_while_the_program_starts_shows_no_traceback(desk, module, name, codes):
    """The process gets the signal when it begins to import this module."""
    desk.write("a.csv", ramp(9))
    code = f"""
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.{name})
sys.meta_path.insert(0, Finder())
sys.argv = ["lstmprep", "window", "a.csv", "-t", "3", "-o", "out"]
from lstmprep.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode in codes, done.stderr
    require_clean(done.stderr)
    assert os.listdir() == ["a.csv"]


# -- 1: no room ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("room", "kind"), [(0, "out"), (127, "out"), (128, "out.npz"), (4096, "out"), (70_000, "out.npz"), (400_000, "out")]
)
def test_1_no_more_room_in_mid_write_is_4_and_the_space_is_free_again(desk, room, kind):
    """The kernel itself refuses to let a file grow beyond `room` bytes."""
    desk.write("a.csv", ramp(4000))
    before = desk.snapshot()
    argv = [sys.executable, "-m", "lstmprep", "window", "a.csv", "-t", "30", "--target", "b", "-o", kind]

    done = subprocess.run(
        argv,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
    )

    require_refusal(_said(done), {4})
    assert desk.snapshot() == before


def test_1_room_is_looked_at_before_the_first_byte(desk, monkeypatch):
    desk.write("a.csv", ramp(50))
    monkeypatch.setattr("lstmprep.sinks.staging.free_bytes", lambda _: 100)
    assert "no space" in desk.refused("a.csv", "-t", "3", "-o", "out", code=4)


# -- 2: descriptors --------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [1, 2, 3, 4, 6, 9])
def test_2_too_few_descriptors_are_4_and_nothing_or_0_and_whole(desk, room):
    desk.write("a.csv", ramp(20))
    before = desk.snapshot()
    code = (
        "import sys, os, resource, numpy, pyarrow.csv, pyarrow.parquet, lstmprep.api, lstmprep.sinks.index, lstmprep.cli.report, lstmprep.cli.progress, lstmprep.manifest\n"
        "from lstmprep.cli import run\n"
        f"n = max(int(f) for f in os.listdir('/proc/self/fd')) + 1 + {room}\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))\n"
        "sys.exit(run(['window', 'a.csv', '-t', '3', '-o', 'out']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        require_refusal(_said(done), {4})
        assert desk.snapshot() == before
    else:
        assert arrays_of(desk.path("out"))["X"].shape == (18, 3, 2)


# -- 5: streams ------------------------------------------------------------------------------------


def shell(text: str) -> subprocess.CompletedProcess[str]:
    """A line for the shell; ``lstmprep`` is this one."""
    return subprocess.run(
        ["bash", "-c", text.replace("lstmprep", f'"{sys.executable}" -m lstmprep')],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _said(done: subprocess.CompletedProcess[str]) -> Any:
    from tests.faults.conftest import Said

    return Said(done.returncode, done.stdout.encode(), done.stderr)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "2>/dev/full", ">/dev/full"])
def test_5_streams_that_are_closed_or_full_do_not_spoil_a_run_that_needs_none(desk, closed):
    desk.write("a.csv", ramp(20))
    done = shell(f"lstmprep window a.csv -t 3 -o out {closed}")
    assert done.returncode == 0
    require_clean(done.stderr)
    assert arrays_of(desk.path("out"))["X"].shape == (18, 3, 2)


@pytest.mark.parametrize("closed", [">&-", ">/dev/full", "1</dev/null"])
@pytest.mark.parametrize("asks", ["-o -", "-o out --json"])
def test_5_data_that_standard_output_does_not_take_are_4(desk, closed, asks):
    desk.write("a.csv", ramp(20))
    done = shell(f"lstmprep window a.csv -t 3 -q {asks} {closed}")
    assert done.returncode == 4
    require_refusal(_said(done), {4})
    assert "standard output" in done.stderr


@pytest.mark.parametrize("asks", ["-o -", "-o out --json"])
def test_5_a_reader_that_goes_away_ends_the_run_quietly(desk, asks):
    desk.write("a.csv", ramp(30_000))
    done = shell(f"lstmprep window a.csv -t 30 -q {asks} | head -c 5 >/dev/null; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) in [(141, ""), (0, "")]
    if "--json" not in asks:
        assert done.returncode == 141
    else:
        assert arrays_of(desk.path("out"))["X"].shape == (29_971, 30, 2)


@pytest.mark.parametrize("fed", ["<&-", "</dev/null"])
def test_5_no_standard_input_is_an_empty_table(desk, fed):
    said = _said(shell(f"lstmprep window - -t 3 -o out {fed}"))
    require_refusal(said, {3})
    assert "empty" in said.err
    assert os.listdir() == []


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full", ">&- 2>&-"])
def test_5_a_refusal_that_cannot_be_shown_keeps_its_exit_code(desk, closed):
    desk.write("a.csv", ramp(5))
    assert shell(f"lstmprep window a.csv -t 30 -o out {closed}").returncode == 3
    assert os.listdir() == ["a.csv"]


@pytest.mark.parametrize("way", ["window <(cat a.csv)", "window /dev/stdin < <(cat a.csv)", "window pipe"])
def test_5_a_pipe_as_input_is_read_whole_or_refused(desk, way):
    desk.write("a.csv", ramp(9000))
    feed = "mkfifo pipe; cat a.csv > pipe & sleep 0; " if way == "window pipe" else ""
    done = shell(f"{feed}timeout 20 lstmprep {way} -t 3 -q -o out; code=$?; kill %1 2>/dev/null; exit $code")
    if done.returncode:
        require_refusal(_said(done), {2, 4})
        assert not desk.path("out").exists()
    else:
        assert arrays_of(desk.path("out"))["X"].shape == (8998, 3, 2)


# -- 6: impossible places --------------------------------------------------------------------------

IMPOSSIBLE = [
    "a.csv/out",
    "a.csv/out.npz",
    "nowhere/out",
    "nowhere/deeper/out.npz",
    "/proc/out",
    "/proc/self/fd/out",
    "/sys/out.npz",
    "/dev/null",
    "/dev/full",
    "/dev/full/out",
    "loop/out",
    "x" * 300,
    "y" * 300 + ".npz",
    "z" * 250 + ".npz",
    "d/" + "w" * 256,
]


@pytest.mark.parametrize("place", IMPOSSIBLE, ids=lambda p: p[:20])
def test_6_a_place_that_cannot_take_an_output_is_refused(desk, place):
    desk.write("a.csv", ramp(9))
    desk.path("d").mkdir()
    desk.path("loop").symlink_to("loop")
    err = desk.refused("a.csv", "-t", "3", "-o", place, code=4)
    assert "standard output" not in err
    assert place[:10] in err or place[-10:] in err


@pytest.mark.parametrize("place", ["a.csv/out", "nowhere/out", "/dev/full", "there", "q" * 300])
def test_6_the_place_is_looked_at_before_any_work(desk, monkeypatch, place):
    desk.write("a.csv", ramp(9))
    desk.path("there").mkdir()
    monkeypatch.setattr(files.InputFile, "open", lambda _: pytest.fail("the input was read"))
    desk.refused("a.csv", "-t", "3", "-o", place, code=4)


@pytest.mark.parametrize("place", ["", ".", "..", "/", "d/..", "t.csv", "t.parquet", "t.json"])
def test_6_a_name_that_is_none_is_usage(desk, place):
    desk.write("a.csv", ramp(9))
    desk.path("d").mkdir()
    desk.refused("a.csv", "-t", "3", "-o", place, code=2)


# -- 7: the output exists --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["out", "out.npz", "out.npy"])
def test_7_an_output_that_exists_is_kept_to_the_byte(desk, kind):
    desk.write("a.csv", ramp(9))
    desk.works("a.csv", "-t", "3", out=kind)
    err = desk.refused("a.csv", "-t", "4", "-o", kind, code=4)
    assert "exists" in err and "--overwrite" in err


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("full", "holds files that lstmprep did not write: mine.txt"),
        ("mine", "this is a file"),
        ("mine.npz", "no output of lstmprep"),
        ("/dev/full", "this is a file"),
    ],
)
def test_7_overwrite_is_offered_only_where_it_would_do(desk, place, why):
    desk.write("a.csv", ramp(9))
    desk.path("full").mkdir()
    for name in ("full/mine.txt", "mine", "mine.npz"):
        desk.write(name, "dear diary")

    err = desk.refused("a.csv", "-t", "3", "-o", place, code=4)

    assert "exists" in err and why in err
    assert "Add --overwrite" not in err


def test_7_an_empty_folder_is_replaced_by_the_overwrite_that_is_offered(desk):
    desk.write("a.csv", ramp(9))
    desk.path("empty").mkdir()

    assert "Add --overwrite" in desk.refused("a.csv", "-t", "3", "-o", "empty", code=4)
    assert desk.run("a.csv", "-t", "3", "-o", "empty", "--overwrite").code == 0


@pytest.mark.parametrize("place", ["/dev/stdout", "/dev/fd/1"])
def test_6_a_name_of_standard_output_is_sent_to_the_dash(desk, place):
    """What the link leads to is no place that anybody could write to."""
    desk.write("a.csv", ramp(9))
    err = desk.refused("a.csv", "-t", "3", "-o", place, code=4)
    assert "-o -" in err and "pipe" not in err and "/proc" not in err


@pytest.mark.parametrize("kind", ["out", "out.npz", "out.npy"])
@pytest.mark.parametrize("bad", ["late.csv", "short.csv"])
def test_7_overwrite_keeps_the_old_one_when_the_new_one_fails(desk, kind, bad):
    desk.write("a.csv", ramp(9))
    desk.write("late.csv", ramp(30_000) + "x,y\n")
    desk.write("short.csv", ramp(2))
    desk.works("a.csv", "-t", "3", out=kind)
    desk.refused(bad, "-t", "3", "-o", kind, "--overwrite", code=3)


@pytest.mark.parametrize("kind", ["out", "out.npz", "out.npy"])
def test_7_overwrite_replaces_whole(desk, kind):
    desk.write("a.csv", ramp(9))
    desk.works("a.csv", "-t", "3", out=kind)
    done = desk.run("a.csv", "-t", "4", "--no-index", "-o", kind, "--overwrite")
    assert done.code == 0
    assert lstmprep.load(kind).X.shape == (6, 4, 2)
    assert not list(desk.folder.rglob("*index.parquet"))


@pytest.mark.parametrize(("name", "content"), [("mine.txt", "dear diary"), ("manifest.json", "{}"), ("X.npy", "")])
def test_7_overwrite_never_replaces_what_lstmprep_did_not_write(desk, name, content):
    desk.write("a.csv", ramp(9))
    desk.path("out").mkdir()
    desk.write(f"out/{name}", content)
    desk.refused("a.csv", "-t", "3", "-o", "out", "--overwrite", code=4)


@pytest.mark.parametrize("kind", ["a.csv", "in.npz", "in.npy", "in"])
def test_7_the_output_never_replaces_the_input(desk, kind):
    desk.path("in").mkdir()
    desk.write("in/t.csv", ramp(9))
    for name in ("in.npz", "in.npy", "in.manifest.json", "in.index.parquet", "a.csv"):
        desk.write(name, ramp(9))
    for source in ("in/t.csv", "in.npz", "in.npy", "in.manifest.json", "in.index.parquet", "a.csv"):
        desk.refused(source, "-t", "3", "--input-format", "csv", "-o", kind, "--overwrite", code={2, 4})


# -- 8: two runs to one place ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "over"), [("out", []), ("out.npz", []), ("out", ["--overwrite"]), ("out.npy", ["--overwrite"])]
)
def test_8_of_two_runs_to_one_place_one_wins_whole(desk, kind, over):
    desk.write("a.csv", ramp(20_000))
    desk.write("b.csv", ramp(20_001))
    argv = [sys.executable, "-m", "lstmprep", "window"]
    running = [
        subprocess.Popen(
            [*argv, name, "-t", "20", "-o", kind, *over], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for name in ("a.csv", "b.csv")
    ]
    ended = [(p.communicate(timeout=60), p.returncode) for p in running]
    codes = sorted(code for _, code in ended)
    assert codes in ([0, 4], [0, 0]) if over else codes == [0, 4]
    for (out, err), code in ended:
        require_clean(err)
        assert out == ""
        if code:
            assert len(err.splitlines()) == 2 and "exists" in err
    found = lstmprep.load(kind)
    assert found.manifest["source"][0]["name"] in {"a.csv", "b.csv"}
    assert found.X.shape == (found.manifest["samples"], 20, 2)
    assert found.index().num_rows == found.manifest["samples"]
    assert not [n for n in os.listdir() if n.startswith(".")]


def test_8_what_another_run_puts_there_meanwhile_is_not_replaced(desk, monkeypatch):
    desk.write("a.csv", ramp(9))
    plain = files.InputFile.open

    def meanwhile(self):
        if not desk.path("out").exists():
            desk.path("out").mkdir()
            desk.write("out/theirs", "x")
        return plain(self)

    monkeypatch.setattr(files.InputFile, "open", meanwhile)
    said = desk.run("a.csv", "-t", "3", "-o", "out")
    require_refusal(said, {4})
    assert {n: c[:2] for n, c in desk.snapshot().items() if n.startswith("out")} == {
        "out": ("folder",),
        "out/theirs": ("file", b"x"),
    }


# -- 9: links --------------------------------------------------------------------------------------


@pytest.mark.parametrize("over", [[], ["--overwrite"]], ids=["new", "overwrite"])
@pytest.mark.parametrize(
    ("place", "link"),
    [
        ("out", "out"),
        ("out.npz", "out.npz"),
        ("out.npy", "out.npy"),
        ("out.npz", "out.manifest.json"),
        ("out.npz", "out.index.parquet"),
    ],
)
@pytest.mark.parametrize("target", ["precious", "folder", "nothing", "made"])
def test_9_links_are_never_written_through(desk, place, link, target, over):
    desk.write("a.csv", ramp(9))
    desk.write("precious", "keep me")
    desk.path("folder").mkdir()
    desk.works("a.csv", "-t", "4", out="made")
    desk.path(link).symlink_to(target)
    assert "link" in desk.refused("a.csv", "-t", "3", "-o", place, *over, code=4)


def test_9_a_link_among_the_files_of_an_old_output_is_not_followed(desk):
    desk.write("a.csv", ramp(9))
    desk.write("precious", "keep me")
    desk.works("a.csv", "-t", "4", out="out")
    desk.path("out/X.npy").unlink()
    desk.path("out/X.npy").symlink_to("../precious")
    said = desk.run("a.csv", "-t", "3", "-o", "out", "--overwrite")
    assert said.code in {0, 4}
    assert desk.path("precious").read_text() == "keep me"


# -- 10: where the work is done ---------------------------------------------------------------------


def test_10_the_work_is_done_beside_the_output_and_without_flock(desk, monkeypatch):
    import fcntl
    import tempfile

    desk.write("a.csv", ramp(200_000))
    desk.path("far").mkdir()
    desk.path("near").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(desk.path("far")))
    for name in ("flock", "lockf"):
        monkeypatch.setattr(fcntl, name, lambda *_: pytest.fail("locked"))
    made: list[str] = []
    plain = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda *a, **k: made.append(str(k.get("dir"))) or plain(*a, **k))
    done = desk.run("a.csv", "-t", "3", "--time", "a", "-o", "near/out")
    assert done.code == 0
    assert os.listdir("far") == []
    assert made, "a table of this size is kept in a file"
    assert all(Path(m).is_relative_to(desk.path("near")) or Path(m).parts[0] == "near" for m in made)


# -- 11: the input changes --------------------------------------------------------------------------


def _rewritten(desk: Desk, name: str, change: Any) -> None:
    path = desk.path(name)
    before = path.stat()
    change(path)
    after = path.stat()
    if (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns):
        os.utime(path, ns=(after.st_atime_ns, after.st_mtime_ns + 1))


def _more(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"7,8\n")


CHANGES = {
    "grows": _more,
    "is cut": lambda p: os.truncate(p, 200_000),
    "is emptied": lambda p: os.truncate(p, 0),
    "is another file": lambda p: (p.unlink(), p.write_text(ramp(30_000))),
    "same size, other numbers": lambda p: p.write_bytes(p.read_bytes().replace(b"1", b"2")),
    "is gone": lambda p: p.unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_11_an_input_that_changes_while_it_is_read_is_refused_or_the_old_one_is_used(desk, monkeypatch, name, change):
    text = ramp(30_000)
    desk.write("t.csv", text)
    desk.parquet("t.parquet", {"a": np.arange(30_000) * 10.0, "b": np.arange(30_000) * 10.0 + 1}, compression="none")
    from lstmprep.ingest import rows

    plain, done = rows.Reader.read, []

    def read(self, progress=None):
        found = plain(self, progress)
        if not done:
            done.append(True)
            _rewritten(desk, name, CHANGES[change])
        return found

    monkeypatch.setattr(rows.Reader, "read", read)
    said = desk.run(name, "-t", "3", "-o", "out")

    if said.code:
        require_refusal(said, {4})
        assert not desk.path("out").exists()
        if change != "is gone":
            assert "changed" in said.err
    else:
        X = arrays_of(desk.path("out"))["X"]
        assert X.shape == (29_998, 3, 2) and X[1, 0].tolist() == [10.0, 11.0]
    assert not [n for n in os.listdir() if n.startswith(".")]


def test_11_a_change_that_puts_the_time_back_is_seen_too(desk, monkeypatch):
    """Size and time of writing are as before; only the content and the time of change are not."""
    desk.write("t.csv", ramp(300))
    from lstmprep.ingest import rows

    plain = rows.Reader.read

    def read(self, progress=None):
        found = plain(self, progress)
        path = desk.path("t.csv")
        then = path.stat()
        path.write_bytes(path.read_bytes().replace(b"1", b"2"))
        os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))
        return found

    monkeypatch.setattr(rows.Reader, "read", read)
    said = desk.run("t.csv", "-t", "3", "-o", "out")
    require_refusal(said, {4})
    assert "changed" in said.err


@pytest.mark.parametrize("second", ["--labels", "--target-file"])
def test_11_a_second_table_that_changes_is_refused_too(desk, monkeypatch, second):
    desk.write("t.csv", "k,v\n" + "".join(f"{i // 5},{i}\n" for i in range(20)))
    desk.write("two.csv", "k,c\n0,x\n1,y\n2,x\n3,y\n" if second == "--labels" else "w\n" + "1\n" * 20)
    extra = ["--labels", "two.csv"] if second == "--labels" else ["--target-file", "two.csv", "--target", "w"]
    from lstmprep import planning

    plain = planning.make_plan

    def plan(*args, **options):
        _rewritten(desk, "two.csv", _more)
        return plain(*args, **options)

    monkeypatch.setattr(planning, "make_plan", plan)
    said = desk.run("t.csv", "-t", "3", "--group-by", "k", *extra, "-o", "out")
    require_refusal(said, {4})
    assert "two.csv" in said.err and "changed" in said.err


def test_11_the_library_refuses_a_change_as_the_command_does(desk, monkeypatch):
    desk.write("t.csv", ramp(30))
    from lstmprep import planning

    plain = planning.make_plan

    def plan(*args, **options):
        _rewritten(desk, "t.csv", _more)
        return plain(*args, **options)

    monkeypatch.setattr(planning, "make_plan", plan)
    with pytest.raises(LstmprepError, match="changed"):
        lstmprep.window("t.csv", timesteps=3)


def test_11_a_file_that_another_process_keeps_growing_is_refused(desk):
    desk.write("t.csv", ramp(200_000))
    stop = threading.Event()

    def grow():
        with desk.path("t.csv").open("ab", buffering=0) as stream:
            while not stop.is_set():
                stream.write(b"1,2\n")
                time.sleep(0.005)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        said = desk.run("t.csv", "-t", "3", "-o", "out")
    finally:
        stop.set()
        writer.join()
    require_refusal(said, {3, 4})
    assert os.listdir() == ["t.csv"]


# -- 12: memory ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        (0, "csv"),
        (1, "parquet"),
        (4, "csv"),
        (16, "csv"),
        (6, "parquet"),
        (16, "parquet"),
        (64, "csv"),
        (64, "parquet"),
        (256, "csv"),
    ],
)
def test_12_too_little_memory_is_4_or_success_and_nothing_is_left(desk, kind, more):
    """So many more MiB of addresses than the process has once everything is imported."""
    desk.write("t.csv", ramp(100_000))
    desk.parquet("t.parquet", {"a": np.arange(100_000.0), "b": np.arange(100_000.0)})
    before = desk.snapshot()
    code = (
        "import sys, resource, numpy, pyarrow.csv, pyarrow.parquet, pyarrow.compute, lstmprep.api, lstmprep.sinks.index, lstmprep.cli.report, lstmprep.cli.progress, lstmprep.manifest\n"
        "from lstmprep.cli import run\n"
        "size = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        f"resource.setrlimit(resource.RLIMIT_AS, (size + ({more} << 20),) * 2)\n"
        f"sys.exit(run(['window', 't.{kind}', '-t', '30', '-o', 'out']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    if done.returncode:
        require_refusal(_said(done), {4})
        assert "memory" in done.stderr
        assert desk.snapshot() == before
    else:
        assert arrays_of(desk.path("out"))["X"].shape == (99_971, 30, 2)


@pytest.mark.parametrize("mib", [40, 100, 180, 195, 205, 255])
def test_12_a_limit_that_no_library_can_live_with_is_named_before_one_ends_the_process(desk, mib):
    """With 195 to 205 MiB of addresses the C library says ABORT while pyarrow is loaded."""
    desk.write("t.csv", ramp(50))
    before = desk.snapshot()

    done = subprocess.run(
        [sys.executable, "-m", "lstmprep", "window", "t.csv", "-t", "3", "-o", "out"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (mib << 20, mib << 20)),
    )

    require_refusal(_said(done), {4})
    assert f"limited to {mib}.0 MiB of addresses" in done.stderr
    assert desk.snapshot() == before


def test_12_the_limit_that_is_offered_is_enough_and_help_and_explain_need_none(desk):
    desk.write("t.csv", ramp(50))

    def limited(size, *argv):
        return subprocess.run(
            [sys.executable, "-m", "lstmprep", *argv],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)),
        )

    refused = limited(200 << 20, "window", "t.csv", "-t", "3", "-o", "out")
    offered = int(refused.stderr.split("ulimit -v ")[1].split(".")[0]) << 10

    assert limited(offered, "window", "t.csv", "-t", "3", "-o", "out").returncode == 0
    assert limited(100 << 20, "window", "--help").returncode == 0
    assert limited(100 << 20, "explain", "precision").returncode == 0


def test_12_arrays_that_memory_cannot_hold_are_refused_before_they_are_made():
    table = np.zeros((50_000, 2))
    with pytest.raises(LstmprepError, match="memory") as refused:
        lstmprep.window(table, timesteps=3, batch_size=10**13, batch_remainder="pad")
    assert refused.value.exit_code == 4


def test_a_dry_run_leaves_no_trace(desk):
    desk.write("a.csv", ramp(50_000))
    before = snapshot(desk.folder)
    for argv in (["-t", "3"], ["-t", "3", "-o", "x.npz"], ["-t", "3", "--time", "a"], ["-t", "3", "-o", "-"]):
        assert desk.run("a.csv", *argv, "--dry-run").code == 0
    assert snapshot(desk.folder) == before
