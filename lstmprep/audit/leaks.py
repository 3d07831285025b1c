"""Whether two parts of an output share a row: intervals of rows, sequence by sequence.

    sequence a     rows  0 1 2 3 4 5 6 7 8 9
    train                [i i i t t]               what train has seen, inputs and targets
    test                       i i i[t t]          its targets: none of them may be among those

A row is known by its sequence and its place in it: its time where there is one, else its number, both
of which rise along a sequence. Touching samples are one interval, so that a million windows are few numbers.
"""

from __future__ import annotations

from dataclasses import field

import numpy as np

from lstmprep.panel import Array
from lstmprep.records import record


@record(eq=False)
class Intervals:
    """Closed intervals ``low <= place <= high`` of sequences, merged where they touch."""

    key: list[Array] = field(default_factory=list)
    low: list[Array] = field(default_factory=list)
    high: list[Array] = field(default_factory=list)

    def add(self, key: Array, low: Array, high: Array) -> None:
        """Take in more intervals."""
        if len(key):
            for into, values in zip((self.key, self.low, self.high), merged(key, low, high), strict=True):
                into.append(values)

    def whole(self) -> tuple[Array, Array, Array]:
        """(key, low, high) of all, merged and sorted."""
        if not self.key:
            none = np.empty(0, np.int64)
            return none, none, none
        return merged(np.concatenate(self.key), np.concatenate(self.low), np.concatenate(self.high))


def merged(key: Array, low: Array, high: Array) -> tuple[Array, Array, Array]:
    """The same places in as few intervals as possible, by sequence and place.

    Examples
    --------
    >>> merged(np.array([0, 0, 1]), np.array([0, 2, 1]), np.array([2, 5, 3]))
    (array([0, 1]), array([0, 1]), array([5, 3]))
    """
    order = np.lexsort((low, key))
    key, low, high = key[order], low[order], high[order]
    fresh = np.empty(len(key), bool)
    fresh[0] = True
    # the farthest place so far, sequence by sequence: ranks rise from one sequence to the next
    rank = np.unique(np.concatenate([low, high]), return_inverse=True)[1]
    wide = len(rank) + 1
    reach = np.maximum.accumulate(rank[len(low) :] + key * wide)
    fresh[1:] = (key[1:] != key[:-1]) | (rank[1 : len(low)] + key[1:] * wide > reach[:-1])
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], len(key)) - 1
    by_rank = np.unique(np.concatenate([low, high]))
    return key[first], low[first], by_rank[reach[last] - key[last] * wide]


def shared(seen: tuple[Array, Array, Array], asked: tuple[Array, Array, Array]) -> Array:
    """Numbers of the asked intervals that have a place in common with those seen (merged and sorted).

    Examples
    --------
    >>> a = np.array
    >>> shared((a([0]), a([0]), a([5])), (a([0, 0, 1]), a([5, 6, 0]), a([7, 7, 1])))
    array([0])
    """
    if not len(seen[0]) or not len(asked[0]):
        return np.empty(0, np.int64)
    n = len(seen[0])
    key = np.concatenate([seen[0], asked[0]])
    place = np.concatenate([seen[1], asked[2]])
    kind = np.repeat(np.array([0, 1]), [n, len(asked[0])])
    order = np.lexsort((kind, place, key))
    latest = np.maximum.accumulate(np.where(order < n, order, -1))  # seen ones are sorted: their numbers rise
    of = order - n
    asking = of >= 0
    at, query = latest[asking], of[asking]
    near = np.maximum(at, 0)
    hit = (at >= 0) & (seen[0][near] == asked[0][query]) & (seen[2][near] >= asked[1][query])
    return np.sort(query[hit])
