"""Cells that would be numbers if they were read with other marks, and the option that does it.

    1,234.5    --thousands ','            2,5    --decimal ','
    1.234,5    --thousands . --decimal ','        1 2 3  --delimiter ' '

Sees one text at a time; whoever met it adds where it stands.
"""

from __future__ import annotations

import re

from lstmprep.wording import quoted

_COMMAS = r"[+-]?\d{1,3}(?:,\d{3})+\Z"
_COMMAS_AND_POINT = r"[+-]?\d{1,3}(?:,\d{3})+\.\d*\Z"
_DECIMAL_COMMA = r"[+-]?\d*,\d+\Z"
_EUROPEAN = r"[+-]?\d{1,3}(?:\.\d{3})+,\d+\Z"
_APART = r"[+-]?\d{1,3}(?:(?P<mark>[ '_\u00a0\u2009\u202f\u2019])\d{3})(?:(?P=mark)\d{3})*(?P<rest>[.,]\d+)?\Z"
_UNIT = r"(?P<before>[$€£¥])? ?[+-]?\d[\d.,]* ?(?P<behind>[%€£¥])?\Z"
_BLANKS = r"[+-]?[\d.]+(?:[eE][+-]?\d+)?(?: +[+-]?[\d.]+(?:[eE][+-]?\d+)?)+\Z"
#: Encodings of several bytes a letter, and which of them are empty in the text of most tables.
WIDE = (("utf-32-le", 4, (1, 2, 3)), ("utf-32-be", 4, (0, 1, 2)), ("utf-16-le", 2, (1,)), ("utf-16-be", 2, (0,)))


def character(text: str) -> str:
    """The character that ``U+00A0`` stands for, since few can type it; any other text is itself.

    Examples
    --------
    >>> character("U+2019"), character("'")
    ('\u2019', "'")
    """
    found = re.fullmatch(r"[Uu]\+([0-9A-Fa-f]{4}|0[0-9A-Fa-f]{5})", text)
    return chr(int(found[1], 16)) if found else text


def is_mark(text: str, *, ascii_only: bool) -> bool:
    """Whether a text is one mark that may stand inside or beside numbers."""
    if len(text) != 1 or text.isalnum() or text in '"\r\n+-':
        return False
    return text.isascii() or (not ascii_only and (text.isprintable() or text.isspace()))


def number_hint(cell: str) -> str:
    """The option that would read the cell as one number; empty when none would.

    Examples
    --------
    >>> number_hint("2,5")
    "If the comma marks decimals, add --decimal ','."
    >>> number_hint("2.5")
    ''
    """
    if re.match(_COMMAS_AND_POINT, cell, re.ASCII):
        return "If the comma marks thousands, add --thousands ','."
    if re.match(_COMMAS, cell, re.ASCII):
        return "If the comma marks thousands, add --thousands ','; if it marks decimals, --decimal ','."
    if re.match(_DECIMAL_COMMA, cell, re.ASCII):
        return "If the comma marks decimals, add --decimal ','."
    if re.match(_EUROPEAN, cell, re.ASCII):
        return "If the number is written in the European way, add --thousands . --decimal ','."
    apart = re.match(_APART, cell, re.ASCII)
    if apart:
        comma = " --decimal ','" if (apart["rest"] or "").startswith(",") else ""
        return f"If {quoted(apart['mark'])} marks thousands, add --thousands {_typed(apart['mark'])}{comma}."
    return ""


def unit_hint(cell: str) -> str:
    """What to do about a number with a currency or per cent sign; empty when there is none.

    Examples
    --------
    >>> unit_hint("$1.50")
    "Write the numbers without '$': sed 's/[$]//g' FILE | lstmprep window - ..."
    >>> unit_hint("1.50")
    ''
    """
    found = re.match(_UNIT, cell)
    mark = found and (found["before"] or found["behind"])
    return f"Write the numbers without {quoted(mark)}: sed 's/[{mark}]//g' FILE | lstmprep window - ..." if mark else ""


def delimiter_hint(cell: str, delimiter: str) -> str:
    """The delimiter that would take the cell apart; empty when it is one cell.

    Examples
    --------
    >>> delimiter_hint("1;2", ",")
    "If ';' stands between the cells, add --delimiter ';'."
    >>> delimiter_hint("1 2 3", ",")
    "If a blank stands between the cells, add --delimiter ' '."
    """
    other = next((d for d in ";\t|" if d in cell and d != delimiter), None)
    if other:
        return f"If {quoted(other)} stands between the cells, add --delimiter {quoted(other)}."
    if delimiter != " " and re.match(_BLANKS, cell, re.ASCII):
        if "  " in cell:
            return "If blanks stand between the cells, make each run of them one: tr -s ' ' < FILE | lstmprep window - --delimiter ' ' ..."
        return "If a blank stands between the cells, add --delimiter ' '."
    return ""


def other_delimiter(header: list[str], line: str, delimiter: str) -> str:
    """The mark that stands between the cells of a header and of the line below it, when it is not the delimiter; else empty.

    A header of one cell needs no second witness; one of several is taken apart more finely by the mark, and the line below
    into as many cells.

    Examples
    --------
    >>> other_delimiter(["day;sold"], "1;2", ",")
    ';'
    >>> other_delimiter(["day;sold;note", " free"], "1;2;a", ",")
    ';'
    >>> other_delimiter(["a|1", "b|2"], "3,4", ",")
    ''
    """
    for mark in ";\t|":
        found = delimiter.join(header).count(mark)
        if mark != delimiter and found and (len(header) == 1 or (found >= len(header) and line.count(mark) == found)):
            return mark
    return ""


def decimal_comma(line: str, delimiter: str) -> str:
    """What reads a line of one column whose decimal comma was taken for a delimiter; empty when it is none.

    Examples
    --------
    >>> decimal_comma("1,5", ",")
    "If the comma marks decimals, add --delimiter ';' --decimal ','."
    """
    if delimiter == "," and re.match(_DECIMAL_COMMA, line, re.ASCII):
        return "If the comma marks decimals, add --delimiter ';' --decimal ','."
    return ""


def lines_above(line: int) -> str:
    """What to do about a title or a comment above the header."""
    return f"The header must be the first line, and as long as the rows. If it is line {line}, leave out what is above it: tail -n +{line} FILE | lstmprep window - ..."


def hint_for(cell: str, delimiter: str) -> str:
    """What to do about a cell that is no number, by how it looks."""
    return (
        number_hint(cell)
        or delimiter_hint(cell, delimiter)
        or unit_hint(cell)
        or f"Mend the cell, or name the text with --na-values {quoted(cell)} to read it as missing."
    )


def _typed(mark: str) -> str:
    """A mark as it is typed in a shell."""
    if not mark.isascii():
        return f"U+{ord(mark):04X}"
    return f'"{mark}"' if mark == "'" else f"'{mark}'"


def wide_encoding(head: bytes) -> str:
    """The encoding of text that has two or four bytes a letter and no mark at its front; nothing where it is none.

    Examples
    --------
    >>> wide_encoding("a,b".encode("utf-16-le")), wide_encoding(b"a,b;")
    ('utf-16-le', '')
    """
    for name, step, empty in WIDE:
        columns = [head[k::step] for k in range(step)]
        held = [
            column.count(0) * 10 > 8 * len(column) if k in empty else 0 not in column
            for k, column in enumerate(columns)
        ]
        if len(head) >= step and all(held):
            return name
    return ""
