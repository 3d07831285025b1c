"""One pass over a table: every column, the order of the rows, and what `window` would refuse.

source -> chunks -> Column, Column, ...   and   Order        memory does not grow with the rows
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field, replace
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.arrow import texts
from lstmprep.errors import LstmprepError, Where, located
from lstmprep.ingest.clock import Clock
from lstmprep.ingest.faults import Restart, no_rows
from lstmprep.naming import resolve
from lstmprep.records import record
from lstmprep.sources.ahead import ahead
from lstmprep.sources.base import As, Chunk, Described, Source
from lstmprep.sources.csv import CsvSource
from lstmprep.sources.several import FILE_KEY, Several
from lstmprep.survey.columns import Column, column_of
from lstmprep.survey.keys import Keys
from lstmprep.survey.order import Order
from lstmprep.survey.settings import Ask

WORTH_A_THREAD = 4 << 20
MOST_LINES = 8  # rows whose line is looked up: each may cost a reading of the file
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_HOURS = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
_PARTS = ("year", "month", "day", "hour", "minute", "second")
Progress = Callable[[int, int], None]


@record(eq=False)
class Scan:
    """What the pass has seen."""

    source: Source
    rows: int
    columns: dict[str, Column]
    order: Order | None
    keys: tuple[str, ...]  # those of a pivot among them: in the table as it stands they keep the times apart
    time: tuple[str, ...]
    assumed: bool
    problems: list[LstmprepError] = field(default_factory=list)
    repeated: int = 0
    whole: int = 0  # rows in a row that lack no number, at the most
    _lines: dict[int, Where] = field(default_factory=dict)

    def where(self, row: int, column: str | None = None) -> Where:
        """The address of a row; its line too, for some rows."""
        if row not in self._lines:
            if len(self._lines) == MOST_LINES:
                return Where(self.source.name, row=row + 1, column=column)
            self._lines[row] = self.source.where(row)
        return replace(self._lines[row], column=column)

    @property
    def lengths(self) -> NDArray[np.int64] | None:
        """(sequences,) rows of each; None when keys cannot be told."""
        if self.order is not None:
            return self.order.counts
        return None if self.keys else np.array([self.rows], np.int64)


def scanned(source: Source, ask: Ask, progress: Progress | None = None) -> Scan:
    """Read the table once (again only where a later row changes how times are read).

    Raises
    ------
    LstmprepError
        If columns that are named do not exist, or the text is no table at all.
    """
    first = source.parts[0] if isinstance(source, Several) else source
    if isinstance(first, CsvSource) and first.looks_headerless():
        raise first.headerless()
    looks = source.look()
    keys = resolve(ask.order.group_by, source.names, "--group-by")
    if ask.order.pivot is not None:
        keys += tuple(k for k in resolve([ask.order.pivot], source.names, "--pivot") if k not in keys)
    if ask.reading.file_as == "sequence" and isinstance(source, Several):
        keys += (FILE_KEY,)
    time = resolve(ask.order.time, source.names, "--time")
    assumed = not time
    if assumed:
        time = _likely_time(source.names, looks, keys)
    clock = clock_for(time, ask) if time else None
    while True:
        found = _Pass(source, ask, looks, Order(clock, Keys(keys)) if clock or keys else None, assumed=assumed)
        try:
            out = found.read(progress)
            if out.order is not None:
                out.order.settle(source)
        except Restart:
            continue
        return out


def clock_for(time: tuple[str, ...], ask: Ask) -> Clock:
    """The reader of these time columns."""
    return Clock(time, ask.order.time_format)


def _likely_time(names: list[str], looks: dict[str, Described], keys: tuple[str, ...]) -> tuple[str, ...]:
    """The first column of dates, with its time of day; else year, month and so on: when nobody named the time."""
    free = [n for n in names if n not in keys]
    for name in free:
        look = looks[name]
        if look.look == "time" or (look.look == "text" and is_instant(look.example)):
            whole_days = re.fullmatch(_DAY, look.example)
            hours = [n for n in free if looks[n].look == "text" and re.fullmatch(_HOURS, looks[n].example)]
            return (name, *hours[:1]) if whole_days else (name,)
    by_part = {n.casefold(): n for n in reversed(free) if looks[n].look == "number"}
    parts = tuple(by_part[p] for p in takewhile(by_part.__contains__, _PARTS))
    return parts if len(parts) > 1 else ()


def is_instant(cell: str) -> bool:
    """Whether a text is a date or a time in ISO 8601.

    Examples
    --------
    >>> is_instant("2018-01-20"), is_instant("20/01/2018"), is_instant("EWR")
    (True, False, False)
    """
    import pyarrow as pa

    for zone in (None, "UTC"):
        try:
            texts([cell]).cast(pa.timestamp("us", tz=zone))
        except (pa.ArrowInvalid, UnicodeEncodeError):
            continue
        return True
    return False


class _Pass:
    def __init__(
        self, source: Source, ask: Ask, looks: dict[str, Described], order: Order | None, *, assumed: bool
    ) -> None:
        self.source, self.ask, self.order, self.assumed = source, ask, order, assumed
        self.columns = {n: column_of(n, looks[n], len(source.names)) for n in source.names}
        self.problems: list[LstmprepError] = []
        self.repeated = 0
        self.whole = self._running = 0
        self._texts = set(order.columns if order else ())
        self._asked = (
            tuple(order.keys.columns) if order else (),
            tuple(order.clock.columns) if order and order.clock else (),
        )
        self._last: dict[str, float] = {}
        self._code: Any = None

    def read(self, progress: Progress | None) -> Scan:
        """All rows."""
        reading = self.ask.reading
        missing, marks, named = reading.missing_texts, (reading.decimal, reading.thousands), reading.missing_numbers
        wanted: dict[str, As] = {n: self._as(n, c) for n, c in self.columns.items()}
        wanted |= dict.fromkeys(self._texts - set(wanted), "text")
        chunks = self.source.chunks(wanted)
        for chunk in ahead(chunks) if self.source.bytes > WORTH_A_THREAD else chunks:
            code = self._order(chunk)
            numbers, lacks = {}, np.zeros(chunk.rows, bool)
            for name, column in self.columns.items():
                values = column.take(chunk.columns[name], chunk.first, missing, marks, named)
                if values is None or name in self._texts or column.facts.odd.count > column.facts.numbers:
                    continue
                lacks |= np.isnan(values)
                numbers[name] = values
            self._runs(lacks)
            self._repeats(numbers, code)
            if progress is not None:
                progress(chunk.first + chunk.rows, 0)
        if not self.source.rows:
            with located(file=self.source.name):
                raise no_rows()
        keys, time = self._asked
        if self.order is None and self.assumed:
            time = ()
        return Scan(
            self.source, self.source.rows, self.columns, self.order, keys, time,
            self.assumed and bool(time), self.problems, self.repeated, self.whole,
        )  # fmt: skip

    def _as(self, name: str, column: Column) -> As:
        return "text" if name in self._texts or column.look.look == "text" else "number"

    def _order(self, chunk: Chunk) -> Any:
        """The sequence of each row; an order that cannot be followed is a problem, and said once."""
        if self.order is None:
            return None
        try:
            return self.order.take(chunk)
        except LstmprepError as error:
            if not self.assumed or self.order.clock is None:
                error.where = error.where.or_else(Where(column=", ".join(self._asked[1]) or None))
                if error.where.row is not None:
                    place = self.source.where(error.where.row)
                    error.where = replace(place, column=error.where.column)
                self.problems.append(
                    error.__class__(error.what, fix=error.fix, where=error.where.or_else(Where(self.source.name)))
                )
            self.order = None
            return None

    def _runs(self, lacks: NDArray[np.bool_]) -> None:
        """The longest run of rows that lack no number."""
        at = np.flatnonzero(lacks)
        if not len(at):
            self._running += len(lacks)
            self.whole = max(self.whole, self._running)
            return
        inner = int(np.diff(at).max()) - 1 if len(at) > 1 else 0
        self.whole = max(self.whole, self._running + int(at[0]), inner)
        self._running = len(lacks) - 1 - int(at[-1])
        self.whole = max(self.whole, self._running)

    def _repeats(self, numbers: dict[str, NDArray[np.float64]], code: Any) -> None:
        """Rows whose numbers are all those of the row before."""
        if not numbers:
            return
        n = len(next(iter(numbers.values())))
        same = np.ones(n, bool)
        for name, values in numbers.items():
            same[1:] &= values[1:] == values[:-1]
            same[0] &= self._last.get(name) == values[0]
            self._last[name] = float(values[-1])
        if code is not None:
            same[1:] &= code[1:] == code[:-1]
            same[0] &= self._code == code[0]
            self._code = code[-1]
        self.repeated += int(same.sum())
