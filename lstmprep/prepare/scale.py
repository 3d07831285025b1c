"""What the train rows of one folder teach about scale: numbers for the arrays and for the manifest.

    fitted.scaling   features {column: method, rows, mean, std}   targets ...   future ...
                     by_group keys [[s1], [s2]], features {column: method, rows [..], mean [..], std [..]}

Groups without a train row have no entry: they are scaled by the numbers of all train rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from lstmprep.framing.frame import Ints
from lstmprep.panel import Array, Panel
from lstmprep.prepare.columns import NONE, Methods
from lstmprep.records import record
from lstmprep.split import Cut
from lstmprep.split.cut import of_answers
from lstmprep.transforms.affine import Affine
from lstmprep.transforms.pieces import TrainRows
from lstmprep.transforms.scalers import LEARNED, Scaler
from lstmprep.wording import counted, listed, name_of

Note = tuple[str, str]


@record(eq=False)
class Learned:
    """Scaling of one folder: ready to be carried out, as JSON, and what should be said of it."""

    arrays: dict[str, Affine] = field(default_factory=dict)
    fitted: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def learn(
    panel: Panel, train: Cut, methods: Methods, names: Mapping[str, Sequence[str]], columns: Ints, *, by_group: bool
) -> Learned:
    """Learn from the rows of train, each once.

    Parameters
    ----------
    panel : Panel
    train : Cut
        The part that may be learned from.
    methods : Methods
    names : dict of array to column names
        ``features``, ``targets``, ``future``.
    columns : (features,) int64
        Where each named feature stands in the panel.
    by_group : bool
        Numbers of its own for every sequence.

    Raises
    ------
    DataError
        If a column has no value in train, or values too far apart.
    """
    segments = train.segments
    groups = len(panel.starts)
    own = TrainRows(segments.starts, segments.stops, segments.sequence, groups)
    answers = own
    if panel.by_row:
        few = of_answers(panel, segments)
        answers = TrainRows(few.starts, few.stops, few.sequence, groups)
    out = Learned()
    per_group: dict[str, Any] = {}
    for role in ("features", "targets", "future"):
        values: Array | None = getattr(panel, role)
        chosen: tuple[str, ...] = getattr(methods, role)
        if values is None or not any(m != NONE for m in chosen):
            continue
        where = columns if role == "features" else np.arange(values.shape[1])
        rows = own if role == "features" else answers
        one, told = _fit(values, rows.together(), chosen, names[role], where)
        out.fitted[role] = told
        if by_group:
            several = [(Scaler.fit(s.method, values, own, where[at]).filled(s), at) for s, at in one]
            per_group[role] = _by_group(several, names[role], own)
            out.arrays[role] = Affine.of(len(chosen), groups, several)
            out.notes += _still_groups(panel, several, one, names[role], role)
        else:
            out.arrays[role] = Affine.of(len(chosen), 1, one)
        out.notes += _notes(one, names[role], role)
    if per_group:
        some = np.flatnonzero(own.counts() > 0)
        out.fitted["by_group"] = {"keys": [panel.key(g) for g in some.tolist()], **per_group}
        out.notes += _unseen(panel, own)
    return out


def _fit(
    values: Array, rows: TrainRows, chosen: tuple[str, ...], names: Sequence[str], where: Ints
) -> tuple[list[tuple[Scaler, Ints]], dict[str, Any]]:
    """(scalers and the columns of each, the same as JSON in the order of the columns)."""
    scalers: list[tuple[Scaler, Ints]] = []
    told: dict[str, Any] = {}
    for method in LEARNED:
        at = np.array([j for j, m in enumerate(chosen) if m == method], np.int64)
        if not len(at):
            continue
        scaler = Scaler.fit(method, values, rows, where[at])
        mine = [names[j] for j in at]
        scaler.require_finite(mine)
        scalers.append((scaler, at))
        told |= scaler.to_json(mine)
    return scalers, {n: told[n] for n in names if n in told}


def _by_group(scalers: list[tuple[Scaler, Ints]], names: Sequence[str], rows: TrainRows) -> dict[str, Any]:
    """Numbers of every group that has train rows, column by column."""
    some = rows.counts() > 0
    told: dict[str, Any] = {}
    for scaler, at in scalers:
        for k, j in enumerate(at):
            told[names[j]] = {
                "method": scaler.method,
                "rows": scaler.rows[some, k].astype(np.int64).tolist(),
                **{n: v[some, k].tolist() for n, v in scaler.learned.items()},
            }
    return {n: told[n] for n in names if n in told}


def _notes(scalers: list[tuple[Scaler, Ints]], names: Sequence[str], role: str) -> list[Note]:
    still = [names[j] for scaler, at in scalers for j, s in zip(at, scaler.spread[0], strict=True) if s == 0]
    if not still:
        return []
    robust = any(s.method == "robust" for s, _ in scalers)
    what = f"constant in the train rows{' or in the middle half of them' if robust else ''}"
    return [("scaled-constant", f"{what}: {listed(still)}; scaled to 0 there{', in y' if role == 'targets' else ''}")]


def _still_groups(
    panel: Panel, several: list[tuple[Scaler, Ints]], one: list[tuple[Scaler, Ints]], names: Sequence[str], role: str
) -> list[Note]:
    """Columns that are constant in some groups, though not in all rows together."""
    still: dict[str, Ints] = {}
    for (scaler, at), (all_of_them, _) in zip(several, one, strict=True):
        for k, j in enumerate(at):
            groups = np.flatnonzero(scaler.spread[:, k] == 0)
            if len(groups) and all_of_them.spread[0, k] != 0:
                still[names[j]] = groups
    if not still:
        return []
    first = next(iter(still.values()))
    who = ", ".join(name_of(panel.key_text(g)) for g in first[:3].tolist()) + (", ..." if len(first) > 3 else "")
    columns = ", ".join(f"{name_of(n)} in {counted(len(g), 'sequence')}" for n, g in list(still.items())[:4])
    more = f" and {len(still) - 4:,} more columns" if len(still) > 4 else ""
    half = " or in the middle half of them" if any(s.method == "robust" for s, _ in several) else ""
    what = f"constant in the train rows of a sequence{half}: {columns}{more} ({who})"
    return [("scaled-constant", f"{what}; scaled to 0 there{', in y' if role == 'targets' else ''}")]


def _unseen(panel: Panel, rows: TrainRows) -> list[Note]:
    gone = np.flatnonzero(rows.counts() == 0)
    if not len(gone):
        return []
    who = ", ".join(name_of(panel.key_text(g)) for g in gone[:5].tolist())
    more = f" and {len(gone) - 5:,} more" if len(gone) > 5 else ""
    has = "has" if len(gone) == 1 else "have"
    return [
        (
            "scaled-by-all",
            f"{counted(len(gone), 'sequence')} {has} no train row and the numbers of all of them: {who}{more}",
        )
    ]
