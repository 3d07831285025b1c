"""The rows of a panel as one series, its sequences one after the other in the order of their keys.

    panel       b b b a a         as the table had them
    key order   a a b b b         rows 3 4 0 1 2 of the panel

Pure numpy.
"""

from __future__ import annotations

import numpy as np

from lstmprep.panel import Array, Panel
from lstmprep.scratch import made, summed


class KeyOrder:
    """Where the rows of a panel stand in the series.

    Parameters
    ----------
    panel : Panel

    Examples
    --------
    >>> rows = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]])
    >>> order = KeyOrder(Panel(rows, np.array([3, 0]), np.array([5, 3]), {}))
    >>> order.rows(1, 4).tolist(), order.places(np.array([3, 0]), np.array([0, 1])).tolist()
    ([[4.0], [0.0], [1.0]], [0, 2])
    """

    def __init__(self, panel: Panel) -> None:
        lengths, starts = panel.lengths, panel.starts
        self._features = panel.features
        self._ends = summed(lengths)
        shifts = made(len(starts), lambda some: self._ends[some] - lengths[some] - starts[some])
        self._shifts = shifts if shifts.any() else None

    @property
    def straight(self) -> bool:
        """Whether the rows of the panel stand in this order themselves.

        Examples
        --------
        >>> ends = np.array([0, 3]), np.array([3, 5])
        >>> [KeyOrder(Panel(np.zeros((5, 1)), a, b, {})).straight for a, b in (ends, (ends[0][::-1], ends[1][::-1]))]
        [True, False]
        """
        return self._shifts is None

    def rows(self, first: int, stop: int) -> Array:
        """(stop - first, features) rows of the series."""
        if self._shifts is None:
            return self._features[first:stop]
        places = np.arange(first, stop, dtype=np.int64)
        rows = places - self._shifts[np.searchsorted(self._ends, places, side="right")]
        return np.take(self._features, rows, axis=0, mode="clip")

    def places(self, rows: Array, sequence: Array) -> Array:
        """Where rows of the panel, of these sequences, stand in the series."""
        return rows if self._shifts is None else rows + self._shifts[sequence]
