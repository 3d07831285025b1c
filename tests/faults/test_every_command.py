"""FAULTS 1-12 and 43-47 for the commands beside `window`: what `pad`, `reshape`, `lag`, `apply`, `invert`, `convert`, `plot` and
`report` write, and what those and `inspect`, `show` and `check` read.

One folder of outputs is made once; every test works on a copy.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lstmprep
from lstmprep.errors import DataError, LstmprepError
from lstmprep.sinks import single
from tests.faults.conftest import Desk, Said, command, ramp, require_clean, require_refusal
from tests.faults.drills import CLEANING, Drill

PANEL = ["--group-by", "k", "--time", "t", "-f", "a,b"]
WRITES = {
    "pad": (["pad", "t.csv", *PANEL], "new"),
    "pad to npz": (["pad", "t.csv", *PANEL], "new.npz"),
    "reshape": (["reshape", "wide.csv", "--shape", "4,3,3"], "new.npy"),
    "lag": (["lag", "t.csv", *PANEL, "--lags", "1-2"], "new.csv"),
    "lag to parquet": (["lag", "t.csv", *PANEL, "--lags", "1-2"], "new.parquet"),
    "apply": (["apply", "out", "t.csv"], "new"),
    "invert": (["invert", "out", "pred.npy", "--split", "test"], "new.csv"),
    "invert to parquet": (["invert", "out", "pred.npy", "--split", "test"], "new.parquet"),
    "convert": (["convert", "out"], "new"),
    "convert to series": (["convert", "out", "--store", "series"], "new"),
    "convert to safetensors": (["convert", "out"], "new.safetensors"),
    "plot": (["plot", "out"], "new.svg"),
    "plot of a table": (["plot", "t.csv", "--kind", "missing"], "new.png"),
    "report": (["report", "out"], "new.html"),
}  # fmt: skip
ONE_FILE = [n for n, (argv, _) in WRITES.items() if argv[0] in ("invert", "plot", "report")]
READS = {
    "show": ["show", "out"],
    "show a sample": ["show", "out", "--split", "test", "--sample", "0"],
    "show a number": ["show", "out", "--split", "test", "--at", "0,0,a"],
    "check": ["check", "out"],
    "apply": ["apply", "out", "t.csv", "-o", "new"],
    "invert": ["invert", "out", "pred.npy", "--split", "test", "-o", "new.csv"],
    "convert": ["convert", "out", "-o", "new"],
    "convert to series": ["convert", "out", "-o", "new", "--store", "series"],
    "plot": ["plot", "out", "--kind", "split", "-o", "new.svg"],
    "plot scaled": ["plot", "out", "--kind", "scaled", "-o", "new.svg"],
    "report": ["report", "out", "-o", "new.html"],
}


def make(folder: Path) -> None:
    """Two tables, outputs of them, and predictions."""
    lines = [f"{k},{t},{10 * t + i},{t * t % 17}" for i, k in enumerate("pqrs") for t in range(20 + i)]
    (folder / "t.csv").write_text("k,t,a,b\n" + "\n".join(lines) + "\n")
    (folder / "wide.csv").write_text(ramp(12, "abc"))
    before = os.getcwd()
    os.chdir(folder)
    try:
        split = ["--split", "0.6,0.4", "--split-by", "sequence", "--scale", "standard", "--scale-target"]
        for argv in (
            ["window", "t.csv", "-t", "3", *PANEL, "--target", "b", *split, "-o", "out"],
            ["window", "t.csv", "-t", "3", *PANEL, "--target", "b", "-o", "one.npz"],
            ["window", "t.csv", "-t", "3", *PANEL, "--shard-size", "1KiB", "-o", "cut"],
        ):
            said = command(*argv)
            assert said.code == 0, said.err
    finally:
        os.chdir(before)
    shutil.copy(folder / "out" / "y_test.npy", folder / "pred.npy")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make(folder)
    return folder


@pytest.fixture
def room(made: Path, desk: Desk) -> Desk:
    """A copy of the outputs to work on."""
    shutil.copytree(made, desk.folder, symlinks=True, dirs_exist_ok=True)
    return desk


def refused(desk: Desk, *argv: str, codes: set[int]) -> str:
    """Any command is refused, and the folder is as before."""
    before = desk.snapshot()
    said = command(*argv)
    require_refusal(said, codes)
    assert desk.snapshot() == before
    return said.err


def beside(desk: Desk, before: dict[str, Any]) -> list[str]:
    """Names that a command added."""
    return sorted(set(desk.snapshot()) - set(before))


# -- 1: no room ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRITES)
def test_1_a_disk_that_is_full_at_any_byte_is_4_and_nothing_is_left(made: Path, tmp_path: Path, name: str) -> None:
    """No file can grow beyond a size, down to one byte less than the largest needs: a part of a write is no success."""
    argv, out = WRITES[name]
    probe = Desk(tmp_path / "probe")
    shutil.copytree(made, probe.folder)
    before, here = probe.snapshot(), os.getcwd()
    os.chdir(probe.folder)
    assert command(*argv, "-o", out).code == 0
    os.chdir(here)
    sizes = sorted({probe.path(n).stat().st_size for n in beside(probe, before) if probe.path(n).is_file()})
    rooms = sorted({0, 1, 100, sizes[-1] // 2, *(s - 1 for s in sizes)})

    drill = Drill(tmp_path, [*argv, "-o", out], "room", template=made, rooms=rooms)

    assert len(drill.children) == len(rooms)
    for child in drill.children:
        require_refusal(child, {4})
        assert "large" in child.err or "space" in child.err or "no room" in child.err
        assert child.holds() == drill.before, child.name


# -- 2, 3, 4: whatever step fails, a kill or a signal at any step ----------------------------------------

QUICK = [("full", "invert"), ("EIO", "convert"), ("SIGKILL", "report"), ("SIGTERM", "invert to parquet")]
STEPPED = ["lag", "convert", "invert", "invert to parquet", "report"]


def cases(*faults: str) -> list[Any]:
    """Every fault with every command that writes in a way of its own; all but the quick ones are slow."""
    every = [(f, n) for f in faults for n in STEPPED]
    return [pytest.param(*case, marks=() if case in QUICK else pytest.mark.slow) for case in every]


@pytest.mark.parametrize(("fault", "name"), cases("full", "EIO"))
def test_2_whatever_step_fails_the_answer_is_4_and_nothing_or_0_and_whole(
    made: Path, tmp_path: Path, fault: str, name: str
) -> None:
    argv, out = WRITES[name]
    for child in (drill := Drill(tmp_path, [*argv, "-o", out], fault, template=made)).children:
        assert child.code in {0, 4}, (child.name, child.err)
        if child.code:
            require_refusal(child, {4})
            assert child.holds() == drill.before, child.name
        else:
            require_clean(child.err)
            assert child.holds(hidden=child.step not in CLEANING) == drill.whole, child.name


@pytest.mark.parametrize(("fault", "name"), cases("SIGKILL"))
def test_3_after_a_kill_at_any_step_the_output_is_whole_or_absent_and_the_next_run_works(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, name: str
) -> None:
    argv, out = WRITES[name]
    argv = [*argv, "-o", out]
    for child in (drill := Drill(tmp_path, argv, fault, template=made)).children:
        assert child.code in {0, -9}
        seen = child.holds(hidden=False)
        assert all(c in (drill.before.get(n), drill.whole.get(n)) for n, c in seen.items()), child.name
        finished = seen == drill.whole
        monkeypatch.chdir(child.desk.folder)
        assert command(*argv).code == (4 if finished else 0), child.name
        assert child.holds() == drill.whole, child.name


@pytest.mark.parametrize(("fault", "name"), cases("SIGTERM"))
def test_4_a_signal_at_any_step_leaves_the_folder_as_it_was(made: Path, tmp_path: Path, fault: str, name: str) -> None:
    argv, out = WRITES[name]
    for child in (drill := Drill(tmp_path, [*argv, "-o", out], fault, template=made)).children:
        assert child.code in {0, 143}, (child.name, child.err)
        require_clean(child.err)
        assert child.holds() == (drill.before if child.code else drill.whole), child.name


@pytest.mark.parametrize("name", ONE_FILE)
def test_3_the_next_run_clears_what_a_killed_one_left_of_one_file(room: Desk, name: str) -> None:
    argv, out = WRITES[name]
    signed = single.signature().split("-")
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    left = f"{single.hidden_prefix(out)}{signed[0]}-{dead.stdout.strip()}-1-00000000"
    other = f"{single.hidden_prefix(out)}{single.signature()}"  # of a run that works
    room.write(left, "half a picture")
    room.write(other, "half a picture")

    assert command(*argv, "-o", out).code == 0

    assert not room.path(left).exists()
    assert room.path(other).exists()


# -- 5: streams -----------------------------------------------------------------------------------------

PRINTS = {
    "inspect": "inspect t.csv",
    "inspect as JSON": "inspect t.csv --json",
    "show": "show out",
    "show as JSON": "show out --json",
    "check": "check out",
    "explain": "explain no-space",
    "lag": "lag t.csv -f a,b --lags 1 -q -o -",
    "reshape": "reshape wide.csv --shape 4,3,3 -q -o -",
    "apply": "apply out t.csv -q --no-target -o -",
    "invert": "invert out pred.npy --split test -q -o -",
    "plot": "plot out -q -o -",
    "report": "report out -q -o -",
}


@pytest.mark.parametrize("name", PRINTS)
def test_5_standard_output_that_is_full_closed_or_gone_is_answered(room: Desk, name: str) -> None:
    """Three processes at once: /dev/full and a closed stream are 4, a reader that goes away is quiet; no input is needed."""
    line = f'"{sys.executable}" -m lstmprep {PRINTS[name]}'
    ends = {
        "full": f"{line} >/dev/full",
        "closed": f"{line} >&-",
        "gone": f"{line} <&- | head -c 0; exit ${{PIPESTATUS[0]}}",
    }
    before = room.snapshot()
    running = {
        how: subprocess.Popen(["bash", "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for how, text in ends.items()
    }
    ended = {how: (*process.communicate(timeout=60), process.returncode) for how, process in running.items()}

    for how in ("full", "closed"):
        out, err, code = ended[how]
        require_refusal(Said(code, out.encode(), err), {4})
        assert "standard output" in err
    assert ended["gone"] in [("", "", 141), ("", "", 0)]
    assert room.snapshot() == before


# -- 6, 7, 9, 10: places --------------------------------------------------------------------------------

IMPOSSIBLE = ["t.csv/", "nowhere/", "/proc/", "/proc/self/fd/", "/sys/", "loop/", "d/" + "w" * 256]


@pytest.mark.parametrize("name", WRITES)
def test_6_a_place_that_cannot_take_an_output_is_refused(room: Desk, name: str) -> None:
    argv, out = WRITES[name]
    room.path("d").mkdir()
    room.path("loop").symlink_to("loop")
    for place in IMPOSSIBLE:
        refused(room, *argv, "-o", place + out, codes={4})
    for place in (".", "..", "/", "d/.."):
        refused(room, *argv, "-o", place, codes={2, 4})


@pytest.mark.parametrize("name", WRITES)
def test_6_a_name_of_many_bytes_that_the_disk_allows_is_written(room: Desk, name: str) -> None:
    argv, out = WRITES[name]
    place = "\U0001f600" * 40 + "".join(os.path.splitext(out)[1:])
    said = command(*argv, "-o", place)
    assert said.code == 0, said.err
    assert room.path(place).exists()


@pytest.mark.parametrize("name", WRITES)
def test_7_what_exists_is_kept_to_the_byte_and_replaced_only_when_asked(room: Desk, name: str) -> None:
    argv, out = WRITES[name]
    command(*argv, "-o", out)
    whole = room.snapshot()
    err = refused(room, *argv, "-o", out, codes={4})
    assert "exists" in err and "--overwrite" in err
    assert command(*argv, "-o", out, "--overwrite").code == 0
    assert {n: c[:2] for n, c in room.snapshot().items()} == {n: c[:2] for n, c in whole.items()}


@pytest.mark.parametrize(
    "line",
    [
        "pad t.csv --group-by k -f a,b -o t.csv",
        "lag t.csv -f a,b --lags 1 -o t.csv",
        "apply out t.csv -o out",
        "convert out -o out",
        "convert one.npz -o one.npz",
        "invert out pred.npy --split test -o out/index.parquet",
        "invert one.npz one.npy -o one.index.parquet",
        "invert out/manifest.json pred.npy --split test -o out/index.parquet",
        "invert out pred.npy --split test --table t.csv -o t.csv",
        "invert out pred.npy --split test --table parts/*.csv -o parts/t.csv",
    ],
)
def test_7_no_output_replaces_what_the_command_reads(room: Desk, line: str) -> None:
    room.path("parts").mkdir()
    shutil.copy("t.csv", "parts/t.csv")
    np.save("one.npy", np.load("one.npz")["y"])
    refused(room, *line.split(), "--overwrite", codes={2, 4})


def test_7_the_library_does_not_replace_what_it_reads_either(room: Desk) -> None:
    for output in ("out/index.parquet", Path("out/index.parquet"), "t.csv"):
        before = room.snapshot()
        with pytest.raises(LstmprepError, match="replace an input"):
            lstmprep.invert("out", Path("pred.npy"), split="test", table="t.csv", output=output, overwrite=True)
        assert room.snapshot() == before


@pytest.mark.parametrize("name", ONE_FILE)
def test_8_what_another_run_puts_there_meanwhile_is_not_replaced(
    room: Desk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    argv, out = WRITES[name]
    plain = os.link
    monkeypatch.setattr(os, "link", lambda *names: (room.write(out, "theirs"), plain(*names)))
    require_refusal(command(*argv, "-o", out), {4})
    assert room.path(out).read_text() == "theirs"


@pytest.mark.parametrize("name", WRITES)
def test_9_links_are_never_written_through(room: Desk, name: str) -> None:
    argv, out = WRITES[name]
    room.write("precious", "keep me")
    for target in ("precious", "nothing", "out"):
        room.path(out).symlink_to(target)
        err = refused(room, *argv, "-o", out, "--overwrite", codes={4})
        assert "link" in err or (target == "out" and "would replace" in err)
        room.path(out).unlink()


@pytest.mark.parametrize("name", ONE_FILE)
def test_10_one_file_is_made_beside_its_place(room: Desk, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    argv, out = WRITES[name]
    room.path("near").mkdir()
    plain, seen = os.link, []
    monkeypatch.setattr(os, "link", lambda *names: (seen.append(names), plain(*names)))
    assert command(*argv, "-o", f"near/{out}").code == 0
    assert [os.path.dirname(n) for n in seen[0]] == ["near", "near"]


# -- 11: what is read changes ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pad", "lag", "apply"])
def test_11_a_table_that_changes_while_it_is_read_is_refused(
    room: Desk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from lstmprep.ingest import rows

    argv, out = WRITES[name]
    plain = rows.Reader.read

    def read(self: Any, progress: Any = None) -> Any:
        found = plain(self, progress)
        with open("t.csv", "a") as stream:
            stream.write("s,99,1,2\n")
        return found

    monkeypatch.setattr(rows.Reader, "read", read)
    said = command(*argv, "-o", out)
    require_refusal(said, {4})
    assert "changed" in said.err
    assert not room.path(out).exists()


def test_11_an_output_whose_values_are_not_those_that_were_written_is_not_converted(room: Desk) -> None:
    array = np.load("out/X_test.npy", mmap_mode="r+")
    array[0, 0, 0] += 1
    array.flush()
    assert "digest" in refused(room, "convert", "out", "-o", "new", codes={3})


# -- 12: too little memory -------------------------------------------------------------------------------

NO_ROOM = """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise ImportError("/usr/lib/libx.so: failed to map segment from shared object")
sys.meta_path.insert(0, Finder())
sys.argv = ["lstmprep", *{argv!r}]
from lstmprep.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("numpy", "pad t.csv --group-by k -f a,b -o new"),
        ("pyarrow", "lag t.csv -f a,b --lags 1 -o new.csv"),
        ("mmap", "convert out -o new"),
        ("safetensors", "convert out -o new.h5"),
        ("h5py", "convert out -o new.h5"),
        ("matplotlib", "plot out -o new.png"),
        ("pyarrow.parquet", "show out --sample 0 --split test"),
    ],
)
def test_12_a_library_that_finds_no_room_is_too_little_memory_and_no_damage(room: Desk, module: str, line: str) -> None:
    before = room.snapshot()
    code = NO_ROOM.format(module=module, argv=line.split())
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        require_refusal(Said(done.returncode, done.stdout.encode(), done.stderr), {4})
        assert "memory" in done.stderr
        assert room.snapshot() == before
    else:  # this run needs no such library
        assert module == "safetensors"


