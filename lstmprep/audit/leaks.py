"""Whether two parts of an output share a row: intervals of rows, sequence by sequence.

    sequence a     rows  0 1 2 3 4 5 6 7 8 9
    train                [i i i t t]               what train has seen, inputs and targets
    test                       i i i[t t]          its targets: none of them may be among those

A row is known by its sequence and its place in it: its time where there is one, else its number, both
of which rise along a sequence. As a rule one part ends in a sequence before the other begins, which two
numbers for each sequence show; only the intervals of the other sequences are compared, some at a time.
Intervals stand in files without a name: memory does not grow with the samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from lstmprep.panel import Array
from lstmprep.stores import RowStore

MOST = 1 << 18  # intervals compared at a time
BLOCK = 1 << 16
Columns = tuple[Array, Array, Array]


class Bounds:
    """The first and the last place of every sequence that some intervals touch."""

    def __init__(self) -> None:
        self.low: Array = np.empty(0)
        self.high: Array = np.empty(0)
        self.known = np.zeros(0, bool)

    def add(self, key: Array, low: Array, high: Array) -> None:
        """Take in more intervals."""
        order = np.argsort(key, kind="stable")
        at = np.flatnonzero(np.append(True, np.diff(key[order]) != 0))
        keys = key[order][at]
        self._grow(int(keys[-1]) + 1, low)
        least, most = np.minimum.reduceat(low[order], at), np.maximum.reduceat(high[order], at)
        old = self.known[keys]
        self.low[keys] = np.where(old, np.minimum(self.low[keys], least), least)
        self.high[keys] = np.where(old, np.maximum(self.high[keys], most), most)
        self.known[keys] = True

    def _grow(self, size: int, like: Array) -> None:
        """Room for so many sequences."""
        if size > len(self.known):
            more = max(size, 2 * len(self.known)) - len(self.known)
            self.low = np.append(self.low.astype(like.dtype), np.zeros(more, like.dtype))
            self.high = np.append(self.high.astype(like.dtype), np.zeros(more, like.dtype))
            self.known = np.append(self.known, np.zeros(more, bool))

    def meeting(self, other: Bounds) -> Array:
        """Sequences in which both have places, and neither ends before the other begins."""
        n = min(len(self.known), len(other.known))
        both = self.known[:n] & other.known[:n]
        apart = (self.high[:n] < other.low[:n]) | (other.high[:n] < self.low[:n])
        return np.flatnonzero(both & ~apart)

    def common(self, other: Bounds) -> Array:
        """Sequences that both have."""
        n = min(len(self.known), len(other.known))
        return np.flatnonzero(self.known[:n] & other.known[:n])


class Intervals:
    """Closed intervals ``low <= place <= high`` of sequences, and the bounds of each sequence."""

    def __init__(self) -> None:
        self.bounds = Bounds()
        self._stores: tuple[RowStore, RowStore, RowStore] | None = None

    def add(self, key: Array, low: Array, high: Array) -> None:
        """Take in more intervals; those that touch become one."""
        if not len(key):
            return
        self.bounds.add(key, low, high)
        if self._stores is None:
            self._stores = (RowStore(0, np.int64), RowStore(0, low.dtype), RowStore(0, high.dtype))
        for into, values in zip(self._stores, merged(key, low, high), strict=True):
            into.append(values)

    def __len__(self) -> int:
        return 0 if self._stores is None else self._stores[0].rows

    def blocks(self) -> Iterator[Columns]:
        """(key, low, high) of some intervals after the other."""
        if self._stores is not None:
            key, low, high = (s.view() for s in self._stores)
            for i in range(0, len(key), BLOCK):
                yield key[i : i + BLOCK], low[i : i + BLOCK], high[i : i + BLOCK]

    def within(self, keys: Array, low: Any = None, high: Any = None) -> Columns:
        """Merged and sorted, those of some sequences that reach into ``low <= place <= high``."""
        some = [_within(block, keys, low, high) for block in self.blocks()]
        if not some or not sum(len(s[0]) for s in some):
            none = np.empty(0, np.int64)
            return none, none, none
        return merged(*(np.concatenate(columns) for columns in zip(*some, strict=True)))

    def sizes(self, keys: Array) -> Array:
        """(keys,) intervals of each of these sequences, which rise."""
        out = np.zeros(len(keys), np.int64)
        for key, _, _ in self.blocks():
            at = np.searchsorted(keys, key)
            hit = (at < len(keys)) & (keys[np.minimum(at, len(keys) - 1)] == key)
            out += np.bincount(at[hit], minlength=len(keys))
        return out


def _within(block: Columns, keys: Array, low: Any, high: Any) -> Columns:
    key, first, last = block
    at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
    hit = keys[at] == key
    if low is not None:
        hit &= (last >= low) & (first <= high)
    return key[hit], first[hit], last[hit]


def clash(seen: list[Intervals], asked: Intervals) -> tuple[int, Any, Any] | None:
    """The first of the asked intervals that has a place in common with those seen, or None.

    Parameters
    ----------
    seen : list of Intervals
    asked : Intervals

    Returns
    -------
    (key, low, high) or None
    """
    keys = np.unique(np.concatenate([s.bounds.meeting(asked.bounds) for s in seen]))
    if not len(keys):
        return None
    sizes = asked.sizes(keys) + sum((s.sizes(keys) for s in seen), np.zeros(len(keys), np.int64))
    group = np.cumsum(sizes) // MOST
    for number in np.unique(group).tolist():
        some = keys[group == number]
        for low, high in _stretches(some, int(sizes[group == number].sum()), asked.bounds):
            known = [s.within(some, low, high) for s in seen]
            known = [k for k in known if len(k[0])]
            mine = asked.within(some, low, high)
            if not known:
                continue
            hits = shared(merged(*(np.concatenate(c) for c in zip(*known, strict=True))), mine)
            if len(hits):
                at = int(hits[0])
                return int(mine[0][at]), mine[1][at], mine[2][at]
    return None


def _stretches(keys: Array, size: int, asked: Bounds) -> Iterator[tuple[Any, Any]]:
    """Stretches of places that hold some of the intervals of one long sequence; no limits for several."""
    if len(keys) > 1 or size <= 2 * MOST:
        yield None, None
        return
    low, high = asked.low[keys[0]], asked.high[keys[0]]
    edges = np.linspace(float(low), float(high), size // MOST + 2)
    yield from pairwise(edges.tolist())


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
