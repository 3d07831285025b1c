"""Holes, cells and aggregates, against plain pandas sequence by sequence on random irregular panels."""

from __future__ import annotations

import itertools
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.grid import spacing, walk
from lstmprep.grid.aggregate import HOWS, Folder, aggregated, dense
from lstmprep.grid.cells import cell_of, cells_needed, cut_at_holes, make_grid
from lstmprep.pieces import Pieces


def whole(starts: Any, stops: Any) -> Pieces:
    """Every sequence as one piece."""
    return Pieces(np.arange(len(starts)), starts, stops)


@st.composite
def panels(draw: st.DrawFn, unique: bool = True) -> tuple[Any, Any, Any]:  # noqa: FBT001, FBT002
    """(times, starts, stops): sequences in any order, times rising inside each."""
    sizes = draw(st.lists(st.integers(1, 14), min_size=1, max_size=5))
    low = 1 if unique else 0
    parts = [draw(st.integers(-40, 40)) + np.cumsum([draw(st.integers(low, 30)) for _ in range(n)]) for n in sizes]
    order = np.array(draw(st.permutations(range(len(sizes)))), np.int64)
    stops = np.cumsum(sizes).astype(np.int64)
    return np.concatenate(parts).astype(np.int64), (stops - sizes)[order], stops[order]


@given(panel=panels(), limit=st.integers(0, 30), block=st.integers(2, 9))
def test_sequences_are_cut_where_a_step_is_greater_than_the_limit(panel: Any, limit: int, block: int) -> None:
    times, starts, stops = panel
    obvious = []
    for k, (a, b) in enumerate(zip(starts, stops, strict=True)):
        cuts = [a, *(r for r in range(a + 1, b) if times[r] - times[r - 1] > limit), b]
        obvious += [(k, x, y) for x, y in itertools.pairwise(cuts)]
    with patch.object(spacing, "BLOCK", block):
        p = cut_at_holes(times, starts, stops, limit)

    assert list(zip(p.sequence.tolist(), p.starts.tolist(), p.stops.tolist(), strict=True)) == obvious
    assert p.lengths.tolist() == [b - a for _, a, b in obvious]


HOW = {
    "mean": "mean", "sum": lambda s: s.sum(min_count=1), "min": "min", "max": "max", "first": "first", "last": "last", "count": "count",
}  # fmt: skip


