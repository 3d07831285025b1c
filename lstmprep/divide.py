"""The parts of the output for this recipe and this table: which rows are train, val and test.

recipe + panel (lengths, times, classes) -> Cutting
    no split        one part with every row
    in time         one instant for all sequences, or each by its own rows; folds
    group, random   whole sequences, or samples that share no row
    rows            of a table whose rows are samples: in their order, or by chance

Sees row numbers, times and class codes; moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lstmprep.errors import DataError, RecipeError
from lstmprep.fits import answer_of, require_room
from lstmprep.framing.answers import answer_rows
from lstmprep.framing.frame import Frame, Ints, Runs, Segments
from lstmprep.framing.labels import label_of
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe
from lstmprep.scratch import by_place
from lstmprep.split import whole
from lstmprep.split.cutting import Cutting, cut_by_unit, cut_in_time, sample_segments
from lstmprep.wording import counted, name_of

BLOCK = 1 << 16


def divide(recipe: Recipe, panel: Panel, *, times: Sequence[Any] = ()) -> Cutting:
    """The parts of the table, and the rows that are in none.

    Parameters
    ----------
    recipe : Recipe
    panel : Panel
    times : sequence of numbers
        The instants that ``--split`` names, in the unit of the panel's times.

    Raises
    ------
    DataError
        If the table has too few rows, sequences or samples for the parts.
    RecipeError
        If what is to be divided is not there.
    """
    split = recipe.split
    if split.active and panel.by_row:
        return _divided_by_row(recipe, panel)
    every = whole(panel)
    if not split.active:
        return Cutting(every)
    segments = every[0].segments
    by = split.by(timed=panel.times is not None)
    answer = answer_of(recipe)
    if by in ("time", "sequence"):
        frame = (
            recipe.framing.frame(answer) if split.context else Frame(np.zeros(1, np.int64), np.zeros(0, np.int64), 0)
        )
        need = recipe.framing.frame(answer).span if recipe.framing.kind in ("window", "lag") else 1
        return cut_in_time(split, panel, segments, frame, by=by, times=times, need=need)
    parts = split.parts
    assert parts is not None
    if by == "random":
        require_room(recipe, segments, answer)
        frame = recipe.framing.frame(answer)
        runs = recipe.framing.runs(segments, frame).without_empty()
        samples = sample_segments(runs, frame)
        classes = _classes_of_samples(recipe, panel, runs, frame) if split.stratify else None
        seed = recipe.batching.drawn_by
        return cut_by_unit(parts, samples, np.arange(runs.total), seed=seed, classes=classes, noun="sample")
    if by == "section":
        if panel.pieces.section is None:
            raise RecipeError(
                "--split-by section needs --sections",
                fix="Give the table of sections, or use --split-by time or group.",
            )
        _, unit = np.unique(panel.pieces.section, return_inverse=True)
        return cut_by_unit(parts, segments, unit, seed=recipe.batching.seed, classes=None, noun="section")
    classes = _classes_of_sequences(panel) if split.stratify else None
    return cut_by_unit(parts, segments, segments.sequence, seed=recipe.batching.seed, classes=classes, noun="group")


def _divided_by_row(recipe: Recipe, panel: Panel) -> Cutting:
    """The parts of a table whose rows are samples: rows in their order, or by chance.

    Raises
    ------
    DataError
        If a part has no row.
    """
    split, folded = recipe.split, panel.folded
    assert folded is not None
    one = np.zeros(1, np.int64)
    table = Panel(np.empty((folded.rows, 0)), one, one + folded.rows, {})
    if split.split_by == "random":
        assert split.parts is not None
        rows = np.arange(folded.rows)
        each = Segments(np.zeros_like(rows), rows, rows + 1)
        classes = None if not split.stratify or panel.labels is None else panel.labels.astype(np.int64)
        found = cut_by_unit(split.parts, each, rows, seed=recipe.batching.drawn_by, classes=classes, noun="row")
    else:
        nothing = Frame(one, one[:0], 0)
        found = cut_in_time(split, table, whole(table)[0].segments, nothing, by="sequence", times=())
    for cut in found.cuts:
        if not len(cut.segments.starts):
            raise DataError(
                f"{cut.folder}{cut.name} has no row: the table has {counted(folded.rows, 'row')}",
                fix="Use parts of one row or more, or fewer --folds or --embargo.",
            )
    cuts = [replace(c, segments=_steps(c.segments, folded.n), floors=c.floors * folded.n) for c in found.cuts]
    return Cutting(cuts, [(reason, _steps(rows, folded.n)) for reason, rows in found.taken])


def _steps(rows: Segments, n: int) -> Segments:
    """The rows of the panel that hold these rows of the table."""
    return Segments(rows.sequence, rows.starts * n, rows.stops * n)


def _classes_of_samples(recipe: Recipe, panel: Panel, runs: Runs, frame: Frame) -> Ints:
    """(samples,) the class that each sample is answered with; the last one's where it has several."""
    if panel.sequence_labels is not None:
        return np.repeat(panel.sequence_labels[runs.sequence], runs.count).astype(np.int64)
    assert panel.labels is not None
    rule = recipe.framing.label_rule
    classes = int(panel.labels.max()) + 1
    step = max(1, BLOCK // max(len(frame.targets), frame.timesteps))
    out = []
    for i in range(0, runs.total, step):
        samples = np.arange(i, min(i + step, runs.total), dtype=np.int64)
        run = runs.run_of(samples)
        rows, real = answer_rows(runs, frame, runs.starts(samples, run), run, hangs=runs.hangs(frame))
        codes = panel.labels[rows].astype(np.int64)
        out.append(label_of(codes, real & (codes >= 0) if rule == "mode" else real, rule, classes))
    return np.concatenate(out)


def _classes_of_sequences(panel: Panel) -> Ints:
    """(sequences,) the one class of each.

    Raises
    ------
    DataError
        If the class changes inside a sequence.
    """
    if panel.sequence_labels is not None:
        return panel.sequence_labels.astype(np.int64)
    assert panel.labels is not None
    order, starts = by_place(panel.starts)
    low = np.minimum.reduceat(panel.labels, starts)
    high = np.maximum.reduceat(panel.labels, starts)
    mixed = np.flatnonzero(low != high)
    if len(mixed):
        who = int(order[mixed[0]])
        raise DataError(
            f"--stratify needs one class per sequence, and {name_of(panel.key_text(who))} has several",
            fix="Use --split-by random, or leave --stratify out.",
        )
    out = np.empty(len(starts), np.int64)
    out[order] = low
    return out
