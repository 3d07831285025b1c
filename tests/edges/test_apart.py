"""Numbers that only those who work look at: the same bytes and the same words as where one process reads them all."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import random
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lstmprep import digest, run
from lstmprep.engines.local import Workers
from lstmprep.engines.processes import Workers as Processes
from lstmprep.errors import LstmprepError, StorageError
from lstmprep.ingest import apart, looked, piecewise
from lstmprep.ingest.looked import Stretch, Told
from lstmprep.place import Place
from lstmprep.recipe import from_flat
from lstmprep.sinks import brought
from lstmprep.sources import arrow, blocks
from lstmprep.sources.csv import CsvSource
from lstmprep.transforms import pieces
from tests.edges.test_brought import ALL, GROUPED, RECIPES, WRITERS, as_csv, as_csvs, as_parquet, table
from tests.edges.test_engines import Scattered, contents
from tests.tasks import Fatal


class Hands(Scattered):
    """Workers of which is known what they were asked, and what they said."""

    def __init__(self, order: Any) -> None:
        super().__init__(order)
        self.begin()

    def begin(self) -> None:
        """Forget what was."""
        self.asked: list[str] = []
        self.answers: list[Any] = []
        self.given: list[Any] = []

    def map_unordered(self, fn: Any, units: Any) -> Iterator[tuple[Any, Any]]:
        units = list(units)
        self.asked.append(type(fn).__name__)
        self.given += units
        for unit, answer in super().map_unordered(fn, units):
            self.answers.append(answer)
            yield unit, answer


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Hands:
    monkeypatch.setattr(digest, "PIECE", 4000)
    monkeypatch.setattr(blocks, "BLOCK", 2000)
    monkeypatch.setattr(arrow, "BATCH", 16)
    monkeypatch.setattr(brought, "AT_HAND", 600)
    monkeypatch.setattr(brought, "FAR", 30)
    monkeypatch.setattr(apart, "LEAST", 0)
    monkeypatch.setattr(looked, "VALUES", 120)
    monkeypatch.setattr(piecewise, "VALUES", 140)  # two pieces of up to four columns
    monkeypatch.setattr(piecewise, "FAR", 20)
    monkeypatch.setattr(pieces, "PIECE", 16)
    made = Hands(random.Random(4))
    monkeypatch.setattr(run, "engine_of", lambda *_: made)
    return made


def both(
    workers: Hands, data: list[str], asked: dict[str, Any], folder: Path, *, command: str = "window", name: str = "out"
) -> None:
    """One loop, and workers: the same files."""
    recipe = from_flat(asked, command=command)
    for engine in ("local", "processes"):
        workers.begin()
        (folder / engine).mkdir(exist_ok=True)
        run.run(data, recipe, Place(output=str(folder / engine / name), engine=engine))
    assert contents(folder / "processes") == contents(folder / "local")


LEFT = {n: r for n, r in RECIPES.items() if "robust" not in r.values()}
SCALED = GROUPED | {"target": "y", "split": "0.6,0.4", "scale": "standard", "scale_target": True}


@pytest.mark.parametrize(("name", "kind"), [
    *((name, kind) for name in LEFT for kind in ("csv, CRLF", "several parquet")),
    *(("divided, scaled", kind) for kind in WRITERS if kind not in ("csv, CRLF", "several parquet")),
])  # fmt: skip
def test_what_is_planned_without_a_number_is_what_one_loop_writes(tmp_path, workers, name, kind):
    data = WRITERS[kind](tmp_path / "t", table())
    recipe = LEFT[name] | ({"file_as": "table"} if len(data) > 1 else {})

    both(workers, data, recipe, tmp_path)

    assert workers.asked[0] == "Looking"
    assert ("_Piecewise" in workers.asked) == any("scal" in k or k in ("split", "folds") for k in recipe)
    assert workers.asked.count("Writing") == 1
    assert sum(isinstance(a, Told) for a in workers.answers) > 2 or kind == "parquet in one group"


def test_files_that_are_a_sequence_each_and_a_lagged_table_are_planned_so_too(tmp_path, workers):
    both(workers, as_csvs(tmp_path / "t", table()), ALL | {"file_as": "sequence", "target": "y"}, tmp_path)
    assert workers.asked == ["Looking", "Writing"]

    asked = {"lags": "1-3", "target": "y", "features": ["a", "b"], "group_by": "k", "time": "t", "scale": "minmax"}
    both(workers, as_parquet(tmp_path / "u", table()), asked, tmp_path, command="lag", name="x.npy")
    assert workers.asked == ["Looking", "_Piecewise", "Writing"]


def test_static_columns_and_truth_and_texts_left_out_are_what_they_were(tmp_path, workers):
    rows = table()
    rows["s"] = [{"north": 1, "south": 2, "south-east": 3}.get(k, 4) for k in rows["k"]]
    rows["on"] = [i % 3 == 0 for i in range(len(rows["k"]))]
    rows["wide"] = [2**25 + i for i in range(len(rows["k"]))]
    for write in (as_csv, as_parquet):
        data = write(tmp_path / write.__name__, rows)
        asked = {"timesteps": 5, "group_by": "k", "time": "t", "static": "s", "scale": "maxabs", "target": "y"}
        both(workers, data, asked, tmp_path, name=write.__name__)
        assert workers.asked[0] == "Looking"
        assert "_Piecewise" in workers.asked


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6), rows=st.integers(20, 300), group=st.integers(3, 90), text=st.booleans(),
    sizes=st.tuples(st.integers(1, 400), st.integers(1, 400), st.integers(1, 40), st.integers(0, 60), st.integers(60, 3000)),
    scaled=st.tuples(st.sampled_from(["none", "standard", "minmax", "maxabs"]), st.booleans(), st.booleans(), st.booleans()),
    parts=st.sampled_from([{}, {"split": "0.5,0.3,0.2"}, {"split": "0.6,0.4", "split_by": "group"}, {"folds": 2}, {"split": "0.5,0.5", "context": True}]),
    whole=st.booleans(),
)  # fmt: skip
def test_whatever_the_ranges_every_byte_is_that_of_one_loop(
    tmp_path_factory, seed, rows, group, text, sizes, scaled, parts, whole
):
    (scale, by_group, target, grouped), made = scaled, np.random.default_rng(seed)
    values = made.normal(size=(rows, 3)) * 10.0 ** made.integers(-3, 6, 3) + made.normal() * 100
    held: dict[str, Any] = {
        "k": sorted(made.integers(0, 5, rows).tolist()), "t": list(range(rows)),
        "a": np.round(values[:, 0]).tolist() if whole else values[:, 0].tolist(), "b": values[:, 1].tolist(), "y": values[:, 2].tolist(),
        "n": list(range(3, rows + 3)),
    }  # fmt: skip
    folder, hands = tmp_path_factory.mktemp("out"), Hands(random.Random(seed))
    data = as_csv(folder / "t", held) if text else as_parquet(folder / "t", held, group=group)
    asked = {"timesteps": 3, "features": ["a", "b", "n"], "scale": scale} | parts
    asked |= {"group_by": "k", "time": "t"} if grouped else {}
    asked |= {"target": "y", "scale_target": scale != "none"} if target else {}
    asked |= {"scale_by_group": True} if by_group and grouped and scale != "none" else {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apart, "LEAST", 0)
        patch.setattr(looked, "VALUES", sizes[0])
        patch.setattr(piecewise, "VALUES", sizes[1])
        patch.setattr(pieces, "PIECE", sizes[2])
        patch.setattr(piecewise, "FAR", sizes[3])
        patch.setattr(blocks, "BLOCK", sizes[4])
        patch.setattr(run, "engine_of", lambda *_: hands)
        try:
            run.run(data, from_flat(asked), Place(output=str(folder / "local")))
        except LstmprepError:
            assume(False)
        hands.begin()
        run.run(data, from_flat(asked), Place(output=str(folder / "apart"), engine="processes"))

    assert contents(folder / "apart") == contents(folder / "local")
    assert hands.asked[0] == "Looking"
    assert ("_Piecewise" in hands.asked) == (scale != "none" or bool(parts))


@pytest.mark.parametrize("write", [as_csv, as_parquet])
def test_who_starts_asks_for_no_column_of_numbers(tmp_path, workers, monkeypatch, write):
    wanted: list[list[str]] = []
    for kind in (CsvSource, arrow.TypedSource):
        real = kind.chunks
        monkeypatch.setattr(kind, "chunks", lambda self, w, real=real: wanted.append(list(w)) or real(self, w))

    both(
        workers,
        write(tmp_path / "t", table()),
        SCALED | {"label": "c", "target": None, "scale_target": False},
        tmp_path,
    )

    assert sorted(wanted[0]) == ["a", "b", "c", "k", "t", "y"]
    assert [sorted(w) for w in wanted[1:]] == [["c", "k", "t"]]


def test_who_starts_unpacks_nothing_where_there_is_no_key(tmp_path, workers, monkeypatch):
    opened: list[Any] = []
    real = arrow.ParquetSource.batches
    monkeypatch.setattr(arrow.ParquetSource, "batches", lambda self, *more: opened.append(more) or real(self, *more))

    both(workers, as_parquet(tmp_path / "t", table()), ALL | {"split": "0.6,0.4", "scale": "standard"}, tmp_path)

    assert [more[0] for more in opened if len(more) == 1] == [["a", "b", "y"], []]


# ---- what goes the other way ----


def odd(row: int, column: str, cell: Any) -> dict[str, list[Any]]:
    made = table()
    made[column][row] = cell
    return made


WRONG: dict[str, tuple[dict[str, list[Any]], dict[str, Any]]] = {
    "a text": (odd(200, "a", "n/a?"), GROUPED),
    "a missing value": (odd(200, "b", None), GROUPED),
    "two of them, the second first": ({**table(), "a": odd(200, "a", None)["a"], "b": odd(30, "b", None)["b"]}, GROUPED),
    "an infinite value": (odd(210, "y", "inf"), GROUPED),
    "beyond the type": (odd(210, "a", 1e39), GROUPED),
    "beyond a small type": (odd(210, "a", 1e6), GROUPED | {"dtype": "float16", "features": ["a", "b"]}),
    "beyond it once scaled": (table(), GROUPED | {"dtype": "float16", "split": "0.05,0.95", "scale": "standard", "features": ["a", "z"]}),
    "true among numbers": (odd(210, "a", "true"), GROUPED),
    "a time twice": (odd(100, "t", 99), GROUPED),
    "a time missing": (odd(100, "t", None), GROUPED),
    "a part without a row": (table(), GROUPED | {"split": "5000"}),
    "nothing to scale by": (odd(200, "a", None), GROUPED | {"scale": "standard"}),
    "values too far apart": ({**table(), "a": [(-1) ** i * 1.7e308 for i in range(240)]}, GROUPED | {"scale": "minmax", "dtype": "float64"}),
    "an unknown column": (table(), GROUPED | {"features": "a,zz"}),
    "a class that train lacks": (odd(239, "c", "new"), GROUPED | {"label": "c", "split": "0.6,0.4"}),
    "too many timesteps": (table(), GROUPED | {"timesteps": 500}),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_refused_is_refused_in_the_same_words(tmp_path, workers, case):
    rows, asked = WRONG[case]
    rows["z"] = [0.0 + i % 2 * 1e-3 if i < 120 else 1e3 for i in range(len(rows["a"]))]
    data, said = as_csv(tmp_path / "t", rows), []
    for engine in ("local", "processes"):
        with pytest.raises(LstmprepError) as told:
            run.run(data, from_flat(asked), Place(output=str(tmp_path / "out"), engine=engine))
        said.append((type(told.value), str(told.value), told.value.exit_code))

    assert said[0] == said[1]
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


def negative_zero() -> dict[str, list[Any]]:
    made = table()
    made["a"] = [abs(v) for v in made["a"]]
    made["a"][5], made["a"][200] = 0.0, -0.0
    return made


OTHERWISE: dict[str, tuple[dict[str, list[Any]], dict[str, Any], list[str]]] = {
    "quartiles": (table(), SCALED | {"scale": "robust"}, ["Writing"]),
    "shuffled": (table(), SCALED | {"shuffle": True}, ["Writing"]),
    "filled": (table(holes=True), GROUPED | {"missing": "ffill"}, ["Writing"]),
    "left out": (table(holes=True), GROUPED | {"missing": "drop"}, ["Writing"]),
    "a feature that is the time": (table(), GROUPED | {"features": ["a", "t"]}, ["Writing"]),
    "a zero below zero": (negative_zero(), SCALED, ["Looking", "Writing"]),
    "an id beyond 2**53": (odd(7, "y", 2**53 + 1), GROUPED, ["Looking", "Writing"]),
    "a column that turns out to be text": ({**table(), "z": [1] * 20 + ["x"] * 220}, {"timesteps": 3, "group_by": "k", "time": "t"}, ["Looking", "Writing"]),
    "out of order": ({n: v[::-1] for n, v in table().items()}, GROUPED, ["Looking", "Writing"]),
    "time first": (table(), GROUPED | {"layout": "time-first"}, ["Writing"]),
    "side by side": (table(), GROUPED | {"file_as": "sequence"}, ["Looking", "Writing"]),
    "steps of a table": (table(), GROUPED | {"target": "y", "on_duplicate": "mean"}, ["Looking", "Writing"]),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHERWISE)
def test_rows_that_have_to_be_seen_are_read_by_who_starts(tmp_path, workers, case):
    rows, asked, stages = OTHERWISE[case]

    both(workers, as_csv(tmp_path / "t", rows), asked, tmp_path)

    assert workers.asked == stages


def test_runs_of_train_rows_that_are_too_many_to_be_sent_are_read_by_who_starts(tmp_path, workers, monkeypatch):
    monkeypatch.setattr(piecewise, "MANY", 0)

    both(workers, as_parquet(tmp_path / "t", table()), SCALED, tmp_path)

    assert workers.asked == ["Looking", "Writing"]


def test_rows_are_read_once_for_the_ends_and_the_scale_of_train(tmp_path, workers):
    both(workers, as_parquet(tmp_path / "t", table()), GROUPED | {"split": "0.6,0.4", "scale": "standard"}, tmp_path)
    assert workers.asked == ["Looking", "_Piecewise", "Writing"]

    asked = GROUPED | {"folds": 2, "scale_columns": "standard:a,minmax:b"}
    both(workers, as_parquet(tmp_path / "u", table()), asked, tmp_path, name="folds")
    assert workers.asked == ["Looking", *["_Piecewise"] * 6, "Writing"]


def test_small_tables_are_read_by_who_starts(tmp_path, workers, monkeypatch):
    monkeypatch.setattr(apart, "LEAST", 1 << 20)

    both(workers, as_parquet(tmp_path / "t", table()), SCALED, tmp_path)

    assert workers.asked == ["Writing"]


def test_an_answer_about_thirty_columns_is_small_and_ranges_hold_every_row_once(tmp_path, workers):
    rows = {f"c{i}": np.random.default_rng(i).normal(size=400).tolist() for i in range(30)}
    both(workers, as_parquet(tmp_path / "t", rows), {"timesteps": 4}, tmp_path)
    ranges = [unit.ends for unit in workers.given if isinstance(unit, Stretch)]
    told = [pickle.dumps(a) for a in workers.answers if isinstance(a, Told)]

    assert len(told) == len(ranges) > 5
    assert max(map(len, told)) < 1000
    assert (ranges[0][0], ranges[-1][1]) == (0, 400)
    assert all(behind == before for (_, behind), (before, _) in pairwise(ranges))


def test_an_answer_about_scaling_is_as_small_however_many_pieces_it_is_about(tmp_path, workers, monkeypatch):
    rows = {f"c{i}": np.random.default_rng(i).normal(size=4000).tolist() for i in range(10)}
    data, sizes = as_parquet(tmp_path / "t", rows), []
    for asked in ({}, {"split": "0.8,0.2"}):
        for values in (160, 160 * 4, 160 * 64):  # a piece of ten columns, four, sixty-four
            monkeypatch.setattr(piecewise, "VALUES", values)
            both(workers, data, {"timesteps": 4, "scale": "standard", **asked}, tmp_path, name=f"{values}-{len(asked)}")
            sizes += [len(pickle.dumps(a)) for a in workers.answers if isinstance(a, tuple) and len(a) == 2]

    assert len(sizes) > 500
    assert max(sizes) - min(sizes) < 300  # with the range of train, and without
    assert max(sizes) < 1000


# ---- those who work fail ----


class Fragile(Processes):
    """Processes of which one ends whenever it meets a unit of some work: the first time, or every time."""

    def __init__(self, work: str, folder: Path | None) -> None:
        super().__init__(2)
        self.work, self.folder, self.met = work, folder, 0

    def map_unordered(self, fn: Any, units: Any) -> Iterator[tuple[Any, Any]]:
        if type(fn).__name__ == self.work:
            self.met += 1
            fn = Fatal(fn, 1, self.folder)
        return super().map_unordered(fn, units)


@pytest.mark.parametrize("work", ["Looking", "_Piecewise"])
def test_a_worker_that_dies_over_a_range_changes_nothing(tmp_path, workers, monkeypatch, work):
    data = as_csv(tmp_path / "t", table())
    run.run(data, from_flat(SCALED), Place(output=str(tmp_path / "local")))
    (tmp_path / "marks").mkdir()
    fragile = Fragile(work, tmp_path / "marks")
    monkeypatch.setattr(run, "engine_of", lambda *_: fragile)

    run.run(data, from_flat(SCALED), Place(output=str(tmp_path / "apart"), engine="processes"))

    assert fragile.met >= 1
    assert len(list((tmp_path / "marks").iterdir())) == 1
    assert contents(tmp_path / "apart") == contents(tmp_path / "local")
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("work", ["Looking", "_Piecewise"])
def test_a_range_that_ends_every_worker_is_named(tmp_path, workers, monkeypatch, work):
    monkeypatch.setattr(run, "engine_of", lambda *_: Fragile(work, None))

    with pytest.raises(StorageError) as told:
        run.run(
            as_csv(tmp_path / "t", table()), from_flat(SCALED), Place(output=str(tmp_path / "out"), engine="processes")
        )

    assert re.fullmatch(
        r"rows \d+-\d+ of the table: looking at them ended the worker 4 times \(signal 9\)", told.value.what
    )
    assert "memory" in told.value.fix
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]
    assert multiprocessing.active_children() == []


class Meddling(Hands):
    """Somebody is at the file before some work begins, or before the workers are asked whether they see it."""

    def __init__(self, before: str, meddle: Callable[[], Any]) -> None:
        super().__init__(random.Random(1))
        self.before, self.meddle = before, meddle

    def preflight(self, plan: Any) -> None:
        if type(plan).__name__ == self.before:
            self.meddle()
            plan(None)

    def map_unordered(self, fn: Any, units: Any) -> Iterator[tuple[Any, Any]]:
        if type(fn).__name__ == self.before:
            self.meddle()
        return super().map_unordered(fn, units)


@pytest.mark.parametrize(("before", "said"), [
    ("Looking", "the file changed while it was read"), ("_Piecewise", "the file changed while it was read"), ("Seeing", "this worker sees another file than the run under "),
])  # fmt: skip
def test_a_file_that_changes_meanwhile_ends_the_run(tmp_path, workers, monkeypatch, before, said):
    (file,) = as_csv(tmp_path / "t", table())
    monkeypatch.setattr(run, "engine_of", lambda *_: Meddling(before, lambda: os.utime(file, ns=(1, 1))))

    with pytest.raises(StorageError, match=said):
        run.run(file, from_flat(SCALED), Place(output=str(tmp_path / "out"), engine="processes"))

    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


def test_two_processes_that_are_started_afresh_say_the_same(tmp_path, workers, monkeypatch):
    for write in (as_csvs, as_parquet):
        data = write(tmp_path / "t", table())
        asked = SCALED | ({"file_as": "table"} if len(data) > 1 else {})
        monkeypatch.setattr(run, "engine_of", lambda *_: Workers(None))
        run.run(data, from_flat(asked), Place(output=str(tmp_path / f"local-{write.__name__}")))
        monkeypatch.setattr(run, "engine_of", lambda *_: Processes(2))
        run.run(data, from_flat(asked), Place(output=str(tmp_path / f"apart-{write.__name__}"), engine="processes"))

        assert contents(tmp_path / f"apart-{write.__name__}") == contents(tmp_path / f"local-{write.__name__}")
