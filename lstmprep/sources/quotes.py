"""Where records end: a newline inside quotes ends none.

    1,5" pipe      a quote inside a bare cell opens nothing
    2,"x           a quote at the beginning of a cell opens it,
    3,y"           and a quote that is not doubled closes it
    ^ the first line ends a record, the second does not

Where every quote stands as it should, which one opens and which closes is a matter of counting, done
for a whole block at once. Where one does not, lines are taken one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

LINE_END = re.compile(rb"\r\n|\n|\r")
_CLOSING = re.compile(rb'(?:[^"]|"")*?"(?!")')
QUOTE = ord('"')
MOST_BLANKS = 4096
FEW = 256  # quotes in a block that are found one by one, at the speed of memory
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]


def places(data: bytes) -> Ints:
    r"""Where the quotes stand.

    Examples
    --------
    >>> places(b'1,"a"').tolist()
    [2, 4]
    """
    found: list[int] = []
    at = data.find(b'"')
    while at >= 0 and len(found) < FEW:
        found.append(at)
        at = data.find(b'"', at + 1)
    return np.array(found, np.int64) if at < 0 else np.flatnonzero(np.frombuffer(data, np.uint8) == QUOTE)


def record_end(data: bytes, newline: bytes, delimiter: bytes, quotes: Ints | None = None) -> tuple[int, int]:
    r"""(bytes up to the end of the last whole record, place of the quote still open at the end or -1).

    Examples
    --------
    >>> record_end(b'1,"a\nb"\n2,"c\n', b"\n", b",")
    (8, 10)
    >>> record_end(b'1,5" pipe\n2,', b"\n", b",")
    (10, -1)
    """
    quotes = places(data) if quotes is None else quotes
    if not len(quotes):
        return data.rfind(newline) + 1, -1
    if not _as_they_should(np.frombuffer(data, np.uint8), quotes, delimiter):
        return _line_by_line(data, delimiter)
    end = data.rfind(newline)
    while end >= 0:
        passed = int(np.searchsorted(quotes, end))
        if passed % 2 == 0:
            break
        end = data.rfind(newline, 0, int(quotes[passed - 1]))
    return end + 1, int(quotes[-1]) if len(quotes) % 2 else -1


def _as_they_should(values: Bytes, quotes: Ints, delimiter: bytes) -> bool:
    """Whether every other quote stands at the beginning of a cell, or doubles the one before it."""
    opening = quotes[::2]
    before = values[opening - 1]  # of a quote at the very beginning this is the last byte: allowed below
    plain = (before == delimiter[0]) | (before == ord("\n")) | (before == ord("\r")) | (opening == 0)
    plain[1:] |= quotes[1:-1:2][: len(opening) - 1] == opening[1:] - 1  # the second of a doubled quote
    return bool(plain.all())


def stray_quote(data: bytes, end: int, delimiter: bytes, quotes: Ints | None = None) -> int:
    r"""The place of the first quote in ``data[:end]`` that closes a cell with more of the cell behind it, or -1.

    Such a cell was opened by mistake as a rule, and has swallowed all up to the next quote.

    Examples
    --------
    >>> stray_quote(b'1,"x,2\n3,"y,4\n', 15, b","), stray_quote(b'1,"x" ,2\n', 9, b",")
    (9, -1)
    """
    quotes = places(data) if quotes is None else quotes
    quotes = quotes[: int(np.searchsorted(quotes, end))]
    if not len(quotes):
        return -1
    values = np.frombuffer(data, np.uint8)[:end]
    if _as_they_should(values, quotes, delimiter):
        closing = quotes[1::2]
        doubled = np.zeros(len(closing), bool)
        doubled[: len(quotes[2::2])] = quotes[2::2] == closing[: len(quotes[2::2])] + 1
        closing = closing[~doubled]
    else:
        data, closed = data[:end], list[int]()
        opened = -1
        for at, behind in _lines(data):
            if opened >= 0 or data.find(b'"', at, behind) >= 0:
                opened = open_after(data, at, behind, delimiter, opened, closed)
        closing = np.array(closed, np.int64)
    next_to = closing[closing < end - 1] + 1
    wrong = next_to[~_ends_a_cell(values[next_to], delimiter)]
    for at in wrong.tolist():  # blanks behind a quote are no data
        left = data[at : min(at + MOST_BLANKS, end)].lstrip(b" \t")
        if left and not _ends_a_cell(np.frombuffer(left[:1], np.uint8), delimiter)[0]:
            return int(at) - 1
    return -1


def _ends_a_cell(values: Bytes, delimiter: bytes) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (values == delimiter[0]) | (values == ord("\n")) | (values == ord("\r"))
    return found


def _lines(data: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    for found in LINE_END.finditer(data):
        yield at, found.end()
        at = found.end()
    if at < len(data):
        yield at, len(data)


def _line_by_line(data: bytes, delimiter: bytes) -> tuple[int, int]:
    cut, opened = 0, -1
    for at, end in _lines(data):
        if opened >= 0 or data.find(b'"', at, end) >= 0:
            opened = open_after(data, at, end, delimiter, opened)
        if opened < 0 and data[end - 1] in b"\r\n":
            cut = end
    return cut, opened


def open_after(
    data: bytes, start: int, end: int, delimiter: bytes, opened: int = -1, closings: list[int] | None = None
) -> int:
    """The place of the quote that is open after ``data[start:end]``, a line, or -1.

    Parameters
    ----------
    opened : int
        The place of the quote that is open before it, or -1.
    closings : list of int or None
        Takes the place of every quote that closes a cell.
    """
    at = start
    if opened < 0 and data[start : start + 1] == b'"':
        opened, at = start, start + 1
    while True:
        if opened >= 0:
            closed = _CLOSING.match(data, at, end)
            if closed is None:
                return opened
            opened, at = -1, closed.end()
            if closings is not None:
                closings.append(at - 1)
        found = data.find(delimiter + b'"', at, end)
        if found < 0:
            return -1
        opened, at = found + 1, found + 2
