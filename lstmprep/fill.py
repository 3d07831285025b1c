"""Rows laid into samples: overlapping windows, padded samples, no samples at all.

    window of dilation 1     one run of T*F values of the row-major panel: a strided view is the block

    panel rows       a a a b b c c c c           low, high: the real rows of each sample
    block (3, 4)    |a a a .|b b . .|c c c c|    mask of real steps
    flat rows       |a a a b b c c c c|          no padding at all

A padded sample's rows are moved as opaque items, and all rows of a block by one assignment through
the mask of real steps: no loop over samples, whether they are many and short or few and long.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from lstmprep.framing.frame import Flags, Frame, Ints
from lstmprep.panel import Array

MANY = 512  # steps to be laid by one copy, from which bringing rows together pays
MANY_SAMPLES = 1 << 16  # looked up at a time
WIDE = 512  # bytes of a row that need no company


def every_window(values: Array, frame: Frame) -> Array:
    """The window that begins on each row, as a view: (rows, values of a window), or (rows, timesteps, features) where steps lie apart."""
    t, width, dilation, row = frame.timesteps, values.shape[1], frame.dilation or 1, values.strides[0]
    shape = (t * width,) if dilation == 1 else (t, width)
    strides = (values.itemsize,) if dilation == 1 else (dilation * row, values.itemsize)
    rows = max(len(values) - frame.cover + 1, 1)
    return as_strided(values, (rows, *shape), (row, *strides), writeable=False)


def stretches(every: Array, starts: Ints, counts: Ints, stride: int, out: Array, places: Ints | None = None) -> None:
    """Lay stretches of evenly spaced windows into a block: `counts` windows from each of `starts`, `stride` rows apart.

    They stand one after the other, or from their `places` on.
    """
    into, at = out.reshape(len(out), *every.shape[1:]), 0
    for i, (start, n) in enumerate(zip(starts.tolist(), counts.tolist(), strict=True)):  # a handful of long stretches
        if places is not None:
            at = int(places[i])
        if n:
            np.copyto(into[at : at + n], every[start : start + (n - 1) * stride + 1 : stride])
        at += n


def apart(values: Array, starts: Ints, counts: Ints, stride: int, frame: Frame, out: Array) -> bool:
    """Lay such stretches where the steps of a window lie `dilation` rows apart, if there is a quick way.

    Windows whose first rows leave the same rest by `dilation` take their steps from the same rows: these
    are copied side by side once, and the windows are runs of them.

        dilation 3     rows 0 1 2 3 4 5 6 7 8     window 0: 0 3 6     rows 0 3 6 .. side by side: windows 0, 3, ..
                                                  window 1: 1 4 7     rows 1 4 7 .. side by side: windows 1, 4, ..
    """
    dilation, steps, width = frame.dilation or 1, frame.timesteps, values.shape[1]
    each = dilation // math.gcd(dilation, stride)  # the windows of one rest
    hop = stride * each // dilation  # their distance in rows that stand side by side
    if len(out) * steps < each * len(starts) * MANY or values.strides[0] > WIDE:
        return False
    at = 0
    for start, n in zip(starts.tolist(), counts.tolist(), strict=True):
        for k in range(min(each, n)):
            first, windows = start + k * stride, -(-(n - k) // each)
            rows = (windows - 1) * hop + steps
            solid = values[first : first + (rows - 1) * dilation + 1 : dilation].copy()
            shape, strides = (windows, steps * width), (hop * solid.strides[0], solid.itemsize)
            np.copyto(out[at + k : at + n : each].reshape(shape), as_strided(solid, shape, strides, writeable=False))
        at += n
    return True


def real_steps(starts: Ints, low: Ints, high: Ints, steps: int) -> Flags:
    """(samples, steps) True where the step's row lies between low and high.

    Examples
    --------
    >>> one = np.array([5])
    >>> real_steps(one - 1, one, one + 2, 4)
    array([[False,  True,  True, False]])
    """
    kind = np.int16 if steps < 1 << 15 else np.int64  # small numbers are compared many at a time
    k: Any = np.arange(steps, dtype=kind)
    real: Flags = k < _within(high - starts, steps).astype(kind)[:, None]
    ahead = _within(low - starts, steps).astype(kind)
    return real & (k >= ahead[:, None]) if ahead.any() else real


def _within(steps: Ints, most: int) -> Ints:
    """Numbers of steps from 0 to `most`; for some hundred of them `clip` costs several times as much."""
    return np.minimum(np.maximum(steps, 0), most)


def lay(values: Array, starts: Ints, low: Ints, high: Ints, pad: float, out: Array) -> None:
    """Lay the rows of some samples into a block.

    Parameters
    ----------
    values : (rows, width) array
        Row-major.
    starts : (samples,) int64
        The row of the first step, real or not.
    low, high : (samples,) int64
        Real rows ``low <= row < high``, none before `starts`.
    pad : float
        What stands on the other steps.
    out : (samples, steps, width) array
        Contiguous; every value of it is written.
    """
    samples, steps, width = out.shape
    rows = _rows(values, low, high)
    if len(rows) == samples * steps:
        out.reshape(-1, width)[...] = rows
        return
    _fill(out, pad)
    opaque = np.dtype((np.void, values.itemsize * width))
    real = real_steps(starts, low, high, steps).reshape(-1)
    out.reshape(-1, width).view(opaque)[:, 0][real] = rows.view(opaque)[:, 0]


def _fill(out: Array, value: float) -> None:
    """One value everywhere; where its bytes are all the same, as those of 0 are, they are set many at a time."""
    first, *others = set(out.dtype.type(value).tobytes())
    if others:
        out.fill(value)
    else:
        out.reshape(-1).view(np.uint8).fill(first)


def flat(values: Array, low: Ints, high: Ints, size: int, skip: int = 0) -> Iterator[Array]:
    """The real rows of all samples one after the other without the first `skip`, in blocks of about `size` bytes."""
    splits = row_splits(low, high)
    total, step = int(splits[-1]), max(1, size // (values.itemsize * values.shape[1]))
    for a in range(skip, total, step):
        b = min(a + step, total)
        first = int(np.searchsorted(splits, a, side="right")) - 1
        last = int(np.searchsorted(splits, b, side="left"))
        begin, end = low[first:last].copy(), high[first:last].copy()
        begin[0] += a - splits[first]
        end[-1] -= splits[last] - b
        yield _rows(values, begin, end)


def flat_of(
    values: Array, splits: Ints, real: Callable[[int, int], tuple[Ints, Ints, Ints]], size: int, skip: int
) -> Iterator[Array]:
    """The same for samples that are looked up some thousand at a time: `real` gives their rows, `splits` where they begin."""
    for i in range(0, len(splits) - 1, MANY_SAMPLES):
        stop = min(i + MANY_SAMPLES, len(splits) - 1)
        if splits[stop] > skip:
            _, low, high = real(i, stop)
            yield from flat(values, low, high, size, max(0, skip - int(splits[i])))


def row_splits(low: Ints, high: Ints) -> Ints:
    """(samples + 1,) where each sample begins among the flat rows, and where the last one ends."""
    out = np.zeros(len(low) + 1, np.int64)
    np.cumsum(high - low, out=out[1:])
    return out


def _rows(values: Array, low: Ints, high: Ints) -> Array:
    """(n, width) rows low..high of every sample, contiguous."""
    if (low[1:] == high[:-1]).all():
        return np.ascontiguousarray(values[int(low[0]) : int(high[-1])])
    counts = high - low
    rows = np.repeat(low - (np.cumsum(counts) - counts), counts) + np.arange(int(counts.sum()))
    if not values.flags.c_contiguous:
        return np.take(values, rows, axis=0, mode="clip")
    opaque = np.dtype((np.void, values.itemsize * values.shape[1]))
    return values.view(opaque)[:, 0].take(rows).view(values.dtype).reshape(-1, values.shape[1])
