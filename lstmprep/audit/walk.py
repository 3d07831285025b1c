"""One walk through the index: samples numbered, rows inside the table, times forward, in order.

index.parquet ── batch by batch ──► per part: how many samples, which rows each has seen, as intervals

Only numbers of rows and times are looked at: what is proved holds whatever the values are.
"""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute, parquet

from lstmprep.arrow import buffer, nulls
from lstmprep.audit.findings import Checked
from lstmprep.audit.leaks import Intervals
from lstmprep.loaders.index import key_numbers
from lstmprep.panel import Array
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.wording import counted, listed, quoted

BATCH = 1 << 14
_EARLIER = ("train", "val", "test")


@record(eq=False)
class Part:
    """What has been seen of one part of the output."""

    samples: int = 0
    real: int = 0
    last: tuple[int, Any, Any] | None = None
    inputs: Intervals = field(default_factory=Intervals)
    targets: Intervals = field(default_factory=Intervals)
    first_target: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)  # samples of each array of lengths


class Walk:
    """One walk through an index.

    Parameters
    ----------
    made : dict
        The manifest.
    recipe : Recipe
        What it says was asked for.
    out : Checked
        Where findings go.
    steps : dict of str to array
        ``lengths`` of each part, as memory maps, where there are any.
    """

    def __init__(self, made: dict[str, Any], recipe: Recipe, out: Checked, steps: dict[str, Array]) -> None:
        self.made, self.recipe, self.out, self.steps = made, recipe, out, steps
        self.where = "index.parquet"
        self.bucketed = recipe.framing.bucket is not None
        self.keys: dict[Any, int] = {}
        self.parts: dict[str, Part] = {}
        self.read = made["rows"]["read"]
        framing = recipe.framing
        self.frame = framing.frame(recipe.answer) if recipe.command == "window" else None
        self.latest = bool(getattr(framing, "latest", False))
        # an answer that belongs to the last step lies after the window; others stand on the window's own rows
        per_window = self.frame is not None and len(self.frame.targets) and self.frame.belongs == "last"
        self.lead = framing.lead_for(recipe.answer) if per_window and recipe.answer else None
        self.ordered = not made["order"]["shuffled"] and not made["order"]["stateful"]

    def through(self, path: Path) -> None:
        """Walk through the index file."""
        file = parquet.ParquetFile(path, pre_buffer=False)
        names = file.schema_arrow.names
        if not self._columns(names):
            return
        for batch in file.iter_batches(batch_size=BATCH, use_threads=False):
            if not self._batch(batch):
                return
        self._counts()

    def _columns(self, names: list[str]) -> bool:
        """Whether the columns are those that the manifest calls for."""
        spans = ["first", "last"]
        if "target_first_row" in names:
            spans += ["target_first", "target_last"]
        want = ["split", "sample", *self.made["sequences"]["keys"], *(f"{s}_row" for s in spans)]
        want += [f"{s}_time" for s in spans] if self.made["order"]["time"] else []
        want += ["steps"] if self.steps else []
        gone = [n for n in want if n not in names]
        if gone:
            self.out.found("index", self.where, f"the column {quoted(gone[0])} is missing; it has {listed(names)}")
        return not gone

    def _batch(self, batch: pa.RecordBatch) -> bool:
        """Look at some samples; whether the walk can go on."""
        split = batch.column("split")
        texts = split.dictionary_encode() if not pa.types.is_dictionary(split.type) else split
        codes = compute.cast(texts.indices, pa.int64())
        at = buffer(codes, "i8")
        cuts = np.flatnonzero(np.diff(at)) + 1
        for piece in np.split(np.arange(len(at)), cuts):
            name = str(texts.dictionary[int(at[piece[0]])])
            if not self._stretch(name, batch.slice(int(piece[0]), len(piece))):
                return False
        return True

    def _stretch(self, name: str, batch: pa.RecordBatch) -> bool:
        """Samples of one part."""
        if name not in self.made["splits"]:
            self.out.found(
                "index",
                self.where,
                f"it has samples of {quoted(name)}, and the splits are {listed(list(self.made['splits']))}",
            )
            return False
        part = self.parts.setdefault(name, Part())
        number = _ints(batch, "sample")
        if not self.bucketed and not np.array_equal(number, np.arange(part.samples, part.samples + len(number))):
            odd = int(np.argmax(number != np.arange(part.samples, part.samples + len(number))))
            self.out.found("index", self.where, f"sample {part.samples + odd} of {name} is numbered {int(number[odd])}")
            return False
        gone = nulls(batch.column("first_row"))
        real = np.ones(len(number), bool) if gone is None else ~gone
        if not self._steps(name, part, batch):
            return False
        part.samples += len(number)
        part.real += int(real.sum())
        if not real.any():
            return True
        keep = batch if real.all() else batch.filter(pa.array(real.tolist()))
        return self._rows(name, part, keep)

    def _steps(self, name: str, part: Part, batch: pa.RecordBatch) -> bool:
        """Whether the steps are those of the arrays; in buckets one set of arrays after the other."""
        if not self.steps:
            return True
        told, at = _ints(batch, "steps"), np.zeros(batch.num_rows, np.int64)
        if self.bucketed:
            at = _ints(batch, "timesteps")
        for piece in np.split(np.arange(len(at)), np.flatnonzero(np.diff(at)) + 1):
            array = "" if name == "all" else name
            if self.bucketed:
                array += f"{'_' if array else ''}len{int(at[piece[0]])}"
            lengths, begun = self.steps.get(array), part.seen.get(array, 0)
            part.seen[array] = begun + len(piece)
            have = None if lengths is None else np.asarray(lengths[begun : begun + len(piece)])
            if have is not None and not np.array_equal(told[piece], have):
                self.out.found("index", self.where, f"steps of {name} and its lengths differ from sample {begun} on")
                return False
        return True

    def _rows(self, name: str, part: Part, batch: pa.RecordBatch) -> bool:
        answered = "target_first_row" in batch.schema.names
        first, last = _ints(batch, "first_row"), _ints(batch, "last_row")
        spans = [
            first,
            last,
            *([_ints(batch, "target_first_row"), _ints(batch, "target_last_row")] if answered else []),
        ]
        low, high = min(int(s.min()) for s in spans), max(int(s.max()) for s in spans)
        if low < 0 or high >= self.read:
            self.out.found(
                "index",
                self.where,
                f"{name} takes row {low if low < 0 else high} (from 0), and {counted(self.read, 'row')} were read",
            )
            return False
        key = key_numbers(batch, self.made["sequences"]["keys"], self.keys)
        timed = bool(self.made["order"]["time"])
        if timed:
            spans = [
                _times(batch, f"{s}_time")
                for s in ("first", "last", *(("target_first", "target_last") if answered else ()))
            ]
        return self._places(name, part, key, spans)

    def _places(self, name: str, part: Part, key: Array, spans: list[Array]) -> bool:
        """Places rise along a sequence: inside a sample, from sample to sample, and to its target."""
        unit = "time" if self.made["order"]["time"] else "row"
        first, last = spans[0], spans[1]
        base = part.samples - len(first)
        for a, b, what in (
            (first, last, "its last step"),
            *([(spans[2], spans[3], "its last target")] if len(spans) > 2 else []),
        ):
            if (b < a).any():
                self.out.found(
                    "index",
                    self.where,
                    f"sample {base + int(np.argmax(b < a))} of {name}: {what} lies before the first one",
                )
                return False
        if self.lead is not None and len(spans) > 2:
            inside = spans[2] <= last if self.lead > 0 else spans[2] < last
            if inside.any():
                at = int(np.argmax(inside))
                self.out.found(
                    "leak", self.where,
                    f"sample {base + at} of {name}: its target ({unit} {spans[2][at]}) lies inside its own input ({unit}s {first[at]} to {last[at]})",
                    "Write the output again; the lead must be 1 or more for a target of the future.",
                )  # fmt: skip
                return False
        if self.ordered or (name.rpartition("/")[2] not in ("all", "train") and not self.made["order"]["stateful"]):
            back = self._back(part, key, first, last)
            if back.any():
                at = int(np.argmax(back))
                self.out.found(
                    "index",
                    self.where,
                    f"sample {base + at} of {name} does not come after the one before it in its sequence",
                )
                return False
        part.last = (int(key[-1]), first[-1], last[-1])
        if len(self.made["splits"]) > 1:  # what nothing else could share need not be kept
            part.inputs.add(key, first, last)
            if len(spans) > 2:
                part.targets.add(key, spans[2], spans[3])
        return True

    def _back(self, part: Part, key: Array, first: Array, last: Array) -> Array:
        """Which samples do not come after the one before them; of padded ones one end may lie still."""
        before = part.last or (-1, first[0], last[0])
        keys, firsts, lasts = (np.append(b, v) for b, v in zip(before, (key, first, last), strict=True))
        step, reach = np.diff(firsts), np.diff(lasts)
        stuck = (step <= 0) & (reach <= 0) if self.steps else (step <= 0) | (reach <= 0)
        wrong: Array = (keys[1:] == keys[:-1]) & stuck
        return wrong

    def _counts(self) -> None:
        for name, about in self.made["splits"].items():
            have = self.parts.get(name, Part()).samples
            if have != about["samples"]:
                self.out.found(
                    "index",
                    self.where,
                    f"it has {counted(have, 'sample')} of {name}, and the manifest says {about['samples']:,}",
                )


def _ints(batch: pa.RecordBatch, name: str) -> Array:
    return buffer(compute.cast(batch.column(name), pa.int64()), "i8")


def _times(batch: pa.RecordBatch, name: str) -> Array:
    """Instants as integers, bare numbers as they are."""
    column = batch.column(name)
    if pa.types.is_timestamp(column.type):
        return buffer(column, "i8")
    if pa.types.is_integer(column.type):
        return _ints(batch, name)
    return buffer(compute.cast(column, pa.float64()), "f8")
