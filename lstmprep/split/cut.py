"""One part of the output, as segments that no sample may leave.

    one sequence    0 1 2 3 4 5 6 7 8 9
    train           [0 1 2 3 4 5 6]
    test                          [7 8 9]      segments: the part's own rows
                            < < <              floors: how far back its inputs may reach (with context)

Pure numpy.
"""

from __future__ import annotations

from dataclasses import replace

from lstmprep.framing.frame import Ints, Segments
from lstmprep.panel import Panel
from lstmprep.records import record
from lstmprep.scratch import chosen


@record(frozen=True, eq=False)
class Cut:
    """One part of the table.

    Parameters
    ----------
    name : str
        ``all``, ``train``, ``val`` or ``test``: the split in the index.
    segments : Segments
        The rows that belong to the part, in the order of their sequences.
    floors : (segments,) int64
        The first row that inputs may take; the segment's own start where nothing may reach back.
    suffix : str
        What the names of the part's arrays end in: nothing, or ``_train``.
    folder : str
        Where its arrays stand in the output: nothing, or ``fold0/``.
    emptied : Segments or None
        Rows of sequences that have none left in the part, since all were taken by ``--embargo``.
    """

    name: str
    segments: Segments
    floors: Ints
    suffix: str = ""
    folder: str = ""
    emptied: Segments | None = None


def of_answers(panel: Panel, segments: Segments) -> Segments:
    """Where targets and labels of these rows stand: where a row of the table is several rows, once for each of it."""
    n = panel.first_of(1)
    if n == 1:
        return segments
    return Segments(segments.sequence, segments.starts // n, segments.stops // n)


def whole(panel: Panel) -> list[Cut]:
    """All rows as one part."""
    pieces = panel.pieces
    if pieces.opened is not None:  # a piece may have spent all its rows
        some = pieces.lengths > 0
        kept = {name: chosen(getattr(pieces, name), some) for name in ("sequence", "starts", "stops")}
        pieces = replace(pieces, **kept)
    return [Cut("all", Segments(pieces.sequence, pieces.starts, pieces.stops), pieces.starts)]
