"""Values replaced by what they change by: logarithm, difference, trend, in this order; invert goes back in the other one.

    value -> ln(value) -> minus the row N before -> minus the line of its sequence
    fitted.log  columns        fitted.difference  N        fitted.detrend  lines of every sequence

A line is fitted to the train rows of its sequence, over time (seconds for instants) or the number of the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from lstmprep.errors import DataError, RecipeError, Where
from lstmprep.framing.frame import Ints
from lstmprep.grid.change import Trend, difference, fit_trend
from lstmprep.grid.fill import Floats
from lstmprep.grid.walk import Bounds
from lstmprep.naming import resolve
from lstmprep.panel import Array, Panel
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.split import Cut
from lstmprep.stores import Shelf
from lstmprep.wording import counted, listed, name_of, number

BLOCK = 1 << 15
MOST = 1 << 21  # numbers of all lines together
Address = Callable[[int, "str | None"], Where]


def logged_columns(recipe: Recipe, names: Sequence[str]) -> tuple[str, ...]:
    """The columns of ``--log``.

    Raises
    ------
    RecipeError
        If one is neither a feature nor a target or future column.
    """
    known = list(dict.fromkeys(names))
    try:
        return resolve(recipe.derived.log, known, "--log")
    except RecipeError as error:
        raise RecipeError(
            f"--log: {error.what}", fix=f"It can name features, targets and future columns: {listed(known)}."
        ) from None


@record(eq=False)
class Changes:
    """Changes the arrays of one panel.

    Parameters
    ----------
    recipe : Recipe
    panel : Panel
    fold : sequence of Cut
        The parts; the first one is train.
    shelf : Shelf
    per_second : int
        Units of a time in a second; 1 for plain numbers.
    logged : tuple of str
    address : callable
    known : mapping or None
        ``fitted`` of the run that is replayed.
    """

    recipe: Recipe
    panel: Panel
    fold: Sequence[Cut]
    shelf: Shelf
    per_second: int
    logged: tuple[str, ...]
    address: Address
    known: Mapping[str, Any] | None = None
    lines: dict[str, Any] = field(default_factory=dict)

    def array(self, values: Array, names: Sequence[str], plain: Ints) -> tuple[Array, Array]:
        """(the array changed, the array before differences were taken); `plain` columns stay as they are."""
        derived = self.recipe.derived
        if self.logged:
            values = self._log(values, names)
        before = values
        if derived.difference:
            values = self._difference(values, plain, derived.difference)
        if derived.detrend:
            values = self._detrend(values, names, plain)
        return values, before

    def logarithm(self, values: Array, names: Sequence[str]) -> Array:
        """An array with its columns of ``--log`` replaced, and nothing else."""
        return self._log(values, names) if self.logged else values

    def _log(self, values: Array, names: Sequence[str]) -> Array:
        some = np.array([j for j, n in enumerate(names) if n in self.logged], np.int64)
        if not len(some):
            return values
        store = self.shelf.store(values.shape[1], np.float64)
        for i in range(0, len(values), BLOCK):
            block = np.array(values[i : i + BLOCK], np.float64)
            wrong = block[:, some] <= 0
            if wrong.any():
                at, column = (int(v) for v in np.argwhere(wrong)[0])
                row = int(self.panel.source(np.array([i + at]))[0])
                name = names[int(some[column])]
                raise DataError(
                    f"{number(float(block[at, some[column]]))} has no logarithm",
                    fix=f"Leave {name_of(name)} out of --log, or keep its values above 0.",
                    where=self.address(row, name),
                )
            block[:, some] = np.log(block[:, some])
            store.append(block)
        return store.view()

    def _difference(self, values: Array, plain: Ints, lag: int) -> Array:
        pieces = self.panel.pieces
        whole = Bounds(pieces.starts, pieces.stops)
        store = self.shelf.store(values.shape[1], np.float64)
        at = 0
        for block in difference(values, pieces.begins, pieces.stops, lag):
            stop = at + len(block)
            outside = ~whole.of(np.arange(at, stop, dtype=np.int64))[2]
            block[:, plain] = values[at:stop][:, plain]
            block[outside] = 0  # rows of no sample
            store.append(block)
            at = stop
        return store.view()

    def _detrend(self, values: Array, names: Sequence[str], plain: Ints) -> Array:
        panel, some = self.panel, np.setdiff1d(np.arange(values.shape[1]), plain)
        if len(panel.starts) * len(some) > MOST:
            raise DataError(
                f"--detrend would learn lines for {counted(len(panel.starts), 'sequence')} and {counted(len(some), 'column')}",
                fix="Use --difference 1, or fewer columns.",
            )
        origin = self._place(panel.starts, np.arange(len(panel.starts)))
        trend = self._fit(values, origin, names, some)
        owners = Bounds(panel.starts, panel.stops)
        store = self.shelf.store(values.shape[1], np.float64)
        for i in range(0, len(values), BLOCK):
            block = np.array(values[i : i + BLOCK], np.float64)
            rows = np.arange(i, i + len(block), dtype=np.int64)
            who = owners.run_of(rows)
            trend.take_off(block, some, who, self._place(rows, who))
            store.append(block)
        return store.view()

    def _fit(self, values: Array, origin: Floats, names: Sequence[str], some: Ints) -> Trend:
        panel, segments = self.panel, self.fold[0].segments
        if self.known is not None:
            return _recalled(self.known["detrend"], panel, names, some, values.shape[1])
        owners = Bounds(panel.starts, panel.stops)
        trend = fit_trend(
            values, lambda rows: self._place(rows, owners.run_of(rows)), segments.starts, segments.stops, segments.sequence, origin
        )  # fmt: skip
        used = np.unique(np.concatenate([cut.segments.sequence for cut in self.fold]))
        lost = np.argwhere(np.isnan(trend.slope[np.ix_(used, some)]))
        if len(lost):
            who, column = int(used[lost[0][0]]), names[int(some[lost[0][1]])]
            key = f"the sequence {name_of(panel.key_text(who))}" if panel.keys else "the table"
            raise DataError(
                f"{key} has no value of {name_of(column)} in train: no line can be fitted to it",
                fix="Split every sequence in time (--split-by time or sequence), or use --difference 1.",
            )
        trend = Trend(origin, np.nan_to_num(trend.level), np.nan_to_num(trend.slope))  # sequences of no sample
        lines = self.lines or {
            "x": "time" if panel.times is not None else "row",
            "keys": [panel.key(i) for i in range(len(panel.starts))],
            "origin": origin.tolist(),
            "columns": {},
        }
        for j in some.tolist():
            lines["columns"].setdefault(
                names[j], {"level": trend.level[:, j].tolist(), "slope": trend.slope[:, j].tolist()}
            )
        self.lines = lines
        return trend

    def _place(self, rows: Ints, who: Ints) -> Floats:
        """Where rows lie: seconds or numbers of the clock, else their number in the sequence."""
        if self.panel.times is None:
            return (rows - self.panel.starts[who]).astype(np.float64)
        return np.asarray(self.panel.times[rows] / self.per_second, np.float64)


def _recalled(told: Mapping[str, Any], panel: Panel, names: Sequence[str], some: Ints, columns: int) -> Trend:
    """The lines that were fitted before, for the sequences of this panel.

    Raises
    ------
    DataError
        If a sequence was not there then.
    """
    number_of = {tuple(key): i for i, key in enumerate(told["keys"])}
    wanted = [tuple(panel.key(i)) for i in range(len(panel.starts))]
    new = [key for key in wanted if key not in number_of]
    if new:
        raise DataError(
            f"{counted(len(new), 'sequence')} had no row in train, the first {name_of(', '.join(new[0]))}: no line is known for it",
            fix="Leave its rows out, or prepare the table with --difference 1 instead of --detrend linear.",
        )
    at = np.array([number_of[key] for key in wanted], np.int64)
    level, slope = np.zeros((2, len(wanted), columns))
    for j in some.tolist():
        line = told["columns"][names[j]]
        level[:, j], slope[:, j] = np.array(line["level"])[at], np.array(line["slope"])[at]
    return Trend(np.array(told["origin"], np.float64)[at], level, slope)
