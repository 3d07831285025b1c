"""Features made of the times: ``--time-delta`` and ``--calendar``.

    time   00:00 00:10 01:00 | 05:00          | a hole of --max-gap
    delta      0   600  3000       0           seconds since the row before, 0 where a piece begins

Calendar fields are those of the clock on the wall: of ``--timezone``, else as the times are kept (UTC
where they have a zone).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lstmprep.errors import DataError, RecipeError
from lstmprep.grid.calendar import calendar, names_of
from lstmprep.grid.walk import Bounds
from lstmprep.ingest.clock import Clock
from lstmprep.panel import Array, Panel
from lstmprep.recipe import Recipe
from lstmprep.scratch import ample
from lstmprep.stores import Shelf
from lstmprep.wording import counted, listed, quoted

BLOCK = 1 << 16
DELTA = "time_delta"


def derived_names(recipe: Recipe, names: list[str], clock: Clock | None) -> list[str]:
    """The features that the times add to these.

    Raises
    ------
    RecipeError
        If the times are plain numbers and have no calendar, or a name is taken.
    """
    derived = recipe.derived
    if clock is None or not (derived.time_delta or derived.calendar):
        return []
    if derived.calendar and clock.kind != "instant":
        raise RecipeError(
            f"--calendar needs dates, and the times in {listed(clock.columns)} are plain numbers",
            fix="Say what the numbers count since 1970 with --time-unit, or name a column of dates with --time.",
        )
    added = [DELTA] * derived.time_delta
    added += [n for f in derived.fields for n in names_of(f, cyclic=derived.cyclic)]
    taken = [n for n in added if n in names]
    if taken:
        raise RecipeError(
            f"the table has a feature {quoted(taken[0])}, the name of a derived one",
            fix="Rename the column, or leave it out with --exclude.",
        )
    return added


def add_derived(panel: Panel, recipe: Recipe, clock: Clock, shelf: Shelf) -> None:
    """Put the derived features beside those of the panel, which keep their type."""
    store = shelf.store(panel.features.shape[1] + _width(recipe), panel.features.dtype)
    pieces, derived, times = panel.pieces, recipe.derived, panel.times
    bounds = Bounds(pieces.starts, pieces.stops)
    assert times is not None
    for i in range(0, len(times), BLOCK):
        when = np.asarray(times[i : i + BLOCK])
        columns: list[Array] = [panel.features[i : i + BLOCK]]
        if derived.time_delta:
            columns.append(_delta(times, i, when, bounds, clock.per_second))
        if derived.calendar:
            columns.append(calendar(derived.fields, clock.walls(when), clock.unit, cyclic=derived.cyclic))
        store.append(np.concatenate(columns, axis=1))
    panel.features = store.view()


def _width(recipe: Recipe) -> int:
    derived = recipe.derived
    return derived.time_delta + sum(len(names_of(f, cyclic=derived.cyclic)) for f in derived.fields)


def _delta(times: Any, first: int, when: Any, bounds: Bounds, per: int) -> Array:
    """(rows, 1) time since the row before in the same piece."""
    rows = np.arange(first, first + len(when))
    low, _, _ = bounds.of(rows)
    step = np.diff(when, prepend=times[max(first - 1, 0)])
    return np.where(rows > low, step / per, 0.0)[:, None]


def spend(panel: Panel, rows: int) -> None:
    """Cut off the first rows of every piece, which only serve the differences of the rows behind them.

    Raises
    ------
    DataError
        If no piece has a row more.
    """
    pieces = panel.pieces
    longest = int(pieces.lengths.max())
    if longest <= rows:
        who = "the table has" if len(pieces.starts) == 1 else f"the longest of {len(pieces.starts):,} stretches has"
        fix = f"Use --difference {longest - 1} or less." if longest > 1 else "Leave --difference out."
        raise DataError(
            f"--difference {rows} needs {counted(rows + 1, 'row')} for one value, {who} {longest:,}", fix=fix
        )
    starts = ample(len(pieces.starts), np.int64)
    np.minimum(pieces.starts + rows, pieces.stops, out=starts)
    panel.cuts = replace(pieces, starts=starts, opened=pieces.starts)
