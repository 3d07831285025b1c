"""Rows kept in memory or in a file: nobody downstream can tell."""

from __future__ import annotations

import os

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep import stores as module
from lstmprep.panel import Panel
from lstmprep.scratch import scratch
from lstmprep.stores import RowStore, Shelf, stack
from tests.conftest import panel_of


@given(
    sizes=st.lists(st.integers(0, 9), max_size=8), width=st.integers(0, 3), limit=st.sampled_from([0, 1, 40, 100, 1 << 20]),
    dtype=st.sampled_from(["float32", "float64", "int32", "bool", "float16"]),
)  # fmt: skip
def test_a_store_in_memory_and_one_in_a_file_give_the_same_array(sizes, width, limit, dtype):
    rows = [np.arange(n * max(width, 1)).reshape((n, width) if width else n) + i for i, n in enumerate(sizes)]
    store = RowStore(width, dtype, limit=limit)

    for block in rows:
        store.append(block)
        block[...] = 99  # a block may be used again

    expected = [
        (np.arange(n * max(width, 1)).reshape((n, width) if width else n) + i).astype(dtype)
        for i, n in enumerate(sizes)
    ]
    shape = (sum(sizes), width) if width else (sum(sizes),)
    assert store.rows == sum(sizes)
    if store.rows:
        assert np.array_equal(store.view(), np.concatenate(expected))
    assert store.view().shape == shape
    assert store.view().dtype == dtype
    assert not store.view().flags.writeable
    assert type(store.view()) is np.ndarray


def test_rows_beyond_the_limit_leave_memory_for_a_file_without_a_name(tmp_path):
    store = Shelf(limit=100, folder=str(tmp_path)).store(2, np.float64)
    for i in range(50):
        store.append(np.full((3, 2), i, np.float64))

    assert store._blocks == [] and store._held == 0
    assert list(tmp_path.iterdir()) == [], "nobody else can see or keep it"
    assert np.array_equal(store.view(), np.repeat(np.arange(50.0), 3)[:, None] * [1, 1])


def test_rows_may_be_added_after_a_look():
    store = RowStore(0, np.int64, limit=16)
    store.append(np.arange(2))
    assert store.view().tolist() == [0, 1]
    store.append(np.arange(3))
    assert store.view().tolist() == [0, 1, 0, 1, 2]
    store.append(np.array([7]))
    assert store.view().tolist() == [0, 1, 0, 1, 2, 7]


def test_an_array_outlives_its_store():
    store = RowStore(1, np.float32, limit=0)
    store.append(np.ones((4, 1)))
    view = store.view()
    del store

    assert view.sum() == 4


def test_blocks_of_columns_are_stored_row_by_row():
    store = RowStore(2, np.float32)
    store.append(np.asfortranarray(np.arange(6).reshape(3, 2)))

    assert store.view().flags.c_contiguous
    assert store.view().tolist() == [[0, 1], [2, 3], [4, 5]]


@given(rows=st.integers(1, 40), strip=st.sampled_from([1, 7, 1 << 13]), width=st.integers(1, 3))
def test_columns_are_stacked_row_by_row_whatever_the_strip(rows, strip, width):
    columns = [np.arange(rows) * 1.5 + j for j in range(width)]
    store = RowStore(width, np.float32)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "STRIP", strip)
        stack(columns, store)

    assert np.array_equal(store.view(), np.column_stack(columns).astype(np.float32))


def test_a_panel_knows_its_rows_lengths_and_keys():
    panel = panel_of([3, 2])
    panel.keys["site"] = pa.array(["north", "south"])

    assert panel.rows == 5
    assert panel.lengths.tolist() == [3, 2]
    assert panel.key_text(1) == "s1, south"
    assert panel.key_text(np.int64(0)) == "s0, north"


@pytest.mark.parametrize(("source", "expected"), [(None, [0, 2]), (np.array([9, 8, 7]), [9, 7])])
def test_panel_rows_are_told_as_rows_of_the_table(source, expected):
    panel = Panel(np.zeros((3, 1)), np.array([0]), np.array([3]), {}, source_rows=source)

    assert panel.source(np.array([0, 2])).tolist() == expected


def test_a_row_of_the_panel_may_stand_for_several_rows_of_the_table_or_for_none():
    panel = Panel(np.zeros((4, 1)), np.array([0, 2]), np.array([2, 4]), {})
    panel.source_rows, panel.source_bounds = np.array([7, 9, 3, 4, 5]), np.array([0, 2, 2, 4, 5])
    rows = np.arange(4)

    assert panel.source(rows).tolist() == [7, 9, 3, 5]
    assert panel.source(rows, last=True).tolist() == [9, 9, 4, 5]
    assert panel.sources(rows).tolist() == [7, 9, 3, 4, 5]
    assert panel.sources(np.array([3, 0])).tolist() == [5, 7, 9]
    assert [panel.stands_for(rows[i : i + 1]) for i in range(4)] == [2, 0, 2, 1]


def test_a_row_of_the_panel_is_a_row_of_the_table_where_nothing_is_said():
    panel = Panel(np.zeros((3, 1)), np.array([0]), np.array([3]), {}, source_rows=np.array([2, 0, 1]))
    rows = np.array([0, 2])

    assert panel.sources(rows).tolist() == panel.source(rows, last=True).tolist() == [2, 1]
    assert panel.stands_for(rows) == 2


@pytest.mark.parametrize("reserved", [True, False])
def test_room_to_write_to_begins_as_zeros_whether_or_not_the_system_can_reserve_it(reserved, monkeypatch, tmp_path):
    if not reserved:
        monkeypatch.delattr(os, "posix_fallocate")

    room = scratch(5, np.int32, str(tmp_path))
    room[2:4] = 7

    assert room.tolist() == [0, 0, 7, 7, 0]
    assert list(tmp_path.iterdir()) == [], "the file has no name"
