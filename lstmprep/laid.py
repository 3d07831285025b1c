"""Samples that hang over: their real rows laid into a block, something else on all other steps.

    run of rows          |r r r r r r r|
    samples            |. . r|              over the front: laid in through the mask of its real steps
                         |r r r|
                             |r r r|        between: a strided view of the rows is the block
                                 |r r .|    over the end

Pure numpy; which samples hang over is told by `framing.answers`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from lstmprep.arrays import Part
from lstmprep.fill import every_window, lay, real_steps, stretches
from lstmprep.framing.answers import hanging, real_rows, within
from lstmprep.labels import Labels
from lstmprep.panel import Array

BUFFER = 1 << 20
FEW = 24  # samples in a stretch from which a strided copy is quicker than gathering them


class Laid(Labels):
    """Blocks of samples that may hang over, or be of more steps than a block holds."""

    def __init__(self, part: Part) -> None:
        super().__init__(part)
        framing = part.recipe.framing
        self._pad = 0.0 if framing.pad_value is None else framing.pad_value
        self._hangs = framing.padding_possible
        self._buffer: dict[np.dtype[Any], Array] = {}
        self._views: dict[int, Array] = {}
        self._whole = (0, 0)  # samples of one run that hang over nothing, those found last

    @property
    def _laid(self) -> bool:
        """Whether samples are laid in through the mask of their real steps."""
        return (self._hangs or self.part.samples > self._runs.total) and self._frame.dilation == 1

    def _clear(self, first: int, stop: int) -> bool:
        """Whether samples first..stop are of one run, one after the other, and hang over nothing."""
        if self.part.order is not None or stop > self._runs.total or self._frame.dilation is None or self._runs.singles:
            return False
        if not self._whole[0] <= first < self._whole[1]:
            self._whole = within(self._runs, self._frame, first)
        return self._whole[0] <= first and stop <= self._whole[1]

    def _lay(self, values: Array, first: int, stop: int, pad: float) -> Array:
        """(samples, steps, columns) of the samples' own rows."""
        if self.part.order is None and stop <= self._runs.total:
            found = hanging(self._runs, self._frame, first, stop)
            if stop - first >= FEW * len(found[0]) or len(found[0]) == 1:
                return self._between(values, first, stop, pad, *found)
        return self._steps_of(values, first, stop, pad, 0, self._frame.timesteps)

    def _between(self, values: Array, first: int, stop: int, pad: float, *found: Array) -> Array:
        """The same where most samples hang over nothing: these are copied as they stand, the others are laid in."""
        rows, counts, front, back = found
        whole, places = counts - front - back, np.cumsum(counts) - counts + front
        out = self._room((stop - first, self._frame.timesteps, values.shape[1]), values.dtype)
        over = np.ones(len(out), bool)
        for at, n in zip(places.tolist(), whole.tolist(), strict=True):
            over[at : at + n] = False
        stretches(self._view_of(values), rows + front * self._runs.stride, whole, self._runs.stride, out, places)
        if over.any():
            samples = first + np.flatnonzero(over)
            run = self._runs.run_of(samples)
            starts = self._runs.starts(samples, run)
            some = np.empty((len(samples), *out.shape[1:]), out.dtype)
            lay(values, starts, *real_rows(self._runs, self._frame, starts, run), pad, some)
            out[over] = some
        return out

    def _steps_of(self, values: Array, first: int, stop: int, pad: float, low: int, high: int) -> Array:
        """(samples, steps, columns) of their steps low..high."""
        starts, begins, ends = self.real(first, stop)
        starts = starts + low
        begins, ends = np.maximum(begins, starts), np.minimum(ends, starts + (high - low))
        out = self._room((stop - first, high - low, values.shape[1]), values.dtype)
        lay(values, starts, begins, np.maximum(begins, ends), pad, out)
        return out

    def _long(self, begin: int, values: Array | None, itemsize: int) -> tuple[int, Iterator[Array]]:
        """Samples larger than the buffer, some steps at a time; without values their masks."""
        width, t = 1 if values is None else values.shape[1], self._frame.timesteps
        one = width * itemsize
        first, early = begin // (t * one), begin // one % t
        # a step number takes eight times the room of a mark
        steps = max(1, BUFFER // (8 if values is None else one))
        return (first * t + early) * one, (
            self._piece(values, i, k, min(k + steps, t))
            for i in range(first, self.part.samples)  # each of them is many blocks
            for k in range(early if i == first else 0, t, steps)
        )

    def _piece(self, values: Array | None, i: int, low: int, high: int) -> Array:
        """Steps low..high of one sample, or of its mask."""
        if values is not None:
            return self._steps_of(values, i, i + 1, self._pad, low, high)
        starts, begins, ends = self.real(i, i + 1)
        return real_steps(starts + low, begins, ends, high - low)

    def _view_of(self, values: Array) -> Array:
        """Every window of some values, as a view."""
        if id(values) not in self._views:
            self._views[id(values)] = every_window(values, self._frame)
        return self._views[id(values)]

    def _room(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """A piece of a buffer that is used again for every block."""
        size, there = math.prod(shape), self._buffer.get(dtype)
        if there is None or there.size < size:
            there = self._buffer[dtype] = np.empty(size, dtype)
        return there[:size].reshape(shape)
