"""Scalers: a method, the numbers it learns, and the way back.

    scaled = (x - shift) / factor          x = scaled * factor + shift

    method     learned            shift    factor
    standard   mean, std          mean     std (population: divided by n)
    minmax     min, max           min      max - min; what lies beyond stays beyond 0..1
    robust     q25, median, q75   median   q75 - q25 (exact quantiles)
    maxabs     min, max           0        the largest |x|; of a constant column as with minmax

A factor of 0 (a constant column) is 1: the column becomes 0, whatever the method. Everything is float64;
the learned numbers go to JSON and back without loss, and `shift` and `factor` follow from them alone.

Pure numpy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.errors import DataError
from lstmprep.framing.frame import Ints
from lstmprep.panel import Array
from lstmprep.records import record
from lstmprep.transforms.moments import moments
from lstmprep.transforms.pieces import TrainRows
from lstmprep.transforms.quantiles import quantiles
from lstmprep.wording import name_of

Floats = NDArray[np.float64]
LEARNED = {
    "standard": ("mean", "std"),
    "minmax": ("min", "max"),
    "robust": ("q25", "median", "q75"),
    "maxabs": ("min", "max"),
}


@record(frozen=True, eq=False)
class Scaler:
    """One method and what it has learned of some columns.

    Parameters
    ----------
    method : str
        A key of `LEARNED`.
    rows : (groups, columns) float64
        How many values the numbers come from.
    learned : dict of str to (groups, columns) float64
        By the names in `LEARNED`.

    Examples
    --------
    >>> one = TrainRows(np.array([0]), np.array([7]), np.array([0]), 1)
    >>> scaler = Scaler.fit("standard", np.arange(1.0, 11.0)[:, None], one, np.array([0]))
    >>> scaler.shift.item(), scaler.factor.item()
    (4.0, 2.0)
    """

    method: str
    rows: Floats
    learned: dict[str, Floats]

    @classmethod
    def fit(cls, method: str, values: Array, rows: TrainRows, columns: Ints) -> Scaler:
        """Learn from these rows, each once; missing values do not count.

        Parameters
        ----------
        method : str
        values : (rows, features) array
        rows : TrainRows
        columns : (columns,) int64
            The features to learn of.
        """
        if method == "robust":
            n, (q25, median, q75) = quantiles(values, rows, columns, (0.25, 0.5, 0.75))
            return cls(method, n, {"q25": q25, "median": median, "q75": q75})
        found = moments(values, rows, columns)
        if method == "standard":
            learned = {"mean": found.centre, "std": found.std}
        else:
            learned = {"min": found.low, "max": found.high}
        return cls(method, found.n, learned)

    @property
    def shift(self) -> Floats:
        """(groups, columns) what is taken away."""
        if self.method == "maxabs":
            return np.where(self.learned["min"] == self.learned["max"], self.learned["min"], 0.0)
        return self.learned[{"standard": "mean", "minmax": "min", "robust": "median"}[self.method]]

    @property
    def spread(self) -> Floats:
        """(groups, columns) the factor before a 0 is made 1: 0 where all that counts is one value."""
        of = self.learned
        with np.errstate(over="ignore"):
            if self.method == "minmax":
                return np.asarray(of["max"] - of["min"])
            if self.method == "robust":
                return np.asarray(of["q75"] - of["q25"])
            if self.method == "maxabs":
                return np.where(of["min"] == of["max"], 0.0, np.maximum(np.abs(of["min"]), np.abs(of["max"])))
            return of["std"]

    @property
    def factor(self) -> Floats:
        """(groups, columns) what is divided by."""
        return np.where(self.spread == 0, 1.0, self.spread)

    def require_finite(self, names: Sequence[str]) -> None:
        """Refuse columns without a value, and values too far apart for a number.

        Raises
        ------
        DataError
            Names the column.
        """
        for j in np.flatnonzero((self.rows == 0).all(axis=0))[:1]:
            raise DataError(
                f"{name_of(names[j])} has no value in the train rows: there is nothing to scale it by",
                fix=f"Leave it out with --exclude {name_of(names[j])}, or as it is with --scale-columns none:{name_of(names[j])}.",
            )
        known = self.rows > 0
        with np.errstate(invalid="ignore"):
            odd = (known & ~(np.isfinite(self.shift) & np.isfinite(self.factor))).any(axis=0)
        for j in np.flatnonzero(odd)[:1]:
            raise DataError(
                f"the values of {name_of(names[j])} lie too far apart to be scaled by --scale {self.method}",
                fix=f"Use --scale maxabs, or leave it as it is with --scale-columns none:{name_of(names[j])}.",
            )

    def filled(self, by: Scaler) -> Scaler:
        """The same numbers, where a group has no value those of another scaler of one group."""
        empty = self.rows == 0
        learned = {n: np.where(empty, by.learned[n], v) for n, v in self.learned.items()}
        return Scaler(self.method, self.rows, learned)

    def to_json(self, names: Sequence[str], group: int = 0) -> dict[str, dict[str, Any]]:
        """``{column: {"method": ..., "rows": ..., "mean": ..., "std": ...}}`` of one group."""
        return {
            name: {
                "method": self.method,
                "rows": int(self.rows[group, j]),
                **{n: float(v[group, j]) for n, v in self.learned.items()},
            }
            for j, name in enumerate(names)
        }

    @classmethod
    def from_json(cls, columns: Sequence[Mapping[str, Any]]) -> Scaler:
        """The scaler of one group that such columns of one method describe.

        Raises
        ------
        DataError
            If a number is missing or none.
        """
        method = columns[0]["method"]
        rows = np.array([[float(c["rows"]) for c in columns]])
        learned = {n: np.array([[_number(c, n) for c in columns]]) for n in LEARNED[method]}
        return cls(method, rows, learned)


def _number(column: Mapping[str, Any], name: str) -> float:
    value = column.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
        raise DataError(f"the fitted {name} of a column is {value!r}, no number", fix="Write the output again.")
    return float(value)
