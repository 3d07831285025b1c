"""Rows of many runs in blocks of bounded size, always cut at the same places of a run.

    runs      [0 ......... 200k)  [200k 203k)  ...      blocks of at most `size` rows
    blocks    [0 131k) [131k 200k)+[200k ...)           a run's parts count from its own start

So a sum that is made part by part does not depend on where the run stands, or on what stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.scratch import up_to

BLOCK = 1 << 17  # values of a block: they stay in the cache
PIECE = 1 << 16  # runs looked at together
FEWEST = 1 << 10  # rows of one, however wide
Ints = NDArray[np.int64]


def walk(starts: Ints, stops: Ints, size: int | None = None) -> Iterator[tuple[Ints, Ints]]:
    """Rows of the runs, run by run: (row numbers, the run of each).

    Examples
    --------
    >>> for rows, run in walk(np.array([5, 0]), np.array([8, 2]), size=2):
    ...     print(rows.tolist(), run.tolist())
    [5, 6] [0, 0]
    [7] [0]
    [0, 1] [1, 1]
    """
    size = size or block_rows(1)
    for i in range(0, len(starts), PIECE):
        for rows, run in _walk(starts[i : i + PIECE], stops[i : i + PIECE], size):
            yield rows, run + i


def _walk(starts: Ints, stops: Ints, size: int) -> Iterator[tuple[Ints, Ints]]:
    parts = -(-(stops - starts) // size)
    run = np.repeat(np.arange(len(starts)), parts)
    nth = np.arange(len(run)) - np.repeat(np.cumsum(parts) - parts, parts)
    low = starts[run] + nth * size
    high = np.minimum(low + size, stops[run])
    ends = np.cumsum(high - low)
    at = 0
    while at < len(run):
        until = max(at + 1, int(np.searchsorted(ends, (ends[at - 1] if at else 0) + size, side="right")))
        lengths = (high - low)[at:until]
        offset = np.repeat(low[at:until] - (np.cumsum(lengths) - lengths), lengths)
        yield offset + np.arange(len(offset)), np.repeat(run[at:until], lengths)
        at = until


def block_rows(width: int) -> int:
    """Rows of a block of so many columns."""
    return max(FEWEST, BLOCK // max(width, 1))


def rows_of(values: Any, rows: Ints) -> Any:
    """These rows of an array; a view where they follow one another."""
    if (np.diff(rows) == 1).all():
        return values[rows[0] : rows[-1] + 1]
    return np.take(values, rows, axis=0, mode="clip")


class Bounds:
    """The run that a row belongs to; a row of none is a run of its own, with nothing to look at.

    Parameters
    ----------
    starts, stops : (runs,) int64
        In any order; runs do not overlap.
    """

    def __init__(self, starts: Ints, stops: Ints) -> None:
        real = stops > starts
        if real.all() and all((np.diff(starts[i : i + PIECE + 1]) > 0).all() for i in range(0, len(starts), PIECE)):
            self.order, self.starts, self.stops = up_to(len(starts)), starts, stops  # as a rule
            return
        order = np.argsort(starts[real], kind="stable")
        self.order = np.flatnonzero(real)[order]
        self.starts, self.stops = starts[self.order], stops[self.order]

    def of(self, rows: Ints) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        """(first row, last row + 1 of the run of each row, whether it has one).

        Examples
        --------
        >>> [v.tolist() for v in Bounds(np.array([4, 0]), np.array([6, 2])).of(np.array([1, 3, 5]))]
        [[0, 3, 4], [2, 4, 6], [True, False, True]]
        """
        at = np.searchsorted(self.starts, rows, side="right") - 1
        inside = at >= 0
        if len(self.starts):
            inside &= rows < self.stops[at]
            return np.where(inside, self.starts[at], rows), np.where(inside, self.stops[at], rows + 1), inside
        return rows, rows + 1, inside

    def run_of(self, rows: Ints) -> Any:
        """The run of each row, as they were given; rows of no run get that of the run before."""
        return self.order[np.maximum(np.searchsorted(self.starts, rows, side="right") - 1, 0)]
