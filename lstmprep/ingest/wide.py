"""``--pivot``: a source around a source that reads a long panel as a wide table.

    date,id,f1,f2                date  f1@p1  f2@p1  f1@p2  f2@p2
    1,p1,1,2                     1     1      2      3      4
    1,p2,3,4              ->     2     5      6      7      8
    2,p1,5,6                     columns key by key, so that a row is (keys, features)
    2,p2,7,8

Rows are the distinct times, of each sequence where ``--group-by`` makes some. Whatever reads columns reads these:
missing values, labels, scaling and framing know nothing of keys. Memory follows rows and one block, never rows x keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from lstmprep.arrow import arrow_of
from lstmprep.errors import DataError, RecipeError, Where, located
from lstmprep.ingest.cells import Axes, Block, Cells, cells_of
from lstmprep.ingest.faults import not_a_number
from lstmprep.ingest.keys import Coder, as_text
from lstmprep.ingest.numbers import ColumnFacts, floats
from lstmprep.naming import Groups, resolve
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe
from lstmprep.sources.around import Around
from lstmprep.sources.base import As, Chunk, Described, Source
from lstmprep.sources.several import FOLDER_KEY
from lstmprep.stores import Shelf, stack
from lstmprep.wording import counted, listed, name_of, quoted

PIECE = 1 << 18  # values of one block of wide rows
MOST = 1_000_000  # columns of a wide table


class Wide(Around):
    """A long panel read as a wide table.

    Parameters
    ----------
    inner : Source
    recipe : Recipe
    shelf : Shelf
    own : tuple of str
        Key columns that the reading adds.
    groups : mapping of name to names
        Columns that one name of the inner source stands for.

    Attributes
    ----------
    groups : dict of str to tuple of str
        The wide columns of every long one.

    Raises
    ------
    RecipeError
        If a name is unknown, plays two parts or is taken.
    DataError
        If two rows go to one cell, or a key or time is missing.
    """

    def __init__(self, inner: Source, recipe: Recipe, shelf: Shelf, own: tuple[str, ...], groups: Groups) -> None:
        super().__init__(inner)
        self._shelf, self._recipe, self._reading = shelf, recipe, recipe.reading
        self.axes = _axes(inner, recipe, own, groups)
        self.cells: Cells = cells_of(inner, self.axes, recipe, shelf)
        taken = {self.axes.pivot, *self.axes.time, *self.axes.keys}
        self.columns = [n for n in inner.names if n not in taken]
        self.key_texts = [str(k) for k in self.cells.keys.to_pylist()]
        self.time = ", ".join(self.axes.time)
        self._require_columns()
        self._places = {f"{n}@{k}": (n, i) for i, k in enumerate(self.key_texts) for n in self.columns}
        spread_names = [f"{n}@{k}" for k in self.key_texts for n in self.columns]
        self.names = [*(k for k in self.axes.keys if k in inner.names), self.time, *spread_names]
        self._require_names()
        by_name = {n: tuple(f"{n}@{k}" for k in self.key_texts) for n in self.columns}
        spread = {g: tuple(w for n in ns for w in by_name.get(n, ())) for g, ns in groups.items()}
        self.groups = {g: names for g, names in (by_name | spread).items() if names}
        self._texts: set[str] = set()  # columns of numbers that hold something else
        self._stored: Any = None

    def _require_columns(self) -> None:
        if not self.columns:
            raise DataError(
                f"no column is left to spread: {listed(self.inner.names)} are keys and times",
                fix="Give a table with a column of values.",
            )
        width = len(self.columns) * len(self.key_texts)
        if width > MOST:
            raise DataError(
                f"{counted(len(self.key_texts), 'key')} of {name_of(self.axes.pivot)} make {width:,} columns",
                fix="Is it the column that names the series? Name another one with --pivot.",
            )

    def _require_names(self) -> None:
        seen: set[str] = set()
        for name in self.names:
            if name in seen:
                raise RecipeError(f"--pivot makes two columns {quoted(name)}", fix="Rename a column of the table.")
            seen.add(name)

    @property
    def rows(self) -> int:
        """Rows of the wide table."""
        return self.cells.rows

    @property
    def pivoted(self) -> str:
        """What was done, in words."""
        each = " of each sequence" if self.axes.keys else ""
        return (
            f"{counted(self.inner.rows, 'row')} became {self.rows:,}, one for each {self.time}{each}: the columns "
            f"{listed(self.columns, 6)} once for each of {counted(len(self.key_texts), 'key')} of {name_of(self.axes.pivot)} ({listed(self.key_texts, 6)})"
        )

    def narrowed(self, recipe: Recipe) -> Recipe:
        """The recipe for the wide table: its times are typed, its keys have their names."""
        keys = tuple(k for k in self.axes.keys if k in self.inner.names)
        order = replace(recipe.order, time=(self.time,), time_format=None, group_by=keys, on_duplicate="error")
        return replace(recipe, order=order, timing=replace(recipe.timing, time_unit=None))

    def look(self) -> dict[str, Described]:
        """What the columns hold: every key's what the long column does."""
        inner = self.inner.look()
        kind = "time" if self.cells.clock.kind == "instant" else "number"
        keys = {k: Described("text") for k in self.names[: self.names.index(self.time)]}
        return keys | {self.time: Described(kind, kind)} | {w: inner[n] for w, (n, _) in self._places.items()}  # type: ignore[arg-type]

    def chunks(self, wanted: Mapping[str, As]) -> Iterator[Chunk]:
        """The rows of the wide table in the order of sequences and times."""
        asked: dict[str, As] = {}
        for name, kind in wanted.items():
            if name in self._places:
                column = self._places[name][0]
                asked[column] = kind if asked.get(column, kind) == kind and column not in self._texts else "text"
        numbers, texts = self._values(asked)
        step = max(1, PIECE // max(1, len(asked) * len(self.key_texts)))
        for first in range(0, self.rows, step):
            stop = min(first + step, self.rows)
            spread = Block(self.cells, first, stop, len(self.key_texts))
            values = spread.numbers(numbers[1]) if numbers[0] else None
            codes = {n: spread.codes(found[1]) for n, found in texts.items()}
            columns = {}
            for name in wanted:
                if name not in self._places:
                    columns[name] = self._axis(name, first, stop)
                    continue
                column, place = self._places[name]
                if column in codes:
                    found = codes[column][:, place]
                    columns[name] = texts[column][0].take(arrow_of(np.maximum(found, 0), None, found >= 0))
                else:
                    assert values is not None
                    columns[name] = arrow_of(values[:, place, numbers[0].index(column)])
            yield Chunk(first, stop - first, columns)

    def _axis(self, name: str, first: int, stop: int) -> pa.Array:
        if name == self.time:
            return arrow_of(self.cells.times[first:stop], self.cells.clock.arrow_type())
        return self.cells.taken(name, first, stop)

    def _values(self, asked: dict[str, As]) -> Any:
        """((columns of numbers, (rows, n) float64), texts and codes by column) of the long table."""
        if self._stored is not None and self._stored[0] == asked:
            return self._stored[1]
        numbers = [n for n, kind in asked.items() if kind == "number" and n not in self._texts]
        store = self._shelf.store(len(numbers), np.float64)
        coders = {n: Coder(self._shelf) for n in asked if n not in numbers}
        facts = {n: ColumnFacts() for n in numbers}
        marks = (self._reading.decimal, self._reading.thousands)
        for chunk in self.inner.chunks({n: "number" if n in facts else "text" for n in asked}):
            found = []
            for name in asked:
                with located(file=self.name, column=name):
                    cells = chunk.columns[name]
                    if name in facts:
                        found.append(floats(cells, facts[name], chunk.first, self._reading.missing_texts, marks))
                        facts[name].missing += int(np.isnan(found[-1]).sum())
                    else:
                        coders[name].add(as_text(cells).fill_null(""))
            if found:
                stack(found, store)
        odd = {n for n, f in facts.items() if f.odd.count or f.words}
        for name in odd:
            real = self.inner.rows - facts[name].missing
            if facts[name].odd.count and real > facts[name].odd.count:
                raise not_a_number(self.inner, self._recipe, name, facts[name], answer=False)
        if odd:  # who reads the wide table decides about them
            self._texts |= odd
            return self._values(asked)
        self._stored = (
            dict(asked),
            ((numbers, store.view() if numbers else None), {n: c.finish() for n, c in coders.items()}),
        )
        return self._stored[1]

    def absent(self, row: int, column: str) -> str | None:
        """Why a cell is missing, where no row of the table stands in it."""
        if column not in self._places or self.cells.at(row, self._places[column][1]) >= 0:
            return None
        return f"the key {name_of(self.key_texts[self._places[column][1]])} has no row at {self.cells.told(row)}"

    def where(self, row: int, column: str | None = None) -> Where:
        """The row of the table that stands in a cell; of a time or key the first there is."""
        if column not in self._places:
            return self.inner.where(int(self.cells.first[self.cells.starts[row]]), column)
        name, place = self._places[column]
        at = self.cells.at(row, place)
        return self.inner.where(at, name) if at >= 0 else Where(self.name, column=column)

    def cell(self, row: int, column: str) -> str | None:
        """The text of a cell as it stands in the table."""
        if column not in self._places:
            return self.inner.cell(int(self.cells.first[self.cells.starts[row]]), column)
        name, place = self._places[column]
        at = self.cells.at(row, place)
        return self.inner.cell(at, name) if at >= 0 else None

    def gridded(self, features: tuple[str, ...]) -> tuple[str, ...]:
        """The features of ``--layout panel``: key by key, of every key the same columns.

        Raises
        ------
        RecipeError
            If a key lacks a column that another one has.
        """
        columns = list(dict.fromkeys(self._places[f][0] if f in self._places else f for f in features))
        wanted = [f"{n}@{k}" for k in self.key_texts for n in columns]
        lacking = [w for w in wanted if w not in features]
        if lacking or len(wanted) != len(features):
            raise RecipeError(
                f"--layout panel needs the same features of every key, and {listed(lacking or features, 4)} "
                f"{'is' if len(lacking) == 1 else 'are'} {'not among them' if lacking else 'of no key'}",
                fix=f"Choose whole columns with --features {name_of(self.columns[0])}, or leave --layout panel out.",
            )
        return tuple(wanted)

    def finish(self, panel: Panel) -> None:
        """Rows of the table for the rows of a panel that was made of the wide table."""
        rows, starts = self.cells.sources(self._shelf), self.cells.starts
        panel.pivot = tuple(self.key_texts)
        whole = Panel(panel.features, starts[:-1], starts[1:], {}, source_rows=rows, source_bounds=starts)
        panel.left_out = [(why, whole.sources(left)) for why, left in panel.left_out]
        if panel.source_rows is None and panel.source_bounds is None:
            panel.source_rows, panel.source_bounds = rows, starts
            return
        wide = np.arange(self.rows) if panel.source_rows is None else panel.source_rows
        bounds = np.arange(len(wide) + 1) if panel.source_bounds is None else panel.source_bounds
        ends = np.concatenate([[0], np.cumsum(np.diff(starts)[wide])])
        panel.source_rows = whole.sources(wide)
        panel.source_bounds = ends[bounds]


def _axes(inner: Source, recipe: Recipe, own: tuple[str, ...], groups: Groups) -> Axes:
    order = recipe.order
    assert order.pivot is not None
    pivot = resolve([order.pivot], inner.names, "--pivot", groups)
    if len(pivot) > 1:
        raise RecipeError(f"--pivot names {counted(len(pivot), 'column')}", fix="Name the one that names the series.")
    axes = Axes(
        pivot[0],
        resolve(order.time, inner.names, "--time", groups),
        (
            *resolve(order.group_by, inner.names, "--group-by", groups),
            *own,
            *([FOLDER_KEY] if recipe.columns.label_from else []),  # one folder a file: it tells no more apart
        ),
    )
    for flag, names in (("--time", axes.time), ("--group-by", axes.keys)):
        if axes.pivot in names:
            raise RecipeError(
                f"column {quoted(axes.pivot)} is both --pivot and {flag}",
                fix="Name the column that names the series with --pivot alone.",
            )
    return axes
