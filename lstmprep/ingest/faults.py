"""What is said of a cell that cannot be used: where it stands, what it is, what to do.

The checks stand where the values pass; the words stand here.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from lstmprep.arrow import texts
from lstmprep.errors import DataError, Where
from lstmprep.ingest.numbers import ColumnFacts
from lstmprep.marks import hint_for, number_hint
from lstmprep.recipe import Recipe
from lstmprep.sources.base import Source
from lstmprep.wording import name_of, number, quoted


class Restart(Exception):  # noqa: N818 (no error: the pass begins again with what it learned)
    """A later row showed that a column must be read in another way."""


def not_a_number(
    source: Source, recipe: Recipe, name: str, facts: ColumnFacts, *, answer: bool, mostly: bool = False
) -> DataError:
    """A text among numbers, or instead of them (`mostly`), and the option that would read it."""
    cell = facts.odd.cell
    fix = hint_for(cell, recipe.reading.delimiter or ",")
    if cell == name:
        fix = "The header stands here again: take the line out."
    elif facts.odd.row == 0 and facts.odd.count == 1 and not any(c.isdigit() for c in cell):
        fix = f"If the line holds units, take it out; else name the text with --na-values {quoted(cell)} to read it as missing."
    elif answer and mostly and not written_otherwise(cell):
        fix = f"Classes are predicted with --label {name_of(name)}; --target takes numbers."
    elif facts.odd.count > 1 and not answer and not any(c.isdigit() for c in cell):
        classes = "" if recipe.framing.kind == "reshape" else "--categorical makes one feature per class, "
        fix = f"{fix} A text column: {classes}--exclude leaves it out."
    return DataError(f"{quoted(cell)} is not a number", fix=fix, where=source.where(facts.odd.row, name))


def no_rows() -> DataError:
    """A header and nothing below it."""
    return DataError("the table has no rows (0 rows below the header)", fix="Give a file with a header and rows.")


def mixed(source: Source, name: str, facts: ColumnFacts) -> DataError:
    """True and false beside numbers that are neither 0 nor 1."""
    return DataError(
        "the column mixes true and false with other numbers: the first stands here",
        fix="Write 1 and 0, or leave the column out with --exclude.",
        where=source.where(facts.first_word, name) if facts.first_word >= 0 else Where(source.name, column=name),
    )


def infinite(source: Source, name: str, row: int) -> DataError:
    """An infinite value, as it stands in the source."""
    cell = source.cell(row, name) or "inf"
    if any(c.isdigit() for c in cell):
        return DataError(
            f"{quoted(cell)} is beyond the largest number (about 1.8e308)",
            fix="Mend the cell, or name the text with --na-values.",
            where=source.where(row, name),
        )
    return DataError(
        f"{quoted(cell)} is infinite",
        fix=f"Mend the cell, or read it as missing with --na-values {quoted(cell)}.",
        where=source.where(row, name),
    )


def beyond(source: Source, name: str, row: int, value: float, dtype: str) -> DataError:
    """A number that the type of the output cannot hold."""
    largest = float(np.finfo(dtype).max)
    wider = {"float16": "float32" if abs(value) < float(np.finfo("float32").max) else "float64"}.get(dtype, "float64")
    return DataError(
        f"{number(value)} is beyond the largest {dtype} ({largest:.6g})",
        fix=f"Add --dtype {wider}, or leave the column out with --exclude.",
        where=source.where(row, name),
    )


def written_otherwise(cell: str) -> bool:
    """Whether a cell looks like a number with other marks: decimal commas, thousands."""
    return bool(number_hint(cell))


def missing_time(row: int) -> DataError:
    """A row without a time."""
    return DataError(
        "the time is missing",
        fix="Mend the cell, or take the row out if nothing stands in it: a row without a time has no place.",
        where=Where(row=row),
    )


def time_hint(cell: str) -> str:
    """What would read a text that is no ISO time."""
    numeric = re.fullmatch(
        r"\d{1,2}([/.-])\d{1,2}[/.-](\d{2}|\d{4})(?:([ T])(\d{1,2}.\d{2}(?:.\d{2})?)( ?[AP]M)?)?", cell
    )
    if numeric:
        mark, year, gap, clock, half = numeric.groups()
        tail = "%Y" if len(year) == len("2020") else "%y"
        if clock:
            hour = "%I" if half else "%H"
            tail += gap + re.sub(
                r"\d+(\D)\d+(\D)?(\d+)?", lambda m: f"{hour}{m[1]}%M" + (f"{m[2]}%S" if m[3] else ""), clock
            )
            tail += half.replace("AM", "%p").replace("PM", "%p") if half else ""
        day, month = f"%d{mark}%m{mark}{tail}", f"%m{mark}%d{mark}{tail}"
        return f"Day or month first cannot be told: say it, --time-format '{day}' or '{month}'."
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
        return "Mend the cell: the calendar has no such day."
    if re.fullmatch(r"\d{4}([/.-])\d{1,2}\1\d{1,2}", cell):
        return f"Say how it is written: --time-format '%Y{cell[4]}%m{cell[4]}%d'."
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}.*", cell) or re.match(r"\d{5,}-", cell):
        return "Mend the cell: times are 2018-01-31, 2018-01-31 05:00 or 2018-01-31T05:00:00Z; other ways with --time-format."
    named = re.fullmatch(
        r"(\d{1,2})?([ -]?)([A-Z][a-z]{2,8})([ -]?)(?(1)|\d{1,2}(,?) )(\d{4})(?: (\d{1,2}:\d{2}(:\d{2})?))?", cell
    )
    if named:
        day, mark, month, gap, comma, _, clock, seconds = named.groups()
        name = "%b" if len(month) == len("Jan") else "%B"
        date = f"%d{mark}{name}{gap}%Y" if day else f"{name}{gap}%d{comma or ''} %Y"
        time = f" %H:%M{':%S' if seconds else ''}" if clock else ""
        return f"Say how it is written: --time-format '{date}{time}'."
    return "Say how times are written, for example --time-format '%d.%m.%Y %H:%M', or '%b %d %Y' for Jan 5 2018."


def no_time(cells: pa.Array, first: int, aware: bool | None) -> DataError:  # noqa: FBT001
    """Name the first cell that is no ISO time, and say what would read it."""
    zone = re.compile(r"[0-9](Z|[+-][0-9]{2}(:?[0-9]{2})?)\Z")
    kinds = [pa.timestamp("us"), pa.timestamp("us", tz="UTC")]
    for i, cell in enumerate(cells.to_pylist()):
        has_zone = bool(zone.search(cell)) and "T" in cell.upper() + ("T" if ":" in cell else "")
        where = Where(row=first + i)
        try:
            texts([cell]).cast(kinds[has_zone])
        except pa.ArrowInvalid:
            return DataError(f"{quoted(cell)} is not a time in ISO 8601", fix=time_hint(cell), where=where)
        if aware is not None and aware != has_zone:
            return DataError(
                f"{quoted(cell)} {'has' if has_zone else 'lacks'} a time zone, unlike the times before it",
                fix="Write all times with a zone (2020-01-01T12:00Z), or all without.",
                where=where,
            )
        aware = has_zone
    return DataError(
        "a time cannot be read",
        fix="Write times in ISO 8601, or say how with --time-format.",
        where=Where(row=first),
    )
