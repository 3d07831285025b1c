"""What the order of the rows is: sequences, their lengths, and the distances between their times.

    chunk -> key of each row -> number of its sequence -> time minus the time before it there
                                                          < 0 out of order, 0 twice, > 0 a distance

Distances are those of the sorted sequences. While rows come in time order they are counted on the
way; where they do not, times are read once more into a file without a name, sequence by sequence,
and each is sorted in place: memory follows the number of sequences, not of rows.
"""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.arrow import arrow_of, buffer
from lstmprep.errors import DataError, Where
from lstmprep.ingest.clock import Clock
from lstmprep.ingest.keys import as_text, first_empty
from lstmprep.sources.base import As, Chunk, Source
from lstmprep.survey.spacing import Spacing

Ints = NDArray[np.int64]


class Keys:
    """Numbers the sequences by first sight."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self._known: dict[tuple[str, ...], int] = {}

    def __len__(self) -> int:
        return len(self._known) if self.columns else 1

    def number(self, chunk: Chunk) -> Ints:
        """(rows,) the sequence of each row.

        Raises
        ------
        DataError
            If a key is empty.
        """
        if not self.columns:
            return np.zeros(chunk.rows, np.int64)
        rank, parts = np.zeros(chunk.rows, np.int64), []
        for name in self.columns:
            text = as_text(chunk.columns[name])
            empty = first_empty(text)
            if empty >= 0:
                raise DataError(
                    "the key is empty",
                    fix="Give every row its key; a row without one belongs to no sequence.",
                    where=Where(row=chunk.first + empty, column=name),
                )
            coded = text.dictionary_encode()
            rank = np.unique(rank * len(coded.dictionary) + buffer(coded.indices, "i4"), return_inverse=True)[1]
            parts.append(text)
        _, firsts, code = np.unique(rank, return_index=True, return_inverse=True)
        taken = [part.take(arrow_of(firsts)).to_pylist() for part in parts]
        known = self._known
        # one step per different key of a chunk, not per row
        numbers = [known.setdefault(key, len(known)) for key in zip(*taken, strict=True)]
        return np.asarray(numbers, np.int64)[code]

    def key(self, number: int) -> list[str]:
        """The texts of a sequence's key."""
        return list(list(self._known)[number]) if self.columns else []


class Order:
    """Follows times and keys over the chunks."""

    def __init__(self, clock: Clock | None, keys: Keys) -> None:
        self.clock, self.keys = clock, keys
        self.counts = np.zeros(0, np.int64)
        self.out_of_order = self.twice = 0
        self.first_back = self.first_twice = -1
        self.low: Any = None
        self.high: Any = None
        self.spacing = Spacing()
        self._last: NDArray[Any] = np.zeros(0)
        self._back = np.zeros(0, bool)
        self.runs = 0
        self._last_key = -1

    @property
    def columns(self) -> list[str]:
        """Columns that are read as text."""
        return [*self.keys.columns, *(self.clock.columns if self.clock else ())]

    def take(self, chunk: Chunk) -> Ints:
        """Take in the keys and times of a chunk; the sequence of each row."""
        code = self.keys.number(chunk)
        grown = len(self.keys) - len(self.counts)
        self.counts = np.append(self.counts, np.zeros(grown, np.int64))
        before = self.counts.copy() if self.clock else self.counts
        self.counts += np.bincount(code, minlength=len(self.counts))
        self.runs += int((np.diff(code) != 0).sum()) + int(code[0] != self._last_key)
        self._last_key = int(code[-1])
        if self.clock is not None:
            when = self.clock.read([chunk.columns[n] for n in self.clock.columns], chunk.first)
            self._back = np.append(self._back, np.zeros(grown, bool))
            self._last = np.append(self._last, np.zeros(grown)).astype(when.dtype)
            self._times(when, code, before, chunk.first)
        return code

    def _times(self, when: NDArray[Any], code: Ints, before: Ints, first: int) -> None:
        low, high = when.min(), when.max()
        self.low = low if self.low is None else min(self.low, low)
        self.high = high if self.high is None else max(self.high, high)
        order = np.argsort(code, kind="stable") if len(self.keys) > 1 else np.arange(len(code))
        of, times = code[order], when[order]
        begins = np.flatnonzero(np.diff(of, prepend=-1))
        apart = np.empty(len(times), times.dtype)
        apart[1:] = times[1:] - times[:-1]
        old = before[of[begins]] > 0
        apart[begins] = np.where(old, times[begins] - self._last[of[begins]], 1)
        real = np.ones(len(times), bool)
        real[begins[~old]] = False
        ends = np.append(begins[1:], len(of)) - 1
        self._last[of[ends]] = times[ends]
        back, twice = real & (apart < 0), real & (apart == 0)
        for name, hit in (("first_back", back), ("first_twice", twice)):
            if hit.any() and getattr(self, name) < 0:
                setattr(self, name, first + int(order[hit].min()))
        self.out_of_order += int(back.sum())
        self.twice += int(twice.sum())
        self._back[of[back]] = True
        self.spacing.add(apart[real & (apart > 0)])

    def settle(self, source: Source) -> None:
        """Count distances and doubles anew in time order, where the rows are not in it."""
        if not self.out_of_order or self.clock is None:
            return
        wanted: dict[str, As] = dict.fromkeys(self.columns, "text")
        with tempfile.TemporaryFile() as kept:
            times: Any = np.memmap(kept, dtype=self.clock.dtype, mode="w+", shape=int(self.counts.sum()))
            stops = np.cumsum(self.counts)
            starts = stops - self.counts
            at = starts.copy()
            for chunk in source.chunks(wanted):
                code = self.keys.number(chunk)
                when = self.clock.read([chunk.columns[n] for n in self.clock.columns], chunk.first)
                order = np.argsort(code, kind="stable")
                of = code[order]
                begins = np.flatnonzero(np.diff(of, prepend=-1))
                sizes = np.diff(np.append(begins, len(of)))
                times[np.repeat(at[of[begins]] - begins, sizes) + np.arange(len(of))] = when[order]
                at[of[begins]] += sizes
            # one step per sequence that is out of order: each is sorted where it stands
            for hit in np.flatnonzero(self._back):
                times[starts[hit] : stops[hit]].sort()
            self.spacing, self.twice = Spacing(), 0
            own = np.zeros(len(times), bool)
            own[starts] = True
            for i in range(1, len(times), 1 << 20):
                apart = np.diff(times[i - 1 : i + (1 << 20)])
                apart = apart[~own[i : i + (1 << 20)]]
                self.twice += int((apart == 0).sum())
                self.spacing.add(apart[apart > 0])


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
