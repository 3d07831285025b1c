"""The rows of a cell become one row: mean, sum, min, max, first, last or count, a choice per column.

    rows   cell  v          sum  mean  count
    0      0     1           3   1.5   2          a missing value is passed over;
    1      0     2                                a cell without a value is missing (its count is 0)
    2      2     nan        nan  nan   0

Rows come in blocks; what a block begins the next one may go on with. A long piece is summed in
parts that count from its own start, so the sums do not depend on what else the table holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.grid.cells import Grid

HOWS = ("mean", "sum", "min", "max", "first", "last", "count")
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Parts = dict[str, Any]


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
        self._values = values
        self.columns = {
            how: np.array([j for j, h in enumerate(hows) if h == how], np.int64) for how in dict.fromkeys(hows)
        }
        self._width = len(hows)

    def fold(self, rows: Ints, at: Ints) -> Parts:
        """What is known of each stretch of rows; stretches begin at `at`."""
        block = np.take(self._values, rows, axis=0, mode="clip").astype(np.float64)
        out: Parts = {}
        for how, columns in self.columns.items():
            some = block[:, columns]
            real = ~np.isnan(some)
            out[how] = (_folded(how, some, real, at), np.add.reduceat(real, at, axis=0, dtype=np.int64))
        return out

    @staticmethod
    def joined(parts: list[Parts]) -> Parts:
        """Stretches of several blocks, one after the other."""
        return {how: tuple(np.concatenate([p[how][k] for p in parts]) for k in (0, 1)) for how in parts[0]}

    @staticmethod
    def merged(parts: Parts, at: Ints) -> Parts:
        """Neighbouring stretches of one cell become one; cells begin at `at`."""
        return {
            how: (_folded(how, known, seen > 0, at), np.add.reduceat(seen, at, axis=0))
            for how, (known, seen) in parts.items()
        }

    @staticmethod
    def some(parts: Parts, rows: slice) -> Parts:
        """Some of the stretches."""
        return {how: (known[rows], seen[rows]) for how, (known, seen) in parts.items()}

    def finished(self, parts: Parts) -> Floats:
        """(cells, columns) the aggregates, NaN where a cell has no value."""
        out = np.empty((len(next(iter(parts.values()))[1]), self._width))
        for how, (known, seen) in parts.items():
            if how == "count":
                out[:, self.columns[how]] = seen
                continue
            found = known / np.maximum(seen, 1) if how == "mean" else known
            out[:, self.columns[how]] = np.where(seen > 0, found, np.nan)
        return out


def _folded(how: str, some: Floats, real: NDArray[np.bool_], at: Ints) -> Any:
    if how in ("mean", "sum", "count"):
        return np.add.reduceat(np.where(real, some, 0), at, axis=0)
    if how == "min":
        return np.fmin.reduceat(some, at, axis=0)
    if how == "max":
        return np.fmax.reduceat(some, at, axis=0)
    n = len(some)
    row = np.arange(n)[:, None]
    if how == "first":
        place = np.minimum.reduceat(np.where(real, row, n - 1), at, axis=0)
    else:
        place = np.maximum.reduceat(np.where(real, row, 0), at, axis=0)
    return np.take_along_axis(some, place, axis=0)


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
    for rows, piece in grid.blocks():
        cell = grid.rows_of(times[rows], piece)
        at = np.flatnonzero(np.concatenate([[True], (cell[1:] != cell[:-1])]))
        found = cell[at], rows[at], np.diff(np.append(at, len(rows))), [f.fold(rows, at) for f in folders]
        if held is not None:
            found = (
                *(np.concatenate([held[k], found[k]]) for k in range(3)),  # type: ignore[assignment]
                [f.joined([h, new]) for f, h, new in zip(folders, held[3], found[3], strict=True)],
            )
        cell, low, many, parts = found
        at = np.flatnonzero(np.concatenate([[True], (cell[1:] != cell[:-1])]))
        if len(at) < len(cell):
            cell, low, many = cell[at], low[at], np.add.reduceat(many, at)
            parts = [f.merged(p, at) for f, p in zip(folders, parts, strict=True)]
        held = cell[-1:], low[-1:], many[-1:], [f.some(p, slice(-1, None)) for f, p in zip(folders, parts, strict=True)]
        done = [f.finished(f.some(p, slice(0, -1))) for f, p in zip(folders, parts, strict=True)]
        yield cell[:-1], low[:-1], many[:-1], done
    assert held is not None, "a piece has a row"
    yield held[0], held[1], held[2], [f.finished(p) for f, p in zip(folders, held[3], strict=True)]


def dense(cells: Any, values: Any, total: int, *, empty: Any, size: int) -> Iterator[Any]:
    """Rows of the grid in blocks: those of `cells` hold `values`, all others `empty`, one number or one a column.

    Examples
    --------
    >>> [b.tolist() for b in dense(np.array([0, 2]), np.array([5.0, 7.0]), 3, empty=-1, size=2)]
    [[5.0, -1.0], [7.0]]
    """
    for first in range(0, total, size):
        stop = min(first + size, total)
        low, high = np.searchsorted(cells, [first, stop])
        block = np.empty((stop - first, *values.shape[1:]), values.dtype)
        block[...] = empty
        block[cells[low:high] - first] = values[low:high]
        yield block
