"""Many points as few: the least and the greatest of each piece, so that no peak is lost.

values  3 9 1 4 | 7 7 2 8      two pieces     9 1 | 2 8   in the order they stand
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 2000  # points of a line
Floats = NDArray[np.float64]


def thinned(x: NDArray[Any], y: NDArray[Any], most: int = MOST) -> tuple[NDArray[Any], Floats]:
    """At most `most` of the points, the least and the greatest of every piece among them.

    Parameters
    ----------
    x, y : (points,) arrays
        NaN in `y` breaks the line; a piece of nothing else stays one break.
    most : int
        At least 2.

    Examples
    --------
    >>> x, y = thinned(np.arange(8), np.array([3, 9, 1, 4, 7, 7, 2, 8.0]), 4)
    >>> x.tolist(), y.tolist()
    ([1, 2, 6, 7], [9.0, 1.0, 2.0, 8.0])
    """
    y = np.asarray(y, np.float64)
    n = len(y)
    if n <= most:
        return x, y
    size = -(-n // (most // 2))
    pieces = -(-n // size)
    whole = np.full(pieces * size, np.nan)
    whole[:n] = y
    table = whole.reshape(pieces, size)
    first = np.arange(pieces) * size
    low = np.argmin(np.where(np.isnan(table), np.inf, table), axis=1) + first
    high = np.argmax(np.where(np.isnan(table), -np.inf, table), axis=1) + first
    at = np.minimum(np.unique(np.concatenate([low, high])), n - 1)
    return x[at], y[at]


def broken(rows: NDArray[np.int64], values: Floats, step: int = 1) -> tuple[NDArray[np.float64], Floats]:
    """The points with a break wherever two of them are further apart than a step.

    Examples
    --------
    >>> broken(np.array([0, 1, 5]), np.array([1.0, 2.0, 3.0]))[1].tolist()
    [1.0, 2.0, nan, 3.0]
    """
    at = np.flatnonzero(np.diff(rows) > step) + 1
    return np.insert(rows.astype(np.float64), at, rows[at] - 0.5), np.insert(values, at, np.nan)
