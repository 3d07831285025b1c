"""What the order of the rows is: sequences, their lengths, and the distances between their times.

    chunk -> key of each row -> number of its sequence -> time minus the time before it there
                                                          < 0 out of order, 0 twice, > 0 a distance

Distances are those of the sorted sequences. While rows come in time order they are counted on the
way; where they do not, times are read once more into a file without a name, sequence by sequence,
and each is sorted in place. What is held of a sequence are some numbers, in files without a name once
they are many: memory follows neither the rows nor the sequences.
"""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.grid.spacing import settled
from lstmprep.ingest.clock import Clock
from lstmprep.sources.base import As, Chunk, Source
from lstmprep.survey.growing import Growing, Ints, room
from lstmprep.survey.keys import Keys
from lstmprep.survey.spacing import Spacing

PIECE = 1 << 20  # times that are looked at together once they are sorted
Flags = NDArray[np.bool_]


class Order:
    """Follows times and keys over the chunks."""

    def __init__(self, clock: Clock | None, keys: Keys) -> None:
        self.clock, self.keys = clock, keys
        self.out_of_order = self.twice = 0
        self.first_back = self.first_twice = -1
        self.low: Any = None
        self.high: Any = None
        self.spacing = Spacing()
        self.runs = 0
        self._last_key = -1
        self._counts = Growing(np.int64)
        self._back = Growing(np.bool_)
        self._last: Growing | None = None

    @property
    def columns(self) -> list[str]:
        """Columns that are read as text."""
        return [*self.keys.columns, *(self.clock.columns if self.clock else ())]

    @property
    def counts(self) -> Ints:
        """(sequences,) rows of each."""
        return self._counts.values

    def take(self, chunk: Chunk) -> Ints:
        """Take in the keys and times of a chunk; the sequence of each row."""
        code = self.keys.number(chunk)
        self.runs += int((np.diff(code) != 0).sum()) + int(code[0] != self._last_key)
        self._last_key = int(code[-1])
        order = in_sequences(code)
        of = code[order]
        begins = np.flatnonzero(np.diff(of, prepend=-1))
        self._counts.grow(len(self.keys))
        old = self.counts[of[begins]] > 0
        self.counts[of[begins]] += np.diff(begins, append=len(of))
        if self.clock is not None:
            when = self.clock.read([chunk.columns[n] for n in self.clock.columns], chunk.first)
            self._times(when, of, order, begins, old, chunk.first)
        return code

    def _times(self, when: NDArray[Any], of: Ints, order: Ints, begins: Ints, old: Flags, first: int) -> None:
        low, high = when.min(), when.max()
        self.low = low if self.low is None else min(self.low, low)
        self.high = high if self.high is None else max(self.high, high)
        if self._last is None:
            self._last = Growing(when.dtype)
        self._last.grow(len(self.keys))
        self._back.grow(len(self.keys))
        last, times = self._last.values, when[order]
        apart = np.empty(len(times), times.dtype)
        apart[1:] = times[1:] - times[:-1]
        apart[begins] = np.where(old, times[begins] - last[of[begins]], 1)
        real = np.ones(len(times), bool)
        real[begins[~old]] = False
        ends = np.append(begins[1:], len(of)) - 1
        last[of[ends]] = times[ends]
        back, twice = real & (apart < 0), real & (apart == 0)
        for name, hit in (("first_back", back), ("first_twice", twice)):
            if hit.any() and getattr(self, name) < 0:
                setattr(self, name, first + int(order[hit].min()))
        self.out_of_order += int(back.sum())
        self.twice += int(twice.sum())
        self._back.values[of[back]] = True
        ahead = real & (apart > 0)
        self.spacing.add(settled(apart[ahead], times[ahead]))

    def settle(self, source: Source) -> None:
        """Count distances and doubles anew in time order, where the rows are not in it."""
        if not self.out_of_order or self.clock is None:
            return
        wanted: dict[str, As] = dict.fromkeys(self.columns, "text")
        counts = self.counts
        with tempfile.TemporaryFile() as kept:
            times: Any = np.memmap(kept, dtype=self.clock.dtype, mode="w+", shape=int(counts.sum()))
            starts, at = room(len(counts), np.int64), room(len(counts), np.int64)
            np.cumsum(counts[:-1], out=starts[1:])
            at[:] = starts
            for chunk in source.chunks(wanted):
                code = self.keys.number(chunk)
                when = self.clock.read([chunk.columns[n] for n in self.clock.columns], chunk.first)
                order = in_sequences(code)
                of = code[order]
                begins = np.flatnonzero(np.diff(of, prepend=-1))
                sizes = np.diff(begins, append=len(of))
                times[np.repeat(at[of[begins]] - begins, sizes) + np.arange(len(of))] = when[order]
                at[of[begins]] += sizes
            # one step per sequence that is out of order: each is sorted where it stands
            for hit in np.flatnonzero(self._back.values):
                times[starts[hit] : starts[hit] + counts[hit]].sort()
            self._measure(times, starts)

    def _measure(self, times: Any, starts: Ints) -> None:
        """Distances and doubles of times that stand in order, sequence after sequence."""
        self.spacing, self.twice = Spacing(), 0
        for first in range(1, len(times), PIECE):
            some = times[first : first + PIECE]
            apart = some - times[first - 1 : first - 1 + len(some)]
            inside = np.ones(len(apart), bool)
            low, high = np.searchsorted(starts, [first, first + len(apart)])
            inside[starts[low:high] - first] = False
            self.twice += int((inside & (apart == 0)).sum())
            inside &= apart > 0
            self.spacing.add(settled(apart[inside], some[inside]))


def in_sequences(code: Ints) -> Ints:
    """(rows,) rows with those of one sequence together, in their order.

    Examples
    --------
    >>> in_sequences(np.array([1, 0, 1])).tolist()
    [1, 0, 2]
    """
    return np.arange(len(code)) if (code[1:] >= code[:-1]).all() else np.argsort(code, kind="stable")


def duration(value: float, unit: str | None) -> str:
    """A distance for a person: ``15 min``, ``1 d 6 h``, or the number when times are no instants.

    Examples
    --------
    >>> duration(5_400_000_000, "us"), duration(16, None)
    ('1 h 30 min', '16')
    """
    from lstmprep.wording import number

    if unit is None:
        return number(float(value))
    seconds = value / {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    if seconds < 1:
        return f"{number(round(seconds * 1000, 6))} ms"
    parts = []
    for name, size in (("d", 86400), ("h", 3600), ("min", 60)):
        whole = int(seconds // size)
        if whole:
            parts.append(f"{whole:,} {name}")
        seconds -= whole * size
    if seconds and len(parts) < 2:
        parts.append(f"{number(round(seconds, 3))} s")
    return " ".join(parts[:2])
