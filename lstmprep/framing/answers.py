"""Rows of steps and of answers, sample by sample, also where a sample hangs over its segment.

    partial, timesteps 3, lead 1          rows    0 1 2 3
    sample 0 hangs over: . .[0]                          its padded steps have no answer
      per step:     answers . . 1                        an answer belongs to a step, and is real when the step is
      first, last:  of the first and the last real step

A sample that lies inside its segment takes the frame's own offsets; only the others need this module.
"""

from __future__ import annotations

import numpy as np

from lstmprep.framing.frame import Flags, Frame, Ints, Runs


def step_rows(runs: Runs, frame: Frame, starts: Ints, run: Ints) -> tuple[Ints, Flags]:
    """Rows of the steps of some samples.

    Parameters
    ----------
    runs, frame
        What the samples are.
    starts, run : (samples,) int64
        First row and run of each.

    Returns
    -------
    rows : (samples, timesteps) int64
        Clipped to the rows a sample may take.
    real : (samples, timesteps) bool
        False where the step is padding.
    """
    return _inside(runs, starts[:, None] + frame.inputs, run)


def real_rows(runs: Runs, frame: Frame, starts: Ints, run: Ints) -> tuple[Ints, Ints]:
    """The rows ``low <= row < high`` that the steps of some samples really take, when steps are consecutive rows.

    Examples
    --------
    >>> from lstmprep.framing import Window
    >>> w, a = Window(timesteps=3, partial=True), np.array
    >>> frame, runs = w.frame(None), Runs(a([0]), a([-2]), a([6]), a([0]), a([4]), 1)
    >>> real_rows(runs, frame, a([-2, 0]), a([0, 0]))
    (array([0, 0]), array([1, 3]))
    """
    low = np.maximum(starts, runs.floor[run])
    return low, np.maximum(np.minimum(starts + frame.cover, runs.ceiling[run]), low)


def hanging(runs: Runs, frame: Frame, first: int, stop: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Samples first..stop, one after the other, as stretches of one run each, and which of them take rows that are none of theirs.

    Returns
    -------
    rows, counts : (stretches,) int64
        First row and number of samples, as `Runs.pieces` tells them.
    front, back : (stretches,) int64
        How many of them reach over the front of their rows, and how many of the others over the end.

    Examples
    --------
    >>> from lstmprep.framing import Window
    >>> w, a = Window(timesteps=3, partial=True), np.array
    >>> runs = Runs(a([0, 1]), a([-2, 7]), a([6, 2]), a([0, 9]), a([4, 20]), 1)
    >>> [found.tolist() for found in hanging(runs, w.frame(None), 1, 8)]
    [[-1, 7], [5, 2], [1, 2], [2, 0]]
    """
    rows, counts = runs.pieces(first, stop)
    run = first if runs.singles else int(np.searchsorted(runs.ends, first, side="right"))
    floor, ceiling = runs.floor[run : run + len(rows)], runs.ceiling[run : run + len(rows)]
    front = np.minimum(np.maximum(-((rows - floor) // runs.stride), 0), counts)
    inside = (ceiling - frame.cover - rows) // runs.stride + 1
    return rows, counts, front, np.minimum(np.maximum(counts - np.maximum(inside, 0), 0), counts - front)


def within(runs: Runs, frame: Frame, sample: int) -> tuple[int, int]:
    """Samples low..high of the run of one sample that take no row but their own run's: all but some at its front and its end.

    Examples
    --------
    >>> from lstmprep.framing import Window
    >>> w, a = Window(timesteps=3, partial=True), np.array
    >>> within(Runs(a([0]), a([-2]), a([6]), a([0]), a([4]), 1), w.frame(None), 0)
    (2, 4)
    """
    run = int(runs.run_of(np.array([sample]))[0])
    *_, front, back = hanging(runs, frame, int(runs.begins[run]), int(runs.ends[run]))
    return int(runs.begins[run] + front[0]), int(runs.ends[run] - back[0])


def answer_rows(runs: Runs, frame: Frame, starts: Ints, run: Ints, *, hangs: bool) -> tuple[Ints, Flags]:
    """Rows of the answers of some samples: (samples, targets), and which of them are real.

    `hangs` is ``runs.hangs(frame)``, found once for many blocks.

    Examples
    --------
    >>> from lstmprep.framing import Window
    >>> w, a = Window(timesteps=3, partial=True, target_mode="per-step"), np.array
    >>> frame, runs = w.frame("target"), Runs(a([0]), a([-2]), a([3]), a([0]), a([4]), 1)
    >>> answer_rows(runs, frame, a([-2]), a([0]), hangs=True)[1]
    array([[False, False,  True]])
    """
    rows = starts[:, None] + frame.targets
    if not len(frame.targets):
        return rows, np.ones(rows.shape, bool)
    if frame.belongs == "steps":
        real = step_rows(runs, frame, starts, run)[1]
        return _inside(runs, rows, run)[0], real
    if hangs:
        # the one answer follows the first, or the last, step that is real
        last = frame.timesteps - 1
        if frame.dilation == 1:
            low, high = real_rows(runs, frame, starts, run)
            return _inside(
                runs, rows + (low - starts if frame.belongs == "first" else high - 1 - last - starts)[:, None], run
            )
        real = step_rows(runs, frame, starts, run)[1]
        step = np.argmax(real, axis=1) if frame.belongs == "first" else last - np.argmax(real[:, ::-1], axis=1)
        anchor = 0 if frame.belongs == "first" else last
        rows = rows + (frame.inputs[step] - frame.inputs[anchor])[:, None]
    return _inside(runs, rows, run)


def ends(rows: Ints, real: Flags) -> tuple[Ints, Ints]:
    """(samples,) the first and the last real row of each; of none, the nearest."""
    at = np.arange(len(rows))
    return rows[at, np.argmax(real, axis=1)], rows[at, rows.shape[1] - 1 - np.argmax(real[:, ::-1], axis=1)]


def _inside(runs: Runs, rows: Ints, run: Ints) -> tuple[Ints, Flags]:
    floor, ceiling = runs.floor[run][:, None], runs.ceiling[run][:, None]
    return np.clip(rows, floor, ceiling - 1), (rows >= floor) & (rows < ceiling)
