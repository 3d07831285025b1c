"""Which columns of a wide table are the steps of which feature: by name, never by position.

    {name}{lag}          a  a1 a2 b  b1 b2      a bare name is its own lag 0
    {name}(t-{lag})      a(t-2) a(t-1) a(t)     oldest first, in whatever order the columns stand
    delay=p1..p3         p1 p2 p3               as they are named, the first is the oldest

Every feature has the same lags: a column that one lacks is named. Sees names, never a value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lstmprep.errors import RecipeError
from lstmprep.framing.base import Framing
from lstmprep.naming import resolve
from lstmprep.records import record
from lstmprep.wording import counted, listed, name_of, natural, quoted, shown


@record(frozen=True)
class Steps:
    """The columns of every step.

    Parameters
    ----------
    names : tuple of str
        The features.
    table : tuple of tuple of str
        One column per feature, step by step, the oldest step first.
    lags : tuple of int
        The lag of each step where the names say it, else nothing.
    """

    names: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    lags: tuple[int, ...] = ()

    def columns(self, tiled: Sequence[str] = ()) -> tuple[str, ...]:
        """All columns, step by step; those that stand at every step at the end of each."""
        return tuple(c for step in self.table for c in (*step, *tiled))


def steps_of(framing: Framing, names: list[str], taken: set[str]) -> Steps | None:
    """Which columns are steps, where a row of the table is a sample; `taken` are columns that are something else."""
    if framing.lag_columns is not None:
        return of_lags(framing.lag_columns, [n for n in names if n not in taken])
    if not framing.steps:
        return None
    found = of_specs(framing.steps, names)
    for column in found.columns():
        if column in taken:
            raise RecipeError(
                f"column {quoted(column)} is a step of --steps and something else too", fix="Give it one part."
            )
    return found


def of_lags(pattern: str, names: Sequence[str]) -> Steps:
    """The steps of columns that say their lag in their name.

    Parameters
    ----------
    pattern : str
        With ``{name}`` and ``{lag}`` in it.
    names : sequence of str
        Columns that may be steps.

    Raises
    ------
    RecipeError
        If no column fits, two are the same lag, or a feature lacks a lag that another has.

    Examples
    --------
    >>> of_lags("{name}{lag}", ["b1", "a", "a1", "b", "s"]).table
    (('b1', 'a1'), ('b', 'a'))
    """
    found: dict[str, dict[int, str]] = {}
    for column in names:
        hit = _numbered(pattern).fullmatch(column) or _marked(pattern).fullmatch(column)
        if hit:
            _put(found, hit["name"], int(hit.groupdict().get("lag") or 0), column)
    if not found:
        raise RecipeError(
            f"no column is named like {quoted(pattern)}",
            fix=f"The columns are {listed(names)}: write {{name}} and {{lag}} where they stand in the names.",
        )
    for column in names:
        if column in found and not _numbered(pattern).fullmatch(column):
            _put(found, column, 0, column)
    lags = sorted({lag for of in found.values() for lag in of}, reverse=True)
    lacking = {name: [lag for lag in lags if lag not in of] for name, of in found.items()}
    if any(lacking.values()):
        raise _uneven(pattern, found, lacking)
    return Steps(tuple(found), tuple(tuple(of[lag] for of in found.values()) for lag in lags), tuple(lags))


def _put(found: dict[str, dict[int, str]], name: str, lag: int, column: str) -> None:
    other = found.setdefault(name, {}).setdefault(lag, column)
    if other != column:
        raise RecipeError(
            f"columns {quoted(other)} and {quoted(column)} are both lag {lag} of {name_of(name)}",
            fix=f"Leave one of them out, for example --exclude {quoted(column)}.",
        )


def _numbered(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\{name\}", "(?P<name>.+?)").replace(r"\{lag\}", "(?P<lag>[0-9]{1,9})")
    return re.compile(escaped, re.DOTALL)


def _marked(pattern: str) -> re.Pattern[str]:
    """How lag 0 is written without its number where a mark tells it from a bare name: ``a(t)`` for ``a(t-0)``."""
    bare = pattern.replace("-{lag}", "")
    if "{lag}" in bare or bare == "{name}":
        return re.compile(r"(?P<name>)\Z.")  # only a bare name
    return re.compile(re.escape(bare).replace(r"\{name\}", "(?P<name>.+?)"), re.DOTALL)


def _uneven(pattern: str, found: dict[str, dict[int, str]], lacking: dict[str, list[int]]) -> RecipeError:
    """A feature lacks a lag that another has: the columns that are not there."""
    gone = []
    for name, lags in lacking.items():
        gone += [_written(pattern, name, lag) for lag in lags]
    depths = ", ".join(f"{name_of(n)} has {_lag_text(sorted(of))}" for n, of in list(found.items())[:6])
    few = min(found, key=lambda n: (len(found[n]), list(found[n]) != [0]))
    mine = ",".join(found[few][lag] for lag in sorted(found[few], reverse=True))
    answer = ", or make it the answer with --target" if list(found[few]) == [0] else ""
    return RecipeError(
        f"{'column' if len(gone) == 1 else 'columns'} {listed(gone, 6)} {'is' if len(gone) == 1 else 'are'} not there: {depths}",
        fix=f"Every feature needs the same lags: add {'it' if len(gone) == 1 else 'them'}, or leave {name_of(few)} out with --exclude {quoted(mine)}{answer}.",
    )


def _written(pattern: str, name: str, lag: int) -> str:
    """The name of the column that the pattern gives a lag."""
    if lag:
        return pattern.replace("{lag}", str(lag)).replace("{name}", name)
    return pattern.replace("-{lag}", "").replace("{name}", name) if "-{lag}" in pattern else name


def _lag_text(lags: list[int]) -> str:
    return f"{'lag' if len(lags) == 1 else 'lags'} {listed(lags, 8)}"


def of_specs(specs: Sequence[str], names: list[str]) -> Steps:
    """The steps of columns that are named feature by feature.

    Parameters
    ----------
    specs : sequence of str
        ``NAME=COLS``: names, ranges ``p1..p6`` by number, globs in natural order.
    names : list of str
        Columns of the table.

    Raises
    ------
    RecipeError
        If a column is none, stands twice, or features differ in their steps.
    """
    found: dict[str, tuple[str, ...]] = {}
    owner: dict[str, str] = {}
    for spec in specs:
        name, _, columns = (p.strip() for p in spec.partition("="))
        if name in found:
            raise RecipeError(
                f"--steps gives {quoted(name)} twice", fix="Name each feature once, with all its columns."
            )
        found[name] = tuple(c for token in _tokens(columns, names) for c in _columns(token, names))
        for column in found[name]:
            if owner.setdefault(column, name) != name or found[name].count(column) > 1:
                raise RecipeError(
                    f"--steps names column {quoted(column)} twice", fix="Every column is one step of one feature."
                )
    first = next(iter(found))
    for name, own in found.items():
        if len(own) != len(found[first]):
            raise RecipeError(
                f"{name_of(first)} has {counted(len(found[first]), 'step')} and {name_of(name)} has {len(own):,}",
                fix="Name as many columns for every feature, the oldest first.",
            )
    return Steps(tuple(found), tuple(zip(*found.values(), strict=True)))


def _tokens(columns: str, names: list[str]) -> list[str]:
    return [columns] if columns in names else [t.strip() for t in columns.split(",") if t.strip()]


def _columns(token: str, names: list[str]) -> list[str]:
    """The columns of one token, the oldest first."""
    first, dots, last = (p.strip() for p in token.partition(".."))
    if token in names or not dots:
        hits = resolve([token], names, "--steps")
        return list(hits) if len(hits) < 2 else sorted(hits, key=natural)
    ends = [re.fullmatch(r"(.*?)([0-9]+)", end, re.DOTALL) for end in (first, last)]
    if ends[0] is None or ends[1] is None or ends[0][1] != ends[1][1]:
        raise RecipeError(
            f"--steps cannot count from {quoted(first)} to {quoted(last)}",
            fix="A range runs over numbers at the end of one name, p1..p6; else name the columns with commas between them.",
        )
    (stem, low), (_, high) = ends[0].groups(), ends[1].groups()
    start, stop, step = int(low), int(high), 1 if int(low) <= int(high) else -1
    if abs(stop - start) > len(names):
        raise RecipeError(
            f"the range {shown(token)} has {abs(stop - start) + 1:,} columns, and the table {len(names):,}",
            fix="Name columns that the table has.",
        )
    width = len(low) if low.startswith("0") or high.startswith("0") or len(low) == len(high) else 0
    wanted = [f"{stem}{n:0{width}d}" for n in range(start, stop + step, step)]
    for name in wanted:
        if name not in names:
            raise RecipeError.no_such_column(name, names)
    return wanted
