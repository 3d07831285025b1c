"""Several files as one source: parts of one table, or a sequence each.

Rows are counted through; an address names the file and the row within it.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Mapping

import numpy as np

from lstmprep.arrow import arrow_of, texts
from lstmprep.errors import DataError, Where
from lstmprep.sources.base import As, Chunk, Described, Source
from lstmprep.wording import listed, name_of

FILE_KEY, FOLDER_KEY = "file", "folder"


class Several:
    """Sources one after the other, in natural order of their names.

    Raises
    ------
    DataError
        If a file lacks a column that the first one has, or has one more.
    """

    def __init__(self, parts: list[Source], folders: list[str] | None = None) -> None:
        self.parts, self.folders = parts, folders or [""] * len(parts)
        self.name, self.format, self.names = parts[0].name, parts[0].format, parts[0].names
        self.bytes = sum(p.bytes for p in parts)
        self.rows = 0
        self._starts: list[int] = []
        for part in parts[1:]:
            lacks = [n for n in self.names if n not in part.names]
            more = [n for n in part.names if n not in self.names]
            if lacks or more:
                said = [f"lacks {listed(lacks)}"] * bool(lacks) + [
                    f"has {listed(more)} instead" if lacks else f"also has {listed(more)}"
                ] * bool(more)
                raise DataError(
                    f"the file {' and '.join(said)}; {name_of(parts[0].name)} has {listed(self.names)}",
                    fix="Give files with the same columns.",
                    where=Where(file=part.name),
                )

    def stem(self, part: Source) -> str:
        """The key of a file that is a sequence: its name without suffixes, unless that would make two files one."""
        short = [_bare(p.name) for p in self.parts]
        return _bare(part.name) if short.count(_bare(part.name)) == 1 else part.name

    def require_folders(self) -> None:
        """Refuse files that lie in no folder with a name.

        Raises
        ------
        DataError
        """
        for part, folder in zip(self.parts, self.folders, strict=True):
            if not folder:
                raise DataError(
                    "the file lies in no folder with a name, and --label-from parent takes the class from there",
                    fix="Give files in folders that are called like their classes: walk/1.csv, run/1.csv.",
                    where=Where(file=part.name),
                )

    def look(self) -> dict[str, Described]:
        """What the first file's columns seem to hold."""
        return self.parts[0].look()

    def chunks(self, wanted: Mapping[str, As]) -> Iterator[Chunk]:
        """The rows of all files; columns ``file`` and ``folder`` that no file has are its stem and its folder's name."""
        own = {n: kind for n, kind in wanted.items() if n not in (FILE_KEY, FOLDER_KEY) or n in self.names}
        base, self._starts = 0, []
        for part, folder in zip(self.parts, self.folders, strict=True):
            self._starts.append(base)
            for chunk in part.chunks(own):
                columns = dict(chunk.columns)
                for name in wanted:
                    if name not in own:
                        text = self.stem(part) if name == FILE_KEY else folder
                        columns[name] = texts([text]).take(arrow_of(np.zeros(chunk.rows, np.int32)))
                yield Chunk(base + chunk.first, chunk.rows, {name: columns[name] for name in wanted})
            if not part.rows:
                raise DataError("the file has no rows", fix="Leave the file out.", where=Where(file=part.name))
            base += part.rows
        self.rows = base

    def _part(self, row: int) -> tuple[Source, int]:
        i = bisect_right(self._starts, row) - 1
        return self.parts[i], row - self._starts[i]

    def where(self, row: int, column: str | None = None) -> Where:
        """File, row within the file, and line."""
        part, at = self._part(row)
        return part.where(at, column)

    def cell(self, row: int, column: str) -> str | None:
        """The text of a cell in its file."""
        part, at = self._part(row)
        return part.cell(at, column)

    def digest(self) -> str | None:
        """Each part has its own."""
        return None

    def require_unchanged(self) -> None:
        """Refuse if one of the files was written to since it was opened."""
        for part in self.parts:
            part.require_unchanged()


def _bare(name: str) -> str:
    for packed in (".gz", ".bz2", ".zst"):
        name = name.removesuffix(packed)
    return os.path.splitext(name)[0]
