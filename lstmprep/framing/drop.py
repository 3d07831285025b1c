"""Leaving out samples that hold a missing value: runs become shorter runs.

rows     0 1 2 3 4 5 6 7      bad row 3, timesteps 3
samples  0 1 . . . 4 5        runs (0, 2 samples), (4, 2 samples)
"""

from __future__ import annotations

import numpy as np

from lstmprep.framing.answers import answer_rows
from lstmprep.framing.frame import Flags, Frame, Ints, Runs
from lstmprep.panel import Panel
from lstmprep.stores import Shelf

BLOCK = 1 << 16


def bad_rows(
    panel: Panel, answer: str | None, *, masked: bool = False, folder: str | None = None
) -> tuple[Flags, Flags]:
    """(rows with a missing feature, rows with a missing answer); masked features are not missing."""
    shelf = Shelf(folder=folder)
    inputs, targets = shelf.room(panel.rows, bool), shelf.room(panel.rows, bool)
    for i in range(0, panel.rows, BLOCK):
        rows = slice(i, i + BLOCK)
        at = panel.once(np.arange(i, min(i + BLOCK, panel.rows)))
        if not masked:
            inputs[rows] = np.isnan(panel.features[rows]).any(axis=1)
        if answer is None:
            continue
        for values in (panel.targets if answer == "target" else None, panel.future):
            if values is not None:
                targets[rows] |= np.isnan(values[at]).any(axis=1)
        if panel.labels is not None and answer == "label":
            targets[rows] |= panel.labels[at] == -1
    return inputs, targets


def bad_in_all(bad: tuple[Flags, Flags]) -> int:
    """Rows that spoil a sample one way or another."""
    return sum(
        int(np.count_nonzero(bad[0][i : i + BLOCK] | bad[1][i : i + BLOCK])) for i in range(0, len(bad[0]), BLOCK)
    )


def without_bad(runs: Runs, frame: Frame, bad_inputs: Flags, bad_targets: Flags, *, folder: str | None = None) -> Runs:
    """The runs of the samples whose rows are all good.

    Parameters
    ----------
    runs : Runs
    frame : Frame
    bad_inputs, bad_targets : (rows,) bool
        Rows that spoil a sample as input, and as target.
    folder : str or None
        Where counts of very many rows may be kept.

    Examples
    --------
    >>> from lstmprep.framing import Window
    >>> from lstmprep.framing.frame import Segments
    >>> w = Window(timesteps=3); f = w.frame(None); a = np.array
    >>> r = w.runs(Segments(a([0]), a([0]), a([8])), f)
    >>> bad = np.arange(8) == 3
    >>> without_bad(r, f, bad, bad).first
    array([0, 4])
    """
    hangs = runs.hangs(frame)
    in_inputs = _Counter(bad_inputs, frame.inputs, folder)
    in_targets = _Counter(bad_targets, frame.targets, folder)
    kept = _Kept(runs, folder)
    step = max(1, BLOCK // frame.timesteps) if hangs else BLOCK  # row numbers of every step take room
    for i in range(0, runs.total, step):
        samples = np.arange(i, min(i + step, runs.total), dtype=np.int64)
        run = runs.run_of(samples)
        starts = runs.starts(samples, run)
        floor, ceiling = runs.floor[run], runs.ceiling[run]
        if hangs:
            rows, real = answer_rows(runs, frame, starts, run, hangs=True)
            answers = (bad_targets[rows] & real).any(axis=1)
        else:
            answers = in_targets.any(starts, floor, ceiling)
        good = ~(in_inputs.any(starts, floor, ceiling) | answers)
        new = good & ~np.concatenate([[False], good[:-1] & (run[1:] == run[:-1])])
        at = np.flatnonzero(new)
        if len(at):
            kept.add(run[at], starts[at], np.add.reduceat(good.astype(np.int64), at))
    return kept.runs()


class _Kept:
    """Runs of samples that stay, block by block: there may be one for every hole, so they are kept off the heap."""

    def __init__(self, runs: Runs, folder: str | None) -> None:
        self._of, self._stores = runs, [Shelf(folder=folder).store(0, np.int64) for _ in range(5)]
        self._last: list[Ints] = [np.empty(0, np.int64)] * 3  # run, first, count: the next block may go on with it

    def add(self, run: Ints, first: Ints, count: Ints) -> None:
        """Runs of the next block, one at least."""
        run, first, count = (np.concatenate(v) for v in zip(self._last, (run, first, count), strict=True))
        if len(self._last[0]) and run[1] == run[0] and first[1] == first[0] + count[0] * self._of.stride:
            count[1] += count[0]
            first[1] = first[0]
            run, first, count = run[1:], first[1:], count[1:]
        self._write(run[:-1], first[:-1], count[:-1])
        self._last = [run[-1:], first[-1:], count[-1:]]

    def runs(self) -> Runs:
        """All of them."""
        self._write(*self._last)
        sequence, first, count, floor, ceiling = (store.view() for store in self._stores)
        return Runs(sequence, first, count, floor, ceiling, self._of.stride)

    def _write(self, run: Ints, first: Ints, count: Ints) -> None:
        of = self._of
        values = (of.sequence[run], first, count, of.floor[run], of.ceiling[run])
        for store, block in zip(self._stores, values, strict=True):
            store.append(block)


class _Counter:
    """Whether a sample takes a bad row."""

    def __init__(self, bad: Flags, offsets: Ints, folder: str | None) -> None:
        self._offsets = offsets if len(bad) and bad.any() else offsets[:0]
        self._bad = bad
        self._even = len(self._offsets) > 1 and bool((np.diff(self._offsets) == 1).all())
        self._before = _counted(bad, folder) if self._even else None

    def any(self, starts: Ints, floor: Ints, ceiling: Ints) -> Flags:
        """(samples,) True where a row between floor and ceiling is bad."""
        if self._before is not None:
            low = np.clip(starts + self._offsets[0], floor, ceiling)
            high = np.clip(starts + self._offsets[-1] + 1, floor, ceiling)
            return np.asarray(self._before[high] > self._before[low])
        out = np.zeros(len(starts), bool)
        for offset in self._offsets:  # one pass over the samples per step
            rows = starts + offset
            inside = (rows >= floor) & (rows < ceiling)
            out |= self._bad[np.where(inside, rows, 0)] & inside
        return out


def _counted(bad: Flags, folder: str | None) -> Ints:
    """(rows + 1,) how many bad rows stand before each; off the heap where there are very many."""
    out = Shelf(folder=folder).room(len(bad) + 1, np.int64)
    for i in range(0, len(bad), BLOCK):
        np.cumsum(bad[i : i + BLOCK], out=out[i + 1 : i + 1 + BLOCK])
        out[i + 1 : i + 1 + BLOCK] += out[i]
    return out
