"""Rows of files read once more, from any row on, by whoever sees the files.

    first pass     | block | block | block |        CSV: where each block of whole records begins, and its bytes
                   |  row group  |  row group  |    Parquet: its row groups
    row 700 on             ^^^^^^^^^^^^^^^^^        what holds these rows is read, and nothing before it

What the places of a table are is known after a pass; a file that is another one by then is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lstmprep.errors import LstmprepError, StorageError, Where
from lstmprep.records import record
from lstmprep.sources import member
from lstmprep.sources.ahead import require_threads
from lstmprep.sources.around import parts_of
from lstmprep.sources.base import As, Chunk, Source
from lstmprep.sources.files import InputFile
from lstmprep.wording import counted

if TYPE_CHECKING:
    from lstmprep.parts import Reading

Ints = NDArray[np.int64]
Place = tuple[int, int, int]  # the first row of a piece of a file, and where its bytes are to be found


@runtime_checkable
class InPieces(Protocol):
    """A source of one file whose pieces can be read alone."""

    file: InputFile

    def places(self) -> list[Place] | None:
        """Every piece, after a pass; None where none can be read alone."""
        ...

    def piece(self, wanted: Mapping[str, As], at: int, size: int) -> Iterator[Chunk]:
        """The rows of one piece, counted from its first."""
        ...


@record(frozen=True)
class Seen:
    """A file as the run saw it."""

    path: str
    name: str
    bytes: int
    touched: int

    @classmethod
    def of(cls, file: InputFile) -> Seen:
        """The file under a path that means the same everywhere."""
        return cls(os.path.abspath(file.path), file.name, file.stamp.size, file.stamp.touched)

    def require_seen(self) -> None:
        """Refuse where the file is not to be read, or is another one.

        Raises
        ------
        StorageError
        """
        try:
            with open(self.path, "rb") as stream:
                found = os.fstat(stream.fileno())
        except OSError as error:
            raise StorageError(
                f"this worker cannot read the input {self.path}: {(error.strerror or str(error)).lower()}",
                fix="Put it where every machine has it under the same path: on a shared file system.",
            ) from error
        if (found.st_size, found.st_mtime_ns) != (self.bytes, self.touched):
            raise StorageError(
                f"this worker sees another file than the run under {self.path}: {counted(found.st_size, 'byte')}, and the run {counted(self.bytes, 'byte')}"
                + ("" if found.st_size != self.bytes else ", of another time"),
                fix="Give every machine the same file: on a shared file system.",
            )

    def require_same(self) -> None:
        """Refuse what was made from a file that was written to meanwhile.

        Raises
        ------
        StorageError
        """
        try:
            found = os.stat(self.path)
        except OSError as error:
            raise StorageError.from_os(error, "read it", where=Where(file=self.name)) from error
        if (found.st_size, found.st_mtime_ns) != (self.bytes, self.touched):
            raise self.changed()

    def changed(self) -> StorageError:
        """The answer to rows that are not those of the pass."""
        return StorageError(
            "the file changed while it was read",
            fix="Run again once nothing writes to it.",
            where=Where(file=self.name),
        )


@record(frozen=True, eq=False)
class Again:
    """The pieces of all files of a table, in the order of its rows.

    Parameters
    ----------
    told : (bytes,) uint8
        Paths and names of the files, each ended by a NUL: of ten thousand files they are an array like others.
    stamps : (files, 2) int64
        Bytes and time of each.
    reading : Reading
    file, at, size : (pieces,) int64
        Which file, and what the source of it is asked for.
    first : (pieces + 1,) int64
        The first row of each piece, and the number of rows.
    """

    told: NDArray[np.uint8]
    stamps: Ints
    reading: Reading
    file: Ints
    first: Ints
    at: Ints
    size: Ints

    @property
    def files(self) -> tuple[Seen, ...]:
        """The files, as the run saw them."""
        words = [os.fsdecode(word) for word in self.told.tobytes().split(b"\0")]
        pairs = zip(words[0::2], words[1::2], self.stamps.tolist(), strict=False)  # behind the last NUL is nothing
        return tuple(Seen(path, name, *stamp) for path, name, stamp in pairs)

    def chunks(self, wanted: Mapping[str, As], low: int) -> Iterator[Chunk]:
        """The rows from the piece on that holds row `low`, these columns only.

        Raises
        ------
        StorageError
            If a file is not what it was.
        """
        require_threads()
        source, files = None, self.files
        opened = -1
        for i in range(int(np.searchsorted(self.first[:-1], low, side="right")) - 1, len(self.file)):
            file = files[self.file[i]]
            row, until = int(self.first[i]), int(self.first[i + 1])
            try:
                if source is None or opened != self.file[i]:
                    file.require_same()
                    source, opened = _opened(file, self.reading), int(self.file[i])
                for chunk in source.piece(wanted, int(self.at[i]), int(self.size[i])):
                    yield Chunk(row, chunk.rows, chunk.columns)
                    row += chunk.rows
            except LstmprepError:
                file.require_same()  # that is why, if so
                raise
            file.require_same()
            if row != until:
                raise file.changed()

    def spans(self, each: int) -> Iterator[tuple[int, int]]:
        """Rows of whole pieces, `each` of them or more; all spans together are all rows."""
        low, rows = 0, int(self.first[-1])
        while low < rows:
            high = int(self.first[min(int(np.searchsorted(self.first, low + each)), len(self.file))])
            yield low, high
            low = high

    def parts(self, spans: Iterable[tuple[int, int]]) -> Iterator[Again]:
        """Of each span of rows the pieces that hold it, and their files alone: little to be sent."""
        words = [word + b"\0" for word in self.told.tobytes().split(b"\0")]
        for low, high in spans:
            a = int(np.searchsorted(self.first[:-1], low, side="right")) - 1
            b = int(np.searchsorted(self.first, high))
            one, last = int(self.file[a]), int(self.file[b - 1]) + 1
            told = np.frombuffer(b"".join(words[2 * one : 2 * last]), np.uint8)
            yield Again(told, self.stamps[one:last], self.reading, self.file[a:b] - one, self.first[a : b + 1], self.at[a:b], self.size[a:b])  # fmt: skip


@record(frozen=True)
class Seeing:
    """A question to every worker: does it see the files whose rows it is to read."""

    files: tuple[Any, ...]

    def __call__(self, _: object) -> None:
        """Refuse where one is not to be read, or is another one.

        Raises
        ------
        StorageError
        """
        for file in self.files:
            file.require_seen()


def _opened(file: Seen, reading: Reading) -> InPieces:
    source = member(InputFile(file.path, file.name), reading)
    assert isinstance(source, InPieces)
    return source


def again_of(source: Source, reading: Reading) -> Again | None:
    """How the rows of a source that was read are read once more; None where that takes all that is before them.

    Packed text, text of another encoding, pipes and URLs can only be read from the start.
    """
    parts = parts_of(source)
    places: list[tuple[int, int, int, int]] = []
    files: list[Seen] = []
    rows = 0
    for part in parts:
        found = part.places() if isinstance(part, InPieces) else None
        if found is None:
            return None
        places += [(len(files), rows + row, at, size) for row, at, size in found]
        files.append(Seen.of(part.file))  # type: ignore[attr-defined]
        rows += part.rows
    table = np.array(places, np.int64).reshape(-1, 4).T.copy()
    told = np.frombuffer(b"".join(os.fsencode(f"{f.path}\0{f.name}\0") for f in files), np.uint8)
    stamps = np.array([(f.bytes, f.touched) for f in files], np.int64)
    return Again(told, stamps, reading, table[0], np.append(table[1], rows), table[2], table[3])
