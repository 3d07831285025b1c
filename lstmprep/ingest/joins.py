"""Columns of other tables beside those of the rows that are read: ``--join`` and ``--join-asof``.

    --join sites.csv --join-on site      the row of sites.csv with the same key
    --join-asof weather.csv              the latest row of weather.csv that is not after this one,
                                         per key where the tables share key columns of --group-by

A `Joined` is a source like any other: rows pass through chunk by chunk, and what stands beside them is
looked up. The second table is read once a pass and kept off the heap. A row without a match has
missing values there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lstmprep.errors import DataError, RecipeError, Where, located
from lstmprep.grid.search import last_at_or_before
from lstmprep.ingest.clock import Clock
from lstmprep.ingest.kept import Kept
from lstmprep.ingest.keys import as_text
from lstmprep.ingest.ranked import Ranked
from lstmprep.ingest.rhythm import clock_for
from lstmprep.ingest.whole import in_unit, require_alike
from lstmprep.naming import resolve
from lstmprep.recipe import Recipe
from lstmprep.sources import open_source
from lstmprep.sources.around import Around
from lstmprep.sources.base import As, Chunk, Described, Source
from lstmprep.stores import Shelf
from lstmprep.wording import listed, name_of, quoted

Ints = NDArray[np.int64]


class Match(Protocol):
    """Finds, for each row of a chunk, the row of a second table."""

    needs: tuple[str, ...]

    def prepare(self) -> None:
        """Read the second table's keys and times."""
        ...

    def rows(self, chunk: Chunk) -> Ints:
        """The row of the second table for each row of the chunk, -1 without one."""
        ...


class Joined(Around):
    """A source with columns of a second table beside its own.

    Parameters
    ----------
    left : Source
        The rows.
    right : Source
        The second table.
    match : Match
    shared : tuple of str
        Columns of the second table that only serve to match.
    shelf : Shelf
    """

    def __init__(self, left: Source, right: Source, match: Match, shared: tuple[str, ...], shelf: Shelf) -> None:
        super().__init__(left)
        self.right, self._match, self._shelf = right, match, shelf
        self.added = [n for n in right.names if n not in shared]
        both = [n for n in self.added if n in left.names]
        if both:
            raise RecipeError(
                f"{listed(both)} {'is' if len(both) == 1 else 'are'} in both tables, {name_of(left.name)} and {name_of(right.name)}",
                fix="Rename the columns in one of them, or take them out.",
            )
        self.names += self.added
        self.unmatched = 0

    def look(self) -> dict[str, Described]:
        """What the columns of both tables seem to hold."""
        right = self.right.look()
        return {**self.inner.look(), **{n: right[n] for n in self.added}}

    def chunks(self, wanted: Mapping[str, As]) -> Iterator[Chunk]:
        """The rows in order; what stands beside them is looked up."""
        beside = {n: kind for n, kind in wanted.items() if n in self.added}
        own = {n: kind for n, kind in wanted.items() if n not in beside}
        self._match.prepare()
        with located(file=self.right.name):
            kept = Kept(self.right, beside, self._shelf)
        self.unmatched = 0
        for chunk in self.inner.chunks({**own, **dict.fromkeys(self._match.needs, "text")}):
            rows = self._match.rows(chunk)
            self.unmatched += int(np.count_nonzero(rows < 0))
            found = {n: kept.take(n, rows) for n in beside}
            yield Chunk(chunk.first, chunk.rows, {**{n: chunk.columns[n] for n in own}, **found})

    def cell(self, row: int, column: str) -> str | None:
        """The text of a cell of the first table."""
        return None if column in self.added else self.inner.cell(row, column)

    def require_unchanged(self) -> None:
        """Refuse if one of the tables was written to since it was opened."""
        self.inner.require_unchanged()
        self.right.require_unchanged()


class ByKey:
    """The one row with the same key."""

    def __init__(self, right: Source, recipe: Recipe, keys: tuple[str, ...], shelf: Shelf) -> None:
        self._right, self._recipe, self.needs, self._shelf = right, recipe, keys, shelf

    def prepare(self) -> None:
        """Read the keys of the second table, each of which may stand once."""
        with located(file=self._right.name):
            self._ranked = Ranked(self._right, self._recipe, self.needs, None, self._shelf)
            several = np.flatnonzero(self._ranked.stops - self._ranked.starts > 1)
            if len(several):
                first = self._ranked.starts[several]
                before, again = self._ranked.rows_at(first), self._ranked.rows_at(first + 1)
                at = int(np.argmin(again))
                raise DataError(
                    f"the key stands twice, first on row {int(before[at]) + 1:,}",
                    fix="Keep one row per key; rows that change with time are joined by --join-asof.",
                    where=self._right.where(int(again[at]), self.needs[0]),
                )
        self._row = self._ranked.rows_at(self._ranked.starts)

    def rows(self, chunk: Chunk) -> Ints:
        """The row of the second table for each row of the chunk, -1 without one."""
        texts = [as_text(chunk.columns[n]).fill_null("") for n in self.needs]
        codes = self._ranked.of(texts)
        gone = codes < 0
        if gone.any() and self._recipe.order.missing == "error":
            at = int(np.argmax(gone))
            key = ", ".join(str(t[at]) for t in texts)
            raise DataError(
                f"the key {quoted(key)} is not in {name_of(self._right.name)}",
                fix="Add a row for it there, or read such rows as missing with another --missing, for example drop.",
                where=Where(row=chunk.first + at + 1, column=self.needs[0]),
            )
        return np.where(gone, -1, self._row[codes])


