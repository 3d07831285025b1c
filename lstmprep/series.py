"""The store without copies: the rows once, and where samples start.

    series.npy    rows 0 1 2 3 4 5 6 7       sequences in key order, each row once
    starts.npy    0 1 5                       first row of each sample
    X             series[start + dilation * (0 .. T-1)] for each start: a view, made by who reads

Stride-1 windows of T steps repeat every row T times; this store holds it once, so it takes about
1/T of the disk and of the time. `Windows` is the X of such an output.

Pure numpy; knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from lstmprep.panel import Array

BLOCK = 1 << 16  # starts looked at together


def every_window(series: Array, timesteps: int, dilation: int = 1) -> Array:
    """The window that starts at each row, as a read-only view.

    Parameters
    ----------
    series : (rows, features) array
        Row-major.
    timesteps, dilation : int

    Returns
    -------
    (rows - (timesteps - 1) * dilation, timesteps, features) view

    Examples
    --------
    >>> every_window(np.arange(5)[:, None], 3)[1, :, 0]
    array([1, 2, 3])
    """
    row, value = series.strides
    count = max(len(series) - (timesteps - 1) * dilation, 0)
    shape = (count, timesteps, series.shape[1])
    return as_strided(series, shape, (row, dilation * row, value), writeable=False)


class Windows:
    """X of an output that holds each row once: an array to index, never made whole unless asked.

    Parameters
    ----------
    series : (rows, features) array
        The rows once.
    starts : (samples,) int64
        First row of each sample.
    timesteps, dilation : int
        Steps of a sample, and rows between two of them.

    Notes
    -----
    A slice of samples is a `Windows` again; a sample is a view of the series; an array of
    numbers or flags gathers those samples alone. Further indices are applied before the
    samples are gathered, so ``X[:, -1]`` reads one row a sample. ``numpy.asarray`` makes all.

    Examples
    --------
    >>> X = Windows(np.arange(6.0)[:, None], np.array([0, 3, 1]), 2)
    >>> X.shape, X[1, :, 0].tolist(), X[[2, 0], -1, 0].tolist()
    ((3, 2, 1), [3.0, 4.0], [2.0, 1.0])
    """

    def __init__(self, series: Array, starts: Array, timesteps: int, dilation: int = 1) -> None:
        self.starts = starts
        self._every = every_window(series, timesteps, dilation)
        self._made_of = (series, timesteps, dilation)

    @property
    def shape(self) -> tuple[int, ...]:
        """(samples, timesteps, features)."""
        return (len(self.starts), *self._every.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a value."""
        return self._every.dtype

    @property
    def ndim(self) -> int:
        """Number of axes: 3."""
        return 3

    @property
    def size(self) -> int:
        """Values in all, each counted as often as it occurs in a sample."""
        return len(self.starts) * self._every[:1].size

    @property
    def nbytes(self) -> int:
        """Bytes that `numpy.asarray` would take."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[Array]:
        return (self._every[start] for start in self.starts)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:  # noqa: FBT001 (NumPy's own protocol)
        if copy is False:
            raise ValueError("samples that overlap cannot be an array without a copy")
        return np.asarray(self._every[self.starts], dtype)

    def take(self, indices: Any, axis: int | None = None, **how: Any) -> Any:
        """As `numpy.take`: along the axis of the samples only those asked for are gathered."""
        if axis != 0 or how.get("out") is not None:
            return np.asarray(self).take(indices, axis, **how)
        return np.asarray(self[np.asarray(indices)])

    def __getitem__(self, key: Any) -> Any:
        first, *rest = key if isinstance(key, tuple) else (key,)
        if first is Ellipsis or first is None or (np.ndim(first) != 1 and np.asarray(first).dtype == bool):
            return np.asarray(self)[key]
        chosen, plain = self.starts[first], _plain(rest)
        if isinstance(first, slice) and not rest:
            series, timesteps, dilation = self._made_of
            return Windows(series, chosen, timesteps, dilation)
        if plain:
            return self._every[(slice(None), *rest)][chosen]
        if isinstance(first, slice):
            return self._every[chosen][(slice(None), *rest)]
        if np.ndim(chosen):
            return self._every[(chosen, *rest)]  # numbers of samples and of steps belong together, as NumPy has them
        return self._every[chosen : chosen + 1][(0, *rest)]

    def __repr__(self) -> str:
        return f"Windows(shape={self.shape}, dtype={self.dtype})"


def _plain(rest: list[Any]) -> bool:
    """Whether these keys choose and reverse, and move no axis."""
    return all(isinstance(k, (slice, int, np.integer)) and not isinstance(k, bool) for k in rest)


def framed(series: Array, starts: Array, timesteps: int, dilation: int = 1) -> Array | Windows:
    """X for these starts: a strided view when they are evenly spaced, else `Windows`.

    Examples
    --------
    >>> framed(np.arange(5)[:, None], np.array([0, 2]), 3)[..., 0].tolist()
    [[0, 1, 2], [2, 3, 4]]
    """
    every = every_window(series, timesteps, dilation)
    if not len(starts):
        return every[:0]
    stride = int(starts[1] - starts[0]) if len(starts) > 1 else 1
    if stride > 0 and all((np.diff(starts[i : i + BLOCK + 1]) == stride).all() for i in range(0, len(starts), BLOCK)):
        return every[int(starts[0]) : int(starts[-1]) + 1 : stride]
    return Windows(series, starts, timesteps, dilation)


def some(array: Any, samples: Any, axis: int = 0) -> Any:
    """One sample or some of them, and nothing else: `numpy.take` would first copy the whole of a view.

    Parameters
    ----------
    array : array or Shards
    samples : int or array of int
    axis : int
        Where the samples stand.

    Examples
    --------
    >>> some(framed(np.arange(5.0)[:, None], np.arange(3), 3), np.array([2, 0]))[..., 0].tolist()
    [[2.0, 3.0, 4.0], [0.0, 1.0, 2.0]]
    """
    if isinstance(array, np.ndarray) and not array.flags.c_contiguous:
        return array[(slice(None),) * axis + (samples,)]
    return np.take(array, samples, axis=axis)
