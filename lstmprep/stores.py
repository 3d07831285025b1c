"""Where rows are kept while they come: in memory while they are few, in a file without a name when they grow.

    block, block, block  ->  RowStore  ->  one read-only array         nobody downstream can tell which it was
    Shelf                what one run may use: where such files are made, how much stays in memory, how many cores

Pure numpy.
"""

from __future__ import annotations

import weakref
from typing import IO, TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from lstmprep.records import record
from lstmprep.scratch import nameless, scratch

if TYPE_CHECKING:
    from lstmprep.follower import Follower
    from lstmprep.unread import Hands

Array = NDArray[Any]
STRIP = 1 << 13  # rows turned row-major at a time: they stay in the cache


class RowStore:
    """Rows of one width and type, appended block by block, read as one array.

    Parameters
    ----------
    width : int
        Values in a row; 0 makes the array 1-D.
    dtype : dtype
        Type of a value.
    limit : int
        Bytes kept in memory; beyond it the rows go to a file without a name, which is
        gone with the process however that ends.
    folder : str or None
        Where that file is made; None is the system's place for such files.
    """

    head: ClassVar[int] = 0  # bytes of the file before the rows

    def __init__(self, width: int, dtype: DTypeLike, *, limit: int = 1 << 20, folder: str | None = None) -> None:
        self.width = width
        self.dtype = np.dtype(dtype)
        self.rows = 0
        self._limit = limit
        self._folder = folder
        self._blocks: list[Array] = []
        self._held = 0
        self._file: Any = None
        self._seen: Array | None = None

    def append(self, block: Array) -> None:
        """Add rows: (n, width), or (n,) when the width is 0. The block may be reused afterwards."""
        block = np.ascontiguousarray(block, self.dtype)
        self.rows += len(block)
        if self._file is None and self._held + block.nbytes <= self._limit:
            self._blocks.append(block.copy())
            self._held += block.nbytes
            return
        if self._file is None:
            self._file = self._opened()
            weakref.finalize(self, self._file.close)  # a memory map keeps a handle of its own
            for early in self._blocks:
                self._write(early)
            self._blocks, self._held = [], 0
        self._write(block)

    def _opened(self) -> IO[bytes]:
        return nameless(self._folder)

    def _write(self, block: Array) -> None:
        left = memoryview(block.reshape(-1).view(np.uint8).data)
        while left:
            left = left[self._file.write(left) :]

    @property
    def filed(self) -> bool:
        """Whether the rows stand in a file."""
        return self._file is not None

    def first(self, rows: int) -> Array:
        """The first rows of a store that is filed, as a read-only array; more may be added meanwhile."""
        shape = (rows, self.width) if self.width else (rows,)
        out: Array = np.memmap(self._file, self.dtype, "r", self.head, shape).view(np.ndarray)
        return out

    def view(self) -> Array:
        """All rows as one read-only array: (rows, width) or (rows,); the same one until rows are added."""
        if self._seen is None or len(self._seen) != self.rows:
            self._seen = self.first(self.rows) if self.filed else self._joined()
        return self._seen

    def _joined(self) -> Array:
        shape = (self.rows, self.width) if self.width else (self.rows,)
        out = np.concatenate(self._blocks) if self._blocks else np.empty(shape, self.dtype)
        out.flags.writeable = False
        return out


def stack(columns: list[Array], store: RowStore) -> None:
    """Columns side by side into a store, some rows at a time, in the store's type."""
    rows = len(columns[0])
    out = np.empty((min(STRIP, rows), len(columns)), store.dtype)
    for at in range(0, rows, STRIP):
        block = out[: min(STRIP, rows - at)]
        for j, column in enumerate(columns):
            block[:, j] = column[at : at + STRIP]
        store.append(block)


@record(eq=False)
class Shelf:
    """What one run may use: where its stores keep their rows, and how many cores.

    Parameters
    ----------
    limit : int
        Bytes that a store keeps in memory; more go to a file without a name.
    folder : str or None
        Where such files are made.
    workers : int or None
        Cores to use; None is as many as help.
    follower : Follower or None
        Who looks on while the table is read.
    apart : bool
        Whether rows are wanted again where this process is not.
    hands : Hands or None
        Who may read numbers in the place of this process.
    """

    limit: int = 1 << 20
    folder: str | None = None
    workers: int | None = None
    follower: Follower | None = None
    apart: bool = False
    hands: Hands | None = None

    def store(self, width: int, dtype: Any) -> RowStore:
        """A new store."""
        return RowStore(width, dtype, limit=self.limit, folder=self.folder)

    def room(self, rows: int, dtype: DTypeLike) -> Array:
        """(rows,) zeros to write to, in a file without a name when they are many."""
        kind = np.dtype(dtype)
        return np.zeros(rows, kind) if rows * kind.itemsize <= self.limit else scratch(rows, kind, self.folder)
