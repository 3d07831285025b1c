"""A long panel as a wide one: which row of the table stands in which cell.

    date  id  f1            time   p1  p2
    1     p1  1             1      0   1      rows of the table
    1     p2  3      ->     2      2   3
    2     p1  5             cells  0 1 2 3    in the order of (sequence, time, key)
    2     p2  7

A cell is one key at one time of one sequence. Cells are numbered in the order in which the wide table is read,
so those of a block of its rows are a run: nothing as large as rows x keys is ever made, and what is as
long as the table lies in files without a name when it is long.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lstmprep.arrow import arrow_of
from lstmprep.errors import DataError
from lstmprep.ingest.begins import run_of
from lstmprep.ingest.clock import Clock
from lstmprep.ingest.order import Keyed, Sequences, sequences_of
from lstmprep.ingest.rhythm import clock_for
from lstmprep.ingest.rows import Rows
from lstmprep.ingest.whole import keyed_rows
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.sources.base import Source
from lstmprep.stores import RowStore, Shelf
from lstmprep.wording import counted, name_of

PIECE = 1 << 17  # rows of the table sorted into cells at a time
Ints = NDArray[np.int64]


@record(frozen=True)
class Axes:
    """The columns that say where a row of the table goes."""

    pivot: str
    time: tuple[str, ...]
    keys: tuple[str, ...]


@record(eq=False)
class Cells:
    """The cells of the wide table.

    Attributes
    ----------
    keys : pyarrow.StringArray
        The keys that become columns, in order.
    place, first : (cells,) int32, int64
        Which key, and the row of the table that stands in the cell, or that gives its address.
    starts : (wide rows + 1,) int64
        Where the cells of each row of the wide table begin.
    times, sequence : (wide rows,)
    texts : dict of str to pyarrow.StringArray
        The key of every sequence.
    order, bounds : (rows,), (cells + 1,) int64, or None
        Rows of the table of each cell, where a cell is their mean.
    removed : (n,) int64
        Rows of the table left out as doubles, or averaged into another.
    averaged : int
        Cells that are a mean.
    """

    keys: pa.Array
    clock: Clock
    texts: dict[str, pa.Array]
    place: Any
    first: Any
    starts: Any
    times: Any
    sequence: Any
    order: Any
    bounds: Any
    removed: Ints
    averaged: int

    @property
    def rows(self) -> int:
        """Rows of the wide table."""
        return len(self.times)

    def at(self, row: int, place: int) -> int:
        """The row of the table in one cell; -1 where there is none."""
        low, high = int(self.starts[row]), int(self.starts[row + 1])
        i = low + int(np.searchsorted(self.place[low:high], place))
        return int(self.first[i]) if i < high and self.place[i] == place else -1

    def told(self, row: int) -> str:
        """The time of a row of the wide table, and its sequence, for a message."""
        return _told(self.clock, self.texts, self.times[row], int(self.sequence[row]))

    def taken(self, name: str, first: int, stop: int) -> pa.Array:
        """The text of a key column of the sequences, for some rows of the wide table."""
        return self.texts[name].take(arrow_of(self.sequence[first:stop]))

    def sources(self, shelf: Shelf) -> Any:
        """(cells,) rows of the table: those of a row of the wide table in the order of the table."""
        out = shelf.store(0, np.int64)
        step = max(1, PIECE // max(1, len(self.keys)))
        for i in range(0, self.rows, step):
            starts = np.asarray(self.starts[i : i + step + 1])
            rows = self.first[starts[0] : starts[-1]]
            out.append(rows[np.lexsort((rows, np.repeat(np.arange(len(starts) - 1), np.diff(starts))))])
        return out.view()


def _told(clock: Clock, texts: dict[str, pa.Array], time: Any, sequence: int) -> str:
    who = ", ".join(str(column[sequence]) for column in texts.values())
    return clock.text(time) + (f" in the sequence {name_of(who)}" if who else "")


def cells_of(source: Source, axes: Axes, recipe: Recipe, shelf: Shelf) -> Cells:
    """Where every row of the table goes.

    Raises
    ------
    DataError
        If two rows go to one cell under ``--on-duplicate error``, or a key or a time is missing.
    """
    clock = clock_for(recipe, axes.time)
    assert clock is not None
    rows = keyed_rows(source, recipe, (*axes.keys, axes.pivot), clock, shelf)
    assert rows.times is not None
    grouped = recipe.framing.kind != "reshape"
    return _Sorter(rows, rows.times.view(), clock, axes, source, shelf, grouped=grouped).cells(
        recipe.order.on_duplicate
    )


class _Sorter:
    """Rows of the table into cells, a piece at a time; no row of the wide table lies in two pieces."""

    def __init__(
        self, rows: Rows, times: Any, clock: Clock, axes: Axes, source: Source, shelf: Shelf, *, grouped: bool
    ) -> None:
        self._grouped = grouped  # whether --group-by is an option
        self.axes, self.source, self.clock, self.times, self._runs = axes, source, clock, times, rows.runs
        self._shelf = shelf
        self.keys, self._codes = rows.keys[axes.pivot]
        groups = {name: rows.keys[name] for name in axes.keys}
        astray = any(
            bool((times[i + 1 : i + PIECE + 1] < times[i : i + PIECE][: max(0, len(times) - i - 1)]).any())
            for i in range(0, len(times), PIECE)
        )
        runs = rows.runs if groups else np.zeros(1, np.int64)
        self.found: Sequences = sequences_of(Keyed(rows.rows, runs, groups, int(astray)), times, shelf)
        self._ends = np.cumsum(self.found.stops - self.found.starts)
        self._doubles, self._first_double = 0, (-1, -1)
        self.stores = {
            "place": shelf.store(0, np.int32), "first": shelf.store(0, np.int64), "many": shelf.store(0, np.int64),
            "times": shelf.store(0, times.dtype), "sequence": shelf.store(0, np.int64), "order": shelf.store(0, np.int64),
            "size": shelf.store(0, np.int64), "removed": shelf.store(0, np.int64),
        }  # fmt: skip

    def cells(self, policy: str) -> Cells:
        """The cells of these rows."""
        for rows, sequence in self._pieces():
            self._settle(rows, sequence, policy)
        if self._doubles and policy == "error":
            raise self._double()
        store = {name: s.view() for name, s in self.stores.items()}
        mean = policy == "mean" and self._doubles > 0
        return Cells(
            self.keys, self.clock, self.found.keys, store["place"], store["first"], _ends_of(self.stores["many"], self._shelf),
            store["times"], store["sequence"], store["order"] if mean else None, _ends_of(self.stores["size"], self._shelf) if mean else None,
            np.sort(store["removed"]), int(np.count_nonzero(store["size"] > 1)) if mean else 0,
        )  # fmt: skip

    def _at(self, low: int, high: int) -> tuple[Ints, Ints]:
        """(rows of the table, their sequences) at some places of the order of sequences and times."""
        places = np.arange(low, high)
        sequence = np.searchsorted(self._ends, places, side="right")
        if self.found.order is not None:
            return np.asarray(self.found.order[low:high]), sequence
        lengths = self.found.stops - self.found.starts
        return self.found.starts[sequence] + places - (self._ends - lengths)[sequence], sequence

    def _pieces(self) -> Iterator[tuple[Ints, Ints]]:
        low, total = 0, len(self.times)
        while low < total:
            high = min(low + PIECE, total)
            rows, sequence = self._at(low, high)
            while high < total:  # the last time is taken whole
                more, of = self._at(high, min(high + PIECE, total))
                same = (of == sequence[-1]) & (self.times[more] == self.times[rows[-1]])
                taken = int(np.argmin(same)) if not same.all() else len(same)
                rows, sequence = np.append(rows, more[:taken]), np.append(sequence, of[:taken])
                high += taken
                if taken < len(same):
                    break
            yield rows, sequence
            low = high

    def _settle(self, rows: Ints, sequence: Ints, policy: str) -> None:
        """Put the cells of some whole rows of the wide table in order, and settle doubles."""
        times = self.times[rows]
        place = self._codes[run_of(self._runs, rows)]
        fresh = np.ones(len(rows), bool)
        fresh[1:] = (times[1:] != times[:-1]) | (sequence[1:] != sequence[:-1])
        wide = np.cumsum(fresh) - 1
        order = np.lexsort((place, wide))
        rows, place, wide = rows[order], place[order], wide[order]
        again = np.zeros(len(rows), bool)
        again[1:] = (wide[1:] == wide[:-1]) & (place[1:] == place[:-1])
        begins = np.flatnonzero(~again)
        stands = np.append(begins[1:], len(rows)) - 1 if policy == "last" else begins
        if again.any():
            if not self._doubles:
                at = int(np.argmax(again))
                self._first_double = (int(rows[at - 1]), int(rows[at]))
                self._double_at = (times[fresh][wide[at]], int(sequence[fresh][wide[at]]), int(place[at]))
            self._doubles += int(again.sum())
            gone = np.ones(len(rows), bool)
            gone[stands] = False
            self.stores["removed"].append(rows[gone])
        put = {
            "place": place[stands], "first": rows[stands], "many": np.bincount(wide[stands]), "times": times[fresh],
            "sequence": sequence[fresh],
        }  # fmt: skip
        if policy == "mean":
            put |= {"order": rows, "size": np.diff(np.append(begins, len(rows)))}
        for name, values in put.items():
            self.stores[name].append(values)

    def _double(self) -> DataError:
        (first, second), (time, sequence, place) = self._first_double, self._double_at
        more = f" ({counted(self._doubles, 'row')} like it in all)" if self._doubles > 1 else ""
        return DataError(
            f"the key {name_of(str(self.keys[place]))} has two rows at {_told(self.clock, self.found.keys, time, sequence)}, "
            f"the first is row {first + 1:,}{more}",
            fix="Keep one of them with --on-duplicate first, last or mean"
            f"{', or name what tells them apart with --group-by' if self._grouped else ''}.",
            where=self.source.where(second, self.axes.pivot),
        )


def _ends_of(counts: RowStore, shelf: Shelf) -> Any:
    """Where each begins, and the end."""
    values, store, total = counts.view(), shelf.store(0, np.int64), 0
    store.append(np.zeros(1, np.int64))
    for i in range(0, len(values), PIECE):
        ends = np.cumsum(values[i : i + PIECE]) + total
        store.append(ends)
        total = int(ends[-1])
    return store.view()


class Block:
    """Some rows of the wide table, and the cells in them: values of the long table go to (row, key)."""

    def __init__(self, cells: Cells, first: int, stop: int, keys: int) -> None:
        self.cells, self.shape = cells, (stop - first, keys)
        starts = np.asarray(cells.starts[first : stop + 1])
        self.run = slice(int(starts[0]), int(starts[-1]))
        self.at = (np.repeat(np.arange(stop - first), np.diff(starts)), cells.place[self.run])

    def numbers(self, values: Any) -> Any:
        """(rows, keys, columns) float64, NaN where no row of the table stands."""
        cells = self.cells
        if cells.order is None:
            found = values[cells.first[self.run]]
        else:
            bounds = cells.bounds[self.run.start : self.run.stop + 1]
            block = values[cells.order[bounds[0] : bounds[-1]]]
            found = np.add.reduceat(block, bounds[:-1] - bounds[0], axis=0) / np.diff(bounds)[:, None]
        out = np.full((*self.shape, values.shape[1]), np.nan)
        out[self.at] = found
        return out

    def codes(self, codes: Any) -> Any:
        """(rows, keys) int64 codes, -1 where no row of the table stands; of averaged rows the first one's."""
        out = np.full(self.shape, -1, np.int64)
        out[self.at] = codes[self.cells.first[self.run]]
        return out
