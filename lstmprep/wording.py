"""How names, cells, counts and sizes are written to a person.

Text that comes from a file is never printed raw: control characters, escape
sequences and direction marks are shown as escapes, and long text is cut.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST = 60
_PLAIN = re.compile(r"[^\s,:'\"]+\Z")
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def shown(text: object, longest: int = LONGEST) -> str:
    r"""The text as it may be printed: escaped and cut.

    Examples
    --------
    >>> print(shown("a\x1b[31m"))
    a\x1b[31m
    """
    try:
        raw = str(text)
    except (ValueError, RecursionError):  # a number of thousands of digits, a bottomless list
        raw = f"a huge {type(text).__name__}"
    cut = raw if len(raw) <= longest else raw[: longest - 3] + "..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in cut)


def place_of(path: str, longest: int = LONGEST) -> str:
    """A path for a message: a long one loses its front, never the file's own name."""
    safe = shown(path, 1 << 20)
    return name_of(safe if len(safe) <= longest else "..." + safe[3 - longest :])


def quoted(text: object) -> str:
    """The text in single quotes, safe to print."""
    return f"'{shown(text)}'"


def name_of(text: str) -> str:
    """A name as it stands in a sentence: bare when that cannot be misread, else in quotes."""
    safe = shown(text)
    return safe if _PLAIN.match(safe) else f"'{safe}'"


def listed(names: Sequence[object], most: int = 12) -> str:
    """Names in a row, the rest counted."""
    head = ", ".join(name_of(str(n)) for n in names[:most])
    return head if len(names) <= most else f"{head} and {len(names) - most:,} more"


def counted(n: int, noun: str, nouns: str | None = None) -> str:
    """``1 row``, ``2 rows``, ``1,234 rows``."""
    return f"{n:,} {noun if n == 1 else nouns or noun + 's'}"


def ranges(numbers: Sequence[int]) -> str:
    """Whole numbers, neighbours as ranges of three and more.

    Examples
    --------
    >>> ranges([1, 2, 3, 4, 7, 8])
    '1-4,7,8'
    """
    ranked, told = sorted(numbers), []
    start = 0
    for i in range(1, len(ranked) + 1):
        if i < len(ranked) and ranked[i] == ranked[i - 1] + 1:
            continue
        piece = ranked[start:i]
        told += [f"{piece[0]}-{piece[-1]}"] if len(piece) > 2 else [str(n) for n in piece]
        start = i
    return ",".join(told)


def natural(text: str) -> list[tuple[int, int, str]]:
    """A sort key in which ``doc2`` stands before ``doc10``."""
    return [(0, int(p), "") if p.isdigit() and p.isascii() else (1, 0, p) for p in re.split(r"([0-9]+)", text) if p]


def natural_file(path: str) -> list[tuple[list[tuple[int, int, str]], str]]:
    """A sort key for files, the name before its suffixes: ``walk.csv``, ``walk2.csv``, ``walk10.csv``.

    Examples
    --------
    >>> sorted(["a/walk2.csv", "a/walk10.csv", "a/walk.csv"], key=natural_file)
    ['a/walk.csv', 'a/walk2.csv', 'a/walk10.csv']
    """
    cut = [name.find(".", 1) if "." in name[1:] else len(name) for name in path.split("/")]
    return [(natural(name[:at]), name[at:]) for name, at in zip(path.split("/"), cut, strict=True)]


def span_of(first: int, last: int, noun: str = "row") -> str:
    """Rows counted from 0, written from 1: ``row 4`` or ``rows 4-9``."""
    return f"{noun} {first + 1:,}" if first == last else f"{noun}s {first + 1:,}-{last + 1:,}"


def size_of(n: int) -> str:
    """Bytes for a reader: ``360 B``, ``10.5 KiB``.

    Examples
    --------
    >>> size_of(360), size_of(10800)
    ('360 B', '10.5 KiB')
    """
    value, unit = float(n), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{n} B" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


def number(x: float) -> str:
    """A number without needless digits: ``3``, ``0.1``, ``1e+39``."""
    return str(int(x)) if abs(x) < 1e15 and x == int(x) else repr(float(x))
