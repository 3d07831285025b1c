"""The samples of one sequence, and where each of them begins.

index   sample 0  rows 0-9     placed by its rows, where those of the sequence stand together
        sample 1  rows 7-16    else by the clock, else counted by the stride
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.framing.frame import Frame
from lstmprep.loaders.index import batches_of, blocks
from lstmprep.recipe import Recipe, from_flat
from lstmprep.records import record
from lstmprep.showing.output import Output

KEPT = 50_000  # samples of a sequence that are placed
Ints = NDArray[np.int64]


@record(eq=False)
class Placed:
    """The samples of one sequence in the order of their places."""

    numbers: Ints
    first: Ints
    last: Ints
    times: tuple[Any, Any] | None
    total: int


def recipe_of(output: Output) -> Recipe:
    """The recipe of an output."""
    flat = {k: v for k, v in output.made["recipe"].items() if k != "command"}
    return from_flat(flat, command=output.made["recipe"]["command"])


def placed(output: Output, sample: int, split: str) -> Placed:
    """The samples of the sequence of one sample, those of the smallest rows when there are very many."""
    keys = output.made["sequences"]["keys"]
    mine = output.index_row(sample, split) or {}
    wanted = {k: mine[k] for k in keys if k in mine}
    kept: list[Any] = [np.empty(0, np.int64)] * 5
    total, timed = 0, False
    for block in blocks(batches_of(output.index_path)):
        if block.split != split:
            continue
        at = block.of_key(wanted)
        total += len(at)
        first, last = (block.ints(n) for n in ("first_row", "last_row"))
        assert first is not None and last is not None
        pair = block.times("first_time"), block.times("last_time")
        timed = pair[0] is not None
        times = [np.zeros(len(at)) if t is None else np.asarray(t)[at] for t in pair]
        fresh = [block.first + at, first[at], last[at], *times]
        kept = [np.concatenate([a, b]) if len(a) else b for a, b in zip(kept, fresh, strict=True)]
        if len(kept[0]) > 2 * KEPT:
            kept = _smallest(kept)
    numbers, first, last, t0, t1 = _smallest(kept)
    return Placed(numbers, first, last, (t0, t1) if timed else None, total)


def _smallest(kept: list[Any]) -> list[Any]:
    """The samples of the smallest rows, in their order; padding of a batch is none."""
    order = np.argsort(kept[1], kind="stable")
    order = order[kept[1][order] >= 0][:KEPT]
    return [k[order] for k in kept]


def places(output: Output, recipe: Recipe, frame: Frame, found: Placed) -> tuple[Ints, str]:
    """(place of each sample's first row, what places are): rows of the table, steps of the clock, or rows counted by windows."""
    cover, moved = frame.cover, ("resample", "pivot", "downsample")
    reach = found.last - found.first
    given, order = output.made["recipe"], output.made["order"]
    kept = not order["sorted"] and not any(given.get(k) for k in moved)
    if kept and (reach < cover).all() and (reach == cover - 1).any():
        post = recipe.framing.padding_side == "post"
        return (found.first if post else found.last - (cover - 1)), "rows"
    step = (order.get("spacing") or {}).get("median")
    if found.times is not None and step:
        t0, t1 = (np.asarray(t, np.float64) for t in found.times)
        if (np.rint((t1 - t0) / step) == cover - 1).all():
            at = np.rint((t0 - t0.min()) / step).astype(np.int64)
            return at, "clock"
    return np.arange(len(found.first)) * recipe.framing.step(frame), "counted"
