"""Whole columns of second tables: texts, and times in the unit of the first table's clock; keys and times of their rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from lstmprep.columns import Roles
from lstmprep.errors import DataError, LstmprepError, Where
from lstmprep.ingest.begins import first_empty
from lstmprep.ingest.clock import Clock
from lstmprep.ingest.faults import Restart
from lstmprep.ingest.keys import as_text
from lstmprep.ingest.rows import Reader, Rows
from lstmprep.recipe import Recipe
from lstmprep.sources.base import Source
from lstmprep.stores import Shelf

LARGEST = (2**63 - 1) // 1000


def keyed_rows(source: Source, recipe: Recipe, keys: tuple[str, ...], clock: Clock | None, shelf: Shelf) -> Rows:
    """The keys and times of a whole table, and nothing else of it.

    Raises
    ------
    DataError
        If the table is empty, or a key or a time is missing.
    """
    times = () if clock is None else clock.columns
    roles = Roles((), (), (), None, (), (), keys, times, frozenset(), (), {}, ())
    while True:
        try:
            return Reader(source, recipe, roles, shelf, clock).read()
        except Restart:  # the clock has learned something
            continue


def whole_texts(source: Source, names: tuple[str, ...], noun: str) -> list[pa.Array]:
    """Whole columns as text.

    Raises
    ------
    DataError
        If a cell is empty; `noun` is what it should be.
    """
    parts: dict[str, list[Any]] = {n: [] for n in names}
    for chunk in source.chunks(dict.fromkeys(names, "text")):
        for name in names:
            text = as_text(chunk.columns[name])
            empty = first_empty(text)
            if empty >= 0:
                raise DataError(
                    f"the {noun} is empty",
                    fix=f"Give every row its {noun}.",
                    where=source.where(chunk.first + empty, name),
                )
            parts[name].append(text)
    return [pa.concat_arrays(p) if p else pa.nulls(0, pa.string()) for p in parts.values()]


def whole_times(source: Source, columns: tuple[str, ...], clock: Clock, shelf: Shelf) -> Any:
    """The times of a whole table, as the clock reads them."""
    while True:
        store: Any = None
        try:
            for chunk in source.chunks(dict.fromkeys(columns, "text")):
                when = clock.read([chunk.columns[n] for n in columns], chunk.first)
                store = shelf.store(0, clock.dtype) if store is None else store
                store.append(when)
        except Restart:
            continue
        except LstmprepError as error:
            if error.where.row is not None and error.where.line is None:
                error.where = replace(source.where(error.where.row), column=", ".join(columns))
            raise
        return np.empty(0, np.int64) if store is None else store.view()


def in_unit_of(mine: Clock, times: Any, theirs: Clock, *, name: str, up: bool) -> Any:
    """Times of another clock in the unit of this one.

    Parameters
    ----------
    mine, theirs : Clock
        Both have read something.
    times : (n,) array
        Of `theirs`.
    name : str
        The file they stand in.
    up : bool
        Whether a time between two units becomes the later one.

    Raises
    ------
    DataError
        If one clock has instants and the other plain numbers, or only one of them a zone.
    """
    if mine.kind is None or theirs.kind is None:
        return times
    require_alike(mine, theirs, name)
    return times if mine.kind != "instant" else in_unit(times, theirs.unit, mine.unit, up=up)


def require_alike(mine: Clock, theirs: Clock, name: str) -> None:
    """Refuse instants beside plain numbers, and times with a zone beside some without; `name` is the file of `theirs`."""
    instants = {True: "instants", False: "plain numbers"}
    if (mine.kind == "instant") != (theirs.kind == "instant"):
        what = f"the times are {instants[theirs.kind == 'instant']}, those of the first table {instants[mine.kind == 'instant']}"
    elif mine.aware != theirs.aware:
        what = f"the times {'have' if theirs.aware else 'lack'} a time zone, unlike those of the first table"
    else:
        return
    raise DataError(
        what,
        fix="Write the times of both tables in one way.",
        where=Where(file=name, column=", ".join(theirs.columns)),
    )


def in_unit(times: Any, unit: str, wanted: str, *, up: bool) -> Any:
    """Instants in another unit, ``us`` or ``ns``; one between two units becomes the later one if `up`, else the earlier."""
    if unit == wanted:
        return times
    if wanted == "ns":
        return np.clip(times, -LARGEST, LARGEST) * 1000
    return -(-times // 1000) if up else times // 1000
