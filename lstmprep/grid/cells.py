"""Cells of a regular grid, and the holes that nothing may bridge.

    step 2h, cells begin at midnight        times   00:10 01:50 | 02:30 | . . | 07:00
                                            cells   0     0       1      2     3
    holes above 3h cut the sequence                               1  ][        3

A cell holds the rows from its own time, included, to that of the next one, and carries its own
time. Cells are counted from an anchor of each sequence (the midnight of its first day; 0 for numbers).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.grid.spacing import steps_of
from lstmprep.grid.walk import block_rows, walk
from lstmprep.pieces import Pieces
from lstmprep.records import record
from lstmprep.scratch import ample, between, made, summed
from lstmprep.stores import Shelf

Ints = NDArray[np.int64]
PIECE = 1 << 16  # pieces made together
FARTHEST = 2.0**62  # between two times, so that they can be subtracted
ROUNDING = 1e-9  # a number this close to the edge of a cell stands on it


def cut_at_holes(times: Any, starts: Ints, stops: Ints, limit: float) -> Pieces:
    """Sequences cut where a step is greater than the limit.

    Parameters
    ----------
    times : (rows,) int64 or float64
    starts, stops : (sequences,) int64
    limit : int or float
        In the unit of the times.

    Examples
    --------
    >>> p = cut_at_holes(np.array([0, 1, 2, 8, 9]), np.array([0]), np.array([5]), 2)
    >>> p.starts.tolist(), p.stops.tolist()
    ([0, 3], [3, 5])
    """
    cuts = Shelf().store(0, np.int64)
    for first, steps, real in steps_of(times, np.sort(starts)):
        cuts.append(first + np.flatnonzero(real & (steps > limit)))
    return cut_at(starts, stops, cuts.view())


def cut_at(starts: Ints, stops: Ints, rows: Ints) -> Pieces:
    """Sequences cut before these rows, which rise, lie inside them and are no first rows.

    There may be a piece for every few rows: they are kept off the heap, and made some at a time.
    """
    low = np.searchsorted(rows, starts)
    ends = np.cumsum(np.searchsorted(rows, stops) - low + 1)  # pieces up to and with each sequence
    begins = ends - (np.searchsorted(rows, stops) - low + 1)
    sequence, first, behind = (ample(len(starts) + len(rows), np.int64) for _ in range(3))
    for i in range(0, len(first), PIECE):
        at = np.arange(i, min(i + PIECE, len(first)))
        who = np.searchsorted(ends, at, side="right")
        nth, last = low[who] + at - begins[who], at == ends[who] - 1
        sequence[at], first[at], behind[at] = who, starts[who], stops[who]
        later = at > begins[who]
        first[at[later]], behind[at[~last]] = rows[nth[later] - 1], rows[nth[~last]]
    return Pieces(sequence, first, behind)


@record(frozen=True, eq=False)
class Grid:
    """Which cells each piece has; cell numbers count from the anchor of its sequence.

    Parameters
    ----------
    pieces : Pieces
        Rows of the panel that share a stretch of the grid.
    step : int or float
    anchor : (pieces,) int64 or float64
        Where cell 0 begins.
    first, count : (pieces,) int64
        Number of the first cell, and how many there are.
    """

    pieces: Pieces
    step: float
    anchor: Any
    first: Ints
    count: Ints

    @property
    def total(self) -> int:
        """Cells in all."""
        return int(self.count.sum())

    @cached_property
    def ends(self) -> Ints:
        """(pieces,) the row of the grid behind each piece."""
        return summed(self.count)

    @cached_property
    def begins(self) -> Ints:
        """(pieces,) the row of the grid where each piece begins."""
        return between(self.count, self.ends)

    def blocks(self, width: int = 1) -> Iterator[tuple[Ints, Ints]]:
        """Rows of the panel, piece by piece, in blocks that suit so many columns: (row numbers, piece of each)."""
        return walk(self.pieces.starts, self.pieces.stops, block_rows(width))

    def rows_of(self, times: Any, piece: Ints) -> Ints:
        """The row of the grid for each of these times."""
        return self.begins[piece] + cell_of(times - self.anchor[piece], self.step) - self.first[piece]

    def labels(self, first: int, stop: int) -> Any:
        """The times of rows ``first..stop`` of the grid."""
        rows = np.arange(first, stop, dtype=np.int64)
        piece = np.searchsorted(self.ends, rows, side="right")
        return self.anchor[piece] + (rows - self.begins[piece] + self.first[piece]) * self.step


def cell_of(distance: Any, step: float) -> Ints:
    """The number of the cell that holds a distance from the anchor.

    Examples
    --------
    >>> cell_of(np.array([-1, 0, 9, 10]), 10).tolist(), cell_of(np.array([0.3]), 0.1).tolist()
    ([-1, 0, 0, 1], [3])
    """
    if distance.dtype.kind != "f" and isinstance(step, int):
        return np.asarray(distance // step, np.int64)
    share = distance / step
    near = np.rint(share)
    on_edge = np.abs(share - near) <= ROUNDING * np.maximum(1, np.abs(share))
    return np.asarray(np.where(on_edge, near, np.floor(share)), np.int64)


def cells_needed(times: Any, pieces: Pieces, anchor: Any, step: float, *, common: bool) -> float:
    """How many cells a grid would have, as a float that cannot overflow; infinite where times lie too far apart to subtract."""
    lowest, highest, total = np.inf, -np.inf, 0.0
    anchor = np.broadcast_to(anchor, len(pieces.starts))
    for i in range(0, len(pieces.starts), PIECE):
        some = slice(i, i + PIECE)
        ends, near = (times[pieces.starts[some]], times[pieces.stops[some] - 1]), anchor[some]
        if times.dtype.kind == "i":
            apart = (np.abs(end.astype(np.float64) - near.astype(np.float64)).max() for end in ends)
            if max(apart) >= FARTHEST:
                return float("inf")
        low, high = (np.floor((end - near).astype(np.float64) / step) for end in ends)
        lowest, highest, total = min(lowest, low.min()), max(highest, high.max()), total + (high - low + 1).sum()
    return float((highest - lowest + 1) * len(pieces.starts) if common else total)


def make_grid(times: Any, pieces: Pieces, anchor: Any, step: float, *, common: bool) -> Grid:
    """The grid of these pieces.

    Parameters
    ----------
    times : (rows,) int64 or float64
        Rising inside each piece.
    pieces : Pieces
    anchor : (pieces,)
        Where cell 0 of each begins.
    step : int or float
    common : bool
        Whether all pieces get the cells from the first of all to the last of all.

    Examples
    --------
    >>> t = np.array([0, 4, 6])
    >>> one = np.array([0])
    >>> g = make_grid(t, Pieces(one, one, one + 3), one, 2, common=False)
    >>> g.labels(0, g.total).tolist(), g.rows_of(t, np.zeros(3, int)).tolist()
    ([0, 2, 4, 6], [0, 2, 3])
    """
    n = len(pieces.starts)
    anchor = np.broadcast_to(anchor, n)
    first = made(n, lambda some: cell_of(times[pieces.starts[some]] - anchor[some], step))
    last = made(n, lambda some: cell_of(times[pieces.stops[some] - 1] - anchor[some], step))
    if common:
        first, last = (np.broadcast_to(end, n) for end in (first.min(), last.max()))
    return Grid(pieces, step, anchor, first, made(n, lambda some: last[some] - first[some] + 1))
