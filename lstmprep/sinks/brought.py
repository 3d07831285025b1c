"""Rows brought by who needs them: a worker reads those of its unit from the input, and nobody puts them down for it.

    input      . . . . . . . . . . . . . . .        read once, from the first row of the unit on
    at hand          |r r r r r r r|                a map as long as the table, filled where samples are made
    samples          [s s s]
                       [s s s] ...                  as ever, by the same row numbers; what is behind them goes back

Rows that stand in another order than samples take them are not brought: they go to one file beside the output.
"""

from __future__ import annotations

import math
import mmap
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from lstmprep.arrays import ArrayPlan, Part
from lstmprep.execute import Filler
from lstmprep.panel import Array, Panel
from lstmprep.scratch import nameless

AT_HAND = 16 << 20  # bytes of rows at a time
FAR = 1 << 16  # rows between two samples that are not read through
MANY = 1 << 16  # samples looked up at a time
_UNRESERVED = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)
ROLES = ("features", "targets", "future")


def brought(parts: list[Part]) -> list[str]:
    """The arrays of the panel that workers read themselves; none where samples do not follow the order of the rows."""
    panel = parts[0].panel
    if panel.reread is None or not all(_in_order(part) for part in parts):
        return []
    found = [role for role in ROLES if getattr(panel, role) is not None]
    held = [r for r in found if all(p.panel.reread and p.panel.reread.holds(r, getattr(p.panel, r)) for p in parts)]
    return held if "features" in held else []


def files_brought(parts: list[Part]) -> tuple[Any, ...]:
    """The files that workers read rows from."""
    reread = parts[0].panel.reread
    return reread.files if reread is not None and brought(parts) else ()


def _in_order(part: Part) -> bool:
    """Whether the samples of a part take rows from the first to the last, and arrays take samples so."""
    rows = part.order is None and part.numbers is None and _rising(part.runs.first) and _rising(part.panel.starts)
    whole = part.panel.held == part.panel.rows
    axes = {a.axes[0] for a in part.arrays if a.stored}
    return rows and (axes <= {"samples"} or (axes <= {"samples", "rows"} and whole))


def _rising(rows: Array) -> bool:
    return all(
        (rows[i + 1 : i + MANY + 1] >= rows[i : i + MANY][: len(rows) - i - 1]).all() for i in range(0, len(rows), MANY)
    )


class Brought(Filler):
    """Blocks of every array of a part whose rows are read on the way."""

    def __init__(self, part: Part) -> None:
        panel = part.panel
        self._rooms = {
            role: _Room(getattr(panel, role)) for role in ROLES if panel.reread and panel.reread.holds(role, None)
        }
        there: dict[str, Any] = {role: room.values for role, room in self._rooms.items()}
        super().__init__(replace(part, panel=replace(panel, **there)))
        offsets = np.concatenate([part.frame.inputs, part.frame.targets])
        self._low, self._high = int(offsets.min()), int(offsets.max()) + 1

    def stretch(self, array: ArrayPlan, begin: int, end: int) -> Iterator[tuple[int, Array]]:
        """Blocks that hold bytes begin..end of the values, each with the byte where it begins."""
        roles = [role for role in self._needs(array) if role in self._rooms]
        if not roles or begin >= end:
            yield from super().stretch(array, begin, end)
            return
        size = max(1, array.bytes // max(array.shape[0], 1))
        hand = _Hand(self.part.panel, {role: self._rooms[role] for role in roles})
        for first, stop, low, high in self._steps(array, begin // size, -(-end // size), hand.most):
            hand.bring(low, high)
            a, b = max(begin, first * size), min(end, stop * size)
            for at, block in super().stretch(array, a, b):
                yield at, block.reshape(-1)[: -(-(b - at) // array.dtype.itemsize)]

    def _needs(self, array: ArrayPlan) -> list[str]:
        framing = self.part.recipe.framing
        if array.role == "y":
            return ["features"] if framing.target_mode == "input" else ["targets"]
        if array.role == "X" and framing.tabular:
            return ["features", "targets"]
        return {"X": ["features"], "series": ["features"], "future": ["future"]}.get(array.role, [])

    def _steps(self, array: ArrayPlan, first: int, stop: int, most: int) -> Iterator[tuple[int, int, int, int]]:
        """Samples first..stop, or rows of a series, a few at a time, and the rows low..high that they take."""
        if array.axes[0] == "rows":
            for i in range(first, stop, most):
                yield i, min(i + most, stop), i, min(i + most, stop)
            return
        for i in range(first, stop, MANY):
            starts, run, _ = self.starts(i, min(i + MANY, stop))
            low = np.maximum(starts + self._low, self._runs.floor[run])
            high = np.minimum(starts + self._high, self._runs.ceiling[run])
            at = 0
            while at < len(low):
                near = (high[at:] <= low[at] + most) & (np.diff(low[at:], prepend=low[at]) <= FAR)
                n = len(near) if near.all() else max(1, int(np.argmin(near)))
                yield i + at, i + at + n, int(low[at : at + n].min()), int(high[at : at + n].max())
                at += n


class _Hand:
    """Rows at hand: those of some arrays, read on and on."""

    def __init__(self, panel: Panel, rooms: dict[str, _Room]) -> None:
        self._panel, self._rooms = panel, rooms
        self.most = max(1, AT_HAND // sum(room.row for room in rooms.values()))
        self._low = self._high = 0
        self._more: Iterator[Any] | None = None

    def bring(self, low: int, high: int) -> None:
        """Have rows low..high, and none before them."""
        if self._more is None or not self._low <= low <= self._high + FAR:
            self._drop(self._high)
            assert self._panel.reread is not None
            self._more, self._low, self._high = self._panel.reread.rows(list(self._rooms), low, self._panel), low, low
        self._drop(low)
        while self._high < high:
            first, values = next(self._more)
            for role, rows in values.items():
                self._rooms[role].values[first : first + len(rows)] = rows
            self._high = first + len(rows)

    def _drop(self, low: int) -> None:
        for room in self._rooms.values():
            room.drop(self._low, low)
        self._low = max(low, self._low)


class _Room:
    """Zeros to write rows to, which take memory where rows are written alone."""

    def __init__(self, like: Array) -> None:
        self.row = like.dtype.itemsize * math.prod(like.shape[1:])
        self._map = _map(max(1, self.row * len(like)))
        self.values: Array = np.frombuffer(self._map, like.dtype, math.prod(like.shape)).reshape(like.shape)

    def drop(self, low: int, high: int) -> None:
        """Give rows low..high back."""
        a, b = -(-low * self.row // mmap.PAGESIZE), high * self.row // mmap.PAGESIZE
        if a < b:
            self._map.madvise(mmap.MADV_DONTNEED, a * mmap.PAGESIZE, (b - a) * mmap.PAGESIZE)


def _map(size: int) -> mmap.mmap:
    try:
        return mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _UNRESERVED)
    except OSError:  # of a system that promises no more memory than it has
        with nameless() as file:
            file.truncate(size)
            return mmap.mmap(file.fileno(), size)
