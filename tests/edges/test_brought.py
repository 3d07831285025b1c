"""Workers that read the rows of their units from the input themselves: the same bytes, and no file of rows for them."""

from __future__ import annotations

import csv
import errno
import gzip
import io
import mmap
import multiprocessing
import os
import pickle
import random
import re
import signal
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from lstmprep import digest, run
from lstmprep.cli import run as command_line
from lstmprep.engines.processes import Workers as Processes
from lstmprep.errors import LstmprepError, StorageError
from lstmprep.ingest import ingest
from lstmprep.parts import Reading
from lstmprep.place import Place
from lstmprep.recipe import from_flat
from lstmprep.sinks import brought
from lstmprep.sinks.carried import _Kept
from lstmprep.sources import arrow, blocks, open_source
from lstmprep.sources.again import Seeing, again_of
from lstmprep.stores import Shelf
from tests.edges.test_engines import Scattered, contents

ROWS = 240


def table(rows: int = ROWS, *, holes: bool = False) -> dict[str, list[Any]]:
    """Groups in order, of unequal length; times that rise in each; numbers, a class, text with newlines."""
    made = np.random.default_rng(rows)
    key = sorted(["north", "south", "south-east", "west"][i] for i in made.integers(0, 4, rows))
    values = made.normal(size=(rows, 3)) * 1e3
    b: list[Any] = np.round(values[:, 1], 2).tolist()
    return {
        "k": key, "t": list(range(rows)), "a": values[:, 0].tolist(),
        "b": [None if holes and i % 37 == 5 else v for i, v in enumerate(b)],
        "y": made.integers(-(2**20), 2**20, rows).tolist(), "c": [["low", "high"][i] for i in made.integers(0, 2, rows)],
        "said": [["plain", 'the "old"\none', "two, three"][i] for i in made.integers(0, 3, rows)],
    }  # fmt: skip


def as_csv(path: Path, rows: dict[str, list[Any]], *, end: str = "\n", mark: str = "") -> list[str]:
    with path.with_suffix(".csv").open("w", newline="", encoding="utf-8") as stream:
        stream.write(mark)
        writer = csv.writer(stream, lineterminator=end)
        writer.writerow(rows)
        writer.writerows(zip(*rows.values(), strict=True))
    return [str(path.with_suffix(".csv"))]


