"""A byte for each row of the panel, in a file without a name when there are many: what the ledger writes on rows.

    rows      0 1 2 3 4 5 6 7
    samples   [i i i]t  .  .        bits    1 1 1 2 . . . .

Ranges of rows are marked, few one by one, many by counting where they begin and end. Pure numpy.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lstmprep.framing.answers import answer_rows
from lstmprep.framing.frame import Frame, Ints, Runs, Segments
from lstmprep.scratch import nameless

BLOCK = 1 << 17
PIECE = 1 << 16  # runs at a time


class Marks:
    """A byte per row of the panel, and ranges of rows to mark."""

    def __init__(self, rows: int, folder: str | None) -> None:
        self.rows = rows
        self.flags: NDArray[np.uint8]
        if rows <= BLOCK:
            self.flags = np.zeros(rows, np.uint8)
        else:
            with nameless(folder) as file:
                file.truncate(rows)
                self.flags = np.memmap(file, np.uint8, "r+", shape=(rows,))

    def cover(self, runs: Runs, offsets: Ints, bit: int) -> None:
        """Mark the rows that the samples take at these offsets."""
        for low, high in runs.intervals(offsets):
            if len(low) < 256:
                for a, b in zip(low.tolist(), high.tolist(), strict=True):
                    self.flags[a:b] |= bit
            else:
                self._many(low, high, bit)

    def ranges(self, segments: Segments, bit: int) -> None:
        """Mark the rows of these segments, of which there is one at least."""
        self._many(segments.starts, segments.stops, bit)

    def answers(self, runs: Runs, frame: Frame, bit: int) -> None:
        """Mark the rows that answer a sample."""
        if frame.own or not runs.hangs(frame):  # an answer on the step's own row
            self.cover(runs, frame.inputs if frame.own else np.sort(frame.targets), bit)
            return
        step = max(1, BLOCK // frame.timesteps)
        for i in range(0, runs.total, step):
            samples = np.arange(i, min(i + step, runs.total), dtype=np.int64)
            run = runs.run_of(samples)
            rows, real = answer_rows(runs, frame, runs.starts(samples, run), run, hangs=True)
            self.flags[rows[real]] |= bit

    def _many(self, low: Ints, high: Ints, bit: int) -> None:
        for base in range(int(low.min()), int(high.max()), BLOCK):
            top = min(base + BLOCK, self.rows)
            here = (low < top) & (high > base)
            begins = np.bincount(np.maximum(low[here], base) - base, minlength=top - base + 1)
            ends = np.bincount(np.minimum(high[here], top) - base, minlength=top - base + 1)
            self.flags[base:top][np.cumsum(begins - ends)[: top - base] > 0] |= bit


def rows_before(segments: Segments, floors: Ints, runs: Runs, frame: Frame, rows: int, folder: str | None) -> int:
    """Of so many rows those before the segments of a part that its samples take as inputs, each once.

    Parameters
    ----------
    segments : Segments
    floors : (segments,) int64
        How far back inputs may reach from each.
    runs, frame
        The samples.
    rows : int
        Rows of the panel.
    folder : str or None
        Where marks for many rows may be kept.

    Examples
    --------
    >>> one = np.array([0]); runs = Runs(one, one + 3, one + 3, one + 3, one + 9, stride=1)
    >>> frame = Frame(np.array([0, 1, 2]), np.array([3]), 1)
    >>> rows_before(Segments(one, one + 6, one + 9), one + 3, runs, frame, 9, None)
    3
    """
    if (floors == segments.starts).all():
        return 0
    order = np.argsort(segments.stops)
    stops, marks = segments.stops[order], Marks(rows, folder)
    for i in range(0, len(runs.first), PIECE):
        some = runs.chosen(slice(i, i + PIECE))
        begins = segments.starts[order[np.searchsorted(stops, some.ceiling)]]
        marks.cover(replace(some, ceiling=begins), frame.inputs, 1)
    return int(np.count_nonzero(marks.flags))
