"""Windows are written while rows are still being read, where rows that come later cannot change them.

    reader   rows |=====|=====|=====|...            each block stands in the store of the features
    early    X.npy      |piece 0|piece 1|...        whole pieces of the file, from the rows so far
    plan     is X what was foreseen? then these pieces are done; else they never were

It is a guess, and never more: whole pieces count as done only when the plan that is made of all rows takes
the very array they were made of, in the same windows. The header, which says how many samples there are,
is written then. Whatever goes wrong here is left to the plan and its writers, who say so.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from lstmprep import digest
from lstmprep.arrays import Part, arrays_of
from lstmprep.errors import LstmprepError
from lstmprep.framing import Window
from lstmprep.panel import Panel
from lstmprep.plan import Plan
from lstmprep.recipe import Recipe
from lstmprep.sinks.gathered import Gathered, may_be_gathered
from lstmprep.sinks.staging import Staging, free_bytes
from lstmprep.sinks.writing import Unit, Writing
from lstmprep.sources.ahead import aside
from lstmprep.split import whole
from lstmprep.stores import RowStore

SHARE = 4  # of the free room of the disk that is not touched, for one part that is


def early_at(recipe: Recipe, staging: Staging) -> Early | Gathered | None:
    """Who writes early for this output; None where that would most likely be for nothing, or files are to reach the disk."""
    target = staging.target
    if staging.store is not None or staging.fsync:
        return None
    if may_be_gathered(recipe, target.kind):
        return Gathered(recipe, staging)
    if not may_be_early(recipe, target.kind):
        return None
    return Early(recipe, staging, target.path.name if target.kind == "npy" else "X.npy")


def may_be_early(recipe: Recipe, kind: str) -> bool:
    """Whether the windows of a recipe most likely follow from the rows they are made of, as these are read.

    Examples
    --------
    >>> from lstmprep.recipe import from_flat
    >>> may_be_early(from_flat({"timesteps": 3}), "folder")
    True
    >>> may_be_early(from_flat({"timesteps": 3, "scale": "standard", "split": "0.8,0.2"}), "folder")
    False
    """
    framing, batching = recipe.framing, recipe.batching
    if not isinstance(framing, Window) or kind not in ("folder", "npy"):
        return False
    stored = recipe.storing.store == "windows" and recipe.arrays.shard_size is None and not recipe.split.active
    moved = recipe.computing or recipe.reworks or recipe.second_tables or recipe.timing.max_gap is not None
    framed = not (framing.padding_possible or framing.latest or framing.anchor == "end")
    one = not (recipe.order.group_by or recipe.order.pivot or recipe.reading.file_as or recipe.columns.categorical)
    return bool(stored and framed and one and not moved and not batching.shuffle and not batching.stateful)


class Early:
    """Follows the reading of a table, and writes the pieces of X that its rows suffice for.

    Parameters
    ----------
    recipe : Recipe
    staging : Staging
        Where the output is made.
    name : str
        Of the file of X.
    """

    def __init__(self, recipe: Recipe, staging: Staging, name: str) -> None:
        self._recipe, self._staging, self._name = recipe, staging, name
        self._store: RowStore | None = None
        self._told: SimpleQueue[int] = SimpleQueue()
        self._stopped = threading.Event()
        self._worker: threading.Thread | None = None
        self._part: Part | None = None
        self._pieces: list[list[bytes]] = []
        self._first: Callable[[], list[bytes]] = list  # the digest of the first piece, with its header

    @property
    def path(self) -> Path:
        """The file of X."""
        return self._staging.file(self._name)

    @property
    def held(self) -> int:
        """Bytes that stand already."""
        return len(self._pieces) * digest.PIECE

    def begin(self, store: RowStore) -> None:
        """A pass over the table begins, and puts its features into this store."""
        self.forget()
        self._store = store

    def grown(self) -> None:
        """The store has more rows."""
        store = self._store
        if store is None or not store.filed:
            return
        if self._worker is None:
            self._worker = threading.Thread(target=self._work, args=(store,), daemon=True)
            try:
                self._staging.create(self._name, lambda _: None)
                self._worker.start()
            except (RuntimeError, LstmprepError):  # no room for a thread, or for a file
                self.forget()
        self._told.put(store.rows)

    def busy(self) -> bool:
        """Whether rows wait to be written."""
        return self._told.qsize() > 1

    def gathering(self, width: int, dtype: DTypeLike) -> RowStore | None:
        """Rows that move go where they may."""
        return None

    def stop(self) -> None:
        """No further piece is begun."""
        self._stopped.set()
        self._told.put(0)
        if self._worker is not None and self._worker.ident is not None:
            self._worker.join()

    def forget(self) -> None:
        """What was written was for nothing."""
        self.stop()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
        self._store, self._worker, self._part, self._pieces = None, None, None, []
        self._told, self._stopped = SimpleQueue(), threading.Event()

    def rest(self, plan: Plan, fn: Writing, units: list[Unit]) -> list[Unit]:
        """The units that are left to be done, once all rows are known."""
        self.stop()
        first = Unit(0, 0, 0, 1)
        if self._pieces and self._foreseen(plan):
            size = fn.head(first) + fn.file(first).bytes
            os.truncate(self.path, size)
            self._pieces = self._pieces[: size // digest.PIECE]
        else:
            self.forget()
        if not self._pieces:
            return units
        headed = aside(lambda: fn.headed(first))  # beside those who write the rest
        self._first = lambda: fn.headed(first) if (told := headed()) is None else told
        cut = [replace(u, first=max(u.first, len(self._pieces))) if (u.part, u.array) == (0, 0) else u for u in units]
        return [u for u in cut if u.first < u.last]

    def hand_over(self, take: Callable[[Unit, list[bytes]], None]) -> None:
        """The digests of the pieces of X that stood already."""
        if self._pieces:
            told = [self._first(), *self._pieces[1:]]
            take(Unit(0, 0, 0, len(told)), [one for piece in told for one in piece])

    def _foreseen(self, plan: Plan) -> bool:
        """Whether the plan makes X of the rows of the store, in the windows that were foreseen."""
        mine, made = self._part, plan.parts[0]
        if self._store is None or mine is None or len(plan.parts) > 1 or plan.recipe != mine.recipe:
            return False
        x, before, runs = made.arrays[0], mine.arrays[0], made.runs
        same = len(runs.first) == 1 and runs.first[0] == mine.runs.first[0] and runs.stride == mine.runs.stride
        shaped = (x.name, x.dtype, x.shape[1:], x.axes) == (before.name, before.dtype, before.shape[1:], before.axes)
        return bool(same and shaped and x.stored and made.order is None and made.samples == runs.total) and (
            made.panel.features is self._store.view()
        )

    def _work(self, store: RowStore) -> None:
        with contextlib.suppress(Exception):  # the writers of the plan will meet it again, and say so
            while rows := self._newest():
                self._write(store, rows)

    def _newest(self) -> int:
        """How many rows there are, once there are more; 0 when there is nothing to be done any more."""
        rows = self._told.get()
        while not self._told.empty():
            rows = self._told.get()
        return 0 if self._stopped.is_set() else rows

    def _write(self, store: RowStore, rows: int) -> None:
        """All pieces that so many rows suffice for, and that were not written before."""
        part = self._foresee(store.first(rows), rows)
        x = part.arrays[0]
        fn = Writing([part], self.path.parent, self._recipe.arrays.digest, name=self._name, fsync=False)
        while not self._stopped.is_set():
            unit = Unit(0, 0, len(self._pieces), len(self._pieces) + 1)
            if x.axes[0] != "samples" or fn.head(unit) + x.bytes < unit.last * digest.PIECE:
                return
            if free_bytes(self.path.parent) < SHARE * (self.held + digest.PIECE):
                return
            self._pieces.append(fn(unit))
            self._part = part

    def _foresee(self, features: Any, rows: int) -> Part:
        """The one part there will be, if the table ended here."""
        recipe = self._recipe
        panel = Panel(features, np.zeros(1, np.int64), np.array([rows]), {})
        cut = whole(panel)[0]
        frame = recipe.framing.frame(None if recipe.columns.labels is not None else recipe.answer)
        runs = recipe.framing.runs(cut.segments, frame)
        part = Part(recipe, cut, panel, frame, runs, runs, runs, runs, None, runs.total)
        part.arrays = [a for a in arrays_of(part, features.shape[1]) if a.role == "X"]
        return part
