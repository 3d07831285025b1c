"""What is made of many pieces of rows, merged two by two: the same bytes whoever merges which of them.

    pieces of one group    0   1   2   3   4   5   6
    merged                 └─┬─┘   └─┬─┘   └─┬─┘   │      1 with 0, 3 with 2, then (2 3) with (0 1), ...
                             └───┬───┘       └──┬──┘
                                 └──────┬───────┘         what is left at the end, from the right

Where pieces are merged follows from their numbers alone. So 2^k pieces that begin at a multiple of 2^k can be merged
anywhere, and their one answer takes their place: `Tree.take` has it under the number of those 2^k.

Pure numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lstmprep.framing.frame import Ints
from lstmprep.records import record

Floats = NDArray[np.float64]


@record(frozen=True)
class Fold:
    """What is to be known of rows, and how it comes together.

    Parameters
    ----------
    of : callable
        Of a (columns, rows) block and where groups begin in it: (numbers, groups, columns) float64. The block may be written to.
    merged : callable
        Of two (numbers, columns) arrays the one of both; the left one's rows come first.
    none : tuple of float
        The numbers of no row.
    """

    of: Callable[[Floats, Ints], Floats]
    merged: Callable[[Floats, Floats], Floats]
    none: tuple[float, ...]

    def room(self, groups: int, columns: int) -> Floats:
        """(numbers, groups, columns) of no rows."""
        return np.tile(np.array(self.none)[:, None, None], (1, groups, columns))


class Tree:
    """Takes what was made of pieces in their order, and leaves the numbers of every group.

    Parameters
    ----------
    fold : Fold
    out : (numbers, groups, columns) float64
        As `Fold.room` makes it; written to.

    Examples
    --------
    >>> fold = Fold(lambda block, begins: np.add.reduceat(block, begins, axis=1).T[None], np.add, (0.0,))
    >>> out = fold.room(groups=2, columns=1)
    >>> tree = Tree(fold, out)
    >>> tree.take(0, np.array([0]), np.array([[[5.0]]]))
    >>> tree.take(1, np.array([0, 1]), np.array([[[2.0], [3.0]]]))
    >>> tree.done().ravel().tolist()
    [7.0, 3.0]
    """

    def __init__(self, fold: Fold, out: Floats) -> None:
        self._fold, self._out = fold, out
        self._group = -1  # whose next piece may come
        self._waiting: list[Floats] = []  # of its pieces, fewer of them from one to the next

    def take(self, number: int, groups: Ints, made: Floats) -> None:
        """The next piece.

        Parameters
        ----------
        number : int
            Its place among all pieces.
        groups : (groups,) int64
            Each named once; the pieces of one group come one after the other.
        made : (numbers, groups, columns) float64
        """
        for at in sorted({0, len(groups) - 1}):  # those between begin and end here
            if groups[at] != self._group:
                self.done()
                self._group = int(groups[at])
            self._add(number, made[:, at])
        self._out[:, groups[1:-1]] = made[:, 1:-1]

    def done(self) -> Floats:
        """The numbers of all groups, as far as their pieces came."""
        while len(self._waiting) > 1:
            last = self._waiting.pop()
            self._waiting[-1] = self._fold.merged(self._waiting[-1], last)
        if self._waiting:
            self._out[:, self._group] = self._waiting.pop()
        return self._out

    def _add(self, number: int, made: Floats) -> None:
        level = 1
        while self._waiting and number & level:  # the piece, or those it was merged to, is the right one of two
            made = self._fold.merged(self._waiting.pop(), made)
            level <<= 1
        self._waiting.append(made)


class Trees:
    """One for each that is asked and for every batch of columns.

    Parameters
    ----------
    asked : sequence of (Fold, batches of columns)
    groups : int
    """

    def __init__(self, asked: Sequence[tuple[Fold, Sequence[Ints]]], groups: int) -> None:
        self._trees = [[Tree(fold, fold.room(groups, len(some))) for some in batches] for fold, batches in asked]

    def take(self, number: int, groups: Ints, made: Sequence[Sequence[Floats]]) -> None:
        """The next piece, as `Tree.take` has it."""
        for trees, some in zip(self._trees, made, strict=True):
            for tree, one in zip(trees, some, strict=True):
                tree.take(number, groups, one)

    def done(self) -> list[list[Floats]]:
        """What each of them leaves."""
        return [[tree.done() for tree in trees] for trees in self._trees]
