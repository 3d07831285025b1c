"""Missing values filled inside each part: first the cells of a grid, then what --missing says.

    --fill linear, --missing interpolate    between the values around, by time: looks ahead
    --fill ffill,  --missing ffill          the value before
    --fill zero                             0
    --missing mean                          the mean of the train rows
    --missing mask                          the pad value, written last, and `observed`

A missing target is filled by --fill alone, which asks for a whole grid; --missing leaves it, and its samples go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from lstmprep.errors import DataError
from lstmprep.framing.frame import Ints
from lstmprep.grid.fill import Fill
from lstmprep.panel import Array, Panel
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.split import Cut
from lstmprep.stores import Shelf
from lstmprep.transforms.moments import moments
from lstmprep.transforms.pieces import TrainRows
from lstmprep.wording import counted, name_of

HOWS = {"ffill": "ffill", "interpolate": "linear"}
BLOCK = 1 << 15  # rows looked at together


@record(eq=False)
class Filled:
    """What was filled, by column; and the means of train."""

    grid: dict[str, int] = field(default_factory=dict)
    policy: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    means: dict[str, dict[str, Any]] = field(default_factory=dict)


class Filler:
    """Fills one panel.

    Parameters
    ----------
    recipe : Recipe
    panel : Panel
    runs : (starts, stops)
        What no fill may leave.
    train : Cut
        What means are learned from.
    shelf : Shelf
    classes : (n,) int64
        Features that are classes, 0/1: they have no mean and no line.
    known : mapping or None
        Means learned before, by column.
    """

    def __init__(
        self, recipe: Recipe, panel: Panel, runs: tuple[Ints, Ints], train: Cut, shelf: Shelf, *, classes: Ints, known: Mapping[str, Any] | None
    ) -> None:  # fmt: skip
        self._recipe, self._panel, self._runs, self._train, self._shelf = recipe, panel, runs, train, shelf
        self._classes, self._known = classes, known
        self.facts = Filled()

    def array(self, values: Array, names: Sequence[str], *, answers: bool) -> Array:
        """An array of the panel with its holes filled; `answers` are filled on the grid alone."""
        grid, policy = self._recipe.grid, self._recipe.order.missing
        if grid.fill != "missing":
            values = self._through(values, grid.fill, names, self.facts.grid)
        if answers or policy in ("error", "drop", "mask"):
            return values
        if policy == "mean":
            return self._means(values, names)
        return self._through(values, HOWS[policy], names, self.facts.policy)

    def labels(self, codes: Array) -> Array:
        """Classes carried on into cells without a row, with --fill ffill."""
        store = self._shelf.store(0, codes.dtype)
        values = np.where(codes < 0, np.nan, codes)[:, None]
        for block in Fill(values, *self._runs, "ffill", limit=self._recipe.grid.max_fill).blocks():
            store.append(np.where(np.isnan(block[:, 0]), -1, np.nan_to_num(block[:, 0])).astype(codes.dtype))
        return store.view()

    def _through(self, values: Array, how: str, names: Sequence[str], told: dict[str, int]) -> Array:
        if not has_holes(values):
            return values
        limit = self._recipe.grid.max_fill
        fill = Fill(values, *self._runs, how, times=self._panel.times, limit=limit)
        store = self._shelf.store(values.shape[1], np.float64)
        for block in fill.blocks():
            store.append(block)
        for name, n, left in zip(names, fill.filled.tolist(), fill.left.tolist(), strict=True):
            if n:
                told[name] = max(told.get(name, 0), n)
            self.facts.left[name] = left
        return store.view()

    def _means(self, values: Array, names: Sequence[str]) -> Array:
        """The mean of the train rows where a value is missing."""
        means = np.full(values.shape[1], np.nan)
        some = np.setdiff1d(np.arange(values.shape[1]), self._classes)
        if self._known is None:
            segments = self._train.segments
            rows = TrainRows(segments.starts, segments.stops, np.zeros(len(segments.starts), np.int64), 1)
            found = moments(values, rows, some)
            means[some] = np.where(found.n[0] > 0, found.centre[0], np.nan)
            count = dict(zip(some.tolist(), found.n[0].tolist(), strict=True))
            for j in some.tolist():
                if count[j]:
                    self.facts.means[names[j]] = {"rows": int(count[j]), "mean": float(means[j])}
        else:
            for j in some.tolist():
                means[j] = self._known.get(names[j], {}).get("mean", np.nan)
        if not has_holes(values):
            return values
        store = self._shelf.store(values.shape[1], np.float64)
        holes = np.zeros(values.shape[1], np.int64)
        for i in range(0, len(values), BLOCK):
            block = np.array(values[i : i + BLOCK], np.float64)
            gone = np.isnan(block)
            if gone.any():
                holes += gone.sum(axis=0)
                np.copyto(block, means, where=gone)
            store.append(block)
        for j in np.flatnonzero(holes).tolist():
            told = self.facts.left if np.isnan(means[j]) else self.facts.policy
            told[names[j]] = told.get(names[j], 0) + int(holes[j])
        return store.view()


def has_holes(values: Array) -> bool:
    """Whether a value is missing."""
    return any(bool(np.isnan(values[i : i + BLOCK]).any()) for i in range(0, len(values), BLOCK))


def require_filled(
    panel: Panel, recipe: Recipe, runs: tuple[Ints, Ints], names: Mapping[str, Sequence[str]], address: Any
) -> None:
    """Under ``--missing error`` a grid may have no hole left.

    Raises
    ------
    DataError
        With the first hole, its time and its column.
    """
    first: tuple[int, str] | None = None
    holes: dict[str, int] = {}
    for role, columns in names.items():
        values = getattr(panel, role)
        for i in range(0, len(values) if values is not None and len(columns) else 0, BLOCK):
            gone = np.isnan(values[i : i + BLOCK])
            if not gone.any():
                continue
            at, column = np.nonzero(gone)
            real = _of_runs(at + i, runs)
            at, column = at[real], column[real]
            for j, n in enumerate(np.bincount(column, minlength=len(columns)).tolist()):
                if n:
                    holes[columns[j]] = max(holes.get(columns[j], 0), n)
            if len(at) and (first is None or at[0] + i < first[0]):
                first = int(at[0]) + i, columns[int(column[0])]
    if first is None:
        return
    grid = recipe.grid
    fix = (
        "Fill them with --fill linear, ffill or zero"
        if grid.fill == "missing"
        else "They cannot be filled from inside their part, or the hole is longer than --max-fill"
    )
    more = ", ".join(f"{name_of(n)} {k:,}" for n, k in list(holes.items())[:4])
    row = int(panel.source(np.array([first[0]]), last=True)[0])
    where = address(row, first[1])
    raise DataError(
        f"{counted(sum(holes.values()), 'missing value')} on the grid of --resample {grid.resample} ({more}), the first behind here",
        fix=f"{fix}; or leave out the samples that hold one with --missing drop.",
        where=where,
    )


def _of_runs(rows: Ints, runs: tuple[Ints, Ints]) -> Any:
    from lstmprep.grid.walk import Bounds

    return Bounds(*runs).of(rows)[2]
