"""The lagged table as a file of rows: CSV or Parquet, block by block.

    split, keys, time of row t        then the numbers, in the order of their names
    train, s1, 2024-01-05T00:00:00    0.5, 0.25, 1

CSV: numbers are the shortest text that reads back as the stored type, times are ISO 8601 in the
coarsest unit that holds them all, keys their own text, a missing value an empty cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute

from lstmprep.arrow import arrow_of, matches, text, texts
from lstmprep.digest import Digest
from lstmprep.execute import Filler
from lstmprep.plan import Plan
from lstmprep.sinks.parquet import parquet_writer
from lstmprep.sinks.whole import put

Progress = Callable[[int, int], None]
GROUP = 1 << 20  # values of a row group
UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
SPECIAL = r"[\",\r\n]|^\s|\s$"


def schema_of(plan: Plan) -> pa.Schema:
    """The columns with their types."""
    kind = pa.from_numpy_dtype(plan.arrays[0].dtype)
    split = [plan.heading.split] if plan.heading.split is not None else []
    fields = [(name, pa.string()) for name in (*split, *plan.heading.keys)]
    fields += [(plan.heading.time, plan.heading.time_type)] if plan.heading.time is not None else []
    return pa.schema([*fields, *((name, kind) for name in plan.heading.numbers)])


def batches(plan: Plan, progress: Progress | None = None) -> Iterator[pa.RecordBatch]:
    """The table, block by block."""
    schema, done = schema_of(plan), 0
    for part in plan.parts:
        filler, panel, at = Filler(part), part.panel, 0
        reach = max(part.recipe.framing.lags)
        for block in filler.blocks(part.arrays[0]):
            starts, run, _ = filler.starts(at, at + len(block))
            who = arrow_of(part.runs.sequence[run])
            columns: list[Any] = [named.take(who) for named in panel.keys.values()]
            if plan.heading.split is not None:
                columns.insert(0, pa.repeat(pa.scalar(part.cut.folder + part.cut.name), len(block)))
            if plan.heading.time is not None:
                assert panel.times is not None
                columns.append(arrow_of(panel.times[starts + reach], plan.heading.time_type))
            columns += [
                arrow_of(column) for column in np.array(block.T, order="C")
            ]  # the block is filled again: a copy
            yield pa.RecordBatch.from_arrays(columns, schema=schema)
            at += len(block)
            done += block.nbytes
            if progress is not None:
                progress(done, plan.bytes)


class _Told:
    """A stream that keeps the digest of what went through."""

    def __init__(self, stream: Any, kind: str) -> None:
        self.stream, self.digest, self.closed = stream, Digest(kind), False

    def write(self, data: Any) -> int:
        """All of the bytes."""
        self.digest.update(memoryview(data).cast("B"))
        return put(self.stream, data)

    def flush(self) -> None:
        """The stream has no buffer of its own."""

    def close(self) -> None:
        """The stream stays open: it is the caller's."""


