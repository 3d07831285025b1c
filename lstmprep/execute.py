"""Carry out a plan, block by block. Decides nothing.

    block of samples -> first rows -> one copy into a small reused buffer -> the sink

With dilation 1 a window of the row-major panel is one run of T*F values, and the samples of
a run overlap at a fixed distance: a strided view of the panel is the block, and one copy into
a buffer that stays in the cache is all the work. Other offsets, many short runs, and samples
that hang over take row numbers. Both give the same bytes; a property test says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from lstmprep.arrays import ArrayPlan, Part
from lstmprep.framing.answers import answer_rows, step_rows
from lstmprep.framing.frame import Flags, Ints
from lstmprep.framing.labels import label_of
from lstmprep.panel import Array
from lstmprep.plan import Plan

BUFFER = 1 << 20
FEW = 24  # samples in a stretch from which a strided copy is quicker than gathering them


class Filler:
    """Blocks of every array of a part, in the order they stand in the file."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._frame, self._runs, self._panel = part.frame, part.runs, part.panel
        framing = part.recipe.framing
        self._pad = 0.0 if framing.pad_value is None else framing.pad_value
        self._hangs = framing.padding_possible
        self._over = self._hangs and self._runs.hangs(self._frame)
        self._buffer: dict[str, Array] = {}
        self._view: Array | None = None

    def blocks(self, array: ArrayPlan) -> Iterator[Array]:
        """The array's values, C order, some hundred kilobytes at a time; a block is good until the next one."""
        maker = {
            "X": self._windows, "y": self._answers, "lengths": self._lengths, "mask": self._mask, "static": self._static, "future": self._future, "series": self._series, "starts": self._starts,
        }[array.role]  # fmt: skip
        if array.axes[0] == "timesteps":
            yield from self._by_step(array)
            return
        offsets = {"lengths": self._frame.inputs, "mask": self._frame.inputs, "y": self._frame.targets}.get(
            array.role, self._frame.inputs[:0]
        )
        row = max(1, array.bytes // max(array.shape[0], 1), 8 * len(offsets))  # row numbers take room too
        step = max(1, BUFFER // row)
        for i in range(0, array.shape[0], step):
            yield maker(array, i, min(i + step, array.shape[0]))

    def _numbers(self, first: int, stop: int) -> tuple[Ints, NDArray[np.bool_] | None]:
        """(sample numbers, which of them are no padding or None when all are real)."""
        order = self.part.order
        samples = np.arange(first, stop, dtype=np.int64) if order is None else order[first:stop]
        if len(samples) < stop - first:  # the order ends where padding begins
            samples = np.concatenate([samples, np.arange(max(first, self._runs.total), stop, dtype=np.int64)])
        if self.part.samples == self._runs.total or int(samples.max()) < self._runs.total:
            return samples, None
        real = samples < self._runs.total
        return np.where(real, samples, 0), real

    def steps(self, first: int, stop: int) -> tuple[Ints, Flags, Ints]:
        """Rows of the steps of samples first..stop: (samples, timesteps) rows and real, (samples,) run."""
        starts, run, real = self.starts(first, stop)
        rows, valid = step_rows(self._runs, self._frame, starts, run)
        return rows, valid if real is None else valid & real[:, None], run

    def answers(self, first: int, stop: int) -> tuple[Ints, Flags, Ints]:
        """Rows of the answers of samples first..stop: (samples, targets) rows and real, (samples,) run."""
        starts, run, real = self.starts(first, stop)
        rows, valid = answer_rows(self._runs, self._frame, starts, run, hangs=self._over)
        return rows, valid if real is None else valid & real[:, None], run

    def starts(self, first: int, stop: int) -> tuple[Ints, Ints, Flags | None]:
        """(samples,) first row, run, and False for samples that only fill a batch (None when none does)."""
        samples, real = self._numbers(first, stop)
        run = self._runs.run_of(samples)
        return self._runs.starts(samples, run), run, real

    def _windows(self, array: ArrayPlan, first: int, stop: int) -> Array:
        block = self._framed(self._panel.features, first, stop)
        if self.part.recipe.framing.tabular:
            return self._rows(block, first, stop)
        return self.part.recipe.layout.arranged(block, len(self._panel.pivot) or 1)

    def _rows(self, block: Array, first: int, stop: int) -> Array:
        """Samples as rows of a table: the steps, then the answers."""
        steps = block.reshape(stop - first, -1)
        if self._panel.targets is None or not len(self._frame.targets):
            return steps
        return np.concatenate([steps, self._taken(self._panel.targets, first, stop).reshape(stop - first, -1)], axis=1)

    def _framed(self, values: Array, first: int, stop: int) -> Array:
        """(samples, timesteps, features) of the window's own rows."""
        t, width = self._frame.timesteps, values.shape[1]
        whole = self.part.samples == self._runs.total or (self.part.order is None and stop <= self._runs.total)
        if self._hangs or not whole or self._frame.dilation is None:
            rows, valid, _ = self.steps(first, stop)
            out = self._room("X", (stop - first, t, width), values.dtype)
            np.take(values, rows, axis=0, mode="clip", out=out)
            if not valid.all():
                out[~valid] = self._pad
            return out
        out = self._room("X", (stop - first, t, width), values.dtype)
        every = self._every(values)
        into = out.reshape(stop - first, *every.shape[1:])
        if self.part.order is None:
            starts, counts = self._runs.pieces(first, stop)
            if stop - first >= FEW * len(starts) or len(starts) == 1:
                at, stride = 0, self._runs.stride
                for start, n in zip(starts.tolist(), counts.tolist(), strict=True):  # a handful of long stretches
                    np.copyto(into[at : at + n], every[start : start + (n - 1) * stride + 1 : stride])
                    at += n
                return out
        samples, _ = self._numbers(first, stop)
        into[...] = every[self._runs.starts(samples)]
        return out

    def _every(self, values: Array) -> Array:
        """The window that begins on each row, as a view: (rows, values of a window), or (rows, timesteps, features) where steps lie apart."""
        if self._view is None:
            t, width = self._frame.timesteps, values.shape[1]
            dilation, row = self._frame.dilation or 1, values.strides[0]
            shape = (t * width,) if dilation == 1 else (t, width)
            strides = (values.itemsize,) if dilation == 1 else (dilation * row, values.itemsize)
            rows = max(len(values) - self._frame.cover + 1, 1)
            self._view = as_strided(values, (rows, *shape), (row, *strides), writeable=False)
        return self._view

    def _room(self, name: str, shape: tuple[int, ...], dtype: Any) -> Array:
        """A piece of a buffer that is used again for every block."""
        size = math.prod(shape)
        if name not in self._buffer or self._buffer[name].size < size:
            self._buffer[name] = np.empty(size, dtype)
        return self._buffer[name][:size].reshape(shape)

    def _answers(self, array: ArrayPlan, first: int, stop: int) -> Array:
        recipe, panel = self.part.recipe, self._panel
        if recipe.framing.target_mode == "input":
            return recipe.layout.arranged(
                np.ascontiguousarray(self._framed(panel.features, first, stop)[:, ::-1]), len(panel.pivot) or 1
            )
        if recipe.answer == "label":
            return self._labels(array, first, stop)
        assert panel.targets is not None
        return self._taken(panel.targets, first, stop).reshape(stop - first, *array.shape[1:])

    def _taken(self, values: Array, first: int, stop: int) -> Array:
        """(samples, target rows, columns) of values on the target rows."""
        rows, valid, _ = self.answers(first, stop)
        out = np.take(values, rows, axis=0, mode="clip")
        if not valid.all():
            out[~valid] = self._pad
        return out

    def _real(self, first: int, stop: int) -> NDArray[np.bool_]:
        """(samples,) False for samples that only fill a batch."""
        real = self._numbers(first, stop)[1]
        return np.ones(stop - first, bool) if real is None else real

    def _labels(self, array: ArrayPlan, first: int, stop: int) -> Array:
        """Codes, -1 on padding; or 0 and 1 per class, all 0 on padding."""
        panel, window, classes = self._panel, self.part.recipe.framing, self.part.classes or []
        real = self._real(first, stop)
        if panel.sequence_labels is not None:
            run = self._runs.run_of(self._numbers(first, stop)[0])
            codes = np.maximum(panel.sequence_labels[self._runs.sequence[run]].astype(np.int64), -1)
        else:
            assert panel.labels is not None
            rows, valid, _ = self.answers(first, stop)
            codes = np.maximum(panel.labels[rows].astype(np.int64), -1)  # no class, or one that train lacks
            if window.target_mode == "per-step":
                codes = np.where(valid, codes, -1)
            elif (window.horizon or 1) == 1:
                codes = label_of(codes, valid | ~real[:, None], window.label_at, len(classes))
        codes = np.where(real.reshape(-1, *[1] * (codes.ndim - 1)), codes, -1)
        if not window.one_hot:
            return codes
        return np.asarray(codes[..., None] == np.arange(len(classes)), array.dtype)

    def lengths(self, first: int, stop: int) -> Array:
        """(samples,) int32: real steps of each."""
        size = max(1, BUFFER // (8 * self._frame.timesteps))
        pieces = [self.steps(i, min(i + size, stop))[1].sum(axis=1, dtype=np.int32) for i in range(first, stop, size)]
        return np.concatenate(pieces)

    def _lengths(self, array: ArrayPlan, first: int, stop: int) -> Array:
        return self.lengths(first, stop)

    def _mask(self, array: ArrayPlan, first: int, stop: int) -> Array:
        return self.steps(first, stop)[1]

    def _static(self, array: ArrayPlan, first: int, stop: int) -> Array:
        assert self._panel.static is not None
        run = self._runs.run_of(self._numbers(first, stop)[0])
        out = self._panel.static[self._runs.sequence[run]].astype(array.dtype)
        out[~self._real(first, stop)] = self._pad
        return out

    def _future(self, array: ArrayPlan, first: int, stop: int) -> Array:
        assert self._panel.future is not None
        return self._taken(self._panel.future, first, stop)

    def _series(self, array: ArrayPlan, first: int, stop: int) -> Array:
        """Rows first..stop of all sequences in key order."""
        panel = self._panel
        if not panel.shifts.any():
            return panel.features[first:stop]
        ends = np.cumsum(panel.lengths)
        places = np.arange(first, stop, dtype=np.int64)
        rows = places - panel.shifts[np.searchsorted(ends, places, side="right")]
        return np.take(panel.features, rows, axis=0, mode="clip")

    def _starts(self, array: ArrayPlan, first: int, stop: int) -> Array:
        """First row of each sample, in the series."""
        starts, run, _ = self.starts(first, stop)
        return starts + self._panel.shifts[self._runs.sequence[run]]

    def _by_step(self, array: ArrayPlan) -> Iterator[Array]:
        """Time first: step after step, each over all samples."""
        answers = array.role == "y" and self.part.recipe.framing.target_mode != "input"
        order = range(array.shape[0])
        if array.role == "y" and not answers:
            order = order[::-1]
        row = max(1, array.bytes // max(array.shape[0] * array.shape[1], 1), 8 * array.shape[0])
        step = max(1, BUFFER // row)
        for k in order:
            for i in range(0, self.part.samples, step):
                yield self._one_step(array, k, i, min(i + step, self.part.samples), answers=answers)

    def _one_step(self, array: ArrayPlan, k: int, first: int, stop: int, *, answers: bool) -> Array:
        rows, valid, _ = self.answers(first, stop) if answers else self.steps(first, stop)
        rows, valid = rows[:, k], valid[:, k]
        if answers and self._panel.labels is not None:
            codes = np.where(valid, np.maximum(self._panel.labels[rows], -1), -1).astype(np.int64)
            one_hot = self.part.recipe.framing.one_hot
            classes = np.arange(len(self.part.classes or []))
            return (codes[:, None] == classes).astype(array.dtype) if one_hot else codes
        values = self._panel.targets if answers else self._panel.features
        assert values is not None
        out = np.take(values, rows, axis=0, mode="clip")
        out[~valid] = self._pad
        return out


def execute(
    plan: Plan, write: Callable[[ArrayPlan, Iterator[Array]], None], progress: Callable[[int, int], None] | None = None
) -> None:
    """Hand every array of the plan to a writer, block by block.

    Parameters
    ----------
    plan : Plan
    write : callable
        Takes an array's plan and its blocks.
    progress : callable or None
        Called with (bytes done, bytes in all).
    """
    done = 0

    def told(blocks: Iterator[Array]) -> Iterator[Array]:
        nonlocal done
        for block in blocks:
            yield block
            done += block.nbytes
            if progress is not None:
                progress(done, plan.bytes)

    for part in plan.parts:
        filler = Filler(part)
        for array in part.arrays:
            if array.stored:
                write(array, told(filler.blocks(array)))
