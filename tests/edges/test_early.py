"""Windows that are written while rows are still read: the same bytes as without, or none at all."""

from __future__ import annotations

import errno
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lstmprep
from lstmprep import digest, place, run
from lstmprep.errors import LstmprepError
from lstmprep.ingest import rows
from lstmprep.place import Place
from lstmprep.recipe import from_flat
from lstmprep.sinks import early, staging, units
from lstmprep.sources import ahead, blocks, csv
from tests.conftest import prompt
from tests.edges.test_engines import contents


@pytest.fixture
def pieces(monkeypatch):
    """Every table is long enough and every store is filed; how many pieces were done early, run by run."""
    done = []
    before = early.Early.rest

    def counted(self, plan, fn, units):
        left = before(self, plan, fn, units)
        done.append(self.held // digest.PIECE)
        return left

    monkeypatch.setattr(early.Early, "rest", counted)
    prompt(monkeypatch)
    return done


def table(path: Path, rows: int, *, edit=lambda lines: lines) -> str:
    rng = np.random.default_rng(rows)
    lines = [f"{i},{a:.4f},{b:.4f}" for i, (a, b) in enumerate(rng.normal(size=(rows, 2)))]
    path.write_text("\n".join(["t,a,b", *edit(lines)]) + "\n")
    return str(path)


def both(folder: Path, data: str, **asked) -> None:
    """The output of a run that may write early is that of one that may not."""
    recipe = from_flat({"features": ["a", "b"]} | asked)
    run.run(data, recipe, Place(output=str(folder / "early"), memory_limit=0))
    run.run(data, recipe, Place(output=str(folder / "late"), memory_limit=0, workers=1))
    assert contents(folder / "early") == contents(folder / "late")


@pytest.mark.parametrize(
    "asked",
    [
        {"timesteps": 3}, {"timesteps": 4, "stride": 3}, {"timesteps": 3, "dilation": 2}, {"lags": [1, 2, 5], "target": ["a"]},
        {"timesteps": 3, "target": ["b"], "horizon": 4}, {"timesteps": 2, "layout": "channels-first"}, {"timesteps": 2, "layout": "flat"},
        {"timesteps": 3, "time": ["t"]}, {"timesteps": 3, "digest": "none"}, {"timesteps": 3, "digest": "sha256", "dtype": "float64"},
        {"timesteps": 3, "batch_size": 7, "batch_remainder": "drop"}, {"timesteps": 3, "target_mode": "input"},
    ],
    ids=lambda a: " ".join(f"{k}={v}" for k, v in a.items()),
)  # fmt: skip
def test_pieces_that_stand_early_are_kept(tmp_path, pieces, asked):
    both(tmp_path, table(tmp_path / "t.csv", 60), **asked)

    assert pieces[0] > 0  # the second run does not ask


@pytest.mark.parametrize(
    "asked",
    [
        {"scale": "standard", "split": "0.5,0.5"}, {"anchor": "end", "stride": 4}, {"partial": True}, {"shuffle": True}, {"latest": True},
        {"store": "series"}, {"shard_size": 200}, {"missing": "mean"}, {"time_delta": True, "time": ["t"]}, {"leftover": "pad", "stride": 2}, {"max_gap": "5", "time": ["t"]},
    ],
    ids=lambda a: " ".join(f"{k}={v}" for k, v in a.items()),
)  # fmt: skip
def test_windows_that_later_rows_may_change_are_not_written_early(tmp_path, pieces, asked):
    both(tmp_path, table(tmp_path / "t.csv", 60), timesteps=3, **asked)

    assert pieces == []


def test_files_that_are_to_reach_the_disk_are_written_once(tmp_path, pieces):
    data = table(tmp_path / "t.csv", 60)
    run.run(data, from_flat({"timesteps": 3}), Place(output=str(tmp_path / "out"), memory_limit=0, fsync=True))

    assert pieces == []


def late_row(lines: list[str]) -> list[str]:
    return [*lines[1:], lines[0]]


def hole(lines: list[str], at: int = 30) -> list[str]:
    return [*lines[:at], lines[at].rpartition(",")[0] + ",", *lines[at + 1 :]]


@pytest.mark.parametrize(("edit", "asked"), [(late_row, {"time": ["t"]}), (hole, {"missing": "drop"})], ids=["a late row", "a hole"])  # fmt: skip
def test_what_was_foreseen_and_comes_otherwise_is_written_anew(tmp_path, pieces, monkeypatch, edit, asked):
    monkeypatch.setattr("lstmprep.sources.blocks.BLOCK", 256)
    both(tmp_path, table(tmp_path / "t.csv", 60, edit=edit), timesteps=3, **asked)

    assert pieces == [0]


def test_a_hole_in_the_last_row_spoils_none_of_the_pieces_before_it(tmp_path, pieces, monkeypatch):
    monkeypatch.setattr("lstmprep.sources.blocks.BLOCK", 256)
    both(tmp_path, table(tmp_path / "t.csv", 60, edit=lambda x: hole(x, 59)), timesteps=3, missing="drop")

    assert pieces[0] > 0


def test_rows_of_which_one_stands_twice_are_written_anew(tmp_path, pieces):
    both(tmp_path, table(tmp_path / "t.csv", 60, edit=lambda x: [*x, x[-1]]), timesteps=3, time=["t"], on_duplicate="last")  # fmt: skip

    assert pieces == [0]


@pytest.mark.parametrize("piece", [96, 100, 128])
def test_what_stands_beyond_the_last_sample_is_cut_off(tmp_path, monkeypatch, piece):
    """Samples that fill no batch, in pieces that end with the last sample and not."""
    prompt(monkeypatch, piece)
    both(tmp_path, table(tmp_path / "t.csv", 60), timesteps=1, batch_size=32, batch_remainder="drop")

    assert (tmp_path / "early" / "X.npy").stat().st_size == 128 + 32 * 8


def test_a_machine_without_room_for_a_thread_tells_the_first_piece_itself(tmp_path, pieces, monkeypatch):
    monkeypatch.setattr(early, "aside", lambda _: lambda: None)
    both(tmp_path, table(tmp_path / "t.csv", 60), timesteps=3)

    assert pieces[0] > 0


def test_only_the_newest_rows_are_looked_at_and_none_once_it_is_over():
    follower = early.Early(from_flat({"timesteps": 3}), None, "X.npy")
    for count in (10, 20, 30):
        follower._told.put(count)

    assert follower._newest() == 30
    follower._told.put(40)
    follower.stop()
    assert follower._newest() == 0


def test_batches_that_are_filled_up_are_written_anew(tmp_path, pieces):
    both(tmp_path, table(tmp_path / "t.csv", 60), timesteps=3, batch_size=7, batch_remainder="pad")

    assert pieces == [0]


def test_a_pass_that_begins_again_forgets_what_it_wrote(tmp_path, pieces, monkeypatch):
    monkeypatch.setattr("lstmprep.sources.blocks.BLOCK", 256)
    words = table(tmp_path / "t.csv", 60, edit=lambda x: [*x[:30], *(f"{i},x,{i}" for i in range(30, 60))])
    recipe = from_flat({"timesteps": 3})
    run.run(words, recipe, Place(output=str(tmp_path / "early"), memory_limit=0))
    run.run(words, recipe, Place(output=str(tmp_path / "late"), memory_limit=0, workers=1))

    assert contents(tmp_path / "early") == contents(tmp_path / "late")
    assert pieces[0] > 0


def test_a_single_npy_is_written_early_too(tmp_path, pieces):
    data = table(tmp_path / "t.csv", 60)
    for name, workers in (("early", None), ("late", 1)):
        (tmp_path / name).mkdir()
        run.run(data, from_flat({"timesteps": 3}), Place(output=str(tmp_path / name / "x.npy"), memory_limit=0, workers=workers))  # fmt: skip

    assert contents(tmp_path / "early") == contents(tmp_path / "late")
    assert pieces[0] > 0


@pytest.mark.parametrize("last", ["59,oops,1", "59,1"], ids=["a text", "a short row"])
def test_a_bad_last_row_leaves_nothing(tmp_path, pieces, last):
    data = table(tmp_path / "t.csv", 60, edit=lambda x: [*x[:-1], last])
    with pytest.raises(LstmprepError):
        run.run(data, from_flat({"timesteps": 3, "features": ["a"]}), Place(output=str(tmp_path / "out"), memory_limit=0))  # fmt: skip

    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "full"), MemoryError(), ValueError("odd")],
    ids=["full disk", "no memory", "anything"],
)
def test_what_fails_early_is_left_to_the_writers(tmp_path, monkeypatch, error):
    """With a thread of its own, which ends before the output has its name."""
    before, tried = units.Writing.__call__, []

    def refused(self, unit):
        if threading.current_thread() is not threading.main_thread():
            tried.append(unit)
            raise error
        return before(self, unit)

    monkeypatch.setattr(units.Writing, "__call__", refused)
    monkeypatch.setattr(run, "LONG", -1)
    monkeypatch.setattr(place, "LEAST_MEMORY", 0)
    monkeypatch.setattr(digest, "PIECE", 200)
    wait = early.Early.stop

    def stopped(self):
        if self._worker is not None and self._worker.is_alive():
            self._told.put(0)
            self._worker.join()
        wait(self)

    monkeypatch.setattr(early.Early, "stop", stopped)
    both(tmp_path, table(tmp_path / "t.csv", 60), timesteps=3)

    assert len(tried) == 1


