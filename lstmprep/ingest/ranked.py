"""The rows of a second table in the order of their keys and times, whatever their number, in little memory.

Pieces are read and ordered as those of the first table are.

table  b 3   a 5   b 1   a 5         order   a 5 | a 5   b 1 | b 3
                                             `again`: this place has the key and time of the one before
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lstmprep.ingest.clock import Clock
from lstmprep.ingest.matching import KeyMap
from lstmprep.ingest.order import sequences_of
from lstmprep.ingest.whole import keyed_rows
from lstmprep.recipe import Recipe
from lstmprep.sources.base import Source
from lstmprep.stores import Shelf

BLOCK = 1 << 15  # rows looked at together
Ints = NDArray[np.int64]


class Ranked:
    """The rows of a second table by their keys and, with a clock, their times; as long as the table, and off the heap."""

    def __init__(self, right: Source, recipe: Recipe, keys: tuple[str, ...], clock: Clock | None, shelf: Shelf) -> None:
        self._shelf = shelf
        rows = keyed_rows(right, recipe, keys, clock, shelf)
        times = None if rows.times is None else rows.times.view()
        found = sequences_of(rows, times, shelf)
        self._order, self.times = found.order, times
        self.starts, self.stops = found.starts, found.stops
        self._map = KeyMap(list(found.keys.values())) if keys else None
        self._sequence = np.argsort(self._map.codes) if self._map else np.zeros(1, np.int64)
        if found.order is not None and times is not None:
            self.times = self._stored(times.dtype, (times[block] for block in self._orders()))

    def _orders(self) -> Iterator[Ints]:
        total = int(self.stops.max())
        for i in range(0, total, BLOCK):
            yield self.rows_at(np.arange(i, min(i + BLOCK, total)))

    def _stored(self, dtype: np.dtype[Any], blocks: Iterator[Any]) -> Any:
        store = self._shelf.store(0, dtype)
        for block in blocks:
            store.append(block)
        return store.view()

    def rows_at(self, places: Ints) -> Ints:
        """The rows of the table that stand at these places of the order."""
        return places if self._order is None else np.asarray(self._order[places])

    def of(self, texts: list[pa.Array]) -> Ints:
        """The sequence of each key, -1 for one that is not known."""
        if self._map is None:
            return np.zeros(len(texts[0]) if texts else 0, np.int64)
        codes = self._map.find(texts)
        return np.where(codes < 0, -1, self._sequence[codes])

    def again(self) -> Iterator[Ints]:
        """Places whose key and time are those of the place before."""
        assert self.times is not None
        begins = np.sort(self.starts)
        for i in range(1, len(self.times), BLOCK):
            here = self.times[i - 1 : i + BLOCK]
            same = np.flatnonzero(here[1:] == here[:-1]) + i
            at = np.minimum(np.searchsorted(begins, same), len(begins) - 1)
            yield same[begins[at] != same]

    def leave_out(self, places: Iterator[Ints]) -> None:
        """Take these places, which rise, out of the order."""
        assert self.times is not None
        gone = self._stored(np.dtype(np.int64), places)
        if not len(gone):
            return
        order, times = self._shelf.store(0, np.int64), self._shelf.store(0, self.times.dtype)
        for i in range(0, len(self.times), BLOCK):
            low, high = np.searchsorted(gone, [i, i + BLOCK])
            kept = np.setdiff1d(np.arange(i, min(i + BLOCK, len(self.times))), gone[low:high], assume_unique=True)
            order.append(self.rows_at(kept))
            times.append(self.times[kept])
        self._order, self.times = order.view(), times.view()
        self.starts = self.starts - np.searchsorted(gone, self.starts)
        self.stops = self.stops - np.searchsorted(gone, self.stops)
