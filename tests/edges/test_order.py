"""Rows find their sequence and their place in it as one sort of the whole table says, whatever a piece holds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
import lstmprep.ingest.order as module
from lstmprep.ingest import deal
from lstmprep.sources import arrow
from lstmprep.stores import Shelf
from tests.conftest import arrow_table


@st.composite
def mixtures(draw):
    """Keys of one or two columns that come and go, and times in any order, some of them equal."""
    rows = draw(st.integers(1, 60))
    few, random = draw(st.integers(1, 6)), np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    one = np.sort(random.integers(0, few, rows)) if draw(st.booleans()) else random.integers(0, few, rows)
    two = random.integers(0, draw(st.integers(1, 3)), rows)
    times = random.integers(0, draw(st.sampled_from([3, 50])), rows)
    if draw(st.booleans()):
        times = np.sort(times)
    return {"one": one.tolist(), "two": two.tolist(), "t": times.tolist(), "row": list(range(rows))}


@given(
    table=mixtures(),
    keys=st.sampled_from([[], ["one"], ["one", "two"], ["two", "one", "t"]]),
    timed=st.booleans(),
    chunk=st.sampled_from([1, 2, 7, 1 << 20]),
    batch=st.sampled_from([1, 3, 8, 1 << 14]),
)
def test_sequences_are_those_of_one_stable_sort(table, keys, timed, chunk, batch):
    settings = {"timesteps": 1, "features": ["row"], "group_by": keys}
    if timed and "t" not in keys:
        settings |= {"time": ["t"], "on_duplicate": "first"}
    by = [table[name] for name in keys] + ([table["t"]] if "time" in settings else [])
    order = sorted(range(len(table["row"])), key=lambda r: [column[r] for column in by])
    if "time" in settings:  # of equal times the first row of the file stays
        seen, kept = set(), []
        for r in order:
            place = tuple(column[r] for column in by)
            if place not in seen:
                kept.append(r)
            seen.add(place)
        order = kept

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK", chunk)
        patch.setattr(module, "RUNS", chunk)
        patch.setattr(arrow, "BATCH", batch)
        found = lstmprep.window(arrow_table(table), **settings)

    assert found.X[:, 0, 0].astype(int).tolist() == order


@given(
    sequences=st.lists(st.integers(0, 400), min_size=1, max_size=80), count=st.integers(401, 900), limit=st.sampled_from([0, 1 << 20]),
    sizes=st.tuples(st.sampled_from([1, 5, 1 << 17]), st.sampled_from([2, 7, 1 << 19]), st.sampled_from([1, 3, 256, 1000])),
    kind=st.sampled_from([np.int32, np.int64]), piece=st.sampled_from([1, 9, 80]),
)  # fmt: skip
def test_rows_are_dealt_out_as_a_stable_sort_puts_them(sequences, count, limit, sizes, kind, piece):
    """Whatever the number of heaps, and however many rows a heap, a piece or a sequence holds."""
    rank = np.array(sequences, kind)
    lengths = np.bincount(rank, minlength=count)
    order = np.zeros(len(rank), np.int64)

    with pytest.MonkeyPatch.context() as patch:
        for name, size in zip(("HEAP", "LONG", "FEW"), sizes, strict=True):
            patch.setattr(deal, name, size)
        pieces = ((i, rank[i : i + piece]) for i in range(0, len(rank), piece))
        deal.deal(order, pieces, np.cumsum(lengths) - lengths, Shelf(limit=limit))

    assert order.tolist() == np.argsort(rank, kind="stable").tolist()


def test_many_sequences_and_one_that_is_nearly_all_of_the_table():
    """Numbers of more than sixteen bits, and a heap longer than what is sorted at once."""
    random = np.random.default_rng(5)
    rank = np.where(random.random(1_200_000) < 0.6, 70_001, random.integers(0, 140_000, 1_200_000)).astype(np.int32)
    lengths = np.bincount(rank, minlength=140_000)
    order = np.zeros(len(rank), np.int64)

    deal.deal(
        order, ((i, rank[i : i + 50_000]) for i in range(0, len(rank), 50_000)), np.cumsum(lengths) - lengths, Shelf()
    )

    assert np.array_equal(order, np.argsort(rank, kind="stable"))


def test_a_long_sequence_with_one_time_for_most_rows_is_sorted_too(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 16)
    times = [5] * 200 + list(range(100, 0, -1))
    table = pa.table({"t": times, "row": list(range(300))})

    found = lstmprep.window(table, timesteps=1, features=["row"], time=["t"], on_duplicate="last")

    assert found.X[:, 0, 0].tolist() == [*range(299, 295, -1), 295, *range(294, 199, -1)]


def test_the_mean_of_rows_of_one_time_passes_over_what_is_missing(tmp_path):
    (tmp_path / "t.csv").write_text("t,v,w\n0,1,1\n1,8,2\n1,,4\n2,,5\n2,,6\n3,6,6\n")

    made = lstmprep.window(
        tmp_path / "t.csv", time="t", on_duplicate="mean", missing="ffill", features="v,w", timesteps=4
    )

    assert made.X.tolist() == [[[1, 1], [8, 3], [8, 5.5], [6, 6]]]
