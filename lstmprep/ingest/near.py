"""Whole numbers that lie near each other, as ids of units mostly do: nothing has to be looked up.

1007  1003  1007      as they come: how far from the first   0 -4  0
1003 1007             in the end: the numbers there are, in order, and the place of each   1 0 1
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lstmprep.arrow import buffer
from lstmprep.stores import Shelf

SPAN = 1 << 21  # from the least to the greatest: a table of so many numbers is made in the end
_PIECE = 1 << 17


class Near:
    """Codes of whole numbers of which the greatest is less than `SPAN` above the least.

    Examples
    --------
    >>> from lstmprep.arrow import arrow_of
    >>> near = Near(Shelf())
    >>> near.take(arrow_of(np.array([7, 3, 7]))), near.take(arrow_of(np.array([1 << 60])))
    (True, False)
    >>> values, codes = near.finish()
    >>> values.tolist(), codes.tolist()
    ([3, 7], [1, 0, 1])
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._first: int | None = None
        self._low = self._high = 0
        self._apart = shelf.store(0, np.int32)

    def take(self, cells: pa.Array) -> bool:
        """Add the next numbers (int64, no nulls), unless one of them lies too far away."""
        values = buffer(cells, "i8")
        if not len(values):
            return True
        first = int(values[0]) if self._first is None else self._first
        low, high = min(self._low, int(values.min()) - first), max(self._high, int(values.max()) - first)
        if high - low >= SPAN:
            return False
        self._first, self._low, self._high = first, low, high
        self._apart.append((values - first).astype(np.int32))
        return True

    def finish(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """(the numbers there are, rising; the place of every number added among them)."""
        apart = self._apart.view()
        there = np.zeros(self._high - self._low + 1, bool)
        for i in range(0, len(apart), _PIECE):
            there[apart[i : i + _PIECE] - self._low] = True
        values = np.flatnonzero(there) + self._low + (self._first or 0)
        if not self._low and len(values) == len(there):  # counted up from the first, as ids often are
            return values, apart
        place, codes = np.cumsum(there, dtype=np.int32) - 1, self._shelf.store(0, np.int32)
        for i in range(0, len(apart), _PIECE):
            codes.append(place[apart[i : i + _PIECE] - self._low].astype(np.int32))
        return values, codes.view()