def test_a_disk_that_is_nearly_full_is_not_written_to_before_there_is_a_plan(tmp_path, pieces, monkeypatch):
    monkeypatch.setattr(early, "free_bytes", lambda _: 4 * 200 * 3)
    both(tmp_path, table(tmp_path / "t.csv", 60), timesteps=3)

    assert pieces == [3]


def test_what_stands_already_needs_no_room(tmp_path, pieces, monkeypatch):
    data, recipe = table(tmp_path / "t.csv", 60), from_flat({"timesteps": 3, "features": ["a", "b"]})
    needed = run.run(data, recipe, Place(output=str(tmp_path / "out"), memory_limit=0)).plan
    asked = needed.bytes + needed.samples * run.INDEX_BYTES
    monkeypatch.setattr(staging, "free_bytes", lambda _: asked - pieces[0] * 200)
    run.run(data, recipe, Place(output=str(tmp_path / "again"), memory_limit=0))
    monkeypatch.setattr(staging, "free_bytes", lambda _: asked - pieces[0] * 200 - 1)
    with pytest.raises(LstmprepError, match="no space"):
        run.run(data, recipe, Place(output=str(tmp_path / "more"), memory_limit=0))

    assert sorted(p.name for p in tmp_path.iterdir()) == ["again", "out", "t.csv"]


