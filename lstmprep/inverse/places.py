"""Where the answers of a sample stand: rows and times, from the index or from the table.

index    first and last row of the answers, and their times
steps between them    first + 1, first + 2, ... where rows of a sequence follow one another;
                      else the rows that other samples name, or those of the table
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from lstmprep.framing.frame import Flags, Ints
from lstmprep.loaders.index import blocks, key_numbers
from lstmprep.panel import Array
from lstmprep.records import record


@record(eq=False)
class Line:
    """Rows of all sequences, one after another in the order of time: a line on which steps are counted.

    Parameters
    ----------
    rows : (n,) int64
        Rows of the table, in order of sequence and time.
    times : (n,) array or None
    """

    rows: Ints
    times: Array | None

    def __post_init__(self) -> None:
        self._by_row = np.argsort(self.rows, kind="stable")
        self._sorted = self.rows[self._by_row]

    def place(self, rows: Ints) -> Ints:
        """(n,) where rows stand on the line; -1 for those that do not."""
        if not len(self._sorted):
            return np.full(len(rows), -1, np.int64)
        at = np.minimum(np.searchsorted(self._sorted, rows), len(self._sorted) - 1)
        return np.where(self._sorted[at] == rows, self._by_row[at], -1)


def between(
    first: Ints, last: Ints, offsets: Ints, *, steps: Ints | None, side: str | None, rising: bool, line: Line | None
) -> tuple[Ints, Flags]:
    """Rows of all answers from those of the first and the last one.

    Parameters
    ----------
    first, last : (samples,) int64
        Rows of the first and the last real answer.
    offsets : (steps,) int64
        Rows from the first answer to each.
    steps : (samples,) int64 or None
        How many are real, where some are padding.
    side : {"pre", "post"} or None
        Where the padding stands.
    rising : bool
        Whether rows of a sequence stand in the table in the order of time.
    line : Line or None
        Rows in order, where they are known.

    Returns
    -------
    rows : (samples, steps) int64
        -1 where a row is not known.
    real : (samples, steps) bool

    Examples
    --------
    >>> a = np.array
    >>> between(a([4]), a([6]), a([0, 1, 2]), steps=None, side=None, rising=True, line=None)[0].tolist()
    [[4, 5, 6]]
    """
    n, k = len(first), len(offsets)
    number = np.arange(k)
    real = np.ones((n, k), bool)
    if steps is not None:
        real = number >= (k - steps)[:, None] if side == "pre" else number < steps[:, None]
    low = np.argmax(real, axis=1)
    away = offsets - offsets[low][:, None]  # rows from the first real answer
    high = k - 1 - np.argmax(real[:, ::-1], axis=1)
    span = offsets[high] - offsets[low]
    if line is not None:
        here, there = line.place(first), line.place(last)
        whole = (here >= 0) & (there - here == span)
        at = np.clip(here[:, None] + away, 0, max(len(line.rows) - 1, 0))
        rows = np.where(whole[:, None], line.rows[at], -1) if len(line.rows) else np.full((n, k), -1, np.int64)
    else:
        whole = np.full(n, rising) & (last - first == span)
        rows = np.where(whole[:, None], first[:, None] + away, -1)
    some = np.arange(n)
    rows[some, low], rows[some, high] = first, last
    return np.where(real, rows, -1), real


def line_of(index: Iterator[pa.RecordBatch], keys: list[str], spans: tuple[str, ...]) -> Line:
    """The rows that are some sample's first or last answer (`spans`), in the order of sequence and time."""
    ids: dict[tuple[str, ...], int] = {}
    found: list[tuple[Array, Array, Array]] = []
    for block in blocks(index):
        key = key_numbers(block.table, keys, ids)
        for span in spans:
            rows, times = block.ints(f"{span}_row"), block.times(f"{span}_time")
            if rows is not None:
                keep = rows >= 0
                place = rows if times is None else times
                found.append((key[keep], place[keep], rows[keep]))
    if not found:
        return Line(np.empty(0, np.int64), None)
    key, place, rows = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((rows, place, key))
    fresh = np.concatenate([[True], np.diff(rows[order]) != 0])
    order = order[fresh]
    return Line(rows[order], place[order])
