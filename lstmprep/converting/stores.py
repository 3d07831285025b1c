"""Windows to rows that stand once, and back.

    windows    0 1 2   1 2 3   2 3 4   9 8 7        a window whose first steps are the last ones of the window before
    series     0 1 2 3 4 9 8 7                      goes on with its rows; any other begins rows of its own
    starts     0 1 2 5

Nothing is taken on trust: every value of a window is compared, bit by bit, with the row that it is to share.
Rows of the table that stand in no window are not among them. Windows with gaps between their steps
(``--dilation``) run side by side, each in its own lane.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from lstmprep.arrays import ArrayPlan, View
from lstmprep.formats import PIECE, column_of
from lstmprep.framing.base import Framing
from lstmprep.framing.order import Batching
from lstmprep.panel import Array
from lstmprep.scratch import up_to
from lstmprep.series import framed
from lstmprep.sinks.formats import Given
from lstmprep.sinks.staging import Staging, writing
from lstmprep.taught import effective

BLOCK = 1 << 16


def parted(name: str) -> str:
    """The part that an array belongs to: those of one have the same answer.

    Examples
    --------
    >>> parted("X_train") == parted("y_train"), parted("fold0/X_train") == parted("X_train")
    (True, False)
    """
    return column_of(name)[0]


def as_windows(given: list[Given]) -> list[Given]:
    """Every sample written out; rows and starts are left out."""
    views = [g.plan.view for g in given if g.plan.view is not None]
    behind = {name for view in views for name in (view.series, view.starts)}
    return [replace(g, plan=replace(g.plan, view=None)) for g in given if g.plan.name not in behind]


class Steps:
    """How windows share rows.

    Parameters
    ----------
    timesteps, stride, dilation : int

    Attributes
    ----------
    lanes : int
        A window goes on with the rows of the one that many before it.
    shift : int
        Steps that it adds to them.
    stride, dilation : int
        Rows between two windows, and between two steps of one, as they are to lie.
    """

    def __init__(self, timesteps: int, stride: int, dilation: int) -> None:
        self.lanes = dilation // math.gcd(stride, dilation)
        self.shift = self.lanes * stride // dilation
        self.timesteps, self.stride, self.dilation = timesteps, stride, dilation
        if self.shift >= timesteps:  # none shares a row with another: they lie one behind the other
            self.lanes, self.shift, self.stride, self.dilation = 1, timesteps, timesteps, 1

    @property
    def span(self) -> int:
        """Rows from the first step of a window to its last, both included."""
        return (self.timesteps - 1) * self.dilation + 1


def as_series(given: list[Given], made: dict[str, Any], staging: Staging) -> list[Given]:
    """Every row once, and where samples start; X becomes a view."""
    recipe = effective(made)
    steps = _steps(recipe.framing, given)
    folders: dict[str, list[Given]] = {}
    for g in given:
        if column_of(g.plan.name)[1] == "X" and g.plan.same_as is None:
            folders.setdefault(g.plan.name.rpartition("/")[0], []).append(g)
    made_of: dict[str, list[Given]] = {}
    for folder, parts in folders.items():
        orders = {g.plan.name: _order(g.plan.name, g.plan.shape[0], recipe.batching) for g in parts}
        made_of |= _folder(f"{folder}/" if folder else "", parts, orders, steps, staging)
    return [new for g in given for new in made_of.get(g.plan.name, [g])]


def _steps(framing: Framing, given: list[Given]) -> Steps:
    timesteps = next(g.plan.shape[1] for g in given if column_of(g.plan.name)[1] == "X")
    lags = sorted(framing.lags)
    dilation = (lags[1] - lags[0] if len(lags) > 1 else 1) if lags else getattr(framing, "dilation", None) or 1
    cover = (timesteps - 1) * dilation + 1
    stride = cover if getattr(framing, "no_overlap", False) else getattr(framing, "stride", None) or 1
    return Steps(timesteps, stride, dilation)


def _folder(
    folder: str, parts: list[Given], orders: dict[str, Array | None], steps: Steps, staging: Staging
) -> dict[str, list[Given]]:
    """X of each part as a view, with the series and the starts that it is made of."""
    starts, rows = {}, 0
    for g in parts:
        starts[g.plan.name], rows = _starts(g, orders[g.plan.name], steps, rows, staging)
    width, dtype = parts[0].plan.shape[2], parts[0].plan.dtype
    series = _room(staging, (rows, width), dtype)
    for g in parts:
        _fill(series, g, starts[g.plan.name], orders[g.plan.name], steps)
    rows_plan = ArrayPlan(f"{folder}series", series.shape, dtype, ["rows", "features"], of_samples=True)
    out: dict[str, list[Given]] = {}
    for g in parts:
        name = f"{folder}starts{g.plan.name[len(folder) + 1 :]}"
        found = starts[g.plan.name]
        view = View(rows_plan.name, name, steps.dilation)
        held = [Given(rows_plan, series)] if not out else []
        x = Given(replace(g.plan, view=view), framed(series, found, steps.timesteps, steps.dilation))
        out[g.plan.name] = [x, *held, Given(ArrayPlan(name, found.shape, found.dtype, ["samples"]), found)]
    return out


def _blocks(given: Given, order: Array | None, before: int) -> Iterator[tuple[int, int, Array]]:
    """(first, windows in front, windows) block by block in the order of their rows, `before` of the last block in front."""
    samples, size = given.plan.shape[0], max(1, PIECE // max(given.rows, 1))
    for first in range(0, samples, size):
        front = min(before, first)
        span = slice(first - front, min(first + size, samples))
        yield first, front, np.ascontiguousarray(given.values[span if order is None else order[span]])


def _starts(given: Given, order: Array | None, steps: Steps, rows: int, staging: Staging) -> tuple[Array, int]:
    """(first row of each sample, rows up to here) where windows go on with the rows of those before whenever they can."""
    out = _room(staging, (given.plan.shape[0],), np.dtype(np.int64))
    begin, base = 0, rows  # the window that began these rows, and its first row
    for first, front, windows in _blocks(given, order, steps.lanes):
        stop = first + len(windows) - front
        torn = _torn(windows, steps, first - front)
        edges = [first]
        for i in torn[torn >= first].tolist():  # where rows begin anew: once a sequence, as a rule
            if i - begin >= steps.lanes:
                _place(out, order, edges[-1], i, base + (edges[-1] - begin) * steps.stride, steps.stride)
                base += (i - 1 - begin) * steps.stride + steps.span
                begin = i
                edges.append(i)
        _place(out, order, edges[-1], stop, base + (edges[-1] - begin) * steps.stride, steps.stride)
    count = given.plan.shape[0]
    return out, base + (count - 1 - begin) * steps.stride + steps.span if count else rows


def _place(out: Array, order: Array | None, first: int, stop: int, row: int, stride: int) -> None:
    found = row + stride * np.arange(stop - first, dtype=np.int64)
    out[slice(first, stop) if order is None else order[first:stop]] = found


def _torn(windows: Array, steps: Steps, first: int) -> Array:
    """Numbers of the windows that do not go on with the rows of the one `lanes` before them."""
    if steps.shift >= steps.timesteps or len(windows) <= steps.lanes:
        return np.empty(0, np.int64)
    bits = windows.view(f"u{windows.dtype.itemsize}")
    same = bits[: -steps.lanes, steps.shift :] == bits[steps.lanes :, : steps.timesteps - steps.shift]
    return np.flatnonzero(~same.all(axis=(1, 2))) + steps.lanes + first


def _fill(series: Array, given: Given, starts: Array, order: Array | None, steps: Steps) -> None:
    """Write the rows that each window adds."""
    last = np.full(steps.lanes, -1 << 60)  # starts of the windows that the next ones may go on from
    offsets, tail = steps.dilation * np.arange(steps.timesteps), steps.timesteps - steps.shift
    for first, front, windows in _blocks(given, order, 0):
        span = slice(first, first + len(windows) - front)
        found = np.asarray(starts[span if order is None else order[span]])
        line = np.concatenate([last, found])
        goes_on = found - line[: len(found)] == steps.lanes * steps.stride
        whole, new = np.flatnonzero(~goes_on), np.flatnonzero(goes_on)
        series[found[whole, None] + offsets] = windows[whole]
        series[found[new, None] + offsets[tail:]] = windows[new, tail:]
        last = line[-steps.lanes :]


def _room(staging: Staging, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """An array in a file without a name beside the output, all zero."""
    if not math.prod(shape):
        return np.zeros(shape, dtype)
    with writing(staging.target):
        file = staging.folder / f"room-{len(list(staging.folder.iterdir()))}"
        found = np.memmap(file, dtype, "w+", shape=shape)
        file.unlink()
    return found.view(np.ndarray)


def _order(name: str, samples: int, batching: Batching) -> Array | None:
    """(samples,) their places in the order of their rows; None when they stand in it."""
    part = parted(name).rpartition("/")[2]
    if not batching.shuffle or part not in ("all.parquet", "train.parquet"):
        return None
    drawn, out = batching.drawn(samples), up_to(samples)
    for i in range(0, samples, BLOCK):
        out[drawn[i : i + BLOCK]] = np.arange(i, min(i + BLOCK, samples))
    return out
