"""Keys that look alike, or like nothing: each is its own, and somebody may have meant otherwise.

007 7      one number, two texts, two sequences          NA      a key, and no missing value
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from lstmprep.arrow import buffer, is_in, matches
from lstmprep.ingest.numbers import NUMBER
from lstmprep.parts import MISSING

PIECE = 1 << 16  # keys looked at together
EXACT = 2.0**53  # from here on two whole numbers may be one as float64


def odd_keys(cells: pa.Array) -> tuple[list[str], list[str]]:
    """(the first two keys that are one number in two spellings, keys that are spelled like a missing value), keys in their order.

    Examples
    --------
    >>> odd_keys(pa.array(["007", "7", "8"])), odd_keys(pa.array(["NA", "x"]))
    ((['007', '7'], []), ([], ['NA']))
    """
    from pyarrow import compute

    alike: list[str] = []
    nothing: set[str] = set()
    for i in range(0, len(cells), PIECE):  # numbers stand in their order: those that are one stand side by side
        some = cells.slice(i, PIECE + 1)
        empty = is_in(some, list(MISSING))
        nothing |= {str(cells[i + k]) for k in np.flatnonzero(empty)[: len(MISSING)].tolist()}
        if alike or not matches(some, NUMBER).all():
            continue
        values = buffer(compute.cast(compute.utf8_ltrim(some, "+"), pa.float64()), "f8")
        same = np.flatnonzero((values[1:] == values[:-1]) & (np.abs(values[1:]) < EXACT))
        if len(same):
            alike = [str(cells[i + k]) for k in (same[0], same[0] + 1)]
    return alike, sorted(nothing)
