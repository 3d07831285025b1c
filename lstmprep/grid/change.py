"""Changes of scale that need a row's neighbours or its sequence, and the way back from each.

    logarithm    ln(value)                          exp(value)
    difference   value - value N rows before        value + value N rows before
    trend        value - (a + b x)                  value + (a + b x)

A trend belongs to a sequence and is the straight line of least squares through its train rows,
over time or, without one, over the number of the row. Values are float64, NaN stays NaN.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.grid.walk import Bounds, walk

VALUES = 1 << 20  # values of a block
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def difference(values: Any, starts: Ints, stops: Ints, lag: int) -> Iterator[Floats]:
    """Every value minus the one `lag` rows before in its run, block by block; NaN where there is none.

    Examples
    --------
    >>> next(difference(np.array([[1.0], [3.0], [6.0]]), np.array([0]), np.array([3]), 1))[:, 0].tolist()
    [nan, 2.0, 3.0]
    """
    bounds = Bounds(starts, stops)
    size = max(1, VALUES // max(values.shape[1], 1))
    for first in range(0, len(values), size):
        block = np.array(values[first : first + size], np.float64)
        rows = np.arange(first, first + len(block), dtype=np.int64)
        low, _, inside = bounds.of(rows)
        ahead = inside & (rows - lag >= low)
        before = np.asarray(values[max(first - lag, 0) : max(first + len(block) - lag, 0)], np.float64)
        shifted = np.full_like(block, np.nan)
        shifted[len(block) - len(before) :] = before
        yield np.where(ahead[:, None], block - shifted, np.nan)


def undifferenced(changes: Any, before: Any, lag: int) -> Floats:
    """The values that have these differences.

    Parameters
    ----------
    changes : (samples, steps, columns) array
        Differences of consecutive rows.
    before : (samples, min(lag, steps), columns) array
        The values `lag` rows before the first of those rows, and the ones that follow.
    lag : int

    Examples
    --------
    >>> undifferenced(np.array([[[2.0], [3.0]]]), np.array([[[1.0]]]), 1)[0, :, 0].tolist()
    [3.0, 6.0]
    """
    out = np.array(changes, np.float64)
    known = min(lag, out.shape[1])
    out[:, :known] += before[:, :known]
    for step in range(lag, out.shape[1]):  # each step stands on one that was just found; all samples at once
        out[:, step] += out[:, step - lag]
    return out


@dataclass(frozen=True, eq=False)
class Trend:
    """A straight line per sequence and column.

    Parameters
    ----------
    origin : (sequences,) float64
        Where x is 0.
    level, slope : (sequences, columns) float64
        The line is ``level + slope * (x - origin)``.
    """

    origin: Floats
    level: Floats
    slope: Floats

    def at(self, sequence: Ints, x: Floats) -> Floats:
        """(rows, columns) the lines at these places."""
        return self.level[sequence] + self.slope[sequence] * (x - self.origin[sequence])[:, None]


def fit_trend(values: Any, x: Any, starts: Ints, stops: Ints, sequence: Ints, origin: Floats) -> Trend:
    """The lines of least squares through these rows.

    Parameters
    ----------
    values : (rows, columns) array
    x : callable
        (row numbers) -> where they lie, float64.
    starts, stops, sequence : (runs,) int64
        The train rows, and the sequence each run belongs to.
    origin : (sequences,) float64

    Returns
    -------
    Trend
        NaN where a sequence has no value to learn from; slope 0 where it has one place only.

    Examples
    --------
    >>> v, one = np.array([[1.0], [3.0], [5.0]]), np.array([0])
    >>> t = fit_trend(v, lambda r: r.astype(float), one, one + 3, one, np.zeros(1))
    >>> t.level.tolist(), t.slope.tolist()
    ([[1.0]], [[2.0]])
    """
    shape = (len(origin), values.shape[1])
    count, sum_x, sum_y = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for run, at, block, real, far in _blocks(values, x, starts, stops, sequence, origin):
        np.add.at(count, run, np.add.reduceat(real, at, axis=0, dtype=np.float64))
        np.add.at(sum_x, run, np.add.reduceat(np.where(real, far, 0), at, axis=0))
        np.add.at(sum_y, run, np.add.reduceat(np.where(real, block, 0), at, axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = sum_x / count, sum_y / count
    wide, together = np.zeros(shape), np.zeros(shape)
    for run, at, block, real, far in _blocks(values, x, starts, stops, sequence, origin):
        who = np.repeat(run, np.diff(np.append(at, len(block))))
        dx = np.where(real, far - mean_x[who], 0)
        dy = np.where(real, block - mean_y[who], 0)
        np.add.at(wide, run, np.add.reduceat(dx * dx, at, axis=0))
        np.add.at(together, run, np.add.reduceat(dx * dy, at, axis=0))
    slope = np.where(wide > 0, together / np.where(wide > 0, wide, 1), 0)
    return Trend(origin, mean_y - slope * mean_x, np.where(count > 0, slope, np.nan))


def _blocks(
    values: Any, x: Any, starts: Ints, stops: Ints, sequence: Ints, origin: Floats
) -> Iterator[tuple[Ints, Ints, Floats, NDArray[np.bool_], Floats]]:
    """(sequence of each stretch, where it begins, values, which are there, distance from the origin) of each block."""
    for rows, run in walk(starts, stops, max(1, VALUES // max(values.shape[1], 1))):
        who = sequence[run]
        at = np.flatnonzero(np.concatenate([[True], run[1:] != run[:-1]]))
        block = np.take(values, rows, axis=0, mode="clip").astype(np.float64)
        yield who[at], at, block, ~np.isnan(block), (x(rows) - origin[who])[:, None]
