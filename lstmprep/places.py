"""Which rows the samples of a part take, by their places in the arrays: row numbers in any order, in batches, padded.

    place in the array -> number of the sample (shuffled, or in lanes) -> first row -> rows of steps, rows of answers

Pure numpy; moves no value.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lstmprep.arrays import Part
from lstmprep.framing.answers import answer_rows, real_rows, step_rows
from lstmprep.framing.frame import Flags, Ints
from lstmprep.scratch import made


class Places:
    """Rows of the samples of a part, from the first place to the last."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._frame, self._runs = part.frame, part.runs
        self._over = part.recipe.framing.unequal and self._runs.hangs(self._frame)

    def real(self, first: int, stop: int) -> tuple[Ints, Ints, Ints]:
        """(samples,) row of the first step, and the real rows low..high; steps must be consecutive rows."""
        starts, run, real = self.starts(first, stop)
        low, high = real_rows(self._runs, self._frame, starts, run)
        return starts, low, high if real is None else np.where(real, high, low)

    @cached_property
    def splits(self) -> Ints:
        """(samples + 1,) where the real rows of each sample begin among those of all, and where the last ones end."""
        total = 0

        def piece(some: slice) -> Ints:
            nonlocal total
            _, low, high = self.real(max(some.start - 1, 0), some.stop - 1)
            ends = total + np.cumsum(high - low)
            total = int(ends[-1]) if len(ends) else total
            return ends if some.start else np.concatenate([[0], ends])

        return made(self.part.samples + 1, piece)

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
        if self.part.order is None and first < stop <= self._runs.total:
            return *self._runs.row(first, stop), None
        samples, real = self._numbers(first, stop)
        run = self._runs.run_of(samples)
        return self._runs.starts(samples, run), run, real
