"""Every N rows of a sequence become one, the last one what is left: a panel of blocks.

    rows of two sequences   a a a a a | b b        N = 2
    blocks                  0 0 1 1 2 | 3 3        block 2 holds one row
    source_bounds           0   2   4 5   7        a block stands for its rows of the table

Features are aggregated in float64; targets, labels and times are those of a block's last row, so that
nothing of a step is known before its rows are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lstmprep.framing.frame import Ints
from lstmprep.ingest.regular import leave_out
from lstmprep.panel import Array, Panel
from lstmprep.pieces import Pieces
from lstmprep.stores import Shelf

BLOCK = 1 << 15  # rows looked at together


def downsampled(
    panel: Panel, names: list[str], size: int, hows: Sequence[str], shelf: Shelf
) -> tuple[Panel, list[str]]:
    """The panel of blocks, and the names of its features.

    Parameters
    ----------
    panel : Panel
        In float64.
    names : list of str
        Of its features.
    size : int
        Rows of a block.
    hows : sequence of str
        What becomes of every feature.
    shelf : Shelf
        Where rows are kept.
    """
    pieces = panel.pieces
    many = -(-pieces.lengths // size)
    stops = np.cumsum(many)
    starts = stops - many
    blocks = _Blocks(pieces, starts, size, int(stops[-1]))
    features = shelf.store(len(names) * len(hows), np.float64)
    rows = shelf.store(0, np.int64)
    others = {n: v for n in ("targets", "labels", "times") if (v := getattr(panel, n)) is not None}
    stores = {n: shelf.store(v.shape[1] if v.ndim == 2 else 0, v.dtype) for n, v in others.items()}
    step = max(1, BLOCK // size)
    bounds = [np.zeros(1, np.int64)]
    for i in range(0, blocks.total, step):
        low, high = blocks.rows(i, min(i + step, blocks.total))
        count = high - low
        offsets = np.cumsum(count) - count
        every = np.repeat(low - offsets, count) + np.arange(int(count.sum()))
        values = np.take(panel.features, every, axis=0, mode="clip").astype(np.float64, copy=False)
        features.append(np.stack([AGGREGATE[a](values, offsets, count) for a in hows], axis=2).reshape(len(low), -1))
        rows.append(panel.source(every))
        for name, store in stores.items():
            store.append(others[name][high - 1])
        bounds.append(bounds[-1][-1] + np.cumsum(count))
    if rows.rows < panel.rows:
        leave_out(panel)
    kept: dict[str, Any] = {name: store.view() for name, store in stores.items()}
    first = np.searchsorted(pieces.sequence, np.arange(len(panel.starts)))
    last = np.searchsorted(pieces.sequence, np.arange(len(panel.starts)), side="right") - 1
    made = replace(
        panel, features=features.view(), starts=starts[first], stops=stops[last], source_rows=rows.view(),
        source_bounds=np.concatenate(bounds), last_answers=True, cuts=None if panel.cuts is None else replace(pieces, starts=starts, stops=stops),
        **kept,
    )  # fmt: skip
    many_ways = len(hows) > 1
    return made, [f"{n}_{a}" if many_ways else n for n in names for a in hows]


class _Blocks:
    """Where each block begins and ends in the panel."""

    def __init__(self, pieces: Pieces, starts: Ints, size: int, total: int) -> None:
        self._pieces, self._starts, self._size, self.total = pieces, starts, size, total

    def rows(self, first: int, stop: int) -> tuple[Ints, Ints]:
        """Rows ``low <= row < high`` of the blocks first..stop."""
        k = np.arange(first, stop, dtype=np.int64)
        who = np.searchsorted(self._starts, k, side="right") - 1
        low = self._pieces.starts[who] + (k - self._starts[who]) * self._size
        return low, np.minimum(low + self._size, self._pieces.stops[who])


def _mean(values: Array, offsets: Ints, count: Ints) -> Array:
    return np.asarray(np.add.reduceat(values, offsets, axis=0) / count[:, None])


def _std(values: Array, offsets: Ints, count: Ints) -> Array:
    """Of the block itself (divided by its rows), in two passes: large numbers close together keep their digits."""
    apart = values - np.repeat(_mean(values, offsets, count), count, axis=0)
    return np.sqrt(_mean(apart * apart, offsets, count))


AGGREGATE: dict[str, Callable[[Any, Ints, Ints], Any]] = {
    "mean": _mean,
    "std": _std,
    "sum": lambda values, offsets, _: np.add.reduceat(values, offsets, axis=0),
    "min": lambda values, offsets, _: np.minimum.reduceat(values, offsets, axis=0),
    "max": lambda values, offsets, _: np.maximum.reduceat(values, offsets, axis=0),
    "first": lambda values, offsets, _: values[offsets],
    "last": lambda values, offsets, count: values[offsets + count - 1],
}
