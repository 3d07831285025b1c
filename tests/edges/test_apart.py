"""Numbers that only those who work look at: the same bytes and the same words as where one process reads them all."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from lstmprep import digest, run
from lstmprep.errors import LstmprepError, StorageError
from lstmprep.ingest import apart, looked, piecewise
from lstmprep.ingest.looked import Looking, Told
from lstmprep.ingest.rows import Reader
from lstmprep.place import Place
from lstmprep.recipe import from_flat
from lstmprep.sinks import brought
from lstmprep.sources import arrow, blocks
from lstmprep.transforms import pieces
from tests.edges.test_brought import ALL, GROUPED, RECIPES, WRITERS, as_csv, as_csvs, as_parquet, table
from tests.edges.test_engines import Scattered, contents


class Told_(Scattered):
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
def workers(monkeypatch: pytest.MonkeyPatch) -> Told_:
    monkeypatch.setattr(digest, "PIECE", 4000)
    monkeypatch.setattr(blocks, "BLOCK", 2000)
    monkeypatch.setattr(arrow, "BATCH", 16)
    monkeypatch.setattr(brought, "AT_HAND", 600)
    monkeypatch.setattr(brought, "FAR", 30)
    monkeypatch.setattr(apart, "LEAST", 0)
    monkeypatch.setattr(looked, "VALUES", 120)
    monkeypatch.setattr(piecewise, "VALUES", 90)
    monkeypatch.setattr(piecewise, "FAR", 20)
    monkeypatch.setattr(pieces, "PIECE", 16)
    made = Told_(random.Random(4))
    monkeypatch.setattr(run, "engine_of", lambda *_: made)
    return made


def both(
    workers: Told_, data: list[str], asked: dict[str, Any], folder: Path, *, command: str = "window", name: str = "out"
) -> None:
    """One loop, and workers: the same files."""
    recipe = from_flat(asked, command=command)
    for engine in ("local", "processes"):
        workers.begin()
        (folder / engine).mkdir(exist_ok=True)
        run.run(data, recipe, Place(output=str(folder / engine / name), engine=engine))
    assert contents(folder / "processes") == contents(folder / "local")


LEFT = {n: r for n, r in RECIPES.items() if "robust" not in r.values()}


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
