"""Where values belong in sorted stretches of an array: one search for all of them at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def last_at_or_before(ranked: Any, low: Ints, high: Ints, wanted: Any) -> Ints:
    """The last place ``low <= i < high`` with ``ranked[i] <= wanted``; ``low - 1`` where there is none.

    Parameters
    ----------
    ranked : (n,) array
        Sorted inside every stretch.
    low, high : (m,) int64
        The stretch of each search.
    wanted : (m,) array

    Examples
    --------
    >>> ranked, none = np.array([1, 5, 9, 2, 4]), np.zeros(3, int)
    >>> last_at_or_before(ranked, np.array([0, 0, 3]), np.array([3, 3, 5]), np.array([5, 0, 3])).tolist()
    [1, -1, 3]
    """
    low, high = low.copy(), high.copy()
    while (low < high).any():  # halves every stretch at once: some twenty rounds for a million rows
        middle = (low + high) // 2
        right = low < high
        right[right] = ranked[middle[right]] <= wanted[right]
        low, high = np.where(right, middle + 1, low), np.where(right, high, np.minimum(high, middle))
    return low - 1
