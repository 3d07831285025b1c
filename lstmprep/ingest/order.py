"""Which rows of the file make each sequence, and in which order: whatever their number, in little memory.

    runs of one key, in time order     -> no row moves: a sequence is where it stands
    keys that come back                -> rows are counted per sequence, then each is put in its place
    times astray                       -> sequences are sorted, some whole ones at a time; one that is
                                          longer than that is first dealt out by stretches of time

An order is an array of row numbers, in a file without a name when there are many; what is held in
memory are pieces of `CHUNK` rows and a number or two per sequence. Equal times keep the order of
the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lstmprep.arrow import arrow_of
from lstmprep.ingest.deal import deal
from lstmprep.ingest.rows import Rows
from lstmprep.records import record
from lstmprep.stores import Shelf

CHUNK = 1 << 18
RUNS = 1 << 17
Ints = NDArray[np.int64]


@record(frozen=True, eq=False)
class Sequences:
    """Where the sequences stand.

    Parameters
    ----------
    keys : dict of str to pyarrow.StringArray
        One text per sequence and key column.
    starts, stops : (sequences,) int64
        Places of each in the order.
    order : (rows,) int64 or None
        The row of the file at each place; None when every row stands where it is.
    """

    keys: dict[str, pa.Array]
    starts: Ints
    stops: Ints
    order: Ints | None


@record(eq=False)
class Keyed:
    """What tells the sequences of so many rows.

    Parameters
    ----------
    rows : int
    runs : (runs,) int64 or None
        Where runs of one key begin; None when each row is one.
    keys : dict of str to (pyarrow.StringArray, (runs,) integers)
        The keys there are, and which of them each run has.
    out_of_order : int
    stretches : int or None
        Runs as long as they can be; None where the others are so.
    rising : bool
        Whether it is known that no time is less than that of the row before.
    """

    rows: int
    runs: Ints | None
    keys: dict[str, tuple[pa.Array, Any]]
    out_of_order: int
    stretches: int | None = None
    rising: bool = False


def sequences_of(rows: Rows | Keyed, times: Any, shelf: Shelf) -> Sequences:
    """The sequences of these rows, in the order of their keys and, with times, of time.

    Parameters
    ----------
    rows : Rows or Keyed
    times : (rows,) array or None
    shelf : Shelf
        Where an order of many rows is kept.
    """
    keys, rank, count = _ranks(rows, shelf)
    lengths, starts = shelf.room(count, np.int64), shelf.room(count, np.int64)
    _measure(lengths, rows, rank)
    if (len(rank) if rows.stretches is None else rows.stretches) == count and not rows.out_of_order:
        for first, stop in _pieces(len(rank), RUNS):
            here = rank[max(first - 1, 0) : stop]
            fresh = np.flatnonzero(here[1:] != here[:-1]) + max(first, 1)  # one stretch may be several runs
            fresh = fresh if first else np.append(0, fresh)
            starts[rank[fresh]] = fresh if rows.runs is None else rows.runs[fresh]
        return Sequences(keys, starts, np.add(lengths, starts, out=lengths), None)
    stops = np.cumsum(lengths, out=shelf.room(count, np.int64))
    np.subtract(stops, lengths, out=starts)
    order = shelf.room(rows.rows, np.int64)
    deal(order, _rank_of_rows(rows, rank), starts, shelf)
    astray = 0 if times is None or rows.rising else _astray(order, times, starts)
    if astray and times is not None:
        rows.out_of_order = (
            rows.out_of_order or astray
        )  # in order where keys stand together, not once they are gathered
        _sort(order, times, starts, stops, shelf)
    return Sequences(keys, starts, stops, order)


def _measure(lengths: Ints, rows: Rows | Keyed, rank: Any) -> None:
    """Count the rows of each sequence."""
    for first, stop in _pieces(len(rank), RUNS):
        if rows.runs is None:
            np.add.at(lengths, rank[first:stop], 1)
            continue
        ends = np.append(rows.runs[first + 1 : stop + 1], [rows.rows] if stop == len(rank) else [])
        np.add.at(lengths, rank[first:stop], (ends - rows.runs[first:stop]).astype(np.int64))


def _pieces(n: int, size: int = 0) -> Iterator[tuple[int, int]]:
    size = size or CHUNK
    for first in range(0, n, size):
        yield first, min(first + size, n)


def _ranks(rows: Rows | Keyed, shelf: Shelf) -> tuple[dict[str, pa.Array], Any, int]:
    """(key texts of every sequence in order, the sequence of every run, sequences)."""
    if not rows.keys:
        return {}, np.zeros(1, np.int64), 1
    (name, (texts, rank)), *others = rows.keys.items()
    if not others:
        return {name: texts}, rank, len(texts)
    count = len(texts)
    for more, codes in [columns for _, columns in others]:
        rank, count = _renumbered(rank, codes, len(more), shelf)
    one_run = np.empty(count, np.int64)
    for first, stop in _pieces(len(rank)):
        one_run[rank[first:stop]] = np.arange(first, stop)
    return {n: t.take(arrow_of(codes[one_run])) for n, (t, codes) in rows.keys.items()}, rank, count


def _renumbered(rank: Any, codes: Any, size: int, shelf: Shelf) -> tuple[Any, int]:
    """Pairs of a rank and a code as ranks without gaps, so that the product of many key columns stays small."""
    pairs = np.empty(0, np.int64)
    for first, stop in _pieces(len(rank)):
        pairs = np.union1d(pairs, rank[first:stop].astype(np.int64) * size + codes[first:stop])
    out = shelf.store(0, np.int64)
    for first, stop in _pieces(len(rank)):
        out.append(np.searchsorted(pairs, rank[first:stop].astype(np.int64) * size + codes[first:stop]))
    return out.view(), len(pairs)


def _rank_of_rows(rows: Rows | Keyed, rank: Any) -> Iterator[tuple[int, Any]]:
    """(first row, the sequence of each row), a piece at a time."""
    for first, stop in _pieces(rows.rows):
        if rows.runs is None:
            yield first, rank[first:stop]
            continue
        low, high = (int(v) for v in np.searchsorted(rows.runs, [first, stop - 1], side="right"))
        begins = np.maximum(rows.runs[low - 1 : high], first)
        yield first, np.repeat(rank[low - 1 : high], np.diff(np.append(begins, stop)))


def _astray(order: Ints, times: Any, starts: Ints) -> int:
    """Rows whose time runs backwards inside their sequence."""
    count = 0
    begins = np.sort(starts)
    for first, stop in _pieces(len(order)):
        here = times[order[first : stop + 1]]
        back = np.flatnonzero(here[1:] < here[:-1]) + first + 1
        if len(back):
            count += int((begins[np.minimum(np.searchsorted(begins, back), len(begins) - 1)] != back).sum())
    return count


def _sort(order: Ints, times: Any, starts: Ints, stops: Ints, shelf: Shelf) -> None:
    """Sort the rows of every sequence by time, equal times in the order of the file."""
    at = 0
    while at < len(starts):
        until = max(at + 1, int(np.searchsorted(stops, starts[at] + CHUNK, side="right")))
        first, stop = int(starts[at]), int(stops[until - 1])
        if stop - first > CHUNK:
            _sort_long(order[first:stop], times, shelf)
        else:
            rows = np.array(order[first:stop])
            of = np.repeat(np.arange(until - at), (stops - starts)[at:until])
            order[first:stop] = rows[np.lexsort((times[rows], of))]
        at = until


def _sort_long(order: Ints, times: Any, shelf: Shelf) -> None:
    """Sort one sequence that is longer than a piece: deal its rows out by stretches of time, then sort each."""
    seen = np.sort(times[order[:: max(1, len(order) // CHUNK)]])
    borders = np.unique(seen[:: max(1, len(seen) * CHUNK // (2 * len(order)))])
    count = np.zeros(len(borders) + 1, np.int64)
    for first, stop in _pieces(len(order)):
        found = np.searchsorted(borders, times[order[first:stop]], side="right")
        count += np.bincount(found, minlength=len(count))
    stops = np.cumsum(count)
    places = shelf.room(len(order), np.int64)
    stretch = ((a, np.searchsorted(borders, times[order[a:b]], side="right")) for a, b in _pieces(len(order)))
    deal(places, stretch, stops - count, shelf)
    dealt = shelf.room(len(order), np.int64)
    for first, stop in _pieces(len(order)):
        dealt[first:stop] = order[places[first:stop]]
    for first, stop in zip((stops - count).tolist(), stops.tolist(), strict=True):  # a stretch is about half a piece
        rows = np.array(dealt[first:stop])
        order[first:stop] = rows[np.argsort(times[rows], kind="stable")]
