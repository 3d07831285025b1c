"""The values that stand at given ranks, however many values there are.

    value      0.5   7.25  -3.0  ...        as whole numbers of the same order (`keys_of`)
    pass 1     count how many begin with each sixteen bits; a wanted rank lies in one beginning
    pass 2     gather the values of that beginning when they fit in memory, else sixteen bits more

At most four passes and one to gather; memory does not grow with the values. Exact.

Pure numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
HELD = 1 << 22  # values held at a time
BITS = 16
_TOP = 1 << 63
_ALL = (1 << 64) - 1


def keys_of(values: NDArray[Any]) -> Keys:
    """(values,) whole numbers in the order of these numbers (int64, or float64 without NaN).

    Examples
    --------
    >>> (np.diff(keys_of(np.array([-2.5, -0.0, 1e-9, 7.0])).astype(float)) > 0).all().item()
    True
    """
    if values.dtype.kind == "f":
        raw = (np.asarray(values, np.float64) + 0.0).view(np.uint64)  # -0.0 is 0.0
        return raw ^ np.where(raw >> np.uint64(63), np.uint64(_ALL), np.uint64(_TOP))
    return np.asarray(values, np.int64).view(np.uint64) ^ np.uint64(_TOP)


def value_of(key: int, kind: str) -> Any:
    """The number, of this kind of dtype, that stands behind a key."""
    if kind == "f":
        raw = key ^ _TOP if key >> 63 else key ^ _ALL
        return float(np.array(raw, np.uint64).view(np.float64))
    return int(np.array(key ^ _TOP, np.uint64).view(np.int64))


def at_ranks(blocks: Callable[[], Iterable[NDArray[Any]]], ranks: Iterable[int], kind: str) -> dict[int, Any]:
    """The values at these ranks, counted from 0 in rising order.

    Parameters
    ----------
    blocks : callable
        Hands out the values anew, block by block; without NaN.
    ranks : iterable of int
        Below the number of values.
    kind : {"f", "i"}
        Kind of the values' type.

    Returns
    -------
    dict of rank to value

    Examples
    --------
    >>> at_ranks(lambda: [np.array([3, 9]), np.array([1])], [0, 2], "i")
    {0: 1, 2: 9}
    """
    search = _Search(lambda: (keys_of(b) for b in blocks()), sorted(set(ranks)))
    return {rank: value_of(key, kind) for rank, key in search.found().items()}


class _Search:
    """Ranks narrowed down from the first bits on."""

    def __init__(self, keys: Callable[[], Iterator[Keys]], ranks: list[int]) -> None:
        self._keys, self._ranks = keys, ranks

    def found(self) -> dict[int, int]:
        """The key at every rank."""
        out: dict[int, int] = {}
        asked, below = {0: self._ranks}, {0: 0}  # beginning -> ranks in it, and values below it
        known = 0
        while asked:
            counted = self._counted(list(asked), known)
            known += BITS
            small: dict[int, list[int]] = {}
            large: dict[int, list[int]] = {}
            least: dict[int, int] = {}
            for begin, ranks in asked.items():
                ends = np.cumsum(counted[begin])
                for rank in ranks:
                    at = int(np.searchsorted(ends, rank - below[begin], side="right"))
                    size, name = int(counted[begin][at]), begin << BITS | at
                    least[name] = below[begin] + int(ends[at]) - size
                    (small if size <= HELD // len(self._ranks) else large).setdefault(name, []).append(rank)
            if known == 64:  # all bits are known: the beginning is the value
                return out | {r: name for some in (small, large) for name, ranks in some.items() for r in ranks}
            out |= self._gathered(small, least, known)
            asked, below = large, least
        return out

    def _counted(self, begins: list[int], known: int) -> dict[int, NDArray[np.int64]]:
        """How many values go on with each sixteen bits, after each beginning."""
        out = {begin: np.zeros(1 << BITS, np.int64) for begin in begins}
        for keys in self._keys():
            for begin, bins in out.items():
                here = keys[keys >> np.uint64(64 - known) == begin] if known else keys
                following = (here >> np.uint64(64 - known - BITS)) & np.uint64((1 << BITS) - 1)
                np.add(bins, np.bincount(following.astype(np.int64), minlength=1 << BITS), out=bins)
        return out

    def _gathered(self, asked: dict[int, list[int]], below: dict[int, int], known: int) -> dict[int, int]:
        """The keys at ranks whose beginnings hold few values."""
        if not asked:
            return {}
        held: dict[int, list[Keys]] = {begin: [] for begin in asked}
        for keys in self._keys():
            begins = keys >> np.uint64(64 - known)
            for begin, found in held.items():
                found.append(keys[begins == begin])
        out: dict[int, int] = {}
        for begin, ranks in asked.items():
            ranked = np.sort(np.concatenate(held[begin]))
            out |= {rank: int(ranked[rank - below[begin]]) for rank in ranks}
        return out
