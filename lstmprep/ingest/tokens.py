"""``--tokens``: a cell holds the ids of several tokens; every id becomes a row of the panel.

    doc  ids           rows of the table      panel
    d1   5 3 9         0  (3 ids)             5 3 9 | 7        one id a row, int32
    d2   7             1  (1 id)              0 0 0   1        the row of the table it stands in

`Counts` reads the table as it is, with the number of ids in the place of the list, so that keys, order,
labels and doubled times are settled row by row; `expand` then puts the ids in. Without ``--group-by`` every row of the
table is a sequence of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from lstmprep.arrow import arrow_of
from lstmprep.errors import DataError, LstmprepError, RecipeError, located
from lstmprep.ingest.lists import Lists, lists
from lstmprep.naming import resolve
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe
from lstmprep.sources.around import Around
from lstmprep.sources.base import As, Chunk, Described, Source
from lstmprep.split.spec import Split
from lstmprep.stores import RowStore, Shelf
from lstmprep.tabular import Tokens
from lstmprep.wording import counted, number

BLOCK = 1 << 17
LARGEST = 2**31 - 1


class Counts(Around):
    """A table with the number of ids in the place of a list of ids; the ids are kept beside it.

    Parameters
    ----------
    inner : Source
    recipe : Recipe
    shelf : Shelf
    grouped : bool
        Whether the table has sequences of its own.

    Attributes
    ----------
    column : str
        The column of ids.
    own : tuple of str
        The key column that makes a sequence of every row, where nothing else does.
    """

    def __init__(self, inner: Source, recipe: Recipe, shelf: Shelf, *, grouped: bool) -> None:
        super().__init__(inner)
        assert recipe.tokens.tokens is not None
        found = resolve([recipe.tokens.tokens], inner.names, "--tokens")
        if len(found) > 1:
            raise RecipeError(f"--tokens names {counted(len(found), 'column')}", fix="Name the one that holds the ids.")
        self.column = found[0]
        self.own = () if grouped else (_free("row", inner.names),)
        reading = recipe.reading
        self._missing, self._marks = reading.missing_texts, (reading.decimal, reading.thousands)
        self._shelf = shelf
        self._begin()

    def _begin(self) -> None:
        self.ids: RowStore = self._shelf.store(0, np.int32)
        self.lengths: RowStore = self._shelf.store(0, np.int64)
        self.low, self.high = LARGEST, -LARGEST
        self.below, self._first_below = 0, -1  # ids below 0, and the row of the first

    def narrowed(self, recipe: Recipe) -> Recipe:
        """The recipe for rows: their one feature is the number of ids."""
        columns = replace(recipe.columns, features=(self.column,))
        return replace(
            recipe, columns=columns, tokens=Tokens(), split=Split()
        )  # rows are divided once they are documents

    def vocabulary(self, pad: float | None) -> int:
        """Rows that an embedding of these ids has: from 0 to the largest, that of padding included."""
        return max(self.high, int(pad or 0), 0) + 1

    @property
    def told(self) -> str:
        """What is said of ids below 0, with the row of the first; nothing where there is none."""
        if not self.below:
            return ""
        where, verb = self.inner.where(self._first_below, self.column), "is" if self.below == 1 else "are"
        said = f"{counted(self.below, 'id')} {verb} below 0, the least {self.low}, the first at {where}"
        return f"{said}: an embedding has no such row; number the tokens from 1 on"

    def look(self) -> dict[str, Described]:
        """What the columns hold; the ids are numbers."""
        return {**self.inner.look(), self.column: Described("number", "number")}

    def chunks(self, wanted: Mapping[str, As]) -> Iterator[Chunk]:
        """The rows in order; the ids are kept on the way."""
        asked: dict[str, As] = {n: k for n, k in wanted.items() if n not in self.own}
        if self.column not in asked:
            yield from self.inner.chunks(wanted)
            return
        self._begin()
        for chunk in self.inner.chunks(asked | {self.column: "raw"}):
            found = self._read(chunk)
            self.ids.append(found.values)
            self.lengths.append(found.lengths)
            columns = {**chunk.columns, self.column: arrow_of(found.lengths)}
            for name in self.own:
                columns[name] = arrow_of(np.arange(chunk.first, chunk.first + chunk.rows)).cast(pa.string())
            yield Chunk(chunk.first, chunk.rows, columns)

    def _read(self, chunk: Chunk) -> Lists:
        """The ids of one chunk, each of them a whole number that 32 bits hold."""
        try:
            with located(column=self.column):
                found = lists(chunk.columns[self.column], self._missing, self._marks, whole=True)
        except LstmprepError as error:
            if error.where.row is not None:
                error.where = self.inner.where(chunk.first + error.where.row, self.column)
            raise
        if (found.lengths < 1).any():
            raise DataError(
                "the cell holds no token id",
                fix="Leave the row out: a sequence has one step or more.",
                where=self.inner.where(chunk.first + int(np.argmax(found.lengths < 1)), self.column),
            )
        low, high = found.values.min(), found.values.max()
        if low < -LARGEST or high > LARGEST:
            at = int(np.argmax((found.values < -LARGEST) | (found.values > LARGEST)))
            raise DataError(
                f"the id {number(float(found.values[at]))} is beyond 32 bits",
                fix="Number the tokens from 1 on.",
                where=self.inner.where(chunk.first + int(found.rows[at]), self.column),
            )
        self.low, self.high = min(self.low, int(low)), max(self.high, int(high))
        if low < 0:
            below = np.flatnonzero(found.values < 0)
            self._first_below = self._first_below if self.below else chunk.first + int(found.rows[below[0]])
            self.below += len(below)
        return found

    def cell(self, row: int, column: str) -> str | None:
        """The text of a cell."""
        return str(row) if column in self.own else self.inner.cell(row, column)


def _free(name: str, taken: list[str]) -> str:
    while name in taken:
        name += "_"
    return name


def refuse_reserved(counts: Counts, pad: float) -> None:
    """Refuse ids that would read as padding.

    Raises
    ------
    DataError
        With the first row that holds one, and an id that is free.
    """
    if not counts.low <= pad <= counts.high:
        return
    ids, taken, first, at = counts.ids.view(), 0, -1, 0
    used = np.zeros(min(max(counts.high, 0), 1 << 20) + 2, bool)  # which small ids there are
    for at in range(0, len(ids), BLOCK):
        block = ids[at : at + BLOCK]
        here = np.flatnonzero(block == pad)
        if len(here) and first < 0:
            first = at + int(here[0])
        taken += len(here)
        used[block[(block >= 0) & (block < len(used))]] = True
    if not taken:
        return
    free = int(np.argmin(used)) if not used.all() else counts.high + 1
    if not 0 <= free <= LARGEST:
        free = counts.low - 1
    row = int(np.searchsorted(np.cumsum(counts.lengths.view()), first, side="right"))
    raise DataError(
        f"the id {number(pad)} is the pad value and would read as padding ({taken:,} of {counted(len(ids), 'id')})",
        fix=f"Pad with an id that no token has: --pad-value {free}.",
        where=counts.inner.where(row, counts.column),
    )


def expand(panel: Panel, counts: Counts, shelf: Shelf) -> None:
    """Put the ids in the place of their numbers: a row of the panel for each."""
    lengths = counts.lengths.view()
    source = panel.source_rows
    taken = lengths if source is None else lengths[source]
    ends = np.concatenate([[0], np.cumsum(taken)])
    panel.features = _ids(counts, source, taken, ends, shelf)[:, None]
    panel.starts, panel.stops = ends[panel.starts], ends[panel.stops]
    if panel.cuts is not None:
        panel.cuts = replace(panel.cuts, starts=ends[panel.cuts.starts], stops=ends[panel.cuts.stops])
    for name in ("targets", "future", "labels", "times"):
        values = getattr(panel, name)
        if values is not None:
            setattr(panel, name, _repeated(values, taken, shelf))
    rows = np.arange(len(taken), dtype=np.int64) if source is None else source
    panel.source_rows, panel.units = _repeated(rows, taken, shelf), ends


def _ids(counts: Counts, source: Any, taken: Any, ends: Any, shelf: Shelf) -> Any:
    """(tokens,) ids in the order of the panel."""
    ids = counts.ids.view()
    if source is None:
        return ids
    begins = np.cumsum(counts.lengths.view()) - counts.lengths.view()
    store = shelf.store(0, np.int32)
    for i, stop in _blocks(taken):
        shift = np.repeat(begins[source[i:stop]] - ends[i:stop], taken[i:stop])
        store.append(ids[shift + np.arange(ends[i], ends[stop])])
    return store.view()


def _repeated(values: Any, times: Any, shelf: Shelf) -> Any:
    """Each row as often as it has ids."""
    store = shelf.store(values.shape[1] if values.ndim == 2 else 0, values.dtype)
    for i, stop in _blocks(times):
        store.append(np.repeat(values[i:stop], times[i:stop], axis=0))
    return store.view()


def _blocks(lengths: Any) -> Iterator[tuple[int, int]]:
    """Runs of rows with a bounded number of ids, one row at the least."""
    ends = np.cumsum(lengths)
    at = 0
    while at < len(lengths):
        before = int(ends[at - 1]) if at else 0
        stop = max(at + 1, int(np.searchsorted(ends, before + BLOCK, side="right")))
        yield at, stop
        at = stop
