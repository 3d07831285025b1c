"""Carry out a plan, block by block. Decides nothing.

    block of samples -> first rows -> one copy into a small reused buffer -> the sink

With dilation 1 a window of the row-major panel is one run of T*F values, and the samples of
a run overlap at a fixed distance: a strided view of the panel is the block, and one copy into
a buffer that stays in the cache is all the work. Samples that hang over are laid in through the mask
of their real steps (`laid`); other offsets take row numbers. All give the same bytes, as a test says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np

from lstmprep import laid
from lstmprep.arrays import ArrayPlan, Part
from lstmprep.fill import apart, flat_of, real_steps, stretches
from lstmprep.framing.layout import AXES
from lstmprep.keyorder import KeyOrder
from lstmprep.laid import Laid
from lstmprep.panel import Array
from lstmprep.plan import Plan

NUMBERS = 32  # bytes of the row numbers of one sample: where it begins, where its real rows begin and end


class Filler(Laid):
    """Blocks of every array of a part, in the order they stand in the file."""

    def __init__(self, part: Part) -> None:
        super().__init__(part)
        self._own = self._frame.own  # answers on the steps' own rows

    def blocks(self, array: ArrayPlan) -> Iterator[Array]:
        """The array's values, C order, some hundred kilobytes at a time; a block is good until the next one."""
        return (block for _, block in self.stretch(array, 0, max(array.bytes, 1)))

    def stretch(self, array: ArrayPlan, begin: int, end: int) -> Iterator[tuple[int, Array]]:
        """Blocks that hold bytes begin..end of the values, each with the byte where it begins."""
        at, blocks = self._from(array, begin)
        for block in blocks:
            yield at, block
            at += block.size * array.dtype.itemsize
            if at >= end:
                return

    def _from(self, array: ArrayPlan, begin: int) -> tuple[int, Iterator[Array]]:
        """The byte at or before `begin` where a block begins, and the blocks from there on."""
        special = {"steps": self._ragged, "samples + 1": self._ragged, "timesteps": self._by_step}.get(array.axes[0])
        if special is not None:
            return special(array, begin)
        maker = {
            "X": self._windows, "y": self._answers, "lengths": self._lengths, "mask": self._mask, "static": self._static, "future": self._future, "series": self._series, "starts": self._starts, "observed": self._observed,
        }[array.role]  # fmt: skip
        offsets = len(self._frame.targets) if array.role == "y" else 0
        if self._frame.dilation != 1 and array.role in ("lengths", "mask"):
            offsets = self._frame.timesteps
        size = max(1, array.bytes // max(array.shape[0], 1))
        row = max(size, 8 * offsets, NUMBERS)  # row numbers take room too
        if array.role == "X" and row > laid.BUFFER and self._frame.dilation == 1 and array.axes == list(AXES):
            return self._long(begin, self._panel.features, array.dtype.itemsize)
        if array.role == "mask" and row > laid.BUFFER // 8 and self._frame.dilation == 1:
            return self._long(begin, None, 1)
        step, first = max(1, laid.BUFFER // row), begin // size
        places = range(first, array.shape[0], step)
        return first * size, (maker(array, i, min(i + step, array.shape[0])) for i in places)

    def _windows(self, array: ArrayPlan, first: int, stop: int) -> Array:
        block = self._framed(self._panel.features, first, stop)
        if self.part.recipe.framing.tabular:
            return self._rows(block, first, stop)
        out = self.part.recipe.layout.arranged(block, len(self._panel.pivot) or 1)
        return out.reshape(stop - first, -1) if array.axes == ["samples", "timesteps"] else out

    def _rows(self, block: Array, first: int, stop: int) -> Array:
        """Samples as rows of a table: the steps, then the answers."""
        steps = block.reshape(stop - first, -1)
        if self._panel.targets is None or not len(self._frame.targets):
            return steps
        return np.concatenate([steps, self._taken(self._panel.targets, first, stop).reshape(stop - first, -1)], axis=1)

    def _observed(self, array: ArrayPlan, first: int, stop: int) -> Array:
        assert self._panel.observed is not None
        block = self._framed(self._panel.observed, first, stop, pad=False)
        return self.part.recipe.layout.arranged(block)

    def _framed(self, values: Array, first: int, stop: int, *, pad: float | None = None) -> Array:
        """(samples, timesteps, features) of the window's own rows."""
        whole = self.part.samples == self._runs.total or (self.part.order is None and stop <= self._runs.total)
        clear = self._hangs and self._clear(first, stop)
        if self._laid and not clear:
            return self._lay(values, first, stop, self._pad if pad is None else pad)
        shape = (stop - first, self._frame.timesteps, values.shape[1])
        if (self._hangs and not clear) or not whole or self._frame.dilation is None:
            out = self._room(shape, values.dtype)
            rows, valid, _ = self.steps(first, stop)
            np.take(values, rows, axis=0, mode="clip", out=out)
            if not valid.all():
                out[~valid] = self._pad if pad is None else pad
            return out
        view = self._view_of(values)
        if self.part.order is None:
            starts, counts = self._runs.pieces(first, stop)
            if stop - first >= laid.FEW * len(starts) or len(starts) == 1:
                out, stride = self._room(shape, values.dtype), self._runs.stride
                if self._frame.dilation == 1 or not apart(values, starts, counts, stride, self._frame, out):
                    stretches(view, starts, counts, stride, out)
                return out
        samples, _ = self._numbers(first, stop)
        return view[self._runs.starts(samples)].reshape(shape)

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
        if self._own and self._laid:
            return self._lay(values, first, stop, self._pad)
        rows, valid, _ = self.answers(first, stop)
        out = np.take(values, self._panel.once(rows), axis=0, mode="clip")
        if not valid.all():
            out[~valid] = self._pad
        return out

    def lengths(self, first: int, stop: int) -> Array:
        """(samples,) int32: real steps of each."""
        if self._frame.dilation == 1:
            _, low, high = self.real(first, stop)
            return (high - low).astype(np.int32)
        size = max(1, laid.BUFFER // (8 * self._frame.timesteps))
        pieces = [self.steps(i, min(i + size, stop))[1].sum(axis=1, dtype=np.int32) for i in range(first, stop, size)]
        return np.concatenate(pieces)

    def _lengths(self, array: ArrayPlan, first: int, stop: int) -> Array:
        return self.lengths(first, stop)

    def _mask(self, array: ArrayPlan, first: int, stop: int) -> Array:
        if self._frame.dilation == 1:
            return real_steps(*self.real(first, stop), self._frame.timesteps)
        return self.steps(first, stop)[1]

    def _static(self, array: ArrayPlan, first: int, stop: int) -> Array:
        assert self._panel.static is not None
        starts, run, _ = self.starts(first, stop)
        whose = self._panel.once(starts) if self._panel.by_row else self._runs.sequence[run]
        out = self._panel.static[whose].astype(array.dtype)
        out[~self._real(first, stop)] = self._pad
        return out

    def _future(self, array: ArrayPlan, first: int, stop: int) -> Array:
        assert self._panel.future is not None
        return self._taken(self._panel.future, first, stop)

    @cached_property
    def _order(self) -> KeyOrder:
        return KeyOrder(self._panel)

    def _series(self, array: ArrayPlan, first: int, stop: int) -> Array:
        return self._order.rows(first, stop)

    def _starts(self, array: ArrayPlan, first: int, stop: int) -> Array:
        """First row of each sample, in the series."""
        starts, run, _ = self.starts(first, stop)
        return self._order.places(starts, self._runs.sequence[run])

    def _ragged(self, array: ArrayPlan, begin: int) -> tuple[int, Iterator[Array]]:
        """The real rows of all samples one after the other, or where each sample begins."""
        if array.role == "row_splits":
            return 0, iter([self.splits])
        numbers = None if self.part.recipe.answer == "label" else self._panel.targets
        values = self._panel.features if array.role == "values" else numbers
        size = max(1, array.bytes // max(array.shape[0], 1))
        first = begin // size
        if values is not None:
            return first * size, flat_of(values, self.splits, self.real, laid.BUFFER, first)
        assert self._panel.labels is not None
        codes = flat_of(self._panel.labels[:, None], self.splits, self.real, laid.BUFFER, first)
        return first * size, (self._coded(array, block[:, 0].astype(np.int64)) for block in codes)

    def _by_step(self, array: ArrayPlan, begin: int) -> tuple[int, Iterator[Array]]:
        """Time first: step after step, each over all samples."""
        answers = array.role == "y" and self.part.recipe.framing.target_mode != "input"
        order = range(array.shape[0])
        if array.role == "y" and not answers:
            order = order[::-1]
        n, size = self.part.samples, max(1, array.bytes // max(array.shape[0] * array.shape[1], 1))
        step = max(1, laid.BUFFER // max(size, 8 * array.shape[0]))
        first, early = begin // size // n, begin // size % n
        return (first * n + early) * size, (
            self._one_step(array, order[k], i, min(i + step, n), answers=answers)
            for k in range(first, len(order))
            for i in range(early if k == first else 0, n, step)
        )

    def _one_step(self, array: ArrayPlan, k: int, first: int, stop: int, *, answers: bool) -> Array:
        rows, valid, _ = self.answers(first, stop) if answers else self.steps(first, stop)
        rows, valid = rows[:, k], valid[:, k]
        if answers and self._panel.labels is not None:
            return self._coded(array, np.where(valid, np.maximum(self._panel.labels[rows], -1), -1).astype(np.int64))
        seen = array.role == "observed"
        values = self._panel.targets if answers else self._panel.observed if seen else self._panel.features
        assert values is not None
        out = np.take(values, rows, axis=0, mode="clip")
        out[~valid] = False if seen else self._pad
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
