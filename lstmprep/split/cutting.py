"""Segments of train, val and test out of the segments of a table.

    base segments (sequences, cut at holes and sections)
        ∩ bounds of the parts (`bounds`, `folds`) or whole units (`by_key`)
        - embargo, the last rows of the earlier part
        + floors, how far back the inputs of a later part may reach

    --split 6,4 --embargo 2 --context, windows of 3 and a target 1 ahead
        rows    0 1 2 3 4 5 6 7 8 9
        train  [0 1 2 3]e e             embargo: rows 4 and 5 are nobody's target
        test          < < <[6 7 8 9]    floor 3: the first target is row 6

Whatever the settings, no row is a target, or a row of segments, of two parts: a test holds it.
Pure numpy; sees lengths and times, never a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np

from lstmprep.framing.frame import Flags, Frame, Ints, Runs, Segments
from lstmprep.panel import Panel
from lstmprep.records import record
from lstmprep.scratch import ample, chosen
from lstmprep.split.bounds import at_instants, one_clock, own_rows
from lstmprep.split.by_key import assigned
from lstmprep.split.cut import Cut
from lstmprep.split.folds import fold_bounds
from lstmprep.split.reach import reach_back
from lstmprep.split.spec import NAMES, By, Parts, Split

PIECE = 1 << 16  # segments cut together
EMBARGO = "taken by --embargo between two parts"
BEYOND = "in no part of the split"


@record(eq=False)
class Cutting:
    """The parts, and the rows that belong to none.

    Parameters
    ----------
    cuts : list of Cut
        Fold by fold, in the order of the parts.
    taken : list of (str, Segments)
        Rows left out before framing, by reason; a row may stand here and yet be used by another fold,
        or as context.
    times : sequence of numbers
        The instants that ``--split`` names, where it does.
    """

    cuts: list[Cut]
    taken: list[tuple[str, Segments]] = field(default_factory=list)
    times: Sequence[Any] = ()


def cut_in_time(
    split: Split, panel: Panel, base: Segments, frame: Frame, *, by: By, times: Sequence[Any], need: int = 1
) -> Cutting:
    """Parts that follow one another: by one clock, or every sequence by its own rows.

    Parameters
    ----------
    split : Split
    panel : Panel
    base : Segments
        Runs of rows that no sample may leave anyway.
    frame : Frame
        Says how far inputs reach back with ``--context``.
    by : {"time", "sequence"}
    times : sequence of numbers
        The instants that ``--split`` names, in the panel's unit.
    need : int
        Rows of one sample, for the number of folds that would work.

    Raises
    ------
    DataError
        If the table has too few rows.
    """
    common = by == "time" and panel.times is not None
    if split.folds is not None:
        out = Cutting([])
        found = fold_bounds(panel, split.folds, split.fold_train, embargo=split.embargo, common=common, need=need)
        for i, bounds in enumerate(found):
            _add(out, _between(split, panel, base, frame, bounds, NAMES[2]), f"fold{i}/")
        return out
    parts = split.parts
    assert parts is not None
    if parts.kind == "time":
        bounds = at_instants(panel, [*times, None])
    else:
        bounds = one_clock(panel, parts) if common else own_rows(panel, parts)
    out = Cutting([], times=times)
    _add(out, _between(split, panel, base, frame, bounds, parts.names), "")
    return out


def _add(out: Cutting, more: Cutting, folder: str) -> None:
    out.cuts += [replace(c, suffix=f"_{c.name}", folder=folder) for c in more.cuts]
    out.taken += more.taken


def _between(split: Split, panel: Panel, base: Segments, frame: Frame, bounds: Ints, names: tuple[str, ...]) -> Cutting:
    """The parts whose bounds in every sequence are known."""
    out = Cutting([])
    reach = reach_back(frame) if split.context else 0
    for i, name in enumerate(names):
        low, high = bounds[:, i], bounds[:, i + 1]
        emptied = None
        if i + 1 < len(names):
            early = np.maximum(high - split.embargo, low)
            taken = _within(base, early, high)[0]
            out.taken.append((EMBARGO, taken))
            wholly = early[taken.sequence] == low[taken.sequence]
            emptied = Segments(*(chosen(v, wholly) for v in (taken.sequence, taken.starts, taken.stops)))
            high = early
        cut = Cut(name, *_within(base, low, high, (reach, bounds[:, i - 1]) if i else None))
        out.cuts.append(replace(cut, emptied=emptied))
    out.taken.append((BEYOND, _within(base, panel.starts, bounds[:, 0])[0]))
    out.taken.append((BEYOND, _within(base, bounds[:, -1], panel.stops)[0]))
    out.taken = [(reason, rows) for reason, rows in out.taken if len(rows.starts)]
    return out


def _within(base: Segments, low: Ints, high: Ints, back: tuple[int, Ints] | None = None) -> tuple[Segments, Ints]:
    """The segments cut to these rows of every sequence, empty ones left out, and how far each may reach back.

    `back` is so many rows, and the first row of every sequence that may be reached; None reaches nowhere.
    There may be a segment for every hole: some are looked at at a time, and kept off the heap.
    """

    def cut(i: int) -> tuple[Ints, Ints, Ints, Flags]:
        who, own = base.sequence[i : i + PIECE], base.starts[i : i + PIECE]
        starts, stops = np.maximum(own, low[who]), np.minimum(base.stops[i : i + PIECE], high[who])
        return who, starts, stops, starts < stops

    steps = range(0, len(base.starts), PIECE)
    total = sum(int(np.count_nonzero(cut(i)[3])) for i in steps)
    sequence, starts, stops = (ample(total, np.int64) for _ in range(3))
    floors, at = starts if back is None else ample(total, np.int64), 0
    for i in steps:
        who, first, behind, some = cut(i)
        here = slice(at, at + int(np.count_nonzero(some)))
        sequence[here], starts[here], stops[here], at = who[some], first[some], behind[some], here.stop
        if back is not None:
            own = base.starts[i : i + PIECE]
            floors[here] = np.maximum(np.maximum(first - back[0], back[1][who]), own)[some]
    return Segments(sequence, starts, stops), floors


def cut_by_unit(
    parts: Parts, base: Segments, unit: Ints, *, seed: int | None, classes: Ints | None, noun: str
) -> Cutting:
    """Parts of whole units: every segment goes where its unit goes.

    Parameters
    ----------
    parts : Parts
    base : Segments
    unit : (segments,) int64
        The unit of every segment, numbered from 0 in key order.
    seed : int or None
    classes : (units,) int64 or None
        For ``--stratify``.
    noun : str
        What a unit is.
    """
    units = int(unit.max()) + 1 if len(unit) else 0
    part = assigned(units, parts, seed=seed, classes=classes, noun=noun)[unit]
    out = Cutting([])
    for i, name in enumerate(parts.names):
        here = _chosen(base, part == i)
        out.cuts.append(Cut(name, here, here.starts, f"_{name}"))
    beyond = _chosen(base, part < 0)
    if len(beyond.starts):
        out.taken.append((BEYOND, beyond))
    return out


def _chosen(base: Segments, which: Any) -> Segments:
    return Segments(base.sequence[which], base.starts[which], base.stops[which])


def sample_segments(runs: Runs, frame: Frame) -> Segments:
    """Every sample as a segment of its own, for samples that share no row.

    Examples
    --------
    >>> one = np.array([0]); runs = Runs(one, one, one + 3, one, one + 9, stride=3)
    >>> sample_segments(runs, Frame(np.array([0, 1, 2]), np.array([], np.int64), 0)).stops
    array([3, 6, 9])
    """
    samples = np.arange(runs.total, dtype=np.int64)
    run = runs.run_of(samples)
    first = runs.starts(samples, run)
    return Segments(
        runs.sequence[run],
        np.maximum(first, runs.floor[run]),
        np.minimum(first + frame.span, runs.ceiling[run]),
    )
