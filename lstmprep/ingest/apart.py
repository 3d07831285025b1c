"""A table whose numbers are looked at by those who work: who starts the run reads keys, times, classes and static columns alone.

    who starts      keys, time, label  ->  runs, times, codes                        rows of the panel
    who works       | range | range | ...  facts of every column, no value          low, high, whole, rising, ...
    who starts      merged in the order of the rows                                  facts as of one pass
    who works       train rows in pieces, once the parts are known                   what scalers learn of

Ranges are cut by the size of the table, never by the number of workers. Whatever is odd (a cell that is no number, a
missing or an infinite value, a number that needs a second look) ends this, and one pass over all columns
here says what it is, or goes on with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from lstmprep.columns import Roles
from lstmprep.errors import LstmprepError, StorageError
from lstmprep.ingest.faults import Restart
from lstmprep.ingest.looked import Looking, facts_of
from lstmprep.ingest.numbers import ColumnFacts
from lstmprep.ingest.piecewise import Asking
from lstmprep.ingest.rows import Progress, Reader, Rows
from lstmprep.panel import Array
from lstmprep.recipe import Recipe
from lstmprep.sources.again import Again, InPieces, Seeing, again_of
from lstmprep.sources.around import Around, parts_of
from lstmprep.sources.base import Source
from lstmprep.stores import RowStore, Shelf
from lstmprep.unread import Hands, Unread

if TYPE_CHECKING:
    from lstmprep.ingest.clock import Clock

LEAST = 64 << 20  # bytes of a table from which it is worth it
MOST = 1000  # columns


def rows_apart(
    source: Source, recipe: Recipe, roles: Roles, shelf: Shelf, clock: Clock | None, progress: Progress | None
) -> Rows | None:
    """The rows of a table without its numbers, and the facts of every column; None where one pass has to see them.

    Raises
    ------
    StorageError
        If a file is not what it was, or those who work went away.
    """
    names = tuple(dict.fromkeys([*roles.numeric_features, *roles.targets, *roles.future]))
    if shelf.hands is None or not _may_be(source, recipe, roles, names):
        return None
    try:
        keys, rows = _keys(source, recipe, roles, shelf, clock, progress)
        again = again_of(source, recipe.reading)
        if again is None or not _seen(shelf.hands, again):
            return None
        told = facts_of(shelf.hands, again, Looking(recipe, roles, names), progress)
        return None if told is None else keys.settled(rows, told, names, Asking(shelf.hands, again, recipe.reading))
    except StorageError:
        raise
    except LstmprepError:  # whoever reads all columns says which comes first
        return None


def _may_be(source: Source, recipe: Recipe, roles: Roles, names: tuple[str, ...]) -> bool:
    """Whether rows are framed as they stand, as far as can be told without them."""
    made = (
        recipe.reworks
        or recipe.downsampling.downsample is not None
        or recipe.derived.time_delta
        or recipe.derived.calendar
    )
    other = recipe.columns.target_file is not None or recipe.columns.labels is not None or roles.categorical
    order = recipe.batching.shuffle or recipe.batching.stateful or recipe.layout.layout == "time-first"
    robust = recipe.scaling.scale == "robust" or any(method == "robust" for method, _ in recipe.scaling.chosen)
    if (
        made
        or other
        or order
        or robust
        or recipe.framing.kind not in ("window", "lag")
        or recipe.order.missing != "error"
    ):
        return False
    twice = {*names} & {*roles.keys, *roles.time, roles.label}
    if twice or isinstance(source, Around) or source.bytes < LEAST or len(names) > MOST:
        return False
    return all(isinstance(part, InPieces) and part.places() is not None for part in parts_of(source))


def _seen(hands: Hands, again: Again) -> bool:
    """Whether all who work see the files; where not, that is said where it counts."""
    try:
        hands.preflight(Seeing(again.files))
    except StorageError:
        return False
    return True


def _keys(
    source: Source, recipe: Recipe, roles: Roles, shelf: Shelf, clock: Clock | None, progress: Progress | None
) -> tuple[_Keys, Rows]:
    """The pass over what no worker needs to see, begun again where a later row shows how a time is to be read."""
    while True:
        reader = _Keys(source, recipe, roles, shelf, clock)
        try:
            return reader, reader.read(progress)
        except Restart:
            continue


class _Keys(Reader):
    """The pass of who starts: what no worker needs to see."""

    def __init__(self, source: Source, recipe: Recipe, roles: Roles, shelf: Shelf, clock: Clock | None) -> None:
        self._all = roles
        super().__init__(source, recipe, replace(roles, features=(), targets=(), future=(), unread=()), shelf, clock)

    def settled(self, rows: Rows, told: dict[str, ColumnFacts], names: tuple[str, ...], asking: Asking) -> Rows | None:
        """The rows with the facts of those who work, and stores that only they can read; None where a column turns out to be text."""
        roles = self.roles = self._all
        order = dict.fromkeys([*names, *roles.static, *roles.unread])
        self.facts = rows.facts = {name: told.get(name) or rows.facts[name] for name in order}
        if self._verdicts():
            return None
        dtype = np.dtype(np.float64 if self.recipe.computes else self.recipe.arrays.dtype)
        for role, mine in (("features", roles.numeric_features), ("targets", roles.targets), ("future", roles.future)):
            if mine:
                ends = np.array([[told[n].low for n in mine], [told[n].high for n in mine]])
                unread = Unread(
                    (rows.rows, len(mine)),
                    dtype,
                    ends,
                    asking.of(tuple(mine), dtype),
                    scaled=self.recipe.scaling.scales,
                )
                setattr(rows, role, _Elsewhere(unread))
        return rows


class _Elsewhere(RowStore):
    """A store of rows that are not read here."""

    def __init__(self, unread: Unread) -> None:
        super().__init__(unread.shape[1], unread.dtype)
        self.rows, self._unread = len(unread), unread

    def view(self) -> Array:
        return cast(Array, self._unread)
