"""Tables, courses and maps for a terminal: 60 to 100 columns, block characters or ASCII.

temp        number        -     21.02     71.06  ▇▇▆▆▄▅▅▃▃▄▃▂▃▂▁▂
pressure    number      177     993.9      1042  ▄▃▂▂▅▆▆▇▅▅▃▄▆▇█▆
...                       missing 8.3 %          ·░  ▒             ░
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import Any

from lstmprep.cli.streams import printable
from lstmprep.wording import shown

NARROW, WIDE = 60, 100
BLOCKS, ASCII_BLOCKS = "▁▂▃▄▅▆▇█", "_.-:=+*#"
SHADES, ASCII_SHADES = " ░▒▓█", " .:+#"
GAP, ASCII_GAP = "·", " "


def width() -> int:
    """Columns of a page: those of the terminal, from 60 to 100."""
    return min(max(shutil.get_terminal_size((80, 24)).columns, NARROW), WIDE)


def is_plain() -> bool:
    """Whether standard output shows ASCII only."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    return encoding not in ("utf8", "utf16")


def show(*lines: str) -> None:
    """Lines on standard output, in what it can show."""
    encoding = getattr(sys.stdout, "encoding", None)
    for line in lines:
        sys.stdout.write(printable(line.rstrip(), encoding) + "\n")
    sys.stdout.flush()


def course(values: list[float | None], wide: int, *, plain: bool = False) -> str:
    """A sparkline: the least value is the lowest block, None is a gap.

    Examples
    --------
    >>> course([1, 2, None, 4], 10)
    '▁▃·█'
    """
    from lstmprep.survey.profile import resampled

    marks, gap = (ASCII_BLOCKS, ASCII_GAP) if plain else (BLOCKS, GAP)
    some = resampled(values, wide)
    real = [v for v in some if v is not None]
    if not real:
        return gap * len(some)
    low, high = min(real), max(real)
    reach = (high - low) or 1.0
    top = len(marks) - 1
    if low == high:
        return "".join(gap if v is None else marks[top // 2] for v in some)
    return "".join(gap if v is None else marks[round((v - low) / reach * top)] for v in some)


def gaps(shares: list[float], wide: int, *, plain: bool = False) -> str:
    """A map of missing cells: blank where none is missing, full where all are.

    Examples
    --------
    >>> gaps([0, 0.01, 0.5, 1], 10)
    ' ░▒█'
    """
    marks = ASCII_SHADES if plain else SHADES
    n = len(shares)
    size = -(-n // wide) if n > wide else 1
    worst = [max(shares[i : i + size]) for i in range(0, n, size)]
    return "".join(marks[0] if s <= 0 else marks[-1] if s >= 1 else marks[1 + min(int(s * 3), 2)] for s in worst)


def bar(value: float, wide: int, *, plain: bool = False) -> str:
    """A bar from the middle: to the right above 0, to the left below.

    Examples
    --------
    >>> bar(0.5, 9), bar(-0.5, 9)
    ('    |██', '  ██|')
    """
    mark, half = ("#" if plain else "█"), wide // 2
    n = round(min(abs(value), 1.0) * half)
    return " " * half + "|" + mark * n if value >= 0 else " " * (half - n) + mark * n + "|"


def short(value: Any) -> str:
    """A number in nine characters at the most.

    Examples
    --------
    >>> short(1042.1), short(64.04), short(-0.000123456), short(None), short(2008), short(-0.0)
    ('1042.1', '64.04', '-0.000123', '-', '2008', '0')
    """
    if value is None:
        return "-"
    if isinstance(value, str):
        return shown(value, 19)
    value += 0  # no minus before 0
    whole = f"{value:.0f}"
    if value == int(value) and len(whole) <= 9:
        return whole
    for digits in range(6, 0, -1):
        text = f"{value:.{digits}g}"
        if len(text) <= 9:
            return text
    return f"{value:.0e}"


def cut(text: str, wide: int) -> str:
    """A name, safe to print and no wider than this."""
    return shown(text, wide)


def table(rows: list[list[str]], *, right: set[int], gap: str = "  ") -> list[str]:
    """Rows as lines, columns side by side; those in `right` flush right.

    Examples
    --------
    >>> table([["a", "12"], ["bc", "3"]], right={1})
    ['a   12', 'bc   3']
    """
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    return [
        gap.join(
            c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(r, widths, strict=True))
        ).rstrip()
        for r in rows
    ]


def bar_of_window(steps: list[int], answers: list[int], wide: int, *, plain: bool) -> list[str]:
    r"""The rows of a sample on a line: its steps, the gap, its answer; nothing where it does not fit.

    Examples
    --------
    >>> print(*bar_of_window([4, 5, 6], [8], 60, plain=False), sep="\n")
    rows 5 to 9  ███·▒
                 █ input 3  · not used 1  ▒ target 1
    """
    if not steps:
        return []
    full, gap, half = ("#", ".", "+") if plain else ("█", "·", "▒")
    low, high = min(steps + answers), max(steps + answers)
    head = f"rows {low + 1:,} to {high + 1:,}  "
    if high - low + 1 > wide - len(head):
        return []
    marks = [gap] * (high - low + 1)
    for rows, mark in ((answers, half), (steps, full)):
        for row in rows:
            marks[row - low] = mark
    both = set(steps) & set(answers)
    legend = [f"{full} input {len(set(steps))}"]
    unused = marks.count(gap)
    legend += [f"{gap} not used {unused}"] * (unused > 0)
    legend += [f"{half} target {len(set(answers) - both)}"] * (len(set(answers) - both) > 0)
    legend += [f"{len(both)} of the input also target"] * bool(both)
    return [head + "".join(marks), " " * len(head) + "  ".join(legend)]


def wrapped(head: str, text: str, wide: int, *, indent: int = 12) -> list[str]:
    """A heading and its text, wrapped beside it."""
    return textwrap.wrap(
        text,
        wide,
        initial_indent=head.ljust(indent),
        subsequent_indent=" " * indent,
        break_long_words=True,
        break_on_hyphens=False,
    ) or [head]
