"""Keys of one table found in another: texts of one or several columns, compared as text, 007 and 7 apart."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lstmprep.arrow import arrow_of, buffer, nulls

Ints = NDArray[np.int64]


class KeyMap:
    """Numbers for the distinct keys of a table, and the number of any other table's keys.

    Parameters
    ----------
    columns : list of pyarrow.Array
        Texts without nulls, one array per key column.

    Examples
    --------
    >>> keys = KeyMap([pa.array(["b", "a", "b"]), pa.array(["1", "1", "2"])])
    >>> keys.codes.tolist(), keys.find([pa.array(["a", "c"]), pa.array(["1", "1"])]).tolist()
    ([1, 0, 2], [0, -1])
    """

    def __init__(self, columns: list[pa.Array]) -> None:
        from pyarrow import compute

        self._levels: list[tuple[pa.Array, Ints]] = []
        codes = np.zeros(len(columns[0]) if columns else 0, np.int64)
        for column in columns:
            coded = column.dictionary_encode()
            order = buffer(compute.sort_indices(coded.dictionary.cast(pa.large_binary())), "u8")
            rank = np.empty(len(order), np.int64)
            rank[order] = np.arange(len(order))
            texts = coded.dictionary.take(arrow_of(order.astype(np.int64)))
            mixed = codes * len(texts) + rank[buffer(coded.indices, "i4")]
            known, codes = np.unique(mixed, return_inverse=True)
            self._levels.append((texts, known))
        self.codes: Ints = codes.astype(np.int64)
        self.count = int(codes.max()) + 1 if len(codes) else 0

    def find(self, columns: list[pa.Array]) -> Ints:
        """The number of each key, -1 for one that is not known."""
        from pyarrow import compute

        codes = np.zeros(len(columns[0]), np.int64)
        real = np.ones(len(codes), bool)
        for column, (texts, known) in zip(columns, self._levels, strict=True):
            coded = column.dictionary_encode()  # a chunk holds few distinct keys
            place = compute.index_in(coded.dictionary, value_set=texts)
            gone = nulls(place)
            at = buffer(place, "i4").astype(np.int64)
            if gone is not None:
                at = np.where(gone, -1, at)
            at = at[buffer(coded.indices, "i4")]
            real &= at >= 0
            mixed = codes * len(texts) + np.maximum(at, 0)
            codes = np.minimum(np.searchsorted(known, mixed), len(known) - 1)
            real &= known[codes] == mixed
        return np.where(real, codes, -1)