@settings(max_examples=25)
@given(rows=st.integers(3_000, 6_000), timesteps=st.integers(1, 40), stride=st.integers(1, 3))
def test_a_thread_of_its_own_changes_no_byte(tmp_path_factory, rows, timesteps, stride):
    folder = tmp_path_factory.mktemp("own")
    data = table(folder / "t.csv", rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "LONG", -1)
        patch.setattr(digest, "PIECE", 4096)
        patch.setattr(place, "LEAST_MEMORY", 0)
        patch.setattr("lstmprep.sources.blocks.BLOCK", 4096)
        both(folder, data, timesteps=timesteps, stride=stride)

    assert lstmprep.load(folder / "early").X.shape[1:] == (timesteps, 2)


def test_rows_that_wait_to_be_written_are_told_to_whoever_parses(tmp_path, monkeypatch):
    """The writer stands still at its first piece, and is behind as soon as more blocks have come."""
    wait, seen, before = threading.Event(), [], early.Early._write
    monkeypatch.setattr(early.Early, "_write", lambda *asked: (wait.wait(30), before(*asked)))
    monkeypatch.setattr(blocks, "BLOCK", 1 << 10)
    monkeypatch.setattr(rows, "WORTH_A_THREAD", 0)
    monkeypatch.setattr(run, "LONG", -1)
    monkeypatch.setattr(place, "LEAST_MEMORY", 0)
    plain = ahead.in_pairs

    def watched(items):
        for pair in plain(items):
            seen.append(pair[1] is not None)
            if len(seen) == 8:
                wait.set()
            yield pair

    monkeypatch.setattr(csv, "in_pairs", watched)
    data = table(tmp_path / "t.csv", 2_000)
    run.run(
        data, from_flat({"features": ["a", "b"], "timesteps": 3}), Place(output=str(tmp_path / "o"), memory_limit=1)
    )

    assert seen[0]
    assert not any(seen[5:8])  # two blocks are told and one more is stored by then
