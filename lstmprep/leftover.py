"""Rows that samples leave over where every sequence is one run of samples: by arithmetic, no row is looked at.

    sequence   | . . i i i i i . t t . . |      inputs and answers of a run are a stretch each
    left over   before         between after    what lies outside both, by where it lies

The ledger needs no mark for each row then, however many rows or sequences there are. Pure numpy.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstmprep.framing.answers import answer_rows
from lstmprep.framing.base import Words
from lstmprep.framing.frame import Frame, Ints, Runs
from lstmprep.panel import Panel
from lstmprep.records import record

BLOCK = 1 << 17
PIECE = 1 << 16  # runs at a time
Stretch = tuple[Ints, Ints]  # (runs,) low <= row < high


@record(frozen=True)
class Leftover:
    """Rows that are input, answer, or one of them, and what is left over: (reason, rows, first, last row of the table)."""

    inputs: int
    answers: int
    used: int
    unused: list[tuple[str, int, int, int]]


def leftover(panel: Panel, frame: Frame, runs: Runs, words: Words) -> Leftover | None:
    """The account of the rows of one part in which nothing was left out; None where rows have to be marked.

    Parameters
    ----------
    panel : Panel
    frame, runs
        The samples, all of them written.
    words : Words
        Why a row is in no sample.

    Examples
    --------
    >>> from lstmprep.framing import Window
    >>> from lstmprep.framing.frame import Segments
    >>> w, a = Window(timesteps=3, no_overlap=True), np.array
    >>> panel = Panel(np.zeros((9, 1)), a([0, 7]), a([7, 9]), {})
    >>> f = w.frame(None); r = w.runs(Segments(a([0, 1]), panel.starts, panel.stops), f).without_empty()
    >>> leftover(panel, f, r, Words()).unused
    [('left over after the last window', 1, 6, 6), ('the sequence is shorter than one sample', 2, 7, 8)]
    """
    if panel.cuts is not None or panel.units is not None or panel.folded is not None or panel.source_bounds is not None:
        return None  # a row of the panel is no row of the table, or a sequence several pieces
    unused: dict[str, tuple[int, int, int]] = {}
    inputs = answers = left = 0
    for i in range(0, max(len(runs.first), 1), PIECE):
        some = runs.chosen(slice(i, i + PIECE))
        follows = not i or some.sequence[0] > runs.sequence[i - 1]
        taken, given = (
            (_stretch(some, frame.inputs), _answers(some, frame)) if follows and _plain(panel, some) else (None, None)
        )
        if taken is None or given is None:
            return None
        inputs += int((taken[1] - taken[0]).sum())
        answers += int((given[1] - given[0]).sum())
        left += _add(unused, panel, _gaps(some, frame, taken, given, words))
    idle = np.ones(len(panel.starts), bool)
    idle[runs.sequence] = False
    for i in range(0, len(idle), PIECE):
        at = np.flatnonzero(idle[i : i + PIECE]) + i
        left += _add(unused, panel, [(words.short, (panel.starts[at], panel.stops[at]))])
    used = panel.held - left
    return Leftover(inputs, answers, used, [(reason, *n) for reason, n in unused.items()])


def _gaps(runs: Runs, frame: Frame, taken: Stretch, given: Stretch, words: Words) -> list[tuple[str, Stretch]]:
    """The rows around and between inputs and answers of each run, by reason."""
    (a, b), (c, d) = taken, given
    c, d = np.where(c < d, c, a), np.where(c < d, d, a)  # no answers lie nowhere else
    early, late = np.minimum(a, c), np.maximum(b, d)
    low = np.maximum(runs.first, runs.floor)
    high = np.minimum(runs.first + (runs.count - 1) * runs.stride + frame.span, runs.ceiling)
    return [
        (words.before, (runs.floor, np.minimum(low, early))), (words.between, (low, early)), (words.between, (np.where(c < a, d, b), np.where(c < a, a, c))),
        (words.between, (late, high)), (words.after, (np.maximum(late, high), runs.ceiling)),
    ]  # fmt: skip


def _add(unused: dict[str, tuple[int, int, int]], panel: Panel, gaps: list[tuple[str, Stretch]]) -> int:
    """Count rows of gaps by reason; how many they are."""
    left = 0
    for reason, (low, high) in gaps:
        for rows, first, last in _counted(panel, low, high):
            n, early, late = unused.get(reason, (0, first, last))
            unused[reason] = n + rows, min(early, first), max(late, last)
            left += rows
    return left


def _plain(panel: Panel, runs: Runs) -> bool:
    """Whether each of these runs is all there is of a sequence, and may take all of its rows."""
    alone = bool((runs.sequence[1:] > runs.sequence[:-1]).all())
    return alone and bool(
        (runs.floor == panel.starts[runs.sequence]).all() and (runs.ceiling == panel.stops[runs.sequence]).all()
    )


def _stretch(runs: Runs, offsets: Ints) -> Stretch | None:
    """The rows that each run takes at these offsets, where they are one stretch."""
    if not len(offsets):
        return runs.floor, runs.floor
    if not runs.sweeps(offsets).all():
        return None
    low = np.maximum(runs.first + offsets[0], runs.floor)
    high = np.minimum(runs.first + (runs.count - 1) * runs.stride + offsets[-1] + 1, runs.ceiling)
    return low, np.maximum(low, high)


def _answers(runs: Runs, frame: Frame) -> Stretch | None:
    """The rows that answer the samples of each run, where they are one stretch."""
    if frame.own:  # an answer on the step's own row
        return _stretch(runs, frame.inputs)
    if not len(frame.targets) or not runs.hangs(frame):
        return _stretch(runs, np.sort(frame.targets))
    if not runs.singles or len(frame.targets) > 1:
        return None
    every = np.arange(len(runs.first), dtype=np.int64)
    rows, real = answer_rows(runs, frame, runs.first, every, hangs=True)
    return rows[:, 0], rows[:, 0] + real[:, 0]


def _counted(panel: Panel, low: Ints, high: Ints) -> Iterator[tuple[int, int, int]]:
    """(rows, first, last row of the table) of stretches of the panel, some at a time."""
    real = low < high
    low, high = low[real], high[real]
    if not len(low):
        return
    if panel.source_rows is None:
        yield int((high - low).sum()), int(low.min()), int(high.max()) - 1
        return
    ends = np.cumsum(high - low)
    for at in range(0, int(ends[-1]), BLOCK):
        places = np.arange(at, min(at + BLOCK, int(ends[-1])), dtype=np.int64)
        of = np.searchsorted(ends, places, side="right")
        rows = panel.source_rows[high[of] - (ends[of] - places)]
        yield len(rows), int(rows.min()), int(rows.max())
