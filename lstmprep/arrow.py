"""NumPy arrays as Arrow arrays and back, without a copy and without pandas.

Arrow's own conversions (`to_numpy`, `pa.array` of an array) import pandas when it is installed,
which costs more than reading a small table.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import types as t


def buffer(array: pa.Array, dtype: str) -> NDArray[Any]:
    """The values of a primitive array; what stands under a null is anything."""
    data = array.buffers()[1]
    if data is None:
        return np.zeros(len(array), dtype)
    return np.frombuffer(data, dtype)[array.offset : array.offset + len(array)]


def as_int64(array: pa.Array) -> NDArray[np.int64]:
    """An array of integers, without nulls and none above those of int64; Arrow's own cast costs several times as much.

    Examples
    --------
    >>> as_int64(pa.array([7, 200, 9], pa.uint8()).slice(1)).tolist()
    [200, 9]
    """
    sign = "i" if t.is_signed_integer(array.type) else "u"
    return buffer(array, f"{sign}{array.type.bit_width // 8}").astype(np.int64, copy=False)


def bits(data: pa.Buffer, offset: int, length: int) -> NDArray[np.bool_]:
    """A bitmap as booleans."""
    raw = np.frombuffer(data, np.uint8)[offset // 8 : (offset + length + 7) // 8]
    return np.unpackbits(raw, bitorder="little")[offset % 8 : offset % 8 + length].astype(bool)


def flags(array: pa.Array) -> NDArray[np.bool_]:
    """A boolean array without nulls."""
    return bits(array.buffers()[1], array.offset, len(array)) if len(array) else np.empty(0, bool)


def nulls(array: pa.Array) -> NDArray[np.bool_] | None:
    """Where cells are null; None when none is."""
    if array.null_count == 0:
        return None
    if t.is_null(array.type):
        return np.ones(len(array), bool)
    return ~bits(array.buffers()[0], array.offset, len(array))


def arrow_of(values: NDArray[Any], kind: pa.DataType | None = None, real: NDArray[np.bool_] | None = None) -> pa.Array:
    """Numbers as an Arrow array.

    Parameters
    ----------
    values : (n,) array of int or float
    kind : pyarrow.DataType or None
        A type of the same width, for example a timestamp for int64; None is the values' own.
    real : (n,) bool or None
        False where the result is null.

    Examples
    --------
    >>> arrow_of(np.array([1, 2]), real=np.array([True, False])).to_pylist()
    [1, None]
    """
    solid = np.ascontiguousarray(values)
    valid = None if real is None else pa.py_buffer(np.packbits(real, bitorder="little"))
    return pa.Array.from_buffers(kind or pa.from_numpy_dtype(solid.dtype), len(solid), [valid, pa.py_buffer(solid)])


def texts(items: list[str]) -> pa.Array:
    """Texts as an Arrow array.

    Examples
    --------
    >>> texts(["a", "bc"]).to_pylist()
    ['a', 'bc']
    """
    raw = [item.encode() for item in items]
    ends = np.cumsum([0, *map(len, raw)], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(raw), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(raw))])


def text(item: str) -> pa.Scalar:
    """A text as an Arrow scalar."""
    return texts([item])[0]


def no_text() -> pa.Scalar:
    """A null text."""
    empty = pa.Array.from_buffers(
        pa.string(), 1, [pa.py_buffer(b"\0"), pa.py_buffer(np.zeros(2, np.int32)), pa.py_buffer(b"")]
    )
    return empty[0]


def truth(array: pa.Array) -> NDArray[np.bool_]:
    """A boolean array, null counted as False."""
    found, gone = flags(array), nulls(array)
    return found if gone is None else found & ~gone


def mask(where: NDArray[np.bool_]) -> pa.Array:
    """Booleans as an Arrow array."""
    return pa.Array.from_buffers(pa.bool_(), len(where), [None, pa.py_buffer(np.packbits(where, bitorder="little"))])


def is_in(array: pa.Array, items: list[str]) -> NDArray[np.bool_]:
    """Where a text is one of these; a null is none."""
    from pyarrow import compute

    return truth(compute.is_in(array, value_set=_value_set(tuple(items))))


@lru_cache(maxsize=64)
def _value_set(items: tuple[str, ...]) -> pa.Array:
    """Of a hundred thousand columns, each asks for the same few."""
    return texts(list(items))


def matches(array: pa.Array, pattern: str) -> NDArray[np.bool_]:
    """Where a text matches a regular expression; a null does not."""
    from pyarrow import compute

    return truth(compute.match_substring_regex(array, pattern))


def cell_text(cell: pa.Scalar) -> str:
    """A cell as text; a time beyond the years that Python has as the number that is stored.

    Examples
    --------
    >>> cell_text(pa.scalar(0, pa.timestamp("s"))), cell_text(pa.scalar(2**62, pa.timestamp("us")))
    ('1970-01-01 00:00:00', '4611686018427387904')
    """
    try:
        return str(cell)
    except (OverflowError, ValueError):
        return str(cell.value)


def nested_type(dtype: Any, shape: Sequence[int]) -> pa.DataType:
    """The type of a sample of this shape: numbers nested in lists of fixed size, the last axis innermost.

    Examples
    --------
    >>> print(nested_type("float32", (4, 2)))
    fixed_size_list<item: fixed_size_list<item: float not null>[2] not null>[4]
    """
    kind = pa.from_numpy_dtype(np.dtype(dtype))
    for n in reversed(shape):
        kind = pa.list_(pa.field("item", kind, nullable=False), n)
    return kind


def nested(values: NDArray[Any], kind: pa.DataType) -> pa.Array:
    """(samples, ...) as an Arrow array of a nested type, without a Python object per number."""
    flat = np.ascontiguousarray(values).reshape(-1)
    column = mask(flat) if flat.dtype == bool else arrow_of(flat)
    kinds = [kind]
    while t.is_fixed_size_list(kinds[-1]):
        kinds.append(kinds[-1].value_type)
    for each in reversed(kinds[:-1]):
        column = pa.FixedSizeListArray.from_arrays(column, type=each)
    return column
