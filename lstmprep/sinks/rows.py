"""A table of rows as one file, block by block: CSV or Parquet, whole under its name or absent.

    batches -> pred.csv, in one step, when every row is there

CSV: numbers are the shortest text that reads back as the same number, times ISO 8601, an unknown value an empty cell.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute

from lstmprep.arrow import arrow_of, buffer, matches, nulls, text
from lstmprep.errors import RecipeError
from lstmprep.sinks.parquet import parquet_writer
from lstmprep.sinks.single import FilePlace
from lstmprep.sinks.whole import put
from lstmprep.wording import quoted, shown

SPECIAL = r"[\",\r\n]|^\s|\s$"
Batches = Iterator[pa.RecordBatch]


def kind_of_rows(name: str) -> str:
    """``csv`` or ``parquet``, by the name of the file.

    Raises
    ------
    RecipeError
        If it is neither.
    """
    suffix = os.path.splitext(name)[1].lower()
    if suffix in (".csv", ".parquet"):
        return suffix[1:]
    stem = shown(os.path.splitext(name)[0] or "pred")
    raise RecipeError(
        f"--output {quoted(name)}: a table is written as .csv or .parquet",
        fix=f"Give {stem}.csv, {stem}.parquet, or - for CSV on standard output.",
    )


def write_rows(stream: Any, kind: str, schema: pa.Schema, batches: Batches) -> None:
    """Write all rows to a stream."""
    if kind == "csv":
        first = io.StringIO()
        csv.writer(first, lineterminator="\n").writerow(schema.names)
        put(stream, first.getvalue().encode())
        for batch in batches:
            cells = [_cells(batch.column(i)) for i in range(batch.num_columns)]
            lines = compute.binary_join_element_wise(*cells, text(","))
            ends = arrow_of(np.array([0, len(lines)], np.int32))
            put(stream, compute.binary_join(pa.ListArray.from_arrays(ends, lines), text("\n"))[0].as_buffer())
            put(stream, b"\n")
        return
    coded = [f.name for f in schema if pa.types.is_string(f.type)]
    with parquet_writer(stream, schema, use_dictionary=coded, compression="none") as writer:
        for batch in batches:
            writer.write_table(pa.Table.from_batches([batch]))


def _cells(column: pa.Array) -> pa.Array:
    """The texts of one column; what is unknown is empty."""
    kind = column.type
    if pa.types.is_string(kind):
        found = _safe(column)
    elif pa.types.is_timestamp(kind):
        found = _instants(column)
    else:
        found = column.cast(pa.string())
        if pa.types.is_floating(kind):
            found = compute.if_else(compute.is_nan(column), text(""), found)
    return compute.fill_null(found, text("")) if found.null_count else found


def _safe(column: pa.Array) -> pa.Array:
    """Texts as cells: in quotes where a comma, a quote or an outer blank needs them."""
    if not matches(column, SPECIAL).any():
        return column
    doubled = compute.replace_substring(column, '"', '""')
    around = compute.binary_join_element_wise(text('"'), doubled, text('"'), text(""))
    return compute.if_else(compute.match_substring_regex(column, SPECIAL), around, column)


def _instants(column: pa.Array) -> pa.Array:
    """ISO 8601 to the second, or finer where a time needs it: ``2024-01-05T06:00:00Z``."""
    unit, zone = column.type.unit, column.type.tz is not None
    when = np.array(buffer(column, "i8"))
    gone = nulls(column)
    per = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    real = when if gone is None else when[~gone]
    whole = not (real % per).any()
    found = np.datetime_as_string(when.view(f"M8[{unit}]"), unit="s" if whole else unit, casting="unsafe")
    raw = np.ascontiguousarray(found).view(np.uint32).reshape(len(found), -1).astype(np.uint8)
    if zone:
        raw = np.concatenate([raw, np.full((len(raw), 1), ord("Z"), np.uint8)], axis=1)
    ends = np.concatenate([[0], np.cumsum((raw > 0).sum(axis=1))]).astype(np.int32)
    made = pa.Array.from_buffers(pa.string(), len(raw), [None, pa.py_buffer(ends), pa.py_buffer(raw[raw > 0])])
    return made if gone is None else compute.if_else(arrow_of_flags(~gone), made, text(""))


def arrow_of_flags(where: Any) -> pa.Array:
    """Booleans as an Arrow array."""
    from lstmprep.arrow import mask

    return mask(where)


class RowsPlace(FilePlace):
    """Where a table of rows goes.

    Parameters
    ----------
    name : str
        Ends in ``.csv`` or ``.parquet``.
    inputs : list of str
        Paths that may not be overwritten.
    overwrite : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    RecipeError
        If it is no name of a table.
    StorageError
        If the place cannot take it, or holds a file already.
    """

    def __init__(self, name: str, inputs: list[str], *, overwrite: bool) -> None:
        self.kind = kind_of_rows(name)
        super().__init__(name, inputs, overwrite=overwrite)
