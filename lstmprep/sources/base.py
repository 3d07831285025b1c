"""What every source of rows offers: names, a first look, chunks of columns, and addresses.

A chunk holds the columns that were asked for, as Arrow arrays of equal length. A column
asked for as ``number`` comes as numbers where the source can parse them, else as text (the
ingest turns that into numbers, or names the cell that is none); asked for as ``text`` it
comes as strings, untouched but for blanks and quotes around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol, runtime_checkable

from lstmprep.errors import Where
from lstmprep.records import record

As = Literal["number", "text", "raw"]
Look = Literal["number", "bool", "text", "time", "other", "empty"]


@record(frozen=True, eq=False)
class Chunk:
    """Rows ``first .. first + rows`` of a source, as Arrow arrays by column name."""

    first: int
    rows: int
    columns: dict[str, Any]


@record(frozen=True, eq=False)
class Described:
    """What the first look tells of a column."""

    look: Look
    type: str = "text"
    example: str = ""


@runtime_checkable
class Source(Protocol):
    """Rows with named columns, readable from the start more than once."""

    name: str
    format: str
    names: list[str]
    bytes: int

    @property
    def rows(self) -> int:
        """Rows, known after a pass."""
        ...

    def look(self) -> dict[str, Described]:
        """What each column seems to hold, from its type or its first rows."""
        ...

    def chunks(self, wanted: Mapping[str, As]) -> Iterator[Chunk]:
        """The rows in order, these columns only."""
        ...

    def where(self, row: int, column: str | None = None) -> Where:
        """The address of a row that counts from 0."""
        ...

    def cell(self, row: int, column: str) -> str | None:
        """The text of a cell as it stands in the source, when it can be told."""
        ...

    def digest(self) -> str | None:
        """The digest of the bytes, None when there are none."""
        ...

    def require_unchanged(self) -> None:
        """Refuse if the source was written to since it was opened."""
        ...
