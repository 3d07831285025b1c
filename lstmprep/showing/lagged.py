"""One number of a lagged table: the row of the source that stands behind it.

row K of the table        a(t-2)  a(t-1)   y(t)  y(t+1)
rows of the plan          steps 0 and 1    answers 0 and 1       oldest first
"""

from __future__ import annotations

import shlex
from typing import Any

from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.loaders.batches import array_name
from lstmprep.recipe import from_flat
from lstmprep.records import record
from lstmprep.showing.output import Output
from lstmprep.wording import counted, listed, name_of, quoted, shown


@record(frozen=True)
class Cell:
    """One cell of a lagged table.

    Attributes
    ----------
    row : int
        Within its part, from 0.
    number : int
        Of its column among those of numbers, from 0.
    column, source : str
        Its name, and that of the column of the source.
    step : int
        Among the inputs of the row, or among its answers, oldest first.
    answer : bool
    ahead : int
        Rows from row t to the one it came from; below 0 before it.
    """

    row: int
    number: int
    column: str
    source: str
    step: int
    answer: bool
    ahead: int


def is_lagged(output: Output) -> bool:
    """Whether an output is a lagged table."""
    return any("columns" in about for about in output.made["arrays"].values())


def address_of(output: Output, part: str) -> str:
    """The option that explains the first number of a part, as a shell takes it."""
    return _option(0, columns_of(output, part)[0])


def columns_of(output: Output, part: str) -> list[str]:
    """The columns of numbers of a part, in order."""
    found: list[str] = output.made["arrays"][array_name("X", part)]["columns"]
    return found


def cell_at(output: Output, at: str, part: str) -> Cell:
    """The cell that ``ROW,COLUMN`` names.

    Raises
    ------
    RecipeError
        If it is no such address, or there is no such row or column.
    """
    columns = columns_of(output, part)
    row, _, column = (w.strip() for w in at.partition(","))
    form = f"Give a row, counted from 0, and a column: {_option(0, columns[0])}."
    if not _whole(row) or not column:
        raise RecipeError(f"--at {quoted(at)} is not ROW,COLUMN", fix=form)
    if column not in columns and not _whole(column):
        raise _no_column(output, column, columns, form)
    number = columns.index(column) if column in columns else int(column)
    if number >= len(columns):
        raise RecipeError(
            f"there is no column {number}: the table has {counted(len(columns), 'column')} of numbers, 0 to {len(columns) - 1}",
            fix=f"They are {listed(columns)}.",
        )
    n = output.samples(part)
    if int(row) >= n:
        of = "" if part == "all" else f" of {name_of(part)}"
        raise RecipeError(
            f"there is no row {row}: the lagged table has {counted(n, 'row')}{of}" + (f", 0 to {n - 1}" if n else ""),
            fix=f"The last is {_option(n - 1, columns[number])}." if n else "Look at another part with --split.",
        )
    return _cell(output, int(row), number, columns[number])


def _no_column(output: Output, column: str, columns: list[str], form: str) -> RecipeError:
    """That there is none, and which was meant: a window has steps, a lagged table names them."""
    step, _, feature = (w.strip() for w in column.partition(","))
    features = output.made["feature_names"]
    if _whole(step) and (feature in features or _whole(feature)):
        return RecipeError(
            "this output is a lagged table: its samples are its rows, and have no timesteps",
            fix=f"{form} The columns are {listed(columns)}.",
        )
    return RecipeError(
        f"the lagged table has no column {quoted(column)}",
        fix=f"{did_you_mean(column, columns)}Its columns of numbers are {listed(columns)}.",
    )


def _cell(output: Output, row: int, number: int, column: str) -> Cell:
    """Columns stand step by step, oldest first, then answer by answer."""
    flat = {k: v for k, v in output.made["recipe"].items() if k != "command"}
    framing: Any = from_flat(flat, command="lag").framing
    names, targets = output.made["feature_names"], output.made["targets"]
    back = sorted(framing.lags, reverse=True)
    if number < len(back) * len(names):
        step, which = divmod(number, len(names))
        return Cell(row, number, column, names[which], step, answer=False, ahead=-back[step])
    step, which = divmod(number - len(back) * len(names), len(targets))
    return Cell(row, number, column, targets[which], step, answer=True, ahead=step)


def _option(row: int, column: str) -> str:
    """The option as a shell takes it: names of columns have parentheses."""
    return f"--at {shlex.quote(f'{row},{shown(column)}')}"


def _whole(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 19
