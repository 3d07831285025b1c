"""One part of the output: its samples, and its arrays with shape, type and bytes.

    part      all | train | val | test      one frame, its runs of samples, their order
    arrays    X (samples, timesteps, features), y, lengths, mask, static, future

A part without a split is called ``all`` and its arrays have bare names; ``X_train`` is the X of a split.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np

from lstmprep.errors import DataError
from lstmprep.framing.answers import real_rows
from lstmprep.framing.frame import Frame, Ints, Runs
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.scratch import MANY
from lstmprep.shards import MOST, bounds, shard_name
from lstmprep.sizes import shortest
from lstmprep.split import Cut
from lstmprep.wording import size_of


@record(frozen=True)
class View:
    """An array that is not stored: windows of `dilation` between their steps into another one, from these starts."""

    series: str
    starts: str
    dilation: int


@record(frozen=True, eq=False)
class ArrayPlan:
    """One array of the output.

    Parameters
    ----------
    name : str
        Its name in the output: ``X``, ``X_train``, ``fold0/X_train``.
    shape, dtype, axes
        Of the values.
    same_as : str or None
        Another array that holds the same values.
    role : str
        What it is whatever its part: ``X``, ``y``, ``mask``; the name itself when not given.
    view : View or None
        How a reader makes it, when it is not stored.
    per_shard : int or None
        Samples in each of its files; None is one file.
    of_samples : bool
        Of the rows of a series: that it was made from windows, and holds no row outside of them.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    axes: list[str]
    same_as: str | None = None
    role: str = ""
    view: View | None = None
    per_shard: int | None = None
    of_samples: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "role", self.role or self.name)

    @property
    def stored(self) -> bool:
        """Whether its values are written."""
        return self.same_as is None and self.view is None

    @property
    def bytes(self) -> int:
        """Size of the values, in Python's own integers."""
        size = self.dtype.itemsize
        for n in self.shape:
            size *= n
        return size

    @property
    def samples(self) -> int:
        """Samples in it."""
        return self.shape[self.axes.index("samples")]

    def shards(self) -> Iterator[tuple[ArrayPlan, int, int]]:
        """Its files as arrays of their own, each with its first sample and the one after its last."""
        return (self.shard(k) for k, _ in enumerate(bounds(self.samples, self.per_shard or max(self.samples, 1))))

    def shard(self, number: int) -> tuple[ArrayPlan, int, int]:
        """One of its files as an array of its own, its first sample and the one after its last."""
        axis, each = self.axes.index("samples"), self.per_shard or self.samples
        first, stop = number * each, min((number + 1) * each, self.samples)
        shape = (*self.shape[:axis], stop - first, *self.shape[axis + 1 :])
        return replace(self, name=shard_name(self.name, number), shape=shape), first, stop


@record(frozen=True, eq=False)
class Heading:
    """What stands over the columns.

    Parameters
    ----------
    keys : sequence of str
        Key columns of the sequences.
    time : str or None
        The column of row t's time.
    time_type : pyarrow.DataType or None
        Its type: a timestamp, int64 or float64.
    numbers : sequence of str
        The columns of the array.
    split : str or None
        The column that says which part a row belongs to.
    """

    keys: Sequence[str] = ()
    time: str | None = None
    time_type: Any = None
    numbers: Sequence[str] = ()
    split: str | None = None

    @property
    def names(self) -> list[str]:
        """All columns, first to last."""
        return [
            *([self.split] if self.split is not None else []),
            *self.keys,
            *([self.time] if self.time is not None else []),
            *self.numbers,
        ]


@record(eq=False)
class Part:
    """The samples and arrays of one part of the output: all of it, or one split."""

    recipe: Recipe
    cut: Cut
    panel: Panel
    frame: Frame
    framed: Runs
    known: Runs
    whole: Runs
    runs: Runs
    order: Ints | None
    samples: int
    classes: list[str] | None = None
    context_rows: int = 0  # rows before the part that its inputs read
    numbers: Ints | None = None  # of the samples, where they are not those of the places: with --bucket
    arrays: list[ArrayPlan] = field(default_factory=list)

    @property
    def unequal(self) -> bool:
        """Whether samples may differ in their number of real steps."""
        return self.padded or self.recipe.framing.unequal

    @property
    def padded(self) -> bool:
        """Whether samples may hold padded steps."""
        return self.recipe.framing.padding_possible or self.samples > self.runs.total

    @property
    def steps(self) -> int:
        """Real steps of all samples, where each has rows of its own."""
        total = 0
        for i in range(0, len(self.runs.first), MANY):
            runs = self.runs.chosen(slice(i, i + MANY))
            low, high = real_rows(runs, self.frame, runs.first, np.arange(len(runs.first)))
            total += int((high - low).sum())
        return total

    def array(self, role: str) -> ArrayPlan | None:
        """An array by its role."""
        return next((a for a in self.arrays if a.role == role), None)

    def named(self, role: str) -> str:
        """The name of an array of this part in the output."""
        return f"{self.cut.folder}{role}{self.cut.suffix}"


