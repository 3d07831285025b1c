"""Rows to learn from, in pieces of a fixed size: the same sums whatever the blocks of a run.

    segments of train rows, in key order     a: 0..5   b: 8..12
    laid end to end                          0 1 2 3 4 | 8 9 10 11
    pieces of PIECE rows (here 4)           [0 1 2 3][4 8 9 10][11]

A piece depends on the rows alone, never on the memory limit or on how the table was read, so
that sums folded over pieces are the same to the last bit. `PIECE` is part of the arithmetic:
another value is another last digit.

Pure numpy; sees row numbers, never a value.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstmprep.framing.frame import Ints
from lstmprep.panel import Array
from lstmprep.records import record
from lstmprep.scratch import ample, chosen, summed

PIECE = 1 << 14
STRIP = 1 << 10


@record(frozen=True, eq=False)
class TrainRows:
    """Rows that numbers are learned from, and the group each belongs to.

    Parameters
    ----------
    starts, stops : (segments,) int64
        Rows ``starts[i] <= row < stops[i]``; segments of one group stand side by side.
    owner : (segments,) int64
        The group of each segment, ``0 <= owner < groups``.
    groups : int
        How many groups there are; a group may have no row.

    Examples
    --------
    >>> rows = TrainRows(np.array([0, 8]), np.array([5, 12]), np.array([0, 1]), 2)
    >>> rows.total, rows.together().groups
    (9, 1)
    """

    starts: Ints
    stops: Ints
    owner: Ints
    groups: int

    @property
    def total(self) -> int:
        """Rows in all."""
        return int((self.stops - self.starts).sum())

    def together(self) -> TrainRows:
        """The same rows as one group."""
        return TrainRows(self.starts, self.stops, ample(len(self.owner), np.int64), 1)

    def counts(self) -> Ints:
        """(groups,) rows of each group."""
        return np.bincount(self.owner, weights=self.stops - self.starts, minlength=self.groups).astype(np.int64)

    def of(self, first: int, stop: int) -> TrainRows:
        """Groups ``first <= group < stop`` alone, numbered from 0."""
        here = (self.owner >= first) & (self.owner < stop)
        return TrainRows(self.starts[here], self.stops[here], self.owner[here] - first, stop - first)

    def stretches(self, pieces: int) -> Iterator[TrainRows]:
        """The same rows, so many pieces at a time: pieces of a stretch are pieces of all.

        Examples
        --------
        >>> rows = TrainRows(np.array([0, 20000]), np.array([5, 40000]), np.array([0, 1]), 2)
        >>> [(some.starts.tolist(), some.stops.tolist()) for some in rows.stretches(1)]
        [([0, 20000], [5, 36379]), ([36379], [40000])]
        """
        kept = self.stops > self.starts
        starts, stops, owner = (chosen(v, kept) for v in (self.starts, self.stops, self.owner))
        ends = summed(stops - starts)
        for at in range(0, int(ends[-1]) if len(ends) else 0, pieces * PIECE):
            last = min(at + pieces * PIECE, int(ends[-1]))
            low, high = (int(v) for v in np.searchsorted(ends, [at, last - 1], side="right"))
            here = slice(low, high + 1)
            begins = ends[here] - (stops[here] - starts[here])
            first, stop = (
                starts[here] + np.maximum(at - begins, 0),
                np.minimum(stops[here], starts[here] + last - begins),
            )
            yield TrainRows(first, stop, owner[here], self.groups)

    def laid(self) -> TrainRows:
        """The same rows where they stand one after the other, and nothing else.

        Examples
        --------
        >>> TrainRows(np.array([3, 8]), np.array([5, 12]), np.array([0, 1]), 2).laid().starts.tolist()
        [0, 2]
        """
        ends = np.cumsum(self.stops - self.starts)
        return TrainRows(ends - (self.stops - self.starts), ends, self.owner, self.groups)

    def own(self) -> tuple[Ints, TrainRows]:
        """The groups that have rows, and the same rows with these groups alone, numbered from 0.

        Examples
        --------
        >>> names, rows = TrainRows(np.array([0, 3]), np.array([3, 9]), np.array([4, 7]), 8).own()
        >>> names.tolist(), rows.owner.tolist(), rows.groups
        ([4, 7], [0, 1], 2)
        """
        new = np.append(True, np.diff(self.owner) != 0)[: len(self.owner)]
        names = self.owner[new]
        return names, TrainRows(self.starts, self.stops, np.cumsum(new) - 1, len(names))

    def pieces(self, size: int = 0) -> Iterator[tuple[slice | Ints, Ints, Ints]]:
        """Piece after piece: (rows, where each group begins in the piece, the groups).

        Rows that stand side by side come as a slice.
        """
        size = size or PIECE
        kept = self.stops > self.starts
        starts, stops, owner = (chosen(v, kept) for v in (self.starts, self.stops, self.owner))
        ends = summed(stops - starts)
        for at in range(0, int(ends[-1]) if len(ends) else 0, size):
            low, high = (int(v) for v in np.searchsorted(ends, [at, min(at + size, int(ends[-1])) - 1], side="right"))
            here = slice(low, high + 1)
            lengths = stops[here] - starts[here]
            begins = ends[here] - lengths
            skip = np.maximum(at - begins, 0)
            first = starts[here] + skip
            count = np.minimum(at + size - begins, lengths) - skip
            places = np.cumsum(count) - count
            new = np.flatnonzero(np.append(True, np.diff(owner[here]) != 0))
            beside = bool((first[1:] == first[:-1] + count[:-1]).all())
            rows: slice | Ints
            if beside:
                rows = slice(int(first[0]), int(first[-1] + count[-1]))
            else:
                rows = np.repeat(first - places, count) + np.arange(int(count.sum()), dtype=np.int64)
            yield rows, places[new], owner[here][new]


def taken(values: Array, rows: slice | Ints, columns: Ints, room: Array | None = None) -> Array:
    """(columns, rows) float64 of some rows and columns, each column's values side by side: a copy.

    `room` is flat memory to use, filled by the next call again.
    """
    block = values[rows] if isinstance(rows, slice) else np.take(values, rows, axis=0, mode="clip")
    if len(columns) < values.shape[1]:
        block = block[:, columns]
    size = len(block) * len(columns)
    flat = np.empty(size) if room is None or len(room) < size else room[:size]
    out = flat.reshape(len(columns), len(block))
    for i in range(0, len(block), STRIP):  # what is turned at a time stays in the cache
        out[:, i : i + STRIP] = block[i : i + STRIP].T
    return out
