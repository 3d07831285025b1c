"""Predictions of a lagged table: its rows begin with their own keys and times, which stand for an index.

    lagged table   split  k  time of t   a(t-1)   y(t)  y(t+1)      y is what happened, in the order of the rows
    prediction     of row i, step 1 and 2                           row t and the row after it

Which rows of the source these are, and the times of later steps, is found by key and time in that source.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from lstmprep.arrow import arrow_of, texts
from lstmprep.errors import DataError, RecipeError
from lstmprep.framing.frame import Ints
from lstmprep.inverse.live import Live
from lstmprep.inverse.places import Line
from lstmprep.inverse.rows import Inversion, Located
from lstmprep.inverse.truth import Truth
from lstmprep.loaders.arrays import Prepared
from lstmprep.loaders.batches import array_name
from lstmprep.loaders.index import Block, key_numbers
from lstmprep.loaders.tables import SPLIT, divided
from lstmprep.panel import Array
from lstmprep.recipe import Recipe
from lstmprep.wording import listed


def index_of(data: Prepared) -> pa.Table:
    """Part, number, keys and time of row t of every row.

    Raises
    ------
    DataError
        If the numbers alone were written and there are keys, or the table lacks a column of the manifest.
    """
    made = data.manifest
    keys, time = made["sequences"]["keys"], "_".join(made["order"]["time"])
    if data.has_table:
        table = data.table()
        gone = [n for n in [*keys, *([time] if time else [])] if n not in table.column_names]
        if gone:
            raise DataError(f"the lagged table has no column {listed(gone)}", fix="Write the output again.")
        parts = np.array(table.column(SPLIT).to_pylist() if divided(made) else ["all"] * table.num_rows)
        columns = {name: table.column(name) for name in keys}
        columns |= {name: table.column(time) for name in ("last_time", "target_first_time") if time}
    elif keys:
        raise DataError(
            f"the numbers alone were written: which {listed(keys)} a row belongs to is not known",
            fix="Write the lagged table as .csv or .parquet.",
        )
    else:
        parts = np.repeat(list(made["splits"]), [about["samples"] for about in made["splits"].values()])
        columns = {}
    number = np.zeros(len(parts), np.int64)
    for part in made["splits"]:
        number[parts == part] = np.arange(int((parts == part).sum()))
    nowhere = arrow_of(np.full(len(parts), -1))
    return pa.table({"split": texts(parts.tolist()), "sample": arrow_of(number), "last_row": nowhere, **columns})


def answers_of(arrays: Any, made: dict[str, Any], recipe: Recipe, part: str) -> Array | None:
    """(rows, horizon * targets) the answers of a part, which are the last columns; None where they were left out."""
    name = array_name("X", part)
    y = recipe.framing.columns([], made["targets"])
    if made["arrays"][name]["columns"][-len(y) :] != y:
        return None
    found: Array = arrays[name][:, -len(y) :]
    return found


def stands_on(made: dict[str, Any], truth: Truth | None) -> Live | None:
    """Where the values stand that differences are added to: beside row t in the source; None where nothing is needed of it.

    Raises
    ------
    RecipeError
        If there is no source, or no time by which row t would be found in it.
    """
    learned = [made["fitted"], *(made["fitted"].get("folds") or {}).values()]
    changed = any("difference" in about for about in learned)
    if truth is not None and not made["order"]["time"]:
        raise RecipeError(
            "without --time the rows of a lagged table cannot be found in another table",
            fix="Make it again with --time."
            if changed
            else "Leave --table out: y of the lagged table is what happened.",
        )
    if changed and truth is None:
        raise RecipeError(
            "the lagged table does not hold the values that its differences stand on",
            fix="Give the table that it was made from with --table FILE.",
        )
    return Live(0, truth, lagged=True) if truth is not None else None


class Lagged(Inversion):
    """Predictions of a lagged table on their way back."""

    def _lined(self) -> Line | None:
        return None  # later steps are counted on the rows of the source

    def located(self, block: Block) -> Located:
        """Rows and times of row t and those after it; without the source the time of row t alone."""
        steps = np.arange(self.asked.steps)
        shape = (block.rows, len(steps))
        times, timed = np.zeros(shape, np.int64), np.zeros(shape, bool)
        when = block.times("last_time")
        if when is not None:
            times, timed = np.repeat(when[:, None], len(steps), axis=1), np.repeat([steps == 0], block.rows, axis=0)
        rows = np.full(shape, -1)
        if self.truth is not None:
            at = self._beside(block, steps)
            panel, found = self.truth.read.panel, at >= 0
            assert panel.times is not None
            times, timed = np.where(found, panel.times[at], times).astype(times.dtype), timed | found
            rows = np.where(found, panel.source(at.ravel()).reshape(shape), -1) if self.truth.same else rows
        return Located(rows, times, timed, np.ones(shape, bool))

    def origin(self, block: Block) -> tuple[Ints, Any]:
        """The newest row that a prediction was made from: row t less the smallest lag."""
        back = min(self.recipe.framing.lags)
        rows, when = np.full(block.rows, -1), block.times("last_time")
        if when is None or self.truth is None:
            known = np.full(block.rows, when is not None and back == 0)
            return rows, arrow_of(when, self.time_type, known) if when is not None else None
        at = self._beside(block, np.array([-back]))[:, 0]
        panel = self.truth.read.panel
        assert panel.times is not None
        rows = np.where(at >= 0, panel.source(at), -1) if self.truth.same else rows
        return rows, arrow_of(panel.times[at].astype(when.dtype), self.time_type, at >= 0)

    def _beside(self, block: Block, away: Ints) -> Ints:
        """(rows, n) rows of the source's panel so far from row t, in its sequence; -1 for those it lacks."""
        assert self.truth is not None
        ids: dict[tuple[str, ...], int] = {}
        key, when = key_numbers(block.table, self.keys, ids), block.times("last_time")
        none = np.full(block.rows, -1)
        at = self.truth.places(list(ids), key, none, when, np.ones(block.rows, bool))
        first, stop = self.truth.bounds(at)
        found = at[:, None] + away
        return np.where((at >= 0)[:, None] & (found >= first[:, None]) & (found < stop[:, None]), found, -1)

    def _places(self, block: Block, _: Located) -> Ints:
        return self._beside(block, np.arange(self.asked.steps))
