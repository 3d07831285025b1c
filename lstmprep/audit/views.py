"""X as a view of rows that are stored once: every start must leave room for a whole window of finite rows.

series   . . . . n . . .      n: a row with a missing value; no window may hold it
starts   0 1     5
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lstmprep.audit.findings import Checked
from lstmprep.audit.stored import BLOCK, Stored, blocks
from lstmprep.panel import Array


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
    bad = _rows_not_finite(series)
    held = _held(bad, np.sort(starts.values()), steps, dilation)
    if held >= 0:
        out.found(
            "finite",
            series.file.name,
            f"row {held} holds a value that is not finite, and stands in a sample",
            "Write it again with --missing drop, or fill the cells of the table first.",
        )


def _rows_not_finite(series: Stored) -> Array:
    """Numbers of the rows with a value that is not finite."""
    values = series.array()
    step = max(1, BLOCK // max(1, values.shape[1] * values.itemsize))
    found = [np.flatnonzero(~np.isfinite(values[i : i + step]).all(axis=1)) + i for i in range(0, len(values), step)]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _held(bad: Array, starts: Array, steps: int, dilation: int) -> int:
    """The first of these rows that stands in a sample, or -1."""
    for j in range(steps if len(bad) else 0):
        at = np.searchsorted(starts, bad - j * dilation)
        hit = (at < len(starts)) & (starts[np.minimum(at, len(starts) - 1)] == bad - j * dilation)
        if hit.any():
            return int(bad[np.argmax(hit)])
    return -1
