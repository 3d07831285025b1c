"""Rows that were predicted more than once get the mean of their predictions.

    sample 0     step 1 2 3          row   3 4 5 6
    sample 1          step 1 2 3     mean  a b c d     of 1, 2, 2 and 1 predictions

Sums are kept per row of the table, in files without a name when there are many.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from lstmprep.arrow import arrow_of, texts
from lstmprep.errors import DataError, RecipeError
from lstmprep.inverse.measure import Errors
from lstmprep.inverse.rows import Inversion, Located, narrowed
from lstmprep.loaders.index import Block, key_numbers
from lstmprep.panel import Array

SMALL = 1 << 20  # bytes of a column that stay in memory


class Combined:
    """Predictions with one row per predicted row and target.

    Parameters
    ----------
    one : Inversion
        Every prediction on its own.

    Raises
    ------
    RecipeError
        If the predictions are classes: there is no mean of those.
    """

    def __init__(self, one: Inversion) -> None:
        if one.asked.classes is not None:
            raise RecipeError(
                "--combine mean has no mean of classes",
                fix="Leave --combine out, or take the mean of the scores before the classes.",
            )
        self.one, self.rows, self.unplaced = one, 0, 0
        self.errors = Errors(one.asked.names, 1) if one.errors is not None else None
        times = [one.time_type] if one.time_type is not None else []
        fields = [("split", pa.string()), *((k, pa.string()) for k in one.keys), ("target_row", pa.int64())]
        fields += [*(("target_time", t) for t in times), ("target", pa.string()), ("predictions", pa.int64())]
        fields += [("prediction", one.value_type)]
        self.schema = pa.schema([*fields, *([("actual", one.actual_type)] if self.errors else [])])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, part by part, in the order of sequence and time.

        Raises
        ------
        DataError
            If rows between the first and the last step are not known.
        """
        part = ""
        sums: _Sums | None = None
        for block in self.one.blocks():
            if sums is None or block.split != part:
                if sums is not None:
                    yield from self._made(part, sums)
                part, sums = block.split, _Sums(self.one)
            sums.add(block, self.one.located(block))
        if sums is not None:
            yield from self._made(part, sums)

    def _made(self, part: str, sums: _Sums) -> Iterator[pa.RecordBatch]:
        one, names = self.one, self.one.asked.names
        rows = np.flatnonzero(sums.count)
        place = rows if sums.times is None else sums.times[rows]
        rows = rows[np.lexsort((place, sums.key[rows]))]
        keys = list(one.ids)
        for i in range(0, len(rows), 1 << 15):
            some = rows[i : i + (1 << 15)]
            wide, target = np.repeat(some, len(names)), np.tile(np.arange(len(names)), len(some))
            mean = sums.sum[some] / sums.count[some][:, None]
            columns: dict[str, Any] = {
                "split": texts([part]).take(arrow_of(np.zeros(len(wide), np.int64))),
                "target_row": arrow_of(wide),
                "target": texts(names).take(arrow_of(target)),
                "predictions": arrow_of(sums.count[wide]),
                "prediction": narrowed(mean.ravel(), one.value_type),
            }
            for j, name in enumerate(one.keys):
                columns[name] = texts([key[j] for key in keys]).take(arrow_of(sums.key[wide]))
            if sums.times is not None:
                columns["target_time"] = arrow_of(sums.times[wide], one.time_type)
            if self.errors is not None and sums.actual is not None:
                actual = sums.actual[some]
                self.errors.add(mean[:, None, :], actual[:, None, :])
                columns["actual"] = narrowed(actual.ravel(), one.actual_type, ~np.isnan(actual.ravel()))
            self.rows += len(wide)
            yield pa.RecordBatch.from_arrays([columns[f.name] for f in self.schema], schema=self.schema)


class _Sums:
    """What is known of every row of the table."""

    def __init__(self, one: Inversion) -> None:
        n, m = one.made["rows"]["read"], len(one.asked.names)
        self.one = one
        self.count, self.key = _column((n,), np.int64), _column((n,), np.int64)
        self.sum = _column((n, m), np.float64)
        self.actual = _column((n, m), np.float64) if one.errors is not None else None
        floating = one.time_type is not None and pa.types.is_floating(one.time_type)
        self.times = None if one.time_type is None else _column((n,), np.float64 if floating else np.int64)

    def add(self, block: Block, found: Located) -> None:
        """Take in the predictions of some samples."""
        unknown = found.real & ((found.rows < 0) | (~found.timed if self.times is not None else False))
        if unknown.any():
            raise DataError(
                "the rows between the first and the last step are not known from the index alone",
                fix="Give the table that the output was made from with --table FILE.",
            )
        at = np.nonzero(found.real)
        rows = found.rows[at]
        predicted = self.one.predicted(block)[at]
        np.add.at(self.sum, rows, predicted)
        np.add.at(self.count, rows, 1)
        self.key[rows] = key_numbers(block.table, self.one.keys, self.one.ids)[at[0]]
        if self.times is not None:
            self.times[rows] = found.times[at]
        if self.actual is not None:
            self.actual[rows] = self.one.happened(block, found)[at]


def _column(shape: tuple[int, ...], dtype: Any) -> Array:
    """Zeros, in a file without a name when there are many."""
    size = int(np.prod(shape, dtype=object)) * np.dtype(dtype).itemsize
    if size <= SMALL:
        return np.zeros(shape, dtype)
    with tempfile.TemporaryFile() as file:
        file.truncate(size)
        return np.memmap(file, dtype, "r+", shape=shape)
