"""Rows of the file become sequences in key order and time order: the panel.

    rows in place                      -> no row moves: a sequence is where it stands
    keys that come back, times astray  -> rows are gathered once, in the order that `order` finds
    two rows of one time               -> refused, or the first, the last, the mean of them

Text classes become 0/1 features here, once a row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lstmprep.arrow import arrow_of
from lstmprep.columns import Roles
from lstmprep.errors import DataError
from lstmprep.ingest.order import sequences_of
from lstmprep.ingest.rows import Rows
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.scratch import by_place, whole_rows
from lstmprep.sources.ahead import WORTH_A_THREAD, ahead
from lstmprep.sources.around import Around
from lstmprep.sources.base import Source
from lstmprep.stores import RowStore, Shelf
from lstmprep.wording import counted, name_of, number, quoted, shown

BLOCK = 1 << 16
GATHERED = 1 << 21  # bytes of rows gathered at a time; three times as many are held
Ints = NDArray[np.int64]


@record(eq=False)
class Arranged:
    """The panel and what it took to make it."""

    panel: Panel
    feature_names: list[str]
    categories: dict[str, list[str]] = field(default_factory=dict)
    removed: Ints = field(default_factory=lambda: np.empty(0, np.int64))  # source rows left out as duplicates
    averaged: int = 0


def arrange(rows: Rows, recipe: Recipe, roles: Roles, source: Source, shelf: Shelf) -> Arranged:
    """The panel of these rows.

    Raises
    ------
    DataError
        If two rows of a sequence have one time, or a static column changes inside a sequence.
    """
    times = rows.times.view() if rows.times is not None else None
    found = sequences_of(rows, times, shelf)
    panel = Panel(np.empty((0, 0)), found.starts, found.stops, found.keys, source_rows=found.order)
    panel.times = times if times is None or found.order is None else _taken(times, found.order, shelf)
    removed, groups = _without_duplicates(panel, rows, recipe, source)
    out = Arranged(panel, [], removed=removed, averaged=int((np.diff(groups) > 1).sum()) if groups is not None else 0)
    gather = _Gather(panel.source_rows, groups, shelf)
    if groups is not None:
        panel.source_rows = panel.source_rows[groups[:-1]]  # type: ignore[index]
    for name in ("targets", "future"):
        store = getattr(rows, name)
        setattr(panel, name, gather(store) if store.width else None)
    if rows.labels is not None:
        rows.labels = _still_there(*rows.labels, gather, removed)
        panel.labels = rows.labels[1]
        if recipe.framing.one_label:
            _require_one_label(panel, rows.labels[0], roles, source, choosable=recipe.framing.kind == "pad")
    panel.features = _features(rows, roles, gather, shelf, out)
    if rows.static.width:
        static = gather(rows.static)
        of_rows = recipe.framing.by_row and panel.rows > 0
        owner = (
            replace(panel, starts=np.arange(panel.rows, dtype=np.int64)) if of_rows else panel
        )  # each row has its own
        panel.static = _static(static, owner, roles, source)
    if shelf.apart and not isinstance(source, Around):
        from lstmprep.ingest.reread import reread_of

        panel.reread = reread_of(source, recipe.reading, rows, roles)
    return out


def _without_duplicates(panel: Panel, rows: Rows, recipe: Recipe, source: Source) -> tuple[Ints, Ints | None]:
    """Two rows of one time: (source rows left out, bounds of the rows to average or None)."""
    if panel.times is None:
        return np.empty(0, np.int64), None
    n = len(panel.times)
    same: list[Ints] = []
    for i in range(0, n, BLOCK):
        piece = panel.times[i : i + BLOCK + 1]
        same.append(np.flatnonzero(piece[1:] == piece[:-1]) + i + 1)
    again = np.concatenate(same)
    if len(again):  # the first row of a sequence has no row before it
        again = again[~np.isin(again, panel.starts)]
    if not len(again):
        return again, None
    policy = recipe.order.on_duplicate
    if policy == "error" and recipe.grid.resample is not None and not recipe.grid.orders:
        return again[:0], None  # a cell joins them
    if policy == "error":
        raise _double(panel, rows, source, again)
    in_order = np.arange(n, dtype=np.int64) if panel.source_rows is None else panel.source_rows
    gone = again - 1 if policy == "last" else again
    keep = np.ones(n, bool)
    keep[gone] = False
    kept_before = np.concatenate([[0], np.cumsum(keep)])
    panel.starts, panel.stops = kept_before[panel.starts], kept_before[panel.stops]
    removed = np.sort(in_order[gone])
    panel.times = panel.times[keep]
    if policy == "mean":
        bounds = np.append(np.flatnonzero(keep), n)
        panel.source_rows = in_order
        return removed, bounds
    panel.source_rows = in_order[keep]
    return removed, None


def _double(panel: Panel, rows: Rows, source: Source, again: Ints) -> DataError:
    at = int(again[0])
    first, second = sorted(int(v) for v in panel.source(np.array([at - 1, at])))
    who = _sequence_at(panel, at)
    time = ", ".join(rows.clock.columns) if rows.clock else ""
    more = f" ({counted(len(again), 'row')} like it in all)" if len(again) > 1 else ""
    assert rows.clock is not None and panel.times is not None
    key = f" in the sequence {name_of(panel.key_text(who))}" if panel.keys else ""
    return DataError(
        f"the time {rows.clock.text(panel.times[at])} stands twice{key}, first on row {first + 1:,}{more}",
        fix="Keep one of them with --on-duplicate first, last or mean, or name the key of the sequences with --group-by.",
        where=replace(source.where(second), column=time),
    )


def _sequence_at(panel: Panel, row: int) -> int:
    return int(np.flatnonzero((panel.starts <= row) & (row < panel.stops))[0])


class _Gather:
    """Rows of a store in panel order."""

    def __init__(self, order: Ints | None, groups: Ints | None, shelf: Shelf) -> None:
        self._order, self._groups, self._shelf = order, groups, shelf

    def __call__(self, store: RowStore, room: Callable[[int, Any], RowStore | None] | None = None) -> Any:
        values = store.view()
        if self._order is None:
            return values
        if self._groups is None:
            return _taken(
                values, self._order, self._shelf, room(store.width, store.dtype) if room is not None else None
            )
        out = self._shelf.store(store.width, store.dtype)
        for i in range(0, len(self._groups) - 1, BLOCK):
            bounds = self._groups[i : i + BLOCK + 1]
            block = values[self._order[bounds[0] : bounds[-1]]].astype(np.float64)
            begins, gone = bounds[:-1] - bounds[0], np.isnan(block)
            block[gone] = 0.0
            count = np.add.reduceat(~gone, begins, axis=0, dtype=np.int64)  # what is missing does not count
            sums = np.add.reduceat(block, begins, axis=0)
            out.append(np.divide(sums, count, out=np.full_like(sums, np.nan), where=count > 0))
        return out.view()

    def pick(self, values: Any) -> Any:
        """Codes in panel order; of averaged rows the last one's."""
        if self._order is None:
            return values
        return _taken(values, self._order if self._groups is None else self._order[self._groups[1:] - 1], self._shelf)


