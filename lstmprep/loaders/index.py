"""The index read back, block by block: samples of one part, their rows, times and keys as numbers.

index.parquet, or a table in memory  ->  blocks of one part  ->  NumPy
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from lstmprep.arrow import buffer, nulls
from lstmprep.panel import Array
from lstmprep.records import record

BATCH = 1 << 14
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def batches_of(index: Any) -> Iterator[pa.RecordBatch]:
    """The index in batches: of a file as it is read, or of a table in memory."""
    if isinstance(index, pa.Table):
        yield from index.to_batches(max_chunksize=BATCH)
        return
    from pyarrow import parquet

    yield from parquet.ParquetFile(Path(index), pre_buffer=False).iter_batches(batch_size=BATCH, use_threads=False)


@record(eq=False)
class Block:
    """Some samples of one part of the index."""

    split: str
    first: int
    table: pa.RecordBatch

    @property
    def rows(self) -> int:
        """Samples."""
        return int(self.table.num_rows)

    def ints(self, name: str) -> Ints | None:
        """A column of whole numbers; what is null is -1."""
        if name not in self.table.schema.names:
            return None
        column = compute.cast(self.table.column(name), pa.int64())
        gone = nulls(column)
        values = buffer(column, "i8")
        return np.array(values) if gone is None else np.where(gone, -1, values)

    def times(self, name: str) -> Array | None:
        """A column of times, as whole numbers in their unit or as numbers."""
        if name not in self.table.schema.names:
            return None
        column = self.table.column(name)
        return buffer(column, "f8" if pa.types.is_floating(column.type) else "i8")

    def of_key(self, key: dict[str, str]) -> Ints:
        """Places in this block of the samples of one sequence, by its keys."""
        same = np.ones(self.rows, bool)
        for name, value in key.items():
            found = compute.equal(compute.cast(self.table.column(name), pa.string()), value)
            same &= buffer(compute.cast(compute.fill_null(found, fill_value=False), pa.int8()), "i1") == 1
        return np.flatnonzero(same)

    def real(self) -> Flags:
        """Samples that are no padding of a batch."""
        gone = nulls(self.table.column("first_row"))
        return np.ones(self.rows, bool) if gone is None else ~gone


def blocks(batches: Iterator[pa.RecordBatch]) -> Iterator[Block]:
    """The index, cut where a part ends."""
    for batch in batches:
        split = batch.column("split")
        coded = split if pa.types.is_dictionary(split.type) else split.dictionary_encode()
        codes = buffer(compute.cast(coded.indices, pa.int64()), "i8")
        cuts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
        for a, b in pairwise(cuts):
            if b > a:
                piece = batch.slice(a, b - a)
                number = buffer(compute.cast(piece.column("sample"), pa.int64()), "i8")
                yield Block(str(coded.dictionary[int(codes[a])]), int(number[0]), piece)


def key_numbers(batch: pa.RecordBatch, keys: list[str], ids: dict[tuple[str, ...], int]) -> NDArray[np.int64]:
    """(samples,) a number per sequence; `ids` remembers which key has which."""
    rank = np.zeros(batch.num_rows, np.int64)
    texts = []
    for name in keys:
        column = batch.column(name)
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        gone = nulls(coded)
        codes = np.array(buffer(compute.cast(coded.indices, pa.int64()), "i8"))
        if gone is not None:
            codes[gone] = 0
        rank = np.unique(rank * max(1, len(coded.dictionary)) + codes, return_inverse=True)[1]
        texts.append((coded.dictionary, codes))
    where = np.unique(rank, return_index=True)[1]
    mine = np.empty(len(where), np.int64)
    for i, row in enumerate(where.tolist()):  # once per sequence of the block
        key = tuple(str(dictionary[int(codes[row])]) if len(dictionary) else "" for dictionary, codes in texts)
        mine[i] = ids.setdefault(key, len(ids))
    return mine[rank]
