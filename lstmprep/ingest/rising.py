"""Keys that rise, as those of a sorted table do: nothing has to be looked up.

a  b  c      each is greater than the one before, so all are distinct, and their place is their code
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from lstmprep.arrow import buffer, flags, matches, texts
from lstmprep.ingest.numbers import NUMBER
from lstmprep.stores import Shelf


class Rising:
    """Texts of which each is greater than the one before: they are distinct, and nothing has to be looked up.

    Keys of a sorted table are, as whole numbers or by code point. The texts lie in files without a name when there are many.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.count = self._bytes = 0
        self._last, self._numbers, self._words = texts([]), True, False
        self._ends, self._text = shelf.store(0, np.int32), shelf.store(0, np.uint8)
        self._ends.append(np.zeros(1, np.int32))

    def take(self, cells: pa.Array) -> bool:
        """Add the next texts (no nulls), unless one of them does not rise."""
        row = pa.concat_arrays([self._last, cells])
        numbers = self._numbers and bool(matches(cells, r"^[+-]?[0-9]{1,18}$").all())
        size = self._bytes + cells.nbytes
        if (self.count and self._numbers and not numbers) or size >= 1 << 31 or not self._rises(row, numbers=numbers):
            return False
        self._numbers, self._last = numbers, row[-1:]
        self._words = self._words or not (numbers or matches(cells, NUMBER).all())
        cells = pa.concat_arrays([texts([]), cells])  # offsets from 0
        ends = np.frombuffer(cells.buffers()[1], np.int32)[1 : len(cells) + 1]
        self._ends.append(ends + np.int32(self._bytes))
        if ends[-1]:
            self._text.append(np.frombuffer(cells.buffers()[2], np.uint8)[: int(ends[-1])])
        self._bytes += int(ends[-1])
        self.count += len(cells)
        return True

    @staticmethod
    def _rises(row: pa.Array, *, numbers: bool) -> bool:
        from pyarrow import compute

        if numbers:
            values = buffer(compute.cast(compute.utf8_ltrim(row, "+"), pa.int64()), "i8")
            return bool((values[1:] > values[:-1]).all())
        return bool(flags(compute.greater(row[1:].cast(pa.binary()), row[:-1].cast(pa.binary()))).all())

    @property
    def in_order(self) -> bool:
        """Whether the order they came in is the canonical one."""
        return self._numbers or self._words

    def texts(self) -> pa.Array:
        """All of them."""
        ends, text = self._ends.view(), self._text.view()
        return pa.Array.from_buffers(pa.string(), self.count, [None, pa.py_buffer(ends), pa.py_buffer(text)])
