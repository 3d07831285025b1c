"""The values of new rows by the numbers of an earlier run: its classes, its columns, its scaling.

    codes of the new table   a 0   d 1            classes of the output   a 0   b 1   c 2
    codes after              a 0   d -2           -2: a class that it has never seen

Nothing is learned here: the same rows give the same bytes as they did in the output.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lstmprep.errors import DataError
from lstmprep.framing.frame import Ints, Segments
from lstmprep.panel import Array, Panel
from lstmprep.prepare import BLOCK, Rewriter, Rewritten, pad_of
from lstmprep.prepare.classes import Address, Names, recoded
from lstmprep.prepare.rework import rework, sign_names
from lstmprep.recipe import Recipe
from lstmprep.split import whole
from lstmprep.split.cut import of_answers
from lstmprep.stores import Shelf
from lstmprep.transforms.classes import LACKING, first_lacking
from lstmprep.transforms.fitted import affine_of
from lstmprep.wording import counted, listed, name_of, quoted

Note = tuple[str, str]


def replay(
    recipe: Recipe,
    panel: Panel,
    made: dict[str, Any],
    names: Names,
    shelf: Shelf,
    address: Address,
    *,
    per_second: int = 1,
) -> Rewritten:
    """Rewrite new rows as the rows of an output were.

    Parameters
    ----------
    recipe : Recipe
        The recipe in force.
    panel : Panel
        The new rows.
    made : dict
        The manifest of the output.
    names : Names
        What the numbers of the panel are called.
    shelf : Shelf
    address : callable
        ``(row, column) -> Where`` in the table.
    per_second : int
        Units of a time in a second; 1 for plain numbers.

    Raises
    ------
    DataError
        If the rows hold a class that the output has never seen, or lack one of its features.
    """
    out = Rewritten({}, names)
    outside = beyond(panel, made, names) if recipe.reworks else []
    if recipe.reworks:
        again = rework(recipe, panel, whole(panel), names, shelf, address, per_second=per_second, known=made["fitted"])
        panel, out.filled = again.panel, again.filled
        names.features = [*names.features, *sign_names(recipe, names)]
    unknown = _Unknown(recipe.scaling.unknown, panel, address, out.notes)
    panel = _labels(panel, made, names, shelf, unknown)
    panel = _features(panel, made, names, shelf, unknown)
    if names.features != made["feature_names"]:
        gone = [n for n in made["feature_names"] if n not in names.features]
        raise DataError(
            f"the features are {listed(names.features)}, and the output has {listed(made['feature_names'])}",
            fix=f"Give a table that has {listed(gone)} too." if gone else "Give the columns that it was made from.",
        )
    out.notes += outside if recipe.reworks else beyond(panel, made, names)
    out.panels[""] = _scaled(recipe, panel, made, names, shelf, address)
    out.fitted = made["fitted"]
    return out


class _Unknown:
    """What becomes of a class that the output has never seen."""

    def __init__(self, policy: str, panel: Panel, address: Address, notes: list[Note]) -> None:
        self.policy, self._panel, self._address, self._notes = policy, panel, address, notes

    def met(self, column: str, texts: list[str], rows: int, first: int, known: list[str]) -> None:
        """Refuse, or note."""
        if self.policy == "error":
            source = int(self._panel.source(np.array([first]))[0])
            more = f" ({counted(rows, 'row')} hold such)" if rows > 1 else ""
            raise DataError(
                f"the class {quoted(texts[0])} is none of the output, which has {listed(known, 12)}{more}",
                fix="Mend the cell, or make the output again with rows of it, or with --unknown drop or code.",
                where=self._address(source, column or None),
            )
        how = "their samples are left out" if self.policy == "drop" else "code -1, or 0 in every class"
        self._notes.append(
            (
                "unknown-class",
                f"{name_of(column or 'the label')}: {listed(texts, 8)} ({counted(rows, 'row')}) is none of its classes: {how}",
            )
        )


def _labels(panel: Panel, made: dict[str, Any], names: Names, shelf: Shelf, unknown: _Unknown) -> Panel:
    """The codes of the output."""
    if panel.labels is None or names.classes is None:
        return panel
    lacks_them = _lacking(made, names.label)
    place = {text: i for i, text in enumerate(made["classes"]) if text not in lacks_them}
    codes = np.array([*(place.get(text, LACKING) for text in names.classes), -1], np.int32)
    texts, names.classes = names.classes, list(made["classes"])
    lacks = codes[:-1] == LACKING
    if lacks.any():
        whole = Segments(np.arange(len(panel.starts)), panel.starts, panel.stops)
        rows, first = first_lacking(panel.labels, of_answers(panel, whole), ~lacks)
        unknown.met(names.label, [texts[i] for i in np.flatnonzero(lacks)], rows, panel.first_of(first), list(place))
    elif np.array_equal(codes[:-1], np.arange(len(codes) - 1)):
        return panel
    return recoded(panel, codes, unknown.policy, shelf)


def _lacking(made: dict[str, Any], column: str) -> list[str]:
    """Classes that have a code, and that the train of the fold in force never held."""
    found: list[str] = (made["fitted"].get("lacks") or {}).get(column, [])
    return found


def _features(panel: Panel, made: dict[str, Any], names: Names, shelf: Shelf, unknown: _Unknown) -> Panel:
    """The 0/1 columns of the output, whatever classes these rows hold."""
    if not names.hot:
        return panel
    known = made["fitted"].get("categories") or {}
    hot = {int(j): name for name, at in names.hot.items() for j in at}
    sources: list[int] = []
    beside: list[int] = []  # a column of the same text, which is NaN where the cell is missing
    found: list[str] = []
    done: set[str] = set()
    for j, feature in enumerate(names.features):
        name = hot.get(j)
        if name is None:
            sources.append(j)
            beside.append(j)
            found.append(feature)
        elif name not in done:
            done.add(name)
            at = dict(zip(names.categories[name], names.hot[name].tolist(), strict=True))
            gone = _lacking(made, name)
            sources += [-1 if text in gone else at.get(text, -1) for text in known[name]]
            beside += [int(names.hot[name][0])] * len(known[name])
            found += [f"{name}={text}" for text in known[name]]
            panel = _unseen(panel, name, at, [t for t in known[name] if t not in gone], unknown)
    same = sources == list(range(panel.features.shape[1]))
    names.features, names.categories = found, {n: list(known[n]) for n in names.categories}
    names.hot = {
        n: np.array([i for i, f in enumerate(found) if f in {f"{n}={t}" for t in known[n]}]) for n in names.hot
    }
    if same:
        return panel
    chosen, instead = np.array(sources), np.array(beside)
    features = _chosen(panel.features, chosen, instead, shelf)
    if panel.observed is None:
        return replace(panel, features=features)
    from lstmprep.prepare.rework import some_columns

    return replace(
        panel, features=features, observed=some_columns(panel.observed, np.where(chosen < 0, instead, chosen), shelf)
    )


def _unseen(panel: Panel, name: str, at: dict[str, int], known: list[str], unknown: _Unknown) -> Panel:
    """Rows with a class that the output has never seen: refused, noted, or marked."""
    texts = [t for t in at if t not in known]
    if not texts:
        return panel
    columns = np.array([at[t] for t in texts])
    spoiled = np.zeros(panel.rows, bool)
    for i in range(0, panel.rows, BLOCK):
        spoiled[i : i + BLOCK] = (panel.features[i : i + BLOCK][:, columns] == 1).any(axis=1)
    unknown.met(name, texts, int(spoiled.sum()), int(np.argmax(spoiled)), known)
    if unknown.policy != "drop":
        return panel
    before = panel.unknown or (np.zeros(panel.rows, bool), np.zeros(panel.rows, bool))
    return replace(panel, unknown=(before[0] | spoiled, before[1]))


def _chosen(values: Array, sources: Ints, beside: Ints, shelf: Shelf) -> Array:
    """Columns in another order; 0 for one that is not there, missing where its cell is."""
    store = shelf.store(len(sources), values.dtype)
    gone = sources < 0
    for i in range(0, len(values), BLOCK):
        block = values[i : i + BLOCK]
        out = block[:, np.maximum(sources, 0)]
        if gone.any():
            out[:, gone] = np.where(np.isnan(block[:, beside[gone]]), np.nan, 0)
        store.append(out)
    return store.view()


def _scaled(recipe: Recipe, panel: Panel, made: dict[str, Any], names: Names, shelf: Shelf, address: Address) -> Panel:
    """The numbers that the output scaled, by the numbers it has learned, in the output's type."""
    scaling = made["fitted"].get("scaling") or {}
    keys = [panel.key(i) for i in range(len(panel.starts))] if scaling.get("by_group") else None
    rewrite = Rewriter(panel, np.dtype(recipe.arrays.dtype), shelf, address)
    changed: dict[str, Any] = {}
    for role, columns in (("features", names.features), ("targets", names.targets), ("future", names.future)):
        values: Array | None = getattr(panel, role)
        if values is None:
            continue
        affine = affine_of(scaling, role, columns, keys)
        pad = pad_of(recipe) if role == "features" else None
        same = values.dtype == recipe.arrays.dtype or values.dtype.kind == "i"  # ids stay what they are
        if affine is None and same and pad is None:
            continue
        changed[role] = rewrite(values, affine, columns, None, np.zeros(0, np.int64), pad)
    return replace(panel, **changed) if changed else panel


