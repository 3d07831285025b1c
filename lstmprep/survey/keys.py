"""The keys of a table as numbers of sequences, by first sight.

    chunk -> rows where a key may begin -> different keys there -> their bits -> their numbers

A key is held as 128 bits and a number, its text in a file without a name: see `growing`.
"""

from __future__ import annotations

import os
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lstmprep.arrow import arrow_of, buffer
from lstmprep.digest import bits_of
from lstmprep.errors import DataError, Where
from lstmprep.ingest.begins import first_empty, may_begin
from lstmprep.ingest.keys import as_text
from lstmprep.sources.base import Chunk
from lstmprep.stores import RowStore
from lstmprep.survey.growing import Bits, Ints, Numbered


class Keys:
    """Numbers the sequences by first sight.

    Parameters
    ----------
    columns : tuple of str
        Those whose texts together are the key; none of them means one sequence.
    """

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self._numbered = Numbered()
        self._texts = [_Texts() for _ in columns]
        self._seed = int.from_bytes(os.urandom(8))  # nobody can write a table whose keys meet

    def __len__(self) -> int:
        return self._numbered.count if self.columns else 1

    def number(self, chunk: Chunk) -> Ints:
        """(rows,) the sequence of each row.

        Raises
        ------
        DataError
            If a key is empty.
        """
        if not self.columns:
            return np.zeros(chunk.rows, np.int64)
        arrays = [chunk.columns[name] for name in self.columns]
        begins = may_begin(arrays)
        if begins is None:
            return self._of(arrays, chunk.first + np.arange(chunk.rows))
        code = self._of([array.take(arrow_of(begins)) for array in arrays], chunk.first + begins)
        return np.repeat(code, np.diff(begins, append=chunk.rows))

    def _of(self, arrays: list[Any], rows: Ints) -> Ints:
        """The sequence of each of these rows of the table."""
        rank, parts = np.zeros(len(rows), np.int64), []
        for name, array in zip(self.columns, arrays, strict=True):
            text = as_text(array)
            empty = first_empty(text)
            if empty >= 0:
                raise DataError(
                    "the key is empty",
                    fix="Give every row its key; a row without one belongs to no sequence.",
                    where=Where(row=int(rows[empty]), column=name),
                )
            coded = text.dictionary_encode()
            rank = rank * len(coded.dictionary) + buffer(coded.indices, "i4")
            if len(arrays) > 1:
                rank = np.unique(rank, return_inverse=True)[1]
            parts.append(text if len(arrays) > 1 else coded.dictionary)
        if len(arrays) > 1:
            _, firsts, rank = np.unique(rank, return_index=True, return_inverse=True)
            parts = [part.take(arrow_of(firsts)) for part in parts]
        before = self._numbered.count
        numbers = self._numbered.number(self._bits(parts))
        fresh = np.flatnonzero(numbers >= before)
        if len(fresh):
            for kept, part in zip(self._texts, parts, strict=True):
                kept.add(part.take(arrow_of(fresh)))
        return numbers[rank]

    def _bits(self, parts: list[pa.Array]) -> Bits:
        """(keys, 2) the bits of each key: those of its text, or of the bits of its texts."""
        seed = self._seed
        bits = np.hstack([np.frombuffer(bits_of(cells(part), seed), np.uint64).reshape(-1, 2) for part in parts])
        if len(parts) > 1:
            bits = np.frombuffer(bits_of((row.tobytes() for row in bits), seed), np.uint64).reshape(-1, 2)
        return bits

    def key(self, number: int) -> list[str]:
        """The texts of a sequence's key."""
        return [kept.text(number) for kept in self._texts]


class _Texts:
    """Texts one after the other, in files without a name when there are many."""

    def __init__(self) -> None:
        self._stops, self._bytes, self._size = RowStore(0, np.int64), RowStore(0, np.uint8), 0

    def add(self, part: pa.Array) -> None:
        stops, data = plain(part)
        self._stops.append(stops[1:] - stops[0] + self._size)
        self._bytes.append(data[stops[0] : stops[-1]])
        self._size += int(stops[-1] - stops[0])

    def text(self, number: int) -> str:
        stops = self._stops.view()
        first = int(stops[number - 1]) if number else 0
        return self._bytes.view()[first : int(stops[number])].tobytes().decode()


def plain(part: pa.Array) -> tuple[Ints, NDArray[np.uint8]]:
    """(texts + 1,) where each text begins and ends, and the bytes of all."""
    stops = np.frombuffer(part.buffers()[1], np.int32)[part.offset : part.offset + len(part) + 1]
    return stops.astype(np.int64), np.frombuffer(part.buffers()[2], np.uint8)


def cells(part: pa.Array) -> list[memoryview]:
    """The bytes of each text."""
    stops, data = plain(part)
    view = data.data
    return [view[a:b] for a, b in pairwise(stops.tolist())]