def arrays_of(part: Part, features: int) -> list[ArrayPlan]:
    """The arrays of a part whose samples are known; `features` are the columns of X."""
    recipe, panel, n, t = part.recipe, part.panel, part.samples, part.frame.timesteps
    dtype, layout, framing = np.dtype(recipe.arrays.dtype), recipe.layout, recipe.framing
    shape, axes = layout.shape_of(n, t, features, len(panel.pivot) or 1), layout.axes()
    kind = dtype
    if recipe.tokens.tokens is not None:  # ids are whole numbers, whatever numbers are
        kind = panel.features.dtype
        shape, axes = (shape, axes) if recipe.tokens.keep_feature_axis else (shape[:2], axes[:2])
    if framing.tabular:
        width = t * features + len(part.frame.targets) * (0 if panel.targets is None else panel.targets.shape[1])
        return [_array(part, "X", (n, width), dtype, ["samples", "columns"])]
    if framing.ragged:
        out = [_array(part, "values", (part.steps, features), kind, ["steps", "features"])]
        out.append(_array(part, "row_splits", (n + 1,), np.dtype(np.int64), ["samples + 1"]))
    else:
        out = _inputs(part, features, ArrayPlan(part.named("X"), shape, kind, axes, role="X"))
    if framing.target_mode == "input" and not framing.latest:
        out.append(_array(part, "y", shape, dtype, axes, same_as=None if framing.reverse_target else part.named("X")))
    elif recipe.answer == "target" and panel.targets is not None:
        out.append(_numbers(part, panel.targets.shape[1], dtype))
    elif recipe.answer == "label":
        out.append(_classes(part, dtype))
    if part.padded:
        out.append(_array(part, "lengths", (n,), np.dtype(np.int32), ["samples"]))
        out.append(_array(part, "mask", (n, t), np.dtype(bool), ["samples", "timesteps"]))
    if panel.observed is not None:
        out.append(_array(part, "observed", shape, np.dtype(bool), axes))
    if panel.static is not None:
        out.append(_array(part, "static", (n, panel.static.shape[1]), dtype, ["samples", "static"]))
    if panel.future is not None and len(part.frame.targets):
        known = (n, len(part.frame.targets), panel.future.shape[1])
        out.append(_array(part, "future", known, dtype, ["samples", "horizon", "future"]))
    return out


def _inputs(part: Part, features: int, x: ArrayPlan) -> list[ArrayPlan]:
    """X; with ``--store series`` as a view of the rows, which stand beside it with the starts of the samples."""
    if part.recipe.storing.store == "windows":
        return [x]
    dilation = part.frame.dilation
    assert dilation is not None, "uneven steps are refused by the recipe"
    series = ArrayPlan(
        f"{part.cut.folder}series", (part.panel.held, features), x.dtype, ["rows", "features"], role="series"
    )
    starts = _array(part, "starts", (part.samples,), np.dtype(np.int64), ["samples"])
    return [replace(x, view=View(series.name, starts.name, dilation)), series, starts]


def _array(
    part: Part, role: str, shape: tuple[int, ...], dtype: np.dtype[Any], axes: list[str], same_as: str | None = None
) -> ArrayPlan:
    return ArrayPlan(part.named(role), shape, dtype, axes, same_as, role)


def _numbers(part: Part, targets: int, dtype: np.dtype[Any]) -> ArrayPlan:
    framing, n, k = part.recipe.framing, part.samples, len(part.frame.targets)
    if framing.target_mode == "per-step" and framing.ragged:
        return _array(part, "y", (part.steps, targets), dtype, ["steps", "targets"])
    if framing.target_mode == "per-step":
        if part.recipe.layout.layout == "time-first":
            return _array(part, "y", (k, n, targets), dtype, ["timesteps", "samples", "targets"])
        return _array(part, "y", (n, k, targets), dtype, ["samples", "timesteps", "targets"])
    if k == 1:
        return _array(part, "y", (n, targets), dtype, ["samples", "targets"])
    if framing.flat_y:
        return _array(part, "y", (n, k * targets), dtype, ["samples", "horizon*targets"])
    return _array(part, "y", (n, k, targets), dtype, ["samples", "horizon", "targets"])


def _classes(part: Part, dtype: np.dtype[Any]) -> ArrayPlan:
    framing, n, k = part.recipe.framing, part.samples, len(part.frame.targets)
    shape: tuple[int, ...] = (n,)
    axes = ["samples"]
    if framing.target_mode == "per-step" and framing.ragged:
        shape, axes = (part.steps,), ["steps"]
    elif framing.target_mode == "per-step":
        shape, axes = (n, k), ["samples", "timesteps"]
        if part.recipe.layout.layout == "time-first":
            shape, axes = (k, n), ["timesteps", "samples"]
    elif (framing.horizon or 1) > 1:
        shape, axes = (n, k), ["samples", "horizon"]
    if framing.one_hot:
        return _array(part, "y", (*shape, len(part.classes or [])), dtype, [*axes, "classes"])
    return _array(part, "y", shape, np.dtype(np.int64), axes)


def sharded(arrays: list[ArrayPlan], size: int | None) -> list[ArrayPlan]:
    """The arrays of a part, cut at the same samples into files of at most `size` bytes of values.

    Raises
    ------
    DataError
        If a sample is larger than a file may be, or there were more files than anybody wants.
    """
    if size is None:
        return arrays
    largest = max((a for a in arrays if a.stored), key=lambda a: a.bytes // max(a.samples, 1))
    one = max(largest.bytes // max(largest.samples, 1), 1)
    if one > size:
        raise DataError(
            f"a sample of {largest.name} takes {size_of(one)}, and --shard-size is {size_of(size)}",
            fix=f"Give --shard-size {shortest(-(-one // 1024) * 1024)} or more.",
        )
    each = size // one
    if largest.samples > each * MOST:
        raise DataError(
            f"--shard-size {size_of(size)} makes {-(-largest.samples // each):,} files of each array",
            fix=f"Give --shard-size {shortest(-(-largest.bytes // (1000 << 20)) << 20)} for about a thousand.",
        )
    return [replace(a, per_shard=each) if a.stored else a for a in arrays]
