"""The plan: what will be written, to the byte, before anything is.

    recipe + panel (lengths, times, flags) -> segments -> runs of samples -> arrays, ledger, notes

Everything that can be refused is refused here. The plan knows which values are missing and
which label a row has, but moves none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lstmprep.errors import DataError
from lstmprep.fits import refuse_leftover, require_room
from lstmprep.framing.drop import without_bad
from lstmprep.framing.frame import Flags, Frame, Ints, Runs, Segments
from lstmprep.framing.labels import check_labels
from lstmprep.ledger import Ledger, ledger
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe
from lstmprep.wording import counted, name_of

BLOCK = 1 << 16


@dataclass(frozen=True, eq=False)
class ArrayPlan:
    """One array of the output."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    axes: list[str]
    same_as: str | None = None

    @property
    def bytes(self) -> int:
        """Size of the values, in Python's own integers."""
        size = self.dtype.itemsize
        for n in self.shape:
            size *= n
        return size


@dataclass(eq=False)
class Plan:
    """Samples, arrays and the account of the rows."""

    recipe: Recipe
    panel: Panel
    frame: Frame
    segments: Segments
    framed: Runs
    runs: Runs
    order: Ints | None
    samples: int
    arrays: list[ArrayPlan]
    ledger: Ledger
    classes: list[str] | None = None
    skipped: list[tuple[int, int]] = field(default_factory=list)  # (sequence, rows)
    dropped: int = 0  # samples left out for a missing value
    missing_rows: int = 0

    @property
    def padded(self) -> bool:
        """Whether samples may hold padded steps."""
        return self.recipe.framing.padding_possible or self.samples > self.runs.total

    @property
    def bytes(self) -> int:
        """Size of all arrays."""
        return sum(a.bytes for a in self.arrays if a.same_as is None)

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

    Raises
    ------
    DataError
        If no sample can be made, or labels or batches do not allow what is asked.
    """
    window = recipe.framing
    answer = None if recipe.columns.labels is not None else recipe.answer
    segments = Segments(np.arange(len(panel.starts), dtype=np.int64), panel.starts, panel.stops)
    require_room(recipe, segments, answer)
    frame = window.frame(answer)
    framed = window.runs(segments, frame)
    skipped = np.flatnonzero(framed.count == 0)
    if window.leftover == "error":
        refuse_leftover(recipe, panel, segments, frame)
    framed = framed.without_empty()
    whole, missing_rows = framed, 0
    if recipe.order.missing == "drop":
        inputs, targets = _bad_rows(panel, answer)
        missing_rows = int(np.count_nonzero(inputs | targets))
        if missing_rows:
            whole = without_bad(framed, frame, inputs, targets)
    dropped = framed.total - whole.total
    if not whole.total:
        raise DataError(
            f"every one of the {counted(framed.total, 'sample')} holds a missing value",
            fix=f"{counted(missing_rows, 'row')} of {panel.rows:,} have one: use fewer --timesteps, leave the emptiest columns out with --exclude, or fill the cells first.",
        )
    if panel.labels is not None and answer == "label":
        check_labels(panel.labels, whole, frame, window.label_at, classes or [])
    runs, order, samples = recipe.batching.arranged(whole, frame)
    rows = ledger(
        panel, framed, whole, runs, frame, read, removed, mirrored=window.target_mode == "input" and not window.latest, latest=window.latest, folder=folder
    )  # fmt: skip
    plan = Plan(
        recipe, panel, frame, segments, framed, runs, order, samples, [], rows, classes,
        [(int(s), int(segments.lengths[s])) for s in skipped], dropped, missing_rows,
    )  # fmt: skip
    plan.arrays = _arrays(plan, features)
    return plan


def _arrays(plan: Plan, features: int) -> list[ArrayPlan]:
    recipe, panel, n, t = plan.recipe, plan.panel, plan.samples, plan.frame.timesteps
    dtype, layout, window = np.dtype(recipe.arrays.dtype), recipe.layout, recipe.framing
    x = ArrayPlan("X", layout.shape_of(n, t, features), dtype, layout.axes())
    out = [x]
    if window.target_mode == "input" and not window.latest:
        out.append(ArrayPlan("y", x.shape, dtype, x.axes, same_as=None if window.reverse_target else "X"))
    elif recipe.answer == "target" and panel.targets is not None:
        out.append(_numbers(plan, panel.targets.shape[1], dtype))
    elif recipe.answer == "label":
        out.append(_classes(plan, dtype))
    if plan.padded:
        out.append(ArrayPlan("lengths", (n,), np.dtype(np.int32), ["samples"]))
        out.append(ArrayPlan("mask", (n, t), np.dtype(bool), ["samples", "timesteps"]))
    if panel.static is not None:
        out.append(ArrayPlan("static", (n, panel.static.shape[1]), dtype, ["samples", "static"]))
    if panel.future is not None and len(plan.frame.targets):
        out.append(
            ArrayPlan(
                "future", (n, len(plan.frame.targets), panel.future.shape[1]), dtype, ["samples", "horizon", "future"]
            )
        )
    return out


def _numbers(plan: Plan, targets: int, dtype: np.dtype[Any]) -> ArrayPlan:
    window, n, k = plan.recipe.framing, plan.samples, len(plan.frame.targets)
    if window.target_mode == "per-step":
        if plan.recipe.layout.layout == "time-first":
            return ArrayPlan("y", (k, n, targets), dtype, ["timesteps", "samples", "targets"])
        return ArrayPlan("y", (n, k, targets), dtype, ["samples", "timesteps", "targets"])
    if k == 1:
        return ArrayPlan("y", (n, targets), dtype, ["samples", "targets"])
    if window.flat_y:
        return ArrayPlan("y", (n, k * targets), dtype, ["samples", "horizon*targets"])
    return ArrayPlan("y", (n, k, targets), dtype, ["samples", "horizon", "targets"])


def _classes(plan: Plan, dtype: np.dtype[Any]) -> ArrayPlan:
    window, n, k = plan.recipe.framing, plan.samples, len(plan.frame.targets)
    shape, axes = (n,), ["samples"]
    if window.target_mode == "per-step":
        shape, axes = (n, k), ["samples", "timesteps"]  # type: ignore[assignment]
        if plan.recipe.layout.layout == "time-first":
            shape, axes = (k, n), ["timesteps", "samples"]  # type: ignore[assignment]
    elif (window.horizon or 1) > 1:
        shape, axes = (n, k), ["samples", "horizon"]  # type: ignore[assignment]
    if window.one_hot:
        return ArrayPlan("y", (*shape, len(plan.classes or [])), dtype, [*axes, "classes"])
    return ArrayPlan("y", shape, np.dtype(np.int64), axes)


def _bad_rows(panel: Panel, answer: str | None) -> tuple[Flags, Flags]:
    """(rows with a missing feature, rows with a missing answer)."""
    inputs, targets = np.zeros(panel.rows, bool), np.zeros(panel.rows, bool)
    for i in range(0, panel.rows, BLOCK):
        rows = slice(i, i + BLOCK)
        inputs[rows] = np.isnan(panel.features[rows]).any(axis=1)
        if answer is None:
            continue
        for values in (panel.targets if answer == "target" else None, panel.future):
            if values is not None:
                targets[rows] |= np.isnan(values[rows]).any(axis=1)
        if panel.labels is not None and answer == "label":
            targets[rows] |= panel.labels[rows] < 0
    return inputs, targets


def describe_skipped(plan: Plan, most: int = 5) -> str:
    """``s3 (3 rows), s9 (2 rows)``: the sequences that are shorter than a sample."""
    told = [
        f"{name_of(plan.panel.key_text(s)) if plan.panel.keys else 'the table'} ({counted(rows, 'row')})"
        for s, rows in plan.skipped[:most]
    ]
    return ", ".join(told) + (f" and {len(plan.skipped) - most:,} more" if len(plan.skipped) > most else "")
