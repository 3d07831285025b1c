"""Rows dealt out to their sequences: a stable sort by whole numbers, in pieces, without comparing any.

    rows in the order of the file    sequences 3 0 7 0 3 6
    dealt to heaps                   each some neighbouring sequences that the cache holds: 3 0 0 3 | 7 6
    each heap sorted                 and it stands where its sequences belong:              0 0 3 3 | 6 7

Whoever deals row by row to each of many sequences touches a page for every row. Pure numpy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.stores import Shelf

HEAP = 1 << 17  # rows of a heap, about
LONG = 1 << 19  # rows of a heap that is not sorted at once
FEW = 1 << 8  # heaps there may be in any case
Ints = NDArray[np.int64]


def deal(order: Ints, numbered: Iterable[tuple[int, Any]], starts: Ints, shelf: Shelf) -> None:
    """Put each row at the next free place of its sequence.

    Parameters
    ----------
    order : (rows,) int64
        Is filled: the row that stands at each place.
    numbered : iterable of (int, integers)
        The first row of each piece, and the sequence of each row in it.
    starts : (sequences,) int64
        The first place of each sequence; they rise.
    shelf : Shelf
        Where what is left of a number is kept, two bytes a row.

    Examples
    --------
    >>> order = np.zeros(5, np.int64)
    >>> deal(order, [(0, np.array([1, 0, 1])), (3, np.array([0, 1]))], np.array([0, 2]), Shelf())
    >>> order.tolist()
    [1, 3, 0, 2, 4]
    """
    shift = _shift(len(starts), len(order))
    free = np.array(starts[:: 1 << shift])
    kind = np.uint8 if len(free) <= 1 << 8 else np.uint16
    rest = shelf.room(len(order), np.uint16) if shift else None
    for first, rank in numbered:
        heap = (rank >> shift).astype(kind)
        by_heap, count = np.argsort(heap, kind="stable"), np.bincount(heap)
        low = None if rest is None else rank.astype(np.uint16)[by_heap]
        by_heap += first
        at = 0
        for which in np.flatnonzero(count).tolist():
            n, to = int(count[which]), int(free[which])
            order[to : to + n] = by_heap[at : at + n]
            if rest is not None and low is not None:
                rest[to : to + n] = low[at : at + n]
            free[which] = to + n
            at += n
    if rest is not None:
        _sort_heaps(order, rest, starts, shift, shelf)


def _shift(count: int, rows: int) -> int:
    """Bits of a number that are left once its heap is known: 16 at the most."""
    shift = 0
    while shift < 16 and count - 1 >> shift >= max(FEW, rows // HEAP):
        shift += 1
    return shift


def _sort_heaps(order: Ints, rest: Any, starts: Ints, shift: int, shelf: Shelf) -> None:
    begins, low = starts[:: 1 << shift].tolist(), np.uint16((1 << shift) - 1)
    for i, (first, stop) in enumerate(zip(begins, [*begins[1:], len(order)], strict=True)):
        heap = slice(first, stop)
        if stop - first > LONG:
            inside = starts[i << shift : (i + 1) << shift] - first
            _sort_long(order[heap], (rest[heap][some] & low for some in _pieces(stop - first)), inside, shelf)
        else:  # the bits that tell the heap are alike
            order[heap] = order[heap][np.argsort(rest[heap], kind="stable")]


def _sort_long(order: Ints, ranks: Iterable[Any], starts: Ints, shelf: Shelf) -> None:
    """Sort a heap that is long because some of its sequences are: row by row, some at a time."""
    rows, free = shelf.room(len(order), np.int64), starts.copy()
    for some in _pieces(len(order)):
        rows[some] = order[some]
    for some, rank in zip(_pieces(len(order)), ranks, strict=True):
        count = np.bincount(rank, minlength=len(free))
        shifts = free - (np.cumsum(count) - count)
        by_rank = np.argsort(rank, kind="stable")
        order[np.repeat(shifts, count) + np.arange(len(rank))] = rows[some][by_rank]
        free += count


def _pieces(n: int) -> Iterator[slice]:
    return (slice(i, min(i + LONG, n)) for i in range(0, n, LONG))
