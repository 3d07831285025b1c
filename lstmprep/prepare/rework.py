"""What is done to values before they are scaled: holes filled, values changed, signs of what was missing put beside them.

    features  ──► fills ──► log, difference, trend ──► + x_missing, x_since
    targets   ──► fills of the grid ──► the same changes
    future    ──► fills ──► logarithm

Nothing of it looks across a part, a sequence or a cut; what it learns it learns from train.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np

from lstmprep.errors import RecipeError, Where
from lstmprep.framing.frame import Ints
from lstmprep.grid.fill import since
from lstmprep.grid.walk import block_rows
from lstmprep.panel import Array, Panel
from lstmprep.prepare.changes import Changes, logged_columns
from lstmprep.prepare.classes import Names
from lstmprep.prepare.gaps import Filled, Filler, require_filled
from lstmprep.prepare.stretches import stretches
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.split import Cut
from lstmprep.stores import Shelf
from lstmprep.wording import quoted

BLOCK = 1 << 14
Address = Callable[[int, "str | None"], Where]


@record(eq=False)
class Reworked:
    """A panel with other values, and what was learned and done on the way.

    Parameters
    ----------
    panel : Panel
    fitted : dict
        Plain JSON values.
    filled : Filled
        How many values were filled, by column.
    """

    panel: Panel
    fitted: dict[str, Any] = field(default_factory=dict)
    filled: Filled = field(default_factory=Filled)


def sign_names(recipe: Recipe, names: Names) -> list[str]:
    """The features that --indicator and --time-since add.

    Raises
    ------
    RecipeError
        If a name is taken.

    Examples
    --------
    >>> from lstmprep.recipe import from_flat
    >>> sign_names(from_flat({"timesteps": 1, "missing": "mask", "indicator": True}), Names(["a", "b"]))
    ['a_missing', 'b_missing']
    """
    gaps = recipe.gaps
    own = [n for n, _ in _groups(names)]
    out = [f"{n}_missing" for n in own if gaps.indicator] + [f"{n}_since" for n in own if gaps.time_since]
    taken = [n for n in out if n in names.features]
    if taken:
        raise RecipeError(
            f"the table has a feature {quoted(taken[0])}, the name of a sign for missing values",
            fix="Rename the column, or leave it out with --exclude.",
        )
    return out


def rework(
    recipe: Recipe,
    panel: Panel,
    fold: Sequence[Cut],
    names: Names,
    shelf: Shelf,
    address: Address,
    *,
    per_second: int = 1,
    known: Mapping[str, Any] | None = None,
) -> Reworked:
    """Fill and change the values of one panel.

    Parameters
    ----------
    recipe : Recipe
    panel : Panel
        float64.
    fold : sequence of Cut
        The parts; the first one is train.
    names : Names
        Of the panel's columns; those of `sign_names` come behind them.
    shelf : Shelf
    address : callable
    per_second : int
        Units of a time in a second; 1 for plain numbers.
    known : mapping or None
        ``fitted`` of the run that is replayed; None learns.

    Raises
    ------
    DataError
        If a hole of the grid is left under ``--missing error``, or a value has no logarithm.
    """
    runs = stretches(panel, fold)
    classes = np.concatenate([np.empty(0, np.int64), *names.hot.values()])
    means = None if known is None else known.get("means", {})
    fill = Filler(recipe, panel, runs, fold[0], shelf, classes=classes, known=means)
    every = [*names.features, *names.targets, *names.future]
    change = Changes(recipe, panel, fold, shelf, per_second, logged_columns(recipe, every), address, known)
    gone = _gone(panel.features, shelf) if recipe.gaps.signs or recipe.order.missing == "mask" else None
    roles = {"features": names.features, "targets": names.targets, "future": names.future}
    out = replace(panel)
    for role, columns in roles.items():
        values = getattr(panel, role)
        if values is not None and len(columns):
            setattr(out, role, fill.array(values, columns, answers=role == "targets"))
    if panel.labels is not None and recipe.grid.fill == "ffill":
        out.labels = fill.labels(panel.labels)
    if recipe.order.missing == "error" and recipe.grid.resample is not None:
        require_filled(out, recipe, runs, roles, address)
    plain = np.union1d(classes, np.array([names.features.index(n) for n in names.derived], np.int64))
    out.features, _ = change.array(out.features, names.features, plain)
    if out.targets is not None:
        out.targets, before = change.array(out.targets, names.targets, plain[:0])
        if recipe.derived.difference:
            out.base, out.base_names = before, tuple(names.targets)
    if out.future is not None:
        out.future = change.logarithm(out.future, names.future)
    if gone is not None:
        out.features = _with_signs(recipe, out, gone, names, runs, shelf, per_second)
        out.observed = _observed(gone, out.features.shape[1], shelf) if recipe.order.missing == "mask" else None
    return Reworked(out, _fitted(recipe, fill.facts, change), fill.facts)


def _fitted(recipe: Recipe, filled: Filled, change: Changes) -> dict[str, Any]:
    """Every number learned, and what has to be undone."""
    out: dict[str, Any] = {"means": filled.means} if filled.means else {}
    if change.logged:
        out["log"] = list(change.logged)
    if recipe.derived.difference:
        out["difference"] = recipe.derived.difference
    return out | ({"detrend": change.lines} if change.lines else {})


def _groups(names: Names) -> list[tuple[str, Ints]]:
    """Columns of the table among the features, and where each stands: a column of classes at several places."""
    hot = {int(j): name for name, at in names.hot.items() for j in at}
    out: dict[str, list[int]] = {}
    for j, name in enumerate(names.features):
        if name not in names.derived:
            out.setdefault(hot.get(j, name), []).append(j)
    return [(name, np.array(at, np.int64)) for name, at in out.items()]


def _gone(values: Array, shelf: Shelf) -> Array:
    """(rows, columns) where a value is missing."""
    store = shelf.store(values.shape[1], np.bool_)
    for i in range(0, len(values), BLOCK):
        store.append(np.isnan(values[i : i + BLOCK]))
    return store.view()


def _with_signs(
    recipe: Recipe, panel: Panel, gone: Array, names: Names, runs: tuple[Ints, Ints], shelf: Shelf, per_second: int
) -> Array:
    """The features with 0/1 for missing and the time since each was seen beside them."""
    gaps, groups = recipe.gaps, _groups(names)
    if not gaps.signs:
        return panel.features
    first = np.array([at[0] for _, at in groups], np.int64)  # the classes of a column are missing together
    signs = gone if len(first) == gone.shape[1] else some_columns(gone, first, shelf)
    width = panel.features.shape[1] + len(groups) * (gaps.indicator + gaps.time_since)
    store, step = shelf.store(width, np.float64), block_rows(width)
    waits = since(signs, *runs, panel.times, per=per_second, size=step)
    room = np.empty((min(step, len(gone)), width))
    for i in range(0, len(gone), step):
        features, missing = panel.features[i : i + step], signs[i : i + step]
        out, at = room[: len(features)], features.shape[1]
        out[:, :at] = features
        for asked, block in ((gaps.indicator, missing), (gaps.time_since, next(waits) if gaps.time_since else missing)):
            if asked:
                out[:, at : at + len(groups)] = block
                at += len(groups)
        store.append(out)
    return store.view()


def some_columns(gone: Array, columns: Ints, shelf: Shelf) -> Array:
    """Only these columns of an array of flags."""
    store = shelf.store(len(columns), np.bool_)
    for i in range(0, len(gone), BLOCK):
        store.append(gone[i : i + BLOCK][:, columns])
    return store.view()


def _observed(gone: Array, width: int, shelf: Shelf) -> Array:
    """(rows, features) True where a value stands in the table; what is made of times always does."""
    store = shelf.store(width, np.bool_)
    for i in range(0, len(gone), BLOCK):
        block = np.ones((len(gone[i : i + BLOCK]), width), bool)
        block[:, : gone.shape[1]] = ~gone[i : i + BLOCK]
        store.append(block)
    return store.view()
