"""Rows that are gathered into the file of the series: the same bytes as without, or none at all."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmprep import run
from lstmprep.errors import StorageError
from lstmprep.place import Place
from lstmprep.recipe import from_flat
from lstmprep.sinks import early, gathered, staging
from tests.conftest import prompt
from tests.edges.test_engines import contents


@pytest.fixture
def stood(monkeypatch):
    """Every table is long enough and every store is filed; bytes of the series that stood when there was a plan, run by run."""
    found = []
    before = gathered.Gathered.rest

    def told(self, plan, fn, units):
        left = before(self, plan, fn, units)
        found.append(self.held if len(left) < len(units) else 0)
        return left

    monkeypatch.setattr(gathered.Gathered, "rest", told)
    prompt(monkeypatch)
    return found


def table(path: Path, keys: list[str], seed: int = 0) -> str:
    numbers = np.random.default_rng(seed).normal(size=(len(keys), 2))
    lines = [f"{k},{i},{a:.4f},{b:.4f}" for i, (k, (a, b)) in enumerate(zip(keys, numbers, strict=True))]
    path.write_text("\n".join(["k,t,a,b", *lines]) + "\n")
    return str(path)


def both(folder: Path, data: str, **asked) -> None:
    """The output of a run that may gather into it is that of one that may not."""
    recipe = from_flat({"features": ["a", "b"], "group_by": ["k"], "store": "series", "timesteps": 3} | asked)
    run.run(data, recipe, Place(output=str(folder / "early"), memory_limit=0))
    run.run(data, recipe, Place(output=str(folder / "late"), memory_limit=0, workers=1))
    assert contents(folder / "early") == contents(folder / "late")


TURNS = [str(k) for k in [7, 5, 9] * 20]


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"time": ["t"]}, {"digest": "none"}, {"digest": "sha256", "dtype": "float64"}, {"target": ["b"], "horizon": 2},
        {"index": False}, {"time": ["t"], "max_gap": "3"}, {"missing": "drop", "stride": 2}, {"batch_size": 7, "batch_remainder": "drop"},
    ],
    ids=lambda a: " ".join(f"{k}={v}" for k, v in a.items()) or "plain",
)  # fmt: skip
def test_rows_that_are_gathered_are_the_series(tmp_path, stood, asked):
    both(tmp_path, table(tmp_path / "t.csv", TURNS), **asked)

    assert stood == [(tmp_path / "early" / "series.npy").stat().st_size - 128]  # the second run does not ask


@settings(max_examples=30)
@given(
    keys=st.lists(st.sampled_from(["7", "10", "b"]), min_size=3, max_size=40),
    piece=st.sampled_from([128, 200, 1 << 20]),
)
def test_any_order_of_keys_and_any_size_of_a_piece_gives_the_same_bytes(tmp_path_factory, keys, piece):
    with pytest.MonkeyPatch.context() as patch:
        prompt(patch, piece)
        folder = tmp_path_factory.mktemp("g")
        both(folder, table(folder / "t.csv", keys, len(keys)), timesteps=1)


def test_rows_that_stay_where_they_are_are_written_once_as_well(tmp_path, stood):
    both(tmp_path, table(tmp_path / "t.csv", ["b"] * 9 + ["a"] * 9))

    assert stood == [0]


@pytest.mark.parametrize(
    "asked",
    [
        {"scale": "standard"}, {"store": "windows"}, {"split": "0.5,0.5"}, {"categorical": ["b"]}, {"missing": "mean"},
        {"time": ["t"], "time_delta": True},
    ],
    ids=lambda a: " ".join(f"{k}={v}" for k, v in a.items()),
)  # fmt: skip
def test_rows_that_are_changed_or_cut_up_afterwards_are_not_gathered_there(tmp_path, stood, asked):
    both(tmp_path, table(tmp_path / "t.csv", TURNS), **asked)

    assert stood == []


def test_a_guess_that_was_wrong_costs_nothing_but_the_guess(tmp_path, stood, monkeypatch):
    monkeypatch.setattr(early, "may_be_gathered", lambda *_: True)
    both(tmp_path, table(tmp_path / "t.csv", TURNS), scale="standard")

    assert stood == [0]


def test_files_that_are_to_reach_the_disk_are_written_by_who_waits_for_it(tmp_path, stood):
    recipe = from_flat({"features": ["a"], "group_by": ["k"], "store": "series", "timesteps": 3})
    data = table(tmp_path / "t.csv", TURNS)
    run.run(data, recipe, Place(output=str(tmp_path / "out"), memory_limit=0, fsync=True))

    assert stood == []


def test_what_stands_already_needs_no_room(tmp_path, stood, monkeypatch):
    """The disk has room for the starts of the samples alone, and one byte less is refused."""
    recipe = from_flat({"features": ["a", "b"], "group_by": ["k"], "store": "series", "timesteps": 3, "index": False})
    data, starts = table(tmp_path / "t.csv", TURNS), 54 * 8
    monkeypatch.setattr(staging, "free_bytes", lambda _: starts)
    run.run(data, recipe, Place(output=str(tmp_path / "out"), memory_limit=0))
    monkeypatch.setattr(staging, "free_bytes", lambda _: starts - 1)

    with pytest.raises(StorageError, match="no space"):
        run.run(data, recipe, Place(output=str(tmp_path / "again"), memory_limit=0))

    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "t.csv"]


def test_a_disk_that_fills_up_while_rows_are_gathered_leaves_nothing(tmp_path, stood, monkeypatch):
    def full(self, block):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(gathered.InFile, "_write", full)
    recipe = from_flat({"features": ["a"], "group_by": ["k"], "store": "series", "timesteps": 3})
    data = table(tmp_path / "t.csv", TURNS)

    with pytest.raises(StorageError):
        run.run(data, recipe, Place(output=str(tmp_path / "out"), memory_limit=0))

    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]