def as_parquet(path: Path, rows: dict[str, list[Any]], *, group: int = 60, files: int = 1) -> list[str]:
    whole, out = pa.table(rows), []
    each = -(-whole.num_rows // files)
    for i in range(files):
        out.append(f"{path}-{i}.parquet")
        parquet.write_table(whole.slice(i * each, each), out[-1], row_group_size=group)
    return out


def as_csvs(path: Path, rows: dict[str, list[Any]]) -> list[str]:
    each = len(rows["t"]) // 3 + 1
    return [
        name
        for i in range(3)
        for name in as_csv(
            path.with_name(f"{path.name}{i}"), {n: v[i * each : (i + 1) * each] for n, v in rows.items()}
        )
    ]


WRITERS: dict[str, Callable[[Path, dict[str, list[Any]]], list[str]]] = {
    "csv": as_csv,
    "csv, CRLF": lambda p, t: as_csv(p, t, end="\r\n"),
    "csv, CR": lambda p, t: as_csv(p, t, end="\r"),
    "csv, a mark of its encoding": lambda p, t: as_csv(p, t, mark="\ufeff"),
    "several csv": as_csvs,
    "parquet": as_parquet,
    "parquet by 5": lambda p, t: as_parquet(p, t, group=5),
    "parquet in one group": lambda p, t: as_parquet(p, t, group=ROWS),
    "several parquet": lambda p, t: as_parquet(p, t, files=4),
}
ALL = {"features": ["a", "b", "y"], "timesteps": 7}
GROUPED = ALL | {"group_by": "k", "time": "t"}
RECIPES: dict[str, dict[str, Any]] = {
    "windows": ALL,
    "an answer": GROUPED | {"target": "y", "horizon": 3, "lead": 2, "stride": 2},
    "apart": GROUPED | {"target": "y,b", "dilation": 3, "timesteps": 4, "flat_y": True},
    "a class": GROUPED | {"label": "c"},
    "known beforehand": GROUPED | {"features": ["a", "b"], "target": "y", "future": "a", "horizon": 2},
    "few": GROUPED | {"stride": 40, "timesteps": 2},
    "growing": GROUPED | {"partial": True, "target": "y"},
    "its own answer": ALL | {"target_mode": "input", "reverse_target": True},
    "shards": GROUPED | {"target": "y", "shard_size": 2000},
    "divided, scaled": GROUPED | {"target": "y", "split": "0.6,0.2,0.2", "scale": "standard", "scale_target": True},
    "divided by group": GROUPED | {"split": "0.5,0.5", "split_by": "group", "scale": "robust", "dtype": "float64"},
    "scaled by group": GROUPED | {"target": "y", "scale": "minmax", "scale_by_group": True},
    "one column scaled": GROUPED | {"scale_columns": "standard:a", "target": "y"},
    "folds": GROUPED | {"target": "y", "folds": 2, "scale": "standard"},
    "a store of rows": GROUPED | {"store": "series"},
    "small numbers": ALL | {"dtype": "float16", "features": ["a", "b"]},
    "context": GROUPED | {"target": "y", "split": "0.6,0.4", "context": True},
    "a hole": GROUPED | {"max_gap": "5"},
}  # fmt: skip


class Watched(Scattered):
    """Workers of which is known what they were sent."""

    def map_unordered(self, fn: Any, units: Any) -> Iterator[tuple[Any, Any]]:
        found = pickle.loads(pickle.dumps(fn))
        self.read = [part.panel.reread is not None for part in found.parts]
        rows = fn._folder.parent / "rows"
        self.carried = rows.stat().st_size if rows.exists() else 0
        return super().map_unordered(fn, units)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr(digest, "PIECE", 4000)
    monkeypatch.setattr(blocks, "BLOCK", 2000)
    monkeypatch.setattr(arrow, "BATCH", 16)
    monkeypatch.setattr(brought, "AT_HAND", 600)
    monkeypatch.setattr(brought, "FAR", 30)
    made = Watched(random.Random(4))
    monkeypatch.setattr(run, "engine_of", lambda *_: made)
    return made


def both(data: list[str], asked: dict[str, Any], folder: Path) -> None:
    """One loop, and workers: the same files."""
    recipe = from_flat(asked)
    run.run(data, recipe, Place(output=str(folder / "local")))
    run.run(data, recipe, Place(output=str(folder / "apart"), engine="processes"))
    assert contents(folder / "apart") == contents(folder / "local")


@pytest.mark.parametrize(("name", "kind"), [
    *((name, kind) for name in RECIPES for kind in ("csv, CRLF", "several parquet")),
    *(("divided, scaled", kind) for kind in WRITERS if kind not in ("csv, CRLF", "several parquet")),
])  # fmt: skip
def test_what_workers_read_themselves_is_what_one_loop_writes(tmp_path, workers, name, kind):
    data = WRITERS[kind](tmp_path / "t", table())
    recipe = RECIPES[name] | ({"file_as": "table"} if len(data) > 1 else {})

    both(data, recipe, tmp_path)

    assert all(workers.read)
    assert workers.carried == 0


@pytest.mark.parametrize("kind", ["csv", "parquet", "several csv"])
def test_samples_with_a_missing_value_are_left_out_of_what_workers_read(tmp_path, workers, kind):
    data = WRITERS[kind](tmp_path / "t", table(holes=True))
    files = {"file_as": "table"} if len(data) > 1 else {}

    both(data, GROUPED | {"target": "b", "missing": "drop", "split": "0.6,0.4", "scale": "standard"} | files, tmp_path)

    assert all(workers.read)


@pytest.mark.parametrize("command", ["pad", "lag"])
def test_other_framings_are_read_by_workers_too(tmp_path, workers, command):
    asked = {"pad": {"timesteps": 30, "label": "c", "label_at": "last"}, "lag": {"lags": "1-3", "target": "y"}}[command]
    asked |= {"features": ["a", "b"], "group_by": "k", "time": "t"}
    recipe, data = from_flat(asked, command=command), as_parquet(tmp_path / "t", table())
    for engine in ("local", "processes"):
        (tmp_path / engine).mkdir()
        name = "x.npy" if command == "lag" else "x"
        run.run(data, recipe, Place(output=str(tmp_path / engine / name), engine=engine))

    assert contents(tmp_path / "processes") == contents(tmp_path / "local")
    assert all(workers.read)


def test_files_that_are_a_sequence_each_are_read_by_workers(tmp_path, workers):
    both(as_csvs(tmp_path / "t", table()), ALL | {"file_as": "sequence", "target": "y"}, tmp_path)

    assert workers.read == [True]


def test_answers_of_another_file_are_put_down_and_the_rows_are_read(tmp_path, workers):
    parquet.write_table(pa.table({"z": np.random.default_rng(1).normal(size=3000)}), tmp_path / "y.parquet")
    asked = ALL | {"target_file": str(tmp_path / "y.parquet"), "target": "z"}
    both(as_parquet(tmp_path / "t", table(3000)), asked, tmp_path)

    assert workers.read == [True]
    assert 3000 * 4 <= workers.carried < 3000 * 5


def test_cells_are_the_same_numbers_to_a_worker_however_they_are_spelled(tmp_path, workers):
    odd = ["1.234,5", " 7 ", "-200", '"3"', "", "0x", "+1,5", "1e3"]  # from row 61 on
    lines = [f"{i};{odd[i % 8] if i > 60 else '0,5'}" for i in range(200)]
    (tmp_path / "t.csv").write_text("\n".join(["i;a", *lines, ""]))
    asked = {
        "timesteps": 3,
        "features": ["i", "a"],
        "delimiter": ";",
        "decimal": ",",
        "thousands": ".",
        "na_values": "-200,0x",
    }
    both([str(tmp_path / "t.csv")], asked | {"missing": "drop"}, tmp_path)

    assert workers.read == [True]


@pytest.mark.parametrize("write", [as_csv, as_parquet])
def test_rows_before_those_that_are_asked_for_are_not_made(tmp_path, write):
    data = write(tmp_path / "t", table())
    read = ingest(data, from_flat(GROUPED | {"target": "y"}), Shelf(apart=True))
    rows = read.panel.reread.rows(["features", "targets"], 100, read.panel)

    first, values = next(rows)
    assert first == 100
    np.testing.assert_array_equal(values["features"], read.panel.features[100 : 100 + len(values["features"])])
    np.testing.assert_array_equal(values["targets"], read.panel.targets[100 : 100 + len(values["targets"])])


def packed(path: Path, rows: dict[str, list[Any]]) -> list[str]:
    (plain,) = as_csv(path, rows)
    Path(f"{plain}.gz").write_bytes(gzip.compress(Path(plain).read_bytes()))
    return [f"{plain}.gz"]


def backwards(path: Path, rows: dict[str, list[Any]]) -> list[str]:
    return as_csv(path, {n: v[::-1] for n, v in rows.items()})


def holed(path: Path, _: dict[str, list[Any]]) -> list[str]:
    return as_csv(path, table(holes=True))


OTHERWISE: dict[str, tuple[Callable[[Path, dict[str, list[Any]]], list[str]], dict[str, Any]]] = {
    "shuffled": (as_csv, ALL | {"shuffle": True}),
    "time first": (as_parquet, ALL | {"layout": "time-first"}),
    "classes as columns": (as_parquet, GROUPED | {"features": ["a", "c"], "categorical": "c"}),
    "filled": (holed, GROUPED | {"missing": "ffill"}),
    "masked": (holed, GROUPED | {"missing": "mask"}),
    "differences": (as_csv, GROUPED | {"difference": 1}),
    "out of order": (backwards, GROUPED),
    "packed": (packed, ALL),
    "another encoding": (as_csv, ALL | {"encoding": "latin-1"}),
}


@pytest.mark.parametrize("case", OTHERWISE)
def test_rows_that_are_not_framed_as_they_stand_are_put_down_for_workers(tmp_path, workers, case):
    write, asked = OTHERWISE[case]

    both(write(tmp_path / "t", table()), asked, tmp_path)

    assert not any(workers.read)


def test_a_table_in_memory_is_put_down_for_workers(tmp_path, workers):
    for engine in ("local", "processes"):
        run.run(pa.table(table()), from_flat(GROUPED), Place(output=str(tmp_path / engine), engine=engine))

    assert contents(tmp_path / "processes") == contents(tmp_path / "local")
    assert workers.read == [False]


def test_what_only_the_plan_knows_goes_to_workers_and_the_numbers_do_not(tmp_path, workers):
    """A class stands in no array that is read again."""
    both(as_parquet(tmp_path / "t", table(3000)), GROUPED | {"label": "c"}, tmp_path)

    assert workers.read == [True]
    assert 3000 * 4 <= workers.carried < 3000 * 5


@settings(max_examples=40)
@given(
    window=st.fixed_dictionaries({"timesteps": st.integers(1, 9), "stride": st.integers(1, 9), "dilation": st.integers(1, 3), "lead": st.integers(0, 3), "horizon": st.integers(1, 3)}),
    group=st.integers(8, 90), sizes=st.tuples(st.integers(1000, 9000), st.integers(1, 4000), st.integers(0, 300)),
    more=st.sampled_from([{}, {"anchor": "end"}, {"split": "0.5,0.3,0.2", "scale": "standard"}, {"shard_size": 4000}, {"group_by": None, "time": None}]),
)  # fmt: skip
def test_whatever_the_window_and_the_row_groups_workers_read_what_it_takes(
    tmp_path_factory, window, group, sizes, more
):
    folder, found = tmp_path_factory.mktemp("out"), Watched(random.Random(group))
    data = as_parquet(folder / "t", table(90), group=group)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest, "PIECE", sizes[0])
        patch.setattr(brought, "AT_HAND", sizes[1])
        patch.setattr(brought, "FAR", sizes[2])
        patch.setattr(run, "engine_of", lambda *_: found)
        recipe = from_flat(GROUPED | {"target": "b"} | window | more)
        try:
            run.run(data, recipe, Place(output=str(folder / "local")))
        except LstmprepError:
            assume(False)
        run.run(data, recipe, Place(output=str(folder / "apart"), engine="processes"))

    assert contents(folder / "apart") == contents(folder / "local")
    assert all(found.read)


