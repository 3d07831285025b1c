"""Which rows may look at one another: those of one segment of one part, and the rows its differences cost.

piece      [s s|0 1 2 3 4 5 6 7 8 9]     s: rows spent on the first difference
train      [. .|0 1 2 3 4 5]
test                    [6 7 8 9]        a fill in test sees 6 to 9, in train what comes before
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lstmprep.framing.frame import Ints
from lstmprep.grid.walk import PIECE, Bounds
from lstmprep.panel import Panel
from lstmprep.scratch import ample
from lstmprep.split import Cut


def stretches(panel: Panel, fold: Sequence[Cut]) -> tuple[Ints, Ints]:
    """(starts, stops) of the rows that fills and intervals may not leave."""
    count = [len(cut.segments.starts) for cut in fold]
    starts, stops, ends = ample(sum(count), np.int64), ample(sum(count), np.int64), np.cumsum(count)
    for cut, n, end in zip(fold, count, ends.tolist(), strict=True):
        starts[end - n : end], stops[end - n : end] = cut.segments.starts, cut.segments.stops
    pieces = panel.pieces
    if pieces.opened is None:
        return starts, stops
    found = Bounds(pieces.starts, pieces.stops)
    for i in range(0, len(starts), PIECE):
        some = starts[i : i + PIECE]
        at = np.minimum(np.searchsorted(found.starts, some), len(found.starts) - 1)
        starts[i : i + PIECE] = np.where(found.starts[at] == some, pieces.opened[found.order[at]], some)
    return starts, stops
