"""Who does the work changes nothing: units in any order, done twice, by other processes, with dead workers among them."""

from __future__ import annotations

import ast
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lstmprep import digest, engines, run
from lstmprep.cli import run as command_line
from lstmprep.engines import LostError, dask
from lstmprep.engines.processes import Workers as Processes
from lstmprep.errors import DataError, LstmprepError, StorageError
from lstmprep.place import Place
from lstmprep.recipe import from_flat
from lstmprep.sinks import staging
from lstmprep.sinks.carried import carried, carried_bytes
from lstmprep.sinks.ready import Ready
from lstmprep.sinks.units import units_of
from tests.conftest import arrow_table, batchings, pads, tables, windows
from tests.tasks import Deadly, Once, ended, refused


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of an output."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


class Scattered:
    """Sends the work away and does it here: each unit unpacked from bytes, in some order, some of them twice."""

    def __init__(self, order: Any) -> None:
        self.order, self.units = order, 0

    def preflight(self, plan: Any) -> None:
        pass

    def close(self) -> None:
        pass

    def map_unordered(self, fn: Any, units: Any) -> Iterator[tuple[Any, Any]]:
        units = list(units)
        self.units += len(units)
        self.order.shuffle(units)
        for unit in units[: len(units) // 2]:
            pickle.loads(pickle.dumps(fn))(unit)
        for unit in units:
            message = pickle.dumps(fn), pickle.dumps(unit)
            yield unit, pickle.loads(pickle.dumps(pickle.loads(message[0])(pickle.loads(message[1]))))


@given(
    table=tables(holes=0.1), batching=batchings(), piece=st.sampled_from([40, 128, 200, 1000]), order=st.randoms(use_true_random=False),
    case=st.sampled_from([None, "target", "label", "input"]).flatmap(lambda a: st.tuples(st.just("window"), st.just(a), windows(a)))
    | st.sampled_from([None, "target", "label"]).flatmap(lambda a: st.tuples(st.just("pad"), st.just(a), pads(a))),
    parts=st.sampled_from([{}, {"split": "0.6,0.4", "scale": "standard"}, {"folds": 2, "scale": "minmax"}, {"static": "s"}]),
    more=st.sampled_from([{}, {"store": "series"}, {"shard_size": 200}, {"layout": "time-first"}, {"missing": "mask"}, {"digest": "sha256"}, {"digest": "none"}]),
)  # fmt: skip
def test_units_in_any_order_give_every_byte_of_the_local_run(
    tmp_path_factory, table, batching, piece, order, case, parts, more
):
    command, answer, settings = case
    settings |= {"features": ["a", "b"], "group_by": ["key"], "time": ["t"], "missing": "drop"} | more
    settings |= {"target": {"target": ["y"]}, "label": {"label": "lab"}}.get(answer, {})
    if command == "window":
        settings |= batching | (parts if not settings.get("latest") else {})
    table["s"] = [float(k) for k in table["key"]]
    scattered = Scattered(order)
    folder = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest, "PIECE", piece)
        try:
            recipe = from_flat(settings, command=command)
            run.run(arrow_table(table), recipe, Place(output=str(folder / "local")))
        except LstmprepError:
            assume(False)
        patch.setattr(run, "engine_of", lambda *_: scattered)

        run.run(arrow_table(table), recipe, Place(output=str(folder / "scattered")))

    assert contents(folder / "scattered") == contents(folder / "local")
    assert scattered.units >= len(list((folder / "local").rglob("*.npy")))
    assert sorted(p.name for p in folder.iterdir()) == ["local", "scattered"]


@pytest.mark.parametrize(
    "settings", ["-t 5 --target b", "-t 5 --shuffle --split 0.7,0.3 --scale standard --dtype float64"]
)
@pytest.mark.parametrize("means", ["--workers 1", "--workers 3 --memory-limit 16MiB"])
def test_processes_write_what_one_loop_writes(tmp_path, monkeypatch, settings, means):
    numbers = np.random.default_rng(3)
    np.save(tmp_path / "t.npy", numbers.normal(size=(30_000, 2)))
    (tmp_path / "t.csv").write_text(
        "a,b\n" + "\n".join(f"{a:.6f},{b:.6f}" for a, b in np.load(tmp_path / "t.npy")) + "\n"
    )
    monkeypatch.setattr(digest, "PIECE", 1 << 16)
    asked = ["window", str(tmp_path / "t.csv"), *settings.split(), "-q", "-o"]

    assert command_line([*asked, str(tmp_path / "local")]) == 0
    assert command_line([*asked, str(tmp_path / "apart"), "--engine", "processes", *means.split()]) == 0

    assert contents(tmp_path / "apart") == contents(tmp_path / "local")
    assert multiprocessing.active_children() == []


