"""Rows of the panel that are no rows of the table: which row of the table each of them holds.

    steps    a row of the table is n rows of the panel     a1 a2 a3 | ...      -> (rows * 3, 1)
    series   the table stands there column after column    a | b               -> (columns * rows, 1)
    rows     n rows of the table are one row of the panel  a file, a step      -> (files, rows * columns)
    all      the table stands on its side                  a row, a feature    -> (columns, rows)

Pure numpy.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lstmprep.records import record

Ints = NDArray[np.int64]


@record(frozen=True)
class Folded:
    """How rows of the panel hold rows of the table.

    Parameters
    ----------
    kind : {"steps", "series", "rows", "all"}
    rows : int
        Rows of the table.
    n : int
        See the drawing above.
    """

    kind: Literal["steps", "series", "rows", "all"]
    rows: int
    n: int = 1

    @property
    def in_order(self) -> bool:
        """Whether rows of the table follow one another as steps, so that their order matters."""
        return self.kind == "series" or (self.kind == "rows" and self.n == 1)

    def first(self, rows: Any) -> Any:
        """The first row of the table in each row of the panel.

        Examples
        --------
        >>> Folded("steps", 2, 3).first(np.arange(6)).tolist()
        [0, 0, 0, 1, 1, 1]
        """
        if self.kind == "steps":
            return rows // self.n
        if self.kind == "series":
            return rows % self.rows
        return rows * self.n if self.kind == "rows" else rows * 0

    def last(self, rows: Any) -> Any:
        """The last row of the table in each row of the panel.

        Examples
        --------
        >>> Folded("rows", 6, 3).last(np.arange(2)).tolist()
        [2, 5]
        """
        if self.kind == "all":
            return self.first(rows) + self.rows - 1
        return self.first(rows) + (self.n - 1 if self.kind == "rows" else 0)
