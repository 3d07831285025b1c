"""Fills and intervals, against plain pandas run by run, whatever the size of a block."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.grid import walk
from lstmprep.grid.fill import Fill, since
from lstmprep.grid.walk import Bounds


@st.composite
def gappy(draw: st.DrawFn) -> tuple[Any, Any, Any, Any]:
    """(values with holes, times, starts, stops): runs in any order, rows between them that belong to none."""
    sizes = np.array(draw(st.lists(st.integers(1, 12), min_size=1, max_size=5)))
    gaps = np.array([draw(st.integers(0, 2)) for _ in sizes])
    stops = np.cumsum(sizes + gaps)
    rows = int(stops[-1]) + draw(st.integers(0, 2))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = rng.integers(0, 50, (rows, draw(st.integers(1, 3)))).astype(float)
    values[rng.random(values.shape) < draw(st.sampled_from([0.0, 0.2, 0.6, 0.95]))] = np.nan
    times = np.cumsum(rng.integers(1, 9, rows))
    order = np.array(draw(st.permutations(range(len(sizes)))), np.int64)
    return values, times, (stops - sizes)[order], stops[order]


def in_pandas(values: Any, times: Any, how: str, limit: int | None) -> Any:
    """One run, filled; a hole longer than the limit stays whole."""
    frame = pd.DataFrame(values, index=times)
    if how == "ffill":
        found = frame.ffill()
    elif how == "zero":
        found = frame.fillna(0)
    else:
        found = frame.interpolate("index", limit_area="inside")
    for c in frame if limit is not None else []:
        gone = frame[c].isna()
        hole = (~gone).cumsum()[gone]
        length = hole.groupby(hole).transform("size")
        found.loc[length.index[length > limit], c] = np.nan
    return found.to_numpy()


@given(
    table=gappy(),
    how=st.sampled_from(["ffill", "linear", "zero"]),
    limit=st.none() | st.integers(1, 4),
    size=st.integers(1, 20),
    timed=st.booleans(),
)
def test_holes_are_filled_as_pandas_does_it_in_each_run_alone(
    table: Any,
    how: str,
    limit: int | None,
    size: int,
    timed: bool,  # noqa: FBT001
) -> None:
    values, times, starts, stops = table
    expected = values.copy()
    for a, b in zip(starts, stops, strict=True):
        expected[a:b] = in_pandas(values[a:b], (times if timed else np.arange(len(times)))[a:b], how, limit)
    before = values.copy()
    with patch.object(walk, "BLOCK", size), patch.object(walk, "FEWEST", 1):
        fill = Fill(values, starts, stops, how, times=times if timed else None, limit=limit)
        found = np.concatenate(list(fill.blocks()))

    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert fill.filled.tolist() == (np.isnan(values) & ~np.isnan(expected)).sum(axis=0).tolist()
    inside = np.zeros(len(values), bool)
    for a, b in zip(starts, stops, strict=True):
        inside[a:b] = True
    assert fill.left.tolist() == np.isnan(expected[inside]).sum(axis=0).tolist()
    np.testing.assert_array_equal(values, before)


@given(table=gappy(), size=st.integers(1, 20), timed=st.booleans())
def test_intervals_are_those_of_gru_d(table: Any, size: int, timed: bool) -> None:  # noqa: FBT001
    values, times, starts, stops = table
    gone = np.isnan(values)
    x = times if timed else np.arange(len(times))
    with patch.object(walk, "BLOCK", size), patch.object(walk, "FEWEST", 1):
        found = np.concatenate(list(since(gone, starts, stops, times if timed else None, per=2)))

    for a, b in zip(starts, stops, strict=True):
        for j in range(values.shape[1]):
            delta = 0.0
            for r in range(a + 1, b):
                delta = (x[r] - x[r - 1]) / 2 + (delta if gone[r - 1, j] else 0)
                assert found[r, j] == delta
            assert found[a, j] == 0


@pytest.mark.parametrize("how", ["ffill", "linear"])
def test_nothing_is_filled_without_a_value_to_fill_from(how: str) -> None:
    fill = Fill(np.full((4, 1), np.nan), np.array([0]), np.array([4]), how)

    assert np.isnan(next(fill.blocks())).all()
    assert (fill.filled.tolist(), fill.left.tolist()) == ([0], [4])


def test_without_runs_there_is_nothing_to_look_at() -> None:
    none = np.empty(0, np.int64)
    low, high, inside = Bounds(none, none).of(np.array([3]))

    assert (low.tolist(), high.tolist(), inside.tolist()) == ([3], [4], [False])


def test_a_row_of_no_run_is_told_apart() -> None:
    bounds = Bounds(np.array([5, 0, 2]), np.array([7, 2, 2]))

    assert bounds.run_of(np.array([0, 1, 5, 6])).tolist() == [1, 1, 0, 0]
