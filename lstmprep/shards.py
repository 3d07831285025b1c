"""Arrays cut into files of equally many samples, and such files as one array.

    X-00000.npy  samples 0 .. 999        y-00000.npy  the same samples
    X-00001.npy  samples 1000 .. 1999    y-00001.npy
    X-00002.npy  the rest                y-00002.npy

All arrays of one part are cut at the same samples, so shard 7 of X, y and mask belong together.
`Shards` is the array that the files make: a sample is a view of its file, a slice stays uncut, and
an array of numbers fetches those samples alone.

Pure numpy; knows nothing of files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from lstmprep.panel import Array

MOST = 100_000  # files of one array
OPEN = 256  # pieces that stay open
METHODS = (
    "all",
    "any",
    "argmax",
    "argmin",
    "astype",
    "copy",
    "max",
    "mean",
    "min",
    "reshape",
    "std",
    "sum",
    "tolist",
    "transpose",
)


def shard_name(name: str, number: int) -> str:
    """The name of a shard.

    Examples
    --------
    >>> shard_name("fold0/X_train", 7)
    'fold0/X_train-00007'
    """
    return f"{name}-{number:05d}"


def bounds(samples: int, each: int) -> Iterator[tuple[int, int]]:
    """First and last sample but one of every shard; no samples are one empty shard.

    Examples
    --------
    >>> list(bounds(5, 2))
    [(0, 2), (2, 4), (4, 5)]
    """
    for first in range(0, max(samples, 1), each):
        yield first, min(first + each, samples)


class Shards(NDArrayOperatorsMixin):
    """Pieces as one array: nothing is put together unless it is asked for.

    Parameters
    ----------
    pieces : sequence of callable
        Each gives one piece when it is needed.
    lengths : sequence of int
        Samples of each.
    shape, dtype
        Of the whole array.
    axis : int
        The axis of the samples.
    keep : int or None
        Pieces that stay open; None is as many as maps of files may.

    Notes
    -----
    A sample is a view of its piece. A slice of samples is a `Shards` again, or a view where one piece
    holds it; numbers or flags fetch those samples alone, and further indices are applied before pieces
    are put together. Arithmetic, and ``numpy.asarray``, make an array of what is left then.

    Examples
    --------
    >>> X = Shards([lambda: np.arange(4.0), lambda: np.arange(4.0, 6)], [4, 2], (6,), np.dtype(float))
    >>> float(X[4]), X[[5, 0]].tolist(), X[2:5].shape, (X[2:5] * 2).tolist()
    (4.0, [5.0, 0.0], (3,), [4.0, 6.0, 8.0])
    """

    def __init__(
        self,
        pieces: Sequence[Callable[[], Array]],
        lengths: Sequence[int],
        shape: tuple[int, ...],
        dtype: Any,
        axis: int = 0,
        *,
        keep: int | None = None,
    ) -> None:
        self.shape: tuple[int, ...] = tuple(shape)
        self.dtype, self.axis = np.dtype(dtype), axis
        self._pieces, self._ends = pieces, np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        self._open: dict[int, Array] = {}
        self._keep = OPEN if keep is None else keep
        self._span = range(self.shape[axis])

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Values in all."""
        return int(math.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """Bytes that `numpy.asarray` would take."""
        return int(self.size * self.dtype.itemsize)

    def __len__(self) -> int:
        first: int = self.shape[0]
        return first

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Shards(shape={self.shape}, dtype={self.dtype})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:  # noqa: FBT001 (NumPy's own protocol)
        if copy is False:
            raise ValueError("pieces cannot be one array without a copy")
        return np.asarray(self._fetched(self._span), dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        plain = [np.asarray(x) if isinstance(x, Shards) else x for x in inputs]
        return getattr(ufunc, method)(*plain, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name in METHODS:
            return getattr(np.asarray(self), name)
        raise AttributeError(f"Shards has no attribute {name!r}; numpy.asarray makes an array of it")

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_open": {}}

    def take(self, indices: Any, axis: int | None = None, **how: Any) -> Any:
        """As `numpy.take`: along the axis of the samples only what is asked for is fetched."""
        if axis is None or axis % self.ndim != self.axis or how.get("out") is not None:
            return np.asarray(self).take(indices, axis, **how)
        return self[(slice(None),) * self.axis + (np.asarray(indices),)]

    def __getitem__(self, key: Any) -> Any:
        keys = _spelled_out(key if isinstance(key, tuple) else (key,), self.ndim)
        if keys is None:
            return np.asarray(self)[key]
        slot = [i for i, k in enumerate(keys) if k is not None][self.axis]
        chosen, rest = keys[slot], keys[slot + 1 :]
        if isinstance(chosen, slice) and all(isinstance(k, slice) and k == slice(None) for k in (*keys[:slot], *rest)):
            return self._sliced(self._span[chosen])
        numbers, here = _numbers(chosen, self._span)
        plain = all(isinstance(k, (slice, int, np.integer)) for k in (*keys[:slot], *rest))
        if plain and (slot == 0 or isinstance(numbers, range)) and slot == self.axis:
            found = self._fetched(numbers, rest, keys[:slot])
            return found[(*(slice(None) for k in keys[:slot] if isinstance(k, slice)), here)]
        return self._fetched(numbers)[(*keys[:slot], here, *rest)]

    def _sliced(self, span: range) -> Any:
        """Some samples: the same pieces, and which of their samples."""
        out = Shards.__new__(Shards)
        shape = (*self.shape[: self.axis], len(span), *self.shape[self.axis + 1 :])
        out.__dict__.update(self.__dict__ | {"shape": shape, "_span": span})
        return out

    def _piece(self, number: int) -> Array:
        if number not in self._open:
            if len(self._open) >= self._keep:
                self._open.pop(next(iter(self._open)))
            self._open[number] = self._pieces[number]()
        return self._open[number]

    def _fetched(self, numbers: Any, rest: tuple[Any, ...] = (), before: tuple[Any, ...] | None = None) -> Array:
        """Samples by their numbers; what `rest` and `before` ask of the other axes is taken where they lie."""
        before = (slice(None),) * self.axis if before is None else before
        if isinstance(numbers, range) and numbers.step == 1:
            axis = sum(isinstance(k, slice) for k in before)
            parts = [self._piece(k)[(*before, slice(a, b), *rest)] for k, a, b in self._stretches(numbers)]
            return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=axis)
        if isinstance(numbers, range) and any(not isinstance(k, slice) for k in before):
            return self._fetched(numbers)[(*before, slice(None), *rest)]
        numbers, everywhere = np.asarray(numbers, np.int64), (slice(None),) * self.axis
        whose = np.searchsorted(self._ends, numbers, side="right") - 1
        out = np.empty((*self.shape[: self.axis], len(numbers), *self.shape[self.axis + 1 :]), self.dtype)
        out = out[(*before, slice(None), *rest)] if rest or self.axis else out
        for k in np.unique(whose).tolist():  # once a piece
            mine = whose == k
            out[(*everywhere, mine)] = self._piece(k)[(*before, numbers[mine] - self._ends[k], *rest)]
        return out

    def _stretches(self, numbers: range) -> Iterator[tuple[int, int, int]]:
        """(piece, first, stop) of consecutive samples; one that is empty when there are none."""
        if not numbers:
            yield 0, 0, 0
            return
        first = int(np.searchsorted(self._ends, numbers.start, side="right")) - 1
        last = int(np.searchsorted(self._ends, numbers.stop, side="left")) - 1
        for k in range(first, last + 1):
            low, high = int(self._ends[k]), int(self._ends[k + 1])
            yield k, max(numbers.start - low, 0), min(numbers.stop, high) - low


def _spelled_out(keys: tuple[Any, ...], ndim: int) -> tuple[Any, ...] | None:
    """A key for every axis; None for what is rare: flags over several axes or over none, and an ellipsis that only keeps keys apart."""
    if any(np.ndim(k) != 1 and np.asarray(k).dtype == bool for k in keys):
        return None
    used = sum(k is not None and k is not Ellipsis for k in keys)
    if used > ndim or sum(k is Ellipsis for k in keys) > 1:
        raise IndexError(f"too many indices: the array has {ndim} axes, and {used} are indexed")
    fill = (slice(None),) * (ndim - used)
    if not fill and any(k is Ellipsis for k in keys) and any(np.ndim(k) for k in keys if k is not Ellipsis):
        return None
    at = next((i for i, k in enumerate(keys) if k is Ellipsis), len(keys))
    return (*keys[:at], *fill, *keys[at + 1 :])


def _numbers(chosen: Any, span: range) -> tuple[Any, Any]:
    """(samples to fetch, what to ask of those fetched) for the key of the samples' axis."""
    if isinstance(chosen, slice):
        return span[chosen], slice(None)
    if isinstance(chosen, (int, np.integer)):
        one = span[int(chosen)]
        return range(one, one + 1), 0
    found = np.asarray(chosen)
    if found.size and found.dtype.kind not in "iub":
        raise IndexError("samples are chosen by whole numbers, slices or flags")
    if found.dtype == bool:
        if len(found) != len(span):
            raise IndexError(f"{len(found)} flags, and the axis has {len(span)} samples")
        found = np.flatnonzero(found)
    if found.size and (int(found.min()) < -len(span) or int(found.max()) >= len(span)):
        raise IndexError(f"there are {len(span)} samples, and one of the numbers is none of theirs")
    found = found.astype(np.int64)
    flat = np.where(found < 0, found + len(span), found).reshape(-1)
    return span.start + span.step * flat, np.arange(found.size).reshape(found.shape)


class Flat:
    """The values of an array of pieces in C order, read a stretch at a time.

    Examples
    --------
    >>> two = Shards([lambda: np.array([[0, 1], [4, 5]]), lambda: np.array([[2], [6]])], [2, 1], (2, 3), int, axis=1)
    >>> Flat(two)[1:5].tolist()
    [1, 2, 4, 5]
    """

    def __init__(self, array: Any) -> None:
        self._array, self.dtype, self.size = array, array.dtype, int(math.prod(array.shape))
        self.itemsize, self._axis = array.dtype.itemsize, getattr(array, "axis", 0)

    def __len__(self) -> int:
        return self.size

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:  # noqa: FBT001 (NumPy's own protocol)
        return np.asarray(self[:], dtype)

    def __getitem__(self, key: slice) -> Array:
        first, stop, _ = key.indices(self.size)
        shape, axis = self._array.shape, self._axis
        one = max(1, math.prod(shape[axis + 1 :]))
        lap = one * max(1, shape[axis])
        parts = []
        while first < stop:
            outer, end = np.unravel_index(first // lap, shape[:axis] or (1,)), min(stop, (first // lap + 1) * lap)
            low, high = first % lap // one, -(-(end - first // lap * lap) // one)
            where = tuple(int(i) for i in outer) if axis else ()
            found = np.asarray(self._array[(*where, slice(low, high))]).reshape(-1)
            skip = first % lap - low * one
            parts.append(found[skip : skip + end - first])
            first = end
        return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, self.dtype), *parts])
