"""X as a view of rows that are stored once: every start must leave room for a whole window of finite rows.

series   . . . . n . . .      n: a row with a missing value; no window may hold it
so far   0 0 0 0 1 1 1 1      such rows up to here: a window holds one where the number rises inside it
starts   0 1     5
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from lstmprep.audit.findings import Checked
from lstmprep.audit.stored import BLOCK, Stored, blocks
from lstmprep.panel import Array
from lstmprep.stores import RowStore


def view_of_rows(name: str, about: dict[str, Any], series: Stored, starts: Stored, out: Checked) -> None:
    """Find starts that lead out of the rows, shapes that do not follow, and windows that hold a value that is not finite.

    Parameters
    ----------
    name : str
        The array that is a view.
    about : dict
        What the manifest says of it.
    series, starts : Stored
        The rows once, and the first row of each sample.
    out : Checked
    """
    samples, steps, features = about["shape"] if len(about["shape"]) == 3 else (0, 0, 0)
    dilation = about["view"]["dilation"]
    where = starts.file.name
    if len(series.shape) != 2 or (samples, features) != (starts.count, series.shape[-1]):
        out.found(
            "shape",
            f"manifest.arrays.{name}",
            f"shape {tuple(about['shape'])}, and {series.file.name} is {series.shape}, {where} {starts.shape}",
        )
        return
    last = series.shape[0] - (steps - 1) * dilation - 1
    for first, block in blocks(starts.values()):
        wrong = (block < 0) | (block > last)
        if wrong.any():
            at = int(np.argmax(wrong))
            out.found(
                "index", where, f"sample {first + at} starts at row {int(block[at])}, and the last start is row {last}"
            )
            return
    row = _held(series, starts, steps, min(dilation, max(series.shape[0], 1)))
    if row >= 0:
        out.found(
            "finite",
            series.file.name,
            f"row {row} holds a value that is not finite, and stands in a sample",
            "Write it again with --missing drop, or fill the cells of the table first.",
        )


def _held(series: Stored, starts: Stored, steps: int, dilation: int) -> int:
    """The first row with a value that is not finite in the first sample that holds one, or -1."""
    if not any(bad.any() for bad in _not_finite(series, dilation)):
        return -1
    so_far = _counted(series, dilation)
    for _, block in blocks(starts.values()):
        before = np.where(block < dilation, 0, so_far[np.maximum(block - dilation, 0)])
        hit = so_far[block + (steps - 1) * dilation] > before
        if hit.any():
            at = int(np.argmax(hit))
            rows = int(block[at]) + dilation * np.arange(steps)
            return int(rows[np.argmax(so_far[rows] > before[at])])
    return -1


def _not_finite(series: Stored, dilation: int) -> Iterator[Array]:
    """Which rows hold a value that is not finite, some whole multiples of `dilation` rows at a time."""
    values = series.array()
    step = max(1, BLOCK // max(1, values.shape[1] * values.itemsize) // dilation) * dilation
    for i in range(0, len(values), step):
        yield np.asarray(~np.isfinite(values[i : i + step]).all(axis=1))


def _counted(series: Stored, dilation: int) -> Array:
    """(rows,) how many of a row, and of those 1, 2, ... times `dilation` before it, hold such a value."""
    store, carried = RowStore(0, np.int64), np.zeros(dilation, np.int64)
    for bad in _not_finite(series, dilation):
        lanes = np.append(bad, np.zeros(-len(bad) % dilation, bool)).reshape(-1, dilation)
        counts = np.cumsum(lanes, axis=0) + carried
        carried = counts[-1]
        store.append(counts.reshape(-1)[: len(bad)])
    return store.view()
