"""What those who work see of a range of rows, and what comes of all ranges: facts of columns, and no value.

    range   again -> the reader's own pass -> facts -> Told        some twenty bytes a column, 16 more where it rises
    ranges  Told, Told, ... in the order of the rows               -> facts as of one pass

A range tells nothing where facts depend on how rows came together: there one pass over all of them decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any, cast

import numpy as np

from lstmprep.columns import Roles
from lstmprep.engines import MOST_DEATHS, LostError
from lstmprep.errors import LstmprepError, StorageError, Where
from lstmprep.ingest.numbers import EXACT, ColumnFacts, Floats
from lstmprep.ingest.rows import Progress, Reader
from lstmprep.panel import Array
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.sources.again import Again
from lstmprep.sources.base import Chunk, Source
from lstmprep.stores import Shelf
from lstmprep.transforms.pieces import TrainRows
from lstmprep.unread import Hands
from lstmprep.wording import counted

VALUES = 1 << 22  # of a range
FLAGS = ("words", "whole", "rising")


@record(frozen=True, eq=False)
class Stretch:
    """What is sent for one unit: the pieces of the files that hold its rows, and the rows of it that count."""

    number: int
    again: Again
    rows: TrainRows | None = None

    @property
    def ends(self) -> tuple[int, int]:
        """The first row, and the one behind the last."""
        return int(self.again.first[0]), int(self.again.first[-1])


def each_of(hands: Hands, fn: Callable[[Any], Any], units: list[Stretch]) -> Iterator[tuple[Stretch, Any]]:
    """Units with their answers, as they come."""
    try:
        with closing(cast(Any, hands.map_unordered(fn, units))) as answers:
            yield from answers
    except LostError as error:
        low, high = error.unit.ends
        raise StorageError(
            f"rows {low + 1:,}-{high:,} of the table: looking at them ended the worker {counted(MOST_DEATHS, 'time')} ({error.how})",
            fix="It probably ran out of memory: use fewer --workers, or give each worker more.",
        ) from error


@record(frozen=True, eq=False)
class Told:
    """Facts of the columns of one range of rows, in few bytes.

    Parameters
    ----------
    ends : (2, columns) float64
    flags : (3, columns) bool
        As `FLAGS` names them.
    rising : (2, n) float64
        First and last value of those columns that rise.
    inexact : dict of int to float
        By the place of the column.
    texts : list of (numbers, missing, odd, row and text of the first odd cell, the last cell)
        Of columns that are read as text.
    """

    ends: Array
    flags: Array
    rising: Array
    inexact: dict[int, float]
    texts: list[tuple[int, int, int, int, str, str]]


class _OddError(Exception):
    """What a range cannot tell in few bytes."""


class _Nowhere:
    """A source that has no rows of its own."""

    name, names, bytes, rows = "", (), 0, 0

    def where(self, *_: object) -> Where:
        return Where()

    def cell(self, *_: object) -> None:
        """Nobody asks twice."""


class _Facts(Reader):
    """The pass over some rows that keeps none of them."""

    def __init__(self, recipe: Recipe, roles: Roles) -> None:
        bare = replace(roles, label=None, static=(), keys=(), time=())
        super().__init__(cast(Source, _Nowhere()), recipe, bare, Shelf(), None)
        self.stores = {}
        self.lead: dict[str, float] = {}

    def of(self, again: Again) -> None:
        """Look at all rows of these pieces."""
        wanted: dict[str, Any] = dict.fromkeys(self.numbers, "number") | dict.fromkeys(self.roles.unread, "text")
        for chunk in again.chunks(wanted, int(again.first[0])):
            self._take(chunk)

    def _column(self, chunk: Chunk, name: str) -> Floats:
        values, facts = super()._column(chunk, name), self.facts[name]
        if facts.missing or facts.odd.count or max(-facts.low, facts.high) >= EXACT:
            raise _OddError
        if 0 in (facts.low, facts.high) and np.signbit(values[values == 0]).any():
            raise _OddError  # 0 and -0 are one to an order, and two to who reads them
        self.lead.setdefault(name, float(values[0]))
        return values


@record(frozen=True, eq=False)
class Looking:
    """Looks at one range of rows; can be sent."""

    recipe: Recipe
    roles: Roles
    names: tuple[str, ...]

    def __call__(self, unit: Stretch) -> Told | None:
        """Facts of every column; None where something is odd."""
        reader = _Facts(self.recipe, self.roles)
        try:
            reader.of(unit.again)
        except StorageError:
            raise
        except (_OddError, LstmprepError):
            return None
        facts = [reader.facts[name] for name in self.names]
        rising = [(reader.lead[n], f.last) for n, f in zip(self.names, facts, strict=True) if f.rising]
        texts = [reader.facts[name] for name in self.roles.unread]
        return Told(
            np.array([[f.low for f in facts], [f.high for f in facts]]),
            np.array([[getattr(f, flag) for f in facts] for flag in FLAGS]),
            np.array(rising).reshape(-1, 2).T,
            {j: f.inexact for j, f in enumerate(facts) if f.inexact is not None},
            [(f.numbers, f.missing, f.odd.count, f.odd.row, f.odd.cell, f.last_cell) for f in texts],
        )


def facts_of(hands: Hands, again: Again, look: Looking, progress: Progress | None) -> dict[str, ColumnFacts] | None:
    """Facts of every column, of all ranges; None as soon as something in one of them is odd."""
    each = max(1, VALUES // max(1, len(look.names) + len(look.roles.unread)))
    units = [Stretch(i, part) for i, part in enumerate(again.parts(again.spans(each)))]
    told: list[Any] = [None] * len(units)
    seen = 0
    for unit, answer in each_of(hands, look, units):
        if answer is None:
            return None
        told[unit.number] = answer
        low, high = unit.ends
        seen += high - low
        if progress is not None:
            progress(seen, 0)
    return _merged(told, look)


def _merged(told: list[Told], look: Looking) -> dict[str, ColumnFacts]:
    """Facts as of one pass over the ranges, which come in the order of the rows."""
    out = {name: ColumnFacts() for name in (*look.names, *look.roles.unread)}
    for one in told:
        rising = iter(one.rising.T.tolist())
        for j, name in enumerate(look.names):
            facts, (words, whole, rises) = out[name], one.flags[:, j].tolist()
            facts.low, facts.high = min(facts.low, float(one.ends[0, j])), max(facts.high, float(one.ends[1, j]))
            facts.words, facts.whole = facts.words or words, facts.whole and whole
            facts.inexact = one.inexact.get(j) if facts.inexact is None else facts.inexact
            first, last = next(rising) if rises else (facts.last, facts.last)
            facts.rising = facts.rising and rises and first > facts.last
            facts.last = last
        for name, (numbers, missing, count, row, cell, last_cell) in zip(look.roles.unread, one.texts, strict=True):
            facts = out[name]
            if count and not facts.odd.count:
                facts.odd.row, facts.odd.cell = row, cell
            facts.odd.count += count
            facts.numbers, facts.missing, facts.last_cell = facts.numbers + numbers, facts.missing + missing, last_cell
    return out
