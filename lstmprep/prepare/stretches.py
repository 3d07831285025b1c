"""Which rows may look at one another: those of one segment of one part, and the rows its differences cost.

piece      [s s|0 1 2 3 4 5 6 7 8 9]     s: rows spent on the first difference
train      [. .|0 1 2 3 4 5]
test                    [6 7 8 9]        a fill in test sees 6 to 9, in train what comes before
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lstmprep.framing.frame import Ints
from lstmprep.panel import Panel
from lstmprep.split import Cut


def stretches(panel: Panel, fold: Sequence[Cut]) -> tuple[Ints, Ints]:
    """(starts, stops) of the rows that fills and intervals may not leave."""
    starts = np.concatenate([cut.segments.starts for cut in fold])
    stops = np.concatenate([cut.segments.stops for cut in fold])
    pieces = panel.pieces
    if pieces.opened is not None:
        some = pieces.lengths > 0
        order = np.argsort(pieces.starts[some])
        begins, opened = pieces.starts[some][order], pieces.opened[some][order]
        at = np.minimum(np.searchsorted(begins, starts), len(begins) - 1)
        starts = np.where(begins[at] == starts, opened[at], starts)
    return starts, stops
