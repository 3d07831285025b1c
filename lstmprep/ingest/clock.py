"""The time of a row as one number: an instant, or a place in an order.

    2018-01-20T05:00Z    -> microseconds since 1970 in UTC      (text in ISO 8601, or --time-format)
    Date, Time           -> the two texts, one instant
    year, month, day, hour -> the numbers, one instant
    1700, 1701           -> a bare number is an order, not an instant

Day and month are never guessed: text that is not ISO 8601 needs --time-format.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import types as t

from lstmprep.arrow import as_int64, buffer, is_in, matches, nulls, text
from lstmprep.errors import DataError, RecipeError, Where
from lstmprep.ingest.calendar import clock_time, dates
from lstmprep.ingest.faults import Restart, missing_time, no_time
from lstmprep.ingest.instants import PER_SECOND, WORDS, localised, since_1970
from lstmprep.ingest.keys import as_text
from lstmprep.ingest.numbers import NUMBER, bare
from lstmprep.ingest.written import cast, named_zone, styled, whole_numbers
from lstmprep.ingest.zones import UTC, Zone
from lstmprep.parts import MISSING
from lstmprep.wording import listed, number, quoted

Times = NDArray[Any]
_UNITS = {
    "year": "Y", "yr": "Y", "yyyy": "Y", "month": "M", "mon": "M", "mo": "M", "mnth": "M", "day": "D", "dy": "D", "dd": "D",
    "hour": "h", "hr": "h", "hh": "h", "minute": "m", "min": "m", "second": "s", "sec": "s",
}  # fmt: skip
_WHOLE = r"^[+-]?[0-9]{1,18}$"


class Clock:
    """Reads the time columns of chunk after chunk.

    Parameters
    ----------
    columns : tuple of str
        One column, or several that are one instant.
    style : str or None
        ``--time-format``.
    epoch : str or None
        ``--time-unit``: numbers are instants, so many of it after 1970 in UTC.
    zone : str or None
        ``--timezone``: where times without a zone were read off a clock.

    Attributes
    ----------
    kind : {"integer", "number", "instant"}
        What a time is; known after the first chunk.
    unit : str
        Of an instant: "us" or "ns".
    zone : Zone or None
        The zone of ``--timezone``.
    """

    def __init__(
        self, columns: tuple[str, ...], style: str | None = None, *, epoch: str | None = None, zone: str | None = None
    ) -> None:
        self.columns, self.style, self.epoch = columns, style, epoch
        self.zone = Zone(zone) if zone is not None else None
        self.kind: str | None = None
        self.unit = "ns" if epoch == "ns" else "us"
        self.written: bool | None = None  # whether the times themselves say their zone
        self.other: str | None = None  # the zone that the times name, where it is another than UTC
        self._units = [_UNITS.get(c.casefold()) for c in columns]

    @property
    def dtype(self) -> str:
        """The type times are kept in."""
        return "f8" if self.kind == "number" else "i8"

    def read(self, arrays: list[pa.Array], first: int) -> Times:
        """The times of one chunk.

        Raises
        ------
        DataError
            If a cell is missing or is no time; the row is in the error's address.
        """
        out = self._read(arrays, first)
        if self.zone is None or self.written:
            return out
        if self.kind != "instant":
            raise RecipeError(
                "--timezone is for times of a clock, and the times are plain numbers",
                fix="Leave --timezone out, or say what the numbers count since 1970 with --time-unit s, ms, us or ns.",
            )
        return localised(out, self.zone, self.unit, first)

    @property
    def aware(self) -> bool:
        """Whether instants are kept in UTC; else they are readings of some clock."""
        return bool(self.written) or self.zone is not None

    @property
    def per_second(self) -> int:
        """Units of an instant in a second; 1 for times that are plain numbers."""
        return PER_SECOND[self.unit] if self.kind == "instant" else 1

    def walls(self, times: Times) -> Times:
        """What the clock on the wall shows at these instants: of ``--timezone``, else as they are kept."""
        return times if self.zone is None else self.zone.walls(times, self.per_second)

    def _read(self, arrays: list[pa.Array], first: int) -> Times:
        parts = [bare(a) for a in arrays]
        if len(parts) == 1 and (self.style is None or t.is_timestamp(parts[0].type) or t.is_date(parts[0].type)):
            return self._one(parts[0], first)  # what is a time already is written in no way
        if self.style is None and all(self._units[1:]) and self._units[1:]:
            return self._composed(parts, first)
        cells = [self._text(p, first) for p in parts]
        from pyarrow import compute

        joined = cells[0] if len(cells) == 1 else compute.binary_join_element_wise(*cells, text(" "))
        return self._styled(joined, first) if self.style is not None else self._iso(joined, first)

    def text(self, value: Any) -> str:
        """A time for a person."""
        if self.kind != "instant":
            return number(float(value))
        when = str(np.array(int(value), np.int64).view(f"M8[{self.unit}]"))
        when = re.sub(r"(\.\d*?)0+$", r"\1", when).rstrip(".")
        return (when.removesuffix("T00:00:00") if not self.aware else when + "Z").replace("T", " ")

    def arrow_type(self) -> pa.DataType:
        """The type of a time in the index."""
        if self.kind == "instant":
            return pa.timestamp(self.unit, tz="UTC" if self.aware else None)
        return pa.float64() if self.kind == "number" else pa.int64()

    def _set(self, kind: str, first: int, cells: Any) -> None:
        if self.kind is None:
            self.kind = kind
        elif self.kind != kind:
            if {self.kind, kind} == {"integer", "number"}:
                self.kind = "number"
                raise Restart
            raise DataError(
                f"{quoted(cells[0])} is not a time like the ones before it",
                fix="Write all times in one way.",
                where=Where(row=first),
            )

    def _one(self, array: pa.Array, first: int) -> Times:
        kind = array.type
        if t.is_timestamp(kind) or t.is_date(kind):
            if self.epoch is not None:
                raise RecipeError(
                    f"--time-unit is for numbers, and the column holds {kind}", fix="Leave --time-unit out."
                )
            return self._typed(array, first)
        if t.is_integer(kind) or t.is_floating(kind) or t.is_decimal(kind):
            self._require_all(array, first)
            return self._numbers(array, first)
        if not (t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind)):
            fix = "Name a column of dates, ISO 8601 text or numbers with --time."
            alone = "A time of day needs its date: --time DATE,TIME."
            raise RecipeError(f"the column holds {kind}, which is no time", fix=alone if t.is_time(kind) else fix)
        cells = self._text(array, first)
        from pyarrow import compute

        if self.epoch is not None and not (numeric := matches(cells, NUMBER)).all():
            at = int(np.argmin(numeric))
            raise DataError(
                f"{quoted(cells[at])} is not a number of {WORDS[self.epoch]}",
                fix="Mend the cell; times in ISO 8601 are read without --time-unit.",
                where=Where(row=first + at),
            )
        if matches(cells, _WHOLE).all():
            return self._numbers(compute.cast(compute.utf8_ltrim(cells, "+"), pa.int64()), first)
        numeric = matches(cells, NUMBER)
        order = self.kind in ("integer", "number")
        if not numeric.all() and (order or (self.kind is None and numeric.sum() * 2 > len(numeric))):
            at = int(np.argmin(numeric))
            raise DataError(
                f"{quoted(cells[at])} is not a number like the other times",
                fix="Mend the cell, or take the line out.",
                where=Where(row=first + at),
            )
        if numeric.all():
            return self._numbers(compute.cast(compute.utf8_ltrim(cells, "+"), pa.float64()), first)
        return self._iso(cells, first)

    def _numbers(self, array: pa.Array, first: int) -> Times:
        from pyarrow import compute

        if self.epoch is not None:
            self._set("instant", first, array)
            self.written = True
            return since_1970(cast(array, pa.int64(), first) if t.is_integer(array.type) else array, self.epoch, first)
        whole = t.is_integer(array.type)
        if whole and self.kind == "number":
            array, whole = compute.cast(array, pa.float64(), safe=False), False
        self._set("integer" if whole else "number", first, array)
        if whole and not t.is_uint64(array.type):
            return as_int64(array)
        out: Times = buffer(cast(array, pa.int64() if whole else pa.float64(), first), self.dtype)
        if not whole and not np.isfinite(out).all():
            raise DataError(
                "the time is missing or infinite",
                fix="Mend the cell: a row without a time has no place.",
                where=Where(row=first + int(np.flatnonzero(~np.isfinite(out))[0])),
            )
        return out

    def _typed(self, array: pa.Array, first: int) -> Times:
        self._require_all(array, first)
        zone = array.type.tz if t.is_timestamp(array.type) else None
        self._same_zone(zone is not None, first, array)
        self.other = None if zone in UTC else zone
        if t.is_timestamp(array.type) and array.type.unit == "ns":
            self._finer()
        self._set("instant", first, array)
        return buffer(cast(cast(array, pa.timestamp(self.unit, tz=zone), first), pa.int64(), first), "i8")

    def _same_zone(self, aware: bool, first: int, cells: Any) -> None:  # noqa: FBT001
        """Instants and wall clocks do not mix."""
        if self.written is not None and self.written != aware:
            raise DataError(
                f"{quoted(cells[0])} {'has' if aware else 'lacks'} a time zone, unlike the times before it",
                fix="Write all times with a zone (2020-01-01T12:00Z), or all without.",
                where=Where(row=first),
            )
        self.written = aware

    def _finer(self) -> None:
        """Keep nanoseconds; what was read in microseconds is read again."""
        if self.unit == "us":
            self.unit = "ns"
            if self.kind is not None:
                raise Restart

    def _require_all(self, array: pa.Array, first: int) -> None:
        gone = nulls(array)
        if gone is not None:
            raise missing_time(first + int(np.argmax(gone)))

    def _text(self, array: pa.Array, first: int) -> pa.Array:
        cells = as_text(array)
        gone, empty = is_in(cells, list(MISSING)), nulls(cells)
        if empty is not None:
            gone |= empty
        if gone.any():
            raise missing_time(first + int(np.argmax(gone)))
        return cells

    def _iso(self, cells: pa.Array, first: int) -> Times:
        if matches(cells, r"^[0-9]{4}-[0-9]{2}$").all():  # a month is its first day
            from pyarrow import compute

            cells = compute.binary_join_element_wise(cells, text("01"), text("-"))
        if matches(cells, r"\.[0-9]{7,9}").any():
            self._finer()
        for aware in (False, True):
            if self.written is not None and self.written != aware:
                continue
            try:
                out = cells.cast(pa.timestamp(self.unit, tz="UTC" if aware else None))
            except pa.ArrowInvalid:
                continue
            self._set("instant", first, cells)
            self.written = aware
            self.other = self.other or (named_zone(cells, "") if aware else None)
            return buffer(out.cast(pa.int64()), "i8")
        raise no_time(cells, first, self.written)

    def _styled(self, cells: pa.Array, first: int) -> Times:
        style = self.style or ""
        found = styled(cells, style, self.unit, first)
        self.other = self.other or named_zone(cells, style)
        self._set("instant", first, cells)
        self.written = "%z" in style
        return found

    def _composed(self, parts: list[pa.Array], first: int) -> Times:
        """Year, month, ... as numbers; or a date and the units below it."""
        values: dict[str, Times] = {}
        start = 0 if self._units[0] else 1
        for unit, part, name in list(zip(self._units, parts, self.columns, strict=True))[start:]:
            values[unit or ""] = whole_numbers(self._text(part, first), name, first)
        if start:
            days = self._iso(self._text(parts[0], first), first).view(f"M8[{self.unit}]").astype("M8[us]")
        else:
            if "Y" not in values or self._units != sorted(self._units, key="YMDhms".index):  # type: ignore[arg-type]
                raise RecipeError(
                    f"{listed(self.columns)} do not make a time",
                    fix="Name year, month, day, hour, minute, second in this order, from the year on.",
                )
            days = dates(values, first)
            self._set("instant", first, days)
            self.written = False
        return np.asarray((days + clock_time(values, first)).astype(f"M8[{self.unit}]").view(np.int64))
