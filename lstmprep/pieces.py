"""Runs of rows that belong together: what a sample may not leave inside its sequence.

    one sequence    0 1 2 3 | 4 5 6 7 8     a hole in the clock, the edge of a section: two pieces

Pure numpy.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from lstmprep.records import record
from lstmprep.scratch import between

Array = NDArray[Any]


@record(frozen=True, eq=False)
class Pieces:
    """Runs of rows that belong together: sequences cut at holes, at sections, after the rows a difference costs.

    Parameters
    ----------
    sequence, starts, stops : (pieces,) int64
        Rows of one sequence, ``starts[i] <= row < stops[i]``, in the order of sequences, then of time.
    opened : (pieces,) int64 or None
        Where the rows begin that only serve to make those of each piece; None where none do.
    section : (pieces,) int64 or None
        The section each piece lies in.
    """

    sequence: Array
    starts: Array
    stops: Array
    opened: Array | None = None
    section: Array | None = None

    @property
    def lengths(self) -> Array:
        """(pieces,) rows of each."""
        return between(self.starts, self.stops)

    @property
    def begins(self) -> Array:
        """(pieces,) the first row that serves each."""
        return self.starts if self.opened is None else self.opened
