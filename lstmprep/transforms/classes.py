"""Classes of train rows, and the rows that hold another.

    codes of the table   a 0   b 1   d 2          train rows hold a, b
    codes after          a 0   b 1   d -2         -2: a class that train lacks; -1: no class at all

Pure numpy; sees codes and row numbers, no texts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lstmprep.framing.frame import Flags, Ints, Segments
from lstmprep.panel import Array
from lstmprep.transforms.moments import OF_MOMENTS, batched
from lstmprep.transforms.pieces import TrainRows, taken
from lstmprep.transforms.tree import Fold
from lstmprep.unread import Unread

LACKING = -2
BLOCK = 1 << 17


def rows_in(segments: Segments) -> TrainRows:
    """The rows of some segments, as one group."""
    return TrainRows(segments.starts, segments.stops, np.zeros_like(segments.starts), 1)


def seen_codes(labels: Array, segments: Segments, classes: int) -> Flags:
    """(classes,) which codes stand on these rows.

    Examples
    --------
    >>> one = np.array([0])
    >>> seen_codes(np.array([0, 2, 2, 1]), Segments(one, one, one + 3), 3)
    array([ True, False,  True])
    """
    out = np.zeros(classes, bool)
    for rows, _, _ in rows_in(segments).pieces(BLOCK):
        found = labels[rows]
        out |= np.bincount(found[found >= 0], minlength=classes) > 0
    return out


def seen_columns(values: Array, segments: Segments, columns: Ints) -> Flags:
    """(columns,) which 0/1 columns are 1 on some of these rows."""
    out = np.zeros(len(columns), bool)
    for rows, _, _ in rows_in(segments).pieces():
        out |= (taken(values, rows, columns) == 1).any(axis=1)
    return out


def extremes(values: Array, segments: Segments, columns: Ints) -> tuple[Array, Array]:
    """(columns,) the smallest and the largest value of these rows; what is missing does not count.

    Examples
    --------
    >>> one = np.array([0])
    >>> low, high = extremes(np.array([[3.0], [np.nan], [1.0]]), Segments(one, one, one + 3), one)
    >>> low.tolist(), high.tolist()
    ([1.0], [3.0])
    """
    rows = rows_in(segments)
    if isinstance(values, Unread):
        beside = (OF_MOMENTS, batched(columns)) if values.scaled else None  # scalers ask about the same rows
        low, high = values.told(ENDS, rows, [columns], beside)[0][:, 0]
        return np.fmin(low, np.inf), np.fmax(high, -np.inf)
    low, high = np.full(len(columns), np.inf), np.full(len(columns), -np.inf)
    for which, begins, _ in rows.pieces():
        a, b = _ends(taken(values, which, columns), begins)[:, 0]
        low, high = np.fmin(low, a), np.fmax(high, b)
    return low, high


def _ends(block: Array, begins: Ints) -> Array:
    """(2, groups, columns) the smallest and the largest of every group of a (columns, rows) block."""
    return np.array([np.fmin.reduceat(block, begins, axis=1).T, np.fmax.reduceat(block, begins, axis=1).T])


def _both(one: Array, other: Array) -> Array:
    """(2, columns) the ends of the rows of both."""
    return np.array([np.fmin(one[0], other[0]), np.fmax(one[1], other[1])])


ENDS = Fold(_ends, _both, (np.nan, np.nan))


def renumbered(seen: Flags, known: Flags) -> NDArray[np.int32]:
    """The new code of every old one, and last that of -1.

    Parameters
    ----------
    seen : (classes,) bool
        Classes that have a code in the output.
    known : (classes,) bool
        Those that these rows may hold.

    Examples
    --------
    >>> renumbered(np.array([True, False, True]), np.array([True, False, False])).tolist()
    [0, -2, -2, -1]
    """
    codes = np.cumsum(seen) - 1
    return np.append(np.where(seen & known, codes, LACKING), -1).astype(np.int32)


def first_lacking(labels: Array, segments: Segments, known: Flags) -> tuple[int, int]:
    """(rows of these that hold an unknown class, the first of them or -1)."""
    lacks = np.append(~known, False)
    count, first = 0, -1
    for rows, _, _ in rows_in(segments).pieces(BLOCK):
        found = np.flatnonzero(lacks[labels[rows]])
        if len(found):
            count += len(found)
            places = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
            low = int(places[found].min())
            first = low if first < 0 else min(first, low)
    return count, first