class AsOf:
    """The latest row that is not after this one's time, of the same key where keys are shared."""

    def __init__(
        self, right: Source, recipe: Recipe, time: tuple[str, ...], keys: tuple[str, ...], shelf: Shelf
    ) -> None:
        self._right, self._recipe, self._time, self._keys, self._shelf = right, recipe, time, keys, shelf
        self.needs = (*time, *keys)
        mine, theirs = clock_for(recipe, time), clock_for(recipe, time)
        assert mine is not None and theirs is not None
        self._mine: Clock = mine
        self._theirs: Clock = theirs
        self._ranked: Ranked | None = None

    def prepare(self) -> None:
        """Read keys and times of the second table, and rank them."""
        if self._ranked is not None:
            return
        with located(file=self._right.name):
            ranked = Ranked(self._right, self._recipe, self._keys, self._theirs, self._shelf)
            policy = self._recipe.order.on_duplicate
            if policy not in ("first", "last"):
                self._require_one(ranked)
            else:
                ranked.leave_out(same if policy == "first" else same - 1 for same in ranked.again())
        self._ranked = ranked

    def _require_one(self, ranked: Ranked) -> None:
        """Refuse two rows of one time."""
        for same in ranked.again():
            if len(same):
                one, two = sorted(ranked.rows_at(np.array([same[0] - 1, same[0]])).tolist())
                assert ranked.times is not None
                raise DataError(
                    f"the time {self._theirs.text(ranked.times[same[0]])} stands twice, first on row {one + 1:,}",
                    fix="Keep one of them, or choose with --on-duplicate first or last.",
                    where=replace(self._right.where(two), column=", ".join(self._time)),
                )

    def rows(self, chunk: Chunk) -> Ints:
        """The row of the second table for each row of the chunk, -1 without one."""
        ranked, mine, theirs = self._ranked, self._mine, self._theirs
        assert ranked is not None
        with located(column=", ".join(self._time)):
            when = mine.read([chunk.columns[n] for n in self._time], chunk.first)
        require_alike(mine, theirs, self._right.name)
        if mine.kind == "instant":  # a row between two units of theirs sees the earlier one
            when = in_unit(when, mine.unit, theirs.unit, up=False)
        codes = np.zeros(len(when), np.int64)
        if self._keys:
            codes = ranked.of([as_text(chunk.columns[n]).fill_null("") for n in self._keys])
        known = codes >= 0
        low, high = ranked.starts[codes], ranked.stops[codes]
        high = np.where(known, high, low)
        found = last_at_or_before(ranked.times, low, high, when)
        return np.where(found >= low, ranked.rows_at(np.maximum(found, 0)), -1)


def joined(left: Source, recipe: Recipe, shelf: Shelf) -> tuple[Source, list[Joined]]:
    """The source with the columns of the tables that are joined to it, and the joins.

    Raises
    ------
    RecipeError
        If a column to join by is in one of the tables only, or a column is in both.
    """
    tables, out, joins = recipe.tables, left, []
    if tables.join is not None:
        right = open_source(tables.join, recipe.reading)
        keys = resolve(tables.join_on, left.names, "--join-on")
        _require(right, keys, "--join-on")
        match = ByKey(right, recipe, keys, shelf)
        joins.append(Joined(out, right, match, keys, shelf))
        out = joins[-1]
    if tables.join_asof is not None:
        right = open_source(tables.join_asof, recipe.reading)
        time = resolve(recipe.order.time, left.names, "--time")
        _require(right, time, "--time")
        keys = tuple(k for k in resolve(recipe.order.group_by, left.names, "--group-by") if k in right.names)
        joins.append(Joined(out, right, AsOf(right, recipe, time, keys, shelf), (*time, *keys), shelf))
        out = joins[-1]
    return out, joins


def _require(right: Source, columns: tuple[str, ...], flag: str) -> None:
    for name in columns:
        if name not in right.names:
            raise RecipeError(
                f"{name_of(right.name)} has no column {quoted(name)}, by which {flag} joins it",
                fix=f"Call it so there too. It has: {listed(right.names)}.",
            )
