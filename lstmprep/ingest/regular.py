"""``--resample``: the rows of the panel become the cells of a regular grid.

    panel  times 0 4 6           cells  0 1 2 3 4 5 6         each stands for its rows of the table,
    value        0 4 8                  0 . . . 4 . 8         or for none: missing until a fill

The axis is the time itself; with a step of whole days and a time zone it is the clock on the wall, so
that a day begins at midnight also where it has 23 or 25 hours. Cells are counted from the midnight of the first
day (of the sequence, or of all with a common grid); plain numbers from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

import numpy as np

from lstmprep.arrow import arrow_of
from lstmprep.columns import Roles
from lstmprep.errors import DataError, RecipeError
from lstmprep.grid.aggregate import Folder, aggregated, dense
from lstmprep.grid.cells import Grid, cells_needed, make_grid
from lstmprep.grid.steps import Step, nice_above
from lstmprep.grid.walk import walk
from lstmprep.ingest.clock import Clock
from lstmprep.ingest.rhythm import size_of_step, step_text
from lstmprep.ledger import NO_SECTION
from lstmprep.naming import resolve
from lstmprep.panel import Array, Panel
from lstmprep.pieces import Pieces
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.scratch import chosen, made
from lstmprep.stores import RowStore, Shelf
from lstmprep.wording import counted, listed, quoted

BLOCK = 1 << 15
MOST_PER_ROW = 100  # cells for each row beyond which a grid holds little but invention
ALWAYS = 1000  # cells that are never too many
FINER = {"s": "ms", "ms": "us", "us": "ns"}
LAST = "last"  # what a class gets: the newest row's


@record(eq=False)
class Regular:
    """What the grid came to."""

    step: float = 0
    cells: int = 0
    several: int = 0  # cells of more than one row
    empty: int = 0  # cells without a row
    hows: dict[str, str] = field(default_factory=dict)  # column -> aggregate


def resampled(
    panel: Panel, recipe: Recipe, roles: Roles, clock: Clock, names: Sequence[str], targets: Sequence[str], shelf: Shelf
) -> Regular:
    """Put the panel on its grid.

    Parameters
    ----------
    panel : Panel
        Changed: rows are cells afterwards.
    names, targets : sequence of str
        Columns of the features and of the targets, those of classes spelled out.

    Raises
    ------
    RecipeError
        If the step does not suit the times, or ``--aggregate`` names a column that is not used.
    DataError
        If the grid would have very many more cells than there are rows.
    """
    step = recipe.grid.step
    assert step is not None and recipe.grid.resample is not None and panel.times is not None
    size = size_of_step("--resample", recipe.grid.resample, step, clock)
    if not size:
        raise RecipeError(
            f"--resample {quoted(recipe.grid.resample)} is finer than the times, which are kept in {clock.unit}",
            fix=f"Use --resample 1{clock.unit} or more.",
        )
    axis = _axis(panel, step, clock, shelf)
    pieces = panel.pieces
    anchor = _anchor(panel, pieces, axis, clock, common=recipe.grid.grid == "common", days=step.days)
    _require_few(panel, recipe, clock, axis, pieces, anchor, size)
    grid = make_grid(axis, pieces, anchor, size, common=recipe.grid.grid == "common")
    hows = _hows(recipe, roles, names, targets)
    return _on_grid(panel, grid, axis, clock, (hows, names, targets, roles.future), step, shelf)


def _axis(panel: Panel, step: Step, clock: Clock, shelf: Shelf) -> Any:
    """Where rows lie: their times, or the clock on the wall."""
    times = panel.times
    if clock.zone is None or not step.days or times is None:
        return times
    store = shelf.store(0, np.int64)
    for i in range(0, len(times), BLOCK):
        store.append(clock.walls(times[i : i + BLOCK]))
    return store.view()


def _anchor(panel: Panel, pieces: Pieces, axis: Any, clock: Clock, *, common: bool, days: int) -> Any:
    """Where cell 0 of each piece begins."""
    if clock.kind != "instant":
        return np.broadcast_to(np.int64(0), len(pieces.starts))
    zone, day = clock.zone, 86_400 * clock.per_second

    def midnight(some: slice) -> Array:
        first = axis[panel.starts[some]]
        if zone is None or days:
            return np.asarray(first // day * day)
        return zone.instants(zone.walls(first, clock.per_second) // day * day, clock.per_second)[0]

    found = made(len(panel.starts), midnight)
    if common:
        return np.broadcast_to(found.min(), len(pieces.starts))
    return chosen(found, pieces.sequence)


def _require_few(
    panel: Panel, recipe: Recipe, clock: Clock, axis: Any, pieces: Pieces, anchor: Any, size: float
) -> None:
    """Refuse a grid that would be nearly all invention."""
    common = recipe.grid.grid == "common"
    limit = max(ALWAYS, MOST_PER_ROW * panel.rows)
    cells = cells_needed(axis, pieces, anchor, size, common=common)
    if cells <= limit:
        return
    if cells == float("inf"):
        raise DataError(
            "the times lie too far apart for a regular grid",
            fix="Look at the first and the last time with lstmprep inspect, and take out the rows whose time is none.",
        )
    unit = clock.unit if clock.kind == "instant" else None
    better: list[str] = []
    for most in (panel.rows, 8 * panel.rows, limit):  # about as many cells as rows, and several for each
        for step in nice_above(size * cells / most, unit):
            need = cells_needed(axis, pieces, anchor, step, common=common)
            if need <= limit and step > size:
                better.append(f"--resample {step_text(step, clock)} makes {need:,.0f}")
                break
    hint = f"{'; '.join(list(dict.fromkeys(better))[:2])}. " if better else ""
    finer = FINER.get(recipe.timing.time_unit or "")
    if finer and cells <= 1000 * limit:
        hint += f"Or do the times count {finer}? With --time-unit {finer} it makes about {cells / 1000:,.0f}. "
    raise DataError(
        f"--resample {recipe.grid.resample} would make {cells:,.0f} cells of {counted(panel.rows, 'row')}: nearly all of them without a value",
        fix=f"Use a longer step: {hint}Or cut at the holes with --max-gap.",
    )


def _hows(recipe: Recipe, roles: Roles, names: Sequence[str], targets: Sequence[str]) -> dict[str, str]:
    """The aggregate of every column."""
    classes = [n for n in names if n not in roles.features]
    known = list(dict.fromkeys([*(n for n in names if n in roles.features), *targets, *roles.future]))
    every = next((how for how, columns in recipe.grid.chosen if not columns), "mean")
    out = dict.fromkeys(known, every)
    named: set[str] = set()
    for how, text in recipe.grid.chosen:
        if not text:
            continue
        try:
            found = resolve([text], known, "--aggregate")
        except RecipeError as error:
            raise RecipeError(
                f"--aggregate: {error.what}", fix=f"It can name features, targets and future columns: {listed(known)}."
            ) from None
        for name in found:
            if name in named:
                raise RecipeError(f"--aggregate names {quoted(name)} twice", fix="Name each column once.")
            named.add(name)
            out[name] = how
    return {**out, **dict.fromkeys(classes, LAST)}


def _on_grid(
    panel: Panel,
    grid: Grid,
    axis: Any,
    clock: Clock,
    columns: tuple[dict[str, str], Sequence[str], Sequence[str], Sequence[str]],
    step: Step,
    shelf: Shelf,
) -> Regular:
    """Fold the rows into cells, array by array, and hand the panel its new rows."""
    hows, *names = columns
    roles = {
        role: (values, [hows[n] for n in of])
        for role, of in zip(("features", "targets", "future"), names, strict=True)
        if (values := getattr(panel, role)) is not None and values.shape[1]
    }
    if panel.labels is not None:
        roles["labels"] = (_as_numbers(panel.labels, shelf), [LAST])
    out = Regular(grid.step, grid.total, hows=hows)
    made = {role: shelf.store(len(how), np.float64) for role, (_, how) in roles.items()}
    bounds, before = shelf.store(0, np.int64), 0
    bounds.append(np.zeros(1, np.int64))
    found = aggregated(grid, axis, [Folder(values, how) for values, how in roles.values()])
    empty = [0, *(np.where(np.array(how) == "count", 0.0, np.nan) for _, how in roles.values())]
    some = ((cells, (many, *values)) for cells, _, many, values in found)
    for many, *values in dense(some, grid.total, empty=empty, size=BLOCK):
        for store, block in zip(made.values(), values, strict=True):
            store.append(block)
        ends = before + np.cumsum(many)
        bounds.append(ends)
        before = int(ends[-1])
        out.several += int(np.count_nonzero(many > 1))
        out.empty += int(np.count_nonzero(many == 0))
    _name_sources(panel, grid, bounds.view(), shelf)
    for role, store in made.items():
        setattr(panel, role, _as_codes(store.view(), shelf) if role == "labels" else store.view())
    if not panel.features.shape[1] or len(panel.features) != grid.total:
        panel.features = np.empty((grid.total, 0))
    panel.times = _times(grid, clock, step, shelf)
    _place(panel, grid)
    return out


def _name_sources(panel: Panel, grid: Grid, bounds: Array, shelf: Shelf) -> None:
    """Which rows of the table each cell stands for."""
    origin = shelf.store(0, np.int64)
    for rows, _ in grid.blocks():
        origin.append(panel.source(rows))
    if origin.rows < panel.rows:
        leave_out(panel)
    panel.source_rows, panel.source_bounds = origin.view(), bounds


def leave_out(panel: Panel) -> None:
    """Account for the rows of the panel that belong to no section, before they are gone."""
    inside = np.zeros(panel.rows, bool)
    for rows, _ in walk(panel.pieces.starts, panel.pieces.stops):
        inside[rows] = True
    panel.left_out.append((NO_SECTION, panel.source(np.flatnonzero(~inside))))


def _times(grid: Grid, clock: Clock, step: Step, shelf: Shelf) -> Array:
    store: RowStore | None = None
    for first in range(0, grid.total, BLOCK):
        labels = grid.labels(first, min(first + BLOCK, grid.total))
        if clock.zone is not None and step.days:
            labels = clock.zone.instants(labels, clock.per_second)[0]
        if store is None:
            store = shelf.store(0, labels.dtype)
        store.append(labels)
    assert store is not None
    if clock.kind == "integer" and store.dtype.kind == "f":
        clock.kind = "number"
    return store.view()


def _place(panel: Panel, grid: Grid) -> None:
    """Rows of the sequences, and of the pieces they were cut into."""
    begins, ends = grid.begins, grid.ends
    if panel.cuts is None:  # a piece is a sequence
        panel.starts, panel.stops = begins, ends
        return
    sequence = grid.pieces.sequence
    new = np.append(True, sequence[1:] != sequence[:-1])
    first = np.flatnonzero(new)
    kept = arrow_of(sequence[first])  # a sequence that lies in no section is no more
    panel.keys = {n: texts.take(kept) for n, texts in panel.keys.items()}
    panel.static = None if panel.static is None else panel.static[sequence[first]]
    panel.starts, panel.stops = begins[first], ends[np.append(first[1:], len(sequence)) - 1]
    panel.cuts = Pieces(np.cumsum(new) - 1, begins, ends, section=panel.cuts.section)


def _as_numbers(codes: Array, shelf: Shelf) -> Array:
    """Class codes as numbers in one column, NaN where a class is missing."""
    store = shelf.store(1, np.float64)
    for i in range(0, len(codes), BLOCK):
        block = codes[i : i + BLOCK].astype(np.float64)
        store.append(np.where(block < 0, np.nan, block)[:, None])
    return store.view()


def _as_codes(numbers: Array, shelf: Shelf) -> Array:
    store = shelf.store(0, np.int32)
    for i in range(0, len(numbers), BLOCK):
        block = numbers[i : i + BLOCK, 0]
        store.append(np.where(np.isnan(block), -1, np.nan_to_num(block)).astype(np.int32))
    return store.view()
