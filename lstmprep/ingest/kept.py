"""Columns of a second table, kept off the heap, and looked up by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import types as t

from lstmprep.arrow import arrow_of, mask, no_text
from lstmprep.ingest.keys import Coder, as_text
from lstmprep.ingest.numbers import ColumnFacts, bare, floats
from lstmprep.sources.base import As, Source
from lstmprep.stores import Shelf

Ints = NDArray[np.int64]


class Kept:
    """Some columns of a source: numbers as float64, anything else as text.

    Parameters
    ----------
    source : Source
    wanted : mapping of name to As
    shelf : Shelf
        Where rows are kept.
    """

    def __init__(self, source: Source, wanted: Mapping[str, As], shelf: Shelf) -> None:
        self._numbers: dict[str, Any] = {}
        self._texts: dict[str, tuple[pa.Array, Any]] = {}
        as_number = {n for n, kind in wanted.items() if kind == "number"}
        while not self._read(source, wanted, as_number, shelf):
            continue

    def _read(self, source: Source, wanted: Mapping[str, As], as_number: set[str], shelf: Shelf) -> bool:
        """One pass; False when a column of numbers turned out to hold text, and is text from now on."""
        stores = {n: shelf.store(0, np.float64) for n in as_number}
        coders = {n: Coder(shelf, as_seen=True) for n in wanted if n not in as_number}
        for chunk in source.chunks({n: "number" if n in as_number else "text" for n in wanted}):
            for name, coder in coders.items():
                coder.add(as_text(chunk.columns[name]).fill_null(""))
            for name, store in stores.items():
                cells = bare(chunk.columns[name])
                if t.is_string(cells.type) or t.is_large_string(cells.type) or t.is_string_view(cells.type):
                    as_number.discard(name)
                    return False
                store.append(floats(cells, ColumnFacts(), chunk.first, []))
        self._numbers = {n: store.view() for n, store in stores.items()}
        self._texts = {n: coder.finish() for n, coder in coders.items()}
        return True

    def take(self, name: str, rows: Ints) -> pa.Array:
        """The cells of these rows; null for row -1."""
        real = rows >= 0
        at = np.where(real, rows, 0)
        if name in self._numbers:
            values = self._numbers[name][at] if len(self._numbers[name]) else np.zeros(len(at))
            return arrow_of(values, real=real & ~np.isnan(values))
        from pyarrow import compute

        texts, codes = self._texts[name]
        if not len(texts):
            return pa.nulls(len(rows), pa.string())
        found = texts.take(arrow_of(np.asarray(codes[at]).astype(np.int64)))
        return found if real.all() else compute.if_else(mask(real), found, no_text())
