"""The index is made while the arrays are written: the same file as afterwards, the same refusals, and nothing is left."""

from __future__ import annotations

import errno
import threading
from typing import Any

import numpy as np
import pytest

from lstmprep import run, sinks
from lstmprep.errors import StorageError
from lstmprep.place import Place
from lstmprep.recipe import from_flat
from lstmprep.sinks import index
from tests.edges.test_engines import contents

ASKED: dict[str, Any] = {"timesteps": 3, "target": ["b"], "group_by": ["g"], "time": ["t"]}


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A table whose output is long enough for a second core, and whose index is of several blocks."""
    monkeypatch.setattr(run, "LONG", 0)
    monkeypatch.setattr(index, "BLOCK", 16)
    values = np.random.default_rng(0).normal(size=(200, 2)).round(3)
    lines = [f"{i // 50},{i},{a},{b}" for i, (a, b) in enumerate(values)]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["g,t,a,b", *lines]) + "\n")
    return str(path)


@pytest.fixture
def makers(monkeypatch):
    """The threads that made an index, run by run."""
    seen, before = [], sinks.to_index

    def watched(*args):
        seen.append(threading.current_thread())
        return before(*args)

    monkeypatch.setattr(sinks, "to_index", watched)
    return seen


def go(table, out, **how):
    return run.run(table, from_flat(ASKED), Place(output=str(out), **how))


@pytest.mark.parametrize(("ending", "digest"), [("", "xxh3"), (".npz", "sha256"), ("", "none"), (".npy", "xxh3")])
def test_an_index_made_beside_is_the_one_made_afterwards(table, makers, tmp_path, monkeypatch, ending, digest):
    monkeypatch.setitem(ASKED, "digest", digest)
    if ending == ".npy":
        monkeypatch.delitem(ASKED, "target")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    go(table, tmp_path / "a" / f"out{ending}")
    go(table, tmp_path / "b" / f"out{ending}", workers=1)

    assert [one is threading.main_thread() for one in makers] == [False, True]
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_an_index_that_the_disk_refuses_is_told_as_ever(table, makers, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(index, "batches", full)
    with pytest.raises(StorageError, match="no space"):
        go(table, tmp_path / "out")

    assert [one is threading.main_thread() for one in makers] == [False, True]
    assert [p.name for p in tmp_path.iterdir()] == ["data.csv"]


def test_an_index_that_was_refused_once_is_made_again(table, makers, tmp_path, monkeypatch):
    before, tried = index.batches, []

    def once(*args):
        tried.append(args)
        if len(tried) == 1:
            raise MemoryError
        return before(*args)

    monkeypatch.setattr(index, "batches", once)
    go(table, tmp_path / "out")
    assert [one is threading.main_thread() for one in makers] == [False, True]
    monkeypatch.setattr(index, "batches", before)
    go(table, tmp_path / "plain", workers=1)

    assert contents(tmp_path / "out") == contents(tmp_path / "plain")


def test_what_ends_the_run_ends_the_index(table, makers, tmp_path, monkeypatch):
    """It is in the middle of its blocks then, and waits there until the run has failed."""
    before, begun, failed, blocks = index.batches, threading.Event(), threading.Event(), []

    def slow(*args):
        for block in before(*args):
            blocks.append(block)
            yield block
            begun.set()
            assert failed.wait(30)

    def broken(*_):
        assert begun.wait(30)
        threading.Timer(0.2, failed.set).start()
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(index, "batches", slow)
    monkeypatch.setitem(run.WRITERS, "folder", broken)
    with pytest.raises(OSError, match="Input/output"):
        go(table, tmp_path / "out")

    assert not makers[0].is_alive()
    assert len(blocks) == 2  # of a dozen: the one that was made when it was told to stop is the last
    assert [p.name for p in tmp_path.iterdir()] == ["data.csv"]
