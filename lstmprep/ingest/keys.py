"""Texts as codes: keys, classes and categories, in one order whatever order they come in.

    text      b  b  10 ...      codes by first sight   0 0 1
    ranks     numbers in the order of numbers, else text by code point; 007 and 7 are two keys

`Coder` sees one chunk at a time and keeps the distinct texts, not the rows.
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import types as t

from lstmprep.arrow import arrow_of, as_int64, buffer, mask, matches, nulls, texts
from lstmprep.errors import RecipeError
from lstmprep.ingest.near import Near
from lstmprep.ingest.numbers import NUMBER, bare, cleaned, not_a_number
from lstmprep.ingest.rising import Rising
from lstmprep.stores import Shelf

Codes = NDArray[np.int32]
_PENDING = 1 << 17  # texts that wait
_HEAVY = 32 << 20  # and their bytes
_FEW = 1 << 12  # texts that are not looked at alone: a chunk of long sequences has a handful of keys


class Coder:
    """Distinct texts, numbered by first sight.

    Pending texts are folded in once they outnumber or outweigh the known ones, so that every text is
    hashed a bounded number of times and memory follows the distinct texts. Whole numbers stay numbers
    meanwhile, and are not looked up at all while they rise or lie near each other.
    """

    def __init__(self, shelf: Shelf, *, as_seen: bool = False) -> None:
        self._shelf, self._as_seen = shelf, as_seen
        self._kind: pa.DataType | None = None
        self._known: pa.Array = texts([])
        self._pending: list[pa.Array] = []
        self._waiting = self._weight = 0
        self._codes = shelf.store(0, np.int32)
        self._rising: Rising | None = Rising(shelf)
        self._near: Near | None = None

    def add(self, cells: pa.Array) -> None:
        """Take in the next texts or int64 (no nulls)."""
        if cells.type != self._kind:
            cells = self._of_one_kind(cells)
        self._pending.append(cells)
        self._waiting += len(cells)
        self._weight += cells.nbytes
        if self._rising is not None and (self._waiting >= min(_FEW, _PENDING) or self._weight >= _HEAVY):
            self._rise(self._rising)
        if self._near is not None:
            self._draw_near(self._near)
        many = self._waiting >= max(_PENDING, 2 * len(self._known))
        if many or self._weight >= max(_HEAVY, 2 * self._known.nbytes):
            self._fold()

    def _of_one_kind(self, cells: pa.Array) -> pa.Array:
        """Numbers stay numbers until the first text comes, which may be of another file."""
        if self._kind is None:
            self._kind = cells.type
            self._known = self._known.cast(self._kind)
        elif t.is_integer(self._kind):
            if self._near is not None:
                self._look_up(self._near)
            self._kind = pa.string()
            self._known, *self._pending = (one.cast(self._kind) for one in (self._known, *self._pending))
        return cells.cast(self._kind)

    def _rise(self, rising: Rising) -> None:
        """Those that wait go where nothing is looked up, if each is greater than the one before."""
        if not self._waiting:
            return
        if rising.take(pa.concat_arrays(self._pending).cast(pa.string())):
            self._pending, self._waiting, self._weight = [], 0, 0
        else:
            self._settle(rising)

    def _settle(self, rising: Rising) -> None:
        """From here on texts are looked up; those so far are numbered as they came."""
        self._known, self._rising = rising.texts().cast(self._kind or pa.string()), None
        if self._kind == pa.int64() and not self._as_seen:
            self._near = Near(self._shelf)
            if self._near.take(self._known):
                self._known = self._known[:0]
                return
            self._near = None
        self._count_up_to(rising.count)

    def _count_up_to(self, count: int) -> None:
        """Codes of texts that are all distinct."""
        for i in range(0, count, _PENDING):
            self._codes.append(np.arange(i, min(i + _PENDING, count), dtype=np.int32))

    def _draw_near(self, near: Near) -> None:
        """Those that wait are not looked up, if they lie near those so far; else all are from here on."""
        while self._pending and near.take(self._pending[0]):
            self._pending.pop(0)
        if self._pending:
            self._look_up(near)
        else:
            self._waiting = self._weight = 0

    def _look_up(self, near: Near) -> None:
        """From here on numbers are looked up."""
        values, codes = near.finish()
        self._known, self._near = arrow_of(values), None
        for i in range(0, len(codes), _PENDING):
            self._codes.append(codes[i : i + _PENDING])

    def _fold(self) -> None:
        if not self._waiting:
            return
        folded = pa.concat_arrays([self._known, *self._pending]).dictionary_encode()
        self._codes.append(buffer(folded.indices, "i4")[len(self._known) :])
        self._known, self._pending, self._waiting, self._weight = folded.dictionary, [], 0, 0

    def finish(self) -> tuple[pa.Array, Codes]:
        """(distinct texts in canonical order, the code of every text added, counting in that order)."""
        if self._rising is not None:
            self._rise(self._rising)
        if self._rising is not None and (self._as_seen or self._rising.in_order):
            self._count_up_to(self._rising.count)
            return self._rising.texts(), self._codes.view()
        if self._rising is not None:
            self._settle(self._rising)
        if self._near is not None:
            self._draw_near(self._near)
        if self._near is not None:
            values, near = self._near.finish()
            return arrow_of(values).cast(pa.string()), near
        self._fold()
        known = self._known.cast(pa.string())
        order = np.arange(len(known)) if self._as_seen else canonical_order(known)
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        codes, ranked = self._codes.view(), self._shelf.store(0, np.int32)
        for i in range(0, len(codes), _PENDING):
            ranked.append(rank[codes[i : i + _PENDING]])
        return known.take(arrow_of(order)), ranked.view()


def canonical_order(cells: pa.Array) -> NDArray[np.int64]:
    """Numbers in the order of numbers (equal ones by text), anything else by code point.

    Examples
    --------
    >>> canonical_order(texts(["10", "9", "2"])).tolist()
    [2, 1, 0]
    >>> canonical_order(texts(["b", "B", "10"])).tolist()
    [2, 1, 0]
    """
    from pyarrow import compute

    by_text = buffer(compute.sort_indices(cells.cast(pa.large_binary())), "u8").astype(np.int64)
    if not len(cells) or not matches(cells, NUMBER).all():
        return by_text
    bare_numbers = compute.utf8_ltrim(cells, "+")
    values = buffer(compute.cast(bare_numbers, pa.float64()), "f8")
    if matches(cells, r"^[+-]?[0-9]{1,18}$").all():  # ids above 2**53 stay apart
        values = buffer(compute.cast(bare_numbers, pa.int64()), "i8")
    found: NDArray[np.int64] = by_text[np.argsort(values[by_text], kind="stable")]
    if values.dtype.kind == "f":
        _part_ties(found, values[found], cells)
    return found


def _part_ties(order: NDArray[np.int64], values: NDArray[np.float64], cells: pa.Array) -> None:
    """Numbers that are one as float64 by all their digits, in place; equal ones stay in the order of their texts."""
    from decimal import Decimal, InvalidOperation

    changes = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    sizes = np.diff(np.append(changes, len(values)))
    for at, size in zip(changes[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        tied = order[at : at + size].tolist()
        with suppress(InvalidOperation):  # an exponent of twenty digits
            order[at : at + size] = sorted(tied, key=lambda i: Decimal(str(cells[i])))


def as_text(array: pa.Array) -> pa.Array:
    """Keys and classes as text, blanks around them left out; nulls stay null.

    Raises
    ------
    RecipeError
        If the type has no text of its own: a list, bytes.
    """
    if t.is_dictionary(array.type) and len(array.dictionary) < len(array):  # each text is looked at once
        return as_text(array.dictionary).take(array.indices)
    array = bare(array)
    kind = array.type
    if t.is_nested(kind) or t.is_binary(kind) or t.is_large_binary(kind) or t.is_fixed_size_binary(kind):
        raise not_a_number(kind)
    if t.is_null(kind):
        return pa.nulls(len(array), pa.string())
    if t.is_floating(kind):
        return _whole_floats(array)
    try:
        text = array if t.is_string(kind) else array.cast(pa.string())
    except pa.ArrowException:
        raise RecipeError(
            f"the column holds {kind}, which has no text", fix="Make it a text or a number first."
        ) from None
    return text if t.is_temporal(kind) or t.is_integer(kind) or t.is_boolean(kind) else cleaned(text)


def as_key(array: pa.Array) -> pa.Array:
    """Keys as `as_text` has them, but whole numbers as int64, which `Coder` looks up as they are.

    Examples
    --------
    >>> print(as_key(pa.array([7, 9], pa.int8())).type, as_key(pa.array(["7 ", "b"])).to_pylist())
    int64 ['7', 'b']
    """
    plain = t.is_integer(array.type) and not t.is_uint64(array.type) and array.null_count == 0
    return arrow_of(as_int64(array)) if plain else as_text(array)


def _whole_floats(array: pa.Array) -> pa.Array:
    """A key kept as 1.0, 2.0 (as pandas does beside a hole) is 1, 2; other floats keep their digits."""
    from pyarrow import compute

    array = array.cast(pa.float64())
    values, gone = buffer(array, "f8"), nulls(array)
    real = ~np.isnan(values) if gone is None else ~np.isnan(values) & ~gone
    whole = real & (values == np.trunc(values)) & (np.abs(values) < 2.0**53)
    as_int = arrow_of(np.where(whole, values, 0).astype(np.int64)).cast(pa.string())
    return compute.if_else(mask(whole), as_int, arrow_of(values, real=real).cast(pa.string()))
