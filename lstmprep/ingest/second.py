"""Second tables: one label per sequence, and targets row by row.

Keys are compared as text: 7 in one table and 7 in the other meet whatever their types, 007 and 7 do not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from lstmprep.arrow import arrow_of
from lstmprep.columns import Roles, assign
from lstmprep.errors import DataError, RecipeError, Where, located
from lstmprep.framing import Window
from lstmprep.ingest.keys import Codes, as_text, canonical_order
from lstmprep.ingest.numbers import ColumnFacts
from lstmprep.ingest.rows import Reader
from lstmprep.naming import resolve
from lstmprep.panel import Panel
from lstmprep.parts import MISSING, Columns, Order
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.sources import open_source
from lstmprep.sources.base import Source
from lstmprep.stores import RowStore, Shelf
from lstmprep.wording import counted, listed, quoted, shown


@record(eq=False)
class SecondTargets:
    """Targets that stand in a table of their own."""

    source: Source
    names: tuple[str, ...]
    targets: RowStore
    facts: dict[str, ColumnFacts]


@record(eq=False)
class SequenceLabels:
    """One class per sequence, and the keys that have a label and no sequence."""

    source: Source
    codes: Codes
    classes: list[str]
    spare: list[str]


def target_table(recipe: Recipe, rows: int, shelf: Shelf) -> SecondTargets:
    """The targets of every row, from a table with as many rows.

    Raises
    ------
    DataError
        If the tables have different numbers of rows.
    """
    source = open_source(recipe.columns.target_file, recipe.reading.second)
    with located(file=source.name):
        names = resolve(recipe.columns.target, source.names, "--target")
        alone = Recipe(
            framing=Window(timesteps=1),
            columns=Columns(features=names),
            order=Order(),
            reading=recipe.reading.second,
            arrays=replace(recipe.arrays, dtype="float64") if recipe.computes else recipe.arrays,
        )
        roles = assign(alone, source.names, source.look(), typed=source.format != "csv")
        read = Reader(source, alone, roles, shelf, None).read()
    if read.rows != rows:
        raise DataError(
            f"the target table has {counted(read.rows, 'row')}, the table {rows:,}",
            fix="--target-file goes row by row: give a table with one row for each row of the input.",
            where=Where(source.name),
        )
    for name, facts in read.facts.items():
        if facts.missing and recipe.order.missing == "error":
            raise DataError(
                f"{counted(facts.missing, 'missing value')}, the first here",
                fix="Leave out the samples that need one with --missing drop.",
                where=source.where(facts.first_missing, name),
            )
    return SecondTargets(source, names, read.features, read.facts)


def sequence_labels(recipe: Recipe, panel: Panel, roles: Roles) -> SequenceLabels:
    """The class of every sequence of the panel.

    Raises
    ------
    DataError
        If a sequence has no label, a key has two, or a label is missing.
    """
    c = recipe.columns
    source = open_source(c.labels, recipe.reading.second)
    with located(file=source.name):
        keys = resolve(c.label_key, source.names, "--label-key") if c.label_key else roles.keys
        for name in keys:
            if name not in source.names:
                raise RecipeError(
                    f"the table of labels has no column {quoted(name)}",
                    fix=f"Name its key with --label-key. It has: {listed(source.names)}.",
                )
        if len(keys) != len(roles.keys):
            raise RecipeError(
                f"--label-key names {counted(len(keys), 'column')}, and a sequence has {counted(len(roles.keys), 'key')}",
                fix=f"Name the columns that hold {listed(roles.keys)}.",
            )
        label = _label_column(c.label, source.names, keys)
        columns = _texts(source, [*keys, label])
        found = _unique(columns, keys, label, source)
        return _matched(found, panel, source, keys)


def _label_column(asked: str | None, names: list[str], keys: tuple[str, ...]) -> str:
    if asked is not None:
        return resolve([asked], names, "--label")[0]
    others = [n for n in names if n not in keys]
    if len(others) != 1:
        raise RecipeError(
            f"the table of labels has {counted(len(others), 'column')} besides the key",
            fix=f"Name the one that holds the class with --label. It has: {listed(names)}.",
        )
    return others[0]


def _texts(source: Source, names: list[str]) -> dict[str, list[str | None]]:
    """Whole columns as text: a table with a row for each sequence is small."""
    out: dict[str, list[Any]] = {n: [] for n in names}
    for chunk in source.chunks(dict.fromkeys(names, "text")):
        for name in names:
            out[name] += as_text(chunk.columns[name]).to_pylist()
    return out


def _unique(
    columns: dict[str, list[str | None]], keys: tuple[str, ...], label: str, source: Source
) -> dict[tuple[str | None, ...], str]:
    first: dict[tuple[str | None, ...], int] = {}
    out: dict[tuple[str | None, ...], str] = {}
    # one step per sequence: a table of labels is read whole and matched by its keys
    for row, key in enumerate(zip(*(columns[k] for k in keys), strict=True)):
        if key in first:
            one, two = source.where(first[key]), source.where(row, keys[0])
            lines = (
                f"lines {one.line:,} and {two.line:,}"
                if one.line and two.line
                else f"rows {first[key] + 1:,} and {row + 1:,}"
            )
            raise DataError(
                f"the key {quoted(', '.join(map(str, key)))} has two labels, {lines}",
                fix="Keep one line per key.",
                where=two,
            )
        text = columns[label][row]
        if text is None or text in MISSING:
            raise DataError(
                "the label is missing",
                fix="Give every key its class, or leave the line out.",
                where=source.where(row, label),
            )
        first[key], out[key] = row, text
    return out


def _alike(key: str, other: str) -> bool:
    """Two texts that are one number: 7, 007 and 7.0."""
    try:
        return float(key) == float(other)
    except ValueError:
        return key.lstrip("0") == other.lstrip("0")


def _matched(
    found: dict[tuple[str | None, ...], str], panel: Panel, source: Source, keys: tuple[str, ...]
) -> SequenceLabels:
    wanted = list(zip(*(column.to_pylist() for column in panel.keys.values()), strict=True))
    lacking = [k for k in wanted if k not in found]
    if lacking:
        texts = [shown(", ".join(map(str, k))) for k in lacking[:5]]
        near = [k for k in found if any(_alike(str(a), str(b)) for a, b in zip(k, lacking[0], strict=True))]
        hint = f" The table has {quoted(', '.join(map(str, near[0])))}: keys are compared as text." if near else ""
        raise DataError(
            f"{counted(len(lacking), 'sequence has', 'sequences have')} no label: {', '.join(texts)}{' ...' if len(lacking) > 5 else ''}",
            fix=f"Add a line for each key to the table of labels (column {listed(keys)}), or leave the rows out.{hint}",
            where=Where(source.name, column=keys[0]),
        )
    labels = pa.array([found[k] for k in wanted], pa.string())
    coded = labels.dictionary_encode()
    order = canonical_order(coded.dictionary)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    codes = rank[np.array(coded.indices.to_pylist(), np.int64)]
    spare = [", ".join(map(str, k)) for k in found.keys() - {*wanted}] if len(found) > len(wanted) else []
    classes = [str(v) for v in coded.dictionary.take(arrow_of(order)).to_pylist()]
    return SequenceLabels(source, codes, classes, sorted(spare))
