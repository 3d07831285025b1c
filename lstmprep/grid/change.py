"""Changes of scale that need a row's neighbours or its sequence, and the way back from each.

    logarithm    ln(value)                          exp(value)
    difference   value - value N rows before        value + value N rows before
    trend        value - (a + b x)                  value + (a + b x)

A trend belongs to a sequence and is the straight line of least squares through its train rows,
over time or, without one, over the number of the row. Values are float64, NaN stays NaN.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.grid.walk import Bounds, block_rows, rows_of, walk
from lstmprep.records import record

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def difference(values: Any, starts: Ints, stops: Ints, lag: int) -> Iterator[Floats]:
    """Every value minus the one `lag` rows before in its run, block by block; NaN where there is none.

    Examples
    --------
    >>> next(difference(np.array([[1.0], [3.0], [6.0]]), np.array([0]), np.array([3]), 1))[:, 0].tolist()
    [nan, 2.0, 3.0]
    """
    bounds = Bounds(starts, stops)
    size = block_rows(values.shape[1])
    for first in range(0, len(values), size):
        block = np.array(values[first : first + size], np.float64)
        rows = np.arange(first, first + len(block), dtype=np.int64)
        low, _, inside = bounds.of(rows)
        ahead = inside & (rows - lag >= low)
        before = np.asarray(values[max(first - lag, 0) : max(first + len(block) - lag, 0)], np.float64)
        shifted = np.full_like(block, np.nan)
        shifted[len(block) - len(before) :] = before
        yield np.where(ahead[:, None], block - shifted, np.nan)


def anchors(offsets: Ints, lag: int, *, padded: bool) -> tuple[list[int], bool]:
    """(steps whose value `lag` rows before must be kept, whether they count from the first real step).

    The other steps stand on one of the sample's own. Where steps may be padding, those that are there may be few.

    Examples
    --------
    >>> anchors(np.arange(4), 2, padded=True), anchors(np.array([0, 2, 4]), 1, padded=True)
    (([0, 1], True), ([0, 1, 2], False))
    >>> anchors(np.array([0, 4, 5]), 1, padded=False)
    ([0, 1], False)
    """
    apart = int(offsets[1] - offsets[0]) if len(offsets) > 1 else 1
    if np.array_equal(offsets, offsets[0] + apart * np.arange(len(offsets))):
        first = lag // apart if lag % apart == 0 else len(offsets)
        return list(range(min(first, len(offsets)))), first < len(offsets)
    if padded:
        return list(range(len(offsets))), False
    own = set(offsets.tolist())
    return [i for i, offset in enumerate(offsets.tolist()) if offset - lag not in own], False


def undifferenced(
    changes: Any, before: Any, lag: int, offsets: Ints | None = None, first: Ints | None = None
) -> Floats:
    """The values that have these differences.

    Parameters
    ----------
    changes : (samples, steps, columns) array
        Differences of the rows of each sample.
    before : (samples, anchors, columns) array
        The values `lag` rows before the steps that `anchors` names.
    lag : int
    offsets : (steps,) int64 or None
        Rows of the steps; None when they follow one another.
    first : (samples,) int64 or None
        The first real step of each sample, where the others before it are padding; None where nothing can be.

    Examples
    --------
    >>> undifferenced(np.array([[[2.0], [3.0]]]), np.array([[[1.0]]]), 1)[0, :, 0].tolist()
    [3.0, 6.0]
    """
    out = np.array(changes, np.float64)
    steps = out.shape[1]
    offsets = np.arange(steps, dtype=np.int64) if offsets is None else offsets
    kept, counted = anchors(offsets, lag, padded=first is not None)
    turn = None
    if counted and first is not None and first.any():  # real steps come first, as long as this takes
        turn = ((np.arange(steps) + first[:, None]) % steps)[:, :, None]
        out = np.take_along_axis(out, turn, axis=1)
    place = {offset: i for i, offset in enumerate(offsets.tolist())}
    for step in range(steps):  # each step stands on one that was just found; all samples at once
        if step in kept:
            out[:, step] += before[:, kept.index(step)]
        else:
            out[:, step] += out[:, place[int(offsets[step]) - lag]]
    if turn is not None:
        back = np.empty_like(out)
        np.put_along_axis(back, turn, out, axis=1)
        return back
    return out


@record(frozen=True, eq=False)
class Trend:
    """A straight line per sequence and column.

    Parameters
    ----------
    origin : (sequences,) float64
        Where x is 0.
    level, slope : (sequences, columns) float64
        The line is ``level + slope * (x - origin)``.
    """

    origin: Floats
    level: Floats
    slope: Floats

    def take_off(self, block: Floats, columns: Ints, sequence: Ints, x: Floats) -> None:
        """Subtract the lines from some columns of a block, whose rows lie at these places of these sequences."""
        at, owner = _stretches(sequence)
        who = sequence[at]
        far, level, slope = x - self.origin[who][owner], self.level[who], self.slope[who]
        for j in columns.tolist():
            block[:, j] -= level[:, j][owner] + slope[:, j][owner] * far


def fit_trend(values: Any, x: Any, starts: Ints, stops: Ints, sequence: Ints, origin: Floats) -> Trend:
    """The lines of least squares through these rows.

    Parameters
    ----------
    values : (rows, columns) array
    x : callable
        (row numbers) -> where they lie, float64.
    starts, stops, sequence : (runs,) int64
        The train rows, and the sequence each run belongs to.
    origin : (sequences,) float64

    Returns
    -------
    Trend
        NaN where a sequence has no value to learn from; slope 0 where it has one place only.

    Examples
    --------
    >>> v, one = np.array([[1.0], [3.0], [5.0]]), np.array([0])
    >>> t = fit_trend(v, lambda r: r.astype(float), one, one + 3, one, np.zeros(1))
    >>> t.level.tolist(), t.slope.tolist()
    ([[1.0]], [[2.0]])
    """
    shape, columns = (len(origin), values.shape[1]), range(values.shape[1])
    count, sum_x, sum_y = np.zeros((3, *shape))
    for part in _blocks(values, x, starts, stops, sequence, origin):
        reach = part.sums(part.far)
        for j in columns:
            real, column = part.column(j)
            np.add.at(count[:, j], part.who, part.many if real is None else part.sums(real))
            np.add.at(sum_x[:, j], part.who, reach if real is None else part.sums(part.far * real))
            np.add.at(sum_y[:, j], part.who, part.sums(column))
    some = np.maximum(count, 1)
    mean_x, mean_y = sum_x / some, sum_y / some
    wide, together = np.zeros((2, *shape))
    for part in _blocks(values, x, starts, stops, sequence, origin):
        apart = part.far - mean_x[part.who, 0][part.owner]
        square = part.sums(apart * apart)
        for j in columns:
            real, column = part.column(j)
            dx, dy = apart, column - mean_y[part.who, j][part.owner]
            if not np.array_equal(mean_x[part.who, j], mean_x[part.who, 0]) or real is not None:
                dx = (part.far - mean_x[part.who, j][part.owner]) * (1 if real is None else real)
            np.add.at(wide[:, j], part.who, square if dx is apart else part.sums(dx * dx))
            np.add.at(together[:, j], part.who, part.sums(dx * dy))
    slope = np.where(wide > 0, together / np.where(wide > 0, wide, 1), 0)
    none = count == 0
    return Trend(origin, np.where(none, np.nan, mean_y - slope * mean_x), np.where(none, np.nan, slope))


@record(frozen=True, eq=False)
class _Part:
    """Train rows of a block, stretch by stretch.

    Parameters
    ----------
    who, many : (stretches,) int64
        The sequence of each, and its rows.
    owner : (rows,) int64
        The stretch of each row.
    far : (rows,) float64
        From the origin.
    values : (rows, columns) float64
    gone : (rows, columns) bool or None
        Where values are missing.
    """

    who: Ints
    many: Ints
    owner: Ints
    far: Floats
    values: Floats
    gone: NDArray[np.bool_] | None

    def sums(self, weights: Any) -> Floats:
        """(stretches,) sums over the rows of each."""
        return np.asarray(np.bincount(self.owner, weights, len(self.who)), np.float64)

    def column(self, j: int) -> tuple[NDArray[np.bool_] | None, Floats]:
        """(which values are there, None for all; the values, 0 where there is none)."""
        if self.gone is None or not self.gone[:, j].any():
            return None, self.values[:, j]
        return ~self.gone[:, j], np.where(self.gone[:, j], 0, self.values[:, j])


def _stretches(owner: Ints) -> tuple[Ints, Ints]:
    """(where each stretch of rows of one owner begins, the stretch of each row)."""
    at = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]]))
    return at, np.repeat(np.arange(len(at)), np.diff(np.append(at, len(owner))))


def _blocks(values: Any, x: Any, starts: Ints, stops: Ints, sequence: Ints, origin: Floats) -> Iterator[_Part]:
    """The rows of these runs, block by block."""
    for rows, run in walk(starts, stops, block_rows(values.shape[1])):
        at, owner = _stretches(run)
        who = sequence[run[at]]
        block = np.asarray(rows_of(values, rows), np.float64)
        gone = np.isnan(block)
        far = x(rows) - origin[who][owner]
        yield _Part(who, np.diff(np.append(at, len(rows))), owner, far, block, gone if gone.any() else None)