@pytest.mark.parametrize("name", [n for n in READS if n not in ("show", "plot", "apply")])
def test_12_memory_that_the_system_refuses_is_4(room: Desk, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def none(*_: Any, **__: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(np, "load", none)
    monkeypatch.setattr(np, "memmap", none)
    before = room.snapshot()
    said = command(*READS[name])
    if said.code not in (0, 1):
        require_refusal(said, {4})
        assert "memory" in said.err
        assert room.snapshot() == before


# -- 43, 44: manifests -----------------------------------------------------------------------------------

ODD = [None, True, -1, 2**70, 1e308, "", "../x", "\x1b[31m", [], [None], {}, {"a": {}}, 3.5, 10**9]
FIELDS = [
    ("samples",), ("timesteps",), ("features",), ("feature_names",), ("feature_names", 0), ("targets",), ("classes",), ("input_shape",),
    ("recipe",), ("recipe", "command"), ("recipe", "timesteps"), ("command",), ("source",), ("source", 0, "name"), ("arrays",),
    ("arrays", "X_test"), ("arrays", "X_test", "file"), ("arrays", "X_test", "shape"), ("arrays", "X_test", "shape", 0),
    ("arrays", "X_test", "axes"), ("arrays", "X_test", "axes", 0), ("arrays", "X_test", "dtype"), ("arrays", "X_test", "digest"),
    ("splits",), ("splits", "test"), ("splits", "test", "samples"), ("rows",), ("rows", "read"), ("rows", "unused"), ("sequences",),
    ("sequences", "keys"), ("sequences", "keys", 0), ("sequences", "lengths"), ("fitted",), ("fitted", "range"), ("fitted", "range", "a"),
    ("fitted", "scaling"), ("fitted", "scaling", "features", "a", "mean"), ("order",), ("order", "time"), ("order", "time", 0),
    ("order", "spacing"), ("missing",), ("notes",), ("hints",), ("padding",), ("lstmprep",), ("manifest_version",),
]  # fmt: skip


def changed(manifest: dict[str, Any], field: tuple[Any, ...], value: Any) -> bool:
    """A field of the manifest becomes this value; whether there is such a field."""
    place: Any = manifest
    for step in field[:-1]:
        place = place[step]
    there = field[-1] in place if isinstance(place, dict) else len(place) > field[-1]
    if there:
        place[field[-1]] = value
    return there


@pytest.mark.parametrize("name", READS)
def test_44_a_manifest_with_any_odd_value_is_answered_by_every_command(room: Desk, name: str) -> None:
    """It is refused, found wanting, or the value does not matter; it is never a fault of ours, and nothing is left."""
    path = room.path("out/manifest.json")
    text = path.read_text()
    odd = iter(np.random.default_rng(7).permutation(len(FIELDS) * len(ODD)).tolist())
    tried = 0
    for field in FIELDS:
        for value in (ODD[next(odd) % len(ODD)],):
            manifest = json.loads(text)
            if not changed(manifest, field, value):
                continue
            path.write_text(json.dumps(manifest))
            before = room.snapshot()
            said = command(*READS[name])
            tried += 1
            require_clean(said.err)
            assert said.code in {0, 1, 2, 3, 4}, (field, value, said.err)
            raw = [c for c in said.out.decode() if c != "\n" and not c.isprintable()]
            assert not raw, (field, value, raw)
            if said.code in (2, 3, 4):
                require_refusal(said, {2, 3, 4})
            if said.code:
                assert room.snapshot() == before, (field, value)
            for new in room.folder.glob("new*"):
                shutil.rmtree(new) if new.is_dir() else new.unlink()
            assert room.snapshot() == before, (field, value)
    assert tried > 35


def test_44_a_fault_of_ours_is_not_blamed_on_an_output_that_is_whole(
    room: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lstmprep import inverse

    def broken(*_: Any, **__: Any) -> Any:
        raise KeyError("ours")

    monkeypatch.setattr(inverse, "inverse_of", broken)
    said = command("invert", "out", "pred.npy", "--split", "test", "-o", "new.csv")
    assert said.code == 70
    with pytest.raises(KeyError, match="ours"):
        lstmprep.invert("out", "pred.npy", split="test")


def test_44_the_library_says_what_is_wrong_with_a_manifest(room: Desk) -> None:
    path = room.path("out/manifest.json")
    manifest = json.loads(path.read_text())
    manifest["sequences"] = [None]
    path.write_text(json.dumps(manifest))
    for verb in (
        lambda: lstmprep.invert("out", "pred.npy", split="test"),
        lambda: lstmprep.apply(out="out", data="t.csv"),
    ):
        with pytest.raises(DataError, match="sequences"):
            verb()


# -- 47: arrays ------------------------------------------------------------------------------------------


def damages(path: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What may have become of a file."""
    data = path.read_bytes()
    middle = len(data) // 2
    yield "is gone", path.unlink
    yield "is empty", lambda: path.write_bytes(b"")
    yield "is cut in its head", lambda: path.write_bytes(data[:40])
    yield "is cut in the middle", lambda: path.write_bytes(data[:middle])
    yield "lacks its end", lambda: path.write_bytes(data[:-2])  # the last byte of a manifest is a line end
    yield "begins otherwise", lambda: path.write_bytes(bytes([data[0] ^ 255]) + data[1:])
    yield "is zeros", lambda: path.write_bytes(bytes(len(data)))
    yield "is a pickle", lambda: path.write_bytes(b"\x80\x04\x95" + data[3:])
    yield "is a folder", lambda: (path.unlink(), path.mkdir())
    yield "is a pipe", lambda: (path.unlink(), os.mkfifo(path))
    yield "is a link", lambda: (path.unlink(), path.symlink_to("/etc/hostname"))
    yield "is a link to itself", lambda: (path.unlink(), path.symlink_to(path.name))


@pytest.mark.parametrize("file", ["X_test.npy", "y_test.npy", "index.parquet", "manifest.json"])
@pytest.mark.parametrize("name", READS)
def test_47_a_damaged_file_of_an_output_is_answered_by_every_command(
    made: Path, room: Desk, name: str, file: str
) -> None:
    for what, do in damages(room.path(f"out/{file}")):
        do()
        said = command(*READS[name])
        require_clean(said.err)
        assert said.code in {0, 1, 2, 3, 4}, (what, said.err)
        if said.code in (2, 3, 4):
            require_refusal(said, {2, 3, 4})
        if said.code:
            assert not list(room.folder.glob("*new*")), what
        if name == "check":
            assert said.code, what
        for new in room.folder.glob("new*"):
            shutil.rmtree(new) if new.is_dir() else new.unlink()
        shutil.rmtree("out")
        shutil.copytree(made / "out", "out")


def test_47_shards_without_an_axis_of_samples_are_found(room: Desk) -> None:
    path = room.path("cut/manifest.json")
    manifest = json.loads(path.read_text())
    manifest["arrays"]["X"]["axes"][0] = "rows"
    path.write_text(json.dumps(manifest))
    said = command("check", "cut")
    assert said.code == 1
    assert b"none of its axes is named samples" in said.out