def test_a_single_file_is_written_by_processes_too(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{i},{i * i}\n" for i in range(300)))
    for engine, command in (("local", "window"), ("processes", "window")):
        (tmp_path / engine).mkdir()
        asked = [command, str(tmp_path / "t.csv"), "-t", "4", "-q", "--engine", engine, "-o"]
        assert command_line([*asked, str(tmp_path / engine / "x.npy")]) == 0

    assert contents(tmp_path / "processes") == contents(tmp_path / "local")


@pytest.mark.parametrize(("command", "place", "way"), [
    ("window", "out.npz", "Write the folder out/ instead"), ("window", "-", "the name of a folder"),
    ("lag", "out.csv", "NAME.npy"), ("lag", "out.parquet", "NAME.npy"),
])  # fmt: skip
def test_what_is_one_stream_is_refused_before_it_is_read(tmp_path, monkeypatch, capsys, command, place, way):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("a\nnot a number\n")
    length = ["-t", "2"] if command == "window" else ["--lags", "1"]

    assert command_line([command, "t.csv", *length, "--engine", "processes", "-o", place]) == 2

    told = capsys.readouterr()
    assert "--engine processes writes files piece by piece" in told.err
    assert way in told.err
    assert told.out == ""
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize(("means", "said"), [
    ("--scheduler tcp://h:1", "--scheduler is for --engine dask alone"),
    ("--engine processes --scheduler-file s.json", "--scheduler-file is for --engine dask alone"),
    ("--engine dask --scheduler tcp://h:1 --scheduler-file s.json", "are two addresses"),
    ("--engine dask --scheduler=", "the address of a scheduler is empty"),
])  # fmt: skip
def test_addresses_that_nobody_asks_for_are_refused(tmp_path, capsys, means, said):
    (tmp_path / "t.csv").write_text("a\n1\n2\n3\n")

    assert (
        command_line(["window", str(tmp_path / "t.csv"), "-t", "2", *means.split(), "-o", str(tmp_path / "out")]) == 2
    )

    assert said in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize(("text", "said"), [
    (None, "no such file or directory"), ("no json", "Expecting value"), ("{}", "'address'"), ("[]", "list indices"),
])  # fmt: skip
def test_a_file_that_names_no_scheduler_is_refused(tmp_path, monkeypatch, capsys, text, said):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("a\n1\n2\n3\n")
    if text is not None:
        Path("s.json").write_text(text)

    assert command_line(["window", "t.csv", "-t", "2", "--engine", "dask", "--scheduler-file", "s.json"]) == 4

    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("lstmprep: s.json: there is no address of a scheduler in it: ")
    assert said.lower() in told[0].lower()
    assert len(told) == 2
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith((".t", "t.l"))] == []


def test_a_worker_that_is_unlike_the_run_is_refused(tmp_path):
    same = Ready(tmp_path).__reduce__()[1][1]
    assert Ready(tmp_path, same)(None) is None
    with pytest.raises(StorageError, match=r"this worker has numpy .*, and the run 0\.1"):
        Ready(tmp_path, same | {"numpy": "0.1"})(None)
    with pytest.raises(StorageError, match="does not see the folder"):
        Ready(tmp_path / "elsewhere", same)(None)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def workers() -> Iterator[Processes]:
    engine = Processes(2)
    yield engine
    engine.close()
    assert multiprocessing.active_children() == []


def test_a_dead_worker_costs_its_unit_alone(tmp_path, workers):
    found = dict(workers.map_unordered(Once(tmp_path, deadly=3), range(8)))

    assert {unit: answer[0] for unit, answer in found.items()} == {i: i * i for i in range(8)}
    assert {p.name: p.stat().st_size for p in tmp_path.iterdir()} == {f"done-{i}": 1 + (i == 3) for i in range(8)}


def test_workers_are_other_processes_and_serve_again(tmp_path, workers):
    first = {answer[1] for _, answer in workers.map_unordered(Once(tmp_path, deadly=-1), range(9))}
    again = {answer[1] for _, answer in workers.map_unordered(Once(tmp_path, deadly=-1), range(9))}

    assert os.getpid() not in first
    assert again <= first
    assert len(first) <= 2


def test_a_unit_that_always_ends_its_worker_is_named(workers):
    with pytest.raises(LostError) as told:
        list(workers.map_unordered(ended, range(8)))

    assert (told.value.unit, told.value.how) == (3, "signal 9")


def test_an_error_of_the_data_comes_back_as_it_is_and_ends_the_rest(workers):
    with pytest.raises(DataError) as told:
        list(workers.map_unordered(refused, range(10_000)))

    assert str(told.value) == "3 is too much\n  Take less."


