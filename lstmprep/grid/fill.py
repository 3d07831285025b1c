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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.grid.walk import Bounds, block_rows
from lstmprep.records import record

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
NONE = 1 << 62


@record(eq=False)
class Holes:
    """The holes of one column in one block; a hole ends where a run ends.

    Parameters
    ----------
    at : (places,) int64
        Places in the block, hole by hole.
    size : (holes,) int64
        Places of each hole in this block.
    before, after : (holes,) int64
        Rows of the observed values around each inside its run; -1 and a huge number without one.
    fits : (holes,) bool
        Which of them are filled.
    share : (places,) float64 or None
        How far each place that is filled lies on the way between the two values.
    inside : (holes,) bool
        Whether the hole belongs to a run.
    """

    at: Ints
    size: Ints
    before: Ints
    after: Ints
    inside: Flags
    fits: Flags
    share: Floats | None = None

    @property
    def places(self) -> Ints:
        """(places,) those that are filled."""
        return self.at if self.fits.all() else self.at[np.repeat(self.fits, self.size)]


class Fill:
    """Fills the missing values of an array; columns without a hole are only passed on.

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
        self._size = block_rows(columns)

    def blocks(self) -> Iterator[Floats]:
        """The rows with their holes filled, block by block."""
        columns = self.values.shape[1]
        ahead = self._ahead() if self.how == "linear" or self.limit is not None else None
        nothing = np.full(columns, NONE, np.int64), np.full(columns, np.nan)
        before, known = np.full(columns, -1, np.int64), np.full(columns, np.nan)
        for k, first in enumerate(range(0, len(self.values), self._size)):
            block = np.array(self.values[first : first + self._size], np.float64)
            gone = np.isnan(block)
            gappy = np.flatnonzero(gone.any(axis=0)) if gone.any() else np.empty(0, np.int64)
            last = np.full(columns, len(block) - 1)
            last[gappy] -= np.argmin(gone[::-1, gappy], axis=0)
            fresh = ~gone[last, np.arange(columns)]
            newest = block[last, np.arange(columns)]
            if len(gappy):
                self._fill(block, gone, gappy, first, (before, known), ahead[k] if ahead is not None else nothing)
            known, before = np.where(fresh, newest, known), np.where(fresh, first + last, before)
            yield block

    def _fill(
        self, block: Floats, gone: Flags, gappy: Ints, first: int, back: tuple[Ints, Floats], ahead: tuple[Ints, Floats]
    ) -> None:
        """Fill the columns of a block that have holes; many have the same ones."""
        edges, holes, around = self._edges(first, len(block)), None, (-1, NONE)
        for j in gappy.tolist():
            at, here = np.flatnonzero(gone[:, j]), (int(back[0][j]), int(ahead[0][j]))
            if holes is None or here != around or not np.array_equal(at, holes.at):
                holes, around = self._holes(at, first, len(block), edges, here), here
            self._write(block, holes, j, first, back[1][j], ahead[1][j])

    def _edges(self, first: int, rows: int) -> Flags:
        """(rows + 1,) where a run begins or ends."""
        out = np.zeros(rows + 1, bool)
        for bounds in (self._bounds.starts, self._bounds.stops):
            low, high = np.searchsorted(bounds, [first, first + rows])
            out[bounds[low:high] - first] = True
        return out

    def _holes(self, at: Ints, first: int, rows: int, edges: Flags, around: tuple[int, int]) -> Holes:
        new = np.flatnonzero(np.concatenate([[True], (np.diff(at) > 1) | edges[at[1:]]]))
        size = np.diff(np.append(new, len(at)))
        begin = at[new]
        low, high, inside = self._bounds.of(begin + first)
        before = np.where(begin > 0, begin - 1 + first, around[0])
        before[before < low] = -1
        after = np.where(begin + size < rows, begin + size + first, around[1])
        after[after >= high] = NONE
        length = np.minimum(after, high) - np.maximum(before, low - 1) - 1
        fits = inside if self.limit is None else inside & (length <= self.limit)
        if self.how != "zero":
            fits = fits & (before >= 0)
        if self.how == "linear":
            fits = fits & (after < NONE)
        out = Holes(at, size, before, after, inside, fits)
        if self.how == "linear":
            out.share = self._share(out, first, rows)
        return out

    def _share(self, holes: Holes, first: int, rows: int) -> Floats:
        """How far each place lies on the way between the two values around it."""
        size, before, after = holes.size[holes.fits], holes.before[holes.fits], holes.after[holes.fits]
        if self.times is None:
            return (holes.places + first - np.repeat(before, size)) / np.repeat(after - before, size)
        here, start = self.times[first : first + rows], self.times[before]
        way = np.repeat(self.times[after] - start, size)
        return np.asarray((here[holes.places] - np.repeat(start, size)) / way, np.float64)

    def _write(self, block: Floats, holes: Holes, column: int, first: int, known: float, coming: float) -> None:
        fits, stop = holes.fits, first + len(block)
        size, before, after = holes.size[fits], holes.before[fits], holes.after[fits]
        if self.how == "zero":
            block[holes.places, column] = 0
        else:
            low = np.where(before >= first, block[np.maximum(before - first, 0), column], known)
            found = np.repeat(low, size)
            if holes.share is not None:
                high = np.where(after < stop, block[np.minimum(after, stop - 1) - first, column], coming)
                found += np.repeat(high - low, size) * holes.share
            block[holes.places, column] = found
        self.filled[column] += size.sum()
        self.left[column] += holes.size[holes.inside & ~fits].sum()

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


def since(
    gone: Any, starts: Ints, stops: Ints, times: Any, *, per: float = 1, size: int | None = None
) -> Iterator[Floats]:
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
    size : int or None
        Rows of a block; None is as many as stay in the cache.

    Examples
    --------
    >>> gone = np.array([[0], [1], [1], [0]], bool)
    >>> t = np.array([0, 10, 20, 25])
    >>> next(since(gone, np.array([0]), np.array([4]), t))[:, 0].tolist()
    [0.0, 10.0, 20.0, 25.0]
    """
    bounds, columns = Bounds(starts, stops), gone.shape[1]
    size = size or block_rows(columns)
    before = np.full(columns, -1, np.int64)
    for first in range(0, len(gone), size):
        missing = np.asarray(gone[first : first + size])
        rows = np.arange(first, first + len(missing), dtype=np.int64)
        low, _, _ = bounds.of(rows)
        out = np.empty(missing.shape)
        out[...] = _wait(times, rows, np.maximum(rows - 1, low), per)[:, None]
        gappy = np.flatnonzero(missing.any(axis=0) | (before < first - 1))
        seen, before = before, np.full(columns, rows[-1])
        for j in gappy.tolist():
            last = np.maximum.accumulate(np.append(seen[j], np.where(missing[:, j], -1, rows)))
            out[:, j], before[j] = _wait(times, rows, np.maximum(last[:-1], low), per), last[-1]
        yield out


def _wait(times: Any, rows: Ints, seen: Ints, per: float) -> Floats:
    """From what was seen to each row of a block."""
    if times is None:
        return (rows - seen) / per
    return np.asarray((times[rows[0] : rows[-1] + 1] - times[seen]) / per, np.float64)