def test_a_dead_worker_changes_nothing_of_what_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(digest, "PIECE", 1 << 14)
    data, recipe, killed = as_csv(tmp_path / "t", table(3000)), from_flat(GROUPED | {"target": "y"}), []
    engine = Processes(2)
    monkeypatch.setattr(run, "engine_of", lambda *_: engine)

    def kill(phase: str, done: int, total: int) -> None:
        if phase == "writing" and not killed and done > total // 8:
            killed.append(next(child for child in multiprocessing.active_children()))
            os.kill(killed[0].pid, signal.SIGKILL)

    run.run(data, recipe, Place(output=str(tmp_path / "local")))
    run.run(data, recipe, Place(output=str(tmp_path / "apart"), engine="processes"), kill)

    assert len(killed) == 1
    assert contents(tmp_path / "apart") == contents(tmp_path / "local")
    assert multiprocessing.active_children() == []


def test_units_that_an_earlier_run_has_read_are_not_done_again(tmp_path, workers):
    data, recipe = as_parquet(tmp_path / "t", table()), from_flat(GROUPED | {"target": "y"})
    run.run(data, recipe, Place(output=str(tmp_path / "local")))
    done = workers.units

    def stop(phase: str, at: int, total: int) -> None:
        if phase == "writing" and at > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.run(data, recipe, Place(output=str(tmp_path / "apart"), engine="processes", resume=True), stop)
    every = workers.units - done
    run.run(data, recipe, Place(output=str(tmp_path / "apart"), engine="processes", resume=True))

    assert 0 < workers.units - done - every < every
    assert contents(tmp_path / "apart") == contents(tmp_path / "local")


