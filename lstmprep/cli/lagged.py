"""What `lstmprep show --at ROW,COLUMN` prints: one number of a lagged table, and the cell it came from."""

from __future__ import annotations

from typing import Any

from lstmprep.cli.number import on_the_way, traced
from lstmprep.cli.pages import width, wrapped
from lstmprep.cli.sample import value_text
from lstmprep.loaders.tables import SPLIT, divided
from lstmprep.showing.lagged import cell_at
from lstmprep.showing.output import Output
from lstmprep.showing.trace import Origin, origin
from lstmprep.wording import counted, name_of, place_of, shown


def lagged_page(output: Output, at: str, split: str | None, files: list[str] | None) -> list[str]:
    """One number of a lagged table: what it is, where it comes from, and what was done to it on the way."""
    part = output.split(split)
    cell = cell_at(output, at, part)
    value = output.array("X", part)[cell.row, cell.number]
    array = "X" if part == "all" else f"X_{part}"
    before = sum(output.samples(s) for s in output.splits[: output.splits.index(part)])
    kind, wide = "target" if cell.answer else "feature", width()
    in_file = f" (row {before + cell.row + 1:,} of {place_of(output.out)})" if output.data.has_table else ""
    out = [
        f"{array}[{cell.row}, {cell.number}] = {value_text(value)}",
        *wrapped(
            "",
            f"row {cell.row} of {output.samples(part):,}{in_file}, column {name_of(cell.column)}: "
            f"{kind} {name_of(cell.source)}, {_beside(cell.ahead)} ({value.dtype})",
            wide,
            indent=0,
        ),
    ]
    own = _own(output, before + cell.row)
    out += wrapped("row t", ", ".join(f"{name_of(k)} {shown(str(v))}" for k, v in own.items()), wide) if own else []
    source = origin(output, cell.row, part, files)
    if source is None:
        return [
            *out,
            *wrapped(
                "", "the source is not at hand: --table FILE finds the row, its line and its text", wide, indent=0
            ),
        ]
    rows: list[Any] = source.answers if cell.answer else source.rows
    row = int(rows[cell.step])
    out += traced(output, source, row, cell.source, value)
    return out + on_the_way(
        output, source, row, cell.source, value, _keys(output, source, row, own), answer=cell.answer
    )


def _beside(ahead: int) -> str:
    """Where a row lies beside row t."""
    if not ahead:
        return "row t itself"
    return f"{counted(abs(ahead), 'row')} {'after' if ahead > 0 else 'before'} row t"


def _own(output: Output, at: int) -> dict[str, Any]:
    """The keys and the time that a row of the table begins with; nothing where the numbers alone were written."""
    if not output.data.has_table:
        return {}
    made, table = output.made, output.data.table()
    names = table.column_names[: table.num_columns - len(next(iter(made["arrays"].values()))["columns"])]
    return {n: table.column(n)[at].as_py() for n in names if not (n == SPLIT and divided(made))}


def _keys(output: Output, source: Origin, row: int, own: dict[str, Any]) -> dict[str, Any]:
    """The keys of the sequence: those of the table, or else the cells of the source."""
    return {k: own[k] if k in own else source.text(row, k) for k in output.made["sequences"]["keys"]}
