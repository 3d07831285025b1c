"""Distances between neighbouring times, counted: exact while they are few, else within half a percent.

A clock ticks in few ways: most tables have a handful of distances, and those are counted one by
one. Beyond `MOST` different ones they are counted in classes 1 % wide (a logarithmic histogram),
so that memory stays bounded; the least and the greatest are always exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 4096
_WIDTH = np.log(1.01)
Numbers = NDArray[Any]


class Spacing:
    """A count of positive distances.

    Examples
    --------
    >>> s = Spacing()
    >>> s.add(np.array([16, 15, 16]))
    >>> s.low, s.quantile(0.5), s.high, s.usual()
    (15, 16, 16, (16, 2))
    """

    def __init__(self) -> None:
        self._values: Numbers = np.empty(0)
        self._counts: NDArray[np.int64] = np.empty(0, np.int64)
        self.exact = True
        self.total = 0
        self.low: Any = None
        self.high: Any = None

    def add(self, distances: Numbers) -> None:
        """Count these distances, each above 0."""
        if not len(distances):
            return
        self.total += len(distances)
        low, high = distances.min().item(), distances.max().item()
        self.low = low if self.low is None else min(self.low, low)
        self.high = high if self.high is None else max(self.high, high)
        values, counts = np.unique(distances if self.exact else self._classes(distances), return_counts=True)
        self._merge(values, counts)
        if self.exact and len(self._values) > MOST:
            self.exact = False
            values, counts = self._classes(self._values), self._counts
            self._values, self._counts = np.empty(0), np.empty(0, np.int64)
            self._merge(values, counts)

    @staticmethod
    def _classes(values: Numbers) -> Numbers:
        found: Numbers = np.rint(np.log(values.astype(np.float64)) / _WIDTH)
        return found

    def _merge(self, values: Numbers, counts: NDArray[np.int64]) -> None:
        every = np.concatenate([self._values.astype(values.dtype), values])
        self._values, place = np.unique(every, return_inverse=True)
        merged = np.zeros(len(self._values), np.int64)
        np.add.at(merged, place, np.concatenate([self._counts, counts]))
        self._counts = merged

    def _worth(self, at: int) -> Any:
        value = self._values[at]
        if self.exact:
            return value.item()
        return float(np.clip(np.exp(value * _WIDTH), self.low, self.high))

    def quantile(self, share: float) -> Any:
        """The distance that so large a share of all distances does not exceed; None without any."""
        if not self.total:
            return None
        return self._worth(int(np.searchsorted(np.cumsum(self._counts), share * self.total)))

    def usual(self) -> tuple[Any, int]:
        """The most frequent distance (of several the least), and how often it occurs."""
        at = int(np.argmax(self._counts))
        return self._worth(at), int(self._counts[at])

    @property
    def different(self) -> int:
        """How many different distances, or classes of them, there are."""
        return len(self._values)