def _still_there(texts: pa.Array, codes: Any, gather: _Gather, removed: Ints) -> tuple[pa.Array, Any]:
    """(classes, codes in panel order): a class that only removed rows had is none."""
    found = gather.pick(codes)
    if not len(removed):
        return texts, found
    used = np.flatnonzero(np.bincount(found[found >= 0], minlength=len(texts)))
    renumbered = np.full(len(texts) + 1, -1, np.int32)  # the last place is that of a missing class, -1
    renumbered[used] = np.arange(len(used), dtype=np.int32)
    return texts.take(arrow_of(used)), renumbered[found]


def _taken(values: Any, order: Ints, shelf: Shelf, out: RowStore | None = None) -> Any:
    """Rows in another order, gathered by one core while the other one writes those before."""
    if out is None:
        out = shelf.store(values.shape[1] if values.ndim == 2 else 0, values.dtype)
    items = whole_rows(values)
    each = max(1, min(BLOCK, GATHERED // items.itemsize))
    blocks = (np.take(items, order[i : i + each], mode="clip") for i in range(0, len(order), each))
    for some in ahead(blocks) if values.nbytes > WORTH_A_THREAD and shelf.workers != 1 else blocks:
        out.append(some.view(values.dtype).reshape(-1, *values.shape[1:]))
    return out.view()


def _features(rows: Rows, roles: Roles, gather: _Gather, shelf: Shelf, out: Arranged) -> Any:
    """Numbers, and one 0/1 column per class of each categorical column, in the order asked for."""
    last = shelf.follower.gathering if shelf.follower is not None and not roles.categorical else None
    numbers = gather(rows.features, last) if rows.features.width else rows.features.view()
    if not roles.categorical:
        out.feature_names = list(roles.features)
        return numbers
    codes = {}
    for name in roles.categorical:
        texts, codes[name] = _still_there(*rows.categories[name], gather, out.removed)
        out.categories[name] = [str(v) for v in texts.to_pylist()]
    for name in roles.features:
        out.feature_names += [f"{name}={c}" for c in out.categories[name]] if name in codes else [name]
    store = shelf.store(len(out.feature_names), rows.features.dtype)
    length = len(next(iter(codes.values())))
    for i in range(0, length, BLOCK):
        columns = []
        for name in roles.features:
            if name in codes:
                here = codes[name][i : i + BLOCK, None]
                hot = (here == np.arange(len(out.categories[name]))).astype(store.dtype)
                columns.append(np.where(here < 0, np.array(np.nan, store.dtype), hot))
            else:
                columns.append(numbers[i : i + BLOCK, roles.numeric_features.index(name), None])
        store.append(np.concatenate(columns, axis=1))
    return store.view()


def _require_one_label(panel: Panel, classes: pa.Array, roles: Roles, source: Source, *, choosable: bool) -> None:
    """The label of a sequence must not change; a missing one says nothing."""
    labels = panel.labels
    assert labels is not None
    order, bounds = by_place(panel.starts)
    first = np.full(len(bounds), -1, np.int32)  # the first label of each sequence that is not missing
    for i in range(0, len(labels), BLOCK):
        block = labels[i : i + BLOCK]
        known = np.flatnonzero(block >= 0)
        owner = order[np.searchsorted(bounds, known + i, side="right") - 1]
        here, at = np.unique(owner, return_index=True)
        fresh = first[here] < 0
        first[here[fresh]] = block[known[at[fresh]]]
        wrong = np.flatnonzero(block[known] != first[owner])
        if len(wrong):
            who, row = int(owner[wrong[0]]), int(panel.source(known[wrong[:1]] + i)[0])
            one, two = (str(classes[int(c)]) for c in (first[who], block[known[wrong[0]]]))
            key = f" {name_of(panel.key_text(who))}" if panel.keys else ""
            raise DataError(
                f"the label changes inside the sequence{key}: {quoted(one)}, then {quoted(two)}",
                fix="Choose one with --label-at last, first or mode, or give every step its own with --target-mode per-step."
                if choosable
                else "A sample has one label: mend the cells, or frame the rows with lstmprep window --label-at mode.",
                where=source.where(row, roles.label),
            )


def _static(values: Any, panel: Panel, roles: Roles, source: Source) -> Any:
    """(sequences, n) the one value of each sequence."""
    order, bounds = by_place(panel.starts)
    first = values[panel.starts]
    for i in range(0, len(values), BLOCK):
        block = values[i : i + BLOCK]
        owner = order[np.searchsorted(bounds, np.arange(i, i + len(block)), side="right") - 1]
        same = first[owner]
        wrong = ~((block == same) | (np.isnan(block) & np.isnan(same)))
        if wrong.any():
            at, column = (int(v) for v in np.argwhere(wrong)[0])
            row = int(panel.source(np.array([i + at]))[0])
            who = f" of {shown(panel.key_text(owner[at]))}" if panel.keys else ""
            raise DataError(
                f"the static column changes inside the sequence{who}: {number(float(same[at, column]))}, then {number(float(block[at, column]))}",
                fix="A column that changes with time is a feature: leave it out of --static.",
                where=source.where(row, roles.static[column]),
            )
        if np.isnan(block).any():
            at, column = (int(v) for v in np.argwhere(np.isnan(block))[0])
            raise DataError(
                "the static value is missing",
                fix="Mend the cell, or leave the column out of --static.",
                where=source.where(int(panel.source(np.array([i + at]))[0]), roles.static[column]),
            )
    return first
