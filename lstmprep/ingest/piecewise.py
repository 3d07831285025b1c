"""What is to be known of train rows, from those who work: the same pieces, merged as one loop merges them.

train rows        0 1 2 3 | 8 9 10 11 | 12 13 ...        pieces of fixed size (`transforms.pieces`)
a unit            2^k pieces, as `transforms.tree` has   its rows are read from the files, and no others
its answer        of every group in it what was asked    of moments 40 bytes a column
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from lstmprep.ingest.looked import VALUES, Stretch, each_of
from lstmprep.ingest.reread import Numbers, Reread
from lstmprep.ingest.spelled import Spelled
from lstmprep.panel import Array
from lstmprep.records import record
from lstmprep.sources.again import Again
from lstmprep.transforms import pieces
from lstmprep.transforms.pieces import TrainRows, taken
from lstmprep.transforms.tree import Fold, Trees
from lstmprep.unread import Ask, Asked, Hands, UnreadError

if TYPE_CHECKING:
    from lstmprep.parts import Reading

FAR = 1 << 16  # rows between two that count that are not read through
MANY = 1 << 20  # runs of train rows that are sent


@record(frozen=True, eq=False)
class Asking:
    """Whom to ask of pieces of rows, and where they stand."""

    hands: Hands
    again: Again
    reading: Reading

    def of(self, names: tuple[str, ...], kept: np.dtype[Any]) -> Ask:
        """The question about an array of these columns, kept in this type."""

        def ask(rows: TrainRows, asked: Sequence[Asked]) -> list[list[Array]]:
            mine = np.unique(np.concatenate([some for _, batches in asked for some in batches]))
            numbers = Numbers(tuple(names[j] for j in mine.tolist()), kept.str, kept.str)
            placed = [(fold, [np.searchsorted(mine, some) for some in batches]) for fold, batches in asked]
            trees = Trees(placed, rows.groups)
            fn = _Piecewise(placed, numbers, Spelled.of(self.reading), pieces.PIECE)
            most = max(1, VALUES // (pieces.PIECE * len(mine)))
            for number, (groups, made) in enumerate(self._told(fn, rows, 1 << (most.bit_length() - 1))):
                trees.take(number, groups, made)
            return trees.done()

        return ask

    def _told(self, fn: _Piecewise, rows: TrainRows, each: int) -> Iterator[tuple[Array, list[list[Array]]]]:
        """Answers in the order of the rows; those that come early wait."""
        if len(rows.starts) > MANY:
            raise UnreadError
        some = list(rows.stretches(each))
        if any((one.starts[1:] < one.stops[:-1]).any() for one in some):
            raise UnreadError  # rows that do not rise
        spans = ((int(one.starts[0]), int(one.stops[-1])) for one in some)
        units = [Stretch(i, part, one) for i, (part, one) in enumerate(zip(self.again.parts(spans), some, strict=True))]
        waiting, next_one = dict[int, Any](), 0
        for unit, answer in each_of(self.hands, fn, units):
            waiting[unit.number] = answer
            while next_one in waiting:
                yield waiting.pop(next_one)
                next_one += 1


@record(frozen=True, eq=False)
class _Piecewise:
    """Makes of the pieces of a unit what is asked; can be sent."""

    asked: list[tuple[Fold, list[Array]]]
    numbers: Numbers
    spelled: Spelled
    size: int

    def __call__(self, unit: Stretch) -> tuple[Array, list[list[Array]]]:
        """The groups of the unit, and for all that is asked what is known of each batch of columns."""
        rows = cast(TrainRows, unit.rows)
        values, at = np.empty((rows.total, len(self.numbers.names)), self.numbers.kept), 0
        for found in self._rows(unit.again, rows):
            values[at : at + len(found)] = found
            at += len(found)
        assert at == len(values)
        names, own = rows.laid().own()
        trees = Trees(self.asked, own.groups)
        with np.errstate(over="ignore", invalid="ignore"):
            for number, (which, begins, groups) in enumerate(own.pieces(self.size)):
                made = [
                    [fold.of(taken(values, which, some), begins) for some in batches] for fold, batches in self.asked
                ]
                trees.take(number, groups, made)
            return names, trees.done()

    def _rows(self, again: Again, rows: TrainRows) -> Iterator[Array]:
        """The rows that count, read on and on; what lies far between them is not read."""
        reread = Reread(again, self.spelled, self.numbers, None, None)
        far = np.flatnonzero(rows.starts[1:] - rows.stops[:-1] > FAR) + 1
        for a, b in zip([0, *far.tolist()], [*far.tolist(), len(rows.starts)], strict=True):
            starts, stops = rows.starts[a:b], rows.stops[a:b]
            for first, values in reread.rows(["features"], int(starts[0]), cast(Any, None)):
                here = np.arange(first, first + len(values["features"]))
                yield values["features"][here < stops[np.searchsorted(starts, here, side="right") - 1]]
                if first + len(here) >= stops[-1]:
                    break