@pytest.mark.parametrize("write", [as_csv, as_parquet])
def test_an_input_that_changes_before_a_unit_reads_it_is_refused(tmp_path, monkeypatch, capsys, write):
    (file,) = write(tmp_path / "t", table())

    class Meddled(Watched):
        def map_unordered(self, fn: Any, units: Any) -> Iterator[tuple[Any, Any]]:
            os.utime(file, ns=(1, 1))
            return super().map_unordered(fn, units)

    monkeypatch.setattr(run, "engine_of", lambda *_: Meddled(random.Random(1)))
    monkeypatch.setattr("lstmprep.sources.files.InputFile.require_unchanged", lambda _: None)  # at the end
    asked = ["window", file, "-t", "4", "-f", "a", "--engine", "processes", "-o", str(tmp_path / "out")]

    assert command_line(asked) == 4

    told = capsys.readouterr().err.splitlines()
    assert told == [
        f"lstmprep: {Path(file).name}: the file changed while it was read",
        "  Run again once nothing writes to it.",
    ]
    assert [p.name for p in tmp_path.iterdir()] == [Path(file).name]


def test_a_unit_that_reads_while_the_file_is_cut_short_says_so(tmp_path):
    (file,) = as_parquet(tmp_path / "t", table())
    source = open_source(file, Reading())
    deque(source.chunks({"a": "number"}), 0)
    again = again_of(source, Reading())
    chunks = again.chunks({"a": "number"}, 100)
    assert next(chunks).first == 60
    Path(file).write_bytes(Path(file).read_bytes()[:400])

    with pytest.raises(StorageError, match="the file changed while it was read"):
        deque(chunks, 0)


