"""The plan: what will be written, to the byte, before anything is.

    recipe + panel (lengths, times, flags) -> segments -> runs of samples -> arrays, ledger, notes

Everything that can be refused is refused here. The plan knows which values are missing and
which label a row has, but moves none of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np

from lstmprep.arrays import ArrayPlan, Heading, Part, arrays_of, sharded
from lstmprep.buckets import buckets
from lstmprep.errors import DataError
from lstmprep.fits import refuse_leftover, require_room
from lstmprep.fits_part import require_part, require_samples
from lstmprep.framing.base import Answer
from lstmprep.framing.drop import without_bad
from lstmprep.framing.frame import Frame, Ints, Runs, Segments
from lstmprep.framing.labels import check_labels
from lstmprep.framing.pad import Pad
from lstmprep.holes import Holes
from lstmprep.ledger import SHORT_PART, Ledger, Stages, ledger
from lstmprep.padding import Padding, padding_of
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.rowmarks import rows_before
from lstmprep.split import Cut, whole
from lstmprep.split.cutting import Cutting
from lstmprep.split.reach import runs_of, within_reach
from lstmprep.wording import counted, name_of

TOLD = 100  # sequences named


@record(eq=False)
class Plan:
    """Samples, arrays and the account of the rows."""

    recipe: Recipe
    panel: Panel
    parts: list[Part]
    ledger: Ledger
    classes: list[str] | None = None
    skipped: list[tuple[int, int]] = field(default_factory=list)  # (sequence, rows) of the first `TOLD`
    left_short: int = 0  # sequences in which no part finds a sample
    missing_rows: int = 0
    fitted: dict[str, Any] = field(default_factory=dict)  # every number learned, as JSON
    learned: list[tuple[str, str]] = field(default_factory=list)  # notes on the way there
    heading: Heading = field(default_factory=Heading)  # of an output that is a table
    padding: Padding | None = None  # of one sample per sequence

    @property
    def frame(self) -> Frame:
        """The offsets of a sample, the same in every split."""
        return self.parts[0].frame

    @property
    def arrays(self) -> list[ArrayPlan]:
        """The arrays of all parts."""
        return [a for p in self.parts for a in p.arrays]

    @property
    def padded(self) -> bool:
        """Whether samples may hold padded steps."""
        return any(p.padded for p in self.parts)

    @property
    def unequal(self) -> bool:
        """Whether samples may differ in their number of real steps."""
        return any(p.unequal for p in self.parts)

    @property
    def samples(self) -> int:
        """Samples of all parts, padding samples included."""
        return sum(p.samples for p in self.parts)

    @property
    def framed(self) -> int:
        """Samples there could be, before any was left out."""
        return sum(p.framed.total for p in self.parts)

    @property
    def kept(self) -> int:
        """Samples that are written, padding samples not counted."""
        return sum(p.runs.total for p in self.parts)

    @property
    def dropped(self) -> int:
        """Samples left out for a missing value."""
        return sum(p.known.total - p.whole.total for p in self.parts)

    @property
    def unknown(self) -> int:
        """Samples left out for a class that train lacks."""
        return sum(p.framed.total - p.known.total for p in self.parts)

    @property
    def bytes(self) -> int:
        """Size of all arrays."""
        return sum(a.bytes for a in self.arrays if a.stored)

    def array(self, name: str) -> ArrayPlan | None:
        """An array by its name."""
        return next((a for a in self.arrays if a.name == name), None)


def make_plan(
    recipe: Recipe,
    panel: Panel,
    *,
    read: int,
    removed: Any,
    classes: list[str] | None,
    features: int,
    folder: str | None = None,
    cutting: Cutting | None = None,
    panels: Mapping[str, Panel] | None = None,
) -> Plan:
    """What this recipe makes of this panel.

    Parameters
    ----------
    recipe : Recipe
    panel : Panel
    read : int
        Rows read from the table.
    removed : (n,) int64
        Rows of the table that are not in the panel.
    classes : list of str or None
        Names of the label's codes.
    features : int
        Columns of X.
    folder : str or None
        Where marks for many rows may be kept.
    cutting : Cutting or None
        The parts of the table, and rows in none of them; None is one part with every row.
    panels : mapping of str to Panel, or None
        The values of each folder of parts where they are not those of `panel`; its rows are the same.

    Raises
    ------
    DataError
        If no sample can be made, or labels or batches do not allow what is asked.
    """
    answer = None if recipe.columns.labels is not None else recipe.answer
    cutting = cutting or Cutting(whole(panel))
    asked, recipe = recipe, _fitted(recipe, panel, cutting.cuts)
    framing = recipe.framing
    panels = panels or {cut.folder: panel for cut in cutting.cuts}
    holes = Holes(recipe, panels, cutting.cuts, folder)
    framed = [_framed(recipe, panel, cut, answer, cutting.times, holes) for cut in cutting.cuts]
    parts = []
    for cut, (frame, runs) in zip(cutting.cuts, framed, strict=True):
        parts += _parts(recipe, panels[cut.folder], cut, frame, runs, holes, classes, folder)
    named: set[str] = set()
    for part in parts:
        part.context_rows = rows_before(part.cut.segments, part.cut.floors, part.runs, part.frame, panel.rows, folder)
        arrays = [a for a in arrays_of(part, features) if a.name not in named]  # parts share one series
        part.arrays = sharded(arrays, recipe.arrays.shard_size)
        named |= {a.name for a in part.arrays}
    stages = [Stages(p.frame, p.framed, p.known, p.whole, p.runs) for p in parts]
    taken = [*cutting.taken, *_too_short(parts)]
    mirrored = framing.target_mode == "input" and not framing.latest
    rows = ledger(
        panel, stages, read, removed,
        taken=taken, mirrored=mirrored, latest=framing.latest, folder=folder, words=framing.words,
    )  # fmt: skip
    short = _skipped(panel, parts)
    first = [(s, int(panel.lengths[s])) for s in short[:TOLD].tolist()]
    plan = Plan(asked, panel, parts, rows, classes, first, len(short), holes.rows)
    if isinstance(framing, Pad):
        plan.padding = padding_of(parts, framing.pad_value or 0.0)
        plan.fitted = {} if framing.ragged else {"timesteps": framing.timesteps}
    return plan


def _fitted(recipe: Recipe, panel: Panel, cuts: Sequence[Cut]) -> Recipe:
    """The recipe with what its framing learns from the lengths of sequences: those of train, where there is a split."""
    if panel.steps is not None:
        return replace(recipe, framing=recipe.framing.cut_to(panel.steps))
    if not isinstance(recipe.framing, Pad):
        return recipe
    learned = [c.segments.lengths for c in cuts if c.name in ("all", "train") or recipe.framing.ragged]
    framing = recipe.framing.fitted(learned[0] if len(learned) == 1 else np.concatenate(learned))
    return replace(recipe, framing=framing)


def _framed(
    recipe: Recipe, panel: Panel, cut: Cut, answer: Answer | None, times: Sequence[Any], holes: Holes
) -> tuple[Frame, Runs]:
    """The samples there could be in one part."""
    if recipe.split.active:
        require_part(recipe, panel, cut, answer, times, holes.offered)
    else:
        require_room(recipe, cut.segments, answer, holes.offered)
    frame = recipe.framing.frame(answer)
    if recipe.framing.leftover == "error":
        refuse_leftover(recipe, panel, within_reach(cut), frame)
    runs = runs_of(recipe.framing, cut, frame).without_empty()
    if recipe.split.active:
        require_samples(recipe, cut, runs.total, answer)
    return frame, runs


def _too_short(parts: list[Part]) -> list[tuple[str, Segments]]:
    """Segments of a split in which there is no sample, of sequences that have one elsewhere."""
    out = []
    for part in parts:
        if part.cut.name == "all":
            continue
        segments = part.cut.segments
        idle = ~np.isin(segments.stops, part.framed.ceiling)
        if idle.any():
            out.append((SHORT_PART, Segments(segments.sequence[idle], segments.starts[idle], segments.stops[idle])))
    return out


def _parts(
    recipe: Recipe,
    panel: Panel,
    cut: Cut,
    frame: Frame,
    framed: Runs,
    holes: Holes,
    classes: list[str] | None,
    folder: str | None,
) -> list[Part]:
    """The samples of one part that are written; with buckets a part for each length."""
    known = framed if panel.unknown is None else without_bad(framed, frame, *panel.unknown, folder=folder)
    if not known.total:
        raise DataError(
            f"every one of the {counted(framed.total, 'sample')} of {cut.name} holds a class that train lacks",
            fix="Give train rows of every class (--split-by random --stratify does), or use --unknown code.",
        )
    good = without_bad(known, frame, *holes.bad[cut.folder], folder=folder) if holes.rows else known
    if not good.total:
        raise DataError(
            f"every one of the {counted(known.total, 'sample')}{'' if cut.name == 'all' else f' of {cut.name}'} holds a missing value",
            fix=holes.told(cut.folder, panel.rows),
        )
    if panel.labels is not None and recipe.columns.labels is None and recipe.answer == "label":
        check_labels(panel.labels, good, frame, recipe.framing.label_rule, classes or [])
    shuffle = cut.name in ("all", "train")
    if not (isinstance(recipe.framing, Pad) and recipe.framing.bucket):
        runs, order, samples = recipe.batching.arranged(good, frame, shuffle=shuffle)
        return [Part(recipe, cut, panel, frame, framed, known, good, runs, order, samples, classes)]
    out = []
    answer = None if recipe.columns.labels is not None else recipe.answer
    for b in buckets(recipe.framing, answer, [framed, known, good]):
        framed, known, good = b.stages
        runs, order, samples = recipe.batching.arranged(good, b.frame, shuffle=shuffle)
        numbers = np.full(samples, -1, np.int64)
        numbers[: runs.total] = b.numbers[: runs.total] if order is None else b.numbers[order]
        own = replace(cut, suffix=f"{cut.suffix}_len{b.length}")
        out.append(
            Part(recipe, own, panel, b.frame, framed, known, good, runs, order, samples, classes, numbers=numbers)
        )
    return out


def _skipped(panel: Panel, parts: list[Part]) -> Ints:
    """Sequences in which no part finds a sample."""
    found = np.zeros(len(panel.starts), bool)
    for part in parts:
        found[part.framed.sequence] = True
    return np.flatnonzero(~found)


def describe_skipped(plan: Plan, most: int = 5) -> str:
    """``s3 (3 rows), s9 (2 rows)``: the sequences that are shorter than a sample."""
    told = [
        f"{name_of(plan.panel.key_text(s)) if plan.panel.keys else 'the table'} ({counted(rows, 'row')})"
        for s, rows in plan.skipped[:most]
    ]
    return ", ".join(told) + (f" and {plan.left_short - most:,} more" if plan.left_short > most else "")