def write_parquet(stream: Any, plan: Plan, progress: Progress | None = None) -> str:
    """The table as Parquet; the digest of the bytes."""
    told, schema = _Told(stream, plan.recipe.arrays.digest), schema_of(plan)
    coded = [n for n in plan.heading.names if n in plan.heading.keys or n == plan.heading.split]
    rows = max(1, GROUP // max(len(schema), 1))
    with parquet_writer(pa.PythonFile(told, "w"), schema, use_dictionary=coded, compression="none") as writer:
        waiting = schema.empty_table()
        for batch in batches(plan, progress):
            waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
            full = len(waiting) - len(waiting) % rows  # groups of one size, whatever the blocks
            if full:
                writer.write_table(waiting.slice(0, full), row_group_size=rows)
                waiting = waiting.slice(full)
        if len(waiting):
            writer.write_table(waiting)
    return told.digest.text()


def as_table(plan: Plan) -> pa.Table:
    """The table in memory."""
    return pa.Table.from_batches(list(batches(plan)), schema=schema_of(plan))


def write_csv(stream: Any, plan: Plan, progress: Progress | None = None) -> str:
    """The table as CSV; the digest of the bytes."""
    told = _Told(stream, plan.recipe.arrays.digest)
    first = io.StringIO()
    csv.writer(first, lineterminator="\n").writerow(plan.heading.names)
    told.write(first.getvalue().encode())
    unit = _unit(plan, plan.heading.time_type) if plan.heading.time is not None else ""
    for batch in batches(plan, progress):
        cells = [_cells(batch.column(i), unit) for i in range(batch.num_columns)]
        if len(cells) == 1:  # a line with nothing on it would be no row
            cells[0] = compute.replace_substring_regex(cells[0], "^$", '""')
        lines = compute.binary_join_element_wise(*cells, text(","))
        told.write(compute.binary_join(_one_list(lines), text("\n"))[0].as_buffer())
        told.write(b"\n")
    return told.digest.text()


def _one_list(lines: pa.Array) -> pa.Array:
    """All texts as one list."""
    ends = arrow_of(np.array([0, len(lines)], np.int32))
    return pa.ListArray.from_arrays(ends, lines)


def _cells(column: pa.Array, unit: str) -> pa.Array:
    """The texts of one column."""
    kind = column.type
    if pa.types.is_string(kind):
        return _safe(column)
    if pa.types.is_timestamp(kind):
        return _instants(column, unit)
    if pa.types.is_float16(kind):
        bits = np.frombuffer(column.buffers()[1], np.uint16)[column.offset : column.offset + len(column)]
        return _halves().take(arrow_of(bits))
    found = column.cast(pa.string())
    return compute.if_else(compute.is_nan(column), text(""), found) if pa.types.is_floating(kind) else found


def _safe(column: pa.Array) -> pa.Array:
    """Texts as cells: in quotes where a comma, a quote or an outer blank needs them."""
    if not matches(column, SPECIAL).any():
        return column
    doubled = compute.replace_substring(column, '"', '""')
    around = compute.binary_join_element_wise(text('"'), doubled, text('"'), text(""))
    return compute.if_else(compute.match_substring_regex(column, SPECIAL), around, column)


@cache
def _halves() -> pa.Array:
    """The text of every float16, by its bits."""
    every = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    found = [str(v).removesuffix(".0") for v in every]  # once a run, 65,536 values
    return texts(["" if v == "nan" else v for v in found])


def _unit(plan: Plan, kind: Any) -> str:
    """The coarsest unit that holds every time: ``D`` for dates without a zone, else s, ms, us or ns."""
    times = plan.panel.times
    if not pa.types.is_timestamp(kind) or times is None:
        return ""
    per = UNITS[kind.unit]
    finer = {"D": 86400 * per, **{unit: per // n for unit, n in UNITS.items() if n <= per}}
    if kind.tz is not None:
        del finer["D"]
    starts = range(0, len(times), GROUP)
    return next(
        u for u, size in finer.items() if size == 1 or not any((times[i : i + GROUP] % size).any() for i in starts)
    )


def _instants(column: pa.Array, unit: Any) -> pa.Array:
    """ISO 8601: ``2024-01-05``, ``2024-01-05T06:00:00Z``."""
    own = column.type.unit
    when: Any = np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column)]
    found = np.datetime_as_string(when.view(f"M8[{own}]"), unit=unit, casting="unsafe")
    raw = np.ascontiguousarray(found).view(np.uint32).reshape(len(found), -1).astype(np.uint8)
    if column.type.tz is not None:
        raw = np.concatenate([raw, np.full((len(raw), 1), ord("Z"), np.uint8)], axis=1)
    ends = np.concatenate([[0], np.cumsum((raw > 0).sum(axis=1))]).astype(np.int32)
    return pa.Array.from_buffers(pa.string(), len(raw), [None, pa.py_buffer(ends), pa.py_buffer(raw[raw > 0])])
