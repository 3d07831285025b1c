"""Predictions of one output on their way back: one row per sample, step and target, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Any

import numpy as np
import pyarrow as pa

from lstmprep.arrow import arrow_of, texts
from lstmprep.framing.frame import Flags, Ints
from lstmprep.inverse.asked import Asked, Predictions
from lstmprep.inverse.back import Back
from lstmprep.inverse.measure import Errors
from lstmprep.inverse.places import Line, between, line_of
from lstmprep.inverse.truth import Truth
from lstmprep.loaders.index import Block, batches_of, blocks, key_numbers
from lstmprep.panel import Array
from lstmprep.recipe import Recipe
from lstmprep.records import record

ROWS = 1 << 16  # rows of a block of the table that is made


@record(frozen=True, eq=False)
class Located:
    """Where the answers of some samples stand: (samples, steps) each.

    Parameters
    ----------
    rows : int64
        Rows of the table, -1 where not known.
    times : int64 or float64
    timed, real : bool
        Whose time is known, and which steps are no padding.
    """

    rows: Ints
    times: Array
    timed: Flags
    real: Flags


@record(eq=False)
class Inversion:
    """Predictions on their way back: the columns there will be, and the rows block by block.

    Attributes
    ----------
    schema : pyarrow.Schema
    errors : Errors or None
        Filled while blocks are taken; None when no true value is known.
    rows : int
        Rows made so far.
    unplaced : int
        Rows made so far that do not say which row of the table they predict, though it has them.
    """

    made: dict[str, Any]
    recipe: Recipe
    asked: Asked
    index: Any
    parts: dict[str, Predictions]
    actual: dict[str, Predictions]
    truth: Truth | None
    back: Back
    schema: pa.Schema = field(init=False)
    errors: Errors | None = field(init=False)
    rows: int = 0
    unplaced: int = 0

    def __post_init__(self) -> None:
        self.keys = list(self.made["sequences"]["keys"])
        self.ids: dict[tuple[str, ...], int] = {}
        self.time_type = _time_type(self.index)
        self._line = self._lined()
        known = self.truth is not None or bool(self.actual)
        self.errors = (
            Errors(self.asked.names, self.asked.steps, classes=self.asked.classes is not None) if known else None
        )
        self.schema = self._schema(known=known)

    def _schema(self, *, known: bool) -> pa.Schema:
        times = [self.time_type] if self.time_type is not None else []
        fields = [("split", pa.string()), ("sample", pa.int64()), *((k, pa.string()) for k in self.keys)]
        fields += [("origin_row", pa.int64()), *(("origin_time", t) for t in times)]
        fields += [("step", pa.int32()), ("target_row", pa.int64()), *(("target_time", t) for t in times)]
        fields += [("target", pa.string()), ("prediction", self.value_type)]
        fields += [("probability", pa.float64())] if any(p.scored for p in self.parts.values()) else []
        return pa.schema([*fields, *([("actual", self.actual_type)] if known else [])])

    @property
    def value_type(self) -> pa.DataType:
        """The type of a prediction: names of classes, or numbers as wide as they were given."""
        if self.asked.classes is not None:
            return pa.string()
        narrow = all(p.values.dtype in (np.float32, np.float16) for p in self.parts.values())
        return pa.float32() if narrow and not self.back.computes else pa.float64()

    @property
    def actual_type(self) -> pa.DataType:
        """The type of what happened."""
        if self.asked.classes is not None:
            return pa.string()
        narrow = self.truth is None and all(p.values.dtype in (np.float32, np.float16) for p in self.actual.values())
        return pa.float32() if narrow and not self.back.computes else pa.float64()

    def _lined(self) -> Line | None:
        """Rows in the order of time, where steps between the first and the last one must be counted on them."""
        if self.asked.steps <= 2 or (self.time_type is None and not self.made["order"]["sorted"]):
            return None
        if self.truth is not None and self.truth.same:
            return self.truth.line
        spans = ("first", "last") if self.asked.inputs else ("target_first", "target_last")
        return line_of(batches_of(self.index), self.keys, spans)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, in the order of the samples."""
        for block in self.blocks():
            made = self._batch(block)
            if made.num_rows:
                self.rows += made.num_rows
                yield made

    def blocks(self) -> Iterator[Block]:
        """The index of the parts that were predicted, some samples at a time."""
        size = max(1, ROWS // (self.asked.steps * len(self.asked.names)))
        for block in blocks(batches_of(self.index)):
            if block.split in self.parts:
                for i in range(0, block.rows, size):
                    yield Block(block.split, block.first + i, block.table.slice(i, size))

    def located(self, block: Block) -> Located:
        """Rows and times of the answers of some samples."""
        rows, real = self._rows(block)
        times, timed = self._times(block, rows)
        return Located(rows, times, timed, real & block.real()[:, None])

    def origin(self, block: Block) -> tuple[Ints, Any]:
        """(samples,) the last row of the inputs, and its time where there are times."""
        rows = block.ints("last_row")
        assert rows is not None
        return rows, block.table.column("last_time") if self.time_type is not None else None

    def _batch(self, block: Block) -> pa.RecordBatch:
        asked, n, found = self.asked, block.rows, self.located(block)
        axes = np.meshgrid(np.arange(n), np.arange(asked.steps), np.arange(len(asked.names)), indexing="ij")
        sample, step, target = (v.ravel() for v in axes)
        keep = found.real[sample, step]
        sample, step, target = sample[keep], step[keep], target[keep]
        at = arrow_of(sample)
        origin, since = self.origin(block)
        here = found.rows[sample, step]
        if block.ints("first_row" if asked.inputs else "target_first_row") is not None:
            self.unplaced += int((here < 0).sum())
        columns: dict[str, Any] = {
            "split": texts([block.split]).take(arrow_of(np.zeros(len(sample), np.int64))),
            "sample": arrow_of(sample + block.first),
            **{name: self.key_column(block, name).take(at) for name in self.keys},
            "origin_row": arrow_of(origin[sample], None, origin[sample] >= 0),
            "step": arrow_of((step + 1).astype(np.int32)),
            "target_row": arrow_of(here, None, here >= 0),
            "target": texts(asked.names).take(arrow_of(target)),
        }
        if self.time_type is not None:
            columns["origin_time"] = since.take(at)
            columns["target_time"] = arrow_of(found.times[sample, step], self.time_type, found.timed[sample, step])
        values = self._classes if asked.classes is not None else self._numbers
        columns |= values(block, found, (sample, step, target))
        return pa.RecordBatch.from_arrays([columns[f.name] for f in self.schema], schema=self.schema)

    @staticmethod
    def key_column(block: Block, name: str) -> pa.Array:
        """(samples,) texts of a key column."""
        column = block.table.column(name)
        return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column

    def _rows(self, block: Block) -> tuple[Ints, Flags]:
        """(samples, steps) rows of the answers, -1 where not known, and which of them are no padding."""
        asked, n = self.asked, block.rows
        span = ("first_row", "last_row") if asked.inputs else ("target_first_row", "target_last_row")
        first, last = (block.ints(name) for name in span)
        if first is None or last is None:
            return np.full((n, asked.steps), -1), np.ones((n, asked.steps), bool)
        if asked.steps == 1:
            return last[:, None], np.ones((n, 1), bool)
        return between(
            first, last, asked.offsets,
            steps=block.ints("steps") if asked.per_step or asked.inputs else None,
            side=(self.made["padding"] or {}).get("side"), rising=not self.made["order"]["sorted"], line=self._line,
        )  # fmt: skip

    def _times(self, block: Block, rows: Ints) -> tuple[Array, Flags]:
        """(samples, steps) times of those rows, and where they are known."""
        known = np.zeros(rows.shape, bool)
        names = ("first", "last") if self.asked.inputs else ("target_first", "target_last")
        low, high = (block.times(f"{n}_time") for n in names)
        if low is None or high is None:
            return np.zeros(rows.shape, np.int64), known
        times = np.zeros(rows.shape, low.dtype)
        if self._line is not None and self._line.times is not None:
            at = self._line.place(rows.ravel()).reshape(rows.shape)
            known = (at >= 0) & (rows >= 0)
            times = np.where(known, self._line.times[np.maximum(at, 0)], times).astype(low.dtype)
        for name, values in zip(names, (low, high), strict=True):
            ends = block.ints(f"{name}_row")
            assert ends is not None
            hit = (rows == ends[:, None]) & (rows >= 0)
            times, known = np.where(hit, values[:, None], times), known | hit
        return times, known

    def predicted(self, block: Block) -> Array:
        """(samples, steps, targets) predictions in the units of the table."""
        return self.back.numbers(self.parts[block.split].numbers(block.first, block.first + block.rows), block)

    def happened(self, block: Block, found: Located) -> Array:
        """(samples, steps, targets) what happened, NaN where nobody knows."""
        if self.truth is None:
            part = self.actual.get(block.split)
            shape = (*found.rows.shape, len(self.asked.names))
            if part is None:
                return np.full(shape, np.nan)
            return self.back.numbers(part.numbers(block.first, block.first + block.rows), block)
        places = self._places(block, found)
        values = [self.truth.values(places.ravel(), j).reshape(places.shape) for j in range(len(self.asked.names))]
        return np.stack(values, axis=-1)

    def _numbers(self, block: Block, found: Located, at: tuple[Ints, Ints, Ints]) -> dict[str, Any]:
        predicted = self.predicted(block)
        out = {"prediction": narrowed(predicted[at], self.value_type)}
        if self.errors is not None:
            actual = self.happened(block, found)
            seen = np.full(actual.shape, np.nan)
            seen[at] = actual[at]
            self.errors.add(predicted, seen)
            out["actual"] = narrowed(seen[at], self.actual_type, ~np.isnan(seen[at]))
        return out

    def _places(self, block: Block, found: Located) -> Ints:
        """(samples, steps) rows of the truth's panel, -1 for those it lacks."""
        assert self.truth is not None
        key = np.repeat(key_numbers(block.table, self.keys, self.ids), found.rows.shape[1])
        timed = self.time_type is not None
        places = self.truth.places(
            list(self.ids),
            key,
            found.rows.ravel(),
            found.times.ravel() if timed else None,
            found.timed.ravel() if timed else None,
        )
        return places.reshape(found.rows.shape)

    def _classes(self, block: Block, found: Located, at: tuple[Ints, Ints, Ints]) -> dict[str, Any]:
        names, stop, place = self.asked.classes or [], block.first + block.rows, at[:2]
        codes, likely = self.parts[block.split].classes(block.first, stop)
        out = {"prediction": _named(names, codes[place])}
        if "probability" in self.schema.names:
            chance = likely if likely is not None else np.full(codes.shape, np.nan)
            out["probability"] = arrow_of(chance[place], None, ~np.isnan(chance[place]))
        if self.errors is None:
            return out
        if self.truth is not None:
            known = {t: i for i, t in enumerate(names)}
            other = self.truth.read.classes or []
            actual = self.truth.codes(self._places(block, found).ravel()).reshape(codes.shape)
            out["actual"] = _named(other, actual[place])
            actual = np.array([*(known.get(t, -1) for t in other), -1])[actual]
        else:
            actual = self.actual[block.split].classes(block.first, stop)[0]
            out["actual"] = _named(names, actual[place])
        seen = np.full(codes.shape, -1)
        seen[place] = actual[place]
        self.errors.add_classes(codes, seen)
        return out


def narrowed(values: Array, kind: pa.DataType, real: Array | None = None) -> pa.Array:
    """Numbers in the type of their column."""
    return arrow_of(values.astype(np.float32 if pa.types.is_float32(kind) else np.float64), None, real)


def _named(names: list[str], codes: Array) -> pa.Array:
    """Names of classes, null for a code below 0."""
    return texts(names).take(arrow_of(np.maximum(codes, 0), None, codes >= 0))


def _time_type(index: Any) -> pa.DataType | None:
    """The type of the times of an index, None when it has none."""
    if isinstance(index, pa.Table):
        schema = index.schema
    else:
        from pyarrow import parquet

        schema = parquet.read_schema(index)
    return schema.field("last_time").type if "last_time" in schema.names else None
