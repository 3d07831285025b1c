"""Exact quantiles of train rows, however many there are.

    a group that fits in memory     its values are sorted
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


def quantiles(values: Array, rows: TrainRows, columns: Ints, shares: tuple[float, ...]) -> Floats:
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
    (shares, groups, columns) float64
        NaN for a group without a value.

    Examples
    --------
    >>> rows = TrainRows(np.array([0]), np.array([4]), np.array([0]), 1)
    >>> quantiles(np.array([[1.0], [2], [3], [10]]), rows, np.array([0]), (0.25, 0.5)).ravel().tolist()
    [1.75, 2.5]
    """
    out = np.full((len(shares), rows.groups, len(columns)), np.nan)
    for first, stop, count in _batches(rows.counts()):
        some = rows.of(first, stop)
        if count > HELD:
            for j in range(len(columns)):
                out[:, first, j] = _large(values, some, columns[j : j + 1], shares)
            continue
        width = max(1, HELD // max(count, 1))
        for j in range(0, len(columns), width):
            out[:, first:stop, j : j + width] = _sorted(values, some, columns[j : j + width], shares)
    return out


def _batches(counts: Ints) -> Iterator[tuple[int, int, int]]:
    """Neighbouring groups that fit in memory together: (first, stop, rows)."""
    ends = np.cumsum(counts)
    first = 0
    while first < len(counts):
        before = int(ends[first - 1]) if first else 0
        stop = max(first + 1, int(np.searchsorted(ends, before + HELD, side="right")))
        yield first, stop, int(ends[stop - 1]) - before
        first = stop


def _sorted(values: Array, rows: TrainRows, columns: Ints, shares: tuple[float, ...]) -> Floats:
    """Quantiles of groups that fit in memory: (shares, groups, columns)."""
    out = np.full((len(shares), rows.groups, len(columns)), np.nan)
    blocks = [taken(values, which, columns) for which, _, _ in rows.pieces()]
    if not blocks:
        return out
    held = np.concatenate(blocks, axis=1)
    counts = rows.counts()
    owner = np.repeat(np.arange(rows.groups), counts)
    begins = np.cumsum(counts) - counts
    for j, column in enumerate(held):
        ranked = np.sort(column) if rows.groups == 1 else column[np.lexsort((column, owner))]
        n = np.bincount(owner, weights=~np.isnan(column), minlength=rows.groups).astype(np.int64)
        for k, share in enumerate(shares):
            some = n > 0
            low, high, t = _ranks(n[some], share)
            out[k, some, j] = _between(ranked[begins[some] + low], ranked[begins[some] + high], t)
    return out


def _ranks(n: Ints, share: float) -> tuple[Ints, Ints, Floats]:
    """The two ranks a quantile lies between, and how far it is from the first."""
    place = share * (n - 1)
    low = np.floor(place).astype(np.int64)
    return low, np.minimum(low + 1, n - 1), place - low


def _between(low: Floats, high: Floats, t: Floats) -> Floats:
    """Linear between two values, from the nearer one."""
    step = high - low
    return np.where(t < 0.5, low + step * t, high - step * (1 - t))


def _large(values: Array, rows: TrainRows, column: Ints, shares: tuple[float, ...]) -> Floats:
    """Quantiles of one column of one group that does not fit in memory."""

    def blocks() -> Iterator[Floats]:
        for which, _, _ in rows.pieces():
            block = taken(values, which, column)[0]
            yield block[~np.isnan(block)]

    n = np.array([sum(len(block) for block in blocks())])
    if not n[0]:
        return np.full(len(shares), np.nan)
    found = [_ranks(n, share) for share in shares]
    at = at_ranks(blocks, [int(r[0]) for low, high, _ in found for r in (low, high)], "f")
    pairs = [(np.array([at[int(low[0])]]), np.array([at[int(high[0])]]), t) for low, high, t in found]
    return np.concatenate([_between(*pair) for pair in pairs])
