"""Options of one run as Python's keywords: the same run as the command line's, or the same refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lstmprep
from lstmprep import digest, run
from lstmprep.cli.options import run_options
from lstmprep.engines.processes import Workers as Processes
from lstmprep.errors import RecipeError, StorageError
from lstmprep.place import ENGINES, OF_RUNS
from tests.edges.test_engines import contents

TABLE = np.random.default_rng(5).normal(size=(3000, 2))
VERBS = {"window": {"timesteps": 4}, "pad": {}, "reshape": {"shape": (-1, 5, 2)}, "lag": {"lags": "1-2"}}


def test_they_are_those_of_the_command_line():
    flags = {f.name: f for f in run_options("")}

    assert set(OF_RUNS) <= set(flags)
    assert tuple(flags["engine"].type.choices) == ENGINES


@pytest.mark.parametrize("verb", VERBS)
def test_a_run_by_processes_in_little_memory_writes_what_a_plain_one_writes(tmp_path, verb, monkeypatch):
    monkeypatch.setattr(digest, "PIECE", 1 << 13)
    made, places = getattr(lstmprep, verb), [tmp_path / "local", tmp_path / "apart"]
    if verb == "lag":
        places = [p / "x.npy" for p in places]
        for place in places:
            place.parent.mkdir()
    seen = []
    real = run.engine_of
    monkeypatch.setattr(run, "engine_of", lambda *asked: seen.append(real(*asked)) or seen[-1])

    made(TABLE, **VERBS[verb], output=places[0])
    found = made(
        TABLE, **VERBS[verb], output=places[1], engine="processes", workers=2, memory_limit="64MiB", fsync=True
    )

    assert isinstance(seen[1], Processes)
    assert found.manifest["rows"]["read"] == 3000
    assert contents(tmp_path / "apart") == contents(tmp_path / "local")


def test_apply_takes_them_too(tmp_path):
    lstmprep.window(TABLE, timesteps=4, output=tmp_path / "out")
    lstmprep.apply(tmp_path / "out", TABLE, output=tmp_path / "one")
    lstmprep.apply(tmp_path / "out", TABLE, output=tmp_path / "two", engine="processes", workers=1)

    assert contents(tmp_path / "two") == contents(tmp_path / "one")


def test_a_run_in_memory_takes_a_limit_and_workers():
    plain = lstmprep.window(TABLE, timesteps=4)

    assert lstmprep.window(TABLE, timesteps=4, memory_limit="16MiB", workers=1).X.tobytes() == plain.X.tobytes()


def test_what_a_run_kept_the_next_one_finishes(tmp_path, monkeypatch):
    monkeypatch.setattr(digest, "PIECE", 1 << 12)

    class Ends(Processes):
        def map_unordered(self, fn: Any, units: Any) -> Any:
            for n, unit in enumerate(units):
                if n == 3:
                    raise StorageError("the end", fix="Begin.")
                yield unit, fn(unit)

        def preflight(self, plan: Any) -> None:
            pass

    real = run.engine_of
    monkeypatch.setattr(run, "engine_of", lambda *_: Ends(1))
    with pytest.raises(StorageError, match="the end"):
        lstmprep.window(TABLE, timesteps=4, output=tmp_path / "out", resume=True)
    monkeypatch.setattr(run, "engine_of", real)
    assert [p.name[:4] for p in tmp_path.iterdir()] == [".out"]

    lstmprep.window(TABLE, timesteps=4, output=tmp_path / "out", resume=True)
    lstmprep.window(TABLE, timesteps=4, output=tmp_path / "whole")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"engine": "processes"}, "--engine is for an output that is written"), ({"resume": True}, "--resume is for an output that is written"),
        ({"output": "x", "engine": "proceses"}, "--engine 'proceses' is not one of its choices"), ({"output": "x", "workers": "two"}, "--workers cannot be 'two'"),
        ({"output": "x", "workers": 0}, "--workers is 0"), ({"memory_limit": "much"}, "--memory-limit 'much' is not a size"),
        ({"memory_limit": 1}, "--memory-limit 1 B is too little"), ({"output": "x", "scheduler": "tcp://h:1"}, "--scheduler is for --engine dask alone"),
        ({"engin": "processes"}, "window() has no setting 'engin'"), ({"output": "x.npz", "engine": "processes"}, "x.npz is one stream"),
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_refused(tmp_path, monkeypatch, asked, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError) as told:
        lstmprep.window(TABLE, timesteps=4, **asked)

    assert said in str(told.value)
    assert len(str(told.value).splitlines()) == 2
    assert list(Path.cwd().iterdir()) == []
