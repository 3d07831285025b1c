"""Count, mean, sum of squares and range of many rows, from those of few: they merge.

    piece 1 (n, mean, M2)   piece 2 (n, mean, M2)       M2 = sum of (x - mean)^2
              └──────── merged ───────┘                 variance = M2 / n

Formula of Chan, Golub and LeVeque (1979); pieces and their order are fixed (`pieces`), so the
numbers are the same to the last bit however the rows were read. Missing values do not count.

Pure numpy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lstmprep.framing.frame import Ints
from lstmprep.panel import Array
from lstmprep.records import record
from lstmprep.transforms.pieces import PIECE, TrainRows, taken
from lstmprep.unread import Unread

Floats = NDArray[np.float64]
CELLS = 1 << 20  # values held at a time
NUMBERS = ("n", "mean", "m2", "low", "high")


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

    @classmethod
    def none(cls, groups: int, columns: int) -> Moments:
        """Of no rows."""
        zero = np.zeros((3, groups, columns))
        return cls(*zero, *np.full((2, groups, columns), np.nan))

    @property
    def std(self) -> Floats:
        """(groups, columns) population standard deviation, 0 where all values are one."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.low == self.high, 0.0, np.sqrt(self.m2 / self.n))

    @property
    def centre(self) -> Floats:
        """(groups, columns) mean; of a constant the constant itself, without rounding."""
        return np.where(self.low == self.high, self.low, self.mean)

    def merge(self, groups: Ints, other: Moments) -> None:
        """Take in more values of these groups, each named once."""
        n = self.n[groups] + other.n
        share = np.divide(other.n, n, out=np.zeros_like(n), where=n > 0)
        step = other.mean - self.mean[groups]
        self.m2[groups] += other.m2 + step * step * self.n[groups] * share
        self.mean[groups] += step * share
        self.n[groups] = n
        self.low[groups] = np.fmin(self.low[groups], other.low)
        self.high[groups] = np.fmax(self.high[groups], other.high)


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
    out = Moments.none(rows.groups, len(columns))
    width = max(1, CELLS // PIECE)
    room = np.empty(PIECE * min(width, len(columns)))
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large is refused by whoever asks
        if isinstance(values, Unread):
            return _told(values, rows, batched(columns))
        for at in range(0, len(columns), width):
            some = columns[at : at + width]
            part = Moments.none(rows.groups, len(some))
            for which, begins, groups in rows.pieces():
                part.merge(groups, of_piece(taken(values, which, some, room), begins))
            for name in NUMBERS:
                getattr(out, name)[:, at : at + width] = getattr(part, name)
    return out


def batched(columns: Ints) -> list[Ints]:
    """Columns as they are worked on together."""
    width = max(1, CELLS // PIECE)
    return [columns[at : at + width] for at in range(0, len(columns), width)]


def _told(values: Unread, rows: TrainRows, batches: list[Ints]) -> Moments:
    """The same of rows that others read: they tell of every piece, and the pieces are merged here, in the same order."""
    parts = [Moments.none(rows.groups, len(some)) for some in batches]
    for groups, made in values.pieces(of_piece, rows, batches):
        for part, found in zip(parts, made, strict=True):
            part.merge(groups, found)
    return Moments(*(np.concatenate([getattr(part, name) for part in parts], axis=1) for name in NUMBERS))


def of_piece(block: Floats, begins: Ints) -> Moments:
    """Moments of the groups of one (columns, rows) block."""
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
    return Moments(n.T, mean.T, m2.T, low.T, high.T)
