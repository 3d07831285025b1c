"""Arrays of numbers as a table: columns ``c0``, ``c1``, ... of a 1-D or 2-D array, or the fields of a compound one.

    (rows,)            one column c0
    (rows, columns)    c0, c1, ...
    (rows,) of fields  the fields by their names; a field that is itself a row of numbers is f_0, f_1, ...

`Grid` says which columns an element type makes and turns a block of rows into Arrow arrays. It is shared
by arrays in memory, ``.npy`` files and HDF5 datasets, which only differ in how they fetch a block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lstmprep.arrow import arrow_of, mask
from lstmprep.errors import DataError
from lstmprep.sources import arrow
from lstmprep.sources.arrow import TypedSource, bare_rows
from lstmprep.wording import counted, quoted

PIECE = 32 << 20  # bytes of one block: a row of a hundred thousand numbers must not make it huge
Block = NDArray[Any]


class Grid:
    """The columns of an array of this shape and element type.

    Parameters
    ----------
    shape : tuple of int
    dtype : numpy.dtype

    Raises
    ------
    DataError
        If that is no table: no or more than two axes, nothing in it, or elements that are no numbers.
    """

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        require_table(shape, dtype)
        self.dtype, self.flat, self.rows = dtype, len(shape) == 1, int(shape[0])
        self.columns: list[tuple[str, np.dtype[Any], str | int, int | None]] = []  # name, type, field or column, place
        if dtype.names:
            self._fields(dtype)
        else:
            kind = plain(dtype, None)
            self.columns = [(f"c{i}", kind, i, None) for i in range(1 if self.flat else int(shape[1]))]
        self.schema = pa.schema([(name, _arrow_type(kind)) for name, kind, _, _ in self.columns])
        self.places = {name: i for i, (name, *_) in enumerate(self.columns)}

    def _fields(self, dtype: np.dtype[Any]) -> None:
        for field in dtype.names or ():
            kind = dtype[field]
            if kind.subdtype is None:
                self.columns.append((field, plain(kind, field), field, None))
                continue
            base, shape = kind.subdtype
            if len(shape) != 1:
                raise DataError(
                    f"the field {quoted(field)} holds {counted(len(shape), 'axis', 'axes')} in each row",
                    fix="Give fields of one number, or of one row of numbers.",
                )
            inner = plain(base, field)
            self.columns += [(f"{field}_{i}", inner, field, i) for i in range(shape[0])]

    @property
    def step(self) -> int:
        """Rows of one block."""
        return max(1, min(arrow.BATCH, PIECE // max(1, self.dtype.itemsize * (1 if self.flat else len(self.columns)))))

    def schema_of(self, names: list[str]) -> pa.Schema:
        """The types of these columns."""
        return pa.schema([self.schema.field(self.places[n]) for n in names])

    def batch(self, block: Block, names: list[str]) -> pa.RecordBatch:
        """These columns of a block of rows."""
        arrays = [self._column(block, *self.columns[self.places[name]][2:]) for name in names]
        return pa.record_batch(arrays, schema=self.schema_of(names))

    def _column(self, block: Block, at: str | int, place: int | None) -> pa.Array:
        values = block[at] if isinstance(at, str) else block if self.flat else block[:, at]
        return arrow_column(values if place is None else values[:, place])


def plain(dtype: np.dtype[Any], field: str | None) -> np.dtype[Any]:
    """The element type, if a column can hold it.

    Raises
    ------
    DataError
        If it is an object, a complex number, a duration or raw bytes.
    """
    if dtype.kind in "fiub" or dtype.kind in "US" or (dtype.kind == "M" and np.datetime_data(dtype)[0] != "generic"):
        return dtype
    what = f"the field {quoted(field)} holds" if field else "the array holds"
    if dtype.kind == "O":
        raise DataError(
            f"{what} Python objects, which are never unpickled",
            fix="Save it as numbers: np.save(FILE, array.astype(float)), or as Parquet.",
        )
    fix = "Give its real and imaginary part a column each." if dtype.kind == "c" else "Save it as numbers."
    raise DataError(f"{what} {dtype}, not numbers", fix=fix)


def require_table(shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Refuse what has no rows and columns, before anything is made of its sizes."""
    if dtype.hasobject:
        plain(np.dtype(object), None)
    fix = "Give an array (rows,) or (rows, columns)."
    if not shape:
        raise DataError("the array is a single number without an axis", fix=fix)
    if len(shape) > 2 or (dtype.names and len(shape) != 1):
        axes = " x ".join(f"{n:,}" for n in shape[:8])
        if len(shape) == 3 and not dtype.names:
            fix = (
                "It may have the shape [samples, timesteps, features] already. To frame it anew give it two axes: "
                f"np.save(FILE, array.reshape(-1, {shape[2]}))."
            )
        raise DataError(f"the array has {len(shape)} axes ({axes}), a table has one or two", fix=fix)
    if 0 in shape or not dtype.itemsize:
        what = "rows (0 rows)" if shape[0] == 0 else "columns"
        raise DataError(f"the array has no {what}", fix="Give an array (rows,) or (rows, columns) of numbers.")


