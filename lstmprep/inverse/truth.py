"""What really happened: the values of the targets in the table, row by row, in their own units.

The table is read as the output's recipe reads it, cells of ``--resample`` and ``--pivot`` made likewise, without anything
else that rewrites values. Its rows are those of the output when it is the same table; otherwise, and where they are cells,
a row is known by its sequence and its time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.errors import DataError, RecipeError, Where
from lstmprep.framing import Batching, Layout, Window
from lstmprep.framing.frame import Flags, Ints
from lstmprep.ingest import Ingested, ingest
from lstmprep.inverse.places import Line
from lstmprep.panel import Array
from lstmprep.parts import Arrays, Columns, Storing
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.stores import Shelf
from lstmprep.wording import listed, quoted

Floats = NDArray[np.float64]


@record(eq=False)
class Truth:
    """The targets of a table.

    Parameters
    ----------
    read : Ingested
        Sequences in order, times, and the targets as they stand in the table.
    same : bool
        Whether it is the table that the output was made from, and its rows are those of the output.
    """

    read: Ingested
    same: bool

    @property
    def line(self) -> Line:
        """Its rows in the order of sequence and time."""
        panel = self.read.panel
        lengths = panel.stops - panel.starts
        rows = np.arange(int(lengths.sum())) + np.repeat(panel.starts - (np.cumsum(lengths) - lengths), lengths)
        times = None if panel.times is None else panel.times[rows]
        return Line(panel.source(rows), times)

    def places(
        self, keys: list[tuple[str, ...]], key: Ints, rows: Ints, times: Array | None, timed: Flags | None
    ) -> Ints:
        """Panel rows of these rows of the output, -1 for those that are not in the table.

        Parameters
        ----------
        keys : list of tuple
            Texts of every sequence, by its number.
        key : (n,) int64
            The sequence of each.
        rows : (n,) int64
            Rows of the output's own table; -1 where none is known.
        times : (n,) array or None
        timed : (n,) bool or None
            Whose time is known.
        """
        panel = self.read.panel
        if self.same and (times is None or (rows >= 0).any()):
            if panel.source_rows is None:
                return np.where(rows < panel.rows, rows, -1)
            back = np.full(int(panel.source_rows.max()) + 1, -1, np.int64)
            back[panel.source_rows] = np.arange(len(panel.source_rows))
            return np.where((rows >= 0) & (rows < len(back)), back[np.clip(rows, 0, len(back) - 1)], -1)
        if times is None or timed is None or panel.times is None:
            raise DataError(
                "this is not the table that the output was made from, and without times its rows cannot be told",
                fix="Give the table as it was, or make the output with --time.",
            )
        out = np.full(len(rows), -1, np.int64)
        mine = {tuple(panel.key(i)): i for i in range(len(panel.starts))}
        for number in np.unique(key).tolist():  # once per sequence of the block: a binary search each
            who = mine.get(keys[number])
            if who is None:
                continue
            here = np.flatnonzero((key == number) & timed)
            low, high = int(panel.starts[who]), int(panel.stops[who])
            at = np.searchsorted(panel.times[low:high], times[here])
            hit = (at < high - low) & (panel.times[low + np.minimum(at, high - low - 1)] == times[here])
            out[here] = np.where(hit, low + at, -1)
        return out

    def bounds(self, places: Ints) -> tuple[Ints, Ints]:
        """(n,) the first row, and the one after the last, of the sequences that these rows of the panel are of."""
        panel = self.read.panel
        order = np.argsort(panel.starts, kind="stable")
        who = order[np.maximum(np.searchsorted(panel.starts[order], places, side="right") - 1, 0)]
        return panel.starts[who], panel.stops[who]

    def values(self, places: Ints, target: int) -> Floats:
        """(n,) values of a target, NaN where the table has none."""
        targets = self.read.panel.targets
        assert targets is not None
        found = np.asarray(targets[np.maximum(places, 0), target], np.float64)
        return np.where(places >= 0, found, np.nan)

    def codes(self, places: Ints) -> Ints:
        """(n,) codes of the label, -1 where the table has none."""
        labels = self.read.panel.labels
        assert labels is not None
        return np.where(places >= 0, labels[np.maximum(places, 0)].astype(np.int64), -1)


def truth_of(table: Any, recipe: Recipe, made: dict[str, Any], shelf: Shelf, targets: list[str]) -> Truth:
    """Read the targets of a table.

    Raises
    ------
    DataError
        If the table lacks one of them.
    """
    label = recipe.columns.label if recipe.columns.labels is None else None
    own = recipe.columns.target_file
    if label is not None:
        columns = Columns(categorical=(label,), features=(label,), label=label)
    else:
        columns = Columns(features=() if own else tuple(targets), target=tuple(targets), target_file=own)
    bare = Recipe(
        framing=Window(timesteps=1, lead=1), columns=columns, order=replace(recipe.order, missing="drop"), timing=recipe.timing, reading=recipe.reading, grid=recipe.grid,
        batching=Batching(), layout=Layout(), arrays=Arrays(dtype="float64"), storing=Storing(),
    )  # fmt: skip
    try:
        read = ingest(table, bare, shelf)
    except RecipeError as error:
        joined = [f"--{flag.replace('_', '-')}" for flag in ("join", "join_asof") if getattr(recipe.tables, flag)]
        if not joined or not error.what.startswith("there is no column"):
            raise
        raise DataError(
            f"{error.what}, and --table is read alone: the output had other columns beside it by {' and '.join(joined)}",
            fix="Leave --table out: the true values are then those of the output's y; or give a table that holds the column itself.",
            where=error.where,
        ) from error
    gone = [t for t in targets if t not in read.target_names and label is None]
    if gone:
        raise DataError(
            f"the table has no target {quoted(gone[0])}; it has {listed(read.target_names)}",
            fix="Give the table that holds it.",
            where=Where(file=read.sources[0].name),
        )
    told = [s.get("digest") for s in made["source"]][: len(read.source_parts())]
    made_anew = (
        recipe.grid.resample is not None or recipe.order.pivot is not None
    )  # of several rows of the table: told by time
    same = (
        not made_anew
        and read.rows == made["rows"]["read"]
        and (None in told or told == [p.digest() for p in read.source_parts()])
    )
    return Truth(read, same)
