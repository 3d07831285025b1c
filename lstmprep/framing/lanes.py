"""Stateful lanes: which sample stands at each place, so that row k of batch b+1 continues row k of batch b.

    one run       its samples in as many stretches as a batch has rows, side by side
    several       runs of like length side by side lose the least; each set runs to its shortest member

There may be as many runs as groups, and as many places as rows: both are made some at a time, off the heap.
Pure numpy.
"""

from __future__ import annotations

import numpy as np

from lstmprep.framing.frame import Ints
from lstmprep.scratch import MANY, ample, made, summed


def of_one(samples: int, size: int) -> Ints:
    """(samples // size * size,) the sample at each place.

    Examples
    --------
    >>> of_one(7, 2).tolist()
    [0, 3, 1, 4, 2, 5]
    """
    length = samples // size

    def piece(some: slice) -> Ints:
        place = np.arange(some.start, some.stop, dtype=np.int64)
        return np.asarray(place % size * length + place // size)

    return made(length * size, piece)


def of_several(counts: Ints, size: int) -> tuple[Ints, Ints]:
    """(samples that stay of each run, the sample at each place among those that stay).

    Examples
    --------
    >>> kept, order = of_several(np.array([1, 3, 2, 9]), 2)
    >>> kept.tolist(), order.tolist()
    ([1, 3, 1, 3], [5, 1, 6, 2, 7, 3, 4, 0])
    """
    longest = longest_first(counts)
    sets = len(counts) // size
    shortest = made(sets, lambda some: counts[longest[size - 1 :: size][some]])  # the last of each set
    kept = ample(len(counts), np.int64)
    for i in range(0, sets * size, MANY):
        at = np.arange(i, min(i + MANY, sets * size))
        kept[longest[at]] = shortest[at // size]
    sums = summed(kept)
    ends = summed(made(sets, lambda some: shortest[some] * size))

    def piece(some: slice) -> Ints:
        place = np.arange(some.start, some.stop, dtype=np.int64)
        of = np.searchsorted(ends, place, side="right")
        nth = place - (ends[of] - shortest[of] * size)
        run = longest[of * size + nth % size]
        return np.asarray(sums[run] - kept[run] + nth // size)

    return kept, made(int(ends[-1]) if sets else 0, piece)


def longest_first(counts: Ints) -> Ints:
    """Runs by their samples, the most first; runs of as many stay in their order.

    Many runs have few different numbers of samples: places are counted, not compared.

    Examples
    --------
    >>> longest_first(np.array([1, 3, 2, 3])).tolist()
    [1, 3, 2, 0]
    """
    if len(counts) <= MANY:
        return np.argsort(-counts, kind="stable")
    pieces = [slice(i, i + MANY) for i in range(0, len(counts), MANY)]
    different = np.array([], np.int64)
    for some in pieces:
        different = np.union1d(different, -counts[some])
    many = sum(np.bincount(np.searchsorted(different, -counts[some]), minlength=len(different)) for some in pieces)
    place, out = np.cumsum(many) - many, ample(len(counts), np.int64)
    for some in pieces:
        kind = np.searchsorted(different, -counts[some])
        order = np.argsort(kind, kind="stable")
        here = np.bincount(kind, minlength=len(different))
        nth = np.arange(len(order)) - np.repeat(np.cumsum(here) - here, here)
        out[np.repeat(place, here) + nth] = order + some.start
        place = place + here
    return out
