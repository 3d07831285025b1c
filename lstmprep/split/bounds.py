"""Where the parts of every sequence begin and end: one instant for all, or each by its own rows.

    one clock, fractions of all rows           each sequence by its own rows
      a  0 1 2 3|4 5 6 7 8 9                     a  0 1 2 3 4|5 6 7 8 9
      b        |4 5 6 7 8 9                      b  4 5 6|7 8 9
               instant 4: the row at rank floor(share * rows) of all rows in the order of time

Rows of one instant stay together, in the later part.

Pure numpy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lstmprep.errors import DataError
from lstmprep.framing.frame import Ints
from lstmprep.panel import Array, Panel
from lstmprep.ranks import HELD, at_ranks
from lstmprep.split.spec import Parts
from lstmprep.wording import counted, name_of

BLOCK = 1 << 17


def own_rows(panel: Panel, parts: Parts) -> Ints:
    """Every sequence by its own rows.

    Returns
    -------
    (sequences, parts + 1) int64
        Rows of the panel where the parts begin, and where the last one ends.

    Raises
    ------
    DataError
        If a sequence has fewer rows than are asked for.
    """
    n = panel.lengths
    if parts.kind == "rows":
        _require_rows(panel, parts)
    shares = np.cumsum(parts.values)
    if parts.kind == "rows":
        ends = np.broadcast_to(shares.astype(np.int64), (len(n), len(shares)))
    else:
        ends = np.minimum(np.floor(n[:, None] * _sums(parts) + 1e-9).astype(np.int64), n[:, None])
        ends[:, -1] = n
    return np.concatenate([panel.starts[:, None], panel.starts[:, None] + ends], axis=1)


def _sums(parts: Parts) -> Array:
    import math

    return np.array([math.fsum(parts.values[: i + 1]) for i in range(len(parts.values))])


def _require_rows(panel: Panel, parts: Parts) -> None:
    asked, n = int(sum(parts.values)), panel.lengths
    short = int(np.argmin(n))
    if asked <= int(n[short]):
        return
    who = f"the sequence {name_of(panel.key_text(short))} has" if panel.keys else "the table has"
    raise too_many(parts, int(n[short]), who, timed=panel.times is not None and len(parts.values) == 2)


def too_many(parts: Parts, have: int, who: str, unit: str = "row", *, timed: bool = False) -> DataError:
    """More rows (groups, samples) are asked for than there are; the same shares of what there is."""
    asked = [int(v) for v in parts.values]
    scaled = [max(1, v * have // sum(asked)) for v in asked]
    scaled[0] = max(1, have - sum(scaled[1:]))
    works = f"Use --split {','.join(map(str, scaled))}" if sum(scaled) <= have else "Use fewer parts"
    times = f"; times where later parts begin are written --split at:{','.join(map(str, asked))}" if timed else ""
    return DataError(
        f"--split {','.join(map(str, asked))} asks for {counted(sum(asked), unit)}, {who} {have:,}",
        fix=f"{works}, or fractions such as --split {'0.7,0.3' if len(asked) == 2 else '0.7,0.15,0.15'}{times}.",
    )


def one_clock(panel: Panel, parts: Parts) -> Ints:
    """Every sequence at the same instants, found from fractions or numbers of all rows.

    Returns
    -------
    (sequences, parts + 1) int64
        As `own_rows`.
    """
    if len(panel.starts) == 1:  # one sequence has no two rows of one instant
        return own_rows(panel, parts)
    total = int(panel.lengths.sum())
    ends = parts.ends(total)
    if parts.kind == "rows" and ends[-1] > total:
        raise too_many(parts, total, "the table has", timed=len(parts.values) == 2)
    return at_instants(panel, instants(panel, ends))


def instants(panel: Panel, ranks: Sequence[int]) -> list[Any]:
    """The time of the row at each rank in the order of time; None for the rank after the last row."""
    times, total = panel.times, int(panel.lengths.sum())
    assert times is not None
    inner = [r for r in ranks if r < total]
    if total <= HELD:
        ranked = np.sort(np.concatenate(list(_blocks(panel, times))))
        found = {r: ranked[r].item() for r in inner}
    else:
        found = at_ranks(lambda: _blocks(panel, times), inner, times.dtype.kind)
    return [found.get(r) for r in ranks]


def _blocks(panel: Panel, times: Array) -> Iterator[Array]:
    """The times of all rows that belong to a sequence, block by block."""
    if int(panel.lengths.sum()) == panel.rows:
        for i in range(0, panel.rows, BLOCK):
            yield times[i : i + BLOCK]
        return
    marked = np.zeros(panel.rows + 1, np.int8)
    np.add.at(marked, panel.starts, 1)
    np.add.at(marked, panel.stops, -1)
    inside = np.cumsum(marked[:-1], dtype=np.int8) > 0
    for i in range(0, panel.rows, BLOCK):
        yield times[i : i + BLOCK][inside[i : i + BLOCK]]


def at_instants(panel: Panel, edges: Sequence[Any]) -> Ints:
    """Every sequence cut at these instants; None is after the last row.

    Returns
    -------
    (sequences, edges + 1) int64
        The first is where the sequence begins.
    """
    columns = [panel.starts, *(panel.stops if e is None else first_at(panel, e) for e in edges)]
    return np.stack(columns, axis=1)


def first_at(panel: Panel, instant: Any) -> Ints:
    """(sequences,) the first row of each that is not before the instant; its end where all are.

    Examples
    --------
    >>> panel = Panel(np.zeros((5, 1)), np.array([0, 3]), np.array([3, 5]), {}, times=np.array([1, 2, 3, 2, 9]))
    >>> first_at(panel, 3)
    array([2, 4])
    """
    times = panel.times
    assert times is not None
    low, high = panel.starts.copy(), panel.stops.copy()
    while (open_ := low < high).any():  # all sequences halve their rows at once
        middle = (low + high) // 2
        before = np.zeros(len(low), bool)
        before[open_] = times[middle[open_]] < instant
        low = np.where(open_ & before, middle + 1, low)
        high = np.where(open_ & ~before, middle, high)
    return low
