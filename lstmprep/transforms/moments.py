"""Count, mean, sum of squares and range of many rows, from those of few: they merge.

    piece 1 (n, mean, M2)   piece 2 (n, mean, M2)       M2 = sum of (x - mean)^2
              └──────── merged ───────┘                 variance = M2 / n

Formula of Chan, Golub and LeVeque (1979); pieces (`pieces`) and what is merged with what (`tree`) are fixed, so the
numbers are the same to the last bit however the rows were read. Missing values do not count.

Pure numpy.
"""

from __future__ import annotations

import numpy as np

from lstmprep.framing.frame import Ints
from lstmprep.panel import Array
from lstmprep.records import record
from lstmprep.transforms.pieces import PIECE, TrainRows, taken
from lstmprep.transforms.tree import Floats, Fold, Tree
from lstmprep.unread import Unread

CELLS = 1 << 20  # values held at a time


@record(eq=False)
class Moments:
    """Of every group and column: how many values, their mean, sum of squares about it, and range.

    Parameters
    ----------
    n, mean, m2, low, high : (groups, columns) float64
        `low` and `high` are NaN where there is no value.
    """

    n: Floats
    mean: Floats
    m2: Floats
    low: Floats
    high: Floats

    @property
    def std(self) -> Floats:
        """(groups, columns) population standard deviation, 0 where all values are one."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.low == self.high, 0.0, np.sqrt(self.m2 / self.n))

    @property
    def centre(self) -> Floats:
        """(groups, columns) mean; of a constant the constant itself, without rounding."""
        return np.where(self.low == self.high, self.low, self.mean)


def moments(values: Array, rows: TrainRows, columns: Ints) -> Moments:
    """Moments of every group of rows.

    Parameters
    ----------
    values : (rows, features) array
        NaN is a missing value.
    rows : TrainRows
        The rows that count, each once.
    columns : (columns,) int64
        The features that count.

    Returns
    -------
    Moments
        Of shape (groups, columns), the same bytes whatever the sizes of blocks.

    Examples
    --------
    >>> rows = TrainRows(np.array([0]), np.array([7]), np.array([0]), 1)
    >>> found = moments(np.arange(1.0, 11.0)[:, None], rows, np.array([0]))
    >>> found.mean.item(), found.std.item()
    (4.0, 2.0)
    """
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large is refused by whoever asks
        if isinstance(values, Unread):
            return Moments(*np.concatenate(values.told(OF_MOMENTS, rows, batched(columns)), axis=2))
        out = OF_MOMENTS.room(rows.groups, len(columns))
        width = max(1, CELLS // PIECE)
        room = np.empty(PIECE * min(width, len(columns)))
        for at in range(0, len(columns), width):
            tree = Tree(OF_MOMENTS, out[:, :, at : at + width])
            for number, (which, begins, groups) in enumerate(rows.pieces()):
                tree.take(number, groups, of_piece(taken(values, which, columns[at : at + width], room), begins))
            tree.done()
    return Moments(*out)


def batched(columns: Ints) -> list[Ints]:
    """Columns as they are worked on together."""
    width = max(1, CELLS // PIECE)
    return [columns[at : at + width] for at in range(0, len(columns), width)]


def of_piece(block: Floats, begins: Ints) -> Floats:
    """(numbers, groups, columns) of the groups of one (columns, rows) block; the numbers in the order of `Moments`."""
    size = np.diff(np.append(begins, block.shape[1]))
    low = np.fmin.reduceat(block, begins, axis=1)
    high = np.fmax.reduceat(block, begins, axis=1)
    gone = np.isnan(block)
    n = np.broadcast_to(size.astype(np.float64), low.shape)
    if gone.any():
        n = size - np.add.reduceat(gone, begins, axis=1, dtype=np.float64)
        block[gone] = 0.0
    mean = np.add.reduceat(block, begins, axis=1) / np.maximum(n, 1)
    block -= mean if len(size) == 1 else np.repeat(mean, size, axis=1)
    if gone.any():
        block[gone] = 0.0
    off = np.add.reduceat(block, begins, axis=1)  # what rounding left of the sum of differences
    np.multiply(block, block, out=block)
    m2 = np.maximum(np.add.reduceat(block, begins, axis=1) - off * off / np.maximum(n, 1), 0.0)
    return np.array([n.T, mean.T, m2.T, low.T, high.T])


def merged(one: Floats, other: Floats) -> Floats:
    """(numbers, columns) of the rows of both."""
    n = one[0] + other[0]
    share = np.divide(other[0], n, out=np.zeros_like(n), where=n > 0)
    step = other[1] - one[1]
    m2 = one[2] + (other[2] + step * step * one[0] * share)
    return np.array([n, one[1] + step * share, m2, np.fmin(one[3], other[3]), np.fmax(one[4], other[4])])


OF_MOMENTS = Fold(of_piece, merged, (0.0, 0.0, 0.0, np.nan, np.nan))
