"""Rows that are brought together go straight to where the output has them.

    panel    rows of interleaved groups, gathered    ->    series.npy    |128 bytes|rows in key order|
    plan     is the series these very rows? then the file stands and gets its header; else it never was

With ``--store series`` the rows in the order of their keys are the output, and they are written once less. It is
a guess, as that of `early`: the file counts only when the plan that is made takes the very array that is its map.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import DTypeLike

from lstmprep.digest import Digest
from lstmprep.keyorder import KeyOrder
from lstmprep.panel import Array
from lstmprep.plan import Plan
from lstmprep.recipe import Recipe
from lstmprep.sinks.npy import size_of_file
from lstmprep.sinks.staging import Staging
from lstmprep.sinks.writing import Unit, Writing
from lstmprep.stores import RowStore

NAME = "series.npy"


def may_be_gathered(recipe: Recipe, kind: str) -> bool:
    """Whether gathered rows most likely are the series of the output, as they are.

    Examples
    --------
    >>> from lstmprep.recipe import from_flat
    >>> may_be_gathered(from_flat({"timesteps": 3, "group_by": "k", "store": "series"}), "folder")
    True
    >>> may_be_gathered(from_flat({"timesteps": 3, "group_by": "k", "store": "series", "scale": "standard"}), "folder")
    False
    """
    changed = recipe.computes or recipe.computing or recipe.columns.categorical or recipe.split.active
    stored = kind == "folder" and recipe.storing.store == "series"
    return bool(stored and not changed)


class InFile(RowStore):
    """Rows in a file that has a name, behind the room for its header; what is written is digested on the way."""

    head = 128

    def __init__(self, width: int, dtype: DTypeLike, path: Path, kind: str) -> None:
        super().__init__(width, dtype, limit=-1)
        self._path = path
        self.told = Digest(kind)
        self.told.update(bytes(self.head))

    def _opened(self) -> IO[bytes]:
        file = open(self._path, "r+b", buffering=0)  # noqa: SIM115 (lives as long as the array)
        file.seek(self.head)
        return file

    def _write(self, block: Array) -> None:
        super()._write(block)
        self.told.update(block.reshape(-1).view(np.uint8).data)


class Gathered:
    """Follows the reading of a table, and offers the file of the series to whoever gathers its rows.

    Parameters
    ----------
    recipe : Recipe
    staging : Staging
        Where the output is made.
    """

    def __init__(self, recipe: Recipe, staging: Staging) -> None:
        self._staging, self._kind = staging, recipe.arrays.digest
        self._store: InFile | None = None
        self._done: tuple[Unit, list[bytes]] | None = None

    @property
    def held(self) -> int:
        """Bytes that stand already."""
        store = self._store
        return 0 if store is None else store.rows * store.width * store.dtype.itemsize

    def begin(self, store: RowStore) -> None:
        """A pass over the table begins."""

    def grown(self) -> None:
        """Rows that are read are nothing yet: they will move."""

    def busy(self) -> bool:
        """It waits for all rows."""
        return False

    def stop(self) -> None:
        """There is nothing that could be stopped."""

    def gathering(self, width: int, dtype: DTypeLike) -> RowStore | None:
        """Where the features in the order of the panel are put."""
        self._staging.create(NAME, lambda stream: stream.write(bytes(InFile.head)))
        self._store = InFile(width, dtype, self._staging.file(NAME), self._kind)
        return self._store

    def rest(self, plan: Plan, fn: Writing, units: list[Unit]) -> list[Unit]:
        """The units that are left to be done, once all rows are known."""
        if self._store is None:
            return units
        mine = [u for u in units if fn.name(u) == NAME]
        if not mine or not self._foreseen(plan, fn, mine[0]):
            self._staging.file(NAME).unlink()
            self._store = None
            return units
        pieces, first = self._store.told.pieces(), Unit(mine[0].part, mine[0].array, 0, 1)
        pieces[:1] = fn.headed(first)
        self._done = Unit(first.part, first.array, 0, mine[-1].last), pieces
        return [u for u in units if u not in mine]

    def hand_over(self, take: Callable[[Unit, list[bytes]], None]) -> None:
        """The digests of the series, if it stood already."""
        if self._done is not None:
            take(*self._done)

    def _foreseen(self, plan: Plan, fn: Writing, unit: Unit) -> bool:
        """Whether the rows that stand are those of a unit, in the order of their keys."""
        part, array, store = plan.parts[unit.part], fn.file(unit), self._store
        return bool(
            store is not None
            and part.panel.features is store.view()
            and (fn.head(unit), size_of_file(array)) == (store.head, store.head + self.held)
            and array.dtype == store.dtype
            and KeyOrder(part.panel).straight
        )
