"""Missing cells of a table: a row per column, along the rows of the table.

temp      . . . . . . . .
pressure  . # . . . # # .      the share of cells that lack a value
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.records import record
from lstmprep.wording import counted, name_of

MOST = 40


@record(frozen=True, eq=False)
class Gaps:
    """What a picture of missing cells shows.

    Attributes
    ----------
    names : list of str
    shares : (columns, pieces)
        Share of cells that lack a value, in pieces of the rows.
    missing : list of int
        Missing cells of each column.
    """

    title: str
    about: str
    names: list[str]
    shares: NDArray[np.float64]
    missing: list[int]
    rows: int
    more: int


def gaps(found: dict[str, Any]) -> Gaps:
    """Missing cells, from a survey.

    Parameters
    ----------
    found : dict
        What `lstmprep.inspect` tells.

    Examples
    --------
    >>> column = {"name": "a", "missing": 1, "gaps": [0.0, 0.5]}
    >>> gaps({"rows": 4, "columns": [column]}).title
    '1 of 4 cells is missing (25.0%): a 25.0%'
    """
    columns, rows = found["columns"], found["rows"]
    lacking = sorted((c for c in columns if c["missing"]), key=lambda c: -c["missing"])
    total, cells = sum(c["missing"] for c in columns), rows * len(columns)
    if lacking:
        worst = ", ".join(f"{name_of(c['name'])} {c['missing'] / rows:.1%}" for c in lacking[:3])
        more = f" and {counted(len(lacking) - 3, 'more column')}" if len(lacking) > 3 else ""
        title = (
            f"{total:,} of {cells:,} cells {'is' if total == 1 else 'are'} missing ({total / cells:.1%}): {worst}{more}"
        )
    else:
        title = f"No cell is missing: {counted(rows, 'row')}, {counted(len(columns), 'column')}"
    some = columns if len(columns) <= MOST else sorted(columns, key=lambda c: -c["missing"])[:MOST]
    wide = max((len(c["gaps"]) for c in some), default=1)
    shares = np.zeros((len(some), wide))
    for i, column in enumerate(some):
        shares[i, : len(column["gaps"])] = column["gaps"]
    left = len(columns) - len(some)
    return Gaps(
        title=title,
        about=f"the {len(some)} columns that lack most; {left:,} more" if left else "",
        names=[name_of(c["name"]) for c in some],
        shares=shares,
        missing=[c["missing"] for c in some],
        rows=rows,
        more=left,
    )
