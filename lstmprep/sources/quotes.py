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

import numpy as np

_CLOSING = re.compile(rb'(?:[^"]|"")*?"(?!")')
QUOTE = ord('"')


def record_end(data: bytes, newline: bytes, delimiter: bytes) -> tuple[int, int]:
    r"""(bytes up to the end of the last whole record, place of the quote still open at the end or -1).

    Examples
    --------
    >>> record_end(b'1,"a\nb"\n2,"c\n', b"\n", b",")
    (8, 10)
    >>> record_end(b'1,5" pipe\n2,', b"\n", b",")
    (10, -1)
    """
    if data.find(b'"') < 0:
        return data.rfind(newline) + 1, -1
    values = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(values == QUOTE)
    opening = quotes[::2]
    before = values[opening - 1]  # of a quote at the very beginning this is the last byte: allowed below
    plain = (before == delimiter[0]) | (before == ord("\n")) | (before == ord("\r")) | (opening == 0)
    plain[1:] |= quotes[1:-1:2][: len(opening) - 1] == opening[1:] - 1  # the second of a doubled quote
    if not plain.all():
        return _line_by_line(data, newline, delimiter)
    end = data.rfind(newline)
    while end >= 0:
        passed = int(np.searchsorted(quotes, end))
        if passed % 2 == 0:
            break
        end = data.rfind(newline, 0, int(quotes[passed - 1]))
    return end + 1, int(quotes[-1]) if len(quotes) % 2 else -1


def _line_by_line(data: bytes, newline: bytes, delimiter: bytes) -> tuple[int, int]:
    cut, opened, at = 0, -1, 0
    while at < len(data):
        end = data.find(newline, at) + 1 or len(data)
        if opened >= 0 or data.find(b'"', at, end) >= 0:
            opened = open_after(data, at, end, delimiter, opened)
        if opened < 0 and data.startswith(newline, end - 1):
            cut = end
        at = end
    return cut, opened


def open_after(data: bytes, start: int, end: int, delimiter: bytes, opened: int = -1) -> int:
    """The place of the quote that is open after ``data[start:end]``, a line, or -1.

    Parameters
    ----------
    opened : int
        The place of the quote that is open before it, or -1.
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
        found = data.find(delimiter + b'"', at, end)
        if found < 0:
            return -1
        opened, at = found + 1, found + 2