def _arrow_type(dtype: np.dtype[Any]) -> pa.DataType:
    if dtype.kind == "b":
        return pa.bool_()
    if dtype.kind in "US":
        return pa.string()
    if dtype.kind == "M":
        return pa.timestamp(_stamp(dtype)[0])
    return pa.float64() if dtype.kind == "f" and dtype.itemsize > 8 else pa.from_numpy_dtype(dtype.newbyteorder("="))


def _stamp(dtype: np.dtype[Any]) -> tuple[str, str]:
    """(unit in Arrow, the NumPy type with that unit)."""
    unit, count = np.datetime_data(dtype)
    known = unit if unit in ("s", "ms", "us", "ns") and count == 1 else "s" if unit in "YMWDhms" else "ns"
    return known, f"M8[{known}]"


def arrow_column(values: NDArray[Any]) -> pa.Array:
    """One column of a block as an Arrow array, in native byte order.

    Examples
    --------
    >>> arrow_column(np.array([1, 2], ">i4")).to_pylist()
    [1, 2]
    >>> arrow_column(np.array(["a", "bc"])).to_pylist()
    ['a', 'bc']
    """
    kind = values.dtype
    if kind.kind == "b":
        return mask(np.ascontiguousarray(values))
    if kind.kind in "US":
        return _texts(values)
    if kind.kind == "M":
        unit, native = _stamp(kind)
        stamps = values.astype(native)
        real = ~np.isnat(stamps)
        return arrow_of(stamps.view(np.int64), pa.timestamp(unit), None if real.all() else real)
    if kind.kind == "f" and kind.itemsize > 8:
        return arrow_of(values.astype(np.float64))
    return arrow_of(values if kind.isnative else values.astype(kind.newbyteorder("=")))


def _texts(values: NDArray[Any]) -> pa.Array:
    """Texts of one width as texts of their own lengths; the zeros that fill them up are no part of them."""
    raw = np.char.encode(values, "utf-8") if values.dtype.kind == "U" else values
    width = raw.dtype.itemsize
    letters = np.ascontiguousarray(raw).view(np.uint8).reshape(len(raw), width)
    used = letters != 0
    lengths = np.where(used.any(axis=1), width - used[:, ::-1].argmax(axis=1), 0) if width else np.zeros(len(raw), int)
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    body = letters[np.arange(width) < lengths[:, None]]
    out = pa.Array.from_buffers(pa.string(), len(raw), [None, pa.py_buffer(ends), pa.py_buffer(body)])
    try:
        out.validate(full=True)
    except (pa.ArrowInvalid, UnicodeDecodeError):
        raise DataError("a text in the array is not UTF-8", fix="Save texts as such: array.astype(str).") from None
    return out


class ArraySource(TypedSource):
    """A NumPy array in memory, block by block; nothing of it is changed or copied as a whole."""

    def __init__(self, array: NDArray[Any], name: str = "table") -> None:
        self._array = array
        self._masked = isinstance(array, np.ma.MaskedArray) and array.dtype.kind in "fiub"
        self._grid = Grid(array.shape, np.dtype(np.float64) if self._masked else array.dtype)
        super().__init__(name, self._grid.schema)

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """The rows of these columns."""
        return rows_of(self._grid, self._block, columns)

    def _block(self, first: int, stop: int) -> Block:
        block: Block = self._array[first:stop]
        if self._masked:  # a masked value is a missing one
            return np.where(np.ma.getmaskarray(block), np.nan, np.asarray(block).astype(np.float64))
        return np.asarray(block)


def rows_of(grid: Grid, block: Callable[[int, int], Block], columns: list[str]) -> Iterator[pa.RecordBatch]:
    """The rows of these columns, fetched block by block."""
    if not columns:
        yield from bare_rows(grid.rows)
        return
    for first in range(0, grid.rows, grid.step):
        yield grid.batch(block(first, min(first + grid.step, grid.rows)), columns)
