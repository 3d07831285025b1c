"""What one pass sees of a column: its type, what is missing or odd, its range and its course.

Nothing is refused here: a survey tells what `window` would refuse, and where. Memory is bounded:
moments are merged chunk by chunk, different values are counted up to a limit, the course of the
values is kept in buckets.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import types as t

from lstmprep.arrow import cell_text, is_in, nulls
from lstmprep.errors import LstmprepError
from lstmprep.ingest.keys import as_text
from lstmprep.ingest.numbers import ColumnFacts, bare, cleaned, floats
from lstmprep.sources.base import Described
from lstmprep.survey.profile import Profile

Floats = NDArray[np.float64]
EXACT = 2.0**53


def is_text(kind: pa.DataType) -> bool:
    """Whether cells of this type are texts."""
    return bool(t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind))


class Column:
    """One column, chunk by chunk.

    Parameters
    ----------
    name : str
    look : Described
        What the first look tells.
    width : int
        Buckets of its profile.
    most : int
        Different values that are told apart.

    Attributes
    ----------
    facts : ColumnFacts
        Odd cells, range, whether its values are whole and rising.
    missing, first_missing : int
        Missing cells, and the row of the first.
    """

    def __init__(self, name: str, look: Described, *, width: int, most: int) -> None:
        self.name, self.look, self.most = name, look, most
        self.facts = ColumnFacts()
        self.profile = Profile(width)
        self.missing, self.first_missing = 0, -1
        self.infinite, self.first_infinite = 0, -1
        self.example = look.example
        self.edges: list[Any] = []  # the least and the greatest of a typed time
        self._seen: Any = None
        self.many = False  # more different values than are told apart
        self.changes = 0  # rows whose cell differs from the one before
        self._before: Any = None
        self._count, self._mean, self._squares = 0, 0.0, 0.0

    def take(
        self, array: pa.Array, first: int, missing: list[str], marks: tuple[str, str | None], named: list[float]
    ) -> Floats | None:
        """Take in the cells of a chunk; its numbers, or None when it holds none."""
        array = bare(array)
        gone = self._gone(array, missing)
        values: Floats | None = None
        if self.look.look in ("time", "other"):
            self._typed(array)
        else:
            values = floats(array, self.facts, first, missing, marks)
            if named:
                hit = np.isin(values, named)
                values, gone = np.where(hit, np.nan, values), gone | hit
            if not is_text(array.type):
                gone = gone | np.isnan(values)
            values = self._finite(values, first)
            self._numbers(values)
            self._differ(array, values)
        if gone.any():
            self.missing += int(gone.sum())
            if self.first_missing < 0:
                self.first_missing = first + int(np.argmax(gone))
        self.profile.add(values, gone, first)
        return values

    @staticmethod
    def _gone(array: pa.Array, missing: list[str]) -> NDArray[np.bool_]:
        empty = nulls(array)
        gone = np.zeros(len(array), bool) if empty is None else empty
        return gone | is_in(cleaned(array), missing) if is_text(array.type) else gone

    def _finite(self, values: Floats, first: int) -> Floats:
        wild = np.isinf(values)
        if not wild.any():
            return values
        self.infinite += int(wild.sum())
        if self.first_infinite < 0:
            self.first_infinite = first + int(np.argmax(wild))
        return np.where(wild, np.nan, values)

    def _numbers(self, values: Floats) -> None:
        real = values[~np.isnan(values)]
        if not len(real):
            return
        facts = self.facts
        facts.numbers += len(real)
        facts.low, facts.high = min(facts.low, float(real.min())), max(facts.high, float(real.max()))
        facts.whole = facts.whole and bool((np.trunc(real) == real).all())
        if facts.rising:
            facts.rising = bool(len(real) == len(values) and real[0] > facts.last and (np.diff(real) > 0).all())
        facts.last = float(real[-1])
        mean = float(real.mean())
        squares = float(((real - mean) ** 2).sum())
        both = self._count + len(real)
        apart = mean - self._mean
        self._squares += squares + apart * apart * self._count * len(real) / both
        self._mean += apart * len(real) / both
        self._count = both

    def _differ(self, array: pa.Array, values: Floats) -> None:
        """Count different cells while there are few, and the rows where the number changes."""
        if self.many:
            return
        self.changes += int((values[1:] != values[:-1]).sum()) + (self._before not in (None, values[0]))
        self._before = values[-1]
        if is_text(array.type):
            from pyarrow import compute

            fresh = set(compute.unique(as_text(array)).to_pylist())
        else:
            head = np.unique(values[: 4 * self.most])
            fresh = set((head if len(head) > self.most else np.unique(values)).tolist())
        self._seen = fresh if self._seen is None else self._seen | fresh
        self.many = len(self._seen) > self.most

    def _typed(self, array: pa.Array) -> None:
        """The range of a time; other types have none."""
        if self.look.look != "time":
            return
        from pyarrow import compute

        found = compute.min_max(array)
        low, high = found["min"], found["max"]
        if low.is_valid:
            self.edges = (
                [low, high]
                if not self.edges
                else [
                    min(self.edges[0], low, key=_number),
                    max(self.edges[1], high, key=_number),
                ]
            )
            self.example = self.example or cell_text(low)

    @property
    def distinct(self) -> int | None:
        """How many different cells there are; None when there are more than are told apart."""
        if self.many or self._seen is None:
            return None
        return len([v for v in self._seen if v is not None and v == v])  # noqa: PLR0124 (NaN differs from itself)

    @property
    def spread(self) -> tuple[float, float] | None:
        """Mean and standard deviation (of the population); None without numbers."""
        if not self._count:
            return None
        return self._mean, float(np.sqrt(self._squares / self._count))

    def type(self, rows: int) -> str:
        """``number``, ``whole number``, ``text``, ``mixed``, ``empty``, ... as a person calls it."""
        if self.look.look in ("time", "other"):
            return self.look.type
        facts = self.facts
        if self.missing == rows:
            return "empty"
        if not facts.odd.count:
            return (
                "true/false" if facts.words or self.look.look == "bool" else "whole number" if facts.whole else "number"
            )
        return "mixed" if facts.numbers * 2 > facts.numbers + facts.odd.count else "text"

    @property
    def constant(self) -> bool:
        """Whether all cells that are there are one value."""
        return self.distinct == 1


def _number(scalar: Any) -> Any:
    return scalar.value


def column_of(name: str, look: Described, columns: int) -> Column:
    """A column of a table with so many columns: the more there are, the less is kept of each."""
    wide = columns > 1000
    return Column(name, look, width=8 if wide else 48, most=32 if wide else 1024)


def record(column: Column, rows: int, where: Any) -> dict[str, Any]:
    """The column as plain JSON values.

    Parameters
    ----------
    column : Column
    rows : int
        Rows of the table.
    where : callable
        The address of (row, column).
    """
    kind, facts = column.type(rows), column.facts
    out: dict[str, Any] = {
        "name": column.name,
        "type": kind,
        "missing": column.missing,
        "first_missing": _place(where, column.first_missing, column.name) if column.missing else None,
        "odd": None,
        "distinct": column.distinct,
        "constant": column.constant,
        "example": column.example,
    }
    if kind == "mixed":
        out["odd"] = {
            "cell": facts.odd.cell,
            "count": facts.odd.count,
            **_place(where, facts.odd.row, column.name),
        }
    if column.infinite:
        out["infinite"] = {"count": column.infinite, **_place(where, column.first_infinite, column.name)}
    if kind == "text":
        return out | {
            "min": None,
            "max": None,
            "mean": None,
            "std": None,
            "course": [],
            "gaps": column.profile.missing(rows),
        }
    low, high = (facts.low, facts.high) if facts.numbers else (None, None)
    if column.edges:
        low, high = (cell_text(e) for e in column.edges)  # type: ignore[assignment]
    mean, std = column.spread or (None, None)
    return out | {
        "min": low,
        "max": high,
        "mean": mean,
        "std": std,
        "course": column.profile.means(rows),
        "gaps": column.profile.missing(rows),
    }


def _place(where: Any, row: int, column: str) -> dict[str, Any]:
    try:
        found = where(row, column)
    except LstmprepError:  # the file went away meanwhile: the row is known all the same
        return {"row": row, "line": None}
    return {"row": row, "line": found.line}
