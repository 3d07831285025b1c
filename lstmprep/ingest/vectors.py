"""Columns of vectors: a cell holds a list of numbers, and every place of the list becomes a column.

    vec                     vec_0  vec_1  vec_2
    [1, 2, 3]               1      2      3
    [4, 5, 6]      ->       4      5      6
    (empty)                 nan    nan    nan

A source around a source, so that whatever reads columns reads these. How long the lists are is told by the
first of them; another length further down is refused by its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lstmprep.arrow import arrow_of
from lstmprep.errors import DataError, LstmprepError, RecipeError, Where, located
from lstmprep.ingest.lists import Lists, lists
from lstmprep.naming import resolve
from lstmprep.parts import Reading
from lstmprep.sources.around import Around
from lstmprep.sources.base import As, Chunk, Described, Source
from lstmprep.wording import counted, name_of, quoted

PIECE = 1 << 21  # values of one piece: lists may be long


def pieces(chunks: Iterator[Chunk], width: int) -> Iterator[Chunk]:
    """The same rows, no more of them at a time than a bounded number of values."""
    step = max(1, PIECE // max(1, width))
    for chunk in chunks:
        if chunk.rows <= step:
            yield chunk
            continue
        for at in range(0, chunk.rows, step):
            columns = {name: array.slice(at, step) for name, array in chunk.columns.items()}
            yield Chunk(chunk.first + at, min(step, chunk.rows - at), columns)


class Vectors(Around):
    """A source whose columns of lists are spread out.

    Parameters
    ----------
    inner : Source
    asked : tuple of str
        The words of ``--vector``.
    reading : Reading
        How numbers are written in text.

    Attributes
    ----------
    groups : dict of str to tuple of str
        The columns that each vector became.

    Raises
    ------
    RecipeError
        If a name is unknown or taken.
    DataError
        If no cell of a column holds a list.
    """

    def __init__(self, inner: Source, asked: tuple[str, ...], reading: Reading) -> None:
        super().__init__(inner)
        self._missing, self._marks = reading.missing_texts, (reading.decimal, reading.thousands)
        self.groups: dict[str, tuple[str, ...]] = {}
        for name in resolve(asked, inner.names, "--vector"):
            self.groups[name] = tuple(f"{name}_{i}" for i in range(self._width(name)))
        self.names = [n for name in inner.names for n in self.groups.get(name, (name,))]
        self._from = {n: (name, i) for name, spread in self.groups.items() for i, n in enumerate(spread)}
        for name in self._from:
            if name in inner.names:
                raise RecipeError(
                    f"--vector makes a column {quoted(name)}, and the table has one of that name",
                    fix="Rename that column.",
                )

    def _width(self, name: str) -> int:
        """The length of the first list."""
        for chunk in self.inner.chunks({name: "raw"}):
            found = self._lists(chunk, name).lengths
            real = found[found >= 0]
            if len(real):
                if real[0] == 0:
                    raise DataError(
                        "the list is empty", fix="Give lists of one or more numbers.",
                        where=self.inner.where(chunk.first + int(np.argmax(found >= 0)), name),
                    )  # fmt: skip
                return int(real[0])
        raise DataError("no cell holds a list", fix="Leave the column out.", where=Where(self.name, column=name))

    def look(self) -> dict[str, Described]:
        """What the columns hold: those of a vector numbers."""
        inner = self.inner.look()
        return {n: Described("number", "number") if n in self._from else inner[n] for n in self.names}

    def chunks(self, wanted: Mapping[str, As]) -> Iterator[Chunk]:
        """The rows in order; the columns of a vector as numbers."""
        asked: dict[str, As] = {}
        for name, kind in wanted.items():
            asked |= {self._from[name][0]: "raw"} if name in self._from else {name: kind}
        vectors = [n for n in asked if n in self.groups]
        width = sum(len(self.groups[n]) for n in vectors)
        for chunk in pieces(self.inner.chunks(asked), width):
            spread = {name: self._spread(chunk, name) for name in vectors}
            columns = {}
            for name in wanted:
                if name in self._from:
                    vector, place = self._from[name]
                    columns[name] = arrow_of(spread[vector][:, place])
                else:
                    columns[name] = chunk.columns[name]
            yield Chunk(chunk.first, chunk.rows, columns)

    def _lists(self, chunk: Chunk, name: str) -> Lists:
        try:
            with located(column=name):
                return lists(chunk.columns[name], self._missing, self._marks)
        except LstmprepError as error:
            if error.where.row is not None:
                error.where = self.inner.where(chunk.first + error.where.row, name)
            raise

    def _spread(self, chunk: Chunk, name: str) -> Any:
        """(rows, width) of one vector; a missing cell is missing in every column."""
        width = len(self.groups[name])
        found = self._lists(chunk, name)
        wrong = np.flatnonzero((found.lengths != width) & (found.lengths >= 0))
        if len(wrong):
            raise DataError(
                f"the list holds {counted(int(found.lengths[wrong[0]]), 'number')}, the first one {width:,}",
                fix=f"Give every row of {name_of(name)} a list of {width:,} numbers.",
                where=self.inner.where(chunk.first + int(wrong[0]), name),
            )
        values = found.values.reshape(-1, width)
        if len(values) == chunk.rows:
            return values
        out = np.full((chunk.rows, width), np.nan)
        out[found.lengths >= 0] = values
        return out

    def cell(self, row: int, column: str) -> str | None:
        """The text of a cell; of a vector the one number."""
        if column not in self._from:
            return self.inner.cell(row, column)
        for chunk in self.chunks({column: "number"}):
            if row < chunk.first + chunk.rows:
                return str(chunk.columns[column][row - chunk.first])
        return None
