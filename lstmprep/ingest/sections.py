"""``--sections``: stretches of time that samples may not leave, each with a class.

start  end  label         both ends belong to it; further columns named like --group-by
251  400  walk          say of which sequence, else a section holds for all of them
451  750  run
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lstmprep.arrow import arrow_of, mask
from lstmprep.errors import DataError, RecipeError, Where, located
from lstmprep.grid.cells import cut_at
from lstmprep.grid.search import last_at_or_before
from lstmprep.grid.walk import Bounds
from lstmprep.ingest.clock import Clock
from lstmprep.ingest.keys import canonical_order
from lstmprep.ingest.matching import KeyMap
from lstmprep.ingest.rhythm import clock_for
from lstmprep.ingest.whole import in_unit_of, whole_texts, whole_times
from lstmprep.panel import Panel
from lstmprep.pieces import Pieces
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.sources import open_source
from lstmprep.sources.base import Source
from lstmprep.stores import Shelf
from lstmprep.wording import counted, listed, name_of, quoted

Ints = NDArray[np.int64]
BLOCK = 1 << 16
EVERY, NOBODY = -1, -2  # instead of a sequence: for all of them, for a key that no row has


@record(eq=False)
class Sections:
    """The sections in order of sequence and start.

    Parameters
    ----------
    source : Source
    row : (sections,) int64
        Of the file.
    starts, ends : (sections,)
        Both inside, in the unit of the table's times.
    sequence : (sections,) int64
        The sequence each belongs to, -1 for all.
    labels : pyarrow.StringArray or None
    classes : list of str
        Distinct labels of sections that hold rows.
    rows : (sections,) int64
        How many rows lie in each.
    beyond : list of str
        Sections that reach beyond the data, for a note.
    """

    source: Source
    row: Ints
    starts: Any
    ends: Any
    sequence: Ints
    labels: pa.Array | None
    clock: Clock
    classes: list[str] = field(default_factory=list)
    rows: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    beyond: list[str] = field(default_factory=list)

    def name(self, i: int) -> str:
        """``251 to 400 (walk)``."""
        label = f" ({name_of(str(self.labels[i]))})" if self.labels is not None else ""
        return f"{self.clock.text(self.starts[i])} to {self.clock.text(self.ends[i])}{label}"

    def where(self, i: int) -> Where:
        """Where a section stands in its file."""
        return self.source.where(int(self.row[i]))


def cut_sections(panel: Panel, recipe: Recipe, keys: tuple[str, ...], clock: Clock, shelf: Shelf) -> Sections:
    """Cut the panel to its sections; with labels every row gets the class of its section.

    Raises
    ------
    DataError
        If sections overlap, run backwards, have no label, or hold no row at all.
    RecipeError
        If the file lacks a column.
    """
    source = open_source(recipe.timing.sections, recipe.reading)
    with located(file=source.name):
        found = _read(source, panel, recipe, keys, clock, shelf)
        _require_apart(found)
        owner = _owners(found, panel, shelf)
        _cut(panel, found, owner)
        _look_beyond(found, panel)
        if found.labels is not None:
            panel.labels = _labelled(found, owner, shelf)
    return found


def _read(source: Source, panel: Panel, recipe: Recipe, keys: tuple[str, ...], clock: Clock, shelf: Shelf) -> Sections:
    labelled = recipe.labelled_by_sections
    for name in ("start", "end", *["label"] * labelled):
        if name not in source.names:
            raise RecipeError(
                f"the table of sections has no column {quoted(name)}",
                fix=f"Sections have the columns start, end and label. It has: {listed(source.names)}.",
            )
    mine = tuple(k for k in keys if k in source.names)
    if mine and len(mine) < len(keys):
        raise RecipeError(
            f"the table of sections has {listed(mine)} and lacks {listed([k for k in keys if k not in mine])}",
            fix="Give all key columns of --group-by, or none: then a section holds for every sequence.",
        )
    start, end = _ends(source, clock, recipe, shelf)
    if not len(start):
        raise DataError("there are no sections", fix="Give one line per section: start, end, label.")
    if (end < start).any():
        at = int(np.argmax(end < start))
        raise DataError(
            f"the section ends at {clock.text(end[at])}, before it starts at {clock.text(start[at])}",
            fix="Mend the line.",
            where=source.where(at, "end"),
        )
    labels = whole_texts(source, ("label",), "label")[0] if labelled else None
    sequence = np.full(len(start), EVERY, np.int64)
    if mine:
        keyed = KeyMap(list(panel.keys.values()))
        code = keyed.find(whole_texts(source, mine, "key"))
        sequence = np.where(code >= 0, np.argsort(keyed.codes)[np.maximum(code, 0)], NOBODY)
    order = np.lexsort((start, sequence))
    labels = labels.take(arrow_of(order)) if labels is not None else None
    return Sections(source, order, start[order], end[order], sequence[order], labels, clock)


def _ends(source: Source, clock: Clock, recipe: Recipe, shelf: Shelf) -> tuple[Any, Any]:
    """(first, last time) of every section, in the unit of the table's clock."""
    out = []
    for name, up in (("start", True), ("end", False)):
        theirs = clock_for(recipe, (name,))
        assert theirs is not None
        times = whole_times(source, (name,), theirs, shelf)
        out.append(in_unit_of(clock, times, theirs, name=source.name, up=up))
    return out[0], out[1]


