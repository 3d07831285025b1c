r"""The .npy format, version 1.0, written as a stream.

    \x93NUMPY 1 0   header length (2 bytes)   {'descr': ..., 'fortran_order': False, 'shape': ...}   values

The header has a fixed 128 bytes for any shape that occurs, so ranges of rows can be written on
their own. Files load with `numpy.load` without pickle, also with ``mmap_mode="r"``.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from lstmprep.arrays import ArrayPlan
from lstmprep.digest import Digest
from lstmprep.panel import Array
from lstmprep.sinks.whole import put


class Writable(Protocol):
    """What bytes can be written to."""

    def write(self, data: Any, /) -> int | None:
        """Write some or all of the bytes; the number written."""
        ...


def header(array: ArrayPlan) -> bytes:
    """The bytes before the values.

    Examples
    --------
    >>> len(header(ArrayPlan("X", (7, 3, 2), np.dtype("float32"), [])))
    128
    """
    out = io.BytesIO()
    described = {"descr": np.lib.format.dtype_to_descr(array.dtype), "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_1_0(out, described)
    return out.getvalue()


def size_of_file(array: ArrayPlan) -> int:
    """Bytes of the whole file."""
    return len(header(array)) + array.bytes


def write_npy(stream: Writable, array: ArrayPlan, blocks: Iterator[Array], kind: str = "xxh3") -> str:
    """Write one array; return the digest of the bytes, header included."""
    digest = Digest(kind)
    for piece in _pieces(array, blocks):
        digest.update(piece)
        put(stream, piece)
    return digest.text()


def _pieces(array: ArrayPlan, blocks: Iterator[Array]) -> Iterator[memoryview]:
    yield memoryview(header(array))
    for block in blocks:
        solid = np.ascontiguousarray(block, array.dtype)
        yield solid.reshape(-1).view(np.uint8).data
