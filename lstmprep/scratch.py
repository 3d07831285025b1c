"""Long arrays of numbers in files without a name: the system may take their pages back, and they are gone with the process.

Pure numpy.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
MANY = 1 << 16  # numbers that stay on the heap
OFTEN = 64  # chunks of a table after which what they have left on the heap goes back to the system
M_ARENA_MAX, M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -8, -1, -3  # as glibc calls them
KEPT = 16 << 20  # bytes of a block that is used again, rather than got anew from the system page by page


def nameless(folder: str | None = None) -> IO[bytes]:
    """A file without a name and without a buffer, to write and read: it is gone with the process, however that ends.

    Parameters
    ----------
    folder : str or None
        On whose disk; None is the system's place for such files.

    Raises
    ------
    OSError
        If there can be none.

    Examples
    --------
    >>> with nameless() as file:
    ...     file.write(b"rows")
    4
    """
    if hasattr(os, "O_TMPFILE") and "tempfile" not in sys.modules:  # as it would do, less the 10 ms of importing it
        named = filter(None, map(os.environ.get, ("TMPDIR", "TEMP", "TMP")))
        with contextlib.suppress(OSError):
            where = folder or next(named, "/tmp")  # noqa: S108 (no name is given there)
            return open(os.open(where, os.O_TMPFILE | os.O_RDWR | os.O_EXCL | os.O_CLOEXEC, 0o600), "r+b", buffering=0)
    import tempfile

    return tempfile.TemporaryFile(dir=folder, buffering=0)


def scratch(rows: int, dtype: DTypeLike, folder: str | None = None) -> Array:
    """(rows,) zeros to write to, in a file without a name.

    Raises
    ------
    OSError
        If the disk has no room: space is taken beforehand, since a full disk cannot be told to who writes to a map.
    """
    kind = np.dtype(dtype)
    with nameless(folder) as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, rows * kind.itemsize)
        else:
            file.truncate(rows * kind.itemsize)
        return np.memmap(file, kind, "r+", shape=(rows,)).view(np.ndarray)


def ample(count: int, dtype: DTypeLike, folder: str | None = None) -> Array:
    """(count,) zeros to write to, off the heap when they are many and there is a place for them."""
    if count > MANY:
        with contextlib.suppress(OSError):
            return scratch(count, dtype, folder)
    return np.zeros(count, dtype)


def made(count: int, piece: Callable[[slice], Array]) -> Array:
    """(count,) int64 made piece by piece, off the heap when they are many.

    Examples
    --------
    >>> made(3, lambda some: np.array([5, 6, 7, 8])[some])
    array([5, 6, 7])
    """
    if count <= MANY:
        return piece(slice(0, count))
    out = ample(count, np.int64)
    for i in range(0, count, MANY):
        some = slice(i, min(i + MANY, count))
        out[some] = piece(some)
    return out


def up_to(count: int) -> Array:
    """The numbers from 0 on, off the heap when they are many.

    Examples
    --------
    >>> up_to(4)
    array([0, 1, 2, 3])
    """
    return made(count, lambda some: np.arange(some.start, some.stop, dtype=np.int64))


def between(starts: Array, stops: Array) -> Array:
    """Rows of each run of rows, off the heap when there are many runs.

    Examples
    --------
    >>> between(np.array([0, 3]), np.array([3, 4]))
    array([3, 1])
    """
    return made(len(starts), lambda some: stops[some] - starts[some])


def summed(counts: Array) -> Array:
    """Sums of the numbers up to and with each, off the heap when they are many.

    Examples
    --------
    >>> summed(np.array([2, 0, 3]))
    array([2, 2, 5])
    """
    if len(counts) <= MANY:
        return np.cumsum(counts)
    out = ample(len(counts), np.int64)
    for i in range(0, len(counts), MANY):
        np.cumsum(counts[i : i + MANY], out=out[i : i + MANY])
        out[i : i + MANY] += out[i - 1] if i else 0
    return out


def chosen(values: Array, which: Any) -> Array:
    """Those of some numbers that a slice, flags or places choose, off the heap when they are many.

    Examples
    --------
    >>> chosen(np.array([5, 6, 7]), np.array([True, False, True]))
    array([5, 7])
    """
    if isinstance(which, slice) or len(which) <= MANY:
        return np.asarray(values[which])
    flags = which.dtype == bool
    out, at = ample(int(np.count_nonzero(which)) if flags else len(which), values.dtype), 0
    for i in range(0, len(which), MANY):
        some = which[i : i + MANY]
        found = values[i : i + MANY][some] if flags else values[some]
        out[at : at + len(found)] = found
        at += len(found)
    return out


def whole_rows(values: Array) -> Array:
    """(rows,) each row as one item without a meaning, which is gathered several times as fast as its values.

    Examples
    --------
    >>> rows = whole_rows(np.array([[1, 2], [3, 4], [5, 6]]))
    >>> rows[[2, 0]].view(int).reshape(-1, 2).tolist()
    [[5, 6], [1, 2]]
    """
    return values if values.ndim == 1 else values.reshape(len(values), -1).view(f"V{values[0].nbytes}")[:, 0]


def by_place(starts: Array) -> tuple[Array, Array]:
    """(runs of rows in the order of their places, where they begin); as a rule they stand so already, and nothing is sorted.

    Examples
    --------
    >>> [v.tolist() for v in by_place(np.array([4, 0, 2]))]
    [[1, 2, 0], [0, 2, 4]]
    """
    if all((np.diff(starts[i : i + MANY + 1]) >= 0).all() for i in range(0, len(starts), MANY)):
        return up_to(len(starts)), starts
    order = np.argsort(starts, kind="stable")
    return order, starts[order]


def give_back() -> None:
    """Let the system have what long arrays have left on the heap, where the C library can do so; it keeps that otherwise."""
    _ask("malloc_trim", 0)


def one_heap() -> None:
    """Let all threads share one heap from here on, where the C library can do so.

    With a heap for each thread, pieces that are free in one are no use to another, and the more rows pass by the more of
    them there are. It is asked for by a process of our own only: the heaps of others are theirs.
    """
    _ask("mallopt", M_ARENA_MAX, 1)


def keep_warm() -> None:
    """Let blocks that are free be used again before the system has them back, where nobody has said otherwise.

    Text is parsed and rows are coded in blocks of some hundred kilobytes, which the C library gets from the system one
    by one: every page of them is cleared and found anew each time. What lies unused is given back by `give_back`.
    """
    if not any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        _ask("mallopt", M_TRIM_THRESHOLD, KEPT)
        _ask("mallopt", M_MMAP_THRESHOLD, KEPT)


def _ask(name: str, *numbers: int) -> None:
    import ctypes  # numpy has brought it along

    with contextlib.suppress(OSError, AttributeError, TypeError):
        getattr(ctypes.CDLL(None), name)(*numbers)
