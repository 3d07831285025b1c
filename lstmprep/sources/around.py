"""A source around a source: what it does not do anew, the inner one does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lstmprep.errors import Where
from lstmprep.sources.base import As, Chunk, Described, Source
from lstmprep.sources.several import Several


class Around:
    """Everything of the inner source, to be changed in part.

    Attributes
    ----------
    inner : Source
    groups : dict of str to tuple of str
        Columns that one name of the inner source stands for.
    """

    def __init__(self, inner: Source) -> None:
        self.inner = inner
        self.name, self.format, self.names, self.bytes = inner.name, inner.format, list(inner.names), inner.bytes
        self.groups: dict[str, tuple[str, ...]] = {}

    @property
    def rows(self) -> int:
        """Rows, known after a pass."""
        return self.inner.rows

    def look(self) -> dict[str, Described]:
        """What each column seems to hold."""
        return self.inner.look()

    def chunks(self, wanted: Mapping[str, As]) -> Iterator[Chunk]:
        """The rows in order."""
        return self.inner.chunks(wanted)

    def where(self, row: int, column: str | None = None) -> Where:
        """The address of a row."""
        return self.inner.where(row, column)

    def cell(self, row: int, column: str) -> str | None:
        """The text of a cell."""
        return self.inner.cell(row, column)

    def absent(self, row: int, column: str) -> str | None:
        """Why a cell is missing, where nothing of the inner source stands in it."""
        return None

    def digest(self) -> str | None:
        """The digest of the bytes."""
        return self.inner.digest()

    def require_unchanged(self) -> None:
        """Refuse if the source was written to meanwhile."""
        self.inner.require_unchanged()


def innermost(source: Source) -> Source:
    """The source that reads the files."""
    while isinstance(source, Around):
        source = source.inner
    return source


def parts_of(source: Source) -> list[Source]:
    """Every file of a source."""
    found = innermost(source)
    return list(found.parts) if isinstance(found, Several) else [found]
