"""Which rows make up which sample. Integers in, integers out.

A sample is a row of row numbers: a first row plus the offsets of a `Frame`. Samples
come in `Runs`: in one run each sample starts `stride` rows after the one before, so a
hundred million windows of one series are three numbers, and a million short sequences
are three arrays. Because nothing here sees a value, all of it can be planned, counted
and tested without data.

    timesteps 3, dilation 1, lead 1, horizon 2        offsets: inputs 0 1 2, targets 3 4
    rows     0 1 2 3 4 5 6 7                          span 5, cover 3
    sample 0 [i i i]t t
    sample 1   [i i i]t t                             stride 1
    run      first 0, count 4

Pure numpy; knows nothing of files, frames or options.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lstmprep.records import record
from lstmprep.scratch import ample, between, summed
from lstmprep.scratch import chosen as picked

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Belongs = Literal["last", "first", "steps"]
_PIECE = 1 << 16  # intervals handed out at a time


@record(frozen=True)
class Frame:
    """The rows of one sample as offsets from its first row.

    Parameters
    ----------
    inputs : (timesteps,) int64
        Offsets of the steps, oldest first; ``inputs[0] == 0``.
    targets : (targets,) int64
        Offsets of the rows that hold the answer; empty without one.
    reach : int
        Rows from the last input row to the last row the sample needs, at least 0.
    belongs : {"last", "first", "steps"}
        The step that an answer counts from: the last, the first, or each its own.
    """

    inputs: Ints
    targets: Ints
    reach: int
    belongs: Belongs = "last"

    @property
    def timesteps(self) -> int:
        """Steps in one sample."""
        return len(self.inputs)

    @property
    def cover(self) -> int:
        """Rows from the first to the last input row, both counted."""
        return int(self.inputs[-1]) + 1

    @property
    def span(self) -> int:
        """Rows one sample needs."""
        return self.cover + self.reach

    @cached_property
    def dilation(self) -> int | None:
        """Rows between two steps, None when they are not evenly spaced."""
        low, high = spacing(self.inputs)
        return low if low == high else None

    @cached_property
    def own(self) -> bool:
        """Whether every step has an answer on its own row."""
        return self.targets is self.inputs or np.array_equal(self.targets, self.inputs)


@record(frozen=True, eq=False)
class Segments:
    """Runs of panel rows that no sample may leave: ``starts[i] <= row < stops[i]`` of a sequence."""

    sequence: Ints
    starts: Ints
    stops: Ints

    @property
    def lengths(self) -> Ints:
        """(segments,) rows of each."""
        return between(self.starts, self.stops)


@record(frozen=True, eq=False)
class Runs:
    """Samples as runs of evenly spaced first rows.

    Parameters
    ----------
    sequence, first, count : (runs,) int64
        The sequence, the first row of the first sample, the number of samples.
        A first row may lie before `floor`: the sample then hangs over and is padded.
    floor, ceiling : (runs,) int64
        The rows a sample of the run may take: ``floor <= row < ceiling``.
    stride : int
        Rows from one sample's first row to the next one's.
    """

    sequence: Ints
    first: Ints
    count: Ints
    floor: Ints
    ceiling: Ints
    stride: int

    @cached_property
    def ends(self) -> Ints:
        """(runs,) number of samples up to and with each run."""
        return summed(self.count)

    @cached_property
    def begins(self) -> Ints:
        """(runs,) number of the first sample of each run."""
        out = ample(len(self.count), np.int64)
        out[1:] = self.ends[:-1]
        return out

    @cached_property
    def total(self) -> int:
        """Samples in all."""
        return int(self.count.sum())

    @cached_property
    def singles(self) -> bool:
        """Whether every run is one sample."""
        return all((count == 1).all() for count in _pieces(self.count))

    def hangs(self, frame: Frame) -> bool:
        """Whether a sample reaches over the front or the end of its rows."""
        return any(self._hang(slice(i, i + _PIECE), frame.cover) for i in range(0, len(self.first), _PIECE))

    def _hang(self, some: slice, cover: int) -> bool:
        first = self.first[some]
        last = first + (self.count[some] - 1) * self.stride + cover
        return bool((first < self.floor[some]).any() or (last > self.ceiling[some]).any())

    def run_of(self, samples: Ints) -> Ints:
        """(samples,) the run each sample belongs to."""
        if len(self.count) == 1:
            return np.zeros(len(samples), np.int64)
        if self.singles:
            return samples
        return np.searchsorted(self.ends, samples, side="right")

    def starts(self, samples: Ints, run: Ints | None = None) -> Ints:
        """(samples,) first row of each sample, by its number.

        Examples
        --------
        >>> one = np.array([0]); runs = Runs(one, one + 5, one + 3, one, one + 99, stride=2)
        >>> runs.starts(np.array([0, 2]))
        array([5, 9])
        """
        at = self.run_of(samples) if run is None else run
        if self.singles:
            return np.asarray(self.first[at])
        return self.first[at] + (samples - self.begins[at]) * self.stride

    def pieces(self, first: int, stop: int) -> tuple[Ints, Ints]:
        """Samples first..stop as stretches of one run each: (first rows, counts)."""
        if len(self.count) == 1:
            return np.array([int(self.first[0]) + first * self.stride]), np.array([stop - first])
        if self.singles:
            return self.first[first:stop], self.count[first:stop]
        low, high = (int(v) for v in np.searchsorted(self.ends, [first, stop - 1], side="right"))
        lead_in = np.maximum(first - self.begins[low : high + 1], 0)
        until = np.minimum(stop - self.begins[low : high + 1], self.count[low : high + 1])
        return self.first[low : high + 1] + lead_in * self.stride, until - lead_in

    def row(self, first: int, stop: int) -> tuple[Ints, Ints]:
        """Samples first..stop, one after the other: (first row of each, its run).

        Examples
        --------
        >>> two = np.array([0, 1]); runs = Runs(two, two * 9, two + 2, two, two + 99, stride=2)
        >>> [found.tolist() for found in runs.row(1, 5)]
        [[2, 9, 11, 13], [0, 1, 1, 1]]
        """
        rows, counts = self.pieces(first, stop)
        if self.singles:
            return rows, np.arange(first, stop, dtype=np.int64)
        steps = rows - (np.cumsum(counts) - counts) * self.stride
        run = int(np.searchsorted(self.ends, first, side="right"))
        return (
            np.repeat(steps, counts) + np.arange(0, (stop - first) * self.stride, self.stride),
            np.repeat(np.arange(run, run + len(counts)), counts),
        )

    def without_empty(self) -> Runs:
        """The same samples, runs of none left out."""
        return self if all((n > 0).all() for n in _pieces(self.count)) else self.chosen(self.count > 0)

    def chosen(self, which: Flags | Ints | slice) -> Runs:
        """Only some of the runs."""
        cut = {name: picked(getattr(self, name), which) for name in ("sequence", "first", "count", "floor", "ceiling")}
        return Runs(**cut, stride=self.stride)

    def capped(self, count: Ints) -> Runs:
        """The same runs with fewer samples each, the newest left out."""
        return replace(self, count=count).without_empty()

    def sweeps(self, offsets: Ints) -> Flags:
        """(runs,) whether the rows of all samples at these sorted offsets are one stretch: one sample's reach the next one's."""
        widest = spacing(offsets)[1]
        if self.stride == 1:
            return np.asarray(self.count >= widest)
        return (
            (self.count == 1) & (widest == 1) if self.stride > len(offsets) else np.full(len(self.count), widest == 1)
        )

    def intervals(self, offsets: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Panel rows ``low <= row < high`` that the samples take at these offsets, in pieces of bounded size.

        Offsets must be sorted, and every run holds a sample (`without_empty`). Rows outside floor..ceiling are left out.
        """
        if not len(offsets) or not self.total:
            return
        blocks = np.array(_consecutive(offsets))
        step = max(1, _PIECE // len(blocks))
        for at in range(0, len(self.first), _PIECE):
            some = self.chosen(slice(at, at + _PIECE))
            swept = some.sweeps(offsets)
            whole, rest = some.chosen(swept), some.chosen(~swept)
            last = whole.first + (whole.count - 1) * whole.stride
            yield _within(whole.first + offsets[0], last + offsets[-1] + 1, whole.floor, whole.ceiling)
            for i in range(0, rest.total, step):
                samples = np.arange(i, min(i + step, rest.total), dtype=np.int64)
                run = rest.run_of(samples)
                starts = rest.starts(samples, run)[:, None]
                floor, ceiling = (np.repeat(v[run], len(blocks)) for v in (rest.floor, rest.ceiling))
                yield _within((starts + blocks[:, 0]).ravel(), (starts + blocks[:, 1]).ravel(), floor, ceiling)


def _pieces(values: Ints) -> Iterator[Ints]:
    """The numbers, some at a time."""
    return (values[i : i + _PIECE] for i in range(0, len(values), _PIECE))


def in_pieces(segments: Segments, made: Callable[[Segments], Runs]) -> Runs:
    """The one run of each segment, made for some of them at a time: there may be one for every hole."""
    count = len(segments.starts)
    if count <= _PIECE:
        return made(segments)
    parts = {name: ample(count, np.int64) for name in ("sequence", "first", "count", "floor", "ceiling")}
    for i in range(0, count, _PIECE):
        at = slice(i, i + _PIECE)
        some = made(Segments(segments.sequence[at], segments.starts[at], segments.stops[at]))
        for name, values in parts.items():
            values[at] = getattr(some, name)
    return Runs(**parts, stride=some.stride)


def spacing(offsets: Ints) -> tuple[int, int]:
    """The smallest and the largest distance of two neighbours, 1 where there are none.

    Examples
    --------
    >>> spacing(np.array([0, 1, 2, 7]))
    (1, 5)
    """
    found = [
        (int(d.min()), int(d.max()))
        for i in range(0, len(offsets) - 1, _PIECE)
        for d in [np.diff(offsets[i : i + _PIECE + 1])]
    ]
    return (min(low for low, _ in found), max(high for _, high in found)) if found else (1, 1)


def _within(low: Ints, high: Ints, floor: Ints, ceiling: Ints) -> tuple[Ints, Ints]:
    """Intervals cut to floor..ceiling, empty ones left out."""
    low, high = np.maximum(low, floor), np.minimum(high, ceiling)
    real = low < high
    return low[real], high[real]


def _consecutive(offsets: Ints) -> list[tuple[int, int]]:
    """Sorted offsets as half-open stretches of neighbours: 0 1 2 7 -> (0, 3), (7, 8)."""
    cuts = np.flatnonzero(np.diff(offsets) > 1) + 1
    return [(int(p[0]), int(p[-1]) + 1) for p in np.split(offsets, cuts)]
