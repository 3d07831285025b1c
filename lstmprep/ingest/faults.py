"""What is said of a cell that cannot be used: where it stands, what it is, what to do.

The checks stand where the values pass; the words stand here.
"""

from __future__ import annotations

import numpy as np

from lstmprep.errors import DataError
from lstmprep.ingest.numbers import ColumnFacts
from lstmprep.recipe import Recipe
from lstmprep.sources.base import Source
from lstmprep.sources.blocks import hint_for
from lstmprep.wording import name_of, number, quoted


def not_a_number(source: Source, recipe: Recipe, name: str, facts: ColumnFacts, *, answer: bool) -> DataError:
    """A text among numbers, and the option that would read it."""
    cell = facts.odd.cell
    fix = hint_for(cell, recipe.reading.delimiter or ",")
    if cell == name:
        fix = "The header stands here again: take the line out."
    elif facts.odd.count > 1 and not any(c.isdigit() for c in cell):
        fix = (
            f"Classes are predicted with --label {name_of(name)}; --target takes numbers."
            if answer
            else f"{fix} A text column: --categorical makes one feature per class, --exclude leaves it out."
        )
    return DataError(f"{quoted(cell)} is not a number", fix=fix, where=source.where(facts.odd.row, name))


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
    return "--decimal" in hint_for(cell, ",") or "--thousands" in hint_for(cell, ",")