def beyond(panel: Panel, made: dict[str, Any], names: Names) -> list[Note]:
    """How many values of each feature lie outside what the output has seen."""
    ranges = made["fitted"].get("range") or {}
    at = [j for j, n in enumerate(names.features) if n in ranges]
    if not at or not panel.rows:
        return []
    low, high = (np.array([ranges[names.features[j]][k] for j in at], np.float64) for k in (0, 1))
    if panel.features.dtype != np.float64:  # what was stored narrower is compared as it was stored
        low, high = low.astype(panel.features.dtype), high.astype(panel.features.dtype)
    count = np.zeros(len(at), np.int64)
    least, most = np.full(len(at), np.inf), np.full(len(at), -np.inf)
    for i in range(0, panel.rows, BLOCK):
        block = panel.features[i : i + BLOCK][:, at]
        count += ((block < low) | (block > high)).sum(axis=0)
        least, most = np.fmin(least, np.fmin.reduce(block)), np.fmax(most, np.fmax.reduce(block))
    told = [
        f"{name_of(names.features[j])} {counted(int(count[k]), 'value')} ({least[k]:.6g} to {most[k]:.6g}, was {low[k]:.6g} to {high[k]:.6g})"
        for k, j in enumerate(at)
        if count[k]
    ]
    return (
        [
            (
                "beyond-range",
                f"beyond what the output has seen, of {counted(panel.rows, 'row')}: {'; '.join(told[:8])}{f' and {len(told) - 8} more' if len(told) > 8 else ''}",
            )
        ]
        if told
        else []
    )
