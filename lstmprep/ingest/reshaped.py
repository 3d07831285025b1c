"""The panel of a reshape: what was read, seen as the steps and features that are meant.

    a row is a sample      (rows, T*F)  ->  (rows*T, F)      the same values, another view
    a file is a step       (files*R, C) ->  (files, R*C)     the same values, another view
    a column is a sample   (R, C)       ->  (C*R, 1)         turned on its side, once, in blocks
    rows are the series    (R, C)       ->  (C, R)           turned on its side, once, in blocks

Nothing is read here, and no value is left out: a shape that does not hold them all is refused.
"""

from __future__ import annotations

import shlex
from typing import Any

import numpy as np

from lstmprep.arrow import texts
from lstmprep.columns import Roles
from lstmprep.errors import DataError, Where
from lstmprep.folded import Folded
from lstmprep.framing.reshape import Reshape
from lstmprep.ingest.arrange import Arranged
from lstmprep.panel import Array, Panel
from lstmprep.recipe import Recipe, spelled
from lstmprep.scratch import nameless
from lstmprep.shaping import Have, timesteps_of
from lstmprep.sources.around import parts_of
from lstmprep.sources.base import Source
from lstmprep.stores import Shelf
from lstmprep.wording import counted, name_of, shown

BLOCK = 32 << 20  # bytes turned at a time
FEW = 4  # files that are named
LINE = 200
MOST = 1_000_000  # names of features that a manifest can hold
VALUE = ("value",)


def reshape(arranged: Arranged, recipe: Recipe, roles: Roles, source: Source, shelf: Shelf) -> None:
    """Make of the panel what the reshape means, and find the steps of a sample.

    Raises
    ------
    DataError
        If files differ in length, or the shape does not hold every value once.
    """
    framing, panel = recipe.framing, arranged.panel
    assert isinstance(framing, Reshape)
    rows, width = panel.features.shape
    names = tuple(arranged.feature_names)
    if roles.steps is not None:
        _rows_as_samples(panel, len(roles.steps.table))
        panel.steps = len(roles.steps.table)
        arranged.feature_names = [*roles.steps.names, *roles.tiled]
        return
    parts = parts_of(source)
    if recipe.reading.file_as == "sample" and len(parts) > 1:
        lengths = panel.lengths
        _require_equal(lengths, source, ways="pad --file-as sequence makes one length of them")
        have = Have(rows=int(lengths[0]), series=len(lengths), features=names)
    elif recipe.reading.file_as == "timestep":
        have = _files_as_steps(panel, source, names)
    elif framing.series_in == "rows" and framing.series_as == "samples":
        _rows_as_samples(panel, width)
        have = Have(rows=width, series=rows, features=VALUE)
    elif framing.series_in == "rows":
        _require_names(rows, "rows as features", "--series-as samples makes each row a sample")
        panel.features = turned(panel.features, shelf)
        panel.folded = Folded("all", rows)
        _one_sequence(panel, width)
        have = Have(rows=width, features=tuple(f"r{i}" for i in range(rows)))
    elif framing.series_as == "samples":
        panel.features = turned(panel.features, shelf).reshape(-1, 1)
        panel.folded = Folded("series", rows)
        panel.starts = np.arange(width, dtype=np.int64) * rows
        panel.stops, panel.keys = panel.starts + rows, {"series": texts(list(names))}
        have = Have(rows=rows, series=width, features=VALUE)
    else:
        panel.folded = Folded("rows", rows)
        have = Have(rows=rows, features=names, command=_windows(parts, recipe))
    panel.steps = timesteps_of(framing.shape, have)
    arranged.feature_names = list(have.features)


def _windows(parts: list[Source], recipe: Recipe) -> str:
    """The command that makes windows of the same rows and columns."""
    files = [p.name for p in parts if p.format != "table"] if len(parts) < FEW else ["..."]
    return shown(shlex.join(["lstmprep", "window", *files, *spelled(recipe, without="framing")]), LINE)


def _rows_as_samples(panel: Panel, steps: int) -> None:
    """(rows, steps * features) as (rows * steps, features): one sequence, a sample every `steps` rows."""
    rows, width = panel.features.shape
    panel.features = panel.features.reshape(rows * steps, width // steps)
    panel.folded = Folded("steps", rows, steps)
    _one_sequence(panel, rows * steps)


def _one_sequence(panel: Panel, rows: int) -> None:
    panel.starts, panel.stops = np.zeros(1, np.int64), np.array([rows], np.int64)


def _files_as_steps(panel: Panel, source: Source, names: tuple[str, ...]) -> Have:
    parts = parts_of(source)
    lengths = np.array([p.rows for p in parts], np.int64)
    _require_equal(lengths, source, ways="a step has the same features in every file")
    each = int(lengths[0])
    _require_names(each * len(names), "values of one file as features", "--file-as sample makes each file a sample")
    panel.features = panel.features.reshape(len(parts), -1)
    panel.folded = Folded("rows", len(parts) * each, each)
    _one_sequence(panel, len(parts))
    features = names if each == 1 else tuple(f"{name}@{row}" for row in range(each) for name in names)
    return Have(rows=len(parts), features=features)


def _require_equal(lengths: Any, source: Source, *, ways: str) -> None:
    """Refuse files of unequal length; the first that differs is named."""
    other = np.flatnonzero(lengths != lengths[0])
    if not len(other):
        return
    parts, at = parts_of(source), int(other[0])
    more = f" ({len(other):,} of {len(lengths):,} files differ from it)" if len(other) > 1 else ""
    raise DataError(
        f"the file has {counted(int(lengths[at]), 'row')}, and {name_of(parts[0].name)} has {int(lengths[0]):,}{more}",
        fix=f"Give files of one length; {ways}.",
        where=Where(file=parts[at].name),
    )


def _require_names(features: int, what: str, instead: str) -> None:
    """Refuse more features than a manifest can name."""
    if features > MOST:
        raise DataError(f"{features:,} {what} are more than the {MOST:,} that can be named", fix=f"{instead}.")


def turned(values: Array, shelf: Shelf) -> Array:
    """(rows, columns) as (columns, rows), in memory while it is small, else in a file without a name."""
    rows, columns = values.shape
    if values.nbytes <= shelf.limit:
        return np.ascontiguousarray(values.T)
    with nameless(shelf.folder) as file:
        file.truncate(values.nbytes)
        out: Array = np.memmap(file, values.dtype, "r+", shape=(columns, rows)).view(np.ndarray)
    step = max(1, BLOCK // max(1, columns * values.itemsize))
    for i in range(0, rows, step):
        out[:, i : i + step] = values[i : i + step].T
    return out