@given(
    panel=panels(unique=False),
    step=st.integers(1, 40),
    hows=st.lists(st.sampled_from(HOWS), min_size=1, max_size=4),
    holes=st.none() | st.integers(20, 30),
    common=st.booleans(),
    block=st.integers(1, 12),
    seed=st.integers(0, 99),
)
def test_cells_are_those_of_pandas(
    panel: Any,
    step: int,
    hows: list[str],
    holes: int | None,
    common: bool,  # noqa: FBT001
    block: int,
    seed: int,
) -> None:
    times, starts, stops = panel
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 50, (len(times), len(hows))).astype(float)
    values[rng.random(values.shape) < 0.3] = np.nan
    pieces = whole(starts, stops) if holes is None else cut_at_holes(times, starts, stops, holes)
    grid = make_grid(times, pieces, np.zeros(len(pieces.starts), np.int64), step, common=common)
    with patch.object(walk, "BLOCK", block), patch.object(walk, "FEWEST", 1):
        found = [(c, low, n, v) for c, low, n, (v,) in aggregated(grid, times, [Folder(values, hows)])]
    cells, low, many, _ = (np.concatenate(parts) for parts in zip(*found, strict=True))
    some = [(c, [v]) for c, _, _, v in found]
    empty = [np.where(np.array(hows) == "count", 0, np.nan)]
    ours = np.concatenate([v for (v,) in dense(some, grid.total, empty=empty, size=block)])

    theirs, rows, labels, counted = [], 0, [], [j for j, h in enumerate(hows) if h == "count"]
    first, last = times[pieces.starts].min() // step, times[pieces.stops - 1].max() // step
    for a, b in zip(pieces.starts, pieces.stops, strict=True):
        frame = pd.DataFrame(values[a:b])
        groups = frame.groupby(times[a:b] // step)
        span = range(first, last + 1) if common else range(times[a] // step, times[b - 1] // step + 1)
        piece = pd.DataFrame({j: groups[j].agg(HOW[h]) for j, h in enumerate(hows)}).reindex(span)
        theirs.append(piece.fillna(dict.fromkeys(counted, 0)).to_numpy(float))
        labels += [c * step for c in span]
        rows += b - a
    np.testing.assert_allclose(ours, np.concatenate(theirs), rtol=1e-12)
    assert grid.labels(0, grid.total).tolist() == labels
    assert int(many.sum()) == rows == len(times)
    assert (times[low] // step * step == grid.labels(0, grid.total)[cells]).all()
    assert cells_needed(times, pieces, 0, step, common=common) == grid.total


@given(panel=panels(), step=st.integers(1, 9), seed=st.integers(0, 99))
def test_sums_do_not_depend_on_where_a_sequence_stands_or_on_its_neighbours(panel: Any, step: int, seed: int) -> None:
    times, starts, stops = panel
    values = np.random.default_rng(seed).normal(size=(len(times), 1)) * 1e9
    a, b = int(starts[0]), int(stops[0])
    with patch.object(walk, "BLOCK", 3), patch.object(walk, "FEWEST", 1):
        alone = make_grid(times, Pieces(np.array([0]), starts[:1], stops[:1]), np.array([0]), step, common=False)
        one = np.concatenate([v for *_, (v,) in aggregated(alone, times, [Folder(values, ["sum"])])])
        grid = make_grid(times, whole(starts, stops), np.zeros(len(starts), np.int64), step, common=False)
        cells, found = zip(
            *((c, v) for c, _, _, (v,) in aggregated(grid, times, [Folder(values, ["sum"])])), strict=True
        )
    mine = np.concatenate(cells) < alone.total

    assert np.concatenate(found)[mine].tobytes() == one.tobytes()
    assert b > a


@given(rows=st.integers(1, 40), step=st.integers(1, 40), seed=st.integers(0, 99), block=st.integers(1, 9))
def test_a_cell_is_the_same_wherever_a_block_is_cut(rows: int, step: int, seed: int, block: int) -> None:
    """Sums go on row by row: not even their rounding tells of the blocks."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, len(HOWS))) * 1e9
    values[rng.random(values.shape) < 0.2] = np.nan
    one = np.zeros(1, np.int64)
    grid = make_grid(np.arange(rows), Pieces(one, one, one + rows), one, step, common=False)
    found = []
    for size in (rows, block):
        with patch.object(walk, "BLOCK", size * len(HOWS)), patch.object(walk, "FEWEST", 1):
            found.append([v for *_, (v,) in aggregated(grid, np.arange(rows), [Folder(values, HOWS)])])

    assert np.concatenate(found[0]).tobytes() == np.concatenate(found[1]).tobytes()


@pytest.mark.parametrize(
    ("distance", "step", "cell"),
    [
        ([0, 9, 10, -1, -10, -11], 10, [0, 0, 1, -1, -1, -2]), ([0.0, 0.3, 0.6, 0.7], 0.1, [0, 3, 6, 7]), ([0.29], 0.1, [2]), ([5, 7], 2.5, [2, 2]), ([-0.05], 0.1, [-1]),
        ([1_600_000_000_000_001], 1, [1_600_000_000_000_001]),
    ],
)  # fmt: skip
def test_a_cell_begins_at_its_own_time(distance: list[float], step: float, cell: list[int]) -> None:
    assert cell_of(np.array(distance), step).tolist() == cell


def test_times_too_far_apart_to_be_subtracted_need_more_cells_than_there_are() -> None:
    pieces = whole(np.array([0]), np.array([2]))

    assert cells_needed(np.array([-(2**62), 2**62 - 1]), pieces, 0, 1, common=True) == float("inf")
    assert cells_needed(np.array([-(2**61), 2**61 - 2**40]), pieces, 0, 2**40, common=True) == 2**22
