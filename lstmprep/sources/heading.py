"""The first line of delimited text: the names of the columns, or something that is no header.

    names ──► distinct          a title or a comment above the header, another delimiter: refused
      └─► is_data               a first line of numbers; whoever reads the table decides

Sees bytes and names; files are opened elsewhere.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from lstmprep.errors import DataError, RecipeError, Where
from lstmprep.marks import decimal_comma, lines_above, other_delimiter
from lstmprep.sources.blocks import OPENING, first_record, lines_in, records
from lstmprep.wording import counted, listed, quoted

if TYPE_CHECKING:
    from lstmprep.parts import Reading

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
SPREADSHEET = re.compile(rb'"?sep=([^\r\n])"?[;,\t]*\r?\n', re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?\Z", re.ASCII)
#: Lines above a header that are looked for.
PREAMBLE = 50


def names(first: bytes, delimiter: str, reading: Reading, file: str) -> tuple[list[str], int]:
    """The cells of the header, and the bytes that it takes; ``c0``, ``c1`` ... and none without a header."""
    cells, taken = first_record(first, delimiter, file)
    if not cells:
        raise DataError("the file is empty: it has no columns", fix="Give a file with a header and rows.")
    told = SPREADSHEET.match(first)
    if told:
        fix = f"Leave it out: tail -n +2 FILE | lstmprep window - --delimiter {quoted(told[1].decode('latin-1'))} ..."
        raise DataError(
            "the first line tells a spreadsheet what stands between the cells, and names no column", fix=fix
        )
    if reading.no_header:
        return [f"c{i}" for i in range(len(cells))], 0
    below = first[taken : first.find(b"\n", taken) % (len(first) + 1)].decode("utf-8", "replace")
    other = other_delimiter(cells, below, delimiter)
    if other and (len(cells) == 1 or not reading.delimiter):
        seen = f"one column, {quoted(cells[0])}" if len(cells) == 1 else f"{len(cells)} columns, {listed(cells)}"
        fix = f"If {quoted(other)} stands between the cells, add --delimiter {quoted(other)}."
        raise RecipeError(f"the header is {seen}", fix=fix)
    if len(cells) == 1:
        _require_no_preamble(first, taken, delimiter)
    return cells, taken


def _require_no_preamble(first: bytes, taken: int, delimiter: str) -> None:
    """Refuse a first line of one cell above lines of several: a title or a comment, and no header."""
    line = 1 + lines_in(first[:taken])
    for row, (at, cells) in enumerate(islice(records(first[taken : taken + OPENING], delimiter), PREAMBLE), 1):
        if len(cells) > 1 and not decimal_comma(delimiter.join(cells), delimiter):
            raise DataError(
                f"the row has {counted(len(cells), 'value')}, the header {counted(1, 'name')}",
                fix=lines_above(line + at),
                where=Where(row=row, line=line + at),
            )


def distinct(cells: list[str]) -> list[str]:
    """Names without doubles; ``#3`` is a third column without a name."""
    import unicodedata

    named = [n or f"#{i + 1}" for i, n in enumerate(cells)]
    seen: dict[str, int] = {}
    for i, name in enumerate(named):
        same = name if name.isascii() else unicodedata.normalize("NFC", name)
        if same in seen:
            raise RecipeError(
                f"the header names {quoted(name)} twice, columns {seen[same] + 1} and {i + 1}",
                fix="Rename one of them in the file, or read it with --no-header once the header line is gone.",
            )
        seen[same] = i
    return named


def is_data(found: list[str]) -> bool:
    """Whether names look like data: numbers and dates only, or mostly decimals.

    Examples
    --------
    >>> is_data(["1.5", "2020-01-01"]), is_data(["1.5", "temp"]), is_data(["2020", "temp"])
    (True, False, False)
    """
    cells = [n for n in found if not n.startswith("#")]
    numbers = sum(bool(NUMBER.match(c)) for c in cells)
    decimals = sum(bool(NUMBER.match(c)) and "." in c for c in cells)
    return bool(cells) and (
        numbers + sum(bool(_DATE.match(c)) for c in cells) == len(cells) or (decimals > 0 and numbers * 2 > len(cells))
    )