def _require_apart(found: Sections) -> None:
    """Two sections of one sequence may not share an instant."""
    same = found.sequence[1:] == found.sequence[:-1]
    over = np.flatnonzero(same & (found.starts[1:] <= found.ends[:-1]))
    if not len(over):
        return
    one, two = int(over[0]), int(over[0]) + 1
    first, second = found.where(one), found.where(two)
    line = f"line {first.line:,}" if first.line else f"row {first.row:,}"
    raise DataError(
        f"the sections {found.name(one)} and {found.name(two)} overlap; the first stands in {line}"
        + (f", and {counted(len(over) - 1, 'other pair')} like them" if len(over) > 1 else ""),
        fix="A row can lie in one section: end the first before the second starts.",
        where=second,
    )


def _owners(found: Sections, panel: Panel, shelf: Shelf) -> Any:
    """(rows,) the section of each row, -1 in none; how many rows lie in each is noted."""
    n = len(panel.starts)
    low, high = np.zeros(n, np.int64), np.full(n, len(found.starts))
    if found.sequence[-1] != EVERY:
        low, high = (np.searchsorted(found.sequence, np.arange(n), side=s) for s in ("left", "right"))
    bounds = Bounds(panel.starts, panel.stops)
    found.rows = np.zeros(len(found.starts), np.int64)
    store = shelf.store(0, np.int32)
    times = panel.times
    assert times is not None
    for i in range(0, len(times), BLOCK):
        when = np.asarray(times[i : i + BLOCK])
        who = bounds.run_of(np.arange(i, i + len(when)))
        at = last_at_or_before(found.starts, low[who], high[who], when)
        inside = at >= low[who]
        inside[inside] = when[inside] <= found.ends[at[inside]]
        found.rows += np.bincount(at[inside], minlength=len(found.rows))
        store.append(np.where(inside, at, -1).astype(np.int32))
    return store.view()


def _cut(panel: Panel, found: Sections, owner: Any) -> None:
    """Pieces of one section each; what lies in none is no piece."""
    if not found.rows.any():
        first, last = (found.clock.text(v) for v in _span(panel))
        raise DataError(
            f"no row lies in a section; the times of the table go from {first} to {last}",
            fix="Give start and end as the time column has them; both ends belong to a section.",
        )
    pieces = panel.pieces
    begins = np.sort(pieces.starts)
    cuts = []
    for i in range(0, len(owner), BLOCK):
        before = max(i - 1, 0)
        turns = np.flatnonzero(np.diff(owner[before : i + BLOCK])) + (before + 1)
        cuts.append(turns[~np.isin(turns, begins)])
    cut = cut_at(pieces.starts, pieces.stops, np.concatenate(cuts).astype(np.int64))
    section = np.asarray(owner[cut.starts]).astype(np.int64)
    kept = section >= 0
    sequence = pieces.sequence[cut.sequence[kept]]
    panel.cuts = Pieces(sequence, cut.starts[kept], cut.stops[kept], section=section[kept])


def _look_beyond(found: Sections, panel: Panel) -> None:
    """Sections that the data do not fill: of another key, before the first row or after the last."""
    low, high = _span(panel)
    for i in range(len(found.starts)):  # a table of sections is short
        if found.sequence[i] == NOBODY:
            found.beyond.append(f"{found.name(i)}, whose key no row has")
        elif found.sequence[i] >= 0:
            low, high = panel.times[panel.starts[found.sequence[i]]], panel.times[panel.stops[found.sequence[i]] - 1]  # type: ignore[index]
        if found.sequence[i] != NOBODY and (found.starts[i] < low or found.ends[i] > high):
            ends = f"the data go from {found.clock.text(low)} to {found.clock.text(high)}"
            found.beyond.append(f"{found.name(i)}, {counted(int(found.rows[i]), 'row')} ({ends})")
        elif found.sequence[i] != NOBODY and not found.rows[i]:
            found.beyond.append(f"{found.name(i)}, 0 rows")


def _span(panel: Panel) -> tuple[Any, Any]:
    """The first and the last time of all."""
    assert panel.times is not None
    return panel.times[panel.starts].min(), panel.times[panel.stops - 1].max()


def _labelled(found: Sections, owner: Any, shelf: Shelf) -> Any:
    """(rows,) the code of the class of each row; classes that no row has are none."""
    assert found.labels is not None
    used = found.labels.filter(mask(found.rows > 0)).unique()
    classes = used.take(arrow_of(canonical_order(used)))
    found.classes = [str(v) for v in classes.to_pylist()]
    from pyarrow import compute

    codes = np.array([*compute.index_in(found.labels, value_set=classes).fill_null(-1).to_pylist(), -1], np.int32)
    store = shelf.store(0, np.int32)
    for i in range(0, len(owner), BLOCK):
        store.append(codes[owner[i : i + BLOCK]])  # the last place is that of no section
    return store.view()
