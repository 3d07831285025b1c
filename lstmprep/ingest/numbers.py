"""The only place where cells become numbers.

float64 everywhere, NaN for a missing value; the cast to the output's type comes once, at the end.
Straight from Arrow's buffers: its own conversion to NumPy would import pandas.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import types as t

from lstmprep.arrow import bits, buffer, is_in, mask, matches, no_text, nulls, truth
from lstmprep.errors import RecipeError
from lstmprep.records import record

Floats = NDArray[np.float64]
EXACT = 2.0**53  # from here on a float64 may stand for several whole numbers
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_INFINITE = [
    "inf",
    "+inf",
    "-inf",
    "infinity",
    "+infinity",
    "-infinity",
    "Inf",
    "-Inf",
    "Infinity",
    "-Infinity",
    "INF",
    "-INF",
]
_WORDS = ["true", "false"]
_SPOKEN = sorted({*_WORDS, *(text.lower() for text in _INFINITE)})
_WIDTHS: dict[str, str] = {
    "halffloat": "f2",
    "float": "f4",
    "double": "f8",
    "int8": "i1",
    "int16": "i2",
    "int32": "i4",
    "int64": "i8",
} | {f"uint{b}": f"u{b // 8}" for b in (8, 16, 32, 64)}


@record(eq=False)
class Odd:
    """Cells of a column that are no numbers."""

    count: int = 0
    row: int = -1
    cell: str = ""


@record(eq=False)
class ColumnFacts:
    """What a pass over a column of numbers has seen."""

    numbers: int = 0
    missing: int = 0
    first_missing: int = -1
    odd: Odd = field(default_factory=Odd)
    words: bool = False  # true and false
    first_word: int = -1  # the row of the first, in text
    inexact: float | None = None  # an integer that the stored type cannot hold
    low: float = np.inf
    high: float = -np.inf
    whole: bool = True
    rising: bool = True
    last: float = -np.inf
    last_cell: str = ""  # of a column that is read as text


def bare(array: pa.Array) -> pa.Array:
    """An array in a plain type: dictionaries, runs and extensions unpacked."""
    while True:
        if t.is_dictionary(array.type):
            array = array.dictionary_decode()
        elif t.is_run_end_encoded(array.type):
            from pyarrow import compute

            array = compute.run_end_decode(array)
        elif isinstance(array.type, pa.BaseExtensionType):
            array = array.storage
        else:
            return array


def floats(
    array: pa.Array, facts: ColumnFacts, first: int, missing: list[str], marks: tuple[str, str | None] = (".", None)
) -> Floats:
    """A column of one chunk as float64; cells that are no numbers are counted in `facts` and become NaN.

    Parameters
    ----------
    array : pyarrow.Array
        The cells.
    facts : ColumnFacts
        Odd cells and true/false are noted there.
    first : int
        Row of the first cell.
    missing : list of str
        Texts that mean a missing value.
    marks : (decimal, thousands)
        How numbers are written in text.

    Raises
    ------
    RecipeError
        If the type is no number's: a timestamp, a list, bytes.
    """
    array = bare(array)
    kind = array.type
    if t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind):
        return _from_text(array, facts, first, missing, marks)
    if t.is_null(kind):
        return np.full(len(array), np.nan)
    if t.is_decimal(kind):
        from pyarrow import compute

        array = compute.cast(compute.cast(array, pa.string()), pa.float64())  # a direct cast is not the nearest
    if t.is_boolean(array.type):
        facts.words = True
        out: Floats = bits(array.buffers()[1], array.offset, len(array)).astype(np.float64)
    elif str(array.type) in _WIDTHS:
        raw = buffer(array, _WIDTHS[str(array.type)])
        out = raw.astype(np.float64) if raw.dtype != np.float64 else raw
        if raw.dtype.itemsize == 8 and raw.dtype.kind in "iu" and facts.inexact is None:
            _note_wide(raw, out, facts)
    else:
        raise not_a_number(kind)
    holes = nulls(array)
    return out if holes is None else np.where(holes, np.nan, out)


def not_a_number(kind: pa.DataType) -> RecipeError:
    """The answer to a type that holds no numbers."""
    if t.is_timestamp(kind) or t.is_date(kind):
        fix = "A time is no number: name it with --time, or leave it out with --exclude."
    elif t.is_time(kind):
        fix = "A time of day is no number: name it with --time behind its date (--time DATE,TIME), or leave it out with --exclude."
    elif t.is_duration(kind):
        fix = "A length of time is no number: make it seconds first, or leave it out with --exclude."
    elif _of_numbers(kind):
        fix = "A cell holds several numbers: --vector makes a column of each, --exclude leaves them out."
    elif t.is_nested(kind):
        fix = "A cell holds several values: make a column of each first, or leave it out with --exclude."
    else:
        fix = "Leave it out with --exclude, or make it a number first."
    return RecipeError(f"the column holds {kind}, not numbers", fix=fix)


def _of_numbers(kind: pa.DataType) -> bool:
    """Whether a cell is a list of numbers."""
    inner = kind.value_type if t.is_list(kind) or t.is_large_list(kind) or t.is_fixed_size_list(kind) else None
    return inner is not None and (t.is_integer(inner) or t.is_floating(inner))


def _note_wide(raw: NDArray[Any], out: Floats, facts: ColumnFacts) -> None:
    """Whole numbers beyond 2**53 that float64 does not hold."""
    wide = np.flatnonzero(np.abs(out) >= 2.0**53)
    for i in wide[:1000]:  # the first that is lost is enough
        if int(out[i]) != int(raw[i]):
            facts.inexact = float(raw[i])
            return


def cleaned(array: pa.Array) -> pa.Array:
    """Cells without the blanks, and the quotes behind blanks, around them."""
    from pyarrow import compute

    array = compute.utf8_trim_whitespace(array if t.is_string(array.type) else array.cast(pa.string()))
    wrapped = truth(compute.starts_with(array, '"')) & truth(compute.ends_with(array, '"'))
    if wrapped.any():
        inner = compute.utf8_trim_whitespace(compute.utf8_trim(array, '"'))
        array = compute.if_else(mask(wrapped), inner, array)
    return array


def note_odd(facts: ColumnFacts, odd: NDArray[np.bool_], cells: pa.Array, first: int) -> None:
    """Count cells that are no numbers, and keep the first."""
    if not odd.any():
        return
    if not facts.odd.count:
        at = int(np.argmax(odd))
        facts.odd.row, facts.odd.cell = first + at, str(cells[at])
    facts.odd.count += int(odd.sum())


def _from_text(
    array: pa.Array, facts: ColumnFacts, first: int, missing: list[str], marks: tuple[str, str | None]
) -> Floats:
    from pyarrow import compute

    cells = cleaned(array)
    gone = is_in(cells, missing)
    empty = nulls(cells)
    if empty is not None:
        gone |= empty
    decimal, thousands = marks
    plain = cells
    if thousands:
        mark = f"\\{thousands}" if thousands.isascii() else thousands
        grouped = matches(plain, rf"^[+-]?[0-9]{{1,3}}({mark}[0-9]{{3}})+(\{decimal}[0-9]*)?$")
        plain = compute.if_else(mask(grouped), compute.replace_substring(plain, thousands, ""), plain)
    if decimal != ".":
        # a point is no part of a number then: it makes the cell odd instead of a hundredth
        plain = compute.replace_substring(compute.replace_substring(plain, ".", "\u00b7"), decimal, ".")
    odd = ~(matches(plain, NUMBER) | gone)
    word = _words(plain, odd, facts, first) if odd.any() else None
    note_odd(facts, odd, cells, first)
    unusable = odd | gone
    if unusable.all():
        return np.full(len(array), np.nan)
    # Arrow reads no leading plus when it casts a whole array
    usable = compute.utf8_ltrim(plain, "+")
    if unusable.any() or word is not None:
        usable = compute.if_else(mask(unusable if word is None else unusable | word), no_text(), usable)
    numbers = compute.cast(usable, pa.float64())
    out = np.where(unusable, np.nan, buffer(numbers, "f8"))
    return out if word is None else np.where(word, is_in(compute.utf8_lower(plain), ["true"]).astype(np.float64), out)


def _words(cells: pa.Array, odd: NDArray[np.bool_], facts: ColumnFacts, first: int) -> NDArray[np.bool_] | None:
    """Where true or false stands, if anywhere; these cells, and infinite ones, are no longer odd."""
    from pyarrow import compute

    lower = compute.utf8_lower(cells)
    if not is_in(lower, _SPOKEN).any():
        return None
    word = is_in(lower, _WORDS) & odd
    odd &= ~(word | is_in(cells, _INFINITE))
    if not word.any():
        return None
    facts.words, facts.first_word = True, first + int(np.argmax(word)) if facts.first_word < 0 else facts.first_word
    return word


def text_holds_numbers(array: pa.Array, facts: ColumnFacts, first: int, missing: list[str]) -> None:
    """Count the numbers and the other texts of a column that is read as text."""
    cells = cleaned(array)
    gone = is_in(cells, missing)
    number = matches(cells, NUMBER) & ~gone
    facts.numbers += int(number.sum())
    facts.missing += int(gone.sum())
    facts.last_cell = "" if gone[-1] else str(cells[-1])
    note_odd(facts, ~number & ~gone, cells, first)


def is_whole(values: Floats) -> bool:
    """Whether no value has a fraction; a missing one has none.

    Examples
    --------
    >>> is_whole(np.array([1.0, np.nan])), is_whole(np.array([1.5]))
    (True, False)
    """
    return bool(((np.trunc(values) == values) | np.isnan(values)).all())


def inexact(values: Floats, dtype: str, largest: float, *, exact: bool) -> float | None:
    """The first whole number that a type stores as another one; `exact` says that float64 holds all of them as they are.

    Examples
    --------
    >>> inexact(np.array([2.0, 16777217.0]), "float32", 2.0**24, exact=True)
    16777217.0
    """
    with np.errstate(over="ignore"):
        kept = values.astype(dtype).astype(np.float64)
    lost = np.flatnonzero(
        (np.abs(values) >= largest) & (values == np.trunc(values)) & (kept != values) & np.isfinite(kept)
    )
    if len(lost):
        return float(values[lost[0]])
    if not exact and float(np.nanmax(np.abs(values))) >= EXACT:
        return float(values[np.abs(values) >= EXACT][0])
    return None