def test_a_unit_that_ends_its_worker_every_time_is_named_with_its_rows(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("a\n" + "".join(f"{i}\n" for i in range(500)))
    monkeypatch.setattr(digest, "PIECE", 4096)

    class Mined(Processes):
        def map_unordered(self, fn: Any, units: Any) -> Any:
            units = list(units)
            return super().map_unordered(Deadly(fn, units[1]) if len(units) > 1 else fn, units)

    monkeypatch.setattr(run, "engine_of", lambda *_: Mined(1))

    assert command_line(["window", "t.csv", "-t", "4", "-q", "-o", "out"]) == 4

    # 4096 bytes less a header of 128, 16 bytes a sample
    assert capsys.readouterr().err == (
        "lstmprep: X.npy, samples 248-496 (rows 249-500 of the table): this unit ended its worker 4 times (signal 9)\n"
        "  It probably ran out of memory: use fewer --workers, or give each worker more.\n"
    )
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


def test_workers_end_with_a_run_that_is_killed(tmp_path):
    code = (
        "import time\nfrom lstmprep.engines.processes import Workers as Processes\n"
        "e = Processes(2)\nprint(*(p for _, p in e.map_unordered(__import__('os').getpgid, [0, 0])), flush=True)\n"
        "print(*(process.pid for _, process in e._idle), flush=True)\ntime.sleep(60)\n"
    )
    script = tmp_path / "script.py"
    script.write_text("if __name__ == '__main__':\n    " + code.replace("\n", "\n    "))
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        pids = [int(p) for p in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
    assert pids

    until = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < until:
        time.sleep(0.05)
    left = [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


def test_the_rows_that_workers_read_are_counted_before_the_disk_is_written_to(tmp_path, monkeypatch):
    numbers = np.random.default_rng(3).normal(size=(50_000, 2))
    settings = {"timesteps": 100, "stride": 100, "index": False}
    made = run.run(numbers, from_flat(settings), Place(output=str(tmp_path / "plain")))
    rows = carried_bytes(made.plan.parts)
    assert rows >= 50_000 * 2 * 4
    monkeypatch.setattr(staging, "free_bytes", lambda _: made.plan.bytes + rows - 1)

    with pytest.raises(
        StorageError, match=r"the output needs 390\.6 KiB, .* for the rows of its workers, and the disk"
    ):
        run.run(numbers, from_flat(settings), Place(output=str(tmp_path / "apart"), engine="processes", workers=1))
    run.run(numbers, from_flat(settings), Place(output=str(tmp_path / "local")))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["local", "plain"]
    monkeypatch.setattr(staging, "free_bytes", lambda _: made.plan.bytes + rows)
    run.run(numbers, from_flat(settings), Place(output=str(tmp_path / "apart"), engine="processes", workers=1))


def test_what_is_carried_is_as_large_as_was_said(tmp_path):
    numbers = np.random.default_rng(3).normal(size=(9_000, 3))
    made = run.run(numbers, from_flat({"timesteps": 5, "shuffle": True, "split": "0.6,0.4"}), Place())
    carried(made.plan.parts, tmp_path / "rows")

    assert (tmp_path / "rows").stat().st_size == carried_bytes(made.plan.parts)


@pytest.mark.parametrize("kind", ["xxh3", "sha256"])
def test_a_unit_tells_less_than_a_kilobyte_whatever_it_wrote(kind):
    numbers = np.zeros((400_000, 2))
    plan = run.run(numbers, from_flat({"timesteps": 5_000, "digest": kind}), Place(dry_run=True)).plan
    units = units_of(plan.parts)

    assert plan.bytes > 10 << 30
    assert 30 < len(units) < 100
    each = max(unit.last - unit.first for unit in units)
    assert len(pickle.dumps([bytes(32 if kind == "sha256" else 16)] * each)) < 1024


def test_the_engines_are_under_two_hundred_lines_in_all():
    """Lines of code: without blank ones, comments and docstrings."""
    lines = 0
    for path in Path(engines.__file__).parent.glob("*.py"):
        text = path.read_text()
        said = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)]
        words = {line for n in said for line in range(n.lineno, n.end_lineno + 1)}
        lines += sum(
            bool(line.strip()) and not line.lstrip().startswith("#") and i not in words
            for i, line in enumerate(text.splitlines(), 1)
        )
    assert lines < 200


class Late:
    """A future whose worker died with the answer: there is none for a while."""

    def __init__(self, times: int, status: str = "pending") -> None:
        self.times, self.status = times, status

    def result(self, timeout: float) -> int:
        self.times -= 1
        if self.times >= 0:
            raise TimeoutError
        return 7


def test_an_answer_that_died_with_its_worker_is_waited_for_again():
    engine = dask.Workers.__new__(dask.Workers)
    engine._place, engine._client = "tcp://h:1", SimpleNamespace(nthreads=lambda: {"worker": 1})
    assert engine._answer(Late(3), 0) == 7
    with pytest.raises(TimeoutError):  # that of the work itself
        engine._answer(Late(3, "error"), 0)
    engine._client = SimpleNamespace(nthreads=dict)
    with pytest.raises(StorageError, match="tcp://h:1: the scheduler or every worker went away"):
        engine._answer(Late(3), 0)
