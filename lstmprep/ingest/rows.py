"""One pass over the rows: text and types become stored numbers, in the order of the file.

    chunk of columns -> numbers -> RowStores (features, targets, ...), codes, times, runs of keys

The pass refuses what no policy can mend (a text among numbers, an infinite value, a row
without a time) where it stands, and counts what a policy decides (missing values).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lstmprep.arrow import is_in, mask, nulls
from lstmprep.columns import Roles
from lstmprep.errors import LstmprepError, located
from lstmprep.ingest.begins import Begins
from lstmprep.ingest.faults import beyond, infinite, mixed, no_rows, not_a_number, written_otherwise
from lstmprep.ingest.keys import Coder, as_text
from lstmprep.ingest.numbers import ColumnFacts, Floats, inexact, is_whole, text_holds_numbers
from lstmprep.ingest.spelled import Spelled
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.scratch import OFTEN, give_back
from lstmprep.sources.ahead import WORTH_A_THREAD, ahead
from lstmprep.sources.base import As, Chunk, Source
from lstmprep.stores import RowStore, Shelf, stack
from lstmprep.wording import quoted

if TYPE_CHECKING:
    from lstmprep.follower import Follower
    from lstmprep.ingest.clock import Clock

Progress = Callable[[int, int], None]


@record(eq=False)
class Rows:
    """What one pass has read, rows in the order of the file."""

    rows: int
    features: RowStore
    targets: RowStore
    future: RowStore
    static: RowStore
    times: RowStore | None
    clock: Clock | None
    labels: tuple[pa.Array, NDArray[np.int32]] | None
    categories: dict[str, tuple[pa.Array, NDArray[np.int32]]]
    keys: dict[str, tuple[pa.Array, NDArray[np.int32]]]
    runs: NDArray[np.int64] | None  # where runs of one key begin; None when each row is one
    stretches: int  # runs that are as long as they can be
    facts: dict[str, ColumnFacts]
    out_of_order: int = 0
    rising: bool = False  # whether no time is less than that of the row before
    first_missing_label: int = -1
    missing_labels: int = 0
    demoted: dict[str, str] = field(default_factory=dict)


class Reader:
    """One pass over a source.

    Parameters
    ----------
    source, recipe, roles
        What to read, and what each column is for.
    shelf : Shelf
        Where rows are kept.
    clock : Clock or None
        Reads the time columns.
    """

    def __init__(self, source: Source, recipe: Recipe, roles: Roles, shelf: Shelf, clock: Clock | None) -> None:
        self.source, self.recipe, self.roles, self.clock = source, recipe, roles, clock
        dtype = np.dtype(np.float64 if recipe.computes else recipe.arrays.dtype)
        self.numbers = tuple(dict.fromkeys([*roles.numeric_features, *roles.targets, *roles.future, *roles.static]))
        self.facts = {name: ColumnFacts() for name in (*self.numbers, *roles.unread)}
        self.missing = recipe.reading.missing_texts
        self.spelled = Spelled.of(recipe.reading)
        self.stores = {
            "features": (roles.numeric_features, shelf.store(len(roles.numeric_features), dtype)),
            "targets": (roles.targets, shelf.store(len(roles.targets), dtype)),
            "future": (roles.future, shelf.store(len(roles.future), dtype)),
            "static": (roles.static, shelf.store(len(roles.static), np.float64)),
        }
        self.shelf = shelf
        self.times: RowStore | None = None
        self.begins = Begins(source, roles.keys, shelf)
        self.coders = {
            name: Coder(shelf) for name in (*roles.categorical, *([roles.label] if roles.label is not None else []))
        }
        self.gaps: dict[str, list[NDArray[np.int64]]] = {name: [] for name in self.coders}
        self._last_time: Any = None
        kept = np.finfo(recipe.arrays.dtype)
        self._largest = float(2 ** (kept.nmant + 1))  # whole numbers up to here are exact
        self._beyond_is = float(np.finfo(dtype).max)  # what is computed with may be smaller in the end
        self.out_of_order, self.rising = 0, True
        if shelf.follower is not None:
            shelf.follower.begin(self.stores["features"][1])

    def read(self, progress: Progress | None = None) -> Rows:
        """All rows.

        Raises
        ------
        DataError
            If a cell is no number, is infinite or beyond the output's type, or lacks a key or a time.
        """
        wanted: dict[str, As] = dict.fromkeys(self.numbers, "number")
        wanted |= dict.fromkeys([*self.roles.unread, *self.coders, *self.roles.keys, *self.roles.time], "text")
        twice = [n for n in (*self.coders, *self.roles.keys, *self.roles.time) if n in self.facts]
        wanted |= dict.fromkeys(twice, "text")
        chunks, taken = self.source.chunks(wanted), 0
        busy = self.shelf.follower.busy if self.shelf.follower is not None else bool
        # nothing else may hold the reader ahead: it ends as soon as this loop does, whatever is raised here
        for chunk in ahead(chunks, busy) if self.source.bytes > WORTH_A_THREAD and self.shelf.workers != 1 else chunks:
            self._take(chunk)
            if self.shelf.follower is not None:
                self._tell(self.shelf.follower)
            if not (taken := taken + 1) % OFTEN:
                give_back()
            if progress is not None:
                progress(chunk.first + chunk.rows, 0)
        rows = self.source.rows
        if not rows:
            raise no_rows()
        label = self.roles.label
        gone = self._gaps_of(label) if label is not None else np.empty(0, np.int64)
        stores = {name: store for name, (_, store) in self.stores.items()}
        coded = {name: self._finished(name) for name in self.coders}  # once each: a column may be class and category
        keys, runs = self.begins.finish()
        return Rows(
            rows=rows, **stores, times=self.times, clock=self.clock,
            labels=coded[label] if label is not None else None,
            categories={name: coded[name] for name in self.roles.categorical},
            keys=keys, runs=runs, stretches=self.begins.stretches,
            facts=self.facts, out_of_order=self.out_of_order, rising=self.rising,
            first_missing_label=int(gone[0]) if len(gone) else -1, missing_labels=len(gone),
            demoted=self._verdicts(),
        )  # fmt: skip

    def _take(self, chunk: Chunk) -> None:
        values = {}
        for name in self.numbers:
            with self._at(name):
                values[name] = self._column(chunk, name)
        for names, store in self.stores.values():
            if names:
                stack([values[n] for n in names], store)
        for name in self.roles.unread:
            text_holds_numbers(as_text(chunk.columns[name]), self.facts[name], chunk.first, self.missing)
        for name, coder in self.coders.items():
            with self._at(name):
                self._code(name, coder, chunk)
        fresh = self.begins.take(chunk)
        if self.clock is not None:
            self._time(chunk, fresh)

    def _tell(self, follower: Follower) -> None:
        """Rows that are out of order will move, and where values are missing samples may fall out."""
        if self.out_of_order or any(self.facts[name].missing for name in self.roles.numeric_features):
            follower.stop()
        else:
            follower.grown()

    def _column(self, chunk: Chunk, name: str) -> Floats:
        facts = self.facts[name]
        values = self.spelled.floats(chunk.columns[name], facts, chunk.first)
        if facts.odd.count and name not in self.roles.tentative:
            answer, real = name in self.roles.targets, int(np.count_nonzero(~np.isnan(values)))
            raise not_a_number(self.source, self.recipe, name, facts, answer=answer, mostly=facts.odd.count > real)
        low, high = float(values.min()), float(values.max())  # NaN as soon as one is missing
        if np.isnan(low):
            gone = np.isnan(values)
            if facts.first_missing < 0:
                facts.first_missing = chunk.first + int(np.argmax(gone))
            facts.missing += int(gone.sum())
            low, high = (np.inf, -np.inf) if gone.all() else (float(np.nanmin(values)), float(np.nanmax(values)))
        if (np.isinf(low) and low < 0) or (np.isinf(high) and high > 0):
            at = int(np.flatnonzero(np.isinf(values))[0])
            raise infinite(self.source, name, chunk.first + at)
        facts.low, facts.high = min(facts.low, low), max(facts.high, high)
        if max(-low, high) > self._beyond_is:
            at = int(np.flatnonzero(np.abs(values) > self._beyond_is)[0])
            raise beyond(self.source, name, chunk.first + at, float(values[at]), self.recipe.arrays.dtype)
        if max(-low, high) >= self._largest and facts.inexact is None:
            exact = pa.types.is_integer(chunk.columns[name].type)
            facts.inexact = inexact(values, self.recipe.arrays.dtype, self._largest, exact=exact)
        facts.whole = facts.whole and is_whole(values[:64]) and is_whole(values)  # most columns are told by a few
        if facts.rising:
            facts.rising = bool(values[0] > facts.last) and bool((values[1:] > values[:-1]).all())
            facts.last = float(values[-1])
        return values

    def _code(self, name: str, coder: Coder, chunk: Chunk) -> None:
        from pyarrow import compute

        cells = as_text(chunk.columns[name])
        gone = is_in(cells, self.missing)
        empty = nulls(cells)
        if empty is not None:
            gone |= empty
        if gone.any():
            self.gaps[name].append(np.flatnonzero(gone) + chunk.first)
            cells = compute.filter(cells, mask(~gone))
        coder.add(cells)

    def _gaps_of(self, name: str) -> NDArray[np.int64]:
        found = self.gaps[name]
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def _finished(self, name: str) -> tuple[pa.Array, NDArray[np.int32]]:
        """(classes, the code of every row, -1 where it is missing)."""
        texts, codes = self.coders[name].finish()
        gone = self._gaps_of(name)
        if not len(gone):
            return texts, codes
        real = np.ones(self.source.rows, bool)
        real[gone] = False
        out = self.shelf.store(0, np.int32)
        at = 0
        for i in range(0, len(real), 1 << 20):
            block = np.full(len(real[i : i + (1 << 20)]), -1, np.int32)
            here = int(real[i : i + (1 << 20)].sum())
            block[real[i : i + (1 << 20)]] = codes[at : at + here]
            at += here
            out.append(block)
        return texts, out.view()

    def _time(self, chunk: Chunk, fresh: NDArray[np.bool_]) -> None:
        assert self.clock is not None
        try:
            with self._at(", ".join(self.roles.time)):
                when = self.clock.read([chunk.columns[n] for n in self.roles.time], chunk.first)
        except LstmprepError as error:
            if error.where.row is not None:
                place = self.source.where(error.where.row, error.where.column)
                error.where = type(place)(place.file, place.row, place.line, error.where.column)
            raise
        if self.times is None:
            self.times = self.shelf.store(0, self.clock.dtype)
        back = np.empty(len(when), bool)
        back[1:] = when[1:] < when[:-1]
        back[0] = self._last_time is not None and when[0] < self._last_time
        if back.any():
            self.rising = False
            self.out_of_order += int(np.count_nonzero(back & ~fresh))
        self._last_time = when[-1]
        self.times.append(when)

    def _verdicts(self) -> dict[str, str]:
        """Columns that turned out to be text; a column of numbers with some text is refused."""
        out, unread = {}, set(self.roles.unread)
        for name, facts in self.facts.items():
            if facts.words and not facts.odd.count and (facts.low < 0 or facts.high > 1):
                raise mixed(self.source, name, facts)
            if not facts.odd.count:
                continue
            numbers = facts.numbers if name in unread else self.source.rows - facts.missing
            if numbers * 2 > numbers + facts.odd.count or written_otherwise(facts.odd.cell):
                raise not_a_number(self.source, self.recipe, name, facts, answer=name in self.roles.targets)
            out[name] = f"text, first {quoted(facts.odd.cell)}"
        return {n: why for n, why in out.items() if n in self.roles.tentative}

    def _at(self, column: str) -> Any:
        return located(file=self.source.name, column=column)
