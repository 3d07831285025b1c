"""Exact quantiles of train rows, however many there are.

    a group that fits in memory     its values are parted, of several groups sorted
    a larger one                    its values at the wanted ranks are narrowed down (`ranks`)

Linear between two ranks, as `numpy.quantile` by default: rank ``q * (n - 1)``. Missing values do
not count. Several passes over the rows, memory that does not grow with them.

Pure numpy.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lstmprep.framing.frame import Ints
from lstmprep.panel import Array
from lstmprep.ranks import at_ranks
from lstmprep.transforms.pieces import TrainRows, taken

Floats = NDArray[np.float64]
HELD = 1 << 22  # values held at a time


def quantiles(values: Array, rows: TrainRows, columns: Ints, shares: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Quantiles of every group of rows.

    Parameters
    ----------
    values : (rows, features) array
        NaN is a missing value.
    rows : TrainRows
        The rows that count, each once.
    columns : (columns,) int64
        The features that count.
    shares : tuple of float
        Between 0 and 1.

    Returns
    -------
    n : (groups, columns) float64
        How many values there are.
    quantiles : (shares, groups, columns) float64
        NaN for a group without a value.

    Examples
    --------
    >>> rows = TrainRows(np.array([0]), np.array([4]), np.array([0]), 1)
    >>> quantiles(np.array([[1.0], [2], [3], [10]]), rows, np.array([0]), (0.25, 0.5))[1].ravel().tolist()
    [1.75, 2.5]
    """
    out = np.full((len(shares), rows.groups, len(columns)), np.nan)
    n = np.zeros((rows.groups, len(columns)))
    for first, stop, count in _batches(rows.counts()):
        some = rows.of(first, stop)
        if count > HELD:
            for j in range(len(columns)):
                n[first, j], out[:, first, j] = _large(values, some, columns[j : j + 1], shares)
            continue
        width = max(1, HELD // max(count, 1))
        for j in range(0, len(columns), width):
            _sorted(values, some, columns[j : j + width], shares, n[first:stop, j:], out[:, first:stop, j:])
    return n, out


def _batches(counts: Ints) -> Iterator[tuple[int, int, int]]:
    """Neighbouring groups that fit in memory together: (first, stop, rows)."""
    ends = np.cumsum(counts)
    first = 0
    while first < len(counts):
        before = int(ends[first - 1]) if first else 0
        stop = max(first + 1, int(np.searchsorted(ends, before + HELD, side="right")))
        yield first, stop, int(ends[stop - 1]) - before
        first = stop


def _sorted(
    values: Array, rows: TrainRows, columns: Ints, shares: tuple[float, ...], count: Floats, out: Floats
) -> None:
    """Counts and quantiles of groups that fit in memory, put where they belong."""
    held, at = np.empty((len(columns), rows.total)), 0
    for which, _, _ in rows.pieces():
        block = taken(values, which, columns)
        held[:, at : at + block.shape[1]] = block
        at += block.shape[1]
    if rows.groups == 1:
        for j, column in enumerate(held):
            count[0, j], out[:, 0, j] = _picked(column, shares)
        return
    counts = rows.counts()
    owner = np.repeat(np.arange(rows.groups), counts)
    begins = np.cumsum(counts) - counts
    for j, column in enumerate(held):
        n = counts - np.bincount(owner[np.isnan(column)], minlength=rows.groups)
        count[:, j] = n
        ranked = column[np.lexsort((column, owner))]
        for k, share in enumerate(shares):
            some = n > 0
            low, high, t = _ranks(n[some], share)
            out[k, some, j] = _between(ranked[begins[some] + low], ranked[begins[some] + high], t)


def _picked(values: Floats, shares: tuple[float, ...]) -> tuple[int, Floats]:
    """Count and quantiles of values in memory, which change their order."""
    if len(values) and np.isnan(values.min()):
        values = values[~np.isnan(values)]
    if not len(values):
        return 0, np.full(len(shares), np.nan)
    found = [_ranks(np.array([len(values)]), share) for share in shares]
    at = _at(values, sorted({int(r[0]) for low, high, _ in found for r in (low, high)}))
    return len(values), _quantiles(at, found)


def _at(values: Floats, ranks: list[int]) -> dict[int, float]:
    """The values at these rising ranks: parted at the middle one, then each part alone (sorting, or one part for all, costs twice)."""
    if not ranks:
        return {}
    if ranks in ([0], [len(values) - 1]):
        return {ranks[0]: float(values.min() if ranks[0] == 0 else values.max()) + 0.0}  # -0.0 is 0.0
    half = len(ranks) // 2
    middle = ranks[half]
    values.partition(middle)
    behind = _at(values[middle + 1 :], [rank - middle - 1 for rank in ranks[half + 1 :]])
    found = {middle: float(values[middle]) + 0.0, **{rank + middle + 1: value for rank, value in behind.items()}}
    return found | _at(values[:middle], ranks[:half])


def _quantiles(at: dict[int, float], found: list[tuple[Ints, Ints, Floats]]) -> Floats:
    """(shares,) from the values at ranks."""
    pairs = [(np.array([at[int(low[0])]]), np.array([at[int(high[0])]]), t) for low, high, t in found]
    return np.concatenate([_between(*pair) for pair in pairs])


def _ranks(n: Ints, share: float) -> tuple[Ints, Ints, Floats]:
    """The two ranks a quantile lies between, and how far it is from the first."""
    place = share * (n - 1)
    low = np.floor(place).astype(np.int64)
    return low, np.minimum(low + 1, n - 1), place - low


def _between(low: Floats, high: Floats, t: Floats) -> Floats:
    """Linear between two values, from the nearer one."""
    step = high - low
    return np.where(t < 0.5, low + step * t, high - step * (1 - t))


def _large(values: Array, rows: TrainRows, column: Ints, shares: tuple[float, ...]) -> tuple[int, Floats]:
    """Count and quantiles of one column of one group that does not fit in memory."""

    def blocks() -> Iterator[Floats]:
        for which, _, _ in rows.pieces():
            block = taken(values, which, column)[0]
            yield block[~np.isnan(block)]

    n = np.array([sum(len(block) for block in blocks())])
    if not n[0]:
        return 0, np.full(len(shares), np.nan)
    found = [_ranks(n, share) for share in shares]
    at = at_ranks(blocks, [int(r[0]) for low, high, _ in found for r in (low, high)], "f")
    return int(n[0]), _quantiles(at, found)
