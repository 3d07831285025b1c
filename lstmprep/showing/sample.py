"""One sample: its values as (timesteps, features), its answer, its rows and times.

X as stored            (7, 3, 2), (3, 7, 2), (7, 6), ...       the axes are named in the manifest
sample K of any        (3, 2)     steps down, features across
"""

from __future__ import annotations

import os
from dataclasses import field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.errors import DataError, RecipeError
from lstmprep.records import record
from lstmprep.series import some
from lstmprep.showing.lagged import address_of, is_lagged
from lstmprep.showing.output import Output
from lstmprep.wording import shown


@record(eq=False)
class Sample:
    """What is known of one sample.

    Attributes
    ----------
    number : int
        Within its part, from 0.
    values : (timesteps, features) array
    y : array or None
        Its answer, as stored.
    mask : (timesteps,) bool or None
        False on padding.
    about : dict
        Its row of the index; empty without one.
    rows : list of (int or None)
        Row of the source of each step, from 0; None where it is padding or cannot be told.
    """

    number: int
    split: str
    values: NDArray[Any]
    y: Any = None
    mask: Any = None
    observed: Any = None
    about: dict[str, Any] = field(default_factory=dict)
    rows: list[int | None] = field(default_factory=list)


def sample_of(output: Output, number: int, split: str) -> Sample:
    """One sample of an output.

    Raises
    ------
    RecipeError
        If there is no such sample.
    DataError
        If the output has no array of steps.
    """
    if is_lagged(output):
        raise RecipeError(
            "this output is a lagged table: its samples are its rows, and have no timesteps",
            fix=f"Open {shown(os.path.basename(output.out))} itself: a row begins with its own keys and time. "
            f"One number of it is explained by --at ROW,COLUMN: {address_of(output, split)}.",
        )
    output.require_sample(number, split)
    values = values_of(output, number, split)
    mask = output.array("mask", split)
    observed = output.array("observed", split)
    about = output.index_row(number, split) or {}
    out = Sample(
        number,
        split,
        values,
        y=_answer(output, number, split),
        mask=None if mask is None or len(mask) <= number else np.asarray(mask[number]),
        observed=None if observed is None else np.asarray(observed[number]).reshape(values.shape),
        about=about,
    )
    out.rows = _rows(output, out)
    return out


def values_of(output: Output, number: int, split: str) -> NDArray[Any]:
    """(timesteps, features) of a sample, whatever the layout; padding included."""
    ragged, splits = output.array("values", split), output.array("row_splits", split)
    if ragged is not None and splits is not None:
        return np.asarray(ragged[int(splits[number]) : int(splits[number + 1])])
    x = output.array("X", split)
    if x is None:
        x, number, axes = _bucket(output, number, split)
    else:
        axes = output.axes("X", split)
    features = max(len(output.made["feature_names"]), 1)
    return shaped(np.asarray(some(x, number, axes.index("samples"))), axes, features)


def shaped(one: NDArray[Any], axes: list[str], features: int) -> NDArray[Any]:
    """One sample of any layout as (timesteps, features).

    Parameters
    ----------
    one : array
        Without the axis of samples.
    axes : list of str
        Names of the axes, that of the samples included.
    features : int

    Examples
    --------
    >>> shaped(np.array([[1, 2, 3], [4, 5, 6]]), ["samples", "features", "timesteps"], 2).tolist()
    [[1, 4], [2, 5], [3, 6]]
    """
    left = [a for a in axes if a != "samples"]
    if "features" in left and left[-1] != "features":
        one = np.moveaxis(one, left.index("features"), -1)
    return one.reshape(-1, features)


def _bucket(output: Output, number: int, split: str) -> tuple[Any, int, list[str]]:
    """(array, number within it, axes) where samples stand in arrays by length."""
    start = "X_len" if split == "all" else f"X_{split}_len"
    for name, about in output.made["arrays"].items():
        if name.startswith(start):
            n = about["shape"][about["axes"].index("samples")]
            if number < n:
                return output.data.arrays[name], number, about["axes"]
            number -= n
    raise DataError("the output has no array X", fix="Look at its arrays with lstmprep show OUT.")


def _answer(output: Output, number: int, split: str) -> Any:
    y = output.array("y", split)
    if y is None:
        return None
    axes = output.axes("y", split)
    return np.asarray(some(y, number, axes.index("samples")))


def _rows(output: Output, sample: Sample) -> list[int | None]:
    """Rows of the steps, as far as the index alone tells: steps between its ends when nothing moved a row."""
    steps = len(sample.values)
    first, last = sample.about.get("first_row"), sample.about.get("last_row")
    real = np.ones(steps, bool) if sample.mask is None else sample.mask
    if first is None or last is None or not real.any():
        return [None] * steps
    at = np.flatnonzero(real)
    out: list[int | None] = [None] * steps
    out[int(at[0])], out[int(at[-1])] = first, last
    recipe, made = output.made["recipe"], output.made
    dilation = recipe.get("dilation") or 1
    even = last - first == (len(at) - 1) * dilation and not recipe.get("lags")
    # as many rows as steps lie between the two: where no row was moved, they are these
    kept = not made["order"]["rows_out_of_order"]
    if even and kept and not recipe.get("resample") and not recipe.get("pivot"):
        for k, i in enumerate(at.tolist()):
            out[i] = first + k * dilation
    return out
