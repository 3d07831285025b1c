"""Rows of the table behind the rows of the panel: one each, or on a grid and after a pivot none or several.

    panel row    0    1    2        source_rows    4 5 | 7
    table rows   4,5  -    7        source_bounds  0 2 2 3

Pure numpy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.folded import Folded
from lstmprep.scratch import by_place

Array = NDArray[Any]


class Origins:
    """What a panel knows of where its rows come from."""

    starts: Array
    stops: Array
    source_rows: Array | None
    source_bounds: Array | None
    folded: Folded | None

    def source(self, rows: Array, *, last: bool = False) -> Array:
        """A row of the table for each row of the panel: the first that it holds, or the last.

        A cell of a grid that holds several rows has a first and a last one; one that holds none
        has the next row of its sequence, or with `last` the one before.
        """
        if self.folded is not None:
            rows = self.folded.last(rows) if last else self.folded.first(rows)
        if self.source_rows is None:
            return rows
        if self.source_bounds is None:
            return np.asarray(self.source_rows[rows])
        starts, stops = (
            (self.starts, self.stops) if self.folded is None else (np.zeros(1, np.int64), np.array([self.folded.rows]))
        )
        order, begins = by_place(starts)
        who = order[np.searchsorted(begins, rows, side="right") - 1]
        low, high = self.source_bounds[starts[who]], self.source_bounds[stops[who]]
        at = self.source_bounds[rows + 1] - 1 if last else self.source_bounds[rows]
        return np.asarray(self.source_rows[np.clip(at, low, high - 1)])

    def sources(self, rows: Array) -> Array:
        """All rows of the table that these rows of the panel stand for."""
        if self.source_rows is None or self.source_bounds is None:
            return self.source(rows)
        low, many = self.source_bounds[rows], self.source_bounds[rows + 1] - self.source_bounds[rows]
        offset = np.repeat(low - (np.cumsum(many) - many), many)
        return np.asarray(self.source_rows[offset + np.arange(len(offset))])

    def stands_for(self, rows: Array) -> int:
        """How many rows of the table these rows of the panel stand for."""
        if self.source_bounds is None:
            return len(rows)
        return int((self.source_bounds[rows + 1] - self.source_bounds[rows]).sum())
