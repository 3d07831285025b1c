"""What is held of every sequence while a table is read: a few numbers each, off the heap once they are many.

    Growing    numbers that grow at their end and change in place
    Numbered   key -> its number, by 128 bits of each key

    slots    [ .  3  .  1  2  . ]     a key's bits say where the search begins; the next slots follow
    number     1    2    3            its bits are compared, so that two keys share a slot's number only
                                      if 128 bits do: among a billion keys less than once in 10**20 tables

The slots are never more than half full. Pure numpy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from lstmprep.scratch import MANY, scratch

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]
FIRST = 1 << 10
PIECE = 1 << 16


class Growing:
    """Numbers of one type, zero until they are set.

    Examples
    --------
    >>> g = Growing(np.int64); g.grow(3); g.values[1] = 7; g.values.tolist()
    [0, 7, 0]
    """

    def __init__(self, dtype: DTypeLike) -> None:
        self._room: NDArray[Any] = np.zeros(FIRST, dtype)
        self._count = 0

    def grow(self, count: int) -> None:
        """There are so many numbers from now on, as many as before at least."""
        if count > len(self._room):
            larger = room(max(count, 2 * len(self._room)), self._room.dtype)
            larger[: self._count] = self.values
            self._room = larger
        self._count = count

    @property
    def values(self) -> NDArray[Any]:
        """All of them, to read and to write, until they grow again."""
        return self._room[: self._count]


def room(count: int, dtype: DTypeLike) -> NDArray[Any]:
    """(count,) zeros, in a file without a name when they are many."""
    return np.zeros(count, dtype) if count <= MANY else scratch(count, dtype)


class Numbered:
    """Numbers keys by first sight; memory that is its own does not grow with them.

    Examples
    --------
    >>> n = Numbered()
    >>> n.number(np.array([[5, 5], [6, 5]], np.uint64)).tolist(), n.number(np.array([[9, 9], [6, 5]], np.uint64)).tolist()
    ([0, 1], [2, 1])
    """

    def __init__(self) -> None:
        self._slots = room(FIRST, np.int64)  # the number that stands there, from 1 on; 0 is free
        self._bits = (Growing(np.uint64), Growing(np.uint64))
        self.count = 0

    def number(self, bits: Bits) -> Ints:
        """(keys,) the number of each of these different keys, given as (keys, 2) bits; new ones in their order here."""
        found = self._known(bits)
        fresh = np.flatnonzero(found < 0)
        if len(fresh):
            found[fresh] = np.arange(self.count, self.count + len(fresh))
            self.count += len(fresh)
            for half, kept in enumerate(self._bits):
                kept.grow(self.count)
                kept.values[found[fresh]] = bits[fresh, half]
            if 2 * self.count > len(self._slots):
                self._slots = room(4 * len(self._slots) * -(-self.count // len(self._slots)), np.int64)
                for first in range(0, self.count, PIECE):
                    self._place(np.arange(first, min(first + PIECE, self.count)))
            else:
                self._place(found[fresh])
        return found

    def _known(self, bits: Bits) -> Ints:
        """The number of each key, -1 where it is new."""
        found = np.full(len(bits), -1)
        at = self._begin(bits[:, 0])
        left = np.arange(len(bits))  # those still on their way; a slot further each time
        while len(left):
            held = self._slots[at[left]] - 1
            met = held >= 0
            same = met.copy()
            for half, kept in enumerate(self._bits):
                same[met] &= kept.values[held[met]] == bits[left[met], half]
            found[left[same]] = held[same]
            left = left[met & ~same]
            at[left] = self._next(at[left])
        return found

    def _place(self, numbers: Ints) -> None:
        """Put these numbers into the first free slots on their ways; of several at one slot the last stays, the others go on."""
        at = self._begin(self._bits[0].values[numbers])
        left = np.arange(len(numbers))
        while len(left):
            free = left[self._slots[at[left]] == 0]
            self._slots[at[free]] = numbers[free] + 1
            left = left[self._slots[at[left]] != numbers[left] + 1]
            at[left] = self._next(at[left])

    def _begin(self, bits: Bits) -> Ints:
        return (bits % np.uint64(len(self._slots))).astype(np.int64)

    def _next(self, at: Ints) -> Ints:
        return (at + 1) % len(self._slots)
