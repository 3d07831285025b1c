"""Missing values filled from the rows before, after or around them, never across the end of a run.

    run       [1  .  .  4][.  6]          . is missing
    ffill      1  1  1  4  .  6           the value before
    linear     1  2  3  4  .  6           between the two around it, by time; looks ahead
    zero       1  0  0  4  0  6
    limit 1    1  .  .  4  .  6           a longer hole stays whole, it is not half filled

Values pass in blocks of rows. What a block needs of the blocks before it is carried along;
what it needs of those after it is learned on a way back that looks at little.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.grid.walk import Bounds

VALUES = 1 << 20  # values of a block
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NONE = 1 << 62


@dataclass(eq=False)
class Around:
    """For the missing places of one block: where they are and what stands around them.

    Parameters
    ----------
    row, column : (places,) int64
        Rows of the whole array.
    before, after : (places,) int64
        Rows of the observed values around each inside its run; -1 and a huge number without one.
    low, high : (places,) int64
        The run of each.
    inside : (places,) bool
        Whether the place belongs to a run.
    """

    row: Ints
    column: Ints
    before: Ints
    after: Ints
    low: Ints
    high: Ints
    inside: NDArray[np.bool_]

    @property
    def length(self) -> Ints:
        """(places,) rows of the hole that each belongs to."""
        return np.minimum(self.after, self.high) - np.maximum(self.before, self.low - 1) - 1


class Fill:
    """Fills the missing values of an array.

    Parameters
    ----------
    values : (rows, columns) array
        NaN stands for a missing value; read block by block, never changed.
    starts, stops : (runs,) int64
        What no fill may look across.
    how : {"ffill", "linear", "zero"}
    times : (rows,) array or None
        Where rows lie for ``linear``; None is their number.
    limit : int or None
        The longest hole that is filled, in rows.

    Attributes
    ----------
    filled, left : (columns,) int64
        Values filled, and still missing inside a run, once `blocks` is through.
    """

    def __init__(
        self, values: Any, starts: Ints, stops: Ints, how: str, *, times: Any = None, limit: int | None = None
    ) -> None:
        self.values, self.how, self.times, self.limit = values, how, times, limit
        self._bounds = Bounds(starts, stops)
        columns = values.shape[1]
        self.filled, self.left = np.zeros(columns, np.int64), np.zeros(columns, np.int64)
        self._size = max(1, VALUES // max(columns, 1))

    def blocks(self) -> Iterator[Floats]:
        """The rows with their holes filled, block by block."""
        columns = self.values.shape[1]
        ahead = self._ahead() if self.how == "linear" or self.limit is not None else None
        before = np.full(columns, -1, np.int64)
        known = np.full(columns, np.nan)
        for k, first in enumerate(range(0, len(self.values), self._size)):
            block = np.array(self.values[first : first + self._size], np.float64)
            gone = np.isnan(block)
            rows = np.arange(first, first + len(block), dtype=np.int64)[:, None]
            if gone.any():
                after, coming = ahead[k] if ahead is not None else (np.full(columns, NONE), known)
                place = self._around(gone, rows, before, after)
                self._write(block, place, first, known, coming)
            seen = np.where(gone, -1, rows).max(axis=0)
            fresh = seen >= 0
            known = np.where(fresh, self.values[np.maximum(seen, 0), np.arange(columns)], known)
            before = np.where(fresh, seen, before)
            yield block

    def _around(self, gone: NDArray[np.bool_], rows: Ints, before: Ints, after: Ints) -> Around:
        at, column = np.nonzero(gone)
        last = np.maximum(np.maximum.accumulate(np.where(gone, -1, rows), axis=0), before)[at, column]
        back = np.minimum.accumulate(np.where(gone, NONE, rows)[::-1], axis=0)[::-1]
        coming = np.minimum(back, after)[at, column]
        row = rows[at, 0]
        low, high, inside = self._bounds.of(row)
        last, coming = np.where(last >= low, last, -1), np.where(coming < high, coming, NONE)
        return Around(row, column, last, coming, low, high, inside)

    def _write(self, block: Floats, place: Around, first: int, known: Floats, coming: Floats) -> None:
        fits = place.inside if self.limit is None else place.inside & (place.length <= self.limit)
        if self.how != "zero":
            fits = fits & (place.before >= 0)
        if self.how == "linear":
            fits = fits & (place.after < NONE)
        row, column, before, after = (v[fits] for v in (place.row, place.column, place.before, place.after))
        if self.how == "zero":
            found = np.zeros(len(row))
        else:
            found = np.where(before >= first, block[np.maximum(before - first, 0), column], known[column])
            if self.how == "linear":
                stop = first + len(block)
                then = np.where(after < stop, block[np.minimum(after, stop - 1) - first, column], coming[column])
                found = found + (then - found) * self._share(row, before, after)
        block[row - first, column] = found
        n = block.shape[1]
        self.filled += np.bincount(column, minlength=n)
        self.left += np.bincount(place.column[place.inside & ~fits], minlength=n)

    def _share(self, row: Ints, before: Ints, after: Ints) -> Floats:
        """How far each row lies on the way between two others."""
        if self.times is None:
            return (row - before) / (after - before)
        start = self.times[before]
        return np.asarray((self.times[row] - start) / (self.times[after] - start), np.float64)

    def _ahead(self) -> list[tuple[Ints, Floats]]:
        """(row, value) of the first observed value behind each block."""
        columns = self.values.shape[1]
        out: list[tuple[Ints, Floats]] = []
        after, value = np.full(columns, NONE, np.int64), np.full(columns, np.nan)
        for first in reversed(range(0, len(self.values), self._size)):
            out.append((after, value))
            head = np.asarray(self.values[first], np.float64)
            if not np.isnan(head).any():  # the first row alone tells it, as a rule
                after, value = np.full(columns, first, np.int64), head
                continue
            real = ~np.isnan(self.values[first : first + self._size])
            at, some = np.argmax(real, axis=0), real.any(axis=0)
            after = np.where(some, first + at, after)
            value = np.where(some, self.values[first + at, np.arange(columns)], value)
        return out[::-1]


def since(gone: Any, starts: Ints, stops: Ints, times: Any, *, per: float = 1) -> Iterator[Floats]:
    """Time since each column was last seen before this row, block by block.

    At the first row of a run it is 0, and it grows until a value has been observed: the intervals
    of GRU-D (Che et al. 2018, equation 3).

    Parameters
    ----------
    gone : (rows, columns) bool
        Where a value is missing.
    starts, stops : (runs,) int64
    times : (rows,) array or None
        None counts rows.
    per : float
        The unit of the answer in the unit of the times.

    Examples
    --------
    >>> gone = np.array([[0], [1], [1], [0]], bool)
    >>> t = np.array([0, 10, 20, 25])
    >>> next(since(gone, np.array([0]), np.array([4]), t))[:, 0].tolist()
    [0.0, 10.0, 20.0, 25.0]
    """
    bounds, columns = Bounds(starts, stops), gone.shape[1]
    size = max(1, VALUES // max(columns, 1))
    before = np.full(columns, -1, np.int64)
    for first in range(0, len(gone), size):
        missing = np.asarray(gone[first : first + size])
        rows = np.arange(first, first + len(missing), dtype=np.int64)
        last = np.maximum(np.maximum.accumulate(np.where(missing, -1, rows[:, None]), axis=0), before)
        low, _, _ = bounds.of(rows)
        seen = np.maximum(np.concatenate([before[None], last[:-1]]), low[:, None])
        before = last[-1]
        where = rows[:, None] - seen if times is None else times[rows][:, None] - times[seen]
        yield np.asarray(where / per, np.float64)
