"""The rows of a cell become one row: mean, sum, min, max, first, last or count, a choice per column.

    rows   cell  v          sum  mean  count
    0      0     1           3   1.5   2          a missing value is passed over;
    1      0     2                                a cell without a value is missing (its count is 0)
    2      2     nan        nan  nan   0

Rows come in blocks; the last cell of a block is held back, since the next block may go on with it. A sum
is made row by row and goes on where the last block left it, so it does not depend on how blocks are cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.grid.cells import Grid
from lstmprep.grid.walk import rows_of
from lstmprep.records import record

HOWS = ("mean", "sum", "min", "max", "first", "last", "count")
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@record(eq=False)
class Parts:
    """What is known of some cells.

    Parameters
    ----------
    known : (cells, columns) float64
        The sum, the smallest, the largest, the first or the last of the values so far.
    seen : (cells, columns) int64
        How many there were.
    """

    known: Floats
    seen: Ints

    def some(self, rows: slice) -> Parts:
        """Some of the cells."""
        return Parts(self.known[rows], self.seen[rows])


@record(eq=False)
class Stretch:
    """Rows of a block, cell by cell.

    Parameters
    ----------
    rows : (rows,) int64
    at : (cells,) int64
        Where each cell begins.
    many : (cells,) int64
        Its rows.
    owner : (rows + 1,) int64
        The cell of every row, and before them that of what was held back: the first.
    """

    rows: Ints
    at: Ints
    many: Ints
    owner: Ints

    @classmethod
    def of(cls, rows: Ints, cell: Ints) -> Stretch:
        """The cells of these rows."""
        at = np.flatnonzero(np.concatenate([[True], cell[1:] != cell[:-1]]))
        many = np.diff(np.append(at, len(rows)))
        return cls(rows, at, many, np.append(0, np.repeat(np.arange(len(at)), many)))


class Folder:
    """Folds rows of one array into cells.

    Parameters
    ----------
    values : (rows, columns) array
        Read block by block.
    hows : sequence of str
        How each column is aggregated; there is at least one.
    """

    def __init__(self, values: Any, hows: Sequence[str]) -> None:
        self._values, self._hows = values, tuple(hows)
        self._mean = np.array([h == "mean" for h in hows])
        self._count = np.array([h == "count" for h in hows])

    @property
    def width(self) -> int:
        """Columns."""
        return len(self._hows)

    def fold(self, stretch: Stretch, held: Parts | None) -> Parts:
        """What is known of each cell; the first one goes on with what was held back."""
        block = rows_of(self._values, stretch.rows).astype(np.float64, copy=False)
        gone = np.isnan(block)
        gappy = gone.any(axis=0) if gone.any() else np.zeros(self.width, bool)
        shape = len(stretch.at), self.width
        out = Parts(np.empty(shape), np.empty(shape, np.int64))
        out.seen[...] = stretch.many[:, None]
        for j, how in enumerate(self._hows):
            missing = gone[:, j] if gappy[j] else None
            if missing is not None:
                out.seen[:, j] = np.bincount(stretch.owner[1:][~missing], minlength=len(stretch.at))
            if how != "count":
                before = (float(held.known[0, j]), int(held.seen[0, j])) if held is not None else (0.0, 0)
                out.known[:, j] = _folded(how, block[:, j], missing, stretch, before)
        if held is not None:
            out.seen[0] += held.seen[0]
        return out

    def finished(self, parts: Parts) -> Floats:
        """(cells, columns) the aggregates, NaN where a cell has no value."""
        out = parts.known
        if self._mean.any():
            np.divide(out, np.maximum(parts.seen, 1), out=out, where=self._mean)
        out[(parts.seen == 0) & ~self._count] = np.nan
        np.copyto(out, parts.seen, where=self._count)
        return out


def _folded(how: str, values: Floats, missing: Flags | None, stretch: Stretch, held: tuple[float, int]) -> Floats:
    """One column; `held` is what is known of the first cell, and of how many values."""
    known, seen = held
    if how in ("mean", "sum"):
        weights = np.empty(len(values) + 1)
        weights[0], weights[1:] = known if seen else 0, values
        if missing is not None:
            weights[1:][missing] = 0
        return np.asarray(np.bincount(stretch.owner, weights, len(stretch.at)), np.float64)
    if how in ("min", "max"):
        least = np.fmin if how == "min" else np.fmax
        out: Floats = least.reduceat(np.ascontiguousarray(values), stretch.at)
        if seen:
            out[0] = least(out[0], known)
        return out
    place = _place(how, missing, stretch)
    out = values[place]
    if seen and (how == "first" or np.isnan(out[0])):
        out[0] = known
    return out


def _place(how: str, missing: Flags | None, stretch: Stretch) -> Ints:
    """The first or the last row of each cell that has a value."""
    last = stretch.at + stretch.many - 1
    if missing is None:
        return stretch.at if how == "first" else last
    row = np.arange(len(missing))
    if how == "first":
        found = np.minimum(np.minimum.reduceat(np.where(missing, len(missing), row), stretch.at), last)
    else:
        found = np.maximum(np.maximum.reduceat(np.where(missing, -1, row), stretch.at), stretch.at)
    return np.asarray(found, np.int64)


def aggregated(grid: Grid, times: Any, folders: Sequence[Folder]) -> Iterator[tuple[Ints, Ints, Ints, list[Floats]]]:
    """The cells that hold rows, in the order of the grid.

    Parameters
    ----------
    grid : Grid
    times : (rows,) array
        The axis that the grid was made on.
    folders : sequence of Folder

    Yields
    ------
    (cells,) int64
        Rows of the grid.
    (cells,) int64, (cells,) int64
        The first row of the panel in each, and how many there are.
    list of (cells, columns) float64
        One array per folder.
    """
    held: tuple[Ints, Ints, Ints, list[Parts]] | None = None
    for rows, piece in grid.blocks(sum(f.width for f in folders)):
        every = grid.rows_of(rows_of(times, rows), piece)
        stretch = Stretch.of(rows, every)
        cell, low, many = every[stretch.at], rows[stretch.at], stretch.many
        on = held is not None and held[0][0] == cell[0]
        if held is not None and not on:
            yield held[0], held[1], held[2], [f.finished(p) for f, p in zip(folders, held[3], strict=True)]
        before = held[3] if on and held is not None else [None] * len(folders)
        parts = [f.fold(stretch, p) for f, p in zip(folders, before, strict=True)]
        if on and held is not None:
            low[0], many[0] = held[1][0], many[0] + held[2][0]
        held = cell[-1:], low[-1:], many[-1:], [p.some(slice(-1, None)) for p in parts]
        if len(cell) > 1:
            done = [f.finished(p.some(slice(0, -1))) for f, p in zip(folders, parts, strict=True)]
            yield cell[:-1], low[:-1], many[:-1], done
    assert held is not None, "a piece has a row"
    yield held[0], held[1], held[2], [f.finished(p) for f, p in zip(folders, held[3], strict=True)]


def dense(
    found: Iterable[tuple[Any, Sequence[Any]]], total: int, *, empty: Sequence[Any], size: int
) -> Iterator[list[Any]]:
    """Rows of the grid in blocks of at most `size`.

    Parameters
    ----------
    found : iterable of (cells, arrays)
        Cells of the grid, rising, and what stands in them.
    total : int
        Cells of the grid.
    empty : sequence
        What stands in all others: for each array one number, or one a column.

    Examples
    --------
    >>> some = [(np.array([0, 2]), [np.array([5.0, 7.0])])]
    >>> [a.tolist() for (a,) in dense(some, 4, empty=[-1], size=2)]
    [[5.0, -1.0], [7.0], [-1.0]]
    """
    done, last = 0, None
    for cells, arrays in found:
        stop, last = int(cells[-1]) + 1, arrays
        for first in range(done, stop, size):
            low, high = np.searchsorted(cells, [first, min(first + size, stop)])
            at = cells[low:high] - first
            yield [
                _laid(min(size, stop - first), at, a[low:high], e) for a, e in zip(arrays, empty, strict=True)
            ]  # fmt: skip
        done = stop
    for first in range(done, total if last is not None else 0, size):
        none = np.empty(0, np.int64)
        yield [_laid(min(size, total - first), none, a[:0], e) for a, e in zip(last or (), empty, strict=True)]


def _laid(rows: int, at: Ints, values: Any, empty: Any) -> Any:
    """Rows of which some hold values, and all others nothing."""
    if len(at) == rows:
        return values
    block = np.empty((rows, *values.shape[1:]), values.dtype)
    block[...] = empty
    block[at] = values
    return block
