r"""NumPy's ``.npy``: one array of numbers, read as a table block by block.

    b"\x93NUMPY"  version  length of the header  header: {'descr': '<f8', 'fortran_order': False, 'shape': (10, 2)}
    then the numbers, row by row, or column by column when fortran_order is True

A header is text from a stranger: its length is bounded before it is read, it is taken as a literal and never
run, and it is believed only where the size of the file agrees. The numbers are fetched with plain reads,
not through a memory map (a file that is cut meanwhile would end the process), and never unpickled.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.lib.format import descr_to_dtype

from lstmprep.errors import DataError, located
from lstmprep.sources.array import Block, Grid, arrow_column, require_table, rows_of
from lstmprep.sources.arrow import FileSource, readable
from lstmprep.sources.files import InputFile
from lstmprep.wording import quoted, size_of

MAGIC = b"\x93NUMPY"
LONGEST = 1 << 20  # bytes of a header
_VERSIONS = {1: ("latin-1", 2), 2: ("latin-1", 4), 3: ("utf-8", 4)}


class NpySource(FileSource):
    """A ``.npy`` file: columns c0, c1, ..., or the fields of a compound array.

    Raises
    ------
    DataError
        If it is no table of numbers, or the file and its header disagree.
    """

    format = "npy"

    def __init__(self, file: InputFile) -> None:
        with located(file=file.name):
            with readable(file.name, "NumPy"), file.open() as stream:
                shape, self._by_column, dtype = read_header(stream)
                self._offset = stream.tell()
            require_table(shape, dtype)
            _require_size(file.stamp.size - self._offset, shape, dtype)
            self._grid = Grid(shape, dtype)
        super().__init__(file, self._grid.schema)

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """The rows of these columns; of an array in column order the others are not read."""
        with readable(self.name, "NumPy"), self.file.open() as stream:
            if self._by_column and columns:
                yield from self._columns(stream, columns)
            else:
                yield from rows_of(self._grid, lambda first, stop: self._rows(stream, first, stop), columns)

    def _rows(self, stream: Any, first: int, stop: int) -> Block:
        width = 1 if self._grid.flat else len(self._grid.columns)
        found = self._read(stream, first * width, (stop - first) * width)
        return found if self._grid.flat else found.reshape(stop - first, width)

    def _columns(self, stream: Any, names: list[str]) -> Iterator[pa.RecordBatch]:
        """An array in column order: a piece of each column."""
        grid = self._grid
        starts = [grid.places[n] * grid.rows for n in names]
        for first in range(0, grid.rows, grid.step):
            count = min(grid.step, grid.rows - first)
            arrays = [arrow_column(self._read(stream, start + first, count)) for start in starts]
            yield pa.record_batch(arrays, schema=grid.schema_of(names))

    def _read(self, stream: Any, first: int, count: int) -> Block:
        """So many elements of the file."""
        size = self._grid.dtype.itemsize
        stream.seek(self._offset + first * size)
        data = stream.read(count * size)
        if len(data) < count * size:
            raise DataError("the file ends in the middle", fix="Run again once nothing writes to it.")
        return np.frombuffer(data, self._grid.dtype)


def read_header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """The header of a ``.npy`` stream; the stream stands at the first number afterwards.

    Returns
    -------
    (shape, by_column, dtype)
        Whether the numbers stand column by column, for two axes.

    Raises
    ------
    DataError
        If there is no such header.

    Examples
    --------
    >>> import io
    >>> stream = io.BytesIO()
    >>> np.save(stream, np.zeros((3, 2), "i2"))
    >>> _ = stream.seek(0)
    >>> read_header(stream)
    ((3, 2), False, dtype('int16'))
    """
    head = stream.read(8)
    encoding, wide = _VERSIONS.get(head[6] if len(head) == 8 else 0, ("", 0))
    if not head.startswith(MAGIC) or not encoding:
        raise _no_header(
            f"the version {head[6]}.{head[7]} is unknown" if len(head) == 8 and head.startswith(MAGIC) else ""
        )
    length = int.from_bytes(stream.read(wide), "little")
    if length > LONGEST:
        raise _no_header(f"a header of {size_of(length)}")
    raw = stream.read(length)
    if len(raw) < length:
        raise _no_header("it ends within the header")
    try:
        found = ast.literal_eval(raw.decode(encoding).strip())
        shape, by_column = found["shape"], found["fortran_order"]
        dtype = descr_to_dtype(found["descr"])
        whole = type(shape) is tuple and all(type(n) is int and 0 <= n < 2**62 for n in shape)
        if not whole or type(by_column) is not bool or len(found) != 3:
            raise ValueError
    except Exception:  # noqa: BLE001 (a hostile literal raises anything, RecursionError and MemoryError included)
        raise _no_header(quoted(raw[:60].decode("latin-1"))) from None
    return shape, by_column and len(shape) > 1, dtype


def _no_header(reason: str) -> DataError:
    return DataError(
        f"this is not a valid NumPy file (.npy){': ' + reason if reason else ''}",
        fix="Write it with np.save(FILE, array), or copy it again.",
    )


def _require_size(have: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Refuse a file that holds less, or more, than its header says."""
    want = math.prod(shape) * dtype.itemsize
    axes = " x ".join(f"{n:,}" for n in shape)
    if have < want:
        raise DataError(
            f"the file is cut short: {axes} of {dtype} take {size_of(want)}, and {size_of(max(have, 0))} are there",
            fix="Copy or write it again.",
        )
    if have > want:
        raise DataError(
            f"{size_of(have - want)} follow the array in the file",
            fix="Keep one array in a file: np.save(FILE, array).",
        )
