"""How the numbers of one table are spelled, so that a cell becomes the same number whoever reads it, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lstmprep.ingest.numbers import ColumnFacts, Floats, floats
from lstmprep.records import record

if TYPE_CHECKING:
    from lstmprep.parts import Reading


@record(frozen=True)
class Spelled:
    """How cells are read as numbers.

    Parameters
    ----------
    missing : list of str
        Texts that mean a missing value.
    named : list of float
        Numbers that mean one.
    marks : (decimal, thousands)
    """

    missing: list[str]
    named: list[float]
    marks: tuple[str, str | None]

    @classmethod
    def of(cls, reading: Reading) -> Spelled:
        """As the recipe says."""
        return cls(reading.missing_texts, reading.missing_numbers, (reading.decimal, reading.thousands))

    def floats(self, column: Any, facts: ColumnFacts, first: int) -> Floats:
        """A column of one chunk as float64, NaN where a value is missing; what is odd is noted in `facts`.

        Examples
        --------
        >>> import pyarrow as pa
        >>> Spelled(["", "n/a"], [-200.0], (",", None)).floats(pa.array(["1,5", "n/a", "-200"]), ColumnFacts(), 0)
        array([1.5, nan, nan])
        """
        values = floats(column, facts, first, self.missing, self.marks)
        if self.named:
            named = np.isin(values, self.named)
            values = np.where(named, np.nan, values) if named.any() else values
        return values
