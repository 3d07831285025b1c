"""A long panel as a wide one: which row of the table stands in which cell.

    date  id  f1            time   p1  p2
    1     p1  1             1      0   1      rows of the table
    1     p2  3      ->     2      2   3
    2     p1  5             cells  0 1 2 3    in the order of (sequence, time, key)
    2     p2  7

A cell is one key at one time of one sequence. Cells are numbered in the order in which the wide table is read,
so those of a block of its rows are a run: nothing as large as rows x keys is ever made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lstmprep.arrow import arrow_of
from lstmprep.errors import DataError, LstmprepError, located
from lstmprep.ingest.clock import Clock, Restart
from lstmprep.ingest.keys import Coder, as_text, first_empty
from lstmprep.ingest.rhythm import clock_for
from lstmprep.panel import Shelf
from lstmprep.recipe import Recipe
from lstmprep.sources.base import As, Chunk, Source
from lstmprep.wording import counted, name_of

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Axes:
    """The columns that say where a row of the table goes."""

    pivot: str
    time: tuple[str, ...]
    keys: tuple[str, ...]


@dataclass(eq=False)
class Cells:
    """The cells of the wide table.

    Attributes
    ----------
    keys : pyarrow.StringArray
        The keys that become columns, in order.
    row, place : (cells,) int64, int32
        Row of the wide table, and which key.
    first : (cells,) int64
        The row of the table that stands in the cell, or that gives its address.
    order, bounds : (rows,), (cells + 1,) int64, or None
        Rows of the table of each cell, where the cell is their mean.
    starts : (wide rows + 1,) int64
        Where the cells of each row of the wide table begin.
    times : (wide rows,)
    sequences : dict of str to (texts, codes of every wide row)
    removed : (n,) int64
        Rows of the table left out as doubles, or averaged into another.
    averaged : int
        Cells that are a mean.
    """

    keys: pa.Array
    row: Ints
    place: NDArray[np.int32]
    first: Ints
    starts: Ints
    times: Any
    clock: Clock
    sequences: dict[str, tuple[pa.Array, Any]]
    order: Ints | None = None
    bounds: Ints | None = None
    removed: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    averaged: int = 0

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
        who = ", ".join(str(texts[int(codes[row])]) for texts, codes in self.sequences.values())
        return self.clock.text(self.times[row]) + (f" in the sequence {name_of(who)}" if who else "")


def cells_of(source: Source, axes: Axes, recipe: Recipe, shelf: Shelf) -> Cells:
    """Where every row of the table goes.

    Raises
    ------
    DataError
        If two rows go to one cell under ``--on-duplicate error``, or a key or a time is missing.
    """
    while True:
        clock = clock_for(recipe, axes.time)
        assert clock is not None
        try:
            return _Pass(source, axes, shelf, clock).cells(recipe.order.on_duplicate)
        except Restart:
            continue


class _Pass:
    """One pass over keys and times."""

    def __init__(self, source: Source, axes: Axes, shelf: Shelf, clock: Clock) -> None:
        self.source, self.axes, self.clock = source, axes, clock
        self.coders = {n: Coder(shelf, as_seen=n not in source.names) for n in (axes.pivot, *axes.keys)}
        self.times = None
        wanted: dict[str, As] = dict.fromkeys([*self.coders, *axes.time], "text")
        for chunk in source.chunks(wanted):
            for name, coder in self.coders.items():
                coder.add(self._keys(chunk, name))
            when = self._time(chunk)
            if self.times is None:
                self.times = shelf.store(0, clock.dtype)
            self.times.append(when)
        if self.times is None:
            raise DataError(
                "the table has no rows (0 rows below the header)", fix="Give a file with a header and rows."
            )

    def _keys(self, chunk: Chunk, name: str) -> pa.Array:
        with located(file=self.source.name, column=name):
            text = as_text(chunk.columns[name])
            empty = first_empty(text)
            if empty >= 0:
                raise DataError(
                    "the key is empty",
                    fix="Give every row its key; a row without one belongs to no column.",
                    where=self.source.where(chunk.first + empty, name),
                )
            return text

    def _time(self, chunk: Chunk) -> Any:
        try:
            with located(file=self.source.name, column=", ".join(self.axes.time)):
                return self.clock.read([chunk.columns[n] for n in self.axes.time], chunk.first)
        except LstmprepError as error:
            if error.where.row is not None:
                place = self.source.where(error.where.row, error.where.column)
                error.where = type(place)(place.file, place.row, place.line, error.where.column)
            raise

    def cells(self, policy: str) -> Cells:
        """The cells of these rows."""
        assert self.times is not None
        found = {name: coder.finish() for name, coder in self.coders.items()}
        keys, place = found.pop(self.axes.pivot)
        group = np.zeros(len(place), np.int64)
        for texts, codes in found.values():  # made small again after each: the product of all could overflow
            group = np.unique(group * len(texts) + codes, return_inverse=True)[1].reshape(-1)
        times = self.times.view()
        order = np.lexsort((place, times, group)) if found else np.lexsort((place, times))
        fresh = np.ones(len(order), bool)
        fresh[1:] = np.diff(times[order]) != 0
        fresh[1:] |= np.diff(group[order]) != 0
        wide = np.cumsum(fresh) - 1
        places = place[order]
        again = np.zeros(len(order), bool)
        again[1:] = ~fresh[1:] & (places[1:] == places[:-1])
        out = Cells(
            keys, wide, places, order, np.append(np.flatnonzero(fresh), len(order)), times[order[fresh]], self.clock,
            {name: (texts, codes[order[fresh]]) for name, (texts, codes) in found.items()},
        )  # fmt: skip
        return self._without_doubles(out, again, policy) if again.any() else out

    def _without_doubles(self, cells: Cells, again: NDArray[np.bool_], policy: str) -> Cells:
        if policy == "error":
            raise self._double(cells, again)
        order, begins = cells.first, np.flatnonzero(~again)
        stands = np.append(begins[1:], len(again)) - 1 if policy == "last" else begins
        gone = np.ones(len(again), bool)
        gone[stands] = False
        cells.removed = np.sort(order[gone])
        if policy == "mean":
            cells.order, cells.bounds = order, np.append(begins, len(again))
            cells.averaged = int(np.count_nonzero(np.diff(cells.bounds) > 1))
        cells.starts = np.concatenate([[0], np.cumsum(~again)])[cells.starts]
        cells.row, cells.place, cells.first = cells.row[stands], cells.place[stands], order[stands]
        return cells

    def _double(self, cells: Cells, again: NDArray[np.bool_]) -> DataError:
        at = int(np.argmax(again))
        first, second = int(cells.first[at - 1]), int(cells.first[at])
        more = f" ({counted(int(again.sum()), 'row')} like it in all)" if again.sum() > 1 else ""
        key = name_of(str(cells.keys[int(cells.place[at])]))
        return DataError(
            f"the key {key} has two rows at {cells.told(int(cells.row[at]))}, the first is row {first + 1:,}{more}",
            fix="Keep one of them with --on-duplicate first, last or mean, or name what tells them apart with --group-by.",
            where=self.source.where(second, self.axes.pivot),
        )


def sources(cells: Cells) -> tuple[Ints, Ints]:
    """(rows of the table, where those of each row of the wide table begin), in the order of the table."""
    order = np.lexsort((cells.first, cells.row))
    return cells.first[order], cells.starts


def keys_taken(cells: Cells, name: str, first: int, stop: int) -> pa.Array:
    """The text of a key column of the sequences, for some rows of the wide table."""
    texts, codes = cells.sequences[name]
    return texts.take(arrow_of(codes[first:stop]))