class Blind(Watched):
    """Workers that look for the input after somebody has been at it."""

    def __init__(self, meddle: Callable[[], Any]) -> None:
        super().__init__(random.Random(1))
        self.meddle = meddle

    def preflight(self, plan: Any) -> None:
        if isinstance(plan, Seeing):
            self.meddle()
            pickle.loads(pickle.dumps(plan))(None)


@pytest.mark.parametrize(("meddle", "said"), [
    (os.unlink, r"this worker cannot read the input /.*/t\.csv: no such file or directory"),
    (lambda p: Path(p).write_text("a\n1\n", encoding="utf-8"), r"this worker sees another file than the run under /.*/t\.csv: 4 bytes, and the run [\d,]+ bytes"),
    (lambda p: os.utime(p, ns=(1, 1)), r"this worker sees another file than the run under /.*/t\.csv: .* bytes, of another time"),
])  # fmt: skip
def test_a_worker_that_does_not_see_the_input_is_refused(tmp_path, monkeypatch, meddle, said):
    (file,) = as_csv(tmp_path / "t", table())
    monkeypatch.setattr(run, "engine_of", lambda *_: Blind(lambda: meddle(file)))

    with pytest.raises(StorageError) as told:
        run.run(file, from_flat(ALL), Place(output=str(tmp_path / "out"), engine="processes"))

    assert re.fullmatch(said, told.value.what)
    assert "shared file system" in told.value.fix
    assert [p.name for p in tmp_path.iterdir() if p.name != "t.csv"] == []


def test_a_relative_path_means_the_same_to_a_worker_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    as_csv(Path("t"), table())
    source = open_source("t.csv", Reading())
    deque(source.chunks({"a": "number"}), 0)

    assert again_of(source, Reading()).files[0].path == str(tmp_path / "t.csv")


def test_where_no_more_memory_is_promised_than_there_is_rows_go_through_a_file_without_a_name(
    tmp_path, workers, monkeypatch
):
    real, asked = mmap.mmap, []

    def strict(handle: int, size: int, *more: Any) -> Any:
        asked.append(handle)
        if handle < 0:
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
        return real(handle, size, *more)

    monkeypatch.setattr("lstmprep.sinks.brought.mmap.mmap", strict)

    both(as_parquet(tmp_path / "t", table()), GROUPED | {"target": "y"}, tmp_path)

    assert len(asked) >= 4
    assert asked[0::2] == [-1] * (len(asked) // 2)


def test_what_is_sent_with_a_unit_stays_small_though_files_are_many(tmp_path):
    """Six hundred files, one of them without a name that is text."""
    data = []
    for i in range(600):
        path = os.path.join(
            os.fsencode(tmp_path), b"\xff.csv" if i == 7 else f"a long name of a file {i:05}.csv".encode()
        )
        Path(os.fsdecode(path)).write_bytes(b"a\n1\n2\n3\n")
        data.append(os.fsdecode(path))
    read = ingest(data, from_flat({"timesteps": 2, "file_as": "table"}), Shelf(apart=True))
    files = read.panel.reread.files
    read.panel.reread = read.panel.reread.sent(["features"])
    kept = _Kept(tmp_path / "rows", io.BytesIO())

    sent = pickle.dumps(kept.light(read.panel.reread))

    assert sorted(f.path for f in files) == sorted(data)
    assert len(sent) < 4000
    assert kept.size > 40_000


def test_rows_behind_the_samples_go_back_to_the_system(tmp_path, monkeypatch):
    monkeypatch.setattr(brought, "AT_HAND", 1 << 16)
    room = brought._Room(np.zeros((1 << 16, 4)))
    room.values[:] = 1.0
    room.drop(100, 60_000)

    assert room.values[:100].all()
    assert room.values[60_000:].all()
    assert not room.values[300:59_000].any()
