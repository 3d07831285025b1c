"""Long arrays of numbers in files without a name: the system may take their pages back, and they are gone with the process.

Pure numpy.
"""

from __future__ import annotations

import contextlib
import os
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
MANY = 1 << 16  # numbers that stay on the heap
OFTEN = 64  # chunks of a table after which what they have left on the heap goes back to the system
M_ARENA_MAX = -8  # as glibc calls it


def scratch(rows: int, dtype: DTypeLike, folder: str | None = None) -> Array:
    """(rows,) zeros to write to, in a file without a name.

    Raises
    ------
    OSError
        If the disk has no room: space is taken beforehand, since a full disk cannot be told to who writes to a map.
    """
    import tempfile

    kind = np.dtype(dtype)
    with tempfile.TemporaryFile(dir=folder) as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, rows * kind.itemsize)
        else:
            file.truncate(rows * kind.itemsize)
        return np.memmap(file, kind, "r+", shape=(rows,)).view(np.ndarray)


def up_to(count: int) -> Array:
    """The numbers from 0 on, off the heap when they are many.

    Examples
    --------
    >>> up_to(4)
    array([0, 1, 2, 3])
    """
    if count <= MANY:
        return np.arange(count, dtype=np.int64)
    try:
        out = scratch(count, np.int64)
    except OSError:  # no place for them: then on the heap
        return np.arange(count, dtype=np.int64)
    for i in range(0, count, MANY):
        out[i : i + MANY] = np.arange(i, min(i + MANY, count))
    return out


def give_back() -> None:
    """Let the system have what long arrays have left on the heap, where the C library can do so; it keeps that otherwise."""
    _ask("malloc_trim", 0)


def one_heap() -> None:
    """Let all threads share one heap from here on, where the C library can do so.

    With a heap for each thread, pieces that are free in one are no use to another, and the more rows pass by the more of
    them there are. It is asked for by a process of our own only: the heaps of others are theirs.
    """
    _ask("mallopt", M_ARENA_MAX, 1)


def _ask(name: str, *numbers: int) -> None:
    import ctypes  # numpy has brought it along

    with contextlib.suppress(OSError, AttributeError, TypeError):
        getattr(ctypes.CDLL(None), name)(*numbers)
