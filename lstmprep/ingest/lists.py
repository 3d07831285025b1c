"""Cells that hold several numbers: lists of Arrow, and texts like ``[1, 2, 3]``, ``1 2 3``, ``1;2;3``.

    cells     [1,2,3]   null   [4,5]
    lengths      3       -1      2          -1 is a missing cell
    values    1 2 3 4 5                     of the cells that are there, one after the other

A text may stand in brackets; commas, semicolons, bars and blanks separate its numbers, but for the marks that
``--decimal`` and ``--thousands`` give to the numbers themselves. Two commas in a row hold a missing number.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import types as t

from lstmprep.arrow import buffer, is_in, mask, matches, nulls
from lstmprep.errors import DataError, RecipeError, Where
from lstmprep.ingest.numbers import ColumnFacts, bare, cleaned, floats
from lstmprep.records import record
from lstmprep.wording import quoted

_BARE = r"[^\[\](){}]*"
_IN_BRACKETS = rf"^(\[{_BARE}\]|\({_BARE}\)|\{{{_BARE}\}}|{_BARE})$"


@record(eq=False)
class Lists:
    """The numbers of the cells of one chunk."""

    lengths: NDArray[np.int64]
    values: NDArray[Any]

    @property
    def rows(self) -> NDArray[np.int64]:
        """The row of each value."""
        return np.repeat(np.arange(len(self.lengths)), np.maximum(self.lengths, 0))


def lists(
    array: pa.Array, missing: list[str], marks: tuple[str, str | None] = (".", None), *, whole: bool = False
) -> Lists:
    """The numbers of every cell; integers of Arrow keep their type, all others are float64.

    Parameters
    ----------
    array : pyarrow.Array
    missing : list of str
        Texts that mean a missing cell, or a missing number.
    marks : (decimal, thousands)
    whole : bool
        Whether the numbers must be whole.

    Raises
    ------
    DataError
        If something is no number; the row in its address counts from 0 within the chunk.
    RecipeError
        If the column holds no lists.

    Examples
    --------
    >>> from lstmprep.arrow import texts
    >>> found = lists(texts(["[1, 2, 3]", "", "4 5"]), [""])
    >>> found.lengths.tolist(), found.values.tolist()
    ([3, -1, 2], [1.0, 2.0, 3.0, 4.0, 5.0])
    """
    array = bare(array)
    kind = array.type
    if t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind):
        lengths, flat = _of_text(array, missing, marks)
    elif t.is_null(kind):
        return Lists(np.full(len(array), -1, np.int64), np.empty(0))
    elif _is_list(kind):
        lengths, flat = _of_lists(array)
    else:
        raise RecipeError(
            f"the column holds {kind}, one value in a cell and no list",
            fix="Name columns of lists, or of texts like [1, 2, 3]; one number in a cell is a feature as it is.",
        )
    return Lists(lengths, _numbers(flat, lengths, missing, marks, whole=whole))


def _is_list(kind: pa.DataType) -> bool:
    views = any(getattr(t, name, lambda _: False)(kind) for name in ("is_list_view", "is_large_list_view"))
    return t.is_list(kind) or t.is_large_list(kind) or t.is_fixed_size_list(kind) or views


def _of_lists(array: pa.Array) -> tuple[NDArray[np.int64], pa.Array]:
    from pyarrow import compute

    found = compute.list_value_length(array)
    lengths = buffer(found, "i8" if found.type == pa.int64() else "i4").astype(np.int64)
    gone = nulls(array)
    return lengths if gone is None else np.where(gone, -1, lengths), compute.list_flatten(array)


def _of_text(array: pa.Array, missing: list[str], marks: tuple[str, str | None]) -> tuple[NDArray[np.int64], pa.Array]:
    from pyarrow import compute

    cells = cleaned(array)
    gone, empty = is_in(cells, missing), nulls(cells)
    if empty is not None:
        gone |= empty
    odd = ~matches(cells, _IN_BRACKETS) & ~gone
    if odd.any():
        raise _no_list(cells, int(np.argmax(odd)))
    inside = compute.utf8_trim(cells, "[](){} \t")
    blank = is_in(inside, [""])
    separate = "".join(m for m in ",;|" if m not in marks)
    pattern = rf"\s*[{re.escape(separate)}]\s*" + ("" if marks[1] == " " else r"|\s+")
    split = compute.split_pattern(compute.replace_substring_regex(inside, pattern, "\x1f"), "\x1f")
    split = split.filter(mask(~(gone | blank)))
    lengths = np.where(gone, np.int64(-1), np.int64(0))
    lengths[~(gone | blank)] = buffer(compute.list_value_length(split), "i4")
    return lengths, compute.list_flatten(split)


def _numbers(
    flat: pa.Array, lengths: NDArray[np.int64], missing: list[str], marks: tuple[str, str | None], *, whole: bool
) -> NDArray[Any]:
    flat = bare(flat)
    if t.is_integer(flat.type) and flat.null_count == 0:
        return buffer(flat, f"{'u' if t.is_unsigned_integer(flat.type) else 'i'}{flat.type.bit_width // 8}")
    facts = ColumnFacts()
    found = floats(flat, facts, 0, missing, marks)
    rows = Lists(lengths, found).rows
    if facts.odd.count:
        raise DataError(
            f"{quoted(facts.odd.cell)} in the list is not a number",
            fix="Mend the cell, or name the text with --na-values to read it as missing.",
            where=Where(row=int(rows[facts.odd.row])),
        )
    if whole:
        part = np.flatnonzero(~(found == np.trunc(found)) | np.isinf(found))
        if len(part):
            cell = "a missing number" if np.isnan(found[part[0]]) else quoted(f"{found[part[0]]:g}")
            raise DataError(
                f"{cell} in the list is no whole number",
                fix="Ids are whole numbers: mend the cell.",
                where=Where(row=int(rows[part[0]])),
            )
    return found


def _no_list(cells: pa.Array, at: int) -> DataError:
    return DataError(
        f"{quoted(cells[at])} is not a list of numbers",
        fix="Write it as [1, 2, 3] or 1 2 3.",
        where=Where(row=at),
    )
