"""Where runs of one key begin, and the key of each run.

    key     a a a b b a        runs begin at 0 3 5, their keys a b a
    key     a b c a b c        each row is a run: where they begin need not be written down

Only the first row of a run has to become text and be looked up. Where that would save nothing, since as a rule
the next row has another key, every row counts as a run of its own; `stretches` counts the real ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import types as t

from lstmprep.arrow import arrow_of, buffer, flags, mask, nulls
from lstmprep.errors import DataError, located
from lstmprep.ingest.keys import Coder, as_key
from lstmprep.sources.base import Chunk, Source
from lstmprep.stores import Shelf

Flags = NDArray[np.bool_]
_PIECE = 1 << 16


class Begins:
    """Takes the keys of a table, chunk by chunk.

    Parameters
    ----------
    source : Source
    names : tuple of str
        The columns that are keys.
    shelf : Shelf

    Attributes
    ----------
    stretches : int
        Runs so far, each as long as it can be.
    """

    def __init__(self, source: Source, names: tuple[str, ...], shelf: Shelf) -> None:
        self._source, self._names = source, names
        # files stand in natural order already
        self._coders = {name: Coder(shelf, as_seen=name not in source.names) for name in names}
        self._last: list[str | None] = [None] * len(names)
        self._places = shelf.store(0, np.int64)
        self._single = 0  # rows at the head that are a run each
        self._dense = True  # whether these are all rows so far
        self.stretches = 0

    def take(self, chunk: Chunk) -> Flags:
        """Take in the keys of the next rows; which of them have another key than the row before."""
        if not self._names:
            changed = np.zeros(chunk.rows, bool)
            changed[0] = not chunk.first
            return changed
        columns = [chunk.columns[name] for name in self._names]
        changed, sure = _changes(columns)
        dense = self._dense and 2 * int(np.count_nonzero(changed)) >= chunk.rows
        some = np.arange(chunk.rows) if dense else np.flatnonzero(changed)
        texts = [
            self._texts(name, column if dense else column.take(arrow_of(some)), chunk.first, some)
            for name, column in zip(self._names, columns, strict=True)
        ]
        if sure:
            changed[0] = any(str(text[0]) != last for text, last in zip(texts, self._last, strict=True))
        else:
            changed[:] = False
            changed[some[run_starts(texts, self._last)]] = True
        self._last = [str(text[-1]) for text in texts]
        self._add(chunk, texts, some, changed, dense=dense)
        return changed

    def _texts(self, name: str, column: pa.Array, first: int, some: NDArray[np.int64]) -> pa.Array:
        with located(file=self._source.name, column=name):
            text = as_key(column)
            empty = first_empty(text)
            if empty >= 0:
                raise DataError(
                    "the key is empty",
                    fix="Give every row its key; a row without one belongs to no sequence.",
                    where=self._source.where(first + int(some[empty]), name),
                )
        return text

    def _add(
        self, chunk: Chunk, texts: list[pa.Array], some: NDArray[np.int64], changed: Flags, *, dense: bool
    ) -> None:
        self.stretches += int(np.count_nonzero(changed))
        if dense:
            self._single += chunk.rows
        else:
            self._spell_out()
            begin = np.flatnonzero(changed[some])
            texts = [text.take(arrow_of(begin)) if len(begin) < len(text) else text for text in texts]
            self._places.append(some[begin] + chunk.first)
        for coder, text in zip(self._coders.values(), texts, strict=True):
            coder.add(text)

    def _spell_out(self) -> None:
        """From here on runs are longer than a row, and it is written down where they begin."""
        for i in range(0, self._single if self._dense else 0, _PIECE):
            self._places.append(np.arange(i, min(i + _PIECE, self._single)))
        self._dense = False

    def finish(self) -> tuple[dict[str, tuple[pa.Array, Any]], NDArray[np.int64] | None]:
        """(the keys there are, and which of them each run has; where runs begin, None when each row is one)."""
        keys = {name: coder.finish() for name, coder in self._coders.items()}
        if not self._names:
            self.stretches = 1
            return keys, np.zeros(1, np.int64)
        return keys, None if self._dense else self._places.view()


def run_of(runs: NDArray[np.int64] | None, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The run that each row belongs to.

    Examples
    --------
    >>> run_of(np.array([0, 3]), np.array([2, 3])).tolist(), run_of(None, np.array([2, 3])).tolist()
    ([0, 1], [2, 3])
    """
    return rows if runs is None else np.searchsorted(runs, rows, side="right") - 1


def may_begin(arrays: list[Any]) -> NDArray[np.int64] | None:
    """Rows of a chunk that are stored otherwise than the row before, where a run of one key may begin.

    Only they have to become text. None where that saves nothing.

    Examples
    --------
    >>> may_begin([arrow_of(np.array([7, 7, 7, 7, 8]))]).tolist()
    [0, 4]
    """
    found = np.flatnonzero(_changes(arrays)[0])
    return found if 2 * len(found) < len(arrays[0]) else None


def _changes(arrays: list[Any]) -> tuple[Flags, bool]:
    """(rows of a chunk where a run of one key may begin, the first among them; whether one does at each of the others)."""
    changed, sure = np.ones(len(arrays[0]), bool), True
    changed[1:] = False
    for array in arrays:
        differs = _differs(array.indices if t.is_dictionary(array.type) else array)
        if differs is None:
            return np.ones(len(arrays[0]), bool), False
        changed[1:] |= differs
        sure = sure and t.is_integer(array.type) and array.null_count == 0
    return changed, sure


def _differs(array: pa.Array) -> Flags | None:
    """Whether a cell, from the second on, is null or stored otherwise than the one before; None for types without a plain form."""
    from pyarrow import compute

    kind = array.type
    if t.is_string(kind) or t.is_large_string(kind):
        out = flags(compute.fill_null(compute.not_equal(array[1:], array[:-1]), mask(np.ones(1, bool))[0]))
    elif t.is_primitive(kind) and kind.bit_width in (8, 16, 32, 64):
        stored = buffer(array, f"u{kind.bit_width // 8}")
        out = stored[1:] != stored[:-1]
    else:
        return None
    gone = nulls(array)
    return out if gone is None else out | gone[1:] | gone[:-1]


def run_starts(arrays: list[Any], previous: list[str | None]) -> NDArray[np.int64]:
    """Rows of a chunk whose key differs from the row before; `previous` is the last key of the chunk before."""
    from pyarrow import compute

    n = len(arrays[0])
    changed = np.zeros(n, bool)
    for array, last in zip(arrays, previous, strict=True):
        changed[0] |= str(array[0]) != last
        if n > 1:
            differs = compute.not_equal(array[1:], array[:-1])
            changed[1:] |= flags(differs)
    return np.flatnonzero(changed)


def first_empty(cells: pa.Array) -> int:
    """The first cell of `as_key` that is null or empty; -1 when none is."""
    if not len(cells) or t.is_integer(cells.type):
        return -1
    ends = np.frombuffer(cells.buffers()[1], np.int32)[cells.offset : cells.offset + len(cells) + 1]
    empty, gone = ends[1:] == ends[:-1], nulls(cells)
    if gone is not None:
        empty |= gone
    return int(np.argmax(empty)) if empty.any() else -1
