"""The course of a column over the rows, in bounded memory whatever their number.

    rows      0 1 2 3 4 5 6 7 8 ...        a bucket holds `size` rows: sum, count, missing
    buckets   [0 1][2 3][4 5] ...          when the rows outgrow the buckets, two become one
                                           and the size doubles

Pure numpy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Profile:
    """Means and missing cells along the rows.

    Parameters
    ----------
    width : int
        Between `width` and twice as many buckets are kept.

    Examples
    --------
    >>> p = Profile(2)
    >>> p.add(np.arange(8.0), np.zeros(8, bool), 0)
    >>> p.means(8)
    [0.5, 2.5, 4.5, 6.5]
    """

    def __init__(self, width: int) -> None:
        self.size = 1
        self._sums = np.zeros(2 * width)
        self._counts = np.zeros(2 * width, np.int64)
        self._gone = np.zeros(2 * width, np.int64)

    def add(self, values: Floats | None, gone: Flags, first: int) -> None:
        """Take in rows ``first .. first + len(gone)``; NaN counts neither as a value nor as missing."""
        n = len(gone)
        if not n:
            return
        while (first + n - 1) // self.size >= len(self._sums):
            self._fold()
        of_row = np.arange(first, first + n) // self.size
        starts = np.flatnonzero(np.diff(of_row, prepend=-1))
        at = of_row[starts]
        self._gone[at] += np.add.reduceat(gone.astype(np.int64), starts)
        if values is not None:
            real = np.isfinite(values)
            self._sums[at] += np.add.reduceat(np.where(real, values, 0.0), starts)
            self._counts[at] += np.add.reduceat(real.astype(np.int64), starts)

    def _fold(self) -> None:
        for name in ("_sums", "_counts", "_gone"):
            wide = getattr(self, name)
            half = wide[0::2] + wide[1::2]
            wide[: len(half)], wide[len(half) :] = half, 0
        self.size *= 2

    def _used(self, rows: int) -> int:
        return -(-rows // self.size)

    def means(self, rows: int) -> list[float | None]:
        """The mean of each bucket, None where it has no value."""
        used = self._used(rows)
        counts = self._counts[:used]
        means = self._sums[:used] / np.maximum(counts, 1)
        return [float(m) if c and np.isfinite(m) else None for m, c in zip(means, counts, strict=True)]

    def missing(self, rows: int) -> list[float]:
        """The share of missing cells of each bucket."""
        used = self._used(rows)
        sizes = np.full(used, self.size)
        sizes[-1:] = rows - (used - 1) * self.size
        shares: list[float] = (self._gone[:used] / sizes).round(4).tolist()
        return shares


def resampled(values: list[Any], width: int) -> list[Any]:
    """At most `width` of the values, one from the middle of each equal piece.

    Examples
    --------
    >>> resampled([0, 1, 2, 3, 4, 5], 3)
    [1, 3, 5]
    """
    n = len(values)
    return list(values) if n <= width else [values[(2 * i + 1) * n // (2 * width)] for i in range(width)]
