"""The ledger of rows: every row that was read is used, or stands here with a reason.

    read = used as input or target (each row once) + unused (each row once, by reason)

Where every sequence is one run of samples that is arithmetic (`leftover`). Elsewhere rows are marked,
not listed: one byte a row (`rowmarks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.folded import Folded
from lstmprep.framing.base import Words
from lstmprep.framing.frame import Frame, Ints, Runs, Segments
from lstmprep.leftover import leftover
from lstmprep.panel import Panel
from lstmprep.records import record
from lstmprep.rowmarks import BLOCK, PIECE, Marks
from lstmprep.scratch import ample, by_place
from lstmprep.split.cut import of_answers

INPUT, TARGET, FRAMED, WHOLE, KNOWN, FIRST_TAKEN = 1, 2, 4, 8, 16, 32  # bits from the last on: reasons of a split
WINDOWS = Words()
SHORT, BEFORE, BETWEEN, AFTER = WINDOWS.short, WINDOWS.before, WINDOWS.between, WINDOWS.after
LATEST = "older than the newest window"
SHORT_PART = "its part of the sequence is shorter than one sample"
UNKNOWN = "only in samples left out for a class that train lacks"
MISSING = "only in samples left out for a missing value"
BATCH = "only in samples that fill no batch"
DOUBLE = "a second row of the same time"
NO_SECTION = "in no section"
SPENT = "spent on the differences of the rows behind them"
CUT_SHORT = "in a stretch between two cuts that is shorter than one sample"


@record(eq=False)
class Unused:
    """Rows of one reason; first and last are rows of the table, counted from 0."""

    reason: str
    rows: int = 0
    first: int = -1
    last: int = -1

    def add(self, rows: Ints) -> None:
        """Count more rows."""
        if len(rows):
            self.rows += len(rows)
            low, high = int(rows.min()), int(rows.max())
            self.first = low if self.first < 0 else min(self.first, low)
            self.last = max(self.last, high)


@record(eq=False)
class Ledger:
    """What became of every row read."""

    read: int
    used_as_input: int = 0
    used_as_target: int = 0
    used: int = 0
    unused: list[Unused] = field(default_factory=list)

    def by_reason(self, reason: str) -> Unused | None:
        """The rows of one reason, if any."""
        return next((u for u in self.unused if u.reason == reason), None)


@record(frozen=True, eq=False)
class Stages:
    """The samples of one part: those there could be, without unknown classes, without missing values, and those written."""

    frame: Frame
    framed: Runs
    known: Runs
    whole: Runs
    final: Runs


def ledger(
    panel: Panel,
    parts: Sequence[Stages],
    read: int,
    removed: Any,
    *,
    taken: Sequence[tuple[str, Segments]] = (),
    mirrored: bool,
    latest: bool,
    folder: str | None,
    words: Words = WINDOWS,
) -> Ledger:
    """Account for every row.

    Parameters
    ----------
    panel : Panel
    parts : sequence of Stages
        The samples of every part of the output.
    read : int
        Rows read from the table.
    removed : (n,) int64
        Rows of the table left out as doubles.
    taken : sequence of (str, Segments)
        Rows that a split leaves out, by reason; those that a sample takes all the same are used.
    mirrored : bool
        Whether y is X, so that input rows are target rows.
    latest : bool
        Whether only the newest window of a sequence is framed.
    folder : str or None
        Where marks for many rows may be kept.
    words : Words
        Why a row is in no sample, in the words of the framing.
    """
    if panel.folded is not None:
        taken = [(reason, of_answers(panel, rows)) for reason, rows in taken]
        panel, parts = _of_table(panel, panel.folded, parts)
    out = Ledger(read)
    words = replace(words, before=LATEST) if latest else words
    plain = leftover(panel, parts[0].frame, parts[0].final, words) if _nothing_left_out(parts, taken) else None
    if plain is not None:
        out.used_as_input, out.used_as_target, out.used = plain.inputs, plain.answers, plain.used
        reasons = {reason: Unused(reason, *rows) for reason, *rows in plain.unused}
    else:
        reasons = _marked(out, panel, parts, taken, folder, words)
    if mirrored:
        out.used_as_target = out.used_as_input
    double = Unused(DOUBLE)
    double.add(removed)
    for reason, left in panel.left_out:
        reasons.setdefault(reason, Unused(reason)).add(left)
    out.unused = sorted((u for u in [*reasons.values(), double] if u.rows), key=lambda u: u.first)
    total = out.used + sum(u.rows for u in out.unused)
    assert total == read, f"the ledger does not close: {read} rows read, {total} accounted for"
    return out


def _nothing_left_out(parts: Sequence[Stages], taken: Sequence[tuple[str, Segments]]) -> bool:
    """Whether there is one part, and every sample there could be is written."""
    p = parts[0]
    return len(parts) == 1 and not taken and all(runs is p.framed for runs in (p.known, p.whole, p.final))


def _marked(
    out: Ledger,
    panel: Panel,
    parts: Sequence[Stages],
    taken: Sequence[tuple[str, Segments]],
    folder: str | None,
    words: Words,
) -> dict[str, Unused]:
    """The same by a mark on every row."""
    marks = Marks(panel.rows, folder)
    for p in parts:
        bits: dict[int, list[Any]] = {}  # stages that left nothing out are marked at once
        for samples, bit in ((p.framed, FRAMED), (p.known, KNOWN), (p.whole, WHOLE), (p.final, 0)):
            bits.setdefault(id(samples), [samples, 0])[1] |= bit
        for samples, bit in bits.values():
            final = samples is p.final
            marks.cover(samples, p.frame.inputs, bit | INPUT * final)
            marks.answers(samples, p.frame, bit | TARGET * final)
    why = {reason: FIRST_TAKEN << i for i, reason in enumerate(dict.fromkeys(r for r, _ in taken))}
    for reason, segments in taken:
        marks.ranges(segments, why[reason])
    place = _Places(panel, parts, words)
    reasons: dict[str, Unused] = {}
    for at, flags in _units(panel, marks):
        out.used_as_input += panel.stands_for(at[flags & INPUT > 0])
        answers = at[flags & TARGET > 0]
        out.used_as_target += len(answers) if panel.last_answers else panel.stands_for(answers)
        idle = np.flatnonzero(flags & (INPUT | TARGET) == 0)
        out.used += panel.stands_for(at[flags & (INPUT | TARGET) > 0])
        if not len(idle):
            continue
        of = flags[idle]
        for reason, which in _reasons(of, why, place, at[idle]).items():
            reasons.setdefault(reason, Unused(reason)).add(panel.sources(at[idle][which]))
    return reasons


def _reasons(of: NDArray[np.uint8], why: dict[str, int], place: _Places, rows: Ints) -> dict[str, NDArray[np.bool_]]:
    """Reason -> which of the idle rows it holds for, each row once."""
    known, whole = of & KNOWN > 0, of & WHOLE > 0
    out = {UNKNOWN: (of & FRAMED > 0) & ~known, MISSING: known & ~whole, BATCH: whole}
    left = of & FRAMED == 0
    for reason, bit in why.items():
        out[reason] = left & (of & bit > 0)
        left = left & ~out[reason]
    return {**out, **place.reasons(rows, left)}


def _of_table(panel: Panel, folded: Folded, parts: Sequence[Stages]) -> tuple[Panel, list[Stages]]:
    """The same account in rows of the table: a sample takes one of them, or all samples together take every one."""
    zero = np.zeros(1, np.int64)
    table = Panel(np.empty((folded.rows, 0)), zero, zero + folded.rows, {})
    table.source_rows, table.source_bounds, table.left_out = panel.source_rows, panel.source_bounds, panel.left_out
    every = Runs(zero, zero, zero + folded.rows, zero, zero + folded.rows, 1)
    out = []
    for p in parts:
        frame, made = replace(p.frame, inputs=zero, targets=zero[: len(p.frame.targets)]), {}
        for runs in (
            p.framed,
            p.known,
            p.whole,
            p.final,
        ):  # the same runs stay the same: nothing was left out between them
            nothing = np.zeros_like(runs.first)
            made[id(runs)] = replace(
                runs, first=runs.first // folded.n, floor=nothing, ceiling=nothing + folded.rows, stride=1
            )
            if not panel.by_row or p.frame.timesteps < folded.n:
                made[id(runs)] = every
        out.append(Stages(frame, made[id(p.framed)], made[id(p.known)], made[id(p.whole)], made[id(p.final)]))
    return table, out


def _units(panel: Panel, marks: Marks) -> Iterator[tuple[Ints, NDArray[np.uint8]]]:
    """(rows of the panel, their marks), a block at a time; of a row of the table that is several the first, and all marks."""
    if panel.units is None:
        for i in range(0, panel.rows, BLOCK):
            flags = marks.flags[i : i + BLOCK]
            yield np.arange(i, i + len(flags)), flags
        return
    for i in range(0, len(panel.units) - 1, BLOCK):
        at = panel.units[i : i + BLOCK + 1]
        yield at[:-1], np.bitwise_or.reduceat(marks.flags[at[0] : at[-1]], at[:-1] - at[0])


class _Places:
    """Where a row that no window holds lies in its piece of a sequence."""

    def __init__(self, panel: Panel, parts: Sequence[Stages], words: Words) -> None:
        pieces = panel.pieces
        self._begins, self._starts, self._stops = pieces.begins, pieces.starts, pieces.stops
        self._by_place, self._bounds = by_place(pieces.begins)
        self._owner, self._lengths = pieces.sequence, panel.lengths
        n = len(pieces.starts)
        self._low, self._high, self._empty = ample(n, np.int64), ample(n, np.int64), ample(n, bool)
        self._low[:], self._high[:], self._empty[:], self._words = 1 << 62, -1, True, words
        for p in parts:
            for i in range(0, len(p.framed.first), PIECE):
                runs = p.framed.chosen(slice(i, i + PIECE))
                first = np.maximum(runs.first, runs.floor)
                last = runs.first + np.maximum(runs.count - 1, 0) * runs.stride + p.frame.span - 1
                who = self._piece(first)
                np.minimum.at(self._low, who, first)
                np.maximum.at(self._high, who, np.minimum(last, runs.ceiling - 1))
                self._empty[who[runs.count > 0]] = False

    def _cut(self, who: Ints) -> NDArray[np.bool_]:
        """Whether each of these pieces is less than its sequence."""
        return np.asarray(self._stops[who] - self._begins[who] < self._lengths[self._owner[who]])

    def _piece(self, rows: Ints) -> Ints:
        return np.asarray(self._by_place[np.searchsorted(self._bounds, rows, side="right") - 1])

    def reasons(self, rows: Ints, unframed: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
        """Reason -> which of the rows it holds for."""
        if not unframed.any():
            return {}
        who = self._piece(rows)
        outside = unframed & ((rows < self._begins[who]) | (rows >= self._stops[who]))
        spent = unframed & ~outside & (rows < self._starts[who])
        unframed = unframed & ~outside & ~spent
        short = unframed & self._empty[who]
        before = unframed & ~short & (rows < self._low[who])
        after = unframed & ~short & (rows > self._high[who])
        between = unframed & ~short & ~before & ~after
        cut = short & self._cut(who)
        words = self._words
        found: dict[str, NDArray[np.bool_]] = {}
        for reason, which in (
            (NO_SECTION, outside), (SPENT, spent), (words.short, short & ~cut), (CUT_SHORT, cut), (words.before, before), (words.between, between), (words.after, after),
        ):  # fmt: skip
            found[reason] = found[reason] | which if reason in found else which
        return found
