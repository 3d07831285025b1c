"""A lagged table opened again: its rows with the types they were written in.

    NAME.csv, NAME.parquet + manifest  ->  pyarrow.Table  ->  X (samples, columns)

A CSV has no types of its own: keys are text, times and numbers are what the manifest says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lstmprep.arrow import buffer, nulls
from lstmprep.errors import DataError, Where
from lstmprep.panel import Array
from lstmprep.wording import listed

SPLIT = "split"


def read_table(file: Path, made: dict[str, Any]) -> pa.Table:
    """The rows of a lagged table.

    Raises
    ------
    DataError
        If columns or rows are not those of the manifest.
    """
    numbers = _first(made).get("columns", [])
    if file.suffix == ".parquet":
        from pyarrow import parquet

        found = parquet.ParquetFile(file).read()
    else:
        found = _csv(file, made, numbers)
    if found.column_names[len(found.column_names) - len(numbers) :] != numbers:
        raise _other(file, f"the columns {listed(found.column_names)}", f"ends in {listed(numbers)}")
    if found.num_rows != made["samples"]:
        raise _other(file, f"{found.num_rows:,} rows", f"has {made['samples']:,}")
    if divided(made) and found.column_names[0] != SPLIT:
        raise _other(file, f"the columns {listed(found.column_names)}", f"begins with {SPLIT}")
    return found


def divided(made: dict[str, Any]) -> bool:
    """Whether the first column says which part of a split a row belongs to."""
    return list(made["splits"]) != ["all"]


def _first(made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(iter(made["arrays"].values()))
    return found


def _other(file: Path, holds: str, says: str) -> DataError:
    return DataError(
        f"the file holds {holds}, and the manifest says it {says}",
        fix="Write the output again.",
        where=Where(file=str(file)),
    )


def _csv(file: Path, made: dict[str, Any], numbers: list[str]) -> pa.Table:
    from pyarrow import csv

    kind = _first(made)["dtype"]
    types = dict.fromkeys(numbers, pa.float64() if kind == "float64" else pa.float32())
    types |= dict.fromkeys([*made["sequences"]["keys"], *([SPLIT] if divided(made) else [])], pa.string())
    order = made["order"]
    if order["time"]:
        of = {"integer": pa.int64(), "number": pa.float64()}
        types["_".join(order["time"])] = of.get(order["kind"]) or pa.timestamp(order["unit"], tz=order["zone"])
    found = csv.read_csv(
        file,
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=False),
    )
    if kind != "float16":
        return found
    schema = pa.schema([(f.name, pa.float16() if f.name in numbers else f.type) for f in found.schema])
    return pa.table(
        [_half(c) if n in numbers else c for n, c in zip(found.column_names, found.columns, strict=True)], schema
    )


def _half(column: pa.ChunkedArray) -> pa.Array:
    return pa.Array.from_buffers(pa.float16(), len(column), [None, pa.py_buffer(_numbers(column).astype(np.float16))])


def numbers_of(table: pa.Table, about: dict[str, Any], part: str | None = None) -> Array:
    """(samples, columns) the numbers of a table, a missing one as NaN; of one part of a split.

    Raises
    ------
    DataError
        If the part has not the rows that the manifest says.
    """
    if part is not None:
        from pyarrow import compute

        table = table.filter(compute.equal(table.column(SPLIT), part))
    if table.num_rows != about["shape"][0]:
        raise DataError(
            f"the file holds {table.num_rows:,} rows of {part}, and the manifest says it has {about['shape'][0]:,}",
            fix="Write the output again.",
        )
    out = np.empty(tuple(about["shape"]), about["dtype"])
    for j, name in enumerate(about["columns"]):
        out[:, j] = _numbers(table.column(name))
    return out


def _numbers(column: pa.ChunkedArray) -> Array:
    array = column.combine_chunks()
    array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    found = buffer(array, str(array.type.to_pandas_dtype().__name__))
    gone = nulls(array)
    return found if gone is None else np.where(gone, np.array(np.nan, found.dtype), found)
