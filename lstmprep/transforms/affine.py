"""Scaling carried out: numbers minus a shift, divided by a factor, column by column and group by group.

    one group       every row by the same numbers
    many groups     every row by those of its sequence, found from where the row stands

float64 inside; the cast to the output's type comes once, at the end.
Pure numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.framing.frame import Ints
from lstmprep.records import record
from lstmprep.scratch import by_place
from lstmprep.transforms.scalers import Scaler

Floats = NDArray[np.float64]


@record(frozen=True, eq=False)
class Affine:
    """Shift and factor of every column, for one group or for each.

    Parameters
    ----------
    shift, factor : (groups, columns) float64

    Examples
    --------
    >>> scaling = Affine(np.array([[4.0, 0.0]]), np.array([[2.0, 1.0]]))
    >>> there = scaling.forward(np.array([[8.0, 5.0]])); there
    array([[2., 5.]])
    >>> scaling.back(there)
    array([[8., 5.]])
    """

    shift: Floats
    factor: Floats

    @classmethod
    def of(cls, columns: int, groups: int, scalers: Sequence[tuple[Scaler, Ints]]) -> Affine:
        """Put together from scalers and the columns that each has learned of; other columns stay as they are."""
        shift, factor = np.zeros((groups, columns)), np.ones((groups, columns))
        for scaler, which in scalers:
            shift[:, which], factor[:, which] = scaler.shift, scaler.factor
        return cls(shift, factor)

    def forward(self, values: Floats, group: Ints | None = None, out: Floats | None = None) -> Floats:
        """(rows, columns) scaled; `group` is that of each row where there are several."""
        at = slice(0, 1) if group is None else group
        out = np.subtract(values, self.shift[at], out=out)
        return np.divide(out, self.factor[at], out=out)

    def back(self, values: Floats, group: Ints | None = None) -> Floats:
        """(rows, columns) in their original units."""
        at = slice(0, 1) if group is None else group
        return values * self.factor[at] + self.shift[at]


def rescaled(values: Floats, affine: Affine | None, group: Ints | None, room: Floats | None, cast: NDArray[Any]) -> Any:
    """Scale some rows and cast them: written to `cast`; the scaled rows before the cast are returned, in `room` if given.

    Examples
    --------
    >>> cast = np.empty((1, 2), np.float32)
    >>> rescaled(np.array([[8.0, 5.0]]), Affine(np.array([[4.0, 0.0]]), np.array([[2.0, 1.0]])), None, None, cast)
    array([[2., 5.]])
    """
    with np.errstate(over="ignore", invalid="ignore"):
        made = values if affine is None else affine.forward(values, group, room)
        np.copyto(cast, made, casting="same_kind")
    return made


class Owners:
    """The sequence of every row of a panel."""

    def __init__(self, starts: Ints) -> None:
        self._by_place, self._bounds = by_place(starts)

    def of(self, first: int, stop: int) -> Ints:
        """(rows,) the sequence of rows first..stop; that before it for a row of none."""
        rows = np.arange(first, stop, dtype=np.int64)
        return self._by_place[np.maximum(np.searchsorted(self._bounds, rows, side="right") - 1, 0)]
