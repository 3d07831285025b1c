"""The sample index: which rows, keys and times every sample came from, as Parquet.

Row numbers rise slowly and are stored as differences, so the index of a hundred million
samples costs little beside them. The same plan gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import numpy as np
import pyarrow as pa

from lstmprep.arrays import Part
from lstmprep.arrow import arrow_of, buffer, nulls, texts
from lstmprep.digest import Digest
from lstmprep.execute import Filler
from lstmprep.framing.answers import ends
from lstmprep.framing.frame import Ints
from lstmprep.plan import Plan
from lstmprep.scratch import MANY, give_back
from lstmprep.sinks.parquet import parquet_writer
from lstmprep.sinks.whole import put

BLOCK = 1 << 16
PIECE = 1 << 17


def schema_of(plan: Plan, time_type: pa.DataType | None) -> pa.Schema:
    """The columns of the index."""
    fields = [("split", pa.dictionary(pa.int8(), pa.string())), ("sample", pa.int64())]
    fields += [(name, pa.dictionary(pa.int32(), pa.string())) for name in plan.panel.keys]
    spans = ["first", "last"] + ["target_first", "target_last"] * bool(len(plan.frame.targets))
    fields += [(f"{s}_row", pa.int64()) for s in spans]
    if time_type is not None:
        fields += [(f"{s}_time", time_type) for s in spans]
    if plan.unequal:
        fields.append(("steps", pa.int32()))
    if plan.recipe.framing.bucket:
        fields.append(("timesteps", pa.int32()))
    part = plan.parts[0]
    kept, _ = _bases(part, padded=plan.unequal)
    fields += [(f"before_{s + 1}_{name}", pa.float64()) for s in kept for name in part.panel.base_names]
    return pa.schema(fields)


def _bases(part: Part, *, padded: bool) -> tuple[list[int], bool]:
    """Target rows whose value before differences cannot be told from others of the sample; see `anchors`."""
    lag, offsets = part.recipe.derived.difference, part.frame.targets
    if part.panel.base is None or lag is None or part.recipe.framing.bucket or not len(offsets):
        return [], False
    from lstmprep.grid.change import anchors

    return anchors(offsets, lag, padded=padded and part.recipe.framing.target_mode == "per-step")


def batches(plan: Plan, time_type: pa.DataType | None) -> Iterator[pa.RecordBatch]:
    """The index, part by part and block by block."""
    schema = schema_of(plan, time_type)
    for part in plan.parts:
        yield from _batches(part, schema, time_type, padded=plan.unequal)


def _batches(part: Part, schema: pa.Schema, time_type: pa.DataType | None, *, padded: bool) -> Iterator[pa.RecordBatch]:
    filler, panel, split = Filler(part), part.panel, part.cut.folder + part.cut.name
    for i in range(0, part.samples, BLOCK):
        stop = min(i + BLOCK, part.samples)
        steps = filler.lengths(i, stop) if padded else None
        real = None if steps is None or (steps > 0).all() else steps > 0
        spans, run = _hanging(part, filler, i, stop) if padded else _whole(part, filler, i, stop)
        n = stop - i
        columns: list[Any] = [
            pa.DictionaryArray.from_arrays(arrow_of(np.zeros(n, np.int8)), texts([split])),
            _numbers(part, i, stop, real),
        ]
        who = part.runs.sequence[run]
        distinct = len(panel.keys) == 1  # a sequence is one key
        columns += [
            pa.DictionaryArray.from_arrays(*_dictionary(who, real, names, distinct=distinct))
            for names in panel.keys.values()
        ]
        columns += [
            arrow_of(
                panel.source(rows, last=s.endswith("last") or (s == "target_first" and panel.last_answers)), None, real
            )
            for s, rows in spans.items()
        ]
        if time_type is not None and panel.times is not None:
            columns += [arrow_of(panel.when(rows), time_type, real) for rows in spans.values()]
        if steps is not None:
            columns.append(arrow_of(steps))
        if part.numbers is not None:
            columns.append(arrow_of(np.full(n, part.frame.timesteps, np.int32)))
        columns += _before(part, filler, (i, stop), *_bases(part, padded=padded))
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _numbers(part: Part, first: int, stop: int, real: Any) -> pa.Array:
    """Numbers of the samples: their places, or where they stand among all when they are sorted into buckets."""
    return arrow_of(np.arange(first, stop)) if part.numbers is None else arrow_of(part.numbers[first:stop], None, real)


def _before(part: Part, filler: Filler, span: tuple[int, int], kept: list[int], counted: bool) -> list[pa.Array]:  # noqa: FBT001 (as `anchors` tells it)
    """For some of the target rows, the values that their differences were taken from: what invert adds."""
    if not kept or part.panel.base is None:
        return []
    rows, real, _ = filler.answers(*span)
    first = np.argmax(real, axis=1) if counted else np.zeros(len(rows), np.int64)
    at = first[:, None] + np.array(kept)
    inside = np.minimum(at, rows.shape[1] - 1)
    rows, real = np.take_along_axis(rows, inside, axis=1), np.take_along_axis(real, inside, axis=1) & (at == inside)
    found = part.panel.base[np.maximum(rows - (part.recipe.derived.difference or 0), 0)]
    return [arrow_of(found[:, k, j], real=real[:, k]) for k in range(len(kept)) for j in range(found.shape[2])]


def _whole(part: Part, filler: Filler, first: int, stop: int) -> tuple[dict[str, Any], Any]:
    """First and last rows of samples that lie inside their sequence, and their runs."""
    starts, run, _ = filler.starts(first, stop)
    inputs, targets = part.frame.inputs, part.frame.targets
    spans = {"first": starts, "last": starts + inputs[-1]}
    if len(targets):
        spans |= {"target_first": starts + targets[0], "target_last": starts + targets[-1]}
    return spans, run


def _hanging(part: Part, filler: Filler, first: int, stop: int) -> tuple[dict[str, Any], Any]:
    """The same where samples may be padded: the first and last real rows."""
    if part.frame.dilation == 1:
        _, low, high = filler.real(first, stop)
        spans, run = {"first": low, "last": np.maximum(high - 1, low)}, filler.starts(first, stop)[1]
    else:
        low, high, run = _ends(filler.steps, first, stop)
        spans = {"first": low, "last": high}
    if part.frame.own:
        return spans | {"target_first": spans["first"], "target_last": spans["last"]}, run
    if len(part.frame.targets):
        low, high, _ = _ends(filler.answers, first, stop)
        spans |= {"target_first": low, "target_last": high}
    return spans, run


def _ends(rows_of: Callable[[int, int], tuple[Any, Any, Any]], first: int, stop: int) -> tuple[Any, Any, Any]:
    """(first real row, last real row, run) of each sample."""
    size = max(1, PIECE // max(rows_of(first, first + 1)[0].shape[1], 1))
    found = [
        (*ends(rows, real), run)
        for i in range(first, stop, size)
        for rows, real, run in [rows_of(i, min(i + size, stop))]
    ]
    low, high, run = (np.concatenate(column) for column in zip(*found, strict=True))
    return low, high, run


def _dictionary(who: Ints, real: Any, texts_of: pa.Array, *, distinct: bool = False) -> tuple[pa.Array, pa.Array]:
    """(codes, texts) of the sequences of one block only; `distinct` says that no two sequences have one text."""
    if real is None and (who[1:] >= who[:-1]).all():  # in their order: no table of what was seen is needed
        begins = np.flatnonzero(np.concatenate([[True], who[1:] != who[:-1]]))
        counts = np.diff(begins, append=len(who))
        if distinct:  # nor one of texts
            return arrow_of(np.repeat(np.arange(len(begins), dtype=np.int32), counts)), texts_of.take(
                arrow_of(who[begins])
            )
        taken = texts_of.take(arrow_of(who[begins])).dictionary_encode()
        return arrow_of(np.repeat(buffer(taken.indices, "i4"), counts)), taken.dictionary
    coded = arrow_of(who, None, real).dictionary_encode()
    if not len(coded.dictionary):  # padding alone
        return arrow_of(np.zeros(len(who), np.int32), None, np.zeros(len(who), bool)), texts([])
    taken = texts_of.take(coded.dictionary).dictionary_encode()
    gone = nulls(coded)
    codes = buffer(coded.indices, "i4") if gone is None else np.where(gone, 0, buffer(coded.indices, "i4"))
    return arrow_of(buffer(taken.indices, "i4")[codes], None, None if gone is None else ~gone), taken.dictionary


class _Digested(io.RawIOBase):
    """A stream whose bytes are written on, and their digest kept."""

    def __init__(self, stream: Any, kind: str) -> None:
        super().__init__()
        self._stream, self.digest, self.bytes = stream, Digest(kind), 0

    def writable(self) -> bool:
        """Whether bytes can be written; they can."""
        return True

    def tell(self) -> int:
        """Bytes written."""
        return self.bytes

    def write(self, data: Any) -> int:
        """Write all of the bytes."""
        self.digest.update(memoryview(data).cast("B"))
        n = put(self._stream, data)
        self.bytes += n
        return n


def write_index(stream: Any, plan: Plan, time_type: pa.DataType | None, stopped: Event | None = None) -> str:
    """The index as a Parquet file; its digest. It ends early once `stopped` is set."""
    into = _Digested(stream, plan.recipe.arrays.digest)
    schema = schema_of(plan, time_type)
    plain = [f.name for f in schema if not pa.types.is_dictionary(f.type) and not pa.types.is_floating(f.type)]
    coded = [f.name for f in schema if pa.types.is_dictionary(f.type)]
    with parquet_writer(
        into,
        schema,
        use_dictionary=coded,
        compression="none",
        column_encoding=dict.fromkeys(plain, "DELTA_BINARY_PACKED"),
        write_statistics=False,
    ) as writer:
        for batch in batches(plan, time_type):
            if stopped is not None and stopped.is_set():
                break
            writer.write_table(pa.Table.from_batches([batch]))
            del batch
            if len(plan.panel.starts) > MANY:  # thousands of keys a block, coded and packed
                give_back()
    return into.digest.text()


def as_table(plan: Plan, time_type: pa.DataType | None) -> pa.Table:
    """The index in memory."""
    return pa.Table.from_batches(list(batches(plan, time_type)), schema=schema_of(plan, time_type)).unify_dictionaries()
