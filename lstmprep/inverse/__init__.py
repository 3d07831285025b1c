"""Predictions back to rows, times, groups, classes and original units.

    predictions [N, K, M] + index + fitted numbers -> split, sample, keys, origin_row, origin_time, step,
                                                      target_row, target_time, target, prediction, actual

One row per sample, step and target, block by block; with ``combine="mean"`` one row per predicted row.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from lstmprep.earlier import recipe_of
from lstmprep.errors import DataError, RecipeError, StorageError, Where
from lstmprep.inverse import lagged
from lstmprep.inverse.asked import Asked, Predictions, asked_of
from lstmprep.inverse.back import Back
from lstmprep.inverse.combine import Combined
from lstmprep.inverse.live import live_of
from lstmprep.inverse.rows import Inversion
from lstmprep.inverse.truth import truth_of
from lstmprep.loaders.arrays import Prepared
from lstmprep.loaders.batches import array_name
from lstmprep.panel import Array
from lstmprep.stores import Shelf
from lstmprep.wording import counted, listed, quoted, shown

__all__ = ["Combined", "Inversion", "inverse_of", "inversion"]


def inverse_of(
    data: Prepared,
    pred: Any,
    *,
    split: str | None = None,
    table: Any = None,
    combine: str = "none",
    shelf: Shelf | None = None,
    reading: Mapping[str, Any] | None = None,
) -> Inversion | Combined:
    """Prepare the way back of predictions for an output that is open.

    Parameters
    ----------
    data : Prepared
    pred : path or array
    split, table, combine, shelf, reading
        As in `inversion`.
    """
    if isinstance(pred, (str, os.PathLike)):
        name, values = os.fspath(pred), opened(os.fspath(pred))
    else:
        name, values = "predictions", np.asarray(pred)
    if (data.manifest.get("recipe") or {}).get("command") == "lag":
        index: Any = lagged.index_of(data)
    else:
        index = data.index_path if data.index_path is not None and data.index_path.is_file() else data.index()
    return inversion(
        data.manifest, data.arrays, index, values,
        name=name, split=split, table=table, combine=combine, shelf=shelf, reading=reading,
    )  # fmt: skip


def opened(path: str) -> Array:
    """A ``.npy`` as a memory map, never unpickled.

    Raises
    ------
    StorageError
        If it cannot be read.
    DataError
        If it is no array of numbers.
    """
    try:
        with open(path, "rb") as stream:
            magic = stream.read(6)
        if magic != b"\x93NUMPY":
            raise DataError("this is no .npy file", fix="Save the predictions with numpy.save.", where=Where(file=path))
        found: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise StorageError.from_os(error, "read it", where=Where(file=path)) from error
    except (ValueError, EOFError, SyntaxError, RecursionError, MemoryError, TypeError) as error:
        raise DataError(
            f"this is no .npy file of numbers: {shown(error, 120)}",
            fix="Save the predictions with numpy.save.",
            where=Where(file=path),
        ) from error
    return found


def inversion(
    made: dict[str, Any],
    arrays: Any,
    index: Any,
    pred: Array,
    *,
    name: str = "predictions",
    split: str | None = None,
    table: Any = None,
    combine: str = "none",
    shelf: Shelf | None = None,
    reading: Mapping[str, Any] | None = None,
) -> Inversion | Combined:
    """Prepare the way back of some predictions.

    Parameters
    ----------
    made : dict
        The manifest of the output that was predicted.
    arrays : mapping of str to array
        Its arrays.
    index : path or pyarrow.Table
        Its index.
    pred : array
        Predictions of every sample of one part, in the order of X.
    name : str
        What the predictions are called in a message.
    split : str or None
        The part that was predicted; None for an output of one part, or predictions of all parts.
    table : path, paths, table or None
        Where the true values stand.
    combine : {"none", "mean"}
        Whether rows that were predicted more than once get one row, the mean.
    shelf : Shelf or None
        Where rows of the table are kept.
    reading : mapping of str to value, or None
        Settings of `earlier.READING` in which the table differs from that of the output.

    Raises
    ------
    LstmprepError
        If the predictions are none of these samples, or the table lacks the targets.
    """
    if combine not in ("none", "mean"):
        raise RecipeError(f"--combine {quoted(combine)} is not one of its choices", fix="The choices are none, mean.")
    recipe = recipe_of(made)
    asked = asked_of(made, recipe)
    chosen = _parts(made, asked, pred, split, name)
    beside = recipe.command == "lag"
    if reading and table is None:
        raise RecipeError(
            f"{listed(['--' + n.replace('_', '-') for n in reading])} says how --table is read, and there is none",
            fix="Name the table with the true values, --table FILE, or leave it out.",
        )
    read_as = recipe_of(made, reading) if reading else recipe
    truth = truth_of(table, read_as, made, shelf or Shelf(), asked.names) if table is not None else None
    actual = {}
    if truth is None:
        for part in chosen:
            y = array_name("y", part)
            found = lagged.answers_of(arrays, made, recipe, part) if beside else arrays.get(y)
            if found is not None:
                actual[part] = Predictions(found, asked, made["splits"][part]["samples"], y)
    back = Back(made, asked, lagged.stands_on(made, truth) if beside else live_of(made, recipe, truth))
    one = (lagged.Lagged if beside else Inversion)(made, recipe, asked, index, chosen, actual, truth, back)
    return Combined(one) if combine == "mean" else one


def _parts(made: dict[str, Any], asked: Asked, pred: Array, split: str | None, name: str) -> dict[str, Predictions]:
    """Predictions of each part that they are of."""
    sizes = {part: about["samples"] for part, about in made["splits"].items()}
    if split is not None:
        if split not in sizes:
            raise RecipeError(f"there is no split {quoted(split)}", fix=f"The splits are {listed(list(sizes))}.")
        return {split: Predictions(pred, asked, sizes[split], name)}
    if len(sizes) == 1:
        part = next(iter(sizes))
        return {part: Predictions(pred, asked, sizes[part], name)}
    have = pred.shape[0] if pred.ndim else 0
    fits = [part for part, n in sizes.items() if n == have]
    told = ", ".join(f"{part} {counted(n, 'sample')}" for part, n in sizes.items())
    raise DataError(
        f"the predictions are of {counted(have, 'sample')}, and the output has several parts: {told}",
        fix=f"Say which part was predicted: --split {fits[0] if fits else 'test'}.",
        where=Where(file=name),
    )
